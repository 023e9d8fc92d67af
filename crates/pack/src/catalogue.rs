//! The catalogue of published service items, entered from a list whose codes are dirty: read,
//! mended or set aside with a reason, none dropped, and re-homed to this province's agencies.
//!
//! Invariants: every row of the list is in the catalogue; a row whose published code cannot be
//! read has no implementation code and cannot be applied for. Rows are only ever appended, since
//! the numbers given to re-homed items follow their order.
//! Must not know: the items handled online.

use crate::agency::{Agency, AgencyKind};
use crate::definition::{Basis, Day, Level, definition};
use crate::item::ItemType;
use kernel::identifier::{
    CreditCode, ItemCode, Normalised, Organisation, PowerLevel, PublishedCode, Reason,
};
use kernel::{Error, Result, Text};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// Rows an item list may have.
pub const ROWS_MAX: usize = 200_000;

/// Columns of `services/items.csv`.
const COLUMNS: [&str; 7] =
    ["department", "group", "name", "item_code", "task_type", "department_code", "area_code"];

/// Departments of the list and the agency kind that has their powers here.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct DepartmentRule {
    /// Names in the list.
    pub from: Vec<String>,
    /// Agency kind.
    pub to: String,
}

/// `services/rehome.yaml`: how the list is entered.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Rehome {
    /// Stable id.
    pub id: String,
    /// Version, from 1.
    pub version: u32,
    /// First day in force.
    pub effective_from: Day,
    /// Legal basis.
    pub basis: Vec<Basis>,
    /// Where the list comes from.
    pub origin: Text,
    /// Division whose agencies get the items.
    pub division: String,
    /// Two digits of the area that defines the new basic codes: 41.
    pub area: String,
    /// Group name that means none.
    pub no_group: String,
    /// Departments to agency kinds.
    pub departments: Vec<DepartmentRule>,
}

definition!(Rehome, "rehome");

/// Whether a published item can be relied on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Status {
    /// In the guide; applied for at the window.
    Published,
    /// Its published code cannot be read; its source must mend it.
    Quarantined,
}

/// A published item as re-homed here.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Published {
    /// Row of the list after the heading, from 1.
    pub row: u32,
    /// Name as published, in Chinese.
    pub name: String,
    /// Group of scenes it belongs to, in Chinese.
    pub group: Option<String>,
    /// Type of power or service.
    pub item_type: ItemType,
    /// Agency kind here.
    pub agency_kind: String,
    /// Agency here.
    pub agency: String,
    /// Code at its origin, mended where it could be, else as published.
    pub local_code: String,
    /// Implementation code here, 31 characters; `None` when quarantined.
    pub code: Option<String>,
    /// Whether it can be relied on.
    pub status: Status,
    /// What was mended or is wrong.
    pub why: Option<Reason>,
}

/// A code that was mended or set aside.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Note {
    /// Row of the list, from 1.
    pub row: u32,
    /// The item's or department's name.
    pub name: String,
    /// The code as published.
    pub from: String,
    /// The code after mending; `None` when set aside.
    pub to: Option<String>,
    /// Why, as a stable word.
    pub why: Reason,
    /// Why, as a sentence.
    pub text: Text,
}

/// How the list's codes fared. `total = valid + repaired + quarantined`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct ItemsReport {
    /// Rows of the list.
    pub total: usize,
    /// Rows whose code was good as published.
    pub valid: usize,
    /// Rows whose code was mended.
    pub repaired: Vec<Note>,
    /// Rows whose code was set aside.
    pub quarantined: Vec<Note>,
    /// Department codes mended or set aside, each department and code once.
    pub departments: Vec<Note>,
}

/// The catalogue with its report.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Catalogue {
    /// Every row, in the list's order.
    pub items: Vec<Published>,
    /// How the codes fared.
    pub report: ItemsReport,
}

