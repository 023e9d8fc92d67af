//! A post's workbench: what is to be done and how much time is left, taking and handing over
//! cases, and who stands in while an officer is absent.
//!
//! Invariants: the most urgent case stands first; a list costs the same however many cases there
//! are; cases taken or granted together are so one by one, so that one that has moved on spoils no
//! other.
//!
//! Neighbours: reads and acts through `case`. Must not know: SQL, the lifecycle.

mod grants;
mod page;
mod pages;
mod stand_in;

#[cfg(test)]
mod tests;

use crate::case::{DECIDE, READ, TRANSFER};
use webkit::{Access, Module, Rail, get, post};

/// Routes and the links of the rail.
pub(crate) fn module() -> Module {
    Module {
        name: "service.workbench",
        routes: vec![
            get("/workbench", Access::Staff(READ), pages::list),
            post("/workbench/claim", Access::Staff(TRANSFER), pages::claim),
            post("/workbench/hand-over", Access::Staff(TRANSFER), pages::hand_over),
            post("/workbench/grants", Access::Staff(DECIDE), grants::chosen),
            get("/workbench/grants", Access::Staff(DECIDE), grants::show).strong(),
            post("/workbench/grants/confirmed", Access::Staff(DECIDE), grants::confirmed).strong(),
            get("/workbench/stand-in", Access::Staff(TRANSFER), stand_in::show),
            post("/workbench/stand-in", Access::Staff(TRANSFER), stand_in::begin),
            post("/workbench/stand-in/{id}/end", Access::Staff(TRANSFER), stand_in::end),
        ],
        rail: vec![
            Rail {
                group: "service.rail.work",
                path: "/workbench",
                label: "service.workbench.title",
                icon: "inbox",
                permission: READ,
            },
            Rail {
                group: "service.rail.work",
                path: "/workbench/stand-in",
                label: "service.workbench.stand_in",
                icon: "users",
                permission: TRANSFER,
            },
        ],
        ..Module::default()
    }
}
