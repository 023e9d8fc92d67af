//! The guide of a thing done once: its overview, at most six questions one to a page, and which
//! items apply with what they need, how long they take and what they cost.
//!
//! Invariants: answers travel in the address and are kept nowhere; an answer to a question that is
//! not asked, or that is none of its choices, does not count; after a stop nothing is asked.
//! Must not know: people, drafts, cases.

mod api;
mod pages;
mod walk;

pub use walk::{Answers, Walk, walk};

use webkit::{Access, Module, get};

pub(crate) fn module() -> Module {
    Module {
        name: "service.guide",
        routes: vec![
            get("/one-things", Access::Anyone, pages::list),
            get("/one-things/{id}", Access::Anyone, pages::overview),
            get("/one-things/{id}/guide/{n}", Access::Anyone, pages::question),
            get("/one-things/{id}/result", Access::Anyone, pages::result),
            get("/api/v1/one-things/{id}/guide", Access::Anyone, api::guide)
                .doc("Asks the guide: give the answers so far as query parameters; gives the questions asked, the next one, a stop, or the items that apply.")
                .gives::<api::GuideAnswer>(),
        ],
        ..Module::default()
    }
}
