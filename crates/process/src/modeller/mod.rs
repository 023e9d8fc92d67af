//! Drawing procedures in the browser: drafts of an officer, checked, tried out and compared before
//! somebody deploys them.
//!
//! Nouns: [`Draft`] a diagram with its decisions and forms under way; [`Trial`] a run of a draft on paper, answer by answer;
//! [`Change`] what differs between two documents.
//!
//! Invariants
//! - A draft need not be sound: what is wrong with it is told, and it is kept all the same.
//! - A draft is changed by its owner alone; who deploys for his agency sees and deploys it. What may
//!   not be seen is not found.
//! - A trial touches no instance and no table: it is the engine alone, with the answers given.
//! - Every page works without script; the drawing surface is an island over it.
//!
//! Must not know: how instances are kept.

mod api;
mod compare;
mod decisions;
mod differ;
mod handed;
mod model;
#[allow(clippy::module_inception)] // The verbs bear the module's name.
mod modeller;
mod on_paper;
mod pages;
mod store;
mod trial;
mod views;

pub use compare::{Change, compare};
pub(crate) use decisions::table as decision_table;
pub use model::{Draft, DraftPage, Fault};
pub use modeller::{Base, check, create, delete, deploy, drafts, find, hold, over, save};
pub use trial::{Answer, Choice, Trial, run};

use crate::READ;
use std::borrow::Cow;
use webkit::{Module, Rail};

pub(crate) fn module() -> Module {
    let mut routes = pages::routes();
    routes.extend(decisions::routes());
    routes.extend(on_paper::routes());
    routes.extend(api::routes());
    Module {
        name: "process.modeller",
        routes,
        jobs: Vec::new(),
        subscriptions: Vec::new(),
        rail: vec![Rail {
            group: "process.rail",
            path: "/process-drafts",
            label: "process.draft.title",
            icon: "pencil",
            permission: READ,
        }],
    }
}

/// A stored file as text: in the encoding it declares, told as UTF-8, so that it can be handed back.
fn text(file: &[u8]) -> Cow<'_, str> {
    markup::as_utf8(file).unwrap_or_else(|_| String::from_utf8_lossy(file))
}
