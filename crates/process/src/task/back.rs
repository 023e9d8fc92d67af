//! Steps against the drawn direction: sent back, recalled, jumped over; the choice among the
//! activities of an ad-hoc sub-process.
//!
//! Invariant: the engine refuses a move after which branches could not meet; what is withdrawn
//! beside it is only what the rule of the act allows.
//!
//! Must not know: HTTP, SQL, pages.

use super::verbs::{Held, held};
use crate::instance::act::{Acting, Done, Route};
use crate::instance::model::{Act, Desk, Step};
use crate::instance::words;
use crate::{WORK, definition};
use ::store::Ctx;
use flow::process::{Command, Id, Variables};
use kernel::{Error, Result};
use party::authority;

/// Sends a task back to the step before it, or to any step already done; it goes to who did that
/// step. With `again` it comes back here when done. Errors: those of a held task;
/// `process.not_yours`, `process.no_step_before`, `process.step_not_done`, those of the engine.
pub async fn send_back(
    ctx: &mut Ctx,
    id: &str,
    revision: Option<i64>,
    to: Option<&str>,
    reason: &str,
    again: bool,
) -> Result<Done> {
    let reason = words(reason, "words", true)?;
    let mut held = held(ctx, id, revision).await?;
    held.mine(ctx)?;
    let own = held.acting.node_of(held.number)?;
    let to = match to.filter(|to| !to.is_empty()) {
        Some(to) => to.to_owned(),
        None => {
            let before = held.desk.after.as_ref().map(|step| step.node.clone());
            before.ok_or_else(|| Error::conflict("process.no_step_before"))?
        }
    };
    let office = &held.acting.standing.office;
    if to == own || !office.done.contains_key(&to) {
        return Err(Error::invalid("process.step_not_done").field("to", "process.step_not_done"));
    }
    go(ctx, &mut held.acting, held.number, &to)?;
    let again = again.then_some(own);
    let by = held.whose(ctx);
    let back_to = again.clone().map(|node| Step { node, by });
    let act = Act::SentBack { task: held.number, to, reason, again };
    let route = Route { to_doer: true, back_to, ..Route::default() };
    held.acting.finish_with(ctx, act, route).await
}

fn go(ctx: &Ctx, acting: &mut Acting, token: Id, to: &str) -> Result<()> {
    let (node, variables) = (to.to_owned(), Variables::new());
    acting.step(ctx, &Command::Move { token, node, others: true, variables })
}

/// Takes one's own last step back while nobody has taken up what followed. `id` is the task one did,
/// or any that followed. Errors: `denied`, `not_found`, `process.stale`; `process.recall_late`.
pub async fn recall(ctx: &mut Ctx, id: &str, revision: Option<i64>, reason: &str) -> Result<Done> {
    let reason = words(reason, "words", true)?;
    authority::demand(ctx, WORK)?;
    let (instance, number) = super::verbs::parts(id)?;
    let mut acting = Acting::load(ctx, instance).await?;
    let absent = party::absence::absent(ctx).await?;
    let step = last_of_mine(ctx, &acting, &absent)?;
    if step.by.account != ctx.actor.account {
        acting.on_behalf = Some(step.by.clone());
    }
    acting.fresh(revision)?;
    let late = || Error::conflict("process.recall_late");
    let followed = |desk: &Desk| desk.after.as_ref() == Some(&step);
    let desks = &acting.standing.office.desks;
    let number = match desks.get(&number) {
        Some(desk) => followed(desk).then_some(number),
        None if did(ctx, id, &step).await? => {
            desks.iter().find(|(_, desk)| followed(desk)).map(|(number, _)| *number)
        }
        None => None,
    };
    let number = number.ok_or_else(late)?;
    // One that was given to a single person is his from the beginning; a claimed one was taken.
    let taken = |desk: &Desk| {
        let claimed = desk.assignee.is_some() && !desk.pools.is_empty();
        followed(desk) && (claimed || desk.owner.is_some())
    };
    if acting.standing.office.desks.values().any(taken) {
        return Err(late());
    }
    let before = acting.standing.office.desks.clone();
    go(ctx, &mut acting, number, &step.node)?;
    let state = &acting.standing.state;
    let others = before.iter().filter(|(task, _)| state.token(**task).is_none());
    if others.into_iter().any(|(_, desk)| !followed(desk)) {
        return Err(late());
    }
    let act = Act::Recalled { node: step.node, reason };
    acting.finish_with(ctx, act, Route { to_doer: true, ..Route::default() }).await
}

