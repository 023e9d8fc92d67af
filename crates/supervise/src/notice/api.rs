//! Notices over REST.

use super::model::{Answer as Answered, Closure, Counts, Kind, NoticePage, Shown, Urge};
use super::notice::{self, Filter};
use super::statistics::{self, Statistics};
use super::{ANSWER, SUPERVISE, URGE};
use axum::extract::Path;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use webkit::{Access, Answer, Body, Call, Route, get, post};

/// A page of notices with how many are under way.
#[derive(Serialize, JsonSchema)]
struct Listed {
    #[serde(flatten)]
    page: NoticePage,
    counts: Counts,
}

/// An act on a notice as it was read.
#[derive(Deserialize, JsonSchema)]
struct Act<T> {
    /// Revision of the notice the caller has read.
    revision: i64,
    #[serde(flatten)]
    body: T,
}

/// Taking note needs no words.
#[derive(Deserialize, JsonSchema)]
struct Revision {
    /// Revision of the notice the caller has read.
    revision: i64,
}

pub(super) fn routes() -> Vec<Route> {
    vec![
        get("/api/v1/supervision/notices", Access::Staff(SUPERVISE), watched)
            .doc("Lists notices of the caller's division subtree, newest first.")
            .asks(&["division", "agency", "state", "kind", "after"])
            .gives::<Listed>(),
        get("/api/v1/supervision/notices/received", Access::Staff(ANSWER), received)
            .doc("Lists notices the caller's agency received, newest first.")
            .asks(&["state", "kind", "after"])
            .gives::<Listed>(),
        get("/api/v1/supervision/notices/{id}", Access::SignedIn, show)
            .doc("Shows a notice to its supervisor or its agency's head.")
            .gives::<Shown>(),
        get("/api/v1/supervision/statistics", Access::Staff(SUPERVISE), figures)
            .doc("Notices of the last 30 days by agency.")
            .asks(&["division"])
            .gives::<Statistics>(),
        post("/api/v1/supervision/cases/{id}/urge", Access::Staff(URGE), urge)
            .doc("Opens a notice by hand on the case of an item.")
            .takes::<Urge>()
            .gives::<Shown>(),
        post(
            "/api/v1/supervision/notices/{id}/acknowledgement",
            Access::Staff(ANSWER),
            acknowledge,
        )
        .doc("The agency's head takes note.")
        .takes::<Revision>()
        .gives::<Shown>(),
        post("/api/v1/supervision/notices/{id}/answer", Access::Staff(ANSWER), answer)
            .doc("The agency's head answers with explanation and mend.")
            .takes::<Act<Answered>>()
            .gives::<Shown>(),
        post("/api/v1/supervision/notices/{id}/closure", Access::Staff(SUPERVISE), close)
            .doc("The supervisor closes the notice or sends the answer back.")
            .takes::<Act<Closure>>()
            .gives::<Shown>(),
    ]
}

/// What the query string asks for.
pub(super) fn filter(call: &Call, received: bool) -> Filter {
    let text =
        |name: &str| call.query(name).unwrap_or_default().chars().take(80).collect::<String>();
    Filter {
        division: text("division"),
        agency: text("agency"),
        closed: text("state") == "closed",
        kind: Kind::parse(&text("kind")),
        after: text("after"),
        received,
    }
}

async fn listed(call: Call, received: bool) -> Answer {
    let mut ctx = call.read();
    let (page, counts) = notice::list(&mut ctx, &filter(&call, received)).await?;
    call.json(&Listed { page, counts })
}

async fn watched(call: Call) -> Answer {
    listed(call, false).await
}

async fn received(call: Call) -> Answer {
    listed(call, true).await
}

async fn show(call: Call, Path(id): Path<String>) -> Answer {
    let mut ctx = call.read();
    call.json(&notice::find(&mut ctx, &id).await?)
}

async fn figures(call: Call) -> Answer {
    let mut ctx = call.read();
    let division = call.query("division").unwrap_or_default();
    call.json(&statistics::statistics(&mut ctx, &division).await?)
}

async fn urge(call: Call, Path(id): Path<String>, Body(body): Body<Urge>) -> Answer {
    let mut ctx = call.write().await?;
    let shown = notice::urge(&mut ctx, &id, &body).await?;
    ctx.commit().await?;
    call.json(&shown)
}

async fn acknowledge(call: Call, Path(id): Path<String>, Body(body): Body<Revision>) -> Answer {
    let mut ctx = call.write().await?;
    let shown = notice::acknowledge(&mut ctx, &id, Some(body.revision)).await?;
    ctx.commit().await?;
    call.json(&shown)
}

async fn answer(call: Call, Path(id): Path<String>, Body(act): Body<Act<Answered>>) -> Answer {
    let mut ctx = call.write().await?;
    let shown = notice::answer(&mut ctx, &id, Some(act.revision), &act.body).await?;
    ctx.commit().await?;
    call.json(&shown)
}

async fn close(call: Call, Path(id): Path<String>, Body(act): Body<Act<Closure>>) -> Answer {
    let mut ctx = call.write().await?;
    let shown = notice::close(&mut ctx, &id, Some(act.revision), &act.body).await?;
    ctx.commit().await?;
    call.json(&shown)
}
