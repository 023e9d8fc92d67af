//! SM2 encryption and key exchange, SM4 modes: the standards' examples, and OpenSSL as the judge.

use super::world::{key, openssl};
use crate::digest::derive;
use crate::sm2cipher::{Form, PLAIN_MAX, decrypt, encrypt};
use crate::sm2exchange::{Ephemeral, Side, agree};
use crate::sm2sig::{SigningKey, VerifyingKey};
use crate::sm4cipher::{cbc_decrypt, cbc_encrypt, gcm_open, gcm_seal};
use kernel::Random;
use proptest::prelude::*;
use std::fs;

fn bytes<const N: usize>(text: &str) -> [u8; N] {
    hex::decode(text.replace(' ', "")).unwrap().try_into().unwrap()
}

/// GM/T 0003.5 annex C: the example of encryption on the recommended curve.
#[test]
fn the_standards_cipher_text_opens() {
    let own = SigningKey::from_scalar(&bytes(
        "3945208F7B2144B13F36E38AC6D39F9588939369 2860B51A42FB81EF4DF7C5B8",
    ))
    .unwrap();
    let cipher = hex::decode(concat!(
        "0404EBFC718E8D1798620432268E77FEB6415E2EDE0E073C0F4F640ECD2E149A73",
        "E858F9D81E5430A57B36DAAB8F950A3C64E6EE6A63094D99283AFF767E124DF0",
        "59983C18F809E262923C53AEC295D30383B54E39D609D160AFCB1908D0BD8766",
        "21886CA989CA9C7D58087307CA93092D651EFA"
    ))
    .unwrap();
    assert_eq!(decrypt(&own, &cipher, Form::Raw).unwrap(), b"encryption standard");
}

/// GM/T 0003.5 annex B: the example of key exchange on the recommended curve.
#[test]
fn the_standards_exchange_gives_its_key() {
    let scalar = |text: &str| bytes::<32>(text);
    let a = SigningKey::from_scalar(&scalar(
        "81EB26E941BB5AF16DF116495F90695272AE2CD63D6C4AE1678418BE48230029",
    ))
    .unwrap();
    let b = SigningKey::from_scalar(&scalar(
        "785129917D45A9EA5437A59356B82338EAADDA6CEB199088F14AE10DEFA229B5",
    ))
    .unwrap();
    let ours = Ephemeral::from_scalar(&scalar(
        "D4DE15474DB74D06491C440D305E012400990F3E390C7E87153C12DB2EA60BB3",
    ))
    .unwrap();
    let theirs = Ephemeral::from_scalar(&scalar(
        "7E07124814B309489125EAED101113164EBF0F3458C5BD88335C1F9D596243D6",
    ))
    .unwrap();
    let (to_b, to_a) = (ours.public(), theirs.public());
    let first = agree(Side::Initiator, &a, ours, &b.verifying_key(), &to_a, 16).unwrap();
    let second = agree(Side::Responder, &b, theirs, &a.verifying_key(), &to_b, 16).unwrap();
    assert_eq!(
        hex::encode(second.confirmation()),
        "d3a0fe15dee185ceae907a6b595cc32a266ed7b3367e9983a896dc32fa20f8eb"
    );
    assert_eq!(
        hex::encode(first.confirmation()),
        "18c7894b3816df16cf07b05c5ec0bef5d655d58f779cc1b400a4f3884644db88"
    );
    let (from_a, from_b) = (*first.confirmation(), *second.confirmation());
    let key = first.confirmed(&from_b).unwrap();
    assert_eq!(hex::encode(&key), "6c89347354de2484c60b4ab1fde4c6e5");
    assert_eq!(second.confirmed(&from_a).unwrap(), key);
}

