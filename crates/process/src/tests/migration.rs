//! Plans: dry run, first few, all, pause, a worker that dies, who may.

use super::world::{World, document, draw};
use crate::instance::{self, incidents, repair, timeline};
use crate::migration::{self, New, Order, Phase, Plan, Report};
use crate::task::ListKind;
use kernel::{Error, Kind, Random, Result};
use serde_json::{Value as Json, json};
use store::vals;
use testkit::kill_after;

/// Steps one after the other.
fn steps(tasks: &[&str]) -> String {
    let ids: Vec<&str> = tasks.iter().filter_map(|task| task.split(' ').nth(1)).collect();
    let way: Vec<&str> = [&["s0"], ids.as_slice(), &["e"]].concat();
    let flows: Vec<String> = way.windows(2).map(|two| format!("{} {}", two[0], two[1])).collect();
    let nodes: Vec<&str> = [&["startEvent s0"], tasks, &["endEvent e"]].concat();
    let flows: Vec<&str> = flows.iter().map(String::as_str).collect();
    document(&[("p", &draw(&nodes, &flows))])
}

const A: &str = "userTask a name=受理 y:candidates=clerk y:limit=P2D";
const B: &str = "userTask b name=审查 y:candidates=reviewer";
const C: &str = "userTask c name=复核 y:candidates=approver";

fn from_to(name: &str) -> New {
    New { name: name.to_owned(), from: 1, to: 2, ..New::default() }
}

impl World {
    async fn plan(&self, new: New) -> Result<Plan> {
        self.run("admin", async |ctx| migration::plan(ctx, "p", new).await).await
    }

    async fn order(&self, plan: &str, order: Order) -> Result<Plan> {
        self.run("admin", async |ctx| migration::act(ctx, "p", plan, order).await).await
    }

    async fn report(&self, plan: &str) -> Report {
        migration::show(&mut self.read("admin"), "p", plan).await.unwrap()
    }

    async fn version(&self, instance: &str) -> i64 {
        let mut ctx = self.system().await;
        let sql = "SELECT version FROM process_instance WHERE id = $1";
        ctx.scalar(sql, vals![instance]).await.unwrap().unwrap()
    }

    /// Begins so many, half of which are at the second step.
    async fn begin(&self, number: usize) -> Vec<String> {
        let mut ids = Vec::new();
        for n in 0..number {
            let id = self.start("clerk", "p", json!({"n": n})).await.unwrap().id;
            if n % 2 == 1 {
                self.done("clerk", &id, "a", json!({})).await.unwrap();
            }
            ids.push(id);
        }
        ids
    }
}

