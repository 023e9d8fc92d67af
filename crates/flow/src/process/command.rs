//! What is asked of an instance, and what it asks of the world.
//!
//! Invariant: an effect names what it concerns by the number that a later command gives back.

use super::evaluate::{Evaluate, Variables};
use super::state::{Id, Status};
use super::time::WorkingDays;
use kernel::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// What surrounds a command.
#[derive(Clone, Copy)]
pub struct Env<'a> {
    /// The instant of the command.
    pub now: Timestamp,
    /// The evaluator of expressions.
    pub evaluate: &'a dyn Evaluate,
    /// Who knows which days are working days.
    pub working: &'a dyn WorkingDays,
}

/// What is asked of an instance.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Command {
    /// Begin.
    Start {
        /// Id the instance gets.
        instance: String,
        /// Id of the start event; `None` for the one without trigger.
        start: Option<String>,
        /// First variables.
        variables: Variables,
    },
    /// A person has done a task.
    CompleteTask {
        /// Number of the task.
        task: Id,
        /// What came of it.
        variables: Variables,
    },
    /// A timer is due.
    FireTimer {
        /// Number of the timer.
        timer: Id,
    },
    /// Set a timer that is awaited to another instant: it stood still, or was given more time.
    MoveTimer {
        /// Number of the timer.
        timer: Id,
        /// The instant.
        due: Timestamp,
    },
    /// A message has come.
    DeliverMessage {
        /// Name.
        name: String,
        /// Correlation; empty for none.
        correlation: String,
        /// What it says.
        variables: Variables,
    },
    /// A signal was sent.
    BroadcastSignal {
        /// Name.
        name: String,
        /// What it says.
        variables: Variables,
    },
    /// A job is done.
    CompleteJob {
        /// Number of the job.
        job: Id,
        /// What came of it.
        variables: Variables,
    },
    /// A job has failed in a way the diagram knows.
    FailJob {
        /// Number of the job.
        job: Id,
        /// Code of the BPMN error.
        code: String,
    },
    /// A called process has ended.
    EndChild {
        /// Number of the call.
        child: Id,
        /// How it ended.
        status: Status,
        /// What came of it.
        variables: Variables,
    },
    /// Start an activity of an ad-hoc sub-process.
    StartActivity {
        /// Number of the token at the ad-hoc sub-process.
        ad_hoc: Id,
        /// Id of the activity.
        activity: String,
    },
    /// End an ad-hoc sub-process in which nothing runs.
    FinishAdHoc {
        /// Number of the token at the ad-hoc sub-process.
        ad_hoc: Id,
    },
    /// Take a waiting activity to another one around it: sent back, recalled, jumped over. What
    /// is within the activity is taken back.
    Move {
        /// Number of its task, or of any token within it.
        token: Id,
        /// Id of the activity to go on at.
        node: String,
        /// Whether what runs beside it may be taken back too, when it could not end otherwise.
        others: bool,
        /// What came of it so far.
        variables: Variables,
    },
    /// Add an element to an activity that runs once for each of a collection.
    AddTurn {
        /// Number of any of its tasks.
        token: Id,
        /// The element.
        item: Value,
        /// Where it comes.
        at: TurnAt,
    },
    /// Take an element that is not done out of an activity that runs once for each of a
    /// collection. It counts as never having been in it; the last one left is not taken out, since
    /// the completion condition is asked when one is done.
    DropTurn {
        /// Number of any of its tasks.
        token: Id,
        /// Which time, from 0.
        turn: u32,
    },
    /// Set variables as a token, or the owner of a subscription, sees them: what was wanting is
    /// given, what was wrong is put right.
    SetVariables {
        /// Number of the token or subscription; `None` for the process itself.
        at: Option<Id>,
        /// The values.
        variables: Variables,
    },
    /// Open an ended instance again at an activity of the process itself.
    Reopen {
        /// Id of the activity to go on at.
        node: String,
    },
    /// End the instance.
    Cancel,
}

/// Where an added element comes when the elements come one after the other. When all run at once
/// there is no order, and nothing can come before.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TurnAt {
    /// Now; the one that runs begins again after it.
    Before,
    /// After the one that runs.
    Next,
    /// After all.
    #[default]
    Last,
}

/// What an instance asks of the world.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Effect {
    /// Offer a task.
    OfferTask {
        /// Its number.
        task: Id,
        /// Id of the node.
        node: String,
        /// Name shown.
        name: String,
        /// Groups who may do it; empty: whoever the case profile says.
        candidates: Vec<String>,
        /// Id of the form; empty for none.
        form: String,
        /// Variables of this task alone, such as the element of a repeated one.
        locals: Variables,
    },
    /// Take a task back.
    WithdrawTask {
        /// Its number.
        task: Id,
    },
    /// Run a job, at least once.
    RunJob {
        /// Its number, also its key against doing it twice.
        job: Id,
        /// Id of the node.
        node: String,
        /// What to do.
        work: Work,
        /// What it may read.
        variables: Variables,
    },
    /// A job's result is no longer wanted.
    CancelJob {
        /// Its number.
        job: Id,
    },
    /// Fire a timer when it is due.
    SetTimer {
        /// Its number.
        timer: Id,
        /// When.
        due: Timestamp,
    },
    /// Forget a timer.
    CancelTimer {
        /// Its number.
        timer: Id,
    },
    /// Route a message to this instance.
    SubscribeMessage {
        /// Number of the subscription.
        subscription: Id,
        /// Name.
        name: String,
        /// Correlation; empty for none.
        correlation: String,
    },
    /// Route a message no longer.
    UnsubscribeMessage {
        /// Number of the subscription.
        subscription: Id,
    },
    /// Tell this instance of a signal.
    SubscribeSignal {
        /// Number of the subscription.
        subscription: Id,
        /// Name.
        name: String,
    },
    /// Tell of a signal no longer.
    UnsubscribeSignal {
        /// Number of the subscription.
        subscription: Id,
    },
    /// Send a message.
    SendMessage {
        /// Id of the node that sends.
        node: String,
        /// Name.
        name: String,
        /// Correlation; empty for none.
        correlation: String,
        /// Process and node the diagram's message flow leads to.
        receiver: Option<(String, String)>,
        /// What it says.
        variables: Variables,
    },
    /// Send a signal to the other instances; this one knows already.
    SendSignal {
        /// Name.
        name: String,
    },
    /// Start an instance of another process.
    StartChild {
        /// Number of the call.
        child: Id,
        /// Id of the process.
        process: String,
        /// Its first variables.
        variables: Variables,
    },
    /// End a called instance.
    CancelChild {
        /// Number of the call.
        child: Id,
    },
    /// Offer the activities of an ad-hoc sub-process.
    OfferActivities {
        /// Number of the token at it.
        ad_hoc: Id,
        /// Ids of the activities.
        activities: Vec<String>,
    },
    /// The instance has ended.
    InstanceEnded {
        /// How.
        status: Status,
    },
}

/// What a job does.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Work {
    /// A service of that topic.
    Service(String),
    /// A decision of that id.
    Decision(String),
}
