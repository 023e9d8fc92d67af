//! Which command is possible in which phase, and where it leads: the one table that commands,
//! menus and the printed reference are read from.
//!
//! Invariant: a command outside the table is refused with a code that tells why.

use super::{CommandName, Phase, Profile, STEPS_MAX, State};
use kernel::{Error, Result};
use std::fmt::Write;

/// A row of the table.
#[derive(Clone, Copy, Debug)]
pub struct Transition {
    /// The command.
    pub command: CommandName,
    /// Phases in which it is possible.
    pub from: &'static [Phase],
    /// Phases to which it leads; empty when the phase stays.
    pub to: &'static [Phase],
}

use Phase::{
    Accepted, Completed, Correcting, Granted, Issued, Lapsed, NotAccepted, Refused, Revoked,
    Submitted, Suspended, Terminated, Waiting, Withdrawn,
};

const UNDECIDED: &[Phase] = &[Waiting, Submitted, Correcting, Accepted, Suspended];
const AT_WORK: &[Phase] = &[Submitted, Correcting, Accepted, Suspended, Granted, Issued];
const TRANSFERABLE: &[Phase] = &[Submitted, Accepted];
const GRANTED: &[Phase] = &[Granted, Issued, Completed];
const REVIEWABLE: &[Phase] =
    &[Waiting, Submitted, Correcting, Accepted, Suspended, Granted, Issued, Completed];

const fn row(command: CommandName, from: &'static [Phase], to: &'static [Phase]) -> Transition {
    Transition { command, from, to }
}

/// The table.
pub const TRANSITIONS: &[Transition] = &[
    row(CommandName::Release, &[Waiting], &[Submitted]),
    row(CommandName::Accept, &[Submitted], &[Accepted]),
    row(CommandName::DeemAccepted, &[Submitted], &[Accepted]),
    row(CommandName::RefuseAcceptance, &[Submitted], &[NotAccepted]),
    row(CommandName::AskCorrection, &[Submitted], &[Correcting]),
    row(CommandName::SupplyCorrection, &[Correcting], &[Submitted]),
    row(CommandName::Lapse, &[Correcting], &[Lapsed]),
    row(CommandName::SupplyTolerated, &[Accepted, Suspended, Granted], &[]),
    row(CommandName::LapseTolerance, &[Accepted, Suspended], &[NotAccepted]),
    row(CommandName::LapseTolerance, &[Granted], &[Revoked]),
    row(CommandName::Suspend, &[Accepted], &[Suspended]),
    row(CommandName::Resume, &[Suspended], &[Accepted]),
    row(CommandName::Extend, &[Accepted, Suspended], &[]),
    row(CommandName::BeginProcedure, &[Accepted], &[]),
    row(CommandName::EndProcedure, &[Accepted, Suspended], &[]),
    row(CommandName::Decide, &[Accepted], &[Granted, Refused]),
    row(CommandName::AwaitPayment, &[Granted], &[]),
    row(CommandName::SettlePayment, &[Granted], &[]),
    row(CommandName::Issue, &[Granted], &[Issued]),
    row(CommandName::Complete, &[Granted, Issued], &[Completed]),
    row(CommandName::BeginCheck, GRANTED, &[]),
    row(CommandName::EndCheck, GRANTED, &[]),
    row(CommandName::ConfirmCheck, GRANTED, &[]),
    row(CommandName::Withdraw, UNDECIDED, &[Withdrawn]),
    row(CommandName::Terminate, UNDECIDED, &[Terminated]),
    row(CommandName::Revoke, GRANTED, &[Revoked]),
    row(CommandName::LoseBasis, GRANTED, &[]),
    row(CommandName::Uphold, GRANTED, &[]),
    row(CommandName::Reopen, &[Refused], &[Accepted]),
    row(CommandName::Reopen, &[Lapsed], &[Correcting]),
    row(CommandName::Reopen, &[NotAccepted], &[Submitted, Accepted]),
    row(CommandName::Reopen, &[Withdrawn, Terminated], &[Submitted, Correcting, Accepted]),
    row(CommandName::Transfer, TRANSFERABLE, &[]),
    row(CommandName::TakeOver, TRANSFERABLE, &[]),
    row(CommandName::DeemTakenOver, TRANSFERABLE, &[]),
    row(CommandName::ReturnTransfer, TRANSFERABLE, &[]),
    row(CommandName::Restore, &[Terminated], &[Waiting]),
    row(CommandName::RequestHumanReview, REVIEWABLE, &[]),
    row(CommandName::DisputeData, UNDECIDED, &[]),
    row(CommandName::CorrectData, UNDECIDED, &[]),
    row(CommandName::Claim, AT_WORK, &[]),
    row(CommandName::Unclaim, AT_WORK, &[]),
    row(CommandName::HandOver, AT_WORK, &[]),
];

