//! A process as the engine runs it: nodes, flows and the containers that hold them, by number.
//!
//! Nouns: [`Node`] a step of the diagram; [`Flow`] an arrow; [`Container`] the process itself or a
//! sub-process; [`Trigger`] what a catching event waits for; [`Throw`] what a throwing event does.
//!
//! Invariants
//! - A definition comes from [`deploy`](super::deploy) alone, so every number in it points at
//!   something of the same definition.
//! - Numbers follow the order of the document: the same bytes number alike for ever, and a running
//!   instance may keep them.
//!
//! Must not know: XML.

use super::finding::Place;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Number of a node within its definition.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
#[serde(transparent)]
pub struct NodeIx(pub u32);

/// Number of a flow within its definition.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
#[serde(transparent)]
pub struct FlowIx(pub u32);

/// An executable process.
#[derive(Clone, Debug, PartialEq)]
pub struct Definition {
    /// Id in the document.
    pub(super) id: String,
    /// Name shown.
    pub(super) name: String,
    /// Where it is in the document.
    pub(super) place: Place,
    pub(super) nodes: Vec<Node>,
    pub(super) flows: Vec<Flow>,
    /// The process itself first.
    pub(super) containers: Vec<Container>,
    pub(super) by_id: BTreeMap<String, NodeIx>,
}

/// A step of the diagram.
#[derive(Clone, Debug, PartialEq)]
pub struct Node {
    /// Id in the document.
    pub id: String,
    /// Name shown.
    pub name: String,
    /// Where it is in the document.
    pub place: Place,
    /// What it does.
    pub kind: Kind,
    /// The container it lies in.
    pub container: usize,
    /// Flows that end here.
    pub incoming: Vec<FlowIx>,
    /// Flows that begin here.
    pub outgoing: Vec<FlowIx>,
    /// The flow taken when no condition holds.
    pub default: Option<FlowIx>,
    /// Who may do it: its own candidates, else those of its lane.
    pub candidates: Vec<String>,
    /// Boundary events on it.
    pub boundaries: Vec<NodeIx>,
    /// How it repeats.
    pub repeat: Option<Repeat>,
    /// The activity that undoes it.
    pub handler: Option<NodeIx>,
    /// True for an activity that runs only to undo another.
    pub for_compensation: bool,
    /// For an inclusive join: every node between its split and it, in order.
    pub region: Vec<NodeIx>,
    /// For a link that throws: the link that catches.
    pub link: Option<NodeIx>,
    /// For a sending node: process and node at the other end of a message flow.
    pub receiver: Option<(String, String)>,
}

/// What a node does.
#[derive(Clone, Debug, PartialEq)]
pub enum Kind {
    /// A start event.
    Start {
        /// What starts it.
        trigger: Trigger,
        /// Whether an event sub-process ends what runs around it.
        interrupting: bool,
    },
    /// An end event.
    End(Throw),
    /// An intermediate event that waits.
    Catch(Trigger),
    /// An intermediate event that acts.
    Throw(Throw),
    /// An event on the edge of an activity.
    Boundary {
        /// The activity.
        on: NodeIx,
        /// What it waits for.
        trigger: Trigger,
        /// Whether the activity ends.
        interrupting: bool,
    },
    /// A gateway.
    Gateway(Gateway),
    /// A task.
    Task(Task),
    /// A sub-process, embedded, ad-hoc or started by an event.
    Sub(usize),
    /// A call of another process by its id.
    Call(String),
}

/// Gateways that run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Gateway {
    /// One way.
    Exclusive,
    /// All ways.
    Parallel,
    /// Some ways.
    Inclusive,
    /// The way of the first event.
    Event,
}

/// Tasks.
#[derive(Clone, Debug, PartialEq)]
pub enum Task {
    /// Nothing to do: passes.
    None,
    /// A person acts, in a form.
    User {
        /// Id of the form; empty for none.
        form: String,
    },
    /// A person acts outside the platform and ticks it off.
    Manual,
    /// The platform acts.
    Service {
        /// Kind of job.
        topic: String,
        /// Variable the result goes to; empty: results are variables.
        result: String,
    },
    /// A decision is evaluated.
    Decision {
        /// Id of the decision.
        decision: String,
        /// Variable the result goes to; empty: results are variables.
        result: String,
    },
    /// A message is sent.
    Send(Message),
    /// A message is awaited.
    Receive(Message),
    /// An expression is evaluated.
    Script {
        /// The expression.
        text: String,
        /// Variable the value goes to; empty: the value is a context of variables.
        result: String,
    },
}

/// A message by name, with the expression that tells one conversation from another.
#[derive(Clone, Debug, PartialEq)]
pub struct Message {
    /// Name.
    pub name: String,
    /// Expression of the correlation; empty for none.
    pub correlation: String,
}

