//! The items of one application together: what an item's end sets free or stops, and how the whole
//! stands.
//!
//! Invariants: dependencies are those pinned at submission; a parent that has ended stays ended
//!   unless one of its items is opened again;
//! its end is told once, whatever the result, as `case.completed` with an empty `parent`.

use super::act::{Acting, Later, NEVER, done, emit};
use super::model::{Case, Done};
use super::{about, notice, store};
use crate::figures::Tally;
use ::store::Ctx;
use flow::case::{Command, Phase};
use flow::composition::{Plan, Status, schedule, status};
use kernel::time::DAY_US;
use kernel::{Error, Result, Text};
use serde_json::json;
use std::collections::{BTreeMap, BTreeSet};

/// Parts of the reasons told of an item that goes with another, in the language of record.
const BEFORE: &str = "前置事项“";
const CAME_TO_NOTHING: &str = "”未取得结果（";
const TAKEN_UP_AGAIN: &str = "”恢复办理（";

/// Items by their phase.
fn phases(children: &[Case]) -> BTreeMap<String, Phase> {
    children.iter().map(|child| (child.item.clone(), child.phase)).collect()
}

/// Items of which the phase tells something.
fn with(children: &[Case], told: impl Fn(Phase) -> bool) -> BTreeSet<String> {
    children.iter().filter(|child| told(child.phase)).map(|child| child.item.clone()).collect()
}

/// After an item changed its phase: releases and ends dependents, tells the granted ones whose basis
/// was revoked, brings the parent up to date.
pub(super) async fn follow(
    ctx: &mut Ctx,
    parent: &str,
    changed: &Case,
    tally: &mut Tally,
) -> Result<()> {
    let parent = store::get(ctx, parent).await?;
    let plan = Plan::new(parent.plan.clone())?;
    let mut children = store::children(ctx, &parent.id).await?;
    if changed.phase.is_success() || changed.phase.is_failure() {
        let (done, failed) =
            (with(&children, Phase::is_success), with(&children, Phase::is_failure));
        let ready: Vec<String> =
            plan.ready(&done, &failed).into_iter().map(str::to_owned).collect();
        let blocked: Vec<String> =
            plan.blocked_by_failure(&done, &failed).into_iter().map(str::to_owned).collect();
        let revoked = changed.phase == Phase::Revoked;
        let fallen = if revoked { plan.resting_on(&changed.item) } else { Vec::new() };
        let mut stopped = Vec::new();
        for child in &mut children {
            let command = if child.phase == Phase::Waiting && ready.contains(&child.item) {
                Command::Release
            } else if blocked.contains(&child.item)
                && !child.phase.is_decided()
                && !child.phase.is_final()
            {
                Command::Terminate { reason: stopped_by(ctx, changed), article: None }
            } else if fallen.contains(&child.item.as_str()) && child.phase.is_granted() {
                Command::LoseBasis { item: changed.item.clone() }
            } else {
                continue;
            };
            if matches!(command, Command::Terminate { .. }) {
                stopped.push(child.item.clone());
            }
            let mut acting = Acting::of(ctx, child.clone()).await?;
            // What the applicant ended himself, with all that needed it, is one message.
            acting.quiet = changed.phase == Phase::Withdrawn;
            acting.apply(ctx, &command)?;
            *child = acting.save(ctx, tally).await?;
        }
        notice::stopped(ctx, &parent, &stopped).await?;
    }
    roll_up(ctx, parent, &plan, &children, tally).await
}

/// Why a dependent was ended, in the language of record.
fn stopped_by(ctx: &Ctx, failed: &Case) -> String {
    let name =
        ctx.env.pack.item(&failed.item).map_or(failed.item.as_str(), |item| item.name.zh.as_str());
    format!("{BEFORE}{name}{CAME_TO_NOTHING}{}）", failed.number)
}

