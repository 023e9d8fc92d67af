//! A run of a definition on paper: the engine alone, answer by answer, from its beginning.
//!
//! Invariants
//! - The same document, variables and answers give the same trial; nothing is kept between two.
//! - The clock stands still but for timers: firing one takes it to the timer's hour.
//!
//! Must not know: databases, who may do a task.

use crate::bundle::{self, Bundle, decide};
use crate::evaluate;
use flow::process::{
    self, Command, Definition, Env, Event, Id, Kind, On, State, Status, Task, Variables, Wait,
};
use kernel::{Error, Result, Timestamp};
use pack::Province;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Answers of one trial.
pub const ANSWERS_MAX: usize = 200;
/// Passed nodes told: a loop without a wait is long.
const PASSED_MAX: usize = 2_000;
/// Decisions made after one answer.
const RULINGS_MAX: usize = 200;
/// Id the instance has on paper.
const PAPER: &str = "trial";

/// What is done next: one of the choices, with what came of it.
#[derive(Clone, Debug, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Answer {
    /// Number of the choice.
    pub number: u64,
    /// Id of the activity, where one of several is started.
    pub activity: String,
    /// What came of it.
    pub variables: Variables,
}

/// Something that can be done now.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Choice {
    /// Number to answer with.
    pub number: u64,
    /// Id of the node.
    pub node: String,
    /// Its name.
    pub name: String,
    /// `task`, `job`, `child`, `timer`, `message`, `signal`, `activity` or `finish`.
    pub kind: &'static str,
    /// Who may do it, when it would come; empty otherwise.
    pub about: String,
}

/// Where a trial stands.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct Trial {
    /// Ids of the nodes where something waits, one for each token.
    pub places: Vec<String>,
    /// Ids of the nodes passed or completed, in order, one for each time.
    pub passed: Vec<String>,
    /// What can be done.
    pub choices: Vec<Choice>,
    /// Variables of the process.
    pub variables: Variables,
    /// `active`, `completed`, `terminated`, `failed` or `cancelled`.
    pub phase: &'static str,
    /// Answers taken.
    pub answered: usize,
}

/// Runs a definition from its beginning with answers; decisions of its bundle are made at once, and
/// one that cannot be made is answered like a service. Errors: `process.trial_answers` for too many;
/// `process.trial_choice` naming the answer that was no choice; those of the engine.
pub fn run(
    definition: &Definition,
    bundle: Option<&Bundle>,
    pack: &Province,
    now: Timestamp,
    variables: Variables,
    answers: &[Answer],
) -> Result<Trial> {
    if answers.len() > ANSWERS_MAX {
        return Err(Error::limited("process.trial_answers").arg("max", ANSWERS_MAX));
    }
    let plain = definition.starts().any(|(_, trigger)| *trigger == process::Trigger::None);
    let first = definition.starts().next().map(|(node, _)| node.id.clone());
    let start = if plain { None } else { first };
    let begin = Command::Start { instance: PAPER.to_owned(), start, variables };
    let (mut at, mut passed) = (now, Vec::new());
    let paper = Paper { definition, bundle, pack };
    let mut state = paper.step(&State::default(), &begin, at, &mut passed)?;
    for (number, answer) in answers.iter().enumerate() {
        let wrong = || {
            let args = vec![("n", (number + 1).to_string())];
            Error::invalid("process.trial_choice").arg("n", number + 1).field_with(
                "answers",
                "process.trial_choice",
                args,
            )
        };
        let (command, due) = command(definition, &state, answer).ok_or_else(wrong)?;
        at = due.map_or(at, |due| due.max(at));
        state = paper.step(&state, &command, at, &mut passed)?;
    }
    passed.truncate(PASSED_MAX);
    let waits = state.tokens.iter().filter(|token| token.wait != Wait::None);
    let places = waits.filter_map(|token| Some(definition.node(token.node)?.id.clone()));
    Ok(Trial {
        places: places.collect(),
        choices: choices(definition, &state),
        phase: match state.status {
            Status::New | Status::Active => "active",
            Status::Completed => "completed",
            Status::Terminated => "terminated",
            Status::Failed(_) => "failed",
            Status::Cancelled => "cancelled",
        },
        variables: state.variables,
        passed,
        answered: answers.len(),
    })
}

/// What a trial runs.
struct Paper<'a> {
    definition: &'a Definition,
    bundle: Option<&'a Bundle>,
    pack: &'a Province,
}

impl Paper<'_> {
    /// A command, and the decisions it leads to.
    fn step(
        &self,
        state: &State,
        command: &Command,
        now: Timestamp,
        passed: &mut Vec<String>,
    ) -> Result<State> {
        let mut state = step(self, state, command, now, passed)?;
        for _ in 0..RULINGS_MAX {
            let Some(command) = self.decided(&state, now) else { break };
            state = step(self, &state, &command, now, passed)?;
        }
        Ok(state)
    }

    /// The first decision that waits and can be made.
    fn decided(&self, state: &State, now: Timestamp) -> Option<Command> {
        let bundle = self.bundle?;
        state.tokens.iter().filter(|token| token.wait == Wait::Job).find_map(|token| {
            let node = self.definition.node(token.node)?;
            let Kind::Task(Task::Decision { decision, result }) = &node.kind else { return None };
            let (asked, seen) = ((token.id, node.id.as_str()), decide::seen(state, token.id));
            let made = bundle::make(bundle, asked, decision, result, &seen, now).ok()?;
            Some(Command::CompleteJob { job: token.id, variables: made.results })
        })
    }
}

