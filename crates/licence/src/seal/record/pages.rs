//! Pages of the seal register.

use super::model::{Record, SealApplication};
use super::{APPLY, KEEP, MANAGE, PAGE, custodies, get, list, open, uses, verbs};
use crate::faults::{errors, is_told, told};
use crate::register::shown;
use ::store::Ctx;
use axum::extract::Path;
use kernel::{Error, Result, Timestamp};
use serde_json::{Value as Json, json};
use webkit::{Answer, Call, Form};

/// `GET /seals?after=`.
pub(super) async fn index(call: Call) -> Answer {
    let after = call.query("after").unwrap_or_default();
    let mut ctx = call.read();
    let (rows, next) = list(&mut ctx, &after).await?;
    let applied = if after.is_empty() { open(&mut ctx).await? } else { Vec::new() };
    let rows: Vec<Json> = rows.iter().map(|row| shown_row(&call, row)).collect();
    let applied: Vec<Json> = applied.iter().map(|row| shown_row(&call, row)).collect();
    let context = json!({ "seals": rows, "applied": applied, "next": next,
        "may_apply": call.may(APPLY) });
    call.page("licence/seal/list.html", &context)
}

/// `GET /seals/new`.
pub(super) async fn form(call: Call) -> Answer {
    call.page("licence/seal/new.html", &form_context(&call, None, &[]))
}

fn form_context(call: &Call, typed: Option<&Form>, faults: &[Json]) -> Json {
    let choice = |kind: &str| {
        json!({ "value": kind, "text": call.t(&format!("licence.seal.kind.{kind}")),
            "note": call.t(&format!("licence.seal.kind_note.{kind}")) })
    };
    let kinds = ["special", "personal", "agency"].map(choice);
    json!({ "kinds": kinds, "agency": shown::agency_name(&call.web.env.pack, &call.actor().agency),
        "values": typed.map(Form::values).unwrap_or_default(),
        "faults": faults, "errors": errors(faults) })
}

/// `POST /seals`.
pub(super) async fn apply(call: Call, form: Form) -> Answer {
    let mut ctx = call.write().await?;
    if let Some(made) = ::store::command::begin(&mut ctx, form.once(), "seal.apply").await? {
        return call.see(&format!("/seals/{made}"));
    }
    let text = |name: &str| form.text(name).to_owned();
    // The page asks for a text whatever the kind, since it works without a script.
    let name = if form.text("kind") == "special" { text("name") } else { String::new() };
    let (kind, reason) = (text("kind"), text("reason"));
    let new = SealApplication { kind, name, reason, basis: text("basis"), keeper: text("keeper") };
    match super::apply(&mut ctx, new).await {
        Ok(row) => {
            ::store::command::finish(&mut ctx, form.once(), &row.id).await?;
            ctx.commit().await?;
            call.see(&format!("/seals/{}?notice=licence.seal_applied", row.id))
        }
        Err(error) if is_told(&error) => {
            drop(ctx);
            let context = form_context(&call, Some(&form), &told(&call, &error));
            call.page_again("licence/seal/new.html", &context)
        }
        Err(error) => Err(error.into()),
    }
}

/// `GET /seals/{id}?before=`.
pub(super) async fn show(call: Call, Path(id): Path<String>) -> Answer {
    let context = context(&call, &id, None, &[]).await?;
    call.page("licence/seal/show.html", &context)
}

/// `GET /seals/{id}/picture`.
pub(super) async fn picture(call: Call, Path(id): Path<String>) -> Answer {
    let svg = super::picture(&mut call.read(), &id).await?;
    call.file("image/svg+xml", "seal.svg", svg)
}

/// `POST /seals/{id}/decision`.
pub(super) async fn decide(call: Call, Path(id): Path<String>, form: Form) -> Answer {
    let Some(mut ctx) = begin(&call, &form, "seal.decide").await? else {
        return call.see(&format!("/seals/{id}"));
    };
    let (approve, remark) = (form.text("act") == "approve", form.text("remark"));
    let done = super::decide(&mut ctx, &id, revision(&form), approve, remark).await;
    let notice = if approve { "licence.seal_made" } else { "licence.seal_refused" };
    after(&call, ctx, &id, &form, notice, done).await
}

/// `POST /seals/{id}/custody`.
pub(super) async fn hand_over(call: Call, Path(id): Path<String>, form: Form) -> Answer {
    let Some(mut ctx) = begin(&call, &form, "seal.hand_over").await? else {
        return call.see(&format!("/seals/{id}"));
    };
    let (keeper, why) = (form.text("keeper"), form.text("reason"));
    let done = super::hand_over(&mut ctx, &id, revision(&form), keeper, why).await;
    after(&call, ctx, &id, &form, "licence.seal_handed_over", done).await
}

