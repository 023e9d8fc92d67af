//! Values of FEEL and of JSON, each as the other.
//!
//! Invariants
//! - What is shown ([`to_json`]): no number goes through binary floating point unless it comes back
//!   the same; one that JSON cannot hold exactly is written as a string of its digits.
//! - What is kept and read again ([`to_variable`]): a number stays a number, since as a string it
//!   would compare with none and a condition over it would fail unseen. Digits beyond the
//!   seventeenth of a fraction are rounded; a number that would lose whole units is refused.
//! - Dates, times and durations become strings in their ISO form; a range becomes an object with
//!   the properties FEEL gives it.
//! - A function, or half of a test, is not a result.
//!
//! Must not know: types that somebody declared.

use super::scan;
use crate::limit::{TEXT_UNIT, VALUE_DEPTH_MAX, VALUE_MAX};
use dsntk_feel::context::FeelContext;
use dsntk_feel::values::Value;
use dsntk_feel::{FeelNumber, Name};
use kernel::Error;
use serde_json::{Map, Number, Value as Json};

/// A value of FEEL. Errors: too large, too deep, too many digits.
pub fn from_json(json: &Json) -> Result<Value, Error> {
    let mut left = VALUE_MAX;
    convert(json, 0, &mut left)
}

fn convert(json: &Json, depth: usize, left: &mut u64) -> Result<Value, Error> {
    if depth > VALUE_DEPTH_MAX {
        return Err(Error::invalid("feel.limit_value").arg("detail", VALUE_DEPTH_MAX));
    }
    let units = match json {
        Json::String(text) => 1 + text.len() as u64 / TEXT_UNIT,
        _ => 1,
    };
    *left = left
        .checked_sub(units)
        .ok_or_else(|| Error::invalid("feel.limit_size").arg("detail", VALUE_MAX))?;
    Ok(match json {
        Json::Null => Value::Null(None),
        Json::Bool(value) => Value::Boolean(*value),
        Json::Number(number) => Value::Number(decimal(&number.to_string())?),
        Json::String(text) => Value::String(text.clone()),
        Json::Array(items) => {
            let items = items.iter().map(|item| convert(item, depth + 1, left));
            Value::List(items.collect::<Result<_, _>>()?)
        }
        Json::Object(entries) => {
            let mut context = FeelContext::default();
            for (key, value) in entries {
                context.set_entry(&name(key), convert(value, depth + 1, left)?);
            }
            Value::Context(context)
        }
    })
}

/// The name as FEEL writes it.
pub fn name(text: &str) -> Name {
    Name::from(scan::name(text))
}

/// A decimal number. Errors: not a number, or more digits than a decimal holds.
pub fn decimal(text: &str) -> Result<FeelNumber, Error> {
    let digits = text.strip_prefix(['-', '+']).unwrap_or(text);
    let shaped = digits.starts_with(|c: char| c.is_ascii_digit() || c == '.')
        && digits.chars().all(|c| c.is_ascii_digit() || matches!(c, '.' | 'e' | 'E' | '+' | '-'));
    if !shaped || text.len() > 100 {
        return Err(Error::invalid("feel.number"));
    }
    scan::number(digits)?;
    text.parse().map_err(|_| Error::invalid("feel.number"))
}

/// The value as JSON, every digit of it. Errors: it has none.
pub fn to_json(value: &Value) -> Result<Json, Error> {
    written(value, number_json)
}

/// The value as JSON that is read again as the same kind. Errors: it has none; a number too long.
pub fn to_variable(value: &Value) -> Result<Json, Error> {
    written(value, number_variable)
}

