//! X.509 v3 certificates (RFC 5280, GB/T 20518) with SM2, P-256 and Ed25519 keys (object
//! identifiers of GM/T 0006, RFC 5758, RFC 8410), requests for them (RFC 2986), and what takes them
//! back (lists of RFC 5280, answers of RFC 6960): the trust under every seal and signature.
//!
//! Invariants: what parses is strict DER, version 3, and holds no critical extension this crate
//! does not enforce; a use that is not named is not allowed. A parsed certificate is not yet a
//! trusted one: that is [`verify_chain`].
//! Must not know: where anchors come from, the clock.

pub(crate) mod asn;
mod chain;
mod issue;
pub mod ocsp;
pub mod request;
pub mod revocation;

pub use chain::{CHAIN_MAX, path, verify_chain, verify_chain_for};
pub(crate) use issue::time;
pub use issue::{Request, is_host, issue, issue_for_host, issue_root};

use crate::asn1;
use crate::digest::sm3_hex;
use crate::key::{Algorithm, PublicKey};
use crate::sm2sig::VerifyingKey;
use der::Tagged;
use der::asn1::{Any, BitString, ObjectIdentifier, OctetString};
use der::pem::LineEnding;
use kernel::{Error, Result, Timestamp};

/// Most bytes a certificate may have.
pub const SIZE_MAX: usize = 16 << 10;

const PEM_LABEL: &str = "CERTIFICATE";
const CODE: &str = "proof.certificate.form";

const DIGITAL_SIGNATURE: u16 = 1 << 15;
const NON_REPUDIATION: u16 = 1 << 14;
const KEY_ENCIPHERMENT: u16 = 1 << 13;
const DATA_ENCIPHERMENT: u16 = 1 << 12;
const KEY_AGREEMENT: u16 = 1 << 11;
const KEY_CERT_SIGN: u16 = 1 << 10;
const CRL_SIGN: u16 = 1 << 9;

/// Whom a certificate names.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Subject {
    /// The name shown, such as an agency's full name; at most 64 characters.
    pub common_name: String,
    /// The body it belongs to; empty when none.
    pub organization: String,
    /// Unified social credit code or another stable code, in printable ASCII; empty when none.
    pub code: String,
}

/// What a certificate's key may do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// Issues certificates and makes seals; below it at most this many further authorities.
    Authority {
        /// Authorities that may follow in a chain.
        path_length: u8,
    },
    /// Seals documents and signs data for an agency.
    Agency,
    /// Signs status lists.
    StatusPublisher,
    /// Stamps times, and nothing else (RFC 3161 §2.3).
    TimeStamper,
    /// Answers whether certificates of its issuer stand (RFC 6960 §4.2.2.2).
    StatusResponder,
    /// Has values encrypted to it; the second certificate of a pair (GB/T 20518).
    Encryption,
}

/// What an extended use of a key is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// Time stamps.
    TimeStamping,
    /// Answers about revocation.
    OcspSigning,
}

impl Purpose {
    pub(crate) fn oid(self) -> ObjectIdentifier {
        match self {
            Purpose::TimeStamping => ObjectIdentifier::new_unwrap("1.3.6.1.5.5.7.3.8"),
            Purpose::OcspSigning => ObjectIdentifier::new_unwrap("1.3.6.1.5.5.7.3.9"),
        }
    }
}

/// A parsed certificate.
#[derive(Clone, Debug)]
pub struct Certificate {
    der: Vec<u8>,
    tbs: Vec<u8>,
    algorithm: Algorithm,
    signature: Vec<u8>,
    serial: Vec<u8>,
    issuer: Vec<u8>,
    subject_der: Vec<u8>,
    subject: Subject,
    valid_from: Timestamp,
    valid_until: Timestamp,
    key: PublicKey,
    extensions: Extensions,
}

impl PartialEq for Certificate {
    fn eq(&self, other: &Certificate) -> bool {
        self.der == other.der
    }
}

impl Eq for Certificate {}

