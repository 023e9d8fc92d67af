//! SQL of what is late: walks along `process_task_late`.
//!
//! Must not know: who may see what.

use ::store::{Ctx, FromQueryResult, Value, vals};
use kernel::Result;

/// What the index holds, in its own words: open tasks that have an end. Lists that do not ask for an
/// end keep to their own indexes.
const INDEXED: &str = "t.open > 0 AND t.due_us < 9223372036854775807";
/// Tasks one figure looks at.
pub(super) const ROWS_MAX: i64 = 200_000;
/// Agencies named in one statement.
const AT_ONCE: usize = 500;
/// Tasks on a page.
pub(super) const PAGE: usize = 50;

/// The agencies at which open tasks have an end, by as many steps along the index.
pub(super) async fn agencies(ctx: &mut Ctx) -> Result<Vec<String>> {
    let sql = format!(
        "WITH RECURSIVE a(agency) AS (
         SELECT MIN(t.agency) FROM process_task t WHERE {INDEXED}
         UNION ALL SELECT (SELECT MIN(t.agency) FROM process_task t WHERE {INDEXED}
         AND t.agency > a.agency) FROM a WHERE a.agency IS NOT NULL)
         SELECT agency FROM a WHERE agency IS NOT NULL"
    );
    ctx.column(&sql, vals![]).await
}

/// What is late of one procedure at one agency.
#[derive(Clone, Debug, FromQueryResult)]
pub(super) struct Count {
    pub(super) agency: String,
    pub(super) process: String,
    pub(super) late: i64,
    pub(super) oldest_us: i64,
}

/// Counts of the agencies, at most [`ROWS_MAX`] in all; of one procedure unless empty.
pub(super) async fn counts(
    ctx: &mut Ctx,
    agencies: &[String],
    process: &str,
) -> Result<Vec<Count>> {
    let (mut counts, mut left) = (Vec::<Count>::new(), ROWS_MAX);
    for some in agencies.chunks(AT_ONCE) {
        let mut values: Vec<Value> = vals![ctx.now, process, left];
        let first = values.len() + 1;
        values.extend(some.iter().map(Value::from));
        let marks: Vec<String> = (first..=values.len()).map(|at| format!("${at}")).collect();
        let sql = format!(
            "SELECT agency, process, COUNT(*) AS late, MIN(due_us) AS oldest_us FROM
             (SELECT t.agency, t.process, t.due_us FROM process_task t WHERE {INDEXED}
             AND t.agency IN ({}) AND t.due_us < $1 AND ($2 = '' OR t.process = $2) LIMIT $3) AS late
             GROUP BY agency, process",
            marks.join(", ")
        );
        let found: Vec<Count> = ctx.all(&sql, values).await?;
        left -= found.iter().map(|one| one.late).sum::<i64>();
        counts.extend(found);
        if left <= 0 {
            break;
        }
    }
    Ok(counts)
}

/// A task that is late, as stored.
#[derive(Clone, Debug, FromQueryResult)]
pub(super) struct Row {
    pub(super) id: String,
    pub(super) instance_id: String,
    pub(super) process: String,
    pub(super) name: String,
    pub(super) assignee_name: String,
    pub(super) due_us: i64,
    pub(super) title: Vec<u8>,
}

/// Tasks of an agency that are late, the oldest first, after an instant and an id; one more than a
/// page.
pub(super) async fn tasks(
    ctx: &mut Ctx,
    agency: &str,
    process: &str,
    (due_us, id): (i64, &str),
) -> Result<Vec<Row>> {
    let now = ctx.now;
    let sql = format!(
        "SELECT t.id, t.instance_id, t.process, t.name, t.assignee_name, t.due_us, i.title
         FROM process_task t JOIN process_instance i ON i.id = t.instance_id
         WHERE {INDEXED} AND t.agency = $1 AND t.due_us < $2 AND ($3 = '' OR t.process = $3)
         AND (t.due_us, t.id) > ($4, $5) ORDER BY t.due_us, t.id LIMIT $6"
    );
    ctx.all(&sql, vals![agency, now, process, due_us, id, PAGE + 1]).await
}
