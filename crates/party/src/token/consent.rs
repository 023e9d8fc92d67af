//! Consent: a program asks a user, he agrees on our page, the program gets a code for one use,
//! bound to its address and to the secret it keeps (PKCE, S256 only).

use super::api::TokenRequest;
use super::client::{self, Client};
use super::grant::Issued;
use super::pkce;
use crate::audit;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::IntoResponse;
use kernel::time::SECOND_US;
use kernel::{Error, Result};
use sea_orm::FromQueryResult;
use serde_json::json;
use store::{Ctx, vals};
use webkit::{Answer, Call, Form};

/// A code lives this long.
const CODE_US: i64 = 60 * SECOND_US;

/// What the program asks, checked.
struct Asked {
    client: Client,
    state: String,
    challenge: String,
    /// One of the program's addresses.
    redirect_uri: String,
}

/// Checks the program's request. Until client and address are known to belong together nothing is
/// ever sent there: faults are shown here. Errors: `consent.request`.
async fn check(ctx: &mut Ctx, text: &(dyn Fn(&str) -> String + Sync)) -> Result<Asked> {
    let wrong = || Error::invalid("consent.request");
    let client = client::find(ctx, &text("client_id")).await?.ok_or_else(wrong)?;
    let (state, challenge) = (text("state"), text("code_challenge"));
    let redirect_uri = text("redirect_uri");
    let fits = text("response_type") == "code"
        && text("code_challenge_method") == "S256"
        && pkce::is_challenge(&challenge)
        && state.len() <= 200
        && client.sends_to(&redirect_uri);
    if fits { Ok(Asked { client, state, challenge, redirect_uri }) } else { Err(wrong()) }
}

/// `GET /authorize`.
pub(super) async fn form(call: Call) -> Answer {
    let mut ctx = call.read();
    let asked = check(&mut ctx, &|name| call.query(name).unwrap_or_default()).await?;
    let context = json!({"client": asked.client.name, "client_id": asked.client.id,
        "state": asked.state, "challenge": asked.challenge, "redirect_uri": asked.redirect_uri});
    call.page_leading_to("party/token/consent.html", &context, &asked.redirect_uri)
}

/// `POST /authorize`: `answer=grant` or anything else.
pub(super) async fn answer(call: Call, form: Form) -> Answer {
    let mut ctx = call.write().await?;
    let asked = check(&mut ctx, &|name| form.text(name).to_owned()).await?;
    let granted = form.text("answer") == "grant";
    let result = if granted {
        let code = give_code(&mut ctx, &asked).await?;
        format!("code={code}")
    } else {
        "error=access_denied".to_owned()
    };
    ctx.commit().await?;
    let uri = &asked.redirect_uri;
    let joint = if uri.contains('?') { '&' } else { '?' };
    let state = webkit::form::encode(&asked.state);
    let location = format!("{uri}{joint}{result}&state={state}");
    let value = HeaderValue::from_str(&location).map_err(|_| Error::invalid("consent.request"))?;
    Ok((StatusCode::SEE_OTHER, [(header::LOCATION, value)]).into_response())
}

async fn give_code(ctx: &mut Ctx, asked: &Asked) -> Result<String> {
    let code = ctx.random.secret();
    let at = ctx.env.clock.platform();
    let (account, assurance) = (ctx.actor.account.clone(), ctx.actor.assurance);
    ctx.execute("DELETE FROM authorization_code WHERE expires_us < $1", vals![at]).await?;
    ctx.execute(
        "INSERT INTO authorization_code (id, client_id, account_id, assurance, challenge,
         redirect_uri, family_id, expires_us) VALUES ($1, $2, $3, $4, $5, $6, '', $7)",
        vals![
            proof::digest::sm3_hex(code.as_bytes()),
            &asked.client.id,
            &account,
            assurance,
            &asked.challenge,
            &asked.redirect_uri,
            at.plus_us(CODE_US)
        ],
    )
    .await?;
    let body = json!({"client": asked.client.id});
    audit::record(ctx, "token.consented", &format!("account:{account}"), body).await?;
    Ok(code)
}

#[derive(FromQueryResult)]
struct Code {
    client_id: String,
    account_id: String,
    assurance: i64,
    challenge: String,
    redirect_uri: String,
    expires_us: i64,
}

/// Tokens for a code. Errors: `token.invalid` whatever is wrong with it, `client.unknown` for a
/// confidential client without its secret.
pub(super) async fn exchange(call: &Call, request: &TokenRequest) -> Result<Issued> {
    let invalid = || Error::unauthenticated("token.invalid");
    let mut ctx = call.write().await?;
    let id = proof::digest::sm3_hex(request.code.as_bytes());
    if !ctx.lock("authorization_code", &id).await? {
        return Err(invalid());
    }
    let sql = "SELECT client_id, account_id, assurance, challenge, redirect_uri, expires_us
         FROM authorization_code WHERE id = $1";
    let code: Code = ctx.one(sql, vals![&id]).await?;
    let client = client::find(&mut ctx, &code.client_id).await?.ok_or_else(invalid)?;
    if !client.secret_digest.is_empty() {
        client::authenticate(&mut ctx, &client.id, &request.client_secret).await?;
    }
    let holds = request.client_id == code.client_id
        && request.redirect_uri == code.redirect_uri
        && pkce::proves(&request.code_verifier, &code.challenge)
        && ctx.env.clock.platform().0 < code.expires_us;
    ctx.execute("DELETE FROM authorization_code WHERE id = $1", vals![id]).await?;
    if !holds {
        // Used up all the same: a wrong guess gets no second one.
        ctx.commit().await?;
        return Err(invalid());
    }
    let assurance = u8::try_from(code.assurance.clamp(0, 2)).unwrap_or(0);
    let issued = super::issue(&mut ctx, &code.account_id, &client.id, assurance, true).await?;
    ctx.commit().await?;
    Ok(issued)
}
