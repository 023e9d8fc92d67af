//! What is deployed as one: a diagram with the decisions it asks and the forms of its tasks.
//!
//! Nouns: [`Files`] the files as they were handed in; [`prove`] makes a [`Bundle`] of them or says
//! what is wrong; [`Decisions`] the compiled decision models; [`form`] what a person is asked;
//! [`Ruling`] a decision that a step needed, made and recorded with its reasons.
//!
//! Invariants
//! - A bundle is found by the digest of its bytes; a diagram alone is its own bytes, so that its
//!   digest is that of the document.
//! - The files come back byte for byte.
//! - Nothing here reads a database or a clock: what is proved here holds wherever it runs.
//!
//! Must not know: versions, instances, who deploys.

pub(crate) mod decide;
mod files;
pub mod form;
mod prove;

pub use decide::{Made, Ruling, make};
pub use files::{About, DECISIONS_MAX, FILES_BYTES_MAX, Files};
pub(crate) use files::{FORMS_JSON, FORMS_YAML, decision_file};
pub use prove::{Decisions, prove};
pub(crate) use prove::{drafted, load};

pub use crate::definition::Bundle;
