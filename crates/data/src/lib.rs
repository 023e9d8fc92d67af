//! One source per fact, shared by contract: registries with versioned records, lookups admitted by
//! an open case, receipts on both sides, and the loop by which a person has a wrong value put right.
//!
//! Invariants
//! - A record's fields are sealed at rest and found by blind indexes alone.
//! - Nothing leaves a registry for another agency but the fields of a contract in force, for a
//!   value and a case that a grant names, and never without a receipt both sides keep.
//! - The person whose data were read can see every read.
//! - A corrected value reaches everybody who received the wrong one.
//!
//! Must not know: cases, forms, licences; a case is an id that another area gave.

pub mod file;
pub mod grant;
pub mod ledger;
pub mod lookup;
pub mod objection;
pub mod registry;
mod source;

#[cfg(test)]
mod tests;

use include_dir::{Dir, include_dir};
use store::Sealed;
use webkit::Module;
use webkit::view::ViewSet;

static PAGES: Dir<'static> = include_dir!("$CARGO_MANIFEST_DIR/pages");

/// Tables of which a row changed by hand shows by its seal: what no entry of the log speaks of.
pub const SEALED: &[Sealed] = &[
    Sealed::by_id("data_correction"),
    Sealed::by_id("data_disclosure"),
    Sealed::by_id("data_grant"),
    Sealed::by("data_grant_value", &["grant_id", "value_index"]),
    Sealed::by_id("data_ledger"),
    Sealed::by_id("data_ledger_head"),
    Sealed::by_id("data_quota"),
    Sealed::by("registry_claim", &["registry", "field", "key_name", "value_index"]),
    Sealed::by("registry_cycle", &["registry"]),
    Sealed::by("registry_key", &["registry", "key_name", "value_index", "record_id"]),
    Sealed::by_id("registry_load"),
    Sealed::by("registry_load_part", &["load_id", "part"]),
    Sealed::by_id("registry_tally"),
    Sealed::by("registry_version", &["record_id", "version"]),
];

/// The area's modules.
pub fn modules() -> Vec<Module> {
    vec![
        file::module(),
        ledger::module(),
        lookup::module(),
        objection::module(),
        registry::module(),
    ]
}

/// The area's pages and sentences.
pub fn views() -> ViewSet {
    ViewSet { name: "data", pages: &PAGES, lang: include_str!("../lang.yaml") }
}

/// Keys of sentences that only the program's text uses, for the check of sentences.
pub const CODE_KEYS: &[&str] = &[
    "audit.",
    "data.rail",
    "data.use.by_post",
    "data.use.disclosed",
    "data.use.by_rule",
    "data.use.by_self",
    "data.use.by_agent",
    "data.use.by_applicant",
    "data.use.at_window",
    "data.registry.title",
    "data.ledger.title",
    "data.objection.desk.title",
    "data.objection.overdue.title",
    "data.correction.title",
    "data.portal",
    "data.refusal.",
    "data.yes",
    "data.no",
    "error.registry.",
    "error.grant.",
    "error.lookup.",
    "error.objection.",
    "notice.objection.",
    "notice.correction.",
];
