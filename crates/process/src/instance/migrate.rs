//! An instance goes over to another version of its process.
//!
//! Invariants
//! - The row, its version and one entry of the history change together.
//! - What is on somebody's desk stays there; a task that nobody has taken is offered as the new
//!   version says, with the deadline it had.
//!
//! Must not know: plans, how tokens are mapped.

use super::act::Acting;
use super::model::Act;
use super::{job_id, store};
use crate::definition::Bundle;
use crate::evaluate;
use ::store::{Ctx, vals};
use flow::process::{Env, Id, Migration, Wait};
use kernel::{Error, Result};
use std::sync::Arc;

/// The version an instance goes to.
pub(crate) struct Version {
    /// Its number.
    pub(crate) number: i64,
    /// Its bundle.
    pub(crate) bundle: Arc<Bundle>,
    /// The plan it goes by.
    pub(crate) plan: String,
}

/// Takes an instance over; false when it does not run under the old version any more.
/// Errors: as [`Migration::step`], with nothing written; those of the database.
pub(crate) async fn migrate(
    ctx: &mut Ctx,
    id: &str,
    from: i64,
    migration: &Migration<'_>,
    to: Version,
) -> Result<bool> {
    let mut acting = Acting::load(ctx, id).await?;
    if acting.row.version != from || acting.standing.state.status.is_final() {
        return Ok(false);
    }
    let renamed = acting.take_over(ctx, migration, &to)?;
    store::pin(ctx, &acting.row).await?;
    let act = Act::Migrated { from, to: to.number, plan: to.plan };
    acting.finish(ctx, act).await?;
    for (number, node) in renamed {
        let sql = "UPDATE process_job SET node = $2 WHERE id = $1";
        ctx.execute(sql, vals![job_id(id, number), node]).await?;
    }
    Ok(true)
}

impl Acting {
    /// Has the engine take the instance over; jobs whose node has another id now.
    fn take_over(
        &mut self,
        ctx: &Ctx,
        migration: &Migration<'_>,
        to: &Version,
    ) -> Result<Vec<(Id, String)>> {
        let working = &evaluate::Days(&self.pack);
        let env = Env { now: ctx.now, evaluate: evaluate::evaluator(), working };
        let (state, events, mut effects) = migration.step(&self.standing.state, &env)?;
        let old = std::mem::replace(&mut self.bundle, to.bundle.clone());
        let missing = || Error::internal("process without definition");
        let old = old.definition(&self.row.process).ok_or_else(missing)?;
        self.prepare(&state, &mut effects)?;
        let before = std::mem::replace(&mut self.standing.state, state);
        self.changes.extend(events);
        self.effects.extend(effects);
        self.rule(ctx.now)?;
        self.row.version = to.number;
        self.row.bundle.clone_from(&to.bundle.digest);
        let mut renamed = Vec::new();
        for token in &before.tokens {
            let Some(now) = self.standing.state.token(token.id) else { continue };
            let drawn = (old.node(token.node), self.definition()?.node(now.node));
            let (Some(was), Some(is)) = drawn else { continue };
            if matches!(token.wait, Wait::Job | Wait::Child) && was.id != is.id {
                renamed.push((token.id, is.id.clone()));
            }
            if was.candidates != is.candidates {
                self.offer_anew(token.id);
            }
        }
        Ok(renamed)
    }

    /// Takes a task nobody has taken off its desk, so that it gets another.
    fn offer_anew(&mut self, task: Id) {
        let desks = &mut self.standing.office.desks;
        if desks.get(&task).is_some_and(|desk| desk.assignee.is_none())
            && let Some(desk) = desks.remove(&task)
        {
            self.offered_before.insert(task, desk);
        }
    }
}
