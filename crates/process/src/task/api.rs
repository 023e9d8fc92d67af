//! The REST interface of tasks. An act that names its `command` is done once: a repetition gets
//! the recorded answer.

use super::list::{Counts, Shown};
use super::{CopyPage, ListKind, TaskPage, back, copy, verbs};
use crate::instance::Done;
use crate::instance::act::once;
use crate::{MANAGE, WORK};
use axum::extract::Path;
use flow::process::Variables;
use kernel::Result;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use store::Ctx;
use webkit::{Access, Answer, Body, Call, Route, get, post};

/// An act on a task. Which fields it takes, its address says.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub(super) struct ActBody {
    /// Revision of the instance the caller has read.
    pub(super) revision: Option<i64>,
    /// Id under which the act is done once.
    pub(super) command: String,
    /// Opinion, reason or note.
    pub(super) words: String,
    /// Account or login of an officer; id of a step or activity.
    pub(super) to: String,
    /// Send back: come back here when done. Add a signer: next rather than last.
    pub(super) next: bool,
    /// Add a signer: `before`, `next` or `last`.
    pub(super) place: String,
    /// Add a signer: the weight of his vote.
    pub(super) weight: Option<u64>,
    /// What came of the task.
    pub(super) variables: Variables,
}

/// A copy to officers.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
struct CopyBody {
    /// Id under which the act is done once.
    command: String,
    /// Accounts or logins.
    to: Vec<String>,
    /// A note.
    words: String,
}

/// An officer leaves.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
struct LeaveBody {
    /// Account of the officer who leaves.
    from: String,
    /// Account or login of the colleague.
    to: String,
    /// Why.
    words: String,
}

/// How many tasks were handed over.
#[derive(Clone, Debug, Serialize, JsonSchema)]
struct Moved {
    /// How many.
    moved: usize,
}

pub(super) fn routes() -> Vec<Route> {
    let work = Access::Staff(WORK);
    vec![
        get("/api/v1/tasks", work, list)
            .doc("Lists the caller's tasks, the most urgent first; ?list=to_do|in_hand|delegated|done|suspended|stand_in&after=.")
            .asks(&["list", "after"])
            .gives::<TaskPage>(),
        get("/api/v1/task-counts", work, counts)
            .doc("Counts the caller's lists, each up to 1,000.")
            .gives::<Counts>(),
        get("/api/v1/tasks/{id}", work, show).doc("Gives a task with its variables and acts.").gives::<Shown>(),
        post("/api/v1/tasks/{id}/{act}", work, act)
            .doc("Acts on a task: claim, release, complete, hand_over, delegate, give_back, send_back, recall, urge, jump, add_signer, remove_signer, consult, start_activity, finish_activities. A recall names the task that was done or one that followed.")
            .takes::<ActBody>()
            .gives::<Done>(),
        get("/api/v1/process-copies", work, copies)
            .doc("Lists copies sent to the caller, newest first; ?read=1 for those read; ?after=.")
            .asks(&["read", "after"])
            .gives::<CopyPage>(),
        post("/api/v1/process-instances/{id}/copies", work, send_copy)
            .doc("Sends copies of an instance to colleagues.")
            .takes::<CopyBody>()
            .gives::<Done>(),
        post("/api/v1/process-instances/{id}/comments", work, comment)
            .doc("Writes an opinion beside the steps of an instance.")
            .takes::<ActBody>()
            .gives::<Done>(),
        post("/api/v1/task-hand-over", Access::Staff(MANAGE), leave)
            .doc("Hands over every task of an officer who leaves.")
            .takes::<LeaveBody>()
            .gives::<Moved>(),
    ]
}

async fn list(call: Call) -> Answer {
    let kind = call.query("list").unwrap_or_else(|| "to_do".to_owned());
    let kind = ListKind::parse(&kind).ok_or_else(kernel::Error::not_found)?;
    let after = call.query("after").unwrap_or_default();
    call.json(&super::list(&mut call.read(), kind, &after).await?)
}

