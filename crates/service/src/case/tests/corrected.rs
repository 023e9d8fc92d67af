//! A source corrects a datum: what becomes of the open cases that use it.

use crate::draft::{Change, Dispute, Start, amend, start, submit};
use crate::tests::world::{Office, staff};
use data::objection::{Answer, Filing};
use kernel::Actor;
use serde_json::{Value as Json, json};
use std::collections::BTreeMap;
use store::Ctx;

/// The application of the plain example by the way of a draft, with what the mother disputes.
async fn submitted(office: &Office, disputes: &[(&str, &str)]) -> BTreeMap<String, String> {
    let pack = office.env().pack.clone();
    let examples = pack.examples("newborn").unwrap();
    let example = examples.examples.iter().find(|one| one.id == "married-all").unwrap().clone();
    let new = Start {
        one_thing: "newborn".to_owned(),
        guide: example.guide.clone(),
        consent: true,
        ..Start::default()
    };
    let id = office.run("mother", async |ctx| start(ctx, new).await).await.unwrap();
    let mut answers = example.answers.clone();
    answers.insert("mobile".to_owned(), Json::from("15400000001"));
    let pages = &pack.form("newborn").unwrap().pages;
    let confirm = pages.iter().map(|page| (page.id.clone(), true)).collect();
    let whole = Change { answers, confirm, ..Change::default() };
    office.run("mother", async |ctx| amend(ctx, &id, None, whole).await).await.unwrap();
    if !disputes.is_empty() {
        let one = |claimed: &str| Dispute { claimed: claimed.to_owned(), note: String::new() };
        let disputes =
            disputes.iter().map(|(field, claimed)| ((*field).to_owned(), one(claimed))).collect();
        let change = Change { disputes, ..Change::default() };
        office.run("mother", async |ctx| amend(ctx, &id, None, change).await).await.unwrap();
    }
    let done = office.run("mother", async |ctx| submit(ctx, &id, None, true).await).await.unwrap();
    office.drain().await;
    let mut items: BTreeMap<String, String> =
        done.items.into_iter().map(|item| (item.item, item.id)).collect();
    items.insert("whole".to_owned(), done.id);
    items
}

async fn text(office: &Office, sql: &str) -> String {
    office.texts(sql).await.remove(0)
}

async fn phase(office: &Office, id: &str) -> String {
    text(office, &format!("SELECT phase FROM cases WHERE id = '{id}'")).await
}

/// The source of the one open objection accepts it with a value.
async fn accept(office: &Office, value: &str) {
    let id = text(office, "SELECT id FROM data_objection WHERE status = 'open'").await;
    let source = text(office, "SELECT source FROM data_objection WHERE status = 'open'").await;
    let officer: Actor = staff(&source, "data_officer", "数据专员");
    let answer = Answer::Accept { value: value.to_owned(), text: String::new() };
    office.admit("source", officer);
    let answered = async |ctx: &mut Ctx| data::objection::answer(ctx, &id, 1, &answer).await;
    office.run("source", answered).await.unwrap();
    office.drain().await;
}

/// What the source may not put in place of a value, by the code told at it.
async fn refused(office: &Office, values: &[(&str, &str)]) {
    let id = text(office, "SELECT id FROM data_objection WHERE status = 'open'").await;
    let source = text(office, "SELECT source FROM data_objection WHERE status = 'open'").await;
    office.admit("source", staff(&source, "data_officer", "数据专员"));
    for (value, code) in values {
        let answer = Answer::Accept { value: (*value).to_owned(), text: String::new() };
        let answered = async |ctx: &mut Ctx| data::objection::answer(ctx, &id, 1, &answer).await;
        let told = office.run("source", answered).await.unwrap_err();
        assert_eq!((&*told.fields[0].field, &*told.fields[0].code), ("value", *code), "{value}");
    }
}

