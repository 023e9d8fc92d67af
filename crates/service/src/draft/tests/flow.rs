//! The way from guide to case by verbs.

use super::on_both;
use super::world::World;
use crate::draft::journey::Origin;
use crate::draft::{Change, Dispute, Start, amend, autosave, list, open, remove, start, submit};
use crate::guide::walk;
use kernel::Kind;
use serde_json::{Value as Json, json};
use std::collections::{BTreeMap, BTreeSet};

on_both!(
    nothing_is_looked_up_without_consent,
    what_registries_hold_is_filled_with_source_and_time,
    a_complete_draft_becomes_one_case_however_often_it_is_submitted,
    two_submissions_at_once_are_one_case,
    an_incomplete_draft_names_what_is_missing,
    a_stranger_finds_no_draft,
    an_objection_goes_to_the_source_and_a_person_decides,
    an_older_revision_does_not_overwrite_a_newer_one,
    what_is_typed_survives_and_is_seen_on_another_device,
    an_optional_item_left_out_asks_nothing,
    a_draft_is_removed_when_its_days_are_over,
    a_submitted_draft_can_no_longer_change,
);

#[test]
fn the_guide_says_which_items_apply_in_every_worked_example() {
    let pack = pack::Province::embedded().unwrap();
    for one_thing in pack.matters() {
        let examples = &pack.examples(&one_thing.id).unwrap().examples;
        for example in examples {
            let walk = walk(&pack, &one_thing.id, &example.guide).unwrap();
            assert_eq!(walk.stop.is_some(), example.stopped, "{}", example.id);
            if !example.stopped {
                let items: Vec<&str> =
                    walk.items().iter().map(|member| member.item.as_str()).collect();
                assert_eq!(items, example.items, "{}", example.id);
                assert!(walk.is_complete(), "{}", example.id);
            }
        }
        let odd = BTreeMap::from([("applicant".to_owned(), "nobody".to_owned())]);
        let asked = !pack.guide(&one_thing.id).unwrap().questions.is_empty();
        assert_eq!(walk(&pack, &one_thing.id, &odd).unwrap().next, asked.then_some(1));
    }
}

async fn nothing_is_looked_up_without_consent(world: World) {
    let guide = world.example("married-all").guide;
    let new = Start { one_thing: "newborn".to_owned(), guide: guide.clone(), ..Start::default() };
    let refused = world.run("mother", async |ctx| start(ctx, new).await).await.unwrap_err();
    assert_eq!(refused.fields[0].code, "draft.consent");
    let mut short = guide.clone();
    short.remove("insurance");
    let new =
        Start { one_thing: "newborn".to_owned(), guide: short, consent: true, ..Start::default() };
    let refused = world.run("mother", async |ctx| start(ctx, new).await).await.unwrap_err();
    assert_eq!(refused.code, "draft.guide");
    let given = |question: &str, value: &str| {
        let mut guide = guide.clone();
        match value {
            "" => guide.remove(question),
            value => guide.insert(question.to_owned(), value.to_owned()),
        };
        guide
    };
    for (guide, field, code, told) in [
        (given("insurance", ""), "insurance", "draft.guide_missing", "yes, no"),
        (given("married", "perhaps"), "married", "draft.guide_value", "perhaps"),
        (given("weather", "fine"), "weather", "draft.guide_unknown", "weather"),
        (given("applicant", "other"), "applicant", "draft.guide_stop", "监护证明"),
    ] {
        let body = serde_json::json!({ "one_thing": "newborn", "guide": guide, "consent": true });
        let (status, problem) = world.api("mother", "POST", "/api/v1/drafts", &body).await;
        assert_eq!((status.as_u16(), &problem["code"]), (422, &"draft.guide".into()), "{problem}");
        let fault = &problem["errors"][0];
        assert_eq!(
            (&fault["field"], &fault["code"]),
            (&format!("guide.{field}").into(), &code.into())
        );
        assert!(fault["message"].as_str().unwrap().contains(told), "{problem}");
    }
    assert_eq!(world.count("SELECT COUNT(*) FROM data_receipt").await, 0);
    world.draft().await;
    assert!(world.count("SELECT COUNT(*) FROM data_receipt").await > 0);
    assert_eq!(
        world.count("SELECT COUNT(*) FROM evidence_entry WHERE kind = 'draft.consented'").await,
        1
    );
}

