//! Identifiers of natural persons: citizen number, mobile number, bank card, name.

use super::{arg, code};
use crate::identifier::{BankCard, CitizenNumber, Holder, Mobile, PersonName};
use jiff::civil::date;
use proptest::prelude::*;

fn citizen(text: &str) -> CitizenNumber {
    CitizenNumber::parse(text).expect("a valid number")
}

#[test]
fn published_citizen_numbers_are_read() {
    let woman = citizen("11010519491231002X");
    assert_eq!(woman.division(), "110105");
    assert_eq!(woman.birth_date(), date(1949, 12, 31));
    assert!(!woman.is_male());
    let man = citizen("440524188001010014");
    assert_eq!(man.birth_date(), date(1880, 1, 1));
    assert!(man.is_male());
    assert_eq!(man.holder(), Holder::Citizen);
}

#[test]
fn typing_is_mended() {
    for typed in [
        "11010519491231002x",
        " 110105 19491231 002X ",
        "110105-19491231-002X",
        "１１０１０５１９４９１２３１００２ｘ",
        "110105　19491231—002X",
        "\u{FEFF}11010519491231002X\u{200B}",
    ] {
        assert_eq!(citizen(typed).as_str(), "11010519491231002X", "{typed}");
    }
}

#[test]
fn each_fault_of_a_citizen_number_has_its_code() {
    for (typed, reason) in [
        ("", "identifier.citizen_number.length"),
        ("1101051949123100", "identifier.citizen_number.length"),
        ("11010519491231002X1", "identifier.citizen_number.length"),
        ("1101051949123100AX", "identifier.citizen_number.character"),
        ("11010519491231002Y", "identifier.citizen_number.character"),
        ("01010519491231002X", "identifier.citizen_number.character"),
        ("身份证号码十八位身份证号码十八位号", "identifier.citizen_number.length"),
        ("身份证号码十八位身份证号码十八位号码", "identifier.citizen_number.character"),
        ("110105194902290020", "identifier.citizen_number.date"),
        ("110105194913310020", "identifier.citizen_number.date"),
        ("110105179912310020", "identifier.citizen_number.date"),
        ("110105194912310021", "identifier.citizen_number.check"),
    ] {
        assert_eq!(code(CitizenNumber::parse(typed)), reason, "{typed}");
    }
    let endless = "1".repeat(100_000);
    assert_eq!(code(CitizenNumber::parse(&endless)), "identifier.citizen_number.length");
}

#[test]
fn a_birth_in_the_future_is_refused() {
    let child = CitizenNumber::make("410102", date(2026, 3, 2), 17).unwrap();
    assert!(child.check_not_future(date(2026, 3, 2)).is_ok());
    let refused = child.check_not_future(date(2026, 3, 1));
    assert_eq!(code(refused), "identifier.citizen_number.future");
}

#[test]
fn a_number_of_fifteen_digits_gets_its_century_and_check() {
    let old = CitizenNumber::upgrade("110105 491231 002").unwrap();
    assert_eq!(old.as_str(), "11010519491231002X");
    assert_eq!(CitizenNumber::upgrade("11010519491231002X").unwrap(), old);
    assert_eq!(code(CitizenNumber::parse("110105491231002")), "identifier.citizen_number.length");
    let torn = CitizenNumber::upgrade("110105491331002");
    assert_eq!(code(torn), "identifier.citizen_number.date");
    let letters = CitizenNumber::upgrade("11010549123100X");
    assert_eq!(code(letters), "identifier.citizen_number.character");
}

#[test]
fn a_citizen_number_is_masked_and_never_logged() {
    let number = CitizenNumber::make("410102", date(1990, 5, 6), 2).unwrap();
    let masked = number.masked();
    assert_eq!((masked.len(), &masked[..14]), (18, "4101**********"));
    assert_eq!(citizen("11010519491231002X").masked(), "1101**********002X");
    assert!(!format!("{number:?}").contains("19900506"));
}

