//! The procedure that examines a case between acceptance and decision: begun, stopped, ended with
//! it, and heard when it comes to its end.
//!
//! Invariants
//! - The instance begins in the transaction that accepts, by an officer or by silence; a rule that
//!   accepts and decides at once begins none.
//! - It goes on while the case is accepted, stands still while the case is suspended or waits for the
//!   answer of another agency, and is ended when the case ends before it or goes there, where it begins
//!   anew; [`super::agreement`] proves that.
//! - What it proposes binds nobody: a person who may decide does, and it is recorded as his.
//! - Until when the case is to be decided is told with its tasks, and a lawful extension of the case
//!   gives the limits that run in the drawing as many working days.
//! - It is told what every case tells, what its item says besides (`tells`), nothing that names a
//!   person, and what who accepted answered to it ([`super::beginning`]).
//!
//! Neighbours: begins and stops by `process::instance::owned`, which tells its end by
//! `process.matter_ended`. The family of a case is held before its instance, never after.
//! Must not know: what a diagram looks like.

use super::act::{Acting, Later};
use super::model::{Case, Moment};
use super::shown::{ExaminationShown, Happened, ProposalShown, StepShown};
use super::{automatic, check};
use ::store::Ctx;
use flow::case::{Command, Phase, State};
use kernel::calendar::Unit;
use kernel::{Error, Kind, Result};
use pack::item::Told;
use process::instance::lengthen;
use process::instance::owned::{self, New};
use rules::Verdict;
use serde_json::{Value as Json, json};
use std::collections::BTreeMap;

/// Name of the job that hears of an end.
pub(super) const JOB: &str = "service.case_examined";
/// Where the page of a case is: what its instance belongs to.
pub(super) const PAGE: &str = "/workbench/cases/";

/// The address of the page of a case, by which its instance names it.
pub(super) fn page(id: &str) -> String {
    format!("{PAGE}{id}")
}

/// The case an instance belongs to, from its subject, as examination or as later check.
pub(super) fn case_of(subject: &str) -> Option<&str> {
    let matter = owned::matter(subject)?.strip_prefix(PAGE)?;
    Some(matter.split_once('#').map_or(matter, |(id, _)| id))
}

/// Has the procedure do what the case has done. Errors: those of the procedure.
pub(super) async fn follow(ctx: &mut Ctx, acting: &mut Acting) -> Result<()> {
    let (was, now) = (stand(&acting.was().state), stand(&acting.case.state));
    let Some(open) = acting.case.state.examined_by().cloned() else {
        if let Some(left) = acting.was().state.examined_by().map(|one| one.instance.clone())
            && acting.case.state.procedure.is_none()
        {
            owned::cancel(ctx, &left, "办件已由其他机关接收").await?;
        }
        let begins = now == Stand::Runs && acting.case.state.procedure.is_none();
        return if begins { begin(ctx, acting).await } else { Ok(()) };
    };
    if let Some((from, to, reason)) = acting.handed_over() {
        owned::hand_over(ctx, &open.instance, &from, &to, &reason).await?;
    }
    if was == now {
        return Ok(());
    }
    let returned = was == Stand::Handed;
    match now {
        Stand::Still => owned::suspend(ctx, &open.instance, "办件进入特别程序").await,
        Stand::Handed => owned::suspend(ctx, &open.instance, "办件移送其他机关，等待接收").await,
        Stand::Runs if returned => owned::resume(ctx, &open.instance, "移送被退回").await,
        Stand::Runs => owned::resume(ctx, &open.instance, "特别程序结束").await,
        Stand::Over => owned::cancel(ctx, &open.instance, "办件已终结").await,
    }
}

/// What the examination of a case does as the case stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Stand {
    /// It goes on.
    Runs,
    /// It stands still with the clocks of the case.
    Still,
    /// It stands still, though no clock does: another agency has to answer whether it has the case.
    Handed,
    /// It has not begun, or is over.
    Over,
}

/// How the examination of a case should stand.
pub(super) fn stand(state: &State) -> Stand {
    match state.phase {
        Phase::Accepted if state.transferring().is_some() => Stand::Handed,
        Phase::Accepted => Stand::Runs,
        Phase::Suspended => Stand::Still,
        _ => Stand::Over,
    }
}

/// Tells the procedure until when the case is to be decided, and gives what runs in it as much time
/// as the law gave the case. Errors: those of the calendar.
pub(super) fn limits<'a>(ctx: &'a mut Ctx, acting: &'a Acting) -> Later<'a, ()> {
    Box::pin(limited(ctx, acting))
}

