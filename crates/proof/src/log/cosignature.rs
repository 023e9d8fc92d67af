//! Cosignatures of checkpoints (C2SP tlog-cosignature, Ed25519): a witness's word that at an
//! instant this was the largest tree of the log it had seen, consistent with all it saw before.
//!
//! Invariants: the instant is part of what is signed; a cosignature is never taken for the plain
//! signature of a note, since its key has another identifier and its text another beginning.
//! Must not know: what a witness has seen.

use super::note::{SIGNATURE_PREFIX, check_name, key_id, key_text, parse_key, signature_lines};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use ed25519_dalek::{Signature, Signer, SigningKey, VerifyingKey};
use kernel::{Error, Result};

/// Signature type of Ed25519 cosignatures.
const COSIGNATURE: u8 = 4;

/// Cosigns checkpoints under a name.
#[derive(Clone)]
pub struct Cosigner {
    name: String,
    key: SigningKey,
}

impl std::fmt::Debug for Cosigner {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Cosigner").field("name", &self.name).finish()
    }
}

/// Knows a cosigner.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CosignerVerifier {
    name: String,
    key: VerifyingKey,
}

/// A cosignature that holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cosignature {
    /// Name of the cosigner.
    pub name: String,
    /// When it says it signed, in seconds since 1970.
    pub at_s: u64,
    /// The signature line, without its line feed.
    pub line: String,
}

impl Cosigner {
    /// A cosigner from 32 secret bytes. Errors: `proof.note.name`.
    pub fn new(name: &str, seed: &[u8; 32]) -> Result<Cosigner> {
        check_name(name)?;
        Ok(Cosigner { name: name.to_owned(), key: SigningKey::from_bytes(seed) })
    }

    /// What knows this cosigner.
    pub fn verifier(&self) -> CosignerVerifier {
        CosignerVerifier { name: self.name.clone(), key: self.key.verifying_key() }
    }

    /// The signature line, ended by a line feed, for a checkpoint's text at an instant.
    pub fn cosign(&self, text: &str, at_s: u64) -> String {
        let signature = self.key.sign(message(text, at_s).as_bytes());
        let mut bytes = key_id(&self.name, COSIGNATURE, &self.key.verifying_key()).to_vec();
        bytes.extend_from_slice(&at_s.to_be_bytes());
        bytes.extend_from_slice(&signature.to_bytes());
        format!("{SIGNATURE_PREFIX}{} {}\n", self.name, STANDARD.encode(bytes))
    }
}

impl CosignerVerifier {
    /// Reads a verifier key `name+identifier+key`. Errors: `proof.note.key`, `proof.note.name`.
    pub fn parse(text: &str) -> Result<CosignerVerifier> {
        let (name, key) = parse_key(text, COSIGNATURE)?;
        Ok(CosignerVerifier { name, key })
    }

    /// The name.
    pub fn name(&self) -> &str {
        &self.name
    }
}

impl std::fmt::Display for CosignerVerifier {
    /// The verifier key, `name+identifier+key`.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&key_text(&self.name, COSIGNATURE, &self.key))
    }
}

/// The cosignatures by known cosigners among signature lines over a checkpoint's text, one for
/// each cosigner. Lines by unknown keys are passed over. Errors: `proof.note.form`;
/// `proof.note.signature` when one by a known key does not hold.
pub fn cosignatures(
    text: &str,
    lines: &str,
    known: &[CosignerVerifier],
) -> Result<Vec<Cosignature>> {
    let mut found: Vec<Cosignature> = Vec::new();
    for line in signature_lines(lines)? {
        let fits = |one: &&CosignerVerifier| {
            one.name == line.name && key_id(&one.name, COSIGNATURE, &one.key) == line.key_id
        };
        let Some(signer) = known.iter().find(fits) else { continue };
        let wrong = || Error::invalid("proof.note.signature").arg("name", line.name);
        let (at, signature) = line.signature.split_first_chunk::<8>().ok_or_else(wrong)?;
        let at_s = u64::from_be_bytes(*at);
        if at_s > i64::MAX as u64 {
            return Err(wrong());
        }
        let signature = Signature::from_slice(signature).map_err(|_| wrong())?;
        let message = message(text, at_s);
        signer.key.verify_strict(message.as_bytes(), &signature).map_err(|_| wrong())?;
        if !found.iter().any(|seen| seen.name == line.name) {
            found.push(Cosignature {
                name: line.name.to_owned(),
                at_s,
                line: line.line.to_owned(),
            });
        }
    }
    Ok(found)
}

/// What is signed.
fn message(text: &str, at_s: u64) -> String {
    format!("cosignature/v1\ntime {at_s}\n{text}")
}
