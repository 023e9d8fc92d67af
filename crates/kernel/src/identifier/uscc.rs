//! Unified social credit code (统一社会信用代码) of GB 32100-2015: 1 registering authority,
//! 1 category, 6 division, 9 organisation code, 1 check modulo 31.
//!
//! Registers spell an organisation in many ways; [`Organisation::normalise`] tells which of them
//! can be read and which must be set aside.

use super::chars::{Chars, clean, is_digits, tidy};
use super::{Normalised, OrgCode, Reason};
use crate::{Error, Result};

/// No I, O, S, V, Z: they look like digits.
const ALPHABET: &[u8; 31] = b"0123456789ABCDEFGHJKLMNPQRTUWXY";

/// A valid unified social credit code. The organisation code within is not checked here: bodies
/// registered under rules older than the standard carry one that fails.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CreditCode(Chars<18>);

impl CreditCode {
    /// Reads 18 characters. Errors: `identifier.credit_code.length`, `.character` (outside the 31
    /// of the standard, or a division that is not digits), `.check`.
    pub fn parse(input: &str) -> Result<CreditCode> {
        let text = clean(input).ok_or_else(|| Error::invalid("identifier.credit_code.length"))?;
        if text.chars().count() != 18 {
            return Err(Error::invalid("identifier.credit_code.length"));
        }
        let code = Chars::<18>::new(&text)
            .filter(|code| code.bytes().iter().all(|&byte| value31(byte).is_some()))
            .filter(|code| is_digits(&code.as_str()[2..8]))
            .ok_or_else(|| Error::invalid("identifier.credit_code.character"))?;
        if check_of(&code.bytes()[..17]) != code.bytes()[17] {
            return Err(Error::invalid("identifier.credit_code.check"));
        }
        Ok(CreditCode(code))
    }

    /// A valid code from authority and category (`91` an enterprise), six digits of a division and
    /// an organisation code. Errors: `identifier.credit_code.length`, `.character`, the latter
    /// also for an organisation code with a letter the standard leaves out.
    pub fn make(head: &str, division: &str, organisation: OrgCode) -> Result<CreditCode> {
        if head.len() != 2 || division.len() != 6 {
            return Err(Error::invalid("identifier.credit_code.length"));
        }
        let body = format!("{head}{division}{}", organisation.as_str());
        if !body.bytes().all(|byte| value31(byte).is_some()) {
            return Err(Error::invalid("identifier.credit_code.character"));
        }
        CreditCode::parse(&format!("{body}{}", char::from(check_of(body.as_bytes()))))
    }

    /// The 18 characters.
    pub fn as_str(&self) -> &str {
        self.0.as_str()
    }

    /// Registering authority and category: `11` a state organ, `91` an enterprise …
    pub fn head(&self) -> &str {
        &self.as_str()[..2]
    }

    /// Six digits of the division of registration.
    pub fn division(&self) -> &str {
        &self.as_str()[2..8]
    }

    /// The organisation code within. Errors: as [`OrgCode::parse`].
    pub fn organisation(&self) -> Result<OrgCode> {
        OrgCode::parse(&self.as_str()[8..17])
    }
}

text_form!(CreditCode);

fn value31(byte: u8) -> Option<u32> {
    ALPHABET.iter().position(|&letter| letter == byte).map(|index| index as u32)
}

fn check_of(body: &[u8]) -> u8 {
    let mut weight = 1;
    let mut sum = 0;
    for &byte in body {
        sum += value31(byte).unwrap_or(0) * weight;
        weight = weight * 3 % 31;
    }
    // The standard's 31 − r is 31 for r = 0, for which the alphabet has no letter: it means 0.
    ALPHABET[((31 - sum % 31) % 31) as usize]
}

/// An organisation as registers name it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Organisation {
    /// By its unified social credit code.
    Credit(CreditCode),
    /// By its older organisation code.
    Org(OrgCode),
}

impl Organisation {
    /// The code itself.
    pub fn as_str(&self) -> &str {
        match self {
            Organisation::Credit(code) => code.as_str(),
            Organisation::Org(code) => code.as_str(),
        }
    }

    /// Reads an organisation's code as published; never refuses, always says why.
    pub fn normalise(published: &str) -> Normalised<Organisation> {
        let Some(text) = tidy(published) else {
            return Normalised::quarantined(published, Reason::Length);
        };
        let text = text.trim_matches('-');
        let found = CreditCode::parse(text)
            .map(Organisation::Credit)
            .or_else(|_| OrgCode::parse(text).map(Organisation::Org));
        match found {
            Ok(organisation) => Normalised::of(published, organisation, organisation.as_str()),
            Err(_) => Normalised::quarantined(published, why_unreadable(text)),
        }
    }
}

/// The likeliest reason why a code is neither of the two.
fn why_unreadable(text: &str) -> Reason {
    let bare: String = text.chars().filter(|&c| c != '-').collect();
    let repeated = bare.len() > 1 && bare.bytes().all(|byte| Some(byte) == bare.bytes().next());
    if bare.is_empty() {
        return Reason::Empty;
    }
    if repeated {
        return Reason::Placeholder;
    }
    if !bare.bytes().all(super::chars::is_alphanumeric) {
        // `<code>_<row>`: a system appended its own row number.
        let head = bare.split('_').next().unwrap_or_default();
        return if head.len() < bare.len() { Reason::Suffix } else { Reason::Character };
    }
    match bare.len() {
        9 | 18 => Reason::Check,
        19 if is_digits(&bare) => Reason::Snowflake,
        10..=17 => Reason::Truncated,
        _ => Reason::Length,
    }
}