#[tokio::test]
async fn a_value_that_nobody_claimed_leaves_the_decision_to_a_person() {
    let office = Office::new().await;
    office.register().await;
    let items = submitted(&office, &[("weight_g", "3380")]).await;
    let birth = &items["birth-certificate"];
    refused(&office, &[("99999999", "registry.field_range"), ("-1", "registry.field_range")]).await;
    accept(&office, "3300").await;
    assert_eq!(phase(&office, birth).await, "submitted");
    let shown = crate::case::show(&mut office.read("reviewer"), birth).await.unwrap();
    assert_eq!(shown.disputed.len(), 1, "what she claimed is not what was put in");
    let asked = crate::case::verify_histories(&mut office.read("reviewer")).await.unwrap();
    assert_eq!(asked, None);
}

#[tokio::test]
async fn a_birth_is_not_to_come_and_a_child_has_a_sex() {
    for (field, claimed, values) in [
        (
            "born_at",
            "2026-06-01T07:30",
            [("2031-01-01T08:00", "objection.to_come"), ("", "objection.needed")],
        ),
        ("child_sex", "male", [("", "objection.needed"), ("neither", "registry.field_kind")]),
    ] {
        let office = Office::new().await;
        office.register().await;
        submitted(&office, &[(field, claimed)]).await;
        refused(&office, &values).await;
    }
}

/// The mother objects to a field of a record read for her case.
async fn object(office: &Office, case: &str, lookup: &str, field: &str, claimed: &str) {
    let mut ctx = office.env().system("test").await.unwrap();
    let page = data::lookup::of_case(&mut ctx, case, "").await.unwrap();
    drop(ctx);
    let receipt = page.receipts.into_iter().find(|one| one.lookup == lookup).unwrap();
    let filing = Filing {
        case_id: case.to_owned(),
        registry: receipt.registry,
        record_id: receipt.record,
        lookup: lookup.to_owned(),
        field: field.to_owned(),
        shown: String::new(),
        claimed: claimed.to_owned(),
        note: String::new(),
        receipt: receipt.id,
    };
    let opened = async |ctx: &mut Ctx| data::objection::open(ctx, &filing).await;
    office.run("mother", opened).await.unwrap();
}

/// Puts the mother into the population registry with another status.
async fn with_status(office: &Office, number: &str, status: &str) {
    let mut ctx = office.env().system("test").await.unwrap();
    let record = json!({ "citizen_number": number, "name": "顾晓宁", "status": status,
        "household_number": "410105000120", "household_division": "410105001",
        "household_address": "河南省郑州市金水区示范街 12 号", "ethnicity": "汉族",
        "residence_division": "410105001", "residence_address": "河南省郑州市金水区示范街 12 号" });
    let now = ctx.now;
    data::registry::put(&mut ctx, "population", &record, now, "410105001").await.unwrap();
    ctx.commit().await.unwrap();
}

const MOTHER: &str = "410105199403161824";

