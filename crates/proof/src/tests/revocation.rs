//! Certificates of all three algorithms, requests, lists and answers about revocation, with OpenSSL
//! as the judge.

use super::world::{now, openssl, subject};
use crate::certificate::ocsp::{Answer, Question, Standing};
use crate::certificate::request::SigningRequest;
use crate::certificate::revocation::{Crl, Issue, Reason, Revoked};
use crate::certificate::{
    Certificate, Purpose, Request, Role, issue, issue_root, path, verify_chain, verify_chain_for,
};
use crate::key::{Algorithm, PrivateKey, PublicKey, Signer};
use kernel::{Random, Timestamp};
use std::fs;
use std::path::Path;

pub const ALGORITHMS: [Algorithm; 3] = [Algorithm::Sm2, Algorithm::P256, Algorithm::Ed25519];

/// An authority of one algorithm, what it issues, and their keys.
pub struct Tree {
    pub root: Certificate,
    pub root_key: PrivateKey,
    pub middle: Certificate,
    pub middle_key: PrivateKey,
    pub leaf: Certificate,
    pub leaf_key: PrivateKey,
}

pub fn secret(algorithm: Algorithm, number: u8) -> PrivateKey {
    PrivateKey::from_seed(algorithm, &[number; 32]).unwrap()
}

pub fn certify(
    name: &str,
    role: Role,
    key: &dyn Signer,
    issuer: &Certificate,
    issuer_key: &dyn Signer,
) -> Certificate {
    let public = key.public();
    let request = Request {
        subject: subject(name, ""),
        role,
        key: &public,
        valid_from: now().plus_days(-10),
        valid_until: now().plus_days(300),
    };
    issue(&request, issuer, issuer_key, &mut Random::from_number(name.len() as u64)).unwrap()
}

pub fn tree(algorithm: Algorithm) -> Tree {
    let root_key = secret(algorithm, 1);
    let (from, until) = (now().plus_days(-400), now().plus_days(3650));
    let root = issue_root(&root_key, &subject("根", ""), from, until, &mut Random::from_number(1))
        .unwrap();
    let (middle_key, leaf_key) = (secret(algorithm, 2), secret(algorithm, 3));
    let role = Role::Authority { path_length: 0 };
    let middle = certify("中间机构", role, &middle_key, &root, &root_key);
    let leaf = certify("安阳市公安局", Role::Agency, &leaf_key, &middle, &middle_key);
    Tree { root, root_key, middle, middle_key, leaf, leaf_key }
}

fn seconds() -> String {
    (now().0 / 1_000_000).to_string()
}

fn list(tree: &Tree, revoked: &[Revoked]) -> Crl {
    let issue = Issue { number: 7, at: now(), next_update: now().plus_days(7) };
    Crl::make(&tree.middle, &tree.middle_key, issue, revoked).unwrap()
}

fn taken_back(certificate: &Certificate) -> Revoked {
    let serial = hex::decode(certificate.serial_hex()).unwrap();
    Revoked { serial, since: now().plus_days(-1), reason: Reason::KeyCompromise }
}

fn write(folder: &Path, name: &str, bytes: impl AsRef<[u8]>) {
    fs::write(folder.join(name), bytes).unwrap();
}

#[test]
fn openssl_reads_our_keys_and_we_read_its() {
    for (algorithm, options) in [
        (Algorithm::Sm2, ["-algorithm", "SM2"].as_slice()),
        (Algorithm::P256, &["-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256"]),
        (Algorithm::Ed25519, &["-algorithm", "ED25519"]),
    ] {
        let folder = tempfile::tempdir().unwrap();
        let own = secret(algorithm, 8);
        write(folder.path(), "ours.pem", own.to_pem().unwrap());
        let public = openssl(folder.path(), &["pkey", "-in", "ours.pem", "-pubout"]).unwrap();
        assert_eq!(PublicKey::from_pem(&public).unwrap(), own.public());
        assert_eq!(own.public().to_pem().unwrap(), public);
        let made = openssl(folder.path(), &[&["genpkey"], options].concat()).unwrap();
        let theirs = PrivateKey::from_pem(&made).unwrap();
        assert_eq!(theirs.public().algorithm(), algorithm);
        let again = PrivateKey::from_pem(&theirs.to_pem().unwrap()).unwrap();
        assert_eq!(again.public(), theirs.public());
    }
}

