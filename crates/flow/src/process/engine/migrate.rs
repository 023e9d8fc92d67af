//! Taking a running instance to another version of its process.
//!
//! Every token keeps its number, so that what is on somebody's desk stays there; it goes to the
//! counterpart of its node: the node the mapping names, else the one with the same id.
//!
//! Invariants
//! - A token waits after the migration for what it waited before: a task stays a task, a job keeps
//!   its topic, a call its process, a repetition its turns.
//! - A timer keeps its instant unless the mapping says that it starts again. What the new version
//!   awaits beside is awaited from now on; what it does not is not any more.
//! - The tokens that result come to the end whatever is chosen afterwards, as a deployed model's
//!   do; an instance that would strand is refused with the reason, and unchanged.

mod awaited;
mod places;

use super::super::model::{Definition, NodeIx};
use super::{Run, Work, acceptable, broken, fits};
use crate::process::command::{Effect, Env};
use crate::process::event::Event;
use crate::process::state::{State, Status, Wait};
use awaited::Listening;
use kernel::{Error, Result};
use places::{Places, same_drawing};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// Which node of the new version takes the place of which, where the ids differ.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Mapping {
    /// Ids of the old version to ids of the new one.
    pub nodes: BTreeMap<String, String>,
    /// Ids of timers of the old version that start again.
    pub restart: BTreeSet<String>,
}

/// A way from one version to another, for any number of instances.
pub struct Migration<'a> {
    old: &'a Definition,
    new: &'a Definition,
    /// By node of the old version.
    counterparts: Vec<Option<NodeIx>>,
    /// Timers of the old version that start again.
    restart: BTreeSet<NodeIx>,
    /// By container of the old version: the one of the new that is drawn alike, if one is.
    alike: Vec<Option<usize>>,
}

impl<'a> Migration<'a> {
    /// Reads a mapping. Errors: `process.other_definition`; `process.migrate_mapping` naming a node
    /// that is not there.
    pub fn new(
        old: &'a Definition,
        new: &'a Definition,
        mapping: &Mapping,
    ) -> Result<Migration<'a>> {
        if old.id != new.id {
            return Err(Error::conflict("process.other_definition"));
        }
        let unknown = |id: &str| Error::invalid("process.migrate_mapping").arg("node", short(id));
        for id in mapping.nodes.keys().chain(&mapping.restart) {
            old.find(id).ok_or_else(|| unknown(id))?;
        }
        if let Some(id) = mapping.nodes.values().find(|id| new.find(id).is_none()) {
            return Err(unknown(id));
        }
        let counterpart = |id: &String| new.find(mapping.nodes.get(id).unwrap_or(id));
        let counterparts: Vec<Option<NodeIx>> =
            old.nodes.iter().map(|node| counterpart(&node.id)).collect();
        let restart = mapping.restart.iter().filter_map(|id| old.find(id)).collect();
        let mut migration = Migration { old, new, counterparts, restart, alike: Vec::new() };
        migration.alike =
            (0..old.containers.len()).map(|at| same_drawing(&migration, at)).collect();
        Ok(migration)
    }

    /// The node of the new version in the place of one of the old.
    fn counterpart(&self, ix: NodeIx) -> Option<NodeIx> {
        self.counterparts.get(ix.0 as usize).copied().flatten()
    }

    /// Takes an instance over. Errors: `Conflict` with `process.migrate_…` and the node that has no
    /// place; `process.ended`, `process.not_started`, `process.clock_set_back`; what evaluating new
    /// timers and conditions meets.
    pub fn step(&self, state: &State, env: &Env) -> Result<(State, Vec<Event>, Vec<Effect>)> {
        acceptable(self.old, state, env)?;
        match state.status {
            Status::Active => {}
            Status::New => return Err(Error::conflict("process.not_started")),
            _ => return Err(Error::conflict("process.ended")),
        }
        let places = Places::of(self, state)?;
        let changed = places.prove(self, state)?;
        let listening = Listening::of(self, state, &places)?;
        let mut run = Run::new(self.new, state, env);
        run.act();
        for id in &listening.ended {
            run.unsubscribe_one(*id);
        }
        run.emit(places.event(listening.kept));
        for (token, queue) in places.undone {
            run.emit(Event::TokenWaits(token, Wait::Undo(queue)));
        }
        for (owner, node, trigger) in &listening.begun {
            run.subscribe(*owner, *node, trigger)?;
        }
        if changed {
            run.joined_anew();
        }
        // A condition may read otherwise now.
        run.changed = true;
        run.settle()?;
        // What the new version asks of the world may be more than the state can hold.
        fits(self.new, &run.state).map_err(|_| broken())?;
        Ok((run.state, run.events, run.effects))
    }
}

impl Run<'_> {
    /// Looks again at every token that waits for its fellows: a join may want fewer now.
    fn joined_anew(&mut self) {
        let waiting = self.state.tokens.iter().filter(|token| token.wait == Wait::Join);
        let waiting: Vec<_> = waiting.map(|token| Work::Enter(token.id)).collect();
        self.work.extend(waiting);
    }
}

fn short(id: &str) -> String {
    id.chars().take(80).collect()
}
