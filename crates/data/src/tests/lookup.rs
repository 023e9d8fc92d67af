//! Lookups: what is admitted, what comes out, what is recorded, who sees it.

use super::on_both;
use super::world::{COUNTY, HEALTH, MOTHER, POLICE, World, lookup, officer};
use crate::lookup::{PORTAL, fetch, mine, of_case, of_registry, refusals, used_today};
use crate::{grant, registry};
use kernel::{Actor, Lang};
use serde_json::json;
use std::time::Duration;
use store::{Ctx, vals};

async fn refused(
    world: &World,
    actor: &Actor,
    contract: &str,
    value: &str,
    case: &str,
    consumer: &str,
) -> &'static str {
    let mut ctx = world.write(actor).await;
    fetch(&mut ctx, &lookup(contract), value, case, consumer).await.unwrap_err().code
}

async fn an_admitted_lookup_gives_the_contracts_fields_and_no_other(world: World) {
    let record = world.seed().await;
    let reviewer = officer(HEALTH, "reviewer");
    world.grant(&reviewer, "case").await;
    let mut ctx = world.write(&reviewer).await;
    let found = fetch(&mut ctx, &lookup("open"), MOTHER, "case", HEALTH).await.unwrap().unwrap();
    let fields: Vec<&str> = found.fields.keys().map(String::as_str).collect();
    assert_eq!(fields, ["address", "citizen_number", "name", "status"]);
    assert_eq!((found.record_id, found.version, found.registry.as_str()), (record, 1, "people"));
    assert!(found.fresh && found.observed == ctx.now);
    assert!(found.source.zh.contains("公安"), "{}", found.source.zh);
    ctx.commit().await.unwrap();
}

async fn whom_a_reading_is_about_is_named_when_taken_away_by_hand(world: World) {
    world.seed().await;
    let reviewer = officer(HEALTH, "reviewer");
    world.grant(&reviewer, "case").await;
    let mut ctx = world.write(&reviewer).await;
    fetch(&mut ctx, &lookup("open"), MOTHER, "case", HEALTH).await.unwrap().unwrap();
    assert_eq!(party::evidence::verify(&mut ctx).await.unwrap().first_bad, None);
    ctx.execute("DELETE FROM data_receipt_subject", vals![]).await.unwrap();
    let bad = party::evidence::verify(&mut ctx).await.unwrap().first_bad.unwrap();
    assert_eq!(bad.differs, party::evidence::Difference::RowMissing);
    assert!(bad.detail.starts_with("data_receipt_subject.receipt_id "), "{}", bad.detail);
}

async fn without_a_grant_nothing_comes_out(world: World) {
    world.seed().await;
    let reviewer = officer(HEALTH, "reviewer");
    assert_eq!(refused(&world, &reviewer, "open", MOTHER, "case", HEALTH).await, "lookup.no_grant");
}

async fn a_closed_grant_admits_nothing(world: World) {
    world.seed().await;
    let reviewer = officer(HEALTH, "reviewer");
    world.grant(&reviewer, "case").await;
    let mut ctx = world.write(&reviewer).await;
    grant::close(&mut ctx, "case").await.unwrap();
    ctx.commit().await.unwrap();
    assert_eq!(refused(&world, &reviewer, "open", MOTHER, "case", HEALTH).await, "lookup.no_grant");
}

async fn a_value_the_grant_does_not_name_is_refused(world: World) {
    world.seed().await;
    let reviewer = officer(HEALTH, "reviewer");
    world.grant(&reviewer, "case").await;
    let other = "410105198805010012";
    assert_eq!(refused(&world, &reviewer, "open", other, "case", HEALTH).await, "lookup.no_grant");
    assert_eq!(refused(&world, &reviewer, "open", " ", "case", HEALTH).await, "lookup.value");
}

async fn a_contract_out_of_force_is_refused(world: World) {
    world.seed().await;
    let reviewer = officer(HEALTH, "reviewer");
    world.grant(&reviewer, "case").await;
    assert_eq!(
        refused(&world, &reviewer, "ended", MOTHER, "case", HEALTH).await,
        "lookup.contract_expired"
    );
    assert_eq!(
        refused(&world, &reviewer, "none", MOTHER, "case", HEALTH).await,
        "lookup.contract_unknown"
    );
}

async fn a_contract_holds_through_its_last_day(world: World) {
    let reviewer = officer(HEALTH, "reviewer");
    let mut ctx = world.write(&reviewer).await;
    grant::open(&mut ctx, "case", "thing", &["item".into()], &["H1".into()]).await.unwrap();
    assert!(fetch(&mut ctx, &lookup("house"), "H1", "case", HEALTH).await.unwrap().is_none());
    ctx.commit().await.unwrap();
    world.advance_days(1);
    assert_eq!(
        refused(&world, &reviewer, "house", "H1", "case", HEALTH).await,
        "lookup.contract_expired"
    );
}

