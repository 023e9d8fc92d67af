//! SQL of steps.
//!
//! Must not know: who may read figures.

use super::follow::Waited;
use crate::instance::job_id;
use crate::instance::store::Row;
use ::store::{Ctx, FromQueryResult, Value, vals};
use flow::process::Id;
use kernel::{Result, Timestamp};

/// Rows one figure looks at.
pub(super) const ROWS_MAX: i64 = 200_000;
/// Open tasks one figure looks at.
const OPEN_MAX: i64 = 20_000;
/// Agencies, divisions and posts told.
const GROUPS_MAX: i64 = 50;

/// Notes when a task was taken.
pub(super) async fn take(ctx: &mut Ctx, instance: &str, number: Id, at: Timestamp) -> Result<()> {
    let sql = "UPDATE process_task SET taken_us = $2 WHERE id = $1";
    ctx.execute(sql, vals![job_id(instance, number), at]).await?;
    Ok(())
}

/// How a task was closed: when, by whom, with what outcome.
pub(super) type Ending<'a> = (Timestamp, &'a str, &'a str);

/// Keeps the step of a task that was closed, from the task's row. Its ending is told where the
/// command that closes it is being written, and else as stored.
pub(super) async fn close(
    ctx: &mut Ctx,
    row: &Row,
    number: Id,
    pool: &str,
    ending: Option<Ending<'_>>,
) -> Result<()> {
    const CLOSED: &str = "COALESCE($5, t.closed_us)";
    let taken = format!(
        "CASE WHEN t.assignee = '' THEN {CLOSED} WHEN t.taken_us > 0 THEN t.taken_us
         ELSE t.created_us END"
    );
    let sql = format!(
        "INSERT INTO process_step (instance_id, number, process, version, node, agency, division,
         pool, doer, offered_us, taken_us, done_us, due_us, took_us, waited_us, late, outcome)
         SELECT t.instance_id, t.number, t.process, $2, t.node, t.agency, $3, $4,
         COALESCE($6, t.closed_by), t.created_us, {taken}, {CLOSED}, t.due_us,
         {CLOSED} - t.created_us, {taken} - t.created_us,
         CASE WHEN {CLOSED} > t.due_us THEN 1 ELSE 0 END, COALESCE($7, t.outcome)
         FROM process_task t WHERE t.id = $1"
    );
    let (closed, by, outcome) = match ending {
        Some((closed, by, outcome)) => (Some(closed), Some(by), Some(outcome)),
        None => (None, None, None),
    };
    let id = job_id(&row.id, number);
    let values = vals![id, row.version, &row.division, pool, closed, by, outcome];
    ctx.execute_later(&sql, values).await
}

/// Keeps something that waited for no person: nobody took it, and it has no limit.
pub(super) async fn close_wait(ctx: &mut Ctx, row: &Row, one: &Waited) -> Result<()> {
    let (since, until) = (one.waiting.since, one.until);
    let outcome = if one.done { "done" } else { "withdrawn" };
    ctx.execute(
        "INSERT INTO process_step (instance_id, number, process, version, node, agency, division,
         pool, doer, offered_us, taken_us, done_us, due_us, took_us, waited_us, late, outcome, kind)
         VALUES ($1, $2, $3, $4, $5, $6, $7, '', '', $8, $8, $9, $10, $11, 0, 0, $12, $13)",
        vals![
            &row.id,
            one.number,
            &row.process,
            row.version,
            &one.waiting.node,
            &row.agency,
            &row.division,
            since,
            until,
            i64::MAX,
            until.since(since),
            outcome,
            &one.waiting.kind
        ],
    )
    .await?;
    Ok(())
}

/// Forgets the steps of an instance.
pub(super) async fn clear(ctx: &mut Ctx, instance: &str) -> Result<()> {
    ctx.execute("DELETE FROM process_step WHERE instance_id = $1", vals![instance]).await?;
    Ok(())
}

/// Which rows: of a process, closed from an instant to before another, of a version unless 0, of
/// an agency unless empty.
#[derive(Clone, Debug)]
pub(super) struct Wanted {
    pub(super) process: String,
    pub(super) start: Timestamp,
    pub(super) end: Timestamp,
    pub(super) version: i64,
    pub(super) agency: String,
}

impl Wanted {
    fn values(&self) -> Vec<Value> {
        vals![&self.process, self.start, self.end, self.version, &self.agency]
    }
}

