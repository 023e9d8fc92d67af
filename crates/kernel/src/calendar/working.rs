//! Which days are working days, and counting them in constant time.
//!
//! Invariants: a query touches a fixed number of table cells, never walks day by day, and does not
//! allocate unless it fails; a day is covered when the notice of its year is loaded and, from
//! 25 December on, also the next year's; what is not covered is refused.

use super::notice::is_year_end;
use super::{DayKind, Limit, Notice, Unit};
use crate::time::{date_of_days, days_since_epoch};
use crate::{Error, Kind, Result, Timestamp};
use jiff::civil::{Date, date};

/// Code of the error that names a year without its notice.
pub const YEAR_MISSING: &str = "calendar.year_missing";

/// Most moved days a calendar holds: over two hundred years of them.
const NOTICES_MAX: usize = 20_000;

/// A stretch of years whose notices are all loaded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Run {
    /// First covered day, 1 January.
    first: i32,
    /// Last covered day, 24 December: the week after it needs the year that is missing.
    last: i32,
    /// Year whose notice is missing before the run.
    missing_before: i16,
    /// Year whose notice is missing after the run.
    missing_after: i16,
}

/// The working calendar of the mainland, from the State Council's yearly notices.
#[derive(Clone, Debug)]
pub struct Calendar {
    /// First year loaded.
    first_year: i16,
    /// Day number of its 1 January.
    first_day: i32,
    /// Per year from the first: the run it lies in, `None` when its notice is missing.
    runs: Vec<Option<Run>>,
    /// `counts[i]`: working days in the `i` days from `first_day`.
    counts: Vec<u32>,
    /// Day numbers of all working days, ascending.
    working: Vec<i32>,
    /// Moved days, by date.
    notices: Vec<Notice>,
    /// Digest of the notices.
    version: String,
}

impl Calendar {
    /// A calendar of all the days the notices move; a year is loaded when any line has it as its
    /// notice year. Where two years' notices move the same day, the later notice holds.
    ///
    /// Errors: `calendar.too_many_notices`; `calendar.notice` for an impossible line;
    /// `calendar.notice_conflict` (arg `date`) when one notice moves a day both ways.
    pub fn from_notices(mut notices: Vec<Notice>) -> Result<Calendar> {
        if notices.len() > NOTICES_MAX {
            return Err(Error::invalid("calendar.too_many_notices").arg("max", NOTICES_MAX));
        }
        notices.iter().try_for_each(Notice::check)?;
        notices.sort();
        let version = digest(&notices);
        let mut years: Vec<i16> = notices.iter().map(|notice| notice.year).collect();
        years.sort_unstable();
        years.dedup();
        for pair in notices.windows(2) {
            let same = pair[0].date == pair[1].date && pair[0].year == pair[1].year;
            if same && pair[0].kind != pair[1].kind {
                return Err(Error::invalid("calendar.notice_conflict").arg("date", pair[0].date));
            }
        }
        // Sorted by date and then year: the last line of a date is the later notice's.
        notices.dedup_by(|later, kept| {
            let same = later.date == kept.date;
            if same {
                std::mem::swap(later, kept);
            }
            same
        });
        let (first_year, last_year) = match (years.first(), years.last()) {
            (Some(&first), Some(&last)) => (first, last),
            _ => (0, -1),
        };
        let first_day = days_since_epoch(date(first_year, 1, 1));
        let end_day = days_since_epoch(date(last_year + 1, 1, 1));
        let mut calendar = Calendar {
            first_year,
            first_day,
            runs: runs(&years),
            counts: Vec::with_capacity((end_day - first_day) as usize + 1),
            working: Vec::new(),
            notices,
            version,
        };
        calendar.tabulate(end_day);
        Ok(calendar)
    }

