//! Pages of lists: parse, call one verb, present.

use super::super::{AUDIT, DISPOSE, MANAGE, READ};
use super::model::{ArchiveList, ArchiveListPage, Kind};
use ::store::{Ctx, command};
use axum::extract::Path;
use kernel::{Error, Kind as Fault, Result};
use serde::Serialize;
use std::collections::BTreeMap;
use webkit::{Access, Answer, Call, Form, Route, get, post};

pub(super) fn routes() -> Vec<Route> {
    let (audit, manage, dispose) =
        (Access::Staff(AUDIT), Access::Staff(MANAGE), Access::Staff(DISPOSE));
    vec![
        get("/archives/lists", audit, lists),
        post("/archives/lists", manage, propose),
        get("/archives/lists/{id}", audit, show),
        post("/archives/lists/{id}/keep", manage, keep),
        post("/archives/lists/{id}/approve", dispose, approve).strong(),
        post("/archives/lists/{id}/refuse", dispose, refuse).strong(),
        post("/archives/lists/{id}/receive", manage, receive),
    ]
}

/// `service/archive/lists.html`.
#[derive(Debug, Serialize)]
pub(super) struct ListsView {
    pub(super) page: ArchiveListPage,
    pub(super) manages: bool,
    pub(super) error: String,
}

/// `service/archive/disposal.html`.
#[derive(Debug, Serialize)]
pub(super) struct ListView {
    pub(super) list: ArchiveList,
    /// The act whose form is shown again, or empty.
    pub(super) act: &'static str,
    pub(super) error: String,
    pub(super) values: BTreeMap<String, String>,
    /// The reader may open folders; else their numbers lead nowhere.
    pub(super) opens: bool,
}

async fn lists_view(call: &Call, error: String) -> Result<ListsView> {
    let after = call.query("after").unwrap_or_default();
    let page = super::lists(&mut call.read(), &after).await?;
    Ok(ListsView { page, manages: call.may(MANAGE), error })
}

/// The view bears a name of its own: `page` is the shell's.
fn named(view: &impl Serialize) -> serde_json::Value {
    serde_json::json!({ "view": view })
}

async fn lists(call: Call) -> Answer {
    let view = lists_view(&call, String::new()).await?;
    call.page("service/archive/lists.html", &named(&view))
}

async fn propose(call: Call, form: Form) -> Answer {
    let mut ctx = call.write().await?;
    if let Some(made) = command::begin(&mut ctx, form.once(), "archive.propose").await? {
        return call.see(&format!("/archives/lists/{made}"));
    }
    let kind = Kind::parse(form.text("kind")).ok_or_else(|| Error::invalid("archive.words"))?;
    match super::propose(&mut ctx, kind).await {
        Ok(list) => {
            command::finish(&mut ctx, form.once(), &list.id).await?;
            ctx.commit().await?;
            call.see(&format!("/archives/lists/{}?notice=archive.listed", list.id))
        }
        Err(error) if error.kind == Fault::Conflict => {
            drop(ctx);
            let view = lists_view(&call, call.sentence(&error)).await?;
            call.page_again("service/archive/lists.html", &named(&view))
        }
        Err(error) => Err(error.into()),
    }
}

async fn show(call: Call, Path(id): Path<String>) -> Answer {
    let list = super::list(&mut call.read(), &id).await?;
    let view = ListView {
        list,
        act: "",
        error: String::new(),
        values: BTreeMap::new(),
        opens: call.may(READ),
    };
    call.page("service/archive/disposal.html", &view)
}

async fn keep(call: Call, Path(id): Path<String>, form: Form) -> Answer {
    let Some(mut ctx) = begin(&call, &form, "archive.keep").await? else { return seen(&call, &id) };
    let (revision, folder) = (revision(&form), form.text("folder"));
    let done = super::keep_on(&mut ctx, &id, revision, folder, form.text("reason")).await;
    after(&call, ctx, &id, &form, "keep", done).await
}

async fn approve(call: Call, Path(id): Path<String>, form: Form) -> Answer {
    let Some(mut ctx) = begin(&call, &form, "archive.approve").await? else {
        return seen(&call, &id);
    };
    let done = super::approve(&mut ctx, &id, revision(&form), form.text("reason")).await;
    after(&call, ctx, &id, &form, "approve", done).await
}

async fn refuse(call: Call, Path(id): Path<String>, form: Form) -> Answer {
    let Some(mut ctx) = begin(&call, &form, "archive.refuse").await? else {
        return seen(&call, &id);
    };
    let done = super::refuse(&mut ctx, &id, revision(&form), form.text("reason")).await;
    after(&call, ctx, &id, &form, "refuse", done).await
}

async fn receive(call: Call, Path(id): Path<String>, form: Form) -> Answer {
    let Some(mut ctx) = begin(&call, &form, "archive.receive").await? else {
        return seen(&call, &id);
    };
    let (number, receiver) = (form.text("number"), form.text("receiver"));
    let done = super::receive(&mut ctx, &id, revision(&form), number, receiver).await;
    after(&call, ctx, &id, &form, "receive", done).await
}

fn revision(form: &Form) -> i64 {
    form.number("revision").unwrap_or(0)
}

/// The transaction of a form; none when it was sent before.
async fn begin(call: &Call, form: &Form, verb: &'static str) -> Result<Option<Ctx>> {
    let mut ctx = call.write().await?;
    let before = command::begin(&mut ctx, form.once(), verb).await?;
    Ok(before.is_none().then_some(ctx))
}

fn seen(call: &Call, id: &str) -> Answer {
    call.see(&format!("/archives/lists/{id}"))
}

/// The list as it now stands, or the form again with what is wrong.
async fn after(
    call: &Call,
    ctx: Ctx,
    id: &str,
    form: &Form,
    act: &'static str,
    done: Result<ArchiveList>,
) -> Answer {
    match done {
        Ok(_) => {
            ctx.commit().await?;
            call.see(&format!("/archives/lists/{id}?notice=archive.{act}"))
        }
        Err(error) if matches!(error.kind, Fault::Invalid | Fault::Conflict) => {
            drop(ctx);
            let list = super::list(&mut call.read(), id).await?;
            let view = ListView {
                list,
                act,
                error: call.sentence(&error),
                values: form.values(),
                opens: call.may(READ),
            };
            call.page_again("service/archive/disposal.html", &view)
        }
        Err(error) => Err(error.into()),
    }
}
