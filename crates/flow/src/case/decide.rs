//! Whether a command may be carried out, and what then happens. All refusals are here and in the
//! table; nothing here makes a state.
//!
//! Invariants: what is returned, `evolve` can apply whole; texts are trimmed, bounded and free of
//! control characters; machines never refuse.

use super::table::guard;
use super::{Change, Command, Env, LIST_MAX, Phase, Profile, State, TEXT_MAX};
use kernel::calendar::{Clock, Limit};
use kernel::{Error, Result};
use serde_json::Value;
use std::collections::BTreeSet;

/// Special procedures of one case; each pauses its clocks once.
const SUSPENSIONS_MAX: usize = 100;
/// Characters of an article, a reason of an extension and other words a clock keeps.
const WORDS_CHARS_MAX: usize = 500;
/// Times one case may be opened again.
const REOPENINGS_MAX: usize = 3;
/// Times one case may be handed to another agency.
const TRANSFERS_MAX: usize = 3;
/// Bytes of an id or account.
const ID_MAX: usize = 200;
/// Bytes of the explanation of an automatic decision, as JSON.
const EXPLANATION_MAX: usize = 256 * 1024;

/// What the command makes happen; nothing when it has happened already (a claim repeated).
pub(super) fn decide(
    profile: &Profile,
    state: &State,
    command: &Command,
    env: &Env,
) -> Result<Vec<Change>> {
    if let Some(last) = state.at.filter(|last| env.now < *last) {
        return Err(Error::conflict("case.clock_set_back").arg("last", last));
    }
    guard(profile, state, command.name())?;
    in_charge(state, command, env)?;
    let change = match command {
        Command::Release => Change::Released { acceptance: profile.acceptance.checked()? },
        Command::Accept { tolerated, promise } => accept(profile, state, tolerated, promise, env)?,
        Command::DeemAccepted => deem_accepted(profile, state, env)?,
        Command::RefuseAcceptance { .. } => refuse_acceptance(state, command, env)?,
        Command::AskCorrection { .. } => ask_correction(profile, state, command, env)?,
        Command::SupplyCorrection { fields, materials } => {
            supply_correction(profile, state, fields, materials, env)?
        }
        Command::Lapse => {
            after_end(&state.clocks.correction, env)?;
            Change::CorrectionLapsed
        }
        Command::SupplyTolerated { material } => supply_tolerated(state, material, env)?,
        Command::LapseTolerance => {
            after_end(&state.clocks.tolerance, env)?;
            let materials = state.outstanding().into_iter().map(str::to_owned).collect();
            Change::ToleranceLapsed { materials }
        }
        Command::Suspend { .. } => suspend(profile, state, command)?,
        Command::Resume { result } => {
            Change::Resumed { result: Form::one("result", result, TEXT_MAX)? }
        }
        Command::Extend { .. } => extend(profile, state, command, env)?,
        Command::BeginProcedure { instance, process, version } => {
            let mut form = Form::new();
            let instance = form.words("instance", instance);
            let process = form.words("process", process);
            form.done()?;
            Change::ProcedureBegun { instance, process, version: *version }
        }
        Command::EndProcedure { instance, end, granted, opinion } => {
            if state.examined_by().is_none_or(|procedure| procedure.instance != *instance) {
                return Err(Error::conflict("case.no_procedure"));
            }
            let mut form = Form::new();
            let end = form.optional("end", end);
            let opinion = form.optional("opinion", opinion);
            form.done()?;
            let (instance, granted) = (instance.clone(), *granted);
            Change::ProcedureEnded { instance, end, granted, opinion }
        }
        Command::Decide { .. } => decide_case(profile, state, command)?,
        Command::AwaitPayment { cause, article } => {
            await_payment(profile, state, cause, article, env)?
        }
        Command::SettlePayment => Change::PaymentSettled,
        Command::Issue { licence } => {
            Change::Issued { licence: Form::one("licence", licence, ID_MAX)? }
        }
        Command::Complete => Change::Completed,
        Command::BeginCheck { .. } | Command::EndCheck { .. } | Command::ConfirmCheck { .. } => {
            check(profile, state, command)?
        }
        Command::Withdraw { reason } => Change::Withdrawn { reason: Form::any("reason", reason)? },
        Command::Terminate { reason, article } => {
            let mut form = Form::new();
            let reason = form.text("reason", reason, TEXT_MAX);
            let article = article.as_ref().map(|article| form.words("article", article));
            form.done()?;
            Change::Terminated { reason, article: article.unwrap_or_default() }
        }
        Command::Revoke { reason, article } => {
            let mut form = Form::new();
            let reason = form.text("reason", reason, TEXT_MAX);
            let article = form.words("article", article);
            form.done()?;
            Change::Revoked { reason, article }
        }
        Command::LoseBasis { item } => {
            let item = Form::one("item", item, ID_MAX)?;
            Change::BasisLost { item, review: Some(profile.review) }
        }
        Command::Uphold { opinion, article } => {
            let mut form = Form::new();
            let opinion = form.text("opinion", opinion, TEXT_MAX);
            let article = form.words("article", article);
            form.done()?;
            Change::Upheld { opinion, article }
        }
        Command::Reopen { reason, article } => reopen(profile, state, reason, article, env)?,
        Command::Transfer { .. } => transfer(profile, state, command, env)?,
        Command::TakeOver => Change::TakenOver { deemed: false },
        Command::DeemTakenOver => {
            after_end(&state.clocks.transfer, env)?;
            Change::TakenOver { deemed: true }
        }
        Command::ReturnTransfer { reason } => {
            before_end(&state.clocks.transfer, "case.transfer_overdue", env)?;
            Change::TransferReturned { reason: Form::one("reason", reason, TEXT_MAX)? }
        }
        Command::Restore { reason } => {
            Change::Restored { reason: Form::one("reason", reason, TEXT_MAX)? }
        }
        Command::RequestHumanReview => {
            let granted = state.phase.is_granted();
            Change::HumanReviewRequested { review: granted.then_some(profile.review) }
        }
        Command::DisputeData { facts } => Change::DataDisputed { facts: Form::names(facts)? },
        Command::CorrectData { facts } => Change::DataCorrected { facts: Form::names(facts)? },
        Command::Claim { officer } => return claim(state, officer, env),
        Command::Unclaim => Change::Unclaimed,
        Command::HandOver { to, reason } => hand_over(state, to, reason)?,
    };
    Ok(vec![change])
}

