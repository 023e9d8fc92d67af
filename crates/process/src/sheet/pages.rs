//! Pages of sheets.

use crate::bundle::Files;
use crate::definition::{Bundle, Extra, walk};
use crate::definition::{Line as Element, Version};
use crate::instance::{Line, timeline};
use crate::statistic::span;
use crate::{READ, WORK, definition, diagram, instance};
use axum::extract::Path;
use flow::process::Space;
use kernel::{Error, Timestamp};
use serde_json::{Value as Json, json};
use std::collections::BTreeMap;
use webkit::{Access, Answer, Call, Route, get};

/// Characters of a note on a step.
const NOTE_MAX: usize = 600;

pub(super) fn routes() -> Vec<Route> {
    vec![
        get("/processes/{id}/versions/{n}/sheet", Access::Staff(READ), of_version),
        get("/instances/{id}/sheet", Access::Staff(WORK), of_instance),
    ]
}

/// `GET /processes/{id}/versions/{n}/sheet`.
async fn of_version(call: Call, Path((id, n)): Path<(String, String)>) -> Answer {
    let number: i64 = n.parse().map_err(|_| Error::not_found())?;
    let mut ctx = call.read();
    let (shown, bundle) = definition::show(&mut ctx, &id, number).await?;
    let files = definition::files_told(&mut ctx, &id, number).await?;
    let mut context = json!({
        "instance": Json::Null, "version": shown.version, "name": definition::name(&call, &shown.version),
        "agency": agency(&call, &shown.version.agency), "printed": call.read().now.rfc3339(),
        "drawing": drawing(&call, &bundle, &shown.version, &BTreeMap::new()),
        "note": notes(&bundle).remove(&id), "steps": steps(&call, &shown.elements, &bundle),
        "acts": [], "where": [], "phase": "",
    });
    parts(&call, &bundle, &files, &mut context);
    call.page("process/sheet/show.html", &context)
}

/// `GET /instances/{id}/sheet`.
async fn of_instance(call: Call, Path(id): Path<String>) -> Answer {
    let mut ctx = call.read();
    let shown = instance::show(&mut ctx, &id).await?;
    let lines = timeline(&mut ctx, &id).await?;
    let bundle_id = definition::bundle_of(&mut ctx, &shown.process, shown.version).await?;
    let bundle = definition::bundle(&mut ctx, &bundle_id).await?;
    let (version, elements) =
        definition::told(&mut ctx, &shown.process, shown.version, &bundle).await?;
    let mut marks: BTreeMap<String, usize> = BTreeMap::new();
    for place in &shown.places {
        *marks.entry(place.node.clone()).or_default() += 1;
    }
    let here: Vec<&String> = shown
        .places
        .iter()
        .map(|one| if one.name.is_empty() { &one.node } else { &one.name })
        .collect();
    let first = lines.first().map_or(1, |line| line.sequence);
    let files = definition::files_told(&mut ctx, &shown.process, shown.version).await?;
    let mut context = json!({
        "name": definition::name(&call, &version), "agency": agency(&call, &shown.agency),
        "printed": ctx.now.rfc3339(), "drawing": drawing(&call, &bundle, &version, &marks),
        "note": notes(&bundle).remove(&shown.process), "steps": steps(&call, &elements, &bundle),
        "acts": acts(&call, &lines), "earlier": first - 1, "where": here,
        "phase": call.t(&format!("process.phase.{}", shown.phase)),
        "version": version, "instance": shown,
    });
    parts(&call, &bundle, &files, &mut context);
    call.page("process/sheet/show.html", &context)
}

/// What every sheet says beside its steps: the legal basis, the forms, the decisions as tables.
fn parts(call: &Call, bundle: &Bundle, files: &Files, context: &mut Json) {
    let lang = call.lang();
    context["about"] = json!(bundle.about.as_ref().map(|about| {
        let basis = about.basis.iter().map(|one| {
            let said = one.summary.as_ref().map(|text| text.get(lang));
            json!({ "law": one.citation().get(lang), "said": said })
        });
        json!({ "summary": about.summary.get(lang), "basis": basis.collect::<Vec<Json>>() })
    }));
    let forms = bundle.forms.iter().map(|form| {
        let fields = form.fields.iter().map(|field| {
            let choices = field.choices.iter().map(|one| one.label.get(lang));
            let hint = field.hint.as_ref().map(|hint| hint.get(lang));
            let said: Vec<&str> = choices.chain(hint).collect();
            json!({ "label": field.label.get(lang), "required": field.required,
                "read_only": field.read_only, "said": said.join(&call.t("webkit.comma")) })
        });
        json!({ "title": form.title.get(lang), "fields": fields.collect::<Vec<Json>>() })
    });
    context["forms"] = json!(forms.collect::<Vec<Json>>());
    let read = files.decisions().filter_map(|(_, bytes)| decision::model::written(bytes).ok());
    let tables = read.flatten().map(|one| crate::modeller::decision_table(&one));
    context["decisions"] = json!(tables.collect::<Vec<Json>>());
}

