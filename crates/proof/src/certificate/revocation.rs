//! Lists of certificates taken back (CRL, RFC 5280 §5): complete lists of one authority.
//!
//! Invariants: a list names each serial number once; it says when the next one is due; one with a
//! critical extension (a part of a list, a list of changes) is refused. A parsed list is not yet a
//! trusted one: that is [`Crl::verify`].
//! Must not know: where lists are fetched, why a certificate was issued.

use super::issue::{extension, key_id, time};
use super::{Certificate, asn, instant};
use crate::asn1::{self, AlgorithmId, invalid};
use crate::key::{Algorithm, Signer};
use der::asn1::{BitString, ObjectIdentifier, OctetString, Uint};
use der::pem::LineEnding;
use der::{Enumerated, Sequence};
use kernel::{Error, Result, Text, Timestamp};
use std::collections::BTreeMap;

/// Most bytes a list may have.
pub const SIZE_MAX: usize = 32 << 20;

const CODE: &str = "proof.revocation.form";
const PEM_LABEL: &str = "X509 CRL";

/// Why a certificate was taken back (RFC 5280 §5.3.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enumerated)]
#[repr(u8)]
pub enum Reason {
    /// Not said.
    Unspecified = 0,
    /// The private key is known to others.
    KeyCompromise = 1,
    /// The authority's private key is known to others.
    AuthorityCompromise = 2,
    /// The body changed its name or place.
    AffiliationChanged = 3,
    /// Another certificate took its place.
    Superseded = 4,
    /// The body is no more.
    CessationOfOperation = 5,
    /// Suspended; it may come back.
    Hold = 6,
    /// Was suspended, is no longer; only in lists of changes.
    RemoveFromList = 8,
    /// The right was withdrawn.
    PrivilegeWithdrawn = 9,
    /// An attribute authority's key is known to others.
    AttributeAuthorityCompromise = 10,
}

impl Reason {
    /// The reason in words.
    pub fn name(self) -> Text {
        match self {
            Reason::Unspecified => Text::new("未说明", "not said"),
            Reason::KeyCompromise => Text::new("密钥泄露", "key compromised"),
            Reason::AuthorityCompromise | Reason::AttributeAuthorityCompromise => {
                Text::new("颁发机构密钥泄露", "authority's key compromised")
            }
            Reason::AffiliationChanged => Text::new("隶属变更", "affiliation changed"),
            Reason::Superseded => Text::new("已被替代", "superseded"),
            Reason::CessationOfOperation => Text::new("停止使用", "no longer used"),
            Reason::Hold => Text::new("暂停使用", "suspended"),
            Reason::RemoveFromList => Text::new("恢复使用", "restored"),
            Reason::PrivilegeWithdrawn => Text::new("权限撤销", "privilege withdrawn"),
        }
    }
}

/// One certificate taken back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Revoked {
    /// Serial number, big-endian without leading zeros.
    pub serial: Vec<u8>,
    /// Since when, to the second.
    pub since: Timestamp,
    /// Why.
    pub reason: Reason,
}

/// A list with its signature.
#[derive(Clone, Debug)]
pub struct Crl {
    der: Vec<u8>,
    tbs: Vec<u8>,
    algorithm: Algorithm,
    signature: Vec<u8>,
    issuer: Vec<u8>,
    issued_at: Timestamp,
    next_update: Timestamp,
    number: Option<Vec<u8>>,
    authority_key: Option<Vec<u8>>,
    entries: BTreeMap<Vec<u8>, (Timestamp, Reason)>,
}

#[derive(Clone, Debug, PartialEq, Eq, Sequence)]
struct Signed {
    tbs: Tbs,
    algorithm: AlgorithmId,
    signature: BitString,
}

#[derive(Clone, Debug, PartialEq, Eq, Sequence)]
struct Tbs {
    version: Option<u8>,
    algorithm: AlgorithmId,
    issuer: asn::Name,
    this_update: asn::Time,
    next_update: Option<asn::Time>,
    revoked: Option<Vec<Entry>>,
    #[asn1(context_specific = "0", tag_mode = "EXPLICIT", optional = "true")]
    extensions: Option<Vec<asn::Extension>>,
}

#[derive(Clone, Debug, PartialEq, Eq, Sequence)]
struct Entry {
    serial: Uint,
    since: asn::Time,
    extensions: Option<Vec<asn::Extension>>,
}

/// When a list is made and the next is due, and its place among the authority's lists.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Issue {
    /// Counts up with every list.
    pub number: u64,
    /// When it is made.
    pub at: Timestamp,
    /// When the next one is due.
    pub next_update: Timestamp,
}

