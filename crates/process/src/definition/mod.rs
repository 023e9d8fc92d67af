//! Definitions of procedures: a BPMN document with its decisions and forms, checked, proved and
//! kept in versions.
//!
//! Nouns: [`Bundle`] the files as they were deployed, by their digest; [`Version`] one of its processes
//! under a number; [`Extra`] what a step says beside BPMN: its limit, what its service is given.
//!
//! Invariants
//! - What is deployed was proved sound and uses nothing this installation does not have: services,
//!   candidates, called processes.
//! - A version is never changed; the same bytes again are the same version.
//! - A process belongs to the agency that deployed it first; those of the packs to the platform.
//!
//! Must not know: instances.

mod api;
mod asks;
mod check;
#[allow(clippy::module_inception)] // The verbs bear the module's name.
mod definition;
mod examples;
mod extension;
mod load;
mod model;
mod office;
mod packs;
mod pages;
mod store;
mod upload;

pub use check::pools;
pub(crate) use check::{Needs, check as check_definitions, pool, posts};
pub(crate) use definition::{changed_for, files_told, inspect, told};
pub use definition::{deploy, deploy_files, export, files, list, newest, show, versions};
pub(crate) use load::{bundle, bundle_of, newest_version, start_form, version_in};
pub(crate) use model::walk;
pub use model::{
    Bundle, Deployed, Extension, Extra, Line, Overdue, Shown, TaskLimit, Version, VersionPage,
};
pub use packs::{deploy_packs, named};
pub(crate) use pages::{begin_again, name};
pub(crate) use store::{message_starts, timer_starts};

use crate::READ;
use webkit::{Module, Rail};

pub(crate) fn module() -> Module {
    let mut routes = pages::routes();
    routes.extend(api::routes());
    Module {
        name: "process.definition",
        routes,
        jobs: Vec::new(),
        subscriptions: Vec::new(),
        rail: vec![Rail {
            group: "process.rail",
            path: "/processes",
            label: "process.definition.title",
            icon: "flow",
            permission: READ,
        }],
    }
}
