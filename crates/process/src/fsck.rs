//! Proof that what the database shows of instances is what their histories say.
//!
//! For every instance: the history is chained and gapless and leads to the digest of the row, the
//! fold of its entries is the state of the row, every clock adds up, open tasks, timers, subscriptions
//! and jobs are what that state waits for, and closed tasks and steps are what it says of them. Of the job queue: whatever waits for a timer or a service has its job
//! there unless it is suspended or an incident, and no job waits for what is not awaited.
//!
//! Invariant: reads only; memory does not grow with the number of instances. Where others write
//! meanwhile the context must be a snapshot: rows are compared with each other.

mod clocks;
mod over;

use crate::definition;
use crate::instance::history::{self, chained};
use crate::instance::job_id;
use crate::instance::model::{self, Act, Entry, Standing};
use crate::instance::project::{Expected, OpenTask, expected};
use crate::instance::store::{self, Row};
use crate::statistic::Watch;
use ::store::{Ctx, FromQueryResult, vals};
use clocks::Clocks;
#[cfg(test)]
use kernel::calendar::Calendar;
use kernel::{Kind, Result};
use serde::Serialize;
use std::collections::BTreeMap;

/// Instances read at once.
const AT_ONCE: usize = 200;
/// Faults told: nobody mends more at once.
const FAULTS_MAX: usize = 100;

/// Something that is not as the history says.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Fault {
    /// Instance.
    pub instance: String,
    /// `history`, `state`, `row`, `clocks`, `tasks`, `candidates`, `timers`, `subscriptions`,
    /// `jobs`, `questions`, `signals`, `steps` or `queue`.
    pub what: &'static str,
    /// What exactly.
    pub detail: String,
}

/// What a check found.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Report {
    /// Instances looked at.
    pub instances: usize,
    /// Faults, at most 100.
    pub faults: Vec<Fault>,
}

/// Checks every instance. Errors: those of the database alone.
pub async fn check(ctx: &mut Ctx) -> Result<Report> {
    let mut report = Report::default();
    let mut after = String::new();
    loop {
        let rows = store::after(ctx, &after, AT_ONCE).await?;
        let Some(last) = rows.last() else { break };
        after.clone_from(&last.id);
        for row in &rows {
            report.instances += 1;
            report.faults.extend(check_row(ctx, row).await?);
            if report.faults.len() >= FAULTS_MAX {
                report.faults.truncate(FAULTS_MAX);
                return Ok(report);
            }
        }
    }
    report.faults.extend(orphans(ctx).await?);
    report.faults.extend(queue(ctx).await?);
    Ok(report)
}

/// Checks one instance. Errors: `not_found`; those of the database.
pub async fn check_one(ctx: &mut Ctx, id: &str) -> Result<Vec<Fault>> {
    let row = store::get(ctx, id).await?;
    check_row(ctx, &row).await
}

async fn check_row(ctx: &mut Ctx, row: &Row) -> Result<Vec<Fault>> {
    let mut faults = Vec::new();
    let mut fault = |what, detail: String| {
        faults.push(Fault { instance: row.id.clone(), what, detail });
    };
    let mut watch = Watch::default();
    let pack = ctx.env.pack.clone();
    let mut clocks = Clocks::new(pack.calendar().ok());
    let follow = &mut |entry: &Entry, before: &Standing, after: &Standing| {
        watch.follow(entry, before, after);
        clocks.follow(entry, before, after);
    };
    let (folded, version) = match fold_with(ctx, row, follow).await? {
        Ok(folded) => folded,
        Err(sequence) => {
            fault("history", format!("entry {sequence}"));
            return Ok(faults);
        }
    };
    match row.standing(ctx) {
        Ok(standing) if standing == folded => {}
        Ok(_) => fault("state", "the state is not the fold of the history".to_owned()),
        Err(error) => fault("state", error.to_string()),
    }
    if let Some(detail) = clocks.fault {
        fault("clocks", detail);
    }
    let ended = folded.state.status.is_final();
    if row.phase != model::phase(&folded) || (row.ended_us != 0) != ended {
        fault("row", format!("phase {}, ended {}", row.phase, row.ended_us));
    }
    if let Some(version) = version {
        let bundle = match definition::bundle_of(ctx, &row.process, version).await {
            Ok(bundle) => Some(bundle),
            Err(error) if error.kind == Kind::NotFound => None,
            Err(error) => return Err(error),
        };
        if row.version != version || bundle.as_ref() != Some(&row.bundle) {
            fault("row", format!("version {}, moved to {version}", row.version));
        }
    }
    let bundle = match definition::bundle(ctx, &row.bundle).await {
        Ok(bundle) => bundle,
        Err(error) => {
            fault("row", error.to_string());
            return Ok(faults);
        }
    };
    let Some(definition) = bundle.definition(&row.process) else {
        fault("row", format!("bundle without {}", row.process));
        return Ok(faults);
    };
    let wanted = expected(definition, &folded);
    for (what, detail) in compare(ctx, row, &wanted).await? {
        fault(what, detail);
    }
    for (what, detail) in over::compare(ctx, row, &bundle, &watch).await? {
        fault(what, detail);
    }
    Ok(faults)
}

