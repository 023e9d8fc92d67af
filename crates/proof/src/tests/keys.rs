//! Keys, digests, the vault and one-time passwords.

use super::world::{key, now, openssl, python};
use crate::digest::{Stream, hmac_sm3, sm3_hex};
use crate::sm2sig::{DEFAULT_ID, SigningKey, VerifyingKey};
use crate::totp::{Secret, hotp, step};
use crate::vault::Vault;
use kernel::{Random, Timestamp};
use proptest::prelude::*;
use std::fs;

#[test]
fn sm3_gives_the_digests_of_the_standard() {
    assert_eq!(sm3_hex(b"abc"), "66c7f0f462eeedd9d1f2d46bdc10e4e24167c4875cf2f7a2297da02b8f4ba8e0");
    assert_eq!(
        sm3_hex(&b"abcd".repeat(16)),
        "debe9ff92275b8a138604889c18e5a4d6fdb70e5387e5765293dcba39c0c5732"
    );
    let mut stream = Stream::new();
    stream.update(b"a");
    stream.update(b"bc");
    assert_eq!(hex::encode(stream.finish()), sm3_hex(b"abc"));
}

#[test]
fn openssl_computes_the_same_hmac() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("m"), b"message").unwrap();
    for key in [vec![7_u8; 32], vec![9; 64], vec![5; 100]] {
        let option = format!("hexkey:{}", hex::encode(&key));
        let printed =
            openssl(folder.path(), &["dgst", "-sm3", "-mac", "HMAC", "-macopt", &option, "m"])
                .unwrap();
        let ours = hex::encode(hmac_sm3(&key, &[b"mess", b"age"]));
        assert!(printed.trim().ends_with(&ours), "{printed} {ours}");
    }
}

#[test]
fn openssl_accepts_our_signature_and_refuses_a_changed_message() {
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, bytes: &[u8]| fs::write(folder.path().join(name), bytes).unwrap();
    let key = key(9);
    write("key.pem", key.verifying_key().to_pem().unwrap().as_bytes());
    write("good", "准予登记".as_bytes());
    write("bad", "不予登记".as_bytes());
    write("sig", &key.sign("准予登记".as_bytes()).unwrap());
    let id = format!("distid:{DEFAULT_ID}");
    let verify = |file| {
        openssl(
            folder.path(),
            &["dgst", "-sm3", "-verify", "key.pem", "-sigopt", &id, "-signature", "sig", file],
        )
    };
    assert!(verify("good").unwrap().contains("Verified OK"));
    assert!(verify("bad").is_err());
}

#[test]
fn we_read_the_keys_and_accept_the_signatures_of_openssl() {
    let folder = tempfile::tempdir().unwrap();
    let run = |arguments: &[&str]| openssl(folder.path(), arguments).unwrap();
    run(&["genpkey", "-algorithm", "SM2", "-out", "key.pem"]);
    fs::write(folder.path().join("m"), b"message").unwrap();
    let id = format!("distid:{DEFAULT_ID}");
    run(&["dgst", "-sm3", "-sign", "key.pem", "-sigopt", &id, "-out", "sig", "m"]);
    let pem = fs::read_to_string(folder.path().join("key.pem")).unwrap();
    let signature = fs::read(folder.path().join("sig")).unwrap();
    let key = SigningKey::from_pem(&pem).unwrap();
    key.verifying_key().verify(b"message", &signature).unwrap();
    let refused = key.verifying_key().verify(b"massage", &signature).unwrap_err();
    assert_eq!(refused.code, "proof.signature.mismatch");
    let again = SigningKey::from_pem(&key.to_pem().unwrap()).unwrap();
    assert_eq!(again.verifying_key(), key.verifying_key());
}

/// What a library in the way of GmSSL does with a key of its own: public key, digest, signature.
const GMSSL_SIGNS: &str = "
import secrets, sys
from gmssl import sm2, sm3
order = int(sm2.default_ecc_table['n'], 16)
secret = '%064x' % (secrets.randbelow(order - 2) + 1)
public = sm2.CryptSM2(secret, '')._kg(int(secret, 16), sm2.default_ecc_table['g'])
signer = sm2.CryptSM2(secret, public, asn1=True)
# It takes digits off a key that begins with 04, as if they were the form's.
signer.public_key = public
message = sys.argv[1].encode()
print(public, sm3.sm3_hash(list(message)), signer.sign_with_sm3(message))
";
const GMSSL_VERIFIES: &str = "
import sys
from gmssl import sm2
verifier = sm2.CryptSM2('', '', asn1=True)
verifier.public_key = sys.argv[1]
print(verifier.verify_with_sm3(sys.argv[2], sys.argv[3].encode()))
";

