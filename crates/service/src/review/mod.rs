//! The officer's view of a case: materials with the data beside them, the form, the clock, and a
//! panel with exactly the acts the state and his permissions allow.
//!
//! Nouns: [`ReviewView`](page::ReviewView) the page; [`Act`](act::Act) a form of the panel;
//! [`reveal`] showing one masked value, for a purpose.
//!
//! Invariants
//! - An act carries the revision of the case the officer saw; an older one is refused.
//! - A form that fails comes back with everything typed.
//! - Values are masked by grade; each that is shown whole leaves an entry naming field and purpose.
//!
//! Neighbours: acts through the verbs of `case`. Must not know: how a state comes to be.

mod act;
mod page;
mod pages;
#[allow(clippy::module_inception)] // The verbs' file carries the module's name.
mod review;
mod source;

#[cfg(test)]
mod tests;

pub use review::{PURPOSES, reveal};

use crate::case;
use webkit::{Access, Module, get, post};

/// Routes of the pages.
pub(crate) fn module() -> Module {
    let mut routes = vec![
        get("/workbench/cases/{id}", Access::Staff(case::READ), pages::show),
        post("/workbench/cases/{id}/reveal", Access::Staff("data.lookup"), pages::reveal),
    ];
    routes.extend(pages::acts());
    Module { name: "service.review", routes, ..Module::default() }
}
