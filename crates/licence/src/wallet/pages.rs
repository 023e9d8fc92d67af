//! The wallet's pages.

use super::api::{grouped, link};
use super::{Holding, OWN};
use crate::register::{LicenceRow, Opened, Use, record_kind, shown, state_name, store as licences};
use axum::extract::Path;
use kernel::{Error, Kind, Result, Timestamp};
use serde_json::{Value as Json, json};
use webkit::{Answer, Call, Form};

/// Longest title on one line of the certificate.
const TITLE_CHARS: usize = 10;

/// `GET /wallet`.
pub(super) async fn list(call: Call) -> Answer {
    let mut ctx = call.read();
    let own = ctx.actor.party.clone();
    let holdings = super::all(&mut ctx).await?;
    let shown: Vec<Json> = holdings.iter().map(|one| holding(&call, one, &own)).collect();
    call.page("licence/wallet/list.html", &json!({ "holdings": shown }))
}

fn holding(call: &Call, holding: &Holding, own: &str) -> Json {
    let card = |card: &super::Card| {
        json!({
            "title": card.name.get(call.lang()),
            "href": format!("/wallet/{}", card.id),
            "text": format!("{} · {}", card.issuer.get(call.lang()), card.validity.get(call.lang())),
            "tag": state_name(&card.state).get(call.lang()),
            "tag_kind": tag(&card.state),
        })
    };
    json!({
        "own": holding.person == own,
        "name": holding.name,
        "cards": holding.cards.iter().map(card).collect::<Vec<_>>(),
    })
}

fn tag(state: &str) -> &'static str {
    match state {
        "01" => "ok",
        "02" => "warn",
        _ => "bad",
    }
}

/// `GET /wallet/uses?after=`: every use of anything of the reader's.
pub(super) async fn uses(call: Call) -> Answer {
    let after = call.query("after").unwrap_or_default();
    let mut ctx = call.read();
    party::authority::demand(&ctx, OWN)?;
    let person = ctx.actor.party.clone();
    let all = crate::register::uses_of(&mut ctx, &person, &after).await?;
    let next = (all.len() == 50).then(|| all.last().map(|used| used.id.clone())).flatten();
    let mut rows = Vec::new();
    for used in &all {
        let mut row = use_row(&call, used);
        let licence = match used.licence_id.as_str() {
            "" => None,
            id => licences::find(&mut ctx, id).await?,
        };
        let name = licence.map(|row| shown::type_name(&call.web.env.pack, &row.type_id));
        row["licence"] = json!(name.map(|name| name.get(call.lang()).to_owned()));
        rows.push(row);
    }
    call.page("licence/wallet/uses.html", &json!({ "uses": rows, "next": next }))
}

/// `GET /wallet/{id}?after=`.
pub(super) async fn show(call: Call, Path(id): Path<String>) -> Answer {
    let after = call.query("after").unwrap_or_default();
    let mut ctx = call.read();
    let opened = match super::open(&mut ctx, &id).await {
        Ok(opened) => opened,
        Err(error) => return Err(super::refused(&call, &id, error).await.into()),
    };
    let uses = crate::register::uses(&mut ctx, &id, &after).await?;
    let next = (uses.len() == 50).then(|| uses.last().map(|used| used.id.clone())).flatten();
    let events = licences::events(&mut ctx, &id).await?;
    let chain = crate::register::chain(&mut ctx, &opened.row).await?;
    let entry = |event: &crate::register::Event| {
        let kind = call.t(&format!("licence.event.{}", event.kind));
        json!({ "at": Timestamp(event.at_us), "text": kind, "note": joined(&event.reason, &event.article) })
    };
    let context = json!({
        "licence": head(&call, &opened.row),
        "ending": ending(&call, &opened.row, &events)?,
        "certificate": certificate(&call, &opened)?,
        "uses": uses.iter().map(|used| use_row(&call, used)).collect::<Vec<_>>(),
        "events": events.iter().map(entry).collect::<Vec<_>>(),
        "next": next,
        "chain": crate::register::chain_rows(&call, &chain, &id, "/wallet"),
        "paper": opened.row.origin.is_some(),
    });
    call.page("licence/wallet/show.html", &context)
}

/// `GET /wallet/{id}/card`: the licence as a card on a phone.
pub(super) async fn card(call: Call, Path(id): Path<String>) -> Answer {
    let mut ctx = call.read();
    let opened = match super::open(&mut ctx, &id).await {
        Ok(opened) => opened,
        Err(error) => return Err(super::refused(&call, &id, error).await.into()),
    };
    let env = &call.web.env;
    let kind = env.pack.licence_type(&opened.row.type_id);
    let on_card = |field: &shown::Field| {
        kind.is_none_or(|kind| kind.field(&field.id).is_some_and(|known| known.card))
    };
    let mut fields = shown::fields(&env.pack, &opened.row.type_id, &opened.fields());
    fields.retain(on_card);
    let context = json!({
        "licence": head(&call, &opened.row),
        "fields": shown::pick(&fields, call.lang()),
        "qr": env.typeset.qr_svg(&link(&call, &opened.row.code))?,
    });
    call.page("licence/wallet/card.html", &context)
}

