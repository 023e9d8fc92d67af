//! Running limits given more time: who may, how much, what moves with them, and that the check of the
//! installation computes them again.

use super::world::{World, act, document, draw};
use crate::instance::{self, timeline};
use crate::task;
use kernel::{Error, Kind};
use serde_json::json;

fn code<T: std::fmt::Debug>(refused: Result<T, Error>) -> &'static str {
    refused.unwrap_err().code
}

const BASIS: &str = "《行政许可法》第四十二条";

/// A review that counts as refused when its limit has passed, with a timer on its edge.
fn drawn(limit: &str, longest: &str) -> String {
    let more = |longest: &str| {
        format!(
            "<extensionElements><y:extension longest=\"{longest}\" basis=\"{BASIS}\"/></extensionElements>"
        )
    };
    let task = format!(
        "<userTask id=\"b\" name=\"审查\" y:candidates=\"reviewer\" y:limit=\"{limit}\" y:overdue=\"refuse\" y:basis=\"x\">{}</userTask>",
        more(longest)
    );
    let edge = format!(
        "<boundaryEvent id=\"t\" name=\"法定期限\" attachedToRef=\"b\" cancelActivity=\"false\">{}<timerEventDefinition y:period=\"5wd\"/></boundaryEvent>",
        more("10wd")
    );
    let drawing = draw(
        &[
            "startEvent s0",
            &task,
            &edge,
            "userTask c y:candidates=approver",
            "userTask d y:candidates=approver y:limit=P9D",
            "endEvent e",
        ],
        &["s0 b", "b c", "c e", "t d", "d e"],
    );
    document(&[("p", &drawing)])
}

async fn number(world: &World, id: &str, node: &str) -> u64 {
    let shown = instance::show(&mut world.read("zhao"), id).await.unwrap();
    shown.limits.iter().find(|one| one.node == node).unwrap().number
}

async fn due(world: &World, id: &str, node: &str) -> String {
    let shown = instance::show(&mut world.read("zhao"), id).await.unwrap();
    shown.limits.iter().find(|one| one.node == node).unwrap().due.0.date().to_string()
}

#[tokio::test]
async fn an_extension_moves_the_limit_and_all_that_hangs_on_it() {
    let world = World::new().await;
    world.deploy(&drawn("3wd", "5wd")).await;
    let id = world.start("clerk", "p", json!({})).await.unwrap().id;
    let task = world.task(&id, "b").await;
    act!(world, "wang", task::claim, &task, None).unwrap();
    let b = number(&world, &id, "b").await;
    assert_eq!(due(&world, &id, "b").await, "2026-09-19");
    // Five working days after Friday the 18th: the 20th is worked.
    let done = act!(world, "zhao", instance::extend, &id, None, b, "5wd", "案情复杂").unwrap();
    assert_eq!(done.phase, "active");
    assert_eq!(due(&world, &id, "b").await, "2026-09-25");
    let shown = task::show(&mut world.read("wang"), &task).await.unwrap();
    assert_eq!(shown.task.due.unwrap().0.date().to_string(), "2026-09-25");
    let lines = timeline(&mut world.read("zhao"), &id).await.unwrap();
    let last = lines.last().unwrap();
    assert_eq!(
        (last.kind, last.by.as_str(), last.words.as_str()),
        ("extended", "赵磊", "案情复杂")
    );
    assert!(last.to.contains("+5wd") && last.to.contains(BASIS), "{}", last.to);
    let told = "SELECT COUNT(*) FROM message WHERE template = 'process.extended'";
    assert_eq!(world.count(told).await, 2, "who began it and who has it in hand");
    // The old limit passes without effect; the new one does not.
    world.advance_hours(24 * 9);
    world.drain().await;
    assert_eq!(world.open(&id).await, ["b", "d"]);
    world.advance_hours(14);
    world.drain().await;
    assert_eq!(world.open(&id).await, ["d", "c"]);
    let late = world.count("SELECT COUNT(*) FROM process_step WHERE node = 'b' AND late = 0").await;
    assert_eq!(late, 1, "taken for refused at the limit, not after it");
    world.whole().await;
}

