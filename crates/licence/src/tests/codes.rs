//! Presentations and the person's code.

use super::world::*;
use crate::{code, register, status, verify, wallet};
use kernel::{Actor, Kind};
use proof::status::SignedStatus;

async fn live(world: &World) -> SignedStatus {
    SignedStatus::parse(&status::all(&world.env).await.unwrap()).unwrap()
}

fn choose(fields: &[&str]) -> Vec<String> {
    fields.iter().map(|field| (*field).to_owned()).collect()
}

#[tokio::test]
async fn a_presentation_shows_the_chosen_fields_once() {
    let world = world_on_server().await;
    let person = world.person("许小满", 1).await;
    let issued = world.licence(&person).await;
    let status = live(&world).await;
    let mut ctx = world.as_actor(&citizen(&person)).await;
    let made = wallet::present(&mut ctx, &issued.id, &choose(&["name", "born_on"])).await.unwrap();
    ctx.commit().await.unwrap();
    let mut ctx = world.as_actor(&Actor::anonymous()).await;
    let error = verify::by_code(&mut ctx, &status, &made.code, "", None).await.unwrap_err();
    assert_eq!(error.code, "licence.purpose", "a code is not used up without a purpose");
    drop(ctx);
    let mut ctx = world.as_actor(&Actor::anonymous()).await;
    let (outcome, _) =
        verify::by_code(&mut ctx, &status, &made.code, "办理入园报名", None).await.unwrap();
    ctx.commit().await.unwrap();
    assert!(outcome.valid, "{:?}", outcome.checks);
    let seen = outcome.licence.unwrap();
    let shown: Vec<&str> = seen.fields.iter().map(|(id, _, _)| id.as_str()).collect();
    assert_eq!(shown, ["name", "born_on"]);
    assert_eq!(seen.fields[1].2.zh, "1994年3月5日");
    let printed = format!("{seen:?}");
    assert!(!printed.contains("410105000123") && !printed.contains("书院街"), "{printed}");
    let mut ctx = world.as_actor(&Actor::anonymous()).await;
    let error = verify::by_code(&mut ctx, &status, &made.code, "再看", None).await.unwrap_err();
    assert_eq!(error.code, "licence.code_used");
    drop(ctx);
    let mut ctx = world.as_actor(&citizen(&person)).await;
    let uses = register::uses(&mut ctx, &issued.id, "").await.unwrap();
    assert_eq!(uses.len(), 1);
    assert_eq!(uses[0].purpose, "办理入园报名");
    assert_eq!(uses[0].fields, r#"["name","born_on"]"#);
    assert!(wallet::presentation(&mut ctx, &issued.id, &made.id).await.unwrap().used);
}

#[tokio::test]
async fn two_verifiers_at_once_use_a_code_once() {
    let world = world_on_server().await;
    let person = world.person("许小满", 1).await;
    let issued = world.licence(&person).await;
    let status = live(&world).await;
    let mut ctx = world.as_actor(&citizen(&person)).await;
    let made = wallet::present(&mut ctx, &issued.id, &choose(&["name"])).await.unwrap();
    ctx.commit().await.unwrap();
    let verify_once = async || {
        let mut ctx = world.as_actor(&Actor::anonymous()).await;
        verify::by_code(&mut ctx, &status, &made.code, "核验", None).await?;
        ctx.commit().await
    };
    let (one, other) = tokio::join!(verify_once(), verify_once());
    assert_eq!(u8::from(one.is_ok()) + u8::from(other.is_ok()), 1);
    let mut ctx = world.system().await;
    let uses = register::uses(&mut ctx, &issued.id, "").await.unwrap();
    assert_eq!(uses.len(), 1);
}

#[tokio::test]
async fn wrong_unknown_and_expired_codes_are_told_apart() {
    let world = world().await;
    let person = world.person("许小满", 1).await;
    let issued = world.licence(&person).await;
    let status = live(&world).await;
    let mut ctx = world.as_actor(&citizen(&person)).await;
    let made = wallet::present(&mut ctx, &issued.id, &choose(&["name"])).await.unwrap();
    ctx.commit().await.unwrap();
    let mut ctx = world.system().await;
    let unknown = kernel::identifier::QueryCode::make(&mut ctx.random).unwrap();
    let told = async |ctx: &mut store::Ctx, code: &str| {
        verify::by_code(ctx, &status, code, "核验", None).await.unwrap_err().code
    };
    assert_eq!(told(&mut ctx, "ABC").await, "licence.code_wrong");
    assert_eq!(told(&mut ctx, unknown.as_str()).await, "licence.code_unknown");
    world.env.clock.advance_us(wallet::LIFE_S * kernel::time::SECOND_US - 1);
    assert!(verify::peek(&mut ctx, &status, &made.code).await.is_ok());
    world.env.clock.advance_us(1);
    assert_eq!(told(&mut ctx, &made.code).await, "licence.code_expired");
}

#[tokio::test]
async fn only_what_is_in_force_and_there_can_be_presented() {
    let world = world().await;
    let person = world.person("许小满", 1).await;
    let issued = world.licence(&person).await;
    let mut ctx = world.as_actor(&citizen(&person)).await;
    let error = wallet::present(&mut ctx, &issued.id, &choose(&[])).await.unwrap_err();
    assert_eq!(error.code, "licence.fields_none");
    let error = wallet::present(&mut ctx, &issued.id, &choose(&["shoe_size"])).await.unwrap_err();
    assert_eq!(error.code, "licence.fields_unknown");
    drop(ctx);
    world.revoke(&issued.id).await.unwrap();
    let mut ctx = world.as_actor(&citizen(&person)).await;
    let error = wallet::present(&mut ctx, &issued.id, &choose(&["name"])).await.unwrap_err();
    assert_eq!(error.code, "licence.not_in_force");
}

#[tokio::test]
async fn a_revocation_is_seen_at_once_by_whoever_verifies() {
    let world = world().await;
    let person = world.person("许小满", 1).await;
    let issued = world.licence(&person).await;
    let (status, number) = (live(&world).await, person.number.clone().unwrap());
    let mut ctx = world.system().await;
    let found =
        verify::by_identifier(&mut ctx, &status, &issued.identifier, &number[14..], "核验").await;
    assert!(found.unwrap().valid);
    let wrong = verify::by_identifier(&mut ctx, &status, &issued.identifier, "0000", "核验").await;
    assert_eq!(wrong.unwrap_err().code, "licence.identifier_unknown");
    drop(ctx);
    world.revoke(&issued.id).await.unwrap();
    // Even with the list fetched a moment before the revocation.
    let mut ctx = world.system().await;
    let found = verify::by_identifier(&mut ctx, &status, &issued.identifier, &number[14..], "核验")
        .await
        .unwrap();
    assert!(!found.valid);
    let failed: Vec<&str> =
        found.checks.iter().filter(|check| !check.ok).map(|check| check.name.as_str()).collect();
    assert_eq!(failed, ["register"]);
    assert_eq!(found.licence.unwrap().state, "03");
}

#[tokio::test]
async fn a_guardian_opens_the_childs_licences_and_a_stranger_does_not() {
    let world = world().await;
    let mother = world.person("许小满", 2).await;
    let stranger = world.person("李建国", 3).await;
    let child = world.child_of(&mother).await;
    let mut ctx = world.system().await;
    let issued = crate::issue(
        &mut ctx,
        register::Issue {
            type_id: BIRTH.to_owned(),
            holder_person: child.id.clone(),
            holder_name: child.name.clone(),
            agency_id: HEALTH.to_owned(),
            fields: serde_json::json!({ "child_name": "许安安", "weight_g": 3250 }),
            ..register::Issue::default()
        },
    )
    .await
    .unwrap();
    ctx.commit().await.unwrap();
    let mut ctx = world.as_actor(&citizen(&mother)).await;
    let opened = wallet::open(&mut ctx, &issued.id).await.unwrap();
    assert_eq!(opened.fields()["number"], "202600000001", "drawn at issue");
    let all = wallet::all(&mut ctx).await.unwrap();
    assert_eq!((all.len(), all[1].cards.len()), (2, 1));
    wallet::present(&mut ctx, &issued.id, &choose(&["child_name"])).await.unwrap();
    drop(ctx);
    let mut ctx = world.as_actor(&citizen(&stranger)).await;
    assert_eq!(wallet::open(&mut ctx, &issued.id).await.unwrap_err().kind, Kind::NotFound);
    assert_eq!(wallet::list(&mut ctx, &child.id).await.unwrap_err().kind, Kind::NotFound);
}

#[tokio::test]
async fn a_persons_code_identifies_him_once_within_a_minute() {
    let world = world().await;
    let person = world.person("许小满", 1).await;
    let clerk = staff(POLICE, "clerk");
    let mut ctx = world.as_actor(&citizen(&person)).await;
    let made = code::make(&mut ctx).await.unwrap();
    ctx.commit().await.unwrap();
    let mut ctx = world.as_actor(&citizen(&person)).await;
    assert_eq!(code::current(&mut ctx).await.unwrap(), Some(made.clone()));
    assert_eq!(code::resolve(&mut ctx, &made.code).await.unwrap_err().kind, Kind::Denied);
    drop(ctx);
    let mut ctx = world.as_actor(&clerk).await;
    let forged = format!("{}0", &made.token[..made.token.len() - 1]);
    let other = if forged == made.token {
        format!("{}1", &made.token[..made.token.len() - 1])
    } else {
        forged
    };
    let error = code::resolve(&mut ctx, &other).await.unwrap_err();
    assert_eq!(error.code, "licence.person_code_wrong");
    assert_eq!(code::resolve(&mut ctx, &made.token).await.unwrap().id, person.id);
    let error = code::resolve(&mut ctx, &made.code).await.unwrap_err();
    assert_eq!(error.code, "licence.person_code_used");
    ctx.commit().await.unwrap();
    let mut ctx = world.as_actor(&citizen(&person)).await;
    let uses = register::uses_of(&mut ctx, &person.id, "").await.unwrap();
    assert_eq!((uses.len(), uses[0].kind.as_str()), (1, "code"));
    let again = code::make(&mut ctx).await.unwrap();
    ctx.commit().await.unwrap();
    world.env.clock.advance_us(code::LIFE_S * kernel::time::SECOND_US);
    let mut ctx = world.as_actor(&clerk).await;
    let error = code::resolve(&mut ctx, &again.code).await.unwrap_err();
    assert_eq!(error.code, "licence.person_code_expired");
}
