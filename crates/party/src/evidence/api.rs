//! Checkpoints and proofs over REST.

use super::{Head, Witness, head, key, prove, prove_consistency};
use crate::authority;
use axum::extract::Path;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use kernel::{Error, Result, Timestamp};
use proof::log::Hash;
use schemars::JsonSchema;
use serde::Serialize;
use store::Ctx;
use webkit::{Answer, Call};

/// The newest checkpoint.
#[derive(Serialize, JsonSchema)]
pub struct CheckpointView {
    /// Name of the log.
    pub origin: String,
    /// Number of leaves.
    pub size: u64,
    /// Root hash, base 64.
    pub root: String,
    /// The signed note (C2SP tlog-checkpoint), with the cosignatures there are of it.
    pub note: String,
    /// Verifier key of the note (C2SP signed-note).
    pub verifier: String,
}

/// The proof that an entry is in the log.
#[derive(Serialize, JsonSchema)]
pub struct InclusionView {
    /// Id of the entry.
    pub entry: String,
    /// Its place, from 0.
    pub position: u64,
    /// The bytes that are hashed to the leaf, as text; empty when the content was erased.
    pub leaf_data: String,
    /// Leaf hash, base 64.
    pub leaf: String,
    /// Sibling hashes, lowest first, base 64.
    pub hashes: Vec<String>,
    /// The checkpoint they lead to.
    pub checkpoint: CheckpointView,
}

/// The proof that an older log is the beginning of the present one.
#[derive(Serialize, JsonSchema)]
pub struct ConsistencyView {
    /// Leaves of the older log.
    pub from: u64,
    /// Hashes (RFC 6962 §2.1.2), base 64.
    pub hashes: Vec<String>,
    /// The present checkpoint.
    pub checkpoint: CheckpointView,
}

/// The figures of the log.
#[derive(Serialize, JsonSchema)]
pub struct MonitorView {
    /// Number of leaves.
    pub size: u64,
    /// Entries that wait for a place.
    pub waiting: i64,
    /// Seconds the oldest of them has waited; 0 when none waits.
    pub lag_s: i64,
    /// Seconds it may wait at most.
    pub lag_most_s: i64,
    /// True when it has waited longer.
    pub late: bool,
    /// How many cosignatures are wanted.
    pub quorum: usize,
    /// The witnesses.
    pub witnesses: Vec<WitnessView>,
    /// Size of the newest checkpoint that enough have cosigned; absent before the first.
    pub witnessed_size: Option<u64>,
}

/// One witness.
#[derive(Serialize, JsonSchema)]
pub struct WitnessView {
    /// Name.
    pub name: String,
    /// Its verifier key (C2SP tlog-cosignature).
    pub verifier: String,
    /// Leaves of the newest checkpoint it cosigned; 0 for none.
    pub size: i64,
    /// When it did, RFC 3339; absent for never.
    pub at: Option<String>,
    /// Why it was asked in vain last: `away`, `unknown`, `key`, `behind`, `fork`; empty when it
    /// was not.
    pub trouble: String,
    /// Size at which it refused the log last; absent for never.
    pub refused_size: Option<i64>,
}

impl From<Witness> for WitnessView {
    fn from(witness: Witness) -> WitnessView {
        let at = (witness.cosigned_us > 0).then(|| Timestamp(witness.cosigned_us).rfc3339());
        WitnessView {
            name: witness.id,
            verifier: witness.verifier,
            size: witness.tree_size,
            at,
            trouble: witness.trouble,
            refused_size: (witness.refused_us > 0).then_some(witness.refused_size),
        }
    }
}

/// `GET /api/v1/log/monitor`.
pub(super) async fn monitor(call: Call) -> Answer {
    let mut ctx = call.read();
    let figures = super::monitor(&mut ctx).await?;
    call.json(&MonitorView {
        size: figures.head.as_ref().map_or(0, |head| head.size),
        waiting: figures.waiting,
        lag_s: figures.lag_s,
        lag_most_s: figures.lag_most_s,
        late: figures.late(),
        quorum: figures.quorum,
        witnesses: figures.witnesses.into_iter().map(WitnessView::from).collect(),
        witnessed_size: figures.witnessed.map(|(size, _)| size),
    })
}

fn encode(hashes: &[Hash]) -> Vec<String> {
    hashes.iter().map(|hash| STANDARD.encode(hash)).collect()
}

async fn view(ctx: &mut Ctx, head: Head) -> Result<CheckpointView> {
    let verifier = key::verifier(ctx).await?.map(|verifier| verifier.to_string());
    let note = super::published(ctx, &head).await?;
    Ok(CheckpointView {
        origin: key::name(ctx).await?,
        size: head.size,
        root: STANDARD.encode(head.root),
        note,
        verifier: verifier.unwrap_or_default(),
    })
}

/// `GET /api/v1/log/checkpoint`.
pub(super) async fn checkpoint(call: Call) -> Answer {
    let mut ctx = call.read();
    let head = head(&mut ctx).await?.ok_or_else(|| Error::conflict("evidence.waiting"))?;
    call.json(&view(&mut ctx, head).await?)
}

/// `GET /api/v1/log/entries/{id}/proof`: one's own acts, or any with `audit.read`.
pub(super) async fn inclusion(call: Call, Path(id): Path<String>) -> Answer {
    let mut ctx = call.read();
    let entry = crate::audit::by_id(&mut ctx, &id).await?;
    if entry.actor != ctx.actor.account && !authority::may(&ctx, "audit.read") {
        return Err(Error::not_found().into());
    }
    let proof = prove(&mut ctx, &id).await?;
    let leaf = super::sequence::hash(&proof.entry.leaf)?;
    let erased = !proof.entry.erased_by.is_empty();
    let leaf_data = if erased { String::new() } else { proof.entry.leaf_data()? };
    call.json(&InclusionView {
        entry: proof.entry.id.clone(),
        position: proof.position,
        leaf_data,
        leaf: STANDARD.encode(leaf),
        hashes: encode(&proof.hashes),
        checkpoint: view(&mut ctx, proof.head).await?,
    })
}

/// `GET /api/v1/log/consistency?from=N`.
pub(super) async fn consistency(call: Call) -> Answer {
    let from = call.query("from").and_then(|from| from.parse::<u64>().ok());
    let from = from.ok_or_else(|| Error::invalid("proof.log.range"))?;
    let mut ctx = call.read();
    let (hashes, head) = prove_consistency(&mut ctx, from).await?;
    call.json(&ConsistencyView {
        from,
        hashes: encode(&hashes),
        checkpoint: view(&mut ctx, head).await?,
    })
}
