//! Sealed PDF files, signed JSON, status lists and their offline verification.

use super::der::Der;
use super::world::{LICENCE_ID, World, classic_pdf, key, licence, now, plain_pdf, subject, world};
use crate::certificate::{self, Certificate, Request, Role};
use crate::licence_token::{Signed, sign_json, verify_json};
use crate::seal::{Design, Seal};
use crate::sm2sig::SigningKey;
use crate::status::{SignedStatus, Status};
use crate::verify::{Report, verify_file};
use crate::{pdf, seal};
use kernel::{Lang, Random, Timestamp, canonical};
use proptest::prelude::*;
use serde_json::{Value, json};

fn report(world: &World, bytes: &[u8], at: Timestamp) -> Report {
    verify_file(bytes, &world.anchors(), None, at)
}

/// Name and Chinese reason of the first failing check.
fn failure(report: &Report) -> (String, String) {
    assert!(!report.valid);
    let check = report.failure().expect("an invalid report names what fails");
    assert!(!check.detail.is_incomplete());
    (check.name.clone(), check.detail.zh.clone())
}

#[test]
fn a_sealed_licence_verifies_and_gives_its_data_back() {
    let world = world();
    let file = world.sealed_pdf(&licence());
    let found = pdf::verify(&file).unwrap();
    assert_eq!(found.payload, canonical::to_string(&licence()).unwrap().as_bytes());
    assert_eq!(found.signature.seal().name(), world.seal.name());
    let report = report(world, &file, now());
    assert!(report.valid, "{report:?}");
    assert_eq!(report.kind, "licence_pdf");
    assert_eq!(report.body, Some(licence()));
    let names: Vec<&str> = report.checks.iter().map(|c| c.name.as_str()).collect();
    assert_eq!(
        names,
        [
            "format",
            "integrity",
            "signature",
            "seal",
            "certificate",
            "chain",
            "identifier",
            "validity",
            "status"
        ]
    );
    let json = report.to_json(Lang::En);
    assert_eq!(json["valid"], true);
    assert_eq!(json["checks"][1]["detail"], "Every byte is as it was sealed.");
    assert_eq!(json.as_object().unwrap().len(), 3);
}

#[test]
fn a_sealed_file_is_still_a_pdf_and_the_same_every_time() {
    let world = world();
    let file = world.sealed_pdf(&licence());
    assert_eq!(file, world.sealed_pdf(&licence()));
    let document = lopdf::Document::load_mem(&file).unwrap();
    assert_eq!(document.get_pages().len(), 1);
    assert_eq!(document.extract_text(&[1]).unwrap().trim(), "Licence");
}

#[test]
fn no_changed_byte_of_a_sealed_file_is_accepted() {
    let world = world();
    let file = world.sealed_pdf(&licence());
    for at in 0..file.len() {
        let mut wrong = file.clone();
        wrong[at] ^= 1 << (at % 8);
        let refused = pdf::verify(&wrong).unwrap_err();
        assert!(refused.code.starts_with("proof."), "byte {at}: {refused}");
        if at % 30 == 0 {
            failure(&report(world, &wrong, now()));
        }
    }
}

#[test]
fn every_single_bit_of_the_byte_range_and_the_edges_of_the_gap_counts() {
    let world = world();
    let file = world.sealed_pdf(&licence());
    let find = |text: &[u8]| file.windows(text.len()).position(|w| w == text).unwrap();
    let range = find(b"/ByteRange");
    let gap = find(b"/Contents<");
    let end = gap + file[gap..].iter().position(|&b| b == b'>').unwrap();
    let places = (range..gap + 60).chain(end - 40..file.len());
    for at in places {
        for bit in 0..8 {
            let mut wrong = file.clone();
            wrong[at] ^= 1 << bit;
            assert!(pdf::verify(&wrong).is_err(), "byte {at} bit {bit}");
        }
    }
}

#[test]
fn the_same_signature_spelled_another_way_is_refused() {
    let world = world();
    let file = world.sealed_pdf(&licence());
    let gap = file.windows(10).position(|w| w == b"/Contents<").unwrap() + 10;
    let mut upper = file.clone();
    let letter = gap + file[gap..].iter().position(|b| b.is_ascii_lowercase()).unwrap();
    upper[letter].make_ascii_uppercase();
    assert_eq!(pdf::verify(&upper).unwrap_err().code, "proof.pdf.contents");
    let end = gap + file[gap..].iter().position(|&b| b == b'>').unwrap();
    let mut padded = file.clone();
    padded[end - 1] = b'1';
    assert_eq!(pdf::verify(&padded).unwrap_err().code, "proof.pdf.contents");
}

