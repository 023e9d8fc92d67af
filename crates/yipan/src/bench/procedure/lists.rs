//! The work list among many open tasks, and the claim of a due timer among many that wait.
//!
//! The tasks are rows made in bulk, each of an instance of its own that nobody opens.

use super::durable::{AGENCY, officer};
use crate::bench::measure::{Figures, Samples, rounded};
use crate::bench::{Options, pages};
use crate::modules;
use ::process::task::{self, ListKind};
use kernel::time::HOUR_US;
use kernel::{Actor, Error, Lang, Result};
use serde_json::json;
use std::sync::Arc;
use std::time::Instant;
use store::{Ctx, Env, Value, vals};

/// Rows of one statement.
const AT_ONCE: u64 = 500;
/// Rows of one transaction.
const COMMITTED: u64 = 20_000;
/// Pages read at least and at most.
const PAGES_MIN: usize = 200;
const PAGES_MAX: usize = 5_000;
/// Timers claimed at each size.
const CLAIMS: usize = 50;
/// Pools the tasks are offered to, one of them the officer's.
const POOLS: u64 = 50;

/// Measures at growing sizes.
pub(super) async fn run(env: &Arc<Env>, options: &Options, figures: &mut Figures) -> Result<()> {
    let reader = officer(env, "bench-reader", "clerk").await?;
    let mut sizes = pages::sizes_within(options.cases);
    if options.cases >= 10_000_000 {
        sizes.push(10_000_000);
    }
    let (mut made, mut told) = (0, Vec::new());
    let title = title(env, &reader).await?;
    for size in sizes {
        let begun = Instant::now();
        env.db.set_loading(true).await?;
        let filled = fill(env, made, size, &title).await;
        env.db.set_loading(false).await?;
        filled?;
        made = size;
        eprintln!("{size} open tasks loaded in {:.0} s", begun.elapsed().as_secs_f64());
        let page = page(env, &reader, options).await?;
        let claim = claim(env).await?;
        told.push(json!({
            "tasks": size, "page_p50_ms": rounded(page.percentile(50)?),
            "page_p99_ms": rounded(page.percentile(99)?), "pages": page.len(),
            "timers": size, "timer_claim_p50_ms": rounded(claim.percentile(50)?),
            "timer_claim_p99_ms": rounded(claim.percentile(99)?),
        }));
    }
    figures.insert("lists".to_owned(), json!(told));
    Ok(())
}

/// A sealed title as instances have it.
async fn title(env: &Arc<Env>, reader: &Actor) -> Result<Vec<u8>> {
    let mut ctx = Ctx::read(env, reader.clone(), Lang::Zh);
    let sql = "SELECT title FROM process_instance WHERE process = 'approval' LIMIT 1";
    ctx.scalar(sql, vals![]).await?.ok_or_else(|| Error::internal("no instance to copy"))
}

/// Makes open tasks and waiting timers from one number to another.
async fn fill(env: &Arc<Env>, from: u64, to: u64, title: &[u8]) -> Result<()> {
    let mut at = from;
    while at < to {
        let mut ctx = env.system("bench").await?;
        let until = to.min(at + COMMITTED);
        while at < until {
            let next = until.min(at + AT_ONCE);
            rows(&mut ctx, at, next, title).await?;
            at = next;
        }
        ctx.commit().await?;
    }
    Ok(())
}

async fn rows(ctx: &mut Ctx, from: u64, to: u64, title: &[u8]) -> Result<()> {
    let due = |n: u64| ctx.now.0 + HOUR_US * 1_000 + i64::try_from(n % 100_000).unwrap_or(0);
    let mut lines: [Vec<String>; 4] = Default::default();
    for n in from..to {
        let (id, due) = (format!("bulk-{n:010}"), due(n));
        let pool = match n % POOLS {
            0 => format!("{AGENCY}/clerk"),
            other => format!("bench-{other}/clerk"),
        };
        lines[0].push(format!(
            "('{id}', 'bulk', 1, '', '', 'bulk', '', '', 0, 0, '', '', 0, 0, 'active', 1, $1, $1, '')"
        ));
        lines[1].push(format!(
            "('{id}:1', '{id}', 1, 'bulk', 'a', '受理', '', 'bulk', '', '', '', 1, {due}, 0, 0, 0, '', '')"
        ));
        lines[2].push(format!("('{pool}', {due}, '{id}:1')"));
        lines[3].push(format!("('{id}:t', 'process.timer', '{id}:2', '{{}}', {due}, 0, 0, '')"));
    }
    let heads = [
        "process_instance (id, process, version, bundle, subject, agency, division, parent_id,
         parent_number, depth, started_by, started_by_name, started_us, ended_us, phase, revision,
         title, state, history)",
        "process_task (id, instance_id, number, process, node, name, form, agency, assignee,
         assignee_name, owner, open, due_us, urged, created_us, closed_us, closed_by, outcome)",
        "process_candidate (pool, due_us, task_id)",
        "job (id, name, job_key, payload, run_at_us, attempts, leased_until_us, failure)",
    ];
    for (head, lines) in heads.iter().zip(&lines) {
        let values: Vec<Value> =
            if head.starts_with("process_instance") { vals![title] } else { vals![] };
        ctx.execute(&format!("INSERT INTO {head} VALUES {}", lines.join(", ")), values).await?;
    }
    Ok(())
}

/// Pages of the list of what an officer may take, one after another along the list.
async fn page(env: &Arc<Env>, reader: &Actor, options: &Options) -> Result<Samples> {
    let (begun, mut samples, mut after) = (Instant::now(), Samples::default(), String::new());
    while samples.len() < PAGES_MIN
        || (begun.elapsed() < options.time() && samples.len() < PAGES_MAX)
    {
        let at = Instant::now();
        let mut ctx = Ctx::read(env, reader.clone(), Lang::Zh);
        let page = task::list(&mut ctx, ListKind::ToDo, &after).await?;
        samples.add(at.elapsed());
        if page.tasks.is_empty() {
            return Err(Error::internal("the work list is empty"));
        }
        after = page.next.unwrap_or_default();
    }
    Ok(samples)
}

/// Timers that are due among those that wait: claimed and done with.
async fn claim(env: &Arc<Env>) -> Result<Samples> {
    let worker = modules::worker(env);
    // Whatever else is due goes first, untimed.
    worker.drain().await?;
    let mut samples = Samples::default();
    for n in 0..CLAIMS {
        let mut ctx = env.system("bench").await?;
        let now = ctx.now;
        let payload = json!({ "instance": "nowhere", "number": 1 });
        ctx.schedule("process.timer", &format!("due-{n}"), now, &payload).await?;
        ctx.commit().await?;
        let at = Instant::now();
        if !worker.run_one().await? {
            return Err(Error::internal("the timer was not claimed"));
        }
        samples.add(at.elapsed());
    }
    Ok(samples)
}
