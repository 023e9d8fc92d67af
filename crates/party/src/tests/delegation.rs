//! Acting for others.

use super::on_both;
use super::world::World;
use crate::delegation::{self, Asked, SCOPE_ALL};
use crate::{message, person};
use axum::http::StatusCode;
use kernel::Actor;
use kernel::time::DAY_US;

on_both!(
    nothing_holds_until_the_principal_grants_with_a_second_factor,
    a_withdrawn_delegation_holds_no_longer,
    a_lapsed_delegation_holds_no_longer,
    a_stranger_knows_nothing_of_a_delegation,
    asking_for_the_same_matter_twice_is_once,
    a_request_says_who_asks_for_what_until_when_and_waits_once,
    a_wrong_pair_is_answered_like_a_right_one_and_reaches_nobody,
    who_is_asked_sees_who_asks_and_that_she_declined_stays_with_her,
    who_asks_too_often_waits_until_the_next_day,
    to_apply_is_a_power_of_its_own,
    a_guardian_acts_until_the_child_is_of_age_and_cannot_be_withdrawn,
    a_citizen_cannot_record_a_guardian,
);

async fn request(world: &World, agent: &Actor, principal: &Actor) -> String {
    let mut ctx = world.as_actor(agent).await;
    let whom = person::get(&mut ctx, &principal.party).await.unwrap();
    let number = whom.number.clone().unwrap();
    let asked =
        Asked { number: &number, name: &whom.name, scope: SCOPE_ALL, days: 30, may_apply: false };
    let id = delegation::ask(&mut ctx, &asked).await.unwrap();
    ctx.commit().await.unwrap();
    id
}

async fn holds(world: &World, principal: &Actor, agent: &Actor) -> bool {
    let mut ctx = world.system().await;
    delegation::holds(&mut ctx, &principal.party, &agent.party, "newborn").await.unwrap()
}

async fn granted(world: &World) -> (Actor, Actor, String) {
    let amy = world.citizen("amy", 10, 2).await;
    let bob = world.citizen("bob", 12, 2).await;
    let id = request(world, &bob, &amy).await;
    let mut ctx = world.as_actor(&amy).await;
    delegation::answer(&mut ctx, &id, true).await.unwrap();
    ctx.commit().await.unwrap();
    (amy, bob, id)
}

async fn nothing_holds_until_the_principal_grants_with_a_second_factor(world: World) {
    let amy = world.citizen("amy", 10, 2).await;
    let bob = world.citizen("bob", 12, 2).await;
    let id = request(&world, &bob, &amy).await;
    assert!(!holds(&world, &amy, &bob).await);
    let weak = Actor { assurance: 1, ..amy.clone() };
    for (actor, code) in [(&bob, "not_found"), (&weak, "sign_in.second_factor")] {
        let mut ctx = world.as_actor(actor).await;
        assert_eq!(delegation::answer(&mut ctx, &id, true).await.unwrap_err().code, code);
    }
    let mut ctx = world.as_actor(&amy).await;
    assert_eq!(message::unread(&mut ctx, &amy.party).await.unwrap(), 1);
    delegation::answer(&mut ctx, &id, true).await.unwrap();
    let twice = delegation::answer(&mut ctx, &id, false).await.unwrap_err();
    assert_eq!(twice.code, "delegation.answered");
    assert_eq!(message::unread(&mut ctx, &bob.party).await.unwrap(), 1);
    ctx.commit().await.unwrap();
    assert!(holds(&world, &amy, &bob).await);
    assert!(!holds(&world, &bob, &amy).await, "it goes one way");
}

async fn a_withdrawn_delegation_holds_no_longer(world: World) {
    let (amy, bob, id) = granted(&world).await;
    let mut ctx = world.as_actor(&amy).await;
    delegation::revoke(&mut ctx, &id).await.unwrap();
    assert_eq!(delegation::revoke(&mut ctx, &id).await.unwrap_err().code, "delegation.ended");
    ctx.commit().await.unwrap();
    assert!(!holds(&world, &amy, &bob).await);
}

async fn a_lapsed_delegation_holds_no_longer(world: World) {
    let (amy, bob, _) = granted(&world).await;
    world.env.clock.advance_us(30 * DAY_US - 1);
    assert!(holds(&world, &amy, &bob).await);
    world.env.clock.advance_us(1);
    assert!(!holds(&world, &amy, &bob).await);
}

