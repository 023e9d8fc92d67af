//! What a procedure asks at its beginning of the officer who accepts the case: on the page, over REST,
//! and what holds when a case is accepted by silence.

use super::rest::{act, problem, revision};
use crate::tests::world::{Office, staff};
use axum::http::StatusCode;
use serde_json::{Value as Json, json};

const WATER: &str = "water-410105";
const CITY: &str = "city-management-410105";

/// Variables of the procedure that examines a case.
async fn variables(office: &Office, login: &str, id: &str) -> Json {
    let (_, told) = office.api(login, "GET", &format!("/api/v1/cases/{id}"), &json!(null)).await;
    let instance = told["examination"]["instance"].as_str().unwrap().to_owned();
    let path = format!("/api/v1/process-instances/{instance}");
    office.api(login, "GET", &path, &json!(null)).await.1["variables"].clone()
}

#[tokio::test]
async fn who_accepts_is_asked_on_the_page_what_the_procedure_asks() {
    let office = Office::new().await;
    office.admit("first", staff(WATER, "reviewer", "李审查"));
    let id = office.alone("water-abstraction").await;
    let at = format!("/workbench/cases/{id}");
    let page = office.page("first", &at).await;
    assert!(page.contains("审查流程开始时需要知道") && page.contains("name=\"v_kind\""));
    let plan = page.split("value=\"plan\"").nth(1).unwrap().split('>').next().unwrap();
    assert!(plan.contains("checked"), "filled as the item has it");
    assert!(!page.contains("name=\"v_subject\""), "what the case tells is not asked");
    let seen = revision(&office, &id).await.to_string();
    let form = |once, kind| [("_once", once), ("revision", seen.as_str()), ("v_kind", kind)];
    let wrong = office.post("first", &format!("{at}/accept"), &form("a", "other")).await;
    assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(
        wrong.text.contains("f-v_kind-e") || wrong.text.contains("#f-v_kind"),
        "names its field"
    );
    assert_eq!(office.count("SELECT COUNT(*) FROM process_instance").await, 0);
    let right = office.post("first", &format!("{at}/accept"), &form("b", "technology")).await;
    assert_eq!(right.status, StatusCode::SEE_OTHER, "{}", right.text);
    let told = variables(&office, "first", &id).await;
    assert_eq!((&told["kind"], &told["item"]), (&json!("technology"), &json!("water-abstraction")));
}

#[tokio::test]
async fn the_same_is_asked_over_rest_and_silence_leaves_what_the_item_has() {
    let office = Office::new().await;
    office.admit("city", staff(CITY, "reviewer", "李审查"));
    office.admit("water", staff(WATER, "reviewer", "赵审查"));
    let id = office.alone("outdoor-advertising").await;
    let (_, told) = office.api("city", "GET", &format!("/api/v1/cases/{id}"), &json!(null)).await;
    let asked = &told["choices"]["begins"]["fields"];
    assert_eq!((asked.as_array().unwrap().len(), &asked[0]["id"]), (1, &json!("subjects")));
    let accept = |answers: Json| act(&id, "acceptance", json!({ "procedure": answers }));
    let wrong = [
        (json!({ "subjects": ["taxes"] }), "subjects", "process.answer_choice"),
        (json!({ "subjects": "planning" }), "subjects", "process.answer_choice"),
        (json!({ "project": "另一个" }), "project", "process.answer_unasked"),
        (json!({ "number": "别的编号" }), "number", "process.answer_unasked"),
    ];
    for (answers, field, code) in wrong {
        let reply = accept(answers).send(&office, "city").await;
        problem(&reply, 422, "process.answers");
        let fault = &reply.1["errors"][0];
        assert_eq!((&fault["field"], &fault["code"]), (&json!(field), &json!(code)), "{fault}");
    }
    let done = accept(json!({ "subjects": ["fire", "water"] })).send(&office, "city").await;
    assert_eq!(done.0, StatusCode::OK, "{}", done.1);
    assert_eq!(variables(&office, "city", &id).await["subjects"], json!(["fire", "water"]));
    let open = "SELECT node FROM process_task WHERE closed_us = 0 ORDER BY node";
    assert_eq!(office.texts(open).await, ["fire", "water"], "nobody accepts it again");

    let silent = office.alone("water-abstraction").await;
    office.advance_days(20);
    office.drain().await;
    assert_eq!(variables(&office, "water", &silent).await["kind"], json!("plan"));
}
