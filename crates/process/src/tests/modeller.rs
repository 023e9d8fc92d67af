//! Drafts, checks, trials and comparisons: what they tell, who may, and that nothing is deployed
//! before somebody does.

use super::page::drawn;
use super::world::{World, document, draw};
use crate::modeller::{self, Answer, Trial};
use axum::http::StatusCode;
use flow::process::{Document, Variables};
use kernel::{Kind, Result, Timestamp};
use serde_json::{Value as Json, json};

fn trial(inner: &str, variables: Json, answers: &[(u64, &str, Json)]) -> Result<Trial> {
    let xml = document(&[("p", inner)]);
    let deployed = flow::process::deploy(xml.as_bytes(), crate::evaluate::evaluator());
    let deployed = deployed.unwrap_or_else(|findings| panic!("{findings:?}"));
    let answers: Vec<Answer> = answers
        .iter()
        .map(|(number, activity, variables)| Answer {
            number: *number,
            activity: (*activity).to_owned(),
            variables: serde_json::from_value(variables.clone()).unwrap(),
        })
        .collect();
    let variables: Variables = serde_json::from_value(variables).unwrap();
    let now = Timestamp(1_789_437_600_000_000);
    let pack = pack::Province::embedded().unwrap();
    modeller::run(deployed.definitions.first().unwrap(), None, &pack, now, variables, &answers)
}

#[test]
fn a_trial_goes_step_by_step_and_takes_the_way_the_answers_say() {
    let inner = draw(
        &[
            "startEvent s0",
            "userTask a name=受理 y:candidates=clerk",
            "exclusiveGateway g",
            "userTask b",
            "endEvent e",
            "endEvent e2",
        ],
        &["s0 a", "a g", "g b ok = true", "g e2 ok = false", "b e"],
    );
    let begun = trial(&inner, json!({}), &[]).unwrap();
    assert_eq!((begun.places.as_slice(), begun.phase), (&["a".to_owned()][..], "active"));
    let [choice] = begun.choices.as_slice() else { panic!("{:?}", begun.choices) };
    assert_eq!(
        (choice.kind, choice.name.as_str(), choice.about.as_str()),
        ("task", "受理", "clerk")
    );
    let first = choice.number;
    let no = trial(&inner, json!({}), &[(first, "", json!({"ok": false}))]).unwrap();
    assert_eq!((no.phase, no.passed.last().map(String::as_str)), ("completed", Some("e2")));
    let yes = trial(&inner, json!({}), &[(first, "", json!({"ok": true}))]).unwrap();
    assert_eq!((yes.places.as_slice(), yes.answered), (&["b".to_owned()][..], 1));
    let next = yes.choices[0].number;
    let steps = [(first, "", json!({"ok": true})), (next, "", json!({}))];
    let done = trial(&inner, json!({}), &steps).unwrap();
    assert_eq!((done.phase, done.choices.len()), ("completed", 0));
    assert_eq!(done.passed, ["s0", "a", "g", "b", "e"]);
    let wrong = trial(&inner, json!({}), &[(99, "", json!({}))]).unwrap_err();
    assert_eq!(wrong.code, "process.trial_choice");
    let undecided = trial(&inner, json!({}), &[(first, "", json!({}))]).unwrap_err();
    assert_eq!(undecided.kind, Kind::Invalid, "{undecided:?}");
    let many: Vec<_> = (0..300).map(|_| (first, "", json!({}))).collect();
    assert_eq!(trial(&inner, json!({}), &many).unwrap_err().code, "process.trial_answers");
}

#[test]
fn a_trial_waits_for_timers_messages_services_and_choices() {
    let timer = "<intermediateCatchEvent id=\"t\"><timerEventDefinition><timeDuration>P30D</timeDuration></timerEventDefinition></intermediateCatchEvent>";
    let message = "<intermediateCatchEvent id=\"w\"><messageEventDefinition messageRef=\"m\"/></intermediateCatchEvent>";
    let some =
        "<adHocSubProcess id=\"ad\"><userTask id=\"x\"/><userTask id=\"y\"/></adHocSubProcess>";
    let inner = draw(
        &[
            "startEvent s0",
            timer,
            message,
            "serviceTask v y:topic=evidence.note",
            some,
            "endEvent e",
        ],
        &["s0 t", "t w", "w v", "v ad", "ad e"],
    );
    let mut answers: Vec<(u64, &str, Json)> = Vec::new();
    let mut seen = Vec::new();
    for wanted in ["timer", "message", "job", "activity", "task", "finish"] {
        let at = trial(&inner, json!({"number": "n1"}), &answers).unwrap();
        let found = at.choices.iter().find(|one| one.kind == wanted);
        let found = found.unwrap_or_else(|| panic!("{wanted}: {:?}", at.choices));
        seen.push(found.about.clone());
        answers.push((found.number, if wanted == "activity" { "x" } else { "" }, json!({})));
    }
    let done = trial(&inner, json!({"number": "n1"}), &answers).unwrap();
    assert_eq!(done.phase, "completed", "{done:?}");
    assert_eq!(seen[0], "2026-10-15T10:00:00+08:00");
    assert_eq!(seen[2], "evidence.note");
}

