//! What a drawing asks of whom its matter concerns: the form of an event that waits for a message.
//!
//! Invariant: such a form is of the bundle and names no officers, whom nobody outside can name.
//! Must not know: who is asked, how it is sent.

use super::model::Extra;
use flow::process::{Deployed, Element, Finding, Kind, Node, Task, Trigger};
use pack::procedure::{TaskFieldKind, TaskForm};
use std::collections::BTreeMap;

/// The form that an event or a task names which waits for a message.
pub(super) fn read(deployed: &Deployed, element: &Element, id: &str) -> Option<String> {
    let form = element.own("form").map(str::trim).filter(|form| !form.is_empty())?;
    let node = nodes(deployed).find(|node| node.id == id)?;
    hears(node).then(|| form.to_owned())
}

/// Forms asked so that are not there, or that ask for officers.
pub(super) fn faults(
    deployed: &Deployed,
    extras: &BTreeMap<String, Extra>,
    forms: &[TaskForm],
) -> Vec<Finding> {
    let mut findings = Vec::new();
    for node in nodes(deployed) {
        let Some(asks) = extras.get(&node.id).and_then(|extra| extra.asks.as_ref()) else {
            continue;
        };
        let officers =
            |form: &TaskForm| form.fields.iter().any(|field| field.kind == TaskFieldKind::Officers);
        let rule = match forms.iter().find(|form| form.id == *asks) {
            None => "process.form_unknown",
            Some(form) if officers(form) => "process.form_officers",
            Some(_) => continue,
        };
        findings.push(Finding::new(rule, node.id.clone(), node.place).detail(asks));
    }
    findings
}

fn nodes(deployed: &Deployed) -> impl Iterator<Item = &Node> {
    deployed.definitions.iter().flat_map(|definition| definition.nodes())
}

fn hears(node: &Node) -> bool {
    let message = |trigger: &Trigger| matches!(trigger, Trigger::Message(_));
    match &node.kind {
        Kind::Catch(trigger) | Kind::Boundary { trigger, .. } | Kind::Start { trigger, .. } => {
            message(trigger)
        }
        Kind::Task(Task::Receive(_)) => true,
        _ => false,
    }
}
