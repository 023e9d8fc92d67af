//! Decision tables: which rules match, and what comes of it by the hit policy.
//!
//! Invariants
//! - A column is evaluated once, its cells against that value, or against null where the column
//!   does not allow it; outputs only of rules that match.
//! - What an explanation says of a table is what the table did.
//!
//! Must not know: documents.

use super::explain::{Hit, Matched, Note, Outcome, Used, consulted, is_gathering};
use super::types::{Constraint, ItemType};
use crate::feel::{Program, charge, made, size, to_json};
use crate::limit::MATCHES_MAX;
use dsntk_feel::context::FeelContext;
use dsntk_feel::values::Value;
use dsntk_feel::{FeelScope, FeelType, Name};
use dsntk_feel_evaluator::{evaluate_equals, evaluate_max, evaluate_min, evaluate_sum};
use dsntk_feel_parser::AstNode;
use serde_json::Value as Json;
use std::cmp::Ordering;
use std::sync::Arc;

/// Which of the rules that match give the value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Policy {
    /// One matches.
    Unique,
    /// All that match say the same.
    Any,
    /// The one with the most important output.
    Priority,
    /// The first.
    First,
    /// All, in the order of rules.
    RuleOrder,
    /// All, in the order of their outputs' importance.
    OutputOrder,
    /// All, in no order of meaning.
    Collect,
    /// Their sum.
    Sum,
    /// The smallest.
    Min,
    /// The largest.
    Max,
    /// How many.
    Count,
}

impl Policy {
    /// Its letter.
    pub fn letter(self) -> &'static str {
        match self {
            Policy::Unique => "U",
            Policy::Any => "A",
            Policy::Priority => "P",
            Policy::First => "F",
            Policy::RuleOrder => "R",
            Policy::OutputOrder => "O",
            Policy::Collect => "C",
            Policy::Sum => "C+",
            Policy::Min => "C<",
            Policy::Max => "C>",
            Policy::Count => "C#",
        }
    }
}

/// An input column.
pub struct Column {
    /// Its label, or its expression.
    pub label: String,
    /// Its expression.
    pub program: Program,
    /// The type of its value, where it is known.
    pub kind: FeelType,
    /// Values it may have.
    pub allowed: Option<Constraint>,
    /// Tests of the type of the input it reads, when it reads one whole.
    pub domain: Option<AstNode>,
}

/// An output column.
pub struct Output {
    /// Its name; a table with one output needs none.
    pub name: Option<Name>,
    /// Type of its values.
    pub kind: Arc<ItemType>,
    /// Values it may have.
    pub allowed: Option<Constraint>,
    /// Those values in the order of their importance.
    pub ranks: Option<Program>,
    /// What it gives when no rule matches.
    pub default: Option<Program>,
}

/// A cell that tests something.
pub struct Test {
    /// As parsed.
    pub node: AstNode,
    /// True when the column passes.
    pub program: Program,
    /// True when it reads nothing but its column.
    pub plain: bool,
}

/// A rule.
pub struct Rule {
    /// Cells by column; none for one that tests nothing.
    pub tests: Vec<Option<Test>>,
    /// Outputs by column, as parsed and compiled.
    pub outputs: Vec<(AstNode, Program)>,
    /// Annotations by column.
    pub notes: Vec<String>,
}

/// A decision table.
pub struct Table {
    /// The decision or knowledge model whose table it is.
    pub owner: String,
    /// Line of the document.
    pub line: u32,
    /// Hit policy.
    pub policy: Policy,
    /// Input columns.
    pub columns: Vec<Column>,
    /// Output columns.
    pub outputs: Vec<Output>,
    /// Names of annotation columns.
    pub notes: Vec<String>,
    /// Rules in order.
    pub rules: Vec<Rule>,
}

/// The name under which cells read the value of their column.
pub fn column_name(at: usize) -> Name {
    Name::from(format!("⧉{at}"))
}

