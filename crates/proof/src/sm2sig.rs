//! SM2 signatures with SM3 (GB/T 32918.2) under the default identity `1234567812345678`.
//!
//! Invariants: nonces are derived from key and message (RFC 6979), so the same message gives
//! the same signature; a signature has one encoding, DER `SEQUENCE {r, s}` (GB/T 35276).
//! Must not know: what is signed, who the signer is.

use crate::asn1;
use crate::digest::hmac_sm3;
use der::Sequence;
use der::asn1::Uint;
use kernel::{Error, Result};
use sm2::dsa::signature::{Signer, Verifier};
use sm2::pkcs8::{
    DecodePrivateKey, DecodePublicKey, EncodePrivateKey, EncodePublicKey, LineEnding,
};

/// The signer's identity in the digest `Z` when the parties agreed on none (GM/T 0009).
pub const DEFAULT_ID: &str = "1234567812345678";

/// Longest DER signature: two 33-byte integers with their headers.
const SIGNATURE_MAX: usize = 72;

/// A private key.
#[derive(Clone)]
pub struct SigningKey {
    secret: sm2::SecretKey,
    key: sm2::dsa::SigningKey,
}

/// A public key, a point other than infinity on the SM2 curve.
#[derive(Clone, Debug)]
pub struct VerifyingKey(sm2::dsa::VerifyingKey);

#[derive(Sequence)]
struct Pair {
    r: Uint,
    s: Uint,
}

impl SigningKey {
    /// The key of 32 secret bytes: the first of HMAC-SM3(seed, label, 0), (…, 1), … that is a
    /// valid scalar. Errors: `proof.key.seed` when none of 256 is (never seen).
    pub fn from_seed(seed: &[u8; 32]) -> Result<SigningKey> {
        (0..=u8::MAX)
            .find_map(|count| {
                let scalar = hmac_sm3(seed, &[b"yipan.sm2.key", &[count]]);
                SigningKey::from_scalar(&scalar).ok()
            })
            .ok_or_else(|| Error::invalid("proof.key.seed"))
    }

    /// The key whose scalar is the 32 big-endian bytes. Errors: `proof.key.scalar` for 0 or a
    /// number not below the order of the curve.
    pub fn from_scalar(scalar: &[u8; 32]) -> Result<SigningKey> {
        let secret =
            sm2::SecretKey::from_slice(scalar).map_err(|_| Error::invalid("proof.key.scalar"))?;
        SigningKey::of(secret)
    }

    /// The key in an unencrypted PKCS#8 PEM block, as OpenSSL writes it. Errors:
    /// `proof.key.pem`.
    pub fn from_pem(pem: &str) -> Result<SigningKey> {
        let secret = sm2::SecretKey::from_pkcs8_pem(pem)
            .map_err(|e| Error::invalid("proof.key.pem").detail(e))?;
        SigningKey::of(secret)
    }

    fn of(secret: sm2::SecretKey) -> Result<SigningKey> {
        let key = sm2::dsa::SigningKey::new(DEFAULT_ID, &secret)
            .map_err(|_| Error::invalid("proof.key.scalar"))?;
        Ok(SigningKey { secret, key })
    }

    /// The key as an unencrypted PKCS#8 PEM block; the caller keeps it secret.
    pub fn to_pem(&self) -> Result<String> {
        self.secret
            .to_pkcs8_pem(LineEnding::LF)
            .map(|pem| pem.as_str().to_owned())
            .map_err(|e| Error::internal(format!("key to PEM: {e}")))
    }

    /// The public half.
    pub fn verifying_key(&self) -> VerifyingKey {
        VerifyingKey(self.key.verifying_key().clone())
    }

    /// The DER signature of the message. Errors: internal, with negligible probability.
    pub fn sign(&self, message: &[u8]) -> Result<Vec<u8>> {
        let signature: sm2::dsa::Signature = self
            .key
            .try_sign(message)
            .map_err(|_| Error::internal("SM2 met a degenerate nonce"))?;
        pair(&signature.to_bytes())
    }

    /// The secret scalar, for the crate's other uses of a key.
    pub(crate) fn secret(&self) -> &sm2::SecretKey {
        &self.secret
    }
}

/// The DER form of a signature of two 32-byte numbers.
pub(crate) fn pair(bytes: &[u8]) -> Result<Vec<u8>> {
    let (r, s) =
        bytes.split_at_checked(32).ok_or_else(|| Error::invalid("proof.signature.form"))?;
    let pair =
        Pair { r: Uint::new(r).map_err(asn1::invalid)?, s: Uint::new(s).map_err(asn1::invalid)? };
    asn1::encode(&pair)
}

/// The two numbers of a canonical DER signature, 32 bytes each. Errors: `proof.signature.form`.
pub(crate) fn fixed(signature: &[u8]) -> Result<[u8; 64]> {
    let pair: Pair = asn1::decode(signature, SIGNATURE_MAX, "proof.signature.form")?;
    let mut bytes = [0_u8; 64];
    for (half, integer) in bytes.chunks_mut(32).zip([&pair.r, &pair.s]) {
        let digits = integer.as_bytes();
        let from = half
            .len()
            .checked_sub(digits.len())
            .ok_or_else(|| Error::invalid("proof.signature.form"))?;
        half[from..].copy_from_slice(digits);
    }
    Ok(bytes)
}

impl std::fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("SigningKey")
            .field("public", &hex::encode(self.verifying_key().to_bytes()))
            .finish()
    }
}

impl VerifyingKey {
    /// The key of a SEC 1 point. Errors: `proof.key.point`.
    pub fn from_bytes(bytes: &[u8]) -> Result<VerifyingKey> {
        sm2::dsa::VerifyingKey::from_sec1_bytes(DEFAULT_ID, bytes)
            .map(VerifyingKey)
            .map_err(|_| Error::invalid("proof.key.point"))
    }

    /// The key in a SubjectPublicKeyInfo PEM block. Errors: `proof.key.pem`.
    pub fn from_pem(pem: &str) -> Result<VerifyingKey> {
        let key = sm2::PublicKey::from_public_key_pem(pem)
            .map_err(|e| Error::invalid("proof.key.pem").detail(e))?;
        VerifyingKey::from_bytes(&key.to_sec1_bytes())
    }

    /// The key as a SubjectPublicKeyInfo PEM block.
    pub fn to_pem(&self) -> Result<String> {
        self.0
            .to_public_key_pem(LineEnding::LF)
            .map_err(|e| Error::internal(format!("key to PEM: {e}")))
    }

    /// The point, for the crate's other uses of a key.
    pub(crate) fn point(&self) -> &sm2::AffinePoint {
        self.0.as_affine()
    }

    /// The uncompressed point, 65 bytes beginning with 4.
    pub fn to_bytes(&self) -> Vec<u8> {
        self.0.to_sec1_bytes().into_vec()
    }

    /// Checks a DER signature of the message. Errors: `proof.signature.form` when it is not
    /// canonical DER of two scalars, `proof.signature.mismatch` when it is not of this message
    /// by this key.
    pub fn verify(&self, message: &[u8], signature: &[u8]) -> Result<()> {
        let form = || Error::invalid("proof.signature.form");
        let bytes = fixed(signature)?;
        let signature = sm2::dsa::Signature::from_slice(&bytes).map_err(|_| form())?;
        self.0.verify(message, &signature).map_err(|_| Error::invalid("proof.signature.mismatch"))
    }
}

impl PartialEq for VerifyingKey {
    fn eq(&self, other: &VerifyingKey) -> bool {
        self.to_bytes() == other.to_bytes()
    }
}

impl Eq for VerifyingKey {}
