//! What was granted on a promise is checked later, by a matter of its own; what it finds confirms the
//! grant, or is laid before who may revoke.

use super::examination::{complete, whole};
use super::world::{HEALTH, World, approver, citizen, reviewer, staff};
use crate::case::{self, Acceptance, Decision, Revocation, Shown};
use kernel::{Actor, Kind};
use process::bundle::Files;
use serde_json::json;
use store::vals;

const ITEM: &str = "hygiene-permit";

fn inspector() -> Actor {
    staff(HEALTH, "inspector", "赵核查")
}

/// The procedure deployed, the officers known, and an application on a promise, or on none.
pub(super) async fn applied(world: &World, promised: bool) -> (Actor, String) {
    let pack = world.env.pack.clone();
    let files = Files::drawn(&pack.procedure("promise-check").unwrap()).unwrap();
    let mut ctx = world.system().await;
    process::definition::deploy_files(&mut ctx, &files).await.unwrap();
    ctx.commit().await.unwrap();
    let person = world.mother().await;
    let mut new = world.alone(ITEM, "draft-1", &person);
    assert_eq!(new.uploads.len(), 1, "the promise of the example");
    new.uploads.retain(|_| promised);
    let actor = citizen(&person);
    let done = world.submit(&actor, new).await;
    world.drain().await;
    (actor, done.items[0].id.clone())
}

/// The same, granted.
pub(super) async fn granted(world: &World, promised: bool) -> (Actor, String) {
    let (mother, id) = applied(world, promised).await;
    let accept =
        async |ctx: &mut store::Ctx| case::accept(ctx, &id, None, Acceptance::default()).await;
    world.run(&reviewer(HEALTH), accept).await.unwrap();
    let decision = Decision {
        granted: true,
        opinion: "凭承诺准予".to_owned(),
        article: "公共场所卫生管理条例第四条".to_owned(),
        ..Decision::default()
    };
    let decide = async |ctx: &mut store::Ctx| case::decide(ctx, &id, None, decision).await;
    let done = world.run(&approver(HEALTH), decide).await.unwrap();
    assert_eq!(done.phase, "completed", "granted at once");
    (mother, id)
}

async fn seen(world: &World, id: &str) -> Shown {
    case::show(&mut world.read(&approver(HEALTH)), id).await.unwrap()
}

/// The one open task of the check.
async fn step(world: &World, id: &str) -> String {
    let steps = seen(world, id).await.check.unwrap().steps;
    assert_eq!(steps.len(), 1, "{steps:?}");
    steps[0].id.clone()
}

/// An account for the officer who checks, so that he can be named and told.
async fn enlist(world: &World) -> String {
    let mut ctx = world.system().await;
    let password = "long enough for the rules 9";
    let roles = ["inspector"];
    let create =
        party::account::create_officer(&mut ctx, "zhao", password, "赵核查", HEALTH, &roles);
    let account = create.await.unwrap();
    ctx.commit().await.unwrap();
    account
}

/// The check as far as the finding.
pub(super) async fn inspected(world: &World, id: &str, finding: &str) {
    let account = enlist(world).await;
    let task = step(world, id).await;
    complete(world, &reviewer(HEALTH), &task, json!({ "inspectors": [account] })).await.unwrap();
    world.drain().await;
    let checks = Actor { account, ..inspector() };
    let task = step(world, id).await;
    let answers = json!({ "verified": finding, "findings": "查看消毒间" });
    let other = complete(world, &reviewer(HEALTH), &task, answers.clone()).await;
    assert_eq!(other.unwrap_err().code, "process.not_yours", "who was not named");
    complete(world, &checks, &task, answers).await.unwrap();
    world.drain().await;
}

