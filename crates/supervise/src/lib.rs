//! Electronic supervision (电子监察): every clock of every case watched, overruns and anomalies
//! shown where they are, and notices to agencies that must be answered.
//!
//! Invariants
//! - Numbers are those `service` publishes; supervision keeps no count of cases of its own.
//! - A notice is opened once for each clock that warns or runs out, in the transaction of the job.
//! - A supervisor sees the division subtree of his agency, an agency its own notices.
//!
//! Must not know: the tables of cases, how a case is decided.

mod area;
pub mod monitor;
pub mod notice;

#[cfg(test)]
mod tests;

use include_dir::{Dir, include_dir};
use store::Sealed;
use webkit::Module;
use webkit::view::ViewSet;

static PAGES: Dir<'static> = include_dir!("$CARGO_MANIFEST_DIR/pages");

/// Tables of which a row changed by hand shows by its seal: what no entry of the log speaks of.
pub const SEALED: &[Sealed] = &[
    Sealed::by_id("supervise_anomaly"),
    Sealed::by("supervise_sequence", &["month"]),
    Sealed::by("supervise_tally", &["metric", "day", "division", "agency"]),
];

/// The area's modules.
pub fn modules() -> Vec<Module> {
    vec![monitor::module(), notice::module()]
}

/// The area's pages and sentences.
pub fn views() -> ViewSet {
    ViewSet { name: "supervise", pages: &PAGES, lang: include_str!("../lang.yaml") }
}
