//! Rules of shape that one node, its neighbours or its container show; and the block of every
//! inclusive join.
//!
//! Invariant: a definition that passes gives the engine no surprise of shape.

use super::finding::{FINDINGS_MAX, Finding};
use super::model::{Container, Definition, Gateway, Kind, Node, NodeIx, Task, Throw, Trigger};
use std::collections::BTreeSet;

/// Inclusive joins of one process: the proof tries every split for each.
pub const INCLUSIVE_MAX: usize = 50;

/// Checks the shape, and fills in the region of every inclusive join.
pub fn check(definition: &mut Definition) -> Vec<Finding> {
    let mut findings = Vec::new();
    for container in &definition.containers {
        starts(definition, container, &mut findings);
    }
    for node in &definition.nodes {
        if let Some((rule, detail)) = shape(definition, node) {
            findings.push(Finding::new(rule, node.id.clone(), node.place).detail(detail));
        }
        if let Some((rule, detail)) = ways(definition, node) {
            findings.push(Finding::new(rule, node.id.clone(), node.place).detail(detail));
        }
    }
    if findings.is_empty() {
        reachable(definition, &mut findings);
        blocks(definition, &mut findings);
    }
    findings.truncate(FINDINGS_MAX);
    findings
}

fn get(definition: &Definition, ix: NodeIx) -> Option<&Node> {
    definition.node(ix)
}

fn starts(definition: &Definition, container: &Container, findings: &mut Vec<Finding>) {
    let owner = container.node.and_then(|ix| get(definition, ix));
    let (id, place) = match owner {
        Some(node) => (node.id.clone(), node.place),
        None => (definition.id.clone(), definition.place),
    };
    let starts: Vec<&Node> =
        container.starts.iter().filter_map(|ix| get(definition, *ix)).collect();
    let is_bare = |node: &&&Node| matches!(&node.kind, Kind::Start { trigger: Trigger::None, .. });
    let none = starts.iter().filter(is_bare).count();
    let rule = if container.ad_hoc.is_some() {
        (!starts.is_empty()).then_some("process.ad_hoc_start")
    } else if container.by_event {
        let one = starts.len() == 1 && none == 0;
        (!one).then_some("process.start_event_sub")
    } else if owner.is_some() {
        (starts.len() != 1 || none != 1).then_some("process.start_sub")
    } else if starts.is_empty() {
        Some("process.start_missing")
    } else {
        if let Some(second) = starts.iter().filter(is_bare).nth(1) {
            let place = second.place;
            findings.push(Finding::new("process.start_many", second.id.clone(), place));
        }
        None
    };
    if let Some(rule) = rule {
        findings.push(Finding::new(rule, id, place));
    }
}

/// Whether an activity can be undone: by another beside it, or by what is within.
fn undoable(definition: &Definition, ix: NodeIx) -> bool {
    let Some(node) = get(definition, ix) else { return false };
    let within = match node.kind {
        Kind::Sub(inner) => definition.containers.get(inner),
        _ => None,
    };
    let mut within = within.into_iter().flat_map(|inner| &inner.nodes);
    node.handler.is_some() || within.any(|ix| undoable(definition, *ix))
}

