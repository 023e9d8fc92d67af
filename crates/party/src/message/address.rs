//! A new mail address: it is his who reads a code sent there.
//!
//! Invariants: who changes it has shown a second factor; until the code is typed the former address
//! stays; a code is good for half an hour and five guesses, and five are sent in a day; it is kept as
//! a blind index and goes by mail alone, never into the portal. Must not know: accounts.

use super::{mail, security};
use crate::{audit, authority, person};
use ::store::{Ctx, vals};
use kernel::time::{DAY_US, SECOND_US};
use kernel::{Error, Result};
use sea_orm::FromQueryResult;
use serde_json::json;

/// Purpose of the blind index of codes.
const CODE: &str = "party.message.mail_code";
/// How long a code is good.
const LIFE_US: i64 = 30 * 60 * SECOND_US;
/// Guesses at one code.
const GUESSES_MAX: i64 = 5;
/// Codes sent to one person in a day.
const SENT_MAX: i64 = 5;

#[derive(FromQueryResult)]
struct Row {
    address_sealed: Vec<u8>,
    code_index: String,
    expires_us: i64,
    guesses: i64,
    since_us: i64,
    sent: i64,
}

async fn claim(ctx: &mut Ctx, person: &str) -> Result<Option<Row>> {
    let sql = "SELECT address_sealed, code_index, expires_us, guesses, since_us, sent
         FROM mail_claim WHERE person_id = $1";
    ctx.optional(sql, vals![person]).await
}

/// The address of the actor that waits for its code, if any.
pub async fn claimed_address(ctx: &mut Ctx) -> Result<Option<String>> {
    authority::signed_in(ctx)?;
    let (person, now) = (ctx.actor.party.clone(), ctx.env.clock.platform());
    let found = claim(ctx, &person).await?.filter(|row| now.0 < row.expires_us);
    let waits = found.filter(|row| !row.code_index.is_empty());
    waits.map(|row| mail::open_address(&ctx.env, &row.address_sealed)).transpose()
}

/// The actor says that an address is his: a code is sent there. An empty one takes his address away
/// at once, and his present one takes back what he said. True when a code was sent.
///
/// Errors: `sign_in.second_factor`, `person.mail`, `person.mail_no_server`, `person.mail_often`.
pub async fn change_address(ctx: &mut Ctx, address: &str) -> Result<bool> {
    authority::signed_in(ctx)?;
    if ctx.actor.assurance < 2 {
        return Err(Error::unauthenticated("sign_in.second_factor"));
    }
    let (person, address) = (ctx.actor.party.clone(), address.trim());
    person::check_mail(address)?;
    ctx.lock("person", &person).await?;
    let former = person::mail(ctx, &person).await?;
    if address.is_empty() || former.as_deref() == Some(address) {
        forget(ctx, &person).await?;
        if address.is_empty() && former.is_some() {
            take(ctx, &person, former.as_deref(), "").await?;
        }
        return Ok(false);
    }
    if ctx.env.settings.smtp.is_none() {
        return Err(Error::conflict("person.mail_no_server"));
    }
    let now = ctx.env.clock.platform();
    let row = claim(ctx, &person).await?.filter(|row| now.0 - row.since_us < DAY_US);
    let (since, sent) = row.map_or((now.0, 0), |row| (row.since_us, row.sent));
    if sent >= SENT_MAX {
        return Err(Error::limited("person.mail_often").arg("most", SENT_MAX));
    }
    let code = format!("{:06}", u32::from_be_bytes(ctx.random.bytes::<4>()) % 1_000_000);
    let index = index(ctx, &person, &code);
    let sealed = mail::seal_address(ctx, address)?;
    let expires = now.plus_us(LIFE_US);
    ctx.execute(
        "INSERT INTO mail_claim (person_id, address_sealed, code_index, expires_us, guesses,
         since_us, sent) VALUES ($1, $2, $3, $4, 0, $5, $6) ON CONFLICT (person_id) DO UPDATE SET
         address_sealed = excluded.address_sealed, code_index = excluded.code_index,
         expires_us = excluded.expires_us, guesses = 0, since_us = excluded.since_us,
         sent = excluded.sent",
        vals![&person, sealed, index, expires, since, sent + 1],
    )
    .await?;
    mail::send_code(ctx, &person, address, &code).await?;
    let subject = format!("account:{}", ctx.actor.account);
    audit::record(ctx, "account.mail_claimed", &subject, json!({})).await?;
    Ok(true)
}

/// The actor types the code sent to the address he says is his, which from then on is. The guess
/// counts whatever comes of it: the caller commits. Errors, of which none is a refusal of the
/// transaction: `person.mail_code` for a wrong code, `person.mail_code_over` for one that is no
/// longer good.
pub async fn confirm_address(ctx: &mut Ctx, code: &str) -> Result<std::result::Result<(), Error>> {
    authority::signed_in(ctx)?;
    let (person, now) = (ctx.actor.party.clone(), ctx.env.clock.platform());
    ctx.lock("person", &person).await?;
    let wrong = |error: Error| {
        let code = error.code;
        Ok(Err(error.field("code", code)))
    };
    let found = claim(ctx, &person).await?.filter(|row| !row.code_index.is_empty());
    let Some(row) = found.filter(|row| now.0 < row.expires_us && row.guesses < GUESSES_MAX) else {
        return wrong(Error::invalid("person.mail_code_over"));
    };
    let typed: String = code.chars().filter(char::is_ascii_digit).collect();
    if index(ctx, &person, &typed) != row.code_index {
        let sql = "UPDATE mail_claim SET guesses = guesses + 1 WHERE person_id = $1";
        ctx.execute(sql, vals![&person]).await?;
        return wrong(Error::invalid("person.mail_code"));
    }
    let address = mail::open_address(&ctx.env, &row.address_sealed)?;
    forget(ctx, &person).await?;
    let former = person::mail(ctx, &person).await?;
    take(ctx, &person, former.as_deref(), &address).await?;
    Ok(Ok(()))
}

fn index(ctx: &Ctx, person: &str, code: &str) -> String {
    ctx.env.vault.index(CODE, &format!("{person} {code}"))
}

/// Takes back what was said; how many codes were sent today stays known.
async fn forget(ctx: &mut Ctx, person: &str) -> Result<()> {
    let sql = "UPDATE mail_claim SET code_index = '' WHERE person_id = $1";
    ctx.execute(sql, vals![person]).await.map(drop)
}

/// The address is his; he is told in the portal and, where he had another, there.
async fn take(ctx: &mut Ctx, person: &str, former: Option<&str>, address: &str) -> Result<()> {
    person::set_mail(ctx, person, address).await?;
    security::mail_changed(ctx, person, former).await
}
