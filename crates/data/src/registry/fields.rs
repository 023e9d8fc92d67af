//! The fields of a record: checked against the registry's definition, written and shown as text.
//! Pure.

use jiff::civil::{Date, DateTime};
use kernel::identifier::{BankCard, CitizenNumber, Division, Mobile, PersonName};
use kernel::{Error, Lang, Result};
use pack::one_thing::FieldKind;
use pack::registry::RegistryField;
use pack::{Level, Province, Registry};
use serde_json::Value as Json;
use std::collections::BTreeMap;
use webkit::view::format::written;

/// Longest text of one field, in characters.
pub const TEXT_MAX: usize = 2_000;
/// Longest text of a time, in bytes.
const MOMENT_MAX: usize = 40;

/// Values by field id. A field without a value is absent.
pub type Fields = BTreeMap<String, Json>;

/// A record's values in their one spelling.
///
/// Errors: `registry.record` with every field at fault: `registry.field_unknown`,
/// `registry.field_kind`, `registry.field_range`, `registry.field_size`,
/// `registry.identifier_missing`, `identifier.*`.
pub fn checked(registry: &Registry, record: &Json) -> Result<Fields> {
    let Some(object) = record.as_object() else {
        return Err(Error::invalid("registry.record").arg("registry", &registry.id));
    };
    let mut wrong = Error::invalid("registry.record").arg("registry", &registry.id);
    let mut fields = Fields::new();
    for (id, value) in object {
        match registry.field(id) {
            // The name is cut: it may be anything a client sent.
            None => {
                let id: String = id.chars().take(64).collect();
                wrong = wrong.field(id, "registry.field_unknown");
            }
            Some(field) => match spelled(field, value) {
                Ok(None) => {}
                Ok(Some(value)) => {
                    fields.insert(id.clone(), value);
                }
                Err(error) => wrong = wrong.field_with(id, error.code, error.args),
            },
        }
    }
    if !fields.contains_key(&registry.identifier) {
        wrong = wrong.field(&registry.identifier, "registry.identifier_missing");
    }
    wrong.if_any_field()?;
    Ok(fields)
}

/// A value in its one spelling; none for null and for empty text.
/// Errors: `registry.field_kind`, `registry.field_range`, `registry.field_size`, `identifier.*`.
fn spelled(field: &RegistryField, value: &Json) -> Result<Option<Json>> {
    let kind = || Error::invalid("registry.field_kind");
    let text = match (field.kind, value) {
        (_, Json::Null) => return Ok(None),
        (FieldKind::Number, Json::Number(number)) => {
            let number = number.as_i64().ok_or_else(kind)?;
            return within(field, number).map(|()| Some(Json::from(number)));
        }
        (FieldKind::Confirm, Json::Bool(_)) => return Ok(Some(value.clone())),
        (FieldKind::Number | FieldKind::Confirm, _) => return Err(kind()),
        (_, Json::String(text)) => text.trim(),
        _ => return Err(kind()),
    };
    if text.is_empty() {
        return Ok(None);
    }
    if text.chars().count() > TEXT_MAX {
        return Err(Error::invalid("registry.field_size").arg("max", TEXT_MAX));
    }
    let spelled = match field.kind {
        FieldKind::Text | FieldKind::Address => text.to_owned(),
        FieldKind::Date if text.len() == 10 => {
            text.parse::<Date>().map_err(|_| kind())?.to_string()
        }
        FieldKind::Moment if text.len() <= MOMENT_MAX => {
            text.parse::<DateTime>().map_err(|_| kind())?;
            text.to_owned()
        }
        FieldKind::Choice if field.choices.iter().any(|choice| choice.value == text) => {
            text.to_owned()
        }
        FieldKind::CitizenNumber => CitizenNumber::parse(text)?.as_str().to_owned(),
        FieldKind::Mobile => Mobile::parse(text)?.as_str().to_owned(),
        FieldKind::BankCard => BankCard::parse(text)?.as_str().to_owned(),
        FieldKind::Name => PersonName::parse(text)?.as_str().to_owned(),
        FieldKind::Division => {
            Division::parse(text)?;
            text.to_owned()
        }
        FieldKind::File if is_digest(text) => text.to_owned(),
        _ => return Err(kind()),
    };
    Ok(Some(Json::from(spelled)))
}

