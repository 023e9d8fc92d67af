//! Figures as told, and the days they are of.
//!
//! Must not know: SQL, pages.

use jiff::civil::Date;
use kernel::{Error, Result, Timestamp};
use schemars::JsonSchema;
use serde::Serialize;

/// Days of a period at most: a year and what overlaps it.
pub const DAYS_MAX: i64 = 400;
/// Days of a period nobody chose.
const DAYS: i64 = 30;

/// The days a figure is of: from the first to the last, both within.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Period {
    /// First day.
    pub from: Date,
    /// Last day.
    pub to: Date,
}

impl Period {
    /// From two dates as typed; the last thirty days where they are empty. Errors:
    /// `process.period` naming the field, for what is no date, ends before it begins or is too long.
    pub fn parse(from: &str, to: &str, now: Timestamp) -> Result<Period> {
        let wrong = |field: &'static str| {
            let args = vec![("max", DAYS_MAX.to_string())];
            Error::invalid("process.period").arg("max", DAYS_MAX).field_with(
                field,
                "process.period",
                args,
            )
        };
        let day = |text: &str, field, otherwise: Timestamp| match text.trim() {
            "" => Ok(otherwise.date()),
            text => text.parse::<Date>().map_err(|_| wrong(field)),
        };
        let to = day(to, "to", now)?;
        let last = Timestamp::start_of(to);
        let from = day(from, "from", last.plus_days(1 - DAYS))?;
        let period = Period { from, to };
        if period.days() < 1 || period.days() > DAYS_MAX {
            return Err(wrong("from"));
        }
        Ok(period)
    }

    fn days(&self) -> i64 {
        self.end().since(self.start()) / kernel::time::DAY_US
    }

    /// Its first instant.
    pub fn start(&self) -> Timestamp {
        Timestamp::start_of(self.from)
    }

    /// The first instant after it.
    pub fn end(&self) -> Timestamp {
        Timestamp::start_of(self.to).plus_days(1)
    }
}

/// Figures of one step. Times are in seconds; none where nothing was done.
#[derive(Clone, Debug, Default, PartialEq, Serialize, JsonSchema)]
pub struct StepFigures {
    /// Id of the step.
    pub node: String,
    /// Its name.
    pub name: String,
    /// What was waited for: `task` for a person; `service`, `decision`, `call`, `timer`, `message`,
    /// `signal`, `condition`, or `event` for whatever comes first.
    pub kind: String,
    /// How often it was done.
    pub done: i64,
    /// How often it was taken back before it was done.
    pub withdrawn: i64,
    /// Half were done within this time of being offered.
    pub took_median_s: Option<i64>,
    /// Nine in ten were done within this time.
    pub took_p90_s: Option<i64>,
    /// Half were taken up within this time of being offered.
    pub waited_median_s: Option<i64>,
    /// Nine in ten were taken up within this time.
    pub waited_p90_s: Option<i64>,
    /// How many were done after they were due.
    pub late: i64,
    /// Their share of those done.
    pub late_share: Option<f64>,
    /// Its share of the time all steps took together: the first of the list is the bottleneck.
    pub time_share: f64,
    /// How many are open and overdue now, up to a limit; of every version.
    pub overdue_now: i64,
}

/// How much is late in one agency, division or post.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct Overdue {
    /// Id.
    pub id: String,
    /// Its name.
    pub name: String,
    /// Steps done.
    pub done: i64,
    /// Of these, after they were due.
    pub late: i64,
    /// Their share.
    pub share: f64,
}

/// Figures of a process.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct Statistics {
    /// Process.
    pub process: String,
    /// Version; none for all.
    pub version: Option<i64>,
    /// First day.
    pub from: String,
    /// Last day.
    pub to: String,
    /// The one agency looked at; empty for all.
    pub agency: String,
    /// Steps closed that were counted.
    pub counted: i64,
    /// Whether there were more: the newest were counted.
    pub more: bool,
    /// By step, what takes most time first.
    pub steps: Vec<StepFigures>,
    /// By agency, what is late most often first.
    pub agencies: Vec<Overdue>,
    /// By division.
    pub divisions: Vec<Overdue>,
    /// By post, of the posts the steps were offered to.
    pub posts: Vec<Overdue>,
}
