//! Opinions asked for: of one's own agency and another, answered once, taken back, lapsed.

use super::world::{World, act, document, draw};
use crate::instance::{self, timeline};
use crate::task;
use kernel::{Error, Kind};
use serde_json::json;
use testkit::TUESDAY;

fn code<T: std::fmt::Debug>(refused: Result<T, Error>) -> &'static str {
    refused.unwrap_err().code
}

fn to(logins: &[&str]) -> Vec<String> {
    logins.iter().map(|login| (*login).to_owned()).collect()
}

/// An instance whose review is in the hands of wang.
async fn at_review(world: &World) -> (String, String) {
    let drawing = draw(
        &[
            "startEvent s0",
            "userTask b name=审查 y:candidates=reviewer",
            "userTask c y:candidates=approver",
            "endEvent e",
        ],
        &["s0 b", "b c", "c e"],
    );
    world.deploy(&document(&[("p", &drawing)])).await;
    let begun = world.start("clerk", "p", json!({"金额": 3})).await.unwrap();
    let task = world.task(&begun.id, "b").await;
    act!(world, "wang", task::claim, &task, None).unwrap();
    (begun.id, task)
}

async fn asked(world: &World, login: &str) -> Vec<task::Consultation> {
    task::consultations(&mut world.read(login), true, "").await.unwrap().consultations
}

#[tokio::test]
async fn officers_of_any_agency_are_asked_and_answer_once() {
    let world = World::new().await;
    let (instance, id) = at_review(&world).await;
    let hidden = instance::show(&mut world.read("police"), &instance).await;
    assert_eq!(hidden.unwrap_err().kind, Kind::NotFound);
    let police = to(&["police", "lijing"]);
    act!(world, "wang", task::consult, &id, None, &police, "是否涉及治安？").unwrap();
    let questions = asked(&world, "police").await;
    assert_eq!(questions[0].question, "是否涉及治安？");
    assert_eq!(task::counts(&mut world.read("police")).await.unwrap().asked, 1);
    let told = "SELECT COUNT(*) FROM message WHERE template = 'process.consulted'";
    assert_eq!(world.count(told).await, 2);
    let shown = instance::show(&mut world.read("police"), &instance).await.unwrap();
    assert_eq!(shown.variables["金额"], 3, "he may read it for that");
    let question = &questions[0].id;
    let silent = act!(world, "police", task::answer, question, " ");
    assert_eq!(code(silent), "process.words");
    assert_eq!(code(act!(world, "wang", task::answer, question, "无")), "process.not_asked");
    let other = act!(world, "lijing", task::answer, question, "无");
    assert_eq!(other.unwrap_err().kind, Kind::NotFound, "another's question is not hers to see");
    act!(world, "police", task::answer, question, "不涉及").unwrap();
    let twice = act!(world, "police", task::answer, question, "涉及");
    assert_eq!(code(twice), "process.question_closed");
    let told = "SELECT COUNT(*) FROM message WHERE template = 'process.advised'";
    assert_eq!(world.count(told).await, 1);
    let shown = task::show(&mut world.read("wang"), &id).await.unwrap();
    let states: Vec<(&str, &str)> =
        shown.consultations.iter().map(|one| (one.state.as_str(), one.answer.as_str())).collect();
    assert_eq!(states, [("answered", "不涉及"), ("open", "")]);
    let lines = timeline(&mut world.read("wang"), &instance).await.unwrap();
    let kinds: Vec<(&str, &str)> =
        lines.iter().map(|line| (line.kind, line.words.as_str())).collect();
    assert_eq!(kinds[2..], [("consulted", "是否涉及治安？"), ("advised", "不涉及")]);
    instance::show(&mut world.read("police"), &instance).await.unwrap();
    // The task waits for nobody; what is open lapses with it.
    act!(world, "wang", task::complete, &id, None, "", Default::default()).unwrap();
    assert!(asked(&world, "lijing").await.is_empty());
    let closed = task::consultations(&mut world.read("lijing"), false, "").await.unwrap();
    assert_eq!(closed.consultations[0].state, "lapsed");
}

