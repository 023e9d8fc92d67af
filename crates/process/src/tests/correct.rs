//! What stopped for want of data: given at the incident, recorded, tried again; several at once.

use super::world::{World, act, document, draw};
use crate::instance::{self, timeline};
use kernel::{Error, Kind};
use serde_json::{Value as Json, json};

fn code<T: std::fmt::Debug>(refused: Result<T, Error>) -> &'static str {
    refused.unwrap_err().code
}

fn vars(value: Json) -> flow::process::Variables {
    serde_json::from_value(value).unwrap()
}

/// A timer, then one whose period is a variable that may be wanting.
fn waiting() -> String {
    let timer = "<intermediateCatchEvent id=\"t\"><timerEventDefinition><timeDuration>PT1H</timeDuration></timerEventDefinition></intermediateCatchEvent>";
    let period = "<intermediateCatchEvent id=\"w\"><timerEventDefinition y:period=\"limit\"/></intermediateCatchEvent>";
    let nodes = ["startEvent s0", timer, period, "endEvent e"];
    document(&[("p", &draw(&nodes, &["s0 t", "t w", "w e"]))])
}

/// A message to whom a variable names.
fn telling(edge: &str) -> String {
    let service = "<serviceTask id=\"n\" y:topic=\"message.send\"><extensionElements><y:input name=\"to\">officer</y:input></extensionElements></serviceTask>";
    let mut nodes = vec!["startEvent s0", service, "endEvent e"];
    let mut flows = vec!["s0 n", "n e"];
    if !edge.is_empty() {
        nodes.extend([edge, "userTask a y:candidates=clerk", "endEvent e2"]);
        flows.extend(["x a", "a e2"]);
    }
    document(&[("p", &draw(&nodes, &flows))])
}

async fn incidents(world: &World) -> Vec<(String, String, String)> {
    let page = instance::incidents(&mut world.read("zhao"), "").await.unwrap();
    page.incidents.into_iter().map(|one| (one.id, one.kind, one.code)).collect()
}

/// Begins one that stops at its timer.
async fn stopped(world: &World) -> (String, String) {
    let id = world.start("clerk", "p", json!({})).await.unwrap().id;
    world.advance_hours(1);
    world.drain().await;
    let found = incidents(world).await;
    let own = found.iter().find(|(incident, ..)| incident.starts_with(&id)).unwrap();
    assert_eq!((own.1.as_str(), own.2.as_str()), ("timer", "process.expression_type"));
    (id, own.0.clone())
}

#[tokio::test]
async fn what_was_wanting_is_given_and_the_step_goes_on() {
    let world = World::new().await;
    world.deploy(&waiting()).await;
    let (id, incident) = stopped(&world).await;
    act!(world, "zhao", instance::correct, &incident, vars(json!({"limit": "2wd"})), "漏填期限")
        .unwrap();
    world.drain().await;
    assert!(incidents(&world).await.is_empty());
    let shown = instance::show(&mut world.read("clerk"), &id).await.unwrap();
    assert_eq!(shown.places[0].node, "w");
    assert_eq!(shown.variables["limit"], json!("2wd"));
    let lines = timeline(&mut world.read("clerk"), &id).await.unwrap();
    let line = lines.iter().find(|line| line.kind == "corrected").unwrap();
    assert_eq!((line.by.as_str(), line.words.as_str()), ("赵磊", "漏填期限"));
    assert!(line.to.contains("limit"), "{}", line.to);
    world.whole().await;
}

#[tokio::test]
async fn a_wrong_value_is_an_incident_again_and_nothing_is_lost() {
    let world = World::new().await;
    world.deploy(&waiting()).await;
    let (id, incident) = stopped(&world).await;
    act!(world, "zhao", instance::correct, &incident, vars(json!({"limit": 7})), "先试").unwrap();
    world.drain().await;
    assert_eq!(incidents(&world).await.len(), 1);
    act!(world, "zhao", instance::correct, &incident, vars(json!({"limit": "0wd"})), "再改")
        .unwrap();
    world.drain().await;
    world.advance_hours(24);
    world.drain().await;
    assert_eq!(world.phase(&id).await, "completed");
    world.whole().await;
}

#[tokio::test]
async fn a_service_is_given_what_its_inputs_now_say() {
    let world = World::new().await;
    world.deploy(&telling("")).await;
    let id = world.start("clerk", "p", json!({"officer": "nobody"})).await.unwrap().id;
    for _ in 0..=instance::ATTEMPTS_MAX {
        world.drain().await;
        world.advance_hours(10);
    }
    let found = incidents(&world).await;
    assert_eq!((found.len(), found[0].2.as_str()), (1, "process.no_addressee"));
    let officer = world.actor("wang").account;
    let given = vars(json!({ "officer": officer }));
    act!(world, "zhao", instance::correct, &found[0].0, given, "账号写错").unwrap();
    world.drain().await;
    assert_eq!(world.phase(&id).await, "completed");
    let told = "SELECT COUNT(*) FROM message WHERE template = 'process.notice'";
    assert_eq!(world.count(told).await, 1);
    world.whole().await;
}