#[test]
fn keys_of_other_kinds_and_weak_ones_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    for options in [
        ["-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:1024"],
        ["-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-384"],
    ] {
        let made = openssl(folder.path(), &[&["genpkey"], &options[..]].concat()).unwrap();
        assert_eq!(PrivateKey::from_pem(&made).unwrap_err().code, "proof.key.pem");
        write(folder.path(), "k.pem", made);
        let public = openssl(folder.path(), &["pkey", "-in", "k.pem", "-pubout"]).unwrap();
        assert_eq!(PublicKey::from_pem(&public).unwrap_err().code, "proof.key.algorithm");
    }
    // The neutral point of edwards25519, under which any signature can be made.
    let mut neutral = [0; 32];
    neutral[0] = 1;
    let refused = PublicKey::from_bytes(Algorithm::Ed25519, &neutral).unwrap_err();
    assert_eq!(refused.code, "proof.key.point");
    for algorithm in [Algorithm::Sm2, Algorithm::P256] {
        let refused = PublicKey::from_bytes(algorithm, &[4; 65]).unwrap_err();
        assert_eq!(refused.code, "proof.key.point");
    }
}

#[test]
fn openssl_verifies_whole_chains_of_p256_and_ed25519() {
    for algorithm in [Algorithm::P256, Algorithm::Ed25519] {
        let (folder, tree) = (tempfile::tempdir().unwrap(), tree(algorithm));
        for (name, certificate) in
            [("root.pem", &tree.root), ("middle.pem", &tree.middle), ("leaf.pem", &tree.leaf)]
        {
            write(folder.path(), name, certificate.to_pem().unwrap());
        }
        let at = seconds();
        let verify = |rest: &[&str]| {
            let common = ["verify", "-x509_strict", "-attime", &at, "-CAfile", "root.pem"];
            openssl(folder.path(), &[&common[..], rest].concat())
        };
        assert!(verify(&["-untrusted", "middle.pem", "leaf.pem"]).unwrap().contains("OK"));
        assert!(verify(&["leaf.pem"]).is_err());
        let chain = [tree.leaf, tree.middle];
        let anchors = [tree.root];
        verify_chain(&chain, &anchors, now()).unwrap();
        assert_eq!(path(&chain, &anchors, now()).unwrap().len(), 3);
    }
}

#[test]
fn a_key_of_another_algorithm_cannot_stand_in() {
    // The same names and key identifiers, another algorithm above.
    let (sm2, p256) = (tree(Algorithm::Sm2), tree(Algorithm::P256));
    let chain = [sm2.leaf, p256.middle];
    let refused = verify_chain(&chain, &[p256.root], now()).unwrap_err();
    assert_eq!(refused.code, "proof.certificate.untrusted");
}

#[test]
fn each_authority_of_one_name_is_tried() {
    let tree = tree(Algorithm::P256);
    // Made by OpenSSL would carry no key identifiers; here the name alone leads astray.
    let other_key = secret(Algorithm::P256, 9);
    let role = Role::Authority { path_length: 0 };
    let expired = Request {
        subject: subject("中间机构", ""),
        role,
        key: &tree.middle_key.public(),
        valid_from: now().plus_days(-300),
        valid_until: now().plus_days(-200),
    };
    let expired = issue(&expired, &tree.root, &tree.root_key, &mut Random::from_number(4)).unwrap();
    let namesake = certify("中间机构", role, &other_key, &tree.root, &tree.root_key);
    let chain = [tree.leaf.clone(), expired.clone(), namesake.clone(), tree.middle.clone()];
    let anchors = [tree.root.clone()];
    assert_eq!(path(&chain, &anchors, now()).unwrap()[1], &tree.middle);
    let without = [tree.leaf.clone(), expired, namesake];
    let refused = verify_chain(&without, &anchors, now()).unwrap_err();
    assert_eq!(refused.code, "proof.certificate.expired");
}

