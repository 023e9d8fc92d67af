//! A running legal clock: started, stopped for a cause the law names, extended once, ended.
//!
//! Invariants: instants never go back, so a verb whose instant lies before the last one is refused
//! (the machine's clock was set back); pauses are in order and do not overlap; a verb that fails
//! changes nothing. For day limits a day counts when the clock runs at the end (24:00) of that
//! day, and the day of the start never counts; for hour limits paused time is added exactly.
//! Must not know: what is being decided, who may pause it, where it is stored.

use super::working::end_of;
use super::{Calendar, Limit, Unit};
use crate::time::{HOUR_US, days_since_epoch};
use crate::{Error, Result, Timestamp};
use serde::{Deserialize, Serialize};

/// Most pauses of one clock.
const PAUSES_MAX: usize = 256;
/// Longest cause, reason, approver or article, in characters.
const WORDS_CHARS_MAX: usize = 500;

/// Time during which the clock stands still (行政许可法 art. 45).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Pause {
    /// Start of the pause.
    pub from: Timestamp,
    /// End of the pause; `None` while it lasts.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub to: Option<Timestamp>,
    /// Why, e.g. 听证, 检验, 专家评审.
    pub cause: String,
    /// Article that allows it.
    pub article: String,
}

/// More time, granted once (行政许可法 art. 42).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Extension {
    /// How much more, in the unit of the limit.
    pub amount: u32,
    /// When it was granted.
    pub at: Timestamp,
    /// Head who approved it.
    pub approver: String,
    /// Reason told to the applicant.
    pub reason: String,
    /// Article that allows it.
    pub article: String,
}

/// A clock with everything that ever happened to it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Clock {
    /// The instant it started, e.g. of acceptance.
    pub started: Timestamp,
    /// Its limit, without the extension.
    pub limit: Limit,
    /// The one extension, when granted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub extension: Option<Extension>,
    /// Pauses in order of time; only the last may be open.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub pauses: Vec<Pause>,
    /// The instant it ended, e.g. of the decision.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stopped: Option<Timestamp>,
}

/// What is left of a clock.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Remaining {
    /// True while a pause lasts; the three amounts then tell what would be left if it resumed now.
    pub paused: bool,
    /// True from the instant the limit has run out; for an ended clock, true when it ended late.
    pub overdue: bool,
    /// Working days after today up to the last day: 0 on the last day, negative when overdue.
    /// Always 0 for an hour limit, which no working calendar touches.
    pub working_days: i64,
    /// Civil days after today up to the last day, negative when overdue.
    pub calendar_days: i64,
    /// Whole hours to the end, rounded down, negative when overdue.
    pub hours: i64,
    /// End of the limit; `None` while paused with time left.
    pub due: Option<Timestamp>,
}

/// Colour of a clock in lists (电子监察 预警、黄牌、红牌).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Lamp {
    /// Time enough.
    Green,
    /// One counted day or a quarter of the limit is left, whichever is more.
    Yellow,
    /// Overdue.
    Red,
    /// Standing still with time left.
    Paused,
    /// Ended, in time or late.
    Done,
}

impl Clock {
    /// A clock that starts now. Errors: `limit.too_large`.
    pub fn new(started: Timestamp, limit: Limit) -> Result<Clock> {
        let limit = limit.checked()?;
        Ok(Clock { started, limit, extension: None, pauses: Vec::new(), stopped: None })
    }

    /// Limit and extension together, in the unit of the limit.
    pub fn total(&self) -> u32 {
        let more = self.extension.as_ref().map_or(0, |extension| extension.amount);
        self.limit.amount.saturating_add(more)
    }

    /// True while a pause lasts.
    pub fn is_paused(&self) -> bool {
        self.stopped.is_none() && self.pauses.last().is_some_and(|pause| pause.to.is_none())
    }

