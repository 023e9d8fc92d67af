//! What the applicant, the officer in charge and an agency that is handed a case are told, event by
//! event.
//!
//! Invariants: a message names items, agencies and days, never what was found of a person; an event
//! whose template the packs do not have is not told.

use super::model::Case;
use super::verbs::{ACCEPT, DECIDE, REVOKE};
use super::{store, view};
use ::store::Ctx;
use flow::case::{Change, Event, Timer, TimerName};
use kernel::{Lang, Result, Text, Timestamp};
use pack::item::Item;
use party::person::Person;
use serde_json::{Value as Json, json};

/// Messages as they were sent, whatever was read or mailed of them since, as evidence records them.
pub(super) const SENT: &str = "message_sent";

/// Officers of an agency told of one thing at most.
const OFFICERS_MAX: usize = 20;

/// Messages of events of an item's case; their ids, which the caller records. A `quiet` act is one of
/// which the applicant is told otherwise.
pub(super) async fn send(
    ctx: &mut Ctx,
    case: &Case,
    item: &Item,
    events: &[Event],
    quiet: bool,
) -> Result<Vec<String>> {
    let mut sent = Vec::new();
    let at_once = events.iter().any(|event| matches!(event.change, Change::Decided { .. }));
    for event in events {
        let due = match &event.change {
            Change::CorrectionAsked { .. } => correction_due(ctx, case)?,
            _ => case.due,
        };
        let template = match &event.change {
            Change::Accepted { .. } if !at_once => "case.accepted",
            Change::DeemedAccepted { .. } if at_once => continue,
            Change::DeemedAccepted { .. } if case.due.is_some_and(|due| due <= event.at) => {
                "case.deemed_accepted_late"
            }
            Change::DeemedAccepted { .. } => "case.deemed_accepted",
            Change::AcceptanceRefused { .. } => "case.acceptance_refused",
            Change::CorrectionAsked { .. } => "case.correction_asked",
            Change::Suspended { .. } => "case.suspended",
            Change::Resumed { .. } => "case.resumed",
            Change::Extended { .. } => "case.extended",
            Change::Reopened { .. } => "case.reopened",
            Change::Transferred { .. } => "case.transferred",
            Change::TakenOver { .. } => "case.taken_over",
            Change::TransferReturned { .. } => "case.transfer_returned",
            Change::Decided { granted: false, .. } => "case.refused",
            Change::Completed => "case.granted",
            Change::Withdrawn { .. } => "case.withdrawn",
            // What goes with another item is told with all that do ([`stopped`]).
            Change::Terminated { article, .. } if article.is_empty() => continue,
            Change::Revoked { .. } => "case.revoked",
            Change::ToleranceLapsed { .. } => "case.tolerance_lapsed",
            Change::Terminated { .. } | Change::CorrectionLapsed => "case.terminated",
            _ => continue,
        };
        // Reasons and remedies stand on the page of the item.
        let page = if case.phase.is_failure() { &case.id } else { &case.parent_id };
        let link = format!("/cases/{page}");
        if !quiet {
            sent.extend(tell(ctx, case, Some(item), template, due, &link).await?);
        }
        match &event.change {
            Change::Transferred { to, .. } => {
                let due = transfer_due(ctx, case)?;
                sent.extend(
                    tell_agency(ctx, case, item, (to, ACCEPT), "work.transferred", due).await?,
                );
            }
            Change::TransferReturned { .. } if case.assignee.is_empty() => {
                let (own, word) = (&case.agency, "work.transfer_returned");
                sent.extend(tell_agency(ctx, case, item, (own, ACCEPT), word, None).await?);
            }
            Change::TransferReturned { .. } => {
                sent.extend(tell_officer(ctx, case, item, "work.transfer_returned").await?);
            }
            _ => {}
        }
    }
    let handed = events.iter().any(|event| matches!(event.change, Change::HandedOver { .. }));
    if handed {
        sent.extend(tell_officer(ctx, case, item, "work.assigned").await?);
    }
    let broken =
        |change: &Change| matches!(change, Change::CheckEnded { kept, .. } if *kept != Some(true));
    if events.iter().any(|event| broken(&event.change)) {
        sent.extend(tell_officer(ctx, case, item, "work.promise_broken").await?);
    }
    // Who alone may revoke or uphold a grant.
    let heads = (case.agency.as_str(), REVOKE);
    let due = Some(case.red).filter(|red| red.0 != i64::MAX);
    let asked = |event: &Event| matches!(event.change, Change::HumanReviewRequested { .. });
    if case.phase.is_granted() && events.iter().any(asked) {
        sent.extend(tell_agency(ctx, case, item, heads, "work.review_asked", due).await?);
    }
    if events.iter().any(|event| matches!(event.change, Change::BasisLost { .. })) {
        sent.extend(tell_agency(ctx, case, item, heads, "work.basis_lost", due).await?);
    }
    Ok(sent)
}