pub(crate) fn agency(call: &Call, id: &str) -> String {
    let pack = &call.web.env.pack;
    pack.agency(id).map_or(id.to_owned(), |one| one.name.get(call.lang()).to_owned())
}

fn drawing(
    call: &Call,
    bundle: &Bundle,
    version: &Version,
    marks: &BTreeMap<String, usize>,
) -> Option<String> {
    let (name, text) = (definition::name(call, version), call.t("process.sheet.drawing"));
    diagram::svg(
        &bundle.document,
        diagram::Meta { id: "diagram", title: &name, text: &text },
        marks,
    )
}

/// What the drawing says of its elements in words (`documentation`), by id: the law a step stands
/// on, and what is to be minded.
fn notes(bundle: &Bundle) -> BTreeMap<String, String> {
    let mut notes = BTreeMap::new();
    walk(&bundle.document.root, &mut |element| {
        let Some(id) = element.get("id").filter(|_| element.space == Space::Bpmn) else { return };
        let Some(note) = element.child("documentation").map(|note| note.text()) else { return };
        let note: String = note.trim().chars().take(NOTE_MAX).collect();
        if !note.is_empty() {
            notes.insert(id.to_owned(), note);
        }
    });
    notes
}

/// The steps people do, in the order of the document.
fn steps(call: &Call, elements: &[Element], bundle: &Bundle) -> Vec<Json> {
    let mut notes = notes(bundle);
    let work = elements.iter().filter(|one| matches!(one.kind, "user" | "manual" | "ad_hoc"));
    work.zip(1..)
        .map(|(one, number)| {
            let who: Vec<String> =
                one.candidates.iter().map(|text| candidate(call, text)).collect();
            let next = one.next.iter().map(|way| {
                let name = if way.name.is_empty() { &way.to } else { &way.name };
                match way.condition.as_str() {
                    "" => name.clone(),
                    condition => format!("{name} [{condition}]"),
                }
            });
            json!({
                "number": number, "name": if one.name.is_empty() { &one.id } else { &one.name },
                "who": who.join(&call.t("webkit.comma")), "note": notes.remove(&one.id),
                "limit": bundle.extras.get(&one.id).and_then(|extra| limit(call, extra)),
                "next": next.collect::<Vec<_>>().join(&call.t("webkit.comma")),
            })
        })
        .collect()
}

/// A limit in words.
fn limit(call: &Call, extra: &Extra) -> Option<String> {
    use crate::definition::TaskLimit;
    match extra.limit? {
        TaskLimit::Working(limit) => {
            let args = [("n", limit.amount.to_string())];
            Some(call.web.views.text(call.lang(), "process.sheet.working_days", &args))
        }
        TaskLimit::Elapsed(duration) => {
            let after = duration.after(Timestamp(0))?;
            Some(span(call, after.0 / kernel::time::SECOND_US))
        }
    }
}

/// Who a candidate is, in words.
pub(crate) fn candidate(call: &Call, text: &str) -> String {
    let pack = &call.web.env.pack;
    let role = |id: &str| {
        let found = pack.roles().find(|role| role.id == id);
        found.map_or(id.to_owned(), |role| role.name.get(call.lang()).to_owned())
    };
    if text == "@starter" {
        return call.t("process.sheet.starter");
    }
    match text.split_once('@') {
        Some((one, "*")) => format!("{} ({})", role(one), call.t("process.sheet.anywhere")),
        Some((one, at)) => format!("{} {}", agency(call, at), role(one)),
        None if pack.agency(text).is_some() => agency(call, text),
        None => role(text),
    }
}

/// What people did, oldest first, with their words and names.
fn acts(call: &Call, lines: &[Line]) -> Vec<Json> {
    let by_hand = |line: &&Line| {
        !matches!(
            line.kind,
            "timer_fired"
                | "message_delivered"
                | "signal_received"
                | "job_done"
                | "job_failed"
                | "child_ended"
                | "parent_ended"
                | "claimed"
                | "copied"
        )
    };
    lines
        .iter()
        .filter(by_hand)
        .map(|line| {
            json!({ "act": call.t(&format!("process.kind.{}", line.kind)), "step": line.step,
                "to": line.to, "words": line.words, "by": line.by, "at": line.at })
        })
        .collect()
}
