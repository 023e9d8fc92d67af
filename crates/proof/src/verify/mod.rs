//! Offline verification of a licence, receipt or presentation file, sealed PDF or OFD or signed JSON, of
//! archive packages, of credentials (SD-JWT VC), certificates and signed data (CMS):
//! a list of named checks, each with its own reason.
//!
//! Invariants: a report is valid only when every check of it holds; a check that cannot be made
//! because an earlier one failed is absent, not passed; one that was not made for want of what the
//! verifier did not bring along is told as such, not as passed.
//! Must not know: where the file, the anchors and the status list come from, the clock.

mod credential;
mod facts;
mod later;
mod ofd;
mod package;
mod revocation;
mod structure;

pub use facts::Facts;
pub use revocation::with_lists;

use crate::certificate::{Certificate, verify_chain};
use crate::licence_token::{Signed, not_from_the_future};
use crate::pdf;
use crate::reason;
use crate::status::{self, SignedStatus};
use kernel::{Error, Lang, Result, Text, Timestamp};
use serde_json::{Value, json};

/// How certificates in PEM begin.
const PEM_MARK: &[u8] = b"-----BEGIN CERTIFICATE-----";
/// Tags of DER.
const SEQUENCE: u8 = 0x30;
const OBJECT_IDENTIFIER: u8 = 0x06;

/// One thing that was checked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Check {
    /// Stable name: `format`, `integrity`, `signature`, `seal`, `certificate`, `chain`,
    /// `identifier`, `validity`, `status`; `countersignature` for each that sealed after the first;
    /// `pades` for each signature that readers of others check; `revocation` where lists were brought
    /// along; of an archive package also `manifest`, `cover_format`, `cover_integrity`, `cover`,
    /// `evidence`; of a credential `disclosures` and `binding`.
    pub name: String,
    /// True when nothing was found against it.
    pub ok: bool,
    /// False when it was not made, for want of a list that the verifier did not bring along.
    pub made: bool,
    /// What was found, or why it fails.
    pub detail: Text,
}

/// What verification found.
#[derive(Clone, Debug, PartialEq)]
pub struct Report {
    /// True when every check holds.
    pub valid: bool,
    /// `licence_pdf`, `licence_ofd`, `licence_json`, `receipt_json`, `case_package`, `credential`,
    /// `certificate`, `signed_data` …, or `unknown`.
    pub kind: String,
    /// The checks, in the order made.
    pub checks: Vec<Check>,
    /// By whom it is signed, and when as he says; present only when his certificate leads to a root.
    /// Not part of the report's JSON.
    pub signed: Option<SignedBy>,
    /// By whom it was sealed after that, in order, as far as their certificates lead to a root.
    pub countersigned: Vec<SignedBy>,
    /// What the file says; present only when whole and by a trusted signer, even if it no longer
    /// holds. Not part of the report's JSON.
    pub body: Option<Value>,
}

/// By whom and when something was signed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SignedBy {
    /// Certificates, the signer's own first.
    pub chain: Vec<Certificate>,
    /// When, by the signer's own word.
    pub at: Timestamp,
}

/// What a verifier brings along.
#[derive(Clone, Copy)]
struct Trust<'a> {
    anchors: &'a [Certificate],
    status: Option<&'a SignedStatus>,
}

impl Report {
    /// The report in a language: `{"valid", "kind", "checks": [{"name", "ok", "detail"}]}`; `ok` is null
    /// for a check that was not made.
    pub fn to_json(&self, lang: Lang) -> Value {
        let checks: Vec<Value> = self
            .checks
            .iter()
            .map(|c| {
                let ok = c.made.then_some(c.ok);
                json!({ "name": c.name, "ok": ok, "detail": c.detail.get(lang) })
            })
            .collect();
        json!({ "valid": self.valid, "kind": self.kind, "checks": checks })
    }

    /// The first check that fails.
    pub fn failure(&self) -> Option<&Check> {
        self.checks.iter().find(|check| !check.ok)
    }

    fn check(&mut self, name: &str, result: Result<()>, found: Text) -> bool {
        let ok = result.is_ok();
        let detail = result.err().map_or(found, |error| reason::of(&error));
        self.checks.push(Check { name: name.to_owned(), ok, made: true, detail });
        ok
    }

    /// Tells of a check that was not made, and why.
    fn unmade(&mut self, name: &str, why: Text) {
        self.checks.push(Check { name: name.to_owned(), ok: true, made: false, detail: why });
    }

    fn finish(mut self) -> Report {
        self.valid = !self.checks.is_empty() && self.checks.iter().all(|check| check.ok);
        self
    }
}

