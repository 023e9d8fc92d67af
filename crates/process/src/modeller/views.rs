//! What the pages of the modeller show: faults with their sentences, changes, drawings tinted with
//! both.

use super::{Change, compare};
use crate::diagram::{self, Meta, Tint};
use flow::process::{Document, Finding, refusal};
use serde_json::{Value as Json, json};
use std::collections::BTreeMap;
use webkit::Call;

/// Findings as rows: element, line, rule and the sentence.
pub(super) fn faults(call: &Call, findings: &[Finding]) -> Vec<Json> {
    let refused = refusal(findings);
    let told = findings.iter().zip(&refused.fields);
    told.map(|(finding, field)| {
        json!({ "rule": finding.rule, "element": finding.element, "line": finding.place.line,
            "path": finding.path.join(" → "), "text": call.field_sentence(field) })
    })
    .collect()
}

/// A drawing with a mark at each element at fault.
pub(super) fn faulty(
    call: &Call,
    document: &Document,
    name: &str,
    findings: &[Finding],
) -> Option<String> {
    let fault = Tint { kind: "fault", shade: 1, badge: "!".to_owned() };
    let tints = findings.iter().map(|one| (one.element.clone(), fault.clone())).collect();
    let text = call.t("process.draft.drawing");
    diagram::tinted(document, Meta { id: "drawing", title: name, text: &text }, &tints)
}

/// What differs as rows, and both drawings tinted with it.
pub(super) fn changes(call: &Call, before: &Document, after: &Document) -> Json {
    let changes = compare(before, after);
    let said = |change: &Change| {
        json!({ "kind": change.kind, "word": call.t(&format!("process.change.{}", change.kind)),
            "name": if change.name.is_empty() { &change.id } else { &change.name },
            "id": change.id, "element": change.element,
            "what": change.what.join(&call.t("webkit.comma")) })
    };
    let drawing = |document: &Document, id: &str, word: &str, shown: &str| {
        let tints: BTreeMap<String, Tint> = changes
            .iter()
            .filter(|change| change.kind == shown || change.kind == "changed")
            .map(|change| {
                let badge = match change.kind {
                    "new" => "+",
                    "old" => "−",
                    _ => "~",
                };
                let tint = Tint { kind: change.kind, shade: 1, badge: badge.to_owned() };
                (change.id.clone(), tint)
            })
            .collect();
        let (title, text) = (call.t(word), call.t("process.change.drawing"));
        diagram::tinted(document, Meta { id, title: &title, text: &text }, &tints)
    };
    json!({
        "rows": changes.iter().map(said).collect::<Vec<_>>(),
        "before": drawing(before, "before", "process.change.before", "old"),
        "after": drawing(after, "after", "process.change.after", "new"),
    })
}
