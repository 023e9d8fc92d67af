//! Clocks and timers of a case.

use super::*;
use crate::case::{Phase, TimerName, timers};

fn opened() -> Driver {
    let mut case = Driver::new(profile());
    case.must(Command::Release);
    case
}

fn timer(case: &Driver, name: TimerName) -> Option<Timestamp> {
    let all = timers(&case.state, &case.calendar).unwrap();
    all.into_iter().find(|timer| timer.name == name).map(|timer| timer.at)
}

#[test]
fn silence_accepts_as_of_the_day_of_receipt() {
    let mut case = opened();
    // 16, 17, 18, Sunday 20 (worked) and 21 September are the five days.
    let end = at("2026-09-22T00:00:00");
    assert_eq!(timer(&case, TimerName::AcceptanceLapse), Some(end));
    case.go("2026-09-21T23:59:59");
    assert_eq!(case.refused(Command::DeemAccepted), "case.not_due");
    case.go("2026-09-22T00:00:00");
    for command in [accept(), ask(&["name"], &[])] {
        assert_eq!(case.refused(command), "case.acceptance_overdue");
    }
    case.must(Command::DeemAccepted);
    assert_eq!(case.state.accepted, Some(at("2026-09-15T10:00:00")));
    let promised = case.state.clocks.promised.as_ref().unwrap();
    assert_eq!(promised.started, at("2026-09-15T10:00:00"));
    assert_eq!(promised.due(&case.calendar).unwrap(), Some(end));
}

#[test]
fn a_correction_not_made_in_time_lapses() {
    let mut case = opened();
    case.must(ask(&["name"], &[]));
    assert_eq!(timer(&case, TimerName::AcceptanceLapse), None);
    let end = timer(&case, TimerName::CorrectionLapse).unwrap();
    case.now = end.plus_us(-1);
    assert_eq!(case.refused(Command::Lapse), "case.not_due");
    case.now = end;
    assert_eq!(case.refused(supply(&["name"], &[])), "case.correction_overdue");
    case.must(TimerName::CorrectionLapse.command().unwrap());
    assert_eq!(case.state.phase, Phase::Lapsed);
    assert_eq!(timers(&case.state, &case.calendar).unwrap(), []);
}

#[test]
fn the_clocks_stand_still_in_a_special_procedure() {
    let mut case = opened();
    case.must(accept());
    let before = timer(&case, TimerName::StatutoryOverdue).unwrap();
    case.go("2026-09-16T10:00:00").must(suspend());
    assert_eq!(timer(&case, TimerName::StatutoryOverdue), None);
    assert_eq!(timer(&case, TimerName::PromisedOverdue), None);
    assert!(timer(&case, TimerName::ProcedureOverdue).is_some());
    // Four working days later: 16, 17, 18 and 20 September ended while it stood still.
    case.go("2026-09-21T10:00:00").must(Command::Resume { result: "已听证".to_owned() });
    let after = timer(&case, TimerName::StatutoryOverdue).unwrap();
    let moved =
        case.calendar.working_days_between(before.plus_us(-1).date(), after.plus_us(-1).date());
    assert_eq!(moved.unwrap(), 4);
    assert_eq!(timer(&case, TimerName::ProcedureOverdue), None);
}

#[test]
fn what_no_law_provides_for_stops_the_promise_alone() {
    let mut case = opened();
    case.profile.special_procedures[0].promise_only = true;
    case.must(accept());
    let before = timer(&case, TimerName::StatutoryOverdue).unwrap();
    case.go("2026-09-16T10:00:00").must(suspend());
    assert_eq!(timer(&case, TimerName::StatutoryOverdue), Some(before));
    assert_eq!(timer(&case, TimerName::PromisedOverdue), None);
    case.go("2026-09-21T10:00:00").must(Command::Resume { result: "已核查".to_owned() });
    assert_eq!(timer(&case, TimerName::StatutoryOverdue), Some(before));
    assert!(timer(&case, TimerName::PromisedOverdue).is_some());
}

#[test]
fn an_extension_moves_both_ends_unless_the_promise_is_broken_already() {
    let mut case = opened();
    case.approver = true;
    case.must(accept());
    let promise = timer(&case, TimerName::PromisedOverdue).unwrap();
    let law = timer(&case, TimerName::StatutoryOverdue).unwrap();
    let (kept, now) = (case.state.clone(), case.now);
    case.must(extend(10));
    assert!(timer(&case, TimerName::PromisedOverdue).unwrap() > promise);
    assert!(timer(&case, TimerName::StatutoryOverdue).unwrap() > law);
    case.state = kept.clone();
    case.now = promise;
    case.must(extend(10));
    assert_eq!(timer(&case, TimerName::PromisedOverdue), Some(promise));
    assert!(timer(&case, TimerName::StatutoryOverdue).unwrap() > law);
    case.state = kept;
    case.now = law;
    assert_eq!(case.refused(extend(10)), "case.extension_overdue");
    assert!(now < law);
}

