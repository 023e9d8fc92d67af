//! Signed data and time stamps, with OpenSSL as the judge.

use super::revocation::{Tree, certify, secret, tree};
use super::world::{now, openssl, subject};
use crate::certificate::{Certificate, Request as CertificateRequest, Role, issue, issue_root};
use crate::cms::{Content, SignedData, Signing, sign};
use crate::hash::Hash;
use crate::key::{Algorithm, PrivateKey, Signer};
use crate::timestamp::{Authority, Refusal, Request, Token};
use kernel::{Random, Timestamp};
use proptest::prelude::*;
use std::fs;
use std::path::Path;

const TEXT: &[u8] = "准予行政许可决定书".as_bytes();
const POLICY: &str = "1.2.156.3005.9.1";

fn write(folder: &Path, name: &str, bytes: impl AsRef<[u8]>) {
    fs::write(folder.join(name), bytes).unwrap();
}

fn chain(tree: &Tree) -> Vec<Certificate> {
    vec![tree.leaf.clone(), tree.middle.clone()]
}

fn signed(tree: &Tree, content: Content<'_>) -> SignedData {
    let chain = chain(tree);
    let signing = Signing { key: &tree.leaf_key, chain: &chain, signed_at: Some(now()) };
    sign(content, &[signing]).unwrap()
}

fn code(signed: &SignedData, beside: Option<&[u8]>, anchors: &[Certificate]) -> &'static str {
    signed.verify(beside, anchors, now()).unwrap_err().code
}

#[test]
fn openssl_accepts_what_we_sign() {
    let (folder, tree) = (tempfile::tempdir().unwrap(), tree(Algorithm::P256));
    write(folder.path(), "root.pem", tree.root.to_pem().unwrap());
    write(folder.path(), "text", TEXT);
    let at = (now().0 / 1_000_000).to_string();
    let verify = |rest: &[&str]| {
        let common = ["cms", "-verify", "-binary", "-inform", "DER", "-in", "s.der", "-out", "o"];
        let trust = ["-CAfile", "root.pem", "-purpose", "any", "-attime", &at];
        openssl(folder.path(), &[&common[..], &trust, rest].concat())
    };
    write(folder.path(), "s.der", signed(&tree, Content::Attached(TEXT)).der());
    verify(&[]).unwrap();
    assert_eq!(fs::read(folder.path().join("o")).unwrap(), TEXT);
    write(folder.path(), "s.der", signed(&tree, Content::Detached(TEXT)).der());
    verify(&["-content", "text"]).unwrap();
    write(folder.path(), "text", b"another");
    assert!(verify(&["-content", "text"]).is_err());
    let second_key = secret(Algorithm::P256, 30);
    let second = certify("市场监督管理局", Role::Agency, &second_key, &tree.root, &tree.root_key);
    let (first, second) = (chain(&tree), [second]);
    let both = sign(
        Content::Attached(TEXT),
        &[
            Signing { key: &tree.leaf_key, chain: &first, signed_at: Some(now()) },
            Signing { key: &second_key, chain: &second, signed_at: None },
        ],
    )
    .unwrap();
    write(folder.path(), "s.der", both.der());
    verify(&[]).unwrap();
    let holds = both.verify(None, &[tree.root], now()).unwrap();
    let mut times: Vec<_> = holds.iter().map(|v| v.signed_at).collect();
    times.sort();
    assert_eq!(times, [None, Some(now())]);
}

