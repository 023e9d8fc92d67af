//! A credential with selective disclosure (SD-JWT VC), as wallets keep it and hand it out.
//!
//! Invariants: what it shows counts only when its issuer's certificate leads to a root; of a holder's
//! binding the file tells for whom he signed, and whether that is the reader is the reader's to see.
//! Must not know: what the claims say beyond those the standards check.

use super::{Report, Trust, verify_signer};
use crate::certificate::Certificate;
use crate::jose::sdjwt::SdJwt;
use crate::jose::status::Reference;
use crate::jose::{time, verify_times};
use kernel::{Error, Result, Text, Timestamp};
use serde_json::Value;

pub(super) fn verify(report: &mut Report, bytes: &[u8], trust: &Trust<'_>, at: Timestamp) {
    report.kind = "credential".to_owned();
    let read = std::str::from_utf8(bytes)
        .map_err(|e| Error::invalid("proof.sdjwt.form").detail(e))
        .and_then(SdJwt::parse)
        .and_then(|read| Ok((read.certificates()?, read.issued()?, read)));
    let (chain, issued, credential) = match read {
        Ok(read) => read,
        Err(error) => {
            report.check("format", Err(error), Text::default());
            return;
        }
    };
    let form = Text::new("可选择披露的凭证（SD-JWT VC）。", "A credential (SD-JWT VC).");
    report.check("format", Ok(()), form);
    let Some(issuer) = chain.first() else {
        report.check("chain", Err(Error::invalid("proof.certificate.untrusted")), Text::default());
        return;
    };
    let holds = Text::new("签发者的签名有效。", "The issuer's signature holds.");
    if !report.check("signature", credential.verify_signature(issuer.public_key()), holds) {
        return;
    }
    let signed_at = time(&issued, "iat").ok().flatten().unwrap_or(at);
    if !verify_signer(report, &chain, Certificate::may_sign, trust, signed_at) {
        return;
    }
    let claims = match credential.claims() {
        Ok(claims) => claims,
        Err(error) => {
            report.check("disclosures", Err(error), Text::default());
            return;
        }
    };
    let count = credential.disclosures();
    let shown =
        Text::new(format!("出示 {count} 项可选内容。"), format!("{count} values are shown."));
    report.check("disclosures", Ok(()), shown);
    let within = Text::new("在有效期内。", "It holds at this time.");
    report.check("validity", verify_times(&claims, at), within);
    match credential.is_bound() {
        true => holder(report, credential.bound()),
        false => report.unmade(
            "binding",
            Text::new("没有持有人的签名。", "The holder has not signed it for anybody."),
        ),
    }
    match Reference::of(&claims) {
        Ok(None) => {}
        Ok(Some(reference)) => report.unmade(
            "status",
            Text::new(
                format!("状态见 {}，未核对。", reference.uri),
                format!("Its state stands at {} and was not checked.", reference.uri),
            ),
        ),
        Err(error) => _ = report.check("status", Err(error), Text::default()),
    }
    report.body = Some(Value::Object(claims));
}

/// For whom the holder signed.
fn holder(report: &mut Report, bound: Result<serde_json::Map<String, Value>>) {
    let audience = bound.as_ref().ok().and_then(|claims| claims.get("aud")?.as_str());
    let audience = audience.unwrap_or("—");
    let found = Text::new(
        format!("持有人为“{audience}”签署；请核对是否为本次查验。"),
        format!("The holder signed it for “{audience}”: compare whether that is you."),
    );
    report.check("binding", bound.map(drop), found);
}
