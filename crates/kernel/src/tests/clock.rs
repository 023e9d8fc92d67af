//! Pausing, resuming, extending and ending a legal clock, and what lists show of it.

use super::{code, standard};
use crate::Timestamp;
use crate::calendar::{Clock, Extension, Lamp, Limit, Unit};
use jiff::civil::date;

/// An instant of March 2026, whose second is a Monday and which no notice touches.
fn march(day: i8, hour: i8) -> Timestamp {
    Timestamp::from_civil(date(2026, 3, day).at(hour, 0, 0, 0))
}

fn midnight_after(day: i8) -> Option<Timestamp> {
    Some(Timestamp::start_of(date(2026, 3, day).tomorrow().unwrap()))
}

fn started(day: i8, amount: u32, unit: Unit) -> Clock {
    Clock::new(march(day, 9), Limit { amount, unit }).unwrap()
}

fn extension(amount: u32, at: Timestamp) -> Extension {
    Extension {
        amount,
        at,
        approver: "局长".to_owned(),
        reason: "案情复杂".to_owned(),
        article: "行政许可法第四十二条".to_owned(),
    }
}

fn hold(clock: &mut Clock, from: Timestamp, to: Timestamp) {
    clock.pause(from, "检验", "行政许可法第四十五条").unwrap();
    clock.resume(to).unwrap();
}

#[test]
fn a_day_counts_when_the_clock_runs_at_its_end() {
    let calendar = standard();
    let mut clock = started(2, 5, Unit::WorkingDay);
    assert_eq!(clock.due(&calendar).unwrap(), midnight_after(9));
    // Within one day: nothing is lost.
    hold(&mut clock, march(3, 9), march(3, 17));
    assert_eq!(clock.due(&calendar).unwrap(), midnight_after(9));
    // Over one midnight: one day.
    hold(&mut clock, march(4, 23), march(5, 1));
    assert_eq!(clock.due(&calendar).unwrap(), midnight_after(10));
    // Over a weekend: the working day at whose end it began.
    hold(&mut clock, march(6, 12), march(9, 9));
    assert_eq!(clock.due(&calendar).unwrap(), midnight_after(11));
}

#[test]
fn a_pause_that_touches_midnight_takes_the_days_it_covers_whole() {
    let calendar = standard();
    let mut clock = started(2, 5, Unit::WorkingDay);
    // From the midnight that begins the 4th to the one that ends it: that day, no other.
    hold(&mut clock, march(4, 0), march(5, 0));
    assert_eq!(clock.due(&calendar).unwrap(), midnight_after(10));
}

#[test]
fn a_paused_clock_has_no_due_instant_unless_it_had_run_out_before() {
    let calendar = standard();
    let mut clock = started(2, 5, Unit::WorkingDay);
    clock.pause(march(9, 18), "听证", "行政许可法第四十五条").unwrap();
    assert_eq!(clock.due(&calendar).unwrap(), None);
    assert_eq!(clock.lamp(march(20, 9), &calendar).unwrap(), Lamp::Paused);
    let mut late = started(2, 5, Unit::WorkingDay);
    late.pause(march(10, 9), "听证", "行政许可法第四十五条").unwrap();
    assert_eq!(late.due(&calendar).unwrap(), midnight_after(9));
    assert_eq!(late.lamp(march(20, 9), &calendar).unwrap(), Lamp::Red);
}

#[test]
fn a_last_calendar_day_moved_into_a_pause_moves_on_behind_it() {
    let calendar = standard();
    let mut clock = started(2, 5, Unit::CalendarDay);
    assert_eq!(clock.due(&calendar).unwrap(), midnight_after(9));
    // Saturday the 7th is the fifth day; paused from Sunday to Wednesday.
    hold(&mut clock, march(8, 9), march(11, 9));
    assert_eq!(clock.due(&calendar).unwrap(), midnight_after(11));
}

#[test]
fn a_pause_after_the_end_asks_for_no_further_notice() {
    let at = |month, day| Timestamp::from_civil(date(2017, month, day).at(9, 0, 0, 0));
    let limit = Limit { amount: 5, unit: Unit::WorkingDay };
    let mut clock = Clock::new(at(12, 4), limit).unwrap();
    // The last week of 2017 would need the absent notice of 2018.
    hold(&mut clock, at(12, 26), at(12, 27));
    let due = clock.due(&standard()).unwrap();
    assert_eq!(due, Some(Timestamp::start_of(date(2017, 12, 12))));
}