impl Certificate {
    /// Reads DER. Errors: `proof.certificate.form` for what is not such a certificate,
    /// `proof.certificate.algorithm` for a signature algorithm that is not known,
    /// `proof.key.algorithm` and `proof.key.point` for such a key,
    /// `proof.certificate.extension` for an unknown critical extension.
    pub fn parse(der: &[u8]) -> Result<Certificate> {
        let signed: asn::Signed = asn1::decode(der, SIZE_MAX, CODE)?;
        let tbs = &signed.tbs;
        // RFC 5280 §4.1.2: a positive number, and an issuer that is named.
        let serial = tbs.serial.as_bytes();
        if tbs.version != 2 || serial.len() > 20 || serial == [0] || tbs.issuer.is_empty() {
            return Err(Error::invalid(CODE).detail("version, serial or issuer"));
        }
        let algorithm = Algorithm::of(&tbs.algorithm, "proof.certificate.algorithm")?;
        if signed.algorithm != tbs.algorithm {
            return Err(Error::invalid("proof.certificate.algorithm"));
        }
        let extensions = Extensions::read(tbs.extensions.as_deref().unwrap_or(&[]))?;
        Ok(Certificate {
            der: der.to_vec(),
            tbs: asn1::encode(tbs)?,
            algorithm,
            signature: asn1::whole(&signed.signature, CODE)?.to_vec(),
            serial: tbs.serial.as_bytes().to_vec(),
            issuer: asn1::encode(&tbs.issuer)?,
            subject_der: asn1::encode(&tbs.subject)?,
            subject: subject_of(&tbs.subject)?,
            valid_from: instant(tbs.validity.not_before),
            valid_until: instant(tbs.validity.not_after),
            key: PublicKey::of(&tbs.key_info)?,
            extensions,
        })
    }

    /// Reads one PEM block. Errors: as [`Certificate::parse`].
    pub fn from_pem(pem: &str) -> Result<Certificate> {
        if pem.len() > 2 * SIZE_MAX {
            return Err(Error::invalid(CODE).detail("too large"));
        }
        let (label, der) = der::pem::decode_vec(pem.trim_ascii_start().as_bytes())
            .map_err(|e| Error::invalid(CODE).detail(e))?;
        if label != PEM_LABEL {
            return Err(Error::invalid(CODE).detail("PEM label"));
        }
        Certificate::parse(&der)
    }

    /// Reads all PEM blocks of a text, such as a file of anchors; at most 64. Errors: as
    /// [`Certificate::parse`].
    pub fn all_from_pem(text: &str) -> Result<Vec<Certificate>> {
        const END: &str = "-----END CERTIFICATE-----";
        let mut all = Vec::new();
        for block in text.split_inclusive(END) {
            if let Some(at) = block.find("-----BEGIN CERTIFICATE-----") {
                if all.len() == 64 {
                    return Err(Error::limited("proof.certificate.too_many"));
                }
                all.push(Certificate::from_pem(&block[at..])?);
            }
        }
        Ok(all)
    }

    /// The certificate as a PEM block.
    pub fn to_pem(&self) -> Result<String> {
        der::pem::encode_string(PEM_LABEL, LineEnding::LF, &self.der)
            .map_err(|e| Error::internal(format!("certificate to PEM: {e}")))
    }

    /// The DER bytes.
    pub fn der(&self) -> &[u8] {
        &self.der
    }

    /// Whom it names.
    pub fn subject(&self) -> &Subject {
        &self.subject
    }

    /// First second at which it holds.
    pub fn valid_from(&self) -> Timestamp {
        self.valid_from
    }

    /// Last second at which it holds.
    pub fn valid_until(&self) -> Timestamp {
        self.valid_until
    }

    /// The certified key.
    pub fn public_key(&self) -> &PublicKey {
        &self.key
    }

