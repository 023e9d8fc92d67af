//! Electronic seals (GB/T 38540): a picture, the certificate of who may use it, and the maker's
//! signature over both. Made are those of version 4; read are versions 4 and 5, and the older ones of
//! GM/T 0031 (1 to 3).
//!
//! Invariants: the seal lists the certificates that may seal with it, whole or by their SM3 digest;
//! the maker is an authority; everything a verifier relies on lies inside a signature.
//! Must not know: documents ([`signature`] binds a seal to a digest), the clock.

mod asn;
mod signature;

pub(crate) use signature::SIGNATURE_MAX;
pub use signature::{SealSignature, sign};

use crate::asn1::{self, CA_CERTIFICATE, SM2_WITH_SM3, invalid};
use crate::certificate::asn::Time;
use crate::certificate::{self, Certificate, verify_chain};
use crate::digest::sm3;
use crate::sm2sig::SigningKey;
use der::asn1::{Any, BitString, Ia5String, ObjectIdentifier, OctetString};
use kernel::{Error, Result, Timestamp};

/// Most bytes a seal's picture may have.
pub const PICTURE_MAX: usize = 512 << 10;
/// Most bytes a seal may have.
pub const SIZE_MAX: usize = 640 << 10;

const CODE: &str = "proof.seal.form";
/// The version made.
const VERSION: u8 = 4;
/// Versions of GB/T 38540.
const PRESENT: std::ops::RangeInclusive<u8> = 4..=5;
/// Versions of GM/T 0031.
const OLD: std::ops::RangeInclusive<u8> = 1..=3;
/// Type of a seal of an organization.
const KIND_UNIT: u8 = 1;
/// The certificate list holds whole certificates.
const LIST_WHOLE: u8 = 1;
/// It holds digests of certificates.
const LIST_DIGESTS: u8 = 2;
/// Most certificates a seal may list.
const LISTED_MAX: usize = 16;
/// Most bytes of the entry of a digest.
const DIGEST_MAX: usize = 256;

/// The picture a seal shows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Picture {
    /// `SVG` or `PNG`.
    pub kind: String,
    /// The file's bytes.
    pub data: Vec<u8>,
    /// Width in millimetres.
    pub width_mm: u16,
    /// Height in millimetres.
    pub height_mm: u16,
}

/// What a seal is to say.
#[derive(Clone, Debug)]
pub struct Design<'a> {
    /// Identifier, printable ASCII, at most 64 characters.
    pub id: &'a str,
    /// Name shown, such as 安阳市公安局电子证照专用章.
    pub name: &'a str,
    /// The certificate that may seal with it.
    pub holder: &'a Certificate,
    /// The picture.
    pub picture: &'a Picture,
    /// When it was made.
    pub created_at: Timestamp,
    /// First second at which it may be used.
    pub valid_from: Timestamp,
    /// Last second at which it may be used.
    pub valid_until: Timestamp,
}

/// A parsed seal. Not yet a trusted one: that is [`Seal::verify`].
#[derive(Clone, Debug)]
pub struct Seal {
    der: Vec<u8>,
    info: asn::SealInfo,
    /// What the maker signed, and his signature.
    signed: Vec<u8>,
    signature: Vec<u8>,
    maker_chain: Vec<Certificate>,
    holders: Vec<Certificate>,
    digests: Vec<Vec<u8>>,
}

impl Seal {
    /// Makes a seal. `maker_chain` begins with the maker's own certificate, an authority, and
    /// goes up as far as a verifier needs. Errors: `proof.seal.design` with the field at fault,
    /// `proof.seal.maker` when the maker may not make seals, `proof.certificate.key` when the
    /// key is not the maker's.
    pub fn make(
        design: &Design<'_>,
        maker_chain: &[Certificate],
        maker_key: &SigningKey,
    ) -> Result<Seal> {
        let maker = maker_chain.first().ok_or_else(|| Error::invalid("proof.seal.maker"))?;
        if !maker.is_authority() {
            return Err(Error::invalid("proof.seal.maker"));
        }
        if maker_key.verifying_key() != *maker.sm2_key()? {
            return Err(Error::invalid("proof.certificate.key"));
        }
        design.check()?;
        let info = asn::SealInfo {
            header: asn::Header { id: ia5("ES")?, version: VERSION, vendor: ia5("Yipan")? },
            id: ia5(design.id)?,
            property: asn::Property {
                kind: KIND_UNIT,
                name: design.name.to_owned(),
                list_type: Some(LIST_WHOLE),
                certificates: vec![
                    Any::encode_from(&octets(design.holder.der())?).map_err(invalid)?,
                ],
                created_at: Time::General(asn1::generalized(design.created_at)?),
                valid_from: Time::General(asn1::generalized(design.valid_from)?),
                valid_until: Time::General(asn1::generalized(design.valid_until)?),
            },
            picture: asn::Picture {
                kind: ia5(&design.picture.kind)?,
                data: octets(&design.picture.data)?,
                width: design.picture.width_mm,
                height: design.picture.height_mm,
            },
            extensions: chain_extension(maker_chain.get(1..).unwrap_or(&[]))?,
        };
        let signature = maker_key.sign(&asn1::encode(&info)?)?;
        let signed = asn::SignedSeal {
            info,
            maker: octets(maker.der())?,
            algorithm: SM2_WITH_SM3,
            signature: BitString::from_bytes(&signature).map_err(invalid)?,
            stamp: None,
        };
        Seal::parse(&asn1::encode(&signed)?)
    }

