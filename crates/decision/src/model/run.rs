//! A run of a model: each decision is made once, from the inputs given, and explained as it is
//! made.
//!
//! Invariants
//! - A decision sees the inputs, decisions and functions it requires, and nothing else.
//! - A function sees its parameters and the functions it requires; a service makes its decisions
//!   in a run of its own.
//!
//! Must not know: documents.

use super::explain::{Explained, Gathering, Used};
use super::types::ItemType;
use crate::feel::{Program, call, charge, function, made, on_stack, size, to_json};
use dsntk_feel::context::FeelContext;
use dsntk_feel::values::Value;
use dsntk_feel::{FeelScope, FeelType, Name};
use serde_json::Value as Json;
use std::cell::RefCell;
use std::collections::BTreeMap;
use std::sync::Arc;

/// A place in the scope: a name, within that of an import when it comes from one.
#[derive(Clone)]
pub struct Slot {
    /// Name of the import.
    pub import: Option<Name>,
    /// Name.
    pub name: Name,
}

impl Slot {
    /// Puts a value there.
    pub fn put(&self, context: &mut FeelContext, value: Value) {
        match &self.import {
            Some(import) => context.create_entries(&[import.clone(), self.name.clone()], value),
            None => context.set_entry(&self.name, value),
        }
    }

    fn shown(&self) -> String {
        match &self.import {
            Some(import) => format!("{import}.{}", self.name),
            None => self.name.to_string(),
        }
    }
}

/// Input data.
pub struct Input {
    /// Index of the node.
    pub node: usize,
    /// Its name as FEEL writes it.
    pub name: Name,
    /// Its name as written.
    pub label: String,
    /// What it must look like.
    pub kind: Arc<ItemType>,
}

/// A decision.
pub struct Decision {
    /// Index of the node.
    pub node: usize,
    /// Id of the element.
    pub id: String,
    /// Its name as written.
    pub label: String,
    /// Its name as FEEL writes it.
    pub name: Name,
    /// Type of its value.
    pub kind: Arc<ItemType>,
    /// Inputs it reads.
    pub inputs: Vec<(Slot, Arc<Input>)>,
    /// Decisions it reads.
    pub decisions: Vec<(Slot, Arc<Decision>)>,
    /// Functions it may call.
    pub functions: FeelContext,
    /// How it is made.
    pub logic: Program,
}

/// A function of the model: a business knowledge model.
pub struct Knowledge {
    /// Its name, when it calls itself.
    pub own: Option<Name>,
    /// Its parameters.
    pub parameters: Vec<(Name, Arc<ItemType>)>,
    /// Functions it may call.
    pub functions: FeelContext,
    /// Its body.
    pub body: Program,
    /// Type of its value.
    pub result: Arc<ItemType>,
}

/// A decision service.
pub struct Service {
    /// Inputs it takes.
    pub inputs: Vec<Arc<Input>>,
    /// Decisions whose results it takes.
    pub given: Vec<Arc<Decision>>,
    /// Decisions whose results it gives.
    pub outputs: Vec<Arc<Decision>>,
    /// Types that the function it is declares for what it takes.
    pub declared: Vec<(Name, Arc<ItemType>)>,
    /// Type of its value.
    pub result: Arc<ItemType>,
}

/// A run.
pub struct Run {
    inputs: BTreeMap<usize, Value>,
    done: RefCell<BTreeMap<usize, (Value, Option<Explained>)>>,
    why: bool,
}

impl Run {
    /// A run over inputs by node, with decisions that are given; `why` keeps explanations.
    pub fn new(inputs: BTreeMap<usize, Value>, given: BTreeMap<usize, Value>, why: bool) -> Run {
        let done = given.into_iter().map(|(node, value)| (node, (value, None))).collect();
        Run { inputs, done: RefCell::new(done), why }
    }

    fn finished(&self, node: usize) -> Option<(Value, Option<Explained>)> {
        self.done.borrow().get(&node).cloned()
    }
}

impl Decision {
    /// Makes the decision, unless the run has made it. Runs under the meter.
    pub fn make(&self, run: &Run) -> (Value, Option<Explained>) {
        if let Some((value, explained)) = run.finished(self.node) {
            charge(size(&value));
            return (value, explained.map(Explained::again));
        }
        let mut context = self.functions.clone();
        let mut used = Vec::new();
        let mut children = Vec::new();
        let mut see = |slot: &Slot, value: Value| {
            if run.why {
                let json = to_json(&value).unwrap_or(Json::Null);
                used.push(Used { name: slot.shown(), value: json });
            }
            slot.put(&mut context, value);
        };
        for (slot, input) in &self.inputs {
            let value = run.inputs.get(&input.node).cloned().unwrap_or(Value::Null(None));
            charge(size(&value));
            see(slot, value);
        }
        for (slot, decision) in &self.decisions {
            let (value, explained) = on_stack(|| decision.make(run));
            see(slot, value);
            children.extend(explained);
        }
        let gathering = run.why.then(Gathering::begin);
        let scope = FeelScope::from(context);
        let value = self.kind.coerced(self.logic.run(&scope));
        made(&value);
        let explained = gathering.map(|gathering| {
            let (tables, more) = gathering.end();
            Explained {
                id: self.id.clone(),
                name: self.label.clone(),
                inputs: used,
                result: to_json(&value).unwrap_or(Json::Null),
                because: because(&value, &self.kind),
                tables,
                more,
                children,
                repeated: false,
            }
        });
        run.done.borrow_mut().insert(self.node, (value.clone(), explained.clone()));
        (value, explained)
    }
}

