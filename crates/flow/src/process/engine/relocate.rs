//! Taking a waiting activity elsewhere: what the diagram does not draw and offices do.
//!
//! Invariant: the tokens that result come to the end whatever is chosen afterwards, as a deployed
//! model's do; a move that would leave a join waiting for ever, or let a branch run twice, is
//! refused.

use super::{Run, Work};
use crate::process::evaluate::Variables;
use crate::process::model::{FlowIx, NodeIx};
use crate::process::sound;
use crate::process::state::{Id, Owner, Wait};
use kernel::{Error, Result};

impl Run<'_> {
    pub(super) fn relocate_activity(
        &mut self,
        id: Id,
        to: &str,
        others: bool,
        variables: &Variables,
    ) -> Result<()> {
        let gone = || Error::conflict("process.task_gone").arg("id", id);
        let elsewhere = || Error::invalid("process.move_elsewhere").arg("activity", to);
        let waits = self.state.token(id).map(|token| token.wait.clone()).ok_or_else(gone)?;
        if matches!(waits, Wait::None | Wait::Join | Wait::Undo(_)) {
            return Err(gone());
        }
        let target = self.definition.find(to).ok_or_else(elsewhere)?;
        let node = self.node(target)?;
        if !node.is_activity() || node.for_compensation {
            return Err(elsewhere());
        }
        let flow = node.incoming.first().copied().ok_or_else(elsewhere)?;
        let token = self.around(id, node.container)?.ok_or_else(elsewhere)?;
        let alone = self.alone(token, target, flow, others)?;
        self.act();
        self.set(Some(id), variables.clone())?;
        if alone {
            for other in self.beside(token)? {
                self.cancel(other)?;
            }
        }
        self.withdraw(token)?;
        self.unsubscribe(Owner::Token(token));
        let token = self.relocate(token, target, Some(flow))?;
        self.work.push_back(Work::Enter(token));
        Ok(())
    }

    /// The token around this one that lies in the container itself, not in a turn of a repetition.
    fn around(&self, id: Id, container: usize) -> Result<Option<Id>> {
        let mut at = id;
        loop {
            let token = self.token(at)?;
            let scope = self.scope(token.scope)?;
            if scope.container == container && scope.turns.is_none() && token.turn.is_none() {
                return Ok(Some(at));
            }
            match scope.token {
                Some(outer) => at = outer,
                None => return Ok(None),
            }
        }
    }

    /// Ordinary tokens of the same scope: event sub-processes run on.
    fn beside(&self, id: Id) -> Result<Vec<Id>> {
        let own = self.token(id)?.scope;
        let container = self.container(self.scope(own)?.container)?;
        let beside = |token: &&crate::process::state::Token| {
            token.scope == own && token.id != id && !container.handlers.contains(&token.node)
        };
        Ok(self.state.tokens.iter().filter(beside).map(|token| token.id).collect())
    }

    /// Whether the others must go for the rest to come to an end. Errors: `process.move_unsound`.
    fn alone(&self, id: Id, target: NodeIx, flow: FlowIx, others: bool) -> Result<bool> {
        let unsound = || {
            let at = self.node(target).map(|node| node.id.clone()).unwrap_or_default();
            Error::conflict("process.move_unsound").arg("activity", at)
        };
        let token = self.token(id)?;
        let container = self.container(self.scope(token.scope)?.container)?;
        if container.ad_hoc.is_some() || container.handlers.contains(&token.node) {
            return Err(unsound());
        }
        let beside = self.beside(id)?;
        let mut marking = Some(vec![flow]);
        for other in &beside {
            let other = self.token(*other)?;
            // A branch that came by no flow, or undoes something, has no place in a marking.
            let by = other.flow.filter(|_| other.asker.is_none());
            let by = by.filter(|flow| self.leads(*flow, other.node));
            marking = match (marking, by) {
                (Some(mut marking), Some(flow)) => {
                    marking.push(flow);
                    Some(marking)
                }
                _ => None,
            };
        }
        let undoes = token.asker.is_some() || matches!(token.wait, Wait::Undo(_));
        if undoes {
            return Err(unsound());
        }
        if marking.is_some_and(|marking| sound::completes(self.definition, container, marking)) {
            return Ok(false);
        }
        let possible = others && !beside.is_empty();
        if possible && sound::completes(self.definition, container, vec![flow]) {
            return Ok(true);
        }
        Err(unsound())
    }

    fn leads(&self, flow: FlowIx, node: NodeIx) -> bool {
        self.definition.flow(flow).is_some_and(|flow| flow.to == node)
    }
}
