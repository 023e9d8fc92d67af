//! The register of licences: issuing, life, uses, and the sheet that is printed.
//!
//! Invariants: the signed data never changes after issue; state follows `01 有效 → 02 暂扣 ⇄ 01` and
//! ends in 03 撤销, 04 注销, 05 失效 or 07 吊销; each change leaves an event, an evidence entry and
//! a new status list; the sheet is made from stored data alone, so that it is the same whenever it
//! is made.
//! Must not know: why a case was granted.

mod api;
mod issue;
mod life;
mod model;
mod pages;
pub(crate) mod sheet;
pub(crate) mod shown;
pub(crate) mod store;
mod usage;

pub use api::LicenceView;
pub use issue::issue;
pub use life::{annotate, cancel, forfeit, resume, revoke, suspend};
pub use model::{Event, Issue, Issued, LicenceData, LicenceRow, Opened, Use, state_name};
pub use sheet::{digest as sheet_digest, file as sheet_file};
pub use usage::{find_live, record_use, use_for, uses, uses_of};

pub(crate) use life::lapse_in_force;
pub(crate) use sheet::verify_link;
pub(crate) use usage::{check_purpose, record_identified, record_kind};

use webkit::{Access, Module, Rail, delete, get, post};

const REVOKE: &str = "licence.revoke";

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
