//! Signing in and out, and changing the password.
//!
//! These verbs make their own transactions: a failed attempt must stay counted although the act
//! fails.

use super::model::Row;
use super::{lockout, password, session, store};
use crate::message::security;
use crate::{audit, authority};
use ::store::{Ctx, Env, vals};
use kernel::{Actor, Error, Lang, Result, Timestamp};
use serde_json::json;
use std::sync::Arc;

/// Days an initial password may be used.
pub const INITIAL_DAYS: i64 = 7;

/// What a successful sign-in gives.
#[derive(Clone, Debug)]
pub struct SignedIn {
    /// Secret for the cookie.
    pub cookie: String,
    /// Who has signed in.
    pub actor: Actor,
}

/// Signs in with login and password.
///
/// Errors: `sign_in.wrong` for an unknown login and for a wrong password alike; `sign_in.locked`
/// with `minutes`.
pub async fn sign_in(
    env: &Arc<Env>,
    lang: Lang,
    login: &str,
    password: &str,
    device: &str,
) -> Result<SignedIn> {
    let row = check_password(env, lang, login, password).await?;
    let mut ctx = Ctx::write(env, Actor::anonymous(), lang).await?;
    let done = enter(&mut ctx, &row, 1, device).await?;
    let body = json!({"session": done.actor.session});
    audit::record(&mut ctx, "sign_in.done", &format!("account:{row}"), body).await?;
    ctx.commit().await?;
    Ok(done)
}

/// Begins a session for an account whose owner has proven himself; from here on the context acts
/// as he. Whoever calls records how it was proven. Errors: `sign_in.wrong` for a closed account.
pub(crate) async fn enter(
    ctx: &mut Ctx,
    account: &str,
    assurance: u8,
    device: &str,
) -> Result<SignedIn> {
    let found = store::actor_row(ctx, account).await?.ok_or_else(wrong)?;
    let (session, cookie) = session::begin(ctx, account, assurance, device).await?;
    ctx.actor = found.actor(&ctx.env.vault, &session, i64::from(assurance))?;
    Ok(SignedIn { cookie, actor: ctx.actor.clone() })
}

fn wrong() -> Error {
    Error::unauthenticated("sign_in.wrong")
}

/// Checks login and password, counting the attempt; the account's id.
/// Errors: as [`sign_in`]; `password.initial` for a right one that must be replaced first.
pub async fn check_password(
    env: &Arc<Env>,
    lang: Lang,
    login: &str,
    secret: &str,
) -> Result<String> {
    let row = checked(env, lang, login, secret).await?;
    if row.initial_us != 0 {
        return Err(Error::unauthenticated("password.initial"));
    }
    Ok(row.id)
}

async fn checked(env: &Arc<Env>, lang: Lang, login: &str, secret: &str) -> Result<Row> {
    let login: String = login.trim().to_lowercase().chars().take(80).collect();
    let key = format!("login:{login}");
    let mut ctx = Ctx::write(env, Actor::anonymous(), lang).await?;
    lockout::charge(&mut ctx, &key).await?;
    let row: Option<Row> = store::row_by_login(&mut ctx, &login).await?;
    ctx.commit().await?;
    let usable = row.filter(|row| row.closed_us == 0 && !row.password.is_empty());
    let hash = usable.as_ref().map(|row| row.password.as_str());
    let right = password::verify(secret, hash).await?;
    let mut ctx = Ctx::write(env, Actor::anonymous(), lang).await?;
    if right && let Some(row) = usable {
        lockout::clear(&mut ctx, &key).await?;
        ctx.commit().await?;
        return Ok(row);
    }
    // The same entry whether or not there is such an account, so that time does not tell either.
    let index = env.vault.index("login", &login);
    let known = usable.map(|row| row.id);
    let subject = format!("login:{}", index.get(..16).unwrap_or(""));
    audit::record(&mut ctx, "sign_in.failed", &subject, json!({"account": known})).await?;
    ctx.commit().await?;
    Err(wrong())
}

