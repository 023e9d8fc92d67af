//! A licence sealed with SM2 and signed with ECDSA in one file: readers of others take the one,
//! offline verification both.

use super::pades::{pdfsig, pyhanko};
use super::revocation::{certify, secret, tree};
use super::series::{SECOND, second as second_seal};
use super::world::{AGENCY_CODE, World, licence, now, plain_pdf, subject, world};
use crate::certificate::{Certificate, Request, Role, issue};
use crate::key::{Algorithm, PrivateKey, Signer as _};
use crate::pdf::pades::{Signature, Stamp, sign, verify};
use crate::pdf::series;
use crate::timestamp::Authority;
use crate::verify::{Report, verify_file, with_lists};
use kernel::{Random, Timestamp};
use serde_json::json;

/// The agency's ECDSA key and the authority of stamps, under one root.
struct Twin {
    root: Certificate,
    key: PrivateKey,
    own: Certificate,
    stamper: PrivateKey,
    stamps: [Certificate; 1],
}

fn twin(code: &str) -> Twin {
    let tree = tree(Algorithm::P256);
    let (key, stamper) = (secret(Algorithm::P256, 60), secret(Algorithm::P256, 61));
    let request = Request {
        subject: subject("安阳市公安局", code),
        role: Role::Agency,
        key: &key.public(),
        valid_from: now().plus_days(-10),
        valid_until: now().plus_days(300),
    };
    let mut random = Random::from_number(60);
    let own = issue(&request, &tree.root, &tree.root_key, &mut random).unwrap();
    let stamps = [certify("时间戳", Role::TimeStamper, &stamper, &tree.root, &tree.root_key)];
    Twin { root: tree.root, key, own, stamper, stamps }
}

impl Twin {
    fn sign(&self, file: &[u8], stamped: Option<Timestamp>) -> Vec<u8> {
        let by = Authority { key: &self.stamper, chain: &self.stamps, policy: "1.2.3.4" };
        let chain = [self.own.clone()];
        let signature = Signature {
            key: &self.key,
            chain: &chain,
            signed_at: now(),
            reason: "颁发电子证照",
            certify: None,
            stamp: stamped.map(|at| Stamp { by, serial: 5, at }),
        };
        sign(file, &signature).unwrap()
    }
}

fn both(world: &World, twin: &Twin) -> Vec<Certificate> {
    vec![world.root.clone(), twin.root.clone()]
}

/// Whether the check of the second signature holds, and in which words.
fn told(report: &Report) -> (bool, String) {
    let check = report.checks.iter().find(|check| check.name == "pades").expect("a check");
    (check.ok, check.detail.zh.clone())
}

#[test]
fn one_file_bears_a_seal_and_a_signature_readers_accept() {
    let (world, twin) = (world(), twin(AGENCY_CODE));
    let sealed = world.sealed_pdf(&licence());
    let later = now().plus_hours(3);
    let file = twin.sign(&sealed, Some(later));
    assert_eq!(file, twin.sign(&sealed, Some(later)), "same input, same bytes");
    assert_eq!(series::first(&file).unwrap(), sealed, "what was sealed stays as it was");
    assert!(file.len() - sealed.len() < 16 << 10, "{}", file.len() - sealed.len());
    let report = verify_file(&file, &both(world, &twin), None, now().plus_days(1));
    assert!(report.valid, "{:?}", report.failure());
    assert_eq!(report.body, Some(licence()));
    let (ok, words) = told(&report);
    assert!(ok && words.contains("安阳市公安局") && words.contains("时间戳"), "{words}");
    assert_eq!(report.countersigned.len(), 1);
    assert_eq!(report.countersigned[0].at, later);
    let listed = with_lists(report, &[], &both(world, &twin), now().plus_days(1));
    assert_eq!(listed.checks.iter().filter(|check| check.name == "revocation").count(), 2);
    // The seal is no signature to others: they see one, over the whole file.
    assert_eq!(verify(&file, std::slice::from_ref(&twin.root), now()).unwrap().len(), 1);
    let folder = tempfile::tempdir().unwrap();
    let said = pdfsig(folder.path(), &file);
    assert_eq!(said.matches("Signature is Valid").count(), 1, "{said}");
    assert!(!said.contains("Signature #2") && said.contains("Total document signed"), "{said}");
    let judged = pyhanko(folder.path(), &file, &twin.root).unwrap();
    assert_eq!(judged.trim(), "True ENTIRE_FILE NONE True");
    let mut wrong = file.clone();
    wrong[file.len() / 3] ^= 1;
    let said = pdfsig(folder.path(), &wrong);
    assert!(!said.contains("Signature is Valid"), "{said}");
}

