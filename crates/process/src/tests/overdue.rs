//! Tasks that the law takes for passed or refused, instances opened again, signals kept.

use super::world::{World, act, document, draw, two_steps};
use crate::instance::{self, timeline};
use crate::task::{self, ListKind};
use kernel::{Error, Kind};
use serde_json::json;

fn code<T: std::fmt::Debug>(refused: Result<T, Error>) -> &'static str {
    refused.unwrap_err().code
}

/// A review that counts as passed after its limit.
fn drawn(limit: &str, attributes: &str, deemed: &str) -> String {
    let task = format!(
        "<userTask id=\"b\" name=\"审查\" y:candidates=\"reviewer\" {limit} {attributes}>\
         <extensionElements>{deemed}</extensionElements></userTask>"
    );
    let drawing = draw(
        &["startEvent s0", &task, "userTask c y:candidates=approver", "endEvent e"],
        &["s0 b", "b c", "c e"],
    );
    document(&[("p", &drawing)])
}

const PASS: &str = "y:overdue=\"pass\" y:basis=\"《行政许可法》第四十五条\"";
const DEEMED: &str =
    "<y:deemed name=\"passed\">true</y:deemed><y:deemed name=\"fee\">price * 2</y:deemed>";

#[tokio::test]
async fn a_task_counts_as_passed_when_its_limit_has_passed() {
    let world = World::new().await;
    world.deploy(&drawn("y:limit=\"P1D\"", PASS, DEEMED)).await;
    let begun = world.start("clerk", "p", json!({ "price": 21 })).await.unwrap();
    let done = world.start("clerk", "p", json!({ "price": 1 })).await.unwrap();
    world.done("wang", &done.id, "b", json!({ "passed": false })).await.unwrap();
    let id = world.task(&begun.id, "b").await;
    act!(world, "wang", task::claim, &id, None).unwrap();
    world.advance_hours(23);
    world.drain().await;
    assert_eq!(world.open(&begun.id).await, ["b"]);
    world.advance_hours(1);
    world.drain().await;
    assert_eq!(world.open(&begun.id).await, ["c"]);
    assert!(world.list("wang", ListKind::InHand).await.is_empty());
    let shown = instance::show(&mut world.read("zhao"), &begun.id).await.unwrap();
    assert_eq!((&shown.variables["passed"], &shown.variables["fee"]), (&json!(true), &json!(42)));
    let lines = timeline(&mut world.read("zhao"), &begun.id).await.unwrap();
    let last = lines.last().unwrap();
    assert_eq!((last.kind, last.words.as_str()), ("deemed_passed", "《行政许可法》第四十五条"));
    let shown = instance::show(&mut world.read("zhao"), &done.id).await.unwrap();
    assert_eq!(shown.variables["passed"], json!(false), "done in time is done by hand");
    // Nobody did it, so it is not sent back to anybody.
    let decide = world.task(&begun.id, "c").await;
    act!(world, "zhao", task::claim, &decide, None).unwrap();
    let back = act!(world, "zhao", task::send_back, &decide, None, None, "重审", false);
    assert_eq!(code(back), "process.step_not_done");
}

#[tokio::test]
async fn while_it_is_suspended_the_limit_stands_still() {
    let world = World::new().await;
    world.deploy(&drawn("y:limit=\"P1D\"", &PASS.replace("pass", "refuse"), "")).await;
    let begun = world.start("clerk", "p", json!({})).await.unwrap();
    world.advance_hours(10);
    act!(world, "zhao", instance::suspend, &begun.id, None, "待鉴定").unwrap();
    world.advance_hours(100);
    world.drain().await;
    assert_eq!(world.phase(&begun.id).await, "suspended");
    act!(world, "zhao", instance::resume, &begun.id, None, "鉴定完").unwrap();
    world.advance_hours(13);
    world.drain().await;
    assert_eq!(world.open(&begun.id).await, ["b"], "fourteen hours were left");
    world.advance_hours(1);
    world.drain().await;
    assert_eq!(world.open(&begun.id).await, ["c"]);
    let lines = timeline(&mut world.read("zhao"), &begun.id).await.unwrap();
    assert_eq!(lines.last().unwrap().kind, "deemed_refused");
}

