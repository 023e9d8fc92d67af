//! What a case consists of, changed by hand: the check of the log names it.

use super::check::applied;
use super::world::World;
use party::evidence::{Difference, verify};
use store::vals;

/// What is changed, by which statement, and how the difference is called.
const BY_HAND: &[(&str, &str, Difference)] = &[
    (
        "case_answer",
        "UPDATE case_answer SET answers = (SELECT value FROM case_fact ORDER BY path LIMIT 1)",
        Difference::Row,
    ),
    ("case_answer", "DELETE FROM case_answer", Difference::RowMissing),
    (
        "case_fact",
        "UPDATE case_fact SET value = (SELECT answers FROM case_answer ORDER BY version LIMIT 1)",
        Difference::Row,
    ),
    (
        "case_fact",
        "DELETE FROM case_fact WHERE path = (SELECT MIN(path) FROM case_fact)",
        Difference::Row,
    ),
    ("case_document", "UPDATE case_document SET number = '豫卫受字〔2020〕1号'", Difference::Row),
    (
        "case_document",
        "UPDATE case_document SET content = (SELECT answers FROM case_answer ORDER BY version LIMIT 1)",
        Difference::Row,
    ),
    ("case_document", "DELETE FROM case_document", Difference::RowMissing),
    ("message_sent", "UPDATE message SET template = 'case.refused'", Difference::Row),
    ("message_sent", "DELETE FROM message", Difference::RowMissing),
];

async fn named(world: &World, table: &str, sql: &str, differs: Difference) {
    // What is changed here is never committed.
    let mut ctx = world.system().await;
    assert!(ctx.execute(sql, vals![]).await.unwrap() > 0, "{sql}");
    let report = verify(&mut ctx).await.unwrap();
    let bad = report.first_bad.unwrap_or_else(|| panic!("not found: {sql}"));
    assert_eq!(bad.differs, differs, "{sql}");
    assert!(bad.detail.starts_with(table), "{sql}: {}", bad.detail);
}

async fn whole(world: &World) {
    assert_eq!(verify(&mut world.system().await).await.unwrap().first_bad, None);
}

#[tokio::test]
async fn what_an_application_holds_is_named_when_changed_by_hand() {
    let world = World::new().await;
    applied(&world, true).await;
    whole(&world).await;
    for (table, sql, differs) in BY_HAND {
        named(&world, table, sql, *differs).await;
    }
    let digest = "UPDATE case_material SET digest = 'other'";
    named(&world, "case_material", digest, Difference::Row).await;
    named(&world, "case_material", "DELETE FROM case_material", Difference::RowMissing).await;
    // What was read of a message since, and that it was mailed, is no change of it.
    let mut ctx = world.system().await;
    ctx.execute("UPDATE message SET read_us = 1, mail = 'sent'", vals![]).await.unwrap();
    assert_eq!(verify(&mut ctx).await.unwrap().first_bad, None);
}

#[tokio::test]
async fn an_explanation_is_named_when_changed_by_hand() {
    let world = World::new().await;
    let (mother, new) = world.application("draft-1").await;
    world.submit(&mother, new).await;
    world.drain().await;
    whole(&world).await;
    let outcome = "UPDATE case_explanation SET outcome = 'refer'";
    named(&world, "case_explanation", outcome, Difference::Row).await;
    let text = "UPDATE case_explanation SET explanation = (SELECT answers FROM case_answer ORDER BY version LIMIT 1)";
    named(&world, "case_explanation", text, Difference::Row).await;
}
