//! One command on an instance: load it held, let the engine and the office change it, write
//! everything that follows in the same transaction.
//!
//! Invariant: nothing is written before the whole command has been accepted; what is written is the
//! row, one entry of the history, the projections, the evidence and what runs next, once.

use super::model::{self, Act, Desk, Entry, Standing, Step, Who};
use super::project::{self, Expected};
use super::store::{self, Birth, Row};
use super::{CALL, CHILD_ENDED, SIGNAL, WORK, asks, history, job_id, message, overdue, owned};
use crate::bundle::{Ruling, decide};
use crate::definition::{self, Bundle, Extra};
use crate::{evaluate, statistic, task};
use ::store::{Ctx, vals};
use flow::process::{
    self, Command, Definition, Effect, Env, Event, Id, State, Status, Token, Variables, Wait, Work,
};
use kernel::{Error, Result, Timestamp};
use pack::Province;
use party::audit;
use serde_json::{Map, Value as Json, json};
use std::collections::BTreeMap;
use std::sync::Arc;

/// Purpose under which what a job is given is sealed.
pub(super) const INPUT: &str = "process.input";

/// An instance being acted on.
pub(crate) struct Acting {
    /// Its row.
    pub(crate) row: Row,
    /// Where it stands, as it will be written.
    pub(crate) standing: Standing,
    /// For whom the actor stands in, when he does.
    pub(crate) on_behalf: Option<Who>,
    pub(super) bundle: Arc<Bundle>,
    pub(super) pack: Arc<Province>,
    before: Expected,
    pub(super) changes: Vec<Event>,
    pub(super) effects: Vec<Effect>,
    /// Desks of tasks that are offered anew, with what stays of them.
    pub(super) offered_before: BTreeMap<Id, Desk>,
    born: bool,
    /// Decisions made.
    pub(super) rulings: Vec<Ruling>,
    /// Bytes of their reasons.
    pub(super) reasons: usize,
    /// Decisions that could not be made, and why.
    pub(super) stuck: BTreeMap<Id, Error>,
    /// Effects looked at for decisions to make.
    pub(super) looked_at: usize,
}

/// Where the tasks a command offers come from and go to, other than as drawn.
#[derive(Clone, Debug, Default)]
pub(crate) struct Route {
    /// To who did the step before.
    pub(crate) to_doer: bool,
    /// To this officer.
    pub(crate) to: Option<Who>,
    /// When done, to this step again.
    pub(crate) back_to: Option<Step>,
}

/// What every command answers.
#[derive(
    Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize, schemars::JsonSchema,
)]
pub struct Done {
    /// Instance.
    pub id: String,
    /// Its revision after the command.
    pub revision: i64,
    /// Its phase.
    pub phase: String,
}

impl Acting {
    /// The instance, held until the transaction ends. Errors: `not_found`.
    pub(crate) async fn load(ctx: &mut Ctx, id: &str) -> Result<Acting> {
        let row = store::hold(ctx, id).await?;
        let standing = row.standing(ctx)?;
        Acting::held(ctx, row, standing).await
    }

    /// An instance whose row this transaction holds.
    pub(super) async fn held(ctx: &mut Ctx, row: Row, standing: Standing) -> Result<Acting> {
        Acting::of(ctx, row, standing, false).await
    }

    /// A new instance, kept when the command is finished.
    pub(super) async fn born(ctx: &mut Ctx, birth: Birth) -> Result<Acting> {
        let row = store::born(ctx, birth)?;
        Acting::of(ctx, row, Standing::default(), true).await
    }