#[tokio::test]
async fn of_working_days_those_count_at_whose_end_nothing_is_suspended() {
    let world = World::new().await;
    world.deploy(&drawn("y:limit=\"3wd\"", PASS, "")).await;
    // Tuesday the 15th: due at the end of Friday the 18th.
    let begun = world.start("clerk", "p", json!({})).await.unwrap();
    let due = async || {
        let id = world.task(&begun.id, "b").await;
        let shown = task::show(&mut world.read("wang"), &id).await.unwrap();
        shown.task.due.unwrap().0.date().to_string()
    };
    assert_eq!(due().await, "2026-09-19");
    // Within one day nothing is lost.
    act!(world, "zhao", instance::suspend, &begun.id, None, "核").unwrap();
    world.advance_hours(2);
    act!(world, "zhao", instance::resume, &begun.id, None, "毕").unwrap();
    assert_eq!(due().await, "2026-09-19");
    // Over the ends of Wednesday and Thursday: three days are left, and Friday the 18th, Sunday the
    // 20th, which makes up for a holiday, and Monday the 21st are working days.
    world.advance_hours(24);
    act!(world, "zhao", instance::suspend, &begun.id, None, "核").unwrap();
    world.advance_hours(48);
    act!(world, "zhao", instance::resume, &begun.id, None, "毕").unwrap();
    assert_eq!(due().await, "2026-09-22", "the midnight that ends the 21st");
}

#[tokio::test]
async fn it_is_drawn_with_a_limit_and_an_article() {
    let world = World::new().await;
    let limit = "y:limit=\"P1D\"";
    for (limit, attributes, deemed, code) in [
        (limit, "y:overdue=\"pass\"", "", "process.overdue_basis"),
        ("", PASS, "", "process.overdue_limit"),
        (limit, "y:overdue=\"maybe\" y:basis=\"某条\"", "", "process.overdue"),
        (limit, PASS, "<y:deemed name=\"x\">1 +</y:deemed>", "process.deemed"),
        (limit, PASS, "<y:deemed>1</y:deemed>", "process.deemed"),
    ] {
        let xml = drawn(limit, attributes, deemed);
        let refused = world
            .run("admin", async |ctx| crate::definition::deploy(ctx, xml.as_bytes()).await)
            .await
            .unwrap_err();
        assert_eq!(refused.fields[0].code, code);
    }
}

#[tokio::test]
async fn what_cannot_go_on_is_an_incident_and_gone_with_its_task() {
    let world = World::new().await;
    let task = format!("<userTask id=\"b\" y:candidates=\"reviewer\" y:limit=\"P1D\" {PASS}/>");
    let drawing = draw(
        &["startEvent s0", &task, "exclusiveGateway g", "endEvent e", "endEvent e2"],
        &["s0 b", "b g", "g e ok = true", "g e2 ok = false"],
    );
    world.deploy(&document(&[("p", &drawing)])).await;
    let begun = world.start("clerk", "p", json!({})).await.unwrap();
    world.advance_hours(25);
    world.drain().await;
    let incident = async || {
        let page = instance::incidents(&mut world.read("zhao"), "").await.unwrap();
        page.incidents.into_iter().next()
    };
    let first = incident().await.unwrap();
    assert_eq!((first.kind.as_str(), first.code.as_str()), ("overdue", "process.no_path"));
    world.get("zhao", "/incidents").await.is_whole("incidents");
    act!(world, "zhao", instance::repair, &first.id).unwrap();
    assert!(incident().await.is_none());
    world.drain().await;
    assert_eq!(incident().await.unwrap().code, "process.no_path", "tried again");
    world.done("wang", &begun.id, "b", json!({ "ok": true })).await.unwrap();
    assert!(incident().await.is_none());
    assert_eq!(world.phase(&begun.id).await, "completed");
}

