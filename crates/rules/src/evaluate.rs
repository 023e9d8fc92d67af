//! Deciding a rule over facts, with the explanation that personal-information law asks of an
//! automated decision (个人信息保护法 24): every condition, value, source, time and article.
//!
//! Invariant: fail closed. Only a rule whose every condition is met grants.

use crate::compare::holds;
use crate::{CONDITIONS_MAX, Condition, Op, Operand, Rule};
use kernel::time::HOUR_US;
use kernel::{Text, Timestamp};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::collections::BTreeMap;

/// What a source said of one path.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Fact {
    /// The value; `None` when the source was asked and holds none. Null counts as none.
    pub value: Option<Value>,
    /// The registry, form or licence that said so.
    pub source: Text,
    /// When it said so.
    pub at: Timestamp,
}

/// What the machine may do. There is no refusal: that is a person's act.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// Every condition is met.
    Grant,
    /// A person decides.
    Refer,
}

/// How one condition came out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// Met.
    Met,
    /// Not met.
    NotMet,
    /// A fact was not asked for, or its source holds none.
    Missing,
    /// A fact is older than allowed, or bears a time to come.
    Stale,
    /// A fact has a type the comparison cannot take.
    Mistyped,
}

/// A fact or constant a condition used.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Used {
    /// Path of the fact; empty for a constant of the rule.
    pub path: String,
    /// Its value, if there was one.
    pub value: Option<Value>,
    /// Who said so; `None` for a constant or a fact nobody was asked for.
    pub source: Option<Text>,
    /// When; as `source`.
    pub at: Option<Timestamp>,
}

/// One condition, explained.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Explained {
    /// Id of the condition.
    pub condition: String,
    /// What was required.
    pub text: Text,
    /// The article that requires it.
    pub article: String,
    /// How it was compared.
    pub op: Op,
    /// How it came out.
    pub result: Verdict,
    /// The fact looked at.
    pub left: Used,
    /// What it was compared with; `None` for `present` and `absent`.
    pub right: Option<Used>,
}

/// A decision with its whole explanation: what the record keeps and the citizen may read.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Decision {
    /// Id of the rule.
    pub rule: String,
    /// Version of the rule.
    pub version: u32,
    /// The article that lets a machine decide.
    pub basis: String,
    /// The instant decided at, to which ages of facts were measured.
    pub at: Timestamp,
    /// What may be done.
    pub outcome: Outcome,
    /// Every condition that applies, in the rule's order, met or not.
    pub explanation: Vec<Explained>,
}

/// Decides the rule over the facts at the instant. Total: there is no input it fails on.
pub fn evaluate(rule: &Rule, facts: &BTreeMap<String, Fact>, now: Timestamp) -> Decision {
    let known = |path: &str| facts.get(path).and_then(|fact| fact.value.clone());
    let explanation: Vec<Explained> = rule
        .conditions
        .iter()
        .take(CONDITIONS_MAX)
        .filter(|condition| condition.applies(&known))
        .map(|condition| explain(condition, facts, now))
        .collect();
    let whole = !explanation.is_empty() && rule.conditions.len() <= CONDITIONS_MAX;
    let met = explanation.iter().all(|one| one.result == Verdict::Met);
    Decision {
        rule: rule.id.clone(),
        version: rule.version,
        basis: rule.basis.clone(),
        at: now,
        outcome: if whole && met { Outcome::Grant } else { Outcome::Refer },
        explanation,
    }
}

fn explain(condition: &Condition, facts: &BTreeMap<String, Fact>, now: Timestamp) -> Explained {
    let left = used(&condition.left, facts);
    let right = match &condition.right {
        Operand::None => None,
        Operand::Value(value) => Some(constant(value.clone())),
        Operand::List(values) => Some(constant(Value::Array(values.clone()))),
        Operand::Fact(path) => Some(used(path, facts)),
    };
    let result = judge(condition, &left, right.as_ref(), now);
    Explained {
        condition: condition.id.clone(),
        text: condition.text.clone(),
        article: condition.article.clone(),
        op: condition.op,
        result,
        left,
        right,
    }
}

fn judge(condition: &Condition, left: &Used, right: Option<&Used>, now: Timestamp) -> Verdict {
    let sides = || std::iter::once(left).chain(right).filter(|side| !side.path.is_empty());
    if left.path.is_empty() || sides().any(|side| side.at.is_none()) {
        return Verdict::Missing;
    }
    let stale = |at: Timestamp| {
        let too_old = condition
            .max_age_hours
            .is_some_and(|hours| now.since(at) > i64::from(hours).saturating_mul(HOUR_US));
        at > now || too_old
    };
    if sides().filter_map(|side| side.at).any(stale) {
        return Verdict::Stale;
    }
    // "Absent" needs a source that was asked and answered none; an unasked one is missing above.
    if condition.op == Op::Absent {
        return if left.value.is_none() { Verdict::Met } else { Verdict::NotMet };
    }
    let Some(value) = &left.value else {
        return Verdict::Missing;
    };
    if condition.op == Op::Present {
        return Verdict::Met;
    }
    let Some(right) = right else {
        return Verdict::Mistyped;
    };
    let Some(other) = &right.value else {
        return Verdict::Missing;
    };
    match holds(condition.op, value, other, Some(now)) {
        Some(true) => Verdict::Met,
        Some(false) => Verdict::NotMet,
        None => Verdict::Mistyped,
    }
}

fn used(path: &str, facts: &BTreeMap<String, Fact>) -> Used {
    let fact = facts.get(path);
    Used {
        path: path.to_owned(),
        value: fact.and_then(|fact| fact.value.clone()).filter(|value| !value.is_null()),
        source: fact.map(|fact| fact.source.clone()),
        at: fact.map(|fact| fact.at),
    }
}

fn constant(value: Value) -> Used {
    Used { path: String::new(), value: Some(value), source: None, at: None }
}
