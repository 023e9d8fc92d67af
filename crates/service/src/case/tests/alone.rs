//! Items applied for alone, each examined by a procedure of the library: told what its beginning asks
//! by the item's form, and brought to a decision.

use super::examination::whole;
use super::world::{World, approver, citizen, reviewer, staff};
use crate::bill;
use crate::case::act::Acting;
use crate::case::{self, Acceptance, Confirmation, Decision, Shown};
use flow::case::Command;
use flow::process::Variables;
use kernel::Actor;
use process::bundle::Files;
use process::instance;
use process::task;
use serde_json::{Value as Json, json};
use store::vals;

const WATER: &str = "water-410105";
const CITY: &str = "city-management-410105";
const MARKET: &str = "market-regulation-410105";

/// An application for the item alone, accepted by a reviewer of its agency; the item's case.
async fn accepted(world: &World, item: &str, agency: &str) -> (Actor, String) {
    accepted_with(world, item, agency, json!({})).await
}

/// The same, with answers to what the procedure asks at its beginning.
async fn accepted_with(world: &World, item: &str, agency: &str, begins: Json) -> (Actor, String) {
    let pack = world.env.pack.clone();
    let named = pack.item(item).unwrap().procedure.as_ref().unwrap();
    let files = Files::drawn(&pack.procedure(&named.id).unwrap()).unwrap();
    let mut ctx = world.system().await;
    process::definition::deploy_files(&mut ctx, &files).await.unwrap();
    ctx.commit().await.unwrap();
    let person = world.mother().await;
    let actor = citizen(&person);
    let done = world.submit(&actor, world.alone(item, &format!("draft-{item}"), &person)).await;
    world.drain().await;
    let id = done.items[0].id.clone();
    let procedure = serde_json::from_value(begins).unwrap();
    let body = Acceptance { procedure, ..Acceptance::default() };
    let accept = async |ctx: &mut store::Ctx| case::accept(ctx, &id, None, body).await;
    world.run(&reviewer(agency), accept).await.unwrap();
    (actor, id)
}

/// The bill of a grant is paid, which delivers it; not before. A payment that was reversed before
/// that is no payment: another bill takes its place.
async fn paid_first(world: &World, mother: &Actor, id: &str) {
    let early = world.run(&approver(CITY), async |ctx| case::issue(ctx, id, None).await).await;
    assert_eq!(early.unwrap_err().code, "case.payment_due");
    // One that has lost what it rests on waits for the head's word, and is told so.
    let lose = async |ctx: &mut store::Ctx| {
        let mut acting = Acting::load(ctx, id).await?;
        acting.apply(ctx, &Command::LoseBasis { item: "birth-certificate".to_owned() })?;
        acting.finish(ctx).await
    };
    world.run(&Actor::system("test"), lose).await.unwrap();
    let early = world.run(&approver(CITY), async |ctx| case::issue(ctx, id, None).await).await;
    assert_eq!(early.unwrap_err().code, "case.basis_lost");
    let upheld = Confirmation {
        opinion: "另有记录为据".to_owned(),
        article: "行政许可法第六十九条".to_owned(),
    };
    world
        .run(&approver(CITY), async |ctx| case::uphold(ctx, id, None, upheld).await)
        .await
        .unwrap();
    // What is unpaid is not the agency's time, by the article that charges the fee.
    let clock_still = async |pauses: usize, still: bool| {
        let clocks = seen(world, CITY, id).await.clocks;
        let clock = clocks.into_iter().find(|one| one.name == "delivery").unwrap();
        assert_eq!(clock.pauses.len(), pauses);
        let last = clock.pauses.last().unwrap();
        assert_eq!(
            (last.article.as_str(), last.to.is_none()),
            ("《城市道路管理条例》第三十七条", still)
        );
        assert_eq!((clock.due.is_none(), clock.used), (still, Some(0)));
    };
    clock_still(1, true).await;
    let due = async || {
        let bills = bill::of_case(&mut world.read(mother), id).await.unwrap();
        bills.into_iter().find(|bill| bill.state == "due").unwrap()
    };
    let pay = async |bill: bill::Bill| {
        let record = async |ctx: &mut store::Ctx| {
            bill::record(ctx, &bill.id, bill.revision, bill::How::Counter, "SK-1").await
        };
        world.run(&staff(CITY, "finance", "收费员"), record).await.unwrap()
    };
    let first = due().await;
    assert_eq!((first.amount_fen, first.waits), (60_000, true));
    world.env.clock.advance_us(30 * kernel::time::DAY_US);
    let paid = pay(first).await;
    clock_still(1, false).await;
    let reverse = async |ctx: &mut store::Ctx| {
        bill::reverse(ctx, &paid.id, paid.revision, "转账未到账").await
    };
    world.run(&staff(CITY, "finance", "复核员"), reverse).await.unwrap();
    world.drain().await;
    assert_eq!(world.phase(id).await, "granted");
    clock_still(2, true).await;
    let second = due().await;
    assert_ne!(second.number, paid.number);
    pay(second).await;
    world.drain().await;
    assert_eq!(world.phase(id).await, "completed");
    let papers = case::show(&mut world.read(mother), id).await.unwrap().documents;
    let numbered = |text: &str| papers.iter().any(|one| one.title.zh == text);
    assert!(numbered("非税收入缴款通知书") && numbered("财政电子票据"), "{papers:?}");
}

