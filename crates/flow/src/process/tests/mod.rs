//! Tests of the engine for drawn procedures. [`Driver`] holds every invariant after every step.

mod dialects;
mod events;
mod feel;
mod hostile;
mod laws;
mod migrate;
mod moves;
mod peers;
mod random;
mod refused;
mod repeated;
mod routes;
mod samples;
mod turns;
mod working;
mod xml;

use super::{
    Command, Definition, Effect, Env, Event, Finding, Id, On, State, Status, Variables, Wait,
    WorkingDays, deploy, fold, step,
};
use feel::Tiny;
use kernel::time::HOUR_US;
use kernel::{Error, Timestamp};
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// Monday, 2026-09-14 08:00 in China.
pub const MONDAY: Timestamp = Timestamp(1_789_344_000_000_000);

/// The document around the content of a process.
pub fn document(inner: &str) -> String {
    format!(
        r#"<?xml version="1.0" encoding="UTF-8"?>
<definitions xmlns="{}" xmlns:y="{}" id="defs" targetNamespace="urn:test">
<message id="m" name="来函"/><message id="m2" name="回函" y:correlation="number"/>
<signal id="s" name="汛情"/><error id="err" errorCode="E1"/><error id="err2" errorCode="E2"/>
<escalation id="esc" escalationCode="X1"/>
<process id="p" isExecutable="true">{inner}</process></definitions>"#,
        super::xml::BPMN,
        super::xml::YIPAN,
    )
}

/// A process from short lines: `userTask a attribute=value` or XML, and `from to [condition]`.
pub fn draw(nodes: &[&str], flows: &[&str]) -> String {
    let node = |line: &&str| {
        if line.trim_start().starts_with('<') {
            return (*line).to_owned();
        }
        let mut words = line.split(' ');
        let (kind, id) = (words.next().unwrap(), words.next().unwrap());
        let mut out = format!("<{kind} id=\"{id}\"");
        for word in words {
            let (name, value) = word.split_once('=').unwrap();
            out.push_str(&format!(" {name}=\"{value}\""));
        }
        out + "/>"
    };
    let flow = |line: &&str| {
        let mut words = line.splitn(3, ' ');
        let (from, to) = (words.next().unwrap(), words.next().unwrap());
        let condition = words.next().map(|text| {
            let text = text.replace('&', "&amp;").replace('<', "&lt;");
            format!("<conditionExpression>{text}</conditionExpression>")
        });
        format!(
            "<sequenceFlow id=\"{from}_{to}\" sourceRef=\"{from}\" targetRef=\"{to}\">{}</sequenceFlow>",
            condition.unwrap_or_default()
        )
    };
    let nodes: String = nodes.iter().map(node).collect();
    nodes + &flows.iter().map(flow).collect::<String>()
}

/// The one process of a drawing that must be deployed.
pub fn definition(inner: &str) -> Definition {
    match deploy(document(inner).as_bytes(), &Tiny) {
        Ok(mut deployed) => deployed.definitions.remove(0),
        Err(findings) => panic!("not deployed: {findings:#?}"),
    }
}

/// Rules that a drawing breaks.
pub fn broken(inner: &str) -> Vec<Finding> {
    deploy(document(inner).as_bytes(), &Tiny).err().unwrap_or_default()
}

pub fn vars(value: Value) -> Variables {
    serde_json::from_value(value).unwrap()
}

/// Monday to Friday, without holidays.
pub struct Weekdays;

impl WorkingDays for Weekdays {
    fn end(&self, from: Timestamp, days: u32) -> Result<Timestamp, Error> {
        let (mut date, mut left) = (from.date(), days);
        while left > 0 {
            date = date.tomorrow().unwrap();
            left -= u32::from(date.weekday().to_monday_one_offset() < 6);
        }
        Ok(Timestamp::start_of(date.tomorrow().unwrap()))
    }
}

/// An instance with the world around it.
#[derive(Clone)]
pub struct Driver {
    pub definition: Definition,
    pub state: State,
    pub events: Vec<Event>,
    /// Effects of the last step.
    pub effects: Vec<Effect>,
    /// Tasks, jobs, timers, subscriptions and children the world holds open, with their node.
    pub open: BTreeMap<Id, (&'static str, String)>,
    pub sent: Vec<String>,
    pub now: Timestamp,
}

impl Driver {
    pub fn new(inner: &str) -> Driver {
        Driver::of(definition(inner))
    }

    pub fn of(definition: Definition) -> Driver {
        Driver {
            definition,
            state: State::default(),
            events: Vec::new(),
            effects: Vec::new(),
            open: BTreeMap::new(),
            sent: Vec::new(),
            now: MONDAY,
        }
    }

    /// Draws and starts.
    pub fn begin(inner: &str, variables: Value) -> Driver {
        let mut driver = Driver::new(inner);
        driver.start(variables).unwrap();
        driver
    }

    pub fn start(&mut self, variables: Value) -> Result<(), Error> {
        let (instance, variables) = ("案".to_owned(), vars(variables));
        self.act(&Command::Start { instance, start: None, variables })
    }

    pub fn act(&mut self, command: &Command) -> Result<(), Error> {
        let env = Env { now: self.now, evaluate: &Tiny, working: &Weekdays };
        let before = self.state.clone();
        let again = step(&self.definition, &self.state, command, &env);
        let outcome = step(&self.definition, &self.state, command, &env);
        assert_eq!(again, outcome, "not deterministic");
        assert_eq!(before, self.state);
        let (state, events, effects) = match outcome {
            Ok(done) => done,
            Err(error) => {
                let told = super::MESSAGES.iter().any(|(code, _, _)| *code == error.code);
                assert!(told, "{error}");
                return Err(error);
            }
        };
        self.events.extend(events);
        let text = serde_json::to_string(&state).unwrap();
        self.state = serde_json::from_str(&text).unwrap();
        assert_eq!(self.state, state, "changed by being kept");
        assert_eq!(fold(&self.events), state, "not the fold of its events");
        assert_eq!(state.revision, self.events.len() as u64);
        self.effects = effects;
        self.hear();
        self.holds();
        Ok(())
    }

