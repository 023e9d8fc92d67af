//! Ledgers: what each side of the reads keeps, chained, so that either side can prove its own.
//!
//! Invariants: an entry is the canonical JSON of a read as the side knows it, with its SM3 digest;
//! positions run from 1 without gaps per side; the chain value of a position is SM3 over the former
//! chain value and the entry's digest. Positions are given by one job after the commit, so that
//! reads of one agency do not wait for each other. Must not know: what a read is.

mod api;
mod chain;
mod pages;
mod verify;

pub(crate) use chain::enter;
pub use chain::{Role, Side};
pub use verify::{Report, verify};

use store::JobSpec;
use store::job::Handler;
use webkit::{Access, Module, Rail, get};

/// Name of the job that chains.
pub(crate) const JOB: &str = "data.ledger";

pub(crate) fn module() -> Module {
    Module {
        name: "data.ledger",
        routes: vec![
            get("/ledger", Access::Staff("data.usage.read"), pages::own),
            get("/api/v1/ledger/{role}", Access::Staff("data.usage.read"), api::entries)
                .doc("Gives the caller's agency's own ledger of reads (role: consumer or source), in order.")
                .asks(&["after"])
                .gives::<api::Entries>(),
        ],
        jobs: vec![JobSpec { name: JOB, handler: Handler::Within(chain::job) }],
        subscriptions: Vec::new(),
        rail: vec![Rail {
            group: "data.rail",
            path: "/ledger",
            label: "data.ledger.title",
            icon: "link",
            permission: "data.usage.read",
        }],
    }
}
