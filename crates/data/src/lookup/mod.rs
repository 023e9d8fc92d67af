//! Lookups: another agency's data for a case, by contract, with a receipt for both sides.
//!
//! Invariants
//! - Admitted only when the case's grant is open and names the value, the contract is in force and
//!   for the same one-thing, the consumer is one the contract names, and the day's quota lasts.
//! - Nothing but the contract's fields comes out.
//! - Every read, also one that found nothing, leaves one receipt in the ledgers of both sides; every
//!   refusal is recorded too.
//! - The persons a record is about see the read, and what officers were shown whole or took away of
//!   a case about them.
//!
//! Whom it tells: nobody. Must not know: what the values are for.

mod admit;
mod api;
mod disclosure;
mod lang;
#[allow(clippy::module_inception)] // the verbs carry the module's name
mod lookup;
mod pages;
mod receipt;
mod refusal;

pub use admit::PORTAL;
pub use disclosure::{Disclosure, NewDisclosure, Use, disclose};
pub(crate) use lang::consumer_name;
pub use lookup::{Found, Outcome, fetch, seek, used_today};
pub use receipt::{Page, Receipt, mine, of_case, of_registry};
pub(crate) use receipt::{by_id, concerns, of_record, own_number};
pub use refusal::{Refusal, refusals};

use webkit::{Access, Module, get};

pub(crate) fn module() -> Module {
    Module {
        name: "data.lookup",
        routes: vec![
            get("/my/data-use", Access::Citizen, pages::mine),
            get("/api/v1/my/data-use", Access::Citizen, api::mine)
                .doc("Lists who read the caller's data, newest first.")
                .asks(&["after"])
                .gives::<api::DataUseList>(),
        ],
        jobs: Vec::new(),
        subscriptions: Vec::new(),
        rail: Vec::new(),
    }
}
