//! Signed data: CMS (RFC 5652) with ECDSA and Ed25519 (RFC 5754, RFC 8419), and its like with SM2
//! (GB/T 35275), attached or detached, by one or several signers.
//!
//! Invariants: strict DER; the kind, the digest and the algorithm of each signer agree with its
//! certificate's key; content type, digest and the signer's certificate lie inside the signature
//! (RFC 5035); data without signed attributes is read only where nobody could take attributes for
//! data; every count is bounded.
//! Must not know: what the content says, who is trusted.

mod asn;
mod sign;
mod verify;

pub use sign::{Signing, sign};
pub(crate) use sign::{sign_as, stamped};
pub use verify::Verified;

use crate::asn1::{self, AlgorithmId};
use crate::certificate::{self, Certificate};
use crate::hash::Hash;
use crate::key::Algorithm;
use der::asn1::ObjectIdentifier;
use kernel::{Error, Result};

/// Most bytes signed data may have, its content included.
pub const SIZE_MAX: usize = 64 << 20;
/// Most signers.
pub const SIGNERS_MAX: usize = 16;
/// Most certificates sent along.
pub const CERTIFICATES_MAX: usize = 32;
/// Most attributes of one signer.
const ATTRIBUTES_MAX: usize = 16;

const CODE: &str = "proof.cms.form";

/// What is signed, and whether it travels inside.
#[derive(Clone, Copy, Debug)]
pub enum Content<'a> {
    /// Inside the signed data.
    Attached(&'a [u8]),
    /// Beside it.
    Detached(&'a [u8]),
}

impl<'a> Content<'a> {
    fn bytes(self) -> &'a [u8] {
        match self {
            Content::Attached(bytes) | Content::Detached(bytes) => bytes,
        }
    }
}

/// Parsed signed data. Not yet trusted: that is [`SignedData::verify`].
#[derive(Clone, Debug)]
pub struct SignedData {
    der: Vec<u8>,
    data: asn::SignedData,
    certificates: Vec<Certificate>,
}

impl SignedData {
    /// Reads DER. Errors: `proof.cms.form` for what is not signed data, has no signer or too much
    /// of anything, and those of [`Certificate::parse`].
    pub fn parse(der: &[u8]) -> Result<SignedData> {
        let wrong = |why| Error::invalid(CODE).detail(why);
        let info: asn::ContentInfo = asn1::decode(der, SIZE_MAX, CODE)?;
        let data = info.content;
        let gm = match info.kind {
            kind if kind == asn::SIGNED_DATA => false,
            kind if kind == asn::GM_SIGNED_DATA => true,
            _ => return Err(wrong("content type")),
        };
        if data.signers.is_empty() || data.signers.len() > SIGNERS_MAX {
            return Err(wrong("number of signers"));
        }
        let many = |set: &Option<der::asn1::SetOfVec<asn::Attribute>>| {
            set.as_ref().is_some_and(|set| set.is_empty() || set.len() > ATTRIBUTES_MAX)
        };
        if data.signers.iter().any(|signer| many(&signer.signed) || many(&signer.unsigned)) {
            return Err(wrong("number of attributes"));
        }
        let mut by_key = false;
        for signer in data.signers.iter() {
            let named = matches!(signer.signer, asn::SignerId::Key(_));
            by_key |= named;
            let version = if named { 3 } else { 1 };
            if (algorithm_of(signer)? == Algorithm::Sm2) != gm || signer.version != version {
                return Err(wrong("algorithm or version"));
            }
        }
        check_head(&data, gm, by_key)?;
        let sent = data.certificates.as_ref().map_or(&[][..], |set| set.as_slice());
        if sent.len() > CERTIFICATES_MAX {
            return Err(wrong("number of certificates"));
        }
        let certificates = sent
            .iter()
            .map(|any| Certificate::parse(&asn1::encode(any)?))
            .collect::<Result<Vec<_>>>()?;
        Ok(SignedData { der: der.to_vec(), data, certificates })
    }

    /// The DER bytes.
    pub fn der(&self) -> &[u8] {
        &self.der
    }

