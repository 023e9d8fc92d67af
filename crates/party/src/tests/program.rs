//! Programs that call the interface: registered, given new secrets, and every grant they are offered.

use super::administration::{WHY, administrator, bearer};
use super::on_both;
use super::world::{PASSWORD, World};
use crate::{account, token};
use axum::http::StatusCode;
use kernel::Actor;
use serde_json::{Value as Json, json};
use store::Ctx;

on_both!(
    a_program_is_registered_and_every_grant_it_is_offered_works,
    a_token_given_while_its_program_is_closed_ends_with_it,
    what_a_program_held_is_worthless_before_the_job_marks_it,
);

/// A program of the county's agency, registered over REST.
async fn a_program_is_registered_and_every_grant_it_is_offered_works(world: World) {
    let admin = administrator(&world).await;
    let key = bearer(&world, &admin, 2).await;
    let agency = world.any_agency();
    let register = async |key: &str, program: Json| {
        let body = json!({ "program": program, "reason": WHY });
        world.browser().api("POST", "/api/v1/programs", key, body).await
    };
    let root = world.env.pack.divisions().root().unwrap();
    let above = world.env.pack.agencies_in(root).first().unwrap().id.clone();
    let above = world.officer_of(&above, "above", &["administrator"]).await;
    let above = bearer(&world, &above, 2).await;
    let own = json!({ "name": "窗口系统", "agency": agency, "roles": ["reviewer"], "confidential": true,
        "redirect_uri": "https://a.example/back\nhttps://b.example/back" });
    let weak = bearer(&world, &admin, 1).await;
    assert_eq!(register(&weak, own.clone()).await.0, StatusCode::UNAUTHORIZED);
    let lee = world.officer("lee", &["reviewer"]).await;
    let lee = bearer(&world, &lee, 2).await;
    assert_eq!(register(&lee, own.clone()).await.0, StatusCode::FORBIDDEN);
    for (wrong, field) in [
        (
            json!({ "name": "接入", "agency": "health-110101", "roles": ["reviewer"], "confidential": true }),
            "agency",
        ),
        (json!({ "name": "接入", "agency": agency, "roles": [], "confidential": true }), "roles"),
        (
            json!({ "name": "接入", "agency": agency, "roles": ["citizen"], "confidential": true }),
            "roles",
        ),
        (json!({ "name": "接入", "agency": agency, "roles": ["reviewer"] }), "confidential"),
        (json!({ "name": "接入", "redirect_uri": "https://a.example" }), "agency"),
        (
            json!({ "name": " ", "agency": agency, "roles": ["reviewer"], "confidential": true }),
            "name",
        ),
    ] {
        let (status, told) = register(&key, wrong).await;
        assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY, "{told}");
        assert!(told["errors"].to_string().contains(field), "{field}: {told}");
    }
    for address in [
        "http://a.example",
        "https://",
        "http://localhost.evil.example",
        "https://a#b",
        "https://u@a",
        "javascript:1",
    ] {
        let mut wrong = own.clone();
        wrong["redirect_uri"] = address.into();
        assert_eq!(register(&above, wrong).await.1["code"], "client.redirect", "{address}");
    }
    // Whoever asks users' consent may ask any citizen: that is not a county's to allow.
    let (status, told) = register(&key, own.clone()).await;
    assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY, "{told}");
    assert!(told["errors"].to_string().contains("redirect_uri"), "{told}");
    let mut silent = own.clone();
    silent["redirect_uri"] = "".into();
    assert_eq!(register(&key, silent).await.0, StatusCode::CREATED);
    let (status, made) = register(&above, own).await;
    assert_eq!(status, StatusCode::CREATED, "{made}");
    let (id, secret) = (made["id"].as_str().unwrap(), made["secret"].as_str().unwrap());
    let programs = world.browser().api("GET", "/api/v1/programs", &key, Json::Null).await.1;
    assert!(programs["programs"].as_array().unwrap().iter().any(|one| one["id"] == id));
    assert!(!programs.to_string().contains(secret), "the secret is told once");
    // Every grant that the metadata offers.
    let metadata = "/.well-known/oauth-authorization-server";
    let offered = world.browser().api("GET", metadata, "", Json::Null).await.1;
    let grants = offered["grant_types_supported"].as_array().unwrap().clone();
    assert_eq!(grants.len(), 4, "{offered}");
    let token = async |body: Json| world.browser().api("POST", "/oauth/token", "", body).await;
    let by_itself = |secret: &str| json!({ "grant_type": "client_credentials", "client_id": id, "client_secret": secret });
    let (status, held) = token(by_itself(secret)).await;
    assert_eq!(status, StatusCode::OK, "{held}");
    let me = async |held: &Json| {
        let access = held["access_token"].as_str().unwrap();
        world.browser().api("GET", "/api/v1/me", access, Json::Null).await
    };
    assert_eq!(me(&held).await.1["agency"], agency);
    world.citizen("amy", 10, 1).await;
    for uri in ["https://a.example/back", "https://b.example/back"] {
        let asked = by_code(&world, (id, secret), uri).await;
        let (status, given) = token(asked.clone()).await;
        assert_eq!(status, StatusCode::OK, "{given}");
        let renewed =
            json!({ "grant_type": "refresh_token", "refresh_token": given["refresh_token"] });
        let (status, renewed) = token(renewed).await;
        assert_eq!(status, StatusCode::OK);
        // Of two who show one code, one stole it: what it led to ends.
        assert_eq!(me(&renewed).await.0, StatusCode::OK);
        assert_eq!(token(asked).await.1["error"], "invalid_grant");
        assert_eq!(me(&renewed).await.0, StatusCode::UNAUTHORIZED);
    }
    let password = json!({ "grant_type": "password", "username": "amy", "password": PASSWORD });
    assert_eq!(token(password).await.0, StatusCode::OK);
    // A new secret makes the old one, and what it led to, worthless.
    let path = format!("/api/v1/programs/{id}/secret");
    // Nor is its secret a county's to have.
    let (status, told) = world.browser().api("POST", &path, &key, json!({ "reason": WHY })).await;
    assert_eq!(
        (status, &told["code"]),
        (StatusCode::FORBIDDEN, &json!("administration.program_province"))
    );
    let (_, rotated) = world.browser().api("POST", &path, &above, json!({ "reason": WHY })).await;
    assert_eq!(token(by_itself(secret)).await.0, StatusCode::UNAUTHORIZED);
    assert_eq!(me(&held).await.0, StatusCode::UNAUTHORIZED);
    let (status, held) = token(by_itself(rotated["secret"].as_str().unwrap())).await;
    assert_eq!(status, StatusCode::OK);
    let path = format!("/api/v1/programs/{id}/closure");
    world.browser().api("POST", &path, &key, json!({ "reason": WHY })).await;
    assert_eq!(me(&held).await.0, StatusCode::UNAUTHORIZED);
    let sql = "SELECT COUNT(*) FROM evidence_entry WHERE kind IN
         ('client.registered', 'client.rotated', 'client.closed')";
    assert_eq!(world.system().await.count(sql, store::vals![]).await.unwrap(), 4);
}

