//! Requests for certificates (PKCS #10, RFC 2986): a name and a key, signed with that key.
//!
//! Invariants: what parses is strict DER and its signature holds, so that who asks has the private
//! key; asked-for extensions are not taken over, for what a certificate allows is the issuer's
//! decision.
//! Must not know: who may have which certificate.

use super::issue::name_of;
use super::{SIZE_MAX, Subject, asn, subject_of};
use crate::asn1::{self, AlgorithmId, KeyInfo, invalid};
use crate::key::{Algorithm, PublicKey, Signer};
use der::asn1::{Any, BitString, ObjectIdentifier, SetOfVec};
use der::pem::LineEnding;
use der::{Sequence, ValueOrd};
use kernel::{Error, Result};

const CODE: &str = "proof.request.form";
const PEM_LABEL: &str = "CERTIFICATE REQUEST";

/// A request whose signature holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SigningRequest {
    der: Vec<u8>,
    subject: Subject,
    key: PublicKey,
}

#[derive(Clone, Debug, PartialEq, Eq, Sequence)]
struct Signed {
    info: Info,
    algorithm: AlgorithmId,
    signature: BitString,
}

#[derive(Clone, Debug, PartialEq, Eq, Sequence)]
struct Info {
    version: u8,
    subject: asn::Name,
    key_info: KeyInfo,
    #[asn1(context_specific = "0", tag_mode = "IMPLICIT")]
    attributes: SetOfVec<Attribute>,
}

#[derive(Clone, Debug, PartialEq, Eq, Sequence, ValueOrd)]
struct Attribute {
    oid: ObjectIdentifier,
    values: SetOfVec<Any>,
}

impl SigningRequest {
    /// Asks for a certificate of the signer's key. Errors: `proof.certificate.request` for a wrong
    /// name.
    pub fn make(subject: &Subject, signer: &dyn Signer) -> Result<SigningRequest> {
        let key = signer.public();
        let info = Info {
            version: 0,
            subject: name_of(subject)?,
            key_info: key.info()?,
            attributes: SetOfVec::new(),
        };
        let signature = signer.sign(&asn1::encode(&info)?)?;
        let signature = BitString::from_bytes(&signature).map_err(invalid)?;
        let der = asn1::encode(&Signed { info, algorithm: key.algorithm().id(), signature })?;
        SigningRequest::parse(&der)
    }

    /// Reads DER. Errors: `proof.request.form`, `proof.request.signature` when who asks has not
    /// shown the private key, `proof.key.algorithm`, `proof.key.point`.
    pub fn parse(der: &[u8]) -> Result<SigningRequest> {
        let signed: Signed = asn1::decode(der, SIZE_MAX, CODE)?;
        let key = PublicKey::of(&signed.info.key_info)?;
        let algorithm = Algorithm::of(&signed.algorithm, CODE)?;
        if signed.info.version != 0 || algorithm != key.algorithm() {
            return Err(Error::invalid(CODE).detail("version or algorithm"));
        }
        key.verify(&asn1::encode(&signed.info)?, asn1::whole(&signed.signature, CODE)?)
            .map_err(|e| Error::invalid("proof.request.signature").detail(e))?;
        Ok(SigningRequest { der: der.to_vec(), subject: subject_of(&signed.info.subject)?, key })
    }

    /// Reads one PEM block. Errors: as [`SigningRequest::parse`].
    pub fn from_pem(pem: &str) -> Result<SigningRequest> {
        if pem.len() > 2 * SIZE_MAX {
            return Err(Error::invalid(CODE).detail("too large"));
        }
        let (label, der) = der::pem::decode_vec(pem.trim_ascii_start().as_bytes())
            .map_err(|e| Error::invalid(CODE).detail(e))?;
        if label != PEM_LABEL {
            return Err(Error::invalid(CODE).detail("PEM label"));
        }
        SigningRequest::parse(&der)
    }

    /// The request as a PEM block.
    pub fn to_pem(&self) -> Result<String> {
        der::pem::encode_string(PEM_LABEL, LineEnding::LF, &self.der)
            .map_err(|e| Error::internal(format!("request to PEM: {e}")))
    }

    /// The DER bytes.
    pub fn der(&self) -> &[u8] {
        &self.der
    }

    /// The name asked for.
    pub fn subject(&self) -> &Subject {
        &self.subject
    }

    /// The key to be certified.
    pub fn key(&self) -> &PublicKey {
        &self.key
    }
}