    /// Reads a seal's DER. Errors: `proof.seal.form`, and those of [`Certificate::parse`].
    pub fn parse(der: &[u8]) -> Result<Seal> {
        match asn1::decode::<asn::SignedSeal>(der, SIZE_MAX, CODE) {
            Ok(seal) => {
                let signed = asn1::encode(&seal.info)?;
                let by = (&seal.maker, seal.algorithm, &seal.signature);
                Seal::of(der, seal.info, signed, by, &PRESENT)
            }
            Err(error) => {
                let old = asn1::decode::<asn::OldSeal>(der, SIZE_MAX, CODE).map_err(|_| error)?;
                let asn::OldMaking { maker, algorithm, signature } = old.signed;
                let info = old.info;
                let made = asn::OldMade { info, maker, algorithm };
                let signed = asn1::encode(&made)?;
                Seal::of(der, made.info, signed, (&made.maker, algorithm, &signature), &OLD)
            }
        }
    }

    fn of(
        der: &[u8],
        info: asn::SealInfo,
        signed: Vec<u8>,
        (maker, algorithm, signature): (&OctetString, ObjectIdentifier, &BitString),
        versions: &std::ops::RangeInclusive<u8>,
    ) -> Result<Seal> {
        let (property, version) = (&info.property, info.header.version);
        // The older structure has no type of list, the present one always has.
        let fits = property.list_type.is_some() == PRESENT.contains(&version);
        let known = info.header.id.as_str() == "ES" && versions.contains(&version) && fits;
        let listed = property.certificates.len();
        if !known || algorithm != SM2_WITH_SM3 || listed == 0 || listed > LISTED_MAX {
            return Err(Error::invalid(CODE).detail("header, list or algorithm"));
        }
        let (mut holders, mut digests) = (Vec::new(), Vec::new());
        for one in &property.certificates {
            match property.list_type.unwrap_or(LIST_WHOLE) {
                LIST_WHOLE => {
                    let whole: OctetString = asn1::nested(one, certificate::SIZE_MAX, CODE)?;
                    holders.push(Certificate::parse(whole.as_bytes())?);
                }
                LIST_DIGESTS => {
                    let digest: asn::CertificateDigest = asn1::nested(one, DIGEST_MAX, CODE)?;
                    digests.push(digest.value.as_bytes().to_vec());
                }
                _ => return Err(Error::invalid(CODE).detail("list")),
            }
        }
        let mut maker_chain = vec![Certificate::parse(maker.as_bytes())?];
        maker_chain.extend(chain_of(info.extensions.as_deref())?);
        let signature = asn1::whole(signature, CODE)?.to_vec();
        Ok(Seal { der: der.to_vec(), info, signed, signature, maker_chain, holders, digests })
    }

    /// The DER bytes.
    pub fn der(&self) -> &[u8] {
        &self.der
    }

    /// The identifier.
    pub fn id(&self) -> &str {
        self.info.id.as_str()
    }

    /// The name shown.
    pub fn name(&self) -> &str {
        &self.info.property.name
    }

    /// The picture.
    pub fn picture(&self) -> Picture {
        let picture = &self.info.picture;
        Picture {
            kind: picture.kind.as_str().to_owned(),
            data: picture.data.as_bytes().to_vec(),
            width_mm: picture.width,
            height_mm: picture.height,
        }
    }

