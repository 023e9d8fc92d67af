//! Certificates, with OpenSSL as the judge.

use super::world::{World, key, now, openssl, subject, world};
use crate::certificate::{Certificate, Request, Role, issue, verify_chain};
use kernel::{Random, Result};
use std::fs;

fn intermediate(world: &World, path_length: u8, days: i64) -> Result<Certificate> {
    let request = Request {
        subject: subject("安阳市证书服务", ""),
        role: Role::Authority { path_length },
        key: &key(20).verifying_key(),
        valid_from: now().plus_days(-10),
        valid_until: now().plus_days(days),
    };
    issue(&request, &world.root, &world.root_key, &mut Random::from_number(2))
}

fn leaf(issuer: &Certificate, role: Role) -> Result<Certificate> {
    let request = Request {
        subject: subject("林州市公安局", "11410581005847776J"),
        role,
        key: &key(21).verifying_key(),
        valid_from: now().plus_days(-1),
        valid_until: now().plus_days(10),
    };
    issue(&request, issuer, &key(20), &mut Random::from_number(3))
}

#[test]
fn openssl_reads_a_certificate_as_it_was_meant() {
    let (folder, world) = (tempfile::tempdir().unwrap(), world());
    fs::write(folder.path().join("a.pem"), world.agency.to_pem().unwrap()).unwrap();
    let text = openssl(
        folder.path(),
        &["x509", "-in", "a.pem", "-noout", "-text", "-nameopt", "utf8,sep_comma_plus_space"],
    )
    .unwrap();
    for part in [
        "Version: 3 (0x2)",
        "Signature Algorithm: SM2-with-SM3",
        "ASN1 OID: SM2",
        "CN=安阳市公安局",
        "O=河南省",
        "serialNumber=11410500005840283N",
        "CN=一盘棋演示根",
        "CA:FALSE",
        "Digital Signature, Non Repudiation",
    ] {
        assert!(text.contains(part), "{part} not in {text}");
    }
    assert!(text.to_lowercase().replace(':', "").contains(&world.agency.serial_hex()));
}

#[test]
fn openssl_verifies_a_chain_and_refuses_a_foreign_root() {
    let (folder, world) = (tempfile::tempdir().unwrap(), world());
    let write = |name: &str, c: &Certificate| {
        fs::write(folder.path().join(name), c.to_pem().unwrap()).unwrap()
    };
    let middle = intermediate(world, 0, 300).unwrap();
    let leaf = leaf(&middle, Role::Agency).unwrap();
    write("root.pem", &world.root);
    write("middle.pem", &middle);
    write("leaf.pem", &leaf);
    write("agency.pem", &world.agency);
    let at = (now().0 / 1_000_000).to_string();
    // One link at a time: OpenSSL 3.0 hands the SM2 identity to the last certificate alone.
    let verify = |issuer: &str, certificate: &str| {
        let id = "distid:1234567812345678";
        let arguments = ["verify", "-x509_strict", "-partial_chain", "-vfyopt", id];
        let rest = ["-attime", &at, "-CAfile", issuer, certificate];
        openssl(folder.path(), &[&arguments[..], &rest].concat())
    };
    assert!(verify("root.pem", "agency.pem").unwrap().contains("OK"));
    assert!(verify("root.pem", "middle.pem").unwrap().contains("OK"));
    assert!(verify("middle.pem", "leaf.pem").unwrap().contains("OK"));
    assert!(verify("agency.pem", "leaf.pem").is_err());
    assert!(verify("root.pem", "leaf.pem").is_err());
}

#[test]
fn we_read_a_certificate_made_by_openssl() {
    let folder = tempfile::tempdir().unwrap();
    let run = |arguments: &[&str]| openssl(folder.path(), arguments).unwrap();
    run(&["genpkey", "-algorithm", "SM2", "-out", "key.pem"]);
    run(&[
        "req",
        "-new",
        "-x509",
        "-key",
        "key.pem",
        "-sm3",
        "-sigopt",
        "distid:1234567812345678",
        "-subj",
        "/C=CN/O=Henan/CN=Outside Root",
        "-days",
        "30",
        "-out",
        "c.pem",
    ]);
    let pem = fs::read_to_string(folder.path().join("c.pem")).unwrap();
    let certificate = Certificate::from_pem(&pem).unwrap();
    assert_eq!(certificate.subject().common_name, "Outside Root");
    let anchors = std::slice::from_ref(&certificate);
    verify_chain(anchors, anchors, certificate.valid_from()).unwrap();
    assert_eq!(Certificate::all_from_pem(&pem.repeat(2)).unwrap().len(), 2);
}

#[test]
fn a_certificate_reads_back_and_is_the_same_every_time() {
    let (first, second) = (world(), super::world::make());
    assert_eq!(first.agency.der(), second.agency.der());
    let read = Certificate::from_pem(&first.agency.to_pem().unwrap()).unwrap();
    assert_eq!(read, first.agency);
    assert_eq!(read.subject(), &subject("安阳市公安局", super::world::AGENCY_CODE));
    assert!(!read.is_authority() && read.may_sign() && !read.may_publish_status());
    assert!(first.root.is_authority() && first.status.may_publish_status());
}