#[test]
fn added_and_removed_bytes_are_refused_with_the_reason() {
    let world = world();
    let file = world.sealed_pdf(&licence());
    let code = |bytes: &[u8]| pdf::verify(bytes).unwrap_err().code;
    let mut longer = file.clone();
    longer.push(b'\n');
    assert_eq!(code(&longer), "proof.pdf.byte_range");
    assert_eq!(code(&file[..file.len() - 1]), "proof.pdf.byte_range");
    let mut shadow = file.clone();
    shadow.extend_from_slice(b"\n1 0 obj\n<</ByteRange[0 1 2 3]>>\nendobj\n%%EOF");
    assert_eq!(code(&shadow), "proof.pdf.byte_range");
    assert_eq!(code(&plain_pdf()), "proof.pdf.unsigned");
    assert_eq!(code(b"%PDF-1.7"), "proof.pdf.unsigned");
    let said = failure(&report(world, &longer, now()));
    assert_eq!(said, ("format".into(), "文件中有未被签章覆盖的内容。".into()));
    let mut changed = file.clone();
    changed[file.len() / 100] ^= 1;
    assert_eq!(failure(&report(world, &changed, now())).0, "integrity");
}

#[test]
fn what_is_not_a_plain_pdf_cannot_be_sealed() {
    let world = world();
    let sign = |bytes: &[u8]| {
        pdf::sign(bytes, &world.seal, &world.agency_key, &world.agency_chain(), now(), b"{}")
            .unwrap_err()
            .code
    };
    assert_eq!(sign(b""), "proof.pdf.form");
    assert_eq!(sign(b"%PDF-1.7 nonsense"), "proof.pdf.form");
    assert_eq!(sign(&world.sealed_pdf(&licence())), "proof.pdf.already_signed");
    assert_eq!(sign(&vec![b'%'; pdf::SIZE_MAX + 1]), "proof.pdf.too_large");
}

#[test]
fn data_that_imitates_the_marks_of_a_signature_does_no_harm() {
    let world = world();
    let mut body = licence();
    body["holder"] = json!("/ByteRange[0 1 2 3] /Contents<00> endstream");
    let file = world.sealed_pdf(&body);
    assert_eq!(report(world, &file, now()).body, Some(body));
}

#[test]
fn a_stranger_an_expired_seal_and_a_future_signature_are_told_apart() {
    let world = world();
    let file = world.sealed_pdf(&licence());
    let stranger = verify_file(&file, &[], None, now());
    assert_eq!(failure(&stranger), ("seal".into(), "证书不能追溯到受信任的根证书。".into()));
    assert_eq!(stranger.body, None);
    let early = report(world, &file, now().plus_hours(-1));
    assert_eq!(failure(&early).0, "signature");
    // Signed before the seal was in use.
    let at = world.seal.validity().0.plus_days(-1);
    let payload = canonical::to_string(&licence()).unwrap();
    let file = pdf::sign(
        &plain_pdf(),
        &world.seal,
        &world.agency_key,
        &world.agency_chain(),
        at,
        payload.as_bytes(),
    )
    .unwrap();
    assert_eq!(failure(&report(world, &file, now())).0, "seal");
}

#[test]
fn a_licence_is_judged_by_its_own_data() {
    let world = world();
    let said = |change: &dyn Fn(&mut Value), at| {
        let mut body = licence();
        change(&mut body);
        failure(&report(world, &world.sealed_pdf(&body), at))
    };
    let bad_id = LICENCE_ID.replace(".U", ".V");
    assert_eq!(said(&|b| b["licence_id"] = json!(bad_id), now()).0, "identifier");
    let nameless = said(&|b| b["licence_id"] = Value::Null, now());
    assert_eq!(nameless.0, "identifier");
    assert!(!nameless.1.contains('“'), "nothing is cited that is not there: {}", nameless.1);
    let issuer = said(&|b| b["issuer_code"] = json!("11410000005800000X"), now());
    assert_eq!(issuer, ("identifier".into(), "盖章机构与证照的颁发机构不符。".into()));
    assert_eq!(said(&|b| b["issuer_code"] = Value::Null, now()).0, "identifier");
    let late = said(&|_| (), now().plus_days(365));
    assert_eq!(late, ("validity".into(), "证照已于 2027-09-15 到期。".into()));
    let early = said(&|b| b["valid_from"] = json!(now().plus_days(1).0), now());
    assert_eq!(early, ("validity".into(), "证照自 2026-09-16 起才有效。".into()));
    assert_eq!(said(&|b| b["valid_until"] = json!("2027"), now()).1, "证照数据不可读。");
}