    /// Stops the count from `at` for a cause an article names.
    ///
    /// Errors: `clock.stopped`, `clock.already_paused`, `clock.set_back`, `clock.too_many_pauses`;
    /// `clock.pause` with the field `cause` or `article` when empty or too long.
    pub fn pause(&mut self, at: Timestamp, cause: &str, article: &str) -> Result<()> {
        self.refuse_stopped()?;
        if self.is_paused() {
            return Err(Error::conflict("clock.already_paused"));
        }
        self.refuse_set_back(at)?;
        if self.pauses.len() >= PAUSES_MAX {
            return Err(Error::limited("clock.too_many_pauses").arg("max", PAUSES_MAX));
        }
        let words = [("cause", cause), ("article", article)];
        check_words(Error::invalid("clock.pause"), &words)?;
        let (cause, article) = (cause.trim().to_owned(), article.trim().to_owned());
        self.pauses.push(Pause { from: at, to: None, cause, article });
        Ok(())
    }

    /// Ends the pause. Errors: `clock.stopped`, `clock.not_paused`, `clock.set_back`.
    pub fn resume(&mut self, at: Timestamp) -> Result<()> {
        self.refuse_stopped()?;
        self.refuse_set_back(at)?;
        match self.pauses.last_mut() {
            Some(pause) if pause.to.is_none() => {
                pause.to = Some(at);
                Ok(())
            }
            _ => Err(Error::conflict("clock.not_paused")),
        }
    }

    /// Grants more time, once, at most `max` units, before the limit has run out.
    ///
    /// Errors: `clock.stopped`, `clock.already_extended`, `clock.set_back`, `clock.overdue`,
    /// `clock.extension_amount` (args `min`, `max`), `calendar.year_missing`; `clock.extension`
    /// with the field `approver`, `reason` or `article` when empty or too long.
    pub fn extend(&mut self, extension: Extension, max: u32, calendar: &Calendar) -> Result<()> {
        self.refuse_stopped()?;
        if self.extension.is_some() {
            return Err(Error::conflict("clock.already_extended"));
        }
        self.refuse_set_back(extension.at)?;
        if extension.amount == 0 || extension.amount > max {
            let error = Error::invalid("clock.extension_amount");
            return Err(error.arg("min", 1).arg("max", max));
        }
        Limit::new(self.limit.amount.saturating_add(extension.amount), self.limit.unit)?;
        let words = [
            ("approver", extension.approver.as_str()),
            ("reason", extension.reason.as_str()),
            ("article", extension.article.as_str()),
        ];
        check_words(Error::invalid("clock.extension"), &words)?;
        if self.due(calendar)?.is_some_and(|due| extension.at >= due) {
            return Err(Error::conflict("clock.overdue"));
        }
        self.extension = Some(extension);
        Ok(())
    }

    /// Ends the clock, and an open pause with it. Errors: `clock.stopped`, `clock.set_back`.
    pub fn stop(&mut self, at: Timestamp) -> Result<()> {
        self.refuse_stopped()?;
        self.refuse_set_back(at)?;
        if let Some(pause) = self.pauses.last_mut() {
            pause.to.get_or_insert(at);
        }
        self.stopped = Some(at);
        Ok(())
    }

    /// The instant at which the limit has run out: an act is in time strictly before it. `None`
    /// while paused, except when the limit had run out before the pause began: a pause must not
    /// hide an overdue case.
    ///
    /// A last day that is a rest day, or at whose end the clock stands still, moves to the next
    /// working day at whose end it runs. Errors: `calendar.year_missing`, `limit.too_large`,
    /// `clock.damaged` for stored data that no verb can have made.
    pub fn due(&self, calendar: &Calendar) -> Result<Option<Timestamp>> {
        self.due_if_resumed(None, calendar)
    }