/// What a reason written by [`stopped_by`] or by a restoring says in both languages; any other is as
/// it was written.
pub(super) fn told(ctx: &Ctx, reason: &str) -> Text {
    let parts = |between: &str| {
        let (name, number) = reason.strip_prefix(BEFORE)?.split_once(between)?;
        Some((name.to_owned(), number.strip_suffix('）')?.to_owned()))
    };
    let english = |name: &str| {
        let item = ctx.env.pack.items().find(|item| item.name.zh == name);
        item.map_or_else(|| name.to_owned(), |item| item.name.en.clone())
    };
    let en = if let Some((name, number)) = parts(CAME_TO_NOTHING) {
        format!("“{}”, on which it rests, came to no result ({number})", english(&name))
    } else if let Some((name, number)) = parts(TAKEN_UP_AGAIN) {
        format!("“{}”, on which it rests, is taken up again ({number})", english(&name))
    } else {
        reason.to_owned()
    };
    Text::new(reason, en)
}

/// The phase of the whole, and whether it has ended.
fn phase_of(plan: &Plan, children: &[Case]) -> Phase {
    match status(plan, &phases(children)) {
        Status::NeedsApplicant => Phase::Correcting,
        Status::Done | Status::PartlyDone => Phase::Completed,
        Status::Failed => {
            // The cause, not what it dragged along.
            let cause = children.iter().find(|child| {
                child.phase.is_failure()
                    && !matches!(child.phase, Phase::Terminated | Phase::Withdrawn)
            });
            let withdrawn = children.iter().find(|child| child.phase == Phase::Withdrawn);
            cause.or(withdrawn).map_or(Phase::Terminated, |child| child.phase)
        }
        Status::UnderWay if children.iter().any(|child| child.accepted.is_some()) => {
            Phase::Accepted
        }
        Status::UnderWay => Phase::Submitted,
    }
}

/// Sets the columns of a parent from its items; true when it ends by this.
pub(super) fn stand(ctx: &Ctx, parent: &mut Case, plan: &Plan, children: &[Case]) -> Result<bool> {
    if parent.phase.is_final() {
        return Ok(false);
    }
    parent.phase = phase_of(plan, children);
    parent.accepted = children.iter().filter_map(|child| child.accepted).min();
    parent.licence_uses = children.iter().map(|child| child.licence_uses).sum();
    // What has ended needs no day reckoned any more.
    if !parent.phase.is_final() {
        let pack = ctx.env.pack.clone();
        let calendar = pack.calendar()?;
        let known = children
            .iter()
            .filter_map(|child| {
                let end = child.completed.or(child.ended).or(child.due)?;
                Some((child.item.clone(), end))
            })
            .collect();
        // What was promised stands, however early its items are done.
        let end = schedule(plan, parent.submitted, &known, calendar)?.end;
        let end = parent.due.map_or(end, |promised| promised.max(end));
        parent.due = Some(end);
        (parent.red, parent.yellow) = (end, end.plus_us(-DAY_US));
    }
    parent.paused = parent.phase == Phase::Correcting;
    parent.open = 3;
    if !parent.phase.is_final() {
        return Ok(false);
    }
    parent.open = 0;
    (parent.red, parent.yellow) = (NEVER, NEVER);
    parent.decided = Some(ctx.now);
    parent.granted = parent.phase == Phase::Completed;
    parent.automatic = children.iter().all(|child| child.automatic || child.phase.is_failure());
    match parent.granted {
        true => parent.completed = Some(ctx.now),
        false => parent.ended = Some(ctx.now),
    }
    Ok(true)
}

/// An item of a whole has been opened again: so is the whole, if it had ended, and what waited for
/// the item and was stopped only since it had ended waits for it again. What another end still stops,
/// or had been received already, stays stopped, for the reason its history tells; what was granted
/// for lookups stays closed.
pub(super) fn reopen<'a>(
    ctx: &'a mut Ctx,
    parent: &'a str,
    opened: &'a Case,
    tally: &'a mut Tally,
) -> Later<'a, ()> {
    Box::pin(reopened(ctx, parent, opened, tally))
}

