//! Passkeys: what a device may and may not open.

use super::device::Device;
use super::on_both;
use super::world::{PASSWORD, World, hidden};
use crate::passkey::{self, Site};
use crate::{account, audit, evidence};
use axum::http::StatusCode;
use kernel::time::SECOND_US;
use kernel::{Actor, Lang, Result};
use serde_json::Value as Json;
use std::collections::BTreeMap;

on_both!(
    a_passkey_signs_in_without_login_and_counts_as_a_second_factor,
    adding_takes_the_password,
    adding_and_removing_take_the_second_factor_where_there_is_one,
    a_challenge_is_answered_once,
    a_challenge_lapses_after_five_minutes,
    a_challenge_belongs_to_one_browser_and_one_purpose,
    a_device_that_signs_for_another_site_or_without_its_user_is_refused,
    a_changed_answer_is_refused,
    a_counter_that_does_not_grow_is_refused_and_recorded,
    a_device_that_does_not_count_signs_in_again_and_again,
    a_removed_passkey_opens_nothing,
    an_unknown_passkey_is_refused_and_locked_like_a_wrong_password,
    another_account_s_passkey_opens_only_its_own,
    a_passkey_raises_the_session_it_is_shown_in,
    a_closed_account_s_passkey_opens_nothing,
    no_more_than_ten,
    a_person_adds_uses_and_removes_a_passkey_on_pages,
);

async fn begin(world: &World, actor: &Actor, browser: &str) -> Result<Json> {
    passkey::begin(&world.env, Lang::En, actor, browser, "telephone", PASSWORD).await
}

pub(super) async fn add(world: &World, actor: &Actor, device: &mut Device) -> Result<String> {
    let options = begin(world, actor, "browser").await?;
    let answer = device.create(&options);
    passkey::add(&world.env, Lang::En, actor, "browser", &answer).await
}

async fn ask(world: &World, actor: &Actor, browser: &str) -> Json {
    let mut ctx = world.as_actor(actor).await;
    let options = passkey::challenge(&mut ctx, browser).await.unwrap();
    ctx.commit().await.unwrap();
    options
}

async fn send(world: &World, answer: &str) -> Result<account::SignedIn> {
    passkey::sign_in(&world.env, Lang::En, "browser", answer, "test").await
}

async fn sign_in(world: &World, device: &mut Device) -> Result<account::SignedIn> {
    let options = ask(world, &Actor::anonymous(), "browser").await;
    send(world, &device.get(&options)).await
}

async fn refused(world: &World, device: &mut Device) -> &'static str {
    sign_in(world, device).await.unwrap_err().code
}

/// The reasons recorded for a kind of event, newest first.
async fn reasons(world: &World, kind: &str) -> Vec<String> {
    let mut ctx = world.system().await;
    let wanted = audit::Search { kind: kind.to_owned(), ..audit::Search::default() };
    let found = audit::search(&mut ctx, &wanted).await.unwrap().entries;
    let reason = |body: &str| serde_json::from_str::<Json>(body).unwrap()["reason"].clone();
    found.iter().map(|entry| reason(&entry.body).as_str().unwrap_or("").to_owned()).collect()
}

pub(super) async fn assert_log_is_whole(world: &World) {
    let mut ctx = world.system().await;
    while evidence::sequence(&mut ctx).await.unwrap() > 0 {}
    ctx.commit().await.unwrap();
    let report = evidence::verify(&mut world.system().await).await.unwrap();
    assert!(report.ok, "{report:?}");
}

