//! Programs known to the platform: those that act by themselves for an agency, and those that ask
//! a user's consent.

use crate::{account, audit, authority};
use kernel::{Error, Result};
use sea_orm::FromQueryResult;
use serde_json::json;
use store::{Ctx, vals};

/// A program, without its secret.
#[derive(Clone, Debug, FromQueryResult)]
pub struct Client {
    /// Client id.
    pub id: String,
    /// Name shown on the consent page.
    pub name: String,
    /// Service account it acts as by client credentials; empty when it may not.
    pub account_id: String,
    /// SM3 of its secret; empty for a public client, which proves itself by PKCE alone.
    pub secret_digest: String,
    /// The one address codes are sent to; empty when it may not ask for consent.
    pub redirect_uri: String,
}

/// A program to be registered.
#[derive(Clone, Debug, Default)]
pub struct NewClient<'a> {
    /// Name shown on the consent page.
    pub name: &'a str,
    /// Service account; empty for none.
    pub account: &'a str,
    /// `https://…` or, on this machine, `http://127.0.0.1…` or `http://localhost…`; empty for none.
    pub redirect_uri: &'a str,
    /// True when it can keep a secret.
    pub confidential: bool,
}

/// Registers a program; its client id and, when confidential, its secret, shown once. Permission
/// `account.manage`. Errors: `denied`, `client.redirect`, `client.account`.
pub async fn register_client(
    ctx: &mut Ctx,
    new: &NewClient<'_>,
) -> Result<(String, Option<String>)> {
    authority::demand(ctx, "account.manage")?;
    let lawful = ["https://", "http://127.0.0.1", "http://localhost"];
    let uri = new.redirect_uri;
    let fits = uri.len() <= 300 && !uri.contains(['#', ' ']) && !uri.chars().any(char::is_control);
    let lawful = fits && lawful.iter().any(|start| uri.starts_with(start));
    if !uri.is_empty() && !lawful {
        return Err(Error::invalid("client.redirect"));
    }
    if !new.account.is_empty() {
        let account = account::find(ctx, new.account).await?;
        let service = account.is_some_and(|account| account.kind == account::AccountKind::Service);
        if !service || !new.confidential {
            return Err(Error::invalid("client.account"));
        }
    }
    let (id, now) = (ctx.id(), ctx.now);
    let secret = new.confidential.then(|| ctx.random.secret());
    let digest = secret.as_ref().map(|secret| proof::digest::sm3_hex(secret.as_bytes()));
    ctx.execute(
        "INSERT INTO client_program (id, name, account_id, secret_digest, redirect_uri, created_us,
         closed_us) VALUES ($1, $2, $3, $4, $5, $6, 0)",
        vals![&id, new.name, new.account, digest.unwrap_or_default(), uri, now],
    )
    .await?;
    let body = json!({"account": new.account, "redirect_uri": uri});
    audit::record(ctx, "client.registered", &format!("client:{id}"), body).await?;
    Ok((id, secret))
}

/// Closes a program and ends its tokens. Permission `account.manage`. Errors: `denied`,
/// `not_found`.
pub async fn close_client(ctx: &mut Ctx, id: &str, reason: &str) -> Result<()> {
    authority::demand(ctx, "account.manage")?;
    let now = ctx.now.0.max(1);
    let sql = "UPDATE client_program SET closed_us = $2 WHERE id = $1 AND closed_us = 0";
    if ctx.execute(sql, vals![id, now]).await? == 0 {
        return Err(Error::not_found());
    }
    let sql = "UPDATE token_family SET revoked_us = $2 WHERE client = $1 AND revoked_us = 0";
    ctx.execute(sql, vals![id, now]).await?;
    audit::record(ctx, "client.closed", &format!("client:{id}"), json!({"reason": reason})).await?;
    Ok(())
}

/// A program in use.
pub(super) async fn find(ctx: &mut Ctx, id: &str) -> Result<Option<Client>> {
    let sql = "SELECT id, name, account_id, secret_digest, redirect_uri FROM client_program
         WHERE id = $1 AND closed_us = 0";
    ctx.optional(sql, vals![id]).await
}

/// A program that has shown its secret. Errors: `client.unknown`, alike for an unknown id and a
/// wrong secret.
pub(super) async fn authenticate(ctx: &mut Ctx, id: &str, secret: &str) -> Result<Client> {
    let shown = proof::digest::sm3_hex(secret.as_bytes());
    let client = find(ctx, id).await?;
    // Digests are compared: how far two digests agree tells nothing of the secret.
    client
        .filter(|client| !client.secret_digest.is_empty() && client.secret_digest == shown)
        .ok_or_else(|| Error::unauthenticated("client.unknown"))
}
