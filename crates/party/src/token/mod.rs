//! Tokens of programs: OAuth 2.0 (RFC 6749) with opaque secrets, refresh rotation, PKCE
//! (RFC 7636), revocation (RFC 7009) and metadata (RFC 8414).
//!
//! Invariants: only the SM3 of a token is kept; an access token lives an hour; a refresh token is
//! used once, and its second use revokes its whole family, since one of the two users stole it, as
//! does the second use of the code that began the family;
//! revoking a family ends all its tokens at once, and a new secret, or the end, of a program all its
//! families. Times are the operating system's.
//! Must not know: what the programs do.

mod api;
mod client;
mod consent;
mod grant;
pub mod pkce;

pub(crate) use client::CURRENT;
pub use client::{
    Client, NewClient, answer_to, authenticate as authenticate_client, close_client,
    find as client, register_client, rotate_client,
};
pub use grant::{Issued, Renewal, authenticate, issue, refresh, revoke};
pub(crate) use grant::{end_by_administrator, families, revoke_all, revoke_family};

use store::{Handler, JobSpec};
use webkit::{Access, Module, get, post};

pub(crate) fn module() -> Module {
    Module {
        name: "party.token",
        routes: vec![
            post("/oauth/token", Access::Anyone, api::token)
                .doc("Gives an access token for a password, refresh token, client or code.")
                .takes::<api::TokenRequest>()
                .gives::<api::TokenReply>(),
            post("/oauth/revoke", Access::Anyone, api::revoke)
                .doc("Revokes a token and its whole family.")
                .takes::<api::RevokeRequest>(),
            get("/api/v1/me", Access::SignedIn, api::me)
                .doc("Says who the caller is and what he may do.")
                .gives::<api::Me>(),
            get("/.well-known/oauth-authorization-server", Access::Anyone, api::metadata),
            get("/authorize", Access::SignedIn, consent::form),
            post("/authorize", Access::SignedIn, consent::answer),
        ],
        jobs: vec![JobSpec {
            name: client::END_TOKENS,
            handler: Handler::Within(client::end_some),
        }],
        subscriptions: Vec::new(),
        rail: Vec::new(),
    }
}