/// What is wrong with the kind of event, or with flows where none may be.
fn shape(definition: &Definition, node: &Node) -> Option<(&'static str, String)> {
    let wrong_event = |kind: &str| Some(("process.event_kind", kind.to_owned()));
    let container = definition.containers.get(node.container)?;
    match &node.kind {
        Kind::Start { trigger, interrupting } => {
            let root = matches!(trigger, Trigger::None | Trigger::Timer(_) | Trigger::Message(_));
            let inner = !matches!(trigger, Trigger::Compensation | Trigger::Link(_));
            if container.node.is_none() && !root {
                return Some(("process.start_event", String::new()));
            }
            let fits = if container.by_event { inner } else { root };
            if !fits || (matches!(trigger, Trigger::Error(_)) && !interrupting) {
                return wrong_event(trigger.kind());
            }
        }
        Kind::Catch(trigger) => {
            let error = matches!(trigger, Trigger::Error(_) | Trigger::Escalation(_));
            if error || matches!(trigger, Trigger::None | Trigger::Compensation) {
                return wrong_event(trigger.kind());
            }
        }
        Kind::Boundary { trigger, interrupting, on } => {
            let error = matches!(trigger, Trigger::Error(_));
            let activity = get(definition, *on);
            if matches!(trigger, Trigger::None | Trigger::Link(_)) || (error && !interrupting) {
                return wrong_event(trigger.kind());
            }
            if activity.is_some_and(|on| on.for_compensation) {
                return Some(("process.compensation", String::new()));
            }
            if *trigger == Trigger::Compensation {
                let handler = activity.and_then(|on| on.handler);
                let handler = handler.and_then(|ix| get(definition, ix));
                let good = handler.is_some_and(|handler| {
                    handler.for_compensation && handler.container == node.container
                });
                if !good || !node.outgoing.is_empty() {
                    return Some(("process.compensation", String::new()));
                }
            }
        }
        Kind::End(Throw::Link(_)) => return wrong_event("link"),
        Kind::Throw(Throw::Terminate) => return wrong_event("terminate"),
        Kind::Throw(Throw::Error(_)) => return wrong_event("error"),
        Kind::End(Throw::Compensation(Some(id))) | Kind::Throw(Throw::Compensation(Some(id)))
            if !definition.find(id).is_some_and(|ix| undoable(definition, ix)) =>
        {
            return Some(("process.compensation", id.clone()));
        }
        _ => {}
    }
    let by_event = match node.kind {
        Kind::Sub(inner) => definition.containers.get(inner).is_some_and(|inner| inner.by_event),
        _ => false,
    };
    if by_event && (node.repeat.is_some() || !node.boundaries.is_empty()) {
        return Some(("process.start_event_sub", String::new()));
    }
    let alone = by_event || node.for_compensation;
    let first = matches!(
        node.kind,
        Kind::Start { .. } | Kind::Boundary { .. } | Kind::Catch(Trigger::Link(_))
    );
    let last = matches!(node.kind, Kind::End(_) | Kind::Throw(Throw::Link(_)));
    let into = (alone || first) && !node.incoming.is_empty();
    let out = (alone || last) && !node.outgoing.is_empty();
    (into || out).then(|| ("process.flow_wrong", String::new()))
}

/// What is wrong with the conditions of the flows that begin here.
fn ways(definition: &Definition, node: &Node) -> Option<(&'static str, String)> {
    let flows: Vec<_> = node.outgoing.iter().filter_map(|ix| definition.flow(*ix)).collect();
    let Kind::Gateway(gateway) = node.kind else {
        return None;
    };
    match gateway {
        Gateway::Exclusive | Gateway::Inclusive if flows.len() > 1 => {
            let bare = node
                .outgoing
                .iter()
                .zip(&flows)
                .find(|(ix, flow)| flow.condition.is_none() && Some(**ix) != node.default);
            bare.map(|(_, flow)| ("process.condition_missing", flow.id.clone()))
        }
        Gateway::Exclusive | Gateway::Inclusive => None,
        Gateway::Parallel | Gateway::Event => {
            let conditional = flows.iter().find(|flow| flow.condition.is_some());
            if let Some(flow) = conditional {
                return Some(("process.condition_here", flow.id.clone()));
            }
            if node.default.is_some() {
                return Some(("process.condition_here", node.id.clone()));
            }
            if gateway == Gateway::Parallel {
                return None;
            }
            let waits = |to: &Node| {
                let event = match &to.kind {
                    Kind::Catch(trigger) => !matches!(trigger, Trigger::Link(_)),
                    Kind::Task(Task::Receive(_)) => to.repeat.is_none(),
                    _ => false,
                };
                event && to.incoming.len() == 1 && to.boundaries.is_empty()
            };
            let fits = |flow: &&super::model::Flow| get(definition, flow.to).is_some_and(waits);
            let good = flows.len() > 1 && flows.iter().all(fits);
            (!good).then(|| ("process.event_gateway", String::new()))
        }
    }
}

