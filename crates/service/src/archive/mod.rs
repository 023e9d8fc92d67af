//! Archived case folders (电子档案, 国务院令第716号第十二条): when a case has ended, everything of it
//! is packed, indexed, sealed and kept.
//!
//! Nouns: [`Folder`] one case at one end, with its archive number and retention; [`Part`] a file of
//! it; the manifest, canonical JSON that names every part by its SM3 digest with the evidence
//! entries and their places in the log; the cover, a PDF sealed by the agency that prints the index
//! and the manifest's digest. [`Check`] the result of a fixity check.
//!
//! Invariants
//! - A folder is never changed: a case that ends again (a revoked grant) gets another folder, and so
//!   does one of which a document comes later (a receipt made out or reversed after its end).
//! - The cover's seal covers the manifest's digest, and the manifest every part's: one changed byte
//!   anywhere is found.
//! - The owner reads all but the agency's internal parts; officers with `archive.read` read the
//!   folders of their agency but for what was answered and looked up, which its keeper reads as well.
//! - How long a folder is kept is the pack's to say; [`disposal`] disposes of it or hands it over.
//! - Each folder is checked every quarter; what is found wrong stands on a page and can be put right
//!   from a copy. Files are stored once: copies are backups, and packages handed out.
//! - A folder leaves as one file under a METS manifest, with proofs of its evidence, which
//!   `yipan verify` proves alone.
//! - A folder packed elsewhere is taken in as the package it left in, verified whole ([`intake`]).
//! - Folders of cases that ended long before now are packed when somebody first asks.
//!
//! Neighbours: hears `case.completed`, `case.decided`, `case.refused`, `case.withdrawn`,
//! `case.revoked`, `bill.receipted`; seals through `licence::seal`. Must not know: how a case is decided.

mod api;
#[allow(clippy::module_inception)] // The verbs' file carries the module's name.
mod archive;
pub(crate) mod contents;
mod cover;
pub mod disposal;
mod fixity;
mod formats;
mod intake;
mod model;
mod package;
mod packing;
mod pages;
mod pages_kept;
mod store;
mod store_fixity;

#[cfg(test)]
mod tests;
#[cfg(test)]
mod tests_intake;
#[cfg(test)]
mod tests_kept;

pub use archive::{check, folders, list, package, part};
pub use fixity::{fixity, mend};
pub use formats::formats;
pub use intake::{Intake, examine, take_in};
pub use model::{
    ArchiveFinding, ArchiveFixity, Check, CheckReport, Folder, FolderPage, HeldFormat, Part,
};
pub use packing::pack;

use ::store::{Ctx, Handler, JobSpec, Value, vals};
use kernel::Result;
use party::authority;
use webkit::{Module, Rail};

/// May read folders of cases within reach.
pub const READ: &str = "archive.read";

/// May see how the archive stands: checks, formats, lists.
pub const AUDIT: &str = "archive.audit";
/// Keeps the agency's archive: puts files right, makes lists, records receipts.
pub const MANAGE: &str = "archive.manage";
/// May approve that folders are disposed of or handed over.
pub const DISPOSE: &str = "archive.dispose";

/// Whose folders somebody reaches: those of his agency, or of a division and all below it.
pub(crate) enum Scope {
    /// One agency's.
    Agency(String),
    /// Those of divisions whose codes begin so.
    Divisions(String),
}

impl Scope {
    /// The condition on an agency and a division, with the values of its parameters `$1` and `$2`.
    fn condition(&self, agency: &str, division: &str) -> (String, Vec<Value>) {
        match self {
            Scope::Agency(id) => (format!("{agency} = $1 AND $2 = ''"), vals![id, ""]),
            Scope::Divisions(prefix) => {
                let like = format!("{prefix}%");
                (format!("{division} LIKE $1 AND $2 = ''"), vals![like, ""])
            }
        }
    }
}

/// What the actor reaches. Errors: `denied` for who has neither agency nor division.
fn scope(ctx: &Ctx) -> Result<Scope> {
    match authority::scope_division(ctx).is_empty() {
        true => Ok(Scope::Agency(ctx.actor.agency.clone())),
        false => Ok(Scope::Divisions(authority::scope_prefix(ctx)?)),
    }
}

/// Routes, jobs, and what the packing listens to.
pub(crate) fn module() -> Module {
    let mut routes = pages::routes();
    routes.extend(pages_kept::routes());
    routes.extend(api::routes());
    routes.extend(disposal::routes());
    let topics = [
        "case.completed",
        "case.decided",
        "case.refused",
        "case.withdrawn",
        "case.revoked",
        "bill.receipted",
    ];
    let mut jobs = vec![
        JobSpec {
            name: packing::JOB,
            handler: Handler::Outside(|env, payload| Box::pin(packing::run(env, payload))),
        },
        JobSpec {
            name: fixity::JOB,
            handler: Handler::Outside(|env, payload| Box::pin(fixity::run(env, payload))),
        },
    ];
    jobs.extend(disposal::jobs());
    let rail = |path, label, permission| Rail {
        group: "service.rail.quality",
        path,
        label,
        icon: "archive",
        permission,
    };
    Module {
        name: "service.archive",
        routes,
        jobs,
        subscriptions: topics.iter().map(|topic| (*topic, packing::JOB)).collect(),
        rail: vec![
            rail("/archives", "service.archive.title", READ),
            rail("/archives/fixity", "service.archive.fixity", AUDIT),
            rail("/archives/lists", "service.archive.lists", AUDIT),
        ],
    }
}
