//! Identifiers of organisations: unified social credit code, organisation code, what registers
//! publish instead, and the licence identifiers built on them.

use super::code;
use crate::identifier::{
    CreditCode, LicenceId, Normalised, OrgCode, Organisation, Reason, Warning,
};
use proptest::prelude::*;

const CREDIT_CODES: [&str; 6] = [
    "91350100M000100Y43",
    "11100000000013338W",
    "11100000MB03271699",
    "11370800MB28559184",
    "12441500196720244T",
    "11511301008778183N",
];

#[test]
fn real_credit_codes_are_read() {
    for text in CREDIT_CODES {
        let read = CreditCode::parse(text).expect(text);
        assert_eq!(read.to_string(), text);
        assert!(read.organisation().is_ok(), "{text}");
    }
    let ministry = CreditCode::parse("１１１０００００ 0000-13338w").unwrap();
    assert_eq!((ministry.head(), ministry.division()), ("11", "100000"));
    assert_eq!(ministry.organisation().unwrap().hyphenated(), "00001333-8");
}

#[test]
fn each_fault_of_a_credit_code_has_its_code() {
    for (typed, reason) in [
        ("91350100M000100Y4", "identifier.credit_code.length"),
        ("91350100M000100Y4Z", "identifier.credit_code.character"),
        ("91350100M000100YI3", "identifier.credit_code.character"),
        ("913501A0M000100Y43", "identifier.credit_code.character"),
        ("91350100M000100Y44", "identifier.credit_code.check"),
        ("91350100M000010Y43", "identifier.credit_code.check"),
    ] {
        assert_eq!(code(CreditCode::parse(typed)), reason, "{typed}");
    }
}

#[test]
fn the_worked_example_of_the_standard_is_made() {
    let organisation = OrgCode::make("M000100Y").unwrap();
    let made = CreditCode::make("91", "350100", organisation).unwrap();
    assert_eq!(made.as_str(), "91350100M000100Y43");
    let with_s = OrgCode::make("S0000000").unwrap();
    let refused = CreditCode::make("91", "350100", with_s);
    assert_eq!(code(refused), "identifier.credit_code.character");
    assert_eq!(
        code(CreditCode::make("9", "350100", organisation)),
        "identifier.credit_code.length"
    );
}

#[test]
fn real_organisation_codes_are_read() {
    for text in ["00001333-8", "MB032716-9", "00877818-3", "D2143569-X"] {
        let read = OrgCode::parse(text).expect(text);
        assert_eq!(read.hyphenated(), text);
        assert_eq!(OrgCode::make(&text[..8]).unwrap(), read);
    }
    for (typed, reason) in [
        ("0000133-8", "identifier.org_code.length"),
        ("0000133_-8", "identifier.org_code.character"),
        ("00001333-A", "identifier.org_code.character"),
        ("00001333-9", "identifier.org_code.check"),
    ] {
        assert_eq!(code(OrgCode::parse(typed)), reason, "{typed}");
    }
    assert_eq!(code(OrgCode::make("0000")), "identifier.org_code.length");
    assert_eq!(code(OrgCode::make("0000000x")), "identifier.org_code.character");
}

#[test]
fn published_department_codes_are_read_mended_or_set_aside() {
    let valid = Organisation::normalise("11511301008778183N");
    assert!(matches!(valid, Normalised::Valid { code: Organisation::Credit(_) }));
    for (published, mended, why) in [
        ("11511301008778183n", "11511301008778183N", Reason::LowerCase),
        ("00877868-5", "008778685", Reason::Hyphen),
        (" 11511301008778183N", "11511301008778183N", Reason::Width),
    ] {
        let read = Organisation::normalise(published);
        let Normalised::Repaired { code, from, why: told } = read else {
            panic!("{published} is not repaired");
        };
        assert_eq!((code.as_str(), from.as_str(), told), (mended, published, why));
    }
    for (published, why) in [
        ("1151130000877869M", Reason::Truncated),
        ("3946653276082720768", Reason::Snowflake),
        ("2222222222222", Reason::Placeholder),
        ("1151130108778239R_5143", Reason::Suffix),
        ("11511301008778184N", Reason::Check),
        ("11736", Reason::Length),
        ("", Reason::Empty),
        ("某某局代码", Reason::Character),
    ] {
        let read = Organisation::normalise(published);
        assert_eq!((read.code(), read.why()), (None, Some(why)), "{published}");
        assert!(!why.text().is_incomplete());
    }
}

