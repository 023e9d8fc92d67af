//! Adding, proving and removing passkeys.
//!
//! The verbs that take an answer make their own transactions: a challenge is used up and a failed
//! attempt stays counted although the act fails.

use super::ceremony::{self, Ceremony, Owner, Refused, column_of, credential_of};
use super::model::{Passkey, Site, name_of};
use super::store::{self, Asked, Row};
use crate::account::{self, SignedIn, lockout, session};
use crate::message::security;
use crate::{audit, authority};
use ::store::{Ctx, Env};
use kernel::time::SECOND_US;
use kernel::{Actor, Error, Lang, Result};
use serde_json::{Value as Json, json};
use std::sync::Arc;
use webauthn_rs_core::proto::{Credential, PublicKeyCredential, RegisterPublicKeyCredential};

/// A challenge not answered within this is void.
pub(crate) const CHALLENGE_US: i64 = 5 * 60 * SECOND_US;
/// Passkeys of one account.
const PASSKEYS_MAX: usize = 10;

/// What a challenge is for: one browser has at most one of each.
#[derive(Clone, Copy)]
enum Purpose {
    Add,
    Prove,
}

impl Purpose {
    /// The id of this browser's challenge for the purpose.
    fn id(self, ctx: &Ctx, browser: &str) -> String {
        let purpose = match self {
            Purpose::Add => "add",
            Purpose::Prove => "prove",
        };
        ctx.env.vault.index("passkey_challenge", &format!("{purpose}:{browser}"))
    }
}

fn site(env: &Env) -> Result<Site> {
    Site::of(&env.settings.base_url).ok_or_else(|| Error::conflict("passkey.address"))
}

async fn known(ctx: &mut Ctx, account: &str) -> Result<Vec<Credential>> {
    store::credentials(ctx, account).await?.iter().map(|text| credential_of(text)).collect()
}

/// Draws a challenge and keeps it for this browser.
async fn ask(
    ctx: &mut Ctx,
    purpose: Purpose,
    browser: &str,
    account: &str,
    name: &str,
) -> Result<String> {
    let id = purpose.id(ctx, browser);
    let now = ctx.env.clock.platform();
    let asked = Asked {
        challenge: ceremony::text_of(&ctx.random.bytes::<32>()),
        account_id: account.to_owned(),
        name: name.to_owned(),
        expires_us: now.plus_us(CHALLENGE_US).0,
    };
    store::ask(ctx, &id, &asked, now).await?;
    Ok(asked.challenge)
}

/// Takes this browser's challenge; none when it was answered before, is too old, or was asked of
/// somebody else.
async fn take(
    ctx: &mut Ctx,
    purpose: Purpose,
    browser: &str,
    account: &str,
) -> Result<Option<Asked>> {
    let id = purpose.id(ctx, browser);
    let now = ctx.env.clock.platform();
    let asked = store::take(ctx, &id).await?;
    Ok(asked.filter(|asked| asked.expires_us > now.0 && asked.account_id == account))
}

/// The sentence for a reason. What tells a thief nothing is told.
fn told(reason: &str) -> Error {
    let code = match reason {
        "challenge" => "passkey.expired",
        "counter" => "passkey.copied",
        "known" => "passkey.known",
        _ => "passkey.refused",
    };
    Error::invalid(code).field("passkey", code)
}

/// Begins adding a passkey: the password shows that it is the owner who adds it. Gives the options
/// for `navigator.credentials.create`. `browser` is the key of the visitor's forms.
///
/// Errors: `passkey.address` when the platform has no host name, `passkey.name`,
/// `sign_in.second_factor` when the account has one and the session has not shown it,
/// `password.old_wrong`, `sign_in.locked`, `passkey.many`.
pub async fn begin(
    env: &Arc<Env>,
    lang: Lang,
    actor: &Actor,
    browser: &str,
    name: &str,
    password: &str,
) -> Result<Json> {
    let site = site(env)?;
    let mut ctx = Ctx::read(env, actor.clone(), lang);
    let account = authority::signed_in(&ctx)?;
    account::demand_second_factor(&mut ctx, &account).await?;
    let name = name_of(name)?;
    let login = account::find(&mut ctx, &account).await?.ok_or_else(Error::not_found)?.login;
    account::check_own_password(env, lang, &login, password, "password").await?;
    let mut ctx = Ctx::write(env, actor.clone(), lang).await?;
    let known = known(&mut ctx, &account).await?;
    if known.len() >= PASSKEYS_MAX {
        return Err(Error::conflict("passkey.many").arg("max", PASSKEYS_MAX));
    }
    let challenge = ask(&mut ctx, Purpose::Add, browser, &account, &name).await?;
    let owner = Owner { account: &account, login: &login, name: &actor.name };
    let options = Ceremony::new(&site).create_options(&owner, &known, &challenge)?;
    ctx.commit().await?;
    Ok(options)
}

