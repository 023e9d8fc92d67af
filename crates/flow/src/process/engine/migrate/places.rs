//! Where every token and scope of an instance lies in the new version, and the proof that they
//! come to the end from there.

use super::Migration;
use crate::process::event::Event;
use crate::process::model::{
    Definition, FlowIx, Gateway, Kind, Node, NodeIx, Repeat, Task, Throw, Trigger,
};
use crate::process::sound;
use crate::process::state::{Done, Id, Scope, State, Token, Wait};
use kernel::{Error, Result};
use std::collections::{BTreeMap, BTreeSet};
use std::mem::discriminant;

/// Where tokens and scopes lie.
pub(super) struct Places {
    pub(super) tokens: BTreeMap<Id, (NodeIx, Option<FlowIx>)>,
    pub(super) scopes: BTreeMap<Id, usize>,
    done: BTreeMap<Id, Vec<Done>>,
    /// What tokens still have to undo.
    pub(super) undone: Vec<(Id, Vec<Done>)>,
}

fn refused(code: &'static str, node: &str) -> Error {
    Error::conflict(code).arg("node", node)
}

impl Places {
    /// What an instance has in the version it runs.
    pub(super) fn now(state: &State) -> Places {
        Places {
            tokens: state.tokens.iter().map(|one| (one.id, (one.node, one.flow))).collect(),
            scopes: state.scopes.iter().map(|one| (one.id, one.container)).collect(),
            done: BTreeMap::new(),
            undone: Vec::new(),
        }
    }

    /// What it has in the new one. Errors: `process.migrate_…`.
    pub(super) fn of(migration: &Migration, state: &State) -> Result<Places> {
        let (tokens, scopes, done) = Default::default();
        let mut places = Places { tokens, scopes, done, undone: Vec::new() };
        // What is within is younger than what is around, so that in the order of numbers what is
        // around has its place already.
        let (mut tokens, mut scopes) =
            (state.tokens.iter().peekable(), state.scopes.iter().peekable());
        loop {
            let token_first = match (tokens.peek(), scopes.peek()) {
                (Some(token), Some(scope)) => token.id < scope.id,
                (Some(_), None) => true,
                (None, Some(_)) => false,
                (None, None) => return Ok(places),
            };
            if token_first {
                if let Some(token) = tokens.next() {
                    places.token(migration, state, token)?;
                }
            } else if let Some(scope) = scopes.next() {
                places.scope(migration, scope)?;
            }
        }
    }

    fn token(&mut self, migration: &Migration, state: &State, token: &Token) -> Result<()> {
        let old = migration.old.node(token.node).ok_or_else(super::broken)?;
        let to = migration.counterpart(token.node);
        let to = to.ok_or_else(|| refused("process.migrate_missing", &old.id))?;
        let new = migration.new.node(to).ok_or_else(super::broken)?;
        if !same_wait(migration, old, new, &token.wait) {
            return Err(refused("process.migrate_kind", &old.id).arg("to", &new.id));
        }
        let inner = state.scopes.iter().find(|scope| scope.token == Some(token.id));
        let repeats = token.turn.is_some() || inner.is_some_and(|scope| scope.turns.is_some());
        if repeats && !same_repeat(old.repeat.as_ref(), new.repeat.as_ref()) {
            return Err(refused("process.migrate_repeat", &old.id));
        }
        // Beside a repetition that has not begun, one that shall begin would be left out.
        if !repeats && token.wait != Wait::Join && old.repeat.is_none() && new.repeat.is_some() {
            return Err(refused("process.migrate_repeat", &old.id));
        }
        if self.scopes.get(&token.scope) != Some(&new.container)
            || old.for_compensation != new.for_compensation
        {
            return Err(refused("process.migrate_place", &old.id).arg("to", &new.id));
        }
        let flow = flow(migration, token, new)?;
        if let Wait::Undo(queue) = &token.wait {
            let queue = queue.iter().map(|one| undoable(migration, one)).collect::<Result<_>>()?;
            self.undone.push((token.id, queue));
        }
        self.tokens.insert(token.id, (to, flow));
        Ok(())
    }

    fn scope(&mut self, migration: &Migration, scope: &Scope) -> Result<()> {
        let around = match scope.token {
            Some(token) => self.tokens.get(&token).and_then(|(to, _)| migration.new.node(*to)),
            None => None,
        };
        let container = match (around, &scope.turns) {
            (None, _) => 0,
            (Some(node), Some(_)) => node.container,
            (Some(Node { kind: Kind::Sub(inner), .. }), None) => *inner,
            (Some(node), None) => return Err(refused("process.migrate_kind", &node.id)),
        };
        let done = scope.done.iter().map(|one| undoable(migration, one)).collect::<Result<_>>()?;
        self.scopes.insert(scope.id, container);
        self.done.insert(scope.id, done);
        Ok(())
    }