    async fn of(ctx: &mut Ctx, row: Row, standing: Standing, born: bool) -> Result<Acting> {
        let bundle = definition::bundle(ctx, &row.bundle).await?;
        let missing = || Error::internal(format!("process {} is not in its bundle", row.process));
        let before =
            project::expected(bundle.definition(&row.process).ok_or_else(missing)?, &standing);
        let (changes, effects, offered_before) = Default::default();
        let (rulings, stuck) = Default::default();
        let (on_behalf, reasons, looked_at) = (None, 0, 0);
        Ok(Acting {
            row,
            standing,
            on_behalf,
            bundle,
            pack: ctx.env.pack.clone(),
            before,
            changes,
            effects,
            offered_before,
            born,
            rulings,
            reasons,
            stuck,
            looked_at,
        })
    }

    /// The process it runs. Errors: none after [`Acting::load`].
    pub(crate) fn definition(&self) -> Result<&Definition> {
        self.bundle
            .definition(&self.row.process)
            .ok_or_else(|| Error::internal("process without definition"))
    }

    /// What it was deployed with.
    pub(crate) fn bundle(&self) -> &Bundle {
        &self.bundle
    }

    /// What a step says beside BPMN.
    pub(crate) fn extra(&self, node: &str) -> Option<&Extra> {
        self.bundle.extras.get(node)
    }

    /// Id of the node a token is at.
    pub(crate) fn node_of(&self, number: Id) -> Result<String> {
        let token = self.standing.state.token(number).ok_or_else(Error::not_found)?;
        let node = self.definition()?.node(token.node);
        Ok(node.map(|node| node.id.clone()).unwrap_or_default())
    }

    /// What a token sees: the variables of the process, then those around it, its own last.
    pub(crate) fn visible(&self, number: Id) -> Variables {
        let state = &self.standing.state;
        let (mut all, mut chain) = (state.variables.clone(), Vec::new());
        let mut at = state.token(number);
        while let Some(token) = at {
            chain.push(token);
            let around = state.scope(token.scope).and_then(|scope| scope.token);
            at = around.and_then(|id| state.token(id));
        }
        for token in chain.iter().rev() {
            all.extend(token.locals.clone());
        }
        all
    }

    /// Refuses a page older than the instance. Errors: `process.stale`.
    pub(crate) fn fresh(&self, revision: Option<i64>) -> Result<()> {
        match revision {
            Some(seen) if seen != self.row.revision => Err(Error::conflict("process.stale")
                .arg("seen", seen)
                .arg("now", self.row.revision)),
            _ => Ok(()),
        }
    }

    /// Refuses what is not possible while it is suspended or after its end.
    /// Errors: `process.suspended`, `process.ended`.
    pub(crate) fn running(&self) -> Result<()> {
        if self.standing.state.status.is_final() {
            return Err(Error::conflict("process.ended"));
        }
        if self.standing.office.suspended {
            return Err(Error::conflict("process.suspended"));
        }
        Ok(())
    }

    /// Has the engine carry out a command. Errors: the engine's; `process.suspended`.
    pub(crate) fn step(&mut self, ctx: &Ctx, command: &Command) -> Result<()> {
        if !matches!(command, Command::Cancel | Command::Start { .. } | Command::Reopen { .. }) {
            self.running()?;
        }
        let working = &evaluate::Days(&self.pack);
        let env = Env { now: ctx.now, evaluate: evaluate::evaluator(), working };
        let (state, events, mut effects) =
            process::step(self.definition()?, &self.standing.state, command, &env)?;
        // Whatever can fail in the model fails here, before anything is written.
        self.prepare(&state, &mut effects)?;
        self.standing.state = state;
        self.changes.extend(events);
        self.effects.extend(effects);
        self.rule(ctx.now)
    }

    /// Gives services what is drawn beside them; decisions are told when they are made.
    pub(super) fn prepare(&self, state: &State, effects: &mut [Effect]) -> Result<()> {
        for effect in effects {
            if let Effect::OfferTask { task, node, .. } = effect
                && self.extra(node).is_some_and(|extra| extra.vote.is_some())
            {
                task::check_weights(self.definition()?, state, *task)?;
            }
            if let Effect::RunJob { node, variables, work: Work::Service(_), .. } = effect
                && let Some(mapped) = decide::mapped(&self.bundle, node, variables)?
            {
                *variables = mapped;
            }
        }
        Ok(())
    }