/// Hands the case to the agency that has the power. Where it was accepted, the agency has said that
/// it has the power itself: only its head takes that back.
fn transfer(profile: &Profile, state: &State, command: &Command, env: &Env) -> Result<Change> {
    let Command::Transfer { from, to, reason, article } = command else {
        return Err(Error::internal("case.decide: another command"));
    };
    if state.phase == Phase::Accepted && !env.approver {
        return Err(Error::denied("case.transfer_not_head"));
    }
    if state.transfers.len() >= TRANSFERS_MAX {
        return Err(Error::limited("case.too_many_steps").arg("max", TRANSFERS_MAX));
    }
    let mut form = Form::new();
    let from = form.text("from", from, ID_MAX);
    let to = form.text("to", to, ID_MAX);
    let reason = form.text("reason", reason, TEXT_MAX);
    let article = form.words("article", article);
    form.done()?;
    if from == to {
        return Err(Error::invalid("case.transfer_to_self").field("to", "case.transfer_to_self"));
    }
    Ok(Change::Transferred { from, to, reason, article, limit: profile.transfer.checked()? })
}

/// Opens a case again within the time for it: the time to do what comes next starts anew.
fn reopen(
    profile: &Profile,
    state: &State,
    reason: &str,
    article: &str,
    env: &Env,
) -> Result<Change> {
    if state.reopenings.len() >= REOPENINGS_MAX {
        return Err(Error::limited("case.too_many_steps").arg("max", REOPENINGS_MAX));
    }
    // Nothing happens to a case that has ended so, until it is opened again.
    let ended = state.at.unwrap_or(env.now);
    if env.now >= env.calendar.deadline(ended, profile.reopening.checked()?)? {
        return Err(Error::conflict("case.reopening_overdue"));
    }
    let mut form = Form::new();
    let reason = form.text("reason", reason, TEXT_MAX);
    let article = form.words("article", article);
    form.done()?;
    let tolerance = profile.tolerance.as_ref().map(|may| may.limit.checked()).transpose()?;
    Ok(Change::Reopened {
        reason,
        article,
        acceptance: profile.acceptance.checked()?,
        correction: profile.correction.checked()?,
        promised: profile.promised.checked()?,
        statutory: profile.statutory.map(Limit::checked).transpose()?,
        tolerance: tolerance.filter(|_| !state.outstanding().is_empty()),
        calendar_version: env.calendar.version().to_owned(),
    })
}

