//! The lists of an officer among many tasks, and the claim of a due timer among many that wait.
//!
//! The rows are made in bulk by the database: open tasks, each of an instance of its own that nobody
//! opens, of which the reader may take some, has some in hand, began some and was sent copies of
//! some; beside them tasks he completed, and waiting timers.

use super::durable::{AGENCY, officer};
use crate::bench::measure::{Figures, Samples, rounded};
use crate::bench::{Options, pages};
use crate::modules;
use ::process::instance;
use ::process::task::{self, ListKind};
use kernel::time::HOUR_US;
use kernel::{Actor, Error, Lang, Result};
use serde_json::{Map, Value as Json, json};
use std::sync::Arc;
use std::time::{Duration, Instant};
use store::{Ctx, Env, vals};

/// Rows of one transaction.
const COMMITTED: u64 = 50_000;
/// Pages read at least and at most.
const PAGES_MIN: usize = 200;
const PAGES_MAX: usize = 5_000;
/// Timers claimed at each size.
const CLAIMS: usize = 50;

/// The number of a row in ten digits, so that ids are in the order of the numbers.
const ID: &str = "'bulk-' || substr(CAST(10000000000 + n AS TEXT), 2)";
/// Rows of numbers from `$1` to before `$2`; one of fifty is the reader's in each way. `$3` is his
/// account, `$4` the first deadline.
const NUMBERS: &str = "WITH RECURSIVE n(n) AS
     (SELECT $1 UNION ALL SELECT n + 1 FROM n WHERE n + 1 < $2)";

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
        let filled = fill(env, &reader, made, size, &title).await;
        env.db.set_loading(false).await?;
        filled?;
        env.db.analyze().await?;
        made = size;
        eprintln!("{size} open tasks loaded in {:.0} s", begun.elapsed().as_secs_f64());
        told.push(Json::Object(measured(env, &reader, options, size).await?));
    }
    figures.insert("lists".to_owned(), json!(told));
    Ok(())
}

/// Pages of every list, the counts beside them, and claims, at one size.
async fn measured(
    env: &Arc<Env>,
    reader: &Actor,
    options: &Options,
    size: u64,
) -> Result<Map<String, Json>> {
    let mut told = Map::from_iter([("tasks".to_owned(), json!(size))]);
    let mut put = |name: &str, samples: &Samples| -> Result<()> {
        told.insert(format!("{name}_p50_ms"), rounded(samples.percentile(50)?));
        told.insert(format!("{name}_p99_ms"), rounded(samples.percentile(99)?));
        Ok(())
    };
    for (name, list) in [
        ("page", List::Tasks(ListKind::ToDo)),
        ("in_hand", List::Tasks(ListKind::InHand)),
        ("done", List::Tasks(ListKind::Done)),
        ("started", List::Started),
        ("copied", List::Copied),
        ("counts", List::Counts),
    ] {
        put(name, &read(env, reader, options.time(), list).await?)?;
    }
    put("timer_claim", &claim(env).await?)?;
    Ok(told)
}

/// A sealed title as instances have it.
async fn title(env: &Arc<Env>, reader: &Actor) -> Result<Vec<u8>> {
    let mut ctx = Ctx::read(env, reader.clone(), Lang::Zh);
    let sql = "SELECT title FROM process_instance WHERE process = 'approval' LIMIT 1";
    ctx.scalar(sql, vals![]).await?.ok_or_else(|| Error::internal("no instance to copy"))
}

/// Makes open tasks and waiting timers from one number to another.
async fn fill(env: &Arc<Env>, reader: &Actor, from: u64, to: u64, title: &[u8]) -> Result<()> {
    let mut at = from;
    while at < to {
        let next = to.min(at + COMMITTED);
        let mut ctx = env.system("bench").await?;
        rows(&mut ctx, reader, at, next, title).await?;
        ctx.commit().await?;
        at = next;
    }
    Ok(())
}

