//! Pages of how the archive stands: checks and formats. Parse, call one verb, present.

use super::model::{ArchiveFixity, HeldFormat};
use super::{AUDIT, MANAGE, READ};
use ::store::command;
use axum::extract::Path;
use kernel::{Kind, Result};
use serde::Serialize;
use webkit::{Access, Answer, Call, Form, Route, get, post};

pub(super) fn routes() -> Vec<Route> {
    vec![
        get("/archives/fixity", Access::Staff(AUDIT), fixity),
        get("/archives/formats", Access::Staff(AUDIT), formats),
        post("/archives/findings/{id}/mend", Access::Staff(MANAGE), mend).upload(),
    ]
}

/// `service/archive/fixity.html`.
#[derive(Debug, Serialize)]
pub(super) struct FixityView {
    pub(super) fixity: ArchiveFixity,
    /// Finding whose file was not the one, or empty.
    pub(super) refused: String,
    pub(super) error: String,
    /// The reader may open folders; else their numbers lead nowhere.
    pub(super) opens: bool,
}

async fn view(call: &Call, refused: &str, error: String) -> Result<FixityView> {
    let fixity = super::fixity(&mut call.read()).await?;
    Ok(FixityView { fixity, refused: refused.to_owned(), error, opens: call.may(READ) })
}

async fn fixity(call: Call) -> Answer {
    call.page("service/archive/fixity.html", &view(&call, "", String::new()).await?)
}

/// `service/archive/formats.html`.
#[derive(Debug, Serialize)]
pub(super) struct FormatsView {
    pub(super) formats: Vec<HeldFormat>,
}

async fn formats(call: Call) -> Answer {
    let formats = super::formats(&mut call.read()).await?;
    call.page("service/archive/formats.html", &FormatsView { formats })
}

async fn mend(call: Call, Path(id): Path<String>, form: Form) -> Answer {
    let mut ctx = call.write().await?;
    if command::begin(&mut ctx, form.once(), "archive.mend").await?.is_some() {
        return call.see("/archives/fixity");
    }
    let copy = form.file("file").map(|file| file.content.as_slice()).unwrap_or_default();
    match super::mend(&mut ctx, &id, copy).await {
        Ok(_) => {
            ctx.commit().await?;
            call.see("/archives/fixity?notice=archive.mended")
        }
        Err(error) if error.kind == Kind::Invalid => {
            drop(ctx);
            let view = view(&call, &id, call.sentence(&error)).await?;
            call.page_again("service/archive/fixity.html", &view)
        }
        Err(error) => Err(error.into()),
    }
}
