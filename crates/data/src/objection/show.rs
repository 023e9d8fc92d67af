//! An objection as pages show it.

use super::model::{Objection, Status};
use crate::{registry, source};
use kernel::{Timestamp, calendar::Calendar};
use pack::one_thing::FieldKind;
use pack::registry::RegistryField;
use serde_json::{Value as Json, json};
use webkit::Call;

/// The objection for its page.
pub(super) fn objection(call: &Call, objection: &Objection, now: Timestamp) -> Json {
    let (pack, lang) = (&call.web.env.pack, call.lang());
    let read = |text: &str| typed(call, objection, text);
    json!({
        "id": objection.id,
        "reference": objection.reference(),
        "registry": source::registry_name(pack, &objection.registry, lang),
        "field": source::field_name(pack, &objection.registry, &objection.field, lang),
        "source": source::name(pack, &objection.source),
        "case": objection.case_id,
        "receipt": objection.receipt,
        "record": objection.record,
        "version": objection.version,
        "shown": objection.shown,
        "claimed": read(&objection.claimed),
        "claimed_typed": objection.claimed,
        "note": objection.note,
        "status": objection.status,
        "revision": objection.revision,
        "opened": objection.opened,
        "due": last_day(objection),
        "answered": objection.answered,
        "overdue": objection.overdue,
        "corrected": read(&objection.corrected),
        "answer": objection.answer,
        "clock": clock(call, objection, now),
    })
}

/// The last day in time: the deadline is the midnight that ends it.
fn last_day(objection: &Objection) -> Timestamp {
    objection.due.plus_us(-1)
}

/// A typed value as it is read: a code by its label.
fn typed(call: &Call, objection: &Objection, text: &str) -> String {
    let field = call
        .web
        .env
        .pack
        .registry(&objection.registry)
        .and_then(|registry| registry.field(&objection.field));
    match field.map(|field| (field, registry::parse(field, text))) {
        Some((field, Ok(Some(value)))) => {
            registry::display(&call.web.env.pack, field, &value, call.lang())
        }
        _ => text.to_owned(),
    }
}

/// Lamp and days left: green, yellow within two working days, red when late.
fn clock(call: &Call, objection: &Objection, now: Timestamp) -> Json {
    if objection.status != Status::Open {
        return Json::Null;
    }
    let days = |calendar: &Calendar| {
        calendar.working_days_between(now.date(), last_day(objection).date()).ok()
    };
    let days = call.web.env.pack.calendar().ok().and_then(days).unwrap_or(0);
    let lamp = match days {
        _ if now >= objection.due => "red",
        ..=2 => "yellow",
        _ => "green",
    };
    json!({"lamp": lamp, "days": days.abs(), "late": lamp == "red", "due": last_day(objection)})
}

/// How a value of the field is entered: its kind of control and the choices.
pub(super) fn control(call: &Call, field: &RegistryField) -> Json {
    let choices: Vec<Json> = match field.kind {
        FieldKind::Choice => field
            .choices
            .iter()
            .map(|choice| json!({"value": choice.value, "text": choice.label.get(call.lang())}))
            .collect(),
        FieldKind::Confirm => vec![
            json!({"value": "true", "text": call.t("data.yes")}),
            json!({"value": "false", "text": call.t("data.no")}),
        ],
        _ => Vec::new(),
    };
    let kind = match field.kind {
        FieldKind::Choice | FieldKind::Confirm => "choice",
        FieldKind::Date => "date",
        FieldKind::Number => "number",
        _ => "text",
    };
    json!({"kind": kind, "choices": choices})
}
