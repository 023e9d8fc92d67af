//! The corpus of the parsers of `proof`: one of each kind, made here; with `UPDATE=1` written anew.
//!
//! Invariant: the same every time, so that only a change of a format changes a file.

use super::here;
use kernel::{Random, Timestamp, canonical};
use proof::certificate::ocsp::{Question, Standing};
use proof::certificate::request::SigningRequest;
use proof::certificate::revocation::{Crl, Issue, Reason, Revoked};
use proof::certificate::{Certificate, Request, Role, Subject, issue, issue_root};
use proof::cms::{self, Content, Signing};
use proof::digest::sm3_hex;
use proof::hash::Hash;
use proof::jose::jwe::{self, Encryption};
use proof::jose::sdjwt::{self, Issuer, Occasion};
use proof::jose::status::{Issue as Published, StatusBits};
use proof::key::{Algorithm, PrivateKey, Signer as _};
use proof::log::{Checkpoint, Cosigner, NoteSigner, Submission, leaf_hash, node_hash, note_parts};
use proof::ofd::{self, Mark, Page, Placement, Sheet};
use proof::pdf::pades::{self, Signature, Stamp};
use proof::seal::{Design, Picture, Seal};
use proof::status::{Entry, Status, StatusList};
use proof::timestamp::{self, Authority};
use proof::{cose, jose, licence_token, package, pdf};
use serde_json::json;
use std::sync::LazyLock;
use store::Typeset as _;

const CODE: &str = "11410500005840283N";
const LICENCE_ID: &str =
    "1.2.156.3005.2.11100000000013338W011.11430000006122244L.20230000403.001.U";

/// Noon of 15 September 2026.
pub(super) fn now() -> Timestamp {
    Timestamp(1_789_444_800_000_000)
}

/// Keys and certificates of one algorithm: a root, an authority below it that makes seals, an agency.
pub(super) struct Tree {
    pub(super) root: Certificate,
    maker: (PrivateKey, Certificate),
    pub(super) agency: (PrivateKey, Certificate),
    stamper: (PrivateKey, Certificate),
}

fn key(algorithm: Algorithm, number: u8) -> PrivateKey {
    PrivateKey::from_seed(algorithm, &[number; 32]).unwrap()
}

fn subject(name: &str, code: &str) -> Subject {
    Subject { common_name: name.into(), organization: "示例省".into(), code: code.into() }
}

fn tree(algorithm: Algorithm) -> Tree {
    let (from, until) = (now().plus_days(-30), now().plus_days(3650));
    let top = key(algorithm, 1);
    let mut random = Random::from_number(1);
    let root = issue_root(&top, &subject("示例根", ""), from, until, &mut random).unwrap();
    let mut certified = |number: u8, name: &str, role: Role| {
        let own = key(algorithm, number);
        let public = own.public();
        let request = Request {
            subject: subject(name, if role == Role::Agency { CODE } else { "" }),
            role,
            key: &public,
            valid_from: from,
            valid_until: until,
        };
        let certificate = issue(&request, &root, &top, &mut random).unwrap();
        (own, certificate)
    };
    let maker = certified(2, "制章", Role::Authority { path_length: 0 });
    let agency = certified(3, "示例机关", Role::Agency);
    let stamper = certified(4, "时间戳", Role::TimeStamper);
    Tree { root, maker, agency, stamper }
}

pub(super) static SM2: LazyLock<Tree> = LazyLock::new(|| tree(Algorithm::Sm2));
pub(super) static P256: LazyLock<Tree> = LazyLock::new(|| tree(Algorithm::P256));

fn sm2_key(key: &PrivateKey) -> &proof::sm2sig::SigningKey {
    match key {
        PrivateKey::Sm2(key) => key,
        _ => panic!("not SM2"),
    }
}

fn seal() -> Seal {
    let own = &SM2.agency.1;
    let (from, until) = (own.valid_from(), own.valid_until());
    let picture = Picture {
        kind: "SVG".into(),
        data: b"<svg xmlns='http://www.w3.org/2000/svg'><circle r='20'/></svg>".to_vec(),
        width_mm: 42,
        height_mm: 42,
    };
    let design = Design {
        id: "41050000000001",
        name: "示例机关电子证照专用章",
        holder: &SM2.agency.1,
        picture: &picture,
        created_at: from,
        valid_from: from,
        valid_until: until,
    };
    Seal::make(&design, std::slice::from_ref(&SM2.maker.1), sm2_key(&SM2.maker.0)).unwrap()
}

