//! The data officer's desk, and the supervisor's list of what is late.

use super::model::Objection;
use super::{Answer as Reply, Status, show};
use crate::registry;
use crate::source;
use axum::extract::Path;
use kernel::{Error, Result};
use serde_json::{Value as Json, json};
use std::collections::BTreeMap;
use store::Ctx;
use webkit::form::encode;
use webkit::{Answer, Call, Form};

/// `GET /desk/objections?status=&after=`.
pub(super) async fn list(call: Call) -> Answer {
    let status = status_of(&call.query("status").unwrap_or_default());
    let mut ctx = call.read();
    let after = call.query("after").unwrap_or_default();
    let (found, next) = super::desk(&mut ctx, status, &after).await?;
    let rows: Vec<Json> = found.iter().map(|one| show::objection(&call, one, ctx.now)).collect();
    let next = next
        .map(|after| format!("/desk/objections?status={}&after={}", status.name(), encode(&after)));
    let agency = source::name(&call.web.env.pack, &ctx.actor.agency);
    let context = json!({"rows": rows, "next": next, "status": status, "agency": agency});
    call.page("data/objection/desk.html", &context)
}

fn status_of(name: &str) -> Status {
    Status::parse(name)
}

/// `GET /desk/objections/{id}`.
pub(super) async fn show(call: Call, Path(id): Path<String>) -> Answer {
    let mut ctx = call.write().await?;
    let found = super::for_desk(&mut ctx, &id).await?;
    let context = context(&call, &mut ctx, &found, None, None).await?;
    let body = json!({"record": found.record});
    // The page shows a person's record: that is an act on record.
    party::audit::record(&mut ctx, "objection.read", &format!("objection:{id}"), body).await?;
    ctx.commit().await?;
    call.page("data/objection/answer.html", &context)
}

async fn context(
    call: &Call,
    ctx: &mut Ctx,
    objection: &Objection,
    form: Option<&Form>,
    error: Option<&Error>,
) -> Result<Json> {
    let pack = call.web.env.pack.clone();
    let definition = registry::defined(&pack, &objection.registry)?;
    let field = definition.field(&objection.field).ok_or_else(Error::not_found)?;
    let record = registry::by_id(ctx, &objection.record).await?;
    let fields: Vec<Json> = definition
        .fields
        .iter()
        .filter_map(|one| {
            let value = record.fields.get(&one.id)?;
            let text = if one.id == field.id {
                registry::display(&pack, one, value, call.lang())
            } else {
                registry::masked(&pack, one, value, call.lang())
            };
            Some(json!({"name": one.name, "value": text, "mark": one.id == field.id}))
        })
        .collect();
    let faults = error.map(|error| call.faults(error)).unwrap_or_default();
    let errors: BTreeMap<&str, &str> =
        faults.iter().map(|fault| (fault.field.as_str(), fault.message.as_str())).collect();
    let summary: Vec<Json> =
        faults.iter().map(|fault| json!({"field": fault.field, "text": fault.message})).collect();
    let typed = |name: &str| form.map(|form| form.text(name).to_owned());
    let number = crate::grant::number(ctx, &objection.case_id).await?;
    Ok(json!({
        "o": show::objection(call, objection, ctx.now),
        "number": number,
        "record": {"fields": fields, "version": record.version, "observed": record.observed,
            "changed": record.version != objection.version},
        "control": show::control(call, field),
        "values": {"answer": typed("answer").unwrap_or_default(),
            "value": typed("value").unwrap_or_else(|| objection.claimed.clone()),
            "text": typed("text").unwrap_or_default()},
        "errors": errors,
        "error_summary": summary,
    }))
}

/// `POST /desk/objections/{id}/answer`.
pub(super) async fn answer(call: Call, Path(id): Path<String>, form: Form) -> Answer {
    let mut ctx = call.write().await?;
    let done = format!("/desk/objections/{id}?notice=objection.answered");
    if store::command::begin(&mut ctx, form.once(), "objection.answer").await?.is_some() {
        return call.see(&done);
    }
    let text = form.text("text").to_owned();
    let reply = match form.text("answer") {
        "accept" => Ok(Reply::Accept { value: form.text("value").to_owned(), text }),
        "reject" => Ok(Reply::Reject { text }),
        _ => Err(Error::invalid("objection.wrong").field("answer", "objection.choose")),
    };
    let outcome = match reply {
        Ok(reply) => {
            super::answer(&mut ctx, &id, form.number("revision").unwrap_or(0), &reply).await
        }
        Err(error) => Err(error),
    };
    match outcome {
        Ok(_) => {
            store::command::finish(&mut ctx, form.once(), &id).await?;
            ctx.commit().await?;
            call.see(&done)
        }
        Err(error) if error.fields.is_empty() => Err(error.into()),
        Err(error) => {
            let found = super::for_desk(&mut ctx, &id).await?;
            let context = context(&call, &mut ctx, &found, Some(&form), Some(&error)).await?;
            call.page_again("data/objection/answer.html", &context)
        }
    }
}

/// `GET /desk/corrections?after=`.
pub(super) async fn corrections(call: Call) -> Answer {
    let mut ctx = call.read();
    let page = super::corrections(&mut ctx, &call.query("after").unwrap_or_default()).await?;
    let (pack, lang) = (&call.web.env.pack, call.lang());
    let rows: Vec<Json> = page
        .corrections
        .iter()
        .map(|one| {
            json!({"id": one.id, "case": one.case_id, "receipt": one.receipt, "at": one.at,
                "seen": one.seen,
                "registry": source::registry_name(pack, &one.registry, lang),
                "field": source::field_name(pack, &one.registry, &one.field, lang)})
        })
        .collect();
    let next = page.next.map(|after| format!("/desk/corrections?after={}", encode(&after)));
    call.page("data/objection/corrections.html", &json!({"rows": rows, "next": next}))
}

/// `POST /desk/corrections/{id}/seen`.
pub(super) async fn seen(call: Call, Path(id): Path<String>, _form: Form) -> Answer {
    let mut ctx = call.write().await?;
    super::seen(&mut ctx, &id).await?;
    ctx.commit().await?;
    call.see("/desk/corrections?notice=correction.seen")
}

/// `GET /supervision/objections`.
pub(super) async fn overdue(call: Call) -> Answer {
    let mut ctx = call.read();
    let found = super::overdue(&mut ctx).await?;
    let rows: Vec<Json> = found.iter().map(|one| show::objection(&call, one, ctx.now)).collect();
    call.page("data/objection/overdue.html", &json!({"rows": rows}))
}
