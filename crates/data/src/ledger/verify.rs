//! Proving a ledger: every digest, every link, the head.

use super::chain::{Side, head, link};
use kernel::{Error, Result};
use proof::digest::sm3_hex;
use sea_orm::FromQueryResult;
use store::{Ctx, vals};

/// Entries read at a time.
const STEP: i64 = 1_000;
/// Entries one page of the export gives.
const PAGE: i64 = 50;

/// What the proof of a ledger found.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct Report {
    /// Entries with a position.
    pub entries: i64,
    /// Chain value of the last; empty for an empty ledger.
    pub chain: String,
    /// Entries that still wait for their position.
    pub waiting: i64,
    /// Position of the first entry that does not fit; none when all do.
    pub first_bad: Option<i64>,
}

/// One entry of a ledger.
#[derive(Clone, Debug, FromQueryResult)]
pub(super) struct Entry {
    pub(super) position: i64,
    pub(super) receipt_id: String,
    pub(super) content: String,
    pub(super) digest: String,
    pub(super) chain: String,
}

/// Entries after a position, in order.
async fn after(ctx: &mut Ctx, side: &str, position: i64, limit: i64) -> Result<Vec<Entry>> {
    ctx.all(
        "SELECT position, receipt_id, content, digest, chain FROM data_ledger
         WHERE side = $1 AND position > $2 ORDER BY position LIMIT $3",
        vals![side, position, limit],
    )
    .await
}

/// Proves a side's ledger whole: content against digest, digest against chain, chain against head.
pub async fn verify(ctx: &mut Ctx, side: &Side) -> Result<Report> {
    let key = side.key();
    let sql = "SELECT COUNT(*) FROM data_ledger WHERE side = $1 AND position IS NULL";
    let waiting = ctx.count(sql, vals![&key]).await?;
    let (mut entries, mut chain, mut first_bad) = (0_i64, String::new(), None);
    loop {
        let step = after(ctx, &key, entries, STEP).await?;
        for entry in &step {
            let linked = link(&chain, &entry.digest);
            let sound = entry.position == entries + 1
                && sm3_hex(entry.content.as_bytes()) == entry.digest
                && linked == entry.chain;
            if !sound && first_bad.is_none() {
                first_bad = Some(entries + 1);
            }
            (entries, chain) = (entry.position, entry.chain.clone());
        }
        if step.is_empty() {
            break;
        }
    }
    // Entries cut off at the end are missed by the chain alone.
    let head = head(ctx, &key).await?;
    let (known, last) = head.map_or((0, String::new()), |head| (head.entries, head.chain));
    if first_bad.is_none() && (known != entries || last != chain) {
        first_bad = Some(known.min(entries) + 1);
    }
    Ok(Report { entries, chain, waiting, first_bad })
}

/// A page of the actor's agency's own ledger.
/// Errors: `denied` without the permission `data.usage.read`, `not_found` without an agency.
pub(super) async fn own(ctx: &mut Ctx, side: &Side, position: i64) -> Result<Vec<Entry>> {
    party::authority::demand(ctx, "data.usage.read")?;
    if !party::authority::same_agency(ctx, &side.agency) || side.agency.is_empty() {
        return Err(Error::not_found());
    }
    after(ctx, &side.key(), position, PAGE).await
}
