//! Handlers: parse, call one verb of `case`, present.

use super::correction::{self, Mend, Sent};
use super::page::{self, CaseView};
use crate::case::{self, Rows, Tracked, Withdrawal};
use ::store::{Ctx, command};
use axum::extract::Path;
use kernel::{Error, Kind, Result};
use serde::Serialize;
use serde_json::json;
use std::collections::BTreeMap;
use webkit::{Answer, Call, Form};

/// `service/tracking/list.html`.
#[derive(Debug, Serialize)]
pub(super) struct ListView {
    pub(super) list: Rows,
    pub(super) entrusted: Rows,
}

/// `GET /cases?after=&entrusted=`: the citizen's own cases, and those of who authorised him.
pub(super) async fn list(call: Call) -> Answer {
    let after = |name: &str| call.query(name).unwrap_or_default();
    let mut ctx = call.read();
    let list = case::mine(&mut ctx, &after("after")).await?;
    let entrusted = case::entrusted(&mut ctx, &after("entrusted")).await?;
    call.page("service/tracking/list.html", &ListView { list, entrusted })
}

/// `GET /cases/{id}`. An officer is sent to his own page of it.
pub(super) async fn show(call: Call, Path(id): Path<String>) -> Answer {
    if call.actor().is_officer() {
        return call.see(&format!("/workbench/cases/{id}"));
    }
    call.page("service/tracking/case.html", &view(&mut call.read(), &id).await?)
}

async fn view(ctx: &mut Ctx, id: &str) -> Result<CaseView> {
    let shown = case::show(ctx, id).await?;
    let pack = ctx.env.pack.clone();
    let mut view = page::view(&pack, pack.calendar()?, shown, ctx.now)?;
    view.rates = view.ended && crate::rating::may_rate(ctx, id).await?;
    Ok(view)
}

/// `GET /cases/{id}/documents/{document}`: a receipt, notice or decision as PDF.
pub(super) async fn document(call: Call, Path((id, document)): Path<(String, String)>) -> Answer {
    let file = case::document(&mut call.read(), &id, &document).await?;
    call.file(&file.media_type, &file.name, file.content)
}

/// `GET /cases/{id}/files/{file}`: a file of a material.
pub(super) async fn file(call: Call, Path((id, file)): Path<(String, String)>) -> Answer {
    let file = case::file(&mut call.read(), &id, &file).await?;
    call.file(&file.media_type, &file.name, file.content)
}

/// `service/tracking/correction.html`.
#[derive(Debug, Serialize)]
pub(super) struct MendView {
    pub(super) id: String,
    pub(super) revision: i64,
    pub(super) mend: Mend,
    pub(super) errors: BTreeMap<String, String>,
    pub(super) faults: Vec<(String, String)>,
}

/// `GET /cases/{id}/correction`: what is to be mended, and nothing else.
pub(super) async fn correction(call: Call, Path(id): Path<String>) -> Answer {
    let mut ctx = call.read();
    let shown = case::show(&mut ctx, &id).await?;
    let mend = correction::mend(&ctx.env.pack, &shown)?;
    let (errors, faults) = (BTreeMap::new(), Vec::new());
    let view = MendView { id, revision: shown.revision, mend, errors, faults };
    call.page("service/tracking/correction.html", &view)
}

/// `POST /cases/{id}/correction`.
pub(super) async fn mend(call: Call, Path(id): Path<String>, form: Form) -> Answer {
    let to = format!("/cases/{id}?notice=case.corrected");
    let mut ctx = call.write().await?;
    if command::begin(&mut ctx, form.once(), "case.supply_correction").await?.is_some() {
        return call.see(&to);
    }
    let shown = case::show(&mut ctx, &id).await?;
    let mend = correction::mend(&ctx.env.pack, &shown)?;
    let done = match correction::read(&mut ctx, &shown, &mend, &Sent::of_form(&form)).await {
        Ok(body) => {
            case::supply_correction(&mut ctx, &id, form.number("revision"), body).await.map(|_| ())
        }
        Err(error) => Err(error),
    };
    match done {
        Ok(()) => {
            ctx.commit().await?;
            call.see(&to)
        }
        Err(error) if error.kind == Kind::Invalid => {
            drop(ctx);
            let mut view = MendView {
                revision: form.number("revision").unwrap_or(shown.revision),
                id,
                mend,
                errors: BTreeMap::new(),
                faults: Vec::new(),
            };
            for field in &mut view.mend.fields {
                field.value = form.text(&field.name).to_owned();
            }
            for fault in call.faults(&error) {
                view.errors.insert(fault.field.clone(), fault.message.clone());
                view.faults.push((fault.field, fault.message));
            }
            call.page_again("service/tracking/correction.html", &view)
        }
        Err(error) => Err(error.into()),
    }
}

