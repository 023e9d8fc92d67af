//! Working days, notices and deadlines, on the published notices.

use super::{arg, code, notices, standard};
use crate::Timestamp;
use crate::calendar::{AMOUNT_MAX, Calendar, DayKind, Limit, Notice, Unit};
use jiff::civil::{Date, date};

fn at(year: i16, month: i8, day: i8, hour: i8, minute: i8) -> Timestamp {
    Timestamp::from_civil(date(year, month, day).at(hour, minute, 0, 0))
}

fn deadline(start: Timestamp, amount: u32, unit: Unit) -> Timestamp {
    standard().deadline(start, Limit { amount, unit }).expect("a deadline")
}

fn moved(year: i16, date: Date, kind: DayKind) -> Notice {
    Notice { date, year, kind, name: "元旦".to_owned() }
}

#[test]
fn weekdays_work_and_weekends_rest_unless_a_notice_moves_them() {
    let calendar = standard();
    for (day, works) in [
        (date(2026, 3, 2), true),   // Monday
        (date(2026, 3, 7), false),  // Saturday
        (date(2026, 1, 1), false),  // New Year, a Thursday
        (date(2026, 1, 4), true),   // Sunday made up
        (date(2024, 2, 10), false), // Spring Festival
        (date(2024, 2, 18), true),  // Sunday made up
        (date(2020, 1, 31), false), // the holiday prolonged in 2020
    ] {
        assert_eq!(calendar.is_working(day).unwrap(), works, "{day}");
    }
}

#[test]
fn the_notice_of_a_year_moves_the_last_days_of_the_year_before() {
    let calendar = standard();
    // Off by the notice of 2023: a Saturday anyway; the make-up day of 2012 is a Saturday too.
    assert!(!calendar.is_working(date(2022, 12, 31)).unwrap());
    assert!(calendar.is_working(date(2011, 12, 31)).unwrap());
    assert!(!calendar.is_working(date(2007, 12, 31)).unwrap());
    assert!(calendar.is_working(date(2007, 12, 29)).unwrap());
}

#[test]
fn the_last_week_of_2018_needs_the_absent_notice_of_2019() {
    let calendar = standard();
    for day in [date(2018, 12, 29), date(2018, 12, 31)] {
        let refused = calendar.is_working(day);
        assert_eq!(code(refused.clone()), "calendar.year_missing");
        assert_eq!(arg(refused, "year"), "2019");
    }
}

#[test]
fn with_the_notices_of_2018_and_2019_their_boundary_counts() {
    let mut all = notices();
    all.push(moved(2018, date(2018, 1, 1), DayKind::Off));
    all.push(moved(2019, date(2018, 12, 29), DayKind::Work));
    all.push(moved(2019, date(2018, 12, 30), DayKind::Off));
    all.push(moved(2019, date(2018, 12, 31), DayKind::Off));
    all.push(moved(2019, date(2019, 1, 1), DayKind::Off));
    let calendar = Calendar::from_notices(all).unwrap();
    assert!(calendar.is_working(date(2018, 12, 29)).unwrap());
    assert!(!calendar.is_working(date(2018, 12, 31)).unwrap());
    let limit = Limit { amount: 2, unit: Unit::WorkingDay };
    // Friday, then the make-up Saturday and Wednesday 2 January.
    assert_eq!(
        calendar.deadline(at(2018, 12, 28, 9, 0), limit).unwrap(),
        Timestamp::start_of(date(2019, 1, 3))
    );
}

#[test]
fn a_count_that_runs_into_a_missing_year_names_that_year() {
    let calendar = standard();
    let limit = |amount| Limit { amount, unit: Unit::WorkingDay };
    let into_2018 = calendar.deadline(at(2017, 12, 20, 9, 0), limit(20));
    assert_eq!(arg(into_2018, "year"), "2018");
    let into_2027 = calendar.deadline(at(2026, 12, 20, 9, 0), limit(5));
    assert_eq!(arg(into_2027, "year"), "2027");
    assert!(calendar.deadline(at(2026, 12, 20, 9, 0), limit(4)).is_ok());
    let within_2019 = calendar.is_working(date(2019, 6, 3));
    assert_eq!(arg(within_2019, "year"), "2019");
    let back_into_2019 = calendar.add_working_days(date(2020, 1, 6), -10);
    assert_eq!(arg(back_into_2019, "year"), "2019");
    let across = calendar.working_days_between(date(2017, 6, 1), date(2020, 6, 1));
    assert_eq!(arg(across, "year"), "2018");
    let empty = Calendar::from_notices(Vec::new()).unwrap();
    assert_eq!(arg(empty.next_working(date(2024, 5, 1)), "year"), "2024");
}

#[test]
fn twenty_working_days_skip_a_holiday_and_count_its_make_up_days() {
    // Accepted Friday 26 April 2024: Sunday 28 April works, 1–5 May rest, Saturday 11 May works;
    // three days in April, six to 11 May, then eleven of the weeks from 13 May.
    let due = deadline(at(2024, 4, 26, 16, 59), 20, Unit::WorkingDay);
    assert_eq!(due, Timestamp::start_of(date(2024, 5, 28)));
}

#[test]
fn the_day_of_the_start_does_not_count_however_early_it_is() {
    for (hour, minute) in [(0, 0), (8, 30), (23, 59)] {
        let due = deadline(at(2026, 3, 2, hour, minute), 1, Unit::WorkingDay);
        assert_eq!(due, Timestamp::start_of(date(2026, 3, 4)));
    }
}

