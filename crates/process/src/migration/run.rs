//! The job that carries a plan on: the dry run by pages, the moves one instance at a time.
//!
//! Invariants
//! - The plan's row is held before an instance, by every transaction of a plan: two workers never
//!   do the same instance, and an order is obeyed after the instance in hand.
//! - An instance and the plan's place are written together.
//! - One run of the job does a slice and asks for the next, so that others get their turn.
//!
//! Must not know: who may order what.

use super::MIGRATE;
use super::migration::begin;
use super::model::Phase;
use super::store::{self, Row, Tally};
use crate::definition::{self, Bundle};
use crate::evaluate;
use crate::instance::{self, Version};
use ::store::{Ctx, Env};
use flow::process::{Env as Around, Mapping, Migration};
use kernel::{Error, Kind, Result};
use serde_json::Value as Json;
use std::sync::Arc;

/// Transactions of one run of the job: a few seconds.
const SLICE: usize = 200;
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
    for _ in 0..SLICE {
        if !once(env, id, &way, &migration).await? {
            return Ok(());
        }
    }
    let mut ctx = env.system(MIGRATE).await?;
    begin(&mut ctx, id).await?;
    ctx.commit().await
}

/// One transaction of a plan; false when it has nothing more to do.
async fn once(env: &Arc<Env>, id: &str, way: &Way, migration: &Migration<'_>) -> Result<bool> {
    let mut ctx = env.system(MIGRATE).await?;
    let row = store::hold(&mut ctx, id).await?;
    match row.phase() {
        Phase::Checking => check(ctx, row, migration).await,
        Phase::Running => one(env, ctx, row, way, migration).await,
        _ => Ok(false),
    }
}

/// The dry run of the next instances.
async fn check(mut ctx: Ctx, mut row: Row, migration: &Migration<'_>) -> Result<bool> {
    let limit = CHECKED_AT_ONCE;
    let ids = store::running(&mut ctx, row.about(), &row.check_id, limit).await?;
    let mut tally = Tally::new();
    for id in &ids {
        row.check_id.clone_from(id);
        row.checked += 1;
        let instance = instance::store::get(&mut ctx, id).await?;
        let now = ctx.now;
        let outcome = instance.standing(&ctx).and_then(|standing| {
            let working = &evaluate::Days(&ctx.env.pack);
            let around = Around { now, evaluate: evaluate::evaluator(), working };
            migration.step(&standing.state, &around).map(|_| ())
        });
        match outcome {
            Ok(()) => row.movable += 1,
            Err(error) => tally.entry(store::why(&error)).or_default().push(id.clone()),
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

/// Moves the next instance, or passes it over with the reason.
async fn one(
    env: &Arc<Env>,
    mut ctx: Ctx,
    mut row: Row,
    way: &Way,
    migration: &Migration<'_>,
) -> Result<bool> {
    let version = row.from_version;
    let next = store::running(&mut ctx, row.about(), &row.run_id, 1).await?;
    let Some(id) = next.into_iter().next().filter(|_| row.quota != 0) else {
        let stops = row.quota == 0;
        row.set_phase(if stops { Phase::Paused } else { Phase::Done });
        store::update(&mut ctx, &row).await?;
        ctx.commit().await?;
        return Ok(false);
    };
    let at = row.clone();
    advance(&mut row, &id);
    let to = Version { number: row.to_version, bundle: way.new.clone(), plan: row.id.clone() };
    // It acts for whoever gave the order.
    ctx.actor.account.clone_from(&row.ordered_by);
    ctx.actor.name.clone_from(&row.ordered_by_name);
    match instance::migrate(&mut ctx, &id, version, migration, to).await {
        Ok(true) => row.moved += 1,
        // It has ended or gone over meanwhile.
        Ok(false) => {}
        // The job is tried again from where the plan is.
        Err(error) if error.kind == Kind::Unavailable => return Err(error),
        Err(error) => {
            // Whatever was written for it goes first.
            drop(ctx);
            return pass_over(env, &at, &id, &error).await;
        }
    }
    store::update(&mut ctx, &row).await?;
    ctx.commit().await?;
    Ok(true)
}

fn advance(row: &mut Row, id: &str) {
    row.run_id = id.to_owned();
    row.quota = if row.quota > 0 { row.quota - 1 } else { row.quota };
}

/// Passes over an instance that stays; the report says why.
async fn pass_over(env: &Arc<Env>, at: &Row, id: &str, error: &Error) -> Result<bool> {
    let mut ctx = env.system(MIGRATE).await?;
    let mut row = store::hold(&mut ctx, &at.id).await?;
    // Another worker or an order came between: the plan is looked at again.
    if row.phase() != Phase::Running || row.run_id != at.run_id {
        return Ok(true);
    }
    advance(&mut row, id);
    if error.kind == Kind::Internal {
        row.failed += 1;
    } else {
        row.refused += 1;
    }
    let tally = Tally::from([(store::why(error), vec![id.to_owned()])]);
    store::add_reasons(&mut ctx, &row.id, "run", &tally).await?;
    store::update(&mut ctx, &row).await?;
    ctx.commit().await?;
    Ok(true)
}
