//! Soundness: every way through a container comes to an end, never stuck and never twice at once
//! in one place.
//!
//! Tokens on flows are played through every choice. Two nodes never compete for a token, since a
//! flow leads to one node, so it is enough to play one enabled node at a time; nodes at which
//! branches merge are held back until nothing else can move, so that tokens that could meet there
//! do meet.
//!
//! Invariants
//! - Every finding carries the nodes passed on the way to it.
//! - The play is bounded; a model too large to prove is refused as such.

use super::finding::Finding;
use super::model::{Container, Definition, FlowIx, Gateway, Kind, Node, NodeIx, Throw, Trigger};
use std::collections::BTreeMap;

/// Markings played for one container: far more than drawn procedures have.
pub const MARKINGS_MAX: usize = 50_000;
/// Branches of an inclusive choice of which every subset is played.
const SUBSETS_MAX: usize = 6;

type Marking = Vec<FlowIx>;

/// One way a node can fire: the flows that get a token, and the node the way is told by. `None`:
/// everything ends.
struct Way {
    flows: Option<Vec<FlowIx>>,
    told: NodeIx,
}

/// Checks every container.
pub fn check(definition: &Definition) -> Vec<Finding> {
    let mut findings = Vec::new();
    for container in &definition.containers {
        if container.ad_hoc.is_some() {
            continue;
        }
        for start in &container.starts {
            if let Some(finding) = play(definition, container, *start) {
                findings.push(finding);
                break;
            }
        }
    }
    findings
}

struct Play<'a> {
    definition: &'a Definition,
    /// Markings with the one before and the node that led here.
    played: Vec<(Marking, usize, Option<NodeIx>)>,
    known: BTreeMap<Marking, usize>,
    /// For each marking those that lead to it.
    before: Vec<Vec<usize>>,
    /// By node: which nodes can come after it.
    reached: BTreeMap<NodeIx, Vec<bool>>,
}

/// Whether a container with tokens on these flows, none twice, comes to its end whatever is chosen.
pub fn completes(definition: &Definition, container: &Container, mut marking: Vec<FlowIx>) -> bool {
    marking.sort_unstable();
    let twice = marking.windows(2).any(|pair| pair[0] == pair[1]);
    let told = marking.first().and_then(|flow| definition.flow(*flow)).map(|flow| flow.from);
    match told {
        Some(told) if !twice => play_from(definition, container, told, marking).is_none(),
        _ => false,
    }
}

fn play(definition: &Definition, container: &Container, start: NodeIx) -> Option<Finding> {
    let mut first = definition.node(start)?.outgoing.clone();
    first.sort_unstable();
    play_from(definition, container, start, first)
}

fn play_from(
    definition: &Definition,
    container: &Container,
    start: NodeIx,
    first: Marking,
) -> Option<Finding> {
    let node = definition.node(start)?;
    let mut play = Play {
        definition,
        played: Vec::new(),
        known: BTreeMap::new(),
        before: Vec::new(),
        reached: BTreeMap::new(),
    };
    play.add(first, 0, Some(start));
    let mut ends = Vec::new();
    let mut at = 0;
    while at < play.played.len() {
        if play.played.len() > MARKINGS_MAX {
            let (id, place) = match container.node.and_then(|ix| definition.node(ix)) {
                Some(node) => (node.id.clone(), node.place),
                None => (definition.id.clone(), node.place),
            };
            return Some(Finding::new("process.sound_too_large", id, place).detail(MARKINGS_MAX));
        }
        let marking = play.played[at].0.clone();
        if marking.is_empty() {
            ends.push(at);
            at += 1;
            continue;
        }
        let chosen = match play.choose(&marking) {
            Ok(chosen) => chosen,
            Err((rule, ix)) => return play.finding(rule, ix, at),
        };
        for (ix, taken) in chosen {
            for way in ways(definition, definition.node(ix)?, ix) {
                let mut next: Marking =
                    marking.iter().copied().filter(|flow| !taken.contains(flow)).collect();
                match way.flows {
                    None => next.clear(),
                    Some(flows) => {
                        for flow in flows {
                            if next.contains(&flow) {
                                let to = definition.flow(flow)?.to;
                                return play.finding("process.sound_sync", to, at);
                            }
                            next.push(flow);
                        }
                    }
                }
                next.sort_unstable();
                play.add(next, at, Some(way.told));
            }
        }
        at += 1;
    }
    play.endless(&ends)
}

