//! The capability map: which of the register's 430 rows work, where they live and which tests
//! prove them. `register.toml` says it, this module prints it and shows it as a page.
//!
//! Invariant: a row that `register.toml` does not name is absent; a test it names exists (checked
//! by the project's own tests).

use kernel::{Error, Result, Text};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::json;
use std::collections::BTreeMap;
use webkit::{Access, Answer, Call, Module, get};

const REGISTER: &str = include_str!("../../../register.toml");
const SYSTEMS: &str = include_str!("../../../packs/standard/register/systems.csv");

/// How far a row is realised.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Status {
    /// A user can do what the row says, end to end.
    Works,
    /// A part of it.
    Partial,
    /// Nothing of it.
    Absent,
}

impl Status {
    /// The word of the report.
    pub fn word(self) -> &'static str {
        match self {
            Status::Works => "works",
            Status::Partial => "partial",
            Status::Absent => "absent",
        }
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Entry {
    status: Status,
    #[serde(rename = "where")]
    place: String,
    #[serde(default)]
    page: String,
    tests: Vec<String>,
    #[serde(default)]
    lacks: Option<Text>,
}

#[derive(Deserialize)]
struct System {
    id: String,
    group: String,
    name_zh: String,
    name_en: String,
}

/// One row of the register.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct Row {
    /// `R001` … `R430`.
    pub id: String,
    /// How far it is realised.
    pub status: Status,
    /// Folder or module where it lives; empty when absent.
    #[serde(rename = "where")]
    pub place: String,
    /// Tests that prove it.
    pub tests: Vec<String>,
    /// Name of the system.
    pub name: Text,
    /// Group of the register.
    pub group: String,
    /// Page on which it is seen; empty when it has none of its own.
    pub page: String,
    /// What it lacks of the whole row.
    pub lacks: Option<Text>,
}

/// All rows in order. Errors when `register.toml` is not well formed.
pub fn rows() -> Result<Vec<Row>> {
    let mut entries: BTreeMap<String, Entry> = toml::from_str(REGISTER)
        .map_err(|error| Error::internal(format!("register.toml: {error}")))?;
    let mut rows = Vec::new();
    for system in csv::Reader::from_reader(SYSTEMS.as_bytes()).deserialize::<System>() {
        let system = system.map_err(|error| Error::internal(format!("systems.csv: {error}")))?;
        let entry = entries.remove(&system.id);
        rows.push(Row {
            status: entry.as_ref().map_or(Status::Absent, |entry| entry.status),
            place: entry.as_ref().map(|entry| entry.place.clone()).unwrap_or_default(),
            tests: entry.as_ref().map(|entry| entry.tests.clone()).unwrap_or_default(),
            page: entry.as_ref().map(|entry| entry.page.clone()).unwrap_or_default(),
            lacks: entry.and_then(|entry| entry.lacks),
            name: Text::new(system.name_zh, system.name_en),
            group: system.group,
            id: system.id,
        });
    }
    match entries.keys().next() {
        Some(id) => Err(Error::internal(format!("register.toml names an unknown row {id}"))),
        None => Ok(rows),
    }
}

/// A group's name; the register has it in Chinese alone.
pub(crate) fn named(group: &str) -> Text {
    let english = match group {
        "数据资源" => "Data resources",
        "一网通办" => "Services: one network handles all",
        "一网智管" => "Management: one network sees all",
        "一网协同" => "Government at work: one network joins all",
        "一网统管(城市与社会治理)" => "City and society: one network runs all",
        "经济与决策" => "Economy and decisions",
        "行业应用" => "Sectors",
        "共性支撑" => "Common foundations",
        "一朵云" => "One cloud",
        "一张网" => "One network",
        "一道墙" => "One wall: security",
        "制度规则与保障" => "Rules and safeguards",
        "数字生态" => "Digital ecosystem",
        _ => group,
    };
    Text::new(group.replace('(', "（").replace(')', "）"), english)
}

/// The module.
pub fn modules() -> Vec<Module> {
    vec![Module {
        name: "yipan.capability",
        routes: vec![
            get("/capability", Access::Anyone, page),
            get("/api/v1/capability", Access::Anyone, api)
                .doc("Which rows of the requirements register work")
                .gives::<Vec<Row>>(),
        ],
        ..Module::default()
    }]
}

async fn page(call: Call) -> Answer {
    let rows = rows()?;
    let mut groups: Vec<(String, Vec<&Row>)> = Vec::new();
    for row in &rows {
        match groups.iter_mut().find(|(name, _)| *name == row.group) {
            Some((_, group)) => group.push(row),
            None => groups.push((row.group.clone(), vec![row])),
        }
    }
    let count = |rows: &[&Row], status| rows.iter().filter(|row| row.status == status).count();
    let all: Vec<&Row> = rows.iter().collect();
    let groups: Vec<_> = groups
        .iter()
        .map(|(name, group)| {
            json!({
                "name": named(name),
                "total": group.len(),
                "works": count(group, Status::Works),
                "partial": count(group, Status::Partial),
                "rows": group.iter().filter(|row| row.status != Status::Absent).collect::<Vec<_>>(),
                "absent": group.iter().filter(|row| row.status == Status::Absent).collect::<Vec<_>>(),
            })
        })
        .collect();
    call.page(
        "yipan/capability.html",
        &json!({ "groups": groups, "works": count(&all, Status::Works),
            "partial": count(&all, Status::Partial), "total": all.len() }),
    )
}

async fn api(call: Call) -> Answer {
    call.json(&rows()?)
}
