//! Reading the cockpit, with authority.
//!
//! Must not know: HTTP, templates, SQL.

use super::health::health;
use super::model::{Attention, City, Line, Numbers, Overview, Range, Trend, Wanted, text};
use crate::indicator::{self, Indicator, in_reach};
use crate::{DRILL, READ};
use kernel::{Error, Result, Text, time};
use pack::Level;
use party::authority;
use service::case::{Lamp, Moment, Named, Rows};
use service::figures::{self, Group, Metric, Point, Scope};
use std::collections::BTreeMap;
use store::Ctx;

/// Days of trends and of the map.
const DAYS: i32 = 30;
/// Cases on the attention list.
const ATTENTION_MAX: usize = 5;
/// Metrics that make up [`Numbers`], with overdue apart.
const METRICS: [Metric; 5] =
    [Metric::Submitted, Metric::Accepted, Metric::Decided, Metric::Late, Metric::Completed];

/// What a list of cases lies beneath.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Beneath {
    /// A metric of the days.
    Metric(Metric),
    /// Open and overdue now.
    Overdue,
}

impl Beneath {
    /// `overdue`, or the name of a metric that counts cases.
    pub fn parse(name: &str) -> Option<Beneath> {
        match name {
            "overdue" => Some(Beneath::Overdue),
            name => Metric::parse(name)
                .filter(|metric| !matches!(metric, Metric::PromisedDays | Metric::UsedDays))
                .map(Beneath::Metric),
        }
    }
}

fn scope(ctx: &Ctx, wanted: &Wanted) -> Result<Scope> {
    let division = in_reach(ctx, &wanted.division)?;
    if !wanted.item.is_empty() && ctx.env.pack.item(&wanted.item).is_none() {
        return Err(Error::not_found());
    }
    Ok(Scope::of(&division).item(&wanted.item))
}

fn days(ctx: &Ctx, range: Range) -> (jiff::civil::Date, jiff::civil::Date) {
    let today = ctx.now.date();
    let from = match range {
        Range::Today => today,
        Range::Month => today.first_of_month(),
        Range::Year => today.first_of_year(),
    };
    (from, today)
}

/// The cockpit. Permission `cockpit.read`. Errors: `denied`; `not_found` beyond the reach.
pub async fn overview(ctx: &mut Ctx, wanted: &Wanted) -> Result<Overview> {
    authority::demand(ctx, READ)?;
    let standing = scope(ctx, wanted)?;
    let (from, until) = days(ctx, wanted.range);
    let of_days = standing.clone().between(from, until);
    let pack = ctx.env.pack.clone();
    let here = pack.division(&standing.division).ok_or_else(Error::not_found)?;
    let reach = authority::scope_division(ctx);
    let up = here.parent().filter(|up| authority::within(&pack, &up.code(), &reach));
    let recent = recent_days(ctx);
    let lately = standing.clone().between(time::date_of_days(recent.start), until);
    let mut trends = Vec::new();
    for metric in [Metric::Submitted, Metric::Decided, Metric::Late] {
        let points = figures::by_day(ctx, metric, &lately).await?;
        trends.push(trend(metric, &points, &recent));
    }
    let targets = indicator::list(ctx).await?;
    Ok(Overview {
        division: Named::new(here.code(), pack.division_name(here)),
        above: up.map(|up| Named::new(up.code(), pack.division_name(up))),
        item: pack.item(&wanted.item).map(|item| Named::new(&item.id, item.name.clone())),
        from: from.to_string(),
        until: until.to_string(),
        as_of: Moment(ctx.now),
        health: health(ctx).await?,
        total: total(ctx, &standing, &of_days).await?,
        satisfied: figures::satisfaction(ctx, &standing).await?,
        divisions: lines(ctx, Group::Division, &standing, &of_days).await?,
        items: lines(ctx, Group::Item, &standing, &of_days).await?,
        days: recent.clone().map(|day| time::date_of_days(day).to_string()).collect(),
        trends,
        cities: cities(ctx, &lately).await?,
        attention: attention(ctx, &standing, &targets).await?,
        targets,
    })
}

fn recent_days(ctx: &Ctx) -> std::ops::Range<i32> {
    let today = time::days_since_epoch(ctx.now.date());
    today - DAYS + 1..today + 1
}

/// Counts on every one of the days; none on days without a case.
fn trend(metric: Metric, points: &[Point], days: &std::ops::Range<i32>) -> Trend {
    let by_day: BTreeMap<&str, i64> =
        points.iter().map(|point| (point.key.as_str(), point.count)).collect();
    let count =
        |day: i32| by_day.get(time::date_of_days(day).to_string().as_str()).copied().unwrap_or(0);
    Trend { metric: metric.as_str().to_owned(), counts: days.clone().map(count).collect() }
}

async fn total(ctx: &mut Ctx, standing: &Scope, of_days: &Scope) -> Result<Numbers> {
    let mut numbers = Numbers::default();
    for metric in METRICS {
        *field(&mut numbers, metric) = figures::total(ctx, metric, of_days).await?;
    }
    numbers.overdue = figures::lamps(ctx, standing).await?.red;
    Ok(numbers)
}

