//! The instances of an example: one begun, and those it calls.
//!
//! Invariant: a refused step has changed nothing that is looked at after. Must not know: what an
//! example says of its end.

use crate::bundle::{Bundle, decide, form};
use crate::evaluate::{Days, evaluator};
use flow::process::{
    self, Command, Definition, Effect, Env, Event, Id, Kind, On, State, Status, Task, Trigger,
    Variables, Wait, Work,
};
use kernel::{Error, Result, Timestamp};
use pack::Province;
use pack::item::PROCEDURE_VARIABLES;
use pack::procedure::{TaskForm, WalkStep};
use std::collections::VecDeque;

/// Commands one step may lead to by itself: an example that calls and decides without end stops.
const FOLLOW_MAX: usize = 2_000;
/// Instances of one example.
const INSTANCES_MAX: usize = 200;
/// Nodes told of the way to a fault.
const PATH_MAX: usize = 60;

/// The answers to the form of a beginning, and what a case tells its procedure without being asked.
fn begun(asked: &TaskForm, variables: Variables) -> Result<Variables> {
    let told = |id: &str| {
        PROCEDURE_VARIABLES.contains(&id) && asked.fields.iter().all(|field| field.id != id)
    };
    let (besides, answers): (Variables, Variables) =
        variables.into_iter().partition(|(id, _)| told(id));
    let mut accepted = form::accept(asked, &answers)?;
    accepted.extend(besides);
    Ok(accepted)
}

struct Instance<'a> {
    bundle: &'a Bundle,
    definition: &'a Definition,
    state: State,
    /// The instance that called it, and the number of the call.
    parent: Option<(usize, Id)>,
}

/// A message thrown that nobody has waited for yet.
struct Message {
    name: String,
    correlation: String,
    receiver: String,
    variables: Variables,
}

/// What is left to do by itself.
enum Next {
    Command(usize, Command),
    Call { parent: usize, child: Id, process: String, variables: Variables },
}

pub(super) struct Walker<'a> {
    bundle: &'a Bundle,
    others: Vec<&'a Bundle>,
    pack: &'a Province,
    now: Timestamp,
    instances: Vec<Instance<'a>>,
    messages: Vec<Message>,
    ends: Vec<String>,
    path: Vec<String>,
}

impl<'a> Walker<'a> {
    pub(super) fn new(
        bundle: &'a Bundle,
        others: &[&'a Bundle],
        pack: &'a Province,
        now: Timestamp,
    ) -> Walker<'a> {
        let (instances, messages, ends, path) = Default::default();
        let others = others.to_vec();
        Walker { bundle, others, pack, now, instances, messages, ends, path }
    }

    fn drawn(&self, process: &str) -> Result<(&'a Bundle, &'a Definition)> {
        let all = std::iter::once(self.bundle).chain(self.others.iter().copied());
        let mut found = all.filter_map(|one| Some((one, one.definition(process)?)));
        found.next().ok_or_else(|| Error::invalid("process.unknown").arg("process", process))
    }

    /// Whether the process begins without being triggered.
    pub(super) fn starts_plainly(&self, process: &str) -> bool {
        let drawn = self.drawn(process);
        drawn.is_ok_and(|(_, one)| one.starts().any(|(_, trigger)| *trigger == Trigger::None))
    }

    /// Begins the example.
    pub(super) fn begin(&mut self, process: &str, variables: Variables) -> Result<()> {
        let (bundle, definition) = self.drawn(process)?;
        let variables = match bundle.form(form::START) {
            Some(asked) => begun(asked, variables)?,
            None => variables,
        };
        self.enter(bundle, definition, None, None, variables)
    }

    /// Begins the example with the message or the timer its first step says.
    pub(super) fn begin_by(
        &mut self,
        process: &str,
        mut variables: Variables,
        first: &WalkStep,
    ) -> Result<()> {
        let (bundle, definition) = self.drawn(process)?;
        let begins = |node: &process::Node, trigger: &Trigger| match trigger {
            Trigger::Message(message) => !first.message.is_empty() && message.name == first.message,
            Trigger::Timer(_) => node.id == first.timer,
            _ => false,
        };
        let mut starts = definition.starts();
        let start = starts.find(|(node, trigger)| begins(node, trigger));
        let (start, _) = start.ok_or_else(|| Error::invalid("process.start_unknown"))?;
        variables.extend(first.set.clone());
        self.enter(bundle, definition, None, Some(start.id.clone()), variables)
    }

