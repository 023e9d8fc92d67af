//! The structures of seal and seal signature: those of GB/T 38540, versions 4 and 5, and the older
//! ones of GM/T 0031 with what differs.
//!
//! Must not know: what they mean together.

use crate::certificate::asn::Time;
use der::Sequence;
use der::asn1::{
    Any, BitString, GeneralizedTime, Ia5String, ObjectIdentifier, OctetString, PrintableString,
};

/// `SES_Header`: `ES`, the version, the maker's identifier.
#[derive(Clone, Debug, PartialEq, Eq, Sequence)]
pub(super) struct Header {
    pub(super) id: Ia5String,
    pub(super) version: u8,
    pub(super) vendor: Ia5String,
}

/// `SES_ESPropertyInfo`: whole certificates (list type 1), or their digests (2). GM/T 0031 has no list
/// type, and its times are `UTCTime`.
#[derive(Clone, Debug, PartialEq, Eq, Sequence)]
pub(super) struct Property {
    pub(super) kind: u8,
    pub(super) name: String,
    pub(super) list_type: Option<u8>,
    pub(super) certificates: Vec<Any>,
    pub(super) created_at: Time,
    pub(super) valid_from: Time,
    pub(super) valid_until: Time,
}

/// `CertDigestObj`.
#[derive(Clone, Debug, PartialEq, Eq, Sequence)]
pub(super) struct CertificateDigest {
    pub(super) kind: PrintableString,
    pub(super) value: OctetString,
}

/// `SES_ESPictureInfo`; width and height in millimetres.
#[derive(Clone, Debug, PartialEq, Eq, Sequence)]
pub(super) struct Picture {
    pub(super) kind: Ia5String,
    pub(super) data: OctetString,
    pub(super) width: u16,
    pub(super) height: u16,
}

/// `ExtData`.
#[derive(Clone, Debug, PartialEq, Eq, Sequence)]
pub(super) struct Extension {
    pub(super) oid: ObjectIdentifier,
    #[asn1(default = "Default::default")]
    pub(super) critical: bool,
    pub(super) value: OctetString,
}

/// `SES_SealInfo`: what the maker signs.
#[derive(Clone, Debug, PartialEq, Eq, Sequence)]
pub(super) struct SealInfo {
    pub(super) header: Header,
    pub(super) id: Ia5String,
    pub(super) property: Property,
    pub(super) picture: Picture,
    #[asn1(context_specific = "0", tag_mode = "EXPLICIT", optional = "true")]
    pub(super) extensions: Option<Vec<Extension>>,
}

/// `SESeal`; the time stamp is of version 5, and says nothing a verifier relies on here.
#[derive(Clone, Debug, PartialEq, Eq, Sequence)]
pub(super) struct SignedSeal {
    pub(super) info: SealInfo,
    pub(super) maker: OctetString,
    pub(super) algorithm: ObjectIdentifier,
    pub(super) signature: BitString,
    #[asn1(context_specific = "0", tag_mode = "EXPLICIT", optional = "true")]
    pub(super) stamp: Option<BitString>,
}

/// `SESeal` of GM/T 0031.
#[derive(Clone, Debug, PartialEq, Eq, Sequence)]
pub(super) struct OldSeal {
    pub(super) info: SealInfo,
    pub(super) signed: OldMaking,
}

/// `SES_SignInfo` of GM/T 0031.
#[derive(Clone, Debug, PartialEq, Eq, Sequence)]
pub(super) struct OldMaking {
    pub(super) maker: OctetString,
    pub(super) algorithm: ObjectIdentifier,
    pub(super) signature: BitString,
}

/// What the maker of a seal of GM/T 0031 signs.
#[derive(Clone, Debug, PartialEq, Eq, Sequence)]
pub(super) struct OldMade {
    pub(super) info: SealInfo,
    pub(super) maker: OctetString,
    pub(super) algorithm: ObjectIdentifier,
}

/// `TBS_Sign`: what the holder of the seal signs.
#[derive(Clone, Debug, PartialEq, Eq, Sequence)]
pub(super) struct ToSign {
    pub(super) version: u8,
    pub(super) seal: Any,
    pub(super) signed_at: GeneralizedTime,
    pub(super) digest: BitString,
    pub(super) property: Ia5String,
    #[asn1(context_specific = "0", tag_mode = "EXPLICIT", optional = "true")]
    pub(super) extensions: Option<Vec<Extension>>,
}

/// `SES_Signature`.
#[derive(Clone, Debug, PartialEq, Eq, Sequence)]
pub(super) struct SealSignature {
    pub(super) to_sign: ToSign,
    pub(super) certificate: OctetString,
    pub(super) algorithm: ObjectIdentifier,
    pub(super) signature: BitString,
    #[asn1(context_specific = "0", tag_mode = "EXPLICIT", optional = "true")]
    pub(super) stamp: Option<BitString>,
}

/// `TBS_Sign` of GM/T 0031.
#[derive(Clone, Debug, PartialEq, Eq, Sequence)]
pub(super) struct OldToSign {
    pub(super) version: u8,
    pub(super) seal: Any,
    pub(super) signed_at: BitString,
    pub(super) digest: BitString,
    pub(super) property: Ia5String,
    pub(super) certificate: OctetString,
    pub(super) algorithm: ObjectIdentifier,
}

/// `SES_Signature` of GM/T 0031.
#[derive(Clone, Debug, PartialEq, Eq, Sequence)]
pub(super) struct OldSignature {
    pub(super) to_sign: OldToSign,
    pub(super) signature: BitString,
}
