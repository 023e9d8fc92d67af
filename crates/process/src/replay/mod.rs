//! Finished instances played again on another version: what would have come of the same decisions.
//!
//! Nouns: [`Report`] of a number of instances; [`Played`] one of them; [`Outcome`] whether it would
//! have differed.
//!
//! Invariants
//! - Reads only; nothing is sent and nobody is told.
//! - An instance is compared only when playing it on its own version gives what its history says;
//!   else it is told as not comparable.
//! - How many are played, and how long each may be, is bounded.
//!
//! Must not know: how the engine plays.

mod api;
mod deeds;
mod pages;
#[allow(clippy::module_inception)] // The verb bears the module's name.
mod replay;
#[cfg(test)]
mod tests;

pub use replay::{Ask, Outcome, Played, Report, run};

use webkit::Module;

pub(crate) fn module() -> Module {
    let mut routes = pages::routes();
    routes.extend(api::routes());
    Module {
        name: "process.replay",
        routes,
        jobs: Vec::new(),
        subscriptions: Vec::new(),
        rail: Vec::new(),
    }
}