    fn enter(
        &mut self,
        bundle: &'a Bundle,
        definition: &'a Definition,
        parent: Option<(usize, Id)>,
        start: Option<String>,
        variables: Variables,
    ) -> Result<()> {
        if self.instances.len() >= INSTANCES_MAX {
            return Err(Error::limited("process.call_depth").arg("max", INSTANCES_MAX));
        }
        let at = self.instances.len();
        self.instances.push(Instance { bundle, definition, state: State::default(), parent });
        let instance = format!("example-{at}");
        self.command(at, Command::Start { instance, start, variables })
    }

    /// Carries out a command and everything that follows from it by itself.
    fn command(&mut self, at: usize, command: Command) -> Result<()> {
        let mut next = VecDeque::from([Next::Command(at, command)]);
        for _ in 0..FOLLOW_MAX {
            match next.pop_front() {
                Some(Next::Command(at, command)) => self.step(at, &command, &mut next)?,
                Some(Next::Call { parent, child, process, variables }) => {
                    let (bundle, definition) = self.drawn(&process)?;
                    self.enter(bundle, definition, Some((parent, child)), None, variables)?;
                }
                None => match self.carried() {
                    Some((at, command)) => next.push_back(Next::Command(at, command)),
                    None => return Ok(()),
                },
            }
        }
        Err(Error::limited("process.endless").arg("max", FOLLOW_MAX))
    }

