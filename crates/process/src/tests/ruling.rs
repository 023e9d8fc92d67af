//! Decisions in running instances: recorded with their reasons, proved without being made again,
//! incidents when they cannot be made.

use super::bundle::{files, forms, subsidy};
use super::world::{World, document, draw};
use crate::bundle::Files;
use crate::definition::{self, Deployed};
use crate::instance;
use axum::http::StatusCode;
use serde_json::json;
use testkit::TUESDAY;

pub(crate) async fn deploy(world: &World, files: &Files) -> Deployed {
    let done = world.run("admin", async |ctx| definition::deploy_files(ctx, files).await).await;
    done.unwrap_or_else(|error| panic!("not deployed: {error}"))
}

/// A decision beside a task that may give what it lacks.
fn beside() -> Files {
    let nodes = [
        "startEvent s0",
        "parallelGateway f",
        "businessRuleTask rate y:decision=subsidy",
        "userTask give y:candidates=clerk",
        "parallelGateway j",
        "endEvent e",
    ];
    let flows = ["s0 f", "f rate", "f give", "rate j", "give j", "j e"];
    let xml = document(&[("beside", &draw(&nodes, &flows))]);
    Files::new(xml.as_bytes()).with("subsidy.dmn", subsidy(100, "low").as_bytes())
}

