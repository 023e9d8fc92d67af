//! Instants and civil time. The only instant type of the platform; civil dates are China Standard
//! Time (UTC+8, no daylight saving since 1992), which every statutory clock of the mainland uses.
//!
//! Must not know: where "now" comes from. A [`Timestamp`] is always handed in.

use jiff::civil::{Date, DateTime, Time};
use serde::{Deserialize, Serialize};

/// Microseconds since 1970-01-01T00:00:00Z: the precision both databases keep without loss.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Timestamp(pub i64);

/// One second in the unit of [`Timestamp`].
pub const SECOND_US: i64 = 1_000_000;
/// One hour in the unit of [`Timestamp`].
pub const HOUR_US: i64 = 3_600 * SECOND_US;
/// One day in the unit of [`Timestamp`].
pub const DAY_US: i64 = 24 * HOUR_US;
/// Offset of China Standard Time from UTC.
const CST_US: i64 = 8 * HOUR_US;
/// Years outside this range are clamped: no legal clock reaches them and `jiff` cannot hold them.
const LIMIT_US: i64 = 7_000 * 365 * DAY_US;

impl Timestamp {
    /// The start of Unix time.
    pub const EPOCH: Timestamp = Timestamp(0);

    /// The instant at which the civil date and time is shown in China.
    pub fn from_civil(at: DateTime) -> Timestamp {
        let day = i64::from(days_since_epoch(at.date()));
        let time = at.time();
        let seconds = i64::from(time.hour()) * 3_600
            + i64::from(time.minute()) * 60
            + i64::from(time.second());
        let micros = i64::from(time.subsec_nanosecond() / 1_000);
        Timestamp(day * DAY_US + seconds * SECOND_US + micros - CST_US)
    }

    /// Midnight at which the civil date begins in China.
    pub fn start_of(date: Date) -> Timestamp {
        Timestamp::from_civil(date.to_datetime(Time::midnight()))
    }

    /// The civil date shown in China at this instant.
    pub fn date(self) -> Date {
        self.civil().date()
    }

    /// The civil date and time shown in China at this instant, to the microsecond.
    pub fn civil(self) -> DateTime {
        let local = self.0.clamp(-LIMIT_US, LIMIT_US) + CST_US;
        let days = local.div_euclid(DAY_US);
        let rest = local.rem_euclid(DAY_US);
        let date = date_of_days(days as i32);
        let seconds = rest / SECOND_US;
        let time = Time::new(
            (seconds / 3_600) as i8,
            (seconds / 60 % 60) as i8,
            (seconds % 60) as i8,
            (rest % SECOND_US * 1_000) as i32,
        )
        .unwrap_or(Time::midnight());
        date.to_datetime(time)
    }

    /// This instant moved by a number of microseconds (negative for earlier), saturating.
    pub fn plus_us(self, us: i64) -> Timestamp {
        Timestamp(self.0.saturating_add(us))
    }

    /// This instant moved by whole hours.
    pub fn plus_hours(self, hours: i64) -> Timestamp {
        self.plus_us(hours.saturating_mul(HOUR_US))
    }

    /// This instant moved by whole days of 24 hours.
    pub fn plus_days(self, days: i64) -> Timestamp {
        self.plus_us(days.saturating_mul(DAY_US))
    }

    /// Microseconds from `earlier` to this instant; negative when `earlier` is later.
    pub fn since(self, earlier: Timestamp) -> i64 {
        self.0.saturating_sub(earlier.0)
    }

    /// Days of the calendar from `earlier` to this instant, whatever the hour; negative when `earlier`
    /// is later.
    pub fn days_after(self, earlier: Timestamp) -> i64 {
        i64::from(days_since_epoch(self.date())) - i64::from(days_since_epoch(earlier.date()))
    }

    /// RFC 3339 in China Standard Time, to the second: `2026-09-15T10:21:00+08:00`.
    pub fn rfc3339(self) -> String {
        let at = self.civil();
        format!(
            "{:04}-{:02}-{:02}T{:02}:{:02}:{:02}+08:00",
            at.year(),
            at.month(),
            at.day(),
            at.hour(),
            at.minute(),
            at.second()
        )
    }
}

impl std::fmt::Display for Timestamp {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.rfc3339())
    }
}

/// Days from 1970-01-01 to the date; negative before it.
pub fn days_since_epoch(date: Date) -> i32 {
    // Howard Hinnant's civil-from-days inverse: exact for the whole proleptic Gregorian calendar.
    let (year, month, day) =
        (i32::from(date.year()), i32::from(date.month()), i32::from(date.day()));
    let y = if month <= 2 { year - 1 } else { year };
    let era = y.div_euclid(400);
    let year_of_era = y - era * 400;
    let shifted_month = (month + 9) % 12;
    let day_of_year = (153 * shifted_month + 2) / 5 + day - 1;
    let day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    era * 146_097 + day_of_era - 719_468
}

/// The date that many days after 1970-01-01; clamped to the years -9999..=9999.
pub fn date_of_days(days: i32) -> Date {
    let z = i64::from(days) + 719_468;
    let era = z.div_euclid(146_097);
    let day_of_era = z.rem_euclid(146_097);
    let year_of_era =
        (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted_month = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * shifted_month + 2) / 5 + 1;
    let month = if shifted_month < 10 { shifted_month + 3 } else { shifted_month - 9 };
    let year = year_of_era + era * 400 + i64::from(month <= 2);
    Date::new(year as i16, month as i8, day as i8).unwrap_or(Date::ZERO)
}
