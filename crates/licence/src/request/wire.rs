//! The protocol's endpoints: the signed request a wallet of others fetches, and its answer.

use super::check::{ANSWER_MAX, QUERY, client_id};
use super::store::{Ask, Request};
use super::verb;
use crate::register::shown;
use crate::{authority, credential};
use ::store::Ctx;
use axum::body::Bytes;
use axum::extract::Path;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::IntoResponse;
use kernel::time::SECOND_US;
use kernel::{Error, Kind, Result};
use serde_json::{Value as Json, json};
use webkit::{Answer, Call};

/// The kind of a signed request (RFC 9101).
const TYP: &str = "oauth-authz-req+jwt";

/// What a wallet of others scans or opens.
pub(super) async fn link(ctx: &mut Ctx, id: &str) -> Result<String> {
    let client = webkit::form::encode(&client_id(ctx).await?);
    let base = &ctx.env.settings.base_url;
    let address = webkit::form::encode(&format!("{base}/openid4vp/requests/{id}"));
    Ok(format!("openid4vp://?client_id={client}&request_uri={address}"))
}

/// `GET /openid4vp/requests/{id}`.
pub(super) async fn request(call: Call, Path(id): Path<String>) -> Answer {
    let mut ctx = call.read();
    let (request, ask) = verb::find(&mut ctx, &id).await?;
    let text = signed(&mut ctx, &request, &ask).await?;
    let media = HeaderValue::from_static("application/oauth-authz-req+jwt");
    Ok(([(header::CONTENT_TYPE, media)], text).into_response())
}

async fn signed(ctx: &mut Ctx, request: &Request, ask: &Ask) -> Result<String> {
    let client = client_id(ctx).await?;
    let signer = authority::outward(ctx).await?;
    let signer = signer.ok_or_else(|| Error::unavailable("the key of requests has ended"))?;
    let base = &ctx.env.settings.base_url;
    let claim = |field: &String| json!({ "path": ["fields", field] });
    let claims: Vec<Json> = ask.wanted()?.iter().map(claim).collect();
    let body = json!({
        "iss": client,
        "aud": "https://self-issued.me/v2",
        "client_id": client,
        "response_type": "vp_token",
        "response_mode": "direct_post",
        "response_uri": format!("{base}/openid4vp/responses"),
        "nonce": request.nonce,
        "state": request.id,
        "iat": ctx.env.clock.platform().0.div_euclid(SECOND_US),
        "exp": request.expires_us.div_euclid(SECOND_US),
        "dcql_query": { "credentials": [{
            "id": QUERY,
            "format": proof::jose::sdjwt::TYP,
            "meta": { "vct_values": [credential::vct(base, &ask.type_id)] },
            "claims": claims,
        }] },
        "client_metadata": {
            "client_name": shown::agency_name(&ctx.env.pack, &ask.agency).zh,
            "vp_formats_supported": { proof::jose::sdjwt::TYP: {
                "sd-jwt_alg_values": ["ES256"],
                "kb-jwt_alg_values": ["ES256"],
            } },
        },
        // Not of the protocol: for wallets that show it.
        "purpose": ask.purpose,
        "legal_basis": ask.basis,
    });
    proof::jose::sign(TYP, body.to_string().as_bytes(), &signer.key, &signer.chain)
}

/// `POST /openid4vp/responses`: a form with `vp_token` and `state`, or with `error`.
pub(super) async fn response(call: Call, body: Bytes) -> Answer {
    let pairs = if body.len() > ANSWER_MAX { Vec::new() } else { webkit::form::decode(&body) };
    let text = |name: &str| {
        let mut found = pairs.iter().filter(|(key, _)| key == name);
        found.next().map(|(_, value)| value.as_str())
    };
    let (Some(token), Some(id)) = (text("vp_token"), text("state")) else {
        return refusal(&call, &Error::invalid("licence.vp_form"));
    };
    let mut ctx = call.write().await?;
    match verb::answer(&mut ctx, id, token).await {
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

fn refusal(call: &Call, error: &Error) -> Answer {
    let body = json!({
        "error": "invalid_request", "code": error.code, "error_description": call.sentence(error),
    });
    call.json_with(StatusCode::BAD_REQUEST, &body)
}
