//! The time of a matter and of the instance that works on it: a lawful extension of the matter's own
//! limit gives what runs in the drawing as much, and the lists of tasks tell the matter's limit.
//!
//! Invariants
//! - Only the area whose matter it is calls these verbs; they ask for no permission of this one.
//! - A limit moves once for an extension of the matter, by as many working days, when it counts
//!   working days, runs and has not passed; who manages may then not extend it again. What the
//!   drawing counts in elapsed time is its own affair.
//! - While the instance stands still a limit has not passed that had not when it was suspended; what
//!   it is given then is left to it when the instance goes on.
//! - The end of the matter's limit is told, never computed here.
//!
//! Must not know: what the matter is, who extended it.

use super::act::Acting;
use super::extend::RunningLimit;
use super::instance::WORDS_MAX;
use super::model::Act;
use super::owned;
use crate::definition::TaskLimit;
use ::store::{Ctx, vals};
use flow::process::{Id, On};
use kernel::calendar::Limit;
use kernel::{Result, Timestamp};

/// What a matter's extension gives: how much, why and on what article.
#[derive(Clone, Debug)]
pub struct More<'a> {
    /// How many working days.
    pub amount: Limit,
    /// Why.
    pub reason: &'a str,
    /// The article applied.
    pub basis: &'a str,
}

/// Gives the limits of a matter's instance that run as much time as the matter itself was given.
/// Errors: those of the calendar.
pub async fn lengthen(ctx: &mut Ctx, id: &str, more: More<'_>) -> Result<()> {
    let Some(acting) = owned::held(ctx, id).await? else { return Ok(()) };
    let running = acting.limits()?;
    let moved: Vec<RunningLimit> =
        running.into_iter().filter(|one| is_moved(ctx, &acting, one)).collect();
    drop(acting);
    let amount = TaskLimit::Working(more.amount);
    let cut = |text: &str| text.chars().take(WORDS_MAX).collect::<String>();
    for one in moved {
        let mut acting = Acting::load(ctx, id).await?;
        let due = amount.added(one.due.0, acting.pack.calendar()?)?;
        if !acting.standing.office.desks.contains_key(&one.number) {
            acting.move_timer(ctx, one.number, due)?;
        }
        let act = Act::Extended {
            number: one.number,
            node: one.node,
            amount: amount.to_string(),
            due,
            reason: cut(more.reason),
            basis: more.basis.to_owned(),
        };
        acting.finish(ctx, act).await?;
    }
    Ok(())
}

/// True for a limit in working days that runs, or stands still, and was never extended.
fn is_moved(ctx: &Ctx, acting: &Acting, one: &RunningLimit) -> bool {
    let counted_to = acting.standing.office.suspended_at.unwrap_or(ctx.now);
    one.extended.is_empty() && counted_to < one.due.0 && counts_working_days(acting, one.number)
}

fn counts_working_days(acting: &Acting, number: Id) -> bool {
    let office = &acting.standing.office;
    if let Some(desk) = office.desks.get(&number) {
        let limit = desk.limit.as_deref().and_then(TaskLimit::parse);
        return matches!(limit, Some(TaskLimit::Working(_)));
    }
    let timer = acting.standing.state.subscription(number);
    timer.is_some_and(|one| matches!(one.on, On::Timer { cycle: None, working: Some(_), .. }))
}

/// Tells an instance until when its matter is to be decided; none while that stands still.
pub async fn matter_due(ctx: &mut Ctx, id: &str, due: Option<Timestamp>) -> Result<()> {
    let due = due.map_or(0, |due| due.0);
    let sql = "INSERT INTO process_matter_limit (instance_id, due_us) VALUES ($1, $2)
         ON CONFLICT (instance_id) DO UPDATE SET due_us = excluded.due_us";
    ctx.execute(sql, vals![id, due]).await?;
    Ok(())
}
