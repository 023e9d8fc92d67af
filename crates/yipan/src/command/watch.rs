//! `yipan log watch`: has a log on another machine only grown since the checkpoint kept here?
//!
//! Needs no installation and believes nothing but the keys: the signature of the checkpoint is
//! tried, and the proof that the kept one is its beginning is put together from the log's tiles.
//! Any log of C2SP tlog-tiles can be watched.

use super::Found;
use clap::Args;
use kernel::{Error, Result};
use proof::log::{
    Checkpoint, CosignerVerifier, Hash, NoteVerifier, TILE_WIDTH, Tile, consistency, cosignatures,
    node_hash, note_parts, verify_consistency,
};
use serde::{Deserialize, Serialize};
use serde_json::json;
use std::cell::Cell;
use std::collections::BTreeMap;
use std::io::{ErrorKind, Write};
use std::path::{Path, PathBuf};
use std::time::Duration;
use webkit::fetch::{Address, Limits};

/// What is taken of one answer.
const LIMITS: Limits = Limits { body: 256 * 1024, time: Duration::from_secs(20) };
/// Most tiles one proof reads: a log of 2^63 leaves has eight levels, each with two edges.
const TILES_MAX: usize = 64;

/// Options of `yipan log watch`.
#[derive(Args, Clone, Debug)]
pub struct Options {
    /// Address of the log, such as `http://10.0.0.1:8080/log`.
    url: String,
    /// File in which the last checkpoint is kept; made at the first time.
    #[arg(long)]
    state: PathBuf,
    /// The log's verifier key; wanted at the first time, then kept with the checkpoint.
    #[arg(long)]
    key: Option<String>,
    /// Verifier key of a witness; may be given more than once.
    #[arg(long)]
    witness: Vec<String>,
    /// Witnesses that must have cosigned the checkpoint.
    #[arg(long, default_value_t = 0)]
    quorum: usize,
    /// Report in JSON.
    #[arg(long)]
    json: bool,
}

/// What is kept.
#[derive(Serialize, Deserialize)]
struct Kept {
    key: String,
    note: String,
}

/// Watches once. A log that does not hold is a found fault, told with its reason; a log that cannot
/// be reached is an error.
pub async fn run(options: &Options) -> Result<Found> {
    let kept = read(&options.state)?;
    let key = match (&options.key, &kept) {
        (Some(key), Some(kept)) if key != &kept.key => {
            return Err(Error::invalid("watch.key").detail("--key is not the key that was kept"));
        }
        (Some(key), _) => key.clone(),
        (None, Some(kept)) => kept.key.clone(),
        (None, None) => {
            return Err(Error::invalid("watch.key").detail("--key is wanted at the first time"));
        }
    };
    let verifier = NoteVerifier::parse(&key)?;
    let address = Address::parse(&options.url)?;
    let note = fetch(&address, "checkpoint").await?;
    let seen = compare(options, &address, &verifier, &note, kept.as_ref()).await;
    let (from, checkpoint, cosigned) = match seen {
        Ok(seen) => seen,
        Err(error) if error.kind == kernel::Kind::Unavailable => return Err(error),
        Err(error) => return tell_fault(options, &error),
    };
    let note = String::from_utf8_lossy(&note).into_owned();
    write(&options.state, &Kept { key, note })?;
    if options.json {
        let told = json!({"good": true, "from": from, "size": checkpoint.size,
            "root": hex::encode(checkpoint.root), "cosigned": cosigned});
        say!("{told}");
    } else {
        say!("{}: {from} → {} 条，前后一致 consistent", checkpoint.origin, checkpoint.size);
        say!("root {}, {cosigned} cosignatures", hex::encode(checkpoint.root));
    }
    Ok(Found::Good)
}

