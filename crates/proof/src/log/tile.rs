//! Tiles (C2SP tlog-tiles): the log served as immutable files of up to 256 hashes.
//!
//! Must not know: how they are served.

use super::{Hash, Reader};
use kernel::{Error, Result};

/// Hashes in a full tile.
pub const TILE_WIDTH: u64 = 256;
/// Binary levels one tile spans.
const TILE_HEIGHT: u8 = 8;

/// One tile of hashes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Tile {
    /// Level of tiles: its hashes stand at the tree's level 8 × this.
    pub level: u8,
    /// Place within the level.
    pub index: u64,
    /// Number of hashes, 1 to 256.
    pub width: u16,
}

impl Tile {
    /// Path of the tile's hashes below the log's address, such as `tile/0/x001/067.p/5`.
    pub fn path(self) -> String {
        format!("tile/{}/{}", self.level, self.place())
    }

    /// Path of the bundle of entries whose leaves a tile of level 0 holds.
    pub fn entries_path(self) -> String {
        format!("tile/entries/{}", self.place())
    }

    /// Reads the path of a tile of hashes; only the one spelling of each path is taken, so that
    /// what is cached for ever is cached once. Errors: `proof.log.range`.
    pub fn parse(path: &str) -> Result<Tile> {
        let range = || Error::invalid("proof.log.range");
        let rest = path.strip_prefix("tile/").ok_or_else(range)?;
        let (level, rest) = rest.split_once('/').ok_or_else(range)?;
        let level = level.parse().map_err(|_| range())?;
        let (place, width) = match rest.split_once(".p/") {
            Some((place, width)) => (place, width.parse().map_err(|_| range())?),
            None => (rest, TILE_WIDTH as u16),
        };
        let mut index = 0_u64;
        for part in place.split('/') {
            let digits = part.strip_prefix('x').unwrap_or(part);
            let value = digits.parse::<u16>().ok().filter(|value| *value < 1_000);
            let value = u64::from(value.ok_or_else(range)?);
            index =
                index.checked_mul(1_000).and_then(|i| i.checked_add(value)).ok_or_else(range)?;
        }
        let tile = Tile { level, index, width };
        if level > 7 || width == 0 || u64::from(width) > TILE_WIDTH || tile.path() != path {
            return Err(range());
        }
        Ok(tile)
    }

    fn place(self) -> String {
        let mut place = format!("{:03}", self.index % 1000);
        let mut rest = self.index / 1000;
        while rest > 0 {
            place = format!("x{:03}/{place}", rest % 1000);
            rest /= 1000;
        }
        if u64::from(self.width) < TILE_WIDTH {
            place = format!("{place}.p/{}", self.width);
        }
        place
    }

    /// The tile's file: its hashes one after another. Errors: `proof.log.range` for a width out
    /// of range or a level above 7, those of the reader.
    pub fn bytes(self, read: Reader<'_>) -> Result<Vec<u8>> {
        let width = u64::from(self.width);
        if width == 0 || width > TILE_WIDTH || self.level > 7 {
            return Err(Error::invalid("proof.log.range"));
        }
        let range = || Error::invalid("proof.log.range");
        let first = self.index.checked_mul(TILE_WIDTH).ok_or_else(range)?;
        let end = first.checked_add(width).ok_or_else(range)?;
        let hashes: Vec<Hash> = (first..end)
            .map(|index| read(self.level * TILE_HEIGHT, index))
            .collect::<Result<_>>()?;
        Ok(hashes.concat())
    }
}

/// The tiles that are new or wider when a log grows from `old` to `new` leaves.
pub fn tiles_between(old: u64, new: u64) -> Vec<Tile> {
    let mut tiles = Vec::new();
    for level in 0..8_u8 {
        let shift = u32::from(level * TILE_HEIGHT);
        let (from, to) = (old >> shift, new >> shift);
        if to == 0 {
            break;
        }
        if from == to {
            continue;
        }
        for index in from / TILE_WIDTH..to.div_ceil(TILE_WIDTH) {
            let width = (to - index * TILE_WIDTH).min(TILE_WIDTH);
            tiles.push(Tile { level, index, width: width as u16 });
        }
    }
    tiles
}
