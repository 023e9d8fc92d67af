//! The structures of GB/T 38540 version 4: seal and seal signature.
//!
//! Must not know: what they mean together.

use der::Sequence;
use der::asn1::{BitString, GeneralizedTime, Ia5String, ObjectIdentifier, OctetString};

/// `SES_Header`: `ES`, the version, the maker's identifier.
#[derive(Clone, Debug, PartialEq, Eq, Sequence)]
pub(super) struct Header {
    pub(super) id: Ia5String,
    pub(super) version: u8,
    pub(super) vendor: Ia5String,
}

/// `SES_ESPropertyInfo` with the list of whole certificates (list type 1).
#[derive(Clone, Debug, PartialEq, Eq, Sequence)]
pub(super) struct Property {
    pub(super) kind: u8,
    pub(super) name: String,
    pub(super) list_type: u8,
    pub(super) certificates: Vec<OctetString>,
    pub(super) created_at: GeneralizedTime,
    pub(super) valid_from: GeneralizedTime,
    pub(super) valid_until: GeneralizedTime,
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

/// `SESeal`.
#[derive(Clone, Debug, PartialEq, Eq, Sequence)]
pub(super) struct SignedSeal {
    pub(super) info: SealInfo,
    pub(super) maker: OctetString,
    pub(super) algorithm: ObjectIdentifier,
    pub(super) signature: BitString,
}

/// `TBS_Sign`: what the holder of the seal signs.
#[derive(Clone, Debug, PartialEq, Eq, Sequence)]
pub(super) struct ToSign {
    pub(super) version: u8,
    pub(super) seal: SignedSeal,
    pub(super) signed_at: GeneralizedTime,
    pub(super) digest: BitString,
    pub(super) property: Ia5String,
    #[asn1(context_specific = "0", tag_mode = "EXPLICIT", optional = "true")]
    pub(super) extensions: Option<Vec<Extension>>,
}

/// `SES_Signature`, without the optional time stamp.
#[derive(Clone, Debug, PartialEq, Eq, Sequence)]
pub(super) struct SealSignature {
    pub(super) to_sign: ToSign,
    pub(super) certificate: OctetString,
    pub(super) algorithm: ObjectIdentifier,
    pub(super) signature: BitString,
}
