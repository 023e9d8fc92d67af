//! Procedures on a real database: deployed, begun, worked on by officers, broken and repaired.

mod absent;
mod batch;
pub(crate) mod bundle;
mod consult;
mod definition;
mod form;
mod instance;
mod library;
mod office;
mod overdue;
mod page;
mod ruling;
pub(crate) mod service;
mod sign;
mod walk;
pub(crate) mod world;
