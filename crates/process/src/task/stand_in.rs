//! Standing in for an absent officer: from when to when, and which colleague. The record is
//! `party`'s, and the same that serves cases.
//!
//! Invariant: a deputy is a colleague of the officer's agency who does tasks.
//!
//! Must not know: HTTP, pages; what a deputy does.

use super::verbs::colleague;
use crate::{Moment, WORK};
use ::store::Ctx;
use kernel::{Error, Result, Timestamp};
use party::{absence, authority};
use schemars::JsonSchema;
use serde::Serialize;

/// Who stands in for whom.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct StandIn {
    /// Id.
    pub id: String,
    /// Name of the absent officer.
    pub officer: String,
    /// Name of the deputy.
    pub deputy: String,
    /// First instant.
    pub from: Moment,
    /// The instant after the last.
    pub until: Moment,
    /// Why.
    pub reason: String,
    /// Whether the deputy takes what is offered to the officer's posts too.
    pub posts: bool,
    /// Whether it is the caller who is absent.
    pub own: bool,
    /// `to_come`, `running` or `over`.
    pub state: &'static str,
}

async fn told(ctx: &mut Ctx, one: absence::StandIn) -> Result<StandIn> {
    let officer = super::offer::officer(ctx, &one.officer).await?;
    let posts = absence::grants_posts(ctx, &one.id).await?;
    let state = match () {
        () if one.ended || one.until <= ctx.now => "over",
        () if one.from > ctx.now => "to_come",
        () => "running",
    };
    Ok(StandIn {
        id: one.id,
        own: one.officer == ctx.actor.account,
        officer: officer.map(|who| who.name).unwrap_or_default(),
        deputy: one.deputy_name,
        from: Moment(one.from),
        until: Moment(one.until),
        reason: one.reason,
        posts,
        state,
    })
}

/// Names a colleague who stands in for the actor; with `posts` he takes what is offered to the
/// actor's posts too. Errors: `denied`; `process.colleague`,
/// `absence.period`.
pub async fn stand_in_begin(
    ctx: &mut Ctx,
    deputy: &str,
    from: Timestamp,
    until: Timestamp,
    reason: &str,
    posts: bool,
) -> Result<StandIn> {
    authority::demand(ctx, WORK)?;
    let who = colleague(ctx, deputy).await?;
    let begun = absence::begin(ctx, (&who.account, &who.name), from, until, reason).await;
    let begun = begun.map_err(|error| match error.code {
        "absence.self" => Error::invalid("process.colleague").field("to", "process.colleague"),
        _ => error,
    })?;
    if posts {
        absence::grant_posts(ctx, &begun.id).await?;
    }
    told(ctx, begun).await
}

/// Officers of the actor's agency who do tasks, the actor left out, by account and name: for choosing a
/// deputy. Errors: `denied`.
pub(super) async fn colleagues(ctx: &mut Ctx) -> Result<Vec<(String, String)>> {
    authority::demand(ctx, WORK)?;
    let (agency, own, pack) =
        (ctx.actor.agency.clone(), ctx.actor.account.clone(), ctx.env.pack.clone());
    let mut out = Vec::new();
    for account in party::account::officers(ctx, &agency).await? {
        let held = pack.permissions_of(account.roles.iter().map(String::as_str));
        if account.id != own && held.contains(WORK) {
            out.push((account.id, party::person::get(ctx, &account.person).await?.name));
        }
    }
    Ok(out)
}

/// Ends one of the actor's own absences before its time. Errors: `denied`, `not_found`.
pub async fn stand_in_end(ctx: &mut Ctx, id: &str) -> Result<()> {
    authority::demand(ctx, WORK)?;
    absence::end(ctx, id).await
}

/// The actor's absences, and those in which he stands in, newest first. Errors: `denied`.
pub async fn stand_ins(ctx: &mut Ctx) -> Result<Vec<StandIn>> {
    authority::demand(ctx, WORK)?;
    let mut all = Vec::new();
    for one in absence::list(ctx).await? {
        all.push(told(ctx, one).await?);
    }
    Ok(all)
}
