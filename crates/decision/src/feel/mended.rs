//! Where the evaluator underneath departs from DMN 1.5, and what the standard says instead.
//!
//! - Of two values of which one is null, `=` is false and `!=` true, whichever side it stands on.
//! - A time of day runs on past midnight; fractions of a second count.
//! - Instants are compared as such, not by the clocks of their zones; one with a zone and one without
//!   are not comparable.
//! - Times of day are one, to `is`, by the same clock in the same zone, whatever offset a region has
//!   today.
//! - `min` and `max` compare dates, times and durations too.
//! - `number` reads a text without separators when it is given nothing else, and a number is itself.
//! - `any` is true when one item is, whatever nulls stand beside it.
//! - A pattern that matches nothing at all replaces nothing: the result is null.
//! - A date where a date and time is declared is its midnight in UTC.
//! - The second parameter of `list contains` is named `element`.
//!
//! Invariant: what is not named here is left to the evaluator, with the values already made.

use super::costly::argument;
use super::meter::{charge, made, on_stack, size};
use super::program::Region;
use super::value::decimal;
use dsntk_feel::context::FeelContext;
use dsntk_feel::values::Value;
use dsntk_feel::{Evaluator, FeelScope, FeelType, Name};
use dsntk_feel_parser::AstNode;
use dsntk_feel_temporal::{FeelDateTime, FeelDaysAndTimeDuration, FeelTime, FeelZone};
use std::cmp::Ordering;

/// Gives the value where the standard says another than the evaluator.
pub type Mend = fn(&[Value]) -> Option<Value>;

/// What is mended of a built-in function.
pub fn of(function: &str) -> Option<Mend> {
    match function {
        "any" => Some(any),
        "is" => Some(is_one_time),
        "number" => Some(number),
        "min" => Some(|values| extreme(values, Ordering::Less)),
        "max" => Some(|values| extreme(values, Ordering::Greater)),
        _ => None,
    }
}

/// What is mended of an operator; `None` also where neither side can need it.
pub fn of_operator(node: &AstNode) -> Option<Mend> {
    match node {
        AstNode::Eq(..) => Some(|values| one_null(values).then_some(Value::Boolean(false))),
        AstNode::Nq(..) => Some(|values| one_null(values).then_some(Value::Boolean(true))),
        AstNode::Add(a, b) if may_be_time(a) && may_be_time(b) => Some(later),
        AstNode::Sub(a, b) if may_be_time(a) && may_be_time(b) => Some(earlier),
        AstNode::Lt(a, b) if may_be_time(a) && may_be_time(b) => {
            Some(|values| ordered(values, |order| order == Ordering::Less))
        }
        AstNode::Le(a, b) if may_be_time(a) && may_be_time(b) => {
            Some(|values| ordered(values, |order| order != Ordering::Greater))
        }
        AstNode::Gt(a, b) if may_be_time(a) && may_be_time(b) => {
            Some(|values| ordered(values, |order| order == Ordering::Greater))
        }
        AstNode::Ge(a, b) if may_be_time(a) && may_be_time(b) => {
            Some(|values| ordered(values, |order| order != Ordering::Less))
        }
        AstNode::Between(a, b, c) if [a, b, c].into_iter().all(|part| may_be_time(part)) => {
            Some(between)
        }
        _ => None,
    }
}

/// Evaluates the arguments, and calls what reads them by name unless the value is mended.
pub fn mended(mend: Mend, arguments: Vec<Region>, run: Evaluator) -> Evaluator {
    Box::new(move |scope: &FeelScope| {
        on_stack(|| {
            let values: Vec<Value> = arguments.iter().map(|region| region.run(scope)).collect();
            charge(values.iter().map(size).sum());
            if let Some(value) = mend(&values) {
                made(&value);
                return value;
            }
            let mut context = FeelContext::default();
            for (at, value) in values.into_iter().enumerate() {
                context.set_entry(&argument(at), value);
            }
            scope.push(context);
            let value = run(scope);
            scope.pop();
            value
        })
    })
}

/// True of a literal that is not null: it stands on the left of a comparison unharmed.
pub fn is_literal(node: &AstNode) -> bool {
    matches!(node, AstNode::Numeric(..) | AstNode::String(_) | AstNode::Boolean(_))
}

