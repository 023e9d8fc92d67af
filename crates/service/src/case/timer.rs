//! Clocks that run out by themselves: one job per case waits for the next of its timers.
//!
//! Invariants: a timer fires once, told by name and instant; a timer whose command the case no
//! longer admits is dropped; the job of a case is replaced whenever its clocks change.

use super::act::Acting;
use super::model::Case;
use super::{notice, store};
use ::store::Ctx;
use flow::case::{Timer, TimerName, timers};
use kernel::calendar::Calendar;
use kernel::{Kind, Result, Timestamp};
use serde_json::{Value as Json, json};

/// Name of the job.
pub(super) const JOB: &str = "service.case_timer";

fn mark(timer: &Timer) -> String {
    format!("{}:{}", timer.name.as_str(), timer.at.0)
}

/// The next timer that has not fired; its instant.
fn next(case: &Case, fired: &str, calendar: &Calendar) -> Result<Option<Timestamp>> {
    let waiting = timers(&case.state, calendar)?;
    let spent: Vec<&str> = fired.split(' ').collect();
    Ok(waiting.iter().find(|timer| !spent.contains(&mark(timer).as_str())).map(|timer| timer.at))
}

/// Has the job wait for the next timer of the case, if that changed.
pub(super) async fn plan(ctx: &mut Ctx, case: &Case, calendar: &Calendar) -> Result<()> {
    let mut stored = store::timer(ctx, &case.id).await?;
    let at = next(case, &stored.fired, calendar)?.map_or(0, |at| at.0.max(1));
    if at == stored.at_us {
        return Ok(());
    }
    stored.at_us = at;
    wait(ctx, &case.id, &stored).await
}

async fn wait(ctx: &mut Ctx, id: &str, stored: &store::StoredTimer) -> Result<()> {
    store::set_timer(ctx, id, stored).await?;
    match stored.at_us {
        0 => ctx.unschedule(JOB, id).await,
        at => ctx.schedule(JOB, id, Timestamp(at), &json!({ "case": id })).await,
    }
}

/// Fires every timer of the case whose time has come.
pub(super) async fn run(ctx: &mut Ctx, payload: &Json) -> Result<()> {
    let id = payload["case"].as_str().unwrap_or_default().to_owned();
    let pack = ctx.env.pack.clone();
    let calendar = pack.calendar()?;
    // The instant for which this job waited; a job replaced meanwhile finds nothing due.
    loop {
        let acting = match Acting::load(ctx, &id).await {
            Err(error) if error.kind == Kind::NotFound => return Ok(()),
            other => other?,
        };
        let mut stored = store::timer(ctx, &id).await?;
        let due = timers(&acting.case.state, calendar)?;
        let spent: Vec<&str> = stored.fired.split(' ').collect();
        let first =
            due.iter().find(|timer| timer.at <= ctx.now && !spent.contains(&mark(timer).as_str()));
        let Some(timer) = first.copied() else {
            stored.at_us = next(&acting.case, &stored.fired, calendar)?.map_or(0, |at| at.0.max(1));
            return wait(ctx, &id, &stored).await;
        };
        // Of what fired, only what the clocks still name needs remembering.
        let kept: Vec<String> =
            due.iter().map(mark).filter(|name| spent.contains(&name.as_str())).collect();
        stored.fired = kept.into_iter().chain([mark(&timer)]).collect::<Vec<_>>().join(" ");
        store::set_timer(ctx, &id, &stored).await?;
        fire(ctx, acting, timer).await?;
    }
}

async fn fire(ctx: &mut Ctx, mut acting: Acting, timer: Timer) -> Result<()> {
    if let Some(command) = timer.name.command() {
        return match acting.apply(ctx, &command) {
            Ok(()) => acting.finish(ctx).await.map(|_| ()),
            // Somebody acted in the same instant: the limit no longer matters.
            Err(error) if error.kind == Kind::Conflict => Ok(()),
            Err(error) => Err(error),
        };
    }
    let topic = if is_warning(timer.name) { "case.warned" } else { "case.overdue" };
    let case = &acting.case;
    let body = json!({ "timer": timer.name.as_str(), "at": timer.at.0, "parent": case.parent_id });
    party::audit::record(ctx, topic, &format!("case:{}", case.id), body).await?;
    notice::warn(ctx, case, &acting.item, timer).await?;
    let payload = json!({
        "case": case.id, "parent": case.parent_id, "item": case.item, "timer": timer.name.as_str(),
        "agency": case.agency, "division": case.division, "at": timer.at.0,
    });
    ctx.emit(topic, &payload).await
}

fn is_warning(name: TimerName) -> bool {
    matches!(
        name,
        TimerName::AcceptanceWarning
            | TimerName::CorrectionWarning
            | TimerName::ToleranceWarning
            | TimerName::PromisedWarning
            | TimerName::StatutoryWarning
            | TimerName::DeliveryWarning
            | TimerName::CheckWarning
            | TimerName::ReviewWarning
    )
}
