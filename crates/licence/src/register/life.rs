//! A licence's life after issue: suspended, resumed, revoked, cancelled, forfeited, lapsed,
//! annotated.

use super::model::{Event, LicenceRow, state_of};
use super::{REVOKE, store};
use crate::status;
use ::store::job::{Handler, Later};
use ::store::{Ctx, JobSpec};
use kernel::{Error, Result};
use pack::licence::LicenceState;
use serde_json::{Value as Json, json};

/// Longest reason, in characters.
const REASON_MAX: usize = 200;
/// Longest citation of an article, in characters.
const ARTICLE_MAX: usize = 100;

/// Name of the timer that ends a licence after its last day.
pub(super) const LAPSE: &str = "licence.lapse";
/// Its job.
pub(super) const LAPSE_JOB: JobSpec = JobSpec { name: LAPSE, handler: Handler::Within(lapse) };

/// What changes and why.
struct Change<'a> {
    to: LicenceState,
    kind: &'static str,
    reason: &'a str,
    article: &'a str,
}

/// Takes back a licence that was granted wrongly (撤销, 行政许可法第六十九条). Permission
/// `licence.revoke`, the issuing agency, a second factor. `reason` is told to the public and must
/// name nobody; `article` is the law.
///
/// Errors: `denied`, `sign_in.second_factor`, `not_found` for another agency's licence,
/// `licence.reason`, `licence.article`, `licence.ended` when it has ended already,
/// `licence.state_not_allowed` when its type has no such state.
pub async fn revoke(ctx: &mut Ctx, id: &str, reason: &str, article: &str) -> Result<()> {
    change(ctx, id, &Change { to: LicenceState::Revoked, kind: "revoked", reason, article }).await
}

/// Cancels a licence that lost its ground, or at its holder's wish (注销, 行政许可法第七十条).
/// Errors: as [`revoke`].
pub async fn cancel(ctx: &mut Ctx, id: &str, reason: &str, article: &str) -> Result<()> {
    change(ctx, id, &Change { to: LicenceState::Cancelled, kind: "cancelled", reason, article })
        .await
}

/// Takes a licence away as a penalty (吊销, 行政处罚法第九条). Errors: as [`revoke`].
pub async fn forfeit(ctx: &mut Ctx, id: &str, reason: &str, article: &str) -> Result<()> {
    change(ctx, id, &Change { to: LicenceState::Forfeited, kind: "forfeited", reason, article })
        .await
}

/// Suspends a licence until it is resumed (暂扣). Errors: as [`revoke`]; `licence.state` when it is
/// suspended already.
pub async fn suspend(ctx: &mut Ctx, id: &str, reason: &str, article: &str) -> Result<()> {
    change(ctx, id, &Change { to: LicenceState::Suspended, kind: "suspended", reason, article })
        .await
}

/// Resumes a suspended licence. Errors: as [`revoke`]; `licence.state` when it is not suspended.
pub async fn resume(ctx: &mut Ctx, id: &str, reason: &str, article: &str) -> Result<()> {
    change(ctx, id, &Change { to: LicenceState::Valid, kind: "resumed", reason, article }).await
}

/// Adds a note to the licence's history; its state stays. Errors: as [`revoke`].
pub async fn annotate(ctx: &mut Ctx, id: &str, note: &str, article: &str) -> Result<()> {
    let row = reached(ctx, id).await?;
    check_words(note, article)?;
    let change = Change { to: state_of(&row.state)?, kind: "annotated", reason: note, article };
    record(ctx, &row, &change).await
}

/// Refuses a page that shows an older state. Errors: `licence.stale`.
pub(super) async fn fresh(ctx: &mut Ctx, id: &str, revision: Option<i64>) -> Result<()> {
    let row = reached(ctx, id).await?;
    match revision {
        Some(seen) if seen != row.revision => Err(Error::conflict("licence.stale")),
        _ => Ok(()),
    }
}

/// The licence, locked, when the actor may change it.
async fn reached(ctx: &mut Ctx, id: &str) -> Result<LicenceRow> {
    party::authority::demand(ctx, REVOKE)?;
    if ctx.actor.assurance < 2 {
        return Err(Error::unauthenticated("sign_in.second_factor"));
    }
    if !ctx.lock("licence", id).await? {
        return Err(Error::not_found());
    }
    let row = store::get(ctx, id).await?;
    if !party::authority::same_agency(ctx, &row.agency) {
        return Err(Error::not_found());
    }
    Ok(row)
}

