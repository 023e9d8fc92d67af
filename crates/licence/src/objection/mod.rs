//! The holder objects to a use of a licence of his; the agency that used it answers.
//!
//! Nouns: [`Objection`] to one use, with its answer.
//!
//! Invariants: only the holder, or his guardian, objects, once to a use; it goes to the agency that
//! used the licence, or, where the public did, to the one that issued it; the answer has a reason
//! and is due in fifteen days; what was said by either side is never changed.
//! Must not know: what the use was good for.

mod api;
mod pages;
mod store;
mod verb;

pub use store::Objection;
pub use verb::{Seen, answer, find, object, open_ones};

use webkit::{Access, Module, Rail, get, post};

/// Permission to answer objections.
pub const ANSWER: &str = "data.objection.answer";

pub(crate) fn module() -> Module {
    let (own, staff) = (Access::Citizen, Access::Staff(ANSWER));
    Module {
        name: "licence.objection",
        routes: vec![
            get("/wallet/uses/{id}", own, pages::show),
            post("/wallet/uses/{id}/objection", own, pages::object),
            get("/work/licence-objections", staff, pages::list),
            post("/work/licence-objections/{id}/answer", staff, pages::answer),
            get("/api/v1/wallet/uses/{id}", own, api::show)
                .doc("Shows a use of a licence of the caller's, and what became of an objection to it.")
                .gives::<api::LicenceUseShown>(),
            post("/api/v1/wallet/uses/{id}/objection", own, api::object)
                .doc("Objects to a use of a licence of the caller's.")
                .takes::<api::LicenceObjectionBody>()
                .gives::<api::LicenceObjectionView>(),
            get("/api/v1/licence-objections", staff, api::list)
                .doc("Lists objections to uses of licences that wait for the caller's agency.")
                .gives::<api::LicenceObjectionList>(),
            post("/api/v1/licence-objections/{id}/answer", staff, api::answer)
                .doc("Answers an objection to a use of a licence.")
                .takes::<api::LicenceObjectionAnswerBody>()
                .gives::<api::LicenceObjectionView>(),
        ],
        rail: vec![Rail {
            group: "licence.rail",
            path: "/work/licence-objections",
            label: "licence.objection.title",
            icon: "scales",
            permission: ANSWER,
        }],
        ..Module::default()
    }
}