#[test]
fn a_comparison_tells_what_is_new_gone_and_changed_but_not_what_moved() {
    let parse = |xml: &str| Document::parse(xml.as_bytes()).unwrap();
    let before = drawn();
    assert_eq!(modeller::compare(&parse(&before), &parse(&before)), Vec::new());
    let moved = before.replace("y=\"80\"", "y=\"180\"");
    assert_eq!(modeller::compare(&parse(&before), &parse(&moved)), Vec::new());
    let renamed = before.replace("xmlns:y=", "xmlns:yipan=").replace(" y:", " yipan:");
    assert_eq!(modeller::compare(&parse(&before), &parse(&renamed)), Vec::new());
    let after = before
        .replace("name=\"审查\"", "name=\"复审\"")
        .replace("y:limit=\"P1D\"", "y:limit=\"P2D\"")
        .replace("ok = true", "ok")
        .replace("<endEvent id=\"e2\"/>", "<endEvent id=\"e3\"/>")
        .replace("targetRef=\"e2\"", "targetRef=\"e3\"");
    let changes = modeller::compare(&parse(&before), &parse(&after));
    let told: Vec<(&str, &str, String)> =
        changes.iter().map(|one| (one.kind, one.id.as_str(), one.what.join(" "))).collect();
    assert_eq!(
        told,
        [
            ("changed", "a", "limit".to_owned()),
            ("changed", "b", "name".to_owned()),
            ("new", "e3", String::new()),
            ("changed", "g_b", "conditionExpression".to_owned()),
            ("changed", "g_e2", "targetRef".to_owned()),
            ("old", "e2", String::new()),
        ]
    );
}

/// Sends a form with a file as the page would.
async fn upload(
    world: &World,
    login: &str,
    path: &str,
    fields: &[(&str, &str)],
    file: Option<&str>,
) -> testkit::Reply {
    let file = ("document", "a.bpmn", file.unwrap_or_default().as_bytes());
    world.upload(login, path, fields, &[file]).await
}

