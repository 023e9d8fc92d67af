//! The province's certificate authority: authorities in tiers, the certificates they issue, and
//! whether these stand.
//!
//! Nouns: [`Authority`] one key that issues, the root's or one below it; [`Certified`] a certificate
//! on record; [`Order`] what one administrator orders and another approves; [`KeyProvider`] where
//! private keys are.
//!
//! Invariants
//! - Whatever is issued, renewed, resumed or revoked takes two persons; to suspend takes one. Only
//!   the first keys of an installation and of an agency are certified without an order.
//! - Policy is the [`Profile`]'s: algorithms, lifetime, use of the key.
//! - Renewal makes a new key beside the old: the newest signs, what the old one signed goes on
//!   verifying, and a retired authority still publishes on what it issued.
//! - A revocation tells since when: what was signed before stays good, what came after is not.
//!
//! Must not know: what is signed with the keys it certifies.

mod adopt;
mod api;
mod issue;
mod model;
mod order;
mod outward;
mod pages;
mod pkcs11;
mod provider;
mod publish;
mod standing;
mod store;

pub use model::{Act, Authority, Cause, Certified, Order, Profile};
pub use order::{DAYS as ORDER_DAYS, decide, get as find_order, list as orders, order};
pub use provider::{Held, KeyProvider};
pub(crate) use publish::next_word;
pub use publish::{answer, list as revocation_list};
pub use standing::suspend;

pub(crate) use adopt::{Own, adopt, province, take};
pub(crate) use issue::{Issuer, certify, day, nearest, subject};
pub(crate) use outward::{
    Outward, certify_twin, ensure as ensure_outward, is_outward, named_host, outward,
    provision as provision_outward, stamper,
};
pub(crate) use standing::{Verdict, cease, cease_twin, is_valid, stands, verdict};

use ::store::Ctx;
use kernel::Result;
use webkit::{Access, Module, Rail, Route, get, post};

/// Permission of the authority's records and ceremonies.
pub const MANAGE: &str = "authority.manage";

/// Certificates of every root there has been, PEM, oldest first.
pub(crate) async fn roots(ctx: &mut Ctx) -> Result<Vec<String>> {
    store::roots(ctx).await
}

/// Opens what was encrypted to a certificate whose key the installation has, as GB/T 35276 writes
/// it. The caller has decided that the holder may read it. Errors: `not_found`,
/// `proof.cipher.open`, `licence.provider_algorithm` for a key that only signs.
pub async fn decrypt(ctx: &mut Ctx, certificate: &str, sealed: &[u8]) -> Result<Vec<u8>> {
    let (name, held) = store::key(ctx, certificate).await?;
    let provider = provider::provider(&ctx.env, &name)?;
    provider::Handle::new(provider, held)?.decrypt(sealed)
}

/// All authorities, roots first. Permission `authority.manage`.
pub async fn list(ctx: &mut Ctx) -> Result<Vec<Authority>> {
    party::authority::demand(ctx, MANAGE)?;
    store::authorities(ctx).await
}

/// One authority. Permission `authority.manage`. Errors: `not_found`.
pub async fn find(ctx: &mut Ctx, id: &str) -> Result<Authority> {
    party::authority::demand(ctx, MANAGE)?;
    store::authority(ctx, id).await
}

/// Certificates of an authority whose holders are within reach, newest first, older than the cursor;
/// the next cursor when there are more. Permission `authority.manage`. Errors: `not_found`.
pub async fn certificates(
    ctx: &mut Ctx,
    authority: &str,
    before: &str,
) -> Result<(Vec<Certified>, Option<String>)> {
    find(ctx, authority).await?;
    let mut rows = store::of_authority(ctx, authority, before).await?;
    let more = rows.len() > store::PAGE;
    rows.truncate(store::PAGE);
    let next = rows.last().filter(|_| more).map(|row| row.id.clone());
    Ok((rows, next))
}

/// One certificate within reach. Permission `authority.manage`. Errors: `not_found`.
pub async fn certificate(ctx: &mut Ctx, id: &str) -> Result<Certified> {
    party::authority::demand(ctx, MANAGE)?;
    let row = store::certificate(ctx, id).await?;
    order::within_reach(ctx, &row.division)?;
    Ok(row)
}

fn public_routes() -> Vec<Route> {
    let open = Access::Anyone;
    vec![
        get("/pki/{authority}/certificate", open, publish::certificate),
        get("/pki/{authority}/crl", open, publish::crl),
        get("/pki/{authority}/crl/{number}", open, publish::crl_numbered),
        post("/pki/{authority}/ocsp", open, publish::ocsp_sent),
        get("/pki/{authority}/ocsp/{*question}", open, publish::ocsp_asked),
    ]
}

fn page_routes() -> Vec<Route> {
    let staff = Access::Staff(MANAGE);
    vec![
        get("/authorities", staff, pages::index),
        get("/authorities/{id}", staff, pages::show),
        get("/certificates/{id}", staff, pages::show_certificate),
        post("/certificates/{id}/suspension", staff, pages::suspend).strong(),
        post("/authority-orders", staff, pages::place).strong(),
        get("/authority-orders/{id}", staff, pages::show_order),
        post("/authority-orders/{id}/decision", staff, pages::decide_one).strong(),
    ]
}

fn api_routes() -> Vec<Route> {
    let staff = Access::Staff(MANAGE);
    vec![
        get("/api/v1/authorities", staff, api::all)
            .doc("Lists the certificate authorities, roots first.")
            .gives::<api::AuthorityList>(),
        get("/api/v1/authorities/{id}/certificates", staff, api::of_authority)
            .doc("Lists the certificates of an authority, newest first.")
            .asks(&["before"])
            .gives::<api::CertificateList>(),
        get("/api/v1/certificates/{id}", staff, api::show)
            .doc("Shows a certificate and whether it stands.")
            .gives::<api::CertificateView>(),
        post("/api/v1/certificates/{id}/suspension", staff, api::suspend_one)
            .strong()
            .doc("Suspends a certificate at once.")
            .takes::<api::CertificateSuspensionBody>()
            .gives::<api::CertificateView>(),
        get("/api/v1/authority-orders", staff, api::all_orders)
            .doc("Lists orders of the certificate authority in a state, newest first.")
            .asks(&["state"])
            .gives::<api::AuthorityOrderList>(),
        post("/api/v1/authority-orders", staff, api::place)
            .strong()
            .doc("Orders an act of the certificate authority, which another must approve.")
            .takes::<api::OrderBody>()
            .gives::<api::AuthorityOrderView>(),
        get("/api/v1/authority-orders/{id}", staff, api::show_order)
            .doc("Shows an order of the certificate authority.")
            .gives::<api::AuthorityOrderView>(),
        post("/api/v1/authority-orders/{id}/decision", staff, api::decide_one)
            .strong()
            .doc("Approves an order, which carries it out, or refuses it.")
            .takes::<api::DecisionBody>()
            .gives::<api::AuthorityOrderView>(),
    ]
}

pub(crate) fn module() -> Module {
    Module {
        name: "licence.authority",
        routes: [public_routes(), page_routes(), api_routes()].concat(),
        rail: vec![Rail {
            group: "licence.rail",
            path: "/authorities",
            label: "licence.authority.title",
            icon: "stamp",
            permission: MANAGE,
        }],
        ..Module::default()
    }
}
