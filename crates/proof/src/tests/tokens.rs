//! Tokens, credentials with selective disclosure, status lists, COSE and canonical JSON, with
//! Python's libraries as the judges.

use super::revocation::{ALGORITHMS, secret, tree};
use super::world::{now, python};
use crate::jose::sdjwt::{Issuer, Occasion, SdJwt, TYP, issue};
use crate::jose::status::{BYTES_MAX, Issue, Reference, StatusBits};
use crate::jose::{Jws, decode, encode, sign, verify_times};
use crate::key::{Algorithm, PrivateKey, PublicKey, Signer};
use crate::{cose, json};
use kernel::Random;
use proptest::prelude::*;
use serde_json::{Map, Value, json as js};

fn seconds() -> i64 {
    now().0 / 1_000_000
}

fn object(value: Value) -> Map<String, Value> {
    value.as_object().unwrap().clone()
}

/// The private key as a JWK, for judges only.
fn private_jwk(seed: u8) -> String {
    let key = secret(Algorithm::P256, seed);
    let PrivateKey::P256(inner) = &key else { panic!("not P-256") };
    let mut jwk = key.public().to_jwk();
    jwk["d"] = encode(&inner.to_bytes()).into();
    jwk.to_string()
}

#[test]
fn joserfc_accepts_our_tokens_and_we_accept_its() {
    for algorithm in [Algorithm::P256, Algorithm::Ed25519] {
        let key = secret(algorithm, 1);
        let token = sign("JWT", br#"{"sub":"a"}"#, &key, &[]).unwrap();
        let jwk = key.public().to_jwk().to_string();
        let judged = python(
            "import sys, json\nfrom joserfc import jws, jwk\n\
             key = jwk.import_key(json.loads(sys.argv[1]))\n\
             got = jws.deserialize_compact(sys.argv[2], key, algorithms=['ES256', 'EdDSA'])\n\
             print(got.payload.decode())",
            &[&jwk, &token],
        );
        assert_eq!(judged.unwrap().trim(), r#"{"sub":"a"}"#);
    }
    let made = python(
        "import sys, json\nfrom joserfc import jws, jwk\n\
         key = jwk.import_key(json.loads(sys.argv[1]))\n\
         print(jws.serialize_compact({'alg': 'ES256', 'typ': 'JWT'}, b'{}', key))",
        &[&private_jwk(1)],
    )
    .unwrap();
    let key = secret(Algorithm::P256, 1).public();
    Jws::parse(made.trim()).unwrap().verify(&key, "JWT").unwrap();
}

#[test]
fn every_algorithm_signs_tokens_and_keys_read_back() {
    for algorithm in ALGORITHMS {
        let key = secret(algorithm, 2);
        let token = sign("JWT", b"{}", &key, &[]).unwrap();
        let read = Jws::parse(&token).unwrap();
        read.verify(&key.public(), "JWT").unwrap();
        let again = PublicKey::from_jwk(&key.public().to_jwk()).unwrap();
        assert_eq!(again, key.public());
        let refused = read.verify(&key.public(), "kb+jwt").unwrap_err();
        assert_eq!(refused.code, "proof.jose.type");
        let other = secret(algorithm, 3).public();
        assert_eq!(read.verify(&other, "JWT").unwrap_err().code, "proof.signature.mismatch");
        for character in 0..token.len() {
            let mut wrong = token.clone().into_bytes();
            wrong[character] = if wrong[character] == b'A' { b'B' } else { b'A' };
            let wrong = String::from_utf8(wrong).unwrap();
            let accepted = Jws::parse(&wrong).and_then(|t| t.verify(&key.public(), "JWT"));
            assert!(accepted.is_err(), "{character}");
        }
    }
}

#[test]
fn another_algorithm_than_the_keys_is_refused() {
    let key = secret(Algorithm::P256, 1);
    let token = sign("JWT", b"{}", &key, &[]).unwrap();
    let (_, rest) = token.split_once('.').unwrap();
    let with = |header: Value| format!("{}.{rest}", encode(header.to_string().as_bytes()));
    let code = |token: &str| {
        Jws::parse(token).and_then(|t| t.verify(&key.public(), "JWT")).unwrap_err().code
    };
    for name in ["none", "None", "HS256", "EdDSA", "ES384", ""] {
        assert_eq!(code(&with(js!({ "alg": name, "typ": "JWT" }))), "proof.jose.algorithm");
    }
    let critical = js!({ "alg": "ES256", "typ": "JWT", "crit": ["exp"], "exp": 1 });
    assert_eq!(code(&with(critical)), "proof.jose.critical");
    assert_eq!(code(&with(js!({ "alg": "ES256", "b64": false }))), "proof.jose.critical");
    let twice = encode(br#"{"alg":"none","alg":"ES256"}"#);
    assert_eq!(code(&format!("{twice}.{rest}")), "proof.jose.json");
    for wrong in ["", ".", "..", "a.b", "e30.e30.e30=", "é.é.é"] {
        assert!(Jws::parse(wrong).is_err(), "{wrong}");
    }
    // An unsigned token.
    let bare = format!("{}.{}.", encode(br#"{"alg":"none","typ":"JWT"}"#), encode(b"{}"));
    assert_eq!(code(&bare), "proof.jose.algorithm");
}

#[test]
fn a_certified_token_leads_to_an_anchor() {
    for algorithm in ALGORITHMS {
        let tree = tree(algorithm);
        let chain = [tree.leaf.clone(), tree.middle.clone()];
        let token = sign("JWT", b"{}", &tree.leaf_key, &chain).unwrap();
        let read = Jws::parse(&token).unwrap();
        let signer = read.verify_certified("JWT", std::slice::from_ref(&tree.root), now()).unwrap();
        assert_eq!(signer, tree.leaf);
        let refused = read.verify_certified("JWT", &[], now()).unwrap_err();
        assert_eq!(refused.code, "proof.certificate.untrusted");
        let refused = sign("JWT", b"{}", &tree.root_key, &chain).unwrap_err();
        assert_eq!(refused.code, "proof.certificate.key");
    }
}

#[test]
fn a_token_holds_in_its_time() {
    let code = |claims: Value| verify_times(&object(claims), now()).unwrap_err().code;
    verify_times(&object(js!({ "nbf": seconds() + 59, "exp": seconds() - 59 })), now()).unwrap();
    assert_eq!(code(js!({ "nbf": seconds() + 61 })), "proof.jose.early");
    assert_eq!(code(js!({ "iat": seconds() + 61 })), "proof.jose.early");
    assert_eq!(code(js!({ "exp": seconds() - 60 })), "proof.jose.expired");
    assert_eq!(code(js!({ "exp": "tomorrow" })), "proof.jose.json");
    assert_eq!(code(js!({ "exp": i64::MAX })), "proof.jose.json");
}

fn claims() -> Map<String, Value> {
    object(js!({
        "iss": "https://licence.example",
        "vct": "https://licence.example/business",
        "iat": seconds(),
        "exp": seconds() + 86_400,
        "holder": "张三",
        "address": { "city": "安阳", "street": "文明大道" },
        "scopes": ["热食", "冷食", "糕点"],
    }))
}

const CONCEALED: [&str; 5] = ["/holder", "/address", "/address/street", "/scopes/0", "/scopes/2"];

fn credential() -> SdJwt {
    let key = secret(Algorithm::P256, 1);
    let holder = secret(Algorithm::P256, 2).public();
    let issuer = Issuer { key: &key, chain: &[] };
    issue(&issuer, &claims(), &CONCEALED, Some(&holder), &mut Random::from_number(1)).unwrap()
}

fn occasion() -> Occasion<'static> {
    Occasion { audience: "https://bank.example", nonce: "n-1", at: now() }
}

#[test]
fn a_holder_shows_what_he_chooses() {
    let issuer = secret(Algorithm::P256, 1).public();
    let whole = credential();
    assert_eq!(whole.disclosures(), 5);
    let mut all = whole.verify(&issuer, now()).unwrap();
    assert!(all.remove("cnf").is_some());
    assert_eq!(all, claims());
    let shown = whole.choose(&["/address/street", "/scopes/2"]).unwrap();
    let read = SdJwt::parse(&shown.to_string()).unwrap();
    let got = read.verify(&issuer, now()).unwrap();
    assert_eq!(got["address"], js!({ "city": "安阳", "street": "文明大道" }));
    assert_eq!(got["scopes"], js!(["冷食", "糕点"]));
    assert!(!got.contains_key("holder") && !shown.to_string().contains("_sd_alg"));
    let part = whole.choose(&["/address"]).unwrap().verify(&issuer, now()).unwrap();
    assert_eq!(part["address"], js!({ "city": "安阳" }));
    let nothing = whole.choose(&[]).unwrap().verify(&issuer, now()).unwrap();
    assert_eq!(nothing["scopes"], js!(["冷食"]));
    assert_eq!(whole.choose(&["/iss"]).unwrap_err().code, "proof.sdjwt.claim");
    let late = whole.verify(&issuer, now().plus_days(2)).unwrap_err();
    assert_eq!(late.code, "proof.jose.expired");
}

#[test]
fn the_reference_library_reads_our_presentation() {
    let holder = secret(Algorithm::P256, 2);
    let shown = credential().choose(&["/holder"]).unwrap().bind(&holder, &occasion()).unwrap();
    let judged = python(
        "import sys, json\nfrom jwcrypto.jwk import JWK\nfrom sd_jwt.verifier import SDJWTVerifier\n\
         key = JWK.from_json(sys.argv[2])\n\
         got = SDJWTVerifier(sys.argv[1], lambda *_: key, 'https://bank.example', 'n-1')\n\
         print(json.dumps(got.get_verified_payload(), ensure_ascii=False))",
        &[
            &shown.to_string(),
            &secret(Algorithm::P256, 1).public().to_jwk().to_string(),
        ],
    )
    .unwrap();
    let judged: Value = serde_json::from_str(&judged).unwrap();
    assert_eq!(judged["holder"], "张三");
    assert_eq!(judged["scopes"], js!(["冷食"]));
    assert!(judged.get("address").is_none());
}

#[test]
fn we_read_what_the_reference_library_issues() {
    let made = python(
        "import sys\nfrom jwcrypto.jwk import JWK\nfrom sd_jwt.issuer import SDJWTIssuer\n\
         from sd_jwt.holder import SDJWTHolder\nfrom sd_jwt.common import SDObj\n\
         key, holder = JWK.from_json(sys.argv[1]), JWK.from_json(sys.argv[2])\n\
         claims = {'iss': 'i', SDObj('name'): '李四', 'deep': {SDObj('a'): {SDObj('b'): [SDObj(1), 2]}}}\n\
         made = SDJWTIssuer(claims, key, holder, add_decoy_claims=True, \
         extra_header_parameters={'typ': 'dc+sd-jwt'})\n\
         shown = SDJWTHolder(made.sd_jwt_issuance)\n\
         shown.create_presentation(True, 'n-1', 'https://bank.example', holder)\n\
         print(made.sd_jwt_issuance)\nprint(shown.sd_jwt_presentation)",
        &[&private_jwk(1), &private_jwk(2)],
    )
    .unwrap();
    let mut lines = made.lines();
    let issuer = secret(Algorithm::P256, 1).public();
    let whole = SdJwt::parse(lines.next().unwrap()).unwrap();
    let got = whole.verify(&issuer, now()).unwrap();
    assert_eq!(got["name"], "李四");
    assert_eq!(got["deep"], js!({ "a": { "b": [1, 2] } }));
    let shown = SdJwt::parse(lines.next().unwrap()).unwrap();
    assert!(shown.is_bound());
    shown.verify(&issuer, now()).unwrap();
    // It bound by the clock of the machine, which is not the one of this world.
    let refused = shown.verify_binding(&Occasion { at: kernel::Timestamp(0), ..occasion() });
    assert_eq!(refused.unwrap_err().code, "proof.sdjwt.binding");
}

#[test]
fn a_presentation_is_bound_to_its_occasion() {
    let (issuer, holder) = (secret(Algorithm::P256, 1).public(), secret(Algorithm::P256, 2));
    let chosen = credential().choose(&["/holder"]).unwrap();
    let bound = chosen.bind(&holder, &occasion()).unwrap();
    bound.verify(&issuer, now()).unwrap();
    bound.verify_binding(&occasion()).unwrap();
    let code = |occasion: &Occasion<'_>| bound.verify_binding(occasion).unwrap_err().code;
    assert_eq!(code(&Occasion { nonce: "n-2", ..occasion() }), "proof.sdjwt.binding");
    assert_eq!(code(&Occasion { audience: "x", ..occasion() }), "proof.sdjwt.binding");
    assert_eq!(code(&Occasion { at: now().plus_days(1), ..occasion() }), "proof.sdjwt.binding");
    assert_eq!(code(&Occasion { at: now().plus_days(-1), ..occasion() }), "proof.sdjwt.binding");
    let refused = chosen.verify_binding(&occasion()).unwrap_err();
    assert_eq!(refused.code, "proof.sdjwt.binding");
    let refused = chosen.bind(&secret(Algorithm::P256, 3), &occasion()).unwrap_err();
    assert_eq!(refused.code, "proof.sdjwt.holder");
    // The binding of one presentation under the disclosures of another.
    let text = bound.to_string();
    let (_, binding) = text.rsplit_once('~').unwrap();
    let moved = SdJwt::parse(&format!("{}{binding}", credential())).unwrap();
    moved.verify(&issuer, now()).unwrap();
    assert_eq!(moved.verify_binding(&occasion()).unwrap_err().code, "proof.sdjwt.binding");
}

/// A credential with any body and disclosures, signed by the issuer's key.
fn forged(body: Value, disclosures: &[Value]) -> Result<Map<String, Value>, &'static str> {
    let key = secret(Algorithm::P256, 1);
    let token = sign(TYP, body.to_string().as_bytes(), &key, &[]).unwrap();
    let mut text = format!("{token}~");
    for one in disclosures {
        text += &format!("{}~", encode(one.to_string().as_bytes()));
    }
    SdJwt::parse(&text).and_then(|c| c.verify(&key.public(), now())).map_err(|e| e.code)
}

fn digest(disclosure: &Value) -> String {
    let text = encode(disclosure.to_string().as_bytes());
    encode(&crate::hash::Hash::Sha256.digest(&[text.as_bytes()]))
}

#[test]
fn smuggled_disclosures_are_refused() {
    let refused = Err("proof.sdjwt.disclosure");
    let good = js!(["salt", "name", "张三"]);
    let d = digest(&good);
    assert_eq!(forged(js!({ "_sd": [d] }), std::slice::from_ref(&good)).unwrap()["name"], "张三");
    // Twice disclosed, a digest twice, in two places, and one that opens nothing.
    assert_eq!(forged(js!({ "_sd": [d] }), &[good.clone(), good.clone()]), refused);
    assert_eq!(forged(js!({ "_sd": [d, d] }), std::slice::from_ref(&good)), refused);
    assert_eq!(
        forged(js!({ "_sd": [d], "a": { "_sd": [d] } }), std::slice::from_ref(&good)),
        refused
    );
    assert_eq!(forged(js!({ "a": 1 }), std::slice::from_ref(&good)), refused);
    // A name that is there already, an element where a member stands and the other way round.
    assert_eq!(forged(js!({ "_sd": [d], "name": "李四" }), std::slice::from_ref(&good)), refused);
    let element = js!(["salt", "张三"]);
    assert_eq!(forged(js!({ "_sd": [digest(&element)] }), std::slice::from_ref(&element)), refused);
    assert_eq!(forged(js!({ "a": [{ "...": d }] }), std::slice::from_ref(&good)), refused);
    assert_eq!(forged(js!({ "a": [{ "...": d, "b": 1 }] }), std::slice::from_ref(&good)), refused);
    assert_eq!(forged(js!({ "a": { "...": d } }), std::slice::from_ref(&good)), refused);
    // The structure's own names.
    for name in ["_sd", "..."] {
        let smuggled = js!(["salt", name, ["x"]]);
        assert_eq!(forged(js!({ "_sd": [digest(&smuggled)] }), &[smuggled]), refused);
    }
    let shown = js!(["salt", "exp", 9_999_999_999_i64]);
    assert_eq!(forged(js!({ "_sd": [digest(&shown)] }), &[shown]), refused);
    assert_eq!(forged(js!({ "_sd": "x" }), &[]), refused);
    assert_eq!(forged(js!({ "_sd": [1] }), &[]), refused);
    assert_eq!(forged(js!({ "a": { "_sd_alg": "sha-256" } }), &[]), refused);
    assert_eq!(forged(js!({ "_sd_alg": "md5" }), &[]), Err("proof.sdjwt.form"));
    for wrong in [js!([]), js!(["a"]), js!([1, "a", 2]), js!(["s", 1, 2]), js!({})] {
        assert_eq!(forged(js!({ "_sd": [digest(&wrong)] }), &[wrong]), refused);
    }
    // A member twice in a disclosed object is read differently by different readers.
    let key = secret(Algorithm::P256, 1);
    let twice = encode(br#"["salt","a",{"x":1,"x":2}]"#);
    let d = encode(&crate::hash::Hash::Sha256.digest(&[twice.as_bytes()]));
    let token = sign(TYP, js!({ "_sd": [d] }).to_string().as_bytes(), &key, &[]).unwrap();
    let read = SdJwt::parse(&format!("{token}~{twice}~")).unwrap();
    assert_eq!(read.verify(&key.public(), now()).unwrap_err().code, "proof.jose.json");
}

#[test]
fn claims_a_verifier_relies_on_cannot_be_concealed() {
    let key = secret(Algorithm::P256, 1);
    let issuer = Issuer { key: &key, chain: &[] };
    let mut random = Random::from_number(1);
    let mut code = |claims: Value, concealed: &[&str]| {
        issue(&issuer, &object(claims), concealed, None, &mut random).unwrap_err().code
    };
    assert_eq!(code(js!({ "exp": 1 }), &["/exp"]), "proof.sdjwt.claim");
    assert_eq!(code(js!({ "a": 1 }), &["/b"]), "proof.sdjwt.claim");
    assert_eq!(code(js!({ "a": 1 }), &["/a", "/a"]), "proof.sdjwt.claim");
    assert_eq!(code(js!({ "a": [1] }), &["/a/1"]), "proof.sdjwt.claim");
    assert_eq!(code(js!({ "a": 1 }), &["a"]), "proof.sdjwt.claim");
    assert_eq!(code(js!({ "_sd": [] }), &[]), "proof.sdjwt.form");
    assert_eq!(code(js!({ "a": [{ "...": "x" }] }), &[]), "proof.sdjwt.form");
    let many = vec!["/a"; 513];
    assert_eq!(code(js!({ "a": 1 }), &many), "proof.sdjwt.form");
}

/// The example of the Token Status List, §4.1: sixteen states of one bit.
#[test]
fn the_standards_status_list_reads_as_written() {
    let example = js!({ "bits": 1, "lst": "eNrbuRgAAhcBXQ" });
    let list = StatusBits::from_json(&example).unwrap();
    let states: Vec<u8> = (0..16).map(|index| list.get(index).unwrap()).collect();
    assert_eq!(states, [1, 0, 0, 1, 1, 1, 0, 1, 1, 1, 0, 0, 0, 1, 0, 1]);
    assert_eq!(list.get(16).unwrap_err().code, "proof.statuslist.index");
}

#[test]
fn python_reads_our_status_list() {
    let mut list = StatusBits::new(2, 9).unwrap();
    for (index, state) in [(0, 1), (1, 2), (3, 3), (8, 2)] {
        list.set(index, state).unwrap();
    }
    let packed = list.to_json().unwrap();
    let judged = python(
        "import sys, zlib, base64\n\
         data = zlib.decompress(base64.urlsafe_b64decode(sys.argv[1] + '=='))\n\
         print([data[i // 4] >> (i % 4 * 2) & 3 for i in range(12)])",
        &[packed["lst"].as_str().unwrap()],
    );
    assert_eq!(judged.unwrap().trim(), "[1, 2, 0, 3, 0, 0, 0, 0, 2, 0, 0, 0]");
    assert_eq!(StatusBits::from_json(&packed).unwrap(), list);
}

#[test]
fn a_credentials_state_is_told_by_its_own_list() {
    let key = secret(Algorithm::Sm2, 5);
    let mut list = StatusBits::new(1, 100).unwrap();
    list.set(42, 1).unwrap();
    let expires = now().plus_days(1);
    let issue = Issue { subject: "https://licence.example/s/1", at: now(), expires, ttl: 3600 };
    let token = list.sign(&issue, &key, &[]).unwrap();
    let at = |index: usize| Reference { index, uri: issue.subject.to_owned() };
    let claims = object(js!({ "status": at(42).to_json() }));
    let found = Reference::of(&claims).unwrap().unwrap();
    assert_eq!(found.state(&token, &key.public(), now()).unwrap(), 1);
    assert_eq!(at(41).state(&token, &key.public(), now()).unwrap(), 0);
    let code =
        |reference: &Reference, at| reference.state(&token, &key.public(), at).unwrap_err().code;
    assert_eq!(code(&at(104), now()), "proof.statuslist.index");
    let other = Reference { uri: "https://licence.example/s/2".into(), ..at(1) };
    assert_eq!(code(&other, now()), "proof.statuslist.subject");
    assert_eq!(code(&at(1), now().plus_days(2)), "proof.jose.expired");
    assert_eq!(code(&at(1), now().plus_days(-1)), "proof.jose.early");
    assert_eq!(Reference::of(&Map::new()).unwrap(), None);
    let wrong = object(js!({ "status": { "status_list": { "idx": -1, "uri": "x" } } }));
    assert_eq!(Reference::of(&wrong).unwrap_err().code, "proof.statuslist.form");
    let backwards = Issue { expires: now(), ..issue };
    let refused = list.sign(&backwards, &key, &[]).unwrap_err();
    assert_eq!(refused.code, "proof.statuslist.form");
}

#[test]
fn a_list_that_would_burst_is_refused() {
    use std::io::Read;
    let zeros = vec![0; BYTES_MAX + 1];
    let mut packed = Vec::new();
    flate2::read::ZlibEncoder::new(zeros.as_slice(), flate2::Compression::best())
        .read_to_end(&mut packed)
        .unwrap();
    assert!(packed.len() < 20_000);
    let code = |bits: u8, packed: &[u8]| {
        let value = js!({ "bits": bits, "lst": encode(packed) });
        StatusBits::from_json(&value).unwrap_err().code
    };
    assert_eq!(code(1, &packed), "proof.statuslist.form");
    assert_eq!(code(1, &packed[..100]), "proof.statuslist.form");
    assert_eq!(code(3, &decode("eNrbuRgAAhcBXQ").unwrap()), "proof.statuslist.form");
    assert_eq!(StatusBits::new(3, 1).unwrap_err().code, "proof.statuslist.form");
    assert_eq!(StatusBits::new(8, BYTES_MAX + 1).unwrap_err().code, "proof.statuslist.form");
    let mut list = StatusBits::new(2, 4).unwrap();
    assert_eq!(list.set(4, 1).unwrap_err().code, "proof.statuslist.index");
    assert_eq!(list.set(0, 4).unwrap_err().code, "proof.statuslist.index");
}

#[test]
fn cwt_accepts_our_cose_and_we_accept_its() {
    let key = secret(Algorithm::P256, 1);
    let signed = cose::sign("执照".as_bytes(), b"", &key).unwrap();
    let judged = python(
        "import sys\nfrom cwt import COSE, COSEKey\n\
         key = COSEKey.from_jwk(sys.argv[1])\nkey.to_dict()\n\
         print(COSE.new().decode(bytes.fromhex(sys.argv[2]), key).decode())\n",
        &[&key.public().to_jwk().to_string(), &hex::encode(&signed)],
    );
    assert_eq!(judged.unwrap().trim(), "执照");
    let made = python(
        "import sys, json\nfrom cwt import COSE, COSEKey\n\
         key = COSEKey.from_jwk(json.loads(sys.argv[1]))\n\
         print(COSE.new(alg_auto_inclusion=True).encode(b'licence', key).hex())",
        &[&private_jwk(1)],
    )
    .unwrap();
    let theirs = hex::decode(made.trim()).unwrap();
    assert_eq!(cose::verify(&theirs, b"", &key.public()).unwrap(), b"licence");
}

#[test]
fn cose_is_bound_to_key_algorithm_and_what_stands_aside() {
    for algorithm in ALGORITHMS {
        let key = secret(algorithm, 1);
        let signed = cose::sign(b"payload", b"aside", &key).unwrap();
        assert_eq!(cose::verify(&signed, b"aside", &key.public()).unwrap(), b"payload");
        let code = |bytes: &[u8], aside: &[u8], key: &PublicKey| {
            cose::verify(bytes, aside, key).unwrap_err().code
        };
        assert_eq!(code(&signed, b"other", &key.public()), "proof.signature.mismatch");
        for other in ALGORITHMS.into_iter().filter(|other| *other != algorithm) {
            let other = secret(other, 1).public();
            assert_eq!(code(&signed, b"aside", &other), "proof.jose.algorithm");
        }
        for at in 0..signed.len() {
            let mut wrong = signed.clone();
            wrong[at] ^= 1 << (at % 8);
            assert!(cose::verify(&wrong, b"aside", &key.public()).is_err(), "byte {at}");
            assert!(cose::verify(&signed[..at], b"aside", &key.public()).is_err());
        }
        let longer = [&signed[..], &[0]].concat();
        assert_eq!(code(&longer, b"aside", &key.public()), "proof.cose.form");
        let deep = vec![0x81; 100_000];
        assert_eq!(code(&deep, b"", &key.public()), "proof.cose.form");
    }
}

/// RFC 8785 §3.2.2 and appendix B.
#[test]
fn canonical_json_is_that_of_the_rfc() {
    let value = json::parse(
        concat!(
            r#"{"numbers":[333333333.33333329,1E30,4.50,2e-3,0.000000000000000000000000001],"#,
            r#""string":"\u20ac$\u000F\u000aA'\u0042\u0022\u005c\\\"\/","#,
            r#""literals":[null,true,false]}"#
        )
        .as_bytes(),
        1000,
    )
    .unwrap();
    assert_eq!(
        json::canonical(&value).unwrap(),
        concat!(
            r#"{"literals":[null,true,false],"numbers":[333333333.3333333,1e+30,4.5,0.002,1e-27],"#,
            "\"string\":\"€$\\u000f\\nA'B\\\"\\\\\\\\\\\"/\"}"
        )
    );
    for (bits, text) in [
        (0x0000_0000_0000_0000, "0"),
        (0x8000_0000_0000_0000, "0"),
        (0x0000_0000_0000_0001, "5e-324"),
        (0x8000_0000_0000_0001, "-5e-324"),
        (0x7fef_ffff_ffff_ffff, "1.7976931348623157e+308"),
        (0x4340_0000_0000_0000, "9007199254740992"),
        (0x4430_0000_0000_0000, "295147905179352830000"),
        (0x44b5_2d02_c7e1_4af5, "9.999999999999997e+22"),
        (0x44b5_2d02_c7e1_4af6, "1e+23"),
        (0x444b_1ae4_d6e2_ef4e, "999999999999999700000"),
        (0x444b_1ae4_d6e2_ef50, "1e+21"),
        (0x3eb0_c6f7_a0b5_ed8c, "9.999999999999997e-7"),
        (0x3eb0_c6f7_a0b5_ed8d, "0.000001"),
        (0x41b3_de43_5555_5553, "333333333.3333332"),
        (0xbecb_f647_612f_3696, "-0.0000033333333333333333"),
        (0x4314_3ff3_c1cb_0959, "1424953923781206.2"),
    ] {
        let value = Value::from(f64::from_bits(bits));
        assert_eq!(json::canonical(&value).unwrap(), text);
    }
    let names = js!({ "\u{20ac}": 1, "\r": 2, "\u{fb33}": 3, "1": 4, "\u{1f600}": 5, "\u{80}": 6 });
    let order: Vec<String> = json::canonical(&names)
        .unwrap()
        .split(',')
        .map(|part| part.rsplit(':').next().unwrap().trim_matches('}').to_owned())
        .collect();
    assert_eq!(order, ["2", "4", "6", "1", "5", "3"]);
}

#[test]
fn json_that_two_readers_could_read_differently_is_refused() {
    let refused = |text: &str| json::parse(text.as_bytes(), 1000).unwrap_err().code;
    for text in
        [r#"{"a":1,"a":2}"#, r#"{"a":{"b":1,"b":1}}"#, "[1]x", "", "1e999", "{\"a\":\"\u{1}\"}"]
    {
        assert_eq!(refused(text), "proof.jose.json", "{text}");
    }
    assert!(json::parse(&b"[".repeat(100_000), usize::MAX).is_err());
    let deep = format!("{}{}", "[".repeat(33), "]".repeat(33));
    assert_eq!(refused(&deep), "proof.jose.json");
    let deep = format!("{}{}", "[".repeat(32), "]".repeat(32));
    json::parse(deep.as_bytes(), 1000).unwrap();
    assert_eq!(json::parse(b"[1]", 2).unwrap_err().code, "proof.jose.json");
    let refused = json::canonical(&js!(9_007_199_254_740_993_i64)).unwrap_err();
    assert_eq!(refused.code, "proof.jose.json");
}

fn value() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        (-(1_i64 << 53)..(1 << 53)).prop_map(Value::from),
        any::<f64>().prop_filter("finite", |f| f.is_finite()).prop_map(Value::from),
        ".{0,8}".prop_map(Value::from),
    ];
    leaf.prop_recursive(4, 40, 5, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..5).prop_map(Value::from),
            prop::collection::btree_map("[a-z€]{1,3}", inner, 0..5)
                .prop_map(|map| Value::Object(map.into_iter().collect())),
        ]
    })
}

proptest! {
    #[test]
    fn canonical_json_reads_back_and_stays(value in value()) {
        let text = json::canonical(&value).unwrap();
        let read = json::parse(text.as_bytes(), text.len()).unwrap();
        prop_assert_eq!(json::canonical(&read).unwrap(), text);
    }

    #[test]
    fn arbitrary_text_is_no_token(text in "\\PC{0,200}", parts in "[A-Za-z0-9_.~-]{0,200}") {
        for text in [text, parts] {
            prop_assert!(Jws::parse(&text).is_err());
            let read = SdJwt::parse(&text).and_then(|c| c.choose(&[]));
            prop_assert!(read.is_err());
        }
    }
}