#[test]
fn a_status_list_revokes_only_when_it_may_and_is_fresh() {
    let world = world();
    let file = world.sealed_pdf(&licence());
    let chain = [world.status.clone()];
    let revoking =
        world.status_list(vec![world.revoked()]).sign(&world.status_key, &chain).unwrap();
    let empty = world.status_list(Vec::new()).sign(&world.status_key, &chain).unwrap();
    let with = |list: &SignedStatus, at| verify_file(&file, &world.anchors(), Some(list), at);
    assert!(with(&empty, now()).valid);
    let (name, why) = failure(&with(&revoking, now()));
    assert_eq!((name.as_str(), why.as_str()), ("status", "证照自 2026-09-15 起撤销。依据不足"));
    let stale = failure(&with(&empty, now().plus_days(2)));
    assert!(stale.1.starts_with("状态清单已过时"), "{}", stale.1);
    let read = SignedStatus::parse(&revoking.to_bytes().unwrap()).unwrap();
    assert_eq!(read, revoking);
    let foreign = verify_file(&file, &world.anchors(), Some(&empty), now().plus_hours(-1));
    assert!(!foreign.valid);
}

#[test]
fn an_agency_cannot_publish_a_status_list() {
    let world = world();
    let list = world.status_list(Vec::new());
    let refused = list.clone().sign(&world.agency_key, &world.agency_chain()).unwrap_err();
    assert_eq!(refused.code, "proof.status.publisher");
    // Nor by signing the same body as JSON.
    let body = serde_json::to_value(&list).unwrap();
    let bytes = world.signed_json("status", &body);
    let forged = SignedStatus::parse(&bytes).unwrap();
    let refused = forged.verify(&world.anchors(), now()).unwrap_err();
    assert_eq!(refused.code, "proof.status.publisher");
}

#[test]
fn a_status_list_names_each_licence_once_and_from_its_day_on() {
    let world = world();
    let chain = [world.status.clone()];
    let twice = world.status_list(vec![world.revoked(), world.revoked()]);
    assert_eq!(twice.sign(&world.status_key, &chain).unwrap_err().code, "proof.status.form");
    let mut endless = world.status_list(Vec::new());
    endless.next_update = endless.issued_at;
    assert_eq!(endless.sign(&world.status_key, &chain).unwrap_err().code, "proof.status.form");
    let list = world.status_list(vec![world.revoked()]);
    assert_eq!(list.lookup(LICENCE_ID, now()).unwrap().status, Status::Withdrawn);
    assert!(list.lookup(LICENCE_ID, now().plus_us(-1)).is_none());
    assert!(list.lookup("other", now()).is_none());
    assert_eq!(serde_json::to_value(Status::Withdrawn).unwrap(), "03");
}

#[test]
fn no_changed_byte_of_a_signed_json_file_is_accepted() {
    let world = world();
    let file = world.signed_json("licence", &licence());
    let good = report(world, &file, now());
    assert!(good.valid, "{good:?}");
    assert_eq!(good.kind, "licence_json");
    let fraction =
        String::from_utf8(file.clone()).unwrap().replace("\"body\":{", "\"body\":{\"a\":0.5,");
    let told = failure(&report(world, fraction.as_bytes(), now()));
    assert!(told.0 == "format" && !told.1.contains("canonical."), "{}", told.1);
    for at in 0..file.len() {
        let mut wrong = file.clone();
        wrong[at] ^= 1 << (at % 8);
        assert!(!report(world, &wrong, now()).valid, "byte {at}");
    }
    for wrong in [[b" ", &file[..]].concat(), [&file[..], b"\n"].concat(), file[1..].to_vec()] {
        assert!(!report(world, &wrong, now()).valid);
    }
}