#[tokio::test]
async fn an_officer_changes_a_procedure_and_the_administrator_deploys_it() {
    let world = World::new().await;
    world.deploy(&drawn()).await;
    let path = "/processes/p/versions/1/edit";
    world.get("wang", path).await.is_whole(path);
    let fields = [("_once", "d1"), ("name", "改期限"), ("process", "p"), ("version", "1")];
    let made = upload(&world, "wang", "/process-drafts", &fields, None).await;
    assert_eq!(made.status, StatusCode::SEE_OTHER, "{}", made.text);
    let again = upload(&world, "wang", "/process-drafts", &fields, None).await;
    let draft = made.location.split('?').next().unwrap().to_owned();
    assert_eq!(again.location, draft, "a second click is the first one's answer");
    let page = world.get("wang", &made.location).await;
    page.is_whole("draft");
    assert!(page.text.contains("没有不同"), "{}", page.text);
    // Something wrong is kept and told; nobody can deploy it.
    let wrong = drawn().replace("y:candidates=\"clerk\"", "y:candidates=\"nobody\"");
    let fields = [("name", "改期限"), ("revision", "1")];
    let saved = upload(&world, "wang", &draft, &fields, Some(&wrong)).await;
    assert_eq!(saved.status, StatusCode::SEE_OTHER, "{}", saved.text);
    let page = world.get("wang", &draft).await.text;
    assert!(page.contains("process.candidate_unknown") && page.contains("c-tint--fault-1"));
    let refused = world.post("admin", &format!("{draft}/deploy"), &[("_once", "d2")]).await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    let stale = upload(&world, "wang", &draft, &fields, Some(&wrong)).await;
    assert_eq!(stale.status, StatusCode::UNPROCESSABLE_ENTITY, "saved from another window");
    let good = drawn().replace("y:limit=\"P1D\"", "y:limit=\"2wd\"").replace("审查", "复审");
    let fields = [("name", "改期限"), ("revision", "2")];
    upload(&world, "wang", &draft, &fields, Some(&good)).await;
    for lang in ["zh-CN", "en"] {
        world.get("wang", &format!("{draft}?lang={lang}")).await.is_whole(&draft);
        world.get("wang", &format!("{draft}/trial?lang={lang}")).await.is_whole(&draft);
    }
    let page = world.get("admin", &draft).await.text;
    assert!(page.contains("c-tint--changed-1") && page.contains("limit"), "{page}");
    assert!(!world.get("wang", &draft).await.text.contains("/deploy"));
    assert_eq!(
        world.post("wang", &format!("{draft}/deploy"), &[]).await.status,
        StatusCode::FORBIDDEN
    );
    let done = world.post("admin", &format!("{draft}/deploy"), &[("_once", "d3")]).await;
    assert!(done.location.starts_with("/processes/p/versions/2"), "{}", done.text);
    let path = "/processes/p/comparison?from=1&to=2";
    let page = world.get("clerk", path).await;
    page.is_whole(path);
    assert!(page.text.contains("复审") && page.text.contains("c-tint--changed-1"));
    let path = "/process-drafts?agency=1";
    let page = world.get("admin", path).await;
    page.is_whole(path);
    assert!(page.text.contains("改期限"));
    // Nobody else sees it, and only its owner changes it.
    for (login, path, expected) in [
        ("police", draft.clone(), StatusCode::NOT_FOUND),
        ("clerk", draft.clone(), StatusCode::NOT_FOUND),
        ("clerk", format!("{draft}/bpmn"), StatusCode::NOT_FOUND),
        ("clerk", format!("{draft}/trial"), StatusCode::NOT_FOUND),
        ("zhao", "/process-drafts?agency=1".to_owned(), StatusCode::FORBIDDEN),
    ] {
        assert_eq!(world.get(login, &path).await.status, expected, "{login} {path}");
    }
    let taken = world.post("admin", &format!("{draft}/delete"), &[("_once", "d4")]).await;
    assert_eq!(taken.status, StatusCode::NOT_FOUND);
    let gone = world.post("wang", &format!("{draft}/delete"), &[("_once", "d5")]).await;
    assert_eq!(gone.status, StatusCode::SEE_OTHER);
    assert_eq!(world.get("wang", &draft).await.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn a_draft_is_tried_out_on_its_page_without_touching_anything() {
    let world = World::new().await;
    let fields = [("_once", "t1"), ("name", "新流程")];
    let made = upload(&world, "wang", "/process-drafts", &fields, Some(&drawn())).await;
    let path = format!("{}/trial", made.location.split('?').next().unwrap());
    let page = world.get("wang", &path).await;
    page.is_whole(&path);
    let before = world.count("SELECT COUNT(*) FROM evidence_entry").await;
    let number = |text: &str| {
        let at = text.find("name=\"number\"").unwrap();
        let value = text[at..].split("value=\"").nth(1).unwrap();
        value.split('"').next().unwrap().to_owned()
    };
    let answers = |text: &str| {
        let at = text.find("name=\"answers\" value=\"").unwrap() + 22;
        let value = text[at..].split('"').next().unwrap();
        value.replace("&quot;", "\"").replace("&#34;", "\"")
    };
    let chosen = number(&page.text);
    let undecided = [("answers", "[]"), ("number", chosen.as_str())];
    let told = world.post("wang", &path, &undecided).await;
    assert!(told.text.contains("role=\"alert\""), "no way out without ok: {}", told.text);
    let wrong = [("answers", "[]"), ("number", chosen.as_str()), ("variables", "ok")];
    assert!(world.post("wang", &path, &wrong).await.text.contains("role=\"alert\""));
    let fields = [("answers", "[]"), ("number", chosen.as_str()), ("variables", "ok=true")];
    let page = world.post("wang", &path, &fields).await;
    page.is_whole("one step");
    assert!(page.text.contains("审查") && page.text.contains("stroke-dasharray=\"6 3\""));
    let (list, chosen) = (answers(&page.text), number(&page.text));
    let done = world.post("wang", &path, &[("answers", &list), ("number", &chosen)]).await;
    assert!(done.text.contains("已走到终点"), "{}", done.text);
    let back = [("answers", list.as_str()), ("back", "1")];
    assert!(world.post("wang", &path, &back).await.text.contains("受理"));
    assert_eq!(world.post("wang", &path, &[("answers", "[{")]).await.status, 422);
    assert_eq!(world.count("SELECT COUNT(*) FROM process_instance").await, 0);
    assert_eq!(world.count("SELECT COUNT(*) FROM evidence_entry").await, before);
}

#[tokio::test]
async fn the_rest_interface_checks_tries_compares_and_keeps() {
    let world = World::new().await;
    let wrong = drawn().replace("y:candidates=\"clerk\"", "y:candidates=\"nobody\"");
    let call = async |login: &str, path: &str, body: Json| {
        let (status, told) = world.api(login, "POST", &format!("/api/v1/{path}"), body).await;
        (status.as_u16(), told)
    };
    let (status, told) = call("wang", "process-check", json!({"xml": wrong})).await;
    assert_eq!(
        (status, &told["sound"], &told["faults"][0]["element"]),
        (200, &json!(false), &json!("a"))
    );
    let (_, told) = call("wang", "process-check", json!({"xml": drawn()})).await;
    assert_eq!(told, json!({"sound": true, "faults": []}));
    let (status, told) = call("wang", "process-check", json!({"xml": " ".repeat(3 << 20)})).await;
    assert_eq!((status, told["code"].as_str()), (422, Some("process.draft_size")));
    let (status, told) = call("wang", "process-trial", json!({"xml": drawn()})).await;
    assert_eq!((status, &told["places"]), (200, &json!(["a"])));
    let (status, _) = call("wang", "process-trial", json!({"xml": wrong})).await;
    assert_eq!(status, 422);
    let both = json!({"before": drawn(), "after": wrong});
    let (_, told) = call("wang", "process-comparison", both).await;
    assert_eq!(told["changes"][0]["what"], json!(["candidates"]));
    let (status, draft) =
        call("wang", "process-drafts", json!({"name": "甲", "xml": "<rubbish"})).await;
    assert_eq!((status, &draft["process"]), (201, &json!("")));
    let path = format!("process-drafts/{}", draft["id"].as_str().unwrap());
    let (status, _) =
        call("wang", &path, json!({"name": "甲", "xml": drawn(), "revision": 1})).await;
    assert_eq!(status, 200);
    let (status, _) =
        call("wang", &path, json!({"name": "甲", "xml": drawn(), "revision": 1})).await;
    assert_eq!(status, 409);
    let (status, told) = call("wang", &path, json!({"name": " ", "xml": drawn()})).await;
    assert_eq!((status, told["code"].as_str()), (422, Some("process.draft_name")));
    let (status, _) = call("wang", &format!("{path}/deployment"), json!({})).await;
    assert_eq!(status, 403);
    let (status, done) = call("admin", &format!("{path}/deployment"), json!({})).await;
    assert_eq!((status, &done["versions"][0]["version"]), (201, &json!(1)));
    for n in 0..60 {
        let (status, told) =
            call("clerk", "process-drafts", json!({"name": "乙", "xml": "x"})).await;
        let expected = if n < 50 { 201 } else { 429 };
        assert!(status == expected || (n >= 50 && status >= 400), "{n}: {status} {told}");
    }
    assert_eq!(world.count("SELECT COUNT(*) FROM process_draft").await, 51);
    let (status, page) = world.api("clerk", "GET", "/api/v1/process-drafts", json!(null)).await;
    assert_eq!((status, page["drafts"].as_array().map(Vec::len)), (StatusCode::OK, Some(50)));
}

#[tokio::test]
async fn a_draft_of_a_version_keeps_its_decisions_and_forms() {
    let world = World::new().await;
    let files = super::bundle::files();
    world
        .run("admin", async |ctx| crate::definition::deploy_files(ctx, &files).await)
        .await
        .unwrap();
    let xml = super::bundle::drawing()
        .replace("businessRuleTask id=\"rate\"", "businessRuleTask id=\"rate\" name=\"定档\"");
    let call = async |path: &str, body: Json| {
        let (status, told) = world.api("admin", "POST", &format!("/api/v1/{path}"), body).await;
        (status.as_u16(), told)
    };
    let alone = call("process-check", json!({ "xml": xml })).await;
    assert_eq!(alone.1["sound"], false, "the decision is of the version");
    let based = json!({ "xml": xml, "base": "grant", "version": 1 });
    let checked = call("process-check", based.clone()).await;
    assert_eq!((checked.0, &checked.1["sound"]), (200, &json!(true)), "{}", checked.1);
    let mut paper = based.clone();
    paper["variables"] = json!({ "company": "甲公司" });
    let begun = call("process-trial", paper.clone()).await.1;
    paper["answers"] =
        json!([{ "number": begun["choices"][0]["number"], "variables": { "amount": 10 } }]);
    let (status, run) = call("process-trial", paper).await;
    assert_eq!((status, run["phase"].as_str()), (200, Some("completed")), "{run}");
    assert_eq!(run["variables"]["rated"]["tier"], "low", "the decision was made");
    let mut draft = based;
    draft["name"] = json!("改名");
    let (status, kept) = call("process-drafts", draft).await;
    assert_eq!((status, kept["base"].as_str()), (201, Some("grant")), "{kept}");
    let id = kept["id"].as_str().unwrap();
    let page = world.get("admin", &format!("/process-drafts/{id}")).await;
    page.is_whole("draft");
    let (status, done) = call(&format!("process-drafts/{id}/deployment"), json!({})).await;
    assert_eq!((status, &done["versions"][0]["version"]), (201, &json!(2)), "{done}");
    let (_, shown) =
        world.api("admin", "GET", "/api/v1/processes/grant/versions/2", json!(null)).await;
    assert_eq!(shown["files"], json!(["forms.json", "procedure.bpmn", "subsidy.dmn"]));
}
