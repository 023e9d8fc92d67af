//! The message centre: what the platform tells a person, in the portal and by electronic mail.
//!
//! Invariants: the portal's message is written in the transaction of the event; mail leaves by a
//! job after the commit, once per message as far as SMTP lets us know, and only where a mail
//! server is set, the person gave an address, proved it (one given before proof was asked for is used
//! as it is) and wants it; a message carries no more than its template's placeholders, none of which
//! names a person.
//! Must not know: the events.

mod address;
mod api;
mod mail;
mod own;
mod pages;
mod preference;
pub(crate) mod security;
mod send;

pub use address::{change_address, claimed_address, confirm_address};
pub use mail::{MailCounts, counts};
pub use preference::{Choice, preferences, set_preferences};
pub use send::{Message, NO_ARGS, Page, find, list, read, read_all, send, told_since, unread};

use store::JobSpec;
use store::job::Handler;
use webkit::{Access, Module, get, post};

/// Name of the job that sends mail.
pub(crate) const MAIL_JOB: &str = "party.mail";
/// Name of the job that mails the code for a new address.
const CODE_JOB: &str = "party.mail_code";

pub(crate) fn module() -> Module {
    Module {
        name: "party.message",
        routes: vec![
            get("/messages", Access::SignedIn, pages::inbox),
            post("/messages/read", Access::SignedIn, pages::read_all),
            get("/messages/preferences", Access::SignedIn, pages::preferences_form),
            post("/messages/preferences", Access::SignedIn, pages::preferences_post),
            post("/messages/address", Access::SignedIn, pages::address).strong(),
            post("/messages/address/confirmation", Access::SignedIn, pages::confirmation),
            get("/messages/{id}", Access::SignedIn, pages::open),
            get("/api/v1/messages", Access::SignedIn, api::list)
                .doc("Lists the caller's messages, newest first.")
                .asks(&["after"])
                .gives::<api::MessageList>(),
            post("/api/v1/messages/{id}/read", Access::SignedIn, api::read)
                .doc("Marks a message as read."),
        ],
        jobs: vec![
            JobSpec { name: MAIL_JOB, handler: Handler::Outside(mail::job) },
            JobSpec { name: CODE_JOB, handler: Handler::Outside(mail::code_job) },
        ],
        subscriptions: Vec::new(),
        rail: Vec::new(),
    }
}
