//! Licences in wallets of others: the whole protocol with a wallet that shares no code with us, and
//! what is refused.

use super::http::{Site, site};
use super::world::*;
use crate::{credential, register};
use axum::http::{Method, StatusCode};
use kernel::Timestamp;
use party::person::Person;
use serde_json::{Value as Json, json};

pub const BASE: &str = "https://yipan.example";
const CLIENT: &str = include_str!("wallet_client.py");

/// The service on a port of its own; stops with what is returned.
pub struct Served {
    pub address: String,
    task: tokio::task::JoinHandle<()>,
}

impl Drop for Served {
    fn drop(&mut self) {
        self.task.abort();
    }
}

pub async fn serve(site: &Site) -> Served {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    let router = site.router.clone();
    let task = tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
    Served { address, task }
}

/// Lets the wallet of others do something; what it printed.
pub async fn wallet(world: &World, served: &Served, mut order: Json) -> Json {
    order["address"] = served.address.clone().into();
    order["base"] = BASE.into();
    order["now"] = (world.env.clock.platform().0 / 1_000_000).into();
    let printed = testkit::judge(CLIENT, order).await.unwrap();
    serde_json::from_str(&printed).unwrap()
}

/// An offer of the licence, by its holder.
pub async fn offered(world: &World, person: &Person, licence: &str) -> credential::Offer {
    let mut ctx = world.as_actor(&citizen(person)).await;
    let offer = credential::offer(&mut ctx, licence).await.unwrap();
    ctx.commit().await.unwrap();
    offer
}

/// The credential of a licence, and its key, in a wallet of others.
pub async fn collected(world: &World, served: &Served, person: &Person, licence: &str) -> Json {
    let offer = offered(world, person, licence).await;
    let order = json!({ "do": "collect", "offer": offer.uri, "pin": offer.pin });
    let got = wallet(world, served, order).await;
    assert!(got["credential"].is_string(), "{got}");
    got
}

