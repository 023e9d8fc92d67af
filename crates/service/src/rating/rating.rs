//! The verbs of ratings: permit, load, decide, write, tell.
//!
//! Invariant: what the actor may not know of is not found. Must not know: HTTP, SQL, pages.

use super::model::{
    CallBack, NewRating, Ratable, Rating, RatingPage, Ruling, Statistic, Step, Task, TaskPage,
    TaskRow, is_bad,
};
use super::store::{self, Reach, StoredRating, StoredTask};
use super::{RATE, READ, RECTIFY, SUPERVISE, events};
use crate::case::{self, Case, Moment};
use ::store::Ctx;
use kernel::calendar::Lamp;
use kernel::{Error, Result, Text, Timestamp};
use party::{audit, authority};
use serde_json::json;
use std::collections::BTreeMap;

/// The items of a case for its applicant to rate: one for an item's case, all for a parent.
/// Errors: `not_found` for whom the case is none of; `rating.applicant` for whoever only acts for the
/// applicant.
pub async fn of_case(ctx: &mut Ctx, case_id: &str) -> Result<Vec<Ratable>> {
    let case = applicants(ctx, case_id).await?;
    let cases = if case.is_parent() { store::children(ctx, case_id).await? } else { vec![case] };
    let mut out = Vec::with_capacity(cases.len());
    for case in cases {
        let stored = store::of_case(ctx, &case.id).await?;
        let rating = stored.map(|stored| shown(ctx, &stored)).transpose()?;
        out.push(Ratable {
            item: item_name(ctx, &case.item),
            agency: agency_name(ctx, &case.agency),
            channel: case.channel.clone(),
            ended: case.phase.is_final(),
            case_id: case.id,
            rating,
        });
    }
    Ok(out)
}

/// Rates an item's case; the rating. A bad one opens a task at the agency.
///
/// Errors: `not_found`, `rating.applicant`; `rating.not_ended` while the case is under way; `rating.given` for a second
/// one; those of [`NewRating::checked`].
pub async fn rate(ctx: &mut Ctx, case_id: &str, new: NewRating) -> Result<Rating> {
    authority::demand(ctx, RATE)?;
    if !ctx.lock("cases", case_id).await? {
        return Err(Error::not_found());
    }
    let case = applicants(ctx, case_id).await?;
    if case.is_parent() {
        return Err(Error::not_found());
    }
    if !case.phase.is_final() {
        return Err(Error::conflict("rating.not_ended"));
    }
    if store::of_case(ctx, case_id).await?.is_some() {
        return Err(Error::conflict("rating.given"));
    }
    let pack = ctx.env.pack.clone();
    let scale = pack.ratings()?;
    let new = new.checked(scale, case.channel == "online")?;
    let bad = is_bad(scale, new.stars);
    let (id, rated) = (ctx.id(), store::deciders(ctx, &case).await?);
    store::insert(ctx, &id, &case, &rated, &new, bad).await?;
    let body = json!({ "case": case.id, "stars": new.stars, "bad": bad });
    audit::record_row(ctx, "rating.given", &format!("rating:{id}"), body, "rating", &id).await?;
    let stored = store::get(ctx, &id).await?;
    if bad {
        open_task(ctx, &stored).await?;
    } else {
        store::count(ctx, &stored).await?;
    }
    ctx.unschedule(events::REMINDER, case.root_id()).await?;
    ctx.emit("rating.given", &json!({ "rating": id, "case": case.id, "item": case.item })).await?;
    shown(ctx, &stored)
}

async fn open_task(ctx: &mut Ctx, rating: &StoredRating) -> Result<()> {
    let pack = ctx.env.pack.clone();
    let task = Task::open(ctx.now, pack.ratings()?)?;
    let id = ctx.id();
    store::insert_task(ctx, &id, rating, &task).await?;
    let subject = format!("rating_task:{id}");
    let body = json!({ "rating": rating.id });
    audit::record_row(ctx, "rating.task_opened", &subject, body, "rating_task", &id).await?;
    events::watch(ctx, &id, &task).await?;
    let stored = store::get_task(ctx, &id).await?;
    events::tell_rectifiers(ctx, &stored).await?;
    ctx.emit("rating.task_opened", &json!({ "task": id, "agency": rating.agency })).await
}

