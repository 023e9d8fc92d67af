//! What notices hear of cases.
//!
//! Invariant: a job told twice changes nothing the second time: a card is marked by case, timer
//! and instant.

use super::model::{By, Kind};
use super::notice::{self, Opening};
use ::store::Ctx;
use kernel::{Kind as Fault, Result, Timestamp};
use serde_json::Value as Json;

/// Opens a card for a clock that warns or has run out.
pub(super) const OPEN: &str = "supervise.notice_open";
/// Closes yellow cards of a case that ended in time.
pub(super) const SETTLE: &str = "supervise.notice_settle";
/// Has notices follow a case to another agency.
pub(super) const PASS_ON: &str = "supervise.notice_pass_on";

/// `{case, timer, at, agency, division, item}`.
pub(super) async fn open(ctx: &mut Ctx, payload: &Json) -> Result<()> {
    let text = |name: &str| payload[name].as_str().unwrap_or_default().to_owned();
    let (case, timer) = (text("case"), text("timer"));
    let Some(kind) = Kind::of_timer(&timer) else { return Ok(()) };
    let at = payload["at"].as_i64().unwrap_or(ctx.now.0);
    let Some(watched) = watched(ctx, &case).await? else { return Ok(()) };
    // A warning comes before the end of its clock; the card names the end.
    let due = match kind {
        Kind::Yellow => clock_due(&watched, &timer).unwrap_or(Timestamp(at)),
        _ => Timestamp(at),
    };
    // Who had the case when the clock ran out answers for it; a warning is for who has it now.
    let (agency, division) = match kind {
        Kind::Red => (text("agency"), text("division")),
        _ => (watched.agency, watched.division),
    };
    let opening = Opening {
        mark: format!("{case}:{timer}:{at}"),
        kind,
        case_number: watched.number,
        item: watched.item,
        agency,
        division,
        case_id: case,
        timer,
        due,
        reason: String::new(),
        by: By::default(),
    };
    notice::open(ctx, opening).await.map(|_| ())
}

/// The case as it is; none for a parent, and for one that is gone.
async fn watched(ctx: &mut Ctx, case: &str) -> Result<Option<service::case::Watched>> {
    match service::case::watched(ctx, case).await {
        Err(error) if error.kind == Fault::NotFound => Ok(None),
        watched => watched,
    }
}

/// End of the clock a timer belongs to: `promised_warning` is of `promised`.
fn clock_due(case: &service::case::Watched, timer: &str) -> Option<Timestamp> {
    let name = timer.strip_suffix("_warning")?;
    let clock = case.clocks.iter().rfind(|clock| clock.name == name)?;
    clock.due.map(|due| due.0)
}

/// `{case}`.
pub(super) async fn settle(ctx: &mut Ctx, payload: &Json) -> Result<()> {
    let case = payload["case"].as_str().unwrap_or_default().to_owned();
    notice::settle(ctx, &case).await.map(|_| ())
}

/// `{case}`.
pub(super) async fn pass_on(ctx: &mut Ctx, payload: &Json) -> Result<()> {
    let case = payload["case"].as_str().unwrap_or_default();
    let Some(watched) = watched(ctx, case).await? else { return Ok(()) };
    notice::pass_on(ctx, &watched).await.map(|_| ())
}
