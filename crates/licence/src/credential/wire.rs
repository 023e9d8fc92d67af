//! The protocol's endpoints. Errors have the shape RFC 6749 §5.2 prescribes, beside our own stable
//! code.

use super::authorise::{self, Pushed, REQUEST_LIFE_S, Shown};
use super::offer::{GRANT, Redeemed, TOKEN_LIFE_S};
use super::{Asked, bound, issue, metadata, status};
use ::store::Ctx;
use axum::body::Bytes;
use axum::extract::Path;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use kernel::{Error, Kind, Result};
use serde_json::{Value as Json, json};
use webkit::{Answer, Call};

/// Largest request body.
const BODY_MAX: usize = 32 << 10;
/// Where proofs of keys come and nonces for them go (RFC 9449).
const DPOP: &str = "dpop";
const DPOP_NONCE: &str = "dpop-nonce";
/// How a token is shown: by whoever has it, or with a proof of its key.
const BEARER: &str = "Bearer";
const DPOP_SCHEME: &str = "DPoP";
/// The addresses that proofs are for.
pub(super) const PAR_PATH: &str = "/openid4vci/par";
pub(super) const TOKEN_PATH: &str = "/openid4vci/token";
pub(super) const CREDENTIAL_PATH: &str = "/openid4vci/credential";

/// `GET /.well-known/openid-credential-issuer`.
pub(super) async fn issuer(call: Call) -> Answer {
    let env = &call.web.env;
    call.json(&metadata::issuer(&env.pack, &env.settings.base_url))
}

/// `GET /.well-known/oauth-authorization-server/openid4vci`.
pub(super) async fn server(call: Call) -> Answer {
    call.json(&metadata::server(&call.web.env.settings.base_url))
}

/// `GET /.well-known/jwt-vc-issuer`: the key for those who do not follow certificates.
pub(super) async fn keys(call: Call) -> Answer {
    let signer = crate::authority::outward(&mut call.read()).await?;
    let key = |signer: &crate::authority::Outward| {
        let mut jwk = signer.key.public_key().to_jwk();
        jwk["kid"] = issue::key_id(signer.key.public_key()).into();
        jwk["use"] = "sig".into();
        jwk["alg"] = "ES256".into();
        jwk
    };
    let keys: Vec<Json> = signer.iter().map(key).collect();
    call.json(&json!({ "issuer": call.web.env.settings.base_url, "jwks": { "keys": keys } }))
}

/// `GET /credentials/types/{id}`.
pub(super) async fn kind(call: Call, Path(id): Path<String>) -> Answer {
    let env = &call.web.env;
    let kind = env.pack.licence_type(&id).ok_or_else(Error::not_found)?;
    call.json(&metadata::kind(&env.settings.base_url, kind))
}

/// `GET /credentials/status/{list}`.
pub(super) async fn status(call: Call, Path(list): Path<String>) -> Answer {
    let text = status::list(&mut call.read(), webkit::route::number(&list)?).await?;
    let media = HeaderValue::from_static("application/statuslist+jwt");
    Ok(([(header::CONTENT_TYPE, media)], text).into_response())
}

/// `POST /openid4vci/nonce`.
pub(super) async fn nonce(call: Call) -> Answer {
    let nonce = issue::nonce(&mut call.read());
    with_nonce(&call, call.json(&json!({ "c_nonce": nonce }))?)
}

/// An answer with a nonce for the next proofs (RFC 9449 §8).
fn with_nonce(call: &Call, mut response: Response) -> Answer {
    let nonce = HeaderValue::try_from(bound::nonce(&mut call.read())).map_err(Error::internal)?;
    response.headers_mut().insert(DPOP_NONCE, nonce);
    Ok(response)
}

/// Thumbprint of the key that a call to this address proves to hold; empty for a call without a proof.
/// Errors: those of [`bound::prove`].
async fn proven(
    ctx: &mut Ctx,
    headers: &HeaderMap,
    path: &str,
    token: Option<&str>,
) -> Result<String> {
    let proofs: Vec<_> = headers.get_all(DPOP).iter().collect();
    match proofs.as_slice() {
        [] => Ok(String::new()),
        [one] => bound::prove(ctx, one.to_str().unwrap_or(""), path, token).await,
        _ => Err(Error::invalid("licence.dpop_proof")),
    }
}

