//! Encrypted tokens: JWE in its compact form (RFC 7516) to a P-256 key, agreed on directly (ECDH-ES,
//! RFC 7518 §4.6), with AES-GCM of 128 or 256 bits, as OpenID4VP and its high-assurance profile ask.
//!
//! Invariants: nothing but these algorithms is spoken, so nobody chooses a weaker one for us; the
//! sender's point is checked to be on the curve; every failure to open looks the same; what was
//! compressed is refused. Who sent it is not known by it: anybody can encrypt.
//! Must not know: what is inside, where keys are kept.

use super::{HEADER_MAX, SIZE_MAX, decode, encode};
use crate::json;
use crate::key::{Algorithm, PrivateKey, PublicKey};
use aes_gcm::aead::{Aead, KeyInit, Payload};
use aes_gcm::{Aes128Gcm, Aes256Gcm};
use kernel::{Error, Random, Result};
use serde_json::{Map, Value, json};
use sha2::{Digest, Sha256};

const CODE: &str = "proof.jwe.form";
const AGREEMENT: &str = "ECDH-ES";
const TAG: usize = 16;
/// Longest value that may take part in deriving a key, in bytes.
const PARTY_MAX: usize = 1024;

/// How the content is encrypted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Encryption {
    /// AES-GCM with 128 bits.
    A128Gcm,
    /// AES-GCM with 256 bits.
    A256Gcm,
}

impl Encryption {
    /// All of them, the strongest first.
    pub const ALL: [Encryption; 2] = [Encryption::A256Gcm, Encryption::A128Gcm];

    /// The name in headers.
    pub fn name(self) -> &'static str {
        match self {
            Encryption::A128Gcm => "A128GCM",
            Encryption::A256Gcm => "A256GCM",
        }
    }

    fn bits(self) -> u32 {
        match self {
            Encryption::A128Gcm => 128,
            Encryption::A256Gcm => 256,
        }
    }
}

/// A token that was read. Nothing of its header is proven before it was opened.
#[derive(Clone, Debug)]
pub struct Jwe {
    header: Map<String, Value>,
    covered: String,
    encryption: Encryption,
    sender: PublicKey,
    nonce: [u8; 12],
    sealed: Vec<u8>,
}

impl Jwe {
    /// Reads the compact form. Errors: `proof.jwe.form` for what is not five parts of base64url of the
    /// right lengths, `proof.jose.json` for a header that is not strict JSON, `proof.jose.critical`
    /// for one that must be understood and is not, `proof.jwe.algorithm`, and those of
    /// [`PublicKey::from_jwk`].
    pub fn parse(token: &str) -> Result<Jwe> {
        let form = || Error::invalid(CODE);
        if token.len() > SIZE_MAX {
            return Err(form().detail("too large"));
        }
        let parts: Vec<&str> = token.splitn(6, '.').collect();
        let [covered, key, nonce, content, tag] = parts.as_slice() else { return Err(form()) };
        let part = |text: &str| decode(text).map_err(|_| form());
        let header = json::object(&part(covered)?, HEADER_MAX)?;
        if header.contains_key("crit") {
            return Err(Error::invalid("proof.jose.critical"));
        }
        let text = |name: &str| header.get(name).and_then(Value::as_str).unwrap_or("");
        let encryption = Encryption::ALL.into_iter().find(|known| known.name() == text("enc"));
        let spoken = text("alg") == AGREEMENT && !header.contains_key("zip");
        let encryption = encryption.filter(|_| spoken).ok_or_else(|| {
            Error::invalid("proof.jwe.algorithm")
                .arg("name", format!("{} {}", text("alg"), text("enc")))
        })?;
        let sender = header.get("epk").filter(|jwk| jwk.get("d").is_none()).ok_or_else(form)?;
        let sender = PublicKey::from_jwk(sender)?;
        let (nonce, tag) = (part(nonce)?, part(tag)?);
        let nonce = <[u8; 12]>::try_from(nonce.as_slice()).map_err(|_| form())?;
        if !key.is_empty() || tag.len() != TAG {
            return Err(form());
        }
        let sealed = [part(content)?, tag].concat();
        Ok(Jwe { encryption, sender, nonce, sealed, covered: (*covered).to_owned(), header })
    }

