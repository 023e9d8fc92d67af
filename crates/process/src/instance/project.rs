//! What the database shows of a standing: open tasks, timers, subscriptions, jobs.
//!
//! Invariant: the rows are a function of the standing ([`expected`]); a command writes the
//! difference between before and after, and [`fsck`](crate::fsck) compares the whole.
//!
//! Must not know: why the standing changed.

use super::model::{Desk, Standing};
use super::store::Row;
use super::{CHILD_CANCEL, TIMER, WORK, job_id};
use crate::task;
use ::store::{Ctx, vals};
use flow::process::{Definition, Id, Kind, Node, On, Task, Wait};
use kernel::{Result, Timestamp};
use serde_json::json;
use std::collections::BTreeMap;

/// An open task as its row says it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct OpenTask {
    pub(crate) node: String,
    pub(crate) name: String,
    pub(crate) form: String,
    pub(crate) assignee: String,
    pub(crate) assignee_name: String,
    pub(crate) owner: String,
    pub(crate) due_us: i64,
    /// The year whose notice is missing, when that is why nothing is due; else 0.
    pub(crate) missing_year: i64,
    pub(crate) urged: i64,
    /// 1 open, 2 while its instance is suspended.
    pub(crate) open: i64,
    /// Where it is offered; empty once somebody has it.
    pub(crate) pools: Vec<String>,
}

/// A subscription as its row says it: kind, name, correlation, whether it hears.
pub(crate) type Heard = (&'static str, String, String, bool);

/// Every row a standing has.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Expected {
    pub(crate) tasks: BTreeMap<Id, OpenTask>,
    pub(crate) timers: BTreeMap<Id, i64>,
    pub(crate) subscriptions: BTreeMap<Id, Heard>,
    /// `job` or `call`.
    pub(crate) jobs: BTreeMap<Id, &'static str>,
    /// Opinions asked for: the task and who is asked.
    pub(crate) questions: BTreeMap<u64, (Id, String)>,
}

/// The row of a task at a node.
pub(crate) fn open_task(node: &Node, desk: &Desk, active: bool) -> OpenTask {
    let form = match &node.kind {
        Kind::Task(Task::User { form }) => form.clone(),
        _ => String::new(),
    };
    let (assignee, assignee_name) = match &desk.assignee {
        Some(who) => (who.account.clone(), who.name.clone()),
        None => Default::default(),
    };
    let offered = active && assignee.is_empty();
    OpenTask {
        node: node.id.clone(),
        name: node.name.clone(),
        form,
        assignee,
        assignee_name,
        owner: desk.owner.as_ref().map(|who| who.account.clone()).unwrap_or_default(),
        due_us: desk.due.map_or(i64::MAX, |due| due.0),
        missing_year: desk.missing.map_or(0, i64::from),
        urged: i64::from(desk.urged),
        open: if active { 1 } else { 2 },
        pools: if offered { desk.pools.clone() } else { Vec::new() },
    }
}

/// The rows of a standing.
pub(crate) fn expected(definition: &Definition, standing: &Standing) -> Expected {
    let mut rows = Expected::default();
    let active = !standing.office.suspended;
    let asked = standing.office.questions.iter();
    rows.questions =
        asked.map(|(number, one)| (*number, (one.task, one.asked.account.clone()))).collect();
    for token in &standing.state.tokens {
        match token.wait {
            Wait::Job => rows.jobs.insert(token.id, "job"),
            Wait::Child => rows.jobs.insert(token.id, "call"),
            _ => None,
        };
        let (Some(desk), Some(node)) =
            (standing.office.desks.get(&token.id), definition.node(token.node))
        else {
            continue;
        };
        rows.tasks.insert(token.id, open_task(node, desk, active));
    }
    for one in &standing.state.subscriptions {
        match &one.on {
            On::Timer { due, .. } => {
                rows.timers.insert(one.id, due.0);
            }
            On::Message { name, correlation } => {
                let heard = ("message", name.clone(), correlation.clone(), active);
                rows.subscriptions.insert(one.id, heard);
            }
            On::Signal(name) => {
                let heard = ("signal", name.clone(), String::new(), active);
                rows.subscriptions.insert(one.id, heard);
            }
            On::Condition(_) => {}
        }
    }
    rows
}

