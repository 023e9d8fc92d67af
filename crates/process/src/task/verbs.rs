//! What an officer does with a task in hand: permit, load, decide, write.
//!
//! Invariant: what the actor may not know of is not found. Must not know: HTTP, SQL, pages.

use super::answers;
use super::offer::found;
use super::{deputy, sign, store};
use crate::instance::act::{Acting, Done, Route};
use crate::instance::model::{Act, Desk, Who};
use crate::instance::{seen, words};
use crate::{MANAGE, WORK, definition};
use ::store::Ctx;
use flow::process::{Command, Id, Variables};
use kernel::{Error, Result};
use party::authority;

/// Tasks handed over in one go.
const AT_ONCE_MAX: usize = 500;

/// A task held for an act.
pub(super) struct Held {
    pub(super) acting: Acting,
    pub(super) number: Id,
    pub(super) desk: Desk,
    /// Whether the actor manages the instances of its agency.
    pub(super) manages: bool,
    /// The absent officer who has it in hand, for whom the actor stands in.
    pub(super) stands_for: Option<Who>,
}

impl Held {
    /// Refuses who has it not in hand. Errors: `process.not_claimed`, `process.not_yours`.
    pub(super) fn mine(&self, ctx: &Ctx) -> Result<()> {
        match &self.desk.assignee {
            Some(who) if who.account == ctx.actor.account => Ok(()),
            Some(_) if self.stands_for.is_some() => Ok(()),
            Some(who) => Err(Error::denied("process.not_yours").arg("name", &who.name)),
            None => Err(Error::conflict("process.not_claimed")),
        }
    }

    /// Whether the actor, or who he stands in for, did the step before.
    pub(super) async fn before(&self, ctx: &mut Ctx) -> Result<bool> {
        let Some(step) = &self.desk.after else { return Ok(false) };
        let (by, account) = (&step.by.account, ctx.actor.account.clone());
        Ok(*by == account || party::absence::stands_in(ctx, by, &account).await?)
    }

    /// In whose name the actor acts.
    pub(super) fn whose(&self, ctx: &Ctx) -> Who {
        let own = || Who { account: ctx.actor.account.clone(), name: ctx.actor.name.clone() };
        self.stands_for.clone().unwrap_or_else(own)
    }

    /// Refuses who neither has it in hand nor manages it.
    pub(super) fn mine_or_managed(&self, ctx: &Ctx) -> Result<()> {
        if self.manages { Ok(()) } else { self.mine(ctx) }
    }
}

/// Instance and number of a task's id. Errors: `not_found`.
pub(super) fn parts(id: &str) -> Result<(&str, Id)> {
    let (instance, number) = id.rsplit_once(':').ok_or_else(Error::not_found)?;
    Ok((instance, number.parse().map_err(|_| Error::not_found())?))
}

/// The task, its instance held, for who may know of it. Errors: `denied`, `not_found`,
/// `process.stale`, `process.task_gone` for one that is closed, `process.suspended`.
pub(super) async fn held(ctx: &mut Ctx, id: &str, revision: Option<i64>) -> Result<Held> {
    authority::demand(ctx, WORK)?;
    let (instance, number) = parts(id)?;
    let mut acting = Acting::load(ctx, instance).await?;
    let row = &acting.row;
    let manages = authority::may(ctx, MANAGE) && authority::same_agency(ctx, &row.agency);
    let Some(desk) = acting.standing.office.desks.get(&number).cloned() else {
        let known = store::find(ctx, id).await?.is_some();
        seen(ctx, instance).await?;
        return Err(match known {
            true => Error::conflict("process.task_gone").arg("id", number),
            false => Error::not_found(),
        });
    };
    let account = ctx.actor.account.clone();
    let own = |who: &Who| who.account == account;
    let involved = desk.assignee.iter().chain(&desk.owner).any(own);
    let pools = definition::pools(&ctx.actor);
    let offered = desk.pools.iter().any(|pool| pools.contains(pool));
    // Who may do it in his own name stands in for nobody.
    let steads = match desk.assignee.as_ref().map_or(offered, own) {
        true => Vec::new(),
        false => deputy::steads(ctx).await?,
    };
    let absent: Vec<&str> = steads.iter().map(|one| one.officer.as_str()).collect();
    let his = desk.assignee.clone().filter(|who| who.account != account);
    let mut stands_for = his.filter(|who| absent.contains(&who.account.as_str()));
    if desk.assignee.is_none()
        && !offered
        && let Some(stead) = steads.iter().find(|one| one.has(&desk.pools))
    {
        stands_for = super::offer::officer(ctx, &stead.officer).await?;
    }
    let involved = involved || stands_for.is_some();
    if !(manages || involved || offered) {
        seen(ctx, instance).await?;
    }
    acting.fresh(revision)?;
    acting.running()?;
    acting.on_behalf.clone_from(&stands_for);
    Ok(Held { acting, number, desk, manages, stands_for })
}