#[test]
fn a_purpose_is_named_and_named_with_force() {
    let tree = tree(Algorithm::P256);
    let key = secret(Algorithm::P256, 11);
    let stamper = certify("时间戳", Role::TimeStamper, &key, &tree.root, &tree.root_key);
    let anchors = [tree.root.clone()];
    assert!(stamper.is_only_for(Purpose::TimeStamping) && !stamper.may_seal());
    let chain = [stamper];
    verify_chain_for(&chain, &anchors, now(), Purpose::TimeStamping).unwrap();
    let refused = verify_chain_for(&chain, &anchors, now(), Purpose::OcspSigning).unwrap_err();
    assert_eq!(refused.code, "proof.certificate.usage");
    let agency = [tree.leaf, tree.middle];
    let refused = verify_chain_for(&agency, &anchors, now(), Purpose::TimeStamping).unwrap_err();
    assert_eq!(refused.code, "proof.certificate.usage");
    let encrypter = certify("加密", Role::Encryption, &key, &tree.root, &tree.root_key);
    assert!(encrypter.may_encrypt_to() && !encrypter.may_sign());
}

#[test]
fn an_unknown_critical_extension_and_a_leaf_that_would_issue_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    write(folder.path(), "k.pem", secret(Algorithm::P256, 5).to_pem().unwrap());
    let make = |extension: &str| {
        let arguments = ["req", "-new", "-x509", "-key", "k.pem", "-subj", "/CN=x", "-sha256"];
        let pem = openssl(
            folder.path(),
            &[&arguments[..], &["-days", "9", "-addext", extension]].concat(),
        )
        .unwrap();
        Certificate::from_pem(&pem)
    };
    make("keyUsage=digitalSignature").unwrap();
    let code = |extension: &str| make(extension).unwrap_err().code;
    assert_eq!(code("nameConstraints=critical,permitted;DNS:x"), "proof.certificate.extension");
    assert_eq!(code("1.2.3.4=critical,DER:0500"), "proof.certificate.extension");
    // Names of hosts are known here, others are not.
    assert!(make("subjectAltName=critical,DNS:a.example").unwrap().names_host("a.example"));
    let mixed = "subjectAltName=critical,DNS:a.example,email:a@example";
    assert_eq!(code(mixed), "proof.certificate.extension");
    let arguments = ["req", "-new", "-x509", "-key", "k.pem", "-subj", "/CN=x", "-sha384"];
    let pem = openssl(folder.path(), &arguments).unwrap();
    let refused = Certificate::from_pem(&pem).unwrap_err();
    assert_eq!(refused.code, "proof.certificate.algorithm");
}

#[test]
fn openssl_accepts_our_requests_and_we_accept_its() {
    for algorithm in ALGORITHMS {
        let folder = tempfile::tempdir().unwrap();
        let own = secret(algorithm, 6);
        let asked = SigningRequest::make(&subject("林州市公安局", "X1"), &own).unwrap();
        write(folder.path(), "r.pem", asked.to_pem().unwrap());
        let id = ["-vfyopt", "distid:1234567812345678"];
        let option = if algorithm == Algorithm::Sm2 { &id[..] } else { &[] };
        let arguments = ["req", "-in", "r.pem", "-noout", "-verify", "-text"];
        let said = openssl(folder.path(), &[&arguments[..], option].concat()).unwrap();
        assert!(said.contains("Version: 1"), "{said}");
        write(folder.path(), "k.pem", own.to_pem().unwrap());
        let id = ["-sm3", "-sigopt", "distid:1234567812345678"];
        let option = if algorithm == Algorithm::Sm2 { &id[..] } else { &[] };
        let arguments = ["req", "-new", "-key", "k.pem", "-subj", "/O=Henan/CN=Outside"];
        let extension = ["-addext", "keyUsage=keyCertSign"];
        let pem = openssl(folder.path(), &[&arguments[..], &extension, option].concat()).unwrap();
        let read = SigningRequest::from_pem(&pem).unwrap();
        assert_eq!(read.subject().common_name, "Outside");
        assert_eq!(read.key(), &own.public());
    }
}