impl Play<'_> {
    fn add(&mut self, marking: Marking, from: usize, told: Option<NodeIx>) {
        if let Some(known) = self.known.get(&marking) {
            self.before[*known].push(from);
            return;
        }
        let at = self.played.len();
        self.known.insert(marking.clone(), at);
        self.before.push(if at == 0 { Vec::new() } else { vec![from] });
        self.played.push((marking, from, told));
    }

    /// The nodes to play next, each with the flows it takes a token from.
    #[allow(clippy::type_complexity)]
    fn choose(
        &mut self,
        marking: &Marking,
    ) -> Result<Vec<(NodeIx, Vec<FlowIx>)>, (&'static str, NodeIx)> {
        let mut at_nodes: BTreeMap<NodeIx, Vec<FlowIx>> = BTreeMap::new();
        for flow in marking {
            if let Some(to) = self.definition.flow(*flow).map(|flow| flow.to) {
                at_nodes.entry(to).or_default().push(*flow);
            }
        }
        let mut merges = Vec::new();
        for (ix, flows) in &at_nodes {
            let Some(node) = self.definition.node(*ix) else {
                continue;
            };
            match node.kind {
                Kind::Gateway(Gateway::Parallel) => {
                    if flows.len() == node.incoming.len() {
                        return Ok(vec![(*ix, flows.clone())]);
                    }
                }
                Kind::Gateway(Gateway::Inclusive) if node.incoming.len() > 1 => {
                    let within = |ix: &NodeIx| node.region.binary_search(ix).is_ok();
                    if !at_nodes.keys().any(within) {
                        return Ok(vec![(*ix, flows.clone())]);
                    }
                }
                Kind::End(_) => return Ok(vec![(*ix, vec![flows[0]])]),
                _ if node.incoming.len() < 2 => return Ok(vec![(*ix, flows.clone())]),
                _ => merges.push((*ix, flows.clone())),
            }
        }
        if let Some((ix, _)) = merges.iter().find(|(_, flows)| flows.len() > 1) {
            return Err(("process.sound_sync", *ix));
        }
        let Some(first) = at_nodes.keys().next().copied() else {
            return Ok(Vec::new());
        };
        if merges.is_empty() {
            return Err(("process.sound_deadlock", first));
        }
        // A merge that no other token can come to may go on at once; one that no other merge leads
        // to may be played alone.
        let marked: Vec<NodeIx> = at_nodes.keys().copied().collect();
        let held: Vec<NodeIx> = merges.iter().map(|(ix, _)| *ix).collect();
        for around in [&marked, &held] {
            for (ix, flows) in &merges {
                let mut others = around.iter().filter(|other| *other != ix);
                if others.all(|other| !self.leads(*other, *ix)) {
                    return Ok(vec![(*ix, flows.clone())]);
                }
            }
        }
        Ok(merges)
    }

    fn leads(&mut self, from: NodeIx, to: NodeIx) -> bool {
        let definition = self.definition;
        let reached = self.reached.entry(from).or_insert_with(|| {
            let mut seen = vec![false; definition.nodes.len()];
            let mut rest = vec![from];
            while let Some(ix) = rest.pop() {
                for next in super::check::next(definition, ix) {
                    if !std::mem::replace(&mut seen[next.0 as usize], true) {
                        rest.push(next);
                    }
                }
            }
            seen
        });
        reached.get(to.0 as usize).copied().unwrap_or(true)
    }

    fn finding(&self, rule: &'static str, ix: NodeIx, at: usize) -> Option<Finding> {
        let node = self.definition.node(ix)?;
        let mut path = vec![node.id.clone()];
        let mut at = at;
        loop {
            let (_, before, told) = self.played.get(at)?;
            if let Some(told) = told.and_then(|ix| self.definition.node(ix)) {
                path.push(told.id.clone());
            }
            if at == 0 {
                break;
            }
            at = *before;
        }
        path.reverse();
        path.dedup();
        Some(Finding::new(rule, node.id.clone(), node.place).path(path))
    }

    /// A marking from which no end can be reached.
    fn endless(&self, ends: &[usize]) -> Option<Finding> {
        let mut seen = vec![false; self.played.len()];
        let mut rest = ends.to_vec();
        while let Some(at) = rest.pop() {
            if !std::mem::replace(&mut seen[at], true) {
                rest.extend(self.before[at].iter().copied().filter(|before| !seen[*before]));
            }
        }
        let stuck = seen.iter().position(|reached| !reached)?;
        let flow = self.played[stuck].0.first()?;
        self.finding("process.sound_no_end", self.definition.flow(*flow)?.to, stuck)
    }
}

