//! What the shipped packs hold.

use crate::catalogue::Status;
use crate::definition::article_en;
use crate::standard::ReasonFor;
use crate::{Definition, Embedded, Level, Memory, Province, check, folder};
use kernel::identifier::{CreditCode, ItemCode};
use proptest::prelude::*;
use std::collections::BTreeSet;
use std::path::Path;

fn packs() -> &'static Path {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../../packs"))
}

#[test]
fn the_shipped_packs_have_no_findings() {
    let report = check(&Embedded);
    let told: Vec<String> = report
        .findings
        .iter()
        .map(|finding| {
            format!("{} {} {} {}", finding.file, finding.path, finding.code, finding.message.en)
        })
        .collect();
    assert!(told.is_empty(), "{}", told.join("\n"));
    assert!(report.definitions > 60, "{}", report.definitions);
}

#[test]
fn every_published_item_is_entered_and_none_is_dropped() {
    let province = Province::embedded().unwrap();
    let report = province.items_report();
    assert_eq!(report.total, 835);
    assert_eq!(report.valid + report.repaired.len() + report.quarantined.len(), 835);
    assert!(!report.repaired.is_empty() && !report.quarantined.is_empty());
    assert!(!report.departments.is_empty());
    let mut codes: BTreeSet<String> = BTreeSet::new();
    for (index, item) in province.catalogue().items.iter().enumerate() {
        assert_eq!(item.row as usize, index + 1);
        assert_eq!(item.status == Status::Quarantined, item.code.is_none());
        let Some(code) = &item.code else { continue };
        let read = ItemCode::parse(code).unwrap();
        assert_eq!(read.item_type(), item.item_type.code());
        assert!(codes.insert(code.clone()), "{code} twice");
        assert!(province.agency(&item.agency).is_some());
    }
    // The items handled online have codes of their own at the same agencies.
    for item in province.items() {
        let place = province.division("410105").unwrap();
        let agency = province.competent(&item.agency, item.level, place).unwrap();
        assert!(codes.insert(province.item_code(item, &agency).unwrap()), "{}", item.id);
    }
}

#[test]
fn a_folder_and_the_program_hold_the_same_packs() {
    let embedded = Province::embedded().unwrap();
    let whole = Province::load_dir(packs()).unwrap();
    assert_eq!(whole.digest(), embedded.digest());
    let alone = Province::load_dir(&packs().join("henan")).unwrap();
    assert_eq!(alone.digest(), embedded.digest());
    assert_eq!(folder(Path::new("/nonexistent")).unwrap_err().code, "pack.unreadable");
}

#[test]
fn a_digest_is_of_the_content_and_not_of_its_spelling() {
    let province = Province::embedded().unwrap();
    let path = "henan/services/birth-certificate/item.yaml";
    let mut spaced = Memory::of(&Embedded);
    spaced.0.get_mut(path).unwrap().extend_from_slice(b"\n# a comment\n");
    assert_eq!(Province::load(&spaced).unwrap().digest(), province.digest());
    let mut changed = Memory::of(&Embedded);
    let text =
        String::from_utf8(changed.0[path].clone()).unwrap().replacen("version: 1", "version: 2", 1);
    changed.0.insert(path.into(), text.into_bytes());
    let changed = Province::load(&changed).unwrap();
    let (old, new) = (
        province.pinned("item", "birth-certificate").unwrap(),
        changed.pinned("item", "birth-certificate").unwrap(),
    );
    assert_eq!((old.version, new.version), (1, 2));
    assert_ne!(old.digest, new.digest);
    assert_eq!(old.digest, province.item("birth-certificate").unwrap().digest().unwrap());
}

#[test]
fn agencies_are_named_as_they_are_at_each_level() {
    let province = Province::embedded().unwrap();
    let names = [
        ("health-410000", "河南省卫生健康委员会", "Henan Health Commission"),
        ("police-410000", "河南省公安厅", "Henan Public Security Department"),
        ("police-410100", "郑州市公安局", "Zhengzhou Public Security Bureau"),
        (
            "police-410105",
            "郑州市公安局金水分局",
            "Zhengzhou Public Security Bureau, Jinshui Branch",
        ),
        (
            "police-410104",
            "郑州市公安局管城分局",
            "Zhengzhou Public Security Bureau, Guancheng Hui Branch",
        ),
        ("police-410122", "中牟县公安局", "Zhongmu County Public Security Bureau"),
        (
            "tax-410105",
            "国家税务总局郑州市金水区税务局",
            "Jinshui District Tax Service, Zhengzhou, State Taxation Administration",
        ),
        (
            "data-administration-410000",
            "河南省行政审批和政务信息管理局",
            "Henan Administration of Approval and Government Information",
        ),
    ];
    for (id, zh, en) in names {
        let agency = province.agency(id).unwrap();
        assert_eq!((agency.name.zh.as_str(), agency.name.en.as_str()), (zh, en));
    }
    for id in ["health-419000", "health-999999", "nothing-410105", "health", "health-41"] {
        assert_eq!(province.agency(id), None, "{id}");
    }
}

#[test]
fn a_county_under_the_province_is_served_by_its_own_agency() {
    let province = Province::embedded().unwrap();
    let jiyuan = province.division("419001").unwrap();
    assert_eq!(province.competent("health", Level::County, jiyuan).unwrap().id, "health-419001");
    assert_eq!(province.competent("health", Level::City, jiyuan).unwrap().id, "health-419001");
    let village = province.divisions().village_at(0).unwrap();
    assert_eq!(province.competent("health", Level::City, village).unwrap().id, "health-410100");
    assert_eq!(province.competent("health", Level::Province, village).unwrap().id, "health-410000");
}