fn body() -> String {
    let body = json!({
        "licence_id": LICENCE_ID, "issuer_code": CODE, "holder": { "name": "许小满" }, "valid_from": now().0,
        "valid_until": null, "fields": { "scope": ["热食", "冷食"], "count": 3 },
    });
    canonical::to_string(&body).unwrap()
}

fn sealed_pdf(body: &str) -> Vec<u8> {
    let page = crate::Plain.render("x", &json!({ "title": "t" }), &[]).unwrap();
    let chain = [SM2.agency.1.clone()];
    pdf::sign(&page, &seal(), sm2_key(&SM2.agency.0), &chain, now(), body.as_bytes()).unwrap()
}

/// A case folder: a form and an opinion that is left out, a sealed cover, the second of two entries of
/// a log.
fn folder() -> Vec<u8> {
    let form = canonical::to_string(&json!({ "name": "许" })).unwrap().into_bytes();
    let (first, leaf) = (leaf_hash(b"first"), leaf_hash(b"second"));
    let entry = json!({ "id": "e-2", "leaf": hex::encode(leaf), "position": 1 });
    let mut proven = entry.clone();
    proven["hashes"] = json!([hex::encode(first)]);
    let root = node_hash(&first, &leaf);
    let checkpoint =
        Checkpoint { origin: "log.example/a".into(), size: 2, root, extensions: Vec::new() };
    let note = checkpoint.sign(&[&NoteSigner::new("log.example/a", &[1; 32]).unwrap()]).unwrap();
    let part = |name: &str, internal: bool| {
        json!({ "name": name, "title": "申请表 <\"&'>", "kind": "form", "internal": internal,
            "media_type": "application/json", "sm3": sm3_hex(&form) })
    };
    let manifest = canonical::to_string(&json!({
        "format": package::FORMAT, "number": "HEALTH-2026-1", "title": "出生登记",
        "agency": "示例机关", "retention": { "name": "永久" }, "at": now().rfc3339(),
        "software": "1.0", "case": { "number": "1" }, "evidence": [entry],
        "parts": [part("form.json", false), part("opinions.json", true)],
    }));
    let manifest = manifest.unwrap().into_bytes();
    let cover = json!({ "kind": "document", "data": { "manifest": sm3_hex(&manifest) } });
    let cover = sealed_pdf(&canonical::to_string(&cover).unwrap());
    let files = [(package::COVER, cover), ("form.json", form), (package::MANIFEST, manifest)];
    let files = files.map(|(name, content)| (name.to_owned(), content)).into();
    package::write(&files, &json!({ "checkpoint": note, "proofs": [proven] })).unwrap()
}

fn signed_pdf(file: &[u8]) -> Vec<u8> {
    let (chain, stamps) = ([P256.agency.1.clone()], [P256.stamper.1.clone()]);
    let by = Authority { key: &P256.stamper.0, chain: &stamps, policy: "1.2.3" };
    let signature = Signature {
        key: &P256.agency.0,
        chain: &chain,
        signed_at: now(),
        reason: "颁发",
        certify: None,
        stamp: Some(Stamp { by, serial: 1, at: now() }),
    };
    pades::sign(file, &signature).unwrap()
}

/// An unsealed sheet.
pub(super) fn sheet() -> Vec<u8> {
    let marks = vec![
        Mark::Text { x: 30_000, y: 50_000, size: 8_000, text: "营业执照 <A&B>".into() },
        Mark::Line { from: (30_000, 60_500), to: (90_000, 60_500), width: 350, colour: [9, 0, 0] },
    ];
    let pages = [Page { width: 210_000, height: 297_000, marks }];
    let sheet = Sheet {
        title: "营业执照",
        author: "示例机关",
        created_at: now(),
        font: "宋体",
        pages: &pages,
        data: Some(b"{}"),
    };
    ofd::write(&sheet).unwrap()
}

fn sealed_ofd() -> Vec<u8> {
    let place = Placement { page: 0, x: 130_000, y: 200_000, width: 42_000, height: 42_000 };
    let chain = [SM2.agency.1.clone()];
    ofd::seal(&sheet(), &seal(), sm2_key(&SM2.agency.0), &chain, &[place], now()).unwrap()
}

type Made = (&'static str, &'static str, Vec<u8>);

