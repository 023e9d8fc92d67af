//! Whether the work that feeds the numbers is behind: jobs that wait and jobs that failed.
//!
//! Tallies are written with the acts, but acts of timers, automatic decisions and ratings reach
//! them through jobs. The queue is the ground's, not an area's.

use kernel::Result;
use schemars::JsonSchema;
use serde::Serialize;
use store::{Ctx, vals};

/// A queue this far behind marks the numbers as stale.
pub const STALE_MINUTES: i64 = 10;
/// Attempts after which a job waits for an operator.
const ATTEMPTS_MAX: i64 = 8;
/// Counting of failed jobs stops here.
const COUNT_MAX: i64 = 1_000;

/// How the queue stands.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Health {
    /// Minutes the oldest due job has waited.
    pub behind_minutes: i64,
    /// Jobs that wait for an operator, at most 1,000 counted.
    pub failed: i64,
    /// The numbers may be out of date.
    pub stale: bool,
}

/// Looks at the queue.
pub async fn health(ctx: &mut Ctx) -> Result<Health> {
    let now = ctx.now;
    // The limit is written out: an index over the jobs below it, and one over the others, serve.
    let oldest = format!(
        "SELECT run_at_us FROM job WHERE run_at_us <= $1 AND attempts < {ATTEMPTS_MAX}
         ORDER BY run_at_us LIMIT 1"
    );
    let oldest: Option<i64> = ctx.scalar(&oldest, vals![now]).await?;
    let failed = format!(
        "SELECT COUNT(*) FROM (SELECT id FROM job WHERE attempts >= {ATTEMPTS_MAX} LIMIT $1) f"
    );
    let failed = ctx.count(&failed, vals![COUNT_MAX]).await?;
    let behind_us = oldest.map_or(0, |oldest| now.0.saturating_sub(oldest));
    let behind_minutes = behind_us / (60 * kernel::time::SECOND_US);
    Ok(Health { behind_minutes, failed, stale: behind_minutes >= STALE_MINUTES })
}
