//! What becomes of archived folders in the end (鉴定、销毁和移交): those whose time is over are put
//! on a list and, once two people have approved it, disposed of; those kept for ever are handed
//! over to the archive hall.
//!
//! Nouns: [`ArchiveList`] folders that are due together, to be disposed of or handed over;
//! [`ListedFolder`] one of them; [`ArchiveApproval`] who approved and why; [`ArchiveReceipt`] what
//! the archive hall gave.
//!
//! Invariants
//! - A folder is on one list at most; one that is kept on leaves its list, with a reason, before
//!   anybody has approved it.
//! - Two different people approve a list, each with reasons and a second factor.
//! - What is disposed of leaves its record: number, dates, manifest and digest of every file, and
//!   the evidence, whose proofs stay good. Files go after the commit, and only those that no folder
//!   kept, no case and no draft has.
//! - A folder kept for ever is never disposed of.
//!
//! Must not know: what is in a folder, how a case was decided.

mod api;
mod model;
mod pages;
mod shred;
mod store;
#[cfg(test)]
mod tests;
mod verbs;

pub use model::{
    ArchiveApproval, ArchiveList, ArchiveListPage, ArchiveReceipt, Kind, ListedFolder,
};
pub use verbs::{approve, keep_on, list, lists, propose, receive, refuse};

pub(super) use verbs::notice;

use ::store::{Handler, JobSpec};
use webkit::Route;

pub(super) fn routes() -> Vec<Route> {
    let mut routes = pages::routes();
    routes.extend(api::routes());
    routes
}

pub(super) fn jobs() -> Vec<JobSpec> {
    vec![
        JobSpec {
            name: verbs::JOB,
            handler: Handler::Within(|ctx, payload| Box::pin(verbs::run(ctx, payload))),
        },
        JobSpec {
            name: shred::JOB,
            handler: Handler::Outside(|env, payload| Box::pin(shred::run(env, payload))),
        },
    ]
}
