//! Pages of plans: the list with a new one, and a plan with its progress and report.

use super::api::order;
use super::model::{New, Order, Reason};
use crate::{DEPLOY, definition};
use axum::extract::Path;
use kernel::{Error, Kind, Result};
use serde_json::{Value as Json, json};
use std::collections::BTreeMap;
use store::command;
use webkit::{Access, Answer, Call, Form, Route, get, post};

/// How many are moved first unless somebody says otherwise.
const CANARY: i64 = 10;

pub(super) fn routes() -> Vec<Route> {
    let deploy = Access::Staff(DEPLOY);
    vec![
        get("/processes/{id}/migrations", deploy, list),
        post("/processes/{id}/migrations", deploy, plan),
        get("/processes/{id}/migrations/{plan}", deploy, show),
        post("/processes/{id}/migrations/{plan}/{act}", deploy, act),
    ]
}

fn path(process: &str) -> String {
    format!("/processes/{}/migrations", webkit::form::encode(process))
}

/// `GET /processes/{id}/migrations?before=`.
async fn list(call: Call, Path(process): Path<String>) -> Answer {
    let context = listed(&call, &process, &BTreeMap::new(), &[]).await?;
    call.page("process/migration/list.html", &context)
}

async fn listed(
    call: &Call,
    process: &str,
    values: &BTreeMap<String, String>,
    faults: &[String],
) -> Result<Json> {
    let before = call.query("before").unwrap_or_default();
    let mut ctx = call.read();
    let page = super::list(&mut ctx, process, &before).await?;
    let versions = definition::versions(&mut ctx, process, None).await?.versions;
    let choices: Vec<Json> = versions
        .iter()
        .map(|one| {
            json!({ "value": one.version.to_string(),
            "text": call.web.views.text(call.lang(), "process.definition.version",
                &[("n", one.version.to_string())]) })
        })
        .collect();
    let value = |name: &str, otherwise: Option<i64>| match values.get(name) {
        Some(value) => value.clone(),
        None => otherwise.map(|number| number.to_string()).unwrap_or_default(),
    };
    let (newest, before) = (versions.first(), versions.get(1));
    let plans: Vec<Json> = page
        .plans
        .iter()
        .map(|one| json!({ "plan": one, "phase": phase(call, one.phase.as_str()) }))
        .collect();
    let next = page.next.map(|next| format!("{}?before={next}", path(process)));
    Ok(json!({
        "name": newest.map_or(process.to_owned(), |one| definition::name(call, one)),
        "process": process, "path": path(process), "plans": plans, "next": next,
        "choices": choices, "faults": faults,
        "back": newest.map(|one| format!("/processes/{}/versions/{}",
            webkit::form::encode(process), one.version)),
        "values": { "name": value("name", None), "nodes": value("nodes", None),
            "restart": value("restart", None), "from": value("from", before.map(|one| one.version)),
            "to": value("to", newest.map(|one| one.version)) },
    }))
}

fn phase(call: &Call, phase: &str) -> String {
    call.t(&format!("process.migration.phase.{phase}"))
}

/// Lines `old=new`. Errors: `process.variables` naming the line.
fn nodes(text: &str) -> Result<BTreeMap<String, String>> {
    let mut nodes = BTreeMap::new();
    for (line, text) in (1..).zip(text.lines()).filter(|(_, text)| !text.trim().is_empty()) {
        let pair = text.split_once(['=', '＝']);
        let pair = pair.map(|(old, new)| (old.trim(), new.trim()));
        let Some((old, new)) = pair.filter(|(old, new)| !old.is_empty() && !new.is_empty()) else {
            let fault = Error::invalid("process.variables").arg("line", line);
            let args = vec![("line", line.to_string())];
            return Err(fault.field_with("nodes", "process.variables", args));
        };
        nodes.insert(old.to_owned(), new.to_owned());
    }
    Ok(nodes)
}

fn ids(text: &str) -> impl Iterator<Item = String> {
    let ids = text.split([',', '，', '、', ' ', '\n', '\r']).map(str::trim);
    ids.filter(|id| !id.is_empty()).map(str::to_owned)
}

fn new(form: &Form) -> Result<New> {
    Ok(New {
        name: form.text("name").to_owned(),
        from: form.number("from").unwrap_or_default(),
        to: form.number("to").unwrap_or_default(),
        nodes: nodes(form.text("nodes"))?,
        restart: ids(form.text("restart")).collect(),
    })
}

