//! Drafts: a citizen fills in one form for all items of a thing done once, or a clerk does for a
//! citizen present, until it is handed in and becomes a case.
//!
//! Nouns: [`Draft`] what is stored; [`journey::Journey`] the path through the form; [`Change`] what
//! one save brings; [`DraftShown`] what a reader sees.
//!
//! Invariants
//! - Where a key finds several records, such as of twins, the citizen says which one is meant.
//! - The journey is computed from definition and answers, never stored.
//! - What a registry holds is shown with source and time, confirmed or objected to, never retyped.
//! - Nothing is looked up before the consent is recorded; every lookup is under the draft's grant,
//!   and none is made of a person whose number was only typed.
//! - Answers and names of files are sealed; a file is judged by its content and stored once.
//! - A save names the revision it was made from: what another device saved meanwhile stays.
//! - One draft is one case. A draft lives 30 days.
//!
//! Must not know: what becomes of the case.

mod access;
mod api;
mod authorised;
mod check;
mod corrected;
#[allow(clippy::module_inception)] // the verbs carry the module's name
mod draft;
mod file;
mod form;
pub mod journey;
mod lookup;
mod model;
mod own;
mod pages;
mod pdf;
mod pick;
mod reach;
mod receipt;
mod shown;
mod sniff;
mod store;
mod submission;
mod task;
mod unfold;

#[cfg(test)]
mod tests;

pub use access::may_file;
pub(crate) use check::{Fault, check as check_answer};
pub use draft::{
    Opened, Paper, Start, amend, ask_authorisation, autosave, list, list_of_clerk, open, remove,
    start,
};
pub use file::{attach, detach, read as read_file};
pub use model::{Change, Content, Corrected, Dispute, Draft, DraftRow, Held};
pub use own::leave_out;
pub use shown::{DraftShown, shown};
pub(crate) use sniff::media_type;
pub use submission::submit;

use ::store::{Ctx, Handler, JobSpec};
use kernel::Result;
use serde_json::Value as Json;
use webkit::{Access, Module, get, post, put};

/// Days a draft is kept.
pub const DAYS: i64 = 30;
/// Drafts one person may have under way, apart from those that others began in his place.
pub const OPEN_MAX: usize = 20;
/// Drafts that one person may have under way in the place of one other.
pub const AGENT_MAX: usize = 3;
/// Job that removes a draft when its days are over.
pub(crate) const EXPIRE: &str = "service.draft_expire";

pub(crate) fn module() -> Module {
    let mut routes = vec![
        get("/drafts/new", Access::Citizen, pages::consent),
        post("/drafts", Access::Citizen, pages::start),
        get("/drafts/{id}", Access::SignedIn, task::overview),
        get("/drafts/{id}/pages/{page}", Access::SignedIn, pages::page),
        post("/drafts/{id}/pages/{page}", Access::SignedIn, pages::save).upload(),
        post("/drafts/{id}/pages/{page}/autosave", Access::SignedIn, pages::autosave),
        get("/drafts/{id}/pages/{page}/objection", Access::SignedIn, pages::objection),
        post("/drafts/{id}/pages/{page}/objection", Access::SignedIn, pages::object),
        get("/drafts/{id}/files/{file}", Access::SignedIn, pages::file),
        post("/drafts/{id}/files/{file}/removal", Access::SignedIn, pages::detach),
        post("/drafts/{id}/authorisation", Access::Citizen, task::ask),
        post("/drafts/{id}/items/{item}/removal", Access::SignedIn, task::leave_out),
        get("/drafts/{id}/check", Access::SignedIn, task::check),
        post("/drafts/{id}/submission", Access::SignedIn, task::submit),
        post("/drafts/{id}/removal", Access::SignedIn, task::remove),
        get("/cases/{id}/receipt", Access::SignedIn, receipt::page),
    ];
    routes.extend(api_routes());
    Module {
        name: "service.draft",
        routes,
        jobs: vec![
            JobSpec {
                name: EXPIRE,
                handler: Handler::Within(|ctx, payload| Box::pin(expire(ctx, payload))),
            },
            JobSpec {
                name: corrected::JOB,
                handler: Handler::Within(|ctx, payload| Box::pin(corrected::run(ctx, payload))),
            },
            JobSpec {
                name: authorised::JOB,
                handler: Handler::Within(|ctx, payload| Box::pin(authorised::run(ctx, payload))),
            },
        ],
        subscriptions: vec![
            ("data.corrected", corrected::JOB),
            ("delegation.granted", authorised::JOB),
            ("delegation.revoked", authorised::JOB),
        ],
        ..Module::default()
    }
}

fn api_routes() -> Vec<webkit::Route> {
    vec![
        post("/api/v1/drafts", Access::SignedIn, api::start)
            .doc("Starts a draft: guide answers, optional items left out, and the consent under which registries are looked up.")
            .takes::<api::StartBody>()
            .gives::<DraftShown>(),
        get("/api/v1/drafts", Access::SignedIn, api::list)
            .doc("Lists the caller's drafts under way.")
            .gives::<api::DraftList>(),
        get("/api/v1/drafts/{id}", Access::SignedIn, api::show)
            .doc("Shows a draft: pages, fields, values with source and time, and what is missing.")
            .gives::<DraftShown>(),
        put("/api/v1/drafts/{id}/answers", Access::SignedIn, api::amend)
            .doc("Saves answers, confirmations of registry data and objections to them.")
            .takes::<api::AmendBody>()
            .gives::<DraftShown>(),
        post("/api/v1/drafts/{id}/files", Access::SignedIn, api::attach)
            .upload()
            .doc("Attaches a file to a file field: as a form's part, as the body, or in base64.")
            .takes_file()
            .gives::<api::FileAnswer>(),
        webkit::delete("/api/v1/drafts/{id}/files/{file}", Access::SignedIn, api::detach)
            .doc("Takes a file back."),
        webkit::delete("/api/v1/drafts/{id}/items/{item}", Access::SignedIn, api::leave_out)
            .doc("Leaves an optional item out."),
        webkit::delete("/api/v1/drafts/{id}", Access::SignedIn, api::remove).doc("Removes a draft."),
        post("/api/v1/drafts/{id}/submission", Access::SignedIn, api::submit)
            .doc("Hands the draft in; a second time gives the same case.")
            .takes::<api::SubmitBody>()
            .gives::<crate::case::Submitted>(),
    ]
}

async fn expire(ctx: &mut Ctx, payload: &Json) -> Result<()> {
    let id = payload["draft"].as_str().unwrap_or_default().to_owned();
    draft::expire(ctx, &id).await
}
