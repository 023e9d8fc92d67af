//! The page of figures: the drawing tinted with them, by step, by agency, division and post.

use super::api::asked;
use super::model::{Overdue, Statistics, StepFigures};
use crate::diagram::{self, Tint};
use crate::{MANAGE, READ, definition};
use axum::extract::Path;
use serde_json::{Value as Json, json};
use std::collections::BTreeMap;
use webkit::{Access, Answer, Call, Route, get};

/// Shades of a tint.
const SHADES: i64 = 4;

pub(super) fn routes() -> Vec<Route> {
    vec![get("/processes/{id}/statistics", Access::Staff(READ), show)]
}

/// `GET /processes/{id}/statistics?from=&to=&version=&by=`.
async fn show(call: Call, Path(id): Path<String>) -> Answer {
    let (mut ctx, period, version) = match asked(&call) {
        Ok(asked) => asked,
        Err(error) => return Err(error.into()),
    };
    let by_time = call.query("by").as_deref() == Some("time");
    let told = super::statistics(&mut ctx, &id, version, period).await?;
    let versions = definition::versions(&mut ctx, &id, None).await?.versions;
    let number = match version {
        Some(version) => version,
        None => definition::newest_version(&mut ctx, &id).await?.0,
    };
    let (shown, bundle) = definition::show(&mut ctx, &id, number).await?;
    let name = definition::name(&call, &shown.version);
    let (tints, legend) = heat(&call, &told.steps, by_time);
    let text = call.t(if by_time { "process.heat.by_time" } else { "process.heat.by_count" });
    let meta = diagram::Meta { id: "diagram", title: &name, text: &text };
    let drawing = diagram::tinted(&bundle.document, meta, &tints);
    let address = |by: &str| {
        let id = webkit::form::encode(&id);
        let version = version.map_or(String::new(), |version| version.to_string());
        format!(
            "/processes/{id}/statistics?from={}&to={}&version={version}&by={by}",
            told.from, told.to
        )
    };
    let tabs = json!([
        { "text": call.t("process.heat.count"), "href": address("count"), "current": !by_time },
        { "text": call.t("process.heat.time"), "href": address("time"), "current": by_time },
    ]);
    let steps: Vec<Json> =
        told.steps.iter().zip(1..).map(|(one, rank)| step(&call, one, rank)).collect();
    call.page(
        "process/statistic/show.html",
        &json!({ "process": id, "name": name, "from": told.from, "to": told.to,
            "version": version.map_or(String::new(), |version| version.to_string()),
            "versions": versions, "tabs": tabs, "drawing": drawing, "legend": legend,
            "by": if by_time { "time" } else { "count" }, "steps": steps, "groups": groups(&call, &told),
            "counted": told.counted, "more": told.more, "own": told.agency,
            "exports": call.may(MANAGE) }),
    )
}

/// The tint of each step and what the shades mean: a number on each, so that colour says nothing
/// alone.
fn heat(call: &Call, steps: &[StepFigures], by_time: bool) -> (BTreeMap<String, Tint>, Vec<Json>) {
    let value = |one: &StepFigures| match by_time {
        true => one.took_median_s.unwrap_or_default(),
        false => one.done,
    };
    let said = |value: i64| if by_time { span(call, value) } else { value.to_string() };
    let highest = steps.iter().map(value).max().unwrap_or_default().max(1);
    let shade = |value: i64| (value * SHADES / highest).clamp(1, SHADES);
    let tint = |one: &StepFigures| {
        let value = value(one);
        let tint = Tint { kind: "heat", shade: shade(value) as u8, badge: said(value) };
        (one.node.clone(), tint)
    };
    let tints = steps.iter().filter(|one| value(one) > 0).map(tint).collect();
    // Of each shade on the drawing, the least and the most it stands for.
    let mut ranges: BTreeMap<i64, (i64, i64)> = BTreeMap::new();
    for value in steps.iter().map(value).filter(|value| *value > 0) {
        let range = ranges.entry(shade(value)).or_insert((value, value));
        *range = (range.0.min(value), range.1.max(value));
    }
    let legend = ranges
        .into_iter()
        .map(|(shade, (least, most))| {
            let text = match least == most {
                true => said(least),
                false => format!("{} – {}", said(least), said(most)),
            };
            json!({ "shade": shade, "text": text })
        })
        .collect();
    (tints, legend)
}

/// A span of time in words: the two largest units.
pub(crate) fn span(call: &Call, seconds: i64) -> String {
    let unit = |word: &str, n: i64| {
        let args = [("n", n.to_string())];
        call.web.views.text(call.lang(), &format!("process.time.{word}"), &args)
    };
    let (days, hours, minutes) = (seconds / 86_400, seconds / 3_600 % 24, seconds / 60 % 60);
    match (days, hours, minutes) {
        (0, 0, 0) => unit("seconds", seconds),
        (0, 0, minutes) => unit("minutes", minutes),
        (0, hours, 0) => unit("hours", hours),
        (0, hours, minutes) => format!("{} {}", unit("hours", hours), unit("minutes", minutes)),
        (days, 0, _) => unit("days", days),
        (days, hours, _) => format!("{} {}", unit("days", days), unit("hours", hours)),
    }
}

fn step(call: &Call, one: &StepFigures, rank: i64) -> Json {
    let time = |seconds: Option<i64>| seconds.map_or("–".to_owned(), |s| span(call, s));
    json!({ "rank": rank, "kind": one.kind, "name": one.name, "node": one.node, "done": one.done,
        "withdrawn": one.withdrawn, "took": time(one.took_median_s), "took_high": time(one.took_p90_s),
        "waited": time(one.waited_median_s), "waited_high": time(one.waited_p90_s),
        "late": one.late, "late_share": one.late_share.unwrap_or_default(),
        "time_share": one.time_share, "overdue": one.overdue_now })
}

fn groups(call: &Call, told: &Statistics) -> Vec<Json> {
    let group = |word: &str, rows: &[Overdue]| json!({ "id": word, "title": call.t(&format!("process.statistic.by_{word}")), "rows": rows });
    vec![
        group("agency", &told.agencies),
        group("division", &told.divisions),
        group("post", &told.posts),
    ]
}
