//! Whoever registers is nobody's number until a clerk has seen his card.

use super::on_both;
use super::world::{PASSWORD, World};
use crate::{account, delegation, person};
use axum::http::StatusCode;
use kernel::identifier::CitizenNumber;
use kernel::{Actor, Error};

on_both!(
    an_unproven_account_opens_nothing_and_blocks_nobody,
    a_clerk_proves_an_account_on_his_page,
);

fn number() -> String {
    CitizenNumber::make("410105", jiff::civil::date(1990, 5, 1), 21).unwrap().as_str().to_owned()
}

fn form(mobile: &str) -> account::Registration {
    account::Registration {
        name: "王小明".to_owned(),
        number: number(),
        mobile: mobile.to_owned(),
        password: PASSWORD.to_owned(),
        again: PASSWORD.to_owned(),
    }
}

async fn registered(world: &World, mobile: &str) -> Result<Actor, Error> {
    let mut ctx = world.system().await;
    let id = account::register(&mut ctx, &form(mobile)).await?;
    let actor = account::actor_of(&mut ctx, &id, 2).await?;
    ctx.commit().await?;
    Ok(actor)
}

fn proof(login: &str) -> account::Proof {
    let (login, name) = (login.to_owned(), "王小明".to_owned());
    account::Proof { login, name, number: number(), seen: true }
}

async fn prove(world: &World, who: &Actor, proof: &account::Proof) -> Result<(), Error> {
    let mut ctx = world.as_actor(who).await;
    account::prove(&mut ctx, proof).await?;
    ctx.commit().await
}

async fn an_unproven_account_opens_nothing_and_blocks_nobody(world: World) {
    let clerk = world.officer("lin.qing", &["clerk"]).await;
    let reviewer = world.officer("wu.min", &["reviewer"]).await;
    let thief = registered(&world, "13800000001").await.unwrap();
    let real = registered(&world, "13800000002").await.unwrap();
    assert_ne!(thief.party, real.party, "a claim is no person");
    let mut ctx = world.as_actor(&thief).await;
    assert!(
        person::by_number(&mut ctx, &number()).await.unwrap().is_none(),
        "nothing is registered"
    );
    assert_eq!(person::get(&mut ctx, &thief.party).await.unwrap().number, None);
    assert_eq!(account::demand_proven(&mut ctx).await.unwrap_err().code, "account.unproven");
    let asked = delegation::Asked { number: "x", name: "x", ..delegation::Asked::default() };
    let refused = delegation::ask(&mut ctx, &asked).await.unwrap_err();
    assert_eq!(refused.code, "account.unproven");
    drop(ctx);

    for who in [&thief, &real, &reviewer] {
        let refused = prove(&world, who, &proof("13800000002")).await.unwrap_err();
        assert_eq!(refused.code, "denied", "a clerk alone proves");
    }
    let unseen = account::Proof { seen: false, ..proof("13800000002") };
    let other = account::Proof { name: "王大明".to_owned(), ..proof("13800000002") };
    let none = proof("13800000009");
    for (proof, code) in [(unseen, "claim.seen"), (other, "claim.other"), (none, "claim.none")] {
        assert_eq!(prove(&world, &clerk, &proof).await.unwrap_err().fields[0].code, code);
    }
    prove(&world, &clerk, &proof("13800000002")).await.unwrap();

    let mut ctx = world.system().await;
    let found = person::by_number(&mut ctx, &number()).await.unwrap().unwrap();
    let proven = account::actor_of(&mut ctx, &real.account, 2).await.unwrap();
    assert_eq!((proven.party.as_str(), found.name.as_str()), (found.id.as_str(), "王小明"));
    assert!(account::actor_of(&mut ctx, &thief.account, 2).await.is_err(), "displaced");
    drop(ctx);
    let mut ctx = world.as_actor(&proven).await;
    account::demand_proven(&mut ctx).await.unwrap();
    drop(ctx);
    let again = registered(&world, "13800000003").await.unwrap_err();
    assert_eq!(again.code, "register.exists", "the bearer has an account");
    let kinds =
        "SELECT COUNT(*) FROM evidence_entry WHERE kind IN ('account.proven', 'account.displaced')";
    assert_eq!(world.count(kinds).await, 2);
}

async fn a_clerk_proves_an_account_on_his_page(world: World) {
    world.officer("lin.qing", &["clerk"]).await;
    world.officer("wu.min", &["reviewer"]).await;
    registered(&world, "13800000001").await.unwrap();
    let mut citizen = world.browser();
    citizen.sign_in("13800000001").await;
    assert!(citizen.get("/account?lang=en").await.text.contains("Your identity is not proven yet"));
    assert_eq!(citizen.get("/desk-accounts").await.status, StatusCode::FORBIDDEN);
    let mut other = world.browser();
    other.sign_in("wu.min").await;
    assert_eq!(other.get("/desk-accounts").await.status, StatusCode::FORBIDDEN);
    let mut clerk = world.browser();
    clerk.sign_in("lin.qing").await;
    let number = number();
    let mut fields =
        vec![("login", "13800000001"), ("name", "王小明"), ("number", number.as_str())];
    let refused = clerk.fill("/desk-accounts", "/desk-accounts", &fields).await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    fields.push(("seen", "1"));
    let done = clerk.fill("/desk-accounts", "/desk-accounts", &fields).await;
    assert_eq!(done.location, "/desk-accounts?notice=account.proven", "{}", done.text);
    assert!(
        !citizen.get("/account?lang=en").await.text.contains("Your identity is not proven yet")
    );
}