/// The later check of a promise begins and ends.
fn check(profile: &Profile, state: &State, command: &Command) -> Result<Change> {
    let mut form = Form::new();
    match command {
        Command::BeginCheck { instance, process, version } => {
            let instance = form.words("instance", instance);
            let process = form.words("process", process);
            form.done()?;
            let limit = profile.check.ok_or_else(|| Error::conflict("case.no_check"))?.checked()?;
            Ok(Change::CheckBegun { instance, process, version: *version, limit })
        }
        Command::EndCheck { instance, end, kept, opinion } => {
            if state.checked_by().is_none_or(|check| check.instance != *instance) {
                return Err(Error::conflict("case.no_check"));
            }
            let end = form.optional("end", end);
            let opinion = form.optional("opinion", opinion);
            form.done()?;
            Ok(Change::CheckEnded { instance: instance.clone(), end, kept: *kept, opinion })
        }
        Command::ConfirmCheck { opinion, article } => {
            let opinion = form.text("opinion", opinion, TEXT_MAX);
            let article = form.words("article", article);
            form.done()?;
            Ok(Change::CheckConfirmed { opinion, article })
        }
        _ => Err(Error::internal("case.decide: another command")),
    }
}

/// Once an officer has claimed a case, the officer or the head acts on it, nobody else.
fn in_charge(state: &State, command: &Command, env: &Env) -> Result<()> {
    let bound = match command {
        Command::Decide { automatic, .. } => automatic.is_none(),
        Command::Reopen { .. } | Command::ConfirmCheck { .. } | Command::Uphold { .. } => {
            return if env.approver { Ok(()) } else { Err(Error::denied("case.not_head")) };
        }
        Command::Extend { .. } => {
            return if env.approver { Ok(()) } else { Err(Error::denied("case.not_approver")) };
        }
        _ => command.name().is_of_who_has_charge(),
    };
    let theirs = state.assignee.is_empty() || state.assignee == env.actor || env.approver;
    if bound && !theirs {
        return Err(Error::conflict("case.not_assignee"));
    }
    Ok(())
}

fn accept(
    profile: &Profile,
    state: &State,
    tolerated: &[String],
    promise: &str,
    env: &Env,
) -> Result<Change> {
    before_end(&state.clocks.acceptance, "case.acceptance_overdue", env)?;
    let mut form = Form::new();
    let tolerated = form.list("tolerated", tolerated);
    let promise = if tolerated.is_empty() {
        form.optional("promise", promise)
    } else {
        form.text("promise", promise, TEXT_MAX)
    };
    form.done()?;
    let allowed = |material: &&String| {
        profile.tolerance.as_ref().is_some_and(|may| may.materials.contains(material))
    };
    if let Some(material) = tolerated.iter().find(|material| !allowed(material)) {
        return Err(Error::invalid("case.not_tolerable").arg("material", material));
    }
    let limit = profile.tolerance.as_ref().map(|may| may.limit.checked()).transpose()?;
    Ok(Change::Accepted {
        tolerance: limit.filter(|_| !tolerated.is_empty()),
        tolerated,
        promise,
        promised: profile.promised.checked()?,
        statutory: profile.statutory.map(Limit::checked).transpose()?,
        calendar_version: env.calendar.version().to_owned(),
    })
}

fn deem_accepted(profile: &Profile, state: &State, env: &Env) -> Result<Change> {
    after_end(&state.clocks.acceptance, env)?;
    Ok(Change::DeemedAccepted {
        from: state.received.unwrap_or(env.now),
        promised: profile.promised.checked()?,
        statutory: profile.statutory.map(Limit::checked).transpose()?,
        calendar_version: env.calendar.version().to_owned(),
    })
}

