//! Acting for somebody else: an agent for a principal, a guardian for a child, one parent with the
//! authorisation of the other.
//!
//! Invariants: who may act for whom is a recorded row with a scope and a period; a request holds
//! nothing until the principal, having shown a second factor, grants it; whatever is granted can be
//! withdrawn at once; both sides are told; every change is evidence. To apply in the principal's
//! place is a power of its own, which he grants by name. Who asks is answered alike whether or not
//! there is such a person, and until that one grants is shown nothing but what he typed himself.
//! Must not know: what is done under a delegation.

mod api;
mod model;
mod pages;
mod store;
mod verbs;

pub use model::{Basis, Delegation, SCOPE_ALL, Status};
pub use verbs::{
    Asked, Sides, answer, applies_for, ask, ask_for, entrusted, find, guardian_of, guardians_of,
    holds, lets_apply, list, record_guardian, revoke,
};

use webkit::{Access, Module, get, post};

pub(crate) fn module() -> Module {
    Module {
        name: "party.delegation",
        routes: vec![
            get("/delegations", Access::Citizen, pages::list),
            post("/delegations", Access::Citizen, pages::ask),
            get("/delegations/{id}", Access::Citizen, pages::view),
            post("/delegations/{id}/answer", Access::Citizen, pages::answer).strong(),
            post("/delegations/{id}/revocation", Access::Citizen, pages::revoke),
            get("/api/v1/delegations", Access::Citizen, api::list)
                .doc("Lists delegations given and received, newest first.")
                .gives::<api::DelegationList>(),
            post("/api/v1/delegations/{id}/answer", Access::Citizen, api::answer)
                .strong()
                .doc("Grants or declines a delegation asked of the caller.")
                .takes::<api::AnswerBody>(),
            post("/api/v1/delegations/{id}/revocation", Access::Citizen, api::revoke)
                .doc("Withdraws a delegation the caller gave or holds."),
        ],
        jobs: Vec::new(),
        subscriptions: Vec::new(),
        rail: Vec::new(),
    }
}
