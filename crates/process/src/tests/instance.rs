//! Instances: durable through timers, messages, signals, services, calls; nothing half done.

use super::world::{World, document, draw, two_steps};
use crate::instance::{self, New, incidents, repair};
use crate::task::{self, ListKind};
use flow::process::Variables;
use kernel::{Error, Kind, Lang, Timestamp};
use serde_json::json;
use store::{Ctx, vals};

#[tokio::test]
async fn an_instance_goes_its_way_and_keeps_its_version() {
    let world = World::new().await;
    world.deploy(&two_steps("y:limit=P2D", "y:limit=3wd")).await;
    let begun = world.start("clerk", "p", json!({"amount": 3})).await.unwrap();
    assert_eq!(begun.phase, "active");
    world.deploy(&two_steps("y:limit=P2D", "y:limit=3wd").replace("审查", "复审")).await;
    let other = world.start("clerk", "p", json!({})).await.unwrap();
    world.done("clerk", &begun.id, "a", json!({"complete": true})).await.unwrap();
    world.done("clerk", &other.id, "a", json!({})).await.unwrap();
    let shown = instance::show(&mut world.read("wang"), &begun.id).await.unwrap();
    assert_eq!((shown.version, shown.places[0].name.as_str()), (1, "审查"));
    assert_eq!(shown.variables["complete"], json!(true));
    let shown = instance::show(&mut world.read("wang"), &other.id).await.unwrap();
    assert_eq!((shown.version, shown.places[0].name.as_str()), (2, "复审"));
    world.done("wang", &begun.id, "b", json!({})).await.unwrap();
    assert_eq!(world.phase(&begun.id).await, "completed");
    let late = world.run("wang", async |ctx| task::comment(ctx, &begun.id, "迟到").await).await;
    assert_eq!(late.unwrap_err().code, "process.ended");
}

#[tokio::test]
async fn a_command_dropped_before_its_commit_has_not_been() {
    let world = World::new().await;
    world.deploy(&two_steps("y:limit=P2D", "y:limit=3wd")).await;
    let begun = world.start("clerk", "p", json!({})).await.unwrap();
    let id = world.task(&begun.id, "a").await;
    let before = world.count("SELECT COUNT(*) FROM evidence_entry").await;
    for _ in 0..3 {
        let mut ctx = Ctx::write(&world.env, world.actor("clerk"), Lang::Zh).await.unwrap();
        task::complete(&mut ctx, &id, None, "同意", Variables::new()).await.unwrap();
        drop(ctx);
        world.whole().await;
        assert_eq!(world.open(&begun.id).await, ["a"]);
    }
    assert_eq!(world.count("SELECT COUNT(*) FROM evidence_entry").await, before);
    assert_eq!(world.list("clerk", ListKind::ToDo).await, [id.as_str()]);
    world.done("clerk", &begun.id, "a", json!({})).await.unwrap();
    assert_eq!(world.list("clerk", ListKind::ToDo).await, Vec::<String>::new());
    assert_eq!(world.list("clerk", ListKind::Done).await, [id.as_str()]);
}

#[tokio::test]
async fn of_two_people_at_one_task_one_completes_it() {
    let world = World::new().await;
    world.deploy(&two_steps("y:limit=P2D", "y:limit=3wd")).await;
    let begun = world.start("clerk", "p", json!({})).await.unwrap();
    world.done("clerk", &begun.id, "a", json!({})).await.unwrap();
    let id = world.task(&begun.id, "b").await;
    let act = |login: &'static str| {
        let (env, actor, id) = (world.env.clone(), world.actor(login), id.clone());
        async move {
            let mut ctx = Ctx::write(&env, actor, Lang::Zh).await?;
            task::complete(&mut ctx, &id, None, "", Variables::new()).await?;
            ctx.commit().await
        }
    };
    let (one, other) = tokio::join!(act("wang"), act("lijing"));
    let failed: Vec<Error> = [one, other].into_iter().filter_map(Result::err).collect();
    assert_eq!(failed.len(), 1, "{failed:?}");
    assert_eq!(failed[0].code, "process.task_gone");
    world.whole().await;
    assert_eq!(world.phase(&begun.id).await, "completed");
}

