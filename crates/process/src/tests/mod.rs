//! Procedures on a real database: deployed, begun, worked on by officers, broken and repaired.

pub(crate) mod bundle;
mod definition;
mod instance;
mod office;
mod page;
pub(crate) mod service;
mod walk;
pub(crate) mod world;
