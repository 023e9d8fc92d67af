//! Signed tokens of the web: JWS in its compact form (RFC 7515) with ES256 (RFC 7518), EdDSA (RFC
//! 8037) and SM2, keys as JWK (RFC 7517), credentials with selective disclosure, status lists, encrypted tokens.
//!
//! Invariants: the algorithm follows from the verifier's key, and a header that names another is
//! refused, `none` among them; a header this crate does not know but which is critical is refused;
//! the kind (`typ`) is checked (RFC 8725); no key is taken from a header but certificates, which
//! lead to an anchor or count for nothing, and the key of which a token proves possession.
//! Must not know: what claims mean beyond those the standards check.

pub mod jwe;
pub mod sdjwt;
pub mod status;

use crate::certificate::{CHAIN_MAX, Certificate};
use crate::json;
use crate::key::{Algorithm, PublicKey, Signer, sign_fixed};
use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use kernel::{Error, Result, Timestamp};
use serde_json::{Map, Value, json};

/// Most bytes a token may have.
pub const SIZE_MAX: usize = 4 << 20;
/// Most bytes a header may have.
const HEADER_MAX: usize = 256 << 10;
/// How far clocks may differ.
pub(crate) const DRIFT_US: i64 = 60 * kernel::time::SECOND_US;

const CODE: &str = "proof.jose.form";

/// A token that was read. Not yet trusted: that is [`Jws::verify`].
#[derive(Clone, Debug)]
pub struct Jws {
    header: Map<String, Value>,
    payload: Vec<u8>,
    covered: String,
    signature: Vec<u8>,
}

impl Algorithm {
    /// The name in headers. SM2 has none that is registered: its object identifier, which nobody
    /// else can mean otherwise (RFC 7515 §4.1.1), stands for it.
    pub fn jose(self) -> &'static str {
        match self {
            Algorithm::Sm2 => "1.2.156.10197.1.501",
            Algorithm::P256 => "ES256",
            Algorithm::Ed25519 => "EdDSA",
        }
    }

    /// Whether a header names this algorithm: also by the name that says the curve (RFC 9864).
    fn is_named(self, name: &str) -> bool {
        name == self.jose() || self == Algorithm::Ed25519 && name == "Ed25519"
    }

    fn curve(self) -> &'static str {
        match self {
            Algorithm::Sm2 => "1.2.156.10197.1.301",
            Algorithm::P256 => "P-256",
            Algorithm::Ed25519 => "Ed25519",
        }
    }
}

/// Signs a payload: the compact form. `typ` says what kind of token it is; a chain, the signer's
/// own certificate first, goes into the header when given. Errors: `proof.certificate.key` when
/// the key is not the first certificate's, `proof.certificate.usage`.
pub fn sign(typ: &str, payload: &[u8], key: &dyn Signer, chain: &[Certificate]) -> Result<String> {
    let mut header = Map::new();
    header.insert("alg".into(), key.public().algorithm().jose().into());
    header.insert("typ".into(), typ.into());
    if let Some(first) = chain.first() {
        if key.public() != *first.public_key() {
            return Err(Error::invalid("proof.certificate.key"));
        }
        if !first.may_sign() {
            return Err(Error::invalid("proof.certificate.usage"));
        }
        let chain: Vec<Value> = chain.iter().map(|c| STANDARD.encode(c.der()).into()).collect();
        header.insert("x5c".into(), chain.into());
    }
    let header = json::canonical(&Value::Object(header))?;
    let covered = format!("{}.{}", encode(header.as_bytes()), encode(payload));
    let signature = sign_fixed(key, covered.as_bytes())?;
    Ok(format!("{covered}.{}", encode(&signature)))
}

