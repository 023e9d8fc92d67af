//! Giving, using, renewing and revoking tokens.

use super::client::CURRENT;
use crate::account::{self, actor_of};
use crate::message::security;
use crate::{audit, authority};
use kernel::time::{DAY_US, HOUR_US};
use kernel::{Actor, Error, Kind, Result};
use sea_orm::FromQueryResult;
use serde_json::json;
use store::{Ctx, dialect, vals};

/// An access token lives this long.
pub(super) const ACCESS_US: i64 = HOUR_US;
/// A refresh token lives this long; its family no longer than that after the last renewal.
const REFRESH_US: i64 = 30 * DAY_US;
/// No family lives longer.
const FAMILY_US: i64 = 90 * DAY_US;

/// Tokens as given to a program, once.
#[derive(Clone, Debug)]
pub struct Issued {
    /// The access token.
    pub access: String,
    /// The refresh token; none for client credentials, which can be shown again.
    pub refresh: Option<String>,
    /// Seconds the access token lives.
    pub expires_s: i64,
    /// How surely the program's user is known.
    pub assurance: u8,
    /// The family they belong to, which ends as one.
    pub(super) family: String,
}

fn digest(secret: &str) -> String {
    proof::digest::sm3_hex(secret.as_bytes())
}

/// Begins a family of tokens for an account that has just shown who it is.
pub async fn issue(
    ctx: &mut Ctx,
    account: &str,
    client: &str,
    assurance: u8,
    renewable: bool,
) -> Result<Issued> {
    let (family, at, now) = (ctx.id(), ctx.env.clock.platform(), ctx.now);
    // What has ended goes, some with each issue, so that the tables stay as large as what is in use.
    for table in ["access_token", "refresh_token", "token_family"] {
        ctx.purge(table, "expires_us", at).await?;
    }
    ctx.execute(
        "INSERT INTO token_family (id, account_id, client, assurance, created_us, expires_us,
         revoked_us, generation) VALUES ($1, $2, $3, $4, $5, $6, 0,
         (SELECT generation FROM client_program WHERE id = $3))",
        vals![&family, account, client, assurance, now, at.plus_us(FAMILY_US)],
    )
    .await?;
    let body = json!({"client": client, "family": family});
    audit::record(ctx, "token.issued", &format!("account:{account}"), body).await?;
    // A program that acts by itself proves itself anew for every token: nobody has to be told.
    if renewable {
        let program = program(ctx, client).await?;
        security::tell(ctx, account, "account.token_made", &[("program", program)]).await?;
    }
    give(ctx, &family, assurance, renewable).await
}

/// The name under which a program is known; of one that is not registered, how it signed in.
async fn program(ctx: &mut Ctx, client: &str) -> Result<String> {
    let sql = "SELECT name FROM client_program WHERE id = $1";
    let name: Option<String> = ctx.scalar(sql, vals![client]).await?;
    Ok(name.unwrap_or_else(|| client.to_owned()))
}

async fn give(ctx: &mut Ctx, family: &str, assurance: u8, renewable: bool) -> Result<Issued> {
    let at = ctx.env.clock.platform();
    let access = ctx.random.secret();
    ctx.execute(
        "INSERT INTO access_token (id, family_id, expires_us) VALUES ($1, $2, $3)",
        vals![digest(&access), family, at.plus_us(ACCESS_US)],
    )
    .await?;
    let mut refresh = None;
    if renewable {
        let secret = ctx.random.secret();
        ctx.execute(
            "INSERT INTO refresh_token (id, family_id, used_us, expires_us) VALUES ($1, $2, 0, $3)",
            vals![digest(&secret), family, at.plus_us(REFRESH_US)],
        )
        .await?;
        refresh = Some(secret);
    }
    let expires_s = ACCESS_US / kernel::time::SECOND_US;
    Ok(Issued { access, refresh, expires_s, assurance, family: family.to_owned() })
}

#[derive(FromQueryResult)]
struct Family {
    id: String,
    account_id: String,
    assurance: i64,
    expires_us: i64,
    token_expires_us: i64,
}

/// Whom an access token stands for. Errors: `token.invalid`, `token.expired`, for what the token is
/// at fault; those of the store as they are, so that no program throws a good token away.
pub async fn authenticate(ctx: &mut Ctx, access: &str) -> Result<Actor> {
    let invalid = || Error::unauthenticated("token.invalid");
    if access.len() != 64 {
        return Err(invalid());
    }
    let sql = format!(
        "SELECT f.id, f.account_id, f.assurance, f.expires_us, t.expires_us AS token_expires_us
         FROM access_token t JOIN token_family f ON f.id = t.family_id
         LEFT JOIN client_program c ON c.id = f.client
         WHERE t.id = $1 AND f.revoked_us = 0 AND {CURRENT}"
    );
    let family: Family = ctx.optional(&sql, vals![digest(access)]).await?.ok_or_else(invalid)?;
    let at = ctx.env.clock.platform().0;
    if at >= family.token_expires_us || at >= family.expires_us {
        return Err(Error::unauthenticated("token.expired"));
    }
    let assurance = u8::try_from(family.assurance.clamp(0, 2)).unwrap_or(0);
    // Of an account that is gone or closed a token is worth nothing; what else fails is not its fault.
    let actor = actor_of(ctx, &family.account_id, assurance)
        .await
        .map_err(|error| if error.kind == Kind::NotFound { invalid() } else { error })?;
    Ok(Actor { session: format!("token:{}", family.id), ..actor })
}

#[derive(FromQueryResult)]
struct Refresh {
    family_id: String,
    used_us: i64,
    expires_us: i64,
}

