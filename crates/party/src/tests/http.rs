//! Pages as a browser sees them, and the texts and routes as a whole.

use super::on_both;
use super::world::{Browser, PASSWORD, Page, World, hidden};
use crate::authority;
use axum::body::Body;
use axum::http::{Request, StatusCode, header};
use tower::ServiceExt;
use webkit::Access;
use webkit::view::Views;

on_both!(
    a_citizen_signs_in_and_goes_where_he_wanted,
    a_wrong_password_and_an_unknown_login_show_the_same_page,
    a_form_without_its_browser_s_token_is_refused,
    a_redirect_leads_to_this_site_only,
    a_form_that_was_not_taken_leads_back_to_its_page,
    what_was_filled_in_is_back_in_its_form_after_signing_in,
    what_was_filled_in_survives_a_new_password_and_a_second_factor_set_up,
    a_page_that_needs_the_second_factor_says_so_before_it_is_filled_in,
    what_was_typed_with_invisible_characters_is_shown_again,
    every_page_is_shown_in_both_languages,
    a_person_enrols_a_second_factor_on_pages,
    a_refusal_is_recorded,
    the_clock_moves_on_its_page,
);

async fn a_citizen_signs_in_and_goes_where_he_wanted(world: World) {
    world.citizen("amy", 10, 1).await;
    world.officer("lin", &["reviewer"]).await;
    let mut browser = world.browser();
    let sent = browser.get("/messages?after=9").await;
    assert_eq!(sent.location, "/sign-in?next=/messages%3Fafter%3D9");
    let page = "/sign-in?next=/messages%3Fafter%3D9";
    let fields = [("login", "amy"), ("password", PASSWORD), ("next", "/messages?after=9")];
    let done = browser.fill(page, "/sign-in", &fields).await;
    assert_eq!((done.status, done.location.as_str()), (StatusCode::SEE_OTHER, "/messages?after=9"));
    assert_eq!(browser.get("/account").await.status, StatusCode::OK);
    assert_eq!(browser.get("/audit").await.status, StatusCode::FORBIDDEN);
    let left = browser.fill("/account", "/sign-out", &[]).await;
    assert_eq!(left.status, StatusCode::SEE_OTHER);
    assert_eq!(browser.get("/account").await.status, StatusCode::SEE_OTHER);
    let mut officer = world.browser();
    assert_eq!(officer.sign_in("lin").await.location, "/work");
}

async fn a_wrong_password_and_an_unknown_login_show_the_same_page(world: World) {
    world.citizen("amy", 10, 1).await;
    let mut pages = Vec::new();
    for login in ["amy", "bob"] {
        let mut browser = world.browser();
        let fields = [("login", login), ("password", "not the password")];
        let page = browser.fill("/sign-in?lang=en", "/sign-in", &fields).await;
        assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY);
        let from = page.text.find("c-errsum").expect("an error summary");
        let to = page.text[from..].find("</div>").unwrap();
        pages.push(page.text[from..from + to].to_owned());
    }
    assert_eq!(pages[0], pages[1]);
}

async fn a_form_without_its_browser_s_token_is_refused(world: World) {
    world.citizen("amy", 10, 1).await;
    let fields = [("login", "amy"), ("password", PASSWORD)];
    let mut browser = world.browser();
    assert_eq!(browser.post("/sign-in", &fields).await.status, StatusCode::FORBIDDEN);
    let empty = world.env.vault.index("form", "");
    let with_empty = [("_csrf", empty.as_str()), fields[0], fields[1]];
    assert_eq!(browser.post("/sign-in", &with_empty).await.status, StatusCode::FORBIDDEN);
    let (mut mine, mut other) = (world.browser(), world.browser());
    mine.get("/sign-in").await;
    other.cookies = mine.cookies.clone();
    assert_eq!(other.fill("/sign-in", "/sign-in", &fields).await.status, StatusCode::SEE_OTHER);
    let mut thief = world.browser();
    let page = thief.get("/sign-in").await.text;
    let at = page.find("name=\"_csrf\" value=\"").unwrap() + 20;
    let stolen = page[at..].split('"').next().unwrap().to_owned();
    let mut victim = world.browser();
    victim.get("/sign-in").await;
    let forged = [("_csrf", stolen.as_str()), fields[0], fields[1]];
    assert_eq!(victim.post("/sign-in", &forged).await.status, StatusCode::FORBIDDEN);
}