#[test]
fn a_warning_falls_when_the_lamp_turns_yellow() {
    use kernel::calendar::{Clock, Lamp};
    let mut case = opened();
    case.must(accept());
    let hours = Limit { amount: 7, unit: Unit::Hour };
    case.state.clocks.acceptance = Some(Clock::new(case.now, hours).unwrap());
    let clocks = case.state.clocks.clone();
    let rows = [
        (clocks.promised, TimerName::PromisedWarning),
        (clocks.statutory, TimerName::StatutoryWarning),
        (clocks.acceptance, TimerName::AcceptanceWarning),
    ];
    for (clock, name) in rows {
        let clock = clock.unwrap();
        let turns = timer(&case, name).unwrap();
        let lamp = |at| clock.lamp(at, &case.calendar).unwrap();
        assert_eq!(lamp(turns), Lamp::Yellow, "{name:?}");
        assert_eq!(lamp(turns.plus_us(-1)), Lamp::Green, "{name:?}");
    }
}

#[test]
fn delivery_has_its_own_clock() {
    let mut case = opened();
    case.must(accept()).must(grant());
    assert!(timer(&case, TimerName::DeliveryOverdue).is_some());
    assert_eq!(timer(&case, TimerName::StatutoryOverdue), None);
    case.must(Command::Issue { licence: "L".to_owned() });
    assert_eq!(timers(&case.state, &case.calendar).unwrap(), []);
}

#[test]
fn days_in_which_nothing_was_paid_are_not_the_agencys() {
    let awaited = || Command::AwaitPayment {
        cause: "待缴占用费".into(),
        article: "第三十七条".into(),
    };
    for licence in [true, false] {
        let mut case = Driver::new(Profile { licence, ..profile() });
        case.must(Command::Release).must(accept()).must(grant());
        let before = timer(&case, TimerName::DeliveryOverdue);
        assert_eq!(before.is_some(), licence);
        case.must(awaited());
        assert_eq!(timer(&case, TimerName::DeliveryOverdue), None);
        assert_eq!(case.refused(awaited()), "case.payment_due");
        let deliver =
            if licence { Command::Issue { licence: "L".into() } } else { Command::Complete };
        assert_eq!(case.refused(deliver.clone()), "case.payment_due");
        let pause = &case.state.clocks.delivery.as_ref().unwrap().pauses[0];
        assert_eq!((pause.cause.as_str(), pause.article.as_str()), ("待缴占用费", "第三十七条"));
        // 15 to 18 September and Sunday 20 (worked) ended unpaid; ten more are the agency's.
        case.go("2026-09-21T10:00:00").must(Command::SettlePayment);
        assert_eq!(case.refused(Command::SettlePayment), "case.no_payment_due");
        let clock = case.state.clocks.delivery.as_ref().unwrap();
        assert_eq!(clock.used(case.now, &case.calendar).unwrap(), 0);
        assert!(timer(&case, TimerName::DeliveryOverdue) > before);
        case.must(deliver);
        assert_eq!(timer(&case, TimerName::DeliveryOverdue), None);
    }
}

#[test]
fn a_deadline_beyond_the_known_years_is_refused_and_names_the_year() {
    let mut case = Driver::new(profile());
    case.go("2028-12-15T10:00:00").must(Command::Release);
    let error = case.act(&accept()).unwrap_err();
    assert_eq!(error.code, "calendar.year_missing");
    assert_eq!(error.args, [("year", "2029".to_owned())]);
    assert_eq!(case.state.phase, Phase::Submitted);
}

#[test]
fn acceptance_pins_the_calendar_of_its_day() {
    let mut case = opened();
    assert_eq!(case.state.calendar_version, case.calendar.version());
    let more = calendar();
    let mut lines: Vec<Notice> = vec![Notice {
        date: "2026-09-30".parse().unwrap(),
        year: 2026,
        kind: DayKind::Off,
        name: String::new(),
    }];
    lines.extend(more.notice("2026-10-01".parse().unwrap()).cloned());
    case.calendar = Calendar::from_notices(lines).unwrap();
    case.must(accept());
    assert_eq!(case.state.calendar_version, case.calendar.version());
}
