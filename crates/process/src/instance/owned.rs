//! Instances that another area began for a matter of its own, and their ways to and from it.
//!
//! Invariants
//! - The subject of such an instance is `@` and the address of the page of the matter; nobody else
//!   begins one so. What it calls has the same subject.
//! - Only that area suspends, resumes and ends it, by the verbs here, which it calls when its own
//!   matter allows it; they ask for no permission of this area.
//! - Its end is told once, as `process.matter_ended`.
//!
//! Must not know: what the matter is, who decides it.

use super::act::Acting;
use super::history;
use super::instance::{Place, WORDS_MAX, resume_held, suspend_held};
use super::model::{self, Act};
use super::store::{self, Birth, Row};
use super::timeline::{self, Line};
use crate::{definition, diagram, task};
use ::store::{Ctx, FromQueryResult, Value, vals};
use flow::process::{Command, Definition, Event, Kind, Variables};
use kernel::{Error, Result};
use pack::procedure::TaskForm;
use std::collections::BTreeMap;

/// Matters whose tasks are told at once.
const TOLD_MAX: usize = 200;

/// The address of the page of the matter an instance belongs to, from its subject.
pub fn matter(subject: &str) -> Option<&str> {
    subject.strip_prefix('@')
}

/// What to begin for a matter.
#[derive(Clone, Debug, Default)]
pub struct New {
    /// Id of the process; its newest version is taken.
    pub process: String,
    /// Address of the page of the matter.
    pub matter: String,
    /// What the instance is called.
    pub title: String,
    /// Agency whose posts do the tasks.
    pub agency: String,
    /// Its division.
    pub division: String,
    /// First variables.
    pub variables: Variables,
}

/// An instance begun.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Begun {
    /// Its id.
    pub id: String,
    /// The version it keeps.
    pub version: i64,
}

/// Begins an instance for a matter, in the caller's transaction. Errors: `process.unknown`; those
/// of the engine.
pub async fn begin(ctx: &mut Ctx, new: New) -> Result<Begun> {
    let (version, bundle) = definition::newest_version(ctx, &new.process).await?;
    let birth = Birth {
        id: ctx.id(),
        process: new.process,
        version,
        bundle,
        subject: format!("@{}", new.matter),
        title: new.title.chars().take(super::instance::TITLE_MAX).collect(),
        agency: new.agency,
        division: new.division,
        started_by: ctx.actor.account.clone(),
        started_by_name: ctx.actor.name.clone(),
        ..Birth::default()
    };
    let id = birth.id.clone();
    let mut acting = Acting::born(ctx, birth).await?;
    let variables = new.variables;
    acting.step(ctx, &Command::Start { instance: id.clone(), start: None, variables })?;
    acting.finish(ctx, Act::Started).await?;
    Ok(Begun { id, version })
}

/// What is asked of who begins the newest version of a process. Errors: `process.unknown`.
pub async fn start_form(ctx: &mut Ctx, process: &str) -> Result<Option<TaskForm>> {
    definition::start_form(ctx, process, None).await
}

/// The answers to a form as variables. Errors: `process.answers` with a field for each fault.
pub async fn accepted(ctx: &mut Ctx, form: &TaskForm, answers: &Variables) -> Result<Variables> {
    task::accepted(ctx, form, answers).await
}

/// The instance, held; none when it has ended. Errors: `internal` for one that is no matter's.
pub(super) async fn held(ctx: &mut Ctx, id: &str) -> Result<Option<Acting>> {
    let acting = Acting::load(ctx, id).await?;
    if matter(&acting.row.subject).is_none() {
        return Err(Error::internal(format!("instance {id} belongs to no matter")));
    }
    Ok(Some(acting).filter(|acting| !acting.standing.state.status.is_final()))
}

fn cut(reason: &str) -> String {
    reason.chars().take(WORDS_MAX).collect()
}

/// Suspends it with its matter; nothing when it has ended or stands still already.
pub async fn suspend(ctx: &mut Ctx, id: &str, reason: &str) -> Result<()> {
    match held(ctx, id).await?.filter(|acting| !acting.standing.office.suspended) {
        Some(acting) => suspend_held(ctx, acting, cut(reason)).await.map(|_| ()),
        None => Ok(()),
    }
}

/// Lets it go on with its matter; nothing when it has ended or was not suspended.
pub async fn resume(ctx: &mut Ctx, id: &str, reason: &str) -> Result<()> {
    match held(ctx, id).await?.filter(|acting| acting.standing.office.suspended) {
        Some(acting) => resume_held(ctx, acting, cut(reason)).await.map(|_| ()),
        None => Ok(()),
    }
}