    /// As [`Clock::due`], with an open pause taken as ended at `resumed`.
    fn due_if_resumed(
        &self,
        resumed: Option<Timestamp>,
        calendar: &Calendar,
    ) -> Result<Option<Timestamp>> {
        self.check()?;
        match self.limit.unit {
            Unit::Hour => Ok(self.due_by_hours(resumed)),
            Unit::WorkingDay | Unit::CalendarDay => self.due_by_days(resumed, calendar),
        }
    }

    fn due_by_hours(&self, resumed: Option<Timestamp>) -> Option<Timestamp> {
        let mut due = self.started.plus_hours(i64::from(self.total()));
        for pause in &self.pauses {
            if pause.from >= due {
                break;
            }
            due = due.plus_us(pause.to.or(resumed)?.since(pause.from));
        }
        Some(due)
    }

    fn due_by_days(
        &self,
        resumed: Option<Timestamp>,
        calendar: &Calendar,
    ) -> Result<Option<Timestamp>> {
        let unit = self.limit.unit;
        let mut left = self.total();
        // Days after `base` may count; `floor` is the first day that may be the last one.
        let mut base = days_since_epoch(self.started.date());
        let mut floor = base;
        for pause in &self.pauses {
            // A pause takes the days at whose end it lasts: from its first day up to the day
            // before its last. One that ends on the day it began takes none.
            let from = days_since_epoch(pause.from.date());
            let to = pause.to.or(resumed).map(|to| days_since_epoch(to.date()));
            if to == Some(from) {
                continue;
            }
            // A pause after the end must not ask for notices the end does not depend on, so the end
            // is looked for first; where it cannot be told, the count up to the pause decides.
            let full = match left {
                0 => Some(floor),
                _ => calendar.advance(base, left, unit).ok(),
            };
            match full {
                Some(full) if full < from => {
                    let last = calendar.working_from(full)?;
                    if last < from {
                        return Ok(Some(end_of(last)));
                    }
                    left = 0;
                }
                _ => {
                    let within = calendar.counted(base, from - 1, unit)?;
                    left = left.saturating_sub(u32::try_from(within).unwrap_or(u32::MAX));
                }
            }
            let Some(to) = to else { return Ok(None) };
            base = to - 1;
            floor = to;
        }
        let full = if left == 0 { floor } else { calendar.advance(base, left, unit)? };
        calendar.working_from(full).map(|last| Some(end_of(last)))
    }

    /// Units of the limit used up by `now`: whole counted days whose end has passed, or whole
    /// hours. An ended clock counts to its end. Errors: as [`Clock::due`].
    pub fn used(&self, now: Timestamp, calendar: &Calendar) -> Result<i64> {
        self.check()?;
        let now = self.stopped.map_or(now, |stopped| stopped.min(now));
        if self.limit.unit == Unit::Hour {
            return Ok(self.elapsed_us(now) / HOUR_US);
        }
        let today = days_since_epoch(now.date());
        let mut base = days_since_epoch(self.started.date());
        let mut used = 0;
        for pause in &self.pauses {
            let from = days_since_epoch(pause.from.date());
            let to = pause.to.map_or(i32::MAX, |to| days_since_epoch(to.date()));
            if to == from {
                continue;
            }
            used += calendar.counted(base, from.min(today) - 1, self.limit.unit)?;
            base = to - 1;
            if from >= today {
                break;
            }
        }
        Ok(used + calendar.counted(base, today - 1, self.limit.unit)?)
    }

    /// Microseconds run by `now`, pauses left out.
    fn elapsed_us(&self, now: Timestamp) -> i64 {
        let paused: i64 = self
            .pauses
            .iter()
            .map(|pause| pause.to.map_or(now, |to| to.min(now)).since(pause.from).max(0))
            .sum();
        (now.since(self.started) - paused).max(0)
    }