/// The name of a parameter as the evaluator knows it.
pub fn parameter(function: &AstNode, name: AstNode) -> AstNode {
    let contains = matches!(function, AstNode::Name(name) if name.as_str() == "list contains");
    match &name {
        AstNode::ParameterName(word) if contains && word.as_str() == "element" => {
            AstNode::ParameterName(Name::from("match"))
        }
        _ => name,
    }
}

/// Null where the pattern matches the empty text, else the replacement. Arguments are named by
/// their places, given for the pattern and the flags.
pub fn unless_empty(replace: AstNode, pattern: Option<usize>, flags: Option<usize>) -> AstNode {
    let Some(pattern) = pattern else { return replace };
    let named = |at| AstNode::Name(argument(at));
    let mut arguments = vec![AstNode::String(String::new()), named(pattern)];
    arguments.extend(flags.map(named));
    let matches = AstNode::FunctionInvocation(
        Box::new(AstNode::Name(Name::from("matches"))),
        Box::new(AstNode::PositionalParameters(arguments)),
    );
    AstNode::If(Box::new(matches), Box::new(AstNode::Null), Box::new(replace))
}

/// The parameter by whose name alone the arguments of a mended function may be given.
pub fn only_parameter(function: &str) -> &'static str {
    match function {
        "number" => "from",
        _ => "list",
    }
}

/// The value as the type it is declared to have; null when it is not one.
pub fn coerced(value: Value, kind: &FeelType) -> Value {
    match (value, kind) {
        (Value::Date(date), FeelType::DateTime) => {
            Value::DateTime(FeelDateTime::new(date, FeelTime::utc(0, 0, 0, 0)))
        }
        (value, kind) => value.coerced(kind),
    }
}

fn one_null(values: &[Value]) -> bool {
    let null = |value: &Value| matches!(value, Value::Null(_));
    matches!(values, [a, b] if null(a) != null(b))
}

/// False only of what is never a time nor added to one.
fn may_be_time(node: &AstNode) -> bool {
    match node {
        AstNode::Add(a, b) | AstNode::Sub(a, b) => may_be_time(a) && may_be_time(b),
        AstNode::Numeric(..)
        | AstNode::String(_)
        | AstNode::Boolean(_)
        | AstNode::Div(..)
        | AstNode::Exp(..)
        | AstNode::List(_) => false,
        _ => true,
    }
}

fn later(values: &[Value]) -> Option<Value> {
    match values {
        [Value::Time(time), Value::DaysAndTimeDuration(by)]
        | [Value::DaysAndTimeDuration(by), Value::Time(time)] => Some(shifted(time, by, 1)),
        _ => None,
    }
}

fn earlier(values: &[Value]) -> Option<Value> {
    match values {
        [Value::Time(time), Value::DaysAndTimeDuration(by)] => Some(shifted(time, by, -1)),
        _ => None,
    }
}

fn shifted(time: &FeelTime, by: &FeelDaysAndTimeDuration, sign: i128) -> Value {
    const SECOND: i128 = 1_000_000_000;
    let seconds = i128::from(time.hour()) * 3_600
        + i128::from(time.minute()) * 60
        + i128::from(time.second());
    let at = seconds * SECOND + i128::from(time.nanos()) + sign * i128::from(by.as_nanos());
    let at = at.rem_euclid(86_400 * SECOND);
    let part = |value: i128| u8::try_from(value).ok();
    let parts = (
        part(at / SECOND / 3_600),
        part(at / SECOND / 60 % 60),
        part(at / SECOND % 60),
        u64::try_from(at % SECOND).ok(),
    );
    let time = match parts {
        (Some(hour), Some(minute), Some(second), Some(nanos)) => {
            FeelTime::zone_opt(hour, minute, second, nanos, time.zone().clone())
        }
        _ => None,
    };
    time.map_or(Value::Null(None), Value::Time)
}