struct Row {
    number: u32,
    department: String,
    group: String,
    name: String,
    item_code: String,
    item_type: ItemType,
    department_code: String,
}

/// Enters the list. `agency_of` gives the agency of a kind in the re-homing division.
///
/// Errors: `pack.items` with `row` and `why`; the list as a whole is refused only when a row has
/// no name, no known type or a department without a rule, since it could not be entered at all.
pub fn enter(
    csv: &[u8],
    rehome: &Rehome,
    kinds: &BTreeMap<String, AgencyKind>,
    agency_of: &dyn Fn(&str) -> Option<Agency>,
) -> Result<Catalogue> {
    let mut out = Catalogue::default();
    let mut numbering = Numbering::default();
    let mut departments_seen = BTreeSet::new();
    let mut agencies: BTreeMap<String, Agency> = BTreeMap::new();
    for row in read_rows(csv)? {
        let rule = rehome.departments.iter().find(|rule| rule.from.contains(&row.department));
        let kind = rule
            .and_then(|rule| kinds.get(&rule.to))
            .ok_or_else(|| fault(row.number, "department has no rule / 部门没有映射规则"))?;
        if !agencies.contains_key(&kind.id) {
            let found = agency_of(&kind.id).ok_or_else(|| {
                fault(row.number, "no such agency in the division / 该区划没有这类机关")
            })?;
            agencies.insert(kind.id.clone(), found);
        }
        let Some(agency) = agencies.get(&kind.id) else { continue };
        if departments_seen.insert((row.department.clone(), row.department_code.clone())) {
            note_department(&row, &mut out.report);
        }
        let basic = numbering.next(rehome, kind, &row)?;
        out.items.push(publish(rehome, &row, kind, agency, &basic, &mut out.report)?);
    }
    out.report.total = out.items.len();
    Ok(out)
}

fn publish(
    rehome: &Rehome,
    row: &Row,
    kind: &AgencyKind,
    agency: &Agency,
    basic: &str,
    report: &mut ItemsReport,
) -> Result<Published> {
    let read = ItemCode::normalise(&row.item_code);
    let local = read.code().map(|code| match code {
        PublishedCode::National(code) => code.as_str().to_owned(),
        PublishedCode::Local(code) => code.as_str().to_owned(),
    });
    let code = match &local {
        Some(_) => Some(implementation(basic, agency)?),
        None => None,
    };
    match read.why() {
        None => report.valid += 1,
        Some(why) => {
            let note = note(row.number, &row.name, &row.item_code, local.clone(), why);
            if local.is_some() { report.repaired.push(note) } else { report.quarantined.push(note) }
        }
    }
    Ok(Published {
        row: row.number,
        name: row.name.clone(),
        group: rehome.group(row).map(str::to_owned),
        item_type: row.item_type,
        agency_kind: kind.id.clone(),
        agency: agency.id.clone(),
        status: if local.is_some() { Status::Published } else { Status::Quarantined },
        local_code: local.unwrap_or_else(|| row.item_code.clone()),
        code,
        why: read.why(),
    })
}

/// The implementation code (31 characters) of a basic code at an agency.
/// Errors: those of [`ItemCode::parse`].
pub fn implementation(basic: &str, agency: &Agency) -> Result<String> {
    let level = PowerLevel::of_digit(b'0' + agency.level.code())
        .ok_or_else(|| Error::invalid("pack.items"))?;
    let code = ItemCode::parse(basic)?.make(CreditCode::parse(&agency.credit_code)?, level)?;
    Ok(code.as_str().to_owned())
}

fn note_department(row: &Row, report: &mut ItemsReport) {
    let read = Organisation::normalise(&row.department_code);
    if let Some(why) = read.why() {
        let to = match &read {
            Normalised::Valid { code } | Normalised::Repaired { code, .. } => {
                Some(code.as_str().to_owned())
            }
            Normalised::Quarantined { .. } => None,
        };
        report.departments.push(note(row.number, &row.department, &row.department_code, to, why));
    }
}