fn refuse_acceptance(state: &State, command: &Command, env: &Env) -> Result<Change> {
    before_end(&state.clocks.acceptance, "case.acceptance_overdue", env)?;
    let Command::RefuseAcceptance { reasons, remedies, article } = command else {
        return Err(Error::internal("case.decide: another command"));
    };
    let mut form = Form::new();
    let reasons = form.text("reasons", reasons, TEXT_MAX);
    let remedies = form.text("remedies", remedies, TEXT_MAX);
    let article = form.words("article", article);
    form.done()?;
    Ok(Change::AcceptanceRefused { reasons, remedies, article })
}

fn ask_correction(
    profile: &Profile,
    state: &State,
    command: &Command,
    env: &Env,
) -> Result<Change> {
    before_end(&state.clocks.acceptance, "case.acceptance_overdue", env)?;
    let Command::AskCorrection { fields, materials, note } = command else {
        return Err(Error::internal("case.decide: another command"));
    };
    let mut form = Form::new();
    let fields = form.list("fields", fields);
    let materials = form.list("materials", materials);
    let note = form.text("note", note, TEXT_MAX);
    form.done()?;
    if fields.is_empty() && materials.is_empty() {
        return Err(Error::invalid("case.correction_empty"));
    }
    Ok(Change::CorrectionAsked { fields, materials, note, limit: profile.correction.checked()? })
}

/// The applicant mends what was asked: all of it, and nothing else.
fn supply_correction(
    profile: &Profile,
    state: &State,
    fields: &[String],
    materials: &[String],
    env: &Env,
) -> Result<Change> {
    before_end(&state.clocks.correction, "case.correction_overdue", env)?;
    let mut form = Form::new();
    let fields = form.list("fields", fields);
    let materials = form.list("materials", materials);
    form.done()?;
    let asked =
        state.correction.as_ref().ok_or_else(|| Error::conflict("case.no_correction_asked"))?;
    let supplied: BTreeSet<&String> = fields.iter().chain(&materials).collect();
    let beyond = (fields.iter().filter(|field| !asked.fields.contains(field)))
        .chain(materials.iter().filter(|material| !asked.materials.contains(material)));
    let mut error = Error::invalid("case.correction_beyond");
    for name in beyond {
        error = error.field(name, "not_asked");
    }
    error.if_any_field()?;
    let mut error = Error::invalid("case.correction_incomplete");
    for name in asked.fields.iter().chain(&asked.materials) {
        if !supplied.contains(name) {
            error = error.field(name, "required");
        }
    }
    error.if_any_field()?;
    Ok(Change::CorrectionSupplied { fields, materials, acceptance: profile.acceptance.checked()? })
}

fn supply_tolerated(state: &State, material: &str, env: &Env) -> Result<Change> {
    before_end(&state.clocks.tolerance, "case.tolerance_overdue", env)?;
    if !state.outstanding().contains(&material) {
        return Err(Error::invalid("case.not_outstanding").arg("material", material));
    }
    Ok(Change::ToleratedSupplied { material: material.to_owned() })
}

fn suspend(profile: &Profile, state: &State, command: &Command) -> Result<Change> {
    let Command::Suspend { procedure, document, article, needed } = command else {
        return Err(Error::internal("case.decide: another command"));
    };
    if state.suspensions.len() >= SUSPENSIONS_MAX {
        return Err(Error::limited("case.too_many_steps").arg("max", SUSPENSIONS_MAX));
    }
    let known = profile
        .special_procedure(procedure)
        .ok_or_else(|| Error::invalid("case.unknown_procedure").arg("procedure", procedure))?;
    let mut form = Form::new();
    let document = form.text("document", document, ID_MAX);
    let article = form.words("article", article);
    let needed = form.text("needed", needed, TEXT_MAX);
    let cause = form.words("procedure", &known.text.zh);
    form.done()?;
    let max = known.max.map(Limit::checked).transpose()?;
    let (procedure, promise_only) = (procedure.clone(), known.promise_only);
    Ok(Change::Suspended { procedure, cause, document, article, needed, max, promise_only })
}

fn await_payment(
    profile: &Profile,
    state: &State,
    cause: &str,
    article: &str,
    env: &Env,
) -> Result<Change> {
    let mut form = Form::new();
    let cause = form.words("cause", cause);
    let article = form.words("article", article);
    form.done()?;
    let delivery = profile.delivery.checked()?;
    let mut clock = match &state.clocks.delivery {
        Some(clock) => clock.clone(),
        None => Clock::new(env.now, delivery)?,
    };
    clock.pause(env.now, &cause, &article)?;
    Ok(Change::PaymentAwaited { cause, article, delivery })
}

