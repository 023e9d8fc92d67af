//! The parsers of `proof`: what certificates, signatures, seals, files and tokens arrive in.

use super::made::{P256, SM2, now, sheet};
use super::{MANY, SOME, fuzz, text};
use proof::certificate::ocsp::{Answer, Question};
use proof::certificate::request::SigningRequest;
use proof::certificate::revocation::Crl;
use proof::certificate::{Certificate, verify_chain};
use proof::cms::SignedData;
use proof::jose::jwe::Jwe;
use proof::jose::sdjwt::{Occasion, SdJwt};
use proof::jose::status::Reference;
use proof::jose::{self, Jws};
use proof::key::{PrivateKey, PublicKey, Signer as _};
use proof::licence_token::Signed;
use proof::log::{
    Checkpoint, CosignerVerifier, NoteVerifier, Submission, Tile, cosignatures, note_parts,
    open_note,
};
use proof::pdf::{pades, series};
use proof::seal::{Seal, SealSignature};
use proof::timestamp::{self, Token};
use proof::verify::{verify_file, with_lists};
use proof::{cose, json, ofd, package, pdf};

/// Beginnings of DER values, and identifiers that readers look for.
const DER: &[&str] = &[
    "0\u{1}\0",
    "0\u{0}",
    "1\0",
    "\u{2}\u{1}\0",
    "\u{3}\u{1}\0",
    "\u{4}\0",
    "\u{5}\0",
    "\u{6}\u{1}",
    "\u{c}\0",
    "\u{13}\0",
    "\u{17}\r260915040000Z",
    "\u{18}\u{f}20260915040000Z",
    "*\u{3}\u{4}",
];
const XML: &[&str] = &[
    "<!DOCTYPE a [<!ENTITY b 'c'>]>",
    "&b;",
    "<![CDATA[",
    "]]>",
    "<!--",
    "-->",
    "<?xml ",
    "?>",
    "</",
    "/>",
    "<a>",
    "xmlns:ofd=\"",
    "&#0;",
    "&#x110000;",
    "../",
    "/",
    "\\",
    "file:///",
];
const JSON: &[&str] = &[
    "{",
    "}",
    "[",
    "]",
    ",",
    ":",
    "\"",
    "\\u0000",
    "\\ud800",
    "null",
    "true",
    "-0",
    "1e999",
    "\"a\":1,\"a\":2",
    "\"__proto__\":",
];

fn anchors() -> [Certificate; 2] {
    [SM2.root.clone(), P256.root.clone()]
}

#[test]
fn certificates_and_what_is_asked_and_answered_of_them() {
    fuzz("certificate", DER, MANY, |bytes| {
        let _ = verify_file(bytes, &anchors(), None, now());
        let Ok(read) = Certificate::parse(bytes) else { return false };
        let _ = verify_chain(&[read.clone(), read.clone()], &anchors(), now());
        let _ = (read.to_pem().unwrap(), read.may_sign(), read.serial_hex());
        true
    });
    let pem = ["-----BEGIN CERTIFICATE-----", "-----END CERTIFICATE-----", "\n", "=", " "];
    fuzz("pem", &pem, MANY, |bytes| {
        text(bytes).is_some_and(|text| Certificate::all_from_pem(text).is_ok())
    });
    fuzz("request", DER, MANY, |bytes| SigningRequest::parse(bytes).is_ok());
    fuzz("crl", DER, MANY, |bytes| {
        let Ok(list) = Crl::read(bytes) else { return false };
        let _ = list.verify(&SM2.root, now());
        let _ = (list.entry(&SM2.agency.1), list.check(&P256.agency.1, now()));
        true
    });
    fuzz("ocsp", DER, MANY, |bytes| {
        let asked = Question::parse(bytes).map(|asked| asked.serials(&SM2.root));
        let answered = Answer::parse(bytes);
        if let Ok(answer) = &answered {
            let _ = answer.verify(&SM2.agency.1, &SM2.root, Some(&[7; 16]), now());
        }
        asked.is_ok() || answered.is_ok()
    });
    fuzz("key", &["-----BEGIN PRIVATE KEY-----", "=", "\n"], MANY, |bytes| {
        let Some(text) = text(bytes) else { return false };
        let _ = PublicKey::from_pem(text);
        PrivateKey::from_pem(text).is_ok()
    });
}

#[test]
fn signed_data_stamps_and_seals() {
    fuzz("cms", DER, MANY, |bytes| {
        let _ = verify_file(bytes, &anchors(), None, now());
        let Ok(signed) = SignedData::parse(bytes) else { return false };
        let _ = signed.verify(None, &anchors(), now());
        let _ = signed.verify(Some(b"content"), &anchors(), now());
        let _ = (signed.signature_stamp(0), signed.signature(7));
        true
    });
    fuzz("timestamp", DER, MANY, |bytes| {
        let asked = timestamp::Request::parse(bytes);
        let token = Token::from_answer(bytes).or_else(|_| Token::parse(bytes));
        if let Ok(token) = &token {
            let _ = token.verify_digest(&[7; 32], &anchors());
            let _ = (token.at(), token.policy(), token.hash());
        }
        asked.is_ok() || token.is_ok()
    });
    fuzz("seal", DER, MANY, |bytes| {
        let seal = Seal::parse(bytes);
        if let Ok(seal) = &seal {
            let _ = (seal.verify(&anchors(), now()), seal.picture(), seal.validity());
        }
        let signature = SealSignature::parse(bytes);
        if let Ok(signature) = &signature {
            let _ = (signature.verify_signature(), signature.digest(), signature.chain());
        }
        seal.is_ok() || signature.is_ok()
    });
}