/// What a refresh token led to.
#[derive(Debug)]
pub enum Renewal {
    /// New tokens.
    Given(Issued),
    /// It had been used before: the family is revoked, which must be committed.
    Replayed,
}

/// Renews: gives new tokens for a refresh token, which is used up. The caller commits in either
/// case. Errors: `token.invalid`, `token.expired`.
pub async fn refresh(ctx: &mut Ctx, secret: &str) -> Result<Renewal> {
    let invalid = || Error::unauthenticated("token.invalid");
    if secret.len() != 64 {
        return Err(invalid());
    }
    let id = digest(secret);
    if !ctx.lock("refresh_token", &id).await? {
        return Err(invalid());
    }
    let sql = "SELECT family_id, used_us, expires_us FROM refresh_token WHERE id = $1";
    let token: Refresh = ctx.one(sql, vals![&id]).await?;
    if token.used_us != 0 {
        end_family(ctx, &token.family_id, "token.replayed").await?;
        return Ok(Renewal::Replayed);
    }
    let sql = format!(
        "SELECT f.id, f.account_id, f.assurance, f.expires_us, f.expires_us AS token_expires_us
         FROM token_family f LEFT JOIN client_program c ON c.id = f.client
         WHERE f.id = $1 AND f.revoked_us = 0 AND {CURRENT}"
    );
    let family: Family = ctx.optional(&sql, vals![&token.family_id]).await?.ok_or_else(invalid)?;
    let at = ctx.env.clock.platform();
    if at.0 >= token.expires_us || at.0 >= family.expires_us {
        return Err(Error::unauthenticated("token.expired"));
    }
    let closed = account::find(ctx, &family.account_id).await?.is_none_or(|account| account.closed);
    if closed {
        return Err(invalid());
    }
    ctx.execute("UPDATE refresh_token SET used_us = $2 WHERE id = $1", vals![&id, at]).await?;
    let assurance = u8::try_from(family.assurance.clamp(0, 2)).unwrap_or(0);
    give(ctx, &family.id, assurance, true).await.map(Renewal::Given)
}

/// Ends all tokens of a family, which is recorded as an act of this kind.
pub(super) async fn end_family(ctx: &mut Ctx, family: &str, kind: &str) -> Result<()> {
    let now = ctx.now.0.max(1);
    let sql = "UPDATE token_family SET revoked_us = $2 WHERE id = $1 AND revoked_us = 0";
    if ctx.execute(sql, vals![family, now]).await? == 1 {
        audit::record(ctx, kind, &format!("token:{family}"), json!({})).await?;
    }
    Ok(())
}

/// Revokes the family of an access or refresh token; nothing happens for an unknown one.
pub async fn revoke(ctx: &mut Ctx, secret: &str) -> Result<()> {
    let id = digest(secret);
    for sql in [
        "SELECT family_id FROM access_token WHERE id = $1",
        "SELECT family_id FROM refresh_token WHERE id = $1",
    ] {
        if let Some(family) = ctx.scalar::<String>(sql, vals![&id]).await? {
            end_family(ctx, &family, "token.revoked").await?;
        }
    }
    Ok(())
}

/// Revokes one of the actor's own families. Errors: `not_found`.
pub(crate) async fn revoke_family(ctx: &mut Ctx, family: &str) -> Result<()> {
    let account = authority::signed_in(ctx)?;
    let sql = "SELECT account_id FROM token_family WHERE id = $1";
    let owner: Option<String> = ctx.scalar(sql, vals![family]).await?;
    if owner.as_deref() != Some(account.as_str()) {
        return Err(Error::not_found());
    }
    end_family(ctx, family, "token.revoked").await
}

/// Revokes a family on an administrator's word, who has been found to reach its account.
pub(crate) async fn end_by_administrator(ctx: &mut Ctx, family: &str, reason: &str) -> Result<()> {
    let now = ctx.now.0.max(1);
    let sql = "UPDATE token_family SET revoked_us = $2 WHERE id = $1 AND revoked_us = 0";
    ctx.execute(sql, vals![family, now]).await?;
    let body = json!({"reason": reason});
    audit::record(ctx, "token.revoked", &format!("token:{family}"), body).await?;
    Ok(())
}

/// Revokes all tokens of an account.
pub(crate) async fn revoke_all(ctx: &mut Ctx, account: &str) -> Result<()> {
    let now = ctx.now.0.max(1);
    // In the order of their ids, as the job that ends those of a program: neither waits for the other.
    let sql = format!(
        "UPDATE token_family SET revoked_us = $2 WHERE id IN (SELECT id FROM token_family
         WHERE account_id = $1 AND revoked_us = 0 ORDER BY id{})",
        dialect::for_update(ctx.engine())
    );
    ctx.execute(&sql, vals![account, now]).await?;
    Ok(())
}

/// Programs that hold tokens of an account.
#[derive(Clone, Debug, FromQueryResult)]
pub(crate) struct Held {
    pub(crate) id: String,
    pub(crate) name: String,
    pub(crate) created_us: i64,
}

/// The actor's families in use, newest first, at most 50.
pub(crate) async fn families(ctx: &mut Ctx) -> Result<Vec<Held>> {
    let account = authority::signed_in(ctx)?;
    let at = ctx.env.clock.platform();
    let sql = format!(
        "SELECT f.id, COALESCE(c.name, f.client) AS name, f.created_us FROM token_family f
         LEFT JOIN client_program c ON c.id = f.client
         WHERE f.account_id = $1 AND f.revoked_us = 0 AND {CURRENT} AND f.expires_us > $2
         ORDER BY f.id DESC LIMIT 50"
    );
    ctx.all(&sql, vals![account, at]).await
}
