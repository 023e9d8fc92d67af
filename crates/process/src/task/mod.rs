//! Tasks of officers: work lists, and what offices do with a task: claim, complete, hand over,
//! delegate and return, send back, recall, jump, urge, copy, comment.
//!
//! Invariants
//! - A task is offered to pools of officers until somebody has it in hand; whoever has it in hand
//!   alone acts on it, but for who manages the instances of its agency.
//! - A task completed is gone from every list in the transaction that completes it.
//! - A list is a walk along one index, as long as its page, however many tasks there are.
//! - What may not be seen is not found.
//!
//! Must not know: how a diagram runs.

mod answers;
mod api;
pub mod asked;
mod back;
pub mod batch;
mod consult;
mod copy;
pub(crate) mod deputy;
mod list;
mod offer;
mod office_api;
mod office_pages;
mod pages;
#[cfg(test)]
mod plans;
mod sign;
mod signers;
mod stand_in;
mod store;
mod verbs;

pub(crate) use answers::accepted;
pub use back::{finish_activities, jump, recall, send_back, start_activity};
pub(crate) use consult::project_questions;
pub use consult::{
    Consultation, ConsultationPage, answer, consult, consultation, consultations, take_back,
};
pub(crate) use copy::unread;
pub use copy::{CopyPage, CopyRow, copies, copy, mark_unread, read};
pub use list::{Counts, ListKind, TaskPage, TaskRow, counts, list, show};
pub(crate) use offer::{offer, officer};
pub(crate) use pages::{rows, variables};
pub use sign::{NewSigner, Tally, VOTES, WEIGHT_MAX, add_signer, remove_signer};
pub(crate) use sign::{check_signers, check_weights, deemed_vote};
pub use signers::Signer;
use stand_in::colleagues;
pub use stand_in::{StandIn, stand_in_begin, stand_in_end, stand_ins};
pub(crate) use store::{ending, of_instance, project, took_part};
pub use verbs::{
    claim, comment, complete, delegate, give_back, hand_over, hand_over_all, release, urge,
};

use crate::WORK;
use webkit::{Module, Rail};

pub(crate) fn module() -> Module {
    let mut routes = pages::routes();
    routes.extend(api::routes());
    routes.extend(office_api::routes());
    routes.extend(office_pages::routes());
    Module {
        name: "process.task",
        routes,
        jobs: Vec::new(),
        subscriptions: Vec::new(),
        rail: vec![Rail {
            group: "process.rail",
            path: "/tasks",
            label: "process.task.title",
            icon: "inbox",
            permission: WORK,
        }],
    }
}