#[tokio::test]
async fn a_repeated_command_gets_the_recorded_answer_and_a_stale_page_is_refused() {
    let world = World::new().await;
    world.deploy(&two_steps("y:limit=P2D", "y:limit=3wd")).await;
    let body = json!({"command": "c1", "new": {"process": "p", "title": "请假"}});
    let (status, first) =
        world.api("clerk", "POST", "/api/v1/process-instances", body.clone()).await;
    assert_eq!(status, 201);
    let (_, again) = world.api("clerk", "POST", "/api/v1/process-instances", body).await;
    assert_eq!(first, again);
    assert_eq!(world.count("SELECT COUNT(*) FROM process_instance").await, 1);
    let id = first["id"].as_str().unwrap();
    let path = format!("/api/v1/tasks/{}/complete", world.task(id, "a").await);
    let stale = json!({"revision": 9, "command": "c2"});
    let (status, problem) = world.api("clerk", "POST", &path, stale).await;
    assert_eq!((status.as_u16(), problem["code"].as_str()), (409, Some("process.stale")));
    let good = json!({"revision": 1, "command": "c2", "variables": {"x": 1}});
    let (status, first) = world.api("clerk", "POST", &path, good.clone()).await;
    assert_eq!(status, 200, "{first}");
    let (status, again) = world.api("clerk", "POST", &path, good).await;
    assert_eq!((status.as_u16(), &again), (200, &first));
    let (status, _) = world.api("wang", "POST", &path, json!({"command": "c2"})).await;
    assert_eq!(status, 409, "another's command");
    world.whole().await;
}

#[tokio::test]
async fn a_timer_fires_once_when_due_however_early_or_late_its_job_comes() {
    let world = World::new().await;
    let timer = |id: &str, tag: &str| {
        format!(
            "<intermediateCatchEvent id=\"{id}\"><timerEventDefinition><timeDuration>{tag}</timeDuration></timerEventDefinition></intermediateCatchEvent>"
        )
    };
    let drawing = draw(
        &["startEvent s0", &timer("w", "PT5H"), "userTask a", "endEvent e"],
        &["s0 w", "w a", "a e"],
    );
    world.deploy(&document(&[("p", &drawing)])).await;
    let begun = world.start("clerk", "p", json!({})).await.unwrap();
    let payload = json!({"instance": begun.id, "number": 3});
    let mut ctx = world.system().await;
    let early = Timestamp(0);
    ctx.schedule("process.timer", &format!("{}:3", begun.id), early, &payload).await.unwrap();
    ctx.commit().await.unwrap();
    world.drain().await;
    assert_eq!(world.open(&begun.id).await, Vec::<String>::new(), "too early");
    world.advance_hours(40);
    world.drain().await;
    assert_eq!(world.open(&begun.id).await, ["a"]);
    let mut ctx = world.system().await;
    ctx.enqueue("process.timer", &payload).await.unwrap();
    ctx.enqueue("process.timer", &json!({"instance": "nowhere", "number": 3})).await.unwrap();
    ctx.commit().await.unwrap();
    world.drain().await;
    assert_eq!(world.open(&begun.id).await, ["a"]);
}

fn letter() -> String {
    let receive = "<receiveTask id=\"r\" messageRef=\"m\"/>";
    let drawing =
        draw(&["startEvent s0", receive, "userTask a", "endEvent e"], &["s0 r", "r a", "a e"]);
    document(&[("p", &drawing)])
}

async fn send(world: &World, correlation: &str) {
    let variables: Variables = [("text".to_owned(), json!("收到"))].into();
    let sent = world
        .run("clerk", async |ctx| instance::send(ctx, "来函", correlation, &variables).await)
        .await;
    sent.unwrap();
    world.drain().await;
}

#[tokio::test]
async fn a_message_finds_its_conversation_before_and_after_somebody_waits() {
    let world = World::new().await;
    world.deploy(&letter()).await;
    let one = world.start("clerk", "p", json!({"number": "甲1"})).await.unwrap();
    let two = world.start("clerk", "p", json!({"number": "甲2"})).await.unwrap();
    send(&world, "甲2").await;
    assert_eq!(world.open(&one.id).await, Vec::<String>::new());
    assert_eq!(world.open(&two.id).await, ["a"]);
    send(&world, "甲3").await;
    world.advance_hours(1);
    world.drain().await;
    assert_eq!(world.count("SELECT COUNT(*) FROM process_message").await, 1, "it waits");
    let three = world.start("clerk", "p", json!({"number": "甲3"})).await.unwrap();
    world.drain().await;
    assert_eq!(world.open(&three.id).await, ["a"]);
    let shown = instance::show(&mut world.read("clerk"), &three.id).await.unwrap();
    assert_eq!(shown.variables["text"], json!("收到"));
    assert_eq!(world.count("SELECT COUNT(*) FROM process_message").await, 0);
    assert_eq!(
        world.count("SELECT COUNT(*) FROM process_subscription").await,
        1,
        "one waits still"
    );
}

