//! Decisions and the language they are written in: FEEL expressions, DMN models.
//!
//! Two modules: [`feel`] compiles and evaluates expressions over JSON, for conditions and mappings
//! of procedures; [`model`] deploys decision models, makes decisions with reasons, finds gaps and
//! overlaps of decision tables and runs the tests a definition carries.
//!
//! FEEL's grammar, values and built-in functions are `dsntk`'s. What is around them is ours, for
//! what it lacks: a bound on work, calls and depth; a decision that explains itself in the same
//! run; findings with their place. This is the one crate that names `dsntk`.
//!
//! Invariants
//! - Everything is a function of its arguments: no clock, no network, no file, but for the zones of
//!   times, of which [`feel`] tells.
//! - Everything is bounded ([`limit`]) and stops at the same point everywhere.
//! - No text, document or value ends the process.
//!
//! Must not know: databases, HTTP, any area.

pub mod feel;
pub mod limit;
pub mod message;
pub mod model;

pub use message::MESSAGES;

#[cfg(test)]
mod tests;