#[tokio::test]
async fn a_dry_run_tells_then_the_first_go_then_all() {
    let world = World::new().await;
    world.deploy(&steps(&[A, B])).await;
    let ids = world.begin(8).await;
    world.deploy(&steps(&[A, C])).await;
    let plan = world.plan(from_to("一")).await.unwrap();
    assert_eq!((plan.phase, plan.total), (Phase::Checking, 8));
    let early = world.order(&plan.id, Order::Run).await.unwrap_err();
    assert_eq!(early.code, "process.migration_phase");
    world.drain().await;
    let report = world.report(&plan.id).await;
    assert_eq!(
        (report.plan.phase, report.plan.checked, report.plan.movable),
        (Phase::Checked, 8, 4)
    );
    let reason = &report.check[0];
    assert_eq!((reason.code.as_str(), reason.node.as_str()), ("process.migrate_missing", "b"));
    assert_eq!((reason.instances, reason.samples.len(), report.check.len()), (4, 4, 1));
    for id in &ids {
        assert_eq!(world.version(id).await, 1, "a dry run changes nothing");
    }
    // With the mapping all can go.
    let mut mapped = from_to("二");
    mapped.nodes = [("b".to_owned(), "c".to_owned())].into();
    let plan = world.plan(mapped).await.unwrap();
    world.drain().await;
    world.order(&plan.id, Order::Canary(3)).await.unwrap();
    world.drain().await;
    let report = world.report(&plan.id).await;
    assert_eq!((report.plan.phase, report.plan.moved, report.plan.movable), (Phase::Paused, 3, 8));
    let left = migration::remaining(&mut world.read("admin"), "p", &plan.id, "").await.unwrap();
    let mut sorted = ids.clone();
    sorted.sort_unstable();
    assert_eq!(left.instances, sorted[3..]);
    world.order(&plan.id, Order::Run).await.unwrap();
    world.drain().await;
    let report = world.report(&plan.id).await;
    assert_eq!((report.plan.phase, report.plan.moved, report.run.len()), (Phase::Done, 8, 0));
    // Each goes on by the new drawing, and its task is offered as the new one says.
    assert_eq!(world.list("zhao", ListKind::ToDo).await.len(), 4);
    assert_eq!(world.list("wang", ListKind::ToDo).await.len(), 0);
    world.done("clerk", &ids[0], "a", json!({})).await.unwrap();
    world.done("zhao", &ids[0], "c", json!({})).await.unwrap();
    world.done("zhao", &ids[1], "c", json!({})).await.unwrap();
    assert_eq!(
        (world.phase(&ids[0]).await, world.phase(&ids[1]).await),
        ("completed".into(), "completed".into())
    );
    let lines = timeline(&mut world.read("clerk"), &ids[1]).await.unwrap();
    let told: Vec<(&str, &str, &str)> =
        lines.iter().map(|line| (line.kind, line.step.as_str(), line.by.as_str())).collect();
    let expected = [
        ("started", "", "陈晓"),
        ("completed", "受理", "陈晓"),
        ("migrated", "", "管理员"),
        ("completed", "复核", "赵磊"),
    ];
    assert_eq!(told, expected);
}

#[tokio::test]
async fn a_task_in_hand_stays_in_hand_and_deadlines_stay() {
    let world = World::new().await;
    world.deploy(&steps(&[A, B])).await;
    let ids = world.begin(2).await;
    let task = world.task(&ids[1], "b").await;
    world.run("wang", async |ctx| crate::task::claim(ctx, &task, None).await).await.unwrap();
    let due = "SELECT due_us FROM process_task WHERE open = 1 ORDER BY id LIMIT 1";
    let before = world.count(due).await;
    world.advance_hours(5);
    let other = A.replace("y:candidates=clerk", "y:candidates=approver").replace("P2D", "P9D");
    world.deploy(&steps(&[&other, &B.replace("reviewer", "approver")])).await;
    let plan = world.plan(from_to("换岗")).await.unwrap();
    world.drain().await;
    world.order(&plan.id, Order::Run).await.unwrap();
    world.drain().await;
    assert_eq!(world.list("wang", ListKind::InHand).await, [task]);
    assert_eq!(world.list("clerk", ListKind::ToDo).await, Vec::<String>::new());
    assert_eq!(world.list("zhao", ListKind::ToDo).await.len(), 1);
    assert_eq!(world.count(due).await, before);
}

