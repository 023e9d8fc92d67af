//! One answer checked by its field: read as people write it, normalised, or refused with the rule
//! and the finding.
//!
//! Invariant: an accepted value is the same text however it was typed.

use jiff::civil::{Date, DateTime};
use kernel::Error;
use kernel::identifier::{BankCard, CitizenNumber, Mobile, PersonName};
use pack::Province;
use pack::definition::Level;
use pack::one_thing::{Field, FieldKind, Sex};
use serde_json::Value as Json;

/// Characters of a text field that says nothing of its length.
const LENGTH_MAX: usize = 200;
/// Years a date may lie back.
const YEARS_MAX: i16 = 150;

/// What is wrong with an answer: code and arguments of its sentence.
pub(crate) type Fault = (String, Vec<(&'static str, String)>);

/// The answer as kept; `None` when nothing was given. Whether it must be given is the caller's to
/// judge. `today` is the province's day.
pub(crate) fn check(
    pack: &Province,
    field: &Field,
    raw: &Json,
    today: Date,
) -> Result<Option<Json>, Fault> {
    if field.kind == FieldKind::Confirm {
        return confirm(raw);
    }
    let text = match raw {
        Json::Null => return Ok(None),
        Json::String(text) => text.trim().to_owned(),
        Json::Number(number) => number.to_string(),
        _ => return Err(fault("draft.type")),
    };
    if text.is_empty() {
        return Ok(None);
    }
    if text.len() > webkit::form::FIELD_MAX {
        let limit = (webkit::form::FIELD_MAX / 1024).to_string();
        return Err((
            "form.field_size".to_owned(),
            vec![("field", field.label.zh.clone()), ("limit_kib", limit)],
        ));
    }
    if text.chars().any(webkit::form::forbidden) {
        return Err(("form.field_characters".to_owned(), vec![("field", field.label.zh.clone())]));
    }
    value(pack, field, &text, today).map(Some)
}

fn confirm(raw: &Json) -> Result<Option<Json>, Fault> {
    match raw {
        Json::Null => Ok(None),
        Json::Bool(ticked) => Ok(Some(Json::Bool(*ticked))),
        Json::String(text) => {
            Ok(Some(Json::Bool(matches!(text.trim(), "1" | "true" | "on" | "yes"))))
        }
        _ => Err(fault("draft.type")),
    }
}

fn value(pack: &Province, field: &Field, text: &str, today: Date) -> Result<Json, Fault> {
    match field.kind {
        FieldKind::Text | FieldKind::Address => length(field, text),
        FieldKind::Name => {
            length(field, text)?;
            PersonName::parse(text).map(|name| Json::from(name.as_str())).map_err(told)
        }
        FieldKind::Number => number(field, text),
        FieldKind::Date => {
            let date = date(text).ok_or_else(|| fault("draft.date"))?;
            day(field, date, today).map(|()| Json::from(date.to_string()))
        }
        FieldKind::Moment => moment(field, text, today),
        FieldKind::Choice => match field.choices.iter().any(|choice| choice.value == text) {
            true => Ok(Json::from(text)),
            false => Err(fault("draft.choice")),
        },
        FieldKind::CitizenNumber => {
            let number = CitizenNumber::parse(text).map_err(told)?;
            number.check_not_future(today).map_err(told)?;
            sex(field, &number)?;
            Ok(Json::from(number.as_str()))
        }
        FieldKind::Mobile => {
            Mobile::parse(text).map(|mobile| Json::from(mobile.as_str())).map_err(told)
        }
        FieldKind::BankCard => {
            BankCard::parse(text).map(|card| Json::from(card.as_str())).map_err(told)
        }
        FieldKind::Division => match pack.division(text) {
            Some(division) if division.level() >= Level::County => Ok(Json::from(division.code())),
            Some(_) => Err(fault("draft.division_level")),
            None => Err(fault("draft.division")),
        },
        FieldKind::File | FieldKind::Confirm => Err(fault("draft.type")),
    }
}

/// A number in the mother's place is a woman's, one in the father's a man's.
pub(super) fn sex(field: &Field, number: &CitizenNumber) -> Result<(), Fault> {
    match (field.sex, number.is_male()) {
        (Some(Sex::Female), true) => Err(fault("draft.sex_female")),
        (Some(Sex::Male), false) => Err(fault("draft.sex_male")),
        _ => Ok(()),
    }
}

fn length(field: &Field, text: &str) -> Result<Json, Fault> {
    let most = field.length_max.map_or(LENGTH_MAX, usize::from);
    let length = text.chars().count();
    if length > most {
        let args = vec![("max", most.to_string()), ("length", length.to_string())];
        return Err(("draft.length".to_owned(), args));
    }
    Ok(Json::from(text))
}

fn number(field: &Field, text: &str) -> Result<Json, Fault> {
    let number: i64 = plain(text).parse().map_err(|_| fault("draft.number"))?;
    let (min, max) = (field.min.unwrap_or(0), field.max.unwrap_or(i64::MAX));
    if (min..=max).contains(&number) {
        return Ok(Json::from(number));
    }
    let args =
        vec![("min", min.to_string()), ("max", max.to_string()), ("value", number.to_string())];
    Err(("draft.range".to_owned(), args))
}

/// Full-width digits and signs as typed on a Chinese keyboard, made plain.
fn plain(text: &str) -> String {
    text.chars()
        .map(|c| match c {
            '\u{ff01}'..='\u{ff5e}' => char::from_u32(u32::from(c) - 0xfee0).unwrap_or(c),
            '\u{3000}' => ' ',
            other => other,
        })
        .collect()
}

/// `2026-09-03`, `2026/9/3`, `2026.9.3` or `2026年9月3日`.
fn date(text: &str) -> Option<Date> {
    let plain = plain(text);
    let parts: Vec<&str> =
        plain.split(|c: char| !c.is_ascii_digit()).filter(|part| !part.is_empty()).collect();
    let [year, month, day] = parts.as_slice() else { return None };
    if year.len() != 4 || month.len() > 2 || day.len() > 2 {
        return None;
    }
    Date::new(year.parse().ok()?, month.parse().ok()?, day.parse().ok()?).ok()
}

/// A birth lies in no future; other dates lie within a lifetime.
fn day(field: &Field, date: Date, today: Date) -> Result<(), Fault> {
    let birth = field.id.contains("birth") || field.id.contains("born");
    if birth && date > today {
        return Err(("draft.birth_future".to_owned(), vec![("today", today.to_string())]));
    }
    if (date.year() - today.year()).abs() > YEARS_MAX {
        return Err(fault("draft.date"));
    }
    Ok(())
}

/// `2026-09-03T04:17` as browsers send it, or with seconds and offset as registries write it.
fn moment(field: &Field, text: &str, today: Date) -> Result<Json, Fault> {
    let plain = plain(text).replace(' ', "T");
    let wall = plain.trim_end_matches("+08:00");
    let at: DateTime = wall.parse().map_err(|_| fault("draft.moment"))?;
    if !plain.contains('T') {
        return Err(fault("draft.moment"));
    }
    day(field, at.date(), today)?;
    let text = format!("{}T{:02}:{:02}:00+08:00", at.date(), at.hour(), at.minute());
    Ok(Json::from(text))
}

pub(super) fn fault(code: &str) -> Fault {
    (code.to_owned(), Vec::new())
}

fn told(error: Error) -> Fault {
    (error.code.to_owned(), error.args)
}
