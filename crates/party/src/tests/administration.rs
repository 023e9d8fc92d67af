//! Administrators, what they may do and to whom.

use super::on_both;
use super::world::{Browser, PASSWORD, World, hidden};
use crate::administration::{self, Filter, NewOfficer};
use crate::{account, audit, passkey, token};
use axum::http::StatusCode;
use kernel::{Actor, Kind, Lang, Result};
use serde_json::{Value as Json, json};
use store::Ctx;

on_both!(
    an_officer_begins_with_a_password_he_must_replace,
    an_initial_password_lapses,
    who_cannot_sign_in_any_more_is_no_administrator_to_count_on,
    a_new_account_names_every_fault_at_once,
    who_administers_or_audits_does_nothing_else,
    officers_are_found_by_page_login_agency_role_and_state,
    a_post_is_set_and_what_was_open_ends,
    a_locked_account_opens_nothing_until_it_is_unlocked,
    a_lost_second_factor_is_reset_with_its_passkeys,
    a_lost_password_is_replaced_by_an_initial_one,
    sessions_and_tokens_are_ended,
    every_act_has_its_reason_on_record,
    nobody_administers_himself_a_citizen_or_what_lies_beyond,
    only_administrators_with_a_second_factor_act,
    programs_and_tokens_in_use_are_listed_and_ended,
    the_pages_do_what_the_verbs_do,
);

pub(super) const WHY: &str = "豫人调〔2026〕18号";

/// The administrator of the county, as sure as two factors.
pub(super) async fn administrator(world: &World) -> Actor {
    let actor = world.officer("root", &["administrator"]).await;
    Actor { assurance: 2, ..actor }
}

async fn run<T>(
    world: &World,
    actor: &Actor,
    verb: impl AsyncFnOnce(&mut Ctx) -> Result<T>,
) -> Result<T> {
    let mut ctx = world.as_actor(actor).await;
    let done = verb(&mut ctx).await?;
    ctx.commit().await?;
    Ok(done)
}

fn new(world: &World, login: &str) -> NewOfficer {
    NewOfficer {
        login: login.to_owned(),
        name: "周明远".to_owned(),
        agency: world.any_agency(),
        roles: vec!["reviewer".to_owned()],
    }
}

/// A bearer token of an account that has shown so much.
pub(super) async fn bearer(world: &World, actor: &Actor, assurance: u8) -> String {
    let mut ctx = world.system().await;
    let given = token::issue(&mut ctx, &actor.account, "password", assurance, false).await.unwrap();
    ctx.commit().await.unwrap();
    given.access
}

async fn an_officer_begins_with_a_password_he_must_replace(world: World) {
    let admin = administrator(&world).await;
    let given = run(&world, &admin, async |ctx| {
        administration::create(ctx, &new(&world, "zhou"), WHY).await
    })
    .await
    .unwrap();
    assert_eq!((given.login.as_str(), given.initial_password.len(), given.days), ("zhou", 16, 7));
    let shown = run(&world, &admin, async |ctx| administration::show(ctx, &given.id).await).await;
    let shown = shown.unwrap();
    assert!(shown.initial && !shown.second_factor && shown.state == "active");
    let initial = given.initial_password.as_str();
    let sign_in =
        async |secret: &str| account::sign_in(&world.env, Lang::En, "zhou", secret, "test").await;
    assert_eq!(sign_in(initial).await.unwrap_err().code, "password.initial");
    let mut browser = world.browser();
    let body = json!({"grant_type": "password", "username": "zhou", "password": initial});
    let refused = browser.api("POST", "/oauth/token", "", body).await;
    assert_eq!((refused.0.is_success(), refused.1["access_token"].is_null()), (false, true));
    let sent = [("login", "zhou"), ("password", initial)];
    let sent = browser.fill("/sign-in", "/sign-in", &sent).await;
    assert!(sent.location.starts_with("/sign-in/first?login=zhou"), "{}", sent.location);
    assert!(!browser.cookies.contains_key("yipan_session"), "no session before the change");
    let first = sent.location.clone();
    let fill = async |browser: &mut Browser<'_>, old: &str, new: &str, again: &str| {
        let fields = [("login", "zhou"), ("old", old), ("new", new), ("again", again)];
        browser.fill(&first, "/sign-in/first", &fields).await
    };
    for (old, new, again) in [
        ("wrong password", "my own long password", "my own long password"),
        (initial, "short", "short"),
        (initial, initial, initial),
        (initial, "my own long password", "another long password"),
    ] {
        let page = fill(&mut browser, old, new, again).await;
        assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY, "{old} {new}");
        assert!(page.text.contains("c-errsum") && page.text.contains("value=\"zhou\""));
        assert!(!page.text.contains('⟦'));
    }
    let done = fill(&mut browser, initial, "my own long password", "my own long password").await;
    assert_eq!((done.status, done.location.as_str()), (StatusCode::SEE_OTHER, "/work"));
    assert_eq!(browser.get("/account").await.status, StatusCode::OK);
    assert_eq!(sign_in(initial).await.unwrap_err().code, "sign_in.wrong");
    sign_in("my own long password").await.unwrap();
    let again = account::first_password(
        &world.env,
        Lang::En,
        "zhou",
        "my own long password",
        "yet another password",
        "test",
    );
    assert_eq!(again.await.unwrap_err().code, "password.not_initial");
}