#[tokio::test]
async fn a_worker_that_dies_at_any_wait_loses_and_repeats_nothing() {
    let world = World::new().await;
    world.deploy(&steps(&[A, B])).await;
    let ids = world.begin(30).await;
    world.deploy(&steps(&[A, C])).await;
    let plan = world.plan(from_to("断电")).await.unwrap();
    let mut random = Random::from_number(7);
    let (mut kills, mut ended) = (0, false);
    for _ in 0..400 {
        let phase = world.report(&plan.id).await.plan.phase;
        match phase {
            Phase::Checked | Phase::Paused => {
                let few = 1 + i64::try_from(random.below(6)).unwrap();
                world.order(&plan.id, Order::Canary(few)).await.unwrap();
            }
            Phase::Done => break,
            _ => {}
        }
        // SQLite waits for its commits alone.
        let waits = match world.env.db.engine {
            store::Engine::Sqlite => random.below(3),
            store::Engine::Postgres => random.below(25),
        };
        if kill_after(waits, world.worker.drain()).await.is_none() {
            kills += 1;
            world.settled().await;
        }
        world.whole().await;
        if kills >= 3 && !ended {
            // One comes to its end meanwhile, before or after it was moved.
            let last = ids.last().unwrap();
            let node = world.open(last).await.remove(0);
            let login = if node == "b" { "wang" } else { "zhao" };
            world.done(login, last, &node, json!({})).await.unwrap();
            ended = true;
        }
        // The lease of the dead worker runs out.
        world.advance_hours(1);
    }
    world.drain().await;
    let report = world.report(&plan.id).await;
    assert!(kills >= 4 && ended, "{kills} kills");
    let reason = report.run.first().map(|one| (one.code.as_str(), one.instances));
    let told = (report.plan.phase, report.plan.moved, report.plan.refused, report.plan.failed);
    // The one that ended did so before its turn or after it was refused.
    let refused = report.plan.refused;
    assert!(refused == 14 || refused == 15, "{refused}");
    assert_eq!(told, (Phase::Done, 15, refused, 0));
    assert_eq!(reason, Some(("process.migrate_missing", refused)));
    for (n, id) in ids.iter().enumerate() {
        assert_eq!(world.version(id).await, if n % 2 == 0 { 2 } else { 1 });
    }
    let sql = "SELECT COUNT(*) FROM process_event WHERE kind = 'migrated'";
    assert_eq!(world.count(sql).await, 15);
}

#[tokio::test]
async fn one_that_cannot_be_written_or_read_stays_alone() {
    let world = World::new().await;
    world.deploy(&steps(&[A, B])).await;
    let mut ids = world.begin(7).await;
    ids.sort_unstable();
    world.deploy(&steps(&[A, B, C])).await;
    let plan = world.plan(from_to("邻居")).await.unwrap();
    world.drain().await;
    world.order(&plan.id, Order::Run).await.unwrap();
    // The place of the next entry of one is taken, and the state of another is no state.
    let next = "SELECT revision + 1 FROM process_instance WHERE id = $1";
    let mut ctx = world.system().await;
    let next: i64 = ctx.scalar(next, vals![&ids[3]]).await.unwrap().unwrap();
    let sql = "INSERT INTO process_event (instance_id, sequence, at_us, actor, kind, body, digest)
         SELECT instance_id, $2, at_us, actor, kind, body, digest FROM process_event
         WHERE instance_id = $1 AND sequence = 1";
    ctx.execute(sql, vals![&ids[3], next]).await.unwrap();
    let state = "SELECT state FROM process_instance WHERE id = $1";
    let state: Vec<u8> = ctx.scalar(state, vals![&ids[5]]).await.unwrap().unwrap();
    let spoil = "UPDATE process_instance SET state = $2 WHERE id = $1";
    ctx.execute(spoil, vals![&ids[5], b"spoilt".to_vec()]).await.unwrap();
    ctx.commit().await.unwrap();
    world.worker.drain().await.unwrap();
    let report = world.report(&plan.id).await;
    let told = (report.plan.phase, report.plan.moved, report.plan.refused, report.plan.failed);
    assert_eq!(told, (Phase::Done, 5, 1, 1));
    let mut stayed: Vec<(&str, &[String])> =
        report.run.iter().map(|one| (one.code.as_str(), one.samples.as_slice())).collect();
    stayed.sort_unstable();
    assert_eq!(stayed, [("internal", &ids[5..6]), ("store.unique", &ids[3..4])]);
    // Once they can be, they go too.
    let mut ctx = world.system().await;
    ctx.execute(spoil, vals![&ids[5], state]).await.unwrap();
    let sql = "DELETE FROM process_event WHERE instance_id = $1 AND sequence = $2";
    ctx.execute(sql, vals![&ids[3], next]).await.unwrap();
    ctx.commit().await.unwrap();
    world.order(&plan.id, Order::Run).await.unwrap();
    world.drain().await;
    let plan = world.report(&plan.id).await.plan;
    assert_eq!((plan.moved, plan.refused, plan.failed), (7, 0, 0));
}

