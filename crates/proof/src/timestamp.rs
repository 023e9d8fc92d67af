//! Time stamps (RFC 3161, GB/T 20520): asked for, made and checked; that a digest was known to an
//! authority at an instant.
//!
//! Invariants: a token has one signer, whose certificate is for time stamps alone and is named
//! inside the signature; a token answers one request: digest, nonce and policy agree; whole
//! seconds are read, a token with fractions is refused.
//! Must not know: what was digested, the clock.

use crate::asn1::{self, AlgorithmId, invalid};
use crate::certificate::{Certificate, Purpose, path};
use crate::cms::{Content, SignedData, Signing, sign_as};
use crate::hash::Hash;
use crate::key::Signer;
use der::Sequence;
use der::asn1::{Any, BitString, GeneralizedTime, ObjectIdentifier, OctetString, Uint};
use kernel::{Error, Result, Timestamp};

/// Most bytes a request, an answer or a token may have.
pub const SIZE_MAX: usize = 256 << 10;
/// Longest nonce.
const NONCE_MAX: usize = 64;
const CODE: &str = "proof.timestamp.form";
const TST_INFO: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.9.16.1.4");

/// What is to be stamped.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Request {
    /// The digest's algorithm.
    pub hash: Hash,
    /// The digest.
    pub digest: Vec<u8>,
    /// The policy wanted, in dots; any when `None`.
    pub policy: Option<String>,
    /// What must come back.
    pub nonce: Option<Vec<u8>>,
    /// True when the authority's certificate is wanted in the token.
    pub certificate: bool,
}

/// A parsed token. Not yet a trusted one: that is [`Token::verify`].
#[derive(Clone, Debug)]
pub struct Token {
    signed: SignedData,
    info: TstInfo,
}

/// An authority that stamps.
#[derive(Clone, Copy)]
pub struct Authority<'a> {
    /// The key.
    pub key: &'a dyn Signer,
    /// Its certificate, for time stamps alone, and those above it.
    pub chain: &'a [Certificate],
    /// The policy it stamps under, in dots.
    pub policy: &'a str,
}

/// Why an authority declines (RFC 3161 §2.4.2).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// The digest's algorithm is not known.
    BadAlgorithm,
    /// The request cannot be read.
    BadFormat,
    /// The authority's clock cannot be trusted now.
    NoTime,
    /// The policy is not one of the authority's.
    BadPolicy,
}

#[derive(Clone, Debug, PartialEq, Eq, Sequence)]
struct Imprint {
    algorithm: AlgorithmId,
    digest: OctetString,
}

#[derive(Clone, Debug, PartialEq, Eq, Sequence)]
struct TimeStampReq {
    version: u8,
    imprint: Imprint,
    policy: Option<ObjectIdentifier>,
    nonce: Option<Uint>,
    #[asn1(default = "Default::default")]
    certificate: bool,
    #[asn1(context_specific = "0", tag_mode = "IMPLICIT", optional = "true")]
    extensions: Option<Vec<crate::certificate::asn::Extension>>,
}

#[derive(Clone, Debug, PartialEq, Eq, Sequence)]
struct TimeStampResp {
    status: StatusInfo,
    token: Option<Any>,
}

#[derive(Clone, Debug, PartialEq, Eq, Sequence)]
struct StatusInfo {
    status: u8,
    words: Option<Vec<String>>,
    failure: Option<BitString>,
}

#[derive(Clone, Debug, PartialEq, Eq, Sequence)]
struct TstInfo {
    version: u8,
    policy: ObjectIdentifier,
    imprint: Imprint,
    serial: Uint,
    at: GeneralizedTime,
    accuracy: Option<Accuracy>,
    #[asn1(default = "Default::default")]
    ordering: bool,
    nonce: Option<Uint>,
    #[asn1(context_specific = "0", tag_mode = "EXPLICIT", optional = "true")]
    authority: Option<Any>,
    #[asn1(context_specific = "1", tag_mode = "IMPLICIT", optional = "true")]
    extensions: Option<Vec<crate::certificate::asn::Extension>>,
}

#[derive(Clone, Debug, PartialEq, Eq, Sequence)]
struct Accuracy {
    seconds: Option<u32>,
    #[asn1(context_specific = "0", tag_mode = "IMPLICIT", optional = "true")]
    millis: Option<u16>,
    #[asn1(context_specific = "1", tag_mode = "IMPLICIT", optional = "true")]
    micros: Option<u16>,
}

