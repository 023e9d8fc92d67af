//! Division codes, case numbers and query codes.

use super::code;
use crate::Random;
use crate::identifier::{CaseNumber, Division, Form, ItemCode, Level, QueryCode};
use jiff::civil::date;
use proptest::prelude::*;

fn division(text: &str) -> Division {
    Division::parse(text).expect(text)
}

#[test]
fn a_division_has_a_level_and_a_chain_of_parents() {
    let village = division("410102001002");
    assert_eq!(village.level(), Level::Village);
    let above: Vec<String> = village.ancestors().map(|above| above.to_string()).collect();
    assert_eq!(above, ["410102001", "410102", "4101", "41"]);
    for (text, level) in [
        ("41", Level::Province),
        ("4101", Level::Prefecture),
        ("419001", Level::County),
        ("410173", Level::County),
        ("410102001", Level::Township),
    ] {
        assert_eq!(division(text).level(), level, "{text}");
    }
    assert_eq!(division("41").parent(), None);
    assert_eq!(division("419001").parent(), Some(division("4190")));
}

#[test]
fn trailing_zeros_say_nothing() {
    for (text, short) in [
        ("410000", "41"),
        ("410100", "4101"),
        ("511602000000", "511602"),
        ("410102001000", "410102001"),
        ("110000000000", "11"),
        ("4190", "4190"),
        ("500000", "50"),
        ("410110", "410110"),
        ("410102010", "410102010"),
    ] {
        assert_eq!(division(text).as_str(), short, "{text}");
        assert_eq!(division(text), division(short));
    }
    assert_eq!(division("41").padded(6), "410000");
    assert_eq!(division("410102").padded(12), "410102000000");
}

#[test]
fn a_township_straight_under_a_prefecture_has_it_as_parent() {
    let township = division("441900003");
    assert_eq!(township.level(), Level::Township);
    assert_eq!(township.parent(), Some(division("4419")));
    assert_eq!(division("4419").make(3).unwrap(), township);
}

#[test]
fn the_last_digits_hint_at_what_a_unit_is() {
    for (text, form) in [
        ("410102", None),
        ("410102001", Some(Form::Subdistrict)),
        ("410122100", Some(Form::Town)),
        ("410122203", Some(Form::Township)),
        ("410122400", Some(Form::Special)),
        ("410102001002", Some(Form::ResidentsCommittee)),
        ("410122100201", Some(Form::VillagersCommittee)),
        ("410122100498", Some(Form::Special)),
    ] {
        assert_eq!(division(text).form(), form, "{text}");
    }
}

#[test]
fn a_division_contains_itself_and_what_is_beneath() {
    let (city, county) = (division("4101"), division("410102"));
    assert!(city.contains(&county) && city.contains(&city));
    assert!(!county.contains(&city) && !division("4102").contains(&county));
    assert_eq!(county.make(1).unwrap(), division("410102001"));
    assert_eq!(division("410102001").make(2).unwrap(), division("410102001002"));
    assert_eq!(code(division("41").make(1)), "identifier.division.part");
    assert_eq!(code(county.make(1000)), "identifier.division.part");
    assert_eq!(code(county.make(0)), "identifier.division.part");
}

#[test]
fn each_fault_of_a_division_code_has_its_code() {
    for (typed, reason) in [
        ("4", "identifier.division.length"),
        ("41010", "identifier.division.length"),
        ("4101020010020", "identifier.division.length"),
        ("41010a", "identifier.division.character"),
        ("河南", "identifier.division.character"),
        ("010101", "identifier.division.province"),
    ] {
        assert_eq!(code(Division::parse(typed)), reason, "{typed}");
    }
    assert_eq!(division(" ４１０１-02 ").as_str(), "410102");
    assert_eq!(serde_json::to_string(&division("410000")).unwrap(), "\"41\"");
}

const ITEM: &str = "12441500196720244T3442199806003";

#[test]
fn a_real_case_number_is_read() {
    let number = CaseNumber::parse("12441500196720244T3442199806003202206230068").unwrap();
    assert_eq!((number.item(), number.date()), (ITEM, date(2022, 6, 23)));
    assert_eq!(number.sequence(), 68);
    let item = ItemCode::parse(ITEM).unwrap();
    assert_eq!(CaseNumber::make(&item, date(2022, 6, 23), 68).unwrap(), number);
    let handling = ItemCode::parse(&format!("{ITEM}01")).unwrap();
    assert_eq!(CaseNumber::make(&handling, date(2022, 6, 23), 68).unwrap(), number);
}

#[test]
fn each_fault_of_a_case_number_has_its_code() {
    for (tail, reason) in [
        ("20220623006", "identifier.case_number.length"),
        ("20220623006A", "identifier.case_number.character"),
        ("202206310068", "identifier.case_number.date"),
        ("202206230000", "identifier.case_number.sequence"),
    ] {
        assert_eq!(code(CaseNumber::parse(&format!("{ITEM}{tail}"))), reason, "{tail}");
    }
    let torn = CaseNumber::parse("12441500196720245T3442199806003202206230068");
    assert_eq!(code(torn), "identifier.case_number.item");
    let item = ItemCode::parse(ITEM).unwrap();
    let day = date(2022, 6, 23);
    assert_eq!(code(CaseNumber::make(&item, day, 0)), "identifier.case_number.sequence");
    assert_eq!(code(CaseNumber::make(&item, day, 10_000)), "identifier.case_number.sequence");
    assert_eq!(code(CaseNumber::make(&item, date(99, 1, 1), 1)), "identifier.case_number.date");
    let basic = ItemCode::parse("442199806003").unwrap();
    assert_eq!(code(CaseNumber::make(&basic, day, 1)), "identifier.case_number.item");
}

#[test]
fn a_query_code_forgives_what_looks_alike() {
    let made = (0..1_000)
        .map(|seed| QueryCode::make(&mut Random::from_number(seed)).unwrap())
        .find(|made| made.as_str().contains('0') && made.as_str().contains('1'))
        .expect("a code with both look-alikes");
    let typed = made.grouped().to_lowercase().replace('0', "o").replace('1', "l");
    assert_eq!(QueryCode::parse(&typed).unwrap(), made);
    assert_eq!(code(QueryCode::parse("7K3QM")), "identifier.query_code.length");
    assert_eq!(code(QueryCode::parse("UUUUUUUUUU")), "identifier.query_code.character");
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1_000, ..ProptestConfig::default() })]

    #[test]
    fn a_query_code_notices_a_wrong_character_and_an_exchange(
        seed in any::<u64>(), place in 0..10_usize, with in 0..10_usize,
        other in "[0-9A-HJKMNP-TV-Z]",
    ) {
        let made = QueryCode::make(&mut Random::from_number(seed)).unwrap();
        let mut wrong = made.as_str().to_owned();
        wrong.replace_range(place..=place, &other);
        prop_assert_eq!(QueryCode::parse(&wrong).is_ok(), wrong == made.as_str());
        let mut swapped = made.as_str().as_bytes().to_vec();
        swapped.swap(place, with);
        let swapped = String::from_utf8(swapped).unwrap();
        prop_assert_eq!(QueryCode::parse(&swapped).is_ok(), swapped == made.as_str());
    }

    #[test]
    fn no_text_makes_a_reader_panic(text in any::<String>()) {
        let _ = CaseNumber::parse(&text);
        let _ = QueryCode::parse(&text);
        if let Ok(read) = Division::parse(&text) {
            prop_assert_eq!(Division::parse(read.as_str()).unwrap(), read);
            prop_assert!(read.ancestors().all(|above| above.contains(&read)));
        }
    }
}
