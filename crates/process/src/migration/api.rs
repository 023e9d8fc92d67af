//! The REST interface of plans.

use super::migration::Remaining;
use super::model::{New, Order, Plan, PlanPage, Report};
use crate::DEPLOY;
use axum::extract::Path;
use kernel::Error;
use schemars::JsonSchema;
use serde::Deserialize;
use webkit::{Access, Answer, Body, Call, Route, get, post};

/// An order.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
struct OrderBody {
    /// For `canary`: how many instances.
    count: i64,
}

pub(super) fn routes() -> Vec<Route> {
    let deploy = Access::Staff(DEPLOY);
    let plans = "/api/v1/processes/{id}/migrations";
    let one = "/api/v1/processes/{id}/migrations/{plan}";
    vec![
        get(plans, deploy, list)
            .doc(
                "Lists plans to take running instances to another version, newest first; ?before=.",
            )
            .asks(&["before"])
            .gives::<PlanPage>(),
        post(plans, deploy, plan)
            .doc("Keeps a plan and begins its dry run, which changes nothing.")
            .takes::<New>()
            .gives::<Plan>(),
        get(one, deploy, show)
            .doc("Gives a plan with its progress and the reasons of refusals.")
            .gives::<Report>(),
        get("/api/v1/processes/{id}/migrations/{plan}/remaining", deploy, remaining)
            .doc("Lists instances that still run under the old version; ?after=.")
            .asks(&["after"])
            .gives::<Remaining>(),
        post("/api/v1/processes/{id}/migrations/{plan}/{act}", deploy, act)
            .doc("Gives an order: check, canary, run, pause.")
            .takes::<OrderBody>()
            .gives::<Plan>(),
    ]
}

async fn list(call: Call, Path(process): Path<String>) -> Answer {
    let before = call.query("before").unwrap_or_default();
    call.json(&super::list(&mut call.read(), &process, &before).await?)
}

async fn plan(call: Call, Path(process): Path<String>, Body(new): Body<New>) -> Answer {
    let mut ctx = call.write().await?;
    let plan = super::plan(&mut ctx, &process, new).await?;
    ctx.commit().await?;
    call.json_with(axum::http::StatusCode::CREATED, &plan)
}

async fn show(call: Call, Path((process, plan)): Path<(String, String)>) -> Answer {
    call.json(&super::show(&mut call.read(), &process, &plan).await?)
}

async fn remaining(call: Call, Path((process, plan)): Path<(String, String)>) -> Answer {
    let after = call.query("after").unwrap_or_default();
    call.json(&super::remaining(&mut call.read(), &process, &plan, &after).await?)
}

/// The order of that name. Errors: `not_found`.
pub(super) fn order(name: &str, count: i64) -> kernel::Result<Order> {
    match name {
        "check" => Ok(Order::Check),
        "canary" => Ok(Order::Canary(count)),
        "run" => Ok(Order::Run),
        "pause" => Ok(Order::Pause),
        _ => Err(Error::not_found()),
    }
}

async fn act(
    call: Call,
    Path((process, plan, act)): Path<(String, String, String)>,
    Body(body): Body<OrderBody>,
) -> Answer {
    let order = order(&act, body.count)?;
    let mut ctx = call.write().await?;
    let plan = super::act(&mut ctx, &process, &plan, order).await?;
    ctx.commit().await?;
    call.json(&plan)
}