/// The result of a function one of whose arguments is not allowed by its type.
fn misfit(name: &Name, kind: &ItemType) -> Value {
    Value::Null(Some(format!("{name} is not allowed by {}", kind.name)))
}

/// Why a value is null, where it is known.
fn because(value: &Value, kind: &ItemType) -> Option<String> {
    match value {
        Value::Null(_) if value.is_invalid_coercion() => {
            Some(format!("the value is not of type {}", kind.name))
        }
        Value::Null(Some(message)) => Some(message.chars().take(200).collect()),
        _ => None,
    }
}

impl Explained {
    /// What is left to say of a decision that has been explained.
    fn again(self) -> Explained {
        let (inputs, tables, children) = (Vec::new(), Vec::new(), Vec::new());
        Explained { inputs, tables, children, more: 0, repeated: true, ..self }
    }
}

impl Knowledge {
    /// The value for parameters by name. Runs under the meter.
    pub fn apply(self: &Arc<Knowledge>, parameters: FeelContext) -> Value {
        for (name, kind) in &self.parameters {
            if parameters.get_entry(name).is_some_and(|value| !kind.allows(value)) {
                return misfit(name, kind);
            }
        }
        let mut functions = self.functions.clone();
        if let Some(own) = &self.own {
            functions.set_entry(own, self.value());
        }
        let scope = FeelScope::from(functions);
        scope.push(parameters);
        let value = self.result.coerced(call(|| self.body.run(&scope)));
        made(&value);
        value
    }

    /// The value for parameters by name, and why; its own names are for the caller to add.
    pub fn explain(
        self: &Arc<Knowledge>,
        parameters: FeelContext,
        why: bool,
    ) -> (Value, Option<Explained>) {
        let used = |(name, value): (&Name, &Value)| Used {
            name: name.to_string(),
            value: to_json(value).unwrap_or(Json::Null),
        };
        let inputs = if why { parameters.iter().map(used).collect() } else { Vec::new() };
        let gathering = why.then(Gathering::begin);
        let value = self.apply(parameters);
        let explained = gathering.map(|gathering| {
            let (tables, more) = gathering.end();
            let (id, name, children) = (String::new(), String::new(), Vec::new());
            let result = to_json(&value).unwrap_or(Json::Null);
            let because = because(&value, &self.result);
            Explained { id, name, inputs, result, because, tables, more, children, repeated: false }
        });
        (value, explained)
    }

    /// The function as a value.
    pub fn value(self: &Arc<Knowledge>) -> Value {
        let parameters = self.parameters.iter();
        let parameters = parameters.map(|(name, kind)| (name.clone(), kind.feel.clone())).collect();
        let (own, result) = (self.clone(), self.result.feel.clone());
        let run = move |scope: &FeelScope| own.apply(scope.peek().unwrap_or_default());
        function(parameters, Box::new(run), result)
    }
}

impl Service {
    /// The value for inputs and given decisions by name. Runs under the meter.
    pub fn apply(&self, mut parameters: FeelContext) -> Value {
        let mut inputs = BTreeMap::new();
        for input in &self.inputs {
            let value = parameters.remove_entry(&input.name).unwrap_or(Value::Null(None));
            let kind = self.kind(&input.name, &input.kind);
            if !kind.allows(&value) {
                return misfit(&input.name, kind);
            }
            inputs.insert(input.node, value);
        }
        let mut given = BTreeMap::new();
        for decision in &self.given {
            let value = parameters.remove_entry(&decision.name).unwrap_or(Value::Null(None));
            let kind = self.kind(&decision.name, &decision.kind);
            if !kind.allows(&value) {
                return misfit(&decision.name, kind);
            }
            given.insert(decision.node, value);
        }
        let run = Run::new(inputs, given, false);
        call(|| self.outcome(&run).0)
    }

    /// The type of what it takes under a name: as the function it is declares it, or its own.
    pub fn kind<'s>(&'s self, name: &Name, own: &'s Arc<ItemType>) -> &'s Arc<ItemType> {
        let declared = self.declared.iter().find(|(known, _)| known == name);
        declared.map(|(_, kind)| kind).filter(|kind| kind.feel != FeelType::Any).unwrap_or(own)
    }

    /// The value of a run, with the explanations of its output decisions.
    pub fn outcome(&self, run: &Run) -> (Value, Vec<Explained>) {
        let mut explanations = Vec::new();
        let mut values = FeelContext::default();
        let mut only = None;
        for decision in &self.outputs {
            let (value, explained) = decision.make(run);
            explanations.extend(explained);
            if self.outputs.len() == 1 {
                only = Some(value);
            } else {
                values.set_entry(&decision.name, value);
            }
        }
        let value = self.result.coerced(only.unwrap_or(Value::Context(values)));
        made(&value);
        (value, explanations)
    }

    /// The service as a function.
    pub fn value(self: &Arc<Service>) -> Value {
        let feel = |name: &Name, kind| (name.clone(), self.kind(name, kind).feel.clone());
        let inputs = self.inputs.iter().map(|input| feel(&input.name, &input.kind));
        let given = self.given.iter().map(|given| feel(&given.name, &given.kind));
        let (own, result) = (self.clone(), self.result.feel.clone());
        let run = move |scope: &FeelScope| own.apply(scope.peek().unwrap_or_default());
        function(inputs.chain(given).collect(), Box::new(run), result)
    }
}
