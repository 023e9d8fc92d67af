//! What every province shares: roles with their permissions, message templates, reasons, the plans'
//! targets, the rating scale; and the pack's own manifest.
//!
//! Invariants: a permission not declared grants nothing; a message carries no personal data beyond
//! the placeholders of [`PLACEHOLDERS`]. Must not know: accounts, mail, figures.

use crate::definition::Basis;
use crate::definition::Day;
use kernel::Text;
use kernel::calendar::Limit;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Format of packs this program reads.
pub const FORMAT: u32 = 1;

/// `pack.yaml`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Manifest {
    /// Stable id, the folder's name.
    pub id: String,
    /// Version, from 1.
    pub version: u32,
    /// Format, 1.
    pub format: u32,
    /// Name.
    pub name: Text,
    /// Packs it builds on.
    pub depends_on: Vec<String>,
    /// Division code, for the pack of a province.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub division: Option<String>,
    /// Path of the holiday notices, `standard/calendar/holidays.csv`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub calendar: Option<String>,
}

/// A permission.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Permission {
    /// `resource.act`.
    pub id: String,
    /// What it allows.
    pub name: Text,
}

/// A role.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Role {
    /// Stable id.
    pub id: String,
    /// Name.
    pub name: Text,
    /// What its holder does.
    pub summary: Text,
    /// Permissions it grants.
    pub permissions: Vec<String>,
    /// True when who holds it may hold no other: administering, auditing and doing the business are
    /// three people's.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub alone: bool,
}

/// `roles.yaml`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Roles {
    /// Every permission there is.
    pub permissions: Vec<Permission>,
    /// The roles.
    pub roles: Vec<Role>,
}

/// Placeholders a message may use; none says anything of a person or names one, but `who`, a name
/// masked (`张**`) for a reader who is asked something by him.
pub const PLACEHOLDERS: [&str; 15] = [
    "one_thing",
    "item",
    "case_tail",
    "agency",
    "date",
    "deadline",
    "days",
    "count",
    "link",
    "licence",
    "registry",
    "hall",
    "phone",
    "reference",
    "who",
];

/// A channel of messages.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Channel {
    /// The portal's inbox.
    Portal,
    /// SMTP.
    Email,
}

/// A message template.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Message {
    /// Event it answers: `case.accepted`.
    pub id: String,
    /// Subject, with `{placeholder}`s.
    pub subject: Text,
    /// Body, with `{placeholder}`s.
    pub body: Text,
    /// Channels it goes by unless the reader prefers otherwise.
    pub channels: Vec<Channel>,
    /// Sent whatever the reader prefers, since rights or clocks hang on it.
    pub mandatory: bool,
}

/// `messages.yaml`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Messages {
    /// The templates.
    pub messages: Vec<Message>,
}

/// An act that needs a coded reason.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum ReasonFor {
    /// 不予受理.
    RefuseAcceptance,
    /// 补正.
    Correction,
    /// 不予许可、不予办理.
    RefuseGrant,
    /// 撤销、注销证照.
    Revocation,
    /// 延期.
    Extension,
    /// 挂起.
    Suspension,
    /// 数据异议.
    Objection,
}

/// A coded reason, or a phrase to begin one with.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Reason {
    /// Stable id.
    pub id: String,
    /// The act it is for.
    pub act: ReasonFor,
    /// The sentence.
    pub text: Text,
    /// The article, where one sets it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub basis: Option<Basis>,
}

/// `reasons.yaml`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Reasons {
    /// The reasons.
    pub reasons: Vec<Reason>,
}

/// Unit of a target's figure.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum TargetUnit {
    /// Parts in a thousand: 850 is 85 %.
    Permille,
    /// A count.
    Count,
}

/// A plan's target.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Target {
    /// Stable id.
    pub id: String,
    /// Number in the plans' list of targets.
    pub number: u16,
    /// Name.
    pub name: Text,
    /// How it is computed, in words.
    pub formula_text: Text,
    /// Name of the formula that computes it.
    pub formula: String,
    /// Least value that meets it.
    pub value: u64,
    /// Unit of the value.
    pub unit: TargetUnit,
    /// Last day; none where the plan sets none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub deadline: Option<Day>,
    /// The plan and clause.
    pub plan: Text,
}

/// `targets.yaml`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Targets {
    /// The targets.
    pub targets: Vec<Target>,
}

/// A level of the rating scale.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RatingLevel {
    /// Stars, 5 to 1.
    pub stars: u8,
    /// Name: 非常满意.
    pub name: Text,
    /// Counts as a bad rating (差评).
    pub bad: bool,
}

/// What is rated.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RatingDimension {
    /// Stable id.
    pub id: String,
    /// Asked of cases handled online (true) or at a window (false).
    pub online: bool,
    /// Name.
    pub name: Text,
}

/// `ratings.yaml`: 好差评.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Ratings {
    /// Legal basis.
    pub basis: Vec<Basis>,
    /// Five levels, best first.
    pub levels: Vec<RatingLevel>,
    /// What is rated.
    pub dimensions: Vec<RatingDimension>,
    /// Time to contact the person after a bad rating.
    pub contact: Limit,
    /// Time to put it right.
    pub rectification: Limit,
}
