//! Where an instance is: tokens on nodes, scopes around them, what is awaited, variables.
//!
//! Invariants
//! - Made by [`apply`](super::apply) alone; kept as JSON beside the instance's row. Fields at
//!   their default are not written, so that a parked instance stays small.
//! - Tokens, scopes and subscriptions are in order of their numbers; a number is used once.
//! - An ended instance holds no token, scope or subscription.

use super::evaluate::Variables;
use super::model::{FlowIx, NodeIx};
use super::time::Cycle;
use kernel::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// Version of the JSON of [`State`].
pub const STATE_VERSION: u16 = 1;

/// Number of a token, scope or subscription within its instance.
pub type Id = u64;

/// An instance.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct State {
    /// Version of this JSON.
    pub version: u16,
    /// Id of the instance.
    pub instance: String,
    /// Id of the process it runs.
    pub process: String,
    /// Whether it runs.
    pub status: Status,
    /// Number of events so far.
    pub revision: u64,
    /// The last number given.
    pub sequence: Id,
    /// Instant of the last command.
    pub at: Option<Timestamp>,
    /// Tokens.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub tokens: Vec<Token>,
    /// Scopes.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub scopes: Vec<Scope>,
    /// What is awaited beside tasks and jobs.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub subscriptions: Vec<Subscription>,
    /// Variables of the process.
    #[serde(skip_serializing_if = "Variables::is_empty")]
    pub variables: Variables,
}

impl Default for State {
    fn default() -> State {
        State {
            version: STATE_VERSION,
            instance: String::new(),
            process: String::new(),
            status: Status::New,
            revision: 0,
            sequence: 0,
            at: None,
            tokens: Vec::new(),
            scopes: Vec::new(),
            subscriptions: Vec::new(),
            variables: Variables::new(),
        }
    }
}

/// Whether an instance runs.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Status {
    /// Not started.
    #[default]
    New,
    /// Something is pending.
    Active,
    /// Came to its end.
    Completed,
    /// Ended at once by a terminate event.
    Terminated,
    /// Broken off by an error nobody handles, of that code.
    Failed(String),
    /// Ended by command.
    Cancelled,
}

impl Status {
    /// True when nothing can happen any more.
    pub fn is_final(&self) -> bool {
        !matches!(self, Status::New | Status::Active)
    }
}

/// A place of control.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Token {
    /// Its number, which is also that of its task or job.
    pub id: Id,
    /// Scope it is in.
    pub scope: Id,
    /// Node it is at.
    pub node: NodeIx,
    /// Flow it came by.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub flow: Option<FlowIx>,
    /// What it waits for.
    #[serde(default, skip_serializing_if = "Wait::is_none")]
    pub wait: Wait,
    /// Variables only it and what is within it see.
    #[serde(default, skip_serializing_if = "Variables::is_empty")]
    pub locals: Variables,
    /// For a repeated activity: which time this is, from 0.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub turn: Option<u32>,
    /// For an activity that undoes another: the token that asked for it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub asker: Option<Id>,
}

/// What a token waits for.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Wait {
    /// Nothing: it moves within the command.
    #[default]
    None,
    /// Its fellows, at a joining gateway.
    Join,
    /// A person.
    Task,
    /// A job.
    Job,
    /// One of its subscriptions.
    Event,
    /// Its scope.
    Scope,
    /// An instance of another process.
    Child,
    /// What is still to be undone, in this order.
    Undo(Vec<Done>),
}

impl Wait {
    fn is_none(&self) -> bool {
        *self == Wait::None
    }
}

/// What surrounds tokens: the process, a sub-process, or the times of a repeated activity.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Scope {
    /// Its number.
    pub id: Id,
    /// The token that waits for it; `None` for the process.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub token: Option<Id>,
    /// Number of the container it runs; for a repetition, of the one around.
    pub container: usize,
    /// Set when it holds the times of a repeated activity.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub turns: Option<Turns>,
    /// What was done here and can be undone, in order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub done: Vec<Done>,
}

/// Something done that can be undone.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Done {
    /// An activity with another beside it that undoes it.
    Activity(NodeIx),
    /// A sub-process without such: what was done within is undone with it, seeing the variables
    /// it had when it was done (BPMN 2.0 §13.5.5, default compensation).
    Within {
        /// The sub-process.
        node: NodeIx,
        /// What was done within and can be undone, in order; never nothing.
        done: Vec<Done>,
        /// Variables that only it saw.
        #[serde(default, skip_serializing_if = "Variables::is_empty")]
        locals: Variables,
    },
}

impl Done {
    /// The activity that was done.
    pub fn node(&self) -> NodeIx {
        match self {
            Done::Activity(node) | Done::Within { node, .. } => *node,
        }
    }

    /// Itself and all within.
    pub fn all(&self) -> Vec<&Done> {
        let within: &[Done] = match self {
            Done::Activity(_) => &[],
            Done::Within { done, .. } => done,
        };
        std::iter::once(self).chain(within.iter().flat_map(Done::all)).collect()
    }
}

/// How far a repeated activity is.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Turns {
    /// How many in all; `None` for a loop.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub total: Option<u32>,
    /// How many were started.
    pub started: u32,
    /// How many were completed.
    pub completed: u32,
    /// The elements, when there is a collection.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub items: Vec<Value>,
    /// Results by turn.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub results: Vec<Value>,
}

/// Something awaited.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Subscription {
    /// Its number.
    pub id: Id,
    /// Who asked for it.
    pub owner: Owner,
    /// The event node.
    pub node: NodeIx,
    /// For what.
    pub on: On,
}

/// Who a subscription ends with.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Owner {
    /// A token: at the event itself, or at the activity the event is on.
    Token(Id),
    /// A scope: the event starts an event sub-process.
    Scope(Id),
}

/// What is awaited.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum On {
    /// A time.
    Timer {
        /// When.
        due: Timestamp,
        /// How it repeats.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        cycle: Option<Cycle>,
        /// For a period of working days: how many it was set for.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        working: Option<u32>,
    },
    /// A message.
    Message {
        /// Name.
        name: String,
        /// Correlation; empty for none.
        #[serde(default, skip_serializing_if = "String::is_empty")]
        correlation: String,
    },
    /// A signal by name.
    Signal(String),
    /// A condition; true when it held when last asked.
    Condition(bool),
}

impl State {
    /// The token of that number.
    pub fn token(&self, id: Id) -> Option<&Token> {
        self.tokens.binary_search_by_key(&id, |token| token.id).ok().map(|at| &self.tokens[at])
    }

    /// The scope of that number.
    pub fn scope(&self, id: Id) -> Option<&Scope> {
        self.scopes.binary_search_by_key(&id, |scope| scope.id).ok().map(|at| &self.scopes[at])
    }

    /// The subscription of that number.
    pub fn subscription(&self, id: Id) -> Option<&Subscription> {
        let at = self.subscriptions.binary_search_by_key(&id, |one| one.id).ok()?;
        self.subscriptions.get(at)
    }

    /// The name by which the world knows a task, job, timer or subscription of this instance.
    pub fn name(&self, id: Id) -> String {
        format!("{}:{id}", self.instance)
    }
}