async fn a_stranger_knows_nothing_of_a_delegation(world: World) {
    let (_, _, id) = granted(&world).await;
    let eve = world.citizen("eve", 14, 2).await;
    let mut ctx = world.as_actor(&eve).await;
    assert_eq!(delegation::find(&mut ctx, &id).await.unwrap_err().code, "not_found");
    assert_eq!(delegation::revoke(&mut ctx, &id).await.unwrap_err().code, "not_found");
}

async fn asking_for_the_same_matter_twice_is_once(world: World) {
    let amy = world.citizen("amy", 10, 2).await;
    let bob = world.citizen("bob", 12, 2).await;
    let mut ctx = world.as_actor(&bob).await;
    let number = person::get(&mut ctx, &amy.party).await.unwrap().number.unwrap();
    let one = delegation::ask_for(&mut ctx, &number, "newborn", "draft:1").await.unwrap();
    let same = delegation::ask_for(&mut ctx, &number, "newborn", "draft:1").await.unwrap();
    let other = delegation::ask_for(&mut ctx, &number, "newborn", "draft:2").await.unwrap();
    assert_eq!(one, same);
    assert_ne!(one, other);
}

async fn a_request_says_who_asks_for_what_until_when_and_waits_once(world: World) {
    let amy = world.citizen("amy", 10, 2).await;
    let bob = world.citizen("bob", 12, 2).await;
    let id = request(&world, &bob, &amy).await;
    assert_eq!(request(&world, &bob, &amy).await, id, "the open one is the answer");
    let mut ctx = world.as_actor(&amy).await;
    let told = message::list(&mut ctx, "").await.unwrap().messages;
    assert_eq!(told.len(), 1);
    let body = &told[0].body;
    let who = person::get(&mut ctx, &bob.party).await.unwrap();
    assert!(body.contains(&who.name) && body.contains(who.tail()), "{body}");
    assert!(!body.contains(who.number.as_deref().unwrap()), "{body}");
    assert!(
        body.contains("everything that can be done online")
            && body.contains("2026")
            && !body.contains("“”"),
        "{body}"
    );
    assert!(delegation::entrusted(&mut ctx).await.unwrap().is_empty());
    delegation::answer(&mut ctx, &id, true).await.unwrap();
    ctx.commit().await.unwrap();
    let mut ctx = world.as_actor(&bob).await;
    let held = delegation::entrusted(&mut ctx).await.unwrap();
    assert_eq!((held.len(), held[0].id.as_str()), (1, id.as_str()));
    drop(ctx);
    assert_ne!(request(&world, &bob, &amy).await, id, "an answered one is asked for anew");
    // One agent's requests that wait are bounded, whomever they are sent to.
    for (number, login) in (0..9).zip("abcdefghi".chars()) {
        let other = world.citizen(&format!("other{login}"), 20 + 2 * number, 2).await;
        request(&world, &bob, &other).await;
    }
    let last = world.citizen("last", 60, 2).await;
    let mut ctx = world.as_actor(&bob).await;
    let number = person::get(&mut ctx, &last.party).await.unwrap().number.unwrap();
    let refused = delegation::ask_for(&mut ctx, &number, "newborn", "draft:1").await;
    assert_eq!(refused.unwrap_err().code, "delegation.waiting");
}

/// What the asker is shown of his requests, but for their ids.
async fn seen(world: &World, login: &str, agent: &Actor) -> String {
    let mut browser = world.browser();
    browser.sign_in(login).await;
    let mut text = browser.get("/delegations?lang=en").await.text;
    let mut ctx = world.as_actor(agent).await;
    for one in delegation::list(&mut ctx).await.unwrap().held {
        text.push_str(&browser.get(&format!("/delegations/{}?lang=en", one.id)).await.text);
        text = text.replace(&one.id, "ID");
    }
    // What every form carries of its own.
    for name in ["_csrf", "_once", "_whose"] {
        let head = format!("name=\"{name}\" value=\"");
        let mut parts = text.split(&head);
        let mut rest = parts.next().unwrap().to_owned();
        for part in parts {
            rest.push_str(part.split_once('"').unwrap().1);
        }
        text = rest;
    }
    text
}

