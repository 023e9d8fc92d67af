//! Tiles of hashes in the database: 256 hashes of one level in a row, named `LEVEL/INDEX`.
//!
//! Must not know: what is hashed.

use kernel::{Error, Result};
use proof::log::{Hash, Node, TILE_WIDTH, node_hash};
use std::collections::BTreeMap;
use store::{Ctx, vals};

/// Binary levels one tile spans.
const HEIGHT: u8 = 8;
/// Bytes of a hash.
const HASH_LEN: usize = 32;
/// Levels of tiles a log of 2^63 leaves can have.
const LEVELS_MAX: u8 = 8;

/// Tiles read into memory, changed, and written back.
#[derive(Debug, Default)]
pub(super) struct Tiles {
    held: BTreeMap<(u8, u64), Vec<Hash>>,
    changed: std::collections::BTreeSet<(u8, u64)>,
}

impl Tiles {
    /// The tiles an inclusion proof of leaf `index` in a log of `size` leaves reads: those above
    /// the leaf and those of the right edge.
    pub(super) async fn for_proof(ctx: &mut Ctx, index: u64, size: u64) -> Result<Tiles> {
        let mut tiles = Tiles::default();
        for level in 0..LEVELS_MAX {
            let shift = u32::from(level * HEIGHT);
            if size >> shift == 0 {
                break;
            }
            tiles.load(ctx, level, index >> shift >> HEIGHT).await?;
        }
        tiles.add_edge(ctx, size).await?;
        Ok(tiles)
    }

    /// Adds the tiles of the right edge of a log of `size` leaves.
    pub(super) async fn add_edge(&mut self, ctx: &mut Ctx, size: u64) -> Result<()> {
        for level in 0..LEVELS_MAX {
            let count = size >> u32::from(level * HEIGHT);
            if count == 0 {
                break;
            }
            self.load(ctx, level, count >> HEIGHT).await?;
        }
        Ok(())
    }

    /// One tile's hashes; empty when there is none.
    pub(super) async fn one(ctx: &mut Ctx, level: u8, index: u64) -> Result<Vec<Hash>> {
        let mut tiles = Tiles::default();
        tiles.load(ctx, level, index).await?;
        Ok(tiles.held.remove(&(level, index)).unwrap_or_default())
    }

    /// Whether a complete subtree has its hash in its tile; true of those that no tile keeps.
    pub(super) async fn keep(ctx: &mut Ctx, node: &Node) -> Result<bool> {
        if !node.level.is_multiple_of(HEIGHT) {
            return Ok(true);
        }
        let tile = Tiles::one(ctx, node.level / HEIGHT, node.index / TILE_WIDTH).await?;
        Ok(tile.get((node.index % TILE_WIDTH) as usize) == Some(&node.hash))
    }

    async fn load(&mut self, ctx: &mut Ctx, level: u8, index: u64) -> Result<()> {
        if self.held.contains_key(&(level, index)) {
            return Ok(());
        }
        let sql = "SELECT hashes FROM evidence_tile WHERE id = $1";
        let bytes: Option<Vec<u8>> = ctx.scalar(sql, vals![name(level, index)]).await?;
        let bytes = bytes.unwrap_or_default();
        let hashes =
            bytes.chunks_exact(HASH_LEN).filter_map(|chunk| chunk.try_into().ok()).collect();
        self.held.insert((level, index), hashes);
        Ok(())
    }

    /// Adds a new complete subtree; only those at tile boundaries are kept, the others follow.
    /// Errors: `internal` when it is not the next of its tile.
    pub(super) async fn push(&mut self, ctx: &mut Ctx, node: &Node) -> Result<()> {
        if !node.level.is_multiple_of(HEIGHT) {
            return Ok(());
        }
        let place = (node.level / HEIGHT, node.index / TILE_WIDTH);
        self.load(ctx, place.0, place.1).await?;
        let hashes = self.held.entry(place).or_default();
        if hashes.len() as u64 != node.index % TILE_WIDTH {
            return Err(Error::internal(format!("evidence tile {place:?} is out of step")));
        }
        hashes.push(node.hash);
        self.changed.insert(place);
        Ok(())
    }

    /// Writes the changed tiles.
    pub(super) async fn save(&mut self, ctx: &mut Ctx) -> Result<()> {
        for place in std::mem::take(&mut self.changed) {
            let bytes = self.held.get(&place).map(|hashes| hashes.concat()).unwrap_or_default();
            ctx.execute(
                "INSERT INTO evidence_tile (id, hashes) VALUES ($1, $2)
                 ON CONFLICT (id) DO UPDATE SET hashes = excluded.hashes",
                vals![name(place.0, place.1), bytes],
            )
            .await?;
        }
        Ok(())
    }

    /// The hash of a complete subtree. Errors: `internal` when its tile was not loaded or is short.
    pub(super) fn hash(&self, level: u8, index: u64) -> Result<Hash> {
        let within = u32::from(level % HEIGHT);
        let first = index << within;
        let place = (level / HEIGHT, first / TILE_WIDTH);
        let from = (first % TILE_WIDTH) as usize;
        let missing = || Error::internal(format!("evidence tile {place:?} lacks {level}/{index}"));
        let tile = self.held.get(&place).ok_or_else(missing)?;
        let mut hashes = tile.get(from..from + (1 << within)).ok_or_else(missing)?.to_vec();
        while hashes.len() > 1 {
            hashes = hashes.chunks_exact(2).map(|pair| node_hash(&pair[0], &pair[1])).collect();
        }
        hashes.first().copied().ok_or_else(missing)
    }
}

fn name(level: u8, index: u64) -> String {
    format!("{level}/{index}")
}