/// Commands that the state admits, in the order of the table. Whether the moment is right (a
/// limit not yet run out) and who may act is not said here.
pub fn allowed(profile: &Profile, state: &State) -> Vec<CommandName> {
    CommandName::ALL.into_iter().filter(|name| guard(profile, state, *name).is_ok()).collect()
}

/// Refuses a command the state does not admit.
pub(super) fn guard(profile: &Profile, state: &State, name: CommandName) -> Result<()> {
    if state.at.is_none() {
        return refuse("case.not_open");
    }
    let possible =
        TRANSITIONS.iter().any(|row| row.command == name && row.from.contains(&state.phase));
    if !possible {
        return refuse(reason(state.phase, name));
    }
    let outstanding = !state.outstanding().is_empty();
    let transferring = state.transferring().is_some();
    match name {
        name if transferring && waits_for_transfer(name) => refuse("case.transferring"),
        CommandName::TakeOver | CommandName::DeemTakenOver | CommandName::ReturnTransfer
            if !transferring =>
        {
            refuse("case.no_transfer")
        }
        CommandName::AskCorrection if state.correction.is_some() => {
            refuse("case.correction_only_once")
        }
        CommandName::SupplyTolerated | CommandName::LapseTolerance if !outstanding => {
            refuse("case.nothing_outstanding")
        }
        CommandName::Suspend if profile.special_procedures.is_empty() => {
            refuse("case.no_special_procedure")
        }
        CommandName::Extend if state.extension.is_some() => refuse("case.already_extended"),
        CommandName::Extend if profile.extension_max.is_none() => {
            refuse("case.extension_not_allowed")
        }
        CommandName::Decide if state.examined_by().is_some() => refuse("case.procedure_open"),
        CommandName::BeginProcedure if !profile.examined => refuse("case.no_procedure"),
        CommandName::BeginProcedure if state.procedure.is_some() => refuse("case.procedure_begun"),
        CommandName::EndProcedure if state.examined_by().is_none() => refuse("case.no_procedure"),
        CommandName::Reopen if state.received.is_none() => refuse("case.waiting"),
        // It follows the item it depended on.
        CommandName::Reopen if state.phase == Terminated && state.terminated.is_empty() => {
            refuse("case.ended")
        }
        CommandName::BeginCheck if profile.check.is_none() => refuse("case.no_check"),
        CommandName::BeginCheck if state.check.is_some() => refuse("case.check_begun"),
        CommandName::EndCheck if state.checked_by().is_none() => refuse("case.no_check"),
        CommandName::ConfirmCheck if !state.found_nothing() => refuse("case.check_found"),
        CommandName::Uphold if !state.is_questioned() => refuse("case.basis_stands"),
        CommandName::Restore if state.received.is_some() => refuse("case.ended"),
        CommandName::AwaitPayment if state.awaits_payment() => refuse("case.payment_due"),
        CommandName::SettlePayment if !state.awaits_payment() => refuse("case.no_payment_due"),
        CommandName::Issue | CommandName::Complete if state.awaits_payment() => {
            refuse("case.payment_due")
        }
        CommandName::Issue if !profile.licence => refuse("case.no_licence"),
        CommandName::Complete if state.phase == Granted && profile.licence => {
            refuse("case.not_issued")
        }
        CommandName::Issue | CommandName::Complete if outstanding => {
            refuse("case.tolerance_outstanding")
        }
        CommandName::RequestHumanReview if state.human_review_requested => {
            refuse("case.human_review_already")
        }
        CommandName::RequestHumanReview
            if state.decided.as_ref().is_some_and(|decided| !decided.automatic) =>
        {
            refuse("case.decided_by_person")
        }
        CommandName::Unclaim | CommandName::HandOver if state.assignee.is_empty() => {
            refuse("case.not_claimed")
        }
        CommandName::DisputeData
        | CommandName::CorrectData
        | CommandName::Claim
        | CommandName::Unclaim
        | CommandName::HandOver
        | CommandName::Suspend
        | CommandName::Transfer
            if state.revision >= STEPS_MAX =>
        {
            Err(Error::limited("case.too_many_steps").arg("max", STEPS_MAX))
        }
        _ => Ok(()),
    }
}

