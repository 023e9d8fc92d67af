//! Whether a certificate stands, asked and answered (OCSP, RFC 6960), so that an answer can be
//! stapled to what it is about.
//!
//! Invariants: an answer is by the issuer of the certificates it is about, or by one whom that very
//! issuer certified for answering; a nonce that was asked with must come back; what is not answered
//! is an error, never a good certificate. A question is bounded in the certificates it names.
//! Must not know: who asks, where revocations are kept.

use super::revocation::{Reason, fresh, revoked};
use super::{Certificate, Purpose, asn, verify_chain_for};
use crate::asn1::{self, AlgorithmId, invalid};
use crate::digest::sm3;
use crate::key::{Algorithm, Signer};
use der::asn1::{Any, BitString, GeneralizedTime, Null, ObjectIdentifier, OctetString, Uint};
use der::{Choice, Enumerated, Sequence};
use kernel::{Error, Result, Timestamp};
use sha1::Digest;

/// Most bytes a question or an answer may have.
pub const SIZE_MAX: usize = 128 << 10;
/// Most certificates one question may name.
pub const ASKED_MAX: usize = 32;
/// Longest nonce (RFC 9654).
const NONCE_MAX: usize = 128;

const CODE: &str = "proof.revocation.form";
const BASIC: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.6.1.5.5.7.48.1.1");
const NONCE: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.6.1.5.5.7.48.1.2");
const SHA1: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.14.3.2.26");
const SHA256: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.16.840.1.101.3.4.2.1");
const SM3: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.156.10197.1.401");

/// Whether a certificate stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    /// Not taken back.
    Good,
    /// Taken back.
    Revoked(Timestamp, Reason),
    /// The responder does not know it.
    Unknown,
}

/// Why no answer is given (RFC 6960 §2.3). Such a reply is not signed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Decline {
    /// What was asked is no question.
    Malformed,
    /// The responder is in trouble.
    InternalError,
    /// The responder cannot answer now.
    TryLater,
}

/// The reply that declines, in DER.
pub fn declined(why: Decline) -> Result<Vec<u8>> {
    let status = match why {
        Decline::Malformed => ResponseStatus::Malformed,
        Decline::InternalError => ResponseStatus::InternalError,
        Decline::TryLater => ResponseStatus::TryLater,
    };
    asn1::encode(&OcspResponse { status, bytes: None })
}

/// A question.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Question {
    asked: Vec<CertId>,
    nonce: Option<Vec<u8>>,
}

/// An answer. Not yet a trusted one: that is [`Answer::verify`].
#[derive(Clone, Debug)]
pub struct Answer {
    der: Vec<u8>,
    tbs: Vec<u8>,
    algorithm: Algorithm,
    signature: Vec<u8>,
    data: ResponseData,
    responders: Vec<Certificate>,
}

#[derive(Clone, Debug, PartialEq, Eq, Sequence)]
struct CertId {
    algorithm: AlgorithmId,
    name_hash: OctetString,
    key_hash: OctetString,
    serial: Uint,
}

#[derive(Clone, Debug, PartialEq, Eq, Sequence)]
struct OcspRequest {
    tbs: TbsRequest,
    #[asn1(context_specific = "0", tag_mode = "EXPLICIT", optional = "true")]
    signature: Option<Any>,
}

#[derive(Clone, Debug, PartialEq, Eq, Sequence)]
struct TbsRequest {
    #[asn1(context_specific = "0", tag_mode = "EXPLICIT", default = "Default::default")]
    version: u8,
    #[asn1(context_specific = "1", tag_mode = "EXPLICIT", optional = "true")]
    requestor: Option<Any>,
    list: Vec<Asked>,
    #[asn1(context_specific = "2", tag_mode = "EXPLICIT", optional = "true")]
    extensions: Option<Vec<asn::Extension>>,
}

#[derive(Clone, Debug, PartialEq, Eq, Sequence)]
struct Asked {
    id: CertId,
    #[asn1(context_specific = "0", tag_mode = "EXPLICIT", optional = "true")]
    extensions: Option<Vec<asn::Extension>>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Enumerated)]
