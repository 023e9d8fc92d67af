//! Sensitive columns at rest: SM4-GCM per purpose, and blind indexes for equality look-up.
//!
//! Invariants: a key is derived for each purpose, so a value sealed for one column does not open
//! in another; nonces are 96 random bits; the sealed form carries its version.
//! Must not know: which tables exist, where the master key is kept.

use crate::digest::{MacKey, hexadecimal, hmac_sm3};
use aes_gcm::aead::consts::U12;
use aes_gcm::aead::{Aead, KeyInit, Payload};
use aes_gcm::{AesGcm, Nonce};
use kernel::{Error, Random, Result};
use sm4::Sm4;
use std::collections::BTreeMap;
use std::sync::{Arc, PoisonError, RwLock};

/// Most bytes one value may have.
pub const PLAIN_MAX: usize = 16 << 20;

const VERSION: u8 = 1;
const NONCE_LEN: usize = 12;
const TAG_LEN: usize = 16;

type Sm4Gcm = AesGcm<Sm4, U12>;

/// Seals and opens values under one master key.
#[derive(Clone)]
pub struct Vault {
    master: [u8; 32],
    ciphers: Arc<Kept<Sm4Gcm>>,
    indexes: Arc<Kept<MacKey>>,
}

/// What was derived for a purpose: deriving takes as long as sealing a name.
type Kept<T> = RwLock<BTreeMap<String, Arc<T>>>;

/// Purposes whose keys are kept; they are the program's own, some dozens.
const KEPT_MAX: usize = 256;

fn kept<T>(held: &Kept<T>, purpose: &str, derive: impl FnOnce() -> T) -> Arc<T> {
    if let Some(found) = held.read().unwrap_or_else(PoisonError::into_inner).get(purpose) {
        return found.clone();
    }
    let made = Arc::new(derive());
    let mut held = held.write().unwrap_or_else(PoisonError::into_inner);
    if held.len() < KEPT_MAX {
        held.insert(purpose.to_owned(), made.clone());
    }
    made
}

impl std::fmt::Debug for Vault {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Vault")
    }
}

impl Vault {
    /// A vault under 32 secret bytes.
    pub fn new(master: [u8; 32]) -> Vault {
        Vault { master, ciphers: Arc::default(), indexes: Arc::default() }
    }

    fn cipher(&self, context: &str) -> Arc<Sm4Gcm> {
        kept(&self.ciphers, context, || {
            let derived = hmac_sm3(&self.master, &[b"yipan.vault.seal\0", context.as_bytes()]);
            let mut key = [0_u8; 16];
            key.copy_from_slice(&derived[..16]);
            Sm4Gcm::new(&key.into())
        })
    }

    /// Seals a value for a purpose such as `party.person.id_number`. The result is version (1
    /// byte), nonce (12), ciphertext, tag (16). Errors: `proof.vault.too_large`.
    pub fn seal(&self, context: &str, plain: &[u8], random: &mut Random) -> Result<Vec<u8>> {
        if plain.len() > PLAIN_MAX {
            return Err(Error::limited("proof.vault.too_large").arg("size", plain.len()));
        }
        let nonce: [u8; NONCE_LEN] = random.bytes();
        let payload = Payload { msg: plain, aad: context.as_bytes() };
        let sealed = self
            .cipher(context)
            .encrypt(&Nonce::<U12>::from(nonce), payload)
            .map_err(|_| Error::internal("SM4-GCM refused to encrypt"))?;
        let mut out = Vec::with_capacity(1 + NONCE_LEN + sealed.len());
        out.push(VERSION);
        out.extend_from_slice(&nonce);
        out.extend_from_slice(&sealed);
        Ok(out)
    }

    /// Opens what [`Vault::seal`] made for the same purpose. Errors: `proof.vault.form` when it
    /// is not of that shape, `proof.vault.unauthentic` for another key, purpose or one changed bit.
    pub fn open(&self, context: &str, sealed: &[u8]) -> Result<Vec<u8>> {
        let form = || Error::invalid("proof.vault.form");
        if sealed.len() > PLAIN_MAX + 1 + NONCE_LEN + TAG_LEN {
            return Err(form());
        }
        let (&version, rest) = sealed.split_first().ok_or_else(form)?;
        let (nonce, body) = rest.split_first_chunk::<NONCE_LEN>().ok_or_else(form)?;
        if version != VERSION || body.len() < TAG_LEN {
            return Err(form());
        }
        let payload = Payload { msg: body, aad: context.as_bytes() };
        self.cipher(context)
            .decrypt(&Nonce::<U12>::from(*nonce), payload)
            .map_err(|_| Error::invalid("proof.vault.unauthentic"))
    }

    /// The blind index of a text for a purpose: 64 hexadecimal digits, equal for equal texts and
    /// telling nothing else without the key.
    pub fn index(&self, context: &str, text: &str) -> String {
        let key = kept(&self.indexes, context, || {
            MacKey::new(&hmac_sm3(&self.master, &[b"yipan.vault.index\0", context.as_bytes()]))
        });
        hexadecimal("", &key.mac(&[text.as_bytes()]))
    }
}
