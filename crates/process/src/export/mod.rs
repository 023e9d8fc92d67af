//! Event logs of procedures for process mining: CSV, and XES (IEEE 1849).
//!
//! Nouns: a [`Happening`] one event of the log; [`Export`] a log somebody may read, written page by
//! page.
//!
//! Invariants
//! - A log is of one process and the instances that began in a bounded period; it is written a few
//!   instances at a time, so that memory does not grow with it.
//! - It says who did what under a pseudonym that is the same throughout the installation; names
//!   stand only in logs of the reader's own agency, whose histories show them to him anyway.
//! - No title, variable, opinion or reason is in a log. Who took one, and what for, is evidence.
//!
//! Must not know: work lists, how a diagram runs.

mod api;
mod csv;
#[allow(clippy::module_inception)] // The verbs bear the module's name.
mod export;
mod gather;
mod pages;
mod xes;

pub(crate) use csv::field;
pub use export::{Export, Format, Wanted, begin};
pub use gather::Happening;

use webkit::Module;

pub(crate) fn module() -> Module {
    let mut routes = pages::routes();
    routes.extend(api::routes());
    Module { name: "process.export", routes, ..Module::default() }
}