/// The rows as a common table `s`, the newest when there are too many.
fn rows(condition: &str) -> String {
    format!(
        "WITH s AS (SELECT node, kind, agency, division, pool, took_us, waited_us, late, outcome
         FROM process_step WHERE process = $1 AND done_us >= $2 AND done_us < $3
         AND ($4 = 0 OR version = $4) AND ($5 = '' OR agency = $5){condition}
         ORDER BY done_us DESC LIMIT {ROWS_MAX})"
    )
}

/// Counts of one step.
#[derive(Clone, Debug, FromQueryResult)]
pub(super) struct Count {
    pub(super) node: String,
    pub(super) kind: String,
    pub(super) done: i64,
    pub(super) withdrawn: i64,
    pub(super) late: i64,
    pub(super) took_s: i64,
}

/// Counts by step.
pub(super) async fn counts(ctx: &mut Ctx, wanted: &Wanted) -> Result<Vec<Count>> {
    let sql = format!(
        "{} SELECT node, MIN(kind) AS kind,
         COUNT(CASE WHEN outcome = 'done' THEN 1 END) AS done,
         COUNT(CASE WHEN outcome <> 'done' THEN 1 END) AS withdrawn,
         COUNT(CASE WHEN outcome = 'done' AND late = 1 THEN 1 END) AS late,
         CAST(COALESCE(SUM(CASE WHEN outcome = 'done' THEN took_us / 1000000 ELSE 0 END), 0)
         AS BIGINT) AS took_s FROM s GROUP BY node ORDER BY node",
        rows("")
    );
    ctx.all(&sql, wanted.values()).await
}

/// Two ranks of one step: half and nine in ten are not above.
#[derive(Clone, Debug, FromQueryResult)]
pub(super) struct Ranks {
    pub(super) node: String,
    pub(super) median: Option<i64>,
    pub(super) high: Option<i64>,
}

/// Ranks of a column of times by step, exact: the nearest rank of what was done.
pub(super) async fn ranks(
    ctx: &mut Ctx,
    wanted: &Wanted,
    column: &'static str,
    condition: &'static str,
) -> Result<Vec<Ranks>> {
    let sql = format!(
        "{}, r AS (SELECT node, {column} AS time,
         ROW_NUMBER() OVER (PARTITION BY node ORDER BY {column}) AS place,
         COUNT(*) OVER (PARTITION BY node) AS many FROM s)
         SELECT node, MIN(CASE WHEN place * 2 >= many THEN time END) AS median,
         MIN(CASE WHEN place * 10 >= many * 9 THEN time END) AS high
         FROM r GROUP BY node ORDER BY node",
        rows(&format!(" AND outcome = 'done'{condition}"))
    );
    ctx.all(&sql, wanted.values()).await
}

/// Late steps of one group.
#[derive(Clone, Debug, FromQueryResult)]
pub(super) struct Group {
    pub(super) id: String,
    pub(super) done: i64,
    pub(super) late: i64,
}

/// Late steps by a column, most first.
pub(super) async fn groups(
    ctx: &mut Ctx,
    wanted: &Wanted,
    column: &'static str,
) -> Result<Vec<Group>> {
    let sql = format!(
        "{} SELECT {column} AS id, COUNT(*) AS done, COUNT(CASE WHEN late = 1 THEN 1 END) AS late
         FROM s GROUP BY {column} ORDER BY late DESC, done DESC, id LIMIT {GROUPS_MAX}",
        rows(" AND outcome = 'done' AND kind = 'task'")
    );
    ctx.all(&sql, wanted.values()).await
}

/// How many tasks of each step are open and overdue.
#[derive(Clone, Debug, FromQueryResult)]
pub(super) struct OpenLate {
    pub(super) node: String,
    pub(super) many: i64,
}

/// Open tasks past their day, by step.
pub(super) async fn overdue(ctx: &mut Ctx, wanted: &Wanted) -> Result<Vec<OpenLate>> {
    let sql = format!(
        "SELECT node, COUNT(*) AS many FROM (SELECT node FROM process_task WHERE process = $1
         AND open > 0 AND due_us < $2 AND ($3 = '' OR agency = $3) ORDER BY due_us
         LIMIT {OPEN_MAX}) AS late GROUP BY node ORDER BY node"
    );
    let now = ctx.now;
    ctx.all(&sql, vals![&wanted.process, now, &wanted.agency]).await
}
