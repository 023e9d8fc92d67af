//! What differs between two documents, element by element. Where things stand in the drawing does
//! not count.
//!
//! Must not know: versions, drafts, pages.

use crate::definition::walk;
use flow::process::{Document, Element, Space};
use schemars::JsonSchema;
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet};

/// Changes told.
const CHANGES_MAX: usize = 1_000;

/// An element that differs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Change {
    /// Id.
    pub id: String,
    /// Its name, of the newer document where it has one.
    pub name: String,
    /// What it is in BPMN: `userTask`, `sequenceFlow` …
    pub element: String,
    /// `new`, `old` for what is gone, `changed`.
    pub kind: &'static str,
    /// Attributes and parts that differ.
    pub what: Vec<String>,
}

/// What differs, in the order of the newer document; what is gone comes last.
pub fn compare(before: &Document, after: &Document) -> Vec<Change> {
    let (old, new) = (elements(before), elements(after));
    let known: BTreeMap<&str, &Element> = old.iter().copied().collect();
    let mut changes = Vec::new();
    for (id, element) in &new {
        match known.get(id) {
            None => changes.push(change(id, element, "new", Vec::new())),
            Some(was) => {
                let what = differ(was, element);
                if !what.is_empty() {
                    changes.push(change(id, element, "changed", what));
                }
            }
        }
    }
    let kept: BTreeSet<&str> = new.iter().map(|(id, _)| *id).collect();
    let gone = old.iter().filter(|(id, _)| !kept.contains(id));
    changes.extend(gone.map(|(id, element)| change(id, element, "old", Vec::new())));
    changes.truncate(CHANGES_MAX);
    changes
}

fn change(id: &str, element: &Element, kind: &'static str, what: Vec<String>) -> Change {
    let name = element.get("name").unwrap_or_default().trim().to_owned();
    Change { id: id.to_owned(), name, element: element.local().to_owned(), kind, what }
}

/// Elements that stand for themselves, in the order of the document.
fn elements(document: &Document) -> Vec<(&str, &Element)> {
    let mut found = Vec::new();
    walk(&document.root, &mut |element| {
        let id = element.get("id").filter(|_| element.space == Space::Bpmn && !is_part(element));
        found.extend(id.map(|id| (id, element)));
    });
    found
}

/// Whether an element says something of the one around it, with an id of its own or without.
fn is_part(element: &Element) -> bool {
    let local = element.local();
    element.get("id").is_none()
        || element.space != Space::Bpmn
        || ["EventDefinition", "Expression", "Characteristics", "documentation", "ioSpecification"]
            .iter()
            .any(|end| local.ends_with(end))
        || matches!(
            local,
            "definitions"
                | "timeDuration"
                | "timeDate"
                | "timeCycle"
                | "condition"
                | "script"
                | "extensionElements"
                | "potentialOwner"
                | "performer"
                | "humanPerformer"
        )
}

/// Attributes and parts in which two elements differ.
fn differ(one: &Element, other: &Element) -> Vec<String> {
    let (one, other) = (facts(one), facts(other));
    let keys: BTreeSet<&String> = one.keys().chain(other.keys()).collect();
    keys.into_iter().filter(|key| one.get(*key) != other.get(*key)).cloned().collect()
}

/// What an element says, by attribute and part.
fn facts(element: &Element) -> BTreeMap<String, Vec<String>> {
    let mut facts: BTreeMap<String, Vec<String>> = BTreeMap::new();
    facts.insert("type".to_owned(), vec![element.local().to_owned()]);
    for attribute in element.attributes.iter().filter(|one| local(&one.name) != "id") {
        facts.insert(local(&attribute.name).to_owned(), vec![attribute.value.clone()]);
    }
    let parts = element.elements().filter(|part| is_part(part));
    for part in parts.filter(|part| !matches!(part.local(), "incoming" | "outgoing")) {
        let mut said = String::new();
        say(part, &mut said);
        facts.entry(part.local().to_owned()).or_default().push(said);
    }
    for said in facts.values_mut() {
        said.sort();
    }
    facts
}

/// A name without its prefix: the same whichever prefix an editor chose.
fn local(name: &str) -> &str {
    name.rsplit(':').next().unwrap_or_default()
}

/// A part as text, without its ids.
fn say(part: &Element, out: &mut String) {
    out.push_str(part.local());
    let mut attributes: Vec<(&str, &str)> = part
        .attributes
        .iter()
        .filter(|one| local(&one.name) != "id")
        .map(|one| (local(&one.name), one.value.as_str()))
        .collect();
    attributes.sort_unstable();
    for (name, value) in attributes {
        out.push_str(&format!(" {name}={value:?}"));
    }
    out.push('(');
    out.push_str(part.text().trim());
    for inner in part.elements() {
        say(inner, out);
    }
    out.push(')');
}
