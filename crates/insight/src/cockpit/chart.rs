//! The cockpit's charts from its numbers.
//!
//! Must not know: the database.

use super::model::{City, Overview, Trend};
use super::plan;
use crate::indicator::Indicator;
use kernel::Lang;
use webkit::Call;
use webkit::chart::{self, Bar, Meta, Series};

/// Lower bounds of the map's upper three classes, in percent decided in time.
const BANDS: [f64; 3] = [95.0, 98.0, 99.5];

fn text(call: &Call, key: &str, args: &[(&'static str, String)]) -> String {
    call.web.views.text(call.lang(), key, args)
}

/// Submitted and decided, or late alone, over 30 days.
pub(super) fn trend(call: &Call, overview: &Overview, id: &str, metrics: &[&str]) -> String {
    let found: Vec<&Trend> = metrics
        .iter()
        .filter_map(|name| overview.trends.iter().find(|trend| trend.metric == *name))
        .collect();
    let series: Vec<Series> = found
        .iter()
        .map(|trend| Series {
            name: call.t(&format!("insight.number.{}", trend.metric)),
            values: trend.counts.iter().map(|count| Some(*count as f64)).collect(),
        })
        .collect();
    // `2026-09-15` is told as `9-15`.
    let tick = |day: &String| {
        let mut parts = day.splitn(3, '-').skip(1).map(|part| part.trim_start_matches('0'));
        format!("{}-{}", parts.next().unwrap_or(""), parts.next().unwrap_or(""))
    };
    let ticks: Vec<String> = overview.days.iter().map(tick).collect();
    let sums: Vec<String> = found
        .iter()
        .map(|trend| {
            let name = call.t(&format!("insight.number.{}", trend.metric));
            format!("{name} {}", trend.counts.iter().sum::<i64>())
        })
        .collect();
    let title = call.t(&format!("insight.chart.{id}"));
    let desc = text(call, "insight.chart.trend_desc", &[("sums", sums.join("，"))]);
    let (rows, unit) = (call.t("insight.chart.day"), call.t("insight.unit.case"));
    let meta = Meta {
        id,
        lang: call.lang(),
        title: &title,
        desc: &desc,
        rows: &rows,
        unit: &unit,
        decimals: 0,
    };
    chart::trend(&meta, &ticks, &series, None)
}

/// Percent decided in time; `None` when nothing was decided.
pub(super) fn in_time(city: &City) -> Option<f64> {
    (city.decided > 0).then(|| (city.decided - city.late) as f64 * 100.0 / city.decided as f64)
}

/// The map of stones; `None` for a province without a plan or a lesser scope.
pub(super) fn stones(
    call: &Call,
    overview: &Overview,
    href: impl Fn(&str) -> String,
) -> Option<String> {
    let plan = plan::of(call.web.env.pack.id()).filter(|_| !overview.cities.is_empty())?;
    let name = |city: &City| {
        let name = city.of.name.get(call.lang());
        match call.lang() {
            Lang::Zh => name.trim_end_matches('市').to_owned(),
            Lang::En => name.to_owned(),
        }
    };
    let marked = |city: &City| {
        plan.cities.iter().find(|(code, _)| *code == city.of.id).map(|(_, mark)| *mark)
    };
    let cities: Vec<chart::City> = overview
        .cities
        .iter()
        .filter_map(|city| {
            let (mark, href) = (marked(city)?, Some(href(&city.of.id)));
            Some(chart::City { mark, name: name(city), value: in_time(city), href })
        })
        .collect();
    let below =
        cities.iter().filter(|city| city.value.is_some_and(|value| value < BANDS[0])).count();
    let title = call.t("insight.chart.stones");
    let args = [("cities", cities.len().to_string()), ("below", below.to_string())];
    let desc = text(call, "insight.chart.stones_desc", &args);
    let rows = call.t("insight.chart.city");
    let meta = Meta {
        id: "stones",
        lang: call.lang(),
        title: &title,
        desc: &desc,
        rows: &rows,
        unit: "%",
        decimals: 1,
    };
    Some(chart::stones(&meta, plan.stones, &cities, BANDS))
}

/// Targets against what is, ratios and counts apart, since they have different units.
pub(super) fn targets(call: &Call, targets: &[Indicator], unit: &str) -> String {
    let ratio = unit == "permille";
    let scale = |value: u64| if ratio { value as f64 / 10.0 } else { value as f64 };
    let of_unit: Vec<&Indicator> = targets.iter().filter(|target| target.unit == unit).collect();
    let rows: Vec<Bar> = of_unit
        .iter()
        .map(|target| Bar {
            label: target.name.get(call.lang()).to_owned(),
            value: target.value.map(scale),
            target: Some(scale(target.goal)),
            lower_is_better: false,
            href: Some(format!("/indicators/{}", target.id)),
        })
        .collect();
    let met = of_unit.iter().filter(|target| target.met == Some(true)).count();
    let args = [("met", met.to_string()), ("all", of_unit.len().to_string())];
    let desc = text(call, "insight.chart.targets_desc", &args);
    let id = if ratio { "targets-ratio" } else { "targets-count" };
    let title = call.t(if ratio { "insight.chart.ratios" } else { "insight.chart.counts" });
    let head = call.t("insight.indicator.title");
    let meta = Meta {
        id,
        lang: call.lang(),
        title: &title,
        desc: &desc,
        rows: &head,
        unit: if ratio { "%" } else { "" },
        decimals: usize::from(ratio),
    };
    chart::bullets(&meta, &rows)
}
