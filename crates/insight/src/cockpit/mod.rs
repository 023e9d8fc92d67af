//! The leader's page: numbers of the day by division and item, each with the cases beneath it,
//! trends, targets, the map of stones, and what needs attention.
//!
//! Invariants
//! - Numbers come from tallies written with the acts and from open cases; the page costs the same
//!   at a thousand and at a million cases that have ended.
//! - A number and the list beneath it are told by `service::figures` by one rule; the lines of a
//!   table add up to its total.
//! - Every number says when it was taken, and is marked when work that feeds it is behind.
//!
//! Must not know: the tables of other areas.

mod api;
mod chart;
#[allow(clippy::module_inception)] // The verbs bear the module's name.
mod cockpit;
mod health;
mod model;
mod pages;
mod plan;

pub use cockpit::{Beneath, cases, overview};
pub use health::{Health, health};
pub use model::{Attention, City, Line, Numbers, Overview, Range, Trend, Wanted};

use webkit::{Module, Rail};

/// Routes of the cockpit.
pub(crate) fn module() -> Module {
    let mut routes = pages::routes();
    routes.extend(api::routes());
    Module {
        name: "insight.cockpit",
        routes,
        jobs: Vec::new(),
        subscriptions: Vec::new(),
        rail: vec![Rail {
            group: "insight.rail",
            path: "/cockpit",
            label: "insight.cockpit.title",
            icon: "gauge",
            permission: crate::READ,
        }],
    }
}
