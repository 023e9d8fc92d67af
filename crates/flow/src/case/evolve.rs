//! The state after an event. Total: it never refuses, since what it is given has happened.
//!
//! Invariants: reads nothing but the state and the event; `revision` counts events.

use super::event::{Change, Event};
use super::state::{
    BasisLost, Check, Checked, Clocks, Correction, Decided, Extension, Opinion, Phase, Procedure,
    Proposal, Reopening, State, Suspension, Tolerated, Transfer,
};
use kernel::Timestamp;
use kernel::calendar::{Clock, Limit};

/// The state after the events, from nothing.
pub fn fold(events: &[Event]) -> State {
    events.iter().fold(State::default(), evolve)
}

/// The state after the event.
pub fn evolve(mut state: State, event: &Event) -> State {
    let at = event.at;
    state.revision += 1;
    state.at = Some(at);
    match &event.change {
        Change::Opened { calendar_version } => {
            state.calendar_version.clone_from(calendar_version);
        }
        Change::Released { acceptance } => {
            state.phase = Phase::Submitted;
            state.received = Some(at);
            state.clocks.acceptance = start(at, *acceptance);
        }
        Change::Accepted { .. } | Change::DeemedAccepted { .. } => accept(&mut state, event),
        Change::AcceptanceRefused { reasons, .. } => {
            note(&mut state, event, "refuse_acceptance", reasons);
            end(&mut state, Phase::NotAccepted, at);
        }
        Change::CorrectionAsked { .. }
        | Change::CorrectionSupplied { .. }
        | Change::CorrectionLapsed => correct(&mut state, event),
        Change::ToleratedSupplied { .. } | Change::ToleranceLapsed { .. } => {
            tolerate(&mut state, event);
        }
        Change::Suspended { .. } | Change::Resumed { .. } => suspend(&mut state, event),
        Change::Extended { .. } => extend(&mut state, event),
        Change::ProcedureBegun { .. } | Change::ProcedureEnded { .. } => examine(&mut state, event),
        Change::Decided { .. } => decided(&mut state, event),
        Change::PaymentAwaited { cause, article, delivery } => {
            let clock = &mut state.clocks.delivery;
            *clock = clock.take().or_else(|| start(at, *delivery));
            // `decide` has tried the same on a copy.
            let _ = clock.as_mut().map(|clock| clock.pause(at, cause, article));
        }
        Change::PaymentSettled => {
            let _ = state.clocks.delivery.as_mut().map(|clock| clock.resume(at));
        }
        Change::Issued { licence } => {
            state.phase = Phase::Issued;
            state.licence.clone_from(licence);
            stop(&mut state.clocks.delivery, at);
        }
        Change::Completed => end(&mut state, Phase::Completed, at),
        Change::CheckBegun { .. } | Change::CheckEnded { .. } | Change::CheckConfirmed { .. } => {
            check(&mut state, event)
        }
        Change::Withdrawn { reason } => {
            note(&mut state, event, "withdraw", reason);
            end(&mut state, Phase::Withdrawn, at);
        }
        Change::Terminated { reason, article } => {
            note(&mut state, event, "terminate", reason);
            state.terminated.clone_from(article);
            end(&mut state, Phase::Terminated, at);
        }
        Change::Revoked { reason, .. } => {
            note(&mut state, event, "revoke", reason);
            state.basis_lost = None;
            end(&mut state, Phase::Revoked, at);
        }
        Change::BasisLost { item, review } => {
            state.basis_lost = Some(BasisLost { item: item.clone(), at });
            question(&mut state, at, *review);
        }
        Change::Upheld { opinion, .. } => {
            note(&mut state, event, "uphold", opinion);
            state.basis_lost = None;
            state.upheld = Some(at);
            stop(&mut state.clocks.review, at);
        }
        Change::Reopened { .. } => reopen(&mut state, event),
        Change::Transferred { .. } | Change::TakenOver { .. } | Change::TransferReturned { .. } => {
            transfer(&mut state, event)
        }
        Change::Restored { reason } => {
            note(&mut state, event, "restore", reason);
            state.phase = Phase::Waiting;
        }
        Change::HumanReviewRequested { review } => {
            (state.human_review_requested, state.upheld) = (true, None);
            question(&mut state, at, *review);
        }
        Change::DataDisputed { facts } => state.disputed.extend(facts.iter().cloned()),
        Change::DataCorrected { facts } => {
            for fact in facts {
                state.disputed.remove(fact);
                state.corrected.insert(fact.clone(), at);
            }
        }
        Change::Claimed { officer } => state.assignee.clone_from(officer),
        Change::Unclaimed => state.assignee.clear(),
        Change::HandedOver { to, reason } => {
            note(&mut state, event, "hand_over", reason);
            state.assignee.clone_from(to);
        }
    }
    state
}

