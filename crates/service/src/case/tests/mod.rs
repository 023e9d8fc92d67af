//! Cases on a real database: lifecycle, clocks, authority, lists, figures.

mod access;
mod automatic;
mod clocks;
mod figures;
mod lists;
mod review;
mod submit;
mod words;
pub(crate) mod world;
