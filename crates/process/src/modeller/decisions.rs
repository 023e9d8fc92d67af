//! Pages of a draft's decisions: one is added, written as a table in the browser or as text, sent as
//! a file, taken out; its tests are run and its tables analysed each time it is shown.
//!
//! Must not know: how decisions are made.

use super::differ::{cells, columns};
use super::model::Draft;
use super::{handed, pages, views};
use crate::READ;
use crate::bundle::{DECISIONS_MAX, Files, decision_file, drafted};
use axum::extract::Path;
use decision::model::{Analysis, GaveUp, Model, Region, Used, Written, written};
use flow::process::Finding;
use kernel::{Error, Kind, Result};
use serde_json::{Value as Json, json};
use store::command;
use webkit::view::asset;
use webkit::{Access, Answer as Reply, Call, Form, Papers, Route, get, post};

/// What a new decision begins with.
const BLANK: &str = include_str!("blank.dmn");
/// The table's surface, when it was built.
const ISLAND: &str = "web/decision.js";
/// Characters of a new decision's name.
const NAME_MAX: usize = 40;

pub(super) fn routes() -> Vec<Route> {
    let read = Access::Staff(READ);
    vec![
        post("/process-drafts/{id}/decisions", read, add),
        get("/process-drafts/{id}/decisions/{name}", read, show),
        post("/process-drafts/{id}/decisions/{name}", read, save).upload(),
        get("/process-drafts/{id}/decisions/{name}/dmn", read, export),
        post("/process-drafts/{id}/decisions/{name}/delete", read, delete),
    ]
}

fn path(id: &str, file: &str) -> String {
    format!("/process-drafts/{id}/decisions/{}", webkit::form::encode(file))
}

/// `POST /process-drafts/{id}/decisions`: a new one, to be filled in.
async fn add(call: Call, Path(id): Path<String>, form: Form) -> Reply {
    let mut ctx = call.write().await?;
    if let Some(file) = command::begin(&mut ctx, form.once(), "process.draft_decision").await? {
        return call.see(&path(&id, &file));
    }
    let (draft, files) = super::hold(&mut ctx, &id).await?;
    match begun(form.text("decision"), files) {
        Ok((file, files)) => {
            super::save(&mut ctx, &id, None, &draft.name, &files).await?;
            command::finish(&mut ctx, form.once(), &file).await?;
            ctx.commit().await?;
            call.see(&path(&id, &file))
        }
        Err(error) => {
            drop(ctx);
            pages::again(&call, &id, &form, &error).await
        }
    }
}

/// The files with a new decision of that name. Errors: `process.draft_decision`.
fn begun(name: &str, files: Files) -> Result<(String, Files)> {
    let file = decision_file(name);
    let id = file.trim_end_matches(".dmn").to_owned();
    let first = id.chars().next().is_some_and(|c| c.is_alphabetic() || c == '_');
    let many = files.decisions().count() >= DECISIONS_MAX;
    if !first || many || name.chars().count() > NAME_MAX || files.get(&file).is_some() {
        let args = vec![("max", NAME_MAX.to_string()), ("files", DECISIONS_MAX.to_string())];
        let error = Error::invalid("process.draft_decision");
        return Err(error.field_with("decision", "process.draft_decision", args));
    }
    let text = BLANK.replace("DECISION", &id);
    Ok((file.clone(), files.with(&file, text.as_bytes())))
}

/// `GET /process-drafts/{id}/decisions/{name}`.
async fn show(call: Call, Path((id, name)): Path<(String, String)>) -> Reply {
    let (draft, files) = super::find(&mut call.read(), &id).await?;
    let context = shown(&call, &draft, &files, &name, None)?;
    call.page("process/modeller/decision.html", &context)
}

/// `POST /process-drafts/{id}/decisions/{name}`.
async fn save(call: Call, Path((id, name)): Path<(String, String)>, Papers(form): Papers) -> Reply {
    let mut ctx = call.write().await?;
    let (draft, files) = super::hold(&mut ctx, &id).await?;
    let kept = decision_of(&files, &name)?.to_vec();
    let files = match handed::one(&form, ("document", "text"), &kept) {
        Some(bytes) => files.with(&name, &bytes),
        None => files,
    };
    let revision = form.number("revision");
    match super::save(&mut ctx, &id, revision, &draft.name, &files).await {
        Ok(()) => {
            ctx.commit().await?;
            call.see(&format!("{}?notice=process.draft_saved", path(&id, &name)))
        }
        Err(error) if matches!(error.kind, Kind::Invalid | Kind::Conflict) => {
            drop(ctx);
            let (draft, files) = super::find(&mut call.read(), &id).await?;
            let context = shown(&call, &draft, &files, &name, Some((&form, &error)))?;
            call.page_again("process/modeller/decision.html", &context)
        }
        Err(error) => Err(error.into()),
    }
}

/// `GET /process-drafts/{id}/decisions/{name}/dmn`.
async fn export(call: Call, Path((id, name)): Path<(String, String)>) -> Reply {
    let (_, files) = super::find(&mut call.read(), &id).await?;
    let bytes = decision_of(&files, &name)?.to_vec();
    call.file("application/xml", &name, bytes)
}

