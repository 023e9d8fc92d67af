//! When a composition will be done as promised, and how it stands.
//!
//! Invariant: an item's time counts from the latest end among the items it depends on, and the
//! whole ends when its last item does.

use super::{Need, Plan};
use crate::case::Phase;
use kernel::calendar::Calendar;
use kernel::{Result, Timestamp};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// The time of one item.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Slot {
    /// Id of the item.
    pub item: String,
    /// When it starts, at the latest.
    pub start: Timestamp,
    /// When it ends: as known, else as promised.
    pub end: Timestamp,
    /// True on the path that sets the end of the whole.
    pub critical: bool,
}

/// The time of the whole.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Schedule {
    /// Every item, in the order of the pack.
    pub slots: Vec<Slot>,
    /// The critical path, from its first item to its last.
    pub path: Vec<String>,
    /// When the whole ends: an act is in time strictly before it.
    pub end: Timestamp,
    /// Working days after the day of the start up to the last day.
    pub working_days: i64,
}

/// Places every item in time. `known` holds what is better known than the promise: when an item
/// ended, or the end of its running clock. Errors: the calendar's.
pub fn schedule(
    plan: &Plan,
    start: Timestamp,
    known: &BTreeMap<String, Timestamp>,
    calendar: &Calendar,
) -> Result<Schedule> {
    let mut slots: Vec<Slot> = (plan.items.iter())
        .map(|item| Slot { item: item.id.clone(), start, end: start, critical: false })
        .collect();
    // The dependency that ends last, which an item waits for.
    let mut waits_for = vec![None; slots.len()];
    for &at in &plan.order {
        for &before in &plan.after[at] {
            let end = slots[before].end;
            if waits_for[at].is_none() || end > slots[at].start {
                waits_for[at] = Some(before);
            }
            slots[at].start = slots[at].start.max(end);
        }
        let item = &plan.items[at];
        slots[at].end = match known.get(&item.id) {
            Some(&end) => end,
            // The end of a day-limit is midnight, which belongs to the next day; the item after it
            // starts on the last day itself, so that no day is lost between them.
            None => {
                let due = calendar.deadline(begins(slots[at].start, start), item.promised)?;
                due.max(slots[at].start)
            }
        };
    }
    let mut last = (0..slots.len()).max_by_key(|&at| (slots[at].end, std::cmp::Reverse(at)));
    let end = last.map_or(start, |at| slots[at].end);
    let mut path = Vec::new();
    while let Some(at) = last {
        slots[at].critical = true;
        path.push(slots[at].item.clone());
        last = waits_for[at];
    }
    path.reverse();
    let final_day = end.plus_us(-1).max(start).date();
    let working_days = calendar.working_days_between(start.date(), final_day)?;
    Ok(Schedule { slots, path, end, working_days })
}

/// The instant an item's time is counted from: the last instant of the day that a dependency's
/// limit ends with.
fn begins(at: Timestamp, start: Timestamp) -> Timestamp {
    if at > start { at.plus_us(-1) } else { at }
}

/// How the whole stands, as the applicant is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Status {
    /// Agencies are at work.
    UnderWay,
    /// At least one item waits for the applicant.
    NeedsApplicant,
    /// Every item has its result.
    Done,
    /// All has ended; every required item has its result, an optional one has not.
    PartlyDone,
    /// All has ended, and a required item has no result.
    Failed,
}

/// The status of the whole, from the phase of each item's case; an item without one waits.
pub fn status(plan: &Plan, phases: &BTreeMap<String, Phase>) -> Status {
    let phase = |id: &String| phases.get(id).copied().unwrap_or(Phase::Waiting);
    let all =
        |wanted: &dyn Fn(Phase) -> bool| plan.items.iter().all(|item| wanted(phase(&item.id)));
    if plan.items.iter().any(|item| phase(&item.id) == Phase::Correcting) {
        return Status::NeedsApplicant;
    }
    if all(&Phase::is_success) {
        return Status::Done;
    }
    if !all(&|phase| phase.is_success() || phase.is_failure()) {
        return Status::UnderWay;
    }
    let lost =
        |need| plan.items.iter().any(|item| item.need == need && phase(&item.id).is_failure());
    if lost(Need::Required) { Status::Failed } else { Status::PartlyDone }
}
