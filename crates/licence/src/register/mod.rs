//! The register of licences: issuing, life, uses, and the sheet that is printed.
//!
//! Invariants: the signed data never changes after issue; state follows `01 有效 → 02 暂扣 ⇄ 01` and
//! ends in 03 撤销, 04 注销, 05 失效, 06 办理转出 or 07 吊销, by the operations its type has; what
//! changes its contents or term is the next licence of a chain; each change leaves an event, an evidence entry and
//! a new status list; the sheet is made from stored data alone, so that it is the same whenever it
//! is made.
//! Must not know: why a case was granted.

mod api;
mod issue;
mod life;
mod model;
mod next;
mod next_pages;
pub(crate) mod ofd;
mod pages;
pub(crate) mod sheet;
pub(crate) mod shown;
pub(crate) mod store;
mod usage;

pub use api::LicenceView;
pub use issue::issue;
pub use life::{act, annotate, cancel, forfeit, resume, revoke, suspend};
pub use model::{Event, Issue, Issued, LicenceData, LicenceRow, Opened, Use, state_name};
pub use next::{Next, chain, next};
pub use ofd::file as ofd_file;
pub use sheet::{digest as sheet_digest, file as sheet_file};
pub use usage::{
    check_purpose, displayed, find_live, is_held_by, record_use, use_for, uses, uses_of,
};

pub(crate) use issue::{Begun, NUMBER, enter};
pub(crate) use life::lapse_in_force;
pub(crate) use pages::{READ, chain_rows, of_agency};
pub(crate) use sheet::verify_link;
pub(crate) use usage::{record_identified, record_kind, record_shown};

use webkit::{Access, Module, Rail, delete, get, post};

const REVOKE: &str = "licence.revoke";
pub(crate) const ISSUE: &str = "licence.issue";

pub(crate) fn module() -> Module {
    let jobs = vec![sheet::JOB, life::LAPSE_JOB];
    let routes = vec![
        get("/work/licences", Access::Staff(pages::READ), pages::search),
        get("/work/licences/{id}", Access::Staff(pages::READ), pages::show),
        post("/work/licences/{id}/state", Access::Staff(REVOKE), pages::change).strong(),
        get("/api/v1/licences/{id}", Access::SignedIn, api::show)
            .doc("Shows a licence to its holder, his guardian, or the issuing agency.")
            .gives::<LicenceView>(),
        post("/api/v1/licences/{id}/revocation", Access::Staff(REVOKE), api::revoke)
            .strong()
            .doc("Revokes a licence: it was granted wrongly and is taken back.")
            .takes::<api::Change>()
            .gives::<api::StateView>(),
        post("/api/v1/licences/{id}/suspension", Access::Staff(REVOKE), api::suspend)
            .strong()
            .doc("Suspends a licence until it is resumed.")
            .takes::<api::Change>()
            .gives::<api::StateView>(),
        delete("/api/v1/licences/{id}/suspension", Access::Staff(REVOKE), api::resume)
            .strong()
            .doc("Resumes a suspended licence.")
            .takes::<api::Change>()
            .gives::<api::StateView>(),
        post("/api/v1/licences/{id}/annotations", Access::Staff(REVOKE), api::annotate)
            .strong()
            .doc("Adds a note to a licence's history.")
            .takes::<api::Change>()
            .gives::<api::StateView>(),
        post("/api/v1/licences/{id}/cancellation", Access::Staff(REVOKE), api::cancel)
            .strong()
            .doc("Cancels a licence whose ground is gone, or at its holder's wish.")
            .takes::<api::Change>()
            .gives::<api::StateView>(),
        post("/api/v1/licences/{id}/forfeiture", Access::Staff(REVOKE), api::forfeit)
            .strong()
            .doc("Takes a licence away as a penalty.")
            .takes::<api::Change>()
            .gives::<api::StateView>(),
        post("/api/v1/licences/{id}/transfer", Access::Staff(REVOKE), api::transfer_out)
            .strong()
            .doc("Lets a licence go to another agency's register.")
            .takes::<api::Change>()
            .gives::<api::StateView>(),
        post("/api/v1/licences/{id}/next", Access::Staff(ISSUE), api::next)
            .strong()
            .doc("Changes, renews, reissues or takes over a licence: the next of its chain.")
            .takes::<api::NextBody>()
            .gives::<api::IssuedView>(),
        get("/work/licences/{id}/next", Access::Staff(ISSUE), next_pages::form),
        post("/work/licences/{id}/next", Access::Staff(ISSUE), next_pages::next).strong(),
        get("/work/licence-transfers", Access::Staff(ISSUE), next_pages::transfer_form),
        post("/work/licence-transfers", Access::Staff(ISSUE), next_pages::transfer).strong(),
    ];
    Module {
        name: "licence.register",
        routes,
        jobs,
        subscriptions: Vec::new(),
        rail: vec![Rail {
            group: "licence.rail",
            path: "/work/licences",
            label: "licence.register.title",
            icon: "id-card",
            permission: pages::READ,
        }],
    }
}

/// Ids of fields, as rows keep them. Errors: `internal`.
pub(crate) fn field_ids(text: &str) -> kernel::Result<Vec<String>> {
    serde_json::from_str(text).map_err(kernel::Error::internal)
}
