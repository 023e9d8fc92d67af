//! Paper licences beside the electronic ones, printed on numbered blanks (空白证件) of which every one
//! is accounted for.
//!
//! Nouns: [`Consignment`] a run of blanks that an agency received; [`Print`] a blank that was used, for
//! a licence or spoiled; [`Count`] what somebody counted to be left.
//!
//! Invariants
//! - A blank is used once, by the agency that received it, for the type of licence it is made for.
//! - A licence in force has at most one print that stands; printing it again says why, and voids the
//!   print before it in the same transaction.
//! - What was received is what stands, what is void, what was spoiled and what is left; a count by hand
//!   that differs says why.
//! - A print holds no longer than its licence.
//!
//! Must not know: how a sheet is typeset.

mod api;
mod model;
mod pages;
mod store;
mod verbs;

pub use api::{BlankBody, PrintBody};
pub use model::{Consignment, Count, Print, Serial, Stock};
pub use verbs::{count, of_licence, print, receive, sheet, spoil, stocks};

pub(crate) use verbs::standing;

use crate::register::{ISSUE, READ};
use webkit::{Access, Module, Rail, Route, get, post};

fn routes() -> Vec<Route> {
    let (reader, clerk) = (Access::Staff(READ), Access::Staff(ISSUE));
    vec![
        get("/work/licence-blanks", reader, pages::stock),
        post("/work/licence-blanks", clerk, pages::act).strong(),
        get("/work/licences/{id}/prints", reader, pages::prints),
        post("/work/licences/{id}/prints", clerk, pages::print).strong(),
        get("/work/licences/{id}/prints/sheet.pdf", clerk, pages::sheet).strong(),
        get("/api/v1/licence-blanks", reader, api::stock)
            .doc("Lists the caller's agency's blanks by type: received, in use, void, spoiled, left.")
            .gives::<api::BlankList>(),
        post("/api/v1/licence-blanks", clerk, api::act)
            .strong()
            .doc("Receives numbered blanks, counts what is left, or enters one as spoiled.")
            .takes::<BlankBody>()
            .gives::<api::BlankList>(),
        get("/api/v1/licences/{id}/prints", reader, api::prints)
            .doc("Lists the prints of a licence of the caller's agency, newest first.")
            .gives::<api::PrintList>(),
        post("/api/v1/licences/{id}/prints", clerk, api::print)
            .strong()
            .doc("Prints a licence on a numbered blank; the print before it is void.")
            .takes::<PrintBody>()
            .gives::<api::PrintList>(),
    ]
}

pub(crate) fn module() -> Module {
    Module {
        name: "licence.print",
        routes: routes(),
        rail: vec![Rail {
            group: "licence.rail",
            path: "/work/licence-blanks",
            label: "licence.print.title",
            icon: "document",
            permission: READ,
        }],
        ..Module::default()
    }
}
