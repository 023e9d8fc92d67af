//! What is counted, and of whom.
//!
//! Invariant: [`Metric::happened`] and [`Metric::condition`] say the same, once of a case in hand,
//! once in SQL.

use crate::case::Case;
use flow::case::Phase;
use kernel::{Error, Result, Timestamp};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use store::{Ctx, Value};

/// Something that is counted on the day it happens.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum Metric {
    /// Submitted.
    Submitted,
    /// Of the submitted: online.
    Online,
    /// Accepted.
    Accepted,
    /// Decided.
    Decided,
    /// Of the decided: granted.
    Granted,
    /// Of the decided: refused.
    Refused,
    /// Of the decided: by a rule.
    Automatic,
    /// Of the decided: after the promised time.
    Late,
    /// Of the decided: after the statutory time.
    LateByLaw,
    /// Of the decided: with an electronic licence in place of a paper.
    LicenceUsed,
    /// Of the decided: promised days, summed.
    PromisedDays,
    /// Of the decided: days used, summed.
    UsedDays,
    /// Closed with a result.
    Completed,
    /// Ended without a result, or lost it.
    Ended,
    /// Of the ended: withdrawn.
    Withdrawn,
}

impl Metric {
    /// Every metric.
    pub const ALL: [Metric; 15] = [
        Metric::Submitted,
        Metric::Online,
        Metric::Accepted,
        Metric::Decided,
        Metric::Granted,
        Metric::Refused,
        Metric::Automatic,
        Metric::Late,
        Metric::LateByLaw,
        Metric::LicenceUsed,
        Metric::PromisedDays,
        Metric::UsedDays,
        Metric::Completed,
        Metric::Ended,
        Metric::Withdrawn,
    ];

    /// The name as stored and in addresses.
    pub fn as_str(self) -> &'static str {
        match self {
            Metric::Submitted => "submitted",
            Metric::Online => "online",
            Metric::Accepted => "accepted",
            Metric::Decided => "decided",
            Metric::Granted => "granted",
            Metric::Refused => "refused",
            Metric::Automatic => "automatic",
            Metric::Late => "late",
            Metric::LateByLaw => "late_by_law",
            Metric::LicenceUsed => "licence_used",
            Metric::PromisedDays => "promised_days",
            Metric::UsedDays => "used_days",
            Metric::Completed => "completed",
            Metric::Ended => "ended",
            Metric::Withdrawn => "withdrawn",
        }
    }

    /// The metric of that name.
    pub fn parse(name: &str) -> Option<Metric> {
        Metric::ALL.into_iter().find(|metric| metric.as_str() == name)
    }

    /// Column of the instant it is counted on.
    pub(super) fn column(self) -> &'static str {
        match self {
            Metric::Submitted | Metric::Online => "submitted_us",
            Metric::Accepted => "accepted_us",
            Metric::Completed => "completed_us",
            Metric::Ended | Metric::Withdrawn => "ended_us",
            _ => "decided_us",
        }
    }

    /// What else must hold, in SQL over `cases c`.
    pub(super) fn condition(self) -> &'static str {
        match self {
            Metric::Online => " AND c.channel = 'online'",
            Metric::Granted => " AND c.granted = 1",
            Metric::Refused => " AND c.granted = 0",
            Metric::Automatic => " AND c.automatic = 1",
            Metric::Late => " AND c.late = 1",
            Metric::LateByLaw => " AND c.late_by_law = 1",
            Metric::LicenceUsed => " AND c.licence_uses > 0",
            Metric::Withdrawn => " AND c.phase = 'withdrawn'",
            _ => "",
        }
    }

    /// When it happened to the case, and how much it counts; `None` when it has not.
    pub(super) fn happened(self, case: &Case) -> Option<(Timestamp, i64)> {
        let at = match self.column() {
            "submitted_us" => Some(case.submitted),
            "accepted_us" => case.accepted,
            "completed_us" => case.completed,
            "ended_us" => case.ended,
            _ => case.decided,
        }?;
        let counts = match self {
            Metric::Online => i64::from(case.channel == "online"),
            Metric::Granted => i64::from(case.granted),
            Metric::Refused => i64::from(!case.granted),
            Metric::Automatic => i64::from(case.automatic),
            Metric::Late => i64::from(case.late),
            Metric::LateByLaw => i64::from(case.late_by_law),
            Metric::LicenceUsed => i64::from(case.licence_uses > 0),
            Metric::Withdrawn => i64::from(case.phase == Phase::Withdrawn),
            Metric::PromisedDays => case.promised_days,
            Metric::UsedDays => case.used_days,
            _ => 1,
        };
        (counts != 0).then_some((at, counts))
    }
}

