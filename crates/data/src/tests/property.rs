//! Properties with an oracle: what is put is what is read; a mask hides; a ledger notices.

use super::world::{MOTHER, definitions};
use crate::registry::{checked, display, masked, parse};
use kernel::Lang;
use proptest::prelude::*;
use serde_json::{Value as Json, json};

fn any_value() -> impl Strategy<Value = Json> {
    prop_oneof![
        Just(Json::Null),
        any::<bool>().prop_map(Json::from),
        any::<i64>().prop_map(Json::from),
        any::<f64>().prop_map(Json::from),
        ".{0,40}".prop_map(Json::from),
        "[0-9]{17}[0-9Xx]".prop_map(Json::from),
        "20[0-9]{2}-[01][0-9]-[0-3][0-9]".prop_map(Json::from),
        proptest::collection::vec(any::<i8>(), 0..3).prop_map(|list| json!(list)),
    ]
}

proptest! {
    /// Whatever a source delivers is refused or held in a spelling that is taken again unchanged.
    #[test]
    fn what_is_taken_is_taken_again_unchanged(values in proptest::collection::vec(any_value(), 7)) {
        let province = definitions();
        let people = province.registry("people").unwrap();
        let mut record = json!({"citizen_number": MOTHER});
        for (field, value) in people.fields.iter().skip(1).zip(values) {
            record[&field.id] = value;
        }
        if let Ok(fields) = checked(people, &record) {
            let again = Json::Object(fields.clone().into_iter().collect());
            prop_assert_eq!(checked(people, &again).unwrap(), fields.clone());
            for (id, value) in &fields {
                let field = people.field(id).unwrap();
                let typed = match value { Json::String(text) => text.clone(), other => other.to_string() };
                prop_assert_eq!(parse(field, &typed).unwrap(), Some(value.clone()));
            }
        }
    }

    /// A grade of 3 or 4 never shows a text of two characters or more whole.
    #[test]
    fn a_masked_value_is_never_the_whole(text in "\\PC{2,60}") {
        let province = definitions();
        let people = province.registry("people").unwrap();
        let address = people.field("address").unwrap();
        let value = Json::from(text.clone());
        for lang in [Lang::Zh, Lang::En] {
            let shown = masked(&province, address, &value, lang);
            prop_assert_ne!(&shown, &text);
            prop_assert!(shown.ends_with("****"));
            let told = shown.strip_suffix("****").unwrap();
            prop_assert!(text.starts_with(told) && told.chars().count() < text.chars().count());
            prop_assert_eq!(display(&province, address, &value, lang), text.clone());
        }
    }
}

#[test]
fn a_division_is_shown_by_its_names() {
    let province = definitions();
    let mut field = province.registry("people").unwrap().field("address").unwrap().clone();
    (field.kind, field.grade) = (pack::one_thing::FieldKind::Division, 1);
    let shown = |code: &str, lang| display(&province, &field, &Json::from(code), lang);
    assert_eq!(shown("410105", Lang::Zh), "郑州市金水区");
    assert_eq!(shown("410105", Lang::En), "Jinshui District, Zhengzhou");
    assert_eq!(shown("999999", Lang::Zh), "999999");
}