#[repr(u8)]
enum ResponseStatus {
    Successful = 0,
    Malformed = 1,
    InternalError = 2,
    TryLater = 3,
    SignatureRequired = 5,
    Unauthorized = 6,
}

#[derive(Clone, Debug, PartialEq, Eq, Sequence)]
struct OcspResponse {
    status: ResponseStatus,
    #[asn1(context_specific = "0", tag_mode = "EXPLICIT", optional = "true")]
    bytes: Option<ResponseBytes>,
}

#[derive(Clone, Debug, PartialEq, Eq, Sequence)]
struct ResponseBytes {
    kind: ObjectIdentifier,
    response: OctetString,
}

#[derive(Clone, Debug, PartialEq, Eq, Sequence)]
struct BasicResponse {
    data: ResponseData,
    algorithm: AlgorithmId,
    signature: BitString,
    #[asn1(context_specific = "0", tag_mode = "EXPLICIT", optional = "true")]
    certificates: Option<Vec<Any>>,
}

#[derive(Clone, Debug, PartialEq, Eq, Sequence)]
struct ResponseData {
    #[asn1(context_specific = "0", tag_mode = "EXPLICIT", default = "Default::default")]
    version: u8,
    responder: ResponderId,
    produced_at: GeneralizedTime,
    responses: Vec<Single>,
    #[asn1(context_specific = "1", tag_mode = "EXPLICIT", optional = "true")]
    extensions: Option<Vec<asn::Extension>>,
}

#[derive(Clone, Debug, PartialEq, Eq, Choice)]
enum ResponderId {
    #[asn1(context_specific = "1", tag_mode = "EXPLICIT", constructed = "true")]
    Name(asn::Name),
    #[asn1(context_specific = "2", tag_mode = "EXPLICIT", constructed = "true")]
    Key(OctetString),
}

#[derive(Clone, Debug, PartialEq, Eq, Sequence)]
struct Single {
    id: CertId,
    status: CertStatus,
    this_update: GeneralizedTime,
    #[asn1(context_specific = "0", tag_mode = "EXPLICIT", optional = "true")]
    next_update: Option<GeneralizedTime>,
    #[asn1(context_specific = "1", tag_mode = "EXPLICIT", optional = "true")]
    extensions: Option<Vec<asn::Extension>>,
}

#[derive(Clone, Debug, PartialEq, Eq, Choice)]
enum CertStatus {
    #[asn1(context_specific = "0", tag_mode = "IMPLICIT")]
    Good(Null),
    #[asn1(context_specific = "1", tag_mode = "IMPLICIT", constructed = "true")]
    Revoked(RevokedInfo),
    #[asn1(context_specific = "2", tag_mode = "IMPLICIT")]
    Unknown(Null),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Sequence)]
struct RevokedInfo {
    since: GeneralizedTime,
    #[asn1(context_specific = "0", tag_mode = "EXPLICIT", optional = "true")]
    reason: Option<Reason>,
}

impl CertId {
    fn of(
        certificate: &Certificate,
        issuer: &Certificate,
        digest: ObjectIdentifier,
    ) -> Result<CertId> {
        let unknown = || Error::invalid(CODE).detail("digest");
        let name = hash(digest, issuer.subject_der()).ok_or_else(unknown)?;
        let key = hash(digest, &issuer.public_key().to_bytes()).ok_or_else(unknown)?;
        // SHA-1 and SHA-256 carry NULL by custom (RFC 3279 §2.1); both are read.
        let parameters = Some(Any::null());
        Ok(CertId {
            algorithm: AlgorithmId { oid: digest, parameters },
            name_hash: OctetString::new(name).map_err(invalid)?,
            key_hash: OctetString::new(key).map_err(invalid)?,
            serial: Uint::new(certificate.serial()).map_err(invalid)?,
        })
    }