#[test]
fn we_accept_what_openssl_signs() {
    let (folder, tree) = (tempfile::tempdir().unwrap(), tree(Algorithm::P256));
    write(folder.path(), "leaf.pem", tree.leaf.to_pem().unwrap());
    write(folder.path(), "middle.pem", tree.middle.to_pem().unwrap());
    write(folder.path(), "leaf.key", tree.leaf_key.to_pem().unwrap());
    write(folder.path(), "text", TEXT);
    let anchors = [tree.root.clone()];
    for (options, detached) in [
        (&["-nodetach"][..], false),
        (&[], true),
        (&["-nodetach", "-cades"], false),
        (&["-nodetach", "-keyid"], false),
        (&["-nodetach", "-noattr"], false),
    ] {
        let common = ["cms", "-sign", "-binary", "-in", "text", "-outform", "DER", "-out", "s"];
        let who = ["-signer", "leaf.pem", "-inkey", "leaf.key", "-certfile", "middle.pem"];
        let more = ["-md", "sha256"];
        openssl(folder.path(), &[&common[..], &who, &more, options].concat()).unwrap();
        let read = SignedData::parse(&fs::read(folder.path().join("s")).unwrap()).unwrap();
        let beside = detached.then_some(TEXT);
        assert_eq!(read.content().is_none(), detached);
        let by = read.verify(beside, &anchors, now()).unwrap();
        assert_eq!(by[0].path, [tree.leaf.clone(), tree.middle.clone(), tree.root.clone()]);
    }
    // Indefinite lengths are no DER.
    let common = ["cms", "-sign", "-stream", "-nodetach", "-in", "text", "-outform", "DER"];
    let who = ["-signer", "leaf.pem", "-inkey", "leaf.key", "-out", "s"];
    openssl(folder.path(), &[&common[..], &who].concat()).unwrap();
    let refused = SignedData::parse(&fs::read(folder.path().join("s")).unwrap()).unwrap_err();
    assert_eq!(refused.code, "proof.cms.form");
}

#[test]
fn every_algorithm_signs_attached_and_detached() {
    for algorithm in super::revocation::ALGORITHMS {
        let tree = tree(algorithm);
        let anchors = [tree.root.clone()];
        let attached = signed(&tree, Content::Attached(TEXT));
        let by = attached.verify(None, &anchors, now()).unwrap();
        assert_eq!((by[0].signed_at, by[0].path.len()), (Some(now()), 3));
        assert_eq!(attached.content(), Some(TEXT));
        let again = SignedData::parse(attached.der()).unwrap();
        again.verify(None, &anchors, now()).unwrap();
        let detached = signed(&tree, Content::Detached(TEXT));
        detached.verify(Some(TEXT), &anchors, now()).unwrap();
        assert_eq!(code(&detached, Some(b"another"), &anchors), "proof.cms.digest");
        assert_eq!(code(&detached, None, &anchors), "proof.cms.content");
        assert_eq!(code(&attached, Some(TEXT), &anchors), "proof.cms.content");
        assert_eq!(code(&attached, None, &[]), "proof.certificate.untrusted");
        assert_eq!(detached.der(), signed(&tree, Content::Detached(TEXT)).der());
    }
}

#[test]
fn openssl_reads_the_chinese_kind_as_it_was_meant() {
    let (folder, tree) = (tempfile::tempdir().unwrap(), tree(Algorithm::Sm2));
    write(folder.path(), "s.der", signed(&tree, Content::Attached(TEXT)).der());
    let text = openssl(folder.path(), &["asn1parse", "-inform", "DER", "-in", "s.der"]).unwrap();
    // The object identifiers of GB/T 35275 for signed data, data and the signature.
    for part in ["1.2.156.10197.6.1.4.2.2", "1.2.156.10197.6.1.4.2.1", "1.2.156.10197.1.301.1"] {
        assert!(text.contains(part), "{part} not in {text}");
    }
    assert!(text.contains(":sm3"), "{text}");
}

#[test]
fn no_changed_or_shortened_byte_of_signed_data_is_accepted() {
    for algorithm in [Algorithm::Sm2, Algorithm::P256] {
        let tree = tree(algorithm);
        let anchors = [tree.root.clone()];
        let good = signed(&tree, Content::Attached(TEXT));
        for at in 0..good.der().len() {
            let mut wrong = good.der().to_vec();
            wrong[at] ^= 1 << (at % 8);
            let accepted = SignedData::parse(&wrong).and_then(|s| s.verify(None, &anchors, now()));
            assert!(accepted.is_err(), "byte {at}");
            assert!(SignedData::parse(&good.der()[..at]).is_err());
        }
        assert!(SignedData::parse(&[good.der(), &[0]].concat()).is_err());
    }
}

