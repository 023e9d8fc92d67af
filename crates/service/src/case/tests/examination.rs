//! A case whose item names a procedure: begun with the acceptance, stopped and ended with the case,
//! and what it proposes.

use super::world::{HEALTH, World, approver, reviewer, staff};
use crate::case::{
    self, Acceptance, Decision, HandOver, Resumption, Shown, Suspension, Withdrawal,
};
use flow::process::Variables;
use kernel::{Actor, Kind, Result};
use process::bundle::Files;
use process::instance::{self, New};
use process::task;
use serde_json::{Value as Json, json};
use store::vals;

/// Who pays back the costs of delivery.
pub(super) const INSURER: &str = "healthcare-security-410105";
const PROCEDURE: &str = "two-step-review";

/// The procedure as the packs have it, with a text of its drawing changed.
pub(super) async fn deploy(world: &World, from: &str, to: &str) {
    let pack = world.env.pack.clone();
    let drawn = pack.procedure(PROCEDURE).unwrap();
    let diagram = String::from_utf8(drawn.diagram.to_vec()).unwrap().replace(from, to);
    let files = Files::drawn(&drawn).unwrap().with("procedure.bpmn", diagram.as_bytes());
    let mut ctx = world.system().await;
    process::definition::deploy_files(&mut ctx, &files).await.unwrap();
    ctx.commit().await.unwrap();
}

/// An application with paper receipts, which no rule decides on; who applied, the whole, and the
/// case of the reimbursement.
async fn referred(world: &World) -> (Actor, String, String) {
    deploy(world, "", "").await;
    let (mother, mut new) = world.application("draft-1").await;
    new.answers.insert("has_paper_receipts".to_owned(), Json::from("yes"));
    let done = world.submit(&mother, new).await;
    world.drain().await;
    let item = done.items.iter().find(|one| one.item == "maternity-reimbursement").unwrap();
    assert_eq!(world.phase(&item.id).await, "submitted");
    (mother, done.id, item.id.clone())
}

pub(super) async fn accepted(world: &World) -> (Actor, String, String) {
    let (mother, whole, id) = referred(world).await;
    let officer = reviewer(INSURER);
    accept(world, &officer, &id).await.unwrap();
    (mother, whole, id)
}

async fn accept(world: &World, officer: &Actor, id: &str) -> Result<case::Done> {
    world.run(officer, async |ctx| case::accept(ctx, id, None, Acceptance::default()).await).await
}

async fn seen(world: &World, id: &str) -> Shown {
    case::show(&mut world.read(&approver(INSURER)), id).await.unwrap()
}

async fn step(world: &World, id: &str) -> String {
    let shown = seen(world, id).await;
    let steps = shown.examination.unwrap().steps;
    assert_eq!(steps.len(), 1);
    steps[0].id.clone()
}

/// Completes a task with an opinion.
pub(super) async fn complete(
    world: &World,
    officer: &Actor,
    task: &str,
    answers: Json,
) -> Result<()> {
    let answers: Variables = serde_json::from_value(answers).unwrap();
    let opinion = "票据与系统金额一致";
    let done = world
        .run(officer, async |ctx| task::complete(ctx, task, None, opinion, answers).await)
        .await;
    done.map(|_| ())
}

fn first(view: &str) -> Json {
    json!({ "first": view, "checked": "票据三张" })
}

fn second(conclusion: &str) -> Json {
    json!({ "conclusion": conclusion })
}

/// Both reviews, and the case told of it.
pub(super) async fn reviewed(world: &World, id: &str, conclusion: &str) {
    let task = step(world, id).await;
    complete(world, &reviewer(INSURER), &task, first(conclusion)).await.unwrap();
    let task = step(world, id).await;
    complete(world, &approver(INSURER), &task, second(conclusion)).await.unwrap();
    world.drain().await;
}

fn decision(granted: bool) -> Decision {
    let reasons = if granted { "" } else { "票据不是本次住院的" };
    Decision {
        granted,
        opinion: "同意复核意见".to_owned(),
        reasons: reasons.to_owned(),
        article: "社会保险法第五十四条".to_owned(),
        ..Decision::default()
    }
}