/// When the correction asked is due.
fn correction_due(ctx: &Ctx, case: &Case) -> Result<Option<Timestamp>> {
    let pack = ctx.env.pack.clone();
    let calendar = pack.calendar()?;
    case.state.clocks.correction.as_ref().map_or(Ok(None), |clock| clock.due(calendar))
}

/// Until when the agency the case was handed to may answer.
fn transfer_due(ctx: &Ctx, case: &Case) -> Result<Option<Timestamp>> {
    let pack = ctx.env.pack.clone();
    let calendar = pack.calendar()?;
    case.state.clocks.transfer.as_ref().map_or(Ok(None), |clock| clock.due(calendar))
}

/// Tells the officers of an agency who hold a permission; the messages' ids.
async fn tell_agency(
    ctx: &mut Ctx,
    case: &Case,
    item: &Item,
    (agency, permission): (&str, &str),
    template: &str,
    due: Option<Timestamp>,
) -> Result<Vec<String>> {
    if ctx.env.pack.message(template).is_none() {
        return Ok(Vec::new());
    }
    let link = format!("/workbench/cases/{}", case.id);
    let mut sent = Vec::new();
    for officer in party::account::holders(ctx, agency, permission).await?.iter().take(OFFICERS_MAX)
    {
        let args = args(ctx, case, Some(item), due);
        sent.push(party::message::send(ctx, &officer.person, template, &args, &link).await?);
    }
    Ok(sent)
}

/// The message of a submission, for the whole, which says who handed it in if not the applicant; its
/// id, which the caller records.
pub(super) async fn submitted(
    ctx: &mut Ctx,
    parent: &Case,
    agent: Option<&Person>,
) -> Result<Option<String>> {
    let template = "case.submitted_for_you";
    let Some(agent) = agent.filter(|_| ctx.env.pack.message(template).is_some()) else {
        return tell_applicant(ctx, parent, None, "case.submitted", parent.due).await;
    };
    let mut args = args(ctx, parent, None, parent.due);
    args.push(("who", json!(agent.masked().0)));
    let link = format!("/cases/{}", parent.id);
    party::message::send(ctx, &parent.applicant, template, &args, &link).await.map(Some)
}

/// The message of something that the examination waits for.
pub(super) async fn awaited(ctx: &mut Ctx, case: &Case, item: &Item) -> Result<()> {
    let sent = tell_applicant(ctx, case, Some(item), "case.awaited", None).await?;
    record(ctx, case, sent).await
}

/// A message about what others of this area keep of a case, such as its bills; it leads to the page
/// where they are. Errors: `not_found`.
pub(crate) async fn beside(ctx: &mut Ctx, id: &str, template: &str, link: &str) -> Result<()> {
    let case = store::get(ctx, id).await?;
    let item = ctx.env.pack.item(&case.item).cloned();
    let sent = tell(ctx, &case, item.as_ref(), template, None, link).await?;
    record(ctx, &case, sent).await
}

