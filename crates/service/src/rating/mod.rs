//! Ratings of services (好差评, 国办发〔2019〕51号): one per item's case, five levels, freely given;
//! a bad one is checked, put right and followed up.
//!
//! Nouns: [`Rating`] what the applicant said; [`Task`] the rectification (整改) a bad one opens at
//! the agency, with a clock for the contact (1 working day) and one for the remedy (15 working
//! days); [`Statistic`] how often each level was given.
//!
//! Invariants
//! - One case has at most one rating; it is never changed. It is the applicant's, or the guardian's of
//!   a child who is; who acts by an authorisation does not rate.
//! - Whoever decided the case can see neither the bad rating nor its task before the task is
//!   closed: such things are not found for him, and are not yet counted in any figure.
//! - A task is closed only after contact, remedy and call-back, or when the supervisor finds the
//!   rating false; only the supervisor rules on an appeal, and an appeal stops no clock.
//! - The scale, the dimensions and both limits are the pack's.
//!
//! Neighbours: hears `case.completed` and `case.decided`; tells `rating.given`,
//! `rating.task_opened`, `rating.overdue`, `rating.task_closed`. Must not know: how a case comes
//! to its phase.
//!
//! This is the exemplar of a domain module: `model` is pure, [`rating`](self) verbs decide and are
//! the only door, `store` holds the SQL, `api` and `pages` only parse, call one verb and present.

mod api;
mod events;
mod model;
mod pages;
#[allow(clippy::module_inception)] // The verbs' file carries the module's name.
mod rating;
mod store;

#[cfg(test)]
mod tests;

pub use model::{
    Appeal, CallBack, NewRating, Phase, Ratable, Rating, RatingPage, Ruling, Statistic, Step, Task,
    TaskPage, TaskRow,
};
pub use rating::{
    appeal, call_back, close, contact, find, list, may_rate, of_case, rate, rectify, rule,
    statistics, task, tasks,
};

use ::store::{Handler, JobSpec};
use webkit::{Module, Rail};

/// May rate his own cases.
pub const RATE: &str = "rating.own";
/// May read ratings, tasks and statistics of his agency or division.
pub const READ: &str = "rating.read";
/// May work on the tasks of his agency.
pub const RECTIFY: &str = "rating.rectify";
/// May rule on appeals in his division.
pub const SUPERVISE: &str = "rating.supervise";

/// Routes, jobs and what ratings listen to.
pub(crate) fn module() -> Module {
    let mut routes = pages::routes();
    routes.extend(api::routes());
    Module {
        name: "service.rating",
        routes,
        jobs: vec![
            JobSpec {
                name: events::REMINDER,
                handler: Handler::Within(|ctx, payload| Box::pin(events::remind(ctx, payload))),
            },
            JobSpec {
                name: events::SETTLED,
                handler: Handler::Within(|ctx, payload| Box::pin(events::settled(ctx, payload))),
            },
            JobSpec {
                name: events::DUE,
                handler: Handler::Within(|ctx, payload| Box::pin(events::due(ctx, payload))),
            },
        ],
        subscriptions: vec![("case.completed", events::SETTLED)],
        rail: vec![Rail {
            group: "service.rail.quality",
            path: "/ratings",
            label: "service.rating.title",
            icon: "star",
            permission: READ,
        }],
    }
}
