//! The whole chain by rule, and what refers to a person.

use super::world::{HEALTH, POLICE, World, approver};
use crate::case::{self, Decision};

#[tokio::test]
async fn six_items_are_decided_by_rule_one_after_another() {
    let world = World::new().await;
    let (mother, new) = world.application("draft-1").await;
    let done = world.submit(&mother, new).await;
    let waiting = done.items.iter().filter(|item| item.phase == "waiting").count();
    assert_eq!((done.items.len(), waiting), (6, 5));
    world.drain().await;
    for item in &done.items {
        assert_eq!(world.phase(&item.id).await, "completed", "{}", item.item);
    }
    assert_eq!(world.phase(&done.id).await, "completed");
    let mut ctx = world.read(&mother);
    let shown = case::show(&mut ctx, &done.id).await.unwrap();
    assert_eq!(shown.licences.len(), 6);
    let child = shown.child.unwrap();
    assert!(child.number.starts_with("4101") && child.number.contains('*'), "{}", child.number);
    assert!(shown.lanes.iter().all(|lane| lane.phase == "completed"));
    let household = done.items.iter().find(|item| item.item == "household-registration").unwrap();
    let one = case::show(&mut ctx, &household.id).await.unwrap();
    let explanation = one.explanation.unwrap();
    assert_eq!(explanation.outcome, "grant");
    assert!(
        explanation.conditions.iter().all(|one| one.result == "met" && !one.article.is_empty())
    );
    assert!(one.automatic);
}

#[tokio::test]
async fn insurance_from_the_day_of_birth_is_by_rule_within_ninety_days_only() {
    let world = World::new().await;
    for (draft, start, phase) in
        [("draft-1", "birth", "submitted"), ("draft-2", "next_year", "completed")]
    {
        let (mother, mut new) = world.application(draft).await;
        new.answers.insert("insurance_start".to_owned(), serde_json::Value::from(start));
        new.facts.get_mut("birth.born_on").unwrap().value = Some("2026-05-20".into());
        let born = if start == "birth" { "CS4101052026000001" } else { "CS4101052026000002" };
        new.facts.get_mut("birth.record_number").unwrap().value = Some(born.into());
        let done = world.submit(&mother, new).await;
        world.drain().await;
        let enrolment =
            done.items.iter().find(|one| one.item == "medical-insurance-enrolment").unwrap();
        assert_eq!(world.phase(&enrolment.id).await, phase, "{start}");
        let shown = case::show(&mut world.read(&mother), &enrolment.id).await.unwrap();
        let explained = shown.explanation.unwrap().conditions;
        let late = explained.iter().find(|one| one.id == "within-ninety-days");
        let result = late.map(|one| one.result.as_str());
        assert_eq!(result, (start == "birth").then_some("not_met"), "{start}");
    }
}

#[tokio::test]
async fn every_decision_is_a_sealed_document_and_histories_are_whole() {
    let world = World::new().await;
    let (mother, new) = world.application("draft-1").await;
    let done = world.submit(&mother, new).await;
    world.drain().await;
    let mut ctx = world.read(&mother);
    let shown = case::show(&mut ctx, &done.id).await.unwrap();
    // One receipt for the whole; accepted and decided at once, each item owes its decision alone.
    let kinds: Vec<&str> = shown.documents.iter().map(|one| one.kind.as_str()).collect();
    assert_eq!(kinds.iter().filter(|kind| **kind == "receipt").count(), 1);
    assert_eq!(kinds.iter().filter(|kind| **kind == "decision").count(), 6);
    assert_eq!(kinds.len(), 7);
    assert!(shown.documents.iter().all(|one| one.digest.len() == 64));
    let file = case::document(&mut ctx, &done.id, &shown.documents[0].id).await.unwrap();
    assert!(file.content.starts_with(b"%PDF"));
    for item in &done.items {
        assert!(case::verify_history(&mut ctx, &item.id).await.unwrap());
    }
    let report = party::evidence::verify(&mut ctx).await.unwrap();
    assert!(report.ok, "{:?}", report.first_bad);
}