#[test]
fn json_signed_as_one_kind_is_not_taken_for_another() {
    let world = world();
    let chain = world.agency_chain();
    let signed =
        sign_json("receipt", &json!({"case": "1"}), &world.agency_key, &chain, now()).unwrap();
    let anchors = world.anchors();
    let signer = verify_json(&signed, "receipt", &anchors, now()).unwrap();
    assert_eq!(signer, world.agency);
    let code = |signed: &Signed, kind| verify_json(signed, kind, &anchors, now()).unwrap_err().code;
    assert_eq!(code(&signed, "licence"), "proof.json.kind");
    let renamed = Signed { kind: "licence".into(), ..signed.clone() };
    assert_eq!(code(&renamed, "licence"), "proof.signature.mismatch");
    let later = Signed { signed_at: now().plus_us(-1), ..signed.clone() };
    assert_eq!(code(&later, "receipt"), "proof.signature.mismatch");
    let mut longer = signed.clone();
    longer.chain.push(signed.chain[0].clone());
    assert_eq!(code(&longer, "receipt"), "proof.signature.mismatch");
    let receipt = report(world, &signed.to_bytes().unwrap(), now());
    assert!(receipt.valid && receipt.kind == "receipt_json");
}

#[test]
fn a_key_signs_only_with_its_own_certificate_and_purpose() {
    let world = world();
    let code = |kind: &str, body: &Value, number: u8| {
        sign_json(kind, body, &key(number), &world.agency_chain(), now()).unwrap_err().code
    };
    assert_eq!(code("receipt", &json!({}), 77), "proof.certificate.key");
    assert_eq!(code("Receipt", &json!({}), 3), "proof.json.kind");
    assert_eq!(code("receipt", &json!({"fee": 0.5}), 3), "canonical.float");
    assert_eq!(
        sign_json("receipt", &json!({}), &key(3), &[], now()).unwrap_err().code,
        "proof.certificate.usage"
    );
}

#[test]
fn oversized_deep_and_foreign_files_are_refused_without_harm() {
    let world = world();
    let deep = [b"{\"body\":".to_vec(), vec![b'['; 1 << 20]].concat();
    for bytes in [
        Vec::new(),
        vec![0; 100],
        b"{}".to_vec(),
        b"PK\x03\x04".to_vec(),
        deep,
        [b"%PDF-1.7 /ByteRange[0 ".to_vec(), vec![b'9'; 100]].concat(),
        b"%PDF-1.7 /ByteRange[0 18446744073709551615 18446744073709551615 9]".to_vec(),
        [b"{".to_vec(), vec![b' '; crate::licence_token::SIZE_MAX]].concat(),
        [b"%PDF-".to_vec(), vec![b' '; pdf::SIZE_MAX]].concat(),
    ] {
        assert_eq!(failure(&report(world, &bytes, now())).0, "format");
    }
}

#[test]
fn a_stamp_hung_on_a_seal_afterwards_is_refused() {
    let world = world();
    let mut file = world.sealed_pdf(&licence());
    let from = file.windows(10).position(|w| w == b"/Contents<").unwrap() + 10;
    let to = from + file[from..].iter().position(|&b| b == b'>').unwrap();
    let mut signature = Der::read(&hex::decode(&file[from..to]).unwrap());
    signature.inside.push(Der::with(0xa0, vec![Der::of(3, b"\0a stamp")]));
    let text = hex::encode(signature.write());
    file[from..to].fill(b'0');
    file[from..from + text.len()].copy_from_slice(text.as_bytes());
    let (name, why) = failure(&report(world, &file, now()));
    assert_eq!((name.as_str(), why.contains("时间戳")), ("signature", true), "{why}");
}

#[test]
fn a_seal_put_on_another_document_is_refused() {
    let world = world();
    let file = world.sealed_pdf(&licence());
    let mut other = licence();
    other["holder"] = json!("李四");
    let other = world.sealed_pdf(&other);
    let gap = |f: &[u8]| {
        let start = f.windows(10).position(|w| w == b"/Contents<").unwrap() + 10;
        (start, start + f[start..].iter().position(|&b| b == b'>').unwrap())
    };
    let ((from, to), (other_from, other_to)) = (gap(&file), gap(&other));
    assert_eq!(to - from, other_to - other_from);
    let mut transplanted = other.clone();
    transplanted[other_from..other_to].copy_from_slice(&file[from..to]);
    assert_eq!(pdf::verify(&transplanted).unwrap_err().code, "proof.pdf.digest");
    assert_eq!(failure(&report(world, &transplanted, now())).0, "integrity");
    assert!(seal::SealSignature::parse(&hex::decode(&file[from..to]).unwrap()).is_err());
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn any_bytes_are_refused_without_harm(bytes in prop::collection::vec(any::<u8>(), 0..400), pdf in any::<bool>()) {
        let world = world();
        let head: &[u8] = if pdf { b"%PDF-1.7\n/ByteRange[0 40 90 9]/Contents<" } else { b"{" };
        let bytes = [head, &bytes].concat();
        prop_assert!(!report(world, &bytes, now()).valid);
    }
}

