//! Sign-in, second factor, sessions, registration.

use super::on_both;
use super::world::{PASSWORD, World, setup};
use crate::account::{self, session};
use kernel::time::{DAY_US, HOUR_US, SECOND_US};
use kernel::{Actor, Lang};
use store::Clock;
use testkit::{Place, Setup};

on_both!(
    five_wrong_passwords_lock_known_and_unknown_logins_alike,
    a_right_password_clears_the_count,
    a_code_counts_once,
    a_recovery_code_counts_once,
    a_session_ends_by_idleness_and_by_age,
    a_forged_session_is_nobody,
    another_account_s_session_cannot_be_revoked,
    a_changed_password_ends_other_sessions,
    a_citizen_number_makes_one_person,
    registration_names_every_fault,
    an_unknown_role_or_agency_is_refused,
    a_closed_account_cannot_act,
);

async fn try_in(world: &World, login: &str, password: &str) -> kernel::Result<account::SignedIn> {
    account::sign_in(&world.env, Lang::En, login, password, "test").await
}

async fn who(world: &World, cookie: &str) -> Actor {
    world.web.authenticate.by_session(&world.env, cookie).await.unwrap().actor
}

async fn five_wrong_passwords_lock_known_and_unknown_logins_alike(world: World) {
    world.citizen("amy", 10, 1).await;
    for login in ["amy", "nobody"] {
        for _ in 0..5 {
            assert_eq!(
                try_in(&world, login, "wrong password").await.unwrap_err().code,
                "sign_in.wrong"
            );
        }
        let locked = try_in(&world, login, PASSWORD).await.unwrap_err();
        assert_eq!((locked.code, locked.args[0].1.as_str()), ("sign_in.locked", "1"), "{login}");
    }
    world.env.clock.advance_us(61 * SECOND_US);
    assert!(try_in(&world, "amy", PASSWORD).await.is_ok());
}

async fn a_right_password_clears_the_count(world: World) {
    world.citizen("amy", 10, 1).await;
    for _ in 0..3 {
        for _ in 0..4 {
            try_in(&world, "amy", "wrong password").await.unwrap_err();
        }
        assert!(try_in(&world, "AMY ", PASSWORD).await.is_ok());
    }
}

async fn a_code_counts_once(world: World) {
    let amy = world.citizen("amy", 10, 1).await;
    let secret = world.set_totp(&amy).await;
    let signed = try_in(&world, "amy", PASSWORD).await.unwrap();
    let code = secret.code(world.env.clock.platform());
    let cookie = account::verify(&world.env, Lang::En, &signed.actor, &code).await.unwrap();
    assert_eq!(who(&world, &cookie).await.assurance, 2);
    assert_eq!(
        who(&world, &signed.cookie).await,
        Actor::anonymous(),
        "the old cookie is worthless"
    );
    let again = account::verify(&world.env, Lang::En, &signed.actor, &code).await.unwrap_err();
    assert_eq!(again.code, "second_factor.wrong");
}

async fn a_recovery_code_counts_once(world: World) {
    world.citizen("amy", 10, 1).await;
    let signed = try_in(&world, "amy", PASSWORD).await.unwrap();
    let mut ctx = world.as_actor(&signed.actor).await;
    let enrolment = account::enrol(&mut ctx).await.unwrap();
    let secret = proof::totp::Secret::from_base32(&enrolment.secret).unwrap();
    let wrong = account::confirm(&mut ctx, "000000x").await.unwrap_err();
    assert_eq!(wrong.code, "second_factor.wrong");
    let code = secret.code(world.env.clock.platform());
    let (cookie, codes) = account::confirm(&mut ctx, &code).await.unwrap();
    ctx.commit().await.unwrap();
    assert_eq!(codes.len(), 10);
    let amy = who(&world, &cookie).await;
    assert_eq!(amy.assurance, 2);
    let typed = codes[3].to_lowercase();
    account::verify(&world.env, Lang::En, &amy, &typed).await.unwrap();
    let again = account::verify(&world.env, Lang::En, &amy, &typed).await.unwrap_err();
    assert_eq!(again.code, "second_factor.wrong");
}

