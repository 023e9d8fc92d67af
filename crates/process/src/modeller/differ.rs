//! What differs between the decisions and the forms of two bundles: rule by rule, field by field.
//!
//! Invariants
//! - Rules are told apart by their ids where both tables give every rule one, else by their place.
//! - A file that cannot be read differs as a whole.
//!
//! Must not know: versions, drafts, pages.

use crate::bundle::Files;
use decision::model::{Written, WrittenRule, WrittenTable, written};
use pack::procedure::{TaskField, TaskForm};
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet};

/// Rules told of one table.
const RULES_MAX: usize = 200;

/// A decision that differs.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct DecisionChange {
    /// The file it is of.
    pub(super) file: String,
    /// Name; empty for the file as a whole.
    pub(super) name: String,
    /// `new`, `old` or `changed`.
    pub(super) kind: &'static str,
    /// Headings of the columns, of the newer table.
    pub(super) columns: Vec<String>,
    /// What differs beside the rules: `policy`, `columns`, `text`, `description`.
    pub(super) what: Vec<&'static str>,
    /// Rules that differ.
    pub(super) rules: Vec<RuleChange>,
}

/// A rule that differs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(super) struct RuleChange {
    /// Number of the rule, from 1, in the newer table where it is there.
    pub(super) number: usize,
    /// `new`, `old` or `changed`.
    pub(super) kind: &'static str,
    /// Cells as they were, when it was there.
    pub(super) before: Vec<String>,
    /// Cells as they are, when it is there.
    pub(super) after: Vec<String>,
}

/// A field, or a form, that differs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct FormChange {
    /// Id of the form.
    pub(super) form: String,
    /// Id of the field; empty for what is said of the form itself.
    pub(super) field: String,
    /// `new`, `old` or `changed`.
    pub(super) kind: &'static str,
    /// Settings that differ.
    pub(super) what: Vec<String>,
}

/// Decisions that differ, in the order of the files.
pub(super) fn decisions(before: &Files, after: &Files) -> Vec<DecisionChange> {
    let names: BTreeSet<&str> =
        before.decisions().chain(after.decisions()).map(|(name, _)| name).collect();
    let mut found = Vec::new();
    for name in names {
        let (old, new) = (before.get(name), after.get(name));
        if old == new {
            continue;
        }
        let read = |bytes: Option<&[u8]>| bytes.map_or(Ok(Vec::new()), written);
        match (read(old), read(new)) {
            (Ok(old), Ok(new)) => found.extend(of_file(name, &old, &new)),
            _ => {
                let kind = kind(old.is_some(), new.is_some());
                found.push(DecisionChange { file: name.to_owned(), kind, ..Default::default() });
            }
        }
    }
    found
}

fn kind(before: bool, after: bool) -> &'static str {
    match (before, after) {
        (false, _) => "new",
        (_, false) => "old",
        _ => "changed",
    }
}

fn of_file(file: &str, old: &[Written], new: &[Written]) -> Vec<DecisionChange> {
    let find = |list: &[Written], id: &str| list.iter().find(|one| one.id == id).cloned();
    let gone = old.iter().filter(|one| find(new, &one.id).is_none());
    let ids = new.iter().chain(gone).map(|one| one.id.as_str());
    ids.filter_map(|id| one(file, find(old, id), find(new, id))).collect()
}

fn one(file: &str, old: Option<Written>, new: Option<Written>) -> Option<DecisionChange> {
    if old == new {
        return None;
    }
    let kind = kind(old.is_some(), new.is_some());
    let name = new.as_ref().or(old.as_ref())?.name.clone();
    let (was, is) = (old.unwrap_or_default(), new.unwrap_or_default());
    let (table, next) = (was.table.unwrap_or_default(), is.table.unwrap_or_default());
    let mut what = Vec::new();
    if kind == "changed" {
        let differ = [
            ("policy", table.policy != next.policy),
            ("columns", columns(&table) != columns(&next)),
            ("text", was.text != is.text),
            ("description", (was.name, was.description) != (is.name, is.description)),
        ];
        what.extend(differ.into_iter().filter(|(_, differs)| *differs).map(|(what, _)| what));
    }
    let shown = if next.rules.is_empty() { &table } else { &next };
    let (columns, rules) = (columns(shown), rules(&table.rules, &next.rules));
    Some(DecisionChange { file: file.to_owned(), name, kind, columns, what, rules })
}

pub(super) fn columns(table: &WrittenTable) -> Vec<String> {
    [&table.inputs, &table.outputs, &table.notes].into_iter().flatten().cloned().collect()
}

pub(super) fn cells(rule: &WrittenRule) -> Vec<String> {
    [&rule.tests, &rule.outputs, &rule.notes].into_iter().flatten().cloned().collect()
}

