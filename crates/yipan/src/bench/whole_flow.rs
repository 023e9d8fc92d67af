//! Applications from the form to the last decision, through the verbs that serve pages and REST,
//! decided by rule, one after another with one worker; and beside them what one transaction with
//! one row costs on the same database.
//!
//! Jobs that run outside a transaction (sheets, receipts, mail) are timed apart: no decision waits
//! for them. Of the applications every other one is made without seals of rows, in turn with those
//! that have them, so that both meet the same database: the difference is what seals cost. All other
//! figures are of those with seals.

use super::Options;
use super::application::{self, TRANSACTIONS, apply};
use super::measure::{Figures, put, put_count, repeat, repeat_async};
use super::world::{SEED, World, without_seals};
use crate::demo::population::{self, Population};
use crate::modules;
use flow::case::{Command, Env as Act};
use kernel::{Actor, Error, Lang, Result};
use serde_json::json;
use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::{Duration, Instant};
use store::job::Worker;
use store::{Ctx, Env, Handler, vals};

/// Cases of one application: the whole and its six items.
const PER_APPLICATION: u64 = 7;
/// People of the province: some two hundred births to apply for.
const PERSONS: usize = 8_000;
/// Measurements' time the applications take together.
const LAPS: u32 = 6;
/// Attempts after which a job waits for an operator.
const ATTEMPTS_MAX: i64 = 8;

/// What the applications took.
#[derive(Default)]
struct Spent {
    applications: u64,
    cases: u64,
    verbs: Duration,
    within: Duration,
    within_jobs: u64,
    outside: Duration,
    outside_jobs: u64,
}

/// Measures.
pub async fn run(options: &Options) -> Result<Figures> {
    let mut figures = Figures::new();
    put(&mut figures, "memory_cases_per_cpu_s", in_memory(options)?);
    let world = World::province(options, PERSONS).await?;
    let measured = durable(&world.env, options, &mut figures).await;
    world.remove().await?;
    measured.map(|()| figures)
}

async fn durable(env: &Arc<Env>, options: &Options, figures: &mut Figures) -> Result<()> {
    let raw = raw(env, options).await?;
    application::freshen(env).await?;
    let people = population::draw(&env.pack, SEED, PERSONS, crate::demo::begins().date())?;
    let [spent, unsealed] = applications(env, options, &people).await?;
    let after = raw_again(env, options).await?;
    tell(figures, &spent, (raw + after) / 2.0);
    let (with, without) = (spent.ms_per_case(), unsealed.ms_per_case());
    put(figures, "seals_ms_per_case", with - without);
    put(figures, "seals_share_of_time", 1.0 - without / with);
    put_count(figures, "persons", people.persons.len() as u64);
    outcome(env, figures).await
}

impl Spent {
    /// Milliseconds until the last decision.
    fn ms_per_case(&self) -> f64 {
        (self.verbs + self.within).as_secs_f64() * 1e3 / self.cases.max(1) as f64
    }
}

fn tell(figures: &mut Figures, spent: &Spent, raw_per_s: f64) {
    let seconds = (spent.verbs + spent.within).as_secs_f64();
    let whole = seconds + spent.outside.as_secs_f64();
    let steps = (spent.applications * TRANSACTIONS + spent.within_jobs) as f64;
    put(figures, "applications_per_s", spent.applications as f64 / seconds);
    put(figures, "durable_cases_per_s", spent.cases as f64 / seconds);
    put(figures, "durable_steps_per_s", steps / seconds);
    put(figures, "steps_per_application", steps / spent.applications.max(1) as f64);
    put(figures, "raw_transactions_per_s", raw_per_s);
    put(figures, "steps_share_of_raw", steps / seconds / raw_per_s);
    put(
        figures,
        "submit_mean_ms",
        spent.verbs.as_secs_f64() * 1e3 / spent.applications.max(1) as f64,
    );
    put(figures, "job_mean_ms", spent.within.as_secs_f64() * 1e3 / spent.within_jobs.max(1) as f64);
    put(figures, "with_documents_cases_per_s", spent.cases as f64 / whole);
    put(
        figures,
        "document_mean_ms",
        spent.outside.as_secs_f64() * 1e3 / spent.outside_jobs.max(1) as f64,
    );
    put_count(figures, "documents", spent.outside_jobs);
    put_count(figures, "applications", spent.applications);
    put_count(figures, "cases", spent.cases);
}