/// `POST /cases/{id}/tolerated`: one promised material.
pub(super) async fn tolerated(call: Call, Path(id): Path<String>, form: Form) -> Answer {
    let to = format!("/cases/{id}?notice=case.material_supplied");
    let mut ctx = call.write().await?;
    if command::begin(&mut ctx, form.once(), "case.supply_tolerated").await?.is_some() {
        return call.see(&to);
    }
    let seen = view(&mut ctx, &id).await?;
    let done = supply(&mut ctx, &seen, &form).await;
    finish(&call, ctx, &id, &to, "tolerated", "", done).await
}

async fn supply(ctx: &mut Ctx, seen: &CaseView, form: &Form) -> Result<()> {
    let pack = ctx.env.pack.clone();
    let item = pack.item(&seen.case.item.id).ok_or_else(Error::not_found)?;
    let mut revision = form.number("revision");
    let mut any = false;
    for one in &seen.outstanding {
        if !form.files.iter().any(|file| file.field == one.name) {
            continue;
        }
        let sent = correction::take(ctx, item, one, &form.files).await;
        let sent = sent
            .map_err(|fault| correction::at(Error::invalid("tracking.mend"), &one.name, fault))?;
        for material in sent.into_iter().take(1) {
            let done = case::supply_tolerated(ctx, &seen.case.id, revision, material).await?;
            revision = Some(done.revision);
            any = true;
        }
    }
    if any { Ok(()) } else { Err(Error::invalid("tracking.no_file")) }
}

/// `POST /cases/{id}/withdrawal`.
pub(super) async fn withdraw(call: Call, Path(id): Path<String>, form: Form) -> Answer {
    let to = format!("/cases/{id}?notice=case.withdrawn");
    let mut ctx = call.write().await?;
    if command::begin(&mut ctx, form.once(), "case.withdraw").await?.is_some() {
        return call.see(&to);
    }
    let reason = form.text("reason").to_owned();
    let done = match form.ticked("sure") {
        true => {
            let body = Withdrawal { reason: reason.clone() };
            case::withdraw(&mut ctx, &id, form.number("revision"), body).await.map(|_| ())
        }
        false => Err(Error::invalid("tracking.not_sure")),
    };
    finish(&call, ctx, &id, &to, "withdrawal", &reason, done).await
}

/// `POST /cases/{id}/human-review`.
pub(super) async fn human_review(call: Call, Path(id): Path<String>, form: Form) -> Answer {
    let to = format!("/cases/{id}?notice=case.human_review");
    let mut ctx = call.write().await?;
    if command::begin(&mut ctx, form.once(), "case.request_human_review").await?.is_some() {
        return call.see(&to);
    }
    let done = case::request_human_review(&mut ctx, &id, form.number("revision")).await.map(|_| ());
    finish(&call, ctx, &id, &to, "human_review", "", done).await
}

/// After an act on the page of a case: there again, or the page with the form as it was typed.
async fn finish(
    call: &Call,
    ctx: Ctx,
    id: &str,
    to: &str,
    form: &str,
    typed: &str,
    done: Result<()>,
) -> Answer {
    match done {
        Ok(()) => {
            ctx.commit().await?;
            call.see(to)
        }
        Err(error) if error.kind == Kind::Invalid => {
            drop(ctx);
            let mut view = view(&mut call.read(), id).await?;
            let sentence = call.faults(&error).into_iter().next().map(|fault| fault.message);
            view.again = Some((form.to_owned(), typed.to_owned(), sentence.unwrap_or_default()));
            call.page_again("service/tracking/case.html", &view)
        }
        Err(error) => Err(error.into()),
    }
}

/// `service/tracking/track.html`.
#[derive(Debug, Serialize)]
pub(super) struct TrackView {
    pub(super) number: String,
    pub(super) code: String,
    pub(super) found: Option<Tracked>,
    pub(super) missing: bool,
}

/// `GET /track?number=&code=`: phases of a case, for whoever has its number and query code.
pub(super) async fn track(call: Call) -> Answer {
    let text = |name: &str| {
        let value = call.query(name).unwrap_or_default();
        value.chars().filter(|c| !c.is_whitespace()).take(60).collect::<String>()
    };
    let (number, code) = (text("number"), text("code"));
    if number.is_empty() && code.is_empty() {
        let view = TrackView { number, code, found: None, missing: false };
        return call.page("service/tracking/track.html", &view);
    }
    match case::track(&mut call.read(), &number, &code).await {
        Ok(found) => {
            let view = TrackView { number, code, found: Some(found), missing: false };
            call.page("service/tracking/track.html", &view)
        }
        Err(error) if matches!(error.kind, Kind::NotFound | Kind::Invalid) => {
            let view = TrackView { number, code, found: None, missing: true };
            call.page_again("service/tracking/track.html", &json!(view))
        }
        Err(error) => Err(error.into()),
    }
}
