//! Asking, granting, withdrawing, and the question who may act for whom.

use super::model::{Basis, Delegation, SCOPE_ALL, Status};
use super::store;
use crate::{audit, authority, message, person};
use ::store::Ctx;
use kernel::identifier::PersonName;
use kernel::{ActorKind, Error, Lang, Result, Text, Timestamp};
use serde_json::{Value as Json, json};
use webkit::view::format::When;

/// Longest a delegation by will may hold.
const DAYS_MAX: i64 = 366;
/// How long the other parent's authorisation for one matter holds.
const MATTER_DAYS: i64 = 60;
/// Delegations shown for each side.
const SHOWN_MAX: usize = 50;
/// Requests of one agent that may wait for one principal.
const WAITING_MAX: usize = 5;
/// Requests of one agent that may wait at all.
const OPEN_MAX: i64 = 10;
/// What a message calls [`SCOPE_ALL`].
const EVERYTHING: [&str; 2] = ["所有能网上办的事", "everything that can be done online"];
/// Age at which a child acts for himself (Civil Code, article 17).
const ADULT_YEARS: i16 = 18;

/// Both sides of what a person is part of.
#[derive(Clone, Debug, Default)]
pub struct Sides {
    /// He is acted for.
    pub given: Vec<Delegation>,
    /// He acts.
    pub held: Vec<Delegation>,
}

/// A request for authorisation.
#[derive(Clone, Debug, Default)]
pub struct Asked<'a> {
    /// Citizen number of the principal.
    pub number: &'a str,
    /// His name, as a check against a slip of the pen.
    pub name: &'a str,
    /// A one-thing's id, or [`SCOPE_ALL`].
    pub scope: &'a str,
    /// Days it is to hold.
    pub days: i64,
}

/// True when the agent may act for the principal in matters of the scope now. Everybody acts for
/// himself.
pub async fn holds(ctx: &mut Ctx, principal: &str, agent: &str, scope: &str) -> Result<bool> {
    if principal == agent {
        return Ok(!principal.is_empty());
    }
    let now = ctx.now;
    let all = store::between(ctx, principal, agent).await?;
    Ok(all.iter().any(|delegation| delegation.covers(scope, now)))
}

/// True when the agent is recorded as the child's guardian and the child is a minor.
pub async fn guardian_of(ctx: &mut Ctx, child: &str, agent: &str) -> Result<bool> {
    let now = ctx.now;
    let all = store::between(ctx, child, agent).await?;
    Ok(all.iter().any(|one| one.basis == Basis::Guardian && one.covers(SCOPE_ALL, now)))
}

/// Persons recorded as guardians of a child now.
pub async fn guardians_of(ctx: &mut Ctx, child: &str) -> Result<Vec<String>> {
    let now = ctx.now;
    let all = store::of(ctx, "principal", child, SHOWN_MAX).await?;
    let current =
        all.into_iter().filter(|d| d.basis == Basis::Guardian && d.covers(SCOPE_ALL, now));
    Ok(current.map(|delegation| delegation.agent).collect())
}

/// One delegation the actor is a side of. Errors: `not_found`, also for others'.
pub async fn find(ctx: &mut Ctx, id: &str) -> Result<Delegation> {
    authority::signed_in(ctx)?;
    let found = store::by_id(ctx, id).await?.ok_or_else(Error::not_found)?;
    let person = &ctx.actor.party;
    let own = found.principal == *person || found.agent == *person;
    if own || ctx.actor.kind == ActorKind::System { Ok(found) } else { Err(Error::not_found()) }
}

/// What the actor gave and holds, newest first, at most 50 each.
pub async fn list(ctx: &mut Ctx) -> Result<Sides> {
    authority::signed_in(ctx)?;
    let person = ctx.actor.party.clone();
    Ok(Sides {
        given: store::of(ctx, "principal", &person, SHOWN_MAX).await?,
        held: store::of(ctx, "agent", &person, SHOWN_MAX).await?,
    })
}

/// Delegations by will that the actor holds now, newest first, at most 50.
pub async fn entrusted(ctx: &mut Ctx) -> Result<Vec<Delegation>> {
    authority::signed_in(ctx)?;
    let (person, now) = (ctx.actor.party.clone(), ctx.now);
    store::held(ctx, &person, now, SHOWN_MAX).await
}

