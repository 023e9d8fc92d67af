//! Instances of procedures: begun, carried on by commands, ended; each command one transaction.
//!
//! Nouns: [`Standing`] where an instance stands; [`Entry`] one command of its history; [`Incident`]
//! what could not go on by itself; [`service`] what service tasks do.
//!
//! Invariants
//! - The standing is the fold of the history ([`model`]); rows are a function of the standing
//!   ([`project`]).
//! - An instance keeps the version it began with.
//! - What may not be seen is not found.
//!
//! Neighbours: tells `process.ended`. Must not know: work lists.

pub(crate) mod act;
mod api;
pub mod asks;
mod extend;
pub(crate) mod history;
mod incident;
mod incident_pages;
#[allow(clippy::module_inception)] // The verbs bear the module's name.
mod instance;
mod jobs;
pub mod lengthen;
mod list;
mod message;
mod migrate;
pub mod model;
mod overdue;
pub mod owned;
mod pages;
mod period;
pub(crate) mod project;
mod reasons;
mod repair;
mod ruling;
pub mod service;
pub(crate) mod store;
mod timeline;
mod waits;

pub use act::Done;
pub use extend::{RunningLimit, extend};
pub use incident::{
    Incident, IncidentPage, correct, get as incident, list as incidents, of_cause, repair,
};
pub use instance::{
    New, Place, Shown, cancel, reactivate, resume, send, show, start, suspend, withdraw,
};
pub(crate) use instance::{begin_by_event, seen, words};
pub(crate) use jobs::plan_starts;
pub use jobs::{ATTEMPTS_MAX, DEPTH_MAX};
pub use list::{InstancePage, InstanceRow, PHASES, of_agency, started};
pub(crate) use migrate::{Outcome, Version, hold_several, migrate};
pub use model::{Act, Entry, Standing};
pub(crate) use pages::log;
pub use repair::{RepairDone, RepairLine, repair_all};
pub use timeline::{Line, timeline};

use crate::{OPERATE, WORK as DO};
use ::store::{Handler, JobSpec};
use webkit::{Module, Rail};

const TIMER: &str = "process.timer";
const WORK: &str = "process.work";
const CALL: &str = "process.call";
const CHILD_ENDED: &str = "process.child_ended";
const CHILD_CANCEL: &str = "process.child_cancel";
const DELIVER: &str = "process.deliver";
const SIGNAL: &str = "process.signal";
const SIGNAL_ONE: &str = "process.signal_one";
const START_TIMER: &str = "process.start_timer";
const OVERDUE: &str = "process.overdue";
const SIGNALS_KEPT: &str = "process.signals_kept";

/// Id of a task, job, timer or subscription of an instance, by its number.
pub(crate) fn job_id(instance: &str, number: u64) -> String {
    format!("{instance}:{number}")
}

macro_rules! within {
    ($name:expr, $run:path) => {
        JobSpec {
            name: $name,
            handler: Handler::Within(|ctx, payload| Box::pin($run(ctx, payload))),
        }
    };
}

pub(crate) fn module() -> Module {
    let mut routes = pages::routes();
    routes.extend(incident_pages::routes());
    routes.extend(api::routes());
    let jobs = vec![
        within!(TIMER, jobs::timer),
        JobSpec {
            name: WORK,
            handler: Handler::Outside(|env, payload| Box::pin(jobs::work(env, payload))),
        },
        within!(CALL, jobs::call),
        within!(CHILD_ENDED, jobs::child_ended),
        within!(CHILD_CANCEL, jobs::child_cancel),
        within!(DELIVER, message::deliver),
        within!(SIGNAL, message::signal),
        within!(SIGNAL_ONE, message::signal_one),
        within!(START_TIMER, jobs::start_timer),
        within!(OVERDUE, overdue::passed),
        within!(SIGNALS_KEPT, message::signals_kept),
    ];
    let rail = |path, label, icon, permission| Rail {
        group: "process.rail",
        path,
        label,
        icon,
        permission,
    };
    Module {
        name: "process.instance",
        routes,
        jobs,
        subscriptions: Vec::new(),
        rail: vec![
            rail("/instances", "process.instance.started", "list", DO),
            rail("/incidents", "process.incident.title", "warning", OPERATE),
        ],
    }
}