impl Request {
    /// Reads DER. Errors: `proof.timestamp.form`, `proof.timestamp.algorithm` for a digest that is
    /// not known.
    pub fn parse(der: &[u8]) -> Result<Request> {
        let wrong = |why| Error::invalid(CODE).detail(why);
        let request: TimeStampReq = asn1::decode(der, SIZE_MAX, CODE)?;
        if request.version != 1 || request.extensions.is_some() {
            return Err(wrong("version or extensions"));
        }
        let hash = Hash::of(&request.imprint.algorithm, "proof.timestamp.algorithm")?;
        let digest = request.imprint.digest.as_bytes().to_vec();
        let nonce = request.nonce.map(|nonce| nonce.as_bytes().to_vec());
        let read = Request {
            hash,
            digest,
            policy: request.policy.map(|oid| oid.to_string()),
            nonce,
            certificate: request.certificate,
        };
        read.check()?;
        Ok(read)
    }

    fn check(&self) -> Result<()> {
        let nonce = self.nonce.as_ref().is_none_or(|nonce| nonce.len() <= NONCE_MAX);
        if self.digest.len() != self.hash.length() || !nonce {
            return Err(Error::invalid(CODE).detail("length of digest or nonce"));
        }
        Ok(())
    }

    /// The DER bytes. Errors: `proof.timestamp.form` for a digest of the wrong length or a policy
    /// that is no identifier.
    pub fn to_der(&self) -> Result<Vec<u8>> {
        self.check()?;
        asn1::encode(&TimeStampReq {
            version: 1,
            imprint: self.imprint()?,
            policy: self.policy.as_deref().map(identifier).transpose()?,
            nonce: self.number()?,
            certificate: self.certificate,
            extensions: None,
        })
    }

    fn imprint(&self) -> Result<Imprint> {
        let digest = OctetString::new(self.digest.as_slice()).map_err(invalid)?;
        Ok(Imprint { algorithm: self.hash.id(), digest })
    }

    fn number(&self) -> Result<Option<Uint>> {
        self.nonce.as_deref().map(|nonce| Uint::new(nonce).map_err(invalid)).transpose()
    }

    /// Stamps: the DER of an answer. `serial` is new for every token of the authority. Errors:
    /// `proof.timestamp.policy` for another policy than the authority's,
    /// `proof.timestamp.authority` when its certificate is not for time stamps alone, and those of
    /// [`crate::cms::sign`].
    pub fn stamp(&self, by: &Authority<'_>, serial: u64, at: Timestamp) -> Result<Vec<u8>> {
        self.check()?;
        if self.policy.as_deref().is_some_and(|wanted| wanted != by.policy) {
            return Err(Error::invalid("proof.timestamp.policy"));
        }
        if !by.chain.first().is_some_and(|c| c.is_only_for(Purpose::TimeStamping)) {
            return Err(Error::invalid("proof.timestamp.authority"));
        }
        let info = TstInfo {
            version: 1,
            policy: identifier(by.policy)?,
            imprint: self.imprint()?,
            serial: Uint::new(&serial.to_be_bytes()).map_err(invalid)?,
            at: asn1::generalized(at)?,
            accuracy: Some(Accuracy { seconds: Some(1), millis: None, micros: None }),
            ordering: false,
            nonce: self.number()?,
            authority: None,
            extensions: None,
        };
        let signing = Signing { key: by.key, chain: by.chain, signed_at: None };
        let content = asn1::encode(&info)?;
        let signed = sign_as(Some(TST_INFO), Content::Attached(&content), &[signing])?;
        let token: Any = asn1::decode(signed.der(), SIZE_MAX, CODE)?;
        let status = StatusInfo { status: 0, words: None, failure: None };
        asn1::encode(&TimeStampResp { status, token: Some(token) })
    }
}

impl Refusal {
    /// The DER of an answer that declines.
    pub fn to_der(self) -> Result<Vec<u8>> {
        let bit: usize = match self {
            Refusal::BadAlgorithm => 0,
            Refusal::BadFormat => 5,
            Refusal::NoTime => 14,
            Refusal::BadPolicy => 15,
        };
        let mut bytes = vec![0_u8; bit / 8 + 1];
        if let Some(last) = bytes.last_mut() {
            *last = 0x80 >> (bit % 8);
        }
        let failure = BitString::new(7 - (bit % 8) as u8, bytes).map_err(invalid)?;
        let status = StatusInfo { status: 2, words: None, failure: Some(failure) };
        asn1::encode(&TimeStampResp { status, token: None })
    }
}

impl Token {
    /// Reads the DER of an answer. Errors: `proof.timestamp.refused` when the authority declined,
    /// and those of [`Token::parse`].
    pub fn from_answer(der: &[u8]) -> Result<Token> {
        let answer: TimeStampResp = asn1::decode(der, SIZE_MAX, CODE)?;
        match (answer.status.status, answer.token) {
            // Granted, or granted with changes, which the checks below find.
            (0 | 1, Some(token)) => Token::parse(&asn1::encode(&token)?),
            (0 | 1, None) => Err(Error::invalid(CODE).detail("no token")),
            _ => Err(Error::invalid("proof.timestamp.refused")),
        }
    }

