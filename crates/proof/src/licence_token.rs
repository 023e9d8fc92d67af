//! Signed JSON: licences without a page, receipts, presentations, status lists.
//!
//! Invariants: kind, body, instant and certificate chain all lie inside the signature, so a value
//! signed as one kind is never taken for another; a file has one spelling, canonical JSON, so
//! that one changed byte is noticed.
//! Must not know: what a body says.

use crate::certificate::{CHAIN_MAX, Certificate, verify_chain};
use crate::sm2sig::SigningKey;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use kernel::{Error, Result, Timestamp, canonical};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

/// Most bytes a signed file may have.
pub const SIZE_MAX: usize = 4 << 20;

/// Name and version of the form, and what keeps its signatures apart from all others.
const FORMAT: &str = "yipan-signed-1";
/// How far a signer's clock may run ahead of the verifier's.
pub(crate) const AHEAD_MAX_US: i64 = 5 * 60 * kernel::time::SECOND_US;

/// A JSON value with its signature.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Signed {
    /// Always `yipan-signed-1`.
    pub format: String,
    /// What the body is: `licence`, `receipt`, `presentation`, `status` …
    pub kind: String,
    /// The value; no fractions, since they have no canonical form.
    pub body: Value,
    /// When it was signed, microseconds since 1970, as the signer claims.
    pub signed_at: Timestamp,
    /// DER certificates in base 64, the signer's own first.
    pub chain: Vec<String>,
    /// DER signature in base 64.
    pub signature: String,
}

/// Signs a value. `chain` begins with the signer's own certificate. Errors:
/// `proof.certificate.key` when the key is not the certificate's, `proof.certificate.usage` when
/// it may not sign, `proof.json.kind`, `canonical.float`, `canonical.depth`.
pub fn sign_json(
    kind: &str,
    body: &Value,
    key: &SigningKey,
    chain: &[Certificate],
    signed_at: Timestamp,
) -> Result<Signed> {
    let signer = chain.first().ok_or_else(|| Error::invalid("proof.certificate.usage"))?;
    if !signer.may_sign() {
        return Err(Error::invalid("proof.certificate.usage"));
    }
    if key.verifying_key() != *signer.sm2_key()? {
        return Err(Error::invalid("proof.certificate.key"));
    }
    if chain.len() > CHAIN_MAX {
        return Err(Error::invalid("proof.certificate.chain_length"));
    }
    check_kind(kind)?;
    let mut signed = Signed {
        format: FORMAT.to_owned(),
        kind: kind.to_owned(),
        body: body.clone(),
        signed_at,
        chain: chain.iter().map(|c| STANDARD.encode(c.der())).collect(),
        signature: String::new(),
    };
    signed.signature = STANDARD.encode(key.sign(&signed.message()?)?);
    Ok(signed)
}

/// Checks everything about a signed value but what its body means: kind, signature, chain to an
/// anchor at the instant of signing, and that this is not later than `at`. Returns the signer's
/// certificate. Errors: `proof.json.kind`, `proof.json.from_the_future`, those of
/// [`Signed::verify_signature`] and of [`verify_chain`].
pub fn verify_json(
    signed: &Signed,
    kind: &str,
    anchors: &[Certificate],
    at: Timestamp,
) -> Result<Certificate> {
    if signed.kind != kind {
        return Err(Error::invalid("proof.json.kind").arg("kind", &signed.kind));
    }
    let chain = signed.verify_signature()?;
    not_from_the_future(signed.signed_at, at)?;
    verify_chain(&chain, anchors, signed.signed_at)?;
    chain.into_iter().next().ok_or_else(|| Error::invalid("proof.certificate.usage"))
}

/// Refuses an instant of signing later than now, some drift of clocks aside.
pub(crate) fn not_from_the_future(signed_at: Timestamp, at: Timestamp) -> Result<()> {
    if signed_at > at.plus_us(AHEAD_MAX_US) {
        return Err(Error::invalid("proof.json.from_the_future").arg("at", signed_at));
    }
    Ok(())
}

fn check_kind(kind: &str) -> Result<()> {
    let fits = |b: u8| b.is_ascii_lowercase() || b == b'_';
    if kind.is_empty() || kind.len() > 32 || !kind.bytes().all(fits) {
        return Err(Error::invalid("proof.json.kind").arg("kind", kind.escape_debug()));
    }
    Ok(())
}

impl Signed {
    /// Reads a file. Errors: `proof.json.too_large`, `proof.json.form` for what is not such JSON
    /// or is nested too deep, `proof.json.not_canonical` when it is spelled another way.
    pub fn parse(bytes: &[u8]) -> Result<Signed> {
        Signed::parse_within(bytes, SIZE_MAX)
    }

    pub(crate) fn parse_within(bytes: &[u8], max: usize) -> Result<Signed> {
        if bytes.len() > max {
            return Err(Error::limited("proof.json.too_large").arg("size", bytes.len()));
        }
        let form = |e: serde_json::Error| Error::invalid("proof.json.form").detail(e);
        // serde_json itself refuses nesting deeper than 128.
        let signed: Signed = serde_json::from_slice(bytes).map_err(form)?;
        if signed.format != FORMAT {
            return Err(Error::invalid("proof.json.form").detail("format"));
        }
        check_kind(&signed.kind)?;
        // A fraction has no canonical form at all.
        if signed.to_bytes().ok().as_deref() != Some(bytes) {
            return Err(Error::invalid("proof.json.not_canonical"));
        }
        Ok(signed)
    }

    /// The file's bytes: canonical JSON.
    pub fn to_bytes(&self) -> Result<Vec<u8>> {
        let value =
            serde_json::to_value(self).map_err(|e| Error::invalid("proof.json.form").detail(e))?;
        Ok(canonical::to_string(&value)?.into_bytes())
    }

    /// The certificates of the chain, the signer's own first. Errors: `proof.json.chain` and
    /// those of [`Certificate::parse`].
    pub fn certificates(&self) -> Result<Vec<Certificate>> {
        let wrong = || Error::invalid("proof.json.chain");
        if self.chain.is_empty() || self.chain.len() > CHAIN_MAX {
            return Err(wrong());
        }
        self.chain
            .iter()
            .map(|text| Certificate::parse(&STANDARD.decode(text).map_err(|_| wrong())?))
            .collect()
    }

    /// Checks the signature by the chain's first certificate and returns the chain. Errors:
    /// `proof.signature.form`, `proof.signature.mismatch`, `proof.certificate.usage` when the
    /// certificate may not sign, those of [`Signed::certificates`].
    pub fn verify_signature(&self) -> Result<Vec<Certificate>> {
        let chain = self.certificates()?;
        if !chain[0].may_sign() {
            return Err(Error::invalid("proof.certificate.usage"));
        }
        let signature =
            STANDARD.decode(&self.signature).map_err(|_| Error::invalid("proof.signature.form"))?;
        chain[0].sm2_key()?.verify(&self.message()?, &signature)?;
        Ok(chain)
    }

    fn message(&self) -> Result<Vec<u8>> {
        let covered = json!({
            "format": FORMAT,
            "kind": self.kind,
            "body": self.body,
            "signed_at": self.signed_at,
            "chain": self.chain,
        });
        Ok(canonical::to_string(&covered)?.into_bytes())
    }
}