/// Takes a task that is offered. Errors: those of a held task; `process.task_taken`,
/// `process.not_offered`.
pub async fn claim(ctx: &mut Ctx, id: &str, revision: Option<i64>) -> Result<Done> {
    let held = held(ctx, id, revision).await?;
    if let Some(who) = &held.desk.assignee {
        return Err(Error::conflict("process.task_taken").arg("name", &who.name));
    }
    may_take(ctx, &held)?;
    held.acting.finish(ctx, Act::Claimed { task: held.number }).await
}

fn may_take(ctx: &Ctx, held: &Held) -> Result<()> {
    let pools = definition::pools(&ctx.actor);
    if held.stands_for.is_some() || held.desk.pools.iter().any(|pool| pools.contains(pool)) {
        return Ok(());
    }
    Err(Error::denied("process.not_offered"))
}

/// Puts a task back for others. Errors: those of a held task; `process.not_yours`;
/// `process.named` when it was given to one person alone.
pub async fn release(ctx: &mut Ctx, id: &str, revision: Option<i64>) -> Result<Done> {
    let held = held(ctx, id, revision).await?;
    held.mine(ctx)?;
    if held.desk.owner.is_some() {
        return Err(Error::conflict("process.delegated"));
    }
    if held.desk.pools.is_empty() {
        return Err(Error::conflict("process.named"));
    }
    held.acting.finish(ctx, Act::Released { task: held.number }).await
}

/// Completes a task with what came of it; one that is offered and nobody has is taken at once.
/// Errors: those of a held task; `process.not_yours`, `process.not_offered`, `process.delegated`
/// for one that goes back to who gave it; `process.answers` for what its form does not take; those
/// of the engine.
pub async fn complete(
    ctx: &mut Ctx,
    id: &str,
    revision: Option<i64>,
    opinion: &str,
    variables: Variables,
) -> Result<Done> {
    let opinion = words(opinion, "words", false)?;
    let mut held = held(ctx, id, revision).await?;
    match &held.desk.assignee {
        None => may_take(ctx, &held)?,
        Some(_) => held.mine(ctx)?,
    }
    if held.desk.owner.is_some() {
        return Err(Error::conflict("process.delegated"));
    }
    let mut variables = answers::of_task(ctx, &held.acting, held.number, variables).await?;
    let (task, node) = (held.number, held.acting.node_of(held.number)?);
    sign::vote(&held.acting, task, &held.whose(ctx), &mut variables)?;
    let act = Act::Completed { task, node, opinion };
    if let Some(back) = held.desk.back_to.clone() {
        let (node, values) = (back.node, variables.clone());
        let command = Command::Move { token: task, node, others: false, variables: values };
        if held.acting.step(ctx, &command).is_ok() {
            let route = Route { to: Some(back.by), ..Route::default() };
            return held.acting.finish_with(ctx, act, route).await;
        }
    }
    held.acting.step(ctx, &Command::CompleteTask { task, variables })?;
    held.acting.finish(ctx, act).await
}

/// Gives a task to a colleague for good. Errors: those of a held task; `process.not_yours`;
/// `process.colleague`, `process.words`.
pub async fn hand_over(
    ctx: &mut Ctx,
    id: &str,
    revision: Option<i64>,
    to: &str,
    reason: &str,
) -> Result<Done> {
    let reason = words(reason, "words", true)?;
    let held = held(ctx, id, revision).await?;
    held.mine_or_managed(ctx)?;
    let to = colleague(ctx, to).await?;
    held.acting.finish(ctx, Act::HandedOver { task: held.number, to, reason }).await
}

/// Has a colleague do a task, who gives it back. Errors: as [`hand_over`]; `process.delegated`.
pub async fn delegate(
    ctx: &mut Ctx,
    id: &str,
    revision: Option<i64>,
    to: &str,
    reason: &str,
) -> Result<Done> {
    let reason = words(reason, "words", true)?;
    let held = held(ctx, id, revision).await?;
    held.mine(ctx)?;
    if held.desk.owner.is_some() {
        return Err(Error::conflict("process.delegated"));
    }
    let to = colleague(ctx, to).await?;
    if to.account == ctx.actor.account || held.desk.assignee.as_ref() == Some(&to) {
        return Err(Error::invalid("process.colleague").field("to", "process.colleague"));
    }
    held.acting.finish(ctx, Act::Delegated { task: held.number, to, reason }).await
}

