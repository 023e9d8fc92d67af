//! Drafts typed as text, their decisions and forms: what is kept, what is told, and what differs
//! between two versions.

use super::bundle::{drawing, files, forms, subsidy};
use super::page::drawn;
use super::world::World;
use crate::definition;
use axum::http::StatusCode;
use serde_json::json;
use testkit::Reply;

/// The files of the bundle, deployed by the administrator as `grant` 1.
async fn deployed(world: &World) {
    let body = json!({ "diagram": drawing(), "decisions": { "subsidy": subsidy(100, "low") },
        "forms": forms() });
    let (status, told) = world.api("admin", "POST", "/api/v1/processes", body).await;
    assert_eq!(status, StatusCode::CREATED, "{told}");
}

async fn send(world: &World, path: &str, fields: &[(&str, &str)]) -> Reply {
    world.upload("admin", path, fields, &[]).await
}

fn draft_of(page: &Reply) -> String {
    assert_eq!(page.status, StatusCode::SEE_OTHER, "{}", page.text);
    page.location.split('?').next().unwrap().to_owned()
}

/// A version of `grant` changed into a draft without touching it.
async fn draft(world: &World) -> String {
    let fields = [("name", "改补贴"), ("process", "grant"), ("version", "1")];
    draft_of(&send(world, "/process-drafts", &fields).await)
}