/// By which decision a licence lost its force, under which article, and what may be done about it
/// until when; nothing for one in force or one whose time ran out.
fn ending(call: &Call, row: &LicenceRow, events: &[crate::register::Event]) -> Result<Json> {
    let pack = &call.web.env.pack;
    let ended = !row.in_force(call.web.env.clock.now());
    let told = |event: &&crate::register::Event| {
        ended && event.after == row.state && !event.article.is_empty()
    };
    let decided = events.iter().filter(told).max_by_key(|event| event.at_us);
    let Some(event) = decided else { return Ok(Json::Null) };
    let calendar = pack.calendar()?;
    let remedies = pack.item(&row.item_id).map_or(&[][..], |item| item.remedies.as_slice());
    let shown = |remedy: &pack::item::Remedy| {
        json!({
            "name": remedy.name,
            "body": remedy.body,
            "article": remedy.basis.citation(),
            "until": remedy.until(calendar, Timestamp(event.at_us)),
        })
    };
    Ok(json!({
        "article": event.article,
        "remedies": remedies.iter().map(shown).collect::<Vec<_>>(),
    }))
}

fn joined(reason: &str, article: &str) -> String {
    [reason, article].into_iter().filter(|text| !text.is_empty()).collect::<Vec<_>>().join(" · ")
}

/// What every page of a licence shows of it.
fn head(call: &Call, row: &LicenceRow) -> Json {
    let pack = &call.web.env.pack;
    let state = row.state_at(call.web.env.clock.now());
    let has_sheet = pack.licence_type(&row.type_id).is_some_and(|kind| kind.layout.is_some());
    json!({
        "id": row.id,
        "title": shown::type_name(pack, &row.type_id),
        "identifier": row.identifier,
        "issuer": shown::agency_name(pack, &row.agency),
        "validity": shown::validity(row),
        "state": state,
        "state_name": state_name(state),
        "state_tag": tag(state),
        "state_at": Timestamp(row.state_us),
        "state_reason": row.state_reason,
        "live": state == "01",
        "sheet": has_sheet,
        "code": grouped(&row.code),
    })
}

/// The certificate as the page macro draws it.
fn certificate(call: &Call, opened: &Opened) -> Result<Json> {
    let env = &call.web.env;
    let row = &opened.row;
    let values = opened.fields();
    let mut fields = shown::fields(&env.pack, &row.type_id, &values);
    fields.retain(|field| field.id != "number");
    // The certificate is a Chinese document in either language of the page.
    let zh = kernel::Lang::Zh;
    let mut shown_fields = shown::pick(&fields, zh);
    shown_fields.push(json!({ "term": "有效期", "value": shown::validity(row).zh }));
    let agency = shown::agency_name(&env.pack, &row.agency).zh;
    let issued = shown::date(Timestamp(row.issued_us).date()).zh;
    let qr = env.typeset.qr_svg(&link(call, &row.code))?;
    Ok(json!({
        "title": short_title(&shown::type_name(&env.pack, &row.type_id).zh),
        "number": shown::number(row, &values),
        "number_label": "编号",
        "fields": shown_fields,
        "qr": qr,
        "qr_label": "扫码验真",
        "seal": agency,
        "agency_line": agency,
        "date_line": issued,
        "mark": if env.settings.demo { "演示" } else { "" },
    }))
}

/// A title that fits one line of the certificate: what stands in brackets is left out of a long
/// one; the page's heading has all of it.
fn short_title(title: &str) -> &str {
    match title.split_once('（') {
        Some((short, _)) if title.chars().count() > TITLE_CHARS => short,
        _ => title,
    }
}

/// One use as a line.
fn use_row(call: &Call, used: &Use) -> Json {
    let agency = match used.agency.as_str() {
        "" => call.t("licence.use.public"),
        id => shown::agency_name(&call.web.env.pack, id).get(call.lang()).to_owned(),
    };
    let kind = call.t(record_kind(&used.kind));
    json!({ "id": used.id, "at": Timestamp(used.at_us), "text": format!("{agency} · {kind}"), "purpose": used.purpose })
}

