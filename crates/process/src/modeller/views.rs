//! What the pages of the modeller show: faults with their sentences, changes, drawings tinted with
//! both.

use super::differ::{self, DecisionChange, FormChange};
use super::{Change, compare};
use crate::bundle::{FORMS_JSON, FORMS_YAML, Files};
use crate::diagram::{self, Meta, Tint};
use flow::process::{Document, Finding, refusal};
use pack::procedure::DIAGRAM;
use serde_json::{Value as Json, json};
use std::collections::BTreeMap;
use webkit::Call;

/// Characters of a line of a document shown beside a fault.
const LINE_MAX: usize = 160;

/// Findings as rows: file, element, line with its text, rule and the sentence.
pub(super) fn faults(call: &Call, findings: &[Finding], files: &Files) -> Vec<Json> {
    let refused = refusal(findings);
    let told = findings.iter().zip(&refused.fields);
    told.map(|(finding, field)| {
        let (file, element) = place(finding);
        json!({ "rule": finding.rule, "element": element, "file": file,
            "line": finding.place.line, "source": line(files, file, finding.place.line),
            "path": finding.path.join(" → "), "text": call.field_sentence(field) })
    })
    .collect()
}

/// The file a finding is in, and the element.
fn place(finding: &Finding) -> (&str, &str) {
    let element = finding.element.as_str();
    match element.split_once('#') {
        Some((file, element)) if file.ends_with(".dmn") => (file, element),
        _ if element.ends_with(".dmn") || [FORMS_YAML, FORMS_JSON].contains(&element) => {
            (element, "")
        }
        _ => (DIAGRAM, element),
    }
}

/// A line of a file, from 1; empty when there is none.
pub(super) fn line(files: &Files, file: &str, line: u32) -> String {
    let Some(at) = (line as usize).checked_sub(1) else { return String::new() };
    let text = super::text(files.get(file).unwrap_or_default());
    let line = text.lines().nth(at).unwrap_or_default().trim();
    line.chars().take(LINE_MAX).collect()
}

/// Decisions a step may ask, by id.
pub(super) fn decision_ids(files: &Files) -> Vec<String> {
    let read = files.decisions().filter_map(|(_, bytes)| decision::model::written(bytes).ok());
    read.flatten().map(|one| one.id).collect()
}

/// Forms a task may name.
pub(super) fn form_ids(files: &Files) -> Vec<String> {
    let forms = files.forms().unwrap_or_default();
    forms.into_iter().map(|form| form.id).collect()
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

/// What differs as rows, and both drawings tinted with it. A diagram that cannot be read differs
/// from none.
pub(super) fn changes(call: &Call, before: &Files, after: &Files) -> Json {
    let decisions = differ::decisions(before, after);
    let forms = differ::forms(before, after);
    let decisions: Vec<Json> = decisions.iter().map(|one| decision(call, one)).collect();
    let forms: Vec<Json> = forms.iter().map(|one| form(call, one)).collect();
    let parsed = Document::parse(before.diagram()).ok().zip(Document::parse(after.diagram()).ok());
    let (rows, drawings) = match &parsed {
        Some((before, after)) => elements(call, before, after),
        None => (Vec::new(), (None, None)),
    };
    json!({ "rows": rows, "before": drawings.0, "after": drawings.1, "decisions": decisions,
        "forms": forms })
}

type Drawings = (Option<String>, Option<String>);

fn elements(call: &Call, before: &Document, after: &Document) -> (Vec<Json>, Drawings) {
    let changes = compare(before, after);
    let said = |change: &Change| {
        json!({ "kind": change.kind, "word": word(call, change.kind),
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
    let drawings = (
        drawing(before, "before", "process.change.before", "old"),
        drawing(after, "after", "process.change.after", "new"),
    );
    (changes.iter().map(said).collect(), drawings)
}

fn word(call: &Call, kind: &str) -> String {
    call.t(&format!("process.change.{kind}"))
}

fn decision(call: &Call, one: &DecisionChange) -> Json {
    let what: Vec<String> =
        one.what.iter().map(|what| call.t(&format!("process.change.of_{what}"))).collect();
    let rules = one.rules.iter().map(|rule| {
        let pairs = (0..rule.before.len().max(rule.after.len())).map(|at| {
            let cell = |cells: &[String]| cells.get(at).cloned().unwrap_or_default();
            let (before, after) = (cell(&rule.before), cell(&rule.after));
            json!({ "before": before, "after": after, "same": before == after })
        });
        json!({ "number": rule.number, "kind": rule.kind, "word": word(call, rule.kind),
            "cells": pairs.collect::<Vec<Json>>() })
    });
    json!({ "file": one.file, "name": if one.name.is_empty() { &one.file } else { &one.name },
        "kind": one.kind, "word": word(call, one.kind), "columns": one.columns,
        "what": what.join(&call.t("webkit.comma")), "rules": rules.collect::<Vec<Json>>() })
}

fn form(call: &Call, one: &FormChange) -> Json {
    json!({ "form": one.form, "field": one.field, "kind": one.kind, "word": word(call, one.kind),
        "what": one.what.join("; ") })
}
