//! The two-person ceremony: one administrator orders, another approves, and what was ordered is
//! carried out in the transaction of the approval.
//!
//! Invariants: nobody approves what he ordered, under whichever account; what was checked at the
//! order is checked again at the approval; an order is carried out once, and not after
//! [`DAYS`] days; order and approval are in the evidence log with the rows they changed.
//! Must not know: pages, SQL.

use super::issue::{self, Issuer};
use super::model::{
    Act, Authority, Cause, Certified, DEPTH_MAX, Order, Profile, algorithm, algorithm_name,
};
use super::{MANAGE, adopt, provider, standing, store};
use crate::seal;
use ::store::Ctx;
use kernel::{Error, Result, Timestamp};
use proof::certificate::request::SigningRequest;
use proof::key::Algorithm;
use serde_json::json;

/// Days after which an order can no longer be approved.
pub const DAYS: i64 = 7;
/// Longest reason or remark, in characters.
const REASON_MAX: usize = 200;
/// Longest name of an authority, in characters (RFC 5280).
const NAME_MAX: usize = 64;

/// Orders an act. Permission `authority.manage`, a second factor, the division it is about.
///
/// Errors: `denied`, `sign_in.second_factor`, `not_found`, `licence.reason_text`,
/// `licence.order_open` when the same is ordered already, and whatever would hinder carrying it out.
pub async fn order(ctx: &mut Ctx, act: &Act, reason: &str) -> Result<Order> {
    strong(ctx)?;
    let reason = words(reason, "reason")?;
    let (division, target) = check(ctx, act).await?;
    if !target.is_empty() && store::is_ordered(ctx, act.kind(), &target).await? && repeats(act) {
        return Err(Error::conflict("licence.order_open"));
    }
    let order = Order {
        id: ctx.id(),
        kind: act.kind().to_owned(),
        division,
        target,
        body: serde_json::to_string(act).map_err(Error::internal)?,
        reason,
        ordered_by: ctx.actor.account.clone(),
        ordered_party: ctx.actor.party.clone(),
        ordered_name: ctx.actor.name.clone(),
        ordered_us: ctx.now.0,
        state: "open".to_owned(),
        decided_by: String::new(),
        decided_name: String::new(),
        decided_us: 0,
        remark: String::new(),
        result: String::new(),
        revision: 1,
    };
    store::insert_order(ctx, &order).await?;
    let body = json!({ "kind": order.kind, "target": order.target, "reason": order.reason });
    let subject = format!("authority_order:{}", order.id);
    let row = order.id.clone();
    party::audit::record_row(ctx, "authority.ordered", &subject, body, "authority_order", &row)
        .await?;
    Ok(order)
}

/// True for acts of which one on the same thing is enough.
fn repeats(act: &Act) -> bool {
    matches!(act, Act::Renew { .. } | Act::Resume { .. } | Act::Revoke { .. })
}

/// Approves an order and carries it out, or refuses it; who ordered may only take it back.
///
/// Errors: as [`order`]; `licence.order_decided`, `licence.order_stale`, `licence.order_same_person`,
/// `licence.stale`.
pub async fn decide(
    ctx: &mut Ctx,
    id: &str,
    revision: i64,
    approve: bool,
    remark: &str,
) -> Result<Order> {
    strong(ctx)?;
    if !ctx.lock("authority_order", id).await? {
        return Err(Error::not_found());
    }
    let order = get(ctx, id).await?;
    if order.state != "open" {
        return Err(Error::conflict("licence.order_decided"));
    }
    if order.revision != revision {
        return Err(Error::conflict("licence.stale"));
    }
    let remark = match approve {
        true => optional(remark, "remark")?,
        false => words(remark, "remark")?,
    };
    let subject = format!("authority_order:{id}");
    if !approve {
        store::decide_order(ctx, id, "refused", &remark, "").await?;
        let body = json!({ "remark": remark });
        party::audit::record_row(ctx, "authority.refused", &subject, body, "authority_order", id)
            .await?;
        return get(ctx, id).await;
    }
    let ordered_by_him = order.ordered_by == ctx.actor.account
        || (!order.ordered_party.is_empty() && order.ordered_party == ctx.actor.party);
    if ordered_by_him {
        return Err(Error::conflict("licence.order_same_person"));
    }
    if ctx.now > Timestamp(order.ordered_us).plus_days(DAYS) {
        return Err(Error::conflict("licence.order_stale"));
    }
    let act = order.act()?;
    check(ctx, &act).await?;
    let result = carry_out(ctx, &act, &order.reason).await?;
    store::decide_order(ctx, id, "done", &remark, &result).await?;
    let body = json!({ "kind": order.kind, "result": result, "ordered_by": order.ordered_by });
    let rows = [("authority_order", id), ("authority_certificate", result.as_str())];
    party::audit::record_rows(ctx, "authority.approved", &subject, body, &rows).await?;
    get(ctx, id).await
}

