//! The platform's vocabulary: instants and working calendar, identifiers of Chinese standards,
//! translatable text, actors, errors, randomness.
//!
//! Invariants: pure functions and plain data; no I/O, no clock, no ambient randomness, no async.
//! Must not know: databases, HTTP, any area.

pub mod actor;
pub mod calendar;
pub mod canonical;
pub mod error;
pub mod identifier;
pub mod number;
pub mod random;
pub mod text;
pub mod time;

pub use actor::{Actor, ActorKind};
pub use error::{Error, Kind, Result};
pub use random::Random;
pub use text::{Lang, Text};
pub use time::Timestamp;

#[cfg(test)]
mod tests;
