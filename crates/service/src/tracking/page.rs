//! What the page of a case shows, put together from [`Shown`]: pure.

use super::clock::{ClockView, clock_view};
use super::correction::{self, MendFile};
use crate::case::{Happened, Lane, Moment, Shown};
use kernel::calendar::Calendar;
use kernel::{Result, Text, Timestamp};
use pack::Province;
use serde::Serialize;

/// Events the applicant is told of in a lane and in the timeline; the others are the agency's
/// inner matters.
const TOLD: [&str; 31] = [
    "authorised",
    "opened",
    "released",
    "accepted",
    "deemed_accepted",
    "acceptance_refused",
    "correction_asked",
    "correction_supplied",
    "correction_lapsed",
    "tolerated_supplied",
    "tolerance_lapsed",
    "suspended",
    "resumed",
    "extended",
    "decided",
    "payment_awaited",
    "payment_settled",
    "issued",
    "withdrawn",
    "terminated",
    "revoked",
    "reopened",
    "transferred",
    "taken_over",
    "transfer_returned",
    "check_begun",
    "check_ended",
    "check_confirmed",
    "basis_lost",
    "upheld",
    "restored",
];

/// A step of a lane.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct StepView {
    /// `done`, `now`, `wait`, `stop`, `todo`.
    pub(super) state: &'static str,
    /// Event of the step, or empty.
    pub(super) event: String,
    /// Phase the case is in, for the last step; or empty.
    pub(super) phase: String,
    /// When.
    pub(super) at: Option<Moment>,
    /// What came with it.
    pub(super) note: String,
}

/// An item's lane.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct LaneView {
    /// Id of the item's case.
    pub(super) id: String,
    /// Item.
    pub(super) item: Text,
    /// Agency.
    pub(super) agency: Text,
    /// Steps.
    pub(super) steps: Vec<StepView>,
    /// Items it waits for.
    pub(super) after: Vec<Text>,
    /// When it is foreseen to end; absent once it has.
    pub(super) due: Option<Moment>,
    /// That time has passed.
    pub(super) late: bool,
}

/// A licence, or one still to come.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct ResultView {
    /// Name of the licence, or of the item it will come from.
    pub(super) name: Text,
    /// Id of the licence; empty while it is to come.
    pub(super) id: String,
    /// Its identifier.
    pub(super) identifier: String,
    /// When it was issued.
    pub(super) at: Option<Moment>,
}

/// A material used, and where it came from.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct UsedView {
    name: Text,
    how: String,
    files: Vec<(String, String)>,
}

/// `service/tracking/case.html`.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct CaseView {
    /// The case as its reader may see it.
    pub(super) case: Shown,
    /// Items ended with a result, and all.
    pub(super) done: (usize, usize),
    /// Items the applicant withdrew, and those that ended without a result otherwise.
    pub(super) undone: (usize, usize),
    /// Days since the promised end, when it has passed and the result is not there.
    pub(super) late: Option<i64>,
    /// The end promised for the whole has passed.
    pub(super) overdue: bool,
    /// The clock; absent while none runs.
    pub(super) clock: Option<ClockView>,
    /// Since when the clock stands still, if it does.
    pub(super) paused: Option<(Moment, String)>,
    /// The lanes of a one-thing, or the one of the item.
    pub(super) lanes: Vec<LaneView>,
    /// Results.
    pub(super) results: Vec<ResultView>,
    /// Materials used.
    pub(super) used: Vec<UsedView>,
    /// Materials promised and still to be sent.
    pub(super) outstanding: Vec<MendFile>,
    /// What happened, newest first.
    pub(super) timeline: Vec<Happened>,
    /// Everything has ended: it can be rated and read in the archive.
    pub(super) ended: bool,
    /// Its reader is who may rate it.
    pub(super) rates: bool,
    /// The form that failed (`withdrawal`, `tolerated`), what was typed, and why.
    pub(super) again: Option<(String, String, String)>,
}

