//! Service item codes (政务服务事项编码) of GB/T 39554.1-2020: basic code (12), implementation code
//! (31 = credit code, level of exercise, basic code), handling code (33 = implementation code and
//! two more); and provincial codes as published, which have other builds.
//!
//! Basic code: 2 area (`00` national), 2 item type, 2 sector, 3 item, 3 sub-item.

use super::chars::{Chars, clean, is_alphanumeric, is_digits, tidy};
use super::{CreditCode, Division, Normalised, Organisation, Reason};
use crate::{Error, Result};

/// A valid national item code of 12, 31 or 33 characters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ItemCode {
    /// Filled with `0` beyond the length.
    code: Chars<33>,
    length: u8,
}

/// Level of government that exercises an item (行使层级).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum PowerLevel {
    /// 1 国家级.
    Nation,
    /// 2 省级.
    Province,
    /// 3 市级.
    Prefecture,
    /// 4 县级.
    County,
    /// 5 乡级.
    Township,
    /// 6 村级.
    Village,
}

impl PowerLevel {
    /// Reads the digit 1–6.
    pub fn of_digit(digit: u8) -> Option<PowerLevel> {
        Some(match digit {
            b'1' => PowerLevel::Nation,
            b'2' => PowerLevel::Province,
            b'3' => PowerLevel::Prefecture,
            b'4' => PowerLevel::County,
            b'5' => PowerLevel::Township,
            b'6' => PowerLevel::Village,
            _ => return None,
        })
    }

    /// The digit 1–6.
    pub fn digit(self) -> char {
        char::from(b'1' + self as u8)
    }
}

impl ItemCode {
    /// Reads 12, 31 or 33 characters. Errors: `identifier.item_code.length`, `.character`,
    /// `.organisation` for a credit code that fails, `.level`.
    pub fn parse(input: &str) -> Result<ItemCode> {
        let text = clean(input).ok_or_else(|| Error::invalid("identifier.item_code.length"))?;
        let length = text.chars().count();
        if !matches!(length, 12 | 31 | 33) {
            return Err(Error::invalid("identifier.item_code.length"));
        }
        let code = Chars::new(&format!("{text:0<33}"))
            .ok_or_else(|| Error::invalid("identifier.item_code.character"))?;
        if length > 12 {
            if CreditCode::parse(&code.as_str()[..18]).is_err() {
                return Err(Error::invalid("identifier.item_code.organisation"));
            }
            if PowerLevel::of_digit(code.bytes()[18]).is_none() {
                return Err(Error::invalid("identifier.item_code.level"));
            }
        }
        Ok(ItemCode { code, length: length as u8 })
    }

    /// The implementation code of a basic code at an organisation.
    /// Errors: `.length` unless this is a basic code.
    pub fn make(self, organisation: CreditCode, level: PowerLevel) -> Result<ItemCode> {
        if self.length != 12 {
            return Err(Error::invalid("identifier.item_code.length"));
        }
        ItemCode::parse(&format!("{organisation}{}{}", level.digit(), self.as_str()))
    }

    /// The characters, 12, 31 or 33.
    pub fn as_str(&self) -> &str {
        &self.code.as_str()[..self.length as usize]
    }

    /// The basic code, 12 characters.
    pub fn basic(&self) -> &str {
        if self.length == 12 { self.as_str() } else { &self.code.as_str()[19..31] }
    }

    /// The implementation code, 31 characters; `None` for a basic code.
    pub fn implementation(&self) -> Option<&str> {
        (self.length > 12).then(|| &self.code.as_str()[..31])
    }

    /// The two characters of the handling item; `None` for shorter codes.
    pub fn handling(&self) -> Option<&str> {
        (self.length == 33).then(|| &self.code.as_str()[31..])
    }

    /// The organisation that exercises the item; `None` for a basic code.
    pub fn organisation(&self) -> Option<CreditCode> {
        CreditCode::parse(&self.implementation()?[..18]).ok()
    }

    /// The level of exercise; `None` for a basic code.
    pub fn level(&self) -> Option<PowerLevel> {
        PowerLevel::of_digit(self.implementation()?.as_bytes()[18])
    }

    /// First two characters of the basic code: province that defined the item, `00` the nation.
    pub fn area(&self) -> &str {
        &self.basic()[..2]
    }

