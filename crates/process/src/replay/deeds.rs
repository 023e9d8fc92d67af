//! What was decided in an instance, read from its history.
//!
//! Must not know: tables.

use crate::instance::model::{self, Act, Entry, Standing};
use flow::process::{Deed, Definition, Event, Id, On, State, Status, Variables, job_values};
use kernel::Timestamp;

/// What was decided, and the path as the history tells it. `None` when the history holds what
/// cannot be played: a migration, a signer added, the choice among ad-hoc activities.
pub(super) fn read(definition: &Definition, entries: &[Entry]) -> Option<Told> {
    let mut told = Told::default();
    let mut standing = Standing::default();
    for entry in entries {
        if let Some(deed) = deed(definition, &standing.state, entry)? {
            told.deeds.push((entry.at, deed));
        }
        for change in &entry.changes {
            if let Event::Completed(_, ix) = change {
                told.path.extend(definition.node(*ix).map(|node| node.id.clone()));
            }
        }
        standing = model::apply(standing, entry);
    }
    told.status = standing.state.status;
    told.variables = standing.state.variables;
    Some(told)
}

/// What a history tells.
#[derive(Default)]
pub(super) struct Told {
    pub(super) deeds: Vec<(Timestamp, Deed)>,
    pub(super) path: Vec<String>,
    pub(super) status: Status,
    pub(super) variables: Variables,
}

/// The deed of an entry; none for what moved no token. `None` for what cannot be played.
fn deed(definition: &Definition, state: &State, entry: &Entry) -> Option<Option<Deed>> {
    let at = |id: Id| {
        let token = state.token(id)?;
        definition.node(token.node).map(|node| node.id.clone())
    };
    let set = || values(&entry.changes);
    let deed = match &entry.act {
        Act::Started => Deed::Begun(set()),
        Act::Completed { node, .. } => Deed::Task(node.clone(), set()),
        Act::JobDone { job } => {
            let node = at(*job)?;
            let values = job_values(definition, &node, set());
            Deed::Job(node, values)
        }
        Act::JobFailed { job, code } => Deed::JobFailed(at(*job)?, code.clone()),
        Act::ChildEnded { child, .. } => {
            let completed =
                |change: &Event| matches!(change, Event::Completed(id, _) if id == child);
            // A child that failed says why in its own history alone.
            entry.changes.iter().any(completed).then_some(())?;
            Deed::Child(at(*child)?, Status::Completed, set())
        }
        Act::TimerFired { timer } => Deed::Timer(event(definition, state, *timer)?),
        Act::MessageDelivered { name, .. } => {
            Deed::Message(heard(definition, state, entry, name)?, name.clone(), set())
        }
        Act::SignalReceived { name } => Deed::Signal(name.clone(), set()),
        Act::SentBack { task, to, .. } | Act::Jumped { task, to, .. } => {
            Deed::Move(at(*task)?, to.clone())
        }
        Act::Withdrawn { .. } | Act::Cancelled { .. } | Act::ParentEnded => Deed::Cancel,
        // Desks and words move no token.
        _ if entry.changes.is_empty() => return Some(None),
        _ => return None,
    };
    Some(Some(deed))
}

/// Id of the event a subscription is for.
fn event(definition: &Definition, state: &State, id: Id) -> Option<String> {
    let one = state.subscription(id)?;
    definition.node(one.node).map(|node| node.id.clone())
}

/// Id of the event that heard a message: the first of that name, as the engine chooses, among
/// those the entry ended; one that goes on listening when none was.
fn heard(definition: &Definition, state: &State, entry: &Entry, name: &str) -> Option<String> {
    let named = |id: Id| {
        let one = state.subscription(id)?;
        matches!(&one.on, On::Message { name: own, .. } if own == name).then_some(one.id)
    };
    let ended = entry.changes.iter().find_map(|change| match change {
        Event::Unsubscribed(id) => named(*id),
        _ => None,
    });
    let goes_on = || state.subscriptions.iter().find_map(|one| named(one.id));
    event(definition, state, ended.or_else(goes_on)?)
}

/// Variables set before anything else happened in an entry: what came with the command.
fn values(changes: &[Event]) -> Variables {
    let mut values = Variables::new();
    for change in changes {
        match change {
            Event::Began { .. } | Event::Acted(_) => {}
            Event::VariablesSet(set) => values.extend(set.clone()),
            Event::LocalSet(_, name, value) => {
                values.insert(name.clone(), value.clone());
            }
            _ => break,
        }
    }
    values
}