/// True for what the agency that hands a case over does no more, and the other does not do yet. The
/// applicant's acts and the clocks wait for neither.
fn waits_for_transfer(name: CommandName) -> bool {
    matches!(
        name,
        CommandName::Accept
            | CommandName::RefuseAcceptance
            | CommandName::AskCorrection
            | CommandName::Suspend
            | CommandName::Extend
            | CommandName::BeginProcedure
            | CommandName::Decide
            | CommandName::Transfer
            | CommandName::Claim
            | CommandName::Unclaim
            | CommandName::HandOver
    )
}

fn refuse(code: &'static str) -> Result<()> {
    Err(Error::conflict(code))
}

/// Why the phase does not admit the command.
fn reason(phase: Phase, name: CommandName) -> &'static str {
    match (phase, name) {
        (phase, CommandName::Reopen) if !phase.is_final() => "case.not_ended",
        (Waiting, _) => "case.waiting",
        (_, CommandName::Release) => "case.already_released",
        (Submitted, CommandName::SupplyCorrection | CommandName::Lapse) => {
            "case.no_correction_asked"
        }
        (Submitted, _) => "case.not_accepted",
        (Correcting, _) => "case.correcting",
        (Accepted, CommandName::Resume) => "case.not_suspended",
        (Accepted, CommandName::Issue | CommandName::Complete | CommandName::Revoke) => {
            "case.not_decided"
        }
        (Accepted, _) => "case.already_accepted",
        (Suspended, _) => "case.suspended",
        (Issued, CommandName::Issue) => "case.already_issued",
        (Granted | Issued | Completed | Refused, _) => "case.already_decided",
        (Revoked, _) => "case.revoked",
        (Withdrawn, CommandName::Withdraw) => "case.withdrawn_already",
        (NotAccepted | Withdrawn | Lapsed | Terminated, _) => "case.ended",
    }
}

/// The table as text, by phase, with the refusals of what is not possible.
pub fn print_transitions() -> String {
    let mut out = String::from(
        "Transitions of a case: phase, command, phase after it.\n\
         Below each phase, the refusals of the other commands. Made from the code; do not edit.\n",
    );
    for phase in Phase::ALL {
        let _ = write!(out, "\n{}", phase.as_str());
        let _ = writeln!(out, "{}", if phase.is_final() { " (final)" } else { "" });
        for transition in TRANSITIONS.iter().filter(|row| row.from.contains(&phase)) {
            let to: Vec<&str> = transition.to.iter().map(|to| to.as_str()).collect();
            let to = if to.is_empty() { "(stays)".to_owned() } else { to.join(" | ") };
            let _ = writeln!(out, "  {:<22}{to}", transition.command.as_str());
        }
        let mut refusals: Vec<(&str, Vec<&str>)> = Vec::new();
        for name in CommandName::ALL {
            if TRANSITIONS.iter().any(|row| row.command == name && row.from.contains(&phase)) {
                continue;
            }
            let code = reason(phase, name);
            match refusals.iter_mut().find(|(known, _)| *known == code) {
                Some((_, names)) => names.push(name.as_str()),
                None => refusals.push((code, vec![name.as_str()])),
            }
        }
        for (code, names) in refusals {
            let _ = writeln!(out, "  ! {code}: {}", names.join(", "));
        }
    }
    out
}
