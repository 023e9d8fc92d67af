//! Status lists of others' kind: Token Status List (JWT), one to eight bits for each credential,
//! compressed.
//!
//! Invariants: what is inflated is bounded whatever the compressed form claims; an index outside the
//! list is an error, never a credential in force.
//! Must not know: which credential has which index.

use super::{DRIFT_US, Jws, decode, encode, seconds, sign, time, verify_times};
use crate::certificate::Certificate;
use crate::json;
use crate::key::{PublicKey, Signer};
use flate2::Compression;
use flate2::read::{ZlibDecoder, ZlibEncoder};
use kernel::{Error, Result, Timestamp};
use serde_json::{Map, Value, json};
use std::io::Read;

/// The kind of such tokens.
pub const TYP: &str = "statuslist+jwt";
/// Most bytes a list may have when inflated: 32 million credentials of two bits.
pub const BYTES_MAX: usize = 8 << 20;

const CODE: &str = "proof.statuslist.form";

/// In force (Token Status List §7.1).
pub const VALID: u8 = 0;
/// Taken back.
pub const INVALID: u8 = 1;
/// Suspended.
pub const SUSPENDED: u8 = 2;

/// States of credentials by index.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StatusBits {
    bits: u8,
    bytes: Vec<u8>,
}

/// What a list token says beside its bits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Issue<'a> {
    /// Its own address, which credentials name.
    pub subject: &'a str,
    /// When it is made.
    pub at: Timestamp,
    /// When it no longer counts.
    pub expires: Timestamp,
    /// Seconds after which a verifier fetches it anew.
    pub ttl: u64,
}

impl StatusBits {
    /// A list of so many credentials, all in force. `bits` is 1, 2, 4 or 8. Errors:
    /// `proof.statuslist.form`.
    pub fn new(bits: u8, credentials: usize) -> Result<StatusBits> {
        let size = credentials.div_ceil(usize::from(8 / bits.clamp(1, 8)));
        StatusBits::of(bits, vec![0; size.min(BYTES_MAX + 1)])
    }

    fn of(bits: u8, bytes: Vec<u8>) -> Result<StatusBits> {
        if ![1, 2, 4, 8].contains(&bits) || bytes.is_empty() || bytes.len() > BYTES_MAX {
            return Err(Error::invalid(CODE).detail("bits or size"));
        }
        Ok(StatusBits { bits, bytes })
    }

    fn place(&self, index: usize) -> Option<(usize, u32)> {
        let each = usize::from(8 / self.bits);
        let at = index / each;
        (at < self.bytes.len()).then(|| (at, (index % each) as u32 * u32::from(self.bits)))
    }

    fn mask(&self) -> u8 {
        u8::MAX >> (8 - self.bits)
    }

    /// The state of a credential. Errors: `proof.statuslist.index`.
    pub fn get(&self, index: usize) -> Result<u8> {
        let outside = || Error::invalid("proof.statuslist.index");
        let (at, shift) = self.place(index).ok_or_else(outside)?;
        self.bytes.get(at).map(|byte| byte >> shift & self.mask()).ok_or_else(outside)
    }

    /// Sets the state of a credential. Errors: `proof.statuslist.index` for an index outside or a
    /// state that does not fit the bits.
    pub fn set(&mut self, index: usize, state: u8) -> Result<()> {
        let outside = || Error::invalid("proof.statuslist.index");
        let (at, shift) = self.place(index).ok_or_else(outside)?;
        let mask = self.mask();
        if state > mask {
            return Err(outside());
        }
        let byte = self.bytes.get_mut(at).ok_or_else(outside)?;
        *byte = *byte & !(mask << shift) | state << shift;
        Ok(())
    }

    /// The member `status_list` of a token.
    pub fn to_json(&self) -> Result<Value> {
        let mut packed = Vec::new();
        ZlibEncoder::new(self.bytes.as_slice(), Compression::best())
            .read_to_end(&mut packed)
            .map_err(|e| Error::internal(format!("deflate: {e}")))?;
        Ok(json!({ "bits": self.bits, "lst": encode(&packed) }))
    }