/// Verifies a file at an instant against the roots the verifier trusts and the last status list
/// it has. Never an error: whatever is wrong with the file is a failed check.
pub fn verify_file(
    bytes: &[u8],
    anchors: &[Certificate],
    status: Option<&SignedStatus>,
    at: Timestamp,
) -> Report {
    let trust = &Trust { anchors, status };
    let mut report = Report {
        valid: false,
        kind: "unknown".to_owned(),
        checks: Vec::new(),
        signed: None,
        countersigned: Vec::new(),
        body: None,
    };
    if bytes.starts_with(b"%PDF-") {
        report.kind = "licence_pdf".to_owned();
        verify_pdf(&mut report, bytes, trust, at);
    } else if bytes.starts_with(b"PK\x03\x04") {
        verify_archive(&mut report, bytes, trust, at);
    } else if bytes.starts_with(b"{") {
        verify_signed(&mut report, bytes, trust, at);
    } else if bytes.starts_with(b"eyJ") {
        credential::verify(&mut report, bytes, trust, at);
    } else if bytes.starts_with(PEM_MARK) {
        let read = Certificate::all_from_pem(&String::from_utf8_lossy(bytes));
        structure::certificates(&mut report, read, trust, at);
    } else if bytes.starts_with(&[SEQUENCE]) {
        // Signed data begins with its kind, a certificate with what is signed.
        match first_inside(bytes) {
            Some(OBJECT_IDENTIFIER) => structure::signed_data(&mut report, bytes, trust, at),
            _ => {
                let read = Certificate::parse(bytes).map(|one| vec![one]);
                structure::certificates(&mut report, read, trust, at);
            }
        }
    } else {
        let online = [&b"http://"[..], b"https://"].iter().any(|mark| bytes.starts_with(mark));
        let error = match online {
            true => Error::invalid("proof.verify.online"),
            false => Error::invalid("proof.verify.form"),
        };
        report.check("format", Err(error), Text::default());
    }
    report.finish()
}

/// The tag of the first value inside the one that the bytes are.
fn first_inside(bytes: &[u8]) -> Option<u8> {
    let length = usize::from(*bytes.get(1)?);
    let long = length.saturating_sub(0x80);
    bytes.get(2 + long).copied()
}

/// The check that an error of signed data belongs to.
fn failing(error: &Error) -> &'static str {
    match error.code.split('.').nth(1) {
        Some("certificate") if error.code == "proof.certificate.usage" => "certificate",
        Some("certificate") => "chain",
        _ => "signature",
    }
}

fn verify_archive(report: &mut Report, bytes: &[u8], trust: &Trust<'_>, at: Timestamp) {
    let files = crate::ofd::unpack(bytes).ok();
    let folder = files.as_ref().and_then(|files| Some((files, crate::package::folder(files)?)));
    report.kind = if folder.is_some() { "case_package" } else { "licence_ofd" }.to_owned();
    let exact = |files| crate::ofd::exact(bytes).and_then(|()| crate::ofd::exact_list(files));
    if let Some(Err(error)) = files.as_ref().map(exact) {
        report.check("format", Err(error), Text::default());
        return;
    }
    match folder {
        Some((files, folder)) => package::verify(report, files, folder, trust, at),
        // What cannot be unpacked fails as what it would be, with its reason.
        None => ofd::verify(report, bytes, trust, at),
    }
}

fn verify_pdf(report: &mut Report, whole: &[u8], trust: &Trust<'_>, at: Timestamp) {
    // Of a file sealed by several the first is verified like any other, then those after it.
    let read = pdf::series::first(whole).and_then(|first| Ok((first, pdf::read(first)?)));
    let (bytes, parts) = match read {
        Ok(read) => read,
        Err(error) => {
            let foreign = pdf::is_of_others(whole);
            let error = if foreign { Error::invalid("proof.pdf.foreign") } else { error };
            report.check("format", Err(error), Text::default());
            return;
        }
    };
    report.check("format", Ok(()), Text::new("带签章的 PDF。", "A sealed PDF."));
    let intact = Text::new("文件每个字节均与签章时一致。", "Every byte is as it was sealed.");
    if !report.check("integrity", parts.verify_digest(), intact) {
        return;
    }
    let signature = &parts.signature;
    let signed_at = signature.signed_at();
    let sealed = Text::new(
        format!("SM2 签名有效，签于 {signed_at}。"),
        format!("The SM2 signature holds; signed at {signed_at}."),
    );
    let holds = signature.verify_unstamped().and_then(|()| not_from_the_future(signed_at, at));
    if !report.check("signature", holds, sealed) {
        return;
    }
    let seal = signature.seal();
    let named = Text::new(format!("印章：{}。", seal.name()), format!("Seal: {}.", seal.name()));
    let made = report.check("seal", seal.verify(trust.anchors, signed_at), named);
    // Nothing more is read from a stranger's file: its PDF structure least of all.
    let may = Certificate::may_seal;
    if !verify_signer(report, signature.chain(), may, trust, signed_at) || !made {
        return;
    }
    let facts = pdf::payload(bytes, &parts).and_then(|payload| Facts::parse(&payload));
    match facts {
        Ok((facts, body)) => {
            // A sealed receipt or notice is no licence: it has no identifier and no status.
            if facts.licence_id.is_some() || body["kind"] != "document" {
                verify_facts(report, &facts, Some(signature.certificate()), trust, at);
            }
            let first = later::First { length: bytes.len(), signature, body: &body };
            later::verify(report, whole, &first, trust, at);
            report.body = Some(body);
        }
        Err(error) => {
            report.check("identifier", Err(error), Text::default());
        }
    }
}

