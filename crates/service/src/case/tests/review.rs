//! An officer's work on a case.

use super::world::{HEALTH, World, approver, citizen, reviewer, staff};
use crate::case::{
    self, Acceptance, Correction, CorrectionNotice, Decision, Extension, RefusalOfAcceptance,
    Resumption, Revocation, Suspension, Withdrawal,
};
use kernel::Kind;
use serde_json::Value as Json;

const MOTHER: &str = "410105199403161824";

fn refusal() -> Decision {
    Decision {
        granted: false,
        opinion: "不符合条件".to_owned(),
        reasons: "出生信息无法核实".to_owned(),
        article: "母婴保健法第二十三条".to_owned(),
        remedies: String::new(),
    }
}

#[tokio::test]
async fn a_stale_page_is_refused() {
    let world = World::new().await;
    let (_, _, birth) = world.referred("draft-1").await;
    let officer = approver(HEALTH);
    let seen = case::show(&mut world.read(&officer), &birth).await.unwrap().revision;
    world.run(&officer, async |ctx| case::claim(ctx, &birth, Some(seen)).await).await.unwrap();
    let stale = world
        .run(&officer, async |ctx| {
            case::accept(ctx, &birth, Some(seen), Acceptance::default()).await
        })
        .await;
    assert_eq!(stale.unwrap_err().code, "case.stale");
    assert_eq!(world.phase(&birth).await, "submitted");
}

#[tokio::test]
async fn a_refusal_ends_what_depended_on_it_and_names_the_remedies() {
    let world = World::new().await;
    let (mother, done, birth) = world.referred("draft-1").await;
    let officer = approver(HEALTH);
    world
        .run(&officer, async |ctx| case::accept(ctx, &birth, None, Acceptance::default()).await)
        .await
        .unwrap();
    world
        .run(&officer, async |ctx| case::decide(ctx, &birth, None, refusal()).await)
        .await
        .unwrap();
    world.drain().await;
    assert_eq!(world.phase(&birth).await, "refused");
    for item in done.items.iter().filter(|item| item.id != birth) {
        assert_eq!(world.phase(&item.id).await, "terminated", "{}", item.item);
    }
    let shown = case::show(&mut world.read(&mother), &done.id).await.unwrap();
    assert_eq!(shown.phase, "refused");
    assert!(shown.allowed.is_empty());
    let again = world
        .run(&mother, async |ctx| case::withdraw(ctx, &done.id, None, Withdrawal::default()).await)
        .await;
    assert_eq!(again.unwrap_err().code, "case.already_decided");
    let decision = shown.timeline.iter().find(|one| one.kind == "decided").unwrap();
    assert_eq!(decision.text, "出生信息无法核实");
    assert!(decision.document.is_some());
}

#[tokio::test]
async fn correction_is_asked_once_and_mends_only_what_was_asked() {
    let world = World::new().await;
    let (mother, done, birth) = world.referred("draft-1").await;
    let officer = reviewer(HEALTH);
    let notice = |fields: &[&str]| CorrectionNotice {
        fields: fields.iter().map(|field| (*field).to_owned()).collect(),
        materials: Vec::new(),
        note: "姓名有误".to_owned(),
    };
    let unknown = world
        .run(&officer, async |ctx| {
            case::ask_correction(ctx, &birth, None, notice(&["card_bank"])).await
        })
        .await;
    assert_eq!(unknown.unwrap_err().code, "case.correction_unknown");
    world
        .run(&officer, async |ctx| {
            case::ask_correction(ctx, &birth, None, notice(&["child_name"])).await
        })
        .await
        .unwrap();
    let shown = case::show(&mut world.read(&mother), &done.id).await.unwrap();
    assert_eq!(shown.phase, "correcting");
    assert_eq!(shown.asked[0].fields[0].id, "child_name");
    let field = shown.answers.iter().find(|one| one.field == "child_name").unwrap();
    assert_eq!(field.raw, Some(Json::from("沈安禾")));
    let beyond = Correction {
        answers: [("mother_name".to_owned(), Json::from("某某"))].into(),
        materials: Vec::new(),
    };
    let refused = world
        .run(&mother, async |ctx| case::supply_correction(ctx, &birth, None, beyond).await)
        .await;
    assert_eq!(refused.unwrap_err().code, "case.correction_beyond");
    let mended = Correction {
        answers: [("child_name".to_owned(), Json::from("沈安和"))].into(),
        materials: Vec::new(),
    };
    world
        .run(&mother, async |ctx| case::supply_correction(ctx, &birth, None, mended).await)
        .await
        .unwrap();
    world.drain().await;
    assert_eq!(world.phase(&birth).await, "submitted");
    let seen = case::show(&mut world.read(&officer), &birth).await.unwrap();
    assert_eq!(seen.answers.iter().find(|one| one.field == "child_name").unwrap().value, "沈安和");
    let twice = world
        .run(&officer, async |ctx| {
            case::ask_correction(ctx, &birth, None, notice(&["child_name"])).await
        })
        .await;
    assert_eq!(twice.unwrap_err().code, "case.correction_only_once");

    // The certificate is issued in the corrected name, and the child bears it from then on.
    let officer = approver(HEALTH);
    let accept =
        async |ctx: &mut store::Ctx| case::accept(ctx, &birth, None, Default::default()).await;
    world.run(&officer, accept).await.unwrap();
    let decision = case::Decision {
        granted: true,
        opinion: "核对无误".to_owned(),
        article: "母婴保健法第二十三条".to_owned(),
        ..Default::default()
    };
    let decide = async |ctx: &mut store::Ctx| case::decide(ctx, &birth, None, decision).await;
    world.run(&officer, decide).await.unwrap();
    let mut ctx = world.system().await;
    let sql = "SELECT child FROM cases WHERE id = $1";
    let child: String = ctx.scalar(sql, store::vals![&birth]).await.unwrap().unwrap();
    assert_eq!(party::person::get(&mut ctx, &child).await.unwrap().name, "沈安和");
    drop(ctx);
    let renamed = "SELECT COUNT(*) FROM evidence_entry WHERE kind = 'person.renamed'";
    assert_eq!(world.count(renamed).await, 1);
}