    fn tabulate(&mut self, end_day: i32) {
        let mut moved = self
            .notices
            .iter()
            .map(|notice| (days_since_epoch(notice.date), notice.kind))
            .skip_while(|&(day, _)| day < self.first_day)
            .peekable();
        self.counts.push(0);
        for day in self.first_day..end_day {
            // 1970-01-01 was a Thursday, three days after a Monday.
            let weekday = (day + 3).rem_euclid(7);
            let works = match moved.next_if(|&(at, _)| at == day) {
                Some((_, kind)) => kind == DayKind::Work,
                None => weekday < 5,
            };
            if works {
                self.working.push(day);
            }
            self.counts.push(self.working.len() as u32);
        }
    }

    /// Sixteen hexadecimal digits that name the notices loaded: the same for the same moved days
    /// in any order. A case keeps it, so that a deadline can be recomputed years later.
    pub fn version(&self) -> &str {
        &self.version
    }

    /// Years whose notices are loaded, ascending.
    pub fn years(&self) -> impl Iterator<Item = i16> + '_ {
        (self.first_year..).zip(&self.runs).filter_map(|(year, run)| run.map(|_| year))
    }

    /// The line that moves the date, if one does.
    pub fn notice(&self, date: Date) -> Option<&Notice> {
        let index = self.notices.binary_search_by_key(&date, |notice| notice.date).ok()?;
        self.notices.get(index)
    }

    /// True for a working day. Errors: `calendar.year_missing` (arg `year`).
    pub fn is_working(&self, date: Date) -> Result<bool> {
        let day = days_since_epoch(date);
        self.run(day)?;
        Ok(self.counts[self.slot(day) + 1] > self.counts[self.slot(day)])
    }

    /// The date when it is a working day, else the first working day after it.
    /// Errors: `calendar.year_missing` (arg `year`).
    pub fn next_working(&self, date: Date) -> Result<Date> {
        self.working_from(days_since_epoch(date)).map(date_of_days)
    }

    /// The `n`th working day after the date, which itself does not count; before it when `n` is
    /// negative; the date itself for 0. Errors: `calendar.year_missing` (arg `year`) for the first
    /// day counted that is not covered; `limit.too_large` beyond 10,000.
    pub fn add_working_days(&self, date: Date, n: i32) -> Result<Date> {
        let limit = Limit::new(n.unsigned_abs(), Unit::WorkingDay)?;
        let day = days_since_epoch(date);
        if n >= 0 {
            self.advance(day, limit.amount, limit.unit).map(date_of_days)
        } else {
            self.retreat(day, limit.amount as usize).map(date_of_days)
        }
    }

    /// Working days after `a` up to and including `b`; negative when `b` is before `a`.
    /// Errors: `calendar.year_missing` (arg `year`) unless every day from one to the other is
    /// covered.
    pub fn working_days_between(&self, a: Date, b: Date) -> Result<i64> {
        let (a, b) = (days_since_epoch(a), days_since_epoch(b));
        self.run(a.min(b))?;
        let count = self.counted(a.min(b), a.max(b), Unit::WorkingDay)?;
        Ok(if b < a { -count } else { count })
    }

    /// The instant at which a limit that starts now has run out: the midnight that ends its last
    /// day, so the act is in time strictly before it. The day of the start does not count, a last
    /// day that is a rest day moves to the next working day, make-up workdays count (民法典
    /// arts. 201–203); hours run exactly.
    ///
    /// Errors: `calendar.year_missing` (arg `year`), `limit.too_large`.
    pub fn deadline(&self, start: Timestamp, limit: Limit) -> Result<Timestamp> {
        let limit = limit.checked()?;
        if limit.unit == Unit::Hour {
            return Ok(start.plus_hours(i64::from(limit.amount)));
        }
        let start = days_since_epoch(start.date());
        let last = self.working_from(self.advance(start, limit.amount, limit.unit)?)?;
        Ok(end_of(last))
    }

    /// The first working day on or after the day.
    pub(super) fn working_from(&self, day: i32) -> Result<i32> {
        let run = self.run(day)?;
        let before = self.counts[self.slot(day)] as usize;
        self.working_at(before, run)
    }

    /// The day on which `amount` counted days after `day` are complete; `day` itself for none.
    /// Not moved off rest days. Hours are not counted here.
    pub(super) fn advance(&self, day: i32, amount: u32, unit: Unit) -> Result<i32> {
        if amount == 0 || unit != Unit::WorkingDay {
            return Ok(day.saturating_add(amount.min(i32::MAX as u32) as i32));
        }
        // Only days counted need cover, and `day` is not.
        let run = self.run(day + 1)?;
        let through = self.counts[self.slot(day + 1)] as usize;
        self.working_at(through + amount as usize - 1, run)
    }

    fn retreat(&self, day: i32, amount: usize) -> Result<i32> {
        let run = self.run(day - 1)?;
        let before = self.counts[self.slot(day)] as usize;
        before
            .checked_sub(amount)
            .map(|index| self.working[index])
            .filter(|&found| found >= run.first)
            .ok_or_else(|| year_missing(run.missing_before))
    }

    /// Counted days after `after` up to and including `through`; 0 when there are none.
    pub(super) fn counted(&self, after: i32, through: i32, unit: Unit) -> Result<i64> {
        if through <= after {
            return Ok(0);
        }
        if unit != Unit::WorkingDay {
            return Ok(i64::from(through) - i64::from(after));
        }
        let run = self.run(after + 1)?;
        if through > run.last {
            return Err(year_missing(run.missing_after));
        }
        let upper = self.counts[self.slot(through) + 1];
        Ok(i64::from(upper - self.counts[self.slot(after + 1)]))
    }

    fn working_at(&self, index: usize, run: Run) -> Result<i32> {
        self.working
            .get(index)
            .copied()
            .filter(|&day| day <= run.last)
            .ok_or_else(|| year_missing(run.missing_after))
    }

    /// Index of a covered day, or of the day after one, in `counts`.
    fn slot(&self, day: i32) -> usize {
        (day - self.first_day) as usize
    }

    /// The run that covers the day. A day of the last week is refused for want of the next year
    /// first, as that notice is the likelier to move it.
    fn run(&self, day: i32) -> Result<Run> {
        let date = date_of_days(day);
        let year = date.year();
        if is_year_end(date) && self.run_of_year(year + 1).is_none() {
            return Err(year_missing(year + 1));
        }
        self.run_of_year(year).ok_or_else(|| year_missing(year))
    }

    fn run_of_year(&self, year: i16) -> Option<Run> {
        let index = usize::try_from(i32::from(year) - i32::from(self.first_year)).ok()?;
        *self.runs.get(index)?
    }
}

