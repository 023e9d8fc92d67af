//! Objections: who may object, who answers, by when, and who is told.

use super::on_both;
use super::world::{HEALTH, MOTHER, POLICE, World, lookup, officer};
use crate::lookup::fetch;
use crate::objection::{
    Answer, Filing, Status, answer, corrections, desk, find, for_desk, mine, open, overdue, seen,
};
use crate::registry::get_raw;
use kernel::Actor;
use serde_json::json;
use store::vals;

struct Scene {
    world: World,
    mother: Actor,
    police: Actor,
    filing: Filing,
}

/// The mother saw her address, read by the health agency for her case, and finds it wrong.
async fn scene(world: World) -> Scene {
    let record = world.seed().await;
    let mother = world.mother().await;
    world.grant(&mother, "case").await;
    let reviewer = officer(HEALTH, "reviewer");
    let mut ctx = world.write(&reviewer).await;
    let found = fetch(&mut ctx, &lookup("open"), MOTHER, "case", HEALTH).await.unwrap().unwrap();
    ctx.commit().await.unwrap();
    let filing = Filing {
        case_id: "case".into(),
        registry: "people".into(),
        record_id: record,
        lookup: "mother".into(),
        field: "address".into(),
        shown: "经三路1号".into(),
        claimed: "经三路10号".into(),
        note: "少了一个零".into(),
        receipt: found.receipt,
    };
    Scene { world, mother, police: officer(POLICE, "data_officer"), filing }
}

impl Scene {
    async fn file(&self) -> String {
        let mut ctx = self.world.write(&self.mother).await;
        let opened = open(&mut ctx, &self.filing).await.unwrap();
        ctx.commit().await.unwrap();
        opened.id
    }

    async fn address(&self) -> String {
        let mut ctx = self.world.system().await;
        let found = get_raw(&mut ctx, "people", "citizen_number", MOTHER).await.unwrap().unwrap();
        found.fields["address"].as_str().unwrap().to_owned()
    }
}

fn accepted(value: &str) -> Answer {
    Answer::Accept { value: value.into(), text: String::new() }
}

async fn the_source_has_ten_working_days_by_the_calendar(world: World) {
    let scene = scene(world).await;
    let id = scene.file().await;
    let found = find(&mut scene.world.read(&scene.mother), &id).await.unwrap();
    // From Tuesday 15 September 2026; the make-up workday and the holidays of the notice count.
    assert_eq!(found.due.plus_us(-1).date().to_string(), "2026-09-29");
    assert_eq!((found.source.as_str(), found.status, found.revision), (POLICE, Status::Open, 1));
}

async fn an_accepted_objection_corrects_the_record_and_tells_the_receivers(world: World) {
    let scene = scene(world).await;
    let id = scene.file().await;
    let mut ctx = scene.world.write(&scene.police).await;
    let done = answer(&mut ctx, &id, 1, &accepted("经三路10号")).await.unwrap();
    ctx.commit().await.unwrap();
    assert_eq!((done.status, done.corrected.as_str()), (Status::Accepted, "经三路10号"));
    assert_eq!(scene.address().await, "经三路10号");
    let health = officer(HEALTH, "data_officer");
    let told = corrections(&mut scene.world.read(&health), "").await.unwrap().corrections;
    assert_eq!(told.len(), 1);
    assert_eq!((told[0].case_id.as_str(), &told[0].receipt), ("case", &scene.filing.receipt));
    let mut ctx = scene.world.system().await;
    let sql = "SELECT template FROM message WHERE person_id = $1 ORDER BY template";
    let messages: Vec<String> = ctx.column(sql, vals![&scene.mother.party]).await.unwrap();
    assert_eq!(messages, ["objection.answered", "objection.received"]);
    drop(ctx);
    let mut ctx = scene.world.write(&health).await;
    seen(&mut ctx, &told[0].id).await.unwrap();
    seen(&mut ctx, &told[0].id).await.unwrap();
    ctx.commit().await.unwrap();
    let mut ctx = scene.world.write(&scene.police).await;
    assert_eq!(seen(&mut ctx, &told[0].id).await.unwrap_err().code, "not_found");
}

