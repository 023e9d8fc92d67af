//! Reading the board, each reading with its authority.
//!
//! Invariant: a division, agency or case beyond the actor's reach is not found. Must not know:
//! HTTP, templates.

use super::anomaly::Irregularity;
use super::model::{
    ActView, AnomalyPage, AnomalyRow, CaseView, Holder, Line, Overview, Standing, StepView, Wanted,
    Warned,
};
use super::store;
use crate::{area, notice};
use ::store::Ctx;
use flow::case::Phase;
use kernel::{Error, Result, Text, time};
use party::authority;
use service::case::{ClockShown, Happened, Lamp, Moment, Named, Rows, SUPERVISE};
use service::figures::{self, Durations, Group, LampFigures, Metric, Point, Scope};
use std::collections::BTreeMap;

/// Days looked back over for the time taken.
const DAYS: i32 = 30;
/// Acts told of one case.
const ACTS_MAX: usize = 500;
/// Pages of evidence looked through for warnings of one case.
const EVIDENCE_PAGES: usize = 6;

/// What a list of cases lies beneath.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Beneath {
    /// Open cases of a lamp.
    Lamp(Lamp),
    /// Cases in a phase.
    Phase(Phase),
}

impl Beneath {
    /// `lamp-red`, `phase-suspended`.
    pub fn parse(name: &str) -> Option<Beneath> {
        match name.split_once('-')? {
            ("lamp", lamp) => {
                Lamp::parse(lamp).filter(|lamp| *lamp != Lamp::Done).map(Beneath::Lamp)
            }
            ("phase", phase) => Phase::parse(phase).map(Beneath::Phase),
            _ => None,
        }
    }
}

/// The scope of figures within the actor's reach. Errors: `denied`, `not_found`.
fn scope(ctx: &Ctx, wanted: &Wanted) -> Result<Scope> {
    authority::demand(ctx, SUPERVISE)?;
    let division = area::scope(ctx, &wanted.division)?;
    let scope = Scope::of(&division).item(&wanted.item);
    Ok(Scope { agency: wanted.agency.clone(), ..scope })
}

/// The board. Errors: `denied`; `not_found` beyond the actor's reach.
pub async fn overview(ctx: &mut Ctx, wanted: &Wanted) -> Result<Overview> {
    let scope = scope(ctx, wanted)?;
    let today = ctx.now.date();
    let from = time::date_of_days(time::days_since_epoch(today) - DAYS + 1);
    let lately = scope.clone().between(from, today);
    let total = standing(ctx, wanted, &scope, &lately).await?;
    let lines = lines(ctx, wanted.by, &scope, &lately).await?;
    let pack = ctx.env.pack.clone();
    let reach = authority::scope_division(ctx);
    let mut above = Vec::new();
    let mut upper = pack.division(&scope.division).and_then(|division| division.parent());
    while let Some(division) = upper.filter(|up| authority::within(&pack, &up.code(), &reach)) {
        above.insert(0, Named::new(division.code(), pack.division_name(division)));
        upper = division.parent();
    }
    let named = |id: &str, name: Text| (!id.is_empty()).then(|| Named::new(id, name));
    Ok(Overview {
        division: Named::new(&scope.division, division_name(ctx, &scope.division)),
        above,
        agency: named(&wanted.agency, agency_name(ctx, &wanted.agency)),
        item: named(&wanted.item, item_name(ctx, &wanted.item)),
        as_of: Moment(ctx.now),
        from: from.to_string(),
        until: today.to_string(),
        total,
        by: wanted.by,
        lines,
    })
}

async fn standing(
    ctx: &mut Ctx,
    wanted: &Wanted,
    scope: &Scope,
    lately: &Scope,
) -> Result<Standing> {
    let lamps = figures::lamps(ctx, scope).await?;
    let phases = figures::by_phase(ctx, scope).await?;
    let of = |phase: Phase| {
        phases.iter().find(|point| point.key == phase.as_str()).map_or(0, |point| point.count)
    };
    let (suspended, correcting) = (of(Phase::Suspended), of(Phase::Correcting));
    let not_accepted = of(Phase::NotAccepted);
    let silence = Irregularity::AcceptedBySilence;
    Ok(Standing {
        open: open(&lamps),
        lamps,
        suspended,
        correcting,
        not_accepted,
        silence: store::count(ctx, silence, &scope.division, &wanted.agency).await?,
        durations: figures::durations(ctx, lately).await?,
    })
}

fn open(lamps: &LampFigures) -> i64 {
    lamps.green + lamps.yellow + lamps.red + lamps.paused
}

