//! What may be done with a case, each with its authority.
//!
//! Invariants: every verb runs in the caller's transaction, locks the family of the case first,
//! and refuses a page older than the case (`revision`). What an officer decides cites a law the
//! packs know. Officers act for the agency of the case;
//! applicants on their own case; what the actor may not know of is not found.
//! Must not know: HTTP, how a state comes to be.

use super::access::{self, Standing};
use super::act::Acting;
use super::body::{
    Acceptance, Correction, CorrectionNotice, Decision, Extension, HandOver, RefusalOfAcceptance,
    Reopening, Resumption, Revocation, Suspension, Withdrawal,
};
use super::model::{Done, Material};
use super::{beginning, document, entry, result, supply};
use flow::case::{Command, DocumentKind, Phase};
use kernel::calendar::Limit;
use kernel::{Actor, Error, Result};
use store::Ctx;

/// May see the work list and the cases of his agency.
pub const READ: &str = "case.read";
/// May accept, refuse acceptance, ask for corrections.
pub const ACCEPT: &str = "case.accept";
/// May stop and resume the clock.
pub const SUSPEND: &str = "case.suspend";
/// May decide and deliver.
pub const DECIDE: &str = "case.decide";
/// Heads the agency: may extend, and act on a case another officer has claimed.
pub const EXTEND: &str = "case.extend";
/// May claim, hand over and name a deputy.
pub const TRANSFER: &str = "case.transfer";
/// May revoke a grant with its licence.
pub const REVOKE: &str = "licence.revoke";
/// May file for a citizen present at the window.
pub const ASSIST: &str = "application.assist";
/// May watch the clocks of every case of his division.
pub const SUPERVISE: &str = "case.supervise";

/// Under whose name the platform delivers what an applicant's act completes.
const PLATFORM: &str = "service.case";

/// Accepts the application, with answers to what its procedure asks. Errors: those of the lifecycle,
/// `case.stale`; `process.answers` with a field for each fault.
pub async fn accept(
    ctx: &mut Ctx,
    id: &str,
    revision: Option<i64>,
    body: Acceptance,
) -> Result<Done> {
    let mut acting = officers(ctx, id, revision, ACCEPT).await?;
    let command = Command::Accept { tolerated: body.tolerated, promise: body.promise };
    acting.apply(ctx, &command)?;
    let begins = Box::pin(beginning::accepted(ctx, &acting, body.procedure));
    acting.begins = begins.await?;
    acting.finish(ctx).await
}

/// Refuses to accept, with reasons and remedies.
pub async fn refuse_acceptance(
    ctx: &mut Ctx,
    id: &str,
    revision: Option<i64>,
    body: RefusalOfAcceptance,
) -> Result<Done> {
    let mut acting = officers(ctx, id, revision, ACCEPT).await?;
    let cited = acting.cites(ctx, &body.article);
    let remedies = acting.remedies(&body.remedies);
    acting.apply(
        ctx,
        &Command::RefuseAcceptance { reasons: body.reasons, remedies, article: body.article },
    )?;
    cited?;
    acting.finish(ctx).await
}

/// Asks once for everything to be mended.
pub async fn ask_correction(
    ctx: &mut Ctx,
    id: &str,
    revision: Option<i64>,
    body: CorrectionNotice,
) -> Result<Done> {
    let mut acting = officers(ctx, id, revision, ACCEPT).await?;
    acting.check_askable(ctx, &body)?;
    let (fields, materials) = (body.fields, body.materials);
    acting.apply(ctx, &Command::AskCorrection { fields, materials, note: body.note })?;
    acting.finish(ctx).await
}

