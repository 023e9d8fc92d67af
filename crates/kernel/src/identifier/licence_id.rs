//! Electronic licence identifier (电子证照标识) of GB/T 36904-2018:
//! `1.2.156.3005.2.TYPE.ISSUER.SERIAL.VERSION.CHECK`, the check by ISO 7064 MOD 37,36 over the
//! four parts before it, without the root and the dots.

use super::chars::{is_alphanumeric, is_digits, tidy, value36};
use super::{CreditCode, Division};
use crate::{Error, Result};

/// Object identifier of electronic licences.
const ROOT: &str = "1.2.156.3005.2.";
/// Longest serial in use.
const SERIAL_CHARS_MAX: usize = 32;

/// A valid licence identifier.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct LicenceId {
    text: String,
    /// Lengths of type, issuer, serial and version.
    lengths: [u8; 4],
}

/// What is unusual about an identifier but found in practice.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Warning {
    /// The definer within the type code is not a valid unified social credit code.
    DefinerInvalid,
    /// The issuer is given by a six-digit division code.
    IssuerIsDivision,
    /// The issuer has twenty characters: a credit code and two more.
    IssuerIsLong,
    /// The issuer has 18 characters that are not a valid unified social credit code.
    IssuerInvalid,
}

impl LicenceId {
    /// Reads an identifier. Errors: `identifier.licence_id.length`, `.root`, `.parts`,
    /// `.type_code` (21), `.issuer` (18, or 6 or 20 with a warning), `.serial` (1–32), `.version`
    /// (3), `.check`. Odd but real things are told by [`LicenceId::warnings`].
    pub fn parse(input: &str) -> Result<LicenceId> {
        let fault = |code| Err(Error::invalid(code));
        let Some(text) = tidy(input) else { return fault("identifier.licence_id.length") };
        let Some(rest) = text.strip_prefix(ROOT) else {
            return fault("identifier.licence_id.root");
        };
        let parts: Vec<&str> = rest.split('.').collect();
        let [type_code, issuer, serial, version, check] = parts[..] else {
            return fault("identifier.licence_id.parts");
        };
        let id = LicenceId::assemble(type_code, issuer, serial, version)?;
        if id.text[id.text.len() - 1..] != *check {
            return fault("identifier.licence_id.check");
        }
        Ok(id)
    }

    /// A valid identifier from type code, issuer's credit code, serial and version 1–999.
    /// Errors: `.type_code`, `.serial`, `.version`.
    pub fn make(
        type_code: &str,
        issuer: CreditCode,
        serial: &str,
        version: u16,
    ) -> Result<LicenceId> {
        if !(1..=999).contains(&version) {
            return Err(Error::invalid("identifier.licence_id.version"));
        }
        LicenceId::assemble(type_code, issuer.as_str(), serial, &format!("{version:03}"))
    }

    fn assemble(type_code: &str, issuer: &str, serial: &str, version: &str) -> Result<LicenceId> {
        let plain = |part: &str| part.bytes().all(is_alphanumeric);
        if type_code.len() != 21 || !plain(type_code) {
            return Err(Error::invalid("identifier.licence_id.type_code"));
        }
        let issuer_is_good = match issuer.len() {
            6 => Division::parse(issuer).is_ok(),
            18 | 20 => plain(issuer),
            _ => false,
        };
        if !issuer_is_good {
            return Err(Error::invalid("identifier.licence_id.issuer"));
        }
        if serial.is_empty() || serial.len() > SERIAL_CHARS_MAX || !plain(serial) {
            return Err(Error::invalid("identifier.licence_id.serial"));
        }
        if version.len() != 3 || !plain(version) {
            return Err(Error::invalid("identifier.licence_id.version"));
        }
        let body = [type_code, issuer, serial, version];
        let check = check_of(body.iter().flat_map(|part| part.bytes()));
        let text = format!("{ROOT}{}.{}", body.join("."), char::from(check));
        Ok(LicenceId { text, lengths: body.map(|part| part.len() as u8) })
    }

    /// The whole identifier with its root.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    fn part(&self, index: usize) -> &str {
        let before: usize = self.lengths[..index].iter().map(|&length| length as usize + 1).sum();
        let start = ROOT.len() + before;
        &self.text[start..start + self.lengths[index] as usize]
    }

    /// Type of licence: 18 of the definer's credit code and 3.
    pub fn type_code(&self) -> &str {
        self.part(0)
    }

    /// Issuer, a credit code unless warned of.
    pub fn issuer(&self) -> &str {
        self.part(1)
    }

    /// Serial of the licence at its issuer.
    pub fn serial(&self) -> &str {
        self.part(2)
    }

    /// Version of the licence, three characters from `001`.
    pub fn version(&self) -> &str {
        self.part(3)
    }

    /// The next version of the same licence, for a change or renewal. Errors: `.version` when the
    /// version is not a number or is 999.
    pub fn next_version(&self) -> Result<LicenceId> {
        let next = Some(self.version())
            .filter(|version| is_digits(version))
            .and_then(|version| version.parse::<u16>().ok())
            .filter(|&version| version < 999)
            .ok_or_else(|| Error::invalid("identifier.licence_id.version"))?;
        let version = format!("{:03}", next + 1);
        LicenceId::assemble(self.type_code(), self.issuer(), self.serial(), &version)
    }

    /// What is unusual about the identifier.
    pub fn warnings(&self) -> Vec<Warning> {
        let mut warnings = Vec::new();
        if CreditCode::parse(&self.type_code()[..18]).is_err() {
            warnings.push(Warning::DefinerInvalid);
        }
        match self.issuer().len() {
            6 => warnings.push(Warning::IssuerIsDivision),
            20 => warnings.push(Warning::IssuerIsLong),
            _ if CreditCode::parse(self.issuer()).is_err() => warnings.push(Warning::IssuerInvalid),
            _ => {}
        }
        warnings
    }
}

text_form!(LicenceId);

/// ISO 7064 MOD 37,36.
fn check_of(body: impl Iterator<Item = u8>) -> u8 {
    let mut product = 36;
    for byte in body {
        let sum = (product + value36(byte).unwrap_or(0)) % 36;
        product = if sum == 0 { 36 } else { sum } * 2 % 37;
    }
    match (37 - product) % 36 {
        digit @ 0..=9 => b'0' + digit as u8,
        letter => b'A' + (letter - 10) as u8,
    }
}
