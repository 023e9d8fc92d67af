//! Documents sealed by several agencies, one after another.

use super::world::{AGENCY_CODE, World, classic_pdf, key, now, plain_pdf, subject, world};
use crate::certificate::{self, Certificate, Request, Role};
use crate::pdf::{self, series};
use crate::seal::{Design, Picture, Seal};
use crate::sm2sig::SigningKey;
use crate::verify::{Report, verify_file};
use kernel::{Random, Timestamp, canonical};
use lopdf::{Document, IncrementalDocument, Object};
use serde_json::{Value, json};

/// Who seals.
pub(super) struct Sealer {
    pub(super) key: SigningKey,
    pub(super) chain: Vec<Certificate>,
    pub(super) seal: Seal,
}

fn sealer(world: &World, number: u8, name: &str, code: &str) -> Sealer {
    let (key, from) = (key(number), now().plus_days(-400));
    let until = from.plus_days(365 * 5);
    let request = Request {
        subject: subject(name, code),
        role: Role::Agency,
        key: &key.verifying_key(),
        valid_from: from,
        valid_until: until,
    };
    let mut random = Random::from_number(u64::from(number));
    let own = certificate::issue(&request, &world.root, &world.root_key, &mut random).unwrap();
    let picture = Picture {
        kind: "SVG".into(),
        data: b"<svg xmlns='http://www.w3.org/2000/svg'/>".to_vec(),
        width_mm: 42,
        height_mm: 42,
    };
    let design = Design {
        id: code,
        name,
        holder: &own,
        picture: &picture,
        created_at: from,
        valid_from: from,
        valid_until: until,
    };
    let seal = Seal::make(&design, std::slice::from_ref(&world.maker), &world.maker_key).unwrap();
    Sealer { key, chain: vec![own], seal }
}

pub(super) const SECOND: &str = "11410500005840284M";
const THIRD: &str = "11410500005840285L";

pub(super) fn second(world: &World) -> Sealer {
    sealer(world, 11, "安阳市住房和城乡建设局", SECOND)
}

fn third(world: &World) -> Sealer {
    sealer(world, 12, "安阳市消防救援支队", THIRD)
}

fn body(seals: &Value) -> Value {
    json!({ "kind": "document", "title": "联合审查意见", "issuer_code": AGENCY_CODE,
        "data": { "seals": seals } })
}

fn three() -> Value {
    json!([
        { "name": { "zh": "安阳市公安局" }, "code": AGENCY_CODE },
        { "name": { "zh": "安阳市住房和城乡建设局" }, "code": SECOND },
        { "name": { "zh": "安阳市消防救援支队" }, "code": THIRD },
    ])
}

/// Sealed by the first agency, with the data that says who else is to seal.
pub(super) fn first(world: &World, pdf: &[u8], seals: &Value) -> Vec<u8> {
    let payload = canonical::to_string(&body(seals)).unwrap();
    let chain = world.agency_chain();
    pdf::sign(pdf, &world.seal, &world.agency_key, &chain, now(), payload.as_bytes()).unwrap()
}

fn also(file: &[u8], by: &Sealer, minutes: i64) -> Vec<u8> {
    let at = now().plus_us(minutes * 60 * 1_000_000);
    series::countersign(file, &by.seal, &by.key, &by.chain, at).unwrap()
}

fn report(world: &World, file: &[u8]) -> Report {
    verify_file(file, &world.anchors(), None, now().plus_days(1))
}

/// Chinese reasons of the checks that fail.
fn reasons(world: &World, file: &[u8]) -> Vec<String> {
    let report = report(world, file);
    assert!(!report.valid);
    report.checks.into_iter().filter(|check| !check.ok).map(|check| check.detail.zh).collect()
}

#[test]
fn each_seal_covers_what_was_there_before_it_and_all_verify_in_order() {
    let world = world();
    for pdf in [plain_pdf(), classic_pdf()] {
        let one = first(world, &pdf, &three());
        let two = also(&one, &second(world), 1);
        let all = also(&two, &third(world), 2);
        assert!(two.starts_with(&one) && all.starts_with(&two), "only added to");
        assert_eq!(all, also(&also(&one, &second(world), 1), &third(world), 2), "same bytes");
        let report = report(world, &all);
        assert!(report.valid, "{:?}", report.failure());
        let later: Vec<&str> = report
            .checks
            .iter()
            .filter(|check| check.name == "countersignature")
            .map(|check| check.detail.zh.as_str())
            .collect();
        assert_eq!(later.len(), 2, "{later:?}");
        assert!(later[0].contains("第 2 枚印章：安阳市住房和城乡建设局"), "{later:?}");
        assert!(later[1].contains("第 3 枚印章：安阳市消防救援支队"), "{later:?}");
        let codes: Vec<&str> =
            report.countersigned.iter().map(|one| one.chain[0].subject().code.as_str()).collect();
        assert_eq!(codes, [SECOND, THIRD]);
        assert_eq!(report.body, Some(body(&three())));
        assert_eq!(Document::load_mem(&all).unwrap().get_pages().len(), 1);
    }
}

