//! The verbs of instances: permit, load, decide, write.
//!
//! Invariant: what the actor may not know of is not found. Must not know: HTTP, SQL, pages.

use super::act::{Acting, Done};
use super::extend::RunningLimit;
use super::model::{self, Act, Standing};
use super::store::{self, Birth, Row};
use super::{CALL, CHILD_ENDED, WORK, asks, job_id, message, owned, project};
use crate::bundle::form;
use crate::definition;
use crate::{MANAGE, Moment, START, WORK as DO, task};
use ::store::Ctx;
use flow::process::{Command, Definition, On, Variables, Wait};
use kernel::{Error, Kind, Result};
use party::authority;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::json;

/// Characters of a title.
pub(crate) const TITLE_MAX: usize = 200;
/// Characters of a reason, an opinion, a note.
pub(crate) const WORDS_MAX: usize = 2_000;

/// What to begin.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct New {
    /// Id of the process.
    pub process: String,
    /// Its version; the newest when absent.
    pub version: Option<i64>,
    /// What the instance is called; the name of the process when empty.
    pub title: String,
    /// What it is about, `area:id`; may be empty.
    pub subject: String,
    /// First variables.
    pub variables: Variables,
}

/// Where a token is, as told.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Place {
    /// Its number.
    pub number: u64,
    /// Id of the node.
    pub node: String,
    /// Name of the node.
    pub name: String,
    /// What it waits for: `task`, `job`, `child`, `event`, `join`, `scope`, `undo`.
    pub waits: &'static str,
}

/// An instance as told to who may see it.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct Shown {
    /// Id.
    pub id: String,
    /// Revision, to be given back with a command.
    pub revision: i64,
    /// Process.
    pub process: String,
    /// Version it keeps.
    pub version: i64,
    /// What it is called.
    pub title: String,
    /// What it is about.
    pub subject: String,
    /// Agency.
    pub agency: String,
    /// Phase.
    pub phase: String,
    /// Who began it.
    pub started_by: String,
    /// Whether the caller did.
    pub mine: bool,
    /// When it began.
    pub started: Option<Moment>,
    /// When it ended.
    pub ended: Option<Moment>,
    /// The instance that called it; empty for none.
    pub parent: String,
    /// Instances it called.
    pub children: Vec<String>,
    /// Variables of the process.
    pub variables: Variables,
    /// Where it is.
    pub places: Vec<Place>,
    /// Limits of tasks and timers that run.
    pub limits: Vec<RunningLimit>,
    /// Digest of the last entry of its history.
    pub history: String,
}

/// Begins an instance for the actor's agency. Errors: `denied`, `process.unknown`, `not_found` for
/// a version there is not, `process.answers` for what the form `start` does not take, those of the
/// engine.
pub async fn start(ctx: &mut Ctx, new: New) -> Result<Done> {
    authority::demand(ctx, START)?;
    if new.title.chars().count() > TITLE_MAX {
        return Err(Error::invalid("process.title").field("title", "process.title"));
    }
    if owned::matter(&new.subject).is_some() {
        return Err(Error::invalid("process.subject").field("subject", "process.subject"));
    }
    let (version, bundle) = match new.version {
        Some(version) => (version, definition::bundle_of(ctx, &new.process, version).await?),
        None => definition::newest_version(ctx, &new.process).await?,
    };
    let whole = definition::bundle(ctx, &bundle).await?;
    let variables = match whole.form(form::START) {
        Some(asked) => task::accepted(ctx, asked, &new.variables).await?,
        None => new.variables,
    };
    let (agency, division) = (ctx.actor.agency.clone(), ctx.actor.division.clone());
    let (started_by, started_by_name) = (ctx.actor.account.clone(), ctx.actor.name.clone());
    let mut birth = Birth {
        id: ctx.id(),
        process: new.process,
        version,
        bundle,
        subject: new.subject.chars().take(TITLE_MAX).collect(),
        title: new.title.trim().to_owned(),
        agency,
        division,
        started_by,
        started_by_name,
        ..Birth::default()
    };
    if birth.title.is_empty() {
        let name = whole.definition(&birth.process).map(|one| one.name().to_owned());
        birth.title = name.filter(|name| !name.is_empty()).unwrap_or(birth.process.clone());
    }
    let instance = birth.id.clone();
    let mut acting = Acting::born(ctx, birth).await?;
    acting.step(ctx, &Command::Start { instance, start: None, variables })?;
    acting.finish(ctx, Act::Started).await
}

