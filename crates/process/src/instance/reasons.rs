//! Recorded decisions as a page tells them: what they were told, what came of it, the rules that
//! fired with their notes.
//!
//! Must not know: how a decision is made, where it is kept.

use super::Line;
use crate::bundle::Ruling;
use flow::process::Definition;
use serde_json::{Value as Json, json};
use webkit::Call;

/// Decisions told on one page, the newest.
const TOLD_MAX: usize = 50;
/// Depth to which the decisions beneath one are told.
const DEPTH_MAX: usize = 8;

/// The decisions of a history, newest first.
pub(super) fn told(call: &Call, lines: &[Line], definition: Option<&Definition>) -> Vec<Json> {
    let all = lines.iter().rev().flat_map(|line| {
        line.rulings.iter().rev().map(move |ruling| (line.at, line.sequence, ruling))
    });
    all.take(TOLD_MAX)
        .map(|(at, sequence, ruling)| {
            let node =
                definition.and_then(|one| one.find(&ruling.node).and_then(|ix| one.node(ix)));
            let name = node.map(|node| node.name.as_str()).filter(|name| !name.is_empty());
            json!({
                "at": at, "sequence": sequence, "step": name.unwrap_or(&ruling.node),
                "decision": ruling.decision, "file": ruling.file, "digest": ruling.digest,
                "inputs": crate::task::rows(&ruling.inputs),
                "result": text(&ruling.result), "parts": parts(call, ruling),
            })
        })
        .collect()
}

/// The decision and those beneath it, each with the tables it consulted.
fn parts(call: &Call, ruling: &Ruling) -> Vec<Json> {
    let mut parts = Vec::new();
    let roots = ruling.reasons.as_array().into_iter().flatten();
    let mut rest: Vec<(usize, &Json)> = roots.rev().map(|one| (0, one)).collect();
    while let Some((depth, one)) = rest.pop() {
        if one["repeated"] == true {
            continue;
        }
        let name = one["name"].as_str().filter(|name| !name.is_empty()).or(one["id"].as_str());
        let tables = one["tables"].as_array().into_iter().flatten();
        parts.push(json!({
            "name": name.unwrap_or_default(), "result": text(&one["result"]),
            "because": one["because"].as_str().unwrap_or_default(),
            "tables": tables.map(|table| told_table(call, table)).collect::<Vec<Json>>(),
        }));
        let children = one["children"].as_array().into_iter().flatten().rev();
        if depth < DEPTH_MAX {
            rest.extend(children.map(|child| (depth + 1, child)));
        }
    }
    parts
}

fn told_table(call: &Call, table: &Json) -> Json {
    let inputs = table["inputs"].as_array().into_iter().flatten();
    let inputs = inputs.map(|one| {
        format!("{} = {}", one["name"].as_str().unwrap_or_default(), text(&one["value"]))
    });
    let rules = table["rules"].as_array().into_iter().flatten().map(|rule| {
        let notes = rule["notes"].as_array().into_iter().flatten();
        let notes = notes.map(|note| {
            let column = note["column"].as_str().unwrap_or_default();
            let told = note["text"].as_str().unwrap_or_default();
            if column.is_empty() { told.to_owned() } else { format!("{column}：{told}") }
        });
        json!({ "number": rule["rule"], "output": text(&rule["output"]),
            "notes": notes.collect::<Vec<String>>() })
    });
    let outcome = table["outcome"].as_str().filter(|outcome| *outcome != "matched");
    json!({
        "policy": table["policy"], "rules": rules.collect::<Vec<Json>>(),
        "inputs": inputs.collect::<Vec<String>>().join(&call.t("webkit.comma")),
        "outcome": outcome.map(|outcome| call.t(&format!("process.ruling.outcome.{outcome}"))),
    })
}

/// A value as it is shown.
fn text(value: &Json) -> String {
    match value {
        Json::Null => "–".to_owned(),
        Json::String(text) => text.clone(),
        other => other.to_string(),
    }
}
