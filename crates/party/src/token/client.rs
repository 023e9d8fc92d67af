//! Programs known to the platform: those that act by themselves for an agency, and those that ask
//! a user's consent.

use crate::{account, audit, authority};
use kernel::{Error, Result};
use sea_orm::FromQueryResult;
use serde_json::{Value as Json, json};
use store::job::Later;
use store::{Ctx, dialect, vals};

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
    /// The addresses codes may be sent to, one a line; empty when it may not ask for consent.
    pub redirect_uri: String,
}

impl Client {
    /// True when codes may be sent to this very address.
    pub fn sends_to(&self, address: &str) -> bool {
        !address.is_empty() && self.redirect_uri.lines().any(|one| one == address)
    }
}

/// A program's address with what its user is sent back with (RFC 6749 §4.1.2); empty values are left
/// out.
pub fn answer_to(address: &str, told: &[(&str, &str)]) -> String {
    let mut joint = if address.contains('?') { '&' } else { '?' };
    let mut answer = address.to_owned();
    for (name, value) in told.iter().filter(|(_, value)| !value.is_empty()) {
        answer.push_str(&format!("{joint}{name}={}", webkit::form::encode(value)));
        joint = '&';
    }
    answer
}

/// The job that marks as ended what a program held.
pub(super) const END_TOKENS: &str = "party.token_end";
/// Families it marks in one transaction.
const ENDED_AT_ONCE: u64 = 500;
/// Of a family `f` and its program `c`, if it is registered: given since the program's last secret.
pub(crate) const CURRENT: &str = "COALESCE(f.generation, 0) = COALESCE(c.generation, 0)";

/// The name under which a program is held.
fn held(id: &str) -> String {
    format!("client_program:{id}")
}

/// Most addresses of one program.
const ADDRESSES_MAX: usize = 5;
/// Longest address.
const ADDRESS_MAX: usize = 300;
/// Longest name, in characters.
const NAME_MAX: usize = 60;

/// A program to be registered.
#[derive(Clone, Debug, Default)]
pub struct NewClient<'a> {
    /// Name shown on the consent page.
    pub name: &'a str,
    /// Service account; empty for none.
    pub account: &'a str,
    /// One a line: `https://…` or, on this machine, `http://127.0.0.1…` or `http://localhost…`; empty
    /// for none.
    pub redirect_uri: &'a str,
    /// True when it can keep a secret.
    pub confidential: bool,
}

/// Registers a program; its client id and, when confidential, its secret, shown once. Permission
/// `account.manage`. Errors: `denied`, `client.name`, `client.redirect`, `client.account`.
pub async fn register_client(
    ctx: &mut Ctx,
    new: &NewClient<'_>,
    reason: &str,
) -> Result<(String, Option<String>)> {
    authority::demand(ctx, "account.manage")?;
    let name = new.name.trim();
    if name.is_empty() || name.chars().count() > NAME_MAX || name.chars().any(char::is_control) {
        return Err(Error::invalid("client.name").field("name", "client.name"));
    }
    let uris: Vec<&str> =
        new.redirect_uri.lines().map(str::trim).filter(|line| !line.is_empty()).collect();
    if uris.len() > ADDRESSES_MAX || !uris.iter().all(|uri| is_address(uri)) {
        return Err(Error::invalid("client.redirect").field("redirect_uri", "client.redirect"));
    }
    let uri = uris.join("\n");
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
        vals![&id, name, new.account, digest.unwrap_or_default(), &uri, now],
    )
    .await?;
    let body = json!({"account": new.account, "redirect_uri": uri, "reason": reason});
    audit::record(ctx, "client.registered", &format!("client:{id}"), body).await?;
    Ok((id, secret))
}

/// True for an address over TLS, or on this machine: nobody else reads a code on its way there.
fn is_address(uri: &str) -> bool {
    let Some((scheme, rest)) = uri.split_once("://") else { return false };
    let place = rest.split(['/', '?']).next().unwrap_or_default();
    let host = place.split(':').next().unwrap_or_default();
    let lawful = match scheme {
        "https" => !host.is_empty(),
        "http" => ["127.0.0.1", "localhost"].contains(&host),
        _ => false,
    };
    let named = |one: char| one.is_ascii_alphanumeric() || ['.', '-', ':'].contains(&one);
    let plain = |one: char| one.is_ascii_graphic() && !['#', '\\', '"', '<', '>'].contains(&one);
    lawful && place.chars().all(named) && uri.len() <= ADDRESS_MAX && uri.chars().all(plain)
}

