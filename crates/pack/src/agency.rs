//! Kinds of agencies and their names by level: with a division, a kind makes one agency.
//!
//! Invariants: an agency's id is `<kind>-<six digits of its division>`; its credit code has valid
//! check characters and is the demonstration's own, not a real body's.
//! Must not know: people, posts, keys.

use crate::definition::{Basis, Day, Level, definition};
use crate::division::{Division, Divisions};
use kernel::identifier::{CreditCode, OrgCode};
use kernel::{Result, Text};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// How agencies of a kind are named at one level.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct NamePattern {
    /// The level.
    pub level: Level,
    /// Only for divisions whose Chinese name ends so: `区`. Patterns are tried in order.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ending: Option<String>,
    /// Pattern with `{division}`, `{parent}` and `{stem}` (the name without 区, 县, 市).
    pub name: Text,
}

/// A kind of agency.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct AgencyKind {
    /// Stable id.
    pub id: String,
    /// Version, from 1.
    pub version: u32,
    /// First day in force.
    pub effective_from: Day,
    /// Legal basis of its powers here.
    pub basis: Vec<Basis>,
    /// Three digits that tell the kind apart in credit codes.
    pub code: String,
    /// Registering authority and category: 11 organ, 12 institution, 13 mass organisation.
    pub head: String,
    /// Two digits of its sector in item codes.
    pub sector: String,
    /// Short name: 卫健.
    pub short_name: Text,
    /// Names by level; at a level without a pattern there is no such agency.
    pub names: Vec<NamePattern>,
}

definition!(AgencyKind, "agency");

/// A hall where services are rendered in person.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Hall {
    /// Its level.
    pub level: Level,
    /// Pattern of its name, as for agencies.
    pub name: Text,
    /// Opening hours.
    pub hours: Text,
}

/// `agencies.yaml`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Agencies {
    /// The kinds.
    pub agencies: Vec<AgencyKind>,
    /// The halls.
    pub halls: Vec<Hall>,
}

/// One agency of one division.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Agency {
    /// `<kind>-<division>`.
    pub id: String,
    /// Its kind.
    pub kind: String,
    /// Six digits of its division.
    pub division: String,
    /// Its level.
    pub level: Level,
    /// Full name.
    pub name: Text,
    /// Short name of its kind.
    pub short_name: Text,
    /// Unified social credit code.
    pub credit_code: String,
}

impl AgencyKind {
    /// The agency of this kind in a division; `None` when the kind does not exist there.
    pub fn in_division(&self, division: Division<'_>, english: &English) -> Option<Agency> {
        if division.is_pseudo() {
            return None;
        }
        let level = division.level();
        let fits = |pattern: &&NamePattern| {
            pattern.level == level
                && pattern.ending.as_ref().is_none_or(|end| division.name().ends_with(end.as_str()))
        };
        let pattern = self.names.iter().find(fits)?;
        let code = division.code();
        let division6 = code.get(..6)?;
        Some(Agency {
            id: format!("{}-{division6}", self.id),
            kind: self.id.clone(),
            division: division6.to_owned(),
            level,
            name: fill(&pattern.name, division, english),
            short_name: self.short_name.clone(),
            credit_code: credit_code(&self.head, &self.code, division6).ok()?.as_str().to_owned(),
        })
    }
}

/// A valid credit code of the demonstration: organisation code = `Y`, the kind's three digits, the
/// last four digits of the division. Errors: those of [`CreditCode::make`].
pub fn credit_code(head: &str, kind: &str, division6: &str) -> Result<CreditCode> {
    let organisation =
        OrgCode::make(&format!("Y{kind}{}", division6.get(2..).unwrap_or_default()))?;
    CreditCode::make(head, division6, organisation)
}

/// English names of divisions, by their code as published.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct English(pub(crate) std::collections::BTreeMap<u64, String>);

impl English {
    /// English name of a division; its Chinese name where none is given.
    pub fn name(&self, division: Division<'_>) -> String {
        crate::division::pad(&division.code())
            .and_then(|code| self.0.get(&code))
            .cloned()
            .unwrap_or_else(|| division.name().to_owned())
    }
}

/// A pattern of a name filled for a division.
pub fn fill(pattern: &Text, division: Division<'_>, english: &English) -> Text {
    let parent = division.parent().filter(|parent| !parent.is_pseudo());
    let parent_en = parent.map(|parent| english.name(parent)).unwrap_or_default();
    let name_en = english.name(division);
    let stem_en = name_en.rsplit_once(' ').map_or(name_en.as_str(), |(stem, _)| stem);
    let put = |pattern: &str, name: &str, parent: &str, stem: &str| {
        pattern.replace("{division}", name).replace("{parent}", parent).replace("{stem}", stem)
    };
    Text::new(
        put(&pattern.zh, division.name(), parent.map_or("", Division::name), stem(division.name())),
        put(&pattern.en, &name_en, &parent_en, stem_en),
    )
}

/// 金水区 → 金水, 管城回族区 → 管城, 中牟县 → 中牟; a development zone keeps its whole name.
fn stem(name: &str) -> &str {
    const WHOLE: [&str; 6] = ["开发区", "示范区", "实验区", "集聚区", "聚集区", "园区"];
    if WHOLE.iter().any(|end| name.ends_with(end)) {
        return name;
    }
    let short = ["回族区", "区", "县", "市"].iter().find_map(|end| name.strip_suffix(end));
    // 叶县 and 新县 are never said without their ending.
    short.filter(|short| short.chars().count() > 1).unwrap_or(name)
}

/// The agency an id names; `None` for an id of no agency.
pub(crate) fn find(
    kinds: &std::collections::BTreeMap<String, AgencyKind>,
    divisions: &Divisions,
    english: &English,
    id: &str,
) -> Option<Agency> {
    let (kind, code) = id.rsplit_once('-')?;
    let division = divisions.find(code).filter(|_| code.len() == 6)?;
    kinds.get(kind)?.in_division(division, english)
}