/// Errors: `registry.field_range` with the bounds.
fn within(field: &RegistryField, number: i64) -> Result<()> {
    let (min, max) = (field.min.unwrap_or(i64::MIN), field.max.unwrap_or(i64::MAX));
    if (min..=max).contains(&number) {
        return Ok(());
    }
    Err(Error::invalid("registry.field_range").arg("min", min).arg("max", max))
}

fn is_digest(text: &str) -> bool {
    text.len() == 64 && text.bytes().all(|b| b.is_ascii_hexdigit())
}

/// A value as a person types it: `是` is not understood, `true` is. None for empty text.
/// Errors: as [`checked`] for one field, without the field's name.
pub fn parse(field: &RegistryField, typed: &str) -> Result<Option<Json>> {
    let typed = typed.trim();
    let value = match field.kind {
        _ if typed.is_empty() => Json::Null,
        FieldKind::Number => typed.parse::<i64>().map_or(Json::Bool(false), Json::from),
        FieldKind::Confirm => typed.parse::<bool>().map_or(Json::from(0), Json::from),
        _ => Json::from(typed),
    };
    spelled(field, &value)
}

/// A value as text, to be typed again: codes stay codes.
pub(crate) fn plain(value: &Json) -> String {
    match value {
        Json::String(text) => text.clone(),
        Json::Null => String::new(),
        other => other.to_string(),
    }
}

/// A value for reading: a choice by its label, a division by its names from the city down, a day
/// and a moment as they are written in the language.
pub fn display(pack: &Province, field: &RegistryField, value: &Json, lang: Lang) -> String {
    let text = plain(value);
    match field.kind {
        FieldKind::Choice => field
            .choices
            .iter()
            .find(|choice| choice.value == text)
            .map_or(text, |choice| choice.label.get(lang).to_owned()),
        FieldKind::Date | FieldKind::Moment => written(&text, lang),
        FieldKind::Confirm => match (value.as_bool(), lang) {
            (Some(true), Lang::Zh) => "是".to_owned(),
            (Some(true), Lang::En) => "Yes".to_owned(),
            (Some(false), Lang::Zh) => "否".to_owned(),
            (Some(false), Lang::En) => "No".to_owned(),
            (None, _) => text,
        },
        FieldKind::Division => place(pack, &text, lang).unwrap_or(text),
        _ => text,
    }
}

/// A division's name after those of what it lies in, the province's left out; none for a code that
/// is unknown.
fn place(pack: &Province, code: &str, lang: Lang) -> Option<String> {
    let division = pack.division(code)?;
    let mut names = vec![pack.division_name(division)];
    let mut above = division.parent();
    while let Some(one) = above.filter(|one| one.level() > Level::Province) {
        if !one.is_pseudo() {
            names.push(pack.division_name(one));
        }
        above = one.parent();
    }
    let named = names.iter().map(|name| name.get(lang));
    Some(match lang {
        Lang::Zh => named.rev().collect(),
        Lang::En => named.collect::<Vec<_>>().join(", "),
    })
}

/// A key's text as it is indexed: equal for what people write for the same thing.
pub(crate) fn normalised(text: &str) -> String {
    text.trim().to_ascii_uppercase()
}

/// Citizen numbers of a record: the persons it is about. At most as many as it has fields.
pub(crate) fn citizen_numbers(registry: &Registry, fields: &Fields) -> Vec<String> {
    registry
        .fields
        .iter()
        .filter(|field| field.kind == FieldKind::CitizenNumber)
        .filter_map(|field| fields.get(&field.id)?.as_str().map(str::to_owned))
        .collect()
}
