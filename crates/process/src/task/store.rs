//! SQL of tasks.
//!
//! Must not know: who may act on them.

use crate::instance::job_id;
use crate::instance::project::OpenTask;
use crate::instance::store::Row;
use ::store::{Ctx, FromQueryResult, Value, vals};
use flow::process::Id;
use kernel::Result;
use std::collections::BTreeMap;

/// Tasks on a page.
pub(super) const PAGE: usize = 50;

/// A task as stored, with the sealed title of its instance.
#[derive(Clone, Debug, FromQueryResult)]
pub(crate) struct StoredTask {
    pub(crate) id: String,
    pub(crate) instance_id: String,
    pub(crate) process: String,
    pub(crate) node: String,
    pub(crate) name: String,
    pub(crate) form: String,
    pub(crate) agency: String,
    pub(crate) assignee: String,
    pub(crate) assignee_name: String,
    pub(crate) owner: String,
    pub(crate) open: i64,
    pub(crate) due_us: i64,
    pub(crate) missing_year: i64,
    pub(crate) urged: i64,
    pub(crate) created_us: i64,
    pub(crate) closed_us: i64,
    pub(crate) outcome: String,
    pub(crate) title: Vec<u8>,
    pub(crate) matter_due_us: i64,
}

const COLUMNS: &str = "t.id, t.instance_id, t.process, t.node, t.name, t.form, t.agency, \
    t.assignee, t.assignee_name, t.owner, t.open, t.due_us, t.urged, t.created_us, t.closed_us, \
    t.outcome, t.missing_year, i.title, \
    COALESCE(m.due_us, 0) AS matter_due_us";

const FROM: &str = "process_task t JOIN process_instance i ON i.id = t.instance_id \
    LEFT JOIN process_matter_limit m ON m.instance_id = t.instance_id";

/// Brings the rows of an instance's tasks from before to after. `done` is the one completed.
pub(crate) async fn project(
    ctx: &mut Ctx,
    row: &Row,
    before: &BTreeMap<Id, OpenTask>,
    after: &BTreeMap<Id, OpenTask>,
    done: Option<Id>,
) -> Result<()> {
    for (number, task) in before {
        if !after.contains_key(number) {
            close(ctx, row, *number, task, done == Some(*number)).await?;
        }
    }
    for (number, task) in after {
        let old = before.get(number);
        if old == Some(task) {
            continue;
        }
        let id = job_id(&row.id, *number);
        match old {
            None => insert(ctx, row, *number, &id, task).await?,
            Some(_) => update(ctx, &id, task).await?,
        }
        let pools = old.map(|old| (&old.pools, old.due_us));
        if pools != Some((&task.pools, task.due_us)) {
            offer(ctx, &id, old, task).await?;
        }
    }
    Ok(())
}

async fn insert(ctx: &mut Ctx, row: &Row, number: Id, id: &str, task: &OpenTask) -> Result<()> {
    let now = ctx.now;
    ctx.execute_later(
        "INSERT INTO process_task (id, instance_id, number, process, node, name, form, agency,
         assignee, assignee_name, owner, open, due_us, missing_year, urged, created_us, closed_us,
         closed_by, outcome)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, 0, '', '')",
        vals![
            id,
            &row.id,
            number,
            &row.process,
            &task.node,
            &task.name,
            &task.form,
            &row.agency,
            &task.assignee,
            &task.assignee_name,
            &task.owner,
            task.open,
            task.due_us,
            task.missing_year,
            task.urged,
            now
        ],
    )
    .await
}

async fn update(ctx: &mut Ctx, id: &str, task: &OpenTask) -> Result<()> {
    ctx.execute(
        "UPDATE process_task SET assignee = $2, assignee_name = $3, owner = $4, open = $5,
         due_us = $6, urged = $7, node = $8, name = $9, form = $10,
         missing_year = $11 WHERE id = $1",
        vals![
            id,
            &task.assignee,
            &task.assignee_name,
            &task.owner,
            task.open,
            task.due_us,
            task.urged,
            &task.node,
            &task.name,
            &task.form,
            task.missing_year
        ],
    )
    .await?;
    Ok(())
}

