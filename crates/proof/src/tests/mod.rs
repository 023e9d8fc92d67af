//! Tests of the crate, on one small world: a root, an agency, a seal, a PDF.

mod certificates;
mod files;
mod keys;
mod log;
mod reasons;
mod seals;
mod world;
