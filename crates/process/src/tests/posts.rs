//! A deputy takes what is offered to the posts of the absent, where the absence grants it.

use super::world::{World, act, document, draw};
use crate::instance::{self, timeline};
use crate::task::{self, ListKind};
use kernel::{Error, Kind};
use serde_json::json;
use testkit::TUESDAY;

fn code<T: std::fmt::Debug>(refused: Result<T, Error>) -> &'static str {
    refused.unwrap_err().code
}

/// A decision that only approvers take; the clerk is none.
async fn offered(world: &World) -> (String, String) {
    let drawing = draw(
        &[
            "startEvent s0",
            "userTask c name=审批 y:candidates=approver",
            "userTask d name=复核 y:candidates=approver",
            "endEvent e",
        ],
        &["s0 c", "c d", "d e"],
    );
    world.deploy(&document(&[("p", &drawing)])).await;
    let id = world.start("wang", "p", json!({})).await.unwrap().id;
    let task = world.task(&id, "c").await;
    (id, task)
}

async fn absent(world: &World, days: i64, posts: bool) -> task::StandIn {
    let until = TUESDAY.plus_days(days);
    act!(world, "zhao", task::stand_in_begin, "lijing", TUESDAY, until, "休假", posts).unwrap()
}

#[tokio::test]
async fn a_deputy_takes_what_the_posts_of_the_absent_are_offered_and_acts_for_him() {
    let world = World::new().await;
    let (instance, task) = offered(&world).await;
    assert_eq!(code(act!(world, "lijing", task::claim, &task, None)), "process.not_offered");
    // An absence that grants only what is in his hands.
    let narrow = absent(&world, 3, false).await;
    assert!(!narrow.posts);
    assert!(world.list("lijing", ListKind::StandIn).await.is_empty());
    assert_eq!(code(act!(world, "lijing", task::claim, &task, None)), "process.not_offered");
    act!(world, "zhao", task::stand_in_end, &narrow.id).unwrap();
    assert!(absent(&world, 3, true).await.posts);
    assert_eq!(world.list("lijing", ListKind::StandIn).await, [task.as_str()]);
    assert!(world.list("lijing", ListKind::ToDo).await.is_empty(), "it is not his own");
    assert_eq!(task::counts(&mut world.read("lijing")).await.unwrap().stand_in, 1);
    let shown = task::show(&mut world.read("lijing"), &task).await.unwrap();
    assert_eq!(shown.stands_for, "赵磊");
    assert!(shown.acts.contains(&"claim"));
    assert_eq!(world.list("zhao", ListKind::ToDo).await, [task.as_str()], "he may still take it");
    act!(world, "lijing", task::claim, &task, None).unwrap();
    assert_eq!(world.list("zhao", ListKind::InHand).await, [task.as_str()]);
    act!(world, "lijing", task::complete, &task, None, "同意", Default::default()).unwrap();
    let lines = timeline(&mut world.read("wang"), &instance).await.unwrap();
    for line in lines.iter().rev().take(2) {
        assert_eq!((line.by.as_str(), line.on_behalf.as_str()), ("李静", "赵磊"));
    }
    // Done at once, without taking it first.
    let next = world.task(&instance, "d").await;
    act!(world, "lijing", task::complete, &next, None, "同意", Default::default()).unwrap();
    assert_eq!(world.phase(&instance).await, "completed");
    world.whole().await;
}

#[tokio::test]
async fn it_ends_with_the_absence_and_reaches_nobody_else() {
    let world = World::new().await;
    let (instance, task) = offered(&world).await;
    absent(&world, 1, true).await;
    for other in ["clerk", "wang"] {
        assert_eq!(code(act!(world, other, task::claim, &task, None)), "process.not_offered");
    }
    let police = act!(world, "admin", task::claim, &task, None);
    assert_eq!(police.unwrap_err().kind, Kind::Denied);
    instance::show(&mut world.read("lijing"), &instance).await.unwrap();
    world.advance_hours(24);
    assert!(world.list("lijing", ListKind::StandIn).await.is_empty());
    assert_eq!(task::counts(&mut world.read("lijing")).await.unwrap().stand_in, 0);
    let shown = task::show(&mut world.read("lijing"), &task).await.unwrap();
    assert_eq!((shown.stands_for.as_str(), shown.acts.contains(&"claim")), ("", false));
    assert_eq!(code(act!(world, "lijing", task::claim, &task, None)), "process.not_offered");
    let done = act!(world, "lijing", task::complete, &task, None, "", Default::default());
    assert_eq!(code(done), "process.not_offered");
}

#[tokio::test]
async fn a_post_the_absent_lost_is_not_lent() {
    let world = World::new().await;
    let (_, task) = offered(&world).await;
    absent(&world, 9, true).await;
    assert_eq!(world.list("lijing", ListKind::StandIn).await, [task.as_str()]);
    let account = world.actor("zhao").account;
    let mut ctx = world.system().await;
    party::account::set_roles(&mut ctx, &account, &["reviewer"]).await.unwrap();
    ctx.commit().await.unwrap();
    assert!(world.list("lijing", ListKind::StandIn).await.is_empty());
    assert_eq!(code(act!(world, "lijing", task::claim, &task, None)), "process.not_offered");
}

#[tokio::test]
async fn only_ones_own_posts_are_lent() {
    let world = World::new().await;
    let theirs = absent(&world, 9, false).await;
    let grant = async |login: &str| act!(world, login, party::absence::grant_posts, &theirs.id);
    assert_eq!(grant("lijing").await.unwrap_err().kind, Kind::NotFound);
    grant("zhao").await.unwrap();
    grant("zhao").await.unwrap();
    let shown = task::stand_ins(&mut world.read("lijing")).await.unwrap();
    assert!(shown.iter().all(|one| one.posts));
    act!(world, "zhao", task::stand_in_end, &theirs.id).unwrap();
    assert_eq!(grant("zhao").await.unwrap_err().kind, Kind::NotFound);
}

#[tokio::test]
async fn the_page_and_the_interface_say_whether_posts_are_lent() {
    let world = World::new().await;
    let (_, task) = offered(&world).await;
    let fields = [
        ("_once", "p1"),
        ("deputy", "lijing"),
        ("from", "2026-09-15"),
        ("until", "2026-09-20"),
        ("posts", "1"),
    ];
    assert_eq!(world.post("zhao", "/stand-ins", &fields).await.status.as_u16(), 303);
    for lang in ["zh-CN", "en"] {
        let path = format!("/stand-ins?lang={lang}");
        world.get("zhao", &path).await.is_whole(&path);
        let path = format!("/tasks/{task}?lang={lang}");
        let page = world.get("lijing", &path).await;
        page.is_whole(&path);
        assert!(page.text.contains("赵磊"), "{}", page.text);
    }
    let (_, all) = world.api("zhao", "GET", "/api/v1/process-stand-ins", json!(null)).await;
    assert_eq!(all["stand_ins"][0]["posts"], json!(true));
    let body = json!({ "deputy": "wang", "from": "2026-09-15", "until": "2026-09-15" });
    let (_, one) = world.api("zhao", "POST", "/api/v1/process-stand-ins", body).await;
    assert_eq!(one["posts"], json!(false));
    let wrong = [fields[0], fields[1], fields[2], ("until", "x"), fields[4]];
    let again = world
        .post("zhao", "/stand-ins", &[("_once", "p2"), wrong[1], wrong[2], wrong[3], wrong[4]])
        .await;
    assert_eq!(again.status.as_u16(), 422);
    assert!(again.text.contains("checked"), "what was chosen stays chosen");
}