/// `POST /openid4vci/token`: a form.
pub(super) async fn token(call: Call, headers: HeaderMap, body: Bytes) -> Answer {
    let sent = Sent::of(&body);
    let text = |name: &str| sent.get(name);
    if text("grant_type") == Some("authorization_code") {
        return by_code(&call, &headers, &sent).await;
    }
    if text("grant_type") != Some(GRANT) {
        return refusal(
            &call,
            "unsupported_grant_type",
            &Error::invalid("licence.credential_grant"),
        );
    }
    let (Some(code), Some(pin)) = (text("pre-authorized_code"), text("tx_code")) else {
        return refusal(&call, "invalid_request", &Error::invalid("licence.credential_pin"));
    };
    let mut ctx = call.write().await?;
    let key = match proven(&mut ctx, &headers, TOKEN_PATH, None).await {
        Ok(key) => key,
        Err(error) => return refused(&call, &error),
    };
    let redeemed = super::redeem(&mut ctx, code, pin, &key).await?;
    // A wrong number is committed too: it counts.
    ctx.commit().await?;
    match redeemed {
        Redeemed::Given(token) => given(&call, &token, &key),
        Redeemed::Refused(code) => refusal(&call, "invalid_grant", &Error::invalid(code)),
    }
}

fn given(call: &Call, token: &str, key: &str) -> Answer {
    let kind = if key.is_empty() { BEARER } else { DPOP_SCHEME };
    call.json(&json!({ "access_token": token, "token_type": kind, "expires_in": TOKEN_LIFE_S }))
}

/// A form as a wallet sends it.
struct Sent(Vec<(String, String)>);

impl Sent {
    fn of(body: &[u8]) -> Sent {
        let pairs = if body.len() > BODY_MAX { Vec::new() } else { webkit::form::decode(body) };
        // What a database does not keep is not read.
        let kept = pairs.iter().all(|(_, value)| !value.contains('\0'));
        Sent(if kept { pairs } else { Vec::new() })
    }

    fn get(&self, name: &str) -> Option<&str> {
        let mut found = self.0.iter().filter(|(key, _)| key == name);
        found.next().map(|(_, value)| value.as_str())
    }

    fn text(&self, name: &str) -> &str {
        self.get(name).unwrap_or("")
    }
}

/// `POST /openid4vci/par`: a form (RFC 9126).
pub(super) async fn par(call: Call, headers: HeaderMap, body: Bytes) -> Answer {
    let sent = Sent::of(&body);
    if sent.text("response_type") != "code" || sent.text("code_challenge_method") != "S256" {
        return refusal(&call, "invalid_request", &Error::invalid("licence.credential_pkce"));
    }
    let mut ctx = call.write().await?;
    // The code is bound to the key that is proved here, or named (RFC 9449 §10).
    let named = sent.text("dpop_jkt");
    let key = match proven(&mut ctx, &headers, PAR_PATH, None).await {
        Ok(key) if named.is_empty() || named == key => key,
        Ok(key) if key.is_empty() && bound::is_thumbprint(named) => named.to_owned(),
        Ok(_) => return refused(&call, &Error::invalid("licence.dpop_proof")),
        Err(error) => return refused(&call, &error),
    };
    let pushed = Pushed {
        client: sent.text("client_id"),
        secret: sent.text("client_secret"),
        redirect_uri: sent.text("redirect_uri"),
        state: sent.text("state"),
        challenge: sent.text("code_challenge"),
        key: &key,
        configuration: sent.text("scope"),
    };
    match authorise::push(&mut ctx, pushed).await {
        Ok(uri) => {
            ctx.commit().await?;
            let body = json!({ "request_uri": uri, "expires_in": REQUEST_LIFE_S });
            call.json_with(StatusCode::CREATED, &body)
        }
        Err(error) => refused(&call, &error),
    }
}

/// A refusal of the server that gives tokens, under the protocol's name for the error.
fn refused(call: &Call, error: &Error) -> Answer {
    if matches!(error.kind, Kind::Internal | Kind::Unavailable) {
        return Err(error.clone().into());
    }
    let name = match error.code {
        "licence.credential_client" => "invalid_client",
        "licence.credential_kind" => "invalid_scope",
        "licence.dpop_proof" => "invalid_dpop_proof",
        "licence.dpop_nonce" => return with_nonce(call, refusal(call, "use_dpop_nonce", error)?),
        _ => "invalid_request",
    };
    refusal(call, name, error)
}

