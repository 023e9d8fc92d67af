//! Elements added to a repeated activity while it runs, and taken out of it.
//!
//! Invariants
//! - Turns are numbered without gaps: what is done, what runs and what is to come add up to the
//!   total.
//! - An activity keeps at least one turn that is not done, so that it ends by a turn's end alone,
//!   when the completion condition is asked.

use super::{Run, broken};
use crate::process::command::TurnAt;
use crate::process::event::Event;
use crate::process::model::{Each, Repeat};
use crate::process::state::{Id, Turns};
use kernel::{Error, Result};
use serde_json::Value;

/// A repeated activity that a command names by one of its tokens.
struct Found<'a> {
    /// The scope of the repetition.
    scope: Id,
    /// The token that waits for it.
    outer: Id,
    /// How it repeats.
    repeat: &'a Repeat,
    each: &'a Each,
    turns: Turns,
    total: u32,
    /// The turn of the named token.
    own: u32,
}

impl<'a> Run<'a> {
    /// Errors: `process.task_gone`; `process.not_repeated` when it does not run once for each of a
    /// collection.
    fn repeated(&self, id: Id) -> Result<Found<'a>> {
        let gone = || Error::conflict("process.task_gone").arg("id", id);
        let token = self.state.token(id).ok_or_else(gone)?;
        let (scope, node) = (token.scope, self.node(token.node)?);
        let not_repeated = || Error::conflict("process.not_repeated");
        let (Some(repeat @ Repeat::Each(each)), Some(own)) = (node.repeat.as_ref(), token.turn)
        else {
            return Err(not_repeated());
        };
        if each.collection.is_empty() {
            return Err(not_repeated());
        }
        let outer = self.scope(scope)?.token.ok_or_else(broken)?;
        let turns = self.scope(scope)?.turns.clone().ok_or_else(broken)?;
        let total = turns.total.ok_or_else(broken)?;
        Ok(Found { scope, outer, repeat, each, turns, total, own })
    }

    /// Adds an element while the activity runs.
    pub(super) fn add_turn(&mut self, id: Id, item: &Value, at: TurnAt) -> Result<()> {
        let found = self.repeated(id)?;
        let (scope, each) = (found.scope, found.each);
        if found.total as usize >= super::repeat::TURNS_MAX {
            let max = super::repeat::TURNS_MAX;
            return Err(Error::limited("process.limit_turns").arg("max", max));
        }
        if !super::values::shallow(item, super::VALUE_DEPTH_MAX) {
            return Err(Error::invalid("process.variable").arg("name", &each.item));
        }
        if at == TurnAt::Before && !each.sequential {
            return Err(Error::conflict("process.turns_at_once"));
        }
        self.act();
        let result = !each.output.is_empty();
        let added = |item| Event::TurnAdded { scope, item, result };
        if at == TurnAt::Before {
            // The turn that runs is taken out and put back behind the new one.
            let held = found.turns.items.get(found.own as usize).cloned().ok_or_else(broken)?;
            self.cancel(id)?;
            self.emit(Event::TurnDropped { scope, turn: found.own });
            self.emit(added(Some((found.own, held))));
            self.emit(added(Some((found.own, item.clone()))));
            self.turn(scope, found.outer, found.repeat, found.own, Some(item.clone()))?;
            return self.measure();
        }
        let place = if at == TurnAt::Next { found.turns.started } else { found.total };
        self.emit(added(each.sequential.then(|| (place, item.clone()))));
        if !each.sequential {
            let turn = found.turns.started;
            self.turn(scope, found.outer, found.repeat, turn, Some(item.clone()))?;
        }
        self.measure()
    }

    /// Takes an element out that is not done.
    pub(super) fn drop_turn(&mut self, id: Id, turn: u32) -> Result<()> {
        let found = self.repeated(id)?;
        let scope = found.scope;
        let mut running = self.state.tokens.iter().filter(|token| token.scope == scope);
        let running = running.find(|token| token.turn == Some(turn)).map(|token| token.id);
        if running.is_none() && turn < found.turns.started {
            return Err(Error::conflict("process.turn_done"));
        }
        if turn >= found.total {
            return Err(Error::invalid("process.turn_unknown").arg("turn", turn));
        }
        if found.total.saturating_sub(found.turns.completed) < 2 {
            return Err(Error::conflict("process.turn_last"));
        }
        self.act();
        if let Some(token) = running {
            self.cancel(token)?;
        }
        self.emit(Event::TurnDropped { scope, turn });
        if running.is_some() && found.each.sequential {
            let next = self.scope(scope)?.turns.clone().ok_or_else(broken)?;
            let item = next.items.get(next.started as usize).cloned();
            self.turn(scope, found.outer, found.repeat, next.started, item)?;
        }
        Ok(())
    }
}
