//! Asks and requests over REST.

use super::store::{Ask, Request};
use super::{NewAsk, object, verb};
use axum::extract::Path;
use axum::http::StatusCode;
use axum::response::IntoResponse;
use kernel::{Result, Timestamp};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value as Json};
use webkit::{Answer, Body, Call};

/// What is to be asked for.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct LicenceAskBody {
    /// Type of the licence.
    #[serde(rename = "type")]
    pub type_id: String,
    /// Ids of its fields.
    pub fields: Vec<String>,
    /// Why, in words the holder reads; at most 200 characters.
    pub purpose: String,
    /// Article of law, at most 100 characters.
    pub basis: String,
}

/// What an agency asks for.
#[derive(Serialize, JsonSchema)]
pub struct LicenceAskView {
    /// Id.
    pub id: String,
    /// The agency.
    pub agency: String,
    /// Type of the licence.
    #[serde(rename = "type")]
    pub type_id: String,
    /// Ids of its fields.
    pub fields: Vec<String>,
    /// Why.
    pub purpose: String,
    /// Article of law.
    pub basis: String,
    /// `active` or `closed`.
    pub state: String,
}

/// Asks of an agency.
#[derive(Serialize, JsonSchema)]
pub struct LicenceAskList {
    /// Newest first.
    pub asks: Vec<LicenceAskView>,
}

/// Another way for a wallet of others to fetch a request.
#[derive(Serialize, JsonSchema)]
pub struct LicenceWalletLink {
    /// How it names the asker: `x509_hash` or `x509_san_dns`.
    pub client: String,
    /// How it wants the answer: `direct_post.jwt` or `direct_post`.
    pub response_mode: String,
    /// What is scanned or opened.
    pub url: String,
}

/// One asking and what became of it.
#[derive(Serialize, JsonSchema)]
pub struct LicenceRequestView {
    /// Id.
    pub id: String,
    /// `open`, `answered`, `declined` or `over`.
    pub state: String,
    /// Where the holder answers in the wallet here.
    pub consent_url: String,
    /// What a wallet of others scans or opens, `openid4vp://…`: names the asker by the digest of his
    /// certificate and wants the answer encrypted.
    pub wallet_url: String,
    /// The same for wallets that know the asker by the site's name, or that cannot encrypt.
    pub other_wallet_urls: Vec<LicenceWalletLink>,
    /// Until when it can be answered, RFC 3339.
    pub expires_at: String,
    /// `own` for the wallet here, `other` for one of others; empty before the answer.
    pub way: String,
    /// Identifier of the licence shown.
    pub identifier: Option<String>,
    /// Its holder's name, masked.
    pub holder: Option<String>,
    /// Values by field; what the holder left out is not among them.
    pub fields: Option<Map<String, Json>>,
}

/// What the holder does with a request.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct LicenceAnswerBody {
    /// True to show nothing.
    #[serde(default)]
    pub decline: bool,
    /// Id of the licence, when something is shown.
    #[serde(default)]
    pub licence: String,
    /// Ids of the fields to show, among those asked for.
    #[serde(default)]
    pub fields: Vec<String>,
}

fn ask_view(ask: Ask) -> Result<LicenceAskView> {
    Ok(LicenceAskView {
        fields: ask.wanted()?,
        id: ask.id,
        agency: ask.agency,
        type_id: ask.type_id,
        purpose: ask.purpose,
        basis: ask.basis,
        state: ask.state,
    })
}

/// Where the holder answers in the wallet here.
pub(super) fn consent_url(call: &Call, request: &Request) -> String {
    format!("{}/consent/{}", call.web.env.settings.base_url, request.id)
}

/// `GET /api/v1/licence-asks`.
pub(super) async fn list(call: Call) -> Answer {
    let asks = super::asks(&mut call.read()).await?;
    let asks = asks.into_iter().map(ask_view).collect::<Result<_>>()?;
    call.json(&LicenceAskList { asks })
}

/// `POST /api/v1/licence-asks`.
pub(super) async fn register(call: Call, Body(body): Body<LicenceAskBody>) -> Answer {
    let new = NewAsk {
        type_id: body.type_id,
        fields: body.fields,
        purpose: body.purpose,
        basis: body.basis,
    };
    let mut ctx = call.write().await?;
    let ask = super::register(&mut ctx, &new).await?;
    ctx.commit().await?;
    call.json_with(StatusCode::CREATED, &ask_view(ask)?)
}

/// `POST /api/v1/licence-asks/{id}/requests`.
pub(super) async fn request(call: Call, Path(id): Path<String>) -> Answer {
    let mut ctx = call.write().await?;
    let request = super::request(&mut ctx, &id).await?;
    ctx.commit().await?;
    view(&call, &request.id).await
}

/// `GET /api/v1/licence-requests/{id}`.
pub(super) async fn show(call: Call, Path(id): Path<String>) -> Answer {
    view(&call, &id).await
}

async fn view(call: &Call, id: &str) -> Answer {
    let mut ctx = call.read();
    let seen = super::seen(&mut ctx, id).await?;
    let mut links = object::links(&mut ctx, id).await?.into_iter().map(|link| LicenceWalletLink {
        client: link.client.prefix().to_owned(),
        response_mode: link.mode.to_owned(),
        url: link.url,
    });
    let wallet_url = links.next().map(|link| link.url).unwrap_or_default();
    let shown = seen.shown;
    call.json(&LicenceRequestView {
        consent_url: consent_url(call, &seen.request),
        wallet_url,
        other_wallet_urls: links.collect(),
        expires_at: Timestamp(seen.request.expires_us).rfc3339(),
        id: seen.request.id,
        state: seen.state.to_owned(),
        way: seen.request.way,
        identifier: shown.as_ref().map(|shown| shown.identifier.clone()),
        holder: shown.as_ref().map(|shown| shown.holder.clone()),
        fields: shown.map(|shown| shown.fields),
    })
}

/// `POST /api/v1/licence-requests/{id}/answer`.
pub(super) async fn answer(
    call: Call,
    Path(id): Path<String>,
    Body(body): Body<LicenceAnswerBody>,
) -> Answer {
    let mut ctx = call.write().await?;
    match body.decline {
        true => verb::decline(&mut ctx, &id).await?,
        false => verb::consent(&mut ctx, &id, &body.licence, &body.fields).await?,
    }
    ctx.commit().await?;
    Ok(StatusCode::NO_CONTENT.into_response())
}
