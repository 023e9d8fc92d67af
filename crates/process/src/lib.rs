//! Procedures drawn in BPMN and run durably: definitions deployed in versions, instances, the work
//! lists of officers, incidents and their repair.
//!
//! Invariants
//! - A command on an instance is one transaction: its row, its chained history, every projection,
//!   the evidence and whatever runs next.
//! - The history is the only truth: the row and the projections follow from it, which
//!   [`fsck`] proves.
//! - A version never changes, and an instance keeps the one it began with.
//! - A parent's row is held before a child's; the two talk by jobs.
//!
//! Must not know: cases, items, licences; what a procedure is about.

pub mod bundle;
pub mod definition;
pub mod diagram;
mod evaluate;
pub mod export;
pub mod filter;
pub mod fsck;
pub mod instance;
pub mod late;
pub mod migration;
pub mod modeller;
mod moment;
pub mod replay;
mod sheet;
pub mod statistic;
pub mod task;
pub mod walk;

#[cfg(test)]
mod tests;

pub use moment::Moment;

use include_dir::{Dir, include_dir};
use store::Sealed;
use webkit::Module;
use webkit::view::ViewSet;

/// May deploy procedures.
pub const DEPLOY: &str = "process.deploy";
/// May read definitions of procedures.
pub const READ: &str = "process.read";
/// May begin an instance.
pub const START: &str = "process.start";
/// May do tasks offered to him.
pub const WORK: &str = "process.work";
/// May hand over others' tasks, jump, suspend, resume and end instances of his agency.
pub const MANAGE: &str = "process.manage";
/// May see and repair incidents.
pub const OPERATE: &str = "process.operate";

static PAGES: Dir<'static> = include_dir!("$CARGO_MANIFEST_DIR/pages");

/// Tables of which a row changed by hand shows by its seal: what no entry of the log speaks of.
pub const SEALED: &[Sealed] = &[
    Sealed::by_id("process_bundle"),
    Sealed::by_id("process_consult"),
    Sealed::by_id("process_copy"),
    Sealed { since: 755, ..Sealed::by_id("process_draft") },
    Sealed::by_id("process_filter"),
    Sealed::by_id("process_incident"),
    Sealed::by("process_matter_limit", &["instance_id"]),
    Sealed::by_id("process_message"),
    Sealed::by_id("process_migration"),
    Sealed::by_id("process_migration_reason"),
    Sealed::by_id("process_signal"),
    Sealed::by_id("process_start"),
];

/// The area's modules.
pub fn modules() -> Vec<Module> {
    vec![
        definition::module(),
        export::module(),
        filter::module(),
        instance::module(),
        late::module(),
        migration::module(),
        modeller::module(),
        replay::module(),
        sheet::module(),
        statistic::module(),
        task::module(),
    ]
}

/// The area's pages and sentences.
pub fn views() -> ViewSet {
    ViewSet { name: "process", pages: &PAGES, lang: include_str!("../lang.yaml") }
}
