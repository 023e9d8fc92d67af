//! Steps completed durably, four officers at once, and beside them transactions that write the same
//! rows and nothing else.

use super::{DIAGRAM, PROCESS, STEPS, variables};
use crate::bench::Options;
use crate::bench::measure::{Figures, put, put_count};
use kernel::{Actor, Error, Lang, Result};
use serde_json::json;
use std::sync::Arc;
use std::time::{Duration, Instant};
use store::{Ctx, Engine, Env, Value, vals};

/// Officers at work at once, each with a connection.
const OFFICERS: usize = 4;
/// Agency they belong to.
pub(super) const AGENCY: &str = "health-410105";
const PASSWORD: &str = "long enough for the rules 9";

/// Measures steps, bare transactions and the row of a parked instance.
pub(super) async fn run(env: &Arc<Env>, options: &Options, figures: &mut Figures) -> Result<()> {
    let administrator = officer(env, "bench-admin", AGENCY, "administrator").await?;
    deploy(env, &administrator, DIAGRAM).await?;
    let mut officers = Vec::new();
    for n in 0..OFFICERS {
        officers.push(officer(env, &format!("bench-{n}"), AGENCY, "clerk").await?);
    }
    let numbers = numbers(env, officers.first().ok_or_else(Error::not_found)?).await?;
    let time = options.time();
    let (mut work, begun) = (Vec::new(), Instant::now());
    for officer in &officers {
        let (env, officer, numbers) = (env.clone(), officer.clone(), numbers.clone());
        let most = options.cases / OFFICERS as u64;
        work.push(tokio::spawn(async move { steps(&env, &officer, &numbers, time, most).await }));
    }
    let steps = total(work).await?;
    let steps_per_s = steps as f64 / begun.elapsed().as_secs_f64();
    let sizes = sizes(env).await?;
    let (mut work, begun) = (Vec::new(), Instant::now());
    for n in 0..OFFICERS {
        let env = env.clone();
        work.push(tokio::spawn(async move { bare(&env, n, sizes, time).await }));
    }
    let bare_per_s = total(work).await? as f64 / begun.elapsed().as_secs_f64();
    put(figures, "durable_steps_per_s", steps_per_s);
    figures.insert("commits_wait_for_the_disk".to_owned(), json!(waits(env).await?));
    put(figures, "bare_transactions_per_s", bare_per_s);
    put(figures, "steps_share_of_bare", steps_per_s / bare_per_s);
    put_count(figures, "durable_steps", steps);
    put_count(figures, "officers", OFFICERS as u64);
    parked(env, figures, officers.first().ok_or_else(Error::not_found)?).await
}

/// Whether a commit waits until it is on the disk: a server may have been told otherwise, and its
/// figures are then not those of durable steps.
async fn waits(env: &Arc<Env>) -> Result<bool> {
    if env.db.engine == Engine::Sqlite {
        return Ok(true);
    }
    let mut ctx = env.system("bench").await?;
    let sql = "SELECT current_setting('fsync') || current_setting('synchronous_commit')";
    let told: Option<String> = ctx.scalar(sql, vals![]).await?;
    Ok(told.is_some_and(|told| told.starts_with("on") && !told.ends_with("off")))
}

async fn total(work: Vec<tokio::task::JoinHandle<Result<u64>>>) -> Result<u64> {
    let mut total = 0;
    for one in work {
        total += one.await.map_err(Error::internal)??;
    }
    Ok(total)
}

/// An officer of an agency with an account.
pub(super) async fn officer(
    env: &Arc<Env>,
    login: &str,
    agency: &str,
    role: &str,
) -> Result<Actor> {
    let mut ctx = env.system("bench").await?;
    let (roles, name) = ([role], "测试员");
    let id =
        party::account::create_officer(&mut ctx, login, PASSWORD, name, agency, &roles).await?;
    let actor = party::account::actor_of(&mut ctx, &id, 2).await?;
    ctx.commit().await?;
    Ok(actor)
}

pub(super) async fn deploy(env: &Arc<Env>, administrator: &Actor, xml: &str) -> Result<()> {
    let mut ctx = Ctx::write(env, administrator.clone(), Lang::Zh).await?;
    ::process::definition::deploy(&mut ctx, xml.as_bytes()).await?;
    ctx.commit().await
}

