//! The verbs on officers' accounts.

use super::model::{Filter, Given, Officer, OfficerPage, reason};
use super::{MANAGE, store};
use crate::account;
use crate::message::security;
use crate::{authority, passkey, token};
use ::store::{Ctx, vals};
use kernel::identifier::PersonName;
use kernel::{ActorKind, Error, Result};
use serde_json::{Value as Json, json};

/// Characters of an initial password: 80 bits.
const PASSWORD_LEN: usize = 16;
/// Roles one post may have.
const ROLES_MAX: usize = 10;
/// The role whose holders make accounts.
const ADMINISTRATOR: &str = "administrator";
/// Roles that are no post's.
const NO_POST: [&str; 2] = ["citizen", "system"];

/// An officer's account to be made.
#[derive(Clone, Debug, Default)]
pub struct NewOfficer {
    /// Login.
    pub login: String,
    /// Name.
    pub name: String,
    /// Agency.
    pub agency: String,
    /// Roles.
    pub roles: Vec<String>,
}

/// Officers of the administrator's divisions, by login. Permission `account.manage`.
pub async fn list(ctx: &mut Ctx, wanted: &Filter, after: &str) -> Result<OfficerPage> {
    authority::demand(ctx, MANAGE)?;
    let mut officers = store::officers(ctx, wanted, after).await?;
    let more = officers.len() > store::PAGE;
    officers.truncate(store::PAGE);
    let next = officers.last().filter(|_| more).map(|officer| officer.login.clone());
    Ok(OfficerPage { officers, next })
}

/// One officer within the administrator's divisions. Errors: `denied`, `not_found`.
pub async fn show(ctx: &mut Ctx, id: &str) -> Result<Officer> {
    authority::demand(ctx, MANAGE)?;
    let scope = authority::scope_prefix(ctx)?;
    let found = store::officer(ctx, id).await?;
    found.filter(|officer| officer.division.starts_with(&scope)).ok_or_else(Error::not_found)
}

/// An officer to be changed: not the administrator himself. Errors: as [`show`];
/// `administration.self`.
async fn other(ctx: &mut Ctx, id: &str) -> Result<Officer> {
    let officer = show(ctx, id).await?;
    if officer.id == ctx.actor.account {
        return Err(Error::conflict("administration.self"));
    }
    if !ctx.lock("account", id).await? {
        return Err(Error::not_found());
    }
    Ok(officer)
}

/// Makes an officer's account with a password for the first sign-in.
///
/// Errors: `denied`; `administration.officer` with every field at fault; `account.login_taken`.
pub async fn create(ctx: &mut Ctx, new: &NewOfficer, why: &str) -> Result<Given> {
    authority::demand(ctx, MANAGE)?;
    let mut wrong = post_faults(ctx, &new.agency, &new.roles);
    let name = PersonName::parse(&new.name);
    if let Err(error) = &name {
        wrong = wrong.field_with("name", error.code, error.args.clone());
    }
    if account::login_of(&new.login).is_err() {
        wrong = wrong.field("login", "account.login");
    }
    let why = gathered(&mut wrong, reason(why));
    wrong.if_any_field()?;
    let (name, why) = (name?, why.unwrap_or_default());
    let password = ctx.random.code(PASSWORD_LEN);
    let roles: Vec<&str> = new.roles.iter().map(String::as_str).collect();
    let id =
        account::create_officer(ctx, &new.login, &password, name.as_str(), &new.agency, &roles)
            .await?;
    let at = ctx.env.clock.platform();
    ctx.execute("UPDATE account SET initial_us = $2 WHERE id = $1", vals![&id, at]).await?;
    record(ctx, "account.opened", &id, json!({ "reason": why })).await?;
    Ok(given(show(ctx, &id).await?, password))
}

