//! An objection and its states. Pure.

use kernel::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Longest text of what a person writes, in characters.
pub const WORDS_MAX: usize = 1_000;

/// Where an objection stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Status {
    /// Waits for the source.
    Open,
    /// The source corrected the value.
    Accepted,
    /// The source stands by the value.
    Rejected,
}

impl Status {
    /// As stored.
    pub fn name(self) -> &'static str {
        match self {
            Status::Open => "open",
            Status::Accepted => "accepted",
            Status::Rejected => "rejected",
        }
    }

    pub(super) fn parse(name: &str) -> Status {
        match name {
            "accepted" => Status::Accepted,
            "rejected" => Status::Rejected,
            _ => Status::Open,
        }
    }
}

/// What was shown, claimed and said; sealed at rest.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Words {
    pub(super) shown: String,
    pub(super) claimed: String,
    pub(super) note: String,
}

/// What the source answered; sealed at rest.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Reply {
    pub(super) value: String,
    pub(super) text: String,
}

/// An objection, opened.
#[derive(Clone, PartialEq, Eq)]
pub struct Objection {
    /// Id; sorts by time.
    pub id: String,
    /// Registry.
    pub registry: String,
    /// Record.
    pub record: String,
    /// Version of the record that was objected to.
    pub version: i64,
    /// Field.
    pub field: String,
    /// Receipt by which the value was shown; empty when it was seen in one's own file.
    pub receipt: String,
    /// Case in which it was shown; may be empty.
    pub case_id: String,
    /// Party id of who objects.
    pub person: String,
    /// Agency id of the source.
    pub source: String,
    /// Division of the record.
    pub division: String,
    /// The value as shown.
    pub shown: String,
    /// The value he says is right; empty when there should be none.
    pub claimed: String,
    /// What he adds.
    pub note: String,
    /// Where it stands.
    pub status: Status,
    /// Grows with every change.
    pub revision: i64,
    /// When it was opened.
    pub opened: Timestamp,
    /// When it must be answered.
    pub due: Timestamp,
    /// True when it was not answered in time.
    pub overdue: bool,
    /// When it was answered.
    pub answered: Option<Timestamp>,
    /// The value put in its place; empty when none or rejected.
    pub corrected: String,
    /// The source's words.
    pub answer: String,
}

impl Objection {
    /// The last eight characters of the id: enough to name it in a message.
    pub fn reference(&self) -> String {
        reference(&self.id)
    }
}

impl std::fmt::Debug for Objection {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Objection({} {} {:?})", self.id, self.registry, self.status)
    }
}

/// The last eight characters of an id.
pub(super) fn reference(id: &str) -> String {
    id.get(id.len().saturating_sub(8)..).unwrap_or(id).to_owned()
}

/// What opening an objection gives.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Opened {
    /// Id.
    pub id: String,
    /// When it must be answered.
    pub due: Timestamp,
}