fn note(row: u32, name: &str, from: &str, to: Option<String>, why: Reason) -> Note {
    Note { row, name: name.to_owned(), from: from.to_owned(), to, why, text: why.text() }
}

impl Rehome {
    /// The group of a row, when it has one.
    fn group<'a>(&self, row: &'a Row) -> Option<&'a str> {
        Some(row.group.as_str()).filter(|group| !group.is_empty() && *group != self.no_group)
    }
}

/// Numbers re-homed items within type and sector: a group is a main item, its rows sub-items.
#[derive(Default)]
struct Numbering {
    mains: BTreeMap<(&'static str, String), BTreeMap<String, u32>>,
    subs: BTreeMap<(&'static str, String, u32), u32>,
}

impl Numbering {
    fn next(&mut self, rehome: &Rehome, kind: &AgencyKind, row: &Row) -> Result<String> {
        let (code, sector) = (row.item_type.code(), kind.sector.clone());
        let key = match rehome.group(row) {
            Some(group) => format!("{}/{group}", kind.id),
            None => format!("{}#{}", kind.id, row.number),
        };
        let mains = self.mains.entry((code, sector.clone())).or_default();
        let following = mains.len() as u32 + 1;
        let main = *mains.entry(key).or_insert(following);
        let sub = self.subs.entry((code, sector.clone(), main)).or_insert(0);
        *sub += 1;
        if main > 999 || *sub > 999 {
            return Err(fault(row.number, "more than 999 items in a sector / 同一领域超过 999 项"));
        }
        Ok(format!("{}{code}{sector}{main:03}{sub:03}", rehome.area))
    }
}

fn read_rows(csv: &[u8]) -> Result<Vec<Row>> {
    let mut reader = csv::Reader::from_reader(csv);
    let heading = reader.headers().map_err(|error| fault(0, error))?;
    if heading.iter().ne(COLUMNS) {
        return Err(fault(0, format!("the heading must be {} / 表头不符", COLUMNS.join(","))));
    }
    let mut rows = Vec::new();
    for (index, record) in reader.records().enumerate() {
        let number = u32::try_from(index + 1).unwrap_or(u32::MAX);
        if rows.len() >= ROWS_MAX {
            return Err(fault(number, "too many rows / 行数过多"));
        }
        let record = record.map_err(|error| fault(number, error))?;
        let column = |at: usize| record.get(at).unwrap_or("").trim().to_owned();
        let name = column(2);
        if name.is_empty() || name.len() > 600 {
            return Err(fault(number, "no name, or one too long / 名称缺失或过长"));
        }
        let item_type = ItemType::from_code(&column(4))
            .ok_or_else(|| fault(number, "unknown task_type / 未知事项类型"))?;
        rows.push(Row {
            number,
            department: column(0),
            group: column(1),
            name,
            item_code: record.get(3).unwrap_or("").to_owned(),
            item_type,
            department_code: record.get(5).unwrap_or("").to_owned(),
        });
    }
    Ok(rows)
}

fn fault(row: u32, why: impl std::fmt::Display) -> Error {
    Error::invalid("pack.items").arg("row", row).arg("why", why)
}

impl Catalogue {
    /// Items of an agency kind, in the list's order.
    pub fn of_agency<'a>(&'a self, kind: &'a str) -> impl Iterator<Item = &'a Published> {
        self.items.iter().filter(move |item| item.agency_kind == kind)
    }

    /// Items whose name or group holds the words, in the list's order.
    pub fn search<'a>(&'a self, words: &'a str) -> impl Iterator<Item = &'a Published> {
        let holds = move |text: &str| words.split_whitespace().all(|word| text.contains(word));
        self.items
            .iter()
            .filter(move |item| holds(&item.name) || item.group.as_deref().is_some_and(holds))
    }

    /// Level at which re-homed items are exercised.
    pub const LEVEL: Level = Level::County;
}
