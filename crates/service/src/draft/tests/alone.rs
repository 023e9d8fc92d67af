//! An item applied for alone, by the ways of any one-thing: from its page to the case.

use super::on_both;
use super::world::World;
use crate::draft::{Change, Start, amend, attach, open, start, submit};
use axum::http::StatusCode;
use pack::one_thing::FieldKind;
use serde_json::{Value as Json, json};
use std::collections::BTreeMap;

const ITEM: &str = "hygiene-permit";

on_both!(
    every_item_with_an_application_becomes_a_case_by_it,
    a_promise_counts_when_it_is_ticked_and_a_report_when_it_is_chosen,
    the_pages_of_an_item_lead_to_its_form,
    it_is_applied_for_over_rest,
);

fn pdf() -> Vec<u8> {
    let mut out = b"%PDF-1.7\n1 0 obj\n<<>>\nendobj\n".to_vec();
    out.resize(100, b' ');
    out.extend(b"%%EOF\n");
    out
}

/// A draft of the mother for the item, answered as its example says, with the files it asks for.
async fn answered(world: &World, item: &str, example: &str) -> String {
    let pack = world.env().pack.clone();
    let examples = &pack.examples(item).unwrap().examples;
    let example = examples.iter().find(|one| one.id == example).unwrap();
    let new = Start { one_thing: item.to_owned(), consent: true, ..Start::default() };
    let id = world.run("mother", async |ctx| start(ctx, new).await).await.unwrap();
    let pages = &pack.form(item).unwrap().pages;
    let mut answers = example.answers.clone();
    answers.insert("mobile".to_owned(), Json::from("15400000001"));
    let confirm: BTreeMap<String, bool> =
        pages.iter().map(|page| (page.id.clone(), true)).collect();
    let change = Change { answers, confirm: confirm.clone(), ..Change::default() };
    world.run("mother", async |ctx| amend(ctx, &id, None, change).await).await.unwrap();
    let opened = world.run("mother", async |ctx| open(ctx, &id).await).await.unwrap();
    let journey = opened.journey(&pack).unwrap();
    let shown = journey.pages.iter().flat_map(|page| &page.fields);
    let files: Vec<String> = shown
        .filter(|state| state.field.kind == FieldKind::File)
        .map(|state| state.field.id.clone())
        .collect();
    for field in files {
        let sent = async |ctx: &mut store::Ctx| attach(ctx, &id, &field, "a.pdf", &pdf()).await;
        world.run("mother", sent).await.unwrap();
    }
    let change = Change { confirm, ..Change::default() };
    world.run("mother", async |ctx| amend(ctx, &id, None, change).await).await.unwrap();
    id
}

async fn every_item_with_an_application_becomes_a_case_by_it(world: World) {
    let pack = world.env().pack.clone();
    for item in pack.items().filter(|item| item.application.is_some()) {
        let example = &pack.examples(&item.id).unwrap().examples[0].id;
        let id = answered(&world, &item.id, example).await;
        let opened = world.run("mother", async |ctx| open(ctx, &id).await).await.unwrap();
        let name = opened.journey(&pack).unwrap();
        let (_, filled) = name.find("representative").unwrap();
        assert_eq!(filled.value, Some(json!("顾晓宁")), "read from the registry");
        let done = world.run("mother", async |ctx| submit(ctx, &id, None, true).await).await;
        let done = done.unwrap();
        let items: Vec<&str> = done.items.iter().map(|one| one.item.as_str()).collect();
        assert_eq!(items, [item.id.as_str()]);
        assert_eq!(done.items[0].phase, "submitted", "it waits for nothing");
        let again = world.run("mother", async |ctx| submit(ctx, &id, None, true).await).await;
        assert_eq!(again.unwrap().id, done.id, "handed in once");
    }
    let agencies = "SELECT COUNT(DISTINCT agency) FROM cases";
    assert_eq!(world.count(agencies).await, 4, "each at the agency of its place");
    assert_eq!(world.count("SELECT COUNT(*) FROM case_document WHERE kind = 'receipt'").await, 4);
}

async fn a_promise_counts_when_it_is_ticked_and_a_report_when_it_is_chosen(world: World) {
    let promised = "SELECT COUNT(*) FROM case_material WHERE how = 'promise'";
    let sent = "SELECT COUNT(*) FROM case_material WHERE how = 'upload'";
    let id = answered(&world, ITEM, "with-a-report").await;
    world.run("mother", async |ctx| submit(ctx, &id, None, true).await).await.unwrap();
    assert_eq!((world.count(promised).await, world.count(sent).await), (0, 1));
    let id = answered(&world, ITEM, "on-a-promise").await;
    let change = Change {
        answers: BTreeMap::from([("hygiene_promise".to_owned(), Json::from(false))]),
        ..Change::default()
    };
    world.run("mother", async |ctx| amend(ctx, &id, None, change).await).await.unwrap();
    let refused = world.run("mother", async |ctx| submit(ctx, &id, None, true).await).await;
    assert_eq!(refused.unwrap_err().fields[0].code, "draft.incomplete");
    let change = Change {
        answers: BTreeMap::from([("hygiene_promise".to_owned(), Json::from(true))]),
        ..Change::default()
    };
    world.run("mother", async |ctx| amend(ctx, &id, None, change).await).await.unwrap();
    world.run("mother", async |ctx| submit(ctx, &id, None, true).await).await.unwrap();
    assert_eq!((world.count(promised).await, world.count(sent).await), (1, 1));
}