/// A grant came into question: the time to say whether it stands runs, from the first such event.
fn question(state: &mut State, at: Timestamp, review: Option<Limit>) {
    if state.clocks.review.as_ref().is_none_or(|clock| clock.stopped.is_some()) {
        state.clocks.review = review.and_then(|limit| start(at, limit));
    }
}

fn accept(state: &mut State, event: &Event) {
    let (from, promised, statutory, version) = match &event.change {
        Change::Accepted { promised, statutory, calendar_version, .. } => {
            (event.at, *promised, *statutory, calendar_version)
        }
        Change::DeemedAccepted { from, promised, statutory, calendar_version } => {
            (*from, *promised, *statutory, calendar_version)
        }
        _ => return,
    };
    state.phase = Phase::Accepted;
    state.accepted = Some(from);
    state.calendar_version.clone_from(version);
    stop(&mut state.clocks.acceptance, event.at);
    state.clocks.promised = start(from, promised);
    state.clocks.statutory = statutory.and_then(|law| start(from, law));
    if let Change::Accepted { tolerated, promise, tolerance: Some(limit), .. } = &event.change {
        state.clocks.tolerance = start(event.at, *limit);
        state.tolerated = Some(Tolerated {
            materials: tolerated.iter().map(|material| (material.clone(), None)).collect(),
            promise: promise.clone(),
        });
    }
}

fn correct(state: &mut State, event: &Event) {
    let at = event.at;
    match &event.change {
        Change::CorrectionAsked { fields, materials, note, limit } => {
            state.phase = Phase::Correcting;
            stop(&mut state.clocks.acceptance, at);
            state.clocks.correction = start(at, *limit);
            state.correction = Some(Correction {
                fields: fields.clone(),
                materials: materials.clone(),
                note: note.clone(),
                asked: at,
                supplied: None,
            });
        }
        Change::CorrectionSupplied { acceptance, .. } => {
            // Only now is the application complete, so the time to accept counts from here.
            state.phase = Phase::Submitted;
            state.received = Some(at);
            stop(&mut state.clocks.correction, at);
            state.clocks.acceptance = start(at, *acceptance);
            if let Some(correction) = &mut state.correction {
                correction.supplied = Some(at);
            }
        }
        _ => end(state, Phase::Lapsed, at),
    }
}

fn tolerate(state: &mut State, event: &Event) {
    match &event.change {
        Change::ToleratedSupplied { material } => {
            if let Some(tolerated) = &mut state.tolerated
                && let Some(supplied) = tolerated.materials.get_mut(material)
            {
                *supplied = Some(event.at);
            }
            if state.outstanding().is_empty() {
                stop(&mut state.clocks.tolerance, event.at);
            }
        }
        Change::ToleranceLapsed { materials } => {
            note(state, event, "lapse_tolerance", &materials.join("、"));
            // A grant made on the promise falls with it; before, there is only acceptance to fall.
            let granted = state.phase == Phase::Granted;
            let phase = if granted { Phase::Revoked } else { Phase::NotAccepted };
            end(state, phase, event.at);
        }
        _ => {}
    }
}

