//! Records of acts: who did what to what and when, written in the transaction of the act.
//!
//! Invariants: an entry is written once and never changed but for its position in the log, which
//! the sequencer of [`evidence`](crate::evidence) gives; its leaf is computed at writing over
//! canonical JSON with a random salt, so that a published leaf tells nothing of the entry; its
//! content may be erased, by an act that is itself an entry, and leaf and place stay; an entry may
//! carry digests of rows as they stood after the act.
//! Must not know: what the kinds of entries mean.

mod api;
mod erase;
mod pages;
mod record;
mod row;
mod search;

pub use erase::{ERASED, erase};
pub(crate) use record::{COLUMNS, body_digest};
pub use record::{
    Entry, RowDigest, by_id, leaf_of, record, record_changed, record_row, record_rows,
};
pub use row::{digest as row_digest, recorded};
pub(crate) use row::{is_table, pointer_id};
pub use search::{Page, Search, list, search};

use webkit::{Access, Module, Rail, get};

pub(crate) fn module() -> Module {
    Module {
        name: "party.audit",
        routes: vec![
            get("/audit", Access::Staff("audit.read"), pages::search_page),
            get("/api/v1/audit/entries", Access::Staff("audit.read"), api::entries)
                .doc("Lists audit entries by subject, actor or kind, newest first.")
                .asks(&["subject", "actor", "kind", "after"])
                .gives::<api::EntryList>(),
        ],
        jobs: Vec::new(),
        subscriptions: Vec::new(),
        rail: vec![
            Rail {
                group: "party.rail.audit",
                path: "/audit",
                label: "party.audit.title",
                icon: "search",
                permission: "audit.read",
            },
            Rail {
                group: "party.rail.audit",
                path: "/authority",
                label: "party.authority.title",
                icon: "users",
                permission: "audit.read",
            },
        ],
    }
}
