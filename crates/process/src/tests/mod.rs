//! Procedures on a real database: deployed, begun, worked on by officers, broken and repaired.

pub(crate) mod bundle;
mod definition;
mod form;
mod instance;
mod library;
mod office;
mod page;
mod ruling;
pub(crate) mod service;
mod walk;
pub(crate) mod world;
