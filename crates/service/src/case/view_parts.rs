//! The parts of a case as shown: clocks, history, documents, lanes, explanation.

use super::access::Reader;
use super::document::Stored;
use super::history::Entry;
use super::model::{Case, Lamp, Moment, Named};
use super::shown::{
    BasisLostShown, ClockShown, ConditionShown, DocumentShown, ExplanationShown, Happened, Lane,
    Paused, TransferShown,
};
use super::view_contents::{known, value};
use super::{family, list, paper, store};
use ::store::Ctx;
use flow::case::{Change, Event};
use kernel::calendar::Clock;
use kernel::time::HOUR_US;
use kernel::{Error, Result, Text};
use serde_json::Value as Json;

/// Clocks that run or have run.
pub(super) fn clocks(ctx: &Ctx, case: &Case) -> Result<Vec<ClockShown>> {
    let clocks = &case.state.clocks;
    let named = [
        ("acceptance", &clocks.acceptance),
        ("correction", &clocks.correction),
        ("promised", &clocks.promised),
        ("statutory", &clocks.statutory),
        ("tolerance", &clocks.tolerance),
        ("procedure", &clocks.procedure),
        ("delivery", &clocks.delivery),
        ("transfer", &clocks.transfer),
        ("check", &clocks.check),
        ("review", &clocks.review),
    ];
    let running = named.into_iter().filter_map(|(name, clock)| Some((name, clock.as_ref()?)));
    running.map(|(name, clock)| shown(ctx, name, clock)).collect()
}

fn shown(ctx: &Ctx, name: &str, clock: &Clock) -> Result<ClockShown> {
    let pack = ctx.env.pack.clone();
    let calendar = pack.calendar()?;
    let due = clock.due(calendar)?;
    // What cannot be counted for want of a year's notice is left out; the end stands as it was
    // reckoned.
    let remaining = countable(clock.remaining(ctx.now, calendar))?;
    let overdue = due.is_some_and(|due| clock.stopped.unwrap_or(ctx.now) >= due);
    let stood: i64 =
        clock.pauses.iter().map(|pause| pause.to.unwrap_or(ctx.now).since(pause.from).max(0)).sum();
    let lamp = match countable(clock.lamp(ctx.now, calendar))? {
        Some(kernel::calendar::Lamp::Green) => Lamp::Green,
        Some(kernel::calendar::Lamp::Red) => Lamp::Red,
        Some(kernel::calendar::Lamp::Paused) => Lamp::Paused,
        Some(kernel::calendar::Lamp::Done) => Lamp::Done,
        Some(kernel::calendar::Lamp::Yellow) | None => Lamp::Yellow,
    };
    Ok(ClockShown {
        name: name.to_owned(),
        limit: clock.limit,
        extended: clock.extension.as_ref().map_or(0, |extension| extension.amount),
        started: Moment(clock.started),
        due: due.map(Moment),
        stopped: clock.stopped.map(Moment),
        lamp,
        used: countable(clock.used(ctx.now, calendar))?,
        working_days_left: remaining.map(|left| left.working_days),
        calendar_days_left: remaining.map(|left| left.calendar_days),
        hours_left: remaining.map(|left| left.hours),
        overdue,
        paused_days: stood / kernel::time::DAY_US,
        pauses: clock
            .pauses
            .iter()
            .map(|pause| Paused {
                from: Moment(pause.from),
                to: pause.to.map(Moment),
                cause: pause.cause.clone(),
                article: cited(ctx, &pause.article),
            })
            .collect(),
    })
}

/// None where a year's notice is missing.
fn countable<T>(counted: Result<T>) -> Result<Option<T>> {
    match counted {
        Ok(counted) => Ok(Some(counted)),
        Err(error) if error.code == kernel::calendar::YEAR_MISSING => Ok(None),
        Err(error) => Err(error),
    }
}