fn step(
    paper: &Paper,
    state: &State,
    command: &Command,
    now: Timestamp,
    passed: &mut Vec<String>,
) -> Result<State> {
    let definition = paper.definition;
    let working = &evaluate::Days(paper.pack);
    let env = Env { now, evaluate: evaluate::evaluator(), working };
    let (state, events, _) = process::step(definition, state, command, &env)?;
    for event in &events {
        let node = match event {
            Event::Completed(_, node) => *node,
            Event::TokenMade(token) => token.node,
            Event::TokenMoved { node, .. } => *node,
            _ => continue,
        };
        let Some(node) = definition.node(node) else { continue };
        // An activity counts when it is done, anything else when it is reached.
        if node.is_activity() == matches!(event, Event::Completed(..)) {
            passed.push(node.id.clone());
        }
    }
    Ok(state)
}

/// The command an answer stands for, and the instant a timer takes the clock to.
fn command(
    definition: &Definition,
    state: &State,
    answer: &Answer,
) -> Option<(Command, Option<Timestamp>)> {
    let variables = answer.variables.clone();
    if let Some(token) = state.token(answer.number) {
        let (number, activity) = (answer.number, answer.activity.clone());
        let command = match token.wait {
            Wait::Task => Command::CompleteTask { task: number, variables },
            Wait::Job => Command::CompleteJob { job: number, variables },
            Wait::Child => {
                Command::EndChild { child: number, status: Status::Completed, variables }
            }
            Wait::Scope if is_ad_hoc(definition, token.node) => match activity.is_empty() {
                true => Command::FinishAdHoc { ad_hoc: number },
                false => Command::StartActivity { ad_hoc: number, activity },
            },
            _ => return None,
        };
        return Some((command, None));
    }
    let subscription = state.subscription(answer.number)?;
    match &subscription.on {
        On::Timer { due, .. } => Some((Command::FireTimer { timer: subscription.id }, Some(*due))),
        On::Message { name, correlation } => {
            let (name, correlation) = (name.clone(), correlation.clone());
            Some((Command::DeliverMessage { name, correlation, variables }, None))
        }
        On::Signal(name) => {
            Some((Command::BroadcastSignal { name: name.clone(), variables }, None))
        }
        On::Condition(_) => None,
    }
}

fn is_ad_hoc(definition: &Definition, node: process::NodeIx) -> bool {
    inner(definition, node).is_some_and(|inner| inner.ad_hoc.is_some())
}

fn inner(definition: &Definition, node: process::NodeIx) -> Option<&process::Container> {
    match &definition.node(node)?.kind {
        Kind::Sub(inner) => definition.containers().get(*inner),
        _ => None,
    }
}

/// Everything that can be done where a trial stands.
fn choices(definition: &Definition, state: &State) -> Vec<Choice> {
    let mut choices = Vec::new();
    let mut choice = |number: Id, node: process::NodeIx, kind, about: String| {
        let Some(node) = definition.node(node) else { return };
        let name = if node.name.is_empty() { &node.id } else { &node.name };
        let (id, name) = (node.id.clone(), name.clone());
        choices.push(Choice { number, node: id, name, kind, about });
    };
    for token in &state.tokens {
        let Some(node) = definition.node(token.node) else { continue };
        match token.wait {
            Wait::Task => choice(token.id, token.node, "task", node.candidates.join(", ")),
            Wait::Job => {
                let about = match &node.kind {
                    Kind::Task(Task::Service { topic, .. }) => topic.clone(),
                    Kind::Task(Task::Decision { decision, .. }) => decision.clone(),
                    _ => String::new(),
                };
                choice(token.id, token.node, "job", about);
            }
            Wait::Child => {
                let about = match &node.kind {
                    Kind::Call(called) => called.clone(),
                    _ => String::new(),
                };
                choice(token.id, token.node, "child", about);
            }
            Wait::Scope if is_ad_hoc(definition, token.node) => {
                let nodes = inner(definition, token.node).map(|inner| inner.nodes.as_slice());
                for ix in nodes.unwrap_or_default() {
                    let starts = definition.node(*ix).is_some_and(|node| {
                        node.is_activity() && node.incoming.is_empty() && !node.for_compensation
                    });
                    if starts {
                        choice(token.id, *ix, "activity", String::new());
                    }
                }
                choice(token.id, token.node, "finish", String::new());
            }
            _ => {}
        }
    }
    for one in &state.subscriptions {
        match &one.on {
            On::Timer { due, .. } => choice(one.id, one.node, "timer", due.to_string()),
            On::Message { name, .. } => choice(one.id, one.node, "message", name.clone()),
            On::Signal(name) => choice(one.id, one.node, "signal", name.clone()),
            On::Condition(_) => {}
        }
    }
    choices
}
