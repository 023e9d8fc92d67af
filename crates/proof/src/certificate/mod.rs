//! X.509 v3 certificates with SM2 keys (RFC 5280; object identifiers of GM/T 0006): the trust
//! under every seal and signature.
//!
//! Invariants: what parses is strict DER, version 3, signed with SM2-SM3, and holds no critical
//! extension this crate does not enforce. A parsed certificate is not yet a trusted one: that is
//! [`verify_chain`].
//! Must not know: where anchors come from, the clock.

mod asn;
mod chain;
mod issue;

pub use chain::{CHAIN_MAX, verify_chain};
pub use issue::{Request, issue, issue_root};

use crate::asn1::{self, EC_PUBLIC_KEY, SM2_CURVE, SM2_WITH_SM3};
use crate::digest::sm3_hex;
use crate::sm2sig::VerifyingKey;
use der::asn1::{Any, BitString, ObjectIdentifier, OctetString};
use der::pem::LineEnding;
use kernel::{Error, Result, Timestamp};

/// Most bytes a certificate may have.
pub const SIZE_MAX: usize = 16 << 10;

const PEM_LABEL: &str = "CERTIFICATE";
const CODE: &str = "proof.certificate.form";

const DIGITAL_SIGNATURE: u16 = 1 << 15;
const NON_REPUDIATION: u16 = 1 << 14;
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
}

/// A parsed certificate.
#[derive(Clone, Debug)]
pub struct Certificate {
    der: Vec<u8>,
    tbs: Vec<u8>,
    signature: Vec<u8>,
    serial: Vec<u8>,
    issuer: Vec<u8>,
    subject_der: Vec<u8>,
    subject: Subject,
    valid_from: Timestamp,
    valid_until: Timestamp,
    key: VerifyingKey,
    usage: u16,
    authority: Option<u8>,
    key_id: Option<Vec<u8>>,
    issuer_key_id: Option<Vec<u8>>,
}

impl PartialEq for Certificate {
    fn eq(&self, other: &Certificate) -> bool {
        self.der == other.der
    }
}

impl Eq for Certificate {}

impl Certificate {
    /// Reads DER. Errors: `proof.certificate.form` for what is not such a certificate,
    /// `proof.certificate.algorithm` for another key or signature algorithm,
    /// `proof.certificate.extension` for an unknown critical extension.
    pub fn parse(der: &[u8]) -> Result<Certificate> {
        let signed: asn::Signed = asn1::decode(der, SIZE_MAX, CODE)?;
        let tbs = &signed.tbs;
        if tbs.version != 2 || tbs.serial.as_bytes().len() > 20 {
            return Err(Error::invalid(CODE).detail("version or serial"));
        }
        if signed.algorithm != tbs.algorithm || !is_sm2_signature(&tbs.algorithm) {
            return Err(Error::invalid("proof.certificate.algorithm"));
        }
        let extensions = Extensions::read(tbs.extensions.as_deref().unwrap_or(&[]))?;
        Ok(Certificate {
            der: der.to_vec(),
            tbs: asn1::encode(tbs)?,
            signature: whole(&signed.signature)?.to_vec(),
            serial: tbs.serial.as_bytes().to_vec(),
            issuer: asn1::encode(&tbs.issuer)?,
            subject_der: asn1::encode(&tbs.subject)?,
            subject: subject_of(&tbs.subject)?,
            valid_from: instant(tbs.validity.not_before),
            valid_until: instant(tbs.validity.not_after),
            key: key_of(&tbs.key_info)?,
            usage: extensions.usage,
            authority: extensions.authority,
            key_id: extensions.key_id,
            issuer_key_id: extensions.issuer_key_id,
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
    pub fn public_key(&self) -> &VerifyingKey {
        &self.key
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
        self.authority.is_some() && self.usage & KEY_CERT_SIGN != 0
    }

    /// True when it may seal licences: its holder cannot deny having signed.
    pub fn may_seal(&self) -> bool {
        self.usage & NON_REPUDIATION != 0
    }

    /// True when it may sign documents and data.
    pub fn may_sign(&self) -> bool {
        self.usage & DIGITAL_SIGNATURE != 0
    }

    /// True when it may sign status lists.
    pub fn may_publish_status(&self) -> bool {
        self.usage & CRL_SIGN != 0
    }
}

struct Extensions {
    usage: u16,
    authority: Option<u8>,
    key_id: Option<Vec<u8>>,
    issuer_key_id: Option<Vec<u8>>,
}

impl Extensions {
    fn read(list: &[asn::Extension]) -> Result<Extensions> {
        let mut out = Extensions { usage: 0, authority: None, key_id: None, issuer_key_id: None };
        for (index, extension) in list.iter().enumerate() {
            // RFC 5280 §4.2: no extension twice.
            if list[..index].iter().any(|before| before.oid == extension.oid) {
                return Err(Error::invalid("proof.certificate.extension"));
            }
            out.take(extension)?;
        }
        Ok(out)
    }

    fn take(&mut self, extension: &asn::Extension) -> Result<()> {
        let value = extension.value.as_bytes();
        if extension.oid == asn::BASIC_CONSTRAINTS {
            let basic: asn::BasicConstraints = asn1::decode(value, SIZE_MAX, CODE)?;
            if basic.authority {
                self.authority = Some(basic.path_length.unwrap_or(u8::MAX));
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
        } else if extension.critical {
            return Err(Error::invalid("proof.certificate.extension").arg("oid", extension.oid));
        }
        Ok(())
    }
}

fn is_sm2_signature(algorithm: &asn::Algorithm) -> bool {
    // Absent and NULL parameters are both seen in the field.
    algorithm.oid == SM2_WITH_SM3 && algorithm.parameters.as_ref().is_none_or(Any::is_null)
}

fn whole(bits: &BitString) -> Result<&[u8]> {
    bits.as_bytes().ok_or_else(|| Error::invalid(CODE).detail("bit string"))
}

fn key_of(info: &asn::KeyInfo) -> Result<VerifyingKey> {
    let curve: Option<ObjectIdentifier> =
        info.algorithm.parameters.as_ref().and_then(|any| any.decode_as().ok());
    if info.algorithm.oid != EC_PUBLIC_KEY || curve != Some(SM2_CURVE) {
        return Err(Error::invalid("proof.certificate.algorithm"));
    }
    VerifyingKey::from_bytes(whole(&info.key)?)
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

fn instant(time: asn::Time) -> Timestamp {
    asn1::instant(match time {
        asn::Time::Utc(time) => time.to_unix_duration(),
        asn::Time::General(time) => time.to_unix_duration(),
    })
}