/// A standing, and the version it was taken to last, if it was.
pub(crate) type Folded = (Standing, Option<i64>);

/// What is told of each entry of a fold: the entry, and the standing before and after it.
pub(crate) type Follow<'a> = dyn FnMut(&Entry, &Standing, &Standing) + Send + 'a;

/// The fold of the history, each entry told; the first entry at fault, or the one past the last.
pub(crate) async fn fold_with(
    ctx: &mut Ctx,
    row: &Row,
    follow: &mut Follow<'_>,
) -> Result<std::result::Result<Folded, i64>> {
    let (mut standing, mut digest, mut sequence) = (Standing::default(), String::new(), 0);
    let mut version = None;
    loop {
        let entries = history::list(ctx, &row.id, sequence).await?;
        if entries.is_empty() {
            let whole = digest == row.history && sequence == row.revision;
            return Ok(if whole { Ok((standing, version)) } else { Err(sequence + 1) });
        }
        for stored in entries {
            sequence += 1;
            let Ok((entry, text)) = stored.open(ctx) else { return Ok(Err(sequence)) };
            digest = chained(&digest, &text);
            let told = stored.sequence == sequence
                && stored.digest == digest
                && stored.at_us == entry.at.0
                && stored.actor == entry.by.account
                && stored.kind == entry.act.kind();
            if !told {
                return Ok(Err(sequence));
            }
            if let Act::Migrated { from, to, .. } = entry.act {
                if version.is_some_and(|version| version != from) {
                    return Ok(Err(sequence));
                }
                version = Some(to);
            }
            let before = standing.clone();
            standing = model::apply(standing, &entry);
            follow(&entry, &before, &standing);
        }
    }
}

#[derive(FromQueryResult)]
struct TaskRow {
    id: String,
    node: String,
    name: String,
    form: String,
    assignee: String,
    assignee_name: String,
    owner: String,
    open: i64,
    due_us: i64,
    missing_year: i64,
    urged: i64,
}

#[derive(FromQueryResult)]
struct TimerRow {
    id: String,
    due_us: i64,
}

#[derive(FromQueryResult)]
struct HeardRow {
    id: String,
    kind: String,
    name: String,
    correlation: String,
    active: i64,
}

#[derive(FromQueryResult)]
struct JobRow {
    id: String,
    kind: String,
}

#[derive(FromQueryResult)]
struct QuestionRow {
    number: i64,
    task_id: String,
    asked: String,
}

#[derive(FromQueryResult)]
struct PoolRow {
    task_id: String,
    due_us: i64,
    pool: String,
}

