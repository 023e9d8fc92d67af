//! Pages of the one-window desk.

use super::registry::{self, Signed};
use super::{Shown, identify};
use crate::draft::{Paper, Start, list_of_clerk, start as begin};
use axum::extract::Path;
use kernel::{Error, Result};
use serde_json::{Value as Json, json};
use std::collections::BTreeMap;
use webkit::{Answer, Call, Form};

/// Longest name of a witness, in characters.
const WITNESS_MAX: usize = 50;

/// `GET /desk`.
pub(super) async fn desk(call: Call) -> Answer {
    let lang = call.lang();
    let mut ctx = call.read();
    let handed_in: Vec<Json> = crate::case::handed_in(&mut ctx)
        .await?
        .iter()
        .map(|row| {
            json!({ "name": { "href": format!("/cases/{}/receipt", row.id), "text": row.title.get(lang), "sub": row.number },
                "applicant": { "text": row.applicant },
                "phase": { "text": call.t(&format!("service.case.phase.{}", row.phase)) },
                "submitted": { "text": webkit::view::format::When::from_micros(row.submitted.0.0).long_day(lang) } })
        })
        .collect();
    let rows: Vec<Json> = list_of_clerk(&mut ctx)
        .await?
        .iter()
        .map(|row| {
            json!({ "name": { "href": format!("/drafts/{}", row.id), "text": row.name.get(lang) },
                "updated": { "text": webkit::view::format::When::from_micros(row.updated.0.0).long_day(lang) },
                "expires": { "text": webkit::view::format::When::from_micros(row.expires.0.0).long_day(lang) } })
        })
        .collect();
    let pack = &call.web.env.pack;
    let mut entries = crate::item::one_thing_entries(pack);
    entries.extend(crate::item::alone_entries(pack));
    let things: Vec<Json> = entries
        .iter()
        .map(|one| json!({ "href": format!("/desk/{}", one.id), "name": one.name, "summary": one.summary }))
        .collect();
    call.page(
        "service/desk/desk.html",
        &json!({ "drafts": rows, "handed_in": handed_in, "one_things": things }),
    )
}

/// `GET /desk/{one_thing}`.
pub(super) async fn file(call: Call, Path(one_thing): Path<String>) -> Answer {
    let context = context(&call, &one_thing, &BTreeMap::new(), None)?;
    call.page("service/desk/file.html", &context)
}

fn context(
    call: &Call,
    one_thing: &str,
    typed: &BTreeMap<String, String>,
    faults: Option<&Error>,
) -> Result<Json> {
    let pack = &call.web.env.pack;
    let lang = call.lang();
    let one = pack.one_thing(one_thing).ok_or_else(Error::not_found)?;
    let guide = pack.guide(one_thing).ok_or_else(Error::not_found)?;
    let faults: Vec<Json> = faults
        .map(|error| call.faults(error))
        .unwrap_or_default()
        .into_iter()
        .map(|one| json!({ "field": one.field, "text": one.message }))
        .collect();
    let message = |field: &str| {
        faults.iter().find(|one| one["field"] == field).map(|one| one["text"].clone())
    };
    let value = |name: &str| typed.get(name).cloned().unwrap_or_default();
    let questions: Vec<Json> = guide
        .questions
        .iter()
        .map(|question| {
            let name = format!("g.{}", question.id);
            let choices: Vec<Json> = question
                .choices
                .iter()
                .map(|choice| json!({ "value": choice.value, "text": choice.label.get(lang) }))
                .collect();
            json!({ "name": name, "text": question.text.get(lang), "choices": choices, "value": value(&name),
                "error": message(&name) })
        })
        .collect();
    let errors = ["number", "name", "code", "consent", "witness"].map(|name| (name, message(name)));
    Ok(json!({
        "one": { "id": one_thing, "name": one.name, "consent": one.consent }, "questions": questions,
        "values": { "number": value("number"), "name": value("name"), "witness": value("witness"),
            "consent": !value("consent").is_empty() },
        "errors": errors.into_iter().collect::<BTreeMap<_, _>>(), "summary": faults,
    }))
}

