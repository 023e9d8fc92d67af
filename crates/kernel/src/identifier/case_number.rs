//! Case number (办件编号): implementation code (31), day of application (8), sequence of that item
//! and day (4); and the short query code a citizen types to follow a case.
//!
//! No national rule fixes the build; this one is common practice and unique where item codes are.

use super::ItemCode;
use super::chars::{Chars, clean, is_digits};
use crate::{Error, Random, Result};
use jiff::civil::Date;

/// A valid case number of 43 characters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CaseNumber {
    code: Chars<43>,
    date: Date,
}

impl CaseNumber {
    /// Reads 43 characters. Errors: `identifier.case_number.length`, `.character`, `.item`, `.date`,
    /// `.sequence`.
    pub fn parse(input: &str) -> Result<CaseNumber> {
        let text = clean(input).ok_or_else(|| Error::invalid("identifier.case_number.length"))?;
        if text.chars().count() != 43 {
            return Err(Error::invalid("identifier.case_number.length"));
        }
        let code = Chars::<43>::new(&text)
            .filter(|code| is_digits(&code.as_str()[31..]))
            .ok_or_else(|| Error::invalid("identifier.case_number.character"))?;
        let text = code.as_str();
        if ItemCode::parse(&text[..31]).is_err() {
            return Err(Error::invalid("identifier.case_number.item"));
        }
        let date =
            date_of(&text[31..39]).ok_or_else(|| Error::invalid("identifier.case_number.date"))?;
        if text.ends_with("0000") {
            return Err(Error::invalid("identifier.case_number.sequence"));
        }
        Ok(CaseNumber { code, date })
    }

    /// The number of the `sequence`th case, 1–9999, of an item on a day. A handling code counts
    /// for its implementation code. Errors: `.item` for a basic code, `.date` outside the years
    /// 1000–9999, `.sequence`.
    pub fn make(item: &ItemCode, date: Date, sequence: u16) -> Result<CaseNumber> {
        let Some(item) = item.implementation() else {
            return Err(Error::invalid("identifier.case_number.item"));
        };
        if date.year() < 1000 {
            return Err(Error::invalid("identifier.case_number.date"));
        }
        if !(1..=9_999).contains(&sequence) {
            return Err(Error::invalid("identifier.case_number.sequence"));
        }
        let (year, month, day) = (date.year(), date.month(), date.day());
        CaseNumber::parse(&format!("{item}{year:04}{month:02}{day:02}{sequence:04}"))
    }

    /// The 43 characters.
    pub fn as_str(&self) -> &str {
        self.code.as_str()
    }

    /// The implementation code of the item, 31 characters.
    pub fn item(&self) -> &str {
        &self.as_str()[..31]
    }

    /// The day of application.
    pub fn date(&self) -> Date {
        self.date
    }

    /// The sequence within item and day, 1–9999.
    pub fn sequence(&self) -> u16 {
        self.as_str()[39..].parse().unwrap_or(0)
    }
}

text_form!(CaseNumber);

fn date_of(digits: &str) -> Option<Date> {
    let part = |from: usize, to: usize| digits.get(from..to)?.parse::<i16>().ok();
    Date::new(part(0, 4)?, part(4, 6)? as i8, part(6, 8)? as i8).ok()
}

/// Crockford's base 32: no I, L, O, U.
const CROCKFORD: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";

/// A short public code of a case: nine random characters (45 bits) and a check that notices every
/// wrong character and every exchange of two.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct QueryCode(Chars<10>);

impl QueryCode {
    /// Reads ten characters as a person types them: `O` for 0, `I` or `L` for 1, hyphens anywhere.
    /// Errors: `identifier.query_code.length`, `.character`, `.check`.
    pub fn parse(input: &str) -> Result<QueryCode> {
        let text = clean(input).ok_or_else(|| Error::invalid("identifier.query_code.length"))?;
        if text.chars().count() != 10 {
            return Err(Error::invalid("identifier.query_code.length"));
        }
        let text: String = text
            .chars()
            .map(|c| match c {
                'O' => '0',
                'I' | 'L' => '1',
                other => other,
            })
            .collect();
        let code = Chars::<10>::new(&text)
            .filter(|code| code.bytes().iter().all(|&byte| value32(byte).is_some()))
            .ok_or_else(|| Error::invalid("identifier.query_code.character"))?;
        if check_of(&code.bytes()[..9]) != code.bytes()[9] {
            return Err(Error::invalid("identifier.query_code.check"));
        }
        Ok(QueryCode(code))
    }

    /// A fresh code. Errors: none in practice.
    pub fn make(random: &mut Random) -> Result<QueryCode> {
        let body = random.code(9);
        QueryCode::parse(&format!("{body}{}", char::from(check_of(body.as_bytes()))))
    }

    /// The ten characters.
    pub fn as_str(&self) -> &str {
        self.0.as_str()
    }

    /// In two groups for reading aloud: `7K3QM-0ZT8P`.
    pub fn grouped(&self) -> String {
        format!("{}-{}", &self.as_str()[..5], &self.as_str()[5..])
    }
}

text_form!(QueryCode);

fn value32(byte: u8) -> Option<u8> {
    CROCKFORD.iter().position(|&letter| letter == byte).map(|index| index as u8)
}

/// The characters as coefficients of a polynomial over the field of 32 elements, which the check
/// makes vanish at a generator: distinct weights, hence every exchange shows.
fn check_of(body: &[u8]) -> u8 {
    let times_generator = |value: u8| {
        let doubled = value << 1;
        // x⁵ + x² + 1, primitive over two elements.
        if doubled & 32 == 0 { doubled } else { doubled ^ 0b10_0101 }
    };
    let sum = body.iter().fold(0, |sum, &byte| times_generator(sum) ^ value32(byte).unwrap_or(0));
    CROCKFORD[usize::from(times_generator(sum)) & 31]
}
