//! What each act takes, as pages and the REST interface send it.
//!
//! Must not know: who may act, what follows.

use super::model::Material;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value as Json;
use std::collections::BTreeMap;

/// Acceptance (受理).
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Acceptance {
    /// Materials that may follow later (容缺).
    #[serde(default)]
    pub tolerated: Vec<String>,
    /// The applicant's written promise to supply them.
    #[serde(default)]
    pub promise: String,
    /// Answers to what the procedure that examines the case asks at its beginning.
    #[serde(default)]
    pub procedure: BTreeMap<String, Json>,
}

/// Refusal of acceptance (不予受理).
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RefusalOfAcceptance {
    /// Why.
    pub reasons: String,
    /// Where the applicant may turn; the item's remedies when empty.
    #[serde(default)]
    pub remedies: String,
    /// The article applied.
    pub article: String,
}

/// One notice of everything to mend (一次性告知补正).
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CorrectionNotice {
    /// Form fields.
    #[serde(default)]
    pub fields: Vec<String>,
    /// Materials of the item.
    #[serde(default)]
    pub materials: Vec<String>,
    /// What is wrong and how to mend it.
    pub note: String,
}

/// What the applicant mended.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Correction {
    /// New answers by form field; only those asked.
    #[serde(default)]
    pub answers: BTreeMap<String, Json>,
    /// New materials; only those asked.
    #[serde(default)]
    pub materials: Vec<Material>,
}

/// What the applicant hands in while his case is examined.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct HandIn {
    /// Id of what is awaited.
    pub awaited: String,
    /// Answers by field of its form.
    #[serde(default)]
    pub answers: BTreeMap<String, Json>,
    /// Files, of materials of the item.
    #[serde(default)]
    pub materials: Vec<Material>,
}

/// Special procedure (特别程序): the clock stops.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Suspension {
    /// Id of a procedure of the item.
    pub procedure: String,
    /// The article applied; the procedure's own when empty.
    #[serde(default)]
    pub article: String,
    /// The time needed, as the applicant is told.
    pub needed: String,
}

/// End of the special procedure.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Resumption {
    /// What it found.
    pub result: String,
}

/// More time to decide, once.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Extension {
    /// How much, in the unit of the statutory limit, or of the promise where the law sets none.
    pub amount: u32,
    /// Why, as the applicant is told.
    pub reason: String,
    /// The article applied.
    pub article: String,
}

/// The decision (决定).
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Decision {
    /// Grant or refuse.
    pub granted: bool,
    /// The officer's opinion.
    pub opinion: String,
    /// Reasons; needed for a refusal.
    #[serde(default)]
    pub reasons: String,
    /// The article applied.
    pub article: String,
    /// Remedies; the item's own when empty.
    #[serde(default)]
    pub remedies: String,
}

/// Withdrawal by the applicant.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Withdrawal {
    /// Why, if told.
    #[serde(default)]
    pub reason: String,
}

/// Revocation of a grant.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Revocation {
    /// Why.
    pub reason: String,
    /// The article applied.
    pub article: String,
}

/// Ending what can no longer be decided.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Termination {
    /// Why.
    pub reason: String,
    /// The article applied.
    pub article: String,
}

/// Handing a case to the agency that has the power.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Transfer {
    /// Id of that agency.
    pub to: String,
    /// Why.
    pub reason: String,
    /// The article that gives it the power.
    pub article: String,
}

/// Taking over a case that was handed over.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct TakeOver {
    /// Answers to what the procedure asks at its beginning, where the case was accepted.
    #[serde(default)]
    pub procedure: BTreeMap<String, Json>,
}

/// Giving back a case that was handed over.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct TransferReturn {
    /// Why.
    pub reason: String,
}

/// Opening again what was refused, withdrawn or lapsed by mistake.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Reopening {
    /// Why.
    pub reason: String,
    /// The article applied.
    pub article: String,
}

/// Letting a grant stand that came into question.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Confirmation {
    /// On what grounds.
    pub opinion: String,
    /// The article applied.
    pub article: String,
}

/// Handing a case to another officer.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct HandOver {
    /// Account of the other officer.
    pub to: String,
    /// Why.
    pub reason: String,
}
