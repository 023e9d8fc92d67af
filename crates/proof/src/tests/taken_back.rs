//! Offline verification with lists of certificates taken back: before and after the signing, by keys
//! known to others, by lists of others, stale ones and none.

use super::world::{World, licence, now, world};
use crate::certificate::revocation::{Crl, Issue, Reason, Revoked};
use crate::verify::{Report, verify_file, with_lists};
use kernel::Timestamp;

fn list(world: &World, at: Timestamp, ended: &[(Timestamp, Reason)]) -> Crl {
    let serial = hex::decode(world.agency.serial_hex()).unwrap();
    let one = |(since, reason): &(Timestamp, Reason)| Revoked {
        serial: serial.clone(),
        since: *since,
        reason: *reason,
    };
    let revoked: Vec<Revoked> = ended.iter().map(one).collect();
    let issue = Issue { number: 1, at, next_update: at.plus_days(1) };
    Crl::make(&world.root, &world.root_key, issue, &revoked).unwrap()
}

fn judged(world: &World, lists: &[Crl], at: Timestamp) -> (bool, bool, String) {
    let report: Report = verify_file(&world.sealed_pdf(&licence()), &world.anchors(), None, at);
    let report = with_lists(report, lists, &world.anchors(), at);
    let check = report.checks.iter().find(|check| check.name == "revocation").unwrap();
    (report.valid, check.ok, check.detail.en.clone())
}

#[test]
fn before_and_after_the_signing_are_told_apart() {
    let (world, later) = (world(), now().plus_days(2));
    let ask =
        |since: Timestamp, reason| judged(world, &[list(world, later, &[(since, reason)])], later);
    let (valid, ok, why) = judged(world, &[list(world, later, &[])], later);
    assert!(valid && ok && why.contains("No certificate"), "{why}");
    let (valid, ok, why) = ask(now().plus_days(-1), Reason::Superseded);
    assert!(!valid && !ok && why.contains("was revoked on"), "{why}");
    let (valid, ok, why) = ask(now().plus_days(1), Reason::Superseded);
    assert!(valid && ok && why.contains("after the signing"), "{why}");
    // Whoever has the key can claim any time.
    for reason in [Reason::KeyCompromise, Reason::AuthorityCompromise] {
        let (valid, ok, why) = ask(now().plus_days(1), reason);
        assert!(!valid && !ok && why.contains("known to others"), "{why}");
    }
}

#[test]
fn a_list_speaks_only_for_its_own_authority_and_its_own_time() {
    let (world, later) = (world(), now().plus_days(5));
    let (valid, ok, why) = judged(world, &[], later);
    assert!(valid && ok && why.contains("not checked"), "{why}");
    // Of the maker of seals, who has an authority's certificate but did not issue this one.
    let issue = Issue { number: 1, at: later, next_update: later.plus_days(1) };
    let foreign = Crl::make(&world.maker, &world.maker_key, issue, &[]).unwrap();
    let (valid, ok, why) = judged(world, std::slice::from_ref(&foreign), later);
    assert!(valid && ok && why.contains("not checked"), "{why}");
    let old = list(world, now(), &[]);
    let (valid, ok, why) = judged(world, &[foreign, old.clone()], later);
    assert!(!valid && !ok && why.contains("stale"), "{why}");
    let fresh = list(world, later, &[]);
    assert!(judged(world, &[old, fresh.clone()], later).0, "the present one counts");
    let told = list(world, now(), &[(now().plus_days(-1), Reason::Superseded)]);
    let (_, ok, why) = judged(world, &[told], later);
    assert!(!ok && why.contains("was revoked on"), "a stale list still tells: {why}");
    let (_, ok, why) = judged(world, &[fresh], now());
    assert!(!ok && why.contains("after the time"), "{why}");
}

#[test]
fn a_list_is_read_in_either_form() {
    let list = list(world(), now(), &[]);
    assert_eq!(Crl::read(list.der()).unwrap().der(), list.der());
    let pem = list.to_pem().unwrap();
    assert_eq!(Crl::read(pem.as_bytes()).unwrap().der(), list.der());
    let other = pem.replace("X509 CRL", "CERTIFICATE");
    for bad in [b"".as_slice(), b"-----BEGIN", other.as_bytes(), &list.der()[1..]] {
        assert_eq!(Crl::read(bad).unwrap_err().code, "proof.revocation.form");
    }
}
