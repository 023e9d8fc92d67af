//! Forms of tasks: what is wrong with one, and whether answers are what it asks.
//!
//! Invariants: a variable that the form does not ask for is never set through it; every fault names
//! its field. Must not know: pages, who answers.

use flow::process::{Finding, Variables};
use kernel::{Error, Result};
use pack::procedure::{TaskField, TaskFieldKind, TaskForm};
use serde_json::Value as Json;
use std::collections::BTreeSet;

/// Id of the form that is asked when a procedure begins.
pub const START: &str = "start";
/// Forms of a bundle.
pub const FORMS_MAX: usize = 100;
/// Fields of a form.
pub const FIELDS_MAX: usize = 60;
/// Choices of a field.
pub const CHOICES_MAX: usize = 200;
/// Officers named in one field.
pub const OFFICERS_MAX: usize = 50;
/// Characters of one line, when the form does not say.
const TEXT_MAX: usize = 200;
/// Characters of several lines, when the form does not say.
const WORDS_MAX: usize = 4_000;
/// Digits of a number: as many as come back the same.
const DIGITS_MAX: usize = 15;

/// What is wrong with forms.
pub fn faults(forms: &[TaskForm]) -> Vec<Finding> {
    let mut found = Vec::new();
    if forms.len() > FORMS_MAX {
        found.push(fault("process.form_limit", "forms", FORMS_MAX.to_string()));
    }
    let mut seen = BTreeSet::new();
    for form in forms.iter().take(FORMS_MAX) {
        if form.id.is_empty() || form.id.len() > 80 || !seen.insert(form.id.as_str()) {
            found.push(fault("process.form_duplicate", &form.id, form.id.clone()));
        }
        if form.fields.len() > FIELDS_MAX {
            found.push(fault("process.form_limit", &form.id, FIELDS_MAX.to_string()));
        }
        let mut fields = BTreeSet::new();
        for field in form.fields.iter().take(FIELDS_MAX) {
            let element = format!("{}.{}", form.id, field.id);
            if !fields.insert(field.id.as_str()) || !is_variable(&field.id) {
                found.push(fault("process.form_field", &element, field.id.clone()));
            }
            if let Some(wrong) = setting(field) {
                found.push(fault("process.form_setting", &element, wrong.to_owned()));
            }
        }
    }
    found
}

fn fault(rule: &'static str, element: &str, detail: String) -> Finding {
    Finding::new(rule, element, Default::default()).detail(detail)
}

/// The setting of a field that does not fit its kind.
fn setting(field: &TaskField) -> Option<&'static str> {
    let chosen = matches!(field.kind, TaskFieldKind::Choice | TaskFieldKind::Choices);
    let number = matches!(field.kind, TaskFieldKind::Integer | TaskFieldKind::Decimal);
    let text = matches!(field.kind, TaskFieldKind::Text | TaskFieldKind::Words);
    let bounds = field.min.zip(field.max);
    if chosen == field.choices.is_empty() || field.choices.len() > CHOICES_MAX {
        Some("choices")
    } else if !number && (field.min.is_some() || field.max.is_some()) {
        Some("min, max")
    } else if bounds.is_some_and(|(min, max)| min > max) {
        Some("min > max")
    } else if !text && field.length_max.is_some() {
        Some("length_max")
    } else {
        None
    }
}

/// Whether FEEL reads the text as one plain name.
fn is_variable(text: &str) -> bool {
    (1..=64).contains(&text.len())
        && text.starts_with(|first: char| first.is_ascii_alphabetic())
        && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
}

/// The answers as variables: those of the form alone. What was left out stays as it is; null takes
/// an answer back. Errors: `process.answers` with a field for each fault.
pub fn accept(form: &TaskForm, answers: &Variables) -> Result<Variables> {
    let mut error = Error::invalid("process.answers");
    let mut accepted = Variables::new();
    for name in answers.keys() {
        let asked = form.fields.iter().find(|field| field.id == *name);
        if asked.is_none_or(|field| field.read_only) {
            let shown: String = name.chars().take(80).collect();
            error = error.field(shown, "process.answer_unasked");
        }
    }
    for field in form.fields.iter().filter(|field| !field.read_only) {
        let answer = answers.get(&field.id);
        if answer.is_none_or(is_blank) {
            if field.required {
                error = error.field(field.id.clone(), "process.answer_missing");
            } else if let Some(blank) = answer {
                accepted.insert(field.id.clone(), nothing(field, blank));
            }
            continue;
        }
        match answer.map(|answer| value(field, answer)) {
            Some(Ok(value)) => {
                accepted.insert(field.id.clone(), value);
            }
            Some(Err((code, args))) => error = error.field_with(field.id.clone(), code, args),
            None => {}
        }
    }
    let count = error.fields.len();
    error.arg("count", count).if_any_field()?;
    Ok(accepted)
}