async fn an_initial_password_lapses(world: World) {
    let admin = administrator(&world).await;
    let given = run(&world, &admin, async |ctx| {
        administration::create(ctx, &new(&world, "zhou"), WHY).await
    })
    .await
    .unwrap();
    lapse(&world, &given.id).await;
    let late = account::first_password(
        &world.env,
        Lang::En,
        "zhou",
        &given.initial_password,
        "my own long password",
        "test",
    );
    assert_eq!(late.await.unwrap_err().code, "password.initial_lapsed");
}

/// Lets a week pass since an account got its initial password.
async fn lapse(world: &World, account: &str) {
    let mut ctx = world.system().await;
    let week = 7 * kernel::time::DAY_US;
    let sql = "UPDATE account SET initial_us = initial_us - $2 WHERE id = $1";
    ctx.execute(sql, store::vals![account, week]).await.unwrap();
    ctx.commit().await.unwrap();
}

async fn who_cannot_sign_in_any_more_is_no_administrator_to_count_on(world: World) {
    let count = async || administration::administrators(&mut world.system().await).await.unwrap();
    let appoint = async |login: &str| {
        let new = NewOfficer { roles: Vec::new(), ..new(&world, login) };
        let mut ctx = world.system().await;
        let given = administration::appoint(&mut ctx, &new, false, WHY).await?;
        ctx.commit().await.map(|()| given)
    };
    let first = appoint("first").await.unwrap();
    assert_eq!(count().await, 1);
    assert_eq!(appoint("second").await.unwrap_err().code, "administration.exists");
    lapse(&world, &first.id).await;
    assert_eq!(count().await, 0, "nobody can sign in");
    appoint("second").await.unwrap();
    assert_eq!(count().await, 1);
}

async fn a_new_account_names_every_fault_at_once(world: World) {
    let admin = administrator(&world).await;
    let wrong = NewOfficer {
        login: "x".to_owned(),
        name: "1".to_owned(),
        agency: "health-410200".to_owned(),
        roles: vec!["citizen".to_owned()],
    };
    let error = run(&world, &admin, async |ctx| administration::create(ctx, &wrong, " ").await)
        .await
        .unwrap_err();
    let mut fields: Vec<&str> = error.fields.iter().map(|one| one.field.as_str()).collect();
    fields.sort_unstable();
    assert_eq!(fields, ["agency", "login", "name", "reason", "roles"]);
    for roles in [vec![], vec!["system"], vec!["nothing"], vec!["reviewer", "reviewer"]] {
        let roles: Vec<String> = roles.into_iter().map(str::to_owned).collect();
        let wrong = NewOfficer { roles, ..new(&world, "zhou") };
        let error = run(&world, &admin, async |ctx| administration::create(ctx, &wrong, WHY).await);
        assert_eq!(error.await.unwrap_err().fields[0].field, "roles");
    }
    let create = async || {
        run(&world, &admin, async |ctx| {
            administration::create(ctx, &new(&world, "zhou"), WHY).await
        })
        .await
    };
    create().await.unwrap();
    assert_eq!(create().await.unwrap_err().code, "account.login_taken");
}

