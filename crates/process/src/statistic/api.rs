//! Figures over REST.

use super::model::{Period, Statistics};
use crate::READ;
use axum::extract::Path;
use webkit::{Access, Answer, Call, Route, get};

pub(super) fn routes() -> Vec<Route> {
    vec![
        get("/api/v1/processes/{id}/statistics", Access::Staff(READ), statistics)
            .doc("Gives the figures of a process; ?from=&to=&version=.")
            .gives::<Statistics>(),
    ]
}

async fn statistics(call: Call, Path(id): Path<String>) -> Answer {
    let (mut ctx, period, version) = asked(&call)?;
    call.json(&super::statistics(&mut ctx, &id, version, period).await?)
}

/// What the address asks for: days and version. Errors: `process.period`.
pub(super) fn asked(call: &Call) -> kernel::Result<(store::Ctx, Period, Option<i64>)> {
    let text = |name: &str| call.query(name).unwrap_or_default();
    let ctx = call.read();
    let period = Period::parse(&text("from"), &text("to"), ctx.now)?;
    let version = text("version").trim().parse().ok().filter(|version| *version > 0);
    Ok((ctx, period, version))
}