fn extend(profile: &Profile, state: &State, command: &Command, env: &Env) -> Result<Change> {
    let clocks = &state.clocks;
    // Where the law sets no time to decide, what is extended is the promise.
    let measure = clocks.statutory.as_ref().or(clocks.promised.as_ref());
    let (Command::Extend { amount, reason, article }, Some(max), Some(measure)) =
        (command, profile.extension_max, measure)
    else {
        return Err(Error::conflict("case.extension_not_allowed"));
    };
    let mut form = Form::new();
    let reason = form.words("reason", reason);
    let article = form.words("article", article);
    let approver = form.words("approver", env.actor);
    form.done()?;
    let unit = measure.limit.unit;
    if amount.unit != unit || max.unit != unit || amount.amount == 0 || amount.amount > max.amount {
        return Err(Error::invalid("case.extension_amount").arg("max", max.amount));
    }
    let extension = kernel::calendar::Extension {
        amount: amount.amount,
        at: env.now,
        approver,
        reason: reason.clone(),
        article: article.clone(),
    };
    if !runs(measure, env)? {
        return Err(Error::conflict("case.extension_overdue"));
    }
    measure.clone().extend(extension.clone(), max.amount, env.calendar)?;
    // A promise already broken stays broken: moving it would hide that from supervision.
    let promised = match &clocks.promised {
        Some(clock) if clock.limit.unit == unit && runs(clock, env)? => {
            clock.clone().extend(extension, max.amount, env.calendar)?;
            true
        }
        _ => false,
    };
    Ok(Change::Extended { amount: *amount, reason, article, promised })
}

fn decide_case(profile: &Profile, state: &State, command: &Command) -> Result<Change> {
    let Command::Decide { granted, opinion, reasons, article, remedies, automatic } = command
    else {
        return Err(Error::internal("case.decide: another command"));
    };
    if let Some(explanation) = automatic {
        decide_automatically(profile, state, *granted, explanation)?;
    }
    let mut form = Form::new();
    let article = form.words("article", article);
    let opinion = match automatic {
        Some(_) => form.optional("opinion", opinion),
        None => form.text("opinion", opinion, TEXT_MAX),
    };
    let (reasons, remedies) = if *granted {
        (form.optional("reasons", reasons), form.optional("remedies", remedies))
    } else {
        (form.text("reasons", reasons, TEXT_MAX), form.text("remedies", remedies, TEXT_MAX))
    };
    form.done()?;
    let delivery = profile.delivery.checked()?;
    Ok(Change::Decided {
        granted: *granted,
        opinion,
        reasons,
        article,
        remedies,
        automatic: automatic.clone(),
        delivery: Some(delivery).filter(|_| *granted && profile.licence),
    })
}

fn decide_automatically(
    profile: &Profile,
    state: &State,
    granted: bool,
    explanation: &Value,
) -> Result<()> {
    if !profile.automatic {
        return Err(Error::conflict("case.not_automatic"));
    }
    if state.human_review_requested {
        return Err(Error::conflict("case.human_review_requested"));
    }
    if !state.disputed.is_empty() {
        return Err(Error::conflict("case.data_disputed"));
    }
    if !granted {
        return Err(Error::conflict("case.automatic_refusal"));
    }
    if !state.outstanding().is_empty() {
        return Err(Error::conflict("case.tolerance_outstanding"));
    }
    if explanation.is_null() {
        return Err(Error::invalid("case.fields").field("automatic", "required"));
    }
    if explanation.to_string().len() > EXPLANATION_MAX {
        return Err(Error::invalid("case.fields").field("automatic", "too_long"));
    }
    Ok(())
}

fn claim(state: &State, officer: &str, env: &Env) -> Result<Vec<Change>> {
    let officer = Form::one("officer", officer, ID_MAX)?;
    if officer != env.actor && !env.approver {
        return Err(Error::denied("case.claim_for_other"));
    }
    if state.assignee == officer {
        return Ok(Vec::new());
    }
    if !state.assignee.is_empty() {
        return Err(Error::conflict("case.already_claimed").arg("assignee", &state.assignee));
    }
    Ok(vec![Change::Claimed { officer }])
}

