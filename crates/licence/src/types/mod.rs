//! The catalogue of licence types (证照目录): what each holds, what may be done with it, what it
//! proves, who may ask for it, and a specimen of its sheet.
//!
//! Invariants: everything shown comes from the packs; a specimen is made up, says so on its face
//! and is not sealed.
//! Must not know: licences issued.

mod pages;
pub(crate) mod specimen;
mod uses;

pub use specimen::render as specimen;
pub use uses::{LicenceUse, licence_uses};

use webkit::{Access, Module, get};

pub(crate) fn module() -> Module {
    Module {
        name: "licence.types",
        routes: vec![
            get("/licence-types", Access::Anyone, pages::list),
            get("/licence-types/{id}", Access::Anyone, pages::show),
            get("/licence-uses", Access::Anyone, uses::show),
            get("/api/v1/licence-uses", Access::Anyone, uses::list)
                .doc("Lists which items take which licences instead of papers.")
                .gives::<uses::LicenceUseList>(),
            get("/licence-types/{id}/specimen.pdf", Access::SignedIn, pages::specimen),
        ],
        ..Module::default()
    }
}