#[tokio::test]
async fn an_account_that_is_not_the_applicants_is_not_shown_whole_to_be_mended() {
    let applicants = [("顾晓宁", MOTHER, true), ("沈青禾", "410105199207083419", false)];
    for (name, number, whole) in applicants {
        let world = World::new().await;
        world.register("paper-receipts").await;
        let person = world.person(name, number).await;
        let mut new = world.example("paper-receipts", "draft-1", &person);
        new.facts.get_mut("applicant.citizen_number").unwrap().value = Some(Json::from(number));
        let applicant = citizen(&person);
        let done = world.submit(&applicant, new).await;
        world.drain().await;
        let costs = done.items.iter().find(|one| one.item == "maternity-reimbursement").unwrap();
        let notice = CorrectionNotice {
            fields: vec!["payee_account".to_owned()],
            materials: Vec::new(),
            note: "账户已销户".to_owned(),
        };
        let officer = reviewer("healthcare-security-410105");
        world
            .run(&officer, async |ctx| case::ask_correction(ctx, &costs.id, None, notice).await)
            .await
            .unwrap();
        let shown = case::show(&mut world.read(&applicant), &costs.id).await.unwrap();
        let field = shown.answers.iter().find(|one| one.field == "payee_account").unwrap();
        assert!(field.asked && field.value.contains('*'), "{field:?}");
        assert_eq!(field.raw.is_some(), whole, "{name}");
        let hers = |path: &str| path.starts_with("mother_card.") || path.starts_with("expense.");
        let told = shown.facts.iter().any(|one| hers(&one.path));
        assert_eq!(told, whole, "{name} did not have her authorisation");
    }
}

#[tokio::test]
async fn a_special_procedure_stops_the_clock_and_a_case_can_be_extended_once() {
    let world = World::new().await;
    let (_, done, birth) = world.referred("draft-1").await;
    let officer = approver(HEALTH);
    world
        .run(&officer, async |ctx| case::accept(ctx, &birth, None, Acceptance::default()).await)
        .await
        .unwrap();
    let shown = case::show(&mut world.read(&officer), &birth).await.unwrap();
    let before = shown.due.unwrap();
    let Some(procedure) = shown.choices.procedures.first() else {
        panic!("the birth certificate has a special procedure");
    };
    let suspension = Suspension {
        procedure: procedure.id.clone(),
        article: String::new(),
        needed: "需要三天".to_owned(),
    };
    world
        .run(&officer, async |ctx| case::suspend(ctx, &birth, None, suspension).await)
        .await
        .unwrap();
    let paused = case::show(&mut world.read(&officer), &birth).await.unwrap();
    assert_eq!(
        (paused.phase.as_str(), paused.lamp, paused.due),
        ("suspended", case::Lamp::Paused, None)
    );
    world.advance_days(2);
    world
        .run(&officer, async |ctx| {
            case::resume(ctx, &birth, None, Resumption { result: "已查明".to_owned() }).await
        })
        .await
        .unwrap();
    let resumed = case::show(&mut world.read(&officer), &birth).await.unwrap();
    assert!(resumed.due.unwrap() > before);
    let promised = resumed.clocks.iter().find(|clock| clock.name == "promised").unwrap();
    assert_eq!((promised.pauses.len(), promised.paused_days), (1, 2));
    if resumed.choices.extension_max.is_some() {
        let more = || Extension {
            amount: 1,
            reason: "情况复杂".to_owned(),
            article: "行政许可法第四十二条".to_owned(),
        };
        let low = world
            .run(&reviewer(HEALTH), async |ctx| case::extend(ctx, &birth, None, more()).await)
            .await;
        assert_eq!(low.unwrap_err().kind, Kind::Denied);
        world
            .run(&officer, async |ctx| case::extend(ctx, &birth, None, more()).await)
            .await
            .unwrap();
        let twice =
            world.run(&officer, async |ctx| case::extend(ctx, &birth, None, more()).await).await;
        assert_eq!(twice.unwrap_err().code, "case.already_extended");
    }
    assert_eq!(done.items.len(), 6);
}

