//! Who may not.

use super::world::{HEALTH, POLICE, World, approver, citizen, reviewer, staff};
use crate::case::{self, Acceptance, Withdrawal};
use kernel::{Actor, Kind};
use std::time::Duration;

#[tokio::test]
async fn another_citizens_case_is_not_found_and_the_attempt_is_recorded() {
    let world = World::new().await;
    let (_, done, birth) = world.referred("draft-1").await;
    let stranger = citizen(&world.person("陈一禾", "410105199207083419").await);
    for id in [&done.id, &birth] {
        let hidden = case::show(&mut world.read(&stranger), id).await.unwrap_err();
        assert_eq!(hidden.kind, Kind::NotFound);
    }
    let refused = world
        .run(&stranger, async |ctx| {
            case::withdraw(ctx, &done.id, None, Withdrawal::default()).await
        })
        .await;
    assert_eq!(refused.unwrap_err().kind, Kind::NotFound);
    let mut recorded = 0;
    for _ in 0..100 {
        recorded =
            world.count("SELECT COUNT(*) FROM evidence_entry WHERE kind = 'access.refused'").await;
        if recorded == 3 {
            break;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    assert_eq!(recorded, 3);
    assert_eq!(case::mine(&mut world.read(&stranger), "").await.unwrap().rows.len(), 0);
}

#[tokio::test]
async fn an_officer_acts_for_his_own_agency_alone() {
    let world = World::new().await;
    let (mother, done, birth) = world.referred("draft-1").await;
    let elsewhere = approver("health-410102");
    assert_eq!(
        case::show(&mut world.read(&elsewhere), &birth).await.unwrap_err().kind,
        Kind::NotFound
    );
    let refused = world
        .run(&elsewhere, async |ctx| case::accept(ctx, &birth, None, Acceptance::default()).await)
        .await;
    assert_eq!(refused.unwrap_err().kind, Kind::NotFound);
    // The police handle another item of the same application: they see how this one stands, nothing
    // of what it contains, and may not act.
    let police = approver(POLICE);
    let own = case::show(&mut world.read(&approver(HEALTH)), &birth).await.unwrap();
    assert!(!own.answers.is_empty() && !own.facts.is_empty());
    let shown = case::show(&mut world.read(&police), &birth).await.unwrap();
    assert!(shown.allowed.is_empty() && shown.explanation.is_none());
    assert!(shown.answers.is_empty() && shown.facts.is_empty() && shown.materials.is_empty());
    assert!(shown.documents.is_empty() && shown.timeline.iter().all(|one| one.text.is_empty()));
    let receipt = case::show(&mut world.read(&mother), &done.id).await.unwrap().documents.remove(0);
    for id in [&birth, &done.id] {
        let hidden = case::document(&mut world.read(&police), id, &receipt.id).await.unwrap_err();
        assert_eq!(hidden.kind, Kind::NotFound);
    }
    let whole = case::show(&mut world.read(&approver(HEALTH)), &done.id).await.unwrap();
    assert!(whole.answers.is_empty() && whole.facts.is_empty(), "the whole is no agency's");
    let refused = world
        .run(&police, async |ctx| case::accept(ctx, &birth, None, Acceptance::default()).await)
        .await;
    assert_eq!(refused.unwrap_err().kind, Kind::NotFound);
    assert!(case::show(&mut world.read(&police), &done.id).await.is_ok());
}

#[tokio::test]
async fn each_act_needs_its_permission() {
    let world = World::new().await;
    let (mother, _, birth) = world.referred("draft-1").await;
    let clerk = staff(HEALTH, "clerk", "赵窗口");
    let leader = staff(HEALTH, "leader", "孙领导");
    let nobody = Actor::anonymous();
    world
        .run(&clerk, async |ctx| case::accept(ctx, &birth, None, Acceptance::default()).await)
        .await
        .unwrap();
    for actor in [&clerk, &reviewer(HEALTH), &leader, &mother] {
        let refused = world
            .run(actor, async |ctx| {
                case::decide(ctx, &birth, None, case::Decision::default()).await
            })
            .await;
        assert_eq!(refused.unwrap_err().kind, Kind::Denied, "{}", actor.name);
    }
    let refused = world.run(&nobody, async |ctx| case::claim(ctx, &birth, None).await).await;
    assert_eq!(refused.unwrap_err().kind, Kind::Unauthenticated);
    let refused = case::work_list(&mut world.read(&mother), &case::Filter::default(), "").await;
    assert_eq!(refused.unwrap_err().kind, Kind::Denied);
    let refused = world.run(&mother, async |ctx| case::consider(ctx, &birth).await).await;
    assert_eq!(refused.unwrap_err().kind, Kind::Denied);
}

#[tokio::test]
async fn a_supervisor_of_the_division_sees_clocks_but_no_contents() {
    let world = World::new().await;
    let (_, _, birth) = world.referred("draft-1").await;
    let supervisor = staff("government-office-410105", "supervisor", "吴监督");
    let shown = case::show(&mut world.read(&supervisor), &birth).await.unwrap();
    assert!(!shown.clocks.is_empty() && !shown.timeline.is_empty());
    assert!(shown.answers.is_empty() && shown.facts.is_empty() && shown.materials.is_empty());
    assert!(shown.explanation.is_none() && shown.allowed.is_empty());
    assert!(shown.applicant.name.contains('*'));
    let elsewhere = Actor { division: "410102".to_owned(), ..supervisor };
    assert_eq!(
        case::show(&mut world.read(&elsewhere), &birth).await.unwrap_err().kind,
        Kind::NotFound
    );
}

#[tokio::test]
async fn tracking_needs_both_number_and_code_and_names_nobody() {
    let world = World::new().await;
    let (_, done, _) = world.referred("draft-1").await;
    let nobody = Actor::anonymous();
    let found =
        case::track(&mut world.read(&nobody), &done.number, &done.query_code).await.unwrap();
    let text = serde_json::to_string(&found).unwrap();
    assert_eq!(found.items.len(), 6);
    assert!(!text.contains("顾晓宁") && !text.contains("沈安禾") && !text.contains("1994"));
    let other = kernel::identifier::QueryCode::make(&mut kernel::Random::from_number(1)).unwrap();
    let wrong = case::track(&mut world.read(&nobody), &done.number, other.as_str()).await;
    assert_eq!(wrong.unwrap_err().kind, Kind::NotFound);
    let wrong = case::track(&mut world.read(&nobody), "123", "456").await.unwrap_err();
    assert_eq!((wrong.kind, wrong.fields.len()), (Kind::Invalid, 2));
}

#[tokio::test]
async fn names_numbers_and_answers_are_not_readable_in_the_database() {
    let world = World::new().await;
    let (mother, new) = world.application("draft-1").await;
    world.submit(&mother, new).await;
    world.drain().await;
    let mut ctx = world.system().await;
    for table in [
        "cases",
        "case_event",
        "case_fact",
        "case_answer",
        "case_document",
        "case_explanation",
        "evidence_entry",
    ] {
        let sql = format!("SELECT COUNT(*) FROM {table}");
        assert!(ctx.count(&sql, store::vals![]).await.unwrap() > 0, "{table}");
    }
    let texts = [
        "SELECT state FROM cases",
        "SELECT body FROM case_event",
        "SELECT source || receipt FROM case_fact",
        "SELECT body FROM evidence_entry",
        "SELECT payload FROM job",
        "SELECT title || number FROM case_document",
    ];
    for sql in texts {
        for text in ctx.column::<String>(sql, store::vals![]).await.unwrap() {
            for secret in ["顾晓宁", "沈安禾", "410105199403161824", "15400000001"] {
                assert!(!text.contains(secret), "{sql}: {text}");
            }
        }
    }
}

#[tokio::test]
async fn a_guardian_reaches_what_the_child_holds_and_nothing_of_the_other_parents_own() {
    let world = World::new().await;
    let (mother, new) = world.application("draft-1").await;
    let father = citizen(&world.person("沈青禾", "410105199207083419").await);
    let done = world.submit(&mother, new).await;
    world.drain().await;
    for one in &done.items {
        assert_eq!(world.phase(&one.id).await, "completed", "{}", one.item);
        let found = case::show(&mut world.read(&father), &one.id).await;
        let hers = one.item == "maternity-reimbursement";
        assert_eq!(found.is_err(), hers, "{}", one.item);
        if let Ok(shown) = found {
            assert!(shown.query_code.is_empty() && shown.lanes.len() == 1, "{}", one.item);
        }
    }
    let whole = case::show(&mut world.read(&father), &done.id).await.unwrap_err();
    assert_eq!(whole.kind, Kind::NotFound);
    let costs = done.items.iter().find(|one| one.item == "maternity-reimbursement").unwrap();
    for id in [&done.id, &costs.id] {
        let act =
            async |ctx: &mut store::Ctx| case::withdraw(ctx, id, None, Withdrawal::default()).await;
        assert_eq!(world.run(&father, act).await.unwrap_err().kind, Kind::NotFound);
    }
}

#[tokio::test]
async fn who_was_authorised_finds_what_he_may_follow_while_he_may() {
    let world = World::new().await;
    let (mother, new) = world.application("draft-1").await;
    let father = citizen(&world.person("沈青禾", "410105199207083419").await);
    let done = world.submit(&mother, new).await;
    let found = async || {
        let rows = case::entrusted(&mut world.read(&father), "").await.unwrap().rows;
        rows.into_iter().map(|row| row.id).collect::<Vec<_>>()
    };
    let now = world.env.clock.now();
    for (id, kind, scope, status, until, seen) in [
        ("1", "agent", "newborn", "asked", now.plus_days(1), false),
        ("2", "agent", "marriage", "granted", now.plus_days(1), false),
        ("3", "agent", "newborn", "granted", now, false),
        ("4", "guardian", "all", "granted", now.plus_days(1), false),
        ("5", "agent", "newborn", "granted", now.plus_days(1), true),
    ] {
        let mut ctx = world.system().await;
        ctx.execute(
            "INSERT INTO delegation (id, principal, agent, kind, scope, status, evidence, reference,
             asked_us, from_us, until_us, answered_us, ended_us)
             VALUES ($1, $2, $3, $4, $5, $6, '', '', $7, $7, $8, 0, 0)",
            store::vals![id, &mother.party, &father.party, kind, scope, status, now.plus_days(-1), until],
        )
        .await
        .unwrap();
        ctx.commit().await.unwrap();
        let expected = if seen { vec![done.id.clone()] } else { Vec::new() };
        assert_eq!(found().await, expected, "{kind} {scope} {status}");
    }
    assert!(case::mine(&mut world.read(&father), "").await.unwrap().rows.is_empty());
    assert!(case::show(&mut world.read(&father), &done.id).await.is_ok());
}
