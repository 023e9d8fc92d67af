//! Pages of authorities, certificates and orders for administrators.

use super::model::{Act, Cause, Certified, Order};
use super::{certificate, certificates, decide, find, find_order, list, order, orders, provider};
use crate::faults::{errors, is_told, told};
use crate::register::shown;
use axum::extract::Path;
use kernel::{Error, Result, Timestamp};
use serde_json::{Value as Json, json};
use webkit::{Answer, Call, Form};

/// `GET /authorities`.
pub(super) async fn index(call: Call) -> Answer {
    let context = index_context(&call, None, &[]).await?;
    call.page("licence/authority/list.html", &context)
}

async fn index_context(call: &Call, typed: Option<&Form>, faults: &[Json]) -> Result<Json> {
    let mut ctx = call.read();
    let authorities = list(&mut ctx).await?;
    let row = |one: &super::Authority| {
        json!({ "id": one.id, "name": one.name, "depth": one.depth, "algorithm": one.algorithm,
            "division": one.division, "state": one.state })
    };
    let parents: Vec<Json> = authorities
        .iter()
        .filter(|one| one.state == "active")
        .map(|one| json!({ "value": one.id, "text": one.name }))
        .collect();
    let (open, mut done) = (orders(&mut ctx, "open").await?, orders(&mut ctx, "done").await?);
    done.extend(orders(&mut ctx, "refused").await?);
    done.sort_by_key(|one| std::cmp::Reverse(one.decided_us));
    done.truncate(10);
    let providers: Vec<Json> = provider::names(&call.web.env)
        .into_iter()
        .map(|name| choice(call, "licence.authority.provider", name))
        .collect();
    let algorithms: Vec<Json> =
        ["sm2", "p256"].map(|name| choice(call, "licence.authority.algorithm", name)).to_vec();
    Ok(json!({
        "authorities": authorities.iter().map(row).collect::<Vec<_>>(),
        "orders": open.iter().map(|one| order_row(call, one)).collect::<Vec<_>>(),
        "past": done.iter().map(|one| order_row(call, one)).collect::<Vec<_>>(),
        "parents": parents, "providers": providers, "algorithms": algorithms,
        "values": typed.map(Form::values).unwrap_or_default(),
        "faults": faults, "errors": errors(faults),
    }))
}

fn choice(call: &Call, under: &str, name: &str) -> Json {
    json!({ "value": name, "text": call.t(&format!("{under}.{name}")) })
}

fn order_row(call: &Call, order: &Order) -> Json {
    json!({
        "href": format!("/authority-orders/{}", order.id),
        "title": call.t(&format!("licence.authority.kind.{}", order.kind)),
        "text": format!("{} · {}", order.ordered_name, order.reason),
        "tag": call.t(&format!("licence.authority.order_state.{}", order.state)),
        "tag_kind": match order.state.as_str() { "done" => "ok", "open" => "warn", _ => "" },
    })
}

/// `GET /authorities/{id}?before=`.
pub(super) async fn show(call: Call, Path(id): Path<String>) -> Answer {
    let context = show_context(&call, &id, None, &[]).await?;
    call.page("licence/authority/show.html", &context)
}

async fn show_context(
    call: &Call,
    id: &str,
    typed: Option<&Form>,
    faults: &[Json],
) -> Result<Json> {
    let mut ctx = call.read();
    let authority = find(&mut ctx, id).await?;
    let before = call.query("before").unwrap_or_default();
    let (rows, next) = certificates(&mut ctx, id, &before).await?;
    let rows: Vec<Json> = rows.iter().map(|row| certificate_row(row, ctx.now)).collect();
    let profiles: Vec<Json> = ["agency", "time_stamper"]
        .map(|name| choice(call, "licence.authority.profile", name))
        .to_vec();
    Ok(json!({
        "authority": { "id": authority.id, "name": authority.name, "state": authority.state,
            "division": authority.division, "algorithm": authority.algorithm },
        "rows": rows, "next": next, "profiles": profiles,
        "values": typed.map(Form::values).unwrap_or_default(),
        "faults": faults, "errors": errors(faults),
    }))
}