#[tokio::test]
async fn several_go_together_up_to_one_that_somebody_is_writing() {
    let world = World::new().await;
    world.deploy(&steps(&[A, B])).await;
    let mut ids = world.begin(6).await;
    ids.sort_unstable();
    world.deploy(&steps(&[A, B, C])).await;
    let plan = world.plan(from_to("不等")).await.unwrap();
    world.drain().await;
    world.order(&plan.id, Order::Run).await.unwrap();
    let mut ctx = world.system().await;
    assert!(ctx.lock("process_instance", &ids[2]).await.unwrap());
    let worker = world.worker.clone();
    let work = tokio::spawn(async move { worker.drain().await });
    // SQLite has one writer, and that waits.
    let expected = match world.env.db.engine {
        store::Engine::Sqlite => 0,
        store::Engine::Postgres => 2,
    };
    while world.report(&plan.id).await.plan.moved != expected {
        tokio::task::yield_now().await;
    }
    assert!(!work.is_finished());
    drop(ctx);
    work.await.unwrap().unwrap();
    world.whole().await;
    let plan = world.report(&plan.id).await.plan;
    assert_eq!((plan.phase, plan.moved, plan.failed), (Phase::Done, 6, 0));
}

#[tokio::test]
async fn suspended_instances_go_over_and_incidents_stay_with_them() {
    let world = World::new().await;
    let drawn = |way: &str| {
        let flaky = "serviceTask j y:topic=test.flaky";
        let wait = "<intermediateCatchEvent id=\"w\"><timerEventDefinition><timeDuration>PT1H</timeDuration></timerEventDefinition></intermediateCatchEvent>";
        let inner = draw(
            &[
                "startEvent s0",
                "exclusiveGateway x",
                flaky,
                wait,
                "exclusiveGateway g",
                A,
                "userTask z",
                "endEvent e",
                "endEvent e2",
                "endEvent e3",
            ],
            &[
                "s0 x",
                "x j kind = 1",
                "x w kind = 2",
                "x z kind = 3",
                "j e",
                "w g",
                way,
                "g e2 way = 9",
                "a e3",
                "z e3",
            ],
        );
        document(&[("p", &inner)])
    };
    world.deploy(&drawn("g a way = 1")).await;
    world.execute("INSERT INTO setting (name, value) VALUES ('test.broken', 'yes')").await;
    let mut ids = Vec::new();
    for kind in 1..=3 {
        let begun = world.start("clerk", "p", json!({"kind": kind, "way": 2})).await.unwrap();
        ids.push(begun.id);
    }
    let suspend = async |ctx: &mut store::Ctx| instance::suspend(ctx, &ids[2], None, "待核").await;
    world.run("zhao", suspend).await.unwrap();
    for _ in 0..8 {
        world.advance_hours(300);
        world.drain().await;
    }
    let page = incidents(&mut world.read("admin"), "").await.unwrap();
    let mut kinds: Vec<&str> = page.incidents.iter().map(|one| one.kind.as_str()).collect();
    kinds.sort_unstable();
    assert_eq!(kinds, ["job", "timer"]);
    world.deploy(&drawn("g a way = 2")).await;
    let plan = world.plan(from_to("修正")).await.unwrap();
    world.drain().await;
    world.order(&plan.id, Order::Run).await.unwrap();
    world.drain().await;
    assert_eq!(world.report(&plan.id).await.plan.moved, 3);
    let after = incidents(&mut world.read("admin"), "").await.unwrap();
    assert_eq!(after.incidents, page.incidents);
    assert_eq!(world.phase(&ids[2]).await, "suspended");
    world.execute("UPDATE setting SET value = 'no' WHERE name = 'test.broken'").await;
    for one in page.incidents {
        world.run("admin", async |ctx| repair(ctx, &one.id).await).await.unwrap();
    }
    world.drain().await;
    assert_eq!(world.phase(&ids[0]).await, "completed");
    assert_eq!(world.open(&ids[1]).await, ["a"], "the way the old version had not");
    let resume = async |ctx: &mut store::Ctx| instance::resume(ctx, &ids[2], None, "核毕").await;
    world.run("zhao", resume).await.unwrap();
    world.done("clerk", &ids[2], "z", json!({})).await.unwrap();
    assert_eq!(world.phase(&ids[2]).await, "completed");
}