/// The history as the reader may see it.
pub(super) fn timeline(
    ctx: &Ctx,
    case: &Case,
    family: &[Case],
    entries: &[Entry],
    documents: &[Stored],
    reader: Reader,
) -> Result<Vec<Happened>> {
    let staff = matches!(reader, Reader::Officer | Reader::Supervisor);
    let mut out = Vec::new();
    for entry in entries {
        let event: Event = serde_json::from_str(&entry.body).map_err(Error::internal)?;
        let internal = matches!(
            event.change,
            Change::Opened { .. }
                | Change::Claimed { .. }
                | Change::Unclaimed
                | Change::HandedOver { .. }
                | Change::ProcedureBegun { .. }
                | Change::ProcedureEnded { .. }
        );
        if internal && !staff {
            continue;
        }
        let of = family.iter().find(|one| one.id == entry.case_id).unwrap_or(case);
        let automatic = entry.actor.starts_with("service.");
        let (text, article) = match &event.change {
            _ if reader == Reader::Partner => (String::new(), String::new()),
            Change::DataDisputed { facts } | Change::DataCorrected { facts } => {
                let named = labels(ctx, of, facts.iter());
                let named: Vec<&str> = named.iter().map(|name| name.get(ctx.lang)).collect();
                (named.join("、"), String::new())
            }
            Change::Transferred { to, reason, article, .. } => {
                let to = paper::agency_name(ctx, to);
                (format!("{}：{reason}", to.get(ctx.lang)), article.clone())
            }
            Change::Terminated { reason, article } if article.is_empty() => {
                (family::told(ctx, reason).get(ctx.lang).to_owned(), String::new())
            }
            Change::Restored { reason } => {
                (family::told(ctx, reason).get(ctx.lang).to_owned(), String::new())
            }
            change => words(change, staff),
        };
        let document = documents
            .iter()
            .find(|one| one.case_id == entry.case_id && one.event_sequence == entry.sequence)
            .map(|one| one.id.clone());
        let detail = if staff {
            serde_json::to_value(&event.change).unwrap_or(Json::Null)
        } else {
            Json::Null
        };
        // A citizen's name is masked where it is in the rest of the case; a clerk's is not.
        let citizen = of.filed_by == entry.actor && of.channel != "window"
            || entry.actor_name == of.names.applicant;
        let name = match staff && !automatic {
            true if citizen && reader == Reader::Supervisor => list::masked(&entry.actor_name),
            true => entry.actor_name.clone(),
            false => String::new(),
        };
        out.push(Happened {
            sequence: entry.sequence,
            case_id: entry.case_id.clone(),
            item: of.item.clone(),
            at: Moment::of(entry.at_us),
            kind: entry.kind.clone(),
            actor: name,
            automatic,
            text,
            article: cited(ctx, &article),
            detail,
            document,
        });
    }
    Ok(out)
}

/// The names of facts, each once.
pub(super) fn labels<'a>(
    ctx: &Ctx,
    case: &Case,
    facts: impl Iterator<Item = &'a String>,
) -> Vec<Text> {
    let mut named: Vec<Text> = Vec::new();
    for fact in facts {
        let label = known(ctx, case, fact).label;
        if !named.contains(&label) {
            named.push(label);
        }
    }
    named
}

/// A citation in the reader's language.
pub(super) fn cited(ctx: &Ctx, article: &str) -> String {
    ctx.env.pack.laws().cited(article).get(ctx.lang).to_owned()
}