    /// Does in the world what the effects ask.
    fn hear(&mut self) {
        for effect in &self.effects {
            let closed = match effect {
                Effect::OfferTask { task, node, .. } => {
                    self.open.insert(*task, ("task", node.clone()));
                    None
                }
                Effect::RunJob { job, node, .. } => {
                    self.open.insert(*job, ("job", node.clone()));
                    None
                }
                Effect::StartChild { child, process, .. } => {
                    self.open.insert(*child, ("child", process.clone()));
                    None
                }
                Effect::SetTimer { timer, .. } => {
                    self.open.insert(*timer, ("timer", String::new()));
                    None
                }
                Effect::SubscribeMessage { subscription, name, .. } => {
                    self.open.insert(*subscription, ("message", name.clone()));
                    None
                }
                Effect::SubscribeSignal { subscription, name } => {
                    self.open.insert(*subscription, ("signal", name.clone()));
                    None
                }
                Effect::WithdrawTask { task: id }
                | Effect::CancelJob { job: id }
                | Effect::CancelChild { child: id }
                | Effect::CancelTimer { timer: id }
                | Effect::UnsubscribeMessage { subscription: id }
                | Effect::UnsubscribeSignal { subscription: id } => Some(*id),
                Effect::SendMessage { name, .. } | Effect::SendSignal { name } => {
                    self.sent.push(name.clone());
                    None
                }
                Effect::OfferActivities { .. } | Effect::InstanceEnded { .. } => None,
            };
            if let Some(id) = closed {
                assert!(self.open.remove(&id).is_some(), "took back what was not open: {id}");
            }
        }
        // What was answered is closed without being taken back.
        let state = &self.state;
        self.open.retain(|id, (kind, _)| match *kind {
            "timer" | "message" | "signal" => state.subscription(*id).is_some(),
            _ => state.token(*id).is_some_and(|token| token.wait != Wait::None),
        });
    }

    /// What holds between commands.
    pub fn holds(&self) {
        let state = &self.state;
        let mut expected: Vec<(Id, &str)> = Vec::new();
        for token in &state.tokens {
            match token.wait {
                Wait::None => panic!("a token waits for nothing: {state:#?}"),
                Wait::Task => expected.push((token.id, "task")),
                Wait::Job => expected.push((token.id, "job")),
                Wait::Child => expected.push((token.id, "child")),
                Wait::Scope => {
                    assert!(state.scopes.iter().any(|scope| scope.token == Some(token.id)));
                }
                Wait::Event | Wait::Join | Wait::Undo(_) => {}
            }
        }
        for one in &state.subscriptions {
            match one.on {
                On::Timer { .. } => expected.push((one.id, "timer")),
                On::Message { .. } => expected.push((one.id, "message")),
                On::Signal(_) => expected.push((one.id, "signal")),
                On::Condition(_) => {}
            }
        }
        expected.sort_unstable();
        let open: Vec<(Id, &str)> = self.open.iter().map(|(id, (kind, _))| (*id, *kind)).collect();
        assert_eq!(open, expected, "what the world holds open is not what the state awaits");
        let nothing = state.tokens.is_empty() && state.scopes.is_empty();
        match &state.status {
            Status::Active => {
                // Tokens that only wait for one another would be a deadlock the proof missed.
                let asked = |on: &On| matches!(on, On::Condition(_));
                let condition = state.subscriptions.iter().any(|one| asked(&one.on));
                let ad_hoc = state
                    .scopes
                    .iter()
                    .any(|scope| self.definition.containers()[scope.container].ad_hoc.is_some());
                assert!(condition || ad_hoc || !self.open.is_empty(), "stuck: {state:#?}");
            }
            _ => assert!(nothing && state.subscriptions.is_empty(), "ended, but something open"),
        }
    }

    /// Number of the open task, job or child at a node; the first of several.
    pub fn at(&self, node: &str) -> Id {
        let mut found = self.open.iter().filter(|(_, (_, own))| own == node);
        found.next().map(|(id, _)| *id).unwrap_or_else(|| panic!("{node}: {:?}", self.tasks()))
    }

    /// Completes the first open task of the node.
    pub fn done(&mut self, node: &str, variables: Value) {
        let (task, variables) = (self.at(node), vars(variables));
        self.act(&Command::CompleteTask { task, variables }).unwrap();
    }

    /// Nodes with an open task, in the order of their offer.
    pub fn tasks(&self) -> Vec<&str> {
        let tasks = self.open.values().filter(|(kind, _)| *kind == "task");
        tasks.map(|(_, node)| node.as_str()).collect()
    }

    /// Lets hours pass and fires the first timer.
    pub fn wait(&mut self, hours: i64) -> Result<(), Error> {
        self.now = self.now.plus_us(hours * HOUR_US);
        let timer = self.open.iter().find(|(_, (kind, _))| *kind == "timer").map(|(id, _)| *id);
        self.act(&Command::FireTimer { timer: timer.unwrap_or(0) })
    }

    pub fn message(&mut self, name: &str, correlation: &str) -> Result<(), Error> {
        let (name, correlation) = (name.to_owned(), correlation.to_owned());
        self.act(&Command::DeliverMessage { name, correlation, variables: vars(json!({})) })
    }

    pub fn ended(&self) -> bool {
        self.state.status == Status::Completed
    }
}
