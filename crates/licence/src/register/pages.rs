//! The issuing agency's pages.

use super::model::{LicenceRow, Opened, state_name};
use super::{ISSUE, REVOKE, life, shown, store};
use crate::wallet;
use ::store::Ctx;
use axum::extract::Path;
use kernel::identifier::LicenceId;
use kernel::{Error, Kind, Result, Timestamp};
use pack::licence::Operation;
use serde_json::{Value as Json, json};
use webkit::{Answer, Call, Form};

/// Permission to read licences one's agency issued.
pub(crate) const READ: &str = "licence.read";

/// A licence of the actor's agency, opened. Errors: `denied`, `not_found` for another agency's.
pub(crate) async fn of_agency(ctx: &mut Ctx, id: &str) -> Result<Opened> {
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
    let mut chain = super::next::chain(&mut ctx, row).await?;
    chain.retain(|one| one.agency == row.agency);
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
        "choices": if call.may(REVOKE) { choices(call, row, in_place) } else { Vec::new() },
        "next": call.may(ISSUE) && !choices(call, row, goes_on).is_empty(),
        "chain": chain_rows(call, &chain, &row.id, "/work/licences"),
        "paper": row.origin.is_some(),
        "faults": faults,
        "reason": typed.0,
        "article": typed.1,
    }))
}

/// What may be done to the licence now, of the operations that `fits` picks.
pub(super) fn choices(call: &Call, row: &LicenceRow, fits: fn(Operation) -> bool) -> Vec<Json> {
    let kind = call.web.env.pack.licence_type(&row.type_id);
    let state = row.state_at(call.web.env.clock.now());
    let may = |one: &Operation| {
        fits(*one)
            && one.from().iter().any(|from| from.code() == state)
            && kind.is_none_or(|kind| kind.allows(*one))
    };
    let choice = |one: Operation| json!({ "value": one.id(), "text": call.t(&format!("licence.act.{}", one.id())) });
    Operation::ALL.into_iter().filter(may).map(choice).collect()
}

/// What is done to a licence on its own page.
fn in_place(operation: Operation) -> bool {
    !operation.makes_next() && !matches!(operation, Operation::Issue | Operation::Expire)
}

/// What leads to the next licence and is the issuing agency's to do.
pub(super) fn goes_on(operation: Operation) -> bool {
    operation.makes_next() && operation != Operation::TransferIn
}

/// An operation by its id, when it is one of those that `fits` picks.
pub(super) fn operation(id: &str, fits: fn(Operation) -> bool) -> Result<Operation> {
    let known = Operation::ALL.into_iter().find(|one| one.id() == id && fits(*one));
    known.ok_or_else(|| Error::invalid("licence.act").field("act", "licence.act"))
}

/// The licences of the chain as lines, the present one marked.
pub(crate) fn chain_rows(call: &Call, chain: &[LicenceRow], here: &str, path: &str) -> Vec<Json> {
    let now = call.web.env.clock.now();
    let line = |row: &LicenceRow| {
        let state = row.state_at(now);
        let version = LicenceId::parse(&row.identifier).map(|id| id.version().to_owned());
        json!({
            "title": format!("{} {}", call.t("licence.chain.version"), version.unwrap_or_default()),
            "href": (row.id != here).then(|| format!("{path}/{}", row.id)),
            "text": format!("{} · {}", row.identifier, shown::validity(row).get(call.lang())),
            "tag": state_name(state).get(call.lang()),
            "tag_kind": tag(state),
        })
    };
    match chain.len() {
        0 | 1 => Vec::new(),
        _ => chain.iter().map(line).collect(),
    }
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
    life::act(ctx, id, operation(form.text("act"), in_place)?, reason, article).await
}
