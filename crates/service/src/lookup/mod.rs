//! The officer in charge of a case reads licences of its applicant or child, where papers would
//! otherwise be asked for.
//!
//! Neighbours: the verbs are `case`'s. Must not know: what a contract says beyond its type.

mod api;
mod pages;

#[cfg(test)]
mod tests;

use crate::case;
use webkit::{Access, Module, get, post};

/// Routes.
pub(crate) fn module() -> Module {
    let staff = Access::Staff(case::LOOKUP);
    Module {
        name: "service.lookup",
        routes: vec![
            get("/workbench/cases/{id}/licences", staff, pages::form),
            post("/workbench/cases/{id}/licences", staff, pages::read),
            post("/api/v1/cases/{id}/licence-readings", staff, api::read)
                .doc(
                    "Reads a licence of a case's applicant or child, as its share contract allows.",
                )
                .takes::<api::LicenceReadingBody>()
                .gives::<api::LicenceReadingView>(),
        ],
        ..Module::default()
    }
}
