//! What every DER structure here shares: strict decoding, times, object identifiers.
//!
//! Invariant: a structure that decodes re-encodes to the very same bytes, so no two byte
//! sequences mean the same thing. Must not know: what the structures are for.

use der::asn1::{Any, BitString, GeneralizedTime, ObjectIdentifier};
use der::{Decode, Encode, Sequence, ValueOrd};
use kernel::{Error, Result, Timestamp};
use std::time::Duration;

/// SM2 signature with SM3 digest (GM/T 0006).
pub(crate) const SM2_WITH_SM3: ObjectIdentifier =
    ObjectIdentifier::new_unwrap("1.2.156.10197.1.501");
/// The SM2 curve (GM/T 0006).
pub(crate) const SM2_CURVE: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.156.10197.1.301");
/// Public key on an elliptic curve (RFC 5480).
pub(crate) const EC_PUBLIC_KEY: ObjectIdentifier =
    ObjectIdentifier::new_unwrap("1.2.840.10045.2.1");
/// The attribute `cACertificate` (X.520): certificates between a signer and its anchor.
pub(crate) const CA_CERTIFICATE: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.5.4.37");

/// `AlgorithmIdentifier` (RFC 5280).
#[derive(Clone, Debug, PartialEq, Eq, Sequence, ValueOrd)]
pub(crate) struct AlgorithmId {
    pub(crate) oid: ObjectIdentifier,
    pub(crate) parameters: Option<Any>,
}

/// `SubjectPublicKeyInfo` (RFC 5280).
#[derive(Clone, Debug, PartialEq, Eq, Sequence)]
pub(crate) struct KeyInfo {
    pub(crate) algorithm: AlgorithmId,
    pub(crate) key: BitString,
}

impl AlgorithmId {
    /// An algorithm without parameters.
    pub(crate) fn bare(oid: ObjectIdentifier) -> AlgorithmId {
        AlgorithmId { oid, parameters: None }
    }

    /// True without parameters; absent and NULL are both seen in the field.
    pub(crate) fn is_bare(&self) -> bool {
        self.parameters.as_ref().is_none_or(Any::is_null)
    }
}

/// Decodes strict DER of at most `max` bytes. Errors: the given code.
pub(crate) fn decode<T>(bytes: &[u8], max: usize, code: &'static str) -> Result<T>
where
    T: for<'a> Decode<'a, Error = der::Error> + Encode,
{
    if bytes.len() > max {
        return Err(Error::invalid(code).arg("size", bytes.len()).detail("too large"));
    }
    let value = T::from_der(bytes).map_err(|e| Error::invalid(code).detail(e))?;
    if encode(&value)? != bytes {
        return Err(Error::invalid(code).detail("not canonical DER"));
    }
    Ok(value)
}

/// The DER of one value inside another that keeps it whole.
pub(crate) fn nested<T>(value: &Any, max: usize, code: &'static str) -> Result<T>
where
    T: for<'a> Decode<'a, Error = der::Error> + Encode,
{
    decode(&encode(value)?, max, code)
}

/// The bytes of a bit string of whole bytes. Errors: the given code.
pub(crate) fn whole<'a>(bits: &'a BitString, code: &'static str) -> Result<&'a [u8]> {
    bits.as_bytes().ok_or_else(|| Error::invalid(code).detail("bit string"))
}

/// Encodes to DER; fails only on a value too long for the encoding.
pub(crate) fn encode<T: Encode>(value: &T) -> Result<Vec<u8>> {
    value.to_der().map_err(|e| Error::invalid("proof.der").detail(e))
}

/// Maps a constructor's error to a stable code.
pub(crate) fn invalid(error: der::Error) -> Error {
    Error::invalid("proof.der").detail(error)
}

/// Seconds since 1970 of an instant, as DER times count; fractions are dropped.
pub(crate) fn unix(at: Timestamp) -> Result<Duration> {
    u64::try_from(at.0 / kernel::time::SECOND_US)
        .ok()
        .filter(|_| at.0 >= 0)
        .map(Duration::from_secs)
        .ok_or_else(|| Error::invalid("proof.time"))
}

/// An instant as `GeneralizedTime`, to the second.
pub(crate) fn generalized(at: Timestamp) -> Result<GeneralizedTime> {
    GeneralizedTime::from_unix_duration(unix(at)?)
        .map_err(|e| Error::invalid("proof.time").detail(e))
}

/// The instant of a number of seconds since 1970.
pub(crate) fn instant(seconds: Duration) -> Timestamp {
    let seconds = i64::try_from(seconds.as_secs()).unwrap_or(i64::MAX);
    Timestamp(seconds.saturating_mul(kernel::time::SECOND_US))
}
