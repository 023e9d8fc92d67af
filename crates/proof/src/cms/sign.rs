//! Making signed data.
//!
//! Invariant: what is made parses. Must not know: who is trusted.

use super::{CODE, Content, SIGNERS_MAX, SignedData, asn, certificate_hash};
use crate::asn1::{self, AlgorithmId, invalid};
use crate::certificate::asn::Time;
use crate::certificate::{CHAIN_MAX, Certificate, time};
use crate::hash::Hash;
use crate::key::{Algorithm, Signer};
use der::asn1::{Any, ObjectIdentifier, OctetString, SetOfVec, Uint};
use der::{DerOrd, Encode};
use kernel::{Error, Result, Timestamp};

/// One who signs.
#[derive(Clone, Copy)]
pub struct Signing<'a> {
    /// The key.
    pub key: &'a dyn Signer,
    /// Its certificate and those that lead from it towards an anchor.
    pub chain: &'a [Certificate],
    /// When, as the signer claims; `None` where another field says it.
    pub signed_at: Option<Timestamp>,
}

/// Signs data. All signers have SM2 keys, for GB/T 35275, or none has, for RFC 5652. Errors:
/// `proof.cms.form` for no signer or too many, `proof.cms.mixed`, `proof.certificate.usage`,
/// `proof.certificate.key`, `proof.certificate.chain_length`, `proof.time`.
pub fn sign(content: Content<'_>, signers: &[Signing<'_>]) -> Result<SignedData> {
    sign_as(None, content, signers)
}

/// As [`sign`], for content of another type than data.
pub(crate) fn sign_as(
    kind: Option<ObjectIdentifier>,
    content: Content<'_>,
    signers: &[Signing<'_>],
) -> Result<SignedData> {
    if signers.is_empty() || signers.len() > SIGNERS_MAX {
        return Err(Error::invalid(CODE).detail("number of signers"));
    }
    let gm = signers.iter().filter(|s| s.key.public().algorithm() == Algorithm::Sm2).count();
    if gm != 0 && gm != signers.len() {
        return Err(Error::invalid("proof.cms.mixed"));
    }
    let (outer, data) = match gm {
        0 => (asn::SIGNED_DATA, asn::DATA),
        _ => (asn::GM_SIGNED_DATA, asn::GM_DATA),
    };
    let content_type = kind.unwrap_or(data);
    let mut certificates = SetOfVec::new();
    let mut infos = SetOfVec::new();
    let mut digests = SetOfVec::new();
    for signing in signers {
        insert(&mut digests, Hash::of_algorithm(signing.key.public().algorithm()).id())?;
        insert(&mut infos, signer_info(signing, content_type, content.bytes())?)?;
        for certificate in signing.chain {
            insert(
                &mut certificates,
                asn1::decode(certificate.der(), super::CERTIFICATE_MAX, CODE)?,
            )?;
        }
    }
    let inside = match content {
        Content::Attached(bytes) => Some(OctetString::new(bytes).map_err(invalid)?),
        Content::Detached(_) => None,
    };
    let signed = asn::SignedData {
        // RFC 5652 §5.1: 3 for content that is not plain data.
        version: if content_type == data { 1 } else { 3 },
        digests,
        content: asn::Encapsulated { kind: content_type, content: inside },
        certificates: Some(certificates),
        lists: None,
        signers: infos,
    };
    SignedData::parse(&asn1::encode(&asn::ContentInfo { kind: outer, content: signed })?)
}

fn signer_info(
    signing: &Signing<'_>,
    content_type: ObjectIdentifier,
    content: &[u8],
) -> Result<asn::SignerInfo> {
    let usage = || Error::invalid("proof.certificate.usage");
    let signer = signing.chain.first().ok_or_else(usage)?;
    if !signer.may_sign() {
        return Err(usage());
    }
    if signing.key.public() != *signer.public_key() {
        return Err(Error::invalid("proof.certificate.key"));
    }
    if signing.chain.len() > CHAIN_MAX {
        return Err(Error::invalid("proof.certificate.chain_length"));
    }
    let algorithm = signer.public_key().algorithm();
    let hash = Hash::of_algorithm(algorithm);
    let signed = attributes(signing, signer, content_type, &hash.digest(&[content]))?;
    let signature = signing.key.sign(&asn1::encode(&signed)?)?;
    Ok(asn::SignerInfo {
        version: 1,
        signer: asn::SignerId::Issuer(asn::IssuerAndSerial {
            issuer: asn1::decode(signer.issuer_der(), super::CERTIFICATE_MAX, CODE)?,
            serial: Uint::new(signer.serial()).map_err(invalid)?,
        }),
        digest: hash.id(),
        signed: Some(signed),
        algorithm: match algorithm {
            Algorithm::Sm2 => AlgorithmId::bare(asn::SM2_SIGN),
            other => other.id(),
        },
        signature: OctetString::new(signature).map_err(invalid)?,
        unsigned: None,
    })
}

fn attributes(
    signing: &Signing<'_>,
    signer: &Certificate,
    content_type: ObjectIdentifier,
    digest: &[u8],
) -> Result<SetOfVec<asn::Attribute>> {
    let (named, hash) = certificate_hash(signer, signer.public_key().algorithm());
    let certificate = asn::SigningCertificate {
        certificates: vec![asn::CertificateHash {
            digest: named,
            hash: OctetString::new(hash).map_err(invalid)?,
            issuer: None,
        }],
        policies: None,
    };
    let digest = OctetString::new(digest).map_err(invalid)?;
    let mut set = SetOfVec::new();
    insert(&mut set, attribute(asn::CONTENT_TYPE, &content_type)?)?;
    insert(&mut set, attribute(asn::MESSAGE_DIGEST, &digest)?)?;
    insert(&mut set, attribute(asn::SIGNING_CERTIFICATE, &certificate)?)?;
    if let Some(at) = signing.signed_at {
        let at: Time = time(at)?;
        insert(&mut set, attribute(asn::SIGNING_TIME, &at)?)?;
    }
    Ok(set)
}

fn attribute<T: Encode>(oid: ObjectIdentifier, value: &T) -> Result<asn::Attribute> {
    let any: Any = asn1::decode(&asn1::encode(value)?, super::SIZE_MAX, CODE)?;
    let mut values = SetOfVec::new();
    values.insert(any).map_err(invalid)?;
    Ok(asn::Attribute { oid, values })
}

/// Adds to a set what may be there already.
fn insert<T: DerOrd + Clone + PartialEq>(set: &mut SetOfVec<T>, value: T) -> Result<()> {
    if set.iter().any(|held| *held == value) {
        return Ok(());
    }
    set.insert(value).map_err(invalid)
}

/// The signed data with a time stamp over the signature of its only signer.
pub(crate) fn stamped(signed: &SignedData, token: &[u8]) -> Result<SignedData> {
    let mut data = signed.data.clone();
    let mut signers = SetOfVec::new();
    let [signer] = data.signers.as_slice() else {
        return Err(Error::invalid(CODE).detail("number of signers"));
    };
    let token: Any = asn1::decode(token, super::SIZE_MAX, CODE)?;
    let mut signer = signer.clone();
    let mut unsigned = SetOfVec::new();
    insert(&mut unsigned, attribute(asn::SIGNATURE_STAMP, &token)?)?;
    signer.unsigned = Some(unsigned);
    insert(&mut signers, signer)?;
    data.signers = signers;
    SignedData::parse(&asn1::encode(&asn::ContentInfo { kind: asn::SIGNED_DATA, content: data })?)
}