async fn a_read_after_the_correction_is_not_told(world: World) {
    let scene = scene(world).await;
    let id = scene.file().await;
    let mut ctx = scene.world.write(&scene.police).await;
    answer(&mut ctx, &id, 1, &accepted("经三路10号")).await.unwrap();
    ctx.commit().await.unwrap();
    let reviewer = officer(HEALTH, "reviewer");
    let mut ctx = scene.world.write(&reviewer).await;
    let found = fetch(&mut ctx, &lookup("open"), MOTHER, "case", HEALTH).await.unwrap().unwrap();
    assert_eq!(found.fields["address"], json!("经三路10号"));
    ctx.commit().await.unwrap();
    // A second correction: the one read since the first carried the value now corrected.
    let again = Filing {
        claimed: "经三路11号".into(),
        receipt: found.receipt.clone(),
        ..scene.filing.clone()
    };
    let mut ctx = scene.world.write(&scene.mother).await;
    let second = open(&mut ctx, &again).await.unwrap().id;
    ctx.commit().await.unwrap();
    let mut ctx = scene.world.write(&scene.police).await;
    answer(&mut ctx, &second, 1, &accepted("经三路11号")).await.unwrap();
    ctx.commit().await.unwrap();
    let mut ctx = scene.world.system().await;
    let sql = "SELECT receipt_id FROM data_correction WHERE objection_id = $1";
    let told: Vec<String> = ctx.column(sql, vals![&second]).await.unwrap();
    assert_eq!(told, [found.receipt]);
}

async fn a_rejection_needs_reasons_and_changes_nothing(world: World) {
    let scene = scene(world).await;
    let id = scene.file().await;
    let mut ctx = scene.world.write(&scene.police).await;
    let error = answer(&mut ctx, &id, 1, &Answer::Reject { text: " ".into() }).await.unwrap_err();
    assert_eq!(error.fields[0].code, "objection.reason_missing");
    let done =
        answer(&mut ctx, &id, 1, &Answer::Reject { text: "户口簿上是1号".into() }).await.unwrap();
    ctx.commit().await.unwrap();
    assert_eq!((done.status, done.answer.as_str()), (Status::Rejected, "户口簿上是1号"));
    assert_eq!(scene.address().await, "经三路1号");
    let health = officer(HEALTH, "data_officer");
    assert!(corrections(&mut scene.world.read(&health), "").await.unwrap().corrections.is_empty());
}

async fn only_the_source_answers_once_and_from_the_present_state(world: World) {
    let scene = scene(world).await;
    let id = scene.file().await;
    let other = officer("police-410102", "data_officer");
    let mut ctx = scene.world.write(&other).await;
    assert_eq!(answer(&mut ctx, &id, 1, &accepted("x")).await.unwrap_err().code, "not_found");
    drop(ctx);
    let mut ctx = scene.world.write(&officer(POLICE, "reviewer")).await;
    assert_eq!(answer(&mut ctx, &id, 1, &accepted("x")).await.unwrap_err().code, "denied");
    drop(ctx);
    let mut ctx = scene.world.write(&scene.police).await;
    assert_eq!(answer(&mut ctx, &id, 7, &accepted("x")).await.unwrap_err().code, "objection.stale");
    let error = answer(&mut ctx, &id, 1, &accepted("经三路1号")).await.unwrap_err();
    assert_eq!(error.fields[0].code, "objection.same");
    answer(&mut ctx, &id, 1, &accepted("")).await.unwrap();
    assert_eq!(
        answer(&mut ctx, &id, 2, &accepted("y")).await.unwrap_err().code,
        "objection.closed"
    );
}

async fn a_stranger_cannot_object_nor_see(world: World) {
    let scene = scene(world).await;
    let stranger = scene.world.citizen("赵强", "410105198805010012").await;
    let mut ctx = scene.world.write(&stranger).await;
    assert_eq!(open(&mut ctx, &scene.filing).await.unwrap_err().code, "not_found");
    let own = Filing { receipt: String::new(), ..scene.filing.clone() };
    assert_eq!(open(&mut ctx, &own).await.unwrap_err().code, "not_found");
    drop(ctx);
    let id = scene.file().await;
    assert_eq!(find(&mut scene.world.read(&stranger), &id).await.unwrap_err().code, "not_found");
    assert!(mine(&mut scene.world.read(&stranger), "").await.unwrap().0.is_empty());
}

async fn what_a_receipt_did_not_show_is_not_objected_to_by_it(world: World) {
    let scene = scene(world).await;
    let mut ctx = scene.world.write(&scene.mother).await;
    let hidden = Filing { field: "members".into(), claimed: "4".into(), ..scene.filing.clone() };
    assert_eq!(open(&mut ctx, &hidden).await.unwrap_err().code, "not_found");
    // In her own file she sees it, so there she may.
    let own = Filing { receipt: String::new(), ..hidden };
    open(&mut ctx, &own).await.unwrap();
}