#[tokio::test]
async fn who_may_ask_whom() {
    let world = World::new().await;
    let (_, id) = at_review(&world).await;
    let ask = |login: &'static str, logins: &'static [&'static str]| {
        let (world, id) = (&world, id.clone());
        async move { act!(world, login, task::consult, &id, None, &to(logins), "请问") }
    };
    assert_eq!(code(ask("lijing", &["zhao"]).await), "process.not_yours");
    assert_eq!(ask("police", &["zhao"]).await.unwrap_err().kind, Kind::NotFound);
    assert_eq!(ask("admin", &["zhao"]).await.unwrap_err().kind, Kind::Denied);
    for nobody in [&["wang"][..], &["admin"], &["nobody"], &[]] {
        assert_eq!(code(ask("wang", nobody).await), "process.officer", "{nobody:?}");
    }
    ask("wang", &["zhao"]).await.unwrap();
    assert_eq!(code(ask("wang", &["zhao"]).await), "process.asked_already");
    let denied = task::consultations(&mut world.read("admin"), true, "").await;
    assert_eq!(denied.unwrap_err().kind, Kind::Denied);
}

#[tokio::test]
async fn who_asked_takes_it_back_and_the_other_reads_no_more() {
    let world = World::new().await;
    let (instance, id) = at_review(&world).await;
    act!(world, "wang", task::consult, &id, None, &to(&["police"]), "请问").unwrap();
    let question = asked(&world, "police").await[0].id.clone();
    assert_eq!(code(act!(world, "police", task::take_back, &question)), "process.not_asker");
    act!(world, "wang", task::take_back, &question).unwrap();
    assert_eq!(code(act!(world, "wang", task::take_back, &question)), "process.question_closed");
    assert_eq!(
        code(act!(world, "police", task::answer, &question, "有")),
        "process.question_closed"
    );
    let hidden = instance::show(&mut world.read("police"), &instance).await;
    assert_eq!(hidden.unwrap_err().kind, Kind::NotFound);
    let nowhere = act!(world, "police", task::answer, "nowhere", "有");
    assert_eq!(nowhere.unwrap_err().kind, Kind::NotFound);
}

#[tokio::test]
async fn nothing_is_answered_while_the_instance_is_suspended() {
    let world = World::new().await;
    let (instance, id) = at_review(&world).await;
    act!(world, "wang", task::consult, &id, None, &to(&["police"]), "请问").unwrap();
    act!(world, "zhao", instance::suspend, &instance, None, "待核").unwrap();
    let question = asked(&world, "police").await[0].id.clone();
    assert_eq!(code(act!(world, "police", task::answer, &question, "有")), "process.suspended");
    act!(world, "zhao", instance::resume, &instance, None, "核毕").unwrap();
    act!(world, "police", task::answer, &question, "有").unwrap();
}

