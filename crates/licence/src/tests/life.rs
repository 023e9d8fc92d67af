//! Issuing and what becomes of a licence.

use super::world::*;
use crate::{find_live, issue, register, revoke, seal, status, suspend, use_for};
use kernel::Kind;
use kernel::identifier::LicenceId;
use proof::status::{SignedStatus, Status};
use serde_json::json;
use store::job::Worker;
use store::vals;

#[tokio::test]
async fn a_licence_has_a_valid_identifier_and_data_signed_by_its_issuer() {
    let world = world().await;
    let person = world.person("许小满", 1).await;
    let issued = world.licence(&person).await;
    let identifier = LicenceId::parse(&issued.identifier).unwrap();
    assert_eq!(identifier.version(), "001");
    assert_eq!(identifier.type_code(), "11410000Y102000030001");
    let mut ctx = world.system().await;
    let row = register::store::get(&mut ctx, &issued.id).await.unwrap();
    let opened = register::store::open(&mut ctx, row).await.unwrap();
    let anchors = seal::trust_anchors(&mut ctx).await.unwrap();
    let report = proof::verify::verify_file(&opened.signed, &anchors, None, now());
    assert!(report.valid, "{:?}", report.failure());
    assert_eq!(opened.holder_number(), person.number.unwrap());
    // At rest nothing of it can be read.
    let sealed: Vec<u8> = ctx
        .scalar("SELECT body_sealed FROM licence WHERE id = $1", vals![&issued.id])
        .await
        .unwrap()
        .unwrap();
    assert!(!sealed.windows(6).any(|bytes| bytes == "许小".as_bytes()));
}

#[tokio::test]
async fn serials_of_a_type_and_issuer_are_never_the_same() {
    let world = world().await;
    let mut serials = Vec::new();
    for sequence in 1..5 {
        let person = world.person("许小满", sequence).await;
        let issued = world.licence(&person).await;
        serials.push(LicenceId::parse(&issued.identifier).unwrap().serial().to_owned());
    }
    assert_eq!(serials, ["202600000001", "202600000002", "202600000003", "202600000004"]);
}

#[tokio::test]
async fn of_two_issuers_at_once_one_wins() {
    let world = world_on_server().await;
    let person = world.person("许小满", 1).await;
    let one = async {
        let mut ctx = world.system().await;
        issue(&mut ctx, issue_for(&person)).await?;
        ctx.commit().await
    };
    let other = async {
        let mut ctx = world.system().await;
        issue(&mut ctx, issue_for(&person)).await?;
        ctx.commit().await
    };
    let (one, other) = tokio::join!(one, other);
    let errors: Vec<_> = [one, other].into_iter().filter_map(Result::err).collect();
    assert_eq!(errors.len(), 1, "{errors:?}");
    assert_eq!(errors[0].code, "licence.already_live");
    let mut ctx = world.system().await;
    assert_eq!(ctx.count("SELECT COUNT(*) FROM licence", vals![]).await.unwrap(), 1);
}

#[tokio::test]
async fn fields_the_type_does_not_have_are_named() {
    let world = world().await;
    let person = world.person("许小满", 1).await;
    let mut wrong = issue_for(&person);
    wrong.fields = json!({ "name": "许小满", "shoe_size": "39", "born_on": "昨天" });
    let mut ctx = world.system().await;
    let error = issue(&mut ctx, wrong).await.unwrap_err();
    let mut faults: Vec<(&str, &str)> =
        error.fields.iter().map(|f| (f.field.as_str(), f.code.as_str())).collect();
    faults.sort();
    assert_eq!(
        faults,
        [("born_on", "licence.field_value"), ("shoe_size", "licence.field_unknown")]
    );
}

