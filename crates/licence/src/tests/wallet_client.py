"""A wallet and a verifier of others: they read the protocol's standards and share no code with the
issuer. `order["do"]` says what to do; the result is one JSON object."""

import base64
import hashlib
import json
import secrets
import sys
import urllib.error
import urllib.parse
import urllib.request
import zlib

import sd_jwt.holder
from cryptography import x509
from jwcrypto.jwe import JWE
from jwcrypto.jwk import JWK
from jwcrypto.jws import JWS
from sd_jwt.verifier import SDJWTVerifier

order = json.loads(sys.argv[1])
GRANT = "urn:ietf:params:oauth:grant-type:pre-authorized_code"


def local(url):
    """The test's server stands for the address it publishes."""
    assert url.startswith(order["base"]), url
    return order["address"] + url[len(order["base"]):]


def call(url, data=None, headers=None):
    method = "GET" if data is None else "POST"
    request = urllib.request.Request(local(url), data=data, headers=headers or {}, method=method)
    try:
        with urllib.request.urlopen(request, timeout=60) as reply:
            return reply.status, reply.read(), reply.headers
    except urllib.error.HTTPError as error:
        return error.code, error.read(), error.headers


def fetched(url):
    status, body, _ = call(url)
    assert status == 200, (url, status, body)
    return json.loads(body)


def signed(key, header, claims):
    token = JWS(json.dumps(claims))
    token.add_signature(key, alg=header["alg"], protected=json.dumps(header))
    return token.serialize(compact=True)


def proof_of(key, issuer, nonce, changes={}):
    header = {"alg": "ES256", "typ": "openid4vci-proof+jwt", "jwk": key.export_public(as_dict=True)}
    if changes.get("private"):
        header["jwk"] = key.export_private(as_dict=True)
    if changes.get("other"):
        header["jwk"] = JWK.generate(kty="EC", crv="P-256").export_public(as_dict=True)
    header["typ"] = changes.get("typ", header["typ"])
    claims = {
        "aud": changes.get("aud", issuer),
        "iat": order["now"] + changes.get("late", 0),
        "nonce": changes.get("nonce", nonce),
    }
    return signed(key, header, claims)


def collect():
    query = urllib.parse.parse_qs(urllib.parse.urlparse(order["offer"]).query)
    offer = json.loads(query["credential_offer"][0])
    issuer, grant = offer["credential_issuer"], offer["grants"][GRANT]
    assert grant["tx_code"] == {"input_mode": "numeric", "length": 6}, grant
    metadata = fetched(issuer + "/.well-known/openid-credential-issuer")
    assert metadata["credential_issuer"] == issuer
    [configuration] = offer["credential_configuration_ids"]
    kind = metadata["credential_configurations_supported"][configuration]
    assert kind["format"] == "dc+sd-jwt", kind
    [server] = metadata["authorization_servers"]
    path = urllib.parse.urlparse(server).path
    server_metadata = fetched(issuer + "/.well-known/oauth-authorization-server" + path)
    assert server_metadata["issuer"] == server and GRANT in server_metadata["grant_types_supported"]
    form = {"grant_type": GRANT, "pre-authorized_code": grant["pre-authorized_code"]}
    form["tx_code"] = order["pin"]
    status, body, _ = call(server_metadata["token_endpoint"], urllib.parse.urlencode(form).encode())
    given = json.loads(body)
    if status != 200:
        return {"token": given}
    return credential(issuer, metadata, configuration, given)


def digest(text):
    return base64.urlsafe_b64encode(hashlib.sha256(text.encode()).digest()).rstrip(b"=").decode()


def dpop(key, url, nonce, token=None, changes={}):
    """A proof of the key, RFC 9449, with changes."""
    public = key.export_private(as_dict=True) if changes.get("private") else key.export_public(as_dict=True)
    header = {"alg": "ES256", "typ": changes.get("typ", "dpop+jwt"), "jwk": public}
    claims = {"jti": secrets.token_hex(8), "htm": "POST", "htu": url, "iat": order["now"], "nonce": nonce}
    if token is not None:
        claims["ath"] = digest(token)
    claims.update(changes.get("claims", {}))
    signer = JWK.generate(kty="EC", crv="P-256") if changes.get("other") else key
    return signed(signer, header, claims)