#[tokio::test]
async fn the_pages_ask_and_answer() {
    let world = World::new().await;
    let (_, id) = at_review(&world).await;
    let path = format!("/tasks/{id}/consult");
    let none = [("_once", "a"), ("to", ""), ("words", "请问<b>")];
    let again = world.post("wang", &path, &none).await;
    assert_eq!(again.status.as_u16(), 422);
    assert!(again.text.contains("请问&lt;b&gt;"));
    let fields = [("_once", "b"), ("to", "police，lijing"), ("words", "请问<b>")];
    assert_eq!(world.post("wang", &path, &fields).await.status.as_u16(), 303);
    let question = asked(&world, "police").await[0].id.clone();
    let path = format!("/consultations/{question}");
    for (login, path) in [
        ("police", "/tasks?list=asked"),
        ("police", "/tasks?list=answered"),
        ("police", path.as_str()),
        ("wang", path.as_str()),
    ] {
        for lang in ["zh-CN", "en"] {
            let mark = if path.contains('?') { '&' } else { '?' };
            let path = format!("{path}{mark}lang={lang}");
            world.get(login, &path).await.is_whole(&path);
        }
    }
    assert_eq!(world.get("zhao", &path).await.status.as_u16(), 404);
    assert_eq!(world.get("admin", &path).await.status.as_u16(), 403);
    let empty = world.post("police", &format!("{path}/answer"), &[("_once", "c")]).await;
    assert_eq!(empty.status.as_u16(), 422);
    let answer = [("_once", "d"), ("words", "没有")];
    let done = world.post("police", &format!("{path}/answer"), &answer).await;
    assert_eq!(done.status.as_u16(), 303, "{}", done.text);
    assert!(world.get("wang", &format!("/tasks/{id}")).await.text.contains("没有"));
    let other = asked(&world, "lijing").await[0].id.clone();
    let path = format!("/consultations/{other}/take_back");
    let back = world.post("wang", &path, &[("_once", "e")]).await;
    assert_eq!(back.status.as_u16(), 303);
    let api = format!("/api/v1/process-consultations/{other}");
    let (status, one) = world.api("lijing", "GET", &api, json!(null)).await;
    assert_eq!((status.as_u16(), &one["state"]), (200, &json!("taken_back")));
    let late = world.api("lijing", "POST", &format!("{api}/answer"), json!({"words": "有"})).await;
    assert_eq!(late.0.as_u16(), 409);
    let gone = world.api("wang", "POST", &format!("{api}/withdrawal"), json!({})).await;
    assert_eq!(gone.0.as_u16(), 409);
    let (status, page) =
        world.api("police", "GET", "/api/v1/process-consultations?closed=1", json!(null)).await;
    assert_eq!((status.as_u16(), &page["consultations"][0]["answer"]), (200, &json!("没有")));
    world.whole().await;
}

#[tokio::test]
async fn a_copy_is_marked_as_read_and_as_not_read() {
    let world = World::new().await;
    let (instance, _) = at_review(&world).await;
    act!(world, "wang", task::copy, &instance, &to(&["lijing"]), "请阅").unwrap();
    let none = act!(world, "zhao", task::mark_unread, &instance);
    assert_eq!(none.unwrap_err().kind, Kind::NotFound);
    let unread = async || task::counts(&mut world.read("lijing")).await.unwrap().unread;
    let path = format!("/instances/{instance}/copy");
    for (word, left) in [("read", 0), ("unread", 1), ("read", 0)] {
        let page = world.get("lijing", "/tasks?list=copies").await;
        page.is_whole("copies");
        let marked = world.post("lijing", &format!("{path}/{word}"), &[("_once", "a")]).await;
        assert_eq!((marked.status.as_u16(), unread().await), (303, left), "{word}");
    }
    let api = format!("/api/v1{path}/unread").replace("/instances/", "/process-instances/");
    assert_eq!(world.api("lijing", "POST", &api, json!(null)).await.0.as_u16(), 200);
    assert_eq!(unread().await, 1);
    assert_eq!(world.api("admin", "POST", &api, json!(null)).await.0.as_u16(), 403);
}

#[tokio::test]
async fn a_deputy_takes_back_what_the_absent_asked() {
    let world = World::new().await;
    let (instance, id) = at_review(&world).await;
    act!(world, "wang", task::consult, &id, None, &to(&["police"]), "请问").unwrap();
    let question = asked(&world, "police").await[0].id.clone();
    let early = act!(world, "lijing", task::take_back, &question);
    assert_eq!(early.unwrap_err().kind, Kind::NotFound);
    let (from, until) = (TUESDAY, TUESDAY.plus_days(2));
    act!(world, "wang", task::stand_in_begin, "lijing", from, until, "", false).unwrap();
    act!(world, "lijing", task::take_back, &question).unwrap();
    let lines = timeline(&mut world.read("wang"), &instance).await.unwrap();
    let last = lines.last().unwrap();
    assert_eq!((last.kind, last.on_behalf.as_str()), ("question_dropped", "王芳"));
}
