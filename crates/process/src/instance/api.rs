//! The REST interface of instances and incidents.

use super::act::once;
use super::{Done, IncidentPage, InstancePage, Line, New, RepairDone, Shown};
use crate::{MANAGE, OPERATE, START, WORK};
use axum::extract::Path;
use flow::process::Variables;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use webkit::{Access, Answer, Body, Call, Route, get, post};

/// An instance to begin.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
struct StartBody {
    /// Id under which it is begun once.
    command: String,
    /// What to begin.
    new: New,
}

/// An act on an instance.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
struct ActBody {
    /// Revision the caller has read.
    revision: Option<i64>,
    /// Id under which the act is done once.
    command: String,
    /// Why.
    reason: String,
}

/// An ended instance to be opened again.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
struct ReopenBody {
    /// Revision the caller has read.
    revision: Option<i64>,
    /// Id under which it is done once.
    command: String,
    /// Id of the step to go on at.
    node: String,
    /// Why.
    reason: String,
}

/// More time for a limit that runs.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
struct ExtendBody {
    /// Revision the caller has read.
    revision: Option<i64>,
    /// Id under which it is done once.
    command: String,
    /// Number of the task or timer.
    number: u64,
    /// How much more, `5wd` or `P3D`.
    amount: String,
    /// Why.
    reason: String,
}

/// What is put right at an incident.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
struct CorrectBody {
    /// Variables by name.
    variables: Variables,
    /// Why.
    reason: String,
}

/// Incidents to try again.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
struct RepairBody {
    /// Their ids, at most 50.
    incidents: Vec<String>,
}

/// A message.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
struct MessageBody {
    /// Name.
    name: String,
    /// Which conversation it belongs to; may be empty.
    correlation: String,
    /// What it says.
    variables: Variables,
}

/// What was kept.
#[derive(Clone, Debug, Serialize, JsonSchema)]
struct Kept {
    /// Its id.
    id: String,
}

/// The history of an instance.
#[derive(Clone, Debug, Serialize, JsonSchema)]
struct History {
    /// Oldest first.
    entries: Vec<Line>,
}

pub(super) fn routes() -> Vec<Route> {
    let work = Access::Staff(WORK);
    vec![
        post("/api/v1/process-instances", Access::Staff(START), start)
            .doc("Begins an instance of a process.")
            .takes::<StartBody>()
            .gives::<Done>(),
        get("/api/v1/process-instances", work, list)
            .doc("Lists instances the caller began, or with ?phase= those of his agency, newest first; ?after=.")
            .asks(&["after", "phase"])
            .gives::<InstancePage>(),
        get("/api/v1/process-instances/{id}", work, show)
            .doc("Gives an instance: where it is and its variables.")
            .gives::<Shown>(),
        get("/api/v1/process-instances/{id}/history", work, history)
            .doc("Gives the chained history of an instance.")
            .gives::<History>(),
        post("/api/v1/process-instances/{id}/withdrawal", Access::Staff(START), withdraw)
            .doc("Takes back an instance the caller began.")
            .takes::<ActBody>()
            .gives::<Done>(),
        post("/api/v1/process-instances/{id}/suspension", Access::Staff(MANAGE), suspend)
            .doc("Stops an instance until it is resumed.")
            .takes::<ActBody>()
            .gives::<Done>(),
        post("/api/v1/process-instances/{id}/resumption", Access::Staff(MANAGE), resume)
            .doc("Lets a suspended instance go on.")
            .takes::<ActBody>()
            .gives::<Done>(),
        post("/api/v1/process-instances/{id}/cancellation", Access::Staff(MANAGE), cancel)
            .doc("Ends an instance before its end.")
            .takes::<ActBody>()
            .gives::<Done>(),
        post("/api/v1/process-instances/{id}/reactivation", Access::Staff(MANAGE), reactivate)
            .doc("Opens an ended instance again at a step.")
            .takes::<ReopenBody>()
            .gives::<Done>(),
        post("/api/v1/process-instances/{id}/extension", Access::Staff(MANAGE), extend)
            .doc("Gives a running limit of a task or a timer more time, once, within what its drawing allows.")
            .takes::<ExtendBody>()
            .gives::<Done>(),
        post("/api/v1/process-messages", Access::Staff(START), send)
            .doc("Sends a message to an instance of the caller's agency that waits for it, or begins what it begins; kept until one does.")
            .takes::<MessageBody>()
            .gives::<Kept>(),
        get("/api/v1/process-incidents", Access::Staff(OPERATE), incidents)
            .doc("Lists what could not go on by itself, oldest first; ?cause= a code, ?after=.")
            .asks(&["after", "cause"])
            .gives::<IncidentPage>(),
        post("/api/v1/process-incidents/{id}/repair", Access::Staff(OPERATE), repair)
            .doc("Tries again what an incident stopped."),
        post("/api/v1/process-incidents/{id}/correction", Access::Staff(OPERATE), correct)
            .doc("Sets variables as the step that stopped sees them and tries it again.")
            .takes::<CorrectBody>(),
        post("/api/v1/process-incident-repair", Access::Staff(OPERATE), repair_all)
            .doc("Tries again what several incidents stopped, each by itself; tells per incident.")
            .takes::<RepairBody>()
            .gives::<RepairDone>(),
    ]
}