def binding():
    """The wallet's key for its tokens: the same in each run, another for a thief."""
    from cryptography.hazmat.primitives.asymmetric import ec
    secret = 0xD1CE if order["dpop"] != "another" else 0xBAD
    return JWK.from_pyca(ec.derive_private_key(secret, ec.SECP256R1()))


def bound_call(url, data, headers, key, token=None):
    """A call with a proof; with the nonce it is told of."""
    status, body, told = call(url, data, dict(headers, DPoP=dpop(key, url, "", token)))
    assert json.loads(body)["error"] == "use_dpop_nonce", body
    return call(url, data, dict(headers, DPoP=dpop(key, url, told["DPoP-Nonce"], token)))


def post(url, form):
    data = urllib.parse.urlencode(form).encode()
    if order.get("dpop") in ("header", "another") or (order.get("dpop") and "code" in form):
        return bound_call(url, data, {}, binding())
    return call(url, data)


def bound():
    """Everything that can be wrong with a proof, and then the right one."""
    query = urllib.parse.parse_qs(urllib.parse.urlparse(order["offer"]).query)
    offer = json.loads(query["credential_offer"][0])
    [configuration] = offer["credential_configuration_ids"]
    metadata, server = served()
    assert server["dpop_signing_alg_values_supported"] == ["ES256"]
    form = {"grant_type": GRANT, "tx_code": order["pin"]}
    form["pre-authorized_code"] = offer["grants"][GRANT]["pre-authorized_code"]
    url, data = server["token_endpoint"], urllib.parse.urlencode(form).encode()
    key = JWK.generate(kty="EC", crv="P-256")
    _, _, told = call(metadata["nonce_endpoint"], b"")
    nonce = told["DPoP-Nonce"]

    def ask(changes):
        status, body, _ = call(url, data, {"DPoP": dpop(key, url, nonce, None, changes)})
        return [status, json.loads(body)["error"]]

    refused = [
        ask(changes)
        for changes in [
            {"typ": "JWT"},
            {"private": True},
            {"other": True},
            {"claims": {"htm": "GET"}},
            {"claims": {"htu": metadata["credential_endpoint"]}},
            {"claims": {"iat": order["now"] - 600}},
            {"claims": {"iat": order["now"] + 600}},
            {"claims": {"iat": None}},
            {"claims": {"jti": ""}},
        ]
    ]
    for proof in ["", "a.b.c"]:
        status, body, _ = call(url, data, {"DPoP": proof})
        refused.append([status, json.loads(body)["error"]])
    wrong_nonce = ask({"claims": {"nonce": "ffffffffffffff.00.0123456789abcdef0123456789abcdef"}})
    shown = dpop(key, url + "?x=1", nonce)
    status, body, _ = call(url, data, {"DPoP": shown})
    given = json.loads(body)
    assert status == 200 and given["token_type"] == "DPoP", given
    status, body, _ = call(url, data, {"DPoP": shown})
    replayed = [status, json.loads(body)["error"]]
    token, url = given["access_token"], metadata["credential_endpoint"]
    status, body, _ = call(metadata["nonce_endpoint"], b"")
    holder = JWK.generate(kty="EC", crv="P-256")
    asked = json.dumps({
        "credential_configuration_id": configuration,
        "proofs": {"jwt": [proof_of(holder, order["base"], json.loads(body)["c_nonce"])]},
    }).encode()

    def fetch(scheme, *proofs):
        headers = {"Content-Type": "application/json", "Authorization": f"{scheme} {token}"}
        if proofs:
            headers["DPoP"] = proofs[0]
        status, body, told = call(url, asked, headers)
        body = json.loads(body)
        if status != 200:
            assert f'error="{body["error"]}"' in told["WWW-Authenticate"], told
            return [status, body["error"]]
        return body["credentials"][0]["credential"]

    thief = JWK.generate(kty="EC", crv="P-256")
    return {
        "token": refused,
        "nonce": wrong_nonce,
        "replayed": replayed,
        "as_bearer": fetch("Bearer"),
        "without_proof": fetch("DPoP"),
        "other_key": fetch("DPoP", dpop(thief, url, nonce, token)),
        "other_token": fetch("DPoP", dpop(key, url, nonce, "t")),
        "credential": fetch("DPoP", dpop(key, url, nonce, token)),
    }


