//! Figures side by side: open cases by lamp for every division, item or agency of a scope, and a
//! metric agency by agency.
//!
//! Invariant: the lines of a scope add up to its [`super::lamps`] and [`super::total`]. The work
//! grows with the open cases, not with those that have ended.

use super::metric::{Metric, Scope};
use super::read::{LampFigures, Point, lamp_condition, open_of};
use crate::case::{COLUMNS, Lamp, Row as CaseRow, StoredCase, rows_of};
use kernel::Result;
use pack::Level;
use schemars::JsonSchema;
use sea_orm::FromQueryResult;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use store::{Ctx, vals};

/// Lines of one answer: more than the counties of a province, or its agencies.
const LINES_MAX: usize = 10_000;

/// By what open cases are told apart.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Group {
    /// The divisions directly below the scope's: cities of a province, counties of a city.
    #[default]
    Division,
    /// Items.
    Item,
    /// Agencies.
    Agency,
}

/// Open cases of one division, item or agency.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct LampLine {
    /// Division code, item id or agency id.
    pub key: String,
    /// Its open cases.
    pub lamps: LampFigures,
}

#[derive(FromQueryResult)]
struct Row {
    key: String,
    green: i64,
    yellow: i64,
    red: i64,
    paused: i64,
}

#[derive(FromQueryResult)]
struct Counted {
    key: String,
    count: i64,
}

/// Open cases by lamp now, line by line in the order of the keys. Days of the scope do not matter.
/// Errors: `figures.division`.
pub async fn lamps_by(ctx: &mut Ctx, group: Group, scope: &Scope) -> Result<Vec<LampLine>> {
    let column = match group {
        Group::Division => "c.division",
        Group::Item => "c.item",
        Group::Agency => "c.agency",
    };
    let mut values = vals![ctx.now, open_of(scope.subject)];
    let filter = scope.filter(ctx, false, &mut values)?;
    let sum = |lamp: Lamp| {
        let when = lamp_condition(lamp);
        format!("CAST(SUM(CASE WHEN {when} THEN 1 ELSE 0 END) AS BIGINT) AS {}", lamp.as_str())
    };
    let sums = [Lamp::Red, Lamp::Paused, Lamp::Yellow, Lamp::Green].map(sum).join(", ");
    values.extend(vals![LINES_MAX]);
    let sql = format!(
        "SELECT {column} AS key, {sums} FROM cases c WHERE c.open = $2{filter}
         GROUP BY {column} ORDER BY {column} LIMIT ${}",
        values.len()
    );
    let mut lines: BTreeMap<String, LampFigures> = BTreeMap::new();
    for row in ctx.all::<Row>(&sql, values).await? {
        let key = if group == Group::Division { below(ctx, scope, row.key) } else { row.key };
        let line = lines.entry(key).or_default();
        line.green += row.green;
        line.yellow += row.yellow;
        line.red += row.red;
        line.paused += row.paused;
    }
    Ok(lines.into_iter().map(|(key, lamps)| LampLine { key, lamps }).collect())
}

/// The division directly below the scope's in which a code lies, as [`super::by_division`] tells
/// it; the code itself for what is handled at the scope's own level.
fn below(ctx: &Ctx, scope: &Scope, code: String) -> String {
    let pack = &ctx.env.pack;
    let level = match pack.division(&scope.division).map(|division| division.level()) {
        None | Some(Level::Province) => Level::City,
        _ => Level::County,
    };
    let found = pack.division(&code).and_then(|division| division.ancestor(level));
    found.map_or(code, |division| division.code())
}

/// A figure agency by agency. Errors: `figures.day`, `figures.division`.
pub async fn by_agency(ctx: &mut Ctx, metric: Metric, scope: &Scope) -> Result<Vec<Point>> {
    let (from, to) = scope.days()?;
    let mut values = vals![metric.as_str(), from, to];
    let filter = scope.filter(ctx, true, &mut values)?;
    values.extend(vals![LINES_MAX]);
    let sql = format!(
        "SELECT c.agency AS key, CAST(SUM(c.count) AS BIGINT) AS count FROM case_tally c
         WHERE c.metric = $1 AND c.day >= $2 AND c.day < $3{filter}
         GROUP BY c.agency ORDER BY c.agency LIMIT ${}",
        values.len()
    );
    let rows: Vec<Counted> = ctx.all(&sql, values).await?;
    Ok(rows.into_iter().map(|row| Point { key: row.key, count: row.count }).collect())
}

/// The open cases that have been overdue longest, at most `most`. Errors: `figures.division`.
pub async fn longest_overdue(ctx: &mut Ctx, scope: &Scope, most: usize) -> Result<Vec<CaseRow>> {
    let mut values = vals![ctx.now, open_of(scope.subject)];
    let filter = scope.filter(ctx, false, &mut values)?;
    values.extend(vals![most]);
    let sql = format!(
        "SELECT {COLUMNS} FROM cases c WHERE c.red_us <= $1 AND c.open = $2{filter}
         ORDER BY c.red_us, c.id LIMIT ${}",
        values.len()
    );
    let stored: Vec<StoredCase> = ctx.all(&sql, values).await?;
    rows_of(ctx, stored)
}
