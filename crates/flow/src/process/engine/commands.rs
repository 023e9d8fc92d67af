//! What each command does first.

use super::{NAME_MAX, Run, Work, broken};
use crate::process::command::{Command, Effect};
use crate::process::evaluate::Variables;
use crate::process::event::Event;
use crate::process::model::{Kind, Task, Trigger};
use crate::process::state::{Id, On, Status, Wait};
use kernel::{Error, Result, Timestamp};

impl Run<'_> {
    pub(super) fn command(&mut self, command: &Command) -> Result<()> {
        match command {
            Command::Start { instance, start, variables } => {
                self.start(instance, start.as_deref(), variables)
            }
            Command::CompleteTask { task, variables } => {
                self.waiting(*task, &Wait::Task, "process.task_gone")?;
                self.act();
                self.set(Some(*task), variables.clone())?;
                self.complete(*task)
            }
            Command::FireTimer { timer } => self.timer(*timer),
            Command::MoveTimer { timer, due } => self.move_timer(*timer, *due),
            Command::DeliverMessage { name, correlation, variables } => {
                self.deliver(name, correlation, variables)
            }
            Command::BroadcastSignal { name, variables } => {
                self.act();
                self.set(None, variables.clone())?;
                match self.signal(name)? {
                    true => Ok(()),
                    false => Err(Error::conflict("process.signal_unexpected").arg("name", name)),
                }
            }
            Command::CompleteJob { job, variables } => {
                self.waiting(*job, &Wait::Job, "process.job_gone")?;
                self.act();
                let result = match &self.node(self.token(*job)?.node)?.kind {
                    Kind::Task(Task::Service { result, .. } | Task::Decision { result, .. }) => {
                        result.as_str()
                    }
                    _ => return Err(broken()),
                };
                self.take_results(*job, result, variables.clone())?;
                self.complete(*job)
            }
            Command::FailJob { job, code } => {
                self.waiting(*job, &Wait::Job, "process.job_gone")?;
                self.fail(*job, code)
            }
            Command::EndChild { child, status, variables } => {
                self.waiting(*child, &Wait::Child, "process.child_gone")?;
                self.child(*child, status, variables)
            }
            Command::StartActivity { ad_hoc, activity } => self.start_activity(*ad_hoc, activity),
            Command::FinishAdHoc { ad_hoc } => {
                let scope = self.ad_hoc(*ad_hoc)?;
                if self.state.tokens.iter().any(|token| token.scope == scope) {
                    return Err(Error::conflict("process.ad_hoc_busy"));
                }
                self.act();
                self.close(scope)
            }
            Command::Move { token, node, others, variables } => {
                self.relocate_activity(*token, node, *others, variables)
            }
            Command::AddTurn { token, item, at } => self.add_turn(*token, item, *at),
            Command::DropTurn { token, turn } => self.drop_turn(*token, *turn),
            Command::SetVariables { at, variables } => {
                let sight = match at {
                    None => None,
                    Some(id) if self.state.token(*id).is_some() => Some(*id),
                    Some(id) => {
                        let gone = || Error::conflict("process.job_gone").arg("id", id);
                        let owner = self.state.subscription(*id).map(|one| one.owner);
                        self.sight(owner.ok_or_else(gone)?)
                    }
                };
                self.act();
                self.set(sight, variables.clone())
            }
            Command::Reopen { node } => self.reopen(node),
            Command::Cancel => {
                self.act();
                self.finish(Status::Cancelled)
            }
        }
    }

    pub(super) fn act(&mut self) {
        self.emit(Event::Acted(self.env.now));
    }

    fn start(&mut self, instance: &str, start: Option<&str>, values: &Variables) -> Result<()> {
        if self.state.status != Status::New {
            return Err(Error::conflict("process.already_started"));
        }
        if instance.is_empty() || instance.len() > NAME_MAX {
            return Err(Error::invalid("process.instance_id"));
        }
        let found = self.definition.starts().find(|(node, trigger)| match start {
            Some(id) => node.id == id,
            None => **trigger == Trigger::None,
        });
        let ix = found.and_then(|(node, _)| self.definition.find(&node.id));
        let ix = ix.ok_or_else(|| Error::invalid("process.start_unknown"))?;
        let process = self.definition.id.clone();
        self.emit(Event::Began { instance: instance.to_owned(), process });
        self.act();
        self.set(None, values.clone())?;
        let root = self.open(0, None)?;
        let token = self.make(root, ix, None)?;
        self.work.push_back(Work::Leave(token));
        Ok(())
    }

    /// The token waits so; else it is gone, or never was.
    fn waiting(&self, id: Id, wait: &Wait, otherwise: &'static str) -> Result<()> {
        match self.state.token(id) {
            Some(token) if token.wait == *wait => Ok(()),
            _ => Err(Error::conflict(otherwise).arg("id", id)),
        }
    }

    fn fail(&mut self, id: Id, code: &str) -> Result<()> {
        if code.is_empty() || code.len() > NAME_MAX {
            return Err(Error::invalid("process.error_code"));
        }
        self.act();
        self.emit(Event::TokenWaits(id, Wait::None));
        self.raise(id, code)
    }

    fn child(&mut self, id: Id, status: &Status, values: &Variables) -> Result<()> {
        match status {
            Status::Completed | Status::Terminated => {
                self.act();
                self.set(Some(id), values.clone())?;
                self.complete(id)
            }
            Status::Failed(code) => self.fail(id, code),
            // A child cancelled from outside is an error of its own name.
            Status::Cancelled => self.fail(id, "cancelled"),
            Status::New | Status::Active => Err(Error::invalid("process.child_running")),
        }
    }

    fn move_timer(&mut self, id: Id, to: Timestamp) -> Result<()> {
        let Some(On::Timer { cycle, working, .. }) = self.state.subscription(id).map(|one| &one.on)
        else {
            return Err(Error::conflict("process.timer_gone").arg("id", id));
        };
        let on = On::Timer { due: to, cycle: *cycle, working: *working };
        self.act();
        self.emit(Event::Resubscribed(id, on));
        self.effects.push(Effect::SetTimer { timer: id, due: to });
        Ok(())
    }

    fn timer(&mut self, id: Id) -> Result<()> {
        let Some(On::Timer { due, .. }) = self.state.subscription(id).map(|one| &one.on) else {
            return Err(Error::conflict("process.timer_gone").arg("id", id));
        };
        if self.env.now < *due {
            return Err(Error::conflict("process.timer_early").arg("due", due.rfc3339()));
        }
        self.act();
        self.fire(id)
    }

    fn deliver(&mut self, name: &str, correlation: &str, values: &Variables) -> Result<()> {
        let wanted = self.state.subscriptions.iter().find(|one| match &one.on {
            On::Message { name: own, correlation: key } => own == name && key == correlation,
            _ => false,
        });
        let Some((id, owner)) = wanted.map(|one| (one.id, one.owner)) else {
            return Err(Error::conflict("process.message_unexpected").arg("name", name));
        };
        self.act();
        let sight = self.sight(owner);
        self.set(sight, values.clone())?;
        self.fire(id)
    }

    /// The scope of an ad-hoc sub-process a token waits at.
    fn ad_hoc(&self, token: Id) -> Result<Id> {
        let gone = || Error::conflict("process.ad_hoc_gone").arg("id", token);
        let scope = self.scope_of(token).map_err(|_| gone())?;
        match self.container(self.scope(scope)?.container)?.ad_hoc {
            Some(_) if self.scope(scope)?.turns.is_none() => Ok(scope),
            _ => Err(gone()),
        }
    }

    fn start_activity(&mut self, ad_hoc: Id, activity: &str) -> Result<()> {
        let scope = self.ad_hoc(ad_hoc)?;
        let container = self.container(self.scope(scope)?.container)?;
        let unknown = || Error::invalid("process.activity_unknown").arg("activity", activity);
        let ix = self.definition.find(activity).ok_or_else(unknown)?;
        let node = self.node(ix)?;
        let startable = node.is_activity() && node.incoming.is_empty() && !node.for_compensation;
        if !container.nodes.contains(&ix) || container.handlers.contains(&ix) || !startable {
            return Err(unknown());
        }
        let sequential = container.ad_hoc.as_ref().is_some_and(|ad_hoc| ad_hoc.sequential);
        if sequential && self.state.tokens.iter().any(|token| token.scope == scope) {
            return Err(Error::conflict("process.ad_hoc_busy"));
        }
        self.act();
        let token = self.make(scope, ix, None)?;
        self.work.push_back(Work::Enter(token));
        Ok(())
    }
}
