//! A later check that ended without a finding is confirmed by hand, by the head alone.

use super::check::{granted, inspected};
use super::examination::whole;
use super::rest::{NOT_OFFICERS, act, done, problem, refused};
use super::world::{HEALTH, World, approver, citizen, staff};
use crate::case::{self, Confirmation, REVOKE};
use crate::tests::world::Office;
use kernel::Kind;
use process::bundle::Files;
use serde_json::json;

/// Granted on a promise, and its check ended from outside without coming to any of its ends.
async fn left_open(world: &World) -> String {
    let (_, id) = granted(world, true).await;
    world.drain().await;
    id
}

/// Ends the instance that checks, as an engine does that can go no further.
async fn end(world: &World, id: &str) {
    let shown = case::show(&mut world.read(&approver(HEALTH)), id).await.unwrap();
    let instance = shown.check.unwrap().instance;
    let cancel = async |ctx: &mut store::Ctx| {
        process::instance::owned::cancel(ctx, &instance, "核查对象已迁出").await
    };
    world.run(&kernel::Actor::system("test"), cancel).await.unwrap();
    world.drain().await;
}

/// As [`left_open`] and [`end`], at the office.
async fn left_open_at(office: &Office) -> String {
    let world = office.installation();
    let files = Files::drawn(&world.env.pack.procedure("promise-check").unwrap()).unwrap();
    let mut ctx = world.system().await;
    process::definition::deploy_files(&mut ctx, &files).await.unwrap();
    ctx.commit().await.unwrap();
    let person = world.mother().await;
    let new = world.alone("hygiene-permit", "draft-1", &person);
    let id = world.submit(&citizen(&person), new).await.items[0].id.clone();
    office.drain().await;
    let body = json!({ "granted": true, "opinion": "凭承诺准予", "article": "公共场所卫生管理条例第四条" });
    for one in [act(&id, "acceptance", json!({})), act(&id, "decision", body)] {
        assert_eq!(one.send(office, "approver").await.0.as_u16(), 200, "{}", one.noun);
    }
    office.drain().await;
    let shown = case::show(&mut office.read("approver"), &id).await.unwrap();
    let instance = shown.check.unwrap().instance;
    let mut ctx = world.system().await;
    process::instance::owned::cancel(&mut ctx, &instance, "核查对象已迁出").await.unwrap();
    ctx.commit().await.unwrap();
    office.drain().await;
    id
}

fn body() -> Confirmation {
    Confirmation {
        opinion: "书面材料复核属实".to_owned(),
        article: "行政许可法第六十一条".to_owned(),
    }
}

#[tokio::test]
async fn the_head_confirms_what_a_check_left_open() {
    let world = World::new().await;
    let id = left_open(&world).await;
    let confirm = async |ctx: &mut store::Ctx| case::confirm_check(ctx, &id, None, body()).await;
    let early = world.run(&approver(HEALTH), confirm).await;
    assert_eq!(early.unwrap_err().code, "case.check_found", "it goes on");
    end(&world, &id).await;
    let shown = case::show(&mut world.read(&approver(HEALTH)), &id).await.unwrap();
    let found = shown.check.unwrap().found.unwrap();
    assert_eq!((found.kept, found.by_hand), (None, false));
    assert!(shown.clocks.iter().any(|clock| clock.name == "check" && clock.stopped.is_none()));
    assert!(shown.allowed.iter().any(|act| act == "confirm_check"));
    for (officer, kind) in [
        (staff(HEALTH, "reviewer", "李审查"), Kind::Denied),
        (staff(HEALTH, "inspector", "赵核查"), Kind::Denied),
        (approver("police-410105"), Kind::NotFound),
    ] {
        let confirm =
            async |ctx: &mut store::Ctx| case::confirm_check(ctx, &id, None, body()).await;
        assert_eq!(world.run(&officer, confirm).await.unwrap_err().kind, kind, "{}", officer.name);
    }
    let confirm = async |ctx: &mut store::Ctx| case::confirm_check(ctx, &id, None, body()).await;
    world.run(&approver(HEALTH), confirm).await.unwrap();
    let shown = case::show(&mut world.read(&approver(HEALTH)), &id).await.unwrap();
    let found = shown.check.clone().unwrap().found.unwrap();
    assert_eq!((found.kept, found.by_hand), (Some(true), true));
    assert!(shown.clocks.iter().all(|clock| clock.name != "check" || clock.stopped.is_some()));
    assert!(shown.timeline.iter().any(|one| one.kind == "check_confirmed"));
    assert!(!shown.allowed.iter().any(|act| act == "confirm_check"), "once");
    world.drain().await;
    whole(&world).await;
}

#[tokio::test]
async fn what_a_check_found_is_not_confirmed_by_hand() {
    let world = World::new().await;
    let id = left_open(&world).await;
    inspected(&world, &id, "kept").await;
    let confirm = async |ctx: &mut store::Ctx| case::confirm_check(ctx, &id, None, body()).await;
    let late = world.run(&approver(HEALTH), confirm).await;
    assert_eq!(late.unwrap_err().code, "case.check_found");
}

#[tokio::test]
async fn the_routes_of_the_confirmation_refuse_every_role_without_the_permission() {
    let office = Office::new().await;
    let id = left_open_at(&office).await;
    let body = json!({ "opinion": "书面材料复核属实", "article": "行政许可法第六十一条" });
    let confirm = act(&id, "check-confirmation", body);
    refused(&office, &confirm, &NOT_OFFICERS).await;
    let pack = office.env().pack.clone();
    let page = format!("/workbench/cases/{id}/confirm_check");
    for role in pack.roles().filter(|role| !["citizen", "system"].contains(&role.id.as_str())) {
        if role.permissions.iter().any(|one| one == REVOKE) {
            continue;
        }
        office.admit(&role.id, staff(HEALTH, &role.id, &role.id));
        problem(&confirm.send(&office, &role.id).await, 403, "denied");
        let form = [("words", "属实"), ("article", "行政许可法第六十一条")];
        assert_eq!(office.post(&role.id, &page, &form).await.status.as_u16(), 403, "{}", role.id);
    }
    let shown = office.page("approver", &format!("/workbench/cases/{id}")).await;
    assert!(shown.contains("确认准予有效") && shown.contains(&page));
    done(&office, "approver", &confirm, "completed").await;
    let shown = office.page("approver", &format!("/workbench/cases/{id}")).await;
    assert!(shown.contains("由机关负责人确认") && !shown.contains(&page));
}