async fn a_passkey_signs_in_without_login_and_counts_as_a_second_factor(world: World) {
    let amy = world.citizen("amy", 10, 1).await;
    let mut device = Device::new(1);
    let options = begin(&world, &amy, "browser").await.unwrap();
    assert_eq!(options["rp"]["id"], "yipan.test");
    assert_eq!(options["authenticatorSelection"]["residentKey"], "required");
    assert_eq!(options["authenticatorSelection"]["userVerification"], "required");
    let id = passkey::add(&world.env, Lang::En, &amy, "browser", &device.create(&options)).await;
    let id = id.unwrap();
    let options = ask(&world, &Actor::anonymous(), "browser").await;
    assert_eq!(options["allowCredentials"], serde_json::json!([]), "no login was typed");
    let signed = send(&world, &device.get(&options)).await.unwrap();
    assert_eq!((signed.actor.account, signed.actor.assurance), (amy.account.clone(), 2));
    let visitor = world.web.authenticate.by_session(&world.env, &signed.cookie).await.unwrap();
    assert_eq!((visitor.actor.account, visitor.actor.assurance), (amy.account.clone(), 2));
    let mut ctx = world.as_actor(&amy).await;
    let listed = passkey::list(&mut ctx).await.unwrap();
    assert_eq!((listed.len(), listed[0].id.as_str()), (1, id.as_str()));
    assert_eq!((listed[0].name.as_str(), listed[0].used_us), ("telephone", ctx.now.0));
    drop(ctx);
    assert_eq!(reasons(&world, "passkey.added").await.len(), 1);
    assert_eq!(reasons(&world, "sign_in.done").await.len(), 1);
    assert_log_is_whole(&world).await;
    world.env.db.script("UPDATE passkey SET account_id = 'somebody'").await.unwrap();
    let report = evidence::verify(&mut world.system().await).await.unwrap();
    assert!(!report.ok, "a passkey given to somebody else by hand is found");
}

async fn adding_takes_the_password(world: World) {
    let amy = world.citizen("amy", 10, 1).await;
    let wrong = passkey::begin(&world.env, Lang::En, &amy, "browser", "telephone", "a guess").await;
    let wrong = wrong.unwrap_err();
    assert_eq!((wrong.code, wrong.fields[0].field.as_str()), ("password.old_wrong", "password"));
    for name in ["", "  ", &"x".repeat(41), "a\u{7}b"] {
        let made = passkey::begin(&world.env, Lang::En, &amy, "browser", name, PASSWORD).await;
        assert_eq!(made.unwrap_err().code, "passkey.name");
    }
    // Nothing was asked, so nothing can be answered.
    let options = serde_json::json!({"challenge": "AAAA", "user": {"id": "AAAA"}});
    let answer = Device::new(1).create(&options);
    let added = passkey::add(&world.env, Lang::En, &amy, "browser", &answer).await;
    assert_eq!(added.unwrap_err().code, "passkey.expired");
    let nobody = begin(&world, &Actor::anonymous(), "browser").await.unwrap_err();
    assert_eq!(nobody.code, "sign_in.needed");
}

async fn adding_and_removing_take_the_second_factor_where_there_is_one(world: World) {
    let bob = world.citizen("bob", 12, 1).await;
    world.set_totp(&bob).await;
    assert_eq!(begin(&world, &bob, "browser").await.unwrap_err().code, "sign_in.second_factor");
    let amy = world.citizen("amy", 10, 1).await;
    let id = add(&world, &amy, &mut Device::new(1)).await.unwrap();
    // The first passkey is a second factor from now on: the password alone changes nothing.
    assert_eq!(begin(&world, &amy, "browser").await.unwrap_err().code, "sign_in.second_factor");
    let mut ctx = world.as_actor(&amy).await;
    let removed = passkey::remove(&mut ctx, &id).await.unwrap_err();
    assert_eq!(removed.code, "sign_in.second_factor");
    assert_eq!(account::enrol(&mut ctx).await.unwrap_err().code, "sign_in.second_factor");
    drop(ctx);
    let strong = Actor { assurance: 2, ..amy };
    add(&world, &strong, &mut Device::new(2)).await.unwrap();
}

async fn a_challenge_is_answered_once(world: World) {
    let amy = world.citizen("amy", 10, 2).await;
    let mut device = Device::new(1);
    let options = begin(&world, &amy, "browser").await.unwrap();
    let made = device.create(&options);
    passkey::add(&world.env, Lang::En, &amy, "browser", &made).await.unwrap();
    let again = passkey::add(&world.env, Lang::En, &amy, "browser", &made).await.unwrap_err();
    assert_eq!(again.code, "passkey.expired");
    assert_eq!(reasons(&world, "passkey.refused").await, ["challenge"]);
    let options = ask(&world, &Actor::anonymous(), "browser").await;
    let answer = device.get(&options);
    assert!(send(&world, &answer).await.is_ok());
    assert_eq!(send(&world, &answer).await.unwrap_err().code, "passkey.expired");
    assert_eq!(reasons(&world, "sign_in.failed").await, ["challenge"]);
    // A fresh challenge does not revive an answer to another.
    ask(&world, &Actor::anonymous(), "browser").await;
    assert_eq!(send(&world, &answer).await.unwrap_err().code, "passkey.expired");
    // A wrong answer uses the challenge up, too.
    let options = ask(&world, &Actor::anonymous(), "browser").await;
    let liar = &mut Device { verifies: false, ..device.clone() };
    assert_eq!(send(&world, &liar.get(&options)).await.unwrap_err().code, "passkey.refused");
    let late = send(&world, &device.get(&options)).await.unwrap_err();
    assert_eq!(late.code, "passkey.expired");
}