async fn counts(call: Call) -> Answer {
    call.json(&super::counts(&mut call.read()).await?)
}

async fn show(call: Call, Path(id): Path<String>) -> Answer {
    call.json(&super::show(&mut call.read(), &id).await?)
}

async fn act(
    call: Call,
    Path((id, name)): Path<(String, String)>,
    Body(body): Body<ActBody>,
) -> Answer {
    let mut ctx = call.write().await?;
    let verb = format!("process.task.{name}:{id}");
    let command = body.command.clone();
    let done =
        once(&mut ctx, &command, &verb, async |ctx| run(ctx, &id, &name, &body).await).await?;
    ctx.commit().await?;
    call.json(&done)
}

pub(super) async fn run(ctx: &mut Ctx, id: &str, name: &str, body: &ActBody) -> Result<Done> {
    let ActBody { revision, words, to, next, place, weight, variables, .. } = body.clone();
    match name {
        "claim" => verbs::claim(ctx, id, revision).await,
        "release" => verbs::release(ctx, id, revision).await,
        "complete" => verbs::complete(ctx, id, revision, &words, variables).await,
        "hand_over" => verbs::hand_over(ctx, id, revision, &to, &words).await,
        "delegate" => verbs::delegate(ctx, id, revision, &to, &words).await,
        "give_back" => verbs::give_back(ctx, id, revision, &words).await,
        "send_back" => back::send_back(ctx, id, revision, Some(&to), &words, next).await,
        "recall" => back::recall(ctx, id, revision, &words).await,
        "urge" => verbs::urge(ctx, id, revision, &words).await,
        "jump" => back::jump(ctx, id, revision, &to, &words).await,
        "add_signer" => {
            let at = super::office_api::place(&place, next)?;
            let new = super::NewSigner { signer: &to, at, weight };
            super::add_signer(ctx, id, revision, new, &words).await
        }
        "remove_signer" => super::remove_signer(ctx, id, revision, &to, &words).await,
        "consult" => super::consult(ctx, id, revision, &names(&to), &words).await,
        "start_activity" => back::start_activity(ctx, id, revision, &to).await,
        "finish_activities" => back::finish_activities(ctx, id, revision).await,
        _ => Err(kernel::Error::not_found()),
    }
}

/// Accounts or logins with commas between.
pub(super) fn names(text: &str) -> Vec<String> {
    let parts = text.split([',', '，', '、', ' ']).map(str::trim);
    parts.filter(|one| !one.is_empty()).map(str::to_owned).collect()
}

async fn copies(call: Call) -> Answer {
    let unread = call.query("read").as_deref() != Some("1");
    let after = call.query("after").unwrap_or_default();
    call.json(&copy::copies(&mut call.read(), unread, &after).await?)
}

async fn send_copy(call: Call, Path(id): Path<String>, Body(body): Body<CopyBody>) -> Answer {
    let mut ctx = call.write().await?;
    let verb = format!("process.copy:{id}");
    let done = once(&mut ctx, &body.command, &verb, async |ctx| {
        copy::copy(ctx, &id, &body.to, &body.words).await
    })
    .await?;
    ctx.commit().await?;
    call.json(&done)
}

async fn comment(call: Call, Path(id): Path<String>, Body(body): Body<ActBody>) -> Answer {
    let mut ctx = call.write().await?;
    let verb = format!("process.comment:{id}");
    let done = once(&mut ctx, &body.command, &verb, async |ctx| {
        verbs::comment(ctx, &id, &body.words).await
    })
    .await?;
    ctx.commit().await?;
    call.json(&done)
}

async fn leave(call: Call, Body(body): Body<LeaveBody>) -> Answer {
    let mut ctx = call.write().await?;
    let moved = verbs::hand_over_all(&mut ctx, &body.from, &body.to, &body.words).await?;
    ctx.commit().await?;
    call.json(&Moved { moved })
}
