//! What happened to an instance, and the fold that makes states of it.
//!
//! Invariants
//! - [`apply`] is total and needs no definition and no evaluator: what was evaluated is recorded.
//! - `state.revision` is the number of events folded.
//!
//! Must not know: why something happened.

use super::evaluate::Variables;
use super::model::{FlowIx, NodeIx};
use super::state::{Done, Id, On, Scope, State, Status, Subscription, Token, Turns, Wait};
use kernel::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// One change.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Event {
    /// The instance began.
    Began {
        /// Its id.
        instance: String,
        /// Id of its process.
        process: String,
    },
    /// A command was carried out at the instant; its changes follow.
    Acted(Timestamp),
    /// A token came to be.
    TokenMade(Token),
    /// A token moved along a flow, or to an event, and waits for nothing. It gets a new number, so
    /// that a task or job is never taken for the one before it.
    TokenMoved {
        /// The token.
        token: Id,
        /// Its new number.
        id: Id,
        /// Where to.
        node: NodeIx,
        /// By which flow.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        flow: Option<FlowIx>,
    },
    /// A token waits.
    TokenWaits(Id, Wait),
    /// A token is gone.
    TokenGone(Id),
    /// An activity was completed by the token.
    Completed(Id, NodeIx),
    /// A scope was opened.
    ScopeOpened(Scope),
    /// A repeated activity began once more.
    TurnStarted(Id),
    /// A repeated activity was done once, with a result when results are gathered.
    TurnDone {
        /// The scope of the repetition.
        scope: Id,
        /// Which time, from 0.
        turn: u32,
        /// The result.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        result: Option<Value>,
    },
    /// An element was added to a repeated activity.
    TurnAdded {
        /// The scope of the repetition.
        scope: Id,
        /// The element, kept when the turns come one after the other, and the place it takes.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        item: Option<(u32, Value)>,
        /// Whether results are gathered.
        #[serde(default, skip_serializing_if = "is_false")]
        result: bool,
    },
    /// An element was taken out of a repeated activity; those after it move up.
    TurnDropped {
        /// The scope of the repetition.
        scope: Id,
        /// Which time, from 0.
        turn: u32,
    },
    /// What was done in a scope and can be undone is now this.
    DoneSet(Id, Vec<Done>),
    /// A scope was closed.
    ScopeClosed(Id),
    /// Something is awaited.
    Subscribed(Subscription),
    /// What was awaited changed: a repeated timer was set anew, a condition changed.
    Resubscribed(Id, On),
    /// Something is no longer awaited.
    Unsubscribed(Id),
    /// Variables of the process were set.
    VariablesSet(Variables),
    /// A variable of a token was set.
    LocalSet(Id, String, Value),
    /// The instance goes on under another version of its process, where all it holds lies so.
    Migrated {
        /// Each token's node and the flow it came by.
        tokens: Vec<(Id, NodeIx, Option<FlowIx>)>,
        /// Each scope's container and what can be undone there.
        scopes: Vec<(Id, usize, Vec<Done>)>,
        /// The event node of each subscription.
        subscriptions: Vec<(Id, NodeIx)>,
    },
    /// The instance ended.
    Ended(Status),
    /// The ended instance goes on.
    Reopened,
}

fn is_false(flag: &bool) -> bool {
    !*flag
}

/// The state after the event. Total: an event that does not fit changes the revision only.
pub fn apply(mut state: State, event: &Event) -> State {
    change(&mut state, event);
    state
}

/// The state after the events, from the beginning.
pub fn fold<'a>(events: impl IntoIterator<Item = &'a Event>) -> State {
    events.into_iter().fold(State::default(), apply)
}

