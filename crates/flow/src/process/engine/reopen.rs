//! Opening an ended instance again.
//!
//! Invariant: what results comes to its end whatever is chosen afterwards, as a deployed model's
//! start does; a place within branches that would wait for others for ever is refused.
//!
//! What was done before the end cannot be undone by compensation any more: its scope was closed.

use super::{Run, Work};
use crate::process::event::Event;
use crate::process::sound;
use kernel::{Error, Result};

impl Run<'_> {
    pub(super) fn reopen(&mut self, node: &str) -> Result<()> {
        let elsewhere = || Error::invalid("process.move_elsewhere").arg("activity", node);
        let target = self.definition.find(node).ok_or_else(elsewhere)?;
        let activity = self.node(target)?;
        // Of the process itself: within a sub-process there is nothing around it to go on in.
        if activity.container != 0 || !activity.is_activity() || activity.for_compensation {
            return Err(elsewhere());
        }
        let flow = activity.incoming.first().copied().ok_or_else(elsewhere)?;
        let container = self.container(0)?;
        if !sound::completes(self.definition, container, vec![flow]) {
            return Err(Error::conflict("process.move_unsound").arg("activity", node));
        }
        self.emit(Event::Reopened);
        self.act();
        let root = self.open(0, None)?;
        let token = self.make(root, target, Some(flow))?;
        self.work.push_back(Work::Enter(token));
        Ok(())
    }
}
