//! A licence in a wallet that is not ours: OpenID for Verifiable Credential Issuance 1.0, from the
//! offer the holder makes, or the request that begins in the other wallet ([`authorise`]), to the
//! credential (SD-JWT VC) it keeps.
//!
//! Nouns: [`Offer`] what the holder hands to the other wallet, with a number typed there by hand;
//! [`Credential`] what that wallet was given.
//!
//! Invariants
//! - Only the holder, or his guardian, begins it; an offer is for one licence, works once and for
//!   ten minutes by the visitors' own watches, and closes after five wrong numbers.
//! - A credential is bound to a key of which the wallet proved possession over a nonce of ours that
//!   counts once; each field of the licence can be withheld. A wallet that binds its token to a key
//!   ([`bound`]) cannot be robbed of it.
//! - It is signed with ES256, which wallets know, and not with SM2, which they do not; it adds
//!   nothing to the licence, which the agency's SM2 signature alone makes.
//! - Its state follows the licence's at once, and the holder can take it back; the list that says so
//!   is public and names nobody.
//! - That it was given is recorded where the holder sees it.
//!
//! Must not know: what verifiers ask of the other wallet.

mod api;
pub mod authorise;
mod authorise_pages;
mod bound;
mod issue;
mod metadata;
mod nonce;
mod offer;
mod pages;
mod status;
pub(crate) mod store;
mod wire;

pub use issue::{Asked, issue};
pub use offer::{Offer, OfferState, Redeemed, find as find_offer, offer, redeem};
pub use status::list as status_list;
pub use store::Credential;

pub(crate) use issue::base64url;
pub(crate) use metadata::vct;
pub(crate) use status::number as list_number;

use crate::wallet;
use ::store::Ctx;
use kernel::{Error, Result};
use serde_json::json;
use webkit::{Access, Module, Route, delete, get, post};

/// The credentials made of a licence, newest first. Errors: `not_found`, also for others' licences.
pub async fn list(ctx: &mut Ctx, licence_id: &str) -> Result<Vec<Credential>> {
    let opened = wallet::open(ctx, licence_id).await?;
    store::of_licence(ctx, &opened.row.id).await
}

/// Takes a credential back: whoever is shown it sees that it no longer holds. Errors: `not_found`,
/// also for others' credentials, `licence.credential_ended` when it was taken back already.
pub async fn take_back(ctx: &mut Ctx, id: &str) -> Result<Credential> {
    party::authority::demand(ctx, wallet::OWN)?;
    let credential = store::credential(ctx, id).await?;
    if !wallet::may_open(ctx, &credential.person).await? {
        return Err(Error::not_found());
    }
    if !store::end(ctx, id).await? {
        return Err(Error::conflict("licence.credential_ended"));
    }
    let subject = format!("licence:{}", credential.licence_id);
    let body = json!({ "credential": id });
    party::audit::record_row(ctx, "licence.credential_ended", &subject, body, "credential", id)
        .await?;
    store::credential(ctx, id).await
}

/// What wallets and verifiers call: they bring tokens of their own, or none.
fn wire_routes() -> Vec<Route> {
    let open = Access::Anyone;
    vec![
        get("/.well-known/openid-credential-issuer", open, wire::issuer).shared(),
        get("/.well-known/oauth-authorization-server/openid4vci", open, wire::server).shared(),
        get("/.well-known/jwt-vc-issuer", open, wire::keys).shared(),
        post(wire::PAR_PATH, open, wire::par).shared(),
        post(wire::TOKEN_PATH, open, wire::token).shared(),
        post("/openid4vci/nonce", open, wire::nonce).shared(),
        post(wire::CREDENTIAL_PATH, open, wire::credential).shared(),
        get("/credentials/types/{id}", open, wire::kind).shared(),
        get("/credentials/status/{list}", open, wire::status).shared(),
    ]
}

pub(crate) fn module() -> Module {
    let mut routes = wire_routes();
    let own = Access::Citizen;
    routes.extend([
        get("/openid4vci/authorize", own, authorise_pages::form),
        post("/openid4vci/authorize", own, authorise_pages::answer),
        get("/wallet/{id}/credentials", own, pages::list),
        post("/wallet/{id}/credentials", own, pages::offer),
        get("/wallet/{id}/credential-offers/{offer}", own, pages::offered),
        post("/wallet/{id}/credentials/{credential}/end", own, pages::end),
        post("/api/v1/licences/{id}/credential-offers", own, api::offer)
            .doc("Offers a licence to a wallet of the caller's that is not ours, for ten minutes.")
            .gives::<api::CredentialOfferView>(),
        get("/api/v1/licences/{id}/credentials", own, api::list)
            .doc("Lists the credentials of a licence in other wallets.")
            .gives::<api::WalletCredentialList>(),
        delete("/api/v1/wallet-credentials/{id}", own, api::end)
            .doc("Takes a credential back from another wallet.")
            .gives::<api::WalletCredentialView>(),
    ]);
    Module { name: "licence.credential", routes, ..Module::default() }
}
