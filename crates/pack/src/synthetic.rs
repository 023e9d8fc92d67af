//! What the demonstration's people, streets and hospitals are called. No real person or hospital.
//!
//! Must not know: how a population is drawn.

use kernel::Text;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// `synthetic.yaml`.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Synthetic {
    /// Surnames with their frequency in ten thousand persons.
    pub surnames: BTreeMap<String, u32>,
    /// Characters of women's given names.
    pub given_female: Vec<String>,
    /// Characters of men's given names.
    pub given_male: Vec<String>,
    /// Given names of two characters, in a thousand.
    pub given_two_permille: u16,
    /// Names of town streets.
    pub streets: Vec<String>,
    /// Names of housing estates.
    pub estates: Vec<String>,
    /// Hospitals with a delivery ward; `{division}` stands for the city’s name.
    pub hospitals: Vec<Text>,
    /// Vaccination units; `{division}` stands for the township's name.
    pub vaccination_units: Vec<Text>,
    /// Prefixes of mobile numbers that no operator has given out.
    pub mobile_prefixes: Vec<String>,
    /// Banks that issue social-security cards, with the digits their cards begin with.
    pub banks: Vec<Bank>,
    /// Nationalities with their frequency in ten thousand persons.
    pub ethnicities: BTreeMap<String, u32>,
}

/// A bank of the demonstration.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Bank {
    /// Stable id.
    pub id: String,
    /// Name.
    pub name: Text,
    /// First digits of its cards.
    pub prefix: String,
}
