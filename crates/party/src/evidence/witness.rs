//! The witnesses this installation's log asks to cosign its checkpoints: who they are, what each
//! cosigned last, what it refused, how many are wanted.
//!
//! Invariant: what a witness signed is kept only after its signature was tried.
//! Must not know: how they are asked.

use super::{Head, key};
use crate::audit;
use kernel::{Error, Result};
use proof::log::CosignerVerifier;
use sea_orm::FromQueryResult;
use serde_json::json;
use store::{Ctx, vals};
use webkit::fetch::Address;

/// Most witnesses of one log.
const WITNESSES_MAX: usize = 32;
/// Setting that holds how many cosignatures are wanted.
const QUORUM: &str = "evidence_quorum";

const COLUMNS: &str = "id, address, verifier, added_us, tree_size, root, line, cosigned_us, \
     tried_us, failures, next_us, trouble, refused_size, refused_us";

/// A witness.
#[derive(Clone, Debug, FromQueryResult)]
pub struct Witness {
    /// Its name.
    pub id: String,
    /// Address below which `add-checkpoint` lies.
    pub address: String,
    /// Its verifier key.
    pub verifier: String,
    /// When it was added.
    pub added_us: i64,
    /// Leaves of the newest checkpoint it cosigned; 0 for none.
    pub tree_size: i64,
    /// Root of that checkpoint in hexadecimal.
    pub root: String,
    /// Its signature line.
    pub line: String,
    /// When it says it cosigned; 0 for never.
    pub cosigned_us: i64,
    /// When it was asked last; 0 for never.
    pub tried_us: i64,
    /// Times in a row it was asked in vain.
    pub failures: i64,
    /// Not asked again before.
    pub next_us: i64,
    /// Why it was asked in vain last: `away`, `unknown`, `key`, `behind`, `fork`; empty when it
    /// was not.
    pub trouble: String,
    /// Size at which it refused this log last; 0 for never.
    pub refused_size: i64,
    /// When it did; 0 for never.
    pub refused_us: i64,
}

impl Witness {
    /// True when it has cosigned this very checkpoint.
    pub fn cosigned(&self, head: &Head) -> bool {
        u64::try_from(self.tree_size).is_ok_and(|size| size == head.size)
            && self.root == hex::encode(head.root)
            && !self.line.is_empty()
    }
}

/// Asks this witness from now on. Errors: `fetch.address`, `proof.note.key`, `proof.note.name`,
/// `witness.known`, `witness.many`.
pub async fn add(ctx: &mut Ctx, address: &str, verifier: &str) -> Result<String> {
    Address::parse(address.trim())?;
    let verifier = CosignerVerifier::parse(verifier.trim())?;
    let name = verifier.name().to_owned();
    let held = list(ctx).await?;
    if held.iter().any(|witness| witness.id == name) {
        return Err(Error::conflict("witness.known").arg("name", name));
    }
    if held.len() >= WITNESSES_MAX {
        return Err(Error::limited("witness.many").arg("most", WITNESSES_MAX));
    }
    let now = ctx.now;
    ctx.execute(
        "INSERT INTO evidence_witness (id, address, verifier, added_us, tree_size, root, line,
         cosigned_us, tried_us, failures, next_us, trouble, refused_size, refused_us)
         VALUES ($1, $2, $3, $4, 0, '', '', 0, 0, 0, 0, '', 0, 0)",
        vals![&name, address.trim(), verifier.to_string(), now],
    )
    .await?;
    let told = json!({"address": address.trim(), "verifier": verifier.to_string()});
    audit::record(ctx, "log.witness_added", &format!("witness:{name}"), told).await?;
    super::cosign::wake(ctx).await?;
    Ok(name)
}

/// Asks a witness no more. Errors: `not_found`.
pub async fn remove(ctx: &mut Ctx, name: &str) -> Result<()> {
    let gone = ctx.execute("DELETE FROM evidence_witness WHERE id = $1", vals![name]).await?;
    if gone == 0 {
        return Err(Error::not_found());
    }
    audit::record(ctx, "log.witness_removed", &format!("witness:{name}"), json!({})).await?;
    Ok(())
}

/// The witnesses, by name.
pub async fn list(ctx: &mut Ctx) -> Result<Vec<Witness>> {
    ctx.all(&format!("SELECT {COLUMNS} FROM evidence_witness ORDER BY id"), vals![]).await
}

/// How many of so many witnesses must have cosigned a checkpoint: what was set, else more than
/// half of them.
pub async fn quorum(ctx: &mut Ctx, witnesses: usize) -> Result<usize> {
    let set = key::setting(ctx, QUORUM).await?.and_then(|value| value.parse().ok());
    Ok(set.unwrap_or(if witnesses == 0 { 0 } else { witnesses / 2 + 1 }))
}

/// Sets how many cosignatures are wanted. Errors: `witness.quorum`.
pub async fn set_quorum(ctx: &mut Ctx, wanted: usize) -> Result<()> {
    if wanted > WITNESSES_MAX {
        return Err(Error::invalid("witness.quorum").arg("most", WITNESSES_MAX));
    }
    key::set(ctx, QUORUM, &wanted.to_string()).await?;
    audit::record(ctx, "log.quorum_set", "log:own", json!({"quorum": wanted})).await?;
    Ok(())
}

/// The checkpoint with the cosignatures there are of it.
pub async fn published(ctx: &mut Ctx, head: &Head) -> Result<String> {
    let witnesses = list(ctx).await?;
    Ok(with_lines(head, &witnesses))
}

/// The note of a checkpoint and below it the lines of those who cosigned it.
pub(super) fn with_lines(head: &Head, witnesses: &[Witness]) -> String {
    let mut note = head.note.clone();
    for witness in witnesses.iter().filter(|witness| witness.cosigned(head)) {
        note.push_str(&witness.line);
        note.push('\n');
    }
    note
}
