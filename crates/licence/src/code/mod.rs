//! 一人一码: a short-lived code by which a citizen at a window shows the clerk who he is.
//!
//! Invariants: a person has one code at a time; it holds for a minute by the visitors' own
//! watches and works once; whoever resolves it is recorded where the person sees it.
//! Must not know: what the clerk then does.

mod api;
mod pages;

pub use api::ResolvedView;

use crate::register;
use ::store::{Ctx, vals};
use kernel::identifier::QueryCode;
use kernel::time::SECOND_US;
use kernel::{Error, Result, Timestamp};
use party::person::Person;
use sea_orm::FromQueryResult;
use serde_json::json;
use webkit::{Access, Module, get, post};

/// How long a code holds, in seconds.
pub const LIFE_S: i64 = 60;
/// Permission to file for a citizen present.
pub const ASSIST: &str = "application.assist";
/// Purpose under which the code is sealed, so that its owner can see it.
const SEALED: &str = "licence.person_code";
/// Purpose of the blind index of codes.
const INDEX: &str = "licence.person_code.index";
/// Purpose of the mark that proves a scanned code to be of this platform.
const MARK: &str = "licence.person_code.mark";
/// Beginning of what the QR code holds.
const HEAD: &str = "YIPAN1";
/// Characters of the mark.
const MARK_CHARS: usize = 16;

/// A person's code.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Code {
    /// Ten characters, for reading out.
    pub code: String,
    /// What the QR code holds: `YIPAN1:CODE:MARK`, the mark made by the platform's key.
    pub token: String,
    /// Until when it holds, on the visitors' own watches.
    pub expires: Timestamp,
}

#[derive(FromQueryResult)]
struct Row {
    id: String,
    code_sealed: Vec<u8>,
    expires_us: i64,
    used_us: i64,
}

/// Makes a new code for the actor; the one before ends. Errors: `sign_in.needed`, `denied` for
/// anybody but a citizen.
pub async fn make(ctx: &mut Ctx) -> Result<Code> {
    party::authority::signed_in(ctx)?;
    if !ctx.actor.is_citizen() || ctx.actor.party.is_empty() {
        return Err(Error::denied("denied"));
    }
    let person = ctx.actor.party.clone();
    let code = QueryCode::make(&mut ctx.random)?.as_str().to_owned();
    let vault = ctx.env.vault.clone();
    let sealed = vault.seal(SEALED, code.as_bytes(), &mut ctx.random)?;
    let expires = ctx.env.clock.platform().plus_us(LIFE_S * SECOND_US);
    ctx.execute(
        "INSERT INTO person_code (id, code_index, code_sealed, expires_us, used_us)
         VALUES ($1, $2, $3, $4, 0)
         ON CONFLICT (id) DO UPDATE SET code_index = excluded.code_index,
         code_sealed = excluded.code_sealed, expires_us = excluded.expires_us, used_us = 0",
        vals![&person, vault.index(INDEX, &code), sealed, expires],
    )
    .await?;
    party::audit::record(ctx, "code.made", &format!("person:{person}"), json!({})).await?;
    Ok(code_of(ctx, code, expires))
}

/// The actor's code while it holds and has not been used.
pub async fn current(ctx: &mut Ctx) -> Result<Option<Code>> {
    party::authority::signed_in(ctx)?;
    let sql = "SELECT id, code_sealed, expires_us, used_us FROM person_code WHERE id = $1";
    let person = ctx.actor.party.clone();
    let Some(row) = ctx.optional::<Row>(sql, vals![person]).await? else { return Ok(None) };
    if row.used_us != 0 || ctx.env.clock.platform().0 >= row.expires_us {
        return Ok(None);
    }
    let code = ctx.env.vault.open(SEALED, &row.code_sealed).map_err(Error::internal)?;
    let code = String::from_utf8(code).map_err(Error::internal)?;
    Ok(Some(code_of(ctx, code, Timestamp(row.expires_us))))
}

fn code_of(ctx: &Ctx, code: String, expires: Timestamp) -> Code {
    let token = format!("{HEAD}:{code}:{}", mark(ctx, &code));
    Code { code, token, expires }
}

fn mark(ctx: &Ctx, code: &str) -> String {
    ctx.env.vault.index(MARK, code).chars().take(MARK_CHARS).collect()
}

/// The person whose code this is: read out, or scanned with its mark. It works once; the person
/// sees who resolved it. Permission `application.assist`.
///
/// Errors: `denied`, `licence.person_code_wrong` for what is no code of this platform or unknown,
/// `licence.person_code_expired`, `licence.person_code_used`.
pub async fn resolve(ctx: &mut Ctx, code: &str) -> Result<Person> {
    party::authority::demand(ctx, ASSIST)?;
    let wrong =
        || Error::invalid("licence.person_code_wrong").field("code", "licence.person_code_wrong");
    let code = plain(ctx, code).ok_or_else(wrong)?;
    let index = ctx.env.vault.index(INDEX, code.as_str());
    let sql = "SELECT id, code_sealed, expires_us, used_us FROM person_code WHERE code_index = $1";
    let row = ctx.optional::<Row>(sql, vals![index]).await?.ok_or_else(wrong)?;
    let refuse = |code: &'static str| Err(Error::conflict(code).field("code", code));
    if row.used_us != 0 {
        return refuse("licence.person_code_used");
    }
    let now = ctx.env.clock.platform();
    if now.0 >= row.expires_us {
        return refuse("licence.person_code_expired");
    }
    let changed = ctx
        .execute(
            "UPDATE person_code SET used_us = $2 WHERE id = $1 AND used_us = 0",
            vals![&row.id, now.0.max(1)],
        )
        .await?;
    if changed == 0 {
        return refuse("licence.person_code_used");
    }
    register::record_identified(ctx, &row.id, "窗口核验身份 Identified at the window").await?;
    party::person::get(ctx, &row.id).await
}

/// The code in what was typed or scanned; a scanned one must bear the platform's mark.
fn plain(ctx: &Ctx, text: &str) -> Option<QueryCode> {
    let text = text.trim();
    match text.strip_prefix(HEAD).and_then(|rest| rest.strip_prefix(':')) {
        Some(rest) => {
            let (code, given) = rest.split_once(':')?;
            let code = QueryCode::parse(code).ok()?;
            (given == mark(ctx, code.as_str())).then_some(code)
        }
        None => QueryCode::parse(text).ok(),
    }
}

pub(crate) fn module() -> Module {
    Module {
        name: "licence.code",
        routes: vec![
            get("/my/code", Access::Citizen, pages::show),
            post("/my/code", Access::Citizen, pages::make),
            post("/api/v1/person-codes/resolutions", Access::Staff(ASSIST), api::resolve)
                .doc("Identifies a citizen present at the window by his code, once.")
                .takes::<api::ResolveBody>()
                .gives::<ResolvedView>(),
        ],
        ..Module::default()
    }
}
