//! The cases beneath a figure: as many as it says, newest first.

use super::metric::{Metric, Scope};
use super::read::{lamp_condition, open_of, over_cases};
use crate::case::{COLUMNS, Lamp, Rows, StoredCase, rows_of};
use flow::case::Phase;
use kernel::{Error, Result};
use store::{Ctx, Value};

/// Cases on a page.
const PAGE: usize = 50;

/// Appends the cursor `instant:id` of the page before as two values; the condition and the order.
fn page(column: &str, after: &str, values: &mut Vec<Value>) -> Result<String> {
    let mut sql = String::new();
    if !after.is_empty() {
        let wrong = || Error::invalid("figures.cursor");
        let (at, id) = after.split_once(':').ok_or_else(wrong)?;
        let at: i64 = at.parse().map_err(|_| wrong())?;
        values.extend(store::vals![at, id]);
        let (first, last) = (values.len() - 1, values.len());
        sql = format!(" AND (c.{column} < ${first} OR (c.{column} = ${first} AND c.id < ${last}))");
    }
    values.extend(store::vals![PAGE + 1]);
    Ok(format!("{sql} ORDER BY c.{column} DESC, c.id DESC LIMIT ${}", values.len()))
}

async fn listed(ctx: &mut Ctx, sql: &str, values: Vec<Value>, column: &str) -> Result<Rows> {
    let mut stored: Vec<StoredCase> = ctx.all(sql, values).await?;
    let more = stored.len() > PAGE;
    stored.truncate(PAGE);
    let last = stored.last().filter(|_| more).map(|last| last.cursor(column));
    Ok(Rows { rows: rows_of(ctx, stored)?, next: last })
}

/// The cases that make up [`super::total`]. Errors: `figures.cursor`, `figures.day`,
/// `figures.division`.
pub async fn drill(ctx: &mut Ctx, metric: Metric, scope: &Scope, after: &str) -> Result<Rows> {
    let mut values = Vec::new();
    let filter = over_cases(ctx, metric, scope, &mut values)?;
    let page = page(metric.column(), after, &mut values)?;
    let sql = format!("SELECT {COLUMNS} FROM cases c WHERE {filter}{page}");
    listed(ctx, &sql, values, metric.column()).await
}

/// The open cases of a lamp, as [`super::lamps`] counts them.
pub async fn drill_lamp(ctx: &mut Ctx, lamp: Lamp, scope: &Scope, after: &str) -> Result<Rows> {
    let mut values = store::vals![ctx.now, open_of(scope.subject)];
    let filter = scope.filter(ctx, false, &mut values)?;
    let page = page("red_us", after, &mut values)?;
    let when = lamp_condition(lamp);
    let sql = format!("SELECT {COLUMNS} FROM cases c WHERE {when} AND c.open = $2{filter}{page}");
    listed(ctx, &sql, values, "red_us").await
}

/// The cases in a phase, as [`super::by_phase`] counts them.
pub async fn drill_phase(ctx: &mut Ctx, phase: Phase, scope: &Scope, after: &str) -> Result<Rows> {
    let mut values = store::vals![phase.as_str()];
    let filter = scope.filter(ctx, false, &mut values)?;
    let page = page("submitted_us", after, &mut values)?;
    let sql = format!("SELECT {COLUMNS} FROM cases c WHERE c.phase = $1{filter}{page}");
    listed(ctx, &sql, values, "submitted_us").await
}