    /// The key it names as the one it was encrypted to.
    pub fn key_id(&self) -> Option<&str> {
        self.header.get("kid").and_then(Value::as_str)
    }

    /// What is inside. Errors: `proof.jwe.open`, whatever is wrong.
    pub fn open(&self, key: &PrivateKey) -> Result<Vec<u8>> {
        let closed = || Error::invalid("proof.jwe.open");
        let party = |name: &str| match self.header.get(name) {
            None => Ok(Vec::new()),
            Some(value) => {
                let bytes = value.as_str().and_then(|text| decode(text).ok());
                bytes.filter(|bytes| bytes.len() <= PARTY_MAX).ok_or_else(closed)
            }
        };
        let agreed = agreed(key, &self.sender).ok_or_else(closed)?;
        let key = derived(&agreed, self.encryption, &party("apu")?, &party("apv")?);
        let content = Payload { msg: &self.sealed, aad: self.covered.as_bytes() };
        match self.encryption {
            Encryption::A128Gcm => cipher::<Aes128Gcm>(&key)?.decrypt(&self.nonce.into(), content),
            Encryption::A256Gcm => cipher::<Aes256Gcm>(&key)?.decrypt(&self.nonce.into(), content),
        }
        .map_err(|_| closed())
    }
}

/// Encrypts to a P-256 key, naming it. Errors: `proof.key.algorithm` for another key.
pub fn encrypt(
    plain: &[u8],
    to: &PublicKey,
    key_id: &str,
    encryption: Encryption,
    random: &mut Random,
) -> Result<String> {
    let own = PrivateKey::from_seed(Algorithm::P256, &random.bytes())?;
    let header = json!({ "alg": AGREEMENT, "enc": encryption.name(), "kid": key_id,
        "epk": crate::key::Signer::public(&own).to_jwk() });
    let covered = encode(json::canonical(&header)?.as_bytes());
    let other = || Error::invalid("proof.key.algorithm").arg("oid", to.algorithm().jose());
    let key = derived(&agreed(&own, to).ok_or_else(other)?, encryption, &[], &[]);
    let nonce: [u8; 12] = random.bytes();
    let content = Payload { msg: plain, aad: covered.as_bytes() };
    let sealed = match encryption {
        Encryption::A128Gcm => cipher::<Aes128Gcm>(&key)?.encrypt(&nonce.into(), content),
        Encryption::A256Gcm => cipher::<Aes256Gcm>(&key)?.encrypt(&nonce.into(), content),
    }
    .map_err(|_| Error::internal("AES-GCM refused to encrypt"))?;
    let (content, tag) = sealed.split_at(sealed.len().saturating_sub(TAG));
    Ok(format!("{covered}..{}.{}.{}", encode(&nonce), encode(content), encode(tag)))
}

fn cipher<C: KeyInit>(key: &[u8]) -> Result<C> {
    C::new_from_slice(key).map_err(|_| Error::internal("a key of another length"))
}

/// The secret two keys of P-256 have in common; none for keys of other kinds.
pub(crate) fn agreed(own: &PrivateKey, other: &PublicKey) -> Option<[u8; 32]> {
    let (PrivateKey::P256(own), PublicKey::P256(other)) = (own, other) else { return None };
    let secret = p256::ecdh::diffie_hellman(own.as_nonzero_scalar(), other.as_affine());
    Some((*secret.raw_secret_bytes()).into())
}

/// The key of the content (NIST SP 800-56A §5.8.1 as RFC 7518 §4.6.2 fills it in), one round of
/// SHA-256 for keys no longer than its digest.
pub(crate) fn derived(
    agreed: &[u8; 32],
    encryption: Encryption,
    from: &[u8],
    to: &[u8],
) -> Vec<u8> {
    let mut digest = Sha256::new().chain_update(1_u32.to_be_bytes()).chain_update(agreed);
    for part in [encryption.name().as_bytes(), from, to] {
        // Bounded above, far below what 32 bits count.
        digest.update((part.len() as u32).to_be_bytes());
        digest.update(part);
    }
    digest.update(encryption.bits().to_be_bytes());
    digest.finalize()[..encryption.bits() as usize / 8].to_vec()
}
