//! Pages of the form: consent, one page after the other, objections, files.

use super::form::{Extra, errors, exit, page_context};
use super::journey::Origin;
use super::model::{Change, Dispute};
use super::{draft, file};
use axum::extract::Path;
use axum::http::StatusCode;
use axum::response::{Html, IntoResponse};
use kernel::{Error, Kind};
use pack::one_thing::FieldKind;
use serde_json::{Value as Json, json};
use std::collections::{BTreeMap, BTreeSet};
use webkit::{Answer, Call, Form};

/// Prefix of the guide's answers in forms and addresses.
const GUIDE: &str = "g.";
/// The choice of for whom: the applicant himself, or a delegation's id.
const SELF: &str = "self";

fn start_of(one_thing: &str, pairs: &[(String, String)]) -> draft::Start {
    let guide = pairs
        .iter()
        .filter_map(|(key, value)| Some((key.strip_prefix(GUIDE)?.to_owned(), value.clone())))
        .collect();
    let of = |name: &str| -> BTreeSet<String> {
        pairs.iter().filter(|(key, _)| key == name).map(|(_, value)| value.clone()).collect()
    };
    let kept = of("keep");
    let left_out = of("optional").into_iter().filter(|item| !kept.contains(item)).collect();
    draft::Start { one_thing: one_thing.to_owned(), guide, left_out, ..draft::Start::default() }
}

/// `GET /drafts/new`: what is agreed to before anything is looked up.
pub(super) async fn consent(call: Call) -> Answer {
    party::account::demand_proven(&mut call.read()).await?;
    let query = call.path_and_query.split_once('?').map_or("", |(_, query)| query);
    let pairs = webkit::form::decode(query.as_bytes());
    consent_page(&call, &pairs, None).await
}

async fn consent_page(call: &Call, pairs: &[(String, String)], faults: Option<&Error>) -> Answer {
    let pack = &call.web.env.pack;
    let lang = call.lang();
    let id =
        pairs.iter().find(|(key, _)| key == "one_thing").map_or("", |(_, value)| value.as_str());
    let one = pack.one_thing(id).ok_or_else(Error::not_found)?;
    let start = start_of(id, pairs);
    let walk = crate::guide::walk(pack, id, &start.guide)?;
    if !walk.is_complete() {
        return call.see(&format!("/one-things/{id}/guide/1"));
    }
    let reads: Vec<Json> = one
        .lookups
        .iter()
        .filter_map(|lookup| {
            let contract = pack.contract(&lookup.contract)?;
            let registry = pack.registry(&lookup.registry)?;
            let fields: Vec<&str> = contract
                .fields
                .iter()
                .filter_map(|id| registry.field(id))
                .map(|field| field.name.get(lang))
                .collect();
            let who: Vec<&str> = contract
                .consumers
                .iter()
                .filter_map(|kind| pack.agency_kind(kind))
                .map(|kind| kind.short_name.get(lang))
                .collect();
            let join = call.t("service.item.comma");
            Some(json!({ "what": { "text": lookup.name.get(lang), "sub": fields.join(&join) },
                "who": who.join(&join), "why": contract.purpose.get(lang) }))
        })
        .collect();
    let drafts: Vec<Json> = draft::list(&mut call.read())
        .await?
        .iter()
        .filter(|row| row.one_thing == id)
        .map(|row| json!({ "href": format!("/drafts/{}", row.id), "updated": row.updated }))
        .collect();
    let carried: Vec<Json> = pairs
        .iter()
        .filter(|(key, _)| {
            key.starts_with(GUIDE) || matches!(key.as_str(), "one_thing" | "keep" | "optional")
        })
        .map(|(name, value)| json!({ "name": name, "value": value }))
        .collect();
    let whom = whom(call, id).await?;
    let chosen = pairs.iter().find(|(key, _)| key == "for").map(|(_, value)| value.as_str());
    let errors = errors(call, faults);
    let error = |field: &str| {
        errors.iter().find(|one| one["field"] == field).map(|one| one["text"].clone())
    };
    // Where the guide asks nothing, there is no result of it to go back to.
    let back = match walk.questions.is_empty() {
        true => format!("/one-things/{id}"),
        false => format!("/one-things/{id}/result?{}", walk.query()),
    };
    let context = json!({
        "one": { "id": id, "name": one.name, "consent": one.consent }, "reads": reads, "carried": carried,
        "drafts": drafts, "errors": errors, "error": error("consent"), "whom": whom, "chosen": chosen, "whom_error": error("for"),
        "back": back,
    });
    if faults.is_some() {
        call.page_again("service/draft/consent.html", &context)
    } else {
        call.page("service/draft/consent.html", &context)
    }
}

