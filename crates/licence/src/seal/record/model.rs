//! What the seal register holds, and what an application must say.
//!
//! Must not know: the database.

use kernel::{Error, Result, Text};
use schemars::JsonSchema;
use sea_orm::FromQueryResult;
use serde::Deserialize;

/// Longest reason, remark or document of authority, in characters.
const WORDS_MAX: usize = 200;
/// Longest text across the middle of a seal for a purpose.
const NAME_MAX: usize = 12;

/// A seal of the register.
#[derive(Clone, Debug, FromQueryResult)]
pub struct Record {
    /// Id.
    pub id: String,
    /// Agency whose seal it is.
    pub agency: String,
    /// Its division.
    pub division: String,
    /// `agency`, `special` or `personal`.
    pub kind: String,
    /// Text of a seal for a purpose, name on an officer's; empty for an agency's own.
    pub name: String,
    /// Holder of its key; empty until it is made.
    pub holder: String,
    /// Why it was applied for.
    pub reason: String,
    /// Document of authority.
    pub basis: String,
    /// `applied`, `refused`, `active`, `suspended` or `destroyed`.
    pub state: String,
    /// Since when, microseconds.
    pub state_us: i64,
    /// Account that put it into its state.
    pub state_by: String,
    /// That account's person.
    pub state_party: String,
    /// Why.
    pub state_reason: String,
    /// Account that applied; empty for one made at its first use.
    pub applied_by: String,
    /// That account's person.
    pub applied_party: String,
    /// Who applied.
    pub applied_name: String,
    /// When, microseconds.
    pub applied_us: i64,
    /// Who decided.
    pub decided_name: String,
    /// When, microseconds; 0 while it is open.
    pub decided_us: i64,
    /// What was said to it.
    pub remark: String,
    /// Account of the keeper; empty when only issuing seals with it.
    pub keeper: String,
    /// The keeper's name.
    pub keeper_name: String,
    /// The keeper's post: the role by which he may keep seals.
    pub keeper_role: String,
    /// Since when he keeps it, microseconds.
    pub keeper_us: i64,
    /// Grows with each change.
    pub revision: i64,
}

/// Who took a seal into custody, when, and who handed it over.
#[derive(Clone, Debug, FromQueryResult)]
pub struct Custody {
    /// The keeper's name.
    pub keeper_name: String,
    /// His post.
    pub keeper_role: String,
    /// Since when, microseconds.
    pub at_us: i64,
    /// Who handed it over.
    pub by_name: String,
    /// Why.
    pub reason: String,
}

/// An application for a seal.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SealApplication {
    /// `agency`, `special` or `personal`.
    pub kind: String,
    /// For `special` the text across its middle, such as 行政审批专用章; else left out.
    #[serde(default)]
    pub name: String,
    /// Why it is needed, at most 200 characters.
    pub reason: String,
    /// Document of authority, at most 200 characters.
    pub basis: String,
    /// Sign-in name of the officer who is to keep it; for `personal` whose seal it is.
    pub keeper: String,
}

impl Record {
    /// The agency's name with what the seal says beyond it.
    pub(crate) fn title(&self, agency: &Text) -> Text {
        match self.kind.as_str() {
            "agency" => agency.clone(),
            "personal" => Text::new(
                format!("{} {}印", agency.zh, self.name),
                format!("{}, seal of {}", agency.en, self.name),
            ),
            _ => Text::new(
                format!("{}{}", agency.zh, self.name),
                format!("{}, {}", agency.en, self.name),
            ),
        }
    }

    /// True when it is made and not destroyed.
    pub(crate) fn is_live(&self) -> bool {
        matches!(self.state.as_str(), "active" | "suspended")
    }

    /// True when this account or person put it into its present state.
    pub(super) fn changed_by(&self, account: &str, party: &str) -> bool {
        same((&self.state_by, &self.state_party), (account, party))
    }

    /// True when this account or person applied for it.
    pub(super) fn applied_by(&self, account: &str, party: &str) -> bool {
        same((&self.applied_by, &self.applied_party), (account, party))
    }
}

/// One person, under whichever account.
fn same(one: (&str, &str), other: (&str, &str)) -> bool {
    one.0 == other.0 || (!one.1.is_empty() && one.1 == other.1)
}

impl SealApplication {
    /// Checks what is said, trimmed. Errors: `licence.seal_application` with `licence.seal_kind`,
    /// `licence.seal_name`, `licence.seal_reason`, `licence.seal_basis`, `licence.seal_officer`.
    pub(super) fn checked(mut self) -> Result<SealApplication> {
        for text in [&mut self.name, &mut self.reason, &mut self.basis, &mut self.keeper] {
            *text = text.trim().to_owned();
        }
        let mut wrong = Error::invalid("licence.seal_application");
        let length = self.name.chars().count();
        match self.kind.as_str() {
            "special" if !(3..=NAME_MAX).contains(&length) || !self.name.ends_with('章') => {
                wrong = wrong.field("name", "licence.seal_name");
            }
            "special" => {}
            "agency" | "personal" if self.name.is_empty() => {}
            "agency" | "personal" => wrong = wrong.field("name", "licence.seal_unnamed"),
            _ => wrong = wrong.field("kind", "licence.seal_kind"),
        }
        if self.name.chars().any(|c| c.is_control() || webkit::form::forbidden(c)) {
            wrong = wrong.field("name", "licence.seal_name");
        }
        if !is_said(&self.reason) {
            wrong = wrong.field("reason", "licence.seal_reason");
        }
        if !is_said(&self.basis) {
            wrong = wrong.field("basis", "licence.seal_basis");
        }
        if self.keeper.is_empty() {
            wrong = wrong.field("keeper", "licence.seal_officer");
        }
        wrong.if_any_field()?;
        Ok(self)
    }
}

fn is_said(text: &str) -> bool {
    !text.is_empty() && is_short(text)
}

fn is_short(text: &str) -> bool {
    text.chars().count() <= WORDS_MAX && !text.chars().any(webkit::form::forbidden)
}

/// A reason, trimmed. Errors: `licence.seal_reason` for the field.
pub(super) fn reason(text: &str, field: &str) -> Result<String> {
    let text = text.trim();
    if !is_said(text) {
        return Err(Error::invalid("licence.seal_reason").field(field, "licence.seal_reason"));
    }
    Ok(text.to_owned())
}

/// A remark that may be left out. Errors: as [`reason`].
pub(super) fn remark(text: &str) -> Result<String> {
    match text.trim() {
        "" => Ok(String::new()),
        said => reason(said, "remark"),
    }
}
