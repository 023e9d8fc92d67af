//! Proof key for code exchange (RFC 7636), method S256 alone: who shows a code proves that it was
//! he who asked for it.
//!
//! Must not know: what a code leads to.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sha2::{Digest, Sha256};

/// Length of a challenge: 32 bytes in base64url.
const CHALLENGE_LENGTH: usize = 43;

/// True for what can be a challenge (§4.2).
pub fn is_challenge(text: &str) -> bool {
    let base64url = |b: u8| b.is_ascii_alphanumeric() || b == b'-' || b == b'_';
    text.len() == CHALLENGE_LENGTH && text.bytes().all(base64url)
}

/// True when the verifier is that of the challenge (§4.6).
pub fn proves(verifier: &str, challenge: &str) -> bool {
    URL_SAFE_NO_PAD.encode(Sha256::digest(verifier.as_bytes())) == challenge
}
