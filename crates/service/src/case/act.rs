//! One act on the case of an item: load it with its family held, apply commands of the lifecycle,
//! write everything they entail in the same transaction.
//!
//! Invariant: nothing is written before every command has been accepted; what is written is the
//! row, its history, its clocks and tallies, the evidence, the documents owed, the messages and
//! the events, all of them once.

use super::body::CorrectionNotice;
use super::model::{Case, Done};
use super::{
    automatic, check, definition, document, examination, family, history, notice, store, timer,
    transfer,
};
use crate::figures::Tally;
use ::store::Ctx;
use flow::case::{Change, Clocks, Command, Env, Event, Phase, Profile, TimerName, timers};
use kernel::calendar::{Calendar, Clock, Limit, Unit, YEAR_MISSING};
use kernel::{Error, Result, Timestamp};
use pack::item::Item;
use pack::one_thing::Field;
use party::absence;
use serde_json::{Value as Json, json};
use std::collections::{BTreeMap, BTreeSet};
use std::future::Future;
use std::pin::Pin;

/// What an act does beside itself, made on the heap: acts lie deep in a request already.
pub(super) type Later<'a, T> = Pin<Box<dyn Future<Output = Result<T>> + Send + 'a>>;

/// The end of time: a lamp that never turns.
pub(super) const NEVER: Timestamp = Timestamp(i64::MAX);

/// A case being acted on.
pub(super) struct Acting {
    /// The case as it will be written.
    pub(super) case: Case,
    /// The item it pins.
    pub(super) item: Item,
    /// What the lifecycle obeys.
    pub(super) profile: Profile,
    /// What who accepts answered to the procedure that begins.
    pub(super) begins: BTreeMap<String, Json>,
    before: Case,
    events: Vec<Event>,
    /// Rows beside the case that the act wrote, recorded with it.
    kept: BTreeSet<(&'static str, String)>,
    /// The applicant is told of it otherwise.
    pub(super) quiet: bool,
    /// In whose name the actor acts, when he stands in for another.
    on_behalf: Option<String>,
}

impl Acting {
    /// The case of an item with its family held. Errors: `not_found`, also for a parent.
    pub(super) async fn load(ctx: &mut Ctx, id: &str) -> Result<Acting> {
        store::lock_family(ctx, id).await?;
        let case = store::get(ctx, id).await?;
        Acting::of(ctx, case).await
    }

    /// A case already read, its family held. Errors: `not_found` for a parent.
    pub(super) async fn of(ctx: &mut Ctx, case: Case) -> Result<Acting> {
        if case.is_parent() {
            return Err(Error::not_found().detail("a parent has no lifecycle of its own"));
        }
        // Who waited for the family acts after whom he waited for. A clock set back stays behind.
        if case.state.at.is_some_and(|last| ctx.now < last) {
            ctx.now = ctx.now.max(ctx.env.clock.now());
        }
        let item = definition::item(ctx, &case).await?;
        let profile = item.profile();
        Ok(Acting {
            before: case.clone(),
            case,
            item,
            profile,
            begins: BTreeMap::new(),
            events: Vec::new(),
            kept: BTreeSet::new(),
            quiet: false,
            on_behalf: None,
        })
    }

    /// The case before the act.
    pub(super) fn was(&self) -> &Case {
        &self.before
    }

    /// From whom to whom the act hands the case over, and why.
    pub(super) fn handed_over(&self) -> Option<(String, String, String)> {
        self.events.iter().find_map(|event| match &event.change {
            Change::HandedOver { to, reason } => {
                Some((self.before.assignee.clone(), to.clone(), reason.clone()))
            }
            _ => None,
        })
    }

    /// The extension that the act grants.
    pub(super) fn extended(&self) -> Option<(Limit, String, String)> {
        self.events.iter().find_map(|event| match &event.change {
            Change::Extended { amount, reason, article, .. } => {
                Some((*amount, reason.clone(), article.clone()))
            }
            _ => None,
        })
    }

