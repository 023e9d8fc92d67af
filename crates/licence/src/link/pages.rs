//! Pages: the holder's links, and the page a link leads to.

use super::verb::{self, Opening};
use super::{Link, NewLink};
use crate::register::shown;
use crate::{verify, wallet};
use axum::extract::Path;
use kernel::{Error, Kind, Result, Timestamp};
use serde_json::{Value as Json, json};
use webkit::{Answer, Call, Form};

/// What the form offers at first.
const DAYS: i64 = 7;
const OPENS: i64 = 3;

/// `GET /wallet/{id}/links`.
pub(super) async fn list(call: Call, Path(id): Path<String>) -> Answer {
    let new = NewLink { days: DAYS, opens: OPENS, ..NewLink::default() };
    let context = listed(&call, &id, &new, None).await?;
    call.page("licence/link/list.html", &context)
}

async fn listed(call: &Call, id: &str, new: &NewLink, fault: Option<&Error>) -> Result<Json> {
    let mut ctx = call.read();
    let opened = match wallet::open(&mut ctx, id).await {
        Ok(opened) => opened,
        Err(error) => return Err(wallet::refused(call, id, error).await),
    };
    let pack = &call.web.env.pack;
    let known = shown::fields(pack, &opened.row.type_id, &opened.fields());
    let option = |field: &shown::Field| {
        json!({ "value": field.id, "text": field.name.get(call.lang()),
            "note": field.value.get(call.lang()) })
    };
    let mut links = Vec::new();
    for link in super::list(&mut ctx, id).await? {
        let chosen = link.shown()?;
        let names: Vec<&str> = known
            .iter()
            .filter(|field| chosen.contains(&field.id))
            .map(|field| field.name.get(call.lang()))
            .collect();
        links.push(row(call, &link, &verb::address(&ctx, &link)?, &names));
    }
    let faults: Vec<Json> = fault
        .map(|error| call.faults(error))
        .into_iter()
        .flatten()
        .map(|fault| json!({ "field": fault.field, "text": fault.message }))
        .collect();
    Ok(json!({
        "licence": { "id": id, "title": shown::type_name(pack, &opened.row.type_id),
            "live": opened.row.in_force(ctx.now) },
        "options": known.iter().map(option).collect::<Vec<_>>(),
        "chosen": new.fields,
        "recipient": new.recipient,
        "days": new.days.to_string(),
        "opens": new.opens.to_string(),
        "links": links,
        "faults": faults,
    }))
}

fn row(call: &Call, link: &Link, address: &str, names: &[&str]) -> Json {
    let state = link.state(call.web.env.clock.platform());
    json!({
        "id": link.id,
        "url": if state == "open" { address } else { "" },
        "recipient": link.recipient,
        "fields": names.join(call.t("licence.ask.comma").as_str()),
        "state": state,
        "until": Timestamp(link.expires_us),
        "opens": link.opens,
        "opens_max": link.opens_max,
    })
}

/// `POST /wallet/{id}/links`.
pub(super) async fn make(call: Call, Path(id): Path<String>, form: Form) -> Answer {
    let new = NewLink {
        fields: form.all("field").iter().map(|field| (*field).to_owned()).collect(),
        recipient: form.text("recipient").to_owned(),
        days: form.number("days").unwrap_or(0),
        opens: form.number("opens").unwrap_or(0),
    };
    let here = format!("/wallet/{id}/links");
    let mut ctx = call.write().await?;
    if ::store::command::begin(&mut ctx, form.once(), "licence.link").await?.is_some() {
        return call.see(&here);
    }
    match super::make(&mut ctx, &id, &new).await {
        Ok(link) => {
            ::store::command::finish(&mut ctx, form.once(), &link.id).await?;
            ctx.commit().await?;
            call.see(&here)
        }
        Err(error) if matches!(error.kind, Kind::Invalid | Kind::Conflict | Kind::Limited) => {
            drop(ctx);
            let context = listed(&call, &id, &new, Some(&error)).await?;
            call.page_again("licence/link/list.html", &context)
        }
        Err(error) => {
            drop(ctx);
            Err(wallet::refused(&call, &id, error).await.into())
        }
    }
}

/// `POST /wallet/{id}/links/{link}/end`.
pub(super) async fn end(
    call: Call,
    Path((id, link)): Path<(String, String)>,
    _form: Form,
) -> Answer {
    let mut ctx = call.write().await?;
    let ended = super::take_back(&mut ctx, &link).await?;
    if ended.licence_id != id {
        return Err(Error::not_found().into());
    }
    ctx.commit().await?;
    call.see(&format!("/wallet/{id}/links?notice=licence.link_ended"))
}

/// `GET /shown/{token}`: says that there is something and asks why it is opened.
pub(super) async fn look(call: Call, Path(token): Path<String>) -> Answer {
    let context = looked(&call, &token, "", None).await?;
    call.page("licence/link/look.html", &context)
}

async fn looked(call: &Call, token: &str, purpose: &str, fault: Option<&Error>) -> Result<Json> {
    let found = match super::find(&mut call.read(), token).await {
        Ok((link, row)) => {
            let pack = &call.web.env.pack;
            Some(json!({ "title": shown::type_name(pack, &row.type_id),
                "until": Timestamp(link.expires_us), "left": link.opens_max - link.opens }))
        }
        Err(error) if error.code == "licence.link_over" => None,
        Err(error) => return Err(error),
    };
    Ok(json!({
        "token": token,
        "link": found,
        "purpose": purpose,
        "error": fault.map(|error| call.sentence(error)),
    }))
}

/// `POST /shown/{token}`.
pub(super) async fn open(call: Call, Path(token): Path<String>, form: Form) -> Answer {
    let purpose = form.text("purpose");
    let status = verify::live_status(&call.web.env).await?;
    let mut ctx = call.write().await?;
    let done = ::store::command::begin(&mut ctx, form.once(), "licence.link_open").await?;
    let again = done.as_deref() == Some(token.as_str());
    match super::open(&mut ctx, &status, Opening { token: &token, purpose, again }).await {
        Ok(outcome) => {
            if done.is_none() {
                ::store::command::finish(&mut ctx, form.once(), &token).await?;
            }
            ctx.commit().await?;
            call.page("licence/verify/result.html", &verify::result(&call, &outcome))
        }
        Err(error) if matches!(error.kind, Kind::Invalid | Kind::Conflict) => {
            drop(ctx);
            let context = looked(&call, &token, purpose, Some(&error)).await?;
            call.page_again("licence/link/look.html", &context)
        }
        Err(error) => Err(error.into()),
    }
}
