//! Handing a case to the agency that has the power to decide it (移送), and what that agency answers:
//! it takes the case over, gives it back, or has it by its silence.
//!
//! Invariants
//! - A case goes only to an agency of the kind that decides its item, at another division or level.
//! - What is handed over keeps its number, its papers and the day it was received. The law stops no
//!   clock for it (许可法 45 does not name it), so that none stops, also while nobody has answered; the
//!   examination, which the power to decide is part of, begins anew where the power is.
//! - Until it is answered the former agency has it, and both may read it; afterwards the other alone.
//! - An application of one item goes with its case; of several, the agency in the lead stays.
//!
//! Must not know: HTTP, how a state comes to be.

use super::access;
use super::act::{Acting, emit};
use super::body::{TakeOver, Transfer, TransferReturn};
use super::model::{Case, Done, Named};
use super::verbs::{self, ACCEPT};
use super::{beginning, store};
use crate::figures::Tally;
use ::store::{Ctx, vals};
use flow::case::{Change, Command, Event, Phase};
use kernel::{Error, Result};
use pack::item::Item;
use pack::{Agency, Level};
use party::authority;
use serde_json::json;

/// Hands the case over; what was accepted the head alone does. Errors: `case.transfer_to` for an
/// agency that does not decide the item; those of the lifecycle.
pub async fn transfer(
    ctx: &mut Ctx,
    id: &str,
    revision: Option<i64>,
    body: Transfer,
) -> Result<Done> {
    let mut acting = verbs::officers(ctx, id, revision, ACCEPT).await?;
    if !competent(ctx, &acting.item, &body.to) {
        return Err(Error::invalid("case.transfer_to").field("to", "case.transfer_to"));
    }
    let cited = acting.cites(ctx, &body.article);
    let from = acting.case.agency.clone();
    let (to, reason, article) = (body.to, body.reason, body.article);
    acting.apply(ctx, &Command::Transfer { from, to, reason, article })?;
    cited?;
    acting.finish(ctx).await
}

/// The agency it was handed to takes it over; where it was accepted, with answers to what its
/// procedure asks. Errors: those of the lifecycle; `process.answers`.
pub async fn take_over(
    ctx: &mut Ctx,
    id: &str,
    revision: Option<i64>,
    body: TakeOver,
) -> Result<Done> {
    let mut acting = receivers(ctx, id, revision).await?;
    acting.apply(ctx, &Command::TakeOver)?;
    if acting.case.state.phase == Phase::Accepted {
        let begins = Box::pin(beginning::accepted(ctx, &acting, body.procedure));
        acting.begins = begins.await?;
    }
    acting.finish(ctx).await
}

/// The agency it was handed to gives it back. Errors: those of the lifecycle.
pub async fn return_transfer(
    ctx: &mut Ctx,
    id: &str,
    revision: Option<i64>,
    body: TransferReturn,
) -> Result<Done> {
    let mut acting = receivers(ctx, id, revision).await?;
    acting.apply(ctx, &Command::ReturnTransfer { reason: body.reason })?;
    acting.finish(ctx).await
}

/// The case, held, for an officer of the agency it was handed to.
async fn receivers(ctx: &mut Ctx, id: &str, revision: Option<i64>) -> Result<Acting> {
    authority::demand(ctx, ACCEPT)?;
    let acting = Acting::load(ctx, id).await?;
    if !offered(ctx, &acting.case) {
        // Its own agency is told what is the matter with it, anybody else that there is no such case.
        access::require(ctx, &acting.case, access::Standing::Officer).await?;
        return Err(match acting.case.state.transferring() {
            Some(_) => Error::denied("case.transfer_not_ours"),
            None => Error::conflict("case.no_transfer"),
        });
    }
    acting.fresh(revision)?;
    Ok(acting)
}

/// True for officers of the agency to which the case has been handed and which has yet to answer.
pub(super) fn offered(ctx: &Ctx, case: &Case) -> bool {
    case.state.transferring().is_some_and(|open| authority::same_agency(ctx, &open.to))
}

