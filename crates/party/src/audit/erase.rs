//! Erasing what an entry says. Its leaf stays, so every proof of the log holds as before; without
//! the salt the leaf tells nothing, not even to who guesses the content.
//!
//! Invariants: an erasure is itself an entry that names the leaf, so that nothing goes unseen; an
//! entry that has no place yet, or proves a row that still stands, is not erased; an erasure
//! cannot be erased.

use super::record::{self, RowDigest};
use super::row;
use kernel::{Error, Result};
use serde_json::json;
use store::{Ctx, vals};

/// Kind of the entry that records an erasure.
pub const ERASED: &str = "evidence.erased";

/// Erases the content of an entry for a reason; the id of the entry that records it. Errors:
/// `evidence.reason` without one; `not_found`; `evidence.waiting` while it has no place in the log; `evidence.erased` when it was
/// erased before or records an erasure; `evidence.row_stands` while it proves a row.
pub async fn erase(ctx: &mut Ctx, entry_id: &str, reason: &str) -> Result<String> {
    if reason.trim().is_empty() {
        return Err(Error::invalid("evidence.reason"));
    }
    // Of two at once the second sees what the first did.
    ctx.lock("evidence_entry", entry_id).await?;
    let entry = record::by_id(ctx, entry_id).await?;
    if entry.position.is_none() {
        return Err(Error::conflict("evidence.waiting"));
    }
    if entry.kind == ERASED || !entry.erased_by.is_empty() {
        return Err(Error::conflict("evidence.erased"));
    }
    let rows: Vec<RowDigest> = serde_json::from_str(&entry.row_digests).map_err(Error::internal)?;
    for one in rows {
        let sql =
            "SELECT COUNT(*) FROM evidence_row WHERE id = $1 AND entry_id = $2 AND digest <> ''";
        let pointer = row::pointer_id(&one.table, &one.id);
        if ctx.count(sql, vals![pointer, &entry.id]).await? > 0 {
            let row = format!("{} {}", one.table, one.id);
            return Err(Error::conflict("evidence.row_stands").arg("row", row));
        }
    }
    let told = json!({"leaf": entry.leaf, "reason": reason});
    let by = record::record(ctx, ERASED, &format!("entry:{}", entry.id), told).await?;
    ctx.execute(
        "UPDATE evidence_entry SET actor = '', kind = '', subject = '', body = '', row_digests = '[]',
         body_digest = '', salt = '', erased_by = $2 WHERE id = $1",
        vals![&entry.id, &by],
    )
    .await?;
    Ok(by)
}
