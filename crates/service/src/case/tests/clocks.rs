//! What happens by itself when time passes.

use super::world::{HEALTH, World, approver, reviewer};
use crate::case::{self, Acceptance, CorrectionNotice, Lamp};

#[tokio::test]
async fn silence_is_acceptance_as_of_the_day_of_receipt() {
    let world = World::new().await;
    let (_, _, birth) = world.referred("draft-1").await;
    world.advance_days(5);
    world.drain().await;
    assert_eq!(world.phase(&birth).await, "submitted");
    world.advance_days(5);
    world.drain().await;
    assert_eq!(world.phase(&birth).await, "accepted");
    let shown = case::show(&mut world.read(&approver(HEALTH)), &birth).await.unwrap();
    assert_eq!(shown.accepted.unwrap().0, testkit::TUESDAY);
    assert_eq!(shown.timeline.last().unwrap().kind, "deemed_accepted");
    assert!(shown.timeline.last().unwrap().automatic);
}

#[tokio::test]
async fn a_correction_not_supplied_lapses_and_ends_what_waited() {
    let world = World::new().await;
    let (_, done, birth) = world.referred("draft-1").await;
    let notice = CorrectionNotice {
        fields: vec!["child_name".to_owned()],
        materials: Vec::new(),
        note: "姓名有误".to_owned(),
    };
    world
        .run(&reviewer(HEALTH), async |ctx| case::ask_correction(ctx, &birth, None, notice).await)
        .await
        .unwrap();
    world.advance_days(60);
    world.drain().await;
    assert_eq!(world.phase(&birth).await, "lapsed");
    assert_eq!(world.phase(&done.id).await, "lapsed");
    let reminded = world
        .count("SELECT COUNT(*) FROM message WHERE template = 'case.correction_lapsing'")
        .await;
    assert_eq!(reminded, 1);
}

#[tokio::test]
async fn the_lamp_turns_and_each_turn_is_told_once() {
    let world = World::new().await;
    let (_, _, birth) = world.referred("draft-1").await;
    let officer = approver(HEALTH);
    world
        .run(&officer, async |ctx| case::accept(ctx, &birth, None, Acceptance::default()).await)
        .await
        .unwrap();
    let lamp = async || {
        let filter = case::Filter::default();
        let rows = case::work_list(&mut world.read(&officer), &filter, "").await.unwrap().rows;
        rows.into_iter().find(|row| row.id == birth).unwrap().lamp
    };
    assert_eq!(lamp().await, Lamp::Green);
    world.advance_days(40);
    world.drain().await;
    world.drain().await;
    assert_eq!(lamp().await, Lamp::Red);
    let told = "SELECT COUNT(*) FROM evidence_entry WHERE kind = 'case.overdue' AND body LIKE '%promised_overdue%'";
    assert_eq!(world.count(told).await, 1);
    let warned = "SELECT COUNT(*) FROM evidence_entry WHERE kind = 'case.warned' AND body LIKE '%promised_warning%'";
    assert_eq!(world.count(warned).await, 1);
    let decided = case::Decision {
        granted: true,
        opinion: "同意".to_owned(),
        article: "母婴保健法第二十三条".to_owned(),
        ..case::Decision::default()
    };
    world.run(&officer, async |ctx| case::decide(ctx, &birth, None, decided).await).await.unwrap();
    let late = "SELECT COUNT(*) FROM cases WHERE late = 1 AND parent_id <> ''";
    assert_eq!(world.count(late).await, 1);
}

#[tokio::test]
async fn what_has_its_end_is_read_and_ended_while_a_years_notice_is_missing() {
    let world = World::new().await;
    let (mother, done, birth) = world.referred("draft-1").await;
    let day = |date: jiff::civil::Date| kernel::time::days_since_epoch(date);
    let today = world.read(&approver(HEALTH)).now.date();
    world.advance_days(i64::from(day(jiff::civil::date(2026, 12, 28)) - day(today)));
    for (who, reader) in [("officer", approver(HEALTH)), ("citizen", mother.clone())] {
        let shown = case::show(&mut world.read(&reader), &birth).await.unwrap();
        let promised = shown.clocks.iter().find(|clock| clock.name == "acceptance").unwrap();
        assert!(promised.due.is_some() && promised.overdue, "{who}");
        assert_eq!((promised.used, promised.working_days_left), (None, None), "{who}");
    }
    let withdrawn = world
        .run(&mother, async |ctx| case::withdraw(ctx, &done.id, None, Default::default()).await)
        .await
        .unwrap();
    assert_eq!(withdrawn.phase, "withdrawn");
}

#[tokio::test]
async fn what_stands_still_too_long_is_told_and_can_be_withdrawn_without_a_notice() {
    let world = World::new().await;
    let (mother, done, birth) = world.referred("draft-1").await;
    let officer = approver(HEALTH);
    world
        .run(&officer, async |ctx| case::accept(ctx, &birth, None, Acceptance::default()).await)
        .await
        .unwrap();
    let suspension = case::Suspension {
        procedure: "paternity".to_owned(),
        article: String::new(),
        needed: "三十个工作日".to_owned(),
    };
    world
        .run(&officer, async |ctx| case::suspend(ctx, &birth, None, suspension).await)
        .await
        .unwrap();
    world.advance_days(60);
    world.drain().await;
    let told = "SELECT COUNT(*) FROM message WHERE template = 'case.procedure_overdue'";
    assert_eq!(world.count(told).await, 1);
    let day = |date: jiff::civil::Date| kernel::time::days_since_epoch(date);
    let today = world.read(&officer).now.date();
    world.advance_days(i64::from(day(jiff::civil::date(2027, 1, 4)) - day(today)));
    let withdrawn = world
        .run(&mother, async |ctx| case::withdraw(ctx, &done.id, None, Default::default()).await)
        .await
        .unwrap();
    assert_eq!(withdrawn.phase, "withdrawn");
}