/// True for an agency of the kind that decides the item.
fn competent(ctx: &Ctx, item: &Item, agency: &str) -> bool {
    ctx.env.pack.agency(agency).is_some_and(|found| found.kind == item.agency)
}

/// To which agencies an officer may hand the case: of its kind, those of the divisions above, and of
/// those beside and below, nearest first.
pub(super) fn choices(ctx: &Ctx, case: &Case, item: &Item) -> Vec<Named> {
    let pack = &ctx.env.pack;
    let own = pack.agency(&case.agency).and_then(|agency| pack.division(&agency.division));
    let Some(own) = own else { return Vec::new() };
    let mut divisions = Vec::new();
    let mut above = own.parent();
    while let Some(division) = above {
        divisions.push(division);
        above = division.parent();
    }
    if let Some(parent) = own.parent() {
        divisions.extend(parent.children());
    }
    if own.level() < Level::County {
        divisions.extend(own.children());
    }
    let of = |division| pack.agencies_in(division).into_iter().find(|one| one.kind == item.agency);
    let mut named: Vec<Named> = Vec::new();
    for Agency { id, name, .. } in divisions.into_iter().filter_map(of) {
        if id != case.agency && named.iter().all(|one| one.id != id) {
            named.push(Named::new(id, name));
        }
    }
    named
}

/// Brings the row in line with what was answered, before anything else is written: agency and
/// division are then those of the agency that has it.
pub(super) async fn follow(ctx: &mut Ctx, case: &mut Case, events: &[Event]) -> Result<()> {
    let moves = |change: &Change| {
        matches!(
            change,
            Change::Transferred { .. } | Change::TakenOver { .. } | Change::TransferReturned { .. }
        )
    };
    let ended = case.state.phase.is_final() && !case.state.transfers.is_empty();
    if !ended && !events.iter().any(|event| moves(&event.change)) {
        return Ok(());
    }
    ctx.execute("DELETE FROM case_offered WHERE case_id = $1", vals![&case.id]).await?;
    if let Some(open) = case.state.transferring() {
        let sql = "INSERT INTO case_offered (case_id, agency) VALUES ($1, $2)";
        ctx.execute(sql, vals![&case.id, &open.to]).await?;
    }
    if events.iter().any(|event| matches!(event.change, Change::TakenOver { .. }))
        && let Some(last) = case.state.transfers.last()
    {
        let to = last.to.clone();
        place(ctx, case, &to).await?;
    }
    Ok(())
}

/// Puts a case at an agency. Where it is handled stays what it is within that agency's division.
async fn place(ctx: &mut Ctx, case: &mut Case, agency: &str) -> Result<()> {
    let pack = ctx.env.pack.clone();
    let found = pack.agency(agency).and_then(|agency| pack.division(&agency.division));
    let found = found.ok_or_else(|| Error::internal(format!("no agency {agency}")))?;
    if !authority::within(&pack, &case.division, &found.code()) {
        case.division = found.code();
    }
    case.agency = agency.to_owned();
    let sql = "UPDATE cases SET agency = $2, division = $3 WHERE id = $1";
    ctx.execute(sql, vals![&case.id, &case.agency, &case.division]).await?;
    Ok(())
}

/// The case has been taken over: so is the whole, when it is of this item alone. Tells who listens.
pub(super) async fn taken(ctx: &mut Ctx, case: &Case, tally: &mut Tally) -> Result<()> {
    let before = store::get(ctx, &case.parent_id).await?;
    if before.plan.len() == 1 {
        let mut parent = before.clone();
        place(ctx, &mut parent, &case.agency).await?;
        parent.revision += 1;
        store::update(ctx, &parent).await?;
        tally.moved(Some(&before), &parent);
        let body = json!({ "agency": parent.agency, "revision": parent.revision });
        let subject = format!("case:{}", parent.id);
        party::audit::record_row(ctx, "case.taken_over", &subject, body, "cases", &parent.id)
            .await?;
    }
    emit(ctx, "case.transferred", case).await
}
