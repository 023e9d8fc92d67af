//! What ratings tell and what runs later: the invitation's reminder, the ends of a task's clocks.
//!
//! Invariant: a job that comes late or twice changes nothing: it looks at what is, then acts.

use super::store::{self, StoredRating, StoredTask};
use super::{RECTIFY, Task};
use ::store::Ctx;
use kernel::{Error, Kind, Result};
use party::account::Account;
use party::{account, audit, message};
use serde_json::{Value as Json, json};

/// A case was completed: a rating is asked for some days later, unless one is given by then.
pub(super) const SETTLED: &str = "service.rating_settled";
/// The reminder itself.
pub(super) const REMINDER: &str = "service.rating_reminder";
/// A clock of a task has run out.
pub(super) const DUE: &str = "service.rating_due";
/// Officers told of one task.
const TOLD_MAX: usize = 20;

/// Plans the reminder when the whole application has ended.
pub(super) async fn settled(ctx: &mut Ctx, payload: &Json) -> Result<()> {
    // The end of the whole is told once, after those of its items.
    if !text(payload, "parent").is_empty() {
        return Ok(());
    }
    let id = text(payload, "case");
    let Some(case) = found(store::case(ctx, id).await)? else { return Ok(()) };
    let root = case.root_id().to_owned();
    let whole = store::children(ctx, &root).await?;
    if whole.iter().any(|case| !case.phase.is_final()) {
        return Ok(());
    }
    let at = ctx.now.plus_us(store::REMINDER_US);
    ctx.schedule(REMINDER, &root, at, &json!({ "case": root })).await
}

/// Asks once more for a rating of what has not been rated; rating stays voluntary.
pub(super) async fn remind(ctx: &mut Ctx, payload: &Json) -> Result<()> {
    let root = text(payload, "case");
    let Some(case) = found(store::case(ctx, root).await)? else { return Ok(()) };
    let children = store::children(ctx, root).await?;
    let mut unrated = 0;
    for child in &children {
        unrated += usize::from(store::of_case(ctx, &child.id).await?.is_none());
    }
    if unrated == 0 {
        return Ok(());
    }
    let pack = ctx.env.pack.clone();
    let one_thing = pack.one_thing(&case.one_thing).map(|one| one.name.clone());
    let item =
        children.first().and_then(|child| pack.item(&child.item)).map(|item| item.name.clone());
    let link = format!("/cases/{root}/rating");
    let args = [
        ("one_thing", json!(one_thing.or(item).unwrap_or_default())),
        ("case_tail", json!(tail(&case.number))),
        ("count", json!(children.len().to_string())),
    ];
    message::send(ctx, &case.applicant, "case.completed", &args, &link).await?;
    Ok(())
}

/// Plans the end of the clock that runs now, and takes back the one planned before.
pub(super) async fn watch(ctx: &mut Ctx, id: &str, task: &Task) -> Result<()> {
    let pack = ctx.env.pack.clone();
    match task.due(pack.calendar()?)? {
        Some(due) => ctx.schedule(DUE, id, due, &json!({ "task": id })).await,
        None => ctx.unschedule(DUE, id).await,
    }
}

/// A clock has run out: it is recorded, told, and the officers are told again.
pub(super) async fn due(ctx: &mut Ctx, payload: &Json) -> Result<()> {
    let id = text(payload, "task");
    let Some(stored) = found(store::get_task(ctx, id).await)? else { return Ok(()) };
    let task = stored.task(ctx)?;
    let pack = ctx.env.pack.clone();
    let overdue = task.due(pack.calendar()?)?.is_some_and(|due| due <= ctx.now);
    if !overdue {
        return Ok(());
    }
    let body = json!({ "phase": task.phase().as_str(), "due": stored.due_us });
    audit::record(ctx, "rating.overdue", &format!("rating_task:{id}"), body).await?;
    tell_rectifiers(ctx, &stored).await?;
    let payload = json!({ "task": id, "agency": stored.agency, "phase": task.phase().as_str() });
    ctx.emit("rating.overdue", &payload).await
}

/// The officers of the agency who may work on the task: none of who decided the case.
pub(super) async fn rectifiers(ctx: &mut Ctx, stored: &StoredTask) -> Result<Vec<Account>> {
    let mut officers = account::holders(ctx, &stored.agency, RECTIFY).await?;
    officers.retain(|officer| !stored.is_hidden_from(&officer.id));
    Ok(officers)
}

/// Tells the officers of the agency who may work on the task; whoever decided the case is not told.
pub(super) async fn tell_rectifiers(ctx: &mut Ctx, stored: &StoredTask) -> Result<()> {
    let pack = ctx.env.pack.clone();
    let link = format!("/ratings/tasks/{}", stored.id);
    for officer in rectifiers(ctx, stored).await?.into_iter().take(TOLD_MAX) {
        let item = pack.item(&stored.item).map(|item| item.name.clone());
        let deadline = webkit::view::format::last_day(kernel::Timestamp(stored.due_us));
        let args = [
            ("item", json!(item.unwrap_or_default())),
            ("reference", json!(tail(&stored.id))),
            ("deadline", json!(deadline)),
        ];
        message::send(ctx, &officer.person, "work.rectification", &args, &link).await?;
    }
    Ok(())
}

/// Tells the rater that his bad rating was acted on.
pub(super) async fn tell_rater(ctx: &mut Ctx, rating: &StoredRating) -> Result<()> {
    let pack = ctx.env.pack.clone();
    let case = store::case(ctx, &rating.case_id).await?;
    let item = pack.item(&rating.item).map(|item| item.name.clone()).unwrap_or_default();
    let link = format!("/cases/{}/rating", rating.case_id);
    let args = [("item", json!(item)), ("case_tail", json!(tail(&case.number)))];
    message::send(ctx, &rating.person, "rating.rectified", &args, &link).await?;
    Ok(())
}

/// The last four characters of a number: enough to recognise, too few to tell.
fn tail(number: &str) -> String {
    number.chars().rev().take(4).collect::<Vec<_>>().into_iter().rev().collect()
}

fn text<'a>(payload: &'a Json, name: &str) -> &'a str {
    payload[name].as_str().unwrap_or_default()
}

/// What is no longer there is nothing to do, not a failure.
fn found<T>(result: Result<T>) -> Result<Option<T>> {
    match result {
        Ok(found) => Ok(Some(found)),
        Err(Error { kind: Kind::NotFound, .. }) => Ok(None),
        Err(error) => Err(error),
    }
}
