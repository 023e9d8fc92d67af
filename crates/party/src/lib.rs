//! People and what they may do: natural persons, accounts, sign-in, passkeys, tokens, delegation,
//! authority, messages, and the evidence of every act.
//!
//! Invariants
//! - An actor is made here, by sign-in or token, and nowhere else; handlers only hand it on.
//! - Names, citizen numbers and contacts are sealed in the database; secrets of sessions, tokens
//!   and recovery codes are kept as digests only.
//! - Evidence entries are written in the transaction of the act and are never changed after.
//!
//! Must not know: any other area.

pub mod absence;
pub mod account;
pub mod administration;
pub mod audit;
pub mod authority;
pub mod batch;
pub mod delegation;
pub mod display;
pub mod evidence;
pub mod message;
pub mod passkey;
pub mod person;
pub mod token;
pub mod witness;

#[cfg(test)]
mod tests;

use include_dir::{Dir, include_dir};
use store::Sealed;
use webkit::Module;
use webkit::view::ViewSet;

pub use account::Gate;

static PAGES: Dir<'static> = include_dir!("$CARGO_MANIFEST_DIR/pages");

/// Tables of which a row changed by hand shows by its seal: what no entry of the log speaks of.
pub const SEALED: &[Sealed] = &[
    Sealed::by_id("access_token"),
    Sealed::by_id("account"),
    Sealed::by("account_claim", &["account_id"]),
    Sealed::by_id("authorization_code"),
    Sealed::by_id("client_program"),
    Sealed::by_id("code_guess"),
    Sealed::by_id("delegation"),
    Sealed::by_id("evidence_checkpoint"),
    Sealed { since: 790, ..Sealed::by_id("evidence_day") },
    Sealed::by_id("evidence_witness"),
    Sealed::by("mail_claim", &["person_id"]),
    Sealed::by_id("message"),
    Sealed::by_id("message_preference"),
    Sealed::by_id("person"),
    Sealed::by_id("person_code"),
    Sealed::by_id("recovery_code"),
    Sealed::by_id("refresh_token"),
    Sealed::by_id("session"),
    Sealed::by("setting", &["name"]),
    Sealed::by_id("sign_in_failure"),
    Sealed::by_id("token_family"),
    Sealed::by_id("witnessed_log"),
];

/// The area's modules.
pub fn modules() -> Vec<Module> {
    vec![
        account::module(),
        administration::module(),
        audit::module(),
        authority::module(),
        delegation::module(),
        display::module(),
        evidence::module(),
        message::module(),
        passkey::module(),
        token::module(),
        witness::module(),
    ]
}

/// What a demonstration has besides: the page that moves its clock. A production installation has
/// no such route.
pub fn demo_modules() -> Vec<Module> {
    vec![display::clock_module()]
}

/// The area's pages and sentences.
pub fn views() -> ViewSet {
    ViewSet { name: "party", pages: &PAGES, lang: include_str!("../lang.yaml") }
}