/// A rating for staff in reach. Errors: `denied`, `not_found`.
pub async fn find(ctx: &mut Ctx, id: &str) -> Result<Rating> {
    authority::demand(ctx, READ)?;
    let stored = store::get(ctx, id).await?;
    let reached = authority::reaches(ctx, &stored.agency, &stored.division);
    if !reached || stored.is_hidden_from(&ctx.actor.account) {
        return Err(refused(ctx, "rating", id));
    }
    shown(ctx, &stored)
}

/// Ratings in reach, newest first. Errors: `denied`.
pub async fn list(ctx: &mut Ctx, after: &str) -> Result<RatingPage> {
    let reach = reach(ctx, READ)?;
    let mut rows = store::list(ctx, &reach, after).await?;
    let more = rows.len() > store::PAGE;
    rows.truncate(store::PAGE);
    let next = rows.last().filter(|_| more).map(|row| row.id.clone());
    let ratings = rows.iter().map(|row| shown(ctx, row)).collect::<Result<_>>()?;
    Ok(RatingPage { ratings, next })
}

/// Tasks in reach, open or ended, the most urgent first. Errors: `denied`.
pub async fn tasks(ctx: &mut Ctx, open: bool, after: &str) -> Result<TaskPage> {
    let reach = reach(ctx, READ)?;
    let mut rows = store::list_tasks(ctx, &reach, open, after).await?;
    let more = rows.len() > store::PAGE;
    rows.truncate(store::PAGE);
    let next = rows.last().filter(|_| more).map(store::cursor);
    let mut tasks = Vec::with_capacity(rows.len());
    for row in &rows {
        tasks.push(reader_row(ctx, row).await?);
    }
    Ok(TaskPage { tasks, next })
}

/// A task with its rating and everything done. Errors: `denied`; `not_found`, also for whoever
/// decided the case while the task is open.
pub async fn task(ctx: &mut Ctx, id: &str) -> Result<TaskRow> {
    authority::demand(ctx, READ)?;
    let stored = in_reach(ctx, id).await?;
    let mut row = reader_row(ctx, &stored).await?;
    row.steps = stored.task(ctx)?.steps();
    let own = authority::same_agency(ctx, &stored.agency);
    row.case_open = own && authority::may(ctx, case::READ);
    let rating = store::get(ctx, &stored.rating_id).await?;
    row.rating = Some(shown(ctx, &rating)?);
    let case = store::case(ctx, &stored.case_id).await?;
    let name = &case.names.applicant;
    row.applicant = if own { name.clone() } else { case::masked(name) };
    row.number = case.number;
    Ok(row)
}

/// A task with what its reader may do, also as one who steps in.
async fn reader_row(ctx: &mut Ctx, stored: &StoredTask) -> Result<TaskRow> {
    let mut row = task_row(ctx, stored)?;
    if steps_in(ctx, stored).await? {
        row.allowed.extend(works(&stored.task(ctx)?));
    }
    Ok(row)
}

/// Records that the person was contacted. Errors: `rating.stale`; those of
/// [`Task::contact`].
pub async fn contact(
    ctx: &mut Ctx,
    id: &str,
    revision: Option<i64>,
    note: &str,
) -> Result<TaskRow> {
    let (stored, step) = rectifiers(ctx, id, revision, note).await?;
    let next = stored.task(ctx)?.contact(step)?;
    save(ctx, &stored, next, "rating.contacted").await
}

/// Records what was put right. Errors: `rating.stale`; those of [`Task::rectify`].
pub async fn rectify(
    ctx: &mut Ctx,
    id: &str,
    revision: Option<i64>,
    note: &str,
) -> Result<TaskRow> {
    let (stored, step) = rectifiers(ctx, id, revision, note).await?;
    let next = stored.task(ctx)?.rectify(step)?;
    save(ctx, &stored, next, "rating.rectified").await
}

