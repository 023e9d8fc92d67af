//! The protocol's endpoints. Errors have the shape RFC 6749 §5.2 prescribes, beside our own stable
//! code.

use super::authorise::{self, Pushed, REQUEST_LIFE_S, Shown};
use super::offer::{GRANT, Redeemed, TOKEN_LIFE_S};
use super::{Asked, issue, metadata, status};
use axum::body::Bytes;
use axum::extract::Path;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::IntoResponse;
use kernel::{Error, Kind, Result};
use serde_json::{Value as Json, json};
use webkit::{Answer, Call};

/// Largest request body.
const BODY_MAX: usize = 32 << 10;

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
    call.json(&json!({ "c_nonce": nonce }))
}

/// `POST /openid4vci/token`: a form.
pub(super) async fn token(call: Call, body: Bytes) -> Answer {
    let sent = Sent::of(&body);
    let text = |name: &str| sent.get(name);
    if text("grant_type") == Some("authorization_code") {
        return by_code(&call, &sent).await;
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
    let redeemed = super::redeem(&mut ctx, code, pin).await?;
    // A wrong number is committed too: it counts.
    ctx.commit().await?;
    match redeemed {
        Redeemed::Given(token) => given(&call, &token),
        Redeemed::Refused(code) => refusal(&call, "invalid_grant", &Error::invalid(code)),
    }
}

fn given(call: &Call, token: &str) -> Answer {
    call.json(&json!({ "access_token": token, "token_type": "Bearer", "expires_in": TOKEN_LIFE_S }))
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
pub(super) async fn par(call: Call, body: Bytes) -> Answer {
    let sent = Sent::of(&body);
    if sent.text("response_type") != "code" || sent.text("code_challenge_method") != "S256" {
        return refusal(&call, "invalid_request", &Error::invalid("licence.credential_pkce"));
    }
    let pushed = Pushed {
        client: sent.text("client_id"),
        secret: sent.text("client_secret"),
        redirect_uri: sent.text("redirect_uri"),
        state: sent.text("state"),
        challenge: sent.text("code_challenge"),
        configuration: sent.text("scope"),
    };
    let mut ctx = call.write().await?;
    match authorise::push(&mut ctx, pushed).await {
        Ok(uri) => {
            ctx.commit().await?;
            let body = json!({ "request_uri": uri, "expires_in": REQUEST_LIFE_S });
            call.json_with(StatusCode::CREATED, &body)
        }
        Err(error) if matches!(error.kind, Kind::Internal | Kind::Unavailable) => Err(error.into()),
        Err(error) => {
            let name = match error.code {
                "licence.credential_client" => "invalid_client",
                "licence.credential_kind" => "invalid_scope",
                _ => "invalid_request",
            };
            refusal(&call, name, &error)
        }
    }
}

/// A token for the code that a user's answer led to.
async fn by_code(call: &Call, sent: &Sent) -> Answer {
    let shown = Shown {
        code: sent.text("code"),
        client: sent.text("client_id"),
        secret: sent.text("client_secret"),
        redirect_uri: sent.text("redirect_uri"),
        verifier: sent.text("code_verifier"),
    };
    let mut ctx = call.write().await?;
    match authorise::exchange(&mut ctx, shown).await {
        Ok(token) => {
            // A code that is shown wrongly or twice is used up: that is committed too.
            ctx.commit().await?;
            match token {
                Some(token) => given(call, &token),
                None => refusal(call, "invalid_grant", &Error::invalid("licence.credential_code")),
            }
        }
        Err(error) if error.code == "licence.credential_client" => {
            refusal(call, "invalid_client", &error)
        }
        Err(error) => Err(error.into()),
    }
}

/// `POST /openid4vci/credential`.
pub(super) async fn credential(call: Call, headers: HeaderMap, body: Bytes) -> Answer {
    let bearer = headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
    let token = bearer.and_then(|value| value.strip_prefix("Bearer ")).unwrap_or("").trim();
    let (configuration, proof) = match request(&body) {
        Ok(asked) => asked,
        Err(error) => return refusal(&call, "invalid_credential_request", &error),
    };
    let mut ctx = call.write().await?;
    let asked = Asked { token, configuration: &configuration, proof: &proof };
    match super::issue(&mut ctx, asked).await {
        Ok(text) => {
            ctx.commit().await?;
            call.json(&json!({ "credentials": [{ "credential": text }] }))
        }
        Err(error) if matches!(error.kind, Kind::Internal | Kind::Unavailable) => Err(error.into()),
        Err(error) => refusal(&call, name_of(&error), &error),
    }
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
    if name != "invalid_token" {
        return call.json_with(StatusCode::BAD_REQUEST, &body);
    }
    let mut response = call.json_with(StatusCode::UNAUTHORIZED, &body)?;
    let told = HeaderValue::from_static("Bearer error=\"invalid_token\"");
    response.headers_mut().insert(header::WWW_AUTHENTICATE, told);
    Ok(response)
}
