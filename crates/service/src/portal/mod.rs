//! The portal: home, search, the citizen's own overview, divisions level by level.
//!
//! Invariant: works for everybody, signed in or not; shows nothing of a person but to himself.
//! Must not know: how a case is handled.

mod pages;

use webkit::{Access, Module, get};

pub(crate) fn module() -> Module {
    Module {
        name: "service.portal",
        routes: vec![
            get("/", Access::Anyone, pages::home),
            get("/elder", Access::Anyone, pages::elder),
            get("/search", Access::Anyone, pages::search),
            get("/my", Access::Citizen, pages::mine),
            get("/divisions", Access::Anyone, pages::divisions),
        ],
        ..Module::default()
    }
}
