//! Specimens of licences (样证): made-up contents from a seed, for showing what a type looks like.
//!
//! Invariants: the same type and seed give the same specimen; the person is synthetic; number,
//! date of birth and sex of one person agree with each other.
//! Must not know: licences issued.

use crate::licence::{LicenceField, LicenceType};
use crate::one_thing::FieldKind;
use crate::province::Province;
use jiff::civil::{Date, DateTime};
use kernel::Random;
use kernel::identifier::{BankCard, CitizenNumber, Mobile, PersonName};
use serde_json::{Map, Value};

/// From here on: the sequence numbers of a day that are used last, and by nobody else here.
const SEQUENCE_FROM: u64 = 900;

/// A made-up licence.
#[derive(Clone, Debug, PartialEq)]
pub struct Specimen {
    /// The holder's name.
    pub holder_name: String,
    /// The holder's number.
    pub holder_number: String,
    /// Values by field.
    pub values: Map<String, Value>,
}

/// A made-up person.
struct Somebody {
    name: String,
    number: String,
    born_on: Date,
    female: bool,
}

/// A specimen of a type.
pub fn make(province: &Province, kind: &LicenceType, seed: u64) -> Specimen {
    let mut random = Random::from_number(seed);
    let holder = somebody(province, &mut random);
    let mut values = Map::new();
    for field in &kind.fields {
        let value = match field.proves.as_deref() {
            Some("person.name") => Some(holder.name.clone().into()),
            Some("person.citizen_number") => Some(holder.number.clone().into()),
            Some("person.born_on") if field.kind == FieldKind::Date => {
                Some(holder.born_on.to_string().into())
            }
            Some("person.sex") => sex(field, holder.female),
            _ => value(province, field, &mut random),
        };
        values.extend(value.map(|value| (field.id.clone(), value)));
    }
    let said = |facts: [&str; 2]| {
        let field = facts.into_iter().find_map(|fact| kind.proving(fact))?;
        Some(values.get(&field.id)?.as_str()?.to_owned())
    };
    let holder_name = said(["organisation.name", "person.name"]).unwrap_or(holder.name);
    let holder_number = said(["organisation.credit_code", "person.citizen_number"]);
    Specimen { holder_name, holder_number: holder_number.unwrap_or(holder.number), values }
}

fn somebody(province: &Province, random: &mut Random) -> Somebody {
    let female = random.chance(500);
    let name = name(province, random, female);
    let year = 1965 + i16::try_from(random.below(35)).unwrap_or(0);
    let month = 1 + i8::try_from(random.below(12)).unwrap_or(0);
    let day = 1 + i8::try_from(random.below(28)).unwrap_or(0);
    let born_on = Date::new(year, month, day).unwrap_or(Date::constant(1990, 1, 1));
    let sequence = SEQUENCE_FROM + random.below(49) * 2 + u64::from(!female);
    let division = county(province).unwrap_or_else(|| "110101".to_owned());
    let number = CitizenNumber::make(&division, born_on, u16::try_from(sequence).unwrap_or(900));
    let number = number.map(|number| number.as_str().to_owned()).unwrap_or_default();
    Somebody { name, number, born_on, female }
}

fn name(province: &Province, random: &mut Random, female: bool) -> String {
    let names = &province.synthetic;
    let surnames: Vec<&String> = names.surnames.keys().collect();
    let given = if female { &names.given_female } else { &names.given_male };
    let surname = random.pick(&surnames).map_or("李", |name| name.as_str());
    let one = random.pick(given).map_or("某", String::as_str);
    let other = random.pick(given).map_or("", String::as_str);
    format!("{surname}{one}{other}")
}

/// A county of the province, the same for every specimen.
fn county(province: &Province) -> Option<String> {
    let top = province.divisions().root()?;
    let division = top.children().next()?.children().next()?;
    division.code().get(..6).map(str::to_owned)
}

fn sex(field: &LicenceField, female: bool) -> Option<Value> {
    let value = if female { "female" } else { "male" };
    match field.choices.iter().find(|choice| choice.value == value) {
        Some(choice) => Some(choice.value.clone().into()),
        None => field.sample.clone().map(Value::from),
    }
}

/// A value of a field that is not the holder's.
fn value(province: &Province, field: &LicenceField, random: &mut Random) -> Option<Value> {
    if let Some(sample) = &field.sample {
        return match field.kind {
            FieldKind::Number => sample.parse::<i64>().ok().map(Value::from),
            _ => Some(sample.clone().into()),
        };
    }
    match field.kind {
        FieldKind::Name => Some(name(province, random, false).into()),
        FieldKind::CitizenNumber => Some(somebody(province, random).number.into()),
        FieldKind::Date => Some(format!("2024-{:02}-15", 1 + random.below(12)).into()),
        FieldKind::Moment => Some(format!("2024-{:02}-15T08:30", 1 + random.below(12)).into()),
        FieldKind::Choice => field.choices.first().map(|choice| choice.value.clone().into()),
        FieldKind::Confirm => Some(true.into()),
        FieldKind::Division => county(province).map(Value::from),
        _ => None,
    }
}

/// True when the value is there and of the field's kind.
pub(crate) fn fits(field: &LicenceField, value: Option<&Value>) -> bool {
    let Some(value) = value else { return false };
    let Some(text) = value.as_str() else {
        return matches!(
            (field.kind, value),
            (FieldKind::Number, Value::Number(_)) | (FieldKind::Confirm, Value::Bool(_))
        );
    };
    match field.kind {
        FieldKind::Number | FieldKind::Confirm | FieldKind::File => false,
        FieldKind::Date => text.parse::<Date>().is_ok(),
        FieldKind::Moment => text.parse::<DateTime>().is_ok(),
        FieldKind::CitizenNumber => CitizenNumber::parse(text).is_ok(),
        FieldKind::BankCard => BankCard::parse(text).is_ok(),
        FieldKind::Mobile => Mobile::parse(text).is_ok(),
        FieldKind::Name => PersonName::parse(text).is_ok(),
        FieldKind::Choice => {
            field.choices.is_empty() || field.choices.iter().any(|choice| choice.value == text)
        }
        FieldKind::Text | FieldKind::Division | FieldKind::Address => !text.trim().is_empty(),
    }
}