/// Applies until time, births or cases are spent; what those with seals took, and those without.
async fn applications(
    env: &Arc<Env>,
    options: &Options,
    people: &Population,
) -> Result<[Spent; 2]> {
    let outside = outside_jobs();
    let envs = [env.clone(), without_seals(env)?];
    let time = options.time() * LAPS;
    let begun = Instant::now();
    let mut all = [Spent::default(), Spent::default()];
    for (count, birth) in application::births(people).into_iter().enumerate() {
        let cases: u64 = all.iter().map(|spent| spent.cases).sum();
        let over = begun.elapsed() >= time || cases + PER_APPLICATION > options.cases;
        if over && count > 1 {
            break;
        }
        let (env, spent) = (&envs[count % 2], &mut all[count % 2]);
        let applicant = application::prepare(env, people, birth, false).await?;
        let at = Instant::now();
        let submitted = apply(env, &applicant).await?;
        spent.verbs += at.elapsed();
        spent.applications += 1;
        spent.cases += 1 + submitted.items.len() as u64;
        drain(env, &modules::worker(env), &outside, spent).await?;
    }
    Ok(all)
}

/// Names of the jobs that run outside a transaction.
fn outside_jobs() -> BTreeSet<&'static str> {
    let jobs = modules::all(true).into_iter().flat_map(|module| module.jobs);
    jobs.filter(|job| matches!(job.handler, Handler::Outside(_))).map(|job| job.name).collect()
}

/// Runs what is due, timing by kind. Looking at what comes next is not timed.
async fn drain(
    env: &Arc<Env>,
    worker: &Worker,
    outside: &BTreeSet<&str>,
    spent: &mut Spent,
) -> Result<()> {
    loop {
        let mut ctx = Ctx::read(env, Actor::system("bench"), Lang::Zh);
        let now = ctx.now;
        let next: Option<String> = ctx
            .scalar(
                &format!(
                    "SELECT name FROM job WHERE run_at_us <= $1 AND leased_until_us <= $1
                     AND attempts < {ATTEMPTS_MAX} ORDER BY run_at_us, id LIMIT 1"
                ),
                vals![now],
            )
            .await?;
        drop(ctx);
        let Some(name) = next else { return Ok(()) };
        let at = Instant::now();
        if !worker.run_one().await? {
            return Ok(());
        }
        if outside.contains(name.as_str()) {
            spent.outside += at.elapsed();
            spent.outside_jobs += 1;
        } else {
            spent.within += at.elapsed();
            spent.within_jobs += 1;
        }
    }
}

/// What came of the applications. Errors: `internal` when a job failed.
async fn outcome(env: &Arc<Env>, figures: &mut Figures) -> Result<()> {
    let mut ctx = Ctx::read(env, Actor::system("bench"), Lang::Zh);
    let failed: Vec<String> =
        ctx.column("SELECT name FROM job WHERE attempts > 0", vals![]).await?;
    if !failed.is_empty() {
        return Err(Error::internal(format!("jobs failed: {failed:?}")));
    }
    let undecided = "SELECT COUNT(*) FROM cases WHERE item <> '' AND decided_us IS NULL";
    let undecided = ctx.count(undecided, vals![]).await?;
    figures.insert("cases_undecided".to_owned(), json!(undecided));
    Ok(())
}

/// Transactions per second that insert one row each.
async fn raw(env: &Arc<Env>, options: &Options) -> Result<f64> {
    env.db.script("CREATE TABLE bench_raw (id TEXT PRIMARY KEY, body TEXT NOT NULL)").await?;
    raw_again(env, options).await
}

async fn raw_again(env: &Arc<Env>, options: &Options) -> Result<f64> {
    let body = "0123456789abcdef".repeat(16);
    let lap = repeat_async(options.time(), async |_| {
        let mut ctx = env.system("bench").await?;
        let id = ctx.id();
        ctx.execute("INSERT INTO bench_raw (id, body) VALUES ($1, $2)", vals![id, &body]).await?;
        ctx.commit().await
    })
    .await?;
    Ok(lap.per_s())
}

/// Cases per second of one core through the lifecycle alone, from receipt to completion: no
/// database, no evidence.
fn in_memory(options: &Options) -> Result<f64> {
    let pack = pack::Province::embedded()?;
    let calendar = pack.calendar()?;
    let item = pack.items().next().ok_or_else(|| Error::internal("the province has no item"))?;
    let profile = item.profile();
    let commands = [
        Command::Release,
        Command::Accept { tolerated: Vec::new(), promise: String::new() },
        Command::Decide {
            granted: true,
            opinion: String::new(),
            reasons: String::new(),
            article: "行政许可法第三十四条".to_owned(),
            remedies: String::new(),
            automatic: Some(json!({ "outcome": "grant" })),
        },
        Command::Issue { licence: "1.2.156.3005.2".to_owned() },
        Command::Complete,
    ];
    let act = Act { now: crate::demo::begins(), calendar, actor: "bench", approver: false };
    let lap = repeat(options.time(), 100, |_| {
        let (mut state, _) = flow::case::open(&act);
        for command in &commands {
            if flow::case::allowed(&profile, &state).contains(&command.name()) {
                state = flow::case::apply(&profile, &state, command, &act)?.0;
            }
        }
        match state.phase.is_success() {
            true => Ok(()),
            false => Err(Error::internal(format!("the case ended in {}", state.phase.as_str()))),
        }
    })?;
    Ok(lap.per_s())
}