/// Checks the password of somebody who has signed in and types it again, in this field of a form.
/// Errors: `password.old_wrong`, `sign_in.locked`.
pub(crate) async fn check_own_password(
    env: &Arc<Env>,
    lang: Lang,
    login: &str,
    secret: &str,
    field: &str,
) -> Result<()> {
    match check_password(env, lang, login, secret).await {
        Ok(_) => Ok(()),
        Err(error) if error.code == "sign_in.wrong" => {
            Err(Error::invalid("password.old_wrong").field(field, "password.old_wrong"))
        }
        Err(error) => Err(error),
    }
}

/// Replaces an initial password by the officer's own, and signs him in.
///
/// Errors: `password.*` for the new one; `sign_in.wrong`, `sign_in.locked`;
/// `password.not_initial` when it has been replaced already, `password.initial_lapsed`.
pub async fn first_password(
    env: &Arc<Env>,
    lang: Lang,
    login: &str,
    initial: &str,
    new: &str,
    device: &str,
) -> Result<SignedIn> {
    check_new(new, initial)?;
    let row = checked(env, lang, login, initial).await?;
    let lapses = Timestamp(row.initial_us).plus_days(INITIAL_DAYS);
    if row.initial_us != 0 && env.clock.platform() >= lapses {
        return Err(Error::unauthenticated("password.initial_lapsed"));
    }
    let mut ctx = Ctx::write(env, Actor::anonymous(), lang).await?;
    let hash = password::hash(new, &mut ctx.random).await?;
    let sql = "UPDATE account SET password = $2, initial_us = 0
         WHERE id = $1 AND initial_us <> 0 AND closed_us = 0";
    if ctx.execute(sql, vals![&row.id, hash]).await? == 0 {
        return Err(Error::conflict("password.not_initial"));
    }
    let done = enter(&mut ctx, &row.id, 1, device).await?;
    let subject = format!("account:{}", row.id);
    let body = json!({"first": true, "session": done.actor.session});
    audit::record(&mut ctx, "account.password_changed", &subject, body).await?;
    security::tell(&mut ctx, &row.id, "account.password_changed", &[]).await?;
    ctx.commit().await?;
    Ok(done)
}

/// The rules of a new password, at its field: another than the present one above all.
fn check_new(new: &str, present: &str) -> Result<()> {
    if new == present {
        return Err(Error::invalid("password.same").field("new", "password.same"));
    }
    password::check_rules(new).map_err(|mut error| {
        error.fields.iter_mut().for_each(|field| field.field = "new".to_owned());
        error
    })
}

/// Ends the actor's present session.
pub async fn sign_out(ctx: &mut Ctx) -> Result<()> {
    let account = authority::signed_in(ctx)?;
    let session = ctx.actor.session.clone();
    let sql = "DELETE FROM session WHERE id = $1 AND account_id = $2";
    ctx.execute(sql, vals![&session, &account]).await?;
    let subject = format!("account:{account}");
    audit::record(ctx, "sign_in.ended", &subject, json!({"session": session})).await?;
    Ok(())
}

/// Changes the actor's password; his other sessions and all tokens end.
///
/// Errors: `password.old_wrong`, `password.*` for the new one, `sign_in.locked`.
pub async fn change_password(
    env: &Arc<Env>,
    lang: Lang,
    actor: &Actor,
    old: &str,
    new: &str,
) -> Result<()> {
    check_new(new, old)?;
    let mut ctx = Ctx::read(env, actor.clone(), lang);
    let account = authority::signed_in(&ctx)?;
    let row = store::row(&mut ctx, &account).await?.ok_or_else(Error::not_found)?;
    check_own_password(env, lang, &row.login, old, "old").await?;
    let mut ctx = Ctx::write(env, actor.clone(), lang).await?;
    let hash = password::hash(new, &mut ctx.random).await?;
    ctx.execute("UPDATE account SET password = $2 WHERE id = $1", vals![&account, hash]).await?;
    session::revoke_all(&mut ctx, &account, &actor.session).await?;
    crate::token::revoke_all(&mut ctx, &account).await?;
    let subject = format!("account:{account}");
    audit::record(&mut ctx, "account.password_changed", &subject, json!({})).await?;
    security::tell(&mut ctx, &account, "account.password_changed", &[]).await?;
    ctx.commit().await
}
