//! REST of papers to be sealed.

use super::model::{Paper, PaperDraft, Turn};
use super::{agree, draft, get, list, prepare, refuse, withdraw};
use axum::extract::Path;
use kernel::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use webkit::{Answer, Body, Call};

/// What is answered.
#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum PaperAnswer {
    /// The seal is put.
    Agree,
    /// It is not.
    Refuse,
    /// Who drew the paper up takes it back.
    Withdraw,
}

/// An answer to a paper.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PaperAnswerBody {
    /// What is answered.
    pub answer: PaperAnswer,
    /// Why, at most 200 characters.
    pub reason: String,
    /// Revision of the paper as it was read.
    pub revision: i64,
}

/// A paper.
#[derive(Serialize, JsonSchema)]
pub struct PaperView {
    /// Id.
    pub id: String,
    /// Agency that drew it up.
    pub agency: String,
    /// Title.
    pub title: String,
    /// SM3 of its contents and of who is to seal.
    pub digest: String,
    /// `open`, `sealed`, `refused` or `withdrawn`.
    pub state: String,
    /// When it was drawn up.
    pub at: String,
    /// Seals in order; only when one paper is shown.
    pub turns: Vec<TurnView>,
    /// Grows with each change.
    pub revision: i64,
}

/// One seal's turn.
#[derive(Serialize, JsonSchema)]
pub struct TurnView {
    /// Place, from 1.
    pub place: i64,
    /// Id of the seal.
    pub seal: String,
    /// Its agency.
    pub agency: String,
    /// `waiting`, `agreed` or `refused`.
    pub state: String,
    /// The keeper who answered.
    pub keeper: String,
    /// Why.
    pub reason: String,
}

/// Papers.
#[derive(Serialize, JsonSchema)]
pub struct PaperList {
    /// Rows.
    pub papers: Vec<PaperView>,
    /// Cursor of the next page.
    pub next: Option<String>,
}

fn view(row: Paper, turns: Vec<Turn>) -> PaperView {
    let turn = |one: Turn| TurnView {
        place: one.place,
        seal: one.record,
        agency: one.agency,
        state: one.state,
        keeper: one.keeper_name,
        reason: one.reason,
    };
    PaperView {
        id: row.id,
        agency: row.agency,
        title: row.title,
        digest: row.digest,
        state: row.state,
        at: Timestamp(row.made_us).rfc3339(),
        turns: turns.into_iter().map(turn).collect(),
        revision: row.revision,
    }
}

/// `GET /api/v1/papers?before=`.
pub(super) async fn all(call: Call) -> Answer {
    let before = call.query("before").unwrap_or_default();
    let (rows, next) = list(&mut call.read(), &before).await?;
    let papers = rows.into_iter().map(|row| view(row, Vec::new())).collect();
    call.json(&PaperList { papers, next })
}

/// `GET /api/v1/papers/{id}`.
pub(super) async fn show(call: Call, Path(id): Path<String>) -> Answer {
    let (row, turns) = get(&mut call.read(), &id).await?;
    call.json(&view(row, turns))
}

/// `POST /api/v1/papers`.
pub(super) async fn draft_one(call: Call, Body(new): Body<PaperDraft>) -> Answer {
    let mut ctx = call.write().await?;
    let row = draft(&mut ctx, new).await?;
    ctx.commit().await?;
    call.json(&view(row, Vec::new()))
}

/// `POST /api/v1/papers/{id}/answer`.
pub(super) async fn answer(
    call: Call,
    Path(id): Path<String>,
    Body(body): Body<PaperAnswerBody>,
) -> Answer {
    let prepared = match body.answer {
        PaperAnswer::Agree => prepare(&call.web.env, call.actor(), &id).await?,
        _ => None,
    };
    let mut ctx = call.write().await?;
    let (revision, reason) = (body.revision, body.reason.as_str());
    let row = match body.answer {
        PaperAnswer::Agree => agree(&mut ctx, &id, revision, reason, prepared).await?,
        PaperAnswer::Refuse => refuse(&mut ctx, &id, revision, reason).await?,
        PaperAnswer::Withdraw => withdraw(&mut ctx, &id, revision, reason).await?,
    };
    ctx.commit().await?;
    call.json(&view(row, Vec::new()))
}