    /// True when the act changed by which procedure the case is examined, or until when it is to be
    /// decided.
    pub(super) fn limit_moved(&self) -> bool {
        let examined = |case: &Case| case.state.procedure.clone().map(|one| one.instance);
        self.before.due != self.case.due || examined(&self.before) != examined(&self.case)
    }

    /// Refuses a page older than the case. Errors: `case.stale`.
    pub(super) fn fresh(&self, revision: Option<i64>) -> Result<()> {
        match revision {
            Some(seen) if seen != self.case.revision => {
                Err(Error::conflict("case.stale").arg("seen", seen).arg("now", self.case.revision))
            }
            _ => Ok(()),
        }
    }

    /// Lets a deputy act as the absent officer in charge.
    pub(super) async fn stand_in(&mut self, ctx: &mut Ctx) -> Result<()> {
        let charged = &self.case.assignee;
        if !charged.is_empty()
            && *charged != ctx.actor.account
            && absence::stands_in(ctx, charged, &ctx.actor.account.clone()).await?
        {
            self.on_behalf = Some(charged.clone());
        }
        Ok(())
    }

    /// Applies a command to the case in hand. Errors: those of the lifecycle.
    pub(super) fn apply(&mut self, ctx: &Ctx, command: &Command) -> Result<()> {
        let pack = ctx.env.pack.clone();
        let calendar = pack.calendar()?;
        let actor = self.on_behalf.as_deref().unwrap_or(&ctx.actor.account);
        let approver = party::authority::may(ctx, super::verbs::EXTEND);
        let env = Env { now: ctx.now, calendar, actor, approver };
        let (state, events) = flow::case::apply(&self.profile, &self.case.state, command, &env)?;
        self.case.state = state;
        self.events.extend(events);
        Ok(())
    }

    /// Writes the case and everything that follows from it: dependents released or ended, the
    /// parent brought up to date.
    pub(super) async fn finish(self, ctx: &mut Ctx) -> Result<Done> {
        let mut tally = Tally::default();
        let (parent, changed) = (self.case.parent_id.clone(), self.before.phase);
        let reopened =
            self.events.iter().any(|event| matches!(event.change, Change::Reopened { .. }));
        let taken =
            self.events.iter().any(|event| matches!(event.change, Change::TakenOver { .. }));
        let case = self.save(ctx, &mut tally).await?;
        if taken {
            Box::pin(transfer::taken(ctx, &case, &mut tally)).await?;
        }
        if reopened {
            family::reopen(ctx, &parent, &case, &mut tally).await?;
        }
        if case.phase != changed {
            family::follow(ctx, &parent, &case, &mut tally).await?;
        }
        tally.flush(ctx).await?;
        Ok(done(&case))
    }

    /// Writes the case alone; tallies are gathered for the caller to flush.
    pub(super) async fn save(mut self, ctx: &mut Ctx, tally: &mut Tally) -> Result<Case> {
        Box::pin(transfer::follow(ctx, &mut self.case, &self.events)).await?;
        // Apart from the stack of every act: few acts begin or stop a procedure.
        Box::pin(examination::follow(ctx, &mut self)).await?;
        check::follow(ctx, &mut self).await?;
        let pack = ctx.env.pack.clone();
        let calendar = pack.calendar()?;
        project(&mut self.case, &self.events, calendar)?;
        examination::limits(ctx, &self).await?;
        history::append(ctx, &mut self.case, &self.events).await?;
        store::update(ctx, &self.case).await?;
        timer::plan(ctx, &self.case, calendar).await?;
        tally.moved(Some(&self.before), &self.case);
        let back = |change: &Change| {
            matches!(change, Change::Revoked { .. } | Change::ToleranceLapsed { .. })
        };
        if self.events.iter().any(|event| back(&event.change)) {
            data::registry::unclaim(ctx, &self.case.id).await?;
        }
        let papers = document::owed(ctx, &self.case, &self.item, &self.events).await?;
        self.kept.extend(papers.into_iter().map(|id| (document::TABLE, id)));
        let sent = notice::send(ctx, &self.case, &self.item, &self.events, self.quiet).await?;
        self.kept.extend(sent.into_iter().map(|id| (notice::SENT, id)));
        self.record(ctx).await?;
        for event in &self.events {
            if let Some(topic) = topic(&event.change) {
                emit(ctx, topic, &self.case).await?;
            }
        }
        if self.events.iter().any(|event| matches!(event.change, Change::Released { .. })) {
            automatic::ask(ctx, &self.case, &self.item, &self.profile).await?;
        }
        Ok(self.case)
    }

