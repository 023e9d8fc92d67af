//! The second factor: one-time passwords by an authenticator, and recovery codes for its loss.
//! A passkey is one too, by itself.

use super::create::{TOTP, seal_totp};
use super::model::Row;
use super::{lockout, session, store};
use crate::message::security;
use crate::{audit, authority, passkey, person};
use ::store::{Ctx, Env, vals};
use kernel::{Actor, Error, Lang, Result};
use proof::totp::Secret;
use proof::vault::Vault;
use serde_json::json;
use std::sync::Arc;

/// Recovery codes given at enrolment.
const CODES: usize = 10;
/// Characters of a recovery code: 50 bits.
const CODE_LEN: usize = 10;
/// Name under which authenticators show the account.
const ISSUER: &str = "Yipan";

/// What an authenticator needs.
#[derive(Clone, Debug)]
pub struct Enrolment {
    /// The secret in base 32.
    pub secret: String,
    /// The `otpauth://` address for a QR code.
    pub uri: String,
}

/// Demands that the session has shown the account's second factor, when it has any: whoever knows
/// the password alone may not change what else opens the account.
/// Errors: `sign_in.second_factor`.
pub(crate) async fn demand_if_any(ctx: &mut Ctx, account: &str) -> Result<()> {
    if ctx.actor.assurance >= 2 {
        return Ok(());
    }
    let row = store::row(ctx, account).await?.ok_or_else(Error::not_found)?;
    if row.totp_sealed.is_some() || passkey::any(ctx, account).await? {
        return Err(Error::unauthenticated("sign_in.second_factor"));
    }
    Ok(())
}

/// Begins enrolment, or shows the one begun. Adding to or replacing a working second factor needs
/// it shown first. Errors: `sign_in.needed`, `sign_in.second_factor`.
pub async fn enrol(ctx: &mut Ctx) -> Result<Enrolment> {
    let account = authority::signed_in(ctx)?;
    demand_if_any(ctx, &account).await?;
    let row = store::row(ctx, &account).await?.ok_or_else(Error::not_found)?;
    let secret = match &row.totp_pending_sealed {
        Some(sealed) => open(&ctx.env.vault, sealed)?,
        None => {
            let secret = Secret::generate(&mut ctx.random);
            let sealed = seal_totp(ctx, &secret)?;
            let sql = "UPDATE account SET totp_pending_sealed = $2 WHERE id = $1";
            ctx.execute(sql, vals![&account, sealed]).await?;
            secret
        }
    };
    Ok(Enrolment { secret: secret.to_base32(), uri: secret.uri(ISSUER, &row.login) })
}

/// Confirms enrolment by a code; the session is raised. Gives the session's new secret and the
/// recovery codes, which are shown once.
///
/// Errors: `second_factor.nothing` when none is begun, `second_factor.wrong`.
pub async fn confirm(ctx: &mut Ctx, code: &str) -> Result<(String, Vec<String>)> {
    let account = authority::signed_in(ctx)?;
    if !ctx.lock("account", &account).await? {
        return Err(Error::not_found());
    }
    demand_if_any(ctx, &account).await?;
    let row = store::row(ctx, &account).await?.ok_or_else(Error::not_found)?;
    let nothing = || Error::conflict("second_factor.nothing");
    let pending = row.totp_pending_sealed.as_ref().ok_or_else(nothing)?;
    let at = ctx.env.clock.platform();
    let secret = open(&ctx.env.vault, pending)?;
    let step = secret.verify(&plain(code), at, None).ok_or_else(wrong)?;
    ctx.execute(
        "UPDATE account SET totp_sealed = totp_pending_sealed, totp_pending_sealed = NULL,
         totp_step = $2 WHERE id = $1",
        vals![&account, step],
    )
    .await?;
    let codes = recovery_codes(ctx, &account).await?;
    let session = ctx.actor.session.clone();
    let cookie = session::raise(ctx, &session).await?;
    let subject = format!("account:{account}");
    audit::record(ctx, "account.totp_enrolled", &subject, json!({})).await?;
    security::tell(ctx, &account, "account.second_factor_changed", &[]).await?;
    Ok((cookie, codes))
}

async fn recovery_codes(ctx: &mut Ctx, account: &str) -> Result<Vec<String>> {
    ctx.execute("DELETE FROM recovery_code WHERE account_id = $1", vals![account]).await?;
    let mut codes = Vec::with_capacity(CODES);
    for _ in 0..CODES {
        let (id, code) = (ctx.id(), ctx.random.code(CODE_LEN));
        let index = code_index(&ctx.env.vault, account, &code);
        ctx.execute(
            "INSERT INTO recovery_code (id, account_id, code_index, used_us) VALUES ($1, $2, $3, 0)",
            vals![id, account, index],
        )
        .await?;
        let (head, tail) = code.split_at(CODE_LEN / 2);
        codes.push(format!("{head}-{tail}"));
    }
    Ok(codes)
}