async fn limited(ctx: &mut Ctx, acting: &Acting) -> Result<()> {
    let Some(open) = acting.case.state.examined_by() else { return Ok(()) };
    if let Some((amount, reason, basis)) = acting.extended()
        && amount.unit == Unit::WorkingDay
    {
        let more = lengthen::More { amount, reason: &reason, basis: &basis };
        lengthen::lengthen(ctx, &open.instance, more).await?;
    }
    if acting.limit_moved() {
        lengthen::matter_due(ctx, &open.instance, acting.case.due).await?;
    }
    Ok(())
}

/// Begins the procedure of the item, if it names one.
async fn begin(ctx: &mut Ctx, acting: &mut Acting) -> Result<()> {
    let Some(named) = acting.item.procedure.clone() else { return Ok(()) };
    let (matter, tells) = (page(&acting.case.id), &named.tells);
    let begins = std::mem::take(&mut acting.begins);
    let begun = Box::pin(instance(ctx, acting, &named.id, matter, tells, begins)).await?;
    let (instance, version) = (begun.id, begun.version);
    acting.apply(ctx, &Command::BeginProcedure { instance, process: named.id, version })
}

/// Begins an instance of a procedure that belongs to a place on the page of the case.
pub(super) async fn instance(
    ctx: &mut Ctx,
    acting: &Acting,
    process: &str,
    matter: String,
    tells: &[Told],
    begins: BTreeMap<String, Json>,
) -> Result<owned::Begun> {
    let mut variables = Box::pin(variables(ctx, acting, tells)).await?;
    variables.extend(begins);
    let case = &acting.case;
    let new = New {
        process: process.to_owned(),
        matter,
        title: format!("{} {}", acting.item.short_name.zh, case.number),
        agency: case.agency.clone(),
        division: case.division.clone(),
        variables,
    };
    Box::pin(owned::begin(ctx, new)).await
}

/// What the procedure is told: those of [`pack::item::PROCEDURE_VARIABLES`], and `tells`.
pub(super) async fn variables(
    ctx: &mut Ctx,
    acting: &Acting,
    tells: &[Told],
) -> Result<BTreeMap<String, Json>> {
    let (case, item, profile) = (&acting.case, &acting.item, &acting.profile);
    // Where the law sets no time, a procedure measures itself by the promise.
    let law = profile.statutory.unwrap_or(profile.promised);
    let explanation = automatic::explanation(ctx, &case.id).await?;
    let unmet: Vec<String> = explanation
        .into_iter()
        .flat_map(|decision| decision.explanation)
        .filter(|condition| condition.result != Verdict::Met)
        .map(|condition| condition.condition)
        .collect();
    let told = json!({
        "number": case.number,
        "item": case.item,
        "item_name": item.name.zh,
        "one_thing": case.one_thing,
        "agency": case.agency,
        "division": case.division,
        "channel": case.channel,
        "applicant_kind": "person",
        "promised": profile.promised.amount,
        "promised_unit": profile.promised.unit,
        "statutory": law.amount,
        "statutory_unit": law.unit,
        "referred": case.referred,
        "unmet": unmet,
        "materials_met": case.state.outstanding().is_empty(),
        "tolerated": case.state.outstanding(),
    });
    let Json::Object(told) = told else { return Err(Error::internal("variables of a case")) };
    let mut variables: BTreeMap<String, Json> = told.into_iter().collect();
    variables.extend(Box::pin(super::told::besides(ctx, case, tells)).await?);
    Ok(variables)
}

/// True when a case waits for what an instance proposes.
fn awaits(case: &Case, instance: &str) -> bool {
    let open = case.state.examined_by();
    matches!(case.state.phase, Phase::Accepted | Phase::Suspended)
        && open.is_some_and(|open| open.instance == instance)
}

