//! Procedures of a pack: a diagram, the decisions it asks, the forms of its tasks, and examples
//! that walk it from beginning to end.
//!
//! Shape: `procedures/<id>/procedure.yaml` beside `procedure.bpmn`, whose process has the same id,
//! and any number of `<name>.dmn`.
//!
//! Invariants: the files of a procedure are deployed together or not at all. Must not know: how a
//! diagram is read or run.

use crate::definition::{Basis, Day, definition};
use crate::one_thing::Choice;
use kernel::Text;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::collections::BTreeMap;

/// File name of a procedure's diagram.
pub const DIAGRAM: &str = "procedure.bpmn";

/// Kind of a field of a task's form, with the FEEL type its answer has.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum TaskFieldKind {
    /// One line: a string.
    Text,
    /// Several lines: a string.
    Words,
    /// A whole number.
    Integer,
    /// A decimal number.
    Decimal,
    /// A civil day, written `2024-01-01`: a string, which FEEL reads with `date(…)`.
    Date,
    /// Yes or no: a boolean.
    Boolean,
    /// One of the choices: a string.
    Choice,
    /// Any of the choices: a list of strings.
    Choices,
    /// Names of accounts of officers, one per line: a list of strings.
    Officers,
}

/// A field of a task's form; its answer becomes the variable of that name.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct TaskField {
    /// Name of the variable.
    pub id: String,
    /// Label.
    pub label: Text,
    /// Help.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hint: Option<Text>,
    /// Kind.
    pub kind: TaskFieldKind,
    /// Must be answered.
    #[serde(default)]
    pub required: bool,
    /// Shown filled and not to be changed.
    #[serde(default)]
    pub read_only: bool,
    /// Most characters of text and words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub length_max: Option<u16>,
    /// Least number.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub min: Option<i64>,
    /// Greatest number.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max: Option<i64>,
    /// Choices.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub choices: Vec<Choice>,
}

/// The form of the tasks that name it, or of the beginning of the procedure.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct TaskForm {
    /// Id; `start` is what is asked when the procedure begins.
    pub id: String,
    /// Heading.
    pub title: Text,
    /// Help.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hint: Option<Text>,
    /// Its fields in order.
    pub fields: Vec<TaskField>,
}

/// One step of an example: exactly one of `task`, `timer`, `message`, `signal`, `job`, `activity`
/// and `finish` is given.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct WalkStep {
    /// Id of a task that is completed.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub task: String,
    /// Id of an event whose timer fires.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub timer: String,
    /// Name of a message that comes.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub message: String,
    /// What the message is about.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub correlation: String,
    /// Name of a signal that is sent.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub signal: String,
    /// Id of a service task that is done.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub job: String,
    /// With `job`: the code of the BPMN error with which the service fails instead.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub error: String,
    /// Id of a discretionary task that is begun.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub activity: String,
    /// Id of an ad-hoc sub-process that is ended.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub finish: String,
    /// What came of it.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub set: BTreeMap<String, Value>,
}

/// An example: what happens, and where it ends.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Walk {
    /// Id, unique in the file.
    pub id: String,
    /// The story.
    pub name: Text,
    /// Variables it begins with.
    #[serde(default)]
    pub start: BTreeMap<String, Value>,
    /// What happens, in order.
    pub steps: Vec<WalkStep>,
    /// Ids of the end events that are reached, in order.
    pub ends: Vec<String>,
    /// Variables at the end that are looked at.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub leaves: BTreeMap<String, Value>,
}

/// `procedures/<id>/procedure.yaml`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Procedure {
    /// Stable id: the folder's name and the id of the process in the diagram.
    pub id: String,
    /// Version, from 1.
    pub version: u32,
    /// First day in force.
    pub effective_from: Day,
    /// Legal basis.
    pub basis: Vec<Basis>,
    /// Name.
    pub name: Text,
    /// What it is for, and when it is used.
    pub summary: Text,
    /// Forms of its tasks.
    #[serde(default)]
    pub forms: Vec<TaskForm>,
    /// Examples that walk it.
    pub examples: Vec<Walk>,
}

definition!(Procedure, "procedure");

impl Procedure {
    /// A form by its id.
    pub fn form(&self, id: &str) -> Option<&TaskForm> {
        self.forms.iter().find(|form| form.id == id)
    }
}

/// A procedure with the files deployed with it.
#[derive(Clone, Debug, PartialEq)]
pub struct Drawn<'a> {
    /// What the pack says of it.
    pub procedure: &'a Procedure,
    /// `procedure.bpmn`.
    pub diagram: &'a [u8],
    /// Decisions by file name.
    pub decisions: BTreeMap<&'a str, &'a [u8]>,
}
