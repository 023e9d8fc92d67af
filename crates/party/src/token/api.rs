//! The token endpoint and its neighbours. Errors of the endpoint have the shape RFC 6749 §5.2
//! prescribes, beside our own stable code.

use super::grant::{Issued, Renewal};
use super::{client, consent};
use crate::account;
use axum::extract::{FromRequest, Request};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::IntoResponse;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use kernel::{Error, Kind, Result};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::json;
use store::Ctx;
use webkit::{Answer, Body, Call, Fault, Web};

/// Largest request body.
const BODY_MAX: usize = 16 * 1024;

/// A request for tokens, as form or JSON.
#[derive(Clone, Default, Deserialize, JsonSchema)]
pub struct TokenRequest {
    /// `password`, `refresh_token`, `client_credentials` or `authorization_code`.
    #[serde(default)]
    pub grant_type: String,
    /// Login, for `password`.
    #[serde(default)]
    pub username: String,
    /// Password, for `password`.
    #[serde(default)]
    pub password: String,
    /// Code of the second factor, for `password`, when the token shall have shown it.
    #[serde(default)]
    pub totp: String,
    /// For `refresh_token`.
    #[serde(default)]
    pub refresh_token: String,
    /// For `client_credentials` and `authorization_code`; may also come by HTTP Basic.
    #[serde(default)]
    pub client_id: String,
    /// As `client_id`.
    #[serde(default)]
    pub client_secret: String,
    /// For `authorization_code`.
    #[serde(default)]
    pub code: String,
    /// PKCE verifier, for `authorization_code`.
    #[serde(default)]
    pub code_verifier: String,
    /// For `authorization_code`: as in the request for consent.
    #[serde(default)]
    pub redirect_uri: String,
}

/// Tokens given.
#[derive(Serialize, JsonSchema)]
pub struct TokenReply {
    /// For the header `Authorization: Bearer`.
    pub access_token: String,
    /// `Bearer`.
    pub token_type: &'static str,
    /// Seconds the access token lives.
    pub expires_in: i64,
    /// To be used once for new tokens.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub refresh_token: Option<String>,
    /// 1 password, 2 second factor.
    pub assurance: u8,
}

/// A token to be revoked.
#[derive(Clone, Default, Deserialize, JsonSchema)]
pub struct RevokeRequest {
    /// An access or refresh token.
    #[serde(default)]
    pub token: String,
}

/// Who the caller is.
#[derive(Serialize, JsonSchema)]
pub struct Me {
    /// Account id; empty for nobody.
    pub account: String,
    /// Person id.
    pub person: String,
    /// `citizen` or `officer`.
    pub kind: String,
    /// Name.
    pub name: String,
    /// Role ids.
    pub roles: Vec<String>,
    /// Permissions the roles grant.
    pub permissions: Vec<String>,
    /// Agency id; empty for a citizen.
    pub agency: String,
    /// Division code.
    pub division: String,
    /// 1 password, 2 second factor.
    pub assurance: u8,
}

/// A body of either kind as one type.
pub(super) struct Either<T>(T);

impl<T: serde::de::DeserializeOwned> FromRequest<Web> for Either<T> {
    type Rejection = Fault;

    async fn from_request(request: Request, web: &Web) -> std::result::Result<Either<T>, Fault> {
        let media =
            request.headers().get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok());
        if media.is_some_and(|media| media.starts_with("application/json")) {
            let Body(value) = Body::<T>::from_request(request, web).await?;
            return Ok(Either(value));
        }
        let bytes = axum::body::to_bytes(request.into_body(), BODY_MAX)
            .await
            .map_err(|_| Error::limited("form.body_size"))?;
        let pairs = webkit::form::decode(&bytes);
        let map: serde_json::Map<String, serde_json::Value> =
            pairs.into_iter().map(|(key, value)| (key, value.into())).collect();
        Ok(Either(webkit::form::of_json(map.into())?))
    }
}

/// `POST /oauth/token`.
pub(super) async fn token(
    call: Call,
    headers: HeaderMap,
    Either(mut request): Either<TokenRequest>,
) -> Answer {
    if let Some((id, secret)) = basic(&headers) {
        request.client_id = id;
        request.client_secret = secret;
    }
    match give(&call, &request).await {
        Ok(issued) => {
            let reply = TokenReply {
                access_token: issued.access,
                token_type: "Bearer",
                expires_in: issued.expires_s,
                refresh_token: issued.refresh,
                assurance: issued.assurance,
            };
            call.json(&reply)
        }
        Err(error) if matches!(error.kind, Kind::Internal | Kind::Unavailable) => Err(error.into()),
        Err(error) => refusal(&call, &request, &error),
    }
}

