//! Cases on a real database: lifecycle, clocks, authority, lists, figures.

mod access;
mod alone;
mod api;
mod automatic;
mod beginning;
mod check;
mod clocks;
mod confirmation;
mod corrected;
mod examination;
mod examination_pages;
mod figures;
mod kept;
mod killed;
mod limits;
mod lists;
mod once;
mod reopening;
mod reopening_rest;
mod rest;
mod restored;
mod review;
mod submit;
mod termination;
mod transfer;
mod words;
pub(crate) mod world;
