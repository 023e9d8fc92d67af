//! What the board shows.
//!
//! Invariant: every count has the list beneath it; instants leave as RFC 3339. Must not know: SQL,
//! HTTP, templates.

use super::anomaly::Irregularity;
use crate::notice::NoticeRow;
use kernel::calendar::Limit;
use schemars::JsonSchema;
use serde::Serialize;
use service::case::{Lane, Moment, Named, Paused};
use service::figures::{Durations, Group, LampFigures};

/// Of what the board is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Wanted {
    /// Division subtree; empty for the whole reach of the actor.
    pub division: String,
    /// One agency; empty for all.
    pub agency: String,
    /// One item; empty for all.
    pub item: String,
    /// By what the table's lines are told apart.
    pub by: Group,
}

/// Open cases and what stands still or was turned away.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Standing {
    /// Open: green, yellow, red and paused together.
    pub open: i64,
    /// By lamp.
    pub lamps: LampFigures,
    /// In a special procedure (part of paused).
    pub suspended: i64,
    /// Sent back to be mended (part of paused).
    pub correcting: i64,
    /// Not accepted, since the beginning.
    pub not_accepted: i64,
    /// Accepted by silence, since the beginning.
    pub silence: i64,
    /// Days promised and used of what was decided in the last 30 days.
    pub durations: Durations,
}

/// One line of the table.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Line {
    /// Division, agency or item.
    pub of: Named,
    /// Open cases.
    pub open: i64,
    /// By lamp.
    pub lamps: LampFigures,
    /// Days promised and used of what was decided in the last 30 days.
    pub durations: Durations,
    /// True when the line's own subtree is what it counts, so that its lists can be opened.
    pub narrows: bool,
}

/// The board of a scope.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct Overview {
    /// Division subtree.
    pub division: Named,
    /// Its upper divisions within the actor's reach, the highest first.
    pub above: Vec<Named>,
    /// Agency, if one was asked for.
    pub agency: Option<Named>,
    /// Item, if one was asked for.
    pub item: Option<Named>,
    /// When the numbers were taken.
    pub as_of: Moment,
    /// First and last day of the 30 days looked back over.
    pub from: String,
    /// Last day.
    pub until: String,
    /// All lines together.
    pub total: Standing,
    /// By what the lines are told apart.
    pub by: Group,
    /// The lines, most overdue first. They add up to the total.
    pub lines: Vec<Line>,
}

/// Somebody in whose hands the case was.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Holder {
    /// Name; empty while nobody held it or the platform did.
    pub name: String,
    /// From.
    pub from: Moment,
    /// Until; absent while it lasts.
    pub to: Option<Moment>,
}

/// When a clock was warned of.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Warned {
    /// Timer: `promised_warning`, `promised_overdue` …
    pub timer: String,
    /// When it was told.
    pub at: Moment,
}

/// A step of a case: one of its clocks with everything about it.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct StepView {
    /// `acceptance`, `correction`, `promised`, `statutory`, `tolerance`, `procedure`, `delivery`.
    pub name: String,
    /// Its limit.
    pub limit: Limit,
    /// Units added by an extension.
    pub extended: u32,
    /// Start.
    pub started: Moment,
    /// End of the limit; absent while standing still.
    pub due: Option<Moment>,
    /// When it ended.
    pub stopped: Option<Moment>,
    /// Units used; absent while a year's notice is missing.
    pub used: Option<i64>,
    /// Whole days it stood still.
    pub paused_days: i64,
    /// When it stood still, why, by which article.
    pub pauses: Vec<Paused>,
    /// `green`, `yellow`, `red`, `paused`, `done`.
    pub lamp: String,
    /// Overdue, or ended late.
    pub overdue: bool,
    /// When it was warned of.
    pub warned: Vec<Warned>,
    /// In whose hands the case was while it ran.
    pub held: Vec<Holder>,
}

/// An act, for the board.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct ActView {
    /// Sequence.
    pub sequence: i64,
    /// When.
    pub at: Moment,
    /// What: sentence `service.case.event.<kind>`.
    pub kind: String,
    /// Who; empty for the platform.
    pub actor: String,
    /// Done by the platform.
    pub automatic: bool,
    /// Article applied.
    pub article: String,
    /// Reason or note told to the applicant.
    pub text: String,
}

/// A case as the supervisor sees it.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct CaseView {
    /// Id.
    pub id: String,
    /// Id of the parent; empty for a parent.
    pub parent_id: String,
    /// Case number.
    pub number: String,
    /// Item, or one-thing of a parent.
    pub title: kernel::Text,
    /// Item; its id is empty for a parent.
    pub item: Named,
    /// Agency.
    pub agency: Named,
    /// Division.
    pub division: Named,
    /// Applicant's name, masked.
    pub applicant: String,
    /// Phase.
    pub phase: String,
    /// Lamp.
    pub lamp: String,
    /// When it was submitted.
    pub submitted: Moment,
    /// Officer in charge.
    pub assignee: String,
    /// Its clocks.
    pub steps: Vec<StepView>,
    /// What happened.
    pub acts: Vec<ActView>,
    /// In whose hands it was.
    pub held: Vec<Holder>,
    /// Irregularities.
    pub anomalies: Vec<AnomalyRow>,
    /// Notices.
    pub notices: Vec<NoticeRow>,
    /// Items of the same application.
    #[serde(skip)]
    pub lanes: Vec<Lane>,
    /// The actor may open a notice by hand.
    pub may_urge: bool,
}

/// An irregularity in a list.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct AnomalyRow {
    /// Id; sorts by the time it was found.
    pub id: String,
    /// What kind.
    pub kind: Irregularity,
    /// Case.
    pub case_id: String,
    /// Its number.
    pub case_number: String,
    /// Item.
    pub item: Named,
    /// Agency.
    pub agency: Named,
    /// When the irregular act was done.
    pub at: Moment,
    /// Article named, if any.
    pub article: String,
}

/// A page of irregularities.
#[derive(Clone, Debug, Default, Serialize, JsonSchema)]
pub struct AnomalyPage {
    /// At most 50, newest first.
    pub anomalies: Vec<AnomalyRow>,
    /// Cursor of the next page; absent on the last.
    pub next: Option<String>,
}