#[test]
fn no_flipped_bit_of_a_certificate_is_accepted() {
    let world = world();
    let anchors = world.anchors();
    let der = world.agency.der();
    for at in 0..der.len() {
        for bit in 0..8 {
            let mut wrong = der.to_vec();
            wrong[at] ^= 1 << bit;
            let accepted =
                Certificate::parse(&wrong).and_then(|c| verify_chain(&[c], &anchors, now()));
            assert!(accepted.is_err(), "byte {at} bit {bit}");
        }
    }
}

#[test]
fn each_broken_link_has_its_own_reason() {
    let world = world();
    let anchors = world.anchors();
    let chain = world.agency_chain();
    let code = |chain: &[Certificate], anchors: &[Certificate], at| {
        verify_chain(chain, anchors, at).unwrap_err().code
    };
    verify_chain(&chain, &anchors, now()).unwrap();
    let early = world.agency.valid_from().plus_us(-1);
    assert_eq!(code(&chain, &anchors, early), "proof.certificate.not_yet_valid");
    let last = world.agency.valid_until();
    verify_chain(&chain, &anchors, last.plus_us(999_999)).unwrap();
    assert_eq!(code(&chain, &anchors, last.plus_us(1_000_000)), "proof.certificate.expired");
    assert_eq!(code(&chain, &[], now()), "proof.certificate.untrusted");
    assert_eq!(code(&[], &anchors, now()), "proof.certificate.untrusted");
    assert_eq!(
        code(&chain, std::slice::from_ref(&world.maker), now()),
        "proof.certificate.untrusted"
    );
    assert_eq!(
        code(&vec![world.agency.clone(); 6], &anchors, now()),
        "proof.certificate.chain_length"
    );
    let middle = intermediate(world, 0, 300).unwrap();
    let leaf = leaf(&middle, Role::Agency).unwrap();
    verify_chain(&[leaf.clone(), middle.clone()], &anchors, now()).unwrap();
    assert_eq!(code(&[leaf], &anchors, now()), "proof.certificate.untrusted");
    assert_eq!(code(&[middle], &anchors, now().plus_days(301)), "proof.certificate.expired");
}

#[test]
fn an_impostor_with_the_roots_name_is_refused() {
    let world = world();
    let impostor_key = key(40);
    let impostor = crate::certificate::issue_root(
        &impostor_key,
        world.root.subject(),
        world.root.valid_from(),
        world.root.valid_until(),
        &mut Random::from_number(9),
    )
    .unwrap();
    let request = Request {
        subject: subject("安阳市公安局", ""),
        role: Role::Agency,
        key: &key(41).verifying_key(),
        valid_from: now(),
        valid_until: now().plus_days(1),
    };
    let forged = issue(&request, &impostor, &impostor_key, &mut Random::from_number(9)).unwrap();
    let refused = verify_chain(&[forged, impostor], &world.anchors(), now()).unwrap_err();
    assert_eq!(refused.code, "proof.certificate.untrusted");
}

#[test]
fn only_an_authority_issues_and_only_within_its_own_bounds() {
    let world = world();
    let middle = intermediate(world, 0, 300).unwrap();
    let below = leaf(&middle, Role::Authority { path_length: 0 }).unwrap_err();
    assert_eq!(below.code, "proof.certificate.issuer");
    let agency = leaf(&middle, Role::Agency).unwrap();
    let request = Request {
        subject: subject("x", ""),
        role: Role::Agency,
        key: &key(22).verifying_key(),
        valid_from: now(),
        valid_until: now().plus_days(1),
    };
    let mut random = Random::from_number(4);
    let by_agency = issue(&request, &agency, &key(21), &mut random).unwrap_err();
    assert_eq!(by_agency.code, "proof.certificate.issuer");
    let by_stranger = issue(&request, &middle, &key(23), &mut random).unwrap_err();
    assert_eq!(by_stranger.code, "proof.certificate.key");
    let too_long = Request { valid_until: now().plus_days(301), ..request.clone() };
    let refused = issue(&too_long, &middle, &key(20), &mut random).unwrap_err();
    assert_eq!(refused.code, "proof.certificate.issuer");
    for bad in
        [subject("", ""), subject(&"长".repeat(65), ""), subject("a\u{0}", ""), subject("a", "号")]
    {
        let request = Request { subject: bad, ..request.clone() };
        let refused = issue(&request, &middle, &key(20), &mut random).unwrap_err();
        assert_eq!(refused.code, "proof.certificate.request");
    }
}

#[test]
fn validity_beyond_2049_is_written_so_that_openssl_reads_it() {
    let folder = tempfile::tempdir().unwrap();
    let root = crate::certificate::issue_root(
        &key(1),
        &subject("长期根", ""),
        now(),
        now().plus_days(365 * 40),
        &mut Random::from_number(1),
    )
    .unwrap();
    fs::write(folder.path().join("r.pem"), root.to_pem().unwrap()).unwrap();
    let dates = openssl(folder.path(), &["x509", "-in", "r.pem", "-noout", "-enddate"]).unwrap();
    assert!(dates.contains("2066 GMT"), "{dates}");
}
