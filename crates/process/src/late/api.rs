//! What is late over REST.

use super::model::{Filter, LatePage, Overview};
use crate::READ;
use axum::extract::Path;
use webkit::{Access, Answer, Call, Route, get};

pub(super) fn routes() -> Vec<Route> {
    let read = Access::Staff(READ);
    vec![
        get("/api/v1/late-tasks", read, overview)
            .doc("Tells what is late across all procedures; ?division=&agency=&process=.")
            .asks(&["division", "agency", "process"])
            .gives::<Overview>(),
        get("/api/v1/late-tasks/{agency}", read, tasks)
            .doc("Lists an agency's tasks that are late, the oldest first; ?process=&after=.")
            .asks(&["process", "after"])
            .gives::<LatePage>(),
    ]
}

/// What the address asks for.
pub(super) fn filter(call: &Call) -> Filter {
    let text = |name: &str| call.query(name).unwrap_or_default().trim().to_owned();
    Filter { division: text("division"), agency: text("agency"), process: text("process") }
}

async fn overview(call: Call) -> Answer {
    let mut ctx = call.read();
    call.json(&super::overview(&mut ctx, &filter(&call)).await?)
}

async fn tasks(call: Call, Path(agency): Path<String>) -> Answer {
    let mut ctx = call.read();
    let text = |name: &str| call.query(name).unwrap_or_default();
    call.json(&super::tasks(&mut ctx, &agency, &text("process"), &text("after")).await?)
}
