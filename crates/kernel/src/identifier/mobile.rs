//! Mobile telephone numbers of the mainland: eleven digits, 13–19 first.

use super::chars::{Chars, clean, is_digits};
use crate::{Error, Result};

/// A well-formed mobile number; whether it is in service nobody can tell from it.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Mobile(Chars<11>);

impl Mobile {
    /// Reads eleven digits, with or without `+86`, `0086` or `86` before them.
    /// Errors: `identifier.mobile.length`, `.character`, `.prefix`.
    pub fn parse(input: &str) -> Result<Mobile> {
        let text = clean(input).ok_or_else(|| Error::invalid("identifier.mobile.length"))?;
        let local = ["+86", "0086", "86"]
            .into_iter()
            .find_map(|country| text.strip_prefix(country).filter(|rest| rest.len() == 11))
            .unwrap_or(&text);
        if local.chars().count() != 11 {
            return Err(Error::invalid("identifier.mobile.length"));
        }
        if !is_digits(local) {
            return Err(Error::invalid("identifier.mobile.character"));
        }
        Chars::new(local)
            .filter(|code| code.bytes()[0] == b'1' && code.bytes()[1] >= b'3')
            .map(Mobile)
            .ok_or_else(|| Error::invalid("identifier.mobile.prefix"))
    }

    /// A number from its first three digits and the other eight.
    /// Errors: as [`Mobile::parse`].
    pub fn make(prefix: &str, rest: u32) -> Result<Mobile> {
        Mobile::parse(&format!("{prefix}{rest:08}"))
    }

    /// The eleven digits.
    pub fn as_str(&self) -> &str {
        self.0.as_str()
    }

    /// First three and last four digits: `138****0000`.
    pub fn masked(&self) -> String {
        format!("{}****{}", &self.as_str()[..3], &self.as_str()[7..])
    }
}

text_form!(Mobile);
masked_debug!(Mobile);