fn any(values: &[Value]) -> Option<Value> {
    let items = match values {
        [Value::List(items)] => items,
        _ => values,
    };
    let sound = items.iter().all(|item| matches!(item, Value::Boolean(_) | Value::Null(_)));
    let found = sound && items.iter().any(Value::is_true);
    found.then_some(Value::Boolean(true))
}

fn number(values: &[Value]) -> Option<Value> {
    match values {
        [Value::Number(number)] => Some(Value::Number(*number)),
        [Value::String(text)] => {
            Some(decimal(text).map_or(Value::Null(Some("not a number".to_owned())), Value::Number))
        }
        [_] => Some(Value::Null(Some("not a number".to_owned()))),
        _ => None,
    }
}

fn is_one_time(values: &[Value]) -> Option<Value> {
    let [Value::Time(a), Value::Time(b)] = values else { return None };
    let clock = |time: &FeelTime| (time.hour(), time.minute(), time.second(), time.nanos());
    let zone = match (a.zone(), b.zone()) {
        (FeelZone::Zone(a), FeelZone::Zone(b)) => a == b,
        (FeelZone::Offset(a), FeelZone::Offset(b)) => a == b,
        (FeelZone::Utc, FeelZone::Offset(0)) | (FeelZone::Offset(0), FeelZone::Utc) => true,
        (a, b) => std::mem::discriminant(a) == std::mem::discriminant(b),
    };
    Some(Value::Boolean(clock(a) == clock(b) && zone))
}

/// The first or last of dates, times or durations; none of other values.
fn extreme(values: &[Value], wanted: Ordering) -> Option<Value> {
    let items = match values {
        [Value::List(items)] => items,
        _ => values,
    };
    let mut items = items.iter();
    let mut found = items.next()?;
    compared(found, found)?;
    for item in items {
        match compared(item, found) {
            Some(order) if order == wanted => found = item,
            Some(_) => {}
            None => return Some(Value::Null(Some("values that cannot be compared".to_owned()))),
        }
    }
    Some(found.clone())
}

fn ordered(values: &[Value], holds: fn(Ordering) -> bool) -> Option<Value> {
    match values {
        [a @ (Value::Time(_) | Value::DateTime(_)), b] if !matches!(b, Value::Null(_)) => {
            Some(compared(a, b).map_or(Value::Null(None), |order| Value::Boolean(holds(order))))
        }
        _ => None,
    }
}

fn between(values: &[Value]) -> Option<Value> {
    let [value, low, high] = values else { return None };
    let above = ordered(&[value.clone(), low.clone()], |order| order != Ordering::Less)?;
    let below = ordered(&[value.clone(), high.clone()], |order| order != Ordering::Greater)?;
    Some(match (above, below) {
        (Value::Boolean(above), Value::Boolean(below)) => Value::Boolean(above && below),
        _ => Value::Null(None),
    })
}

/// The order of two dates, times or durations of one kind; none of other values.
pub fn compared(a: &Value, b: &Value) -> Option<Ordering> {
    match (a, b) {
        (Value::Date(a), Value::Date(b)) => a.partial_cmp(b),
        (Value::Time(a), Value::Time(b)) => match same_kind(a, b)? {
            true => sign(a.clone() - b.clone()),
            false => a.partial_cmp(b),
        },
        (Value::DateTime(a), Value::DateTime(b)) => match same_kind(&a.time(), &b.time())? {
            // Instants farther apart than a difference can say are ordered by their dates.
            true => sign(a.clone() - b.clone()).or_else(|| a.date().partial_cmp(&b.date())),
            false => a.partial_cmp(b),
        },
        (Value::DaysAndTimeDuration(a), Value::DaysAndTimeDuration(b)) => a.partial_cmp(b),
        (Value::YearsAndMonthsDuration(a), Value::YearsAndMonthsDuration(b)) => a.partial_cmp(b),
        _ => None,
    }
}

/// Whether both have a zone, or neither; none when one has.
fn same_kind(a: &FeelTime, b: &FeelTime) -> Option<bool> {
    let (a, b) = (a.zone().has_offset(), b.zone().has_offset());
    (a == b).then_some(a)
}

fn sign(difference: Option<FeelDaysAndTimeDuration>) -> Option<Ordering> {
    Some(difference?.as_nanos().cmp(&0))
}
