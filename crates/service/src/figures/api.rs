//! Figures over REST.

use super::{Durations, Figures, LampFigures, Metric, Point, Scope};
use crate::case::{Lamp, Rows, SUPERVISE};
use flow::case::Phase;
use kernel::{Error, Result};
use schemars::JsonSchema;
use serde::Serialize;
use store::Ctx;
use webkit::{Access, Answer, Call, Route, get};

/// Everything a supervision or cockpit page needs of a scope.
#[derive(Serialize, JsonSchema)]
struct Whole {
    figures: Figures,
    lamps: LampFigures,
    durations: Durations,
    phases: Vec<Point>,
}

pub(super) fn routes() -> Vec<Route> {
    vec![
        get("/api/v1/figures", Access::Staff(SUPERVISE), whole)
            .doc("Counts cases of a division subtree by metric, lamp and phase.")
            .asks(&["division"])
            .gives::<Whole>(),
        get("/api/v1/figures/{metric}/days", Access::Staff(SUPERVISE), days)
            .doc("Counts a metric day by day.")
            .asks(&["division"])
            .gives::<Vec<Point>>(),
        get("/api/v1/figures/{metric}/divisions", Access::Staff(SUPERVISE), divisions)
            .doc("Counts a metric by the divisions below.")
            .asks(&["division"])
            .gives::<Vec<Point>>(),
        get("/api/v1/figures/{metric}/items", Access::Staff(SUPERVISE), items)
            .doc("Counts a metric item by item.")
            .asks(&["division"])
            .gives::<Vec<Point>>(),
        get("/api/v1/figures/{metric}/cases", Access::Staff(SUPERVISE), cases)
            .doc("Lists the cases beneath a figure: a metric, `lamp-red`, `phase-accepted` …")
            .asks(&["after", "division"])
            .gives::<Rows>(),
    ]
}

/// The scope asked for, within the actor's division. Errors: `not_found` beyond it.
fn scope(ctx: &Ctx, call: &Call) -> Result<Scope> {
    let own = party::authority::scope_division(ctx);
    let asked = call.query("division").unwrap_or_default();
    let division = if asked.is_empty() { own.clone() } else { asked };
    if own.is_empty() || !party::authority::within(&ctx.env.pack, &division, &own) {
        return Err(Error::not_found());
    }
    let text = |name: &str| call.query(name).unwrap_or_default();
    let subject = match text("subject").as_str() {
        "applications" => super::Subject::Applications,
        _ => super::Subject::Items,
    };
    Ok(Scope {
        division,
        item: text("item"),
        agency: text("agency"),
        subject,
        from: text("from"),
        to: text("to"),
    })
}

type Path = axum::extract::Path<String>;

fn metric(name: &str) -> Result<Metric> {
    Metric::parse(name).ok_or_else(Error::not_found)
}

async fn whole(call: Call) -> Answer {
    let mut ctx = call.read();
    let scope = scope(&ctx, &call)?;
    let whole = Whole {
        figures: super::counts(&mut ctx, &scope).await?,
        lamps: super::lamps(&mut ctx, &scope).await?,
        durations: super::durations(&mut ctx, &scope).await?,
        phases: super::by_phase(&mut ctx, &scope).await?,
    };
    call.json(&whole)
}

async fn days(call: Call, path: Path) -> Answer {
    let mut ctx = call.read();
    let scope = scope(&ctx, &call)?;
    call.json(&super::by_day(&mut ctx, metric(&path)?, &scope).await?)
}

async fn divisions(call: Call, path: Path) -> Answer {
    let mut ctx = call.read();
    let scope = scope(&ctx, &call)?;
    call.json(&super::by_division(&mut ctx, metric(&path)?, &scope).await?)
}

async fn items(call: Call, path: Path) -> Answer {
    let mut ctx = call.read();
    let scope = scope(&ctx, &call)?;
    call.json(&super::by_item(&mut ctx, metric(&path)?, &scope).await?)
}

async fn cases(call: Call, path: Path) -> Answer {
    let mut ctx = call.read();
    let scope = scope(&ctx, &call)?;
    let after = call.query("after").unwrap_or_default();
    let rows = if let Some(lamp) = path.strip_prefix("lamp-") {
        let lamp = Lamp::parse(lamp).ok_or_else(Error::not_found)?;
        super::drill_lamp(&mut ctx, lamp, &scope, &after).await?
    } else if let Some(phase) = path.strip_prefix("phase-") {
        let phase = Phase::parse(phase).ok_or_else(Error::not_found)?;
        super::drill_phase(&mut ctx, phase, &scope, &after).await?
    } else {
        super::drill(&mut ctx, metric(&path)?, &scope, &after).await?
    };
    call.json(&rows)
}