#[test]
fn permits_and_cards_of_the_same_build_are_told_apart() {
    for (division, holder) in [
        ("810000", Holder::HongKong),
        ("820000", Holder::Macau),
        ("830000", Holder::Taiwan),
        ("911840", Holder::Foreigner),
        ("110105", Holder::Citizen),
    ] {
        let number = CitizenNumber::make(division, date(1990, 5, 6), 1).unwrap();
        assert_eq!(number.holder(), holder);
    }
}

#[test]
fn age_counts_completed_years() {
    let leapling = CitizenNumber::make("410102", date(2012, 2, 29), 1).unwrap();
    assert_eq!(leapling.age(date(2026, 2, 28)), 13);
    assert_eq!(leapling.age(date(2026, 3, 1)), 14);
    assert_eq!(leapling.age(date(2011, 1, 1)), 0);
}

#[test]
fn a_citizen_number_is_made_only_of_good_parts() {
    let day = date(1990, 5, 6);
    let make = CitizenNumber::make;
    assert_eq!(code(make("4101", day, 1)), "identifier.citizen_number.division");
    assert_eq!(code(make("010101", day, 1)), "identifier.citizen_number.division");
    assert_eq!(code(make("410102", day, 1000)), "identifier.citizen_number.sequence");
    assert_eq!(code(make("410102", date(1700, 1, 1), 1)), "identifier.citizen_number.date");
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1_000, ..ProptestConfig::default() })]

    #[test]
    fn a_made_citizen_number_reads_back_and_one_wrong_digit_shows(
        division in 110_000..660_000_u32,
        year in 1900..2027_i16,
        day in 1..=28_i8,
        month in 1..=12_i8,
        sequence in 0..1000_u16,
        place in 0..17_usize,
        shift in 1..10_u8,
    ) {
        let birth = date(year, month, day);
        let made = CitizenNumber::make(&division.to_string(), birth, sequence).unwrap();
        prop_assert_eq!(citizen(made.as_str()), made);
        prop_assert_eq!((made.birth_date(), made.is_male()), (birth, sequence % 2 == 1));
        let json = serde_json::to_string(&made).unwrap();
        prop_assert_eq!(serde_json::from_str::<CitizenNumber>(&json).unwrap(), made);
        let mut wrong = made.as_str().as_bytes().to_vec();
        wrong[place] = b'0' + (wrong[place] - b'0' + shift) % 10;
        prop_assert!(CitizenNumber::parse(std::str::from_utf8(&wrong).unwrap()).is_err());
    }

    #[test]
    fn no_text_makes_a_reader_panic(text in any::<String>()) {
        let _ = CitizenNumber::parse(&text);
        let _ = CitizenNumber::upgrade(&text);
        let _ = Mobile::parse(&text);
        let _ = BankCard::parse(&text);
        if let Ok(name) = PersonName::parse(&text) {
            prop_assert_eq!(PersonName::parse(name.as_str()).unwrap(), name);
        }
    }

    #[test]
    fn a_made_bank_card_reads_back_and_one_wrong_digit_shows(
        body in "[1-9][0-9]{11,17}", place in 0..12_usize, shift in 1..10_u8,
    ) {
        let card = BankCard::make(&body).unwrap();
        prop_assert_eq!(BankCard::parse(card.as_str()).unwrap(), card.clone());
        let mut wrong = card.as_str().as_bytes().to_vec();
        wrong[place] = b'0' + (wrong[place] - b'0' + shift) % 10;
        let wrong = BankCard::parse(std::str::from_utf8(&wrong).unwrap());
        prop_assert_eq!(code(wrong), "identifier.bank_card.check");
    }
}

#[test]
fn mobile_numbers_lose_their_country_code() {
    for typed in ["13800000000", "+86 138-0000-0000", "0086 13800000000", "８６13800000000"] {
        assert_eq!(Mobile::parse(typed).unwrap().as_str(), "13800000000", "{typed}");
    }
    assert_eq!(Mobile::make("199", 42).unwrap().as_str(), "19900000042");
    let number = Mobile::parse("13800001234").unwrap();
    assert_eq!(number.masked(), "138****1234");
    assert_eq!(format!("{number:?}"), "Mobile(138****1234)");
    for (typed, reason) in [
        ("1380000000", "identifier.mobile.length"),
        ("1380000000a", "identifier.mobile.character"),
        ("12800000000", "identifier.mobile.prefix"),
        ("23800000000", "identifier.mobile.prefix"),
        ("037112345678", "identifier.mobile.length"),
    ] {
        assert_eq!(code(Mobile::parse(typed)), reason, "{typed}");
    }
}

