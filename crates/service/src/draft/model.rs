//! The nouns of drafts.

use crate::guide::Answers;
use kernel::{Text, Timestamp};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value as Json;
use std::collections::{BTreeMap, BTreeSet};

/// What a lookup brought, kept with the draft.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Held {
    /// Value it was sought by.
    pub sought: String,
    /// The registry has such a record.
    pub found: bool,
    /// The record; empty when there is none.
    #[serde(default)]
    pub record: String,
    /// Values by field.
    pub fields: BTreeMap<String, Json>,
    /// Agency that answers for them.
    pub source: Text,
    /// When the source last saw it to be so.
    pub observed: Timestamp,
    /// When it was taken.
    pub taken: Timestamp,
    /// Receipt of the read; empty when refused.
    pub receipt: String,
    /// Code of the refusal; empty when it was answered.
    #[serde(default)]
    pub refused: String,
    /// Records it may be, by identifier, with what tells them apart; empty when it is certain.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub offered: BTreeMap<String, BTreeMap<String, Json>>,
    /// What was picked when it was made.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub picked: String,
}

/// The citizen's word on what a page shows from registries.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Confirmation {
    /// Everything is right.
    pub right: bool,
    /// Digest of what was shown: other values must be confirmed anew.
    pub print: String,
}

/// An objection to a value, opened when the draft is handed in.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Dispute {
    /// What it should be.
    pub claimed: String,
    /// Why, or where it can be seen.
    #[serde(default)]
    pub note: String,
}

/// A value that its source corrected while the draft was under way.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Corrected {
    /// What was shown before.
    pub was: Json,
    /// When the draft took the new value.
    pub at: Timestamp,
}

/// Everything a draft holds of people, kept sealed.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Content {
    /// The guide's answers.
    pub guide: Answers,
    /// Optional items the applicant does not want.
    #[serde(default)]
    pub left_out: BTreeSet<String>,
    /// Answers by field, checked and normalised.
    #[serde(default)]
    pub answers: BTreeMap<String, Json>,
    /// What lookups brought, by lookup.
    #[serde(default)]
    pub held: BTreeMap<String, Held>,
    /// Confirmations by page.
    #[serde(default)]
    pub confirmed: BTreeMap<String, Confirmation>,
    /// Objections by field.
    #[serde(default)]
    pub disputes: BTreeMap<String, Dispute>,
    /// Values corrected by their source and not yet confirmed, by field.
    #[serde(default)]
    pub corrected: BTreeMap<String, Corrected>,
    /// Pages saved without a fault.
    #[serde(default)]
    pub saved: BTreeSet<String>,
    /// What is typed on a page and not yet saved, as it was typed.
    #[serde(default)]
    pub typed: BTreeMap<String, BTreeMap<String, String>>,
    /// Request for the other parent's authorisation; empty when none was made.
    #[serde(default)]
    pub authorisation: String,
}

/// A draft.
#[derive(Clone, Debug)]
pub struct Draft {
    /// Id.
    pub id: String,
    /// Party id of the applicant.
    pub person: String,
    /// Account of the clerk who files for him; empty online.
    pub clerk: String,
    /// Party id of who fills it in in the applicant's place, by his authorisation; empty when he
    /// does himself.
    pub agent: String,
    /// `online` or `window`.
    pub channel: String,
    /// What is applied for.
    pub one_thing: String,
    /// Answers and what was looked up.
    pub content: Content,
    /// Number of saves.
    pub revision: i64,
    /// Evidence entry of the consent.
    pub consent_entry: String,
    /// When it was begun.
    pub created: Timestamp,
    /// When it was last saved.
    pub updated: Timestamp,
    /// When it is removed unless handed in.
    pub expires: Timestamp,
    /// The case made of it; empty while it is a draft.
    pub case_id: String,
    /// What the submission answered, as JSON.
    pub answer: String,
}

/// A draft in a list.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct DraftRow {
    /// Id.
    pub id: String,
    /// What is applied for.
    pub one_thing: String,
    /// Its name.
    pub name: Text,
    /// When it was last saved.
    pub updated: crate::case::Moment,
    /// When it is removed unless handed in.
    pub expires: crate::case::Moment,
    /// Name of the applicant, masked, to who acts in his place, and of that one to the applicant;
    /// empty where he acts himself.
    pub other: String,
    /// The reader acts in the applicant's place.
    pub by_agent: bool,
}

/// What one save brings.
#[derive(Clone, Debug, Default)]
pub struct Change {
    /// Answers by field, as they came.
    pub answers: BTreeMap<String, Json>,
    /// Confirmations by page.
    pub confirm: BTreeMap<String, bool>,
    /// Objections by field.
    pub disputes: BTreeMap<String, Dispute>,
    /// The page saved: all it asks for must be there. None for a part of several pages.
    pub page: Option<String>,
}