fn suspend(state: &mut State, event: &Event) {
    let at = event.at;
    match &event.change {
        Change::Suspended { procedure, cause, document, article, needed, max, promise_only } => {
            state.phase = Phase::Suspended;
            let statutory = state.clocks.statutory.as_mut().filter(|_| !promise_only);
            for clock in state.clocks.promised.iter_mut().chain(statutory) {
                // `decide` has tried the same on a copy.
                let _ = clock.pause(at, cause, article);
            }
            state.clocks.procedure = max.and_then(|limit| start(at, limit));
            state.suspensions.push(Suspension {
                procedure: procedure.clone(),
                document: document.clone(),
                article: article.clone(),
                needed: needed.clone(),
                from: at,
                until: None,
                result: String::new(),
            });
        }
        Change::Resumed { result } => {
            state.phase = Phase::Accepted;
            for clock in [&mut state.clocks.promised, &mut state.clocks.statutory] {
                let _ = clock.as_mut().map(|clock| clock.resume(at));
            }
            stop(&mut state.clocks.procedure, at);
            if let Some(last) = state.suspensions.last_mut() {
                last.until = Some(at);
                last.result.clone_from(result);
            }
        }
        _ => {}
    }
}

fn extend(state: &mut State, event: &Event) {
    let Change::Extended { amount, reason, article, promised } = &event.change else { return };
    let extension = kernel::calendar::Extension {
        amount: amount.amount,
        at: event.at,
        approver: event.actor.clone(),
        reason: reason.clone(),
        article: article.clone(),
    };
    // Set, not asked for: whether it may be granted was decided with the calendar of that day.
    if *promised && let Some(clock) = &mut state.clocks.promised {
        clock.extension = Some(extension.clone());
    }
    if let Some(clock) = &mut state.clocks.statutory {
        clock.extension = Some(extension);
    }
    state.extension =
        Some(Extension { amount: *amount, reason: reason.clone(), article: article.clone() });
    note(state, event, "extend", reason);
}

fn examine(state: &mut State, event: &Event) {
    match &event.change {
        Change::ProcedureBegun { instance, process, version } => {
            state.procedure = Some(Procedure {
                instance: instance.clone(),
                process: process.clone(),
                version: *version,
                ended: None,
            });
        }
        Change::ProcedureEnded { end, granted, opinion, .. } => {
            if let Some(procedure) = &mut state.procedure {
                procedure.ended = Some(Proposal {
                    at: event.at,
                    end: end.clone(),
                    granted: *granted,
                    opinion: opinion.clone(),
                });
            }
        }
        _ => {}
    }
}

/// Back to where the work had come to: examined when it had been accepted, mended when that was
/// asked and not done, else received.
fn reopen(state: &mut State, event: &Event) {
    let Change::Reopened {
        reason,
        article,
        acceptance,
        correction,
        promised,
        statutory,
        tolerance,
        calendar_version,
    } = &event.change
    else {
        return;
    };
    let at = event.at;
    state.reopenings.push(Reopening {
        at,
        by: event.actor.clone(),
        reason: reason.clone(),
        article: article.clone(),
        was: state.phase,
        decided: state.decided.take(),
        promised: state.clocks.promised.take(),
        statutory: state.clocks.statutory.take(),
        extension: state.extension.take(),
        procedure: state.procedure.take(),
    });
    state.calendar_version.clone_from(calendar_version);
    state.terminated.clear();
    let unmended = state.correction.as_ref().is_some_and(|asked| asked.supplied.is_none());
    if state.accepted.is_some() {
        state.phase = Phase::Accepted;
        state.clocks.promised = start(at, *promised);
        state.clocks.statutory = statutory.and_then(|law| start(at, law));
        if let Some(limit) = tolerance {
            state.clocks.tolerance = start(at, *limit);
        }
    } else if unmended {
        state.phase = Phase::Correcting;
        state.clocks.correction = start(at, *correction);
    } else {
        state.phase = Phase::Submitted;
        state.clocks.acceptance = start(at, *acceptance);
    }
    note(state, event, "reopen", reason);
}

