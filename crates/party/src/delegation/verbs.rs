//! Asking, granting, withdrawing, and the question who may act for whom.

use super::model::{Basis, Delegation, SCOPE_ALL, Status};
use super::store;
use crate::{audit, authority, message, person};
use ::store::Ctx;
use kernel::identifier::{CitizenNumber, PersonName};
use kernel::{ActorKind, Error, Result, Text, Timestamp};
use serde_json::{Value as Json, json};
use std::collections::BTreeSet;
use webkit::view::format::last_day;

/// Longest a delegation by will may hold.
const DAYS_MAX: i64 = 366;
/// How long the other parent's authorisation for one matter holds.
const MATTER_DAYS: i64 = 60;
/// Delegations shown for each side.
const SHOWN_MAX: usize = 50;
/// Requests of one agent that may wait.
const OPEN_MAX: i64 = 10;
/// Requests one agent may make in a day, so that nobody finds out names and numbers by trying.
const DAY_MAX: i64 = 20;
/// Purpose of the blind index of what a request names.
const PAIR_INDEX: &str = "party.delegation.pair";
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
    /// To apply in his place too, not only to follow.
    pub may_apply: bool,
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

/// The delegation under which the agent may now apply in the principal's place for something of the
/// scope; none when there is none.
pub async fn lets_apply(
    ctx: &mut Ctx,
    principal: &str,
    agent: &str,
    scope: &str,
) -> Result<Option<Delegation>> {
    if principal.is_empty() || agent.is_empty() {
        return Ok(None);
    }
    let now = ctx.now;
    let all = store::between(ctx, principal, agent).await?;
    Ok(all.into_iter().find(|one| one.lets_apply(scope, now)))
}

/// Delegations under which the actor may now apply for something of the scope in others' places,
/// one for each of them, newest first, at most 50.
pub async fn applies_for(ctx: &mut Ctx, scope: &str) -> Result<Vec<Delegation>> {
    authority::signed_in(ctx)?;
    let (person, now) = (ctx.actor.party.clone(), ctx.now);
    let mut held = store::held(ctx, &person, now, SHOWN_MAX).await?;
    let mut known = BTreeSet::new();
    held.retain(|one| one.lets_apply(scope, now) && known.insert(one.principal.clone()));
    Ok(held)
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
    let own = !person.is_empty() && (found.principal == *person || found.agent == *person);
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
    let mut held = store::held(ctx, &person, now, SHOWN_MAX).await?;
    held.retain(|one| one.basis != Basis::Guardian);
    Ok(held)
}

/// The actor asks a person, named by number and name, to let him act for him; the delegation's
/// id. Nothing holds until it is granted. While a request for the same waits it is the answer. A
/// pair of number and name that is nobody's is answered alike, and its request reaches nobody.
///
/// Errors: `identifier.*` at what is no number or name; `delegation.self`, `delegation.scope`,
/// `delegation.days`, `delegation.waiting`.
pub async fn ask(ctx: &mut Ctx, asked: &Asked<'_>) -> Result<String> {
    authority::signed_in(ctx)?;
    crate::account::demand_proven(ctx).await?;
    let known = asked.scope == SCOPE_ALL || ctx.env.pack.one_thing(asked.scope).is_some();
    let mut faults = Error::invalid("form.fields_wrong");
    if !known {
        faults = faults.field("scope", "delegation.scope");
    }
    if !(1..=DAYS_MAX).contains(&asked.days) {
        faults = faults.field_with("days", "delegation.days", vec![("days", DAYS_MAX.to_string())]);
    }
    let name = PersonName::parse(asked.name);
    if let Err(error) = &name {
        faults = faults.field_with("name", error.code, error.args.clone());
    }
    let number = CitizenNumber::parse(asked.number);
    if let Err(error) = &number {
        faults = faults.field_with("number", error.code, error.args.clone());
    }
    faults.if_any_field()?;
    let (name, number) = (name?, number?);
    let found = person::by_number(ctx, number.as_str()).await?;
    let found = found.filter(|person| person.name == name.as_str());
    let request = Request {
        principal: found.map(|person| person.id).unwrap_or_default(),
        basis: Basis::Agent,
        scope: asked.scope,
        reference: "",
        until: ctx.now.plus_days(asked.days),
        may_apply: asked.may_apply,
        named: name.masked(),
        pair: format!("{}/{}", number.as_str(), name.as_str()),
    };
    request.make(ctx).await
}

/// The actor asks the person of a citizen number for his authorisation of one matter (`draft:ID`),
/// e.g. the other parent's for their child's paperwork; the delegation's id. A request that already
/// waits or holds for the matter is returned instead of a second. A number that is nobody's is
/// answered alike.
///
/// Errors: `delegation.self`, `delegation.waiting`.
pub async fn ask_for(ctx: &mut Ctx, number: &str, scope: &str, reference: &str) -> Result<String> {
    authority::signed_in(ctx)?;
    let found = person::by_number(ctx, number).await?.map(|person| person.id);
    let principal = found.unwrap_or_default();
    let (agent, now) = (ctx.actor.party.clone(), ctx.now);
    let same = |one: &&Delegation| one.reference == reference && one.covers(scope, now);
    if let Some(known) = store::between(ctx, &principal, &agent).await?.iter().find(same) {
        return Ok(known.id.clone());
    }
    let request = Request {
        principal,
        basis: Basis::Parent,
        scope,
        reference,
        until: now.plus_days(MATTER_DAYS),
        may_apply: false,
        named: String::new(),
        pair: number.to_owned(),
    };
    request.make(ctx).await
}

