//! The figures of the log for those who watch it: how large, how late, who has cosigned it, how it
//! grows.
//!
//! Invariant: nothing is counted over the whole log; the size at the end of each day is kept by the
//! sequencer.

use super::witness::{self, Witness};
use super::{Head, cosign, head, key};
use crate::audit;
use kernel::time::SECOND_US;
use kernel::{Error, Result};
use sea_orm::FromQueryResult;
use serde::Serialize;
use serde_json::json;
use store::{Ctx, vals};

/// Setting that holds how many seconds an entry may wait for its place.
const LAG_MOST: &str = "evidence_lag_most";
/// Seconds an entry may wait when nothing was set.
const LAG_MOST_S: i64 = 60;
/// Days shown.
const DAYS: i64 = 14;
/// More waiting entries than this are not counted.
const WAITING_MAX: i64 = 100_000;

/// How the log grew on a day.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, FromQueryResult)]
pub struct Day {
    /// The day in China, `2026-09-15`.
    pub id: String,
    /// Leaves at its end.
    pub tree_size: i64,
}

/// The figures.
#[derive(Clone, Debug)]
pub struct Monitor {
    /// The newest checkpoint; none before the first.
    pub head: Option<Head>,
    /// Entries that wait for a place, counted up to a hundred thousand.
    pub waiting: i64,
    /// Seconds the oldest of them has waited.
    pub lag_s: i64,
    /// Seconds it may wait.
    pub lag_most_s: i64,
    /// The witnesses.
    pub witnesses: Vec<Witness>,
    /// How many cosignatures are wanted.
    pub quorum: usize,
    /// Size and note of the newest checkpoint that enough have cosigned.
    pub witnessed: Option<(u64, String)>,
    /// The last days on which it grew, newest first, and one more to compare with.
    pub days: Vec<Day>,
}

impl Monitor {
    /// True when an entry has waited longer than it may.
    pub fn late(&self) -> bool {
        self.lag_s > self.lag_most_s
    }

    /// How many witnesses have cosigned the newest checkpoint.
    pub fn cosigned(&self) -> usize {
        let Some(head) = &self.head else { return 0 };
        self.witnesses.iter().filter(|witness| witness.cosigned(head)).count()
    }

    /// Day and number of entries it brought, newest first.
    pub fn growth(&self) -> Vec<(String, i64)> {
        let earlier = self.days.iter().skip(1).map(|day| day.tree_size).chain([0]);
        let mut grown: Vec<_> = self
            .days
            .iter()
            .zip(earlier)
            .filter(|(day, _)| day.id != "0")
            .map(|(day, earlier)| (day.id.clone(), day.tree_size - earlier))
            .collect();
        grown.truncate(DAYS as usize);
        grown
    }
}

/// The figures as they are now.
pub async fn monitor(ctx: &mut Ctx) -> Result<Monitor> {
    let waiting = format!(
        "SELECT COUNT(*) FROM (SELECT 1 FROM evidence_entry WHERE position IS NULL
         LIMIT {WAITING_MAX}) AS waiting"
    );
    let waiting = ctx.count(&waiting, vals![]).await?;
    let oldest = "SELECT at_us FROM evidence_entry WHERE position IS NULL ORDER BY id LIMIT 1";
    let oldest: Option<i64> = ctx.scalar(oldest, vals![]).await?;
    let witnesses = witness::list(ctx).await?;
    let days =
        format!("SELECT id, tree_size FROM evidence_day ORDER BY id DESC LIMIT {}", DAYS + 1);
    Ok(Monitor {
        head: head(ctx).await?.filter(|head| head.size > 0),
        waiting,
        lag_s: oldest.map_or(0, |at| (ctx.now.0 - at).max(0) / SECOND_US),
        lag_most_s: lag_most(ctx).await?,
        quorum: witness::quorum(ctx, witnesses.len()).await?,
        witnesses,
        witnessed: cosign::witnessed(ctx).await?,
        days: ctx.all(&days, vals![]).await?,
    })
}

/// Seconds an entry may wait for its place before the monitor sounds its alarm.
pub async fn lag_most(ctx: &mut Ctx) -> Result<i64> {
    let set = key::setting(ctx, LAG_MOST).await?.and_then(|value| value.parse().ok());
    Ok(set.unwrap_or(LAG_MOST_S))
}

/// Sets how many seconds an entry may wait. Errors: `evidence.lag` outside 1 to 86,400.
pub async fn set_lag_most(ctx: &mut Ctx, seconds: i64) -> Result<()> {
    if !(1..=86_400).contains(&seconds) {
        return Err(Error::invalid("evidence.lag"));
    }
    key::set(ctx, LAG_MOST, &seconds.to_string()).await?;
    audit::record(ctx, "log.lag_set", "log:own", json!({"seconds": seconds})).await?;
    Ok(())
}

/// Keeps the size the log has on the day of the context.
pub(super) async fn count_day(ctx: &mut Ctx, size: u64) -> Result<()> {
    let day = ctx.now.date().to_string();
    ctx.execute(
        "INSERT INTO evidence_day (id, tree_size) VALUES ($1, $2)
         ON CONFLICT (id) DO UPDATE SET tree_size = excluded.tree_size",
        vals![day, size],
    )
    .await?;
    Ok(())
}