/// One order within reach. Permission `authority.manage`. Errors: `denied`, `not_found`.
pub async fn get(ctx: &mut Ctx, id: &str) -> Result<Order> {
    party::authority::demand(ctx, MANAGE)?;
    let order = store::order(ctx, id).await?;
    within_reach(ctx, &order.division)?;
    Ok(order)
}

/// Orders within reach in a state, newest first, of the newest 50. Permission `authority.manage`.
pub async fn list(ctx: &mut Ctx, state: &str) -> Result<Vec<Order>> {
    party::authority::demand(ctx, MANAGE)?;
    store::orders(ctx, state).await
}

/// Permission and second factor of every act.
pub(super) fn strong(ctx: &Ctx) -> Result<()> {
    party::authority::demand(ctx, MANAGE)?;
    if ctx.actor.assurance < 2 {
        return Err(Error::unauthenticated("sign_in.second_factor"));
    }
    Ok(())
}

/// Refuses what lies outside the administrator's division as if it were not there.
pub(super) fn within_reach(ctx: &Ctx, division: &str) -> Result<()> {
    let scope = party::authority::scope_division(ctx);
    if !scope.is_empty() && party::authority::within(&ctx.env.pack, division, &scope) {
        return Ok(());
    }
    Err(Error::not_found())
}

/// Words that somebody must say. Errors: `licence.reason_text`.
pub(super) fn words(text: &str, field: &str) -> Result<String> {
    let text = optional(text, field)?;
    if text.is_empty() {
        return Err(wrong_words(field));
    }
    Ok(text)
}

fn optional(text: &str, field: &str) -> Result<String> {
    let text = text.trim();
    if text.chars().count() > REASON_MAX || text.chars().any(webkit::form::forbidden) {
        return Err(wrong_words(field));
    }
    Ok(text.to_owned())
}

fn wrong_words(field: &str) -> Error {
    let code = "licence.reason_text";
    Error::invalid(code).field(field, code)
}

fn fault(code: &'static str, field: &str) -> Error {
    Error::invalid(code).field(field, code)
}

/// Checks that an act can be carried out; the division and the thing it is about.
async fn check(ctx: &mut Ctx, act: &Act) -> Result<(String, String)> {
    match act {
        Act::Establish { parent, division, name, algorithm, provider } => {
            check_establish(ctx, (parent, division), name, algorithm, provider).await
        }
        Act::Certify { authority, profile, holder, request } => {
            check_certify(ctx, authority, profile, holder, request).await
        }
        Act::Renew { certificate } => {
            let row = within(ctx, certificate).await?;
            if row.profile == Profile::Twin.as_str() {
                return Err(Error::conflict("licence.certificate_twin"));
            }
            let newest = store::newest(ctx, &row.holder, &row.profile).await?;
            if newest.is_some_and(|newest| newest.id != row.id) {
                return Err(Error::conflict("licence.certificate_followed"));
            }
            Ok((row.division, row.id))
        }
        Act::Resume { certificate } => {
            let row = within(ctx, certificate).await?;
            if row.state != "suspended" {
                return Err(Error::conflict("licence.certificate_state"));
            }
            Ok((row.division, row.id))
        }
        Act::Revoke { certificate, cause, since } => {
            let row = within(ctx, certificate).await?;
            standing::check_may_end(&row)?;
            if *cause == Cause::Hold {
                return Err(fault("licence.cause_unknown", "cause"));
            }
            standing::since(ctx, &row, since.as_deref())?;
            Ok((row.division, row.id))
        }
    }
}

async fn within(ctx: &mut Ctx, certificate: &str) -> Result<Certified> {
    let row = store::certificate(ctx, certificate).await?;
    within_reach(ctx, &row.division)?;
    Ok(row)
}