#[tokio::test]
async fn a_message_sent_by_hand_reaches_the_senders_agency_alone_and_names_him() {
    let world = World::new().await;
    world.deploy(&letter()).await;
    let sent = async |login: &str| {
        let variables: Variables = [("text".to_owned(), json!(login))].into();
        let sent =
            world.run(login, async |ctx| instance::send(ctx, "来函", "甲1", &variables).await);
        sent.await.unwrap();
        world.advance_hours(1);
        world.drain().await;
    };
    let begun = world.start("clerk", "p", json!({"number": "甲1"})).await.unwrap();
    sent("police").await;
    assert_eq!(world.open(&begun.id).await, Vec::<String>::new(), "of another agency");
    let shown = instance::show(&mut world.read("clerk"), &begun.id).await.unwrap();
    assert_eq!(shown.variables.get("text"), None);
    sent("clerk").await;
    assert_eq!(world.open(&begun.id).await, ["a"]);
    let lines = instance::timeline(&mut world.read("clerk"), &begun.id).await.unwrap();
    let told = lines.iter().find(|line| line.kind == "message_delivered").unwrap();
    assert_eq!(told.to, format!("来函 · 陈晓 · {}", super::world::HEALTH));
    // What the police sent does not reach who begins to wait later either, but for their own.
    let later = world.start("clerk", "p", json!({"number": "甲1"})).await.unwrap();
    world.drain().await;
    assert_eq!(world.open(&later.id).await, Vec::<String>::new());
    let own = world.start("police", "p", json!({"number": "甲1"})).await.unwrap();
    world.drain().await;
    assert_eq!(world.open(&own.id).await, ["a"]);
    let shown = instance::show(&mut world.read("police"), &own.id).await.unwrap();
    assert_eq!(shown.variables["text"], json!("police"));
}

#[tokio::test]
async fn a_message_begins_a_process_and_a_timer_begins_one_again_and_again() {
    let world = World::new().await;
    let message = "<startEvent id=\"s0\"><messageEventDefinition messageRef=\"go\"/></startEvent>";
    let timer = "<startEvent id=\"t0\"><timerEventDefinition><timeCycle>R3/PT24H</timeCycle></timerEventDefinition></startEvent>";
    let begun = |start: &str, node: &str| {
        let (task, end) = (format!("userTask {node}a"), format!("endEvent {node}e"));
        draw(&[start, &task, &end], &[&format!("{node} {node}a"), &format!("{node}a {node}e")])
    };
    let xml = document(&[("by-message", &begun(message, "s0")), ("by-timer", &begun(timer, "t0"))]);
    world.deploy(&xml).await;
    let sent = world
        .run("clerk", async |ctx| instance::send(ctx, "启动", "", &Variables::new()).await)
        .await;
    sent.unwrap();
    world.drain().await;
    let by_message = "SELECT COUNT(*) FROM process_instance WHERE process = 'by-message'";
    assert_eq!(world.count(by_message).await, 1);
    let by_timer = "SELECT COUNT(*) FROM process_instance WHERE process = 'by-timer'";
    for days in 0..6 {
        assert_eq!(world.count(by_timer).await, days.min(3), "day {days}");
        world.advance_hours(24);
        world.drain().await;
    }
}

#[tokio::test]
async fn a_signal_reaches_everybody_who_waits_and_nobody_else() {
    let world = World::new().await;
    let catch = "<intermediateCatchEvent id=\"c\"><signalEventDefinition signalRef=\"flood\"/></intermediateCatchEvent>";
    let waits =
        draw(&["startEvent s0", catch, "userTask a", "endEvent e"], &["s0 c", "c a", "a e"]);
    let throw = "<endEvent id=\"x\"><signalEventDefinition signalRef=\"flood\"/></endEvent>";
    let sends = draw(&["startEvent s1", throw], &["s1 x"]);
    world.deploy(&document(&[("waits", &waits), ("sends", &sends)])).await;
    let mut waiting = Vec::new();
    for _ in 0..3 {
        waiting.push(world.start("clerk", "waits", json!({})).await.unwrap().id);
    }
    world.start("clerk", "sends", json!({})).await.unwrap();
    world.drain().await;
    for id in waiting {
        assert_eq!(world.open(&id).await, ["a"]);
    }
}

