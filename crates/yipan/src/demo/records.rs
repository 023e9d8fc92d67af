//! What the registries of the demonstration hold of its people, in the registries' own fields.
//!
//! Must not know: how a registry stores them.

use super::population::{Birth, Household, Marriage, Person, Population};
use jiff::civil::Date;
use kernel::Timestamp;
use kernel::time::{date_of_days, days_since_epoch};
use serde_json::{Value as Json, json};

/// A record for a registry, with the division it belongs to.
pub struct Record {
    /// Division, 12 digits.
    pub division: String,
    /// Field id → value.
    pub value: Json,
    /// When the source saw it, where that was after the past began.
    pub seen: Option<Timestamp>,
}

/// The registries, in the order in which they are filled.
pub const REGISTRIES: &[&str] = &[
    "population",
    "insurance",
    "social-card",
    "household",
    "marriage",
    "birth",
    "medical-expense",
];

/// What a registry holds of everybody, one record after another: all of a province at once would
/// be most of the memory of its first start.
pub fn of<'a>(
    people: &'a Population,
    today: Date,
    registry: &'static str,
) -> Box<dyn Iterator<Item = Record> + Send + 'a> {
    let persons = people.persons.iter();
    let births = people.births.iter();
    match registry {
        "population" => Box::new(persons.map(|person| population(people, person))),
        "insurance" => {
            let insured = persons.filter(|person| person.insured);
            Box::new(insured.map(move |person| insurance(people, person, today)))
        }
        "social-card" => {
            let insured = persons.filter(|person| person.insured);
            Box::new(insured.map(|person| social_card(people, person)))
        }
        "household" => Box::new(people.households.iter().map(|household| book(people, household))),
        "marriage" => Box::new(people.marriages.iter().map(|marriage| wedding(people, marriage))),
        "birth" => Box::new(births.map(|birth| delivery(people, birth))),
        "medical-expense" => Box::new(births.map(|birth| expense(people, birth))),
        _ => Box::new(std::iter::empty()),
    }
}

fn home<'a>(people: &'a Population, person: &Person) -> &'a Household {
    &people.households[person.household]
}

fn population(people: &Population, person: &Person) -> Record {
    let household = home(people, person);
    let division = &household.division;
    Record {
        seen: None,
        division: division.clone(),
        value: json!({
            "citizen_number": person.number, "name": person.name,
            "sex": if person.male { "male" } else { "female" },
            "birth_date": person.born.to_string(), "ethnicity": person.ethnicity,
            "status": "normal", "household_number": household.book,
            "household_division": division, "household_address": household.address,
            "residence_division": division, "residence_address": household.address,
            "mobile": person.mobile,
        }),
    }
}

fn insurance(people: &Population, person: &Person, today: Date) -> Record {
    let division = home(people, person).division.clone();
    let since = date_of_days(days_since_epoch(person.born).max(days_since_epoch(today) - 3_650));
    // Every third adult works for an employer.
    let scheme = if person.mobile.ends_with(['1', '4', '7']) { "employee" } else { "resident" };
    Record {
        seen: None,
        value: json!({
            "citizen_number": person.number, "scheme": scheme, "status": "active",
            "maternity_covered": "yes", "division": division, "insured_from": since.to_string(),
        }),
        division,
    }
}

fn social_card(people: &Population, person: &Person) -> Record {
    Record {
        seen: None,
        division: home(people, person).division.clone(),
        value: json!({
            "citizen_number": person.number, "card_number": format!("HN{}", &person.number[8..]),
            "bank": person.bank, "bank_account": person.bank_card, "status": "active",
        }),
    }
}

fn book(people: &Population, household: &Household) -> Record {
    let head = &people.persons[household.members[0]];
    Record {
        seen: None,
        division: household.division.clone(),
        value: json!({
            "household_number": household.book, "head_name": head.name,
            "head_number": head.number, "division": household.division,
            "address": household.address, "kind": "family", "status": "active",
        }),
    }
}

fn wedding(people: &Population, marriage: &Marriage) -> Record {
    let (husband, wife) = (&people.persons[marriage.husband], &people.persons[marriage.wife]);
    Record {
        seen: None,
        division: home(people, husband).division.clone(),
        value: json!({
            "certificate_number": marriage.certificate, "husband_number": husband.number,
            "wife_number": wife.number, "husband_name": husband.name, "wife_name": wife.name,
            "registered_on": marriage.date.to_string(), "status": "married",
        }),
    }
}

fn delivery(people: &Population, birth: &Birth) -> Record {
    let mother = &people.persons[birth.mother];
    let division = home(people, mother).division.clone();
    let born = birth.at.date();
    Record {
        seen: Some(birth.at.plus_hours(2)),
        value: json!({
            "record_number": birth.record, "mother_number": mother.number,
            "mother_name": mother.name,
            "child_sex": if birth.male { "male" } else { "female" },
            "born_on": born.to_string(), "born_at": &birth.at.rfc3339()[..16],
            "hospital_name": birth.hospital, "hospital_division": &division[..6],
            "weight_g": birth.weight_g, "length_cm": birth.length_cm,
            "gestation_weeks": birth.weeks,
            "hepatitis_b_on": born.to_string(), "bcg_on": born.to_string(),
        }),
        division,
    }
}

fn expense(people: &Population, birth: &Birth) -> Record {
    let mother = &people.persons[birth.mother];
    let left = birth.at.plus_days(3);
    let total = 480_000 + i64::from(birth.weight_g) * 60;
    Record {
        seen: Some(left),
        division: home(people, mother).division.clone(),
        value: json!({
            "settlement_number": format!("S{}", birth.record),
            "patient_number": mother.number, "hospital_name": birth.hospital,
            "discharged_on": left.date().to_string(), "total_fen": total,
            "payable_fen": total * 3 / 4, "invoice_count": 1, "settled": "no",
        }),
    }
}
