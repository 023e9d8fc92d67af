//! Making and closing accounts.

use super::model::{Account, AccountKind};
use super::{password, store};
use crate::{audit, authority, person};
use ::store::{Ctx, vals};
use kernel::{Error, Random, Result};
use proof::totp::Secret;
use serde_json::{Value as Json, json};

/// Purpose under which one-time password secrets are sealed.
pub(super) const TOTP: &str = "party.account.totp";

/// An officer's account to be made.
#[derive(Clone, Debug)]
pub struct NewOfficer<'a> {
    /// Login, 3 to 64 of `a-z 0-9 . _ @ -`.
    pub login: &'a str,
    /// Name as shown in opinions.
    pub name: &'a str,
    /// Agency of the post, `<kind>-<six digits>`.
    pub agency: &'a str,
    /// Role ids.
    pub roles: &'a [&'a str],
}

/// A login in its one spelling. Errors: `account.login`.
pub(crate) fn login_of(text: &str) -> Result<String> {
    let login = text.trim().to_ascii_lowercase();
    let fits = |b: u8| b.is_ascii_alphanumeric() || b"._@-".contains(&b);
    if !(3..=64).contains(&login.len()) || !login.bytes().all(fits) {
        return Err(Error::invalid("account.login").field("login", "account.login"));
    }
    Ok(login)
}

/// What an account is made with.
#[derive(Clone, Copy)]
pub enum NewPassword<'a> {
    /// A password as it was chosen.
    Chosen(&'a str),
    /// One that was hashed before.
    Hashed(&'a HashedPassword),
}

impl<'a> From<&'a str> for NewPassword<'a> {
    fn from(chosen: &'a str) -> Self {
        NewPassword::Chosen(chosen)
    }
}

impl<'a> From<&'a String> for NewPassword<'a> {
    fn from(chosen: &'a String) -> Self {
        NewPassword::Chosen(chosen)
    }
}

impl<'a> From<&'a HashedPassword> for NewPassword<'a> {
    fn from(hashed: &'a HashedPassword) -> Self {
        NewPassword::Hashed(hashed)
    }
}

/// A password that follows the rules, hashed: for many accounts that are made at once, whose
/// hashing need not wait for the database nor the database for it.
#[derive(Clone)]
pub struct HashedPassword(String);

impl HashedPassword {
    /// Hashes a password. Errors: `password.*`.
    pub async fn of(password: &str, random: &mut Random) -> Result<HashedPassword> {
        password::check_rules(password)?;
        password::hash(password, random).await.map(HashedPassword)
    }
}

/// Makes a citizen's account for a person; the account's id.
///
/// Errors: `not_found` for the person; `account.login`, `account.login_taken`, `password.*`.
pub async fn create_citizen<'a>(
    ctx: &mut Ctx,
    person: &str,
    login: &str,
    password: impl Into<NewPassword<'a>>,
) -> Result<String> {
    let person = person::get(ctx, person).await?;
    let account = Account {
        id: ctx.id(),
        person: person.id,
        kind: AccountKind::Citizen,
        login: login_of(login)?,
        roles: vec!["citizen".to_owned()],
        agency: String::new(),
        division: person.division,
        has_totp: false,
        closed: false,
    };
    create(ctx, account, Some(password.into())).await
}

/// Makes an officer's account and the person behind it; the account's id.
///
/// Errors: as [`create_citizen`]; `account.agency` and `account.role` for names the pack lacks.
pub async fn create_officer<'a>(
    ctx: &mut Ctx,
    login: &str,
    password: impl Into<NewPassword<'a>>,
    name: &str,
    agency: &str,
    roles: &[&str],
) -> Result<String> {
    let new = NewOfficer { login, name, agency, roles };
    staff(ctx, &new, AccountKind::Officer, Some(password.into())).await
}

/// Makes the account of a program that acts for an agency; its id. It signs in by client
/// credentials alone, so it has no password.
///
/// Errors: as [`create_officer`].
pub async fn create_service(ctx: &mut Ctx, new: &NewOfficer<'_>) -> Result<String> {
    staff(ctx, new, AccountKind::Service, None).await
}

async fn staff(
    ctx: &mut Ctx,
    new: &NewOfficer<'_>,
    kind: AccountKind,
    password: Option<NewPassword<'_>>,
) -> Result<String> {
    let pack = ctx.env.pack.clone();
    let agency = pack.agency(new.agency).ok_or_else(|| Error::invalid("account.agency"))?;
    if let Some(unknown) = new.roles.iter().find(|role| pack.role(role).is_none()) {
        return Err(Error::invalid("account.role").arg("role", unknown));
    }
    let person = person::ensure(
        ctx,
        person::NewPerson {
            name: new.name.to_owned(),
            division: agency.division.clone(),
            ..person::NewPerson::default()
        },
    )
    .await?;
    let account = Account {
        id: ctx.id(),
        person: person.id,
        kind,
        login: login_of(new.login)?,
        roles: new.roles.iter().map(|role| (*role).to_owned()).collect(),
        agency: agency.id,
        division: agency.division,
        has_totp: false,
        closed: false,
    };
    create(ctx, account, password).await
}

