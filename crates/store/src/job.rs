//! Jobs, timers and events: rows written with the business data, run after the commit.
//!
//! An event is one job per subscriber; a timer is a job whose time has not come. A job that only
//! touches the database runs in one transaction with its own completion, so its effect happens
//! exactly once. A job that calls the outside world is leased, runs without a transaction and
//! happens at least once. A failing job backs off and, when its attempts are spent, waits as an
//! incident for an operator.
//!
//! Invariant: a job holds the seal of what it is to do and when, and one whose seal does not hold was
//! changed by hand: it is not run. How often it was tried is not sealed, so that an operator may have
//! it tried again.

use crate::seal::seal_within;
use crate::{Ctx, Engine, Env, Sealed, dialect, vals};
use kernel::{Actor, Error, Lang, Result, Timestamp};
use sea_orm::FromQueryResult;
use serde_json::{Value as Json, json};
use std::collections::BTreeMap;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

/// Attempts before a job becomes an incident.
const ATTEMPTS_MAX: i64 = 8;
/// Its table.
pub const SEALED: Sealed = Sealed {
    since: 740,
    ..Sealed::within("job", &["id", "name", "job_key", "payload", "run_at_us"])
};
/// How long a leased job may run before another worker may take it.
const LEASE_US: i64 = 60 * kernel::time::SECOND_US;

/// A boxed future, as job handlers return.
pub type Later<'a> = Pin<Box<dyn Future<Output = Result<()>> + Send + 'a>>;

/// What runs a job.
#[derive(Clone, Copy)]
pub enum Handler {
    /// Runs inside the transaction that completes the job: exactly once.
    Within(for<'a> fn(&'a mut Ctx, &'a Json) -> Later<'a>),
    /// Calls the outside world with no transaction open: at least once.
    Outside(for<'a> fn(&'a Arc<Env>, &'a Json) -> Later<'a>),
}

/// A kind of job and what runs it.
#[derive(Clone, Copy)]
pub struct JobSpec {
    /// Name, `area.job`.
    pub name: &'static str,
    /// What runs it.
    pub handler: Handler,
}

/// A job row.
#[derive(Clone, Debug, FromQueryResult)]
pub struct Job {
    /// Id.
    pub id: String,
    /// Name of its [`JobSpec`].
    pub name: String,
    /// Under which it may be replaced; empty for none.
    pub job_key: String,
    /// What it is about.
    pub payload: String,
    /// When it is due.
    pub run_at_us: i64,
    /// Times it has failed.
    pub attempts: i64,
    /// The seal it holds.
    pub seal: Option<String>,
}

impl Job {
    /// The seal it is to hold.
    fn seal(&self, env: &Env) -> Result<String> {
        let Json::Object(row) = json!({"id": self.id, "name": self.name, "job_key": self.job_key,
            "payload": self.payload, "run_at_us": self.run_at_us})
        else {
            return Err(Error::internal("a job is an object"));
        };
        seal_within(env, &SEALED, row)
    }
}

impl Ctx {
    /// Tells whoever subscribed to the topic, after the commit.
    pub async fn emit(&mut self, topic: &str, payload: &Json) -> Result<()> {
        let names = self.env.subscribers.get(topic).cloned().unwrap_or_default();
        for name in names {
            self.enqueue(name, payload).await?;
        }
        Ok(())
    }

    /// Runs a job as soon as the transaction has committed; once, however often the transaction
    /// asks for the same with the same payload.
    pub async fn enqueue(&mut self, name: &str, payload: &Json) -> Result<()> {
        let refused = self.env.refuses_job(name);
        if refused || !self.asked.insert((name.to_owned(), payload.to_string())) {
            return Ok(());
        }
        let now = self.now;
        self.owe_job(&insert(), name, "", now, payload).await
    }