#[test]
fn hours_paused_are_added_exactly() {
    let calendar = standard();
    let mut clock = started(2, 24, Unit::Hour);
    hold(&mut clock, march(2, 10), march(2, 13));
    assert_eq!(clock.due(&calendar).unwrap(), Some(march(3, 12)));
    // After its end a pause gives nothing back.
    hold(&mut clock, march(4, 10), march(4, 13));
    assert_eq!(clock.due(&calendar).unwrap(), Some(march(3, 12)));
    assert_eq!(clock.used(march(3, 9), &calendar).unwrap(), 21);
}

#[test]
fn a_clock_set_back_is_refused_and_nothing_changes() {
    let mut clock = started(2, 5, Unit::WorkingDay);
    assert_eq!(code(clock.pause(march(2, 8), "检验", "第四十五条")), "clock.set_back");
    clock.pause(march(3, 9), "检验", "第四十五条").unwrap();
    let before = clock.clone();
    assert_eq!(code(clock.resume(march(3, 8))), "clock.set_back");
    assert_eq!(code(clock.stop(march(3, 8))), "clock.set_back");
    assert_eq!(clock, before);
    clock.resume(march(3, 9)).unwrap();
}

#[test]
fn a_verb_out_of_turn_is_refused() {
    let mut clock = started(2, 5, Unit::WorkingDay);
    assert_eq!(code(clock.resume(march(3, 9))), "clock.not_paused");
    clock.pause(march(3, 9), "检验", "第四十五条").unwrap();
    assert_eq!(code(clock.pause(march(3, 10), "检验", "第四十五条")), "clock.already_paused");
    clock.stop(march(4, 9)).unwrap();
    assert_eq!(clock.pauses[0].to, Some(march(4, 9)));
    let calendar = standard();
    assert_eq!(code(clock.stop(march(5, 9))), "clock.stopped");
    assert_eq!(code(clock.pause(march(5, 9), "检验", "第四十五条")), "clock.stopped");
    assert_eq!(code(clock.resume(march(5, 9))), "clock.stopped");
    assert_eq!(code(clock.extend(extension(1, march(5, 9)), 5, &calendar)), "clock.stopped");
}

#[test]
fn a_pause_needs_its_cause_and_its_article() {
    let mut clock = started(2, 5, Unit::WorkingDay);
    let error = clock.pause(march(3, 9), " ", "").unwrap_err();
    let fields: Vec<&str> = error.fields.iter().map(|field| field.field.as_str()).collect();
    assert_eq!((error.code, fields), ("clock.pause", vec!["cause", "article"]));
    assert!(clock.pauses.is_empty());
}

#[test]
fn time_is_extended_once_within_bounds_and_before_it_has_run_out() {
    let calendar = standard();
    let mut clock = started(2, 5, Unit::WorkingDay);
    for amount in [0, 11] {
        let refused = clock.extend(extension(amount, march(3, 9)), 10, &calendar);
        assert_eq!(code(refused), "clock.extension_amount");
    }
    let nobody = Extension { approver: String::new(), ..extension(5, march(3, 9)) };
    assert_eq!(clock.extend(nobody, 10, &calendar).unwrap_err().fields[0].field, "approver");
    let late = clock.extend(extension(5, march(10, 0)), 10, &calendar);
    assert_eq!(code(late), "clock.overdue");
    clock.extend(extension(5, march(9, 23)), 10, &calendar).unwrap();
    assert_eq!(clock.due(&calendar).unwrap(), midnight_after(16));
    let again = clock.extend(extension(1, march(9, 23)), 10, &calendar);
    assert_eq!(code(again), "clock.already_extended");
}

#[test]
fn the_lamp_turns_yellow_near_the_end_and_red_at_midnight() {
    let calendar = standard();
    let clock = started(2, 5, Unit::WorkingDay);
    for (now, lamp) in [
        (march(2, 9), Lamp::Green),
        (march(6, 23), Lamp::Green),
        (march(7, 0), Lamp::Yellow),
        (march(9, 23), Lamp::Yellow),
        (march(10, 0), Lamp::Red),
    ] {
        assert_eq!(clock.lamp(now, &calendar).unwrap(), lamp, "{now}");
    }
    // A quarter of twenty days is five.
    let long = started(2, 20, Unit::CalendarDay);
    assert_eq!(long.lamp(march(17, 12), &calendar).unwrap(), Lamp::Green);
    assert_eq!(long.lamp(march(18, 0), &calendar).unwrap(), Lamp::Yellow);
}

