//! Keys in a device behind PKCS #11: ECDSA on P-256, made in the device and not to be taken out.
//!
//! `pkcs11.json` in the data folder names the vendor's library, the token by its label and a file
//! with the PIN. SM2 is not asked of devices: the standard has no mechanism for it, and each vendor
//! names its own.
//!
//! Invariants: the library is loaded once; one session at a time, opened anew after a fault;
//! private keys are made sensitive and not extractable; what the device signs is checked before it
//! is given out. The calls block for as long as the device takes.
//! Must not know: what is signed.

use super::provider::{Held, KeyProvider, PKCS11, not_served, unknown};
use ::store::Env;
use cryptoki::context::{CInitializeArgs, CInitializeFlags, Pkcs11};
use cryptoki::error::{Error as DeviceError, RvError};
use cryptoki::mechanism::Mechanism;
use cryptoki::object::{Attribute, AttributeType, KeyType, ObjectClass, ObjectHandle};
use cryptoki::session::{Session, UserType};
use cryptoki::slot::Slot;
use cryptoki::types::AuthPin;
use kernel::{Error, Random, Result};
use proof::hash::Hash;
use proof::key::{Algorithm, signature_of_fixed};
use serde::Deserialize;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

/// Name of the settings in the data folder.
const SETTINGS: &str = "pkcs11.json";
/// Most bytes of the settings or the PIN.
const SETTINGS_MAX: usize = 4 << 10;
/// The curve P-256 as `CKA_EC_PARAMS` has it: its object identifier in DER.
const CURVE: [u8; 10] = [0x06, 0x08, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07];
/// An uncompressed point of P-256, and the same within an OCTET STRING.
const POINT_LEN: usize = 65;
const POINT_HEAD: [u8; 2] = [0x04, 0x41];

/// What the operator says of the device.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Settings {
    /// Path of the vendor's library.
    module: PathBuf,
    /// Label of the token.
    token: String,
    /// File that holds the user's PIN; a relative path begins in the data folder.
    pin_file: PathBuf,
}

/// The token of this installation, once opened.
#[derive(Default)]
struct Opened(Mutex<Option<Arc<Token>>>);

/// A token of a device.
struct Token {
    context: Pkcs11,
    slot: Slot,
    pin: AuthPin,
    session: Mutex<Option<Session>>,
}

impl std::fmt::Debug for Token {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Token").field("slot", &self.slot.id()).finish()
    }
}

/// True when the operator named a device.
pub(super) fn is_configured(env: &Env) -> bool {
    env.settings.data_dir.join(SETTINGS).is_file()
}

/// The operator's token. Errors: `licence.provider_unknown` when none is named, `unavailable` when
/// it cannot be reached.
pub(super) fn token(env: &Env) -> Result<Arc<dyn KeyProvider>> {
    if !is_configured(env) {
        return Err(unknown());
    }
    let opened = env.kept::<Opened>();
    let mut opened = opened.0.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(token) = opened.as_ref() {
        return Ok(token.clone());
    }
    let token = Arc::new(Token::open(&env.settings.data_dir)?);
    *opened = Some(token.clone());
    Ok(token)
}

fn away(what: &str, error: impl std::fmt::Display) -> Error {
    Error::unavailable(format!("PKCS #11 {what}: {error}"))
}

fn text(path: &Path) -> Result<String> {
    let told = |error: &dyn std::fmt::Display| away(&path.display().to_string(), error);
    let text = std::fs::read_to_string(path).map_err(|error| told(&error))?;
    if text.len() > SETTINGS_MAX {
        return Err(told(&"too large"));
    }
    Ok(text)
}

impl Token {
    fn open(folder: &Path) -> Result<Token> {
        let settings: Settings = serde_json::from_str(&text(&folder.join(SETTINGS))?)
            .map_err(|error| away(SETTINGS, error))?;
        let pin = AuthPin::from(text(&folder.join(&settings.pin_file))?.trim());
        let context = Pkcs11::new(&settings.module).map_err(|error| away("library", error))?;
        match context.initialize(CInitializeArgs::new(CInitializeFlags::OS_LOCKING_OK)) {
            // Another installation in this process has it open.
            Ok(()) | Err(DeviceError::Pkcs11(RvError::CryptokiAlreadyInitialized, _)) => {}
            Err(error) => return Err(away("library", error)),
        }
        let slots = context.get_slots_with_token().map_err(|error| away("slots", error))?;
        for slot in slots {
            let info = context.get_token_info(slot).map_err(|error| away("token", error))?;
            if info.label() == settings.token {
                return Ok(Token { context, slot, pin, session: Mutex::new(None) });
            }
        }
        Err(away("token", format!("none is labelled {}", settings.token)))
    }

