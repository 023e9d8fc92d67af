//! Reading figures. The caller has decided that the actor may: a supervisor or leader his
//! division's, checked by [`super::api`] and by the pages of other areas.

use super::metric::{Metric, Scope, Subject};
use crate::case::Lamp;
use flow::case::Phase;
use kernel::{Result, time::date_of_days};
use pack::Level;
use schemars::JsonSchema;
use sea_orm::FromQueryResult;
use serde::Serialize;
use std::collections::BTreeMap;
use store::{Ctx, Value};

/// Every metric of a scope.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Figures {
    /// By the metric's name.
    pub counts: BTreeMap<String, i64>,
}

impl Figures {
    /// One of them.
    pub fn get(&self, metric: Metric) -> i64 {
        self.counts.get(metric.as_str()).copied().unwrap_or(0)
    }
}

/// A part of a whole.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Share {
    /// The part.
    pub part: i64,
    /// The whole.
    pub whole: i64,
}

impl Share {
    /// Parts in a thousand, rounded down; 0 of nothing.
    pub fn permille(self) -> i64 {
        if self.whole == 0 { 0 } else { self.part * 1_000 / self.whole }
    }
}

/// Days promised and used of what was decided.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Durations {
    /// Cases decided.
    pub decided: i64,
    /// Promised days, summed.
    pub promised_days: i64,
    /// Days used, summed.
    pub used_days: i64,
}

/// A count of a day, division, item or phase.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Point {
    /// `2026-09-15`, a division code, an item id or a phase.
    pub key: String,
    /// The count.
    pub count: i64,
}

/// Open cases by lamp.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, JsonSchema)]
pub struct LampFigures {
    /// Time enough.
    pub green: i64,
    /// Near the end.
    pub yellow: i64,
    /// Overdue.
    pub red: i64,
    /// Standing still.
    pub paused: i64,
}

#[derive(FromQueryResult)]
struct Counted {
    key: String,
    count: i64,
}

#[derive(FromQueryResult)]
struct CountedDay {
    day: i64,
    count: i64,
}

/// True when the tally can answer: it knows counties, not what lies below.
fn tallied(ctx: &Ctx, scope: &Scope) -> bool {
    let division = ctx.env.pack.division(&scope.division);
    division.is_none_or(|division| division.level().depth() <= Level::County.depth())
}

/// What a case counts for a metric, in SQL.
fn weight(metric: Metric) -> &'static str {
    match metric {
        Metric::PromisedDays => "CAST(COALESCE(SUM(c.promised_days), 0) AS BIGINT)",
        Metric::UsedDays => "CAST(COALESCE(SUM(c.used_days), 0) AS BIGINT)",
        _ => "COUNT(*)",
    }
}

/// `WHERE` of a metric over the cases themselves.
pub(super) fn over_cases(
    ctx: &Ctx,
    metric: Metric,
    scope: &Scope,
    values: &mut Vec<Value>,
) -> Result<String> {
    let (from, to) = scope.days()?;
    let instant = |day: i64| {
        let day = i32::try_from(day).unwrap_or(i32::MAX);
        kernel::Timestamp::start_of(date_of_days(day))
    };
    values.push(Value::from(instant(from)));
    values.push(Value::from(instant(to)));
    let (first, last) = (values.len() - 1, values.len());
    let column = metric.column();
    let rest = scope.filter(ctx, false, values)?;
    Ok(format!("c.{column} >= ${first} AND c.{column} < ${last}{}{rest}", metric.condition()))
}

/// A figure of a scope. Errors: `figures.day`, `figures.division`.
pub async fn total(ctx: &mut Ctx, metric: Metric, scope: &Scope) -> Result<i64> {
    let mut values = Vec::new();
    if !tallied(ctx, scope) {
        let filter = over_cases(ctx, metric, scope, &mut values)?;
        let sql = format!("SELECT {} FROM cases c WHERE {filter}", weight(metric));
        return ctx.count(&sql, values).await;
    }
    let (from, to) = scope.days()?;
    values.extend(store::vals![metric.as_str(), from, to]);
    let filter = scope.filter(ctx, true, &mut values)?;
    let sql = format!(
        "SELECT CAST(COALESCE(SUM(c.count), 0) AS BIGINT) FROM case_tally c
         WHERE c.metric = $1 AND c.day >= $2 AND c.day < $3{filter}"
    );
    ctx.count(&sql, values).await
}

/// Every metric of a scope. Errors: as [`total`].
pub async fn counts(ctx: &mut Ctx, scope: &Scope) -> Result<Figures> {
    let mut counts = BTreeMap::new();
    for metric in Metric::ALL {
        counts.insert(metric.as_str().to_owned(), total(ctx, metric, scope).await?);
    }
    Ok(Figures { counts })
}

/// A figure day by day; days without a case are left out. At most 1,000 days.
pub async fn by_day(ctx: &mut Ctx, metric: Metric, scope: &Scope) -> Result<Vec<Point>> {
    let (from, to) = scope.days()?;
    let mut values = store::vals![metric.as_str(), from, to];
    let filter = scope.filter(ctx, true, &mut values)?;
    let sql = format!(
        "SELECT c.day AS day, CAST(SUM(c.count) AS BIGINT) AS count FROM case_tally c
         WHERE c.metric = $1 AND c.day >= $2 AND c.day < $3{filter} GROUP BY c.day ORDER BY c.day LIMIT 1000"
    );
    let rows: Vec<CountedDay> = ctx.all(&sql, values).await?;
    let date = |day: i64| date_of_days(i32::try_from(day).unwrap_or_default()).to_string();
    Ok(rows.into_iter().map(|row| Point { key: date(row.day), count: row.count }).collect())
}