async fn the_pages_of_an_item_lead_to_its_form(world: World) {
    let shown = world.get("", &format!("/items/{ITEM}")).await;
    assert_eq!(shown.status, StatusCode::OK);
    assert!(shown.text.contains(&format!("href=\"/one-things/{ITEM}\"")), "{}", shown.text);
    let within = world.get("", "/items/birth-certificate").await;
    assert!(!within.text.contains("href=\"/one-things/birth-certificate\""));
    let none = world.get("", "/one-things/birth-certificate").await;
    assert_eq!(none.status, StatusCode::NOT_FOUND, "it is not applied for alone");
    let whole = world.get("", &format!("/one-things/{ITEM}")).await;
    assert!(whole.text.contains(&format!("href=\"/drafts/new?one_thing={ITEM}\"")));
    let asked = world.get("", &format!("/one-things/{ITEM}/guide/1")).await;
    assert!(asked.location.starts_with(&format!("/one-things/{ITEM}/result")), "nothing is asked");
    let result = world.get("", &format!("/one-things/{ITEM}/result")).await;
    assert!(result.text.contains(&format!("href=\"/one-things/{ITEM}\"")), "and back");
    let listed = world.get("", "/one-things").await;
    assert!(!listed.text.contains(ITEM), "it is no composed one-thing");
    let consent = world.get("mother", &format!("/drafts/new?one_thing={ITEM}")).await;
    assert!(consent.text.contains("卫健") && consent.text.contains("居住地区划"));
    let staff = world.get("clerk", &format!("/drafts/new?one_thing={ITEM}")).await;
    assert_eq!(staff.status, StatusCode::FORBIDDEN, "a clerk files at his desk");
    let desk = world.get("clerk", "/desk").await;
    assert!(desk.text.contains(&format!("href=\"/desk/{ITEM}\"")));
    let file = world.get("clerk", &format!("/desk/{ITEM}")).await;
    assert_eq!((file.status, file.text.contains("h-questions")), (StatusCode::OK, false));
}

async fn it_is_applied_for_over_rest(world: World) {
    let body = json!({ "one_thing": ITEM, "guide": {}, "consent": true });
    let (status, draft) = world.api("mother", "POST", "/api/v1/drafts", &body).await;
    assert_eq!(status, StatusCode::CREATED, "{draft}");
    let id = draft["id"].as_str().unwrap().to_owned();
    let suggested = draft["pages"].as_array().unwrap().iter().flat_map(|page| {
        let fields = page["fields"].as_array().unwrap().iter();
        fields.filter(|field| field["id"] == "premises_division").cloned().collect::<Vec<_>>()
    });
    let suggested: Vec<Json> = suggested.collect();
    assert_eq!(suggested[0]["origin"], "suggested");
    assert_eq!(suggested[0]["value"], "410105001", "where she lives, to be changed");
    let (status, refused) =
        world.api("stranger", "GET", &format!("/api/v1/drafts/{id}"), &body).await;
    assert_eq!(status, StatusCode::NOT_FOUND, "{refused}");
    let example = world.env().pack.examples(ITEM).unwrap().examples[0].clone();
    let mut answers = example.answers;
    answers.insert("mobile".to_owned(), Json::from("15400000001"));
    answers.insert("premises_division".to_owned(), Json::from("410105"));
    let body = json!({ "answers": answers, "confirm": { "operator": true } });
    let path = format!("/api/v1/drafts/{id}/answers");
    let (status, saved) = world.api("mother", "PUT", &path, &body).await;
    assert_eq!((status, &saved["missing"]), (StatusCode::OK, &json!([])), "{saved}");
    let path = format!("/api/v1/drafts/{id}/submission");
    let (status, done) = world.api("mother", "POST", &path, &json!({ "declared": true })).await;
    assert_eq!(status, StatusCode::OK, "{done}");
    assert_eq!(done["items"][0]["item"], ITEM);
    let (status, case) = world
        .api("mother", "GET", &format!("/api/v1/cases/{}", done["id"].as_str().unwrap()), &body)
        .await;
    assert_eq!((status, &case["one_thing"]["id"]), (StatusCode::OK, &json!(ITEM)), "{case}");
}
