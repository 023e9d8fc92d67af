//! The REST interface of lists.

use super::super::{AUDIT, DISPOSE, MANAGE};
use super::model::{ArchiveList, ArchiveListPage, Kind};
use axum::extract::Path;
use schemars::JsonSchema;
use serde::Deserialize;
use webkit::{Access, Answer, Body, Call, Route, get, post};

/// What to list.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct ProposalBody {
    /// `disposal` or `transfer`.
    kind: Kind,
}

/// A reason.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct ReasonBody {
    /// Revision of the list the caller saw.
    revision: i64,
    /// Reasons; at most 500 characters.
    reason: String,
}

/// A folder to be kept on.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct KeepBody {
    /// Revision of the list the caller saw.
    revision: i64,
    /// Id of the folder.
    folder: String,
    /// Reasons; at most 500 characters.
    reason: String,
}

/// The archive hall's receipt.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct ReceiptBody {
    /// Revision of the list the caller saw.
    revision: i64,
    /// Number of the receipt.
    number: String,
    /// Who received.
    receiver: String,
}

pub(super) fn routes() -> Vec<Route> {
    let (audit, manage, dispose) =
        (Access::Staff(AUDIT), Access::Staff(MANAGE), Access::Staff(DISPOSE));
    vec![
        get("/api/v1/archive-lists", audit, lists)
            .doc("Lists the lists of folders to be disposed of or handed over, newest first; ?after=.")
            .asks(&["after"])
            .gives::<ArchiveListPage>(),
        post("/api/v1/archive-lists", manage, propose)
            .doc("Puts the folders that are due on a list.")
            .takes::<ProposalBody>()
            .gives::<ArchiveList>(),
        get("/api/v1/archive-lists/{id}", audit, show)
            .doc("Gives a list with its folders.")
            .gives::<ArchiveList>(),
        post("/api/v1/archive-lists/{id}/keep", manage, keep)
            .doc("Takes a folder off a list: it is kept for another term.")
            .takes::<KeepBody>()
            .gives::<ArchiveList>(),
        post("/api/v1/archive-lists/{id}/approve", dispose, approve)
            .strong()
            .doc("Approves a list; the second approval, by another person, carries it out.")
            .takes::<ReasonBody>()
            .gives::<ArchiveList>(),
        post("/api/v1/archive-lists/{id}/refuse", dispose, refuse)
            .strong()
            .doc("Refuses a list.")
            .takes::<ReasonBody>()
            .gives::<ArchiveList>(),
        post("/api/v1/archive-lists/{id}/receive", manage, receive)
            .doc("Records the archive hall's receipt for the folders of an approved list.")
            .takes::<ReceiptBody>()
            .gives::<ArchiveList>(),
    ]
}

async fn lists(call: Call) -> Answer {
    let after = call.query("after").unwrap_or_default();
    call.json(&super::lists(&mut call.read(), &after).await?)
}

async fn show(call: Call, Path(id): Path<String>) -> Answer {
    call.json(&super::list(&mut call.read(), &id).await?)
}

async fn propose(call: Call, Body(body): Body<ProposalBody>) -> Answer {
    let mut ctx = call.write().await?;
    let list = super::propose(&mut ctx, body.kind).await?;
    ctx.commit().await?;
    call.json(&list)
}

async fn keep(call: Call, Path(id): Path<String>, Body(body): Body<KeepBody>) -> Answer {
    let mut ctx = call.write().await?;
    let list = super::keep_on(&mut ctx, &id, body.revision, &body.folder, &body.reason).await?;
    ctx.commit().await?;
    call.json(&list)
}

async fn approve(call: Call, Path(id): Path<String>, Body(body): Body<ReasonBody>) -> Answer {
    let mut ctx = call.write().await?;
    let list = super::approve(&mut ctx, &id, body.revision, &body.reason).await?;
    ctx.commit().await?;
    call.json(&list)
}

async fn refuse(call: Call, Path(id): Path<String>, Body(body): Body<ReasonBody>) -> Answer {
    let mut ctx = call.write().await?;
    let list = super::refuse(&mut ctx, &id, body.revision, &body.reason).await?;
    ctx.commit().await?;
    call.json(&list)
}

async fn receive(call: Call, Path(id): Path<String>, Body(body): Body<ReceiptBody>) -> Answer {
    let mut ctx = call.write().await?;
    let list = super::receive(&mut ctx, &id, body.revision, &body.number, &body.receiver).await?;
    ctx.commit().await?;
    call.json(&list)
}
