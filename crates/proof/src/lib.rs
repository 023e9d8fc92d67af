//! Evidence that survives the platform: Chinese commercial cryptography (SM2, SM3, SM4),
//! certificates and their revocation, signed data, time stamps, web tokens and credentials,
//! electronic seals, sealed and signed PDF, OFD, signed JSON, status lists, the Merkle evidence log,
//! one-time passwords, and the offline verification of all of them. Which clause of which standard
//! each module speaks is in `docs/reference/proof.md`.
//!
//! Invariants: pure functions of their arguments; the same input gives the same bytes; every
//! size and depth is bounded; no input makes them panic; whatever is signed is covered whole, so
//! that one changed byte is noticed.
//! Must not know: files, the network, the clock, where keys are kept, any area.

mod asn1;
pub mod certificate;
pub mod cms;
pub mod cose;
pub mod digest;
pub mod hash;
pub mod jose;
pub mod json;
pub mod key;
pub mod licence_token;
pub mod log;
pub mod ofd;
pub mod package;
pub mod pdf;
pub mod reason;
pub mod seal;
mod sentence;
pub mod sm2cipher;
pub mod sm2exchange;
pub mod sm2sig;
pub mod sm4cipher;
pub mod status;
pub mod timestamp;
pub mod totp;
pub mod vault;
pub mod verify;

#[cfg(test)]
mod tests;
