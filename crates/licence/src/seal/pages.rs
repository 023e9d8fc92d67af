//! The seal register for administrators.

use super::store::{PAGE, SealRow};
use crate::register::shown;
use axum::extract::Path;
use kernel::{Kind, Result, Timestamp};
use serde_json::{Value as Json, json};
use webkit::{Answer, Call, Form};

/// `GET /seals?after=`.
pub(super) async fn list(call: Call) -> Answer {
    let after = call.query("after").unwrap_or_default();
    let mut ctx = call.read();
    let seals = super::list(&mut ctx, &after).await?;
    let next = (seals.len() == PAGE).then(|| seals.last().map(|seal| seal.id.clone())).flatten();
    let rows: Vec<Json> = seals.iter().map(|seal| row(&call, seal)).collect();
    call.page("licence/seal/list.html", &json!({ "seals": rows, "next": next }))
}

/// `GET /seals/{id}?after=`.
pub(super) async fn show(call: Call, Path(id): Path<String>) -> Answer {
    let shown = context(&call, &id, &[], "").await?;
    call.page("licence/seal/show.html", &shown)
}

/// `POST /seals/{id}/state`: suspends or resumes.
pub(super) async fn change(call: Call, Path(id): Path<String>, form: Form) -> Answer {
    let mut ctx = call.write().await?;
    if ::store::command::begin(&mut ctx, form.once(), "seal.state").await?.is_some() {
        return call.see(&format!("/seals/{id}"));
    }
    let (revision, reason) = (form.number("revision").unwrap_or(0), form.text("reason"));
    let (done, notice) = match form.text("to") {
        "active" => (super::resume(&mut ctx, &id, revision, reason).await, "licence.seal_resumed"),
        _ => (super::suspend(&mut ctx, &id, revision, reason).await, "licence.seal_suspended"),
    };
    match done {
        Ok(()) => {
            ctx.commit().await?;
            call.see(&format!("/seals/{id}?notice={notice}"))
        }
        Err(error) if matches!(error.kind, Kind::Invalid | Kind::Conflict) => {
            drop(ctx);
            let faults: Vec<Json> = call
                .faults(&error)
                .iter()
                .map(|fault| json!({"field": fault.field, "text": fault.message}))
                .collect();
            let shown = context(&call, &id, &faults, reason).await?;
            call.page_again("licence/seal/show.html", &shown)
        }
        Err(error) => Err(error.into()),
    }
}

async fn context(call: &Call, id: &str, faults: &[Json], reason: &str) -> Result<Json> {
    let after = call.query("after").unwrap_or_default();
    let mut ctx = call.read();
    let seal = super::get(&mut ctx, id).await?;
    let uses = super::uses(&mut ctx, id, &after).await?;
    let next = (uses.len() == PAGE).then(|| uses.last().map(|used| used.id.clone())).flatten();
    let uses: Vec<Json> = uses
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
    Ok(
        json!({ "seal": row(call, &seal), "uses": uses, "next": next, "faults": faults, "reason": reason }),
    )
}

fn row(call: &Call, seal: &SealRow) -> Json {
    json!({
        "id": seal.id,
        "agency": shown::agency_name(&call.web.env.pack, &seal.holder),
        "seal_id": seal.seal_id,
        "state": seal.state,
        "state_at": Timestamp(seal.state_us),
        "state_reason": seal.state_reason,
        "from": Timestamp(seal.valid_from_us),
        "until": Timestamp(seal.valid_until_us),
        "revision": seal.revision,
    })
}
