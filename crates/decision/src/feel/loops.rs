//! The loops of FEEL, `for`, `some`, `every` and the filter, run by ourselves: every turn is
//! counted, nothing is listed before it is needed, and a loop ends when its result is known.
//!
//! Invariants
//! - A domain sees the variables of the turns before it.
//! - A loop over an interval takes one step at a time; its length is bounded by the meter alone.
//!
//! Must not know: how expressions are written.

use super::meter::{charge, made, size};
use super::program::Region;
use dsntk_feel::context::FeelContext;
use dsntk_feel::values::{Value, Values};
use dsntk_feel::{FeelNumber, FeelScope, IntervalType, Name};
use std::ops::ControlFlow;

/// A variable and what it runs over.
pub struct Turn {
    variable: Name,
    domain: Domain,
}

enum Domain {
    Interval(Region, Region),
    /// A list, a range or a single value.
    Values(Region, Strictness),
}

/// What a loop makes of a domain that is not a list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Strictness {
    /// A single value is a list of one, a range runs either way.
    Loose,
    /// A range is written out in the loop and runs from the smaller to the larger.
    Range,
    /// A single value is no list: there is nothing to run over.
    List,
}

impl Turn {
    /// From a start to an end, up or down.
    pub fn interval(variable: Name, start: Region, end: Region) -> Turn {
        Turn { variable, domain: Domain::Interval(start, end) }
    }

    /// Over the items of a list, the steps of a range, or a single value.
    pub fn values(variable: Name, domain: Region, strict: Strictness) -> Turn {
        Turn { variable, domain: Domain::Values(domain, strict) }
    }
}

/// `for … return …`
pub struct Loop {
    /// Variables, outermost first.
    pub turns: Vec<Turn>,
    /// What is returned.
    pub body: Region,
    /// True when the body reads the results so far.
    pub partial: bool,
}

/// `some … satisfies …` or `every … satisfies …`
pub struct Quantified {
    /// Variables, outermost first.
    pub turns: Vec<Turn>,
    /// The condition.
    pub test: Region,
    /// True for `some`.
    pub some: bool,
}

/// How a loop is left early: with the value it has then.
type Flow = ControlFlow<Value>;

impl Loop {
    /// The list of results.
    pub fn run(&self, scope: &FeelScope) -> Value {
        let mut results = Values::new();
        let mut kept = 0;
        let fixed = fixed_cost(&self.turns, &self.body, scope);
        let turn = |scope: &FeelScope, own: u64| {
            charge(fixed + own);
            if self.partial {
                charge(kept);
                let mut context = FeelContext::default();
                context.set_entry(&"partial".into(), Value::List(results.clone()));
                scope.push(context);
            }
            let value = self.body.run(scope);
            if self.partial {
                scope.pop();
            }
            kept += size(&value);
            made(&value);
            results.push(value);
            Flow::Continue(())
        };
        match walk(&self.turns, &self.body, scope, 0, &mut { turn }) {
            Flow::Break(value) => value,
            Flow::Continue(()) => Value::List(results),
        }
    }
}

impl Quantified {
    /// True or false, or null when a condition is neither.
    pub fn run(&self, scope: &FeelScope) -> Value {
        let fixed = fixed_cost(&self.turns, &self.test, scope);
        let turn = |scope: &FeelScope, own: u64| {
            charge(fixed + own);
            match self.test.run(scope) {
                Value::Boolean(holds) if holds == self.some => {
                    Flow::Break(Value::Boolean(self.some))
                }
                Value::Boolean(_) => Flow::Continue(()),
                _ => Flow::Break(Value::Null(None)),
            }
        };
        match walk(&self.turns, &self.test, scope, 0, &mut { turn }) {
            Flow::Break(value) => value,
            Flow::Continue(()) => Value::Boolean(!self.some),
        }
    }
}

/// What one turn reads besides the variables of the loop.
fn fixed_cost(turns: &[Turn], body: &Region, scope: &FeelScope) -> u64 {
    let own = |name: &Name| turns.iter().any(|turn| &turn.variable == name);
    body.cost(scope, &own)
}

