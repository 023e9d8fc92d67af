//! Signed data in CBOR: COSE_Sign1 (RFC 9052) with ES256, EdDSA and SM2, for credentials in a QR
//! code.
//!
//! Invariants: the algorithm stands in the protected header and is the verifier's key's; a critical
//! header is refused; what is read re-encodes to the very same bytes; size is bounded, and the
//! reader bounds the depth.
//! Must not know: what the payload says.

use crate::key::{Algorithm, PublicKey, Signer, sign_fixed};
use coset::{
    CoseSign1, CoseSign1Builder, HeaderBuilder, RegisteredLabelWithPrivate, TaggedCborSerializable,
    iana,
};
use kernel::{Error, Result};

/// Most bytes it may have.
pub const SIZE_MAX: usize = 1 << 20;

/// SM2 with SM3 has no registered number; this one is of the range for private use.
const SM2_WITH_SM3: i64 = -65_601;

const CODE: &str = "proof.cose.form";

/// Signs a payload: tagged CBOR. `aside` is covered without travelling along.
pub fn sign(payload: &[u8], aside: &[u8], key: &dyn Signer) -> Result<Vec<u8>> {
    let mut protected = HeaderBuilder::new().build();
    protected.alg = Some(label(key.public().algorithm()));
    CoseSign1Builder::new()
        .protected(protected)
        .payload(payload.to_vec())
        .try_create_signature(aside, |covered| sign_fixed(key, covered).map(Vec::from))?
        .build()
        .to_tagged_vec()
        .map_err(|e| Error::internal(format!("CBOR: {e}")))
}

/// Checks tagged CBOR and gives its payload. Errors: `proof.cose.form`, `proof.jose.critical`,
/// `proof.jose.algorithm`, `proof.signature.form`, `proof.signature.mismatch`.
pub fn verify(bytes: &[u8], aside: &[u8], key: &PublicKey) -> Result<Vec<u8>> {
    let form = |why: &dyn std::fmt::Display| Error::invalid(CODE).detail(why);
    if bytes.len() > SIZE_MAX {
        return Err(form(&"too large"));
    }
    let signed = CoseSign1::from_tagged_slice(bytes).map_err(|e| form(&e))?;
    let again = signed.clone().to_tagged_vec().map_err(|e| form(&e))?;
    if again != bytes {
        return Err(form(&"another spelling"));
    }
    if !signed.protected.header.crit.is_empty() || !signed.unprotected.crit.is_empty() {
        return Err(Error::invalid("proof.jose.critical"));
    }
    let named = &signed.protected.header.alg;
    let known = |name: &RegisteredLabelWithPrivate<iana::Algorithm>| {
        *name == label(key.algorithm()) || Some(name) == full(key.algorithm()).as_ref()
    };
    if !named.as_ref().is_some_and(known) || signed.unprotected.alg.is_some() {
        let name = named.as_ref().map(|name| format!("{name:?}")).unwrap_or_default();
        return Err(Error::invalid("proof.jose.algorithm").arg("name", name));
    }
    let payload = signed.payload.clone().ok_or_else(|| form(&"no payload"))?;
    signed.verify_signature(aside, |signature, covered| key.verify_fixed(covered, signature))?;
    Ok(payload)
}

fn label(algorithm: Algorithm) -> RegisteredLabelWithPrivate<iana::Algorithm> {
    match algorithm {
        Algorithm::Sm2 => RegisteredLabelWithPrivate::PrivateUse(SM2_WITH_SM3),
        Algorithm::P256 => RegisteredLabelWithPrivate::Assigned(iana::Algorithm::ES256),
        Algorithm::Ed25519 => RegisteredLabelWithPrivate::Assigned(iana::Algorithm::EdDSA),
    }
}

/// The name that says the curve too (RFC 9864).
fn full(algorithm: Algorithm) -> Option<RegisteredLabelWithPrivate<iana::Algorithm>> {
    match algorithm {
        Algorithm::Sm2 => None,
        Algorithm::P256 => Some(RegisteredLabelWithPrivate::Assigned(iana::Algorithm::ESP256)),
        Algorithm::Ed25519 => Some(RegisteredLabelWithPrivate::Assigned(iana::Algorithm::Ed25519)),
    }
}
