//! Pages of instances.

use super::act::once;
use super::{Line, New, PHASES};
use crate::{MANAGE, START, WORK, definition, diagram, task};
use axum::extract::Path;
use kernel::{Kind, Result};
use serde_json::{Value as Json, json};
use std::collections::BTreeMap;
use webkit::{Access, Answer, Call, Form, Route, get, post};

pub(super) fn routes() -> Vec<Route> {
    let work = Access::Staff(WORK);
    vec![
        get("/instances", work, list),
        post("/instances", Access::Staff(START), start),
        get("/instances/{id}", work, show),
        post("/instances/{id}/comment", work, comment),
        post("/instances/{id}/copy", work, copy),
        post("/instances/{id}/withdraw", Access::Staff(START), withdraw),
        post("/instances/{id}/suspend", Access::Staff(MANAGE), suspend),
        post("/instances/{id}/resume", Access::Staff(MANAGE), resume),
        post("/instances/{id}/cancel", Access::Staff(MANAGE), cancel),
        post("/instances/{id}/reactivate", Access::Staff(MANAGE), reactivate),
        post("/instances/{id}/extend", Access::Staff(MANAGE), extend),
    ]
}

/// `GET /instances?phase=&after=`.
async fn list(call: Call) -> Answer {
    let after = call.query("after").unwrap_or_default();
    let phase = call.query("phase").unwrap_or_default();
    let mut ctx = call.read();
    let page = match phase.as_str() {
        "" => super::started(&mut ctx, &after).await?,
        phase => super::of_agency(&mut ctx, phase, &after).await?,
    };
    let mut tabs = vec![json!({ "text": call.t("process.instance.started"), "href": "/instances",
        "current": phase.is_empty() })];
    if call.may(MANAGE) {
        tabs.extend(PHASES.iter().map(|one| {
            json!({ "text": call.t(&format!("process.phase.{one}")),
                "href": format!("/instances?phase={one}"), "current": phase == *one })
        }));
    }
    let next = page.next.map(|next| format!("/instances?phase={phase}&after={next}"));
    let context = json!({ "tabs": tabs, "instances": page.instances, "next": next });
    call.page("process/instance/list.html", &context)
}

/// `POST /instances`: begins an instance, from the page of its definition.
async fn start(call: Call, form: Form) -> Answer {
    match begin(&call, &form).await {
        Ok(begun) => call.see(&format!("/instances/{}?notice=process.start", begun.id)),
        Err(error) if matches!(error.kind, Kind::Invalid | Kind::Conflict) => {
            definition::begin_again(&call, &form, error).await
        }
        Err(error) => Err(error.into()),
    }
}

async fn begin(call: &Call, form: &Form) -> Result<super::Done> {
    let (process, version) = (form.text("process").to_owned(), form.number("version"));
    let asked = definition::start_form(&mut call.read(), &process, version).await?;
    let variables = match asked {
        Some(asked) => task::asked::read(&asked, form),
        None => task::variables(form.text("variables"))?,
    };
    let (title, subject) = (form.text("title").to_owned(), String::new());
    let new = New { process, version, title, subject, variables };
    let mut ctx = call.write().await?;
    let begun =
        once(&mut ctx, form.once(), "process.start", async |ctx| super::start(ctx, new).await)
            .await?;
    ctx.commit().await?;
    Ok(begun)
}

/// `GET /instances/{id}`.
async fn show(call: Call, Path(id): Path<String>) -> Answer {
    if task::unread(&mut call.read(), &id).await? {
        let mut ctx = call.write().await?;
        task::read(&mut ctx, &id).await?;
        ctx.commit().await?;
    }
    call.page("process/instance/show.html", &context(&call, &id, "", String::new()).await?)
}