/// The midnight that ends the day.
pub(super) fn end_of(day: i32) -> Timestamp {
    Timestamp::start_of(date_of_days(day + 1))
}

fn year_missing(year: i16) -> Error {
    // A fault of the installation, not of the caller, and mended by loading the notice.
    Error::new(Kind::Unavailable, YEAR_MISSING).arg("year", year)
}

/// One entry per year from the first to the last.
fn runs(years: &[i16]) -> Vec<Option<Run>> {
    let mut runs = Vec::new();
    for chunk in years.chunk_by(|a, b| b - a == 1) {
        let (Some(&first), Some(&last)) = (chunk.first(), chunk.last()) else { continue };
        let run = Run {
            first: days_since_epoch(date(first, 1, 1)),
            last: days_since_epoch(date(last, 12, 24)),
            missing_before: first - 1,
            missing_after: last + 1,
        };
        let start = years.first().map_or(0, |&base| (first - base) as usize);
        runs.resize(start, None);
        runs.resize(start + chunk.len(), Some(run));
    }
    runs
}

/// FNV-1a of the moved days. Names are left out: mending a spelling changes no deadline.
fn digest(sorted: &[Notice]) -> String {
    let mut hash: u64 = 0xcbf2_9ce4_8422_2325;
    let mut last = None;
    for notice in sorted {
        let day = days_since_epoch(notice.date);
        let line = (day, notice.year, notice.kind);
        if last.replace(line) == Some(line) {
            continue;
        }
        let kind = u8::from(notice.kind == DayKind::Work);
        let bytes = day.to_be_bytes().into_iter().chain(notice.year.to_be_bytes()).chain([kind]);
        for byte in bytes {
            hash = (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3);
        }
    }
    format!("{hash:016x}")
}
