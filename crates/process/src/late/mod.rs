//! What is late now, across all procedures: by agency, division and procedure, and the tasks beneath
//! each figure.
//!
//! Invariants
//! - An officer who manages procedures sees his agency, a supervisor or leader the division
//!   subtree of his; a task's title is told at its own agency alone.
//! - A figure looks at a bounded number of rows of one index and says when there were more.
//!
//! Must not know: what an instance is about, how a limit came to be.

mod api;
#[allow(clippy::module_inception)] // The verbs bear the module's name.
mod late;
mod model;
mod pages;
mod store;

pub use late::{overview, tasks};
pub use model::{Filter, Group, LatePage, LateTask, Overview};

use crate::MANAGE;
use webkit::{Module, Rail};

/// Watches clocks beyond his agency.
const SUPERVISE: &str = "case.supervise";

pub(crate) fn module() -> Module {
    let mut routes = pages::routes();
    routes.extend(api::routes());
    let rail = |permission| Rail {
        group: "process.rail",
        path: "/tasks/late",
        label: "process.late.title",
        icon: "clock",
        permission,
    };
    Module {
        name: "process.late",
        routes,
        jobs: Vec::new(),
        subscriptions: Vec::new(),
        rail: vec![rail(MANAGE), rail(SUPERVISE)],
    }
}
