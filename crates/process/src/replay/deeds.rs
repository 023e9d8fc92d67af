//! What was decided in an instance, read from its history.
//!
//! Must not know: tables.

use crate::instance::model::{self, Act, Entry, Standing};
use flow::process::{
    Deed, Definition, Event, Id, On, Repeat, State, Status, TurnAt, Variables, job_values,
};
use kernel::Timestamp;

/// Why a history cannot be played.
pub(super) mod reason {
    /// It went over to another version on the way.
    pub(in super::super) const MIGRATED: &str = "migrated";
    /// What a called process ended with is told in its own history alone.
    pub(in super::super) const CALLED: &str = "called";
    /// Something it heard or did has no place in its drawing.
    pub(in super::super) const PLACE: &str = "place";
    /// It is too long.
    pub(in super::super) const LONG: &str = "long";
    /// Played on its own version it would not come out the same.
    pub(in super::super) const UNLIKE: &str = "unlike";
}

/// What was decided, and the path as the history tells it. Errors: the [`reason`] why it cannot be
/// played.
pub(super) fn read(definition: &Definition, entries: &[Entry]) -> Result<Told, &'static str> {
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
    Ok(told)
}

/// What a history tells.
#[derive(Default)]
pub(super) struct Told {
    pub(super) deeds: Vec<(Timestamp, Deed)>,
    pub(super) path: Vec<String>,
    pub(super) status: Status,
    pub(super) variables: Variables,
}

/// The deed of an entry; none for what moved no token. Errors: why it cannot be played.
fn deed(
    definition: &Definition,
    state: &State,
    entry: &Entry,
) -> Result<Option<Deed>, &'static str> {
    let at = |id: Id| {
        let node = state.token(id).and_then(|token| definition.node(token.node));
        node.map(|node| node.id.clone()).ok_or(reason::PLACE)
    };
    let set = || values(&entry.changes);
    let deed = match &entry.act {
        Act::Started => Deed::Begun(set()),
        Act::Completed { task, node, .. } | Act::Deemed { task, node, .. } => {
            let completed =
                |change: &Event| matches!(change, Event::Completed(id, _) if id == task);
            match entry.changes.iter().any(completed) {
                true => {
                    let turn = state.token(*task).and_then(|token| token.turn);
                    Deed::Task(node.clone(), turn, set())
                }
                // Sent back with the wish to have it again: it went there instead.
                false => moved(definition, state, entry)?,
            }
        }
        Act::JobDone { job } => {
            let node = at(*job)?;
            let values = job_values(definition, &node, set());
            Deed::Job(node, values)
        }
        Act::JobFailed { job, code } => Deed::JobFailed(at(*job)?, code.clone()),
        Act::ChildEnded { child, .. } => {
            let completed =
                |change: &Event| matches!(change, Event::Completed(id, _) if id == child);
            if !entry.changes.iter().any(completed) {
                return Err(reason::CALLED);
            }
            Deed::Child(at(*child)?, Status::Completed, set())
        }
        Act::TimerFired { timer } => {
            Deed::Timer(event(definition, state, *timer).ok_or(reason::PLACE)?)
        }
        Act::MessageDelivered { name, .. } => {
            let node = heard(definition, state, entry, name).ok_or(reason::PLACE)?;
            Deed::Message(node, name.clone(), set())
        }
        Act::SignalReceived { name } => Deed::Signal(name.clone(), set()),
        Act::SentBack { .. } | Act::Jumped { .. } | Act::Recalled { .. } => {
            moved(definition, state, entry)?
        }
        Act::ActivityStarted { task, activity } => Deed::Activity(at(*task)?, activity.clone()),
        Act::ActivitiesFinished { task } => Deed::Finished(at(*task)?),
        Act::SignerAdded { task, .. } => added(definition, state, entry, *task)?,
        Act::SignerRemoved { task, .. } => {
            let dropped = entry.changes.iter().find_map(|change| match change {
                Event::TurnDropped { turn, .. } => Some(*turn),
                _ => None,
            });
            Deed::TurnDropped(at(*task)?, dropped.ok_or(reason::PLACE)?)
        }
        Act::Corrected { .. } => Deed::Set(set()),
        Act::Reactivated { node, .. } => Deed::Reopened(node.clone()),
        Act::Withdrawn { .. } | Act::Cancelled { .. } | Act::ParentEnded => Deed::Cancel,
        // A timer that was moved is due when it fired.
        Act::Resumed { .. } | Act::Extended { .. } => return Ok(None),
        Act::Migrated { .. } => return Err(reason::MIGRATED),
        // Desks and words move no token.
        _ if entry.changes.is_empty() => return Ok(None),
        _ => return Err(reason::PLACE),
    };
    Ok(Some(deed))
}

/// Where an entry took a token from, and where to.
fn moved(definition: &Definition, state: &State, entry: &Entry) -> Result<Deed, &'static str> {
    let id = |ix| definition.node(ix).map(|node| node.id.clone());
    let found = entry.changes.iter().find_map(|change| match change {
        Event::TokenMoved { token, node, .. } => Some((id(state.token(*token)?.node)?, id(*node)?)),
        _ => None,
    });
    let (from, to) = found.ok_or(reason::PLACE)?;
    Ok(Deed::Move(from, to, values(&entry.changes)))
}

/// The element an entry added to a repeated activity, and where it came.
fn added(
    definition: &Definition,
    state: &State,
    entry: &Entry,
    task: Id,
) -> Result<Deed, &'static str> {
    let token = state.token(task).ok_or(reason::PLACE)?;
    let node = definition.node(token.node).ok_or(reason::PLACE)?;
    let Some(Repeat::Each(each)) = &node.repeat else { return Err(reason::PLACE) };
    let held = entry.changes.iter().any(|change| matches!(change, Event::TurnDropped { .. }));
    let mut found = None;
    for change in &entry.changes {
        match change {
            Event::TurnAdded { scope, item: Some((place, item)), .. } => {
                let turns = state.scope(*scope).and_then(|scope| scope.turns.as_ref());
                let next = turns.is_some_and(|turns| turns.started == *place);
                let at = match (held, next) {
                    (true, _) => TurnAt::Before,
                    (false, true) => TurnAt::Next,
                    (false, false) => TurnAt::Last,
                };
                found = Some((item.clone(), at));
            }
            Event::TokenMade(made) if found.is_none() && made.turn.is_some() => {
                found = made.locals.get(&each.item).map(|item| (item.clone(), TurnAt::Last));
            }
            _ => {}
        }
    }
    let (item, at) = found.ok_or(reason::PLACE)?;
    Ok(Deed::TurnAdded(node.id.clone(), item, at))
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