#[test]
fn gmssl_accepts_our_signature_and_we_accept_its() {
    let message = "准予登记";
    let said = python(GMSSL_SIGNS, &[message]).unwrap();
    let [public, digest, signature] = said.split_whitespace().collect::<Vec<_>>()[..] else {
        panic!("{said}")
    };
    assert_eq!(digest, sm3_hex(message.as_bytes()));
    let theirs = VerifyingKey::from_bytes(&hex::decode(format!("04{public}")).unwrap()).unwrap();
    let signature = hex::decode(signature).unwrap();
    theirs.verify(message.as_bytes(), &signature).unwrap();
    assert!(theirs.verify("不予登记".as_bytes(), &signature).is_err());
    for seed in 1..4 {
        let ours = key(seed);
        let public = hex::encode(&ours.verifying_key().to_bytes()[1..]);
        let signature = hex::encode(ours.sign(message.as_bytes()).unwrap());
        let judged = |text: &str| python(GMSSL_VERIFIES, &[&public, &signature, text]).unwrap();
        assert_eq!(judged(message).trim(), "True");
        assert_eq!(judged("不予登记").trim(), "False");
    }
}

#[test]
fn the_same_message_gets_the_same_signature() {
    let (first, second) = (key(5).sign(b"m").unwrap(), key(5).sign(b"m").unwrap());
    assert_eq!(first, second);
    assert_ne!(first, key(5).sign(b"n").unwrap());
    assert_ne!(first, key(6).sign(b"m").unwrap());
}

#[test]
fn a_signature_has_one_encoding() {
    let key = key(5);
    let signature = key.sign(b"m").unwrap();
    let public = key.verifying_key();
    let mut longer = signature.clone();
    longer.push(0);
    assert_eq!(public.verify(b"m", &longer).unwrap_err().code, "proof.signature.form");
    for at in 0..signature.len() {
        for bit in 0..8 {
            let mut wrong = signature.clone();
            wrong[at] ^= 1 << bit;
            assert!(public.verify(b"m", &wrong).is_err(), "byte {at} bit {bit}");
        }
    }
}

#[test]
fn zero_the_order_and_points_off_the_curve_are_no_keys() {
    assert_eq!(SigningKey::from_scalar(&[0; 32]).unwrap_err().code, "proof.key.scalar");
    assert_eq!(SigningKey::from_scalar(&[0xff; 32]).unwrap_err().code, "proof.key.scalar");
    let mut point = key(1).verifying_key().to_bytes();
    point[40] ^= 1;
    assert_eq!(VerifyingKey::from_bytes(&point).unwrap_err().code, "proof.key.point");
    assert_eq!(VerifyingKey::from_bytes(&[]).unwrap_err().code, "proof.key.point");
}

#[test]
fn a_sealed_value_opens_only_whole_under_its_key_and_purpose() {
    let (vault, mut random) = (Vault::new([1; 32]), Random::from_number(1));
    let sealed = vault.seal("party.id", b"410502200001011234", &mut random).unwrap();
    assert_eq!(vault.open("party.id", &sealed).unwrap(), b"410502200001011234");
    assert_eq!(vault.open("party.name", &sealed).unwrap_err().code, "proof.vault.unauthentic");
    assert!(Vault::new([2; 32]).open("party.id", &sealed).is_err());
    for at in 0..sealed.len() {
        let mut wrong = sealed.clone();
        wrong[at] ^= 1;
        assert!(vault.open("party.id", &wrong).is_err(), "byte {at}");
        assert!(vault.open("party.id", &sealed[..at]).is_err(), "cut at {at}");
    }
    let again = vault.seal("party.id", b"410502200001011234", &mut random).unwrap();
    assert_ne!(again, sealed, "a nonce was used twice");
}