impl Jws {
    /// Reads the compact form. Errors: `proof.jose.form` for what is not three parts of base64url,
    /// `proof.jose.json` for a header that is not strict JSON, `proof.jose.critical` for a header
    /// that must be understood and is not.
    pub fn parse(token: &str) -> Result<Jws> {
        let form = || Error::invalid(CODE);
        if token.len() > SIZE_MAX {
            return Err(form().detail("too large"));
        }
        let (covered, signature) = token.rsplit_once('.').ok_or_else(form)?;
        let (header, payload) = covered.split_once('.').ok_or_else(form)?;
        let header = json::object(&decode(header)?, HEADER_MAX)?;
        // Whatever is critical would have to be understood; nothing of the kind is.
        if header.contains_key("crit") || header.contains_key("b64") {
            return Err(Error::invalid("proof.jose.critical"));
        }
        Ok(Jws {
            header,
            payload: decode(payload)?,
            covered: covered.to_owned(),
            signature: decode(signature)?,
        })
    }

    /// The payload. Trust it only after [`Jws::verify`].
    pub fn payload(&self) -> &[u8] {
        &self.payload
    }

    /// The payload as an object of claims. Errors: `proof.jose.json`.
    pub fn claims(&self) -> Result<Map<String, Value>> {
        json::object(&self.payload, SIZE_MAX)
    }

    /// A text of the header, such as `kid`.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.header.get(name).and_then(Value::as_str)
    }

    /// The key in the header (`jwk`) of which the token proves possession, and nothing more. Errors:
    /// `proof.jose.form` for a header without one or with a private key, those of
    /// [`PublicKey::from_jwk`].
    pub fn possessed(&self) -> Result<PublicKey> {
        let jwk = self.header.get("jwk").filter(|jwk| jwk.get("d").is_none());
        PublicKey::from_jwk(jwk.ok_or_else(|| Error::invalid(CODE).detail("jwk"))?)
    }

    /// The certificates of the header, the signer's own first; none when there are none. Errors:
    /// `proof.jose.form`, and those of [`Certificate::parse`].
    pub fn certificates(&self) -> Result<Vec<Certificate>> {
        let form = || Error::invalid(CODE).detail("x5c");
        let Some(list) = self.header.get("x5c") else { return Ok(Vec::new()) };
        let list = list.as_array().filter(|l| l.len() <= CHAIN_MAX).ok_or_else(form)?;
        list.iter()
            .map(|item| {
                let text = item.as_str().ok_or_else(form)?;
                Certificate::parse(&STANDARD.decode(text).map_err(|_| form())?)
            })
            .collect()
    }

    /// Checks the signature with the key, and the kind. Errors: `proof.jose.algorithm` when the
    /// header names another algorithm than the key's, `proof.jose.type`, `proof.signature.form`,
    /// `proof.signature.mismatch`.
    pub fn verify(&self, key: &PublicKey, typ: &str) -> Result<()> {
        let named = self.header("alg").unwrap_or("");
        if !key.algorithm().is_named(named) {
            return Err(Error::invalid("proof.jose.algorithm").arg("name", named));
        }
        // RFC 7515 §4.1.9: the media type may be written in full, and in letters of any case.
        let found = self.header("typ").unwrap_or("");
        let written = found.to_ascii_lowercase();
        if written.strip_prefix("application/").unwrap_or(&written) != typ.to_ascii_lowercase() {
            return Err(Error::invalid("proof.jose.type").arg("name", found));
        }
        key.verify_fixed(self.covered.as_bytes(), &self.signature)
    }

    /// Checks signature and kind, and that the signer's certificate may sign and leads to an
    /// anchor at the instant; the certificate. Errors: as [`Jws::verify`],
    /// `proof.certificate.usage`, and those of [`crate::certificate::verify_chain`].
    pub fn verify_certified(
        &self,
        typ: &str,
        anchors: &[Certificate],
        at: Timestamp,
    ) -> Result<Certificate> {
        let chain = self.certificates()?;
        let usage = || Error::invalid("proof.certificate.usage");
        let signer = chain.first().filter(|c| c.may_sign()).ok_or_else(usage)?;
        self.verify(signer.public_key(), typ)?;
        crate::certificate::verify_chain(&chain, anchors, at)?;
        Ok(signer.clone())
    }
}

