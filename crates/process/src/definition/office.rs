//! What offices add to a drawn task: a vote of its signers, and what the law takes it for when its
//! limit has passed. Read from the platform's own attributes, and refused where they make no sense.
//!
//! Invariant: a task is never taken for passed or refused without a limit and an article.

use super::model::{Extra, Overdue};
use flow::process::{Deployed, Element, Finding, Kind, Node, Repeat, Space, Task};

/// Results of one task that is taken for done.
const RESULTS_MAX: usize = 20;
/// Characters of a basis, and of the name of a variable.
const BASIS_MAX: usize = 300;

/// Reads `vote`, `overdue`, `basis` and `<deemed>` of an element, after its limit.
pub(super) fn read(
    deployed: &Deployed,
    element: &Element,
    id: &str,
    extra: &mut Extra,
    findings: &mut Vec<Finding>,
) {
    let own = |name: &str| element.own(name).map(str::trim);
    let mut found = |rule, detail: &str| {
        findings.push(Finding::new(rule, id, element.place).detail(detail));
    };
    let node = node(deployed, id);
    if let Some(name) = own("vote") {
        let output = match node.and_then(|node| node.repeat.as_ref()) {
            Some(Repeat::Each(each)) => !each.item.is_empty() && !each.output_item.is_empty(),
            _ => false,
        };
        if !output || !node.is_some_and(by_person) || name.is_empty() || name.len() > BASIS_MAX {
            found("process.vote_shape", name);
        }
        extra.vote = Some(name.to_owned());
    }
    let Some(word) = own("overdue") else { return };
    let basis = own("basis").unwrap_or_default();
    if !matches!(word, "pass" | "refuse") || !node.is_some_and(by_person) {
        found("process.overdue", word);
    }
    if basis.is_empty() || basis.chars().count() > BASIS_MAX {
        found("process.overdue_basis", word);
    }
    if extra.limit.is_none() {
        found("process.overdue_limit", word);
    }
    let inner = element.child("extensionElements").into_iter().flat_map(|one| one.elements());
    let inner = inner.filter(|one| one.space == Space::Yipan && one.local() == "deemed");
    let mut results = Vec::new();
    for one in inner.take(RESULTS_MAX) {
        let (name, text) = (one.get("name").unwrap_or_default(), one.text());
        let wrong = match crate::evaluate::evaluator().check(&text) {
            _ if name.is_empty() => Some("name".to_owned()),
            checked => checked.err(),
        };
        if let Some(wrong) = wrong {
            found("process.deemed", &wrong);
        }
        results.push((name.to_owned(), text));
    }
    extra.overdue = Some(Overdue { pass: word == "pass", basis: basis.to_owned(), results });
}

fn node<'a>(deployed: &'a Deployed, id: &str) -> Option<&'a Node> {
    let mut all = deployed.definitions.iter();
    all.find_map(|one| one.find(id).and_then(|ix| one.node(ix)))
}

fn by_person(node: &Node) -> bool {
    matches!(node.kind, Kind::Task(Task::User { .. } | Task::Manual))
}
