//! Indicators as shown.
//!
//! Must not know: templates, HTTP.

use kernel::Text;
use schemars::JsonSchema;
use serde::Serialize;
use service::case::Moment;

/// A target beside what is.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct Indicator {
    /// Id of the target.
    pub id: String,
    /// Its number in the plans' list.
    pub number: u16,
    /// Name.
    pub name: Text,
    /// Name of the formula.
    pub formula: String,
    /// The formula in words.
    pub formula_text: Text,
    /// The plan and clause that sets it.
    pub plan: Text,
    /// `permille` or `count`.
    pub unit: String,
    /// Least value that meets it, in the unit.
    pub goal: u64,
    /// Last day to meet it; absent where the plan sets none.
    pub deadline: Option<String>,
    /// Numerator, or the count.
    pub numerator: u64,
    /// Denominator; absent for a count.
    pub denominator: Option<u64>,
    /// Value in the unit; absent when there is nothing to divide by or no such formula.
    pub value: Option<u64>,
    /// The goal is met; absent when there is no value.
    pub met: Option<bool>,
    /// First day of the cases counted; absent when it rests on definitions.
    pub from: Option<String>,
    /// Last day of the cases counted.
    pub until: Option<String>,
    /// When it was computed.
    pub as_of: Moment,
    /// Digest of the definitions it was computed from.
    pub definitions: String,
}

/// One thing counted.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct PartRow {
    /// `item`, `published`, `one_thing`, `licence_type`, `body`, `channel`.
    pub kind: String,
    /// Id.
    pub id: String,
    /// Name.
    pub name: Text,
    /// What it adds to the numerator.
    pub numerator: u64,
    /// What it adds to the denominator.
    pub denominator: u64,
}

/// An indicator with what it counts.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct Shown {
    /// The indicator.
    #[serde(flatten)]
    pub indicator: Indicator,
    /// What is counted, at most 50, what is missing first.
    pub parts: Vec<PartRow>,
    /// How many parts there are.
    pub parts_total: usize,
    /// Cursor of the next page; absent on the last.
    pub next: Option<String>,
    /// Metrics behind numerator and denominator when they are cases.
    pub metrics: Option<(String, String)>,
}
