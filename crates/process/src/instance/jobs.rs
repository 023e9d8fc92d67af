//! What runs by itself: timers, services, calls of other processes and their ends.
//!
//! Invariants
//! - A job that comes late, early or twice changes nothing: it looks at what is, then acts.
//! - A parent is held before its child is touched; a child's end reaches the parent by a job.
//!
//! Must not know: how a service works.

use super::act::{Acting, INPUT};
use super::model::Act;
use super::service::{self, Outcome, Run, Service};
use super::store::{self, Birth};
use super::{START_TIMER, WORK, incident, job_id, project, ruling};
use crate::definition;
use ::store::{Ctx, Env, FromQueryResult, vals};
use flow::process::{self, Command, Cycle, Kind as Drawn, Trigger, Variables, Wait};
use kernel::time::SECOND_US;
use kernel::{Error, Kind, Result, Timestamp};
use serde_json::{Value as Json, json};
use std::sync::Arc;

/// Tries of a service before it becomes an incident.
pub const ATTEMPTS_MAX: i64 = 6;
/// Processes that call one another, one below the other.
pub const DEPTH_MAX: i64 = 20;

fn instance(payload: &Json) -> &str {
    payload["instance"].as_str().unwrap_or_default()
}

fn number(payload: &Json) -> u64 {
    payload["number"].as_u64().unwrap_or_default()
}

