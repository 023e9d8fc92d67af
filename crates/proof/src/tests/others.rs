//! What others write in another way that the standards leave open, and which says the same.

use super::revocation::secret;
use crate::jose::{Jws, encode, verify_times};
use crate::key::{Algorithm, Signer, sign_fixed};
use crate::log::{Checkpoint, NoteSigner, open_note, sign_note};
use crate::verify::verify_file;
use crate::{cose, json};
use coset::{CoseSign1Builder, HeaderBuilder, TaggedCborSerializable, iana};
use kernel::Timestamp;
use serde_json::json as js;

#[test]
fn a_header_may_name_the_curve_and_write_its_kind_in_any_case() {
    let key = secret(Algorithm::Ed25519, 1);
    let token = |alg: &str, typ: &str| {
        let header = encode(js!({ "alg": alg, "typ": typ }).to_string().as_bytes());
        let covered = format!("{header}.{}", encode(b"{}"));
        let signature = sign_fixed(&key, covered.as_bytes()).unwrap();
        format!("{covered}.{}", encode(&signature))
    };
    let verify = |token: String| Jws::parse(&token).unwrap().verify(&key.public(), "dc+sd-jwt");
    for (alg, typ) in
        [("Ed25519", "dc+sd-jwt"), ("EdDSA", "DC+SD-JWT"), ("EdDSA", "application/dc+SD-jwt")]
    {
        verify(token(alg, typ)).unwrap();
    }
    assert_eq!(verify(token("ed25519", "dc+sd-jwt")).unwrap_err().code, "proof.jose.algorithm");
    assert_eq!(verify(token("EdDSA", "JWT")).unwrap_err().code, "proof.jose.type");
}

#[test]
fn instants_may_have_fractions_of_seconds() {
    let at = Timestamp(1_700_000_000_000_000);
    let of = |claims: serde_json::Value| {
        verify_times(claims.as_object().unwrap(), at).map_err(|error| error.code)
    };
    assert_eq!(of(js!({ "iat": 1_699_999_999.5, "exp": 1.700_000_1e9 })), Ok(()));
    assert_eq!(of(js!({ "exp": 1_699_999_939.5 })), Err("proof.jose.expired"));
    assert_eq!(of(js!({ "nbf": 1_700_000_060.5 })), Err("proof.jose.early"));
    for wrong in [js!(1e300), js!(u64::MAX), js!("1700000000"), js!(null), js!(i64::MAX)] {
        assert_eq!(of(js!({ "exp": wrong })), Err("proof.jose.json"));
    }
}

#[test]
fn cose_may_name_the_curve() {
    for (algorithm, full, other) in [
        (Algorithm::P256, iana::Algorithm::ESP256, iana::Algorithm::Ed25519),
        (Algorithm::Ed25519, iana::Algorithm::Ed25519, iana::Algorithm::ES256),
    ] {
        let key = secret(algorithm, 1);
        let signed = |name| {
            let header = HeaderBuilder::new().algorithm(name).build();
            let builder = CoseSign1Builder::new().protected(header).payload(b"a".to_vec());
            let sign = |covered: &[u8]| sign_fixed(&key, covered).map(Vec::from);
            builder.try_create_signature(b"", sign).unwrap().build().to_tagged_vec().unwrap()
        };
        assert_eq!(cose::verify(&signed(full), b"", &key.public()).unwrap(), b"a");
        let refused = cose::verify(&signed(other), b"", &key.public()).unwrap_err();
        assert_eq!(refused.code, "proof.jose.algorithm");
    }
}

#[test]
fn notes_may_hold_what_is_no_control_character_of_ascii() {
    let signer = NoteSigner::new("log", &[7; 32]).unwrap();
    for text in ["a\u{7f}\n", "b\u{85}\u{9f}\n", "\u{2028}\n"] {
        let note = sign_note(text, &[&signer]).unwrap();
        assert_eq!(open_note(note.as_bytes(), &[signer.verifier()]).unwrap().0, text);
    }
    for text in ["a\u{1f}\n", "a\0\n", "a\t\n", "a\r\n"] {
        assert_eq!(sign_note(text, &[&signer]).unwrap_err().code, "proof.note.form");
    }
    let checkpoint = Checkpoint {
        origin: "log\u{85}".to_owned(),
        size: 0,
        root: [0; 32],
        extensions: vec!["x\u{9f}".to_owned()],
    };
    assert_eq!(Checkpoint::parse(&checkpoint.text().unwrap()).unwrap(), checkpoint);
}

#[test]
fn canonical_json_reads_numbers_as_readers_of_double_precision_do() {
    let canonical = |text: &str| json::canonical(&json::parse(text.as_bytes(), 1 << 10).unwrap());
    for (given, written) in [
        ("333333333.33333329", "333333333.3333333"),
        ("1E30", "1e+30"),
        ("295147905179352825856", "295147905179352830000"),
        ("-0.0", "0"),
        ("4.50", "4.5"),
        ("2e-3", "0.002"),
        ("5e-324", "5e-324"),
    ] {
        assert_eq!(canonical(given).unwrap(), written);
    }
}

#[test]
fn a_file_signed_by_others_alone_is_told_from_one_whose_seal_is_broken() {
    let anchors = super::world::world().anchors();
    let reason = |file: &[u8]| {
        let report = verify_file(file, &anchors, None, super::world::now());
        let failed = report.failure().unwrap();
        (failed.name.clone(), failed.detail.en.clone())
    };
    let plain = super::world::plain_pdf();
    assert_eq!(reason(&plain), ("format".to_owned(), "The file bears no seal.".to_owned()));
    let signed = super::pades::signed(&super::revocation::tree(Algorithm::P256), &plain, 1, None);
    let (name, detail) = reason(&signed);
    assert_eq!(name, "format");
    assert!(detail.starts_with("The file is signed by other software"), "{detail}");
}
