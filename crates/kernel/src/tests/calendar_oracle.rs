//! The same counts, made slowly: one day at a time over a map of moved days, with `jiff`'s own
//! calendar arithmetic.

use super::{notices, standard};
use crate::calendar::{Calendar, Clock, DayKind, Extension, Limit, Pause, Unit};
use crate::time::DAY_US;
use crate::{Result, Timestamp};
use jiff::civil::{Date, Weekday, date};
use proptest::prelude::*;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::LazyLock;

struct Slow {
    moved: BTreeMap<Date, DayKind>,
    years: BTreeSet<i16>,
}

static SLOW: LazyLock<Slow> = LazyLock::new(|| {
    let all = notices();
    Slow {
        moved: all.iter().map(|notice| (notice.date, notice.kind)).collect(),
        years: all.iter().map(|notice| notice.year).collect(),
    }
});
static FAST: LazyLock<Calendar> = LazyLock::new(standard);

/// The missing year, when a day is not covered.
type Missing = String;

impl Slow {
    fn works(&self, day: Date) -> std::result::Result<bool, Missing> {
        let late = day >= date(day.year(), 12, 25);
        if late && !self.years.contains(&(day.year() + 1)) {
            return Err((day.year() + 1).to_string());
        }
        if !self.years.contains(&day.year()) {
            return Err(day.year().to_string());
        }
        Ok(match self.moved.get(&day) {
            Some(kind) => *kind == DayKind::Work,
            None => !matches!(day.weekday(), Weekday::Saturday | Weekday::Sunday),
        })
    }

    fn counts(&self, day: Date, unit: Unit) -> std::result::Result<bool, Missing> {
        if unit == Unit::WorkingDay { self.works(day) } else { Ok(true) }
    }

    /// The end of the limit of a clock whose pauses are all over.
    fn due(&self, clock: &Clock) -> std::result::Result<Timestamp, Missing> {
        let mut left = clock.total();
        let mut day = clock.started.date();
        let runs_at_end = |day: Date| {
            let end = Timestamp::start_of(day.tomorrow().unwrap());
            !clock.pauses.iter().any(|pause| pause.from < end && Some(end) <= pause.to)
        };
        loop {
            if left == 0 && runs_at_end(day) && self.works(day)? {
                return Ok(Timestamp::start_of(day.tomorrow().unwrap()));
            }
            day = day.tomorrow().unwrap();
            if left > 0 && runs_at_end(day) && self.counts(day, clock.limit.unit)? {
                left -= 1;
            }
        }
    }

    fn used(&self, clock: &Clock, now: Timestamp) -> std::result::Result<i64, Missing> {
        let mut used = 0;
        let mut day = clock.started.date();
        loop {
            day = day.tomorrow().unwrap();
            let end = Timestamp::start_of(day.tomorrow().unwrap());
            if end > now {
                return Ok(used);
            }
            let paused = clock.pauses.iter().any(|pause| pause.from < end && Some(end) <= pause.to);
            if !paused && self.counts(day, clock.limit.unit)? {
                used += 1;
            }
        }
    }
}

/// The outcome with the missing year in place of the whole error.
fn told<T>(result: Result<T>) -> std::result::Result<T, Missing> {
    result.map_err(|error| {
        assert_eq!(error.code, "calendar.year_missing");
        error.args[0].1.clone()
    })
}

fn pause(from: Timestamp, to: Timestamp) -> Pause {
    let (cause, article) = ("听证".to_owned(), "行政许可法第四十五条".to_owned());
    Pause { from, to: Some(to), cause, article }
}

prop_compose! {
    /// Instants of 2006–2027, often exactly at midnight.
    fn instant()(day in 0..8_000_i64, rest in prop_oneof![Just(0), 0..DAY_US, Just(DAY_US - 1)])
        -> Timestamp {
        Timestamp::start_of(date(2006, 1, 1)).plus_days(day).plus_us(rest)
    }
}

fn day_unit() -> impl Strategy<Value = Unit> {
    prop_oneof![Just(Unit::WorkingDay), Just(Unit::CalendarDay)]
}

prop_compose! {
    /// A clock with pauses of hours to weeks, all over, some touching, some at midnight.
    fn clock()(
        started in instant(),
        amount in 0..60_u32,
        more in prop_oneof![Just(0), 1..20_u32],
        unit in day_unit(),
        gaps in prop::collection::vec((0..20_i64, 0..20_i64, 0..4_i64), 0..6),
    ) -> Clock {
        let mut clock = Clock::new(started, Limit { amount, unit }).unwrap();
        let mut at = started;
        for (before, length, quarter) in gaps {
            let midnight = Timestamp::start_of(at.plus_days(before).date());
            let from = midnight.plus_us(quarter * DAY_US / 4).0.max(at.0);
            let to = Timestamp(from).plus_us(length * DAY_US / 2);
            clock.pauses.push(pause(Timestamp(from), to));
            at = to;
        }
        if more > 0 {
            let words = || "局长".to_owned();
            clock.extension = Some(Extension {
                amount: more, at: started, approver: words(), reason: words(), article: words(),
            });
        }
        clock
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 4_000, ..ProptestConfig::default() })]

    #[test]
    fn every_day_is_what_a_slow_look_says(start in instant()) {
        let day = start.date();
        prop_assert_eq!(told(FAST.is_working(day)), SLOW.works(day));
    }

    #[test]
    fn a_deadline_is_what_a_slow_count_gives(start in instant(), amount in 0..400_u32, unit in day_unit()) {
        let limit = Limit { amount, unit };
        let slow = SLOW.due(&Clock::new(start, limit).unwrap());
        prop_assert_eq!(told(FAST.deadline(start, limit)), slow);
    }

    #[test]
    fn a_paused_and_extended_clock_is_due_when_a_slow_count_says(clock in clock()) {
        let slow = SLOW.due(&clock).map(Some);
        prop_assert_eq!(told(clock.due(&FAST)), slow);
    }

    #[test]
    fn the_days_used_are_what_a_slow_count_gives(clock in clock(), hours in 0..4_000_i64) {
        let now = clock.started.plus_hours(hours);
        prop_assert_eq!(told(clock.used(now, &FAST)), SLOW.used(&clock, now));
    }

    #[test]
    fn counting_back_undoes_counting_forth(start in instant(), n in 1..300_i32) {
        let Ok(from) = FAST.next_working(start.date()) else { return Ok(()) };
        let Ok(to) = FAST.add_working_days(from, n) else { return Ok(()) };
        prop_assert_eq!(FAST.working_days_between(from, to).unwrap(), i64::from(n));
        prop_assert_eq!(FAST.working_days_between(to, from).unwrap(), -i64::from(n));
        prop_assert_eq!(FAST.add_working_days(to, -n).unwrap(), from);
    }

    #[test]
    fn an_hour_clock_runs_its_hours_less_its_pauses(clock in clock(), hours in 0..400_u32) {
        let clock = Clock { limit: Limit { amount: hours, unit: Unit::Hour }, ..clock };
        let due = clock.due(&FAST).unwrap().unwrap();
        let paused: i64 = clock
            .pauses
            .iter()
            .map(|pause| pause.to.unwrap().0.min(due.0) - pause.from.0.min(due.0))
            .sum();
        let run = due.since(clock.started) - paused;
        prop_assert_eq!(run, i64::from(clock.total()) * crate::time::HOUR_US);
    }
}