/// One message of the items that ended since another, on which they rest, came to nothing.
pub(super) async fn stopped(ctx: &mut Ctx, parent: &Case, items: &[String]) -> Result<()> {
    if items.is_empty() || ctx.env.pack.message("case.terminated").is_none() {
        return Ok(());
    }
    let pack = ctx.env.pack.clone();
    let names = |lang: Lang, between: &str| {
        let names = items.iter().filter_map(|id| pack.item(id)).map(|item| item.name.get(lang));
        names.collect::<Vec<_>>().join(between)
    };
    let all = Text::new(names(Lang::Zh, "、"), names(Lang::En, ", "));
    let mut args = args(ctx, parent, None, None);
    for (name, value) in &mut args {
        if *name == "item" {
            *value = json!(all);
        }
    }
    let link = format!("/cases/{}", parent.id);
    let sent =
        party::message::send(ctx, &parent.applicant, "case.terminated", &args, &link).await?;
    record(ctx, parent, Some(sent)).await
}

/// The one message of a whole that its applicant withdrew.
pub(super) async fn withdrawn(ctx: &mut Ctx, parent: &Case) -> Result<()> {
    let sent = tell_applicant(ctx, parent, None, "case.withdrawn", None).await?;
    record(ctx, parent, sent).await
}

/// The message of the end of the whole, when it has a result.
pub(super) async fn ended(ctx: &mut Ctx, parent: &Case) -> Result<()> {
    if !parent.granted {
        return Ok(());
    }
    let sent = tell_applicant(ctx, parent, None, "case.completed", parent.due).await?;
    record(ctx, parent, sent).await
}

/// The message of a timer that only tells somebody.
pub(super) async fn warn(ctx: &mut Ctx, case: &Case, item: &Item, timer: Timer) -> Result<()> {
    match timer.name {
        TimerName::CorrectionWarning => {
            let due = correction_due(ctx, case)?;
            let word = "case.correction_lapsing";
            let sent = tell_applicant(ctx, case, Some(item), word, due).await?;
            record(ctx, case, sent).await
        }
        TimerName::ToleranceWarning => {
            let pack = ctx.env.pack.clone();
            let calendar = pack.calendar()?;
            let clock = case.state.clocks.tolerance.as_ref();
            let due = clock.map_or(Ok(None), |clock| clock.due(calendar))?;
            let sent = tell_applicant(ctx, case, Some(item), "case.material_due", due).await?;
            record(ctx, case, sent).await
        }
        TimerName::PromisedOverdue | TimerName::StatutoryOverdue => {
            let due = case.due;
            let sent = tell_applicant(ctx, case, Some(item), "case.overdue", due).await?;
            record(ctx, case, sent).await?;
            let sent = tell_officer(ctx, case, item, "work.warning").await?;
            record(ctx, case, sent).await
        }
        TimerName::ProcedureOverdue => {
            let word = "case.procedure_overdue";
            let sent = tell_applicant(ctx, case, Some(item), word, Some(timer.at)).await?;
            record(ctx, case, sent).await?;
            // Whether it goes on or the clock runs again is the head's to say, claimed or not.
            let heads = (case.agency.as_str(), DECIDE);
            for sent in tell_agency(ctx, case, item, heads, "work.warning", Some(timer.at)).await? {
                record(ctx, case, Some(sent)).await?;
            }
            Ok(())
        }
        TimerName::ReviewWarning | TimerName::ReviewOverdue => {
            let heads = (case.agency.as_str(), REVOKE);
            for sent in tell_agency(ctx, case, item, heads, "work.warning", Some(case.red)).await? {
                record(ctx, case, Some(sent)).await?;
            }
            Ok(())
        }
        _ => {
            let sent = tell_officer(ctx, case, item, "work.warning").await?;
            record(ctx, case, sent).await
        }
    }
}

/// Records a message that no act of the case records.
async fn record(ctx: &mut Ctx, case: &Case, sent: Option<String>) -> Result<()> {
    let Some(id) = sent else { return Ok(()) };
    let (subject, body) = (format!("case:{}", case.id), json!({}));
    party::audit::record_row(ctx, "case.told", &subject, body, SENT, &id).await.map(drop)
}