    /// Item type within the basic code: `01` licence, `07` confirmation, `20` public service …
    pub fn item_type(&self) -> &str {
        &self.basic()[2..4]
    }

    /// Reads an item code as published, national or provincial; never refuses, always says why.
    pub fn normalise(published: &str) -> Normalised<PublishedCode> {
        let Some(text) = tidy(published) else {
            return Normalised::quarantined(published, Reason::Length);
        };
        if text.is_empty() {
            return Normalised::quarantined(published, Reason::Empty);
        }
        if let Ok(code) = ItemCode::parse(&text) {
            let found = PublishedCode::National(code);
            return Normalised::of(published, found, code.as_str());
        }
        match text.contains('-') {
            true => LocalItemCode::normalise(published, &text),
            false => Normalised::quarantined(published, why_unreadable(&text)),
        }
    }
}

text_form!(ItemCode);

fn why_unreadable(text: &str) -> Reason {
    if !text.bytes().all(is_alphanumeric) {
        return Reason::Character;
    }
    match text.len() {
        19 if is_digits(text) => Reason::Snowflake,
        31 | 33 if PowerLevel::of_digit(text.as_bytes()[18]).is_none() => Reason::Level,
        31 | 33 => Reason::Check,
        13..=30 | 32 => Reason::Truncated,
        _ => Reason::Length,
    }
}

/// An item code as a register published it.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum PublishedCode {
    /// Of the national build.
    National(ItemCode),
    /// Of the hyphenated provincial build.
    Local(LocalItemCode),
}

/// A provincial code of seven hyphenated parts, as Sichuan publishes them:
/// `511A0138000000-511602000000-000-115113010833722043-1-00`. Kept beside the national code.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct LocalItemCode {
    text: String,
    division: Division,
    organisation: Organisation,
}

impl LocalItemCode {
    /// The code with its hyphens.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// The item within the province's list; may itself hold hyphens.
    pub fn basic(&self) -> &str {
        let tail = self.text.rsplitn(6, '-').last();
        tail.unwrap_or_default()
    }

    /// The division that exercises the item.
    pub fn division(&self) -> Division {
        self.division
    }

    /// The organisation that exercises the item.
    pub fn organisation(&self) -> Organisation {
        self.organisation
    }

    /// `text` is the published code after [`tidy`].
    fn normalise(published: &str, text: &str) -> Normalised<PublishedCode> {
        let quarantined = |why| Normalised::quarantined(published, why);
        let parts: Vec<&str> = text.split('-').collect();
        // The division is the first part of twelve digits after the item code, which may be of
        // twelve digits too and may hold hyphens.
        let is_division = |part: &&str| part.len() == 12 && is_digits(part);
        let Some(at) = parts.iter().skip(1).position(is_division).map(|index| index + 1) else {
            return quarantined(Reason::Shape);
        };
        let (item, rest) = parts.split_at(at);
        let [division, branch, organisation @ .., state, handling] = rest else {
            return quarantined(Reason::Shape);
        };
        let plain = |part: &&str| !part.is_empty() && part.bytes().all(is_alphanumeric);
        let lengths_fit = branch.len() == 3 && state.len() == 1 && handling.len() == 2;
        if !item.iter().all(plain) || !lengths_fit {
            return quarantined(Reason::Shape);
        }
        if ![branch, state, handling].into_iter().all(plain) {
            return quarantined(Reason::Character);
        }
        let Ok(division) = Division::parse(division) else {
            return quarantined(Reason::Division);
        };
        // An organisation code published with its own hyphen is two parts here.
        match Organisation::normalise(&organisation.join("-")) {
            Normalised::Valid { code } | Normalised::Repaired { code, .. } => {
                let (item, division12) = (item.join("-"), division.padded(12));
                let text =
                    format!("{item}-{division12}-{branch}-{}-{state}-{handling}", code.as_str());
                let found = LocalItemCode { text: text.clone(), division, organisation: code };
                Normalised::of(published, PublishedCode::Local(found), &text)
            }
            Normalised::Quarantined { why, .. } => quarantined(why),
        }
    }
}

impl std::fmt::Display for LocalItemCode {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.pad(&self.text)
    }
}