/// Who closed a task, and its outcome: the actor one that was completed, nobody another.
pub(crate) fn ending(ctx: &Ctx, done: bool) -> (String, &'static str) {
    match done {
        true => (ctx.actor.account.clone(), "done"),
        false => (String::new(), "withdrawn"),
    }
}

async fn close(ctx: &mut Ctx, row: &Row, number: Id, task: &OpenTask, done: bool) -> Result<()> {
    let (id, now) = (job_id(&row.id, number), ctx.now);
    let (by, outcome) = ending(ctx, done);
    ctx.execute_later(
        "UPDATE process_task SET open = 0, closed_us = $2, closed_by = $3, outcome = $4 WHERE id = $1",
        vals![&id, now, by, outcome],
    )
    .await?;
    if !task.pools.is_empty() {
        let sql = "DELETE FROM process_candidate WHERE task_id = $1";
        ctx.execute_later(sql, vals![&id]).await?;
    }
    Ok(())
}

/// Puts a task in the lists of its pools alone.
async fn offer(ctx: &mut Ctx, id: &str, old: Option<&OpenTask>, task: &OpenTask) -> Result<()> {
    if old.is_some_and(|old| !old.pools.is_empty()) {
        ctx.execute("DELETE FROM process_candidate WHERE task_id = $1", vals![id]).await?;
    }
    for pool in &task.pools {
        ctx.execute_later(
            "INSERT INTO process_candidate (pool, due_us, task_id) VALUES ($1, $2, $3)",
            vals![pool, task.due_us, id],
        )
        .await?;
    }
    Ok(())
}

/// Where a list goes on: the deadline and the id of its last row.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Cursor {
    pub(super) at: i64,
    pub(super) id: String,
}

impl Cursor {
    /// Reads `number:id`; the beginning for anything else.
    pub(super) fn parse(text: &str, beginning: i64) -> Cursor {
        let read = text.split_once(':').and_then(|(at, id)| Some((at.parse().ok()?, id)));
        match read {
            Some((at, id)) => Cursor { at, id: id.chars().take(300).collect() },
            None => Cursor { at: beginning, id: String::new() },
        }
    }
}

#[derive(Clone, Debug, FromQueryResult, PartialEq, Eq, PartialOrd, Ord)]
struct Offered {
    due_us: i64,
    task_id: String,
}

/// The walks along the tasks offered to so many pools, named after cursor and limit.
pub(crate) fn walk_offered(pools: usize) -> String {
    let walk = |at: usize| {
        format!(
            "SELECT due_us, task_id FROM (SELECT due_us, task_id FROM process_candidate
             WHERE pool = ${at} AND (due_us, task_id) > ($1, $2) ORDER BY due_us, task_id LIMIT $3)
             AS walk{at}"
        )
    };
    let walks: Vec<String> = (4..4 + pools).map(walk).collect();
    walks.join(" UNION ALL ")
}

/// Tasks offered to any of the pools, the most urgent first; one more than a page. One walk along
/// the index for each pool, merged.
pub(super) async fn offered(
    ctx: &mut Ctx,
    pools: &[String],
    after: &Cursor,
) -> Result<Vec<StoredTask>> {
    if pools.is_empty() {
        return Ok(Vec::new());
    }
    let mut values = vals![after.at, &after.id, PAGE + 1];
    values.extend(pools.iter().map(Value::from));
    let mut found: Vec<Offered> = ctx.all(&walk_offered(pools.len()), values).await?;
    found.sort();
    found.dedup();
    found.truncate(PAGE + 1);
    if found.is_empty() {
        return Ok(Vec::new());
    }
    let marks: Vec<String> = (1..=found.len()).map(|at| format!("${at}")).collect();
    let values: Vec<Value> = found.iter().map(|one| Value::from(&one.task_id)).collect();
    let sql = format!(
        "SELECT {COLUMNS} FROM {FROM} WHERE t.id IN ({}) ORDER BY t.due_us, t.id",
        marks.join(", ")
    );
    ctx.all(&sql, values).await
}

/// The walk along the tasks with somebody in a column.
pub(crate) fn walk_of(column: &'static str) -> String {
    format!(
        "SELECT {COLUMNS} FROM {FROM} WHERE t.{column} = $1 AND t.open = $2
         AND (t.due_us, t.id) > ($3, $4) ORDER BY t.due_us, t.id LIMIT $5"
    )
}