    /// Writes the command and everything that follows from it.
    pub(crate) async fn finish(self, ctx: &mut Ctx, act: Act) -> Result<Done> {
        self.finish_with(ctx, act, Route::default()).await
    }

    /// As [`Acting::finish`], with where the tasks offered come from and go to.
    pub(crate) async fn finish_with(
        mut self,
        ctx: &mut Ctx,
        act: Act,
        route: Route,
    ) -> Result<Done> {
        let done = match act {
            Act::Completed { task, .. } | Act::Deemed { task, .. } => Some(task),
            _ => None,
        };
        let suspended_at = self.standing.office.suspended_at;
        let by = Who { account: ctx.actor.account.clone(), name: ctx.actor.name.clone() };
        let changes = std::mem::take(&mut self.changes);
        let offered = self.standing.office.desks.clone();
        let rulings = std::mem::take(&mut self.rulings);
        let (on_behalf, desks) = (self.on_behalf.take(), Default::default());
        let (waited, waits) = (self.standing.office.waits.clone(), Default::default());
        let mut entry = Entry { at: ctx.now, by, on_behalf, act, changes, desks, rulings, waits };
        model::arrange(&mut self.standing, &entry);
        entry.waits = super::waits::begun(self.definition()?, &self.standing, entry.at);
        self.standing.office.waits.extend(entry.waits.clone());
        entry.desks = self.offers(ctx, &entry, &route).await?;
        for (task, was) in std::mem::take(&mut self.offered_before) {
            if let Some(desk) = entry.desks.get_mut(&task) {
                let (pools, assignee) = (desk.pools.clone(), desk.assignee.clone());
                *desk = Desk { pools, assignee, ..was };
            }
        }
        if let (Act::Resumed { .. }, Some(since)) = (&entry.act, suspended_at) {
            entry.desks.extend(self.prolonged(ctx, since)?);
        }
        self.standing.office.desks.extend(entry.desks.clone());
        history::append(ctx, &mut self.row, &entry).await?;
        if self.standing.state.status.is_final() && self.row.ended_us == 0 {
            self.row.ended_us = ctx.now.0;
            message::forget_signals(ctx, &self.row.id).await?;
        }
        if !self.standing.state.status.is_final() {
            self.row.ended_us = 0;
        }
        let kept = match self.born {
            true => store::insert(ctx, &self.row, &self.standing).await?,
            false => store::update(ctx, &self.row, &self.standing).await?,
        };
        let after = project::expected(self.definition()?, &self.standing);
        project::write(ctx, &self.row, &self.before, &after, done).await?;
        asks::tell(ctx, &self, &self.before, &after).await?;
        statistic::record(ctx, &self.row, &offered, &self.standing.office.desks, done).await?;
        statistic::record_waits(ctx, &self.row, &entry, &waited, &self.standing).await?;
        let questions = &self.standing.office.questions;
        task::project_questions(ctx, &self.row, &self.before, questions, &entry).await?;
        overdue::plan(ctx, &self.row, &self.bundle, &self.before, &after).await?;
        self.follow(ctx).await?;
        self.record(ctx, &entry, kept).await?;
        let phase = model::phase(&self.standing).to_owned();
        Ok(Done { id: self.row.id, revision: self.row.revision, phase })
    }

    /// Evidence of the act with the row as it now stands.
    async fn record(&self, ctx: &mut Ctx, entry: &Entry, kept: Map<String, Json>) -> Result<()> {
        let kind = format!("process.{}", entry.act.kind());
        let subject = format!("process_instance:{}", self.row.id);
        let body = json!({
            "process": self.row.process,
            "version": self.row.version,
            "revision": self.row.revision,
            "history": self.row.history,
        });
        audit::record_changed(ctx, &kind, &subject, body, "process_instance", kept).await?;
        Ok(())
    }