#[test]
fn a_file_with_a_classic_table_keeps_its_objects() {
    let world = world();
    let chain = world.agency_chain();
    let payload = canonical::to_string(&licence()).unwrap();
    let file = pdf::sign(
        &classic_pdf(),
        &world.seal,
        &world.agency_key,
        &chain,
        now(),
        payload.as_bytes(),
    )
    .unwrap();
    assert!(report(world, &file, now()).valid);
    let document = lopdf::Document::load_mem(&file).unwrap();
    let catalog = document.catalog().unwrap();
    assert_eq!(catalog.get(b"Lang").unwrap().as_str().unwrap(), b"zh-CN");
    let page = document.get_dictionary(document.get_pages()[&1]).unwrap();
    // The list stands in an object of its own, as before: sealing adds no annotation.
    let list = page.get_deref(b"Annots", &document).unwrap().as_array().unwrap();
    assert_eq!(list.len(), 1);
}

/// Root → city authority → county agency, and a seal made below the same city authority.
#[test]
fn a_licence_sealed_two_authorities_deep_verifies_offline() {
    let world = world();
    let mut random = Random::from_number(11);
    let from = now().plus_days(-30);
    let mut issue = |name, role, number: u8, issuer: &Certificate, issuer_key: &SigningKey| {
        let request = Request {
            subject: subject(name, ""),
            role,
            key: &key(number).verifying_key(),
            valid_from: from,
            valid_until: from.plus_days(300),
        };
        certificate::issue(&request, issuer, issuer_key, &mut random).unwrap()
    };
    let city_role = Role::Authority { path_length: 1 };
    let city = issue("安阳市证书服务", city_role, 30, &world.root, &world.root_key);
    let maker_role = Role::Authority { path_length: 0 };
    let maker = issue("安阳市印章系统", maker_role, 31, &city, &key(30));
    let agency = issue("林州市公安局", Role::Agency, 32, &city, &key(30));
    let design = Design {
        id: "410581",
        name: "林州市公安局电子证照专用章",
        holder: &agency,
        picture: &world.seal.picture(),
        created_at: from,
        valid_from: from,
        valid_until: from.plus_days(300),
    };
    let seal = Seal::make(&design, &[maker, city.clone()], &key(31)).unwrap();
    let mut body = licence();
    body["issuer_code"] = Value::Null;
    let payload = canonical::to_string(&body).unwrap();
    let sign = |chain: &[Certificate]| {
        pdf::sign(&plain_pdf(), &seal, &key(32), chain, now(), payload.as_bytes()).unwrap()
    };
    let file = sign(&[agency.clone(), city]);
    let whole = report(world, &file, now());
    assert!(whole.valid, "{whole:?}");
    // Still good after the certificates have run out, since it was sealed while they held.
    assert!(report(world, &file, now().plus_days(300)).valid);
    let broken = report(world, &sign(&[agency]), now());
    assert_eq!(failure(&broken).0, "chain");
}

#[test]
fn only_an_agency_issues_licences_and_only_a_publisher_status_lists() {
    let world = world();
    let mut body = licence();
    body["issuer_code"] = Value::Null;
    for (key, certificate) in [(&world.status_key, &world.status), (&world.root_key, &world.root)] {
        let chain = std::slice::from_ref(certificate);
        let signed = sign_json("licence", &body, key, chain, now()).unwrap();
        let found = report(world, &signed.to_bytes().unwrap(), now());
        assert_eq!(failure(&found), ("certificate".into(), "证书的用途不允许这样使用。".into()));
    }
    let list = world.status_list(vec![world.revoked()]);
    let forged = world.signed_json("status", &serde_json::to_value(&list).unwrap());
    assert_eq!(failure(&report(world, &forged, now())).0, "status");
    let chain = std::slice::from_ref(&world.status);
    let good = list.sign(&world.status_key, chain).unwrap().to_bytes().unwrap();
    assert!(report(world, &good, now()).valid);
    assert_eq!(failure(&report(world, &good, now().plus_days(2))).0, "status");
}
