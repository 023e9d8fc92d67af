//! SQL of passkeys and challenges.

use super::model::Passkey;
use ::store::{Ctx, vals};
use kernel::{Result, Timestamp};
use sea_orm::FromQueryResult;

/// A passkey's row.
#[derive(FromQueryResult)]
pub(super) struct Row {
    pub(super) id: String,
    pub(super) account_id: String,
    pub(super) credential: String,
}

/// A challenge's row.
#[derive(FromQueryResult)]
pub(super) struct Asked {
    pub(super) challenge: String,
    pub(super) account_id: String,
    pub(super) name: String,
    pub(super) expires_us: i64,
}

/// True when the account has a passkey.
pub(crate) async fn any(ctx: &mut Ctx, account: &str) -> Result<bool> {
    Ok(count(ctx, account).await? > 0)
}

/// Passkeys of an account.
pub(super) async fn count(ctx: &mut Ctx, account: &str) -> Result<i64> {
    ctx.count("SELECT COUNT(*) FROM passkey WHERE account_id = $1", vals![account]).await
}

/// Passkeys of an account, oldest first.
pub(super) async fn list(ctx: &mut Ctx, account: &str) -> Result<Vec<Passkey>> {
    let sql = "SELECT id, name, created_us, used_us FROM passkey WHERE account_id = $1 ORDER BY id";
    ctx.all(sql, vals![account]).await
}

/// The passkey with this id of this account. Errors: `not_found`.
pub(super) async fn get(ctx: &mut Ctx, account: &str, id: &str) -> Result<Passkey> {
    let sql = "SELECT id, name, created_us, used_us FROM passkey WHERE id = $1 AND account_id = $2";
    ctx.one(sql, vals![id, account]).await
}

/// The credentials of an account, as the library wrote them.
pub(super) async fn credentials(ctx: &mut Ctx, account: &str) -> Result<Vec<String>> {
    let sql = "SELECT credential FROM passkey WHERE account_id = $1 ORDER BY id";
    ctx.column(sql, vals![account]).await
}

/// The row with this credential id, held until the transaction ends.
pub(super) async fn hold(ctx: &mut Ctx, credential_id: &str) -> Result<Option<Row>> {
    let sql = "SELECT id FROM passkey WHERE credential_id = $1";
    let Some(id) = ctx.scalar::<String>(sql, vals![credential_id]).await? else {
        return Ok(None);
    };
    if !ctx.lock("passkey", &id).await? {
        return Ok(None);
    }
    let sql = "SELECT id, account_id, credential FROM passkey WHERE id = $1";
    ctx.optional(sql, vals![id]).await
}

/// Keeps a new passkey; false when the credential is known already.
pub(super) async fn insert(
    ctx: &mut Ctx,
    row: &Row,
    credential_id: &str,
    name: &str,
) -> Result<bool> {
    let now = ctx.now;
    let inserted = ctx
        .execute(
            "INSERT INTO passkey (id, account_id, credential_id, credential, name, created_us,
             used_us) VALUES ($1, $2, $3, $4, $5, $6, 0) ON CONFLICT (credential_id) DO NOTHING",
            vals![&row.id, &row.account_id, credential_id, &row.credential, name, now],
        )
        .await?;
    Ok(inserted == 1)
}

/// Writes down a use.
pub(super) async fn used(ctx: &mut Ctx, row: &Row) -> Result<()> {
    let now = ctx.now;
    let sql = "UPDATE passkey SET credential = $2, used_us = $3 WHERE id = $1";
    ctx.execute(sql, vals![&row.id, &row.credential, now]).await?;
    Ok(())
}

/// Removes a passkey of an account; false when there is none.
pub(super) async fn delete(ctx: &mut Ctx, account: &str, id: &str) -> Result<bool> {
    let sql = "DELETE FROM passkey WHERE id = $1 AND account_id = $2";
    Ok(ctx.execute(sql, vals![id, account]).await? == 1)
}

/// Puts a challenge in place of the one this browser had for the purpose, and forgets some of those
/// whose time is over.
pub(super) async fn ask(ctx: &mut Ctx, id: &str, asked: &Asked, now: Timestamp) -> Result<()> {
    ctx.purge("passkey_challenge", "expires_us", now).await?;
    ctx.execute(
        "INSERT INTO passkey_challenge (id, challenge, account_id, name, expires_us)
         VALUES ($1, $2, $3, $4, $5)
         ON CONFLICT (id) DO UPDATE SET challenge = excluded.challenge,
         account_id = excluded.account_id, name = excluded.name, expires_us = excluded.expires_us",
        vals![id, &asked.challenge, &asked.account_id, &asked.name, asked.expires_us],
    )
    .await?;
    Ok(())
}

/// Takes the challenge away: whoever asks again finds none.
pub(super) async fn take(ctx: &mut Ctx, id: &str) -> Result<Option<Asked>> {
    let sql = "DELETE FROM passkey_challenge WHERE id = $1
         RETURNING challenge, account_id, name, expires_us";
    ctx.optional(sql, vals![id]).await
}
