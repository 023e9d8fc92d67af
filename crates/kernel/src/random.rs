//! Randomness handed in, so that simulations and tests replay from a seed.

use crate::Timestamp;
use rand_chacha::ChaCha20Rng;
use rand_core::{RngCore, SeedableRng};

/// A cryptographically strong generator; seeded from the operating system in production and from
/// a number in simulations and tests.
#[derive(Clone, Debug)]
pub struct Random(ChaCha20Rng);

/// Crockford's base 32: no I, L, O, U, so that a person can read a code aloud.
const CROCKFORD: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";

impl Random {
    /// A generator that repeats for the same number.
    pub fn from_number(seed: u64) -> Random {
        Random(ChaCha20Rng::seed_from_u64(seed))
    }

    /// A generator from 32 bytes of entropy.
    pub fn from_seed(seed: [u8; 32]) -> Random {
        Random(ChaCha20Rng::from_seed(seed))
    }

    /// A fresh, independent generator derived from this one.
    pub fn fork(&mut self) -> Random {
        Random::from_seed(self.bytes())
    }

    /// `N` random bytes.
    pub fn bytes<const N: usize>(&mut self) -> [u8; N] {
        let mut out = [0; N];
        self.0.fill_bytes(&mut out);
        out
    }

    /// 64 random bits.
    pub fn number(&mut self) -> u64 {
        self.0.next_u64()
    }

    /// A number in `0..bound`; 0 when the bound is 0. Unbiased to one part in 2^64.
    pub fn below(&mut self, bound: u64) -> u64 {
        ((u128::from(self.0.next_u64()) * u128::from(bound)) >> 64) as u64
    }

    /// True with the given share, in thousandths.
    pub fn chance(&mut self, permille: u64) -> bool {
        self.below(1_000) < permille
    }

    /// One of the elements; `None` from an empty slice.
    pub fn pick<'a, T>(&mut self, from: &'a [T]) -> Option<&'a T> {
        from.get(self.below(from.len() as u64) as usize)
    }

    /// A code of `length` characters from Crockford's alphabet, 5 bits each.
    pub fn code(&mut self, length: usize) -> String {
        (0..length).map(|_| char::from(CROCKFORD[self.below(32) as usize])).collect()
    }

    /// An identifier of 26 characters that sorts by time: 10 of milliseconds, 16 random (ULID).
    pub fn id(&mut self, at: Timestamp) -> String {
        let mut ms = (at.0.max(0) / 1_000) as u64;
        let mut head = [b'0'; 10];
        for slot in head.iter_mut().rev() {
            *slot = CROCKFORD[(ms & 31) as usize];
            ms >>= 5;
        }
        let mut id: String = head.iter().map(|&b| char::from(b)).collect();
        id.push_str(&self.code(16));
        id
    }

    /// An opaque secret of 256 bits in lower-case hexadecimal.
    pub fn secret(&mut self) -> String {
        self.bytes::<32>().iter().map(|b| format!("{b:02x}")).collect()
    }
}
