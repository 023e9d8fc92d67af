//! One birth, one result: of several applications for the same, one is granted.

use super::world::{HEALTH, POLICE, World, approver, citizen, staff};
use crate::case::{self, Acceptance, Confirmation, Decision, Filter, Lamp, Revocation, Submitted};

/// The case of the birth certificate.
fn birth(done: &Submitted) -> String {
    done.items.iter().find(|item| item.item == "birth-certificate").unwrap().id.clone()
}

fn grant() -> Decision {
    Decision {
        granted: true,
        opinion: "核对无误".to_owned(),
        article: "母婴保健法第二十三条".to_owned(),
        ..Decision::default()
    }
}

async fn certificates(world: &World) -> i64 {
    world.count("SELECT COUNT(*) FROM licence WHERE type_id = 'birth-certificate'").await
}

#[tokio::test]
async fn the_second_application_for_a_birth_goes_to_a_person_with_the_reason() {
    let world = World::new().await;
    let (mother, new) = world.application("draft-1").await;
    let person = world.mother().await;
    let first = world.submit(&mother, new).await;
    let second =
        world.submit(&citizen(&person), world.example("married-all", "draft-2", &person)).await;
    world.drain().await;
    let phases = [world.phase(&birth(&first)).await, world.phase(&birth(&second)).await];
    assert_eq!(phases, ["completed", "submitted"]);
    assert_eq!(certificates(&world).await, 1);

    let officer = approver(HEALTH);
    let shown = case::show(&mut world.read(&officer), &birth(&second)).await.unwrap();
    let unmet = shown.explanation.unwrap().conditions.into_iter().filter(|one| one.result != "met");
    let unmet: Vec<String> = unmet.map(|one| one.id).collect();
    assert_eq!((shown.referred, unmet), (true, vec!["once".to_owned()]));

    // Nor may a person grant it, before the first is revoked.
    let id = birth(&second);
    world
        .run(&officer, async |ctx| case::accept(ctx, &id, None, Acceptance::default()).await)
        .await
        .unwrap();
    let twice = world.run(&officer, async |ctx| case::decide(ctx, &id, None, grant()).await).await;
    let twice = twice.unwrap_err();
    assert_eq!(twice.code, "case.granted_already");
    assert!(twice.args.iter().all(|(_, value)| !value.is_empty()), "{:?}", twice.args);
    assert_eq!(world.phase(&id).await, "accepted");
    let why = Revocation {
        reason: "申请材料虚假".to_owned(),
        article: "行政许可法第六十九条".to_owned(),
    };
    let former = birth(&first);
    world.run(&officer, async |ctx| case::revoke(ctx, &former, None, why).await).await.unwrap();
    world.run(&officer, async |ctx| case::decide(ctx, &id, None, grant()).await).await.unwrap();
    assert_eq!(world.phase(&id).await, "completed");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_two_grants_at_once_one_stands() {
    let world = World::new().await;
    let (_, _, one) = world.referred("draft-1").await;
    let (_, _, other) = world.referred("draft-2").await;
    let officer = approver(HEALTH);
    for id in [&one, &other] {
        world
            .run(&officer, async |ctx| case::accept(ctx, id, None, Acceptance::default()).await)
            .await
            .unwrap();
    }
    let decide = async |id: &str| {
        world.run(&officer, async |ctx| case::decide(ctx, id, None, grant()).await).await
    };
    let (a, b) = tokio::join!(decide(&one), decide(&other));
    let refused = match (a, b) {
        (Ok(_), Err(error)) | (Err(error), Ok(_)) => error,
        both => panic!("{both:?}"),
    };
    assert_eq!(refused.code, "case.granted_already");
    assert_eq!(certificates(&world).await, 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_two_rules_at_once_one_grants() {
    let world = World::new().await;
    let (mother, new) = world.application("draft-1").await;
    let person = world.mother().await;
    let first = world.submit(&mother, new).await;
    let second =
        world.submit(&citizen(&person), world.example("married-all", "draft-2", &person)).await;
    // Each is looked at in a transaction of its own, both begun before either ends where the
    // database lets them.
    let consider = async |id: String| {
        let mut ctx = world.system().await;
        case::consider(&mut ctx, &id).await?;
        ctx.commit().await
    };
    let (a, b) = tokio::join!(consider(birth(&first)), consider(birth(&second)));
    a.unwrap();
    b.unwrap();
    let mut phases = [world.phase(&birth(&first)).await, world.phase(&birth(&second)).await];
    phases.sort();
    assert_eq!(phases, ["completed", "submitted"]);
    assert_eq!(certificates(&world).await, 1);
}

#[tokio::test]
async fn what_rests_on_a_revoked_grant_comes_before_the_heads_of_its_agencies() {
    let world = World::new().await;
    let (mother, new) = world.application("draft-1").await;
    let mut ctx = world.system().await;
    let password = "long enough for the rules 9";
    for role in ["approver", "reviewer"] {
        party::account::create_officer(&mut ctx, role, password, "李静", POLICE, &[role])
            .await
            .unwrap();
    }
    ctx.commit().await.unwrap();
    let done = world.submit(&mother, new).await;
    world.drain().await;
    let of = |item: &str| done.items.iter().find(|one| one.item == item).unwrap().id.clone();
    let why = || Revocation {
        reason: "申请材料虚假".to_owned(),
        article: "行政许可法第六十九条".to_owned(),
    };
    let (birth, household) = (of("birth-certificate"), of("household-registration"));
    let officer = approver(HEALTH);
    world.run(&officer, async |ctx| case::revoke(ctx, &birth, None, why()).await).await.unwrap();
    world.drain().await;

    // What rests on it directly, and only that; nothing is revoked without a person.
    for one in &done.items {
        let shown = case::show(&mut world.read(&mother), &one.id).await.unwrap();
        let rests = ["household-registration", "maternity-reimbursement", "vaccination-file"];
        assert_eq!(shown.basis_lost.is_some(), rests.contains(&one.item.as_str()), "{}", one.item);
        let phase = if one.item == "birth-certificate" { "revoked" } else { "completed" };
        assert_eq!(shown.phase, phase, "{}", one.item);
    }
    let told = "SELECT COUNT(*) FROM message WHERE template = 'work.basis_lost'";
    assert_eq!(world.count(told).await, 1, "the one head there is an account of");

    let head = approver(POLICE);
    let body = || Confirmation {
        opinion: "出生事实另有助产机构记录为据".to_owned(),
        article: "行政许可法第六十九条".to_owned(),
    };
    let shown = case::show(&mut world.read(&head), &household).await.unwrap();
    assert_eq!(shown.basis_lost.unwrap().item.id, "birth-certificate");
    assert!(shown.allowed.iter().any(|act| act == "uphold"));
    let reviewer = staff(POLICE, "reviewer", "李审查");
    let refused =
        world.run(&reviewer, async |ctx| case::uphold(ctx, &household, None, body()).await).await;
    assert_eq!(refused.unwrap_err().kind, kernel::Kind::Denied);
    world.run(&head, async |ctx| case::uphold(ctx, &household, None, body()).await).await.unwrap();
    let shown = case::show(&mut world.read(&head), &household).await.unwrap();
    assert!(shown.basis_lost.is_none() && !shown.allowed.iter().any(|act| act == "uphold"));
    let again =
        world.run(&head, async |ctx| case::uphold(ctx, &household, None, body()).await).await;
    assert_eq!(again.unwrap_err().code, "case.basis_stands");

    // One that is revoked in its turn passes it on.
    world.run(&head, async |ctx| case::revoke(ctx, &household, None, why()).await).await.unwrap();
    let card = case::show(&mut world.read(&mother), &of("social-security-card")).await.unwrap();
    assert_eq!(card.basis_lost.unwrap().item.id, "household-registration");
}

#[tokio::test]
async fn a_person_asked_to_look_at_what_a_machine_granted_upholds_or_revokes_it() {
    let world = World::new().await;
    let (mother, new) = world.application("draft-1").await;
    let mut ctx = world.system().await;
    let password = "long enough for the rules 9";
    party::account::create_officer(&mut ctx, "head", password, "王芳", HEALTH, &["approver"])
        .await
        .unwrap();
    ctx.commit().await.unwrap();
    let done = world.submit(&mother, new).await;
    let promised = case::show(&mut world.read(&mother), &done.id).await.unwrap().due.unwrap();
    world.drain().await;
    let shown = case::show(&mut world.read(&mother), &done.id).await.unwrap();
    assert_eq!((shown.phase.as_str(), shown.due.unwrap()), ("completed", promised), "it stands");

    let (id, head) = (birth(&done), approver(HEALTH));
    let body = || Confirmation {
        opinion: "经核对出生记录，结论无误".to_owned(),
        article: "个人信息保护法第二十四条".to_owned(),
    };
    let early = world.run(&head, async |ctx| case::uphold(ctx, &id, None, body()).await).await;
    assert_eq!(early.unwrap_err().code, "case.basis_stands");
    world.run(&mother, async |ctx| case::request_human_review(ctx, &id, None).await).await.unwrap();
    let told = "SELECT COUNT(*) FROM message WHERE template = 'work.review_asked'";
    assert_eq!(world.count(told).await, 1);
    let shown = case::show(&mut world.read(&head), &id).await.unwrap();
    assert!(["uphold", "revoke"].iter().all(|act| shown.allowed.iter().any(|one| one == act)));
    let row = async || {
        let rows = case::work_list(&mut world.read(&head), &Filter::default(), "").await.unwrap();
        rows.rows.into_iter().find(|row| row.id == id)
    };
    let waits = row().await.expect("it stands in the work list of who is to answer");
    assert!(waits.questioned && waits.due.is_some());
    assert_eq!(waits.lamp, Lamp::Green);
    world.advance_days(40);
    world.drain().await;
    assert_eq!(row().await.unwrap().lamp, Lamp::Red, "until he does");
    let warned = "SELECT COUNT(*) FROM message WHERE template = 'work.warning'";
    assert_eq!(world.count(warned).await, 2, "before the end and at it");
    world.run(&head, async |ctx| case::uphold(ctx, &id, None, body()).await).await.unwrap();
    assert!(row().await.is_none());
    let shown = case::show(&mut world.read(&mother), &id).await.unwrap();
    assert!(shown.timeline.iter().any(|one| one.kind == "upheld"));
    assert_eq!(world.phase(&id).await, "completed");
    let again = world.run(&head, async |ctx| case::uphold(ctx, &id, None, body()).await).await;
    assert_eq!(again.unwrap_err().code, "case.basis_stands");
}