fn certificate_row(row: &Certified, now: Timestamp) -> Json {
    json!({
        "id": row.id, "name": row.name, "profile": row.profile, "serial": row.serial,
        "authority": row.authority, "predecessor": row.predecessor,
        "from": Timestamp(row.not_before_us), "until": Timestamp(row.not_after_us),
        "state": row.state_at(now), "since": Timestamp(row.since_us), "cause": row.cause,
        "reason": row.state_reason, "lamp": row.lamp(now), "revision": row.revision,
        "root": row.id == row.authority,
    })
}

/// `GET /certificates/{id}`.
pub(super) async fn show_certificate(call: Call, Path(id): Path<String>) -> Answer {
    let context = certificate_context(&call, &id, None, &[]).await?;
    call.page("licence/authority/certificate.html", &context)
}

async fn certificate_context(
    call: &Call,
    id: &str,
    typed: Option<&Form>,
    faults: &[Json],
) -> Result<Json> {
    let mut ctx = call.read();
    let row = certificate(&mut ctx, id).await?;
    let causes: Vec<Json> = Cause::REVOKING
        .iter()
        .map(|cause| json!({ "value": cause.as_str(), "text": cause.reason().name().get(call.lang()) }))
        .collect();
    let cause = match row.cause.as_str() {
        "" => String::new(),
        cause => Cause::parse(cause)?.reason().name().get(call.lang()).to_owned(),
    };
    Ok(json!({
        "certificate": certificate_row(&row, ctx.now), "cause": cause, "causes": causes,
        "kinds": kinds(call, &row),
        "holder": match call.web.env.pack.agency(&row.holder) {
            Some(_) => shown::agency_name(&call.web.env.pack, &row.holder).get(call.lang()).to_owned(),
            None => row.name.clone(),
        },
        "values": typed.map(Form::values).unwrap_or_default(),
        "faults": faults, "errors": errors(faults),
    }))
}

/// What can be ordered for a certificate as it stands.
fn kinds(call: &Call, row: &Certified) -> Vec<Json> {
    let root = row.id == row.authority;
    let mut kinds = vec![("renew", call.t("licence.authority.renew_note"))];
    if row.state == "suspended" {
        kinds.push(("resume", String::new()));
    }
    if row.state != "revoked" && !root {
        kinds.push(("revoke", call.t("licence.authority.revoke_note")));
    }
    let name = |kind: &str| call.t(&format!("licence.authority.kind.{kind}"));
    let one = |(kind, note)| json!({ "value": kind, "text": name(kind), "note": note });
    kinds.into_iter().map(one).collect()
}

/// `POST /certificates/{id}/suspension`.
pub(super) async fn suspend(call: Call, Path(id): Path<String>, form: Form) -> Answer {
    let mut ctx = call.write().await?;
    if ::store::command::begin(&mut ctx, form.once(), "authority.suspend").await?.is_some() {
        return call.see(&format!("/certificates/{id}"));
    }
    let revision = form.number("revision").unwrap_or(0);
    match super::suspend(&mut ctx, &id, revision, form.text("why")).await {
        Ok(_) => {
            ctx.commit().await?;
            call.see(&format!("/certificates/{id}?notice=licence.certificate_suspended"))
        }
        Err(error) if is_told(&error) => {
            drop(ctx);
            let whole = call.sentence(&error);
            let faults = [json!({ "field": "why", "text": whole })];
            let context = certificate_context(&call, &id, Some(&form), &faults).await?;
            call.page_again("licence/authority/certificate.html", &context)
        }
        Err(error) => Err(error.into()),
    }
}

/// `POST /authority-orders`: from whichever page, which is shown again with its faults.
pub(super) async fn place(call: Call, form: Form) -> Answer {
    let mut ctx = call.write().await?;
    if let Some(made) = ::store::command::begin(&mut ctx, form.once(), "authority.order").await? {
        return call.see(&format!("/authority-orders/{made}"));
    }
    let placed = match act(&form) {
        Ok(act) => order(&mut ctx, &act, form.text("reason")).await,
        Err(error) => Err(error),
    };
    match placed {
        Ok(made) => {
            ::store::command::finish(&mut ctx, form.once(), &made.id).await?;
            ctx.commit().await?;
            call.see(&format!("/authority-orders/{}?notice=licence.order_placed", made.id))
        }
        Err(error) if is_told(&error) => {
            drop(ctx);
            again(&call, &form, &told(&call, &error)).await
        }
        Err(error) => Err(error.into()),
    }
}

