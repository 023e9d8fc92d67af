//! Supervision notices (督办单): a yellow card when a clock is about to run out, a red card when it
//! has, and notices a supervisor writes by hand; acknowledged and answered by the agency's head,
//! closed by the supervisor.
//!
//! Invariants
//! - One clock's warning or overrun opens at most one notice, however often its event is told.
//! - A notice goes open → acknowledged → answered → closed; an answer that does not satisfy goes
//!   back; what was written is never changed, only followed.
//! - A yellow card closes by itself when the case is decided in time.
//! - A yellow card and a notice by hand follow a case to the agency that takes it over; a red card
//!   is of the agency that had the case when the clock ran out, whenever it is heard of.
//! - The agency's head sees his agency's notices, the supervisor those of his division subtree;
//!   everything else is not found.
//!
//! Neighbours: hears `case.warned`, `case.overdue`, `case.transferred` and the ends of cases. Must not know: how a
//! clock is counted.
//!
//! `model` is pure, the verbs of [`notice`](self) decide and are the only door, `store` holds the
//! SQL, `api` and `pages` only parse, call one verb and present.

mod api;
mod jobs;
mod model;
#[allow(clippy::module_inception)] // The verbs bear the module's name.
mod notice;
mod pages;
mod statistics;
pub(crate) mod store;

pub use model::{Answer, Closure, Counts, Kind, NoticePage, NoticeRow, Phase, Same, Shown, Urge};
#[cfg(test)]
pub(crate) use model::{By, Notice};
pub use notice::{Filter, acknowledge, answer, close, find, list, of_case, urge};
pub(crate) use pages::ticket;
pub use statistics::{Statistics, statistics};

use ::store::{Handler, JobSpec};
use webkit::{Module, Rail};

/// May watch the clocks of his division and close notices.
pub const SUPERVISE: &str = "case.supervise";
/// May open a notice by hand.
pub const URGE: &str = "case.urge";
/// Heads the agency: may acknowledge and answer its notices.
pub const ANSWER: &str = "case.decide";

/// Routes, jobs and what notices listen to.
pub(crate) fn module() -> Module {
    let mut routes = pages::routes();
    routes.extend(api::routes());
    Module {
        name: "supervise.notice",
        routes,
        jobs: vec![
            JobSpec {
                name: jobs::OPEN,
                handler: Handler::Within(|ctx, payload| Box::pin(jobs::open(ctx, payload))),
            },
            JobSpec {
                name: jobs::SETTLE,
                handler: Handler::Within(|ctx, payload| Box::pin(jobs::settle(ctx, payload))),
            },
            JobSpec {
                name: jobs::PASS_ON,
                handler: Handler::Within(|ctx, payload| Box::pin(jobs::pass_on(ctx, payload))),
            },
        ],
        subscriptions: vec![
            ("case.warned", jobs::OPEN),
            ("case.overdue", jobs::OPEN),
            ("case.transferred", jobs::PASS_ON),
            ("case.decided", jobs::SETTLE),
            ("case.completed", jobs::SETTLE),
            ("case.refused", jobs::SETTLE),
            ("case.withdrawn", jobs::SETTLE),
        ],
        rail: vec![
            Rail {
                group: "supervise.rail",
                path: "/supervision/notices",
                label: "supervise.notice.title",
                icon: "bell",
                permission: SUPERVISE,
            },
            Rail {
                group: "supervise.rail",
                path: "/work/notices",
                label: "supervise.notice.received",
                icon: "bell",
                permission: ANSWER,
            },
        ],
    }
}