#[test]
fn an_exchange_with_another_than_was_meant_is_not_confirmed() {
    let mut random = Random::from_number(5);
    let (a, b, c) = (key(1), key(2), key(3));
    let ours = Ephemeral::generate(&mut random).unwrap();
    let theirs = Ephemeral::generate(&mut random).unwrap();
    let (to_b, to_a) = (ours.public(), theirs.public());
    // The responder is not the one the initiator believes.
    let first = agree(Side::Initiator, &a, ours, &b.verifying_key(), &to_a, 32).unwrap();
    let second = agree(Side::Responder, &c, theirs, &a.verifying_key(), &to_b, 32).unwrap();
    let (from_a, from_c) = (*first.confirmation(), *second.confirmation());
    assert_eq!(first.confirmed(&from_c).unwrap_err().code, "proof.exchange.confirmation");
    assert_eq!(second.confirmed(&from_a).unwrap_err().code, "proof.exchange.confirmation");
    for length in [0, 65] {
        let once = Ephemeral::generate(&mut random).unwrap();
        let refused = agree(Side::Initiator, &a, once, &b.verifying_key(), &to_a, length);
        assert_eq!(refused.unwrap_err().code, "proof.exchange.length");
    }
}

#[test]
fn both_sides_who_call_themselves_initiator_do_not_agree() {
    let mut random = Random::from_number(6);
    let (a, b) = (key(1), key(2));
    let ours = Ephemeral::generate(&mut random).unwrap();
    let theirs = Ephemeral::generate(&mut random).unwrap();
    let (to_b, to_a) = (ours.public(), theirs.public());
    let first = agree(Side::Initiator, &a, ours, &b.verifying_key(), &to_a, 32).unwrap();
    let second = agree(Side::Initiator, &b, theirs, &a.verifying_key(), &to_b, 32).unwrap();
    let from_b = *second.confirmation();
    assert!(first.confirmed(&from_b).is_err());
}

#[test]
fn openssl_opens_what_we_encrypt_and_we_open_what_it_encrypts() {
    let folder = tempfile::tempdir().unwrap();
    let file = |name: &str| folder.path().join(name);
    let own = key(9);
    fs::write(file("key.pem"), own.to_pem().unwrap()).unwrap();
    fs::write(file("plain"), "会话密钥").unwrap();
    let mut random = Random::from_number(1);
    let ours =
        encrypt(&own.verifying_key(), "会话密钥".as_bytes(), Form::Der, &mut random).unwrap();
    fs::write(file("ours"), ours).unwrap();
    let run = |arguments: &[&str]| openssl(folder.path(), arguments).unwrap();
    let common = ["-inkey", "key.pem", "-pkeyopt", "digest:sm3"];
    run(&[&["pkeyutl", "-decrypt", "-in", "ours", "-out", "opened"], &common[..]].concat());
    assert_eq!(fs::read(file("opened")).unwrap(), "会话密钥".as_bytes());
    run(&[&["pkeyutl", "-encrypt", "-in", "plain", "-out", "theirs"], &common[..]].concat());
    let theirs = fs::read(file("theirs")).unwrap();
    assert_eq!(decrypt(&own, &theirs, Form::Der).unwrap(), "会话密钥".as_bytes());
}

#[test]
fn no_changed_shortened_or_longer_cipher_text_opens() {
    let own = key(9);
    let mut random = Random::from_number(1);
    for form in [Form::Raw, Form::Der] {
        let good = encrypt(&own.verifying_key(), b"secret", form, &mut random).unwrap();
        assert_eq!(decrypt(&own, &good, form).unwrap(), b"secret");
        let refused = |cipher: &[u8]| {
            assert_eq!(decrypt(&own, cipher, form).unwrap_err().code, "proof.cipher.open");
        };
        for at in 0..good.len() {
            let mut wrong = good.clone();
            wrong[at] ^= 1 << (at % 8);
            refused(&wrong);
            refused(&good[..at]);
        }
        refused(&[&good[..], &[0]].concat());
        refused(&vec![0x30; PLAIN_MAX + 1000]);
        assert_eq!(decrypt(&key(10), &good, form).unwrap_err().code, "proof.cipher.open");
        for size in [0, PLAIN_MAX + 1] {
            let refused = encrypt(&own.verifying_key(), &vec![1; size], form, &mut random);
            assert_eq!(refused.unwrap_err().code, "proof.cipher.size");
        }
    }
}

