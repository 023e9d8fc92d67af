//! The certificate authority: two persons, tiers, renewal with overlap, suspension, revocation, and
//! what each means for what was signed.

use super::world::*;
use crate::authority::{self, Act, Authority, Cause, Certified, Order};
use crate::verify::{self, Outcome};
use crate::{issue, register, seal};
use kernel::{Actor, Result};
use party::person::Person;
use proof::certificate::Certificate;
use proof::certificate::request::SigningRequest;
use proof::key::{Algorithm, PrivateKey};
use proof::sm2cipher::{self, Form};
use store::vals;

/// Columns of an order beside its id and division.
const ORDER: &str = "kind, target, body, reason, ordered_by, ordered_party, ordered_name, ordered_us, \
     state, decided_by, decided_name, decided_us, remark, result, revision";
/// Columns of a certificate beside those.
const CERTIFICATE: &str = "authority, profile, holder, name, serial, key_digest, certificate, \
     not_before_us, not_after_us, state, since_us, cause, state_reason, predecessor, revision";

/// An administrator of the whole province.
pub fn administrator(world: &World, name: &str) -> Actor {
    let province = world.env.pack.divisions().root().unwrap().code();
    Actor {
        account: format!("account-{name}"),
        party: format!("person-{name}"),
        name: name.to_owned(),
        division: province,
        ..staff("government-office-410000", "administrator")
    }
}

pub async fn ordered(world: &World, who: &Actor, act: &Act) -> Result<Order> {
    let mut ctx = world.as_actor(who).await;
    let order = authority::order(&mut ctx, act, "依计划").await?;
    ctx.commit().await?;
    Ok(order)
}

pub async fn approved(world: &World, who: &Actor, order: &Order) -> Result<Order> {
    let mut ctx = world.as_actor(who).await;
    let done = authority::decide(&mut ctx, &order.id, order.revision, true, "").await?;
    ctx.commit().await?;
    Ok(done)
}

/// Orders and approves as two; what came of it. The clock goes on a minute.
pub async fn by_two(world: &World, act: &Act) -> Result<String> {
    let order = ordered(world, &administrator(world, "甲"), act).await?;
    let done = approved(world, &administrator(world, "乙"), &order).await?;
    world.env.clock.advance_us(60 * kernel::time::SECOND_US);
    Ok(done.result)
}

pub async fn root(world: &World) -> Authority {
    let mut ctx = world.system().await;
    authority::list(&mut ctx).await.unwrap().remove(0)
}

pub fn city(parent: &str) -> Act {
    Act::Establish {
        parent: parent.to_owned(),
        division: "410100".to_owned(),
        name: "郑州市政务证书机构".to_owned(),
        algorithm: "sm2".to_owned(),
        provider: "file".to_owned(),
    }
}

fn certify(authority: &str) -> Act {
    Act::Certify {
        authority: authority.to_owned(),
        profile: "agency".to_owned(),
        holder: POLICE.to_owned(),
        request: String::new(),
    }
}

async fn newest(world: &World, authority: &str, profile: &str) -> Certified {
    let mut ctx = world.system().await;
    let (rows, _) = authority::certificates(&mut ctx, authority, "").await.unwrap();
    rows.into_iter().find(|row| row.profile == profile).unwrap()
}

async fn verified(world: &World, licence: &str) -> Outcome {
    let mut ctx = world.system().await;
    let row = register::store::get(&mut ctx, licence).await.unwrap();
    let signed = register::store::open(&mut ctx, row).await.unwrap().signed;
    drop(ctx);
    let status = crate::status::current(&world.env).await.unwrap();
    let mut ctx = world.system().await;
    verify::by_file(&mut ctx, &status, &signed, "核对").await.unwrap()
}

fn revocation(outcome: &Outcome) -> Option<(bool, String)> {
    let found = outcome.checks.iter().find(|check| check.name == "revocation");
    found.map(|check| (check.ok, check.detail.en.clone()))
}

async fn another(world: &World, person: &Person) -> Result<String> {
    let mut ctx = world.system().await;
    let issued = issue(&mut ctx, issue_for(person)).await?;
    ctx.commit().await?;
    Ok(issued.id)
}