    /// What is left at `now`; for an ended clock, what was left at its end. Errors: as
    /// [`Clock::due`].
    pub fn remaining(&self, now: Timestamp, calendar: &Calendar) -> Result<Remaining> {
        let now = self.stopped.map_or(now, |stopped| stopped.min(now));
        let due = self.due(calendar)?;
        let end = match due {
            Some(due) => due,
            None => {
                // The open pause began last, so its start is a lower bound for its end.
                let begun = self.pauses.last().map_or(now, |pause| pause.from);
                self.due_if_resumed(Some(now.max(begun)), calendar)?.unwrap_or(now)
            }
        };
        let (today, last) = (now.date(), end.plus_us(-1).date());
        Ok(Remaining {
            paused: self.is_paused(),
            overdue: due.is_some_and(|due| now >= due),
            working_days: match self.limit.unit {
                Unit::Hour => 0,
                _ => calendar.working_days_between(today, last)?,
            },
            calendar_days: i64::from(days_since_epoch(last) - days_since_epoch(today)),
            hours: end.since(now).div_euclid(HOUR_US),
            due,
        })
    }

    /// The lamp at `now`. Yellow when at most one counted day (or hour) or a quarter of the limit
    /// is left, whichever is more, but never on the day a day limit starts, and for an hour limit
    /// of one hour only in its last quarter. Errors: as [`Clock::due`].
    pub fn lamp(&self, now: Timestamp, calendar: &Calendar) -> Result<Lamp> {
        if self.stopped.is_some() {
            return Ok(Lamp::Done);
        }
        let Some(due) = self.due(calendar)? else { return Ok(Lamp::Paused) };
        if now >= due {
            return Ok(Lamp::Red);
        }
        let total = i64::from(self.total());
        let near = if self.limit.unit == Unit::Hour {
            let quarter = total * HOUR_US / 4;
            let threshold = if total <= 1 { quarter } else { quarter.max(HOUR_US) };
            due.since(now) <= threshold
        } else {
            let left = total - self.used(now, calendar)?;
            now.date() > self.started.date() && (left <= 1 || left * 4 <= total)
        };
        Ok(if near { Lamp::Yellow } else { Lamp::Green })
    }

    /// The last instant at which something happened to the clock.
    fn last_event(&self) -> Timestamp {
        let paused = self.pauses.last().map(|pause| pause.to.unwrap_or(pause.from));
        let extended = self.extension.as_ref().map(|extension| extension.at);
        [paused, extended].into_iter().flatten().fold(self.started, Timestamp::max)
    }

    fn refuse_stopped(&self) -> Result<()> {
        match self.stopped {
            Some(_) => Err(Error::conflict("clock.stopped")),
            None => Ok(()),
        }
    }

    fn refuse_set_back(&self, at: Timestamp) -> Result<()> {
        if at < self.last_event() {
            return Err(Error::conflict("clock.set_back").arg("last", self.last_event()));
        }
        Ok(())
    }

    /// Refuses stored data that no verb can have made, so that counting may rely on order.
    fn check(&self) -> Result<()> {
        Limit::new(self.total(), self.limit.unit)?;
        let mut last = self.started;
        let mut open = false;
        for pause in &self.pauses {
            let to = pause.to.unwrap_or(pause.from);
            if open || pause.from < last || to < pause.from {
                return Err(Error::invalid("clock.damaged"));
            }
            open = pause.to.is_none();
            last = to;
        }
        let ended_wrongly = self.stopped.is_some_and(|stopped| open || stopped < last);
        if ended_wrongly || self.pauses.len() > PAUSES_MAX {
            return Err(Error::invalid("clock.damaged"));
        }
        Ok(())
    }
}

/// All the fields that are empty or too long, as one error.
fn check_words(mut error: Error, words: &[(&str, &str)]) -> Result<()> {
    for &(field, word) in words {
        if word.trim().is_empty() {
            error = error.field(field, "required");
        } else if word.chars().count() > WORDS_CHARS_MAX {
            let max = WORDS_CHARS_MAX.to_string();
            error = error.field_with(field, "too_long", vec![("max", max)]);
        }
    }
    error.if_any_field()
}