/// Adds the passkey a device has made in answer to [`begin`]; its id.
///
/// Errors: `passkey.expired`, `passkey.refused`, `passkey.known` when it is a passkey already,
/// whoever's.
pub async fn add(
    env: &Arc<Env>,
    lang: Lang,
    actor: &Actor,
    browser: &str,
    answer: &str,
) -> Result<String> {
    let site = site(env)?;
    let mut ctx = Ctx::write(env, actor.clone(), lang).await?;
    let account = authority::signed_in(&ctx)?;
    let asked = take(&mut ctx, Purpose::Add, browser, &account).await?;
    ctx.commit().await?;
    let mut ctx = Ctx::write(env, actor.clone(), lang).await?;
    let reason = match keep(&mut ctx, &site, &account, asked, answer).await {
        Ok(id) => {
            ctx.commit().await?;
            return Ok(id);
        }
        Err(Refused::Failed(error)) => return Err(error),
        Err(Refused::Because(reason)) => reason,
    };
    drop(ctx);
    let mut ctx = Ctx::write(env, actor.clone(), lang).await?;
    let body = json!({"reason": reason});
    audit::record(&mut ctx, "passkey.refused", &format!("account:{account}"), body).await?;
    ctx.commit().await?;
    Err(told(reason))
}

async fn keep(
    ctx: &mut Ctx,
    site: &Site,
    account: &str,
    asked: Option<Asked>,
    answer: &str,
) -> std::result::Result<String, Refused> {
    let asked = asked.ok_or(Refused::Because("challenge"))?;
    let answer: RegisterPublicKeyCredential =
        serde_json::from_str(answer).map_err(|_| Refused::Because("malformed"))?;
    account::demand_second_factor(ctx, account).await?;
    if !ctx.lock("account", account).await? {
        return Err(Error::not_found().into());
    }
    let known = known(ctx, account).await?;
    if known.len() >= PASSKEYS_MAX {
        return Err(Error::conflict("passkey.many").arg("max", PASSKEYS_MAX).into());
    }
    let name = ctx.actor.name.clone();
    let owner = Owner { account, login: account, name: &name };
    let made = Ceremony::new(site).created(&owner, &known, &asked.challenge, &answer)?;
    let row = Row { id: ctx.id(), account_id: account.to_owned(), credential: column_of(&made)? };
    if !store::insert(ctx, &row, &ceremony::text_of(&made.cred_id), &asked.name).await? {
        return Err(Refused::Because("known"));
    }
    let (subject, body) = (format!("account:{account}"), json!({"passkey": row.id}));
    audit::record_row(ctx, "passkey.added", &subject, body, "passkey", &row.id).await?;
    security::tell(ctx, account, "account.passkey_added", &[]).await?;
    Ok(row.id)
}

/// Asks this browser to prove a passkey: one of the actor's, or of whoever is about to sign in.
/// Gives the options for `navigator.credentials.get`. Errors: `passkey.address`.
pub async fn challenge(ctx: &mut Ctx, browser: &str) -> Result<Json> {
    let site = site(&ctx.env)?;
    let account = ctx.actor.account.clone();
    let known = if account.is_empty() { Vec::new() } else { known(ctx, &account).await? };
    let challenge = ask(ctx, Purpose::Prove, browser, &account, "").await?;
    Ceremony::new(&site).get_options(known, &challenge)
}

/// Signs in by a passkey: as sure as password and second factor together.
///
/// Errors: `passkey.expired`, `passkey.refused`, `passkey.copied` for a counter that did not grow,
/// `sign_in.locked`.
pub async fn sign_in(
    env: &Arc<Env>,
    lang: Lang,
    browser: &str,
    answer: &str,
    device: &str,
) -> Result<SignedIn> {
    let (mut ctx, row) = prove(env, lang, &Actor::anonymous(), browser, answer).await?;
    let done = account::enter(&mut ctx, &row.account_id, 2, device).await?;
    let subject = format!("account:{}", row.account_id);
    let body = json!({"session": done.actor.session, "passkey": row.id});
    audit::record_row(&mut ctx, "sign_in.done", &subject, body, "passkey", &row.id).await?;
    ctx.commit().await?;
    Ok(done)
}

/// Shows the second factor for the actor's session by one of his passkeys; the session's new
/// secret. Errors: as [`sign_in`].
pub async fn verify(
    env: &Arc<Env>,
    lang: Lang,
    actor: &Actor,
    browser: &str,
    answer: &str,
) -> Result<String> {
    let (mut ctx, row) = prove(env, lang, actor, browser, answer).await?;
    let cookie = session::raise(&mut ctx, &actor.session).await?;
    let subject = format!("account:{}", actor.account);
    let body = json!({"passkey": row.id});
    audit::record_row(&mut ctx, "second_factor.shown", &subject, body, "passkey", &row.id).await?;
    ctx.commit().await?;
    Ok(cookie)
}