    /// Proves that the tokens of every scope come to the end; whether anything is drawn otherwise.
    /// Errors: `process.migrate_unsound`.
    pub(super) fn prove(&self, migration: &Migration, state: &State) -> Result<bool> {
        let mut changed = false;
        for scope in state.scopes.iter().filter(|scope| scope.turns.is_none()) {
            let at = self.scopes.get(&scope.id).copied().unwrap_or_default();
            let container = migration.new.containers.get(at).ok_or_else(super::broken)?;
            if migration.alike.get(scope.container).copied().flatten() == Some(at) {
                continue;
            }
            changed = true;
            if container.ad_hoc.is_some() {
                continue;
            }
            let mut marking = Vec::new();
            for token in state.tokens.iter().filter(|token| token.scope == scope.id) {
                let Some((to, flow)) = self.tokens.get(&token.id) else { continue };
                // An event sub-process runs beside, and what undoes is asked for by a token.
                if container.handlers.contains(to) || token.asker.is_some() {
                    continue;
                }
                let node = migration.old.node(token.node).ok_or_else(super::broken)?;
                let flow = flow.ok_or_else(|| refused("process.migrate_unsound", &node.id))?;
                marking.push((flow, node));
            }
            let Some((_, first)) = marking.first() else { continue };
            let flows = marking.iter().map(|(flow, _)| *flow).collect();
            if !sound::completes(migration.new, container, flows) {
                return Err(refused("process.migrate_unsound", &first.id));
            }
        }
        Ok(changed)
    }

    /// The change, with the event nodes of the subscriptions that stay.
    pub(super) fn event(&self, subscriptions: Vec<(Id, NodeIx)>) -> Event {
        let tokens = self.tokens.iter().map(|(id, (node, flow))| (*id, *node, *flow));
        let done = |id: &Id| self.done.get(id).cloned().unwrap_or_default();
        let scopes = self.scopes.iter().map(|(id, container)| (*id, *container, done(id)));
        Event::Migrated { tokens: tokens.collect(), scopes: scopes.collect(), subscriptions }
    }
}

/// The counterpart of what was done and may still be undone: as a whole, or what is within.
fn undoable(migration: &Migration, one: &Done) -> Result<Done> {
    let old = migration.old.node(one.node()).ok_or_else(super::broken)?;
    let to = migration.counterpart(one.node());
    let new = to.and_then(|to| migration.new.node(to));
    match (to, new, one) {
        (Some(to), Some(Node { handler: Some(_), .. }), _) => Ok(Done::Activity(to)),
        (Some(node), Some(Node { kind: Kind::Sub(_), .. }), Done::Within { done, locals, .. }) => {
            let done = done.iter().map(|one| undoable(migration, one)).collect::<Result<_>>()?;
            Ok(Done::Within { node, done, locals: locals.clone() })
        }
        _ => Err(refused("process.migrate_undo", &old.id)),
    }
}

/// The flow by which a token would have come to its new node.
fn flow(migration: &Migration, token: &Token, to: &Node) -> Result<Option<FlowIx>> {
    let Some(old) = token.flow.and_then(|flow| migration.old.flow(flow)) else { return Ok(None) };
    let flows = || to.incoming.iter().copied();
    let named = |ix: &FlowIx| migration.new.flow(*ix).is_some_and(|flow| flow.id == old.id);
    let from = migration.counterpart(old.from);
    let from_same = |ix: &FlowIx| migration.new.flow(*ix).map(|flow| flow.from) == from;
    let found = flows().find(named).or_else(|| flows().find(from_same));
    match (found, token.wait == Wait::Join && to.incoming.len() > 1) {
        (Some(found), _) => Ok(Some(found)),
        // Where tokens meet, it matters by which way each has come.
        (None, true) => Err(refused("process.migrate_flow", &to.id)),
        (None, false) => Ok(flows().next()),
    }
}

/// Whether a token that waits so at the old node can wait so at the new one.
fn same_wait(migration: &Migration, old: &Node, new: &Node, wait: &Wait) -> bool {
    let person = |node: &Node| matches!(node.kind, Kind::Task(Task::User { .. } | Task::Manual));
    match (wait, &old.kind, &new.kind) {
        (Wait::Task, _, _) => person(old) && person(new),
        (
            Wait::Job,
            Kind::Task(Task::Service { topic: own, .. }),
            Kind::Task(Task::Service { topic: other, .. }),
        ) => own == other,
        (
            Wait::Job,
            Kind::Task(Task::Decision { decision: own, .. }),
            Kind::Task(Task::Decision { decision: other, .. }),
        ) => own == other,
        (Wait::Child, Kind::Call(own), Kind::Call(other)) => own == other,
        (Wait::Event, Kind::Catch(own), Kind::Catch(other)) => {
            discriminant(own) == discriminant(other)
        }
        (Wait::Event, Kind::Task(Task::Receive(_)), Kind::Task(Task::Receive(_))) => true,
        (Wait::Event | Wait::Join, Kind::Gateway(own), Kind::Gateway(other)) => own == other,
        (Wait::Scope, Kind::Sub(own), Kind::Sub(other)) => same_sub(migration, *own, *other),
        // A repeated activity waits for its turns.
        (Wait::Scope, Kind::Task(_), Kind::Task(_)) => old.repeat.is_some(),
        (Wait::Scope, Kind::Call(_), Kind::Call(_)) => old.repeat.is_some(),
        (Wait::Undo(_), Kind::Throw(_), Kind::Throw(_))
        | (Wait::Undo(_), Kind::End(_), Kind::End(_)) => undoes(old) && undoes(new),
        (Wait::Undo(_), Kind::Sub(_), Kind::Sub(_)) => true,
        _ => false,
    }
}