#[tokio::test]
async fn an_officer_of_another_agency_neither_issues_nor_revokes() {
    let world = world().await;
    let person = world.person("许小满", 1).await;
    let mut ctx = world.as_actor(&officer(HEALTH)).await;
    assert_eq!(issue(&mut ctx, issue_for(&person)).await.unwrap_err().kind, Kind::Denied);
    drop(ctx);
    let issued = world.licence(&person).await;
    let mut ctx = world.as_actor(&officer(HEALTH)).await;
    let error = revoke(&mut ctx, &issued.id, "错误", "第六十九条").await.unwrap_err();
    assert_eq!(error.kind, Kind::NotFound);
    drop(ctx);
    let mut weak = officer(POLICE);
    weak.assurance = 1;
    let mut ctx = world.as_actor(&weak).await;
    let error = revoke(&mut ctx, &issued.id, "错误", "第六十九条").await.unwrap_err();
    assert_eq!(error.code, "sign_in.second_factor");
}

#[tokio::test]
async fn a_revocation_stands_in_the_next_status_list() {
    let world = world_on_server().await;
    let person = world.person("许小满", 1).await;
    let issued = world.licence(&person).await;
    let before = SignedStatus::parse(&status::all(&world.env).await.unwrap()).unwrap();
    assert!(before.list().entries.is_empty());
    world.revoke(&issued.id).await.unwrap();
    let after = SignedStatus::parse(&status::all(&world.env).await.unwrap()).unwrap();
    let mut ctx = world.system().await;
    let anchors = seal::trust_anchors(&mut ctx).await.unwrap();
    drop(ctx);
    after.verify(&anchors, now()).unwrap();
    // Of a demonstration, whose clock is its own; the real thing's goes stale in a day.
    after.verify_fresh(now().plus_days(365)).unwrap();
    let real = testkit::Setup::default().at(&testkit::Place::any().await).await;
    seal::provision(&real.env).await.unwrap();
    let list = SignedStatus::parse(&status::all(&real.env).await.unwrap()).unwrap();
    let made = real.env.clock.now();
    list.verify_fresh(made.plus_hours(23)).unwrap();
    assert!(list.verify_fresh(made.plus_hours(25)).is_err());
    let entry = after.list().lookup(&issued.identifier, now()).unwrap();
    assert_eq!(entry.status, Status::Withdrawn);
    let mine = SignedStatus::parse(&status::of_issuer(&world.env, POLICE).await.unwrap()).unwrap();
    assert_eq!(mine.list().entries.len(), 1);
    let others =
        SignedStatus::parse(&status::of_issuer(&world.env, HEALTH).await.unwrap()).unwrap();
    assert!(others.list().entries.is_empty());
}

#[tokio::test]
async fn an_unchanged_status_list_is_the_same_file_until_it_grows_old() {
    let world = world().await;
    let first = status::all(&world.env).await.unwrap();
    world.env.clock.advance_us(kernel::time::HOUR_US);
    assert_eq!(first, status::all(&world.env).await.unwrap());
    world.env.clock.advance_us(12 * kernel::time::HOUR_US);
    assert_ne!(first, status::all(&world.env).await.unwrap());
}

#[tokio::test]
async fn what_has_ended_stays_ended_and_makes_room_for_another() {
    let world = world().await;
    let person = world.person("许小满", 1).await;
    let issued = world.licence(&person).await;
    world.revoke(&issued.id).await.unwrap();
    assert_eq!(world.revoke(&issued.id).await.unwrap_err().code, "licence.ended");
    let mut ctx = world.system().await;
    assert!(find_live(&mut ctx, TYPE, &person.id).await.unwrap().is_none());
    drop(ctx);
    let again = world.licence(&person).await;
    assert_ne!(again.identifier, issued.identifier);
}

#[tokio::test]
async fn a_type_without_the_state_cannot_be_suspended() {
    let world = world().await;
    let person = world.person("许小满", 1).await;
    let issued = world.licence(&person).await;
    let mut ctx = world.as_actor(&officer(POLICE)).await;
    let error = suspend(&mut ctx, &issued.id, "调查中", "第一条").await.unwrap_err();
    assert_eq!(error.code, "licence.state_not_allowed");
}