fn service(task: &str) -> String {
    let drawing =
        draw(&["startEvent s0", task, "userTask a", "endEvent e"], &["s0 j", "j a", "a e"]);
    document(&[("p", &drawing)])
}

async fn set_broken(world: &World, broken: &str) {
    world.execute("DELETE FROM setting WHERE name = 'test.broken'").await;
    let sql = format!("INSERT INTO setting (name, value) VALUES ('test.broken', '{broken}')");
    world.execute(&sql).await;
}

#[tokio::test]
async fn a_service_is_tried_until_it_is_an_incident_and_goes_on_when_repaired() {
    let world = World::new().await;
    world.deploy(&service("serviceTask j y:topic=test.flaky y:result=found")).await;
    set_broken(&world, "yes").await;
    let begun = world.start("clerk", "p", json!({})).await.unwrap();
    for attempt in 1..=instance::ATTEMPTS_MAX {
        world.drain().await;
        assert_eq!(world.count("SELECT attempts FROM process_job").await, attempt);
        world.advance_hours(10);
    }
    world.drain().await;
    let tried = "SELECT COUNT(*) FROM setting WHERE name LIKE 'test.0%'";
    assert_eq!(world.count(tried).await, 0, "what a failed try wrote is gone");
    let page = incidents(&mut world.read("zhao"), "").await.unwrap();
    assert_eq!(page.incidents.len(), 1);
    assert_eq!((page.incidents[0].kind.as_str(), page.incidents[0].node.as_str()), ("job", "j"));
    let id = page.incidents[0].id.clone();
    assert!(incidents(&mut world.read("police"), "").await.unwrap().incidents.is_empty());
    let denied = world.run("police", async |ctx| repair(ctx, &id).await).await;
    assert_eq!(denied.unwrap_err().kind, Kind::NotFound);
    let denied = world.run("wang", async |ctx| repair(ctx, &id).await).await;
    assert_eq!(denied.unwrap_err().kind, Kind::Denied);
    set_broken(&world, "no").await;
    world.run("zhao", async |ctx| repair(ctx, &id).await).await.unwrap();
    let twice = world.run("admin", async |ctx| repair(ctx, &id).await).await;
    assert_eq!(twice.unwrap_err().kind, Kind::NotFound);
    world.drain().await;
    assert_eq!(world.open(&begun.id).await, ["a"]);
    let shown = instance::show(&mut world.read("clerk"), &begun.id).await.unwrap();
    assert_eq!(shown.variables["found"], json!({"answer": 42}));
    assert_eq!(world.count("SELECT COUNT(*) FROM process_job").await, 0);
}

#[tokio::test]
async fn a_service_that_calls_outside_may_be_told_twice_and_counts_once() {
    let world = World::new().await;
    let given = "<serviceTask id=\"j\" y:topic=\"test.outside\"><extensionElements><y:input name=\"sum\">amount + 1</y:input></extensionElements></serviceTask>";
    world.deploy(&service(given)).await;
    let begun = world.start("clerk", "p", json!({"amount": 2, "secret": "不给"})).await.unwrap();
    // The worker that took the job dies: another may take it, and both finish.
    let mut ctx = world.system().await;
    let payload = json!({"instance": begun.id, "number": 2});
    ctx.enqueue("process.work", &payload).await.unwrap();
    ctx.commit().await.unwrap();
    world.drain().await;
    let shown = instance::show(&mut world.read("clerk"), &begun.id).await.unwrap();
    assert_eq!(shown.variables["sum"], json!(3));
    let key = shown.variables["key"].as_str().unwrap();
    assert!(key.starts_with(&begun.id), "the job's id is the key: {key}");
    let done = "SELECT COUNT(*) FROM process_event WHERE kind = 'job_done'";
    assert_eq!(world.count(done).await, 1);
}

