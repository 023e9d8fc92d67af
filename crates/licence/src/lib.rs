//! Electronic licences: keys and seals of agencies, licences with their signed data and sealed
//! sheets, the holder's wallet, credentials in wallets of others, presentation and public
//! verification, status lists.
//!
//! Invariants
//! - What is issued is signed by the issuing agency's key in the transaction that issues it.
//! - One holder has one live licence of a type, unless the type allows several.
//! - Every use of a licence by anybody but its holder is recorded where the holder sees it.
//! - A change of state shows at once: on the page, in the reply and in the signed status list.
//!
//! Must not know: cases beyond their id, registries, how a document is typeset.

pub mod authority;
pub mod code;
pub mod credential;
mod faults;
pub mod intake;
pub mod link;
pub mod objection;
pub mod print;
pub mod register;
pub mod request;
pub mod seal;
pub mod status;
pub mod types;
pub mod verify;
pub mod wallet;

#[cfg(test)]
mod tests;

pub use register::{
    Issue, Issued, LicenceData, LicenceRow, Next, act, annotate, cancel, check_purpose, displayed,
    find_live, forfeit, is_held_by, issue, next, resume, revoke, suspend, use_for,
};

use include_dir::{Dir, include_dir};
use store::Sealed;
use store::object::Naming;
use webkit::Module;
use webkit::view::ViewSet;

static PAGES: Dir<'static> = include_dir!("$CARGO_MANIFEST_DIR/pages");

/// Rows that name stored files.
pub const FILES: &[Naming] = &[
    Naming { table: "licence_sheet", kept: "1 = 1" },
    Naming { table: "seal_paper", kept: "1 = 1" },
];

/// Tables of which a row changed by hand shows by its seal: what no entry of the log speaks of.
pub const SEALED: &[Sealed] = &[
    Sealed::by_id("agency_key"),
    Sealed::by_id("authority"),
    Sealed::by_id("authority_certificate"),
    Sealed::by_id("authority_change"),
    Sealed::by_id("authority_key"),
    Sealed::by_id("authority_list"),
    Sealed::by_id("credential_nonce"),
    Sealed { since: 865, ..Sealed::by_id("credential_offer") },
    Sealed { since: 865, ..Sealed::by_id("credential_request") },
    Sealed::by_id("licence_blank"),
    Sealed::by_id("licence_blank_count"),
    Sealed::by_id("licence_blank_series"),
    Sealed::by_id("licence_change"),
    Sealed::by_id("licence_event"),
    Sealed::by_id("licence_intake_line"),
    Sealed::by_id("licence_request"),
    Sealed::by_id("licence_serial"),
    Sealed::by_id("licence_sheet"),
    Sealed::by_id("licence_status"),
    Sealed::by_id("presentation"),
    Sealed::by_id("seal_custody"),
    Sealed::by_id("seal_paper_turn"),
    Sealed::by_id("seal_use"),
];

/// The area's modules.
pub fn modules() -> Vec<Module> {
    vec![
        authority::module(),
        code::module(),
        credential::module(),
        intake::module(),
        link::module(),
        objection::module(),
        print::module(),
        register::module(),
        request::module(),
        seal::module(),
        seal::paper::module(),
        status::module(),
        types::module(),
        verify::module(),
        wallet::module(),
    ]
}

/// The area's pages and sentences.
pub fn views() -> ViewSet {
    ViewSet { name: "licence", pages: &PAGES, lang: include_str!("../lang.yaml") }
}