/// Makes the administrator from whom all other officers' accounts come, by word of whoever operates
/// the installation: nobody else could. Once there is one, only where `another` is wanted.
///
/// Errors: `denied` to anybody but the platform, `administration.exists`; as [`create`].
pub async fn appoint(ctx: &mut Ctx, new: &NewOfficer, another: bool, why: &str) -> Result<Given> {
    if ctx.actor.kind != ActorKind::System {
        return Err(Error::denied("denied"));
    }
    if !another && administrators(ctx).await? > 0 {
        return Err(Error::conflict("administration.exists"));
    }
    let roles = vec![ADMINISTRATOR.to_owned()];
    create(ctx, &NewOfficer { roles, ..new.clone() }, why).await
}

/// Administrators who can sign in: none when nobody can make accounts.
pub async fn administrators(ctx: &mut Ctx) -> Result<i64> {
    store::holders(ctx, ADMINISTRATOR).await
}

/// Gives an officer another agency or other roles. Errors: `denied`, `not_found`,
/// `administration.self`, `administration.officer` with the fields at fault.
pub async fn set_post(
    ctx: &mut Ctx,
    id: &str,
    agency: &str,
    roles: &[String],
    why: &str,
) -> Result<Officer> {
    let before = other(ctx, id).await?;
    let mut wrong = post_faults(ctx, agency, roles);
    let why = gathered(&mut wrong, reason(why)).unwrap_or_default();
    wrong.if_any_field()?;
    let pack = ctx.env.pack.clone();
    let agency = pack.agency(agency).ok_or_else(Error::not_found)?;
    let list = serde_json::to_string(roles).map_err(Error::internal)?;
    ctx.execute(
        "UPDATE account SET agency = $2, division = $3, roles = $4 WHERE id = $1",
        vals![id, &agency.id, &agency.division, list],
    )
    .await?;
    account::end_all(ctx, id).await?;
    let body = json!({ "agency": agency.id, "roles": roles, "reason": why,
        "before": { "agency": before.agency, "roles": before.roles } });
    record(ctx, "account.post_set", id, body).await?;
    security::tell(ctx, id, "account.post_changed", &[]).await?;
    show(ctx, id).await
}

/// Locks an account: its sessions and tokens end, nothing opens it. Errors: as [`set_post`];
/// `administration.state` when it is not active.
pub async fn lock(ctx: &mut Ctx, id: &str, why: &str) -> Result<Officer> {
    let officer = other(ctx, id).await?;
    let why = reason(why)?;
    demand_state(&officer, "active")?;
    let now = ctx.now.0.max(1);
    let sql = "UPDATE account SET locked_us = $2, closed_us = $2 WHERE id = $1";
    ctx.execute(sql, vals![id, now]).await?;
    account::end_all(ctx, id).await?;
    record(ctx, "account.locked", id, json!({ "reason": why })).await?;
    show(ctx, id).await
}

/// Opens a locked account again. Errors: as [`lock`]; `administration.state` when it is not locked.
pub async fn unlock(ctx: &mut Ctx, id: &str, why: &str) -> Result<Officer> {
    let officer = other(ctx, id).await?;
    let why = reason(why)?;
    demand_state(&officer, "locked")?;
    let sql = "UPDATE account SET locked_us = 0, closed_us = 0 WHERE id = $1";
    ctx.execute(sql, vals![id]).await?;
    record(ctx, "account.unlocked", id, json!({ "reason": why })).await?;
    show(ctx, id).await
}

/// Removes the second factor of who has lost it: authenticator, recovery codes and passkeys.
/// Errors: as [`lock`].
pub async fn reset_second_factor(ctx: &mut Ctx, id: &str, why: &str) -> Result<Officer> {
    other(ctx, id).await?;
    let why = reason(why)?;
    ctx.execute(
        "UPDATE account SET totp_sealed = NULL, totp_pending_sealed = NULL, totp_step = -1
         WHERE id = $1",
        vals![id],
    )
    .await?;
    ctx.execute("DELETE FROM recovery_code WHERE account_id = $1", vals![id]).await?;
    let passkeys = passkey::remove_all(ctx, id).await?;
    account::end_all(ctx, id).await?;
    let body = json!({ "passkeys": passkeys, "reason": why });
    record(ctx, "account.second_factor_reset", id, body).await?;
    security::tell(ctx, id, "account.second_factor_reset", &[]).await?;
    show(ctx, id).await
}

