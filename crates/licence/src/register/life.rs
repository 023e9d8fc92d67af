//! A licence's life after issue, as far as it stays the same licence: annotated, suspended,
//! resumed, revoked, cancelled, forfeited, transferred out, lapsed.

use super::model::{Event, LicenceRow, event_of, state_of};
use super::pages::READ;
use super::{REVOKE, store};
use crate::status;
use ::store::job::{Handler, Later};
use ::store::{Ctx, JobSpec};
use kernel::{Error, Result};
use pack::licence::{LicenceState, Operation};
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
pub(super) struct Change<'a> {
    pub operation: Operation,
    pub reason: &'a str,
    pub article: &'a str,
}

/// Does to a licence what leaves it the same licence: a note, suspension, resumption, revocation,
/// forfeiture, cancellation, transfer to another agency. Permission `licence.revoke`, the issuing
/// agency, a second factor. `reason` is told to the public and must name nobody; `article` is the
/// law.
///
/// Errors: `denied`, `sign_in.second_factor`, `not_found` for another agency's licence,
/// `licence.reason`, `licence.article`, `licence.ended` when it has ended already, `licence.state`
/// when it is in a state in which this cannot be done, `licence.state_not_allowed` when its type
/// does not have the operation, `licence.act` for one that makes another licence.
pub async fn act(
    ctx: &mut Ctx,
    id: &str,
    operation: Operation,
    reason: &str,
    article: &str,
) -> Result<()> {
    if matches!(operation, Operation::Issue | Operation::Expire) || operation.makes_next() {
        return Err(Error::invalid("licence.act").field("act", "licence.act"));
    }
    let row = reached(ctx, id, REVOKE).await?;
    check_words(reason, article)?;
    permit(ctx, &row, operation)?;
    apply(ctx, &row, &Change { operation, reason, article }).await?;
    let gentle = matches!(operation, Operation::Annotate | Operation::Resume);
    message(ctx, if gentle { "licence.changed" } else { "licence.revoked" }, &row).await
}

/// Takes back a licence that was granted wrongly (撤销, 行政许可法第六十九条). Errors: as [`act`].
pub async fn revoke(ctx: &mut Ctx, id: &str, reason: &str, article: &str) -> Result<()> {
    act(ctx, id, Operation::Revoke, reason, article).await
}

/// Cancels a licence that lost its ground, or at its holder's wish (注销, 行政许可法第七十条).
/// Errors: as [`act`].
pub async fn cancel(ctx: &mut Ctx, id: &str, reason: &str, article: &str) -> Result<()> {
    act(ctx, id, Operation::Cancel, reason, article).await
}

/// Takes a licence away as a penalty (吊销, 行政处罚法第九条). Errors: as [`act`].
pub async fn forfeit(ctx: &mut Ctx, id: &str, reason: &str, article: &str) -> Result<()> {
    act(ctx, id, Operation::Forfeit, reason, article).await
}

/// Suspends a licence until it is resumed (暂扣). Errors: as [`act`].
pub async fn suspend(ctx: &mut Ctx, id: &str, reason: &str, article: &str) -> Result<()> {
    act(ctx, id, Operation::Suspend, reason, article).await
}

/// Resumes a suspended licence. Errors: as [`act`].
pub async fn resume(ctx: &mut Ctx, id: &str, reason: &str, article: &str) -> Result<()> {
    act(ctx, id, Operation::Resume, reason, article).await
}

/// Adds a note to the licence's history; its state stays. Errors: as [`act`].
pub async fn annotate(ctx: &mut Ctx, id: &str, note: &str, article: &str) -> Result<()> {
    act(ctx, id, Operation::Annotate, note, article).await
}

/// Refuses a page that shows an older state. Errors: `licence.stale`.
pub(super) async fn fresh(ctx: &mut Ctx, id: &str, revision: Option<i64>) -> Result<()> {
    let row = reached(ctx, id, READ).await?;
    match revision {
        Some(seen) if seen != row.revision => Err(Error::conflict("licence.stale")),
        _ => Ok(()),
    }
}

/// The licence, locked, when the actor may change it.
pub(super) async fn reached(ctx: &mut Ctx, id: &str, permission: &str) -> Result<LicenceRow> {
    let row = locked(ctx, id, permission).await?;
    if !party::authority::same_agency(ctx, &row.agency) {
        return Err(Error::not_found());
    }
    Ok(row)
}

/// Any agency's licence, locked, for an officer with the permission and a second factor.
pub(super) async fn locked(ctx: &mut Ctx, id: &str, permission: &str) -> Result<LicenceRow> {
    party::authority::demand(ctx, permission)?;
    if ctx.actor.assurance < 2 {
        return Err(Error::unauthenticated("sign_in.second_factor"));
    }
    if !ctx.lock("licence", id).await? {
        return Err(Error::not_found());
    }
    store::get(ctx, id).await
}

pub(super) fn check_words(reason: &str, article: &str) -> Result<()> {
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

/// Whether the operation may be done now. Errors: `licence.state`, `licence.ended`,
/// `licence.state_not_allowed`.
pub(super) fn permit(ctx: &Ctx, row: &LicenceRow, operation: Operation) -> Result<()> {
    use LicenceState::{Suspended, Transferred, Valid};
    let from = state_of(row.state_at(ctx.now))?;
    if !operation.from().contains(&from) {
        let live = matches!(from, Valid | Suspended | Transferred);
        return Err(Error::conflict(if live { "licence.state" } else { "licence.ended" }));
    }
    let kind = ctx.env.pack.licence_type(&row.type_id);
    if kind.is_some_and(|kind| !kind.allows(operation)) {
        return Err(Error::conflict("licence.state_not_allowed"));
    }
    Ok(())
}

/// Writes the state an operation leads to, and what follows from it.
pub(super) async fn apply(ctx: &mut Ctx, row: &LicenceRow, change: &Change<'_>) -> Result<()> {
    let Some(to) = change.operation.to() else { return record(ctx, row, change).await };
    let ended = !matches!(to, LicenceState::Valid | LicenceState::Suspended);
    store::set_state(ctx, &row.id, to.code(), change.reason.trim(), ended).await?;
    if ended {
        ctx.unschedule(LAPSE, &row.id).await?;
    }
    status::changed(ctx, &row.agency).await?;
    record(ctx, row, change).await
}

/// Event, evidence and topic of a change.
pub(super) async fn record(ctx: &mut Ctx, row: &LicenceRow, change: &Change<'_>) -> Result<()> {
    let event = Event {
        id: ctx.id(),
        at_us: ctx.now.0,
        account: ctx.actor.account.clone(),
        agency: ctx.actor.agency.clone(),
        kind: event_of(change.operation).to_owned(),
        before: row.state.clone(),
        after: change.operation.to().map_or(row.state.clone(), |state| state.code().to_owned()),
        reason: change.reason.trim().to_owned(),
        article: change.article.trim().to_owned(),
    };
    store::insert_event(ctx, &row.id, &event).await?;
    let kind = format!("licence.{}", event.kind);
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
    let licence = pack.licence_type(&row.type_id).map(|kind| kind.name.clone());
    let agency = pack.agency(&row.agency).map(|agency| agency.name);
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
    apply(ctx, row, &Change { operation: Operation::Expire, reason, article }).await
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
