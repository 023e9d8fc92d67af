//! Decisions that steps need: what they are told, what comes of them, why.
//!
//! Invariants
//! - A decision is a function of the bundle, what the step sees and the instant handed in.
//! - What is recorded of one is bounded: reasons that are too long lose values first, then depth;
//!   the digest of the inputs and the result stay.
//!
//! Must not know: instances, who asks.

use super::Bundle;
use decision::model::Explained;
use flow::process::{Context, Id, State, Variables};
use kernel::{Error, Result, Timestamp};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value as Json};

/// Bytes of reasons kept of one decision.
const REASONS_MAX: usize = 48 << 10;
/// Bytes of inputs kept of one decision; beyond, their digest tells.
const INPUTS_MAX: usize = 16 << 10;

/// A decision that a step needed, as it is recorded.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Ruling {
    /// Number of the step's token.
    pub job: Id,
    /// Id of the node that asked.
    pub node: String,
    /// The decision, as the diagram names it.
    pub decision: String,
    /// The file it is of.
    pub file: String,
    /// SM3 of what it was told, as JSON.
    pub digest: String,
    /// What it was told; empty when that is too long to keep.
    #[serde(default, skip_serializing_if = "Variables::is_empty")]
    pub inputs: Variables,
    /// What came of it.
    pub result: Json,
    /// Why: decisions with the tables they consulted, the rules that fired and their notes.
    #[serde(default, skip_serializing_if = "Json::is_null")]
    pub reasons: Json,
}

/// A decision made for a step.
#[derive(Clone, Debug, PartialEq)]
pub struct Made {
    /// What the engine is given.
    pub results: Variables,
    /// What is recorded.
    pub ruling: Ruling,
}

/// Makes a decision for a step that sees `seen`; `result` is the variable the diagram names for
/// what comes of it. Errors: `process.decision_unknown`, what an input's expression refuses, what
/// the decision refuses.
pub fn make(
    bundle: &Bundle,
    (job, node): (Id, &str),
    decision: &str,
    result: &str,
    seen: &Variables,
    now: Timestamp,
) -> Result<Made> {
    let unknown = || Error::invalid("process.decision_unknown").arg("detail", decision);
    let (file, model) = bundle.decisions.find(decision).ok_or_else(unknown)?;
    let mut given: Map<String, Json> = match mapped(bundle, node, seen)? {
        Some(mapped) => mapped.into_iter().collect(),
        // The time is the platform's, whatever a variable says.
        None => {
            let told = seen.iter().filter(|(name, _)| !is_time(name));
            told.map(|(name, value)| (name.clone(), value.clone())).collect()
        }
    };
    let mut inputs = Variables::new();
    for input in model.inputs(decision)? {
        let name = input.name;
        if is_time(&name) && !given.contains_key(&name) {
            let at = if name == "now" { now.rfc3339() } else { now.date().to_string() };
            given.insert(name.clone(), at.into());
        }
        let key = match given.contains_key(&name) {
            true => name.as_str(),
            // What another model gives comes under the name of the import.
            false => name.split('.').next().unwrap_or_default(),
        };
        if let Some(value) = given.get(key) {
            inputs.insert(key.to_owned(), value.clone());
        }
    }
    let decided = model.decide(decision, &given)?;
    let text = serde_json::to_string(&inputs).map_err(Error::internal)?;
    let name = if result.is_empty() { decision } else { "result" };
    let long = || Error::invalid("feel.number_long").arg("detail", &decided.value);
    let variable = decided.variable.ok_or_else(long)?;
    let results = Variables::from([(name.to_owned(), variable)]);
    let ruling = Ruling {
        job,
        node: node.to_owned(),
        decision: decision.to_owned(),
        file: file.to_owned(),
        digest: proof::digest::sm3_hex(text.as_bytes()),
        inputs: if text.len() > INPUTS_MAX { Variables::new() } else { inputs },
        result: decided.value,
        reasons: reasons(decided.explained)?,
    };
    Ok(Made { results, ruling })
}

/// Whether the platform gives an input of that name: the instant, or its civil day in China.
fn is_time(name: &str) -> bool {
    matches!(name, "now" | "today")
}

/// What a step is told by the expressions drawn beside it; none when there are none. Errors:
/// `process.expression_failed`.
pub(crate) fn mapped(bundle: &Bundle, node: &str, seen: &Variables) -> Result<Option<Variables>> {
    let inputs = bundle.extras.get(node).map(|extra| extra.inputs.as_slice());
    let Some(inputs) = inputs.filter(|inputs| !inputs.is_empty()) else { return Ok(None) };
    let context = Context::new(seen);
    let value = |(name, text): &(String, String)| {
        let value = crate::evaluate::evaluator().evaluate(text, &context).map_err(|reason| {
            Error::invalid("process.expression_failed").arg("expression", text).detail(reason)
        })?;
        Ok((name.clone(), value))
    };
    inputs.iter().map(value).collect::<Result<Variables>>().map(Some)
}

/// What a token sees: its own variables, then those around it.
pub(crate) fn seen(state: &State, token: Id) -> Variables {
    let mut chain = Vec::new();
    let mut at = state.token(token);
    while let Some(token) = at {
        chain.push(&token.locals);
        at = state.scope(token.scope).and_then(|scope| scope.token).and_then(|id| state.token(id));
    }
    let mut all = state.variables.clone();
    for locals in chain.into_iter().rev() {
        all.extend(locals.iter().map(|(name, value)| (name.clone(), value.clone())));
    }
    all
}

/// Reasons short enough to keep. Errors: none for what `decision` explains.
fn reasons(mut explained: Vec<Explained>) -> Result<Json> {
    for cut in [keep, drop_inputs, drop_outputs, drop_children] {
        explained.iter_mut().for_each(cut);
        let told = serde_json::to_value(&explained).map_err(Error::internal)?;
        if told.to_string().len() <= REASONS_MAX {
            return Ok(told);
        }
    }
    Ok(Json::Null)
}

fn keep(_: &mut Explained) {}

fn drop_inputs(one: &mut Explained) {
    one.inputs.clear();
    one.children.iter_mut().for_each(drop_inputs);
}

fn drop_outputs(one: &mut Explained) {
    one.result = Json::Null;
    for hit in &mut one.tables {
        hit.inputs.clear();
        hit.rules.iter_mut().for_each(|rule| rule.output = Json::Null);
    }
    one.children.iter_mut().for_each(drop_outputs);
}

fn drop_children(one: &mut Explained) {
    one.children.clear();
    one.more += one.tables.len().saturating_sub(10);
    one.tables.truncate(10);
}
