//! A sealed OFD file with the licence's data inside.
//!
//! Invariant: the data counts only when every seal holds and the last covers every file.
//! Must not know: how a sheet is laid out.

use super::{Facts, Report, SignedBy, Trust, verify_facts};
use crate::certificate::Certificate;
use crate::ofd::{self, Document, Sealed};
use kernel::{Error, Text, Timestamp};

pub(super) fn verify(report: &mut Report, bytes: &[u8], trust: &Trust<'_>, at: Timestamp) {
    let document = match Document::parse(bytes) {
        Ok(document) => document,
        Err(error) => {
            report.check("format", Err(error), Text::default());
            return;
        }
    };
    report.check("format", Ok(()), Text::new("带签章的 OFD。", "A sealed OFD file."));
    let sealed = match ofd::verify(bytes, trust.anchors, at) {
        Ok(sealed) => sealed,
        Err(error) => {
            report.check(fails(&error), Err(error), Text::default());
            return;
        }
    };
    let mut seals = sealed.into_iter();
    let Some(first) = seals.next() else {
        report.check("integrity", Err(Error::invalid("proof.ofd.unsealed")), Text::default());
        return;
    };
    hold(report, &first);
    for later in seals {
        let (name, when) = (later.signature.seal().name().to_owned(), later.signature.signed_at());
        let found = Text::new(
            format!("印章：{name}，签于 {when}，覆盖此前全部内容和签章。"),
            format!("Seal: {name}, {when}, over all that was there before it."),
        );
        report.check("countersignature", Ok(()), found);
        let chain = later.signature.chain().to_vec();
        report.countersigned.push(SignedBy { chain, at: when });
    }
    let form = || Error::invalid("proof.licence.form");
    match document.data.ok_or_else(form).and_then(|data| Facts::parse(&data)) {
        Ok((facts, body)) => {
            let issuer = first.signature.certificate();
            if facts.licence_id.is_some() || body["kind"] != "document" {
                verify_facts(report, &facts, Some(issuer), trust, at);
            }
            report.body = Some(body);
        }
        Err(error) => {
            report.check("identifier", Err(error), Text::default());
        }
    }
}

/// What a seal that holds proves, in the words of the other files.
fn hold(report: &mut Report, sealed: &Sealed) {
    let (signature, covers) = (&sealed.signature, sealed.covers);
    let whole = Text::new(
        format!("{covers} 个文件均与签章时一致。"),
        format!("All {covers} files are as they were sealed."),
    );
    report.check("integrity", Ok(()), whole);
    let when = signature.signed_at();
    let signed = Text::new(
        format!("SM2 签名有效，签于 {when}。"),
        format!("The SM2 signature holds; signed at {when}."),
    );
    report.check("signature", Ok(()), signed);
    let name = signature.seal().name();
    report.check("seal", Ok(()), Text::new(format!("印章：{name}。"), format!("Seal: {name}.")));
    let subject = signature.certificate().subject();
    let (signer, code) = (&subject.common_name, &subject.code);
    let named =
        Text::new(format!("签名者：{signer} {code}。"), format!("Signer: {signer} {code}."));
    report.check("certificate", Ok(()), named);
    let leads =
        Text::new("证书可追溯到受信任的根证书。", "The certificate leads to a trusted root.");
    report.check("chain", Ok(()), leads);
    let chain: Vec<Certificate> = signature.chain().to_vec();
    report.signed = Some(SignedBy { chain, at: when });
}

/// The check that an error belongs to.
fn fails(error: &Error) -> &'static str {
    if error.code == "proof.certificate.usage" {
        return "certificate";
    }
    match error.code.split('.').nth(1) {
        Some("ofd") => "integrity",
        Some("seal") => "seal",
        Some("certificate") => "chain",
        _ => "signature",
    }
}