async fn a_challenge_lapses_after_five_minutes(world: World) {
    let amy = world.citizen("amy", 10, 2).await;
    let mut device = Device::new(1);
    let five_minutes = 5 * 60 * SECOND_US;
    let options = begin(&world, &amy, "browser").await.unwrap();
    let made = device.create(&options);
    world.env.clock.advance_us(five_minutes);
    let late = passkey::add(&world.env, Lang::En, &amy, "browser", &made).await.unwrap_err();
    assert_eq!(late.code, "passkey.expired");
    add(&world, &amy, &mut device).await.unwrap();
    let options = ask(&world, &Actor::anonymous(), "browser").await;
    world.env.clock.advance_us(five_minutes - 1);
    assert!(send(&world, &device.get(&options)).await.is_ok());
    let options = ask(&world, &Actor::anonymous(), "browser").await;
    world.env.clock.advance_us(five_minutes);
    let late = send(&world, &device.get(&options)).await.unwrap_err();
    assert_eq!(late.code, "passkey.expired");
}

async fn a_challenge_belongs_to_one_browser_and_one_purpose(world: World) {
    let amy = world.citizen("amy", 10, 2).await;
    let mut device = Device::new(1);
    add(&world, &amy, &mut device).await.unwrap();
    let options = ask(&world, &Actor::anonymous(), "a thief's browser").await;
    let sent = send(&world, &device.get(&options)).await.unwrap_err();
    assert_eq!(sent.code, "passkey.expired");
    // Asked of whoever has signed in, it does not sign in; asked for adding, it proves nothing.
    let options = ask(&world, &amy, "browser").await;
    let sent = send(&world, &device.get(&options)).await.unwrap_err();
    assert_eq!(sent.code, "passkey.expired");
    let options = begin(&world, &amy, "browser").await.unwrap();
    let sent = send(&world, &device.get(&options)).await.unwrap_err();
    assert_eq!(sent.code, "passkey.expired");
}

