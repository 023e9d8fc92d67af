//! Where an instance stands: what the engine holds, and on whose desk its tasks are. Pure.
//!
//! Invariants
//! - [`apply`] is the only change: the standing is the fold of the entries of its history, and
//!   needs neither definition nor evaluator nor directory of officers; who may take a task, by
//!   when and after whom is recorded with the entry that offered it.
//! - A desk exists for every task that waits and for no other.
//!
//! Must not know: tables, who is signed in.

use crate::bundle::Ruling;
use flow::process::{self, Event, Id, State, Wait};
use kernel::Timestamp;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Who did or shall do something.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Who {
    /// Account; the job's name for the platform.
    #[serde(rename = "a")]
    pub account: String,
    /// Name as shown.
    #[serde(rename = "n", default, skip_serializing_if = "String::is_empty")]
    pub name: String,
}

/// Who sent a message by hand.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sender {
    /// The officer.
    pub who: Who,
    /// The agency in whose name he sent it.
    pub agency: String,
}

/// A step somebody completed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Step {
    /// Id of its node.
    pub node: String,
    /// By whom.
    pub by: Who,
}

/// On whose desk a task is.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Desk {
    /// Pools of officers who may take it.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub pools: Vec<String>,
    /// Who has it in hand.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub assignee: Option<Who>,
    /// Who gave it to the assignee and gets it back.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub owner: Option<Who>,
    /// Until when it should be done.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub due: Option<Timestamp>,
    /// The year for want of whose notice nobody can say until when.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub missing: Option<i16>,
    /// The limit that was drawn when it was offered, `5wd`: its clock needs nothing else.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub limit: Option<String>,
    /// The step before it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub after: Option<Step>,
    /// Sent back with the wish to have it again: the node it goes to when done, and who asked.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub back_to: Option<Step>,
    /// How often it was urged.
    #[serde(skip_serializing_if = "is_zero")]
    pub urged: u32,
}

fn is_zero(number: &u32) -> bool {
    *number == 0
}

fn is_none_yet(number: &u64) -> bool {
    *number == 0
}

fn is_false(flag: &bool) -> bool {
    !*flag
}

/// An opinion asked for and not yet given.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Question {
    /// The task it was asked at.
    pub task: Id,
    /// Who is asked.
    pub asked: Who,
    /// Who asked.
    pub by: Who,
}

/// Something that waits for no person: a service, a called process, an event.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Waiting {
    /// Id of its node.
    #[serde(rename = "n")]
    pub node: String,
    /// `service`, `decision`, `call`, `timer`, `message`, `signal`, `condition` or `event` for
    /// whatever comes first.
    #[serde(rename = "k")]
    pub kind: String,
    /// Since when.
    #[serde(rename = "t")]
    pub since: Timestamp,
}

/// What officers have arranged around the engine's state.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Office {
    /// Nothing goes on until it is resumed.
    #[serde(skip_serializing_if = "is_false")]
    pub suspended: bool,
    /// Desks of waiting tasks, by number.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub desks: BTreeMap<Id, Desk>,
    /// The step completed last.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last: Option<Step>,
    /// Who completed each step last, by node.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub done: BTreeMap<String, Who>,
    /// Since when it is suspended.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub suspended_at: Option<Timestamp>,
    /// How many opinions were asked for so far.
    #[serde(skip_serializing_if = "is_none_yet")]
    pub asked: u64,
    /// Opinions asked for and not yet given, by number.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub questions: BTreeMap<u64, Question>,
    /// More time given to limits of tasks and to timers that run, by number.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub extended: BTreeMap<Id, String>,
    /// What waits for no person, by number.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub waits: BTreeMap<Id, Waiting>,
}

/// Where an instance stands.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Standing {
    /// What the engine holds.
    pub state: State,
    /// What officers have arranged.
    #[serde(default)]
    pub office: Office,
}

