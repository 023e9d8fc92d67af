//! Every parser of the engines against input gone wrong, and the engine of mutations itself.

mod engines;
mod fuzz;
mod made;
mod proofs;
mod service;

use crate::Fuzz;
use std::path::{Path, PathBuf};

/// Runs of a parser that takes microseconds.
const MANY: u64 = 1_500;
/// Runs of one that takes milliseconds.
const SOME: u64 = 150;
/// Runs of one that takes a hundredth of a second.
const FEW: u64 = 40;

fn here(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(path)
}

/// Runs a parser on its folder of the committed corpus.
fn fuzz(name: &str, tokens: &[&str], runs: u64, parser: impl Fn(&[u8]) -> bool) {
    let folder = here("corpus").join(name);
    Fuzz { name, corpus: &[(&folder, "")], tokens, runs }.run(parser);
}

/// For parsers of text: what is no UTF-8 is not taken.
fn text(bytes: &[u8]) -> Option<&str> {
    std::str::from_utf8(bytes).ok()
}