async fn a_wrong_pair_is_answered_like_a_right_one_and_reaches_nobody(world: World) {
    let amy = world.citizen("amy", 10, 2).await;
    let mut ctx = world.as_actor(&amy).await;
    let whom = person::get(&mut ctx, &amy.party).await.unwrap();
    drop(ctx);
    let unknown =
        kernel::identifier::CitizenNumber::make("410105", jiff::civil::date(1990, 5, 1), 900);
    let (right, unknown) = (whom.number.unwrap(), unknown.unwrap().as_str().to_owned());
    let pairs = [
        ("bob", 12, right.as_str(), whom.name.as_str(), 1),
        ("bea", 14, right.as_str(), "张bmy", 0),
        ("ben", 16, unknown.as_str(), whom.name.as_str(), 0),
    ];
    let mut pages: Vec<String> = Vec::new();
    for (login, sequence, number, name, reached) in pairs {
        let agent = world.citizen(login, sequence, 2).await;
        let count = "SELECT COUNT(*) FROM message WHERE template LIKE 'delegation.asked%'";
        let before = world.count(count).await;
        let mut browser = world.browser();
        browser.sign_in(login).await;
        let form = [
            ("number", number),
            ("name", name),
            ("scope", "newborn"),
            ("days", "30"),
            ("power", "apply"),
        ];
        let first = browser.fill("/delegations", "/delegations", &form).await;
        assert_eq!(first.status, StatusCode::SEE_OTHER, "{}", first.text);
        let again = browser.fill("/delegations", "/delegations", &form).await;
        assert_eq!(first.location, again.location);
        assert_eq!(world.count(count).await - before, reached, "{login}");
        let page = seen(&world, login, &agent).await;
        assert!(page.contains("张**") && !page.contains("张bmy"), "{page}");
        pages.push(page.replace(login, "LOGIN"));
    }
    let [right, name, number] = pages.as_slice() else { unreachable!("three asked") };
    assert_eq!(right, name, "the name is wrong, and nothing tells");
    assert_eq!(right, number, "nobody has the number, and nothing tells");
}

async fn who_is_asked_sees_who_asks_and_that_she_declined_stays_with_her(world: World) {
    let amy = world.citizen("amy", 10, 2).await;
    let bob = world.citizen("bob", 12, 2).await;
    let id = request(&world, &bob, &amy).await;
    let mut ctx = world.as_actor(&amy).await;
    let who = person::get(&mut ctx, &bob.party).await.unwrap();
    drop(ctx);
    let mut browser = world.browser();
    browser.sign_in("amy").await;
    let page = browser.get(&format!("/delegations/{id}?lang=en")).await.text;
    assert!(page.contains(&format!("citizen number ending {}", who.tail())), "{page}");
    assert!(page.contains(&who.name), "{page}");

    let before = seen(&world, "bob", &bob).await;
    let mut ctx = world.as_actor(&amy).await;
    delegation::answer(&mut ctx, &id, false).await.unwrap();
    ctx.commit().await.unwrap();
    assert_eq!(seen(&world, "bob", &bob).await, before, "to him it waits");
    assert_eq!(request(&world, &bob, &amy).await, id, "and is the answer to the same request");
    let mut ctx = world.as_actor(&bob).await;
    assert_eq!(message::unread(&mut ctx, &bob.party).await.unwrap(), 0);
    delegation::revoke(&mut ctx, &id).await.unwrap();
    ctx.commit().await.unwrap();
    let mut ctx = world.as_actor(&amy).await;
    let told = message::list(&mut ctx, "").await.unwrap().messages;
    assert_eq!(told.len(), 1, "who declined hears no more of it");
}

async fn who_asks_too_often_waits_until_the_next_day(world: World) {
    let bob = world.citizen("bob", 12, 2).await;
    let ask = async |sequence: u16| {
        let birth = jiff::civil::date(1991, 5, 1);
        let number = kernel::identifier::CitizenNumber::make("410105", birth, sequence).unwrap();
        let mut ctx = world.as_actor(&bob).await;
        let (number, name) = (number.as_str(), "李某某");
        let asked = Asked { number, name, scope: SCOPE_ALL, days: 30, may_apply: true };
        let id = delegation::ask(&mut ctx, &asked).await?;
        // Taken back, it does not wait any more: it was made all the same.
        delegation::revoke(&mut ctx, &id).await?;
        ctx.commit().await
    };
    for sequence in 0..20 {
        ask(2 * sequence + 10).await.unwrap();
    }
    assert_eq!(ask(98).await.unwrap_err().code, "delegation.waiting");
    world.env.clock.advance_us(DAY_US + 1);
    ask(98).await.unwrap();
}

