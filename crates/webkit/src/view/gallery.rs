//! The gallery: every component from its examples, in one page. It is what a change of the style
//! sheet is looked at with, and what the tests render in all modes.

use super::{PageContext, Views};
use crate::chart::{self, Meta};
use kernel::{Error, Lang, Result};
use serde_json::{Map, Value, json};

/// Examples of the components; `{zh, en}` maps are texts.
const EXAMPLES: &str = include_str!("../../pages/gallery.yaml");

/// Renders the gallery.
///
/// # Errors
/// Internal: an example does not fit its component.
pub fn render(views: &Views, lang: Lang, page: PageContext) -> Result<String> {
    let examples: Value = serde_norway::from_str(EXAMPLES)
        .map_err(|e| Error::internal(format!("gallery.yaml: {e}")))?;
    let mut data = in_language(examples, lang);
    let charts = charts(&data, lang);
    if let Value::Object(map) = &mut data {
        map.insert("charts".to_owned(), charts);
    }
    views.render("webkit/gallery.html", lang, page, data)
}

/// Replaces every `{zh, en}` by the text of the language.
fn in_language(value: Value, lang: Lang) -> Value {
    match value {
        Value::Object(map)
            if map.len() == 2 && map.contains_key("zh") && map.contains_key("en") =>
        {
            let side = match lang {
                Lang::Zh => "zh",
                Lang::En => "en",
            };
            map.get(side).cloned().unwrap_or(Value::Null)
        }
        Value::Object(map) => {
            let pairs = map.into_iter().map(|(key, value)| (key, in_language(value, lang)));
            Value::Object(pairs.collect::<Map<_, _>>())
        }
        Value::Array(list) => list.into_iter().map(|value| in_language(value, lang)).collect(),
        other => other,
    }
}

fn text<'a>(data: &'a Value, pointer: &str) -> &'a str {
    data.pointer(pointer).and_then(Value::as_str).unwrap_or("")
}

fn list<'a>(data: &'a Value, pointer: &str) -> &'a [Value] {
    data.pointer(pointer).and_then(Value::as_array).map(Vec::as_slice).unwrap_or(&[])
}

fn charts(data: &Value, lang: Lang) -> Value {
    let meta = |id: &'static str, unit: &'static str, decimals| Meta {
        id,
        lang,
        title: text(data, &format!("/chart_{id}/title")),
        desc: text(data, &format!("/chart_{id}/desc")),
        rows: text(data, &format!("/chart_{id}/rows_title")),
        unit,
        decimals,
    };
    let bar = |row: &Value| chart::Bar {
        label: text(row, "/label").to_owned(),
        value: row["value"].as_f64(),
        target: row["target"].as_f64(),
        lower_is_better: row["lower"].as_bool().unwrap_or(false),
        href: Some("#".to_owned()),
    };
    let bars: Vec<_> = list(data, "/chart_bars/rows").iter().map(bar).collect();
    let bullets: Vec<_> = list(data, "/chart_bullets/rows").iter().map(bar).collect();
    let numbers = |row: &Value| list(row, "/values").iter().map(Value::as_f64).collect::<Vec<_>>();
    let stacks: Vec<_> = list(data, "/chart_stacked/rows")
        .iter()
        .map(|row| chart::Stack {
            label: text(row, "/label").to_owned(),
            values: numbers(row).into_iter().flatten().collect(),
            href: None,
        })
        .collect();
    let parts: Vec<_> = list(data, "/chart_stacked/parts")
        .iter()
        .zip(["ok", "warn", "bad"])
        .map(|(name, kind)| chart::Part { name: name.as_str().unwrap_or("").to_owned(), kind })
        .collect();
    let series: Vec<_> = list(data, "/chart_trend/series")
        .iter()
        .map(|row| chart::Series { name: text(row, "/name").to_owned(), values: numbers(row) })
        .collect();
    let ticks: Vec<String> = list(data, "/chart_trend/ticks")
        .iter()
        .map(|tick| tick.as_str().unwrap_or("").to_owned())
        .collect();
    let cities: Vec<_> = list(data, "/chart_stones/cities")
        .iter()
        .map(|row| chart::City {
            mark: text(row, "/mark").chars().next().unwrap_or(' '),
            name: text(row, "/name").to_owned(),
            value: row["value"].as_f64(),
            href: Some("#".to_owned()),
        })
        .collect();
    json!({
        "bars": chart::bars(&meta("bars", "", 0), &bars),
        "bullets": chart::bullets(&meta("bullets", "", 1), &bullets),
        "stacked": chart::stacked(&meta("stacked", "", 0), &parts, &stacks),
        "trend": chart::trend(&meta("trend", "", 1), &ticks, &series, Some(chart::Target { value: 4.4 })),
        "stones": chart::stones(
            &meta("stones", "%", 1),
            text(data, "/chart_stones/plan"),
            &cities,
            [99.0, 99.2, 99.4],
        ),
    })
}