/// The applicant mends what was asked, all at once.
pub async fn supply_correction(
    ctx: &mut Ctx,
    id: &str,
    revision: Option<i64>,
    body: Correction,
) -> Result<Done> {
    let mut acting = applicants(ctx, id, revision).await?;
    let fields: Vec<String> = body.answers.keys().cloned().collect();
    let materials = supply::names(&acting.case.item, &body.materials)?;
    acting.apply(ctx, &Command::SupplyCorrection { fields, materials })?;
    supply::answers(ctx, &acting.case, body.answers).await?;
    supply::materials(ctx, &acting.case, &body.materials).await?;
    for contents in [supply::ANSWERS_KEPT, supply::FACTS_KEPT, supply::MATERIALS_KEPT] {
        acting.wrote(contents);
    }
    acting.automatic_again(ctx).await?;
    acting.finish(ctx).await
}

/// The applicant supplies a material that was promised; a grant that waited for it is delivered.
pub async fn supply_tolerated(
    ctx: &mut Ctx,
    id: &str,
    revision: Option<i64>,
    body: Material,
) -> Result<Done> {
    let mut acting = applicants(ctx, id, revision).await?;
    let named = supply::names(&acting.case.item, std::slice::from_ref(&body))?;
    for material in named {
        acting.apply(ctx, &Command::SupplyTolerated { material })?;
    }
    supply::materials(ctx, &acting.case, std::slice::from_ref(&body)).await?;
    acting.wrote(supply::MATERIALS_KEPT);
    // The grant is an officer's; the platform delivers it, not the applicant.
    let applicant = ctx.acting_as(Actor::system(PLATFORM));
    let delivered = result::deliver(ctx, &mut acting, None).await;
    ctx.acting_as(applicant);
    delivered?;
    acting.finish(ctx).await
}

/// Starts a special procedure: the clock stops.
pub async fn suspend(
    ctx: &mut Ctx,
    id: &str,
    revision: Option<i64>,
    body: Suspension,
) -> Result<Done> {
    let mut acting = officers(ctx, id, revision, SUSPEND).await?;
    let article = acting.procedure_article(&body.procedure, &body.article)?;
    let document = document::number(ctx, &acting.case, DocumentKind::SuspensionNotice);
    let (procedure, needed) = (body.procedure, body.needed);
    acting.apply(ctx, &Command::Suspend { procedure, document, article, needed })?;
    acting.finish(ctx).await
}

/// Ends the special procedure: the clock goes on.
pub async fn resume(
    ctx: &mut Ctx,
    id: &str,
    revision: Option<i64>,
    body: Resumption,
) -> Result<Done> {
    by_officer(ctx, id, revision, SUSPEND, Command::Resume { result: body.result }).await
}

/// Extends the time to decide, once; the agency's head does.
pub async fn extend(
    ctx: &mut Ctx,
    id: &str,
    revision: Option<i64>,
    body: Extension,
) -> Result<Done> {
    let mut acting = officers(ctx, id, revision, EXTEND).await?;
    let cited = acting.cites(ctx, &body.article);
    let clocks = &acting.case.state.clocks;
    let unit = clocks.statutory.as_ref().or(clocks.promised.as_ref());
    let unit = unit.map_or(acting.profile.promised.unit, |clock| clock.limit.unit);
    let amount = Limit::new(body.amount, unit)?;
    acting.apply(ctx, &Command::Extend { amount, reason: body.reason, article: body.article })?;
    cited?;
    acting.finish(ctx).await
}

/// Decides. A grant is delivered at once, licence and all, unless promised materials are missing.
/// Errors: those of the lifecycle; `case.granted_already` for a right another case was granted.
pub async fn decide(
    ctx: &mut Ctx,
    id: &str,
    revision: Option<i64>,
    body: Decision,
) -> Result<Done> {
    let mut acting = officers(ctx, id, revision, DECIDE).await?;
    let cited = acting.cites(ctx, &body.article);
    let remedies = if body.granted { body.remedies } else { acting.remedies(&body.remedies) };
    acting.apply(
        ctx,
        &Command::Decide {
            granted: body.granted,
            opinion: body.opinion,
            reasons: body.reasons,
            article: body.article,
            remedies,
            automatic: None,
        },
    )?;
    cited?;
    if body.granted {
        // On the heap: what is under way here is large, and lies deep in a request.
        Box::pin(grant(ctx, &mut acting)).await?;
    }
    acting.finish(ctx).await
}

