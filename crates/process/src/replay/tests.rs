//! Finished instances played again, over histories as the verbs wrote them.

use super::{Ask, Outcome, Report, run};
use crate::instance;
use crate::tests::world::{World, document, draw};
use flow::process::TurnAt;
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

/// A review sent back, an approval signed by several, a decision on the way.
fn office() -> String {
    let signed = "<userTask id=\"b\" y:candidates=\"$signer\"><multiInstanceLoopCharacteristics y:collection=\"signers\" y:item=\"signer\" y:output=\"results\" y:outputItem=\"ok\"/></userTask>";
    let nodes = [
        "startEvent s0",
        "userTask a y:candidates=clerk",
        "userTask r y:candidates=reviewer",
        signed,
        "userTask d y:candidates=approver y:limit=P1D y:overdue=pass y:basis=x",
        "endEvent e",
    ];
    document(&[("p", &draw(&nodes, &["s0 a", "a r", "r b", "b d", "d e"]))])
}

#[tokio::test]
async fn moves_signers_and_what_the_law_took_for_done_are_played() {
    use crate::task;
    let world = World::new().await;
    world.deploy(&office()).await;
    let wang = world.actor("wang").account;
    let id = world.start("clerk", "p", json!({ "signers": [wang] })).await.unwrap().id;
    world.done("clerk", &id, "a", json!({"x": 1})).await.unwrap();
    let review = world.task(&id, "r").await;
    world.run("wang", async |ctx| task::claim(ctx, &review, None).await).await.unwrap();
    let back = async |ctx: &mut store::Ctx| {
        task::send_back(ctx, &review, None, Some("a"), "缺件", true).await
    };
    world.run("wang", back).await.unwrap();
    // Completed, it goes back to who sent it, not the way it is drawn.
    let again = world.task(&id, "a").await;
    world
        .run("clerk", async |ctx| {
            task::complete(ctx, &again, None, "", [("x".to_owned(), json!(2))].into()).await
        })
        .await
        .unwrap();
    world.done("wang", &id, "r", json!({})).await.unwrap();
    let sign = world.task(&id, "b").await;
    let add = async |ctx: &mut store::Ctx| {
        let new = task::NewSigner { signer: "lijing", at: TurnAt::Last, weight: None };
        task::add_signer(ctx, &sign, None, new, "会签").await
    };
    world.run("wang", add).await.unwrap();
    // The one added signs first.
    let mut ctx = world.system().await;
    let sql = "SELECT id FROM process_task WHERE instance_id = $1 AND node = 'b' AND open = 1 ORDER BY number DESC";
    let open: Vec<String> = ctx.column(sql, store::vals![&id]).await.unwrap();
    drop(ctx);
    for (login, task) in ["lijing", "wang"].iter().zip(&open) {
        let ok = [("ok".to_owned(), json!(login))].into();
        world.run(login, async |ctx| task::complete(ctx, task, None, "", ok).await).await.unwrap();
    }
    world.advance_hours(25);
    world.drain().await;
    assert_eq!(world.phase(&id).await, "completed");
    world.deploy(&office().replace("name=\"p\"", "name=\"q\"")).await;
    let report = play(&world, 2).await.unwrap();
    assert_eq!(outcomes(&report), [(Outcome::Same, String::new())], "{:?}", report.reasons);
    // Without the step it was sent back to, the way is another.
    world.deploy(&office().replace("\"a\"", "\"a2\"")).await;
    let report = play(&world, 3).await.unwrap();
    assert_eq!(outcomes(&report)[0].0, Outcome::Waits);
}

#[tokio::test]
async fn what_cannot_be_compared_says_why() {
    use crate::migration::{self, New, Order};
    let world = World::new().await;
    world.deploy(&drawn(100, "")).await;
    let id = world.start("clerk", "p", json!({ "amount": 1 })).await.unwrap().id;
    world.deploy(&drawn(90, "")).await;
    let new = New { name: "一".to_owned(), from: 1, to: 2, ..New::default() };
    let plan = world.run("admin", async |ctx| migration::plan(ctx, "p", new).await).await.unwrap();
    world.drain().await;
    let go = async |ctx: &mut store::Ctx| migration::act(ctx, "p", &plan.id, Order::Run).await;
    world.run("admin", go).await.unwrap();
    world.drain().await;
    let end = async |ctx: &mut store::Ctx| instance::cancel(ctx, &id, None, "停").await;
    world.run("zhao", end).await.unwrap();
    let ask = Ask { from: 2, to: 1, number: 10 };
    let report = run(&mut world.read("admin"), "p", &ask).await.unwrap();
    assert_eq!((report.not_comparable, report.instances[0].reason.as_str()), (1, "migrated"));
    assert_eq!(report.reasons, [("migrated".to_owned(), 1)].into());
    for lang in ["zh-CN", "en"] {
        let path = format!("/processes/p/replay?lang={lang}&from=2&to=1&number=10");
        let page = world.get("admin", &path).await;
        page.is_whole(&path);
        assert!(page.text.contains(if lang == "en" { "another version" } else { "换过版本" }));
    }
}

#[tokio::test]
async fn each_version_makes_its_own_decisions() {
    use crate::tests::bundle::{files, subsidy};
    let world = World::new().await;
    let changed = files().with("subsidy.dmn", subsidy(10, "high").as_bytes());
    for files in [files(), changed] {
        let deploy =
            async |ctx: &mut store::Ctx| crate::definition::deploy_files(ctx, &files).await;
        world.run("admin", deploy).await.unwrap();
    }
    let new = instance::New {
        process: "grant".to_owned(),
        version: Some(1),
        variables: [("company".to_owned(), json!("甲公司"))].into(),
        ..instance::New::default()
    };
    let id = world.run("clerk", async |ctx| instance::start(ctx, new).await).await.unwrap().id;
    world.done("clerk", &id, "apply", json!({ "amount": 40 })).await.unwrap();
    assert_eq!(world.phase(&id).await, "completed");
    for (to, expected) in
        [(1, (Outcome::Same, String::new())), (2, (Outcome::Waits, "approve".to_owned()))]
    {
        let ask = Ask { from: 1, to, number: 10 };
        let report = run(&mut world.read("admin"), "grant", &ask).await.unwrap();
        assert_eq!(outcomes(&report), [expected], "{:?}", report.reasons);
    }
}