/// What was done.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[allow(missing_docs)] // Each says what its name says; `task` is the number of the task.
pub enum Act {
    Started,
    Completed {
        task: Id,
        node: String,
        opinion: String,
    },
    Claimed {
        task: Id,
    },
    Released {
        task: Id,
    },
    HandedOver {
        task: Id,
        to: Who,
        reason: String,
    },
    Delegated {
        task: Id,
        to: Who,
        reason: String,
    },
    Returned {
        task: Id,
        opinion: String,
    },
    SentBack {
        task: Id,
        to: String,
        reason: String,
        again: Option<String>,
    },
    Recalled {
        node: String,
        reason: String,
    },
    Jumped {
        task: Id,
        to: String,
        reason: String,
    },
    SignerAdded {
        task: Id,
        signer: String,
        reason: String,
    },
    Urged {
        task: Id,
        note: String,
    },
    Copied {
        to: Vec<Who>,
        note: String,
    },
    Commented {
        text: String,
    },
    Withdrawn {
        reason: String,
    },
    Cancelled {
        reason: String,
    },
    Suspended {
        reason: String,
    },
    Resumed {
        reason: String,
    },
    ActivityStarted {
        task: Id,
        activity: String,
    },
    ActivitiesFinished {
        task: Id,
    },
    TimerFired {
        timer: Id,
    },
    MessageDelivered {
        name: String,
        message: String,
        /// Who sent it, unless an instance did.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        from: Option<Sender>,
    },
    SignalReceived {
        name: String,
    },
    JobDone {
        job: Id,
    },
    JobFailed {
        job: Id,
        code: String,
    },
    ChildEnded {
        child: Id,
        instance: String,
    },
    ParentEnded,
    SignerRemoved {
        task: Id,
        signer: String,
        reason: String,
    },
    Consulted {
        task: Id,
        to: Vec<Who>,
        question: String,
    },
    Advised {
        task: Id,
        question: u64,
        answer: String,
    },
    QuestionDropped {
        task: Id,
        question: u64,
        to: Who,
    },
    Deemed {
        task: Id,
        node: String,
        pass: bool,
        basis: String,
    },
    Reactivated {
        node: String,
        reason: String,
    },
    Migrated {
        from: i64,
        to: i64,
        plan: String,
    },
    Corrected {
        number: Id,
        node: String,
        names: Vec<String>,
        reason: String,
    },
    Extended {
        number: Id,
        node: String,
        amount: String,
        due: Timestamp,
        reason: String,
        basis: String,
    },
}

