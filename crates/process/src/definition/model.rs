//! A deployed document as it is used, and as it is told.

use crate::Moment;
use crate::bundle::{About, Decisions};
use flow::process::{Definition, Document, Duration, Element, Kind, Node, Task, working_days};
use kernel::calendar::{Calendar, Limit, Unit};
use kernel::{Error, Result, Timestamp};
use pack::procedure::TaskForm;
use schemars::JsonSchema;
use serde::Serialize;
use std::collections::BTreeMap;

/// A document as it was deployed, with its decisions and forms.
#[derive(Debug)]
pub struct Bundle {
    /// SM3 of its bytes in hexadecimal: of the document when it is alone.
    pub digest: String,
    /// The document, diagram and all.
    pub document: Document,
    /// Its processes.
    pub definitions: Vec<Definition>,
    /// What steps say beside BPMN, by node id.
    pub extras: BTreeMap<String, Extra>,
    /// Its decisions.
    pub decisions: Decisions,
    /// Forms of its tasks, and the one asked at its beginning.
    pub forms: Vec<TaskForm>,
    /// What its pack says of it; none for one deployed by hand.
    pub about: Option<About>,
}

impl Bundle {
    /// The process of that id.
    pub fn definition(&self, process: &str) -> Option<&Definition> {
        self.definitions.iter().find(|definition| definition.id() == process)
    }

    /// The form of that id.
    pub fn form(&self, id: &str) -> Option<&TaskForm> {
        self.forms.iter().find(|form| form.id == id)
    }

    /// The form of a node's tasks, if it names one.
    pub fn form_of(&self, node: &Node) -> Option<&TaskForm> {
        match &node.kind {
            Kind::Task(Task::User { form }) => self.form(form),
            _ => None,
        }
    }

    /// The form of an event that waits for a message, if it names one.
    pub fn asks(&self, node: &Node) -> Option<&TaskForm> {
        self.form(self.extras.get(&node.id)?.asks.as_ref()?)
    }
}

/// What a step says beside BPMN, in the platform's own attributes.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Extra {
    /// `limit`: until when it should be done.
    pub limit: Option<TaskLimit>,
    /// `<input name="…">expression</input>`: what its service is given; all it sees when empty.
    pub inputs: Vec<(String, String)>,
    /// `vote`: each signs with a vote, and the count goes to the variable of that name.
    pub vote: Option<String>,
    /// `overdue`: what the law takes the task for when its limit has passed.
    pub overdue: Option<Overdue>,
    /// `<extension longest="…" basis="…"/>`: how much more time may be given, once.
    pub extension: Option<Extension>,
    /// `form` of an event that waits for a message: what is asked of whom the matter concerns.
    pub asks: Option<String>,
}

/// More time that the law allows for a limit or a timer.
#[derive(Clone, Debug, PartialEq)]
pub struct Extension {
    /// The most of it.
    pub longest: TaskLimit,
    /// The article it rests on.
    pub basis: String,
}

/// A task that counts as done when its limit has passed.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Overdue {
    /// Passed rather than refused.
    pub pass: bool,
    /// The article it rests on.
    pub basis: String,
    /// `<deemed name="…">expression</deemed>`: what comes of it.
    pub results: Vec<(String, String)>,
}

/// How long a task may take.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum TaskLimit {
    /// Elapsed time, `P3D`.
    Elapsed(Duration),
    /// Days of the working calendar, `5wd`.
    Working(Limit),
}

impl std::fmt::Display for TaskLimit {
    fn fmt(&self, to: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            TaskLimit::Elapsed(duration) => duration.fmt(to),
            TaskLimit::Working(limit) => write!(to, "{}wd", limit.amount),
        }
    }
}

impl TaskLimit {
    /// Reads `P3D`, `PT4H` or `5wd`.
    pub fn parse(text: &str) -> Option<TaskLimit> {
        if let Some(days) = working_days(text) {
            return Limit::new(days, Unit::WorkingDay).ok().map(TaskLimit::Working);
        }
        Duration::parse(text.trim()).map(TaskLimit::Elapsed)
    }

    /// When a task offered now is due. Errors: those of the calendar, for a year whose notice it
    /// lacks; `process.limit` for what lies beyond time.
    pub fn due(self, from: Timestamp, calendar: &Calendar) -> Result<Timestamp> {
        match self {
            TaskLimit::Elapsed(duration) => {
                duration.after(from).ok_or_else(|| Error::invalid("process.limit"))
            }
            TaskLimit::Working(limit) => calendar.deadline(from, limit),
        }
    }
}

impl TaskLimit {
    /// The instant that much after a limit ends. Errors: those of the calendar; `process.limit` for
    /// what lies beyond time.
    pub fn added(self, due: Timestamp, calendar: &Calendar) -> Result<Timestamp> {
        match self {
            TaskLimit::Elapsed(duration) => {
                duration.after(due).ok_or_else(|| Error::invalid("process.limit"))
            }
            TaskLimit::Working(limit) => {
                let days = i32::try_from(limit.amount).map_err(Error::internal)?;
                let last = calendar.add_working_days(due.plus_us(-1).date(), days)?;
                Ok(Timestamp::start_of(last.tomorrow().map_err(Error::internal)?))
            }
        }
    }

