//! Submission.

use super::world::{World, citizen, staff};
use crate::case;
use kernel::Kind;
use kernel::identifier::{CaseNumber, QueryCode};

#[tokio::test]
async fn two_submissions_of_one_draft_are_one_case() {
    let world = World::new().await;
    let (mother, new) = world.application("draft-1").await;
    let first = world.submit(&mother, new.clone()).await;
    let again = world.submit(&mother, new.clone()).await;
    assert_eq!(first.id, again.id);
    assert_eq!(first.query_code, again.query_code);
    assert_eq!(world.count("SELECT COUNT(*) FROM cases").await, 7);
    let (one, two) = tokio::join!(
        world.run(&mother, async |ctx| case::submit(
            ctx,
            case::Submission { draft_id: "draft-2".to_owned(), ..new.clone() }
        )
        .await),
        world.run(&mother, async |ctx| case::submit(
            ctx,
            case::Submission { draft_id: "draft-2".to_owned(), ..new.clone() }
        )
        .await),
    );
    assert_eq!(one.unwrap().id, two.unwrap().id);
    assert_eq!(world.count("SELECT COUNT(*) FROM cases").await, 14);
}

#[tokio::test]
async fn numbers_are_distinct_and_of_the_item_and_day() {
    let world = World::new().await;
    let (mother, new) = world.application("draft-1").await;
    let done = world.submit(&mother, new).await;
    let mut numbers: Vec<String> = done.items.iter().map(|item| item.number.clone()).collect();
    numbers.push(done.number.clone());
    for number in &numbers {
        let number = CaseNumber::parse(number).unwrap();
        assert_eq!(number.date().to_string(), "2026-09-15");
    }
    numbers.sort();
    numbers.dedup();
    assert_eq!(numbers.len(), 7);
    assert!(QueryCode::parse(&done.query_code).is_ok());
}

#[tokio::test]
async fn nobody_applies_for_somebody_who_has_not_authorised_him() {
    let world = World::new().await;
    let (_, new) = world.application("draft-1").await;
    let stranger = citizen(&world.person("陈一禾", "410105199207083419").await);
    let refused = world.run(&stranger, async |ctx| case::submit(ctx, new.clone()).await).await;
    assert_eq!(refused.unwrap_err().kind, Kind::NotFound);
    let clerk = staff("health-410105", "clerk", "赵窗口");
    let filed = world
        .run(&clerk, async |ctx| {
            case::submit(ctx, case::Submission { channel: "window".to_owned(), ..new.clone() })
                .await
        })
        .await
        .unwrap();
    assert!(case::show(&mut world.read(&clerk), &filed.id).await.is_ok());
    let reviewer = staff("health-410105", "reviewer", "李审查");
    let refused = world
        .run(&reviewer, async |ctx| {
            case::submit(ctx, case::Submission { draft_id: "x".to_owned(), ..new.clone() }).await
        })
        .await;
    assert_eq!(refused.unwrap_err().kind, Kind::Denied);
}

#[tokio::test]
async fn an_item_left_out_does_not_hold_up_the_others() {
    let world = World::new().await;
    let (mother, mut new) = world.application("draft-1").await;
    new.items.retain(|item| item != "birth-certificate");
    let refused = world.run(&mother, async |ctx| case::submit(ctx, new.clone()).await).await;
    // What the guide found to apply is not checked here; what was not chosen is held already.
    let done = refused.unwrap();
    let phase = |item: &str| done.items.iter().find(|one| one.item == item).unwrap().phase.clone();
    assert_eq!(phase("household-registration"), "submitted");
    assert_eq!(phase("social-security-card"), "waiting");
}

#[tokio::test]
async fn what_is_too_much_or_unknown_is_refused_and_nothing_is_written() {
    let world = World::new().await;
    let (mother, new) = world.application("draft-1").await;
    type Spoil = Box<dyn Fn(&mut case::Submission)>;
    let cases: [(&str, Spoil); 6] = [
        ("case.items", Box::new(|new| new.items.clear())),
        ("composition.unknown", Box::new(|new| new.items.push("no-such-item".to_owned()))),
        ("case.division", Box::new(|new| new.division = "999999".to_owned())),
        ("case.channel", Box::new(|new| new.channel = "fax".to_owned())),
        (
            "case.answer_size",
            Box::new(|new| {
                new.answers
                    .insert("child_name".to_owned(), serde_json::Value::from("a".repeat(20_000)));
            }),
        ),
        (
            "case.material_unknown",
            Box::new(|new| {
                new.uploads.push(case::Material {
                    material_id: "birth-certificate.no-such-material".to_owned(),
                    digest: String::new(),
                    name: "x.pdf".to_owned(),
                    media_type: "application/pdf".to_owned(),
                    size: 1,
                    how: case::How::Upload,
                });
            }),
        ),
    ];
    for (code, spoil) in cases {
        let mut spoiled = new.clone();
        spoil(&mut spoiled);
        let refused =
            world.run(&mother, async |ctx| case::submit(ctx, spoiled.clone()).await).await;
        assert_eq!(refused.unwrap_err().code, code);
    }
    assert_eq!(world.count("SELECT COUNT(*) FROM cases").await, 0);
}