#[tokio::test]
async fn a_statutory_timer_is_extended_and_stands_still_with_what_was_added() {
    let world = World::new().await;
    world.deploy(&drawn("60wd", "5wd")).await;
    let id = world.start("clerk", "p", json!({})).await.unwrap().id;
    let t = number(&world, &id, "t").await;
    // The fifth working day after Tuesday the 15th is Monday the 21st, the 20th being worked.
    assert_eq!(due(&world, &id, "t").await, "2026-09-22");
    act!(world, "zhao", instance::extend, &id, None, t, "10wd", "需补充调查").unwrap();
    assert_eq!(due(&world, &id, "t").await, "2026-10-13");
    act!(world, "zhao", instance::suspend, &id, None, "待鉴定").unwrap();
    world.advance_hours(24);
    act!(world, "zhao", instance::resume, &id, None, "鉴定完").unwrap();
    // The 15th never counted: fifteen are left on the 16th, which counts.
    assert_eq!(due(&world, &id, "t").await, "2026-10-13");
    world.advance_hours(24 * 10);
    world.drain().await;
    assert_eq!(world.open(&id).await, ["b"]);
    world.advance_hours(24 * 17);
    world.drain().await;
    assert_eq!(world.open(&id).await, ["b", "d"]);
    world.whole().await;
}

#[tokio::test]
async fn what_the_law_does_not_allow_is_refused() {
    let world = World::new().await;
    world.deploy(&drawn("3wd", "5wd")).await;
    let id = world.start("clerk", "p", json!({})).await.unwrap().id;
    let b = number(&world, &id, "b").await;
    let extend = async |login: &str, number: u64, amount: &str, reason: &str| {
        act!(world, login, instance::extend, &id, None, number, amount, reason)
    };
    assert_eq!(extend("wang", b, "5wd", "忙").await.unwrap_err().kind, Kind::Denied);
    assert_eq!(extend("police", b, "5wd", "忙").await.unwrap_err().kind, Kind::NotFound);
    assert_eq!(extend("zhao", 9_999, "5wd", "忙").await.unwrap_err().kind, Kind::NotFound);
    assert_eq!(code(extend("zhao", b, "5wd", " ").await), "process.words");
    for amount in ["6wd", "0wd", "", "P1D", "5", "-1wd"] {
        assert_eq!(code(extend("zhao", b, amount, "忙").await), "process.extension_amount");
    }
    let stale = act!(world, "zhao", instance::extend, &id, Some(99), b, "5wd", "忙");
    assert_eq!(code(stale), "process.stale");
    act!(world, "zhao", instance::suspend, &id, None, "核").unwrap();
    assert_eq!(code(extend("zhao", b, "5wd", "忙").await), "process.suspended");
    act!(world, "zhao", instance::resume, &id, None, "核毕").unwrap();
    extend("zhao", b, "1wd", "忙").await.unwrap();
    assert_eq!(code(extend("zhao", b, "1wd", "忙").await), "process.extension_twice");
    // One whose limit has passed, and a task that has none.
    let other = world.start("clerk", "p", json!({})).await.unwrap().id;
    world.advance_hours(24 * 7);
    let b = number(&world, &other, "b").await;
    let late = act!(world, "zhao", instance::extend, &other, None, b, "1wd", "忙");
    assert_eq!(code(late), "process.extension_late");
    world.drain().await;
    let c = world.task(&other, "c").await.rsplit_once(':').unwrap().1.parse().unwrap();
    let none = act!(world, "zhao", instance::extend, &other, None, c, "P1D", "忙");
    assert_eq!(code(none), "process.extension_none");
    world.whole().await;
}

