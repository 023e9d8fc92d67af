//! Who somebody says he is when he registers, until a clerk has seen his identity card.
//!
//! Invariants: an unproven account stands for a person without a number, so nothing held of the
//! number is in its reach; a claim blocks nobody, since it is no register: whoever proves the number
//! displaces the other claims on it; proving is a clerk's act and evidence.

use super::create::{end_all, login_of};
use super::store;
use crate::person::{self, NewPerson};
use crate::{audit, authority};
use ::store::{Ctx, FromQueryResult, vals};
use kernel::identifier::{CitizenNumber, PersonName};
use kernel::{Error, Result};
use serde_json::json;

/// Permission of the clerk at a window.
pub(super) const PROVE: &str = "application.assist";
/// Purpose under which a claimed name is sealed.
const NAME: &str = "party.account.claim.name";
/// Purpose under which a claimed number is sealed.
const NUMBER: &str = "party.account.claim.number";
/// Claims on one number that one proof displaces.
const DISPLACED_MAX: i64 = 1_000;

/// What the clerk reads from the card, and the account that is to be its bearer's.
#[derive(Clone, Debug, Default)]
pub struct Proof {
    /// Login of the account: its mobile number.
    pub login: String,
    /// Name on the card.
    pub name: String,
    /// Number on the card.
    pub number: String,
    /// The clerk has seen card and bearer.
    pub seen: bool,
}

#[derive(FromQueryResult)]
struct Row {
    name_sealed: Vec<u8>,
    number_sealed: Vec<u8>,
}

/// Keeps what was claimed for an account just made.
pub(super) async fn keep(
    ctx: &mut Ctx,
    account: &str,
    name: &PersonName,
    number: &CitizenNumber,
) -> Result<()> {
    let (vault, now) = (ctx.env.vault.clone(), ctx.now);
    let name = vault.seal(NAME, name.as_str().as_bytes(), &mut ctx.random)?;
    let sealed = vault.seal(NUMBER, number.as_str().as_bytes(), &mut ctx.random)?;
    let index = vault.index(person::NUMBER_INDEX, number.as_str());
    ctx.execute(
        "INSERT INTO account_claim (account_id, name_sealed, number_sealed, number_index, made_us)
         VALUES ($1, $2, $3, $4, $5)",
        vals![account, name, sealed, index, now],
    )
    .await?;
    Ok(())
}

/// False for an account that registered itself and is not proven yet.
pub async fn is_proven(ctx: &mut Ctx) -> Result<bool> {
    let account = ctx.actor.account.clone();
    let sql = "SELECT COUNT(*) FROM account_claim WHERE account_id = $1";
    Ok(account.is_empty() || ctx.count(sql, vals![account]).await? == 0)
}

/// Refuses an unproven account. Errors: `account.unproven`, which says where to go.
pub async fn demand_proven(ctx: &mut Ctx) -> Result<()> {
    if is_proven(ctx).await? { Ok(()) } else { Err(Error::denied("account.unproven")) }
}

/// A clerk has seen the identity card: the account is its bearer's from now on.
///
/// Errors: `denied`; by field, those of the identifiers, `claim.seen`; `claim.none` when no unproven
/// account has the login, `claim.other` when it claims another name or number; `register.mismatch`
/// when the number is known under another name, `register.exists` when its bearer has an account.
pub async fn prove(ctx: &mut Ctx, proof: &Proof) -> Result<()> {
    authority::demand(ctx, PROVE)?;
    let (name, number) = check(proof)?;
    let none = || Error::invalid("form.fields_wrong").field("login", "claim.none");
    let login = login_of(&proof.login).map_err(|_| none())?;
    let account = store::by_login(ctx, &login).await?.filter(|one| !one.closed);
    let account = account.ok_or_else(none)?;
    ctx.lock("account", &account.id).await?;
    let claimed = claimed(ctx, &account.id).await?.ok_or_else(none)?;
    if claimed != (name.as_str().to_owned(), number.as_str().to_owned()) {
        return Err(Error::invalid("form.fields_wrong").field("number", "claim.other"));
    }
    let new = NewPerson {
        name: name.as_str().to_owned(),
        number: Some(number.as_str().to_owned()),
        birth_date: Some(number.birth_date()),
        division: account.division.clone(),
    };
    let person = person::ensure(ctx, new).await?;
    ctx.lock("person", &person.id).await?;
    if person.name != name.as_str() {
        return Err(Error::invalid("form.fields_wrong").field("name", "register.mismatch"));
    }
    if store::citizen_of(ctx, &person.id).await?.is_some() {
        return Err(Error::invalid("form.fields_wrong").field("number", "register.exists"));
    }
    if let Some(mobile) = person::mobile(ctx, &account.person).await? {
        person::set_mobile(ctx, &person.id, &mobile).await?;
    }
    let sql = "UPDATE account SET person_id = $2, division = $3 WHERE id = $1";
    ctx.execute(sql, vals![&account.id, &person.id, &person.division]).await?;
    ctx.execute("DELETE FROM account_claim WHERE account_id = $1", vals![&account.id]).await?;
    let displaced = displace(ctx, &number).await?;
    let body = json!({ "person": person.id, "displaced": displaced });
    audit::record(ctx, "account.proven", &format!("account:{}", account.id), body).await?;
    Ok(())
}

/// The faults of what the clerk typed, together.
fn check(proof: &Proof) -> Result<(PersonName, CitizenNumber)> {
    let (name, number) = (PersonName::parse(&proof.name), CitizenNumber::parse(&proof.number));
    let mut faults = Error::invalid("form.fields_wrong");
    if let Err(error) = &name {
        faults = faults.field_with("name", error.code, error.args.clone());
    }
    if let Err(error) = &number {
        faults = faults.field_with("number", error.code, error.args.clone());
    }
    if !proof.seen {
        faults = faults.field("seen", "claim.seen");
    }
    faults.if_any_field()?;
    Ok((name?, number?))
}

/// Name and number the account claims.
async fn claimed(ctx: &mut Ctx, account: &str) -> Result<Option<(String, String)>> {
    let sql = "SELECT name_sealed, number_sealed FROM account_claim WHERE account_id = $1";
    let Some(row) = ctx.optional::<Row>(sql, vals![account]).await? else { return Ok(None) };
    let vault = &ctx.env.vault;
    let name = person::open_text(vault, NAME, &row.name_sealed)?;
    Ok(Some((name, person::open_text(vault, NUMBER, &row.number_sealed)?)))
}

/// Closes the other accounts that claim the number and frees their logins; how many.
async fn displace(ctx: &mut Ctx, number: &CitizenNumber) -> Result<usize> {
    let index = ctx.env.vault.index(person::NUMBER_INDEX, number.as_str());
    let sql = "SELECT account_id FROM account_claim WHERE number_index = $1 LIMIT $2";
    let others: Vec<String> = ctx.column(sql, vals![index, DISPLACED_MAX]).await?;
    let now = ctx.now;
    for account in &others {
        let sql = "UPDATE account SET closed_us = $2, login = $3 WHERE id = $1";
        ctx.execute(sql, vals![account, now, format!("displaced-{account}")]).await?;
        ctx.execute("DELETE FROM account_claim WHERE account_id = $1", vals![account]).await?;
        end_all(ctx, account).await?;
        audit::record(ctx, "account.displaced", &format!("account:{account}"), json!({})).await?;
    }
    Ok(others.len())
}
