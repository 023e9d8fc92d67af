//! Pages: what an agency asks for, one asking, and the holder's consent.

use super::store::{Ask, Request};
use super::verb::{self, Seen};
use super::{NewAsk, api, object};
use crate::register::shown;
use crate::wallet;
use ::store::Ctx;
use axum::extract::Path;
use kernel::{Error, Kind, Result, Timestamp};
use serde_json::{Value as Json, json};
use webkit::{Answer, Call, Form};

/// `GET /work/licence-asks?type=`.
pub(super) async fn list(call: Call) -> Answer {
    let new = NewAsk { type_id: call.query("type").unwrap_or_default(), ..NewAsk::default() };
    let context = listed(&call, &new, None).await?;
    call.page("licence/request/list.html", &context)
}

async fn listed(call: &Call, new: &NewAsk, fault: Option<&Error>) -> Result<Json> {
    let asks = super::asks(&mut call.read()).await?;
    let pack = &call.web.env.pack;
    let kinds: Vec<Json> = pack
        .licence_types()
        .map(|kind| json!({ "value": kind.id, "text": kind.name.get(call.lang()) }))
        .collect();
    let kind = pack.licence_type(&new.type_id);
    let fields: Vec<Json> = kind
        .iter()
        .flat_map(|kind| &kind.fields)
        .map(|field| json!({ "value": field.id, "text": field.name.get(call.lang()) }))
        .collect();
    let row = |ask: &Ask| {
        json!({
            "id": ask.id,
            "kind": shown::type_name(pack, &ask.type_id).get(call.lang()),
            "purpose": ask.purpose,
            "state": ask.state,
        })
    };
    let faults: Vec<Json> = fault
        .map(|error| call.faults(error))
        .into_iter()
        .flatten()
        .map(|fault| json!({ "field": fault.field, "text": fault.message }))
        .collect();
    Ok(json!({
        "asks": asks.iter().map(row).collect::<Vec<_>>(),
        "kinds": kinds,
        "kind": kind.map(|kind| json!({ "id": kind.id, "name": kind.name.get(call.lang()) })),
        "fields": fields,
        "chosen": new.fields,
        "purpose": new.purpose,
        "basis": new.basis,
        "faults": faults,
    }))
}

/// `POST /work/licence-asks`.
pub(super) async fn register(call: Call, form: Form) -> Answer {
    let new = NewAsk {
        type_id: form.text("type").to_owned(),
        fields: form.all("field").iter().map(|field| (*field).to_owned()).collect(),
        purpose: form.text("purpose").to_owned(),
        basis: form.text("basis").to_owned(),
    };
    let mut ctx = call.write().await?;
    let made = ::store::command::begin(&mut ctx, form.once(), "licence.ask").await?;
    if let Some(id) = made {
        return call.see(&format!("/work/licence-asks/{id}"));
    }
    match super::register(&mut ctx, &new).await {
        Ok(ask) => {
            ::store::command::finish(&mut ctx, form.once(), &ask.id).await?;
            ctx.commit().await?;
            call.see(&format!("/work/licence-asks/{}", ask.id))
        }
        Err(error) if error.kind == Kind::Invalid => {
            drop(ctx);
            let context = listed(&call, &new, Some(&error)).await?;
            call.page_again("licence/request/list.html", &context)
        }
        Err(error) => Err(error.into()),
    }
}

/// What pages show of an ask.
fn ask_head(call: &Call, ask: &Ask) -> Result<Json> {
    let pack = &call.web.env.pack;
    let kind = pack.licence_type(&ask.type_id);
    let name = |id: &String| {
        let field = kind.and_then(|kind| kind.field(id));
        field.map_or(id.as_str(), |field| field.name.get(call.lang())).to_owned()
    };
    let fields: Vec<String> = ask.wanted()?.iter().map(name).collect();
    Ok(json!({
        "id": ask.id,
        "agency": shown::agency_name(pack, &ask.agency).get(call.lang()),
        "kind": shown::type_name(pack, &ask.type_id).get(call.lang()),
        "fields": fields.join(call.t("licence.ask.comma").as_str()),
        "purpose": ask.purpose,
        "basis": ask.basis,
        "active": ask.state == "active",
    }))
}

/// `GET /work/licence-asks/{id}`.
pub(super) async fn show(call: Call, Path(id): Path<String>) -> Answer {
    let mut ctx = call.read();
    let ask = super::find_ask(&mut ctx, &id).await?;
    let requests = super::recent(&mut ctx, &id).await?;
    let row = |one: &Request| json!({ "id": one.id, "at": Timestamp(one.created_us), "state": verb::state(&ctx, one) });
    let requests: Vec<Json> = requests.iter().map(row).collect();
    let context = json!({ "ask": ask_head(&call, &ask)?, "requests": requests });
    call.page("licence/request/show.html", &context)
}

/// `POST /work/licence-asks/{id}/closing`.
pub(super) async fn close(call: Call, Path(id): Path<String>, _form: Form) -> Answer {
    let mut ctx = call.write().await?;
    super::close(&mut ctx, &id).await?;
    ctx.commit().await?;
    call.see(&format!("/work/licence-asks/{id}"))
}