/// Rules that differ: those of the newer table in its order, then what is gone.
fn rules(old: &[WrittenRule], new: &[WrittenRule]) -> Vec<RuleChange> {
    let named = |list: &[WrittenRule]| {
        let ids: BTreeSet<&str> = list.iter().map(|rule| rule.id.as_str()).collect();
        ids.len() == list.len() && !ids.contains("")
    };
    let by_id = named(old) && named(new);
    let key = |at: usize, rule: &WrittenRule| match by_id {
        true => rule.id.clone(),
        false => at.to_string(),
    };
    let index = |list: &[WrittenRule]| -> BTreeMap<String, (usize, Vec<String>)> {
        let rules = list.iter().enumerate();
        rules.map(|(at, rule)| (key(at, rule), (at + 1, cells(rule)))).collect()
    };
    let (was, is) = (index(old), index(new));
    let mut found = Vec::new();
    for (key, (number, after)) in &is {
        let before = was.get(key).map(|(_, cells)| cells.clone());
        if before.as_ref() != Some(after) {
            let (kind, before) = (kind(before.is_some(), true), before.unwrap_or_default());
            found.push(RuleChange { number: *number, kind, before, after: after.clone() });
        }
    }
    found.sort_by_key(|rule| rule.number);
    let mut gone: Vec<&(usize, Vec<String>)> =
        was.iter().filter(|(key, _)| !is.contains_key(*key)).map(|(_, rule)| rule).collect();
    gone.sort();
    found.extend(gone.into_iter().map(|(number, before)| RuleChange {
        number: *number,
        kind: "old",
        before: before.clone(),
        after: Vec::new(),
    }));
    found.truncate(RULES_MAX);
    found
}

/// Forms and fields that differ. Forms that cannot be read count as none.
pub(super) fn forms(before: &Files, after: &Files) -> Vec<FormChange> {
    let (old, new) = (before.forms().unwrap_or_default(), after.forms().unwrap_or_default());
    let find = |list: &[TaskForm], id: &str| list.iter().find(|form| form.id == id).cloned();
    let gone = old.iter().filter(|form| find(&new, &form.id).is_none());
    let mut found = Vec::new();
    for id in new.iter().chain(gone).map(|form| form.id.as_str()) {
        match (find(&old, id), find(&new, id)) {
            (Some(old), Some(new)) => of_form(&old, &new, &mut found),
            (old, new) => found.push(FormChange {
                form: id.to_owned(),
                field: String::new(),
                kind: kind(old.is_some(), new.is_some()),
                what: Vec::new(),
            }),
        }
    }
    found
}

fn of_form(old: &TaskForm, new: &TaskForm, found: &mut Vec<FormChange>) {
    let mut tell = |field: &str, kind, what: Vec<String>| {
        let (form, field) = (new.id.clone(), field.to_owned());
        found.push(FormChange { form, field, kind, what });
    };
    let differ = [("title", old.title != new.title), ("hint", old.hint != new.hint)];
    let what: Vec<String> =
        differ.into_iter().filter(|(_, differs)| *differs).map(|(what, _)| what.into()).collect();
    if !what.is_empty() {
        tell("", "changed", what);
    }
    let find = |form: &TaskForm, id: &str| form.fields.iter().find(|one| one.id == id).cloned();
    let gone = old.fields.iter().filter(|field| find(new, &field.id).is_none());
    for id in new.fields.iter().chain(gone).map(|field| field.id.as_str()) {
        match (find(old, id), find(new, id)) {
            (Some(was), Some(is)) if was != is => tell(id, "changed", settings(&was, &is)),
            (Some(_), Some(_)) => {}
            (was, is) => tell(id, kind(was.is_some(), is.is_some()), Vec::new()),
        }
    }
    let order = |form: &TaskForm, other: &TaskForm| -> Vec<String> {
        let both = form.fields.iter().filter(|one| find(other, &one.id).is_some());
        both.map(|one| one.id.clone()).collect()
    };
    if order(old, new) != order(new, old) {
        tell("", "changed", vec!["order".to_owned()]);
    }
}

/// Settings in which two fields differ, as `was → is`.
fn settings(was: &TaskField, is: &TaskField) -> Vec<String> {
    let facts = |field: &TaskField| match serde_json::to_value(field) {
        Ok(serde_json::Value::Object(facts)) => facts,
        _ => serde_json::Map::new(),
    };
    let (was, is) = (facts(was), facts(is));
    let keys: BTreeSet<&String> = was.keys().chain(is.keys()).collect();
    let said = |value: Option<&serde_json::Value>| {
        value.map_or("–".to_owned(), |value| value.to_string().chars().take(120).collect())
    };
    keys.into_iter()
        .filter(|key| was.get(*key) != is.get(*key))
        .map(|key| format!("{key}: {} → {}", said(was.get(key)), said(is.get(key))))
        .collect()
}
