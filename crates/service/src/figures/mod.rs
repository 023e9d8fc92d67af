//! Figures of cases: how many, how fast, how lawful; each with the list of cases beneath it.
//!
//! Nouns: [`Metric`] something counted on a day; [`Scope`] of which division, item, agency, days;
//! [`Tally`] the projection that the acts keep.
//!
//! Invariants: a figure is written in the transaction of the act it counts; a figure and its
//! drill-down are told by the same rule and agree to the last case. Division subtrees go by code.
//! Must not know: pages, targets.

mod api;
mod drill;
mod metric;
mod rating;
mod read;
mod standing;
mod tally;

pub use drill::{drill, drill_lamp, drill_phase};
pub use metric::{Metric, Scope, Subject};
pub use rating::{bad_open, satisfaction};
pub use read::{
    Durations, Figures, LampFigures, Point, Share, by_day, by_division, by_item, by_phase, counts,
    durations, lamps, licence_share, online_share, total,
};
pub use standing::{Group, LampLine, by_agency, lamps_by, longest_overdue};
pub(crate) use tally::Tally;

pub(crate) fn module() -> webkit::Module {
    webkit::Module {
        name: "service.figures",
        routes: api::routes(),
        jobs: Vec::new(),
        subscriptions: Vec::new(),
        rail: Vec::new(),
    }
}
