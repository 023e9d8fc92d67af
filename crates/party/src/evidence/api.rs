//! Checkpoints and proofs over REST.

use super::{Head, head, key, prove, prove_consistency};
use crate::authority;
use axum::extract::Path;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use kernel::{Error, Result};
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
    /// The signed note (C2SP tlog-checkpoint).
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
    /// The bytes that are hashed to the leaf, as text.
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

fn encode(hashes: &[Hash]) -> Vec<String> {
    hashes.iter().map(|hash| STANDARD.encode(hash)).collect()
}

async fn view(ctx: &mut Ctx, head: Head) -> Result<CheckpointView> {
    let verifier = key::verifier(ctx).await?.map(|verifier| verifier.to_string());
    Ok(CheckpointView {
        origin: key::name(ctx).await?,
        size: head.size,
        root: STANDARD.encode(head.root),
        note: head.note,
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
    call.json(&InclusionView {
        entry: proof.entry.id.clone(),
        position: proof.position,
        leaf_data: proof.entry.leaf_data()?,
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
