//! Timers that count working days.

use super::*;
use crate::process::{Document, Mapping, Migration, working_days};

fn period(text: &str) -> String {
    format!("<timerEventDefinition y:period=\"{text}\"/>")
}

fn caught(definition: &str) -> String {
    let event = format!("<intermediateCatchEvent id=\"w\">{definition}</intermediateCatchEvent>");
    draw(&["startEvent s0", &event, "endEvent e"], &["s0 w", "w e"])
}

fn on_edge(definition: &str) -> String {
    let event = format!("<boundaryEvent id=\"t\" attachedToRef=\"a\">{definition}</boundaryEvent>");
    draw(
        &["startEvent s0", "userTask a", &event, "endEvent e", "endEvent late"],
        &["s0 a", "a e", "t late"],
    )
}

fn timer(driver: &Driver) -> (Id, Timestamp, Option<u32>) {
    let one = driver.state.subscriptions.first().unwrap();
    let On::Timer { due, working, .. } = one.on else { panic!("{one:?}") };
    (one.id, due, working)
}

#[test]
fn a_period_counts_working_days_and_an_expression_may_give_it() {
    // Monday 14 September; Friday is the fourth day, Monday the fifth.
    for (text, days, due) in [
        ("4wd", 4, "2026-09-19T00:00:00+08:00"),
        ("5wd", 5, "2026-09-22T00:00:00+08:00"),
        (" 5 wd ", 5, "2026-09-22T00:00:00+08:00"),
        ("0wd", 0, "2026-09-15T00:00:00+08:00"),
        ("limit", 10, "2026-09-29T00:00:00+08:00"),
    ] {
        let mut driver = Driver::begin(&caught(&period(text)), json!({"limit": "10wd"}));
        let (timer, at, working) = timer(&driver);
        assert_eq!((at.rfc3339().as_str(), working), (due, Some(days)), "{text}");
        driver.now = at.plus_us(-1);
        let early = driver.act(&Command::FireTimer { timer }).unwrap_err();
        assert_eq!(early.code, "process.timer_early");
        driver.now = at;
        driver.act(&Command::FireTimer { timer }).unwrap();
        assert!(driver.ended(), "{text}");
    }
    let mut driver = Driver::new(&caught(&period("limit")));
    let wrong = driver.start(json!({"limit": 10})).unwrap_err();
    assert_eq!(wrong.code, "process.expression_type");
}

#[test]
fn two_clocks_for_one_event_and_what_is_no_period_are_refused() {
    let rule = |definition: &str| -> Vec<&'static str> {
        broken(&caught(definition)).iter().map(|finding| finding.rule).collect()
    };
    for beside in ["timeDuration>P5D</timeDuration", "timeDate>2026-10-01</timeDate"] {
        let both =
            format!("<timerEventDefinition y:period=\"5wd\"><{beside}></timerEventDefinition>");
        assert_eq!(rule(&both), ["process.timer_period"], "{beside}");
    }
    for text in ["P5D", "", "2026-10-01", "R3/P1D"] {
        assert!(rule(&period(text)).contains(&"process.timer_period"), "{text}");
    }
    for text in ["20000wd", "-1wd", "5wd 6"] {
        assert!(!rule(&period(text)).is_empty(), "{text}");
    }
    for (text, days) in [("5wd", Some(5)), ("wd", None), ("+5wd", None), ("10001wd", None)] {
        assert_eq!(working_days(text), days, "{text}");
    }
}

#[test]
fn the_period_comes_back_when_the_document_is_written() {
    let text = document(&caught(&period("5wd")));
    let first = Document::parse(text.as_bytes()).unwrap();
    let again = deploy(first.write().as_bytes(), &Tiny).unwrap();
    let mut driver = Driver::of(again.definitions.into_iter().next().unwrap());
    driver.start(json!({})).unwrap();
    assert_eq!(timer(&driver).2, Some(5));
}

#[test]
fn a_timer_moved_fires_then_and_one_that_is_gone_is_not_moved() {
    let mut driver = Driver::begin(&on_edge(&period("2wd")), json!({}));
    let (timer_id, due, _) = timer(&driver);
    let later = due.plus_days(7);
    driver.act(&Command::MoveTimer { timer: timer_id, due: later }).unwrap();
    assert_eq!(timer(&driver), (timer_id, later, Some(2)));
    assert_eq!(driver.effects, [Effect::SetTimer { timer: timer_id, due: later }]);
    driver.now = due;
    let early = driver.act(&Command::FireTimer { timer: timer_id }).unwrap_err();
    assert_eq!(early.code, "process.timer_early");
    driver.now = later;
    driver.act(&Command::FireTimer { timer: timer_id }).unwrap();
    assert!(driver.ended());
    let mut driver = Driver::begin(&on_edge(&period("2wd")), json!({}));
    let (timer_id, ..) = timer(&driver);
    driver.done("a", json!({}));
    let gone = driver.act(&Command::MoveTimer { timer: timer_id, due }).unwrap_err();
    assert_eq!(gone.code, "process.ended");
}

#[test]
fn a_migration_keeps_what_is_left_and_begins_anew_where_it_is_told_to() {
    let (old, new) = (definition(&on_edge(&period("5wd"))), definition(&on_edge(&period("9wd"))));
    let mut driver = Driver::of(old.clone());
    driver.start(json!({})).unwrap();
    let before = timer(&driver);
    for (mapping, days, kept) in [(json!({}), 5, true), (json!({"restart": ["t"]}), 9, false)] {
        let Ok(mapping) = serde_json::from_value::<Mapping>(mapping) else { panic!("mapping") };
        let env = Env { now: driver.now.plus_days(1), evaluate: &Tiny, working: &Weekdays };
        let migration = Migration::new(&old, &new, &mapping).unwrap();
        let (state, ..) = migration.step(&driver.state, &env).unwrap();
        let after = Driver { state, ..driver.clone() };
        assert_eq!((timer(&after) == before, timer(&after).2), (kept, Some(days)));
    }
}

#[test]
fn a_duration_is_written_as_it_is_read() {
    for text in
        ["P3D", "PT4H", "P14M", "P1M2DT3H4M5S", "PT0.500000S", "P0D", "PT1M", "P2DT7.000001S"]
    {
        let duration = crate::process::Duration::parse(text).unwrap();
        assert_eq!(duration.to_string(), text);
    }
    let mixed = crate::process::Duration::parse("P1Y2M1W3DT26H90M").unwrap();
    assert_eq!(mixed.to_string(), "P14M11DT3H30M");
    assert_eq!(crate::process::Duration::parse(&mixed.to_string()), Some(mixed));
}
