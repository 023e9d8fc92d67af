//! Targets and cockpit, pure and on a real database.

mod cockpit;
mod formula;
mod page;
pub(crate) mod world;
