//! How licences go on: the next of a chain, transfers, what a type does not have, races, and what
//! a verifier is told of a day that has passed.

use super::world::*;
use crate::register::{self, Next, chain, next, state_name, store as licences};
use crate::{Issue, act, issue, status, use_for, verify};
use jiff::civil::date;
use kernel::Kind;
use kernel::identifier::LicenceId;
use pack::licence::Operation;
use party::person::Person;
use proof::status::{SignedStatus, Status};
use serde_json::{Map, json};
use store::Ctx;

const DRIVING: &str = "driving-licence";
const ELSEWHERE: &str = "police-410106";

fn driving(person: &Person) -> Issue {
    Issue {
        type_id: DRIVING.to_owned(),
        holder_person: person.id.clone(),
        holder_number: person.number.clone(),
        holder_name: person.name.clone(),
        agency_id: POLICE.to_owned(),
        fields: json!({ "name": person.name, "class": "C1", "citizen_number": person.number,
            "address": "金水区书院街 27 号" }),
        ..Issue::default()
    }
}

/// A driving licence issued at the world's instant.
async fn issued(world: &World, person: &Person) -> String {
    let mut ctx = world.system().await;
    let issued = issue(&mut ctx, driving(person)).await.unwrap();
    ctx.commit().await.unwrap();
    issued.id
}

fn how(operation: Operation) -> Next {
    Next {
        operation,
        reason: "依申请办理".to_owned(),
        article: "道路交通安全法第十九条".to_owned(),
        fields: Map::new(),
        valid_until: None,
        holder_number: String::new(),
    }
}

async fn row(ctx: &mut Ctx, id: &str) -> register::LicenceRow {
    licences::get(ctx, id).await.unwrap()
}

#[tokio::test]
async fn a_renewal_is_the_next_version_and_ends_the_former() {
    let world = world_on_server().await;
    let person = world.person("许小满", 1).await;
    let first = issued(&world, &person).await;
    let mut ctx = world.as_actor(&officer(POLICE)).await;
    let renewed = next(&mut ctx, &first, &how(Operation::Renew)).await.unwrap();
    ctx.commit().await.unwrap();
    let mut ctx = world.system().await;
    let (old, new) = (row(&mut ctx, &first).await, row(&mut ctx, &renewed.id).await);
    let (before, after) =
        (LicenceId::parse(&old.identifier).unwrap(), LicenceId::parse(&new.identifier).unwrap());
    assert_eq!((before.version(), after.version()), ("001", "002"));
    assert_eq!(before.serial(), after.serial());
    assert_eq!((old.state.as_str(), new.state.as_str()), ("05", "01"));
    assert_eq!(new.former.as_deref(), Some(first.as_str()));
    assert_eq!(old.last_day().unwrap(), date(2032, 9, 14));
    assert_eq!(new.last_day().unwrap(), date(2038, 9, 14), "six years after the former's last day");
    let opened = licences::open(&mut ctx, new.clone()).await.unwrap();
    assert_eq!(opened.body["former"], old.identifier.as_str());
    assert_eq!(opened.fields()["class"], "C1");
    let whole: Vec<String> =
        chain(&mut ctx, &old).await.unwrap().into_iter().map(|one| one.id).collect();
    assert_eq!(whole, [first.clone(), renewed.id.clone()]);
    let told = party::audit::list(&mut ctx, &format!("licence:{first}"), "").await.unwrap();
    assert!(told.entries.iter().any(|entry| entry.kind == "licence.renewed"));
    drop(ctx);
    let list = SignedStatus::parse(&status::all(&world.env).await.unwrap()).unwrap();
    assert_eq!(list.list().entries.len(), 1);
    assert_eq!(list.list().entries[0].licence_id, old.identifier);
    assert_eq!(list.list().entries[0].status, Status::Lapsed);
    let mut ctx = world.as_actor(&officer(POLICE)).await;
    let error = next(&mut ctx, &first, &how(Operation::Renew)).await.unwrap_err();
    assert_eq!(error.code, "licence.ended");
}

#[tokio::test]
async fn a_change_changes_what_is_given_and_nothing_else() {
    let world = world().await;
    let person = world.person("许小满", 1).await;
    let first = issued(&world, &person).await;
    let mut ctx = world.as_actor(&officer(POLICE)).await;
    let error = next(&mut ctx, &first, &how(Operation::Change)).await.unwrap_err();
    assert_eq!(error.code, "licence.unchanged");
    let mut change = how(Operation::Change);
    change.fields.insert("colour".to_owned(), json!("red"));
    assert_eq!(next(&mut ctx, &first, &change).await.unwrap_err().code, "licence.field");
    drop(ctx);
    let mut ctx = world.as_actor(&officer(POLICE)).await;
    change.fields = json!({ "class": "B2", "address": null }).as_object().unwrap().clone();
    let changed = next(&mut ctx, &first, &change).await.unwrap();
    ctx.commit().await.unwrap();
    let mut ctx = world.system().await;
    let (old, new) = (row(&mut ctx, &first).await, row(&mut ctx, &changed.id).await);
    assert_eq!(old.last_day(), new.last_day());
    let fields = licences::open(&mut ctx, new).await.unwrap().fields();
    assert_eq!((fields["class"].as_str(), fields.get("address")), (Some("B2"), None));
    assert_eq!(fields["name"], "许小满");
}