/// What the former agency's examination came to binds nobody: the other examines anew.
fn transfer(state: &mut State, event: &Event) {
    let at = event.at;
    if let Change::Transferred { from, to, reason, article, limit } = &event.change {
        note(state, event, "transfer", reason);
        state.clocks.transfer = start(at, *limit);
        state.transfers.push(Transfer {
            at,
            by: event.actor.clone(),
            from: from.clone(),
            to: to.clone(),
            reason: reason.clone(),
            article: article.clone(),
            until: None,
            taken: false,
            procedure: None,
        });
        return;
    }
    stop(&mut state.clocks.transfer, at);
    let taken = matches!(event.change, Change::TakenOver { .. });
    if let Some(last) = state.transfers.last_mut() {
        last.until = Some(at);
        last.taken = taken;
        if taken {
            last.procedure = state.procedure.take();
            state.assignee.clear();
        }
    }
    if let Change::TransferReturned { reason } = &event.change {
        note(state, event, "return_transfer", reason);
    }
}

fn check(state: &mut State, event: &Event) {
    match &event.change {
        Change::CheckBegun { instance, process, version, limit } => {
            state.clocks.check = start(event.at, *limit);
            state.check = Some(Check {
                instance: instance.clone(),
                process: process.clone(),
                version: *version,
                ended: None,
            });
        }
        Change::CheckEnded { end, kept, opinion, .. } => {
            // A promise that was not kept has a consequence, for which the time runs on.
            if *kept == Some(true) {
                stop(&mut state.clocks.check, event.at);
            }
            if let Some(check) = &mut state.check {
                check.ended = Some(Checked {
                    at: event.at,
                    end: end.clone(),
                    kept: *kept,
                    opinion: opinion.clone(),
                    confirmed_by: String::new(),
                });
            }
        }
        Change::CheckConfirmed { opinion, .. } => {
            stop(&mut state.clocks.check, event.at);
            if let Some(ended) = state.check.as_mut().and_then(|check| check.ended.as_mut()) {
                ended.kept = Some(true);
                ended.opinion.clone_from(opinion);
                ended.confirmed_by.clone_from(&event.actor);
            }
        }
        _ => {}
    }
}

fn decided(state: &mut State, event: &Event) {
    let Change::Decided { granted, opinion, automatic, delivery, .. } = &event.change else {
        return;
    };
    let at = event.at;
    note(state, event, "decide", opinion);
    stop(&mut state.clocks.promised, at);
    stop(&mut state.clocks.statutory, at);
    state.decided = Some(Decided {
        granted: *granted,
        automatic: automatic.is_some(),
        at,
        by: event.actor.clone(),
    });
    if *granted {
        state.phase = Phase::Granted;
        state.clocks.delivery = delivery.and_then(|limit| start(at, limit));
    } else {
        end(state, Phase::Refused, at);
    }
}

/// Ends the case, and every clock that still runs; a later check goes on until the grant falls.
fn end(state: &mut State, phase: Phase, at: Timestamp) {
    state.phase = phase;
    for clock in all(&mut state.clocks) {
        stop(clock, at);
    }
    if phase != Phase::Completed {
        stop(&mut state.clocks.check, at);
        stop(&mut state.clocks.review, at);
    }
    if let Some(last) = state.suspensions.last_mut() {
        last.until.get_or_insert(at);
    }
    if let Some(last) = state.transfers.last_mut() {
        last.until.get_or_insert(at);
    }
}

fn all(clocks: &mut Clocks) -> [&mut Option<Clock>; 8] {
    [
        &mut clocks.acceptance,
        &mut clocks.correction,
        &mut clocks.promised,
        &mut clocks.statutory,
        &mut clocks.tolerance,
        &mut clocks.procedure,
        &mut clocks.delivery,
        &mut clocks.transfer,
    ]
}

fn start(at: Timestamp, limit: Limit) -> Option<Clock> {
    Clock::new(at, limit).ok()
}

/// Stops the clock when it runs; one that has stopped keeps its end.
fn stop(clock: &mut Option<Clock>, at: Timestamp) {
    if let Some(clock) = clock.as_mut().filter(|clock| clock.stopped.is_none()) {
        let _ = clock.stop(at);
    }
}

fn note(state: &mut State, event: &Event, step: &str, text: &str) {
    if !text.is_empty() {
        state.opinions.push(Opinion {
            at: event.at,
            by: event.actor.clone(),
            step: step.to_owned(),
            text: text.to_owned(),
        });
    }
}
