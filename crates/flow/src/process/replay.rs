//! Playing an instance again from what was decided in it: the same answers of people, services and
//! events, on the version it ran or on another.
//!
//! Invariants
//! - Pure and bounded by the number of deeds; nothing waits, nothing is sent.
//! - A deed that has no place is left out and told; what the version asks and nobody answered is
//!   told as waiting.
//!
//! Must not know: histories as they are kept.

use super::command::{Command, Env};
use super::engine::step;
use super::evaluate::{Evaluate, Variables};
use super::event::Event;
use super::model::{Definition, Kind, NodeIx, Task};
use super::state::{Id, On, State, Status, Wait};
use kernel::{Result, Timestamp};

/// Something that was decided, at the node of that id.
#[derive(Clone, Debug, PartialEq)]
pub enum Deed {
    /// The instance was begun.
    Begun(Variables),
    /// A task was completed.
    Task(String, Variables),
    /// A job was done; the values as it gave them.
    Job(String, Variables),
    /// A job failed with that code.
    JobFailed(String, String),
    /// A called process ended so.
    Child(String, Status, Variables),
    /// A timer was due.
    Timer(String),
    /// A message of that name came.
    Message(String, String, Variables),
    /// A signal of that name was heard.
    Signal(String, Variables),
    /// A task was taken to another activity.
    Move(String, String),
    /// The instance was ended.
    Cancel,
}

/// What came of playing again.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Replayed {
    /// Ids of activities in the order in which they were completed.
    pub path: Vec<String>,
    /// How it stands at the end.
    pub status: Status,
    /// Variables of the process at the end.
    pub variables: Variables,
    /// Ids of nodes at which it still waits.
    pub waits: Vec<String>,
    /// Deeds without a place, by their position.
    pub left: Vec<usize>,
    /// The first refusal of the engine, with the position of its deed.
    pub refused: Option<(usize, &'static str)>,
}

/// Plays deeds in their order.
pub fn replay(
    definition: &Definition,
    deeds: &[(Timestamp, Deed)],
    evaluate: &dyn Evaluate,
) -> Replayed {
    let mut play = Play { definition, state: State::default(), replayed: Replayed::default() };
    for (at, (now, deed)) in deeds.iter().enumerate() {
        let Some((command, due)) = play.command(deed) else {
            play.replayed.left.push(at);
            continue;
        };
        let late = due.into_iter().chain(play.state.at).fold(*now, Timestamp::max);
        if let Err(error) = play.act(&command, &Env { now: late, evaluate }) {
            play.replayed.refused.get_or_insert((at, error.code));
        }
    }
    play.end()
}

struct Play<'a> {
    definition: &'a Definition,
    state: State,
    replayed: Replayed,
}

impl Play<'_> {
    fn act(&mut self, command: &Command, env: &Env) -> Result<()> {
        let (state, events, _) = step(self.definition, &self.state, command, env)?;
        for event in &events {
            if let Event::Completed(_, ix) = event {
                self.replayed.path.extend(self.id(*ix));
            }
        }
        self.state = state;
        Ok(())
    }

    fn id(&self, ix: NodeIx) -> Option<String> {
        self.definition.node(ix).map(|node| node.id.clone())
    }

    /// The token that waits so at the node, the oldest of several.
    fn token(&self, node: &str, wait: &Wait) -> Option<Id> {
        let ix = self.definition.find(node)?;
        let mut tokens = self.state.tokens.iter();
        tokens.find(|token| token.node == ix && token.wait == *wait).map(|token| token.id)
    }

    /// The command a deed is now, and the instant before which it cannot be.
    fn command(&self, deed: &Deed) -> Option<(Command, Option<Timestamp>)> {
        let command = match deed {
            Deed::Begun(variables) => Command::Start {
                instance: "replay".to_owned(),
                start: self.start(),
                variables: variables.clone(),
            },
            Deed::Task(node, variables) => Command::CompleteTask {
                task: self.token(node, &Wait::Task)?,
                variables: variables.clone(),
            },
            Deed::Job(node, variables) => Command::CompleteJob {
                job: self.token(node, &Wait::Job)?,
                variables: variables.clone(),
            },
            Deed::JobFailed(node, code) => {
                Command::FailJob { job: self.token(node, &Wait::Job)?, code: code.clone() }
            }
            Deed::Child(node, status, variables) => Command::EndChild {
                child: self.token(node, &Wait::Child)?,
                status: status.clone(),
                variables: variables.clone(),
            },
            Deed::Timer(node) => {
                let ix = self.definition.find(node)?;
                let at = |one: &&super::Subscription| {
                    one.node == ix && matches!(one.on, On::Timer { .. })
                };
                let one = self.state.subscriptions.iter().find(at)?;
                let On::Timer { due, .. } = one.on else { return None };
                return Some((Command::FireTimer { timer: one.id }, Some(due)));
            }
            Deed::Message(node, name, variables) => {
                let correlation = self.correlation(node, name)?;
                let (name, variables) = (name.clone(), variables.clone());
                Command::DeliverMessage { name, correlation, variables }
            }
            Deed::Signal(name, variables) => {
                let waits =
                    |one: &super::Subscription| matches!(&one.on, On::Signal(own) if own == name);
                self.state.subscriptions.iter().find(|one| waits(one))?;
                Command::BroadcastSignal { name: name.clone(), variables: variables.clone() }
            }
            Deed::Move(node, to) => Command::Move {
                token: self.token(node, &Wait::Task)?,
                node: to.clone(),
                others: true,
                variables: Variables::new(),
            },
            Deed::Cancel if !self.state.status.is_final() => Command::Cancel,
            Deed::Cancel => return None,
        };
        Some((command, None))
    }

    /// The start without trigger, else the first: what began it before begins it now.
    fn start(&self) -> Option<String> {
        let mut starts = self.definition.starts();
        if self.definition.starts().any(|(_, trigger)| *trigger == super::Trigger::None) {
            return None;
        }
        starts.next().map(|(node, _)| node.id.clone())
    }

    fn correlation(&self, node: &str, name: &str) -> Option<String> {
        let ix = self.definition.find(node)?;
        self.state.subscriptions.iter().find_map(|one| match &one.on {
            On::Message { name: own, correlation } if one.node == ix && own == name => {
                Some(correlation.clone())
            }
            _ => None,
        })
    }

    fn end(mut self) -> Replayed {
        let waits = self.state.tokens.iter().filter(|token| token.wait != Wait::Scope);
        let waits: Vec<String> = waits.filter_map(|token| self.id(token.node)).collect();
        self.replayed.waits = waits;
        self.replayed.status = self.state.status;
        self.replayed.variables = self.state.variables;
        self.replayed
    }
}

/// The values a job gave, from those that were set: a result under one name was given as `result`.
pub fn job_values(definition: &Definition, node: &str, set: Variables) -> Variables {
    let found = definition.find(node).and_then(|ix| definition.node(ix));
    match found.map(|node| &node.kind) {
        Some(Kind::Task(Task::Service { result, .. } | Task::Decision { result, .. }))
            if !result.is_empty() =>
        {
            let value = set.get(result).cloned().unwrap_or_default();
            [("result".to_owned(), value)].into()
        }
        _ => set,
    }
}