impl Crl {
    /// Makes the list of an authority. Errors: `proof.certificate.key` when the key is not the
    /// authority's, `proof.revocation.issuer` when it may not sign lists, `proof.revocation.form`
    /// for a serial number named twice or a next list not after this one.
    pub fn make(
        authority: &Certificate,
        key: &dyn Signer,
        issue: Issue,
        revoked: &[Revoked],
    ) -> Result<Crl> {
        if key.public() != *authority.public_key() {
            return Err(Error::invalid("proof.certificate.key"));
        }
        if !authority.may_publish_status() {
            return Err(Error::invalid("proof.revocation.issuer"));
        }
        let algorithm = key.public().algorithm().id();
        let key_id = authority.key_id().map_or_else(|| key_id(authority.public_key()), Vec::from);
        let authority_id =
            asn::AuthorityKeyId { key_id: Some(OctetString::new(key_id).map_err(invalid)?) };
        let number = Uint::new(&issue.number.to_be_bytes()).map_err(invalid)?;
        let tbs = Tbs {
            version: Some(1),
            algorithm: algorithm.clone(),
            issuer: asn1::decode(authority.subject_der(), super::SIZE_MAX, CODE)?,
            this_update: time(issue.at)?,
            next_update: Some(time(issue.next_update)?),
            revoked: entries(revoked)?,
            extensions: Some(vec![
                extension(asn::AUTHORITY_KEY_ID, false, &authority_id)?,
                extension(asn::CRL_NUMBER, false, &number)?,
            ]),
        };
        let signature = key.sign(&asn1::encode(&tbs)?)?;
        let signature = BitString::from_bytes(&signature).map_err(invalid)?;
        Crl::parse(&asn1::encode(&Signed { tbs, algorithm, signature })?)
    }

    /// Reads DER. Errors: `proof.revocation.form`.
    pub fn parse(der: &[u8]) -> Result<Crl> {
        let wrong = |why| Error::invalid(CODE).detail(why);
        let signed: Signed = asn1::decode(der, SIZE_MAX, CODE)?;
        let tbs = &signed.tbs;
        if tbs.version != Some(1) || signed.algorithm != tbs.algorithm {
            return Err(wrong("version or algorithm"));
        }
        let next_update = tbs.next_update.map(instant).ok_or_else(|| wrong("no next update"))?;
        let issued_at = instant(tbs.this_update);
        if next_update <= issued_at {
            return Err(wrong("next update"));
        }
        let (mut number, mut authority_key) = (None, None);
        for extension in tbs.extensions.iter().flatten() {
            if extension.oid == asn::CRL_NUMBER {
                let value: Uint = asn1::decode(extension.value.as_bytes(), super::SIZE_MAX, CODE)?;
                number = Some(value.as_bytes().to_vec());
            } else if extension.oid == asn::AUTHORITY_KEY_ID {
                let value = extension.value.as_bytes();
                let id: asn::AuthorityKeyId = asn1::decode(value, super::SIZE_MAX, CODE)?;
                authority_key = id.key_id.map(|id| id.as_bytes().to_vec());
            } else if extension.critical {
                return Err(wrong("critical extension"));
            }
        }
        let mut entries = BTreeMap::new();
        for entry in tbs.revoked.iter().flatten() {
            let told = (instant(entry.since), reason(entry.extensions.as_deref().unwrap_or(&[]))?);
            if entries.insert(entry.serial.as_bytes().to_vec(), told).is_some() {
                return Err(wrong("serial number named twice"));
            }
        }
        Ok(Crl {
            der: der.to_vec(),
            tbs: asn1::encode(tbs)?,
            algorithm: Algorithm::of(&tbs.algorithm, CODE)?,
            signature: asn1::whole(&signed.signature, CODE)?.to_vec(),
            issuer: asn1::encode(&tbs.issuer)?,
            issued_at,
            next_update,
            number,
            authority_key,
            entries,
        })
    }

    /// The DER bytes.
    pub fn der(&self) -> &[u8] {
        &self.der
    }

    /// The list as a PEM block.
    pub fn to_pem(&self) -> Result<String> {
        der::pem::encode_string(PEM_LABEL, LineEnding::LF, &self.der)
            .map_err(|e| Error::internal(format!("list to PEM: {e}")))
    }

    /// When it was made, and when the next one is due.
    pub fn period(&self) -> (Timestamp, Timestamp) {
        (self.issued_at, self.next_update)
    }

    /// Its number, big-endian, when it has one.
    pub fn number(&self) -> Option<&[u8]> {
        self.number.as_deref()
    }

    /// Certificates it names.
    pub fn len(&self) -> usize {
        self.entries.len()
    }

