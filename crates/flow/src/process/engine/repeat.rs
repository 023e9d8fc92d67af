//! Repeated activities: loops, and once for each element, one after the other or at once.

use super::values::{mistyped, truth};
use super::{Run, Work, broken};
use crate::process::evaluate::Variables;
use crate::process::event::Event;
use crate::process::model::{Each, Node, Repeat};
use crate::process::state::{Id, Scope, Token, Turns, Wait};
use kernel::{Error, Result};
use serde_json::Value;

/// Times an activity is repeated at most.
pub const TURNS_MAX: usize = 500;

impl Run<'_> {
    pub(super) fn repeat(&mut self, id: Id, node: &Node, repeat: &Repeat) -> Result<()> {
        let (turns, items, first) = match repeat {
            Repeat::Loop { condition, before, .. } => {
                if *before && !condition.is_empty() && !self.holds(condition, id)? {
                    return self.complete(id);
                }
                (Turns::default(), Vec::new(), 1)
            }
            Repeat::Each(each) => {
                let (total, items) = self.elements(id, each)?;
                if total == 0 {
                    self.gather(id, each, Vec::new())?;
                    return self.complete(id);
                }
                let results =
                    if each.output.is_empty() { Vec::new() } else { vec![Value::Null; total] };
                let kept = if each.sequential { items.clone() } else { Vec::new() };
                let turns =
                    Turns { total: Some(total as u32), items: kept, results, ..Turns::default() };
                (turns, items, if each.sequential { 1 } else { total })
            }
        };
        self.wait(id, node, Wait::Scope)?;
        let scope = self.next_id()?;
        self.emit(Event::ScopeOpened(Scope {
            id: scope,
            token: Some(id),
            container: node.container,
            turns: Some(turns),
            done: Vec::new(),
        }));
        for turn in 0..first {
            self.turn(scope, id, repeat, turn as u32, items.get(turn).cloned())?;
        }
        self.measure()
    }

    /// How many times, and the elements when there is a collection.
    fn elements(&self, id: Id, each: &Each) -> Result<(usize, Vec<Value>)> {
        let (total, items) = if each.collection.is_empty() {
            let number = self.value(&each.cardinality, Some(id))?;
            let total = number.as_u64().ok_or_else(|| mistyped(&each.cardinality))?;
            (usize::try_from(total).unwrap_or(usize::MAX), Vec::new())
        } else {
            match self.value(&each.collection, Some(id))? {
                Value::Array(items) => (items.len(), items),
                _ => return Err(mistyped(&each.collection)),
            }
        };
        if total > TURNS_MAX {
            return Err(Error::limited("process.limit_turns").arg("max", TURNS_MAX));
        }
        Ok((total, items))
    }

    /// Begins one time.
    pub(super) fn turn(
        &mut self,
        scope: Id,
        outer: Id,
        repeat: &Repeat,
        turn: u32,
        item: Option<Value>,
    ) -> Result<()> {
        let mut locals =
            Variables::from([("loopCounter".to_owned(), Value::from(u64::from(turn) + 1))]);
        if let Repeat::Each(each) = repeat {
            if !each.output_item.is_empty() {
                locals.insert(each.output_item.clone(), Value::Null);
            }
            if let (Some(item), false) = (item, each.item.is_empty()) {
                locals.insert(each.item.clone(), item);
            }
        }
        let node = self.token(outer)?.node;
        let id = self.next_id()?;
        let (wait, turn) = (Wait::None, Some(turn));
        self.emit(Event::TurnStarted(scope));
        self.put(Token { id, scope, node, flow: None, wait, locals, turn, asker: None })?;
        self.work.push_back(Work::Enter(id));
        Ok(())
    }

    /// One time is done: perhaps the next, perhaps the end.
    pub(super) fn turned(&mut self, id: Id) -> Result<()> {
        let token = self.token(id)?;
        let (scope, turn) = (token.scope, token.turn.ok_or_else(broken)?);
        let node = self.node(token.node)?;
        let repeat = node.repeat.as_ref().ok_or_else(broken)?;
        let outer = self.scope(scope)?.token.ok_or_else(broken)?;
        let result = match repeat {
            Repeat::Each(each) if !each.output.is_empty() => {
                Some(self.local(id, &each.output_item).unwrap_or(Value::Null))
            }
            _ => None,
        };
        self.emit(Event::TurnDone { scope, turn, result });
        let turns = self.scope(scope)?.turns.clone().ok_or_else(broken)?;
        let over = match repeat {
            Repeat::Loop { condition, max, .. } => {
                let spent = max.is_some_and(|max| turns.started >= max);
                spent || (!condition.is_empty() && !self.holds(condition, id)?)
            }
            Repeat::Each(each) => {
                turns.total.is_none_or(|total| turns.completed >= total)
                    || self.enough(each, &turns, id)?
            }
        };
        if over {
            return self.end_turns(scope, outer, repeat);
        }
        let sequential = match repeat {
            Repeat::Loop { .. } => true,
            Repeat::Each(each) => each.sequential,
        };
        if sequential {
            let item = turns.items.get(turns.started as usize).cloned();
            self.turn(scope, outer, repeat, turns.started, item)?;
        }
        self.emit(Event::TokenGone(id));
        Ok(())
    }

    /// Whether the completion condition holds.
    fn enough(&self, each: &Each, turns: &Turns, id: Id) -> Result<bool> {
        if each.until.is_empty() {
            return Ok(false);
        }
        let count = |name: &str, number: u32| (name.to_owned(), Value::from(number));
        let active = turns.started.saturating_sub(turns.completed);
        let counts = Variables::from([
            count("numberOfInstances", turns.total.unwrap_or_default()),
            count("numberOfActiveInstances", active),
            count("numberOfCompletedInstances", turns.completed),
            count("numberOfTerminatedInstances", 0),
        ]);
        truth(&each.until, &self.value_with(&each.until, Some(id), Some(&counts))?)
    }

    fn end_turns(&mut self, scope: Id, outer: Id, repeat: &Repeat) -> Result<()> {
        let turns = self.scope(scope)?.turns.clone().ok_or_else(broken)?;
        // The turn that ended it waits for nothing any more, so cancelling it has no effect.
        let ended = self.state.tokens.iter().filter(|token| token.scope == scope);
        let ended: Vec<Id> = ended.map(|token| token.id).collect();
        for token in ended {
            self.cancel(token)?;
        }
        self.keep_done(scope, outer)?;
        self.emit(Event::ScopeClosed(scope));
        if let Repeat::Each(each) = repeat {
            self.gather(outer, each, turns.results)?;
        }
        self.complete(outer)
    }

    fn gather(&mut self, outer: Id, each: &Each, results: Vec<Value>) -> Result<()> {
        if each.output.is_empty() {
            return Ok(());
        }
        let values = Variables::from([(each.output.clone(), Value::Array(results))]);
        self.set(Some(outer), values)
    }
}
