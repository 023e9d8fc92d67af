//! Grants: opened, widened, handed on, closed.

use super::on_both;
use super::world::{MOTHER, World};
use crate::grant::{VALUES_MAX, close, hand_on, open};

async fn a_grant_is_widened_and_never_reopened(world: World) {
    let mut ctx = world.system().await;
    let item = ["item".to_owned()];
    open(&mut ctx, "draft", "thing", &item, &[MOTHER.into(), String::new()]).await.unwrap();
    open(&mut ctx, "draft", "thing", &item, &["H1".into()]).await.unwrap();
    let grant = crate::grant::find(&mut ctx, "draft").await.unwrap().unwrap();
    for value in [MOTHER, "41010519900307078x", "h1"] {
        assert!(crate::grant::names(&mut ctx, &grant, value).await.unwrap(), "{value}");
    }
    assert!(!crate::grant::names(&mut ctx, &grant, "H2").await.unwrap());
    assert!(!crate::grant::names(&mut ctx, &grant, "").await.unwrap());
    hand_on(&mut ctx, "draft", "case", "1").await.unwrap();
    assert!(crate::grant::find(&mut ctx, "draft").await.unwrap().is_none());
    close(&mut ctx, "case").await.unwrap();
    close(&mut ctx, "case").await.unwrap();
    let error = open(&mut ctx, "case", "thing", &item, &[]).await.unwrap_err();
    assert_eq!(error.code, "grant.closed");
    hand_on(&mut ctx, "nothing", "case", "1").await.unwrap();
}

async fn a_grant_cannot_be_handed_to_a_case_that_has_one(world: World) {
    let mut ctx = world.system().await;
    open(&mut ctx, "one", "thing", &[], &[]).await.unwrap();
    open(&mut ctx, "two", "thing", &[], &[]).await.unwrap();
    let error = hand_on(&mut ctx, "one", "two", "1").await.unwrap_err();
    assert_eq!(error.code, "grant.other");
}

async fn a_grant_has_limits(world: World) {
    let mut ctx = world.system().await;
    let many: Vec<String> = (0..=VALUES_MAX).map(|n| format!("H{n}")).collect();
    let error = open(&mut ctx, "case", "thing", &[], &many).await.unwrap_err();
    assert_eq!(error.code, "grant.size");
    open(&mut ctx, "case", "thing", &[], &many[1..]).await.unwrap();
    let error = open(&mut ctx, "case", "thing", &[], &["one more".into()]).await.unwrap_err();
    assert_eq!(error.code, "grant.size");
    let error = open(&mut ctx, "case", "nothing", &[], &[]).await.unwrap_err();
    assert_eq!(error.code, "grant.one_thing");
    let error = open(&mut ctx, "", "thing", &[], &[]).await.unwrap_err();
    assert_eq!(error.code, "grant.size");
}

on_both!(
    a_grant_is_widened_and_never_reopened,
    a_grant_cannot_be_handed_to_a_case_that_has_one,
    a_grant_has_limits,
);