fn hand_over(state: &State, to: &str, reason: &str) -> Result<Change> {
    let mut form = Form::new();
    let to = form.text("to", to, ID_MAX);
    let reason = form.text("reason", reason, TEXT_MAX);
    form.done()?;
    if to == state.assignee {
        return Err(Error::invalid("case.hand_over_to_self"));
    }
    Ok(Change::HandedOver { to, reason })
}

/// True while the limit has not run out, or stands still with time left.
fn runs(clock: &Clock, env: &Env) -> Result<bool> {
    Ok(clock.due(env.calendar)?.is_none_or(|due| env.now < due))
}

/// Refuses an act for which the time has run out.
fn before_end(clock: &Option<Clock>, code: &'static str, env: &Env) -> Result<()> {
    match clock {
        Some(clock) if !runs(clock, env)? => Err(Error::conflict(code)),
        _ => Ok(()),
    }
}

/// Refuses a consequence of silence before the time has run out.
fn after_end(clock: &Option<Clock>, env: &Env) -> Result<()> {
    match clock {
        Some(clock) if !runs(clock, env)? => Ok(()),
        _ => Err(Error::conflict("case.not_due")),
    }
}

/// Gathers the faults of a command's texts, so that all are told at once.
struct Form {
    error: Error,
}

impl Form {
    fn new() -> Form {
        Form { error: Error::invalid("case.fields") }
    }

    /// One needed text on its own.
    fn one(field: &str, text: &str, max: usize) -> Result<String> {
        let mut form = Form::new();
        let text = form.text(field, text, max);
        form.done().map(|()| text)
    }

    /// Names of facts, at least one.
    fn names(facts: &[String]) -> Result<Vec<String>> {
        let mut form = Form::new();
        let facts = form.list("facts", facts);
        if facts.is_empty() {
            form.fault("facts", "required");
        }
        form.done().map(|()| facts)
    }

    /// One text that may be empty, on its own.
    fn any(field: &str, text: &str) -> Result<String> {
        let mut form = Form::new();
        let text = form.optional(field, text);
        form.done().map(|()| text)
    }

    /// A needed text of at most `max` bytes.
    fn text(&mut self, field: &str, text: &str, max: usize) -> String {
        if text.trim().is_empty() {
            self.fault(field, "required");
        }
        self.bounded(field, text, max)
    }

    /// A needed text short enough for a clock to keep.
    fn words(&mut self, field: &str, text: &str) -> String {
        if text.chars().count() > WORDS_CHARS_MAX {
            self.too_long(field, WORDS_CHARS_MAX);
        }
        self.text(field, text, TEXT_MAX)
    }

    fn optional(&mut self, field: &str, text: &str) -> String {
        self.bounded(field, text, TEXT_MAX)
    }

    fn bounded(&mut self, field: &str, text: &str, max: usize) -> String {
        if text.len() > max {
            // Limits are bytes; people are told the characters that surely fit.
            self.too_long(field, max / 4);
            return String::new();
        }
        if text.chars().any(|c| c.is_control() && !matches!(c, '\n' | '\r' | '\t')) {
            self.fault(field, "control");
        }
        text.trim().to_owned()
    }

    /// A list of distinct names.
    fn list(&mut self, field: &str, names: &[String]) -> Vec<String> {
        if names.len() > LIST_MAX {
            self.fault_with(field, "too_many", vec![("max", LIST_MAX.to_string())]);
            return Vec::new();
        }
        let names: Vec<String> = names.iter().map(|name| self.text(field, name, ID_MAX)).collect();
        if names.iter().collect::<BTreeSet<_>>().len() != names.len() {
            self.fault(field, "repeated");
        }
        names
    }

    fn fault(&mut self, field: &str, code: &str) {
        self.fault_with(field, code, Vec::new());
    }

    fn too_long(&mut self, field: &str, max: usize) {
        self.fault_with(field, "too_long", vec![("max", max.to_string())]);
    }

    /// Of several faults of a field the first is told.
    fn fault_with(&mut self, field: &str, code: &str, args: Vec<(&'static str, String)>) {
        let known = self.error.fields.iter().any(|fault| fault.field == field);
        if !known {
            let (field, code) = (field.to_owned(), code.to_owned());
            self.error.fields.push(kernel::error::FieldError { field, code, args });
        }
    }

    fn done(self) -> Result<()> {
        self.error.if_any_field()
    }
}