/// Gives a password for the next sign-in to who has lost his own. Errors: as [`lock`].
pub async fn reset_password(ctx: &mut Ctx, id: &str, why: &str) -> Result<Given> {
    let officer = other(ctx, id).await?;
    let why = reason(why)?;
    demand_state(&officer, "active")?;
    let password = ctx.random.code(PASSWORD_LEN);
    account::set_initial(ctx, id, &password).await?;
    account::end_all(ctx, id).await?;
    record(ctx, "account.password_reset", id, json!({ "reason": why })).await?;
    security::tell(ctx, id, "account.password_reset", &[]).await?;
    Ok(given(show(ctx, id).await?, password))
}

/// Ends every session and token of an officer. Errors: as [`lock`].
pub async fn end_sessions(ctx: &mut Ctx, id: &str, why: &str) -> Result<Officer> {
    other(ctx, id).await?;
    let why = reason(why)?;
    let sessions = account::session::revoke_all(ctx, id, "").await?;
    token::revoke_all(ctx, id).await?;
    let body = json!({ "sessions": sessions, "reason": why });
    record(ctx, "account.sessions_ended", id, body).await?;
    show(ctx, id).await
}

fn given(officer: Officer, password: String) -> Given {
    Given {
        id: officer.id,
        login: officer.login,
        initial_password: password,
        days: account::INITIAL_DAYS,
    }
}

fn demand_state(officer: &Officer, state: &str) -> Result<()> {
    if officer.state == state {
        return Ok(());
    }
    Err(Error::conflict("administration.state"))
}

/// What is wrong with a post: an agency beyond the administrator's divisions, roles no post has, or
/// roles that nobody may hold together.
pub(super) fn post_faults(ctx: &Ctx, agency: &str, roles: &[String]) -> Error {
    let pack = &ctx.env.pack;
    let mut wrong = Error::invalid("administration.officer");
    let reached = pack
        .agency(agency)
        .is_some_and(|agency| authority::reaches(ctx, &agency.id, &agency.division));
    if !reached {
        wrong = wrong.field("agency", "administration.agency");
    }
    let held = |role: &String| pack.role(role).is_some() && !NO_POST.contains(&role.as_str());
    let distinct: std::collections::BTreeSet<&String> = roles.iter().collect();
    if roles.is_empty()
        || roles.len() > ROLES_MAX
        || distinct.len() != roles.len()
        || !roles.iter().all(held)
    {
        wrong = wrong.field("roles", "administration.roles");
    } else if let Some(alone) = alone(pack, roles).filter(|_| roles.len() > 1) {
        let args = vec![("role", alone.name.get(ctx.lang).to_owned())];
        wrong = wrong.field_with("roles", "administration.roles_apart", args);
    }
    wrong
}

/// The first of the roles that goes with no other.
fn alone<'a>(pack: &'a pack::Province, roles: &[String]) -> Option<&'a pack::standard::Role> {
    roles.iter().filter_map(|role| pack.role(role)).find(|role| role.alone)
}

/// Adds the fields of a fault to those gathered so far.
pub(super) fn gathered<T>(wrong: &mut Error, part: Result<T>) -> Option<T> {
    match part {
        Ok(value) => Some(value),
        Err(error) => {
            wrong.fields.extend(error.fields);
            None
        }
    }
}

async fn record(ctx: &mut Ctx, kind: &str, id: &str, body: Json) -> Result<()> {
    account::record_post(ctx, kind, id, body).await
}

/// Roles a post may have, in the order of the pack.
pub(super) fn roles(pack: &pack::Province) -> Vec<pack::standard::Role> {
    pack.roles().filter(|role| !NO_POST.contains(&role.id.as_str())).cloned().collect()
}