async fn a_session_ends_by_idleness_and_by_age(world: World) {
    world.citizen("amy", 10, 1).await;
    let signed = try_in(&world, "amy", PASSWORD).await.unwrap();
    for _ in 0..4 {
        world.env.clock.advance_us(session::IDLE_US - SECOND_US);
        assert_eq!(who(&world, &signed.cookie).await.account, signed.actor.account);
    }
    world.env.clock.advance_us(session::IDLE_US);
    assert_eq!(who(&world, &signed.cookie).await, Actor::anonymous());
    let signed = try_in(&world, "amy", PASSWORD).await.unwrap();
    let mut lived = 0;
    while who(&world, &signed.cookie).await.is_citizen() {
        world.env.clock.advance_us(session::IDLE_US / 2);
        lived += session::IDLE_US / 2;
    }
    assert_eq!(lived, 12 * HOUR_US);
}

#[tokio::test]
async fn advancing_the_demonstration_signs_nobody_out() {
    let world = World::over(Setup { clock: Clock::system(0), ..setup() }, &Place::sqlite()).await;
    world.citizen("amy", 10, 1).await;
    let signed = try_in(&world, "amy", PASSWORD).await.unwrap();
    let ctx = world.as_actor(&signed.actor).await;
    let before = world.env.clock.now();
    crate::display::advance(ctx, 30, 5).await.unwrap();
    assert!(world.env.clock.now().since(before) >= 30 * DAY_US + 5 * HOUR_US);
    assert_eq!(who(&world, &signed.cookie).await.account, signed.actor.account);
    let stored = crate::display::stored_offset_us(&world.env.db).await.unwrap();
    assert_eq!(stored, 30 * DAY_US + 5 * HOUR_US);
}

async fn a_forged_session_is_nobody(world: World) {
    world.citizen("amy", 10, 1).await;
    try_in(&world, "amy", PASSWORD).await.unwrap();
    for forged in ["", "x", &"0".repeat(64), &"'".repeat(64)] {
        assert_eq!(who(&world, forged).await, Actor::anonymous());
    }
}

async fn another_account_s_session_cannot_be_revoked(world: World) {
    world.citizen("amy", 10, 1).await;
    world.citizen("bob", 12, 1).await;
    let amy = try_in(&world, "amy", PASSWORD).await.unwrap();
    let bob = try_in(&world, "bob", PASSWORD).await.unwrap();
    let mut ctx = world.as_actor(&bob.actor).await;
    let refused = session::revoke(&mut ctx, &amy.actor.session).await.unwrap_err();
    assert_eq!(refused.code, "not_found");
    drop(ctx);
    let mut ctx = world.as_actor(&amy.actor).await;
    session::revoke(&mut ctx, &amy.actor.session).await.unwrap();
    ctx.commit().await.unwrap();
    assert_eq!(who(&world, &amy.cookie).await, Actor::anonymous());
    assert!(who(&world, &bob.cookie).await.is_citizen());
}

async fn a_changed_password_ends_other_sessions(world: World) {
    world.citizen("amy", 10, 1).await;
    let (one, two) = (
        try_in(&world, "amy", PASSWORD).await.unwrap(),
        try_in(&world, "amy", PASSWORD).await.unwrap(),
    );
    let new = "another long password";
    let wrong =
        account::change_password(&world.env, Lang::En, &one.actor, "not the old one", new).await;
    assert_eq!(wrong.unwrap_err().code, "password.old_wrong");
    for (new, code) in [(PASSWORD, "password.same"), ("20260615123", "password.digits")] {
        let refused =
            account::change_password(&world.env, Lang::En, &one.actor, PASSWORD, new).await;
        let refused = refused.unwrap_err();
        assert_eq!((refused.code, &*refused.fields[0].field), (code, "new"));
    }
    account::change_password(&world.env, Lang::En, &one.actor, PASSWORD, new).await.unwrap();
    assert!(who(&world, &one.cookie).await.is_citizen());
    assert_eq!(who(&world, &two.cookie).await, Actor::anonymous());
    assert_eq!(try_in(&world, "amy", PASSWORD).await.unwrap_err().code, "sign_in.wrong");
    assert!(try_in(&world, "amy", new).await.is_ok());
}

