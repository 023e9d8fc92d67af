//! What was refused or withdrawn by mistake is opened again: by the head, within a limit, with clocks
//! and an examination of its own, and with the whole it belongs to.

use super::check::applied;
use super::examination::{self, INSURER};
use super::world::{HEALTH, World, approver, reviewer};
use crate::case::{self, Acceptance, Decision, Reopening, Shown, Withdrawal};
use kernel::{Actor, Kind, Result};

fn reason() -> Reopening {
    Reopening {
        reason: "复议机关认定适用依据错误".to_owned(),
        article: "行政复议法第六十四条".to_owned(),
    }
}

async fn reopen(world: &World, officer: &Actor, id: &str, revision: i64) -> Result<case::Done> {
    let act = async |ctx: &mut store::Ctx| {
        Box::pin(case::reopen(ctx, id, Some(revision), reason())).await
    };
    Box::pin(world.run(officer, act)).await
}

async fn seen(world: &World, agency: &str, id: &str) -> Shown {
    case::show(&mut world.read(&approver(agency)), id).await.unwrap()
}

async fn parent(world: &World, id: &str) -> String {
    let mut ctx = world.system().await;
    let sql = "SELECT parent_id FROM cases WHERE id = $1";
    ctx.scalar(sql, store::vals![id]).await.unwrap().unwrap()
}

fn decision(granted: bool) -> Decision {
    Decision {
        granted,
        opinion: "审查意见".to_owned(),
        reasons: if granted { "" } else { "场所不符合标准" }.to_owned(),
        article: "公共场所卫生管理条例第四条".to_owned(),
        ..Decision::default()
    }
}

async fn decide(world: &World, id: &str, granted: bool) -> case::Done {
    let act =
        async |ctx: &mut store::Ctx| Box::pin(case::decide(ctx, id, None, decision(granted))).await;
    Box::pin(world.run(&approver(HEALTH), act)).await.unwrap()
}

async fn refused(world: &World) -> (Actor, String) {
    let (mother, id) = applied(world, false).await;
    let accept = async |ctx: &mut store::Ctx| {
        Box::pin(case::accept(ctx, &id, None, Acceptance::default())).await
    };
    Box::pin(world.run(&reviewer(HEALTH), accept)).await.unwrap();
    decide(world, &id, false).await;
    world.drain().await;
    (mother, id)
}

#[tokio::test]
async fn a_wrong_refusal_is_opened_again_with_the_whole_it_belongs_to() {
    let world = World::new().await;
    let (mother, id) = refused(&world).await;
    let whole = parent(&world, &id).await;
    assert_eq!(world.phase(&whole).await, "refused");
    let standing = "SELECT COUNT(*) FROM case_standing WHERE phase = 'refused' AND count > 0";
    assert_eq!(world.count(standing).await, 2);
    world.advance_days(2);
    let shown = seen(&world, HEALTH, &id).await;
    assert!(shown.allowed.iter().any(|act| act == "reopen"));
    let first = shown.clocks.iter().find(|clock| clock.name == "promised").unwrap().started;
    let seen_by = shown.revision;

    let low = reopen(&world, &reviewer(HEALTH), &id, seen_by).await;
    assert_eq!(low.unwrap_err().kind, Kind::Denied);
    let citizen = reopen(&world, &mother, &id, seen_by).await;
    assert_eq!(citizen.unwrap_err().kind, Kind::Denied);
    let away = reopen(&world, &approver("police-410105"), &id, seen_by).await;
    assert_eq!(away.unwrap_err().kind, Kind::NotFound);
    let stale = reopen(&world, &approver(HEALTH), &id, seen_by - 1).await;
    assert_eq!(stale.unwrap_err().code, "case.stale");
    let done = reopen(&world, &approver(HEALTH), &id, seen_by).await.unwrap();
    assert_eq!(done.phase, "accepted");

    let shown = seen(&world, HEALTH, &id).await;
    let clock = shown.clocks.iter().find(|clock| clock.name == "promised").unwrap();
    assert!(clock.started > first && clock.stopped.is_none(), "a segment of its own");
    assert!(shown.decided.is_none());
    assert_eq!(world.count(standing).await, 0);
    assert_eq!(world.phase(&whole).await, "accepted");
    world.drain().await;
    let told = case::show(&mut world.read(&mother), &id).await.unwrap();
    assert!(told.timeline.iter().any(|one| one.kind == "reopened" && one.document.is_some()));
    assert!(told.documents.iter().any(|one| one.kind == "reopening_notice"));

    assert_eq!(decide(&world, &id, true).await.phase, "completed");
    world.drain().await;
    assert_eq!(world.phase(&whole).await, "completed");
    let again = seen(&world, HEALTH, &id).await.revision;
    let ended = reopen(&world, &approver(HEALTH), &id, again).await;
    assert_eq!(ended.unwrap_err().code, "case.already_decided", "a grant is revoked, not reopened");
    let mut ctx = world.system().await;
    assert_eq!(case::verify_histories(&mut ctx).await.unwrap(), None);
    party::evidence::sequence(&mut ctx).await.unwrap();
    let log = party::evidence::verify(&mut ctx).await.unwrap();
    assert!(log.ok, "{:?}", log.first_bad);
}

#[tokio::test]
async fn the_time_to_open_a_case_again_runs_out() {
    let world = World::new().await;
    let (_, id) = refused(&world).await;
    world.advance_days(64);
    let revision = seen(&world, HEALTH, &id).await.revision;
    let late = reopen(&world, &approver(HEALTH), &id, revision).await;
    assert_eq!(late.unwrap_err().code, "case.reopening_overdue");
    assert_eq!(world.phase(&id).await, "refused");
}

#[tokio::test]
async fn what_was_withdrawn_by_mistake_is_examined_anew() {
    let world = World::new().await;
    let (mother, whole, id) = examination::accepted(&world).await;
    let before = seen(&world, INSURER, &id).await.examination.unwrap().instance;
    let withdrawal = Withdrawal { reason: "点错了".to_owned() };
    world.run(&mother, async |ctx| case::withdraw(ctx, &id, None, withdrawal).await).await.unwrap();
    world.drain().await;
    assert_eq!(world.phase(&whole).await, "completed", "the other items were done");
    let revision = seen(&world, INSURER, &id).await.revision;
    reopen(&world, &approver(INSURER), &id, revision).await.unwrap();
    assert_eq!(world.phase(&whole).await, "accepted");
    let shown = seen(&world, INSURER, &id).await;
    let examined = shown.examination.unwrap();
    assert_ne!(examined.instance, before);
    assert_eq!((examined.phase.as_str(), examined.proposal.is_none()), ("active", true));
    examination::whole(&world).await;
    examination::reviewed(&world, &id, "grant").await;
    let done = examination::decide(&world, &approver(INSURER), &id, true).await.unwrap();
    assert_eq!(done.phase, "completed");
    world.drain().await;
    assert_eq!(world.phase(&whole).await, "completed");
    examination::whole(&world).await;
}
