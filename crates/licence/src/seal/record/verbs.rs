//! The verbs of the seal register: permit, load, check, write, tell.
//!
//! Invariant: what lies outside the actor's reach is not found. Must not know: HTTP, pages.

use super::model::{self, Custody, Record, SealApplication};
use super::store::{self, Keeper, PAGE, Reach};
use super::{APPLY, KEEP, MANAGE, READ};
use crate::authority;
use crate::seal::store::{self as keys, SealRow, SealUse};
use crate::seal::{key, making};
use ::store::Ctx;
use kernel::{Error, Result};
use party::account::{self, Account};
use serde_json::json;

/// Applies for a seal of the actor's agency. Permission `seal.apply`.
///
/// Errors: `denied`; those of [`SealApplication`]; `licence.seal_exists` for a second seal of the agency
/// itself; `licence.seal_officer` when the keeper is no officer of the agency who may keep seals.
pub async fn apply(ctx: &mut Ctx, new: SealApplication) -> Result<Record> {
    party::authority::demand(ctx, APPLY)?;
    let new = new.checked()?;
    let pack = ctx.env.pack.clone();
    let agency = pack.agency(&ctx.actor.agency).ok_or_else(|| Error::denied("denied"))?;
    let keeper = officer(ctx, &new.keeper, &agency.id).await?;
    if new.kind == "agency" && store::has_own(ctx, &agency.id).await? {
        return Err(Error::conflict("licence.seal_exists").field("kind", "licence.seal_exists"));
    }
    let name = if new.kind == "personal" { keeper.name.clone() } else { new.name };
    let row = Record {
        name,
        kind: new.kind,
        reason: new.reason,
        basis: new.basis,
        state: "applied".to_owned(),
        applied_by: ctx.actor.account.clone(),
        applied_party: ctx.actor.party.clone(),
        applied_name: ctx.actor.name.clone(),
        keeper: keeper.account,
        keeper_name: keeper.name,
        keeper_role: keeper.role,
        ..blank(ctx, &agency)
    };
    store::insert(ctx, &row).await?;
    let body = json!({ "agency": row.agency, "kind": row.kind, "name": row.name });
    recorded(ctx, "seal.applied", &row.id, body).await?;
    Ok(row)
}

/// Approves an application, which makes the seal and gives it to its keeper, or refuses it.
/// Permission `seal.manage`, a second factor, another person than who applied.
///
/// Errors: `denied`, `sign_in.second_factor`, `not_found`, `licence.stale`, `licence.seal_decided`,
/// `licence.seal_same_person`, `licence.seal_reason` for a refusal without words,
/// `licence.seal_exists`, `licence.seal_officer`.
pub async fn decide(
    ctx: &mut Ctx,
    id: &str,
    revision: i64,
    approve: bool,
    remark: &str,
) -> Result<Record> {
    strong(ctx)?;
    let row = held(ctx, id, revision).await?;
    if row.state != "applied" {
        return Err(Error::conflict("licence.seal_decided"));
    }
    if row.applied_by(&ctx.actor.account, &ctx.actor.party) {
        return Err(Error::conflict("licence.seal_same_person"));
    }
    if !approve {
        let remark = model::reason(remark, "remark")?;
        store::decide(ctx, id, "refused", "", &remark).await?;
        recorded(ctx, "seal.refused", id, json!({ "remark": remark })).await?;
        return store::get(ctx, id).await;
    }
    let remark = model::remark(remark)?;
    let keeper = account::find(ctx, &row.keeper).await?;
    let keeper = keeper_of(ctx, keeper, &row.agency).await?;
    let holder = match row.kind.as_str() {
        "agency" => row.agency.clone(),
        _ => format!("{}/{}", row.agency, row.id),
    };
    if store::of_holder(ctx, &holder).await?.is_some_and(|other| other.is_live()) {
        return Err(Error::conflict("licence.seal_exists"));
    }
    store::decide(ctx, id, "active", &holder, &remark).await?;
    let made = store::get(ctx, id).await?;
    making::make(ctx, &made).await?;
    given(ctx, id, &keeper, &row.reason).await?;
    recorded(ctx, "seal.approved", id, json!({ "holder": holder, "remark": remark })).await?;
    store::get(ctx, id).await
}

