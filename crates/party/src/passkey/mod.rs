//! Passkeys (WebAuthn): signing in with a device that holds a private key and knows its owner by
//! finger, face or PIN. One proof stands for password and second factor together.
//!
//! Nouns: [`Passkey`] a device's credential as its owner sees it; a challenge, the random question
//! one browser is asked once; [`Site`] the address for which devices answer.
//!
//! Invariants
//! - A challenge belongs to one browser and one purpose, is answered once, within five minutes,
//!   right or wrong.
//! - The device must have verified its user; what it signs names this site and no other.
//! - A signature counter that does not grow is refused: two devices answer with one key.
//! - A credential belongs to one account; an answer that names another account is refused.
//! - Whoever adds a passkey has typed the password just before, and has shown the second factor if
//!   the account has one.
//! - Every answer leaves evidence, and so does every change of a passkey's row.
//! - Times are the operating system's, as those of sessions; those shown are the platform's own.
//!
//! Must not know: how the cryptography is done ([`ceremony`] alone speaks to the library).

mod ceremony;
mod model;
mod pages;
#[allow(clippy::module_inception)] // The verbs' file carries the module's name.
mod passkey;
mod store;

pub use model::{Passkey, Site};
pub(crate) use pages::offer;
pub(crate) use passkey::remove_all;
pub use passkey::{add, begin, challenge, find, list, remove, sign_in, verify};
pub(crate) use store::any;

use webkit::{Access, Module, get, post};

pub(crate) fn module() -> Module {
    Module {
        name: "party.passkey",
        routes: vec![
            post("/sign-in/passkey", Access::Anyone, pages::sign_in_post),
            post("/sign-in/passkey/challenge", Access::Anyone, pages::challenge_post),
            post("/account/verify/passkey", Access::SignedIn, pages::verify_post),
            get("/account/passkeys/new", Access::SignedIn, pages::new_form),
            post("/account/passkeys/new", Access::SignedIn, pages::new_post),
            post("/account/passkeys", Access::SignedIn, pages::add_post),
            get("/account/passkeys/{id}/removal", Access::SignedIn, pages::removal_form),
            post("/account/passkeys/{id}/removal", Access::SignedIn, pages::removal_post),
        ],
        jobs: Vec::new(),
        subscriptions: Vec::new(),
        rail: Vec::new(),
    }
}
