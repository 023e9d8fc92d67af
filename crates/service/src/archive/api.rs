//! The REST interface of the archive.

use super::model::{ArchiveFixity, CheckReport, Folder, FolderPage, HeldFormat};
use super::{AUDIT, MANAGE, READ};
use axum::extract::Path;
use schemars::JsonSchema;
use serde::Serialize;
use webkit::{Access, Answer, Call, Route, Sent, get, post};

/// The formats held.
#[derive(Debug, Serialize, JsonSchema)]
struct Formats {
    /// Those most at risk first.
    formats: Vec<HeldFormat>,
}

/// The folders of a case.
#[derive(Debug, Serialize, JsonSchema)]
struct Folders {
    /// One per item, and one more for each later end of a case.
    folders: Vec<Folder>,
}

pub(super) fn routes() -> Vec<Route> {
    vec![
        get("/api/v1/cases/{id}/archive", Access::SignedIn, folders)
            .doc("Lists the archived folders of a case with their parts.")
            .gives::<Folders>(),
        get("/api/v1/archives", Access::Staff(READ), list)
            .doc("Lists the folders of one's agency, newest first; ?after=.")
            .asks(&["after"])
            .gives::<FolderPage>(),
        post("/api/v1/archives", Access::Staff(MANAGE), take_in)
            .upload()
            .doc("Takes in a folder packed elsewhere, as the package it left in.")
            .takes_file()
            .gives::<Folder>(),
        get("/api/v1/archives/fixity", Access::Staff(AUDIT), fixity)
            .doc("Shows how the folders within reach stand, and what their checks found wrong.")
            .gives::<ArchiveFixity>(),
        get("/api/v1/archives/formats", Access::Staff(AUDIT), formats)
            .doc("Counts the files kept by format, with the risk of each.")
            .gives::<Formats>(),
        post("/api/v1/archives/findings/{id}/mend", Access::Staff(MANAGE), mend)
            .upload()
            .doc("Puts a damaged or missing file back from a copy of it.")
            .takes_file()
            .gives::<CheckReport>(),
        get("/api/v1/archives/{id}/package", Access::SignedIn, package)
            .doc("Gives a folder as one ZIP file under a METS manifest.")
            .sends("application/zip"),
        get("/api/v1/archives/{id}/parts/{part}", Access::SignedIn, part)
            .doc("Gives a part of a folder as it was packed.")
            .sends("*/*"),
        post("/api/v1/archives/{id}/check", Access::SignedIn, check)
            .doc("Checks that a folder is whole.")
            .gives::<CheckReport>(),
    ]
}

async fn folders(call: Call, Path(id): Path<String>) -> Answer {
    let folders = super::folders(&mut call.read(), &id).await?;
    call.json(&Folders { folders })
}

async fn list(call: Call) -> Answer {
    let after = call.query("after").unwrap_or_default();
    call.json(&super::list(&mut call.read(), &after).await?)
}

async fn take_in(call: Call, Sent(file): Sent) -> Answer {
    let intake = super::examine(&mut call.read(), &file.content).await?;
    let mut ctx = call.write().await?;
    let folder = super::take_in(&mut ctx, intake).await?;
    ctx.commit().await?;
    call.json(&folder)
}

async fn part(call: Call, Path((id, part)): Path<(String, String)>) -> Answer {
    let part = webkit::route::number(&part)?;
    let file = super::part(&mut call.read(), &id, part).await?;
    call.file(&file.media_type, &file.name, file.content)
}

async fn check(call: Call, Path(id): Path<String>) -> Answer {
    let mut ctx = call.write().await?;
    let report = super::check(&mut ctx, &id).await?;
    ctx.commit().await?;
    call.json(&report)
}

async fn fixity(call: Call) -> Answer {
    call.json(&super::fixity(&mut call.read()).await?)
}

async fn formats(call: Call) -> Answer {
    let formats = super::formats(&mut call.read()).await?;
    call.json(&Formats { formats })
}

async fn mend(call: Call, Path(id): Path<String>, Sent(file): Sent) -> Answer {
    let mut ctx = call.write().await?;
    let report = super::mend(&mut ctx, &id, &file.content).await?;
    ctx.commit().await?;
    call.json(&report)
}

async fn package(call: Call, Path(id): Path<String>) -> Answer {
    let file = super::package(&mut call.read(), &id).await?;
    call.file(&file.media_type, &file.name, file.content)
}
