//! Periods of working days while an instance is suspended: they stand still, as the law has it when a
//! procedure is stayed; what a diagram counts in elapsed time runs on.
//!
//! Invariant: what was left of a period when the instance was suspended is left when it goes on.
//!
//! Must not know: why it was suspended.

use super::act::Acting;
use super::model::Desk;
use crate::definition::TaskLimit;
use crate::evaluate;
use ::store::Ctx;
use flow::process::{self, Command, Env, Id, On};
use kernel::calendar::{Limit, Unit};
use kernel::{Result, Timestamp};

impl Acting {
    /// Sets the timers that stood still until now. Errors: those of the calendar, for a year it
    /// does not have.
    pub(super) fn prolong_timers(&mut self, ctx: &Ctx) -> Result<()> {
        let Some(since) = self.standing.office.suspended_at else { return Ok(()) };
        for (timer, due) in self.prolonged_timers(since, ctx.now)? {
            self.move_timer(ctx, timer, due)?;
        }
        Ok(())
    }

    /// Working-day timers and when they are due after standing still since an instant.
    fn prolonged_timers(&self, since: Timestamp, now: Timestamp) -> Result<Vec<(Id, Timestamp)>> {
        let calendar = self.pack.calendar()?;
        let mut moved = Vec::new();
        for one in &self.standing.state.subscriptions {
            let On::Timer { due, working: Some(days), .. } = one.on else { continue };
            let limit = TaskLimit::Working(Limit::new(days, Unit::WorkingDay)?);
            let later = limit.with(self.extended(one.id)).resumed(due, since, now, calendar)?;
            if later != due {
                moved.push((one.id, later));
            }
        }
        Ok(moved)
    }

    /// The limit a task was offered with; of one offered before it was recorded, the drawn one.
    pub(super) fn limit_of(&self, task: Id, desk: &Desk) -> Result<Option<TaskLimit>> {
        if let Some(text) = &desk.limit {
            return Ok(TaskLimit::parse(text));
        }
        let node = self.node_of(task)?;
        Ok(self.extra(&node).and_then(|extra| extra.limit))
    }

    /// What a limit that runs was extended by.
    pub(super) fn extended(&self, number: Id) -> Option<TaskLimit> {
        self.standing.office.extended.get(&number).and_then(|text| TaskLimit::parse(text))
    }

    /// Sets one timer to another instant, suspended or not.
    pub(super) fn move_timer(&mut self, ctx: &Ctx, timer: Id, due: Timestamp) -> Result<()> {
        let working = &evaluate::Days(&self.pack);
        let env = Env { now: ctx.now, evaluate: evaluate::evaluator(), working };
        let command = Command::MoveTimer { timer, due };
        let (state, events, effects) =
            process::step(self.definition()?, &self.standing.state, &command, &env)?;
        self.standing.state = state;
        self.changes.extend(events);
        self.effects.extend(effects);
        Ok(())
    }
}
