//! A paper to be sealed, and what a draft of one must say.
//!
//! Must not know: the database.

use kernel::{Error, Result, canonical};
use proof::digest::sm3_hex;
use schemars::JsonSchema;
use sea_orm::FromQueryResult;
use serde::Deserialize;
use serde_json::json;

/// Most seals on one paper.
pub const SEALS_MAX: usize = 8;
/// Longest title, number or addressee, in characters.
const LINE_MAX: usize = 80;
/// Longest text, in characters.
const BODY_MAX: usize = 20_000;
/// Longest reason, in characters.
const REASON_MAX: usize = 200;

/// A paper.
#[derive(Clone, Debug, FromQueryResult)]
pub struct Paper {
    /// Id.
    pub id: String,
    /// Agency that draws it up.
    pub agency: String,
    /// Its number; may be empty.
    pub number: String,
    /// Title.
    pub title: String,
    /// To whom it is addressed.
    pub addressee: String,
    /// Text, a paragraph to a line.
    pub body: String,
    /// SM3 of its contents and of who is to seal, in order.
    pub digest: String,
    /// `open`, `sealed`, `refused` or `withdrawn`.
    pub state: String,
    /// Account that drew it up.
    pub made_by: String,
    /// Who drew it up.
    pub made_name: String,
    /// When, microseconds.
    pub made_us: i64,
    /// When it was sealed, refused or withdrawn, microseconds; else 0.
    pub ended_us: i64,
    /// Id of the sealed document; empty before.
    pub document: String,
    /// Grows with each change.
    pub revision: i64,
}

/// Whose turn it is, or was, to seal.
#[derive(Clone, Debug, FromQueryResult)]
pub struct Turn {
    /// Id.
    pub id: String,
    /// Place, from 1.
    pub place: i64,
    /// The seal's record.
    pub record: String,
    /// The seal's agency.
    pub agency: String,
    /// `waiting`, `agreed` or `refused`.
    pub state: String,
    /// The keeper who said so.
    pub keeper_name: String,
    /// When, microseconds; else 0.
    pub at_us: i64,
    /// Why.
    pub reason: String,
}

/// A draft.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PaperDraft {
    /// Its number, at most 80 characters; may be empty.
    #[serde(default)]
    pub number: String,
    /// Title, at most 80 characters.
    pub title: String,
    /// To whom it is addressed, at most 80 characters.
    pub addressee: String,
    /// Text, a paragraph to a line, at most 20,000 characters.
    pub body: String,
    /// Ids of the seals, in the order in which they are put; the first is of one's own agency.
    pub seals: Vec<String>,
}

impl PaperDraft {
    /// Checks what is said, trimmed. Errors: `licence.paper` with `licence.paper_line`,
    /// `licence.paper_body`, `licence.paper_seals`.
    pub(super) fn checked(mut self) -> Result<PaperDraft> {
        for text in [&mut self.number, &mut self.title, &mut self.addressee, &mut self.body] {
            *text = text.trim().replace("\r\n", "\n");
        }
        let mut wrong = Error::invalid("licence.paper");
        let fits = |text: &str, max: usize| {
            text.chars().count() <= max && !text.chars().any(webkit::form::forbidden)
        };
        let line = |text: &str| !text.is_empty() && fits(text, LINE_MAX) && !text.contains('\n');
        for (name, text) in [("title", &self.title), ("addressee", &self.addressee)] {
            if !line(text) {
                wrong = wrong.field(name, "licence.paper_line");
            }
        }
        if !self.number.is_empty() && !line(&self.number) {
            wrong = wrong.field("number", "licence.paper_line");
        }
        if self.body.is_empty() || !fits(&self.body, BODY_MAX) {
            wrong = wrong.field("body", "licence.paper_body");
        }
        let once: std::collections::BTreeSet<&String> = self.seals.iter().collect();
        if !(1..=SEALS_MAX).contains(&self.seals.len()) || once.len() != self.seals.len() {
            wrong = wrong.field("seals", "licence.paper_seals");
        }
        wrong.if_any_field()?;
        Ok(self)
    }

    /// What each keeper agrees to. Errors: those of canonical JSON.
    pub(super) fn digest(&self) -> Result<String> {
        let whole = json!({ "number": self.number, "title": self.title,
            "addressee": self.addressee, "body": self.body, "seals": self.seals });
        Ok(sm3_hex(canonical::to_string(&whole)?.as_bytes()))
    }
}

/// A reason, trimmed. Errors: `licence.reason_text`.
pub(super) fn reason(text: &str) -> Result<String> {
    let text = text.trim();
    let fits = text.chars().count() <= REASON_MAX && !text.chars().any(webkit::form::forbidden);
    if text.is_empty() || !fits {
        let code = "licence.reason_text";
        return Err(Error::invalid(code).field("reason", code));
    }
    Ok(text.to_owned())
}