#[test]
fn no_flipped_bit_of_a_request_is_accepted() {
    let own = secret(Algorithm::P256, 6);
    let asked = SigningRequest::make(&subject("林州市公安局", ""), &own).unwrap();
    for at in 0..asked.der().len() {
        let mut wrong = asked.der().to_vec();
        wrong[at] ^= 1 << (at % 8);
        assert!(SigningRequest::parse(&wrong).is_err(), "byte {at}");
        assert!(SigningRequest::parse(&asked.der()[..at]).is_err());
    }
}

#[test]
fn openssl_verifies_our_lists_and_follows_them() {
    for algorithm in [Algorithm::P256, Algorithm::Ed25519] {
        let (folder, tree) = (tempfile::tempdir().unwrap(), tree(algorithm));
        write(folder.path(), "middle.pem", tree.middle.to_pem().unwrap());
        write(folder.path(), "leaf.pem", tree.leaf.to_pem().unwrap());
        let at = seconds();
        let verify = |crl: &Crl| {
            write(folder.path(), "crl.pem", crl.to_pem().unwrap());
            let arguments = ["crl", "-in", "crl.pem", "-noout", "-CAfile", "middle.pem"];
            // `verify OK` is told on the standard error, a failure by the exit code.
            openssl(folder.path(), &[&arguments[..], &["-verify"]].concat()).unwrap();
            let arguments = ["verify", "-partial_chain", "-attime", &at, "-crl_check"];
            let files = ["-CRLfile", "crl.pem", "-CAfile", "middle.pem", "leaf.pem"];
            openssl(folder.path(), &[&arguments[..], &files].concat())
        };
        assert!(verify(&list(&tree, &[])).unwrap().contains("OK"));
        let told = verify(&list(&tree, &[taken_back(&tree.leaf)])).unwrap_err();
        assert!(told.contains("certificate revoked"), "{told}");
        let text = openssl(folder.path(), &["crl", "-in", "crl.pem", "-noout", "-text"]).unwrap();
        assert!(text.contains("Key Compromise"), "{text}");
    }
}

#[test]
fn a_list_says_who_was_taken_back_and_since_when() {
    for algorithm in ALGORITHMS {
        let tree = tree(algorithm);
        let crl = list(&tree, &[taken_back(&tree.leaf)]);
        crl.verify(&tree.middle, now()).unwrap();
        assert_eq!((crl.len(), crl.is_empty(), crl.number()), (1, false, Some(&[7_u8][..])));
        let refused = crl.check(&tree.leaf, now()).unwrap_err();
        assert_eq!(refused.code, "proof.revocation.revoked");
        crl.check(&tree.leaf, now().plus_days(-2)).unwrap();
        assert_eq!(crl.check(&tree.middle, now()).unwrap_err().code, "proof.revocation.issuer");
        let code =
            |authority: &Certificate, at: Timestamp| crl.verify(authority, at).unwrap_err().code;
        assert_eq!(code(&tree.root, now()), "proof.revocation.issuer");
        assert_eq!(code(&tree.leaf, now()), "proof.revocation.issuer");
        assert_eq!(code(&tree.middle, now().plus_days(8)), "proof.revocation.stale");
        assert_eq!(code(&tree.middle, now().plus_days(-1)), "proof.revocation.early");
    }
}