async fn who_administers_or_audits_does_nothing_else(world: World) {
    let admin = administrator(&world).await;
    for roles in [
        &["administrator", "approver"][..],
        &["reviewer", "auditor"],
        &["auditor", "administrator"],
    ] {
        let roles = roles.iter().map(|role| (*role).to_owned()).collect();
        let wanted = NewOfficer { roles, ..new(&world, "zhou") };
        let refused =
            run(&world, &admin, async |ctx| administration::create(ctx, &wanted, WHY).await);
        assert_eq!(refused.await.unwrap_err().fields[0].code, "administration.roles_apart");
    }
    let roles = vec!["reviewer".to_owned(), "clerk".to_owned()];
    let wanted = NewOfficer { roles: roles.clone(), ..new(&world, "zhou") };
    let made = run(&world, &admin, async |ctx| administration::create(ctx, &wanted, WHY).await);
    let id = made.await.unwrap().id;
    let agency = world.any_agency();
    let more = [roles, vec!["auditor".to_owned()]].concat();
    let refused = run(&world, &admin, async |ctx| {
        administration::set_post(ctx, &id, &agency, &more, WHY).await
    });
    assert_eq!(refused.await.unwrap_err().fields[0].code, "administration.roles_apart");
}

async fn officers_are_found_by_page_login_agency_role_and_state(world: World) {
    let admin = administrator(&world).await;
    // Hashing so many passwords would take the test's time; the rows alone are looked at.
    let mut ctx = world.system().await;
    for at in 0..55 {
        let (id, agency) = (format!("A{at:03}"), world.any_agency());
        ctx.execute(
            "INSERT INTO account (id, person_id, kind, login, password, roles, agency, division,
             totp_step, closed_us, created_us) VALUES ($1, $2, 'officer', $3, '', $4, $5, '410105',
             -1, 0, 0)",
            store::vals![id, &admin.party, format!("officer_{at:02}"), "[\"reviewer\"]", agency],
        )
        .await
        .unwrap();
    }
    ctx.execute("UPDATE account SET division = '410200' WHERE id = 'A000'", vec![]).await.unwrap();
    ctx.commit().await.unwrap();
    let find = async |wanted: Filter, after: &str| {
        run(&world, &admin, async |ctx| administration::list(ctx, &wanted, after).await)
            .await
            .unwrap()
    };
    let first = find(Filter::default(), "").await;
    let second = find(Filter::default(), first.next.as_deref().unwrap()).await;
    assert_eq!((first.officers.len(), second.officers.len(), second.next), (50, 5, None));
    assert!(first.officers.last().unwrap().login < second.officers[0].login);
    let of = |text: &str| Filter { text: text.to_owned(), ..Filter::default() };
    assert_eq!(find(of("er_0"), "").await.officers.len(), 9, "one is beyond the division");
    assert_eq!(find(of("OFFICER_17"), "").await.officers[0].login, "officer_17");
    assert!(find(of("officer%"), "").await.officers.is_empty(), "a sign is a sign");
    let role = Filter { role: "administrator".to_owned(), ..Filter::default() };
    assert_eq!(find(role, "").await.officers.len(), 1);
    let agency = Filter { agency: "health-410102".to_owned(), ..Filter::default() };
    assert!(find(agency, "").await.officers.is_empty());
    run(&world, &admin, async |ctx| administration::lock(ctx, "A001", WHY).await).await.unwrap();
    let locked = Filter { state: "locked".to_owned(), ..Filter::default() };
    let locked = find(locked, "").await.officers;
    assert_eq!((locked.len(), locked[0].state.as_str()), (1, "locked"));
    let active =
        Filter { state: "active".to_owned(), text: "officer_01".to_owned(), ..Filter::default() };
    assert!(find(active, "").await.officers.is_empty());
}

