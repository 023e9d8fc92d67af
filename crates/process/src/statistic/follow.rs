//! The times of tasks as the history tells them, and the rows kept of them.
//!
//! Invariant: what [`record`] writes at a command is what [`Watch`] tells of the same entries.
//!
//! Must not know: who reads the figures.

use super::store;
use crate::instance::model::{Act, Desk, Entry, Standing, Waiting};
use crate::instance::store::Row;
use ::store::Ctx;
use flow::process::{Event, Id, NodeIx};
use kernel::{Result, Timestamp};
use std::collections::BTreeMap;

/// Desks of waiting tasks, by number.
pub(crate) type Desks = BTreeMap<Id, Desk>;

/// The times of a task that was closed.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Closed {
    /// Number of the task.
    pub(crate) number: Id,
    /// When it was offered.
    pub(crate) offered: Timestamp,
    /// When it was last taken; when it was closed, if nobody had it in hand.
    pub(crate) taken: Timestamp,
    /// When it was closed.
    pub(crate) closed: Timestamp,
    /// Whether somebody completed it.
    pub(crate) done: bool,
    /// The account that completed it; empty for nobody.
    pub(crate) by: String,
    /// When somebody last took it after it was offered.
    pub(crate) noted: Option<Timestamp>,
    /// Where it lay last.
    pub(crate) desk: Desk,
    /// The node it was at, of the version its instance was at.
    pub(crate) node: Option<NodeIx>,
    /// How often its instance had been moved to another version.
    pub(crate) moves: usize,
}

/// The times of something that waited for no person.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Waited {
    /// Number of its token.
    pub(crate) number: Id,
    /// What it waited for, where and since when.
    pub(crate) waiting: Waiting,
    /// When it went on, or was taken back.
    pub(crate) until: Timestamp,
    /// Whether it came.
    pub(crate) done: bool,
}

#[derive(Clone, Copy, Debug)]
struct Times {
    offered: Timestamp,
    taken: Option<Timestamp>,
}

/// Follows a history entry by entry and tells the times of the tasks it closes.
#[derive(Clone, Debug, Default)]
pub(crate) struct Watch {
    open: BTreeMap<Id, Times>,
    /// Tasks closed so far.
    pub(crate) closed: Vec<Closed>,
    /// Other waits that ended so far.
    pub(crate) waited: Vec<Waited>,
    /// The versions the instance was at, one after another; none while it was never moved.
    pub(crate) versions: Vec<i64>,
}

impl Watch {
    /// One entry, with the standing before and after it.
    pub(crate) fn follow(&mut self, entry: &Entry, before: &Standing, after: &Standing) {
        let at = entry.at;
        self.waited.extend(ended(entry, &before.office.waits, after));
        let moves = self.versions.len().saturating_sub(1);
        if let Act::Migrated { from, to, .. } = &entry.act {
            if self.versions.is_empty() {
                self.versions.push(*from);
            }
            self.versions.push(*to);
        }
        let tokens = &before.state.tokens;
        let (before, after) = (&before.office.desks, &after.office.desks);
        let done = match entry.act {
            Act::Completed { task, .. } | Act::Deemed { task, .. } => Some(task),
            _ => None,
        };
        for (number, desk) in before.iter().filter(|(number, _)| !after.contains_key(number)) {
            let times = self.open.remove(number).unwrap_or(Times { offered: at, taken: None });
            let taken = match &desk.assignee {
                None => at,
                Some(_) => times.taken.unwrap_or(times.offered),
            };
            let (number, offered) = (*number, times.offered);
            let done = done == Some(number);
            let by = if done { entry.by.account.clone() } else { String::new() };
            let node = tokens.iter().find(|token| token.id == number).map(|token| token.node);
            let (noted, desk) = (times.taken, desk.clone());
            let closed = at;
            self.closed.push(Closed {
                number,
                offered,
                taken,
                closed,
                done,
                by,
                noted,
                desk,
                node,
                moves,
            });
        }
        for number in after.keys() {
            let times = self.open.entry(*number).or_insert(Times { offered: at, taken: None });
            if is_taken(*number, before, after) {
                times.taken = Some(at);
            }
        }
    }

    /// Tasks still open that somebody took after they were offered, and when.
    pub(super) fn taken(&self) -> impl Iterator<Item = (Id, Timestamp)> {
        self.open.iter().filter_map(|(number, times)| Some((*number, times.taken?)))
    }
}

/// Whether a task that lay there was taken by somebody between the two.
fn is_taken(number: Id, before: &Desks, after: &Desks) -> bool {
    let free = before.get(&number).is_some_and(|desk| desk.assignee.is_none());
    free && after.get(&number).is_some_and(|desk| desk.assignee.is_some())
}

/// Keeps what a command did to the desks, with the task it completed; the rows of its tasks are
/// being written.
pub(crate) async fn record(
    ctx: &mut Ctx,
    row: &Row,
    before: &Desks,
    after: &Desks,
    done: Option<Id>,
) -> Result<()> {
    let now = ctx.now;
    for (number, desk) in before {
        if !after.contains_key(number) {
            let pool = desk.pools.first().map_or("", String::as_str);
            let (by, outcome) = crate::task::ending(ctx, done == Some(*number));
            store::close(ctx, row, *number, pool, Some((now, &by, outcome))).await?;
        } else if is_taken(*number, before, after) {
            store::take(ctx, &row.id, *number, now).await?;
        }
    }
    Ok(())
}

/// Waits that an entry ended.
fn ended(entry: &Entry, before: &BTreeMap<Id, Waiting>, after: &Standing) -> Vec<Waited> {
    let gone = before.iter().filter(|(number, _)| !after.office.waits.contains_key(number));
    gone.map(|(number, waiting)| Waited {
        number: *number,
        waiting: waiting.clone(),
        until: entry.at,
        done: came(entry, *number, waiting),
    })
    .collect()
}

/// Whether what was waited for came, rather than being taken back.
fn came(entry: &Entry, number: Id, waiting: &Waiting) -> bool {
    let completed = |change: &Event| matches!(change, Event::Completed(id, _) if *id == number);
    let left =
        |change: &Event| matches!(change, Event::TokenMoved { token, .. } if *token == number);
    match &entry.act {
        Act::JobDone { job } | Act::JobFailed { job, .. } if *job == number => true,
        Act::ChildEnded { child, .. } if *child == number => true,
        _ if matches!(waiting.kind.as_str(), "service" | "decision" | "call") => false,
        Act::SentBack { .. } | Act::Jumped { .. } | Act::Recalled { .. } => false,
        _ => entry.changes.iter().any(|change| completed(change) || left(change)),
    }
}

/// Keeps what a command ended of the waits there were.
pub(crate) async fn record_waits(
    ctx: &mut Ctx,
    row: &Row,
    entry: &Entry,
    before: &BTreeMap<Id, Waiting>,
    after: &Standing,
) -> Result<()> {
    for one in ended(entry, before, after) {
        store::close_wait(ctx, row, &one).await?;
    }
    Ok(())
}
