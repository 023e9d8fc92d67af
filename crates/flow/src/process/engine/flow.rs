//! Gateways and sequence flows: which way a token goes, and where tokens meet.

use super::{Run, Work};
use crate::process::event::Event;
use crate::process::model::{FlowIx, Gateway, Kind, Node, NodeIx};
use crate::process::state::{Id, Wait};
use kernel::{Error, Result};
use std::collections::BTreeSet;

impl Run<'_> {
    /// Moves a token out of its node along the flows to be taken.
    pub(super) fn leave(&mut self, id: Id) -> Result<()> {
        let Some(token) = self.state.token(id) else {
            return Ok(());
        };
        let (scope, ix) = (token.scope, token.node);
        let node = self.node(ix)?;
        // The one way that asks for nothing is most of them: it is gone without a list of ways.
        let only = match node.outgoing.as_slice() {
            [only] => self.definition.flow(*only).filter(|flow| flow.condition.is_none()),
            _ => None,
        };
        if only.is_some() {
            return self.go(id, scope, &node.outgoing);
        }
        let flows = self.taken(node, id)?;
        self.go(id, scope, &flows)
    }

    /// Moves a token along the first flow, and makes one for each of the others.
    fn go(&mut self, id: Id, scope: Id, flows: &[FlowIx]) -> Result<()> {
        let Some((first, others)) = flows.split_first() else {
            return self.gone(id);
        };
        let to = self.target(*first)?;
        let moved = self.relocate(id, to, Some(*first))?;
        self.work.push_back(Work::Enter(moved));
        for flow in others {
            let to = self.target(*flow)?;
            let token = self.make(scope, to, Some(*flow))?;
            self.work.push_back(Work::Enter(token));
        }
        Ok(())
    }

    pub(super) fn target(&self, flow: FlowIx) -> Result<NodeIx> {
        self.definition.flow(flow).map(|flow| flow.to).ok_or_else(super::broken)
    }

    fn taken(&self, node: &Node, token: Id) -> Result<Vec<FlowIx>> {
        if node.outgoing.is_empty() {
            return Ok(Vec::new());
        }
        if matches!(node.kind, Kind::Gateway(Gateway::Parallel)) {
            return Ok(node.outgoing.clone());
        }
        let exclusive = matches!(node.kind, Kind::Gateway(Gateway::Exclusive));
        let mut taken = Vec::new();
        let mut met = false;
        for ix in node.outgoing.iter().filter(|flow| Some(**flow) != node.default) {
            let condition = self.definition.flow(*ix).and_then(|flow| flow.condition.as_ref());
            match condition {
                None => taken.push(*ix),
                Some(text) if self.holds(text, token)? => {
                    met = true;
                    taken.push(*ix);
                }
                Some(_) => continue,
            }
            if exclusive {
                return Ok(taken);
            }
        }
        let only_default = taken.is_empty() || (!met && !is_gateway(node));
        if let Some(default) = node.default.filter(|_| only_default) {
            taken.push(default);
        }
        if taken.is_empty() {
            return Err(Error::invalid("process.no_path").arg("node", &node.id));
        }
        Ok(taken)
    }

    pub(super) fn gateway(&mut self, id: Id, node: &Node, kind: Gateway) -> Result<()> {
        let joins = node.incoming.len() > 1;
        match kind {
            Gateway::Parallel if joins => self.join(id, node),
            Gateway::Inclusive if joins => {
                self.emit(Event::TokenWaits(id, Wait::Join));
                Ok(())
            }
            Gateway::Event => self.choose(id, node),
            _ => self.leave(id),
        }
    }

    /// A parallel join: goes on when a token has come by every flow.
    fn join(&mut self, id: Id, node: &Node) -> Result<()> {
        self.emit(Event::TokenWaits(id, Wait::Join));
        let (scope, ix) = (self.token(id)?.scope, self.token(id)?.node);
        let mut met = Vec::new();
        for flow in &node.incoming {
            let first = self.state.tokens.iter().find(|token| {
                token.scope == scope
                    && token.node == ix
                    && token.wait == Wait::Join
                    && token.flow == Some(*flow)
            });
            match first {
                Some(token) => met.push(token.id),
                None => return Ok(()),
            }
        }
        self.merge(met)
    }

    /// Makes one token of many and moves it on.
    fn merge(&mut self, mut tokens: Vec<Id>) -> Result<()> {
        tokens.sort_unstable();
        let Some((stays, others)) = tokens.split_first() else {
            return Ok(());
        };
        for other in others {
            self.emit(Event::TokenGone(*other));
        }
        self.work.push_back(Work::Leave(*stays));
        // Until it leaves it must not look like one that waits.
        self.emit(Event::TokenWaits(*stays, Wait::None));
        Ok(())
    }

    /// Inclusive joins: one goes on when nothing between its split and it can still arrive.
    pub(super) fn joins(&mut self) -> Result<bool> {
        let mut asked = BTreeSet::new();
        for at in 0..self.state.tokens.len() {
            let token = &self.state.tokens[at];
            let (scope, ix) = (token.scope, token.node);
            let node = self.node(ix)?;
            let inclusive = matches!(node.kind, Kind::Gateway(Gateway::Inclusive));
            if !inclusive || token.wait != Wait::Join || !asked.insert((scope, ix)) {
                continue;
            }
            let within = |other: NodeIx| node.region.binary_search(&other).is_ok();
            let mut around = self.state.tokens.iter().filter(|other| other.scope == scope);
            if around.any(|other| within(other.node)) {
                continue;
            }
            let waiting = |other: &&crate::process::state::Token| {
                other.scope == scope && other.node == ix && other.wait == Wait::Join
            };
            let met = self.state.tokens.iter().filter(waiting).map(|one| one.id).collect();
            self.merge(met)?;
            return Ok(true);
        }
        Ok(false)
    }
}

fn is_gateway(node: &Node) -> bool {
    matches!(node.kind, Kind::Gateway(_))
}
