//! Every clock of an instance computed again from its history: from the instant it began, the limit it
//! was offered with, suspensions and extensions. A limit that moved otherwise is a fault.
//!
//! Invariants
//! - What a diagram counts in elapsed time between two instants is recomputed where the limit is
//!   recorded: of tasks. Of a timer only that it did not move by itself.
//! - A limit that could not be told, for want of a notice, was not recorded and is not asked for.
//!
//! Must not know: tables, definitions.

use crate::definition::TaskLimit;
use crate::instance::model::{Act, Entry, Standing};
use flow::process::{Id, On};
use kernel::Timestamp;
use kernel::calendar::{Calendar, Limit, Unit};

/// Follows a history and tells the first clock that does not add up.
pub(super) struct Clocks<'a> {
    calendar: Option<&'a Calendar>,
    pub(super) fault: Option<String>,
}

/// A clock at an instant: what it was set for, and its end.
#[derive(Clone, Copy, PartialEq)]
struct Clock {
    limit: Option<TaskLimit>,
    due: Timestamp,
    /// Set anew whenever it fires.
    again: bool,
}

impl<'a> Clocks<'a> {
    pub(super) fn new(calendar: Option<&'a Calendar>) -> Clocks<'a> {
        Clocks { calendar, fault: None }
    }

    /// One entry, with the standing before and after it.
    pub(super) fn follow(&mut self, entry: &Entry, before: &Standing, after: &Standing) {
        let tasks = after.office.desks.keys().copied();
        let timers = after.state.subscriptions.iter().map(|one| one.id);
        for number in tasks.chain(timers) {
            let Some(now) = clock(after, number) else { continue };
            let wanted = match clock(before, number) {
                None => self.begun(entry.at, now),
                Some(was) => self.went_on(entry, before, number, was),
            };
            let told = match wanted {
                Ok(Some(due)) if due == now.due => continue,
                Ok(None) => continue,
                Ok(Some(due)) => format!("{number}: due {}, computed {due}", now.due),
                Err(error) => format!("{number}: {error}"),
            };
            self.fault.get_or_insert(told);
        }
    }

    /// When a clock that began then ends; none for what only the diagram tells.
    fn begun(&self, at: Timestamp, now: Clock) -> kernel::Result<Option<Timestamp>> {
        match (now.limit, self.calendar) {
            (Some(TaskLimit::Elapsed(duration)), _) => Ok(duration.after(at)),
            (Some(TaskLimit::Working(limit)), Some(calendar)) => {
                calendar.deadline(at, limit).map(Some)
            }
            _ => Ok(None),
        }
    }

    /// When a clock ends after an entry.
    fn went_on(
        &self,
        entry: &Entry,
        before: &Standing,
        number: Id,
        was: Clock,
    ) -> kernel::Result<Option<Timestamp>> {
        let Some(calendar) = self.calendar else { return Ok(None) };
        match &entry.act {
            Act::Extended { number: own, amount, .. } if *own == number => {
                let more = TaskLimit::parse(amount);
                more.map(|more| more.added(was.due, calendar)).transpose()
            }
            Act::Resumed { .. } => match (was.limit, before.office.suspended_at) {
                (Some(limit), Some(since)) => {
                    let text = before.office.extended.get(&number);
                    let limit = limit.with(text.and_then(|text| TaskLimit::parse(text)));
                    limit.resumed(was.due, since, entry.at, calendar).map(Some)
                }
                // A task offered before limits were recorded.
                _ if before.office.desks.contains_key(&number) => Ok(None),
                _ => Ok(Some(was.due)),
            },
            Act::TimerFired { timer } if *timer == number && was.again => Ok(None),
            _ => Ok(Some(was.due)),
        }
    }
}

/// The clock of a task or a timer.
fn clock(standing: &Standing, number: Id) -> Option<Clock> {
    if let Some(desk) = standing.office.desks.get(&number) {
        let limit = desk.limit.as_deref().and_then(TaskLimit::parse);
        return Some(Clock { limit, due: desk.due?, again: false });
    }
    let On::Timer { due, cycle, working } = standing.state.subscription(number)?.on else {
        return None;
    };
    let limit = working.and_then(|days| Limit::new(days, Unit::WorkingDay).ok());
    Some(Clock { limit: limit.map(TaskLimit::Working), due, again: cycle.is_some() })
}
