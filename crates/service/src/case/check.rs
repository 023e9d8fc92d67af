//! The later check of what was granted on the applicant's promise (告知承诺的事后核查): a matter of its
//! own below the case, with its own procedure, tasks, history and clock.
//!
//! Invariants
//! - It begins in the transaction that grants, by a person or by a rule, when a material that the
//!   item has checked later was met by a promise; once for a case.
//! - A promise that was kept confirms the grant and stops the clock. One that was broken is told to
//!   the officer in charge and revokes nothing: a person does, by the verb that revokes any grant,
//!   and the clock runs until then.
//! - When the grant falls first, the check falls with it; [`super::agreement`] proves that.
//!
//! Neighbours: as of [`super::examination`], whose job hears of its end. Must not know: what is
//! looked at, and by whom.

use super::act::{Acting, Later};
use super::examination;
use super::model::{Case, Moment};
use super::shown::{CheckShown, FoundShown};
use super::supply;
use ::store::Ctx;
use flow::case::{Command, Phase};
use kernel::Result;
use pack::item::LaterCheck;
use process::instance::owned;
use std::collections::BTreeMap;

/// Where on the page of its case a check is shown: what its instance belongs to.
const PLACE: &str = "#h-check";

fn page(id: &str) -> String {
    format!("{}{PLACE}", examination::page(id))
}

/// True when an instance checks a case later, from its subject.
pub(super) fn is_of(subject: &str) -> bool {
    subject.ends_with(PLACE)
}

/// True while what was granted stands.
pub(super) fn stands(phase: Phase) -> bool {
    matches!(phase, Phase::Granted | Phase::Issued | Phase::Completed)
}

/// Has the check do what the case has done. Errors: those of the procedure.
pub(super) fn follow<'a>(ctx: &'a mut Ctx, acting: &'a mut Acting) -> Later<'a, ()> {
    Box::pin(followed(ctx, acting))
}

async fn followed(ctx: &mut Ctx, acting: &mut Acting) -> Result<()> {
    let (was, now) = (stands(acting.was().phase), stands(acting.case.state.phase));
    if let Some(open) = acting.case.state.checked_by().cloned() {
        return match now {
            true => Ok(()),
            false => owned::cancel(ctx, &open.instance, "准予决定已撤销").await,
        };
    }
    let Some(named) = acting.item.later_check.clone() else { return Ok(()) };
    let begins = now && !was && acting.case.state.check.is_none();
    if begins && is_promised(ctx, &acting.case, &named).await? {
        begin(ctx, acting, named).await?;
    }
    Ok(())
}

/// True when the applicant met one of the materials by a promise.
async fn is_promised(ctx: &mut Ctx, case: &Case, named: &LaterCheck) -> Result<bool> {
    let held = supply::materials_of(ctx, case.root_id()).await?;
    let promise = super::How::Promise.as_str();
    Ok(held.iter().any(|one| {
        one.item == case.item && one.how == promise && named.materials.contains(&one.material)
    }))
}

async fn begin(ctx: &mut Ctx, acting: &mut Acting, named: LaterCheck) -> Result<()> {
    let (matter, tells) = (page(&acting.case.id), &named.tells);
    let none = BTreeMap::new();
    let begun =
        Box::pin(examination::instance(ctx, acting, &named.id, matter, tells, none)).await?;
    let (instance, version) = (begun.id, begun.version);
    acting.apply(ctx, &Command::BeginCheck { instance, process: named.id, version })
}

/// True when a case waits for what an instance finds.
pub(super) fn awaits(case: &Case, instance: &str) -> bool {
    let open = case.state.checked_by();
    stands(case.state.phase) && open.is_some_and(|open| open.instance == instance)
}

/// Where the later check of a case stands, for officers.
pub(super) fn shown<'a>(ctx: &'a mut Ctx, case: &'a Case) -> Later<'a, Option<CheckShown>> {
    Box::pin(told(ctx, case))
}

async fn told(ctx: &mut Ctx, case: &Case) -> Result<Option<CheckShown>> {
    let Some(check) = &case.state.check else { return Ok(None) };
    let told = owned::told(ctx, &check.instance).await?;
    let steps = owned::steps(ctx, &[page(&case.id)]).await?;
    Ok(Some(CheckShown {
        instance: check.instance.clone(),
        process: check.process.clone(),
        name: process::definition::named(&ctx.env.pack, &check.process, &told.name),
        version: told.version,
        phase: told.phase,
        steps: steps.into_iter().map(examination::step).collect(),
        found: check.ended.as_ref().map(|ended| FoundShown {
            at: Moment(ended.at),
            kept: ended.kept,
            end: told.ends.get(&ended.end).cloned().unwrap_or_else(|| ended.end.clone()),
            opinion: ended.opinion.clone(),
            by_hand: !ended.confirmed_by.is_empty(),
        }),
    }))
}