fn field(numbers: &mut Numbers, metric: Metric) -> &mut i64 {
    match metric {
        Metric::Submitted => &mut numbers.submitted,
        Metric::Accepted => &mut numbers.accepted,
        Metric::Decided => &mut numbers.decided,
        Metric::Late => &mut numbers.late,
        _ => &mut numbers.completed,
    }
}

/// The lines of a table; they add up to [`total`].
async fn lines(ctx: &mut Ctx, by: Group, standing: &Scope, of_days: &Scope) -> Result<Vec<Line>> {
    let mut lines: BTreeMap<String, Numbers> = BTreeMap::new();
    for metric in METRICS {
        let points = match by {
            Group::Item => figures::by_item(ctx, metric, of_days).await?,
            _ => figures::by_division(ctx, metric, of_days).await?,
        };
        for point in points {
            *field(lines.entry(point.key).or_default(), metric) = point.count;
        }
    }
    for line in figures::lamps_by(ctx, by, standing).await? {
        lines.entry(line.key).or_default().overdue = line.lamps.red;
    }
    let pack = ctx.env.pack.clone();
    let here = pack.division(&standing.division);
    let mut lines: Vec<Line> = lines
        .into_iter()
        .filter(|(_, numbers)| *numbers != Numbers::default())
        .map(|(key, numbers)| {
            let division = pack.division(&key);
            let name = match by {
                Group::Item => pack.item(&key).map(|item| item.short_name.clone()),
                _ => division.map(|found| pack.division_name(found)),
            };
            // What a level handles itself is no subtree of its own.
            let own = by != Group::Item
                && division.zip(here).is_none_or(|(line, here)| {
                    line.level() <= here.level() && here.level() < Level::County
                });
            Line { of: Named::new(&key, text(&key, name)), numbers, narrows: !own }
        })
        .collect();
    lines.sort_by(|a, b| {
        (b.numbers.submitted, b.numbers.decided, &a.of.id).cmp(&(
            a.numbers.submitted,
            a.numbers.decided,
            &b.of.id,
        ))
    });
    Ok(lines)
}

/// Every city of the province with its decisions of the last 30 days; none for a lesser scope.
async fn cities(ctx: &mut Ctx, lately: &Scope) -> Result<Vec<City>> {
    let pack = ctx.env.pack.clone();
    let Some(here) = pack.division(&lately.division).filter(|here| here.level() == Level::Province)
    else {
        return Ok(Vec::new());
    };
    let decided = figures::by_division(ctx, Metric::Decided, lately).await?;
    let late = figures::by_division(ctx, Metric::Late, lately).await?;
    let count = |points: &[Point], code: &str| {
        points.iter().find(|point| point.key == code).map_or(0, |point| point.count)
    };
    let city = |division: pack::Division<'_>| {
        let code = division.code();
        // The counties directly under a province have no city; the one of them names the group.
        let only = division.children().next().filter(|_| division.is_pseudo());
        let name = pack.division_name(only.unwrap_or(division));
        City {
            decided: count(&decided, &code),
            late: count(&late, &code),
            of: Named::new(code, name),
        }
    };
    Ok(here.children().map(city).collect())
}

async fn attention(ctx: &mut Ctx, standing: &Scope, targets: &[Indicator]) -> Result<Attention> {
    let today = ctx.now.date().to_string();
    let passed = |target: &&Indicator| {
        target.met == Some(false)
            && target.deadline.as_deref().is_some_and(|day| day < today.as_str())
    };
    Ok(Attention {
        overdue: figures::longest_overdue(ctx, standing, ATTENTION_MAX).await?,
        bad_ratings: figures::bad_open(ctx, standing).await?,
        missed: i64::try_from(targets.iter().filter(passed).count()).unwrap_or(i64::MAX),
    })
}

/// The cases beneath a number, at most 50. Permission `cockpit.drill`. `from` and `to` are days or
/// empty. Errors: `denied`; `not_found` beyond the reach; `figures.day`, `figures.cursor`.
pub async fn cases(
    ctx: &mut Ctx,
    wanted: &Wanted,
    beneath: Beneath,
    from: &str,
    to: &str,
    after: &str,
) -> Result<Rows> {
    authority::demand(ctx, DRILL)?;
    let scope = scope(ctx, wanted)?;
    match beneath {
        Beneath::Overdue => figures::drill_lamp(ctx, Lamp::Red, &scope, after).await,
        Beneath::Metric(metric) => {
            let scope = Scope { from: from.to_owned(), to: to.to_owned(), ..scope };
            figures::drill(ctx, metric, &scope, after).await
        }
    }
}

/// Name of a division in both languages.
pub(super) fn division_name(ctx: &Ctx, code: &str) -> Text {
    let pack = &ctx.env.pack;
    text(code, pack.division(code).map(|found| pack.division_name(found)))
}