/// Writes what differs. `done` is the task that was completed, of those that are gone.
pub(super) async fn write(
    ctx: &mut Ctx,
    row: &Row,
    before: &Expected,
    after: &Expected,
    done: Option<Id>,
) -> Result<()> {
    task::project(ctx, row, &before.tasks, &after.tasks, done).await?;
    timers(ctx, row, before, after).await?;
    subscriptions(ctx, row, before, after).await?;
    for (number, kind) in before.jobs.iter().filter(|(number, _)| !after.jobs.contains_key(number))
    {
        let id = job_id(&row.id, *number);
        ctx.execute("DELETE FROM process_job WHERE id = $1", vals![&id]).await?;
        ctx.unschedule(WORK, &id).await?;
        forget_incident(ctx, &id).await?;
        if *kind == "call" {
            ctx.enqueue(CHILD_CANCEL, &json!({ "parent": row.id, "number": number })).await?;
        }
    }
    Ok(())
}

async fn timers(ctx: &mut Ctx, row: &Row, before: &Expected, after: &Expected) -> Result<()> {
    for number in before.timers.keys().filter(|number| !after.timers.contains_key(number)) {
        let id = job_id(&row.id, *number);
        ctx.execute("DELETE FROM process_timer WHERE id = $1", vals![&id]).await?;
        ctx.unschedule(TIMER, &id).await?;
        forget_incident(ctx, &id).await?;
    }
    for (number, due) in &after.timers {
        if before.timers.get(number) == Some(due) {
            continue;
        }
        let id = job_id(&row.id, *number);
        ctx.execute(
            "INSERT INTO process_timer (id, instance_id, number, due_us) VALUES ($1, $2, $3, $4)
             ON CONFLICT (id) DO UPDATE SET due_us = excluded.due_us",
            vals![&id, &row.id, *number, *due],
        )
        .await?;
        set_timer(ctx, &row.id, *number, Timestamp(*due)).await?;
    }
    Ok(())
}

/// Has a job wait for a timer.
pub(super) async fn set_timer(ctx: &mut Ctx, id: &str, number: Id, due: Timestamp) -> Result<()> {
    let payload = json!({ "instance": id, "number": number });
    ctx.schedule(TIMER, &job_id(id, number), due, &payload).await
}

async fn subscriptions(
    ctx: &mut Ctx,
    row: &Row,
    before: &Expected,
    after: &Expected,
) -> Result<()> {
    for number in before.subscriptions.keys() {
        if !after.subscriptions.contains_key(number) {
            let id = job_id(&row.id, *number);
            let sql = "DELETE FROM process_subscription WHERE id = $1";
            ctx.execute(sql, vals![&id]).await?;
            forget_incident(ctx, &id).await?;
        }
    }
    for (number, heard) in &after.subscriptions {
        if before.subscriptions.get(number) == Some(heard) {
            continue;
        }
        let (kind, name, correlation, active) = heard;
        ctx.execute(
            "INSERT INTO process_subscription (id, instance_id, number, process, kind, name,
             correlation, active) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
             ON CONFLICT (id) DO UPDATE SET active = excluded.active",
            vals![
                job_id(&row.id, *number),
                &row.id,
                *number,
                &row.process,
                *kind,
                name,
                correlation,
                *active
            ],
        )
        .await?;
        // Perhaps it has come before somebody waited for it.
        if *kind == "message" && *active {
            super::message::wake(ctx, row, name, correlation).await?;
        }
    }
    Ok(())
}

pub(super) async fn forget_incident(ctx: &mut Ctx, id: &str) -> Result<()> {
    ctx.execute("DELETE FROM process_incident WHERE id = $1", vals![id]).await?;
    Ok(())
}