/// A second officer, signed in, with a token.
async fn colleague(world: &World) -> (Actor, String) {
    let actor = world.officer("lee", &["reviewer"]).await;
    let access = bearer(world, &actor, 1).await;
    (actor, access)
}

async fn a_post_is_set_and_what_was_open_ends(world: World) {
    let admin = administrator(&world).await;
    let (lee, access) = colleague(&world).await;
    let mut browser = world.browser();
    browser.sign_in("lee").await;
    assert_eq!(browser.get("/account").await.status, StatusCode::OK);
    let agency = "police-410105";
    let roles = ["approver".to_owned()];
    let set = async |agency: &str, roles: &[String]| {
        run(&world, &admin, async |ctx| {
            administration::set_post(ctx, &lee.account, agency, roles, WHY).await
        })
        .await
    };
    let beyond = set("police-410102", &[]).await.unwrap_err();
    let fields: Vec<&str> = beyond.fields.iter().map(|one| one.field.as_str()).collect();
    assert_eq!(fields, ["agency", "roles"]);
    let officer = set(agency, &roles).await.unwrap();
    assert_eq!((officer.agency.as_str(), officer.roles.as_slice()), (agency, roles.as_slice()));
    assert_eq!(officer.sessions, 0);
    assert_eq!(browser.get("/account").await.status, StatusCode::SEE_OTHER);
    let (status, _) = world.browser().api("GET", "/api/v1/me", &access, Json::Null).await;
    assert_eq!(status, StatusCode::UNAUTHORIZED);
    let mut ctx = world.as_actor(&lee).await;
    let told = crate::message::list(&mut ctx, "").await.unwrap().messages;
    assert_eq!(told[0].template, "account.post_changed");
}

async fn a_locked_account_opens_nothing_until_it_is_unlocked(world: World) {
    let admin = administrator(&world).await;
    let (lee, access) = colleague(&world).await;
    let lock = async || {
        run(&world, &admin, async |ctx| administration::lock(ctx, &lee.account, WHY).await).await
    };
    assert_eq!(lock().await.unwrap().state, "locked");
    assert_eq!(lock().await.unwrap_err().code, "administration.state");
    let sign_in =
        async || account::sign_in(&world.env, Lang::En, "lee", PASSWORD, "test").await.map(|_| ());
    assert_eq!(sign_in().await.unwrap_err().code, "sign_in.wrong");
    let (status, _) = world.browser().api("GET", "/api/v1/me", &access, Json::Null).await;
    assert_eq!(status, StatusCode::UNAUTHORIZED);
    let unlock = async || {
        run(&world, &admin, async |ctx| administration::unlock(ctx, &lee.account, WHY).await).await
    };
    assert_eq!(unlock().await.unwrap().state, "active");
    assert_eq!(unlock().await.unwrap_err().code, "administration.state");
    sign_in().await.unwrap();
    let (status, _) = world.browser().api("GET", "/api/v1/me", &access, Json::Null).await;
    assert_eq!(status, StatusCode::UNAUTHORIZED, "what ended stays ended");
    run(&world, &admin, async |ctx| account::close(ctx, &lee.account).await).await.unwrap();
    assert_eq!(unlock().await.unwrap_err().code, "administration.state", "closing is for good");
}

async fn a_lost_second_factor_is_reset_with_its_passkeys(world: World) {
    let admin = administrator(&world).await;
    let (lee, _) = colleague(&world).await;
    world.set_totp(&lee).await;
    let strong = Actor { assurance: 2, ..lee.clone() };
    let mut device = super::device::Device::new(1);
    super::passkey::add(&world, &strong, &mut device).await.unwrap();
    let reset = run(&world, &admin, async |ctx| {
        administration::reset_second_factor(ctx, &lee.account, WHY).await
    })
    .await
    .unwrap();
    assert!(!reset.second_factor);
    let mut ctx = world.as_actor(&lee).await;
    assert!(passkey::list(&mut ctx).await.unwrap().is_empty());
    drop(ctx);
    super::passkey::assert_log_is_whole(&world).await;
    account::sign_in(&world.env, Lang::En, "lee", PASSWORD, "test").await.unwrap();
}

