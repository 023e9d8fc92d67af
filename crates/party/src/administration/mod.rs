//! Administration: officers' accounts and the programs that act for agencies, within the
//! administrator's division.
//!
//! Nouns: [`Officer`] an account of a post as an administrator sees it; [`Given`] a password for
//! the first sign-in, shown once; [`Program`] a registered client; [`Token`] what a program holds.
//!
//! Invariants
//! - An administrator reaches the accounts of agencies in his division's subtree; what lies beyond
//!   is not found. Citizens' accounts are nobody's to administer.
//! - Roles that stand alone in the pack (administrator, auditor) go with no other on one account.
//! - The first administrator is made by whoever operates the installation ([`appoint`]).
//! - Nobody changes his own account here: another administrator does.
//! - Every act has a reason, leaves an entry, and ends the sessions and tokens it makes false.
//! - An initial password opens nothing but the page that replaces it, and lapses.
//!
//! Must not know: cases.

mod api;
mod model;
mod officer;
mod pages;
mod pages_officer;
mod program;
mod store;

pub use model::{
    Filter, Given, NewProgram, Officer, OfficerPage, Program, ProgramPage, Registered, Token,
    TokenPage,
};
pub use officer::{
    NewOfficer, administrators, appoint, create, end_sessions, list, lock, reset_password,
    reset_second_factor, set_post, show, unlock,
};
pub use program::{close_program, programs, register, revoke_token, rotate_secret, tokens};

use webkit::{Access, Module, Rail};

/// May administer accounts and programs.
const MANAGE: &str = "account.manage";

pub(crate) fn module() -> Module {
    let access = Access::Staff(MANAGE);
    let mut routes = pages_officer::routes(access);
    routes.extend(pages::routes(access));
    routes.extend(api::routes(access));
    let rail = |path, label, icon| Rail {
        group: "party.rail.administration",
        path,
        label,
        icon,
        permission: MANAGE,
    };
    Module {
        name: "party.administration",
        routes,
        jobs: Vec::new(),
        subscriptions: Vec::new(),
        rail: vec![
            rail("/administration/officers", "party.administration.officers", "users"),
            rail("/administration/programs", "party.administration.programs", "layers"),
        ],
    }
}