impl Act {
    /// The word for it, as stored and as named in sentences.
    pub fn kind(&self) -> &'static str {
        match self {
            Act::Started => "started",
            Act::Completed { .. } => "completed",
            Act::Claimed { .. } => "claimed",
            Act::Released { .. } => "released",
            Act::HandedOver { .. } => "handed_over",
            Act::Delegated { .. } => "delegated",
            Act::Returned { .. } => "returned",
            Act::SentBack { .. } => "sent_back",
            Act::Recalled { .. } => "recalled",
            Act::Jumped { .. } => "jumped",
            Act::SignerAdded { .. } => "signer_added",
            Act::Urged { .. } => "urged",
            Act::Copied { .. } => "copied",
            Act::Commented { .. } => "commented",
            Act::Withdrawn { .. } => "withdrawn",
            Act::Cancelled { .. } => "cancelled",
            Act::Suspended { .. } => "suspended",
            Act::Resumed { .. } => "resumed",
            Act::ActivityStarted { .. } => "activity_started",
            Act::ActivitiesFinished { .. } => "activities_finished",
            Act::TimerFired { .. } => "timer_fired",
            Act::MessageDelivered { .. } => "message_delivered",
            Act::SignalReceived { .. } => "signal_received",
            Act::JobDone { .. } => "job_done",
            Act::JobFailed { .. } => "job_failed",
            Act::ChildEnded { .. } => "child_ended",
            Act::ParentEnded => "parent_ended",
            Act::SignerRemoved { .. } => "signer_removed",
            Act::Consulted { .. } => "consulted",
            Act::Advised { .. } => "advised",
            Act::QuestionDropped { .. } => "question_dropped",
            Act::Deemed { pass: true, .. } => "deemed_passed",
            Act::Deemed { pass: false, .. } => "deemed_refused",
            Act::Reactivated { .. } => "reactivated",
            Act::Migrated { .. } => "migrated",
            Act::Extended { .. } => "extended",
            Act::Corrected { .. } => "corrected",
        }
    }

    /// The task it was done with, if any.
    pub fn task(&self) -> Option<Id> {
        match self {
            Act::Completed { task, .. }
            | Act::Claimed { task }
            | Act::Released { task }
            | Act::HandedOver { task, .. }
            | Act::Delegated { task, .. }
            | Act::Returned { task, .. }
            | Act::SentBack { task, .. }
            | Act::Jumped { task, .. }
            | Act::SignerAdded { task, .. }
            | Act::Urged { task, .. }
            | Act::ActivityStarted { task, .. }
            | Act::ActivitiesFinished { task }
            | Act::SignerRemoved { task, .. }
            | Act::Consulted { task, .. }
            | Act::Advised { task, .. }
            | Act::QuestionDropped { task, .. }
            | Act::Deemed { task, .. } => Some(*task),
            _ => None,
        }
    }

    /// The words written with it: opinion, reason, note.
    pub fn words(&self) -> &str {
        match self {
            Act::Completed { opinion, .. } | Act::Returned { opinion, .. } => opinion,
            Act::HandedOver { reason, .. }
            | Act::Delegated { reason, .. }
            | Act::SentBack { reason, .. }
            | Act::Recalled { reason, .. }
            | Act::Jumped { reason, .. }
            | Act::SignerAdded { reason, .. }
            | Act::Withdrawn { reason }
            | Act::Cancelled { reason }
            | Act::Suspended { reason }
            | Act::Resumed { reason }
            | Act::SignerRemoved { reason, .. }
            | Act::Reactivated { reason, .. }
            | Act::Extended { reason, .. }
            | Act::Corrected { reason, .. } => reason,
            Act::Consulted { question, .. } => question,
            Act::Advised { answer, .. } => answer,
            Act::Deemed { basis, .. } => basis,
            Act::Urged { note, .. } | Act::Copied { note, .. } => note,
            Act::Commented { text } => text,
            _ => "",
        }
    }
}

/// An entry of the history: one command, whole.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Entry {
    /// When.
    pub at: Timestamp,
    /// Who.
    pub by: Who,
    /// For whom, when he stood in for somebody absent.
    #[serde(rename = "for", default, skip_serializing_if = "Option::is_none")]
    pub on_behalf: Option<Who>,
    /// What.
    pub act: Act,
    /// What the engine did.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub changes: Vec<Event>,
    /// Desks of the tasks that were offered, or whose limit moved.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub desks: BTreeMap<Id, Desk>,
    /// Decisions that were made on the way, with their reasons.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub rulings: Vec<Ruling>,
    /// What began to wait for no person.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub waits: BTreeMap<Id, Waiting>,
}

impl Entry {
    /// In whose name it was done.
    pub fn whose(&self) -> &Who {
        self.on_behalf.as_ref().unwrap_or(&self.by)
    }
}

/// The standing after an entry. Total.
pub fn apply(mut standing: Standing, entry: &Entry) -> Standing {
    for change in &entry.changes {
        standing.state = process::apply(standing.state, change);
    }
    arrange(&mut standing, entry);
    standing
}

/// The standing after all entries, from the beginning.
pub fn fold<'a>(entries: impl IntoIterator<Item = &'a Entry>) -> Standing {
    entries.into_iter().fold(Standing::default(), apply)
}

