//! The issuing agency's pages.

use super::model::{LicenceRow, Opened, state_name};
use super::{REVOKE, life, shown, store};
use crate::wallet;
use ::store::Ctx;
use axum::extract::Path;
use kernel::{Error, Kind, Result, Timestamp};
use serde_json::{Value as Json, json};
use webkit::{Answer, Call, Form};

/// Permission to read licences one's agency issued.
pub(super) const READ: &str = "licence.read";

/// A licence of the actor's agency, opened. Errors: `denied`, `not_found` for another agency's.
pub(super) async fn of_agency(ctx: &mut Ctx, id: &str) -> Result<Opened> {
    party::authority::demand(ctx, READ)?;
    let row = store::get(ctx, id).await?;
    if !party::authority::same_agency(ctx, &row.agency) {
        return Err(Error::not_found());
    }
    store::open(ctx, row).await
}

/// `GET /work/licences?q=&after=`: the agency's licences, or the one with an identifier or code.
pub(super) async fn search(call: Call) -> Answer {
    let text = |name: &str| {
        let value = call.query(name).unwrap_or_default();
        value.trim().chars().take(120).collect::<String>()
    };
    let (wanted, after) = (text("q"), text("after"));
    let mut ctx = call.read();
    party::authority::demand(&ctx, READ)?;
    let agency = ctx.actor.agency.clone();
    let mut found = match wanted.as_str() {
        "" => store::of_agency(&mut ctx, &agency, &after).await?,
        wanted => one(&mut ctx, wanted).await?.into_iter().collect(),
    };
    let more = found.len() > store::PAGE;
    found.truncate(store::PAGE);
    let next = found.last().filter(|_| more).map(|row| row.id.clone());
    let rows: Vec<Json> = found.iter().map(|row| listed(&call, row)).collect();
    call.page("licence/register/list.html", &json!({ "rows": rows, "q": wanted, "next": next }))
}

async fn one(ctx: &mut Ctx, wanted: &str) -> Result<Option<LicenceRow>> {
    let row = match kernel::identifier::QueryCode::parse(wanted) {
        Ok(code) => store::by_code(ctx, code.as_str()).await?,
        Err(_) => store::by_identifier(ctx, &wanted.to_ascii_uppercase()).await?,
    };
    Ok(row.filter(|row| party::authority::same_agency(ctx, &row.agency)))
}

fn listed(call: &Call, row: &LicenceRow) -> Json {
    let state = row.state_at(call.web.env.clock.now());
    json!({
        "name": {
            "href": format!("/work/licences/{}", row.id),
            "text": shown::type_name(&call.web.env.pack, &row.type_id).get(call.lang()),
            "sub": row.identifier,
        },
        "issued": shown::date(Timestamp(row.issued_us).date()).get(call.lang()),
        "validity": shown::validity(row).get(call.lang()),
        "state": { "tag": tag(state), "text": state_name(state).get(call.lang()) },
    })
}

fn tag(state: &str) -> &'static str {
    match state {
        "01" => "ok",
        "02" => "warn",
        _ => "bad",
    }
}

/// `GET /work/licences/{id}`.
pub(super) async fn show(call: Call, Path(id): Path<String>) -> Answer {
    let mut ctx = call.read();
    let opened = of_agency(&mut ctx, &id).await;
    drop(ctx);
    match opened {
        Ok(opened) => {
            let context = context(&call, &opened, &[], ("", "")).await?;
            call.page("licence/register/show.html", &context)
        }
        Err(error) => Err(wallet::refused(&call, &id, error).await.into()),
    }
}