fn code<T>(result: Result<T>) -> &'static str {
    result.err().map_or("", |error| error.code)
}

#[tokio::test]
async fn two_persons_establish_an_authority_and_it_issues_for_its_city() {
    let world = world_on_server().await;
    let root = root(&world).await;
    assert_eq!((root.depth, root.parent.as_str()), (0, ""));
    let (one, other) = (administrator(&world, "甲"), administrator(&world, "乙"));
    let order = ordered(&world, &one, &city(&root.id)).await.unwrap();
    assert_eq!(code(approved(&world, &one, &order).await), "licence.order_same_person");
    let second_account = Actor { account: "account-x".to_owned(), ..one.clone() };
    assert_eq!(code(approved(&world, &second_account, &order).await), "licence.order_same_person");
    let weak = Actor { assurance: 1, ..other.clone() };
    assert_eq!(code(approved(&world, &weak, &order).await), "sign_in.second_factor");
    assert_eq!(code(approved(&world, &officer(POLICE), &order).await), "denied");
    let of_county = Actor { division: "410105".to_owned(), ..other.clone() };
    assert_eq!(code(approved(&world, &of_county, &order).await), "not_found");
    let mut ctx = world.system().await;
    // The two roots, of seals and of programs of others.
    assert_eq!(authority::list(&mut ctx).await.unwrap().len(), 2, "nothing was made yet");
    drop(ctx);
    let done = approved(&world, &other, &order).await.unwrap();
    assert_eq!((done.state.as_str(), done.decided_name.as_str()), ("done", "乙"));
    assert_eq!(code(approved(&world, &other, &order).await), "licence.order_decided");
    // The agency's first key is certified by the authority nearest to it, and its chain leads up.
    let person = world.person("许小满", 1).await;
    let issued = world.licence(&person).await;
    let outcome = verified(&world, &issued.id).await;
    assert!(outcome.valid, "{:?}", outcome.checks);
    assert_eq!(revocation(&outcome), None);
    let row = newest(&world, &done.result, "agency").await;
    assert_eq!((row.holder.as_str(), row.authority.as_str()), (POLICE, done.result.as_str()));
    let mut ctx = world.system().await;
    let kinds: Vec<String> = ctx
        .column(
            "SELECT kind FROM evidence_entry WHERE kind LIKE 'authority.%'
             AND kind NOT LIKE 'authority.outward%' ORDER BY kind",
            vals![],
        )
        .await
        .unwrap();
    assert_eq!(kinds, ["authority.approved", "authority.establish", "authority.ordered"]);
    assert!(party::audit::recorded(&mut ctx, "authority", &done.result).await.unwrap());
    assert!(party::audit::recorded(&mut ctx, "authority_order", &order.id).await.unwrap());
}

#[tokio::test]
async fn a_renewed_key_signs_and_what_the_old_one_signed_goes_on_verifying() {
    let world = world_on_server().await;
    let person = world.person("许小满", 1).await;
    let first = world.licence(&person).await.id;
    let root = root(&world).await;
    let old = newest(&world, &root.id, "agency").await;
    let renew = Act::Renew { certificate: old.id.clone() };
    // What is newest is told by ids, which order by the instant.
    world.env.clock.advance_us(60 * kernel::time::SECOND_US);
    let next = by_two(&world, &renew).await.unwrap();
    assert_ne!(next, old.id);
    assert_eq!(code(by_two(&world, &renew).await), "licence.certificate_followed");
    world.revoke(&first).await.unwrap();
    let second = another(&world, &person).await.unwrap();
    let outcome = verified(&world, &second).await;
    assert!(outcome.valid, "{:?}", outcome.checks);
    let mut ctx = world.system().await;
    let row = register::store::get(&mut ctx, &second).await.unwrap();
    assert_eq!(row.key_id, next, "the newest key signs");
    let made = authority::certificate(&mut ctx, &next).await.unwrap();
    let before = authority::certificate(&mut ctx, &old.id).await.unwrap();
    assert_eq!((made.predecessor, before.state.as_str()), (old.id.clone(), "valid"));
    drop(ctx);
    let failed = |outcome: &Outcome| -> Vec<String> {
        outcome.checks.iter().filter(|check| !check.ok).map(|check| check.name.clone()).collect()
    };
    // The licence is revoked; its signature is as good as before.
    assert_eq!(failed(&verified(&world, &first).await), ["status", "register"]);
    let revoke = Act::Revoke { certificate: old.id, cause: Cause::Superseded, since: None };
    by_two(&world, &revoke).await.unwrap();
    let outcome = verified(&world, &first).await;
    assert_eq!(failed(&outcome), ["status", "register"]);
    assert!(revocation(&outcome).unwrap().1.contains("after the signing"));
    assert!(verified(&world, &second).await.valid);
}

