//! REST of the seal register.

use super::model::{Custody, Record, SealApplication};
use super::{apply, custodies, decide, get, hand_over, list, uses};
use crate::register::shown;
use axum::extract::Path;
use kernel::{Text, Timestamp};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use webkit::{Answer, Body, Call};

/// What is decided on an application.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SealDecisionBody {
    /// True to approve, which makes the seal.
    pub approve: bool,
    /// Revision of the record as it was read.
    pub revision: i64,
    /// What is said to it; needed to refuse.
    #[serde(default)]
    pub remark: String,
}

/// To whom a seal is handed over.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SealCustodyBody {
    /// Sign-in name of the officer.
    pub keeper: String,
    /// Why, at most 200 characters.
    pub reason: String,
    /// Revision of the record as it was read.
    pub revision: i64,
}

/// What becomes of a seal.
#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum SealBecomes {
    /// Nothing is sealed with it.
    Suspended,
    /// It is in use again.
    Active,
    /// It is no more.
    Destroyed,
}

/// A change of a seal's state.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SealStateBody {
    /// What becomes of it.
    pub state: SealBecomes,
    /// Why, at most 200 characters.
    pub reason: String,
    /// Revision of the record as it was read.
    pub revision: i64,
}

/// A seal.
#[derive(Serialize, JsonSchema)]
pub struct SealView {
    /// Id.
    pub id: String,
    /// Agency.
    pub agency: String,
    /// The agency's name with what the seal says beyond it.
    pub title: Text,
    /// `agency`, `special` or `personal`.
    pub kind: String,
    /// `applied`, `refused`, `active`, `suspended` or `destroyed`.
    pub state: String,
    /// Since when.
    pub since: String,
    /// Why it is in that state.
    pub state_reason: String,
    /// Why it was applied for.
    pub reason: String,
    /// Document of authority.
    pub basis: String,
    /// The keeper's name; empty when only issuing seals with it.
    pub keeper: String,
    /// Who kept it, newest first; only when one seal is shown.
    pub custodies: Vec<CustodyView>,
    /// Grows with each change.
    pub revision: i64,
}

/// Who took a seal into custody.
#[derive(Serialize, JsonSchema)]
pub struct CustodyView {
    /// His name.
    pub keeper: String,
    /// His post.
    pub role: String,
    /// Since when.
    pub at: String,
    /// Who handed it over.
    pub by: String,
    /// Why.
    pub reason: String,
}

/// Seals of the register.
#[derive(Serialize, JsonSchema)]
pub struct SealList {
    /// Rows.
    pub seals: Vec<SealView>,
    /// Cursor of the next page.
    pub next: Option<String>,
}

/// A use of a seal.
#[derive(Serialize, JsonSchema)]
pub struct SealUseView {
    /// Id, the cursor of older uses.
    pub id: String,
    /// When.
    pub at: String,
    /// Account that caused it.
    pub account: String,
    /// SM3 of what was sealed.
    pub digest: String,
    /// `issue`, `sheet`, or the title of the document.
    pub reason: String,
    /// Id of the licence or document.
    pub subject: String,
}

/// Uses of a seal.
#[derive(Serialize, JsonSchema)]
pub struct SealUseList {
    /// Rows.
    pub uses: Vec<SealUseView>,
}

fn view(call: &Call, row: Record, kept: Vec<Custody>) -> SealView {
    let title = row.title(&shown::agency_name(&call.web.env.pack, &row.agency));
    let custody = |one: Custody| CustodyView {
        keeper: one.keeper_name,
        role: one.keeper_role,
        at: Timestamp(one.at_us).rfc3339(),
        by: one.by_name,
        reason: one.reason,
    };
    SealView {
        id: row.id,
        agency: row.agency,
        title,
        kind: row.kind,
        state: row.state,
        since: Timestamp(row.state_us).rfc3339(),
        state_reason: row.state_reason,
        reason: row.reason,
        basis: row.basis,
        keeper: row.keeper_name,
        custodies: kept.into_iter().map(custody).collect(),
        revision: row.revision,
    }
}

/// `GET /api/v1/seals?after=`.
pub(super) async fn all(call: Call) -> Answer {
    let after = call.query("after").unwrap_or_default();
    let (rows, next) = list(&mut call.read(), &after).await?;
    let seals = rows.into_iter().map(|row| view(&call, row, Vec::new())).collect();
    call.json(&SealList { seals, next })
}

/// `GET /api/v1/seals/{id}`.
pub(super) async fn show(call: Call, Path(id): Path<String>) -> Answer {
    let mut ctx = call.read();
    let row = get(&mut ctx, &id).await?;
    let kept = custodies(&mut ctx, &id).await?;
    call.json(&view(&call, row, kept))
}

/// `GET /api/v1/seals/{id}/uses?before=`.
pub(super) async fn all_uses(call: Call, Path(id): Path<String>) -> Answer {
    let before = call.query("before").unwrap_or_default();
    let rows = uses(&mut call.read(), &id, &before).await?;
    let one = |used: crate::seal::SealUse| SealUseView {
        id: used.id,
        at: Timestamp(used.at_us).rfc3339(),
        account: used.account,
        digest: used.document_digest,
        reason: used.reason,
        subject: used.subject,
    };
    call.json(&SealUseList { uses: rows.into_iter().map(one).collect() })
}

/// `POST /api/v1/seals`.
pub(super) async fn apply_one(call: Call, Body(new): Body<SealApplication>) -> Answer {
    let mut ctx = call.write().await?;
    let row = apply(&mut ctx, new).await?;
    ctx.commit().await?;
    call.json(&view(&call, row, Vec::new()))
}

/// `POST /api/v1/seals/{id}/decision`.
pub(super) async fn decide_one(
    call: Call,
    Path(id): Path<String>,
    Body(body): Body<SealDecisionBody>,
) -> Answer {
    let mut ctx = call.write().await?;
    let row = decide(&mut ctx, &id, body.revision, body.approve, &body.remark).await?;
    ctx.commit().await?;
    call.json(&view(&call, row, Vec::new()))
}

/// `POST /api/v1/seals/{id}/custody`.
pub(super) async fn hand_over_one(
    call: Call,
    Path(id): Path<String>,
    Body(body): Body<SealCustodyBody>,
) -> Answer {
    let mut ctx = call.write().await?;
    let row = hand_over(&mut ctx, &id, body.revision, &body.keeper, &body.reason).await?;
    ctx.commit().await?;
    call.json(&view(&call, row, Vec::new()))
}

/// `POST /api/v1/seals/{id}/state`.
pub(super) async fn change_one(
    call: Call,
    Path(id): Path<String>,
    Body(body): Body<SealStateBody>,
) -> Answer {
    let mut ctx = call.write().await?;
    let (revision, reason) = (body.revision, body.reason.as_str());
    let row = match body.state {
        SealBecomes::Suspended => super::suspend(&mut ctx, &id, revision, reason).await?,
        SealBecomes::Active => super::resume(&mut ctx, &id, revision, reason).await?,
        SealBecomes::Destroyed => super::destroy(&mut ctx, &id, revision, reason).await?,
    };
    ctx.commit().await?;
    call.json(&view(&call, row, Vec::new()))
}
