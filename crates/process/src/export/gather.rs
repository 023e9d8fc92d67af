//! The events of one instance as process mining understands them, from its history.
//!
//! Must not know: formats, who reads them.

use crate::definition;
use crate::instance::history;
use crate::instance::model::{self, Act, Desk, Entry, Standing, Who};
use crate::instance::store::Row;
use ::store::{Ctx, FromQueryResult, vals};
use flow::process::{Definition, Event, Id};
use kernel::{Result, Timestamp};
use std::collections::BTreeMap;

/// Events of one instance: a loop that runs for ever does not fill a log.
pub(super) const EVENTS_MAX: usize = 20_000;

/// One event of a log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Happening {
    /// When.
    pub at: Timestamp,
    /// Id of the step; empty for a message.
    pub node: String,
    /// Name of the step.
    pub name: String,
    /// Transition of the standard lifecycle.
    pub transition: &'static str,
    /// Who did it; nobody for what the platform does by itself.
    pub who: Who,
    /// The act in the history.
    pub act: &'static str,
}

#[derive(FromQueryResult)]
struct TaskName {
    number: i64,
    node: String,
    name: String,
}

/// What an event is about: id and name of a step.
type Named = (String, String);

/// The events of an instance, oldest first.
pub(super) async fn happenings(ctx: &mut Ctx, row: &Row) -> Result<Vec<Happening>> {
    let sql = "SELECT number, node, name FROM process_task WHERE instance_id = $1";
    let tasks: Vec<TaskName> = ctx.all(sql, vals![&row.id]).await?;
    let mut steps: BTreeMap<Id, Named> = tasks
        .into_iter()
        .filter_map(|one| {
            let name = if one.name.is_empty() { one.node.clone() } else { one.name };
            Some((Id::try_from(one.number).ok()?, (one.node, name)))
        })
        .collect();
    let bundle = definition::bundle(ctx, &row.bundle).await?;
    let definition = bundle.definition(&row.process);
    let (mut out, mut standing, mut sequence) = (Vec::new(), Standing::default(), 0);
    loop {
        let entries = history::list(ctx, &row.id, sequence).await?;
        if entries.is_empty() || out.len() >= EVENTS_MAX {
            out.truncate(EVENTS_MAX);
            return Ok(out);
        }
        for stored in entries {
            sequence = stored.sequence;
            let (entry, _) = stored.open(ctx)?;
            let timer = fired(&standing, &entry.act, definition);
            let before = standing.office.desks.clone();
            standing = model::apply(standing, &entry);
            places(&entry, definition, &mut steps);
            tell(&mut out, &entry, &before, &standing.office.desks, &steps, timer);
        }
    }
}

fn named(definition: Option<&Definition>, node: flow::process::NodeIx) -> Option<Named> {
    let node = definition?.node(node)?;
    let name = if node.name.is_empty() { &node.id } else { &node.name };
    Some((node.id.clone(), name.clone()))
}

/// The event whose timer fired.
fn fired(standing: &Standing, act: &Act, definition: Option<&Definition>) -> Option<Named> {
    let Act::TimerFired { timer } = act else { return None };
    named(definition, standing.state.subscription(*timer)?.node)
}

/// Where tokens came to be with an entry; tasks are known from their rows.
fn places(entry: &Entry, definition: Option<&Definition>, steps: &mut BTreeMap<Id, Named>) {
    for change in &entry.changes {
        let (id, node) = match change {
            Event::TokenMade(token) => (token.id, token.node),
            Event::TokenMoved { id, node, .. } => (*id, *node),
            _ => continue,
        };
        if let (false, Some(named)) = (steps.contains_key(&id), named(definition, node)) {
            steps.insert(id, named);
        }
    }
}

/// Tells the events of one entry in the order of the lifecycle: what ended, then what is offered.
fn tell(
    out: &mut Vec<Happening>,
    entry: &Entry,
    before: &BTreeMap<Id, Desk>,
    after: &BTreeMap<Id, Desk>,
    steps: &BTreeMap<Id, Named>,
    timer: Option<Named>,
) {
    let nobody = Who::default();
    let mut push = |named: Named, transition, who: &Who| {
        let (node, name) = named;
        let (at, act, who) = (entry.at, entry.act.kind(), who.clone());
        out.push(Happening { at, node, name, transition, who, act });
    };
    let step = |id: &Id| steps.get(id).cloned().unwrap_or_default();
    let done = match &entry.act {
        Act::Completed { task, .. } => Some(*task),
        _ => None,
    };
    match &entry.act {
        Act::Completed { task, .. } => push(step(task), "complete", &entry.by),
        Act::Claimed { task } => push(step(task), "start", &entry.by),
        Act::Released { task } => push(step(task), "reassign", &nobody),
        Act::HandedOver { task, to, .. } | Act::Delegated { task, to, .. } => {
            push(step(task), "reassign", to);
        }
        Act::Returned { task, .. } => {
            let to = after.get(task).and_then(|desk| desk.assignee.clone());
            push(step(task), "reassign", &to.unwrap_or_default());
        }
        Act::Suspended { .. } => {
            before.keys().for_each(|task| push(step(task), "suspend", &entry.by));
        }
        Act::Resumed { .. } => {
            before.keys().for_each(|task| push(step(task), "resume", &entry.by));
        }
        Act::JobDone { job } => push(step(job), "complete", &nobody),
        Act::JobFailed { job, .. } => push(step(job), "ate_abort", &nobody),
        Act::ChildEnded { child, .. } => push(step(child), "complete", &nobody),
        Act::TimerFired { .. } => push(timer.unwrap_or_default(), "complete", &nobody),
        Act::MessageDelivered { name, .. } | Act::SignalReceived { name } => {
            push((String::new(), name.clone()), "complete", &nobody);
        }
        _ => {}
    }
    for task in before.keys().filter(|task| !after.contains_key(task) && done != Some(**task)) {
        push(step(task), "withdraw", &nobody);
    }
    for task in after.keys().filter(|task| !before.contains_key(task)) {
        let to = after.get(task).and_then(|desk| desk.assignee.clone());
        push(step(task), "schedule", &to.unwrap_or_default());
    }
}
