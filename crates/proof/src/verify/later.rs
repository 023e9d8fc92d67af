//! What was put to a document after its first seal: the seals of others, and the order in which its
//! data says they were to be put; and signatures for readers of others.
//!
//! Invariants: each is a check of its own with its own reason; a signature for readers of others is of
//! a body that sealed before it, and where no root of its algorithm was brought along it must hold
//! all the same, only its signer is not known; where the first sealer named
//! who was to seal, in which order, a seal that is missing, misplaced or unasked for fails.
//! Must not know: where such files come from.

use super::{Report, SignedBy, Trust};
use crate::certificate::{Certificate, verify_chain};
use crate::key::Algorithm;
use crate::licence_token::not_from_the_future;
use crate::pdf::pades::Placed;
use crate::pdf::series::Later;
use crate::pdf::{Parts, series};
use crate::seal::SealSignature;
use kernel::{Error, Result, Text, Timestamp};
use serde_json::Value;

/// The file as it was first sealed, found good.
pub(super) struct First<'a> {
    pub(super) length: usize,
    pub(super) signature: &'a SealSignature,
    pub(super) body: &'a Value,
}

/// Checks what came after the first seal, and what should have.
pub(super) fn verify(
    report: &mut Report,
    whole: &[u8],
    first: &First<'_>,
    trust: &Trust<'_>,
    at: Timestamp,
) {
    let asked: &[Value] = first.body["data"]["seals"].as_array().map_or(&[], Vec::as_slice);
    if first.length == whole.len() && asked.is_empty() {
        return;
    }
    let found = match first.length == whole.len() {
        true => Ok(Vec::new()),
        false => series::later(whole, first.length),
    };
    let found = match found {
        Ok(found) => found,
        Err(error) => {
            report.check("countersignature", Err(error), Text::default());
            return;
        }
    };
    if let Err(error) = in_turn(asked, 0, first.signature.certificate()) {
        report.check("countersignature", Err(error), Text::default());
    }
    let mut before = first.signature.signed_at();
    let mut sealers = vec![first.signature];
    for later in &found {
        let parts = match later {
            Later::Seal(parts) => parts.as_ref(),
            Later::Signature(placed) => {
                readable(report, whole, placed, &sealers, trust);
                continue;
            }
        };
        let turn = in_turn(asked, sealers.len(), parts.signature.certificate());
        sealers.push(&parts.signature);
        let (number, signature) = (sealers.len(), &parts.signature);
        let holds = one(parts, before, trust, at);
        if holds.is_ok() {
            let (chain, at) = (signature.chain().to_vec(), signature.signed_at());
            report.countersigned.push(SignedBy { chain, at });
        }
        let (name, when) = (signature.seal().name(), signature.signed_at());
        let sealed = Text::new(
            format!("第 {number} 枚印章：{name}，签于 {when}，覆盖此前全部内容和签章。"),
            format!("Seal {number}: {name}, {when}, over all that was there before it."),
        );
        report.check("countersignature", holds.and(turn), sealed);
        before = when;
    }
    if let Some(missing) = asked.get(sealers.len()) {
        let error = Error::invalid("proof.pdf.missing").arg("name", name_of(missing));
        report.check("countersignature", Err(error), Text::default());
    }
}

/// Checks a signature for readers of others.
fn readable(
    report: &mut Report,
    whole: &[u8],
    placed: &Placed,
    sealers: &[&SealSignature],
    trust: &Trust<'_>,
) {
    let known = trust.anchors.iter().any(|one| one.public_key().algorithm() == Algorithm::P256);
    let (result, found) = match readable_holds(whole, placed, sealers, trust.anchors, known) {
        Err(error) => (Err(error), Text::default()),
        Ok((signed, stamped)) => {
            let name = signed.chain.first().map_or("", |own| own.subject().common_name.as_str());
            let mut found = match stamped {
                Some(when) => Text::new(
                    format!("PAdES（ECDSA）签名有效，签名者：{name}，时间戳 {when}。"),
                    format!("The PAdES signature (ECDSA) of {name} holds; time stamp of {when}."),
                ),
                None => Text::new(
                    format!("PAdES（ECDSA）签名有效，签名者：{name}。"),
                    format!("The PAdES signature (ECDSA) of {name} holds."),
                ),
            };
            if known {
                report.countersigned.push(signed);
            } else {
                found.zh.push_str("未提供 ECDSA 根证书，未核对签名者。");
                found.en.push_str(" No ECDSA root was given: who signed was not checked.");
            }
            (Ok(()), found)
        }
    };
    report.check("pades", result, found);
}

/// By whom it is signed, and when by a time stamp. Without a stamp it is judged as of the seal beside
/// it, for what was signed before a key's end goes on verifying. Errors: those of [`Placed::verify`], `proof.pades.signer`.
fn readable_holds(
    whole: &[u8],
    placed: &Placed,
    sealers: &[&SealSignature],
    anchors: &[Certificate],
    known: bool,
) -> Result<(SignedBy, Option<Timestamp>)> {
    let own = placed.signer()?;
    let code = &own.subject().code;
    let theirs = |one: &&&SealSignature| one.certificate().subject().code == *code;
    let Some(seal) = sealers.iter().find(theirs).filter(|_| !code.is_empty()) else {
        let names: Vec<&str> =
            sealers.iter().map(|one| one.certificate().subject().common_name.as_str()).collect();
        return Err(Error::invalid("proof.pades.signer")
            .arg("sealer", names.join("、"))
            .arg("signer", &own.subject().common_name));
    };
    let claimed = seal.signed_at().max(own.valid_from());
    if !known {
        placed.intact(whole)?;
        return Ok((SignedBy { chain: vec![own], at: claimed }, None));
    }
    let found = placed.verify(whole, anchors, claimed)?;
    let at = found.stamped_at.unwrap_or(claimed);
    Ok((SignedBy { chain: found.path, at }, found.stamped_at))
}

/// Checks a later seal by itself. Errors: `proof.pdf.digest`, `proof.pdf.time`, those of the
/// signature, the seal and the chain.
fn one(parts: &Parts, before: Timestamp, trust: &Trust<'_>, at: Timestamp) -> Result<()> {
    parts.verify_digest()?;
    let signature = &parts.signature;
    signature.verify_unstamped()?;
    let signed_at = signature.signed_at();
    not_from_the_future(signed_at, at)?;
    if signed_at < before {
        return Err(Error::invalid("proof.pdf.time"));
    }
    signature.seal().verify(trust.anchors, signed_at)?;
    if !signature.chain().first().is_some_and(Certificate::may_seal) {
        return Err(Error::invalid("proof.certificate.usage"));
    }
    verify_chain(signature.chain(), trust.anchors, signed_at)
}

/// Checks that whoever sealed was asked to at this place. Errors: `proof.pdf.order`.
fn in_turn(asked: &[Value], place: usize, sealer: &Certificate) -> Result<()> {
    if asked.is_empty() {
        return Ok(());
    }
    let expected = asked.get(place);
    let code = expected.and_then(|one| one["code"].as_str()).unwrap_or("");
    if !code.is_empty() && code == sealer.subject().code {
        return Ok(());
    }
    let expected = expected.map(name_of).unwrap_or("—");
    Err(Error::invalid("proof.pdf.order")
        .arg("expected", expected)
        .arg("found", &sealer.subject().common_name))
}

fn name_of(asked: &Value) -> &str {
    asked["name"]["zh"].as_str().or_else(|| asked["name"].as_str()).unwrap_or("—")
}