async fn only_consumers_of_the_contract_read_and_only_for_themselves(world: World) {
    world.seed().await;
    let reviewer = officer(HEALTH, "reviewer");
    world.grant(&reviewer, "case").await;
    let not = "lookup.not_consumer";
    let police = officer(POLICE, "reviewer");
    assert_eq!(refused(&world, &police, "open", MOTHER, "case", POLICE).await, not);
    assert_eq!(refused(&world, &police, "open", MOTHER, "case", HEALTH).await, not);
    let unfit = officer(HEALTH, "supervisor");
    assert_eq!(refused(&world, &unfit, "open", MOTHER, "case", HEALTH).await, not);
    let mother = world.mother().await;
    assert_eq!(refused(&world, &mother, "open", MOTHER, "case", HEALTH).await, not);
    assert_eq!(refused(&world, &Actor::anonymous(), "open", MOTHER, "case", PORTAL).await, not);
}

async fn a_lookup_the_case_does_not_need_is_refused(world: World) {
    world.seed().await;
    let reviewer = officer(HEALTH, "reviewer");
    let mut ctx = world.write(&reviewer).await;
    grant::open(&mut ctx, "case", "thing", &["another".into()], &[MOTHER.into()]).await.unwrap();
    ctx.commit().await.unwrap();
    assert_eq!(
        refused(&world, &reviewer, "open", MOTHER, "case", HEALTH).await,
        "lookup.not_for_case"
    );
}

async fn the_quota_of_a_day_ends_and_begins_again(world: World) {
    world.seed().await;
    let reviewer = officer(HEALTH, "reviewer");
    world.grant(&reviewer, "case").await;
    for _ in 0..3 {
        let mut ctx = world.write(&reviewer).await;
        assert!(fetch(&mut ctx, &lookup("open"), MOTHER, "case", HEALTH).await.unwrap().is_some());
        ctx.commit().await.unwrap();
    }
    assert_eq!(refused(&world, &reviewer, "open", MOTHER, "case", HEALTH).await, "lookup.quota");
    assert_eq!(used_today(&mut world.read(&reviewer), "open").await.unwrap(), 3);
    world.advance_days(1);
    let mut ctx = world.write(&reviewer).await;
    let found = fetch(&mut ctx, &lookup("open"), MOTHER, "case", HEALTH).await.unwrap().unwrap();
    assert!(found.fresh, "a day old is as fresh as the contract wants");
    ctx.commit().await.unwrap();
    world.advance_days(1);
    let mut ctx = world.write(&reviewer).await;
    let found = fetch(&mut ctx, &lookup("open"), MOTHER, "case", HEALTH).await.unwrap().unwrap();
    assert!(!found.fresh);
}

async fn a_refusal_is_recorded_although_its_transaction_is_dropped(world: World) {
    world.seed().await;
    let reviewer = officer(HEALTH, "reviewer");
    assert_eq!(refused(&world, &reviewer, "open", MOTHER, "case", HEALTH).await, "lookup.no_grant");
    let officer = officer(POLICE, "data_officer");
    for _ in 0..200 {
        let found = refusals(&mut world.read(&officer), "people").await.unwrap();
        if let [one] = found.as_slice() {
            assert_eq!((one.code.as_str(), one.case_id.as_str()), ("lookup.no_grant", "case"));
            assert_eq!((one.consumer.as_str(), one.contract.as_str()), (HEALTH, "open"));
            return;
        }
        tokio::time::sleep(Duration::from_millis(25)).await;
    }
    panic!("the refusal was never recorded");
}

async fn the_person_sees_who_read_and_nobody_else_does(world: World) {
    world.seed().await;
    let mother = world.mother().await;
    let reviewer = officer(HEALTH, "reviewer");
    world.grant(&mother, "draft").await;
    let mut ctx = world.write(&mother).await;
    let found = fetch(&mut ctx, &lookup("open"), MOTHER, "draft", PORTAL).await.unwrap().unwrap();
    grant::hand_on(&mut ctx, "draft", "case", "1").await.unwrap();
    ctx.commit().await.unwrap();
    let mut ctx = world.write(&reviewer).await;
    fetch(&mut ctx, &lookup("open"), MOTHER, "case", HEALTH).await.unwrap().unwrap();
    ctx.commit().await.unwrap();
    let page = mine(&mut world.read(&mother), "").await.unwrap();
    let consumers: Vec<&str> = page.receipts.iter().map(|r| r.consumer.as_str()).collect();
    assert_eq!(consumers.len(), 2);
    assert!(consumers.contains(&PORTAL) && consumers.contains(&HEALTH));
    for receipt in &page.receipts {
        assert_eq!((receipt.case_id.as_str(), receipt.source.as_str()), ("case", POLICE));
        assert_eq!(receipt.fields, ["address", "citizen_number", "name", "status"]);
        assert_eq!(receipt.purpose.get(Lang::En), "To check who applies");
    }
    assert!(page.receipts.iter().any(|receipt| receipt.id == found.receipt));
    let stranger = world.citizen("赵强", "410105198805010012").await;
    assert!(mine(&mut world.read(&stranger), "").await.unwrap().receipts.is_empty());
    let all = of_case(&mut world.read(&reviewer), "case", "").await.unwrap();
    assert_eq!(all.receipts.len(), 2);
    let error = of_registry(&mut world.read(&reviewer), "people", "").await.unwrap_err();
    assert_eq!(error.code, "denied");
}