async fn a_lost_password_is_replaced_by_an_initial_one(world: World) {
    let admin = administrator(&world).await;
    let (lee, _) = colleague(&world).await;
    let given = run(&world, &admin, async |ctx| {
        administration::reset_password(ctx, &lee.account, WHY).await
    })
    .await
    .unwrap();
    let old = account::sign_in(&world.env, Lang::En, "lee", PASSWORD, "test").await;
    assert_eq!(old.unwrap_err().code, "sign_in.wrong");
    let initial = given.initial_password.as_str();
    account::first_password(&world.env, Lang::En, "lee", initial, PASSWORD, "test").await.unwrap();
    account::sign_in(&world.env, Lang::En, "lee", PASSWORD, "test").await.unwrap();
}

async fn sessions_and_tokens_are_ended(world: World) {
    let admin = administrator(&world).await;
    let (lee, access) = colleague(&world).await;
    let mut browser = world.browser();
    browser.sign_in("lee").await;
    let shown = run(&world, &admin, async |ctx| administration::show(ctx, &lee.account).await);
    assert_eq!(shown.await.unwrap().sessions, 1);
    let ended =
        run(&world, &admin, async |ctx| administration::end_sessions(ctx, &lee.account, WHY).await);
    assert_eq!(ended.await.unwrap().sessions, 0);
    assert_eq!(browser.get("/account").await.status, StatusCode::SEE_OTHER);
    let (status, _) = world.browser().api("GET", "/api/v1/me", &access, Json::Null).await;
    assert_eq!(status, StatusCode::UNAUTHORIZED);
}

async fn every_act_has_its_reason_on_record(world: World) {
    let admin = administrator(&world).await;
    let (lee, _) = colleague(&world).await;
    let id = lee.account.as_str();
    let long = "长".repeat(501);
    for (why, code) in [
        ("", "administration.reason"),
        (long.as_str(), "administration.reason_long"),
        ("a\u{0}", "form.fields_wrong"),
    ] {
        let refused =
            run(&world, &admin, async |ctx| administration::lock(ctx, id, why).await).await;
        let error = refused.unwrap_err();
        assert_eq!((error.code, error.fields[0].field.as_str()), (code, "reason"));
    }
    let (agency, roles) = (lee.agency.clone(), ["reviewer".to_owned()]);
    run(&world, &admin, async |ctx| {
        administration::set_post(ctx, id, &agency, &roles, WHY).await?;
        administration::end_sessions(ctx, id, WHY).await?;
        administration::reset_second_factor(ctx, id, WHY).await?;
        administration::reset_password(ctx, id, WHY).await?;
        administration::lock(ctx, id, WHY).await?;
        administration::unlock(ctx, id, WHY).await
    })
    .await
    .unwrap();
    let mut ctx = world.system().await;
    let entries = audit::list(&mut ctx, &format!("account:{id}"), "").await.unwrap().entries;
    for kind in [
        "account.post_set",
        "account.sessions_ended",
        "account.second_factor_reset",
        "account.password_reset",
        "account.locked",
        "account.unlocked",
    ] {
        let entry =
            entries.iter().find(|entry| entry.kind == kind).unwrap_or_else(|| panic!("{kind}"));
        assert_eq!(entry.actor, admin.account);
        assert!(entry.body.contains(WHY), "{kind} {}", entry.body);
    }
}

