//! Figures of what waits for no person: services, clocks, messages, called processes.

use super::world::{World, document, draw};
use crate::instance;
use crate::statistic::{self, Period};
use serde_json::json;

const TIMER: &str = "<intermediateCatchEvent id=\"w\"><timerEventDefinition><timeDuration>PT5H</timeDuration></timerEventDefinition></intermediateCatchEvent>";
const MESSAGE: &str = "<intermediateCatchEvent id=\"m1\"><messageEventDefinition messageRef=\"go\"/></intermediateCatchEvent>";

/// A service, a clock, a message, a task.
fn drawn() -> String {
    let nodes = [
        "startEvent s0",
        "serviceTask j y:topic=test.outside",
        TIMER,
        MESSAGE,
        "userTask a y:candidates=clerk",
        "endEvent e",
    ];
    document(&[("p", &draw(&nodes, &["s0 j", "j w", "w m1", "m1 a", "a e"]))])
}

async fn figures(world: &World) -> Vec<(String, String, i64, i64, Option<i64>)> {
    let mut ctx = world.read("zhao");
    let period = Period::parse("", "", ctx.now).unwrap();
    let told = statistic::statistics(&mut ctx, "p", None, period).await.unwrap();
    assert!(told.posts.iter().all(|post| !post.id.is_empty()), "{:?}", told.posts);
    let mut steps: Vec<_> = told
        .steps
        .into_iter()
        .map(|one| (one.node, one.kind, one.done, one.withdrawn, one.took_median_s))
        .collect();
    steps.sort();
    steps
}

async fn begin(world: &World) -> String {
    let id = world.start("clerk", "p", json!({})).await.unwrap().id;
    world.advance_hours(1);
    world.drain().await;
    id
}

#[tokio::test]
async fn what_is_no_persons_bottleneck_shows_too() {
    let world = World::new().await;
    world.deploy(&drawn()).await;
    let id = begin(&world).await;
    // The clock is looked at two hours late, the message comes three hours after that.
    world.advance_hours(7);
    world.drain().await;
    world.advance_hours(3);
    let send =
        async |ctx: &mut store::Ctx| instance::send(ctx, "启动", "", &Default::default()).await;
    world.run("clerk", send).await.unwrap();
    world.drain().await;
    world.advance_hours(1);
    world.done("clerk", &id, "a", json!({})).await.unwrap();
    // Another ends while it waits for its clock.
    let other = begin(&world).await;
    let cancel = async |ctx: &mut store::Ctx| instance::cancel(ctx, &other, None, "停").await;
    world.run("zhao", cancel).await.unwrap();
    let hours = |n: i64| Some(n * 3_600);
    let step = |node: &str, kind: &str, done, withdrawn, took| {
        (node.to_owned(), kind.to_owned(), done, withdrawn, took)
    };
    let wanted = [
        step("a", "task", 1, 0, hours(1)),
        step("j", "service", 2, 0, hours(1)),
        step("m1", "message", 1, 0, hours(3)),
        step("w", "timer", 1, 1, hours(7)),
    ];
    assert_eq!(figures(&world).await, wanted);
    world.whole().await;
    // Made anew from the history they are the same; a row that lies is found.
    let mut ctx = world.system().await;
    statistic::rebuild(&mut ctx, &id).await.unwrap();
    ctx.commit().await.unwrap();
    assert_eq!(figures(&world).await, wanted);
    world.whole().await;
    for lang in ["zh-CN", "en"] {
        for by in ["count", "time"] {
            let path = format!("/processes/p/statistics?by={by}&lang={lang}");
            world.get("zhao", &path).await.is_whole(&path);
        }
    }
    world.execute("UPDATE process_step SET took_us = took_us + 1 WHERE kind = 'timer'").await;
    let mut ctx = world.system().await;
    let faults = crate::fsck::check_one(&mut ctx, &id).await.unwrap();
    assert_eq!((faults.len(), faults[0].what), (1, "steps"));
}
