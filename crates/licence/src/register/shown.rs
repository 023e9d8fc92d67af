//! Values of licences as people read them.

use crate::register::LicenceRow;
use jiff::civil::Date;
use kernel::identifier::{BankCard, CitizenNumber, Mobile, PersonName};
use kernel::{Lang, Text};
use pack::Province;
use pack::licence::{LicenceField, LicenceType, Mask, Purpose};
use pack::one_thing::FieldKind;
use serde_json::{Map, Value as Json};

/// One field as shown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Field {
    pub id: String,
    pub name: Text,
    pub value: Text,
    pub kind: FieldKind,
    pub grade: u8,
}

/// True for what counts as not given.
pub(crate) fn is_blank(value: &Json) -> bool {
    value.is_null() || value.as_str().is_some_and(|text| text.trim().is_empty())
}

/// The fields that have a value, in the type's order; of an unknown type by id.
pub(crate) fn fields(pack: &Province, type_id: &str, values: &Map<String, Json>) -> Vec<Field> {
    let Some(kind) = pack.licence_type(type_id) else {
        let plain = |(id, value): (&String, &Json)| Field {
            id: id.clone(),
            name: Text::new(id, id),
            value: text(pack, FieldKind::Text, value),
            kind: FieldKind::Text,
            grade: 4,
        };
        return values.iter().map(plain).collect();
    };
    let known = |field: &LicenceField| {
        let value = values.get(&field.id).filter(|value| !is_blank(value))?;
        let chosen =
            (field.kind == FieldKind::Choice).then(|| choice(pack, field, value)).flatten();
        Some(Field {
            id: field.id.clone(),
            name: field.name.clone(),
            value: chosen.unwrap_or_else(|| text(pack, field.kind, value)),
            kind: field.kind,
            grade: field.grade,
        })
    };
    kind.fields.iter().filter_map(known).collect()
}

/// Label of a chosen value, from the type or the form the field is filled by.
fn choice(pack: &Province, field: &LicenceField, value: &Json) -> Option<Text> {
    let value = value.as_str()?;
    if let Some(choice) = field.choices.iter().find(|choice| choice.value == value) {
        return Some(choice.label.clone());
    }
    let asked = field.from.as_deref()?.strip_prefix("form.")?;
    let mut choices = pack
        .matters()
        .filter_map(|thing| pack.form(&thing.id)?.field(asked))
        .flat_map(|field| &field.choices);
    choices.find(|choice| choice.value == value).map(|choice| choice.label.clone())
}

/// A value in both languages.
pub(crate) fn text(pack: &Province, kind: FieldKind, value: &Json) -> Text {
    let plain = match value {
        Json::String(text) => text.clone(),
        other => other.to_string(),
    };
    match kind {
        FieldKind::Date => match plain.parse::<Date>() {
            Ok(day) => date(day),
            Err(_) => Text::new(&plain, &plain),
        },
        FieldKind::Moment => match plain.trim_end_matches('Z').parse::<jiff::civil::DateTime>() {
            Ok(at) => {
                let day = date(at.date());
                let (hour, minute) = (at.hour(), at.minute());
                Text::new(
                    format!("{} {hour:02}:{minute:02}", day.zh),
                    format!("{}, {hour:02}:{minute:02}", day.en),
                )
            }
            Err(_) => Text::new(&plain, &plain),
        },
        FieldKind::Division => match pack.division(&plain) {
            Some(division) => place(pack, division),
            None => Text::new(&plain, &plain),
        },
        FieldKind::Confirm if value == &Json::Bool(true) => Text::new("是", "Yes"),
        FieldKind::Confirm => Text::new("否", "No"),
        _ => Text::new(&plain, &plain),
    }
}

/// The division with those above it, the province first in Chinese and last in English.
fn place(pack: &Province, division: pack::Division<'_>) -> Text {
    let mut names = Vec::new();
    let mut here = Some(division);
    while let Some(one) = here.filter(|_| names.len() < 6) {
        if !one.is_pseudo() {
            names.push(pack.division_name(one));
        }
        here = one.parent();
    }
    let en: Vec<&str> = names.iter().map(|name| name.en.as_str()).collect();
    Text::new(names.iter().rev().map(|name| name.zh.as_str()).collect::<String>(), en.join(", "))
}

