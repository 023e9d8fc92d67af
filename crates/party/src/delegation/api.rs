//! Delegations over REST.

use super::model::{Delegation, Status};
use axum::extract::Path;
use axum::http::StatusCode;
use axum::response::IntoResponse;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use webkit::{Answer, Body, Call};

/// One delegation.
#[derive(Serialize, JsonSchema)]
pub struct DelegationView {
    /// Id.
    pub id: String,
    /// Person acted for; to who asked, empty until it is granted.
    pub principal: String,
    /// Person who acts.
    pub agent: String,
    /// `agent`, `guardian` or `parent`.
    pub basis: String,
    /// A one-thing's id, or `all`.
    pub scope: String,
    /// `asked`, `granted`, `declined` or `revoked`.
    pub status: String,
    /// The agent may apply in the principal's place, not only follow.
    pub may_apply: bool,
    /// From when it holds, RFC 3339.
    pub from: String,
    /// Until when it holds, RFC 3339.
    pub until: String,
}

/// Delegations of the caller.
#[derive(Serialize, JsonSchema)]
pub struct DelegationList {
    /// The caller is acted for.
    pub given: Vec<DelegationView>,
    /// The caller acts.
    pub held: Vec<DelegationView>,
}

/// The principal's answer.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct AnswerBody {
    /// True to grant, false to decline.
    pub grant: bool,
}

impl DelegationView {
    /// As its reader may see it: who asks is not told whether there is such a person, nor that one
    /// declined.
    fn of(one: &Delegation, reader: &str) -> DelegationView {
        let known = one.principal == reader || one.status == Status::Granted;
        DelegationView {
            id: one.id.clone(),
            principal: if known { one.principal.clone() } else { String::new() },
            agent: one.agent.clone(),
            basis: one.basis.name().to_owned(),
            scope: one.scope.clone(),
            status: one.told(reader).name().to_owned(),
            may_apply: one.may_apply,
            from: one.from.rfc3339(),
            until: one.until.rfc3339(),
        }
    }
}

/// `GET /api/v1/delegations`.
pub(super) async fn list(call: Call) -> Answer {
    let mut ctx = call.read();
    let sides = super::list(&mut ctx).await?;
    let reader = ctx.actor.party.as_str();
    let view = |all: &[Delegation]| all.iter().map(|one| DelegationView::of(one, reader)).collect();
    call.json(&DelegationList { given: view(&sides.given), held: view(&sides.held) })
}

/// `POST /api/v1/delegations/{id}/answer`.
pub(super) async fn answer(
    call: Call,
    Path(id): Path<String>,
    Body(body): Body<AnswerBody>,
) -> Answer {
    let mut ctx = call.write().await?;
    super::answer(&mut ctx, &id, body.grant).await?;
    ctx.commit().await?;
    Ok(StatusCode::NO_CONTENT.into_response())
}

/// `POST /api/v1/delegations/{id}/revocation`.
pub(super) async fn revoke(call: Call, Path(id): Path<String>) -> Answer {
    let mut ctx = call.write().await?;
    super::revoke(&mut ctx, &id).await?;
    ctx.commit().await?;
    Ok(StatusCode::NO_CONTENT.into_response())
}