/// Gives a delegated task back with an opinion. Errors: those of a held task;
/// `process.not_yours`, `process.not_delegated`.
pub async fn give_back(
    ctx: &mut Ctx,
    id: &str,
    revision: Option<i64>,
    opinion: &str,
) -> Result<Done> {
    let opinion = words(opinion, "words", true)?;
    let held = held(ctx, id, revision).await?;
    held.mine(ctx)?;
    if held.desk.owner.is_none() {
        return Err(Error::conflict("process.not_delegated"));
    }
    held.acting.finish(ctx, Act::Returned { task: held.number, opinion }).await
}

/// The colleague of the actor's agency by account or login. Errors: `process.colleague`.
pub(super) async fn colleague(ctx: &mut Ctx, to: &str) -> Result<Who> {
    let found = found(ctx, to).await?.filter(|(_, agency)| *agency == ctx.actor.agency);
    found
        .map(|(who, _)| who)
        .ok_or_else(|| Error::invalid("process.colleague").field("to", "process.colleague"))
}

/// Hands over every task an officer who leaves has in hand, in instances of the actor's agency;
/// how many. Errors: `denied`, `process.colleague`, `process.words`.
pub async fn hand_over_all(ctx: &mut Ctx, from: &str, to: &str, reason: &str) -> Result<usize> {
    let reason = words(reason, "words", true)?;
    authority::demand(ctx, MANAGE)?;
    let to = colleague(ctx, to).await?;
    // His account may be closed already; his tasks are still in his name.
    let from = match party::account::by_login(ctx, from).await? {
        Some(account) => account.id,
        None => from.to_owned(),
    };
    let from = from.as_str();
    if to.account == from {
        return Err(Error::invalid("process.colleague").field("to", "process.colleague"));
    }
    let mut after = store::Cursor::parse("", i64::MIN);
    let (mut moved, mut looked) = (0, 0);
    while looked < AT_ONCE_MAX {
        let tasks = store::of(ctx, "assignee", from, 1, &after).await?;
        let Some(last) = tasks.last() else { break };
        after = store::Cursor { at: last.due_us, id: last.id.clone() };
        looked += tasks.len();
        for task in tasks {
            let acting = Acting::load(ctx, &task.instance_id).await?;
            let number = parts(&task.id)?.1;
            let desk = acting.standing.office.desks.get(&number);
            let his = desk.and_then(|desk| desk.assignee.as_ref());
            let his = his.is_some_and(|who| who.account == from);
            if !his || !authority::same_agency(ctx, &acting.row.agency) {
                continue;
            }
            let (to, reason) = (to.clone(), reason.clone());
            acting.finish(ctx, Act::HandedOver { task: number, to, reason }).await?;
            moved += 1;
        }
    }
    Ok(moved)
}

/// Presses whoever has a task: whoever began the instance, did the step before, or manages it.
/// Errors: those of a held task; `process.not_yours_to_urge`.
pub async fn urge(ctx: &mut Ctx, id: &str, revision: Option<i64>, note: &str) -> Result<Done> {
    let note = words(note, "words", true)?;
    let held = held(ctx, id, revision).await?;
    let account = ctx.actor.account.clone();
    if !(held.manages || held.before(ctx).await? || held.acting.row.started_by == account) {
        return Err(Error::denied("process.not_yours_to_urge"));
    }
    let assignee = held.desk.assignee.clone();
    let done = held.acting.finish(ctx, Act::Urged { task: held.number, note }).await?;
    if let Some(who) = assignee.filter(|who| who.account != account) {
        let link = format!("/tasks/{id}");
        tell(ctx, &who.account, "process.urged", &link).await?;
        for deputy in party::absence::deputies(ctx, &who.account).await? {
            tell(ctx, &deputy, "process.urged", &link).await?;
        }
    }
    Ok(done)
}

/// Tells an officer by a portal message; nobody when his account is closed.
pub(super) async fn tell(
    ctx: &mut Ctx,
    account: &str,
    template: &'static str,
    link: &str,
) -> Result<()> {
    let account = party::account::find(ctx, account).await?.filter(|account| !account.closed);
    if let Some(account) = account {
        party::message::send(ctx, &account.person, template, party::message::NO_ARGS, link).await?;
    }
    Ok(())
}

/// Writes an opinion beside the steps, for who may see the instance. Errors: `denied`, `not_found`,
/// `process.words`, `process.ended`.
pub async fn comment(ctx: &mut Ctx, instance: &str, text: &str) -> Result<Done> {
    let text = words(text, "words", true)?;
    authority::demand(ctx, WORK)?;
    let acting = Acting::load(ctx, instance).await?;
    seen(ctx, instance).await?;
    if acting.standing.state.status.is_final() {
        return Err(Error::conflict("process.ended"));
    }
    acting.finish(ctx, Act::Commented { text }).await
}
