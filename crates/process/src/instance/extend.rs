//! More time for a limit that runs: of a task, or of a timer the diagram draws. Who manages the
//! instances of the agency approves it, with the reason and within what the drawing's article allows.
//!
//! Invariants
//! - A limit is extended once, before it has passed, and only where the drawing names longest and
//!   article.
//! - The instant it moves to follows from the instant it had, the amount and the calendar alone, so
//!   that [`fsck`](crate::fsck) recomputes it.
//!
//! Must not know: pages.

use super::act::{Acting, Done};
use super::instance::{managed, words};
use super::model::{Act, Standing};
use crate::Moment;
use crate::definition::{Bundle, Extension, TaskLimit};
use ::store::Ctx;
use flow::process::{Definition, Id, On};
use kernel::{Error, Result, Timestamp};
use schemars::JsonSchema;
use serde::Serialize;

/// A limit that runs, as told.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct RunningLimit {
    /// Number of its task or timer.
    pub number: u64,
    /// Id of the task's node, or of the timer's.
    pub node: String,
    /// Name of the node.
    pub name: String,
    /// When it ends.
    pub due: Moment,
    /// The most it may be extended by, `10wd`; empty when it may not, or was.
    pub longest: String,
    /// What it was extended by; empty for nothing.
    pub extended: String,
}

/// The limits of an instance that run, by number.
pub(super) fn limits(
    bundle: &Bundle,
    definition: &Definition,
    standing: &Standing,
) -> Vec<RunningLimit> {
    let state = &standing.state;
    let tasks = standing
        .office
        .desks
        .iter()
        .filter_map(|(number, desk)| Some((*number, state.token(*number)?.node, desk.due?)));
    let timers = state.subscriptions.iter().filter_map(|one| match one.on {
        On::Timer { due, .. } => Some((one.id, one.node, due)),
        _ => None,
    });
    let told = |(number, node, due): (Id, _, Timestamp)| {
        let node = definition.node(node)?;
        let extended = standing.office.extended.get(&number).cloned().unwrap_or_default();
        let drawn = bundle.extras.get(&node.id).and_then(|extra| extra.extension.as_ref());
        let longest = drawn.filter(|_| extended.is_empty()).map(|one| one.longest.to_string());
        Some(RunningLimit {
            number,
            node: node.id.clone(),
            name: node.name.clone(),
            due: Moment(due),
            longest: longest.unwrap_or_default(),
            extended,
        })
    };
    let mut all: Vec<RunningLimit> = tasks.chain(timers).filter_map(told).collect();
    all.sort_by_key(|one| one.number);
    all
}

impl Acting {
    /// The limits of the instance that run. Errors: `not_found`.
    pub(super) fn limits(&self) -> Result<Vec<RunningLimit>> {
        Ok(limits(&self.bundle, self.definition()?, &self.standing))
    }
}

/// Gives a running limit more time. Errors: `not_found`, `denied`, `process.stale`,
/// `process.suspended`, `process.ended`; `process.extension_none`, `process.extension_twice`,
/// `process.extension_late`, `process.extension_amount`; those of the calendar.
pub async fn extend(
    ctx: &mut Ctx,
    id: &str,
    revision: Option<i64>,
    number: Id,
    amount: &str,
    reason: &str,
) -> Result<Done> {
    let reason = words(reason, "reason", true)?;
    let mut acting = managed(ctx, id, revision).await?;
    acting.running()?;
    let (node, due, timer) = running(&acting, number)?;
    let drawn = acting.extra(&node).and_then(|extra| extra.extension.clone());
    let drawn = drawn.ok_or_else(|| Error::conflict("process.extension_none"))?;
    if acting.standing.office.extended.contains_key(&number) {
        return Err(Error::conflict("process.extension_twice"));
    }
    if ctx.now >= due {
        return Err(Error::conflict("process.extension_late"));
    }
    let more = asked(&drawn, amount)?;
    let to = more.added(due, acting.pack.calendar()?)?;
    if timer {
        acting.move_timer(ctx, number, to)?;
    }
    let told = (acting.row.started_by.clone(), holder(&acting, number));
    let (amount, basis) = (more.to_string(), drawn.basis);
    let act = Act::Extended { number, node, amount, due: to, reason, basis };
    let done = acting.finish(ctx, act).await?;
    tell(ctx, id, told, to).await?;
    Ok(done)
}

/// Node and end of a limit that runs, and whether it is a timer's.
fn running(acting: &Acting, number: Id) -> Result<(String, Timestamp, bool)> {
    let standing = &acting.standing;
    if let Some(desk) = standing.office.desks.get(&number) {
        let due = desk.due.ok_or_else(|| Error::conflict("process.extension_none"))?;
        return Ok((acting.node_of(number)?, due, false));
    }
    let one = standing.state.subscription(number).ok_or_else(Error::not_found)?;
    let On::Timer { due, cycle: None, .. } = one.on else {
        return Err(Error::conflict("process.extension_none"));
    };
    let node = acting.definition()?.node(one.node).ok_or_else(Error::not_found)?;
    Ok((node.id.clone(), due, true))
}

fn asked(drawn: &Extension, amount: &str) -> Result<TaskLimit> {
    let longest = drawn.longest.to_string();
    let wrong = || {
        let args = vec![("max", longest.clone())];
        let error = Error::invalid("process.extension_amount").arg("max", &longest);
        error.field_with("amount", "process.extension_amount", args)
    };
    TaskLimit::parse(amount).filter(|asked| drawn.longest.covers(*asked)).ok_or_else(wrong)
}

fn holder(acting: &Acting, number: Id) -> String {
    let desk = acting.standing.office.desks.get(&number);
    let who = desk.and_then(|desk| desk.assignee.as_ref());
    who.map(|who| who.account.clone()).unwrap_or_default()
}

/// Tells whoever began the instance, and whoever has the task in hand, until when; the page says why.
async fn tell(
    ctx: &mut Ctx,
    id: &str,
    (starter, holder): (String, String),
    due: Timestamp,
) -> Result<()> {
    let link = format!("/instances/{id}");
    let own = ctx.actor.account.clone();
    let mut told = vec![starter];
    if !told.contains(&holder) {
        told.push(holder);
    }
    let last = webkit::view::format::last_day(due);
    for account in told.into_iter().filter(|one| !one.is_empty() && *one != own) {
        let account = party::account::find(ctx, &account).await?.filter(|one| !one.closed);
        if let Some(account) = account {
            let args = [("deadline", last.clone())];
            let template = "process.extended";
            party::message::send(ctx, &account.person, template, &args, &link).await?;
        }
    }
    Ok(())
}