fn written(
    value: &Value,
    number_json: fn(FeelNumber) -> Result<Json, Error>,
) -> Result<Json, Error> {
    let to_json = |value: &Value| written(value, number_json);
    Ok(match value {
        Value::Null(_) => Json::Null,
        Value::Boolean(value) => Json::Bool(*value),
        Value::Number(number) => number_json(*number)?,
        Value::String(text) => Json::String(text.clone()),
        Value::Date(date) => Json::String(date.to_string()),
        Value::Time(time) => Json::String(time.to_string()),
        Value::DateTime(at) => Json::String(at.to_string()),
        Value::DaysAndTimeDuration(length) => Json::String(length.to_string()),
        Value::YearsAndMonthsDuration(length) => Json::String(length.to_string()),
        Value::List(items) => Json::Array(items.iter().map(to_json).collect::<Result<_, _>>()?),
        Value::Context(context) => {
            let mut entries = Map::new();
            for (name, value) in context.iter() {
                entries.insert(name.to_string(), to_json(value)?);
            }
            Json::Object(entries)
        }
        Value::Range(start, start_type, end, end_type) => {
            let mut entries = Map::new();
            entries.insert("start".into(), to_json(start)?);
            entries.insert("start included".into(), start_type.closed().into());
            entries.insert("end".into(), to_json(end)?);
            entries.insert("end included".into(), end_type.closed().into());
            Json::Object(entries)
        }
        Value::FunctionDefinition(..) | Value::BuiltInFunction(_) => {
            return Err(Error::invalid("feel.result_function"));
        }
        _ => return Err(Error::invalid("feel.result_kind")),
    })
}

/// True for a number: overflow gives something that is none, or infinity.
fn is_finite(number: FeelNumber) -> bool {
    number.abs() < FeelNumber::infinite()
}

/// The digits of a number, as an exponent when there would be many zeros.
pub fn digits(number: FeelNumber) -> String {
    let raw = format!("{number:?}");
    let (mantissa, exponent) = raw.split_once('E').unwrap_or((&raw, "0"));
    let long = exponent.parse::<i64>().is_ok_and(|exponent| exponent.abs() > 60);
    if !long {
        return number.to_string();
    }
    format!("{}E{exponent}", mantissa.trim_start_matches('+'))
}

fn number_json(number: FeelNumber) -> Result<Json, Error> {
    if !is_finite(number) {
        return Err(Error::invalid("feel.number_range"));
    }
    let text = digits(number);
    if let Ok(whole) = i64::try_from(number)
        && FeelNumber::from(whole) == number
    {
        return Ok(whole.into());
    }
    if let Ok(whole) = u64::try_from(number)
        && FeelNumber::from(whole) == number
    {
        return Ok(whole.into());
    }
    let near = text.parse::<f64>().ok().and_then(Number::from_f64);
    if let Some(near) = near
        && near.to_string().parse::<FeelNumber>().is_ok_and(|back| back == number)
    {
        return Ok(Json::Number(near));
    }
    Ok(Json::String(text))
}

fn number_variable(number: FeelNumber) -> Result<Json, Error> {
    let Json::String(digits) = number_json(number)? else { return number_json(number) };
    let near = digits.parse::<f64>().ok().filter(|near| near.abs() < WHOLE_MAX && *near != 0.0);
    let near = near.and_then(Number::from_f64).map(Json::Number);
    near.ok_or_else(|| Error::invalid("feel.number_long").arg("detail", digits))
}

/// Below it every whole number has a binary floating point number of its own.
const WHOLE_MAX: f64 = 9_007_199_254_740_992.0;

/// True for a duration whose parts together can be counted: the evaluator passes over a part that
/// it cannot hold, and what is left would be a shorter duration.
pub fn duration_fits(text: &str) -> bool {
    let (mut seconds, mut months, mut timed) = (0_u128, 0_u128, false);
    let mut digits = String::new();
    for c in text.trim_start_matches('-').chars() {
        let part = digits.split('.').next().and_then(|part| part.parse::<u64>().ok());
        let unit = match c {
            '0'..='9' | '.' => {
                digits.push(c);
                continue;
            }
            'P' => continue,
            'T' => {
                timed = true;
                continue;
            }
            'D' => 86_400,
            'H' => 3_600,
            'M' if timed => 60,
            'S' => 1,
            'M' => 0,
            'Y' => 0,
            _ => return false,
        };
        let Some(part) = part.map(u128::from) else { return false };
        seconds += part * unit;
        months += if unit == 0 { part * if c == 'Y' { 12 } else { 1 } } else { 0 };
        digits.clear();
    }
    seconds < 9_000_000_000 && months < 1 << 60
}