#[test]
fn a_list_changed_forged_or_contradicting_itself_is_refused() {
    let tree = tree(Algorithm::Sm2);
    let crl = list(&tree, &[taken_back(&tree.leaf)]);
    for at in 0..crl.der().len() {
        let mut wrong = crl.der().to_vec();
        wrong[at] ^= 1 << (at % 8);
        let accepted = Crl::parse(&wrong).and_then(|c| c.verify(&tree.middle, now()));
        assert!(accepted.is_err(), "byte {at}");
        assert!(Crl::parse(&crl.der()[..at]).is_err());
    }
    let issue = Issue { number: 8, at: now(), next_update: now().plus_days(1) };
    let twice = [taken_back(&tree.leaf), taken_back(&tree.leaf)];
    let refused = Crl::make(&tree.middle, &tree.middle_key, issue, &twice).unwrap_err();
    assert_eq!(refused.code, "proof.revocation.form");
    let refused = Crl::make(&tree.leaf, &tree.leaf_key, issue, &[]).unwrap_err();
    assert_eq!(refused.code, "proof.revocation.issuer");
    let refused = Crl::make(&tree.middle, &tree.leaf_key, issue, &[]).unwrap_err();
    assert_eq!(refused.code, "proof.certificate.key");
    let back = Issue { next_update: now(), ..issue };
    let refused = Crl::make(&tree.middle, &tree.middle_key, back, &[]).unwrap_err();
    assert_eq!(refused.code, "proof.revocation.form");
}

fn ask(tree: &Tree, nonce: Option<&[u8]>) -> Question {
    Question::new(&[&tree.leaf], &tree.middle, nonce).unwrap()
}

#[test]
fn openssl_asks_and_we_answer() {
    let (folder, tree) = (tempfile::tempdir().unwrap(), tree(Algorithm::P256));
    for (name, certificate) in
        [("root.pem", &tree.root), ("middle.pem", &tree.middle), ("leaf.pem", &tree.leaf)]
    {
        write(folder.path(), name, certificate.to_pem().unwrap());
    }
    let question = ["ocsp", "-issuer", "middle.pem", "-cert", "leaf.pem", "-reqout", "q.der"];
    openssl(folder.path(), &question).unwrap();
    let asked = Question::parse(&fs::read(folder.path().join("q.der")).unwrap()).unwrap();
    let serial = hex::decode(tree.leaf.serial_hex()).unwrap();
    assert_eq!(asked.serials(&tree.middle), [Some(serial)]);
    assert_eq!(asked.serials(&tree.root), [None]);
    let responder_key = secret(Algorithm::P256, 12);
    let role = Role::StatusResponder;
    let responder = certify("应答", role, &responder_key, &tree.middle, &tree.middle_key);
    let at = seconds();
    let judge = |standing: Standing| {
        let next = now().plus_days(1);
        let answer = asked.answer(&responder, &responder_key, &[standing], now(), next).unwrap();
        write(folder.path(), "a.der", answer.der());
        let arguments = ["ocsp", "-respin", "a.der", "-reqin", "q.der", "-CAfile", "root.pem"];
        let rest = ["-issuer", "middle.pem", "-cert", "leaf.pem", "-verify_other", "middle.pem"];
        // `-reqin` would else get a second nonce beside the one that was asked with.
        let time = ["-attime", &at, "-validity_period", "999999999", "-no_nonce"];
        openssl(folder.path(), &[&arguments[..], &rest, &time].concat())
    };
    let said = judge(Standing::Good).unwrap();
    assert!(said.contains("leaf.pem: good"), "{said}");
    let since = now().plus_days(-1);
    let said = judge(Standing::Revoked(since, Reason::Superseded)).unwrap();
    assert!(said.contains("revoked") && said.contains("superseded"), "{said}");
}

#[test]
fn we_ask_and_openssl_answers() {
    let (folder, tree) = (tempfile::tempdir().unwrap(), tree(Algorithm::P256));
    write(folder.path(), "middle.pem", tree.middle.to_pem().unwrap());
    write(folder.path(), "middle.key", tree.middle_key.to_pem().unwrap());
    let serial = tree.leaf.serial_hex().to_uppercase();
    write(folder.path(), "index.txt", format!("V\t270101000000Z\t\t{serial}\tunknown\t/CN=x\n"));
    write(folder.path(), "q.der", ask(&tree, Some(b"0123456789abcdef")).to_der().unwrap());
    openssl(
        folder.path(),
        &[
            "ocsp",
            "-index",
            "index.txt",
            "-CA",
            "middle.pem",
            "-rsigner",
            "middle.pem",
            "-rkey",
            "middle.key",
            "-reqin",
            "q.der",
            "-respout",
            "a.der",
            "-ndays",
            "1",
        ],
    )
    .unwrap();
    let answer = Answer::parse(&fs::read(folder.path().join("a.der")).unwrap()).unwrap();
    // OpenSSL answers by the clock of the machine, which is not the one of this world.
    let refused = answer
        .verify(&tree.leaf, &tree.middle, Some(b"0123456789abcdef"), Timestamp(1))
        .unwrap_err();
    assert_eq!(refused.code, "proof.revocation.early");
    let refused =
        answer.verify(&tree.leaf, &tree.middle, Some(b"another"), Timestamp(1)).unwrap_err();
    assert_eq!(refused.code, "proof.revocation.nonce");
}

