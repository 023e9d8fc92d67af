//! Issuing certificates: a self-signed root, and what an authority issues beneath it.
//!
//! Invariant: what is issued parses and verifies; an authority never issues beyond its path
//! length or its own validity.

use super::{
    CRL_SIGN, Certificate, DATA_ENCIPHERMENT, DIGITAL_SIGNATURE, KEY_AGREEMENT, KEY_CERT_SIGN,
    KEY_ENCIPHERMENT, NON_REPUDIATION, Purpose, Role, Subject, asn,
};
use crate::asn1::{self, invalid};
use crate::digest::sm3;
use crate::key::{Public, PublicKey, Signer};
use der::asn1::{
    Any, BitString, GeneralizedTime, Null, ObjectIdentifier, OctetString, SetOfVec, Uint, UtcTime,
};
use der::{Encode, Tag, TagNumber};
use kernel::{Error, Random, Result, Timestamp};

/// Last second that X.509 writes as `UTCTime`: the end of 2049 (RFC 5280 §4.1.2.5).
const UTC_TIME_LAST_S: u64 = 2_524_607_999;
/// RFC 5280 upper bound of a common name, in characters.
const NAME_MAX: usize = 64;
/// Longest name of a host (RFC 1035 §2.3.4).
const HOST_MAX: usize = 253;
/// The name of a host among other names (RFC 5280 §4.2.1.6).
pub(super) const DNS_NAME: Tag = Tag::ContextSpecific { constructed: false, number: TagNumber(2) };

/// What a certificate is to say.
#[derive(Clone, Debug)]
pub struct Request<'a> {
    /// Whom it names.
    pub subject: Subject,
    /// What its key may do.
    pub role: Role,
    /// The key certified.
    pub key: &'a dyn Public,
    /// First second at which it holds.
    pub valid_from: Timestamp,
    /// Last second at which it holds.
    pub valid_until: Timestamp,
}

/// A self-signed root for the key. Errors: `proof.certificate.request` for a name that is empty,
/// too long or a validity that ends before it begins.
pub fn issue_root(
    key: &dyn Signer,
    subject: &Subject,
    valid_from: Timestamp,
    valid_until: Timestamp,
    random: &mut Random,
) -> Result<Certificate> {
    let public = key.public();
    let role = Role::Authority { path_length: 2 };
    let request = Request { subject: subject.clone(), role, key: &public, valid_from, valid_until };
    let name = name_of(subject)?;
    build(&request, None, name, &key_id(&public), key, random)
}

/// A certificate issued by an authority. Errors: `proof.certificate.request` as for a root,
/// `proof.certificate.issuer` when the issuer is no authority, its path is too short or its own
/// validity is exceeded, `proof.certificate.key` when the key is not the issuer's.
pub fn issue(
    request: &Request<'_>,
    issuer: &Certificate,
    issuer_key: &dyn Signer,
    random: &mut Random,
) -> Result<Certificate> {
    issue_for_host(request, None, issuer, issuer_key, random)
}

/// As [`issue`], also naming the host whose service the key speaks for (RFC 5280 §4.2.1.6, dNSName),
/// by which programs of others know it, if there is one. Errors: as [`issue`], also for what is no
/// name of a host.
pub fn issue_for_host(
    request: &Request<'_>,
    host: Option<&str>,
    issuer: &Certificate,
    issuer_key: &dyn Signer,
    random: &mut Random,
) -> Result<Certificate> {
    if host.is_some_and(|host| !is_host(host)) {
        return Err(Error::invalid("proof.certificate.request").arg("field", "host"));
    }
    if issuer_key.public() != issuer.key {
        return Err(Error::invalid("proof.certificate.key"));
    }
    let path = if issuer.is_authority() { issuer.extensions.authority } else { None };
    let room = match (path, request.role) {
        (None, _) => false,
        (Some(left), Role::Authority { path_length }) => left > path_length,
        (Some(_), _) => true,
    };
    let inside =
        request.valid_from >= issuer.valid_from && request.valid_until <= issuer.valid_until;
    if !room || !inside {
        return Err(Error::invalid("proof.certificate.issuer"));
    }
    let issuer_name: asn::Name = asn1::decode(&issuer.subject_der, super::SIZE_MAX, super::CODE)?;
    let issuer_id = issuer.extensions.key_id.clone().unwrap_or_else(|| key_id(&issuer.key));
    build(request, host, issuer_name, &issuer_id, issuer_key, random)
}

/// True for a name of a host that the domain name system can have (RFC 1123 §2.1), and not for a
/// numeric address.
pub fn is_host(text: &str) -> bool {
    let label = |one: &str| {
        let plain = one.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-');
        plain && (1..=63).contains(&one.len()) && !one.starts_with('-') && !one.ends_with('-')
    };
    let last = text.rsplit('.').next().unwrap_or_default();
    text.len() <= HOST_MAX
        && text.split('.').all(label)
        && !last.bytes().all(|b| b.is_ascii_digit())
}

fn build(
    request: &Request<'_>,
    host: Option<&str>,
    issuer: asn::Name,
    issuer_key_id: &[u8],
    issuer_key: &dyn Signer,
    random: &mut Random,
) -> Result<Certificate> {
    if request.valid_until <= request.valid_from {
        return Err(Error::invalid("proof.certificate.request").arg("field", "validity"));
    }
    let mut serial: [u8; 16] = random.bytes();
    // Positive, and never shorter than 16 bytes.
    serial[0] = serial[0] & 0x3f | 0x40;
    let algorithm = issuer_key.public().algorithm().id();
    let tbs = asn::Tbs {
        version: 2,
        serial: Uint::new(&serial).map_err(invalid)?,
        algorithm: algorithm.clone(),
        issuer,
        validity: asn::Validity {
            not_before: time(request.valid_from)?,
            not_after: time(request.valid_until)?,
        },
        subject: name_of(&request.subject)?,
        key_info: request.key.public().info()?,
        extensions: Some(extensions(request, host, issuer_key_id)?),
    };
    let signature = issuer_key.sign(&asn1::encode(&tbs)?)?;
    let signed = asn::Signed {
        tbs,
        algorithm,
        signature: BitString::from_bytes(&signature).map_err(invalid)?,
    };
    Certificate::parse(&asn1::encode(&signed)?)
}