/// Whether an answer says nothing.
fn is_blank(answer: &Json) -> bool {
    match answer {
        Json::Null => true,
        Json::String(text) => text.trim().is_empty(),
        Json::Array(items) => items.is_empty(),
        _ => false,
    }
}

/// What a blank answer leaves in the variable.
fn nothing(field: &TaskField, blank: &Json) -> Json {
    match (field.kind, blank) {
        (TaskFieldKind::Choices | TaskFieldKind::Officers, _) => Json::Array(Vec::new()),
        (TaskFieldKind::Text | TaskFieldKind::Words, Json::String(_)) => Json::from(""),
        _ => Json::Null,
    }
}

type Wrong = (&'static str, Vec<(&'static str, String)>);

/// An answer as the variable has it. Errors: code and arguments of its sentence.
fn value(field: &TaskField, answer: &Json) -> std::result::Result<Json, Wrong> {
    let wrong = |code| Err((code, Vec::new()));
    match field.kind {
        TaskFieldKind::Text | TaskFieldKind::Words => {
            let Json::String(text) = answer else { return wrong("process.answer_text") };
            let usual = if field.kind == TaskFieldKind::Text { TEXT_MAX } else { WORDS_MAX };
            let max = field.length_max.map_or(usual, usize::from);
            if text.chars().count() > max {
                return Err(("process.answer_length", vec![("max", max.to_string())]));
            }
            if field.kind == TaskFieldKind::Text && text.contains(['\n', '\r']) {
                return wrong("process.answer_text");
            }
            Ok(answer.clone())
        }
        TaskFieldKind::Integer => number(field, answer, "process.answer_integer", Json::is_i64),
        TaskFieldKind::Decimal => number(field, answer, "process.answer_decimal", exact),
        TaskFieldKind::Date => match answer.as_str().and_then(day) {
            Some(day) => Ok(Json::from(day)),
            None => wrong("process.answer_date"),
        },
        TaskFieldKind::Boolean => match answer {
            Json::Bool(_) => Ok(answer.clone()),
            _ => wrong("process.answer_boolean"),
        },
        TaskFieldKind::Choice => match answer.as_str() {
            Some(one) if offers(field, one) => Ok(answer.clone()),
            _ => wrong("process.answer_choice"),
        },
        TaskFieldKind::Choices => match texts(answer) {
            Some(all) if all.iter().all(|one| offers(field, one)) => Ok(distinct(&all)),
            _ => wrong("process.answer_choice"),
        },
        TaskFieldKind::Officers => match texts(answer) {
            Some(all) if all.len() <= OFFICERS_MAX => Ok(distinct(&all)),
            _ => Err(("process.answer_officers", vec![("max", OFFICERS_MAX.to_string())])),
        },
    }
}

fn number(
    field: &TaskField,
    answer: &Json,
    code: &'static str,
    fits: impl Fn(&Json) -> bool,
) -> std::result::Result<Json, Wrong> {
    if !fits(answer) {
        return Err((code, Vec::new()));
    }
    let value = answer.as_f64().unwrap_or_default();
    // An integer is compared as one: a float has not all of them.
    let below = |bound: i64| answer.as_i64().map_or(value < bound as f64, |value| value < bound);
    let above = |bound: i64| answer.as_i64().map_or(value > bound as f64, |value| value > bound);
    if field.min.is_some_and(below) || field.max.is_some_and(above) {
        let bound = |bound: Option<i64>| bound.map(|bound| bound.to_string()).unwrap_or_default();
        let args = vec![("min", bound(field.min)), ("max", bound(field.max))];
        let code = match (field.min, field.max) {
            (Some(_), Some(_)) => "process.answer_range",
            (Some(_), None) => "process.answer_least",
            _ => "process.answer_most",
        };
        return Err((code, args));
    }
    Ok(answer.clone())
}

/// A number whose digits all come back.
fn exact(answer: &Json) -> bool {
    let Json::Number(number) = answer else { return false };
    let text = number.to_string();
    number.is_i64() || text.chars().filter(char::is_ascii_digit).count() <= DIGITS_MAX
}

/// A civil day as it is written, `2024-01-01`, of a year that expressions know too.
fn day(text: &str) -> Option<String> {
    let read = serde_json::from_value::<pack::definition::Day>(Json::from(text.trim()));
    read.ok().filter(|day| day.0.year() >= 1).map(|day| day.to_string())
}

fn offers(field: &TaskField, value: &str) -> bool {
    field.choices.iter().any(|choice| choice.value == value)
}

fn texts(answer: &Json) -> Option<Vec<&str>> {
    let items = answer.as_array()?.iter();
    let texts: Option<Vec<&str>> = items.map(|item| item.as_str().map(str::trim)).collect();
    texts.filter(|texts| texts.iter().all(|text| (1..=80).contains(&text.len())))
}

fn distinct(texts: &[&str]) -> Json {
    let mut out: Vec<&str> = Vec::new();
    for text in texts {
        if !out.contains(text) {
            out.push(text);
        }
    }
    out.into()
}