pub(super) async fn decide(
    world: &World,
    officer: &Actor,
    id: &str,
    granted: bool,
) -> Result<case::Done> {
    let decision = decision(granted);
    world.run(officer, async |ctx| case::decide(ctx, id, None, decision).await).await
}

fn phase(shown: &Shown) -> &str {
    &shown.examination.as_ref().unwrap().phase
}

/// Cases, procedures and evidence tell the same.
pub(super) async fn whole(world: &World) {
    let mut ctx = world.system().await;
    assert_eq!(case::disagreements(&mut ctx).await.unwrap(), Vec::new());
    assert_eq!(case::verify_histories(&mut ctx).await.unwrap(), None);
    let report = process::fsck::check(&mut ctx).await.unwrap();
    assert_eq!((report.instances > 0, report.faults), (true, Vec::new()));
    party::evidence::sequence(&mut ctx).await.unwrap();
    let log = party::evidence::verify(&mut ctx).await.unwrap();
    assert!(log.ok, "{:?}", log.first_bad);
}

#[tokio::test]
async fn a_person_decides_after_both_reviews() {
    let world = World::new().await;
    let (mother, parent, id) = accepted(&world).await;
    whole(&world).await;
    let shown = seen(&world, &id).await;
    assert_eq!((phase(&shown), shown.allowed.iter().any(|act| act == "decide")), ("active", false));
    let early = decide(&world, &approver(INSURER), &id, true).await;
    assert_eq!(early.unwrap_err().code, "case.procedure_open");

    let task = step(&world, &id).await;
    let other = complete(&world, &approver(HEALTH), &task, first("grant")).await;
    assert_eq!(other.unwrap_err().kind, Kind::NotFound, "another agency's task");
    let above = complete(&world, &approver(INSURER), &task, first("grant")).await;
    assert_eq!(above.unwrap_err().code, "process.not_offered");
    let citizen = complete(&world, &mother, &task, first("grant")).await;
    assert_eq!(citizen.unwrap_err().kind, Kind::Denied);
    let empty = complete(&world, &reviewer(INSURER), &task, json!({})).await;
    assert_eq!(empty.unwrap_err().code, "process.answers");

    reviewed(&world, &id, "grant").await;
    let shown = seen(&world, &id).await;
    let proposal = shown.examination.clone().unwrap().proposal.unwrap();
    assert_eq!((proposal.granted, proposal.end.as_str()), (Some(true), "建议准予"));
    assert_eq!(proposal.opinion, "票据与系统金额一致");
    let said: Vec<&str> = (shown.timeline.iter())
        .filter(|one| one.kind == "examined")
        .map(|one| one.actor.as_str())
        .collect();
    assert_eq!(said, ["李审查", "王审批"]);
    assert_eq!(phase(&shown), "completed");
    let low = decide(&world, &reviewer(INSURER), &id, true).await;
    assert_eq!(low.unwrap_err().kind, Kind::Denied, "who reviews does not decide");
    let done = decide(&world, &approver(INSURER), &id, true).await.unwrap();
    assert_eq!(done.phase, "completed");
    assert!(done.licence.starts_with("1.2.156.3005.2."));
    let again = decide(&world, &approver(INSURER), &id, false).await;
    assert_eq!(again.unwrap_err().code, "case.already_decided");
    world.drain().await;
    let told = case::show(&mut world.read(&mother), &id).await.unwrap();
    assert!(told.examination.is_none(), "how it was examined stays inside");
    let inside = ["procedure_begun", "procedure_ended", "examined"];
    assert!(told.timeline.iter().all(|one| !inside.contains(&one.kind.as_str())));
    assert_eq!(world.phase(&parent).await, "completed");
    whole(&world).await;
}