#[tokio::test]
async fn a_number_that_goes_over_first_is_of_those_that_can() {
    let world = World::new().await;
    world.deploy(&steps(&[A, B])).await;
    world.begin(8).await;
    world.deploy(&steps(&[B])).await;
    let plan = world.plan(from_to("先行")).await.unwrap();
    world.drain().await;
    assert_eq!(world.report(&plan.id).await.plan.movable, 4, "half are where the new has nothing");
    for (few, phase, moved) in [(3, Phase::Paused, 3), (1, Phase::Paused, 4), (1, Phase::Done, 4)] {
        world.order(&plan.id, Order::Canary(few)).await.unwrap();
        world.drain().await;
        let plan = world.report(&plan.id).await.plan;
        assert_eq!((plan.phase, plan.moved), (phase, moved));
    }
    assert_eq!(world.report(&plan.id).await.plan.refused, 4);
}

#[tokio::test]
async fn a_pause_holds_until_it_is_run_again() {
    let world = World::new().await;
    world.deploy(&steps(&[A, B])).await;
    let ids = world.begin(4).await;
    world.deploy(&steps(&[A, B, C])).await;
    let plan = world.plan(from_to("暂停")).await.unwrap();
    // Before the dry run has ended nothing can be moved, also after a pause.
    world.order(&plan.id, Order::Pause).await.unwrap();
    world.drain().await;
    assert_eq!(world.report(&plan.id).await.plan.checked, 0);
    let refused = world.order(&plan.id, Order::Canary(1)).await.unwrap_err();
    assert_eq!(refused.code, "process.migration_phase");
    world.order(&plan.id, Order::Check).await.unwrap();
    world.drain().await;
    for count in [0, -1, 1_000_000] {
        let refused = world.order(&plan.id, Order::Canary(count)).await.unwrap_err();
        assert_eq!(refused.code, "process.migration_canary");
    }
    world.order(&plan.id, Order::Run).await.unwrap();
    world.order(&plan.id, Order::Pause).await.unwrap();
    world.drain().await;
    let report = world.report(&plan.id).await;
    assert_eq!((report.plan.phase, report.plan.moved), (Phase::Paused, 0));
    world.order(&plan.id, Order::Run).await.unwrap();
    world.drain().await;
    assert_eq!(world.report(&plan.id).await.plan.moved, 4);
    // Another of the old version, begun by name, is found when it is run once more.
    let new = instance::New { process: "p".to_owned(), version: Some(1), ..Default::default() };
    let late = world.run("clerk", async |ctx| instance::start(ctx, new).await).await.unwrap();
    world.order(&plan.id, Order::Run).await.unwrap();
    world.drain().await;
    assert_eq!((world.version(&late.id).await, world.version(&ids[0]).await), (2, 2));
}

#[tokio::test]
async fn a_history_that_tells_another_version_is_found() {
    let world = World::new().await;
    world.deploy(&steps(&[A, B])).await;
    let ids = world.begin(1).await;
    world.deploy(&steps(&[A, B, C])).await;
    let plan = world.plan(from_to("核对")).await.unwrap();
    world.drain().await;
    world.order(&plan.id, Order::Run).await.unwrap();
    world.drain().await;
    world.execute("UPDATE process_instance SET version = 1").await;
    let mut ctx = world.system().await;
    let faults = crate::fsck::check_one(&mut ctx, &ids[0]).await.unwrap();
    assert_eq!(faults.iter().map(|fault| fault.what).collect::<Vec<_>>(), ["row"]);
}

