//! How long it takes to compute a working-day deadline and the end of a clock that stood still, on
//! the calendar every case uses.

use super::Options;
use super::measure::{Figures, put, put_count, repeat};
use jiff::civil::date;
use kernel::calendar::{Calendar, Clock, Limit, Unit};
use kernel::{Error, Random, Result, Timestamp};
use std::hint::black_box;

/// Different computations of one measurement.
const SAMPLES: usize = 4_096;
/// Longest limit, in working days.
const DAYS_MAX: u64 = 60;
/// Computations between two looks at the time.
const BATCH: u64 = 10_000;

/// Measures.
pub fn run(options: &Options) -> Result<Figures> {
    let pack = pack::Province::embedded()?;
    let calendar = pack.calendar()?;
    let mut random = Random::from_number(super::world::SEED);
    let starts = starts(calendar, &mut random)?;
    let clocks = clocks(calendar, &mut random)?;
    let deadline = repeat(options.time(), BATCH, |run| {
        let (start, limit) = starts[run as usize % starts.len()];
        calendar.deadline(black_box(start), black_box(limit)).map(|due| {
            black_box(due);
        })
    })?;
    let due = repeat(options.time(), BATCH, |run| {
        clocks[run as usize % clocks.len()].due(black_box(calendar)).map(|due| {
            black_box(due);
        })
    })?;
    let pauses: usize = clocks.iter().map(|clock| clock.pauses.len()).sum();
    let mut figures = Figures::new();
    put(&mut figures, "deadline_ns", deadline.ns());
    put(&mut figures, "clock_due_ns", due.ns());
    put(&mut figures, "clock_pauses_mean", pauses as f64 / clocks.len() as f64);
    put_count(&mut figures, "calendar_years", calendar.years().count() as u64);
    put_count(&mut figures, "samples", SAMPLES as u64);
    Ok(figures)
}

/// A random instant of a year whose following year is known too.
fn instant(years: &[i16], random: &mut Random) -> Result<Timestamp> {
    let year = random
        .pick(years)
        .ok_or_else(|| Error::internal("the calendar has no two years in a row"))?;
    let begins = Timestamp::start_of(date(*year, 1, 1));
    Ok(begins.plus_us(random.below(365 * 24 * 3_600) as i64 * kernel::time::SECOND_US))
}

fn known(calendar: &Calendar) -> Vec<i16> {
    let years: Vec<i16> = calendar.years().collect();
    years.iter().copied().filter(|year| years.contains(&(year + 1))).collect()
}

fn limit(random: &mut Random, most: u64) -> Result<Limit> {
    Limit::new(1 + random.below(most) as u32, Unit::WorkingDay)
}

fn starts(calendar: &Calendar, random: &mut Random) -> Result<Vec<(Timestamp, Limit)>> {
    let years = known(calendar);
    (0..SAMPLES).map(|_| Ok((instant(&years, random)?, limit(random, DAYS_MAX)?))).collect()
}

/// Clocks with one to three pauses of up to twelve days.
fn clocks(calendar: &Calendar, random: &mut Random) -> Result<Vec<Clock>> {
    let years = known(calendar);
    let clock = |random: &mut Random| {
        let mut at = instant(&years, random)?;
        let mut clock = Clock::new(at, limit(random, DAYS_MAX)?)?;
        for _ in 0..1 + random.below(3) {
            at = at.plus_hours(1 + random.below(10 * 24) as i64);
            clock.pause(at, "检验", "行政许可法第四十五条")?;
            at = at.plus_hours(1 + random.below(12 * 24) as i64);
            clock.resume(at)?;
        }
        Ok(clock)
    };
    (0..SAMPLES).map(|_| clock(random)).collect()
}
