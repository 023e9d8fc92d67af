//! The protocol's endpoints: the signed request a wallet of others fetches, and its answer.

use super::check::ANSWER_MAX;
use super::object::{self, Fetched};
use super::verb::{self, Given};
use axum::body::Bytes;
use axum::extract::Path;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::IntoResponse;
use kernel::{Error, Kind, Result};
use proof::jose::jwe::Jwe;
use serde_json::{Value as Json, json};
use webkit::{Answer, Call};

/// Longest description a wallet gives of itself, in bytes.
const METADATA_MAX: usize = 64 << 10;

/// `GET /openid4vp/requests/{id}`.
pub(super) async fn request(call: Call, Path(id): Path<String>) -> Answer {
    requested(&call, &id, linked(&call)).await
}

/// `POST /openid4vp/requests/{id}`: a form with `wallet_metadata` and `wallet_nonce`, both optional.
pub(super) async fn request_posted(call: Call, Path(id): Path<String>, body: Bytes) -> Answer {
    let fetched = match described(linked(&call), &pairs(&body)) {
        Ok(fetched) => fetched,
        Err(error) => return refusal(&call, &error),
    };
    requested(&call, &id, fetched).await
}

/// What the link says that led here.
fn linked(call: &Call) -> Fetched {
    Fetched {
        prefix: call.query("client_id_prefix").unwrap_or_default(),
        mode: call.query("response_mode").unwrap_or_default(),
        ..Fetched::default()
    }
}

fn described(mut fetched: Fetched, pairs: &[(String, String)]) -> Result<Fetched> {
    let wrong = || Error::invalid("licence.vp_form");
    if let Some(metadata) = text(pairs, "wallet_metadata") {
        let metadata = proof::json::parse(metadata.as_bytes(), METADATA_MAX)
            .map_err(|error| wrong().detail(error))?;
        fetched.modes = match metadata.get("response_modes_supported") {
            None => None,
            Some(modes) => {
                let modes = modes.as_array().ok_or_else(wrong)?;
                Some(modes.iter().filter_map(Json::as_str).map(str::to_owned).collect())
            }
        };
    }
    fetched.nonce = text(pairs, "wallet_nonce").map(str::to_owned);
    Ok(fetched)
}

async fn requested(call: &Call, id: &str, fetched: Fetched) -> Answer {
    let mut ctx = call.read();
    let (request, ask) = verb::find(&mut ctx, id).await?;
    let text = match object::signed(&mut ctx, &request, &ask, &fetched).await {
        Ok(text) => text,
        Err(error) if error.code == "licence.vp_form" => return refusal(call, &error),
        Err(error) => return Err(error.into()),
    };
    let media = HeaderValue::from_static("application/oauth-authz-req+jwt");
    Ok(([(header::CONTENT_TYPE, media)], text).into_response())
}

/// `POST /openid4vp/responses`: a form with `response`, encrypted; with `vp_token` and `state`; or
/// with `error` and `state`.
pub(super) async fn response(call: Call, body: Bytes) -> Answer {
    let pairs = pairs(&body);
    let sealed = match text(&pairs, "response").map(Jwe::parse).transpose() {
        Ok(sealed) => sealed,
        Err(error) => return refusal(&call, &error),
    };
    let state = text(&pairs, "state");
    let (id, given) = match (&sealed, text(&pairs, "vp_token"), text(&pairs, "error")) {
        (Some(sealed), None, None) => (sealed.key_id(), Given::Sealed(sealed)),
        (None, Some(token), None) => (state, Given::Open(token)),
        (None, None, Some(_)) => (state, Given::Nothing),
        _ => (None, Given::Nothing),
    };
    let Some(id) = id else { return refusal(&call, &Error::invalid("licence.vp_form")) };
    let mut ctx = call.write().await?;
    match verb::answer(&mut ctx, id, given).await {
        Ok(answered) => {
            // What does not hold is committed too: it counts.
            ctx.commit().await?;
            match answered {
                Ok(()) => call.json(&json!({})),
                Err(error) => refusal(&call, &error),
            }
        }
        Err(error) if matches!(error.kind, Kind::Conflict | Kind::NotFound) => {
            refusal(&call, &error)
        }
        Err(error) => Err(error.into()),
    }
}

fn pairs(body: &[u8]) -> Vec<(String, String)> {
    if body.len() > ANSWER_MAX { Vec::new() } else { webkit::form::decode(body) }
}

fn text<'a>(pairs: &'a [(String, String)], name: &str) -> Option<&'a str> {
    let mut found = pairs.iter().filter(|(key, _)| key == name);
    found.next().map(|(_, value)| value.as_str())
}

fn refusal(call: &Call, error: &Error) -> Answer {
    let body = json!({
        "error": "invalid_request", "code": error.code, "error_description": call.sentence(error),
    });
    call.json_with(StatusCode::BAD_REQUEST, &body)
}
