//! Pages of definitions: the list with deployment, and a version with its drawing.

use super::api::number;
use super::{Version, upload};
use crate::diagram;
use crate::sheet;
use crate::task::asked::{self, Typed};
use crate::{DEPLOY, MANAGE, READ, START};
use axum::extract::Path;
use flow::process::Variables;
use kernel::{Error, Kind, Result};
use serde_json::{Value as Json, json};
use std::collections::BTreeMap;
use store::command;
use webkit::{Access, Answer, Call, Form, Route, get, post};

pub(super) fn routes() -> Vec<Route> {
    let read = Access::Staff(READ);
    vec![
        get("/processes", read, list),
        post("/processes", Access::Staff(DEPLOY), deploy).upload(),
        get("/processes/{id}/versions/{n}", read, show),
        get("/processes/{id}/versions/{n}/bpmn", read, export),
        get("/processes/{id}/versions/{n}/files/{name}", read, super::api::file),
    ]
}

/// `GET /processes?after=`.
async fn list(call: Call) -> Answer {
    call.page("process/definition/list.html", &context(&call, Vec::new()).await?)
}

/// What a procedure is called in the reader's language; one without a name, by its id.
pub(crate) fn name(call: &Call, version: &Version) -> String {
    match version.name.as_str() {
        "" => version.process.clone(),
        drawn => {
            super::named(&call.web.env.pack, &version.process, drawn).get(call.lang()).to_owned()
        }
    }
}

async fn context(call: &Call, faults: Vec<Json>) -> Result<Json> {
    let after = call.query("after").unwrap_or_default();
    let mut page = super::list(&mut call.read(), &after).await?;
    for one in &mut page.versions {
        one.name = name(call, one);
        one.agency = sheet::agency(call, &one.agency);
    }
    let next = page.next.map(|next| format!("/processes?after={}", webkit::form::encode(&next)));
    Ok(
        json!({ "versions": page.versions, "next": next, "deploys": call.may(DEPLOY), "faults": faults }),
    )
}

/// `POST /processes`: deploys the document sent; its findings are told on the page.
async fn deploy(call: Call, form: Form) -> Answer {
    let mut ctx = call.write().await?;
    if command::begin(&mut ctx, form.once(), "process.deploy").await?.is_some() {
        return call.see("/processes");
    }
    let done = match upload::of_form(&form) {
        Ok(files) => super::deploy_files(&mut ctx, &files).await,
        Err(error) => Err(error),
    };
    match done {
        Ok(done) => {
            ctx.commit().await?;
            let first = done.versions.first();
            let to = first.map(|one| {
                let id = webkit::form::encode(&one.process);
                format!("/processes/{id}/versions/{}?notice=process.deploy", one.version)
            });
            call.see(&to.unwrap_or_else(|| "/processes".to_owned()))
        }
        Err(error) if error.kind == Kind::Invalid => {
            drop(ctx);
            let arg = |args: &[(&'static str, String)], name: &str| {
                args.iter().find(|(key, _)| *key == name).map(|(_, value)| value.clone())
            };
            let faults = error
                .fields
                .iter()
                .map(|fault| {
                    json!({ "rule": fault.code, "element": fault.field,
                        "line": arg(&fault.args, "line").unwrap_or_default(),
                        "path": arg(&fault.args, "path").unwrap_or_default(),
                        "text": call.field_sentence(fault) })
                })
                .collect();
            call.page_again("process/definition/list.html", &context(&call, faults).await?)
        }
        Err(error) => Err(error.into()),
    }
}

/// `GET /processes/{id}/versions/{n}`.
async fn show(call: Call, Path((id, n)): Path<(String, String)>) -> Answer {
    let context = version(&call, &id, number(&n)?, None).await?;
    call.page("process/definition/show.html", &context)
}

/// The page of a version again, with what was typed to begin it and what is wrong with it. Errors:
/// the fault itself when no version was named.
pub(crate) async fn begin_again(call: &Call, form: &Form, error: Error) -> Answer {
    let Some(n) = form.number("version") else { return Err(error.into()) };
    let context = version(call, form.text("process"), n, Some((form, &error))).await?;
    call.page_again("process/definition/show.html", &context)
}

/// What the page of a version shows; `again` is a form to begin it that was refused.
async fn version(call: &Call, id: &str, n: i64, again: Option<(&Form, &Error)>) -> Result<Json> {
    let mut ctx = call.read();
    let (shown, bundle) = super::show(&mut ctx, id, n).await?;
    let versions = super::versions(&mut ctx, id, None).await?.versions;
    let name = name(call, &shown.version);
    let text = call.web.views.text(
        call.lang(),
        "process.definition.drawing",
        &[("n", shown.elements.len().to_string())],
    );
    let meta = diagram::Meta { id: "diagram", title: &name, text: &text };
    let drawing = diagram::svg(&bundle.document, meta, &BTreeMap::new());
    let elements: Vec<Json> = shown
        .elements
        .iter()
        .map(|one| {
            let next: Vec<String> = one
                .next
                .iter()
                .map(|way| {
                    let name = if way.name.is_empty() { &way.to } else { &way.name };
                    match way.condition.as_str() {
                        "" => name.clone(),
                        condition => format!("{name} [{condition}]"),
                    }
                })
                .collect();
            let candidates: Vec<String> =
                one.candidates.iter().map(|text| sheet::candidate(call, text)).collect();
            json!({
                "name": if one.name.is_empty() { &one.id } else { &one.name },
                "kind": call.t(&format!("process.element.{}", one.kind)),
                "candidates": candidates.join(&call.t("webkit.comma")),
                "next": next.join(&call.t("webkit.comma")),
                "line": one.line,
            })
        })
        .collect();
    let typed = again.map(|(form, error)| Typed::new(call, form, error));
    let asked = shown.start.as_ref();
    let asked = asked.map(|form| asked::shown(call, form, &Variables::new(), typed.as_ref()));
    let was = |name: &str| again.map(|(form, _)| form.text(name)).unwrap_or_default().to_owned();
    let failed = again.map(|(_, error)| match error.code {
        "process.answers" => call.sentence(error),
        _ => call.faults(error).into_iter().next().map(|one| one.message).unwrap_or_default(),
    });
    let about = shown.about.as_ref().map(|about| {
        let basis = about.basis.iter().map(|one| {
            let said = one.summary.as_ref().map(|text| text.get(call.lang()));
            json!({ "law": one.citation().get(call.lang()), "said": said })
        });
        json!({ "summary": about.summary.get(call.lang()), "basis": basis.collect::<Vec<Json>>() })
    });
    let figures = call.may(MANAGE) || call.actor().agency == shown.version.agency;
    Ok(json!({ "version": shown.version, "name": name,
        "agency": sheet::agency(call, &shown.version.agency), "elements": elements, "drawing": drawing,
        "versions": versions, "starts": call.may(START), "files": shown.files, "about": about,
        "asked": asked, "failed": failed, "figures": figures, "migrates": call.may(DEPLOY),
        "typed": { "title": was("title"), "variables": was("variables") } }))
}

/// `GET /processes/{id}/versions/{n}/bpmn`.
async fn export(call: Call, Path((id, n)): Path<(String, String)>) -> Answer {
    let bytes = super::export(&mut call.read(), &id, number(&n)?).await?;
    call.file("application/xml", &format!("{id}-{n}.bpmn"), bytes)
}