async fn check_establish(
    ctx: &mut Ctx,
    (parent, division): (&str, &str),
    name: &str,
    kind: &str,
    provider_name: &str,
) -> Result<(String, String)> {
    let length = name.chars().count();
    if length == 0 || length > NAME_MAX || name.trim() != name || name.chars().any(char::is_control)
    {
        return Err(fault("licence.authority_name", "name"));
    }
    if store::is_named(ctx, name).await? {
        return Err(fault("licence.authority_named", "name"));
    }
    if ctx.env.pack.divisions().find(division).is_none() {
        return Err(fault("licence.division_unknown", "division"));
    }
    within_reach(ctx, division)?;
    let kind = algorithm(kind)?;
    if !provider::provider(&ctx.env, provider_name)?.algorithms().contains(&kind) {
        return Err(provider::not_served());
    }
    if parent.is_empty() {
        // A root is the province's affair.
        let province = adopt::province(ctx)?;
        within_reach(ctx, &province)?;
        return Ok((province, String::new()));
    }
    let above = issue::open(ctx, parent).await?;
    let row = store::authority(ctx, parent).await?;
    if row.depth >= DEPTH_MAX {
        return Err(fault("licence.authority_depth", "parent"));
    }
    if row.algorithm != algorithm_name(kind) {
        return Err(provider::not_served());
    }
    let inside = party::authority::within(&ctx.env.pack, division, &row.division);
    if !inside && !row.parent.is_empty() {
        return Err(fault("licence.division_unknown", "division"));
    }
    Ok((division.to_owned(), above.id))
}

async fn check_certify(
    ctx: &mut Ctx,
    authority: &str,
    profile: &str,
    holder: &str,
    request: &str,
) -> Result<(String, String)> {
    let issuer = issue::open(ctx, authority).await?;
    let row = store::authority(ctx, authority).await?;
    let profile = Profile::parse(profile)?;
    if !profile.is_ordered() {
        return Err(fault("licence.profile_unknown", "profile"));
    }
    let pack = ctx.env.pack.clone();
    let agency = pack.agency(holder).ok_or_else(|| fault("licence.agency_unknown", "holder"))?;
    let covered =
        row.parent.is_empty() || party::authority::within(&pack, &agency.division, &row.division);
    if !covered {
        return Err(fault("licence.agency_elsewhere", "holder"));
    }
    within_reach(ctx, &agency.division)?;
    if !request.is_empty() {
        requested(request)?;
    } else if profile == Profile::Agency && row.algorithm != algorithm_name(Algorithm::Sm2) {
        // What seals is SM2; another key is the holder's own, who sends a request.
        return Err(fault("licence.certificate_request", "request"));
    }
    Ok((agency.division, issuer.id))
}

fn requested(request: &str) -> Result<SigningRequest> {
    SigningRequest::from_pem(request)
        .map_err(|error| fault("licence.certificate_request", "request").detail(error))
}

/// Carries out an act that was checked; the id of the certificate it is about or that came of it.
async fn carry_out(ctx: &mut Ctx, act: &Act, reason: &str) -> Result<String> {
    let made = match act {
        Act::Establish { parent, division, name, algorithm, provider } => {
            let above = match parent.is_empty() {
                true => None,
                false => Some(issue::open(ctx, parent).await?),
            };
            let new = Authority {
                id: ctx.id(),
                parent: parent.clone(),
                depth: above.as_ref().map_or(0, |above| above.depth + 1),
                division: division.clone(),
                name: name.clone(),
                algorithm: algorithm.clone(),
                state: "active".to_owned(),
                revision: 1,
            };
            issue::establish(ctx, above.as_ref(), new, provider).await?
        }
        Act::Certify { authority, profile, holder, request } => {
            let issuer = issue::open(ctx, authority).await?;
            certify(ctx, &issuer, Profile::parse(profile)?, holder, request).await?
        }
        Act::Renew { certificate } => {
            let row = store::certificate(ctx, certificate).await?;
            renew(ctx, &row).await?
        }
        Act::Resume { certificate } => {
            return standing::resume(ctx, certificate, reason).await;
        }
        Act::Revoke { certificate, cause, since } => {
            return standing::revoke(ctx, certificate, *cause, since.as_deref(), reason).await;
        }
    };
    record_made(ctx, act.kind(), &made).await?;
    Ok(made.id)
}

