//! Handing in what the examination of a case waits for: the page with the form of its drawing, and
//! the same over REST.
//!
//! Invariant: what was typed and is wrong is shown again as it was typed, each fault at its field.
//! Must not know: which drawing waits, what follows.

use super::api::{self, SentFile};
use super::correction::{self, MendFile};
use crate::case::{self, Act, AwaitedShown, Done, HandIn, Material, Shown};
use ::store::{Ctx, command};
use axum::extract::Path;
use axum::http::HeaderMap;
use kernel::{Error, Kind, Result};
use process::task::asked::{self, Typed};
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::{Value as Json, json};
use std::collections::BTreeMap;
use webkit::{Access, Answer, Body, Call, Form, Route, Upload, get, post};

#[cfg(test)]
mod tests;

/// What is handed in.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct HandedIn {
    /// Id of what is awaited, as the case tells it.
    awaited: String,
    /// Answers by field of its form.
    #[serde(default)]
    answers: BTreeMap<String, Json>,
    /// Files, of the materials it names.
    #[serde(default)]
    files: Vec<SentFile>,
}

pub(super) fn routes() -> Vec<Route> {
    vec![
        get("/cases/{id}/hand-in/{awaited}", Access::Citizen, form),
        post("/cases/{id}/hand-in/{awaited}", Access::Citizen, send).upload(),
        post("/api/v1/cases/{id}/hand-in", Access::SignedIn, hand_in)
            .upload()
            .doc("Hands in what the examination of a case waits for from its applicant.")
            .takes::<Act<HandedIn>>()
            .gives::<Done>(),
    ]
}

/// What is awaited of the item's case. Errors: `not_found` when it is not, or no longer.
fn awaited<'a>(shown: &'a Shown, id: &str) -> Result<&'a AwaitedShown> {
    let found = shown.awaited.iter().find(|one| one.id == id && one.case_id == shown.id);
    found.ok_or_else(Error::not_found)
}

/// The file fields of what is awaited.
fn files(ctx: &Ctx, shown: &Shown, awaited: &AwaitedShown) -> Result<Vec<MendFile>> {
    let item = ctx.env.pack.item(&shown.item.id).ok_or_else(Error::not_found)?;
    let file = |one: &case::Named| correction::file(item, &one.id, &one.name);
    Ok(awaited.materials.iter().map(file).collect())
}

/// The files sent, checked and stored. Errors: `tracking.mend` with the fields at fault.
async fn take(
    ctx: &mut Ctx,
    shown: &Shown,
    files: &[MendFile],
    sent: &[Upload],
) -> Result<Vec<Material>> {
    let pack = ctx.env.pack.clone();
    let item = pack.item(&shown.item.id).ok_or_else(Error::not_found)?;
    let (mut materials, mut error) = (Vec::new(), Error::invalid("tracking.mend"));
    for one in files.iter().filter(|one| sent.iter().any(|file| file.field == one.name)) {
        match correction::take(ctx, item, one, sent).await {
            Ok(taken) => materials.extend(taken),
            Err(fault) => error = correction::at(error, &one.name, fault),
        }
    }
    error.if_any_field()?;
    Ok(materials)
}

/// `GET /cases/{id}/hand-in/{awaited}`.
async fn form(call: Call, Path((id, of)): Path<(String, String)>) -> Answer {
    let context = context(&call, &mut call.read(), &id, &of, None).await?;
    call.page("service/tracking/hand_in.html", &context)
}

async fn context(
    call: &Call,
    ctx: &mut Ctx,
    id: &str,
    of: &str,
    typed: Option<&Typed<'_>>,
) -> Result<Json> {
    let shown = case::show(ctx, id).await?;
    let awaited = awaited(&shown, of)?;
    let mut fields = asked::shown(call, &awaited.form, &awaited.told, typed);
    let mut at_fault: Vec<Json> = Vec::new();
    let mut named: Vec<Json> = Vec::new();
    for one in files(ctx, &shown, awaited)? {
        let error = typed.and_then(|typed| typed.faults.get(&one.name));
        if let Some(error) = error {
            let text = format!("{}：{error}", one.label.get(call.lang()));
            at_fault.push(json!({ "field": one.name, "text": text }));
        }
        let required = one
            .name
            .strip_prefix("material.")
            .is_some_and(|id| awaited.required.iter().any(|one| one == id));
        named.push(json!({ "file": one, "error": error, "required": required }));
    }
    if let Some(errors) = fields["errors"].as_array_mut() {
        errors.extend(at_fault);
    }
    Ok(json!({ "id": id, "of": of, "revision": shown.revision, "item": awaited.item,
        "step": awaited.step, "fields": fields, "files": named }))
}

/// `POST /cases/{id}/hand-in/{awaited}`.
async fn send(call: Call, Path((id, of)): Path<(String, String)>, form: Form) -> Answer {
    let to = format!("/cases/{id}?notice=case.handed_in");
    let mut ctx = call.write().await?;
    if command::begin(&mut ctx, form.once(), "case.hand_in").await?.is_some() {
        return call.see(&to);
    }
    match sent(&mut ctx, &id, &of, &form).await {
        Ok(()) => {
            ctx.commit().await?;
            call.see(&to)
        }
        Err(error) if error.kind == Kind::Invalid => {
            drop(ctx);
            let typed = Typed::new(&call, &form, &error);
            let context = context(&call, &mut call.read(), &id, &of, Some(&typed)).await?;
            call.page_again("service/tracking/hand_in.html", &context)
        }
        Err(error) => Err(error.into()),
    }
}

async fn sent(ctx: &mut Ctx, id: &str, of: &str, form: &Form) -> Result<()> {
    let shown = case::show(ctx, id).await?;
    let awaited = awaited(&shown, of)?;
    let files = files(ctx, &shown, awaited)?;
    let materials = take(ctx, &shown, &files, &form.files).await?;
    let answers = asked::read(&awaited.form, form);
    let body = HandIn { awaited: of.to_owned(), answers, materials };
    case::hand_in(ctx, id, form.number("revision"), body).await.map(|_| ())
}

/// `POST /api/v1/cases/{id}/hand-in`.
async fn hand_in(
    call: Call,
    headers: HeaderMap,
    Path(id): Path<String>,
    Body(sent): Body<Json>,
) -> Answer {
    let act: Act<HandedIn> = Act::read(&headers, sent)?;
    let (once, revision, handed) = act.open("case.hand_in", &id);
    let mut ctx = call.write().await?;
    if let Some(answer) = once.begin(&mut ctx).await? {
        return call.json(&answer);
    }
    let body = read(&mut ctx, &id, handed).await?;
    let done = case::hand_in(&mut ctx, &id, revision, body).await?;
    once.finish(&mut ctx, &done).await?;
    ctx.commit().await?;
    call.json(&done)
}

/// What was sent, its files checked as those of the page are. Errors: `not_found`, `form.files`,
/// `case.correction_beyond` for a file that is not asked, `form.base64`, `tracking.mend`.
async fn read(ctx: &mut Ctx, id: &str, handed: HandedIn) -> Result<HandIn> {
    let shown = case::show(ctx, id).await?;
    let Ok(awaited) = awaited(&shown, &handed.awaited) else {
        return Err(Error::conflict("case.not_awaited"));
    };
    let asked = |material: &str| awaited.materials.iter().any(|one| one.id == material);
    let sent = api::uploads(handed.files, asked, Error::invalid("case.correction_beyond"))?;
    let files = files(ctx, &shown, awaited)?;
    let materials = take(ctx, &shown, &files, &sent).await?;
    Ok(HandIn { awaited: handed.awaited, answers: handed.answers, materials })
}