/// Begins a case; its id.
pub(super) async fn begin(env: &Arc<Env>, officer: &Actor, process: &str) -> Result<String> {
    let mut ctx = Ctx::write(env, officer.clone(), Lang::Zh).await?;
    let new = ::process::instance::New { process: process.to_owned(), ..Default::default() };
    let id = ::process::instance::start(&mut ctx, new).await?.id;
    ctx.commit().await?;
    Ok(id)
}

/// Begins a case for each step and does what comes before it: their ids.
pub(super) async fn parked_at_each(
    env: &Arc<Env>,
    officer: &Actor,
    process: &str,
) -> Result<Vec<String>> {
    let mut ids = Vec::new();
    for done in 0..STEPS.len() {
        let id = begin(env, officer, process).await?;
        for step in STEPS.iter().take(done) {
            let task = open_task(env, officer, &id, step).await?;
            complete(env, officer, &format!("{id}:{task}"), step).await?;
        }
        ids.push(id);
    }
    Ok(ids)
}

/// Number of the task that is open at a step.
pub(super) async fn open_task(
    env: &Arc<Env>,
    officer: &Actor,
    id: &str,
    step: &str,
) -> Result<i64> {
    let mut ctx = Ctx::read(env, officer.clone(), Lang::Zh);
    let sql = "SELECT number FROM process_task WHERE instance_id = $1 AND node = $2 AND open = 1";
    let number: Option<i64> = ctx.scalar(sql, vals![id, step]).await?;
    number.ok_or_else(|| Error::internal(format!("no open task at {step}")))
}

pub(super) async fn complete(env: &Arc<Env>, officer: &Actor, id: &str, step: &str) -> Result<()> {
    let mut ctx = Ctx::write(env, officer.clone(), Lang::Zh).await?;
    ::process::task::complete(&mut ctx, id, None, "同意", variables(step)).await?;
    ctx.commit().await
}

/// Numbers of the tasks of a case, the same in every case, in the order of [`STEPS`].
async fn numbers(env: &Arc<Env>, officer: &Actor) -> Result<Vec<i64>> {
    let id = begin(env, officer, PROCESS).await?;
    let mut numbers = Vec::new();
    for step in STEPS {
        let number = open_task(env, officer, &id, step).await?;
        complete(env, officer, &format!("{id}:{number}"), step).await?;
        numbers.push(number);
    }
    Ok(numbers)
}

/// Steps one officer completes until the time is over; the beginnings are not counted.
async fn steps(
    env: &Arc<Env>,
    officer: &Actor,
    numbers: &[i64],
    time: Duration,
    most: u64,
) -> Result<u64> {
    let (begun, mut cases) = (Instant::now(), 0);
    while begun.elapsed() < time && cases < most.max(1) {
        let id = begin(env, officer, PROCESS).await?;
        for (step, number) in STEPS.iter().zip(numbers) {
            complete(env, officer, &format!("{id}:{number}"), step).await?;
        }
        cases += 1;
    }
    Ok(cases * STEPS.len() as u64)
}

/// Bytes of what a step writes.
#[derive(Clone, Copy, Debug)]
struct Sizes {
    event: usize,
    state: usize,
    body: usize,
}

async fn sizes(env: &Arc<Env>) -> Result<Sizes> {
    let mut ctx = env.system("bench").await?;
    let mut mean = async |what: &str, table: &str| {
        let sql = format!("SELECT CAST(AVG({what}) AS BIGINT) FROM {table}");
        ctx.count(&sql, vals![]).await.map(|size| usize::try_from(size).unwrap_or_default())
    };
    Ok(Sizes {
        event: mean("octet_length(body)", "process_event").await?,
        state: mean("octet_length(state)", "process_instance").await?,
        body: mean("octet_length(body) + octet_length(row_digests)", "evidence_entry").await?,
    })
}

