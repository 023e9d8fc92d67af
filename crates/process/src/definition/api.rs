//! The REST interface of definitions.

use super::model::{Deployed, Shown, Version, VersionPage};
use super::upload;
use crate::{DEPLOY, READ};
use axum::extract::Path;
use pack::procedure::TaskForm;
use schemars::JsonSchema;
use serde::Deserialize;
use std::collections::BTreeMap;
use webkit::{Access, Answer, Body, Call, Route, get, post};

/// What to deploy: a document alone under `xml`, or `diagram` with its decisions and forms.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub(super) struct Document {
    /// BPMN 2.0 XML, alone.
    pub(super) xml: String,
    /// BPMN 2.0 XML.
    pub(super) diagram: String,
    /// DMN documents by file name.
    pub(super) decisions: BTreeMap<String, String>,
    /// Forms of its tasks; the form `start` is asked of who begins it.
    pub(super) forms: Vec<TaskForm>,
}

pub(super) fn routes() -> Vec<Route> {
    let read = Access::Staff(READ);
    vec![
        get("/api/v1/processes", read, list)
            .doc("Lists the newest version of every process; ?after=.")
            .asks(&["after"])
            .gives::<VersionPage>(),
        post("/api/v1/processes", Access::Staff(DEPLOY), deploy)
            .upload()
            .doc("Checks a BPMN document with its decisions and forms, proves it sound and deploys its processes.")
            .takes::<Document>()
            .gives::<Deployed>(),
        get("/api/v1/processes/{id}/versions", read, versions)
            .doc("Lists the versions of a process, newest first; ?before=.")
            .asks(&["before"])
            .gives::<VersionPage>(),
        get("/api/v1/processes/{id}/versions/{n}", read, show)
            .doc("Gives a version with its elements.")
            .gives::<Shown>(),
        get("/api/v1/processes/{id}/versions/{n}/bpmn", read, export)
            .doc("Gives the document of a version byte for byte."),
        get("/api/v1/processes/{id}/versions/{n}/files/{name}", read, file)
            .doc("Gives a file of a version byte for byte: its diagram, a decision, its forms."),
        get("/api/v1/processes/{id}", read, newest)
            .doc("Gives the newest version of a process.")
            .gives::<Version>(),
    ]
}

async fn list(call: Call) -> Answer {
    let after = call.query("after").unwrap_or_default();
    call.json(&super::list(&mut call.read(), &after).await?)
}

async fn deploy(call: Call, Body(body): Body<Document>) -> Answer {
    let mut ctx = call.write().await?;
    let done = super::deploy_files(&mut ctx, &upload::of_body(&body)?).await?;
    ctx.commit().await?;
    call.json_with(axum::http::StatusCode::CREATED, &done)
}

async fn versions(call: Call, Path(id): Path<String>) -> Answer {
    let before = call.query("before").and_then(|text| text.parse().ok());
    call.json(&super::versions(&mut call.read(), &id, before).await?)
}

async fn show(call: Call, Path((id, n)): Path<(String, String)>) -> Answer {
    call.json(&super::show(&mut call.read(), &id, number(&n)?).await?.0)
}

async fn export(call: Call, Path((id, n)): Path<(String, String)>) -> Answer {
    let bytes = super::export(&mut call.read(), &id, number(&n)?).await?;
    call.file("application/xml", &format!("{id}-{n}.bpmn"), bytes)
}

pub(super) async fn file(
    call: Call,
    Path((id, n, name)): Path<(String, String, String)>,
) -> Answer {
    let files = super::files(&mut call.read(), &id, number(&n)?).await?;
    let bytes = files.get(&name).ok_or_else(kernel::Error::not_found)?;
    call.file(upload::media_type(&name), &name, bytes.to_vec())
}

/// A version's number in an address. Errors: `not_found`.
pub(super) fn number(text: &str) -> kernel::Result<i64> {
    text.parse().map_err(|_| kernel::Error::not_found())
}

async fn newest(call: Call, Path(id): Path<String>) -> Answer {
    call.json(&super::newest(&mut call.read(), &id).await?)
}