/// Puts back what waited for the item.
async fn restore(ctx: &mut Ctx, parent: &Case, opened: &Case, tally: &mut Tally) -> Result<()> {
    let plan = Plan::new(parent.plan.clone())?;
    let children = store::children(ctx, &parent.id).await?;
    let stopped = |child: &Case| child.phase == Phase::Terminated && child.state.received.is_none();
    let done = with(&children, Phase::is_success);
    let failed = children.iter().filter(|child| child.phase.is_failure() && !stopped(child));
    let failed = failed.map(|child| child.item.clone()).collect();
    let blocked: Vec<String> =
        plan.blocked_by_failure(&done, &failed).into_iter().map(str::to_owned).collect();
    let name = ctx.env.pack.item(&opened.item).map_or("", |item| item.name.zh.as_str());
    let reason = format!("{BEFORE}{name}{TAKEN_UP_AGAIN}{}）", opened.number);
    for child in children {
        if !stopped(&child) || blocked.contains(&child.item) {
            continue;
        }
        let mut acting = Acting::of(ctx, child).await?;
        acting.apply(ctx, &Command::Restore { reason: reason.clone() })?;
        acting.save(ctx, tally).await?;
    }
    Ok(())
}

async fn reopened(ctx: &mut Ctx, parent: &str, opened: &Case, tally: &mut Tally) -> Result<()> {
    let before = store::get(ctx, parent).await?;
    restore(ctx, &before, opened, tally).await?;
    if !before.phase.is_final() {
        return Ok(());
    }
    let mut parent = before.clone();
    parent.undecide();
    (parent.phase, parent.open) = (Phase::Accepted, 3);
    parent.revision += 1;
    store::update(ctx, &parent).await?;
    tally.moved(Some(&before), &parent);
    let body = json!({ "phase": parent.phase.as_str(), "revision": parent.revision });
    let subject = format!("case:{}", parent.id);
    party::audit::record_row(ctx, "case.reopened", &subject, body, "cases", &parent.id).await?;
    Ok(())
}

async fn roll_up(
    ctx: &mut Ctx,
    before: Case,
    plan: &Plan,
    children: &[Case],
    tally: &mut Tally,
) -> Result<()> {
    let mut parent = before.clone();
    let ended = stand(ctx, &mut parent, plan, children)?;
    let same = parent.phase == before.phase
        && parent.due == before.due
        && parent.accepted == before.accepted
        && parent.licence_uses == before.licence_uses;
    if same {
        return Ok(());
    }
    parent.revision += 1;
    store::update(ctx, &parent).await?;
    tally.moved(Some(&before), &parent);
    let kind = if ended { "case.ended" } else { "case.followed" };
    let body = json!({ "phase": parent.phase.as_str(), "revision": parent.revision });
    party::audit::record_row(ctx, kind, &format!("case:{}", parent.id), body, "cases", &parent.id)
        .await?;
    if ended {
        data::grant::close(ctx, &parent.id).await?;
        about::release(ctx, &parent.id).await?;
        notice::ended(ctx, &parent).await?;
        emit(ctx, "case.completed", &parent).await?;
    }
    Ok(())
}

/// Withdraws every item of a parent that is not decided yet. Errors: `case.already_decided` when
/// there is none.
pub(super) async fn withdraw(ctx: &mut Ctx, parent: &Case, reason: &str) -> Result<Done> {
    store::lock_family(ctx, &parent.id).await?;
    let mut tally = Tally::default();
    let mut last = None;
    for child in store::children(ctx, &parent.id).await? {
        if child.phase.is_decided() || child.phase.is_final() {
            continue;
        }
        let mut acting = Acting::of(ctx, child).await?;
        acting.quiet = true;
        acting.apply(ctx, &Command::Withdraw { reason: reason.to_owned() })?;
        last = Some(acting.save(ctx, &mut tally).await?);
    }
    let last = last.ok_or_else(|| match parent.phase {
        Phase::Withdrawn => Error::conflict("case.withdrawn_already"),
        _ => Error::conflict("case.already_decided"),
    })?;
    follow(ctx, &parent.id, &last, &mut tally).await?;
    tally.flush(ctx).await?;
    notice::withdrawn(ctx, parent).await?;
    Ok(done(&store::get(ctx, &parent.id).await?))
}
