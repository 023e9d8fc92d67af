//! Certificates and signed data by themselves, in DER or PEM.
//!
//! Invariant: a certificate is judged as of the day asked for, signed data as of its time stamp, where
//! it bears one.
//! Must not know: what signed data says.

use super::{Report, SignedBy, Trust, failing, verify_signer};
use crate::certificate::Certificate;
use crate::cms::{SignedData, Verified};
use crate::timestamp::Token;
use kernel::{Error, Result, Text, Timestamp};

/// Certificates, the first one's own.
pub(super) fn certificates(
    report: &mut Report,
    read: Result<Vec<Certificate>>,
    trust: &Trust<'_>,
    at: Timestamp,
) {
    report.kind = "certificate".to_owned();
    let none = || Error::invalid("proof.certificate.form");
    let read = read.and_then(|chain| if chain.is_empty() { Err(none()) } else { Ok(chain) });
    match read {
        Ok(chain) => {
            report.check("format", Ok(()), Text::new("数字证书。", "A certificate."));
            // Whatever it is for: to sign, to issue or to have values encrypted to it.
            verify_signer(report, &chain, |_| true, trust, at);
        }
        Err(error) => _ = report.check("format", Err(error), Text::default()),
    }
}

/// Signed data that holds its content.
pub(super) fn signed_data(report: &mut Report, der: &[u8], trust: &Trust<'_>, at: Timestamp) {
    report.kind = "signed_data".to_owned();
    let signed = match SignedData::parse(der) {
        Ok(signed) => signed,
        Err(error) => {
            report.check("format", Err(error), Text::default());
            return;
        }
    };
    report.check("format", Ok(()), Text::new("签名数据（CMS）。", "Signed data (CMS)."));
    let whole = Text::new("签名之外没有附加内容。", "Nothing stands beside the signatures.");
    if !report.check("integrity", signed.bears_nothing_more(true), whole) {
        return;
    }
    let found = stamped(&signed, trust).and_then(|stamp| {
        let at = stamp.unwrap_or(at);
        Ok((signed.verify(None, trust.anchors, at)?, at))
    });
    match found {
        Ok((signers, at)) => told(report, signers, at),
        Err(error) => _ = report.check(failing(&error), Err(error), Text::default()),
    }
}

/// The instant that a time stamp over its only signature vouches for.
fn stamped(signed: &SignedData, trust: &Trust<'_>) -> Result<Option<Timestamp>> {
    let Some((signature, token)) = signed.signature_stamp(0)? else { return Ok(None) };
    let token = Token::parse(&token)?;
    token.bears_nothing_more()?;
    token.verify_digest(&token.hash()?.digest(&[signature]), trust.anchors)?;
    Ok((signed.signers() == 1).then(|| token.at()))
}

fn told(report: &mut Report, signers: Vec<Verified>, at: Timestamp) {
    for signer in signers {
        let own = signer.path.first().map(|own| own.subject().clone()).unwrap_or_default();
        let (name, code) = (own.common_name, own.code);
        let found = Text::new(
            format!("{name} {code} 的签名有效，证书可追溯到受信任的根证书。"),
            format!("The signature of {name} {code} holds and leads to a trusted root."),
        );
        report.check("signature", Ok(()), found);
        let by = SignedBy { chain: signer.path, at };
        match report.signed {
            None => report.signed = Some(by),
            Some(_) => report.countersigned.push(by),
        }
    }
}