fn extensions(
    request: &Request<'_>,
    host: Option<&str>,
    issuer_key_id: &[u8],
) -> Result<Vec<asn::Extension>> {
    let basic = match request.role {
        Role::Authority { path_length } => {
            asn::BasicConstraints { authority: true, path_length: Some(path_length) }
        }
        _ => asn::BasicConstraints { authority: false, path_length: None },
    };
    let usage = match request.role {
        Role::Authority { .. } => DIGITAL_SIGNATURE | KEY_CERT_SIGN | CRL_SIGN,
        Role::Agency => DIGITAL_SIGNATURE | NON_REPUDIATION,
        Role::StatusPublisher => DIGITAL_SIGNATURE | CRL_SIGN,
        Role::TimeStamper | Role::StatusResponder => DIGITAL_SIGNATURE,
        Role::Encryption => KEY_ENCIPHERMENT | DATA_ENCIPHERMENT | KEY_AGREEMENT,
    };
    // A named bit list drops its trailing zero bits (X.690 §11.2.2); all uses fit the first byte.
    let byte = (usage >> 8) as u8;
    let bits = BitString::new(byte.trailing_zeros() as u8, vec![byte]).map_err(invalid)?;
    let subject_id = OctetString::new(key_id(&request.key.public())).map_err(invalid)?;
    let authority_id =
        asn::AuthorityKeyId { key_id: Some(OctetString::new(issuer_key_id).map_err(invalid)?) };
    let mut list = vec![
        extension(asn::BASIC_CONSTRAINTS, true, &basic)?,
        extension(asn::KEY_USAGE, true, &bits)?,
        extension(asn::SUBJECT_KEY_ID, false, &subject_id)?,
        extension(asn::AUTHORITY_KEY_ID, false, &authority_id)?,
    ];
    let purpose = match request.role {
        Role::TimeStamper => Some((Purpose::TimeStamping, true)),
        Role::StatusResponder => Some((Purpose::OcspSigning, false)),
        _ => None,
    };
    if let Some((purpose, critical)) = purpose {
        list.push(extension(asn::EXTENDED_KEY_USAGE, critical, &vec![purpose.oid()])?);
    }
    if let Some(host) = host {
        let name = Any::new(DNS_NAME, host.as_bytes()).map_err(invalid)?;
        list.push(extension(asn::SUBJECT_ALT_NAME, false, &vec![name])?);
    }
    if request.role == Role::StatusResponder {
        list.push(extension(asn::OCSP_NO_CHECK, false, &Null)?);
    }
    Ok(list)
}

pub(super) fn extension<T: Encode>(
    oid: ObjectIdentifier,
    critical: bool,
    value: &T,
) -> Result<asn::Extension> {
    let value = OctetString::new(asn1::encode(value)?).map_err(invalid)?;
    Ok(asn::Extension { oid, critical, value })
}

/// The leftmost 160 bits of the digest of the key, as RFC 7093 allows beside SHA-1.
pub(super) fn key_id(key: &PublicKey) -> Vec<u8> {
    sm3(&key.to_bytes())[..20].to_vec()
}

pub(crate) fn time(at: Timestamp) -> Result<asn::Time> {
    let seconds = asn1::unix(at)?;
    if seconds.as_secs() <= UTC_TIME_LAST_S {
        UtcTime::from_unix_duration(seconds).map(asn::Time::Utc)
    } else {
        GeneralizedTime::from_unix_duration(seconds).map(asn::Time::General)
    }
    .map_err(|e| Error::invalid("proof.time").detail(e))
}

pub(super) fn name_of(subject: &Subject) -> Result<asn::Name> {
    let wrong = |field| Error::invalid("proof.certificate.request").arg("field", field);
    let length = subject.common_name.chars().count();
    if length == 0 || length > NAME_MAX || has_control(&subject.common_name) {
        return Err(wrong("common_name"));
    }
    if subject.organization.chars().count() > NAME_MAX || has_control(&subject.organization) {
        return Err(wrong("organization"));
    }
    let printable = |b: u8| b.is_ascii_alphanumeric() || b" '()+,-./:=?".contains(&b);
    if subject.code.len() > NAME_MAX || !subject.code.bytes().all(printable) {
        return Err(wrong("code"));
    }
    [
        (asn::COUNTRY, Tag::PrintableString, "CN"),
        (asn::ORGANIZATION, Tag::Utf8String, subject.organization.as_str()),
        (asn::COMMON_NAME, Tag::Utf8String, subject.common_name.as_str()),
        (asn::SERIAL_NUMBER, Tag::PrintableString, subject.code.as_str()),
    ]
    .into_iter()
    .filter(|(_, _, text)| !text.is_empty())
    .map(|(oid, tag, text)| {
        let value = Any::new(tag, text.as_bytes()).map_err(invalid)?;
        let mut set = SetOfVec::new();
        set.insert(asn::Attribute { oid, value }).map_err(invalid)?;
        Ok(set)
    })
    .collect()
}

fn has_control(text: &str) -> bool {
    text.chars().any(char::is_control)
}