#[tokio::test]
async fn an_extension_is_drawn_with_its_limit_and_its_article() {
    let world = World::new().await;
    let rules = async |xml: &str| {
        let deploy =
            async |ctx: &mut store::Ctx| crate::definition::deploy(ctx, xml.as_bytes()).await;
        let refused = world.run("admin", deploy).await.unwrap_err();
        refused.fields.iter().map(|field| field.code.clone()).collect::<Vec<_>>()
    };
    assert_eq!(rules(&drawn("3wd", "P5D")).await, ["process.extension_limit"]);
    assert_eq!(rules(&drawn("3wd", "soon")).await, ["process.extension_longest"]);
    assert_eq!(rules(&drawn("3wd", "0wd")).await, ["process.extension_longest"]);
    let bare = drawn("3wd", "5wd").replacen(&format!(" basis=\"{BASIS}\""), "", 1);
    assert_eq!(rules(&bare).await, ["process.extension_basis"]);
    let timed = drawn("3wd", "5wd").replace("longest=\"10wd\"", "longest=\"P9D\"");
    assert_eq!(rules(&timed).await, ["process.extension_limit"]);
}

#[tokio::test]
async fn a_clock_that_was_tampered_with_is_found() {
    let world = World::new().await;
    world.deploy(&drawn("3wd", "5wd")).await;
    let id = world.start("clerk", "p", json!({})).await.unwrap().id;
    let fault = async |moved: bool| {
        let mut entries = Vec::new();
        let stored = instance::history::list(&mut world.read("zhao"), &id, 0).await.unwrap();
        for one in stored {
            entries.push(one.open(&world.read("zhao")).unwrap().0);
        }
        if moved {
            for desk in entries.iter_mut().flat_map(|entry| entry.desks.values_mut()) {
                desk.due = desk.due.map(|due| due.plus_days(1));
            }
        }
        crate::fsck::clocks_of(&entries, world.env.pack.calendar().unwrap())
    };
    assert_eq!(fault(false).await, None);
    assert!(fault(true).await.unwrap().contains("computed"));
}

#[tokio::test]
async fn the_page_and_the_interface_extend() {
    let world = World::new().await;
    world.deploy(&drawn("3wd", "5wd")).await;
    let id = world.start("clerk", "p", json!({})).await.unwrap().id;
    let b = number(&world, &id, "b").await;
    for lang in ["zh-CN", "en"] {
        let path = format!("/instances/{id}?lang={lang}");
        let page = world.get("zhao", &path).await;
        page.is_whole(&path);
        assert!(page.text.contains("/extend\""));
        assert!(!world.get("clerk", &path).await.text.contains("/extend\""));
    }
    let path = format!("/instances/{id}/extend");
    let number = b.to_string();
    let wrong = [("_once", "x1"), ("number", number.as_str()), ("amount", "9wd"), ("reason", "忙")];
    let again = world.post("zhao", &path, &wrong).await;
    assert_eq!(again.status.as_u16(), 422);
    assert!(again.text.contains("5wd"), "{}", again.text);
    let right = [("_once", "x2"), ("number", number.as_str()), ("amount", "2wd"), ("reason", "忙")];
    assert_eq!(world.post("wang", &path, &right).await.status.as_u16(), 403);
    assert_eq!(world.post("police", &path, &right).await.status.as_u16(), 404);
    for _ in 0..2 {
        assert_eq!(world.post("zhao", &path, &right).await.status.as_u16(), 303);
    }
    let path = format!("/api/v1/process-instances/{id}/extension");
    let body = json!({ "number": b, "amount": "2wd", "reason": "忙" });
    assert_eq!(world.api("wang", "POST", &path, body.clone()).await.0.as_u16(), 403);
    let (status, told) = world.api("zhao", "POST", &path, body).await;
    assert_eq!((status.as_u16(), &told["code"]), (409, &json!("process.extension_twice")));
    world.whole().await;
}