#[test]
fn several_seal_and_then_each_signs_for_readers_of_others() {
    let (world, first, second) = (world(), twin(AGENCY_CODE), twin(SECOND));
    let seals = json!([{ "name": "甲", "code": AGENCY_CODE }, { "name": "乙", "code": SECOND }]);
    let (one, by) = (super::series::first(world, &plain_pdf(), &seals), second_seal(world));
    let joint =
        |file: &[u8]| series::countersign(file, &by.seal, &by.key, &by.chain, now().plus_hours(1));
    let sealed = joint(&one).unwrap();
    let file = second.sign(&first.sign(&sealed, Some(now())), Some(now()));
    let roots = vec![world.root.clone(), first.root.clone(), second.root.clone()];
    let report = verify_file(&file, &roots, None, now().plus_days(1));
    assert!(report.valid, "{:?}", report.failure());
    assert_eq!(report.checks.iter().filter(|check| check.name == "pades").count(), 2);
    // Readers of others see the two signatures, the first untouched by the second, and no seal.
    let folder = tempfile::tempdir().unwrap();
    let said = pdfsig(folder.path(), &file);
    assert_eq!(said.matches("Signature is Valid").count(), 2, "{said}");
    assert!(!said.contains("Signature #3"), "{said}");
    let judged = pyhanko(folder.path(), &file, &first.root).unwrap();
    assert!(judged.starts_with("True ENTIRE_REVISION"), "{judged}");
    // A seal does not come after a signature, and who signs has sealed before.
    let late = joint(&first.sign(&one, None)).unwrap_err();
    assert_eq!(late.code, "proof.pdf.already_signed");
    let stranger = second.sign(&one, None);
    assert!(!verify_file(&stranger, &roots, None, now().plus_days(1)).valid);
}

#[test]
fn no_changed_byte_of_either_signature_is_accepted() {
    let (world, twin) = (world(), twin(AGENCY_CODE));
    let sealed = world.sealed_pdf(&licence());
    let file = twin.sign(&sealed, Some(now()));
    let (all, seals) = (both(world, &twin), world.anchors());
    assert!(verify_file(&file, &all, None, now()).valid);
    let report = verify_file(&file, &seals, None, now());
    assert!(report.valid && report.countersigned.is_empty());
    assert!(told(&report).1.contains("未核对签名者"), "{:?}", told(&report));
    let (near, far) = (sealed.len(), file.len());
    for at in (0..near).step_by(401).chain((near..far).step_by(37)) {
        let mut wrong = file.clone();
        wrong[at] ^= 1 << (at % 7);
        assert!(!verify_file(&wrong, &all, None, now()).valid, "byte {at}");
        assert!(!verify_file(&wrong, &seals, None, now()).valid, "byte {at}, seal alone known");
    }
    for cut in [near + 1, near + 100, far - 1] {
        assert!(!verify_file(&file[..cut], &all, None, now()).valid, "cut at {cut}");
    }
}

#[test]
fn a_signature_of_another_body_a_stranger_or_a_lapsed_stamper_fails_with_its_reason() {
    let (world, own) = (world(), twin(AGENCY_CODE));
    let sealed = world.sealed_pdf(&licence());
    let reason = |file: &[u8], anchors: &[Certificate]| {
        let report = verify_file(file, anchors, None, now().plus_days(1));
        let failed = report.checks.iter().filter(|check| !check.ok).count();
        assert_eq!((report.valid, failed), (false, 1), "{report:?}");
        told(&report)
    };
    let other = twin("11410500005840284M");
    let (ok, words) = reason(&other.sign(&sealed, Some(now())), &both(world, &other));
    assert!(!ok && words.contains("不是同一机构"), "{words}");
    // A root of that algorithm is known, and the signature does not lead to it.
    let strange = secret(Algorithm::P256, 77);
    let (from, until) = (now().plus_days(-9), now().plus_days(9));
    let mut random = Random::from_number(7);
    let strange = crate::certificate::issue_root(
        &strange,
        &subject("别人的根", ""),
        from,
        until,
        &mut random,
    )
    .unwrap();
    let file = own.sign(&sealed, Some(now()));
    let (_, words) = reason(&file, &[world.root.clone(), strange]);
    assert_eq!(words, "证书不能追溯到受信任的根证书。");
    let late = own.sign(&sealed, Some(now().plus_days(301)));
    let (_, words) = reason(&late, &both(world, &own));
    assert!(words.contains("到期"), "{words}");
}

#[test]
fn without_a_stamp_it_is_judged_as_of_the_seal_and_goes_on_verifying() {
    let (world, twin) = (world(), twin(AGENCY_CODE));
    let file = twin.sign(&world.sealed_pdf(&licence()), None);
    let late = now().plus_days(360);
    assert!(twin.own.valid_until() < late);
    let report = verify_file(&file, &both(world, &twin), None, late);
    assert!(report.valid, "{:?}", report.failure());
    assert_eq!(report.countersigned[0].at, now());
}