def credential(issuer, metadata, configuration, given):
    assert given["token_type"] == ("DPoP" if order.get("dpop") else "Bearer")
    status, body, _ = call(metadata["nonce_endpoint"], b"")
    nonce = json.loads(body)["c_nonce"]
    key = JWK.generate(kty="EC", crv="P-256")

    def ask(token, changes):
        asked = {
            "credential_configuration_id": changes.get("kind", configuration),
            "proofs": {"jwt": [proof_of(key, issuer, nonce, changes)]},
        }
        url, asked = metadata["credential_endpoint"], json.dumps(asked).encode()
        headers = {"Content-Type": "application/json"}
        headers["Authorization"] = given["token_type"] + " " + token
        if order.get("dpop"):
            status, body, _ = bound_call(url, asked, headers, binding(), token)
        else:
            status, body, _ = call(url, asked, headers)
        return status, json.loads(body)

    refused = []
    for changes in order.get("changes", []):
        status, body = ask(changes.get("token", given["access_token"]), changes)
        refused.append([status, body.get("error"), body.get("code")])
    status, body = ask(given["access_token"], {})
    again = ask(given["access_token"], {})
    result = {"refused": refused, "nonce": nonce, "again": [again[0], again[1].get("error")]}
    if status == 200:
        result["credential"] = body["credentials"][0]["credential"]
        result["key"] = key.export_private(as_dict=True)
    else:
        result["denied"] = body
    return result


def served():
    """Metadata of the issuer and of the server that gives tokens."""
    issuer = order["base"]
    metadata = fetched(issuer + "/.well-known/openid-credential-issuer")
    [server] = metadata["authorization_servers"]
    path = urllib.parse.urlparse(server).path
    given = fetched(issuer + "/.well-known/oauth-authorization-server" + path)
    assert given["require_pushed_authorization_requests"] is True
    assert given["code_challenge_methods_supported"] == ["S256"]
    assert "authorization_code" in given["grant_types_supported"]
    return metadata, given


def push():
    """Asks for a credential; where the wallet sends its user."""
    _, server = served()
    verifier = base64.urlsafe_b64encode(secrets.token_bytes(32)).rstrip(b"=").decode()
    digest = hashlib.sha256(verifier.encode()).digest()
    form = {
        "response_type": "code",
        "client_id": order["client"],
        "redirect_uri": order["back"],
        "scope": order["scope"],
        "state": order.get("state", "a b&c"),
        "code_challenge": order.get(
            "challenge", base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
        ),
        "code_challenge_method": order.get("method", "S256"),
    }
    if order.get("secret"):
        form["client_secret"] = order["secret"]
    if order.get("dpop") == "named":
        form["dpop_jkt"] = binding().thumbprint()
    status, body, _ = post(server["pushed_authorization_request_endpoint"], form)
    given = json.loads(body)
    if status != 201:
        return {"refused": given}
    query = {"client_id": order["client"], "request_uri": given["request_uri"]}
    page = server["authorization_endpoint"] + "?" + urllib.parse.urlencode(query)
    return {"page": page, "verifier": verifier}


def fetch():
    """Turns the code its user was sent back with into a credential."""
    metadata, server = served()
    form = {
        "grant_type": "authorization_code",
        "code": order["code"],
        "client_id": order["client"],
        "redirect_uri": order["back"],
        "code_verifier": order["verifier"],
    }
    if order.get("secret"):
        form["client_secret"] = order["secret"]
    status, body, _ = post(server["token_endpoint"], form)
    given = json.loads(body)
    if status != 200:
        return {"token": given}
    if order.get("token_only"):
        return given
    return credential(order["base"], metadata, order["scope"], given)


def use():
    """Uses a token that was got before."""
    metadata, _ = served()
    given = {"access_token": order["access_token"], "token_type": "Bearer"}
    return credential(order["base"], metadata, order["scope"], given)


def certified(header):
    """The key of a chain that leads to one of the roots published."""
    chain = [x509.load_der_x509_certificate(base64.b64decode(one)) for one in header["x5c"]]
    status, body, _ = call(order["base"] + "/licences/trust.pem")
    assert status == 200
    roots = x509.load_pem_x509_certificates(body)
    [root] = [root for root in roots if root.subject == chain[-1].issuer]
    for child, parent in zip(chain, chain[1:] + [root]):
        child.verify_directly_issued_by(parent)
    return JWK.from_pyca(chain[0].public_key())


