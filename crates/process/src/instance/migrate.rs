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
use super::store::Row;
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

/// What became of an instance that was to go over.
pub(crate) enum Outcome {
    /// It runs under the new version.
    Moved,
    /// It does not run under the old version any more.
    Gone,
    /// It stays, and nothing was written.
    Stays(Error),
}

/// The first of these instances, held until the transaction ends, and those after it up to one that
/// somebody is writing: it waits for the first, when it holds none, and for no other.
pub(crate) async fn hold_several(ctx: &mut Ctx, ids: &[String]) -> Result<Vec<Row>> {
    let Some((first, others)) = ids.split_first() else { return Ok(Vec::new()) };
    let mut held = vec![store::hold(ctx, first).await?];
    let free = store::hold_free(ctx, others).await?;
    held.extend(free.into_iter().zip(others).map_while(|(row, id)| (row.id == *id).then_some(row)));
    Ok(held)
}

/// Takes an instance over whose row is held. Errors: those of writing, after which the transaction
/// is of no use.
pub(crate) async fn migrate(
    ctx: &mut Ctx,
    row: Row,
    from: i64,
    migration: &Migration<'_>,
    to: &Version,
) -> Result<Outcome> {
    let standing = match row.standing(ctx) {
        Ok(standing) => standing,
        Err(error) => return Ok(Outcome::Stays(error)),
    };
    let mut acting = Acting::held(ctx, row, standing).await?;
    if acting.row.version != from || acting.standing.state.status.is_final() {
        return Ok(Outcome::Gone);
    }
    let renamed = match acting.take_over(ctx, migration, to) {
        Ok(renamed) => renamed,
        Err(error) => return Ok(Outcome::Stays(error)),
    };
    let act = Act::Migrated { from, to: to.number, plan: to.plan.clone() };
    let id = acting.finish(ctx, act).await?.id;
    for (number, node) in renamed {
        let sql = "UPDATE process_job SET node = $2 WHERE id = $1";
        ctx.execute(sql, vals![job_id(&id, number), node]).await?;
    }
    Ok(Outcome::Moved)
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
