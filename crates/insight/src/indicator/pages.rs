//! Pages of indicators.

use super::model::{Indicator, PartRow, Shown};
use crate::{DRILL, READ};
use axum::extract::Path;
use serde_json::{Value as Json, json};
use webkit::view::format;
use webkit::{Access, Answer, Call, Route, get};

pub(super) fn routes() -> Vec<Route> {
    vec![
        get("/indicators", Access::Staff(READ), list),
        get("/indicators/{id}", Access::Staff(READ), show),
    ]
}

/// A value in its unit: `85.0%`, `6`.
pub(crate) fn shown(value: u64, unit: &str) -> String {
    match unit {
        "permille" => format!("{}%", format::decimal(value as f64 / 10.0, 1)),
        _ => format::whole(i64::try_from(value).unwrap_or(i64::MAX)),
    }
}

/// How far the value and the goal are along a bar of 100.
pub(crate) fn bar(indicator: &Indicator) -> (f64, f64) {
    let value = indicator.value.unwrap_or(0) as f64;
    let goal = indicator.goal as f64;
    let full = match indicator.unit.as_str() {
        "permille" => 1_000.0,
        _ => (value.max(goal) * 1.1).max(1.0),
    };
    ((value / full * 100.0).min(100.0), (goal / full * 100.0).min(100.0))
}

/// Met, missed, or nothing to tell by.
pub(crate) fn verdict(call: &Call, indicator: &Indicator) -> String {
    let key = match indicator.met {
        Some(true) => "met",
        Some(false) => "missed",
        None => "unknown",
    };
    call.t(&format!("insight.verdict.{key}"))
}

fn sum(call: &Call, indicator: &Indicator) -> String {
    let whole = |n: u64| format::whole(i64::try_from(n).unwrap_or(i64::MAX));
    match indicator.denominator {
        Some(denominator) => format!("{} ÷ {}", whole(indicator.numerator), whole(denominator)),
        None => call.web.views.text(
            call.lang(),
            "insight.counted",
            &[("n", whole(indicator.numerator))],
        ),
    }
}

/// An indicator as templates print it.
fn row(call: &Call, indicator: &Indicator) -> Json {
    let lang = call.lang();
    let (bar, target_at) = bar(indicator);
    let value = indicator.value.map(|value| shown(value, &indicator.unit));
    let days = indicator.from.as_ref().zip(indicator.until.as_ref());
    json!({
        "href": format!("/indicators/{}", indicator.id),
        "number": indicator.number,
        "name": indicator.name.get(lang),
        "formula": indicator.formula_text.get(lang),
        "formula_id": indicator.formula,
        "plan": indicator.plan.get(lang),
        "value": value.unwrap_or_else(|| call.t("insight.no_data")),
        "goal": shown(indicator.goal, &indicator.unit),
        "deadline": indicator.deadline,
        "sum": sum(call, indicator),
        "bar": bar,
        "target_at": target_at,
        "miss": indicator.met == Some(false),
        "met": indicator.met,
        "verdict": verdict(call, indicator),
        "period": days.map(|(from, until)| json!({ "from": from, "until": until })),
        "as_of": indicator.as_of,
        "definitions": indicator.definitions.chars().take(16).collect::<String>(),
    })
}

/// `GET /indicators`.
async fn list(call: Call) -> Answer {
    let mut ctx = call.read();
    let indicators = super::list(&mut ctx).await?;
    let met = indicators.iter().filter(|one| one.met == Some(true)).count();
    let context = json!({
        "rows": indicators.iter().map(|one| row(&call, one)).collect::<Vec<_>>(),
        "met": met,
        "all": indicators.len(),
        "as_of": ctx.now,
    });
    call.page("insight/indicator/list.html", &context)
}

/// `GET /indicators/{id}?after=`.
async fn show(call: Call, Path(id): Path<String>) -> Answer {
    let mut ctx = call.read();
    let after = call.query("after").unwrap_or_default();
    let shown = super::find(&mut ctx, &id, &after).await?;
    let parts: Vec<Json> = shown.parts.iter().map(|part| part_row(&call, &shown, part)).collect();
    let context = json!({
        "one": row(&call, &shown.indicator),
        "parts": parts,
        "total": shown.parts_total,
        "over_cases": shown.metrics.is_some(),
        "next": shown.next.map(|after| format!("/indicators/{id}?after={after}")),
    });
    call.page("insight/indicator/show.html", &context)
}

fn part_row(call: &Call, shown: &Shown, part: &PartRow) -> Json {
    let whole = |n: u64| format::whole(i64::try_from(n).unwrap_or(i64::MAX));
    let name = part.name.get(call.lang());
    let (mut numerator, mut denominator) =
        (json!(whole(part.numerator)), json!(whole(part.denominator)));
    if let Some((of, all)) = shown.metrics.as_ref().filter(|_| call.may(DRILL)) {
        let days = (shown.indicator.from.as_deref(), shown.indicator.until.as_deref());
        let link = |metric: &str, text: &Json, n: u64| match (n, days) {
            (1.., (Some(from), Some(until))) => json!({ "text": text, "href": format!(
                "/cockpit/cases?beneath={metric}&item={}&from={from}&to={until}", webkit::form::encode(&part.id)) }),
            _ => text.clone(),
        };
        numerator = link(of, &numerator, part.numerator);
        denominator = link(all, &denominator, part.denominator);
    }
    let state = match (shown.metrics.is_some(), part.numerator >= part.denominator) {
        (true, _) => json!(""),
        (false, true) => {
            json!({ "tag": "ok", "text": call.t("insight.part.yes"), "icon": "check" })
        }
        (false, false) => json!({ "tag": "", "text": call.t("insight.part.no") }),
    };
    json!({
        "name": name,
        "kind": call.t(&format!("insight.part.{}", part.kind)),
        "numerator": numerator,
        "denominator": denominator,
        "state": state,
    })
}
