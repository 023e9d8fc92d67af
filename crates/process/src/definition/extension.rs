//! More time that the law allows, as drawn: `<yipan:extension longest="10wd" basis="…"/>` on a task
//! with a limit or on an event with a timer.
//!
//! Invariants
//! - Nothing is extended without an article and a bound.
//! - What counts working days is extended by working days, what counts elapsed time by elapsed time.
//!
//! Must not know: who may extend, what has been extended.

use super::model::{Extension, Extra, TaskLimit};
use flow::process::{Deployed, Element, Finding, Kind, Space, Trigger, due, working_days};
use kernel::Timestamp;

/// Characters of a basis.
const BASIS_MAX: usize = 300;

/// Reads the extension of an element, after its limit.
pub(super) fn read(
    deployed: &Deployed,
    element: &Element,
    id: &str,
    extra: &mut Extra,
    findings: &mut Vec<Finding>,
) {
    let mut inner = element.child("extensionElements").into_iter().flat_map(|one| one.elements());
    let drawn = inner.find(|one| one.space == Space::Yipan && one.local() == "extension");
    let Some(drawn) = drawn else { return };
    let mut found = |rule, detail: &str| {
        findings.push(Finding::new(rule, id, drawn.place).detail(detail));
    };
    let text = drawn.get("longest").unwrap_or_default();
    let basis = drawn.get("basis").unwrap_or_default().trim();
    if basis.is_empty() || basis.chars().count() > BASIS_MAX {
        found("process.extension_basis", text);
    }
    let Some(longest) = TaskLimit::parse(text).filter(|longest| longest.covers(*longest)) else {
        found("process.extension_longest", text);
        return;
    };
    let fits = match extra.limit {
        Some(limit) => is_working(limit) == is_working(longest),
        None => timer(deployed, id).is_some_and(|text| fits(&text, longest)),
    };
    if !fits {
        found("process.extension_limit", text);
    }
    extra.extension = Some(Extension { longest, basis: basis.to_owned() });
}

fn is_working(limit: TaskLimit) -> bool {
    matches!(limit, TaskLimit::Working(_))
}

/// Whether a timer written so may be extended by that: not one that comes again and again; of an
/// expression it is only known when it is set.
fn fits(text: &str, longest: TaskLimit) -> bool {
    match (working_days(text), due(text, Timestamp::EPOCH)) {
        (Some(_), _) => is_working(longest),
        (None, Some(due)) => due.cycle.is_none() && !is_working(longest),
        (None, None) => true,
    }
}

/// The timer of an event.
fn timer(deployed: &Deployed, id: &str) -> Option<String> {
    let node =
        deployed.definitions.iter().find_map(|one| one.find(id).and_then(|ix| one.node(ix)))?;
    match &node.kind {
        Kind::Catch(Trigger::Timer(text))
        | Kind::Boundary { trigger: Trigger::Timer(text), .. }
        | Kind::Start { trigger: Trigger::Timer(text), .. } => Some(text.clone()),
        _ => None,
    }
}