    /// Desks of tasks that have none yet.
    async fn offers(
        &self,
        ctx: &mut Ctx,
        entry: &Entry,
        route: &Route,
    ) -> Result<BTreeMap<Id, Desk>> {
        let after: Option<Step> = self.standing.office.last.clone();
        let pack = ctx.env.pack.clone();
        let mut desks = BTreeMap::new();
        for token in &self.standing.state.tokens {
            if self.standing.office.desks.contains_key(&token.id) || !self.is_work(token) {
                continue;
            }
            let Some(node) = self.definition()?.node(token.node) else { continue };
            let extra = self.bundle.extras.get(&node.id);
            if extra.is_some_and(|extra| extra.vote.is_some()) {
                let (definition, state) = (self.definition()?, &self.standing.state);
                task::check_signers(ctx, definition, state, token.id).await?;
            }
            let limit = extra.and_then(|extra| extra.limit);
            let (due, missing) = match limit {
                Some(limit) => told(limit.due(entry.at, pack.calendar()?))?,
                None => (None, None),
            };
            let (pools, mut assignee) =
                task::offer(ctx, &self.row, &self.standing, token, node).await?;
            if assignee.is_none() {
                let doer = || self.standing.office.done.get(&node.id).cloned();
                assignee = route.to.clone().or_else(|| doer().filter(|_| route.to_doer));
            }
            let (after, back_to) = (after.clone(), route.back_to.clone());
            let limit = due.and(limit).map(|limit| limit.to_string());
            let desk =
                Desk { pools, assignee, due, missing, limit, after, back_to, ..Desk::default() };
            desks.insert(token.id, desk);
        }
        Ok(desks)
    }

    /// Desks whose limit stood still since an instant: what was left then is left now.
    fn prolonged(
        &self,
        ctx: &Ctx,
        since: Timestamp,
    ) -> Result<std::collections::BTreeMap<Id, Desk>> {
        let pack = ctx.env.pack.clone();
        let calendar = pack.calendar()?;
        let mut moved = std::collections::BTreeMap::new();
        for (task, desk) in &self.standing.office.desks {
            if let (Some(limit), Some(due)) = (self.limit_of(*task, desk)?, desk.due) {
                let limit = limit.with(self.extended(*task));
                let later = limit.resumed(due, since, ctx.now, calendar)?;
                if later != due {
                    moved.insert(*task, Desk { due: Some(later), ..desk.clone() });
                }
            }
        }
        Ok(moved)
    }

    /// Whether a person has to do with the token: a task, or the choice among activities.
    fn is_work(&self, token: &Token) -> bool {
        match token.wait {
            Wait::Task => true,
            Wait::Scope => {
                let inner =
                    self.standing.state.scopes.iter().find(|scope| scope.token == Some(token.id));
                let container = inner.filter(|scope| scope.turns.is_none()).and_then(|scope| {
                    self.definition().ok().and_then(|one| one.containers().get(scope.container))
                });
                container.is_some_and(|container| container.ad_hoc.is_some())
            }
            _ => false,
        }
    }

    /// Does in the world what the engine asked for.
    async fn follow(&self, ctx: &mut Ctx) -> Result<()> {
        for effect in &self.effects {
            match effect {
                Effect::RunJob { job, node, work, variables } if self.awaits(*job, &Wait::Job) => {
                    match work {
                        Work::Service(topic) => {
                            self.keep_job(ctx, *job, "service", topic, node, variables).await?;
                        }
                        Work::Decision(_) => self.keep_stuck(ctx, *job, node).await?,
                    }
                }
                Effect::StartChild { child, process, variables }
                    if self.awaits(*child, &Wait::Child) =>
                {
                    let node = self.node_of(*child)?;
                    self.keep_job(ctx, *child, "call", process, &node, variables).await?;
                }
                Effect::SendMessage { name, correlation, receiver, variables, .. } => {
                    let receiver = receiver.as_ref().map_or("", |(process, _)| process.as_str());
                    message::post(ctx, name, correlation, receiver, &self.row.id, variables)
                        .await?;
                }
                Effect::SendSignal { name } => {
                    let payload = json!({ "name": name, "from": self.row.id, "after": "" });
                    ctx.enqueue(SIGNAL, &payload).await?;
                }
                Effect::InstanceEnded { status } => self.ended(ctx, status).await?,
                // The rest is what the standing shows.
                _ => {}
            }
        }
        Ok(())
    }