/// GB/T 32918.2's signature of the example in GM/T 0003.5 annex A.
#[test]
fn the_standards_signature_holds() {
    let public = VerifyingKey::from_bytes(
        &hex::decode(concat!(
            "0409F9DF311E5421A150DD7D161E4BC5C672179FAD1833FC076BB08FF356F35020",
            "CCEA490CE26775A52DC6EA718CC1AA600AED05FBF35E084A6632F6072DA9AD13"
        ))
        .unwrap(),
    )
    .unwrap();
    let fixed = hex::decode(concat!(
        "F5A03B0648D2C4630EEAC513E1BB81A15944DA3827D5B74143AC7EACEEE720B3",
        "B1B6AA29DF212FD8763182BC0D421CA1BB9038FD1F7F42D4840B69C485BBC1AA"
    ))
    .unwrap();
    public.verify(b"message digest", &crate::sm2sig::pair(&fixed).unwrap()).unwrap();
}

/// GB/T 32907 annex A: one block, and one block encrypted a million times.
#[test]
fn sm4_gives_the_blocks_of_the_standard() {
    let block: [u8; 16] = bytes("0123456789ABCDEFFEDCBA9876543210");
    let once = cbc_encrypt(&block, &[0; 16], &block).unwrap();
    assert_eq!(hex::encode(&once[..16]), "681edf34d206965e86b3e94f536e4246");
    // CBC of zeros under the first block as IV encrypts the block before, again and again.
    let many = cbc_encrypt(&block, &block, &vec![0; 16_000_000]).unwrap();
    assert_eq!(hex::encode(&many[15_999_984..16_000_000]), "595298c7c6fd271f0402f804c33d3f66");
}

#[test]
fn openssl_decrypts_our_blocks_and_we_decrypt_its() {
    let folder = tempfile::tempdir().unwrap();
    let file = |name: &str| folder.path().join(name);
    let (secret, iv) = ([7; 16], [9; 16]);
    let plain = "不动产权证书".repeat(9);
    fs::write(file("ours"), cbc_encrypt(&secret, &iv, plain.as_bytes()).unwrap()).unwrap();
    fs::write(file("plain"), &plain).unwrap();
    let (k, v) = (hex::encode(secret), hex::encode(iv));
    let common = ["enc", "-sm4-cbc", "-K", &k, "-iv", &v];
    let run =
        |arguments: &[&str]| openssl(folder.path(), &[&common[..], arguments].concat()).unwrap();
    run(&["-d", "-in", "ours", "-out", "opened"]);
    assert_eq!(fs::read(file("opened")).unwrap(), plain.as_bytes());
    run(&["-in", "plain", "-out", "theirs"]);
    let theirs = fs::read(file("theirs")).unwrap();
    assert_eq!(cbc_decrypt(&secret, &iv, &theirs).unwrap(), plain.as_bytes());
}

proptest! {
    #[test]
    fn what_is_sealed_opens_and_nothing_else_does(
        plain in prop::collection::vec(any::<u8>(), 0..200),
        aside in prop::collection::vec(any::<u8>(), 0..40),
        bit in any::<prop::sample::Index>(),
    ) {
        let (secret, nonce) = ([3; 16], [4; 12]);
        let sealed = gcm_seal(&secret, &nonce, &aside, &plain).unwrap();
        prop_assert_eq!(&gcm_open(&secret, &nonce, &aside, &sealed).unwrap(), &plain);
        let mut wrong = sealed.clone();
        let at = bit.index(sealed.len() * 8);
        wrong[at / 8] ^= 1 << (at % 8);
        prop_assert!(gcm_open(&secret, &nonce, &aside, &wrong).is_err());
        prop_assert!(gcm_open(&secret, &nonce, b"another", &sealed).is_err());
        let blocks = cbc_encrypt(&secret, &[5; 16], &plain).unwrap();
        prop_assert_eq!(cbc_decrypt(&secret, &[5; 16], &blocks).unwrap(), plain);
        prop_assert!(cbc_decrypt(&secret, &[5; 16], &blocks[1..]).is_err());
    }

    #[test]
    fn a_shorter_key_begins_a_longer_one(length in 1_usize..100) {
        let long = derive(&[b"a", b"b"], 100);
        prop_assert_eq!(&derive(&[b"ab"], length)[..], &long[..length]);
    }
}
