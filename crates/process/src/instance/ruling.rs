//! Decisions that steps of an instance need: made in the transaction of the command that comes to
//! them, recorded in its entry of the history, so that nothing has to be evaluated again.
//!
//! Invariants
//! - A command is not lost because a decision after it cannot be made: what was done stays done,
//!   the step waits, and an incident says why. Repairing it makes the decision anew, with what the
//!   step sees by then.
//! - A command makes a bounded number of decisions and keeps a bounded amount of reasons.
//!
//! Must not know: how a decision is made.

use super::act::Acting;
use super::model::Act;
use super::{incident, job_id, store};
use crate::bundle::{self, Ruling, decide};
use crate::evaluate;
use ::store::{Ctx, vals};
use flow::process::{self, Command, Effect, Env, Id, Kind as Drawn, Task, Variables, Wait, Work};
use kernel::{Error, Kind, Result, Timestamp};
use serde_json::Value as Json;

/// Decisions one command may lead to.
pub(crate) const RULINGS_MAX: usize = 500;
/// Bytes of inputs and reasons kept with one command.
const REASONS_MAX: usize = 1 << 20;
/// Kind of the row of a decision that could not be made.
pub(super) const KIND: &str = "decision";

impl Acting {
    /// Makes the decisions that the changes so far have come to. Errors: faults of ours alone.
    pub(super) fn rule(&mut self, now: Timestamp) -> Result<()> {
        let mut left = RULINGS_MAX;
        while let Some(effect) = self.effects.get(self.looked_at) {
            self.looked_at += 1;
            let Effect::RunJob { job, work: Work::Decision(_), .. } = effect else { continue };
            let job = *job;
            if !self.awaits(job, &Wait::Job) {
                continue;
            }
            let made = match left {
                0 => Err(Error::limited("process.endless").arg("max", RULINGS_MAX)),
                _ => self.settle(job, now),
            };
            left = left.saturating_sub(1);
            match made {
                Err(error) if matches!(error.kind, Kind::Internal | Kind::Unavailable) => {
                    return Err(error);
                }
                Err(error) => {
                    self.stuck.insert(job, error);
                }
                Ok(()) => {}
            }
        }
        Ok(())
    }

    /// Makes a decision that waits, and those it leads to. Errors: why it cannot be made; nothing
    /// has changed then.
    pub(super) fn decide(&mut self, job: Id, now: Timestamp) -> Result<()> {
        self.settle(job, now)?;
        self.rule(now)
    }

    /// Makes one decision and goes on with what comes of it.
    fn settle(&mut self, job: Id, now: Timestamp) -> Result<()> {
        let gone = || Error::conflict("process.job_gone").arg("id", job);
        let state = &self.standing.state;
        let token = state.token(job).filter(|token| token.wait == Wait::Job).ok_or_else(gone)?;
        let definition = self.definition()?;
        let node = definition.node(token.node).ok_or_else(gone)?;
        let Drawn::Task(Task::Decision { decision, result }) = &node.kind else {
            return Err(gone());
        };
        let seen = decide::seen(state, job);
        let asked = (job, node.id.as_str());
        let made = bundle::make(&self.bundle, asked, decision, result, &seen, now)?;
        let working = &evaluate::Days(&self.pack);
        let env = Env { now, evaluate: evaluate::evaluator(), working };
        let command = Command::CompleteJob { job, variables: made.results };
        let (state, events, mut effects) = process::step(definition, state, &command, &env)?;
        self.prepare(&state, &mut effects)?;
        self.standing.state = state;
        self.changes.extend(events);
        self.effects.extend(effects);
        self.keep(made.ruling);
        Ok(())
    }

    /// Keeps a decision, without inputs and reasons when there are too many already.
    fn keep(&mut self, mut ruling: Ruling) {
        let inputs = serde_json::to_string(&ruling.inputs).unwrap_or_default();
        self.reasons += ruling.reasons.to_string().len() + inputs.len();
        if self.reasons > REASONS_MAX {
            (ruling.reasons, ruling.inputs) = (Json::Null, Variables::new());
        }
        self.rulings.push(ruling);
    }

    /// Notes a decision that could not be made: its row, and the incident that says why.
    pub(super) async fn keep_stuck(&self, ctx: &mut Ctx, job: Id, node: &str) -> Result<()> {
        let Some(error) = self.stuck.get(&job) else { return Ok(()) };
        let id = job_id(&self.row.id, job);
        let sealed = store::seal(ctx, super::act::INPUT, b"{}")?;
        let failure: String = error.to_string().chars().take(1_000).collect();
        ctx.execute(
            "INSERT INTO process_job (id, instance_id, number, kind, topic, node, child_id, attempts,
             failure, input) VALUES ($1, $2, $3, $4, $5, $6, '', 1, $7, $8)",
            vals![&id, &self.row.id, job, KIND, "", node, failure, sealed],
        )
        .await?;
        incident::open(ctx, &self.row, job, "job", node, error).await
    }
}

/// Tries a decision again that could not be made; a fault opens its incident again. Errors: faults
/// of ours.
pub(super) async fn again(mut ctx: Ctx, mut acting: Acting, job: Id, node: &str) -> Result<()> {
    let now = ctx.now;
    match acting.decide(job, now) {
        Ok(()) => {
            acting.finish(&mut ctx, Act::JobDone { job }).await?;
        }
        Err(error) if error.code == "process.job_gone" => return Ok(()),
        Err(error) if matches!(error.kind, Kind::Internal | Kind::Unavailable) => {
            return Err(error);
        }
        Err(error) => {
            let failure: String = error.to_string().chars().take(1_000).collect();
            let sql = "UPDATE process_job SET attempts = attempts + 1, failure = $2 WHERE id = $1";
            ctx.execute(sql, vals![job_id(&acting.row.id, job), failure]).await?;
            incident::open(&mut ctx, &acting.row, job, "job", node, &error).await?;
        }
    }
    ctx.commit().await
}