async fn a_citizen_number_makes_one_person(world: World) {
    let amy = world.citizen("amy", 10, 1).await;
    let mut ctx = world.system().await;
    let known = crate::person::get(&mut ctx, &amy.party).await.unwrap();
    let same = crate::person::NewPerson {
        name: "另一个名字".to_owned(),
        number: known.number.clone(),
        ..crate::person::NewPerson::default()
    };
    let again = crate::person::ensure(&mut ctx, same).await.unwrap();
    assert_eq!(again, known, "what somebody types changes nothing");
    let number = known.number.clone().unwrap().to_lowercase();
    assert_eq!(crate::person::by_number(&mut ctx, &number).await.unwrap(), Some(known.clone()));
    let (name, number) = known.masked();
    assert!(name.starts_with('张') && name.ends_with('*'));
    assert!(number.starts_with("4101******") && number.len() == 18);
    let raw: Vec<u8> = ctx
        .scalar("SELECT number_sealed FROM person WHERE id = $1", store::vals![&amy.party])
        .await
        .unwrap()
        .unwrap();
    let plain = known.number.unwrap();
    assert!(!raw.windows(6).any(|window| window == &plain.as_bytes()[..6]));
}

async fn registration_names_every_fault(world: World) {
    let mut ctx = world.system().await;
    let wrong = account::Registration {
        name: "x".to_owned(),
        number: "410105199005010011".to_owned(),
        mobile: "123".to_owned(),
        password: "short".to_owned(),
        again: "other".to_owned(),
    };
    let error = account::register(&mut ctx, &wrong).await.unwrap_err();
    let fields: Vec<&str> = error.fields.iter().map(|field| field.field.as_str()).collect();
    assert_eq!(fields, ["name", "number", "mobile", "password", "again"]);
    let birth = jiff::civil::date(1990, 5, 1);
    let number = kernel::identifier::CitizenNumber::make("410105", birth, 2).unwrap();
    let right = account::Registration {
        name: "王小明".to_owned(),
        number: number.as_str().to_owned(),
        mobile: "13800000000".to_owned(),
        password: PASSWORD.to_owned(),
        again: PASSWORD.to_owned(),
    };
    account::register(&mut ctx, &right).await.unwrap();
    let twice = account::register(&mut ctx, &right).await.unwrap_err();
    assert_eq!(twice.fields[0].code, "account.login_taken");
    assert_eq!(twice.fields[0].field, "mobile");
}

async fn an_unknown_role_or_agency_is_refused(world: World) {
    let agency = world.any_agency();
    let mut ctx = world.system().await;
    let made =
        account::create_officer(&mut ctx, "off", PASSWORD, "李审查", &agency, &["emperor"]).await;
    assert_eq!(made.unwrap_err().code, "account.role");
    let made =
        account::create_officer(&mut ctx, "off", PASSWORD, "李审查", "none-000000", &["clerk"])
            .await;
    assert_eq!(made.unwrap_err().code, "account.agency");
}

async fn a_closed_account_cannot_act(world: World) {
    let officer = world.officer("lin", &["reviewer"]).await;
    let signed = try_in(&world, "lin", PASSWORD).await.unwrap();
    let mut ctx = world.as_actor(&officer).await;
    assert_eq!(account::close(&mut ctx, &officer.account).await.unwrap_err().code, "denied");
    drop(ctx);
    let mut ctx = world.system().await;
    account::close(&mut ctx, &officer.account).await.unwrap();
    ctx.commit().await.unwrap();
    assert_eq!(who(&world, &signed.cookie).await, Actor::anonymous());
    assert_eq!(try_in(&world, "lin", PASSWORD).await.unwrap_err().code, "sign_in.wrong");
}

#[test]
fn a_device_is_called_by_its_browser_and_system() {
    let named = |device: &str| {
        let device = device.to_owned();
        let (id, assurance, created_us, seen_us) = (String::new(), 1, 0, 0);
        crate::account::session::Session { id, assurance, device, created_us, seen_us }
            .device_name()
    };
    let webkit = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/156.0 Safari/537.36";
    assert_eq!(named(webkit), "Chrome · Linux");
    assert_eq!(
        named(&format!("{webkit} Edg/156.0").replace("X11; Linux", "Windows NT 10.0")),
        "Edge · Windows"
    );
    assert_eq!(
        named("Mozilla/5.0 (Linux; Android 14) Chrome/120 MicroMessenger/8.0"),
        "WeChat · Android"
    );
    assert_eq!(
        named("Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) Safari/604.1"),
        "Safari · iPhone"
    );
    assert_eq!(named("curl/8.5"), "curl/8.5");
}
