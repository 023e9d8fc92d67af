//! Showing chosen fields of a licence by a link: to somebody who is not present, for some days, a
//! few times.
//!
//! Invariants: a link shows the fields that were chosen and nothing else, besides whether the
//! licence is in force now; looking at its page shows nothing, opening it takes a purpose, is
//! counted and is a use the holder sees; it ends with its day, with its last opening, or when its
//! holder takes it back, whichever comes first.
//! Must not know: who was sent the link.

mod api;
mod pages;
mod store;
mod verb;

pub use store::Link;
pub use verb::{NewLink, Opening, find, list, make, open, take_back};

use webkit::{Access, Module, delete, get, post};

pub(crate) fn module() -> Module {
    let own = Access::Citizen;
    Module {
        name: "licence.link",
        routes: vec![
            get("/wallet/{id}/links", own, pages::list),
            post("/wallet/{id}/links", own, pages::make),
            post("/wallet/{id}/links/{link}/end", own, pages::end),
            get("/shown/{token}", Access::Anyone, pages::look),
            post("/shown/{token}", Access::Anyone, pages::open),
            get("/api/v1/licences/{id}/links", own, api::list)
                .doc("Lists the links by which a licence is shown.")
                .gives::<api::LicenceLinkList>(),
            post("/api/v1/licences/{id}/links", own, api::make)
                .doc("Makes a link that shows chosen fields of a licence for some days.")
                .takes::<api::LicenceLinkBody>()
                .gives::<api::LicenceLinkView>(),
            delete("/api/v1/licence-links/{id}", own, api::end)
                .doc("Takes a link back: it shows nothing any more.")
                .gives::<api::LicenceLinkView>(),
        ],
        ..Module::default()
    }
}
