//! Taking running instances of a process from one version to another.
//!
//! Nouns: [`Plan`] a mapping with a name, and how far it was carried out; [`Reason`] why instances
//! were refused, with how many and some of them.
//!
//! Invariants
//! - Nothing is moved before a dry run has told what would come of it.
//! - Instances go over in transactions that also move the plan on: whatever is killed when, no
//!   instance is counted twice or passed over.
//! - An instance that would strand stays as it is, and the report says why; those beside it go.
//! - Memory does not grow with the number of instances.
//!
//! Must not know: how the engine maps tokens; what is on whose desk.

mod api;
#[allow(clippy::module_inception)] // The verbs bear the module's name.
mod migration;
mod model;
mod pages;
mod run;
mod store;

pub use migration::{Remaining, act, list, plan, remaining, show};
pub use model::{New, Order, Phase, Plan, PlanPage, Reason, Report};

use ::store::{Handler, JobSpec};
use webkit::Module;

/// The job that carries a plan on.
const MIGRATE: &str = "process.migrate";

pub(crate) fn module() -> Module {
    let mut routes = pages::routes();
    routes.extend(api::routes());
    Module {
        name: "process.migration",
        routes,
        jobs: vec![JobSpec {
            name: MIGRATE,
            handler: Handler::Outside(|env, payload| Box::pin(run::work(env, payload))),
        }],
        subscriptions: Vec::new(),
        rail: Vec::new(),
    }
}
