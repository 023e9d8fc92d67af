//! Bank card numbers of ISO/IEC 7812: 13–19 digits, the last by Luhn's formula. Money is paid out
//! to them, so one wrong digit must not pass.

use super::chars::{clean, is_digits};
use crate::{Error, Result};

/// A well-formed card number.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct BankCard(String);

impl BankCard {
    /// Reads 13–19 digits. Errors: `identifier.bank_card.length`, `.character`, `.check`.
    pub fn parse(input: &str) -> Result<BankCard> {
        let text = clean(input).ok_or_else(|| Error::invalid("identifier.bank_card.length"))?;
        if !(13..=19).contains(&text.chars().count()) {
            return Err(Error::invalid("identifier.bank_card.length"));
        }
        if !is_digits(&text) {
            return Err(Error::invalid("identifier.bank_card.character"));
        }
        let (body, check) = text.split_at(text.len() - 1);
        // Nothing but zeros satisfies the formula and is no card.
        let zeros = text.bytes().all(|byte| byte == b'0');
        if zeros || check.as_bytes() != [check_of(body)] {
            return Err(Error::invalid("identifier.bank_card.check"));
        }
        Ok(BankCard(text))
    }

    /// A valid number from all its digits but the check digit.
    /// Errors: as [`BankCard::parse`].
    pub fn make(body: &str) -> Result<BankCard> {
        if !is_digits(body) {
            return Err(Error::invalid("identifier.bank_card.character"));
        }
        BankCard::parse(&format!("{body}{}", char::from(check_of(body))))
    }

    /// The digits.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// First six and last four digits: `622202*********1234`.
    pub fn masked(&self) -> String {
        let (head, tail) = (&self.0[..6], &self.0[self.0.len() - 4..]);
        format!("{head}{}{tail}", "*".repeat(self.0.len() - 10))
    }
}

text_form!(BankCard);
masked_debug!(BankCard);

fn check_of(body: &str) -> u8 {
    let sum: u32 = body
        .bytes()
        .rev()
        .enumerate()
        .map(|(index, byte)| {
            let digit = u32::from(byte.wrapping_sub(b'0'));
            // The digit beside the check digit is doubled, then every other one.
            let doubled = if index % 2 == 0 { digit * 2 } else { digit };
            doubled / 10 + doubled % 10
        })
        .sum();
    b'0' + ((10 - sum % 10) % 10) as u8
}