    fn instance(&self, at: usize) -> Result<&Instance<'a>> {
        self.instances.get(at).ok_or_else(|| Error::internal("no such instance"))
    }

    fn step(&mut self, at: usize, command: &Command, next: &mut VecDeque<Next>) -> Result<()> {
        let one = self.instance(at)?;
        let env = Env { now: self.now, evaluate: evaluator(), working: &Days(self.pack) };
        let (definition, parent) = (one.definition, one.parent);
        let (state, events, effects) = process::step(definition, &one.state, command, &env)?;
        self.follow(at, definition, &events);
        if let Some(one) = self.instances.get_mut(at) {
            one.state = state;
        }
        for effect in effects {
            match effect {
                Effect::RunJob { job, node, work, variables } => {
                    let result = self.asked(at, (job, &node), work, &variables)?;
                    next.extend(result.map(|command| Next::Command(at, command)));
                }
                Effect::StartChild { child, process, variables } => {
                    next.push_back(Next::Call { parent: at, child, process, variables });
                }
                Effect::CancelChild { child } => {
                    let called = |one: &Instance| {
                        one.parent == Some((at, child)) && !one.state.status.is_final()
                    };
                    let child = self.instances.iter().position(called);
                    next.extend(child.map(|child| Next::Command(child, Command::Cancel)));
                }
                Effect::SendMessage { name, correlation, receiver, variables, .. } => {
                    let receiver = receiver.map(|(process, _)| process).unwrap_or_default();
                    self.messages.push(Message { name, correlation, receiver, variables });
                }
                Effect::SendSignal { name } => {
                    let told = self.hearing(&name).into_iter().filter(|other| *other != at);
                    let told = told.map(|other| Next::Command(other, broadcast(&name)));
                    next.extend(told);
                }
                Effect::InstanceEnded { status } => {
                    next.extend(parent.and_then(|parent| self.left(at, parent, status)));
                }
                _ => {}
            }
        }
        Ok(())
    }

    /// A job: a decision is made at once, a service waits for its step.
    fn asked(
        &self,
        at: usize,
        (job, node): (Id, &str),
        work: Work,
        seen: &Variables,
    ) -> Result<Option<Command>> {
        let one = self.instance(at)?;
        if !one.state.token(job).is_some_and(|token| token.wait == Wait::Job) {
            return Ok(None);
        }
        let Work::Decision(decision) = work else {
            return decide::mapped(one.bundle, node, seen).map(|_| None);
        };
        let drawn = one.definition.find(node).and_then(|ix| one.definition.node(ix));
        let result = match drawn.map(|node| &node.kind) {
            Some(Kind::Task(Task::Decision { result, .. })) => result.as_str(),
            _ => "",
        };
        let made = decide::make(one.bundle, (job, node), &decision, result, seen, self.now)?;
        Ok(Some(Command::CompleteJob { job, variables: made.results }))
    }

    /// What a called process that has ended tells the one that called it.
    fn left(&self, at: usize, (parent, child): (usize, Id), status: Status) -> Option<Next> {
        let waits = self.instance(parent).ok()?.state.token(child)?.wait == Wait::Child;
        let variables = self.instance(at).ok()?.state.variables.clone();
        let command = Command::EndChild { child, status, variables };
        waits.then_some(Next::Command(parent, command))
    }

    /// Instances that wait for a signal.
    fn hearing(&self, name: &str) -> Vec<usize> {
        let hears = |one: &Instance| {
            one.state
                .subscriptions
                .iter()
                .any(|one| matches!(&one.on, On::Signal(on) if on == name))
        };
        let all = self.instances.iter().enumerate();
        all.filter(|(_, one)| hears(one)).map(|(at, _)| at).collect()
    }

    /// A message thrown before that somebody waits for now.
    fn carried(&mut self) -> Option<(usize, Command)> {
        for at in 0..self.messages.len() {
            let Message { name, correlation, receiver, .. } = self.messages.get(at)?;
            let waits = self.waiting_for(name, correlation, receiver);
            if let Some(instance) = waits {
                let Message { name, correlation, variables, .. } = self.messages.remove(at);
                let command = Command::DeliverMessage { name, correlation, variables };
                return Some((instance, command));
            }
        }
        None
    }

    fn waiting_for(&self, name: &str, correlation: &str, receiver: &str) -> Option<usize> {
        let waits = |one: &Instance| {
            (receiver.is_empty() || one.state.process == receiver)
                && one.state.subscriptions.iter().any(|one| match &one.on {
                    On::Message { name: own, correlation: key } => {
                        own == name && key == correlation
                    }
                    _ => false,
                })
        };
        self.instances.iter().position(waits)
    }

    /// Notes where tokens come.
    fn follow(&mut self, at: usize, definition: &Definition, events: &[Event]) {
        for event in events {
            let node = match event {
                Event::TokenMade(token) => token.node,
                Event::TokenMoved { node, .. } => *node,
                _ => continue,
            };
            let Some(node) = definition.node(node) else { continue };
            if matches!(node.kind, Kind::End(_)) && at == 0 {
                self.ends.push(node.id.clone());
            }
            self.path.push(node.id.clone());
        }
    }

    /// The first token at a node that waits so.
    fn at(&self, node: &str, wait: &Wait) -> Result<(usize, Id)> {
        for (at, one) in self.instances.iter().enumerate() {
            let Some(ix) = one.definition.find(node) else { continue };
            let mut tokens = one.state.tokens.iter();
            if let Some(token) = tokens.find(|token| token.node == ix && token.wait == *wait) {
                return Ok((at, token.id));
            }
        }
        Err(Error::conflict("process.example_waits").arg("node", node))
    }

    /// A person does a task.
    pub(super) fn complete(&mut self, node: &str, variables: Variables) -> Result<()> {
        let (at, task) = self.at(node, &Wait::Task)?;
        let one = self.instance(at)?;
        let drawn = one.definition.find(node).and_then(|ix| one.definition.node(ix));
        let variables = match drawn.and_then(|node| one.bundle.form_of(node)) {
            Some(asked) => form::accept(asked, &variables)?,
            None => variables,
        };
        self.command(at, Command::CompleteTask { task, variables })
    }

    /// A service has done its work.
    pub(super) fn work(&mut self, node: &str, variables: Variables) -> Result<()> {
        let (at, job) = self.at(node, &Wait::Job)?;
        self.command(at, Command::CompleteJob { job, variables })
    }

    /// A service fails with an error of BPMN. Errors: `process.example_unhandled` where nothing drawn
    /// handles it, for the service would then be an incident, not an end.
    pub(super) fn fail(&mut self, node: &str, code: &str) -> Result<()> {
        let (at, job) = self.at(node, &Wait::Job)?;
        self.command(at, Command::FailJob { job, code: code.to_owned() })?;
        match &self.instance(at)?.state.status {
            Status::Failed(left) if left == code => {
                Err(Error::conflict("process.example_unhandled").arg("code", code))
            }
            _ => Ok(()),
        }
    }

    /// It is time for a timer.
    pub(super) fn fire(&mut self, node: &str) -> Result<()> {
        for at in 0..self.instances.len() {
            let one = self.instance(at)?;
            let Some(ix) = one.definition.find(node) else { continue };
            let timer = one.state.subscriptions.iter().find_map(|one| match one.on {
                On::Timer { due, .. } if one.node == ix => Some((one.id, due)),
                _ => None,
            });
            if let Some((timer, due)) = timer {
                self.now = self.now.max(due);
                return self.command(at, Command::FireTimer { timer });
            }
        }
        Err(Error::conflict("process.example_waits").arg("node", node))
    }

    /// A message comes from outside.
    pub(super) fn deliver(
        &mut self,
        name: &str,
        correlation: &str,
        variables: Variables,
    ) -> Result<()> {
        let (name, correlation) = (name.to_owned(), correlation.to_owned());
        let at = self.waiting_for(&name, &correlation, "");
        let unexpected = || Error::conflict("process.message_unexpected").arg("name", &name);
        let at = at.ok_or_else(unexpected)?;
        let one = self.instance(at)?;
        let hears = |on: &On| match on {
            On::Message { name: own, correlation: key } => *own == name && *key == correlation,
            _ => false,
        };
        let heard = one.state.subscriptions.iter().find(|heard| hears(&heard.on));
        let asked = heard.and_then(|heard| one.bundle.asks(one.definition.node(heard.node)?));
        let variables = match asked {
            Some(asked) => form::accept(asked, &variables)?,
            None => variables,
        };
        self.command(at, Command::DeliverMessage { name, correlation, variables })
    }

    /// A signal is sent from outside.
    pub(super) fn signal(&mut self, name: &str, variables: Variables) -> Result<()> {
        let hearing = self.hearing(name);
        if hearing.is_empty() {
            return Err(Error::conflict("process.signal_unexpected").arg("name", name));
        }
        for at in hearing {
            let (name, variables) = (name.to_owned(), variables.clone());
            self.command(at, Command::BroadcastSignal { name, variables })?;
        }
        Ok(())
    }

    /// Somebody begins a discretionary task.
    pub(super) fn start_activity(&mut self, activity: &str) -> Result<()> {
        for at in 0..self.instances.len() {
            let one = self.instance(at)?;
            let node = one.definition.find(activity).and_then(|ix| one.definition.node(ix));
            let around = node.and_then(|node| one.definition.containers().get(node.container));
            let Some(ix) = around.and_then(|around| around.node) else { continue };
            let waits = |token: &&process::Token| token.node == ix && token.wait == Wait::Scope;
            if let Some(token) = one.state.tokens.iter().find(waits) {
                let (ad_hoc, activity) = (token.id, activity.to_owned());
                return self.command(at, Command::StartActivity { ad_hoc, activity });
            }
        }
        Err(Error::conflict("process.example_waits").arg("node", activity))
    }

    /// Somebody ends an ad-hoc sub-process.
    pub(super) fn finish(&mut self, node: &str) -> Result<()> {
        let (at, ad_hoc) = self.at(node, &Wait::Scope)?;
        self.command(at, Command::FinishAdHoc { ad_hoc })
    }

    /// Where the procedure stands, and the ends it has reached.
    pub(super) fn outcome(&self) -> (State, Vec<String>) {
        let state = self.instances.first().map(|one| one.state.clone()).unwrap_or_default();
        (state, self.ends.clone())
    }

    /// Nodes at which something waits, for who mends an example.
    pub(super) fn waits(&self) -> Vec<String> {
        let mut told = Vec::new();
        for one in self.instances.iter().filter(|one| !one.state.status.is_final()) {
            let tokens = one.state.tokens.iter().map(|token| token.node);
            let events = one.state.subscriptions.iter().map(|one| one.node);
            for ix in tokens.chain(events) {
                let node = one.definition.node(ix).map(|node| node.id.clone());
                told.extend(node.filter(|id| !told.contains(id)));
            }
        }
        told
    }

    /// Nodes passed last.
    pub(super) fn path(&self) -> Vec<String> {
        let skipped = self.path.len().saturating_sub(PATH_MAX);
        self.path.iter().skip(skipped).cloned().collect()
    }
}

fn broadcast(name: &str) -> Command {
    Command::BroadcastSignal { name: name.to_owned(), variables: Variables::new() }
}