/// What matched.
struct Found {
    columns: Vec<Value>,
    rules: Vec<usize>,
    allowed: bool,
}

impl Table {
    /// The value in a scope. Runs under the meter.
    pub fn run(&self, scope: &FeelScope) -> Value {
        let found = self.find(scope);
        let (value, outcome, outputs) = self.decide(scope, &found);
        made(&value);
        if is_gathering() {
            consulted(self.hit(&found, outcome, &outputs));
        }
        value
    }

    fn find(&self, scope: &FeelScope) -> Found {
        let columns: Vec<Value> =
            self.columns.iter().map(|column| column.program.run(scope)).collect();
        let sizes: Vec<u64> = columns.iter().map(size).collect();
        charge(sizes.iter().sum());
        let mut allowed = true;
        let mut context = FeelContext::default();
        for (at, (column, value)) in self.columns.iter().zip(&columns).enumerate() {
            let passes = column.allowed.as_ref().is_none_or(|allowed| allowed.allows(value));
            let tested = if passes { value.clone() } else { Value::Null(None) };
            context.set_entry(&column_name(at), tested);
            allowed &= passes;
        }
        let mut rules = Vec::new();
        scope.push(context);
        for (number, rule) in self.rules.iter().enumerate() {
            charge(1);
            if rule.matches(scope, &sizes) {
                rules.push(number);
                if self.policy == Policy::First {
                    break;
                }
            }
        }
        scope.pop();
        Found { columns, rules, allowed }
    }

    fn decide(&self, scope: &FeelScope, found: &Found) -> (Value, Outcome, Vec<Value>) {
        if found.rules.is_empty() {
            let outcome = if found.allowed { Outcome::None } else { Outcome::NotAllowed };
            return (self.fallback(scope), outcome, Vec::new());
        }
        let rules = found.rules.iter().filter_map(|number| self.rules.get(*number));
        let parts: Vec<Vec<Value>> = rules.map(|rule| self.parts(rule, scope)).collect();
        let values: Vec<Value> = parts.iter().map(|parts| self.compose(parts)).collect();
        let first = || values.first().cloned().unwrap_or(Value::Null(None));
        let single = self.outputs.len() == 1;
        let value = match self.policy {
            Policy::Unique if values.len() > 1 => {
                return (Value::Null(None), Outcome::Conflict, values);
            }
            Policy::Any if values.iter().any(|value| *value != first()) => {
                return (Value::Null(None), Outcome::Conflict, values);
            }
            Policy::Unique | Policy::Any | Policy::First => first(),
            Policy::Priority => {
                let best = self.by_rank(scope, &parts).first().copied().unwrap_or_default();
                values.get(best).cloned().unwrap_or(Value::Null(None))
            }
            Policy::OutputOrder => {
                let order = self.by_rank(scope, &parts);
                Value::List(order.into_iter().filter_map(|at| values.get(at).cloned()).collect())
            }
            Policy::RuleOrder | Policy::Collect => Value::List(values.clone()),
            Policy::Count => Value::Number(values.len().into()),
            Policy::Sum if single => evaluate_sum(values.clone()),
            Policy::Min if single => evaluate_min(values.clone()),
            Policy::Max if single => evaluate_max(values.clone()),
            Policy::Sum | Policy::Min | Policy::Max => Value::Null(None),
        };
        (value, Outcome::Matched, values)
    }

    fn parts(&self, rule: &Rule, scope: &FeelScope) -> Vec<Value> {
        let part = |((_, program), output): (&(AstNode, Program), &Output)| {
            let value = output.kind.coerced(program.run(scope));
            match &output.allowed {
                Some(allowed) if !allowed.allows(&value) => Value::Null(None),
                _ => value,
            }
        };
        rule.outputs.iter().zip(&self.outputs).map(part).collect()
    }

