//! Saved filters of work lists: an officer names what he wants to see of his lists.
//!
//! Nouns: [`Wanted`] what a filter lets through; [`Filter`] one that was saved.
//!
//! Invariants
//! - A filter shows rows of the officer's own lists in their order, by deadline: it is the same walk
//!   along the index, with what does not fit left out.
//! - A page looks at a bounded number of rows, and says how many; it goes on where it stopped.
//! - Filters are their owner's alone; nobody else finds them.
//!
//! Must not know: who may do a task.

mod api;
#[allow(clippy::module_inception)] // The verbs bear the module's name.
mod filter;
mod model;
mod pages;
mod store;

pub use filter::{create, delete, list, show};
pub use model::{Filter, FilterList, Filtered, Wanted};

use webkit::Module;

pub(crate) fn module() -> Module {
    let mut routes = pages::routes();
    routes.extend(api::routes());
    Module { name: "process.filter", routes, ..Module::default() }
}
