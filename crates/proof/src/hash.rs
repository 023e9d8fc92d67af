//! The digests that signed data and time stamps name: SM3 (GB/T 32905), SHA-256 and SHA-512
//! (FIPS 180-4).
//!
//! Must not know: what is digested.

use crate::asn1::AlgorithmId;
use crate::digest::sm3;
use crate::key::Algorithm;
use der::asn1::ObjectIdentifier;
use kernel::{Error, Result};
use sha2::Digest;

/// A digest algorithm.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Hash {
    /// SM3.
    Sm3,
    /// SHA-256.
    Sha256,
    /// SHA-512.
    Sha512,
}

const ALL: [Hash; 3] = [Hash::Sm3, Hash::Sha256, Hash::Sha512];

impl Hash {
    /// The digest that goes with a signature algorithm in signed data (GB/T 35275, RFC 5754, RFC
    /// 8419).
    pub fn of_algorithm(algorithm: Algorithm) -> Hash {
        match algorithm {
            Algorithm::Sm2 => Hash::Sm3,
            Algorithm::P256 => Hash::Sha256,
            Algorithm::Ed25519 => Hash::Sha512,
        }
    }

    /// The digest of the pieces one after another.
    pub fn digest(self, pieces: &[&[u8]]) -> Vec<u8> {
        fn over<D: Digest>(pieces: &[&[u8]]) -> Vec<u8> {
            let mut state = D::new();
            pieces.iter().for_each(|piece| state.update(piece));
            state.finalize().to_vec()
        }
        match (self, pieces) {
            (Hash::Sm3, [one]) => sm3(one).to_vec(),
            (Hash::Sm3, _) => over::<sm3::Sm3>(pieces),
            (Hash::Sha256, _) => over::<sha2::Sha256>(pieces),
            (Hash::Sha512, _) => over::<sha2::Sha512>(pieces),
        }
    }

    /// Bytes of a digest.
    pub fn length(self) -> usize {
        match self {
            Hash::Sm3 | Hash::Sha256 => 32,
            Hash::Sha512 => 64,
        }
    }

    fn oid(self) -> ObjectIdentifier {
        match self {
            Hash::Sm3 => ObjectIdentifier::new_unwrap("1.2.156.10197.1.401"),
            Hash::Sha256 => ObjectIdentifier::new_unwrap("2.16.840.1.101.3.4.2.1"),
            Hash::Sha512 => ObjectIdentifier::new_unwrap("2.16.840.1.101.3.4.2.3"),
        }
    }

    pub(crate) fn id(self) -> AlgorithmId {
        AlgorithmId::bare(self.oid())
    }

    /// The digest of an identifier. Errors: the given code for any other.
    pub(crate) fn of(id: &AlgorithmId, code: &'static str) -> Result<Hash> {
        ALL.into_iter()
            .find(|hash| hash.oid() == id.oid && id.is_bare())
            .ok_or_else(|| Error::invalid(code).arg("oid", id.oid))
    }
}
