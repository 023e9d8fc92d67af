//! Division codes (行政区划代码): GB/T 2260 down to the county, three digits more for townships,
//! three more for villages.
//!
//! Two code books share this build, the statistics bureau's and the civil-affairs ministry's; a
//! code does not tell which it is from, nor whether it is in force. Trailing zeros say nothing:
//! `410000` and `41` are one division. Must not know: names.

use super::chars::{clean, is_digits};
use crate::{Error, Result};

/// Lengths of codes by level.
const LENGTHS: [usize; 5] = [2, 4, 6, 9, 12];

/// A division code in its shortest form: 2, 4, 6, 9 or 12 digits.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Division {
    /// Filled with zeros.
    digits: [u8; 12],
    length: u8,
}

/// Level of a division.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Level {
    /// 省级, 2 digits.
    Province,
    /// 地级, 4 digits.
    Prefecture,
    /// 县级, 6 digits.
    County,
    /// 乡级, 9 digits.
    Township,
    /// 村级, 12 digits.
    Village,
}

/// What a township or village is, by the range of its last three digits: a strong hint, with a few
/// hundred exceptions in the country.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Form {
    /// 街道, 001–099.
    Subdistrict,
    /// 镇, 100–199.
    Town,
    /// 乡, 200–399.
    Township,
    /// 居民委员会, 001–199.
    ResidentsCommittee,
    /// 村民委员会, 200–399.
    VillagersCommittee,
    /// A unit that is no division, e.g. a development zone, from 400.
    Special,
}

impl Division {
    /// Reads 2, 4, 6, 9 or 12 digits and drops trailing zero parts.
    /// Errors: `identifier.division.length`, `.character`, `.province` for a first digit 0.
    pub fn parse(input: &str) -> Result<Division> {
        let text = clean(input).ok_or_else(|| Error::invalid("identifier.division.length"))?;
        if !LENGTHS.contains(&text.chars().count()) {
            return Err(Error::invalid("identifier.division.length"));
        }
        if !is_digits(&text) {
            return Err(Error::invalid("identifier.division.character"));
        }
        if text.starts_with('0') {
            return Err(Error::invalid("identifier.division.province"));
        }
        Ok(Division::shortest(&text))
    }

    /// The shortest code that says the same; `text` is digits of one of the lengths.
    fn shortest(text: &str) -> Division {
        let mut digits = [b'0'; 12];
        for (slot, byte) in digits.iter_mut().zip(text.bytes()) {
            *slot = byte;
        }
        let significant = digits.iter().rposition(|&byte| byte != b'0').map_or(0, |last| last + 1);
        let length = LENGTHS.into_iter().find(|&length| length >= significant).unwrap_or(12);
        Division { digits, length: length as u8 }
    }

    /// The division of three digits `part` within this one, a county or township; a prefecture
    /// without counties may have townships at once. Errors: `identifier.division.part`.
    pub fn make(self, part: u16) -> Result<Division> {
        let parent = match self.level() {
            Level::Prefecture | Level::County => self.padded(6),
            Level::Township => self.as_str(),
            Level::Province | Level::Village => "",
        };
        if parent.is_empty() || part == 0 || part > 999 {
            return Err(Error::invalid("identifier.division.part"));
        }
        Ok(Division::shortest(&format!("{parent}{part:03}")))
    }

    /// The shortest form.
    pub fn as_str(&self) -> &str {
        self.padded(self.length as usize)
    }

    /// The code cut or filled with zeros to a length of at most 12: `41` as `410000`.
    pub fn padded(&self, length: usize) -> &str {
        std::str::from_utf8(&self.digits[..length.min(12)]).unwrap_or_default()
    }

    /// The level, by the length of the shortest form.
    pub fn level(&self) -> Level {
        match self.length {
            2 => Level::Province,
            4 => Level::Prefecture,
            6 => Level::County,
            9 => Level::Township,
            _ => Level::Village,
        }
    }

    /// The division above; `None` for a province. A township straight under a prefecture without
    /// counties has that prefecture as its parent.
    pub fn parent(&self) -> Option<Division> {
        let above = LENGTHS.into_iter().rev().find(|&length| length < self.length as usize)?;
        Some(Division::shortest(self.padded(above)))
    }

    /// The divisions above, nearest first.
    pub fn ancestors(&self) -> impl Iterator<Item = Division> {
        std::iter::successors(self.parent(), Division::parent)
    }

    /// True for the division itself and every one beneath it.
    pub fn contains(&self, other: &Division) -> bool {
        other.length >= self.length && other.as_str().starts_with(self.as_str())
    }

    /// What a township or village is, by its last three digits; `None` above.
    pub fn form(&self) -> Option<Form> {
        let part: u16 = self.as_str().get(self.as_str().len().checked_sub(3)?..)?.parse().ok()?;
        match (self.level(), part) {
            (Level::Township, 1..=99) => Some(Form::Subdistrict),
            (Level::Township, 100..=199) => Some(Form::Town),
            (Level::Township, 200..=399) => Some(Form::Township),
            (Level::Village, 1..=199) => Some(Form::ResidentsCommittee),
            (Level::Village, 200..=399) => Some(Form::VillagersCommittee),
            (Level::Township | Level::Village, 400..) => Some(Form::Special),
            _ => None,
        }
    }
}

text_form!(Division);

impl std::fmt::Debug for Division {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Division({})", self.as_str())
    }
}