/// Begins an instance of the newest version at a start event with a trigger: for the agency the
/// process belongs to, or, of the platform's own, for the one that sent what begins it. The inner
/// error is one of the model, met before anything was written.
pub(crate) async fn begin_by_event(
    ctx: &mut Ctx,
    process: &str,
    node: &str,
    variables: Variables,
    sender: &str,
) -> Result<Result<Done>> {
    let version = definition::newest(ctx, process).await?;
    let bundle = definition::bundle(ctx, &version.bundle).await?;
    let agency = if version.agency.is_empty() { sender } else { version.agency.as_str() };
    let agency = agency.to_owned();
    let Some(place) = ctx.env.pack.agency(&agency) else {
        return Ok(Err(Error::invalid("process.start_agency").arg("process", process)));
    };
    let name = bundle.definition(process).map(|one| one.name().to_owned()).unwrap_or_default();
    let birth = Birth {
        id: ctx.id(),
        process: process.to_owned(),
        version: version.version,
        bundle: version.bundle,
        title: if name.is_empty() { process.to_owned() } else { name },
        division: place.division,
        agency,
        started_by: ctx.actor.account.clone(),
        started_by_name: ctx.actor.name.clone(),
        ..Birth::default()
    };
    let instance = birth.id.clone();
    let mut acting = Acting::born(ctx, birth).await?;
    let start = Some(node.to_owned());
    match acting.step(ctx, &Command::Start { instance, start, variables }) {
        Ok(()) => acting.finish(ctx, Act::Started).await.map(Ok),
        Err(error) if matches!(error.kind, Kind::Internal | Kind::Unavailable) => Err(error),
        Err(error) => Ok(Err(error)),
    }
}

/// Sends a message to whoever of the actor's agency waits for it, or begins what it begins; its id.
/// What another agency waits for is not found, and the message kept as if nobody did. Where who waits for it
/// asks by a form, what is said is what the form asks.
/// Errors: `denied`, `process.message_name`; `process.answers` with a field for each fault.
pub async fn send(
    ctx: &mut Ctx,
    name: &str,
    correlation: &str,
    variables: &Variables,
) -> Result<String> {
    authority::demand(ctx, START)?;
    let agency = ctx.actor.agency.clone();
    let sender = message::by_hand(&agency, &ctx.actor.account);
    let said = match asks::form_of(ctx, name, correlation, &agency).await? {
        Some(form) => task::accepted(ctx, &form, variables).await?,
        None => variables.clone(),
    };
    let id = message::post(ctx, name, correlation, "", &sender, &said).await?;
    let body = json!({ "message": id });
    party::audit::record(ctx, "process.message_sent", "process:message", body).await?;
    Ok(id)
}

/// Stops an instance until it is resumed: no task, timer, message or job goes on meanwhile, nor in
/// what it called. Errors: `not_found`, `denied`, `process.stale`, `process.suspended`,
/// `process.ended`.
pub async fn suspend(ctx: &mut Ctx, id: &str, revision: Option<i64>, reason: &str) -> Result<Done> {
    let reason = words(reason, "reason", true)?;
    let acting = managed(ctx, id, revision).await?;
    free(&acting)?;
    suspend_held(ctx, acting, reason).await
}

/// Suspends an instance already held, and what it called.
pub(super) async fn suspend_held(ctx: &mut Ctx, acting: Acting, reason: String) -> Result<Done> {
    acting.running()?;
    let id = acting.row.id.clone();
    let done = acting.finish(ctx, Act::Suspended { reason: reason.clone() }).await?;
    below(ctx, &id, &reason, true).await?;
    Ok(done)
}

/// Refuses what only the area does that began the instance for a matter of its own. Errors:
/// `process.held_by_matter`.
fn free(acting: &Acting) -> Result<()> {
    match owned::matter(&acting.row.subject) {
        Some(_) => Err(Error::conflict("process.held_by_matter")),
        None => Ok(()),
    }
}

/// Lets a suspended instance go on; what fell due meanwhile happens now, and what counts working days
/// goes on where it stood. Errors: as [`suspend`]; `process.not_suspended`;
/// `calendar.year_missing`.
pub async fn resume(ctx: &mut Ctx, id: &str, revision: Option<i64>, reason: &str) -> Result<Done> {
    let reason = words(reason, "reason", true)?;
    let acting = managed(ctx, id, revision).await?;
    free(&acting)?;
    resume_held(ctx, acting, reason).await
}

