//! What verification found. Pure.

use jiff::civil::Date;
use kernel::{Text, Timestamp};
use proof::verify::Report;
use serde_json::Value as Json;

/// By what something was verified.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A holder's one-time code.
    Presentation,
    /// The code printed on a sheet, or identifier and number.
    Licence,
    /// The code printed on a sealed document.
    Document,
    /// A file.
    File,
}

impl Kind {
    /// As the REST interface names it.
    pub fn name(self) -> &'static str {
        match self {
            Kind::Presentation => "presentation",
            Kind::Licence => "licence",
            Kind::Document => "document",
            Kind::File => "file",
        }
    }
}

/// One thing that was checked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Check {
    /// Stable name: those of `proof::verify`, `revocation` where the signer's certificate was
    /// suspended or taken back, and `register` for the register's present state.
    pub name: String,
    /// True when it holds.
    pub ok: bool,
    /// What was found, or why it fails.
    pub detail: Text,
}

/// What may be shown of a licence.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Seen {
    /// Identifier by GB/T 36904.
    pub identifier: String,
    /// Licence type.
    pub type_id: String,
    /// Its name.
    pub name: Text,
    /// Issuing agency.
    pub issuer: Text,
    /// The holder's name, masked.
    pub holder: String,
    /// Two-digit state at the instant.
    pub state: String,
    /// When issued.
    pub issued: Timestamp,
    /// From when to when it holds, in words.
    pub validity: Text,
    /// Chosen fields, or those that the type opens to the public: id, name, value.
    pub fields: Vec<(String, Text, Text)>,
}

/// What may be shown of a sealed document.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SeenDocument {
    /// Title.
    pub title: String,
    /// Agency that sealed it.
    pub issuer: Text,
    /// SM3 of the file.
    pub digest: String,
    /// When it was sealed.
    pub at: Timestamp,
}

/// What verification found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outcome {
    /// By what.
    pub kind: Kind,
    /// True when every check holds.
    pub valid: bool,
    /// When, by the platform's clock.
    pub at: Timestamp,
    /// The day of which it tells, when another than today was asked for.
    pub as_of: Option<Date>,
    /// The checks, in the order made.
    pub checks: Vec<Check>,
    /// The licence, when it is one.
    pub licence: Option<Seen>,
    /// The document, when it is one.
    pub document: Option<SeenDocument>,
}

/// Checks that only a licence has to stand.
const OF_LICENCES: [&str; 3] = ["identifier", "validity", "status"];

/// The checks of a report; those of licences are left out for what says it is another document and
/// whose seal holds.
pub(super) fn checks_of(report: &Report) -> Vec<Check> {
    let is_document = report.body.as_ref().is_some_and(is_document);
    report
        .checks
        .iter()
        .filter(|check| !(is_document && OF_LICENCES.contains(&check.name.as_str())))
        .map(|check| Check { name: check.name.clone(), ok: check.ok, detail: check.detail.clone() })
        .collect()
}

/// True for the signed data of a receipt, notice or decision.
pub(super) fn is_document(body: &Json) -> bool {
    body["kind"] == "document" && body.get("licence_id").is_none()
}

/// True when there are checks and all hold.
pub(super) fn all_hold(checks: &[Check]) -> bool {
    !checks.is_empty() && checks.iter().all(|check| check.ok)
}