    fn compose(&self, parts: &[Value]) -> Value {
        if let [only] = parts {
            return only.clone();
        }
        let mut context = FeelContext::default();
        for (output, value) in self.outputs.iter().zip(parts) {
            if let Some(name) = &output.name {
                context.set_entry(name, value.clone());
            }
        }
        Value::Context(context)
    }

    fn fallback(&self, scope: &FeelScope) -> Value {
        let defaults: Vec<_> = self.outputs.iter().map(|output| &output.default).collect();
        if defaults.iter().all(|default| default.is_none()) {
            return Value::Null(None);
        }
        let value = |default: &&Option<Program>| match default {
            Some(program) => program.run(scope),
            None => Value::Null(None),
        };
        let parts: Vec<Value> = defaults.iter().map(value).collect();
        self.compose(&parts)
    }

    /// Indices of what matched, the most important output first.
    fn by_rank(&self, scope: &FeelScope, parts: &[Vec<Value>]) -> Vec<usize> {
        let lists: Vec<Vec<Value>> =
            self.outputs.iter().map(|output| ranks(output, scope)).collect();
        let ranked = |parts: &Vec<Value>| -> Vec<Option<usize>> {
            let rank = |(list, value): (&Vec<Value>, &Value)| {
                charge(list.len() as u64);
                list.iter().position(|ranked| evaluate_equals(ranked, value))
            };
            lists.iter().zip(parts).map(rank).collect()
        };
        let ranks: Vec<Vec<Option<usize>>> = parts.iter().map(ranked).collect();
        let mut order: Vec<usize> = (0..parts.len()).collect();
        order.sort_by(|a, b| compare(ranks.get(*a), ranks.get(*b)));
        order
    }

    fn hit(&self, found: &Found, outcome: Outcome, outputs: &[Value]) -> Hit {
        let json = |value: &Value| to_json(value).unwrap_or(Json::Null);
        let used = |(column, value): (&Column, &Value)| Used {
            name: column.label.clone(),
            value: json(value),
        };
        let matched = |(number, output): (&usize, &Value)| {
            let rule = self.rules.get(*number);
            let notes = rule.into_iter().flat_map(|rule| self.notes.iter().zip(&rule.notes));
            let notes = notes.filter(|(_, text)| !text.is_empty());
            let note = |(column, text): (&String, &String)| Note {
                column: column.clone(),
                text: text.clone(),
            };
            Matched { rule: number + 1, output: json(output), notes: notes.map(note).collect() }
        };
        let rules = found.rules.iter().zip(outputs).take(MATCHES_MAX).map(matched);
        Hit {
            table: self.owner.clone(),
            line: self.line,
            policy: self.policy.letter(),
            inputs: self.columns.iter().zip(&found.columns).map(used).collect(),
            rules: rules.collect(),
            more: found.rules.len().saturating_sub(MATCHES_MAX),
            outcome,
        }
    }
}

impl Rule {
    fn matches(&self, scope: &FeelScope, sizes: &[u64]) -> bool {
        self.tests.iter().zip(sizes).all(|(test, size)| match test {
            None => true,
            Some(test) if test.plain => {
                charge(*size);
                test.program.run_charged(scope).is_true()
            }
            Some(test) => test.program.run(scope).is_true(),
        })
    }
}

fn ranks(output: &Output, scope: &FeelScope) -> Vec<Value> {
    match output.ranks.as_ref().map(|program| program.run(scope)) {
        Some(Value::ExpressionList(values) | Value::List(values)) => values,
        _ => Vec::new(),
    }
}

/// Compares ranks column by column; what is not ranked comes last.
fn compare(a: Option<&Vec<Option<usize>>>, b: Option<&Vec<Option<usize>>>) -> Ordering {
    let columns = a.into_iter().flatten().zip(b.into_iter().flatten());
    let last = |rank: &Option<usize>| rank.unwrap_or(usize::MAX);
    columns
        .map(|(a, b)| last(a).cmp(&last(b)))
        .find(|order| order.is_ne())
        .unwrap_or(Ordering::Equal)
}