async fn start(call: Call, Body(body): Body<StartBody>) -> Answer {
    let mut ctx = call.write().await?;
    let new = body.new;
    let done =
        once(&mut ctx, &body.command, "process.start", async |ctx| super::start(ctx, new).await)
            .await?;
    ctx.commit().await?;
    call.json_with(axum::http::StatusCode::CREATED, &done)
}

async fn list(call: Call) -> Answer {
    let after = call.query("after").unwrap_or_default();
    let mut ctx = call.read();
    let page = match call.query("phase") {
        Some(phase) => super::of_agency(&mut ctx, &phase, &after).await?,
        None => super::started(&mut ctx, &after).await?,
    };
    call.json(&page)
}

async fn show(call: Call, Path(id): Path<String>) -> Answer {
    call.json(&super::show(&mut call.read(), &id).await?)
}

async fn history(call: Call, Path(id): Path<String>) -> Answer {
    call.json(&History { entries: super::timeline(&mut call.read(), &id).await? })
}

macro_rules! act {
    ($handler:ident, $verb:path, $name:literal) => {
        async fn $handler(call: Call, Path(id): Path<String>, Body(body): Body<ActBody>) -> Answer {
            let mut ctx = call.write().await?;
            let verb = format!("{}:{id}", $name);
            let done = once(&mut ctx, &body.command, &verb, async |ctx| {
                $verb(ctx, &id, body.revision, &body.reason).await
            })
            .await?;
            ctx.commit().await?;
            call.json(&done)
        }
    };
}

act!(withdraw, super::withdraw, "process.withdraw");
act!(suspend, super::suspend, "process.suspend");
act!(resume, super::resume, "process.resume");
act!(cancel, super::cancel, "process.cancel");

async fn reactivate(call: Call, Path(id): Path<String>, Body(body): Body<ReopenBody>) -> Answer {
    let mut ctx = call.write().await?;
    let verb = format!("process.reactivate:{id}");
    let done = once(&mut ctx, &body.command, &verb, async |ctx| {
        super::reactivate(ctx, &id, body.revision, &body.node, &body.reason).await
    })
    .await?;
    ctx.commit().await?;
    call.json(&done)
}

async fn extend(call: Call, Path(id): Path<String>, Body(body): Body<ExtendBody>) -> Answer {
    let mut ctx = call.write().await?;
    let verb = format!("process.extend:{id}");
    let done = once(&mut ctx, &body.command, &verb, async |ctx| {
        super::extend(ctx, &id, body.revision, body.number, &body.amount, &body.reason).await
    })
    .await?;
    ctx.commit().await?;
    call.json(&done)
}

async fn send(call: Call, Body(body): Body<MessageBody>) -> Answer {
    let mut ctx = call.write().await?;
    let id = super::send(&mut ctx, &body.name, &body.correlation, &body.variables).await?;
    ctx.commit().await?;
    call.json_with(axum::http::StatusCode::CREATED, &Kept { id })
}

async fn incidents(call: Call) -> Answer {
    let after = call.query("after").unwrap_or_default();
    let cause = call.query("cause").unwrap_or_default();
    call.json(&super::of_cause(&mut call.read(), &cause, &after).await?)
}

async fn correct(call: Call, Path(id): Path<String>, Body(body): Body<CorrectBody>) -> Answer {
    let mut ctx = call.write().await?;
    super::correct(&mut ctx, &id, body.variables, &body.reason).await?;
    ctx.commit().await?;
    call.json(&serde_json::json!({}))
}

async fn repair_all(call: Call, Body(body): Body<RepairBody>) -> Answer {
    let env = call.web.env.clone();
    let done = super::repair_all(&env, call.actor(), call.lang(), &body.incidents).await?;
    call.json(&done)
}

async fn repair(call: Call, Path(id): Path<String>) -> Answer {
    let mut ctx = call.write().await?;
    super::repair(&mut ctx, &id).await?;
    ctx.commit().await?;
    call.json(&serde_json::json!({}))
}
