//! The REST interface of ratings: wire types, routes, handlers of a few lines.

use super::model::{NewRating, Ratable, Rating, RatingPage, Statistic, TaskPage, TaskRow};
use super::{READ, RECTIFY, SUPERVISE};
use axum::extract::Path;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use webkit::{Access, Answer, Body, Call, Route, get, post};

/// A step of a task.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct StepBody {
    /// Revision of the task the caller saw.
    revision: i64,
    /// What was said or done; at most 500 characters.
    note: String,
}

/// A call-back.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct CallBackBody {
    /// Revision of the task the caller saw.
    revision: i64,
    /// What was said; at most 500 characters.
    note: String,
    /// The person is satisfied with what was done.
    satisfied: bool,
}

/// A ruling on an appeal.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct RulingBody {
    /// Revision of the task the caller saw.
    revision: i64,
    /// Why; at most 500 characters.
    note: String,
    /// The rating is false and is annulled.
    annulled: bool,
}

/// The items of a case to rate.
#[derive(Debug, Serialize, JsonSchema)]
struct Ratables {
    /// One per item.
    items: Vec<Ratable>,
}

/// Figures of ratings.
#[derive(Debug, Serialize, JsonSchema)]
struct Statistics {
    /// One per agency and item, or per item of a division.
    rows: Vec<Statistic>,
}

pub(super) fn routes() -> Vec<Route> {
    let (read, rectify) = (Access::Staff(READ), Access::Staff(RECTIFY));
    vec![
        get("/api/v1/cases/{id}/rating", Access::Citizen, of_case)
            .doc("Lists the items of a case with the ratings given.")
            .gives::<Ratables>(),
        post("/api/v1/cases/{id}/rating", Access::Citizen, rate)
            .doc("Rates an item's case; once.")
            .takes::<NewRating>()
            .gives::<Rating>(),
        get("/api/v1/ratings", read, list)
            .doc("Lists ratings of one's agency or division, newest first; ?after=.")
            .asks(&["after"])
            .gives::<RatingPage>(),
        get("/api/v1/ratings/{id}", read, find).doc("Gives a rating.").gives::<Rating>(),
        get("/api/v1/rating-statistics", read, statistics)
            .doc("Counts the ratings of one's agency or division by item and level.")
            .gives::<Statistics>(),
        get("/api/v1/rating-tasks", read, tasks)
            .doc("Lists rectification tasks, the most urgent first; ?open=0 for ended ones; ?after=.")
            .asks(&["open", "after"])
            .gives::<TaskPage>(),
        get("/api/v1/rating-tasks/{id}", read, task).doc("Gives a rectification task.").gives::<TaskRow>(),
        post("/api/v1/rating-tasks/{id}/contact", rectify, contact)
            .doc("Records that the person was contacted.")
            .takes::<StepBody>()
            .gives::<TaskRow>(),
        post("/api/v1/rating-tasks/{id}/remedy", rectify, remedy)
            .doc("Records what was put right.")
            .takes::<StepBody>()
            .gives::<TaskRow>(),
        post("/api/v1/rating-tasks/{id}/call-back", rectify, call_back)
            .doc("Records the call-back.")
            .takes::<CallBackBody>()
            .gives::<TaskRow>(),
        post("/api/v1/rating-tasks/{id}/closure", rectify, close)
            .doc("Closes the task.")
            .takes::<StepBody>()
            .gives::<TaskRow>(),
        post("/api/v1/rating-tasks/{id}/appeal", rectify, appeal)
            .doc("Appeals to the supervisor against a false rating.")
            .takes::<StepBody>()
            .gives::<TaskRow>(),
        post("/api/v1/rating-tasks/{id}/ruling", Access::Staff(SUPERVISE), rule)
            .doc("Rules on the appeal.")
            .takes::<RulingBody>()
            .gives::<TaskRow>(),
    ]
}

async fn of_case(call: Call, Path(id): Path<String>) -> Answer {
    let mut ctx = call.read();
    let items = super::of_case(&mut ctx, &id).await?;
    call.json(&Ratables { items })
}

async fn rate(call: Call, Path(id): Path<String>, Body(new): Body<NewRating>) -> Answer {
    let mut ctx = call.write().await?;
    let rating = super::rate(&mut ctx, &id, new).await?;
    ctx.commit().await?;
    call.json_with(axum::http::StatusCode::CREATED, &rating)
}

async fn list(call: Call) -> Answer {
    let after = call.query("after").unwrap_or_default();
    call.json(&super::list(&mut call.read(), &after).await?)
}

async fn find(call: Call, Path(id): Path<String>) -> Answer {
    call.json(&super::find(&mut call.read(), &id).await?)
}

async fn statistics(call: Call) -> Answer {
    let rows = super::statistics(&mut call.read()).await?;
    call.json(&Statistics { rows })
}

async fn tasks(call: Call) -> Answer {
    let open = call.query("open").as_deref() != Some("0");
    let after = call.query("after").unwrap_or_default();
    call.json(&super::tasks(&mut call.read(), open, &after).await?)
}

async fn task(call: Call, Path(id): Path<String>) -> Answer {
    call.json(&super::task(&mut call.read(), &id).await?)
}

async fn contact(call: Call, Path(id): Path<String>, Body(body): Body<StepBody>) -> Answer {
    let mut ctx = call.write().await?;
    let row = super::contact(&mut ctx, &id, Some(body.revision), &body.note).await?;
    ctx.commit().await?;
    call.json(&row)
}

async fn remedy(call: Call, Path(id): Path<String>, Body(body): Body<StepBody>) -> Answer {
    let mut ctx = call.write().await?;
    let row = super::rectify(&mut ctx, &id, Some(body.revision), &body.note).await?;
    ctx.commit().await?;
    call.json(&row)
}

async fn call_back(call: Call, Path(id): Path<String>, Body(body): Body<CallBackBody>) -> Answer {
    let mut ctx = call.write().await?;
    let row =
        super::call_back(&mut ctx, &id, Some(body.revision), &body.note, body.satisfied).await?;
    ctx.commit().await?;
    call.json(&row)
}

async fn close(call: Call, Path(id): Path<String>, Body(body): Body<StepBody>) -> Answer {
    let mut ctx = call.write().await?;
    let row = super::close(&mut ctx, &id, Some(body.revision), &body.note).await?;
    ctx.commit().await?;
    call.json(&row)
}

async fn appeal(call: Call, Path(id): Path<String>, Body(body): Body<StepBody>) -> Answer {
    let mut ctx = call.write().await?;
    let row = super::appeal(&mut ctx, &id, Some(body.revision), &body.note).await?;
    ctx.commit().await?;
    call.json(&row)
}

async fn rule(call: Call, Path(id): Path<String>, Body(body): Body<RulingBody>) -> Answer {
    let mut ctx = call.write().await?;
    let row = super::rule(&mut ctx, &id, Some(body.revision), &body.note, body.annulled).await?;
    ctx.commit().await?;
    call.json(&row)
}
