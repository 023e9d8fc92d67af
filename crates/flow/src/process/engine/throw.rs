//! Errors and escalations on their way outwards, and compensation.

use super::{Run, Work, broken};
use crate::process::event::Event;
use crate::process::model::{Kind, Node, NodeIx, Trigger};
use crate::process::state::{Id, Status, Wait};
use kernel::Result;

/// Who handles something thrown.
enum Handler {
    /// An event on the edge of the activity the token is at.
    Edge(Id, NodeIx, bool),
    /// An event sub-process of the scope.
    Sub(Id, NodeIx, bool),
}

impl Run<'_> {
    /// Throws an error from a token; unhandled it breaks the instance off.
    pub(super) fn raise(&mut self, id: Id, code: &str) -> Result<()> {
        let matches = |trigger: &Trigger| match trigger {
            Trigger::Error(Some(own)) => own == code,
            Trigger::Error(None) => true,
            _ => false,
        };
        match self.handler(id, &matches)? {
            Some(Handler::Edge(token, event, _)) => self.interrupt(token, event, true),
            Some(Handler::Sub(scope, start, _)) => self.handle(scope, start, true),
            None => self.finish(Status::Failed(code.to_owned())),
        }
    }

    /// Throws an escalation from a token; unhandled it is nothing.
    pub(super) fn escalate(&mut self, id: Id, code: &str) -> Result<()> {
        let matches = |trigger: &Trigger| match trigger {
            Trigger::Escalation(Some(own)) => own == code,
            Trigger::Escalation(None) => true,
            _ => false,
        };
        match self.handler(id, &matches)? {
            Some(Handler::Edge(token, event, ends)) => self.interrupt(token, event, ends),
            Some(Handler::Sub(scope, start, ends)) => self.handle(scope, start, ends),
            None => Ok(()),
        }
    }

    /// The nearest handler outwards from a token.
    fn handler(&self, id: Id, matches: &dyn Fn(&Trigger) -> bool) -> Result<Option<Handler>> {
        let mut at = id;
        loop {
            let token = self.token(at)?;
            let node = self.node(token.node)?;
            if token.turn.is_none() {
                let edges = node.boundaries.iter().copied();
                let edge = self.best(edges, matches)?;
                if let Some((event, ends)) = edge {
                    return Ok(Some(Handler::Edge(at, event, ends)));
                }
            }
            let scope = self.scope(token.scope)?;
            let handlers = &self.container(scope.container)?.handlers;
            // What a handler throws is not its own to handle, nor its sisters'.
            if scope.turns.is_none() && !handlers.contains(&token.node) {
                let mut starts = Vec::new();
                for handler in handlers {
                    if let Kind::Sub(inner) = self.node(*handler)?.kind {
                        starts.extend(self.container(inner)?.starts.iter().copied());
                    }
                }
                if let Some((start, ends)) = self.best(starts.into_iter(), matches)? {
                    return Ok(Some(Handler::Sub(scope.id, start, ends)));
                }
            }
            match scope.token {
                Some(around) => at = around,
                None => return Ok(None),
            }
        }
    }

    /// The first that matches, one that names the code before one that takes any.
    fn best(
        &self,
        among: impl Iterator<Item = NodeIx>,
        matches: &dyn Fn(&Trigger) -> bool,
    ) -> Result<Option<(NodeIx, bool)>> {
        let mut any = None;
        for ix in among {
            let (Kind::Boundary { trigger, interrupting, .. }
            | Kind::Start { trigger, interrupting }) = &self.node(ix)?.kind
            else {
                continue;
            };
            if !matches(trigger) {
                continue;
            }
            if !matches!(trigger, Trigger::Error(None) | Trigger::Escalation(None)) {
                return Ok(Some((ix, *interrupting)));
            }
            any = any.or(Some((ix, *interrupting)));
        }
        Ok(any)
    }

    /// Undoes one activity, or all done in the scope, last first; the token waits meanwhile.
    pub(super) fn undo(&mut self, id: Id, node: &Node, activity: Option<&str>) -> Result<()> {
        let wanted = activity.and_then(|activity| self.definition.find(activity));
        let wants = |done: &NodeIx| wanted.is_none() || Some(*done) == wanted;
        let mut at = Some(self.token(id)?.scope);
        while let Some(scope) = at {
            let done = self.scope(scope)?.done.clone();
            let queue: Vec<NodeIx> = done.iter().rev().copied().filter(wants).collect();
            if !queue.is_empty() {
                let rest = done.into_iter().filter(|done| !wants(done)).collect();
                self.emit(Event::DoneSet(scope, rest));
                self.emit(Event::TokenWaits(id, Wait::Undo(queue)));
                return self.undo_next(id, scope);
            }
            let around = self.scope(scope)?.token;
            at = around.and_then(|token| self.state.token(token)).map(|token| token.scope);
        }
        self.thrown(id, Self::is_end(node))
    }

    fn undo_next(&mut self, asker: Id, scope: Id) -> Result<()> {
        let Wait::Undo(mut queue) = self.token(asker)?.wait.clone() else {
            return Err(broken());
        };
        if queue.is_empty() {
            let end = Self::is_end(self.node(self.token(asker)?.node)?);
            self.emit(Event::TokenWaits(asker, Wait::None));
            return self.thrown(asker, end);
        }
        let first = queue.remove(0);
        self.emit(Event::TokenWaits(asker, Wait::Undo(queue)));
        let handler = self.node(first)?.handler.ok_or_else(broken)?;
        let token = crate::process::state::Token {
            id: self.next_id()?,
            scope,
            node: handler,
            flow: None,
            wait: Wait::None,
            locals: Default::default(),
            turn: None,
            asker: Some(asker),
        };
        let token = self.put(token)?;
        self.work.push_back(Work::Enter(token));
        Ok(())
    }

    /// An activity that undoes another is done.
    pub(super) fn undone(&mut self, id: Id, asker: Id) -> Result<()> {
        let scope = self.token(id)?.scope;
        if self.state.token(asker).is_none() {
            return self.gone(id);
        }
        self.emit(Event::TokenGone(id));
        self.undo_next(asker, scope)
    }
}