#[tokio::test]
async fn signing_before_and_after_a_revocation_and_under_a_known_key_are_told_apart() {
    let world = world_on_server().await;
    let person = world.person("许小满", 1).await;
    let root = root(&world).await;
    let signed_at = world.env.clock.now();
    let first = world.licence(&person).await.id;
    world.env.clock.advance_us(60 * kernel::time::SECOND_US);
    let revoke = |row: &Certified, cause, since: kernel::Timestamp| Act::Revoke {
        certificate: row.id.clone(),
        cause,
        since: Some(since.rfc3339()),
    };
    let row = newest(&world, &root.id, "agency").await;
    let future = revoke(&row, Cause::KeyCompromise, world.env.clock.now().plus_days(1));
    assert_eq!(code(by_two(&world, &future).await), "licence.certificate_since");
    let leaked = revoke(&row, Cause::KeyCompromise, world.env.clock.now());
    by_two(&world, &leaked).await.unwrap();
    let outcome = verified(&world, &first).await;
    assert!(outcome.valid, "our record proves when it was signed: {:?}", outcome.checks);
    // Nothing more is signed until another key was certified by two.
    world.revoke(&first).await.unwrap();
    assert_eq!(code(another(&world, &person).await), "licence.seal_suspended");
    assert_eq!(code(by_two(&world, &leaked).await), "licence.certificate_state");
    by_two(&world, &Act::Renew { certificate: row.id }).await.unwrap();
    let second = another(&world, &person).await.unwrap();
    assert!(verified(&world, &second).await.valid);
    // The same, had the use not been recorded: the signer's word alone proves nothing.
    let mut ctx = world.system().await;
    ctx.execute("DELETE FROM seal_use", vals![]).await.unwrap();
    ctx.commit().await.unwrap();
    let (ok, why) = revocation(&verified(&world, &first).await).unwrap();
    assert!(!ok && why.contains("no record proves"), "{why}");
    // Taken back from before the signing.
    let row = newest(&world, &root.id, "agency").await;
    by_two(&world, &revoke(&row, Cause::PrivilegeWithdrawn, signed_at)).await.unwrap();
    let outcome = verified(&world, &second).await;
    let (ok, why) = revocation(&outcome).unwrap();
    assert!(!ok && !outcome.valid && why.contains("before the signing"), "{why}");
}

#[tokio::test]
async fn lists_are_full_with_what_is_within_reach() {
    let world = world_on_server().await;
    let person = world.person("许小满", 1).await;
    world.licence(&person).await;
    let root = root(&world).await;
    ordered(&world, &administrator(&world, "甲"), &city(&root.id)).await.unwrap();
    let mut ctx = world.system().await;
    // Sixty more of another city, all of them newer.
    let under_root = "profile = 'agency'";
    for (table, columns, like) in [
        ("authority_order", ORDER, "state = 'open'"),
        ("authority_certificate", CERTIFICATE, under_root),
    ] {
        for n in 0..60 {
            let sql = format!(
                "INSERT INTO {table} (id, division, {columns}) SELECT 'z' || $1, '410200', {}
                 FROM {table} WHERE id < 'z' AND {like} ORDER BY id DESC LIMIT 1",
                columns.replace("serial", "'z' || $1")
            );
            ctx.execute(&sql, vals![format!("{n:02}")]).await.unwrap();
        }
    }
    ctx.commit().await.unwrap();
    let of =
        |division: &str| Actor { division: division.to_owned(), ..administrator(&world, "丙") };
    let mut own = world.as_actor(&of("410100")).await;
    assert_eq!(authority::orders(&mut own, "open").await.unwrap().len(), 1);
    drop(own);
    let mut elsewhere = world.as_actor(&of("410200")).await;
    assert_eq!(authority::orders(&mut elsewhere, "open").await.unwrap().len(), 50);
    let (rows, next) = authority::certificates(&mut elsewhere, &root.id, "").await.unwrap();
    assert_eq!((rows.len(), next.as_deref()), (50, Some("z10")));
    let (rows, next) = authority::certificates(&mut elsewhere, &root.id, "z10").await.unwrap();
    assert_eq!((rows.len(), next), (10, None));
}