async fn nobody_administers_himself_a_citizen_or_what_lies_beyond(world: World) {
    let admin = administrator(&world).await;
    let amy = world.citizen("amy", 10, 1).await;
    let mut ctx = world.system().await;
    let elsewhere = account::create_officer(
        &mut ctx,
        "elsewhere",
        PASSWORD,
        "李审查",
        "health-410102",
        &["reviewer"],
    );
    let elsewhere = elsewhere.await.unwrap();
    ctx.commit().await.unwrap();
    let lock = async |id: &str| {
        run(&world, &admin, async |ctx| administration::lock(ctx, id, WHY).await).await.unwrap_err()
    };
    assert_eq!(lock(&admin.account).await.code, "administration.self");
    for id in [amy.account.as_str(), &elsewhere, "nobody", ""] {
        assert_eq!(lock(id).await.kind, Kind::NotFound, "{id}");
        let shown = run(&world, &admin, async |ctx| administration::show(ctx, id).await).await;
        assert_eq!(shown.unwrap_err().kind, Kind::NotFound);
    }
}

async fn only_administrators_with_a_second_factor_act(world: World) {
    let admin = administrator(&world).await;
    let (lee, _) = colleague(&world).await;
    let amy = world.citizen("amy", 10, 1).await;
    let paths = ["lock", "unlock", "second-factor-reset", "password-reset", "sessions-end"];
    let mut acts: Vec<(String, Json)> = paths
        .iter()
        .map(|act| (format!("/api/v1/officers/{}/{act}", lee.account), json!({"reason": WHY})))
        .collect();
    let post = json!({"agency": lee.agency, "roles": ["reviewer"], "reason": WHY});
    acts.push((format!("/api/v1/officers/{}/post", lee.account), post));
    let made = json!({"login": "zhou", "name": "周明远", "agency": lee.agency,
        "roles": ["reviewer"], "reason": WHY});
    acts.push(("/api/v1/officers".to_owned(), made));
    let mut browser = world.browser();
    for (who, assurance, status) in
        [(None, 0, 401), (Some(&amy), 2, 403), (Some(&lee), 2, 403), (Some(&admin), 1, 401)]
    {
        let access = match who {
            Some(actor) => bearer(&world, actor, assurance).await,
            None => String::new(),
        };
        for (path, body) in &acts {
            let (got, reply) = browser.api("POST", path, &access, body.clone()).await;
            assert_eq!(got.as_u16(), status, "{path} {reply}");
        }
        if status == 403 || who.is_none() {
            for path in ["/api/v1/officers", "/api/v1/programs", "/api/v1/tokens"] {
                let (got, _) = browser.api("GET", path, &access, Json::Null).await;
                assert_eq!(got.as_u16(), status, "{path}");
            }
        }
    }
    let access = bearer(&world, &admin, 2).await;
    let (status, made) = browser.api("POST", &acts[6].0, &access, acts[6].1.clone()).await;
    assert_eq!(
        (status, made["initial_password"].as_str().map(str::len)),
        (StatusCode::CREATED, Some(16))
    );
    let (status, wrong) = browser.api("POST", &acts[0].0, &access, json!({})).await;
    assert_eq!((status.as_u16(), wrong["errors"][0]["field"].as_str()), (422, Some("reason")));
    for (path, body) in &acts[..6] {
        let (status, reply) = browser.api("POST", path, &access, body.clone()).await;
        assert_eq!(status, StatusCode::OK, "{path} {reply}");
    }
    let (_, list) = browser.api("GET", "/api/v1/officers?text=lee", &access, Json::Null).await;
    assert_eq!(list["officers"][0]["login"], "lee");
    let verbs = async |actor: &Actor| {
        run(&world, actor, async |ctx| administration::lock(ctx, &lee.account, WHY).await)
            .await
            .unwrap_err()
            .kind
    };
    assert_eq!(verbs(&amy).await, Kind::Denied);
    assert_eq!(verbs(&lee).await, Kind::Denied);
    assert_eq!(verbs(&Actor::anonymous()).await, Kind::Unauthenticated);
}