/// The actor asks a person, named by number and name, to let him act for him; the delegation's
/// id. Nothing holds until it is granted. While a request for the same waits it is the answer.
///
/// Errors: `delegation.person` alike when there is nobody of that number or the name is another;
/// `delegation.self`, `delegation.scope`, `delegation.days`, `delegation.waiting`.
pub async fn ask(ctx: &mut Ctx, asked: &Asked<'_>) -> Result<String> {
    authority::signed_in(ctx)?;
    // Before the number is looked at: an unproven account learns nothing from the answer.
    crate::account::demand_proven(ctx).await?;
    let known = asked.scope == SCOPE_ALL || ctx.env.pack.one_thing(asked.scope).is_some();
    let mut faults = Error::invalid("form.fields_wrong");
    if !known {
        faults = faults.field("scope", "delegation.scope");
    }
    if !(1..=DAYS_MAX).contains(&asked.days) {
        faults = faults.field_with("days", "delegation.days", vec![("days", DAYS_MAX.to_string())]);
    }
    let name = PersonName::parse(asked.name).map(|name| name.as_str().to_owned());
    let found = person::by_number(ctx, asked.number).await?;
    let found = found.filter(|person| name.as_ref() == Ok(&person.name));
    if found.is_none() {
        faults = faults.field("number", "delegation.person");
    }
    faults.if_any_field()?;
    let principal = found.ok_or_else(|| Error::invalid("delegation.person"))?.id;
    let (agent, now) = (ctx.actor.party.clone(), ctx.now);
    let same =
        |one: &&Delegation| one.waits(now) && one.basis == Basis::Agent && one.scope == asked.scope;
    if let Some(open) = store::between(ctx, &principal, &agent).await?.iter().find(same) {
        return Ok(open.id.clone());
    }
    let until = now.plus_days(asked.days);
    request(ctx, &principal, Basis::Agent, asked.scope, "", until).await
}

/// The actor asks a known person's authorisation for one matter (`draft:ID`), e.g. the other
/// parent's for their child's paperwork; the delegation's id. A request that already waits or
/// holds for the matter is returned instead of a second.
///
/// Errors: `not_found` for the person, `delegation.self`, `delegation.waiting`.
pub async fn ask_for(
    ctx: &mut Ctx,
    principal: &str,
    scope: &str,
    reference: &str,
) -> Result<String> {
    authority::signed_in(ctx)?;
    person::get(ctx, principal).await?;
    let (agent, now) = (ctx.actor.party.clone(), ctx.now);
    let same = |one: &&Delegation| {
        let known = one.waits(now) || one.covers(scope, now);
        one.reference == reference && one.scope == scope && known
    };
    if let Some(known) = store::between(ctx, principal, &agent).await?.iter().find(same) {
        return Ok(known.id.clone());
    }
    let until = now.plus_days(MATTER_DAYS);
    request(ctx, principal, Basis::Parent, scope, reference, until).await
}

async fn request(
    ctx: &mut Ctx,
    principal: &str,
    basis: Basis,
    scope: &str,
    reference: &str,
    until: Timestamp,
) -> Result<String> {
    crate::account::demand_proven(ctx).await?;
    let agent = ctx.actor.party.clone();
    if principal == agent {
        return Err(Error::invalid("delegation.self").field("number", "delegation.self"));
    }
    let now = ctx.now;
    let before = store::between(ctx, principal, &agent).await?;
    let waiting = before.iter().filter(|one| one.waits(now)).count();
    if waiting >= WAITING_MAX || store::waiting(ctx, &agent, now).await? >= OPEN_MAX {
        return Err(Error::limited("delegation.waiting"));
    }
    let delegation = Delegation {
        id: ctx.id(),
        principal: principal.to_owned(),
        agent,
        basis,
        scope: scope.to_owned(),
        status: Status::Asked,
        evidence: String::new(),
        reference: reference.to_owned(),
        asked: ctx.now,
        from: ctx.now,
        until,
    };
    store::insert(ctx, &delegation).await?;
    settle(ctx, &delegation, "delegation.asked", &[principal]).await?;
    Ok(delegation.id)
}

/// The principal grants or declines what was asked of him, having shown a second factor.
///
/// Errors: `not_found` for anybody else; `sign_in.second_factor`; `delegation.answered`.
pub async fn answer(ctx: &mut Ctx, id: &str, grant: bool) -> Result<()> {
    authority::signed_in(ctx)?;
    ctx.lock("delegation", id).await?;
    let delegation = find(ctx, id).await?;
    if delegation.principal != ctx.actor.party {
        return Err(Error::not_found());
    }
    if ctx.actor.assurance < 2 {
        return Err(Error::unauthenticated("sign_in.second_factor"));
    }
    let status = delegation.answered(grant)?;
    store::set_status(ctx, id, status).await?;
    let event = if grant { "delegation.granted" } else { "delegation.declined" };
    settle(ctx, &delegation, event, &[&delegation.agent]).await
}

