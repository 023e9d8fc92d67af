//! The board over REST.

use super::anomaly::Irregularity;
use super::model::{AnomalyPage, CaseView, Overview};
use super::monitor::{self, Beneath};
use super::pages::wanted;
use axum::extract::Path;
use kernel::Error;
use service::case::{Rows, SUPERVISE};
use webkit::{Access, Answer, Call, Route, get};

pub(super) fn routes() -> Vec<Route> {
    let access = Access::Staff(SUPERVISE);
    vec![
        get("/api/v1/supervision/overview", access, overview)
            .doc("Open, overdue and stopped cases of a division subtree, by division, agency or item.")
            .gives::<Overview>(),
        get("/api/v1/supervision/cases", access, cases)
            .doc("The cases beneath a figure: `beneath=lamp-red`, `phase-suspended` …")
            .asks(&["beneath", "after"])
            .gives::<Rows>(),
        get("/api/v1/supervision/cases/{id}", access, case)
            .doc("Every clock of a case with its pauses, warnings and holders.")
            .gives::<CaseView>(),
        get("/api/v1/supervision/anomalies", access, anomalies)
            .doc("Irregularities found in cases, newest first.")
            .asks(&["kind", "after"])
            .gives::<AnomalyPage>(),
    ]
}

async fn overview(call: Call) -> Answer {
    let mut ctx = call.read();
    call.json(&monitor::overview(&mut ctx, &wanted(&call)).await?)
}

async fn cases(call: Call) -> Answer {
    let mut ctx = call.read();
    let name = call.query("beneath").unwrap_or_default();
    let beneath = Beneath::parse(&name).ok_or_else(Error::not_found)?;
    let after = call.query("after").unwrap_or_default();
    call.json(&monitor::cases(&mut ctx, &wanted(&call), beneath, &after).await?)
}

async fn case(call: Call, Path(id): Path<String>) -> Answer {
    let mut ctx = call.read();
    call.json(&monitor::case(&mut ctx, &id).await?)
}

async fn anomalies(call: Call) -> Answer {
    let mut ctx = call.read();
    let kind = call.query("kind").as_deref().and_then(Irregularity::parse);
    let after = call.query("after").unwrap_or_default();
    call.json(&monitor::anomalies(&mut ctx, &wanted(&call), kind, &after).await?)
}
