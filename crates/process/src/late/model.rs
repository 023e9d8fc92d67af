//! What is late, as told.
//!
//! Must not know: SQL, pages.

use crate::Moment;
use schemars::JsonSchema;
use serde::Serialize;

/// What a figure is narrowed to; empty for all within reach.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Filter {
    /// Division, with what lies in it.
    pub division: String,
    /// Agency.
    pub agency: String,
    /// Procedure.
    pub process: String,
}

/// How much is late of one agency, division or procedure.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Group {
    /// Id.
    pub id: String,
    /// Its name.
    pub name: String,
    /// Tasks that are open and past their day.
    pub late: i64,
    /// When the first of them was due.
    pub oldest: Option<Moment>,
}

/// What is late, most first.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Overview {
    /// Of all groups.
    pub late: i64,
    /// Whether there was more than is counted.
    pub more: bool,
    /// By agency.
    pub agencies: Vec<Group>,
    /// By division.
    pub divisions: Vec<Group>,
    /// By procedure.
    pub processes: Vec<Group>,
}

/// A task that is late.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct LateTask {
    /// Id.
    pub id: String,
    /// Instance.
    pub instance: String,
    /// What the instance is called; at its own agency alone.
    pub title: Option<String>,
    /// Procedure.
    pub process: String,
    /// Name of the step.
    pub step: String,
    /// Who has it in hand; empty for nobody.
    pub assignee: String,
    /// When it was due.
    pub due: Option<Moment>,
    /// Whole days since.
    pub days: i64,
}

/// A page of tasks that are late, the oldest first.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, JsonSchema)]
pub struct LatePage {
    /// At most 50.
    pub tasks: Vec<LateTask>,
    /// Cursor of the next page.
    pub next: Option<String>,
}