    /// The limit with what was added to it; of elapsed time only the instant matters.
    pub fn with(self, more: Option<TaskLimit>) -> TaskLimit {
        match (self, more) {
            (TaskLimit::Working(own), Some(TaskLimit::Working(more))) => {
                let amount = own.amount.saturating_add(more.amount);
                TaskLimit::Working(Limit { amount, unit: own.unit })
            }
            (own, _) => own,
        }
    }

    /// Whether something of the same kind, and not more than this, is asked for.
    pub fn covers(self, asked: TaskLimit) -> bool {
        match (self, asked) {
            (TaskLimit::Working(most), TaskLimit::Working(asked)) => {
                (1..=most.amount).contains(&asked.amount)
            }
            (TaskLimit::Elapsed(most), TaskLimit::Elapsed(asked)) => {
                let end = |one: Duration| one.after(Timestamp::EPOCH);
                asked != Duration::default() && end(asked) <= end(most)
            }
            _ => false,
        }
    }

    /// When a task is due whose instance was suspended meanwhile: what was left then is left now.
    /// Of working days those count at whose end nothing is suspended. What was late stays late.
    /// Errors: those of the calendar, for a year it does not have.
    pub fn resumed(
        self,
        due: Timestamp,
        suspended: Timestamp,
        now: Timestamp,
        calendar: &Calendar,
    ) -> Result<Timestamp> {
        if due <= suspended || now <= suspended {
            return Ok(due);
        }
        match self {
            TaskLimit::Elapsed(_) => Ok(due.plus_us(now.0.saturating_sub(suspended.0))),
            // No day has ended meanwhile.
            TaskLimit::Working(_) if suspended.date() == now.date() => Ok(due),
            TaskLimit::Working(limit) => moved(limit, due, suspended, now, calendar),
        }
    }
}

/// The midnight that ends the last of the working days left. The day it began never counts, so that
/// never more are left than there were; with none left it is the first working day from now.
fn moved(
    limit: Limit,
    due: Timestamp,
    suspended: Timestamp,
    now: Timestamp,
    calendar: &Calendar,
) -> Result<Timestamp> {
    let before = |at: Timestamp| at.date().yesterday().map_err(Error::internal);
    let last = due.plus_us(-1).date();
    let left = calendar.working_days_between(before(suspended)?, last)?;
    let left = i32::try_from(left.min(i64::from(limit.amount))).map_err(Error::internal)?;
    let last = match left {
        0 => calendar.next_working(now.date())?,
        left => calendar.add_working_days(before(now)?, left)?,
    };
    Ok(Timestamp::start_of(last.tomorrow().map_err(Error::internal)?))
}

/// Walks the elements of a document; the depth is bounded by the reader.
pub(crate) fn walk<'a>(element: &'a Element, visit: &mut dyn FnMut(&'a Element)) {
    visit(element);
    for child in element.elements() {
        walk(child, visit);
    }
}

/// A process under a number.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Version {
    /// Id of the process in its document.
    pub process: String,
    /// Number, from 1.
    pub version: i64,
    /// Name shown.
    pub name: String,
    /// SM3 of the document's bytes.
    pub bundle: String,
    /// Agency the process belongs to.
    pub agency: String,
    /// Whether new instances take it.
    pub newest: bool,
    /// When it was deployed.
    pub deployed: Option<Moment>,
    /// By whom.
    pub deployed_by: String,
}

/// A page of versions.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct VersionPage {
    /// The versions.
    pub versions: Vec<Version>,
    /// Cursor of the next page.
    pub next: Option<String>,
}

/// What a deployment made.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Deployed {
    /// SM3 of the document's bytes.
    pub bundle: String,
    /// Its processes.
    pub versions: Vec<Version>,
}

/// An element of a process, for reading without the drawing.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Line {
    /// Id.
    pub id: String,
    /// Name shown.
    pub name: String,
    /// Kind, as a word of the language files.
    pub kind: &'static str,
    /// Who may do it.
    pub candidates: Vec<String>,
    /// Ids and names of what follows, with the condition of the way.
    pub next: Vec<Way>,
    /// Line of the document.
    pub line: u32,
}

/// A way out of an element.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Way {
    /// Id of the element it leads to.
    pub to: String,
    /// Its name.
    pub name: String,
    /// Condition; empty for none.
    pub condition: String,
}

/// A version with its elements.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct Shown {
    /// The version.
    pub version: Version,
    /// Its elements in the order of the document.
    pub elements: Vec<Line>,
    /// Names of the files it was deployed with.
    pub files: Vec<String>,
    /// What its pack says of it.
    pub about: Option<About>,
    /// What is asked of who begins it; without a form, any variables.
    pub start: Option<TaskForm>,
}