#[tokio::test]
async fn only_who_deploys_for_the_owning_agency_migrates() {
    let world = World::new().await;
    world.deploy(&steps(&[A, B])).await;
    world.begin(1).await;
    world.deploy(&steps(&[A, C])).await;
    let plan = world.plan(from_to("权限")).await.unwrap();
    for login in ["clerk", "zhao"] {
        let told: Vec<Error> = vec![
            world
                .run(login, async |ctx| migration::plan(ctx, "p", from_to("x")).await)
                .await
                .unwrap_err(),
            world
                .run(login, async |ctx| migration::act(ctx, "p", &plan.id, Order::Pause).await)
                .await
                .unwrap_err(),
            migration::list(&mut world.read(login), "p", "").await.unwrap_err(),
            migration::show(&mut world.read(login), "p", &plan.id).await.unwrap_err(),
        ];
        assert!(told.iter().all(|error| error.kind == Kind::Denied), "{told:?}");
    }
    let mut police = world.actor("police");
    police.roles = vec!["administrator".to_owned()];
    let mut ctx = store::Ctx::write(&world.env, police, kernel::Lang::Zh).await.unwrap();
    let told: Vec<Error> = vec![
        migration::plan(&mut ctx, "p", from_to("x")).await.unwrap_err(),
        migration::act(&mut ctx, "p", &plan.id, Order::Pause).await.unwrap_err(),
        migration::list(&mut ctx, "p", "").await.unwrap_err(),
        migration::show(&mut ctx, "p", &plan.id).await.unwrap_err(),
    ];
    assert!(told.iter().all(|error| error.code == "process.owned"), "{told:?}");
    drop(ctx);
    let mut unknown = from_to("x");
    unknown.to = 9;
    assert_eq!(world.plan(unknown).await.unwrap_err().kind, Kind::NotFound);
    let mut same = from_to("x");
    same.to = 1;
    assert_eq!(world.plan(same).await.unwrap_err().code, "process.migration_versions");
    assert_eq!(world.plan(from_to(" ")).await.unwrap_err().code, "process.migration_name");
    let mut wrong = from_to("x");
    wrong.nodes = [("b".to_owned(), "q".to_owned())].into();
    assert_eq!(world.plan(wrong.clone()).await.unwrap_err().code, "process.migrate_mapping");
    wrong.nodes = (0..3_000).map(|n| (n.to_string(), "a".to_owned())).collect();
    assert_eq!(world.plan(wrong).await.unwrap_err().code, "process.limit_mapping");
    let other =
        world.run("admin", async |ctx| migration::act(ctx, "q", &plan.id, Order::Pause).await);
    assert_eq!(other.await.unwrap_err().kind, Kind::NotFound);
}

