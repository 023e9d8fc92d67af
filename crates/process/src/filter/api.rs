//! Filters over REST.

use super::model::{FilterList, Filtered, Wanted};
use crate::WORK;
use crate::task::ListKind;
use axum::extract::Path;
use axum::http::StatusCode;
use webkit::{Access, Answer, Body, Call, Route, delete, get, post};

pub(super) fn routes() -> Vec<Route> {
    let work = Access::Staff(WORK);
    vec![
        get("/api/v1/task-filters", work, list)
            .doc("Lists the caller's saved filters.")
            .gives::<FilterList>(),
        post("/api/v1/task-filters", work, create)
            .doc("Saves a filter of work lists.")
            .takes::<Wanted>()
            .gives::<FilterList>(),
        get("/api/v1/task-filters/{id}/tasks", work, show)
            .doc("Lists the caller's tasks that a filter lets through; ?list=&after=.")
            .asks(&["after", "list"])
            .gives::<Filtered>(),
        delete("/api/v1/task-filters/{id}", work, forget)
            .doc("Forgets a filter.")
            .gives::<FilterList>(),
    ]
}

async fn list(call: Call) -> Answer {
    call.json(&FilterList { filters: super::list(&mut call.read()).await? })
}

async fn create(call: Call, Body(wanted): Body<Wanted>) -> Answer {
    let mut ctx = call.write().await?;
    super::create(&mut ctx, wanted).await?;
    let filters = super::list(&mut ctx).await?;
    ctx.commit().await?;
    call.json_with(StatusCode::CREATED, &FilterList { filters })
}

async fn show(call: Call, Path(id): Path<String>) -> Answer {
    let kind = kind(&call)?;
    let after = call.query("after").unwrap_or_default();
    call.json(&super::show(&mut call.read(), &id, kind, &after).await?)
}

async fn forget(call: Call, Path(id): Path<String>) -> Answer {
    let mut ctx = call.write().await?;
    super::delete(&mut ctx, &id).await?;
    let filters = super::list(&mut ctx).await?;
    ctx.commit().await?;
    call.json(&FilterList { filters })
}

/// The list an address asks for; what is to be done when it does not say. Errors: `not_found`.
pub(super) fn kind(call: &Call) -> kernel::Result<ListKind> {
    let text = call.query("list").unwrap_or_else(|| ListKind::default().as_str().to_owned());
    ListKind::parse(&text).ok_or_else(kernel::Error::not_found)
}
