//! Tasks that the law takes for passed or refused when their limit has passed.
//!
//! Invariants
//! - A job waits at the limit of every such task that is open, and of none else; it looks at what
//!   is, then acts, so that one that comes early, late or twice changes nothing.
//! - While the instance is suspended the limit stands still: it has moved when the instance goes
//!   on, and the job is planned anew.
//!
//! Must not know: who has the task in hand; it makes no difference.

use super::act::Acting;
use super::model::Act;
use super::project::{Expected, OpenTask, forget_incident};
use super::store::Row;
use super::{OVERDUE, incident, job_id};
use crate::definition::{Bundle, Overdue};
use crate::evaluate;
use ::store::Ctx;
use flow::process::{Command, Context, Id, Variables};
use kernel::{Error, Result, Timestamp};
use serde_json::{Value as Json, json};

/// Sets, moves and takes back the jobs of an instance's tasks.
pub(super) async fn plan(
    ctx: &mut Ctx,
    row: &Row,
    bundle: &Bundle,
    before: &Expected,
    after: &Expected,
) -> Result<()> {
    let told = |task: &OpenTask| {
        let drawn = bundle.extras.get(&task.node).is_some_and(|extra| extra.overdue.is_some());
        drawn && task.due_us != i64::MAX
    };
    for (number, _) in before.tasks.iter().filter(|(_, task)| told(task)) {
        if !after.tasks.contains_key(number) {
            let id = job_id(&row.id, *number);
            ctx.unschedule(OVERDUE, &id).await?;
            forget_incident(ctx, &id).await?;
        }
    }
    for (number, task) in after.tasks.iter().filter(|(_, task)| told(task) && task.open == 1) {
        let old = before.tasks.get(number).map(|old| (old.due_us, old.open));
        if old != Some((task.due_us, task.open)) {
            set(ctx, &row.id, *number, Timestamp(task.due_us)).await?;
        }
    }
    Ok(())
}

/// Has a job wait for the limit of a task.
pub(super) async fn set(ctx: &mut Ctx, instance: &str, number: Id, due: Timestamp) -> Result<()> {
    let payload = json!({ "instance": instance, "number": number });
    ctx.schedule(OVERDUE, &job_id(instance, number), due, &payload).await
}

/// Job: the limit of a task has passed.
pub(super) async fn passed(ctx: &mut Ctx, payload: &Json) -> Result<()> {
    let number = payload["number"].as_u64().unwrap_or_default();
    let id = payload["instance"].as_str().unwrap_or_default();
    // Resuming a suspended instance plans it anew.
    let Some(acting) = super::jobs::running(ctx, id).await? else { return Ok(()) };
    let Some(desk) = acting.standing.office.desks.get(&number) else { return Ok(()) };
    let Some(due) = desk.due else { return Ok(()) };
    let node = acting.node_of(number)?;
    let Some(overdue) = acting.extra(&node).and_then(|extra| extra.overdue.clone()) else {
        return Ok(());
    };
    if ctx.now < due {
        return set(ctx, id, number, due).await;
    }
    deem(ctx, acting, number, node, overdue).await
}

async fn deem(
    ctx: &mut Ctx,
    mut acting: Acting,
    task: Id,
    node: String,
    overdue: Overdue,
) -> Result<()> {
    let results = results(&acting, task, &overdue).and_then(|mut variables| {
        crate::task::deemed_vote(&acting, task, &mut variables)?;
        Ok(variables)
    });
    let done =
        results.and_then(|variables| acting.step(ctx, &Command::CompleteTask { task, variables }));
    match done {
        Ok(()) => {
            let act = Act::Deemed { task, node, pass: overdue.pass, basis: overdue.basis };
            acting.finish(ctx, act).await.map(|_| ())
        }
        Err(error) => incident::note(ctx, &acting.row, task, "overdue", &node, error).await,
    }
}

/// What comes of it, from what the process knows.
fn results(acting: &Acting, task: Id, overdue: &Overdue) -> Result<Variables> {
    let seen = acting.visible(task);
    let context = Context::new(&seen);
    let value = |(name, text): &(String, String)| {
        let value = evaluate::evaluator().evaluate(text, &context).map_err(|reason| {
            Error::invalid("process.expression_failed").arg("expression", text).detail(reason)
        })?;
        Ok((name.clone(), value))
    };
    overdue.results.iter().map(value).collect()
}
