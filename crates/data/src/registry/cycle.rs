//! How current a registry is: its source confirms it each cycle (更新周期).
//!
//! Invariants: a registry kept in real time is as current as the instant it is read; any other is
//! as current as its source's last confirmation; one that is not confirmed any more grows stale,
//! and what is decided from it goes to a person.

use super::registry::{Record, defined};
use ::store::job::{Handler, Later};
use ::store::{Ctx, JobSpec, vals};
use kernel::{Result, Timestamp};
use pack::registry::{Cycle, Registry};
use serde_json::{Value as Json, json};

/// The job by which a source whose register lives on this installation confirms it.
const NAME: &str = "data.registry_cycle";
pub(super) const JOB: JobSpec = JobSpec { name: NAME, handler: Handler::Within(confirm_later) };

/// The source confirms that the registry is as it holds it, and will again after the cycle.
/// Errors: `not_found` for a registry the packs lack.
pub async fn confirm(ctx: &mut Ctx, registry: &str) -> Result<()> {
    let pack = ctx.env.pack.clone();
    let registry = defined(&pack, registry)?;
    let now = ctx.now;
    ctx.execute(
        "INSERT INTO registry_cycle (registry, confirmed_us) VALUES ($1, $2)
         ON CONFLICT (registry) DO UPDATE SET confirmed_us = excluded.confirmed_us",
        vals![&registry.id, now],
    )
    .await?;
    let days = match registry.cycle {
        Cycle::Realtime => return Ok(()),
        Cycle::Daily => 1,
        Cycle::Weekly => 7,
        Cycle::Monthly => 30,
    };
    let payload = json!({ "registry": registry.id });
    ctx.schedule(NAME, &registry.id, now.plus_days(days), &payload).await
}

fn confirm_later<'a>(ctx: &'a mut Ctx, payload: &'a Json) -> Later<'a> {
    Box::pin(async move {
        let registry = payload["registry"].as_str().unwrap_or_default().to_owned();
        confirm(ctx, &registry).await
    })
}

/// When what the record says was last known to be so.
pub(crate) async fn observed(
    ctx: &mut Ctx,
    registry: &Registry,
    record: &Record,
) -> Result<Timestamp> {
    if registry.cycle == Cycle::Realtime {
        return Ok(ctx.now);
    }
    let sql = "SELECT confirmed_us FROM registry_cycle WHERE registry = $1";
    let confirmed = ctx.scalar::<i64>(sql, vals![&registry.id]).await?.map(Timestamp);
    Ok(confirmed.unwrap_or(record.observed).max(record.observed))
}