async fn lines(ctx: &mut Ctx, by: Group, scope: &Scope, lately: &Scope) -> Result<Vec<Line>> {
    let mut lines: BTreeMap<String, (LampFigures, Durations)> = BTreeMap::new();
    for line in figures::lamps_by(ctx, by, scope).await? {
        lines.entry(line.key).or_default().0 = line.lamps;
    }
    for metric in [Metric::Decided, Metric::PromisedDays, Metric::UsedDays] {
        for Point { key, count } in grouped(ctx, by, metric, lately).await? {
            let durations = &mut lines.entry(key).or_default().1;
            match metric {
                Metric::Decided => durations.decided = count,
                Metric::PromisedDays => durations.promised_days = count,
                _ => durations.used_days = count,
            }
        }
    }
    let pack = ctx.env.pack.clone();
    let here = pack.division(&scope.division);
    let mut lines: Vec<Line> = lines
        .into_iter()
        .map(|(key, (lamps, durations))| {
            let name = match by {
                Group::Division => division_name(ctx, &key),
                Group::Agency => agency_name(ctx, &key),
                Group::Item => item_name(ctx, &key),
            };
            // What a level handles itself has no subtree of its own to open.
            let own = by == Group::Division
                && pack.division(&key).zip(here).is_none_or(|(line, here)| {
                    line.level() <= here.level() && here.level() < pack::Level::County
                });
            Line { of: Named::new(key, name), open: open(&lamps), lamps, durations, narrows: !own }
        })
        .collect();
    lines.sort_by(|a, b| {
        (b.lamps.red, b.lamps.yellow, b.open, &a.of.id).cmp(&(
            a.lamps.red,
            a.lamps.yellow,
            a.open,
            &b.of.id,
        ))
    });
    Ok(lines)
}

async fn grouped(ctx: &mut Ctx, by: Group, metric: Metric, scope: &Scope) -> Result<Vec<Point>> {
    match by {
        Group::Division => figures::by_division(ctx, metric, scope).await,
        Group::Agency => figures::by_agency(ctx, metric, scope).await,
        Group::Item => figures::by_item(ctx, metric, scope).await,
    }
}

/// The cases beneath a figure of the board, at most 50. Errors: as [`overview`].
pub async fn cases(ctx: &mut Ctx, wanted: &Wanted, beneath: Beneath, after: &str) -> Result<Rows> {
    let scope = scope(ctx, wanted)?;
    match beneath {
        Beneath::Lamp(lamp) => figures::drill_lamp(ctx, lamp, &scope, after).await,
        Beneath::Phase(phase) => figures::drill_phase(ctx, phase, &scope, after).await,
    }
}

/// Irregularities, newest first, at most 50. Errors: as [`overview`].
pub async fn anomalies(
    ctx: &mut Ctx,
    wanted: &Wanted,
    kind: Option<Irregularity>,
    after: &str,
) -> Result<AnomalyPage> {
    let scope = scope(ctx, wanted)?;
    let mut rows = store::list(ctx, &scope.division, &scope.agency, kind, after).await?;
    let more = rows.len() > store::PAGE;
    rows.truncate(store::PAGE);
    let next = rows.last().filter(|_| more).map(|row| row.id.clone());
    let anomalies = rows.into_iter().filter_map(|row| anomaly_row(ctx, row)).collect();
    Ok(AnomalyPage { anomalies, next })
}

fn anomaly_row(ctx: &Ctx, row: store::Stored) -> Option<AnomalyRow> {
    Some(AnomalyRow {
        kind: Irregularity::parse(&row.kind)?,
        item: Named::new(&row.item, item_name(ctx, &row.item)),
        agency: Named::new(&row.agency, agency_name(ctx, &row.agency)),
        id: row.id,
        case_id: row.case_id,
        case_number: row.case_number,
        at: Moment::of(row.at_us),
        article: row.article,
    })
}

/// A case with every clock of its steps. Errors: `denied`; `not_found` beyond the actor's reach.
pub async fn case(ctx: &mut Ctx, id: &str) -> Result<CaseView> {
    authority::demand(ctx, SUPERVISE)?;
    let shown = service::case::show(ctx, id).await?;
    if !authority::reaches(ctx, &shown.agency.id, &shown.division) {
        return Err(Error::not_found());
    }
    let warned = warnings(ctx, id).await?;
    let held = holders(ctx, &shown.timeline).await?;
    let steps = shown.clocks.iter().map(|clock| step(clock, &warned, &held)).collect();
    let irregular = store::of_case(ctx, id).await?;
    let acts = shown.timeline.iter().take(ACTS_MAX).map(|act| ActView {
        sequence: act.sequence,
        at: act.at,
        kind: act.kind.clone(),
        actor: act.actor.clone(),
        automatic: act.automatic,
        article: act.article.clone(),
        text: act.text.clone(),
    });
    Ok(CaseView {
        acts: acts.collect(),
        steps,
        held,
        anomalies: irregular.into_iter().filter_map(|row| anomaly_row(ctx, row)).collect(),
        notices: notice::of_case(ctx, id).await?,
        may_urge: authority::may(ctx, notice::URGE)
            && !shown.item.id.is_empty()
            && shown.lamp != Lamp::Done,
        division: Named::new(&shown.division, division_name(ctx, &shown.division)),
        applicant: shown.applicant.name,
        id: shown.id,
        parent_id: shown.parent_id,
        number: shown.number,
        title: shown.title,
        item: shown.item,
        agency: shown.agency,
        phase: shown.phase,
        lamp: shown.lamp.as_str().to_owned(),
        submitted: shown.submitted,
        assignee: shown.assignee_name,
        lanes: shown.lanes,
    })
}

