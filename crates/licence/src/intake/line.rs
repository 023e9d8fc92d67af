//! What a line must be to be issued. Pure but for looking up the holder.
//!
//! A person is known by his number. An enterprise is known by its registration, such as the business
//! licence, which its representative holds here already; the registration itself is taken in for a
//! representative who is known.

use super::model::Problem;
use super::table::{HOLDER_NAME, HOLDER_NUMBER, KEEPER_NAME, KEEPER_NUMBER, Record, VALID_UNTIL};
use crate::register::{Issue, NUMBER, Opened, store as licences};
use ::store::Ctx;
use jiff::civil::Date;
use kernel::identifier::{CitizenNumber, CreditCode, PersonName};
use kernel::{Error, Result};
use pack::licence::{Holder, LicenceType};
use pack::one_thing::FieldKind;
use party::person::Person;
use serde_json::{Map, Value as Json};

/// What only the registration of an enterprise states: what it may do.
const REGISTERED: &str = "organisation.scope";
const ORGANISATION_NAME: &str = "organisation.name";
const ORGANISATION_NUMBER: &str = "organisation.credit_code";

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
    let organisation = kind.holder == Holder::Organisation;
    let (name, number) = match organisation {
        true => (KEEPER_NAME, KEEPER_NUMBER),
        false => (HOLDER_NAME, HOLDER_NUMBER),
    };
    let person = known(ctx, record, name, number, &mut problems).await?;
    if let Some(person) = &person
        && organisation
        && !is_registration(kind)
        && !problems.iter().any(|problem| problem.field == HOLDER_NUMBER)
    {
        problems.extend(registered(ctx, person, record).await?);
    }
    let Some(person) = person.filter(|_| problems.is_empty()) else { return Ok(Err(problems)) };
    let (holder_name, holder_number) = match organisation {
        true => (record.text(HOLDER_NAME).to_owned(), Some(credit_code(record))),
        false => (person.name, person.number),
    };
    Ok(Ok(Issue {
        type_id: kind.id.clone(),
        holder_person: person.id,
        holder_number,
        holder_name,
        agency_id: agency.to_owned(),
        fields: Json::Object(values),
        valid_until,
        ..Issue::default()
    }))
}

/// The person of whom two columns tell, when he is known under that name.
async fn known(
    ctx: &mut Ctx,
    record: &Record,
    name: &str,
    number: &str,
    problems: &mut Vec<Problem>,
) -> Result<Option<Person>> {
    if problems.iter().any(|problem| problem.field == number) {
        return Ok(None);
    }
    let said = PersonName::parse(record.text(name)).map(|name| name.as_str().to_owned());
    let Some(person) = party::person::by_number(ctx, record.text(number)).await? else {
        problems.push(Problem::new("unknown", number));
        return Ok(None);
    };
    if !said.is_ok_and(|said| said == person.name) {
        problems.push(Problem::new("name", name));
    }
    Ok(Some(person))
}

/// Whether licences of a type register enterprises.
fn is_registration(kind: &LicenceType) -> bool {
    kind.fields.iter().any(|field| field.proves.as_deref() == Some(REGISTERED))
}

/// What the registration that the keeper holds has against the line: that there is none, or that it
/// is of another name.
async fn registered(ctx: &mut Ctx, keeper: &Person, record: &Record) -> Result<Option<Problem>> {
    let (pack, now, code) = (ctx.env.pack.clone(), ctx.now, credit_code(record));
    for row in licences::of_holder(ctx, &keeper.id).await? {
        let Some(kind) = pack.licence_type(&row.type_id).filter(|kind| is_registration(kind))
        else {
            continue;
        };
        if !row.in_force(now) {
            continue;
        }
        let opened = licences::open(ctx, row).await?;
        if stated(kind, &opened, ORGANISATION_NUMBER) == code {
            let same = stated(kind, &opened, ORGANISATION_NAME) == record.text(HOLDER_NAME);
            return Ok((!same).then(|| Problem::new("name", HOLDER_NAME)));
        }
    }
    Ok(Some(Problem::new("unregistered", HOLDER_NUMBER)))
}

/// What a licence states of a fact.
fn stated(kind: &LicenceType, opened: &Opened, fact: &str) -> String {
    let field = kind.fields.iter().find(|field| field.proves.as_deref() == Some(fact));
    let value = field.and_then(|field| opened.fields().get(&field.id)?.as_str().map(str::to_owned));
    value.unwrap_or_default()
}

/// The enterprise's code as it is written.
fn credit_code(record: &Record) -> String {
    record.text(HOLDER_NUMBER).to_ascii_uppercase()
}

/// Faults that show in the line alone.
fn plain_faults(kind: &LicenceType, record: &Record) -> Vec<Problem> {
    let organisation = kind.holder == Holder::Organisation;
    let mut problems = Vec::new();
    if record.text(HOLDER_NAME).is_empty() {
        problems.push(Problem::new("missing", HOLDER_NAME));
    }
    let mut numbered = |column: &str, fits: bool| match record.text(column) {
        "" => problems.push(Problem::new("missing", column)),
        _ if !fits => problems.push(Problem::new("number", column)),
        _ => {}
    };
    let citizen = |column: &str| CitizenNumber::parse(record.text(column)).is_ok();
    match organisation {
        true => {
            numbered(HOLDER_NUMBER, CreditCode::parse(record.text(HOLDER_NUMBER)).is_ok());
            numbered(KEEPER_NUMBER, citizen(KEEPER_NUMBER));
        }
        false => numbered(HOLDER_NUMBER, citizen(HOLDER_NUMBER)),
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
            Some("person.name") if !organisation => record.text(HOLDER_NAME),
            Some("person.citizen_number") if !organisation => record.text(HOLDER_NUMBER),
            Some(ORGANISATION_NAME) if organisation => record.text(HOLDER_NAME),
            Some(ORGANISATION_NUMBER) if organisation => record.text(HOLDER_NUMBER),
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