#[tokio::test]
async fn one_suspends_at_once_and_two_resume() {
    let world = world_on_server().await;
    let person = world.person("许小满", 1).await;
    let first = world.licence(&person).await.id;
    let root = root(&world).await;
    let row = newest(&world, &root.id, "agency").await;
    let suspend = async |who: &Actor, id: &str, revision: i64| {
        let mut ctx = world.as_actor(who).await;
        authority::suspend(&mut ctx, id, revision, "疑似泄露").await?;
        ctx.commit().await
    };
    let one = administrator(&world, "甲");
    let of_elsewhere = Actor { division: "410200".to_owned(), ..one.clone() };
    assert_eq!(code(suspend(&of_elsewhere, &row.id, 1).await), "not_found");
    assert_eq!(code(suspend(&officer(POLICE), &row.id, 1).await), "denied");
    assert_eq!(code(suspend(&one, &row.id, 7).await), "licence.stale");
    assert_eq!(code(suspend(&one, &root.id, 1).await), "licence.certificate_root");
    world.env.clock.advance_us(60 * kernel::time::SECOND_US);
    suspend(&one, &row.id, 1).await.unwrap();
    assert_eq!(code(suspend(&one, &row.id, 2).await), "licence.certificate_state");
    world.revoke(&first).await.unwrap();
    assert_eq!(code(another(&world, &person).await), "licence.seal_suspended");
    // The seal's own register cannot go round it.
    let mut ctx = world.as_actor(&one).await;
    let (seals, _) = seal::list(&mut ctx, "").await.unwrap();
    let record = seals.into_iter().find(|one| one.holder == row.holder).unwrap();
    seal::suspend(&mut ctx, &record.id, record.revision, "疑似泄露").await.unwrap();
    let refused = seal::resume(&mut ctx, &record.id, record.revision + 1, "急用").await;
    assert_eq!(refused.map(|_| ()).unwrap_err().code, "licence.certificate_ended");
    drop(ctx);
    by_two(&world, &Act::Resume { certificate: row.id.clone() }).await.unwrap();
    let second = another(&world, &person).await.unwrap();
    assert!(verified(&world, &second).await.valid);
    let mut ctx = world.system().await;
    let row = authority::certificate(&mut ctx, &row.id).await.unwrap();
    assert_eq!((row.state.as_str(), row.revision), ("valid", 3));
}