/// Records the call-back. Errors: `rating.stale`; those of [`Task::call_back`].
pub async fn call_back(
    ctx: &mut Ctx,
    id: &str,
    revision: Option<i64>,
    note: &str,
    satisfied: bool,
) -> Result<TaskRow> {
    let (stored, step) = rectifiers(ctx, id, revision, note).await?;
    let next = stored.task(ctx)?.call_back(CallBack { step, satisfied })?;
    save(ctx, &stored, next, "rating.called_back").await
}

/// Closes the task: the rating may now be seen by the person rated, and is counted.
/// Errors: `rating.stale`; those of [`Task::close`].
pub async fn close(ctx: &mut Ctx, id: &str, revision: Option<i64>, note: &str) -> Result<TaskRow> {
    let (stored, step) = rectifiers(ctx, id, revision, note).await?;
    let next = stored.task(ctx)?.close(step)?;
    save(ctx, &stored, next, "rating.task_closed").await
}

/// The agency appeals to the supervisor. Errors: `rating.stale`; those of [`Task::appeal`].
pub async fn appeal(ctx: &mut Ctx, id: &str, revision: Option<i64>, note: &str) -> Result<TaskRow> {
    let (stored, step) = rectifiers(ctx, id, revision, note).await?;
    // The appeal is the agency's: a supervisor who stands in for it rules, and does not appeal.
    if !authority::same_agency(ctx, &stored.agency) {
        return Err(refused(ctx, "rating_task", id));
    }
    let next = stored.task(ctx)?.appeal(step)?;
    save(ctx, &stored, next, "rating.appealed").await
}

/// The supervisor rules: the rating stands, or is false and annulled.
/// Errors: `denied`, `not_found`, `rating.stale`; those of [`Task::rule`].
pub async fn rule(
    ctx: &mut Ctx,
    id: &str,
    revision: Option<i64>,
    note: &str,
    annulled: bool,
) -> Result<TaskRow> {
    authority::demand(ctx, SUPERVISE)?;
    let stored = held(ctx, id, revision).await?;
    let step = Step::new(ctx.now, &ctx.actor.name, note)?;
    let next = stored.task(ctx)?.rule(Ruling { step, annulled })?;
    save(ctx, &stored, next, "rating.ruled").await
}

/// Figures in reach: of an agency's items, or of the items of a division. A bad
/// rating counts from the day it is given; who decided the case learns of it when its task is closed.
/// Errors: `denied`.
pub async fn statistics(ctx: &mut Ctx) -> Result<Vec<Statistic>> {
    let reach = reach(ctx, READ)?;
    let mut rows: BTreeMap<(String, String), [i64; 5]> = BTreeMap::new();
    for tally in store::tallies(ctx, &reach).await? {
        let place = usize::try_from(5 - tally.stars).ok().filter(|place| *place < 5);
        let counts = rows.entry((tally.agency, tally.item)).or_default();
        if let Some(place) = place {
            counts[place] += tally.count;
        }
    }
    let statistic = |((agency, item), by_stars): ((String, String), [i64; 5])| {
        let count: i64 = by_stars.iter().sum();
        let satisfied: i64 = by_stars[..3].iter().sum();
        let satisfied_permille = satisfied * 1_000 / count.max(1);
        let item_name = item_name(ctx, &item);
        Statistic { agency, item, item_name, count, by_stars, satisfied_permille }
    };
    Ok(rows.into_iter().map(statistic).collect())
}

