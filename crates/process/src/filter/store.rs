//! SQL of filters.
//!
//! Must not know: lists.

use super::model::{FILTERS_MAX, Filter, Wanted};
use ::store::{Ctx, FromQueryResult, vals};
use kernel::Result;

#[derive(FromQueryResult)]
struct Row {
    id: String,
    name: String,
    process: String,
    step: String,
    agency: String,
    text: String,
    overdue: i64,
}

impl Row {
    fn told(self) -> Filter {
        let Row { id, name, process, step, agency, text, overdue } = self;
        Filter { id, wanted: Wanted { name, process, step, agency, text, overdue: overdue != 0 } }
    }
}

const COLUMNS: &str = "id, name, process, step, agency, text, overdue";

/// Filters of an officer.
pub(super) async fn of(ctx: &mut Ctx, owner: &str) -> Result<Vec<Filter>> {
    let sql = format!(
        "SELECT {COLUMNS} FROM process_filter WHERE owner = $1 ORDER BY id LIMIT {FILTERS_MAX}"
    );
    let rows: Vec<Row> = ctx.all(&sql, vals![owner]).await?;
    Ok(rows.into_iter().map(Row::told).collect())
}

/// One of an officer. Errors: `not_found`.
pub(super) async fn get(ctx: &mut Ctx, owner: &str, id: &str) -> Result<Filter> {
    let sql = format!("SELECT {COLUMNS} FROM process_filter WHERE owner = $1 AND id = $2");
    let row: Row = ctx.one(&sql, vals![owner, id]).await?;
    Ok(row.told())
}

pub(super) async fn insert(ctx: &mut Ctx, owner: &str, wanted: &Wanted) -> Result<String> {
    let id = ctx.id();
    ctx.execute(
        "INSERT INTO process_filter (id, owner, name, process, step, agency, text, overdue)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
        vals![
            &id,
            owner,
            &wanted.name,
            &wanted.process,
            &wanted.step,
            &wanted.agency,
            &wanted.text,
            wanted.overdue
        ],
    )
    .await?;
    Ok(id)
}

/// Forgets one of an officer's; how many there were.
pub(super) async fn delete(ctx: &mut Ctx, owner: &str, id: &str) -> Result<u64> {
    let sql = "DELETE FROM process_filter WHERE owner = $1 AND id = $2";
    ctx.execute(sql, vals![owner, id]).await
}
