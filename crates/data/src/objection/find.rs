//! Finding objections: one's own, the desk's, the late ones.

use super::model::Objection;
use super::{ANSWER, store};
use ::store::{Ctx, vals};
use kernel::{Error, Result};

/// Late objections looked through for those within a supervisor's reach.
const OVERDUE_MAX: usize = 500;

/// One page of objections.
pub type Page = (Vec<Objection>, Option<String>);

fn page(mut found: Vec<Objection>, cursor: impl Fn(&Objection) -> String) -> Page {
    let more = found.len() > store::PAGE;
    found.truncate(store::PAGE);
    let next = found.last().filter(|_| more).map(cursor);
    (found, next)
}

/// The actor's own objections, newest first, at most 50, older than `after`; and the next cursor.
/// Errors: `sign_in.needed`.
pub async fn mine(ctx: &mut Ctx, after: &str) -> Result<Page> {
    party::authority::signed_in(ctx)?;
    let before = if after.is_empty() { "~" } else { after };
    let person = ctx.actor.party.clone();
    let tail = "WHERE person_id = $1 AND id < $2 ORDER BY id DESC LIMIT $3";
    let found = store::all(ctx, tail, vals![person, before, store::PAGE + 1]).await?;
    Ok(page(found, |objection| objection.id.clone()))
}

/// One of the actor's own objections. Errors: `not_found`, also for another person's.
pub async fn find(ctx: &mut Ctx, id: &str) -> Result<Objection> {
    party::authority::signed_in(ctx)?;
    let found = store::by_id(ctx, id).await?;
    found.filter(|objection| objection.person == ctx.actor.party).ok_or_else(Error::not_found)
}

/// Objections to data that were shown in a matter, the oldest first, at most 50: for whoever decides
/// on it, who has checked that the actor may read the matter.
pub async fn of_matter(ctx: &mut Ctx, case_id: &str) -> Result<Vec<Objection>> {
    let tail = "WHERE case_id = $1 ORDER BY id LIMIT $2";
    store::all(ctx, tail, vals![case_id, store::PAGE]).await
}

/// Objections to the data of the actor's agency, at most 50: the open ones, the most urgent first,
/// or the answered ones in the order they were due. `after` is `due:id` of the last shown.
///
/// Errors: `denied` without the permission `data.objection.answer`.
pub async fn desk(ctx: &mut Ctx, status: super::Status, after: &str) -> Result<Page> {
    party::authority::demand(ctx, ANSWER)?;
    let (due, id) = after.split_once(':').unwrap_or(("", ""));
    let due: i64 = due.parse().unwrap_or(i64::MIN);
    let agency = ctx.actor.agency.clone();
    let tail = "WHERE source = $1 AND status = $2 AND (due_us > $3 OR (due_us = $3 AND id > $4))
         ORDER BY due_us, id LIMIT $5";
    let found =
        store::all(ctx, tail, vals![agency, status.name(), due, id, store::PAGE + 1]).await?;
    Ok(page(found, |objection| format!("{}:{}", objection.due.0, objection.id)))
}

/// An objection for who answers it. Errors: `denied` without the permission, `not_found` for one
/// of another source.
pub async fn for_desk(ctx: &mut Ctx, id: &str) -> Result<Objection> {
    party::authority::demand(ctx, ANSWER)?;
    let found = store::by_id(ctx, id).await?;
    let agency = |objection: &Objection| party::authority::same_agency(ctx, &objection.source);
    found.filter(agency).ok_or_else(Error::not_found)
}

/// Late objections within the actor's reach, the longest late first, at most 500 looked through.
/// Errors: `denied` without the permission `case.supervise`.
pub async fn overdue(ctx: &mut Ctx) -> Result<Vec<Objection>> {
    party::authority::demand(ctx, "case.supervise")?;
    let tail = "WHERE status = 'open' AND overdue = 1 ORDER BY due_us, id LIMIT $1";
    let mut found = store::all(ctx, tail, vals![OVERDUE_MAX]).await?;
    found
        .retain(|objection| party::authority::reaches(ctx, &objection.source, &objection.division));
    Ok(found)
}