/// Whether applications or the items in them are counted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Subject {
    /// Cases of items.
    #[default]
    Items,
    /// Whole applications.
    Applications,
}

/// Of whom a figure is.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Scope {
    /// Division code; the whole province when empty.
    pub division: String,
    /// Item id, or one-thing id for applications; all when empty.
    pub item: String,
    /// Agency id; all when empty.
    pub agency: String,
    /// Items or whole applications.
    pub subject: Subject,
    /// First day, `2026-09-01`; from the beginning when empty.
    pub from: String,
    /// Last day; until now when empty.
    pub to: String,
}

/// What an application is counted under in the column of items.
pub(super) const APPLICATION: &str = "application:";

impl Scope {
    /// Everything of a division subtree.
    pub fn of(division: &str) -> Scope {
        Scope { division: division.to_owned(), ..Scope::default() }
    }

    /// The same between two days, both counted.
    pub fn between(self, from: jiff::civil::Date, to: jiff::civil::Date) -> Scope {
        Scope { from: from.to_string(), to: to.to_string(), ..self }
    }

    /// Of one item, or of one one-thing when applications are counted.
    pub fn item(self, item: &str) -> Scope {
        Scope { item: item.to_owned(), ..self }
    }

    /// First day and the day after the last, as days since 1970. Errors: `figures.day`.
    pub(super) fn days(&self) -> Result<(i64, i64)> {
        let day = |text: &str| {
            text.parse::<jiff::civil::Date>()
                .map(|day| i64::from(kernel::time::days_since_epoch(day)))
                .map_err(|_| Error::invalid("figures.day"))
        };
        let from = if self.from.is_empty() { Ok(-1_000_000) } else { day(&self.from) }?;
        let to = if self.to.is_empty() { Ok(1_000_000) } else { day(&self.to) }?;
        Ok((from, to + 1))
    }

    /// First code of the division subtree and the first after it; `None` for the whole province.
    /// Errors: `figures.division`.
    pub(super) fn codes(&self, ctx: &Ctx) -> Result<Option<(String, String)>> {
        let unknown = || Error::invalid("figures.division");
        let pack = &ctx.env.pack;
        let division = match self.division.as_str() {
            "" => return Ok(None),
            code => pack.division(code).ok_or_else(unknown)?,
        };
        let digits: usize = match division.level() {
            pack::Level::Province => 2,
            pack::Level::City => 4,
            pack::Level::County => 6,
            pack::Level::Township => 9,
            pack::Level::Village => 12,
        };
        let code = division.code();
        let prefix = code.get(..digits).ok_or_else(unknown)?;
        let number: u64 = prefix.parse().map_err(|_| unknown())?;
        Ok(Some((prefix.to_owned(), format!("{:0digits$}", number + 1))))
    }

    /// Conditions over columns of a table with `division`, `item`, `agency`; values are appended.
    /// `tally` tells that applications are found by prefix in the item column.
    pub(super) fn filter(&self, ctx: &Ctx, tally: bool, values: &mut Vec<Value>) -> Result<String> {
        let mut sql = String::new();
        let mut add = |text: &str, value: &str| {
            values.push(Value::from(value));
            sql.push_str(&text.replace('?', &format!("${}", values.len())));
        };
        if let Some((from, to)) = self.codes(ctx)? {
            add(" AND c.division >= ?", &from);
            add(" AND c.division < ?", &to);
        }
        if !self.agency.is_empty() {
            add(" AND c.agency = ?", &self.agency);
        }
        match (self.subject, tally) {
            (Subject::Items, true) if !self.item.is_empty() => add(" AND c.item = ?", &self.item),
            (Subject::Items, true) => add(" AND c.item NOT LIKE ?", &format!("{APPLICATION}%")),
            (Subject::Applications, true) if !self.item.is_empty() => {
                add(" AND c.item = ?", &format!("{APPLICATION}{}", self.item));
            }
            (Subject::Applications, true) => add(" AND c.item LIKE ?", &format!("{APPLICATION}%")),
            (Subject::Items, false) if !self.item.is_empty() => add(" AND c.item = ?", &self.item),
            (Subject::Items, false) => add(" AND c.item <> ?", ""),
            (Subject::Applications, false) => {
                add(" AND c.item = ?", "");
                if !self.item.is_empty() {
                    add(" AND c.one_thing = ?", &self.item);
                }
            }
        }
        Ok(sql)
    }
}
