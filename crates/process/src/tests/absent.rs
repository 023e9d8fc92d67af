//! Standing in for an absent officer; handing over all on leaving.

use super::world::{World, act, document, draw};
use crate::instance::{self, timeline};
use crate::task::{self, ListKind};
use kernel::{Error, Kind};
use serde_json::json;
use testkit::TUESDAY;

fn code<T: std::fmt::Debug>(refused: Result<T, Error>) -> &'static str {
    refused.unwrap_err().code
}

fn approval() -> String {
    let drawing = draw(
        &[
            "startEvent s0",
            "userTask a y:candidates=clerk",
            "userTask b name=审查 y:candidates=reviewer",
            "userTask c y:candidates=approver",
            "endEvent e",
        ],
        &["s0 a", "a b", "b c", "c e"],
    );
    document(&[("p", &drawing)])
}

/// An instance whose review is in the hands of wang.
async fn in_hand(world: &World) -> (String, String) {
    let begun = world.start("clerk", "p", json!({})).await.unwrap();
    world.done("clerk", &begun.id, "a", json!({})).await.unwrap();
    let task = world.task(&begun.id, "b").await;
    act!(world, "wang", task::claim, &task, None).unwrap();
    (begun.id, task)
}

async fn absent(world: &World, deputy: &str, days: i64) -> Result<task::StandIn, Error> {
    let until = TUESDAY.plus_days(days);
    act!(world, "wang", task::stand_in_begin, deputy, TUESDAY, until, "休假", false)
}

#[tokio::test]
async fn a_deputy_does_what_is_in_the_hands_of_the_absent_in_his_name() {
    let world = World::new().await;
    world.deploy(&approval()).await;
    let (instance, id) = in_hand(&world).await;
    let early = act!(world, "lijing", task::complete, &id, None, "", Default::default());
    assert_eq!(code(early), "process.not_yours");
    absent(&world, "lijing", 3).await.unwrap();
    assert_eq!(world.list("lijing", ListKind::StandIn).await, [id.as_str()]);
    assert_eq!(task::counts(&mut world.read("lijing")).await.unwrap().stand_in, 1);
    assert_eq!(world.list("wang", ListKind::InHand).await, [id.as_str()], "he may still do it");
    let shown = task::show(&mut world.read("lijing"), &id).await.unwrap();
    assert_eq!(shown.stands_for, "王芳");
    assert!(shown.acts.contains(&"complete"));
    let other = act!(world, "zhao", task::complete, &id, None, "", Default::default());
    assert_eq!(code(other), "process.not_yours", "standing in is for who was named");
    act!(world, "clerk", task::urge, &id, None, "快").unwrap();
    let urged = "SELECT COUNT(*) FROM message WHERE template = 'process.urged'";
    assert_eq!(world.count(urged).await, 2, "both are told");
    act!(world, "lijing", task::complete, &id, None, "同意", Default::default()).unwrap();
    let lines = timeline(&mut world.read("wang"), &instance).await.unwrap();
    let last = lines.last().unwrap();
    assert_eq!((last.by.as_str(), last.on_behalf.as_str()), ("李静", "王芳"));
    let page = world.get("zhao", &format!("/instances/{instance}")).await;
    assert!(page.text.contains("李静（代王芳）"), "{}", page.text);
    // Sent back, it goes to the officer, and so to whoever stands in for him.
    let decide = world.task(&instance, "c").await;
    act!(world, "zhao", task::claim, &decide, None).unwrap();
    act!(world, "zhao", task::send_back, &decide, None, Some("b"), "缺章", false).unwrap();
    let again = world.task(&instance, "b").await;
    assert_eq!(world.list("wang", ListKind::InHand).await, [again.as_str()]);
    assert_eq!(world.list("lijing", ListKind::StandIn).await, [again.as_str()]);
}

