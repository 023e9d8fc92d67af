//! The evidence log: a Merkle tree by RFC 6962 with SHA-256 (as C2SP tlog-tiles asks), grown leaf
//! by leaf, with proofs and signed checkpoints.
//!
//! Invariants: leaf and node hashes differ in their first byte; complete subtrees never change,
//! so their hashes can be stored once by (level, index) and served as tiles.
//! Must not know: where hashes and entries are stored, what an entry says.

mod cosignature;
mod note;
mod proof;
mod submission;
mod tile;

pub use cosignature::{Cosignature, Cosigner, CosignerVerifier, cosignatures};
pub use note::{Checkpoint, NoteSigner, NoteVerifier, note_parts, open_note, sign_note};
pub use proof::{consistency, inclusion, root_of, verify_consistency, verify_inclusion};
pub use submission::{SUBMISSION_MAX, Submission};
pub use tile::{TILE_WIDTH, Tile, tiles_between};

use kernel::{Error, Result};
use sha2::{Digest, Sha256};

/// A SHA-256 hash.
pub type Hash = [u8; 32];

/// A complete subtree's hash: `level` 0 is a leaf, `index` counts from the left within a level.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Node {
    /// Binary logarithm of the number of leaves beneath.
    pub level: u8,
    /// Place within the level.
    pub index: u64,
    /// The hash.
    pub hash: Hash,
}

/// Reads the hash of a complete subtree by level and index, from wherever it is stored.
pub type Reader<'a> = &'a dyn Fn(u8, u64) -> Result<Hash>;

/// Hash of an entry: SHA-256(0x00 ‖ entry).
pub fn leaf_hash(entry: &[u8]) -> Hash {
    Sha256::new().chain_update([0]).chain_update(entry).finalize().into()
}

/// Hash of two subtrees: SHA-256(0x01 ‖ left ‖ right).
pub fn node_hash(left: &Hash, right: &Hash) -> Hash {
    Sha256::new().chain_update([1]).chain_update(left).chain_update(right).finalize().into()
}

/// Root of a whole tree from its leaf hashes; SHA-256 of nothing for none.
pub fn root(leaves: &[Hash]) -> Hash {
    let mut frontier = Frontier::default();
    for leaf in leaves {
        frontier.push(*leaf, &mut |_| ());
    }
    frontier.root()
}

/// The right edge of a tree: all that is needed to append and to know the root. Its size in
/// memory is one hash for each binary digit 1 of the number of leaves.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Frontier {
    size: u64,
    peaks: Vec<Hash>,
}

impl Frontier {
    /// A frontier from its stored parts, largest subtree first. Errors: `proof.log.frontier` when
    /// the number of hashes does not fit the size.
    pub fn from_parts(size: u64, peaks: Vec<Hash>) -> Result<Frontier> {
        if peaks.len() != size.count_ones() as usize || size > i64::MAX as u64 {
            return Err(Error::invalid("proof.log.frontier"));
        }
        Ok(Frontier { size, peaks })
    }

    /// Number of leaves.
    pub fn size(&self) -> u64 {
        self.size
    }

    /// Hashes of the complete subtrees of the right edge, largest first.
    pub fn peaks(&self) -> &[Hash] {
        &self.peaks
    }

    /// Appends a leaf hash; returns the complete subtrees that came to be, the leaf first, to be
    /// stored for proofs and tiles.
    pub fn append(&mut self, leaf: Hash) -> Vec<Node> {
        let mut nodes = Vec::new();
        self.push(leaf, &mut |node| nodes.push(node));
        nodes
    }

    fn push(&mut self, leaf: Hash, store: &mut dyn FnMut(Node)) {
        let mut node = Node { level: 0, index: self.size, hash: leaf };
        store(node);
        while node.index & 1 == 1 {
            let Some(left) = self.peaks.pop() else { break };
            node = Node {
                level: node.level + 1,
                index: node.index >> 1,
                hash: node_hash(&left, &node.hash),
            };
            store(node);
        }
        self.peaks.push(node.hash);
        self.size += 1;
    }

    /// Root hash of the tree.
    pub fn root(&self) -> Hash {
        let mut peaks = self.peaks.iter().rev();
        match peaks.next() {
            None => Sha256::digest([]).into(),
            Some(last) => peaks.fold(*last, |right, left| node_hash(left, &right)),
        }
    }
}