#[tokio::test]
async fn a_changed_entry_of_the_history_is_found() {
    let world = World::new().await;
    let (mother, new) = world.application("draft-1").await;
    let done = world.submit(&mother, new).await;
    world.drain().await;
    let id = &done.items[0].id;
    let mut ctx = world.system().await;
    let sql = "UPDATE case_event SET body = REPLACE(body, 'granted\":true', 'granted\":false') WHERE case_id = $1";
    ctx.execute(sql, store::vals![id]).await.unwrap();
    assert!(!case::verify_history(&mut ctx, id).await.unwrap());
    let bad = case::verify_histories(&mut ctx).await.unwrap().unwrap();
    assert_eq!(&bad.case_id, id);
}

#[tokio::test]
async fn what_does_not_agree_goes_to_a_person_whose_grant_releases_what_waits() {
    let world = World::new().await;
    let (mother, done, birth) = world.referred("draft-1").await;
    assert_eq!(world.phase(&birth).await, "submitted");
    let mut ctx = world.read(&approver(HEALTH));
    let shown = case::show(&mut ctx, &birth).await.unwrap();
    let explanation = shown.explanation.unwrap();
    assert_eq!(explanation.outcome, "refer");
    let unmet: Vec<&str> = explanation
        .conditions
        .iter()
        .filter(|one| one.result != "met")
        .map(|one| one.id.as_str())
        .collect();
    assert_eq!(unmet, ["sex"]);
    assert!(shown.referred);
    let officer = approver(HEALTH);
    world
        .run(&officer, async |ctx| case::accept(ctx, &birth, None, Default::default()).await)
        .await
        .unwrap();
    let decision = Decision {
        granted: true,
        opinion: "核对无误".to_owned(),
        article: "母婴保健法第二十三条".to_owned(),
        ..Decision::default()
    };
    let decided = world
        .run(&officer, async |ctx| case::decide(ctx, &birth, None, decision).await)
        .await
        .unwrap();
    assert_eq!(decided.phase, "completed");
    assert!(decided.licence.starts_with("1.2.156.3005.2."));
    let household = done.items.iter().find(|item| item.item == "household-registration").unwrap();
    assert_eq!(world.phase(&household.id).await, "submitted");
    let seen = case::show(&mut world.read(&mother), &done.id).await.unwrap();
    assert_eq!(seen.phase, "accepted");
    assert!(seen.lanes.iter().all(|lane| lane.steps.iter().all(|step| step.actor.is_empty())));
}

#[tokio::test]
async fn what_the_registries_do_not_hold_goes_to_a_person() {
    let world = World::new().await;
    let person = world.mother().await;
    let mother = super::world::citizen(&person);
    let done = world.submit(&mother, world.example("married-all", "draft-1", &person)).await;
    world.advance_days(2);
    world.drain().await;
    let birth = &done.items[0].id;
    assert_eq!(world.phase(birth).await, "submitted");
    let shown = case::show(&mut world.read(&approver(HEALTH)), birth).await.unwrap();
    let explanation = shown.explanation.unwrap();
    assert!(explanation.conditions.iter().any(|one| one.id == "record" && one.result == "missing"));
}

#[tokio::test]
async fn stale_data_are_looked_up_again_before_the_rule_decides() {
    let world = World::new().await;
    let (mother, new) = world.application("draft-1").await;
    world.advance_days(2);
    let person = world.mother().await;
    world.register("married-all").await;
    // The draft was admitted to look up both parents and the household.
    let values =
        ["form.mother_number", "form.father_number", "form.household_number"].map(|path| {
            new.answers[path.trim_start_matches("form.")].as_str().unwrap_or_default().to_owned()
        });
    let items = new.items.clone();
    world
        .run(&mother, async |ctx| {
            data::grant::open(ctx, "draft-1", "newborn", &items, &values).await
        })
        .await
        .unwrap();
    let done = world.submit(&mother, new).await;
    world.drain().await;
    for item in &done.items {
        assert_eq!(world.phase(&item.id).await, "completed", "{}", item.item);
    }
    let reads = world.count("SELECT COUNT(*) FROM data_receipt").await;
    assert!(reads >= 4, "{reads} lookups for {}", person.id);
}

