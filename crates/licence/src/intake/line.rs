//! What a line must be to be issued. Pure but for looking up the holder.

use super::model::Problem;
use super::table::{HOLDER_NAME, HOLDER_NUMBER, Record, VALID_UNTIL};
use crate::register::{Issue, NUMBER};
use ::store::Ctx;
use jiff::civil::Date;
use kernel::identifier::{CitizenNumber, PersonName};
use kernel::{Error, Result};
use pack::licence::LicenceType;
use pack::one_thing::FieldKind;
use serde_json::{Map, Value as Json};

/// The licence a line asks for, or every problem it has. Errors: those of the database alone.
pub(super) async fn verify(
    ctx: &mut Ctx,
    kind: &LicenceType,
    agency: &str,
    record: &Record,
) -> Result<std::result::Result<Issue, Vec<Problem>>> {
    let mut problems = plain_faults(kind, record);
    let (values, wrong) = values(kind, record);
    problems.extend(wrong);
    let valid_until = match record.text(VALID_UNTIL) {
        "" => None,
        text => match text.parse::<Date>() {
            Ok(day) if day < ctx.now.date() => {
                problems.push(Problem::new("expired", VALID_UNTIL));
                None
            }
            Ok(day) => Some(day),
            Err(_) => {
                problems.push(Problem::new("value", VALID_UNTIL));
                None
            }
        },
    };
    let holder = match problems.iter().any(|problem| problem.field == HOLDER_NUMBER) {
        true => None,
        false => party::person::by_number(ctx, record.text(HOLDER_NUMBER)).await?,
    };
    let said = PersonName::parse(record.text(HOLDER_NAME)).map(|name| name.as_str().to_owned());
    match (&holder, said) {
        (None, _) if problems.iter().any(|problem| problem.field == HOLDER_NUMBER) => {}
        (None, _) => problems.push(Problem::new("unknown", HOLDER_NUMBER)),
        (Some(person), Ok(name)) if person.name == name => {}
        (Some(_), _) => problems.push(Problem::new("name", HOLDER_NAME)),
    }
    let Some(person) = holder.filter(|_| problems.is_empty()) else { return Ok(Err(problems)) };
    Ok(Ok(Issue {
        type_id: kind.id.clone(),
        holder_person: person.id,
        holder_number: person.number,
        holder_name: person.name,
        agency_id: agency.to_owned(),
        fields: Json::Object(values),
        valid_until,
        ..Issue::default()
    }))
}

/// Faults that show in the line alone.
fn plain_faults(kind: &LicenceType, record: &Record) -> Vec<Problem> {
    let mut problems = Vec::new();
    if record.text(HOLDER_NAME).is_empty() {
        problems.push(Problem::new("missing", HOLDER_NAME));
    }
    match record.text(HOLDER_NUMBER) {
        "" => problems.push(Problem::new("missing", HOLDER_NUMBER)),
        number if CitizenNumber::parse(number).is_err() => {
            problems.push(Problem::new("number", HOLDER_NUMBER));
        }
        _ => {}
    }
    // What stands on the card is what the licence is about; a paper record has all of it.
    for field in kind.fields.iter().filter(|field| field.card || field.id == NUMBER) {
        if record.text(&field.id).is_empty() {
            problems.push(Problem::new("missing", &field.id));
        }
    }
    for field in &kind.fields {
        let stated = record.text(&field.id);
        let known = match field.proves.as_deref() {
            Some("person.name") => record.text(HOLDER_NAME),
            Some("person.citizen_number") => record.text(HOLDER_NUMBER),
            _ => continue,
        };
        if !stated.is_empty() && !stated.eq_ignore_ascii_case(known) {
            problems.push(Problem::new("differs", &field.id));
        }
    }
    problems
}

/// The values in the shape of their kinds, and what cannot be.
fn values(kind: &LicenceType, record: &Record) -> (Map<String, Json>, Vec<Problem>) {
    let (mut values, mut problems) = (Map::new(), Vec::new());
    for field in &kind.fields {
        let text = record.text(&field.id);
        if text.is_empty() {
            continue;
        }
        let value = match field.kind {
            FieldKind::Number => text.parse::<i64>().ok().map(Json::from),
            FieldKind::Confirm => text.parse::<bool>().ok().map(Json::from),
            FieldKind::Date => text.parse::<Date>().ok().map(|_| text.into()),
            FieldKind::CitizenNumber => {
                CitizenNumber::parse(text).ok().map(|number| number.as_str().into())
            }
            FieldKind::Choice if !field.choices.is_empty() => chosen(field, text),
            FieldKind::File => None,
            _ => Some(text.into()),
        };
        match value {
            Some(value) => {
                values.insert(field.id.clone(), value);
            }
            None => problems.push(Problem::new("value", &field.id)),
        }
    }
    (values, problems)
}

/// A choice by its value or its label in either language, as ledgers have it.
fn chosen(field: &pack::licence::LicenceField, text: &str) -> Option<Json> {
    let fits = |choice: &&pack::one_thing::Choice| {
        choice.value == text || choice.label.zh == text || choice.label.en == text
    };
    field.choices.iter().find(fits).map(|choice| choice.value.clone().into())
}

/// Problems told by the register when it refuses a licence; the error itself when it is no fault of
/// the line.
pub(super) fn refused(error: Error) -> Result<Vec<Problem>> {
    let code = match error.code {
        "licence.already_live" => "live",
        "licence.valid_until" => "expired",
        "licence.field" => "value",
        "licence.holder" => "missing",
        _ => return Err(error),
    };
    if error.fields.is_empty() {
        return Ok(vec![Problem::new(code, "")]);
    }
    Ok(error.fields.iter().map(|fault| Problem::new(code, &fault.field)).collect())
}
