//! Accounts: how people and officers sign in, show a second factor, keep and end sessions.
//!
//! Invariants
//! - A password is kept as an argon2id hash, every other secret as a digest or sealed; none can be
//!   read back.
//! - Whether a login exists cannot be told from the answer, its time, or the lock-out: failures
//!   are counted per login whether or not it exists.
//! - An attempt is counted before the password is looked at, so that guessing in parallel gains
//!   nothing.
//! - Sessions, one-time passwords and lock-outs are timed by the operating system's clock, so that
//!   advancing the demonstration ends none of them.
//! - An account that registered itself stands for nobody's number until a clerk has seen the card.
//!
//! Must not know: cases, cookies' names beyond the session's.

mod claim;
mod create;
mod gate;
pub(crate) mod lockout;
mod model;
pub(crate) mod pages;
pub(crate) mod pages_account;
mod pages_claim;
mod pages_first;
mod password;
mod register;
mod second_factor;
pub mod session;
mod sign_in;
mod store;

pub use self::store::{by_login, find, holders, officers};
pub use claim::{Proof, demand_proven, is_proven, prove};
pub use create::{
    HashedPassword, NewOfficer, NewPassword, close, create_citizen, create_officer, create_service,
    set_roles, set_totp,
};
pub(crate) use create::{end_all, login_of, record_post, set_initial};
pub use gate::Gate;
#[cfg(test)]
pub(crate) use lockout::lock_us as lock_us_for_test;
pub use model::{Account, AccountKind, actor_of};
pub use register::{Registration, register};
pub use second_factor::{Enrolment, confirm, enrol, verify};
pub(crate) use second_factor::{check_code, demand_if_any as demand_second_factor};
pub use sign_in::{
    INITIAL_DAYS, SignedIn, change_password, check_password, first_password, sign_in, sign_out,
};
pub(crate) use sign_in::{check_own_password, enter};

use webkit::{Access, Module, get, post};

pub(crate) fn module() -> Module {
    Module {
        name: "party.account",
        routes: vec![
            get("/sign-in", Access::Anyone, pages::sign_in_form),
            post("/sign-in", Access::Anyone, pages::sign_in_post),
            get("/sign-in/first", Access::Anyone, pages_first::form),
            post("/sign-in/first", Access::Anyone, pages_first::post),
            post("/sign-out", Access::Anyone, pages::leave),
            get("/register", Access::Anyone, pages::register_form),
            post("/register", Access::Anyone, pages::register_post),
            get("/desk-accounts", Access::Staff(claim::PROVE), pages_claim::form),
            post("/desk-accounts", Access::Staff(claim::PROVE), pages_claim::post),
            post("/api/v1/account-proofs", Access::Staff(claim::PROVE), pages_claim::prove)
                .doc("Records that a clerk has seen the identity card of whoever registered an account.")
                .takes::<pages_claim::ProofBody>(),
            get("/account", Access::SignedIn, pages_account::account),
            get("/account/verify", Access::SignedIn, pages_account::verify_form),
            post("/account/verify", Access::SignedIn, pages_account::verify_post),
            get("/account/totp", Access::SignedIn, pages_account::totp_form),
            post("/account/totp", Access::SignedIn, pages_account::totp_post),
            post("/account/resume", Access::SignedIn, pages_account::resume),
            get("/account/password", Access::SignedIn, pages_account::password_form),
            post("/account/password", Access::SignedIn, pages_account::password_post),
            post("/account/sessions/{id}/revocation", Access::SignedIn, pages_account::revoke),
            post("/account/sessions/revocation", Access::SignedIn, pages_account::revoke_others),
        ],
        jobs: Vec::new(),
        subscriptions: Vec::new(),
        rail: Vec::new(),
    }
}