#[tokio::test]
async fn a_document_is_typed_as_text_and_nothing_typed_is_lost() {
    let world = World::new().await;
    world.deploy(&drawn()).await;
    let page = world.get("admin", "/processes/p/versions/1/edit").await;
    page.is_whole("edit");
    assert!(page.text.contains("name=\"diagram\"") && page.text.contains("&lt;userTask"), "shown");
    // A document of 300 KB with a field that is wrong beside it.
    let long = format!("<!-- {} -->", "一".repeat(100_000));
    let typed = drawn().replace("</definitions>", &format!("{long}</definitions>"));
    let typed = typed.replace("name=\"审查\"", "name=\"打字复审\"").replace('\n', "\r\n");
    assert!(typed.len() > 300_000);
    let base = [("process", "p"), ("version", "1")];
    let mut fields = vec![("name", " "), ("diagram", typed.as_str()), base[0], base[1]];
    let refused = send(&world, "/process-drafts", &fields).await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(refused.text.contains("打字复审") && refused.text.contains("href=\"#f-name\""));
    fields[0].1 = "打字";
    let path = draft_of(&send(&world, "/process-drafts", &fields).await);
    assert!(world.get("admin", &path).await.text.contains("打字复审"));
    // What is not XML is kept, with the line at fault and its text.
    let broken = drawn().replace("<endEvent id=\"e2\"/>", "\n<endEvent id=\"e2\">");
    let fields = [("name", "打字"), ("revision", "1"), ("diagram", broken.as_str())];
    draft_of(&send(&world, &path, &fields).await);
    let page = world.get("admin", &path).await;
    page.is_whole("broken");
    assert!(page.text.contains("id=\"h-faults\"") && page.text.contains("procedure.bpmn"));
    // Candidates that are nobody: the line with its text.
    let wrong = drawn().replace("y:candidates=\"clerk\"", "\ny:candidates=\"nobody\"");
    let at = wrong.lines().position(|line| line.contains("<userTask id=\"a\"")).unwrap() + 1;
    let fields = [("name", "打字"), ("revision", "2"), ("diagram", wrong.as_str())];
    draft_of(&send(&world, &path, &fields).await);
    let page = world.get("admin", &path).await.text;
    assert!(page.contains(&format!("{at}: &lt;")), "no line {at}: {page}");
    // Saved from another window meanwhile, and emptied: what was typed stands there again.
    let fields = [("name", "打字"), ("revision", "2"), ("diagram", "<我的 打字/>")];
    let stale = send(&world, &path, &fields).await;
    assert_eq!(stale.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(stale.text.contains("&lt;我的 打字"), "{}", stale.text);
    let fields = [("name", "写了名称"), ("revision", "3"), ("diagram", "")];
    let empty = send(&world, &path, &fields).await;
    assert_eq!(empty.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(empty.text.contains("写了名称"));
}

#[tokio::test]
async fn a_draft_keeps_every_file_and_what_nobody_changed_byte_for_byte() {
    let world = World::new().await;
    deployed(&world).await;
    let path = draft(&world).await;
    let page = world.get("admin", &path).await;
    page.is_whole("draft");
    let forms_text =
        files().get("forms.json").map(|text| String::from_utf8_lossy(text).into_owned());
    let (forms_text, xml) = (forms_text.unwrap().replace('\n', "\r\n"), drawing());
    let fields = [("name", "改补贴"), ("diagram", xml.as_str()), ("forms", forms_text.as_str())];
    draft_of(&send(&world, &path, &fields).await);
    let done = world.post("admin", &format!("{path}/deploy"), &[("_once", "d1")]).await;
    assert!(done.location.starts_with("/processes/grant/versions/1?"), "{}", done.location);
    // Forms that cannot be read are told by their file; emptied, there are none.
    let fields = [("name", "改补贴"), ("forms", "- id: [")];
    draft_of(&send(&world, &path, &fields).await);
    let page = world.get("admin", &path).await.text;
    assert!(page.contains("process.forms_file") && page.contains("forms.yaml"), "{page}");
    draft_of(&send(&world, &path, &[("name", "改补贴"), ("forms", "")]).await);
    let page = world.get("admin", &path).await.text;
    assert!(page.contains("process.form_unknown"), "{page}");
    // A field changed: told by its name and its settings, before it is deployed and after.
    let mut changed = forms();
    changed[1].fields[1].max = Some(500);
    changed[1].fields.remove(2);
    let text = serde_norway::to_string(&changed).unwrap();
    draft_of(&send(&world, &path, &[("name", "改补贴"), ("forms", &text)]).await);
    let page = world.get("admin", &path).await.text;
    assert!(page.contains("max: 1000 → 500"), "{page}");
    let done = world.post("admin", &format!("{path}/deploy"), &[("_once", "d2")]).await;
    assert!(done.location.starts_with("/processes/grant/versions/2?"), "{}", done.text);
    let kept = definition::files(&mut world.read("admin"), "grant", 2).await.unwrap();
    assert_eq!(kept.get("subsidy.dmn"), Some(subsidy(100, "low").as_bytes()));
    let page = world.get("clerk", "/processes/grant/comparison?from=1&to=2").await;
    page.is_whole("comparison");
    assert!(page.text.contains("max: 1000 → 500") && page.text.contains("rate"), "{}", page.text);
}

#[tokio::test]
async fn a_decision_is_added_changed_tested_and_analysed() {
    let world = World::new().await;
    deployed(&world).await;
    let path = draft(&world).await;
    let decision = format!("{path}/decisions/subsidy.dmn");
    for lang in ["zh-CN", "en"] {
        let page = world.get("admin", &format!("{decision}?lang={lang}")).await;
        page.is_whole("decision");
        assert!(page.text.contains("small") && page.text.contains("办法第八条"));
    }
    // The second rule begins later: a gap, an overlap the other way, a test that fails.
    let gap = subsidy(100, "low").replace("&gt;= 100", "&gt;= 200");
    draft_of(&send(&world, &decision, &[("revision", "1"), ("text", &gap)]).await);
    let page = world.get("admin", &decision).await.text;
    assert!(page.contains("处没有规则") && page.contains("[100..200)"), "{page}");
    let changes = world.get("admin", &path).await.text;
    assert!(changes.contains("<del>&gt;= 100</del> <ins>&gt;= 200</ins>"), "{changes}");
    let overlap = subsidy(100, "low").replace("&gt;= 100", "&gt;= 50");
    draft_of(&send(&world, &decision, &[("revision", "2"), ("text", &overlap)]).await);
    assert!(world.get("admin", &decision).await.text.contains("处规则重叠"));
    draft_of(&send(&world, &decision, &[("revision", "3"), ("text", &subsidy(100, "high"))]).await);
    assert!(world.get("admin", &decision).await.text.contains("没有通过"));
    let refused = world.post("admin", &format!("{path}/deploy"), &[("_once", "d1")]).await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY, "a test fails");
    let wrong = subsidy(100, "low").replace("amount</text>", "amuont</text>");
    draft_of(&send(&world, &decision, &[("revision", "4"), ("text", &wrong)]).await);
    assert!(world.get("admin", &decision).await.text.contains("amuont"));
    let stale = send(&world, &decision, &[("revision", "4"), ("text", "<我的 表/>")]).await;
    assert_eq!(stale.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(stale.text.contains("&lt;我的 表"));
    draft_of(&send(&world, &decision, &[("revision", "5"), ("text", "<")]).await);
    let page = world.get("admin", &decision).await;
    assert!(page.status == StatusCode::OK && page.text.contains("h-faults"), "{}", page.text);
    draft_of(&send(&world, &decision, &[("revision", "6"), ("text", &subsidy(100, "low"))]).await);
    // A new one, which is sound from the first, and named by the step.
    let add = format!("{path}/decisions");
    for (name, once) in [("", "n1"), ("1a", "n2"), ("subsidy", "n3")] {
        let refused = world.post("admin", &add, &[("decision", name), ("_once", once)]).await;
        assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY, "{name}");
        assert!(refused.text.contains("href=\"#f-decision\""), "{name}");
    }
    let added = world.post("admin", &add, &[("decision", "核定"), ("_once", "a1")]).await;
    let again = world.post("admin", &add, &[("decision", "核定"), ("_once", "a1")]).await;
    assert_eq!((draft_of(&added), again.location), (draft_of(&added), added.location.clone()));
    let page = world.get("admin", &added.location).await;
    page.is_whole("added");
    assert!(page.text.contains("每种情形恰有规则可依") && !page.text.contains("h-faults"));
    let fields = [
        ("name", "改补贴"),
        ("diagram", &*drawing().replace("decision=\"subsidy\"", "decision=\"核定\"")),
    ];
    draft_of(&send(&world, &path, &fields).await);
    let page = world.get("admin", &path).await.text;
    assert!(!page.contains("h-faults") && page.contains("核定.dmn"), "{page}");
    // Taken out, it is missed.
    let gone = world.post("admin", &format!("{}/delete", added.location), &[("_once", "g1")]).await;
    assert_eq!(draft_of(&gone), path);
    assert!(world.get("admin", &path).await.text.contains("process.decision_unknown"));
}

#[tokio::test]
async fn decisions_of_a_draft_are_seen_as_it_is_and_changed_by_its_owner_alone() {
    let world = World::new().await;
    deployed(&world).await;
    let fields = [("name", "别人的"), ("process", "grant"), ("version", "1")];
    let made = world.upload("wang", "/process-drafts", &fields, &[]).await;
    let path = draft_of(&made);
    let decision = format!("{path}/decisions/subsidy.dmn");
    // Whoever deploys reads it, and changes nothing.
    let page = world.get("admin", &decision).await;
    page.is_whole("of another");
    assert!(!page.text.contains("data-save"));
    let gone = StatusCode::NOT_FOUND;
    for login in ["admin", "clerk"] {
        let text = [("text", "<x/>")];
        assert_eq!(world.upload(login, &decision, &text, &[]).await.status, gone, "{login}");
        for (path, once) in
            [(format!("{path}/decisions"), "o1"), (format!("{decision}/delete"), "o2")]
        {
            let fields = [("decision", "b"), ("_once", once)];
            assert_eq!(world.post(login, &path, &fields).await.status, gone, "{login} {path}");
        }
    }
    for other in ["procedure.bpmn", "forms.json", "none.dmn"] {
        let path = format!("{path}/decisions/{other}");
        assert_eq!(world.get("wang", &path).await.status, gone, "{path}");
        assert_eq!(world.upload("wang", &path, &[("text", "x")], &[]).await.status, gone);
        let once = [("_once", other)];
        assert_eq!(world.post("wang", &format!("{path}/delete"), &once).await.status, gone);
    }
    assert_eq!(world.get("clerk", &decision).await.status, gone);
    assert_eq!(world.get("clerk", &format!("{decision}/dmn")).await.status, gone);
    assert_eq!(world.get("wang", &format!("{decision}/dmn")).await.text, subsidy(100, "low"));
}