/// The instance of a job when it still runs; `None` when there is nothing to do.
pub(super) async fn running(ctx: &mut Ctx, id: &str) -> Result<Option<Acting>> {
    match Acting::load(ctx, id).await {
        Ok(acting) => Ok(acting.running().is_ok().then_some(acting)),
        Err(error) if error.kind == Kind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}

/// Job: a timer is due.
pub(super) async fn timer(ctx: &mut Ctx, payload: &Json) -> Result<()> {
    let number = number(payload);
    // Resuming sets the timers of a suspended instance anew.
    let Some(mut acting) = running(ctx, instance(payload)).await? else { return Ok(()) };
    let Some(process::On::Timer { due, .. }) =
        acting.standing.state.subscription(number).map(|one| one.on.clone())
    else {
        return Ok(());
    };
    if ctx.now < due {
        return project::set_timer(ctx, &acting.row.id, number, due).await;
    }
    match acting.step(ctx, &Command::FireTimer { timer: number }) {
        Ok(()) => acting.finish(ctx, Act::TimerFired { timer: number }).await.map(|_| ()),
        Err(error) => incident::note(ctx, &acting.row, number, "timer", "", error).await,
    }
}

#[derive(Clone, Debug, FromQueryResult)]
struct Stored {
    kind: String,
    topic: String,
    node: String,
    attempts: i64,
    input: Vec<u8>,
}

async fn job(ctx: &mut Ctx, id: &str) -> Result<Option<(Stored, Variables)>> {
    let sql = "SELECT kind, topic, node, attempts, input FROM process_job WHERE id = $1";
    let Some(row) = ctx.optional::<Stored>(sql, vals![id]).await? else { return Ok(None) };
    let plain = ctx.env.vault.open(INPUT, &row.input).map_err(Error::internal)?;
    let input = serde_json::from_slice(&plain).map_err(Error::internal)?;
    Ok(Some((row, input)))
}

/// Job: runs the service of a task and completes it; a failure is tried again later, and becomes
/// an incident when the tries are spent.
pub(super) async fn work(env: &Arc<Env>, payload: &Json) -> Result<()> {
    let mut ctx = env.system(WORK).await?;
    let (id, number) = (instance(payload), number(payload));
    let key = job_id(id, number);
    let Some(acting) = running(&mut ctx, id).await? else { return Ok(()) };
    let Some((row, input)) = job(&mut ctx, &key).await? else { return Ok(()) };
    if row.kind == ruling::KIND {
        return ruling::again(ctx, acting, number, &row.node).await;
    }
    let Some(service) = service::find(&row.topic) else {
        let error = Error::invalid("process.service_unknown").arg("detail", &row.topic);
        incident::open(&mut ctx, &acting.row, number, "job", &row.node, &error).await?;
        return ctx.commit().await;
    };
    let work = service::Work { key: key.clone(), instance: id.to_owned(), input };
    let done = match service {
        Service { run: Run::Within(run), .. } => within(ctx, acting, number, run, &work).await,
        Service { run: Run::Outside(run), .. } => {
            drop((acting, ctx));
            outside(env, id, number, run(env, &work).await).await
        }
    };
    match done {
        Ok(()) => Ok(()),
        Err(error) => failed(env, id, number, &key, error).await,
    }
}

async fn within(
    mut ctx: Ctx,
    acting: Acting,
    number: u64,
    run: for<'a> fn(&'a mut Ctx, &'a service::Work) -> service::Later<'a>,
    work: &service::Work,
) -> Result<()> {
    let outcome = run(&mut ctx, work).await?;
    complete(&mut ctx, acting, number, outcome).await?;
    ctx.commit().await
}

async fn outside(env: &Arc<Env>, id: &str, number: u64, outcome: Result<Outcome>) -> Result<()> {
    let outcome = outcome?;
    let mut ctx = env.system(WORK).await?;
    // A suspended instance asks again when it is resumed: at least once.
    let Some(acting) = running(&mut ctx, id).await? else { return Ok(()) };
    complete(&mut ctx, acting, number, outcome).await?;
    ctx.commit().await
}

async fn complete(ctx: &mut Ctx, mut acting: Acting, job: u64, outcome: Outcome) -> Result<()> {
    let (command, act) = match outcome {
        Outcome::Done(variables) => (Command::CompleteJob { job, variables }, Act::JobDone { job }),
        Outcome::Failed(code) => {
            (Command::FailJob { job, code: code.clone() }, Act::JobFailed { job, code })
        }
    };
    match acting.step(ctx, &command) {
        Ok(()) => acting.finish(ctx, act).await.map(|_| ()),
        // Done before: the worker died between doing and telling.
        Err(error) if error.code == "process.job_gone" => Ok(()),
        Err(error) => Err(error),
    }
}

/// Whether the diagram handles a refusal on the edge of its service, by its code: then it is an error
/// of BPMN, and trying again would not mend it.
fn handled(acting: &Acting, node: &str, error: &Error) -> bool {
    if matches!(error.kind, Kind::Internal | Kind::Unavailable) {
        return false;
    }
    let Ok(definition) = acting.definition() else { return false };
    let node = definition.find(node).and_then(|ix| definition.node(ix));
    let edges = node.map(|node| node.boundaries.as_slice()).unwrap_or_default();
    edges.iter().filter_map(|ix| definition.node(*ix)).any(|edge| match &edge.kind {
        Drawn::Boundary { trigger: Trigger::Error(Some(code)), .. } => code == error.code,
        _ => false,
    })
}

/// Plans the next try of a job that failed, or opens an incident.
async fn failed(env: &Arc<Env>, id: &str, number: u64, key: &str, error: Error) -> Result<()> {
    let mut ctx = env.system(WORK).await?;
    let Some(acting) = running(&mut ctx, id).await? else { return Ok(()) };
    let Some((row, _)) = job(&mut ctx, key).await? else { return Ok(()) };
    if handled(&acting, &row.node, &error) {
        let outcome = Outcome::Failed(error.code.to_owned());
        complete(&mut ctx, acting, number, outcome).await?;
        return ctx.commit().await;
    }
    let attempts = row.attempts + 1;
    let failure: String = error.to_string().chars().take(1_000).collect();
    let sql = "UPDATE process_job SET attempts = $2, failure = $3 WHERE id = $1";
    ctx.execute(sql, vals![key, attempts, failure]).await?;
    if attempts >= ATTEMPTS_MAX {
        incident::open(&mut ctx, &acting.row, number, "job", &row.node, &error).await?;
    } else {
        let pause = SECOND_US << (2 * attempts.clamp(0, 10));
        let at = ctx.now.plus_us(pause);
        ctx.schedule(WORK, key, at, &json!({ "instance": id, "number": number })).await?;
    }
    ctx.commit().await
}

/// Job: begins the process that an instance calls.
pub(super) async fn call(ctx: &mut Ctx, payload: &Json) -> Result<()> {
    let number = number(payload);
    let Some(parent) = running(ctx, instance(payload)).await? else { return Ok(()) };
    let waits = parent.standing.state.token(number).is_some_and(|one| one.wait == Wait::Child);
    let key = job_id(&parent.row.id, number);
    let Some((row, input)) = job(ctx, &key).await?.filter(|_| waits) else { return Ok(()) };
    if store::child(ctx, &parent.row.id, number).await?.is_some() {
        return Ok(());
    }
    match child(ctx, &parent, number, &row.topic, input).await {
        Ok((acting, id)) => {
            acting.finish(ctx, Act::Started).await?;
            let sql = "UPDATE process_job SET child_id = $2 WHERE id = $1";
            ctx.execute(sql, vals![&key, id]).await?;
            Ok(())
        }
        Err(error) => incident::note(ctx, &parent.row, number, "call", &row.node, error).await,
    }
}

/// The called instance, begun but not yet kept. Writes nothing.
async fn child(
    ctx: &mut Ctx,
    parent: &Acting,
    number: u64,
    process: &str,
    variables: Variables,
) -> Result<(Acting, String)> {
    let own = &parent.row;
    if own.depth >= DEPTH_MAX {
        return Err(Error::limited("process.call_depth").arg("max", DEPTH_MAX));
    }
    // The process of the same document is the one it was drawn with.
    let together = definition::bundle(ctx, &own.bundle).await?;
    let (version, bundle) = match together.definition(process) {
        Some(_) => (definition::version_in(ctx, process, &own.bundle).await?, own.bundle.clone()),
        None => definition::newest_version(ctx, process).await?,
    };
    let id = ctx.id();
    let birth = Birth {
        id: id.clone(),
        process: process.to_owned(),
        version,
        bundle,
        subject: own.subject.clone(),
        title: own.title(ctx)?,
        agency: own.agency.clone(),
        division: own.division.clone(),
        parent_id: own.id.clone(),
        parent_number: number,
        depth: own.depth + 1,
        started_by: own.started_by.clone(),
        started_by_name: own.started_by_name.clone(),
    };
    let mut acting = Acting::born(ctx, birth).await?;
    acting.step(ctx, &Command::Start { instance: id.clone(), start: None, variables })?;
    Ok((acting, id))
}

/// Job: a called process has ended; the parent goes on with what it left.
pub(super) async fn child_ended(ctx: &mut Ctx, payload: &Json) -> Result<()> {
    let Some(child) = store::find(ctx, instance(payload)).await? else { return Ok(()) };
    let number = u64::try_from(child.parent_number).unwrap_or_default();
    let Some(mut parent) = running(ctx, &child.parent_id).await? else { return Ok(()) };
    let ended = child.standing(ctx)?.state;
    let (status, variables) = (ended.status, ended.variables);
    match parent.step(ctx, &Command::EndChild { child: number, status, variables }) {
        Ok(()) => {
            let act = Act::ChildEnded { child: number, instance: child.id };
            parent.finish(ctx, act).await.map(|_| ())
        }
        Err(error) => {
            incident::note(ctx, &parent.row, number, "child", &child.process, error).await
        }
    }
}

/// Job: the call of a process is no longer wanted; what it began ends.
pub(super) async fn child_cancel(ctx: &mut Ctx, payload: &Json) -> Result<()> {
    let parent = payload["parent"].as_str().unwrap_or_default();
    let Some(child) = store::child(ctx, parent, number(payload)).await? else { return Ok(()) };
    let mut acting = Acting::load(ctx, &child.id).await?;
    if acting.standing.state.status.is_final() {
        return Ok(());
    }
    acting.step(ctx, &Command::Cancel)?;
    acting.finish(ctx, Act::ParentEnded).await.map(|_| ())
}

/// Plans the timers that begin a process: those of its newest version, at their first instant.
pub(crate) async fn plan_starts(ctx: &mut Ctx, process: &str) -> Result<()> {
    for start in definition::timer_starts(ctx, process).await? {
        let Some(due) = process::due(&start.name, ctx.now) else { continue };
        let payload = json!({ "process": process, "node": start.node, "text": start.name,
            "due": due.at, "cycle": due.cycle });
        let key = format!("{process}:{}", start.node);
        ctx.schedule(START_TIMER, &key, due.at, &payload).await?;
    }
    Ok(())
}

/// Job: a timer begins an instance, and is set anew when it repeats.
pub(super) async fn start_timer(ctx: &mut Ctx, payload: &Json) -> Result<()> {
    let text = |name: &str| payload[name].as_str().unwrap_or_default().to_owned();
    let (process, node, drawn) = (text("process"), text("node"), text("text"));
    let starts = definition::timer_starts(ctx, &process).await?;
    if !starts.iter().any(|start| start.node == node && start.name == drawn) {
        return Ok(());
    }
    let due: Option<Timestamp> = serde_json::from_value(payload["due"].clone()).ok();
    let cycle: Option<Cycle> = serde_json::from_value(payload["cycle"].clone()).unwrap_or_default();
    let now = ctx.now;
    let next = cycle.and_then(|cycle| process::again(cycle, due.unwrap_or(now), now));
    if let Some(next) = next {
        let mut payload = payload.clone();
        payload["due"] = json!(next.at);
        payload["cycle"] = json!(next.cycle);
        ctx.schedule(START_TIMER, &format!("{process}:{node}"), next.at, &payload).await?;
    }
    if let Err(error) = super::begin_by_event(ctx, &process, &node, Variables::new(), "").await? {
        let body = json!({ "node": node, "code": error.code });
        let subject = format!("process:{process}");
        party::audit::record(ctx, "process.start_failed", &subject, body).await?;
    }
    Ok(())
}
