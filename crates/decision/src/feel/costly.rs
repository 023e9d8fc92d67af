//! Built-in functions that are not left to themselves: those whose work or result grows faster than
//! their arguments are charged before they run, and a duration is read only when it can be held.
//!
//! Invariant: what a function makes is at most proportional to what was charged for it.

use super::meter::{charge, made, size};
use super::program::Region;
use super::value::duration_fits;
use crate::limit::{PATTERN_WORK, TEXT_UNIT};
use dsntk_feel::context::FeelContext;
use dsntk_feel::values::Value;
use dsntk_feel::{Evaluator, FeelScope, Name};

/// How the work of a function grows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cost {
    /// A regular expression is compiled and run; a replacement may be long.
    Pattern,
    /// A delimiter is repeated for every item.
    Join,
    /// Every item is compared with every other.
    Pairs,
    /// A part that cannot be held would be passed over.
    Duration,
}

/// The cost of a built-in function; none when it is proportional to its arguments.
pub fn of(function: &str) -> Option<Cost> {
    match function {
        "replace" | "matches" | "split" => Some(Cost::Pattern),
        "string join" => Some(Cost::Join),
        "distinct values" | "union" | "mode" => Some(Cost::Pairs),
        "duration" => Some(Cost::Duration),
        _ => None,
    }
}

/// The name under which an argument is handed to the function.
pub fn argument(at: usize) -> Name {
    Name::from(format!("⧖{at}"))
}

/// Evaluates the arguments, charges for them and calls the function that reads them by name.
pub fn charged(cost: Cost, arguments: Vec<Region>, run: Evaluator) -> Evaluator {
    Box::new(move |scope: &FeelScope| {
        let mut context = FeelContext::default();
        let mut values = Vec::new();
        for region in &arguments {
            values.push(region.run(scope));
        }
        charge(units(cost, &values));
        let long = |text: &String| !duration_fits(text);
        if cost == Cost::Duration && values.iter().filter_map(text).any(long) {
            return Value::Null(Some("no duration, or one too long to be held".to_owned()));
        }
        for (at, value) in values.into_iter().enumerate() {
            context.set_entry(&argument(at), value);
        }
        scope.push(context);
        let value = run(scope);
        scope.pop();
        made(&value);
        value
    })
}

fn units(cost: Cost, values: &[Value]) -> u64 {
    let sizes: u64 = values.iter().map(size).sum();
    let mut texts: Vec<u64> = values.iter().filter_map(text).map(|t| t.len() as u64).collect();
    texts.sort_unstable_by(|a, b| b.cmp(a));
    let longest = texts.first().copied().unwrap_or_default();
    let second = texts.get(1).copied().unwrap_or_default();
    let items = values.iter().map(|value| match value {
        Value::List(items) => items.len() as u64,
        _ => 1,
    });
    let extra = match cost {
        Cost::Pattern => {
            // A counted repetition is written out when the pattern is compiled.
            let counted = values.iter().filter_map(text).any(|text| text.contains('{'));
            let compiled = if counted { 40 * PATTERN_WORK } else { PATTERN_WORK };
            compiled + (longest + 1) * (second + 1) / TEXT_UNIT
        }
        Cost::Join => items.sum::<u64>() * (longest + 1) / TEXT_UNIT,
        Cost::Pairs => sizes.saturating_mul(sizes) / 16,
        Cost::Duration => 0,
    };
    2 * sizes + extra
}

fn text(value: &Value) -> Option<&String> {
    match value {
        Value::String(text) => Some(text),
        _ => None,
    }
}