#[test]
fn only_the_issuer_or_its_delegate_answers() {
    let tree = tree(Algorithm::Sm2);
    let key = secret(Algorithm::Sm2, 12);
    let next = now().plus_days(1);
    let good = |responder: &Certificate, key: &PrivateKey| {
        ask(&tree, None)
            .answer(responder, key, &[Standing::Good], now(), next)
            .and_then(|answer| answer.verify(&tree.leaf, &tree.middle, None, now()))
    };
    good(&tree.middle, &tree.middle_key).unwrap();
    let role = Role::StatusResponder;
    let delegate = certify("应答", role, &key, &tree.middle, &tree.middle_key);
    good(&delegate, &key).unwrap();
    for (who, role, issuer, issuer_key) in [
        ("上级的应答", role, &tree.root, &tree.root_key),
        ("机构", Role::Agency, &tree.middle, &tree.middle_key),
        ("时间戳", Role::TimeStamper, &tree.middle, &tree.middle_key),
    ] {
        let other = certify(who, role, &key, issuer, issuer_key);
        assert_eq!(good(&other, &key).unwrap_err().code, "proof.revocation.issuer", "{who}");
    }
}

#[test]
fn an_answer_that_is_old_changed_or_to_another_question_is_refused() {
    let tree = tree(Algorithm::Ed25519);
    let next = now().plus_days(1);
    let answer = |standing| {
        ask(&tree, Some(b"nonce"))
            .answer(&tree.middle, &tree.middle_key, &[standing], now(), next)
            .unwrap()
    };
    let good = answer(Standing::Good);
    let code = |answer: &Answer, nonce: &[u8], at| {
        answer.verify(&tree.leaf, &tree.middle, Some(nonce), at).unwrap_err().code
    };
    good.verify(&tree.leaf, &tree.middle, Some(b"nonce"), now()).unwrap();
    assert_eq!(code(&good, b"other", now()), "proof.revocation.nonce");
    assert_eq!(code(&good, b"nonce", next.plus_us(1)), "proof.revocation.stale");
    assert_eq!(code(&good, b"nonce", now().plus_days(-1)), "proof.revocation.early");
    assert_eq!(code(&answer(Standing::Unknown), b"nonce", now()), "proof.revocation.unanswered");
    let revoked = Standing::Revoked(now().plus_days(-3), Reason::Hold);
    assert_eq!(code(&answer(revoked), b"nonce", now()), "proof.revocation.revoked");
    let about_another = good.verify(&tree.middle, &tree.root, Some(b"nonce"), now()).unwrap_err();
    assert_eq!(about_another.code, "proof.revocation.issuer");
    for at in 0..good.der().len() {
        let mut wrong = good.der().to_vec();
        wrong[at] ^= 1 << (at % 8);
        let accepted = Answer::parse(&wrong)
            .and_then(|a| a.verify(&tree.leaf, &tree.middle, Some(b"nonce"), now()));
        // Certificates sent along are no part of what is signed; the issuer needs none.
        let spare = good.der().len() - tree.middle.der().len() - 16;
        assert!(accepted.is_err() || at > spare, "byte {at}");
    }
    // `tryLater`, as RFC 6960 writes it.
    let refused = Answer::parse(&[0x30, 3, 0x0a, 1, 3]).unwrap_err();
    assert_eq!(refused.code, "proof.revocation.unanswered");
}