fn undoes(node: &Node) -> bool {
    let (Kind::Throw(throw) | Kind::End(throw)) = &node.kind else { return false };
    matches!(throw, Throw::Compensation(_))
}

fn same_sub(migration: &Migration, own: usize, other: usize) -> bool {
    let own = migration.old.containers.get(own);
    let other = migration.new.containers.get(other);
    match (own, other) {
        (Some(own), Some(other)) => {
            own.by_event == other.by_event && own.ad_hoc.is_some() == other.ad_hoc.is_some()
        }
        _ => false,
    }
}

/// Whether turns that run may go on: how many there are was settled when they began.
fn same_repeat(own: Option<&Repeat>, other: Option<&Repeat>) -> bool {
    match (own, other) {
        (Some(Repeat::Loop { .. }), Some(Repeat::Loop { .. })) => true,
        (Some(Repeat::Each(own)), Some(Repeat::Each(other))) => {
            own.sequential == other.sequential
                && own.item == other.item
                && own.output_item == other.output_item
                && own.output.is_empty() == other.output.is_empty()
                && own.collection.is_empty() == other.collection.is_empty()
        }
        _ => false,
    }
}

/// The container of the new version drawn as this one of the old: the same nodes in the same places
/// with the same arrows, whatever they say. Tokens in it can be where they are as well as before.
pub(super) fn same_drawing(migration: &Migration, at: usize) -> Option<usize> {
    let old = migration.old.containers.get(at)?;
    let to = match old.node {
        None => 0,
        Some(ix) => match migration.new.node(migration.counterpart(ix)?)?.kind {
            Kind::Sub(inner) => inner,
            _ => return None,
        },
    };
    let new = migration.new.containers.get(to)?;
    let mut met = BTreeSet::new();
    for ix in &old.nodes {
        let other = migration.counterpart(*ix)?;
        let same = new.nodes.contains(&other)
            && met.insert(other)
            && same_shape(migration, migration.old.node(*ix)?, migration.new.node(other)?);
        if !same {
            return None;
        }
    }
    (met.len() == new.nodes.len() && old.ad_hoc.is_some() == new.ad_hoc.is_some()).then_some(to)
}

fn same_shape(migration: &Migration, old: &Node, new: &Node) -> bool {
    let counterparts = |nodes: &[NodeIx]| -> Vec<Option<NodeIx>> {
        nodes.iter().map(|ix| migration.counterpart(*ix)).collect()
    };
    let same_set = |own: &[NodeIx], other: &[NodeIx]| {
        let own: BTreeSet<_> = counterparts(own).into_iter().collect();
        let other: BTreeSet<_> = other.iter().copied().map(Some).collect();
        own == other
    };
    fits_alike(&old.kind, &new.kind)
        && same_set(&old.boundaries, &new.boundaries)
        && arrows(migration.old, old, &|ix| migration.counterpart(ix))
            == arrows(migration.new, new, &Some)
}

fn fits_alike(own: &Kind, other: &Kind) -> bool {
    let ends = |throw: &Throw| matches!(throw, Throw::Terminate | Throw::Error(_));
    match (own, other) {
        (Kind::Gateway(own), Kind::Gateway(other)) => own == other,
        (Kind::End(own), Kind::End(other)) => ends(own) == ends(other),
        (Kind::Throw(own), Kind::Throw(other)) => {
            matches!(own, Throw::Link(_)) == matches!(other, Throw::Link(_))
        }
        (
            Kind::Boundary { trigger: a, interrupting: b, .. },
            Kind::Boundary { trigger: c, interrupting: d, .. },
        ) => b == d && (*a == Trigger::Compensation) == (*c == Trigger::Compensation),
        _ => discriminant(own) == discriminant(other),
    }
}

/// Where a node leads to, whether there is a condition and whether it is the way otherwise.
fn arrows(
    definition: &Definition,
    node: &Node,
    counterpart: &dyn Fn(NodeIx) -> Option<NodeIx>,
) -> Vec<(Option<NodeIx>, bool, bool)> {
    // Conditions at an exclusive gateway say which way, not whether there is one.
    let asks = !matches!(node.kind, Kind::Gateway(Gateway::Exclusive));
    let mut arrows: Vec<_> = node
        .outgoing
        .iter()
        .filter_map(|ix| {
            let flow = definition.flow(*ix)?;
            let asked = asks && flow.condition.is_some();
            Some((counterpart(flow.to), asked, asks && node.default == Some(*ix)))
        })
        .collect();
    arrows.sort_unstable();
    arrows
}