fn structures(out: &mut Vec<Made>) {
    for (name, tree) in [("sm2", &SM2), ("p256", &P256)] {
        let (own, certificate) = &tree.agency;
        out.push(("certificate", name, certificate.der().to_vec()));
        out.push(("key", name, own.to_pem().unwrap().into_bytes()));
        let request = SigningRequest::make(&subject("示例机关", CODE), own).unwrap();
        out.push(("request", name, request.der().to_vec()));
        let signing =
            Signing { key: own, chain: std::slice::from_ref(certificate), signed_at: Some(now()) };
        let signed = cms::sign(Content::Attached(b"content"), &[signing]).unwrap();
        out.push(("cms", name, signed.der().to_vec()));
        let made = Issue { number: 7, at: now(), next_update: now().plus_days(7) };
        let revoked = Revoked {
            serial: hex::decode(certificate.serial_hex()).unwrap(),
            since: now(),
            reason: Reason::KeyCompromise,
        };
        let list = Crl::make(&tree.maker.1, &tree.maker.0, made, &[revoked]).unwrap();
        out.push(("crl", name, list.der().to_vec()));
        out.push((
            "crl",
            if name == "sm2" { "sm2.pem" } else { "p256.pem" },
            list.to_pem().unwrap().into_bytes(),
        ));
        let question = Question::new(&[certificate], &tree.maker.1, Some(&[7; 16])).unwrap();
        out.push((
            "ocsp",
            if name == "sm2" { "sm2-asked" } else { "p256-asked" },
            question.to_der().unwrap(),
        ));
        let (at, next) = (now(), now().plus_days(1));
        let answer =
            question.answer(&tree.maker.1, &tree.maker.0, &[Standing::Unknown], at, next).unwrap();
        out.push(("ocsp", name, answer.der().to_vec()));
        let stamps = [tree.stamper.1.clone()];
        let by = Authority { key: &tree.stamper.0, chain: &stamps, policy: "1.2.3" };
        let hash = if name == "sm2" { Hash::Sm3 } else { Hash::Sha256 };
        let asked = timestamp::Request {
            hash,
            digest: hash.digest(&[b"stamped"]),
            policy: None,
            nonce: Some(vec![5; 8]),
            certificate: true,
        };
        out.push((
            "timestamp",
            if name == "sm2" { "sm2-asked" } else { "p256-asked" },
            asked.to_der().unwrap(),
        ));
        out.push(("timestamp", name, asked.stamp(&by, 9, now()).unwrap()));
        let token =
            jose::sign("example+jwt", body().as_bytes(), own, std::slice::from_ref(certificate));
        out.push(("jwt", name, token.unwrap().into_bytes()));
        out.push(("cose", name, cose::sign(b"payload", b"aside", own).unwrap()));
    }
    let pem = SM2.root.to_pem().unwrap() + &P256.root.to_pem().unwrap();
    out.push(("pem", "roots", pem.into_bytes()));
    out.push(("seal", "seal", seal().der().to_vec()));
    let digest = proof::digest::sm3(b"document");
    let chain = [SM2.agency.1.clone()];
    let signature = proof::seal::sign(
        &seal(),
        sm2_key(&SM2.agency.0),
        &chain,
        &digest,
        "application/pdf",
        now(),
    );
    out.push(("seal", "signature", signature.unwrap()));
}

