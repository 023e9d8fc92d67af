//! Pages of the archive: parse, call one verb, present.

use super::model::{CheckReport, Folder, FolderPage};
use super::{MANAGE, READ};
use ::store::command;
use axum::extract::Path;
use kernel::{Error, Kind};
use serde::Serialize;
use webkit::{Access, Answer, Call, Form, Route, get, post};

pub(super) fn routes() -> Vec<Route> {
    vec![
        get("/cases/{id}/archive", Access::SignedIn, show),
        get("/cases/{id}/archive/{folder}/package", Access::SignedIn, package),
        get("/cases/{id}/archive/{folder}/{part}", Access::SignedIn, part),
        post("/cases/{id}/archive/{folder}/check", Access::SignedIn, check),
        get("/archives", Access::Staff(READ), list),
        post("/archives", Access::Staff(MANAGE), take_in).upload(),
    ]
}

/// `service/archive/case.html`.
#[derive(Debug, Serialize)]
pub(super) struct ShowView {
    pub(super) id: String,
    pub(super) back: String,
    pub(super) folders: Vec<Folder>,
    pub(super) report: Option<CheckReport>,
}

async fn view(call: &Call, id: &str, report: Option<CheckReport>) -> kernel::Result<ShowView> {
    let folders = super::folders(&mut call.read(), id).await?;
    let taken_in = folders.iter().any(|folder| !folder.source.is_empty());
    let back = match call.actor().is_officer() {
        true if taken_in => "/archives".to_owned(),
        true => format!("/workbench/cases/{id}"),
        false => format!("/cases/{id}"),
    };
    Ok(ShowView { id: id.to_owned(), back, folders, report })
}

async fn show(call: Call, Path(id): Path<String>) -> Answer {
    call.page("service/archive/case.html", &view(&call, &id, None).await?)
}

async fn part(call: Call, Path((_, folder, part)): Path<(String, String, String)>) -> Answer {
    let part = webkit::route::number(&part)?;
    let file = super::part(&mut call.read(), &folder, part).await?;
    call.file(&file.media_type, &file.name, file.content)
}

async fn package(call: Call, Path((_, folder)): Path<(String, String)>) -> Answer {
    let file = super::package(&mut call.read(), &folder).await?;
    call.file(&file.media_type, &file.name, file.content)
}

/// Shows the result at once: a check is made anew each time and changes nothing of the folder.
async fn check(call: Call, Path((id, folder)): Path<(String, String)>, _form: Form) -> Answer {
    let mut ctx = call.write().await?;
    let report = super::check(&mut ctx, &folder).await?;
    ctx.commit().await?;
    call.page("service/archive/case.html", &view(&call, &id, Some(report)).await?)
}

/// `service/archive/list.html`.
#[derive(Debug, Serialize)]
pub(super) struct ListView {
    pub(super) list: FolderPage,
    /// The reader may take folders in.
    pub(super) keeps: bool,
    /// Why a package was not taken in, or empty.
    pub(super) refused: String,
}

async fn list(call: Call) -> Answer {
    let after = call.query("after").unwrap_or_default();
    let list = super::list(&mut call.read(), &after).await?;
    let view = ListView { list, keeps: call.may(MANAGE), refused: String::new() };
    call.page("service/archive/list.html", &view)
}

async fn take_in(call: Call, form: Form) -> Answer {
    let content = form.file("file").map(|file| file.content.as_slice()).unwrap_or_default();
    let kept = async {
        let intake = super::examine(&mut call.read(), content).await?;
        let mut ctx = call.write().await?;
        if let Some(id) = command::begin(&mut ctx, form.once(), "archive.take_in").await? {
            return Ok(id);
        }
        let folder = super::take_in(&mut ctx, intake).await?;
        command::finish(&mut ctx, form.once(), &folder.id).await?;
        ctx.commit().await?;
        Ok::<String, Error>(folder.id)
    };
    match kept.await {
        Ok(id) => call.see(&format!("/cases/{id}/archive?notice=archive.taken_in")),
        Err(error) if matches!(error.kind, Kind::Invalid | Kind::Conflict) => {
            let list = super::list(&mut call.read(), "").await?;
            let view = ListView { list, keeps: true, refused: call.sentence(&error) };
            call.page_again("service/archive/list.html", &view)
        }
        Err(error) => Err(error.into()),
    }
}