/// What a catching event waits for.
#[derive(Clone, Debug, PartialEq)]
pub enum Trigger {
    /// Nothing.
    None,
    /// A time, as ISO 8601, working days, `5wd`, or an expression that gives either.
    Timer(String),
    /// A message.
    Message(Message),
    /// A signal by name.
    Signal(String),
    /// A condition becoming true.
    Condition(String),
    /// An error of that code, or any.
    Error(Option<String>),
    /// An escalation of that code, or any.
    Escalation(Option<String>),
    /// The undoing of the activity.
    Compensation,
    /// A link of that name.
    Link(String),
}

impl Trigger {
    /// What BPMN calls it.
    pub fn kind(&self) -> &'static str {
        match self {
            Trigger::None => "none",
            Trigger::Timer(_) => "timer",
            Trigger::Message(_) => "message",
            Trigger::Signal(_) => "signal",
            Trigger::Condition(_) => "conditional",
            Trigger::Error(_) => "error",
            Trigger::Escalation(_) => "escalation",
            Trigger::Compensation => "compensation",
            Trigger::Link(_) => "link",
        }
    }
}

/// What a throwing event does.
#[derive(Clone, Debug, PartialEq)]
pub enum Throw {
    /// Nothing.
    None,
    /// Ends everything in its container.
    Terminate,
    /// Sends a message.
    Message(Message),
    /// Sends a signal to whoever waits for it.
    Signal(String),
    /// Tells the surroundings.
    Escalation(String),
    /// Breaks off to whoever handles it.
    Error(String),
    /// Undoes one activity, or everything done in the container.
    Compensation(Option<String>),
    /// Goes on at the link of that name.
    Link(String),
}

/// How an activity repeats.
#[derive(Clone, Debug, PartialEq)]
pub enum Repeat {
    /// While a condition holds.
    Loop {
        /// The condition; empty: always, up to `max`.
        condition: String,
        /// Whether it is asked before the first time.
        before: bool,
        /// Times at most.
        max: Option<u32>,
    },
    /// Once for each.
    Each(Each),
}

/// Multi-instance.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Each {
    /// One after the other.
    pub sequential: bool,
    /// Expression of the number; empty when there is a collection.
    pub cardinality: String,
    /// Expression of the collection; empty when there is a number.
    pub collection: String,
    /// Variable that holds the element.
    pub item: String,
    /// Variable that gathers results; empty for none.
    pub output: String,
    /// Variable each result is read from.
    pub output_item: String,
    /// Condition that ends it early; empty for none.
    pub until: String,
}

/// An arrow.
#[derive(Clone, Debug, PartialEq)]
pub struct Flow {
    /// Id in the document.
    pub id: String,
    /// Where it begins.
    pub from: NodeIx,
    /// Where it ends.
    pub to: NodeIx,
    /// Its condition.
    pub condition: Option<String>,
    /// Where it is in the document.
    pub place: Place,
}

/// The process or a sub-process.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Container {
    /// The sub-process node; `None` for the process.
    pub node: Option<NodeIx>,
    /// Nodes directly in it.
    pub nodes: Vec<NodeIx>,
    /// Its start events.
    pub starts: Vec<NodeIx>,
    /// Event sub-processes directly in it.
    pub handlers: Vec<NodeIx>,
    /// True for an event sub-process.
    pub by_event: bool,
    /// Set for an ad-hoc sub-process.
    pub ad_hoc: Option<AdHoc>,
}

/// An ad-hoc sub-process: its activities are started at discretion.
#[derive(Clone, Debug, PartialEq)]
pub struct AdHoc {
    /// Condition that ends it; empty: it is ended by command.
    pub until: String,
    /// One activity at a time.
    pub sequential: bool,
    /// Whether what still runs is cancelled when the condition holds.
    pub cancel_rest: bool,
}

impl Definition {
    /// Id in the document.
    pub fn id(&self) -> &str {
        &self.id
    }

    /// Name shown.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Nodes by number.
    pub fn nodes(&self) -> &[Node] {
        &self.nodes
    }

    /// Flows by number.
    pub fn flows(&self) -> &[Flow] {
        &self.flows
    }

    /// The process and its sub-processes.
    pub fn containers(&self) -> &[Container] {
        &self.containers
    }

    /// A node by number.
    pub fn node(&self, ix: NodeIx) -> Option<&Node> {
        self.nodes.get(ix.0 as usize)
    }

    /// The node of that id.
    pub fn find(&self, id: &str) -> Option<NodeIx> {
        self.by_id.get(id).copied()
    }

    /// The start events of the process, with what starts each.
    pub fn starts(&self) -> impl Iterator<Item = (&Node, &Trigger)> {
        let starts = self.containers.first().map(|root| root.starts.as_slice());
        starts.unwrap_or_default().iter().filter_map(|ix| match self.node(*ix) {
            Some(node) => match &node.kind {
                Kind::Start { trigger, .. } => Some((node, trigger)),
                _ => None,
            },
            None => None,
        })
    }

    pub(super) fn flow(&self, ix: FlowIx) -> Option<&Flow> {
        self.flows.get(ix.0 as usize)
    }
}

impl Node {
    /// True for a task, sub-process or call.
    pub fn is_activity(&self) -> bool {
        matches!(self.kind, Kind::Task(_) | Kind::Sub(_) | Kind::Call(_))
    }
}