/// Ends it with its matter; nothing when it has ended.
pub async fn cancel(ctx: &mut Ctx, id: &str, reason: &str) -> Result<()> {
    let Some(mut acting) = held(ctx, id).await? else { return Ok(()) };
    acting.step(ctx, &Command::Cancel)?;
    acting.finish(ctx, Act::Cancelled { reason: cut(reason) }).await.map(|_| ())
}

/// Gives what an officer has in hand of it to the officer who takes over the matter. Errors:
/// `process.colleague` for one who may do no tasks.
pub async fn hand_over(ctx: &mut Ctx, id: &str, from: &str, to: &str, reason: &str) -> Result<()> {
    let Some(acting) = held(ctx, id).await? else { return Ok(()) };
    let his = |desk: &model::Desk| desk.assignee.as_ref().is_some_and(|who| who.account == from);
    let desks = &acting.standing.office.desks;
    let tasks: Vec<_> = desks.iter().filter(|(_, desk)| his(desk)).map(|(task, _)| *task).collect();
    if tasks.is_empty() {
        return Ok(());
    }
    let nobody = || Error::invalid("process.colleague").field("to", "process.colleague");
    let to = task::officer(ctx, to).await?.ok_or_else(nobody)?;
    drop(acting);
    for task in tasks {
        let acting = Acting::load(ctx, id).await?;
        let (to, reason) = (to.clone(), cut(reason));
        acting.finish(ctx, Act::HandedOver { task, to, reason }).await?;
    }
    Ok(())
}

/// What an instance came to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Outcome {
    /// Ends of the process itself that were reached, in order.
    pub ends: Vec<String>,
    /// The last opinion given with a task.
    pub opinion: String,
}

/// What an instance has come to so far, from its history. Errors: `not_found`.
pub async fn outcome(ctx: &mut Ctx, id: &str) -> Result<Outcome> {
    let row = store::get(ctx, id).await?;
    let mut entries = Vec::new();
    let mut after = 0;
    loop {
        let stored = history::list(ctx, id, after).await?;
        let Some(last) = stored.last() else { break };
        after = last.sequence;
        for one in stored {
            entries.push(one.open(ctx)?.0);
        }
    }
    let moved = entries.iter().find_map(|entry| match entry.act {
        Act::Migrated { from, .. } => Some(from),
        _ => None,
    });
    let mut digest = match moved {
        Some(from) => definition::bundle_of(ctx, &row.process, from).await?,
        None => row.bundle.clone(),
    };
    let mut outcome = Outcome::default();
    for entry in &entries {
        if let Act::Migrated { to, .. } = entry.act {
            digest = definition::bundle_of(ctx, &row.process, to).await?;
        }
        if let Act::Completed { opinion, .. } = &entry.act
            && !opinion.is_empty()
        {
            outcome.opinion.clone_from(opinion);
        }
        let bundle = definition::bundle(ctx, &digest).await?;
        if let Some(definition) = bundle.definition(&row.process) {
            outcome.ends.extend(ends(definition, &entry.changes));
        }
    }
    Ok(outcome)
}

/// Ids of the ends that changes came to.
fn ends(definition: &Definition, changes: &[Event]) -> Vec<String> {
    let reached = changes.iter().filter_map(|change| match change {
        Event::TokenMade(token) => Some(token.node),
        Event::TokenMoved { node, .. } => Some(*node),
        _ => None,
    });
    reached
        .filter_map(|node| definition.node(node))
        .filter(|node| matches!(node.kind, Kind::End(_)))
        .map(|node| node.id.clone())
        .collect()
}

/// An open task as the matter's own pages tell of it.
#[derive(Clone, Debug, PartialEq, Eq, FromQueryResult)]
pub struct Step {
    /// Id of the task.
    pub id: String,
    /// Address of the page of the matter.
    pub matter: String,
    /// Id of the step.
    pub node: String,
    /// Its name.
    pub name: String,
    /// Name of who has it in hand; empty for nobody.
    pub assignee_name: String,
}