async fn a_claim_must_fit_the_field_and_differ(world: World) {
    let scene = scene(world).await;
    let mut ctx = scene.world.write(&scene.mother).await;
    for (field, claimed, code) in [
        ("status", "lost", "registry.field_kind"),
        ("address", "经三路1号", "objection.same"),
        ("citizen_number", "410105199003070781", "identifier."),
    ] {
        let filing =
            Filing { field: field.into(), claimed: claimed.into(), ..scene.filing.clone() };
        let error = open(&mut ctx, &filing).await.unwrap_err();
        assert_eq!((error.code, error.fields[0].field.as_str()), ("objection.wrong", "claimed"));
        assert!(error.fields[0].code.starts_with(code), "{}", error.fields[0].code);
    }
    let long = Filing { note: "长".repeat(1_001), ..scene.filing.clone() };
    assert_eq!(open(&mut ctx, &long).await.unwrap_err().fields[0].code, "objection.too_long");
    open(&mut ctx, &scene.filing).await.unwrap();
    assert_eq!(open(&mut ctx, &scene.filing).await.unwrap_err().code, "objection.open_already");
}

async fn an_unanswered_objection_is_late_once_and_the_supervisor_sees_it(world: World) {
    let scene = scene(world).await;
    let id = scene.file().await;
    let supervisor = officer("data-administration-410100", "supervisor");
    scene.world.advance_days(14);
    scene.world.work().await;
    assert!(overdue(&mut scene.world.read(&supervisor)).await.unwrap().is_empty());
    scene.world.advance_days(1);
    scene.world.work().await;
    let late = overdue(&mut scene.world.read(&supervisor)).await.unwrap();
    assert_eq!(late.iter().map(|one| one.id.as_str()).collect::<Vec<_>>(), [id.as_str()]);
    let elsewhere = officer("data-administration-410200", "supervisor");
    assert!(overdue(&mut scene.world.read(&elsewhere)).await.unwrap().is_empty());
    // Answering late is still answering.
    let mut ctx = scene.world.write(&scene.police).await;
    let revision = for_desk(&mut ctx, &id).await.unwrap().revision;
    answer(&mut ctx, &id, revision, &accepted("经三路10号")).await.unwrap();
    ctx.commit().await.unwrap();
    assert!(overdue(&mut scene.world.read(&supervisor)).await.unwrap().is_empty());
}

async fn an_answered_objection_is_never_late(world: World) {
    let scene = scene(world).await;
    let id = scene.file().await;
    let mut ctx = scene.world.write(&scene.police).await;
    answer(&mut ctx, &id, 1, &accepted("经三路10号")).await.unwrap();
    ctx.commit().await.unwrap();
    scene.world.advance_days(40);
    scene.world.work().await;
    assert!(!find(&mut scene.world.read(&scene.mother), &id).await.unwrap().overdue);
    let (open, _) = desk(&mut scene.world.read(&scene.police), Status::Open, "").await.unwrap();
    let (done, _) = desk(&mut scene.world.read(&scene.police), Status::Accepted, "").await.unwrap();
    assert_eq!((open.len(), done.len()), (0, 1));
}

async fn the_desks_and_the_supervisors_are_told(world: World) {
    let scene = scene(world).await;
    let desk = scene.world.hire(POLICE, "data_officer").await;
    let elsewhere = scene.world.hire("police-410102", "data_officer").await;
    let reader = scene.world.hire(HEALTH, "data_officer").await;
    let supervisor = scene.world.hire("data-administration-410100", "supervisor").await;
    let id = scene.file().await;
    assert_eq!(scene.world.messages(&desk).await, ["work.objection"]);
    scene.world.advance_days(15);
    scene.world.work().await;
    assert_eq!(scene.world.messages(&supervisor).await, ["objection.overdue"]);
    let late = ["work.objection", "objection.overdue"];
    assert_eq!(scene.world.messages(&desk).await, late);
    let hers = scene.world.messages(&scene.mother.party).await;
    assert_eq!(hers.last().map(String::as_str), Some("objection.late"));
    let mut ctx = scene.world.write(&scene.police).await;
    let revision = for_desk(&mut ctx, &id).await.unwrap().revision;
    answer(&mut ctx, &id, revision, &accepted("经三路10号")).await.unwrap();
    ctx.commit().await.unwrap();
    assert_eq!(scene.world.messages(&reader).await, ["data.corrected"]);
    assert!(scene.world.messages(&elsewhere).await.is_empty());
}

on_both!(
    the_desks_and_the_supervisors_are_told,
    the_source_has_ten_working_days_by_the_calendar,
    an_accepted_objection_corrects_the_record_and_tells_the_receivers,
    a_read_after_the_correction_is_not_told,
    a_rejection_needs_reasons_and_changes_nothing,
    only_the_source_answers_once_and_from_the_present_state,
    a_stranger_cannot_object_nor_see,
    what_a_receipt_did_not_show_is_not_objected_to_by_it,
    a_claim_must_fit_the_field_and_differ,
    an_unanswered_objection_is_late_once_and_the_supervisor_sees_it,
    an_answered_objection_is_never_late,
);
