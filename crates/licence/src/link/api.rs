//! Links over REST, for the holder.

use super::verb;
use super::{Link, NewLink};
use ::store::Ctx;
use axum::extract::Path;
use axum::http::StatusCode;
use kernel::{Result, Timestamp};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use webkit::{Answer, Body, Call};

/// A link to be made.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct LicenceLinkBody {
    /// Ids of the fields it shows.
    pub fields: Vec<String>,
    /// For whom, in the holder's words.
    pub recipient: String,
    /// For how many days, 1 to 30.
    pub days: i64,
    /// How often it can be opened, 1 to 20.
    pub opens: i64,
}

/// A link by which a licence is shown.
#[derive(Serialize, JsonSchema)]
pub struct LicenceLinkView {
    /// Id.
    pub id: String,
    /// Its address.
    pub url: String,
    /// The licence.
    pub licence: String,
    /// Ids of the fields it shows.
    pub fields: Vec<String>,
    /// For whom.
    pub recipient: String,
    /// `open`, `revoked`, `used` up or `over`.
    pub state: String,
    /// Until when it can be opened, RFC 3339.
    pub expires_at: String,
    /// How often it can be opened.
    pub opens_max: i64,
    /// How often it was.
    pub opens: i64,
}

/// Links of a licence.
#[derive(Serialize, JsonSchema)]
pub struct LicenceLinkList {
    /// Newest first.
    pub links: Vec<LicenceLinkView>,
}

fn view(ctx: &Ctx, link: Link) -> Result<LicenceLinkView> {
    Ok(LicenceLinkView {
        url: verb::address(ctx, &link)?,
        fields: link.shown()?,
        state: link.state(ctx.env.clock.platform()).to_owned(),
        expires_at: Timestamp(link.expires_us).rfc3339(),
        id: link.id,
        licence: link.licence_id,
        recipient: link.recipient,
        opens_max: link.opens_max,
        opens: link.opens,
    })
}

/// `GET /api/v1/licences/{id}/links`.
pub(super) async fn list(call: Call, Path(id): Path<String>) -> Answer {
    let mut ctx = call.read();
    let links = match super::list(&mut ctx, &id).await {
        Ok(links) => links,
        Err(error) => return Err(crate::wallet::refused(&call, &id, error).await.into()),
    };
    let links = links.into_iter().map(|link| view(&ctx, link)).collect::<Result<_>>()?;
    call.json(&LicenceLinkList { links })
}

/// `POST /api/v1/licences/{id}/links`.
pub(super) async fn make(
    call: Call,
    Path(id): Path<String>,
    Body(body): Body<LicenceLinkBody>,
) -> Answer {
    let new = NewLink {
        fields: body.fields,
        recipient: body.recipient,
        days: body.days,
        opens: body.opens,
    };
    let mut ctx = call.write().await?;
    match super::make(&mut ctx, &id, &new).await {
        Ok(link) => {
            let view = view(&ctx, link)?;
            ctx.commit().await?;
            call.json_with(StatusCode::CREATED, &view)
        }
        Err(error) => {
            drop(ctx);
            Err(crate::wallet::refused(&call, &id, error).await.into())
        }
    }
}

/// `DELETE /api/v1/licence-links/{id}`.
pub(super) async fn end(call: Call, Path(id): Path<String>) -> Answer {
    let mut ctx = call.write().await?;
    let link = super::take_back(&mut ctx, &id).await?;
    let view = view(&ctx, link)?;
    ctx.commit().await?;
    call.json(&view)
}