/// Writes a task and everything that follows from the step.
async fn save(ctx: &mut Ctx, stored: &StoredTask, next: Task, kind: &str) -> Result<TaskRow> {
    store::update_task(ctx, &stored.id, &next).await?;
    let subject = format!("rating_task:{}", stored.id);
    let body = json!({ "phase": next.phase().as_str(), "revision": stored.revision + 1 });
    audit::record_row(ctx, kind, &subject, body, "rating_task", &stored.id).await?;
    events::watch(ctx, &stored.id, &next).await?;
    if !next.is_open() {
        let annulled = next.phase() == super::Phase::Annulled;
        store::settle(ctx, &stored.rating_id, annulled).await?;
        let rating = store::get(ctx, &stored.rating_id).await?;
        let body = json!({ "task": stored.id, "annulled": annulled });
        let subject = format!("rating:{}", rating.id);
        audit::record_row(ctx, "rating.settled", &subject, body, "rating", &rating.id).await?;
        if !annulled {
            store::count(ctx, &rating).await?;
            events::tell_rater(ctx, &rating).await?;
        }
        ctx.emit("rating.task_closed", &json!({ "task": stored.id, "annulled": annulled })).await?;
    }
    task(ctx, &stored.id).await
}

/// True for a supervisor in reach of a task that nobody at its agency may work on, since all who
/// could decided the case.
async fn steps_in(ctx: &mut Ctx, stored: &StoredTask) -> Result<bool> {
    if !authority::may(ctx, SUPERVISE) || authority::same_agency(ctx, &stored.agency) {
        return Ok(false);
    }
    Ok(events::rectifiers(ctx, stored).await?.is_empty())
}

/// The task held for an officer of its agency, or a supervisor where it has none, and his step.
async fn rectifiers(
    ctx: &mut Ctx,
    id: &str,
    revision: Option<i64>,
    note: &str,
) -> Result<(StoredTask, Step)> {
    authority::demand(ctx, RECTIFY)?;
    let stored = held(ctx, id, revision).await?;
    let own = authority::may(ctx, RECTIFY) && authority::same_agency(ctx, &stored.agency);
    if !own && !steps_in(ctx, &stored).await? {
        return Err(refused(ctx, "rating_task", id));
    }
    let step = Step::new(ctx.now, &ctx.actor.name, note)?;
    Ok((stored, step))
}

/// The task in reach, held until the transaction ends. Errors: `not_found`, `rating.stale`.
async fn held(ctx: &mut Ctx, id: &str, revision: Option<i64>) -> Result<StoredTask> {
    ctx.lock("rating_task", id).await?;
    let stored = in_reach(ctx, id).await?;
    match revision {
        Some(seen) if seen != stored.revision => Err(Error::conflict("rating.stale")),
        _ => Ok(stored),
    }
}

async fn in_reach(ctx: &mut Ctx, id: &str) -> Result<StoredTask> {
    let stored = store::get_task(ctx, id).await?;
    let reached = authority::reaches(ctx, &stored.agency, &stored.division);
    if !reached || stored.is_hidden_from(&ctx.actor.account) {
        return Err(refused(ctx, "rating_task", id));
    }
    Ok(stored)
}

/// The answer to whoever may not know of it, with the reason for the log.
fn refused(ctx: &Ctx, what: &str, id: &str) -> Error {
    Error::not_found().detail(format!("{} may not see {what}:{id}", ctx.actor.account))
}

/// The actor's reach. Errors: `denied`.
fn reach(ctx: &Ctx, permission: &str) -> Result<Reach> {
    authority::demand(ctx, permission)?;
    let scope = authority::scope_division(ctx);
    let (agency, division) = match scope.is_empty() {
        true => (ctx.actor.agency.clone(), String::new()),
        false => (String::new(), authority::scope_prefix(ctx)?),
    };
    Ok(Reach { agency, division, reader: ctx.actor.account.clone() })
}

/// The case, for its applicant or who acts for him. Errors: `not_found`.
async fn applicants(ctx: &mut Ctx, id: &str) -> Result<Case> {
    if !ctx.actor.is_citizen() {
        return Err(Error::not_found());
    }
    // `show` refuses whoever is a stranger to the case, and records the attempt.
    case::show(ctx, id).await?;
    let case = store::case(ctx, id).await?;
    match is_theirs(ctx, &case).await? {
        true => Ok(case),
        false => Err(Error::denied("rating.applicant")),
    }
}