pub(super) fn change(state: &mut State, event: &Event) {
    state.revision += 1;
    match event {
        Event::Began { instance, process } => {
            state.instance.clone_from(instance);
            state.process.clone_from(process);
            state.status = Status::Active;
        }
        Event::Acted(at) => state.at = Some(*at),
        Event::TokenMade(token) => {
            state.sequence = state.sequence.max(token.id);
            state.tokens.push(token.clone());
        }
        Event::TokenMoved { token, id, node, flow } => {
            state.sequence = state.sequence.max(*id);
            if let Ok(at) = state.tokens.binary_search_by_key(token, |token| token.id) {
                let mut token = state.tokens.remove(at);
                token.id = *id;
                token.node = *node;
                token.flow = *flow;
                token.wait = Wait::None;
                state.tokens.push(token);
            }
        }
        Event::TokenWaits(id, wait) => {
            with_token(state, *id, |token| token.wait = wait.clone());
        }
        Event::TokenGone(id) => state.tokens.retain(|token| token.id != *id),
        Event::Completed(..) => {}
        Event::ScopeOpened(scope) => {
            state.sequence = state.sequence.max(scope.id);
            state.scopes.push(scope.clone());
        }
        Event::TurnStarted(id) => with_turns(state, *id, |turns| turns.started += 1),
        Event::TurnDone { scope, turn, result } => with_turns(state, *scope, |turns| {
            turns.completed += 1;
            let slot = turns.results.get_mut(*turn as usize);
            if let (Some(slot), Some(result)) = (slot, result) {
                slot.clone_from(result);
            }
        }),
        Event::TurnAdded { scope, item, result } => with_turns(state, *scope, |turns| {
            turns.total = turns.total.map(|total| total.saturating_add(1));
            if let Some((at, item)) = item {
                let at = (*at as usize).min(turns.items.len());
                turns.items.insert(at, item.clone());
            }
            if *result {
                turns.results.push(Value::Null);
            }
        }),
        Event::TurnDropped { scope, turn } => drop_turn(state, *scope, *turn),
        Event::DoneSet(id, done) => with_scope(state, *id, |scope| scope.done.clone_from(done)),
        Event::ScopeClosed(id) => state.scopes.retain(|scope| scope.id != *id),
        Event::Subscribed(subscription) => {
            state.sequence = state.sequence.max(subscription.id);
            state.subscriptions.push(subscription.clone());
        }
        Event::Resubscribed(id, on) => {
            for one in state.subscriptions.iter_mut().filter(|one| one.id == *id) {
                one.on.clone_from(on);
            }
        }
        Event::Unsubscribed(id) => state.subscriptions.retain(|one| one.id != *id),
        Event::VariablesSet(values) => {
            let values = values.iter().map(|(name, value)| (name.clone(), value.clone()));
            state.variables.extend(values);
        }
        Event::LocalSet(id, name, value) => with_token(state, *id, |token| {
            token.locals.insert(name.clone(), value.clone());
        }),
        Event::Migrated { tokens, scopes, subscriptions } => {
            for (id, node, flow) in tokens {
                with_token(state, *id, |token| (token.node, token.flow) = (*node, *flow));
            }
            for (id, container, done) in scopes {
                with_scope(state, *id, |scope| {
                    scope.container = *container;
                    scope.done.clone_from(done);
                });
            }
            for (id, node) in subscriptions {
                let mut own = state.subscriptions.iter_mut();
                own.by_ref().filter(|one| one.id == *id).for_each(|one| one.node = *node);
            }
        }
        Event::Ended(status) => state.status.clone_from(status),
        Event::Reopened => state.status = Status::Active,
    }
}

fn drop_turn(state: &mut State, scope: Id, turn: u32) {
    with_turns(state, scope, |turns| {
        turns.total = turns.total.map(|total| total.saturating_sub(1));
        turns.started = turns.started.saturating_sub(u32::from(turn < turns.started));
        for list in [&mut turns.items, &mut turns.results] {
            if (turn as usize) < list.len() {
                list.remove(turn as usize);
            }
        }
    });
    for token in state.tokens.iter_mut().filter(|token| token.scope == scope) {
        token.turn = token.turn.map(|own| own - u32::from(own > turn));
    }
}

fn with_token(state: &mut State, id: Id, change: impl FnOnce(&mut Token)) {
    if let Ok(at) = state.tokens.binary_search_by_key(&id, |token| token.id) {
        change(&mut state.tokens[at]);
    }
}

fn with_turns(state: &mut State, id: Id, change: impl FnOnce(&mut Turns)) {
    with_scope(state, id, |scope| {
        if let Some(turns) = &mut scope.turns {
            change(turns);
        }
    });
}

fn with_scope(state: &mut State, id: Id, change: impl FnOnce(&mut Scope)) {
    if let Ok(at) = state.scopes.binary_search_by_key(&id, |scope| scope.id) {
        change(&mut state.scopes[at]);
    }
}
