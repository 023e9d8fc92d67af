//! REST of drafts: the whole way from guide to case by a citizen's token alone.

use super::model::{Change, Dispute, DraftRow};
use super::shown::{DraftShown, shown};
use super::{draft, file, own, submission};
use ::store::Ctx;
use axum::extract::Path;
use axum::http::StatusCode;
use kernel::Result;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Value as Json, json};
use std::collections::{BTreeMap, BTreeSet};
use webkit::{Answer, Body, Call, Sent};

/// What begins a draft.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct StartBody {
    /// What is applied for.
    one_thing: String,
    /// The guide's answers by question.
    guide: BTreeMap<String, String>,
    /// Optional items not wanted.
    #[serde(default)]
    left_out: BTreeSet<String>,
    /// The words of `consent` of the one-thing are agreed to.
    consent: bool,
    /// Delegation under which it is begun in its principal's place; the caller's own when absent.
    #[serde(default)]
    delegation: String,
}

/// One save.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct AmendBody {
    /// Revision the save was made from; the newest is meant when absent.
    #[serde(default)]
    revision: Option<i64>,
    /// Answers by field.
    #[serde(default)]
    answers: BTreeMap<String, Json>,
    /// Pages whose registry data is right (true) or not.
    #[serde(default)]
    confirm: BTreeMap<String, bool>,
    /// Objections by field.
    #[serde(default)]
    objections: BTreeMap<String, Dispute>,
}

/// A file taken.
#[derive(Serialize, JsonSchema)]
pub(super) struct FileAnswer {
    /// Id of the file.
    id: String,
}

/// Handing in.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct SubmitBody {
    /// Revision that was checked; the newest is meant when absent.
    #[serde(default)]
    revision: Option<i64>,
    /// Everything has been checked and is handed in.
    declared: bool,
}

/// Drafts under way.
#[derive(Serialize, JsonSchema)]
pub(super) struct DraftList {
    /// Newest first, at most 50.
    drafts: Vec<DraftRow>,
}

async fn seen(ctx: &mut Ctx, id: &str) -> Result<DraftShown> {
    let opened = draft::open(ctx, id).await?;
    shown(&ctx.env.pack, &opened)
}

/// `POST /api/v1/drafts`.
pub(super) async fn start(call: Call, Body(body): Body<StartBody>) -> Answer {
    let mut ctx = call.write().await?;
    let StartBody { one_thing, guide, left_out, consent, delegation } = body;
    let start = draft::Start { one_thing, guide, left_out, consent, delegation, paper: None };
    let id = Box::pin(draft::start(&mut ctx, start)).await?;
    let out = seen(&mut ctx, &id).await?;
    ctx.commit().await?;
    call.json_with(StatusCode::CREATED, &out)
}

/// `GET /api/v1/drafts`.
pub(super) async fn list(call: Call) -> Answer {
    let drafts = draft::list(&mut call.read()).await?;
    call.json(&DraftList { drafts })
}

/// `GET /api/v1/drafts/{id}`.
pub(super) async fn show(call: Call, Path(id): Path<String>) -> Answer {
    call.json(&seen(&mut call.read(), &id).await?)
}

/// `PUT /api/v1/drafts/{id}/answers`.
pub(super) async fn amend(
    call: Call,
    Path(id): Path<String>,
    Body(body): Body<AmendBody>,
) -> Answer {
    let mut ctx = call.write().await?;
    let AmendBody { revision, answers, confirm, objections } = body;
    let change = Change { answers, confirm, disputes: objections, page: None };
    draft::amend(&mut ctx, &id, revision, change).await?;
    let out = seen(&mut ctx, &id).await?;
    ctx.commit().await?;
    call.json(&out)
}

/// `POST /api/v1/drafts/{id}/files`.
pub(super) async fn attach(call: Call, Path(id): Path<String>, Sent(file): Sent) -> Answer {
    let mut ctx = call.write().await?;
    let id = file::attach(&mut ctx, &id, &file.field, &file.name, &file.content).await?;
    ctx.commit().await?;
    call.json_with(StatusCode::CREATED, &FileAnswer { id })
}

/// `DELETE /api/v1/drafts/{id}/files/{file}`.
pub(super) async fn detach(call: Call, Path((id, name)): Path<(String, String)>) -> Answer {
    let mut ctx = call.write().await?;
    file::detach(&mut ctx, &id, &name).await?;
    ctx.commit().await?;
    call.json(&json!({}))
}

/// `DELETE /api/v1/drafts/{id}/items/{item}`.
pub(super) async fn leave_out(call: Call, Path((id, item)): Path<(String, String)>) -> Answer {
    let mut ctx = call.write().await?;
    own::leave_out(&mut ctx, &id, &item).await?;
    ctx.commit().await?;
    call.json(&json!({}))
}

/// `DELETE /api/v1/drafts/{id}`.
pub(super) async fn remove(call: Call, Path(id): Path<String>) -> Answer {
    let mut ctx = call.write().await?;
    draft::remove(&mut ctx, &id).await?;
    ctx.commit().await?;
    call.json(&json!({}))
}

/// `POST /api/v1/drafts/{id}/submission`.
pub(super) async fn submit(
    call: Call,
    Path(id): Path<String>,
    Body(body): Body<SubmitBody>,
) -> Answer {
    let mut ctx = call.write().await?;
    let submitted = submission::submit(&mut ctx, &id, body.revision, body.declared).await?;
    ctx.commit().await?;
    call.json(&submitted)
}