/// Puts the page together. Errors: the calendar's.
pub(crate) fn view(
    pack: &Province,
    calendar: &Calendar,
    case: Shown,
    now: Timestamp,
) -> Result<CaseView> {
    let own = case.lanes.iter().filter(|lane| case.parent_id.is_empty() || lane.id == case.id);
    let own: Vec<&Lane> = own.collect();
    let good =
        own.iter().filter(|lane| matches!(lane.phase.as_str(), "completed" | "issued")).count();
    let ended = own.iter().all(|lane| is_final(&lane.phase));
    let withdrawn = own.iter().filter(|lane| lane.phase == "withdrawn").count();
    let failed = own.iter().filter(|lane| is_failure(&lane.phase)).count();
    let whole = late_by(case.due, &case.phase, now);
    let late = own.iter().filter_map(|lane| late_by(lane.due, &lane.phase, now)).max().max(whole);
    let promised = case.clocks.iter().find(|clock| clock.name == "promised");
    let pause = promised.and_then(|clock| clock.pauses.iter().find(|pause| pause.to.is_none()));
    Ok(CaseView {
        done: (good, own.len()),
        undone: (withdrawn, failed - withdrawn),
        late,
        overdue: whole.is_some(),
        clock: clock_view(&case, calendar, now)?,
        paused: pause.map(|pause| (pause.from, pause.cause.clone())),
        lanes: own.iter().map(|lane| lane_view(lane, now)).collect(),
        results: results(&case, &own),
        used: case
            .materials
            .iter()
            .filter(|material| material.how != "missing")
            .map(|material| UsedView {
                name: material.name.clone(),
                how: material.how.clone(),
                files: material
                    .files
                    .iter()
                    .map(|file| (file.id.clone(), file.name.clone()))
                    .collect(),
            })
            .collect(),
        outstanding: outstanding(pack, &case),
        timeline: case
            .timeline
            .iter()
            .rev()
            .filter(|one| TOLD.contains(&one.kind.as_str()))
            .cloned()
            .collect(),
        ended,
        rates: false,
        again: None,
        case,
    })
}

/// True for phases after which nothing more happens of itself.
pub(super) fn is_final(phase: &str) -> bool {
    flow::case::Phase::parse(phase).is_some_and(flow::case::Phase::is_final)
}

fn is_failure(phase: &str) -> bool {
    flow::case::Phase::parse(phase).is_some_and(flow::case::Phase::is_failure)
}

/// Days since the last day promised for what is still to be decided.
fn late_by(due: Option<Moment>, phase: &str, now: Timestamp) -> Option<i64> {
    let running = matches!(phase, "submitted" | "accepted");
    let due = due.filter(|due| running && due.0 <= now)?;
    Some(now.days_after(due.0.plus_us(-1)))
}

fn lane_view(lane: &Lane, now: Timestamp) -> LaneView {
    let told = lane
        .steps
        .iter()
        .filter(|step| TOLD.contains(&step.kind.as_str()) && step.kind != "opened");
    let mut steps: Vec<StepView> = told
        .map(|step| StepView {
            state: "done",
            event: step.kind.clone(),
            phase: String::new(),
            at: Some(step.at),
            note: step.text.clone(),
        })
        .collect();
    let failed = is_failure(&lane.phase);
    match steps.last_mut() {
        Some(last) if failed => last.state = "stop",
        _ if lane.phase == "completed" => {}
        _ => steps.push(StepView {
            state: match lane.phase.as_str() {
                "correcting" => "wait",
                "waiting" => "todo",
                _ if failed => "stop",
                _ => "now",
            },
            event: String::new(),
            phase: lane.phase.clone(),
            at: None,
            note: String::new(),
        }),
    }
    LaneView {
        id: lane.id.clone(),
        item: lane.item.name.clone(),
        agency: lane.agency.name.clone(),
        steps,
        after: if lane.phase == "waiting" {
            lane.after.iter().map(|one| one.name.clone()).collect()
        } else {
            Vec::new()
        },
        due: lane.due.filter(|_| !is_final(&lane.phase)),
        late: late_by(lane.due, &lane.phase, now).is_some(),
    }
}

/// Licences issued, then what is still to come.
fn results(case: &Shown, lanes: &[&Lane]) -> Vec<ResultView> {
    let issued = case.licences.iter().map(|licence| ResultView {
        name: licence.name.clone(),
        id: licence.id.clone(),
        identifier: licence.identifier.clone(),
        at: Some(licence.at),
    });
    let waiting = lanes
        .iter()
        .filter(|lane| !is_final(&lane.phase) && lane.licence.is_empty())
        .map(|lane| ResultView {
            name: lane.item.name.clone(),
            id: String::new(),
            identifier: String::new(),
            at: None,
        });
    issued.chain(waiting).collect()
}

/// Materials promised and not there, when the reader may send them now.
pub(super) fn outstanding(pack: &Province, case: &Shown) -> Vec<MendFile> {
    let Some(item) = pack.item(&case.item.id) else { return Vec::new() };
    if !case.allowed.iter().any(|act| act == "supply_tolerated") {
        return Vec::new();
    }
    let missing = case.materials.iter().filter(|material| material.outstanding);
    missing.map(|material| correction::file(item, &material.id, &material.name)).collect()
}