/// Size kept, checkpoint now, number of cosignatures. Errors say what does not hold.
async fn compare(
    options: &Options,
    address: &Address,
    verifier: &NoteVerifier,
    note: &[u8],
    kept: Option<&Kept>,
) -> Result<(u64, Checkpoint, usize)> {
    let known = std::slice::from_ref(verifier);
    let now = Checkpoint::open(note, verifier.name(), known)?;
    let (text, lines) = note_parts(note)?;
    let witnesses: Vec<CosignerVerifier> =
        options.witness.iter().map(|key| CosignerVerifier::parse(key)).collect::<Result<_>>()?;
    let cosigned = cosignatures(text, lines, &witnesses)?.len();
    if cosigned < options.quorum {
        let told = format!("{cosigned} of {} wanted cosignatures", options.quorum);
        return Err(Error::invalid("watch.quorum").detail(told));
    }
    let Some(kept) = kept else { return Ok((0, now, cosigned)) };
    let old = Checkpoint::open(kept.note.as_bytes(), verifier.name(), known)?;
    if old.size > now.size {
        let told = format!("the log had {} entries and has {}", old.size, now.size);
        return Err(Error::conflict("watch.shrunk").detail(told));
    }
    let proof = prove(address, old.size, now.size).await?;
    verify_consistency(old.size, now.size, &proof, &old.root, &now.root).map_err(|error| {
        let told = format!("the log of {} entries is not the beginning of {}", old.size, now.size);
        error.detail(told)
    })?;
    Ok((old.size, now, cosigned))
}

/// The consistency proof, put together from tiles, which are fetched as it turns out to need them.
async fn prove(address: &Address, old: u64, new: u64) -> Result<Vec<Hash>> {
    let mut held: BTreeMap<(u8, u64), Vec<Hash>> = BTreeMap::new();
    for _ in 0..=TILES_MAX {
        let wanted = Cell::new(None);
        let read = |level: u8, index: u64| {
            let first = index << (level % 8);
            let (place, from) = ((level / 8, first / TILE_WIDTH), (first % TILE_WIDTH) as usize);
            let part = held.get(&place).and_then(|tile| tile.get(from..from + (1 << (level % 8))));
            let Some(part) = part else {
                wanted.set(Some(place));
                return Err(Error::not_found());
            };
            let mut hashes = part.to_vec();
            while hashes.len() > 1 {
                hashes = hashes.chunks_exact(2).map(|two| node_hash(&two[0], &two[1])).collect();
            }
            hashes.first().copied().ok_or_else(Error::not_found)
        };
        let proof = consistency(old, new, &read);
        let Some((level, index)) = wanted.get() else { return proof };
        let count = new >> (u32::from(level) * 8);
        let width = count.saturating_sub(index * TILE_WIDTH).min(TILE_WIDTH) as u16;
        let tile = Tile { level, index, width };
        let bytes = fetch(address, &tile.path()).await?;
        if bytes.len() != usize::from(width) * 32 || held.contains_key(&(level, index)) {
            let told = format!("{} has {} bytes", tile.path(), bytes.len());
            return Err(Error::invalid("watch.tile").detail(told));
        }
        let hashes = bytes.chunks_exact(32).filter_map(|hash| hash.try_into().ok()).collect();
        held.insert((level, index), hashes);
    }
    Err(Error::invalid("watch.tile").detail("the proof wants too many tiles"))
}

async fn fetch(address: &Address, path: &str) -> Result<Vec<u8>> {
    let reply = address.get(path, LIMITS).await?;
    if reply.status != 200 {
        return Err(Error::unavailable(format!("{path}: status {}", reply.status)));
    }
    Ok(reply.body)
}

fn tell_fault(options: &Options, error: &Error) -> Result<Found> {
    let reason = if error.detail.is_empty() { error.code } else { error.detail.as_str() };
    if options.json {
        say!("{}", json!({"good": false, "code": error.code, "reason": reason}));
    } else {
        say!("日志不可信 NOT to be trusted: {reason} ({})", error.code);
    }
    Ok(Found::Fault)
}

fn read(state: &Path) -> Result<Option<Kept>> {
    let text = match std::fs::read_to_string(state) {
        Ok(text) => text,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(Error::unavailable(format!("{}: {error}", state.display()))),
    };
    let wrong =
        |error| Error::invalid("watch.state").detail(format!("{}: {error}", state.display()));
    serde_json::from_str(&text).map(Some).map_err(wrong)
}

/// Replaces the file whole, so that a crash leaves the old state or the new.
fn write(state: &Path, kept: &Kept) -> Result<()> {
    let failed = |error| Error::unavailable(format!("{}: {error}", state.display()));
    let text = serde_json::to_string(kept).map_err(Error::internal)?;
    let folder = state.parent().filter(|path| !path.as_os_str().is_empty());
    let mut file =
        tempfile::NamedTempFile::new_in(folder.unwrap_or(Path::new("."))).map_err(failed)?;
    file.write_all(text.as_bytes()).map_err(failed)?;
    file.as_file().sync_all().map_err(failed)?;
    file.persist(state).map_err(|error| failed(error.error))?;
    Ok(())
}
