//! What the registries of the demonstration hold of its people, in the registries' own fields.
//!
//! Must not know: how a registry stores them.

use super::population::{Birth, Person, Population};
use jiff::civil::Date;
use kernel::Timestamp;
use kernel::time::{date_of_days, days_since_epoch};
use serde_json::{Value as Json, json};

/// A record for a registry, with the division it belongs to.
pub struct Record {
    /// Registry id.
    pub registry: &'static str,
    /// Division, 12 digits.
    pub division: String,
    /// Field id → value.
    pub value: Json,
}

/// Every record of everybody.
pub fn all(people: &Population, today: Date) -> Vec<Record> {
    let mut records = Vec::new();
    for person in &people.persons {
        records.extend(of_person(people, person, today));
    }
    for household in &people.households {
        let head = &people.persons[household.members[0]];
        records.push(Record {
            registry: "household",
            division: household.division.clone(),
            value: json!({
                "household_number": household.book, "head_name": head.name,
                "head_number": head.number, "division": household.division,
                "address": household.address, "kind": "family", "status": "active",
            }),
        });
    }
    for marriage in &people.marriages {
        let (husband, wife) = (&people.persons[marriage.husband], &people.persons[marriage.wife]);
        records.push(Record {
            registry: "marriage",
            division: people.households[husband.household].division.clone(),
            value: json!({
                "certificate_number": marriage.certificate, "husband_number": husband.number,
                "wife_number": wife.number, "husband_name": husband.name, "wife_name": wife.name,
                "registered_on": marriage.date.to_string(), "status": "married",
            }),
        });
    }
    for birth in &people.births {
        records.extend(of_birth(people, birth));
    }
    records
}

fn of_person(people: &Population, person: &Person, today: Date) -> Vec<Record> {
    let household = &people.households[person.household];
    let division = household.division.clone();
    let mut records = vec![Record {
        registry: "population",
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
    }];
    if !person.insured {
        return records;
    }
    let since = date_of_days(days_since_epoch(person.born).max(days_since_epoch(today) - 3_650));
    records.push(Record {
        registry: "insurance",
        division: division.clone(),
        value: json!({
            "citizen_number": person.number,
            // Every third adult works for an employer.
            "scheme": if person.mobile.ends_with(['1', '4', '7']) { "employee" } else { "resident" },
            "status": "active", "maternity_covered": "yes", "division": division,
            "insured_from": since.to_string(),
        }),
    });
    records.push(Record {
        registry: "social-card",
        division,
        value: json!({
            "citizen_number": person.number, "card_number": format!("HN{}", &person.number[8..]),
            "bank": person.bank, "bank_account": person.bank_card, "status": "active",
        }),
    });
    records
}

fn of_birth(people: &Population, birth: &Birth) -> Vec<Record> {
    let mother = &people.persons[birth.mother];
    let division = people.households[mother.household].division.clone();
    let born = birth.at.date();
    let left = birth.at.plus_days(3);
    let total = 480_000 + i64::from(birth.weight_g) * 60;
    let moment = |at: Timestamp| at.rfc3339()[..16].to_owned();
    vec![
        Record {
            registry: "birth",
            division: division.clone(),
            value: json!({
                "record_number": birth.record, "mother_number": mother.number,
                "mother_name": mother.name,
                "child_sex": if birth.male { "male" } else { "female" },
                "born_on": born.to_string(), "born_at": moment(birth.at),
                "hospital_name": birth.hospital, "hospital_division": &division[..6],
                "weight_g": birth.weight_g, "length_cm": birth.length_cm,
                "gestation_weeks": birth.weeks,
                "hepatitis_b_on": born.to_string(), "bcg_on": born.to_string(),
            }),
        },
        Record {
            registry: "medical-expense",
            division: division.clone(),
            value: json!({
                "settlement_number": format!("S{}", birth.record),
                "patient_number": mother.number, "hospital_name": birth.hospital,
                "discharged_on": left.date().to_string(), "total_fen": total,
                "payable_fen": total * 3 / 4, "invoice_count": 1, "settled": "no",
            }),
        },
    ]
}