#[tokio::test]
async fn an_ended_instance_is_opened_again_by_who_manages_it() {
    let world = World::new().await;
    world.deploy(&two_steps("", "")).await;
    let begun = world.start("clerk", "p", json!({ "n": 1 })).await.unwrap();
    let id = begun.id;
    let early = act!(world, "zhao", instance::reactivate, &id, None, "b", "复核");
    assert_eq!(code(early), "process.not_ended");
    world.done("clerk", &id, "a", json!({})).await.unwrap();
    act!(world, "zhao", instance::cancel, &id, None, "误办").unwrap();
    for (login, kind) in
        [("wang", Kind::Denied), ("police", Kind::NotFound), ("admin", Kind::Denied)]
    {
        let refused = act!(world, login, instance::reactivate, &id, None, "b", "复核");
        assert_eq!(refused.unwrap_err().kind, kind, "{login}");
    }
    assert_eq!(
        code(act!(world, "zhao", instance::reactivate, &id, None, "b", " ")),
        "process.words"
    );
    assert_eq!(
        code(act!(world, "zhao", instance::reactivate, &id, None, "e", "复核")),
        "process.move_elsewhere"
    );
    assert_eq!(
        code(act!(world, "zhao", instance::reactivate, &id, Some(1), "b", "复核")),
        "process.stale"
    );
    act!(world, "zhao", instance::reactivate, &id, None, "b", "复核").unwrap();
    assert_eq!(
        (world.phase(&id).await.as_str(), world.open(&id).await),
        ("active", vec!["b".to_owned()])
    );
    let shown = instance::show(&mut world.read("zhao"), &id).await.unwrap();
    assert!(shown.ended.is_none());
    world.done("wang", &id, "b", json!({})).await.unwrap();
    assert_eq!(world.phase(&id).await, "completed");
    let lines = timeline(&mut world.read("zhao"), &id).await.unwrap();
    let again = lines.iter().find(|line| line.kind == "reactivated").unwrap();
    assert_eq!((again.to.as_str(), again.words.as_str()), ("审查", "复核"));
    // On the page and over the wire.
    let page = world.get("zhao", &format!("/instances/{id}")).await;
    page.is_whole("ended");
    assert!(page.text.contains("重新激活"));
    assert!(!world.get("clerk", &format!("/instances/{id}")).await.text.contains("/reactivate"));
    let fields = [("_once", "a"), ("node", "a"), ("reason", "补正")];
    let path = format!("/instances/{id}/reactivate");
    assert_eq!(world.post("clerk", &path, &fields).await.status.as_u16(), 403);
    assert_eq!(world.post("zhao", &path, &fields).await.status.as_u16(), 303);
    assert_eq!(world.open(&id).await, ["a"]);
    let body = json!({ "node": "a", "reason": "再来" });
    let path = format!("/api/v1/process-instances/{id}/reactivation");
    assert_eq!(world.api("zhao", "POST", &path, body).await.0.as_u16(), 409);
    world.whole().await;
}

#[tokio::test]
async fn a_called_instance_is_not_opened_again() {
    let world = World::new().await;
    let inner = draw(&["startEvent s0", "userTask x y:candidates=clerk"], &["s0 x"]);
    let outer = draw(
        &[
            "startEvent s1",
            "<callActivity id=\"call\" calledElement=\"inner\"/>",
            "userTask z y:candidates=clerk",
        ],
        &["s1 call", "call z"],
    );
    world.deploy(&document(&[("outer", &outer), ("inner", &inner)])).await;
    let begun = world.start("clerk", "outer", json!({})).await.unwrap();
    world.drain().await;
    let shown = instance::show(&mut world.read("zhao"), &begun.id).await.unwrap();
    let child = shown.children[0].clone();
    world.done("clerk", &child, "x", json!({})).await.unwrap();
    world.drain().await;
    let refused = act!(world, "zhao", instance::reactivate, &child, None, "x", "复核");
    assert_eq!(code(refused), "process.called_open");
}