async fn context(
    call: &Call,
    opened: &Opened,
    faults: &[Json],
    typed: (&str, &str),
) -> Result<Json> {
    let mut ctx = call.read();
    let row = &opened.row;
    let pack = &call.web.env.pack;
    let lang = call.lang();
    let state = row.state_at(ctx.now).to_owned();
    let events = store::events(&mut ctx, &row.id).await?;
    let history: Vec<Json> = events
        .iter()
        .map(|event| {
            let text = call.t(&format!("licence.event.{}", event.kind));
            let note = [event.reason.as_str(), event.article.as_str(), event.account.as_str()];
            let note: Vec<&str> = note.into_iter().filter(|text| !text.is_empty()).collect();
            json!({ "at": Timestamp(event.at_us), "text": text, "note": note.join(" · ") })
        })
        .collect();
    let fields = shown::fields(pack, &row.type_id, &opened.fields());
    Ok(json!({
        "licence": {
            "id": row.id, "identifier": row.identifier, "code": row.code,
            "title": shown::type_name(pack, &row.type_id).get(lang),
            "validity": shown::validity(row).get(lang),
            "state": state, "state_name": state_name(&state).get(lang), "state_tag": tag(&state),
            "revision": row.revision,
        },
        "fields": shown::pick(&fields, lang),
        "history": history,
        "choices": if call.may(REVOKE) { choices(call, row, &state) } else { Vec::new() },
        "faults": faults,
        "reason": typed.0,
        "article": typed.1,
    }))
}

/// What may be done to the licence now.
fn choices(call: &Call, row: &LicenceRow, state: &str) -> Vec<Json> {
    let kind = call.web.env.pack.licence_type(&row.type_id);
    let allows =
        |code: &str| kind.is_none_or(|kind| kind.states.iter().any(|state| state.code() == code));
    let mut acts: Vec<&str> = match state {
        "01" => vec!["suspend", "revoke", "cancel", "forfeit"],
        "02" => vec!["resume", "revoke", "cancel", "forfeit"],
        _ => Vec::new(),
    };
    acts.retain(|act| match *act {
        "suspend" => allows("02"),
        "revoke" => allows("03"),
        "cancel" => allows("04"),
        "forfeit" => allows("07"),
        _ => true,
    });
    acts.push("annotate");
    let choice =
        |act: &&str| json!({ "value": act, "text": call.t(&format!("licence.act.{act}")) });
    acts.iter().map(choice).collect()
}

/// `POST /work/licences/{id}/state`.
pub(super) async fn change(call: Call, Path(id): Path<String>, form: Form) -> Answer {
    let mut ctx = call.write().await?;
    if ::store::command::begin(&mut ctx, form.once(), "licence.state").await?.is_some() {
        return call.see(&format!("/work/licences/{id}"));
    }
    match act(&mut ctx, &id, &form).await {
        Ok(()) => {
            ctx.commit().await?;
            call.see(&format!("/work/licences/{id}?notice=licence.changed"))
        }
        Err(error) if matches!(error.kind, Kind::Invalid | Kind::Conflict) => {
            drop(ctx);
            let mut ctx = call.read();
            let opened = of_agency(&mut ctx, &id).await?;
            drop(ctx);
            let faults: Vec<Json> = call
                .faults(&error)
                .into_iter()
                .map(|fault| json!({ "field": fault.field, "text": fault.message }))
                .collect();
            let typed = (form.text("reason"), form.text("article"));
            let context = context(&call, &opened, &faults, typed).await?;
            call.page_again("licence/register/show.html", &context)
        }
        Err(error) => {
            drop(ctx);
            Err(wallet::refused(&call, &id, error).await.into())
        }
    }
}

async fn act(ctx: &mut Ctx, id: &str, form: &Form) -> Result<()> {
    let (reason, article) = (form.text("reason"), form.text("article"));
    life::fresh(ctx, id, form.number("revision")).await?;
    match form.text("act") {
        "suspend" => life::suspend(ctx, id, reason, article).await,
        "resume" => life::resume(ctx, id, reason, article).await,
        "revoke" => life::revoke(ctx, id, reason, article).await,
        "cancel" => life::cancel(ctx, id, reason, article).await,
        "forfeit" => life::forfeit(ctx, id, reason, article).await,
        "annotate" => life::annotate(ctx, id, reason, article).await,
        _ => Err(Error::invalid("licence.act").field("act", "licence.act")),
    }
}