async fn seen(world: &World, agency: &str, id: &str) -> Shown {
    case::show(&mut world.read(&approver(agency)), id).await.unwrap()
}

/// What the procedure of a case was told; nothing of it names who applied.
async fn told(world: &World, agency: &str, id: &str) -> Variables {
    let instance = seen(world, agency, id).await.examination.unwrap().instance;
    let shown = instance::show(&mut world.read(&reviewer(agency)), &instance).await.unwrap();
    let all = json!([shown.variables, shown.title]).to_string();
    for named in ["顾晓宁", "410105199403161824", "15400000001"] {
        assert!(!all.contains(named), "{named}");
    }
    shown.variables
}

async fn officer(world: &World, agency: &str, login: &str, role: &str) -> Actor {
    let mut ctx = world.system().await;
    let password = "long enough for the rules 9";
    let roles = [role];
    let create = party::account::create_officer(&mut ctx, login, password, login, agency, &roles);
    let account = create.await.unwrap();
    ctx.commit().await.unwrap();
    Actor { account, ..staff(agency, role, login) }
}

/// The open task of the examination that this officer may do, by the name of its step.
async fn step(world: &World, officer: &Actor, id: &str, node: &str) -> String {
    let instance = seen(world, &officer.agency, id).await.examination.unwrap().instance;
    let mut ctx = world.system().await;
    let sql = "SELECT id FROM process_task WHERE instance_id = $1 AND node = $2 AND closed_us = 0
         AND (assignee = '' OR assignee = $3) ORDER BY id LIMIT 1";
    let found: Option<String> =
        ctx.scalar(sql, vals![&instance, node, &officer.account]).await.unwrap();
    found.unwrap_or_else(|| panic!("{node} is not open for {}", officer.name))
}

async fn complete(world: &World, officer: &Actor, id: &str, node: &str, answers: Json) {
    let task = step(world, officer, id, node).await;
    let answers: Variables = serde_json::from_value(answers).unwrap();
    let done = world
        .run(officer, async |ctx| task::complete(ctx, &task, None, "已核对", answers).await)
        .await;
    done.unwrap();
    world.drain().await;
}

async fn decide(world: &World, agency: &str, id: &str, granted: bool) -> case::Done {
    let body = Decision {
        granted,
        opinion: "同意审查意见".to_owned(),
        reasons: if granted { "" } else { "不符合规划" }.to_owned(),
        article: "行政许可法第三十八条".to_owned(),
        ..Decision::default()
    };
    let decide = async |ctx: &mut store::Ctx| Box::pin(case::decide(ctx, id, None, body)).await;
    Box::pin(world.run(&approver(agency), decide)).await.unwrap()
}

async fn proposal(world: &World, agency: &str, id: &str) -> Option<bool> {
    seen(world, agency, id).await.examination.unwrap().proposal.unwrap().granted
}

#[tokio::test]
async fn a_joint_review_proposes_what_it_came_to() {
    let world = World::new().await;
    for granted in [true, false] {
        let world = if granted { &world } else { &World::new().await };
        let asked = json!({ "subjects": ["planning"] });
        let begins = if granted { asked.clone() } else { json!({}) };
        let (mother, id) = accepted_with(world, "outdoor-advertising", CITY, begins).await;
        let variables = told(world, CITY, &id).await;
        assert_eq!(variables["project"], "书院街商场外墙电子屏");
        assert_eq!(variables["applicant"], "郑州小满传媒有限公司");
        let clerk = staff(CITY, "clerk", "张窗口");
        if !granted {
            // Whom to ask was not said with the acceptance: it is settled first, not accepted again.
            complete(world, &clerk, &id, "choose", asked).await;
        }
        let view = if granted { "agree" } else { "object" };
        let view = json!({ "planning": view, "planning_reason": "对照规划" });
        complete(world, &reviewer(CITY), &id, "planning", view).await;
        if !granted {
            let said = json!({ "conferred": "维持规划意见" });
            complete(world, &approver(CITY), &id, "confer", said).await;
        }
        let said = json!({ "granted": granted, "decision_reason": "综合各方意见" });
        complete(world, &approver(CITY), &id, "decide", said).await;
        complete(world, &clerk, &id, "deliver", json!({ "result_number": "JR-1" })).await;
        assert_eq!(proposal(world, CITY, &id).await, Some(granted));
        whole(world).await;
        let done = decide(world, CITY, &id, granted).await;
        // What the use of the road costs is paid before the decision is delivered.
        assert_eq!(done.phase, if granted { "granted" } else { "refused" });
        world.drain().await;
        if granted {
            paid_first(world, &mother, &id).await;
        }
        let shown = case::show(&mut world.read(&mother), &id).await.unwrap();
        assert!(shown.examination.is_none() && !shown.documents.is_empty());
        whole(world).await;
    }
}