/// The walk along the tasks somebody completed.
pub(crate) fn walk_done() -> String {
    format!(
        "SELECT {COLUMNS} FROM {FROM} WHERE t.closed_by = $1
         AND (t.closed_us, t.id) < ($2, $3) ORDER BY t.closed_us DESC, t.id DESC LIMIT $4"
    )
}

/// What is counted: rows of a table with somebody in a column, a condition beside, and the order in
/// which an index has them.
pub(crate) type Counted = (&'static str, &'static str, &'static str, &'static str);

/// The bounded count of what there is of somebody's, who is the value of that number. The order
/// keeps PostgreSQL on the index when it plans for no one in particular: by what an average person
/// has, the whole table would seem to hold the bound sooner, and for who has nothing it never does.
pub(crate) fn counted((table, column, beside, order): Counted, at: usize) -> String {
    let most = super::list::COUNT_MAX;
    format!(
        "(SELECT COUNT(*) FROM (SELECT 1 AS one FROM {table} WHERE {column} = ${at}{beside}
         ORDER BY {order} LIMIT {most}) AS counted{at})"
    )
}

/// Tasks with somebody in a column, open so, the most urgent first; one more than a page.
pub(super) async fn of(
    ctx: &mut Ctx,
    column: &'static str,
    account: &str,
    open: i64,
    after: &Cursor,
) -> Result<Vec<StoredTask>> {
    let values = vals![account, open, after.at, &after.id, PAGE + 1];
    ctx.all(&walk_of(column), values).await
}

/// Tasks somebody completed, newest first; one more than a page.
pub(super) async fn done(ctx: &mut Ctx, account: &str, before: &Cursor) -> Result<Vec<StoredTask>> {
    ctx.all(&walk_done(), vals![account, before.at, &before.id, PAGE + 1]).await
}

/// The task with this id, if any.
pub(super) async fn find(ctx: &mut Ctx, id: &str) -> Result<Option<StoredTask>> {
    ctx.optional(&format!("SELECT {COLUMNS} FROM {FROM} WHERE t.id = $1"), vals![id]).await
}

/// Open tasks of an instance.
pub(crate) async fn of_instance(ctx: &mut Ctx, instance: &str) -> Result<Vec<StoredTask>> {
    let sql = format!(
        "SELECT {COLUMNS} FROM {FROM} WHERE t.instance_id = $1 AND t.open > 0 ORDER BY t.id LIMIT 1000"
    );
    ctx.all(&sql, vals![instance]).await
}

/// How much there is of each of several sums, by its name: what is counted, and whose all is. Parts
/// of one sum follow each other under its name.
pub(super) async fn counts<T: FromQueryResult>(
    ctx: &mut Ctx,
    sums: &[(&'static str, Counted, &[String])],
) -> Result<Option<T>> {
    let mut columns: Vec<(&str, String)> = Vec::new();
    let mut values = Vec::new();
    for (name, counting, whose) in sums {
        let first = values.len() + 1;
        values.extend(whose.iter().map(Value::from));
        let terms = (first..=values.len()).map(|at| format!(" + {}", counted(*counting, at)));
        match columns.last_mut().filter(|(last, _)| last == name) {
            Some((_, sum)) => sum.extend(terms),
            None => columns.push((name, terms.collect())),
        }
    }
    let columns: Vec<String> =
        columns.iter().map(|(name, sum)| format!("CAST(0{sum} AS BIGINT) AS {name}")).collect();
    ctx.optional(&format!("SELECT {}", columns.join(", ")), values).await
}

/// True when somebody has or had a task of the instance, or was given a copy.
pub(crate) async fn took_part(ctx: &mut Ctx, instance: &str, account: &str) -> Result<bool> {
    let sql = "SELECT COUNT(*) FROM process_task WHERE instance_id = $1
         AND (assignee = $2 OR owner = $2 OR closed_by = $2)";
    if ctx.count(sql, vals![instance, account]).await? > 0 {
        return Ok(true);
    }
    let sql = "SELECT COUNT(*) FROM process_copy WHERE instance_id = $1 AND reader = $2";
    if ctx.count(sql, vals![instance, account]).await? > 0 {
        return Ok(true);
    }
    super::consult::was_asked(ctx, instance, account).await
}
