//! From a certificate to an anchor, at an instant.
//!
//! Invariants: every step is checked for name, key identifier, authority, path length, validity
//! and signature; the search is bounded by [`CHAIN_MAX`] and a number of signature checks. A self-issued
//! certificate counts in the path length, which is stricter than RFC 5280 §6.1.4.

use super::{Certificate, Purpose};
use kernel::{Error, Result, Timestamp};

/// Most certificates in a chain, the signer's own and the anchor included.
pub const CHAIN_MAX: usize = 5;

/// Most signatures checked in one search: names may branch, but not without end.
const CHECKS_MAX: u8 = 32;

/// Checks that the first certificate of the chain leads to an anchor, every link holding at the
/// instant. The anchor itself may be left out of the chain. Errors:
/// `proof.certificate.not_yet_valid`, `proof.certificate.expired` (with `subject` and the day),
/// `proof.certificate.untrusted` when no issuer is known, `proof.certificate.issuer` when an
/// issuer may not issue, `proof.certificate.signature`, `proof.certificate.chain_length`.
pub fn verify_chain(chain: &[Certificate], anchors: &[Certificate], at: Timestamp) -> Result<()> {
    path(chain, anchors, at).map(drop)
}

/// As [`verify_chain`], for a purpose that the first certificate names and that no authority above
/// it is kept from. Errors: also `proof.certificate.usage`.
pub fn verify_chain_for(
    chain: &[Certificate],
    anchors: &[Certificate],
    at: Timestamp,
    purpose: Purpose,
) -> Result<()> {
    let path = path(chain, anchors, at)?;
    let usage = || Error::invalid("proof.certificate.usage");
    let (first, above) = path.split_first().ok_or_else(usage)?;
    let kept_from = |c: &&&Certificate| c.extensions.purposes.is_some() && !c.is_for(purpose);
    if !first.is_for(purpose) || above.iter().any(|c| kept_from(&c)) {
        return Err(usage());
    }
    Ok(())
}

/// The certificates from the chain's first to its anchor. The others of the chain may stand in any
/// order and need not all serve; where several authorities bear one name, each is tried. Errors:
/// as [`verify_chain`].
pub fn path<'a>(
    chain: &'a [Certificate],
    anchors: &'a [Certificate],
    at: Timestamp,
) -> Result<Vec<&'a Certificate>> {
    let (first, rest) =
        chain.split_first().ok_or_else(|| Error::invalid("proof.certificate.untrusted"))?;
    if rest.len() >= CHAIN_MAX {
        return Err(Error::invalid("proof.certificate.chain_length"));
    }
    let mut search = Search { anchors, rest, at, checks: CHECKS_MAX };
    let mut path = Vec::with_capacity(CHAIN_MAX);
    search.climb(first, &mut path)?;
    Ok(path)
}

struct Search<'a> {
    anchors: &'a [Certificate],
    rest: &'a [Certificate],
    at: Timestamp,
    checks: u8,
}

impl<'a> Search<'a> {
    /// Goes up from a certificate, the path below it given. Recursion is at most [`CHAIN_MAX`].
    fn climb(&mut self, current: &'a Certificate, path: &mut Vec<&'a Certificate>) -> Result<()> {
        holds_at(current, self.at)?;
        if path.len() >= CHAIN_MAX {
            return Err(Error::invalid("proof.certificate.chain_length"));
        }
        path.push(current);
        if self.anchors.contains(current) {
            return Ok(());
        }
        let mut refused = None;
        for issuer in self.anchors.iter().chain(self.rest) {
            if !issued(issuer, current) {
                continue;
            }
            let below = path.len() - 1;
            match self.link(issuer, current, below).and_then(|()| self.climb(issuer, path)) {
                Ok(()) => return Ok(()),
                Err(error) => {
                    path.truncate(below + 1);
                    refused.get_or_insert(error);
                }
            }
        }
        path.pop();
        Err(refused.unwrap_or_else(|| {
            Error::invalid("proof.certificate.untrusted")
                .arg("subject", &current.subject.common_name)
        }))
    }

    /// One step: that the issuer may issue what stands above so many authorities, and did.
    fn link(
        &mut self,
        issuer: &Certificate,
        below: &Certificate,
        authorities: usize,
    ) -> Result<()> {
        let deep_enough =
            issuer.extensions.authority.is_some_and(|room| usize::from(room) >= authorities);
        if !issuer.is_authority() || !deep_enough {
            return Err(Error::invalid("proof.certificate.issuer")
                .arg("subject", &issuer.subject.common_name));
        }
        self.checks = self
            .checks
            .checked_sub(1)
            .ok_or_else(|| Error::invalid("proof.certificate.chain_length"))?;
        below.verify_signed_by(&issuer.key)
    }
}

fn issued(issuer: &Certificate, certificate: &Certificate) -> bool {
    let names = issuer.subject_der == certificate.issuer;
    // Two authorities may share a name after a key roll-over; the key identifier tells them apart.
    let keys = match (&issuer.extensions.key_id, &certificate.extensions.issuer_key_id) {
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
