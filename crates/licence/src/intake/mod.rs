//! Intake of paper licences (存量证照转换): an officer sends the agency's paper records as a table,
//! each line is verified and issued by itself, and what cannot be is kept with its reasons.
//!
//! Invariants
//! - A line is `waiting`, `issued` or `quarantined`; none is ever dropped, and a quarantined one can
//!   be tried again.
//! - A line and the licence it becomes are written in one transaction: the work goes on after the
//!   program was killed without issuing anything twice, and one paper record is issued once,
//!   whichever table it comes in.
//! - Lines are sealed at rest; a licence issued so says that it was taken in from paper.
//!
//! Must not know: registries of other agencies, beyond whether the holder is a known person; of an
//! enterprise, beyond what its registration in the register here says.

mod api;
mod line;
mod model;
mod pages;
mod run;
mod store;
mod table;
mod verbs;

pub use model::{Intake, Line, Problem, Progress};
pub use verbs::{begin, gaps, lines, list, progress, retry};

use crate::register::ISSUE;
use ::store::JobSpec;
use ::store::job::Handler;
use webkit::{Access, Module, Rail, get, post};

/// Name of the job that goes through the lines.
const NAME: &str = "licence.intake";
const JOB: JobSpec = JobSpec { name: NAME, handler: Handler::Outside(run::later) };

pub(crate) fn module() -> Module {
    let routes = vec![
        get("/work/licence-intakes", Access::Staff(ISSUE), pages::list),
        post("/work/licence-intakes", Access::Staff(ISSUE), pages::begin).strong().upload(),
        get("/work/licence-intakes/{id}", Access::Staff(ISSUE), pages::show),
        post("/work/licence-intakes/{id}/retry", Access::Staff(ISSUE), pages::retry).strong(),
        get("/work/licence-intakes/{id}/gaps.csv", Access::Staff(ISSUE), pages::gaps),
        post("/api/v1/licence-intakes", Access::Staff(ISSUE), api::begin)
            .strong()
            .upload()
            .doc("Takes in a table of paper licences to be verified and issued line by line.")
            .takes::<api::IntakeBody>()
            .gives::<api::IntakeView>(),
        get("/api/v1/licence-intakes/{id}", Access::Staff(ISSUE), api::show)
            .doc("Shows how far an intake of paper licences has come and what is missing.")
            .gives::<api::IntakeView>(),
    ];
    Module {
        name: "licence.intake",
        routes,
        jobs: vec![JOB],
        rail: vec![Rail {
            group: "licence.rail",
            path: "/work/licence-intakes",
            label: "licence.intake.title",
            icon: "upload",
            permission: ISSUE,
        }],
        ..Module::default()
    }
}

/// Reads a table as an intake would; for tests of its reader.
#[cfg(test)]
pub(crate) fn check_table(kind: &pack::LicenceType, bytes: &[u8]) -> kernel::Result<usize> {
    table::read(kind, bytes).map(|records| records.len())
}