    /// Reads the DER of a token. Errors: `proof.timestamp.form`, and those of
    /// [`SignedData::parse`].
    pub fn parse(der: &[u8]) -> Result<Token> {
        if der.len() > SIZE_MAX {
            return Err(Error::invalid(CODE).detail("too large"));
        }
        let signed = SignedData::parse(der)?;
        let wrong = |why| Error::invalid(CODE).detail(why);
        if signed.content_type() != TST_INFO || signed.signers() != 1 {
            return Err(wrong("content type or signers"));
        }
        let content = signed.content().ok_or_else(|| wrong("no content"))?;
        let info: TstInfo = asn1::decode(content, SIZE_MAX, CODE)?;
        let critical = info.extensions.iter().flatten().any(|extension| extension.critical);
        if info.version != 1 || critical {
            return Err(wrong("version or critical extension"));
        }
        Ok(Token { signed, info })
    }

    /// The DER bytes.
    pub fn der(&self) -> &[u8] {
        self.signed.der()
    }

    /// The instant, to the second.
    pub fn at(&self) -> Timestamp {
        asn1::instant(self.info.at.to_unix_duration())
    }

    /// The policy, in dots.
    pub fn policy(&self) -> String {
        self.info.policy.to_string()
    }

    /// The token's number at its authority, big-endian.
    pub fn serial(&self) -> &[u8] {
        self.info.serial.as_bytes()
    }

    /// The digest's algorithm. Errors: `proof.timestamp.algorithm`.
    pub fn hash(&self) -> Result<Hash> {
        Hash::of(&self.info.imprint.algorithm, "proof.timestamp.algorithm")
    }

    /// Checks that the token answers the request, and that its authority may stamp and leads to an
    /// anchor at the token's instant. Errors: `proof.timestamp.imprint`, `proof.timestamp.nonce`,
    /// `proof.timestamp.policy`, `proof.timestamp.authority`, and those of
    /// [`SignedData::verify`].
    pub fn verify(&self, request: &Request, anchors: &[Certificate]) -> Result<()> {
        let nonce = self.info.nonce.as_ref().map(|nonce| nonce.as_bytes());
        if request.nonce.is_some() && trimmed(request.nonce.as_deref()) != nonce {
            return Err(Error::invalid("proof.timestamp.nonce"));
        }
        if request.policy.as_deref().is_some_and(|wanted| wanted != self.policy()) {
            return Err(Error::invalid("proof.timestamp.policy"));
        }
        if self.hash()? != request.hash {
            return Err(Error::invalid("proof.timestamp.imprint"));
        }
        self.verify_digest(&request.digest, anchors)
    }

    /// Checks that the token is its authority's and stamps these bytes, whoever the authority is.
    /// Errors: as [`Token::verify`], trust aside.
    pub(crate) fn intact(&self, stamped: &[u8]) -> Result<()> {
        if self.info.imprint.digest.as_bytes() != self.hash()?.digest(&[stamped]) {
            return Err(Error::invalid("proof.timestamp.imprint"));
        }
        self.signed.verify_parts(None)
    }

    /// Refuses what its authority does not protect. Errors: `proof.cms.unprotected`.
    pub(crate) fn bears_nothing_more(&self) -> Result<()> {
        self.signed.bears_nothing_more(false)
    }

    /// Checks that the token stamps the digest, and its authority as [`Token::verify`] does.
    pub fn verify_digest(&self, digest: &[u8], anchors: &[Certificate]) -> Result<()> {
        if self.info.imprint.digest.as_bytes() != digest || self.hash()?.length() != digest.len() {
            return Err(Error::invalid("proof.timestamp.imprint"));
        }
        let by = self.signed.verify(None, anchors, self.at())?;
        let authority = || Error::invalid("proof.timestamp.authority");
        let signer = by.first().ok_or_else(authority)?;
        let path = path(&signer.path, anchors, self.at())?;
        let alone = path.first().is_some_and(|c| c.is_only_for(Purpose::TimeStamping));
        if !alone || !self.signed.names_certificates() {
            return Err(authority());
        }
        Ok(())
    }
}

fn identifier(text: &str) -> Result<ObjectIdentifier> {
    ObjectIdentifier::new(text).map_err(|e| Error::invalid(CODE).detail(e))
}

/// A nonce as an integer is written: without zeros in front.
fn trimmed(nonce: Option<&[u8]>) -> Option<&[u8]> {
    nonce.map(|nonce| {
        let zeros = nonce.iter().take_while(|byte| **byte == 0).count();
        &nonce[zeros.min(nonce.len().saturating_sub(1))..]
    })
}
