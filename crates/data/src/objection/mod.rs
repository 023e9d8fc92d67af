//! Objections (数据异议): a person says a value about him is wrong; its source answers in time.
//!
//! Invariants
//! - The source alone answers, within the registry's working days by the State Council's calendar.
//! - A person has at most one open objection to a field of a record.
//! - An accepted objection puts the corrected value into the registry as a new version and tells
//!   everybody who received the wrong one; the case goes on meanwhile.
//! - What the person wrote and what he was answered are sealed at rest.
//!
//! Whom it tells: `objection.opened`, `objection.overdue`, `objection.rejected` {objection,
//! registry, source, case}; `data.corrected` {objection, registry, record, field, cases, agreed}.
//! Must not know: what the case does with the news.

mod answer;
mod api;
mod correction;
mod desk;
mod find;
mod model;
mod notify;
mod open;
mod overdue;
mod pages;
mod show;
mod store;

pub use answer::{Answer, answer};
pub use correction::{Correction, Corrections, corrections, seen};
pub use find::{desk, find, for_desk, mine, of_matter, overdue};
pub use model::{Objection, Opened, Status};
pub use open::{Filing, Shown, open, prepare};

use ::store::JobSpec;
use ::store::job::Handler;
use webkit::{Access, Module, Rail, get, post};

/// Name of the job that runs when an objection's time is up.
pub(crate) const OVERDUE_JOB: &str = "data.objection.overdue";
/// Permission to answer.
const ANSWER: &str = "data.objection.answer";

pub(crate) fn module() -> Module {
    Module {
        name: "data.objection",
        routes: routes(),
        jobs: vec![JobSpec { name: OVERDUE_JOB, handler: Handler::Within(overdue::job) }],
        subscriptions: Vec::new(),
        rail: vec![
            rail("/desk/objections", "data.objection.desk.title", "scales", ANSWER),
            rail("/desk/corrections", "data.correction.title", "rotate", ANSWER),
            rail(
                "/supervision/objections",
                "data.objection.overdue.title",
                "clock",
                "case.supervise",
            ),
        ],
    }
}

fn rail(
    path: &'static str,
    label: &'static str,
    icon: &'static str,
    permission: &'static str,
) -> Rail {
    Rail { group: "data.rail", path, label, icon, permission }
}

fn routes() -> Vec<webkit::Route> {
    vec![
        get("/my/objections", Access::Citizen, pages::list),
        get("/my/objections/new", Access::Citizen, pages::form),
        post("/my/objections", Access::Citizen, pages::file),
        get("/my/objections/{id}", Access::Citizen, pages::show),
        get("/desk/objections", Access::Staff(ANSWER), desk::list),
        get("/desk/objections/{id}", Access::Staff(ANSWER), desk::show),
        post("/desk/objections/{id}/answer", Access::Staff(ANSWER), desk::answer).strong(),
        get("/desk/corrections", Access::Staff(ANSWER), desk::corrections),
        post("/desk/corrections/{id}/seen", Access::Staff(ANSWER), desk::seen),
        get("/supervision/objections", Access::Staff("case.supervise"), desk::overdue),
        get("/api/v1/my/objections", Access::Citizen, api::mine)
            .doc("Lists the caller's data objections, newest first.")
            .asks(&["after"])
            .gives::<api::ObjectionList>(),
        post("/api/v1/my/objections", Access::Citizen, api::file)
            .doc("Objects to a value about the caller.")
            .takes::<api::NewObjection>()
            .gives::<api::OpenedView>(),
        get("/api/v1/objections", Access::Staff(ANSWER), api::desk)
            .doc("Lists the objections to be answered by the caller's agency, the most urgent first.")
            .asks(&["status", "after"])
            .gives::<api::ObjectionList>(),
        post("/api/v1/objections/{id}/answer", Access::Staff(ANSWER), api::answer)
            .strong()
            .doc("Answers an objection: accepts it with the corrected value, or rejects it with reasons.")
            .takes::<api::NewAnswer>()
            .gives::<api::ObjectionView>(),
    ]
}
