//! OAuth 2.0 over HTTP.

use super::on_both;
use super::world::{PASSWORD, World};
use crate::account::{self, NewOfficer};
use crate::token::{self, NewClient};
use axum::http::StatusCode;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use kernel::time::HOUR_US;
use serde_json::{Value as Json, json};
use sha2::{Digest, Sha256};

on_both!(
    a_password_gives_a_token_that_lives_an_hour,
    what_the_store_cannot_tell_is_no_fault_of_the_token,
    a_replayed_refresh_token_ends_its_family,
    a_revoked_token_is_worthless,
    a_service_account_signs_in_by_its_secret,
    a_code_is_bound_to_its_program_and_used_once,
);

async fn ask(world: &World, body: Json) -> (StatusCode, Json) {
    world.browser().api("POST", "/oauth/token", "", body).await
}

async fn me(world: &World, token: &str) -> (StatusCode, Json) {
    world.browser().api("GET", "/api/v1/me", token, Json::Null).await
}

fn text<'a>(body: &'a Json, key: &str) -> &'a str {
    body[key].as_str().unwrap_or_else(|| panic!("{key} in {body}"))
}

async fn by_password(world: &World) -> Json {
    let body = json!({"grant_type": "password", "username": "amy", "password": PASSWORD});
    let (status, body) = ask(world, body).await;
    assert_eq!(status, StatusCode::OK, "{body}");
    body
}

async fn a_password_gives_a_token_that_lives_an_hour(world: World) {
    let amy = world.citizen("amy", 10, 1).await;
    let secret = world.set_totp(&amy).await;
    let tokens = by_password(&world).await;
    let (status, body) = me(&world, text(&tokens, "access_token")).await;
    assert_eq!((status, body["assurance"].as_i64()), (StatusCode::OK, Some(1)));
    assert_eq!(text(&body, "person"), amy.party);
    let code = secret.code(world.env.clock.platform());
    let strong =
        json!({"grant_type": "password", "username": "amy", "password": PASSWORD, "totp": code});
    assert_eq!(ask(&world, strong).await.1["assurance"].as_i64(), Some(2));
    world.env.clock.advance_us(HOUR_US);
    let (status, body) = me(&world, text(&tokens, "access_token")).await;
    assert_eq!((status, text(&body, "code")), (StatusCode::UNAUTHORIZED, "token.expired"));
    let wrong = json!({"grant_type": "password", "username": "amy", "password": "wrong"});
    let (status, body) = ask(&world, wrong).await;
    assert_eq!((status, text(&body, "error")), (StatusCode::BAD_REQUEST, "invalid_grant"));
    let (status, body) = ask(&world, json!({"grant_type": "magic"})).await;
    assert_eq!((status, text(&body, "error")), (StatusCode::BAD_REQUEST, "unsupported_grant_type"));
}

async fn what_the_store_cannot_tell_is_no_fault_of_the_token(world: World) {
    let amy = world.citizen("amy", 10, 1).await;
    let token = text(&by_password(&world).await, "access_token").to_owned();
    let set = async |sql: &str, value: Vec<u8>| {
        let mut ctx = world.system().await;
        ctx.execute(sql, store::vals![&amy.party, value]).await.unwrap();
        ctx.commit().await.unwrap();
    };
    let mut ctx = world.system().await;
    let sql = "SELECT name_sealed FROM person WHERE id = $1";
    let sealed: Vec<u8> = ctx.scalar(sql, store::vals![&amy.party]).await.unwrap().unwrap();
    drop(ctx);
    let name = "UPDATE person SET name_sealed = $2 WHERE id = $1";
    set(name, vec![0; 4]).await;
    let (status, body) = me(&world, &token).await;
    assert!(status.is_server_error(), "{status} {body}");
    set(name, sealed).await;
    assert_eq!(me(&world, &token).await.0, StatusCode::OK);
    let mut ctx = world.system().await;
    account::close(&mut ctx, &amy.account).await.unwrap();
    ctx.commit().await.unwrap();
    let (status, body) = me(&world, &token).await;
    assert_eq!((status, text(&body, "code")), (StatusCode::UNAUTHORIZED, "token.invalid"));
}

async fn a_replayed_refresh_token_ends_its_family(world: World) {
    world.citizen("amy", 10, 1).await;
    let first = by_password(&world).await;
    let renew = |token: String| json!({"grant_type": "refresh_token", "refresh_token": token});
    let old = text(&first, "refresh_token").to_owned();
    let (status, second) = ask(&world, renew(old.clone())).await;
    assert_eq!(status, StatusCode::OK);
    assert_eq!(me(&world, text(&second, "access_token")).await.0, StatusCode::OK);
    let (_, replay) = ask(&world, renew(old)).await;
    assert_eq!(text(&replay, "code"), "token.replayed");
    assert_eq!(me(&world, text(&second, "access_token")).await.0, StatusCode::UNAUTHORIZED);
    let (status, _) = ask(&world, renew(text(&second, "refresh_token").to_owned())).await;
    assert_eq!(status, StatusCode::BAD_REQUEST);
}