#[test]
fn the_shortest_limits_are_green_at_their_start() {
    let calendar = standard();
    let day = started(2, 1, Unit::WorkingDay);
    assert_eq!(day.lamp(march(2, 23), &calendar).unwrap(), Lamp::Green);
    assert_eq!(day.lamp(march(3, 0), &calendar).unwrap(), Lamp::Yellow);
    let hour = started(2, 1, Unit::Hour);
    assert_eq!(hour.lamp(march(2, 9), &calendar).unwrap(), Lamp::Green);
    assert_eq!(hour.lamp(march(2, 10).plus_us(-1), &calendar).unwrap(), Lamp::Yellow);
    let hours = started(2, 8, Unit::Hour);
    assert_eq!(hours.lamp(march(2, 14), &calendar).unwrap(), Lamp::Green);
    assert_eq!(hours.lamp(march(2, 15), &calendar).unwrap(), Lamp::Yellow);
}

#[test]
fn what_remains_is_told_in_days_and_hours() {
    let calendar = standard();
    let clock = started(2, 5, Unit::WorkingDay);
    let left = clock.remaining(march(6, 12), &calendar).unwrap();
    assert_eq!((left.working_days, left.calendar_days, left.hours), (1, 3, 84));
    assert!(!left.overdue && !left.paused && left.due == midnight_after(9));
    let last = clock.remaining(march(9, 23), &calendar).unwrap();
    assert_eq!((last.working_days, last.calendar_days, last.hours), (0, 0, 1));
    let late = clock.remaining(march(11, 1), &calendar).unwrap();
    assert_eq!((late.working_days, late.calendar_days, late.hours), (-2, -2, -25));
    assert!(late.overdue);
}

#[test]
fn a_paused_clock_tells_what_would_be_left() {
    let calendar = standard();
    let mut clock = started(2, 5, Unit::WorkingDay);
    clock.pause(march(4, 12), "专家评审", "行政许可法第四十五条").unwrap();
    // One day used (the 3rd): four left whenever it resumes, counted from that day on.
    let left = clock.remaining(march(18, 9), &calendar).unwrap();
    assert!(left.paused && !left.overdue && left.due.is_none());
    assert_eq!(left.working_days, 3);
    assert_eq!(clock.used(march(18, 9), &calendar).unwrap(), 1);
}

#[test]
fn an_ended_clock_stays_as_it_ended() {
    let calendar = standard();
    let mut in_time = started(2, 5, Unit::WorkingDay);
    in_time.stop(march(6, 12)).unwrap();
    assert!(!in_time.remaining(march(30, 9), &calendar).unwrap().overdue);
    assert_eq!(in_time.used(march(30, 9), &calendar).unwrap(), 3);
    assert_eq!(in_time.lamp(march(30, 9), &calendar).unwrap(), Lamp::Done);
    let mut late = started(2, 5, Unit::WorkingDay);
    late.stop(march(10, 0)).unwrap();
    assert!(late.remaining(march(30, 9), &calendar).unwrap().overdue);
}

#[test]
fn an_hour_clock_needs_no_notice() {
    let calendar = crate::calendar::Calendar::from_notices(Vec::new()).unwrap();
    let clock = started(2, 48, Unit::Hour);
    let left = clock.remaining(march(3, 9), &calendar).unwrap();
    assert_eq!((left.hours, left.calendar_days, left.working_days), (24, 1, 0));
    assert_eq!(clock.lamp(march(3, 9), &calendar).unwrap(), Lamp::Green);
}

#[test]
fn a_clock_survives_json_and_damaged_data_is_refused() {
    let calendar = standard();
    let mut clock = started(2, 5, Unit::WorkingDay);
    hold(&mut clock, march(3, 9), march(4, 9));
    clock.extend(extension(3, march(5, 9)), 10, &calendar).unwrap();
    let json = serde_json::to_value(&clock).unwrap();
    assert_eq!(serde_json::from_value::<Clock>(json).unwrap(), clock);
    let mut damaged = clock.clone();
    damaged.pauses[0].to = Some(march(3, 8));
    assert_eq!(code(damaged.due(&calendar)), "clock.damaged");
    let mut doubled = clock.clone();
    doubled.pauses.push(doubled.pauses[0].clone());
    assert_eq!(code(doubled.used(march(9, 9), &calendar)), "clock.damaged");
    assert_eq!(serde_json::to_value(Lamp::Green).unwrap(), "green");
}

#[test]
fn a_clock_cannot_be_paused_without_end() {
    let mut clock = started(2, 5, Unit::WorkingDay);
    for _ in 0..256 {
        hold(&mut clock, march(3, 9), march(3, 9));
    }
    assert_eq!(code(clock.pause(march(3, 9), "检验", "第四十五条")), "clock.too_many_pauses");
}