/// A request for tokens by a code that amy consented to.
async fn by_code(world: &World, (id, secret): (&str, &str), uri: &str) -> Json {
    let challenge = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";
    let query = format!(
        "/authorize?response_type=code&client_id={id}&state=s&code_challenge={challenge}\
         &code_challenge_method=S256&redirect_uri={}",
        webkit::form::encode(uri)
    );
    let fields = [
        ("response_type", "code"),
        ("client_id", id),
        ("state", "s"),
        ("code_challenge", challenge),
        ("code_challenge_method", "S256"),
        ("redirect_uri", uri),
        ("answer", "grant"),
    ];
    let mut browser = world.browser();
    browser.sign_in("amy").await;
    let done = browser.fill(&query, "/authorize", &fields).await;
    assert!(done.location.starts_with(uri), "{} {}", done.status, done.location);
    let code = done.location.split("code=").nth(1).unwrap().split('&').next().unwrap();
    // RFC 7636, appendix B.
    json!({ "grant_type": "authorization_code", "code": code, "client_id": id, "client_secret": secret,
        "redirect_uri": uri, "code_verifier": "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk" })
}

/// A program that is being closed while it asks for a token: whichever comes first, it holds none
/// afterwards.
async fn a_token_given_while_its_program_is_closed_ends_with_it(world: World) {
    let admin = administrator(&world).await;
    let mut ctx = world.as_actor(&admin).await;
    let new = account::NewOfficer {
        login: "robot",
        name: "数据服务",
        agency: &world.any_agency(),
        roles: &["reviewer"],
    };
    let account = account::create_service(&mut ctx, &new).await.unwrap();
    let new = token::NewClient {
        name: "Robot",
        account: &account,
        confidential: true,
        ..token::NewClient::default()
    };
    let (id, secret) = token::register_client(&mut ctx, &new, WHY).await.unwrap();
    ctx.commit().await.unwrap();
    let asking = async {
        let mut ctx = world.as_actor(&Actor::anonymous()).await;
        let client = token::authenticate_client(&mut ctx, &id, &secret.unwrap()).await.unwrap();
        // Long enough for the closing to come in between, were it not made to wait.
        tokio::time::sleep(std::time::Duration::from_millis(300)).await;
        let given = token::issue(&mut ctx, &account, &client.id, 1, false).await.unwrap();
        ctx.commit().await.unwrap();
        given
    };
    let closing = async {
        tokio::time::sleep(std::time::Duration::from_millis(100)).await;
        let mut ctx = world.as_actor(&admin).await;
        token::close_client(&mut ctx, &id, WHY).await.unwrap();
        ctx.commit().await.unwrap();
    };
    let (given, ()) = tokio::join!(asking, closing);
    let me = world.browser().api("GET", "/api/v1/me", &given.access, Json::Null).await;
    assert_eq!(me.0, StatusCode::UNAUTHORIZED);
}