    /// True when it names none.
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// Checks that the list is the authority's and the present one at the instant. Errors:
    /// `proof.revocation.issuer`, `proof.revocation.signature`, `proof.revocation.early`,
    /// `proof.revocation.stale`.
    pub fn verify(&self, authority: &Certificate, at: Timestamp) -> Result<()> {
        if self.issuer != authority.subject_der() || !authority.may_publish_status() {
            return Err(Error::invalid("proof.revocation.issuer"));
        }
        let signature = || Error::invalid("proof.revocation.signature");
        if authority.public_key().algorithm() != self.algorithm {
            return Err(signature().detail("algorithm"));
        }
        authority.public_key().verify(&self.tbs, &self.signature).map_err(|_| signature())?;
        fresh(self.issued_at, self.next_update, at)
    }

    /// True when it says that the authority's own key signed it.
    pub(crate) fn names_key_of(&self, authority: &Certificate) -> bool {
        let key = self.authority_key.as_deref();
        self.issuer == authority.subject_der() && key.is_some() && key == authority.key_id()
    }

    /// Since when and why it names a certificate of the same authority. Trust it only after
    /// [`Crl::verify`].
    pub fn entry(&self, certificate: &Certificate) -> Option<(Timestamp, Reason)> {
        let own = certificate.issuer_der() == self.issuer;
        own.then(|| self.entries.get(certificate.serial()).copied()).flatten()
    }

    /// Reads DER, or one PEM block. Errors: `proof.revocation.form`.
    pub fn read(bytes: &[u8]) -> Result<Crl> {
        if !bytes.trim_ascii_start().starts_with(b"-----BEGIN") {
            return Crl::parse(bytes);
        }
        let wrong = || Error::invalid(CODE);
        if bytes.len() > 2 * SIZE_MAX {
            return Err(wrong().detail("too large"));
        }
        let (label, der) =
            der::pem::decode_vec(bytes.trim_ascii_start()).map_err(|e| wrong().detail(e))?;
        if label != PEM_LABEL {
            return Err(wrong().detail("PEM label"));
        }
        Crl::parse(&der)
    }

    /// Checks that a certificate of the same authority was not taken back by the instant. Trust it
    /// only after [`Crl::verify`]. Errors: `proof.revocation.issuer` for another authority's,
    /// `proof.revocation.revoked` with `subject`, `day` and the reason.
    pub fn check(&self, certificate: &Certificate, at: Timestamp) -> Result<()> {
        if certificate.issuer_der() != self.issuer {
            return Err(Error::invalid("proof.revocation.issuer"));
        }
        match self.entries.get(certificate.serial()) {
            Some((since, reason)) if *since <= at => Err(revoked(certificate, *since, *reason)),
            _ => Ok(()),
        }
    }
}

/// That a certificate was taken back.
pub(crate) fn revoked(certificate: &Certificate, since: Timestamp, reason: Reason) -> Error {
    let name = reason.name();
    Error::invalid("proof.revocation.revoked")
        .arg("subject", &certificate.subject().common_name)
        .arg("day", since.date())
        .arg("zh", name.zh)
        .arg("en", name.en)
}

/// Checks that an instant lies between making and next update.
pub(super) fn fresh(made: Timestamp, next: Timestamp, at: Timestamp) -> Result<()> {
    if made > at.plus_us(crate::licence_token::AHEAD_MAX_US) {
        return Err(Error::invalid("proof.revocation.early").arg("at", made));
    }
    if at > next {
        return Err(Error::invalid("proof.revocation.stale").arg("at", next));
    }
    Ok(())
}

fn entries(revoked: &[Revoked]) -> Result<Option<Vec<Entry>>> {
    // RFC 5280 §5.1.2.6: no empty list.
    if revoked.is_empty() {
        return Ok(None);
    }
    let entry = |one: &Revoked| {
        let extensions = match one.reason {
            // RFC 5280 §5.3.1: an unspecified reason is not written.
            Reason::Unspecified => None,
            reason => Some(vec![extension(asn::CRL_REASON, false, &reason)?]),
        };
        let serial = Uint::new(&one.serial).map_err(invalid)?;
        Ok(Entry { serial, since: time(one.since)?, extensions })
    };
    revoked.iter().map(entry).collect::<Result<Vec<_>>>().map(Some)
}

fn reason(extensions: &[asn::Extension]) -> Result<Reason> {
    let mut reason = Reason::Unspecified;
    for extension in extensions {
        if extension.oid == asn::CRL_REASON {
            reason = asn1::decode(extension.value.as_bytes(), super::SIZE_MAX, CODE)?;
        } else if extension.critical {
            let oid: ObjectIdentifier = extension.oid;
            return Err(Error::invalid(CODE).detail(format!("critical extension {oid}")));
        }
    }
    Ok(reason)
}
