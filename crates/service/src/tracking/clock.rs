//! The days of a case's clock as the page draws them.

use crate::case::{ClockShown, Moment, Shown};
use jiff::civil::Date;
use kernel::calendar::{Calendar, Unit};
use kernel::{Result, Timestamp};
use serde::Serialize;

/// Days drawn at most: two rows and a half of a month of working days.
const DAYS_MAX: usize = 63;

/// One day of the drawing.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct Day {
    /// `used`, `paused`, `today`, `promise`, `late`; empty for days within the law.
    pub(crate) state: &'static str,
    /// `9/15` where a label stands.
    pub(crate) label: String,
    /// Printed strong.
    pub(crate) strong: bool,
}

/// A clock as the page draws it.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct ClockView {
    /// End of the promise.
    pub(crate) promise_date: Moment,
    /// Promised amount and unit.
    pub(crate) promise: (i64, &'static str),
    /// Units used; none while a year's notice is missing.
    pub(crate) used: Option<i64>,
    /// End allowed by law; none where the law sets none.
    pub(crate) legal_date: Option<Moment>,
    /// Amount and unit allowed by law.
    pub(crate) legal: Option<(i64, &'static str)>,
    /// Whole days it stood still.
    pub(crate) paused_days: i64,
    /// Days, first to last; empty for hours.
    pub(crate) days: Vec<Day>,
}

/// Name of a unit, as in the sentence `service.unit.<name>`.
pub(crate) fn unit(unit: Unit) -> &'static str {
    match unit {
        Unit::WorkingDay => "working_day",
        Unit::CalendarDay => "calendar_day",
        Unit::Hour => "hour",
    }
}

/// The clock of a case: none before acceptance, and none while it stands still, when there is no
/// end to tell. Errors: the calendar's.
pub(crate) fn clock_view(
    case: &Shown,
    calendar: &Calendar,
    now: Timestamp,
) -> Result<Option<ClockView>> {
    let find = |name: &str| case.clocks.iter().find(|clock| clock.name == name);
    let Some(promised) = find("promised") else { return Ok(None) };
    let Some(promise_date) = promised.due else { return Ok(None) };
    let law = find("statutory").and_then(|law| Some((law, law.due?)));
    let last = law.map_or(promise_date, |(_, due)| due);
    let days = match promised.limit.unit {
        Unit::Hour => Vec::new(),
        Unit::WorkingDay | Unit::CalendarDay => days(promised, promise_date, last, calendar, now)?,
    };
    let amount = |clock: &ClockShown| {
        (i64::from(clock.limit.amount) + i64::from(clock.extended), unit(clock.limit.unit))
    };
    Ok(Some(ClockView {
        promise_date: Moment(promise_date.0.plus_us(-1)),
        promise: amount(promised),
        used: promised.used,
        legal_date: law.map(|(_, due)| Moment(due.0.plus_us(-1))),
        legal: law.map(|(clock, _)| amount(clock)),
        paused_days: promised.paused_days,
        days,
    }))
}

fn days(
    clock: &ClockShown,
    promise: Moment,
    legal: Moment,
    calendar: &Calendar,
    now: Timestamp,
) -> Result<Vec<Day>> {
    let today = clock.stopped.map_or(now, |stopped| stopped.0).date();
    let (promise, legal) = (promise.0.plus_us(-1).date(), legal.0.plus_us(-1).date());
    let mut day = clock.started.0.date();
    let mut out = Vec::new();
    while day < legal.max(promise) && out.len() < DAYS_MAX {
        let Ok(next) = day.tomorrow() else { break };
        day = next;
        if clock.limit.unit == Unit::WorkingDay && !calendar.is_working(day)? {
            continue;
        }
        let strong = day == today || day == promise || day == legal;
        let state = match () {
            () if paused_on(clock, day) => "paused",
            () if day == today => "today",
            () if day < today && day > promise => "late",
            () if day < today => "used",
            () if day <= promise => "promise",
            () => "",
        };
        let label = if strong || out.is_empty() {
            format!("{}/{}", day.month(), day.day())
        } else {
            String::new()
        };
        out.push(Day { state, label, strong });
    }
    Ok(out)
}

/// A day on which the clock stood still at its end.
fn paused_on(clock: &ClockShown, day: Date) -> bool {
    clock.pauses.iter().any(|pause| {
        let until = pause.to.map_or(Date::MAX, |to| to.0.date());
        pause.from.0.date() <= day && day < until
    })
}
