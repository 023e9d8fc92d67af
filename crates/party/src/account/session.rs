//! Sessions: made at sign-in, found by the digest of a random cookie, ended by time or by hand.
//!
//! Times are the operating system's ([`Clock::platform`](::store::Clock::platform)), so that
//! advancing a demonstration signs nobody out; only `created_us`, which is shown, is the platform's
//! own.

use super::model::ActorRow;
use super::store::ACTOR_COLUMNS;
use crate::audit;
use ::store::{Ctx, vals};
use kernel::time::{HOUR_US, SECOND_US};
use kernel::{Actor, Error, Result, Timestamp};
use sea_orm::FromQueryResult;
use serde_json::json;

/// A session without a request for this long has ended.
pub const IDLE_US: i64 = 30 * 60 * SECOND_US;
/// No session lasts longer.
pub const LIFE_US: i64 = 12 * HOUR_US;
/// How often being in use is written down: a write for every page would be too dear.
const SEEN_STEP_US: i64 = 60 * SECOND_US;
/// Sessions an account may have at once; the oldest gives way.
const SESSIONS_MAX: i64 = 20;
/// Characters kept of what the browser says it is.
const DEVICE_MAX: usize = 160;

/// A session as its owner sees it.
#[derive(Clone, Debug, FromQueryResult)]
pub struct Session {
    /// Id.
    pub id: String,
    /// 1 password, 2 second factor or passkey.
    pub assurance: i64,
    /// What the browser says it is.
    pub device: String,
    /// When it began, by the platform's clock.
    pub created_us: i64,
    /// When it was last in use, by the operating system's clock.
    pub seen_us: i64,
}

impl Session {
    /// Browser and system of the device, as people call them; what names none is shown as it is.
    pub fn device_name(&self) -> String {
        // Those that call themselves several stand before what they also call themselves.
        const BROWSERS: [(&str, &str); 6] = [
            ("MicroMessenger", "WeChat"),
            ("Edg/", "Edge"),
            ("OPR/", "Opera"),
            ("Firefox/", "Firefox"),
            ("Chrome/", "Chrome"),
            ("Safari/", "Safari"),
        ];
        const SYSTEMS: [(&str, &str); 7] = [
            ("HarmonyOS", "HarmonyOS"),
            ("Android", "Android"),
            ("iPhone", "iPhone"),
            ("iPad", "iPad"),
            ("Windows", "Windows"),
            ("Mac OS X", "macOS"),
            ("Linux", "Linux"),
        ];
        let of = |names: &[(&str, &'static str)]| {
            names.iter().find(|(mark, _)| self.device.contains(mark)).map(|(_, name)| *name)
        };
        match (of(&BROWSERS), of(&SYSTEMS)) {
            (Some(browser), Some(system)) => format!("{browser} · {system}"),
            (Some(one), None) | (None, Some(one)) => one.to_owned(),
            (None, None) => self.device.clone(),
        }
    }
}

/// What a cookie led to.
pub(super) struct Found {
    pub(super) actor: Actor,
    pub(super) unread: i64,
    pub(super) needs_touch: bool,
}

#[derive(FromQueryResult)]
struct SessionRow {
    id: String,
    assurance: i64,
    seen_us: i64,
    expires_us: i64,
}

fn digest(secret: &str) -> String {
    proof::digest::sm3_hex(secret.as_bytes())
}

/// Begins a session; its id and the secret for the cookie.
pub(super) async fn begin(
    ctx: &mut Ctx,
    account: &str,
    assurance: u8,
    device: &str,
) -> Result<(String, String)> {
    let (id, secret) = (ctx.id(), ctx.random.secret());
    let at = ctx.env.clock.platform();
    let device: String = device.chars().filter(|c| !c.is_control()).take(DEVICE_MAX).collect();
    make_room(ctx, account, at).await?;
    let created = ctx.now;
    ctx.execute(
        "INSERT INTO session (id, account_id, secret_digest, assurance, device, created_us, seen_us,
         expires_us) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
        vals![&id, account, digest(&secret), assurance, device, created, at, at.plus_us(LIFE_US)],
    )
    .await?;
    Ok((id, secret))
}

