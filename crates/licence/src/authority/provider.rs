//! Where private keys are: providers make a key and use it, and give out nothing but the public
//! half and signatures.
//!
//! Invariants: no caller ever holds a private key's bytes; what the database keeps of a key is the
//! provider's own affair ([`Held::kept`]), sealed where it is the key itself; a key serves one
//! algorithm.
//! Must not know: what is signed, who may have it signed.

use super::pkcs11;
use ::store::Env;
use kernel::{Error, Random, Result};
use proof::key::{Algorithm, PrivateKey, PublicKey, Signer};
use proof::sm2cipher::{self, Form};
use proof::vault::Vault;
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

/// The provider that keeps keys in the database, sealed under the installation's master key.
pub(crate) const FILE: &str = "file";
/// The provider that has keys in a device behind PKCS #11.
pub(crate) const PKCS11: &str = "pkcs11";
/// Purpose under which the file provider seals keys; that of agencies' keys.
pub(crate) const SEALED_AS: &str = "licence.key";

/// A key as it is referred to.
#[derive(Clone, Debug)]
pub struct Held {
    /// Id; in a device, the name of the key object.
    pub id: String,
    /// Algorithm.
    pub algorithm: Algorithm,
    /// The public half, as [`PublicKey::to_bytes`] gives it.
    pub public: Vec<u8>,
    /// What the provider needs kept beside it: the sealed key, or nothing.
    pub kept: Vec<u8>,
}

impl Held {
    /// The public half. Errors: `proof.key.point` for a damaged record.
    pub fn public(&self) -> Result<PublicKey> {
        PublicKey::from_bytes(self.algorithm, &self.public)
    }
}

/// Makes and uses private keys.
pub trait KeyProvider: Send + Sync + std::fmt::Debug {
    /// Its name in the database.
    fn name(&self) -> &'static str;
    /// Algorithms it has keys of.
    fn algorithms(&self) -> &'static [Algorithm];
    /// Makes a key. Errors: `licence.provider_algorithm`, `unavailable` when the device is away.
    fn generate(&self, id: &str, algorithm: Algorithm, random: &mut Random) -> Result<Held>;
    /// The signature of a message in the algorithm's X.509 encoding. Errors: `unavailable`.
    fn sign(&self, key: &Held, message: &[u8]) -> Result<Vec<u8>>;
    /// Opens what was encrypted to the key, as GB/T 35276 writes it. Errors: `proof.cipher.open`,
    /// `licence.provider_algorithm` where keys only sign.
    fn decrypt(&self, key: &Held, sealed: &[u8]) -> Result<Vec<u8>>;
}

/// The provider of this name. Errors: `licence.provider_unknown` when it is none or not configured,
/// `unavailable` when its device does not answer.
pub(crate) fn provider(env: &Env, name: &str) -> Result<Arc<dyn KeyProvider>> {
    match name {
        FILE => Ok(Arc::new(FileProvider { vault: env.vault.clone(), opened: env.kept() })),
        PKCS11 => pkcs11::token(env),
        _ => Err(unknown()),
    }
}

/// Names of the providers this installation has.
pub(crate) fn names(env: &Env) -> Vec<&'static str> {
    let mut names = vec![FILE];
    if pkcs11::is_configured(env) {
        names.push(PKCS11);
    }
    names
}

pub(super) fn unknown() -> Error {
    let code = "licence.provider_unknown";
    Error::invalid(code).field("provider", code)
}

pub(super) fn not_served() -> Error {
    let code = "licence.provider_algorithm";
    Error::invalid(code).field("algorithm", code)
}

/// A key with its provider: signs.
#[derive(Clone, Debug)]
pub(crate) struct Handle {
    provider: Arc<dyn KeyProvider>,
    held: Held,
    public: PublicKey,
}

impl Handle {
    /// Errors: `proof.key.point` for a damaged record.
    pub(crate) fn new(provider: Arc<dyn KeyProvider>, held: Held) -> Result<Handle> {
        let public = held.public()?;
        Ok(Handle { provider, held, public })
    }

    /// The public half.
    pub(crate) fn public_key(&self) -> &PublicKey {
        &self.public
    }

    /// Opens what was encrypted to the key. Errors: as [`KeyProvider::decrypt`].
    pub(crate) fn decrypt(&self, sealed: &[u8]) -> Result<Vec<u8>> {
        self.provider.decrypt(&self.held, sealed)
    }
}

impl Signer for Handle {
    fn public(&self) -> PublicKey {
        self.public.clone()
    }

    fn sign(&self, message: &[u8]) -> Result<Vec<u8>> {
        self.provider.sign(&self.held, message)
    }
}

/// Keys in the database, sealed; for development, and where there is no device.
struct FileProvider {
    vault: Vault,
    opened: Arc<Opened>,
}

/// Keys opened before, by what is kept of them: opening one costs more than signing with it. Whether
/// a key may still be used is asked of the database before it is asked of its provider.
#[derive(Default)]
struct Opened(Mutex<BTreeMap<Vec<u8>, Arc<PrivateKey>>>);

/// Most keys kept open: those of the authorities of a province.
const OPENED_MAX: usize = 100;

impl std::fmt::Debug for FileProvider {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("FileProvider")
    }
}

impl FileProvider {
    fn open(&self, key: &Held) -> Result<Arc<PrivateKey>> {
        let opened = || self.opened.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(found) = opened().get(&key.kept) {
            return Ok(found.clone());
        }
        let pem = self.vault.open(SEALED_AS, &key.kept).map_err(Error::internal)?;
        let pem = String::from_utf8(pem).map_err(Error::internal)?;
        let private = Arc::new(PrivateKey::from_pem(&pem).map_err(Error::internal)?);
        let mut opened = opened();
        if opened.len() >= OPENED_MAX {
            opened.clear();
        }
        opened.insert(key.kept.clone(), private.clone());
        Ok(private)
    }
}

impl KeyProvider for FileProvider {
    fn name(&self) -> &'static str {
        FILE
    }

    fn algorithms(&self) -> &'static [Algorithm] {
        &[Algorithm::Sm2, Algorithm::P256]
    }

    fn generate(&self, id: &str, algorithm: Algorithm, random: &mut Random) -> Result<Held> {
        if !self.algorithms().contains(&algorithm) {
            return Err(not_served());
        }
        let key = PrivateKey::from_seed(algorithm, &random.bytes())?;
        let kept = self.vault.seal(SEALED_AS, key.to_pem()?.as_bytes(), random)?;
        Ok(Held { id: id.to_owned(), algorithm, public: key.public().to_bytes(), kept })
    }

    fn sign(&self, key: &Held, message: &[u8]) -> Result<Vec<u8>> {
        self.open(key)?.sign(message)
    }

    fn decrypt(&self, key: &Held, sealed: &[u8]) -> Result<Vec<u8>> {
        match self.open(key)?.as_ref() {
            PrivateKey::Sm2(key) => sm2cipher::decrypt(key, sealed, Form::Der),
            _ => Err(not_served()),
        }
    }
}