#[test]
fn the_newborn_is_six_items_in_the_order_of_their_licences() {
    let province = Province::embedded().unwrap();
    let newborn = province.one_thing("newborn").unwrap();
    let after: Vec<(&str, Vec<&str>)> = newborn
        .members
        .iter()
        .map(|one| (one.item.as_str(), one.after.iter().map(String::as_str).collect()))
        .collect();
    assert_eq!(
        after,
        [
            ("birth-certificate", vec![]),
            ("household-registration", vec!["birth-certificate"]),
            ("medical-insurance-enrolment", vec!["household-registration"]),
            ("social-security-card", vec!["household-registration"]),
            ("maternity-reimbursement", vec!["birth-certificate"]),
            ("vaccination-file", vec!["birth-certificate"]),
        ]
    );
    let members = province.items().filter(|item| after.iter().any(|one| one.0 == item.id));
    for item in members {
        assert_eq!(item.profile().check(), [], "{}", item.id);
        assert!(item.profile().automatic && item.profile().licence);
    }
    let tolerance = province.item("maternity-reimbursement").unwrap().profile().tolerance.unwrap();
    assert_eq!(tolerance.materials, ["discharge-summary"]);
}

#[test]
fn every_act_that_needs_a_reason_has_some_and_every_role_a_permission() {
    let province = Province::embedded().unwrap();
    let acts = [
        ReasonFor::RefuseAcceptance,
        ReasonFor::Correction,
        ReasonFor::RefuseGrant,
        ReasonFor::Revocation,
        ReasonFor::Extension,
        ReasonFor::Suspension,
        ReasonFor::Objection,
    ];
    assert!(acts.iter().all(|act| province.reasons(*act).next().is_some()));
    assert!(province.roles().all(|role| !role.permissions.is_empty()));
    assert!(province.role_permissions("nobody").is_empty());
    assert!(!province.role_permissions("administrator").contains(&"case.read".to_owned()));
    let numbers: Vec<u16> = province.targets().iter().map(|target| target.number).collect();
    assert_eq!(numbers, [1, 2, 3, 4, 5, 6, 7, 8, 17, 20]);
    assert_eq!(province.ratings().unwrap().levels.len(), 5);
    assert!(province.layout("licence").unwrap().contains("#set page"));
    assert!(province.calendar().unwrap().years().any(|year| year == 2026));
}

#[test]
fn every_kind_of_file_has_a_schema() {
    let kinds = crate::schema::all();
    assert!(kinds.iter().all(|(_, schema)| schema.as_value().get("$schema").is_some()));
    let names: BTreeSet<&str> = kinds.iter().map(|(name, _)| *name).collect();
    assert_eq!(names.len(), 19);
}

#[test]
fn articles_are_numbered_in_english() {
    let cases = [
        ("第二十三条", "Article 23"),
        ("第十条", "Article 10"),
        ("第一千零四十九条", "Article 1049"),
        ("第一百一十五条第二款", "Article 115, Paragraph 2"),
        ("第三部分", "Part 3"),
        ("重点事项清单", "in the text"),
        ("", "in the text"),
    ];
    for (zh, en) in cases {
        assert_eq!(article_en(zh), en);
    }
}

proptest! {
    #[test]
    fn every_agency_has_a_valid_credit_code_and_is_found_by_its_id(county in 0usize..181) {
        let province = Province::embedded().unwrap();
        let division = province.divisions().at(Level::County).nth(county).unwrap();
        let mut codes = BTreeSet::new();
        for agency in province.agencies_in(division) {
            let code = CreditCode::parse(&agency.credit_code).unwrap();
            prop_assert_eq!(code.division(), division.code());
            prop_assert!(code.organisation().is_ok());
            prop_assert!(codes.insert(agency.credit_code.clone()));
            prop_assert_eq!(province.agency(&agency.id), Some(agency));
        }
        prop_assert!(codes.len() > 30);
    }

}

proptest! {
    // Every case reads all the packs.
    #![proptest_config(ProptestConfig::with_cases(24))]
    #[test]
    fn no_bytes_in_place_of_a_file_make_the_checker_fail(bytes in prop::collection::vec(any::<u8>(), 0..200), index in 0usize..40) {
        let mut files = Memory::of(&Embedded);
        let path = files.0.keys().nth(index % files.0.len()).unwrap().clone();
        // The tables of rows are read in other tests; here the small files are damaged.
        prop_assume!(!path.ends_with(".gz"));
        files.0.insert(path, bytes);
        files.0.retain(|path, _| !path.ends_with(".gz"));
        prop_assert!(!check(&files).is_sound());
    }
}

#[test]
fn a_citation_names_its_law_in_english() {
    let province = Province::embedded().unwrap();
    let english = |text: &str| province.laws().cited(text).en;
    assert_eq!(english("行政许可法第三十八条"), "Administrative Licensing Law, Article 38");
    assert_eq!(
        english("《行政许可法》第三十八条、第四十二条"),
        "Administrative Licensing Law, Article 38, Article 42"
    );
    assert_eq!(english("无此法第一条"), "无此法第一条");
    assert_eq!(province.laws().cited("行政许可法第三十八条").zh, "行政许可法第三十八条");
}
