//! The job that carries a plan on: the dry run and the moves, several instances at a time.
//!
//! Invariants
//! - The plan's row is held before an instance, by every transaction of a plan: two workers never
//!   do the same instance, and an order is obeyed after the instances in hand.
//! - Instances and the plan's place are written together.
//! - One that stays undoes none of those that go in the same transaction: what is refused is
//!   refused before anything of it is written, and what cannot be written has a transaction of its
//!   own.
//! - One run of the job does a slice and asks for the next, so that others get their turn.
//!
//! Must not know: who may order what.

use super::MIGRATE;
use super::migration::begin;
use super::model::Phase;
use super::store::{self, Row, Tally};
use crate::definition::{self, Bundle};
use crate::evaluate;
use crate::instance::{self, Outcome, Version};
use ::store::{Ctx, Env};
use flow::process::{Env as Around, Mapping, Migration};
use kernel::{Error, Kind, Result};
use serde_json::Value as Json;
use std::sync::Arc;

/// Transactions of one run of the job: a few seconds.
const SLICE: usize = 50;
/// Instances moved in one transaction, and what ends it sooner: the time it has taken, the bytes of
/// what was moved.
const AT_ONCE: usize = 64;
const TIME_MAX_US: i64 = 100_000;
const BYTES_MAX: usize = 4 << 20;
/// Instances looked at in one transaction of the dry run.
const CHECKED_AT_ONCE: usize = 100;

/// What a plan goes between.
struct Way {
    old: Arc<Bundle>,
    new: Arc<Bundle>,
    mapping: Mapping,
    process: String,
}

impl Way {
    async fn of(ctx: &mut Ctx, row: &Row) -> Result<Way> {
        let old = definition::bundle_of(ctx, &row.process, row.from_version).await?;
        let new = definition::bundle_of(ctx, &row.process, row.to_version).await?;
        Ok(Way {
            old: definition::bundle(ctx, &old).await?,
            new: definition::bundle(ctx, &new).await?,
            mapping: serde_json::from_str(&row.mapping).map_err(Error::internal)?,
            process: row.process.clone(),
        })
    }

    fn migration(&self) -> Result<Migration<'_>> {
        let missing = || Error::internal("bundle without its process");
        let old = self.old.definition(&self.process).ok_or_else(missing)?;
        let new = self.new.definition(&self.process).ok_or_else(missing)?;
        Migration::new(old, new, &self.mapping)
    }
}

/// Job: carries a plan on.
pub(super) async fn work(env: &Arc<Env>, payload: &Json) -> Result<()> {
    let id = payload["plan"].as_str().unwrap_or_default();
    let mut ctx = env.system(MIGRATE).await?;
    let row = match store::get(&mut ctx, id).await {
        Err(error) if error.kind == Kind::NotFound => return Ok(()),
        row => row?,
    };
    let way = Way::of(&mut ctx, &row).await?;
    let migration = way.migration()?;
    drop(ctx);
    let mut most = AT_ONCE;
    for _ in 0..SLICE {
        if !once(env, id, &way, &migration, &mut most).await? {
            return Ok(());
        }
    }
    let mut ctx = env.system(MIGRATE).await?;
    begin(&mut ctx, id).await?;
    ctx.commit().await
}

/// One transaction of a plan; false when it has nothing more to do.
async fn once(
    env: &Arc<Env>,
    id: &str,
    way: &Way,
    migration: &Migration<'_>,
    most: &mut usize,
) -> Result<bool> {
    let mut ctx = env.system(MIGRATE).await?;
    let row = store::hold(&mut ctx, id).await?;
    match row.phase() {
        Phase::Checking => check(ctx, row, migration).await,
        Phase::Running => several(env, ctx, row, way, migration, most).await,
        _ => Ok(false),
    }
}

/// The dry run of the next instances.
async fn check(mut ctx: Ctx, mut row: Row, migration: &Migration<'_>) -> Result<bool> {
    let limit = CHECKED_AT_ONCE;
    let ids = store::running(&mut ctx, row.about(), &row.check_id, limit).await?;
    let mut tally = Tally::new();
    for instance in instance::store::of_ids(&mut ctx, &ids).await? {
        row.check_id.clone_from(&instance.id);
        row.checked += 1;
        let now = ctx.now;
        let outcome = instance.standing(&ctx).and_then(|standing| {
            let working = &evaluate::Days(&ctx.env.pack);
            let around = Around { now, evaluate: evaluate::evaluator(), working };
            migration.step(&standing.state, &around).map(|_| ())
        });
        match outcome {
            Ok(()) => row.movable += 1,
            Err(error) => tally.entry(store::why(&error)).or_default().push(instance.id),
        }
    }
    store::add_reasons(&mut ctx, &row.id, "check", &tally).await?;
    let more = ids.len() == limit;
    if !more {
        row.checked_us = ctx.now.0;
        row.set_phase(Phase::Checked);
    }
    store::update(&mut ctx, &row).await?;
    ctx.commit().await?;
    Ok(more)
}

