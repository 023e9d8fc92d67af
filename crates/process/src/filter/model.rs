//! Filters as told and as asked for.
//!
//! Must not know: SQL, pages.

use crate::task::TaskRow;
use kernel::{Error, Result, Timestamp};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Filters of one officer.
pub const FILTERS_MAX: i64 = 20;
/// Characters of each of a filter's texts.
pub const TEXT_MAX: usize = 80;

/// What a filter lets through; empty texts let everything.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Wanted {
    /// What it is called.
    pub name: String,
    /// Id of a process.
    pub process: String,
    /// Name or id of a step.
    pub step: String,
    /// Id of an agency.
    pub agency: String,
    /// Words in the title of the matter.
    pub text: String,
    /// Only what is overdue.
    pub overdue: bool,
}

impl Wanted {
    /// Trims its texts. Errors: `process.filter_text` naming the field, for a missing name or a text
    /// that is too long.
    pub(super) fn checked(mut self) -> Result<Wanted> {
        for (field, text) in [
            ("name", &mut self.name),
            ("process", &mut self.process),
            ("step", &mut self.step),
            ("agency", &mut self.agency),
            ("text", &mut self.text),
        ] {
            *text = text.trim().to_owned();
            if text.chars().count() > TEXT_MAX || (field == "name" && text.is_empty()) {
                let args = vec![("max", TEXT_MAX.to_string())];
                return Err(Error::invalid("process.filter_text").arg("max", TEXT_MAX).field_with(
                    field,
                    "process.filter_text",
                    args,
                ));
            }
        }
        Ok(self)
    }

    /// Whether it lets a task through at an instant.
    pub(super) fn fits(&self, task: &TaskRow, now: Timestamp) -> bool {
        let is = |wanted: &str, text: &str| wanted.is_empty() || wanted == text;
        let late = task.due.is_some_and(|due| due.0 <= now);
        is(&self.process, &task.process)
            && is(&self.agency, &task.agency)
            && (is(&self.step, &task.node) || self.step == task.name)
            && (!self.overdue || late)
            && (self.text.is_empty() || task.title.contains(&self.text))
    }
}

/// A filter that was saved.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Filter {
    /// Id.
    pub id: String,
    /// What it lets through.
    pub wanted: Wanted,
}

/// The caller's filters.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct FilterList {
    /// By id: the oldest first.
    pub filters: Vec<Filter>,
}

/// A page of a list through a filter.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct Filtered {
    /// The filter.
    pub filter: Filter,
    /// What it let through.
    pub tasks: Vec<TaskRow>,
    /// How many rows were looked at.
    pub looked: usize,
    /// Where it goes on; none at the end of the list.
    pub next: Option<String>,
}