def state(reference):
    status, body, headers = call(reference["uri"])
    assert status == 200 and headers["Content-Type"] == "application/statuslist+jwt"
    token = JWS()
    token.deserialize(body.decode())
    header = token.jose_header
    assert header["typ"] == "statuslist+jwt" and header["alg"] == "ES256", header
    token.verify(certified(header))
    claims = json.loads(token.payload)
    assert claims["sub"] == reference["uri"] and claims["iat"] <= order["now"] < claims["exp"]
    listed = claims["status_list"]
    packed = listed["lst"] + "=" * (-len(listed["lst"]) % 4)
    octets, bits = zlib.decompress(base64.urlsafe_b64decode(packed)), listed["bits"]
    each, index = 8 // bits, reference["idx"]
    return octets[index // each] >> (index % each * bits) & ((1 << bits) - 1)


def inspect():
    headers = {}

    def key(issuer, header):
        headers.update(header)
        published = fetched(issuer + "/.well-known/jwt-vc-issuer")
        assert published["issuer"] == issuer
        found = certified(header)
        known = [JWK(**one).thumbprint() for one in published["jwks"]["keys"]]
        assert found.thumbprint() in known
        return found

    binding = order.get("binding") or {}
    read = SDJWTVerifier(order["credential"], key, binding.get("aud"), binding.get("nonce"))
    claims = read.get_verified_payload()
    assert headers["typ"] == "dc+sd-jwt" and claims["iat"] <= order["now"] < claims["exp"]
    kind = fetched(claims["vct"])
    assert kind["vct"] == claims["vct"]
    named = [one["path"] for one in kind["claims"]]
    assert all(["fields", field] in named for field in claims["fields"]), named
    return {"claims": claims, "state": state(claims["status"]["status_list"])}


def show():
    """The presentation of chosen fields for one occasion."""
    sd_jwt.holder.time = lambda: order["now"]
    holder = sd_jwt.holder.SDJWTHolder(order["credential"])
    chosen = {"fields": {field: True for field in order["fields"]}}
    key = JWK(**order["key"])
    holder.create_presentation(chosen, order["nonce"], order["aud"], key)
    return {"presentation": holder.sd_jwt_presentation}


def request():
    """What is asked, read from the signed request as the standard says."""
    query = urllib.parse.parse_qs(urllib.parse.urlparse(order["link"]).query)
    [client], [address] = query["client_id"], query["request_uri"]
    assert query["request_uri_method"] == ["post"], query
    form = order.get("form")
    form = urllib.parse.urlencode(form).encode() if form is not None else None
    status, body, headers = call(address, form)
    if status != 200:
        return {"refused": json.loads(body)}
    assert headers["Content-Type"] == "application/oauth-authz-req+jwt"
    token = JWS()
    token.deserialize(body.decode())
    header = token.jose_header
    assert header["typ"] == "oauth-authz-req+jwt" and header["alg"] == "ES256", header
    token.verify(certified(header))
    claims = json.loads(token.payload)
    leaf = base64.b64decode(header["x5c"][0])
    digest = base64.urlsafe_b64encode(hashlib.sha256(leaf).digest()).decode().rstrip("=")
    names = x509.load_der_x509_certificate(leaf).extensions
    names = names.get_extension_for_class(x509.SubjectAlternativeName).value
    hosts = names.get_values_for_type(x509.DNSName)
    known = ["x509_hash:" + digest] + ["x509_san_dns:" + host for host in hosts]
    assert client == claims["client_id"] and client in known, (client, known)
    assert claims["aud"] == "https://self-issued.me/v2" and order["now"] < claims["exp"]
    assert claims["response_type"] == "vp_token"
    if claims["response_mode"] == "direct_post.jwt":
        [key] = claims["client_metadata"]["jwks"]["keys"]
        assert key["use"] == "enc" and key["alg"] == "ECDH-ES" and key["crv"] == "P-256", key
        assert claims["client_metadata"]["encrypted_response_enc_values_supported"]
    else:
        assert claims["response_mode"] == "direct_post" and "jwks" not in claims["client_metadata"]
    return claims


def encrypt():
    """An answer encrypted as the request asks, or as the order says instead."""
    [key] = order["claims"]["client_metadata"]["jwks"]["keys"]
    header = {"alg": "ECDH-ES", "enc": order["enc"], "kid": order.get("kid", key["kid"])}
    made = JWE(json.dumps(order["plain"]).encode(), protected=json.dumps(header))
    made.add_recipient(JWK(**key))
    return {"response": made.serialize(compact=True)}


print(json.dumps(globals()[order["do"]]()))