/// Where the rows of an instance differ from what is wanted.
async fn compare(
    ctx: &mut Ctx,
    row: &Row,
    wanted: &Expected,
) -> Result<Vec<(&'static str, String)>> {
    let (mut differ, id) = (Vec::new(), row.id.as_str());
    let sql = "SELECT id, node, name, form, assignee, assignee_name, owner, open, due_us,
         missing_year, urged
         FROM process_task WHERE instance_id = $1 AND open > 0 ORDER BY id";
    let rows: Vec<TaskRow> = ctx.all(sql, vals![id]).await?;
    let shown: BTreeMap<String, OpenTask> = rows.into_iter().map(task).collect();
    let tasks: BTreeMap<String, OpenTask> = wanted
        .tasks
        .iter()
        .map(|(number, one)| (job_id(id, *number), OpenTask { pools: Vec::new(), ..one.clone() }))
        .collect();
    tell(&mut differ, "tasks", &tasks, &shown);
    // Whose managers reach them.
    let sql = "SELECT id FROM process_task WHERE instance_id = $1 AND open > 0 AND agency <> $2
         ORDER BY id LIMIT 1";
    let strayed: Option<String> = ctx.scalar(sql, vals![id, &row.agency]).await?;
    differ.extend(strayed.map(|task| ("tasks", format!("agency of {task}"))));
    let sql = "SELECT c.task_id, c.due_us, c.pool FROM process_candidate c
         JOIN process_task t ON t.id = c.task_id WHERE t.instance_id = $1";
    let rows: Vec<PoolRow> = ctx.all(sql, vals![id]).await?;
    let shown: BTreeMap<(String, String), i64> =
        rows.into_iter().map(|row| ((row.task_id, row.pool), row.due_us)).collect();
    let offered = wanted.tasks.iter().flat_map(|(number, one)| {
        one.pools.iter().map(|pool| ((job_id(id, *number), pool.clone()), one.due_us))
    });
    tell(&mut differ, "candidates", &offered.collect(), &shown);
    let sql = "SELECT id, due_us FROM process_timer WHERE instance_id = $1";
    let rows: Vec<TimerRow> = ctx.all(sql, vals![id]).await?;
    let shown = rows.into_iter().map(|row| (row.id, row.due_us)).collect();
    let timers = wanted.timers.iter().map(|(number, due)| (job_id(id, *number), *due));
    tell(&mut differ, "timers", &timers.collect(), &shown);
    let sql = "SELECT id, kind, name, correlation, active FROM process_subscription
         WHERE instance_id = $1";
    let rows: Vec<HeardRow> = ctx.all(sql, vals![id]).await?;
    let shown = rows
        .into_iter()
        .map(|row| (row.id, (row.kind, row.name, row.correlation, row.active != 0)))
        .collect();
    let heard = wanted.subscriptions.iter().map(|(number, (kind, name, correlation, active))| {
        let one = ((*kind).to_owned(), name.clone(), correlation.clone(), *active);
        (job_id(id, *number), one)
    });
    tell(&mut differ, "subscriptions", &heard.collect(), &shown);
    let sql = "SELECT id, kind FROM process_job WHERE instance_id = $1";
    let rows: Vec<JobRow> = ctx.all(sql, vals![id]).await?;
    let kind = |kind: &str| if kind == "call" { "call" } else { "job" };
    let shown = rows.iter().map(|row| (row.id.clone(), kind(&row.kind))).collect();
    let jobs = wanted.jobs.iter().map(|(number, kind)| (job_id(id, *number), *kind));
    tell(&mut differ, "jobs", &jobs.collect(), &shown);
    let sql =
        "SELECT number, task_id, asked FROM process_consult WHERE instance_id = $1 AND open = 1";
    let rows: Vec<QuestionRow> = ctx.all(sql, vals![id]).await?;
    let shown = rows.into_iter().map(|row| (row.number, (row.task_id, row.asked))).collect();
    let asked = wanted.questions.iter().map(|(number, (task, asked))| {
        (i64::try_from(*number).unwrap_or(i64::MAX), (job_id(id, *task), asked.clone()))
    });
    tell(&mut differ, "questions", &asked.collect(), &shown);
    Ok(differ)
}

fn task(row: TaskRow) -> (String, OpenTask) {
    let task = OpenTask {
        node: row.node,
        name: row.name,
        form: row.form,
        assignee: row.assignee,
        assignee_name: row.assignee_name,
        owner: row.owner,
        due_us: row.due_us,
        missing_year: row.missing_year,
        urged: row.urged,
        open: row.open,
        pools: Vec::new(),
    };
    (row.id, task)
}

