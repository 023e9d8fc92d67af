//! Running instances taken to another version by a plan: how many a second, and with how much
//! memory. They are copies of some that wait at each of the six steps.

use super::bulk::{Bulk, Extent};
use super::durable::{AGENCY, deploy, officer, parked_at_each};
use super::{DIAGRAM, PROCESS};
use crate::bench::measure::{Figures, put, put_count};
use crate::bench::{Options, machine};
use crate::modules;
use ::process::migration::{self, New, Order, Phase};
use kernel::{Actor, Error, Lang, Result};
use std::sync::Arc;
use std::time::{Duration, Instant};
use store::{Ctx, Env};

/// Looks after which progress is told.
const TOLD: u64 = 150;
/// Memory is looked at while they are moved, this often.
const LOOKED: Duration = Duration::from_millis(200);

/// Measures.
pub(super) async fn run(env: &Arc<Env>, options: &Options, figures: &mut Figures) -> Result<()> {
    let administrator = officer(env, "bench-mover", AGENCY, "administrator").await?;
    let clerk = officer(env, "bench-parker", AGENCY, "clerk").await?;
    let parked = parked_at_each(env, &clerk, PROCESS).await?;
    let bulk = Bulk::of(env, &parked, Extent::Whole).await?;
    bulk.fill(env, 0, options.instances).await?;
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
    watched(env, &administrator, &plan.id).await?;
    let checked = shown(env, &administrator, &plan.id).await?;
    put(figures, "migration_checked_per_s", checked.checked as f64 / begun.elapsed().as_secs_f64());
    let before = machine::memory_mib("VmRSS")?;
    let mut ctx = Ctx::write(env, administrator.clone(), Lang::Zh).await?;
    migration::act(&mut ctx, PROCESS, &plan.id, Order::Run).await?;
    ctx.commit().await?;
    let begun = Instant::now();
    let most = watched(env, &administrator, &plan.id).await?;
    let spent = begun.elapsed().as_secs_f64();
    let moved = shown(env, &administrator, &plan.id).await?;
    if moved.phase != Phase::Done || moved.moved != moved.total || moved.failed != 0 {
        return Err(Error::internal(format!("not every instance was moved: {moved:?}")));
    }
    put(figures, "migrated_per_s", moved.moved as f64 / spent);
    put_count(figures, "migrated", moved.moved.unsigned_abs());
    put_count(figures, "migration_rss_growth_mib", most.saturating_sub(before));
    Ok(())
}

/// Runs what is due to its end: the most memory the process had meanwhile, in MiB. Tells how far the
/// plan is.
async fn watched(env: &Arc<Env>, administrator: &Actor, plan: &str) -> Result<u64> {
    let worker = modules::worker(env);
    let mut work = tokio::spawn(async move { worker.drain().await });
    let (mut most, mut looked) = (0, 0_u64);
    loop {
        most = most.max(machine::memory_mib("VmRSS")?);
        if looked.is_multiple_of(TOLD) {
            let plan = shown(env, administrator, plan).await?;
            eprintln!("{} of {} looked at, {} moved", plan.checked, plan.total, plan.moved);
        }
        looked += 1;
        if let Ok(done) = tokio::time::timeout(LOOKED, &mut work).await {
            done.map_err(Error::internal)??;
            return Ok(most);
        }
    }
}

async fn shown(env: &Arc<Env>, administrator: &Actor, plan: &str) -> Result<migration::Plan> {
    let mut ctx = Ctx::read(env, administrator.clone(), Lang::Zh);
    Ok(migration::show(&mut ctx, PROCESS, plan).await?.plan)
}
