//! Passwords: their rules, hashing, checking.
//!
//! Hashing takes 19 MiB and some 30 ms by intent. At most a few run at once, on threads of their
//! own, so that a flood of sign-ins can exhaust neither memory nor the request threads.

use argon2::password_hash::{PasswordHash, PasswordHasher, PasswordVerifier, SaltString};
use argon2::{Algorithm, Argon2, Params, Version};
use kernel::{Error, Random, Result};
use tokio::sync::Semaphore;

/// Shortest password, in characters.
pub(crate) const CHARS_MIN: usize = 10;
/// Longest password, in characters.
pub(crate) const CHARS_MAX: usize = 128;
/// Hashes computed at once.
static HASHING: Semaphore = Semaphore::const_new(4);
/// A hash of a password nobody has, for the same work when there is no account.
const NOBODY: &str = "$argon2id$v=19$m=19456,t=2,p=1$eWlwYW4tbm9ib2R5LXNhbHQ$\
     AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";
/// Passwords that are tried first by whoever guesses.
const COMMON: [&str; 8] = [
    "1234567890",
    "0123456789",
    "password123",
    "qwertyuiop",
    "1q2w3e4r5t",
    "woaini1314520",
    "a123456789",
    "11111111111",
];

fn hasher() -> Result<Argon2<'static>> {
    let params = Params::new(19_456, 2, 1, None).map_err(Error::internal)?;
    Ok(Argon2::new(Algorithm::Argon2id, Version::V0x13, params))
}

/// Refuses a password that is too short, too long, common, of digits alone (birthdays, telephone
/// numbers, runs), or one character over and over.
/// Errors: `password.length` (args `min`, `max`), `password.common`, `password.digits`.
pub(crate) fn check_rules(password: &str) -> Result<()> {
    let length = password.chars().count();
    if !(CHARS_MIN..=CHARS_MAX).contains(&length) {
        let args = vec![("min", CHARS_MIN.to_string()), ("max", CHARS_MAX.to_string())];
        let error = Error::invalid("password.length").arg("min", CHARS_MIN).arg("max", CHARS_MAX);
        return Err(error.field_with("password", "password.length", args));
    }
    let first = password.chars().next();
    let single = password.chars().all(|c| Some(c) == first);
    if single || COMMON.contains(&password.to_ascii_lowercase().as_str()) {
        return Err(Error::invalid("password.common").field("password", "password.common"));
    }
    if password.chars().all(char::is_numeric) {
        return Err(Error::invalid("password.digits").field("password", "password.digits"));
    }
    Ok(())
}

/// The argon2id hash of a password, in PHC text.
pub(crate) async fn hash(password: &str, random: &mut Random) -> Result<String> {
    let salt = SaltString::encode_b64(&random.bytes::<16>()).map_err(Error::internal)?;
    let password = password.to_owned();
    let work = move || {
        let hash = hasher()?.hash_password(password.as_bytes(), &salt).map_err(Error::internal)?;
        Ok(hash.to_string())
    };
    run(work).await
}

/// Whether the password has the hash; with no hash, the same work and `false`.
pub(crate) async fn verify(password: &str, hash: Option<&str>) -> Result<bool> {
    let known = hash.is_some();
    let hash = hash.unwrap_or(NOBODY).to_owned();
    // Longer than any password we take: the same work on a prefix, and never right.
    let too_long = password.chars().count() > CHARS_MAX;
    let password: String = password.chars().take(CHARS_MAX).collect();
    let work = move || {
        let parsed = PasswordHash::new(&hash).map_err(Error::internal)?;
        Ok(hasher()?.verify_password(password.as_bytes(), &parsed).is_ok())
    };
    Ok(run(work).await? && known && !too_long)
}

async fn run<T: Send + 'static>(work: impl FnOnce() -> Result<T> + Send + 'static) -> Result<T> {
    let _permit = HASHING.acquire().await.map_err(Error::internal)?;
    tokio::task::spawn_blocking(work).await.map_err(Error::internal)?
}
