//! This installation as a witness of the evidence logs of others (C2SP tlog-witness): it keeps the
//! newest checkpoint of each log it knows and cosigns a newer one only when it proves to be an
//! extension.
//!
//! Invariants: of one log no two checkpoints that contradict each other are ever cosigned, nor a
//! smaller one after a larger, whoever asks at once; what was cosigned is committed before the
//! answer; a fork is refused, kept as its proof and recorded.
//! Must not know: what the entries of a log are; that it may itself be a log that is witnessed.

mod http;
mod key;
mod submit;

pub use key::verifier;
pub use submit::{Verdict, Vetted, WitnessedLog, accept, logs, submit, vet};

use webkit::{Access, Module, post};

pub(crate) fn module() -> Module {
    Module {
        name: "party.witness",
        routes: vec![post("/witness/add-checkpoint", Access::Anyone, http::add_checkpoint)],
        jobs: Vec::new(),
        subscriptions: Vec::new(),
        rail: Vec::new(),
    }
}