#[test]
fn sealed_and_signed_pdf() {
    let tokens = [
        "/ByteRange[0 1 2 3]",
        "/Contents<00>",
        "/Length 99999999999",
        "/Prev 0",
        "/Kids[3 0 R]",
        "/Parent 3 0 R",
        "/Filter/FlateDecode",
        "/Type/ObjStm",
        "/Type/XRef",
        "/Encrypt 1 0 R",
        "endobj",
        "stream\n",
        "endstream",
        "xref\n0 9\n",
        "trailer",
        "startxref\n9\n%%EOF",
        "<<",
        ">>",
        "[",
        "]",
        "(",
        ")",
        "1 0 R",
        "obj",
    ];
    fuzz("pdf", &tokens, SOME, |bytes| {
        let report = verify_file(bytes, &anchors(), None, now().plus_days(1));
        let whole = report.valid;
        let _ = with_lists(report, &[], &anchors(), now());
        let _ = pdf::verify(bytes);
        let _ = pades::verify(bytes, &anchors(), now());
        let first = series::first(bytes).map_or(bytes.len(), <[u8]>::len);
        for later in series::later(bytes, first).into_iter().flatten() {
            if let series::Later::Signature(placed) = later {
                let _ = (placed.intact(bytes), placed.signer());
            }
        }
        whole
    });
}

#[test]
fn national_sheets_and_what_is_inside_them() {
    let zip = ["PK\u{3}\u{4}", "PK\u{1}\u{2}", "PK\u{5}\u{6}", "../", "OFD.xml", "\0\0\0\0"];
    fuzz("ofd", &zip, SOME, |bytes| {
        let _ = verify_file(bytes, &anchors(), None, now());
        let _ = ofd::verify(bytes, &anchors(), now());
        ofd::Document::parse(bytes).is_ok()
    });
    fuzz("package", &zip, SOME, |bytes| {
        let _ = verify_file(bytes, &anchors(), None, now());
        package::manifest(bytes).is_ok()
    });
    let files = ofd::unpack(&sheet()).unwrap();
    let signs = "Doc_0/Signs/Signatures.xml";
    fuzz("ofd_xml", XML, SOME, |bytes| {
        let mut taken = false;
        for name in files.keys().map(String::as_str).chain([signs]) {
            let mut changed = files.clone();
            changed.insert(name.to_owned(), bytes.to_vec());
            let Ok(packed) = ofd::pack(&changed) else { continue };
            taken |= ofd::Document::parse(&packed).is_ok();
            let _ = ofd::verify(&packed, &anchors(), now());
        }
        taken
    });
}

#[test]
fn tokens_and_credentials() {
    let tokens = ["~", ".", "eyJhbGciOiJub25lIn0", "e30", "W10", "=", "bnVsbA", "AAAA"];
    let occasion = Occasion { audience: "https://bank.example", nonce: "n-1", at: now() };
    fuzz("jwt", &tokens, MANY, |bytes| {
        let Some(Ok(token)) = text(bytes).map(Jws::parse) else { return false };
        let _ = (token.claims(), token.possessed(), token.certificates());
        let _ = token.verify_certified("example+jwt", &anchors(), now());
        true
    });
    fuzz("jwe", &tokens, MANY, |bytes| {
        let Some(Ok(token)) = text(bytes).map(Jwe::parse) else { return false };
        let _ = (token.key_id(), token.open(&SM2.agency.0));
        token.open(&P256.agency.0).is_ok()
    });
    fuzz("sdjwt", &tokens, MANY, |bytes| {
        let _ = verify_file(bytes, &anchors(), None, now());
        let Some(Ok(read)) = text(bytes).map(SdJwt::parse) else { return false };
        let _ = read.verify(&P256.agency.0.public(), now());
        let _ = (read.verify_binding(&occasion), read.choose(&["/address"]), read.to_string());
        true
    });
    // Claims gone wrong under a signature that holds.
    let reference = Reference { index: 7, uri: "https://l.example".to_owned() };
    let (key, public) = (&P256.agency.0, P256.agency.0.public());
    fuzz("status_claims", JSON, SOME, |bytes| {
        let Ok(token) = jose::sign(jose::status::TYP, bytes, key, &[]) else { return false };
        reference.state(&token, &public, now()).is_ok()
    });
    fuzz("cose", &["\u{12}", "\u{40}", "\u{60}", "\u{7f}"], MANY, |bytes| {
        [&SM2.agency.0, &P256.agency.0]
            .iter()
            .any(|key| cose::verify(bytes, b"aside", &key.public()).is_ok())
    });
}

#[test]
fn json_canonical_and_signed() {
    fuzz("json", JSON, MANY, |bytes| {
        let Ok(value) = json::parse(bytes, 1 << 20) else { return false };
        let _ = json::canonical(&value);
        true
    });
    fuzz("signed_json", JSON, MANY, |bytes| {
        let _ = verify_file(bytes, &anchors(), None, now());
        let _ = proof::status::SignedStatus::parse(bytes);
        let Ok(signed) = Signed::parse(bytes) else { return false };
        let _ = (signed.certificates(), signed.to_bytes());
        signed.verify_signature().is_ok()
    });
}

#[test]
fn notes_checkpoints_and_submissions_to_witnesses() {
    let tokens = ["\n", "\n\n", "— ", "+", "tile/0/", "x001/", "000.p/255", "old ", "AAAA", "0"];
    fuzz("note", &tokens, MANY, |bytes| {
        let _ = open_note(bytes, &[]);
        let Ok((body, lines)) = note_parts(bytes) else { return false };
        let _ = (cosignatures(body, lines, &[]), NoteVerifier::parse(body), Tile::parse(body));
        let _ = CosignerVerifier::parse(lines);
        Checkpoint::parse(body).is_ok()
    });
    fuzz("submission", &tokens, MANY, |bytes| Submission::parse(bytes).is_ok());
}
