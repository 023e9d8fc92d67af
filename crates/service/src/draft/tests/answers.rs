//! Every kind of answer, as people write it and as it must not be.

use crate::draft::check::check;
use jiff::civil::date;
use kernel::Text;
use pack::one_thing::{Choice, Field, FieldKind};
use proptest::prelude::*;
use serde_json::{Value as Json, json};

fn field(kind: FieldKind, id: &str) -> Field {
    Field {
        id: id.to_owned(),
        label: Text::new("项", "Field"),
        hint: None,
        kind,
        required: true,
        when: None,
        length_max: Some(10),
        min: Some(200),
        max: Some(9000),
        choices: vec![Choice {
            value: "yes".to_owned(),
            label: Text::new("是", "Yes"),
            hint: None,
        }],
        prefill: Vec::new(),
        sex: None,
        suggested: false,
        material: None,
        items: Vec::new(),
        grade: 1,
    }
}

fn told(kind: FieldKind, id: &str, raw: &Json) -> Result<Option<Json>, String> {
    let pack = pack::Province::embedded().unwrap();
    check(&pack, &field(kind, id), raw, date(2026, 9, 15)).map_err(|(code, _)| code)
}

#[test]
fn what_people_write_is_read() {
    for (kind, raw, kept) in [
        (FieldKind::Text, json!(" 好 "), json!("好")),
        (FieldKind::Number, json!("３２８０"), json!(3280)),
        (FieldKind::Number, json!(3280), json!(3280)),
        (FieldKind::Date, json!("2026年9月3日"), json!("2026-09-03")),
        (FieldKind::Date, json!("2026/9/3"), json!("2026-09-03")),
        (FieldKind::Moment, json!("2026-09-03T04:17"), json!("2026-09-03T04:17:00+08:00")),
        (FieldKind::Moment, json!("2026-09-03T04:17:00+08:00"), json!("2026-09-03T04:17:00+08:00")),
        (
            FieldKind::CitizenNumber,
            json!("１１０１０５ 19491231 002x"),
            json!("11010519491231002X"),
        ),
        (FieldKind::Mobile, json!("154 0000 0001"), json!("15400000001")),
        (FieldKind::BankCard, json!("6200 0000 0000 0000 000"), json!("6200000000000000000")),
        (FieldKind::Name, json!("阿不都·热合曼"), json!("阿不都·热合曼")),
        (FieldKind::Division, json!("410105"), json!("410105")),
        (FieldKind::Choice, json!("yes"), json!("yes")),
        (FieldKind::Confirm, json!("1"), json!(true)),
    ] {
        assert_eq!(told(kind, "x", &raw), Ok(Some(kept)), "{kind:?} {raw}");
    }
    assert_eq!(told(FieldKind::Text, "x", &json!("  ")), Ok(None));
}

#[test]
fn what_cannot_be_is_told_by_its_reason() {
    for (kind, raw, code) in [
        (FieldKind::CitizenNumber, json!("110105194912310021"), "identifier.citizen_number.check"),
        (FieldKind::BankCard, json!("6200000000000000004"), "identifier.bank_card.check"),
        (FieldKind::Mobile, json!("1540000000"), "identifier.mobile.length"),
        (FieldKind::Name, json!("沈"), "identifier.name.length"),
        (FieldKind::Text, json!("一二三四五六七八九十一"), "draft.length"),
        (FieldKind::Text, json!("a\u{0}b"), "form.field_characters"),
        (FieldKind::Text, json!("a\u{202e}b"), "form.field_characters"),
        (FieldKind::Text, json!("x".repeat(1024 * 1024)), "form.field_size"),
        (FieldKind::Text, json!(["x"]), "draft.type"),
        (FieldKind::Number, json!("12.5"), "draft.number"),
        (FieldKind::Number, json!(99999), "draft.range"),
        (FieldKind::Date, json!("2026-02-30"), "draft.date"),
        (FieldKind::Date, json!("9999999999-1-1"), "draft.date"),
        (FieldKind::Moment, json!("2026-09-03"), "draft.moment"),
        (FieldKind::Division, json!("4101"), "draft.division_level"),
        (FieldKind::Division, json!("999999"), "draft.division"),
        (FieldKind::Choice, json!("maybe"), "draft.choice"),
        (FieldKind::File, json!("x"), "draft.type"),
    ] {
        assert_eq!(told(kind, "x", &raw), Err(code.to_owned()), "{kind:?}");
    }
}

#[test]
fn a_birth_lies_in_no_future() {
    for id in ["born_at", "birth_date"] {
        assert_eq!(
            told(FieldKind::Date, id, &json!("2026-09-16")),
            Err("draft.birth_future".to_owned())
        );
        assert!(told(FieldKind::Date, id, &json!("2026-09-15")).is_ok());
    }
    let late = json!("2026-09-16T00:00");
    assert_eq!(told(FieldKind::Moment, "born_at", &late), Err("draft.birth_future".to_owned()));
    assert!(told(FieldKind::Date, "insured_from", &json!("2027-01-01")).is_ok());
}

const KINDS: [FieldKind; 13] = [
    FieldKind::Text,
    FieldKind::Number,
    FieldKind::Date,
    FieldKind::Moment,
    FieldKind::Choice,
    FieldKind::CitizenNumber,
    FieldKind::Mobile,
    FieldKind::BankCard,
    FieldKind::Name,
    FieldKind::Division,
    FieldKind::Address,
    FieldKind::File,
    FieldKind::Confirm,
];

proptest! {
    #[test]
    fn an_accepted_answer_is_accepted_again_unchanged(text in "[0-9０-９Xx年月日:T/ .沈安-]{0,24}", kind in 0usize..13) {
        if let Ok(Some(kept)) = told(KINDS[kind], "x", &Json::from(text)) {
            prop_assert_eq!(told(KINDS[kind], "x", &kept), Ok(Some(kept.clone())));
        }
    }

    #[test]
    fn any_text_is_judged(text in "\\PC{0,40}", kind in 0usize..13) {
        let _judged = told(KINDS[kind], "born", &Json::from(text));
    }
}