#[test]
fn a_seal_missing_misplaced_unasked_for_or_early_fails_with_its_reason() {
    let world = world();
    let one = first(world, &plain_pdf(), &three());
    let two = also(&one, &second(world), 1);
    assert_eq!(reasons(world, &two), ["还缺“安阳市消防救援支队”的签章。"]);
    assert_eq!(reasons(world, &one), ["还缺“安阳市住房和城乡建设局”的签章。"]);
    let swapped = also(&also(&one, &third(world), 1), &second(world), 2);
    let told = reasons(world, &swapped);
    assert_eq!(told.len(), 2, "{told:?}");
    assert_eq!(
        told[0],
        "签章次序不符：此处应为“安阳市住房和城乡建设局”，实为“安阳市消防救援支队”。"
    );
    let unasked = also(&also(&two, &third(world), 2), &second(world), 3);
    let told = reasons(world, &unasked);
    assert_eq!(told, ["签章次序不符：此处应为“—”，实为“安阳市住房和城乡建设局”。"]);
    let early = also(&also(&one, &second(world), 5), &third(world), 4);
    assert_eq!(reasons(world, &early), ["签章时间早于前一签章。"]);
    let other = first(world, &plain_pdf(), &json!([{ "name": "甲", "code": SECOND }]));
    assert_eq!(reasons(world, &other), ["签章次序不符：此处应为“甲”，实为“安阳市公安局”。"]);
}

#[test]
fn a_seal_of_a_stranger_fails_and_those_before_it_stand() {
    let world = world();
    let mut strange = super::world::make();
    strange.root_key = key(31);
    let mut random = Random::from_number(3);
    let from = now().plus_days(-400);
    let until = from.plus_days(3650);
    let named = subject("别人的根", "");
    strange.root =
        certificate::issue_root(&strange.root_key, &named, from, until, &mut random).unwrap();
    let file = also(&first(world, &plain_pdf(), &json!([])), &second(&strange), 1);
    let report = report(world, &file);
    assert!(!report.valid && report.countersigned.is_empty());
    assert_eq!(report.failure().unwrap().name, "countersignature");
    assert!(report.checks.iter().filter(|check| !check.ok).count() == 1);
}

#[test]
fn nothing_but_seals_may_be_added_and_no_byte_may_change() {
    let world = world();
    let one = first(world, &plain_pdf(), &three());
    let all = also(&also(&one, &second(world), 1), &third(world), 2);
    // A second seal taken out from between the others.
    let torn = [one.as_slice(), &all[also(&one, &second(world), 1).len()..]].concat();
    assert!(!report(world, &torn).valid);
    for cut in [all.len() - 1, all.len() - 40, one.len() + 1] {
        assert!(!report(world, &all[..cut]).valid, "{cut}");
    }
    let mut longer = all.clone();
    longer.extend_from_slice(b"% more\n");
    assert!(!report(world, &longer).valid);
    // Another page content before the last seal.
    let two = also(&one, &second(world), 1);
    let before = Document::load_mem(&two).unwrap();
    let page = before.page_iter().next().unwrap();
    let mut shadow = IncrementalDocument::create_from(two.clone(), before);
    shadow.opt_clone_object_to_new_document(page).unwrap();
    let shown = vec![Object::from(0), 0.into(), 10.into(), 10.into()];
    shadow.new_document.get_dictionary_mut(page).unwrap().set("MediaBox", shown);
    let mut changed = Vec::new();
    shadow.save_to(&mut changed).unwrap();
    changed.push(b'\n');
    let sealed = also(&changed, &third(world), 2);
    let told = report(world, &sealed);
    assert_eq!(told.failure().unwrap().name, "countersignature", "{told:?}");
    for at in (0..all.len()).step_by(211) {
        let mut wrong = all.clone();
        wrong[at] ^= 0x10;
        assert!(!report(world, &wrong).valid, "byte {at}");
    }
}

#[test]
fn a_file_nobody_sealed_is_not_countersigned() {
    let by = second(world());
    let at = Timestamp(now().0);
    let refused = series::countersign(&plain_pdf(), &by.seal, &by.key, &by.chain, at);
    assert_eq!(refused.unwrap_err().code, "proof.pdf.unsigned");
}