/// For whom the actor may apply besides himself; empty when for nobody.
async fn whom(call: &Call, one_thing: &str) -> kernel::Result<Vec<Json>> {
    let mut ctx = call.read();
    let mut choices = Vec::new();
    for given in party::delegation::applies_for(&mut ctx, one_thing).await? {
        let name = party::person::get(&mut ctx, &given.principal).await?.masked().0;
        let args = [("who", name)];
        let text = call.web.views.text(call.lang(), "service.draft.for_other", &args);
        choices.push(json!({ "value": given.id, "text": text }));
    }
    if !choices.is_empty() {
        let text = call.t("service.draft.for_self");
        choices.insert(0, json!({ "value": SELF, "text": text }));
    }
    Ok(choices)
}

/// `POST /drafts`: `for`, where the actor may apply for others: `self` or a delegation.
pub(super) async fn start(call: Call, form: Form) -> Answer {
    let pairs: Vec<(String, String)> =
        form.pairs().map(|(key, value)| (key.to_owned(), value.to_owned())).collect();
    let mut start = start_of(form.text("one_thing"), &pairs);
    start.consent = form.ticked("consent");
    start.delegation = match form.text("for") {
        SELF => String::new(),
        other => other.to_owned(),
    };
    // Who may apply for others says for whom.
    let unsaid = form.text("for").is_empty();
    if unsaid && !whom(&call, &start.one_thing).await?.is_empty() {
        let fault = Error::invalid("form.fields_wrong").field("for", "draft.for_missing");
        return consent_page(&call, &pairs, Some(&fault)).await;
    }
    let mut ctx = call.write().await?;
    // The same form twice is one draft.
    if let Some(known) = store_begin(&mut ctx, form.once()).await? {
        return call.see(&format!("/drafts/{known}"));
    }
    match Box::pin(draft::start(&mut ctx, start)).await {
        Ok(id) => {
            ::store::command::finish(&mut ctx, form.once(), &id).await?;
            ctx.commit().await?;
            call.see(&format!("/drafts/{id}?notice=draft.started"))
        }
        Err(error) if !error.fields.is_empty() => {
            drop(ctx);
            consent_page(&call, &pairs, Some(&error)).await
        }
        Err(error) => Err(error.into()),
    }
}

async fn store_begin(ctx: &mut ::store::Ctx, once: &str) -> kernel::Result<Option<String>> {
    Ok(::store::command::begin(ctx, once, "draft.start").await?.filter(|id| !id.is_empty()))
}

/// `GET /drafts/{id}/pages/{page}`.
pub(super) async fn page(call: Call, Path((id, page)): Path<(String, String)>) -> Answer {
    let opened = draft::open(&mut call.read(), &id).await?;
    if !opened.draft.case_id.is_empty() {
        return call.see(&format!("/cases/{}/receipt", opened.draft.case_id));
    }
    let to = call.query("to").filter(|to| to == "check").unwrap_or_default();
    let extra = Extra { to, ..Extra::default() };
    call.page("service/draft/page.html", &page_context(&call, &opened, &page, &extra)?)
}

/// `POST /drafts/{id}/pages/{page}`: files first, each on its own, then the answers.
pub(super) async fn save(
    call: Call,
    Path((id, page)): Path<(String, String)>,
    form: Form,
) -> Answer {
    let revision = form.text("_revision").parse::<i64>().unwrap_or(-1);
    let here = format!("/drafts/{id}/pages/{page}");
    let typed = form.values();
    let mut ctx = call.write().await?;
    draft::autosave(&mut ctx, &id, &page, revision, typed.clone()).await?;
    ctx.commit().await?;
    let mut faults = Error::invalid("form.fields_wrong");
    for upload in &form.files {
        let mut ctx = call.write().await?;
        match file::attach(&mut ctx, &id, &upload.field, &upload.name, &upload.content).await {
            Ok(_) => ctx.commit().await?,
            Err(error) if !error.fields.is_empty() => faults.fields.extend(error.fields),
            Err(error) => return Err(error.into()),
        }
    }
    let step = form.text("_step");
    if !step.is_empty() {
        return call.see(&format!("{here}#f-{}", webkit::form::encode(step)));
    }
    let change = change(&call, &id, &page, &form).await?;
    let wrong = change.confirm.get(&page) == Some(&false);
    let mut ctx = call.write().await?;
    let outcome = match draft::amend(&mut ctx, &id, Some(revision), change).await {
        Ok(_) if faults.fields.is_empty() => {
            ctx.commit().await?;
            Ok(())
        }
        Ok(_) => Err(faults),
        Err(mut error) => {
            let known: BTreeSet<String> =
                faults.fields.iter().map(|fault| fault.field.clone()).collect();
            error.fields.retain(|fault| !known.contains(&fault.field));
            error.fields.splice(0..0, faults.fields);
            Err(error)
        }
    };
    let to = form.text("_to").to_owned();
    match outcome {
        Ok(()) if wrong => call.see(&format!("{here}/objection")),
        Ok(()) => call.see(&next(&call, &id, &page, &to).await?),
        Err(error) if error.code == "draft.stale" || !error.fields.is_empty() => {
            let extra = Extra {
                typed: Some(typed),
                stale: error.code == "draft.stale",
                confirm: form.text("_confirm").to_owned(),
                faults: (error.code != "draft.stale").then_some(error),
                to,
            };
            again(&call, &id, &page, &extra).await
        }
        Err(error) => Err(error.into()),
    }
}