    pub(super) fn awaits(&self, number: Id, wait: &Wait) -> bool {
        self.standing.state.token(number).is_some_and(|token| token.wait == *wait)
    }

    async fn keep_job(
        &self,
        ctx: &mut Ctx,
        number: Id,
        kind: &str,
        topic: &str,
        node: &str,
        input: &Variables,
    ) -> Result<()> {
        let id = job_id(&self.row.id, number);
        let text = serde_json::to_vec(input).map_err(Error::internal)?;
        let sealed = store::seal(ctx, INPUT, &text)?;
        ctx.execute(
            "INSERT INTO process_job (id, instance_id, number, kind, topic, node, child_id, attempts,
             failure, input) VALUES ($1, $2, $3, $4, $5, $6, '', 0, '', $7)",
            vals![&id, &self.row.id, number, kind, topic, node, sealed],
        )
        .await?;
        let payload = json!({ "instance": self.row.id, "number": number });
        match kind {
            "call" => ctx.enqueue(CALL, &payload).await,
            _ => {
                let now = ctx.now;
                ctx.schedule(WORK, &id, now, &payload).await
            }
        }
    }

    /// Tells the parent, and whoever listens.
    async fn ended(&self, ctx: &mut Ctx, status: &Status) -> Result<()> {
        if !self.row.parent_id.is_empty() {
            ctx.enqueue(CHILD_ENDED, &json!({ "instance": self.row.id })).await?;
        }
        let payload: Json = json!({
            "instance": self.row.id,
            "process": self.row.process,
            "subject": self.row.subject,
            "completed": matches!(status, Status::Completed | Status::Terminated),
        });
        ctx.emit("process.ended", &payload).await?;
        // Whoever began it for a matter of its own is told by a topic that nobody else fills.
        if self.row.parent_id.is_empty() && owned::matter(&self.row.subject).is_some() {
            ctx.emit("process.matter_ended", &payload).await?;
        }
        Ok(())
    }
}

/// Does a command once under its id: a repetition by the same actor gets the recorded answer. An
/// empty id does it without record.
pub(crate) async fn once(
    ctx: &mut Ctx,
    command: &str,
    verb: &str,
    run: impl AsyncFnOnce(&mut Ctx) -> Result<Done>,
) -> Result<Done> {
    if command.is_empty() {
        return run(ctx).await;
    }
    if let Some(answer) = ::store::command::begin(ctx, command, verb).await? {
        return serde_json::from_str(&answer).map_err(Error::internal);
    }
    let done = run(ctx).await?;
    let answer = serde_json::to_string(&done).map_err(Error::internal)?;
    ::store::command::finish(ctx, command, &answer).await?;
    Ok(done)
}

/// When a task is due; where the calendar does not reach that far, the year whose notice is missing.
/// Errors: those of the calendar but for a missing year.
fn told(due: Result<Timestamp>) -> Result<(Option<Timestamp>, Option<i16>)> {
    match due {
        Ok(due) => Ok((Some(due), None)),
        Err(error) if error.code == "calendar.year_missing" => {
            let year = error.args.iter().find(|(name, _)| *name == "year");
            Ok((None, year.and_then(|(_, year)| year.parse().ok())))
        }
        Err(error) if error.code == "process.limit" => Ok((None, None)),
        Err(error) => Err(error),
    }
}