/// Moves the next instances, or passes them over with the reason; `most` is how many there may be.
async fn several(
    env: &Arc<Env>,
    mut ctx: Ctx,
    mut row: Row,
    way: &Way,
    migration: &Migration<'_>,
    most: &mut usize,
) -> Result<bool> {
    let limit = usize::try_from(row.quota).map_or(*most, |quota| quota.min(*most));
    let ids = store::running(&mut ctx, row.about(), &row.run_id, limit).await?;
    if ids.is_empty() {
        let stops = row.quota == 0;
        row.set_phase(if stops { Phase::Paused } else { Phase::Done });
        store::update(&mut ctx, &row).await?;
        ctx.commit().await?;
        return Ok(false);
    }
    let (at, version) = (row.clone(), row.from_version);
    let to = Version { number: row.to_version, bundle: way.new.clone(), plan: row.id.clone() };
    // It acts for whoever gave the order.
    ctx.actor.account.clone_from(&row.ordered_by);
    ctx.actor.name.clone_from(&row.ordered_by_name);
    let (mut tally, mut bytes) = (Tally::new(), 0);
    for (before, one) in instance::hold_several(&mut ctx, &ids).await?.into_iter().enumerate() {
        let long = env.clock.now().since(ctx.now) > TIME_MAX_US;
        if before > 0 && (long || bytes > BYTES_MAX) {
            break;
        }
        let id = one.id.clone();
        bytes += one.size();
        match instance::migrate(&mut ctx, one, version, migration, &to).await {
            Ok(Outcome::Moved) => {
                row.moved += 1;
                spend(&mut row);
            }
            Ok(Outcome::Gone) => {}
            Ok(Outcome::Stays(error)) => count(&mut row, &mut tally, &id, &error),
            // The job is tried again from where the plan is.
            Err(error) if error.kind == Kind::Unavailable => return Err(error),
            Err(error) => {
                // Whatever was written goes first. Those before it go without it, then it is the
                // first.
                drop(ctx);
                *most = before;
                return if before > 0 {
                    Ok(true)
                } else {
                    pass_over(env, &at, &id, &error, most).await
                };
            }
        }
        row.run_id = id;
    }
    store::add_reasons(&mut ctx, &row.id, "run", &tally).await?;
    store::update(&mut ctx, &row).await?;
    ctx.commit().await?;
    *most = AT_ONCE;
    Ok(true)
}

/// One less of the number that goes over; nothing where all go. Instances that the dry run ruled out
/// are passed over without it: the number is of those that are tried.
fn spend(row: &mut Row) {
    row.quota = if row.quota > 0 { row.quota - 1 } else { row.quota };
}

/// Counts an instance that stays.
fn count(row: &mut Row, tally: &mut Tally, id: &str, error: &Error) {
    match error.kind {
        Kind::Internal => {
            row.failed += 1;
            spend(row);
        }
        _ => row.refused += 1,
    }
    tally.entry(store::why(error)).or_default().push(id.to_owned());
}

/// Passes over an instance that could not be written; the report says why.
async fn pass_over(
    env: &Arc<Env>,
    at: &Row,
    id: &str,
    error: &Error,
    most: &mut usize,
) -> Result<bool> {
    *most = AT_ONCE;
    let mut ctx = env.system(MIGRATE).await?;
    let mut row = store::hold(&mut ctx, &at.id).await?;
    // Another worker or an order came between: the plan is looked at again.
    if row.phase() != Phase::Running || row.run_id != at.run_id {
        return Ok(true);
    }
    let mut tally = Tally::new();
    count(&mut row, &mut tally, id, error);
    row.run_id = id.to_owned();
    store::add_reasons(&mut ctx, &row.id, "run", &tally).await?;
    store::update(&mut ctx, &row).await?;
    ctx.commit().await?;
    Ok(true)
}