/// `POST /process-drafts/{id}/decisions/{name}/delete`.
async fn delete(call: Call, Path((id, name)): Path<(String, String)>, form: Form) -> Reply {
    let mut ctx = call.write().await?;
    if command::begin(&mut ctx, form.once(), "process.draft_decision_delete").await?.is_none() {
        let (draft, files) = super::hold(&mut ctx, &id).await?;
        decision_of(&files, &name)?;
        super::save(&mut ctx, &id, None, &draft.name, &files.without(&name)).await?;
        ctx.commit().await?;
    }
    call.see(&format!("/process-drafts/{id}?notice=process.draft_saved"))
}

/// A decision model of the files. Errors: `not_found`, for the other files too.
fn decision_of<'a>(files: &'a Files, name: &str) -> Result<&'a [u8]> {
    let found = files.decisions().find(|(file, _)| *file == name);
    found.map(|(_, bytes)| bytes).ok_or_else(Error::not_found)
}

/// Everything the page of a decision shows; `again` is a form that was refused, and why.
fn shown(
    call: &Call,
    draft: &Draft,
    files: &Files,
    name: &str,
    again: Option<(&Form, &Error)>,
) -> Result<Json> {
    let bytes = decision_of(files, name)?;
    let (model, findings) = match drafted(files, name).ok_or_else(Error::not_found)? {
        Ok((model, findings)) => (Some(model), findings),
        Err(findings) => (None, findings),
    };
    // A finding of the model names its element alone.
    let within =
        |finding: Finding| Finding { element: format!("{name}#{}", finding.element), ..finding };
    let findings: Vec<Finding> = findings.into_iter().map(within).collect();
    let text = handed::shown(again.map(|(form, _)| form), ("document", "text"), bytes);
    let errors = again.map(|(_, error)| pages::errors(call, error)).unwrap_or_default();
    let tables = written(bytes).unwrap_or_default();
    Ok(json!({
        "draft": draft, "file": name, "errors": errors, "path": path(&draft.id, name),
        "text": text, "built": asset::find(ISLAND).is_some(),
        "faults": views::faults(call, &findings, files),
        "tests": model.as_ref().map(tests).unwrap_or_default(),
        "analyses": model.as_ref().map(|model| analyses(call, model)).unwrap_or_default(),
        "tables": tables.iter().map(table).collect::<Vec<Json>>(),
    }))
}

/// The tests of a model, run.
fn tests(model: &Model) -> Vec<Json> {
    let told = model.run_tests().into_iter().map(|test| {
        json!({ "name": test.name, "decision": test.decision, "line": test.line,
            "passed": test.passed, "expected": test.expected.to_string(),
            "actual": test.error.unwrap_or_else(|| test.actual.to_string()) })
    });
    told.collect()
}

/// Gaps and overlaps of every table of a model, in words.
fn analyses(call: &Call, model: &Model) -> Vec<Json> {
    model.analyse().iter().map(|one| analysis(call, one)).collect()
}

fn analysis(call: &Call, one: &Analysis) -> Json {
    let sep = call.t("webkit.comma");
    let region = |region: &[Region]| {
        let said = region.iter().filter(|one| one.values != "-");
        let said: Vec<String> = said.map(|one| format!("{} {}", one.column, one.values)).collect();
        if said.is_empty() { call.t("process.decision.any") } else { said.join(&sep) }
    };
    let example = |used: &[Used]| {
        let said = used.iter().map(|one| format!("{} = {}", one.name, one.value));
        said.collect::<Vec<_>>().join(&sep)
    };
    let gaps = one.gaps.iter().map(|gap| {
        json!({ "where": region(&gap.region), "example": example(&gap.example), "rules": "" })
    });
    let overlaps = one.overlaps.iter().map(|overlap| {
        let rules: Vec<String> = overlap.rules.iter().map(usize::to_string).collect();
        json!({ "where": region(&overlap.region), "example": example(&overlap.example),
            "rules": rules.join(&sep) })
    });
    let gave_up = one.gave_up.as_ref().map(|why| match why {
        GaveUp::TooLarge => call.t("process.decision.too_large"),
        GaveUp::Cell { rule, column } => {
            let args = [("rule", rule.to_string()), ("column", column.clone())];
            call.web.views.text(call.lang(), "process.decision.cell", &args)
        }
    });
    let whole = one.gaps.is_empty() && one.overlaps.is_empty() && gave_up.is_none();
    json!({ "decision": one.decision, "line": one.line, "policy": one.policy, "more": one.more,
        "gaps": gaps.collect::<Vec<Json>>(), "overlaps": overlaps.collect::<Vec<Json>>(),
        "gave_up": gave_up, "whole": whole })
}

/// A decision as written, for a page or a sheet.
pub(crate) fn table(one: &Written) -> Json {
    let empty = Default::default();
    let table = one.table.as_ref().unwrap_or(&empty);
    json!({
        "id": one.id, "name": one.name, "description": one.description, "text": one.text,
        "policy": table.policy, "columns": columns(table), "inputs": table.inputs.len(),
        "rules": table.rules.iter().map(cells).collect::<Vec<_>>(),
    })
}
