//! Inclusion and consistency proofs (RFC 6962 §2.1, verification as RFC 9162 §2.1.3–2.1.4).
//!
//! Invariant: a proof is checked with hashes alone; its length is bounded by the tree's height.

use super::{Hash, Reader, node_hash};
use kernel::{Error, Result};

/// Most hashes a proof can have: two for each level.
const PROOF_MAX: usize = 128;

/// Root of the first `size` leaves of a stored tree. Errors: those of the reader.
pub fn root_of(size: u64, read: Reader<'_>) -> Result<Hash> {
    if size == 0 { Ok(super::root(&[])) } else { subtree(0, size, read) }
}

/// Proof that leaf `index` is in the tree of `size` leaves. Errors: `proof.log.range` when it is
/// not, those of the reader.
pub fn inclusion(index: u64, size: u64, read: Reader<'_>) -> Result<Vec<Hash>> {
    if index >= size {
        return Err(Error::invalid("proof.log.range"));
    }
    let (mut low, mut high) = (0, size);
    let mut proof = Vec::new();
    while high - low > 1 {
        let middle = low + split(high - low);
        if index < middle {
            proof.push(subtree(middle, high, read)?);
            high = middle;
        } else {
            proof.push(subtree(low, middle, read)?);
            low = middle;
        }
    }
    proof.reverse();
    Ok(proof)
}

/// Proof that the tree of `old` leaves is the beginning of the tree of `new` leaves. Empty when
/// they are equal or the old one is empty. Errors: `proof.log.range` when `old` is more than
/// `new`, those of the reader.
pub fn consistency(old: u64, new: u64, read: Reader<'_>) -> Result<Vec<Hash>> {
    if old > new {
        return Err(Error::invalid("proof.log.range"));
    }
    if old == 0 || old == new {
        return Ok(Vec::new());
    }
    let (mut low, mut high) = (0, new);
    let mut proof = Vec::new();
    // Down to the subtree that ends where the old tree ends.
    while old < high {
        let middle = low + split(high - low);
        if old <= middle {
            proof.push(subtree(middle, high, read)?);
            high = middle;
        } else {
            proof.push(subtree(low, middle, read)?);
            low = middle;
        }
    }
    if low > 0 {
        proof.push(subtree(low, high, read)?);
    }
    proof.reverse();
    Ok(proof)
}

/// Checks an inclusion proof. Errors: `proof.log.inclusion`.
pub fn verify_inclusion(
    leaf: &Hash,
    index: u64,
    size: u64,
    proof: &[Hash],
    root: &Hash,
) -> Result<()> {
    let wrong = || Error::invalid("proof.log.inclusion");
    if index >= size || proof.len() > PROOF_MAX {
        return Err(wrong());
    }
    let (mut place, mut last, mut hash) = (index, size - 1, *leaf);
    for sibling in proof {
        if last == 0 {
            return Err(wrong());
        }
        if place & 1 == 1 || place == last {
            hash = node_hash(sibling, &hash);
            while place & 1 == 0 && place != 0 {
                place >>= 1;
                last >>= 1;
            }
        } else {
            hash = node_hash(&hash, sibling);
        }
        place >>= 1;
        last >>= 1;
    }
    if last == 0 && hash == *root { Ok(()) } else { Err(wrong()) }
}

/// Checks a consistency proof between two roots. An empty old tree is the beginning of every
/// tree. Errors: `proof.log.consistency`.
pub fn verify_consistency(
    old: u64,
    new: u64,
    proof: &[Hash],
    old_root: &Hash,
    new_root: &Hash,
) -> Result<()> {
    let wrong = || Error::invalid("proof.log.consistency");
    let done = |good: bool| if good { Ok(()) } else { Err(wrong()) };
    if old > new || proof.len() > PROOF_MAX {
        return Err(wrong());
    }
    if old == 0 {
        return done(proof.is_empty() && *old_root == super::root(&[]));
    }
    if old == new {
        return done(proof.is_empty() && old_root == new_root);
    }
    // When the old tree is one complete subtree, its root is the first hash and is not repeated.
    let (first, rest) = if old.is_power_of_two() {
        (old_root, proof)
    } else {
        proof.split_first().ok_or_else(wrong)?
    };
    let shift = (old - 1).trailing_ones();
    let (mut place, mut last) = ((old - 1) >> shift, (new - 1) >> shift);
    let (mut old_hash, mut new_hash) = (*first, *first);
    for sibling in rest {
        if last == 0 {
            return Err(wrong());
        }
        if place & 1 == 1 || place == last {
            old_hash = node_hash(sibling, &old_hash);
            new_hash = node_hash(sibling, &new_hash);
            while place & 1 == 0 && place != 0 {
                place >>= 1;
                last >>= 1;
            }
        } else {
            new_hash = node_hash(&new_hash, sibling);
        }
        place >>= 1;
        last >>= 1;
    }
    done(last == 0 && old_hash == *old_root && new_hash == *new_root)
}

/// Largest power of two smaller than `count`, which is at least 2.
fn split(count: u64) -> u64 {
    1 << (63 - (count - 1).leading_zeros())
}

/// Hash of the leaves from `low` up to `high`, where `low` begins a subtree large enough.
fn subtree(low: u64, high: u64, read: Reader<'_>) -> Result<Hash> {
    // The complete subtrees from the left, then folded from the right: RFC 6962's shape.
    let (mut at, mut parts) = (low, Vec::new());
    while at < high {
        let level = 63 - (high - at).leading_zeros();
        parts.push(read(level as u8, at >> level)?);
        at += 1 << level;
    }
    let mut parts = parts.into_iter().rev();
    let last = parts.next().ok_or_else(|| Error::invalid("proof.log.range"))?;
    Ok(parts.fold(last, |right, left| node_hash(&left, &right)))
}
