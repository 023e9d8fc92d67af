//! Errors and escalations on their way outwards, and compensation.

use super::{Run, Work, broken};
use crate::process::evaluate::Variables;
use crate::process::event::Event;
use crate::process::model::{Kind, Node, NodeIx, Trigger};
use crate::process::state::{Done, Id, Scope, Status, Token, Wait};
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
            // Who is done hears nothing any more, though it is opened again to be undone.
            let undone = |wait: &Wait| matches!(wait, Wait::Undo(_));
            if token.turn.is_none() && !undone(&token.wait) {
                let edges = node.boundaries.iter().copied();
                let edge = self.best(edges, matches)?;
                if let Some((event, ends)) = edge {
                    return Ok(Some(Handler::Edge(at, event, ends)));
                }
            }
            let scope = self.scope(token.scope)?;
            let handlers = &self.container(scope.container)?.handlers;
            // What a handler throws is not its own to handle, nor its sisters'.
            let around = scope.token.and_then(|around| self.state.token(around));
            let closed = around.is_some_and(|around| undone(&around.wait));
            if scope.turns.is_none() && !closed && !handlers.contains(&token.node) {
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

    /// What a scope keeps of activities done in it that can be undone.
    pub(super) fn was_done(
        &mut self,
        scope: Id,
        more: impl IntoIterator<Item = Done>,
    ) -> Result<()> {
        let mut done = self.scope(scope)?.done.clone();
        done.extend(more);
        self.emit(Event::DoneSet(scope, done));
        Ok(())
    }

    /// What was done in a scope that is about to close stays to be undone from the scope around,
    /// unless its activity has what undoes it as a whole, or undoes something itself. Each turn of
    /// a repeated sub-process stands for itself.
    pub(super) fn keep_done(&mut self, scope: Id, outer: Id) -> Result<()> {
        let (closing, token) = (self.scope(scope)?, self.token(outer)?);
        let (node, around) = (token.node, token.scope);
        let whole = self.node(node)?.handler.is_some() || token.asker.is_some();
        if whole || closing.done.is_empty() {
            return Ok(());
        }
        let (done, locals) = (closing.done.clone(), token.locals.clone());
        if closing.turns.is_some() {
            return self.was_done(around, done);
        }
        self.was_done(around, [Done::Within { node, done, locals }])
    }

    /// Undoes one activity, or all done in the scope, last first; the token waits meanwhile.
    pub(super) fn undo(&mut self, id: Id, node: &Node, activity: Option<&str>) -> Result<()> {
        let wanted = activity.and_then(|activity| self.definition.find(activity));
        let wants = |done: &Done| wanted.is_none_or(|wanted| done.node() == wanted);
        let mut at = Some(self.token(id)?.scope);
        while let Some(scope) = at {
            let done = self.scope(scope)?.done.clone();
            let (mut queue, rest): (Vec<Done>, Vec<Done>) = done.into_iter().partition(wants);
            if !queue.is_empty() {
                queue.reverse();
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
        let token = self.token(asker)?;
        let Wait::Undo(mut queue) = token.wait.clone() else {
            return Err(broken());
        };
        if queue.is_empty() {
            if let Some(above) = token.asker {
                self.emit(Event::ScopeClosed(scope));
                return self.undone(asker, above);
            }
            let end = Self::is_end(self.node(token.node)?);
            self.emit(Event::TokenWaits(asker, Wait::None));
            return self.thrown(asker, end);
        }
        let first = queue.remove(0);
        self.emit(Event::TokenWaits(asker, Wait::Undo(queue)));
        let (node, locals, within) = match first {
            Done::Activity(ix) => {
                (self.node(ix)?.handler.ok_or_else(broken)?, Variables::new(), None)
            }
            Done::Within { node, done, locals } => (node, locals, Some(done)),
        };
        let (id, asker) = (self.next_id()?, Some(asker));
        let (flow, wait, turn) = (None, Wait::None, None);
        let token = self.put(Token { id, scope, node, flow, wait, locals, turn, asker })?;
        let Some(mut queue) = within else {
            self.work.push_back(Work::Enter(token));
            return Ok(());
        };
        // The sub-process is opened once more for what undoes: nothing else runs or is heard there.
        let Kind::Sub(container) = self.node(node)?.kind else { return Err(broken()) };
        queue.reverse();
        let id = self.next_id()?;
        let (turns, done) = (None, Vec::new());
        self.emit(Event::ScopeOpened(Scope { id, token: Some(token), container, turns, done }));
        self.emit(Event::TokenWaits(token, Wait::Undo(queue)));
        self.undo_next(token, id)
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
