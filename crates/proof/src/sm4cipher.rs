//! SM4 (GB/T 32907) in the modes others ask for (GB/T 17964): GCM, and CBC with PKCS #7 padding.
//!
//! Invariants: GCM with 96-bit nonces and whole tags; every failure to open looks the same. CBC
//! proves nothing about who wrote the text: open it only under a MAC or a signature that was
//! checked before.
//! Must not know: where keys come from, that a nonce was not used before (the caller's duty).

use aes_gcm::aead::consts::U12;
use aes_gcm::aead::{Aead, KeyInit, Payload};
use aes_gcm::{AesGcm, Nonce};
use cbc::cipher::block_padding::Pkcs7;
use cbc::cipher::{BlockModeDecrypt, BlockModeEncrypt, KeyIvInit};
use kernel::{Error, Result};
use sm4::Sm4;

/// Most bytes one message may have.
pub const PLAIN_MAX: usize = 64 << 20;
/// Bytes of a block.
const BLOCK: usize = 16;

/// Encrypts and authenticates, also what is only to be authenticated; the tag stands at the end.
/// Errors: `proof.cipher.size`.
pub fn gcm_seal(key: &[u8; 16], nonce: &[u8; 12], aside: &[u8], plain: &[u8]) -> Result<Vec<u8>> {
    within(plain.len())?;
    AesGcm::<Sm4, U12>::new(key.into())
        .encrypt(&Nonce::<U12>::from(*nonce), Payload { msg: plain, aad: aside })
        .map_err(|_| Error::internal("SM4-GCM refused to encrypt"))
}

/// Opens what [`gcm_seal`] made. Errors: `proof.cipher.open`, whatever is wrong.
pub fn gcm_open(key: &[u8; 16], nonce: &[u8; 12], aside: &[u8], sealed: &[u8]) -> Result<Vec<u8>> {
    let closed = || Error::invalid("proof.cipher.open");
    if sealed.len() > PLAIN_MAX + BLOCK {
        return Err(closed());
    }
    AesGcm::<Sm4, U12>::new(key.into())
        .decrypt(&Nonce::<U12>::from(*nonce), Payload { msg: sealed, aad: aside })
        .map_err(|_| closed())
}

/// Encrypts in CBC mode. Errors: `proof.cipher.size`.
pub fn cbc_encrypt(key: &[u8; 16], iv: &[u8; 16], plain: &[u8]) -> Result<Vec<u8>> {
    within(plain.len())?;
    let cipher = cbc::Encryptor::<Sm4>::new(key.into(), iv.into());
    Ok(cipher.encrypt_padded_vec::<Pkcs7>(plain))
}

/// Decrypts in CBC mode. Errors: `proof.cipher.open`, whatever is wrong.
pub fn cbc_decrypt(key: &[u8; 16], iv: &[u8; 16], cipher: &[u8]) -> Result<Vec<u8>> {
    let closed = || Error::invalid("proof.cipher.open");
    if cipher.len() > PLAIN_MAX + BLOCK {
        return Err(closed());
    }
    let mode = cbc::Decryptor::<Sm4>::new(key.into(), iv.into());
    mode.decrypt_padded_vec::<Pkcs7>(cipher).map_err(|_| closed())
}

fn within(size: usize) -> Result<()> {
    if size > PLAIN_MAX {
        return Err(Error::invalid("proof.cipher.size").arg("size", size));
    }
    Ok(())
}
