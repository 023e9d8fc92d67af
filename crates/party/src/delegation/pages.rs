//! The pages of delegations.

use super::model::{Basis, Delegation, SCOPE_ALL, Status};
use super::verbs::Asked;
use crate::display::errors;
use crate::person;
use axum::extract::Path;
use kernel::{Kind, Result};
use serde_json::{Value as Json, json};
use store::Ctx;
use webkit::{Answer, Call, Form};

/// A delegation as its page shows it: to whoever is to decide, or has decided, with the whole name of
/// who asked and the tail of the number; to the other side masked.
async fn shown(ctx: &mut Ctx, one: &Delegation) -> Result<Json> {
    let me = ctx.actor.party.clone();
    let mine = one.principal == me;
    let other = if mine { &one.agent } else { &one.principal };
    // Who asks is not told whether there is such a person.
    let unknown = !mine && one.status != Status::Granted;
    let (other, tail) = match unknown {
        true => (one.named.clone(), String::new()),
        false => match person::find(ctx, other).await? {
            Some(person) if mine => (person.name.clone(), person.tail().to_owned()),
            Some(person) => (person.masked().0, String::new()),
            None => Default::default(),
        },
    };
    let pack = ctx.env.pack.clone();
    let told = one.told(&me);
    let lapsed = one.until <= ctx.now && matches!(told, Status::Asked | Status::Granted);
    let status = if lapsed { "lapsed" } else { told.name() };
    Ok(json!({
        "id": one.id, "mine": mine, "other": other, "tail": tail,
        "basis": one.basis.name(), "status": status, "from": one.from, "until": one.until,
        "asked": one.asked,
        "scope": pack.one_thing(&one.scope).map(|thing| thing.name.get(ctx.lang).to_owned()),
        "matter": (one.scope != SCOPE_ALL).then_some(&one.scope),
        "applies": one.lets_apply(&one.scope, ctx.now), "power": power(one),
        "may_answer": mine && status == "asked",
        "may_revoke": matches!(status, "asked" | "granted") && one.basis.name() != "guardian",
    }))
}

/// What it lets the agent do, as in sentence keys: `apply` or `follow`.
fn power(one: &Delegation) -> &'static str {
    if one.may_apply || one.basis == Basis::Guardian { "apply" } else { "follow" }
}

async fn page(call: &Call, form: Option<&Form>, error: Option<&kernel::Error>) -> Answer {
    let mut ctx = call.read();
    let sides = super::list(&mut ctx).await?;
    let (mut given, mut held) = (Vec::new(), Vec::new());
    for one in &sides.given {
        given.push(shown(&mut ctx, one).await?);
    }
    for one in &sides.held {
        held.push(shown(&mut ctx, one).await?);
    }
    let things = call.web.env.pack.matters();
    let mut scopes =
        vec![json!({"value": SCOPE_ALL, "text": call.t("party.delegation.scope_all")})];
    scopes.extend(
        things.map(|thing| json!({"value": thing.id, "text": thing.name.get(call.lang())})),
    );
    let text = |name: &str| form.map_or("", |form| form.text(name));
    let faults = error.map(|error| call.faults(error)).unwrap_or_default();
    let context = json!({"given": given, "held": held, "scopes": scopes, "name": text("name"),
        "number": text("number"), "scope": text("scope"), "power": text("power"),
        "days": if form.is_some() { text("days") } else { "30" }, "errors": errors(&faults)});
    match error {
        None => call.page("party/delegation/list.html", &context),
        Some(_) => call.page_again("party/delegation/list.html", &context),
    }
}

/// `GET /delegations`.
pub(super) async fn list(call: Call) -> Answer {
    page(&call, None, None).await
}

/// `POST /delegations`: `name`, `number`, `scope`, `days`, `power=apply|follow`.
pub(super) async fn ask(call: Call, form: Form) -> Answer {
    let mut ctx = call.write().await?;
    let asked = Asked {
        number: form.text("number"),
        name: form.text("name"),
        scope: form.text("scope"),
        days: form.number("days").unwrap_or(0),
        may_apply: form.text("power") == "apply",
    };
    if store::command::begin(&mut ctx, form.once(), "delegation.ask").await?.is_some() {
        return call.see("/delegations?notice=delegation.asked");
    }
    match super::ask(&mut ctx, &asked).await {
        Ok(_) => {
            ctx.commit().await?;
            call.see("/delegations?notice=delegation.asked")
        }
        Err(error) if matches!(error.kind, Kind::Invalid | Kind::Limited) => {
            drop(ctx);
            page(&call, Some(&form), Some(&error)).await
        }
        Err(error) => Err(error.into()),
    }
}

/// `GET /delegations/{id}`.
pub(super) async fn view(call: Call, Path(id): Path<String>) -> Answer {
    let mut ctx = call.read();
    let one = super::find(&mut ctx, &id).await?;
    let shown = shown(&mut ctx, &one).await?;
    let strong = call.actor().assurance >= 2;
    call.page("party/delegation/view.html", &json!({"one": shown, "strong": strong}))
}

/// `POST /delegations/{id}/answer`: `answer=grant|decline`.
pub(super) async fn answer(call: Call, Path(id): Path<String>, form: Form) -> Answer {
    let grant = match form.text("answer") {
        "grant" => true,
        "decline" => false,
        _ => return Err(kernel::Error::invalid("form.malformed").into()),
    };
    let mut ctx = call.write().await?;
    super::answer(&mut ctx, &id, grant).await?;
    ctx.commit().await?;
    let notice = if grant { "delegation.granted" } else { "delegation.declined" };
    call.see(&format!("/delegations/{id}?notice={notice}"))
}

/// `POST /delegations/{id}/revocation`.
pub(super) async fn revoke(call: Call, Path(id): Path<String>, _form: Form) -> Answer {
    let mut ctx = call.write().await?;
    super::revoke(&mut ctx, &id).await?;
    ctx.commit().await?;
    call.see("/delegations?notice=delegation.revoked")
}
