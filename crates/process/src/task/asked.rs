//! Forms of tasks on pages: what is shown of a field, and what a person typed as answers.
//!
//! Invariant: what was typed and is wrong is shown again as it was typed. Must not know: whether an
//! answer is right.

use flow::process::Variables;
use kernel::{Error, Text};
use pack::procedure::{TaskField, TaskFieldKind, TaskForm};
use serde_json::{Value as Json, json};
use std::collections::BTreeMap;
use webkit::{Call, Form};

/// What was typed, and what is wrong with it.
pub struct Typed<'a> {
    /// The form as it was sent.
    pub form: &'a Form,
    /// The sentence for each field at fault.
    pub faults: BTreeMap<String, String>,
}

impl<'a> Typed<'a> {
    /// A form that was refused.
    pub fn new(call: &Call, form: &'a Form, error: &Error) -> Typed<'a> {
        let faults = call.faults(error).into_iter().map(|one| (one.field, one.message));
        Typed { form, faults: faults.collect() }
    }
}

/// Name of a field on the page, beside those every form has.
fn name(field: &TaskField) -> String {
    format!("v_{}", field.id)
}

fn kind(kind: TaskFieldKind) -> &'static str {
    match kind {
        TaskFieldKind::Text => "text",
        TaskFieldKind::Words => "words",
        TaskFieldKind::Integer => "integer",
        TaskFieldKind::Decimal => "decimal",
        TaskFieldKind::Date => "date",
        TaskFieldKind::Boolean => "boolean",
        TaskFieldKind::Choice => "choice",
        TaskFieldKind::Choices => "choices",
        TaskFieldKind::Officers => "officers",
    }
}

/// A form as `process/task/fields.html` shows it: filled from variables, or as it was typed.
pub fn shown(call: &Call, form: &TaskForm, values: &Variables, typed: Option<&Typed<'_>>) -> Json {
    let pick = |text: &Text| text.get(call.lang()).to_owned();
    let fields = form.fields.iter().map(|field| {
        let name = name(field);
        let typed = typed.filter(|_| !field.read_only);
        let (value, all) = match typed {
            Some(typed) if field.kind == TaskFieldKind::Choices => {
                let all = typed.form.all(&name).into_iter().map(str::to_owned).collect();
                (String::new(), all)
            }
            Some(typed) => (typed.form.text(&name).to_owned(), Vec::new()),
            None => filled(field, values.get(&field.id)),
        };
        let choices = field.choices.iter().map(|one| {
            json!({ "value": one.value, "text": pick(&one.label),
                "note": one.hint.as_ref().map(pick).unwrap_or_default() })
        });
        json!({
            "name": name, "kind": kind(field.kind), "label": pick(&field.label),
            "hint": field.hint.as_ref().map(pick), "optional": !field.required,
            "read_only": field.read_only, "value": value, "values": all,
            "shown": spoken(call, field, values.get(&field.id)),
            "choices": choices.collect::<Vec<Json>>(),
            "max": field.length_max.map_or(limit(field.kind), u64::from),
            "error": typed.and_then(|typed| typed.faults.get(&field.id)),
        })
    });
    let fields: Vec<Json> = fields.collect();
    let errors = fields.iter().filter_map(|field| {
        let error = field["error"].as_str()?;
        Some(json!({ "field": field["name"], "text": format!("{}：{error}", field["label"].as_str()?) }))
    });
    let errors: Vec<Json> = errors.collect();
    json!({
        "title": pick(&form.title), "hint": form.hint.as_ref().map(pick),
        "errors": errors, "fields": fields,
    })
}

/// Characters an input takes.
fn limit(kind: TaskFieldKind) -> u64 {
    match kind {
        TaskFieldKind::Words | TaskFieldKind::Officers => 4_000,
        TaskFieldKind::Integer | TaskFieldKind::Decimal => 30,
        _ => 200,
    }
}

/// The value of a field as its input has it.
fn filled(field: &TaskField, value: Option<&Json>) -> (String, Vec<String>) {
    let all = |value: Option<&Json>| -> Vec<String> {
        let items = value.and_then(Json::as_array).into_iter().flatten();
        items.filter_map(Json::as_str).map(str::to_owned).collect()
    };
    match (field.kind, value) {
        (TaskFieldKind::Choices, value) => (String::new(), all(value)),
        (TaskFieldKind::Officers, value) => (all(value).join("\n"), Vec::new()),
        (TaskFieldKind::Boolean, Some(Json::Bool(yes))) => (yes.to_string(), Vec::new()),
        (_, Some(Json::String(text))) => (text.clone(), Vec::new()),
        (_, Some(Json::Number(number))) => (number.to_string(), Vec::new()),
        _ => Default::default(),
    }
}

/// The value of a field that is only shown.
fn spoken(call: &Call, field: &TaskField, value: Option<&Json>) -> String {
    let choice = |value: &str| {
        let found = field.choices.iter().find(|one| one.value == value);
        found.map_or_else(|| value.to_owned(), |one| one.label.get(call.lang()).to_owned())
    };
    let one = |value: &Json| match value {
        Json::Bool(true) => call.t("process.form.yes"),
        Json::Bool(false) => call.t("process.form.no"),
        Json::String(text) => choice(text),
        Json::Null => "–".to_owned(),
        other => other.to_string(),
    };
    match value {
        Some(Json::Array(items)) => {
            items.iter().map(one).collect::<Vec<_>>().join(&call.t("webkit.comma"))
        }
        Some(value) => one(value),
        None => "–".to_owned(),
    }
}

/// What was typed as answers; what is no number, say, stays as it was typed, to be refused by name.
pub fn read(asked: &TaskForm, form: &Form) -> Variables {
    let mut answers = Variables::new();
    for field in asked.fields.iter().filter(|field| !field.read_only) {
        let name = name(field);
        let text = form.text(&name);
        let number = || serde_json::from_str::<serde_json::Number>(text).ok().map(Json::Number);
        let answer = match field.kind {
            TaskFieldKind::Choices => Json::from(form.all(&name)),
            TaskFieldKind::Officers => {
                let names = text.split(['\n', ',', '，', '、', ' ']).map(str::trim);
                names.filter(|name| !name.is_empty()).collect::<Vec<_>>().into()
            }
            TaskFieldKind::Boolean if text == "true" || text == "false" => (text == "true").into(),
            _ if text.is_empty() => Json::Null,
            TaskFieldKind::Integer | TaskFieldKind::Decimal => number().unwrap_or(text.into()),
            _ => Json::from(text),
        };
        answers.insert(field.id.clone(), answer);
    }
    answers
}
