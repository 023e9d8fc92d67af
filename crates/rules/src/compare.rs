//! Comparison of JSON values: three answers, since a wrong type is neither met nor unmet.
//!
//! Invariant: no coercion. A number is never equal to the text of its digits.

use crate::{Op, VALUES_MAX};
use jiff::civil::Date;
use kernel::Timestamp;
use kernel::time::days_since_epoch;
use serde_json::{Number, Value};
use std::cmp::Ordering;

/// A date, or an instant, as texts of facts write them.
enum Moment {
    Day(Date),
    Instant(Timestamp),
}

impl Moment {
    fn day(&self) -> Date {
        match self {
            Moment::Day(date) => *date,
            Moment::Instant(at) => at.date(),
        }
    }
}

/// `Some(true)` met, `Some(false)` not met, `None` when the types do not allow the comparison.
/// `now` is needed by `within_days` alone. `Present` and `Absent` are decided by the caller, who
/// knows whether there is a value.
pub(crate) fn holds(op: Op, left: &Value, right: &Value, now: Option<Timestamp>) -> Option<bool> {
    match op {
        Op::Eq => equal(left, right),
        Op::Ne => equal(left, right).map(|same| !same),
        Op::Lt => order(left, right).map(Ordering::is_lt),
        Op::Le => order(left, right).map(Ordering::is_le),
        Op::Gt => order(left, right).map(Ordering::is_gt),
        Op::Ge => order(left, right).map(Ordering::is_ge),
        Op::In => search(right.as_array()?, left),
        Op::NotIn => search(right.as_array()?, left).map(|found| !found),
        Op::Contains => match (left, right) {
            (Value::Array(items), _) => search(items, right),
            (Value::String(text), Value::String(part)) if !part.is_empty() => {
                Some(text.contains(part.as_str()))
            }
            _ => None,
        },
        Op::WithinDays => {
            let day = moment(left.as_str()?)?.day();
            let past = i64::from(days_since_epoch(now?.date())) - i64::from(days_since_epoch(day));
            // A date to come is no past event, however near.
            Some(past >= 0 && u64::try_from(past).ok()? <= right.as_u64()?)
        }
        Op::Matches => Some(fold(left.as_str()?) == fold(right.as_str()?)),
        Op::SameSurname => {
            Some(surname(left.as_str()?.trim())? == surname(right.as_str()?.trim())?)
        }
        Op::Present | Op::Absent => None,
    }
}

/// Equality within one type; `None` across types and for null.
fn equal(left: &Value, right: &Value) -> Option<bool> {
    match (left, right) {
        (Value::Number(a), Value::Number(b)) => Some(order_numbers(a, b)? == Ordering::Equal),
        (Value::String(a), Value::String(b)) => Some(a == b),
        (Value::Bool(a), Value::Bool(b)) => Some(a == b),
        (Value::Array(_), Value::Array(_)) | (Value::Object(_), Value::Object(_)) => {
            Some(left == right)
        }
        _ => None,
    }
}

/// Order of two numbers, or of two dates or instants; texts have no legal order.
pub(crate) fn order(left: &Value, right: &Value) -> Option<Ordering> {
    match (left, right) {
        (Value::Number(a), Value::Number(b)) => order_numbers(a, b),
        (Value::String(a), Value::String(b)) => Some(match (moment(a)?, moment(b)?) {
            (Moment::Instant(a), Moment::Instant(b)) => a.cmp(&b),
            // With a bare date on either side only the day is known, so only days are compared.
            (a, b) => a.day().cmp(&b.day()),
        }),
        _ => None,
    }
}

/// Exact for integers of either sign up to 64 bits; binary floating point otherwise.
fn order_numbers(a: &Number, b: &Number) -> Option<Ordering> {
    let integer = |n: &Number| n.as_i64().map(i128::from).or_else(|| n.as_u64().map(i128::from));
    match (integer(a), integer(b)) {
        (Some(a), Some(b)) => Some(a.cmp(&b)),
        _ => a.as_f64()?.partial_cmp(&b.as_f64()?),
    }
}

/// `None` when nothing in a non-empty list is of the type searched for, or the list is too long.
fn search(items: &[Value], sought: &Value) -> Option<bool> {
    if items.len() > VALUES_MAX {
        return None;
    }
    let mut comparable = items.is_empty();
    for item in items {
        match equal(item, sought) {
            Some(true) => return Some(true),
            Some(false) => comparable = true,
            None => {}
        }
    }
    comparable.then_some(false)
}

/// `2026-09-15`, or RFC 3339 with an offset. Anything else is no date.
fn moment(text: &str) -> Option<Moment> {
    let digits = |from: usize, to: usize| {
        text.as_bytes().get(from..to).is_some_and(|part| part.iter().all(u8::is_ascii_digit))
    };
    let shaped = digits(0, 4) && digits(5, 7) && digits(8, 10) && text.len() <= 40;
    if !shaped {
        return None;
    }
    if text.len() == 10 {
        return text.parse().ok().map(Moment::Day);
    }
    let at: jiff::Timestamp = text.parse().ok()?;
    Some(Moment::Instant(Timestamp(at.as_microsecond())))
}

/// Folds full-width forms to ASCII, letters to upper case, and drops white space and middle dots
/// written differently in two books (`·`, `•`, `.`, `．`).
fn fold(text: &str) -> String {
    text.chars()
        .map(|c| match c {
            '\u{FF01}'..='\u{FF5E}' => char::from_u32(u32::from(c) - 0xFEE0).unwrap_or(c),
            other => other,
        })
        .filter(|c| !c.is_whitespace() && *c != '\u{FEFF}')
        .map(|c| match c {
            '·' | '•' | '‧' | '・' | '.' => '·',
            other => other.to_ascii_uppercase(),
        })
        .collect()
}

/// Surnames of two characters that are borne today.
const COMPOUND: [&str; 20] = [
    "欧阳", "上官", "司马", "诸葛", "东方", "皇甫", "尉迟", "公孙", "慕容", "令狐", "宇文", "长孙",
    "司徒", "夏侯", "端木", "轩辕", "南宫", "西门", "百里", "呼延",
];

/// An ideograph, as names are written with.
fn is_han(c: char) -> bool {
    matches!(c, '\u{3007}' | '\u{3400}'..='\u{4DBF}' | '\u{4E00}'..='\u{9FFF}' | '\u{20000}'..='\u{323AF}')
}

/// The surname of a name in ideographs; none where a name is not written surname first, which a
/// person judges.
fn surname(name: &str) -> Option<String> {
    let mut characters = name.chars();
    let (first, second) = (characters.next()?, characters.next()?);
    let pair: String = [first, second].iter().collect();
    if !name.chars().all(is_han) {
        return None;
    }
    Some(if COMPOUND.contains(&pair.as_str()) { pair } else { first.to_string() })
}