/// `2026年8月28日`, `28 August 2026`.
pub(crate) fn date(day: Date) -> Text {
    const MONTHS: [&str; 12] = [
        "January",
        "February",
        "March",
        "April",
        "May",
        "June",
        "July",
        "August",
        "September",
        "October",
        "November",
        "December",
    ];
    let (year, month, of_month) = (day.year(), day.month(), day.day());
    let name = usize::try_from(month - 1).ok().and_then(|index| MONTHS.get(index)).unwrap_or(&"");
    Text::new(format!("{year}年{month}月{of_month}日"), format!("{of_month} {name} {year}"))
}

/// From when to when the licence holds.
pub(crate) fn validity(row: &LicenceRow) -> Text {
    let from = date(kernel::Timestamp(row.issued_us).date());
    match row.last_day().map(date) {
        Some(until) => Text::new(
            format!("{} 至 {}", from.zh, until.zh),
            format!("{} to {}", from.en, until.en),
        ),
        None => Text::new(format!("{} 起长期", from.zh), format!("From {}, without end", from.en)),
    }
}

/// The number printed under the title: the type's own `number` field, else the serial.
pub(crate) fn number(row: &LicenceRow, values: &Map<String, Json>) -> String {
    match values.get("number").and_then(Json::as_str) {
        Some(number) => number.to_owned(),
        None => kernel::identifier::LicenceId::parse(&row.identifier)
            .map(|identifier| identifier.serial().to_owned())
            .unwrap_or_default(),
    }
}

/// Name of a licence type; its id when the pack no longer has it.
pub(crate) fn type_name(pack: &Province, type_id: &str) -> Text {
    let named = |kind: &LicenceType| kind.name.clone();
    pack.licence_type(type_id).map_or_else(|| Text::new(type_id, type_id), named)
}

/// Name of an agency; its id when the pack no longer has it.
pub(crate) fn agency_name(pack: &Province, agency: &str) -> Text {
    pack.agency(agency).map_or_else(|| Text::new(agency, agency), |agency| agency.name)
}

/// The fields as anybody who verifies the licence may see them.
pub(crate) fn public(pack: &Province, type_id: &str, values: &Map<String, Json>) -> Vec<Field> {
    let Some(kind) = pack.licence_type(type_id) else { return Vec::new() };
    let mut open = fields(pack, type_id, values);
    let how = |field: &Field| {
        kind.field(&field.id).map_or(Mask::Hidden, |known| known.mask(Purpose::Public))
    };
    open.retain(|field| how(field) != Mask::Hidden);
    for field in &mut open {
        if how(field) == Mask::Masked {
            let zh = veiled(field.kind, &field.value.zh);
            field.value = Text::new(&zh, &zh);
        }
    }
    open
}

/// The values as an agency that handles a case may read them.
pub(crate) fn for_handling(kind: &LicenceType, values: Map<String, Json>) -> Map<String, Json> {
    let read = |(id, value): (String, Json)| {
        let field = kind.field(&id)?;
        match (field.mask(Purpose::Handling), value.as_str()) {
            (Mask::Plain, _) => Some((id, value)),
            (Mask::Masked, Some(text)) => Some((id, veiled(field.kind, text).into())),
            _ => None,
        }
    };
    values.into_iter().filter_map(read).collect()
}

/// A value with its middle left out; what is not of its kind shows its ends alone.
fn veiled(kind: FieldKind, text: &str) -> String {
    let known = match kind {
        FieldKind::Name => PersonName::parse(text).map(|name| name.masked()).ok(),
        FieldKind::CitizenNumber => CitizenNumber::parse(text).map(|one| one.masked()).ok(),
        FieldKind::Mobile => Mobile::parse(text).map(|one| one.masked()).ok(),
        FieldKind::BankCard => BankCard::parse(text).map(|one| one.masked()).ok(),
        _ => None,
    };
    known.unwrap_or_else(|| {
        let characters: Vec<char> = text.chars().collect();
        match characters.as_slice() {
            [first, .., last] if characters.len() > 3 => format!("{first}***{last}"),
            _ => "***".to_owned(),
        }
    })
}

/// A person's name as it is shown to strangers.
pub(crate) fn masked(name: &str) -> String {
    kernel::identifier::PersonName::parse(name).map(|name| name.masked()).unwrap_or_default()
}

/// The certificate as the page macro and the layout show it share these fields.
pub(crate) fn pick(fields: &[Field], lang: Lang) -> Vec<Json> {
    let one = |field: &Field| {
        serde_json::json!({
            "id": field.id,
            "term": field.name.get(lang),
            "value": field.value.get(lang),
            "name": field.kind == FieldKind::Name,
            "code": matches!(field.kind, FieldKind::CitizenNumber | FieldKind::BankCard),
        })
    };
    fields.iter().map(one).collect()
}
