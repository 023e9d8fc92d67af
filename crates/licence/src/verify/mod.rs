//! Public verification: by a presentation's one-time code, by the code on a sheet or document, by
//! identifier and the end of the holder's number, by the file itself.
//!
//! Invariants: a licence is always checked by its signature, its issuer's certificate, the live
//! status list and the register, never by the register alone; a presentation shows the chosen
//! fields and nothing else; every other way shows the holder's name masked and the fields that the
//! type opens to the public, as it masks them; an uploaded file is never stored; guessing is slowed for each code's neighbourhood.
//! Must not know: who may own a licence.

mod api;
mod check;
mod guess;
mod model;
mod pages;

pub use api::{VerificationBody, VerificationView};
pub use check::{as_of, by_code, by_file, by_identifier, on_paper, peek};
pub use model::{Check, Kind, Outcome, Seen, SeenDocument};

pub(crate) use check::{chosen, live_status};
pub(crate) use pages::result;

use webkit::{Access, Module, get, post};

/// Largest file taken, in bytes.
pub const FILE_MAX: usize = 20 << 20;

pub(crate) fn module() -> Module {
    Module {
        name: "licence.verify",
        routes: vec![
            get("/verify", Access::Anyone, pages::form),
            post("/verify", Access::Anyone, pages::verify),
            post("/verify/file", Access::Anyone, pages::verify_file).upload(),
            post("/api/v1/verifications", Access::Anyone, api::verify)
                .upload()
                .doc("Verifies a licence or sealed document by code, identifier or file.")
                .takes::<VerificationBody>()
                .gives::<VerificationView>(),
        ],
        ..Module::default()
    }
}