async fn create(
    ctx: &mut Ctx,
    account: Account,
    password: Option<NewPassword<'_>>,
) -> Result<String> {
    let hash = match password {
        None => String::new(),
        Some(NewPassword::Hashed(hashed)) => hashed.0.clone(),
        Some(NewPassword::Chosen(chosen)) => HashedPassword::of(chosen, &mut ctx.random).await?.0,
    };
    if !store::insert(ctx, &account, &hash).await? {
        let error = Error::conflict("account.login_taken");
        return Err(error.field("login", "account.login_taken"));
    }
    let body = json!({"kind": account.kind.name(), "person": account.person,
        "agency": account.agency, "roles": account.roles});
    record_post(ctx, "account.created", &account.id, body).await?;
    Ok(account.id)
}

/// Enrols a known one-time password secret at once: demonstrations and imports, which print it.
pub async fn set_totp(ctx: &mut Ctx, account: &str, secret: &Secret) -> Result<()> {
    let sealed = seal_totp(ctx, secret)?;
    let sql = "UPDATE account SET totp_sealed = $2, totp_pending_sealed = NULL, totp_step = -1
         WHERE id = $1";
    ctx.execute(sql, vals![account, sealed]).await?;
    let subject = format!("account:{account}");
    audit::record(ctx, "account.totp_set", &subject, json!({})).await?;
    Ok(())
}

pub(super) fn seal_totp(ctx: &mut Ctx, secret: &Secret) -> Result<Vec<u8>> {
    ctx.env.vault.clone().seal(TOTP, secret.to_base32().as_bytes(), &mut ctx.random)
}

/// Sets the roles of an officer's account. Permission `account.manage`; all its sessions and
/// tokens end, so that none keeps the old roles.
/// Errors: `denied`, `not_found`, `account.role`.
pub async fn set_roles(ctx: &mut Ctx, account: &str, roles: &[&str]) -> Result<()> {
    authority::demand(ctx, "account.manage")?;
    let pack = ctx.env.pack.clone();
    if let Some(unknown) = roles.iter().find(|role| pack.role(role).is_none()) {
        return Err(Error::invalid("account.role").arg("role", unknown));
    }
    let list = serde_json::to_string(roles).map_err(Error::internal)?;
    let sql = "UPDATE account SET roles = $2 WHERE id = $1 AND kind <> 'citizen'";
    if ctx.execute(sql, vals![account, list]).await? == 0 {
        return Err(Error::not_found());
    }
    end_all(ctx, account).await?;
    record_post(ctx, "account.roles_set", account, json!({"roles": roles})).await
}

/// Closes an account: its sessions and tokens end at once. Permission `account.manage`.
/// Errors: `denied`, `not_found`.
pub async fn close(ctx: &mut Ctx, account: &str) -> Result<()> {
    authority::demand(ctx, "account.manage")?;
    let now = ctx.now;
    let sql = "UPDATE account SET closed_us = $2 WHERE id = $1 AND closed_us = 0";
    if ctx.execute(sql, vals![account, now]).await? == 0 {
        return Err(Error::not_found());
    }
    end_all(ctx, account).await?;
    record_post(ctx, "account.closed", account, json!({})).await
}

/// Records an act on an account with what the account is, may do and whether it opens, as these
/// now stand; what changes at every sign-in is not of them.
pub(crate) async fn record_post(ctx: &mut Ctx, kind: &str, id: &str, body: Json) -> Result<()> {
    audit::record_row(ctx, kind, &format!("account:{id}"), body, "account_post", id).await.map(drop)
}

/// Gives the account a password that opens only the page that replaces it.
pub(crate) async fn set_initial(ctx: &mut Ctx, account: &str, initial: &str) -> Result<()> {
    let hash = password::hash(initial, &mut ctx.random).await?;
    let at = ctx.env.clock.platform();
    let sql = "UPDATE account SET password = $2, initial_us = $3 WHERE id = $1";
    ctx.execute(sql, vals![account, hash, at]).await?;
    Ok(())
}

/// Ends every session and token of an account.
pub(crate) async fn end_all(ctx: &mut Ctx, account: &str) -> Result<()> {
    super::session::revoke_all(ctx, account, "").await?;
    crate::token::revoke_all(ctx, account).await
}