    /// Evidence of the act with the rows as they now stand.
    async fn record(&self, ctx: &mut Ctx) -> Result<()> {
        let kinds: Vec<String> = self.events.iter().map(history::kind).collect::<Result<_>>()?;
        // A procedure begins with the acceptance or the grant, which is what was done.
        let begun = ["procedure_begun", "check_begun"];
        let kind = match kinds.iter().rfind(|kind| !begun.contains(&kind.as_str())) {
            Some(kind) => format!("case.{kind}"),
            None => "case.noted".to_owned(),
        };
        let body = json!({
            "parent": self.case.parent_id,
            "item": self.case.item,
            "events": kinds,
            "revision": self.case.revision,
            "history": self.case.history,
            "on_behalf_of": self.on_behalf,
        });
        let subject = format!("case:{}", self.case.id);
        let mut rows: Vec<(&'static str, &str)> = vec![("cases", self.case.id.as_str())];
        rows.extend(self.kept.iter().map(|(table, id)| (*table, id.as_str())));
        party::audit::record_rows(ctx, &kind, &subject, body, &rows).await.map(drop)
    }

    /// Has contents of the family that the act wrote recorded with it.
    pub(super) fn wrote(&mut self, contents: &'static str) {
        self.kept.insert((contents, self.case.root_id().to_owned()));
    }

    /// Has an explanation that the act wrote recorded with it.
    pub(super) fn explained(&mut self) {
        self.kept.insert((automatic::EXPLAINED, self.case.id.clone()));
    }

    /// The remedies told with a refusal: those written, or the item's own.
    pub(super) fn remedies(&self, written: &str) -> String {
        if written.trim().is_empty() {
            super::view::remedies(&self.item).zh
        } else {
            written.to_owned()
        }
    }

    /// The article of a special procedure, which is the procedure's own. Errors:
    /// `case.article_other` when another is written.
    pub(super) fn procedure_article(&self, procedure: &str, written: &str) -> Result<String> {
        let own = self.profile.special_procedure(procedure).map(|one| one.article.clone());
        let own = own.unwrap_or_default();
        if written.trim().is_empty() || written.trim() == own {
            return Ok(own);
        }
        let error = Error::invalid("case.article_other").arg("article", &own);
        Err(error.field_with("article", "case.article_other", vec![("article", own)]))
    }

    /// Refuses to cite what no pack knows as law; nothing cited is for the command to judge.
    /// Errors: `case.article_unknown` at the article.
    pub(super) fn cites(&self, ctx: &Ctx, article: &str) -> Result<()> {
        if article.trim().is_empty() || ctx.env.pack.laws().cites(article) {
            return Ok(());
        }
        let mut known = self.item.basis.iter().map(|basis| basis.citation().zh);
        let example = known.next().unwrap_or_default();
        let error = Error::invalid("case.article_unknown").arg("example", &example);
        Err(error.field_with("article", "case.article_unknown", vec![("example", example)]))
    }

    /// Refuses to ask for fields or materials the item does not have. Errors:
    /// `case.correction_unknown` with the fields at fault.
    pub(super) fn check_askable(&self, ctx: &Ctx, asked: &CorrectionNotice) -> Result<()> {
        let form = ctx.env.pack.form(&self.case.one_thing);
        let mut error = Error::invalid("case.correction_unknown");
        for field in &asked.fields {
            let known = form.and_then(|form| form.field(field));
            let askable = |one: &Field| one.items.contains(&self.case.item) && !one.picks();
            if !known.is_some_and(askable) {
                error = error.field(field, "case.correction_unknown");
            }
        }
        for material in &asked.materials {
            if self.item.material(material).is_none() {
                error = error.field(material, "case.correction_unknown");
            }
        }
        error.if_any_field()
    }

    /// After a correction the rule may look again.
    pub(super) async fn automatic_again(&mut self, ctx: &mut Ctx) -> Result<()> {
        automatic::ask(ctx, &self.case, &self.item, &self.profile).await
    }
}

/// What every act answers.
pub(super) fn done(case: &Case) -> Done {
    Done {
        id: case.id.clone(),
        phase: case.phase.as_str().to_owned(),
        revision: case.revision,
        licence: case.state.licence.clone(),
    }
}

/// Tells the subscribers of a topic, by ids only.
pub(super) async fn emit(ctx: &mut Ctx, topic: &str, case: &Case) -> Result<()> {
    let payload = json!({
        "case": case.id,
        "parent": case.parent_id,
        "item": case.item,
        "one_thing": case.one_thing,
        "agency": case.agency,
        "division": case.division,
    });
    ctx.emit(topic, &payload).await
}

/// The topic of an event.
fn topic(change: &Change) -> Option<&'static str> {
    Some(match change {
        Change::Released { .. } => "case.submitted",
        Change::Accepted { .. } | Change::DeemedAccepted { .. } => "case.accepted",
        Change::AcceptanceRefused { .. } => "case.refused",
        Change::CorrectionAsked { .. } => "case.correction_asked",
        Change::CorrectionSupplied { .. } => "case.corrected",
        Change::Suspended { .. } => "case.suspended",
        Change::Resumed { .. } => "case.resumed",
        Change::Extended { .. } => "case.extended",
        Change::Decided { .. } => "case.decided",
        Change::Issued { .. } => "case.issued",
        Change::Completed => "case.completed",
        Change::Withdrawn { .. } | Change::CorrectionLapsed | Change::Terminated { .. } => {
            "case.withdrawn"
        }
        Change::Reopened { .. } => "case.reopened",
        Change::Revoked { .. } | Change::ToleranceLapsed { .. } => "case.revoked",
        _ => return None,
    })
}

/// Brings the columns of the row in line with the state. Errors: the calendar's.
pub(super) fn project(case: &mut Case, events: &[Event], calendar: &Calendar) -> Result<()> {
    let state = &case.state;
    case.phase = state.phase;
    case.revision = i64::try_from(state.revision).map_err(Error::internal)?;
    case.accepted = state.accepted;
    case.assignee.clone_from(&state.assignee);
    if state.assignee.is_empty() {
        case.assignee_name.clear();
    }
    for event in events {
        let at = Some(event.at);
        match &event.change {
            Change::Issued { .. } => case.issued = at,
            Change::Completed => case.completed = at,
            Change::Reopened { .. } | Change::Restored { .. } => case.undecide(),
            Change::Decided { granted: true, .. } => {}
            _ if case.phase.is_failure() && ends(&event.change) => case.ended = at,
            _ => {}
        }
    }
    if let Some(decided) = &case.state.decided
        && case.decided.is_none()
    {
        case.decided = Some(decided.at);
        case.granted = decided.granted;
        case.automatic = decided.automatic;
        let clocks = case.state.clocks.clone();
        case.late = ended_late(&clocks.promised, decided.at, calendar)?;
        case.late_by_law = ended_late(&clocks.statutory, decided.at, calendar)?;
        (case.promised_days, case.used_days) = days(&clocks.promised, decided.at, calendar)?;
    }
    lamp(case, calendar)
}

fn ends(change: &Change) -> bool {
    matches!(
        change,
        Change::AcceptanceRefused { .. }
            | Change::CorrectionLapsed
            | Change::ToleranceLapsed { .. }
            | Change::Decided { granted: false, .. }
            | Change::Withdrawn { .. }
            | Change::Terminated { .. }
            | Change::Revoked { .. }
    )
}

fn ended_late(clock: &Option<Clock>, at: Timestamp, calendar: &Calendar) -> Result<bool> {
    let Some(clock) = clock else { return Ok(false) };
    Ok(clock.due(calendar)?.is_some_and(|due| at >= due))
}

/// Promised days and days used of them; hours as begun days. Nothing where the days cannot be
/// counted for want of a year's notice: what ends a case does not wait for one.
fn days(clock: &Option<Clock>, at: Timestamp, calendar: &Calendar) -> Result<(i64, i64)> {
    let Some(clock) = clock else { return Ok((0, 0)) };
    let used = match clock.used(at, calendar) {
        Ok(used) => used,
        Err(error) if error.code == YEAR_MISSING => return Ok((0, 0)),
        Err(error) => return Err(error),
    };
    let total = i64::from(clock.total());
    Ok(match clock.limit.unit {
        Unit::Hour => ((total + 23) / 24, (used + 23) / 24),
        Unit::WorkingDay | Unit::CalendarDay => (total, used),
    })
}

/// Sets the ends of the clocks and the instants at which the lamp turns.
fn lamp(case: &mut Case, calendar: &Calendar) -> Result<()> {
    let Clocks { promised, statutory, procedure, .. } = &case.state.clocks;
    let ended = case.phase.is_final();
    let due = |clock: &Option<Clock>, known: Option<Timestamp>| match clock.as_ref() {
        None => Ok(None),
        Some(clock) => match clock.due(calendar) {
            // What has ended waits for no notice: it keeps what was last known.
            Err(error) if ended && error.code == YEAR_MISSING => Ok(known),
            due => due,
        },
    };
    case.due = due(promised, case.due)?;
    case.statutory_due = due(statutory, case.statutory_due)?;
    let overrun = due(procedure, None)?.unwrap_or(NEVER);
    let (warning, end) = match case.phase {
        Phase::Submitted => (TimerName::AcceptanceWarning, TimerName::AcceptanceLapse),
        Phase::Accepted => (TimerName::PromisedWarning, TimerName::PromisedOverdue),
        Phase::Granted => (TimerName::DeliveryWarning, TimerName::DeliveryOverdue),
        _ => (TimerName::ProcedureOverdue, TimerName::ProcedureOverdue),
    };
    // A grant that came into question is the agency's to look at again, ended or not.
    let questioned = case.phase.is_granted() && case.state.is_questioned();
    let (warning, end) = match questioned {
        true => (TimerName::ReviewWarning, TimerName::ReviewOverdue),
        false => (warning, end),
    };
    let timers = timers(&case.state, calendar)?;
    let at = |name| timers.iter().find(|timer| timer.name == name).map(|timer| timer.at);
    case.red = at(end).unwrap_or(NEVER);
    case.yellow = at(warning).unwrap_or(case.red);
    case.paused = matches!(case.phase, Phase::Waiting | Phase::Correcting | Phase::Suspended)
        || case.state.awaits_payment();
    if case.phase == Phase::Suspended {
        // What stops a promise alone does not stop the law's time.
        case.paused = case.statutory_due.is_none();
        case.red = case.statutory_due.map_or(overrun, |due| due.min(overrun));
        case.yellow = at(TimerName::StatutoryWarning).map_or(case.red, |from| from.min(case.red));
    }
    case.open = match case.phase {
        Phase::Waiting => 2,
        _ if questioned => 1,
        phase if phase.is_final() => 0,
        _ => 1,
    };
    Ok(())
}
