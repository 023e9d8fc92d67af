//! Indicators: the plans' targets computed beside their goals.
//!
//! Nouns: a target is the pack's (`pack::Target`); a [`Formula`] computes it from [`Sources`];
//! [`Indicator`] is the result with its parts.
//!
//! Invariants
//! - Numerator and denominator are the sums of the parts shown beneath.
//! - A formula the program does not know gives no value, never a guess.
//! - What rests on definitions is as of now; what rests on cases names its days.
//!
//! Must not know: SQL, the tables behind a figure.

mod api;
mod formula;
#[allow(clippy::module_inception)] // The verbs bear the module's name.
mod indicator;
mod model;
mod pages;

pub use formula::{Computed, Formula, ItemFigures, Part, Sources, compute};
pub(crate) use indicator::in_reach;
pub use indicator::{find, list};
pub use model::{Indicator, PartRow, Shown};
pub(crate) use pages::{bar, shown as in_unit, verdict};

use webkit::{Module, Rail};

/// Routes of indicators.
pub(crate) fn module() -> Module {
    let mut routes = pages::routes();
    routes.extend(api::routes());
    Module {
        name: "insight.indicator",
        routes,
        jobs: Vec::new(),
        subscriptions: Vec::new(),
        rail: vec![Rail {
            group: "insight.rail",
            path: "/indicators",
            label: "insight.indicator.title",
            icon: "chart",
            permission: crate::READ,
        }],
    }
}