/// Devices that differ from an honest one in one thing, with the reason the evidence gives.
fn liars(honest: &Device) -> [(Device, &'static str); 4] {
    let with_port = "http://yipan.test:8080".to_owned();
    [
        (Device { origin: "http://evil.test".to_owned(), ..honest.clone() }, "origin"),
        (Device { origin: with_port, ..honest.clone() }, "origin"),
        (Device { site: "evil.test".to_owned(), ..honest.clone() }, "site"),
        (Device { verifies: false, ..honest.clone() }, "user"),
    ]
}

async fn a_device_that_signs_for_another_site_or_without_its_user_is_refused(world: World) {
    let amy = world.citizen("amy", 10, 2).await;
    let mut honest = Device::new(1);
    for (mut device, reason) in liars(&honest) {
        world.env.clock.advance_us(SECOND_US);
        assert_eq!(add(&world, &amy, &mut device).await.unwrap_err().code, "passkey.refused");
        assert_eq!(reasons(&world, "passkey.refused").await[0], reason);
    }
    add(&world, &amy, &mut honest).await.unwrap();
    for (mut device, reason) in liars(&honest) {
        world.env.clock.advance_us(SECOND_US);
        assert_eq!(refused(&world, &mut device).await, "passkey.refused");
        assert_eq!(reasons(&world, "sign_in.failed").await[0], reason);
    }
    assert!(sign_in(&world, &mut honest).await.is_ok());
}

async fn a_changed_answer_is_refused(world: World) {
    let amy = world.citizen("amy", 10, 2).await;
    let mut device = Device::new(1);
    add(&world, &amy, &mut device).await.unwrap();
    let mut changed = Device { tampers: true, ..device.clone() };
    assert_eq!(refused(&world, &mut changed).await, "passkey.refused");
    // The right id over another key.
    let mut forged = Device::new(2);
    (forged.id, forged.handle) = (device.id.clone(), device.handle.clone());
    assert_eq!(refused(&world, &mut forged).await, "passkey.refused");
    assert_eq!(reasons(&world, "sign_in.failed").await, ["signature", "signature"]);
    for nonsense in ["", "{}", "[1]", "\u{0}", &"9".repeat(9_000)] {
        let sent = send(&world, nonsense).await.unwrap_err().code;
        assert!(["passkey.refused", "sign_in.locked"].contains(&sent), "{sent}");
    }
    assert!(sign_in(&world, &mut device).await.is_ok());
}

async fn a_counter_that_does_not_grow_is_refused_and_recorded(world: World) {
    let amy = world.citizen("amy", 10, 2).await;
    let mut device = Device::new(1);
    add(&world, &amy, &mut device).await.unwrap();
    let mut copy = device.clone();
    sign_in(&world, &mut device).await.unwrap();
    sign_in(&world, &mut device).await.unwrap();
    assert_eq!(refused(&world, &mut copy).await, "passkey.copied");
    assert_eq!(refused(&world, &mut copy).await, "passkey.copied");
    let mut silent = Device { counter: 0, ..device.clone() };
    assert_eq!(refused(&world, &mut silent).await, "passkey.copied");
    assert_eq!(reasons(&world, "sign_in.failed").await, ["counter"; 3]);
    assert!(sign_in(&world, &mut device).await.is_ok());
    assert_log_is_whole(&world).await;
}

async fn a_device_that_does_not_count_signs_in_again_and_again(world: World) {
    let amy = world.citizen("amy", 10, 2).await;
    let mut device = Device { counter: 0, ..Device::new(1) };
    add(&world, &amy, &mut device).await.unwrap();
    for _ in 0..3 {
        assert!(sign_in(&world, &mut device).await.is_ok());
    }
}

async fn a_removed_passkey_opens_nothing(world: World) {
    let amy = world.citizen("amy", 10, 2).await;
    let mut device = Device::new(1);
    let id = add(&world, &amy, &mut device).await.unwrap();
    sign_in(&world, &mut device).await.unwrap();
    let mut ctx = world.as_actor(&amy).await;
    passkey::remove(&mut ctx, &id).await.unwrap();
    assert_eq!(passkey::remove(&mut ctx, &id).await.unwrap_err().code, "not_found");
    ctx.commit().await.unwrap();
    assert_eq!(refused(&world, &mut device).await, "passkey.refused");
    assert_eq!(reasons(&world, "sign_in.failed").await, ["unknown"]);
    assert_eq!(reasons(&world, "passkey.removed").await.len(), 1);
    let told = crate::message::list(&mut world.as_actor(&amy).await, "").await.unwrap().messages;
    let mut told: Vec<&str> = told.iter().map(|one| one.template.as_str()).collect();
    told.sort_unstable();
    assert_eq!(told, ["account.passkey_added", "account.passkey_removed"]);
    assert_log_is_whole(&world).await;
}

async fn an_unknown_passkey_is_refused_and_locked_like_a_wrong_password(world: World) {
    let amy = world.citizen("amy", 10, 2).await;
    let mut known = Device::new(1);
    add(&world, &amy, &mut known).await.unwrap();
    let mut unknown = Device { handle: amy.account.clone().into_bytes(), ..Device::new(2) };
    let mut blind = Device { verifies: false, ..known.clone() };
    for device in [&mut unknown, &mut blind] {
        for _ in 0..5 {
            assert_eq!(refused(&world, device).await, "passkey.refused");
        }
        assert_eq!(refused(&world, device).await, "sign_in.locked");
    }
    assert_eq!(refused(&world, &mut known).await, "sign_in.locked");
    world.env.clock.advance_us(61 * SECOND_US);
    assert!(sign_in(&world, &mut known).await.is_ok());
    assert_eq!(refused(&world, &mut unknown).await, "passkey.refused");
}

async fn another_account_s_passkey_opens_only_its_own(world: World) {
    let amy = world.citizen("amy", 10, 2).await;
    let bob = world.citizen("bob", 12, 2).await;
    let mut device = Device::new(1);
    let id = add(&world, &amy, &mut device).await.unwrap();
    // Bob cannot take it for his own, nor raise his session with it, nor remove it.
    let taken = add(&world, &bob, &mut device.clone()).await.unwrap_err();
    assert_eq!(taken.code, "passkey.known");
    let options = ask(&world, &bob, "browser").await;
    assert_eq!(options["allowCredentials"], serde_json::json!([]));
    let answer = device.get(&options);
    let raised = passkey::verify(&world.env, Lang::En, &bob, "browser", &answer).await;
    assert_eq!(raised.unwrap_err().code, "passkey.refused");
    assert_eq!(reasons(&world, "second_factor.failed").await, ["owner"]);
    let mut ctx = world.as_actor(&bob).await;
    assert_eq!(passkey::find(&mut ctx, &id).await.unwrap_err().code, "not_found");
    assert_eq!(passkey::remove(&mut ctx, &id).await.unwrap_err().code, "not_found");
    drop(ctx);
    // A device that names Bob with Amy's key lets nobody in.
    let mut liar = Device { handle: bob.account.clone().into_bytes(), ..device.clone() };
    assert_eq!(refused(&world, &mut liar).await, "passkey.refused");
    let mut silent = Device { handle: Vec::new(), ..device.clone() };
    assert_eq!(refused(&world, &mut silent).await, "passkey.refused");
    assert_eq!(sign_in(&world, &mut device).await.unwrap().actor.account, amy.account);
}

async fn a_passkey_raises_the_session_it_is_shown_in(world: World) {
    let amy = world.citizen("amy", 10, 2).await;
    let mut device = Device::new(1);
    add(&world, &amy, &mut device).await.unwrap();
    let signed = account::sign_in(&world.env, Lang::En, "amy", PASSWORD, "test").await.unwrap();
    assert_eq!(signed.actor.assurance, 1);
    let options = ask(&world, &signed.actor, "browser").await;
    assert_eq!(options["allowCredentials"].as_array().unwrap().len(), 1);
    let answer = device.get(&options);
    let cookie = passkey::verify(&world.env, Lang::En, &signed.actor, "browser", &answer).await;
    let gate = &world.web.authenticate;
    let raised = gate.by_session(&world.env, &cookie.unwrap()).await.unwrap().actor;
    assert_eq!((raised.session, raised.assurance), (signed.actor.session, 2));
    let old = gate.by_session(&world.env, &signed.cookie).await.unwrap().actor;
    assert_eq!(old, Actor::anonymous(), "the old cookie is worthless");
    assert_eq!(reasons(&world, "second_factor.shown").await.len(), 1);
    assert_log_is_whole(&world).await;
}

async fn a_closed_account_s_passkey_opens_nothing(world: World) {
    let officer = world.officer("lin", &["reviewer"]).await;
    let mut device = Device::new(1);
    add(&world, &officer, &mut device).await.unwrap();
    assert_eq!(sign_in(&world, &mut device).await.unwrap().actor.account, officer.account);
    let mut ctx = world.system().await;
    account::close(&mut ctx, &officer.account).await.unwrap();
    ctx.commit().await.unwrap();
    assert_eq!(refused(&world, &mut device).await, "passkey.refused");
    assert_eq!(reasons(&world, "sign_in.failed").await, ["closed"]);
}

async fn no_more_than_ten(world: World) {
    let amy = world.citizen("amy", 10, 2).await;
    for seed in 1..=10 {
        add(&world, &amy, &mut Device::new(seed)).await.unwrap();
    }
    assert_eq!(begin(&world, &amy, "browser").await.unwrap_err().code, "passkey.many");
}

/// The value of a `data-` attribute of a page.
fn data(html: &str, name: &str) -> Json {
    let (_, rest) = html.split_once(&format!("data-{name}=\"")).unwrap();
    let value = rest.split('"').next().unwrap();
    let plain = value.replace("&quot;", "\"").replace("&#x2f;", "/").replace("&amp;", "&");
    serde_json::from_str(&plain).unwrap_or(Json::String(plain))
}

async fn a_person_adds_uses_and_removes_a_passkey_on_pages(world: World) {
    world.citizen("amy", 10, 1).await;
    let mut browser = world.browser();
    browser.sign_in("amy").await;
    let new = "/account/passkeys/new";
    let fields = [("name", "<telephone>"), ("password", "not the password")];
    let wrong = browser.fill(new, new, &fields).await;
    assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(wrong.text.contains("c-errsum") && wrong.text.contains("#f-password"));
    let asked = browser.fill(new, new, &[("name", "<telephone>"), ("password", PASSWORD)]).await;
    assert_eq!(asked.status, StatusCode::OK, "{}", asked.text);
    assert_eq!(data(&asked.text, "origin"), "http://yipan.test");
    let mut device = Device::new(1);
    let answer = device.create(&data(&asked.text, "options"));
    let fields = [("_csrf", hidden(&asked.text, "_csrf")), ("credential", answer)];
    let fields: Vec<(&str, &str)> = fields.iter().map(|(k, v)| (*k, v.as_str())).collect();
    let added = browser.post("/account/passkeys", &fields).await;
    assert_eq!(added.location, "/account?notice=passkey.added", "{}", added.text);
    let again = browser.post("/account/passkeys", &fields).await;
    assert_eq!(again.status, StatusCode::UNPROCESSABLE_ENTITY);
    let page = browser.get("/account").await.text;
    assert!(page.contains("&lt;telephone&gt;"));
    let (_, rest) = page.split_once("/account/passkeys/").unwrap();
    let id = rest.split('/').next().unwrap().to_owned();
    let removal = format!("/account/passkeys/{id}/removal");
    // The password alone no longer removes it.
    let sent = browser.get(&removal).await.location;
    assert_eq!(sent, format!("/account/verify?next={removal}"));

    let mut fresh = world.browser();
    let page = fresh.get("/sign-in?next=/account").await.text;
    let csrf = hidden(&page, "_csrf");
    let challenge = "/sign-in/passkey/challenge";
    assert_eq!(data(&page, "challenge"), challenge);
    assert_eq!(fresh.post(challenge, &[]).await.status, StatusCode::FORBIDDEN);
    let options = fresh.post(challenge, &[("_csrf", &csrf)]).await.text;
    let answer = device.get(&serde_json::from_str(&options).unwrap());
    let fields = [("_csrf", csrf.as_str()), ("next", "/account"), ("credential", &answer)];
    let other = world.browser().post("/sign-in/passkey", &fields).await;
    assert_eq!(other.status, StatusCode::FORBIDDEN, "a form of another browser");
    let done = fresh.post("/sign-in/passkey", &fields).await;
    assert_eq!((done.status, done.location.as_str()), (StatusCode::SEE_OTHER, "/account"));
    assert_eq!(fresh.get(&removal).await.status, StatusCode::OK);
    let removed = fresh.fill(&removal, &removal, &[]).await;
    assert_eq!(removed.location, "/account?notice=passkey.removed");
    let gone = fresh.get(&removal).await.status;
    assert_eq!(gone, StatusCode::NOT_FOUND);
    let failed = fresh.cookies;
    let mut last = world.browser();
    last.cookies = BTreeMap::from([("yipan_visitor".to_owned(), failed["yipan_visitor"].clone())]);
    let page = last.fill("/sign-in", "/sign-in/passkey", &[("credential", &answer)]).await;
    assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(page.text.contains("href=\"#f-passkey\""));
}

#[test]
fn the_site_is_the_public_address() {
    let site = |base: &str| Site::of(base).map(|site| (site.id.clone(), site.address()));
    let pair = |id: &str, address: &str| Some((id.to_owned(), address.to_owned()));
    let gov = "https://zwfw.example.gov.cn";
    assert_eq!(site(gov), pair("zwfw.example.gov.cn", gov));
    assert_eq!(site("https://a.example/portal"), pair("a.example", "https://a.example"));
    assert_eq!(site("http://127.0.0.1:8080"), pair("localhost", "http://localhost:8080"));
    assert_eq!(site("http://[::1]:81"), pair("localhost", "http://localhost:81"));
    assert_eq!(site("http://localhost:8080"), pair("localhost", "http://localhost:8080"));
    for none in ["http://10.1.2.3:8080", "http://[2001:db8::1]", "http://0.0.0.0:8080", "", "x"] {
        assert_eq!(site(none), None, "{none}");
    }
}