    /// True when it is about the certificate, whatever digest it is written with.
    fn names(&self, certificate: &Certificate, issuer: &Certificate) -> bool {
        let name = hash(self.algorithm.oid, issuer.subject_der());
        let key = hash(self.algorithm.oid, &issuer.public_key().to_bytes());
        self.algorithm.is_bare()
            && name.as_deref() == Some(self.name_hash.as_bytes())
            && key.as_deref() == Some(self.key_hash.as_bytes())
            && self.serial.as_bytes() == certificate.serial()
            && certificate.issuer_der() == issuer.subject_der()
    }
}

impl Question {
    /// Asks about certificates of one issuer. Errors: `proof.revocation.form` for none, too many
    /// or too long a nonce.
    pub fn new(
        certificates: &[&Certificate],
        issuer: &Certificate,
        nonce: Option<&[u8]>,
    ) -> Result<Question> {
        let asked = certificates
            .iter()
            .map(|certificate| CertId::of(certificate, issuer, SHA256))
            .collect::<Result<Vec<_>>>()?;
        let question = Question { asked, nonce: nonce.map(Vec::from) };
        question.check()?;
        Ok(question)
    }

    fn check(&self) -> Result<()> {
        let asked = self.asked.len();
        let nonce = self.nonce.as_ref().is_none_or(|n| !n.is_empty() && n.len() <= NONCE_MAX);
        if asked == 0 || asked > ASKED_MAX || !nonce {
            return Err(Error::invalid(CODE).detail("number of certificates, or nonce"));
        }
        Ok(())
    }

    /// Reads DER. Errors: `proof.revocation.form`.
    pub fn parse(der: &[u8]) -> Result<Question> {
        let request: OcspRequest = asn1::decode(der, SIZE_MAX, CODE)?;
        let unknown = request
            .tbs
            .list
            .iter()
            .filter_map(|asked| asked.extensions.as_ref())
            .chain(request.tbs.extensions.as_ref())
            .flatten()
            .any(|extension| extension.critical && extension.oid != NONCE);
        if request.tbs.version != 0 || unknown {
            return Err(Error::invalid(CODE).detail("version or critical extension"));
        }
        let nonce = nonce_of(request.tbs.extensions.as_deref())?;
        let asked = request.tbs.list.into_iter().map(|asked| asked.id).collect();
        let question = Question { asked, nonce };
        question.check()?;
        Ok(question)
    }

    /// The DER bytes.
    pub fn to_der(&self) -> Result<Vec<u8>> {
        let list = self.asked.iter().map(|id| Asked { id: id.clone(), extensions: None }).collect();
        asn1::encode(&OcspRequest {
            tbs: TbsRequest {
                version: 0,
                requestor: None,
                list,
                extensions: nonce_extension(self.nonce.as_deref())?,
            },
            signature: None,
        })
    }

    /// Serial numbers asked about that are the issuer's, in order; `None` for another's.
    pub fn serials(&self, issuer: &Certificate) -> Vec<Option<Vec<u8>>> {
        let name = |id: &CertId| hash(id.algorithm.oid, issuer.subject_der());
        let key = |id: &CertId| hash(id.algorithm.oid, &issuer.public_key().to_bytes());
        self.asked
            .iter()
            .map(|id| {
                let ours = name(id).as_deref() == Some(id.name_hash.as_bytes())
                    && key(id).as_deref() == Some(id.key_hash.as_bytes());
                ours.then(|| id.serial.as_bytes().to_vec())
            })
            .collect()
    }

