//! Consent: a program asks a user, he agrees on our page, the program gets a code for one use,
//! bound to its address and to the secret it keeps (PKCE, S256 only).

use super::api::TokenRequest;
use super::client::{self, Client};
use super::grant::{self, Issued};
use super::pkce;
use crate::audit;
use kernel::time::{DAY_US, SECOND_US};
use kernel::{Error, Result};
use sea_orm::FromQueryResult;
use serde_json::json;
use store::{Ctx, vals};
use webkit::{Answer, Call, Form};

/// A code lives this long.
const CODE_US: i64 = 60 * SECOND_US;
/// For so long after that a code which is shown again is known, and ends what it led to.
const KNOWN_US: i64 = DAY_US;

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
    let said = match form.text("answer") == "grant" {
        true => ("code", give_code(&mut ctx, &asked).await?),
        false => ("error", "access_denied".to_owned()),
    };
    ctx.commit().await?;
    let told = [(said.0, said.1.as_str()), ("state", asked.state.as_str())];
    call.see(&client::answer_to(&asked.redirect_uri, &told))
}

async fn give_code(ctx: &mut Ctx, asked: &Asked) -> Result<String> {
    let code = ctx.random.secret();
    let at = ctx.env.clock.platform();
    let (account, assurance) = (ctx.actor.account.clone(), ctx.actor.assurance);
    ctx.purge("authorization_code", "expires_us", at.plus_us(-KNOWN_US)).await?;
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
    /// The tokens it led to; empty before.
    family_id: String,
    expires_us: i64,
}

/// Tokens for a code. One that is shown again ends those it led to: one of the two who showed it
/// stole it. Errors: `token.invalid` whatever is wrong with it, `client.unknown` for a program that is
/// closed, or keeps a secret and did not show it.
pub(super) async fn exchange(call: &Call, request: &TokenRequest) -> Result<Issued> {
    let invalid = || Error::unauthenticated("token.invalid");
    let mut ctx = call.write().await?;
    let id = proof::digest::sm3_hex(request.code.as_bytes());
    if !ctx.lock("authorization_code", &id).await? {
        return Err(invalid());
    }
    let sql =
        "SELECT client_id, account_id, assurance, challenge, redirect_uri, family_id, expires_us
         FROM authorization_code WHERE id = $1";
    let code: Code = ctx.one(sql, vals![&id]).await?;
    let client = client::authenticate(&mut ctx, &code.client_id, &request.client_secret).await?;
    if !code.family_id.is_empty() {
        grant::end_family(&mut ctx, &code.family_id, "token.replayed").await?;
        ctx.commit().await?;
        return Err(invalid());
    }
    let holds = request.client_id == code.client_id
        && request.redirect_uri == code.redirect_uri
        && pkce::proves(&request.code_verifier, &code.challenge)
        && ctx.env.clock.platform().0 < code.expires_us;
    if !holds {
        // Used up all the same: a wrong guess gets no second one.
        ctx.execute("DELETE FROM authorization_code WHERE id = $1", vals![id]).await?;
        ctx.commit().await?;
        return Err(invalid());
    }
    let assurance = u8::try_from(code.assurance.clamp(0, 2)).unwrap_or(0);
    let issued = super::issue(&mut ctx, &code.account_id, &client.id, assurance, true).await?;
    let sql = "UPDATE authorization_code SET family_id = $2 WHERE id = $1";
    ctx.execute(sql, vals![id, &issued.family]).await?;
    ctx.commit().await?;
    Ok(issued)
}
