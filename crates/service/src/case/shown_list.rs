//! What lists of cases and the public tracking show.
//!
//! Invariant: names leave masked. Must not know: SQL, HTTP, templates.

use super::model::{Lamp, Moment, Named};
use super::shown::StepShown;
use kernel::Text;
use schemars::JsonSchema;
use serde::Serialize;

/// A row of a list of cases.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct Row {
    /// Id of the case.
    pub id: String,
    /// Id of the parent; empty for a parent.
    pub parent_id: String,
    /// Case number.
    pub number: String,
    /// Item, or one-thing of a parent.
    pub title: Text,
    /// Item id; empty for a parent.
    pub item: String,
    /// One-thing it belongs to.
    pub one_thing: Named,
    /// Agency that handles it.
    pub agency: String,
    /// Division in which it is handled.
    pub division: String,
    /// Applicant's name, masked.
    pub applicant: String,
    /// `online` or `window`.
    pub channel: String,
    /// Phase.
    pub phase: String,
    /// Lamp now.
    pub lamp: Lamp,
    /// End of the clock that runs now.
    pub due: Option<Moment>,
    /// Whole working days left, negative when overdue.
    pub days_left: Option<i64>,
    /// Whole hours left, negative when overdue.
    pub hours_left: Option<i64>,
    /// When it was submitted.
    pub submitted: Moment,
    /// When it was decided.
    pub decided: Option<Moment>,
    /// Account of the officer in charge; empty when unclaimed.
    pub assignee: String,
    /// His name.
    pub assignee_name: String,
    /// The actor is in charge.
    pub mine: bool,
    /// A rule referred it to a person.
    pub referred: bool,
    /// Decided by a rule.
    pub automatic: bool,
    /// It has been handed to another agency, which has yet to answer.
    pub transferring: bool,
    /// A procedure is examining it.
    pub examined: bool,
    /// Granted, and come into question: the head is to say whether it stands.
    pub questioned: bool,
    /// Tasks at which that is; told in work lists.
    pub steps: Vec<StepShown>,
    /// Revision.
    pub revision: i64,
}

/// A page of rows.
#[derive(Clone, Debug, Default, Serialize, JsonSchema)]
pub struct Rows {
    /// At most 50.
    pub rows: Vec<Row>,
    /// Cursor of the next page; absent on the last.
    pub next: Option<String>,
}

/// How many open cases a post has, by lamp. Counting stops at `COUNT_MAX`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, JsonSchema)]
pub struct LampCounts {
    /// All open ones.
    pub all: i64,
    /// Overdue.
    pub red: i64,
    /// Near the end.
    pub yellow: i64,
    /// Time enough.
    pub green: i64,
    /// Standing still.
    pub paused: i64,
    /// Of all: claimed by the actor.
    pub mine: i64,
    /// Of all: claimed by nobody.
    pub unclaimed: i64,
    /// Handed to the agency by another, which waits for the answer; not among all.
    pub offered: i64,
    /// There are more than were counted.
    pub more: bool,
}

/// What anybody with number and query code is told: phases only.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct Tracked {
    /// Case number.
    pub number: String,
    /// Title.
    pub title: Text,
    /// Phase.
    pub phase: String,
    /// When it was submitted.
    pub submitted: Moment,
    /// When the whole is foreseen to be done; absent once it has ended.
    pub due: Option<Moment>,
    /// That has passed.
    pub overdue: bool,
    /// Its items.
    pub items: Vec<TrackedItem>,
}

/// An item of a tracked case.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct TrackedItem {
    /// Item.
    pub title: Text,
    /// Agency.
    pub agency: Text,
    /// Phase.
    pub phase: String,
    /// Since when.
    pub since: Moment,
}
