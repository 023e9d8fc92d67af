//! The applicant's view of a case: where it stands, what it waits for, what came of it, and what
//! the applicant may do; and public tracking by case number and query code.
//!
//! Nouns: [`CaseView`](page::CaseView) the page of a case; [`Mend`](correction::Mend) what is to be
//! mended; [`clock_view`] the days of a clock as drawn.
//!
//! Invariants
//! - What is shown is what [`case::show`](crate::case::show) gives this reader; nothing is computed
//!   from rows of the database here.
//! - A correction offers the fields and materials that were asked, and no others; what an
//!   examination waits for is asked by the form of its drawing.
//! - An upload is judged by its content, not by the name it was given.
//! - Another citizen's case is not found; public tracking tells phases only.
//!
//! Neighbours: acts through the verbs of `case`; results lead to the wallet, ratings and the
//! archive have pages of their own. Must not know: SQL.

mod api;
mod clock;
mod correction;
mod hand_in;
mod page;
mod pages;
mod upload;

#[cfg(test)]
mod tests;

pub(crate) use clock::{ClockView, clock_view};

use webkit::{Access, Module, get, post};

/// Routes of the pages.
pub(crate) fn module() -> Module {
    let mut routes = api::routes();
    routes.extend(hand_in::routes());
    routes.extend(page_routes());
    Module { name: "service.tracking", routes, ..Module::default() }
}

fn page_routes() -> Vec<webkit::Route> {
    vec![
        get("/cases", Access::Citizen, pages::list),
        get("/cases/{id}", Access::SignedIn, pages::show),
        get("/cases/{id}/documents/{document}", Access::SignedIn, pages::document),
        get("/cases/{id}/files/{file}", Access::SignedIn, pages::file),
        get("/cases/{id}/correction", Access::Citizen, pages::correction),
        post("/cases/{id}/correction", Access::Citizen, pages::mend).upload(),
        post("/cases/{id}/tolerated", Access::Citizen, pages::tolerated).upload(),
        post("/cases/{id}/withdrawal", Access::Citizen, pages::withdraw),
        post("/cases/{id}/human-review", Access::Citizen, pages::human_review),
        get("/track", Access::Anyone, pages::track),
    ]
}
