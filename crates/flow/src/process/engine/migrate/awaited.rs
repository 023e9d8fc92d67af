//! What an instance listens for before and after a migration.

use super::Migration;
use super::places::Places;
use crate::process::model::{Definition, Gateway, Kind, NodeIx, Task, Trigger};
use crate::process::state::{Id, Owner, State, Wait};
use kernel::Result;
use std::collections::BTreeMap;

/// What stays awaited, what ends and what begins.
#[derive(Default)]
pub(super) struct Listening {
    /// Subscriptions that stay, with their new event node.
    pub(super) kept: Vec<(Id, NodeIx)>,
    /// Subscriptions that end.
    pub(super) ended: Vec<Id>,
    /// What is awaited from now on.
    pub(super) begun: Vec<(Owner, NodeIx, Trigger)>,
}

type Awaited = BTreeMap<(OwnerKey, NodeIx), Trigger>;
type OwnerKey = (bool, Id);

fn key(owner: Owner) -> OwnerKey {
    match owner {
        Owner::Token(id) => (false, id),
        Owner::Scope(id) => (true, id),
    }
}

fn owner((scope, id): OwnerKey) -> Owner {
    if scope { Owner::Scope(id) } else { Owner::Token(id) }
}

impl Listening {
    pub(super) fn of(migration: &Migration, state: &State, places: &Places) -> Result<Listening> {
        let before = awaited(migration.old, state, &Places::now(state));
        let mut after = awaited(migration.new, state, places);
        let mut listening = Listening::default();
        for one in &state.subscriptions {
            let to = migration.counterpart(one.node);
            let own = before.get(&(key(one.owner), one.node));
            let wanted = to.and_then(|to| after.get(&(key(one.owner), to)));
            let stays = match (own, wanted) {
                (Some(Trigger::Timer(_)), Some(Trigger::Timer(_))) => {
                    !migration.restart.contains(&one.node)
                }
                (Some(own), Some(wanted)) => own == wanted,
                _ => false,
            };
            match to.filter(|_| stays) {
                Some(to) => {
                    after.remove(&(key(one.owner), to));
                    listening.kept.push((one.id, to));
                }
                None => listening.ended.push(one.id),
            }
        }
        // What was awaited under the old version and is no longer has happened already.
        let heard = |owner: OwnerKey, ix: NodeIx| {
            state.subscriptions.iter().any(|one| key(one.owner) == owner && one.node == ix)
        };
        for (owner, ix) in before.keys() {
            if let (false, Some(to)) = (heard(*owner, *ix), migration.counterpart(*ix)) {
                after.remove(&(*owner, to));
            }
        }
        listening.begun =
            after.into_iter().map(|((by, ix), trigger)| (owner(by), ix, trigger)).collect();
        Ok(listening)
    }
}

/// Everything an instance with its tokens and scopes there would listen for.
fn awaited(definition: &Definition, state: &State, places: &Places) -> Awaited {
    let mut all = Awaited::new();
    let mut add = |owner: Owner, ix: NodeIx| {
        if let Some(trigger) = trigger(definition, ix) {
            all.insert((key(owner), ix), trigger);
        }
    };
    for token in &state.tokens {
        let Some((ix, _)) = places.tokens.get(&token.id).copied() else { continue };
        let Some(node) = definition.node(ix) else { continue };
        if token.wait == Wait::Event {
            match node.kind {
                Kind::Gateway(Gateway::Event) => {
                    let flows = node.outgoing.iter().filter_map(|flow| definition.flow(*flow));
                    flows.for_each(|flow| add(Owner::Token(token.id), flow.to));
                }
                _ => add(Owner::Token(token.id), ix),
            }
        }
        if token.turn.is_none() && node.is_activity() {
            node.boundaries.iter().for_each(|event| add(Owner::Token(token.id), *event));
        }
    }
    for scope in state.scopes.iter().filter(|scope| scope.turns.is_none()) {
        let Some(container) = places.scopes.get(&scope.id) else { continue };
        let Some(container) = definition.containers.get(*container) else { continue };
        let starts = |handler: &NodeIx| match definition.node(*handler).map(|node| &node.kind) {
            Some(Kind::Sub(inner)) => {
                definition.containers.get(*inner).map(|inner| inner.starts.clone())
            }
            _ => None,
        };
        // One that ended what ran around it ended the others' listening too.
        let mut running = state.tokens.iter().filter(|token| token.scope == scope.id);
        let over = running.any(|token| {
            let at = places.tokens.get(&token.id).map(|(ix, _)| *ix);
            let at = at.filter(|ix| container.handlers.contains(ix));
            at.and_then(|ix| starts(&ix)).unwrap_or_default().iter().any(|start| {
                let kind = definition.node(*start).map(|node| &node.kind);
                matches!(kind, Some(Kind::Start { interrupting: true, .. }))
            })
        });
        if over {
            continue;
        }
        let events = container.handlers.iter().filter_map(starts).flatten();
        events.for_each(|start| add(Owner::Scope(scope.id), start));
    }
    all
}

/// What a node listens for, where that is a matter of subscription.
fn trigger(definition: &Definition, ix: NodeIx) -> Option<Trigger> {
    let trigger = match &definition.node(ix)?.kind {
        Kind::Catch(trigger) | Kind::Boundary { trigger, .. } | Kind::Start { trigger, .. } => {
            trigger.clone()
        }
        Kind::Task(Task::Receive(message)) => Trigger::Message(message.clone()),
        _ => return None,
    };
    let heard = matches!(
        trigger,
        Trigger::Timer(_) | Trigger::Message(_) | Trigger::Signal(_) | Trigger::Condition(_)
    );
    heard.then_some(trigger)
}
