//! Electronic supervision board: what is open, late, stopped or accepted by silence in a division
//! subtree, by division, agency and item, down to each clock of each case; and anomalies.
//!
//! Invariants
//! - A figure and the list beneath it are told by `service::figures` by one rule and agree to the
//!   last case; the lines of a table add up to its total.
//! - A supervisor sees clocks, acts and articles, never answers or papers.
//! - An anomaly is found from the history of a case alone, is kept once, and is never taken back.
//!
//! Must not know: how a clock is counted, who answers a notice.

mod anomaly;
mod api;
mod jobs;
mod model;
#[allow(clippy::module_inception)] // The verbs bear the module's name.
mod monitor;
mod pages;
pub(crate) mod present;
mod store;

pub use anomaly::{Finding, Irregularity, find as find_anomalies};
pub use model::{
    AnomalyPage, AnomalyRow, CaseView, Holder, Line, Overview, Standing, StepView, Wanted, Warned,
};
pub use monitor::{Beneath, anomalies, case, cases, overview};

use ::store::{Handler, JobSpec};
use webkit::{Module, Rail};

/// Routes, jobs and what the board listens to.
pub(crate) fn module() -> Module {
    let mut routes = pages::routes();
    routes.extend(api::routes());
    let topics = [
        "case.accepted",
        "case.correction_asked",
        "case.resumed",
        "case.decided",
        "case.refused",
        "case.completed",
        "case.revoked",
        "case.overdue",
    ];
    Module {
        name: "supervise.monitor",
        routes,
        jobs: vec![JobSpec {
            name: jobs::INSPECT,
            handler: Handler::Within(|ctx, payload| Box::pin(jobs::inspect(ctx, payload))),
        }],
        subscriptions: topics.into_iter().map(|topic| (topic, jobs::INSPECT)).collect(),
        rail: vec![Rail {
            group: "supervise.rail",
            path: "/supervision",
            label: "supervise.monitor.title",
            icon: "gauge",
            permission: service::case::SUPERVISE,
        }],
    }
}
