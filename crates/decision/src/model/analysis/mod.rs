//! Gaps and overlaps of a decision table: inputs for which no rule matches, and inputs for which
//! several do where one may.
//!
//! Each column is cut where its cells distinguish values; between two cuts all values are alike.
//! The table is then walked column by column, keeping the set of rules that still match, and
//! whatever leads to the same set is walked once.
//!
//! Invariants
//! - Every gap and every overlap it tells has an example, which the table itself confirms.
//! - When nothing was given up and nothing cut off, there are no others: columns of numbers, dates,
//!   booleans and enumerated strings, null aside.
//! - The work is bounded; a table too large or a cell that is not a comparison with a constant is
//!   said to be so.
//!
//! Must not know: documents, runs.

mod axis;

use super::explain::Used;
use super::table::{Policy, Table};
use crate::feel::{metered, to_json};
use crate::limit::{ANALYSIS_MAX, FAULTS_MAX};
use axis::Axis;
use serde::Serialize;
use serde_json::Value as Json;
use std::collections::HashSet;

/// Values of one column.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Region {
    /// Label of the column.
    pub column: String,
    /// Values, as unary tests; `-` for any.
    pub values: String,
}

/// Inputs for which no rule matches.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Gap {
    /// Where.
    pub region: Vec<Region>,
    /// One such input.
    pub example: Vec<Used>,
}

/// Inputs for which several rules match.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Overlap {
    /// Numbers of the rules, from 1.
    pub rules: Vec<usize>,
    /// Where.
    pub region: Vec<Region>,
    /// One such input.
    pub example: Vec<Used>,
}

/// Why a table was not analysed, or not to the end.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case", tag = "why")]
pub enum GaveUp {
    /// It distinguishes too many cases.
    TooLarge,
    /// A cell is not a comparison with constants of one kind.
    Cell {
        /// Number of the rule, from 1; 0 for the allowed values of the column.
        rule: usize,
        /// Label of the column.
        column: String,
    },
}

/// What is to be said of a table.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Analysis {
    /// Id of the decision or knowledge model.
    pub decision: String,
    /// Line of the table.
    pub line: u32,
    /// Hit policy, as its letter.
    pub policy: &'static str,
    /// Inputs for which no rule matches and no default is given.
    pub gaps: Vec<Gap>,
    /// Inputs for which several rules match, of tables where one may, or where all must agree
    /// and do not.
    pub overlaps: Vec<Overlap>,
    /// True when there are more than are told.
    pub more: bool,
    /// Why it is not complete.
    pub gave_up: Option<GaveUp>,
}

/// A set of rules.
type Rules = Vec<u64>;

struct Walk<'t> {
    table: &'t Table,
    axes: Vec<Axis>,
    /// By column, then by atom: the rules that match there.
    covers: Vec<Vec<Rules>>,
    gaps: bool,
    overlaps: bool,
    /// Sets of rules under which nothing is wrong from a column on.
    sound: HashSet<(usize, Rules)>,
    told: HashSet<Rules>,
    steps: usize,
    found: Analysis,
}

/// Analyses a table.
pub fn analyse(decision: &str, table: &Table) -> Analysis {
    let found = Analysis {
        decision: decision.to_owned(),
        line: table.line,
        policy: table.policy.letter(),
        gaps: Vec::new(),
        overlaps: Vec::new(),
        more: false,
        gave_up: None,
    };
    let mut axes = Vec::new();
    for column in 0..table.columns.len() {
        match metered(|| axis::read(table, column)) {
            Ok(Ok(axis)) => axes.push(axis),
            Ok(Err(rule)) => {
                let label = table.columns.get(column).map(|column| column.label.clone());
                let gave_up = GaveUp::Cell { rule, column: label.unwrap_or_default() };
                return Analysis { gave_up: Some(gave_up), ..found };
            }
            Err(_) => return Analysis { gave_up: Some(GaveUp::TooLarge), ..found },
        }
    }
    let gaps = table.outputs.iter().any(|output| output.default.is_none());
    let overlaps = matches!(table.policy, Policy::Unique | Policy::Any);
    let covers = axes.iter().map(|axis| covers(axis, table.rules.len())).collect();
    let (sound, told) = (HashSet::new(), HashSet::new());
    let mut walk = Walk { table, axes, covers, gaps, overlaps, sound, told, steps: 0, found };
    let all = full(table.rules.len());
    walk.walk(0, all, &mut Vec::new());
    walk.found
}

fn full(rules: usize) -> Rules {
    let mut set = vec![0; rules.div_ceil(64)];
    for rule in 0..rules {
        insert(&mut set, rule);
    }
    set
}

fn insert(set: &mut Rules, rule: usize) {
    if let Some(word) = set.get_mut(rule / 64) {
        *word |= 1 << (rule % 64);
    }
}

fn members(set: &Rules) -> Vec<usize> {
    let bits = set.iter().enumerate().flat_map(|(at, word)| {
        (0..64).filter(move |bit| word >> bit & 1 == 1).map(move |bit| at * 64 + bit)
    });
    bits.collect()
}