/// Families that take more than one run of the job.
const FAMILIES: i64 = 1_100;

/// From the moment a program gets a new secret, or is closed, what it held is refused; the job that
/// marks it has not run yet, and takes no more at once than a transaction can bear.
async fn what_a_program_held_is_worthless_before_the_job_marks_it(world: World) {
    let amy = world.citizen("amy", 10, 1).await;
    let admin = administrator(&world).await;
    let mut ctx = world.as_actor(&admin).await;
    let new = token::NewClient {
        name: "小程序",
        redirect_uri: "https://a.example/back",
        confidential: true,
        ..token::NewClient::default()
    };
    let (id, _) = token::register_client(&mut ctx, &new, WHY).await.unwrap();
    for n in 1..FAMILIES {
        let sql = "INSERT INTO token_family (id, account_id, client, assurance, created_us,
             expires_us, revoked_us) VALUES ($1, 'x', $2, 1, 0, $3, 0)";
        ctx.execute(sql, store::vals![format!("family {n}"), &id, i64::MAX]).await.unwrap();
    }
    let give = async |ctx: &mut Ctx, program: &str| {
        token::issue(ctx, &amy.account, program, 1, true).await.unwrap()
    };
    let (first, own) = (give(&mut ctx, &id).await, give(&mut ctx, "password").await);
    ctx.commit().await.unwrap();
    let refused = async |given: &token::Issued| {
        let me = world.browser().api("GET", "/api/v1/me", &given.access, Json::Null).await.0;
        let mut ctx = world.system().await;
        let renewed = token::refresh(&mut ctx, given.refresh.as_ref().unwrap()).await;
        (me == StatusCode::UNAUTHORIZED, renewed.is_err_and(|error| error.code == "token.invalid"))
    };
    let marked = "SELECT COUNT(*) FROM token_family WHERE revoked_us <> 0";
    let mut ctx = world.as_actor(&admin).await;
    token::rotate_client(&mut ctx, &id, WHY).await.unwrap();
    ctx.commit().await.unwrap();
    assert_eq!(refused(&first).await, (true, true));
    let mut ctx = world.system().await;
    let second = give(&mut ctx, &id).await;
    ctx.commit().await.unwrap();
    assert_eq!(world.count(marked).await, 0, "the job has run");
    let mut most = 0;
    while world.worker.run_one().await.unwrap() {
        let before = most;
        most = world.count(marked).await;
        assert!(most - before <= 500, "{} at once", most - before);
    }
    assert_eq!(most, FAMILIES);
    assert_eq!((refused(&second).await, refused(&own).await), ((false, false), (false, false)));
    let mut ctx = world.as_actor(&admin).await;
    token::close_client(&mut ctx, &id, WHY).await.unwrap();
    ctx.commit().await.unwrap();
    assert_eq!((refused(&second).await, refused(&own).await), ((true, true), (false, false)));
    assert_eq!(world.count(marked).await, FAMILIES, "the job has run");
    world.drain().await;
    assert_eq!(world.count(marked).await, FAMILIES + 1);
}
