//! Times a diagram names, as ISO 8601 writes them: a date, a duration, a repetition; and periods of
//! working days, which the law counts by.
//!
//! Invariants
//! - Which days are working days is told by [`WorkingDays`]; here they are only counted out.
//! - Years and months are counted in China's civil calendar, the rest in elapsed time.
//! - Parsing and adding never fail silently: what cannot be computed is `None`.

use jiff::Span;
use jiff::civil::DateTime;
use kernel::calendar::{AMOUNT_MAX, Calendar, Limit, Unit};
use kernel::time::{DAY_US, HOUR_US, SECOND_US};
use kernel::{Result, Timestamp};
use serde::{Deserialize, Serialize};

/// Longest duration of a timer, in days: a hundred years outlives every procedure.
const DAYS_MAX: i64 = 36_600;
/// Shortest pause of a repetition: a shorter one would only keep the platform busy.
const PERIOD_MIN_US: i64 = SECOND_US;

/// A duration.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Duration {
    /// Years and months, in months.
    pub months: u32,
    /// The rest, in microseconds.
    pub us: i64,
}

/// Who knows which days are working days.
pub trait WorkingDays {
    /// The instant at which a period of so many working days that begins now has run out.
    /// Errors: what is missing to tell, such as the notices of a year.
    fn end(&self, from: Timestamp, days: u32) -> Result<Timestamp>;
}

impl WorkingDays for Calendar {
    fn end(&self, from: Timestamp, days: u32) -> Result<Timestamp> {
        self.deadline(from, Limit::new(days, Unit::WorkingDay)?)
    }
}

/// Reads a period of working days, `5wd`.
pub fn working_days(text: &str) -> Option<u32> {
    let digits = text.trim().strip_suffix("wd")?.trim_end();
    let plain = !digits.is_empty() && digits.chars().all(|c| c.is_ascii_digit());
    digits.parse().ok().filter(|days| plain && *days <= AMOUNT_MAX)
}

/// When a timer is due.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Due {
    /// First instant.
    pub at: Timestamp,
    /// How it repeats.
    pub cycle: Option<Cycle>,
}

/// How a timer repeats.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cycle {
    /// Times still to come after the next; `None` without end.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub left: Option<u32>,
    /// From one to the next.
    pub every: Duration,
}

impl std::fmt::Display for Duration {
    /// As it is read: `P14M3DT5H6M7.5S`.
    fn fmt(&self, to: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        to.write_str("P")?;
        if self.months > 0 {
            write!(to, "{}M", self.months)?;
        }
        let (days, rest) = (self.us / DAY_US, self.us % DAY_US);
        if days > 0 || (rest == 0 && self.months == 0) {
            write!(to, "{days}D")?;
        }
        if rest == 0 {
            return Ok(());
        }
        to.write_str("T")?;
        let minute = 60 * SECOND_US;
        for (amount, unit) in [(rest / HOUR_US, 'H'), (rest % HOUR_US / minute, 'M')] {
            if amount > 0 {
                write!(to, "{amount}{unit}")?;
            }
        }
        match (rest % minute / SECOND_US, rest % SECOND_US) {
            (0, 0) => Ok(()),
            (seconds, 0) => write!(to, "{seconds}S"),
            (seconds, micros) => write!(to, "{seconds}.{micros:06}S"),
        }
    }
}

impl Duration {
    /// Reads `P1Y2M3W4DT5H6M7.5S`.
    pub fn parse(text: &str) -> Option<Duration> {
        let rest = text.strip_prefix('P')?;
        let (date, time) = match rest.split_once('T') {
            Some((_, "")) => return None,
            Some((date, time)) => (date, time),
            None => (rest, ""),
        };
        if date.is_empty() && time.is_empty() {
            return None;
        }
        let mut duration = Duration::default();
        parts(date, "YMWD", &mut |unit, whole, fraction| {
            let unit_us = match unit {
                'Y' | 'M' if fraction == 0 => {
                    let months = if unit == 'Y' { whole.checked_mul(12)? } else { whole };
                    duration.months = duration.months.checked_add(u32::try_from(months).ok()?)?;
                    return Some(());
                }
                'W' => 7 * DAY_US,
                'D' => DAY_US,
                _ => return None,
            };
            duration.add(unit_us, whole, fraction)
        })?;
        parts(time, "HMS", &mut |unit, whole, fraction| {
            let unit_us = match unit {
                'H' => HOUR_US,
                'M' => 60 * SECOND_US,
                _ => SECOND_US,
            };
            duration.add(unit_us, whole, fraction)
        })?;
        let days = i64::from(duration.months).checked_mul(31)?.checked_add(duration.us / DAY_US)?;
        (days <= DAYS_MAX).then_some(duration)
    }

    fn add(&mut self, unit_us: i64, whole: i64, micros: i64) -> Option<()> {
        let fraction = i128::from(unit_us) * i128::from(micros) / 1_000_000;
        let us = unit_us.checked_mul(whole)?.checked_add(i64::try_from(fraction).ok()?)?;
        self.us = self.us.checked_add(us)?;
        Some(())
    }