#[tokio::test]
async fn an_error_of_a_service_goes_where_the_diagram_says() {
    let world = World::new().await;
    let boundary = "<boundaryEvent id=\"b\" attachedToRef=\"j\"><errorEventDefinition errorRef=\"err\"/></boundaryEvent>";
    let drawing = draw(
        &[
            "startEvent s0",
            "serviceTask j y:topic=test.code",
            boundary,
            "userTask a",
            "userTask mend",
            "endEvent e",
            "endEvent e2",
        ],
        &["s0 j", "j a", "a e", "b mend", "mend e2"],
    );
    world.deploy(&document(&[("p", &drawing)])).await;
    let begun = world.start("clerk", "p", json!({"code": "E1"})).await.unwrap();
    world.drain().await;
    assert_eq!(world.open(&begun.id).await, ["mend"]);
    let other = world.start("clerk", "p", json!({"code": "E9"})).await.unwrap();
    world.drain().await;
    assert_eq!(world.phase(&other.id).await, "failed");
}

#[tokio::test]
async fn evidence_and_messages_are_services() {
    let world = World::new().await;
    world.deploy(&service("serviceTask j y:topic=evidence.note")).await;
    let begun = world.start("clerk", "p", json!({"fact": "事实"})).await.unwrap();
    world.drain().await;
    let shown = instance::show(&mut world.read("clerk"), &begun.id).await.unwrap();
    let entry = shown.variables["entry"].as_str().unwrap().to_owned();
    let found = party::audit::by_id(&mut world.system().await, &entry).await.unwrap();
    assert_eq!(found.kind, "process.noted");
    let told = "<serviceTask id=\"j\" y:topic=\"message.send\"><extensionElements><y:input name=\"to\">who</y:input></extensionElements></serviceTask>";
    world.deploy(&service(told)).await;
    let who = world.actor("wang").account;
    world.start("clerk", "p", json!({"who": who})).await.unwrap();
    world.drain().await;
    let sent = "SELECT COUNT(*) FROM message WHERE template = 'process.notice'";
    assert_eq!(world.count(sent).await, 1);
}

fn calls() -> String {
    let called = draw(
        &["startEvent cs", "userTask ca y:candidates=clerk", "endEvent ce"],
        &["cs ca", "ca ce"],
    );
    let calls = draw(
        &[
            "startEvent s0",
            "callActivity c calledElement=child",
            "userTask a y:candidates=clerk",
            "endEvent e",
        ],
        &["s0 c", "c a", "a e"],
    );
    document(&[("p", &calls), ("child", &called)])
}

#[tokio::test]
async fn a_called_process_is_an_instance_whose_end_the_caller_hears() {
    let world = World::new().await;
    world.deploy(&calls()).await;
    let begun = world.start("clerk", "p", json!({"x": 1})).await.unwrap();
    world.drain().await;
    let shown = instance::show(&mut world.read("clerk"), &begun.id).await.unwrap();
    let child = shown.children[0].clone();
    world.done("clerk", &child, "ca", json!({"y": 2})).await.unwrap();
    assert_eq!(world.open(&begun.id).await, Vec::<String>::new());
    world.drain().await;
    assert_eq!(world.open(&begun.id).await, ["a"]);
    let shown = instance::show(&mut world.read("clerk"), &begun.id).await.unwrap();
    assert_eq!((&shown.variables["x"], &shown.variables["y"]), (&json!(1), &json!(2)));
}

#[tokio::test]
async fn a_caller_that_ends_takes_what_it_called_with_it() {
    let world = World::new().await;
    world.deploy(&calls()).await;
    let begun = world.start("clerk", "p", json!({})).await.unwrap();
    world.drain().await;
    let child =
        instance::show(&mut world.read("clerk"), &begun.id).await.unwrap().children[0].clone();
    let denied =
        world.run("wang", async |ctx| instance::cancel(ctx, &begun.id, None, "误发").await).await;
    assert_eq!(denied.unwrap_err().kind, Kind::Denied);
    let other =
        world.run("police", async |ctx| instance::cancel(ctx, &begun.id, None, "误发").await).await;
    assert_eq!(other.unwrap_err().kind, Kind::NotFound);
    let alone =
        world.run("clerk", async |ctx| instance::withdraw(ctx, &child, None, "不办了").await).await;
    assert_eq!(alone.unwrap_err().code, "process.called");
    world
        .run("zhao", async |ctx| instance::cancel(ctx, &begun.id, None, "误发").await)
        .await
        .unwrap();
    world.drain().await;
    assert_eq!(world.phase(&child).await, "cancelled");
    assert_eq!(world.count("SELECT COUNT(*) FROM process_candidate").await, 0);
    // Another begins and ends before its child was begun.
    let quick = world.start("clerk", "p", json!({})).await.unwrap();
    world
        .run("clerk", async |ctx| instance::withdraw(ctx, &quick.id, None, "不办了").await)
        .await
        .unwrap();
    world.drain().await;
    assert_eq!(world.count("SELECT COUNT(*) FROM process_instance").await, 3);
}

