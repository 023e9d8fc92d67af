//! Limits that need the notice of a year that is not in yet: the lists say which.

use super::world::{World, document, draw};
use crate::task::{self, ListKind};
use jiff::civil::date;
use kernel::Timestamp;
use serde_json::json;

#[tokio::test]
async fn a_task_whose_limit_cannot_be_told_names_the_year_that_is_missing() {
    let world = World::new().await;
    let nodes = ["startEvent s0", "userTask a y:candidates=reviewer y:limit=5wd", "endEvent e"];
    world.deploy(&document(&[("p", &draw(&nodes, &["s0 a", "a e"]))])).await;
    let reached = world.start("clerk", "p", json!({})).await.unwrap().id;
    let last = Timestamp::from_civil(date(2026, 12, 30).at(10, 0, 0, 0));
    world.env.clock.set_offset_us(last.0);
    let beyond = world.start("clerk", "p", json!({})).await.unwrap().id;
    let page = task::list(&mut world.read("wang"), ListKind::ToDo, "").await.unwrap();
    let row = |instance: &str| page.tasks.iter().find(|row| row.instance == instance).unwrap();
    assert_eq!((row(&reached).missing_year, row(&reached).due.is_some()), (None, true));
    assert_eq!((row(&beyond).missing_year, row(&beyond).due), (Some(2027), None));
    let shown = world.get("wang", "/tasks").await;
    shown.is_whole("/tasks");
    assert!(shown.text.contains("缺 2027 年节假日安排"), "{}", shown.text);
    let id = row(&beyond).id.clone();
    let shown = world.get("wang", &format!("/tasks/{id}")).await;
    assert!(shown.text.contains("缺 2027 年节假日安排"));
    world.whole().await;
    world.execute("UPDATE process_task SET missing_year = 2028 WHERE missing_year = 2027").await;
    let mut ctx = world.system().await;
    let report = crate::fsck::check(&mut ctx).await.unwrap();
    assert_eq!(report.faults.len(), 1, "{:?}", report.faults);
    drop(ctx);
    world.run("wang", async |ctx| task::claim(ctx, &id, None).await).await.unwrap();
    let held = task::list(&mut world.read("wang"), ListKind::InHand, "").await.unwrap();
    assert_eq!(held.tasks[0].missing_year, Some(2027), "written anew with the task");
}

#[tokio::test]
async fn a_draft_over_the_interface_is_a_whole_bundle() {
    let world = World::new().await;
    let call = async |method: &str, path: &str, body: serde_json::Value| {
        let (status, told) = world.api("admin", method, &format!("/api/v1/{path}"), body).await;
        (status.as_u16(), told)
    };
    let mut body = json!({
        "name": "补贴", "xml": super::bundle::drawing(),
        "decisions": { "subsidy.dmn": super::bundle::subsidy(100, "low") },
        "forms": super::bundle::forms(),
    });
    let parts =
        json!({ "xml": body["xml"], "decisions": body["decisions"], "forms": body["forms"] });
    let (status, checked) = call("POST", "process-check", parts.clone()).await;
    assert_eq!((status, &checked["sound"]), (200, &json!(true)), "{checked}");
    let mut paper = parts;
    paper["variables"] = json!({ "company": "甲公司" });
    let (status, begun) = call("POST", "process-trial", paper).await;
    assert_eq!(status, 200, "{begun}");
    let (status, kept) = call("POST", "process-drafts", body.clone()).await;
    assert_eq!(status, 201, "{kept}");
    let path = format!("process-drafts/{}", kept["id"].as_str().unwrap());
    let (_, whole) = call("GET", &path, json!(null)).await;
    assert_eq!(whole["forms"].as_array().map(Vec::len), Some(3));
    assert_eq!(whole["decisions"]["subsidy.dmn"], body["decisions"]["subsidy.dmn"]);
    // What a save leaves out stays; what it hands in replaces all there was of its kind.
    let named = json!({ "name": "改名", "xml": body["xml"], "revision": kept["revision"] });
    assert_eq!(call("POST", &path, named).await.0, 200);
    let (_, whole) = call("GET", &path, json!(null)).await;
    assert_eq!(whole["forms"].as_array().map(Vec::len), Some(3));
    body["decisions"] = json!({ "other": super::bundle::subsidy(200, "low") });
    body["revision"] = whole["draft"]["revision"].clone();
    let (status, saved) = call("POST", &path, body).await;
    assert_eq!(status, 200, "{saved}");
    let (_, whole) = call("GET", &path, json!(null)).await;
    let names: Vec<&String> = whole["decisions"].as_object().unwrap().keys().collect();
    assert_eq!(names, ["other.dmn"]);
    let (status, done) = call("POST", &format!("{path}/deployment"), json!({})).await;
    assert_eq!(status, 201, "{done}");
    let (_, shown) = call("GET", "processes/grant/versions/1", json!(null)).await;
    assert_eq!(shown["files"], json!(["forms.json", "other.dmn", "procedure.bpmn"]));
}