/// `POST /processes/{id}/migrations`: keeps a plan; what is wrong is told above the form.
async fn plan(call: Call, Path(process): Path<String>, form: Form) -> Answer {
    let mut ctx = call.write().await?;
    let verb = format!("process.migration:{process}");
    if let Some(id) = command::begin(&mut ctx, form.once(), &verb).await? {
        return call.see(&format!("{}/{id}", path(&process)));
    }
    let kept = match new(&form) {
        Ok(new) => super::plan(&mut ctx, &process, new).await,
        Err(error) => Err(error),
    };
    match kept {
        Ok(plan) => {
            command::finish(&mut ctx, form.once(), &plan.id).await?;
            ctx.commit().await?;
            call.see(&format!("{}/{}?notice=process.migration", path(&process), plan.id))
        }
        Err(error) if matches!(error.kind, Kind::Invalid | Kind::Conflict | Kind::Limited) => {
            drop(ctx);
            let faults: Vec<String> =
                call.faults(&error).into_iter().map(|fault| fault.message).collect();
            let context = listed(&call, &process, &form.values(), &faults).await?;
            call.page_again("process/migration/list.html", &context)
        }
        Err(error) => Err(error.into()),
    }
}

/// `GET /processes/{id}/migrations/{plan}?after=`.
async fn show(call: Call, Path((process, plan)): Path<(String, String)>) -> Answer {
    let context = shown(&call, &process, &plan, String::new()).await?;
    call.page("process/migration/show.html", &context)
}

async fn shown(call: &Call, process: &str, id: &str, fault: String) -> Result<Json> {
    let mut ctx = call.read();
    let report = super::show(&mut ctx, process, id).await?;
    let after = call.query("after").unwrap_or_default();
    let remaining = super::remaining(&mut ctx, process, id, &after).await?;
    let plan = &report.plan;
    let (at, checked) = (plan.phase, plan.checked_at.is_some());
    let acts: Vec<&str> = [Order::Pause, Order::Canary(CANARY), Order::Run, Order::Check]
        .into_iter()
        .filter(|order| order.fits(at, checked))
        .map(Order::as_str)
        .collect();
    let reasons = |reasons: &[Reason]| -> Vec<Json> {
        reasons.iter().map(|reason| told(call, reason)).collect()
    };
    let here = format!("{}/{id}", path(process));
    let next = remaining.next.map(|next| format!("{here}?after={next}"));
    Ok(json!({
        "plan": plan, "phase": phase(call, at.as_str()), "path": path(process), "here": here,
        "acts": acts, "canary": CANARY, "fault": fault, "nodes": report.nodes,
        "restart": report.restart, "check": reasons(&report.check), "run": reasons(&report.run),
        "remaining": remaining.instances, "next": next,
        "moves": at.as_str() == "checking" || at.as_str() == "running",
    }))
}

/// A reason as told: its sentence is that of the refusal.
fn told(call: &Call, reason: &Reason) -> Json {
    let args = [("node", reason.node.clone()), ("to", reason.to.clone())];
    let key = format!("error.{}", reason.code);
    json!({ "text": call.web.views.text(call.lang(), &key, &args), "code": reason.code,
        "instances": reason.instances, "samples": reason.samples })
}

/// `POST /processes/{id}/migrations/{plan}/{act}`.
async fn act(
    call: Call,
    Path((process, plan, act)): Path<(String, String, String)>,
    form: Form,
) -> Answer {
    let order = order(&act, form.number("count").unwrap_or_default())?;
    let mut ctx = call.write().await?;
    let verb = format!("process.migration.{act}:{plan}");
    let here = format!("{}/{plan}?notice=process.migration_{act}", path(&process));
    if command::begin(&mut ctx, form.once(), &verb).await?.is_some() {
        return call.see(&here);
    }
    match super::act(&mut ctx, &process, &plan, order).await {
        Ok(_) => {
            ctx.commit().await?;
            call.see(&here)
        }
        Err(error) if matches!(error.kind, Kind::Invalid | Kind::Conflict) => {
            drop(ctx);
            let fault = call.faults(&error).into_iter().next().map(|fault| fault.message);
            let context = shown(&call, &process, &plan, fault.unwrap_or_default()).await?;
            call.page_again("process/migration/show.html", &context)
        }
        Err(error) => Err(error.into()),
    }
}