/// A request to be made by the actor.
struct Request<'a> {
    /// Empty when there is nobody it could reach.
    principal: String,
    basis: Basis,
    scope: &'a str,
    reference: &'a str,
    until: Timestamp,
    may_apply: bool,
    named: String,
    /// What it names its principal by.
    pair: String,
}

impl Request<'_> {
    async fn make(self, ctx: &mut Ctx) -> Result<String> {
        crate::account::demand_proven(ctx).await?;
        let (agent, now) = (ctx.actor.party.clone(), ctx.now);
        if self.principal == agent {
            return Err(Error::invalid("delegation.self").field("number", "delegation.self"));
        }
        let names = [self.pair.as_str(), self.basis.name(), self.scope, self.reference];
        let power = if self.may_apply { "apply" } else { "follow" };
        let pair = ctx.env.vault.index(PAIR_INDEX, &format!("{} {power}", names.join(" ")));
        ctx.lock("person", &agent).await?;
        if let Some(open) = store::same(ctx, &agent, &pair, now).await? {
            return Ok(open.id);
        }
        if store::waiting(ctx, &agent, now).await? >= OPEN_MAX
            || store::made(ctx, &agent, now.plus_days(-1)).await? >= DAY_MAX
        {
            return Err(Error::limited("delegation.waiting"));
        }
        let delegation = Delegation {
            id: ctx.id(),
            principal: self.principal,
            agent,
            basis: self.basis,
            scope: self.scope.to_owned(),
            status: Status::Asked,
            evidence: String::new(),
            reference: self.reference.to_owned(),
            asked: now,
            from: now,
            until: self.until,
            may_apply: self.may_apply,
            named: self.named,
        };
        store::insert(ctx, &delegation, &pair).await?;
        settle(ctx, &delegation, "delegation.asked", &[&delegation.principal]).await?;
        Ok(delegation.id)
    }
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
    // That somebody declined would tell the asker that name and number belong together.
    let tell = if grant { delegation.agent.as_str() } else { "" };
    settle(ctx, &delegation, event, &[tell]).await
}

/// Either side ends it. Errors: `not_found` for anybody else, `delegation.law`,
/// `delegation.ended`.
pub async fn revoke(ctx: &mut Ctx, id: &str) -> Result<()> {
    ctx.lock("delegation", id).await?;
    let delegation = find(ctx, id).await?;
    let status = delegation.withdrawn(&ctx.actor.party)?;
    store::set_status(ctx, id, status).await?;
    let other = match delegation.principal == ctx.actor.party {
        true => delegation.agent.as_str(),
        // Whoever declined it hears no more of it.
        false if delegation.status == Status::Declined => "",
        false => delegation.principal.as_str(),
    };
    settle(ctx, &delegation, "delegation.revoked", &[other]).await
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
        may_apply: true,
        named: String::new(),
    };
    store::insert(ctx, &delegation, "").await?;
    settle(ctx, &delegation, "delegation.recorded", &[guardian]).await?;
    Ok(delegation.id)
}

/// Evidence, messages and event of a change. Where it reaches nobody, nobody is told.
async fn settle(ctx: &mut Ctx, delegation: &Delegation, event: &str, tell: &[&str]) -> Result<()> {
    let id = &delegation.id;
    let body = json!({"principal": delegation.principal, "agent": delegation.agent,
        "basis": delegation.basis.name(), "scope": delegation.scope,
        "reference": delegation.reference, "may_apply": delegation.may_apply});
    audit::record_row(ctx, event, &format!("delegation:{id}"), body, "delegation", id).await?;
    let template = match event {
        "delegation.asked" if delegation.may_apply => "delegation.asked_apply",
        other => other,
    };
    for person in tell.iter().filter(|person| !person.is_empty()) {
        let args = told(ctx, delegation, person).await?;
        message::send(ctx, person, template, &args, &format!("/delegations/{id}")).await?;
    }
    let payload = json!({"delegation": id, "reference": delegation.reference});
    ctx.emit(event, &payload).await
}

/// What a message to one side says: for what, until when, and the other side's name: masked, but to
/// whoever is asked, who must know who asks.
async fn told(
    ctx: &mut Ctx,
    delegation: &Delegation,
    reader: &str,
) -> Result<Vec<(&'static str, Json)>> {
    let agent = delegation.agent == reader;
    let other = if agent { &delegation.principal } else { &delegation.agent };
    let other = person::find(ctx, other).await?;
    let who = match &other {
        Some(person) if !agent && delegation.status == Status::Asked => known_by(person),
        Some(person) => both(&person.masked().0),
        None => Text::default(),
    };
    let pack = ctx.env.pack.clone();
    let scope = match pack.one_thing(&delegation.scope) {
        Some(thing) => thing.name.clone(),
        None => Text::new(EVERYTHING[0], EVERYTHING[1]),
    };
    let last = last_day(delegation.until);
    Ok(vec![("who", json!(who)), ("one_thing", json!(scope)), ("deadline", json!(last))])
}

/// A person as somebody recognises him who knows him: the whole name, and the tail of the number.
fn known_by(person: &person::Person) -> Text {
    let (name, tail) = (&person.name, person.tail());
    if tail.is_empty() {
        return both(name);
    }
    Text::new(
        format!("{name}（公民身份号码尾号 {tail}）"),
        format!("{name} (citizen number ending {tail})"),
    )
}

/// A name, which is the same in both languages.
fn both(name: &str) -> Text {
    Text::new(name, name)
}