#[tokio::test]
async fn a_case_held_up_by_a_dispute_is_decided_by_rule_with_the_corrected_value() {
    let office = Office::new().await;
    office.register().await;
    let items = submitted(&office, &[("weight_g", "3380")]).await;
    let birth = &items["birth-certificate"];
    assert_eq!(phase(&office, birth).await, "submitted", "no machine decides meanwhile");
    let held = crate::case::show(&mut office.read("reviewer"), birth).await.unwrap();
    assert_eq!((held.disputed.len(), held.human_review), (1, false));
    let found = held.explanation.unwrap().conditions;
    assert!(
        found.iter().any(|one| (one.id.as_str(), one.result.as_str()) == ("undisputed", "not_met"))
    );
    let claims = office.count("SELECT COUNT(*) FROM registry_claim").await;
    assert_eq!(claims, 0, "what a person decides claims nothing");
    let page = office.page("reviewer", &format!("/workbench/cases/{birth}")).await;
    assert!(page.contains("异议中") && page.contains("来源正在核实"));
    assert!(office.page("mother", &format!("/cases/{birth}")).await.contains("您提出异议的数据"));

    office.advance_days(1);
    accept(&office, "3380").await;
    assert_eq!(phase(&office, birth).await, "completed");
    let shown = crate::case::show(&mut office.read("reviewer"), birth).await.unwrap();
    assert!(shown.automatic && shown.disputed.is_empty());
    let told = shown.timeline.iter().find(|one| one.kind == "data_corrected").unwrap();
    assert!(told.automatic && told.text.contains("体重"), "{}", told.text);
    let fact = shown.facts.iter().find(|one| one.path == "birth.weight_g").unwrap();
    assert!(fact.corrected.is_some() && !fact.receipt.is_empty());
    assert_eq!(fact.state, "same", "the field it had filled follows");
    let page = office.page("reviewer", &format!("/workbench/cases/{birth}")).await;
    assert!(page.contains("来源已更正"));
    let answers =
        crate::archive::contents::answers(&mut office.read("mother"), &items["whole"]).await;
    assert_eq!(answers.unwrap()["weight_g"], 3380);
    let whole = crate::case::verify_histories(&mut office.read("mother")).await.unwrap();
    assert_eq!(whole, None);
}

#[tokio::test]
async fn a_case_its_rule_referred_for_the_datum_is_tried_again() {
    let office = Office::new().await;
    office.register().await;
    with_status(&office, MOTHER, "cancelled").await;
    let items = submitted(&office, &[]).await;
    let birth = &items["birth-certificate"];
    let shown = crate::case::show(&mut office.read("reviewer"), birth).await.unwrap();
    assert_eq!((shown.phase.as_str(), shown.referred), ("submitted", true));
    object(&office, &items["whole"], "mother", "status", "normal").await;
    accept(&office, "normal").await;
    let shown = crate::case::show(&mut office.read("reviewer"), birth).await.unwrap();
    assert_eq!((shown.phase.as_str(), shown.automatic, shown.referred), ("completed", true, false));
}

#[tokio::test]
async fn an_officer_in_charge_keeps_the_case_and_is_told() {
    let office = Office::new().await;
    office.register().await;
    with_status(&office, MOTHER, "cancelled").await;
    let items = submitted(&office, &[]).await;
    let birth = &items["birth-certificate"];
    office.run("reviewer", async |ctx| crate::case::claim(ctx, birth, None).await).await.unwrap();
    object(&office, &items["whole"], "mother", "status", "normal").await;
    accept(&office, "normal").await;
    assert_eq!(phase(&office, birth).await, "submitted");
    let party = office.actor("reviewer").party;
    let sql = format!(
        "SELECT COUNT(*) FROM message WHERE person_id = '{party}' AND template = 'data.corrected'"
    );
    assert_eq!(office.count(&sql).await, 1);
    let shown = crate::case::show(&mut office.read("reviewer"), birth).await.unwrap();
    let fact = shown.facts.iter().find(|one| one.path == "mother.status").unwrap();
    assert!(fact.corrected.is_some());
    // The news a second time change nothing of the value and hold nothing up.
    let news = json!({ "objection": "x", "registry": "population", "record": "none", "field": "status", "cases": [items["whole"]] });
    let before = office.count(&format!("SELECT revision FROM cases WHERE id = '{birth}'")).await;
    let mut ctx = office.env().system("test").await.unwrap();
    ctx.emit("data.corrected", &news).await.unwrap();
    ctx.commit().await.unwrap();
    office.drain().await;
    let after = office.count(&format!("SELECT revision FROM cases WHERE id = '{birth}'")).await;
    assert_eq!(before, after, "another record's correction is not this case's");
}