async fn tell_applicant(
    ctx: &mut Ctx,
    case: &Case,
    item: Option<&Item>,
    template: &str,
    due: Option<Timestamp>,
) -> Result<Option<String>> {
    tell(ctx, case, item, template, due, &format!("/cases/{}", case.root_id())).await
}

async fn tell(
    ctx: &mut Ctx,
    case: &Case,
    item: Option<&Item>,
    template: &str,
    due: Option<Timestamp>,
    link: &str,
) -> Result<Option<String>> {
    if ctx.env.pack.message(template).is_none() {
        return Ok(None);
    }
    let args = args(ctx, case, item, due);
    party::message::send(ctx, &case.applicant, template, &args, link).await.map(Some)
}

async fn tell_officer(
    ctx: &mut Ctx,
    case: &Case,
    item: &Item,
    template: &str,
) -> Result<Option<String>> {
    // Of a case nobody has claimed, who decided it is told.
    let decided = case.state.decided.as_ref().map(|decided| decided.by.clone());
    let charged = Some(case.assignee.clone()).filter(|officer| !officer.is_empty());
    let Some(officer) = charged.or(decided) else { return Ok(None) };
    if ctx.env.pack.message(template).is_none() {
        return Ok(None);
    }
    let Some(account) = party::account::find(ctx, &officer).await? else { return Ok(None) };
    let args = args(ctx, case, Some(item), Some(case.red).filter(|red| red.0 != i64::MAX));
    let link = format!("/workbench/cases/{}", case.id);
    party::message::send(ctx, &account.person, template, &args, &link).await.map(Some)
}

/// Tells the officer in charge that data of his case were corrected by their source.
pub(super) async fn corrected(
    ctx: &mut Ctx,
    case: &Case,
    registry: &str,
    reference: &str,
) -> Result<()> {
    if case.assignee.is_empty() || ctx.env.pack.message("data.corrected").is_none() {
        return Ok(());
    }
    let Some(account) = party::account::find(ctx, &case.assignee).await? else { return Ok(()) };
    let pack = ctx.env.pack.clone();
    let registry = pack.registry(registry).map(|one| one.name.clone()).unwrap_or_default();
    let agency = pack.agency(&case.agency).map(|one| one.name).unwrap_or_default();
    let args =
        [("registry", json!(registry)), ("reference", json!(reference)), ("agency", json!(agency))];
    let link = format!("/workbench/cases/{}", case.id);
    let sent = party::message::send(ctx, &account.person, "data.corrected", &args, &link).await?;
    record(ctx, case, Some(sent)).await
}

/// What a message is filled with, in both languages: its reader chooses when he reads it.
fn args(
    ctx: &Ctx,
    case: &Case,
    item: Option<&Item>,
    due: Option<Timestamp>,
) -> Vec<(&'static str, Json)> {
    let pack = &ctx.env.pack;
    let title = view::title_of(ctx, case);
    let one_thing = pack.one_thing(&case.one_thing).map(|one| one.name.clone());
    let agency = pack.agency(&case.agency).map(|agency| agency.name);
    // Days left, or since the last day.
    let days = due.map_or(0, |due| due.plus_us(-1).days_after(ctx.now).abs());
    let tail: String =
        case.number.chars().skip(case.number.chars().count().saturating_sub(4)).collect();
    vec![
        ("one_thing", json!(one_thing.as_ref().unwrap_or(&title))),
        ("item", json!(item.map_or(&title, |item| &item.name))),
        ("case_tail", json!(tail)),
        ("agency", json!(agency.unwrap_or_default())),
        ("date", json!(ctx.now.date().to_string())),
        ("deadline", json!(due.map(webkit::view::format::last_day).unwrap_or_default())),
        ("days", json!(days.to_string())),
        ("count", json!(case.plan.len().max(1).to_string())),
        ("licence", json!(item.map(|item| item.result.name.clone()).unwrap_or_default())),
    ]
}
