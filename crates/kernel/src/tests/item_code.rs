//! Service item codes as the standard builds them and as registers publish them.

use super::code;
use crate::identifier::{
    CreditCode, ItemCode, Normalised, Organisation, PowerLevel, PublishedCode, Reason,
};
use proptest::prelude::*;

#[test]
fn real_implementation_codes_are_read() {
    for (text, level, basic) in [
        ("11370800MB285591843370117002011", PowerLevel::Prefecture, "370117002011"),
        ("12441500196720244T3442199806003", PowerLevel::Prefecture, "442199806003"),
    ] {
        let item = ItemCode::parse(text).expect(text);
        assert_eq!(item.to_string(), text);
        assert_eq!((item.level(), item.basic()), (Some(level), basic));
        assert_eq!(item.organisation().unwrap().as_str(), &text[..18]);
        assert_eq!((item.implementation(), item.handling()), (Some(text), None));
    }
    let licence = ItemCode::parse("370117002011").unwrap();
    assert_eq!((licence.area(), licence.item_type(), licence.level()), ("37", "01", None));
    assert_eq!((licence.organisation(), licence.implementation()), (None, None));
    let handling = ItemCode::parse("11370800MB28559184337011700201101").unwrap();
    assert_eq!(handling.handling(), Some("01"));
    assert_eq!(handling.implementation(), Some("11370800MB285591843370117002011"));
}

#[test]
fn each_fault_of_an_item_code_has_its_code() {
    for (typed, reason) in [
        ("37011700201", "identifier.item_code.length"),
        ("37011700201_", "identifier.item_code.character"),
        ("11370800MB285591853370117002011", "identifier.item_code.organisation"),
        ("11370800MB285591840370117002011", "identifier.item_code.level"),
        ("11370800MB285591847370117002011", "identifier.item_code.level"),
    ] {
        assert_eq!(code(ItemCode::parse(typed)), reason, "{typed}");
    }
}

#[test]
fn an_implementation_code_is_made_of_a_basic_code() {
    let organisation = CreditCode::parse("11370800MB28559184").unwrap();
    let basic = ItemCode::parse("370117002011").unwrap();
    let made = basic.make(organisation, PowerLevel::Prefecture).unwrap();
    assert_eq!(made.as_str(), "11370800MB285591843370117002011");
    assert_eq!(code(made.make(organisation, PowerLevel::County)), "identifier.item_code.length");
    for level in [PowerLevel::Nation, PowerLevel::Village] {
        assert_eq!(basic.make(organisation, level).unwrap().level(), Some(level));
    }
}

#[test]
fn national_codes_are_read_as_published() {
    let text = "11370800MB285591843370117002011";
    assert!(matches!(ItemCode::normalise(text), Normalised::Valid { .. }));
    for (published, why) in [
        ("11370800mb285591843370117002011", Reason::LowerCase),
        ("11370800MB28559184-3-370117002011", Reason::Hyphen),
        ("11370800MB285591843 370117002011", Reason::Width),
    ] {
        let Normalised::Repaired { code, from, why: told } = ItemCode::normalise(published) else {
            panic!("{published} is not repaired");
        };
        assert_eq!(code, PublishedCode::National(ItemCode::parse(text).unwrap()));
        assert_eq!((from.as_str(), told), (published, why));
    }
}

#[test]
fn the_sichuan_build_is_read_as_published() {
    let published = "511Z07001006-511602000000-000-11511301008778183N-1-00";
    let Normalised::Valid { code: PublishedCode::Local(item) } = ItemCode::normalise(published)
    else {
        panic!("{published} is not valid");
    };
    assert_eq!((item.as_str(), item.basic()), (published, "511Z07001006"));
    assert_eq!(item.division().as_str(), "511602");
    assert_eq!(item.organisation().as_str(), "11511301008778183N");
    // The real example of the province's list: its eighteen characters check.
    let real = ItemCode::normalise("511A0138000000-511602000000-000-115113010833722043-1-00");
    assert!(matches!(real, Normalised::Valid { code: PublishedCode::Local(_) }));
    // An item code of twelve digits, as long as the division after it.
    let digits = ItemCode::normalise("512011046001-511602000000-000-11511301008778298W-1-00");
    let Normalised::Valid { code: PublishedCode::Local(item) } = digits else {
        panic!("not valid: {digits:?}");
    };
    assert_eq!((item.basic(), item.division().as_str()), ("512011046001", "511602"));
    // An organisation code instead, and an item code with hyphens of its own.
    let older = ItemCode::normalise("G-000007-001-511602000000-000-083372204-1-00");
    let Some(PublishedCode::Local(item)) = older.code() else { panic!("not read: {older:?}") };
    assert_eq!(item.basic(), "G-000007-001");
    assert!(matches!(item.organisation(), Organisation::Org(_)));
}

#[test]
fn the_sichuan_build_is_mended() {
    for (published, mended, why) in [
        (
            "512C0100900001-511602000000-000-00877868-5-1-00",
            "512C0100900001-511602000000-000-008778685-1-00",
            Reason::Hyphen,
        ),
        (
            "511z07001006-511602000000-000-11511301008778183n-1-00",
            "511Z07001006-511602000000-000-11511301008778183N-1-00",
            Reason::LowerCase,
        ),
    ] {
        let Normalised::Repaired { code: PublishedCode::Local(item), why: told, .. } =
            ItemCode::normalise(published)
        else {
            panic!("{published} is not repaired");
        };
        assert_eq!((item.as_str(), told), (mended, why));
    }
}

#[test]
fn what_cannot_be_read_is_set_aside_with_a_reason() {
    for (published, why) in [
        ("511A0080800002-511602000000-000-1151130000877869M-1-00", Reason::Truncated),
        ("511A0014100002-511602000000-000-2222222222222-1-00", Reason::Placeholder),
        ("511A0014100002-511602000000-000-3946653276082720768-1-00", Reason::Snowflake),
        ("511A0014100002-511602000000-000-11511301008778184N-1-00", Reason::Check),
        ("511A0014100002-011602000000-000-11511301008778183N-1-00", Reason::Division),
        ("511A0014100002-511602000000-000", Reason::Shape),
        ("E-000021-001-1111111111111111", Reason::Shape),
        ("3946653276082720768", Reason::Snowflake),
        ("11370800MB28559184337011700", Reason::Truncated),
        ("11370800MB285591853370117002011", Reason::Check),
        ("11370800MB285591849370117002011", Reason::Level),
        ("部分省级权限下放", Reason::Character),
        ("1", Reason::Length),
        ("", Reason::Empty),
    ] {
        let read = ItemCode::normalise(published);
        assert_eq!((read.code(), read.why()), (None, Some(why)), "{published}");
        assert!(matches!(read, Normalised::Quarantined { from, .. } if from == published));
    }
}

proptest! {
    #[test]
    fn no_text_makes_a_reader_panic_and_nothing_is_lost(text in "[0-9A-Za-z_ 一-]{0,70}|\\PC{0,40}") {
        let _ = ItemCode::parse(&text);
        match ItemCode::normalise(&text) {
            Normalised::Valid { code: PublishedCode::National(code) } => {
                prop_assert_eq!(code.to_string(), text);
            }
            Normalised::Valid { code: PublishedCode::Local(code) } => {
                prop_assert_eq!(code.to_string(), text);
            }
            Normalised::Repaired { from, .. } | Normalised::Quarantined { from, .. } => {
                prop_assert_eq!(from, text);
            }
        }
    }
}
