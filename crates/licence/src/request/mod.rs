//! Asking a holder for a licence: an agency registers what it asks for and why, an officer asks
//! with a code, and the holder consents in the wallet here or shows it from a wallet of others
//! (OpenID for Verifiable Presentations 1.0).
//!
//! Nouns: [`Ask`] what an agency asks for, of which type and fields, why and by which article;
//! [`Request`] one asking of it.
//!
//! Invariants
//! - The holder is told who asks, why and for which fields before anything is shown; from the wallet
//!   here he may leave fields out.
//! - A request is answered once, within ten minutes by the visitors' own watches, and closes after
//!   ten answers that do not hold.
//! - What comes from a wallet of others counts only when its issuer leads to a root of ours, it is
//!   bound to this very request, its state is in force, and it shows what was asked and no more;
//!   each other case has its own reason.
//! - Such an answer is wanted encrypted to a key of the request's own, which is erased with the answer.
//! - Every answer is a use, recorded where the holder sees it; the agency that asked sees what was
//!   shown and nobody else does.
//!
//! Must not know: what the agency does with it.

mod api;
mod ask;
mod check;
mod object;
mod pages;
mod store;
mod verb;
mod wire;

pub use ask::{NewAsk, asks, close, find as find_ask, register};
pub use store::{Ask, Request};
pub use verb::{Seen, Shown, consent, decline, find, recent, request, seen};

use webkit::{Access, Module, Rail, get, post};

/// Permission to ask holders for licences: that of looking up data for a matter in one's hands.
pub const ASK: &str = "data.lookup";

pub(crate) fn module() -> Module {
    let (staff, own, open) = (Access::Staff(ASK), Access::Citizen, Access::Anyone);
    Module {
        name: "licence.request",
        routes: vec![
            get("/work/licence-asks", staff, pages::list),
            post("/work/licence-asks", staff, pages::register),
            get("/work/licence-asks/{id}", staff, pages::show),
            post("/work/licence-asks/{id}/closing", staff, pages::close),
            post("/work/licence-asks/{id}/requests", staff, pages::request),
            get("/work/licence-requests/{id}", staff, pages::asked),
            get("/consent/{id}", own, pages::choose),
            post("/consent/{id}", own, pages::consent),
            get("/openid4vp/requests/{id}", open, wire::request).shared(),
            post("/openid4vp/requests/{id}", open, wire::request_posted).shared(),
            post("/openid4vp/responses", open, wire::response).shared(),
            get("/api/v1/licence-asks", staff, api::list)
                .doc("Lists what the caller's agency asks holders of licences for.")
                .gives::<api::LicenceAskList>(),
            post("/api/v1/licence-asks", staff, api::register)
                .doc("Registers what the caller's agency asks holders of licences for, and why.")
                .takes::<api::LicenceAskBody>()
                .gives::<api::LicenceAskView>(),
            post("/api/v1/licence-asks/{id}/requests", staff, api::request)
                .doc("Asks a holder once, for ten minutes.")
                .gives::<api::LicenceRequestView>(),
            get("/api/v1/licence-requests/{id}", staff, api::show)
                .doc("Shows what became of a request, and what the holder showed.")
                .gives::<api::LicenceRequestView>(),
            post("/api/v1/licence-requests/{id}/answer", own, api::answer)
                .doc("Shows chosen fields of one's licence to who asked, or declines.")
                .takes::<api::LicenceAnswerBody>(),
        ],
        rail: vec![Rail {
            group: "licence.rail",
            path: "/work/licence-asks",
            label: "licence.ask.title",
            icon: "qr",
            permission: ASK,
        }],
        ..Module::default()
    }
}
