//! Counting failed attempts and locking, per login, whether or not the login exists.

use kernel::time::{DAY_US, SECOND_US};
use kernel::{Error, Result, Timestamp};
use sea_orm::FromQueryResult;
use store::{Ctx, vals};

/// Failures before the first lock.
pub(super) const FREE: i64 = 5;
/// The first lock.
const FIRST_US: i64 = 60 * SECOND_US;
/// The longest lock.
const LONGEST_US: i64 = 3_600 * SECOND_US;
/// Counts older than this are forgotten.
const FORGET_US: i64 = DAY_US;

#[derive(FromQueryResult)]
struct Row {
    failures: i64,
    locked_until_us: i64,
}

/// How long the account is locked after that many failures in a row.
pub(crate) fn lock_us(failures: i64) -> i64 {
    if failures < FREE {
        return 0;
    }
    let doublings = (failures - FREE).clamp(0, 10);
    (FIRST_US << doublings).min(LONGEST_US)
}

/// Counts an attempt before it is tried; the attempt must be cleared by [`clear`] when it
/// succeeds. `key` names what is guessed (`login:…`, `totp:ACCOUNT`,
/// `passkey:CREDENTIAL`).
///
/// Errors: `sign_in.locked` with whole `minutes` left, rounded up.
pub(crate) async fn charge(ctx: &mut Ctx, key: &str) -> Result<()> {
    let now = ctx.env.clock.platform();
    let id = ctx.env.vault.index("sign_in_failure", key);
    forget(ctx, now).await?;
    // One statement makes and holds the row on both engines.
    ctx.execute(
        "INSERT INTO sign_in_failure (id, failures, locked_until_us, last_us) VALUES ($1, 0, 0, $2)
         ON CONFLICT (id) DO UPDATE SET last_us = excluded.last_us",
        vals![&id, now],
    )
    .await?;
    let sql = "SELECT failures, locked_until_us FROM sign_in_failure WHERE id = $1";
    let row: Row = ctx.one(sql, vals![&id]).await?;
    if row.locked_until_us > now.0 {
        let left = Timestamp(row.locked_until_us).since(now);
        let minutes = (left + FIRST_US - 1) / FIRST_US;
        return Err(Error::limited("sign_in.locked").arg("minutes", minutes));
    }
    let failures = row.failures + 1;
    ctx.execute(
        "UPDATE sign_in_failure SET failures = $2, locked_until_us = $3 WHERE id = $1",
        vals![id, failures, now.plus_us(lock_us(failures))],
    )
    .await?;
    Ok(())
}

/// Forgets the failures after a success.
pub(crate) async fn clear(ctx: &mut Ctx, key: &str) -> Result<()> {
    let id = ctx.env.vault.index("sign_in_failure", key);
    ctx.execute("DELETE FROM sign_in_failure WHERE id = $1", vals![id]).await?;
    Ok(())
}

/// A day without an attempt forgets, some at each attempt: otherwise made-up logins would fill the
/// table for ever, and whoever comes after a night of them would clear them all.
async fn forget(ctx: &mut Ctx, now: Timestamp) -> Result<()> {
    ctx.purge("sign_in_failure", "last_us", now.plus_us(-FORGET_US)).await
}
