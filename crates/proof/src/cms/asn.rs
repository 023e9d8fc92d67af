//! The structures of signed data (RFC 5652 §5, GB/T 35275 §8) and of the attributes this crate
//! writes and reads.
//!
//! Must not know: what they mean together.

use crate::asn1::AlgorithmId;
use crate::certificate::asn::Name;
use der::asn1::{Any, ObjectIdentifier, OctetString, SetOfVec, Uint};
use der::{Choice, Sequence, ValueOrd};

const fn oid(text: &str) -> ObjectIdentifier {
    ObjectIdentifier::new_unwrap(text)
}

pub(super) const DATA: ObjectIdentifier = oid("1.2.840.113549.1.7.1");
pub(super) const SIGNED_DATA: ObjectIdentifier = oid("1.2.840.113549.1.7.2");
/// `data` of GB/T 35275.
pub(super) const GM_DATA: ObjectIdentifier = oid("1.2.156.10197.6.1.4.2.1");
/// `signedData` of GB/T 35275.
pub(super) const GM_SIGNED_DATA: ObjectIdentifier = oid("1.2.156.10197.6.1.4.2.2");
/// The SM2 signature as GB/T 35275 names it beside its digest.
pub(super) const SM2_SIGN: ObjectIdentifier = oid("1.2.156.10197.1.301.1");
pub(super) const CONTENT_TYPE: ObjectIdentifier = oid("1.2.840.113549.1.9.3");
pub(super) const MESSAGE_DIGEST: ObjectIdentifier = oid("1.2.840.113549.1.9.4");
pub(super) const SIGNING_TIME: ObjectIdentifier = oid("1.2.840.113549.1.9.5");
pub(super) const SIGNATURE_STAMP: ObjectIdentifier = oid("1.2.840.113549.1.9.16.2.14");
pub(super) const SIGNING_CERTIFICATE: ObjectIdentifier = oid("1.2.840.113549.1.9.16.2.47");

#[derive(Clone, Debug, PartialEq, Eq, Sequence)]
pub(super) struct ContentInfo {
    pub(super) kind: ObjectIdentifier,
    #[asn1(context_specific = "0", tag_mode = "EXPLICIT")]
    pub(super) content: SignedData,
}

#[derive(Clone, Debug, PartialEq, Eq, Sequence)]
pub(super) struct SignedData {
    pub(super) version: u8,
    pub(super) digests: SetOfVec<AlgorithmId>,
    pub(super) content: Encapsulated,
    #[asn1(context_specific = "0", tag_mode = "IMPLICIT", optional = "true")]
    pub(super) certificates: Option<SetOfVec<Any>>,
    #[asn1(context_specific = "1", tag_mode = "IMPLICIT", optional = "true")]
    pub(super) lists: Option<SetOfVec<Any>>,
    pub(super) signers: SetOfVec<SignerInfo>,
}

#[derive(Clone, Debug, PartialEq, Eq, Sequence)]
pub(super) struct Encapsulated {
    pub(super) kind: ObjectIdentifier,
    #[asn1(context_specific = "0", tag_mode = "EXPLICIT", optional = "true")]
    pub(super) content: Option<OctetString>,
}

#[derive(Clone, Debug, PartialEq, Eq, Sequence, ValueOrd)]
pub(super) struct SignerInfo {
    pub(super) version: u8,
    pub(super) signer: SignerId,
    pub(super) digest: AlgorithmId,
    #[asn1(context_specific = "0", tag_mode = "IMPLICIT", optional = "true")]
    pub(super) signed: Option<SetOfVec<Attribute>>,
    pub(super) algorithm: AlgorithmId,
    pub(super) signature: OctetString,
    #[asn1(context_specific = "1", tag_mode = "IMPLICIT", optional = "true")]
    pub(super) unsigned: Option<SetOfVec<Attribute>>,
}

#[derive(Clone, Debug, PartialEq, Eq, Choice, ValueOrd)]
pub(super) enum SignerId {
    Issuer(IssuerAndSerial),
    #[asn1(context_specific = "0", tag_mode = "IMPLICIT")]
    Key(OctetString),
}

#[derive(Clone, Debug, PartialEq, Eq, Sequence, ValueOrd)]
pub(super) struct IssuerAndSerial {
    pub(super) issuer: Name,
    pub(super) serial: Uint,
}

#[derive(Clone, Debug, PartialEq, Eq, Sequence, ValueOrd)]
pub(super) struct Attribute {
    pub(super) oid: ObjectIdentifier,
    pub(super) values: SetOfVec<Any>,
}

/// `SigningCertificateV2` (RFC 5035).
#[derive(Clone, Debug, PartialEq, Eq, Sequence)]
pub(super) struct SigningCertificate {
    pub(super) certificates: Vec<CertificateHash>,
    pub(super) policies: Option<Any>,
}

/// `ESSCertIDv2`; the digest is SHA-256 when absent.
#[derive(Clone, Debug, PartialEq, Eq, Sequence)]
pub(super) struct CertificateHash {
    pub(super) digest: Option<AlgorithmId>,
    pub(super) hash: OctetString,
    pub(super) issuer: Option<Any>,
}
