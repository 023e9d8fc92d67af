//! Pages of filters: those an officer saved, and his lists through one of them.

use super::api::kind;
use super::model::Wanted;
use crate::task::ListKind;
use crate::{READ, WORK, definition};
use axum::extract::Path;
use kernel::{Kind, Result};
use serde_json::{Value as Json, json};
use store::command;
use webkit::{Access, Answer, Call, Form, Route, get, post};

pub(super) fn routes() -> Vec<Route> {
    let work = Access::Staff(WORK);
    vec![
        get("/task-filters", work, list),
        post("/task-filters", work, create),
        get("/task-filters/{id}", work, show),
        post("/task-filters/{id}/delete", work, delete),
    ]
}

/// `GET /task-filters`.
async fn list(call: Call) -> Answer {
    let form = Form::default();
    call.page("process/filter/list.html", &context(&call, &form, Vec::new()).await?)
}

async fn context(call: &Call, form: &Form, faults: Vec<Json>) -> Result<Json> {
    let mut ctx = call.read();
    let filters = super::list(&mut ctx).await?;
    let mut processes = vec![json!({ "value": "", "text": call.t("process.filter.any") })];
    if call.may(READ) {
        for one in definition::list(&mut ctx, "").await?.versions {
            let name = if one.name.is_empty() { &one.process } else { &one.name };
            processes.push(json!({ "value": one.process, "text": name }));
        }
    }
    let typed = |name: &str| form.text(name).to_owned();
    Ok(json!({
        "filters": filters, "processes": processes, "faults": faults,
        "typed": { "name": typed("name"), "process": typed("process"), "step": typed("step"),
            "agency": typed("agency"), "text": typed("text"), "overdue": form.ticked("overdue") },
    }))
}

/// `POST /task-filters`.
async fn create(call: Call, form: Form) -> Answer {
    let text = |name: &str| form.text(name).to_owned();
    let wanted = Wanted {
        name: text("name"),
        process: text("process"),
        step: text("step"),
        agency: text("agency"),
        text: text("text"),
        overdue: form.ticked("overdue"),
    };
    let mut ctx = call.write().await?;
    if let Some(id) = command::begin(&mut ctx, form.once(), "process.filter").await? {
        return call.see(&format!("/task-filters/{id}"));
    }
    match super::create(&mut ctx, wanted).await {
        Ok(id) => {
            command::finish(&mut ctx, form.once(), &id).await?;
            ctx.commit().await?;
            call.see(&format!("/task-filters/{id}"))
        }
        Err(error) if matches!(error.kind, Kind::Invalid | Kind::Limited) => {
            drop(ctx);
            let faults = call.faults(&error).into_iter();
            let faults = faults.map(|one| json!({ "field": one.field, "text": one.message }));
            let context = context(&call, &form, faults.collect()).await?;
            call.page_again("process/filter/list.html", &context)
        }
        Err(error) => Err(error.into()),
    }
}

/// `GET /task-filters/{id}?list=&after=`.
async fn show(call: Call, Path(id): Path<String>) -> Answer {
    let wanted = kind(&call)?;
    let after = call.query("after").unwrap_or_default();
    let page = super::show(&mut call.read(), &id, wanted, &after).await?;
    let tab = |one: ListKind| {
        json!({ "text": call.t(&format!("process.task.list.{}", one.as_str())),
            "href": format!("/task-filters/{id}?list={}", one.as_str()), "current": one == wanted })
    };
    let tabs: Vec<Json> = ListKind::ALL.into_iter().map(tab).collect();
    let next = page.next.map(|next| {
        let next = webkit::form::encode(&next);
        format!("/task-filters/{id}?list={}&after={next}", wanted.as_str())
    });
    call.page(
        "process/filter/show.html",
        &json!({ "filter": page.filter, "tasks": page.tasks, "looked": page.looked, "tabs": tabs,
            "next": next, "kind": wanted.as_str() }),
    )
}

async fn delete(call: Call, Path(id): Path<String>, form: Form) -> Answer {
    let mut ctx = call.write().await?;
    if command::begin(&mut ctx, form.once(), "process.filter_delete").await?.is_none() {
        super::delete(&mut ctx, &id).await?;
        ctx.commit().await?;
    }
    call.see("/task-filters?notice=process.filter_deleted")
}