fn check_words(reason: &str, article: &str) -> Result<()> {
    let bad = |text: &str, max: usize| {
        text.trim().is_empty()
            || text.chars().count() > max
            || text.chars().any(webkit::form::forbidden)
    };
    let mut faults = Error::invalid("licence.reason");
    if bad(reason, REASON_MAX) {
        faults = faults.field("reason", "licence.reason");
    }
    if bad(article, ARTICLE_MAX) {
        faults = faults.field("article", "licence.article");
    }
    faults.if_any_field()
}

async fn change(ctx: &mut Ctx, id: &str, change: &Change<'_>) -> Result<()> {
    let row = reached(ctx, id).await?;
    check_words(change.reason, change.article)?;
    decide(ctx, &row, change.to)?;
    apply(ctx, &row, change).await?;
    message(ctx, "licence.revoked", &row).await
}

/// Whether the licence may go to the state.
fn decide(ctx: &Ctx, row: &LicenceRow, to: LicenceState) -> Result<()> {
    use LicenceState::{Suspended, Valid};
    let from = state_of(row.state_at(ctx.now))?;
    match (from, to) {
        (Valid, Valid) | (Suspended, Suspended) => return Err(Error::conflict("licence.state")),
        (Valid | Suspended, _) => {}
        _ => return Err(Error::conflict("licence.ended")),
    }
    let kind = ctx.env.pack.licence_type(&row.type_id);
    if kind.is_some_and(|kind| to != Valid && !kind.states.contains(&to)) {
        return Err(Error::conflict("licence.state_not_allowed"));
    }
    Ok(())
}

async fn apply(ctx: &mut Ctx, row: &LicenceRow, change: &Change<'_>) -> Result<()> {
    let ended = !matches!(change.to, LicenceState::Valid | LicenceState::Suspended);
    store::set_state(ctx, &row.id, change.to.code(), change.reason.trim(), ended).await?;
    if ended {
        ctx.unschedule(LAPSE, &row.id).await?;
    }
    status::changed(ctx, &row.agency).await?;
    record(ctx, row, change).await
}

/// Event, evidence and topic of a change.
async fn record(ctx: &mut Ctx, row: &LicenceRow, change: &Change<'_>) -> Result<()> {
    let event = Event {
        id: ctx.id(),
        at_us: ctx.now.0,
        account: ctx.actor.account.clone(),
        agency: ctx.actor.agency.clone(),
        kind: change.kind.to_owned(),
        before: row.state.clone(),
        after: change.to.code().to_owned(),
        reason: change.reason.trim().to_owned(),
        article: change.article.trim().to_owned(),
    };
    store::insert_event(ctx, &row.id, &event).await?;
    let kind = format!("licence.{}", change.kind);
    let body = json!({ "before": event.before, "after": event.after, "article": event.article });
    let subject = format!("licence:{}", row.id);
    party::audit::record_row(ctx, &kind, &subject, body, "licence", &row.id).await?;
    let payload = json!({ "licence": row.id, "type": row.type_id, "case": row.case_id });
    ctx.emit(&kind, &payload).await
}

/// Tells the holder, or his guardians, by the pack's template for the event.
pub(super) async fn message(ctx: &mut Ctx, template: &str, row: &LicenceRow) -> Result<()> {
    let pack = ctx.env.pack.clone();
    if pack.message(template).is_none() {
        return Ok(());
    }
    let licence = pack.licence_type(&row.type_id).map(|kind| kind.name.zh.clone());
    let agency = pack.agency(&row.agency).map(|agency| agency.name.zh);
    let args = [("licence", licence.unwrap_or_default()), ("agency", agency.unwrap_or_default())];
    let mut told = party::delegation::guardians_of(ctx, &row.holder).await?;
    if told.is_empty() {
        told.push(row.holder.clone());
    }
    for person in told {
        let link = format!("/wallet/{}", row.id);
        party::message::send(ctx, &person, template, &args, &link).await?;
    }
    Ok(())
}

/// Ends a licence that is past its last day.
pub(crate) async fn lapse_in_force(ctx: &mut Ctx, row: &LicenceRow) -> Result<()> {
    let (reason, article) = ("有效期届满 Its last day has passed", "");
    apply(ctx, row, &Change { to: LicenceState::Expired, kind: "lapsed", reason, article }).await
}

fn lapse<'a>(ctx: &'a mut Ctx, payload: &'a Json) -> Later<'a> {
    Box::pin(async move {
        let id = payload["licence"].as_str().unwrap_or("");
        if !ctx.lock("licence", id).await? {
            return Ok(());
        }
        let row = store::get(ctx, id).await?;
        // Ended otherwise in the meantime, or the clock was set back.
        if matches!(row.state.as_str(), "01" | "02") && row.state_at(ctx.now) == "05" {
            lapse_in_force(ctx, &row).await?;
        }
        Ok(())
    })
}
