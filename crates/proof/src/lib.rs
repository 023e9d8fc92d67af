//! Evidence that survives the platform: Chinese commercial cryptography (SM2, SM3, SM4),
//! certificates, electronic seals, sealed PDF licences, signed JSON, status lists, the Merkle
//! evidence log, one-time passwords, and the offline verification of all of them.
//!
//! Invariants: pure functions of their arguments; the same input gives the same bytes; every
//! size and depth is bounded; no input makes them panic; whatever is signed is covered whole, so
//! that one changed byte is noticed.
//! Must not know: files, the network, the clock, where keys are kept, any area.

mod asn1;
pub mod certificate;
pub mod digest;
pub mod licence_token;
pub mod log;
pub mod pdf;
pub mod reason;
pub mod seal;
pub mod sm2sig;
pub mod status;
pub mod totp;
pub mod vault;
pub mod verify;

#[cfg(test)]
mod tests;