/// Judges the answer to [`challenge`]: the open transaction that has written the use down, and the
/// passkey. Whatever fails is counted and recorded.
async fn prove(
    env: &Arc<Env>,
    lang: Lang,
    actor: &Actor,
    browser: &str,
    answer: &str,
) -> Result<(Ctx, Row)> {
    let site = site(env)?;
    let answer: Option<PublicKeyCredential> = serde_json::from_str(answer).ok();
    let id = answer.as_ref().map(|one| ceremony::text_of(&one.raw_id)).unwrap_or_default();
    let key = format!("passkey:{id}");
    let mut ctx = Ctx::write(env, Actor::anonymous(), lang).await?;
    lockout::charge(&mut ctx, &key).await?;
    let asked = take(&mut ctx, Purpose::Prove, browser, &actor.account).await?;
    ctx.commit().await?;
    let mut ctx = Ctx::write(env, actor.clone(), lang).await?;
    let reason = match judge(&mut ctx, &site, asked, &id, answer).await {
        Ok(row) => {
            lockout::clear(&mut ctx, &key).await?;
            return Ok((ctx, row));
        }
        Err(Refused::Failed(error)) => return Err(error),
        Err(Refused::Because(reason)) => reason,
    };
    drop(ctx);
    failed(env, lang, actor, &id, reason).await?;
    Err(told(reason))
}

async fn judge(
    ctx: &mut Ctx,
    site: &Site,
    asked: Option<Asked>,
    id: &str,
    answer: Option<PublicKeyCredential>,
) -> std::result::Result<Row, Refused> {
    let answer = answer.ok_or(Refused::Because("malformed"))?;
    let asked = asked.ok_or(Refused::Because("challenge"))?;
    let mut row = store::hold(ctx, id).await?.ok_or(Refused::Because("unknown"))?;
    let handle = answer.get_user_unique_id();
    let owner = if ctx.actor.account.is_empty() {
        // Nobody has said who he is: the device must.
        handle == Some(row.account_id.as_bytes())
    } else {
        row.account_id == ctx.actor.account
            && handle.is_none_or(|handle| handle == row.account_id.as_bytes())
    };
    if !owner {
        return Err(Refused::Because("owner"));
    }
    if account::find(ctx, &row.account_id).await?.is_none_or(|account| account.closed) {
        return Err(Refused::Because("closed"));
    }
    let mut credential = credential_of(&row.credential)?;
    Ceremony::new(site).proven(&mut credential, &asked.challenge, &answer)?;
    row.credential = column_of(&credential)?;
    store::used(ctx, &row).await?;
    Ok(row)
}

/// Records a failed proof: of a sign-in, or of the second factor of whoever has signed in.
async fn failed(
    env: &Arc<Env>,
    lang: Lang,
    actor: &Actor,
    id: &str,
    reason: &'static str,
) -> Result<()> {
    let mut ctx = Ctx::write(env, actor.clone(), lang).await?;
    let row = store::hold(&mut ctx, id).await?;
    let body = json!({"reason": reason, "passkey": row.as_ref().map(|row| &row.id),
        "account": row.as_ref().map(|row| &row.account_id)});
    let (kind, subject) = if actor.account.is_empty() {
        let index = env.vault.index("passkey", id);
        ("sign_in.failed", format!("passkey:{}", index.get(..16).unwrap_or("")))
    } else {
        ("second_factor.failed", format!("account:{}", actor.account))
    };
    audit::record(&mut ctx, kind, &subject, body).await?;
    ctx.commit().await
}

/// The actor's passkeys, oldest first.
pub async fn list(ctx: &mut Ctx) -> Result<Vec<Passkey>> {
    let account = authority::signed_in(ctx)?;
    store::list(ctx, &account).await
}

/// One of the actor's passkeys. Errors: `not_found`, also for another account's.
pub async fn find(ctx: &mut Ctx, id: &str) -> Result<Passkey> {
    let account = authority::signed_in(ctx)?;
    store::get(ctx, &account, id).await
}

/// Removes every passkey of an account; how many. The caller has the authority.
pub(crate) async fn remove_all(ctx: &mut Ctx, account: &str) -> Result<usize> {
    let all = store::list(ctx, account).await?;
    for one in &all {
        store::delete(ctx, account, &one.id).await?;
        let (subject, body) = (format!("account:{account}"), json!({"passkey": one.id}));
        audit::record_row(ctx, "passkey.removed", &subject, body, "passkey", &one.id).await?;
    }
    Ok(all.len())
}

/// Removes one of the actor's passkeys: it opens nothing any more. Errors: `not_found`, also for
/// another account's; `sign_in.second_factor`.
pub async fn remove(ctx: &mut Ctx, id: &str) -> Result<()> {
    let account = authority::signed_in(ctx)?;
    store::get(ctx, &account, id).await?;
    account::demand_second_factor(ctx, &account).await?;
    if !store::delete(ctx, &account, id).await? {
        return Err(Error::not_found());
    }
    let (subject, body) = (format!("account:{account}"), json!({"passkey": id}));
    audit::record_row(ctx, "passkey.removed", &subject, body, "passkey", id).await?;
    security::tell(ctx, &account, "account.passkey_removed", &[]).await?;
    Ok(())
}