#[test]
fn real_licence_identifiers_are_read() {
    for (text, serial, warnings) in [
        (
            "1.2.156.3005.2.11100000000013338W011.11430000006122244L.20230000403.001.U",
            "20230000403",
            vec![],
        ),
        (
            "1.2.156.3005.2.11100000MB03271699022.340100.000000016.001.9",
            "000000016",
            vec![Warning::IssuerIsDivision],
        ),
        (
            "1.2.156.3005.2.11100000000013338W009.11330105002500287C.2025052201.002.0",
            "2025052201",
            vec![],
        ),
    ] {
        let id = LicenceId::parse(text).expect(text);
        assert_eq!(id.to_string(), text);
        assert_eq!(id.serial(), serial);
        assert_eq!(id.warnings(), warnings);
    }
}

#[test]
fn each_fault_of_a_licence_identifier_has_its_code() {
    for (tail, reason) in [
        ("11100000000013338W011.11430000006122244L.20230000403.001.M", "check"),
        ("11100000000013338W011.11430000006122244L.20230000403.001.UU", "check"),
        ("11100000000013338W011.11430000006122244L.20230000403.001.", "check"),
        ("11100000000013338W011.11430000006122244L.20230000403.001", "parts"),
        ("11100000000013338W01.11430000006122244L.20230000403.001.U", "type_code"),
        ("11100000000013338W011.1143.20230000403.001.U", "issuer"),
        ("11100000000013338W011.ABCDEF.20230000403.001.U", "issuer"),
        ("11100000000013338W011.11430000006122244L..001.U", "serial"),
        ("11100000000013338W011.11430000006122244L.1_2.001.U", "serial"),
        ("11100000000013338W011.11430000006122244L.1.01.U", "version"),
    ] {
        let refused = LicenceId::parse(&format!("1.2.156.3005.2.{tail}"));
        assert_eq!(code(refused), format!("identifier.licence_id.{reason}"), "{tail}");
    }
    let foreign = LicenceId::parse("1.2.156.3005.3.11100000000013338W011.340100.1.001.9");
    assert_eq!(code(foreign), "identifier.licence_id.root");
    let long = LicenceId::parse(&"1.2.156.3005.2.".repeat(1_000));
    assert_eq!(code(long), "identifier.licence_id.length");
}

#[test]
fn a_licence_identifier_is_made_and_renewed() {
    let issuer = CreditCode::parse("11430000006122244L").unwrap();
    let made = LicenceId::make("11100000000013338W011", issuer, "20230000403", 1).unwrap();
    assert!(made.as_str().ends_with(".20230000403.001.U"));
    let next = made.next_version().unwrap();
    assert_eq!((next.version(), next.serial()), ("002", made.serial()));
    assert_eq!(LicenceId::parse(next.as_str()).unwrap(), next);
    let last = LicenceId::make("11100000000013338W011", issuer, "1", 999).unwrap();
    assert_eq!(code(last.next_version()), "identifier.licence_id.version");
    let none = LicenceId::make("11100000000013338W011", issuer, "1", 0);
    assert_eq!(code(none), "identifier.licence_id.version");
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1_000, ..ProptestConfig::default() })]

    #[test]
    fn a_made_credit_code_reads_back_and_one_wrong_character_shows(
        body in "[0-9A-HJ-NP-RTUWXY]{8}", division in 110_000..660_000_u32, place in 0..18_usize,
        other in "[0-9A-HJ-NP-RTUWXY]",
    ) {
        let organisation = OrgCode::make(&body).unwrap();
        let made = CreditCode::make("91", &division.to_string(), organisation).unwrap();
        prop_assert_eq!(CreditCode::parse(made.as_str()).unwrap(), made);
        prop_assert_eq!(made.organisation().unwrap(), organisation);
        let mut wrong = made.as_str().to_owned();
        wrong.replace_range(place..=place, &other);
        prop_assert_eq!(CreditCode::parse(&wrong).is_ok(), wrong == made.as_str());
    }

    #[test]
    fn a_made_licence_identifier_reads_back_and_one_wrong_character_shows(
        serial in "[0-9A-Z]{1,32}", version in 1..1_000_u16, other in "[0-9A-Z]",
    ) {
        let issuer = CreditCode::parse("11430000006122244L").unwrap();
        let made = LicenceId::make("11100000000013338W011", issuer, &serial, version).unwrap();
        prop_assert_eq!(LicenceId::parse(made.as_str()).unwrap(), made.clone());
        let place = made.as_str().len() - 6 - serial.len();
        let mut wrong = made.as_str().to_owned();
        wrong.replace_range(place..=place, &other);
        prop_assert_eq!(LicenceId::parse(&wrong).is_ok(), wrong == made.as_str());
    }

    #[test]
    fn no_text_makes_a_reader_panic(text in any::<String>()) {
        let _ = CreditCode::parse(&text);
        let _ = OrgCode::parse(&text);
        let _ = Organisation::normalise(&text);
        let _ = LicenceId::parse(&text);
        let _ = LicenceId::parse(&format!("1.2.156.3005.2.{text}"));
    }
}