/// Hands a seal over to another officer of its agency. For its keeper, or with permission
/// `seal.apply` at its agency.
///
/// Errors: `denied`, `not_found`, `licence.stale`, `licence.seal_reason`, `licence.seal_state` for one
/// that is not in being, `licence.seal_personal` for an officer's own, `licence.seal_officer`.
pub async fn hand_over(
    ctx: &mut Ctx,
    id: &str,
    revision: i64,
    to: &str,
    reason: &str,
) -> Result<Record> {
    let row = held(ctx, id, revision).await?;
    let own = row.keeper == ctx.actor.account && party::authority::may(ctx, KEEP);
    let head = party::authority::may(ctx, APPLY);
    if !party::authority::same_agency(ctx, &row.agency) || !(own || head) {
        return Err(Error::denied("denied"));
    }
    if !row.is_live() {
        return Err(Error::conflict("licence.seal_state"));
    }
    if row.kind == "personal" {
        return Err(Error::conflict("licence.seal_personal"));
    }
    let reason = model::reason(reason, "reason")?;
    let keeper = officer(ctx, to.trim(), &row.agency).await?;
    given(ctx, id, &keeper, &reason).await?;
    store::get(ctx, id).await
}

/// Suspends a seal: nothing can be sealed with it until it is resumed. Permission `seal.manage`, a
/// second factor. Errors: `denied`, `sign_in.second_factor`, `not_found`, `licence.seal_reason`,
/// `licence.stale`, `licence.seal_state`.
pub async fn suspend(ctx: &mut Ctx, id: &str, revision: i64, reason: &str) -> Result<Record> {
    set_state(ctx, id, revision, reason, ("active", "suspended")).await
}

/// Resumes a suspended seal. Errors: as [`suspend`]; `licence.certificate_ended` while its
/// certificate is suspended or revoked.
pub async fn resume(ctx: &mut Ctx, id: &str, revision: i64, reason: &str) -> Result<Record> {
    set_state(ctx, id, revision, reason, ("suspended", "active")).await
}

/// Destroys a suspended seal for good: erases its key and revokes its certificate. By another person
/// than who suspended it. Errors: as [`suspend`]; `licence.seal_same_person`.
pub async fn destroy(ctx: &mut Ctx, id: &str, revision: i64, reason: &str) -> Result<Record> {
    set_state(ctx, id, revision, reason, ("suspended", "destroyed")).await
}