    /// Reads the member `status_list` of a token. Errors: `proof.statuslist.form`.
    pub fn from_json(value: &Value) -> Result<StatusBits> {
        let form = || Error::invalid(CODE);
        let bits = value.get("bits").and_then(Value::as_u64).ok_or_else(form)?;
        let bits = u8::try_from(bits).map_err(|_| form())?;
        let packed = value.get("lst").and_then(Value::as_str).ok_or_else(form)?;
        let packed = decode(packed)?;
        let mut bytes = Vec::new();
        ZlibDecoder::new(packed.as_slice())
            .take(BYTES_MAX as u64 + 1)
            .read_to_end(&mut bytes)
            .map_err(|e| form().detail(e))?;
        StatusBits::of(bits, bytes)
    }

    /// Signs the list. Errors: `proof.statuslist.form` for an end not after the making, those of
    /// [`sign`].
    pub fn sign(
        &self,
        issue: &Issue<'_>,
        key: &dyn Signer,
        chain: &[Certificate],
    ) -> Result<String> {
        if issue.expires <= issue.at {
            return Err(Error::invalid(CODE).detail("expires"));
        }
        let body = json!({
            "sub": issue.subject,
            "iat": seconds(issue.at),
            "exp": seconds(issue.expires),
            "ttl": issue.ttl,
            "status_list": self.to_json()?,
        });
        sign(TYP, json::canonical(&body)?.as_bytes(), key, chain)
    }
}

/// Where a credential's state stands: the claim `status` of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reference {
    /// Index in the list.
    pub index: usize,
    /// Address of the list.
    pub uri: String,
}

impl Reference {
    /// The claim `status`.
    pub fn to_json(&self) -> Value {
        json!({ "status_list": { "idx": self.index, "uri": self.uri } })
    }

    /// Reads the claim `status` among a credential's; `None` when it has none. Errors:
    /// `proof.statuslist.form`.
    pub fn of(claims: &Map<String, Value>) -> Result<Option<Reference>> {
        let form = || Error::invalid(CODE).detail("reference");
        let Some(status) = claims.get("status") else { return Ok(None) };
        let list = status.get("status_list").ok_or_else(form)?;
        let index = list.get("idx").and_then(Value::as_u64).ok_or_else(form)?;
        let uri = list.get("uri").and_then(Value::as_str).ok_or_else(form)?;
        let index = usize::try_from(index).map_err(|_| form())?;
        Ok(Some(Reference { index, uri: uri.to_owned() }))
    }

    /// Checks a list token with its publisher's key and gives the credential's state. Errors: those
    /// of [`Jws::verify`], `proof.statuslist.subject` for the token of another address,
    /// `proof.jose.early`, `proof.jose.expired`, `proof.statuslist.form`,
    /// `proof.statuslist.index`.
    pub fn state(&self, token: &str, key: &PublicKey, at: Timestamp) -> Result<u8> {
        let token = Jws::parse(token)?;
        token.verify(key, TYP)?;
        let claims = token.claims()?;
        if claims.get("sub").and_then(Value::as_str) != Some(&self.uri) {
            return Err(Error::invalid("proof.statuslist.subject"));
        }
        verify_times(&claims, at)?;
        // Without an end the token counts only as long as it says it is fresh.
        let made = time(&claims, "iat")?.ok_or_else(|| Error::invalid(CODE).detail("iat"))?;
        if let Some(ttl) = claims.get("ttl").filter(|_| !claims.contains_key("exp")) {
            let ttl = ttl.as_i64().filter(|ttl| *ttl > 0);
            let ttl = ttl.ok_or_else(|| Error::invalid(CODE).detail("ttl"))?;
            let until = made.plus_us(ttl.saturating_mul(kernel::time::SECOND_US));
            if until.plus_us(DRIFT_US) < at {
                return Err(Error::invalid("proof.jose.expired").arg("at", until));
            }
        }
        let list = claims.get("status_list").ok_or_else(|| Error::invalid(CODE))?;
        StatusBits::from_json(list)?.get(self.index)
    }
}
