//! Organisation code (组织机构代码) of GB 11714: 8 characters and a check, weighted modulo 11.
//! Superseded by the unified social credit code, which holds it in its characters 9–17.

use super::chars::{Chars, clean, value36};
use crate::{Error, Result};

const WEIGHTS: [u32; 8] = [3, 7, 9, 10, 5, 8, 4, 2];

/// A valid organisation code of nine characters, printed without its hyphen.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct OrgCode(Chars<9>);

impl OrgCode {
    /// Reads `00001333-8` or `000013338`. Errors: `identifier.org_code.length`, `.character`,
    /// `.check`.
    pub fn parse(input: &str) -> Result<OrgCode> {
        let text = clean(input).ok_or_else(|| Error::invalid("identifier.org_code.length"))?;
        if text.chars().count() != 9 {
            return Err(Error::invalid("identifier.org_code.length"));
        }
        let code = Chars::<9>::new(&text)
            .filter(|code| matches!(code.bytes()[8], b'0'..=b'9' | b'X'))
            .ok_or_else(|| Error::invalid("identifier.org_code.character"))?;
        if check_of(&code.bytes()[..8]) != code.bytes()[8] {
            return Err(Error::invalid("identifier.org_code.check"));
        }
        Ok(OrgCode(code))
    }

    /// A valid code from its first eight digits and capital letters. Errors: `.length`,
    /// `.character`.
    pub fn make(body: &str) -> Result<OrgCode> {
        let body = Chars::<8>::new(body).ok_or_else(|| {
            let wrong_length = body.chars().count() != 8;
            Error::invalid(if wrong_length {
                "identifier.org_code.length"
            } else {
                "identifier.org_code.character"
            })
        })?;
        OrgCode::parse(&format!("{}{}", body.as_str(), char::from(check_of(body.bytes()))))
    }

    /// The nine characters without a hyphen.
    pub fn as_str(&self) -> &str {
        self.0.as_str()
    }

    /// As printed on certificates: `00001333-8`.
    pub fn hyphenated(&self) -> String {
        format!("{}-{}", &self.as_str()[..8], &self.as_str()[8..])
    }
}

text_form!(OrgCode);

fn check_of(body: &[u8]) -> u8 {
    let sum: u32 =
        body.iter().zip(WEIGHTS).map(|(&byte, weight)| value36(byte).unwrap_or(0) * weight).sum();
    match 11 - sum % 11 {
        10 => b'X',
        11 => b'0',
        digit => b'0' + digit as u8,
    }
}