fn listening() -> String {
    let hear = |id: &str, signal: &str| {
        format!(
            "<intermediateCatchEvent id=\"{id}\"><signalEventDefinition signalRef=\"{signal}\"/></intermediateCatchEvent>"
        )
    };
    let (one, two) = (hear("one", "flood"), hear("two", "clear"));
    let listens = draw(
        &["startEvent s0", &one, &two, "userTask x y:candidates=clerk"],
        &["s0 one", "one two", "two x"],
    );
    let send = |id: &str, signal: &str| {
        format!("<endEvent id=\"{id}\"><signalEventDefinition signalRef=\"{signal}\"/></endEvent>")
    };
    let flood = draw(&["startEvent s1", &send("e1", "flood")], &["s1 e1"]);
    let clear = draw(&["startEvent s2", &send("e2", "clear")], &["s2 e2"]);
    document(&[("listens", &listens), ("floods", &flood), ("clears", &clear)])
        .replace("<signal id=\"flood\"", "<signal id=\"clear\" name=\"解除\"/><signal id=\"flood\"")
}

#[tokio::test]
async fn a_suspended_instance_hears_a_signal_when_it_goes_on() {
    let world = World::new().await;
    world.deploy(&listening()).await;
    let waiting = world.start("clerk", "listens", json!({})).await.unwrap().id;
    let running = world.start("clerk", "listens", json!({})).await.unwrap().id;
    act!(world, "zhao", instance::suspend, &waiting, None, "待核").unwrap();
    world.start("clerk", "floods", json!({})).await.unwrap();
    world.drain().await;
    world.start("clerk", "clears", json!({})).await.unwrap();
    world.drain().await;
    assert_eq!(world.open(&running).await, ["x"]);
    assert_eq!(world.phase(&waiting).await, "suspended");
    let kept = "SELECT COUNT(*) FROM process_signal";
    assert_eq!(world.count(kept).await, 1, "it did not wait for the second");
    act!(world, "zhao", instance::resume, &waiting, None, "核毕").unwrap();
    world.drain().await;
    let places = instance::show(&mut world.read("zhao"), &waiting).await.unwrap().places;
    assert_eq!(places[0].node, "two");
    assert_eq!(world.count(kept).await, 0);
    let lines = timeline(&mut world.read("zhao"), &waiting).await.unwrap();
    assert_eq!(lines.last().unwrap().kind, "signal_received");
}

#[tokio::test]
async fn kept_signals_are_told_in_order_bounded_and_forgotten_at_the_end() {
    let world = World::new().await;
    let hear = "<boundaryEvent id=\"h\" attachedToRef=\"x\" cancelActivity=\"false\"><signalEventDefinition signalRef=\"flood\"/></boundaryEvent>";
    let listens = draw(
        &["startEvent s0", "userTask x y:candidates=clerk", hear, "userTask y y:candidates=clerk"],
        &["s0 x", "h y"],
    );
    let send = "<endEvent id=\"e1\"><signalEventDefinition signalRef=\"flood\"/></endEvent>";
    let flood = draw(&["startEvent s1", send], &["s1 e1"]);
    world.deploy(&document(&[("listens", &listens), ("floods", &flood)])).await;
    let waiting = world.start("clerk", "listens", json!({})).await.unwrap().id;
    act!(world, "zhao", instance::suspend, &waiting, None, "待核").unwrap();
    for _ in 0..3 {
        world.start("clerk", "floods", json!({})).await.unwrap();
        world.drain().await;
    }
    assert_eq!(world.count("SELECT COUNT(*) FROM process_signal").await, 3);
    act!(world, "zhao", instance::resume, &waiting, None, "核毕").unwrap();
    world.drain().await;
    assert_eq!(world.open(&waiting).await, ["x", "y", "y", "y"]);
    // More than are kept become an incident; the end forgets them.
    act!(world, "zhao", instance::suspend, &waiting, None, "待核").unwrap();
    for at in 0..100 {
        let sql = format!(
            "INSERT INTO process_signal (id, instance_id, name, at_us) VALUES ('{waiting}:{at:012}', '{waiting}', '汛情', 1)"
        );
        world.execute(&sql).await;
    }
    world.start("clerk", "floods", json!({})).await.unwrap();
    world.drain().await;
    assert_eq!(world.count("SELECT COUNT(*) FROM process_signal").await, 100);
    let page = instance::incidents(&mut world.read("zhao"), "").await.unwrap();
    assert_eq!(page.incidents[0].code, "process.signals_kept");
    act!(world, "zhao", instance::cancel, &waiting, None, "不办了").unwrap();
    assert_eq!(world.count("SELECT COUNT(*) FROM process_signal").await, 0);
}
