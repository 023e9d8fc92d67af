//! Taking back what runs: tokens with all that is within them, scopes, the instance.

use super::{Run, broken};
use crate::process::command::Effect;
use crate::process::event::Event;
use crate::process::state::{Id, On, Owner, Status, Wait};
use kernel::Result;

impl Run<'_> {
    /// Takes back what a token waits for, but not the token.
    pub(super) fn withdraw(&mut self, id: Id) -> Result<()> {
        self.spend()?;
        self.unsubscribe(Owner::Token(id));
        let wait = self.token(id)?.wait.clone();
        match wait {
            Wait::Task => self.effects.push(Effect::WithdrawTask { task: id }),
            Wait::Job => self.effects.push(Effect::CancelJob { job: id }),
            Wait::Child => self.effects.push(Effect::CancelChild { child: id }),
            Wait::Scope => self.shut(self.scope_of(id)?)?,
            // A sub-process that is undone within has a scope, what throws has none.
            Wait::Undo(_) => {
                let own = self.state.scopes.iter().find(|scope| scope.token == Some(id));
                if let Some(scope) = own.map(|scope| scope.id) {
                    self.shut(scope)?;
                }
            }
            Wait::None | Wait::Join | Wait::Event => {}
        }
        Ok(())
    }

    fn shut(&mut self, scope: Id) -> Result<()> {
        self.clear(scope)?;
        self.unsubscribe(Owner::Scope(scope));
        self.emit(Event::ScopeClosed(scope));
        Ok(())
    }

    pub(super) fn cancel(&mut self, id: Id) -> Result<()> {
        self.withdraw(id)?;
        self.emit(Event::TokenGone(id));
        Ok(())
    }

    /// Cancels every token of a scope; the scope stays open.
    pub(super) fn clear(&mut self, scope: Id) -> Result<()> {
        let within = self.state.tokens.iter().filter(|token| token.scope == scope);
        let within: Vec<Id> = within.map(|token| token.id).collect();
        for token in within {
            self.cancel(token)?;
        }
        Ok(())
    }

    /// Ends subscriptions of an owner.
    pub(super) fn unsubscribe(&mut self, owner: Owner) {
        let own = self.state.subscriptions.iter().filter(|one| one.owner == owner);
        let own: Vec<Id> = own.map(|one| one.id).collect();
        for id in own {
            self.unsubscribe_one(id);
        }
    }

    pub(super) fn unsubscribe_one(&mut self, id: Id) {
        let effect = match self.state.subscription(id).map(|one| &one.on) {
            Some(On::Timer { .. }) => Some(Effect::CancelTimer { timer: id }),
            Some(On::Message { .. }) => Some(Effect::UnsubscribeMessage { subscription: id }),
            Some(On::Signal(_)) => Some(Effect::UnsubscribeSignal { subscription: id }),
            Some(On::Condition(_)) | None => None,
        };
        self.effects.extend(effect);
        self.emit(Event::Unsubscribed(id));
    }

    /// A terminate end: everything in its scope stops, and the scope is done.
    pub(super) fn terminate(&mut self, id: Id) -> Result<()> {
        let scope = self.token(id)?.scope;
        if self.scope(scope)?.token.is_none() {
            return self.finish(Status::Terminated);
        }
        self.clear(scope)?;
        self.close(scope)
    }

    /// Ends the instance.
    pub(super) fn finish(&mut self, status: Status) -> Result<()> {
        let roots = self.state.scopes.iter().filter(|scope| scope.token.is_none());
        let root = roots.map(|scope| scope.id).next().ok_or_else(broken)?;
        self.clear(root)?;
        self.unsubscribe(Owner::Scope(root));
        self.emit(Event::ScopeClosed(root));
        self.work.clear();
        self.emit(Event::Ended(status.clone()));
        self.effects.push(Effect::InstanceEnded { status });
        Ok(())
    }
}