/// What was written with a change, and the article applied. Opinions stay inside.
fn words(change: &Change, staff: bool) -> (String, String) {
    let inside = |text: &String| if staff { text.clone() } else { String::new() };
    match change {
        Change::Accepted { promise, .. } => (promise.clone(), String::new()),
        Change::AcceptanceRefused { reasons, article, .. } => (reasons.clone(), article.clone()),
        Change::CorrectionAsked { note, .. } => (note.clone(), String::new()),
        Change::Suspended { cause, article, needed, .. } => {
            (format!("{cause}：{needed}"), article.clone())
        }
        Change::Resumed { result } => (result.clone(), String::new()),
        Change::Extended { reason, article, .. } => (reason.clone(), article.clone()),
        Change::Decided { granted: false, reasons, article, .. } => {
            (reasons.clone(), article.clone())
        }
        Change::Decided { opinion, article, .. } => (inside(opinion), article.clone()),
        Change::PaymentAwaited { cause, article, .. } => (cause.clone(), article.clone()),
        Change::Issued { licence } => (licence.clone(), String::new()),
        Change::Withdrawn { reason } | Change::TransferReturned { reason } => {
            (reason.clone(), String::new())
        }
        Change::CheckConfirmed { opinion, article } | Change::Upheld { opinion, article } => {
            (inside(opinion), article.clone())
        }
        Change::Reopened { reason, article, .. } | Change::Terminated { reason, article } => {
            (reason.clone(), article.clone())
        }
        Change::Revoked { reason, article } => (reason.clone(), article.clone()),
        Change::ProcedureEnded { opinion, .. } | Change::CheckEnded { opinion, .. } => {
            (inside(opinion), String::new())
        }
        Change::HandedOver { reason, .. } => (inside(reason), String::new()),
        _ => (String::new(), String::new()),
    }
}

/// What the grant rests on and has lost.
pub(super) fn basis_lost(ctx: &Ctx, case: &Case) -> Option<BasisLostShown> {
    let lost = case.state.basis_lost.as_ref()?;
    let name = ctx.env.pack.item(&lost.item).map(|item| item.name.clone()).unwrap_or_default();
    Some(BasisLostShown { item: Named::new(&lost.item, name), at: Moment(lost.at) })
}

/// The handing to another agency that has not been answered. Errors: the calendar's.
pub(super) fn transfer(ctx: &Ctx, case: &Case) -> Result<Option<TransferShown>> {
    let Some(open) = case.state.transferring() else { return Ok(None) };
    let pack = ctx.env.pack.clone();
    let calendar = pack.calendar()?;
    let clock = case.state.clocks.transfer.as_ref();
    let named = |id: &str| Named::new(id, paper::agency_name(ctx, id));
    Ok(Some(TransferShown {
        from: named(&open.from),
        to: named(&open.to),
        at: Moment(open.at),
        due: clock.map_or(Ok(None), |clock| clock.due(calendar))?.map(Moment),
        reason: open.reason.clone(),
        article: cited(ctx, &open.article),
    }))
}

/// A document in a list.
pub(super) fn document(stored: &Stored) -> DocumentShown {
    DocumentShown {
        id: stored.id.clone(),
        case_id: stored.case_id.clone(),
        kind: stored.kind.clone(),
        title: stored.title(),
        number: stored.number.clone(),
        at: Moment::of(stored.at_us),
        digest: stored.digest.clone(),
    }
}

/// The items of the application side by side, each with what happened to it.
pub(super) async fn lanes(
    ctx: &mut Ctx,
    case: &Case,
    family: &[Case],
    timeline: &[Happened],
) -> Result<Vec<Lane>> {
    let plan = match case.is_parent() {
        true => case.plan.clone(),
        false => store::get(ctx, &case.parent_id).await?.plan,
    };
    let name = |id: &str| {
        let item = ctx.env.pack.item(id);
        Named::new(id, item.map_or_else(|| Text::new(id, id), |item| item.name.clone()))
    };
    let lane = |one: &Case| {
        let after = plan.iter().find(|item| item.id == one.item).map(|item| item.after.clone());
        Lane {
            id: one.id.clone(),
            number: one.number.clone(),
            item: name(&one.item),
            agency: Named::new(&one.agency, paper::agency_name(ctx, &one.agency)),
            phase: one.phase.as_str().to_owned(),
            lamp: Lamp::of(one.open, one.paused, one.yellow.0, one.red.0, ctx.now),
            after: after.unwrap_or_default().iter().map(|id| name(id)).collect(),
            due: one.due.map(Moment),
            steps: timeline.iter().filter(|step| step.case_id == one.id).cloned().collect(),
            revision: one.revision,
            licence: one.state.licence.clone(),
        }
    };
    // In the order of the one-thing.
    let position =
        |one: &&Case| plan.iter().position(|item| item.id == one.item).unwrap_or(usize::MAX);
    let mut ordered: Vec<&Case> = family.iter().collect();
    ordered.sort_by_key(position);
    Ok(ordered.into_iter().map(lane).collect())
}