/// `POST /seals/{id}/state`: suspends, resumes or destroys.
pub(super) async fn change(call: Call, Path(id): Path<String>, form: Form) -> Answer {
    let Some(mut ctx) = begin(&call, &form, "seal.state").await? else {
        return call.see(&format!("/seals/{id}"));
    };
    let (revision, why) = (revision(&form), form.text("why"));
    let (done, notice) = match form.text("to") {
        "active" => (super::resume(&mut ctx, &id, revision, why).await, "licence.seal_resumed"),
        "destroyed" => {
            (super::destroy(&mut ctx, &id, revision, why).await, "licence.seal_destroyed")
        }
        _ => (super::suspend(&mut ctx, &id, revision, why).await, "licence.seal_suspended"),
    };
    // The reason of this form has a name of its own on the page.
    let done = done.map_err(|error| match error.code == "licence.seal_reason" {
        true => Error::invalid("licence.seal_reason").field("why", "licence.seal_reason"),
        false => error,
    });
    after(&call, ctx, &id, &form, notice, done).await
}

fn revision(form: &Form) -> i64 {
    form.number("revision").unwrap_or(0)
}

/// The context of a form's command; none when the command was done before.
async fn begin(call: &Call, form: &Form, verb: &str) -> Result<Option<Ctx>> {
    let mut ctx = call.write().await?;
    let done = ::store::command::begin(&mut ctx, form.once(), verb).await?.is_some();
    Ok((!done).then_some(ctx))
}

async fn after(
    call: &Call,
    ctx: Ctx,
    id: &str,
    form: &Form,
    notice: &str,
    done: Result<Record>,
) -> Answer {
    match done {
        Ok(_) => {
            ctx.commit().await?;
            call.see(&format!("/seals/{id}?notice={notice}"))
        }
        Err(error) if is_told(&error) => {
            drop(ctx);
            let context = context(call, id, Some(form), &told(call, &error)).await?;
            call.page_again("licence/seal/show.html", &context)
        }
        Err(error) => Err(error.into()),
    }
}

async fn context(call: &Call, id: &str, typed: Option<&Form>, faults: &[Json]) -> Result<Json> {
    let before = call.query("before").unwrap_or_default();
    let mut ctx = call.read();
    let row = get(&mut ctx, id).await?;
    let used = uses(&mut ctx, id, &before).await?;
    let next = (used.len() == PAGE).then(|| used.last().map(|used| used.id.clone())).flatten();
    let used: Vec<Json> = used
        .iter()
        .map(|used| {
            let reason = match used.reason.as_str() {
                "issue" | "sheet" => call.t(&format!("licence.seal.reason.{}", used.reason)),
                title => title.to_owned(),
            };
            json!({ "at": Timestamp(used.at_us), "account": used.account, "reason": reason,
                "digest": used.document_digest })
        })
        .collect();
    let kept: Vec<Json> = custodies(&mut ctx, id)
        .await?
        .iter()
        .map(|one| {
            json!({ "at": Timestamp(one.at_us), "text": one.keeper_name,
                "note": format!("{} · {} · {}", role(call, &one.keeper_role), one.by_name, one.reason) })
        })
        .collect();
    let key = verbs::newest_key(&mut ctx, &row).await?;
    let own = row.applied_by(&ctx.actor.account, &ctx.actor.party);
    let hands = row.is_live()
        && row.kind != "personal"
        && party::authority::same_agency(&ctx, &row.agency)
        && (call.may(APPLY) || (call.may(KEEP) && row.keeper == ctx.actor.account));
    Ok(json!({
        "seal": shown_row(call, &row),
        "key": key.map(|key| json!({ "code": key.seal_id, "from": Timestamp(key.valid_from_us),
            "until": Timestamp(key.valid_until_us), "certificate": key.id })),
        "uses": used, "custodies": kept, "next": next,
        "may": { "decide": call.may(MANAGE) && row.state == "applied" && !own,
            "change": call.may(MANAGE) && row.is_live(), "hand_over": hands,
            "destroy": row.state == "suspended"
                && !row.changed_by(&ctx.actor.account, &ctx.actor.party),
            "certificate": call.may(crate::authority::MANAGE) },
        "values": typed.map(Form::values).unwrap_or_default(),
        "faults": faults, "errors": errors(faults),
    }))
}

fn shown_row(call: &Call, row: &Record) -> Json {
    let agency = shown::agency_name(&call.web.env.pack, &row.agency);
    json!({
        "id": row.id, "title": row.title(&agency), "agency": agency, "kind": row.kind,
        "name": row.name, "state": row.state, "state_at": Timestamp(row.state_us),
        "state_reason": row.state_reason, "reason": row.reason, "basis": row.basis,
        "applied_by": row.applied_name, "applied_at": Timestamp(row.applied_us),
        "decided_by": row.decided_name, "decided_at": Timestamp(row.decided_us),
        "remark": row.remark, "keeper": row.keeper_name, "post": role(call, &row.keeper_role),
        "keeper_at": Timestamp(row.keeper_us), "made": !row.holder.is_empty(),
        "revision": row.revision,
    })
}

/// The name of a post.
fn role(call: &Call, id: &str) -> String {
    let found = call.web.env.pack.role(id);
    found.map(|role| role.name.get(call.lang()).to_owned()).unwrap_or_default()
}