/// Names the first key of two maps under which they differ.
fn tell<K: Ord + std::fmt::Debug, V: PartialEq + std::fmt::Debug>(
    differ: &mut Vec<(&'static str, String)>,
    what: &'static str,
    wanted: &BTreeMap<K, V>,
    shown: &BTreeMap<K, V>,
) {
    let keys = wanted.keys().chain(shown.keys());
    if let Some(key) = keys.into_iter().find(|key| wanted.get(key) != shown.get(key)) {
        let (wanted, shown) = (wanted.get(key), shown.get(key));
        differ.push((what, format!("{key:?}: waits {wanted:?}, shown {shown:?}")));
    }
}

/// Rows of instances that are not there.
async fn orphans(ctx: &mut Ctx) -> Result<Vec<Fault>> {
    let mut faults = Vec::new();
    let tables = [
        ("process_task", "tasks"),
        ("process_timer", "timers"),
        ("process_subscription", "subscriptions"),
        ("process_job", "jobs"),
        ("process_event", "history"),
        ("process_consult", "questions"),
        ("process_signal", "signals"),
        ("process_step", "steps"),
    ];
    for (table, what) in tables {
        let sql = format!(
            "SELECT r.instance_id FROM {table} r LEFT JOIN process_instance i ON i.id = r.instance_id
             WHERE i.id IS NULL LIMIT 10"
        );
        let found: Vec<String> = ctx.column(&sql, vals![]).await?;
        faults.extend(found.into_iter().map(|instance| Fault {
            instance,
            what,
            detail: format!("{table} without its instance"),
        }));
    }
    let sql =
        "SELECT c.task_id FROM process_candidate c LEFT JOIN process_task t ON t.id = c.task_id
         WHERE t.id IS NULL LIMIT 10";
    let found: Vec<String> = ctx.column(sql, vals![]).await?;
    faults.extend(found.into_iter().map(|instance| Fault {
        instance,
        what: "candidates",
        detail: "process_candidate without its task".to_owned(),
    }));
    Ok(faults)
}

/// Timers and services that wait without a job of the queue, and jobs that wait for nothing.
async fn queue(ctx: &mut Ctx) -> Result<Vec<Fault>> {
    let mut faults = Vec::new();
    let waiting = [
        ("process_timer", "", "process.timer"),
        ("process_job", " AND r.kind <> 'call'", "process.work"),
    ];
    for (table, which, name) in waiting {
        let sql = format!(
            "SELECT r.id FROM {table} r JOIN process_instance i ON i.id = r.instance_id
             LEFT JOIN job j ON j.name = '{name}' AND j.job_key = r.id
             LEFT JOIN process_incident n ON n.id = r.id
             WHERE j.id IS NULL AND n.id IS NULL AND i.phase = 'active'{which} LIMIT 10"
        );
        let stuck: Vec<String> = ctx.column(&sql, vals![]).await?;
        faults.extend(stuck.into_iter().map(|id| told(&id, "waits without a job")));
        let sql = format!(
            "SELECT j.job_key FROM job j LEFT JOIN {table} r ON r.id = j.job_key
             WHERE j.name = '{name}' AND j.job_key <> '' AND r.id IS NULL LIMIT 10"
        );
        let idle: Vec<String> = ctx.column(&sql, vals![]).await?;
        faults.extend(idle.into_iter().map(|id| told(&id, "a job for what is not awaited")));
    }
    Ok(faults)
}

fn told(key: &str, what: &str) -> Fault {
    let instance = key.rsplit_once(':').map_or(key, |(instance, _)| instance).to_owned();
    Fault { instance, what: "queue", detail: format!("{key}: {what}") }
}

/// The first clock of a history that does not add up.
#[cfg(test)]
pub(crate) fn clocks_of(entries: &[Entry], calendar: &Calendar) -> Option<String> {
    let mut clocks = Clocks::new(Some(calendar));
    let mut standing = Standing::default();
    for entry in entries {
        let before = standing.clone();
        standing = model::apply(standing, entry);
        clocks.follow(entry, &before, &standing);
    }
    clocks.fault
}