async fn context(call: &Call, id: &str, failed_act: &str, failed: String) -> Result<Json> {
    let mut ctx = call.read();
    let shown = super::show(&mut ctx, id).await?;
    let lines = super::timeline(&mut ctx, id).await?;
    let bundle_id = definition::bundle_of(&mut ctx, &shown.process, shown.version).await?;
    let bundle = definition::bundle(&mut ctx, &bundle_id).await?;
    let (version, _) = definition::told(&mut ctx, &shown.process, shown.version, &bundle).await?;
    let mut marks: BTreeMap<String, usize> = BTreeMap::new();
    for place in &shown.places {
        *marks.entry(place.node.clone()).or_default() += 1;
    }
    let where_now = places(call, &shown.places);
    let text = match where_now.is_empty() {
        true => call.t("process.instance.nowhere"),
        false => where_now.join(&call.t("webkit.comma")),
    };
    let drawing = diagram::svg(
        &bundle.document,
        diagram::Meta { id: "diagram", title: &shown.title, text: &text },
        &marks,
    );
    let rulings = super::reasons::told(call, &lines, bundle.definition(&shown.process));
    let tasks = task::of_instance(&mut ctx, id).await?;
    let tasks: Vec<Json> = tasks
        .iter()
        .map(|one| json!({ "id": one.id, "name": one.name, "assignee": one.assignee_name }))
        .collect();
    let open = matches!(shown.phase.as_str(), "active" | "suspended");
    // What belongs to a matter is stopped and ended on the page of that.
    let own = super::owned::matter(&shown.subject).is_none();
    let manages = call.may(MANAGE) && call.actor().agency == shown.agency && open && own;
    let began = shown.mine && call.may(START) && open && own;
    let ended = call.may(MANAGE) && call.actor().agency == shown.agency && !open && own;
    let steps = bundle.definition(&shown.process).map(reopenable).unwrap_or_default();
    let mut acts: Vec<Json> = Vec::new();
    let mut act = |name: &str, may: bool| {
        if may {
            let error = (failed_act == name).then(|| failed.clone());
            acts.push(json!({ "act": name, "title": call.t(&format!("process.act.{name}")), "error": error }));
        }
    };
    act("comment", open);
    act("copy", true);
    act("withdraw", began && shown.parent.is_empty());
    act("suspend", manages && shown.phase == "active");
    act("resume", manages && shown.phase == "suspended");
    let extendable: Vec<&super::RunningLimit> =
        shown.limits.iter().filter(|one| !one.longest.is_empty()).collect();
    act("extend", manages && shown.phase == "active" && !extendable.is_empty());
    act("cancel", manages);
    act("reactivate", ended && shown.parent.is_empty());
    Ok(json!({
        "extendable": extendable, "instance": shown, "phase": call.t(&format!("process.phase.{}", shown.phase)),
        "where": where_now, "variables": task::rows(&shown.variables), "drawing": drawing,
        "tasks": tasks, "acts": acts, "steps": steps, "log": log(call, &lines), "failed": failed,
        "rulings": rulings, "procedure": definition::name(call, &version), "matter": super::owned::matter(&shown.subject),
    }))
}

/// Steps of the process itself at which an ended instance may go on; the engine refuses those
/// within branches.
fn reopenable(definition: &flow::process::Definition) -> Vec<Json> {
    let root = definition.containers().first().map(|root| root.nodes.as_slice());
    let nodes = root.unwrap_or_default().iter().filter_map(|ix| definition.node(*ix));
    let steps = nodes
        .filter(|node| node.is_activity() && !node.for_compensation && !node.incoming.is_empty());
    let name = |node: &flow::process::Node| {
        if node.name.is_empty() { node.id.clone() } else { node.name.clone() }
    };
    steps.map(|node| json!({ "value": node.id, "text": name(node) })).collect()
}

async fn reactivate(call: Call, Path(id): Path<String>, form: Form) -> Answer {
    let mut ctx = call.write().await?;
    let verb = format!("process.reactivate:{id}");
    let (revision, node) = (form.number("revision"), form.text("node").to_owned());
    let reason = form.text("reason").to_owned();
    let done = once(&mut ctx, form.once(), &verb, async |ctx| {
        super::reactivate(ctx, &id, revision, &node, &reason).await
    });
    let done = done.await.map(|_| ());
    after(&call, ctx, &id, "reactivate", done).await
}

