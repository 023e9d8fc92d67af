//! One line of a yearly notice on holidays: a day that becomes a rest day or a workday.

use crate::{Error, Result};
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

/// Years a notice may belong to; the yearly notices began in 2007, the Republic in 1949.
const YEARS: std::ops::RangeInclusive<i16> = 1949..=2199;
/// Longest name of a holiday, in characters.
const NAME_CHARS_MAX: usize = 40;

/// What a notice makes of a day.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DayKind {
    /// A rest day (放假).
    Off,
    /// A make-up workday (调休上班), usually a Saturday or Sunday.
    Work,
}

/// One day moved by the notice of a year.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Notice {
    /// The day moved: 25 December of the year before up to the end of the year after.
    pub date: Date,
    /// Year the notice is for.
    pub year: i16,
    /// What the day becomes.
    pub kind: DayKind,
    /// Holiday the move belongs to, as published.
    pub name: String,
}

impl Notice {
    /// Reads the four columns of a published table: year `2026`, date `2026-01-01`, kind `off` or
    /// `work`, name. Errors: `calendar.notice` with the column at fault, and those of
    /// [`Notice::check`].
    pub fn parse(year: &str, date: &str, kind: &str, name: &str) -> Result<Notice> {
        let fault = |field: &str| Error::invalid("calendar.notice").field(field, "format");
        let notice = Notice {
            year: year.trim().parse().map_err(|_| fault("year"))?,
            // Ten characters: `jiff` would also read a time after the date.
            date: Some(date.trim())
                .filter(|text| text.len() == 10)
                .and_then(|text| text.parse().ok())
                .ok_or_else(|| fault("date"))?,
            kind: match kind.trim() {
                "off" => DayKind::Off,
                "work" => DayKind::Work,
                _ => return Err(fault("kind")),
            },
            name: name.trim().to_owned(),
        };
        notice.check()?;
        Ok(notice)
    }

    /// Refuses what no notice can say. Errors: `calendar.notice` (field `year`, `date` or `name`).
    pub fn check(&self) -> Result<()> {
        let fault = |field: &str| Err(Error::invalid("calendar.notice").field(field, "range"));
        if !YEARS.contains(&self.year) {
            return fault("year");
        }
        let own = self.date.year();
        // A notice appears in late autumn and moves nothing of the old year before its last week;
        // the calendar relies on this when it asks for next year's notice only from 25 December.
        let before = own == self.year - 1 && is_year_end(self.date);
        if !(before || own == self.year || own == self.year + 1) {
            return fault("date");
        }
        if self.name.chars().count() > NAME_CHARS_MAX {
            return fault("name");
        }
        Ok(())
    }
}

/// True from 25 December: days the next year's notice may move.
pub(super) fn is_year_end(date: Date) -> bool {
    date.month() == 12 && date.day() >= 25
}