#[tokio::test]
async fn a_withdrawn_case_cannot_be_accepted_and_the_whole_is_withdrawn() {
    let world = World::new().await;
    let (mother, done, birth) = world.referred("draft-1").await;
    world
        .run(&mother, async |ctx| case::withdraw(ctx, &done.id, None, Withdrawal::default()).await)
        .await
        .unwrap();
    world.drain().await;
    assert_eq!(world.phase(&done.id).await, "withdrawn");
    let late = world
        .run(&approver(HEALTH), async |ctx| {
            case::accept(ctx, &birth, None, Acceptance::default()).await
        })
        .await;
    assert_eq!(late.unwrap_err().code, "case.ended");
    let reasons = RefusalOfAcceptance {
        reasons: "x".to_owned(),
        remedies: String::new(),
        article: "y".to_owned(),
    };
    let late = world
        .run(&approver(HEALTH), async |ctx| {
            case::refuse_acceptance(ctx, &birth, None, reasons).await
        })
        .await;
    assert_eq!(late.unwrap_err().code, "case.ended");
}

#[tokio::test]
async fn a_revoked_grant_takes_its_licence_with_it() {
    let world = World::new().await;
    let (mother, new) = world.application("draft-1").await;
    let done = world.submit(&mother, new).await;
    world.drain().await;
    let birth = &done.items.iter().find(|item| item.item == "birth-certificate").unwrap().id;
    let why = || Revocation {
        reason: "证明内容有误".to_owned(),
        article: "行政许可法第六十九条".to_owned(),
    };
    let low =
        world.run(&reviewer(HEALTH), async |ctx| case::revoke(ctx, birth, None, why()).await).await;
    assert_eq!(low.unwrap_err().kind, Kind::Denied);
    world
        .run(&approver(HEALTH), async |ctx| case::revoke(ctx, birth, None, why()).await)
        .await
        .unwrap();
    assert_eq!(world.phase(birth).await, "revoked");
    assert_eq!(world.phase(&done.id).await, "completed");
    let mut ctx = world.system().await;
    let state: String = ctx
        .scalar("SELECT state FROM licence WHERE case_id = $1", store::vals![birth])
        .await
        .unwrap()
        .unwrap();
    assert_eq!(state, "03");
}

/// A record as its source reads it.
async fn record(world: &World, registry: &str, key: &str, value: &str) -> data::registry::Record {
    let mut ctx = world.system().await;
    data::registry::get_raw(&mut ctx, registry, key, value).await.unwrap().unwrap()
}

#[tokio::test]
async fn a_result_is_entered_in_the_registry_and_revoked_there_too() {
    let world = World::new().await;
    let (mother, new) = world.application("draft-1").await;
    assert_eq!(
        record(&world, "birth", "mother_number", MOTHER).await.fields.get("certificate_number"),
        None
    );
    let done = world.submit(&mother, new).await;
    world.drain().await;
    let birth = &done.items.iter().find(|item| item.item == "birth-certificate").unwrap().id;
    let held = record(&world, "birth", "mother_number", MOTHER).await;
    let number = held.fields["certificate_number"].as_str().unwrap().to_owned();
    assert!(number.starts_with("410105"), "{number}");
    assert_eq!(held.version, 2, "the record before it is kept");
    let child = world.child_number(&done.id).await;
    for (registry, state) in
        [("population", "normal"), ("insurance", "active"), ("social-card", "active")]
    {
        let held = record(&world, registry, "citizen_number", &child).await;
        assert_eq!((&held.fields["status"], held.version), (&Json::from(state), 1), "{registry}");
    }

    let why = Revocation {
        reason: "证明内容有误".to_owned(),
        article: "行政许可法第六十九条".to_owned(),
    };
    world
        .run(&approver(HEALTH), async |ctx| case::revoke(ctx, birth, None, why).await)
        .await
        .unwrap();
    let after = record(&world, "birth", "mother_number", MOTHER).await;
    assert_eq!((after.fields.get("certificate_number"), after.version), (None, 3));
}

#[tokio::test]
async fn once_claimed_only_the_officer_in_charge_or_the_head_acts() {
    let world = World::new().await;
    let (_, _, birth) = world.referred("draft-1").await;
    let (one, other) = (reviewer(HEALTH), staff(HEALTH, "reviewer", "周复核"));
    world.run(&one, async |ctx| case::claim(ctx, &birth, None).await).await.unwrap();
    let refused = world
        .run(&other, async |ctx| case::accept(ctx, &birth, None, Acceptance::default()).await)
        .await;
    assert_eq!(refused.unwrap_err().code, "case.not_assignee");
    let taken = world.run(&other, async |ctx| case::claim(ctx, &birth, None).await).await;
    assert_eq!(taken.unwrap_err().code, "case.already_claimed");
    world.run(&one, async |ctx| case::unclaim(ctx, &birth, None).await).await.unwrap();
    world
        .run(&other, async |ctx| case::accept(ctx, &birth, None, Acceptance::default()).await)
        .await
        .unwrap();
}