/// The job: an instance of a matter has ended; its case, if it waits for it, is told what it
/// proposes or what the later check found. Told twice it does nothing.
pub(super) async fn ended(ctx: &mut Ctx, payload: &Json) -> Result<()> {
    let text = |name: &str| payload[name].as_str().unwrap_or_default();
    let Some(id) = case_of(text("subject")) else { return Ok(()) };
    let mut acting = match Acting::load(ctx, id).await {
        Err(error) if error.kind == Kind::NotFound => return Ok(()),
        other => other?,
    };
    let (checks, instance) = (check::is_of(text("subject")), text("instance").to_owned());
    let awaits = if checks { check::awaits } else { awaits };
    if !awaits(&acting.case, &instance) {
        return Ok(());
    }
    let outcome = owned::outcome(ctx, &instance).await?;
    let said = match (payload["completed"] == true, checks) {
        (false, _) => None,
        (true, true) => acting.item.later_check.as_ref().and_then(|of| of.finding(&outcome.ends)),
        (true, false) => acting.item.procedure.as_ref().and_then(|of| of.proposal(&outcome.ends)),
    };
    let (end, said) = match said {
        Some((end, said)) => (end.to_owned(), Some(said)),
        None => (outcome.ends.last().cloned().unwrap_or_default(), None),
    };
    let opinion = outcome.opinion.clone();
    let command = match checks {
        true => Command::EndCheck { instance, end, kept: said, opinion },
        false => Command::EndProcedure { instance, end, granted: said, opinion },
    };
    acting.apply(ctx, &command)?;
    acting.finish(ctx).await.map(|_| ())
}

/// Where the examination of a case stands, for officers; none where no procedure examines it.
pub(super) async fn shown(ctx: &mut Ctx, case: &Case) -> Result<Option<ExaminationShown>> {
    let Some(procedure) = &case.state.procedure else { return Ok(None) };
    let told = owned::told(ctx, &procedure.instance).await?;
    let steps = owned::steps(ctx, &[page(&case.id)]).await?;
    let ended = procedure.ended.as_ref();
    Ok(Some(ExaminationShown {
        instance: procedure.instance.clone(),
        process: procedure.process.clone(),
        name: process::definition::named(&ctx.env.pack, &procedure.process, &told.name),
        version: told.version,
        phase: told.phase,
        steps: steps.into_iter().map(step).collect(),
        proposal: ended.map(|ended| ProposalShown {
            at: Moment(ended.at),
            granted: ended.granted,
            end: told.ends.get(&ended.end).cloned().unwrap_or_else(|| ended.end.clone()),
            opinion: ended.opinion.clone(),
        }),
    }))
}

pub(super) fn step(one: owned::Step) -> StepShown {
    StepShown { id: one.id, name: one.name, assignee_name: one.assignee_name }
}

/// What officers did within the examination, as entries of the history of the case.
pub(super) async fn happened(ctx: &mut Ctx, case: &Case) -> Result<Vec<Happened>> {
    let Some(procedure) = &case.state.procedure else { return Ok(Vec::new()) };
    let told = owned::told(ctx, &procedure.instance).await?;
    let said = |kind: &str| {
        let counts =
            ["completed", "sent_back", "returned", "advised", "commented", "message_delivered"];
        counts.contains(&kind) || kind.starts_with("deemed_")
    };
    let lines = told.lines.into_iter().filter(|line| said(line.kind));
    Ok(lines
        .filter_map(|line| {
            let words: Vec<&str> = [line.step.as_str(), line.to.as_str(), line.words.as_str()]
                .into_iter()
                .filter(|part| !part.is_empty())
                .collect();
            Some(Happened {
                sequence: line.sequence,
                case_id: case.id.clone(),
                item: case.item.clone(),
                at: Moment(line.at?.0),
                kind: "examined".to_owned(),
                automatic: line.by.is_empty(),
                actor: line.by,
                text: words.join("："),
                article: String::new(),
                detail: json!({ "procedure": procedure.instance, "act": line.kind }),
                document: None,
            })
        })
        .collect())
}

/// The drawing of the examination of a case with where it is now, for officers of its agency.
/// Errors: `not_found`.
pub async fn drawing(ctx: &mut Ctx, id: &str, title: &str, text: &str) -> Result<Option<String>> {
    let case = super::store::get(ctx, id).await?;
    if super::access::reader(ctx, &case).await? != super::access::Reader::Officer {
        return Err(Error::not_found());
    }
    let Some(procedure) = &case.state.procedure else { return Ok(None) };
    let meta = process::diagram::Meta { id: "examination", title, text };
    owned::drawing(ctx, &procedure.instance, meta).await
}

/// Puts in rows of a list the tasks at which their examinations are.
pub(super) async fn steps(ctx: &mut Ctx, rows: &mut [super::shown_list::Row]) -> Result<()> {
    let examined: Vec<String> =
        rows.iter().filter(|row| row.examined).map(|row| page(&row.id)).collect();
    for one in owned::steps(ctx, &examined).await? {
        let id = one.matter.strip_prefix(PAGE).unwrap_or_default().to_owned();
        if let Some(row) = rows.iter_mut().find(|row| row.id == id) {
            row.steps.push(step(one));
        }
    }
    Ok(())
}
