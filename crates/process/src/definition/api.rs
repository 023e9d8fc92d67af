//! The REST interface of definitions.

use super::model::{Deployed, Shown, Version, VersionPage};
use crate::{DEPLOY, READ};
use axum::extract::Path;
use schemars::JsonSchema;
use serde::Deserialize;
use webkit::{Access, Answer, Body, Call, Route, get, post};

/// A document to deploy.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Document {
    /// BPMN 2.0 XML.
    xml: String,
}

pub(super) fn routes() -> Vec<Route> {
    let read = Access::Staff(READ);
    vec![
        get("/api/v1/processes", read, list)
            .doc("Lists the newest version of every process; ?after=.")
            .gives::<VersionPage>(),
        post("/api/v1/processes", Access::Staff(DEPLOY), deploy)
            .upload()
            .doc("Checks a BPMN document, proves it sound and deploys its processes.")
            .takes::<Document>()
            .gives::<Deployed>(),
        get("/api/v1/processes/{id}/versions", read, versions)
            .doc("Lists the versions of a process, newest first; ?before=.")
            .gives::<VersionPage>(),
        get("/api/v1/processes/{id}/versions/{n}", read, show)
            .doc("Gives a version with its elements.")
            .gives::<Shown>(),
        get("/api/v1/processes/{id}/versions/{n}/bpmn", read, export)
            .doc("Gives the document of a version byte for byte."),
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
    let done = super::deploy(&mut ctx, body.xml.as_bytes()).await?;
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

/// A version's number in an address. Errors: `not_found`.
pub(super) fn number(text: &str) -> kernel::Result<i64> {
    text.parse().map_err(|_| kernel::Error::not_found())
}

async fn newest(call: Call, Path(id): Path<String>) -> Answer {
    call.json(&super::newest(&mut call.read(), &id).await?)
}