/// Resumes an instance already held, and what it called.
pub(super) async fn resume_held(ctx: &mut Ctx, mut acting: Acting, reason: String) -> Result<Done> {
    if !acting.standing.office.suspended {
        return Err(Error::conflict("process.not_suspended"));
    }
    acting.prolong_timers(ctx)?;
    let (id, standing) = (acting.row.id.clone(), acting.standing.clone());
    let done = acting.finish(ctx, Act::Resumed { reason: reason.clone() }).await?;
    wake(ctx, &id, &standing).await?;
    below(ctx, &id, &reason, false).await?;
    Ok(done)
}

/// Suspends or resumes what an instance called, from the top down.
async fn below(ctx: &mut Ctx, id: &str, reason: &str, suspend: bool) -> Result<()> {
    let mut rest = vec![id.to_owned()];
    while let Some(parent) = rest.pop() {
        for child in store::children(ctx, &parent).await? {
            let mut acting = Acting::load(ctx, &child.id).await?;
            let status = &acting.standing.state.status;
            if status.is_final() || acting.standing.office.suspended == suspend {
                continue;
            }
            let reason = reason.to_owned();
            if suspend {
                acting.finish(ctx, Act::Suspended { reason }).await?;
            } else {
                acting.prolong_timers(ctx)?;
                let standing = acting.standing.clone();
                acting.finish(ctx, Act::Resumed { reason }).await?;
                wake(ctx, &child.id, &standing).await?;
            }
            rest.push(child.id);
        }
    }
    Ok(())
}

/// Asks again for everything that may have come while the instance was suspended.
async fn wake(ctx: &mut Ctx, id: &str, standing: &Standing) -> Result<()> {
    message::wake_signals(ctx, id).await?;
    for one in &standing.state.subscriptions {
        if let On::Timer { due, .. } = one.on {
            project::set_timer(ctx, id, one.id, due).await?;
        }
    }
    let now = ctx.now;
    for token in &standing.state.tokens {
        let payload = json!({ "instance": id, "number": token.id });
        match token.wait {
            Wait::Job => ctx.schedule(WORK, &job_id(id, token.id), now, &payload).await?,
            Wait::Child => match store::child(ctx, id, token.id).await? {
                Some(child) if child.ended_us != 0 => {
                    ctx.enqueue(CHILD_ENDED, &json!({ "instance": child.id })).await?;
                }
                Some(_) => {}
                None => ctx.enqueue(CALL, &payload).await?,
            },
            _ => {}
        }
    }
    Ok(())
}

/// Ends an instance before its end. Errors: `not_found`, `denied`, `process.stale`,
/// `process.ended`.
pub async fn cancel(ctx: &mut Ctx, id: &str, revision: Option<i64>, reason: &str) -> Result<Done> {
    let reason = words(reason, "reason", true)?;
    let mut acting = managed(ctx, id, revision).await?;
    free(&acting)?;
    acting.step(ctx, &Command::Cancel)?;
    acting.finish(ctx, Act::Cancelled { reason }).await
}

/// Opens an ended instance again at a step of the process itself, for who manages it. Errors:
/// `not_found`, `denied`, `process.stale`; `process.called_open` for an instance that another called;
/// those of the engine, `process.not_ended` among them.
pub async fn reactivate(
    ctx: &mut Ctx,
    id: &str,
    revision: Option<i64>,
    node: &str,
    reason: &str,
) -> Result<Done> {
    let reason = words(reason, "reason", true)?;
    let mut acting = managed(ctx, id, revision).await?;
    free(&acting)?;
    // Whoever called it has gone on with its result.
    if !acting.row.parent_id.is_empty() {
        return Err(Error::conflict("process.called_open"));
    }
    acting.step(ctx, &Command::Reopen { node: node.to_owned() })?;
    acting.finish(ctx, Act::Reactivated { node: node.to_owned(), reason }).await
}

/// Whoever began an instance takes it back. Errors: `not_found` for anybody else;
/// `process.stale`, `process.ended`; `process.called` for an instance that another called.
pub async fn withdraw(
    ctx: &mut Ctx,
    id: &str,
    revision: Option<i64>,
    reason: &str,
) -> Result<Done> {
    let reason = words(reason, "reason", true)?;
    authority::demand(ctx, START)?;
    let mut acting = Acting::load(ctx, id).await?;
    if acting.row.started_by != ctx.actor.account {
        return Err(Error::not_found());
    }
    acting.fresh(revision)?;
    free(&acting)?;
    if !acting.row.parent_id.is_empty() {
        return Err(Error::conflict("process.called"));
    }
    acting.step(ctx, &Command::Cancel)?;
    acting.finish(ctx, Act::Withdrawn { reason }).await
}