/// `POST /desk/{one_thing}`: identifies, records the consent on paper, begins the draft.
pub(super) async fn start(call: Call, Path(one_thing): Path<String>, form: Form) -> Answer {
    let asked = asked(&call, &one_thing, &form)?;
    // In a transaction of its own: what was read of him stays on record whatever comes after.
    let draft = match make_known(&call, &one_thing, &asked).await {
        Err(error) if !error.fields.is_empty() => return again(&call, &one_thing, &form, &error),
        other => other?,
    };
    let mut ctx = call.write().await?;
    if let Some(known) = ::store::command::begin(&mut ctx, form.once(), "desk.start")
        .await?
        .filter(|id| !id.is_empty())
    {
        return call.see(&format!("/drafts/{known}"));
    }
    let outcome = file_for(&mut ctx, &one_thing, asked, draft).await;
    match outcome {
        Ok(id) => {
            ::store::command::finish(&mut ctx, form.once(), &id).await?;
            ctx.commit().await?;
            call.see(&format!("/drafts/{id}?notice=draft.started"))
        }
        Err(error) if !error.fields.is_empty() => {
            drop(ctx);
            again(&call, &one_thing, &form, &error)
        }
        Err(error) => Err(error.into()),
    }
}

/// The form once more, with what was entered and what is wrong with it.
fn again(call: &Call, one_thing: &str, form: &Form, error: &Error) -> Answer {
    let context = context(call, one_thing, &form.values(), Some(error))?;
    call.page_again("service/desk/file.html", &context)
}

/// What the clerk entered, and what is wrong with it but for who is present.
struct Asked {
    guide: BTreeMap<String, String>,
    witness: String,
    shown: Shown,
    faults: Error,
}

fn asked(call: &Call, one_thing: &str, form: &Form) -> Result<Asked> {
    let guide: BTreeMap<String, String> = form
        .pairs()
        .filter_map(|(key, value)| Some((key.strip_prefix("g.")?.to_owned(), value.to_owned())))
        .collect();
    let mut faults = Error::invalid("form.fields_wrong");
    let walk = crate::guide::walk(&call.web.env.pack, one_thing, &guide)?;
    if let Some(question) = walk.next.and_then(|n| walk.questions.get(n - 1)) {
        faults = faults.field(format!("g.{}", question.id), "desk.question");
    }
    if let Some(question) = walk.stop.and(walk.questions.last()) {
        faults = faults.field(format!("g.{}", question.id), "desk.stopped");
    }
    let witness = form.text("witness").trim().to_owned();
    if witness.is_empty() || witness.chars().count() > WITNESS_MAX {
        faults = faults.field("witness", "desk.witness");
    } else if witness == call.actor().name {
        faults = faults.field("witness", "desk.witness_self");
    }
    if !form.ticked("consent") {
        faults = faults.field("consent", "desk.consent");
    }
    let shown = Shown {
        number: form.text("number").to_owned(),
        name: form.text("name").to_owned(),
        code: form.text("code").to_owned(),
    };
    Ok(Asked { guide, witness, shown, faults })
}

/// Has whom the platform does not know looked up, once all else is in order and he has signed; the
/// id his draft is to have, empty for any.
async fn make_known(call: &Call, one_thing: &str, asked: &Asked) -> Result<String> {
    if !asked.faults.fields.is_empty() || !asked.shown.code.trim().is_empty() {
        return Ok(String::new());
    }
    let mut ctx = call.write().await?;
    let signed = Signed { one_thing, guide: &asked.guide, witness: &asked.witness };
    let draft = registry::make_known(&mut ctx, &asked.shown, signed).await?;
    ctx.commit().await?;
    Ok(draft)
}

async fn file_for(
    ctx: &mut ::store::Ctx,
    one_thing: &str,
    asked: Asked,
    draft: String,
) -> Result<String> {
    let Asked { guide, witness, shown, mut faults } = asked;
    let by_code = !shown.code.is_empty();
    let person = match identify(ctx, &shown).await {
        Ok(person) => Some(person),
        Err(error) if !error.fields.is_empty() => {
            faults.fields.splice(0..0, error.fields);
            None
        }
        Err(error) => return Err(error),
    };
    faults.if_any_field()?;
    let person = person.ok_or_else(Error::not_found)?;
    let identified_by = if by_code { "code" } else { "number" }.to_owned();
    let paper = Paper { person: person.id, witness, identified_by, draft };
    let start = Start {
        one_thing: one_thing.to_owned(),
        guide,
        consent: true,
        paper: Some(paper),
        ..Start::default()
    };
    begin(ctx, start).await
}