/// Claims what may be granted once, and delivers. Errors: `case.granted_already`.
async fn grant(ctx: &mut Ctx, acting: &mut Acting) -> Result<()> {
    let facts = supply::facts(ctx, acting.case.root_id()).await?;
    if let Some(taken) = entry::claim(ctx, acting, &facts).await? {
        return Err(taken.error(ctx));
    }
    result::deliver(ctx, acting, Some(facts)).await?;
    Ok(())
}

/// Delivers the licence of a grant that has not been delivered yet, and closes the case.
pub async fn issue(ctx: &mut Ctx, id: &str, revision: Option<i64>) -> Result<Done> {
    let mut acting = officers(ctx, id, revision, DECIDE).await?;
    if !acting.case.state.outstanding().is_empty() {
        return Err(Error::conflict("case.tolerance_outstanding"));
    }
    if !result::deliver(ctx, &mut acting, None).await? {
        return Err(match acting.case.phase {
            // What it rests on was revoked: the head says first whether it stands.
            Phase::Granted if acting.case.state.basis_lost.is_some() => {
                Error::conflict("case.basis_lost")
            }
            Phase::Granted => Error::conflict("case.payment_due"),
            Phase::Issued | Phase::Completed => Error::conflict("case.already_issued"),
            Phase::Refused => Error::conflict("case.already_decided"),
            Phase::Revoked => Error::conflict("case.revoked"),
            phase if phase.is_final() => Error::conflict("case.ended"),
            _ => Error::conflict("case.not_decided"),
        });
    }
    acting.finish(ctx).await
}

/// A payment was recorded or reversed: the time to deliver a grant goes on or stands still, and what
/// was reversed is billed anew.
pub(crate) async fn payment_changed(ctx: &mut Ctx, id: &str) -> Result<()> {
    let mut acting = Acting::load(ctx, id).await?;
    if acting.case.phase != Phase::Granted {
        return Ok(());
    }
    result::paid(ctx, &mut acting).await?;
    if acting.case.state.revision == acting.was().state.revision {
        return Ok(());
    }
    acting.finish(ctx).await.map(drop)
}

/// What had to be paid first has been: a grant that waited for it is delivered, by the platform.
pub(crate) async fn paid(ctx: &mut Ctx, id: &str) -> Result<()> {
    let mut acting = Acting::load(ctx, id).await?;
    if acting.case.phase != Phase::Granted {
        return Ok(());
    }
    let before = ctx.acting_as(Actor::system(PLATFORM));
    let delivered = Box::pin(result::deliver(ctx, &mut acting, None)).await;
    ctx.acting_as(before);
    if delivered? {
        acting.finish(ctx).await?;
    }
    Ok(())
}

/// The applicant withdraws before the decision; a parent is withdrawn with all its open items.
pub async fn withdraw(
    ctx: &mut Ctx,
    id: &str,
    revision: Option<i64>,
    body: Withdrawal,
) -> Result<Done> {
    let case = access::of_applicant(ctx, id).await?;
    if !case.is_parent() {
        let mut acting = applicants(ctx, id, revision).await?;
        acting.apply(ctx, &Command::Withdraw { reason: body.reason })?;
        return acting.finish(ctx).await;
    }
    super::family::withdraw(ctx, &case, &body.reason).await
}

/// Revokes a grant, and the licence with it; the agency's head does (许可法 69).
pub async fn revoke(
    ctx: &mut Ctx,
    id: &str,
    revision: Option<i64>,
    body: Revocation,
) -> Result<Done> {
    let mut acting = officers(ctx, id, revision, REVOKE).await?;
    let cited = acting.cites(ctx, &body.article);
    let (reason, article) = (body.reason.clone(), body.article.clone());
    acting.apply(ctx, &Command::Revoke { reason, article })?;
    cited?;
    if !acting.case.licence_id.is_empty() {
        licence::revoke(ctx, &acting.case.licence_id, &body.reason, &body.article).await?;
    }
    entry::revoke(ctx, &acting).await?;
    acting.finish(ctx).await
}

