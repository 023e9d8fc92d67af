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


def proof(key, issuer, nonce, changes):
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


def credential(issuer, metadata, configuration, given):
    assert given["token_type"] == "Bearer"
    status, body, _ = call(metadata["nonce_endpoint"], b"")
    nonce = json.loads(body)["c_nonce"]
    key = JWK.generate(kty="EC", crv="P-256")

    def ask(token, changes):
        asked = {
            "credential_configuration_id": changes.get("kind", configuration),
            "proofs": {"jwt": [proof(key, issuer, nonce, changes)]},
        }
        headers = {"Content-Type": "application/json", "Authorization": "Bearer " + token}
        status, body, headers = call(
            metadata["credential_endpoint"], json.dumps(asked).encode(), headers
        )
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
        "state": "a b&c",
        "code_challenge": order.get(
            "challenge", base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
        ),
        "code_challenge_method": order.get("method", "S256"),
    }
    endpoint = server["pushed_authorization_request_endpoint"]
    status, body, _ = call(endpoint, urllib.parse.urlencode(form).encode())
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
    status, body, _ = call(server["token_endpoint"], urllib.parse.urlencode(form).encode())
    given = json.loads(body)
    if status != 200:
        return {"token": given}
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
