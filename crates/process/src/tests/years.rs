//! Years of working days: clocks that run over three calendar years, stopped and started again and
//! extended, against a slow count of days that knows nothing of how the platform counts.

use super::world::{World, document, draw};
use crate::instance;
use flow::process::On;
use kernel::time::{DAY_US, HOUR_US};
use kernel::{Random, Timestamp};
use serde_json::json;

/// Monday, 2024-01-08 10:00 in China.
const BEGINS: Timestamp = Timestamp(1_704_679_200_000_000);

/// A period that a variable gives, on a task without limit of its own.
fn drawn() -> String {
    let edge = "<boundaryEvent id=\"t\" attachedToRef=\"b\" cancelActivity=\"false\">\
        <extensionElements><y:extension longest=\"30wd\" basis=\"x\"/></extensionElements>\
        <timerEventDefinition y:period=\"limit\"/></boundaryEvent>";
    let nodes = [
        "startEvent s0",
        "userTask b y:candidates=reviewer y:limit=60wd",
        edge,
        "userTask c y:candidates=approver",
        "endEvent e",
    ];
    document(&[("p", &draw(&nodes, &["s0 b", "b e", "t c", "c e"]))])
}

/// Spans in which the instance ran, the last without end, and the day it began.
struct Oracle {
    began: Timestamp,
    limit: u32,
    /// Stops and starts in order: an even number of them while it runs.
    turns: Vec<Timestamp>,
}

impl Oracle {
    /// Day by day: a working day after the first counts when the clock runs at its end.
    fn due(&self, world: &World) -> Timestamp {
        let calendar = world.env.pack.calendar().unwrap();
        let (mut date, mut left) = (self.began.date(), self.limit);
        loop {
            date = date.tomorrow().unwrap();
            let end = Timestamp::start_of(date.tomorrow().unwrap());
            let stopped = self.turns.iter().filter(|turn| **turn < end).count() % 2 == 1;
            if calendar.is_working(date).unwrap() && !stopped {
                left -= 1;
            }
            if left == 0 {
                return end;
            }
        }
    }
}

async fn timer(world: &World, id: &str) -> Option<(u64, Timestamp)> {
    let (_, standing) = instance::seen(&mut world.read("zhao"), id).await.unwrap();
    standing.state.subscriptions.iter().find_map(|one| match one.on {
        On::Timer { due, .. } => Some((one.id, due)),
        _ => None,
    })
}

fn now(world: &World) -> Timestamp {
    world.env.clock.now()
}

#[tokio::test]
async fn over_years_of_stops_and_starts_every_day_counts_once() {
    let world = World::new().await;
    world.env.clock.set_offset_us(BEGINS.0);
    world.deploy(&drawn()).await;
    for seed in 0..8_u64 {
        world.env.clock.set_offset_us(BEGINS.0);
        let mut random = Random::from_number(seed);
        let limit = 330 + u32::try_from(random.below(120)).unwrap();
        world.env.clock.advance_us(i64::try_from(random.below(240)).unwrap() * HOUR_US);
        let variables = json!({ "limit": format!("{limit}wd") });
        let id = world.start("clerk", "p", variables).await.unwrap().id;
        let mut oracle = Oracle { began: now(&world), limit, turns: Vec::new() };
        let (mut stops, mut years) = (0, std::collections::BTreeSet::new());
        loop {
            let (number, due) = timer(&world, &id).await.unwrap();
            assert_eq!(due, oracle.due(&world), "seed {seed}, {:?}", oracle.turns);
            years.insert(now(&world).date().year());
            let ahead = i64::try_from(random.below(60 * 24)).unwrap() * HOUR_US + HOUR_US / 2;
            if stops == 14 || now(&world).plus_us(ahead) >= due {
                world.env.clock.advance_us(due.since(now(&world)) - 1);
                world.drain().await;
                assert_eq!(world.open(&id).await, ["b"], "seed {seed}: before its end");
                world.env.clock.advance_us(1);
                world.drain().await;
                assert_eq!(world.open(&id).await, ["b", "c"], "seed {seed}: at its end");
                break;
            }
            world.env.clock.advance_us(ahead);
            if stops == 3 {
                let extend = async |ctx: &mut store::Ctx| {
                    instance::extend(ctx, &id, None, number, "30wd", "案情复杂").await
                };
                world.run("zhao", extend).await.unwrap();
                oracle.limit += 30;
            }
            let stop = async |ctx: &mut store::Ctx| instance::suspend(ctx, &id, None, "鉴定").await;
            world.run("zhao", stop).await.unwrap();
            oracle.turns.push(now(&world));
            // Some stops last minutes, some months.
            let pause = match random.below(3) {
                0 => i64::try_from(random.below(20)).unwrap() * HOUR_US,
                1 => i64::try_from(random.below(9)).unwrap() * DAY_US,
                _ => i64::try_from(random.below(70)).unwrap() * DAY_US,
            };
            world.env.clock.advance_us(pause);
            let go = async |ctx: &mut store::Ctx| instance::resume(ctx, &id, None, "毕").await;
            world.run("zhao", go).await.unwrap();
            oracle.turns.push(now(&world));
            stops += 1;
        }
        years.insert(now(&world).date().year());
        assert!(seed != 0 || years.len() > 1, "{years:?}");
        world.whole().await;
    }
}
