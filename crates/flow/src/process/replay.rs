//! Playing an instance again from what was decided in it: the same answers of people, services and
//! events, on the version it ran or on another.
//!
//! Invariants
//! - Pure and bounded by the number of deeds; nothing waits, nothing is sent.
//! - A deed that has no place is left out and told; what the version asks and nobody answered is
//!   told as waiting.
//!
//! Must not know: histories as they are kept.

use super::command::{Command, Env, TurnAt};
use super::engine::step;
use super::evaluate::Variables;
use super::event::Event;
use super::model::{Definition, Kind, NodeIx, Task};
use super::state::{Id, On, State, Status, Token, Wait};
use kernel::{Result, Timestamp};
use serde_json::Value;

/// Decisions made after one deed.
const DECISIONS_MAX: usize = 500;

/// Something that was decided, at the node of that id.
#[derive(Clone, Debug, PartialEq)]
pub enum Deed {
    /// The instance was begun.
    Begun(Variables),
    /// A task was completed; which time, of a repeated one.
    Task(String, Option<u32>, Variables),
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
    /// A token was taken to another activity.
    Move(String, String, Variables),
    /// An activity of an ad-hoc sub-process was started.
    Activity(String, String),
    /// An ad-hoc sub-process was ended.
    Finished(String),
    /// An element was added to a repeated activity.
    TurnAdded(String, Value, TurnAt),
    /// An element was taken out of one.
    TurnDropped(String, u32),
    /// Variables were put right.
    Set(Variables),
    /// The ended instance was opened again there.
    Reopened(String),
    /// The instance was ended.
    Cancel,
}

/// Makes the decision a token waits for, as the version that is played decides; `None` when it
/// cannot be made.
pub type Decide<'a> = dyn Fn(&State, Id, Timestamp) -> Option<Variables> + 'a;

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

/// Plays deeds in their order; each with the instant it was done at, or later where a timer asks for
/// it. Decisions are made anew.
pub fn replay(
    definition: &Definition,
    deeds: &[(Timestamp, Deed)],
    env: &Env,
    decide: &Decide,
) -> Replayed {
    let (state, replayed) = Default::default();
    let mut play = Play { definition, state, replayed };
    for (at, (now, deed)) in deeds.iter().enumerate() {
        let Some((command, due)) = play.command(deed) else {
            if !play.was_decided(deed) {
                play.replayed.left.push(at);
            }
            continue;
        };
        let now = due.into_iter().chain(play.state.at).fold(*now, Timestamp::max);
        let done = play.act(&command, &Env { now, ..*env });
        if let Err(error) = done.and_then(|()| play.decide(&Env { now, ..*env }, decide)) {
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

    /// Makes the decisions the play has come to.
    fn decide(&mut self, env: &Env, decide: &Decide) -> Result<()> {
        for _ in 0..DECISIONS_MAX {
            let waits = self.state.tokens.iter().filter(|token| token.wait == Wait::Job);
            let mut asked = waits.filter(|token| self.is_decision(token.node)).map(|one| one.id);
            let made = asked.find_map(|job| Some((job, decide(&self.state, job, env.now)?)));
            let Some((job, variables)) = made else { break };
            self.act(&Command::CompleteJob { job, variables }, env)?;
        }
        Ok(())
    }

    fn is_decision(&self, ix: NodeIx) -> bool {
        let node = self.definition.node(ix).map(|node| &node.kind);
        matches!(node, Some(Kind::Task(Task::Decision { .. })))
    }

    /// Whether a deed is a decision, which is made here as soon as it can be.
    fn was_decided(&self, deed: &Deed) -> bool {
        match deed {
            Deed::Job(node, _) => self.definition.find(node).is_some_and(|ix| self.is_decision(ix)),
            _ => false,
        }
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

    /// A task that waits there, of that time if there is one.
    fn task(&self, node: &str, turn: Option<u32>) -> Option<Id> {
        let ix = self.definition.find(node)?;
        let waits = |token: &&Token| token.node == ix && token.wait == Wait::Task;
        let mut tokens = self.state.tokens.iter().filter(waits);
        let same = tokens.clone().find(|token| token.turn == turn);
        same.or_else(|| tokens.next()).map(|token| token.id)
    }

    /// A token that can be taken elsewhere.
    fn movable(&self, node: &str) -> Option<Id> {
        let ix = self.definition.find(node)?;
        let waits = |token: &&Token| {
            token.node == ix && !matches!(token.wait, Wait::None | Wait::Join | Wait::Undo(_))
        };
        self.state.tokens.iter().find(waits).map(|token| token.id)
    }

    /// A turn of a repeated activity.
    fn turn(&self, node: &str) -> Option<Id> {
        let ix = self.definition.find(node)?;
        let own = |token: &&Token| token.node == ix && token.turn.is_some();
        self.state.tokens.iter().find(own).map(|token| token.id)
    }

    /// The command a deed is now, and the instant before which it cannot be.
    fn command(&self, deed: &Deed) -> Option<(Command, Option<Timestamp>)> {
        let command = match deed {
            Deed::Begun(variables) => Command::Start {
                instance: "replay".to_owned(),
                start: self.start(),
                variables: variables.clone(),
            },
            Deed::Task(node, turn, variables) => Command::CompleteTask {
                task: self.task(node, *turn)?,
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
            Deed::Move(node, to, variables) => Command::Move {
                token: self.movable(node)?,
                node: to.clone(),
                others: true,
                variables: variables.clone(),
            },
            Deed::Activity(node, activity) => Command::StartActivity {
                ad_hoc: self.token(node, &Wait::Scope)?,
                activity: activity.clone(),
            },
            Deed::Finished(node) => {
                Command::FinishAdHoc { ad_hoc: self.token(node, &Wait::Scope)? }
            }
            Deed::TurnAdded(node, item, at) => {
                Command::AddTurn { token: self.turn(node)?, item: item.clone(), at: *at }
            }
            Deed::TurnDropped(node, turn) => {
                Command::DropTurn { token: self.turn(node)?, turn: *turn }
            }
            Deed::Set(variables) => {
                Command::SetVariables { at: None, variables: variables.clone() }
            }
            Deed::Reopened(node) if self.state.status.is_final() => {
                Command::Reopen { node: node.clone() }
            }
            Deed::Reopened(_) => return None,
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