    /// The maker's certificate and what leads from it towards an anchor.
    pub fn maker_chain(&self) -> &[Certificate] {
        &self.maker_chain
    }

    /// The certificates that may seal with it, as far as it holds them whole.
    pub fn holders(&self) -> &[Certificate] {
        &self.holders
    }

    /// True when the certificate is one that may seal with it.
    pub fn admits(&self, certificate: &Certificate) -> bool {
        self.holders.contains(certificate)
            || self.digests.iter().any(|digest| digest[..] == sm3(certificate.der())[..])
    }

    /// First and last second at which it may be used.
    pub fn validity(&self) -> (Timestamp, Timestamp) {
        let property = &self.info.property;
        (certificate::instant(property.valid_from), certificate::instant(property.valid_until))
    }

    /// Checks the maker's signature alone. Errors: `proof.seal.maker_signature`.
    pub fn verify_signature(&self) -> Result<()> {
        self.maker_chain[0]
            .sm2_key()?
            .verify(&self.signed, &self.signature)
            .map_err(|e| Error::invalid("proof.seal.maker_signature").detail(e))
    }

    /// Checks that the seal may be trusted at the instant: the maker's signature, that the maker
    /// is an authority leading to an anchor, and the seal's own validity. Errors:
    /// `proof.seal.maker_signature`, `proof.seal.maker`, `proof.seal.not_yet_valid`,
    /// `proof.seal.expired`, and those of [`verify_chain`] for the maker.
    pub fn verify(&self, anchors: &[Certificate], at: Timestamp) -> Result<()> {
        self.verify_signature()?;
        if !self.maker_chain[0].is_authority() {
            return Err(Error::invalid("proof.seal.maker"));
        }
        let (from, until) = self.validity();
        if at < from {
            return Err(Error::invalid("proof.seal.not_yet_valid").arg("day", from.date()));
        }
        if at.0 >= until.0.saturating_add(kernel::time::SECOND_US) {
            return Err(Error::invalid("proof.seal.expired").arg("day", until.date()));
        }
        verify_chain(&self.maker_chain, anchors, at)
    }
}

impl Design<'_> {
    fn check(&self) -> Result<()> {
        let wrong = |field| Err(Error::invalid("proof.seal.design").arg("field", field));
        let name_length = self.name.chars().count();
        if self.id.is_empty()
            || self.id.len() > 64
            || !self.id.bytes().all(|b| b.is_ascii_graphic())
        {
            return wrong("id");
        }
        if name_length == 0 || name_length > 100 || self.name.chars().any(char::is_control) {
            return wrong("name");
        }
        let picture = self.picture;
        let known = ["SVG", "PNG"].contains(&picture.kind.as_str());
        let sized = picture.width_mm > 0 && picture.height_mm > 0;
        if !known || !sized || picture.data.is_empty() || picture.data.len() > PICTURE_MAX {
            return wrong("picture");
        }
        if self.valid_until <= self.valid_from {
            return wrong("validity");
        }
        Ok(())
    }
}

fn ia5(text: &str) -> Result<Ia5String> {
    Ia5String::new(text).map_err(invalid)
}

fn octets(bytes: &[u8]) -> Result<OctetString> {
    OctetString::new(bytes).map_err(invalid)
}

fn chain_extension(chain: &[Certificate]) -> Result<Option<Vec<asn::Extension>>> {
    if chain.is_empty() {
        return Ok(None);
    }
    let list = chain.iter().map(|c| octets(c.der())).collect::<Result<Vec<_>>>()?;
    let value = octets(&asn1::encode(&list)?)?;
    Ok(Some(vec![asn::Extension { oid: CA_CERTIFICATE, critical: false, value }]))
}

fn chain_of(extensions: Option<&[asn::Extension]>) -> Result<Vec<Certificate>> {
    let mut chain = Vec::new();
    for extension in extensions.unwrap_or(&[]) {
        if extension.oid == CA_CERTIFICATE {
            let max = certificate::CHAIN_MAX * certificate::SIZE_MAX;
            let list: Vec<OctetString> = asn1::decode(extension.value.as_bytes(), max, CODE)?;
            if chain.len() + list.len() > certificate::CHAIN_MAX {
                return Err(Error::invalid("proof.certificate.chain_length"));
            }
            for der in &list {
                chain.push(Certificate::parse(der.as_bytes())?);
            }
        } else if extension.critical {
            return Err(Error::invalid(CODE).detail("unknown critical extension"));
        }
    }
    Ok(chain)
}
