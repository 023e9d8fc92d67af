//! Pages of incidents: the list, one of them with its correction, several tried again.

use super::Incident;
use crate::{OPERATE, WORK, sheet, task};
use axum::extract::Path;
use kernel::{Kind, Result};
use serde_json::{Value as Json, json};
use store::command;
use webkit::{Access, Answer, Call, Form, Route, get, post};

pub(super) fn routes() -> Vec<Route> {
    let operate = Access::Staff(OPERATE);
    vec![
        get("/incidents", operate, incidents),
        post("/incidents", operate, repair_all),
        get("/incidents/{id}", operate, show),
        post("/incidents/{id}/repair", operate, repair),
        post("/incidents/{id}/correct", operate, correct),
    ]
}

fn row(call: &Call, one: &Incident) -> Json {
    let said = call.t(&format!("process.incident.kind.{}", one.kind));
    json!({ "id": one.id, "instance": one.instance, "kind": said, "node": one.node,
        "code": one.code, "failure": one.failure, "at": one.at,
        "agency": sheet::agency(call, &one.agency) })
}

/// `GET /incidents?cause=&after=`.
async fn incidents(call: Call) -> Answer {
    let context = list(&call, None, "").await?;
    call.page("process/incident/list.html", &context)
}

async fn list(call: &Call, done: Option<Json>, failed: &str) -> Result<Json> {
    let after = call.query("after").unwrap_or_default();
    let cause = call.query("cause").unwrap_or_default();
    let page = super::of_cause(&mut call.read(), &cause, &after).await?;
    let rows: Vec<Json> = page.incidents.iter().map(|one| row(call, one)).collect();
    let encoded = webkit::form::encode(&cause);
    let next = page
        .next
        .map(|next| format!("/incidents?cause={encoded}&after={}", webkit::form::encode(&next)));
    let opens = call.may(WORK);
    Ok(json!({ "rows": rows, "next": next, "opens": opens, "cause": cause, "done": done,
        "failed": failed }))
}

/// `POST /incidents`: tries again those that were chosen.
async fn repair_all(call: Call, form: Form) -> Answer {
    let ids: Vec<String> = form.all("incident").into_iter().map(str::to_owned).collect();
    let env = call.web.env.clone();
    match super::repair_all(&env, call.actor(), call.lang(), &ids).await {
        Ok(done) => {
            let told = json!({ "done": done.done, "of": done.incidents.len() });
            let context = list(&call, Some(told), "").await?;
            call.page("process/incident/list.html", &context)
        }
        Err(error) if error.kind == Kind::Invalid => {
            let context = list(&call, None, &call.sentence(&error)).await?;
            call.page_again("process/incident/list.html", &context)
        }
        Err(error) => Err(error.into()),
    }
}

/// `GET /incidents/{id}`.
async fn show(call: Call, Path(id): Path<String>) -> Answer {
    let context = one(&call, &id, &Form::default(), "").await?;
    call.page("process/incident/show.html", &context)
}

async fn one(call: &Call, id: &str, form: &Form, failed: &str) -> Result<Json> {
    let found = super::incident(&mut call.read(), id).await?;
    let typed = json!({ "variables": form.text("variables"), "reason": form.text("reason") });
    let (incident, opens) = (row(call, &found), call.may(WORK));
    Ok(json!({ "incident": incident, "opens": opens, "failed": failed, "typed": typed }))
}

/// `POST /incidents/{id}/repair`.
async fn repair(call: Call, Path(id): Path<String>, form: Form) -> Answer {
    let mut ctx = call.write().await?;
    if command::begin(&mut ctx, form.once(), "process.repair").await?.is_none() {
        super::repair(&mut ctx, &id).await?;
        ctx.commit().await?;
    }
    call.see("/incidents?notice=process.repair")
}

/// `POST /incidents/{id}/correct`.
async fn correct(call: Call, Path(id): Path<String>, form: Form) -> Answer {
    let mut ctx = call.write().await?;
    let to = "/incidents?notice=process.correct";
    if command::begin(&mut ctx, form.once(), "process.correct").await?.is_some() {
        return call.see(to);
    }
    let done = match task::variables(form.text("variables")) {
        Ok(variables) => super::correct(&mut ctx, &id, variables, form.text("reason")).await,
        Err(error) => Err(error),
    };
    match done {
        Ok(()) => {
            ctx.commit().await?;
            call.see(to)
        }
        Err(error) if matches!(error.kind, Kind::Invalid | Kind::Conflict) => {
            drop(ctx);
            let told = call.faults(&error).into_iter().next().map(|fault| fault.message);
            let context = one(&call, &id, &form, &told.unwrap_or_default()).await?;
            call.page_again("process/incident/show.html", &context)
        }
        Err(error) => Err(error.into()),
    }
}