/// Either side ends it. Errors: `not_found` for anybody else, `delegation.law`,
/// `delegation.ended`.
pub async fn revoke(ctx: &mut Ctx, id: &str) -> Result<()> {
    ctx.lock("delegation", id).await?;
    let delegation = find(ctx, id).await?;
    let status = delegation.withdrawn()?;
    store::set_status(ctx, id, status).await?;
    let other = match delegation.principal == ctx.actor.party {
        true => delegation.agent.clone(),
        false => delegation.principal.clone(),
    };
    settle(ctx, &delegation, "delegation.revoked", &[&other]).await
}

/// Records a parent as guardian of a minor child on the register's evidence (`birth:…`), until
/// the child is 18; the delegation's id. Called by the platform or an officer in a case, not by
/// citizens. Recording twice is once.
///
/// Errors: `denied` for a citizen, `not_found`, `delegation.adult`.
pub async fn record_guardian(
    ctx: &mut Ctx,
    child: &str,
    guardian: &str,
    evidence: &str,
) -> Result<String> {
    if !matches!(ctx.actor.kind, ActorKind::System | ActorKind::Officer) {
        return Err(Error::denied("denied"));
    }
    person::get(ctx, guardian).await?;
    let child = person::get(ctx, child).await?;
    let (now, id) = (ctx.now, ctx.id());
    let known = store::between(ctx, &child.id, guardian).await?;
    let same = |one: &&Delegation| one.basis == Basis::Guardian && one.covers(SCOPE_ALL, now);
    if let Some(known) = known.iter().find(same) {
        return Ok(known.id.clone());
    }
    let born = child.birth_date.ok_or_else(|| Error::conflict("delegation.adult"))?;
    let adult = born.checked_add(jiff::Span::new().years(ADULT_YEARS)).map_err(Error::internal)?;
    let until = Timestamp::start_of(adult);
    if until <= now {
        return Err(Error::conflict("delegation.adult"));
    }
    let delegation = Delegation {
        id,
        principal: child.id,
        agent: guardian.to_owned(),
        basis: Basis::Guardian,
        scope: SCOPE_ALL.to_owned(),
        status: Status::Granted,
        evidence: evidence.to_owned(),
        reference: String::new(),
        asked: now,
        from: now,
        until,
    };
    store::insert(ctx, &delegation).await?;
    settle(ctx, &delegation, "delegation.recorded", &[guardian]).await?;
    Ok(delegation.id)
}

/// Evidence, messages and event of a change.
async fn settle(ctx: &mut Ctx, delegation: &Delegation, event: &str, tell: &[&str]) -> Result<()> {
    let id = &delegation.id;
    let body = json!({"principal": delegation.principal, "agent": delegation.agent,
        "basis": delegation.basis.name(), "scope": delegation.scope,
        "reference": delegation.reference});
    audit::record_row(ctx, event, &format!("delegation:{id}"), body, "delegation", id).await?;
    for person in tell {
        let args = told(ctx, delegation, person).await?;
        message::send(ctx, person, event, &args, &format!("/delegations/{id}")).await?;
    }
    let payload = json!({"delegation": id, "reference": delegation.reference});
    ctx.emit(event, &payload).await
}

/// What a message to one side says: for what, until when, and the other side's name, masked.
async fn told(
    ctx: &mut Ctx,
    delegation: &Delegation,
    reader: &str,
) -> Result<Vec<(&'static str, Json)>> {
    let agent = delegation.agent == reader;
    let other = if agent { &delegation.principal } else { &delegation.agent };
    let who = person::get(ctx, other).await?.masked().0;
    let pack = ctx.env.pack.clone();
    let scope = match pack.one_thing(&delegation.scope) {
        Some(thing) => thing.name.clone(),
        None => Text::new(EVERYTHING[0], EVERYTHING[1]),
    };
    let last = When::from_micros(delegation.until.plus_us(-1).0);
    let last = Text::new(last.long_day(Lang::Zh), last.long_day(Lang::En));
    Ok(vec![("who", json!(who)), ("one_thing", json!(scope)), ("deadline", json!(last))])
}