async fn a_redirect_leads_to_this_site_only(world: World) {
    world.citizen("amy", 10, 1).await;
    for next in
        ["https://evil.example", "//evil.example", "/\\evil.example", "javascript:1", "/a\nb"]
    {
        let mut browser = world.browser();
        let fields = [("login", "amy"), ("password", PASSWORD), ("next", next)];
        let done = browser.fill("/sign-in", "/sign-in", &fields).await;
        assert!(done.location == "/" || done.status == StatusCode::UNPROCESSABLE_ENTITY, "{next}");
        let back = format!("/preferences?lang=en&back={}", webkit::form::encode(next));
        assert_eq!(browser.get(&back).await.location, "/");
    }
}

async fn a_form_that_was_not_taken_leads_back_to_its_page(world: World) {
    let sent = async |path: &str, from: &str| {
        let request = Request::post(path).header(header::HOST, "yipan.test");
        let request = request.header(header::REFERER, from).body(Body::empty()).unwrap();
        let answer = world.web.router().oneshot(request).await.unwrap();
        answer.headers()[header::LOCATION].to_str().unwrap().to_owned()
    };
    let notice = "&notice=form.not_sent";
    for (path, from, next) in [
        ("/delegations", "http://yipan.test/delegations?a=1", "/delegations%3Fa%3D1"),
        ("/messages/read", "http://other.test/account", "/messages"),
        ("/account/sessions/revocation", "http://yipan.test/no/such/page", "/account"),
        ("/delegations/01X/answer", "", "/delegations/01X"),
        ("/delegations/01X/answer", "http://yipan.test//other.test", "/delegations/01X"),
    ] {
        let next = format!("/sign-in?next={next}{notice}");
        assert_eq!(sent(path, from).await, next, "{path} from {from}");
    }
    world.citizen("amy", 10, 1).await;
    let mut browser = world.browser();
    browser.sign_in("amy").await;
    let weak = browser.post("/delegations/01X/answer", &[("answer", "grant")]).await;
    assert_eq!(weak.location, format!("/account/verify?next=/delegations/01X{notice}"));
    let page = browser.get(&format!("{}&lang=en", weak.location)).await.text;
    assert!(page.contains("What you filled in was not sent"), "{page}");
}

/// A browser that has filled in a request for an authorisation, and what it will send.
async fn filled<'a>(world: &'a World, login: &str) -> (Browser<'a>, Vec<(&'static str, String)>) {
    let mut browser = world.browser();
    browser.sign_in(login).await;
    browser.cookies.insert("yipan_ui".to_owned(), "en".to_owned());
    let page = browser.get("/delegations").await.text;
    let mut fields: Vec<(&str, String)> =
        ["_csrf", "_once", "_whose"].into_iter().map(|name| (name, hidden(&page, name))).collect();
    let typed = [("name", "顾\"晓宁\""), ("number", "4101"), ("scope", "newborn"), ("days", "17")];
    fields.extend(typed.map(|(name, value)| (name, value.to_owned())));
    fields.push(("power", "apply".to_owned()));
    (browser, fields)
}

async fn send(browser: &mut Browser<'_>, path: &str, fields: &[(&str, String)]) -> Page {
    let fields: Vec<(&str, &str)> = fields.iter().map(|(name, text)| (*name, &**text)).collect();
    browser.post(path, &fields).await
}

fn is_filled(page: &Page) {
    let text = &page.text;
    assert!(text.contains("value=\"顾&quot;晓宁&quot;\""), "{text}");
    assert!(text.contains("value=\"newborn\" selected"), "{text}");
    assert!(text.contains("value=\"apply\" selected") && text.contains("value=\"17\""), "{text}");
}

