//! Blanks, prints, counts: types. Pure.

use kernel::{Error, Result};
use sea_orm::FromQueryResult;

/// Most blanks of one consignment.
pub(super) const BLANKS_MAX: i64 = 1_000_000;
/// Most blanks of a type counted at an agency: the sum of many consignments.
pub(super) const COUNT_MAX: i64 = 1_000 * BLANKS_MAX;
/// Most digits of a serial's number.
const DIGITS_MAX: usize = 12;
/// Most characters before its number.
const PREFIX_MAX: usize = 16;
/// Longest reason or source, in characters.
const WORDS_MAX: usize = 200;

/// The serial of a blank: what stands before its number, and the number with its leading zeros.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Serial {
    prefix: String,
    width: usize,
    number: i64,
}

impl Serial {
    /// Reads a serial as it is printed on the blank; blanks and letters' case do not matter. Errors:
    /// `licence.blank_serial`.
    pub fn parse(text: &str) -> Result<Serial> {
        let wrong =
            || Error::invalid("licence.blank_serial").field("serial", "licence.blank_serial");
        let text: String = text.chars().filter(|letter| !letter.is_whitespace()).take(64).collect();
        let text = text.to_ascii_uppercase();
        let prefix = text.trim_end_matches(|letter: char| letter.is_ascii_digit());
        let digits = &text[prefix.len()..];
        let fits = prefix.len() <= PREFIX_MAX
            && prefix.chars().all(|one| one.is_ascii_alphanumeric() || one == '-')
            && (1..=DIGITS_MAX).contains(&digits.len());
        if !fits {
            return Err(wrong());
        }
        let number = digits.parse().map_err(|_| wrong())?;
        Ok(Serial { prefix: prefix.to_owned(), width: digits.len(), number })
    }

    /// Its number.
    pub fn number(&self) -> i64 {
        self.number
    }

    /// The series it belongs to: of this type of licence, with this beginning and as many digits.
    pub fn series(&self, type_id: &str) -> String {
        format!("{type_id}/{}/{}", self.prefix, self.width)
    }

    /// The last number of its series.
    pub(super) fn end(&self) -> i64 {
        10_i64.pow(u32::try_from(self.width).unwrap_or(0)) - 1
    }

    /// The serial of another number of the series.
    pub(super) fn with(&self, number: i64) -> Serial {
        Serial { number, ..self.clone() }
    }
}

impl std::fmt::Display for Serial {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(out, "{}{:0width$}", self.prefix, self.number, width = self.width)
    }
}

/// Words somebody must say, or may where `needed` is false. Errors: `code` of the field.
pub(super) fn words(text: &str, field: &str, code: &'static str, needed: bool) -> Result<String> {
    let text = text.trim();
    let fits = text.chars().count() <= WORDS_MAX && !text.chars().any(webkit::form::forbidden);
    match fits && !(needed && text.is_empty()) {
        true => Ok(text.to_owned()),
        false => Err(Error::invalid(code).field(field, code)),
    }
}

/// A run of blanks that an agency received.
#[derive(Clone, Debug, PartialEq, Eq, FromQueryResult)]
pub struct Consignment {
    /// Id.
    pub id: String,
    /// The agency that received it.
    pub agency: String,
    /// Type of licence the blanks are made for.
    pub type_id: String,
    /// Type, beginning and digits of the serials.
    pub series: String,
    /// First number.
    pub first: i64,
    /// Last number.
    pub last: i64,
    /// Whence they came, and by which delivery note.
    pub source: String,
    /// When they were received, in microseconds.
    pub at_us: i64,
    /// Account that received them.
    pub account: String,
    /// Name of who did.
    pub name: String,
}

/// A blank that was used.
#[derive(Clone, Debug, PartialEq, Eq, FromQueryResult)]
pub struct Print {
    /// Id.
    pub id: String,
    /// The agency that printed it.
    pub agency: String,
    /// Type of licence.
    pub type_id: String,
    /// Serial of the blank.
    pub serial: String,
    /// The licence printed on it; empty for a blank that was spoiled.
    pub licence: String,
    /// The how manieth print of the licence it is, from 1; 0 for a blank that was spoiled.
    pub place: i64,
    /// `stands`, `void` or `spoiled`.
    pub state: String,
    /// Why it was printed again, or how it was spoiled; may be empty for a first print.
    pub reason: String,
    /// When, in microseconds.
    pub at_us: i64,
    /// Account that printed it.
    pub account: String,
    /// Name of who did.
    pub name: String,
    /// When it became void, in microseconds; 0 while it stands.
    pub ended_us: i64,
    /// Name of who voided it.
    pub ended_name: String,
    /// Why it became void.
    pub ended_reason: String,
}

/// What an agency has of the blanks of a type.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Stock {
    /// Type of licence.
    pub type_id: String,
    /// Blanks received.
    pub received: i64,
    /// Prints that stand.
    pub standing: i64,
    /// Prints that are void.
    pub void: i64,
    /// Blanks that were spoiled.
    pub spoiled: i64,
    /// The last count by hand.
    pub count: Option<Count>,
}

impl Stock {
    /// Blanks that must be there.
    pub fn left(&self) -> i64 {
        self.received - self.standing - self.void - self.spoiled
    }
}

/// What somebody counted to be left.
#[derive(Clone, Debug, PartialEq, Eq, FromQueryResult)]
pub struct Count {
    /// Id.
    pub id: String,
    /// Type of licence.
    pub type_id: String,
    /// What was counted.
    pub counted: i64,
    /// What had to be there.
    pub expected: i64,
    /// Why the two differ.
    pub reason: String,
    /// When, in microseconds.
    pub at_us: i64,
    /// Name of who counted.
    pub name: String,
}