/// Every way a node can fire.
fn ways(definition: &Definition, node: &Node, ix: NodeIx) -> Vec<Way> {
    let way = |flows: Vec<FlowIx>| Way { flows: Some(flows), told: ix };
    let each = |flows: &[FlowIx]| flows.iter().map(|flow| way(vec![*flow])).collect::<Vec<_>>();
    if node.outgoing.is_empty() && matches!(node.kind, Kind::Gateway(_)) {
        return vec![way(Vec::new())];
    }
    match &node.kind {
        Kind::End(Throw::Terminate | Throw::Error(_)) => vec![Way { flows: None, told: ix }],
        Kind::Gateway(Gateway::Exclusive | Gateway::Event) => each(&node.outgoing),
        Kind::Gateway(Gateway::Inclusive) => {
            let others: Vec<FlowIx> = node
                .outgoing
                .iter()
                .copied()
                .filter(|flow| Some(*flow) != node.default || node.outgoing.len() == 1)
                .collect();
            let mut ways: Vec<Way> = subsets(&others).into_iter().map(way).collect();
            ways.extend(
                node.default.filter(|_| node.outgoing.len() > 1).map(|flow| way(vec![flow])),
            );
            ways
        }
        Kind::Throw(Throw::Link(_)) => {
            let catch = node.link.and_then(|ix| definition.node(ix));
            vec![way(catch.map(|catch| catch.outgoing.clone()).unwrap_or_default())]
        }
        _ => {
            let mut ways: Vec<Way> = normal(definition, node).into_iter().map(way).collect();
            for event in &node.boundaries {
                let Some(boundary) = definition.node(*event) else {
                    continue;
                };
                let Kind::Boundary { trigger, interrupting, .. } = &boundary.kind else {
                    continue;
                };
                if *trigger == Trigger::Compensation {
                    continue;
                }
                let mut flows = boundary.outgoing.clone();
                if !interrupting {
                    flows.extend(normal(definition, node).into_iter().next().unwrap_or_default());
                }
                ways.push(Way { flows: Some(flows), told: *event });
            }
            ways
        }
    }
}

/// Flows taken out of a node that is no gateway: all, with every choice of conditional ones.
fn normal(definition: &Definition, node: &Node) -> Vec<Vec<FlowIx>> {
    let conditional = |flow: &FlowIx| {
        definition.flow(*flow).is_some_and(|flow| flow.condition.is_some())
            && Some(*flow) != node.default
    };
    let (maybe, always): (Vec<FlowIx>, Vec<FlowIx>) =
        node.outgoing.iter().copied().partition(conditional);
    let always: Vec<FlowIx> =
        always.into_iter().filter(|flow| Some(*flow) != node.default).collect();
    let with = |more: Vec<FlowIx>| [always.clone(), more].concat();
    let mut ways: Vec<Vec<FlowIx>> = subsets(&maybe).into_iter().map(with).collect();
    let none = with(node.default.into_iter().collect());
    if !none.is_empty() || maybe.is_empty() {
        ways.push(none);
    }
    ways
}

/// Every set of at least one; of many only the small ones and the whole.
fn subsets(flows: &[FlowIx]) -> Vec<Vec<FlowIx>> {
    if flows.is_empty() {
        return Vec::new();
    }
    if flows.len() > SUBSETS_MAX {
        let mut sets: Vec<Vec<FlowIx>> = flows.iter().map(|flow| vec![*flow]).collect();
        sets.extend(flows.windows(2).map(<[FlowIx]>::to_vec));
        sets.push(flows.to_vec());
        return sets;
    }
    let chosen = |mask: u32| {
        let bits = flows.iter().enumerate().filter(move |(bit, _)| mask & (1 << bit) != 0);
        bits.map(|(_, flow)| *flow).collect()
    };
    (1..(1u32 << flows.len())).map(chosen).collect()
}