#[tokio::test]
async fn it_ends_by_itself_or_before() {
    let world = World::new().await;
    world.deploy(&approval()).await;
    let (_, id) = in_hand(&world).await;
    absent(&world, "lijing", 1).await.unwrap();
    world.advance_hours(23);
    assert_eq!(world.list("lijing", ListKind::StandIn).await, [id.as_str()]);
    world.advance_hours(1);
    assert!(world.list("lijing", ListKind::StandIn).await.is_empty());
    let over = act!(world, "lijing", task::complete, &id, None, "", Default::default());
    assert_eq!(code(over), "process.not_yours");
    let until = TUESDAY.plus_days(9);
    let begun =
        act!(world, "wang", task::stand_in_begin, "lijing", TUESDAY, until, "", false).unwrap();
    assert_eq!(begun.state, "running");
    let theirs = act!(world, "lijing", task::stand_in_end, &begun.id);
    assert_eq!(theirs.unwrap_err().kind, Kind::NotFound);
    act!(world, "wang", task::stand_in_end, &begun.id).unwrap();
    assert!(world.list("lijing", ListKind::StandIn).await.is_empty());
    let states: Vec<&str> = task::stand_ins(&mut world.read("wang"))
        .await
        .unwrap()
        .iter()
        .map(|one| one.state)
        .collect();
    assert_eq!(states, ["over", "over"]);
}

#[tokio::test]
async fn who_stands_in_is_a_colleague_and_the_time_is_bounded() {
    let world = World::new().await;
    for nobody in ["police", "admin", "nobody", "wang"] {
        assert_eq!(code(absent(&world, nobody, 3).await), "process.colleague", "{nobody}");
    }
    for days in [0, -1, 367] {
        assert_eq!(code(absent(&world, "lijing", days).await), "absence.period", "{days}");
    }
    let until = TUESDAY.plus_days(1);
    let denied = act!(world, "admin", task::stand_in_begin, "lijing", TUESDAY, until, "", false);
    assert_eq!(denied.unwrap_err().kind, Kind::Denied);
}

#[tokio::test]
async fn one_offered_by_name_is_taken_in_the_name_of_the_absent() {
    let world = World::new().await;
    let drawing = draw(
        &["startEvent s0", "userTask a name=阅处 y:candidates=$people", "endEvent e"],
        &["s0 a", "a e"],
    );
    world.deploy(&document(&[("p", &drawing)])).await;
    let people = json!([world.actor("wang").account, world.actor("zhao").account]);
    let begun = world.start("clerk", "p", json!({ "people": people })).await.unwrap();
    let id = world.task(&begun.id, "a").await;
    assert_eq!(code(act!(world, "lijing", task::claim, &id, None)), "process.not_offered");
    absent(&world, "lijing", 3).await.unwrap();
    assert_eq!(world.list("lijing", ListKind::StandIn).await, [id.as_str()]);
    act!(world, "lijing", task::claim, &id, None).unwrap();
    assert_eq!(world.list("wang", ListKind::InHand).await, [id.as_str()]);
    act!(world, "lijing", task::complete, &id, None, "已阅", Default::default()).unwrap();
    assert_eq!(world.phase(&begun.id).await, "completed");
    let lines = timeline(&mut world.read("wang"), &begun.id).await.unwrap();
    assert_eq!(lines.last().unwrap().on_behalf, "王芳");
    instance::show(&mut world.read("lijing"), &begun.id).await.unwrap();
}

