//! Work lists, stand-ins, own applications.

use super::world::{HEALTH, World, approver, reviewer};
use crate::case::{self, Filter, Lamp, Whose};
use flow::case::Phase;

#[tokio::test]
async fn a_work_list_is_paged_in_the_order_of_urgency_and_filtered() {
    let world = World::new().await;
    let mut ids = Vec::new();
    for index in 0..53 {
        let (mother, mut new) = world.application(&format!("draft-{index}")).await;
        new.items = vec!["birth-certificate".to_owned()];
        ids.push(world.submit(&mother, new).await.items[0].id.clone());
    }
    let officer = reviewer(HEALTH);
    let mut ctx = world.read(&officer);
    let first = case::work_list(&mut ctx, &Filter::default(), "").await.unwrap();
    assert_eq!(first.rows.len(), 50);
    let second = case::work_list(&mut ctx, &Filter::default(), &first.next.unwrap()).await.unwrap();
    assert_eq!((second.rows.len(), second.next), (3, None));
    let mut seen: Vec<String> =
        first.rows.iter().chain(&second.rows).map(|row| row.id.clone()).collect();
    seen.sort();
    seen.dedup();
    assert_eq!(seen.len(), 53);
    drop(ctx);
    world.run(&officer, async |ctx| case::claim(ctx, &ids[7], None).await).await.unwrap();
    let mut ctx = world.read(&officer);
    let list = async |ctx: &mut store::Ctx, filter: Filter| {
        case::work_list(ctx, &filter, "").await.unwrap().rows
    };
    let mine = list(&mut ctx, Filter { whose: Whose::Mine, ..Filter::default() }).await;
    assert_eq!(mine.iter().map(|row| row.id.as_str()).collect::<Vec<_>>(), [ids[7].as_str()]);
    assert!(mine[0].mine && mine[0].applicant.contains('*'));
    let number = mine[0].number.clone();
    let by_number = list(&mut ctx, Filter { text: number, ..Filter::default() }).await;
    assert_eq!(by_number.len(), 1);
    let none = list(&mut ctx, Filter { phase: Some(Phase::Accepted), ..Filter::default() }).await;
    assert!(none.is_empty());
    assert_eq!(
        list(&mut ctx, Filter { lamp: Some(Lamp::Red), ..Filter::default() }).await.len(),
        0
    );
    let counts = case::work_counts(&mut ctx).await.unwrap();
    assert_eq!((counts.all, counts.mine, counts.unclaimed, counts.green), (53, 1, 52, 53));
    world.advance_days(30);
    let mut later = world.read(&officer);
    assert_eq!(
        list(&mut later, Filter { lamp: Some(Lamp::Red), ..Filter::default() }).await.len(),
        50
    );
    assert_eq!(case::work_counts(&mut later).await.unwrap().red, 53);
}

#[tokio::test]
async fn a_deputy_acts_in_the_name_of_the_absent_officer_while_it_lasts() {
    let world = World::new().await;
    let (_, _, birth) = world.referred("draft-1").await;
    let mut ctx = world.system().await;
    let mut officers = Vec::new();
    for (login, name) in [("officer.li", "李审查"), ("officer.zhou", "周复核")] {
        let id = party::account::create_officer(
            &mut ctx,
            login,
            "a long enough password",
            name,
            HEALTH,
            &["reviewer"],
        )
        .await
        .unwrap();
        officers.push(party::account::actor_of(&mut ctx, &id, 2).await.unwrap());
    }
    ctx.commit().await.unwrap();
    let (absent, deputy) = (&officers[0], &officers[1]);
    world.run(absent, async |ctx| case::claim(ctx, &birth, None).await).await.unwrap();
    let until = world.env.clock.now().plus_days(3);
    let begun = world
        .run(absent, async |ctx| {
            case::stand_in_begin(ctx, "officer.zhou", ctx.now, until, "休假").await
        })
        .await
        .unwrap();
    assert_eq!(begun.deputy_name, "周复核");
    let mine = Filter { whose: Whose::Mine, ..Filter::default() };
    assert_eq!(case::work_list(&mut world.read(deputy), &mine, "").await.unwrap().rows.len(), 1);
    world
        .run(deputy, async |ctx| case::accept(ctx, &birth, None, Default::default()).await)
        .await
        .unwrap();
    let shown = case::show(&mut world.read(deputy), &birth).await.unwrap();
    assert_eq!(shown.timeline.last().unwrap().actor, "周复核");
    assert!(shown.mine);
    world.advance_days(4);
    let refused = world
        .run(deputy, async |ctx| {
            case::hand_over(
                ctx,
                &birth,
                None,
                case::HandOver { to: "officer.zhou".to_owned(), reason: "x".to_owned() },
            )
            .await
        })
        .await;
    assert_eq!(refused.unwrap_err().code, "case.not_assignee");
    let given = world
        .run(absent, async |ctx| {
            case::hand_over(
                ctx,
                &birth,
                None,
                case::HandOver { to: "officer.zhou".to_owned(), reason: "移交".to_owned() },
            )
            .await
        })
        .await;
    given.unwrap();
    let shown = case::show(&mut world.read(deputy), &birth).await.unwrap();
    assert_eq!((shown.assignee_name.as_str(), shown.mine), ("周复核", true));
    let outsider = world
        .run(&approver(HEALTH), async |ctx| {
            case::hand_over(
                ctx,
                &birth,
                None,
                case::HandOver { to: "nobody".to_owned(), reason: "x".to_owned() },
            )
            .await
        })
        .await;
    assert_eq!(outsider.unwrap_err().code, "case.colleague");
}

#[tokio::test]
async fn an_applicant_lists_his_own_applications_newest_first() {
    let world = World::new().await;
    let (mother, one) = world.application("draft-1").await;
    let first = world.submit(&mother, one.clone()).await;
    world.advance_days(1);
    let second =
        world.submit(&mother, case::Submission { draft_id: "draft-2".to_owned(), ..one }).await;
    let rows = case::mine(&mut world.read(&mother), "").await.unwrap().rows;
    let ids: Vec<&str> = rows.iter().map(|row| row.id.as_str()).collect();
    assert_eq!(ids, [second.id.as_str(), first.id.as_str()]);
}
