//! What an instance waits for beside people, since when: services, called processes, events.
//!
//! Invariant: recorded with the entry that came to it, so that the history tells it alone.
//!
//! Must not know: what the times are counted for.

use super::model::{Standing, Waiting, waits_alone};
use flow::process::{Definition, Gateway, Id, Kind, Node, Task, Trigger};
use kernel::Timestamp;
use std::collections::BTreeMap;

/// What began to wait by an instant.
pub(super) fn begun(
    definition: &Definition,
    standing: &Standing,
    at: Timestamp,
) -> BTreeMap<Id, Waiting> {
    let state = &standing.state;
    let new = state.tokens.iter().filter(|token| {
        waits_alone(state, token.id) && !standing.office.waits.contains_key(&token.id)
    });
    new.filter_map(|token| {
        let node = definition.node(token.node)?;
        let kind = kind(node).to_owned();
        Some((token.id, Waiting { node: node.id.clone(), kind, since: at }))
    })
    .collect()
}

fn kind(node: &Node) -> &'static str {
    match &node.kind {
        Kind::Task(Task::Service { .. }) => "service",
        Kind::Task(Task::Decision { .. }) => "decision",
        Kind::Call(_) => "call",
        Kind::Catch(Trigger::Timer(_)) => "timer",
        Kind::Catch(Trigger::Message(_)) | Kind::Task(Task::Receive(_)) => "message",
        Kind::Catch(Trigger::Signal(_)) => "signal",
        Kind::Catch(Trigger::Condition(_)) => "condition",
        Kind::Gateway(Gateway::Event) => "event",
        _ => "other",
    }
}
