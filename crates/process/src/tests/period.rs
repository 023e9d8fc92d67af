//! Timers that count working days, by the calendar of the province.

use super::world::{World, act, document, draw};
use crate::instance;
use flow::process::On;
use kernel::Timestamp;
use serde_json::json;
use testkit::TUESDAY;

/// A review with a timer of working days and one of elapsed days on its edge.
fn drawn(period: &str) -> String {
    let edge = |id: &str, definition: &str| {
        format!(
            "<boundaryEvent id=\"{id}\" attachedToRef=\"b\" cancelActivity=\"false\">{definition}</boundaryEvent>"
        )
    };
    let working = edge("w", &format!("<timerEventDefinition y:period=\"{period}\"/>"));
    let elapsed =
        edge("t", "<timerEventDefinition><timeDuration>P2D</timeDuration></timerEventDefinition>");
    let drawing = draw(
        &[
            "startEvent s0",
            "userTask b y:candidates=reviewer",
            &working,
            &elapsed,
            "userTask c y:candidates=approver",
            "userTask d y:candidates=approver",
            "endEvent e",
        ],
        &["s0 b", "b e", "w c", "t d", "c e", "d e"],
    );
    document(&[("p", &drawing)])
}

/// When each timer of the instance is due, those of working days first.
async fn dues(world: &World, id: &str) -> Vec<(bool, Timestamp)> {
    let (_, standing) = instance::seen(&mut world.read("zhao"), id).await.unwrap();
    let due = |one: &flow::process::Subscription| match one.on {
        On::Timer { due, working, .. } => Some((working.is_some(), due)),
        _ => None,
    };
    let mut all: Vec<_> = standing.state.subscriptions.iter().filter_map(due).collect();
    all.sort_by_key(|(working, _)| !working);
    all
}

async fn day(world: &World, id: &str) -> String {
    dues(world, id).await.first().map(|(_, due)| due.date().to_string()).unwrap()
}

#[tokio::test]
async fn a_timer_of_working_days_passes_over_the_national_day() {
    let world = World::new().await;
    world.deploy(&drawn("15wd")).await;
    // Tuesday 15 September 2026; Sunday 20 September and Saturday 10 October are worked, the 25th to
    // the 27th and the first seven days of October are not.
    let id = world.start("clerk", "p", json!({})).await.unwrap().id;
    let (_, due) = dues(&world, &id).await.remove(0);
    let calendar = world.env.pack.calendar().unwrap();
    let mut date = Timestamp(TUESDAY.0).date();
    for _ in 0..15 {
        date = date.tomorrow().unwrap();
        while !calendar.is_working(date).unwrap() {
            date = date.tomorrow().unwrap();
        }
    }
    assert_eq!(due, Timestamp::start_of(date.tomorrow().unwrap()));
    let hours = due.since(TUESDAY) / kernel::time::HOUR_US;
    world.advance_hours(hours);
    world.drain().await;
    assert_eq!(world.open(&id).await, ["b", "d", "c"]);
    world.whole().await;
}

#[tokio::test]
async fn while_it_is_suspended_working_days_stand_still_and_elapsed_time_does_not() {
    let world = World::new().await;
    world.deploy(&drawn("3wd")).await;
    let id = world.start("clerk", "p", json!({})).await.unwrap().id;
    assert_eq!(day(&world, &id).await, "2026-09-19");
    // Within a day nothing is lost; over a midnight that day is.
    act!(world, "zhao", instance::suspend, &id, None, "核").unwrap();
    world.advance_hours(2);
    act!(world, "zhao", instance::resume, &id, None, "核毕").unwrap();
    assert_eq!(day(&world, &id).await, "2026-09-19");
    act!(world, "zhao", instance::suspend, &id, None, "待鉴定").unwrap();
    world.advance_hours(24 * 20);
    world.drain().await;
    assert_eq!(world.open(&id).await, ["b"], "nothing goes on while it is suspended");
    let before = dues(&world, &id).await;
    act!(world, "zhao", instance::resume, &id, None, "鉴定完").unwrap();
    let after = dues(&world, &id).await;
    assert_eq!(before[1], after[1], "elapsed time has run on");
    // Three days were left on Tuesday: it goes on on Monday 5 October, a holiday, and the 8th, 9th
    // and 10th of October are worked.
    assert_eq!(day(&world, &id).await, "2026-10-11");
    world.drain().await;
    assert_eq!(world.open(&id).await, ["b", "d"]);
    world.advance_hours(24 * 6);
    world.drain().await;
    assert_eq!(world.open(&id).await, ["b", "d", "c"]);
    world.whole().await;
}

#[tokio::test]
async fn a_year_without_its_notices_is_named() {
    let world = World::new().await;
    let line = |period: &str| {
        let caught = format!(
            "<intermediateCatchEvent id=\"w\"><timerEventDefinition y:period=\"{period}\"/></intermediateCatchEvent>"
        );
        let script =
            "<scriptTask id=\"x\" y:result=\"limit\"><script>\"200wd\"</script></scriptTask>";
        let timer = "<intermediateCatchEvent id=\"t\"><timerEventDefinition><timeDuration>PT1H</timeDuration></timerEventDefinition></intermediateCatchEvent>";
        let nodes = [
            "startEvent s0",
            "userTask a y:candidates=clerk",
            timer,
            script,
            &caught,
            "endEvent e",
        ];
        document(&[("p", &draw(&nodes, &["s0 a", "a t", "t x", "x w", "w e"]))])
    };
    world.deploy(&drawn("200wd")).await;
    let refused = world.start("clerk", "p", json!({})).await.unwrap_err();
    assert_eq!(refused.code, "calendar.year_missing");
    assert!(refused.args.contains(&("year", "2027".to_owned())), "{refused:?}");
    // Met by a job, it is an incident that says so.
    world.deploy(&line("limit")).await;
    let id = world.start("clerk", "p", json!({})).await.unwrap().id;
    world.done("clerk", &id, "a", json!({})).await.unwrap();
    world.advance_hours(1);
    world.drain().await;
    let told = instance::incidents(&mut world.read("zhao"), "").await.unwrap().incidents;
    assert_eq!(told.len(), 1, "{told:?}");
    assert_eq!((told[0].kind.as_str(), told[0].code.as_str()), ("timer", "calendar.year_missing"));
    assert!(told[0].failure.contains("2027"), "{}", told[0].failure);
    world.whole().await;
}

#[tokio::test]
async fn a_process_does_not_begin_by_a_period_and_an_instance_stays_whole() {
    let world = World::new().await;
    let start = "<startEvent id=\"s0\"><timerEventDefinition y:period=\"5wd\"/></startEvent>";
    let drawing = draw(&[start, "userTask a y:candidates=clerk", "endEvent e"], &["s0 a", "a e"]);
    let text = document(&[("p", &drawing)]);
    let deploy = async |ctx: &mut store::Ctx| crate::definition::deploy(ctx, text.as_bytes()).await;
    let refused = world.run("admin", deploy).await.unwrap_err();
    assert_eq!(refused.code, "process.model");
    let rules: Vec<_> = refused.fields.iter().map(|field| field.code.as_str()).collect();
    assert_eq!(rules, ["process.start_timer"]);
}
