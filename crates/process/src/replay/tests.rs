//! Finished instances played again, over histories as the verbs wrote them.

use super::{Ask, Outcome, Report, run};
use crate::instance;
use crate::tests::world::{World, document, draw};
use kernel::{Kind, Result};
use serde_json::json;

const TIMER: &str = "<intermediateCatchEvent id=\"w\"><timerEventDefinition><timeDuration>PT2H</timeDuration></timerEventDefinition></intermediateCatchEvent>";
const MESSAGE: &str = "<intermediateCatchEvent id=\"m1\"><messageEventDefinition messageRef=\"go\"/></intermediateCatchEvent>";

/// A task, a timer, a service, a message, a choice by amount.
fn drawn(limit: u32, more: &str) -> String {
    let script = format!(
        "<scriptTask id=\"x\" y:result=\"fee\"><script>amount * {}</script></scriptTask>",
        if more == "fee" { 3 } else { 2 }
    );
    let mut nodes = vec![
        "startEvent s0",
        "userTask a y:candidates=clerk",
        TIMER,
        "serviceTask j y:topic=test.outside",
        MESSAGE,
        &script,
        "exclusiveGateway g",
        "userTask b y:candidates=clerk",
        "userTask c y:candidates=clerk",
        "endEvent e",
        "endEvent e2",
    ];
    let large = format!("g b amount >= {limit}");
    let small = format!("g c amount < {limit}");
    let mut flows =
        vec!["s0 a", "a w", "w j", "j m1", "m1 x", "x g", large.as_str(), small.as_str(), "c e2"];
    if more == "step" {
        nodes.push("userTask z y:candidates=clerk");
        flows.extend(["b z", "z e"]);
    } else {
        flows.push("b e");
    }
    document(&[("p", &draw(&nodes, &flows))])
}

async fn finished(world: &World, amount: u32) -> String {
    let id = world.start("clerk", "p", json!({ "amount": amount })).await.unwrap().id;
    world.done("clerk", &id, "a", json!({"opinion": "同意"})).await.unwrap();
    world.advance_hours(3);
    world.drain().await;
    let send = async |ctx: &mut store::Ctx| {
        instance::send(ctx, "启动", "", &[("word".to_owned(), json!("来"))].into()).await
    };
    world.run("clerk", send).await.unwrap();
    world.drain().await;
    let node = world.open(&id).await.remove(0);
    world.done("clerk", &id, &node, json!({"done": true})).await.unwrap();
    assert_eq!(world.phase(&id).await, "completed");
    id
}

async fn play(world: &World, to: i64) -> Result<Report> {
    run(&mut world.read("admin"), "p", &Ask { from: 1, to, number: 10 }).await
}

fn outcomes(report: &Report) -> Vec<(Outcome, String)> {
    report.instances.iter().map(|one| (one.outcome, one.names.join(" "))).collect()
}

#[tokio::test]
async fn the_same_decisions_show_what_another_version_would_have_made_of_them() {
    let world = World::new().await;
    world.deploy(&drawn(100, "")).await;
    let small = finished(&world, 50).await;
    let large = finished(&world, 200).await;
    for xml in [
        drawn(100, "").replace("name=\"p\"", "name=\"q\""),
        drawn(40, ""),
        drawn(100, "fee"),
        drawn(100, "step"),
    ] {
        world.deploy(&xml).await;
    }
    let report = play(&world, 2).await.unwrap();
    let ids: Vec<&str> = report.instances.iter().map(|one| one.instance.as_str()).collect();
    assert_eq!(ids, [&large, &small]);
    assert_eq!((report.same, report.differ, report.not_comparable), (2, 0, 0));
    // A lower limit: the small one goes to b, which nobody did.
    let report = play(&world, 3).await.unwrap();
    let expected = [(Outcome::Same, String::new()), (Outcome::Waits, "b".to_owned())];
    assert_eq!(outcomes(&report), expected);
    let report = play(&world, 4).await.unwrap();
    let fee = (Outcome::Variables, "fee".to_owned());
    assert_eq!(outcomes(&report), [fee.clone(), fee]);
    let report = play(&world, 5).await.unwrap();
    let expected = [(Outcome::Waits, "z".to_owned()), (Outcome::Same, String::new())];
    assert_eq!(outcomes(&report), expected);
}

#[tokio::test]
async fn what_was_moved_back_and_withdrawn_is_played_too() {
    let world = World::new().await;
    world.deploy(&drawn(100, "")).await;
    let id = world.start("clerk", "p", json!({ "amount": 1 })).await.unwrap().id;
    let task = world.task(&id, "a").await;
    world.run("clerk", async |ctx| crate::task::claim(ctx, &task, None).await).await.unwrap();
    let withdraw = async |ctx: &mut store::Ctx| instance::withdraw(ctx, &id, None, "不办了").await;
    world.run("clerk", withdraw).await.unwrap();
    world.deploy(&drawn(7, "")).await;
    let report = play(&world, 2).await.unwrap();
    assert_eq!(outcomes(&report), [(Outcome::Same, String::new())]);
}

#[tokio::test]
async fn who_may_play_and_the_page() {
    let world = World::new().await;
    world.deploy(&drawn(100, "")).await;
    finished(&world, 200).await;
    world.deploy(&drawn(100, "step")).await;
    let ask = Ask { from: 1, to: 2, number: 10 };
    let denied = run(&mut world.read("clerk"), "p", &ask).await.unwrap_err();
    assert_eq!(denied.kind, Kind::Denied);
    let mut police = world.actor("police");
    police.roles = vec!["administrator".to_owned()];
    let mut ctx = store::Ctx::read(&world.env, police, kernel::Lang::Zh);
    assert_eq!(run(&mut ctx, "p", &ask).await.unwrap_err().code, "process.owned");
    for number in [0, 201] {
        let ask = Ask { number, ..ask.clone() };
        let refused = run(&mut world.read("admin"), "p", &ask).await.unwrap_err();
        assert_eq!(refused.code, "process.replay_number");
    }
    let path = "/processes/p/replay";
    assert_eq!(world.get("clerk", path).await.status, 403);
    assert_eq!(world.get("admin", "/processes/none/replay").await.status, 404);
    for query in ["", "&from=1&to=2&number=10"] {
        for lang in ["zh-CN", "en"] {
            let page = world.get("admin", &format!("{path}?lang={lang}{query}")).await;
            page.is_whole(query);
            assert_eq!(page.text.contains(">z<"), !query.is_empty());
        }
    }
    let wrong = world.get("admin", &format!("{path}?from=1&to=2&number=999")).await;
    assert_eq!(wrong.status, 422);
    let api = "/api/v1/processes/p/replay?from=1&to=2";
    assert_eq!(world.api("clerk", "GET", api, json!(null)).await.0, 403);
    let (status, report) = world.api("admin", "GET", api, json!(null)).await;
    assert_eq!((status.as_u16(), &report["instances"][0]["outcome"]), (200, &json!("waits")));
}