async fn what_was_filled_in_is_back_in_its_form_after_signing_in(world: World) {
    world.citizen("amy", 10, 1).await;
    world.citizen("bob", 12, 1).await;
    let ended = async || {
        let mut ctx = world.system().await;
        ctx.execute("DELETE FROM session", Vec::new()).await.unwrap();
        ctx.commit().await.unwrap();
    };
    let (mut browser, fields) = filled(&world, "amy").await;
    ended().await;
    let asked = send(&mut browser, "/delegations", &fields).await;
    assert_eq!(asked.status, StatusCode::FORBIDDEN);
    assert!(asked.text.contains("action=\"/sign-in\"") && asked.text.contains("was not sent"));
    assert!(!asked.text.contains("晓宁"), "it is sealed");
    let sign_in = |page: &Page, login: &str, password: &str| {
        let mut sent: Vec<(&str, String)> = ["_csrf", "_once", "_kept", "next"]
            .into_iter()
            .map(|name| (name, hidden(&page.text, name)))
            .collect();
        sent.extend([("login", login.to_owned()), ("password", password.to_owned())]);
        sent
    };
    // A slip of the finger loses nothing, and who is somebody else is shown nothing.
    let wrong = sign_in(&asked, "amy", "wrong");
    let again = send(&mut browser, "/sign-in", &wrong).await;
    assert_eq!(again.status, StatusCode::UNPROCESSABLE_ENTITY);
    let mut other = world.browser();
    other.cookies = browser.cookies.clone();
    let hers = sign_in(&again, "bob", PASSWORD);
    let shown = send(&mut other, "/sign-in", &hers).await;
    assert_eq!(shown.location, "/?notice=form.other");
    let right = sign_in(&again, "amy", PASSWORD);
    let back = send(&mut browser, "/sign-in", &right).await;
    assert_eq!(back.status, StatusCode::OK);
    is_filled(&back);
    assert_eq!(world.count("SELECT COUNT(*) FROM delegation").await, 0, "and not sent");
    // Its tokens are of the new session: sent now, the verb judges it.
    let mut fresh = fields.clone();
    for (name, value) in fresh.iter_mut().take(3) {
        *value = hidden(&back.text, name);
    }
    let judged = send(&mut browser, "/delegations", &fresh).await;
    assert_eq!(judged.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(judged.text.contains("f-number"), "{}", judged.text);

    // Who signed in again on another tab sends the old form: it is shown again.
    let (mut browser, fields) = filled(&world, "amy").await;
    browser.cookies.remove(webkit::guard::SESSION_COOKIE);
    browser.sign_in("amy").await;
    let stale = send(&mut browser, "/delegations", &fields).await;
    assert_eq!(stale.status, StatusCode::FORBIDDEN);
    is_filled(&stale);
    let mut other = world.browser();
    other.sign_in("bob").await;
    let refused = send(&mut other, "/delegations", &fields).await;
    assert_eq!(refused.status, StatusCode::FORBIDDEN);
    assert!(!refused.text.contains("晓宁"), "{}", refused.text);

    // From another site nothing is kept, and a page that has gone is no loss.
    ended().await;
    let body = fields.iter().map(|(n, v)| format!("{n}={}", webkit::form::encode(v)));
    let request = Request::post("/delegations").header("sec-fetch-site", "cross-site");
    let request = request.header(header::CONTENT_TYPE, "application/x-www-form-urlencoded");
    let request = request.body(Body::from(body.collect::<Vec<_>>().join("&"))).unwrap();
    let answer = world.web.router().oneshot(request).await.unwrap();
    assert_eq!(answer.status(), StatusCode::SEE_OTHER);
    let mut own = fields.clone();
    own.retain(|(name, _)| name.starts_with('_'));
    own.push(("note", "typed with care".to_owned()));
    let asked = send(&mut browser, "/delegations/01X/answer", &own).await;
    let right = sign_in(&asked, "amy", PASSWORD);
    let gone = send(&mut browser, "/sign-in", &right).await;
    assert!(gone.text.contains("typed with care</textarea>"), "{}", gone.text);
}

/// The hidden fields of a page by which a form is carried on, and what is added.
fn carried(page: &Page, added: &[(&'static str, &str)]) -> Vec<(&'static str, String)> {
    let names = ["_csrf", "_once", "_kept", "next"];
    let mut sent: Vec<(&str, String)> =
        names.into_iter().map(|name| (name, hidden(&page.text, name))).collect();
    sent.extend(added.iter().map(|(name, text)| (*name, (*text).to_owned())));
    sent
}

async fn what_was_filled_in_survives_a_new_password_and_a_second_factor_set_up(world: World) {
    let root = world.officer("root", &["administrator"]).await;
    let mut browser = world.browser();
    browser.sign_in("root").await;
    let form = "/administration/officers/new";
    let filled = async |browser: &mut Browser<'_>| {
        let page = browser.get(form).await.text;
        let mut fields: Vec<(&str, String)> =
            ["_csrf", "_once", "_whose"].map(|name| (name, hidden(&page, name))).into();
        fields.push(("name", "陈\"静\"".to_owned()));
        fields.push(("reason", "new this spring".to_owned()));
        fields
    };
    let is_back = |page: &Page| {
        assert_eq!(page.status, StatusCode::OK, "{}", page.text);
        // The list stands where it was sent to, so that it is shown as text.
        assert!(page.text.contains("陈&quot;静&quot;</textarea>"), "{}", page.text);
        assert!(page.text.contains("new this spring</textarea>"));
    };
    // Who has no second factor sets one up on the way.
    let fields = filled(&mut browser).await;
    let asked = send(&mut browser, "/administration/officers", &fields).await;
    assert_eq!(asked.status, StatusCode::FORBIDDEN);
    assert!(asked.text.contains("action=\"/account/totp\""), "{}", asked.text);
    let begun = send(&mut browser, "/account/totp", &carried(&asked, &[("begin", "1")])).await;
    let at = begun.text.find("secret=").expect("the address for the authenticator") + 7;
    let secret = begun.text[at..].split('&').next().unwrap();
    let secret = proof::totp::Secret::from_base32(secret).unwrap();
    let wrong = send(&mut browser, "/account/totp", &carried(&begun, &[("code", "12")])).await;
    assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY);
    let code = secret.code(world.env.clock.platform());
    let codes = send(&mut browser, "/account/totp", &carried(&wrong, &[("code", &code)])).await;
    assert_eq!(codes.text.matches("<li class=\"u-code\">").count(), 10, "{}", codes.text);
    let back = send(&mut browser, "/account/resume", &carried(&codes, &[])).await;
    is_back(&back);
    // Whose password was set anew meanwhile replaces it on the way.
    let fields = filled(&mut browser).await;
    let mut ctx = world.system().await;
    ctx.execute("DELETE FROM session", Vec::new()).await.unwrap();
    let sql = "UPDATE account SET initial_us = $2 WHERE id = $1";
    let now = world.env.clock.platform();
    ctx.execute(sql, store::vals![&root.account, now]).await.unwrap();
    ctx.commit().await.unwrap();
    let asked = send(&mut browser, "/administration/officers", &fields).await;
    let own = [("login", "root"), ("password", PASSWORD)];
    let first = send(&mut browser, "/sign-in", &carried(&asked, &own)).await;
    assert!(first.text.contains("action=\"/sign-in/first\""), "{}", first.text);
    let new = "my own long password";
    let change = [("login", "root"), ("old", PASSWORD), ("new", new), ("again", new)];
    let back = send(&mut browser, "/sign-in/first", &carried(&first, &change)).await;
    is_back(&back);
    assert_eq!(world.count("SELECT COUNT(*) FROM account").await, 1, "and nothing was sent");
}

async fn a_page_that_needs_the_second_factor_says_so_before_it_is_filled_in(world: World) {
    let admin = world.officer("root", &["administrator"]).await;
    let secret = world.set_totp(&admin).await;
    let mut browser = world.browser();
    browser.sign_in("root").await;
    let form = "/administration/officers/new";
    let first = "/account/verify?next=/administration/officers/new";
    assert!(browser.get(form).await.text.contains(first));
    assert!(
        !browser.get("/messages").await.text.contains("/account/verify"),
        "nothing to show it for"
    );
    let code = secret.code(world.env.clock.platform());
    browser.fill("/account/verify", "/account/verify", &[("code", &code)]).await;
    assert!(!browser.get(form).await.text.contains(first));
}

async fn what_was_typed_with_invisible_characters_is_shown_again(world: World) {
    world.citizen("amy", 10, 2).await;
    let mut browser = world.browser();
    browser.sign_in("amy").await;
    let typed =
        [("name", "王\u{202e}小\u{0}明"), ("number", "4101"), ("scope", "all"), ("days", "17")];
    let again = browser.fill("/delegations", "/delegations", &typed).await;
    assert_eq!(again.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(again.text.contains("\n王小明</textarea>"), "{}", again.text);
    assert_eq!(hidden(&again.text, "days"), "17");
    assert!(again.text.contains("action=\"/delegations\""));
    let (csrf, once) = (hidden(&again.text, "_csrf"), hidden(&again.text, "_once"));
    let clean = [
        ("_csrf", &*csrf),
        ("_once", &*once),
        ("name", "王小明"),
        ("number", "4101"),
        ("scope", "all"),
        ("days", "17"),
    ];
    let judged = browser.post("/delegations", &clean).await;
    assert!(judged.text.contains("f-number"), "the verb judges it now");
    let secret = [("login", "amy"), ("password", "it is a\u{202e} secret")];
    let refused = world.browser().fill("/sign-in", "/sign-in", &secret).await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(!refused.text.contains("secret\"") && !refused.text.contains("it is a"));
    let query = browser.get("/messages?after=%00").await;
    assert_eq!(query.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(query.text.contains("after"));
}

async fn every_page_is_shown_in_both_languages(world: World) {
    let amy = world.citizen("amy", 10, 1).await;
    let bob = world.citizen("bob", 12, 2).await;
    world.officer("ann", &["auditor"]).await;
    let mut ctx = world.as_actor(&bob).await;
    let number = crate::person::get(&mut ctx, &amy.party).await.unwrap().number.unwrap();
    let id = crate::delegation::ask_for(&mut ctx, &number, "newborn", "draft:1").await.unwrap();
    ctx.commit().await.unwrap();
    let message = {
        let mut ctx = world.as_actor(&amy).await;
        crate::message::list(&mut ctx, "").await.unwrap().messages[0].id.clone()
    };
    world.drain().await;
    let citizen = [
        "/account",
        "/account/verify",
        "/account/totp",
        "/account/password",
        "/account/passkeys/new",
        "/messages",
        "/messages/preferences",
        "/delegations",
        "/log",
        "/demo/clock",
    ];
    let mut paths: Vec<String> = citizen.iter().map(|path| (*path).to_owned()).collect();
    paths.extend([format!("/delegations/{id}"), format!("/messages/{message}")]);
    let mut browser = world.browser();
    let anonymous = ["/sign-in", "/register", "/log", "/demo/clock"];
    for lang in ["zh-CN", "en"] {
        for path in anonymous {
            shown(&browser.get(&format!("{path}?lang={lang}")).await, path);
        }
    }
    browser.sign_in("amy").await;
    let mut auditor = world.browser();
    auditor.sign_in("ann").await;
    for lang in ["zh-CN", "en"] {
        for path in &paths {
            shown(&browser.get(&format!("{path}?lang={lang}")).await, path);
        }
        for path in ["/audit", "/authority"] {
            shown(&auditor.get(&format!("{path}?lang={lang}")).await, path);
        }
    }
}

fn shown(page: &super::world::Page, path: &str) {
    assert_eq!(page.status, StatusCode::OK, "{path}: {}", page.text);
    assert_eq!(page.text.matches("<h1").count(), 1, "{path}");
    assert!(!page.text.contains('⟦'), "{path}");
    assert!(page.text.contains("<title>"), "{path}");
}

async fn a_person_enrols_a_second_factor_on_pages(world: World) {
    world.citizen("amy", 10, 1).await;
    let mut browser = world.browser();
    browser.sign_in("amy").await;
    let page = browser.get("/account/totp").await.text;
    let at = page.find("secret=").expect("the address for the authenticator") + 7;
    let secret = page[at..].split('&').next().unwrap();
    let secret = proof::totp::Secret::from_base32(secret).unwrap();
    let wrong = browser.fill("/account/totp", "/account/totp", &[("code", "12")]).await;
    assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY);
    let code = secret.code(world.env.clock.platform());
    let done = browser.fill("/account/totp", "/account/totp", &[("code", &code)]).await;
    assert_eq!(done.status, StatusCode::OK, "{}", done.text);
    assert_eq!(done.text.matches("<li class=\"u-code\">").count(), 10);
    // The session is raised: what needs a second factor opens.
    assert_eq!(browser.get("/account/totp").await.status, StatusCode::OK);
    let mut other = world.browser();
    other.sign_in("amy").await;
    assert_eq!(other.get("/account/totp").await.location, "/account/verify?next=/account/totp");
}

async fn a_refusal_is_recorded(world: World) {
    let amy = world.citizen("amy", 10, 1).await;
    let mut browser = world.browser();
    browser.sign_in("amy").await;
    browser.get("/audit").await;
    browser.get("/messages/of-somebody-else").await;
    let mut ctx = world.system().await;
    let wanted = crate::audit::Search {
        actor: amy.account,
        kind: "access.refused".to_owned(),
        ..crate::audit::Search::default()
    };
    assert_eq!(crate::audit::search(&mut ctx, &wanted).await.unwrap().entries.len(), 2);
}

async fn the_clock_moves_on_its_page(world: World) {
    let before = world.env.clock.now();
    let mut browser = world.browser();
    let bad = browser.fill("/demo/clock", "/demo/clock", &[("days", "-3"), ("back", "/log")]).await;
    assert_eq!(bad.status, StatusCode::UNPROCESSABLE_ENTITY);
    let fields = [("days", "2"), ("hours", "3"), ("back", "/log")];
    let done = browser.fill("/demo/clock", "/demo/clock", &fields).await;
    assert_eq!(done.location, "/log");
    assert_eq!(world.env.clock.now().since(before), (2 * 24 + 3) * 3_600_000_000);
}

#[test]
fn every_sentence_is_there_in_both_languages_and_used() {
    let views = Views::new(vec![crate::views()]).unwrap();
    let keys = [
        "error.",
        "notice.",
        "demo.",
        "webkit.",
        "party.rail.",
        "audit.",
        "party.audit.title",
        "party.audit.nobody",
        "party.audit.platform",
        "party.authority.title",
        "party.delegation.scope_all",
        "party.message.below",
    ];
    let findings: Vec<String> =
        views.check(&keys).iter().map(|finding| format!("{finding:?}")).collect();
    let own: Vec<&String> = findings.iter().filter(|finding| finding.contains("party")).collect();
    assert!(own.is_empty(), "{own:#?}");
}

#[test]
fn every_code_of_an_error_has_a_sentence() {
    let views = Views::new(vec![crate::views()]).unwrap();
    let sources = include_dir::include_dir!("$CARGO_MANIFEST_DIR/src");
    let mut missing = Vec::new();
    let mut stack = vec![sources.clone()];
    while let Some(dir) = stack.pop() {
        stack.extend(dir.dirs().filter(|dir| !dir.path().ends_with("tests")).cloned());
        for text in dir.files().filter_map(|file| file.contents_utf8()) {
            for start in
                ["invalid(\"", "conflict(\"", "limited(\"", "denied(\"", "unauthenticated(\""]
            {
                for piece in text.split(start).skip(1) {
                    let code = piece.split('"').next().unwrap();
                    let sentence = views.text(kernel::Lang::En, &format!("error.{code}"), &[]);
                    if sentence.contains('⟦') {
                        missing.push(code.to_owned());
                    }
                }
            }
        }
    }
    assert!(missing.is_empty(), "{missing:?}");
}

#[test]
fn every_route_of_the_interface_is_described() {
    for module in crate::modules() {
        for route in module.routes.iter().filter(|route| route.is_api()) {
            assert!(route.doc.is_some(), "{}", route.path);
        }
    }
}

#[test]
fn every_permission_asked_for_is_declared_by_the_pack() {
    let pack = pack::Province::embedded().unwrap();
    let known: Vec<&str> = pack.permissions().iter().map(|one| one.id.as_str()).collect();
    for module in crate::modules() {
        for route in module.routes {
            if let Access::Staff(permission) = route.access {
                assert!(known.contains(&permission), "{permission}");
            }
        }
    }
    assert!(authority::table(&pack).contains("audit.read"));
}