#[test]
fn who_may_not_sign_does_not_and_algorithms_do_not_mix() {
    let (sm2, p256) = (tree(Algorithm::Sm2), tree(Algorithm::P256));
    let (first, second) = (chain(&sm2), chain(&p256));
    let by_sm2 = Signing { key: &sm2.leaf_key, chain: &first, signed_at: None };
    let by_p256 = Signing { key: &p256.leaf_key, chain: &second, signed_at: None };
    let refused =
        |signers: &[Signing<'_>]| sign(Content::Attached(TEXT), signers).unwrap_err().code;
    assert_eq!(refused(&[by_sm2, by_p256]), "proof.cms.mixed");
    assert_eq!(refused(&[]), "proof.cms.form");
    assert_eq!(refused(&vec![by_sm2; 17]), "proof.cms.form");
    let wrong = Signing { key: &p256.middle_key, ..by_p256 };
    assert_eq!(refused(&[wrong]), "proof.certificate.key");
    let encrypter = [certify("加密", Role::Encryption, &p256.leaf_key, &p256.root, &p256.root_key)];
    let wrong = Signing { chain: &encrypter, ..by_p256 };
    assert_eq!(refused(&[wrong]), "proof.certificate.usage");
}

/// Data that is itself a set of attributes must not be taken for the content of a signature that
/// was made over attributes.
#[test]
fn attributes_are_not_taken_for_content() {
    let (folder, tree) = (tempfile::tempdir().unwrap(), tree(Algorithm::P256));
    write(folder.path(), "leaf.pem", tree.leaf.to_pem().unwrap());
    write(folder.path(), "leaf.key", tree.leaf_key.to_pem().unwrap());
    write(folder.path(), "text", [&[0x31, 2][..], b"ab"].concat());
    let common = ["cms", "-sign", "-binary", "-nodetach", "-noattr", "-in", "text", "-out", "s"];
    let who = ["-signer", "leaf.pem", "-inkey", "leaf.key", "-md", "sha256", "-outform", "DER"];
    openssl(folder.path(), &[&common[..], &who].concat()).unwrap();
    let read = SignedData::parse(&fs::read(folder.path().join("s")).unwrap()).unwrap();
    assert_eq!(code(&read, None, &[tree.root]), "proof.cms.attributes");
}

/// An authority whose certificates hold whatever the machine's clock says.
fn stamper() -> (Certificate, Certificate, PrivateKey) {
    let (root_key, key) = (secret(Algorithm::P256, 40), secret(Algorithm::P256, 41));
    let (from, until) = (Timestamp(0), Timestamp(2_500_000_000_000_000));
    let mut random = Random::from_number(40);
    let root = issue_root(&root_key, &subject("根", ""), from, until, &mut random).unwrap();
    let request = CertificateRequest {
        subject: subject("时间戳服务", ""),
        role: Role::TimeStamper,
        key: &key.public(),
        valid_from: from,
        valid_until: until,
    };
    let certificate = issue(&request, &root, &root_key, &mut random).unwrap();
    (root, certificate, key)
}

fn request(nonce: Option<&[u8]>) -> Request {
    Request {
        hash: Hash::Sha256,
        digest: Hash::Sha256.digest(&[TEXT]),
        policy: Some(POLICY.into()),
        nonce: nonce.map(Vec::from),
        certificate: true,
    }
}

fn stamp(request: &Request) -> Token {
    let (_, certificate, key) = stamper();
    let by = Authority { key: &key, chain: &[certificate], policy: POLICY };
    Token::from_answer(&request.stamp(&by, 7, now()).unwrap()).unwrap()
}

#[test]
fn openssl_asks_and_accepts_our_stamp() {
    let folder = tempfile::tempdir().unwrap();
    let (root, certificate, key) = stamper();
    write(folder.path(), "root.pem", root.to_pem().unwrap());
    write(folder.path(), "text", TEXT);
    let query = ["ts", "-query", "-data", "text", "-sha256", "-cert", "-tspolicy", POLICY];
    openssl(folder.path(), &[&query[..], &["-out", "q"]].concat()).unwrap();
    let asked = Request::parse(&fs::read(folder.path().join("q")).unwrap()).unwrap();
    assert!(asked.nonce.is_some() && asked.certificate);
    let by = Authority { key: &key, chain: std::slice::from_ref(&certificate), policy: POLICY };
    write(folder.path(), "r", asked.stamp(&by, 7, now()).unwrap());
    let at = (now().0 / 1_000_000).to_string();
    let verify = ["ts", "-verify", "-in", "r", "-queryfile", "q", "-CAfile", "root.pem"];
    // Whether it holds is told on the standard error; a failure also by the exit code.
    openssl(folder.path(), &[&verify[..], &["-attime", &at]].concat()).unwrap();
    write(folder.path(), "r", Refusal::BadPolicy.to_der().unwrap());
    assert!(openssl(folder.path(), &[&verify[..], &["-attime", &at]].concat()).is_err());
    let told = openssl(folder.path(), &["ts", "-reply", "-in", "r", "-text"]).unwrap();
    assert!(told.contains("Rejected") && told.contains("policy"), "{told}");
    let refused = Token::from_answer(&fs::read(folder.path().join("r")).unwrap()).unwrap_err();
    assert_eq!(refused.code, "proof.timestamp.refused");
}

#[test]
fn we_ask_and_accept_the_stamp_of_openssl() {
    let folder = tempfile::tempdir().unwrap();
    let (root, certificate, key) = stamper();
    write(folder.path(), "tsa.pem", certificate.to_pem().unwrap());
    write(folder.path(), "tsa.key", key.to_pem().unwrap());
    let settings = format!(
        "[tsa]\ndefault_tsa=t\n[t]\nserial=serial\nsigner_digest=sha256\ndigests=sha256\n\
         default_policy={POLICY}\ness_cert_id_alg=sha256\naccuracy=secs:1\n"
    );
    write(folder.path(), "c.cnf", settings);
    // A leading zero byte is no part of a number.
    let asked = request(Some(&[0, 9, 8, 7]));
    write(folder.path(), "q", asked.to_der().unwrap());
    let reply = ["ts", "-reply", "-config", "c.cnf", "-queryfile", "q", "-out", "r"];
    openssl(folder.path(), &[&reply[..], &["-signer", "tsa.pem", "-inkey", "tsa.key"]].concat())
        .unwrap();
    let token = Token::from_answer(&fs::read(folder.path().join("r")).unwrap()).unwrap();
    token.verify(&asked, &[root]).unwrap();
    assert_eq!(token.policy(), POLICY);
}

#[test]
fn a_stamp_answers_its_own_request_alone() {
    let (root, certificate, key) = stamper();
    let anchors = [root.clone()];
    let asked = request(Some(b"nonce"));
    let token = stamp(&asked);
    token.verify(&asked, &anchors).unwrap();
    assert_eq!((token.at(), token.serial()), (now(), &[7][..]));
    let code = |request: &Request| token.verify(request, &anchors).unwrap_err().code;
    assert_eq!(code(&request(Some(b"other"))), "proof.timestamp.nonce");
    let other = Request { digest: Hash::Sha256.digest(&[b"x"]), ..asked.clone() };
    assert_eq!(code(&other), "proof.timestamp.imprint");
    let other = Request { hash: Hash::Sm3, ..asked.clone() };
    assert_eq!(code(&other), "proof.timestamp.imprint");
    let other = Request { policy: Some("1.2.3".into()), ..asked.clone() };
    assert_eq!(code(&other), "proof.timestamp.policy");
    let by = Authority { key: &key, chain: &[certificate], policy: "1.2.3" };
    assert_eq!(asked.stamp(&by, 1, now()).unwrap_err().code, "proof.timestamp.policy");
    assert_eq!(token.verify(&asked, &[]).unwrap_err().code, "proof.certificate.untrusted");
}

#[test]
fn only_a_certificate_for_stamps_alone_stamps() {
    let tree = tree(Algorithm::P256);
    let asked = request(None);
    let leaf = chain(&tree);
    let by = Authority { key: &tree.leaf_key, chain: &leaf, policy: POLICY };
    assert_eq!(asked.stamp(&by, 1, now()).unwrap_err().code, "proof.timestamp.authority");
    // Signed data of the right type by one who may sign, but not stamp.
    let token = stamp(&asked);
    let read = SignedData::parse(token.der()).unwrap();
    let signing = Signing { key: &tree.leaf_key, chain: &leaf, signed_at: None };
    let kind = Some(read.content_type());
    let content = Content::Attached(read.content().unwrap());
    let forged = crate::cms::sign_as(kind, content, &[signing]).unwrap();
    let forged = Token::parse(forged.der()).unwrap();
    let refused = forged.verify(&asked, &[tree.root]).unwrap_err();
    assert_eq!(refused.code, "proof.timestamp.authority");
}

#[test]
fn sm2_stamps_sm3_digests() {
    let (root_key, key) = (secret(Algorithm::Sm2, 40), secret(Algorithm::Sm2, 41));
    let mut random = Random::from_number(1);
    let until = now().plus_days(3650);
    let root = issue_root(&root_key, &subject("根", ""), now().plus_days(-20), until, &mut random);
    let root = root.unwrap();
    let chain = [certify("时间戳", Role::TimeStamper, &key, &root, &root_key)];
    let by = Authority { key: &key, chain: &chain, policy: POLICY };
    let digest = Hash::Sm3.digest(&[TEXT]);
    let asked = Request { hash: Hash::Sm3, digest, ..request(Some(b"n")) };
    let token = Token::from_answer(&asked.stamp(&by, 1, now()).unwrap()).unwrap();
    token.verify(&asked, &[root]).unwrap();
}

#[test]
fn no_changed_byte_of_a_token_or_a_request_is_accepted() {
    let (root, _, _) = stamper();
    let anchors = [root];
    let asked = request(Some(b"nonce"));
    let token = stamp(&asked);
    for at in 0..token.der().len() {
        let mut wrong = token.der().to_vec();
        wrong[at] ^= 1 << (at % 8);
        let accepted = Token::parse(&wrong).and_then(|t| t.verify(&asked, &anchors));
        assert!(accepted.is_err(), "byte {at}");
        assert!(Token::parse(&token.der()[..at]).is_err());
    }
    let der = asked.to_der().unwrap();
    for at in 0..der.len() {
        let mut wrong = der.clone();
        wrong[at] ^= 1 << (at % 8);
        assert!(Request::parse(&wrong).map_or(true, |read| read != asked), "byte {at}");
    }
    let wrong = Request { digest: vec![0; 31], ..asked };
    assert_eq!(wrong.to_der().unwrap_err().code, "proof.timestamp.form");
}

proptest! {
    /// Whatever arrives is read or refused; nothing panics and nothing nests without end.
    #[test]
    fn arbitrary_bytes_are_refused(
        bytes in prop::collection::vec(any::<u8>(), 0..300),
        depth in 1_usize..20_000,
    ) {
        prop_assert!(SignedData::parse(&bytes).is_err());
        prop_assert!(Token::from_answer(&bytes).is_err());
        let deep = [0x30, 0x80].repeat(depth);
        prop_assert!(SignedData::parse(&deep).is_err());
        prop_assert!(Token::parse(&deep).is_err());
    }
}