#[tokio::test]
async fn a_decision_is_made_in_the_command_that_comes_to_it_and_told_with_its_clause() {
    let world = World::new().await;
    deploy(&world, &files()).await;
    let begun = world.start("clerk", "grant", json!({ "company": "甲公司" })).await.unwrap();
    let done = world.done("clerk", &begun.id, "apply", json!({ "amount": 40 })).await.unwrap();
    assert_eq!((done.phase.as_str(), done.revision), ("completed", 2));
    assert_eq!(world.count("SELECT COUNT(*) FROM process_job").await, 0);
    let mut ctx = world.read("clerk");
    let lines = instance::timeline(&mut ctx, &begun.id).await.unwrap();
    let [ruling] = lines[1].rulings.as_slice() else { panic!("{lines:?}") };
    assert_eq!((ruling.node.as_str(), ruling.file.as_str()), ("rate", "subsidy.dmn"));
    assert_eq!(ruling.result, json!({ "tier": "low", "share": 0.5 }));
    assert_eq!(json!(ruling.inputs), json!({ "amount": 40, "today": "2026-09-15" }));
    let told = serde_json::to_string(&ruling.inputs).unwrap();
    assert_eq!(ruling.digest, proof::digest::sm3_hex(told.as_bytes()));
    assert_eq!(ruling.reasons[0]["tables"][0]["rules"][0]["rule"], 1);
    let shown = instance::show(&mut ctx, &begun.id).await.unwrap();
    assert_eq!(shown.variables["rated"], ruling.result);
    let path = format!("/instances/{}", begun.id);
    for lang in ["zh-CN", "en"] {
        let page = world.get("zhao", &format!("{path}?lang={lang}")).await;
        page.is_whole(&path);
        assert!(page.text.contains("依据：办法第八条") && page.text.contains("subsidy.dmn"));
        assert!(!page.text.contains("办法第九条"), "a rule that did not fire");
    }
    assert_eq!(world.get("police", &path).await.status, StatusCode::NOT_FOUND);
    let api = format!("/api/v1/process-instances/{}/history", begun.id);
    let (status, history) = world.api("zhao", "GET", &api, json!(null)).await;
    assert_eq!(status, StatusCode::OK);
    assert_eq!(history["entries"][1]["rulings"][0]["result"]["tier"], "low");
    assert_eq!(world.api("police", "GET", &api, json!(null)).await.0, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn a_history_whose_decision_was_changed_is_found() {
    let world = World::new().await;
    deploy(&world, &files()).await;
    let begun = world.start("clerk", "grant", json!({ "company": "甲公司" })).await.unwrap();
    world.done("clerk", &begun.id, "apply", json!({ "amount": 400 })).await.unwrap();
    assert_eq!(world.open(&begun.id).await, ["approve"]);
    world.whole().await;
    // What is sealed cannot be changed in place; one entry in the place of another is found.
    world
        .execute(
            "UPDATE process_event SET body = (SELECT body FROM process_event AS o
             WHERE o.instance_id = process_event.instance_id AND o.sequence = 1) WHERE sequence = 2",
        )
        .await;
    let mut ctx = world.system().await;
    let faults = crate::fsck::check_one(&mut ctx, &begun.id).await.unwrap();
    assert_eq!((faults.len(), faults[0].what), (1, "history"));
}

#[tokio::test]
async fn a_decision_that_cannot_be_made_is_an_incident_and_is_made_when_repaired() {
    let world = World::new().await;
    deploy(&world, &beside()).await;
    let begun = world.start("clerk", "beside", json!({})).await.unwrap();
    assert_eq!(begun.phase, "active", "what was begun is not lost");
    let incident = format!("{}:", begun.id);
    let incidents = async || {
        let page = instance::incidents(&mut world.read("zhao"), "").await.unwrap();
        let told = page.incidents.into_iter().map(|one| (one.id, one.kind, one.node, one.code));
        told.collect::<Vec<_>>()
    };
    let found = incidents().await;
    let [(id, kind, node, code)] = found.as_slice() else { panic!("{found:?}") };
    assert!(id.starts_with(&incident));
    let told = (kind.as_str(), node.as_str(), code.as_str());
    assert_eq!(told, ("job", "rate", "decision.inputs"));
    let page = world.get("zhao", "/incidents").await;
    page.is_whole("/incidents");
    assert!(page.text.contains("amount"), "the input that is missing is named: {}", page.text);
    let repair = format!("/incidents/{id}/repair");
    assert_eq!(world.post("clerk", &repair, &[]).await.status, StatusCode::FORBIDDEN);
    assert_eq!(world.post("zhao", &repair, &[("_once", "1")]).await.status, StatusCode::SEE_OTHER);
    world.drain().await;
    assert_eq!(incidents().await.len(), 1, "nothing has been mended yet");
    world.done("clerk", &begun.id, "give", json!({ "amount": 7 })).await.unwrap();
    assert_eq!(world.phase(&begun.id).await, "active");
    assert_eq!(world.post("zhao", &repair, &[("_once", "2")]).await.status, StatusCode::SEE_OTHER);
    world.drain().await;
    assert_eq!((world.phase(&begun.id).await.as_str(), incidents().await.len()), ("completed", 0));
    assert_eq!(world.count("SELECT COUNT(*) FROM process_job").await, 0);
    let lines = instance::timeline(&mut world.read("clerk"), &begun.id).await.unwrap();
    let last = lines.last().unwrap();
    assert_eq!((last.kind, last.rulings.len()), ("job_done", 1));
    let shown = instance::show(&mut world.read("clerk"), &begun.id).await.unwrap();
    assert_eq!(shown.variables["subsidy"]["tier"], "low", "named by the decision itself");
}

#[tokio::test]
async fn decisions_without_end_stop_as_an_incident() {
    let world = World::new().await;
    let nodes = [
        "startEvent s0",
        "exclusiveGateway again",
        "businessRuleTask rate y:decision=subsidy y:result=rated",
        "exclusiveGateway g",
        "endEvent e",
    ];
    let flows = [
        "s0 again",
        "again rate",
        "rate g",
        "g again rated.tier = \"low\"",
        "g e rated.tier = \"high\"",
    ];
    let xml = document(&[("endless", &draw(&nodes, &flows))]);
    let files = Files::new(xml.as_bytes()).with("subsidy.dmn", subsidy(100, "low").as_bytes());
    deploy(&world, &files).await;
    let begun = world.start("clerk", "endless", json!({ "amount": 1 })).await.unwrap();
    assert_eq!(begun.phase, "active");
    let page = instance::incidents(&mut world.read("zhao"), "").await.unwrap();
    assert_eq!(page.incidents[0].code, "process.endless");
}

#[tokio::test]
async fn an_instance_keeps_the_decisions_and_forms_it_began_with() {
    let world = World::new().await;
    let first = deploy(&world, &files()).await;
    assert_eq!(deploy(&world, &files()).await, first, "the same files are the same version");
    let old = world.start("clerk", "grant", json!({ "company": "甲" })).await.unwrap();
    let mut asked = forms();
    asked[1].fields[1].max = Some(60);
    let changed = files().with("subsidy.dmn", subsidy(10, "high").as_bytes());
    let changed = changed.with_forms(&asked).unwrap();
    let second = deploy(&world, &changed).await;
    assert_eq!((second.versions[0].version, second.versions[0].newest), (2, true));
    let new = world.start("clerk", "grant", json!({ "company": "乙" })).await.unwrap();
    let done = world.done("clerk", &old.id, "apply", json!({ "amount": 70 })).await.unwrap();
    assert_eq!(done.phase, "completed", "below the old limit");
    let done = world.done("clerk", &new.id, "apply", json!({ "amount": 50 })).await.unwrap();
    assert_eq!(done.phase, "active", "above the new one");
    assert_eq!(world.open(&new.id).await, ["approve"]);
    let mut ctx = world.read("clerk");
    for (version, kept) in [(1, files()), (2, changed)] {
        assert_eq!(definition::files(&mut ctx, "grant", version).await.unwrap(), kept);
    }
}

#[test]
fn an_entry_from_before_decisions_reads_as_it_was_written() {
    let (at, act, by) = (TUESDAY, instance::Act::ParentEnded, Default::default());
    let (changes, desks, rulings) = Default::default();
    let on_behalf = None;
    let waits = Default::default();
    let entry = instance::Entry { at, by, on_behalf, act, changes, desks, rulings, waits };
    let written = serde_json::to_value(&entry).unwrap();
    let keys: Vec<&String> = written.as_object().unwrap().keys().collect();
    assert_eq!(keys, ["act", "at", "by"], "nothing is written that was not there before");
    assert_eq!(serde_json::from_value::<instance::Entry>(written).unwrap(), entry);
}

#[tokio::test]
async fn decisions_of_many_turns_are_made_in_one_command_and_kept_within_bounds() {
    let world = World::new().await;
    let rate = "<businessRuleTask id=\"rate\" y:decision=\"subsidy\" y:result=\"rated\"><extensionElements><y:input name=\"amount\">one</y:input></extensionElements><multiInstanceLoopCharacteristics y:collection=\"amounts\" y:item=\"one\" y:output=\"all\" y:outputItem=\"rated\"/></businessRuleTask>";
    let drawing = draw(&["startEvent s0", rate, "endEvent e"], &["s0 rate", "rate e"]);
    let files = Files::new(document(&[("many", &drawing)]).as_bytes());
    deploy(&world, &files.with("subsidy.dmn", subsidy(100, "low").as_bytes())).await;
    let amounts: Vec<u32> = (0..300).collect();
    let begun = world.start("clerk", "many", json!({ "amounts": amounts })).await.unwrap();
    assert_eq!(begun.phase, "completed");
    let shown = instance::show(&mut world.read("clerk"), &begun.id).await.unwrap();
    let all = shown.variables["all"].as_array().unwrap();
    assert_eq!(
        (all.len(), &all[99]["tier"], &all[100]["tier"]),
        (300, &json!("low"), &json!("high"))
    );
    let lines = instance::timeline(&mut world.read("clerk"), &begun.id).await.unwrap();
    assert_eq!(lines[0].rulings.len(), 300);
    let bytes = serde_json::to_string(&lines[0].rulings).unwrap().len();
    assert!(bytes < 2 << 20, "{bytes}");
    let path = format!("/instances/{}", begun.id);
    world.get("clerk", &path).await.is_whole(&path);
}
