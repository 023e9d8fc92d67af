//! Keys, certificates and seals: the province's root, the maker of seals, the publisher of status
//! lists, and one key with a seal for every agency that issues or seals.
//!
//! Their certificates are on record with the [`authority`](crate::authority), which renews, suspends
//! and revokes them.
//!
//! Invariants: private keys are sealed at rest and never leave this module's functions; a holder
//! has one current key; a suspended seal seals nothing; every use is logged with what was sealed.
//! Must not know: what a document says.

mod document;
pub(crate) mod key;
mod pages;
mod store;

pub use document::{Drawn, SealedDoc, by_code, document, draw, file, put};
pub use key::{Signer, provision, trust_anchors};
pub use store::{SealRow, SealUse, SealedRow};

pub(crate) use document::{press, typeset, verify_label};

use ::store::{Ctx, vals};
use kernel::{Error, Result, Timestamp};
use serde_json::json;
use webkit::{Access, Module, Rail, post};

/// Permission of the seal register.
pub const MANAGE: &str = "seal.manage";
/// Longest reason, in characters.
const REASON_MAX: usize = 200;

/// Logs that a key was used: who, when, on what, why. `subject` is the id of the licence or document.
pub(crate) async fn log_use(
    ctx: &mut Ctx,
    signer: &Signer,
    digest: &str,
    reason: &str,
    subject: &str,
) -> Result<()> {
    let id = ctx.id();
    let (now, account) = (ctx.now, ctx.actor.account.clone());
    ctx.execute(
        "INSERT INTO seal_use (id, key_id, agency, at_us, account, document_digest, reason, subject)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
        vals![id, &signer.id, &signer.holder, now, account, digest, reason, subject],
    )
    .await?;
    Ok(())
}

/// True when our records show that a key was used on what has this digest before an instant.
pub(crate) async fn was_used(ctx: &mut Ctx, digest: &str, before: Timestamp) -> Result<bool> {
    let sql = "SELECT COUNT(*) FROM seal_use WHERE document_digest = $1 AND at_us < $2";
    Ok(ctx.count(sql, vals![digest, before]).await? > 0)
}

/// Agencies' seals in order of their ids, at most 50, after the cursor. Permission `seal.manage`.
pub async fn list(ctx: &mut Ctx, after: &str) -> Result<Vec<SealRow>> {
    party::authority::demand(ctx, MANAGE)?;
    store::list(ctx, after).await
}

/// One seal. Permission `seal.manage`. Errors: `not_found`.
pub async fn get(ctx: &mut Ctx, id: &str) -> Result<SealRow> {
    party::authority::demand(ctx, MANAGE)?;
    store::get(ctx, id).await
}

/// Uses of a seal, newest first, at most 50, older than the cursor. Permission `seal.manage`.
pub async fn uses(ctx: &mut Ctx, id: &str, after: &str) -> Result<Vec<SealUse>> {
    party::authority::demand(ctx, MANAGE)?;
    store::uses(ctx, id, after).await
}

/// Suspends a seal: nothing can be sealed with it until it is resumed. Permission `seal.manage`, a
/// second factor. Errors: `denied`, `sign_in.second_factor`, `not_found`, `licence.seal_reason`,
/// `licence.stale`, `licence.seal_state`.
pub async fn suspend(ctx: &mut Ctx, id: &str, revision: i64, reason: &str) -> Result<()> {
    set_state(ctx, id, revision, reason, ("active", "suspended")).await
}

/// Resumes a suspended seal. Errors: as [`suspend`]; `licence.certificate_ended` while its
/// certificate is suspended or revoked.
pub async fn resume(ctx: &mut Ctx, id: &str, revision: i64, reason: &str) -> Result<()> {
    set_state(ctx, id, revision, reason, ("suspended", "active")).await
}

async fn set_state(
    ctx: &mut Ctx,
    id: &str,
    revision: i64,
    reason: &str,
    (from, to): (&str, &'static str),
) -> Result<()> {
    party::authority::demand(ctx, MANAGE)?;
    if ctx.actor.assurance < 2 {
        return Err(Error::unauthenticated("sign_in.second_factor"));
    }
    let reason = reason.trim();
    if reason.is_empty() || reason.chars().count() > REASON_MAX {
        return Err(Error::invalid("licence.seal_reason").field("reason", "licence.seal_reason"));
    }
    if !ctx.lock("agency_key", id).await? {
        return Err(Error::not_found());
    }
    let row = store::get(ctx, id).await?;
    if row.revision != revision {
        return Err(Error::conflict("licence.stale"));
    }
    if row.state != from {
        return Err(Error::conflict("licence.seal_state"));
    }
    if to == "active" && !crate::authority::is_valid(ctx, id).await? {
        return Err(Error::conflict("licence.certificate_ended"));
    }
    store::set_state(ctx, id, to, reason).await?;
    let (kind, subject) = (format!("seal.{to}"), format!("seal:{id}"));
    let body = json!({ "holder": row.holder, "reason": reason });
    party::audit::record_row(ctx, &kind, &subject, body, "agency_key", id).await?;
    ctx.emit(&kind, &json!({ "seal": id, "agency": row.holder })).await
}

pub(crate) fn module() -> Module {
    Module {
        name: "licence.seal",
        routes: vec![
            webkit::get("/seals", Access::Staff(MANAGE), pages::list),
            webkit::get("/seals/{id}", Access::Staff(MANAGE), pages::show),
            post("/seals/{id}/state", Access::Staff(MANAGE), pages::change).strong(),
        ],
        jobs: Vec::new(),
        subscriptions: Vec::new(),
        rail: vec![Rail {
            group: "licence.rail",
            path: "/seals",
            label: "licence.seal.title",
            icon: "stamp",
            permission: MANAGE,
        }],
    }
}