/// Brings the office in line with an entry whose changes the state has already.
pub(super) fn arrange(standing: &mut Standing, entry: &Entry) {
    let office = &mut standing.office;
    let by = entry.whose();
    match &entry.act {
        Act::Completed { node, .. } => {
            office.last = Some(Step { node: node.clone(), by: by.clone() });
            office.done.insert(node.clone(), by.clone());
        }
        // Nobody did it, so that nothing goes back to whom did it.
        Act::Deemed { node, .. } => {
            office.last = Some(Step { node: node.clone(), by: by.clone() });
        }
        Act::Claimed { task } => desk(office, *task, |desk| desk.assignee = Some(by.clone())),
        Act::Released { task } => desk(office, *task, |desk| desk.assignee = None),
        Act::HandedOver { task, to, .. } => desk(office, *task, |desk| {
            desk.assignee = Some(to.clone());
            desk.owner = None;
        }),
        Act::Delegated { task, to, .. } => desk(office, *task, |desk| {
            desk.owner = desk.assignee.replace(to.clone());
        }),
        Act::Returned { task, .. } => desk(office, *task, |desk| {
            desk.assignee = desk.owner.take().or(desk.assignee.take());
        }),
        Act::Urged { task, .. } => desk(office, *task, |desk| desk.urged += 1),
        Act::Suspended { .. } => {
            office.suspended = true;
            office.suspended_at = Some(entry.at);
        }
        Act::Resumed { .. } => {
            office.suspended = false;
            office.suspended_at = None;
        }
        Act::Consulted { task, to, .. } => {
            for asked in to {
                let question = Question { task: *task, asked: asked.clone(), by: by.clone() };
                office.asked += 1;
                office.questions.insert(office.asked, question);
            }
        }
        Act::Advised { question, .. } | Act::QuestionDropped { question, .. } => {
            office.questions.remove(question);
        }
        Act::Extended { number, amount, due, .. } => {
            desk(office, *number, |desk| desk.due = Some(*due));
            office.extended.insert(*number, amount.clone());
        }
        _ => {}
    }
    let state = &standing.state;
    office.desks.retain(|task, _| holds(state, *task));
    let offered = entry.desks.iter().map(|(task, desk)| (*task, desk.clone()));
    office.desks.extend(offered);
    office.waits.retain(|number, _| waits_alone(state, *number));
    office.waits.extend(entry.waits.iter().map(|(number, one)| (*number, one.clone())));
    let desks = &office.desks;
    office.questions.retain(|_, question| desks.contains_key(&question.task));
    office
        .extended
        .retain(|number, _| desks.contains_key(number) || state.subscription(*number).is_some());
    if state.status.is_final() {
        office.suspended = false;
        office.suspended_at = None;
    }
}

/// Whether a person may still do the task of that number.
fn holds(state: &State, task: Id) -> bool {
    state.token(task).is_some_and(|token| matches!(token.wait, Wait::Task | Wait::Scope))
}

/// Whether something other than a person is waited for there.
pub(super) fn waits_alone(state: &State, number: Id) -> bool {
    let token = state.token(number);
    token.is_some_and(|token| matches!(token.wait, Wait::Job | Wait::Child | Wait::Event))
}

fn desk(office: &mut Office, task: Id, change: impl FnOnce(&mut Desk)) {
    if let Some(desk) = office.desks.get_mut(&task) {
        change(desk);
    }
}

/// The phase of an instance as stored and as named in sentences.
pub fn phase(standing: &Standing) -> &'static str {
    match &standing.state.status {
        process::Status::New => "new",
        process::Status::Active if standing.office.suspended => "suspended",
        process::Status::Active => "active",
        process::Status::Completed => "completed",
        process::Status::Terminated => "terminated",
        process::Status::Failed(_) => "failed",
        process::Status::Cancelled => "cancelled",
    }
}
