//! From a certificate to an anchor, at an instant.
//!
//! Invariants: every step is checked for name, key identifier, authority, path length, validity
//! and signature; the search is bounded by [`CHAIN_MAX`].

use super::Certificate;
use kernel::{Error, Result, Timestamp};

/// Most certificates in a chain, the signer's own and the anchor included.
pub const CHAIN_MAX: usize = 5;

/// Checks that the first certificate of the chain leads to an anchor, every link holding at the
/// instant. The anchor itself may be left out of the chain. Errors:
/// `proof.certificate.not_yet_valid`, `proof.certificate.expired` (with `subject` and the day),
/// `proof.certificate.untrusted` when no issuer is known, `proof.certificate.issuer` when an
/// issuer may not issue, `proof.certificate.signature`, `proof.certificate.chain_length`.
pub fn verify_chain(chain: &[Certificate], anchors: &[Certificate], at: Timestamp) -> Result<()> {
    let (first, rest) =
        chain.split_first().ok_or_else(|| Error::invalid("proof.certificate.untrusted"))?;
    if rest.len() >= CHAIN_MAX {
        return Err(Error::invalid("proof.certificate.chain_length"));
    }
    let mut current = first;
    for authorities_below in 0..CHAIN_MAX as u8 {
        holds_at(current, at)?;
        if anchors.contains(current) {
            return Ok(());
        }
        let issuer = anchors.iter().chain(rest).find(|candidate| issued(candidate, current));
        let Some(issuer) = issuer else {
            return Err(Error::invalid("proof.certificate.untrusted")
                .arg("subject", &current.subject.common_name));
        };
        let deep_enough = issuer.authority.is_some_and(|room| room >= authorities_below);
        if !issuer.is_authority() || !deep_enough {
            return Err(Error::invalid("proof.certificate.issuer")
                .arg("subject", &issuer.subject.common_name));
        }
        issuer.key.verify(&current.tbs, &current.signature).map_err(|_| {
            Error::invalid("proof.certificate.signature")
                .arg("subject", &current.subject.common_name)
        })?;
        current = issuer;
    }
    Err(Error::invalid("proof.certificate.chain_length"))
}

fn issued(issuer: &Certificate, certificate: &Certificate) -> bool {
    let names = issuer.subject_der == certificate.issuer;
    // Two authorities may share a name after a key roll-over; the key identifier tells them apart.
    let keys = match (&issuer.key_id, &certificate.issuer_key_id) {
        (Some(theirs), Some(ours)) => theirs == ours,
        _ => true,
    };
    names && keys && issuer.der != certificate.der
}

fn holds_at(certificate: &Certificate, at: Timestamp) -> Result<()> {
    let refuse = |code, day: Timestamp| {
        Error::invalid(code).arg("subject", &certificate.subject.common_name).arg("day", day.date())
    };
    if at < certificate.valid_from {
        return Err(refuse("proof.certificate.not_yet_valid", certificate.valid_from));
    }
    // The last second counts whole.
    if at.0 >= certificate.valid_until.0.saturating_add(kernel::time::SECOND_US) {
        return Err(refuse("proof.certificate.expired", certificate.valid_until));
    }
    Ok(())
}