#[tokio::test]
async fn while_suspended_nothing_goes_on_and_afterwards_everything_does() {
    let world = World::new().await;
    let boundary = "<boundaryEvent id=\"b\" attachedToRef=\"a\" cancelActivity=\"false\"><timerEventDefinition><timeDuration>PT5H</timeDuration></timerEventDefinition></boundaryEvent>";
    let receive = "<receiveTask id=\"r\" messageRef=\"m\"/>";
    let drawing = draw(
        &[
            "startEvent s0",
            "parallelGateway f",
            "userTask a y:candidates=clerk",
            boundary,
            "userTask late y:candidates=clerk",
            "serviceTask j y:topic=test.outside",
            "callActivity c calledElement=child",
            receive,
            "parallelGateway g",
            "endEvent e",
            "endEvent e2",
        ],
        &[
            "s0 f", "f a", "f j", "f c", "f r", "a g", "j g", "c g", "r g", "g e", "b late",
            "late e2",
        ],
    );
    let called = draw(
        &["startEvent cs", "userTask ca y:candidates=clerk", "endEvent ce"],
        &["cs ca", "ca ce"],
    );
    world.deploy(&document(&[("p", &drawing), ("child", &called)])).await;
    let begun = world.start("clerk", "p", json!({"number": "1"})).await.unwrap();
    let suspend = async |login: &str| {
        world.run(login, async |ctx| instance::suspend(ctx, &begun.id, None, "待核").await).await
    };
    assert_eq!(suspend("clerk").await.unwrap_err().kind, Kind::Denied);
    assert_eq!(suspend("zhao").await.unwrap().phase, "suspended");
    assert_eq!(suspend("zhao").await.unwrap_err().code, "process.suspended");
    send(&world, "1").await;
    world.advance_hours(24);
    world.drain().await;
    assert_eq!(world.list("clerk", ListKind::ToDo).await, Vec::<String>::new());
    let blocked = world.done("clerk", &begun.id, "a", json!({})).await;
    assert_eq!(blocked.unwrap_err().code, "process.suspended");
    world
        .run("zhao", async |ctx| instance::resume(ctx, &begun.id, None, "核清").await)
        .await
        .unwrap();
    world.drain().await;
    assert_eq!(world.open(&begun.id).await, ["a", "late"]);
    let shown = instance::show(&mut world.read("clerk"), &begun.id).await.unwrap();
    let waits: Vec<(&str, &str)> =
        shown.places.iter().map(|place| (place.node.as_str(), place.waits)).collect();
    assert!(waits.contains(&("c", "child")) && waits.contains(&("g", "join")), "{waits:?}");
    let child = shown.children[0].clone();
    world
        .run("zhao", async |ctx| instance::suspend(ctx, &begun.id, None, "再核").await)
        .await
        .unwrap();
    assert_eq!(world.phase(&child).await, "suspended");
    world
        .run("zhao", async |ctx| instance::resume(ctx, &begun.id, None, "核清").await)
        .await
        .unwrap();
    world.done("clerk", &child, "ca", json!({})).await.unwrap();
    world.drain().await;
    world.done("clerk", &begun.id, "a", json!({})).await.unwrap();
    world.done("clerk", &begun.id, "late", json!({})).await.unwrap();
    assert_eq!(world.phase(&begun.id).await, "completed");
}