    /// The instant that much later.
    pub fn after(self, from: Timestamp) -> Option<Timestamp> {
        let mut at = from;
        if self.months > 0 {
            let span = Span::new().try_months(self.months).ok()?;
            let moved: DateTime = from.civil().checked_add(span).ok()?;
            at = Timestamp::from_civil(moved);
        }
        at.0.checked_add(self.us).map(Timestamp)
    }

    fn is_pause(self) -> bool {
        self.months > 0 || self.us >= PERIOD_MIN_US
    }
}

/// Reads numbers each followed by one of the units in their order.
fn parts(
    text: &str,
    units: &str,
    take: &mut dyn FnMut(char, i64, i64) -> Option<()>,
) -> Option<()> {
    let mut units = units.chars();
    let mut rest = text;
    while !rest.is_empty() {
        let end = rest.find(|c: char| !c.is_ascii_digit() && c != '.')?;
        let (number, tail) = rest.split_at(end);
        let unit = tail.chars().next()?;
        units.by_ref().find(|known| *known == unit)?;
        let (whole, fraction) = number.split_once('.').unwrap_or((number, "0"));
        if whole.is_empty() || whole.len() > 12 || fraction.is_empty() || fraction.len() > 6 {
            return None;
        }
        let micros: i64 = format!("{fraction:0<6}").parse().ok()?;
        take(unit, whole.parse().ok()?, micros)?;
        rest = tail.get(unit.len_utf8()..)?;
    }
    Some(())
}

/// Reads a date or date and time; without an offset it is China's.
pub fn parse_date(text: &str) -> Option<Timestamp> {
    if text.len() > 40 || !text.starts_with(|c: char| c.is_ascii_digit()) {
        return None;
    }
    if let Ok(at) = text.parse::<jiff::Timestamp>() {
        return Some(Timestamp(at.as_microsecond()));
    }
    if text.contains(['[', 'Z', 'z', '+']) {
        return None;
    }
    text.parse::<DateTime>().ok().map(Timestamp::from_civil)
}

/// Reads a date, a duration from now, or a repetition `R3/PT1H`, `R/2026-10-01T08:00:00/P1D`.
pub fn due(text: &str, now: Timestamp) -> Option<Due> {
    let text = text.trim();
    if let Some(rest) = text.strip_prefix('R') {
        let mut pieces = rest.split('/');
        let count = pieces.next()?;
        let left = if count.is_empty() { None } else { Some(count.parse::<u32>().ok()?) };
        let (from, every) = match (pieces.next()?, pieces.next(), pieces.next()) {
            (every, None, _) => (None, every),
            (from, Some(every), None) => (Some(parse_date(from)?), every),
            _ => return None,
        };
        let every = Duration::parse(every).filter(|every| every.is_pause())?;
        let at = match from {
            Some(at) => at,
            None => every.after(now)?,
        };
        let left = match left {
            Some(0) => return None,
            Some(count) => Some(count - 1),
            None => None,
        };
        return Some(Due { at, cycle: Some(Cycle { left, every }) });
    }
    let at = match Duration::parse(text) {
        Some(duration) => duration.after(now)?,
        None => parse_date(text)?,
    };
    Some(Due { at, cycle: None })
}

/// True for what is written as a moment, a duration or a repetition of ISO 8601, whether one comes of
/// it or not: no expression begins so, and read as one it would fail in every instance.
pub fn is_written(text: &str) -> bool {
    let text = text.trim();
    let mut rest = text.trim_start_matches(['-', '+']).chars();
    match (rest.next(), rest.as_str()) {
        (Some('P'), rest) => rest.starts_with(|c: char| c == 'T' || c.is_ascii_digit()),
        (Some('R'), rest) => rest.trim_start_matches(|c: char| c.is_ascii_digit()).starts_with('/'),
        (Some(first), rest) if first.is_ascii_digit() => {
            let digits = rest.chars().take_while(char::is_ascii_digit).count();
            let rest = rest.get(digits..).unwrap_or_default();
            let parts: Vec<&str> = rest.splitn(4, ['-', 'T', ' ']).collect();
            let two = |part: &str| part.len() == 2 && part.bytes().all(|c| c.is_ascii_digit());
            matches!(parts.as_slice(), ["", month, day, ..] if digits == 3 && two(month) && two(day))
        }
        _ => false,
    }
}

/// The repetition after one that was due then; `None` when it was the last. Repetitions missed
/// while the platform stood still are not made up for.
pub fn again(cycle: Cycle, due: Timestamp, now: Timestamp) -> Option<Due> {
    let left = match cycle.left {
        Some(0) => return None,
        Some(left) => Some(left - 1),
        None => None,
    };
    let mut at = cycle.every.after(due)?;
    if at <= now {
        at = cycle.every.after(now)?;
    }
    Some(Due { at, cycle: Some(Cycle { left, every: cycle.every }) })
}