#[tokio::test]
async fn an_authority_is_renewed_beside_the_old_one_and_refused_below_itself() {
    let world = world_on_server().await;
    let root = root(&world).await;
    let old = by_two(&world, &city(&root.id)).await.unwrap();
    let person = world.person("许小满", 1).await;
    let first = world.licence(&person).await.id;
    let new = by_two(&world, &Act::Renew { certificate: old.clone() }).await.unwrap();
    assert_eq!(code(by_two(&world, &certify(&old)).await), "licence.authority_closed");
    by_two(&world, &certify(&new)).await.unwrap();
    world.revoke(&first).await.unwrap();
    let second = another(&world, &person).await.unwrap();
    assert!(verified(&world, &second).await.valid);
    assert_eq!(newest(&world, &new, "agency").await.holder, POLICE);
    // The old one still says of its own certificates whether they stand.
    let of_old = newest(&world, &old, "agency").await;
    let revoke = Act::Revoke { certificate: of_old.id, cause: Cause::Superseded, since: None };
    by_two(&world, &revoke).await.unwrap();
    let list = authority::revocation_list(&world.env, &old).await.unwrap();
    let list = proof::certificate::revocation::Crl::parse(&list).unwrap();
    let mut ctx = world.system().await;
    let pem = authority::certificate(&mut ctx, &old).await.unwrap().certificate;
    list.verify(&Certificate::from_pem(&pem).unwrap(), ctx.now).unwrap();
    assert_eq!(list.len(), 1);
    drop(ctx);
    // A new root stands beside the old: both are trusted, and the next certificates are its.
    by_two(&world, &Act::Renew { certificate: root.id.clone() }).await.unwrap();
    let mut ctx = world.system().await;
    let anchors = seal::trust_anchors(&mut ctx).await.unwrap();
    let of_seals = |one: &&Certificate| one.public_key().algorithm() == Algorithm::Sm2;
    assert_eq!(anchors.iter().filter(of_seals).count(), 2);
    drop(ctx);
    assert!(verified(&world, &second).await.valid);
    // An authority revoked issues no more, nor does what stands below it.
    let revoke = Act::Revoke { certificate: new.clone(), cause: Cause::Cessation, since: None };
    by_two(&world, &revoke).await.unwrap();
    assert_eq!(code(by_two(&world, &certify(&new)).await), "licence.authority_closed");
}

#[tokio::test]
async fn an_agency_has_a_pair_and_opens_what_is_encrypted_to_it() {
    let world = world_on_server().await;
    let root = root(&world).await;
    let signing = by_two(&world, &certify(&root.id)).await.unwrap();
    let pair = newest(&world, &root.id, "encryption").await;
    assert_eq!(pair.holder, POLICE);
    let certificate = Certificate::from_pem(&pair.certificate).unwrap();
    assert!(certificate.may_encrypt_to() && !certificate.may_seal());
    let mut ctx = world.system().await;
    let key = certificate.sm2_key().unwrap();
    let sealed = sm2cipher::encrypt(key, b"0123456789abcdef", Form::Der, &mut ctx.random).unwrap();
    let opened = authority::decrypt(&mut ctx, &pair.id, &sealed).await.unwrap();
    assert_eq!(opened, b"0123456789abcdef");
    assert_eq!(code(authority::decrypt(&mut ctx, &root.id, &sealed).await), "proof.cipher.open");
    assert_eq!(code(authority::decrypt(&mut ctx, &signing, &sealed).await), "not_found");
    drop(ctx);
    // The key that opens is renewed by itself; the old one still opens what was encrypted to it.
    let next = by_two(&world, &Act::Renew { certificate: pair.id.clone() }).await.unwrap();
    let mut ctx = world.system().await;
    assert_eq!(authority::certificate(&mut ctx, &next).await.unwrap().predecessor, pair.id);
    authority::decrypt(&mut ctx, &pair.id, &sealed).await.unwrap();
    drop(ctx);
    let person = world.person("许小满", 1).await;
    let issued = world.licence(&person).await;
    assert!(verified(&world, &issued.id).await.valid);
}

