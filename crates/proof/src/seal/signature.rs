//! A seal put to a document: `SES_Signature` of GB/T 38540, which holds the seal, the instant, the
//! document's SM3 digest, the sealer's certificate and its chain; made in version 4, read in versions 4
//! and 5 and in those of GM/T 0031.
//!
//! Invariant: the sealer's certificate is one the seal lists, so that it is covered by the
//! signature it checks. Must not know: where in the document the signature is kept.

use super::{
    CODE, OLD, PRESENT, SIZE_MAX, Seal, VERSION, asn, chain_extension, chain_of, ia5, octets,
};
use crate::asn1::{self, SM2_WITH_SM3, invalid};
use crate::certificate::{self, CHAIN_MAX, Certificate, asn::Time};
use crate::digest::Digest32;
use crate::sm2sig::SigningKey;
use crate::timestamp::Token;
use der::Decode;
use der::asn1::{Any, BitString, ObjectIdentifier};
use kernel::{Error, Result, Timestamp};

/// Most bytes a seal signature may have.
pub(crate) const SIGNATURE_MAX: usize = SIZE_MAX + (CHAIN_MAX + 2) * certificate::SIZE_MAX;

/// A parsed seal signature. Not yet a trusted one.
#[derive(Clone, Debug)]
pub struct SealSignature {
    der: Vec<u8>,
    seal: Seal,
    chain: Vec<Certificate>,
    digest: Digest32,
    property: String,
    signed_at: Timestamp,
    /// What the sealer signed, and his signature.
    signed: Vec<u8>,
    signature: Vec<u8>,
    stamped: bool,
}

/// Seals a document's digest: the DER bytes. `chain` begins with the sealer's own certificate;
/// `property` says what was digested (a media type or a path, ASCII). Errors:
/// `proof.seal.holder` when the seal does not list the certificate, `proof.certificate.key` when
/// the key is not the certificate's, `proof.certificate.usage` when it may not seal,
/// `proof.time`.
pub fn sign(
    seal: &Seal,
    key: &SigningKey,
    chain: &[Certificate],
    digest: &Digest32,
    property: &str,
    signed_at: Timestamp,
) -> Result<Vec<u8>> {
    let sealer = chain.first().ok_or_else(|| Error::invalid("proof.seal.holder"))?;
    if !seal.admits(sealer) {
        return Err(Error::invalid("proof.seal.holder"));
    }
    if !sealer.may_seal() {
        return Err(Error::invalid("proof.certificate.usage"));
    }
    if key.verifying_key() != *sealer.sm2_key()? {
        return Err(Error::invalid("proof.certificate.key"));
    }
    if chain.len() > CHAIN_MAX {
        return Err(Error::invalid("proof.certificate.chain_length"));
    }
    let to_sign = asn::ToSign {
        version: VERSION,
        seal: Any::from_der(seal.der()).map_err(invalid)?,
        signed_at: asn1::generalized(signed_at)?,
        digest: BitString::from_bytes(digest).map_err(invalid)?,
        property: ia5(property)?,
        extensions: chain_extension(&chain[1..])?,
    };
    let signature = key.sign(&asn1::encode(&to_sign)?)?;
    asn1::encode(&asn::SealSignature {
        to_sign,
        certificate: octets(sealer.der())?,
        algorithm: SM2_WITH_SM3,
        signature: BitString::from_bytes(&signature).map_err(invalid)?,
        stamp: None,
    })
}

/// What both structures have.
struct Parts {
    version: u8,
    seal: Any,
    signed_at: Timestamp,
    digest: BitString,
    property: String,
    chain: Vec<Certificate>,
    algorithm: ObjectIdentifier,
    signed: Vec<u8>,
    signature: BitString,
    stamped: bool,
}

impl Parts {
    fn present(read: asn::SealSignature) -> Result<Parts> {
        let signed = asn1::encode(&read.to_sign)?;
        let mut chain = vec![Certificate::parse(read.certificate.as_bytes())?];
        chain.extend(chain_of(read.to_sign.extensions.as_deref())?);
        Ok(Parts {
            version: read.to_sign.version,
            signed_at: asn1::instant(read.to_sign.signed_at.to_unix_duration()),
            seal: read.to_sign.seal,
            digest: read.to_sign.digest,
            property: read.to_sign.property.as_str().to_owned(),
            chain,
            algorithm: read.algorithm,
            signed,
            signature: read.signature,
            stamped: read.stamp.is_some(),
        })
    }