#[tokio::test]
async fn pages_and_interface_of_plans() {
    let world = World::new().await;
    world.deploy(&steps(&[A, B])).await;
    world.begin(2).await;
    world.deploy(&steps(&[A, C])).await;
    let path = "/processes/p/migrations";
    assert_eq!(world.get("clerk", path).await.status, 403);
    assert_eq!(world.get("admin", "/processes/none/migrations").await.status, 404);
    let fields = |nodes: &'static str| {
        [
            ("_once", nodes),
            ("name", "到第二版<b>"),
            ("from", "1"),
            ("to", "2"),
            ("nodes", nodes),
            ("restart", ""),
        ]
    };
    let wrong = world.post("admin", path, &fields("没有等号")).await;
    assert_eq!(wrong.status, 422);
    assert!(wrong.text.contains("没有等号") && wrong.text.contains("到第二版&lt;b&gt;"));
    assert_eq!(world.post("admin", path, &fields("b=nowhere")).await.status, 422);
    assert_eq!(world.post("clerk", path, &fields("a=a")).await.status, 403);
    let kept = world.post("admin", path, &fields("a=a")).await;
    assert_eq!(kept.status, 303, "{}", kept.text);
    let again = world.post("admin", path, &fields("a=a")).await.location;
    let plan = kept.location.split(['/', '?']).nth(4).unwrap().to_owned();
    assert!(again.ends_with(&plan), "{again}");
    let here = format!("{path}/{plan}");
    world.get("admin", &here).await.is_whole("checking");
    world.drain().await;
    let act = |act: &str| format!("{here}/{act}");
    let none = [("_once", "p1"), ("count", "0")];
    assert_eq!(world.post("admin", &act("canary"), &none).await.status, 422);
    assert_eq!(world.post("admin", &act("fly"), &[("_once", "p2")]).await.status, 404);
    assert_eq!(world.post("clerk", &act("run"), &[("_once", "p3")]).await.status, 403);
    assert_eq!(world.post("admin", &act("run"), &[("_once", "p4")]).await.status, 303);
    world.drain().await;
    for lang in ["zh-CN", "en"] {
        for path in [path, &here, "/processes/p/versions/2"] {
            world.get("admin", &format!("{path}?lang={lang}")).await.is_whole(path);
        }
    }
    let page = world.get("admin", &here).await.text;
    assert!(
        page.contains("process.migrate_missing") && page.contains("新版本没有环节 b"),
        "{page}"
    );
    let api = format!("/api/v1{here}");
    let (status, report) = world.api("admin", "GET", &api, Json::Null).await;
    assert_eq!(
        (status.as_u16(), &report["plan"]["moved"], &report["plan"]["refused"]),
        (200, &json!(1), &json!(1))
    );
    let (status, left) = world.api("admin", "GET", &format!("{api}/remaining"), Json::Null).await;
    assert_eq!((status.as_u16(), left["instances"].as_array().map(Vec::len)), (200, Some(1)));
    let body = json!({"name": "再来", "from": 1, "to": 2, "nodes": {"b": "c"}});
    let list = format!("/api/v1{path}");
    for (login, expected) in [("clerk", 403), ("admin", 201)] {
        let (status, answer) = world.api(login, "POST", &list, body.clone()).await;
        assert_eq!(status.as_u16(), expected, "{answer}");
    }
    let (status, plans) = world.api("admin", "GET", &list, Json::Null).await;
    assert_eq!((status.as_u16(), plans["plans"].as_array().map(Vec::len)), (200, Some(2)));
    world.drain().await;
    let second = plans["plans"][0]["id"].as_str().unwrap();
    for (act, login, expected) in [
        ("run", "clerk", 403),
        ("fly", "admin", 404),
        ("pause", "admin", 409),
        ("run", "admin", 200),
    ] {
        let path = format!("{list}/{second}/{act}");
        let (status, answer) = world.api(login, "POST", &path, json!({})).await;
        assert_eq!(status.as_u16(), expected, "{act}: {answer}");
    }
    for path in [api.clone(), format!("{api}/remaining"), list] {
        assert_eq!(world.api("clerk", "GET", &path, Json::Null).await.0.as_u16(), 403);
    }
    world.drain().await;
    assert_eq!(world.report(second).await.plan.moved, 1);
}

#[tokio::test]
async fn of_the_platforms_procedures_an_agency_moves_its_own_instances_alone() {
    let world = World::new().await;
    let deployed = async |xml: String| {
        let mut ctx = world.system().await;
        crate::definition::deploy(&mut ctx, xml.as_bytes()).await.unwrap();
        ctx.commit().await.unwrap();
    };
    deployed(steps(&[A, B])).await;
    let own = world.start("clerk", "p", json!({})).await.unwrap().id;
    let other = world.start("police", "p", json!({})).await.unwrap().id;
    deployed(steps(&[A, B, C])).await;
    let plan = world.plan(from_to("本单位")).await.unwrap();
    assert_eq!(plan.total, 1);
    world.drain().await;
    world.order(&plan.id, Order::Run).await.unwrap();
    world.drain().await;
    let report = world.report(&plan.id).await;
    assert_eq!((report.plan.phase, report.plan.moved), (Phase::Done, 1));
    assert_eq!((world.version(&own).await, world.version(&other).await), (2, 1));
    // The platform's own plan is about all, and an agency does not see it.
    let mut ctx = world.system().await;
    let all = migration::plan(&mut ctx, "p", from_to("全部")).await.unwrap();
    ctx.commit().await.unwrap();
    assert_eq!(all.total, 1, "the other's is left");
    let hidden = migration::show(&mut world.read("admin"), "p", &all.id).await.unwrap_err();
    assert_eq!(hidden.kind, Kind::NotFound);
    let listed = migration::list(&mut world.read("admin"), "p", "").await.unwrap();
    assert_eq!(listed.plans.len(), 1);
}