async fn programs_and_tokens_in_use_are_listed_and_ended(world: World) {
    let admin = administrator(&world).await;
    let amy = world.citizen("amy", 10, 1).await;
    let mut ctx = world.system().await;
    let service = async |ctx: &mut Ctx, login: &str, agency: &str| {
        let new = account::NewOfficer { login, name: "接口账户", agency, roles: &["reviewer"] };
        account::create_service(ctx, &new).await.unwrap()
    };
    let ours = service(&mut ctx, "ours", &world.any_agency()).await;
    let theirs = service(&mut ctx, "theirs", "health-410102").await;
    ctx.commit().await.unwrap();
    let register = async |account: &str| {
        let new = token::NewClient {
            name: "Counter system",
            account,
            confidential: true,
            ..token::NewClient::default()
        };
        run(&world, &admin, async |ctx| token::register_client(ctx, &new, "接入").await)
            .await
            .unwrap()
            .0
    };
    let (own, other) = (register(&ours).await, register(&theirs).await);
    let mut ctx = world.system().await;
    let held = token::issue(&mut ctx, &ours, &own, 1, false).await.unwrap();
    token::issue(&mut ctx, &theirs, &other, 1, false).await.unwrap();
    token::issue(&mut ctx, &amy.account, "password", 1, false).await.unwrap();
    ctx.commit().await.unwrap();
    let programs = run(&world, &admin, async |ctx| administration::programs(ctx, "").await);
    let programs = programs.await.unwrap().programs;
    assert_eq!(programs.len(), 1, "neither another division's nor those for users");
    assert_eq!((programs[0].login.as_str(), programs[0].tokens), ("ours", 1));
    let tokens = run(&world, &admin, async |ctx| administration::tokens(ctx, "").await);
    let tokens = tokens.await.unwrap().tokens;
    assert_eq!((tokens.len(), tokens[0].program.as_str()), (1, "Counter system"));
    let revoke = async |id: &str| {
        run(&world, &admin, async |ctx| administration::revoke_token(ctx, id, WHY).await).await
    };
    let me = async || world.browser().api("GET", "/api/v1/me", &held.access, Json::Null).await.0;
    assert_eq!(me().await, StatusCode::OK);
    revoke(&tokens[0].id).await.unwrap();
    assert_eq!(me().await, StatusCode::UNAUTHORIZED);
    for id in [tokens[0].id.as_str(), "", "nothing"] {
        assert_eq!(revoke(id).await.unwrap_err().kind, Kind::NotFound, "{id}");
    }
    let close = async |id: &str| {
        run(&world, &admin, async |ctx| administration::close_program(ctx, id, WHY).await).await
    };
    assert_eq!(close(&other).await.unwrap_err().kind, Kind::NotFound);
    close(&own).await.unwrap();
    assert_eq!(close(&own).await.unwrap_err().kind, Kind::NotFound);
}