#[tokio::test]
async fn the_pages_name_and_end_an_absence() {
    let world = World::new().await;
    let wrong = [("_once", "a"), ("deputy", "lijing"), ("from", "明天"), ("until", "2026-09-20")];
    let again = world.post("wang", "/stand-ins", &wrong).await;
    assert_eq!(again.status.as_u16(), 422);
    assert!(again.text.contains("请填写日期"), "{}", again.text);
    let nobody =
        [("_once", "b"), ("deputy", "police"), ("from", "2026-09-15"), ("until", "2026-09-20")];
    assert_eq!(world.post("wang", "/stand-ins", &nobody).await.status.as_u16(), 422);
    let fields =
        [("_once", "c"), ("deputy", "lijing"), ("from", "2026-09-15"), ("until", "2026-09-20")];
    let page = world.get("wang", "/stand-ins").await.text;
    let account = world.actor("lijing").account;
    assert!(
        page.contains(&format!("<option value=\"{account}\"")),
        "a colleague to choose: {page}"
    );
    let (own, police) = (world.actor("wang").account, world.actor("police").account);
    assert!(!page.contains(&format!("<option value=\"{own}\"")), "nor himself: {page}");
    assert!(!page.contains(&format!("<option value=\"{police}\"")), "nor another agency's");
    assert_eq!(world.post("wang", "/stand-ins", &fields).await.status.as_u16(), 303);
    assert_eq!(world.post("wang", "/stand-ins", &fields).await.status.as_u16(), 303);
    for lang in ["zh-CN", "en"] {
        for path in ["/stand-ins", "/tasks?list=stand_in"] {
            let mark = if path.contains('?') { '&' } else { '?' };
            let path = format!("{path}{mark}lang={lang}");
            world.get("wang", &path).await.is_whole(&path);
            world.get("lijing", &path).await.is_whole(&path);
        }
    }
    let (_, all) = world.api("wang", "GET", "/api/v1/process-stand-ins", json!(null)).await;
    assert_eq!(all["stand_ins"].as_array().map(Vec::len), Some(1), "sent twice, done once");
    let id = all["stand_ins"][0]["id"].as_str().unwrap().to_owned();
    let path = format!("/stand-ins/{id}/end");
    assert_eq!(world.post("lijing", &path, &[("_once", "d")]).await.status.as_u16(), 404);
    assert_eq!(world.post("wang", &path, &[("_once", "e")]).await.status.as_u16(), 303);
    let body = json!({ "deputy": "lijing", "from": "2026-09-15", "until": "2026-09-14" });
    let (status, _) = world.api("wang", "POST", "/api/v1/process-stand-ins", body).await;
    assert_eq!(status.as_u16(), 422);
    let body = json!({ "deputy": "lijing", "from": "2026-09-15", "until": "2026-09-15" });
    let (status, one) = world.api("wang", "POST", "/api/v1/process-stand-ins", body).await;
    assert_eq!(status.as_u16(), 201, "{one}");
    let path = format!("/api/v1/process-stand-ins/{}/end", one["id"].as_str().unwrap());
    assert_eq!(world.api("wang", "POST", &path, json!(null)).await.0.as_u16(), 200);
    assert_eq!(world.get("admin", "/stand-ins").await.status.as_u16(), 403);
}

#[tokio::test]
async fn who_leaves_hands_over_all_on_a_page() {
    let world = World::new().await;
    world.deploy(&approval()).await;
    let (_, one) = in_hand(&world).await;
    let (_, two) = in_hand(&world).await;
    assert_eq!(world.get("lijing", "/task-hand-over").await.status.as_u16(), 403);
    for lang in ["zh-CN", "en"] {
        let path = format!("/task-hand-over?lang={lang}");
        world.get("zhao", &path).await.is_whole(&path);
    }
    let silent = [("_once", "a"), ("from", "wang"), ("to", "lijing")];
    let again = world.post("zhao", "/task-hand-over", &silent).await;
    assert_eq!(again.status.as_u16(), 422);
    let same = [("_once", "b"), ("from", "wang"), ("to", "wang"), ("words", "离任")];
    assert_eq!(world.post("zhao", "/task-hand-over", &same).await.status.as_u16(), 422);
    let fields = [("_once", "c"), ("from", "wang"), ("to", "lijing"), ("words", "离任")];
    assert_eq!(world.post("lijing", "/task-hand-over", &fields).await.status.as_u16(), 403);
    for _ in 0..2 {
        let done = world.post("zhao", "/task-hand-over", &fields).await;
        assert_eq!(done.status.as_u16(), 200);
        assert!(done.text.contains("已移交 2 件"), "{}", done.text);
    }
    let mut all = world.list("lijing", ListKind::InHand).await;
    all.sort();
    let mut wanted = vec![one, two];
    wanted.sort();
    assert_eq!(all, wanted);
    world.whole().await;
}