/// Gives a program that keeps a secret a new one, shown once; what it held ends. Permission
/// `account.manage`. Errors: `denied`, `not_found`, `client.public` for one that keeps none.
pub async fn rotate_client(ctx: &mut Ctx, id: &str, reason: &str) -> Result<String> {
    authority::demand(ctx, "account.manage")?;
    ctx.hold_alone(&held(id)).await?;
    let client = find(ctx, id).await?.ok_or_else(Error::not_found)?;
    if client.secret_digest.is_empty() {
        return Err(Error::conflict("client.public"));
    }
    let secret = ctx.random.secret();
    let digest = proof::digest::sm3_hex(secret.as_bytes());
    let sql = "UPDATE client_program SET secret_digest = $2 WHERE id = $1";
    ctx.execute(sql, vals![id, digest]).await?;
    end_tokens(ctx, id).await?;
    let body = json!({ "reason": reason });
    audit::record(ctx, "client.rotated", &format!("client:{id}"), body).await?;
    Ok(secret)
}

/// Ends all tokens that a program holds: they are of a former generation from here on, which makes
/// them worthless, and a job marks them as ended.
async fn end_tokens(ctx: &mut Ctx, id: &str) -> Result<()> {
    let sql = "UPDATE client_program SET generation = COALESCE(generation, 0) + 1 WHERE id = $1";
    ctx.execute(sql, vals![id]).await?;
    ctx.enqueue(END_TOKENS, &json!({ "client": id })).await
}

/// Marks families of a program's former generations as ended, some at a time.
pub(super) fn end_some<'a>(ctx: &'a mut Ctx, payload: &'a Json) -> Later<'a> {
    Box::pin(async move {
        let now = ctx.now.0.max(1);
        // In the order of their ids, as everybody who ends several: nobody waits in a circle.
        let sql = format!(
            "UPDATE token_family SET revoked_us = $2 WHERE id IN (SELECT f.id FROM token_family f
             WHERE f.client = $1 AND f.revoked_us = 0 AND EXISTS (SELECT 1 FROM client_program c
             WHERE c.id = f.client AND NOT {CURRENT}) ORDER BY f.id LIMIT {ENDED_AT_ONCE}{})",
            dialect::for_update(ctx.engine())
        );
        let client = payload["client"].as_str();
        if ctx.execute(&sql, vals![client, now]).await? == ENDED_AT_ONCE {
            ctx.enqueue(END_TOKENS, payload).await?;
        }
        Ok(())
    })
}

/// Closes a program and ends its tokens. Permission `account.manage`. Errors: `denied`,
/// `not_found`.
pub async fn close_client(ctx: &mut Ctx, id: &str, reason: &str) -> Result<()> {
    authority::demand(ctx, "account.manage")?;
    ctx.hold_alone(&held(id)).await?;
    let now = ctx.now.0.max(1);
    let sql = "UPDATE client_program SET closed_us = $2 WHERE id = $1 AND closed_us = 0";
    if ctx.execute(sql, vals![id, now]).await? == 0 {
        return Err(Error::not_found());
    }
    end_tokens(ctx, id).await?;
    audit::record(ctx, "client.closed", &format!("client:{id}"), json!({"reason": reason})).await?;
    Ok(())
}

/// A program in use.
pub async fn find(ctx: &mut Ctx, id: &str) -> Result<Option<Client>> {
    let sql = "SELECT id, name, account_id, secret_digest, redirect_uri FROM client_program
         WHERE id = $1 AND closed_us = 0";
    ctx.optional(sql, vals![id]).await
}

/// A program in use that has shown its secret, if it keeps one. Until the transaction ends nobody
/// closes it or renews its secret, so that what it is given here ends with what it was given before;
/// others of its requests need not wait.
/// Errors: `client.unknown`, alike for an unknown id and a wrong secret.
pub async fn authenticate(ctx: &mut Ctx, id: &str, secret: &str) -> Result<Client> {
    ctx.hold_beside(&held(id)).await?;
    let shown = proof::digest::sm3_hex(secret.as_bytes());
    // Digests are compared: how far two digests agree tells nothing of the secret.
    find(ctx, id)
        .await?
        .filter(|client| client.secret_digest.is_empty() || client.secret_digest == shown)
        .ok_or_else(|| Error::unauthenticated("client.unknown"))
}
