//! Archived case folders (电子档案, 国务院令第716号第十二条): when a case has ended, everything of it
//! is packed, indexed, sealed and kept.
//!
//! Nouns: [`Folder`] one case at one end, with its archive number and retention; [`Part`] a file of
//! it; the manifest, canonical JSON that names every part by its SM3 digest with the evidence
//! entries and their places in the log; the cover, a PDF sealed by the agency that prints the index
//! and the manifest's digest. [`Check`] the result of a fixity check.
//!
//! Invariants
//! - A folder is never changed: a case that ends again (a revoked grant) gets another folder.
//! - The cover's seal covers the manifest's digest, and the manifest every part's: one changed byte
//!   anywhere is found.
//! - The owner reads all but the agency's internal parts; staff with `archive.read` read the
//!   folders of cases they may read.
//! - Folders of cases that ended long before now are packed when somebody first asks.
//!
//! Neighbours: hears `case.completed`, `case.decided`, `case.refused`, `case.withdrawn`,
//! `case.revoked`; seals through `licence::seal`. Must not know: how a case is decided.

mod api;
#[allow(clippy::module_inception)] // The verbs' file carries the module's name.
mod archive;
pub(crate) mod contents;
mod cover;
mod model;
mod packing;
mod pages;
mod store;

#[cfg(test)]
mod tests;

pub use archive::{check, folders, list, part};
pub use model::{Check, CheckReport, Folder, FolderPage, Part};
pub use packing::pack;

use ::store::{Handler, JobSpec};
use webkit::{Module, Rail};

/// May read folders of cases within reach.
pub const READ: &str = "archive.read";

/// Routes, the packing job, and what it listens to.
pub(crate) fn module() -> Module {
    let mut routes = pages::routes();
    routes.extend(api::routes());
    let topics =
        ["case.completed", "case.decided", "case.refused", "case.withdrawn", "case.revoked"];
    Module {
        name: "service.archive",
        routes,
        jobs: vec![JobSpec {
            name: packing::JOB,
            handler: Handler::Outside(|env, payload| Box::pin(packing::run(env, payload))),
        }],
        subscriptions: topics.iter().map(|topic| (*topic, packing::JOB)).collect(),
        rail: vec![Rail {
            group: "service.rail.quality",
            path: "/archives",
            label: "service.archive.title",
            icon: "archive",
            permission: READ,
        }],
    }
}