async fn again(call: &Call, form: &Form, faults: &[Json]) -> Answer {
    match form.text("kind") {
        "certify" => {
            let context = show_context(call, form.text("authority"), Some(form), faults).await?;
            call.page_again("licence/authority/show.html", &context)
        }
        "establish" => {
            let context = index_context(call, Some(form), faults).await?;
            call.page_again("licence/authority/list.html", &context)
        }
        _ => {
            let id = form.text("certificate");
            let context = certificate_context(call, id, Some(form), faults).await?;
            call.page_again("licence/authority/certificate.html", &context)
        }
    }
}

fn act(form: &Form) -> Result<Act> {
    let text = |name: &str| form.text(name).to_owned();
    Ok(match form.text("kind") {
        "establish" => Act::Establish {
            parent: text("parent"),
            division: text("division"),
            name: text("name"),
            algorithm: text("algorithm"),
            provider: text("provider"),
        },
        "certify" => Act::Certify {
            authority: text("authority"),
            profile: text("profile"),
            holder: text("holder"),
            request: text("request"),
        },
        "renew" => Act::Renew { certificate: text("certificate") },
        "resume" => Act::Resume { certificate: text("certificate") },
        "revoke" => Act::Revoke {
            certificate: text("certificate"),
            cause: Cause::parse(form.text("cause"))?,
            since: Some(text("since")).filter(|since| !since.is_empty()),
        },
        _ => return Err(Error::not_found()),
    })
}

/// `GET /authority-orders/{id}`.
pub(super) async fn show_order(call: Call, Path(id): Path<String>) -> Answer {
    let context = order_context(&call, &id, "", &[]).await?;
    call.page("licence/authority/order.html", &context)
}

async fn order_context(call: &Call, id: &str, remark: &str, faults: &[Json]) -> Result<Json> {
    let mut ctx = call.read();
    let order = find_order(&mut ctx, id).await?;
    let body: Json = serde_json::from_str(&order.body).map_err(Error::internal)?;
    let said = |(name, value): (&String, &Json)| {
        let value = value.as_str().filter(|value| !value.is_empty() && name != "kind")?;
        let term = call.t(&format!("licence.authority.field.{name}"));
        Some(json!({ "term": term, "value": value }))
    };
    let facts: Vec<Json> = body.as_object().into_iter().flatten().filter_map(said).collect();
    Ok(json!({
        "order": { "id": order.id, "kind": order.kind, "reason": order.reason,
            "ordered_by": order.ordered_name, "ordered_at": Timestamp(order.ordered_us),
            "state": order.state, "decided_by": order.decided_name,
            "decided_at": Timestamp(order.decided_us), "remark": order.remark,
            "result": order.result, "revision": order.revision },
        "own": order.ordered_by == ctx.actor.account,
        "facts": facts, "remark": remark, "faults": faults,
    }))
}

/// `POST /authority-orders/{id}/decision`.
pub(super) async fn decide_one(call: Call, Path(id): Path<String>, form: Form) -> Answer {
    let mut ctx = call.write().await?;
    if ::store::command::begin(&mut ctx, form.once(), "authority.decide").await?.is_some() {
        return call.see(&format!("/authority-orders/{id}"));
    }
    let revision = form.number("revision").unwrap_or(0);
    let (approve, remark) = (form.text("act") == "approve", form.text("remark"));
    match decide(&mut ctx, &id, revision, approve, remark).await {
        Ok(done) => {
            ctx.commit().await?;
            let notice = format!("licence.order_{}", done.state);
            call.see(&format!("/authority-orders/{id}?notice={notice}"))
        }
        Err(error) if is_told(&error) => {
            drop(ctx);
            let context = order_context(&call, &id, remark, &told(&call, &error)).await?;
            call.page_again("licence/authority/order.html", &context)
        }
        Err(error) => Err(error.into()),
    }
}