    /// Answers, one standing for each certificate asked about, in order. `responder` is the issuer
    /// itself or one it certified for answering. Errors: `proof.certificate.key`,
    /// `proof.revocation.form` when standings and questions do not pair.
    pub fn answer(
        &self,
        responder: &Certificate,
        key: &dyn Signer,
        standings: &[Standing],
        at: Timestamp,
        next_update: Timestamp,
    ) -> Result<Answer> {
        if key.public() != *responder.public_key() {
            return Err(Error::invalid("proof.certificate.key"));
        }
        if standings.len() != self.asked.len() || next_update <= at {
            return Err(Error::invalid(CODE).detail("standings"));
        }
        let single = |(id, standing): (&CertId, &Standing)| -> Result<Single> {
            Ok(Single {
                id: id.clone(),
                status: status_of(*standing)?,
                this_update: asn1::generalized(at)?,
                next_update: Some(asn1::generalized(next_update)?),
                extensions: None,
            })
        };
        let key_hash = hash(SHA1, &responder.public_key().to_bytes()).unwrap_or_default();
        let data = ResponseData {
            version: 0,
            responder: ResponderId::Key(OctetString::new(key_hash).map_err(invalid)?),
            produced_at: asn1::generalized(at)?,
            responses: self.asked.iter().zip(standings).map(single).collect::<Result<_>>()?,
            extensions: nonce_extension(self.nonce.as_deref())?,
        };
        let signature = key.sign(&asn1::encode(&data)?)?;
        let certificate: Any = asn1::decode(responder.der(), super::SIZE_MAX, CODE)?;
        let basic = BasicResponse {
            data,
            algorithm: key.public().algorithm().id(),
            signature: BitString::from_bytes(&signature).map_err(invalid)?,
            certificates: Some(vec![certificate]),
        };
        let response = OctetString::new(asn1::encode(&basic)?).map_err(invalid)?;
        Answer::parse(&asn1::encode(&OcspResponse {
            status: ResponseStatus::Successful,
            bytes: Some(ResponseBytes { kind: BASIC, response }),
        })?)
    }
}

impl Answer {
    /// Reads DER. Errors: `proof.revocation.form`, `proof.revocation.unanswered` when the
    /// responder declines.
    pub fn parse(der: &[u8]) -> Result<Answer> {
        let response: OcspResponse = asn1::decode(der, SIZE_MAX, CODE)?;
        let bytes = match (response.status, response.bytes) {
            (ResponseStatus::Successful, Some(bytes)) if bytes.kind == BASIC => bytes,
            (ResponseStatus::Successful, _) => return Err(Error::invalid(CODE).detail("kind")),
            (declined, _) => {
                return Err(
                    Error::invalid("proof.revocation.unanswered").detail(format!("{declined:?}"))
                );
            }
        };
        let basic: BasicResponse = asn1::decode(bytes.response.as_bytes(), SIZE_MAX, CODE)?;
        let critical = |list: &Option<Vec<asn::Extension>>| {
            list.iter().flatten().any(|e| e.critical && e.oid != NONCE)
        };
        let refused = basic.data.version != 0
            || critical(&basic.data.extensions)
            || basic.data.responses.iter().any(|single| critical(&single.extensions));
        if refused || basic.data.responses.len() > ASKED_MAX {
            return Err(Error::invalid(CODE).detail("version, size or critical extension"));
        }
        let certificates = basic.certificates.unwrap_or_default();
        if certificates.len() > super::CHAIN_MAX {
            return Err(Error::invalid("proof.certificate.chain_length"));
        }
        Ok(Answer {
            der: der.to_vec(),
            tbs: asn1::encode(&basic.data)?,
            algorithm: Algorithm::of(&basic.algorithm, CODE)?,
            signature: asn1::whole(&basic.signature, CODE)?.to_vec(),
            data: basic.data,
            responders: certificates
                .iter()
                .map(|any| Certificate::parse(&asn1::encode(any)?))
                .collect::<Result<_>>()?,
        })
    }

    /// The DER bytes.
    pub fn der(&self) -> &[u8] {
        &self.der
    }