/// Transactions that write what a step writes, into the same tables: the entry, the row, the task
/// closed and the task offered with their places in a list, and the evidence.
async fn bare(env: &Arc<Env>, n: usize, sizes: Sizes, time: Duration) -> Result<u64> {
    let (event, state) = (vec![b'x'; sizes.event], vec![b'x'; sizes.state]);
    let body = "x".repeat(sizes.body);
    let digest = "0123456789abcdef".repeat(4);
    let instance = format!("bare-{n}");
    let (begun, mut runs) = (Instant::now(), 0_u64);
    let mut ctx = env.system("bench").await?;
    ctx.execute(
        "INSERT INTO process_instance (id, process, version, bundle, subject, agency, division,
         parent_id, parent_number, depth, started_by, started_by_name, started_us, ended_us, phase,
         revision, title, state, history) VALUES ($1, 'bare', 1, $2, '', '', '', '', 0, 0, '', '',
         0, 0, 'active', 0, $3, $3, $2)",
        vals![&instance, &digest, state.as_slice()],
    )
    .await?;
    ctx.commit().await?;
    while runs == 0 || begun.elapsed() < time {
        let mut ctx = env.system("bench").await?;
        let (task, last) =
            (format!("{instance}:{runs}"), format!("{instance}:{}", runs.max(1) - 1));
        let now = ctx.now;
        // A place of its own in the log, so that nobody looks for one.
        let place =
            -1 - i64::try_from(n as u64 + runs * OFFICERS as u64).map_err(Error::internal)?;
        let statements: [(&str, Vec<Value>); 8] = [
            (
                "INSERT INTO process_event (instance_id, sequence, at_us, actor, kind, body, digest)
                 VALUES ($1, $2, $3, $1, 'completed', $4, $5)",
                vals![&instance, runs, now, event.as_slice(), &digest],
            ),
            (
                "UPDATE process_instance SET phase = 'active', revision = $2, ended_us = 0,
                 state = $3, history = $4 WHERE id = $1",
                vals![&instance, runs, state.as_slice(), &digest],
            ),
            (
                "UPDATE process_task SET open = 0, closed_us = $2, closed_by = $3, outcome = 'done'
                 WHERE id = $1",
                vals![&last, now, &instance],
            ),
            ("DELETE FROM process_candidate WHERE task_id = $1", vals![&last]),
            (
                "INSERT INTO process_task (id, instance_id, number, process, node, name, form, agency,
                 assignee, assignee_name, owner, open, due_us, urged, created_us, closed_us,
                 closed_by, outcome) VALUES ($1, $2, $3, 'bare', 'n', 'n', '', '', '', '', '', 1, $4,
                 0, $4, 0, '', '')",
                vals![&task, &instance, runs, now],
            ),
            (
                "INSERT INTO process_candidate (pool, due_us, task_id) VALUES ('bare', $1, $2)",
                vals![now, &task],
            ),
            (
                "INSERT INTO evidence_row (id, entry_id, digest, seq) VALUES ($1, $2, $3, 1)
                 ON CONFLICT (id) DO UPDATE SET entry_id = excluded.entry_id,
                 digest = excluded.digest, seq = evidence_row.seq + 1",
                vals![&instance, &task, &digest],
            ),
            (
                "INSERT INTO evidence_entry (id, at_us, actor, kind, subject, body, row_digests,
                 body_digest, salt, leaf, position) VALUES ($1, $2, $3, 'bare', $3, $4, '', $5, '',
                 $5, $6)",
                vals![&task, now, &instance, &body, &digest, place],
            ),
        ];
        for (sql, values) in statements {
            ctx.execute(sql, values).await?;
        }
        ctx.commit().await?;
        runs += 1;
    }
    Ok(runs)
}

/// Bytes of the row of an instance parked at each step.
async fn parked(env: &Arc<Env>, figures: &mut Figures, officer: &Actor) -> Result<()> {
    let ids = parked_at_each(env, officer, PROCESS).await?;
    let (mut sum, mut most) = (0, 0);
    for id in &ids {
        let mut ctx = Ctx::read(env, officer.clone(), Lang::Zh);
        let sql = "SELECT CAST(octet_length(id) + octet_length(process) + octet_length(bundle)
             + octet_length(subject) + octet_length(agency) + octet_length(division)
             + octet_length(parent_id) + octet_length(started_by) + octet_length(started_by_name)
             + octet_length(phase) + octet_length(history) + octet_length(title)
             + octet_length(state) + 48 AS BIGINT) FROM process_instance WHERE id = $1";
        let bytes: i64 = ctx.scalar(sql, vals![id]).await?.unwrap_or_default();
        (sum, most) = (sum + bytes, most.max(bytes));
    }
    put_count(figures, "parked_row_bytes_mean", (sum / ids.len() as i64).unsigned_abs());
    put_count(figures, "parked_row_bytes_max", most.unsigned_abs());
    Ok(())
}