/// RFC 8998 appendix A.1, the published vector of SM4-GCM.
#[test]
fn sm4_gcm_is_the_cipher_of_rfc_8998() {
    use aes_gcm::aead::consts::U12;
    use aes_gcm::aead::{Aead, KeyInit, Payload};
    use aes_gcm::{AesGcm, Nonce};
    let key: [u8; 16] =
        hex::decode("0123456789abcdeffedcba9876543210").unwrap().try_into().unwrap();
    let nonce: [u8; 12] = hex::decode("00001234567800000000abcd").unwrap().try_into().unwrap();
    let aad = hex::decode("feedfacedeadbeeffeedfacedeadbeefabaddad2").unwrap();
    let plain = hex::decode(concat!(
        "aaaaaaaaaaaaaaaabbbbbbbbbbbbbbbbccccccccccccccccdddddddddddddddd",
        "eeeeeeeeeeeeeeeeffffffffffffffffeeeeeeeeeeeeeeeeaaaaaaaaaaaaaaaa"
    ))
    .unwrap();
    let cipher = AesGcm::<sm4::Sm4, U12>::new(&key.into());
    let sealed =
        cipher.encrypt(&Nonce::<U12>::from(nonce), Payload { msg: &plain, aad: &aad }).unwrap();
    assert_eq!(hex::encode(&sealed[64..]), "83de3541e4c2b58177e065a9bf7b62ec");
    assert!(hex::encode(&sealed).starts_with("17f399f08c67d5ee19d0dc9969c4bb7d"));
}

#[test]
fn a_blind_index_is_equal_for_equal_texts_of_one_purpose() {
    let vault = Vault::new([1; 32]);
    assert_eq!(vault.index("phone", "13800000000"), vault.index("phone", "13800000000"));
    assert_ne!(vault.index("phone", "13800000000"), vault.index("phone", "13800000001"));
    assert_ne!(vault.index("phone", "13800000000"), vault.index("mobile", "13800000000"));
    assert_eq!(vault.index("phone", "").len(), 64);
}

/// RFC 6238 appendix B (SHA-1, 8 digits) and RFC 4226 appendix D (6 digits).
#[test]
fn one_time_passwords_are_those_of_the_rfcs() {
    let secret = b"12345678901234567890";
    for (seconds, code) in [
        (59, "94287082"),
        (1_111_111_109, "07081804"),
        (1_111_111_111, "14050471"),
        (1_234_567_890, "89005924"),
        (2_000_000_000, "69279037"),
        (20_000_000_000, "65353130"),
    ] {
        let at = Timestamp(seconds * 1_000_000);
        assert_eq!(hotp(secret, step(at) as u64, 8), code);
        assert_eq!(Secret::from_bytes(secret).unwrap().code(at), code[2..]);
    }
    let codes = ["755224", "287082", "359152", "969429", "338314", "254676", "287922"];
    for (counter, code) in codes.iter().enumerate() {
        assert_eq!(hotp(secret, counter as u64, 6), *code);
    }
}

#[test]
fn a_password_holds_one_step_before_and_after_and_once() {
    let secret = Secret::generate(&mut Random::from_number(3));
    let code = secret.code(now());
    let moved = |seconds: i64| now().plus_us(seconds * 1_000_000);
    assert_eq!(secret.verify(&code, now(), None), Some(step(now())));
    assert_eq!(secret.verify(&code, moved(30), None), Some(step(now())));
    assert_eq!(secret.verify(&code, moved(-30), None), Some(step(now())));
    assert_eq!(secret.verify(&code, moved(60), None), None);
    assert_eq!(secret.verify(&code, moved(-60), None), None);
    assert_eq!(secret.verify(&code, now(), Some(step(now()))), None, "replayed");
    assert_eq!(secret.verify(&code[1..], now(), None), None);
    assert_eq!(secret.verify("", now(), None), None);
}

#[test]
fn an_authenticator_address_names_issuer_and_account() {
    let secret = Secret::from_bytes(b"12345678901234567890").unwrap();
    assert_eq!(
        secret.uri("一盘棋", "li si"),
        "otpauth://totp/%E4%B8%80%E7%9B%98%E6%A3%8B:li%20si?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ\
         &issuer=%E4%B8%80%E7%9B%98%E6%A3%8B&algorithm=SHA1&digits=6&period=30"
    );
    assert_eq!(Secret::from_base32("GEZD1").unwrap_err().code, "proof.totp.secret");
    assert_eq!(Secret::from_base32("").unwrap_err().code, "proof.totp.secret");
}

proptest! {
    #[test]
    fn base32_reads_back(bytes in prop::collection::vec(any::<u8>(), 1..=64)) {
        let secret = Secret::from_bytes(&bytes).unwrap();
        prop_assert_eq!(Secret::from_base32(&secret.to_base32().to_lowercase()).unwrap(), secret);
    }
}
