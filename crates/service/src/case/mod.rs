//! Cases: one application, one parent; one case per item, each with its law-bound lifecycle.
//!
//! Nouns: [`Submission`] what a draft hands in; [`Case`] what is stored; [`Shown`] what a reader
//! may see of it; the verbs of [`verbs`]; [`Filter`] and [`Rows`] the lists of a post.
//!
//! Invariants
//! - One transaction writes state, history, clocks, tallies, evidence, documents owed, messages
//!   and events; folding the history gives the state.
//! - A case pins the definition of its item and the calendar; instants come from `ctx.now` alone.
//! - One draft is one case. The family (parent and items) is locked before any of it is changed.
//! - A machine grants or refers, never refuses; every automatic decision keeps its explanation.
//! - A case whose item names a procedure is decided when that has come to its end, not before.
//! - What was granted on a promise is checked later, by a procedure of its own; a breach is told to
//!   who may revoke.
//! - What was typed of somebody else is looked up for the agency that decides, and is its alone.
//! - What another agency has the power for goes there with every day it has waited.
//! - What an actor may not know of is not found, and the attempt is recorded.
//!
//! Neighbours: the procedure of an item runs in `process`, the lifecycle is `flow::case`, dependencies are `flow::composition`, conditions are
//! `rules`. Must not know: pages, how a draft is filled, how a seal is made.

mod about;
mod access;
mod act;
mod agent;
mod agreement;
mod api;
pub(crate) mod authorisation;
mod automatic;
mod beginning;
mod body;
mod check;
mod confirmation;
mod corrected;
mod definition;
pub(crate) mod disclosed;
mod disputes;
mod document;
mod ending;
mod entry;
mod envelope;
mod examination;
mod family;
mod handed;
mod history;
mod licences;
mod list;
mod lookup;
mod model;
mod notice;
mod own_paper;
mod paper;
mod result;
mod shown;
mod shown_list;
mod stand_in;
mod store;
mod submit;
mod supply;
mod termination;
mod timer;
mod together;
mod told;
mod track;
mod transfer;
mod verbs;
mod view;
mod view_contents;
mod view_parts;
mod watch;

#[cfg(test)]
mod tests;

pub(crate) use access::refuse;
pub use access::{is_veiled, reads_contents, reads_contents_of};
pub use agreement::{Disagreement, disagreements};
pub use automatic::consider;
pub use beginning::{Beginning, beginning};
pub use body::{
    Acceptance, Confirmation, Correction, CorrectionNotice, Decision, Extension, HandIn, HandOver,
    RefusalOfAcceptance, Reopening, Resumption, Revocation, Suspension, TakeOver, Termination,
    Transfer, TransferReturn, Withdrawal,
};
pub use confirmation::{confirm_check, uphold};
pub use corrected::dispute;
pub use disputes::uses;
pub use document::{Download, document, file};
pub(crate) use envelope::Act;
pub use examination::drawing;
pub use handed::hand_in;
pub use history::{BadEvent, verify as verify_history, verify_all as verify_histories};
pub use licences::{LOOKUP, read_licence, readable_licences};
pub use list::{COUNT_MAX, Filter, Whose, entrusted, handed_in, mine, work_counts, work_list};
pub(crate) use list::{masked, rows_of};
pub use model::{
    CHILD_NAME, Case, Child, Done, How, Lamp, Material, Moment, Named, Names, Submission,
    Submitted, SubmittedItem,
};
pub(crate) use notice::beside;
pub(crate) use own_paper::{OwnPaper, owe};
pub use shown::*;
pub use shown_list::*;
pub use stand_in::{
    Colleague, StandIn, colleagues, deputies, stand_in_begin, stand_in_end, stand_ins,
};
pub(crate) use store::{COLUMNS, StoredCase};
pub use submit::submit;
pub use termination::terminate;
pub use together::{Grants, Proposed, Seen, TOGETHER_MAX, Together, grant_together, together};
pub use track::track;
pub use transfer::{return_transfer, take_over, transfer};
pub use verbs::{
    ACCEPT, ASSIST, DECIDE, EXTEND, READ, REVOKE, SUPERVISE, SUSPEND, TRANSFER, accept,
    ask_correction, claim, decide, extend, hand_over, issue, refuse_acceptance, reopen,
    request_human_review, resume, revoke, supply_correction, supply_tolerated, suspend, unclaim,
    withdraw,
};
pub(crate) use verbs::{paid, payment_changed};
pub use view::show;
pub use watch::{Watched, watched};

use ::store::{Handler, JobSpec};
use webkit::Module;

/// Routes, jobs and what cases listen to.
pub(crate) fn module() -> Module {
    Module {
        name: "service.case",
        routes: api::routes(),
        jobs: vec![
            JobSpec {
                name: automatic::JOB,
                handler: Handler::Within(|ctx, payload| Box::pin(automatic::run(ctx, payload))),
            },
            JobSpec {
                name: corrected::JOB,
                handler: Handler::Within(|ctx, payload| Box::pin(corrected::run(ctx, payload))),
            },
            JobSpec {
                name: timer::JOB,
                handler: Handler::Within(|ctx, payload| Box::pin(timer::run(ctx, payload))),
            },
            JobSpec {
                name: examination::JOB,
                handler: Handler::Within(|ctx, payload| Box::pin(examination::ended(ctx, payload))),
            },
            JobSpec {
                name: handed::JOB,
                handler: Handler::Within(|ctx, payload| Box::pin(handed::tell(ctx, payload))),
            },
            JobSpec {
                name: document::JOB,
                handler: Handler::Outside(|env, payload| Box::pin(document::job(env, payload))),
            },
        ],
        subscriptions: vec![
            ("data.corrected", corrected::JOB),
            ("process.matter_ended", examination::JOB),
            ("process.matter_asks", handed::JOB),
        ],
        rail: Vec::new(),
    }
}