async fn rows(ctx: &mut Ctx, reader: &Actor, from: u64, to: u64, title: &[u8]) -> Result<()> {
    const INSTANCE: &str = "id, process, version, bundle, subject, agency, division, parent_id,
         parent_number, depth, started_by, started_by_name, started_us, ended_us, phase, revision,
         title, state, history";
    const TASK: &str = "id, instance_id, number, process, node, name, form, agency, assignee,
         assignee_name, owner, open, due_us, urged, created_us, closed_us, closed_by, outcome";
    let due = ctx.now.0 + HOUR_US * 1_000;
    let his = |at: u64, mine: &str, other: &str| {
        format!("CASE WHEN n % 50 = {at} THEN {mine} ELSE {other} END")
    };
    let (holder, starter) = (his(1, "$3", "''"), his(2, "$3", "''"));
    let sql = format!(
        "{NUMBERS} INSERT INTO process_instance ({INSTANCE}) SELECT {ID}, 'bulk', 1, '', '', 'bulk',
         '', '', 0, 0, {starter}, '', 0, 0, 'active', 1, $4, $4, '' FROM n"
    );
    ctx.execute(&sql, vals![from, to, &reader.account, title]).await?;
    let sql = format!(
        "{NUMBERS} INSERT INTO process_task ({TASK}) SELECT {ID} || ':1', {ID}, 1, 'bulk', 'a', '受理',
         '', 'bulk', {holder}, '', '', 1, $4 + n % 100000, 0, 0, 0, '', '' FROM n"
    );
    ctx.execute(&sql, vals![from, to, &reader.account, due]).await?;
    let sql = format!(
        "{NUMBERS} INSERT INTO process_task ({TASK}) SELECT {ID} || ':0', {ID}, 0, 'bulk', 'b', '申请',
         '', 'bulk', $3, '', '', 0, $4, 0, 0, $4 - n, $3, 'done' FROM n WHERE n % 50 = 3"
    );
    ctx.execute(&sql, vals![from, to, &reader.account, due]).await?;
    let pool = his(0, "$3", "'bench-' || CAST(n % 50 AS TEXT) || '/clerk'");
    let sql = format!(
        "{NUMBERS} INSERT INTO process_candidate (pool, due_us, task_id)
         SELECT {pool}, $4 + n % 100000, {ID} || ':1' FROM n WHERE n % 50 <> 1"
    );
    ctx.execute(&sql, vals![from, to, format!("{AGENCY}/clerk"), due]).await?;
    let sql = format!(
        "{NUMBERS} INSERT INTO process_copy (id, instance_id, reader, sender_name, at_us, read_us,
         unread) SELECT {ID}, {ID}, $3, '', $4, 0, 1 FROM n WHERE n % 50 = 4"
    );
    ctx.execute(&sql, vals![from, to, &reader.account, due]).await?;
    let sql = format!(
        "{NUMBERS} INSERT INTO job (id, name, job_key, payload, run_at_us, attempts,
         leased_until_us, failure) SELECT {ID} || ':t', 'process.timer', {ID} || ':2', $3,
         $4 + n % 100000, 0, 0, '' FROM n"
    );
    ctx.execute(&sql, vals![from, to, "{}", due]).await?;
    Ok(())
}

/// What is read again and again.
#[derive(Clone, Copy)]
enum List {
    Tasks(ListKind),
    Started,
    Copied,
    Counts,
}

/// Pages of a list of the reader's, one after another along the list.
async fn read(env: &Arc<Env>, reader: &Actor, time: Duration, list: List) -> Result<Samples> {
    let (begun, mut samples, mut after) = (Instant::now(), Samples::default(), String::new());
    while samples.len() < PAGES_MIN || (begun.elapsed() < time && samples.len() < PAGES_MAX) {
        let at = Instant::now();
        let mut ctx = Ctx::read(env, reader.clone(), Lang::Zh);
        let (rows, next) = match list {
            List::Tasks(kind) => {
                let page = task::list(&mut ctx, kind, &after).await?;
                (page.tasks.len(), page.next)
            }
            List::Started => {
                let page = instance::started(&mut ctx, &after).await?;
                (page.instances.len(), page.next)
            }
            List::Copied => {
                let page = task::copies(&mut ctx, true, &after).await?;
                (page.copies.len(), page.next)
            }
            List::Counts => (usize::from(task::counts(&mut ctx).await?.to_do > 0), None),
        };
        samples.add(at.elapsed());
        if rows == 0 {
            return Err(Error::internal("a list is empty"));
        }
        after = next.unwrap_or_default();
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
