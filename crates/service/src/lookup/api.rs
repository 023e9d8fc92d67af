//! Reading licences for a case over REST.

use crate::case;
use axum::extract::Path;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value as Json};
use webkit::{Answer, Body, Call};

/// What is to be read, and why.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct LicenceReadingBody {
    /// Type of the licence.
    #[serde(rename = "type")]
    pub type_id: String,
    /// Why; at most 200 characters, told to the holder.
    pub purpose: String,
}

/// What was read.
#[derive(Serialize, JsonSchema)]
pub struct LicenceReadingView {
    /// False when neither applicant nor child holds one in force.
    pub found: bool,
    /// Identifier by GB/T 36904.
    pub identifier: Option<String>,
    /// The recorded use, which the holder sees.
    pub use_id: Option<String>,
    /// Values by field, as far as the contract opens them.
    pub fields: Map<String, Json>,
}

/// `POST /api/v1/cases/{id}/licence-readings`.
pub(super) async fn read(
    call: Call,
    Path(id): Path<String>,
    Body(body): Body<LicenceReadingBody>,
) -> Answer {
    let mut ctx = call.write().await?;
    let read = case::read_licence(&mut ctx, &id, &body.type_id, &body.purpose).await?;
    ctx.commit().await?;
    call.json(&LicenceReadingView {
        found: read.is_some(),
        identifier: read.as_ref().map(|data| data.identifier.clone()),
        use_id: read.as_ref().map(|data| data.use_id.clone()),
        fields: read.map(|data| data.fields).unwrap_or_default(),
    })
}