#[tokio::test]
async fn a_procedure_is_told_what_it_needs_and_no_names() {
    let world = World::new().await;
    let (_, _, id) = accepted(&world).await;
    let instance = seen(&world, &id).await.examination.unwrap().instance;
    let mut ctx = world.read(&reviewer(INSURER));
    let told = instance::show(&mut ctx, &instance).await.unwrap();
    let mut names: Vec<&str> = told.variables.keys().map(String::as_str).collect();
    let mut wanted = pack::item::PROCEDURE_VARIABLES.to_vec();
    names.sort_unstable();
    wanted.sort_unstable();
    assert_eq!(names, wanted);
    assert_eq!(told.variables["unmet"], json!(["no-paper"]));
    assert_eq!((&told.variables["referred"], told.agency.as_str()), (&json!(true), INSURER));
    let all = json!([told.variables, told.title]).to_string();
    for named in ["顾晓宁", "沈", "410105199403161824", "15400000001"] {
        assert!(!all.contains(named), "{named}");
    }
}

#[tokio::test]
async fn what_is_proposed_binds_nobody() {
    let world = World::new().await;
    let (_, _, id) = accepted(&world).await;
    let task = step(&world, &id).await;
    complete(&world, &reviewer(INSURER), &task, first("grant")).await.unwrap();
    let task = step(&world, &id).await;
    complete(&world, &approver(INSURER), &task, second("again")).await.unwrap();
    world.drain().await;
    assert!(seen(&world, &id).await.examination.unwrap().proposal.is_none());
    reviewed(&world, &id, "refuse").await;
    let proposal = seen(&world, &id).await.examination.unwrap().proposal.unwrap();
    assert_eq!(proposal.granted, Some(false));
    let done = decide(&world, &approver(INSURER), &id, true).await.unwrap();
    assert_eq!(done.phase, "completed");
    whole(&world).await;
}

#[tokio::test]
async fn a_procedure_stands_still_and_goes_on_with_its_case() {
    let world = World::new().await;
    let (_, _, id) = accepted(&world).await;
    let task = step(&world, &id).await;
    let suspension = Suspension {
        procedure: "cost-check".to_owned(),
        article: String::new(),
        needed: "十日".to_owned(),
    };
    let officer = approver(INSURER);
    world.run(&officer, async |ctx| case::suspend(ctx, &id, None, suspension).await).await.unwrap();
    assert_eq!(phase(&seen(&world, &id).await), "suspended");
    whole(&world).await;
    let stopped = complete(&world, &reviewer(INSURER), &task, first("grant")).await;
    assert_eq!(stopped.unwrap_err().code, "process.suspended");
    world.advance_days(3);
    let found = Resumption { result: "费用属实".to_owned() };
    world.run(&officer, async |ctx| case::resume(ctx, &id, None, found).await).await.unwrap();
    assert_eq!(phase(&seen(&world, &id).await), "active");
    reviewed(&world, &id, "grant").await;
    whole(&world).await;
}

#[tokio::test]
async fn a_case_that_ends_takes_its_procedure_with_it() {
    let world = World::new().await;
    let (mother, parent, id) = accepted(&world).await;
    let task = step(&world, &id).await;
    let withdrawal = Withdrawal { reason: "已在医院结算".to_owned() };
    world.run(&mother, async |ctx| case::withdraw(ctx, &id, None, withdrawal).await).await.unwrap();
    let shown = seen(&world, &id).await;
    assert_eq!(phase(&shown), "cancelled");
    assert!(shown.examination.unwrap().steps.is_empty());
    let late = complete(&world, &reviewer(INSURER), &task, first("grant")).await;
    assert_eq!(late.unwrap_err().code, "process.task_gone");
    world.drain().await;
    assert_eq!(world.phase(&id).await, "withdrawn");
    assert_eq!(world.phase(&parent).await, "completed");
    whole(&world).await;
}

#[tokio::test]
async fn acceptance_that_falls_ends_the_examination() {
    let world = World::new().await;
    let (_, _, id) = referred(&world).await;
    let body = Acceptance {
        tolerated: vec!["discharge-summary".to_owned()],
        promise: "十五日内补交".to_owned(),
        ..Acceptance::default()
    };
    let officer = reviewer(INSURER);
    world.run(&officer, async |ctx| case::accept(ctx, &id, None, body).await).await.unwrap();
    let instance = seen(&world, &id).await.examination.unwrap().instance;
    let told = instance::show(&mut world.read(&officer), &instance).await.unwrap();
    assert_eq!(told.variables["tolerated"], json!(["discharge-summary"]));
    world.advance_days(40);
    world.drain().await;
    assert_eq!(world.phase(&id).await, "not_accepted");
    assert_eq!(phase(&seen(&world, &id).await), "cancelled");
    whole(&world).await;
}