/// Runs the body for every combination; `own` sums what it reads of the variables.
fn walk(
    turns: &[Turn],
    body: &Region,
    scope: &FeelScope,
    own: u64,
    turn: &mut dyn FnMut(&FeelScope, u64) -> Flow,
) -> Flow {
    let Some((first, rest)) = turns.split_first() else { return turn(scope, own) };
    let reads = body.reads.iter().find(|(name, _)| name == &first.variable);
    let reads = reads.map_or(0, |(_, count)| *count);
    let mut step = |value: Value| {
        let size = size(&value);
        charge(1 + size);
        let mut context = FeelContext::default();
        context.set_entry(&first.variable, value);
        scope.push(context);
        let flow = walk(rest, body, scope, own + reads * size, turn);
        scope.pop();
        flow
    };
    match &first.domain {
        Domain::Interval(start, end) => interval(start.run(scope), end.run(scope), &mut step),
        Domain::Values(domain, strict) => match domain.run(scope) {
            Value::List(items) => items.into_iter().try_for_each(step),
            Value::Range(start, IntervalType::Closed, end, IntervalType::Closed) => {
                if *strict == Strictness::Range && is_backwards(&start, &end) {
                    return Flow::Break(null("a range runs from the smaller to the larger"));
                }
                interval(*start, *end, &mut step)
            }
            Value::Range(..) => Flow::Break(null("an open range has no first or last value")),
            _ if *strict == Strictness::List => Flow::Continue(()),
            single => step(single),
        },
    }
}

fn is_backwards(start: &Value, end: &Value) -> bool {
    match (start, end) {
        (Value::Number(start), Value::Number(end)) => start > end,
        (Value::Date(start), Value::Date(end)) => start > end,
        _ => false,
    }
}

fn interval(start: Value, end: Value, step: &mut dyn FnMut(Value) -> Flow) -> Flow {
    match (start, end) {
        (Value::Number(start), Value::Number(end)) => {
            let up = start <= end;
            let one = if up { FeelNumber::one() } else { -FeelNumber::one() };
            let mut at = start;
            while if up { at <= end } else { at >= end } {
                step(Value::Number(at))?;
                at += one;
            }
            Flow::Continue(())
        }
        (Value::Date(start), Value::Date(end)) => {
            let up = start <= end;
            let mut at = start;
            while if up { at <= end } else { at >= end } {
                step(Value::Date(at.clone()))?;
                let next = if up { at.add_days(1) } else { at.sub_days(1) };
                let Some(next) = next else { break };
                at = next;
            }
            Flow::Continue(())
        }
        _ => Flow::Break(null("an interval of a loop is one of numbers or dates")),
    }
}

/// The items of a value that pass a predicate, or the one at an index.
pub fn run_filter(scope: &FeelScope, subject: Value, predicate: &Region) -> Value {
    let fixed = predicate.cost(scope, &|name| name.as_str() == "item");
    charge(fixed);
    let index = predicate.run(scope);
    let items = match subject {
        Value::List(items) => items,
        value @ (Value::Null(_) | Value::Range(..) | Value::FunctionDefinition(..)) => {
            return null(&format!("{} cannot be filtered", value.type_of()));
        }
        // A value is a list of one.
        single => vec![single],
    };
    if let Value::Number(index) = index {
        return at(&items, index);
    }
    let mut kept = Values::new();
    for item in items {
        charge(1 + fixed + 2 * size(&item));
        match on_item(scope, &item, predicate) {
            Value::Boolean(true) => kept.push(item),
            Value::Boolean(false) | Value::Number(_) | Value::Null(_) => {}
            _ => return null("a filter is a number or a condition"),
        }
    }
    Value::List(kept)
}

/// Runs the predicate where the item, and what is in it, can be named.
fn on_item(scope: &FeelScope, item: &Value, predicate: &Region) -> Value {
    let name = Name::from("item");
    let mut pushed = 0;
    let mut named = false;
    if let Value::Context(context) = item {
        named = context.contains_entry(&name);
        scope.push(context.clone());
        pushed += 1;
    }
    if !named {
        let mut context = FeelContext::default();
        context.set_entry(&name, item.clone());
        scope.push(context);
        pushed += 1;
    }
    let value = predicate.run(scope);
    for _ in 0..pushed {
        scope.pop();
    }
    value
}

/// The item at an index from 1, or from -1 backwards.
fn at(items: &[Value], index: FeelNumber) -> Value {
    let place = usize::try_from(index.abs()).ok().filter(|_| index.is_integer());
    let found = place.and_then(|place| match index.is_negative() {
        true => items.len().checked_sub(place).and_then(|at| items.get(at)),
        false => place.checked_sub(1).and_then(|at| items.get(at)),
    });
    found.cloned().unwrap_or_else(|| null("the index is out of range"))
}

fn null(why: &str) -> Value {
    Value::Null(Some(why.to_owned()))
}
