//! Giving positions to entries, growing the tree, signing the checkpoint.
//!
//! Only one sequencer works at a time: it holds the row of the head. Entries of transactions that
//! commit later than their ids say simply come later in the log.

use super::tile::Tiles;
use super::{JOB, key};
use kernel::time::SECOND_US;
use kernel::{Error, Result, Timestamp};
use proof::log::{Checkpoint, Frontier, Hash};
use sea_orm::FromQueryResult;
use serde_json::{Value as Json, json};
use store::job::Later;
use store::{Ctx, vals};

/// Entries sequenced in one transaction.
const BATCH: usize = 2_000;
/// Rounds without work after which the sequencer sleeps until the next entry.
const QUIET_MAX: i64 = 2;

/// The newest state of the log.
#[derive(Clone, Debug)]
pub struct Head {
    /// Number of entries in the log.
    pub size: u64,
    /// Root hash.
    pub root: Hash,
    /// The signed checkpoint (C2SP).
    pub note: String,
    /// When it was signed, by the platform's clock.
    pub at: Timestamp,
    pub(super) peaks: Vec<Hash>,
}

#[derive(FromQueryResult)]
struct HeadRow {
    tree_size: i64,
    root: String,
    peaks: String,
    note: String,
    at_us: i64,
}

/// The newest checkpoint; none before the first. Errors: `internal` when it was damaged.
pub async fn head(ctx: &mut Ctx) -> Result<Option<Head>> {
    kept(ctx, "head").await
}

/// A checkpoint by its name: the newest, or the newest that enough witnesses have cosigned.
pub(super) async fn kept(ctx: &mut Ctx, id: &str) -> Result<Option<Head>> {
    let sql = "SELECT tree_size, root, peaks, note, at_us FROM evidence_checkpoint WHERE id = $1";
    let Some(row) = ctx.optional::<HeadRow>(sql, vals![id]).await? else { return Ok(None) };
    let peaks = row.peaks.split_whitespace().map(hash).collect::<Result<_>>()?;
    Ok(Some(Head {
        size: u64::try_from(row.tree_size).map_err(Error::internal)?,
        root: hash(&row.root)?,
        note: row.note,
        at: Timestamp(row.at_us),
        peaks,
    }))
}

/// Entries that wait for a position.
pub async fn lag(ctx: &mut Ctx) -> Result<i64> {
    ctx.count("SELECT COUNT(*) FROM evidence_entry WHERE position IS NULL", vals![]).await
}

/// A hash from 64 hexadecimal digits. Errors: `internal`.
pub(crate) fn hash(text: &str) -> Result<Hash> {
    let bytes = hex::decode(text).map_err(Error::internal)?;
    bytes.try_into().map_err(|_| Error::internal("a hash has 32 bytes"))
}

#[derive(FromQueryResult)]
struct Waiting {
    id: String,
    leaf: String,
}

/// Gives positions to at most a batch of waiting entries and signs the new checkpoint; how many
/// were placed.
pub async fn sequence(ctx: &mut Ctx) -> Result<usize> {
    ensure_head(ctx).await?;
    // The head's row is held until the transaction ends: a second sequencer waits here.
    ctx.lock("evidence_checkpoint", "head").await?;
    let sql = "SELECT id, leaf FROM evidence_entry WHERE position IS NULL ORDER BY id LIMIT $1";
    let waiting: Vec<Waiting> = ctx.all(sql, vals![BATCH]).await?;
    if waiting.is_empty() {
        return Ok(0);
    }
    let old = head(ctx).await?.ok_or_else(|| Error::internal("the log has no head"))?;
    let mut frontier = Frontier::from_parts(old.size, old.peaks)?;
    let mut tiles = Tiles::default();
    let mut places = Vec::with_capacity(waiting.len());
    for entry in &waiting {
        places.push(vals![&entry.id, frontier.size()]);
        for node in frontier.append(hash(&entry.leaf)?) {
            tiles.push(ctx, &node).await?;
        }
    }
    ctx.update_rows("evidence_entry", &["position"], places).await?;
    tiles.save(ctx).await?;
    save_head(ctx, &frontier).await?;
    super::monitor::count_day(ctx, frontier.size()).await?;
    super::cosign::wake(ctx).await?;
    Ok(waiting.len())
}

/// The row of an empty log, so that it can be held.
async fn ensure_head(ctx: &mut Ctx) -> Result<()> {
    let now = ctx.now;
    let root = hex::encode(proof::log::root(&[]));
    ctx.execute(
        "INSERT INTO evidence_checkpoint (id, tree_size, root, peaks, note, at_us)
         VALUES ('head', 0, $1, '', '', $2) ON CONFLICT (id) DO NOTHING",
        vals![root, now],
    )
    .await?;
    Ok(())
}

async fn save_head(ctx: &mut Ctx, frontier: &Frontier) -> Result<()> {
    let signer = key::signer(ctx).await?;
    let origin = key::name(ctx).await?;
    let root = frontier.root();
    let checkpoint = Checkpoint { origin, size: frontier.size(), root, extensions: Vec::new() };
    let note = checkpoint.sign(&[&signer])?;
    let peaks: Vec<String> = frontier.peaks().iter().map(hex::encode).collect();
    let now = ctx.now;
    ctx.execute(
        "UPDATE evidence_checkpoint SET tree_size = $1, root = $2, peaks = $3, note = $4, at_us = $5
         WHERE id = 'head'",
        vals![frontier.size(), hex::encode(root), peaks.join(" "), note, now],
    )
    .await?;
    Ok(())
}

/// The job: one batch, then again in a second until two rounds had nothing to do.
pub(super) fn job<'a>(ctx: &'a mut Ctx, payload: &'a Json) -> Later<'a> {
    Box::pin(async move {
        let placed = sequence(ctx).await?;
        let quiet = match placed {
            0 => payload.get("quiet").and_then(Json::as_i64).unwrap_or(0) + 1,
            _ => 0,
        };
        if quiet <= QUIET_MAX {
            let wait = if placed == BATCH { 0 } else { SECOND_US };
            let at = ctx.now.plus_us(wait);
            ctx.schedule(JOB, "chain", at, &json!({"quiet": quiet})).await?;
        }
        Ok(())
    })
}