#[tokio::test]
async fn silence_accepts_and_begins_the_procedure_too() {
    let world = World::new().await;
    let (_, _, id) = referred(&world).await;
    world.advance_days(12);
    world.drain().await;
    let shown = seen(&world, &id).await;
    assert_eq!((shown.phase.as_str(), phase(&shown)), ("accepted", "active"));
    reviewed(&world, &id, "grant").await;
    decide(&world, &approver(INSURER), &id, true).await.unwrap();
    whole(&world).await;
}

#[tokio::test]
async fn a_version_deployed_meanwhile_is_for_the_next_case() {
    let world = World::new().await;
    let (_, _, id) = accepted(&world).await;
    deploy(&world, "end_agreed", "end_well").await;
    reviewed(&world, &id, "grant").await;
    let examination = seen(&world, &id).await.examination.unwrap();
    assert_eq!((examination.version, examination.proposal.unwrap().granted), (1, Some(true)));
    decide(&world, &approver(INSURER), &id, true).await.unwrap();

    let (mother, mut new) = world.application("draft-2").await;
    new.answers.insert("has_paper_receipts".to_owned(), Json::from("yes"));
    new.items = vec!["maternity-reimbursement".to_owned()];
    new.one_thing.clear();
    let done = world.submit(&mother, new).await;
    world.drain().await;
    let next = done.items[0].id.clone();
    accept(&world, &reviewer(INSURER), &next).await.unwrap();
    reviewed(&world, &next, "grant").await;
    let examination = seen(&world, &next).await.examination.unwrap();
    assert_eq!(examination.version, 2);
    let granted = examination.proposal.unwrap().granted;
    assert_eq!(granted, None, "an end that the item does not know proposes nothing");
    // The same birth is settled once.
    let again = decide(&world, &approver(INSURER), &next, true).await;
    assert_eq!(again.unwrap_err().code, "case.granted_already");
    decide(&world, &approver(INSURER), &next, false).await.unwrap();
    whole(&world).await;
}

#[tokio::test]
async fn only_the_case_stops_and_ends_its_procedure() {
    let world = World::new().await;
    let (_, _, id) = accepted(&world).await;
    let instance = seen(&world, &id).await.examination.unwrap().instance;
    let (head, began) = (approver(INSURER), reviewer(INSURER));
    let held = "process.held_by_matter";
    let reason = "理由";
    let one =
        world.run(&head, async |ctx| instance::suspend(ctx, &instance, None, reason).await).await;
    assert_eq!(one.unwrap_err().code, held);
    let one =
        world.run(&head, async |ctx| instance::cancel(ctx, &instance, None, reason).await).await;
    assert_eq!(one.unwrap_err().code, held);
    let one =
        world.run(&began, async |ctx| instance::withdraw(ctx, &instance, None, reason).await).await;
    assert_eq!(one.unwrap_err().code, held);
    reviewed(&world, &id, "grant").await;
    let one = world
        .run(&head, async |ctx| {
            instance::reactivate(ctx, &instance, None, "first_review", reason).await
        })
        .await;
    assert_eq!(one.unwrap_err().code, held);
    let new = New {
        process: PROCEDURE.to_owned(),
        subject: format!("@/workbench/cases/{id}"),
        variables: [("number".to_owned(), Json::from("1"))].into(),
        ..New::default()
    };
    let posed = world.run(&began, async |ctx| instance::start(ctx, new).await).await;
    assert_eq!(posed.unwrap_err().code, "process.subject");
    whole(&world).await;
}