async fn act(world: &World, id: &str, suspend: bool) {
    let mut ctx = world.as_actor(&officer(POLICE)).await;
    let (reason, article) = ("核查中", "行政处罚法第九条");
    match suspend {
        true => crate::suspend(&mut ctx, id, reason, article).await.unwrap(),
        false => crate::resume(&mut ctx, id, reason, article).await.unwrap(),
    }
    ctx.commit().await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_wallet_of_others_collects_a_licence_and_its_holder_takes_it_back() {
    let world = world_on_server().await;
    let person = world.person("许小满", 1).await;
    let mut ctx = world.system().await;
    let driving = crate::Issue {
        type_id: "driving-licence".to_owned(),
        fields: json!({ "name": person.name, "class": "C1", "citizen_number": person.number,
            "address": "金水区书院街 27 号" }),
        ..issue_for(&person)
    };
    let issued = crate::issue(&mut ctx, driving).await.unwrap();
    ctx.commit().await.unwrap();
    let site = site(&world, &[("own", citizen(&person))]);
    let served = serve(&site).await;
    let path = format!("/api/v1/licences/{}/credential-offers", issued.id);
    let (status, offer) = site.api(Method::POST, "own", &path, json!({})).await;
    assert_eq!(status, StatusCode::OK, "{offer}");
    let order = json!({ "do": "collect", "offer": offer["offer"], "pin": offer["tx_code"] });
    let got = wallet(&world, &served, order.clone()).await;
    let text = got["credential"].as_str().unwrap().to_owned();
    assert_eq!(got["again"], json!([401, "invalid_token"]), "a token gives one credential");
    let spent = wallet(&world, &served, order).await;
    assert_eq!(spent["token"]["error"], "invalid_grant", "a code is turned into one token");

    let inspect = json!({ "do": "inspect", "credential": text });
    let state = async || wallet(&world, &served, inspect.clone()).await;
    let seen = state().await;
    let claims = &seen["claims"];
    assert_eq!(claims["iss"], BASE);
    assert_eq!(claims["fields"]["name"], "许小满");
    assert_eq!(claims["identifier"], issued.identifier.as_str());
    assert_eq!(seen["state"], 0);
    // Without a disclosure nothing of the licence is told.
    let bare = format!("{}~", text.split('~').next().unwrap());
    let hidden = wallet(&world, &served, json!({ "do": "inspect", "credential": bare })).await;
    assert_eq!(hidden["claims"]["fields"], json!({}));
    assert!(hidden["claims"].get("identifier").is_none());

    act(&world, &issued.id, true).await;
    assert_eq!(state().await["state"], 2, "a suspension shows at once");
    act(&world, &issued.id, false).await;
    assert_eq!(state().await["state"], 0);
    let path = format!("/api/v1/licences/{}/credentials", issued.id);
    let (_, held) = site.api(Method::GET, "own", &path, json!({})).await;
    let id = held["credentials"][0]["id"].as_str().unwrap();
    let page = format!("/wallet/{}/credentials/{id}/end", issued.id);
    assert_eq!(site.post("own", &page, &[]).await.0, StatusCode::SEE_OTHER);
    assert_eq!(state().await["state"], 1, "what is taken back holds no longer");
    let (status, _) = site
        .api(Method::DELETE, "own", &format!("/api/v1/wallet-credentials/{id}"), json!({}))
        .await;
    assert_eq!(status, StatusCode::CONFLICT, "once");

    let uses = register::uses(&mut world.system().await, &issued.id, "").await.unwrap();
    assert_eq!(uses[0].kind, "wallet");
    let (_, html) = site.get("own", &format!("/wallet/{}", issued.id)).await;
    assert!(html.contains("存入您的其他钱包"), "the holder sees it");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn each_proof_that_does_not_hold_is_refused_with_its_reason() {
    let world = world_on_server().await;
    let person = world.person("许小满", 1).await;
    let issued = world.licence(&person).await;
    let served = serve(&site(&world, &[])).await;
    let first = collected(&world, &served, &person, &issued.id).await;
    let offer = offered(&world, &person, &issued.id).await;
    let changes = json!([
        { "aud": "https://other.example" },
        { "late": 600 },
        { "late": -600 },
        { "typ": "JWT" },
        { "private": true },
        { "other": true },
        { "nonce": "" },
        { "nonce": "ffffffffffffff.00.0123456789abcdef0123456789abcdef" },
        { "nonce": first["nonce"] },
        { "kind": "birth-certificate" },
        { "token": "0".repeat(64) },
    ]);
    let order =
        json!({ "do": "collect", "offer": offer.uri, "pin": offer.pin, "changes": changes });
    let got = wallet(&world, &served, order).await;
    let code = |at: usize| got["refused"][at][2].as_str().unwrap_or("").to_owned();
    let name = |at: usize| got["refused"][at][1].as_str().unwrap_or("").to_owned();
    let codes: Vec<String> = (0..11).map(code).collect();
    let expected = [
        "licence.credential_proof",
        "proof.jose.early",
        "licence.credential_proof",
        "proof.jose.type",
        "proof.jose.form",
        "proof.signature.mismatch",
        "licence.credential_nonce",
        "licence.credential_nonce",
        "licence.credential_nonce",
        "licence.credential_kind",
        "licence.credential_token",
    ];
    assert_eq!(codes, expected);
    assert!((0..6).all(|at| name(at) == "invalid_proof"));
    assert!((6..9).all(|at| name(at) == "invalid_nonce"));
    assert_eq!(name(9), "unknown_credential_configuration");
    assert_eq!(got["refused"][10][0], 401);
    assert!(got["credential"].is_string(), "refusals leave the offer as it was: {got}");
}

#[tokio::test]
async fn an_offer_closes_after_five_wrong_numbers_and_in_ten_minutes() {
    let world = world_on_server().await;
    let person = world.person("许小满", 1).await;
    let issued = world.licence(&person).await;
    let redeem = async |offer: &credential::Offer, pin: &str| {
        let code = offer.uri.split("authorized_code%22%3A%22").nth(1).unwrap();
        let mut ctx = world.as_actor(&kernel::Actor::default()).await;
        let redeemed = credential::redeem(&mut ctx, &code[..64], pin, "").await.unwrap();
        ctx.commit().await.unwrap();
        redeemed
    };
    let refused = credential::Redeemed::Refused;
    let offer = offered(&world, &person, &issued.id).await;
    for _ in 0..5 {
        assert_eq!(redeem(&offer, "wrong").await, refused("licence.credential_pin"));
    }
    assert_eq!(redeem(&offer, &offer.pin).await, refused("licence.credential_code"));
    let late = offered(&world, &person, &issued.id).await;
    world.env.clock.advance_us(601 * kernel::time::SECOND_US);
    assert_eq!(redeem(&late, &late.pin).await, refused("licence.credential_code"));
    let mut ctx = world.as_actor(&citizen(&person)).await;
    let seen = credential::find_offer(&mut ctx, &issued.id, &late.id).await.unwrap();
    assert_eq!(seen.state, credential::OfferState::Closed);
    for _ in 2..20 {
        credential::offer(&mut ctx, &issued.id).await.unwrap();
    }
    let many = credential::offer(&mut ctx, &issued.id).await.unwrap_err();
    assert_eq!(many.code, "licence.credential_offers");
    drop(ctx);
    world.revoke(&issued.id).await.unwrap();
    world.env.clock.advance_us(2 * kernel::time::DAY_US);
    let mut ctx = world.as_actor(&citizen(&person)).await;
    let ended = credential::offer(&mut ctx, &issued.id).await.unwrap_err();
    assert_eq!(ended.code, "licence.not_in_force");
}

#[tokio::test]
async fn only_the_holder_offers_sees_and_takes_back() {
    let world = world_on_server().await;
    let (person, stranger) = (world.person("许小满", 1).await, world.person("李建国", 3).await);
    let issued = world.licence(&person).await;
    let actors =
        [("own", citizen(&person)), ("other", citizen(&stranger)), ("staff", officer(POLICE))];
    let site = site(&world, &actors);
    let offer = offered(&world, &person, &issued.id).await;
    let id = &issued.id;
    let pages = [
        format!("/wallet/{id}/credentials"),
        format!("/wallet/{id}/credential-offers/{}", offer.id),
    ];
    for path in &pages {
        assert_eq!(site.get("nobody", path).await.0, StatusCode::SEE_OTHER, "{path}");
        assert_eq!(site.get("staff", path).await.0, StatusCode::FORBIDDEN, "{path}");
        assert_eq!(site.get("other", path).await.0, StatusCode::NOT_FOUND, "{path}");
        for lang in ["zh", "en"] {
            let (status, html) = site.get("own", &format!("{path}?lang={lang}")).await;
            assert_eq!(status, StatusCode::OK, "{path}: {html}");
        }
    }
    let acts = [format!("/wallet/{id}/credentials"), format!("/wallet/{id}/credentials/{id}/end")];
    for path in &acts {
        assert_eq!(site.post("nobody", path, &[]).await.0, StatusCode::SEE_OTHER, "{path}");
        assert_eq!(site.post("staff", path, &[]).await.0, StatusCode::FORBIDDEN, "{path}");
        let once = [("_once", "other")];
        assert_eq!(site.post("other", path, &once).await.0, StatusCode::NOT_FOUND, "{path}");
    }
    for (method, path) in [
        (Method::POST, format!("/api/v1/licences/{id}/credential-offers")),
        (Method::GET, format!("/api/v1/licences/{id}/credentials")),
        (Method::DELETE, format!("/api/v1/wallet-credentials/{id}")),
    ] {
        for (who, expected) in [
            ("staff", StatusCode::FORBIDDEN),
            ("nobody", StatusCode::UNAUTHORIZED),
            ("other", StatusCode::NOT_FOUND),
        ] {
            let status = site.api(method.clone(), who, &path, json!({})).await.0;
            assert_eq!(status, expected, "{who} {path}");
        }
    }
    let (status, _) = site.get("nobody", "/credentials/status/1").await;
    assert_eq!(status, StatusCode::NOT_FOUND, "no list before the first credential");
    assert_eq!(site.get("nobody", "/credentials/types/none").await.0, StatusCode::NOT_FOUND);
    let (status, keys) = site.get("nobody", "/.well-known/jwt-vc-issuer").await;
    assert_eq!((status, keys.contains("\"keys\":[]")), (StatusCode::OK, true));
    let until = Timestamp(offer.expires.0);
    assert_eq!(until.since(world.env.clock.platform()), 600 * kernel::time::SECOND_US);
}

/// A wallet's program, registered by the province, and its secret when it keeps one.
async fn program(world: &World, uri: &str, confidential: bool) -> (String, Option<String>) {
    let mut ctx = world.system().await;
    let new = party::token::NewClient {
        name: "某某钱包",
        redirect_uri: uri,
        confidential,
        ..party::token::NewClient::default()
    };
    let made = party::token::register_client(&mut ctx, &new, "接入").await.unwrap();
    ctx.commit().await.unwrap();
    made
}

async fn registered(world: &World, uri: &str) -> String {
    program(world, uri, false).await.0
}

/// Two requests of one program are pushed at once, and both forget what is over: neither waits for
/// the other's transaction. SQLite has one writer.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn requests_that_one_program_pushes_at_once_do_not_wait_for_each_other() {
    let Some(place) = testkit::Place::postgres().await else { return };
    let world = world_at(place).await;
    let back = "https://wallet.example/back";
    let (client, secret) = program(&world, back, true).await;
    let pushed = credential::authorise::Pushed {
        client: &client,
        secret: secret.as_deref().unwrap(),
        redirect_uri: back,
        challenge: "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM",
        configuration: TYPE,
        ..Default::default()
    };
    let push = async |ctx: &mut store::Ctx| {
        let pushing = credential::authorise::push(ctx, pushed);
        tokio::time::timeout(std::time::Duration::from_secs(5), pushing).await
    };
    let mut over = world.system().await;
    push(&mut over).await.unwrap().unwrap();
    let sql = "UPDATE credential_request SET expires_us = 1";
    over.execute(sql, store::vals![]).await.unwrap();
    over.commit().await.unwrap();
    let (mut one, mut other) = (world.system().await, world.system().await);
    push(&mut one).await.unwrap().unwrap();
    push(&mut other).await.expect("it waits for the one before it").unwrap();
    one.commit().await.unwrap();
    other.commit().await.unwrap();
    assert_eq!(world.count("SELECT COUNT(*) FROM credential_request").await, 2);
}

/// What a query holds by a name.
fn part(location: &str, name: &str) -> String {
    let query = location.split_once('?').map_or("", |(_, query)| query);
    let pairs = webkit::form::decode(query.as_bytes());
    pairs.into_iter().find(|(key, _)| key == name).map(|(_, value)| value).unwrap_or_default()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_wallet_of_others_asks_first_and_its_user_chooses() {
    let world = world_on_server().await;
    let (person, other) = (world.person("许小满", 1).await, world.person("李建国", 3).await);
    let (issued, theirs) = (world.licence(&person).await, world.licence(&other).await);
    let site = site(&world, &[("own", citizen(&person)), ("other", citizen(&other))]);
    let served = serve(&site).await;
    let back = "https://wallet.example/back?x=1";
    let client = registered(&world, back).await;
    let push = json!({ "do": "push", "client": client, "scope": TYPE, "back": back });
    let pushed = wallet(&world, &served, push.clone()).await;
    let page = pushed["page"].as_str().unwrap().trim_start_matches(BASE).to_owned();
    let uri = part(&page, "request_uri");
    // A visitor signs in first; an officer has no wallet; the page names who asks and what for.
    assert_eq!(site.get("nobody", &page).await.0, StatusCode::SEE_OTHER);
    let (status, html) = site.get("own", &page).await;
    assert_eq!(status, StatusCode::OK, "{html}");
    assert!(html.contains("某某钱包") && html.contains("wallet.example/back"), "{html}");
    assert!(html.contains(&issued.id) && !html.contains(&theirs.id), "{html}");
    let answer = async |who: &str, licence: &str, said: &str| {
        let typed = [
            ("client_id", client.as_str()),
            ("request_uri", &uri),
            ("licence", licence),
            ("answer", said),
        ];
        site.post(who, "/openid4vci/authorize", &typed).await
    };
    assert_eq!(answer("own", "", "grant").await.0, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(answer("own", &theirs.id, "grant").await.0, StatusCode::NOT_FOUND);
    let (status, location, _) = answer("own", &issued.id, "grant").await;
    assert_eq!(status, StatusCode::SEE_OTHER);
    assert!(location.starts_with(back), "{location}");
    assert_eq!(part(&location, "iss"), format!("{BASE}/openid4vci"));
    assert_eq!(part(&location, "state"), "a b&c");
    let again = answer("own", &issued.id, "grant").await.0;
    assert_eq!(again, StatusCode::UNPROCESSABLE_ENTITY, "a request is answered once");
    let order = json!({ "do": "fetch", "client": client, "back": back, "scope": TYPE,
        "code": part(&location, "code"), "verifier": pushed["verifier"] });
    let got = wallet(&world, &served, order.clone()).await;
    let text = got["credential"].as_str().unwrap_or_else(|| panic!("{got}")).to_owned();
    let inspect = json!({ "do": "inspect", "credential": text });
    let seen = wallet(&world, &served, inspect.clone()).await;
    assert_eq!((&seen["claims"]["fields"]["name"], &seen["state"]), (&json!("许小满"), &json!(0)));
    let (_, html) = site.get("own", &format!("/wallet/{}/credentials", issued.id)).await;
    assert!(html.contains("/end"), "the holder sees it and can take it back: {html}");
    let replayed = wallet(&world, &served, order).await;
    assert_eq!(replayed["token"]["error"], "invalid_grant", "a code is used once");
    let seen = wallet(&world, &served, inspect).await;
    assert_eq!(seen["state"], 1, "one of the two who showed it stole it: the credential ends");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_code_is_good_for_the_wallet_that_asked_alone_and_for_a_minute() {
    let world = world_on_server().await;
    let person = world.person("许小满", 1).await;
    let issued = world.licence(&person).await;
    let site = site(&world, &[("own", citizen(&person))]);
    let served = serve(&site).await;
    let back = "https://wallet.example/back";
    let (client, thief) = (registered(&world, back).await, registered(&world, back).await);
    let refused = async |changed: Json| {
        let mut push = json!({ "do": "push", "client": client, "scope": TYPE, "back": back });
        push.as_object_mut().unwrap().extend(changed.as_object().unwrap().clone());
        wallet(&world, &served, push).await["refused"]["error"].clone()
    };
    for (changed, error) in [
        (json!({ "client": "nobody" }), "invalid_client"),
        (json!({ "back": "https://elsewhere.example" }), "invalid_client"),
        (json!({ "scope": "no-such-licence" }), "invalid_scope"),
        (json!({ "state": "s".repeat(501) }), "invalid_request"),
        (json!({ "challenge": "short" }), "invalid_request"),
        (json!({ "method": "plain" }), "invalid_request"),
    ] {
        assert_eq!(refused(changed.clone()).await, error, "{changed}");
    }
    let code = async |said: &str| {
        let push = json!({ "do": "push", "client": client, "scope": TYPE, "back": back });
        let pushed = wallet(&world, &served, push).await;
        let uri = part(pushed["page"].as_str().unwrap(), "request_uri");
        let typed = [
            ("client_id", client.as_str()),
            ("request_uri", &uri),
            ("licence", issued.id.as_str()),
            ("answer", said),
        ];
        let (_, location, text) = site.post("own", "/openid4vci/authorize", &typed).await;
        assert!(location.starts_with(back), "{text}");
        (location, pushed["verifier"].clone())
    };
    let fetch = async |location: &str, verifier: &Json, changed: Json| {
        let mut order = json!({ "do": "fetch", "client": client, "back": back, "scope": TYPE,
            "code": part(location, "code"), "verifier": verifier });
        order.as_object_mut().unwrap().extend(changed.as_object().unwrap().clone());
        wallet(&world, &served, order).await["token"]["error"].clone()
    };
    for changed in [
        json!({ "client": thief }),
        json!({ "verifier": "w".repeat(43) }),
        json!({ "back": "https://wallet.example/other" }),
    ] {
        let (location, verifier) = code("grant").await;
        assert_eq!(
            fetch(&location, &verifier, changed.clone()).await,
            "invalid_grant",
            "{changed}"
        );
        let spent = fetch(&location, &verifier, json!({})).await;
        assert_eq!(spent, "invalid_grant", "a wrong guess uses it up");
    }
    let (location, _) = code("decline").await;
    assert_eq!(
        (part(&location, "error").as_str(), part(&location, "code").as_str()),
        ("access_denied", "")
    );
    let (location, verifier) = code("grant").await;
    world.env.clock.advance_us(61 * kernel::time::SECOND_US);
    assert_eq!(fetch(&location, &verifier, json!({})).await, "invalid_grant", "over");
}

/// Pushes as the order says beyond what it always says, and consents; where the wallet is sent back.
async fn consented(site: &Site, world: &World, served: &Served, more: &Json) -> (String, Json) {
    let mut push = json!({ "do": "push", "scope": TYPE, "back": "https://wallet.example/back" });
    push.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    let pushed = wallet(world, served, push).await;
    let page = pushed["page"].as_str().unwrap_or_else(|| panic!("{pushed}"));
    let typed = [
        ("client_id", more["client"].as_str().unwrap()),
        ("request_uri", &part(page, "request_uri")),
        ("licence", more["licence"].as_str().unwrap()),
        ("answer", "grant"),
    ];
    let (_, location, text) = site.post("own", "/openid4vci/authorize", &typed).await;
    assert!(location.contains("code="), "{text}");
    let mut fetch = more.clone();
    let told = json!({ "do": "fetch", "scope": TYPE, "back": "https://wallet.example/back",
        "code": part(&location, "code"), "verifier": pushed["verifier"] });
    fetch.as_object_mut().unwrap().extend(told.as_object().unwrap().clone());
    (location, fetch)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_wallet_that_keeps_a_secret_shows_it_and_a_closed_one_gets_nothing() {
    let world = world_on_server().await;
    let person = world.person("许小满", 1).await;
    let issued = world.licence(&person).await;
    let site = site(&world, &[("own", citizen(&person))]);
    let served = serve(&site).await;
    let (client, secret) = program(&world, "https://wallet.example/back", true).await;
    let push = json!({ "do": "push", "scope": TYPE, "back": "https://wallet.example/back",
        "client": client, "secret": "wrong" });
    assert_eq!(wallet(&world, &served, push).await["refused"]["error"], "invalid_client");
    let more = json!({ "client": client, "secret": secret, "licence": issued.id });
    let (_, fetch) = consented(&site, &world, &served, &more).await;
    let mut wrong = fetch.clone();
    wrong["secret"] = Json::Null;
    assert_eq!(wallet(&world, &served, wrong).await["token"]["error"], "invalid_client");
    let got = wallet(&world, &served, fetch).await;
    assert!(got["credential"].is_string(), "who does not know the secret spends no code: {got}");

    let (_, mut fetch) = consented(&site, &world, &served, &more).await;
    fetch["token_only"] = true.into();
    let token = wallet(&world, &served, fetch.clone()).await["access_token"].clone();
    let mut ctx = world.system().await;
    party::token::close_client(&mut ctx, &client, "停用").await.unwrap();
    ctx.commit().await.unwrap();
    fetch["do"] = "use".into();
    fetch["access_token"] = token;
    let refused = wallet(&world, &served, fetch).await;
    assert_eq!(refused["denied"]["error"], "invalid_token", "{refused}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_bound_token_is_worth_nothing_without_its_key() {
    let world = world_on_server().await;
    let person = world.person("许小满", 1).await;
    let issued = world.licence(&person).await;
    let site = site(&world, &[("own", citizen(&person))]);
    let served = serve(&site).await;
    let offer = offered(&world, &person, &issued.id).await;
    let order = json!({ "do": "bound", "offer": offer.uri, "pin": offer.pin });
    let got = wallet(&world, &served, order).await;
    let proof = json!([400, "invalid_dpop_proof"]);
    let refused = got["token"].as_array().unwrap();
    assert_eq!(refused.len(), 11, "{got}");
    assert!(refused.iter().all(|one| *one == proof), "{got}");
    assert_eq!(got["nonce"], json!([400, "use_dpop_nonce"]), "{got}");
    let told = |name: &str| json!([401, name]);
    assert_eq!(got["as_bearer"], told("invalid_token"), "{got}");
    assert_eq!(got["without_proof"], told("invalid_dpop_proof"), "{got}");
    assert_eq!(got["other_key"], told("invalid_token"), "{got}");
    assert_eq!(got["other_token"], told("invalid_dpop_proof"), "{got}");
    assert_eq!(got["replayed"], json!([400, "invalid_dpop_proof"]), "{got}");
    assert!(got["credential"].is_string(), "{got}");

    // Also a code can be bound: who stole it, and its verifier, gets no token.
    let client = registered(&world, "https://wallet.example/back").await;
    for way in ["header", "named"] {
        let more = json!({ "client": client, "licence": issued.id, "dpop": way });
        let (_, mut fetch) = consented(&site, &world, &served, &more).await;
        fetch["dpop"] = "another".into();
        let stolen = wallet(&world, &served, fetch).await;
        assert_eq!(stolen["token"]["error"], "invalid_grant", "{way}: {stolen}");
        let (_, fetch) = consented(&site, &world, &served, &more).await;
        let got = wallet(&world, &served, fetch).await;
        assert!(got["credential"].is_string(), "{way}: {got}");
    }
}