/// Removes what has ended, and the oldest sessions beyond the limit.
async fn make_room(ctx: &mut Ctx, account: &str, at: Timestamp) -> Result<()> {
    ctx.purge("session", "expires_us", at).await?;
    ctx.execute(
        "DELETE FROM session WHERE account_id = $1 AND id NOT IN
         (SELECT id FROM session WHERE account_id = $1 ORDER BY id DESC LIMIT $2)",
        vals![account, SESSIONS_MAX - 1],
    )
    .await?;
    Ok(())
}

/// Whom a cookie's secret stands for; none when it was never given, has ended, or the account is
/// closed.
pub(super) async fn find(ctx: &mut Ctx, secret: &str) -> Result<Option<Found>> {
    if secret.len() != 64 {
        return Ok(None);
    }
    let sql = "SELECT id, assurance, seen_us, expires_us FROM session WHERE secret_digest = $1";
    let Some(row) = ctx.optional::<SessionRow>(sql, vals![digest(secret)]).await? else {
        return Ok(None);
    };
    let at = ctx.env.clock.platform();
    if at.0 >= row.expires_us || at.0 >= row.seen_us.saturating_add(IDLE_US) {
        return Ok(None);
    }
    let sql = format!(
        "SELECT {ACTOR_COLUMNS} FROM session s JOIN account a ON a.id = s.account_id
         JOIN person p ON p.id = a.person_id WHERE s.id = $1 AND a.closed_us = 0"
    );
    let Some(actor) = ctx.optional::<ActorRow>(&sql, vals![&row.id]).await? else {
        return Ok(None);
    };
    Ok(Some(Found {
        actor: actor.actor(&ctx.env.vault, &row.id, row.assurance)?,
        unread: actor.unread,
        needs_touch: at.since(Timestamp(row.seen_us)) >= SEEN_STEP_US,
    }))
}

/// Writes down that a session is in use.
pub(super) async fn touch(ctx: &mut Ctx, id: &str) -> Result<()> {
    let at = ctx.env.clock.platform();
    ctx.execute("UPDATE session SET seen_us = $2 WHERE id = $1", vals![id, at]).await?;
    Ok(())
}

/// Raises a session to the second factor; its new secret, since the old one was given for less.
pub(crate) async fn raise(ctx: &mut Ctx, id: &str) -> Result<String> {
    let secret = ctx.random.secret();
    let sql = "UPDATE session SET assurance = 2, secret_digest = $2 WHERE id = $1";
    match ctx.execute(sql, vals![id, digest(&secret)]).await? {
        0 => Err(Error::unauthenticated("sign_in.needed")),
        _ => Ok(secret),
    }
}

/// The actor's sessions that have not ended, newest first.
pub async fn list(ctx: &mut Ctx) -> Result<Vec<Session>> {
    let account = crate::authority::signed_in(ctx)?;
    let at = ctx.env.clock.platform();
    ctx.all(
        "SELECT id, assurance, device, created_us, seen_us FROM session
         WHERE account_id = $1 AND expires_us > $2 AND seen_us > $3 ORDER BY id DESC",
        vals![account, at, at.plus_us(-IDLE_US)],
    )
    .await
}

/// Ends one of the actor's sessions. Errors: `not_found`, also for another account's.
pub async fn revoke(ctx: &mut Ctx, id: &str) -> Result<()> {
    let account = crate::authority::signed_in(ctx)?;
    let sql = "DELETE FROM session WHERE id = $1 AND account_id = $2";
    if ctx.execute(sql, vals![id, &account]).await? == 0 {
        return Err(Error::not_found());
    }
    let subject = format!("account:{account}");
    audit::record(ctx, "session.revoked", &subject, json!({"session": id})).await?;
    Ok(())
}

/// Ends all sessions of an account but one (none for an empty id); how many.
pub(crate) async fn revoke_all(ctx: &mut Ctx, account: &str, but: &str) -> Result<u64> {
    let sql = "DELETE FROM session WHERE account_id = $1 AND id <> $2";
    ctx.execute(sql, vals![account, but]).await
}