async fn to_apply_is_a_power_of_its_own(world: World) {
    let amy = world.citizen("amy", 10, 2).await;
    let bob = world.citizen("bob", 12, 2).await;
    let mut ctx = world.as_actor(&bob).await;
    let whom = person::get(&mut ctx, &amy.party).await.unwrap();
    let number = whom.number.unwrap();
    let ask = |may_apply: bool| Asked {
        number: &number,
        name: &whom.name,
        scope: "newborn",
        days: 30,
        may_apply,
    };
    let follow = delegation::ask(&mut ctx, &ask(false)).await.unwrap();
    let apply = delegation::ask(&mut ctx, &ask(true)).await.unwrap();
    let matter = delegation::ask_for(&mut ctx, &number, "newborn", "draft:1").await.unwrap();
    assert_ne!(follow, apply, "one does not answer for the other");
    ctx.commit().await.unwrap();
    let lets = async |scope: &str| {
        let mut ctx = world.as_actor(&bob).await;
        let all = delegation::applies_for(&mut ctx, scope).await.unwrap();
        let one = delegation::lets_apply(&mut ctx, &amy.party, &bob.party, scope).await.unwrap();
        assert_eq!(all.len(), usize::from(one.is_some()));
        one.is_some()
    };
    let answer = async |id: &str| {
        let mut ctx = world.as_actor(&amy).await;
        delegation::answer(&mut ctx, id, true).await.unwrap();
        ctx.commit().await.unwrap();
    };
    answer(&follow).await;
    answer(&matter).await;
    assert!(holds(&world, &amy, &bob).await && !lets("newborn").await);
    answer(&apply).await;
    assert!(lets("newborn").await && !lets("drug-retail").await, "for what it names");
    let mut ctx = world.as_actor(&amy).await;
    assert!(delegation::applies_for(&mut ctx, "newborn").await.unwrap().is_empty(), "one way");
    delegation::revoke(&mut ctx, &apply).await.unwrap();
    ctx.commit().await.unwrap();
    assert!(!lets("newborn").await);
}

async fn a_guardian_acts_until_the_child_is_of_age_and_cannot_be_withdrawn(world: World) {
    let amy = world.citizen("amy", 10, 2).await;
    let mut ctx = world.system().await;
    let child = person::NewPerson {
        name: "张小宝".to_owned(),
        birth_date: Some(jiff::civil::date(2026, 9, 3)),
        division: "410105".to_owned(),
        ..person::NewPerson::default()
    };
    let child = person::ensure(&mut ctx, child).await.unwrap();
    let id = delegation::record_guardian(&mut ctx, &child.id, &amy.party, "birth:1").await.unwrap();
    let same =
        delegation::record_guardian(&mut ctx, &child.id, &amy.party, "birth:1").await.unwrap();
    assert_eq!(id, same);
    assert!(delegation::guardian_of(&mut ctx, &child.id, &amy.party).await.unwrap());
    let guardians = delegation::guardians_of(&mut ctx, &child.id).await.unwrap();
    assert_eq!(guardians.as_slice(), std::slice::from_ref(&amy.party));
    ctx.commit().await.unwrap();
    let mut ctx = world.as_actor(&amy).await;
    assert_eq!(delegation::revoke(&mut ctx, &id).await.unwrap_err().code, "delegation.law");
    assert_eq!(
        delegation::find(&mut ctx, &id).await.unwrap().until.date(),
        jiff::civil::date(2044, 9, 3)
    );
}

async fn a_citizen_cannot_record_a_guardian(world: World) {
    let amy = world.citizen("amy", 10, 2).await;
    let mut ctx = world.as_actor(&amy).await;
    let refused = delegation::record_guardian(&mut ctx, &amy.party, &amy.party, "").await;
    assert_eq!(refused.unwrap_err().code, "denied");
}
