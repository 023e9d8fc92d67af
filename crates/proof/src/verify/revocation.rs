//! Whether the certificates under a signature stood when it was made, by lists that the verifier
//! brings along.
//!
//! Invariants: only a list of the certificate's own issuer says anything of it; what was signed
//! before a revocation stays good, unless the key was then known to others, for then the signer's
//! word on when he signed proves nothing; a stale list still tells of what it names.
//! Must not know: where lists come from.

use super::{Report, SignedBy};
use crate::certificate::revocation::{Crl, Reason, revoked};
use crate::certificate::{Certificate, path};
use kernel::{Error, Result, Text, Timestamp};

/// Adds the check `revocation` to a report of a file that a trusted signer signed: that no
/// certificate of his chain was taken back before he did. Certificates that no list covers are told.
pub fn with_lists(
    mut report: Report,
    lists: &[Crl],
    anchors: &[Certificate],
    at: Timestamp,
) -> Report {
    let Some(signed) = report.signed.clone() else { return report };
    for signed in std::iter::once(signed).chain(report.countersigned.clone()) {
        match stood(&signed, lists, anchors, at) {
            Ok(Stood::Told(found)) => _ = report.check("revocation", Ok(()), found),
            Ok(Stood::Uncovered(why)) => report.unmade("revocation", why),
            Err(error) => _ = report.check("revocation", Err(error), Text::default()),
        }
    }
    report.finish()
}

/// What lists tell in favour of a signature.
enum Stood {
    /// That its certificates stood.
    Told(Text),
    /// Nothing of one of them.
    Uncovered(Text),
}

/// What the lists tell in favour of a signature. Errors: `proof.revocation.revoked`,
/// `proof.revocation.compromised`, `proof.revocation.stale`, `proof.revocation.early`.
fn stood(
    signed: &SignedBy,
    lists: &[Crl],
    anchors: &[Certificate],
    at: Timestamp,
) -> Result<Stood> {
    let path = path(&signed.chain, anchors, signed.at)?;
    let (mut uncovered, mut later) = (None, None);
    for pair in path.windows(2) {
        let [certificate, issuer] = pair else { continue };
        match of_one(certificate, issuer, lists, signed.at, at)? {
            Told::Nothing => _ = uncovered.get_or_insert(&certificate.subject().common_name),
            Told::Later(since) => _ = later.get_or_insert(since),
            Told::Stands => {}
        }
    }
    Ok(match (later, uncovered) {
        (Some(since), _) => Stood::Told(Text::new(
            format!("证书于 {} 吊销，签名在此之前，仍然有效。", since.date()),
            format!("The certificate was revoked on {}, after the signing.", since.date()),
        )),
        (None, Some(name)) => Stood::Uncovered(Text::new(
            format!("没有“{name}”的吊销列表，未核对。"),
            format!("No list covers “{name}”: its revocation was not checked."),
        )),
        (None, None) => Stood::Told(Text::new(
            "证书未被吊销。",
            "No certificate under the signature was revoked.",
        )),
    })
}

/// What the lists tell of one certificate.
enum Told {
    Stands,
    Later(Timestamp),
    Nothing,
}

fn of_one(
    certificate: &Certificate,
    issuer: &Certificate,
    lists: &[Crl],
    signed_at: Timestamp,
    at: Timestamp,
) -> Result<Told> {
    let mut told = Told::Nothing;
    let mut outdated = None;
    for list in lists {
        match list.verify(issuer, at) {
            Ok(()) => told = Told::Stands,
            // Its signature was found good before its age was asked for.
            Err(error) if error.code == "proof.revocation.stale" => outdated = Some(error),
            Err(error) if error.code == "proof.revocation.early" => return Err(error),
            // A list by a key of before or after says nothing; one that is not what it says is forged.
            Err(error)
                if error.code == "proof.revocation.signature" && list.names_key_of(issuer) =>
            {
                return Err(error);
            }
            Err(_) => continue,
        }
        let Some((since, reason)) = list.entry(certificate) else { continue };
        if since <= signed_at {
            return Err(revoked(certificate, since, reason));
        }
        if matches!(reason, Reason::KeyCompromise | Reason::AuthorityCompromise) {
            return Err(Error::invalid("proof.revocation.compromised")
                .arg("subject", &certificate.subject().common_name)
                .arg("day", since.date()));
        }
        return Ok(Told::Later(since));
    }
    match (told, outdated) {
        (Told::Nothing, Some(error)) => Err(error),
        (told, _) => Ok(told),
    }
}