fn covers(axis: &Axis, rules: usize) -> Vec<Rules> {
    let cover = |atom: usize| {
        let mut set = vec![0; rules.div_ceil(64)];
        for rule in (0..rules).filter(|rule| axis.covers(*rule, atom)) {
            insert(&mut set, rule);
        }
        set
    };
    (0..axis.atoms()).map(cover).collect()
}

impl Walk<'_> {
    /// Walks from a column on; true when nothing is wrong there.
    fn walk(&mut self, column: usize, rules: Rules, path: &mut Vec<Vec<usize>>) -> bool {
        if self.found.gave_up.is_some() {
            return true;
        }
        self.steps += 1 + rules.len() / 8;
        if self.steps > ANALYSIS_MAX {
            self.found.gave_up = Some(GaveUp::TooLarge);
            return true;
        }
        let count: u32 = rules.iter().map(|word| word.count_ones()).sum();
        if count == 0 {
            return !self.gaps || self.gap(path);
        }
        if column == self.axes.len() {
            return count < 2 || !self.overlaps || self.overlap(&rules, path);
        }
        let key = (column, rules);
        if self.sound.contains(&key) {
            return true;
        }
        let mut sound = true;
        for (next, atoms) in self.groups(column, &key.1) {
            path.push(atoms);
            sound &= self.walk(column + 1, next, path);
            path.pop();
        }
        if sound {
            self.sound.insert(key);
        }
        sound
    }

    /// The sets of rules that are left in a column, each with the atoms that leave it.
    fn groups(&mut self, column: usize, rules: &Rules) -> Vec<(Rules, Vec<usize>)> {
        let mut groups: Vec<(Rules, Vec<usize>)> = Vec::new();
        let mut known = std::collections::HashMap::new();
        for (atom, cover) in self.covers.get(column).into_iter().flatten().enumerate() {
            if self.axes.get(column).is_some_and(|axis| !axis.is_allowed(atom)) {
                continue;
            }
            self.steps += 1 + rules.len() / 8;
            let left: Rules = rules.iter().zip(cover).map(|(a, b)| a & b).collect();
            let at = *known.entry(left.clone()).or_insert_with(|| {
                groups.push((left, Vec::new()));
                groups.len() - 1
            });
            if let Some((_, atoms)) = groups.get_mut(at) {
                atoms.push(atom);
            }
        }
        groups
    }

    fn gap(&mut self, path: &[Vec<usize>]) -> bool {
        for path in self.runs(path) {
            if self.found.gaps.len() >= FAULTS_MAX {
                self.found.more = true;
                break;
            }
            let (region, example) = self.shown(&path);
            self.found.gaps.push(Gap { region, example });
        }
        false
    }

    /// The path, once for every stretch of values of its last column.
    fn runs(&self, path: &[Vec<usize>]) -> Vec<Vec<Vec<usize>>> {
        let (Some((last, before)), Some(axis)) =
            (path.split_last(), path.len().checked_sub(1).and_then(|at| self.axes.get(at)))
        else {
            return vec![path.to_vec()];
        };
        let runs = axis.runs(last).into_iter();
        runs.map(|run| before.iter().cloned().chain([run]).collect()).collect()
    }

    fn overlap(&mut self, rules: &Rules, path: &[Vec<usize>]) -> bool {
        let members = members(rules);
        if self.table.policy == Policy::Any && self.agree(&members) {
            return true;
        }
        if !self.told.insert(rules.clone()) {
            return false;
        }
        if self.found.overlaps.len() >= FAULTS_MAX {
            self.found.more = true;
        } else {
            let (region, example) = self.shown(path);
            let rules = members.into_iter().map(|rule| rule + 1).collect();
            self.found.overlaps.push(Overlap { rules, region, example });
        }
        false
    }

    /// True when the rules say the same, word for word.
    fn agree(&self, rules: &[usize]) -> bool {
        let outputs = |rule: &usize| {
            let rule = self.table.rules.get(*rule);
            rule.map(|rule| rule.outputs.iter().map(|(node, _)| node).collect::<Vec<_>>())
        };
        let mut all = rules.iter().map(outputs);
        let first = all.next();
        all.all(|other| Some(other) == first)
    }

    fn shown(&self, path: &[Vec<usize>]) -> (Vec<Region>, Vec<Used>) {
        let (mut regions, mut example) = (Vec::new(), Vec::new());
        for (at, (column, axis)) in self.table.columns.iter().zip(&self.axes).enumerate() {
            let every: Vec<usize> =
                (0..axis.atoms()).filter(|atom| axis.is_allowed(*atom)).collect();
            let atoms = path.get(at).unwrap_or(&every);
            let whole = atoms.len() == every.len();
            let values = if whole { "-".to_owned() } else { axis.text(atoms) };
            regions.push(Region { column: column.label.clone(), values });
            let value = atoms.first().map(|atom| axis.example(*atom));
            let value = value.and_then(|value| to_json(&value).ok()).unwrap_or(Json::Null);
            example.push(Used { name: column.label.clone(), value });
        }
        (regions, example)
    }
}
