//! Conditions written in packs and decided by the machine: rules for automatic decisions, and
//! small expressions that say when a question or a form section is shown.
//!
//! Invariants
//! - A rule grants only when every condition is met by facts that are present, of the right type
//!   and fresh. Anything else refers the case to a person; a rule never refuses.
//! - The same rule, facts and instant give the same decision, byte for byte.
//! - A rule without conditions, or one beyond the limits, refers.
//!
//! Must not know: where facts come from, databases, HTTP, any area.

mod check;
mod compare;
mod evaluate;
mod expression;
mod rule;

pub use check::{Finding, check, check_when};
pub use evaluate::{Decision, Explained, Fact, Outcome, Used, Verdict, evaluate};
pub use expression::{When, eval};
pub use rule::{Condition, Op, Operand, Rule};

/// Conditions one rule may have.
pub const CONDITIONS_MAX: usize = 100;
/// Elements of a constant list, and of a list fact that is searched.
pub const VALUES_MAX: usize = 10_000;
/// Bytes of an id or a fact path.
pub const PATH_MAX: usize = 200;
/// Depth of an expression.
pub const DEPTH_MAX: usize = 8;

#[cfg(test)]
mod tests;