fn refusal(call: &Call, request: &TokenRequest, error: &Error) -> Answer {
    let name = match (error.code, request.grant_type.as_str()) {
        ("token.grant_type", _) => "unsupported_grant_type",
        ("client.unknown", _) => "invalid_client",
        (_, "password" | "refresh_token" | "authorization_code") => "invalid_grant",
        _ => "invalid_request",
    };
    let status = match (name, error.kind) {
        ("invalid_client", _) => StatusCode::UNAUTHORIZED,
        (_, Kind::Limited) => StatusCode::TOO_MANY_REQUESTS,
        _ => StatusCode::BAD_REQUEST,
    };
    let body =
        json!({"error": name, "code": error.code, "error_description": call.sentence(error)});
    let mut answer = call.json_with(status, &body)?;
    if let Some(seconds) = webkit::fault::retry_after_s(error) {
        answer.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(seconds));
    }
    Ok(answer)
}

async fn give(call: &Call, request: &TokenRequest) -> Result<Issued> {
    match request.grant_type.as_str() {
        "password" => by_password(call, request).await,
        "refresh_token" => by_refresh(call, request).await,
        "client_credentials" => by_client(call, request).await,
        "authorization_code" => consent::exchange(call, request).await,
        _ => Err(Error::invalid("token.grant_type")),
    }
}

async fn by_password(call: &Call, request: &TokenRequest) -> Result<Issued> {
    let (env, lang) = (&call.web.env, call.lang());
    let account = account::check_password(env, lang, &request.username, &request.password).await?;
    let mut assurance = 1;
    if !request.totp.is_empty() {
        account::check_code(env, lang, &account, &request.totp).await?;
        assurance = 2;
    }
    let mut ctx = call.write().await?;
    let issued = super::issue(&mut ctx, &account, "password", assurance, true).await?;
    ctx.commit().await?;
    Ok(issued)
}

async fn by_refresh(call: &Call, request: &TokenRequest) -> Result<Issued> {
    let mut ctx = call.write().await?;
    let renewal = super::refresh(&mut ctx, &request.refresh_token).await?;
    // A replay is committed too: the family must end.
    ctx.commit().await?;
    match renewal {
        Renewal::Given(issued) => Ok(issued),
        Renewal::Replayed => Err(Error::unauthenticated("token.replayed")),
    }
}

async fn by_client(call: &Call, request: &TokenRequest) -> Result<Issued> {
    let mut ctx: Ctx = call.write().await?;
    let client = client::authenticate(&mut ctx, &request.client_id, &request.client_secret).await?;
    if client.account_id.is_empty() || client.secret_digest.is_empty() {
        return Err(Error::unauthenticated("client.unknown"));
    }
    let issued = super::issue(&mut ctx, &client.account_id, &client.id, 1, false).await?;
    ctx.commit().await?;
    Ok(issued)
}

/// Client id and secret of HTTP Basic (RFC 6749 §2.3.1).
fn basic(headers: &HeaderMap) -> Option<(String, String)> {
    let value = headers.get(header::AUTHORIZATION)?.to_str().ok()?;
    let text = String::from_utf8(STANDARD.decode(value.strip_prefix("Basic ")?).ok()?).ok()?;
    text.split_once(':').map(|(id, secret)| (id.to_owned(), secret.to_owned()))
}

/// `POST /oauth/revoke`: answers alike for a token there is not (RFC 7009 §2.2).
pub(super) async fn revoke(call: Call, Either(request): Either<RevokeRequest>) -> Answer {
    let mut ctx = call.write().await?;
    super::revoke(&mut ctx, &request.token).await?;
    ctx.commit().await?;
    Ok(StatusCode::OK.into_response())
}

/// `GET /api/v1/me`.
pub(super) async fn me(call: Call) -> Answer {
    let actor = call.actor();
    let roles = actor.roles.iter().map(String::as_str);
    let permissions = call.web.env.pack.permissions_of(roles);
    call.json(&Me {
        account: actor.account.clone(),
        person: actor.party.clone(),
        kind: if actor.is_officer() { "officer" } else { "citizen" }.to_owned(),
        name: actor.name.clone(),
        roles: actor.roles.clone(),
        permissions: permissions.into_iter().map(str::to_owned).collect(),
        agency: actor.agency.clone(),
        division: actor.division.clone(),
        assurance: actor.assurance,
    })
}

/// `GET /.well-known/oauth-authorization-server` (RFC 8414).
pub(super) async fn metadata(call: Call) -> Answer {
    let base = &call.web.env.settings.base_url;
    call.json(&json!({
        "issuer": base,
        "authorization_endpoint": format!("{base}/authorize"),
        "token_endpoint": format!("{base}/oauth/token"),
        "revocation_endpoint": format!("{base}/oauth/revoke"),
        "response_types_supported": ["code"],
        "grant_types_supported":
            ["password", "refresh_token", "client_credentials", "authorization_code"],
        "token_endpoint_auth_methods_supported":
            ["client_secret_basic", "client_secret_post", "none"],
        "revocation_endpoint_auth_methods_supported": ["none"],
        "code_challenge_methods_supported": ["S256"],
        "service_documentation": format!("{base}/api/openapi.json"),
    }))
}