async fn the_pages_do_what_the_verbs_do(world: World) {
    let admin = world.officer("root", &["administrator"]).await;
    let secret = world.set_totp(&admin).await;
    let (lee, _) = colleague(&world).await;
    let mut browser = world.browser();
    browser.sign_in("root").await;
    let list = browser.get("/administration/officers?lang=en").await;
    assert!(list.text.contains("lee") && !list.text.contains('⟦'), "{}", list.text);
    let one = format!("/administration/officers/{}", lee.account);
    let lock = format!("{one}/lock");
    let weak = browser.fill(&one, &lock, &[("reason", WHY)]).await;
    assert!(weak.location.starts_with("/account/verify"), "{} {}", weak.status, weak.location);
    let code = secret.code(world.env.clock.platform());
    browser.fill("/account/verify", "/account/verify", &[("code", &code)]).await;
    let bare = browser.fill(&one, &lock, &[("reason", "")]).await;
    assert_eq!(bare.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(
        bare.text.contains("href=\"#f-lock-reason\"")
            && bare.text.contains("id=\"f-lock-reason-e\"")
    );
    let done = browser.fill(&one, &lock, &[("reason", WHY)]).await;
    assert_eq!(done.location, format!("{one}?notice=administration.locked"));
    let shown = browser.get(&done.location).await.text;
    assert!(shown.contains(&format!("{one}/unlock")) && !shown.contains(&format!("{one}/lock\"")));
    for act in ["unlock", "second-factor", "sessions"] {
        let done = browser.fill(&one, &format!("{one}/{act}"), &[("reason", WHY)]).await;
        assert_eq!(done.status, StatusCode::SEE_OTHER, "{act} {}", done.text);
    }
    let post = [
        ("agency", lee.agency.as_str()),
        ("roles", "approver"),
        ("roles", "reviewer"),
        ("reason", WHY),
    ];
    let done = browser.fill(&one, &format!("{one}/post"), &post).await;
    assert_eq!(done.status, StatusCode::SEE_OTHER, "{}", done.text);
    let given = browser.fill(&one, &format!("{one}/password"), &[("reason", WHY)]).await;
    assert!(given.status == StatusCode::OK && given.text.contains("lee"));
    let form = "/administration/officers/new";
    let fields = [
        ("login", "zhou"),
        ("name", "周明远"),
        ("agency", lee.agency.as_str()),
        ("roles", "clerk"),
    ];
    let bare = browser.fill(form, "/administration/officers", &fields).await;
    assert_eq!(bare.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(bare.text.contains("value=\"zhou\"") && bare.text.contains("周明远"));
    let whole = [&fields[..], &[("reason", WHY)]].concat();
    let page = browser.get(form).await.text;
    let (csrf, once) = (hidden(&page, "_csrf"), hidden(&page, "_once"));
    let sent = [&[("_csrf", csrf.as_str()), ("_once", once.as_str())], &whole[..]].concat();
    let made = browser.post("/administration/officers", &sent).await;
    assert!(made.status == StatusCode::OK && made.text.contains("zhou"), "{}", made.text);
    let twice = browser.post("/administration/officers", &sent).await;
    assert_eq!(twice.status, StatusCode::SEE_OTHER, "a double click makes one account");
    let own = browser.get(&format!("/administration/officers/{}?lang=en", admin.account)).await;
    assert!(own.text.contains("Another administrator") && !own.text.contains("/lock\""));
    let programs = browser.get("/administration/programs?lang=en").await;
    assert_eq!(programs.status, StatusCode::OK);
    programs_on_pages(&mut browser, &lee.agency).await;
    let mut ctx = world.as_actor(&admin).await;
    let token = administration::tokens(&mut ctx, "").await.unwrap().tokens;
    drop(ctx);
    assert!(token.is_empty(), "lee's ended with his post");
    let mut reviewer = world.browser();
    let fields = [("login", "lee"), ("password", PASSWORD)];
    reviewer.fill("/sign-in", "/sign-in", &fields).await;
    assert_ne!(reviewer.get("/administration/officers").await.status, StatusCode::OK);
}

/// A program is registered and given a new secret on pages; each secret is shown once.
async fn programs_on_pages(browser: &mut Browser<'_>, agency: &str) {
    let (list, form) = ("/administration/programs", "/administration/programs/new");
    let fields =
        [("name", "窗口系统"), ("agency", agency), ("roles", "clerk"), ("confidential", "1")];
    let bare = browser.fill(form, list, &fields).await;
    assert_eq!(bare.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(bare.text.contains("value=\"窗口系统\""), "{}", bare.text);
    let made = browser.fill(form, list, &[&fields[..], &[("reason", WHY)]].concat()).await;
    assert!(made.status == StatusCode::OK && made.text.contains("client_secret"), "{}", made.text);
    let shown = browser.get(list).await.text;
    let id = shown.split("/administration/programs/").find_map(|one| one.split_once("/secret\""));
    let rotate = format!("{list}/{}/secret", id.unwrap().0);
    let bare = browser.fill(list, &rotate, &[("reason", "")]).await;
    assert_eq!(bare.status, StatusCode::UNPROCESSABLE_ENTITY);
    let given = browser.fill(list, &rotate, &[("reason", WHY)]).await;
    assert!(given.text.contains("client_secret"), "{}", given.text);
}