#[tokio::test]
async fn a_fault_of_the_model_is_an_incident_with_nothing_half_done() {
    let world = World::new().await;
    let timer = "<intermediateCatchEvent id=\"w\"><timerEventDefinition><timeDuration>PT1H</timeDuration></timerEventDefinition></intermediateCatchEvent>";
    let drawing = draw(
        &[
            "startEvent s0",
            timer,
            "exclusiveGateway g",
            "userTask a",
            "userTask b",
            "endEvent e",
            "endEvent e2",
        ],
        &["s0 w", "w g", "g a way = 1", "g b way = 2", "a e", "b e2"],
    );
    world.deploy(&document(&[("p", &drawing)])).await;
    let begun = world.start("clerk", "p", json!({"way": 3})).await.unwrap();
    world.advance_hours(2);
    world.drain().await;
    let page = incidents(&mut world.read("admin"), "").await.unwrap();
    let found = &page.incidents[0];
    assert_eq!((found.kind.as_str(), found.code.as_str()), ("timer", "process.no_path"));
    let id = found.id.clone();
    world.run("admin", async |ctx| repair(ctx, &id).await).await.unwrap();
    world.drain().await;
    let page = incidents(&mut world.read("admin"), "").await.unwrap();
    assert_eq!(page.incidents.len(), 1, "it fails again until somebody ends it");
    world
        .run("zhao", async |ctx| instance::cancel(ctx, &begun.id, None, "无路可走").await)
        .await
        .unwrap();
    assert_eq!(world.count("SELECT COUNT(*) FROM process_incident").await, 0);
}

#[tokio::test]
async fn what_is_not_allowed_begins_nothing() {
    let world = World::new().await;
    world.deploy(&two_steps("y:limit=P2D", "y:limit=3wd")).await;
    let start = async |login: &str, new: New| {
        world.run(login, async |ctx| instance::start(ctx, new).await).await.unwrap_err()
    };
    let new = New { process: "p".to_owned(), ..New::default() };
    assert_eq!(start("admin", new.clone()).await.kind, Kind::Denied);
    let none = New { process: "q".to_owned(), ..New::default() };
    assert_eq!(start("clerk", none).await.code, "process.unknown");
    let version = New { version: Some(7), ..new.clone() };
    assert_eq!(start("clerk", version).await.kind, Kind::NotFound);
    let long = New { title: "长".repeat(201), ..new.clone() };
    assert_eq!(start("clerk", long).await.code, "process.title");
    let deep = (0..100).fold(json!(1), |value, _| json!([value]));
    let variables = [("x".to_owned(), deep)].into();
    assert_eq!(start("clerk", New { variables, ..new.clone() }).await.code, "process.variable");
    let variables = [("x".to_owned(), json!("大".repeat(100_000)))].into();
    assert_eq!(start("clerk", New { variables, ..new }).await.code, "process.limit_variables");
    assert_eq!(world.count("SELECT COUNT(*) FROM process_instance").await, 0);
}

#[tokio::test]
async fn the_check_finds_what_was_changed_by_hand() {
    let world = World::new().await;
    world.deploy(&two_steps("y:limit=P2D", "y:limit=3wd")).await;
    let begun = world.start("clerk", "p", json!({})).await.unwrap();
    for (change, undo, what) in [
        (
            "UPDATE process_task SET assignee = 'x'",
            "UPDATE process_task SET assignee = ''",
            "tasks",
        ),
        (
            "UPDATE process_task SET agency = 'x'",
            "UPDATE process_task SET agency = 'health-410105'",
            "tasks",
        ),
        (
            "UPDATE process_candidate SET pool = 'x'",
            "UPDATE process_candidate SET pool = 'health-410105/clerk'",
            "candidates",
        ),
        (
            "UPDATE process_instance SET phase = 'completed'",
            "UPDATE process_instance SET phase = 'active'",
            "row",
        ),
        ("UPDATE process_event SET actor = 'x'", "", "history"),
    ] {
        world.execute(change).await;
        let faults = crate::fsck::check_one(&mut world.system().await, &begun.id).await.unwrap();
        assert_eq!(faults.iter().map(|fault| fault.what).collect::<Vec<_>>(), [what]);
        if !undo.is_empty() {
            world.execute(undo).await;
            world.whole().await;
        }
    }
    let mut ctx = world.system().await;
    ctx.execute("DELETE FROM process_instance", vals![]).await.unwrap();
    let report = crate::fsck::check(&mut ctx).await.unwrap();
    assert_eq!(report.instances, 0);
    assert!(report.faults.iter().any(|fault| fault.what == "tasks"), "{report:?}");
}