    /// Checks that a certificate of the issuer stands at the instant, by this answer. `nonce` is
    /// the one asked with; `None` for a stapled answer. Errors: `proof.revocation.issuer` when the
    /// responder may not answer, `proof.revocation.signature`, `proof.revocation.nonce`,
    /// `proof.revocation.early`, `proof.revocation.stale`, `proof.revocation.unanswered`,
    /// `proof.revocation.revoked`.
    pub fn verify(
        &self,
        certificate: &Certificate,
        issuer: &Certificate,
        nonce: Option<&[u8]>,
        at: Timestamp,
    ) -> Result<()> {
        let responder = self.responder(issuer, at)?;
        let signature = || Error::invalid("proof.revocation.signature");
        if responder.public_key().algorithm() != self.algorithm {
            return Err(signature().detail("algorithm"));
        }
        responder.public_key().verify(&self.tbs, &self.signature).map_err(|_| signature())?;
        let returned = nonce_of(self.data.extensions.as_deref())?;
        if nonce.is_some_and(|asked| returned.as_deref() != Some(asked)) {
            return Err(Error::invalid("proof.revocation.nonce"));
        }
        let unanswered = || Error::invalid("proof.revocation.unanswered");
        let mut about =
            self.data.responses.iter().filter(|single| single.id.names(certificate, issuer));
        let single = about.next().ok_or_else(unanswered)?;
        if about.next().is_some() {
            return Err(Error::invalid(CODE).detail("answered twice"));
        }
        let instant = |time: GeneralizedTime| asn1::instant(time.to_unix_duration());
        let next = single.next_update.map(instant).ok_or_else(unanswered)?;
        fresh(instant(single.this_update), next, at)?;
        match single.status {
            CertStatus::Good(_) => Ok(()),
            CertStatus::Unknown(_) => Err(unanswered()),
            CertStatus::Revoked(info) => {
                let reason = info.reason.unwrap_or(Reason::Unspecified);
                Err(revoked(certificate, instant(info.since), reason))
            }
        }
    }

    /// The issuer itself, or who it certified for answering.
    fn responder<'a>(&'a self, issuer: &'a Certificate, at: Timestamp) -> Result<&'a Certificate> {
        let named = |certificate: &Certificate| match &self.data.responder {
            ResponderId::Name(name) => {
                asn1::encode(name).is_ok_and(|der| der == certificate.subject_der())
            }
            ResponderId::Key(id) => {
                hash(SHA1, &certificate.public_key().to_bytes()).as_deref() == Some(id.as_bytes())
            }
        };
        if named(issuer) {
            return Ok(issuer);
        }
        let refused = || Error::invalid("proof.revocation.issuer");
        let delegate = self.responders.iter().find(|c| named(c)).ok_or_else(refused)?;
        let direct = delegate.issuer_der() == issuer.subject_der();
        delegate.verify_signed_by(issuer.public_key()).map_err(|_| refused())?;
        let anchor = std::slice::from_ref(issuer);
        let chain = std::slice::from_ref(delegate);
        verify_chain_for(chain, anchor, at, Purpose::OcspSigning)
            .map_err(|e| refused().detail(e))?;
        if direct { Ok(delegate) } else { Err(refused()) }
    }
}

fn status_of(standing: Standing) -> Result<CertStatus> {
    Ok(match standing {
        Standing::Good => CertStatus::Good(Null),
        Standing::Unknown => CertStatus::Unknown(Null),
        Standing::Revoked(since, reason) => CertStatus::Revoked(RevokedInfo {
            since: asn1::generalized(since)?,
            reason: Some(reason).filter(|r| *r != Reason::Unspecified),
        }),
    })
}

/// The digests certificates are named by; SHA-1 only tells them apart, it protects nothing.
fn hash(digest: ObjectIdentifier, bytes: &[u8]) -> Option<Vec<u8>> {
    match digest {
        SHA1 => Some(sha1::Sha1::digest(bytes).to_vec()),
        SHA256 => Some(sha2::Sha256::digest(bytes).to_vec()),
        SM3 => Some(sm3(bytes).to_vec()),
        _ => None,
    }
}

fn nonce_extension(nonce: Option<&[u8]>) -> Result<Option<Vec<asn::Extension>>> {
    let Some(nonce) = nonce else { return Ok(None) };
    let inner = OctetString::new(nonce).map_err(invalid)?;
    Ok(Some(vec![super::issue::extension(NONCE, false, &inner)?]))
}

fn nonce_of(extensions: Option<&[asn::Extension]>) -> Result<Option<Vec<u8>>> {
    let Some(found) = extensions.unwrap_or(&[]).iter().find(|e| e.oid == NONCE) else {
        return Ok(None);
    };
    let inner: OctetString = asn1::decode(found.value.as_bytes(), NONCE_MAX + 8, CODE)?;
    Ok(Some(inner.as_bytes().to_vec()))
}