/// Open tasks of the instances of matters, and of what those called, oldest first; matters by the
/// addresses of their pages.
pub async fn steps(ctx: &mut Ctx, matters: &[String]) -> Result<Vec<Step>> {
    if matters.is_empty() {
        return Ok(Vec::new());
    }
    let subjects: Vec<String> =
        matters.iter().take(TOLD_MAX).map(|matter| format!("@{matter}")).collect();
    let marks: Vec<String> = (1..=subjects.len()).map(|at| format!("${at}")).collect();
    let sql = format!(
        "SELECT t.id, i.subject AS matter, t.node, t.name, t.assignee_name
         FROM process_instance i JOIN process_task t ON t.instance_id = i.id
         WHERE i.subject IN ({}) AND t.open > 0 ORDER BY t.id LIMIT 1000",
        marks.join(", ")
    );
    let mut steps: Vec<Step> =
        ctx.all(&sql, subjects.iter().map(Value::from).collect::<Vec<_>>()).await?;
    for step in &mut steps {
        step.matter = matter(&step.matter).unwrap_or_default().to_owned();
        if step.name.is_empty() {
            step.name.clone_from(&step.node);
        }
    }
    Ok(steps)
}

/// Where an instance stands, as its matter tells it.
#[derive(Clone, Debug)]
pub struct Told {
    /// Name of the process.
    pub name: String,
    /// The version it runs.
    pub version: i64,
    /// Phase.
    pub phase: String,
    /// Where it is.
    pub places: Vec<Place>,
    /// What was done, oldest first.
    pub lines: Vec<Line>,
    /// Names of its ends, by id.
    pub ends: BTreeMap<String, String>,
}

/// Where an instance stands, for whoever may know of its matter. Errors: `not_found`.
pub async fn told(ctx: &mut Ctx, id: &str) -> Result<Told> {
    let (row, bundle, standing) = read(ctx, id).await?;
    let definition = bundle.definition(&row.process).ok_or_else(Error::not_found)?;
    let name = |node: &flow::process::Node| match node.name.is_empty() {
        true => node.id.clone(),
        false => node.name.clone(),
    };
    let ends = definition.nodes().iter().filter(|node| matches!(node.kind, Kind::End(_)));
    Ok(Told {
        name: definition.name().to_owned(),
        version: row.version,
        phase: model::phase(&standing).to_owned(),
        places: super::instance::places(definition, &standing),
        ends: ends.map(|node| (node.id.clone(), name(node))).collect(),
        lines: timeline::lines(ctx, &row).await?,
    })
}

/// The drawing of an instance with its tokens, for whoever may know of its matter. Errors:
/// `not_found`.
pub async fn drawing(ctx: &mut Ctx, id: &str, meta: diagram::Meta<'_>) -> Result<Option<String>> {
    let (row, bundle, standing) = read(ctx, id).await?;
    let definition = bundle.definition(&row.process).ok_or_else(Error::not_found)?;
    let mut marks: BTreeMap<String, usize> = BTreeMap::new();
    for place in super::instance::places(definition, &standing) {
        *marks.entry(place.node).or_default() += 1;
    }
    Ok(diagram::svg(&bundle.document, meta, &marks))
}

async fn read(
    ctx: &mut Ctx,
    id: &str,
) -> Result<(Row, std::sync::Arc<definition::Bundle>, model::Standing)> {
    let row = store::get(ctx, id).await?;
    let standing = row.standing(ctx)?;
    let bundle = definition::bundle(ctx, &row.bundle).await?;
    Ok((row, bundle, standing))
}

/// An instance of a matter as its row says it: for who proves that both agree.
#[derive(Clone, Debug, PartialEq, Eq, FromQueryResult)]
pub struct Kept {
    /// Id.
    pub id: String,
    /// Process.
    pub process: String,
    /// Address of the page of the matter, behind `@`.
    pub subject: String,
    /// Phase.
    pub phase: String,
    /// Until when its matter is to be decided, as it was told; 0 for nothing.
    pub matter_due_us: i64,
}

const KEPT: &str = "i.id, i.process, i.subject, i.phase, \
    COALESCE(m.due_us, 0) AS matter_due_us FROM process_instance i \
    LEFT JOIN process_matter_limit m ON m.instance_id = i.id";

/// Instances whose matters have pages below an address, those called left out, in the order of
/// their ids.
pub async fn kept(ctx: &mut Ctx, below: &str, after: &str, limit: usize) -> Result<Vec<Kept>> {
    let sql = format!(
        "SELECT {KEPT} WHERE i.id > $1 AND i.subject LIKE $2 AND i.parent_id = ''
         ORDER BY i.id LIMIT $3"
    );
    ctx.all(&sql, vals![after, format!("@{below}%"), limit]).await
}

/// The instance as its row says it, if there is one.
pub async fn find(ctx: &mut Ctx, id: &str) -> Result<Option<Kept>> {
    let sql = format!("SELECT {KEPT} WHERE i.id = $1");
    ctx.optional(&sql, vals![id]).await
}
