//! Base registries (基础库) and the contracts under which their data are shared.
//!
//! Invariants: a field has one source and a sensitivity grade; a contract names its legal basis,
//! purpose, fields, quota and end. Must not know: records, queries.

use crate::definition::{Basis, Day, definition};
use crate::one_thing::FieldKind;
use kernel::Text;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A field of a registry.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RegistryField {
    /// Id within the registry.
    pub id: String,
    /// Name.
    pub name: Text,
    /// Kind of value.
    pub kind: FieldKind,
    /// Sensitivity, 1 (general) to 4 (most sensitive).
    pub grade: u8,
    /// Codes and their names, for a coded value.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub choices: Vec<crate::one_thing::Choice>,
    /// Least number.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub min: Option<i64>,
    /// Greatest number.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max: Option<i64>,
    /// A day or moment that is never to come.
    #[serde(default, skip_serializing_if = "is_false")]
    pub past: bool,
    /// Field that holds the day of this moment: who corrects the one corrects the other.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub day: Option<String>,
    /// A record is none without it: a correction does not empty it.
    #[serde(default, skip_serializing_if = "is_false")]
    pub required: bool,
}

fn is_false(flag: &bool) -> bool {
    !*flag
}

/// How often a registry is brought up to date.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Cycle {
    /// 实时.
    Realtime,
    /// 每日.
    Daily,
    /// 每周.
    Weekly,
    /// 每月.
    Monthly,
}

/// 共享类型.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Sharing {
    /// 无条件共享.
    Unconditional,
    /// 有条件共享.
    Conditional,
    /// 不予共享.
    None,
}

/// `registries/<id>.yaml`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Registry {
    /// Stable id, the file's name.
    pub id: String,
    /// Version, from 1.
    pub version: u32,
    /// First day in force.
    pub effective_from: Day,
    /// Legal basis.
    pub basis: Vec<Basis>,
    /// Name.
    pub name: Text,
    /// What it holds, in a sentence.
    pub summary: Text,
    /// Agency kind that answers for the data.
    pub source: String,
    /// Catalogue code: 类 1 digit, 项 2, 目 3, `/`, sequence.
    pub code: String,
    /// Field that identifies a record.
    pub identifier: String,
    /// Fields by which a record may be sought, the identifier among them.
    pub keys: Vec<String>,
    /// How often it is brought up to date.
    pub cycle: Cycle,
    /// On what terms it is shared.
    pub sharing: Sharing,
    /// Working days the source has to answer an objection.
    pub objection_working_days: u16,
    /// Its fields.
    pub fields: Vec<RegistryField>,
}

definition!(Registry, "registry");

impl Registry {
    /// A field by its id.
    pub fn field(&self, id: &str) -> Option<&RegistryField> {
        self.fields.iter().find(|field| field.id == id)
    }
}

/// A share contract.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Contract {
    /// Stable id.
    pub id: String,
    /// Version, from 1.
    pub version: u32,
    /// First day in force.
    pub effective_from: Day,
    /// Legal basis.
    pub basis: Vec<Basis>,
    /// Registry read.
    pub registry: String,
    /// Agency kinds that may read.
    pub consumers: Vec<String>,
    /// One-thing whose open case admits the read.
    pub one_thing: String,
    /// For what, as the person whose data are read is told.
    pub purpose: Text,
    /// Fields released; no other leaves the registry.
    pub fields: Vec<String>,
    /// Reads a day, all consumers together.
    pub quota_per_day: u32,
    /// Last day.
    pub expires: Day,
    /// How old a record may be to count as fresh.
    pub max_age_hours: u32,
}

definition!(Contract, "contract");

/// `registries/contracts.yaml`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Contracts {
    /// The contracts.
    pub contracts: Vec<Contract>,
}
