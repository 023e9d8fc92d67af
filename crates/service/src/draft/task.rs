//! The draft as a whole: its tasks, the check of all answers, handing in, removing.

use super::draft::{self, Opened};
use super::form::{errors, exit, tasks};
use super::journey::Origin;
use super::{own, submission};
use axum::extract::Path;
use kernel::{Error, Result};
use pack::one_thing::FieldKind;
use serde_json::{Value as Json, json};
use webkit::{Answer, Call, Form};

/// `GET /drafts/{id}`.
pub(super) async fn overview(call: Call, Path(id): Path<String>) -> Answer {
    let mut ctx = call.read();
    let opened = draft::open(&mut ctx, &id).await?;
    if !opened.draft.case_id.is_empty() {
        return call.see(&format!("/cases/{}/receipt", opened.draft.case_id));
    }
    let pack = &call.web.env.pack;
    let lang = call.lang();
    let journey = opened.journey(pack)?;
    let next = journey.next().map_or_else(
        || format!("/drafts/{id}/check"),
        |page| format!("/drafts/{id}/pages/{}", page.page.id),
    );
    let items: Vec<&str> = journey
        .items
        .iter()
        .filter_map(|item| pack.item(item))
        .map(|item| item.short_name.get(lang))
        .collect();
    let found = opened.draft.content.held.values().filter(|held| held.found).count();
    let authorisation =
        authorisation(&mut ctx, &opened, draft::other_parent(&journey).is_some()).await?;
    let own = own_matters(&call, &mut ctx, &opened).await?;
    let (by_agent, other) = draft::other(&mut ctx, &opened.draft).await?;
    call.page(
        "service/draft/overview.html",
        &json!({
            "form": { "title": journey.one_thing.name.get(lang), "exit": exit(&opened) },
            "draft": { "id": id, "updated": opened.draft.updated, "expires": opened.draft.expires, "window": !opened.draft.clerk.is_empty() },
            "tasks": tasks(&call, &opened, &journey, None), "next": next, "items": items,
            "done": journey.pages.iter().filter(|page| page.done).count(), "total": journey.pages.len(),
            "found": found, "authorisation": authorisation, "own": own,
            "by_agent": by_agent, "other": other,
        }),
    )
}

/// Where the other parent's authorisation stands: `ask`, `asked`, `granted`, `revoked`; none when the form names nobody else or a clerk fills it in.
async fn authorisation(
    ctx: &mut ::store::Ctx,
    opened: &Opened,
    other: bool,
) -> Result<Option<&'static str>> {
    let id = &opened.draft.content.authorisation;
    // The applicant himself asks for it.
    let himself = opened.draft.clerk.is_empty() && !opened.by_agent;
    if !himself || (id.is_empty() && !other) {
        return Ok(None);
    }
    if id.is_empty() {
        return Ok(Some("ask"));
    }
    match party::delegation::find(ctx, id).await {
        Ok(found) => Ok(Some(found.told(&ctx.actor.party).name())),
        Err(error) if error.kind == kernel::Kind::NotFound => Ok(Some("ask")),
        Err(error) => Err(error),
    }
}

/// `POST /drafts/{id}/authorisation`.
pub(super) async fn ask(call: Call, Path(id): Path<String>, _form: Form) -> Answer {
    let mut ctx = call.write().await?;
    draft::ask_authorisation(&mut ctx, &id).await?;
    ctx.commit().await?;
    call.see(&format!("/drafts/{id}?notice=draft.authorisation_asked"))
}

/// `POST /drafts/{id}/items/{item}/removal`.
pub(super) async fn leave_out(
    call: Call,
    Path((id, item)): Path<(String, String)>,
    _form: Form,
) -> Answer {
    let mut ctx = call.write().await?;
    own::leave_out(&mut ctx, &id, &item).await?;
    ctx.commit().await?;
    call.see(&format!("/drafts/{id}?notice=draft.item_left_out"))
}

/// Items that are somebody else's own matter and not authorised, by id and name.
async fn own_matters(call: &Call, ctx: &mut ::store::Ctx, opened: &Opened) -> Result<Vec<Json>> {
    let pack = &call.web.env.pack;
    let items = own::unauthorised(ctx, opened, &opened.journey(pack)?).await?;
    let named = items.iter().filter_map(|id| {
        Some(json!({ "id": id, "name": pack.item(id)?.short_name.get(call.lang()) }))
    });
    Ok(named.collect())
}

