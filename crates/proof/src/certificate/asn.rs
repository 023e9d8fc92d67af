//! The X.509 v3 structures (RFC 5280) this crate issues and reads.
//!
//! Must not know: policy. Unique identifiers (v2) are refused by being absent here.

use crate::asn1::{AlgorithmId, KeyInfo};
use der::asn1::{
    Any, BitString, GeneralizedTime, ObjectIdentifier, OctetString, SetOfVec, Uint, UtcTime,
};
use der::{Choice, Sequence, ValueOrd};

pub(crate) const COMMON_NAME: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.5.4.3");
pub(crate) const SERIAL_NUMBER: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.5.4.5");
pub(crate) const COUNTRY: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.5.4.6");
pub(crate) const ORGANIZATION: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.5.4.10");
pub(crate) const SUBJECT_KEY_ID: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.5.29.14");
pub(crate) const KEY_USAGE: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.5.29.15");
pub(crate) const SUBJECT_ALT_NAME: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.5.29.17");
pub(crate) const NAME_CONSTRAINTS: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.5.29.30");
pub(crate) const BASIC_CONSTRAINTS: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.5.29.19");
pub(crate) const CRL_NUMBER: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.5.29.20");
pub(crate) const CRL_REASON: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.5.29.21");
pub(crate) const AUTHORITY_KEY_ID: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.5.29.35");
pub(crate) const EXTENDED_KEY_USAGE: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.5.29.37");
/// `id-pkix-ocsp-nocheck` (RFC 6960): the responder's own revocation is not asked for.
pub(crate) const OCSP_NO_CHECK: ObjectIdentifier =
    ObjectIdentifier::new_unwrap("1.3.6.1.5.5.7.48.1.5");

#[derive(Clone, Debug, PartialEq, Eq, Sequence, ValueOrd)]
pub(crate) struct Attribute {
    pub(crate) oid: ObjectIdentifier,
    pub(crate) value: Any,
}

pub(crate) type Name = Vec<SetOfVec<Attribute>>;

#[derive(Clone, Copy, Debug, PartialEq, Eq, Choice)]
pub(crate) enum Time {
    #[asn1(type = "UTCTime")]
    Utc(UtcTime),
    #[asn1(type = "GeneralizedTime")]
    General(GeneralizedTime),
}

#[derive(Clone, Debug, PartialEq, Eq, Sequence)]
pub(crate) struct Validity {
    pub(crate) not_before: Time,
    pub(crate) not_after: Time,
}

#[derive(Clone, Debug, PartialEq, Eq, Sequence)]
pub(crate) struct Extension {
    pub(crate) oid: ObjectIdentifier,
    #[asn1(default = "Default::default")]
    pub(crate) critical: bool,
    pub(crate) value: OctetString,
}

#[derive(Clone, Debug, PartialEq, Eq, Sequence)]
pub(crate) struct Tbs {
    #[asn1(context_specific = "0", tag_mode = "EXPLICIT", default = "Default::default")]
    pub(crate) version: u8,
    pub(crate) serial: Uint,
    pub(crate) algorithm: AlgorithmId,
    pub(crate) issuer: Name,
    pub(crate) validity: Validity,
    pub(crate) subject: Name,
    pub(crate) key_info: KeyInfo,
    #[asn1(context_specific = "3", tag_mode = "EXPLICIT", optional = "true")]
    pub(crate) extensions: Option<Vec<Extension>>,
}

#[derive(Clone, Debug, PartialEq, Eq, Sequence)]
pub(crate) struct Signed {
    pub(crate) tbs: Tbs,
    pub(crate) algorithm: AlgorithmId,
    pub(crate) signature: BitString,
}

#[derive(Clone, Debug, PartialEq, Eq, Sequence)]
pub(crate) struct BasicConstraints {
    #[asn1(default = "Default::default")]
    pub(crate) authority: bool,
    pub(crate) path_length: Option<u8>,
}

#[derive(Clone, Debug, PartialEq, Eq, Sequence)]
pub(crate) struct AuthorityKeyId {
    #[asn1(context_specific = "0", tag_mode = "IMPLICIT", optional = "true")]
    pub(crate) key_id: Option<OctetString>,
}
