//! Masks by sensitivity grade: grades 1 and 2 are shown, 3 in part, 4 not at all but for an
//! identifier's customary ends.

use super::fields;
use kernel::Lang;
use kernel::identifier::{BankCard, CitizenNumber, Mobile, PersonName};
use pack::Province;
use pack::one_thing::FieldKind;
use pack::registry::RegistryField;
use serde_json::Value as Json;

/// Lowest grade that is masked.
const MASKED_FROM: u8 = 3;

/// The value as it may be shown where the purpose does not need it whole.
pub fn masked(pack: &Province, field: &RegistryField, value: &Json, lang: Lang) -> String {
    if field.grade < MASKED_FROM {
        return fields::display(pack, field, value, lang);
    }
    let text = fields::plain(value);
    let identifier = match field.kind {
        FieldKind::CitizenNumber => CitizenNumber::parse(&text).map(|number| number.masked()).ok(),
        FieldKind::Name => PersonName::parse(&text).map(|name| name.masked()).ok(),
        FieldKind::Mobile => Mobile::parse(&text).map(|mobile| mobile.masked()).ok(),
        FieldKind::BankCard => BankCard::parse(&text).map(|card| card.masked()).ok(),
        _ => None,
    };
    match (identifier, field.grade) {
        (Some(masked), _) => masked,
        (None, MASKED_FROM) => {
            let first: String = text.chars().take(1).collect();
            format!("{first}****")
        }
        (None, _) => "****".to_owned(),
    }
}