/// `POST /work/licence-asks/{id}/requests`.
pub(super) async fn request(call: Call, Path(id): Path<String>, form: Form) -> Answer {
    let mut ctx = call.write().await?;
    let made = ::store::command::begin(&mut ctx, form.once(), "licence.request").await?;
    if let Some(made) = made {
        return call.see(&format!("/work/licence-requests/{made}"));
    }
    let request = super::request(&mut ctx, &id).await?;
    ::store::command::finish(&mut ctx, form.once(), &request.id).await?;
    ctx.commit().await?;
    call.see(&format!("/work/licence-requests/{}", request.id))
}

/// `GET /work/licence-requests/{id}`: the codes while it is open, then what was shown.
pub(super) async fn asked(call: Call, Path(id): Path<String>) -> Answer {
    let mut ctx = call.read();
    let seen = super::seen(&mut ctx, &id).await?;
    let mut context = json!({
        "ask": ask_head(&call, &seen.ask)?,
        "request": { "id": id, "until": verb::until(&seen.request), "way": seen.request.way },
        "state": seen.state,
        "shown": fields(&call, &seen),
        "holder": seen.shown.as_ref().map(|shown| shown.holder.clone()),
        "identifier": seen.shown.as_ref().map(|shown| shown.identifier.clone()),
        "own": Json::Null,
    });
    if seen.state == "open" {
        let own = api::consent_url(&call, &seen.request);
        let typeset = &call.web.env.typeset;
        context["own"] = json!({ "url": own, "qr": typeset.qr_svg(&own)? });
        let mut others = Vec::new();
        for link in object::links(&mut ctx, &id).await? {
            let (client, mode) = (link.client.prefix(), link.mode);
            others
                .push(json!({ "qr": typeset.qr_svg(&link.url)?, "client": client, "mode": mode }));
        }
        context["others"] = others.into();
    }
    call.page("licence/request/asked.html", &context)
}

fn fields(call: &Call, seen: &Seen) -> Vec<Json> {
    let Some(shown) = &seen.shown else { return Vec::new() };
    let pack = &call.web.env.pack;
    let one = |field: &shown::Field| json!({ "term": field.name.get(call.lang()), "value": field.value.get(call.lang()) });
    shown::fields(pack, &seen.ask.type_id, &shown.fields).iter().map(one).collect()
}

/// `GET /consent/{id}`.
pub(super) async fn choose(call: Call, Path(id): Path<String>) -> Answer {
    let context = choices(&call, &id, None).await?;
    call.page("licence/request/consent.html", &context)
}

/// A field that is asked for, as a box to tick.
fn option(call: &Call, field: &shown::Field) -> Json {
    json!({ "value": field.id, "text": field.name.get(call.lang()),
        "note": field.value.get(call.lang()) })
}

async fn choices(call: &Call, id: &str, fault: Option<&Error>) -> Result<Json> {
    let mut ctx = call.read();
    let (_, ask) = match verb::find(&mut ctx, id).await {
        Ok(found) => found,
        Err(error) if error.code == "licence.request_closed" => {
            return Ok(json!({ "id": id, "ask": Json::Null, "licences": [], "error": Json::Null }));
        }
        Err(error) => return Err(error),
    };
    let licences = held(&mut ctx, &ask).await?;
    let wanted = ask.wanted()?;
    let one = |opened: &crate::register::Opened| {
        let mut known = shown::fields(&call.web.env.pack, &ask.type_id, &opened.fields());
        known.retain(|field| wanted.contains(&field.id));
        json!({
            "id": opened.row.id,
            "name": opened.holder_name(),
            "options": known.iter().map(|field| option(call, field)).collect::<Vec<_>>(),
            "chosen": known.iter().map(|field| field.id.clone()).collect::<Vec<_>>(),
        })
    };
    Ok(json!({
        "id": id,
        "ask": ask_head(call, &ask)?,
        "licences": licences.iter().map(one).collect::<Vec<_>>(),
        "error": fault.map(|error| call.sentence(error)),
    }))
}

/// Licences in force of the type asked for, of the reader and of his minor children.
async fn held(ctx: &mut Ctx, ask: &Ask) -> Result<Vec<crate::register::Opened>> {
    let mut found = Vec::new();
    for holding in wallet::all(ctx).await? {
        let fits = |card: &wallet::Card| card.type_id == ask.type_id && card.state == "01";
        for card in holding.cards.into_iter().filter(fits) {
            found.push(wallet::open(ctx, &card.id).await?);
        }
    }
    Ok(found)
}

/// `POST /consent/{id}`.
pub(super) async fn consent(call: Call, Path(id): Path<String>, form: Form) -> Answer {
    // Each licence of the page has boxes of its own: `field_1`, `field_2`.
    let boxes = form.pairs().filter(|(name, _)| name.starts_with("field"));
    let chosen: Vec<String> = boxes.map(|(_, field)| field.to_owned()).collect();
    let mut ctx = call.write().await?;
    let done = match form.text("act") {
        "decline" => verb::decline(&mut ctx, &id).await,
        _ => verb::consent(&mut ctx, &id, form.text("licence"), &chosen).await,
    };
    match done {
        Ok(()) => {
            ctx.commit().await?;
            let notice = match form.text("act") {
                "decline" => "licence.declined",
                _ => "licence.shown",
            };
            call.see(&format!("/wallet/uses?notice={notice}"))
        }
        Err(error) if matches!(error.kind, Kind::Invalid | Kind::Conflict) => {
            drop(ctx);
            let context = choices(&call, &id, Some(&error)).await?;
            call.page_again("licence/request/consent.html", &context)
        }
        Err(error) => Err(error.into()),
    }
}
