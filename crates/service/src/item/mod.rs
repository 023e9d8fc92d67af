//! The catalogue of service items: those applied for online and those published for the window,
//! browsed, searched and read; and, for staff, the packs they come from.
//!
//! Invariants: nothing of a published list is hidden: an item whose code cannot be read is shown
//! as set aside, with the reason; lists are read from memory and paged by the id of the last row.
//! Must not know: people, drafts, cases.

mod api;
mod list;
mod pages;
mod shown;

pub use list::{Entry, Filter, Found, PAGE, alone_entries, list, one_thing_entries, search};
pub(crate) use pages::{material_row, row};
pub use shown::{
    AgencyShown, BasisShown, ItemShown, LimitShown, MaterialShown, OneThingShown, PublishedShown,
    limit_text, money_text,
};
pub(crate) use shown::{accept_text, size_text};

use webkit::{Access, Module, Rail, get};

/// Permission to browse packs.
pub const PACK_READ: &str = "pack.read";

pub(crate) fn module() -> Module {
    Module {
        name: "service.item",
        routes: vec![
            get("/items", Access::Anyone, pages::list),
            get("/items/{id}", Access::Anyone, pages::show),
            get("/packs", Access::Staff(PACK_READ), pages::packs),
            get("/api/v1/items", Access::Anyone, api::items)
                .doc("Lists service items by text, agency kind, type and audience; 50 a page.")
                .asks(&["q", "agency", "type", "for", "online", "after"])
                .gives::<Found>(),
            get("/api/v1/items/{id}", Access::Anyone, api::item)
                .doc("Shows an item: its clocks, materials, fees, law and remedies.")
                .gives::<api::ItemAnswer>(),
            get("/api/v1/one-things", Access::Anyone, api::one_things)
                .doc("Lists the things done once.")
                .gives::<api::OneThings>(),
            get("/api/v1/one-things/{id}", Access::Anyone, api::one_thing)
                .doc("Shows a thing done once with all its items.")
                .gives::<OneThingShown>(),
        ],
        jobs: Vec::new(),
        subscriptions: Vec::new(),
        rail: vec![Rail {
            group: "service.rail.catalogue",
            path: "/packs",
            label: "service.item.packs",
            icon: "layers",
            permission: PACK_READ,
        }],
    }
}
