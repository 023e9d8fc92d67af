//! Figures of procedures: how often each step is done, by people, services, clocks and others, how long it takes and waits, how much of it
//! is late, by agency, division and post; the drawing tinted with them.
//!
//! Nouns: [`Watch`] what the history tells of the times of tasks and of what waited for no person; a
//! step, one row for each of them that was closed; [`Period`] the days a figure is of; [`Statistics`] the figures.
//!
//! Invariants
//! - A step's row is written in the transaction that closes its task and follows from the history
//!   alone: [`fsck`](crate::fsck) compares the two, [`rebuild`] makes them anew.
//! - A figure looks at one process, a bounded number of days and a bounded number of rows, and says
//!   when there were more.
//! - The agency that owns a process sees all of its figures; who manages another agency, its own.
//!
//! One row of some 250 bytes for each task closed: a province that closes ten million a year keeps
//! 2.5 GB of them a year. Nothing else reads the table, so old years can be moved away.
//!
//! Must not know: what an instance is about, how a diagram runs.

mod api;
mod follow;
mod jobs;
mod model;
mod pages;
#[allow(clippy::module_inception)] // The verbs bear the module's name.
mod statistic;
mod store;

pub(crate) use follow::{Waited, Watch, record, record_waits};
pub use jobs::rebuild;
pub use model::{Overdue, Period, Statistics, StepFigures};
pub(crate) use pages::span;
pub(crate) use statistic::scope;
pub use statistic::statistics;

use ::store::{Handler, JobSpec};
use webkit::Module;

/// Name of the job that makes the rows of instances that were there before the table.
const FILL: &str = "process.step_fill";

pub(crate) fn module() -> Module {
    let mut routes = pages::routes();
    routes.extend(api::routes());
    let fill = Handler::Within(|ctx, payload| Box::pin(jobs::fill(ctx, payload)));
    Module {
        name: "process.statistic",
        routes,
        jobs: vec![JobSpec { name: FILL, handler: fill }],
        subscriptions: Vec::new(),
        rail: Vec::new(),
    }
}
