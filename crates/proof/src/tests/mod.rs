//! Tests of the crate, on one small world: a root, an agency, a seal, a PDF.

mod certificates;
mod ciphers;
mod der;
mod files;
mod jwe;
mod keys;
mod log;
mod ofd;
mod old_seals;
mod others;
mod package;
mod pades;
mod readable;
mod reasons;
mod revocation;
mod seals;
mod series;
mod signed;
mod taken_back;
mod tokens;
mod witness;
mod world;