#[tokio::test]
async fn a_lost_licence_is_issued_again_to_its_holder_alone() {
    let world = world().await;
    let person = world.person("许小满", 1).await;
    let other = world.person("李建国", 3).await;
    let first = issued(&world, &person).await;
    let mut again = how(Operation::Reissue);
    again.holder_number = other.number.unwrap();
    let mut ctx = world.as_actor(&officer(POLICE)).await;
    let error = next(&mut ctx, &first, &again).await.unwrap_err();
    assert_eq!(error.code, "licence.holder_number");
    again.holder_number = person.number.clone().unwrap().to_ascii_lowercase();
    let issued = next(&mut ctx, &first, &again).await.unwrap();
    ctx.commit().await.unwrap();
    assert_eq!(LicenceId::parse(&issued.identifier).unwrap().version(), "002");
}

#[tokio::test]
async fn of_two_officers_at_once_one_makes_the_next() {
    let world = world_on_server().await;
    let person = world.person("许小满", 1).await;
    let first = issued(&world, &person).await;
    let renew = || async {
        let mut ctx = world.as_actor(&officer(POLICE)).await;
        next(&mut ctx, &first, &how(Operation::Renew)).await?;
        ctx.commit().await
    };
    let (one, other) = tokio::join!(renew(), renew());
    let errors: Vec<_> = [one, other].into_iter().filter_map(Result::err).collect();
    assert_eq!(errors.len(), 1, "{errors:?}");
    assert_eq!(errors[0].code, "licence.ended");
    let mut ctx = world.system().await;
    let live = "SELECT COUNT(*) FROM licence WHERE state = '01'";
    assert_eq!(ctx.count(live, Vec::new()).await.unwrap(), 1);
}

#[tokio::test]
async fn a_transfer_goes_to_an_agency_of_the_kind_and_only_once() {
    let world = world_on_server().await;
    let person = world.person("许小满", 1).await;
    let first = issued(&world, &person).await;
    let take = how(Operation::TransferIn);
    let mut ctx = world.as_actor(&officer(ELSEWHERE)).await;
    assert_eq!(next(&mut ctx, &first, &take).await.unwrap_err().code, "licence.state");
    drop(ctx);
    let mut ctx = world.as_actor(&officer(POLICE)).await;
    act(&mut ctx, &first, Operation::TransferOut, "持证人迁出", "第十九条").await.unwrap();
    ctx.commit().await.unwrap();
    let mut ctx = world.as_actor(&officer(HEALTH)).await;
    assert_eq!(next(&mut ctx, &first, &take).await.unwrap_err().kind, Kind::NotFound);
    drop(ctx);
    let take_over = || async {
        let mut ctx = world.as_actor(&officer(ELSEWHERE)).await;
        let issued = next(&mut ctx, &first, &take).await?;
        ctx.commit().await?;
        Ok::<_, kernel::Error>(issued)
    };
    let (one, other) = tokio::join!(take_over(), take_over());
    let (made, errors): (Vec<_>, Vec<_>) = [one, other].into_iter().partition(Result::is_ok);
    assert_eq!(made.len(), 1, "{errors:?}");
    assert_eq!(errors[0].as_ref().unwrap_err().code, "licence.taken_over");
    let mut ctx = world.system().await;
    let new = row(&mut ctx, &made[0].as_ref().unwrap().id).await;
    assert_eq!((new.agency.as_str(), new.state.as_str()), (ELSEWHERE, "01"));
    let identifier = LicenceId::parse(&new.identifier).unwrap();
    assert_eq!(identifier.version(), "001");
    let old = row(&mut ctx, &first).await;
    assert_eq!(old.state, "06");
    assert_ne!(LicenceId::parse(&old.identifier).unwrap().issuer(), identifier.issuer());
}

