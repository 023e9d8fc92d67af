//! Papers sealed by those who keep seals: by one agency, or by several in the order the paper says
//! (联合行文).
//!
//! Nouns: [`Paper`] what is to be sealed; [`Turn`] one seal's place on it.
//!
//! Invariants
//! - Only the keeper of a seal puts it, when its turn has come, and says why; what he agrees to has a
//!   digest that covers the contents and who is to seal.
//! - All seals are put, in order, in the transaction in which the last keeper agrees: a paper bears
//!   all its seals or none. Each signature covers the paper and the seals before it.
//! - A paper of one agency that another refuses, or that is withdrawn, is sealed by nobody.
//! - Every seal's use is in its log with the reason and the file's digest.
//!
//! Must not know: cases, licences.

mod api;
mod model;
mod pages;
mod sealing;
mod store;
mod verbs;

pub use model::{Paper, PaperDraft, SEALS_MAX, Turn};
pub use sealing::Prepared;
pub use store::Kept;
pub use verbs::{agree, choices, draft, file, get, list, prepare, refuse, withdraw};

use super::record::{KEEP, READ};
use webkit::{Access, Module, Rail, Route, get as read, post};

fn routes() -> Vec<Route> {
    let (reader, keeper) = (Access::Staff(READ), Access::Staff(KEEP));
    vec![
        read("/papers", reader, pages::index),
        read("/papers/new", keeper, pages::form),
        post("/papers", keeper, pages::draft),
        read("/papers/{id}", reader, pages::show),
        read("/papers/{id}/paper.pdf", reader, pages::file),
        post("/papers/{id}/answer", keeper, pages::answer).strong(),
        read("/api/v1/papers", reader, api::all)
            .doc("Lists papers to be sealed on which the caller's agency has a turn, newest first.")
            .asks(&["before"])
            .gives::<api::PaperList>(),
        post("/api/v1/papers", keeper, api::draft_one)
            .doc("Draws up a paper to be sealed by the seals named, in that order.")
            .takes::<PaperDraft>()
            .gives::<api::PaperView>(),
        read("/api/v1/papers/{id}", reader, api::show)
            .doc("Shows a paper to be sealed and whose turn it is.")
            .gives::<api::PaperView>(),
        post("/api/v1/papers/{id}/answer", keeper, api::answer)
            .strong()
            .doc("Puts the seal whose turn it is, refuses it, or withdraws the paper.")
            .takes::<api::PaperAnswerBody>()
            .gives::<api::PaperView>(),
    ]
}

pub(crate) fn module() -> Module {
    Module {
        name: "licence.paper",
        routes: routes(),
        rail: vec![Rail {
            group: "licence.rail",
            path: "/papers",
            label: "licence.paper.title",
            icon: "document",
            permission: KEEP,
        }],
        ..Module::default()
    }
}
