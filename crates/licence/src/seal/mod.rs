//! Keys, certificates and seals: the province's root, the maker of seals, the publisher of status
//! lists, and one key for every seal of an agency, whose life the register ([`Record`]) tells.
//!
//! Their certificates are on record with the [`authority`](crate::authority), which renews, suspends
//! and revokes them.
//!
//! Invariants: private keys are sealed at rest and never leave this module's functions; a holder
//! has one current key; a suspended seal seals nothing; every use is logged with what was sealed.
//! Must not know: what a document says.

mod document;
pub(crate) mod key;
mod making;
pub mod paper;
mod record;
mod store;
mod twin;

pub use document::{Drawn, SealedDoc, by_code, document, draw, file, put};
pub use key::{Signer, provision, trust_anchors};
pub use record::{
    Custody, MANAGE, Record, SealApplication, apply, custodies, decide, destroy, get, hand_over,
    list, open, picture, resume, suspend, uses,
};
pub use store::{SealRow, SealUse, SealedRow};

pub(crate) use document::{press, typeset, verify_label};
pub(crate) use twin::readable;

use ::store::{Ctx, vals};
use kernel::{Result, Timestamp};
use webkit::Module;

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

pub(crate) fn module() -> Module {
    record::module()
}
