//! Uses and objections over REST.

use super::{Objection, Seen};
use axum::extract::Path;
use axum::http::StatusCode;
use kernel::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use webkit::{Answer, Body, Call};

/// An objection to be made.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct LicenceObjectionBody {
    /// Why, at most 500 characters.
    pub words: String,
}

/// An answer to an objection.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct LicenceObjectionAnswerBody {
    /// True when the agency agrees.
    pub upheld: bool,
    /// Why, at most 500 characters.
    pub words: String,
}

/// An objection to a use of a licence.
#[derive(Serialize, JsonSchema)]
pub struct LicenceObjectionView {
    /// The use it is about.
    pub id: String,
    /// The agency that answers.
    pub agency: String,
    /// What the holder says.
    pub words: String,
    /// `open` or `answered`.
    pub state: String,
    /// When an answer is due, RFC 3339.
    pub due_at: String,
    /// True when the agency agrees; absent before the answer.
    pub upheld: Option<bool>,
    /// What the agency says.
    pub answer: String,
}

/// Objections that wait for an agency.
#[derive(Serialize, JsonSchema)]
pub struct LicenceObjectionList {
    /// Oldest first.
    pub objections: Vec<LicenceObjectionView>,
}

/// A use of a licence.
#[derive(Serialize, JsonSchema)]
pub struct LicenceUseShown {
    /// Id.
    pub id: String,
    /// The licence; empty for a person's code.
    pub licence: String,
    /// When, RFC 3339.
    pub at: String,
    /// How: `case`, `presentation`, `verification`, `code`, `wallet`, `consent` or `link`.
    pub kind: String,
    /// The agency that used it; empty for the public.
    pub agency: String,
    /// Why.
    pub purpose: String,
    /// Ids of the fields shown.
    pub fields: Vec<String>,
    /// The objection to it.
    pub objection: Option<LicenceObjectionView>,
}

fn view(one: Objection) -> LicenceObjectionView {
    LicenceObjectionView {
        due_at: Timestamp(one.due_us).rfc3339(),
        upheld: (one.state == "answered").then_some(one.upheld != 0),
        id: one.id,
        agency: one.agency,
        words: one.words,
        state: one.state,
        answer: one.answer,
    }
}

/// `GET /api/v1/wallet/uses/{id}`.
pub(super) async fn show(call: Call, Path(id): Path<String>) -> Answer {
    let Seen { used, objection, .. } = super::find(&mut call.read(), &id).await?;
    call.json(&LicenceUseShown {
        at: Timestamp(used.at_us).rfc3339(),
        fields: crate::register::field_ids(&used.fields)?,
        id: used.id,
        licence: used.licence_id,
        kind: used.kind,
        agency: used.agency,
        purpose: used.purpose,
        objection: objection.map(view),
    })
}

/// `POST /api/v1/wallet/uses/{id}/objection`.
pub(super) async fn object(
    call: Call,
    Path(id): Path<String>,
    Body(body): Body<LicenceObjectionBody>,
) -> Answer {
    let mut ctx = call.write().await?;
    let made = super::object(&mut ctx, &id, &body.words).await?;
    ctx.commit().await?;
    call.json_with(StatusCode::CREATED, &view(made))
}

/// `GET /api/v1/licence-objections`.
pub(super) async fn list(call: Call) -> Answer {
    let found = super::open_ones(&mut call.read()).await?;
    let objections = found.into_iter().filter_map(|seen| seen.objection).map(view).collect();
    call.json(&LicenceObjectionList { objections })
}

/// `POST /api/v1/licence-objections/{id}/answer`.
pub(super) async fn answer(
    call: Call,
    Path(id): Path<String>,
    Body(body): Body<LicenceObjectionAnswerBody>,
) -> Answer {
    let mut ctx = call.write().await?;
    let answered = super::answer(&mut ctx, &id, body.upheld, &body.words).await?;
    ctx.commit().await?;
    call.json(&view(answered))
}