#[tokio::test]
async fn a_promise_kept_confirms_the_grant() {
    let world = World::new().await;
    let (mother, id) = granted(&world, true).await;
    whole(&world).await;
    let shown = seen(&world, &id).await;
    assert!(shown.examination.is_none(), "nobody examined it beforehand");
    let clock = shown.clocks.iter().find(|clock| clock.name == "check").unwrap();
    assert_eq!((clock.limit.amount, clock.stopped), (60, None), "a clock of its own");
    inspected(&world, &id, "kept").await;
    let shown = seen(&world, &id).await;
    let found = shown.check.unwrap().found.unwrap();
    assert_eq!((found.kept, found.end.as_str()), (Some(true), "承诺属实"));
    assert_eq!(shown.phase, "completed");
    assert!(shown.clocks.iter().any(|clock| clock.name == "check" && clock.stopped.is_some()));
    let told = case::show(&mut world.read(&mother), &id).await.unwrap();
    assert!(told.check.is_none(), "how it was checked stays inside");
    let kinds: Vec<&str> = told.timeline.iter().map(|one| one.kind.as_str()).collect();
    assert!(kinds.contains(&"check_begun") && kinds.contains(&"check_ended"), "{kinds:?}");
    whole(&world).await;
}

#[tokio::test]
async fn a_promise_broken_is_revoked_by_who_may_and_not_by_itself() {
    let world = World::new().await;
    let (_, id) = granted(&world, true).await;
    inspected(&world, &id, "breached").await;
    let heard = json!({ "heard": true, "proposed": "建议撤销" });
    let task = step(&world, &id).await;
    complete(&world, &approver(HEALTH), &task, heard).await.unwrap();
    world.drain().await;
    let shown = seen(&world, &id).await;
    assert_eq!(shown.phase, "completed", "nothing is revoked by a drawing");
    assert_eq!(shown.check.unwrap().found.unwrap().kept, Some(false));
    assert!(shown.clocks.iter().any(|clock| clock.name == "check" && clock.stopped.is_none()));
    whole(&world).await;
    let body = Revocation {
        reason: "承诺不实".to_owned(),
        article: "行政许可法第六十九条".to_owned(),
    };
    let low = world
        .run(&reviewer(HEALTH), async |ctx| case::revoke(ctx, &id, None, body.clone()).await)
        .await;
    assert_eq!(low.unwrap_err().kind, Kind::Denied);
    let revoke = async |ctx: &mut store::Ctx| case::revoke(ctx, &id, None, body).await;
    world.run(&approver(HEALTH), revoke).await.unwrap();
    let shown = seen(&world, &id).await;
    assert_eq!(shown.phase, "revoked");
    assert!(shown.clocks.iter().all(|clock| clock.name != "check" || clock.stopped.is_some()));
    world.drain().await;
    whole(&world).await;
}

#[tokio::test]
async fn a_grant_that_falls_takes_its_check_along() {
    let world = World::new().await;
    let (_, id) = granted(&world, true).await;
    let task = step(&world, &id).await;
    let body = Revocation {
        reason: "申请人要求".to_owned(),
        article: "行政许可法第七十条".to_owned(),
    };
    let revoke = async |ctx: &mut store::Ctx| case::revoke(ctx, &id, None, body).await;
    world.run(&approver(HEALTH), revoke).await.unwrap();
    let late = complete(&world, &reviewer(HEALTH), &task, json!({})).await;
    assert_eq!(late.unwrap_err().code, "process.task_gone");
    let check = seen(&world, &id).await.check.unwrap();
    assert_eq!((check.phase.as_str(), check.found.is_none()), ("cancelled", true));
    world.drain().await;
    whole(&world).await;
}

#[tokio::test]
async fn what_was_not_promised_is_not_checked() {
    let world = World::new().await;
    let (_, id) = granted(&world, false).await;
    assert!(seen(&world, &id).await.check.is_none());
    assert_eq!(world.count("SELECT COUNT(*) FROM process_instance").await, 0);
}

#[tokio::test]
async fn a_check_that_is_late_is_told_and_one_that_does_not_agree_is_found() {
    let world = World::new().await;
    let (_, id) = granted(&world, true).await;
    world.advance_days(64);
    world.drain().await;
    let mut ctx = world.system().await;
    let fired: Option<String> =
        ctx.scalar("SELECT fired FROM case_timer WHERE case_id = $1", vals![&id]).await.unwrap();
    assert!(fired.unwrap_or_default().contains("check_overdue"));
    let sql = "UPDATE process_instance SET phase = 'completed' WHERE subject LIKE '%#h-check'";
    ctx.execute(sql, vals![]).await.unwrap();
    let told = case::disagreements(&mut ctx).await.unwrap();
    assert_eq!((told.len(), told[0].case_id.as_str()), (1, id.as_str()));
}