#[tokio::test]
async fn decided_cases_stay_as_they_were() {
    let office = Office::new().await;
    office.register().await;
    let items = submitted(&office, &[]).await;
    let birth = &items["birth-certificate"];
    assert_eq!(phase(&office, birth).await, "completed");
    let revision = format!("SELECT revision FROM cases WHERE id = '{birth}'");
    let before = office.count(&revision).await;
    object(&office, &items["whole"], "birth", "weight_g", "3380").await;
    accept(&office, "3380").await;
    assert_eq!(office.count(&revision).await, before);
    let answers =
        crate::archive::contents::answers(&mut office.read("mother"), &items["whole"]).await;
    assert_eq!(answers.unwrap()["weight_g"], 3280, "what was decided on stays on file");
}

#[tokio::test]
async fn a_rejected_objection_is_left_to_an_officer_who_sees_both_values() {
    let office = Office::new().await;
    office.register().await;
    let items = submitted(&office, &[("weight_g", "3380")]).await;
    let birth = &items["birth-certificate"];
    let id = text(&office, "SELECT id FROM data_objection").await;
    let source = text(&office, "SELECT source FROM data_objection").await;
    office.admit("source", staff(&source, "data_officer", "数据专员"));
    let answer = Answer::Reject { text: "与分娩记录一致".to_owned() };
    let answered = async |ctx: &mut Ctx| data::objection::answer(ctx, &id, 1, &answer).await;
    office.run("source", answered).await.unwrap();
    office.drain().await;

    // Nothing is decided by rule; the officer reads what the source holds, the claim and the answer.
    let shown = crate::case::show(&mut office.read("reviewer"), birth).await.unwrap();
    assert_eq!((shown.phase.as_str(), shown.disputed.len()), ("submitted", 1));
    let one = &shown.objections[0];
    assert_eq!((one.held.as_str(), one.claimed.as_str()), ("3280", "3380"));
    assert_eq!((one.status.as_str(), one.answer.as_str()), ("rejected", "与分娩记录一致"));
    let page = office.page("reviewer", &format!("/workbench/cases/{birth}")).await;
    assert!(page.contains("来源未采纳") && page.contains("与分娩记录一致"));
    let whole = crate::case::show(&mut office.read("mother"), birth).await.unwrap();
    assert!(whole.objections.is_empty(), "they are the officer's to read here");

    // The mother is told, with the reason and what she can do.
    let party = office.actor("mother").party;
    let told = format!(
        "SELECT COUNT(*) FROM message WHERE person_id = '{party}' AND template = 'objection.rejected'"
    );
    assert_eq!(office.count(&told).await, 1);
    let page = office.page("mother", &format!("/my/objections/{id}")).await;
    assert!(page.contains("与分娩记录一致") && page.contains("个人信息保护法第六十五条"));

    let officer = "approver";
    let accept =
        async |ctx: &mut Ctx| crate::case::accept(ctx, birth, None, Default::default()).await;
    office.run(officer, accept).await.unwrap();
    let silent = crate::case::Decision { granted: true, ..Default::default() };
    let refused =
        office.run(officer, async |ctx| crate::case::decide(ctx, birth, None, silent).await).await;
    assert!(refused.unwrap_err().fields.iter().any(|fault| fault.field == "opinion"));
    let decision = crate::case::Decision {
        granted: true,
        opinion: "采用来源的体重数据：与分娩记录一致".to_owned(),
        article: "母婴保健法第二十三条".to_owned(),
        ..Default::default()
    };
    let decided = async |ctx: &mut Ctx| crate::case::decide(ctx, birth, None, decision).await;
    office.run(officer, decided).await.unwrap();
    assert_eq!(phase(&office, birth).await, "completed");
}

#[test]
fn an_objection_touches_only_the_items_that_use_the_value() {
    let pack = pack::Province::embedded().unwrap();
    let uses = |item, path| crate::case::uses(&pack, "newborn", item, path);
    assert!(uses("birth-certificate", "birth.weight_g"));
    for item in ["household-registration", "vaccination-file"] {
        assert!(!uses(item, "birth.weight_g"), "{item}");
    }
    assert!(uses("household-registration", "birth.born_on"), "its rule looks at it");
}
