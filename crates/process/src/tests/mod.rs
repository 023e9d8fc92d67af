//! Procedures on a real database: deployed, begun, worked on by officers, broken and repaired.

mod absent;
mod batch;
pub(crate) mod bundle;
mod consult;
mod correct;
mod definition;
mod extend;
mod filter;
mod form;
mod instance;
mod kill;
mod library;
mod migration;
mod modeller;
mod nodes;
mod office;
mod overdue;
mod page;
mod period;
mod posts;
mod ruling;
mod seen;
pub(crate) mod service;
mod sign;
mod walk;
pub(crate) mod world;