/// Checks the instants of claims (RFC 7519): `nbf`, `iat` not later than the instant, `exp` later,
/// clocks differing by a minute at most. Errors: `proof.jose.json` for what is no number,
/// `proof.jose.early`, `proof.jose.expired`.
pub fn verify_times(claims: &Map<String, Value>, at: Timestamp) -> Result<()> {
    for name in ["nbf", "iat"] {
        if let Some(from) = time(claims, name)?.filter(|from| *from > at.plus_us(DRIFT_US)) {
            return Err(Error::invalid("proof.jose.early").arg("at", from));
        }
    }
    if let Some(until) = time(claims, "exp")?.filter(|until| *until <= at.plus_us(-DRIFT_US)) {
        return Err(Error::invalid("proof.jose.expired").arg("at", until));
    }
    Ok(())
}

/// An instant among claims, in seconds, which may have a fraction (RFC 7519 §2).
pub(crate) fn time(claims: &Map<String, Value>, name: &str) -> Result<Option<Timestamp>> {
    let wrong = || Error::invalid("proof.jose.json").detail("instant");
    let Some(value) = claims.get(name) else { return Ok(None) };
    if let Some(seconds) = value.as_i64() {
        let us = seconds.checked_mul(kernel::time::SECOND_US);
        return us.map(Timestamp).map(Some).ok_or_else(wrong);
    }
    // Far beyond every calendar, and exact to less than a millisecond below.
    let seconds = value.as_f64().filter(|seconds| seconds.abs() < 1e12).ok_or_else(wrong)?;
    Ok(Some(Timestamp((seconds * kernel::time::SECOND_US as f64) as i64)))
}

/// Seconds since 1970, as claims count.
pub(crate) fn seconds(at: Timestamp) -> Value {
    (at.0.div_euclid(kernel::time::SECOND_US)).into()
}

impl PublicKey {
    /// The key as a JWK.
    pub fn to_jwk(&self) -> Value {
        let bytes = self.to_bytes();
        let crv = self.algorithm().curve();
        match self {
            PublicKey::Ed25519(_) => json!({ "kty": "OKP", "crv": crv, "x": encode(&bytes) }),
            PublicKey::Sm2(_) | PublicKey::P256(_) => {
                let (x, y) = bytes.get(1..).unwrap_or(&[]).split_at(32);
                json!({ "kty": "EC", "crv": crv, "x": encode(x), "y": encode(y) })
            }
        }
    }

    /// The key of a JWK. Errors: `proof.key.algorithm`, `proof.key.point`.
    pub fn from_jwk(jwk: &Value) -> Result<PublicKey> {
        let text = |name: &str| jwk.get(name).and_then(Value::as_str).unwrap_or("");
        let part = |name: &str| decode(text(name)).map_err(|_| Error::invalid("proof.key.point"));
        let algorithm = [Algorithm::Sm2, Algorithm::P256, Algorithm::Ed25519]
            .into_iter()
            .find(|known| known.curve() == text("crv"))
            .ok_or_else(|| Error::invalid("proof.key.algorithm").arg("oid", text("crv")))?;
        match (algorithm, text("kty")) {
            (Algorithm::Ed25519, "OKP") => PublicKey::from_bytes(algorithm, &part("x")?),
            (Algorithm::Sm2 | Algorithm::P256, "EC") => {
                PublicKey::from_bytes(algorithm, &[&[4][..], &part("x")?, &part("y")?].concat())
            }
            _ => Err(Error::invalid("proof.key.algorithm").arg("oid", text("kty"))),
        }
    }
}

pub(crate) fn encode(bytes: &[u8]) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

pub(crate) fn decode(text: &str) -> Result<Vec<u8>> {
    URL_SAFE_NO_PAD.decode(text).map_err(|e| Error::invalid(CODE).detail(e))
}
