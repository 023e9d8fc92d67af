//! Running instances taken to another version by a plan: how many a second, and with how much
//! memory.

use super::durable::{begin_within, deploy, officer};
use super::{DIAGRAM, PROCESS};
use crate::bench::measure::{Figures, put, put_count};
use crate::bench::{Options, machine};
use crate::modules;
use ::process::migration::{self, New, Order, Phase};
use kernel::{Actor, Error, Lang, Result};
use std::sync::Arc;
use std::time::Instant;
use store::{Ctx, Env};

/// Instances begun in one transaction.
const AT_ONCE: u64 = 200;

/// Measures.
pub(super) async fn run(env: &Arc<Env>, options: &Options, figures: &mut Figures) -> Result<()> {
    let administrator = officer(env, "bench-mover", "administrator").await?;
    let clerk = officer(env, "bench-parker", "clerk").await?;
    env.db.set_loading(true).await?;
    let begun = many(env, &clerk, options.cases.min(options.instances)).await;
    env.db.set_loading(false).await?;
    begun?;
    // What is due beside goes first, untimed.
    let worker = modules::worker(env);
    worker.drain().await?;
    let renamed = DIAGRAM.replace("name=\"受理\"", "name=\"受理登记\"");
    deploy(env, &administrator, &renamed).await?;
    let mut ctx = Ctx::write(env, administrator.clone(), Lang::Zh).await?;
    let new = New { name: "bench".to_owned(), from: 1, to: 2, ..New::default() };
    let plan = migration::plan(&mut ctx, PROCESS, new).await?;
    ctx.commit().await?;
    let begun = Instant::now();
    worker.drain().await?;
    let checked = shown(env, &administrator, &plan.id).await?;
    put(figures, "migration_checked_per_s", checked.checked as f64 / begun.elapsed().as_secs_f64());
    let before = machine::memory_mib("VmRSS")?;
    let mut ctx = Ctx::write(env, administrator.clone(), Lang::Zh).await?;
    migration::act(&mut ctx, PROCESS, &plan.id, Order::Run).await?;
    ctx.commit().await?;
    let begun = Instant::now();
    worker.drain().await?;
    let spent = begun.elapsed().as_secs_f64();
    let moved = shown(env, &administrator, &plan.id).await?;
    if moved.phase != Phase::Done || moved.moved != moved.total || moved.failed != 0 {
        return Err(Error::internal(format!("not every instance was moved: {moved:?}")));
    }
    put(figures, "migrated_per_s", moved.moved as f64 / spent);
    put_count(figures, "migrated", moved.moved.unsigned_abs());
    put_count(
        figures,
        "migration_rss_growth_mib",
        machine::memory_mib("VmRSS")?.saturating_sub(before),
    );
    Ok(())
}

/// Begins that many cases.
async fn many(env: &Arc<Env>, clerk: &Actor, cases: u64) -> Result<()> {
    let mut left = cases;
    while left > 0 {
        let mut ctx = Ctx::write(env, clerk.clone(), Lang::Zh).await?;
        for _ in 0..left.min(AT_ONCE) {
            begin_within(&mut ctx).await?;
        }
        ctx.commit().await?;
        left = left.saturating_sub(AT_ONCE);
    }
    Ok(())
}

async fn shown(env: &Arc<Env>, administrator: &Actor, plan: &str) -> Result<migration::Plan> {
    let mut ctx = Ctx::read(env, administrator.clone(), Lang::Zh);
    Ok(migration::show(&mut ctx, PROCESS, plan).await?.plan)
}
