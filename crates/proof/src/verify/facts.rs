//! The members of a licence's data that verification itself relies on.
//!
//! Invariant: the data is canonical JSON, an object. Must not know: every other member.

use crate::certificate::Certificate;
use kernel::identifier::LicenceId;
use kernel::{Error, Result, Text, Timestamp, canonical};
use serde_json::Value;

/// What a verifier needs to know of a licence. Read from the members `licence_id`,
/// `issuer_code`, `valid_from` and `valid_until` of its data; instants are microseconds since
/// 1970, absent or `null` when unlimited.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Facts {
    /// Identifier by GB/T 36904.
    pub licence_id: Option<String>,
    /// Code of the issuing agency, as in its certificate.
    pub issuer_code: Option<String>,
    /// First instant at which it holds.
    pub valid_from: Option<Timestamp>,
    /// First instant at which it no longer holds.
    pub valid_until: Option<Timestamp>,
}

impl Facts {
    /// Reads embedded data. Errors: `proof.licence.form` for what is not canonical JSON of an
    /// object, or when one of the members is of another type.
    pub fn parse(payload: &[u8]) -> Result<(Facts, Value)> {
        let form = || Error::invalid("proof.licence.form");
        let body: Value = serde_json::from_slice(payload).map_err(|e| form().detail(e))?;
        if canonical::to_string(&body).ok().as_deref().map(str::as_bytes) != Some(payload) {
            return Err(form().detail("not canonical"));
        }
        Ok((Facts::of(&body)?, body))
    }

    /// Reads a value. Errors: `proof.licence.form`.
    pub fn of(body: &Value) -> Result<Facts> {
        let form = || Error::invalid("proof.licence.form");
        let object = body.as_object().ok_or_else(form)?;
        let member = |name: &str| object.get(name).filter(|value| !value.is_null());
        let text = |name: &str| {
            member(name).map(|v| v.as_str().map(str::to_owned).ok_or_else(form)).transpose()
        };
        let instant = |name: &str| {
            member(name).map(|v| v.as_i64().map(Timestamp).ok_or_else(form)).transpose()
        };
        Ok(Facts {
            licence_id: text("licence_id")?,
            issuer_code: text("issuer_code")?,
            valid_from: instant("valid_from")?,
            valid_until: instant("valid_until")?,
        })
    }

    /// Checks the identifier's form and check character (GB/T 36904, ISO 7064 MOD 37,36).
    pub(super) fn verify_identifier(&self) -> Result<()> {
        let absent = || Error::invalid("proof.licence.form").detail("no identifier");
        let id = self.licence_id.as_deref().ok_or_else(absent)?;
        // The identifier's own reader forgives blanks and small letters; a signed one has none.
        if LicenceId::parse(id).is_ok_and(|parsed| parsed.as_str() == id) {
            return Ok(());
        }
        Err(Error::invalid("proof.licence.identifier").arg("id", id))
    }

    /// Checks that the licence was sealed by its issuer: data and certificate name one code.
    pub(super) fn verify_issuer(&self, signer: Option<&Certificate>) -> Result<()> {
        let Some(signer) = signer else { return Ok(()) };
        if self.issuer_code.as_deref().unwrap_or("") != signer.subject().code {
            return Err(Error::invalid("proof.licence.issuer"));
        }
        Ok(())
    }

    /// Checks that the licence holds at the instant by its own dates.
    pub(super) fn verify_validity(&self, at: Timestamp) -> Result<()> {
        if let Some(from) = self.valid_from.filter(|from| at < *from) {
            return Err(Error::invalid("proof.licence.not_yet_valid").arg("day", from.date()));
        }
        if let Some(until) = self.valid_until.filter(|until| at >= *until) {
            return Err(Error::invalid("proof.licence.expired").arg("day", until.date()));
        }
        Ok(())
    }

    /// The validity in words.
    pub(super) fn validity(&self) -> Text {
        let from = self.valid_from.map(|at| at.date().to_string());
        let until = self.valid_until.map(|at| at.date().to_string());
        match (from, until) {
            (Some(from), Some(until)) => Text::new(
                format!("有效期自 {from} 起，至 {until} 止。"),
                format!("Valid from {from} until {until}."),
            ),
            (Some(from), None) => Text::new(
                format!("自 {from} 起长期有效。"),
                format!("Valid from {from} without limit."),
            ),
            (None, Some(until)) => {
                Text::new(format!("有效期至 {until} 止。"), format!("Valid until {until}."))
            }
            (None, None) => Text::new("长期有效。", "Valid without limit."),
        }
    }
}
