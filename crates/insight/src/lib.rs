//! Targets and cockpit: what the plans ask for and what is, computed from the data of the platform.
//!
//! Invariants
//! - No number is typed in: an indicator is a formula over definitions and published figures, with
//!   what it counts beneath it.
//! - A number and its drill-down are told by one rule and agree to the last case.
//! - A leader sees the division subtree of his agency.
//!
//! Must not know: the tables of other areas, single persons.

pub mod cockpit;
pub mod indicator;

#[cfg(test)]
mod tests;

use include_dir::{Dir, include_dir};
use webkit::Module;
use webkit::view::ViewSet;

static PAGES: Dir<'static> = include_dir!("$CARGO_MANIFEST_DIR/pages");

/// May read targets and cockpit.
pub const READ: &str = "cockpit.read";
/// May open the cases beneath a number.
pub const DRILL: &str = "cockpit.drill";

/// The area's modules.
pub fn modules() -> Vec<Module> {
    vec![cockpit::module(), indicator::module()]
}

/// The area's pages and sentences.
pub fn views() -> ViewSet {
    ViewSet { name: "insight", pages: &PAGES, lang: include_str!("../lang.yaml") }
}