async fn set_state(
    ctx: &mut Ctx,
    id: &str,
    revision: i64,
    reason: &str,
    (from, to): (&str, &'static str),
) -> Result<Record> {
    strong(ctx)?;
    let reason = model::reason(reason, "reason")?;
    let row = held(ctx, id, revision).await?;
    if row.state != from {
        return Err(Error::conflict("licence.seal_state"));
    }
    if to == "active" {
        let current = keys::current(ctx, &row.holder).await?;
        if let Some(current) = current
            && !authority::is_valid(ctx, &current.id).await?
        {
            return Err(Error::conflict("licence.certificate_ended"));
        }
    }
    if to == "destroyed" {
        // The platform itself destroys nothing: two persons do.
        if row.changed_by(&ctx.actor.account, &ctx.actor.party) {
            return Err(Error::conflict("licence.seal_same_person"));
        }
        key::destroy(ctx, &row.holder, &reason).await?;
    }
    store::set_state(ctx, id, to, &reason).await?;
    let body = json!({ "holder": row.holder, "reason": reason });
    recorded(ctx, &format!("seal.{to}"), id, body).await?;
    ctx.emit(&format!("seal.{to}"), &json!({ "seal": id, "agency": row.agency })).await?;
    store::get(ctx, id).await
}

/// Made seals within reach in order of their ids, after the cursor; the next cursor when there are
/// more. Permission `seal.read`.
pub async fn list(ctx: &mut Ctx, after: &str) -> Result<(Vec<Record>, Option<String>)> {
    party::authority::demand(ctx, READ)?;
    let reach = reach(ctx)?;
    let mut rows = store::list(ctx, &reach, after).await?;
    let more = rows.len() > PAGE;
    rows.truncate(PAGE);
    let next = rows.last().filter(|_| more).map(|row| row.id.clone());
    Ok((rows, next))
}

/// Applications within reach that nobody has decided, oldest first. Permission `seal.read`.
pub async fn open(ctx: &mut Ctx) -> Result<Vec<Record>> {
    party::authority::demand(ctx, READ)?;
    let reach = reach(ctx)?;
    store::open(ctx, &reach).await
}

/// One seal within reach. Permission `seal.read`. Errors: `denied`, `not_found`.
pub async fn get(ctx: &mut Ctx, id: &str) -> Result<Record> {
    party::authority::demand(ctx, READ)?;
    let row = store::get(ctx, id).await?;
    match reaches(ctx, &row) {
        true => Ok(row),
        false => Err(Error::not_found()),
    }
}

/// Who kept a seal within reach, newest first. Errors: as [`get`].
pub async fn custodies(ctx: &mut Ctx, id: &str) -> Result<Vec<Custody>> {
    get(ctx, id).await?;
    store::custodies(ctx, id).await
}

/// Uses of a seal within reach, newest first, at most 50, older than the cursor. Errors: as [`get`].
pub async fn uses(ctx: &mut Ctx, id: &str, before: &str) -> Result<Vec<SealUse>> {
    let row = get(ctx, id).await?;
    let mut out = Vec::new();
    // A key that follows another is used after it.
    for key in keys::of_holder(ctx, &row.holder).await? {
        out.extend(keys::uses(ctx, &key.id, before).await?);
        if out.len() >= PAGE {
            break;
        }
    }
    out.truncate(PAGE);
    Ok(out)
}

/// The picture of a made seal within reach: SVG. Errors: as [`get`]; `not_found` before it is made.
pub async fn picture(ctx: &mut Ctx, id: &str) -> Result<Vec<u8>> {
    let row = get(ctx, id).await?;
    key::picture(ctx, &row.holder).await?.ok_or_else(Error::not_found)
}

/// The newest key of a made seal.
pub(super) async fn newest_key(ctx: &mut Ctx, row: &Record) -> Result<Option<SealRow>> {
    Ok(keys::of_holder(ctx, &row.holder).await?.into_iter().next())
}

/// The live record of a key's holder; one without an application for an agency whose seal is needed
/// before anybody applied. Errors: `licence.agency_unknown`, `licence.seal_destroyed`.
pub(in crate::seal) async fn ensure(ctx: &mut Ctx, holder: &str) -> Result<Record> {
    match store::of_holder(ctx, holder).await? {
        Some(row) if row.is_live() => return Ok(row),
        Some(_) => return Err(Error::conflict("licence.seal_destroyed")),
        None => {}
    }
    let pack = ctx.env.pack.clone();
    let agency = pack.agency(holder).ok_or_else(|| Error::invalid("licence.agency_unknown"))?;
    let row = Record {
        kind: "agency".to_owned(),
        holder: agency.id.clone(),
        state: "active".to_owned(),
        ..blank(ctx, &agency)
    };
    if store::insert(ctx, &row).await? {
        recorded(ctx, "seal.entered", &row.id, json!({ "agency": row.agency })).await?;
        return Ok(row);
    }
    let found = store::of_holder(ctx, holder).await?;
    found.ok_or_else(|| Error::internal("seal record neither made nor found"))
}

/// A seal's record, whoever asks: the caller decides what it means. Errors: `not_found`.
pub(in crate::seal) async fn by_id(ctx: &mut Ctx, id: &str) -> Result<Record> {
    store::get(ctx, id).await
}

/// Gives each agency's seal that was made before there was a register its record.
pub(in crate::seal) async fn adopt(ctx: &mut Ctx) -> Result<()> {
    for holder in store::unrecorded(ctx).await? {
        // An agency the pack no longer has keeps its key, and no page shows it.
        if ctx.env.pack.agency(&holder).is_some() {
            ensure(ctx, &holder).await?;
        }
    }
    Ok(())
}

fn blank(ctx: &mut Ctx, agency: &pack::Agency) -> Record {
    let empty = String::new;
    Record {
        id: ctx.id(),
        agency: agency.id.clone(),
        division: agency.division.clone(),
        kind: empty(),
        name: empty(),
        holder: empty(),
        reason: empty(),
        basis: empty(),
        state: empty(),
        state_us: ctx.now.0,
        state_by: empty(),
        state_party: empty(),
        state_reason: empty(),
        applied_by: empty(),
        applied_party: empty(),
        applied_name: empty(),
        applied_us: ctx.now.0,
        decided_name: empty(),
        decided_us: 0,
        remark: empty(),
        keeper: empty(),
        keeper_name: empty(),
        keeper_role: empty(),
        keeper_us: ctx.now.0,
        revision: 1,
    }
}

/// Permission and second factor of every decision about a seal.
fn strong(ctx: &Ctx) -> Result<()> {
    party::authority::demand(ctx, MANAGE)?;
    if ctx.actor.assurance < 2 {
        return Err(Error::unauthenticated("sign_in.second_factor"));
    }
    Ok(())
}

/// The record within reach, held until the transaction ends. Errors: `not_found`, `licence.stale`.
async fn held(ctx: &mut Ctx, id: &str, revision: i64) -> Result<Record> {
    if !ctx.lock("seal_record", id).await? {
        return Err(Error::not_found());
    }
    let row = get(ctx, id).await?;
    if row.revision != revision {
        return Err(Error::conflict("licence.stale"));
    }
    Ok(row)
}

/// Whose seals the actor may read. Errors: `denied`.
fn reach(ctx: &Ctx) -> Result<Reach> {
    match party::authority::scope_division(ctx).is_empty() {
        true => Ok(Reach::Agency(ctx.actor.agency.clone())),
        false => party::authority::scope_prefix(ctx).map(Reach::Divisions),
    }
}

fn reaches(ctx: &Ctx, row: &Record) -> bool {
    party::authority::reaches(ctx, &row.agency, &row.division)
}

/// The officer with this sign-in name, who may keep seals of the agency.
/// Errors: `licence.seal_officer`.
async fn officer(ctx: &mut Ctx, login: &str, agency: &str) -> Result<Keeper> {
    let found = account::by_login(ctx, login).await?;
    keeper_of(ctx, found, agency).await
}

async fn keeper_of(ctx: &mut Ctx, found: Option<Account>, agency: &str) -> Result<Keeper> {
    let code = "licence.seal_officer";
    let wrong = || Error::invalid(code).field("keeper", code);
    let found = found.filter(|one| !one.closed && one.agency == agency).ok_or_else(wrong)?;
    let pack = ctx.env.pack.clone();
    let keeps = |role: &&String| pack.role_permissions(role).iter().any(|held| held == KEEP);
    let role = found.roles.iter().find(keeps).cloned().ok_or_else(wrong)?;
    let name = party::person::get(ctx, &found.person).await?.name;
    Ok(Keeper { account: found.id, name, role })
}

async fn given(ctx: &mut Ctx, id: &str, keeper: &Keeper, reason: &str) -> Result<()> {
    let custody = store::keep(ctx, id, keeper, reason).await?;
    let body = json!({ "keeper": keeper.account, "role": keeper.role, "reason": reason });
    let rows = [("seal_record", id), ("seal_custody", custody.as_str())];
    party::audit::record_rows(ctx, "seal.handed_over", &format!("seal:{id}"), body, &rows)
        .await
        .map(drop)
}

async fn recorded(ctx: &mut Ctx, kind: &str, id: &str, body: serde_json::Value) -> Result<()> {
    let subject = format!("seal:{id}");
    party::audit::record_row(ctx, kind, &subject, body, "seal_record", id).await.map(drop)
}