    /// The content, when it is inside.
    pub fn content(&self) -> Option<&[u8]> {
        self.data.content.content.as_ref().map(|octets| octets.as_bytes())
    }

    /// Signers it has.
    pub fn signers(&self) -> usize {
        self.data.signers.len()
    }

    /// The certificates sent along, in the order of their encoding.
    pub fn certificates(&self) -> &[Certificate] {
        &self.certificates
    }

    /// The type of the content.
    pub(crate) fn content_type(&self) -> ObjectIdentifier {
        self.data.content.kind
    }

    /// The signature of a signer, and the time stamp over it when there is one. Errors:
    /// `proof.cms.form` for more than one time stamp.
    pub fn signature_stamp(&self, signer: usize) -> Result<Option<(&[u8], Vec<u8>)>> {
        let Some(signer) = self.data.signers.get(signer) else { return Ok(None) };
        let found = attribute(signer.unsigned.as_ref(), asn::SIGNATURE_STAMP)?;
        found.map(|token| Ok((signer.signature.as_bytes(), asn1::encode(token)?))).transpose()
    }

    /// The bytes of a signer's signature.
    pub fn signature(&self, signer: usize) -> Option<&[u8]> {
        self.data.signers.get(signer).map(|signer| signer.signature.as_bytes())
    }
}

/// Checks what stands outside all signatures: the version is the one RFC 5652 §5.1 derives (GB/T
/// 35275 always writes 1), and the digests are those of the signers.
fn check_head(data: &asn::SignedData, gm: bool, by_key: bool) -> Result<()> {
    let plain = data.content.kind == if gm { asn::GM_DATA } else { asn::DATA };
    let version = if plain && !by_key { 1 } else { 3 };
    let used = |id: &AlgorithmId| data.signers.iter().any(|signer| signer.digest.oid == id.oid);
    let named =
        |signer: &asn::SignerInfo| data.digests.iter().any(|id| id.oid == signer.digest.oid);
    let digests =
        data.digests.iter().all(|id| used(id) && id.is_bare()) && data.signers.iter().all(named);
    if !digests || (data.version != version && !(gm && data.version == 1)) {
        return Err(Error::invalid(CODE).detail("version or digests"));
    }
    Ok(())
}

/// The algorithm a signer states. Errors: `proof.cms.algorithm`.
fn algorithm_of(signer: &asn::SignerInfo) -> Result<Algorithm> {
    const UNKNOWN: &str = "proof.cms.algorithm";
    let named = if signer.algorithm.oid == asn::SM2_SIGN && signer.algorithm.is_bare() {
        Algorithm::Sm2
    } else {
        Algorithm::of(&signer.algorithm, UNKNOWN)?
    };
    if Hash::of(&signer.digest, UNKNOWN)? != Hash::of_algorithm(named) {
        return Err(Error::invalid(UNKNOWN).arg("oid", signer.digest.oid));
    }
    Ok(named)
}

/// The one value of an attribute. Errors: `proof.cms.form` when it is there twice or has not one
/// value.
fn attribute(
    set: Option<&der::asn1::SetOfVec<asn::Attribute>>,
    oid: ObjectIdentifier,
) -> Result<Option<&der::asn1::Any>> {
    let mut found = set.into_iter().flat_map(|set| set.iter()).filter(|one| one.oid == oid);
    let Some(one) = found.next() else { return Ok(None) };
    match (one.values.as_slice(), found.next()) {
        ([value], None) => Ok(Some(value)),
        _ => Err(Error::invalid(CODE).detail("attribute twice")),
    }
}

/// The digest of a certificate as the attribute of its signer has it.
fn certificate_hash(
    certificate: &Certificate,
    algorithm: Algorithm,
) -> (Option<AlgorithmId>, Vec<u8>) {
    // RFC 5035: SHA-256 is not named.
    match algorithm {
        Algorithm::Sm2 => (Some(Hash::Sm3.id()), Hash::Sm3.digest(&[certificate.der()])),
        _ => (None, Hash::Sha256.digest(&[certificate.der()])),
    }
}

const CERTIFICATE_MAX: usize = certificate::SIZE_MAX;