/// True when the actor is the applicant or, of a child's case, the guardian. An authorisation reaches
/// no further than the powers it names (Civil Code, article 165), and to judge the service is none.
async fn is_theirs(ctx: &mut Ctx, case: &Case) -> Result<bool> {
    let actor = ctx.actor.party.clone();
    Ok(case.applicant == actor
        || party::delegation::guardian_of(ctx, &case.applicant, &actor).await?)
}

/// True when the case, which its reader knows of, is his to rate.
pub async fn may_rate(ctx: &mut Ctx, case_id: &str) -> Result<bool> {
    let case = store::case(ctx, case_id).await?;
    is_theirs(ctx, &case).await
}

fn shown(ctx: &Ctx, stored: &StoredRating) -> Result<Rating> {
    let stars = u8::try_from(stored.stars).map_err(Error::internal)?;
    let scale = ctx.env.pack.ratings()?;
    let level = scale.levels.iter().find(|level| level.stars == stars);
    Ok(Rating {
        id: stored.id.clone(),
        case_id: stored.case_id.clone(),
        item: stored.item.clone(),
        item_name: item_name(ctx, &stored.item),
        agency: stored.agency.clone(),
        channel: stored.channel.clone(),
        stars,
        level: level.map(|level| level.name.clone()).unwrap_or_default(),
        dimensions: serde_json::from_str(&stored.dimensions).map_err(Error::internal)?,
        comment: stored.comment(ctx)?,
        bad: stored.bad != 0,
        annulled: stored.annulled != 0,
        at: Moment::of(stored.at_us),
    })
}

fn task_row(ctx: &Ctx, stored: &StoredTask) -> Result<TaskRow> {
    let task = stored.task(ctx)?;
    let lamp = match task.lamp(ctx.now, ctx.env.pack.calendar()?)? {
        Lamp::Green => "green",
        Lamp::Yellow => "yellow",
        Lamp::Red => "red",
        Lamp::Paused => "paused",
        Lamp::Done => "done",
    };
    let due = Some(stored.due_us).filter(|due| *due != store::NEVER);
    Ok(TaskRow {
        id: stored.id.clone(),
        revision: stored.revision,
        case_id: stored.case_id.clone(),
        case_open: false,
        item: item_name(ctx, &stored.item),
        agency: stored.agency.clone(),
        agency_name: agency_name(ctx, &stored.agency),
        number: String::new(),
        applicant: String::new(),
        division: stored.division.clone(),
        phase: task.phase(),
        lamp: lamp.to_owned(),
        due: due.map(|due| Moment(Timestamp(due))),
        appealed: task.is_appealed(),
        rating: None,
        steps: Vec::new(),
        allowed: allowed(ctx, stored, &task),
    })
}

/// What the actor may do with the task now.
fn allowed(ctx: &Ctx, stored: &StoredTask, task: &Task) -> Vec<&'static str> {
    let mut acts = Vec::new();
    if authority::may(ctx, RECTIFY) && authority::same_agency(ctx, &stored.agency) {
        acts.extend(works(task));
        if task.is_open() && task.appeal.is_none() {
            acts.push("appeal");
        }
    }
    if authority::may(ctx, SUPERVISE) && task.is_appealed() {
        acts.push("rule");
    }
    acts
}

/// The next step of putting it right.
fn works(task: &Task) -> Option<&'static str> {
    use super::Phase::{Annulled, CalledBack, Closed, Contacted, Open, Rectified};
    match task.phase() {
        Open => Some("contact"),
        Contacted => Some("rectify"),
        Rectified => Some("call_back"),
        CalledBack if !task.is_appealed() => Some("close"),
        CalledBack | Closed | Annulled => None,
    }
}

fn item_name(ctx: &Ctx, id: &str) -> Text {
    ctx.env.pack.item(id).map(|item| item.name.clone()).unwrap_or_else(|| Text::new(id, id))
}

fn agency_name(ctx: &Ctx, id: &str) -> Text {
    ctx.env.pack.agency(id).map(|agency| agency.name).unwrap_or_else(|| Text::new(id, id))
}
