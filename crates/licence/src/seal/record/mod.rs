//! The seal register: the life of each seal from its application to its destruction.
//!
//! Nouns: [`Record`] one seal of an agency — its own (`agency`), one for a purpose (`special`, such
//! as the seal of approvals) or an officer's (`personal`); [`Custody`] who kept it since when.
//!
//! Invariants
//! - A seal is applied for by its agency and approved by somebody else, who has it made in the same
//!   transaction: key, certificate of the authority nearest to the agency, seal structure, picture.
//! - An agency's own seal that is needed before anybody applied is made at its first use and has a
//!   record all the same; it then has no keeper, and only issuing seals with it.
//! - A seal has one keeper, an officer of its agency whose post may keep seals; an officer's own seal
//!   stays with him.
//! - Whoever suspends a seal does not destroy it. A destroyed seal's key is erased and its
//!   certificate revoked; what it sealed goes on verifying.
//!
//! Must not know: how keys are kept, what is sealed.

mod api;
mod model;
mod pages;
mod store;
mod verbs;

pub use model::{Custody, Record, SealApplication};
pub use verbs::{
    apply, custodies, decide, destroy, get, hand_over, list, open, picture, resume, suspend, uses,
};

pub(crate) use store::PAGE;
pub(super) use verbs::{adopt, by_id, ensure};

use webkit::{Access, Module, Rail, Route, get as read, post};

/// Permission of who approves, suspends, resumes and destroys seals.
pub const MANAGE: &str = "seal.manage";
/// Permission of who reads the register within reach.
pub const READ: &str = "seal.read";
/// Permission of who applies for his agency's seals and says who keeps them.
pub const APPLY: &str = "seal.apply";
/// Permission of posts that may keep seals.
pub const KEEP: &str = "seal.keep";

fn page_routes() -> Vec<Route> {
    let (reader, manager) = (Access::Staff(READ), Access::Staff(MANAGE));
    let head = Access::Staff(APPLY);
    vec![
        read("/seals", reader, pages::index),
        read("/seals/new", head, pages::form),
        post("/seals", head, pages::apply),
        read("/seals/{id}", reader, pages::show),
        read("/seals/{id}/picture", reader, pages::picture),
        post("/seals/{id}/decision", manager, pages::decide).strong(),
        post("/seals/{id}/custody", reader, pages::hand_over),
        post("/seals/{id}/state", manager, pages::change).strong(),
    ]
}

fn api_routes() -> Vec<Route> {
    let (reader, manager) = (Access::Staff(READ), Access::Staff(MANAGE));
    vec![
        read("/api/v1/seals", reader, api::all)
            .doc("Lists the seals of the register within reach, in order of their ids.")
            .asks(&["after"])
            .gives::<api::SealList>(),
        post("/api/v1/seals", Access::Staff(APPLY), api::apply_one)
            .doc("Applies for a seal of one's agency, which somebody else must approve.")
            .takes::<SealApplication>()
            .gives::<api::SealView>(),
        read("/api/v1/seals/{id}", reader, api::show)
            .doc("Shows a seal, who keeps it and who kept it before.")
            .gives::<api::SealView>(),
        read("/api/v1/seals/{id}/uses", reader, api::all_uses)
            .doc("Lists what a seal was used for, newest first.")
            .gives::<api::SealUseList>(),
        post("/api/v1/seals/{id}/decision", manager, api::decide_one)
            .strong()
            .doc("Approves an application, which makes the seal, or refuses it.")
            .takes::<api::SealDecisionBody>()
            .gives::<api::SealView>(),
        post("/api/v1/seals/{id}/custody", reader, api::hand_over_one)
            .doc("Hands a seal over to another officer of its agency.")
            .takes::<api::SealCustodyBody>()
            .gives::<api::SealView>(),
        post("/api/v1/seals/{id}/state", manager, api::change_one)
            .strong()
            .doc("Suspends, resumes or destroys a seal.")
            .takes::<api::SealStateBody>()
            .gives::<api::SealView>(),
    ]
}

pub(crate) fn module() -> Module {
    Module {
        name: "licence.seal",
        routes: [page_routes(), api_routes()].concat(),
        rail: vec![Rail {
            group: "licence.rail",
            path: "/seals",
            label: "licence.seal.title",
            icon: "stamp",
            permission: READ,
        }],
        ..Module::default()
    }
}
