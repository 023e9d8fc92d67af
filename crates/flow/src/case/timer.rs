//! What must happen by when, if nobody acts before: read from the running clocks.
//!
//! Invariant: a case that is final has no timers but of its later check and of a grant that came into
//! question; a clock that stands still has none.

use super::{Clocks, Command, State};
use kernel::calendar::{Calendar, Clock, Lamp, Unit};
use kernel::time::DAY_US;
use kernel::{Result, Timestamp};
use serde::{Deserialize, Serialize};

/// Something due.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Timer {
    /// When.
    pub at: Timestamp,
    /// What.
    pub name: TimerName,
}

/// What is due. A warning falls when the clock's lamp turns yellow, the other when it turns red.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TimerName {
    /// Tell the officer that silence will soon be acceptance.
    AcceptanceWarning,
    /// Accept by silence.
    AcceptanceLapse,
    /// Remind the applicant to mend.
    CorrectionWarning,
    /// End the case: not mended.
    CorrectionLapse,
    /// Remind the applicant of tolerated materials.
    ToleranceWarning,
    /// Revoke acceptance: not supplied.
    ToleranceLapse,
    /// 预警 of the promised time.
    PromisedWarning,
    /// 黄牌: the promise is broken.
    PromisedOverdue,
    /// 预警 of the statutory time.
    StatutoryWarning,
    /// 红牌: the law is broken.
    StatutoryOverdue,
    /// The special procedure takes longer than the law lets it.
    ProcedureOverdue,
    /// Tell the officer that the licence must be delivered soon.
    DeliveryWarning,
    /// The licence has not been delivered in time.
    DeliveryOverdue,
    /// Give the case to the agency that has not answered.
    TransferLapse,
    /// Tell the officer that what was promised must be checked soon.
    CheckWarning,
    /// What was promised has not been checked in time, or its breach had no consequence.
    CheckOverdue,
    /// Tell the head that he must soon say whether a grant stands.
    ReviewWarning,
    /// Nobody has said whether the grant stands.
    ReviewOverdue,
}

impl TimerName {
    /// The name as JSON and job queues write it.
    pub fn as_str(self) -> &'static str {
        match self {
            TimerName::AcceptanceWarning => "acceptance_warning",
            TimerName::AcceptanceLapse => "acceptance_lapse",
            TimerName::CorrectionWarning => "correction_warning",
            TimerName::CorrectionLapse => "correction_lapse",
            TimerName::ToleranceWarning => "tolerance_warning",
            TimerName::ToleranceLapse => "tolerance_lapse",
            TimerName::PromisedWarning => "promised_warning",
            TimerName::PromisedOverdue => "promised_overdue",
            TimerName::StatutoryWarning => "statutory_warning",
            TimerName::StatutoryOverdue => "statutory_overdue",
            TimerName::ProcedureOverdue => "procedure_overdue",
            TimerName::DeliveryWarning => "delivery_warning",
            TimerName::DeliveryOverdue => "delivery_overdue",
            TimerName::TransferLapse => "transfer_lapse",
            TimerName::CheckWarning => "check_warning",
            TimerName::CheckOverdue => "check_overdue",
            TimerName::ReviewWarning => "review_warning",
            TimerName::ReviewOverdue => "review_overdue",
        }
    }

    /// The command the platform gives when the timer fires; `None` when it only tells somebody.
    pub fn command(self) -> Option<Command> {
        match self {
            TimerName::AcceptanceLapse => Some(Command::DeemAccepted),
            TimerName::CorrectionLapse => Some(Command::Lapse),
            TimerName::ToleranceLapse => Some(Command::LapseTolerance),
            TimerName::TransferLapse => Some(Command::DeemTakenOver),
            _ => None,
        }
    }
}

/// Every timer of the state, by time. All are listed, also those whose time has passed: the
/// caller keeps which have fired, by name and instant. Errors: the calendar's.
pub fn timers(state: &State, calendar: &Calendar) -> Result<Vec<Timer>> {
    let mut out = Vec::new();
    for (clock, warning, end) in running(&state.clocks) {
        let Some(due) = clock.due(calendar)? else { continue };
        out.push(Timer { at: due, name: end });
        if let Some(name) = warning {
            let at = warns(clock, due, calendar)?;
            if at < due {
                out.push(Timer { at, name });
            }
        }
    }
    out.sort_unstable();
    Ok(out)
}

/// Refuses a state whose deadlines the calendar cannot tell. Errors: the calendar's.
pub(super) fn check(state: &State, calendar: &Calendar) -> Result<()> {
    running(&state.clocks).try_for_each(|(clock, _, _)| clock.due(calendar).map(|_| ()))
}

/// Clocks not stopped, each with its warning and its end.
fn running(clocks: &Clocks) -> impl Iterator<Item = (&Clock, Option<TimerName>, TimerName)> {
    use TimerName as T;
    [
        (&clocks.acceptance, Some(T::AcceptanceWarning), T::AcceptanceLapse),
        (&clocks.correction, Some(T::CorrectionWarning), T::CorrectionLapse),
        (&clocks.tolerance, Some(T::ToleranceWarning), T::ToleranceLapse),
        (&clocks.promised, Some(T::PromisedWarning), T::PromisedOverdue),
        (&clocks.statutory, Some(T::StatutoryWarning), T::StatutoryOverdue),
        (&clocks.procedure, None, T::ProcedureOverdue),
        (&clocks.delivery, Some(T::DeliveryWarning), T::DeliveryOverdue),
        (&clocks.transfer, None, T::TransferLapse),
        (&clocks.check, Some(T::CheckWarning), T::CheckOverdue),
        (&clocks.review, Some(T::ReviewWarning), T::ReviewOverdue),
    ]
    .into_iter()
    .filter_map(|(clock, warning, end)| Some((clock.as_ref()?, warning, end)))
    .filter(|(clock, _, _)| clock.stopped.is_none())
}

/// The first instant from the clock's start at which its lamp is no longer green; `due` when it
/// stays green to the end. The lamp only ever darkens, so halving finds it.
fn warns(clock: &Clock, due: Timestamp, calendar: &Calendar) -> Result<Timestamp> {
    // The lamp of a day limit changes at midnights alone.
    let (base, step) = match clock.limit.unit {
        Unit::Hour => (clock.started, 1),
        Unit::WorkingDay | Unit::CalendarDay => (Timestamp::start_of(clock.started.date()), DAY_US),
    };
    let (mut green, mut dark) = (-1, due.since(base).max(0).div_euclid(step));
    while dark - green > 1 {
        let middle = green + (dark - green) / 2;
        if clock.lamp(base.plus_us(middle * step), calendar)? == Lamp::Green {
            green = middle;
        } else {
            dark = middle;
        }
    }
    Ok(base.plus_us(dark * step))
}
