//! Encrypted tokens: the standard's own example, a library of others in both directions, and what is
//! refused.

use super::world::python;
use crate::jose::jwe::{Encryption, Jwe, agreed, derived, encrypt};
use crate::jose::{decode, encode};
use crate::key::{Algorithm, PrivateKey, PublicKey, Signer};
use kernel::Random;
use serde_json::{Value, json};

const PLAIN: &[u8] = br#"{"vp_token":{}}"#;

fn private(d: &str) -> PrivateKey {
    PrivateKey::P256(p256::ecdsa::SigningKey::from_slice(&decode(d).unwrap()).unwrap())
}

fn own() -> PrivateKey {
    PrivateKey::from_seed(Algorithm::P256, &[5; 32]).unwrap()
}

/// The private key as a JWK, for judges only.
fn jwk(key: &PrivateKey) -> Value {
    let PrivateKey::P256(inner) = key else { panic!("not P-256") };
    let mut jwk = key.public().to_jwk();
    jwk["d"] = encode(&inner.to_bytes()).into();
    jwk["kid"] = "k-1".into();
    jwk
}

fn made(encryption: Encryption) -> String {
    let mut random = Random::from_number(3);
    encrypt(PLAIN, &own().public(), "k-1", encryption, &mut random).unwrap()
}

fn refused(token: &str) -> &'static str {
    Jwe::parse(token).and_then(|token| token.open(&own())).unwrap_err().code
}

#[test]
fn a_key_is_agreed_on_as_the_standards_example_does() {
    // RFC 7518, appendix C.
    let alice = private("0_NxaRPUMQoAJt50Gz8YiTr8gRTwyEaCumd-MToTmIo");
    let bob = json!({ "kty": "EC", "crv": "P-256",
        "x": "weNJy2HscCSM6AEDTDg04biOvhFhyyWvOHQfeF_PxMQ",
        "y": "e8lnCO-AlStT-NJVX-crhB7QRYhiix03illJOVAOyck" });
    let bob = PublicKey::from_jwk(&bob).unwrap();
    let secret = agreed(&alice, &bob).unwrap();
    let key = derived(&secret, Encryption::A128Gcm, b"Alice", b"Bob");
    assert_eq!(encode(&key), "VqqN6vgjbSBcIijNcacQGg");
}

#[test]
fn jwcrypto_opens_what_we_encrypt_and_we_open_what_it_does() {
    let script = "import sys, json\nfrom jwcrypto import jwe, jwk\n\
        key, token, plain = jwk.JWK(**json.loads(sys.argv[1])), sys.argv[2], sys.argv[3]\n\
        read = jwe.JWE()\nread.deserialize(token, key)\n\
        assert read.payload.decode() == plain, read.payload\n\
        header = dict(read.jose_header)\nassert header.pop('kid') == 'k-1' and header.pop('epk')\n\
        header.update(apu='QWxpY2U', apv='Qm9i', kid='k-1')\n\
        made = jwe.JWE(plain.encode(), protected=json.dumps(header))\n\
        made.add_recipient(key)\nprint(made.serialize(compact=True))";
    for encryption in Encryption::ALL {
        let (key, token) = (jwk(&own()).to_string(), made(encryption));
        let plain = std::str::from_utf8(PLAIN).unwrap();
        let theirs = python(script, &[&key, &token, plain]).unwrap();
        let theirs = Jwe::parse(theirs.trim()).unwrap();
        assert_eq!(theirs.key_id(), Some("k-1"));
        assert_eq!(theirs.open(&own()).unwrap(), PLAIN);
    }
}

#[test]
fn what_was_changed_is_for_another_key_or_in_another_way_is_refused() {
    let token = made(Encryption::A256Gcm);
    assert_eq!(Jwe::parse(&token).unwrap().open(&own()).unwrap(), PLAIN);
    let other = PrivateKey::from_seed(Algorithm::P256, &[6; 32]).unwrap();
    let sm2 = PrivateKey::from_seed(Algorithm::Sm2, &[5; 32]).unwrap();
    for wrong in [&other, &sm2] {
        assert_eq!(Jwe::parse(&token).unwrap().open(wrong).unwrap_err().code, "proof.jwe.open");
    }
    let to_sm2 =
        encrypt(PLAIN, &sm2.public(), "k", Encryption::A128Gcm, &mut Random::from_number(1));
    assert_eq!(to_sm2.unwrap_err().code, "proof.key.algorithm");
    for place in 0..token.len() {
        let mut changed = token.clone().into_bytes();
        changed[place] = if changed[place] == b'A' { b'B' } else { b'A' };
        let changed = String::from_utf8(changed).unwrap();
        let opened = Jwe::parse(&changed).and_then(|token| token.open(&own()));
        assert!(opened.is_err(), "{place}");
    }
    for wrong in ["", "....", "e30....", &token[..token.len() - 4], &format!("{token}.")] {
        assert!(Jwe::parse(wrong).is_err(), "{wrong}");
    }
    let (head, rest) = token.split_once('.').unwrap();
    let header: Value = serde_json::from_slice(&decode(head).unwrap()).unwrap();
    let with = |name: &str, value: Value| {
        let mut header = header.clone();
        header[name] = value;
        format!("{}.{rest}", encode(header.to_string().as_bytes()))
    };
    // The neutral point and one off the curve would give the key away.
    let off = json!({ "kty": "EC", "crv": "P-256", "x": encode(&[1; 32]), "y": encode(&[1; 32]) });
    for (name, value, code) in [
        ("alg", json!("RSA-OAEP"), "proof.jwe.algorithm"),
        ("alg", json!("dir"), "proof.jwe.algorithm"),
        ("enc", json!("A128CBC-HS256"), "proof.jwe.algorithm"),
        ("enc", json!("none"), "proof.jwe.algorithm"),
        ("zip", json!("DEF"), "proof.jwe.algorithm"),
        ("crit", json!(["exp"]), "proof.jose.critical"),
        ("epk", json!("none"), "proof.key.algorithm"),
        ("epk", off, "proof.key.point"),
        ("epk", jwk(&other), "proof.jwe.form"),
        ("apu", json!(1), "proof.jwe.open"),
        ("kid", json!("k-2"), "proof.jwe.open"),
        ("enc", json!("A128GCM"), "proof.jwe.open"),
    ] {
        assert_eq!(refused(&with(name, value)), code, "{name}");
    }
}