/// `GET /drafts/{id}/check`.
pub(super) async fn check(call: Call, Path(id): Path<String>) -> Answer {
    let mut ctx = call.read();
    let opened = draft::open(&mut ctx, &id).await?;
    if !opened.draft.case_id.is_empty() {
        return call.see(&format!("/cases/{}/receipt", opened.draft.case_id));
    }
    let journey = opened.journey(&call.web.env.pack)?;
    if let Some(open) = journey.next() {
        return call.see(&format!("/drafts/{id}/pages/{}", open.page.id));
    }
    let context = check_context(&call, &mut ctx, &opened, None).await?;
    call.page("service/draft/check.html", &context)
}

async fn check_context(
    call: &Call,
    ctx: &mut ::store::Ctx,
    opened: &Opened,
    faults: Option<&Error>,
) -> Result<Json> {
    let own = own_matters(call, ctx, opened).await?;
    let (by_agent, other) = draft::other(ctx, &opened.draft).await?;
    let pack = &call.web.env.pack;
    let lang = call.lang();
    let id = &opened.draft.id;
    let journey = opened.journey(pack)?;
    let sections: Vec<Json> = journey
        .pages
        .iter()
        .map(|page| {
            let rows: Vec<Json> = page.fields.iter().map(|state| row(call, opened, state)).collect();
            json!({ "title": page.page.title.get(lang), "href": format!("/drafts/{id}/pages/{}?to=check", page.page.id), "rows": rows })
        })
        .collect();
    let items: Vec<&str> = journey
        .items
        .iter()
        .filter_map(|item| pack.item(item))
        .map(|item| item.short_name.get(lang))
        .collect();
    let errors = errors(call, faults);
    Ok(json!({
        "form": { "title": journey.one_thing.name.get(lang), "exit": exit(opened) },
        "draft": { "id": id, "revision": opened.draft.revision }, "sections": sections, "items": items,
        "disputes": opened.draft.content.disputes.len(),
        "promised": crate::item::limit_text(journey.one_thing.promised).get(lang),
        "errors": errors, "own": own, "by_agent": by_agent, "other": other,
        "error": errors.iter().find(|one| one["field"] == "declared").map(|one| one["text"].clone()),
        "tasks": tasks(call, opened, &journey, Some("check")),
        "back": format!("/drafts/{id}"),
    }))
}

fn row(call: &Call, opened: &Opened, state: &super::journey::FieldState<'_>) -> Json {
    let (pack, lang) = (&call.web.env.pack, call.lang());
    let value = if state.field.kind == FieldKind::File {
        let names: Vec<&str> = opened
            .files
            .iter()
            .filter(|one| one.field == state.field.id)
            .map(|one| one.name.as_str())
            .collect();
        names.join(&call.t("service.item.comma"))
    } else {
        state.value.as_ref().map(|value| state.words(pack, value, lang)).unwrap_or_default()
    };
    let value = if value.is_empty() { call.t("service.draft.not_given") } else { value };
    let note = match (&state.origin, opened.draft.content.disputes.get(&state.field.id)) {
        (_, Some(dispute)) => format!("{} {}", call.t("service.draft.disputed"), dispute.claimed),
        (Origin::Lookup { lookup, .. }, None) => opened
            .draft
            .content
            .held
            .get(lookup)
            .map(|held| held.source.get(lang).to_owned())
            .unwrap_or_default(),
        (Origin::Account, None) => call.t("service.draft.from_account"),
        _ => String::new(),
    };
    json!({ "term": state.field.label.get(lang), "value": value, "note": note })
}

/// `POST /drafts/{id}/submission`.
pub(super) async fn submit(call: Call, Path(id): Path<String>, form: Form) -> Answer {
    let mut ctx = call.write().await?;
    let revision = form.text("_revision").parse::<i64>().ok();
    match submission::submit(&mut ctx, &id, revision, form.ticked("declared")).await {
        Ok(submitted) => {
            ctx.commit().await?;
            call.see(&format!("/cases/{}/receipt", submitted.id))
        }
        Err(error) if !error.fields.is_empty() => {
            drop(ctx);
            let mut ctx = call.read();
            let opened = draft::open(&mut ctx, &id).await?;
            let context = check_context(&call, &mut ctx, &opened, Some(&error)).await?;
            call.page_again("service/draft/check.html", &context)
        }
        Err(error) => Err(error.into()),
    }
}

/// `POST /drafts/{id}/removal`.
pub(super) async fn remove(call: Call, Path(id): Path<String>, _form: Form) -> Answer {
    let mut ctx = call.write().await?;
    let opened = draft::open(&mut ctx, &id).await?;
    draft::remove(&mut ctx, &id).await?;
    ctx.commit().await?;
    call.see(&format!("{}?notice=draft.removed", exit(&opened)))
}
