//! Whoever owns an account is told of what opens it.

use super::on_both;
use super::world::{PASSWORD, World};
use crate::message::{self, Message};
use crate::{account, token};
use axum::http::StatusCode;
use kernel::{Actor, Lang};
use serde_json::json;

on_both!(
    a_new_password_is_told,
    a_new_second_factor_and_a_used_recovery_code_are_told,
    a_program_that_was_let_in_is_told_by_name,
    a_program_that_acts_by_itself_is_not_told,
    the_security_of_an_account_goes_by_mail_unless_it_is_not_wanted,
);

async fn told(world: &World, who: &Actor) -> Vec<Message> {
    message::list(&mut world.as_actor(who).await, "").await.unwrap().messages
}

/// The events told; the clock stands still, so that their order tells nothing.
fn templates(messages: &[Message]) -> Vec<&str> {
    let mut told: Vec<&str> = messages.iter().map(|one| one.template.as_str()).collect();
    told.sort_unstable();
    told
}

async fn a_new_password_is_told(world: World) {
    let amy = world.citizen("amy", 10, 1).await;
    let change = async |old: &str, new: &str| {
        account::change_password(&world.env, Lang::En, &amy, old, new).await
    };
    assert!(change("not the old one", "another long password").await.is_err());
    assert!(told(&world, &amy).await.is_empty(), "an attempt is no change");
    change(PASSWORD, "another long password").await.unwrap();
    let messages = told(&world, &amy).await;
    assert_eq!(templates(&messages), ["account.password_changed"]);
    assert_eq!(messages[0].link, "/account");
    let mut ctx = world.as_actor(&amy).await;
    ctx.lang = Lang::Zh;
    let zh = message::find(&mut ctx, &messages[0].id).await.unwrap();
    for text in [&messages[0].subject, &messages[0].body, &zh.subject, &zh.body] {
        assert!(!text.is_empty() && !text.contains('{'), "{text}");
        assert!(!text.contains("amy") && !text.contains("张"), "nobody is named: {text}");
    }
    assert_ne!(zh.subject, messages[0].subject);
}

async fn a_new_second_factor_and_a_used_recovery_code_are_told(world: World) {
    let amy = world.citizen("amy", 10, 1).await;
    let mut browser = world.browser();
    browser.sign_in("amy").await;
    let page = browser.get("/account/totp").await.text;
    let secret = page.split("secret=").nth(1).unwrap();
    let secret: String = secret.chars().take_while(char::is_ascii_alphanumeric).collect();
    let secret = proof::totp::Secret::from_base32(&secret).unwrap();
    let code = secret.code(world.env.clock.platform());
    let done = browser.fill("/account/totp", "/account/totp", &[("code", &code)]).await;
    assert_eq!(done.status, StatusCode::OK);
    assert_eq!(templates(&told(&world, &amy).await), ["account.second_factor_changed"]);
    let recovery = done
        .text
        .split(|c: char| !(c.is_ascii_alphanumeric() || c == '-'))
        .find(|word| word.len() == 11 && word.as_bytes().get(5) == Some(&b'-'))
        .unwrap()
        .to_owned();
    assert!(account::verify(&world.env, Lang::En, &amy, "AAAAA-AAAAA").await.is_err());
    let checked = crate::account::check_code(&world.env, Lang::En, &amy.account, &recovery).await;
    checked.unwrap();
    let messages = told(&world, &amy).await;
    assert_eq!(
        templates(&messages),
        ["account.recovery_code_used", "account.second_factor_changed"]
    );
    assert!(messages.iter().any(|one| one.body.contains("9 are left")));
}

async fn a_program_that_was_let_in_is_told_by_name(world: World) {
    let amy = world.citizen("amy", 10, 1).await;
    let admin = world.officer("root", &["administrator"]).await;
    let mut ctx = world.as_actor(&admin).await;
    let new = token::NewClient {
        name: "Travel planner",
        redirect_uri: "https://planner.example/back",
        ..token::NewClient::default()
    };
    let (client, _) = token::register_client(&mut ctx, &new, "接入").await.unwrap();
    ctx.commit().await.unwrap();
    let mut ctx = world.system().await;
    token::issue(&mut ctx, &amy.account, &client, 1, true).await.unwrap();
    ctx.commit().await.unwrap();
    let messages = told(&world, &amy).await;
    assert_eq!(templates(&messages), ["account.token_made"]);
    assert!(messages[0].body.contains("Travel planner"), "{}", messages[0].body);
}

async fn a_program_that_acts_by_itself_is_not_told(world: World) {
    let amy = world.citizen("amy", 10, 1).await;
    let mut ctx = world.system().await;
    token::issue(&mut ctx, &amy.account, "password", 1, false).await.unwrap();
    ctx.commit().await.unwrap();
    assert!(told(&world, &amy).await.is_empty());
    let mut browser = world.browser();
    let body = json!({"grant_type": "password", "username": "amy", "password": PASSWORD});
    let (status, given) = browser.api("POST", "/oauth/token", "", body).await;
    assert_eq!(status, StatusCode::OK);
    assert_eq!(told(&world, &amy).await.len(), 1);
    let refresh = given["refresh_token"].as_str().unwrap();
    let body = json!({"grant_type": "refresh_token", "refresh_token": refresh});
    assert_eq!(browser.api("POST", "/oauth/token", "", body).await.0, StatusCode::OK);
    assert_eq!(told(&world, &amy).await.len(), 1, "a renewal is no new token");
}

async fn the_security_of_an_account_goes_by_mail_unless_it_is_not_wanted(world: World) {
    let amy = world.citizen("amy", 10, 1).await;
    let (choices, _) = message::preferences(&mut world.as_actor(&amy).await).await.unwrap();
    for event in ["account.passkey_added", "account.passkey_removed", "account.token_made"] {
        let choice = choices.iter().find(|choice| choice.template == event).unwrap();
        assert!(choice.mail && !choice.mandatory, "{event}");
    }
    let mut ctx = world.as_actor(&amy).await;
    message::set_preferences(&mut ctx, &["account.token_made"]).await.unwrap();
    let (choices, _) = message::preferences(&mut ctx).await.unwrap();
    let wanted = |event: &str| choices.iter().find(|one| one.template == event).unwrap().mail;
    assert!(wanted("account.token_made") && !wanted("account.passkey_added"));
}