/// The page again with everything typed; newer answers of another device beside it.
async fn again(call: &Call, id: &str, page: &str, extra: &Extra) -> Answer {
    let opened = draft::open(&mut call.read(), id).await?;
    let context = page_context(call, &opened, page, extra)?;
    let html = call.render("service/draft/page.html", &context)?;
    let status = if extra.stale { StatusCode::CONFLICT } else { StatusCode::UNPROCESSABLE_ENTITY };
    Ok((status, Html(html)).into_response())
}

async fn change(call: &Call, id: &str, page: &str, form: &Form) -> kernel::Result<Change> {
    let opened = draft::open(&mut call.read(), id).await?;
    let pack = &call.web.env.pack;
    let sent: BTreeMap<String, String> = form.values();
    let form_definition = pack.form(&opened.draft.one_thing).ok_or_else(Error::not_found)?;
    let definition =
        form_definition.pages.iter().find(|one| one.id == page).ok_or_else(Error::not_found)?;
    let answers = definition
        .fields
        .iter()
        .filter(|field| field.kind != FieldKind::File)
        .filter_map(|field| {
            let text = sent.get(&field.id).cloned();
            let text = if field.kind == FieldKind::Confirm {
                Some(text.unwrap_or_default())
            } else {
                text
            };
            Some((field.id.clone(), Json::from(text?)))
        })
        .collect();
    let confirm = match form.text("_confirm") {
        "right" => BTreeMap::from([(page.to_owned(), true)]),
        "wrong" => BTreeMap::from([(page.to_owned(), false)]),
        _ => BTreeMap::new(),
    };
    Ok(Change { answers, confirm, disputes: BTreeMap::new(), page: Some(page.to_owned()) })
}

/// Where a saved page leads: back to the check, the next page, or the check at the end.
async fn next(call: &Call, id: &str, page: &str, to: &str) -> kernel::Result<String> {
    let opened = draft::open(&mut call.read(), id).await?;
    let pack = &call.web.env.pack;
    let journey = opened.journey(pack)?;
    if to == "check" && journey.is_complete() {
        return Ok(format!("/drafts/{id}/check"));
    }
    let at = journey.pages.iter().position(|one| one.page.id == page);
    let following = at.and_then(|at| journey.pages.get(at + 1)).or_else(|| journey.next());
    Ok(match following {
        Some(one) => format!("/drafts/{id}/pages/{}", one.page.id),
        None => format!("/drafts/{id}/check"),
    })
}

/// `POST /drafts/{id}/pages/{page}/autosave`: for the script; the page works without it.
pub(super) async fn autosave(
    call: Call,
    Path((id, page)): Path<(String, String)>,
    form: Form,
) -> Answer {
    let revision = form.text("_revision").parse::<i64>().unwrap_or(-1);
    let mut ctx = call.write().await?;
    let kept = draft::autosave(&mut ctx, &id, &page, revision, form.values()).await?;
    let at = webkit::view::format::When::from_micros(ctx.now.0).time();
    ctx.commit().await?;
    let text = if kept {
        let args = [("at", at.clone()), ("days", super::DAYS.to_string())];
        call.web.views.text(call.lang(), "webkit.saved", &args)
    } else {
        call.t("service.draft.stale_autosave")
    };
    call.json(&json!({ "saved_at": if kept { at } else { String::new() }, "text": text }))
}

/// `GET /drafts/{id}/pages/{page}/objection`: what is wrong, value by value.
pub(super) async fn objection(call: Call, Path((id, page)): Path<(String, String)>) -> Answer {
    objection_page(&call, &id, &page, None, None).await
}

