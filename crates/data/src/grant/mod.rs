//! Grants: a case admits lookups for its one-thing, its items and the values that identify the
//! persons concerned, from when it is drafted until it is closed.
//!
//! Invariants: one grant per case; a closed grant never opens again; values are kept as blind
//! indexes only. The caller is the area that owns cases; it has decided who may file them.
//! Must not know: cases, registries.

#[allow(clippy::module_inception)] // the verbs carry the module's name
mod grant;

pub(crate) use grant::{Grant, find, indexes, names, number};
pub use grant::{VALUES_MAX, close, hand_on, open, open_for};