    fn old(read: asn::OldSignature) -> Result<Parts> {
        let signed = asn1::encode(&read.to_sign)?;
        let to_sign = read.to_sign;
        Ok(Parts {
            version: to_sign.version,
            signed_at: old_time(asn1::whole(&to_sign.signed_at, CODE)?)?,
            seal: to_sign.seal,
            digest: to_sign.digest,
            property: to_sign.property.as_str().to_owned(),
            chain: vec![Certificate::parse(to_sign.certificate.as_bytes())?],
            algorithm: to_sign.algorithm,
            signed,
            signature: read.signature,
            stamped: false,
        })
    }
}

/// The instant in a seal signature of GM/T 0031, whose form it leaves to the maker: a time in DER or in
/// its letters alone, or a time stamp, of which only what it says is read.
fn old_time(bytes: &[u8]) -> Result<Timestamp> {
    let mut forms = vec![bytes.to_vec()];
    // The letters of `UTCTime` and `GeneralizedTime` under their own tags.
    for (tag, length) in [(0x17, 13_u8), (0x18, 15)] {
        if bytes.len() == usize::from(length) {
            forms.push([&[tag, length], bytes].concat());
        }
    }
    let mut times = forms.iter().map(|form| asn1::decode::<Time>(form, SIGNATURE_MAX, CODE));
    if let Some(time) = times.find_map(Result::ok) {
        return Ok(certificate::instant(time));
    }
    let wrong = |_| Error::invalid(CODE).detail("time");
    Token::parse(bytes).map(|token| token.at()).map_err(wrong)
}

impl SealSignature {
    /// Reads DER. Errors: `proof.seal.form`, and those of [`Certificate::parse`].
    pub fn parse(der: &[u8]) -> Result<SealSignature> {
        let (parts, versions) = match asn1::decode::<asn::SealSignature>(der, SIGNATURE_MAX, CODE) {
            Ok(read) => (Parts::present(read)?, PRESENT),
            Err(error) => {
                let old = asn1::decode::<asn::OldSignature>(der, SIGNATURE_MAX, CODE);
                (Parts::old(old.map_err(|_| error)?)?, OLD)
            }
        };
        if !versions.contains(&parts.version) || parts.algorithm != SM2_WITH_SM3 {
            return Err(Error::invalid(CODE).detail("version or algorithm"));
        }
        let digest = Digest32::try_from(asn1::whole(&parts.digest, CODE)?)
            .map_err(|_| Error::invalid(CODE).detail("digest"))?;
        Ok(SealSignature {
            der: der.to_vec(),
            seal: Seal::parse(&asn1::encode(&parts.seal)?)?,
            chain: parts.chain,
            digest,
            property: parts.property,
            signed_at: parts.signed_at,
            signed: parts.signed,
            signature: asn1::whole(&parts.signature, CODE)?.to_vec(),
            stamped: parts.stamped,
        })
    }

    /// The DER bytes.
    pub fn der(&self) -> &[u8] {
        &self.der
    }

    /// The seal.
    pub fn seal(&self) -> &Seal {
        &self.seal
    }

    /// The sealer's certificate.
    pub fn certificate(&self) -> &Certificate {
        &self.chain[0]
    }

    /// The sealer's certificate and what leads from it towards an anchor.
    pub fn chain(&self) -> &[Certificate] {
        &self.chain
    }

    /// The digest of the document.
    pub fn digest(&self) -> &Digest32 {
        &self.digest
    }

    /// What was digested, as the sealer wrote it.
    pub fn property(&self) -> &str {
        &self.property
    }

    /// When the seal was put, as the sealer claims, to the second.
    pub fn signed_at(&self) -> Timestamp {
        self.signed_at
    }

    /// As [`SealSignature::verify_signature`], of one beside which no time stamp stands: the signature
    /// does not cover it, and what it says is not checked. Errors: also `proof.seal.stamp`.
    pub(crate) fn verify_unstamped(&self) -> Result<()> {
        self.verify_signature()?;
        match self.stamped {
            true => Err(Error::invalid("proof.seal.stamp")),
            false => Ok(()),
        }
    }

    /// Checks the sealer's signature and that the seal lists the sealer. Errors:
    /// `proof.seal.holder`, `proof.seal.signature`.
    pub fn verify_signature(&self) -> Result<()> {
        if !self.seal.admits(self.certificate()) {
            return Err(Error::invalid("proof.seal.holder"));
        }
        self.certificate()
            .sm2_key()?
            .verify(&self.signed, &self.signature)
            .map_err(|e| Error::invalid("proof.seal.signature").detail(e))
    }
}