fn verify_signed(report: &mut Report, bytes: &[u8], trust: &Trust<'_>, at: Timestamp) {
    let signed = match Signed::parse(bytes) {
        Ok(signed) => signed,
        Err(error) => {
            report.check("format", Err(error), Text::default());
            return;
        }
    };
    report.kind = format!("{}_json", signed.kind);
    report.check("format", Ok(()), Text::new("签名的 JSON 文件。", "A signed JSON file."));
    let signed_at = signed.signed_at;
    let found = Text::new(
        format!("SM2 签名有效，内容未被改动，签于 {signed_at}。"),
        format!("The SM2 signature holds and nothing was changed; signed at {signed_at}."),
    );
    let result = signed.verify_signature();
    let chain = result.as_ref().cloned().unwrap_or_default();
    let holds = result.and_then(|_| not_from_the_future(signed_at, at));
    if !report.check("signature", holds, found) {
        return;
    }
    let is_licence = signed.kind == "licence";
    let may = if is_licence { Certificate::may_seal } else { Certificate::may_sign };
    if !verify_signer(report, &chain, may, trust, signed_at) {
        return;
    }
    if signed.kind == status::KIND {
        let list = SignedStatus::parse(bytes);
        let good = list.and_then(|l| l.verify(trust.anchors, at).and_then(|()| l.verify_fresh(at)));
        let fresh = Text::new("状态清单是最新的。", "The status list is the present one.");
        report.check("status", good, fresh);
    } else {
        match Facts::of(&signed.body) {
            // A receipt names no licence; a presentation does, but is signed by who presents it.
            Ok(facts) if is_licence || facts.licence_id.is_some() => {
                let issuer = if is_licence { chain.first() } else { None };
                verify_facts(report, &facts, issuer, trust, at);
            }
            Ok(_) => {}
            Err(error) => {
                report.check("identifier", Err(error), Text::default());
            }
        }
    }
    report.body = Some(signed.body);
}

/// Checks that the signer's certificate is for this use and leads to an anchor; true when it is
/// and does.
fn verify_signer(
    report: &mut Report,
    chain: &[Certificate],
    may: fn(&Certificate) -> bool,
    trust: &Trust<'_>,
    at: Timestamp,
) -> bool {
    let usage = match chain.first() {
        Some(signer) if may(signer) => Ok(()),
        _ => Err(Error::invalid("proof.certificate.usage")),
    };
    let (name, code) = chain
        .first()
        .map(|signer| signer.subject())
        .map_or(("", ""), |subject| (&subject.common_name, &subject.code));
    let named = Text::new(format!("签名者：{name} {code}。"), format!("Signer: {name} {code}."));
    let may_sign = report.check("certificate", usage, named);
    let leads =
        Text::new("证书可追溯到受信任的根证书。", "The certificate leads to a trusted root.");
    let trusted = report.check("chain", verify_chain(chain, trust.anchors, at), leads);
    report.signed = trusted.then(|| SignedBy { chain: chain.to_vec(), at });
    trusted && may_sign
}

fn verify_facts(
    report: &mut Report,
    facts: &Facts,
    issuer: Option<&Certificate>,
    trust: &Trust<'_>,
    at: Timestamp,
) {
    let id = facts.licence_id.as_deref().unwrap_or("");
    let identifier = facts.verify_identifier().and_then(|()| facts.verify_issuer(issuer));
    let named = Text::new(format!("证照标识 {id}。"), format!("Licence identifier {id}."));
    report.check("identifier", identifier, named);
    report.check("validity", facts.verify_validity(at), facts.validity());
    let Some(status) = trust.status else {
        let why = Text::new(
            "未提供状态清单，未核对是否吊销。",
            "No status list was given: revocation was not checked.",
        );
        return report.unmade("status", why);
    };
    let found = Text::new(
        format!("状态清单（{}）中无吊销记录。", status.list().issued_at),
        format!("Not listed in the status list of {}.", status.list().issued_at),
    );
    report.check("status", verify_status(status, id, trust, at), found);
}

fn verify_status(status: &SignedStatus, id: &str, trust: &Trust<'_>, at: Timestamp) -> Result<()> {
    status.verify(trust.anchors, at)?;
    // A licence once revoked is told so even by a stale list.
    if let Some(entry) = status.list().lookup(id, at) {
        let name = entry.status.name();
        return Err(Error::invalid("proof.status.not_in_force")
            .arg("day", entry.since.date())
            .arg("zh", name.zh)
            .arg("en", name.en)
            .arg("reason", &entry.reason));
    }
    status.verify_fresh(at)
}