    /// Does something in the session; a session that failed is opened once more.
    fn with<T>(&self, act: impl Fn(&Session) -> cryptoki::error::Result<T>) -> Result<T> {
        let mut held = self.session.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(session) = held.as_ref()
            && let Ok(done) = act(session)
        {
            return Ok(done);
        }
        *held = None;
        let session = self.context.open_rw_session(self.slot).map_err(|e| away("session", e))?;
        match session.login(UserType::User, Some(&self.pin)) {
            Ok(()) | Err(DeviceError::Pkcs11(RvError::UserAlreadyLoggedIn, _)) => {}
            Err(error) => return Err(away("login", error)),
        }
        let done = act(&session).map_err(|error| away("call", error))?;
        *held = Some(session);
        Ok(done)
    }
}

/// The private key of an id. Errors: `InvalidValue` unless there is exactly one.
fn private(session: &Session, id: &str) -> cryptoki::error::Result<ObjectHandle> {
    let template =
        [Attribute::Class(ObjectClass::PRIVATE_KEY), Attribute::Id(id.as_bytes().to_vec())];
    match session.find_objects(&template)?.as_slice() {
        [one] => Ok(*one),
        _ => Err(DeviceError::InvalidValue),
    }
}

fn make(session: &Session, id: &str) -> cryptoki::error::Result<Vec<u8>> {
    let name = id.as_bytes().to_vec();
    let public = [
        Attribute::Token(true),
        Attribute::Private(false),
        Attribute::KeyType(KeyType::EC),
        Attribute::Verify(true),
        Attribute::EcParams(CURVE.to_vec()),
        Attribute::Id(name.clone()),
        Attribute::Label(name.clone()),
    ];
    let private = [
        Attribute::Token(true),
        Attribute::Private(true),
        Attribute::Sensitive(true),
        Attribute::Extractable(false),
        Attribute::Sign(true),
        Attribute::Id(name.clone()),
        Attribute::Label(name),
    ];
    let (public, _) = session.generate_key_pair(&Mechanism::EccKeyPairGen, &public, &private)?;
    match session.get_attributes(public, &[AttributeType::EcPoint])?.pop() {
        Some(Attribute::EcPoint(point)) => Ok(point),
        _ => Err(DeviceError::InvalidValue),
    }
}

impl KeyProvider for Token {
    fn name(&self) -> &'static str {
        PKCS11
    }

    fn algorithms(&self) -> &'static [Algorithm] {
        &[Algorithm::P256]
    }

    fn generate(&self, id: &str, algorithm: Algorithm, _: &mut Random) -> Result<Held> {
        if algorithm != Algorithm::P256 {
            return Err(not_served());
        }
        let point = self.with(|session| make(session, id))?;
        // The standard wants the point within an OCTET STRING; some devices give it bare.
        let public = match point.strip_prefix(&POINT_HEAD) {
            Some(inner) if inner.len() == POINT_LEN => inner.to_vec(),
            _ => point,
        };
        let held = Held { id: id.to_owned(), algorithm, public, kept: Vec::new() };
        held.public().map_err(|error| away("key", error))?;
        Ok(held)
    }

    fn sign(&self, key: &Held, message: &[u8]) -> Result<Vec<u8>> {
        let digest = Hash::of_algorithm(key.algorithm).digest(&[message]);
        let signed = self
            .with(|session| session.sign(&Mechanism::Ecdsa, private(session, &key.id)?, &digest))?;
        let signature = signature_of_fixed(key.algorithm, &signed)?;
        let public = key.public()?;
        public.verify(message, &signature).map_err(|error| away("signature", error))?;
        Ok(signature)
    }

    fn decrypt(&self, _: &Held, _: &[u8]) -> Result<Vec<u8>> {
        Err(not_served())
    }
}