async fn a_revoked_token_is_worthless(world: World) {
    world.citizen("amy", 10, 1).await;
    let tokens = by_password(&world).await;
    let access = text(&tokens, "access_token");
    let body = json!({"token": access});
    let (status, _) = world.browser().api("POST", "/oauth/revoke", "", body).await;
    assert_eq!(status, StatusCode::OK);
    assert_eq!(me(&world, access).await.0, StatusCode::UNAUTHORIZED);
    for forged in ["x", &"0".repeat(64)] {
        let (status, body) = me(&world, forged).await;
        assert_eq!((status, text(&body, "code")), (StatusCode::UNAUTHORIZED, "token.invalid"));
    }
}

async fn a_service_account_signs_in_by_its_secret(world: World) {
    let agency = world.any_agency();
    let mut ctx = world.system().await;
    let new =
        NewOfficer { login: "robot", name: "数据服务", agency: &agency, roles: &["reviewer"] };
    let account = account::create_service(&mut ctx, &new).await.unwrap();
    let new = NewClient { name: "Robot", account: &account, redirect_uri: "", confidential: true };
    let (id, secret) = token::register_client(&mut ctx, &new, "接入").await.unwrap();
    ctx.commit().await.unwrap();
    let body = |secret: &str| json!({"grant_type": "client_credentials", "client_id": id, "client_secret": secret});
    let (status, tokens) = ask(&world, body(&secret.unwrap())).await;
    assert_eq!(status, StatusCode::OK);
    assert!(tokens.get("refresh_token").is_none());
    let (_, who) = me(&world, text(&tokens, "access_token")).await;
    assert_eq!((text(&who, "kind"), text(&who, "agency")), ("officer", agency.as_str()));
    let (status, wrong) = ask(&world, body("wrong")).await;
    assert_eq!((status, text(&wrong, "error")), (StatusCode::UNAUTHORIZED, "invalid_client"));
    let password = json!({"grant_type": "password", "username": "robot", "password": ""});
    assert_eq!(ask(&world, password).await.0, StatusCode::BAD_REQUEST);
}

async fn a_code_is_bound_to_its_program_and_used_once(world: World) {
    world.citizen("amy", 10, 1).await;
    let uri = "http://127.0.0.1:9/back";
    let mut ctx = world.system().await;
    let new = NewClient { name: "Script", redirect_uri: uri, ..NewClient::default() };
    let (client, _) = token::register_client(&mut ctx, &new, "接入").await.unwrap();
    ctx.commit().await.unwrap();
    let verifier = "v".repeat(50);
    let challenge = URL_SAFE_NO_PAD.encode(Sha256::digest(verifier.as_bytes()));
    let query = format!(
        "/authorize?response_type=code&client_id={client}&state=s1&code_challenge={challenge}\
         &code_challenge_method=S256&redirect_uri={}",
        webkit::form::encode(uri)
    );
    let mut browser = world.browser();
    browser.sign_in("amy").await;
    let elsewhere = browser.get(&query.replace("127.0.0.1", "127.0.0.2")).await;
    assert_eq!(elsewhere.status, StatusCode::UNPROCESSABLE_ENTITY);
    let fields = [
        ("response_type", "code"),
        ("client_id", &client),
        ("state", "s1"),
        ("code_challenge", &challenge),
        ("code_challenge_method", "S256"),
        ("redirect_uri", uri),
        ("answer", "grant"),
    ];
    let done = browser.fill(&query, "/authorize", &fields).await;
    assert_eq!(done.status, StatusCode::SEE_OTHER, "{}", done.text);
    let code = done.location.split("code=").nth(1).unwrap().split('&').next().unwrap().to_owned();
    let body = |code: &str, verifier: &str| {
        json!({"grant_type": "authorization_code", "code": code,
        "client_id": client, "redirect_uri": uri, "code_verifier": verifier})
    };
    let (status, tokens) = ask(&world, body(&code, &verifier)).await;
    assert_eq!(status, StatusCode::OK, "{tokens}");
    assert_eq!(ask(&world, body(&code, &verifier)).await.0, StatusCode::BAD_REQUEST);
    let done = browser.fill(&query, "/authorize", &fields).await;
    let code = done.location.split("code=").nth(1).unwrap().split('&').next().unwrap().to_owned();
    assert_eq!(ask(&world, body(&code, "another")).await.0, StatusCode::BAD_REQUEST);
    assert_eq!(ask(&world, body(&code, &verifier)).await.0, StatusCode::BAD_REQUEST);
}