#[tokio::test]
async fn an_end_that_is_not_heard_of_is_found() {
    let world = World::new().await;
    let (_, _, id) = accepted(&world).await;
    let task = step(&world, &id).await;
    complete(&world, &reviewer(INSURER), &task, first("grant")).await.unwrap();
    let task = step(&world, &id).await;
    complete(&world, &approver(INSURER), &task, second("grant")).await.unwrap();
    // Killed here: what is owed is a job of the transaction that ended it.
    whole(&world).await;
    let early = decide(&world, &approver(INSURER), &id, true).await;
    assert_eq!(early.unwrap_err().code, "case.procedure_open");
    let mut ctx = world.system().await;
    let sql = "DELETE FROM job WHERE name = 'service.case_examined'";
    assert_eq!(ctx.execute(sql, vals![]).await.unwrap(), 1);
    let apart = case::disagreements(&mut ctx).await.unwrap();
    assert_eq!((apart.len(), &apart[0].case_id), (1, &id));
    drop(ctx);
    world.drain().await;
    assert!(seen(&world, &id).await.examination.unwrap().proposal.is_some());
    whole(&world).await;
    // Told again, nothing happens.
    let revision = seen(&world, &id).await.revision;
    let instance = seen(&world, &id).await.examination.unwrap().instance;
    let mut ctx = world.system().await;
    let payload = json!({ "instance": instance, "subject": format!("@/workbench/cases/{id}"),
        "completed": true });
    ctx.emit("process.matter_ended", &payload).await.unwrap();
    ctx.commit().await.unwrap();
    world.drain().await;
    assert_eq!(seen(&world, &id).await.revision, revision);
}

#[tokio::test]
async fn a_case_handed_over_takes_the_tasks_in_hand_along() {
    let world = World::new().await;
    let (_, _, id) = accepted(&world).await;
    let task = step(&world, &id).await;
    let officer = reviewer(INSURER);
    world.run(&officer, async |ctx| task::claim(ctx, &task, None).await).await.unwrap();
    world.run(&officer, async |ctx| case::claim(ctx, &id, None).await).await.unwrap();
    let mut ctx = world.system().await;
    let password = "long enough for the rules 9";
    let roles = ["reviewer"];
    let other =
        party::account::create_officer(&mut ctx, "zhou", password, "周复核", INSURER, &roles)
            .await
            .unwrap();
    ctx.commit().await.unwrap();
    let body = HandOver { to: other.clone(), reason: "休假".to_owned() };
    world.run(&officer, async |ctx| case::hand_over(ctx, &id, None, body).await).await.unwrap();
    let gone = complete(&world, &officer, &task, first("grant")).await;
    assert_eq!(gone.unwrap_err().code, "process.not_yours");
    let next = Actor { account: other, ..staff(INSURER, "reviewer", "周复核") };
    complete(&world, &next, &task, first("grant")).await.unwrap();
    whole(&world).await;
}

#[tokio::test]
async fn a_rule_that_grants_begins_no_procedure() {
    let world = World::new().await;
    let (mother, new) = world.application("draft-1").await;
    let done = world.submit(&mother, new).await;
    world.drain().await;
    assert_eq!(world.phase(&done.id).await, "completed");
    assert_eq!(world.count("SELECT COUNT(*) FROM process_instance").await, 0);
}

#[tokio::test]
async fn of_two_who_decide_at_once_one_does() {
    let world = World::new().await;
    let (_, _, id) = accepted(&world).await;
    reviewed(&world, &id, "grant").await;
    let revision = Some(seen(&world, &id).await.revision);
    let one = approver(INSURER);
    let two = staff(INSURER, "approver", "钱审批");
    let by = async |officer: &Actor, granted: bool| {
        let decision = decision(granted);
        world.run(officer, async |ctx| case::decide(ctx, &id, revision, decision).await).await
    };
    let (first, second) = tokio::join!(by(&one, true), by(&two, false));
    let codes: Vec<&str> =
        [&first, &second].iter().filter_map(|done| done.as_ref().err().map(|e| e.code)).collect();
    assert_eq!(codes.len(), 1, "{codes:?}");
    assert!(["case.stale", "store.busy", "case.already_decided"].contains(&codes[0]), "{codes:?}");
    whole(&world).await;
}