/// Opens again what was refused, withdrawn or lapsed by mistake; the agency's head does, and the
/// clocks start anew. Errors: `case.not_ended`, `case.reopening_overdue`; those of the lifecycle.
pub async fn reopen(
    ctx: &mut Ctx,
    id: &str,
    revision: Option<i64>,
    body: Reopening,
) -> Result<Done> {
    let mut acting = officers(ctx, id, revision, EXTEND).await?;
    let cited = acting.cites(ctx, &body.article);
    acting.apply(ctx, &Command::Reopen { reason: body.reason, article: body.article })?;
    cited?;
    acting.finish(ctx).await
}

/// The applicant asks that a person decide (个人信息保护法 24).
pub async fn request_human_review(ctx: &mut Ctx, id: &str, revision: Option<i64>) -> Result<Done> {
    let mut acting = applicants(ctx, id, revision).await?;
    acting.apply(ctx, &Command::RequestHumanReview)?;
    acting.case.referred = true;
    acting.finish(ctx).await
}

/// The officer takes the case.
pub async fn claim(ctx: &mut Ctx, id: &str, revision: Option<i64>) -> Result<Done> {
    let mut acting = officers(ctx, id, revision, TRANSFER).await?;
    let officer = ctx.actor.account.clone();
    let name = acting.case.assignee_name.clone();
    acting.apply(ctx, &Command::Claim { officer }).map_err(|error| match error.code {
        "case.already_claimed" => Error::conflict("case.already_claimed").arg("assignee", name),
        _ => error,
    })?;
    acting.case.assignee_name = ctx.actor.name.clone();
    acting.finish(ctx).await
}

/// The officer in charge gives the case back to the list.
pub async fn unclaim(ctx: &mut Ctx, id: &str, revision: Option<i64>) -> Result<Done> {
    by_officer(ctx, id, revision, TRANSFER, Command::Unclaim).await
}

/// The officer in charge, or the head, gives the case to another officer of the agency.
pub async fn hand_over(
    ctx: &mut Ctx,
    id: &str,
    revision: Option<i64>,
    body: HandOver,
) -> Result<Done> {
    let mut acting = officers(ctx, id, revision, TRANSFER).await?;
    let other = super::stand_in::colleague(ctx, &acting.case.agency, "to", &body.to).await?;
    acting.apply(ctx, &Command::HandOver { to: other.id, reason: body.reason })?;
    acting.case.assignee_name = other.name;
    acting.finish(ctx).await
}

pub(super) async fn by_officer(
    ctx: &mut Ctx,
    id: &str,
    revision: Option<i64>,
    permission: &str,
    command: Command,
) -> Result<Done> {
    let mut acting = officers(ctx, id, revision, permission).await?;
    acting.apply(ctx, &command)?;
    acting.finish(ctx).await
}

/// The case, held, for an officer of its agency with the permission; a deputy acts as the officer
/// he stands in for.
pub(super) async fn officers(
    ctx: &mut Ctx,
    id: &str,
    revision: Option<i64>,
    permission: &str,
) -> Result<Acting> {
    party::authority::demand(ctx, permission)?;
    let mut acting = Acting::load(ctx, id).await?;
    access::require(ctx, &acting.case, Standing::Officer).await?;
    acting.fresh(revision)?;
    acting.stand_in(ctx).await?;
    Ok(acting)
}

/// The case, held, for its applicant or who acts for him.
async fn applicants(ctx: &mut Ctx, id: &str, revision: Option<i64>) -> Result<Acting> {
    let acting = Acting::load(ctx, id).await?;
    access::require(ctx, &acting.case, Standing::Applicant).await?;
    acting.fresh(revision)?;
    Ok(acting)
}
