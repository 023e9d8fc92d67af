//! Twins: the birth registry holds two records of one mother, and an application is about one.

use super::on_both;
use super::world::{MOTHER, World};
use crate::draft::{Change, amend, open, remove, shown, submit};
use kernel::{Kind, Timestamp};
use serde_json::{Value as Json, json};
use std::collections::BTreeMap;

on_both!(
    the_citizen_says_which_child_and_nothing_is_shown_before,
    a_child_with_a_certificate_is_not_offered,
    a_child_not_on_record_is_written_down,
    one_application_at_a_time_is_under_way_for_a_child,
);

const SECOND: &str = "CS4101052026000002";

/// The record number of the first child.
fn first(world: &World) -> String {
    world.example("married-all").held["birth.record_number"].as_str().unwrap().to_owned()
}

/// Puts the second twin on record; with a certificate when one is named.
async fn twin(world: &World, certificate: Option<&str>) {
    let example = world.example("married-all");
    let of = |name: &str| example.held.get(&format!("birth.{name}")).cloned();
    let registry = world.env().pack.registry("birth").unwrap().clone();
    let mut record: serde_json::Map<String, Json> = registry
        .fields
        .iter()
        .filter_map(|field| Some((field.id.clone(), of(&field.id)?)))
        .collect();
    record.extend([
        ("record_number".to_owned(), json!(SECOND)),
        ("mother_number".to_owned(), json!(MOTHER)),
        ("child_sex".to_owned(), json!("male")),
        ("weight_g".to_owned(), json!(2650)),
    ]);
    if let Some(number) = certificate {
        record.insert("certificate_number".to_owned(), json!(number));
    }
    let mut ctx = world.env().system("test").await.unwrap();
    // The newest observation: what is not picked would be it.
    let observed = Timestamp(ctx.now.0 + 1);
    data::registry::put(&mut ctx, "birth", &Json::Object(record), observed, "410105001")
        .await
        .unwrap();
    ctx.commit().await.unwrap();
}

async fn pick(world: &World, id: &str, which: &str) -> kernel::Result<i64> {
    let answers = BTreeMap::from([("child_record".to_owned(), json!(which))]);
    let change = Change { answers, page: Some("child".to_owned()), ..Change::default() };
    world.run("mother", async |ctx| amend(ctx, id, None, change).await).await
}

/// Value of a field of the form; none when it is not shown.
async fn value(world: &World, id: &str, field: &str) -> Option<Json> {
    let opened = world.run("mother", async |ctx| open(ctx, id).await).await.unwrap();
    let journey = opened.journey(&world.env().pack).unwrap();
    journey.find(field).and_then(|(_, state)| state.value.clone())
}

async fn is_shown(world: &World, id: &str, page: &str) -> bool {
    let opened = world.run("mother", async |ctx| open(ctx, id).await).await.unwrap();
    opened.journey(&world.env().pack).unwrap().page(page).is_some()
}

async fn the_citizen_says_which_child_and_nothing_is_shown_before(world: World) {
    twin(&world, None).await;
    let id = world.draft().await;
    assert!(is_shown(&world, &id, "child").await);
    assert!(!is_shown(&world, &id, "birth").await, "not picked yet");
    let opened = world.run("mother", async |ctx| open(ctx, &id).await).await.unwrap();
    let told = shown(&world.env().pack, &opened).unwrap();
    let page = told.pages.iter().find(|page| page.id == "child").unwrap();
    let labels: Vec<&str> =
        page.fields[0].choices.iter().map(|choice| choice.label.en.as_str()).collect();
    assert_eq!(labels.len(), 3, "two children and neither: {labels:?}");
    assert!(labels.iter().any(|label| label.contains("Male") && label.contains("2650")));
    assert!(told.missing.contains(&"child.child_record".to_owned()), "{:?}", told.missing);
    // Each was told by what tells it apart, and each telling has its receipt.
    let sql = "SELECT COUNT(*) FROM data_receipt WHERE lookup = 'birth'";
    let told = world.count(sql).await;
    assert_eq!(told, 2);
    let offered = &opened.draft.content.held["birth"].offered[SECOND];
    assert!(!offered.contains_key("mother_name") && !offered.contains_key("gestation_weeks"));

    let wrong = pick(&world, &id, "CS4101052026999999").await.unwrap_err();
    assert_eq!(wrong.fields[0].code, "draft.choice");
    for (which, sex) in [(SECOND, "male"), (first(&world).as_str(), "female")] {
        pick(&world, &id, which).await.unwrap();
        assert_eq!(value(&world, &id, "child_sex").await, Some(json!(sex)));
        assert!(is_shown(&world, &id, "birth").await);
    }
    assert_eq!(world.count(sql).await, told + 2, "a pick is looked up once");
    let page = world.get("mother", &format!("/drafts/{id}/pages/child")).await.text;
    assert_eq!(page.matches("type=\"radio\"").count(), 3, "{page}");
}

async fn a_child_with_a_certificate_is_not_offered(world: World) {
    twin(&world, Some("O410000009")).await;
    let id = world.draft().await;
    assert!(!is_shown(&world, &id, "child").await, "there is one it can be");
    assert_eq!(value(&world, &id, "child_sex").await, Some(json!("female")));
    // What is not asked is not answered either.
    let answers = BTreeMap::from([("child_record".to_owned(), json!(SECOND))]);
    let change = Change { answers, ..Change::default() };
    let refused = world.run("mother", async |ctx| amend(ctx, &id, None, change).await).await;
    assert_eq!(refused.unwrap_err().fields[0].code, "draft.field_unknown");
}

async fn a_child_not_on_record_is_written_down(world: World) {
    twin(&world, None).await;
    let id = world.draft().await;
    pick(&world, &id, "other").await.unwrap();
    assert!(is_shown(&world, &id, "birth").await);
    assert_eq!(value(&world, &id, "child_sex").await, None, "asked, not filled");
    pick(&world, &id, SECOND).await.unwrap();
    assert_eq!(value(&world, &id, "child_sex").await, Some(json!("male")));
}

async fn one_application_at_a_time_is_under_way_for_a_child(world: World) {
    twin(&world, None).await;
    let whole = |id: String, which: String| {
        let world = &world;
        async move {
            pick(world, &id, &which).await.unwrap();
            let mut change = world.whole();
            change.confirm.remove("child");
            world.run("mother", async |ctx| amend(ctx, &id, None, change).await).await.unwrap();
            world.run("mother", async |ctx| submit(ctx, &id, None, true).await).await
        }
    };
    let one = whole(world.draft().await, SECOND.to_owned()).await.unwrap();
    let again = world.draft().await;
    let refused = whole(again.clone(), SECOND.to_owned()).await.unwrap_err();
    assert_eq!((refused.kind, refused.code), (Kind::Conflict, "case.applied_already"));
    assert!(refused.args.iter().any(|(_, number)| *number == one.number), "{refused:?}");
    // Nothing is lost: the other twin is picked in the same draft.
    whole(again, first(&world)).await.unwrap();
    // An application that ended lets go.
    let withdrawn = world
        .run("mother", async |ctx| {
            crate::case::withdraw(ctx, &one.id, None, Default::default()).await
        })
        .await
        .unwrap();
    assert_eq!(withdrawn.phase, "withdrawn");
    let third = world.draft().await;
    whole(third, SECOND.to_owned()).await.unwrap();
    let fourth = world.draft().await;
    world.run("mother", async |ctx| remove(ctx, &fourth).await).await.unwrap();
    assert_eq!(world.count("SELECT COUNT(*) FROM case_about").await, 2);
}