#[tokio::test]
async fn a_refusal_that_is_drawn_is_no_incident() {
    let world = World::new().await;
    let edge = "<boundaryEvent id=\"x\" attachedToRef=\"n\"><errorEventDefinition errorRef=\"nobody\"/></boundaryEvent>";
    let xml = telling(edge).replacen(
        "<process ",
        "<error id=\"nobody\" errorCode=\"process.no_addressee\"/><process ",
        1,
    );
    world.deploy(&xml).await;
    let id = world.start("clerk", "p", json!({"officer": "nobody"})).await.unwrap().id;
    world.drain().await;
    assert!(incidents(&world).await.is_empty());
    assert_eq!(world.open(&id).await, ["a"]);
    let lines = timeline(&mut world.read("clerk"), &id).await.unwrap();
    let last = lines.last().unwrap();
    assert_eq!((last.kind, last.to.as_str()), ("job_failed", "process.no_addressee"));
    world.whole().await;
}

#[tokio::test]
async fn who_may_correct_and_what_is_refused() {
    let world = World::new().await;
    world.deploy(&waiting()).await;
    let (id, incident) = stopped(&world).await;
    let correct = async |login: &str, given: Json, reason: &str| {
        act!(world, login, instance::correct, &incident, vars(given), reason)
    };
    let good = || json!({"limit": "2wd"});
    assert_eq!(correct("wang", good(), "改").await.unwrap_err().kind, Kind::Denied);
    assert_eq!(correct("police", good(), "改").await.unwrap_err().kind, Kind::NotFound);
    assert_eq!(code(correct("zhao", good(), " ").await), "process.words");
    assert_eq!(code(correct("zhao", json!({}), "改").await), "process.correction");
    assert_eq!(code(correct("zhao", json!({"": 1}), "改").await), "process.variable");
    act!(world, "zhao", instance::suspend, &id, None, "核").unwrap();
    assert_eq!(code(correct("zhao", good(), "改").await), "process.suspended");
    act!(world, "zhao", instance::resume, &id, None, "核毕").unwrap();
    correct("zhao", good(), "改").await.unwrap();
    assert_eq!(correct("zhao", good(), "改").await.unwrap_err().kind, Kind::NotFound);
}

#[tokio::test]
async fn several_of_one_cause_are_tried_again_together() {
    let world = World::new().await;
    world.deploy(&waiting()).await;
    let mut ids = Vec::new();
    for _ in 0..3 {
        ids.push(stopped(&world).await.1);
    }
    for lang in ["zh-CN", "en"] {
        for path in ["/incidents".to_owned(), format!("/incidents/{}", ids[0])] {
            let path = format!("{path}?lang={lang}&cause=process.expression_type");
            world.get("zhao", &path).await.is_whole(&path);
        }
    }
    let none = world.get("zhao", "/incidents?cause=other").await;
    assert!(!none.text.contains(&ids[0]));
    assert_eq!(world.get("police", &format!("/incidents/{}", ids[0])).await.status.as_u16(), 404);
    assert_eq!(world.get("wang", &format!("/incidents/{}", ids[0])).await.status.as_u16(), 403);
    let empty = world.post("zhao", "/incidents", &[("_once", "m0")]).await;
    assert_eq!(empty.status.as_u16(), 422);
    let chosen = [("_once", "m1"), ("incident", ids[0].as_str()), ("incident", ids[1].as_str())];
    assert_eq!(world.post("wang", "/incidents", &chosen).await.status.as_u16(), 403);
    let done = world.post("zhao", "/incidents", &chosen).await;
    assert_eq!(done.status.as_u16(), 200);
    assert!(done.text.contains("所选 2 项中，2 项"), "{}", done.text);
    world.drain().await;
    assert_eq!(incidents(&world).await.len(), 3, "nothing was mended, so they stop again");
    let body = json!({ "incidents": [ids[0], "none:1", ids[2]] });
    let api = "/api/v1/process-incident-repair";
    assert_eq!(world.api("wang", "POST", api, body.clone()).await.0.as_u16(), 403);
    let (status, told) = world.api("zhao", "POST", api, body).await;
    assert_eq!((status.as_u16(), &told["done"]), (200, &json!(2)));
    assert_eq!(
        told["incidents"][1],
        json!({"incident": "none:1", "done": false, "code": "not_found"})
    );
    let (status, _) = world.api("zhao", "POST", api, json!({ "incidents": [] })).await;
    assert_eq!(status.as_u16(), 422);
    // The interface and the page of one.
    let api = format!("/api/v1/process-incidents/{}/correction", ids[1]);
    let body = json!({ "variables": { "limit": "1wd" }, "reason": "补" });
    assert_eq!(world.api("wang", "POST", &api, body.clone()).await.0.as_u16(), 403);
    assert_eq!(world.api("police", "POST", &api, body.clone()).await.0.as_u16(), 404);
    assert_eq!(world.api("zhao", "POST", &api, body).await.0.as_u16(), 200);
    world.drain().await;
    let path = format!("/incidents/{}/correct", ids[0]);
    let wrong = [("_once", "m2"), ("variables", "limit = \"1wd\""), ("reason", "")];
    assert_eq!(world.post("zhao", &path, &wrong).await.status.as_u16(), 422);
    let right = [("_once", "m3"), ("variables", "limit = \"1wd\""), ("reason", "补")];
    assert_eq!(world.post("wang", &path, &right).await.status.as_u16(), 403);
    for _ in 0..2 {
        assert_eq!(world.post("zhao", &path, &right).await.status.as_u16(), 303);
    }
    world.drain().await;
    assert_eq!(incidents(&world).await.len(), 1);
    world.whole().await;
}
