//! Base registries (基础库): one record per identifier, versioned, sealed, found by blind indexes.
//!
//! Invariants
//! - A record has the registry's identifier and nothing but the registry's fields, each of its kind.
//! - A change of content makes a new version; the former one is kept with the time it was valid.
//! - An older observation never replaces a newer one.
//! - A search costs one index look-up however many records there are.
//!
//! Whom it tells: nobody; who changes a record emits what it means.
//! Must not know: grants, contracts, cases.

mod api;
mod claim;
mod cycle;
mod fields;
mod leaf;
mod load;
mod mask;
mod pages;
#[allow(clippy::module_inception)] // the verbs carry the module's name
mod registry;
mod store;

pub use claim::{Right, claim, unclaim};
pub use cycle::confirm;
pub(crate) use cycle::observed;
pub use fields::{Fields, TEXT_MAX, checked, display, parse};
pub(crate) use fields::{citizen_numbers, plain};
pub use leaf::{BadRecord, LoadProof, prove, verify_loads};
pub use load::{NewRecord, load};
pub use mask::masked;
pub use registry::{Record, amend, change, enter, get_raw, put, records};
pub(crate) use registry::{by_id, concerning, defined, field_at, search, version_values};
pub(crate) use store::SUBJECT_INDEX;

use webkit::{Access, Module, Rail, get};

pub(crate) fn module() -> Module {
    Module {
        name: "data.registry",
        routes: vec![
            get("/registries", Access::Staff("pack.read"), pages::list),
            get("/registries/{id}", Access::Staff("pack.read"), pages::show),
            get("/api/v1/registries", Access::SignedIn, api::list)
                .doc("Lists the base registries with their fields, grades and share contracts.")
                .gives::<api::RegistryList>(),
            get("/api/v1/registry-records/{id}/proof", Access::Staff("log.verify"), api::proof)
                .doc("Proves a record that came by a load against the root that the evidence log holds.")
                .gives::<super::registry::LoadProof>(),
        ],
        jobs: vec![cycle::JOB],
        subscriptions: Vec::new(),
        rail: vec![Rail {
            group: "data.rail",
            path: "/registries",
            label: "data.registry.title",
            icon: "database",
            permission: "data.read",
        }],
    }
}
