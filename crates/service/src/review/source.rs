//! The data of a case by the lookup they came with, beside what the applicant wrote: pure.
//!
//! Invariants: every fact of the case is in exactly one group; what differs comes first, what has
//! nothing to be compared with last. Must not know: how a value is masked.

use crate::case::{Check, FactShown, MaterialShown, Moment, Shown};
use kernel::Text;
use pack::Province;
use serde::Serialize;

/// What one source said.
#[derive(Clone, Debug, Serialize)]
pub(super) struct SourceView {
    /// What was looked up: the mother in the population registry.
    pub(super) name: Text,
    /// The source, where its name says more.
    pub(super) source: Option<Text>,
    /// When the source last said so.
    pub(super) observed: Moment,
    /// Receipt of the lookup, or empty.
    pub(super) receipt: String,
    /// Values that differ from the form.
    pub(super) differences: usize,
    /// Values with something to compare or missing, those at fault first.
    pub(super) compared: Vec<ValueView>,
    /// Values with nothing to compare.
    pub(super) rest: Vec<ValueView>,
}

/// One value of a source.
#[derive(Clone, Debug, Serialize)]
pub(super) struct ValueView {
    /// The fact.
    #[serde(flatten)]
    pub(super) fact: FactShown,
    /// It came from elsewhere or at another time than its group.
    pub(super) apart: bool,
}

/// The groups, those with differences first.
pub(super) fn sources(pack: &Province, case: &Shown) -> Vec<SourceView> {
    let mut groups: Vec<(String, Vec<&FactShown>)> = Vec::new();
    for fact in &case.facts {
        let head = head(&fact.path);
        match groups.iter_mut().find(|(known, _)| known == head) {
            Some((_, facts)) => facts.push(fact),
            None => groups.push((head.to_owned(), vec![fact])),
        }
    }
    let mut views: Vec<SourceView> =
        groups.iter().filter_map(|(head, facts)| group(pack, case, head, facts)).collect();
    views.sort_by_key(|view| (view.differences == 0, view.compared.is_empty()));
    views
}

/// The part of a path that names its lookup, or its licence type.
fn head(path: &str) -> &str {
    let parts = if path.starts_with("licence.") { 2 } else { 1 };
    path.match_indices('.').nth(parts - 1).map_or(path, |(at, _)| path.get(..at).unwrap_or(path))
}

fn group(pack: &Province, case: &Shown, head: &str, facts: &[&FactShown]) -> Option<SourceView> {
    // What most of the values have in common is said once, of the newest.
    let newest = facts.iter().max_by_key(|fact| fact.observed)?;
    let name = name(pack, case, head).unwrap_or_else(|| newest.source.clone());
    let value = |fact: &&FactShown| ValueView {
        fact: (*fact).clone(),
        apart: fact.source != newest.source || fact.observed != newest.observed,
    };
    let mut compared: Vec<ValueView> =
        facts.iter().filter(|fact| fact.state != "none").map(value).collect();
    compared.sort_by_key(|one| match one.fact.state.as_str() {
        "diff" => 0,
        "same" => 1,
        _ => 2,
    });
    Some(SourceView {
        differences: facts.iter().filter(|fact| fact.state == "diff").count(),
        source: Some(newest.source.clone()).filter(|source| *source != name),
        observed: newest.observed,
        receipt: newest.receipt.clone(),
        compared,
        rest: facts.iter().filter(|fact| fact.state == "none").map(value).collect(),
        name,
    })
}

/// What one source holds for the material in the viewer.
#[derive(Clone, Debug, Serialize)]
pub(super) struct HeldView {
    /// What was looked up.
    pub(super) name: Text,
    /// The source.
    pub(super) source: Text,
    /// When it said so.
    pub(super) observed: Moment,
    /// Its values.
    pub(super) checks: Vec<Check>,
}

/// What a material is met by, one group for each lookup.
pub(super) fn held(pack: &Province, case: &Shown, material: &MaterialShown) -> Vec<HeldView> {
    let mut groups: Vec<(&str, HeldView)> = Vec::new();
    for check in &material.checks {
        let head = head(&check.path);
        if let Some((_, view)) = groups.iter_mut().find(|(known, _)| *known == head) {
            view.observed = view.observed.max(check.observed);
            view.checks.push(check.clone());
            continue;
        }
        let view = HeldView {
            name: name(pack, case, head).unwrap_or_else(|| check.source.clone()),
            source: check.source.clone(),
            observed: check.observed,
            checks: vec![check.clone()],
        };
        groups.push((head, view));
    }
    groups.into_iter().map(|(_, view)| view).collect()
}

fn name(pack: &Province, case: &Shown, head: &str) -> Option<Text> {
    match head.strip_prefix("licence.") {
        Some(kind) => pack.licence_type(kind).map(|kind| kind.name.clone()),
        None => pack.one_thing(&case.one_thing.id)?.lookup(head).map(|one| one.name.clone()),
    }
}