/// A token for the code that a user's answer led to.
async fn by_code(call: &Call, headers: &HeaderMap, sent: &Sent) -> Answer {
    let mut ctx = call.write().await?;
    let key = match proven(&mut ctx, headers, TOKEN_PATH, None).await {
        Ok(key) => key,
        Err(error) => return refused(call, &error),
    };
    let shown = Shown {
        code: sent.text("code"),
        client: sent.text("client_id"),
        secret: sent.text("client_secret"),
        redirect_uri: sent.text("redirect_uri"),
        verifier: sent.text("code_verifier"),
        key: &key,
    };
    match authorise::exchange(&mut ctx, shown).await {
        Ok(token) => {
            // A code that is shown wrongly or twice is used up: that is committed too.
            ctx.commit().await?;
            match token {
                Some(token) => given(call, &token, &key),
                None => refusal(call, "invalid_grant", &Error::invalid("licence.credential_code")),
            }
        }
        Err(error) => refused(call, &error),
    }
}

/// `POST /openid4vci/credential`.
pub(super) async fn credential(call: Call, headers: HeaderMap, body: Bytes) -> Answer {
    let shown = headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
    let (scheme, token) = shown.and_then(|shown| shown.split_once(' ')).unwrap_or((BEARER, ""));
    let (bound, token) = (scheme.eq_ignore_ascii_case(DPOP_SCHEME), token.trim());
    let (configuration, proof) = match request(&body) {
        Ok(asked) => asked,
        Err(error) => return refusal(&call, "invalid_credential_request", &error),
    };
    let mut ctx = call.write().await?;
    let key = match bound {
        true => proven(&mut ctx, &headers, CREDENTIAL_PATH, Some(token)).await,
        false => Ok(String::new()),
    };
    let key = match key {
        Ok(key) if bound && key.is_empty() => {
            return denied(&call, true, &Error::invalid("licence.dpop_proof"));
        }
        Ok(key) => key,
        Err(error) => return denied(&call, true, &error),
    };
    let asked = Asked { token, key: &key, configuration: &configuration, proof: &proof };
    match super::issue(&mut ctx, asked).await {
        Ok(text) => {
            ctx.commit().await?;
            call.json(&json!({ "credentials": [{ "credential": text }] }))
        }
        Err(error) => denied(&call, bound, &error),
    }
}

/// A refusal of the credential. One that is for want of a token or of its key says how to show it
/// (RFC 6750 §3, RFC 9449 §7.1).
fn denied(call: &Call, bound: bool, error: &Error) -> Answer {
    if matches!(error.kind, Kind::Internal | Kind::Unavailable) {
        return Err(error.clone().into());
    }
    let name = name_of(error);
    let mut response = refusal(call, name, error)?;
    if !["invalid_token", "invalid_dpop_proof", "use_dpop_nonce"].contains(&name) {
        return Ok(response);
    }
    let told = match bound {
        true => format!("{DPOP_SCHEME} error=\"{name}\", algs=\"{}\"", bound::ALGORITHM),
        false => format!("{BEARER} error=\"{name}\""),
    };
    *response.status_mut() = StatusCode::UNAUTHORIZED;
    let told = HeaderValue::try_from(told).map_err(Error::internal)?;
    response.headers_mut().insert(header::WWW_AUTHENTICATE, told);
    if bound { with_nonce(call, response) } else { Ok(response) }
}

/// Configuration and proof of a request for one credential. Errors: `licence.credential_request`.
fn request(body: &[u8]) -> Result<(String, String)> {
    let wrong = || Error::invalid("licence.credential_request");
    let body = proof::json::parse(body, BODY_MAX).map_err(|error| wrong().detail(error))?;
    let configuration = body["credential_configuration_id"].as_str().ok_or_else(wrong)?;
    let proofs = body["proofs"]["jwt"].as_array().ok_or_else(wrong)?;
    match proofs.as_slice() {
        [Json::String(proof)] => Ok((configuration.to_owned(), proof.clone())),
        _ => Err(wrong()),
    }
}

/// The protocol's name for an error (OpenID4VCI 1.0 §8.3.1).
fn name_of(error: &Error) -> &'static str {
    match error.code {
        "licence.credential_token" => "invalid_token",
        "licence.dpop_proof" => "invalid_dpop_proof",
        "licence.dpop_nonce" => "use_dpop_nonce",
        "licence.credential_kind" => "unknown_credential_configuration",
        "licence.credential_nonce" => "invalid_nonce",
        "licence.credential_proof" => "invalid_proof",
        code if code.starts_with("proof.") => "invalid_proof",
        _ => "credential_request_denied",
    }
}

fn refusal(call: &Call, name: &str, error: &Error) -> Answer {
    let body =
        json!({ "error": name, "code": error.code, "error_description": call.sentence(error) });
    call.json_with(StatusCode::BAD_REQUEST, &body)
}
