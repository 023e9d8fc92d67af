//! The clerk's side over REST.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use webkit::{Answer, Body, Call};

/// A code as read out or scanned.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ResolveBody {
    /// Ten characters, or what the QR code holds.
    pub code: String,
}

/// The citizen present.
#[derive(Serialize, JsonSchema)]
pub struct ResolvedView {
    /// Person.
    pub person: String,
    /// Name, masked.
    pub name: String,
    /// Citizen number, masked.
    pub number: String,
}

/// `POST /api/v1/person-codes/resolutions`.
pub(super) async fn resolve(call: Call, Body(body): Body<ResolveBody>) -> Answer {
    let mut ctx = call.write().await?;
    let person = super::resolve(&mut ctx, &body.code).await?;
    ctx.commit().await?;
    let (name, number) = person.masked();
    call.json(&ResolvedView { person: person.id, name, number })
}
