//! Citizen number (公民身份号码) of GB 11643-1999: 6 division, 8 birth date, 3 sequence, 1 check
//! by ISO 7064 MOD 11-2. Residence permits of Hong Kong, Macau and Taiwan residents and the
//! foreigner's permanent residence card of 2023 have the same build.
//!
//! Invariant: the birth date is a real day. The division is the one of first registration, which
//! may long be abolished, so it is not looked up here.

use super::chars::{Chars, clean, is_digits};
use crate::{Error, Result};
use jiff::civil::Date;

const WEIGHTS: [u32; 17] = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2];
const CHECKS: &[u8; 11] = b"10X98765432";
/// Nobody who ever got a number was born before.
const BIRTH_YEAR_MIN: i16 = 1850;

/// A valid citizen number, or a residence permit's number of the same build.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CitizenNumber {
    code: Chars<18>,
    birth: Date,
}

/// Whom a number of this build belongs to, by its first digits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Holder {
    /// A citizen with household registration in the mainland.
    Citizen,
    /// A resident of Hong Kong with a residence permit, 810000.
    HongKong,
    /// A resident of Macau with a residence permit, 820000.
    Macau,
    /// A resident of Taiwan with a residence permit, 830000.
    Taiwan,
    /// A foreigner with a permanent residence card, first digit 9.
    Foreigner,
}

impl CitizenNumber {
    /// Reads 18 characters. Errors, in this order: `identifier.citizen_number.length`,
    /// `.character`, `.date`, `.check`.
    pub fn parse(input: &str) -> Result<CitizenNumber> {
        let text = clean(input).ok_or_else(|| fault("identifier.citizen_number.length"))?;
        if text.chars().count() != 18 {
            return Err(fault("identifier.citizen_number.length"));
        }
        let code = Chars::<18>::new(&text)
            .filter(|code| is_digits(&code.as_str()[..17]) && code.bytes()[0] != b'0')
            .filter(|code| matches!(code.bytes()[17], b'0'..=b'9' | b'X'))
            .ok_or_else(|| fault("identifier.citizen_number.character"))?;
        let birth = date_of(&code).ok_or_else(|| fault("identifier.citizen_number.date"))?;
        if check_of(&code.bytes()[..17]) != code.bytes()[17] {
            return Err(fault("identifier.citizen_number.check"));
        }
        Ok(CitizenNumber { code, birth })
    }

    /// Reads a number of 18 characters or one of the 15 digits issued before October 1999, whose
    /// century is 19. Errors: as [`CitizenNumber::parse`].
    pub fn upgrade(input: &str) -> Result<CitizenNumber> {
        let text = clean(input).ok_or_else(|| fault("identifier.citizen_number.length"))?;
        if text.len() != 15 {
            return CitizenNumber::parse(&text);
        }
        if !is_digits(&text) {
            return Err(fault("identifier.citizen_number.character"));
        }
        CitizenNumber::parse(&with_check(&format!("{}19{}", &text[..6], &text[6..])))
    }

    /// A valid number: six digits of a division, a birth date, a sequence below 1,000 whose odd
    /// numbers are male. Errors: `.division`, `.sequence`, `.date`.
    pub fn make(division: &str, birth: Date, sequence: u16) -> Result<CitizenNumber> {
        if division.len() != 6 || !is_digits(division) || division.starts_with('0') {
            return Err(fault("identifier.citizen_number.division"));
        }
        if sequence > 999 {
            return Err(fault("identifier.citizen_number.sequence"));
        }
        let (year, month, day) = (birth.year(), birth.month(), birth.day());
        if year < BIRTH_YEAR_MIN {
            return Err(fault("identifier.citizen_number.date"));
        }
        let body = format!("{division}{year:04}{month:02}{day:02}{sequence:03}");
        CitizenNumber::parse(&with_check(&body))
    }

    /// The 18 characters.
    pub fn as_str(&self) -> &str {
        self.code.as_str()
    }

    /// Six digits of the division of first registration, in force at that time only.
    pub fn division(&self) -> &str {
        &self.as_str()[..6]
    }

    /// The birth date.
    pub fn birth_date(&self) -> Date {
        self.birth
    }

    /// True when the sequence is odd.
    pub fn is_male(&self) -> bool {
        self.code.bytes()[16] % 2 == 1
    }

    /// Whom the number belongs to.
    pub fn holder(&self) -> Holder {
        match self.division() {
            "810000" => Holder::HongKong,
            "820000" => Holder::Macau,
            "830000" => Holder::Taiwan,
            other if other.starts_with('9') => Holder::Foreigner,
            _ => Holder::Citizen,
        }
    }

    /// Completed years of age on a day; 0 before birth. Somebody born on 29 February is a year
    /// older on 1 March of a common year.
    pub fn age(&self, today: Date) -> u16 {
        let passed = (today.month(), today.day()) >= (self.birth.month(), self.birth.day());
        let years = i32::from(today.year()) - i32::from(self.birth.year()) - i32::from(!passed);
        u16::try_from(years).unwrap_or(0)
    }

    /// Refuses a birth date after today. Error: `identifier.citizen_number.future`.
    pub fn check_not_future(&self, today: Date) -> Result<()> {
        if self.birth > today {
            return Err(fault("identifier.citizen_number.future"));
        }
        Ok(())
    }

    /// First and last four characters: `4101**********002X`.
    pub fn masked(&self) -> String {
        let text = self.as_str();
        format!("{}**********{}", &text[..4], &text[14..])
    }
}

text_form!(CitizenNumber);
masked_debug!(CitizenNumber);

fn date_of(code: &Chars<18>) -> Option<Date> {
    let text = code.as_str();
    let (year, month, day) =
        (text[6..10].parse().ok()?, text[10..12].parse().ok()?, text[12..14].parse().ok()?);
    Date::new(year, month, day).ok().filter(|birth| birth.year() >= BIRTH_YEAR_MIN)
}

fn check_of(digits: &[u8]) -> u8 {
    let sum: u32 =
        digits.iter().zip(WEIGHTS).map(|(digit, weight)| u32::from(digit - b'0') * weight).sum();
    CHECKS[(sum % 11) as usize]
}

/// The 17 digits followed by their check character.
fn with_check(body: &str) -> String {
    format!("{body}{}", char::from(check_of(body.as_bytes())))
}

fn fault(code: &'static str) -> Error {
    Error::invalid(code)
}