fn credentials(out: &mut Vec<Made>) {
    let claims = json!({
        "iss": "https://licence.example", "vct": "https://licence.example/t",
        "exp": now().0 / 1_000_000 + 86_400, "holder": "张三",
        "address": { "city": "安阳", "street": "文明大道" }, "scopes": ["热食", "冷食"],
    });
    let claims = claims.as_object().unwrap();
    let holder = key(Algorithm::P256, 9);
    let issuer = Issuer { key: &P256.agency.0, chain: &[] };
    let concealed = ["/holder", "/address", "/address/street", "/scopes/0"];
    let mut random = Random::from_number(3);
    let whole =
        sdjwt::issue(&issuer, claims, &concealed, Some(&holder.public()), &mut random).unwrap();
    out.push(("sdjwt", "whole", whole.to_string().into_bytes()));
    let occasion = Occasion { audience: "https://bank.example", nonce: "n-1", at: now() };
    let shown = whole.choose(&["/address/street"]).unwrap().bind(&holder, &occasion).unwrap();
    out.push(("sdjwt", "shown", shown.to_string().into_bytes()));
    for (name, how) in [("a128gcm", Encryption::A128Gcm), ("a256gcm", Encryption::A256Gcm)] {
        let token = jwe::encrypt(b"{}", &P256.agency.0.public(), "k-1", how, &mut random);
        out.push(("jwe", name, token.unwrap().into_bytes()));
    }
    let mut bits = StatusBits::new(2, 100).unwrap();
    bits.set(7, 1).unwrap();
    let list = json!({ "sub": "https://l.example", "iat": now().0 / 1_000_000,
        "exp": now().0 / 1_000_000 + 3600, "ttl": 60, "status_list": bits.to_json().unwrap() });
    out.push(("status_claims", "list", list.to_string().into_bytes()));
    let published =
        Published { subject: "https://l.example", at: now(), expires: now().plus_days(1), ttl: 60 };
    let token = bits.sign(&published, &P256.agency.0, &[]).unwrap();
    out.push(("jwt", "status", token.into_bytes()));
    let entry = Entry {
        licence_id: LICENCE_ID.into(),
        status: Status::Withdrawn,
        since: now(),
        reason: "依据不足".into(),
    };
    let list = StatusList {
        issuer: "示例省".into(),
        issued_at: now(),
        next_update: now().plus_days(1),
        entries: vec![entry],
    };
    let chain = [SM2.agency.1.clone()];
    let signed = licence_token::sign_json(
        "licence",
        &serde_json::from_str(&body()).unwrap(),
        sm2_key(&SM2.agency.0),
        &chain,
        now(),
    );
    out.push(("signed_json", "licence", signed.unwrap().to_bytes().unwrap()));
    out.push(("json", "licence", body().into_bytes()));
    let list = serde_json::to_value(&list).unwrap();
    let signed =
        licence_token::sign_json("status_list", &list, sm2_key(&SM2.agency.0), &chain, now());
    out.push(("signed_json", "status", signed.unwrap().to_bytes().unwrap()));
}

fn notes(out: &mut Vec<Made>) {
    let signer = NoteSigner::new("log.example/a", &[1; 32]).unwrap();
    let checkpoint = Checkpoint {
        origin: "log.example/a".into(),
        size: 7,
        root: [9; 32],
        extensions: vec!["more".into()],
    };
    let note = checkpoint.sign(&[&signer]).unwrap();
    let (text, _) = note_parts(note.as_bytes()).unwrap();
    let cosigner = Cosigner::new("witness.example/w", &[2; 32]).unwrap();
    let both = format!("{note}{}", cosigner.cosign(text, 1_789_444_800));
    let submission = Submission { old: 3, proof: vec![[5; 32], [6; 32]], note: note.clone() };
    out.push(("note", "checkpoint", note.into_bytes()));
    out.push(("note", "cosigned", both.into_bytes()));
    out.push(("submission", "one", submission.text().into_bytes()));
}

fn files() -> Vec<Made> {
    let mut out = Vec::new();
    structures(&mut out);
    credentials(&mut out);
    notes(&mut out);
    let sealed = sealed_pdf(&body());
    let signed = signed_pdf(&sealed);
    let (chain, own) = ([SM2.agency.1.clone()], sm2_key(&SM2.agency.0));
    let joint = pdf::series::countersign(&sealed, &seal(), own, &chain, now()).unwrap();
    let joint = signed_pdf(&joint);
    out.push(("pdf", "joint.pdf", joint));
    out.push(("pdf", "signed.pdf", signed));
    out.push(("pdf", "sealed.pdf", sealed));
    out.push(("package", "folder.zip", folder()));
    out.push(("ofd", "sheet.ofd", sheet()));
    out.push(("ofd", "sealed.ofd", sealed_ofd()));
    for name in ["OFD.xml", "Doc_0/Document.xml", "Doc_0/Signs/Signatures.xml"] {
        let files = ofd::unpack(&sealed_ofd()).unwrap();
        let file = name.rsplit('/').next().unwrap_or(name);
        let kept: &'static str = match file {
            "OFD.xml" => "OFD.xml",
            "Document.xml" => "Document.xml",
            _ => "Signatures.xml",
        };
        out.push(("ofd_xml", kept, files.get(name).unwrap().clone()));
    }
    out
}

#[test]
fn the_corpus_is_what_the_formats_are_and_small() {
    let (root, mut whole) = (here("corpus"), 0);
    for (target, name, bytes) in files() {
        let path = root.join(target).join(name);
        if std::env::var("UPDATE").is_ok_and(|value| value == "1") {
            std::fs::create_dir_all(root.join(target)).unwrap();
            std::fs::write(&path, &bytes).unwrap();
        }
        let kept = std::fs::read(&path).unwrap_or_default();
        assert!(kept == bytes, "{target}/{name} is another: run with UPDATE=1");
        whole += bytes.len();
    }
    assert!(whole < 300 << 10, "{whole}");
}
