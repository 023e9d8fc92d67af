//! Awaiting events and reacting to them.

use super::values::{mistyped, truth};
use super::{Run, Work, broken};
use crate::process::command::Effect;
use crate::process::event::Event;
use crate::process::model::{Kind, Node, NodeIx, Task, Trigger};
use crate::process::state::{Id, On, Owner, Subscription, Wait};
use crate::process::time;
use kernel::Result;
use serde_json::Value;

impl Run<'_> {
    /// Listens for a trigger. A condition on the way that holds already fires at once; one on an
    /// edge or of an event sub-process fires when it becomes true.
    pub(super) fn subscribe(
        &mut self,
        owner: Owner,
        node: NodeIx,
        trigger: &Trigger,
    ) -> Result<()> {
        self.spend()?;
        let (id, sight) = (self.next_id()?, self.sight(owner));
        let on = match trigger {
            Trigger::Timer(text) => {
                let on = match self.timer_of(text)? {
                    Some(on) => on,
                    None => match self.value(text, sight)? {
                        Value::String(given) => {
                            self.timer_of(&given)?.ok_or_else(|| mistyped(text))?
                        }
                        _ => return Err(mistyped(text)),
                    },
                };
                if let On::Timer { due, .. } = on {
                    self.effects.push(Effect::SetTimer { timer: id, due });
                }
                on
            }
            Trigger::Message(message) => {
                let correlation = self.correlation(&message.correlation, sight)?;
                let name = message.name.clone();
                self.effects.push(Effect::SubscribeMessage {
                    subscription: id,
                    name: name.clone(),
                    correlation: correlation.clone(),
                });
                On::Message { name, correlation }
            }
            Trigger::Signal(name) => {
                let name = name.clone();
                self.effects.push(Effect::SubscribeSignal { subscription: id, name: name.clone() });
                On::Signal(name)
            }
            Trigger::Condition(text) => {
                let passing = matches!(self.node(node)?.kind, Kind::Catch(_));
                let held = !passing && truth(text, &self.value(text, sight)?)?;
                self.changed = true;
                On::Condition(held)
            }
            _ => return Ok(()),
        };
        self.emit(Event::Subscribed(Subscription { id, owner, node, on }));
        Ok(())
    }

    /// When a timer written so is due; `None` for what is neither a time nor a period.
    fn timer_of(&self, text: &str) -> Result<Option<On>> {
        let now = self.env.now;
        if let Some(days) = time::working_days(text) {
            let due = self.env.working.end(now, days)?;
            return Ok(Some(On::Timer { due, cycle: None, working: Some(days) }));
        }
        let due = time::due(text, now);
        Ok(due.map(|due| On::Timer { due: due.at, cycle: due.cycle, working: None }))
    }

    /// An event gateway: listens for whatever comes first.
    pub(super) fn choose(&mut self, id: Id, node: &Node) -> Result<()> {
        self.emit(Event::TokenWaits(id, Wait::Event));
        for flow in &node.outgoing {
            let ix = self.target(*flow)?;
            match &self.node(ix)?.kind {
                Kind::Catch(trigger) => self.subscribe(Owner::Token(id), ix, trigger)?,
                Kind::Task(Task::Receive(message)) => {
                    let trigger = Trigger::Message(message.clone());
                    self.subscribe(Owner::Token(id), ix, &trigger)?;
                }
                _ => return Err(broken()),
            }
        }
        Ok(())
    }

    /// What a subscription awaited has come.
    pub(super) fn fire(&mut self, id: Id) -> Result<()> {
        self.spend()?;
        let Some(subscription) = self.state.subscription(id).cloned() else {
            return Ok(());
        };
        let ix = subscription.node;
        match (subscription.owner, &self.node(ix)?.kind) {
            (Owner::Scope(scope), Kind::Start { interrupting, .. }) => {
                if !interrupting {
                    self.again(&subscription)?;
                }
                self.handle(scope, ix, *interrupting)
            }
            (Owner::Token(token), Kind::Boundary { interrupting, .. }) => {
                if !interrupting {
                    self.again(&subscription)?;
                }
                self.interrupt(token, ix, *interrupting)
            }
            (Owner::Token(token), kind) => {
                let activity = matches!(kind, Kind::Task(_));
                self.unsubscribe_fired(token, id);
                let mut token = token;
                if self.token(token)?.node != ix {
                    let flow = self.choice(token, ix)?;
                    token = self.relocate(token, ix, flow)?;
                }
                if activity {
                    return self.complete(token);
                }
                self.emit(Event::TokenWaits(token, Wait::None));
                self.work.push_back(Work::Leave(token));
                Ok(())
            }
            _ => Err(broken()),
        }
    }

    fn choice(&self, token: Id, to: NodeIx) -> Result<Option<crate::process::model::FlowIx>> {
        let node = self.node(self.token(token)?.node)?;
        let leads = |flow: &&crate::process::model::FlowIx| {
            self.definition.flow(**flow).is_some_and(|flow| flow.to == to)
        };
        Ok(node.outgoing.iter().find(leads).copied())
    }

    /// Ends the subscriptions of a token; the one that fired needs no withdrawal of its timer.
    fn unsubscribe_fired(&mut self, token: Id, fired: Id) {
        if let Some(On::Timer { .. }) = self.state.subscription(fired).map(|one| &one.on) {
            self.emit(Event::Unsubscribed(fired));
        }
        self.unsubscribe(Owner::Token(token));
    }

    /// Sets a repeated timer anew and ends one that was for once; other events stay awaited.
    fn again(&mut self, subscription: &Subscription) -> Result<()> {
        let On::Timer { due, cycle, .. } = subscription.on else {
            return Ok(());
        };
        let id = subscription.id;
        match cycle.and_then(|cycle| time::again(cycle, due, self.env.now)) {
            Some(next) => {
                let on = On::Timer { due: next.at, cycle: next.cycle, working: None };
                self.emit(Event::Resubscribed(id, on));
                self.effects.push(Effect::SetTimer { timer: id, due: next.at });
            }
            None => self.emit(Event::Unsubscribed(id)),
        }
        Ok(())
    }

    /// Goes on from an event on the edge of the activity the token is at.
    pub(super) fn interrupt(&mut self, token: Id, event: NodeIx, ends: bool) -> Result<()> {
        if ends {
            self.withdraw(token)?;
            let token = self.relocate(token, event, None)?;
            self.work.push_back(Work::Leave(token));
            return Ok(());
        }
        let scope = self.token(token)?.scope;
        let token = self.make(scope, event, None)?;
        self.work.push_back(Work::Leave(token));
        Ok(())
    }

    /// Starts an event sub-process in a scope.
    pub(super) fn handle(&mut self, scope: Id, start: NodeIx, ends: bool) -> Result<()> {
        let container = self.node(start)?.container;
        let sub = self.container(container)?.node.ok_or_else(broken)?;
        // The new token comes first, so that the scope is never empty between.
        let before: Vec<Id> = self
            .state
            .tokens
            .iter()
            .filter(|token| token.scope == scope)
            .map(|token| token.id)
            .collect();
        if ends {
            for token in before {
                self.cancel(token)?;
            }
            self.unsubscribe(Owner::Scope(scope));
        }
        let token = self.make(scope, sub, None)?;
        self.emit(Event::TokenWaits(token, Wait::Scope));
        let inner = self.open(container, Some(token))?;
        let first = self.make(inner, start, None)?;
        self.work.push_back(Work::Leave(first));
        Ok(())
    }

    /// Asks every awaited condition again after variables have changed; true when one fired.
    pub(super) fn conditions(&mut self) -> Result<bool> {
        if !self.changed {
            return Ok(false);
        }
        self.changed = false;
        let awaited = self.state.subscriptions.iter();
        let awaited: Vec<(Id, Owner, NodeIx, bool)> = awaited
            .filter_map(|one| match one.on {
                On::Condition(held) => Some((one.id, one.owner, one.node, held)),
                _ => None,
            })
            .collect();
        for (id, owner, ix, held) in awaited {
            let text = match &self.node(ix)?.kind {
                Kind::Catch(Trigger::Condition(text))
                | Kind::Boundary { trigger: Trigger::Condition(text), .. }
                | Kind::Start { trigger: Trigger::Condition(text), .. } => text,
                _ => return Err(broken()),
            };
            self.spend()?;
            let holds = truth(text, &self.value(text, self.sight(owner))?)?;
            if holds != held {
                self.emit(Event::Resubscribed(id, On::Condition(holds)));
            }
            if holds && !held {
                self.changed = true;
                self.fire(id)?;
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// Tells everything in this instance that waits for the signal.
    pub(super) fn signal(&mut self, name: &str) -> Result<bool> {
        let waits = |one: &&Subscription| matches!(&one.on, On::Signal(other) if other == name);
        let fired: Vec<Id> =
            self.state.subscriptions.iter().filter(waits).map(|one| one.id).collect();
        for id in &fired {
            self.fire(*id)?;
        }
        Ok(!fired.is_empty())
    }
}