async fn what_registries_hold_is_filled_with_source_and_time(world: World) {
    let id = world.draft().await;
    let opened = world.run("mother", async |ctx| open(ctx, &id).await).await.unwrap();
    let journey = opened.journey(&world.env().pack).unwrap();
    let (_, father) = journey.find("father_number").unwrap();
    assert_eq!(father.value, Some(Json::from(super::world::FATHER)));
    assert_eq!(
        father.origin,
        Origin::Lookup { lookup: "marriage".to_owned(), field: "husband_number".to_owned() }
    );
    let (_, mother) = journey.find("mother_number").unwrap();
    assert_eq!(mother.origin, Origin::Account);
    for field in [
        "mother_name",
        "father_name",
        "child_sex",
        "born_at",
        "household_number",
        "residence_address",
        "payee_account",
    ] {
        let (_, state) = journey.find(field).unwrap();
        assert!(state.origin.is_held() && state.value.is_some(), "{field} {state:?}");
    }
    let held = &opened.draft.content.held["birth"];
    assert!(held.found && !held.receipt.is_empty() && !held.source.is_incomplete());
    let receipts = world.count("SELECT COUNT(*) FROM data_receipt").await;
    let change =
        Change { confirm: BTreeMap::from([("birth".to_owned(), true)]), ..Change::default() };
    world.run("mother", async |ctx| amend(ctx, &id, None, change).await).await.unwrap();
    assert_eq!(
        world.count("SELECT COUNT(*) FROM data_receipt").await,
        receipts,
        "a lookup is made once"
    );
}

async fn a_complete_draft_becomes_one_case_however_often_it_is_submitted(world: World) {
    let id = world.complete().await;
    let first = world.run("mother", async |ctx| submit(ctx, &id, None, true).await).await.unwrap();
    let again = world.run("mother", async |ctx| submit(ctx, &id, None, true).await).await.unwrap();
    assert_eq!(first, again);
    assert_eq!(first.items.len(), 6);
    assert_eq!(first.number.len(), 43);
    assert_eq!(world.count("SELECT COUNT(*) FROM cases WHERE parent_id = ''").await, 1);
    assert!(world.run("mother", async |ctx| list(ctx).await).await.unwrap().is_empty());
    let held = "SELECT COUNT(*) FROM data_grant WHERE case_id IN (SELECT id FROM cases)";
    assert_eq!(world.count(held).await, 1, "the grant goes with the case");
}

async fn two_submissions_at_once_are_one_case(world: World) {
    let id = world.complete().await;
    let one = world.run("mother", async |ctx| submit(ctx, &id, None, true).await);
    let two = world.run("mother", async |ctx| submit(ctx, &id, None, true).await);
    let (one, two) = tokio::join!(one, two);
    assert_eq!(one.unwrap(), two.unwrap());
    assert_eq!(world.count("SELECT COUNT(*) FROM cases WHERE parent_id = ''").await, 1);
}

async fn an_incomplete_draft_names_what_is_missing(world: World) {
    let id = world.draft().await;
    let refused =
        world.run("mother", async |ctx| submit(ctx, &id, None, false).await).await.unwrap_err();
    let fields: BTreeSet<&str> = refused.fields.iter().map(|fault| fault.field.as_str()).collect();
    for page in ["parents", "name", "card", "declaration", "declared"] {
        assert!(fields.contains(page), "{fields:?}");
    }
    assert_eq!(world.count("SELECT COUNT(*) FROM cases").await, 0);
}

async fn a_stranger_finds_no_draft(world: World) {
    let id = world.draft().await;
    for who in ["stranger", "father", "clerk", "reviewer"] {
        let found = world.run(who, async |ctx| open(ctx, &id).await).await;
        assert_eq!(found.unwrap_err().kind, Kind::NotFound, "{who}");
        let change = Change::default();
        let changed = world.run(who, async |ctx| amend(ctx, &id, None, change).await).await;
        assert_eq!(changed.unwrap_err().kind, Kind::NotFound, "{who}");
        let sent = world.run(who, async |ctx| submit(ctx, &id, None, true).await).await;
        assert_eq!(sent.unwrap_err().kind, Kind::NotFound, "{who}");
        let gone = world.run(who, async |ctx| remove(ctx, &id).await).await;
        assert_eq!(gone.unwrap_err().kind, Kind::NotFound, "{who}");
    }
}

async fn an_objection_goes_to_the_source_and_a_person_decides(world: World) {
    let id = world.complete().await;
    let dispute = |claimed: &str| {
        let one = Dispute { claimed: claimed.to_owned(), note: "以出院小结为准".to_owned() };
        Change { disputes: BTreeMap::from([("weight_g".to_owned(), one)]), ..Change::default() }
    };
    let refused = world
        .run("mother", async |ctx| amend(ctx, &id, None, dispute("20")).await)
        .await
        .unwrap_err();
    assert_eq!(
        (refused.fields[0].field.as_str(), refused.fields[0].code.as_str()),
        ("claimed.weight_g", "draft.range")
    );
    let both = Change { confirm: BTreeMap::from([("birth".to_owned(), true)]), ..dispute("3380") };
    let refused =
        world.run("mother", async |ctx| amend(ctx, &id, None, both).await).await.unwrap_err();
    assert_eq!(refused.fields[0].code, "draft.confirm_objected", "neither is lost in silence");
    world.run("mother", async |ctx| amend(ctx, &id, None, dispute("3380")).await).await.unwrap();
    let done = world.run("mother", async |ctx| submit(ctx, &id, None, true).await).await.unwrap();
    assert_eq!(
        world
            .count(
                "SELECT COUNT(*) FROM data_objection WHERE status = 'open' AND field = 'weight_g'"
            )
            .await,
        1
    );
    let certificate = done.items.iter().find(|item| item.item == "birth-certificate").unwrap();
    let shown = world
        .run("mother", async |ctx| crate::case::show(ctx, &certificate.id).await)
        .await
        .unwrap();
    assert_eq!(shown.disputed.len(), 1);
    assert!(shown.facts.iter().any(|fact| fact.path == "birth.weight_g" && fact.disputed));
    let card = done.items.iter().find(|item| item.item == "social-security-card").unwrap();
    let shown =
        world.run("mother", async |ctx| crate::case::show(ctx, &card.id).await).await.unwrap();
    assert!(shown.disputed.is_empty(), "an item that does not use the value is not held up");
}