/// Nodes that may come next.
pub(super) fn next(definition: &Definition, ix: NodeIx) -> Vec<NodeIx> {
    let Some(node) = get(definition, ix) else {
        return Vec::new();
    };
    let flows = node.outgoing.iter().filter_map(|flow| definition.flow(*flow));
    flows.map(|flow| flow.to).chain(node.boundaries.iter().copied()).chain(node.link).collect()
}

/// Nodes that can be reached without passing `end`, sources included.
fn reach(definition: &Definition, from: &[NodeIx], end: Option<NodeIx>) -> BTreeSet<NodeIx> {
    let mut seen: BTreeSet<NodeIx> = from.iter().copied().filter(|ix| Some(*ix) != end).collect();
    let mut rest: Vec<NodeIx> = seen.iter().copied().collect();
    while let Some(ix) = rest.pop() {
        for to in next(definition, ix) {
            if Some(to) != end && seen.insert(to) {
                rest.push(to);
            }
        }
    }
    seen
}

fn reachable(definition: &Definition, findings: &mut Vec<Finding>) {
    for container in &definition.containers {
        if container.ad_hoc.is_some() {
            continue;
        }
        let seen = reach(definition, &container.starts, None);
        for ix in container.nodes.iter().filter(|ix| !seen.contains(ix)) {
            let Some(node) = get(definition, *ix) else {
                continue;
            };
            if !node.for_compensation && !container.handlers.contains(ix) {
                let place = node.place;
                findings.push(Finding::new("process.unreachable", node.id.clone(), place));
            }
        }
    }
}

fn blocks(definition: &mut Definition, findings: &mut Vec<Finding>) {
    let all = || (0..definition.nodes.len() as u32).map(NodeIx);
    let is = |ix: &NodeIx, kind: Gateway| {
        get(definition, *ix).is_some_and(|node| node.kind == Kind::Gateway(kind))
    };
    let joins: Vec<NodeIx> = all()
        .filter(|ix| is(ix, Gateway::Inclusive))
        .filter(|ix| get(definition, *ix).is_some_and(|node| node.incoming.len() > 1))
        .collect();
    let splits: Vec<NodeIx> = all()
        .filter(|ix| is(ix, Gateway::Inclusive) || is(ix, Gateway::Parallel))
        .filter(|ix| get(definition, *ix).is_some_and(|node| node.outgoing.len() > 1))
        .collect();
    if let Some(node) = joins.get(INCLUSIVE_MAX).and_then(|ix| get(definition, *ix)) {
        let finding = Finding::new("process.limit_inclusive", node.id.clone(), node.place);
        findings.push(finding.detail(INCLUSIVE_MAX));
        return;
    }
    let mut regions = Vec::new();
    for join in joins {
        let found = splits.iter().filter(|split| **split != join);
        let found = found.filter_map(|split| region(definition, *split, join));
        match (found.min_by_key(Vec::len), get(definition, join)) {
            (Some(region), _) => regions.push((join, region)),
            (None, Some(node)) => {
                findings.push(Finding::new("process.inclusive_block", node.id.clone(), node.place));
            }
            (None, None) => {}
        }
    }
    for (join, region) in regions {
        definition.nodes[join.0 as usize].region = region;
    }
}

/// What lies between a split and a join, when it is entered by the split and left by the join
/// alone.
fn region(definition: &Definition, split: NodeIx, join: NodeIx) -> Option<Vec<NodeIx>> {
    let (from, to) = (get(definition, split)?, get(definition, join)?);
    if from.container != to.container {
        return None;
    }
    let first: Vec<NodeIx> = next(definition, split);
    let inside = reach(definition, &first, Some(join));
    if inside.contains(&split) {
        return None;
    }
    let entered = |ix: &NodeIx| {
        let sources = |flow: &super::model::FlowIx| {
            definition
                .flow(*flow)
                .is_some_and(|flow| flow.from == split || inside.contains(&flow.from))
        };
        get(definition, *ix).is_some_and(|node| node.incoming.iter().all(sources))
    };
    let closed = inside.iter().all(entered) && entered(&join);
    closed.then(|| inside.into_iter().collect())
}