async fn extend(call: Call, Path(id): Path<String>, form: Form) -> Answer {
    let mut ctx = call.write().await?;
    let verb = format!("process.extend:{id}");
    let (revision, amount) = (form.number("revision"), form.text("amount").to_owned());
    let number = form.number("number").and_then(|number| u64::try_from(number).ok());
    let reason = form.text("reason").to_owned();
    let done = once(&mut ctx, form.once(), &verb, async |ctx| {
        super::extend(ctx, &id, revision, number.unwrap_or_default(), &amount, &reason).await
    });
    let done = done.await.map(|_| ());
    after(&call, ctx, &id, "extend", done).await
}

/// Where an instance is, in words.
fn places(call: &Call, places: &[super::Place]) -> Vec<String> {
    let place = |one: &super::Place| {
        let name = if one.name.is_empty() { &one.node } else { &one.name };
        format!("{name} ({})", call.t(&format!("process.waits.{}", one.waits)))
    };
    places.iter().map(place).collect()
}

/// The history as `ui.log` shows it.
pub(crate) fn log(call: &Call, lines: &[Line]) -> Vec<Json> {
    let text = |line: &Line| {
        let mut text = call.t(&format!("process.kind.{}", line.kind));
        for part in [&line.step, &line.to] {
            if !part.is_empty() {
                text.push_str(" · ");
                text.push_str(part);
            }
        }
        text
    };
    let entry = |line: &Line| {
        let mut note = line.by.clone();
        if !line.on_behalf.is_empty() {
            let names = [("by", line.by.clone()), ("officer", line.on_behalf.clone())];
            note = call.web.views.text(call.lang(), "process.kind.on_behalf", &names);
        }
        if !line.words.is_empty() {
            note = format!("{note}：{}", line.words);
        }
        json!({ "at": line.at, "text": text(line), "note": note, "digest": line.digest,
            "sequence": line.sequence })
    };
    lines.iter().rev().map(entry).collect()
}

async fn comment(call: Call, Path(id): Path<String>, form: Form) -> Answer {
    let mut ctx = call.write().await?;
    let verb = format!("process.comment:{id}");
    let text = form.text("reason").to_owned();
    let done = once(&mut ctx, form.once(), &verb, async |ctx| task::comment(ctx, &id, &text).await);
    let done = done.await.map(|_| ());
    after(&call, ctx, &id, "comment", done).await
}

async fn copy(call: Call, Path(id): Path<String>, form: Form) -> Answer {
    let mut ctx = call.write().await?;
    let verb = format!("process.copy:{id}");
    let to: Vec<String> = form
        .text("to")
        .split([',', '，', '、', ' '])
        .map(str::trim)
        .filter(|one| !one.is_empty())
        .map(str::to_owned)
        .collect();
    let note = form.text("reason").to_owned();
    let done =
        once(&mut ctx, form.once(), &verb, async |ctx| task::copy(ctx, &id, &to, &note).await);
    let done = done.await.map(|_| ());
    after(&call, ctx, &id, "copy", done).await
}

macro_rules! act {
    ($handler:ident, $verb:path) => {
        async fn $handler(call: Call, Path(id): Path<String>, form: Form) -> Answer {
            let mut ctx = call.write().await?;
            let verb = format!("process.{}:{id}", stringify!($handler));
            let (revision, reason) = (form.number("revision"), form.text("reason").to_owned());
            let done = once(&mut ctx, form.once(), &verb, async |ctx| {
                $verb(ctx, &id, revision, &reason).await
            });
            let done = done.await.map(|_| ());
            after(&call, ctx, &id, stringify!($handler), done).await
        }
    };
}

act!(withdraw, super::withdraw);
act!(suspend, super::suspend);
act!(resume, super::resume);
act!(cancel, super::cancel);

/// After an act: the instance again, or the form with the reason why not.
async fn after(
    call: &Call,
    ctx: store::Ctx,
    id: &str,
    act: &'static str,
    done: Result<()>,
) -> Answer {
    match done {
        Ok(()) => {
            ctx.commit().await?;
            call.see(&format!("/instances/{id}?notice=process.{act}"))
        }
        Err(error) if matches!(error.kind, Kind::Invalid | Kind::Conflict) => {
            drop(ctx);
            let told = call.faults(&error).into_iter().next().map(|fault| fault.message);
            let context = context(call, id, act, told.unwrap_or_default()).await?;
            call.page_again("process/instance/show.html", &context)
        }
        Err(error) => Err(error.into()),
    }
}
