//! The Merkle log over the audit entries: positions, tiles, signed checkpoints, proofs, and the
//! witnesses, the figures of the monitor, the check of the whole.
//!
//! Invariants: an entry's position is given once, by one sequencer, without gaps from 0; tiles
//! hold the hashes of complete subtrees (C2SP tlog-tiles) so that appending and proving read and
//! write a number of rows that grows with the logarithm of the log; a checkpoint is signed in the
//! transaction that gives the positions it covers.
//! Must not know: what entries mean, who may act.

mod api;
mod cosign;
pub(crate) mod key;
mod monitor;
mod pages;
mod seals;
mod sequence;
mod tile;
mod verify;
mod witness;

pub use cosign::witnessed;
pub use key::{origin, verifier};
pub use monitor::{Day, Monitor, lag_most, monitor, set_lag_most};
pub use seals::{broken_seal, seal_tables, unsealed};
pub(crate) use sequence::hash;
pub use sequence::{Head, head, lag, sequence};
pub use verify::{Difference, FirstBad, LogReport, verify};
pub use witness::{Witness, add, list, published, quorum, remove, set_quorum};

use crate::audit::{self, Entry};
use ::store::job::Handler;
use ::store::{Ctx, JobSpec};
use kernel::{Error, Result};
use proof::log::Hash;
use webkit::{Access, Module, get};

/// Name of the job that gives positions.
pub(crate) const JOB: &str = "party.sequence";

/// Name of the job that asks the witnesses. It waits for others, so a worker of its own runs it.
pub const COSIGN: &str = "party.cosign";

/// Sees to it that the sequencer runs after the transaction; cheap when it is already due.
pub(crate) async fn wake(ctx: &mut Ctx) -> Result<()> {
    ctx.enqueue_unless_waiting(JOB, &serde_json::json!({"quiet": 0})).await
}

/// The proof that an entry is in the log, against the newest checkpoint.
#[derive(Clone, Debug)]
pub struct Inclusion {
    /// The entry.
    pub entry: Entry,
    /// Its place, from 0.
    pub position: u64,
    /// Sibling hashes, lowest first (RFC 6962 §2.1.1).
    pub hashes: Vec<Hash>,
    /// The checkpoint they lead to.
    pub head: Head,
}

/// Proves an entry's inclusion. Errors: `not_found`; `evidence.waiting` when the entry has no
/// position yet.
pub async fn prove(ctx: &mut Ctx, entry_id: &str) -> Result<Inclusion> {
    let entry = audit::by_id(ctx, entry_id).await?;
    let position = entry.position.ok_or_else(|| Error::conflict("evidence.waiting"))?;
    let position = u64::try_from(position).map_err(Error::internal)?;
    let (position, _, hashes, head) = prove_place(ctx, position).await?;
    Ok(Inclusion { entry, position, hashes, head })
}

/// Proves what stands at a place: the place, its leaf, the sibling hashes and the checkpoint they
/// lead to. Errors: `proof.log.range` beyond the log; `evidence.waiting` for an empty log.
pub async fn prove_place(ctx: &mut Ctx, place: u64) -> Result<(u64, Hash, Vec<Hash>, Head)> {
    let head = head(ctx).await?.ok_or_else(|| Error::conflict("evidence.waiting"))?;
    if place >= head.size {
        return Err(Error::invalid("proof.log.range"));
    }
    let tiles = tile::Tiles::for_proof(ctx, place, head.size).await?;
    let hashes = proof::log::inclusion(place, head.size, &|level, index| tiles.hash(level, index))?;
    let leaf = tiles.hash(0, place)?;
    Ok((place, leaf, hashes, head))
}

/// Proves that the log of `old` leaves is the beginning of the present one.
/// Errors: `proof.log.range`; `evidence.waiting` for an empty log.
pub async fn prove_consistency(ctx: &mut Ctx, old: u64) -> Result<(Vec<Hash>, Head)> {
    let head = head(ctx).await?.ok_or_else(|| Error::conflict("evidence.waiting"))?;
    let hashes = prove_between(ctx, old, head.size).await?;
    Ok((hashes, head))
}

/// Root the log had when it had so many leaves. Errors: `proof.log.range` for more than there are.
pub async fn root_at(ctx: &mut Ctx, size: u64) -> Result<Hash> {
    if size > head(ctx).await?.map_or(0, |head| head.size) {
        return Err(Error::invalid("proof.log.range"));
    }
    let mut tiles = tile::Tiles::default();
    tiles.add_edge(ctx, size).await?;
    proof::log::root_of(size, &|level, index| tiles.hash(level, index))
}

/// Proves that the log of `old` leaves is the beginning of that of `new` leaves, which there has
/// been. Errors: `proof.log.range`.
pub(crate) async fn prove_between(ctx: &mut Ctx, old: u64, new: u64) -> Result<Vec<Hash>> {
    if old > new {
        return Err(Error::invalid("proof.log.range"));
    }
    let mut tiles = tile::Tiles::for_proof(ctx, old.saturating_sub(1), new).await?;
    tiles.add_edge(ctx, old).await?;
    proof::log::consistency(old, new, &|level, index| tiles.hash(level, index))
}

pub(crate) fn module() -> Module {
    Module {
        name: "party.evidence",
        routes: vec![
            get("/log", Access::Anyone, pages::log),
            get("/log/checkpoint", Access::Anyone, pages::checkpoint),
            get("/log/witnessed", Access::Anyone, pages::witnessed),
            get("/log/{*path}", Access::Anyone, pages::tile),
            get("/api/v1/log/checkpoint", Access::Anyone, api::checkpoint)
                .doc("Gives the newest signed checkpoint of the evidence log.")
                .gives::<api::CheckpointView>(),
            get("/api/v1/log/entries/{id}/proof", Access::SignedIn, api::inclusion)
                .doc("Proves that an entry is in the evidence log.")
                .gives::<api::InclusionView>(),
            get("/api/v1/log/consistency", Access::Anyone, api::consistency)
                .doc("Proves that the log of ?from= leaves is the beginning of the present log.")
                .asks(&["from"])
                .gives::<api::ConsistencyView>(),
            get("/api/v1/log/monitor", Access::Anyone, api::monitor)
                .doc("Gives the figures of the evidence log: size, lag and its bound, witnesses.")
                .gives::<api::MonitorView>(),
        ],
        jobs: vec![
            JobSpec { name: JOB, handler: Handler::Within(sequence::job) },
            JobSpec { name: COSIGN, handler: Handler::Outside(cosign::job) },
        ],
        subscriptions: Vec::new(),
        rail: Vec::new(),
    }
}