async fn a_search_that_found_nothing_is_seen_too(world: World) {
    let mother = world.mother().await;
    world.grant(&mother, "draft").await;
    let mut ctx = world.write(&mother).await;
    assert!(fetch(&mut ctx, &lookup("open"), MOTHER, "draft", PORTAL).await.unwrap().is_none());
    ctx.commit().await.unwrap();
    let page = mine(&mut world.read(&mother), "").await.unwrap();
    assert_eq!(page.receipts.len(), 1);
    assert!(page.receipts[0].record.is_empty() && page.receipts[0].fields.is_empty());
}

async fn a_record_that_names_nobody_is_seen_by_the_persons_of_the_case(world: World) {
    let mother = world.mother().await;
    let mut ctx = world.system().await;
    let now = ctx.now;
    let house = json!({"household_number": "H1", "address": "经三路1号"});
    registry::put(&mut ctx, "houses", &house, now, COUNTY).await.unwrap();
    ctx.commit().await.unwrap();
    let mut ctx = world.write(&mother).await;
    let values = [MOTHER.to_owned(), "H1".to_owned()];
    grant::open(&mut ctx, "draft", "thing", &["item".into()], &values).await.unwrap();
    assert!(fetch(&mut ctx, &lookup("house"), "H1", "draft", PORTAL).await.unwrap().is_some());
    ctx.commit().await.unwrap();
    assert_eq!(mine(&mut world.read(&mother), "").await.unwrap().receipts.len(), 1);
}

async fn the_list_of_reads_goes_on_by_its_cursor(world: World) {
    world.seed().await;
    let mother = world.mother().await;
    world.grant(&mother, "draft").await;
    let mut ctx = world.system().await;
    for n in 0..60 {
        if n % 3 == 0 {
            ctx.execute("DELETE FROM data_quota", vals![]).await.unwrap();
        }
        fetch(&mut ctx, &lookup("open"), MOTHER, "draft", PORTAL).await.unwrap().unwrap();
    }
    ctx.commit().await.unwrap();
    let first = mine(&mut world.read(&mother), "").await.unwrap();
    let next = first.next.clone().unwrap();
    let second = mine(&mut world.read(&mother), &next).await.unwrap();
    assert_eq!((first.receipts.len(), second.receipts.len(), second.next), (50, 10, None));
    assert!(second.receipts.iter().all(|receipt| receipt.id < next));
}

async fn a_read_leaves_evidence(world: World) {
    world.seed().await;
    let reviewer = officer(HEALTH, "reviewer");
    world.grant(&reviewer, "case").await;
    let mut ctx = world.write(&reviewer).await;
    let found = fetch(&mut ctx, &lookup("open"), MOTHER, "case", HEALTH).await.unwrap().unwrap();
    ctx.commit().await.unwrap();
    let mut ctx: Ctx = world.system().await;
    let sql = "SELECT body FROM evidence_entry WHERE kind = 'data.read' AND subject = 'case:case'";
    let bodies: Vec<String> = ctx.column(sql, vals![]).await.unwrap();
    assert_eq!(bodies.len(), 1);
    assert!(bodies[0].contains(&found.receipt) && !bodies[0].contains(MOTHER));
}

on_both!(
    an_admitted_lookup_gives_the_contracts_fields_and_no_other,
    without_a_grant_nothing_comes_out,
    whom_a_reading_is_about_is_named_when_taken_away_by_hand,
    a_closed_grant_admits_nothing,
    a_value_the_grant_does_not_name_is_refused,
    a_contract_out_of_force_is_refused,
    a_contract_holds_through_its_last_day,
    only_consumers_of_the_contract_read_and_only_for_themselves,
    a_lookup_the_case_does_not_need_is_refused,
    the_quota_of_a_day_ends_and_begins_again,
    a_refusal_is_recorded_although_its_transaction_is_dropped,
    the_person_sees_who_read_and_nobody_else_does,
    a_search_that_found_nothing_is_seen_too,
    a_record_that_names_nobody_is_seen_by_the_persons_of_the_case,
    the_list_of_reads_goes_on_by_its_cursor,
    a_read_leaves_evidence,
);