/// When the clocks of a case were warned of, from its evidence, oldest first.
async fn warnings(ctx: &mut Ctx, id: &str) -> Result<Vec<Warned>> {
    let (subject, mut after) = (format!("case:{id}"), String::new());
    let mut warned = Vec::new();
    for _ in 0..EVIDENCE_PAGES {
        let page = party::audit::list(ctx, &subject, &after).await?;
        for entry in &page.entries {
            if entry.kind == "case.warned" || entry.kind == "case.overdue" {
                let body: serde_json::Value = serde_json::from_str(&entry.body).unwrap_or_default();
                let timer = body["timer"].as_str().unwrap_or_default().to_owned();
                warned.push(Warned { timer, at: Moment(entry.at()) });
            }
        }
        match page.next {
            Some(next) => after = next,
            None => break,
        }
    }
    warned.reverse();
    Ok(warned)
}

/// In whose hands the case was, from its history.
async fn holders(ctx: &mut Ctx, history: &[Happened]) -> Result<Vec<Holder>> {
    let mut held: Vec<Holder> = Vec::new();
    for act in history {
        let name = match act.kind.as_str() {
            "released" | "unclaimed" | "taken_over" => Some(String::new()),
            "claimed" => Some(act.actor.clone()),
            "handed_over" => {
                Some(officer(ctx, act.detail["to"].as_str().unwrap_or_default()).await?)
            }
            _ => None,
        };
        let ended = matches!(
            act.kind.as_str(),
            "completed" | "withdrawn" | "terminated" | "acceptance_refused" | "correction_lapsed"
        );
        if name.is_none() && !ended {
            continue;
        }
        if let Some(last) = held.last_mut().filter(|last| last.to.is_none()) {
            last.to = Some(act.at);
        }
        held.extend(name.map(|name| Holder { name, from: act.at, to: None }));
    }
    Ok(held)
}

async fn officer(ctx: &mut Ctx, account: &str) -> Result<String> {
    let Some(account) = party::account::find(ctx, account).await? else { return Ok(String::new()) };
    let person = party::person::find(ctx, &account.person).await?;
    Ok(person.map(|person| person.name).unwrap_or_default())
}

fn step(clock: &ClockShown, warned: &[Warned], held: &[Holder]) -> StepView {
    let of_clock = |timer: &str| {
        let rest = timer.strip_prefix(clock.name.as_str()).unwrap_or_default();
        matches!(rest, "_warning" | "_overdue" | "_lapse")
    };
    let until = |at: Option<Moment>| at.map_or(i64::MAX, |at| at.0.0);
    let meanwhile = |holder: &&Holder| {
        holder.from.0.0 < until(clock.stopped) && until(holder.to) > clock.started.0.0
    };
    StepView {
        name: clock.name.clone(),
        limit: clock.limit,
        extended: clock.extended,
        started: clock.started,
        due: clock.due,
        stopped: clock.stopped,
        used: clock.used,
        paused_days: clock.paused_days,
        pauses: clock.pauses.clone(),
        lamp: clock.lamp.as_str().to_owned(),
        overdue: clock.overdue,
        warned: warned
            .iter()
            .filter(|one| of_clock(&one.timer) && one.at >= clock.started)
            .cloned()
            .collect(),
        held: held.iter().filter(meanwhile).cloned().collect(),
    }
}

pub(super) fn division_name(ctx: &Ctx, code: &str) -> Text {
    let pack = &ctx.env.pack;
    pack.division(code).map_or_else(|| Text::new(code, code), |found| pack.division_name(found))
}

fn agency_name(ctx: &Ctx, id: &str) -> Text {
    ctx.env.pack.agency(id).map_or_else(|| Text::new(id, id), |agency| agency.name)
}

fn item_name(ctx: &Ctx, id: &str) -> Text {
    ctx.env.pack.item(id).map_or_else(|| Text::new(id, id), |item| item.name.clone())
}