/// Whether the task was done in that step.
async fn did(ctx: &mut Ctx, id: &str, step: &Step) -> Result<bool> {
    let task = super::store::find(ctx, id).await?;
    Ok(task.is_some_and(|task| task.node == step.node && task.outcome == "done"))
}

/// The actor's own step, or that of an absent officer for whom he stands in, when it was the last.
/// Errors: `not_found` for anybody else's.
fn last_of_mine(ctx: &Ctx, acting: &Acting, absent: &[String]) -> Result<Step> {
    let last = acting.standing.office.last.clone();
    let his = |by: &str| by == ctx.actor.account || absent.iter().any(|one| one == by);
    last.filter(|step| his(&step.by.account)).ok_or_else(Error::not_found)
}

/// Moves a task to another step, whatever the diagram says, for who manages the instance.
/// Errors: those of a held task; `denied`; those of the engine.
pub async fn jump(
    ctx: &mut Ctx,
    id: &str,
    revision: Option<i64>,
    to: &str,
    reason: &str,
) -> Result<Done> {
    let reason = words(reason, "words", true)?;
    authority::demand(ctx, crate::MANAGE)?;
    let mut held = managed(ctx, id, revision).await?;
    go(ctx, &mut held.acting, held.number, to)?;
    let act = Act::Jumped { task: held.number, to: to.to_owned(), reason };
    held.acting.finish(ctx, act).await
}

async fn managed(ctx: &mut Ctx, id: &str, revision: Option<i64>) -> Result<Held> {
    let held = held(ctx, id, revision).await?;
    if held.manages { Ok(held) } else { Err(Error::not_found()) }
}

/// Starts an activity of an ad-hoc sub-process. `id` is the task of choosing. Errors: those of a
/// held task; `process.not_yours`, `process.not_offered`, those of the engine.
pub async fn start_activity(
    ctx: &mut Ctx,
    id: &str,
    revision: Option<i64>,
    activity: &str,
) -> Result<Done> {
    let mut held = held(ctx, id, revision).await?;
    chooses(ctx, &held)?;
    let (task, activity) = (held.number, activity.to_owned());
    held.acting.step(ctx, &Command::StartActivity { ad_hoc: task, activity: activity.clone() })?;
    held.acting.finish(ctx, Act::ActivityStarted { task, activity }).await
}

/// Ends an ad-hoc sub-process in which nothing runs. Errors: as [`start_activity`].
pub async fn finish_activities(ctx: &mut Ctx, id: &str, revision: Option<i64>) -> Result<Done> {
    let mut held = held(ctx, id, revision).await?;
    chooses(ctx, &held)?;
    let task = held.number;
    held.acting.step(ctx, &Command::FinishAdHoc { ad_hoc: task })?;
    held.acting.finish(ctx, Act::ActivitiesFinished { task }).await
}

fn chooses(ctx: &Ctx, held: &Held) -> Result<()> {
    if held.desk.assignee.is_some() {
        return held.mine(ctx);
    }
    let pools = definition::pools(&ctx.actor);
    let offered = held.desk.pools.iter().any(|pool| pools.contains(pool));
    if offered || held.stands_for.is_some() {
        Ok(())
    } else {
        Err(Error::denied("process.not_offered"))
    }
}
