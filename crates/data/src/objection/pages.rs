//! A citizen's objections.

use super::{Filing, Shown, show};
use crate::{registry, source};
use axum::extract::Path;
use kernel::{Error, Result};
use serde_json::{Value as Json, json};
use std::collections::BTreeMap;
use webkit::form::encode;
use webkit::{Answer, Call, Form};

/// `GET /my/objections?after=`.
pub(super) async fn list(call: Call) -> Answer {
    let mut ctx = call.read();
    let (found, next) = super::mine(&mut ctx, &call.query("after").unwrap_or_default()).await?;
    let rows: Vec<Json> = found.iter().map(|one| show::objection(&call, one, ctx.now)).collect();
    let next = next.map(|after| format!("/my/objections?after={}", encode(&after)));
    call.page("data/objection/mine.html", &json!({"rows": rows, "next": next}))
}

/// `GET /my/objections/{id}`.
pub(super) async fn show(call: Call, Path(id): Path<String>) -> Answer {
    let mut ctx = call.read();
    let found = super::find(&mut ctx, &id).await?;
    call.page("data/objection/show.html", &json!({"o": show::objection(&call, &found, ctx.now)}))
}

/// `GET /my/objections/new?record=&field=&receipt=`.
pub(super) async fn form(call: Call) -> Answer {
    let asked = |name: &str| call.query(name).unwrap_or_default();
    let (record, field, receipt) = (asked("record"), asked("field"), asked("receipt"));
    let mut ctx = call.read();
    let shown = super::prepare(&mut ctx, &record, &field, &receipt).await?;
    let values = BTreeMap::from([("record", record), ("field", field), ("receipt", receipt)]);
    let values: BTreeMap<String, String> =
        values.into_iter().map(|(key, value)| (key.to_owned(), value)).collect();
    call.page("data/objection/new.html", &context(&call, &shown, &values, None)?)
}

/// `POST /my/objections`.
pub(super) async fn file(call: Call, form: Form) -> Answer {
    let mut ctx = call.write().await?;
    if let Some(id) = ::store::command::begin(&mut ctx, form.once(), "objection.open").await? {
        return call.see(&format!("/my/objections/{id}?notice=objection.opened"));
    }
    let (record, field, receipt) = (form.text("record"), form.text("field"), form.text("receipt"));
    let shown = super::prepare(&mut ctx, record, field, receipt).await?;
    let filing = Filing {
        case_id: shown.case_id.clone(),
        registry: shown.registry.clone(),
        record_id: record.to_owned(),
        lookup: shown.lookup.clone(),
        field: field.to_owned(),
        shown: value_text(&call, &shown, field),
        claimed: form.text("claimed").to_owned(),
        note: form.text("note").to_owned(),
        receipt: receipt.to_owned(),
    };
    let opened = match super::open(&mut ctx, &filing).await {
        Ok(opened) => opened,
        Err(error) if error.fields.is_empty() => return Err(error.into()),
        Err(error) => {
            let context = context(&call, &shown, &form.values(), Some(&error))?;
            return call.page_again("data/objection/new.html", &context);
        }
    };
    ::store::command::finish(&mut ctx, form.once(), &opened.id).await?;
    ctx.commit().await?;
    call.see(&format!("/my/objections/{}?notice=objection.opened", opened.id))
}

fn value_text(call: &Call, shown: &Shown, field: &str) -> String {
    let field = call.web.env.pack.registry(&shown.registry).and_then(|found| found.field(field));
    match (field, &shown.value) {
        (Some(field), Some(value)) => {
            registry::display(&call.web.env.pack, field, value, call.lang())
        }
        _ => String::new(),
    }
}

fn context(
    call: &Call,
    shown: &Shown,
    values: &BTreeMap<String, String>,
    error: Option<&Error>,
) -> Result<Json> {
    let (pack, lang) = (&call.web.env.pack, call.lang());
    let text = |name: &str| values.get(name).cloned().unwrap_or_default();
    let field_id = text("field");
    let definition = registry::defined(pack, &shown.registry)?;
    let field = definition.field(&field_id).ok_or_else(Error::not_found)?;
    let faults = error.map(|error| call.faults(error)).unwrap_or_default();
    let errors: BTreeMap<&str, &str> =
        faults.iter().map(|fault| (fault.field.as_str(), fault.message.as_str())).collect();
    let summary: Vec<Json> =
        faults.iter().map(|fault| json!({"field": fault.field, "text": fault.message})).collect();
    Ok(json!({
        "registry": source::registry_name(pack, &shown.registry, lang),
        "field_name": field.name,
        "source": source::name(pack, &shown.source),
        "days": definition.objection_working_days,
        "shown": value_text(call, shown, &field_id),
        "open_already": shown.open_already,
        "control": show::control(call, field),
        "values": {"record": text("record"), "field": field_id, "receipt": text("receipt"),
            "claimed": text("claimed"), "note": text("note")},
        "errors": errors,
        "error_summary": summary,
    }))
}