async fn record_made(ctx: &mut Ctx, kind: &str, made: &Certified) -> Result<()> {
    let body = json!({
        "holder": made.holder, "profile": made.profile, "authority": made.authority,
        "serial": made.serial, "predecessor": made.predecessor,
    });
    let subject = format!("certificate:{}", made.id);
    let kind = format!("authority.{kind}");
    let mut rows = vec![("authority_certificate", made.id.as_str())];
    if matches!(made.profile.as_str(), "root" | "authority") {
        rows.push(("authority", &made.id));
    }
    party::audit::record_rows(ctx, &kind, &subject, body, &rows).await.map(drop)
}

async fn certify(
    ctx: &mut Ctx,
    issuer: &Issuer,
    profile: Profile,
    holder: &str,
    request: &str,
) -> Result<Certified> {
    let pack = ctx.env.pack.clone();
    let agency = pack.agency(holder).ok_or_else(|| fault("licence.agency_unknown", "holder"))?;
    let named = issue::subject(ctx, &agency.name.zh, &agency.credit_code);
    let whom = (holder, agency.division.as_str(), named.clone());
    if !request.is_empty() {
        let request = requested(request)?;
        return issue::of_request(ctx, issuer, request.key(), profile, whom).await;
    }
    if profile != Profile::Agency {
        let (name, _) = store::key(ctx, &issuer.id).await?;
        return issue::with_new_key(ctx, issuer, &name, profile, whom).await;
    }
    // A pair: the key that signs and seals, and the key to which values are encrypted.
    let id = seal::key::replace(ctx, holder, issuer).await?;
    let pair = issue::with_new_key(ctx, issuer, provider::FILE, Profile::Encryption, whom).await?;
    record_made(ctx, "certify", &pair).await?;
    store::certificate(ctx, &id).await
}

/// The next certificate after one, under the same authority or the one that took its place.
async fn renew(ctx: &mut Ctx, row: &Certified) -> Result<Certified> {
    let profile = Profile::parse(&row.profile)?;
    if matches!(profile, Profile::Root | Profile::Authority) {
        return rotate(ctx, row).await;
    }
    let issuer = successor(ctx, &row.authority).await?;
    if seal::key::is_kept(ctx, &row.id).await? {
        let id = seal::key::replace(ctx, &row.holder, &issuer).await?;
        return store::certificate(ctx, &id).await;
    }
    // A key that only its holder has is renewed by his request.
    let (name, _) = store::key(ctx, &row.id).await.map_err(|error| match error.kind {
        kernel::Kind::NotFound => Error::conflict("licence.certificate_request"),
        _ => error,
    })?;
    let named = issue::read(row)?.subject().clone();
    let whom = (row.holder.as_str(), row.division.as_str(), named);
    issue::with_new_key(ctx, &issuer, &name, profile, whom).await
}

/// A new key for an authority: the next one of its name issues, the present one only publishes.
async fn rotate(ctx: &mut Ctx, row: &Certified) -> Result<Certified> {
    let before = store::authority(ctx, &row.id).await?;
    let above = match before.parent.is_empty() {
        true => None,
        false => Some(successor(ctx, &before.parent).await?),
    };
    let (name, _) = store::key(ctx, &before.id).await?;
    let parent = above.as_ref().map(|above| above.id.clone()).unwrap_or_default();
    let new = Authority { id: ctx.id(), parent, ..before.clone() };
    store::retire_authority(ctx, &before.id).await?;
    let body = json!({ "followed_by": new.id });
    let subject = format!("certificate:{}", before.id);
    party::audit::record_row(ctx, "authority.retired", &subject, body, "authority", &before.id)
        .await?;
    issue::establish(ctx, above.as_ref(), new, &name).await
}

/// The authority, or the one that took its place when it was renewed.
async fn successor(ctx: &mut Ctx, id: &str) -> Result<Issuer> {
    let row = store::authority(ctx, id).await?;
    let active = store::issuing(ctx, &row.algorithm).await?;
    let next = active.into_iter().find(|one| one.id == row.id || one.name == row.name);
    issue::open(ctx, &next.map_or(row.id, |one| one.id)).await
}