#[tokio::test]
async fn what_the_type_does_not_have_or_the_state_does_not_allow_is_refused() {
    let world = world().await;
    let person = world.person("许小满", 1).await;
    let page = world.licence(&person).await;
    let first = issued(&world, &person).await;
    let mut ctx = world.as_actor(&officer(POLICE)).await;
    let error = next(&mut ctx, &page.id, &how(Operation::Renew)).await.unwrap_err();
    assert_eq!(error.code, "licence.state_not_allowed", "a household register has no term");
    let error = act(&mut ctx, &page.id, Operation::Forfeit, "违法", "条").await.unwrap_err();
    assert_eq!(error.code, "licence.state_not_allowed");
    let error = act(&mut ctx, &first, Operation::Resume, "发还", "条").await.unwrap_err();
    assert_eq!(error.code, "licence.state");
    let error = act(&mut ctx, &first, Operation::Renew, "延续", "条").await.unwrap_err();
    assert_eq!(error.code, "licence.act");
    act(&mut ctx, &first, Operation::Suspend, "扣留驾驶证", "第一百一十条").await.unwrap();
    let error = next(&mut ctx, &first, &how(Operation::Renew)).await.unwrap_err();
    assert_eq!(error.code, "licence.state", "suspended");
    act(&mut ctx, &first, Operation::Annotate, "已送达", "第一百一十条").await.unwrap();
    act(&mut ctx, &first, Operation::Forfeit, "违法", "第九十九条").await.unwrap();
    act(&mut ctx, &first, Operation::Annotate, "复议维持", "行政复议法").await.unwrap();
    let error = act(&mut ctx, &first, Operation::Cancel, "注销", "条").await.unwrap_err();
    assert_eq!(error.code, "licence.ended");
}

#[tokio::test]
async fn a_verifier_is_told_how_a_licence_stood_on_a_day() {
    let world = world_on_server().await;
    let person = world.person("许小满", 1).await;
    let first = issued(&world, &person).await;
    let day = kernel::time::DAY_US;
    let act_as = |operation| {
        let (world, first) = (&world, &first);
        async move {
            let mut ctx = world.as_actor(&officer(POLICE)).await;
            act(&mut ctx, first, operation, "扣留", "第一百一十条").await.unwrap();
            ctx.commit().await.unwrap();
        }
    };
    world.env.clock.advance_us(2 * day);
    act_as(Operation::Suspend).await;
    world.env.clock.advance_us(2 * day);
    act_as(Operation::Resume).await;
    world.env.clock.advance_us(2 * day);
    act_as(Operation::Cancel).await;
    world.env.clock.advance_us(day);
    let list = SignedStatus::parse(&status::all(&world.env).await.unwrap()).unwrap();
    let mut ctx = world.system().await;
    let code = row(&mut ctx, &first).await.code;
    let today = verify::peek(&mut ctx, &list, &code).await.unwrap().unwrap();
    assert!(!today.valid);
    for (when, state, valid) in [
        (date(2026, 9, 14), "", false),
        (date(2026, 9, 15), "01", true),
        (date(2026, 9, 17), "02", false),
        (date(2026, 9, 18), "02", false),
        (date(2026, 9, 19), "01", true),
        (date(2026, 9, 21), "04", false),
    ] {
        let then = verify::as_of(&mut ctx, today.clone(), when).await.unwrap();
        assert_eq!(then.licence.unwrap().state, state, "{when}");
        assert_eq!(then.valid, valid, "{when}: {:?}", then.checks);
        assert_eq!(then.as_of, Some(when));
    }
    let error = verify::as_of(&mut ctx, today.clone(), date(2026, 9, 23)).await.unwrap_err();
    assert_eq!(error.code, "licence.day");
    assert_eq!(state_name("06").zh, "办理转出");
}

#[tokio::test]
async fn an_agency_that_may_not_ask_reads_nothing_and_what_is_sensitive_is_masked() {
    let world = world().await;
    let person = world.person("许小满", 1).await;
    let number = person.number.clone();
    let mut ctx = world.system().await;
    let card = Issue {
        type_id: "health-card".to_owned(),
        agency_id: HEALTH.to_owned(),
        fields: json!({ "name": "许小满", "citizen_number": number, "blood_type": "O",
            "contact": "李建国", "contact_phone": "19900000001" }),
        ..driving(&person)
    };
    let card = issue(&mut ctx, card).await.unwrap();
    let medical = "healthcare-security-410105";
    let error = use_for(&mut ctx, &card.id, "01CASE", POLICE, "核查").await.unwrap_err();
    assert_eq!((error.kind, error.code), (Kind::Denied, "licence.consumer"));
    let read = use_for(&mut ctx, &card.id, "01CASE", medical, "医保结算").await.unwrap();
    assert_eq!(read.fields["name"], "许小满");
    assert_eq!(read.fields["contact"], "李**");
    assert!(!read.fields.contains_key("blood_type") && !read.fields.contains_key("contact_phone"));
}
