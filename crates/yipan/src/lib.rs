//! The binary: commands, configuration, the closed list of modules, the demonstration province.
//!
//! Invariants: everything a province runs is reached from [`modules`]; nothing registers itself.
//! Standard output carries results, standard error carries progress.

#[macro_use]
mod say;

pub mod bench;
pub mod capability;
pub mod command;
pub mod demo;
pub mod install;
pub mod modules;
pub mod serve;
pub mod site;

#[cfg(test)]
mod tests;