#[test]
fn bank_cards_answer_to_luhn() {
    let card = BankCard::parse("4111 1111 1111 1111").unwrap();
    assert_eq!(card.as_str(), "4111111111111111");
    assert_eq!(card.masked(), "411111******1111");
    assert!(!format!("{card:?}").contains("4111111"));
    for (typed, reason) in [
        ("4111111111111112", "identifier.bank_card.check"),
        ("0000000000000000", "identifier.bank_card.check"),
        ("411111111111", "identifier.bank_card.length"),
        ("41111111111111111111", "identifier.bank_card.length"),
        ("411111111111111a", "identifier.bank_card.character"),
    ] {
        assert_eq!(code(BankCard::parse(typed)), reason, "{typed}");
    }
}

#[test]
fn names_of_every_script_are_accepted() {
    for name in [
        "张三",
        "欧阳修文",
        "㛃𫖯",        // extension A and C
        "王\u{30EDE}", // extension G
        "李\u{E816}",  // private use area of GB 18030-2000
        "刘\u{9FFF}",
        "爱新觉罗·〇",
        "阿布都热依木·买买提",
        "བསྟན་འཛིན",
        "ئابدۇرېھىم",
        "ᠪᠠᠲᠤ",
        "Mary-Ann O'Neil",
        "J.R. Smith",
        "김철수",
    ] {
        assert_eq!(PersonName::parse(name).unwrap().as_str(), name);
    }
    assert!(PersonName::parse("李\u{E816}").unwrap().has_private_use());
    assert!(!PersonName::parse("张三").unwrap().has_private_use());
}

#[test]
fn one_spelling_of_a_name_is_kept() {
    for typed in ["买买提•艾力", "买买提・艾力", "买买提．艾力", "买买提 · 艾力", " 买买提·艾力　"]
    {
        assert_eq!(PersonName::parse(typed).unwrap().as_str(), "买买提·艾力", "{typed}");
    }
    assert_eq!(PersonName::parse("张　三").unwrap().as_str(), "张三");
    assert_eq!(PersonName::parse("Ｍａｒｙ　 Ann").unwrap().as_str(), "Mary Ann");
    assert_eq!(PersonName::parse("张三丰").unwrap().masked(), "张**");
}

#[test]
fn hidden_characters_in_a_name_are_named_and_refused() {
    for (typed, point) in [
        ("张\0三", "U+0000"),
        ("张\u{202E}三", "U+202E"),
        ("张\u{2066}三", "U+2066"),
        ("张\u{200B}三", "U+200B"),
        ("张\u{200F}三", "U+200F"),
        ("张\n三", "U+000A"),
        ("张\u{E0041}三", "U+E0041"),
        ("张3", "U+0033"),
        ("张<b>", "U+003C"),
        ("张😀", "U+1F600"),
        ("A\u{FE00}三", "U+FE00"),
    ] {
        let refused = PersonName::parse(typed);
        assert_eq!(code(refused.clone()), "identifier.name.character", "{point}");
        assert_eq!(arg(refused, "char"), point);
    }
}

#[test]
fn a_name_has_bounds_and_dots_have_places() {
    assert_eq!(code(PersonName::parse("张")), "identifier.name.length");
    assert_eq!(code(PersonName::parse("   ")), "identifier.name.length");
    assert!(PersonName::parse(&"张".repeat(50)).is_ok());
    assert_eq!(code(PersonName::parse(&"张".repeat(51))), "identifier.name.length");
    assert_eq!(code(PersonName::parse(&"张".repeat(100_000))), "identifier.name.length");
    assert_eq!(code(PersonName::parse("张三·")), "identifier.name.dot");
    assert_eq!(code(PersonName::parse("买买提··艾力")), "identifier.name.dot");
    assert_eq!(code(PersonName::parse("·张三")), "identifier.name.character");
}
