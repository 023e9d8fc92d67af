//! A seal put to a document: `SES_Signature` of GB/T 38540, version 4, which holds the seal, the
//! instant, the document's SM3 digest, the sealer's certificate and its chain.
//!
//! Invariant: the sealer's certificate is one the seal lists, so that it is covered by the
//! signature it checks. Must not know: where in the document the signature is kept.

use super::{CODE, SIZE_MAX, Seal, VERSION, asn, chain_extension, chain_of, ia5, octets};
use crate::asn1::{self, SM2_WITH_SM3, invalid};
use crate::certificate::{self, CHAIN_MAX, Certificate};
use crate::digest::Digest32;
use crate::sm2sig::SigningKey;
use der::asn1::BitString;
use kernel::{Error, Result, Timestamp};

/// Most bytes a seal signature may have.
pub(crate) const SIGNATURE_MAX: usize = SIZE_MAX + (CHAIN_MAX + 2) * certificate::SIZE_MAX;

/// A parsed seal signature. Not yet a trusted one.
#[derive(Clone, Debug)]
pub struct SealSignature {
    der: Vec<u8>,
    parts: asn::SealSignature,
    seal: Seal,
    chain: Vec<Certificate>,
    digest: Digest32,
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
    if !seal.holders().contains(sealer) {
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
        seal: seal.signed.clone(),
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
    })
}

impl SealSignature {
    /// Reads DER. Errors: `proof.seal.form`, and those of [`Certificate::parse`].
    pub fn parse(der: &[u8]) -> Result<SealSignature> {
        let parts: asn::SealSignature = asn1::decode(der, SIGNATURE_MAX, CODE)?;
        if parts.to_sign.version != VERSION || parts.algorithm != SM2_WITH_SM3 {
            return Err(Error::invalid(CODE).detail("version or algorithm"));
        }
        let digest = parts
            .to_sign
            .digest
            .as_bytes()
            .and_then(|bytes| Digest32::try_from(bytes).ok())
            .ok_or_else(|| Error::invalid(CODE).detail("digest"))?;
        let seal = Seal::of(parts.to_sign.seal.clone())?;
        let mut chain = vec![Certificate::parse(parts.certificate.as_bytes())?];
        chain.extend(chain_of(parts.to_sign.extensions.as_deref())?);
        Ok(SealSignature { der: der.to_vec(), parts, seal, chain, digest })
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
        self.parts.to_sign.property.as_str()
    }

    /// When the seal was put, as the sealer claims, to the second.
    pub fn signed_at(&self) -> Timestamp {
        asn1::instant(self.parts.to_sign.signed_at.to_unix_duration())
    }

    /// Checks the sealer's signature and that the seal lists the sealer. Errors:
    /// `proof.seal.holder`, `proof.seal.signature`.
    pub fn verify_signature(&self) -> Result<()> {
        if !self.seal.holders().contains(self.certificate()) {
            return Err(Error::invalid("proof.seal.holder"));
        }
        let bits = self.parts.signature.as_bytes().unwrap_or(&[]);
        self.certificate()
            .sm2_key()?
            .verify(&asn1::encode(&self.parts.to_sign)?, bits)
            .map_err(|e| Error::invalid("proof.seal.signature").detail(e))
    }
}