/// True for a fact of one of these lookups.
pub(super) fn is_of(path: &str, lookups: &[String]) -> bool {
    path.split_once('.').is_some_and(|(id, _)| lookups.iter().any(|one| one == id))
}

/// The explanation of a rule: the applicant sees every condition as the officer does, but of what is
/// hidden from him, somebody else's, neither the value nor whether it is met.
pub(super) fn explanation(
    ctx: &Ctx,
    case: &Case,
    decision: rules::Decision,
    hidden: &[String],
) -> ExplanationShown {
    let text =
        |used: &rules::Used| value(ctx, &known(ctx, case, &used.path), used.value.as_ref(), false);
    let condition = |one: rules::Explained| {
        let mut used = std::iter::once(&one.left).chain(&one.right);
        if used.any(|used| is_of(&used.path, hidden)) {
            return withheld(ctx, one);
        }
        let times = || std::iter::once(&one.left).chain(&one.right).filter_map(|used| used.at);
        let ahead = times().any(|at| at > decision.at);
        let result = match one.result {
            rules::Verdict::Met => "met",
            rules::Verdict::NotMet => "not_met",
            rules::Verdict::Missing => "missing",
            rules::Verdict::Stale if ahead => "ahead",
            rules::Verdict::Stale => "stale",
            rules::Verdict::Mistyped => "mistyped",
        };
        let oldest = times().min().filter(|_| result == "stale");
        ConditionShown {
            value: text(&one.left),
            other: other(ctx, case, &one).unwrap_or_default(),
            age_hours: oldest.map(|at| decision.at.since(at) / HOUR_US),
            other_source: one.right.as_ref().and_then(|used| used.source.clone()),
            other_observed: one.right.as_ref().and_then(|used| used.at).map(Moment),
            id: one.condition,
            text: one.text,
            article: cited(ctx, &one.article),
            result: result.to_owned(),
            source: one.left.source,
            observed: one.left.at.map(Moment),
        }
    };
    ExplanationShown {
        rule: decision.rule,
        version: decision.version,
        basis: cited(ctx, &decision.basis),
        outcome: match decision.outcome {
            rules::Outcome::Grant => "grant",
            rules::Outcome::Refer => "refer",
        }
        .to_owned(),
        at: Moment(decision.at),
        conditions: decision.explanation.iter().cloned().map(condition).collect(),
    }
}

/// With what a value was compared, in words: a constant of the rule by the label the value itself
/// would have.
fn other(ctx: &Ctx, case: &Case, one: &rules::Explained) -> Option<String> {
    let used = one.right.as_ref()?;
    if !used.path.is_empty() {
        return Some(value(ctx, &known(ctx, case, &used.path), used.value.as_ref(), false));
    }
    if let (rules::Op::WithinDays, Some(days)) = (one.op, used.value.as_ref()) {
        return Some(
            Text::new(format!("{days} 天以内"), format!("within {days} days"))
                .get(ctx.lang)
                .to_owned(),
        );
    }
    let known = known(ctx, case, &one.left.path);
    let word = |constant: &Json| value(ctx, &known, Some(constant), true);
    Some(match used.value.as_ref()? {
        Json::Array(all) => all.iter().map(word).collect::<Vec<_>>().join("、"),
        constant => word(constant),
    })
}

/// A condition of which the reader is told only that it was looked at.
fn withheld(ctx: &Ctx, one: rules::Explained) -> ConditionShown {
    ConditionShown {
        id: one.condition,
        text: one.text,
        article: cited(ctx, &one.article),
        result: "withheld".to_owned(),
        value: String::new(),
        other: String::new(),
        source: None,
        observed: None,
        other_source: None,
        other_observed: None,
        age_hours: None,
    }
}