async fn objection_page(
    call: &Call,
    id: &str,
    page: &str,
    typed: Option<&BTreeMap<String, String>>,
    faults: Option<&Error>,
) -> Answer {
    let opened = draft::open(&mut call.read(), id).await?;
    let pack = &call.web.env.pack;
    let lang = call.lang();
    let journey = opened.journey(pack)?;
    let state = journey.page(page).ok_or_else(Error::not_found)?;
    let errors = errors(call, faults);
    let message = |field: &str| {
        errors.iter().find(|one| one["field"] == field).map(|one| one["text"].clone())
    };
    let rows: Vec<Json> = state
        .fields
        .iter()
        .filter(|one| matches!(one.origin, Origin::Lookup { .. }))
        .map(|one| {
            let field = one.field;
            let dispute = opened.draft.content.disputes.get(&field.id).cloned();
            let ticked = dispute.is_some();
            let dispute = dispute.unwrap_or_default();
            let text = |name: &str, saved: String| {
                typed.map_or(saved, |typed| typed.get(name).cloned().unwrap_or_default())
            };
            let (wrong, claimed, note) =
                (format!("wrong.{}", field.id), format!("claimed.{}", field.id), format!("note.{}", field.id));
            let shown = one.value.as_ref().map(|value| one.words(pack, value, lang)).unwrap_or_default();
            let claim = text(&claimed, dispute.claimed);
            let choices: Vec<Json> = field
                .choices
                .iter()
                .map(|choice| json!({ "value": choice.value, "text": choice.label.get(lang) }))
                .collect();
            json!({
                "label": field.label.get(lang), "shown": shown,
                "wrong": { "name": wrong, "checked": typed.map_or(ticked, |typed| typed.contains_key(&wrong)) },
                "claimed": { "name": claimed, "value": claim, "error": message(&claimed) },
                "note": { "name": note, "value": text(&note, dispute.note) },
                "choices": choices,
            })
        })
        .collect();
    let context = json!({
        "form": { "title": journey.one_thing.name.get(lang), "exit": exit(&opened) },
        "draft": { "id": id, "revision": opened.draft.revision }, "current": { "id": page, "title": state.page.title },
        "rows": rows, "errors": errors, "back": format!("/drafts/{id}/pages/{page}"),
    });
    if faults.is_some() {
        call.page_again("service/draft/objection.html", &context)
    } else {
        call.page("service/draft/objection.html", &context)
    }
}

/// `POST /drafts/{id}/pages/{page}/objection`.
pub(super) async fn object(
    call: Call,
    Path((id, page)): Path<(String, String)>,
    form: Form,
) -> Answer {
    let sent = form.values();
    let disputes: BTreeMap<String, Dispute> = sent
        .keys()
        .filter_map(|key| key.strip_prefix("wrong."))
        .map(|field| {
            let text =
                |name: &str| sent.get(&format!("{name}.{field}")).cloned().unwrap_or_default();
            (field.to_owned(), Dispute { claimed: text("claimed"), note: text("note") })
        })
        .collect();
    if disputes.is_empty() {
        let error = Error::invalid("form.fields_wrong").field("", "draft.nothing_wrong");
        return objection_page(&call, &id, &page, Some(&sent), Some(&error)).await;
    }
    let revision = form.text("_revision").parse::<i64>().ok();
    let mut ctx = call.write().await?;
    match draft::amend(&mut ctx, &id, revision, Change { disputes, ..Change::default() }).await {
        Ok(_) => {
            ctx.commit().await?;
            call.see(&next(&call, &id, &page, "").await?)
        }
        Err(error) if error.kind == Kind::Invalid && !error.fields.is_empty() => {
            drop(ctx);
            objection_page(&call, &id, &page, Some(&sent), Some(&error)).await
        }
        Err(error) => Err(error.into()),
    }
}

/// `GET /drafts/{id}/files/{file}`.
pub(super) async fn file(call: Call, Path((id, name)): Path<(String, String)>) -> Answer {
    let (row, content) = file::read(&mut call.read(), &id, &name).await?;
    call.file(&row.media_type, &row.name, content)
}

/// `POST /drafts/{id}/files/{file}/removal`.
pub(super) async fn detach(
    call: Call,
    Path((id, name)): Path<(String, String)>,
    form: Form,
) -> Answer {
    let mut ctx = call.write().await?;
    file::detach(&mut ctx, &id, &name).await?;
    ctx.commit().await?;
    call.see(&format!("/drafts/{id}/pages/{}", webkit::form::encode(form.text("page"))))
}
