//! Seals and seal signatures.

use super::world::{key, now, openssl, world};
use crate::digest::sm3;
use crate::seal::{Design, Picture, Seal, SealSignature, sign};
use std::fs;

#[test]
fn a_seal_reads_back_and_verifies() {
    let world = world();
    let seal = Seal::parse(world.seal.der()).unwrap();
    assert_eq!(seal.name(), "安阳市公安局电子证照专用章");
    assert_eq!(seal.id(), "41050000000001");
    assert_eq!(seal.picture().kind, "SVG");
    assert_eq!(seal.holders(), std::slice::from_ref(&world.agency));
    seal.verify(&world.anchors(), now()).unwrap();
}

#[test]
fn openssl_parses_a_seal_signature_and_accepts_what_it_signs() {
    let (folder, world) = (tempfile::tempdir().unwrap(), world());
    let write = |name: &str, bytes: &[u8]| fs::write(folder.path().join(name), bytes).unwrap();
    let der = sign(
        &world.seal,
        &world.agency_key,
        &world.agency_chain(),
        &sm3(b"document"),
        "/Doc_0/Signs/Sign_0/Signature.xml",
        now(),
    )
    .unwrap();
    write("s.der", &der);
    let tree = openssl(folder.path(), &["asn1parse", "-inform", "DER", "-in", "s.der"]).unwrap();
    assert!(tree.contains("SM2-with-SM3") && tree.contains("IA5STRING         :ES"), "{tree}");
    assert!(tree.contains("GENERALIZEDTIME"), "{tree}");
    // The first element of the outer sequence is what is signed; the last is the signature.
    let header = |line: &str| -> (usize, usize, usize) {
        let number = |text: &str| text.trim().parse().unwrap();
        let (offset, rest) = line.split_once(':').unwrap();
        let (_, rest) = rest.split_once("hl=").unwrap();
        let (header, rest) = rest.split_once("l=").unwrap();
        (number(offset), number(header), number(rest.split_whitespace().next().unwrap()))
    };
    let (offset, head, length) = header(tree.lines().nth(1).unwrap());
    write("tbs", &der[offset..offset + head + length]);
    let (offset, head, length) = header(tree.lines().last().unwrap());
    write("sig", &der[offset + head + 1..offset + head + length]);
    write("key.pem", world.agency.public_key().to_pem().unwrap().as_bytes());
    let id = "distid:1234567812345678";
    let said = openssl(
        folder.path(),
        &["dgst", "-sm3", "-verify", "key.pem", "-sigopt", id, "-signature", "sig", "tbs"],
    );
    assert!(said.unwrap().contains("Verified OK"));
}

#[test]
fn a_seal_signature_reads_back() {
    let world = world();
    let chain = [world.agency.clone(), world.maker.clone()];
    let digest = sm3(b"document");
    let der = sign(&world.seal, &world.agency_key, &chain, &digest, "a/b", now()).unwrap();
    let read = SealSignature::parse(&der).unwrap();
    assert_eq!(read.digest(), &digest);
    assert_eq!(read.signed_at(), now());
    assert_eq!(read.property(), "a/b");
    assert_eq!(read.chain(), chain);
    read.verify_signature().unwrap();
}

#[test]
fn no_flipped_bit_of_a_seal_signature_is_accepted() {
    let world = world();
    let chain = world.agency_chain();
    let der = sign(&world.seal, &world.agency_key, &chain, &sm3(b"d"), "p", now()).unwrap();
    for at in 0..der.len() {
        let mut wrong = der.clone();
        wrong[at] ^= 1 << (at % 8);
        let accepted = SealSignature::parse(&wrong).and_then(|s| s.verify_signature());
        assert!(accepted.is_err(), "byte {at}");
    }
}

#[test]
fn a_certificate_the_seal_does_not_list_cannot_seal() {
    let world = world();
    let chain = [world.maker.clone()];
    let refused = sign(&world.seal, &world.maker_key, &chain, &sm3(b""), "p", now()).unwrap_err();
    assert_eq!(refused.code, "proof.seal.holder");
    let refused =
        sign(&world.seal, &key(99), &world.agency_chain(), &sm3(b""), "p", now()).unwrap_err();
    assert_eq!(refused.code, "proof.certificate.key");
}

#[test]
fn a_seal_made_by_one_who_may_not_is_refused() {
    let world = world();
    let picture = Picture { kind: "PNG".into(), data: vec![1], width_mm: 40, height_mm: 40 };
    let design = Design {
        id: "1",
        name: "假章",
        holder: &world.agency,
        picture: &picture,
        created_at: now(),
        valid_from: now(),
        valid_until: now().plus_days(1),
    };
    let refused = Seal::make(&design, &world.agency_chain(), &world.agency_key).unwrap_err();
    assert_eq!(refused.code, "proof.seal.maker");
    let maker = std::slice::from_ref(&world.maker);
    let refused = Seal::make(&design, maker, &key(50)).unwrap_err();
    assert_eq!(refused.code, "proof.certificate.key");
    for (field, wrong) in [
        ("id", Design { id: "章", ..design.clone() }),
        ("name", Design { name: "", ..design.clone() }),
        ("validity", Design { valid_until: now(), ..design.clone() }),
        (
            "picture",
            Design {
                picture: &Picture { kind: "EXE".into(), ..picture.clone() },
                ..design.clone()
            },
        ),
    ] {
        let refused = Seal::make(&wrong, maker, &world.maker_key).unwrap_err();
        assert_eq!(refused.args, [("field", field.to_owned())]);
    }
}

#[test]
fn a_seal_holds_only_in_its_time_and_under_its_root() {
    let world = world();
    let anchors = world.anchors();
    let (from, until) = world.seal.validity();
    let code = |at| world.seal.verify(&anchors, at).unwrap_err().code;
    assert_eq!(code(from.plus_us(-1)), "proof.seal.not_yet_valid");
    assert_eq!(code(until.plus_days(1)), "proof.seal.expired");
    let refused = world.seal.verify(&[], now()).unwrap_err();
    assert_eq!(refused.code, "proof.certificate.untrusted");
}