#[tokio::test]
async fn experts_pass_a_report_and_the_permit_is_in_the_wallet() {
    let world = World::new().await;
    let (mother, id) = accepted(&world, "water-abstraction", WATER).await;
    let variables = told(&world, WATER, &id).await;
    assert_eq!(
        (&variables["subject"], &variables["kind"]),
        (&json!("小满食品厂取水工程"), &json!("plan"))
    );
    let mut experts = Vec::new();
    for login in ["expert-a", "expert-b", "expert-c"] {
        experts.push(officer(&world, WATER, login, "reviewer").await);
    }
    let accounts: Vec<&str> = experts.iter().map(|one| one.account.as_str()).collect();
    let drawn = json!({ "experts": accounts, "draw_seed": "seed-1" });
    complete(&world, &staff(WATER, "clerk", "张窗口"), &id, "draw", drawn).await;
    for expert in &experts {
        let marked = json!({ "mark": 90, "interest": true, "opinion": "论证充分" });
        complete(&world, expert, &id, "mark", marked).await;
    }
    let said = json!({ "summary": "一致通过" });
    complete(&world, &reviewer(WATER), &id, "conclude", said).await;
    assert_eq!(proposal(&world, WATER, &id).await, Some(true));
    let done = decide(&world, WATER, &id, true).await;
    assert_eq!(done.phase, "completed");
    assert!(done.licence.starts_with("1.2.156.3005.2."), "{}", done.licence);
    world.drain().await;
    let shown = case::show(&mut world.read(&mother), &id).await.unwrap();
    assert_eq!(shown.licences.len(), 1);
    let mut ctx = world.read(&mother);
    let sql = "SELECT holder FROM licence WHERE case_id = $1";
    let holder: Option<String> = ctx.scalar(sql, vals![&id]).await.unwrap();
    assert_eq!(holder, Some(mother.party.clone()), "who applied holds it");
    whole(&world).await;
}

#[tokio::test]
async fn two_officers_look_on_the_spot_before_a_pharmacy_is_licensed() {
    let world = World::new().await;
    let (_, id) = accepted(&world, "drug-retail", MARKET).await;
    let variables = told(&world, MARKET, &id).await;
    assert_eq!(variables["place"], "书院街31号");
    assert_eq!(variables["applicant"], "金水区书院街演示大药房");
    let one = officer(&world, MARKET, "survey-a", "inspector").await;
    let other = officer(&world, MARKET, "survey-b", "inspector").await;
    let named = json!({ "surveyors": [one.account, other.account], "survey_on": "2026-09-16" });
    complete(&world, &reviewer(MARKET), &id, "assign", named).await;
    world.advance_days(1);
    world.drain().await;
    let ad_hoc = step(&world, &one, &id, "survey").await;
    let begin =
        async |ctx: &mut store::Ctx| task::start_activity(ctx, &ad_hoc, None, "photographs").await;
    world.run(&one, begin).await.unwrap();
    complete(&world, &one, &id, "photographs", json!({ "photographs": 6 })).await;
    let finish = async |ctx: &mut store::Ctx| task::finish_activities(ctx, &ad_hoc, None).await;
    world.run(&one, finish).await.unwrap();
    for officer in [&one, &other] {
        complete(&world, officer, &id, "conclude", json!({ "conclusion": "meets" })).await;
    }
    let clerk = staff(MARKET, "clerk", "张窗口");
    complete(&world, &clerk, &id, "close", json!({ "opinion_number": "KC-1" })).await;
    assert_eq!(proposal(&world, MARKET, &id).await, Some(true));
    let done = decide(&world, MARKET, &id, true).await;
    assert_eq!(done.phase, "completed");
    whole(&world).await;
}
