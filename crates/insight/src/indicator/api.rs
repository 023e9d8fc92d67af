//! Indicators over REST.

use super::model::{Indicator, Shown};
use crate::READ;
use axum::extract::Path;
use webkit::{Access, Answer, Call, Route, get};

pub(super) fn routes() -> Vec<Route> {
    vec![
        get("/api/v1/indicators", Access::Staff(READ), list)
            .doc("Computes every target of the plans beside its goal.")
            .gives::<Vec<Indicator>>(),
        get("/api/v1/indicators/{id}", Access::Staff(READ), show)
            .doc("One target with everything it counts.")
            .asks(&["after"])
            .gives::<Shown>(),
    ]
}

async fn list(call: Call) -> Answer {
    let mut ctx = call.read();
    call.json(&super::list(&mut ctx).await?)
}

async fn show(call: Call, Path(id): Path<String>) -> Answer {
    let mut ctx = call.read();
    let after = call.query("after").unwrap_or_default();
    call.json(&super::find(&mut ctx, &id, &after).await?)
}
