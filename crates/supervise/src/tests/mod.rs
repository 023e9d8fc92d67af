//! Supervision on a real database, through verbs and pages.

mod anomaly;
mod board;
mod model;
mod notice;
mod page;
pub(crate) mod world;
