//! SM2 public-key encryption (GB/T 32918.4): for keys and other short values.
//!
//! Invariants: a ciphertext carries the digest of its plain text, so one that was changed does not
//! open; the two forms are C1‖C3‖C2 with an uncompressed point, and `SM2Cipher` of GB/T 35276 in
//! strict DER; every failure to open looks the same.
//! Must not know: what is encrypted, whose key it is.

use crate::sm2sig::{SigningKey, VerifyingKey};
use kernel::{Error, Random, Result};
use sm2::elliptic_curve::rand_core::{TryCryptoRng, TryRng};
use sm2::pke::{DecryptingKey, EncryptingKey};
use std::convert::Infallible;

/// Most bytes one message may have; longer ones are sealed with SM4 under an encrypted key.
pub const PLAIN_MAX: usize = 64 << 10;
/// Point, digest and the DER around them.
const OVERHEAD: usize = 128;

/// How a ciphertext is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// C1‖C3‖C2, as GB/T 32918.4 has it.
    Raw,
    /// DER, as GB/T 35276 has it.
    Der,
}

/// Encrypts a message of 1 to [`PLAIN_MAX`] bytes. Errors: `proof.cipher.size`.
pub fn encrypt(
    key: &VerifyingKey,
    plain: &[u8],
    form: Form,
    random: &mut Random,
) -> Result<Vec<u8>> {
    if plain.is_empty() || plain.len() > PLAIN_MAX {
        return Err(Error::invalid("proof.cipher.size").arg("size", plain.len()));
    }
    let failed = |_| Error::internal("SM2 refused to encrypt");
    let key = EncryptingKey::from_affine(*key.point()).map_err(failed)?;
    let mut source = Source(random);
    match form {
        Form::Raw => key.encrypt(&mut source, plain),
        Form::Der => key.encrypt_der(&mut source, plain),
    }
    .map_err(failed)
}

/// Decrypts what [`encrypt`] or another maker encrypted. Errors: `proof.cipher.open`, whatever
/// is wrong.
pub fn decrypt(key: &SigningKey, cipher: &[u8], form: Form) -> Result<Vec<u8>> {
    let closed = || Error::invalid("proof.cipher.open");
    if cipher.len() > PLAIN_MAX + OVERHEAD {
        return Err(closed());
    }
    let key = DecryptingKey::from_nonzero_scalar(key.secret().to_nonzero_scalar())
        .map_err(|_| closed())?;
    let plain = match form {
        // Only the uncompressed point: a ciphertext has one spelling.
        Form::Raw if cipher.first() == Some(&4) => key.decrypt(cipher),
        Form::Raw => return Err(closed()),
        Form::Der => key.decrypt_der(cipher),
    }
    .map_err(|_| closed())?;
    if plain.is_empty() {
        return Err(closed());
    }
    Ok(plain)
}

/// The platform's generator in the form the curve's library asks for.
struct Source<'a>(&'a mut Random);

impl TryRng for Source<'_> {
    type Error = Infallible;

    fn try_next_u32(&mut self) -> std::result::Result<u32, Infallible> {
        Ok(u32::from_le_bytes(self.0.bytes()))
    }

    fn try_next_u64(&mut self) -> std::result::Result<u64, Infallible> {
        Ok(self.0.number())
    }

    fn try_fill_bytes(&mut self, out: &mut [u8]) -> std::result::Result<(), Infallible> {
        for piece in out.chunks_mut(32) {
            let bytes: [u8; 32] = self.0.bytes();
            piece.copy_from_slice(&bytes[..piece.len()]);
        }
        Ok(())
    }
}

impl TryCryptoRng for Source<'_> {}