async fn an_older_revision_does_not_overwrite_a_newer_one(world: World) {
    let id = world.draft().await;
    let named = |name: &str| Change {
        answers: BTreeMap::from([("child_name".to_owned(), json!(name))]),
        ..Change::default()
    };
    let revision = world
        .run("mother", async |ctx| amend(ctx, &id, Some(0), named("沈安禾")).await)
        .await
        .unwrap();
    let stale = world
        .run("mother", async |ctx| amend(ctx, &id, Some(0), named("沈平安")).await)
        .await
        .unwrap_err();
    assert_eq!((stale.kind, stale.code), (Kind::Conflict, "draft.stale"));
    let opened = world.run("mother", async |ctx| open(ctx, &id).await).await.unwrap();
    assert_eq!(opened.draft.content.answers["child_name"], json!("沈安禾"));
    assert_eq!(opened.draft.revision, revision);
    let stale =
        world.run("mother", async |ctx| submit(ctx, &id, Some(0), true).await).await.unwrap_err();
    assert_eq!(stale.code, "draft.stale");
}

async fn what_is_typed_survives_and_is_seen_on_another_device(world: World) {
    let id = world.draft().await;
    let typed = |text: &str| {
        BTreeMap::from([
            ("child_name".to_owned(), text.to_owned()),
            ("other".to_owned(), "x".to_owned()),
        ])
    };
    let kept = world
        .run("mother", async |ctx| autosave(ctx, &id, "name", 0, typed("沈1")).await)
        .await
        .unwrap();
    assert!(kept);
    let opened = world.run("mother", async |ctx| open(ctx, &id).await).await.unwrap();
    assert_eq!(
        opened.draft.content.typed["name"],
        BTreeMap::from([("child_name".to_owned(), "沈1".to_owned())])
    );
    assert!(opened.draft.content.answers.is_empty(), "typed is not saved");
    let change = world.whole();
    world.run("mother", async |ctx| amend(ctx, &id, Some(0), change).await).await.unwrap();
    let kept = world
        .run("mother", async |ctx| autosave(ctx, &id, "name", 0, typed("沈2")).await)
        .await
        .unwrap();
    assert!(!kept, "an older page does not write over a newer save");
}

async fn an_optional_item_left_out_asks_nothing(world: World) {
    let left_out: BTreeSet<String> = ["social-security-card", "birth-certificate"]
        .iter()
        .map(|item| (*item).to_owned())
        .collect();
    let guide = world.example("married-all").guide;
    let one_thing = "newborn".to_owned();
    let new = Start { one_thing, guide, consent: true, left_out, ..Start::default() };
    let id = world.run("mother", async |ctx| start(ctx, new).await).await.unwrap();
    let opened = world.run("mother", async |ctx| open(ctx, &id).await).await.unwrap();
    let journey = opened.journey(&world.env().pack).unwrap();
    assert!(!journey.items.contains(&"social-security-card".to_owned()));
    assert!(journey.items.contains(&"birth-certificate".to_owned()), "what is not optional stays");
    assert!(journey.page("card").is_none());
}

async fn a_draft_is_removed_when_its_days_are_over(world: World) {
    world.draft().await;
    world.env().clock.advance_us(29 * kernel::time::DAY_US);
    world.expire().await;
    assert_eq!(world.count("SELECT COUNT(*) FROM draft").await, 1);
    world.env().clock.advance_us(2 * kernel::time::DAY_US);
    world.expire().await;
    assert_eq!(world.count("SELECT COUNT(*) FROM draft").await, 0);
    assert_eq!(world.count("SELECT COUNT(*) FROM data_grant WHERE closed_us = 0").await, 0);
}

async fn a_submitted_draft_can_no_longer_change(world: World) {
    let id = world.complete().await;
    world.run("mother", async |ctx| submit(ctx, &id, None, true).await).await.unwrap();
    let change = world
        .run("mother", async |ctx| amend(ctx, &id, None, Change::default()).await)
        .await
        .unwrap_err();
    assert_eq!(change.code, "draft.submitted");
    let gone = world.run("mother", async |ctx| remove(ctx, &id).await).await.unwrap_err();
    assert_eq!(gone.code, "draft.submitted");
}