fn code_index(vault: &Vault, account: &str, code: &str) -> String {
    vault.index("recovery_code", &format!("{account}:{code}"))
}

fn wrong() -> Error {
    Error::invalid("second_factor.wrong").field("code", "second_factor.wrong")
}

fn open(vault: &Vault, sealed: &[u8]) -> Result<Secret> {
    Secret::from_base32(&person::open_text(vault, TOTP, sealed)?)
}

/// A code as typed, without the spaces and dashes people put in.
fn plain(code: &str) -> String {
    let kept = code.chars().filter(|c| c.is_ascii_alphanumeric()).take(20);
    kept.collect::<String>().to_ascii_uppercase()
}

/// Shows the second factor for the actor's session: an authenticator's code or a recovery code;
/// the session's new secret. Makes its own transactions: a failed attempt stays counted.
///
/// Errors: `second_factor.wrong`, `second_factor.none` when the account has none enrolled,
/// `sign_in.locked`.
pub async fn verify(env: &Arc<Env>, lang: Lang, actor: &Actor, code: &str) -> Result<String> {
    let checked = check_code(env, lang, &actor.account, code).await;
    if let Err(error) = checked {
        if error.code == "second_factor.wrong" {
            let mut ctx = Ctx::write(env, actor.clone(), lang).await?;
            let subject = format!("account:{}", actor.account);
            audit::record(&mut ctx, "second_factor.failed", &subject, json!({})).await?;
            ctx.commit().await?;
        }
        return Err(error);
    }
    let mut ctx = Ctx::write(env, actor.clone(), lang).await?;
    let cookie = session::raise(&mut ctx, &actor.session).await?;
    let subject = format!("account:{}", actor.account);
    audit::record(&mut ctx, "second_factor.shown", &subject, json!({})).await?;
    ctx.commit().await?;
    Ok(cookie)
}

/// Checks a code against an account and uses it up. Errors: as [`verify`].
pub(crate) async fn check_code(
    env: &Arc<Env>,
    lang: Lang,
    account: &str,
    code: &str,
) -> Result<()> {
    let key = format!("totp:{account}");
    let mut ctx = Ctx::write(env, Actor::anonymous(), lang).await?;
    let row = store::row(&mut ctx, account).await?.ok_or_else(Error::not_found)?;
    if row.totp_sealed.is_none() {
        return Err(Error::conflict("second_factor.none"));
    }
    lockout::charge(&mut ctx, &key).await?;
    ctx.commit().await?;
    let mut ctx = Ctx::write(env, Actor::anonymous(), lang).await?;
    if !ctx.lock("account", account).await? {
        return Err(Error::not_found());
    }
    // Read again under the lock: a code in two requests at once counts once.
    let row = store::row(&mut ctx, account).await?.ok_or_else(Error::not_found)?;
    let code = plain(code);
    let used = match code.len() {
        CODE_LEN => recover(&mut ctx, account, &code).await?,
        _ => use_step(&mut ctx, &row, &code).await?,
    };
    if !used {
        return Err(wrong());
    }
    lockout::clear(&mut ctx, &key).await?;
    ctx.commit().await
}

async fn use_step(ctx: &mut Ctx, row: &Row, code: &str) -> Result<bool> {
    let Some(sealed) = &row.totp_sealed else { return Ok(false) };
    let at = ctx.env.clock.platform();
    let used = Some(row.totp_step).filter(|step| *step >= 0);
    let Some(step) = open(&ctx.env.vault, sealed)?.verify(code, at, used) else { return Ok(false) };
    ctx.execute("UPDATE account SET totp_step = $2 WHERE id = $1", vals![&row.id, step]).await?;
    Ok(true)
}

/// Uses up a recovery code, of which the owner is told: it may not be he who found the paper.
async fn recover(ctx: &mut Ctx, account: &str, code: &str) -> Result<bool> {
    if !use_recovery(ctx, account, code).await? {
        return Ok(false);
    }
    let left = codes_left(ctx, account).await?.to_string();
    security::tell(ctx, account, "account.recovery_code_used", &[("left", left)]).await?;
    Ok(true)
}

async fn use_recovery(ctx: &mut Ctx, account: &str, code: &str) -> Result<bool> {
    let (index, now) = (code_index(&ctx.env.vault, account, code), ctx.now);
    let sql = "UPDATE recovery_code SET used_us = $3
         WHERE account_id = $1 AND code_index = $2 AND used_us = 0";
    Ok(ctx.execute(sql, vals![account, index, now]).await? == 1)
}

/// Recovery codes the account has left.
pub(super) async fn codes_left(ctx: &mut Ctx, account: &str) -> Result<i64> {
    let sql = "SELECT COUNT(*) FROM recovery_code WHERE account_id = $1 AND used_us = 0";
    ctx.count(sql, vals![account]).await
}
