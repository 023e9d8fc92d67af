//! Entering nodes and completing activities.

use super::{Run, Work, broken};
use crate::process::command::{Effect, Work as Job};
use crate::process::event::Event;
use crate::process::model::{Kind, Message, Node, Task, Throw, Trigger};
use crate::process::state::{Done, Id, Owner, Wait};
use kernel::Result;

impl Run<'_> {
    pub(super) fn enter(&mut self, id: Id) -> Result<()> {
        let Some(token) = self.state.token(id) else {
            return Ok(());
        };
        let turn = token.turn;
        let node = self.node(token.node)?;
        if let (Some(repeat), None) = (&node.repeat, turn) {
            return self.repeat(id, node, repeat);
        }
        match &node.kind {
            Kind::Start { .. } | Kind::Boundary { .. } => self.leave(id),
            Kind::Catch(Trigger::Link(_) | Trigger::None) => self.leave(id),
            Kind::Catch(trigger) => {
                let ix = self.token(id)?.node;
                self.emit(Event::TokenWaits(id, Wait::Event));
                self.subscribe(Owner::Token(id), ix, trigger)
            }
            Kind::Throw(throw) | Kind::End(throw) => self.throw(id, node, throw),
            Kind::Gateway(kind) => self.gateway(id, node, *kind),
            Kind::Task(task) => self.task(id, node, task),
            Kind::Sub(inner) => self.sub(id, node, *inner),
            Kind::Call(process) => {
                self.wait(id, node, Wait::Child)?;
                let (process, variables) = (process.clone(), self.visible(id));
                self.effects.push(Effect::StartChild { child: id, process, variables });
                Ok(())
            }
        }
    }

    /// Lets a token wait at an activity, and listens for the events on its edge.
    pub(super) fn wait(&mut self, id: Id, node: &Node, wait: Wait) -> Result<()> {
        self.emit(Event::TokenWaits(id, wait));
        if self.token(id)?.turn.is_some() {
            return Ok(());
        }
        for ix in &node.boundaries {
            if let Kind::Boundary { trigger, .. } = &self.node(*ix)?.kind {
                self.subscribe(Owner::Token(id), *ix, trigger)?;
            }
        }
        Ok(())
    }

    fn task(&mut self, id: Id, node: &Node, task: &Task) -> Result<()> {
        match task {
            Task::None => self.complete(id),
            Task::User { form } => self.offer(id, node, form),
            Task::Manual => self.offer(id, node, ""),
            Task::Service { topic, .. } => self.job(id, node, Job::Service(topic.clone())),
            Task::Decision { decision, .. } => self.job(id, node, Job::Decision(decision.clone())),
            Task::Send(message) => {
                self.send(id, node, message)?;
                self.complete(id)
            }
            Task::Receive(message) => {
                self.wait(id, node, Wait::Event)?;
                let ix = self.token(id)?.node;
                self.subscribe(Owner::Token(id), ix, &Trigger::Message(message.clone()))
            }
            Task::Script { text, result } => {
                self.run_script(id, text, result)?;
                self.complete(id)
            }
        }
    }

    fn offer(&mut self, id: Id, node: &Node, form: &str) -> Result<()> {
        self.wait(id, node, Wait::Task)?;
        self.effects.push(Effect::OfferTask {
            task: id,
            node: node.id.clone(),
            name: node.name.clone(),
            candidates: node.candidates.clone(),
            form: form.to_owned(),
            locals: self.token(id)?.locals.clone(),
        });
        Ok(())
    }

    fn job(&mut self, id: Id, node: &Node, work: Job) -> Result<()> {
        self.wait(id, node, Wait::Job)?;
        let (node, variables) = (node.id.clone(), self.visible(id));
        self.effects.push(Effect::RunJob { job: id, node, work, variables });
        Ok(())
    }

    pub(super) fn send(&mut self, id: Id, node: &Node, message: &Message) -> Result<()> {
        let correlation = self.correlation(&message.correlation, Some(id))?;
        self.effects.push(Effect::SendMessage {
            node: node.id.clone(),
            name: message.name.clone(),
            correlation,
            receiver: node.receiver.clone(),
            variables: self.visible(id),
        });
        Ok(())
    }

    fn sub(&mut self, id: Id, node: &Node, inner: usize) -> Result<()> {
        self.wait(id, node, Wait::Scope)?;
        let scope = self.open(inner, Some(id))?;
        let container = self.container(inner)?;
        if container.ad_hoc.is_some() {
            let mut activities = Vec::new();
            for ix in &container.nodes {
                let node = self.node(*ix)?;
                if node.is_activity() && node.incoming.is_empty() && !node.for_compensation {
                    activities.push(node.id.clone());
                }
            }
            self.effects.push(Effect::OfferActivities { ad_hoc: id, activities });
            return Ok(());
        }
        let start = container.starts.first().ok_or_else(broken)?;
        let token = self.make(scope, *start, None)?;
        self.work.push_back(Work::Enter(token));
        Ok(())
    }

    /// An activity is done: what was awaited on its edge is not any more, and the token goes on.
    pub(super) fn complete(&mut self, id: Id) -> Result<()> {
        let token = self.token(id)?;
        let (ix, scope, turn, asker) = (token.node, token.scope, token.turn, token.asker);
        if token.wait != Wait::None {
            self.emit(Event::TokenWaits(id, Wait::None));
        }
        self.unsubscribe(Owner::Token(id));
        self.emit(Event::Completed(id, ix));
        if turn.is_some() {
            return self.turned(id);
        }
        if let Some(asker) = asker {
            return self.undone(id, asker);
        }
        if self.node(ix)?.handler.is_some() {
            self.was_done(scope, [Done::Activity(ix)])?;
        }
        self.finish_ad_hoc(scope)?;
        if self.state.token(id).is_some() {
            self.work.push_back(Work::Leave(id));
        }
        Ok(())
    }

    /// Ends an ad-hoc scope around a completed activity when its condition holds.
    fn finish_ad_hoc(&mut self, scope: Id) -> Result<()> {
        let (container, token) = (self.scope(scope)?.container, self.scope(scope)?.token);
        let (Some(ad_hoc), Some(token)) = (&self.container(container)?.ad_hoc, token) else {
            return Ok(());
        };
        if !ad_hoc.cancel_rest || ad_hoc.until.is_empty() || !self.holds(&ad_hoc.until, token)? {
            return Ok(());
        }
        self.clear(scope)?;
        self.close(scope)
    }

    /// What a throwing node does when what it threw has been dealt with.
    pub(super) fn thrown(&mut self, id: Id, throw_is_end: bool) -> Result<()> {
        if self.state.token(id).is_none() {
            return Ok(());
        }
        if throw_is_end { self.gone(id) } else { self.leave(id) }
    }

    pub(super) fn is_end(node: &Node) -> bool {
        matches!(node.kind, Kind::End(_))
    }

    pub(super) fn throw(&mut self, id: Id, node: &Node, throw: &Throw) -> Result<()> {
        match throw {
            Throw::None => {}
            Throw::Terminate => return self.terminate(id),
            Throw::Message(message) => self.send(id, node, message)?,
            Throw::Signal(name) => {
                self.effects.push(Effect::SendSignal { name: name.clone() });
                self.signal(name)?;
            }
            Throw::Escalation(code) => self.escalate(id, code)?,
            Throw::Error(code) => return self.raise(id, code),
            Throw::Compensation(activity) => return self.undo(id, node, activity.as_deref()),
            Throw::Link(_) => {
                let to = node.link.ok_or_else(broken)?;
                let id = self.relocate(id, to, None)?;
                self.work.push_back(Work::Enter(id));
                return Ok(());
            }
        }
        self.thrown(id, Self::is_end(node))
    }
}