#[tokio::test]
async fn policy_refuses_each_order_for_its_own_reason() {
    let world = world().await;
    let root = root(&world).await;
    let one = administrator(&world, "甲");
    let establish = |change: fn(&mut [String; 5])| {
        let mut parts = [root.id.as_str(), "410100", "新机构", "sm2", "file"].map(str::to_owned);
        change(&mut parts);
        let [parent, division, name, algorithm, provider] = parts;
        Act::Establish { parent, division, name, algorithm, provider }
    };
    for (act, expected) in [
        (establish(|p| p[0] = "01NONE".to_owned()), "not_found"),
        (establish(|p| p[1] = "999999".to_owned()), "licence.division_unknown"),
        (establish(|p| p[2] = " 空格".to_owned()), "licence.authority_name"),
        (establish(|p| p[2] = "名".repeat(65)), "licence.authority_name"),
        (establish(|p| p[3] = "p256".to_owned()), "licence.provider_algorithm"),
        (establish(|p| p[3] = "rsa".to_owned()), "licence.provider_algorithm"),
        (establish(|p| p[4] = "cloud".to_owned()), "licence.provider_unknown"),
        (establish(|p| p[4] = "pkcs11".to_owned()), "licence.provider_unknown"),
    ] {
        assert_eq!(code(ordered(&world, &one, &act).await), expected, "{act:?}");
    }
    let request = |key: &PrivateKey| {
        let subject =
            proof::certificate::Subject { common_name: "x".to_owned(), ..Default::default() };
        SigningRequest::make(&subject, key).unwrap().to_pem().unwrap()
    };
    let ask = |holder: &str, profile: &str, request: &str| Act::Certify {
        authority: root.id.clone(),
        profile: profile.to_owned(),
        holder: holder.to_owned(),
        request: request.to_owned(),
    };
    for (act, expected) in [
        (ask("police-999999", "agency", ""), "licence.agency_unknown"),
        (ask(POLICE, "root", ""), "licence.profile_unknown"),
        (ask(POLICE, "encryption", ""), "licence.profile_unknown"),
        (ask(POLICE, "agency", "no request"), "licence.certificate_request"),
    ] {
        assert_eq!(code(ordered(&world, &one, &act).await), expected, "{act:?}");
    }
    // A key is certified once, and one that only its holder has is renewed by his request.
    let key = PrivateKey::from_seed(Algorithm::Sm2, &[9; 32]).unwrap();
    let made = by_two(&world, &ask(POLICE, "agency", &request(&key))).await.unwrap();
    let again = by_two(&world, &ask(HEALTH, "agency", &request(&key))).await;
    assert_eq!(code(again), "licence.certificate_key_used");
    let renewed = by_two(&world, &Act::Renew { certificate: made.clone() }).await;
    assert_eq!(code(renewed), "licence.certificate_request");
    let p256 = PrivateKey::from_seed(Algorithm::P256, &[9; 32]).unwrap();
    let other = by_two(&world, &ask(POLICE, "agency", &request(&p256))).await;
    assert_eq!(code(other), "licence.provider_algorithm");
    let hold = Act::Revoke { certificate: made, cause: Cause::Hold, since: None };
    assert_eq!(code(ordered(&world, &one, &hold).await), "licence.cause_unknown");
    // Tiers end, and an order grows old.
    let first = by_two(&world, &city(&root.id)).await.unwrap();
    let below = |parent: &str, name: &str, division: &str| Act::Establish {
        parent: parent.to_owned(),
        division: division.to_owned(),
        name: name.to_owned(),
        algorithm: "sm2".to_owned(),
        provider: "file".to_owned(),
    };
    let elsewhere = ordered(&world, &one, &below(&first, "甲", "410200")).await;
    assert_eq!(code(elsewhere), "licence.division_unknown");
    let second = by_two(&world, &below(&first, "区级机构", "410105")).await.unwrap();
    let third = ordered(&world, &one, &below(&second, "再下级", "410105")).await;
    assert_eq!(code(third), "licence.authority_depth");
    let named = ordered(&world, &one, &below(&root.id, "区级机构", "410105")).await;
    assert_eq!(code(named), "licence.authority_named");
    let renew = Act::Renew { certificate: first };
    let order = ordered(&world, &one, &renew).await.unwrap();
    assert_eq!(code(ordered(&world, &one, &renew).await), "licence.order_open");
    world.env.clock.advance_us(8 * 24 * kernel::time::HOUR_US);
    let late = approved(&world, &administrator(&world, "乙"), &order).await;
    assert_eq!(code(late), "licence.order_stale");
    // Who ordered may take it back.
    let mut ctx = world.as_actor(&one).await;
    let unsaid = authority::decide(&mut ctx, &order.id, 1, false, " ").await;
    assert_eq!(code(unsaid), "licence.reason_text");
    let back = authority::decide(&mut ctx, &order.id, 1, false, "不需要了").await.unwrap();
    assert_eq!(back.state, "refused");
}
