//! Tests of the vocabulary. `calendar_oracle` recounts days one by one and knows nothing of how
//! the calendar counts.

mod calendar;
mod calendar_oracle;
mod canonical;
mod clock;
mod item_code;
mod number;
mod organisation;
mod person;
mod place_and_case;

use crate::Result;
use crate::calendar::{Calendar, Notice};

/// The notices published with the standard pack.
const HOLIDAYS: &str = include_str!("../../../../packs/standard/calendar/holidays.csv");

fn notices() -> Vec<Notice> {
    csv::Reader::from_reader(HOLIDAYS.as_bytes())
        .records()
        .map(|row| {
            let row = row.expect("a row of the table");
            Notice::parse(&row[0], &row[1], &row[3], &row[2]).expect("a published notice")
        })
        .collect()
}

/// The working calendar of 2007–2017 and 2020–2026.
fn standard() -> Calendar {
    Calendar::from_notices(notices()).expect("the published notices")
}

/// The code of the refusal.
fn code<T: std::fmt::Debug>(result: Result<T>) -> &'static str {
    result.expect_err("a refusal").code
}

/// The argument of the refusal's sentence.
fn arg<T: std::fmt::Debug>(result: Result<T>, name: &str) -> String {
    let error = result.expect_err("a refusal");
    error.args.into_iter().find(|(key, _)| *key == name).map(|(_, value)| value).unwrap_or_default()
}