/// The instance, held, for an officer who manages those of its agency.
pub(crate) async fn managed(ctx: &mut Ctx, id: &str, revision: Option<i64>) -> Result<Acting> {
    authority::demand(ctx, MANAGE)?;
    let acting = Acting::load(ctx, id).await?;
    if !authority::same_agency(ctx, &acting.row.agency) {
        return Err(Error::not_found());
    }
    acting.fresh(revision)?;
    Ok(acting)
}

/// Words somebody writes, trimmed. Errors: `process.words` naming the field, when too long or,
/// where needed, missing.
pub(crate) fn words(text: &str, field: &'static str, needed: bool) -> Result<String> {
    let text = text.trim();
    if text.chars().count() > WORDS_MAX || (needed && text.is_empty()) {
        let args = vec![("max", WORDS_MAX.to_string())];
        return Err(Error::invalid("process.words").arg("max", WORDS_MAX).field_with(
            field,
            "process.words",
            args,
        ));
    }
    Ok(text.to_owned())
}

/// An instance the actor may see. Errors: `not_found`.
pub(crate) async fn seen(ctx: &mut Ctx, id: &str) -> Result<(Row, Standing)> {
    let row = store::get(ctx, id).await?;
    let standing = row.standing(ctx)?;
    let account = authority::signed_in(ctx)?;
    let own = authority::may(ctx, DO) && authority::same_agency(ctx, &row.agency);
    let steads = task::deputy::steads(ctx).await?;
    if own || row.started_by == account || offered(ctx, &standing, &steads) {
        return Ok((row, standing));
    }
    if task::took_part(ctx, id, &account).await? {
        return Ok((row, standing));
    }
    Err(Error::not_found())
}

/// True when a task of the instance is the actor's or offered to him, of those for whom he stands
/// in too.
fn offered(ctx: &Ctx, standing: &Standing, steads: &[task::deputy::Stead]) -> bool {
    let pools = definition::pools(&ctx.actor);
    standing.office.desks.values().any(|desk| {
        let his = |who: &model::Who| {
            who.account == ctx.actor.account || steads.iter().any(|one| one.officer == who.account)
        };
        desk.assignee.iter().chain(&desk.owner).any(his)
            || desk.pools.iter().any(|pool| pools.contains(pool))
            || (desk.assignee.is_none() && steads.iter().any(|one| one.has(&desk.pools)))
    })
}

/// An instance as told. Errors: `not_found`.
pub async fn show(ctx: &mut Ctx, id: &str) -> Result<Shown> {
    let (row, standing) = seen(ctx, id).await?;
    let bundle = definition::bundle(ctx, &row.bundle).await?;
    let definition = bundle.definition(&row.process).ok_or_else(Error::not_found)?;
    let places = places(definition, &standing);
    let children = store::children(ctx, id).await?.into_iter().map(|child| child.id).collect();
    Ok(Shown {
        title: row.title(ctx)?,
        phase: model::phase(&standing).to_owned(),
        limits: super::extend::limits(&bundle, definition, &standing),
        variables: standing.state.variables,
        places,
        children,
        started: Moment::of(row.started_us),
        ended: Moment::of(row.ended_us),
        id: row.id,
        revision: row.revision,
        process: row.process,
        version: row.version,
        subject: row.subject,
        agency: row.agency,
        mine: row.started_by == ctx.actor.account,
        started_by: row.started_by_name,
        parent: row.parent_id,
        history: row.history,
    })
}

/// Where an instance is: every token that waits.
pub(super) fn places(definition: &Definition, standing: &Standing) -> Vec<Place> {
    let place = |token: &flow::process::Token| {
        let node = definition.node(token.node)?;
        let waits = match token.wait {
            Wait::Task => "task",
            Wait::Job => "job",
            Wait::Child => "child",
            Wait::Event => "event",
            Wait::Join => "join",
            Wait::Scope => "scope",
            Wait::Undo(_) => "undo",
            Wait::None => return None,
        };
        let (id, name) = (node.id.clone(), node.name.clone());
        Some(Place { number: token.id, node: id, name, waits })
    };
    standing.state.tokens.iter().filter_map(place).collect()
}