    /// Runs a job after the commit unless one of this name waits already, whatever its payload:
    /// for jobs that take all the work they find.
    pub async fn enqueue_unless_waiting(&mut self, name: &str, payload: &Json) -> Result<()> {
        let refused = self.env.refuses_job(name);
        if refused || !self.asked.insert((name.to_owned(), String::new())) {
            return Ok(());
        }
        // One that a worker has in hand may have looked already: it is passed over. One found is
        // held until the commit, so that no worker begins it before there is work to find.
        let sql = format!(
            "INSERT INTO job (id, name, job_key, payload, run_at_us, attempts, leased_until_us,
             failure, seal) SELECT {VALUES} WHERE NOT EXISTS (SELECT 1 FROM (SELECT id
             FROM job WHERE name = $2 AND attempts = 0 LIMIT 1{}) AS waiting)",
            dialect::skip_locked(self.engine())
        );
        let now = self.now;
        self.owe_job(&sql, name, "", now, payload).await
    }

    /// Runs a job at an instant. A job of the same name and key that has not run is replaced.
    pub async fn schedule(
        &mut self,
        name: &str,
        key: &str,
        at: Timestamp,
        payload: &Json,
    ) -> Result<()> {
        self.unschedule(name, key).await?;
        if self.env.refuses_job(name) {
            return Ok(());
        }
        self.owe_job(&insert(), name, key, at, payload).await
    }

    /// Runs the statement that inserts a job.
    async fn owe_job(
        &mut self,
        sql: &str,
        name: &str,
        key: &str,
        at: Timestamp,
        payload: &Json,
    ) -> Result<()> {
        let job = Job {
            id: self.id(),
            name: name.to_owned(),
            job_key: key.to_owned(),
            payload: payload.to_string(),
            run_at_us: at.0,
            attempts: 0,
            seal: None,
        };
        let seal = job.seal(&self.env)?;
        let values = vals![job.id, job.name, job.job_key, job.payload, job.run_at_us, seal];
        self.execute_later(sql, values).await
    }

    /// Takes back a job that has not run.
    pub async fn unschedule(&mut self, name: &str, key: &str) -> Result<()> {
        self.execute("DELETE FROM job WHERE name = $1 AND job_key = $2", vals![name, key]).await?;
        Ok(())
    }
}

/// What a new job holds, in the order of its columns.
const VALUES: &str = "$1, $2, $3, $4, $5, 0, 0, '', $6";

fn insert() -> String {
    format!(
        "INSERT INTO job (id, name, job_key, payload, run_at_us, attempts, leased_until_us, failure,
         seal) VALUES ({VALUES})"
    )
}

/// The statement that claims the due job that has waited longest; `others` narrows which. The
/// limit of attempts is written out: the index it walks holds the jobs below it alone, so that
/// neither waiting timers nor incidents lengthen the walk.
pub fn claim(engine: Engine, others: &str) -> String {
    format!(
        "SELECT id, name, job_key, payload, run_at_us, attempts, seal FROM job WHERE run_at_us <= $1
         AND leased_until_us <= $1 AND attempts < {ATTEMPTS_MAX}{others}
         ORDER BY run_at_us, id LIMIT 1{}",
        dialect::skip_locked(engine)
    )
}

/// Runs jobs that are due.
#[derive(Clone)]
pub struct Worker {
    env: Arc<Env>,
    handlers: Arc<BTreeMap<&'static str, Handler>>,
    /// Which jobs it claims, as the end of a condition.
    claimed: String,
}

impl Worker {
    /// A worker for these kinds of job.
    pub fn new(env: Arc<Env>, jobs: &[JobSpec]) -> Worker {
        let handlers = jobs.iter().map(|job| (job.name, job.handler)).collect();
        Worker { env, handlers: Arc::new(handlers), claimed: String::new() }
    }