/// `GET /wallet/{id}/licence.pdf`.
pub(super) async fn file(call: Call, Path(id): Path<String>) -> Answer {
    let name = named(&call, &id).await?;
    let bytes = crate::register::sheet_file(&call.web.env, &id).await?;
    call.file("application/pdf", &format!("{name}.pdf"), bytes)
}

/// `GET /wallet/{id}/licence.ofd`.
pub(super) async fn ofd(call: Call, Path(id): Path<String>) -> Answer {
    let name = named(&call, &id).await?;
    let bytes = crate::register::ofd_file(&call.web.env, &id).await?;
    call.file("application/ofd", &format!("{name}.ofd"), bytes)
}

/// Name of the type of a licence that the caller may open. Errors: `not_found`.
async fn named(call: &Call, id: &str) -> Result<String> {
    let mut ctx = call.read();
    let opened = match super::open(&mut ctx, id).await {
        Ok(opened) => opened,
        Err(error) => return Err(super::refused(call, id, error).await),
    };
    Ok(shown::type_name(&call.web.env.pack, &opened.row.type_id).get(call.lang()).to_owned())
}

/// `GET /wallet/{id}/present`: choose what to show.
pub(super) async fn choose(call: Call, Path(id): Path<String>) -> Answer {
    let context = choices(&call, &id, &[], None).await?;
    call.page("licence/wallet/choose.html", &context)
}

async fn choices(call: &Call, id: &str, chosen: &[String], fault: Option<&Error>) -> Result<Json> {
    let mut ctx = call.read();
    let opened = match super::open(&mut ctx, id).await {
        Ok(opened) => opened,
        Err(error) => return Err(super::refused(call, id, error).await),
    };
    let fields = shown::fields(&call.web.env.pack, &opened.row.type_id, &opened.fields());
    let options: Vec<Json> = fields
        .iter()
        .map(|field| {
            json!({ "value": field.id, "text": field.name.get(call.lang()),
                "note": field.value.get(call.lang()) })
        })
        .collect();
    // What says little of a person is offered first; the rest must be chosen.
    let offered: Vec<String> = match (chosen.is_empty(), fault) {
        (true, None) => {
            fields.iter().filter(|field| field.grade <= 1).map(|field| field.id.clone()).collect()
        }
        _ => chosen.to_vec(),
    };
    Ok(json!({
        "licence": head(call, &opened.row),
        "options": options,
        "chosen": offered,
        "error": fault.map(|error| call.sentence(error)),
    }))
}

/// `POST /wallet/{id}/present`.
pub(super) async fn present(call: Call, Path(id): Path<String>, form: Form) -> Answer {
    let chosen: Vec<String> = form.all("field").iter().map(|field| (*field).to_owned()).collect();
    let mut ctx = call.write().await?;
    let answer = ::store::command::begin(&mut ctx, form.once(), "licence.present").await?;
    if let Some(made) = answer {
        return call.see(&format!("/wallet/{id}/presentations/{made}"));
    }
    match super::present(&mut ctx, &id, &chosen).await {
        Ok(made) => {
            ::store::command::finish(&mut ctx, form.once(), &made.id).await?;
            ctx.commit().await?;
            call.see(&format!("/wallet/{id}/presentations/{}", made.id))
        }
        Err(error) if matches!(error.kind, Kind::Invalid | Kind::Conflict) => {
            drop(ctx);
            let context = choices(&call, &id, &chosen, Some(&error)).await?;
            call.page_again("licence/wallet/choose.html", &context)
        }
        Err(error) => {
            drop(ctx);
            Err(super::refused(&call, &id, error).await.into())
        }
    }
}

/// `GET /wallet/{id}/presentations/{presentation}`: the code to be shown.
pub(super) async fn presented(
    call: Call,
    Path((id, presentation)): Path<(String, String)>,
) -> Answer {
    let mut ctx = call.read();
    let made = super::presentation(&mut ctx, &id, &presentation).await?;
    let opened = super::open(&mut ctx, &id).await?;
    let fields = shown::fields(&call.web.env.pack, &opened.row.type_id, &opened.fields());
    let chosen = fields.iter().filter(|field| made.fields.contains(&field.id));
    let terms: Vec<Json> = chosen
        .map(|field| {
            json!({ "term": field.name.get(call.lang()), "value": field.value.get(call.lang()) })
        })
        .collect();
    let live = !made.used && !made.expired;
    let qr = match live {
        true => Some(call.web.env.typeset.qr_svg(&link(&call, &made.code))?),
        false => None,
    };
    let context = json!({
        "licence": head(&call, &opened.row),
        "fields": terms,
        "code": grouped(&made.code),
        "qr": qr,
        "state": if made.used { "used" } else if made.expired { "expired" } else { "live" },
        "until": made.expires,
    });
    call.page("licence/wallet/presented.html", &context)
}
