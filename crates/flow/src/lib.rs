//! The flow of official work as pure functions: the lifecycle of one item's case, the composition
//! of items into one thing done once, and procedures drawn in BPMN.
//!
//! Invariants
//! - (profile, state, command, env) gives (state, events) or a refusal; a refusal changes nothing.
//! - Folding the events gives the state.
//! - Time and actor are parameters; the same inputs give the same result years later.
//!
//! Must not know: databases, HTTP, rules' facts, who may act (that is decided before), any area.

pub mod case;
pub mod composition;
pub mod process;

#[cfg(test)]
mod tests;