async fn grouped(ctx: &mut Ctx, metric: Metric, scope: &Scope, key: &str) -> Result<Vec<Counted>> {
    let (from, to) = scope.days()?;
    let mut values = store::vals![metric.as_str(), from, to];
    let filter = scope.filter(ctx, true, &mut values)?;
    let sql = format!(
        "SELECT {key} AS key, CAST(SUM(c.count) AS BIGINT) AS count FROM case_tally c
         WHERE c.metric = $1 AND c.day >= $2 AND c.day < $3{filter} GROUP BY 1 ORDER BY 1 LIMIT 5000"
    );
    ctx.all(&sql, values).await
}

/// A figure item by item, or one-thing by one-thing for applications.
pub async fn by_item(ctx: &mut Ctx, metric: Metric, scope: &Scope) -> Result<Vec<Point>> {
    let rows = grouped(ctx, metric, scope, "c.item").await?;
    let plain =
        |key: String| key.strip_prefix(super::metric::APPLICATION).unwrap_or(&key).to_owned();
    Ok(rows.into_iter().map(|row| Point { key: plain(row.key), count: row.count }).collect())
}

/// A figure by the divisions directly below the scope's: cities of the province, counties of a
/// city, the county itself.
pub async fn by_division(ctx: &mut Ctx, metric: Metric, scope: &Scope) -> Result<Vec<Point>> {
    let level = match ctx.env.pack.division(&scope.division).map(|division| division.level()) {
        None | Some(Level::Province) => Level::City,
        _ => Level::County,
    };
    let mut sums: BTreeMap<String, i64> = BTreeMap::new();
    for row in grouped(ctx, metric, scope, "c.division").await? {
        let pack = &ctx.env.pack;
        let division = pack.division(&row.key).and_then(|division| division.ancestor(level));
        let key = division.map_or(row.key, |division| division.code());
        *sums.entry(key).or_default() += row.count;
    }
    Ok(sums.into_iter().map(|(key, count)| Point { key, count }).collect())
}

/// How many cases stand in each phase now. Days of the scope do not matter.
pub async fn by_phase(ctx: &mut Ctx, scope: &Scope) -> Result<Vec<Point>> {
    let mut values = Vec::new();
    let filter = scope.filter(ctx, true, &mut values)?;
    let sql = format!(
        "SELECT c.phase AS key, CAST(SUM(c.count) AS BIGINT) AS count FROM case_standing c
         WHERE 1 = 1{filter} GROUP BY c.phase"
    );
    let rows: Vec<Counted> = ctx.all(&sql, values).await?;
    let count =
        |phase: Phase| rows.iter().find(|row| row.key == phase.as_str()).map_or(0, |row| row.count);
    Ok(Phase::ALL
        .into_iter()
        .map(|phase| Point { key: phase.as_str().to_owned(), count: count(phase) })
        .collect())
}

/// What makes a lamp, in SQL over `cases c`; `$1` is now.
pub(super) fn lamp_condition(lamp: Lamp) -> &'static str {
    match lamp {
        Lamp::Red => "c.red_us <= $1",
        Lamp::Paused => "c.red_us > $1 AND c.paused = 1",
        Lamp::Yellow => "c.red_us > $1 AND c.paused = 0 AND c.yellow_us <= $1",
        Lamp::Green => "c.red_us > $1 AND c.paused = 0 AND c.yellow_us > $1",
        Lamp::Done => "1 = 0",
    }
}

/// Which rows of `cases` are under way: items in work lists, or whole applications.
pub(super) fn open_of(subject: Subject) -> i64 {
    match subject {
        Subject::Items => 1,
        Subject::Applications => 3,
    }
}

#[derive(FromQueryResult)]
struct Lamps {
    red: i64,
    paused: i64,
    yellow: i64,
    green: i64,
}

/// Open cases by lamp now. Days of the scope do not matter.
pub async fn lamps(ctx: &mut Ctx, scope: &Scope) -> Result<LampFigures> {
    let mut values = store::vals![ctx.now, open_of(scope.subject)];
    let filter = scope.filter(ctx, false, &mut values)?;
    let sum = |lamp: Lamp| {
        let when = lamp_condition(lamp);
        format!(
            "CAST(COALESCE(SUM(CASE WHEN {when} THEN 1 ELSE 0 END), 0) AS BIGINT) AS {}",
            lamp.as_str()
        )
    };
    let sums = [Lamp::Red, Lamp::Paused, Lamp::Yellow, Lamp::Green].map(sum).join(", ");
    let sql = format!("SELECT {sums} FROM cases c WHERE c.open = $2{filter}");
    let row: Lamps = ctx.one(&sql, values).await?;
    Ok(LampFigures { green: row.green, yellow: row.yellow, red: row.red, paused: row.paused })
}

/// Days promised and used of what was decided.
pub async fn durations(ctx: &mut Ctx, scope: &Scope) -> Result<Durations> {
    Ok(Durations {
        decided: total(ctx, Metric::Decided, scope).await?,
        promised_days: total(ctx, Metric::PromisedDays, scope).await?,
        used_days: total(ctx, Metric::UsedDays, scope).await?,
    })
}

/// Submitted online, of all submitted.
pub async fn online_share(ctx: &mut Ctx, scope: &Scope) -> Result<Share> {
    let part = total(ctx, Metric::Online, scope).await?;
    Ok(Share { part, whole: total(ctx, Metric::Submitted, scope).await? })
}

/// Decided with an electronic licence in place of a paper, of all decided.
pub async fn licence_share(ctx: &mut Ctx, scope: &Scope) -> Result<Share> {
    let part = total(ctx, Metric::LicenceUsed, scope).await?;
    Ok(Share { part, whole: total(ctx, Metric::Decided, scope).await? })
}
