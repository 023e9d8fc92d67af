//! Intakes and their lines. Pure.

use kernel::{Error, Result, Timestamp};
use sea_orm::FromQueryResult;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// A table that was sent.
#[derive(Clone, Debug, FromQueryResult)]
pub struct Intake {
    /// Id.
    pub id: String,
    /// Agency whose records they are.
    pub agency: String,
    /// Officer who sent it.
    pub account: String,
    /// Licence type.
    pub type_id: String,
    /// Where the records come from: a ledger, a register, its years.
    pub source: String,
    /// SM3 of the file.
    pub digest: String,
    /// When, in microseconds.
    pub begun_us: i64,
    /// Lines.
    pub total: i64,
}

impl Intake {
    /// When it was sent.
    pub fn begun(&self) -> Timestamp {
        Timestamp(self.begun_us)
    }
}

/// Why a line is not issued.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Problem {
    /// A word of `licence.intake.problem.*`.
    pub code: String,
    /// Field at fault; empty when it is the line.
    pub field: String,
}

impl Problem {
    pub(super) fn new(code: &str, field: &str) -> Problem {
        Problem { code: code.to_owned(), field: field.to_owned() }
    }
}

/// A line of a table.
#[derive(Clone, Debug, FromQueryResult)]
pub struct Line {
    /// Id.
    pub id: String,
    /// Number in the file, from 2 below the heading.
    pub line: i64,
    /// `waiting`, `issued` or `quarantined`.
    pub state: String,
    /// Which paper record it is: blind, the same in every table.
    pub record_key: String,
    /// The holder's name, masked.
    pub holder: String,
    /// JSON list of problems.
    pub problems: String,
    /// The licence it became; empty when none.
    pub licence_id: String,
}

impl Line {
    /// Its problems. Errors: `internal` when they cannot be read.
    pub fn problems(&self) -> Result<Vec<Problem>> {
        serde_json::from_str(&self.problems).map_err(Error::internal)
    }
}

/// How far an intake has come.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Progress {
    /// Not looked at yet.
    pub waiting: i64,
    /// Issued.
    pub issued: i64,
    /// Kept back.
    pub quarantined: i64,
    /// Lines by problem.
    pub gaps: BTreeMap<Problem, i64>,
}

impl Progress {
    /// True when no line waits.
    pub fn done(&self) -> bool {
        self.waiting == 0
    }
}