    /// The certified key where only SM2 will do. Errors: `proof.certificate.algorithm`.
    pub fn sm2_key(&self) -> Result<&VerifyingKey> {
        match &self.key {
            PublicKey::Sm2(key) => Ok(key),
            _ => Err(Error::invalid("proof.certificate.algorithm")),
        }
    }

    /// Checks that the issuer's key signed it. Errors: `proof.certificate.signature`.
    pub(crate) fn verify_signed_by(&self, issuer: &PublicKey) -> Result<()> {
        let wrong = || {
            Error::invalid("proof.certificate.signature").arg("subject", &self.subject.common_name)
        };
        if issuer.algorithm() != self.algorithm {
            return Err(wrong().detail("algorithm"));
        }
        issuer.verify(&self.tbs, &self.signature).map_err(|_| wrong())
    }

    /// Serial number, big-endian without leading zeros.
    pub(crate) fn serial(&self) -> &[u8] {
        &self.serial
    }

    /// The issuer's name in DER.
    pub(crate) fn issuer_der(&self) -> &[u8] {
        &self.issuer
    }

    /// The name in DER.
    pub(crate) fn subject_der(&self) -> &[u8] {
        &self.subject_der
    }

    /// The identifier of its key, when it states one.
    pub(crate) fn key_id(&self) -> Option<&[u8]> {
        self.extensions.key_id.as_deref()
    }

    /// True when its extended uses name the purpose.
    pub fn is_for(&self, purpose: Purpose) -> bool {
        self.extensions.purposes.iter().flatten().any(|oid| *oid == purpose.oid())
    }

    /// True when it is for the purpose alone, and says so with force.
    pub fn is_only_for(&self, purpose: Purpose) -> bool {
        let alone = self.extensions.purposes.as_ref().is_some_and(|list| list.len() == 1);
        alone && self.extensions.purposes_critical && self.is_for(purpose)
    }

    /// True when values may be encrypted to it.
    pub fn may_encrypt_to(&self) -> bool {
        self.extensions.usage & (KEY_ENCIPHERMENT | DATA_ENCIPHERMENT) != 0
    }

    /// True when it names the host, whatever the letters' case.
    pub fn names_host(&self, host: &str) -> bool {
        self.extensions.hosts.iter().any(|known| known.eq_ignore_ascii_case(host))
    }

    /// Serial number in lower-case hexadecimal.
    pub fn serial_hex(&self) -> String {
        hex::encode(&self.serial)
    }

    /// SM3 of the DER bytes in hexadecimal.
    pub fn fingerprint(&self) -> String {
        sm3_hex(&self.der)
    }

    /// True when it may issue certificates and make seals.
    pub fn is_authority(&self) -> bool {
        self.extensions.authority.is_some() && self.extensions.usage & KEY_CERT_SIGN != 0
    }

    /// True when it may seal licences: its holder cannot deny having signed.
    pub fn may_seal(&self) -> bool {
        self.extensions.usage & NON_REPUDIATION != 0
    }

    /// True when it may sign documents and data.
    pub fn may_sign(&self) -> bool {
        self.extensions.usage & DIGITAL_SIGNATURE != 0
    }

    /// True when it may sign status lists.
    pub fn may_publish_status(&self) -> bool {
        self.extensions.usage & CRL_SIGN != 0
    }
}

#[derive(Clone, Debug, Default)]
struct Extensions {
    usage: u16,
    authority: Option<u8>,
    key_id: Option<Vec<u8>>,
    issuer_key_id: Option<Vec<u8>>,
    purposes: Option<Vec<ObjectIdentifier>>,
    purposes_critical: bool,
    hosts: Vec<String>,
}

impl Extensions {
    fn read(list: &[asn::Extension]) -> Result<Extensions> {
        let mut out = Extensions::default();
        for (index, extension) in list.iter().enumerate() {
            // RFC 5280 §4.2: no extension twice.
            if list[..index].iter().any(|before| before.oid == extension.oid) {
                return Err(Error::invalid("proof.certificate.extension"));
            }
            out.take(extension)?;
        }
        // RFC 5280 §4.2.1.9: only an authority signs certificates.
        if out.usage & KEY_CERT_SIGN != 0 && out.authority.is_none() {
            return Err(Error::invalid("proof.certificate.extension").arg("oid", asn::KEY_USAGE));
        }
        Ok(out)
    }