#[tokio::test]
async fn past_its_last_day_a_licence_lapses() {
    let world = world().await;
    let person = world.person("许小满", 1).await;
    let mut new = issue_for(&person);
    new.valid_until = Some(jiff::civil::date(2026, 9, 20));
    let mut ctx = world.system().await;
    let issued = issue(&mut ctx, new).await.unwrap();
    ctx.commit().await.unwrap();
    let last_hour = kernel::Timestamp::start_of(jiff::civil::date(2026, 9, 20)).plus_hours(23);
    world.env.clock.advance_us(last_hour.since(now()));
    let mut ctx = world.system().await;
    assert!(find_live(&mut ctx, TYPE, &person.id).await.unwrap().is_some());
    drop(ctx);
    world.env.clock.advance_us(kernel::time::HOUR_US);
    let mut ctx = world.system().await;
    assert!(
        find_live(&mut ctx, TYPE, &person.id).await.unwrap().is_none(),
        "even before the timer"
    );
    drop(ctx);
    let jobs: Vec<_> = crate::modules().into_iter().flat_map(|module| module.jobs).collect();
    Worker::new(world.env.clone(), &jobs).drain().await.unwrap();
    let mut ctx = world.system().await;
    let row = register::store::get(&mut ctx, &issued.id).await.unwrap();
    assert_eq!(row.state, "05");
    drop(ctx);
    let list = SignedStatus::parse(&status::all(&world.env).await.unwrap()).unwrap();
    assert_eq!(list.list().entries[0].status, Status::Lapsed);
}

#[tokio::test]
async fn a_licence_used_in_a_case_is_seen_by_its_holder() {
    let world = world().await;
    let person = world.person("许小满", 1).await;
    let stranger = world.person("李建国", 3).await;
    let issued = world.licence(&person).await;
    let mut ctx = world.as_actor(&citizen(&stranger)).await;
    let error = use_for(&mut ctx, &issued.id, "01CASE2", HEALTH, "生育津贴申领").await.unwrap_err();
    assert_eq!(error.kind, Kind::NotFound);
    drop(ctx);
    let mut ctx = world.as_actor(&officer(HEALTH)).await;
    assert_eq!(
        use_for(&mut ctx, &issued.id, "01CASE2", HEALTH, "").await.unwrap_err().code,
        "licence.purpose"
    );
    let data = use_for(&mut ctx, &issued.id, "01CASE2", HEALTH, "生育津贴申领").await.unwrap();
    assert_eq!(data.fields["name"], "许小满");
    ctx.commit().await.unwrap();
    let mut ctx = world.as_actor(&citizen(&person)).await;
    let uses = register::uses(&mut ctx, &issued.id, "").await.unwrap();
    assert_eq!(uses.len(), 1);
    assert_eq!((uses[0].agency.as_str(), uses[0].purpose.as_str()), (HEALTH, "生育津贴申领"));
}

#[tokio::test]
async fn a_row_changed_by_hand_no_longer_matches_its_evidence() {
    let world = world().await;
    let person = world.person("许小满", 1).await;
    let issued = world.licence(&person).await;
    let mut ctx = world.system().await;
    let page = party::audit::list(&mut ctx, &format!("licence:{}", issued.id), "").await.unwrap();
    let entry = page.entries.iter().find(|entry| entry.kind == "licence.issued").unwrap();
    let now_digest = party::audit::row_digest(&mut ctx, "licence", &issued.id).await.unwrap();
    assert!(entry.row_digests.contains(&now_digest));
    ctx.execute("UPDATE licence SET state = '01', holder = 'x' WHERE id = $1", vals![&issued.id])
        .await
        .unwrap();
    let forged = party::audit::row_digest(&mut ctx, "licence", &issued.id).await.unwrap();
    assert!(!entry.row_digests.contains(&forged));
}

#[tokio::test]
async fn provisioning_again_changes_nothing() {
    let world = world().await;
    let path = seal::provision(&world.env).await.unwrap();
    let first = std::fs::read(&path).unwrap();
    let again = seal::provision(&world.env).await.unwrap();
    assert_eq!(first, std::fs::read(again).unwrap());
    let mut ctx = world.system().await;
    assert_eq!(ctx.count("SELECT COUNT(*) FROM agency_key", vals![]).await.unwrap(), 3);
}