#[tokio::test]
async fn an_applicant_who_asks_for_a_person_is_not_decided_by_rule() {
    let world = World::new().await;
    let (mother, new) = world.application("draft-1").await;
    let done = world.submit(&mother, new).await;
    let birth = &done.items[0].id;
    world
        .run(&mother, async |ctx| case::request_human_review(ctx, birth, None).await)
        .await
        .unwrap();
    world.drain().await;
    assert_eq!(world.phase(birth).await, "submitted");
    let refused = world
        .run(&mother, async |ctx| case::request_human_review(ctx, birth, None).await)
        .await
        .unwrap_err();
    assert_eq!(refused.code, "case.human_review_already");
}

#[tokio::test]
async fn a_case_an_officer_has_claimed_is_not_decided_by_rule() {
    let world = World::new().await;
    let (mother, new) = world.application("draft-1").await;
    let done = world.submit(&mother, new).await;
    let birth = &done.items[0].id;
    world.run(&approver(HEALTH), async |ctx| case::claim(ctx, birth, None).await).await.unwrap();
    world.drain().await;
    assert_eq!(world.phase(birth).await, "submitted");
}

#[tokio::test]
async fn the_child_gets_a_number_of_its_own_that_agrees_with_its_sex() {
    let world = World::new().await;
    let (mother, new) = world.application("draft-1").await;
    let done = world.submit(&mother, new.clone()).await;
    let (again, mut second) = world.application("draft-2").await;
    second.child = new.child;
    let second = of_birth(second, 2);
    let twin = world.submit(&again, second).await;
    world.drain().await;
    let mut numbers = Vec::new();
    for id in [&done.id, &twin.id] {
        let number = world.child_number(id).await;
        let number = kernel::identifier::CitizenNumber::parse(&number).unwrap();
        assert_eq!((number.division(), number.is_male()), ("410105", false));
        numbers.push(number.as_str().to_owned());
    }
    let mut ctx = world.system().await;
    assert_ne!(numbers[0], numbers[1]);
    assert_eq!(done.items.iter().filter(|item| item.item == "household-registration").count(), 1);
    let agency: String = ctx
        .scalar(
            "SELECT agency FROM cases WHERE item = 'household-registration' LIMIT 1",
            store::vals![],
        )
        .await
        .unwrap()
        .unwrap();
    assert_eq!(agency, POLICE);
}

/// The same application for another birth, with its own record and costs.
fn of_birth(mut new: case::Submission, index: usize) -> case::Submission {
    for path in ["birth.record_number", "expense.settlement_number"] {
        let fact = new.facts.get_mut(path).unwrap();
        let former = fact.value.take().unwrap();
        fact.value = Some(format!("{}{index}", former.as_str().unwrap()).into());
    }
    new
}

/// Printed for whoever looks at speed; what it asserts is that the work is not lost.
#[tokio::test]
async fn ten_applications_are_decided_one_beside_the_other() {
    let world = World::new().await;
    let (mother, new) = world.application("draft-0").await;
    for index in 0..10 {
        let draft_id = format!("draft-{index}");
        let new = case::Submission { draft_id, ..new.clone() };
        world.submit(&mother, of_birth(new, index)).await;
    }
    world.drain().await;
    let open = "SELECT COUNT(*) FROM cases WHERE phase <> 'completed'";
    assert_eq!((world.count("SELECT COUNT(*) FROM cases").await, world.count(open).await), (70, 0));
}
