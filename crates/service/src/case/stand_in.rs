//! Colleagues: to whom a case may be handed, and who stands in for an absent officer. The record of
//! an absence is `party`'s, and serves procedures too.
//!
//! Invariants: a deputy is of the same agency and may do himself what the absent officer does; a
//! stand-in has a beginning and an end; what a deputy does is recorded under his own account, in the
//! name of the officer.

use super::verbs::{ACCEPT, DECIDE, EXTEND, READ, REVOKE, SUSPEND, TRANSFER};
use ::store::Ctx;
use kernel::{Error, Result, Timestamp};
use party::account::{Account, AccountKind};
use party::{absence, authority};
use schemars::JsonSchema;
use serde::Serialize;

/// An officer of the same agency.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Colleague {
    /// Account.
    pub id: String,
    /// Name.
    pub name: String,
}

/// A stand-in: who acts for whom, when.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct StandIn {
    /// Id.
    pub id: String,
    /// Account of the absent officer.
    pub officer: String,
    /// Account of the deputy.
    pub deputy: String,
    /// Name of the deputy.
    pub deputy_name: String,
    /// First instant.
    pub from: super::Moment,
    /// Last instant.
    pub until: super::Moment,
    /// Why.
    pub reason: String,
    /// Ended before its time.
    pub ended: bool,
}

impl StandIn {
    fn of(one: absence::StandIn) -> StandIn {
        StandIn {
            id: one.id,
            officer: one.officer,
            deputy: one.deputy,
            deputy_name: one.deputy_name,
            from: super::Moment(one.from),
            until: super::Moment(one.until),
            reason: one.reason,
            ended: one.ended,
        }
    }
}

/// The colleague of an agency by account or login, as a field names him. Errors: `case.colleague`
/// for anybody else.
pub(super) async fn colleague(
    ctx: &mut Ctx,
    agency: &str,
    field: &str,
    to: &str,
) -> Result<Colleague> {
    officer(ctx, agency, (field, to), &[READ]).await
}

/// The officer so named who holds every permission. Errors: as [`colleague`].
async fn officer(
    ctx: &mut Ctx,
    agency: &str,
    (field, to): (&str, &str),
    needed: &[&str],
) -> Result<Colleague> {
    let wrong = || Error::invalid("case.colleague").field(field, "case.colleague");
    let account = match party::account::find(ctx, to.trim()).await? {
        Some(account) => Some(account),
        None => party::account::by_login(ctx, to.trim()).await?,
    };
    let account = account
        .filter(|account| {
            account.kind == AccountKind::Officer && account.agency == agency && !account.closed
        })
        .ok_or_else(wrong)?;
    if !holds(ctx, &account, needed) {
        return Err(wrong());
    }
    let person = party::person::find(ctx, &account.person).await?;
    Ok(Colleague { id: account.id, name: person.map(|person| person.name).unwrap_or_default() })
}

/// Officers of the actor's agency who read cases, the actor left out: for choosing.
pub async fn colleagues(ctx: &mut Ctx) -> Result<Vec<Colleague>> {
    who(ctx, &[READ]).await
}

/// Of them, those who may do whatever the actor does with cases: for choosing a deputy.
pub async fn deputies(ctx: &mut Ctx) -> Result<Vec<Colleague>> {
    let needed = needed(ctx);
    who(ctx, &needed).await
}

/// What the actor does with cases.
fn needed(ctx: &Ctx) -> Vec<&'static str> {
    let acts = [READ, ACCEPT, SUSPEND, DECIDE, EXTEND, TRANSFER, REVOKE];
    acts.into_iter().filter(|permission| authority::may(ctx, permission)).collect()
}

/// True when the account's roles give every permission.
fn holds(ctx: &Ctx, account: &Account, needed: &[&str]) -> bool {
    let held = ctx.env.pack.permissions_of(account.roles.iter().map(String::as_str));
    needed.iter().all(|permission| held.contains(permission))
}

async fn who(ctx: &mut Ctx, needed: &[&str]) -> Result<Vec<Colleague>> {
    authority::demand(ctx, READ)?;
    let (agency, own) = (ctx.actor.agency.clone(), ctx.actor.account.clone());
    let mut accounts = party::account::officers(ctx, &agency).await?;
    accounts.retain(|account| account.id != own && holds(ctx, account, needed));
    let mut out: Vec<Colleague> = Vec::new();
    for account in accounts {
        let person = party::person::find(ctx, &account.person).await?;
        out.push(Colleague {
            id: account.id,
            name: person.map(|person| person.name).unwrap_or_default(),
        });
    }
    Ok(out)
}

/// Names a deputy for the actor's own absence. Errors: `case.stand_in_period` when it ends before
/// it begins, has passed, or is longer than a year; `case.colleague`.
pub async fn stand_in_begin(
    ctx: &mut Ctx,
    deputy: &str,
    from: Timestamp,
    until: Timestamp,
    reason: &str,
) -> Result<StandIn> {
    authority::demand(ctx, TRANSFER)?;
    let agency = ctx.actor.agency.clone();
    let needed = needed(ctx);
    let deputy = officer(ctx, &agency, ("deputy", deputy), &needed).await?;
    let begun = absence::begin(ctx, (&deputy.id, &deputy.name), from, until, reason).await;
    begun.map(StandIn::of).map_err(|error| match error.code {
        "absence.period" => {
            Error::invalid("case.stand_in_period").field("until", "case.stand_in_period")
        }
        "absence.self" => Error::invalid("case.colleague").field("deputy", "case.colleague"),
        _ => error,
    })
}

/// Ends one of the actor's own stand-ins. Errors: `not_found`.
pub async fn stand_in_end(ctx: &mut Ctx, id: &str) -> Result<()> {
    authority::demand(ctx, TRANSFER)?;
    absence::end(ctx, id).await
}

/// The actor's stand-ins, newest first: for him and by him.
pub async fn stand_ins(ctx: &mut Ctx) -> Result<Vec<StandIn>> {
    authority::demand(ctx, READ)?;
    Ok(absence::list(ctx).await?.into_iter().map(StandIn::of).collect())
}