    fn take(&mut self, extension: &asn::Extension) -> Result<()> {
        let value = extension.value.as_bytes();
        // RFC 5280 §4.2.1: key identifiers are never critical; names that are constrained always are.
        let identifier = [asn::SUBJECT_KEY_ID, asn::AUTHORITY_KEY_ID].contains(&extension.oid);
        if extension.oid == asn::NAME_CONSTRAINTS || (identifier && extension.critical) {
            return Err(Error::invalid("proof.certificate.extension").arg("oid", extension.oid));
        }
        if extension.oid == asn::BASIC_CONSTRAINTS {
            let basic: asn::BasicConstraints = asn1::decode(value, SIZE_MAX, CODE)?;
            if basic.authority {
                self.authority = Some(basic.path_length.unwrap_or(u8::MAX));
            } else if basic.path_length.is_some() {
                return Err(Error::invalid(CODE).detail("path length without authority"));
            }
        } else if extension.oid == asn::KEY_USAGE {
            let bits: BitString = asn1::decode(value, SIZE_MAX, CODE)?;
            let mut bytes = bits.raw_bytes().iter();
            let mut next = || u16::from(bytes.next().copied().unwrap_or(0));
            self.usage = next() << 8 | next();
        } else if extension.oid == asn::SUBJECT_KEY_ID {
            let id: OctetString = asn1::decode(value, SIZE_MAX, CODE)?;
            self.key_id = Some(id.as_bytes().to_vec());
        } else if extension.oid == asn::AUTHORITY_KEY_ID {
            let id: asn::AuthorityKeyId = asn1::decode(value, SIZE_MAX, CODE)?;
            self.issuer_key_id = id.key_id.map(|id| id.as_bytes().to_vec());
        } else if extension.oid == asn::EXTENDED_KEY_USAGE {
            let list: Vec<ObjectIdentifier> = asn1::decode(value, SIZE_MAX, CODE)?;
            self.purposes = Some(list);
            self.purposes_critical = extension.critical;
        } else if extension.oid == asn::SUBJECT_ALT_NAME {
            let names: Vec<Any> = asn1::decode(value, SIZE_MAX, CODE)?;
            let hosts = names.iter().filter(|name| name.tag() == issue::DNS_NAME);
            let text = |name: &Any| std::str::from_utf8(name.value()).ok().map(str::to_owned);
            self.hosts = hosts.filter_map(text).filter(|host| is_host(host)).collect();
            // RFC 5280 §4.2: who insists on names wants all of them understood.
            if extension.critical && self.hosts.len() != names.len() {
                return Err(Error::invalid("proof.certificate.extension").arg("oid", extension.oid));
            }
        } else if extension.critical {
            return Err(Error::invalid("proof.certificate.extension").arg("oid", extension.oid));
        }
        Ok(())
    }
}

fn subject_of(name: &asn::Name) -> Result<Subject> {
    let mut subject = Subject::default();
    for attribute in name.iter().flat_map(|set| set.iter()) {
        let slot = match attribute.oid {
            oid if oid == asn::COMMON_NAME => &mut subject.common_name,
            oid if oid == asn::ORGANIZATION => &mut subject.organization,
            oid if oid == asn::SERIAL_NUMBER => &mut subject.code,
            _ => continue,
        };
        *slot = std::str::from_utf8(attribute.value.value())
            .map_err(|e| Error::invalid(CODE).detail(e))?
            .to_owned();
    }
    Ok(subject)
}

pub(crate) fn instant(time: asn::Time) -> Timestamp {
    asn1::instant(match time {
        asn::Time::Utc(time) => time.to_unix_duration(),
        asn::Time::General(time) => time.to_unix_duration(),
    })
}