    /// The same worker, leaving jobs of these names for another. The names are the program's own.
    pub fn leaving(mut self, names: &[&'static str]) -> Worker {
        self.narrow("NOT IN", names);
        self
    }

    /// The same worker, running jobs of these names alone: what waits for others is run beside what
    /// does not, so that it holds nothing up. The names are the program's own.
    pub fn only(mut self, names: &[&'static str]) -> Worker {
        self.narrow("IN", names);
        self
    }

    fn narrow(&mut self, how: &str, names: &[&'static str]) {
        let names: Vec<String> = names.iter().map(|name| format!("'{name}'")).collect();
        self.claimed.push_str(&format!(" AND name {how} ({})", names.join(", ")));
    }

    /// Runs due jobs until none is left; how many ran. Tests and simulations use this alone.
    pub async fn drain(&self) -> Result<usize> {
        let mut ran = 0;
        while self.run_one().await? {
            ran += 1;
        }
        Ok(ran)
    }

    /// Runs until the task is dropped: at every commit, and each second for timers.
    pub async fn run(self) {
        loop {
            let woken = self.env.woken();
            if let Err(error) = self.drain().await {
                tracing::warn!(%error, "jobs wait for the database");
                tokio::time::sleep(Duration::from_secs(1)).await;
            }
            let _either = tokio::time::timeout(Duration::from_secs(1), woken).await;
        }
    }

    /// Claims and runs one due job; false when none is due.
    pub async fn run_one(&self) -> Result<bool> {
        let mut ctx = Ctx::write(&self.env, Actor::system("job"), Lang::Zh).await?;
        let now = ctx.now;
        let claim = claim(ctx.engine(), &self.claimed);
        let Some(job) = ctx.optional::<Job>(&claim, vals![now]).await? else {
            return Ok(false);
        };
        if job.seal.as_deref() != Some(job.seal(&self.env)?.as_str()) {
            tracing::error!(job = job.name, id = job.id, "a job was changed by hand");
            let sql = "UPDATE job SET attempts = $2, failure = 'seal' WHERE id = $1";
            ctx.execute(sql, vals![&job.id, ATTEMPTS_MAX]).await?;
            return ctx.commit().await.map(|()| true);
        }
        ctx.actor = Actor::system(&job.name);
        let payload: Json = serde_json::from_str(&job.payload).unwrap_or(Json::Null);
        let outcome = match self.handlers.get(job.name.as_str()) {
            Some(Handler::Within(run)) => match run(&mut ctx, &payload).await {
                Ok(()) => {
                    ctx.execute("DELETE FROM job WHERE id = $1", vals![&job.id]).await?;
                    return ctx.commit().await.map(|()| true);
                }
                Err(error) => Err(error),
            },
            Some(Handler::Outside(run)) => {
                let until = now.plus_us(LEASE_US);
                ctx.execute(
                    "UPDATE job SET leased_until_us = $2 WHERE id = $1",
                    vals![&job.id, until],
                )
                .await?;
                ctx.commit().await?;
                let outcome = run(&self.env, &payload).await;
                return self.finish(job, outcome).await;
            }
            None => Err(Error::internal(format!("no handler for job {}", job.name))),
        };
        drop(ctx);
        self.finish(job, outcome).await
    }

    async fn finish(&self, mut job: Job, outcome: Result<()>) -> Result<bool> {
        let mut ctx = Ctx::write(&self.env, Actor::system(&job.name), Lang::Zh).await?;
        match outcome {
            Ok(()) => {
                ctx.execute("DELETE FROM job WHERE id = $1", vals![&job.id]).await?;
            }
            Err(error) => {
                tracing::warn!(job = job.name, id = job.id, %error, "job failed");
                let seconds = 1_i64 << job.attempts.clamp(0, 10);
                job.run_at_us = ctx.now.plus_us(seconds * kernel::time::SECOND_US).0;
                let seal = job.seal(&self.env)?;
                ctx.execute(
                    "UPDATE job SET attempts = attempts + 1, run_at_us = $2, leased_until_us = 0,
                     failure = $3, seal = $4 WHERE id = $1",
                    vals![&job.id, job.run_at_us, error.to_string(), seal],
                )
                .await?;
            }
        }
        ctx.commit().await?;
        Ok(true)
    }
}
