//! What comes twice, late, out of order or for the finished; a clock set back.

use super::world::{World, document, draw};
use crate::instance;
use kernel::time::HOUR_US;
use serde_json::{Value as Json, json};

const TIMER: &str = "<intermediateCatchEvent id=\"w\"><timerEventDefinition><timeDuration>PT2H</timeDuration></timerEventDefinition></intermediateCatchEvent>";
const MESSAGE: &str = "<intermediateCatchEvent id=\"m1\"><messageEventDefinition messageRef=\"go\"/></intermediateCatchEvent>";

/// A service, a timer, a message, a task with a limit that the law decides.
fn drawn() -> String {
    let nodes = [
        "startEvent s0",
        "serviceTask j y:topic=test.outside",
        TIMER,
        MESSAGE,
        "userTask a y:candidates=clerk y:limit=P1D y:overdue=pass y:basis=x",
        "endEvent e",
    ];
    document(&[("p", &draw(&nodes, &["s0 j", "j w", "w m1", "m1 a", "a e"]))])
}

async fn send(world: &World) -> String {
    let send =
        async |ctx: &mut store::Ctx| instance::send(ctx, "启动", "", &Default::default()).await;
    world.run("clerk", send).await.unwrap()
}

/// Every job there is, for every number the instance may have given, twice and in this order.
async fn again(world: &World, id: &str, message: &str) {
    let mut ctx = world.system().await;
    for _ in 0..2 {
        for number in 0..12 {
            let payload = json!({ "instance": id, "number": number });
            for name in ["process.overdue", "process.timer", "process.work", "process.call"] {
                ctx.enqueue(name, &payload).await.unwrap();
            }
            let payload = json!({ "parent": id, "number": number });
            ctx.enqueue("process.child_cancel", &payload).await.unwrap();
        }
        for payload in [json!({ "instance": id }), json!({ "instance": "nobody" })] {
            ctx.enqueue("process.child_ended", &payload).await.unwrap();
        }
        let payload = json!({ "message": message, "again": false });
        ctx.enqueue("process.deliver", &payload).await.unwrap();
        let payload = json!({ "name": "汛情", "instance": id });
        ctx.enqueue("process.signal_one", &payload).await.unwrap();
    }
    ctx.commit().await.unwrap();
    world.drain().await;
}

/// Head and length of the history.
async fn head(world: &World, id: &str) -> (String, i64) {
    let shown = instance::show(&mut world.read("clerk"), id).await.unwrap();
    (shown.history, shown.revision)
}

async fn incidents(world: &World) -> i64 {
    world.count("SELECT COUNT(*) FROM process_incident").await
}

#[tokio::test]
async fn what_comes_twice_or_too_early_changes_nothing_at_any_step() {
    let world = World::new().await;
    world.deploy(&drawn()).await;
    let id = world.start("clerk", "p", json!({})).await.unwrap().id;
    world.drain().await;
    // At the timer: its job comes early, the message before anybody waits for it.
    let message = send(&world).await;
    world.drain().await;
    let before = head(&world, &id).await;
    again(&world, &id, &message).await;
    assert_eq!(head(&world, &id).await, before);
    world.advance_hours(2);
    world.drain().await;
    assert_eq!(world.open(&id).await, ["a"], "the message that came early was kept");
    let before = head(&world, &id).await;
    again(&world, &id, &message).await;
    assert_eq!(head(&world, &id).await, before);
    assert_eq!(incidents(&world).await, 0);
    world.whole().await;
}

#[tokio::test]
async fn for_the_finished_nothing_happens_any_more() {
    let world = World::new().await;
    world.deploy(&drawn()).await;
    let done = world.start("clerk", "p", json!({})).await.unwrap().id;
    world.drain().await;
    world.advance_hours(2);
    world.drain().await;
    let message = send(&world).await;
    world.drain().await;
    world.done("clerk", &done, "a", json!({})).await.unwrap();
    let cancelled = world.start("clerk", "p", json!({})).await.unwrap().id;
    let cancel = async |ctx: &mut store::Ctx| instance::cancel(ctx, &cancelled, None, "停").await;
    world.run("zhao", cancel).await.unwrap();
    for id in [&done, &cancelled] {
        let before = head(&world, id).await;
        world.advance_hours(48);
        again(&world, id, &message).await;
        assert_eq!(head(&world, id).await, before);
    }
    // One that comes when all have ended is kept for who waits next, and disturbs nobody.
    send(&world).await;
    world.drain().await;
    assert_eq!(world.count("SELECT COUNT(*) FROM process_message").await, 1);
    assert_eq!(incidents(&world).await, 0);
    world.whole().await;
}

#[tokio::test]
async fn messages_out_of_order_are_each_heard_in_its_turn() {
    let world = World::new().await;
    let waits = |id: &str, message: &str| {
        format!(
            "<intermediateCatchEvent id=\"{id}\"><messageEventDefinition messageRef=\"{message}\"/></intermediateCatchEvent>"
        )
    };
    let (first, second) = (waits("m1", "go"), waits("m2", "then"));
    let xml = document(&[(
        "p",
        &draw(&["startEvent s0", &first, &second, "endEvent e"], &["s0 m1", "m1 m2", "m2 e"]),
    )])
    .replacen("<message ", "<message id=\"then\" name=\"随后\"/><message ", 1);
    world.deploy(&xml).await;
    let id = world.start("clerk", "p", json!({})).await.unwrap().id;
    for name in ["随后", "启动"] {
        let send =
            async |ctx: &mut store::Ctx| instance::send(ctx, name, "", &Default::default()).await;
        world.run("clerk", send).await.unwrap();
        world.drain().await;
    }
    assert_eq!(world.phase(&id).await, "completed");
    world.whole().await;
}

#[tokio::test]
async fn a_clock_set_back_is_refused_and_nothing_is_lost() {
    let world = World::new().await;
    world.deploy(&drawn()).await;
    let id = world.start("clerk", "p", json!({})).await.unwrap().id;
    world.drain().await;
    world.advance_hours(2);
    world.drain().await;
    send(&world).await;
    world.drain().await;
    let before = head(&world, &id).await;
    let now = world.env.clock.now();
    world.env.clock.set_offset_us(now.plus_us(-3 * HOUR_US).0);
    let refused = world.done("clerk", &id, "a", Json::Object(Default::default())).await;
    assert_eq!(refused.unwrap_err().code, "process.clock_set_back");
    world.drain().await;
    assert_eq!(head(&world, &id).await, before, "unchanged");
    world.env.clock.set_offset_us(now.0);
    world.done("clerk", &id, "a", json!({})).await.unwrap();
    assert_eq!(world.phase(&id).await, "completed");
    world.whole().await;
}