#[test]
fn a_last_calendar_day_that_rests_moves_to_the_next_working_day() {
    // 5 days from Monday end on Saturday, so on Monday.
    let due = deadline(at(2026, 3, 2, 10, 0), 5, Unit::CalendarDay);
    assert_eq!(due, Timestamp::start_of(date(2026, 3, 10)));
    // A make-up Sunday is a working day, so the last day stays.
    let due = deadline(at(2025, 12, 30, 10, 0), 5, Unit::CalendarDay);
    assert_eq!(due, Timestamp::start_of(date(2026, 1, 5)));
}

#[test]
fn hours_run_through_nights_and_missing_years() {
    let due = deadline(at(2018, 12, 31, 23, 30), 2, Unit::Hour);
    assert_eq!(due, at(2019, 1, 1, 1, 30));
}

#[test]
fn a_limit_of_no_days_ends_with_the_day() {
    let due = deadline(at(2026, 3, 2, 10, 0), 0, Unit::WorkingDay);
    assert_eq!(due, Timestamp::start_of(date(2026, 3, 3)));
    let due = deadline(at(2026, 3, 7, 10, 0), 0, Unit::CalendarDay);
    assert_eq!(due, Timestamp::start_of(date(2026, 3, 10)));
}

#[test]
fn working_days_are_counted_forth_and_back() {
    let calendar = standard();
    let (friday, monday) = (date(2026, 3, 6), date(2026, 3, 9));
    assert_eq!(calendar.add_working_days(friday, 1).unwrap(), monday);
    assert_eq!(calendar.add_working_days(monday, -1).unwrap(), friday);
    assert_eq!(calendar.add_working_days(monday, 0).unwrap(), monday);
    assert_eq!(calendar.working_days_between(friday, monday).unwrap(), 1);
    assert_eq!(calendar.working_days_between(monday, friday).unwrap(), -1);
    assert_eq!(calendar.next_working(date(2026, 3, 7)).unwrap(), monday);
}

#[test]
fn the_version_names_the_moved_days_and_nothing_else() {
    let mut all = notices();
    let version = standard().version().to_owned();
    assert_eq!(version.len(), 16);
    all.reverse();
    all[0].name = "New Year".to_owned();
    all.push(all[0].clone());
    assert_eq!(Calendar::from_notices(all.clone()).unwrap().version(), version);
    all[5].kind = match all[5].kind {
        DayKind::Off => DayKind::Work,
        DayKind::Work => DayKind::Off,
    };
    assert_ne!(Calendar::from_notices(all).unwrap().version(), version);
}

#[test]
fn the_later_notice_of_two_years_holds_and_one_notice_may_not_disagree_with_itself() {
    let day = date(2023, 12, 29);
    let earlier = moved(2023, day, DayKind::Work);
    let later = moved(2024, day, DayKind::Off);
    let calendar = Calendar::from_notices(vec![later.clone(), earlier]).unwrap();
    assert!(!calendar.is_working(day).unwrap());
    assert_eq!(calendar.notice(day), Some(&later));
    let torn = Calendar::from_notices(vec![later, moved(2024, day, DayKind::Work)]);
    assert_eq!(code(torn), "calendar.notice_conflict");
}

#[test]
fn an_impossible_notice_is_refused_with_its_column() {
    for (row, field) in [
        (["20x6", "2026-01-01", "off", ""], "year"),
        (["1500", "1500-01-01", "off", ""], "year"),
        (["2026", "2026-02-30", "off", ""], "date"),
        (["2026", "2026-01-01T00", "off", ""], "date"),
        (["2026", "2025-12-24", "off", ""], "date"),
        (["2026", "2028-01-01", "off", ""], "date"),
        (["2026", "2026-01-01", "rest", ""], "kind"),
    ] {
        let error = Notice::parse(row[0], row[1], row[2], row[3]).unwrap_err();
        assert_eq!((error.code, error.fields[0].field.as_str()), ("calendar.notice", field));
    }
}

#[test]
fn a_limit_reads_as_packs_write_it_and_has_a_ceiling() {
    let limit: Limit = serde_json::from_str(r#"{"amount":5,"unit":"working_day"}"#).unwrap();
    assert_eq!(limit, Limit { amount: 5, unit: Unit::WorkingDay });
    assert_eq!(serde_json::to_string(&limit).unwrap(), r#"{"amount":5,"unit":"working_day"}"#);
    assert!(serde_json::from_str::<Limit>(r#"{"amount":10001,"unit":"hour"}"#).is_err());
    assert!(serde_json::from_str::<Limit>(r#"{"amount":1,"unit":"week"}"#).is_err());
    assert_eq!(code(Limit::new(AMOUNT_MAX + 1, Unit::Hour)), "limit.too_large");
    let unchecked = Limit { amount: u32::MAX, unit: Unit::CalendarDay };
    assert_eq!(code(standard().deadline(Timestamp::EPOCH, unchecked)), "limit.too_large");
    let schema = serde_json::to_value(schemars::schema_for!(Limit)).unwrap();
    assert_eq!(schema["properties"]["amount"]["maximum"], 10_000);
}

#[test]
fn the_loaded_years_are_told() {
    let years: Vec<i16> = standard().years().collect();
    assert_eq!(years, (2007..=2017).chain(2020..=2026).collect::<Vec<i16>>());
}
