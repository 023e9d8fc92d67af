//! The history of an instance: appended, never changed, each entry chained to the one before.
//!
//! Invariants: sequences are gapless from 1 and the last is the row's revision; the digest of an
//! entry is SM3 over the digest before it and the entry as it was before sealing; the row keeps the
//! digest of the last, and the evidence log that row.

use super::model::Entry;
use super::store::{Row, seal};
use ::store::{Ctx, FromQueryResult, vals};
use kernel::{Error, Result};

/// Purpose under which entries are sealed.
const ENTRY: &str = "process.event";
/// Entries read at once.
pub(crate) const AT_ONCE: usize = 500;

/// An entry as stored.
#[derive(Clone, Debug, FromQueryResult)]
pub(crate) struct Stored {
    pub(crate) sequence: i64,
    pub(crate) at_us: i64,
    pub(crate) actor: String,
    pub(crate) kind: String,
    body: Vec<u8>,
    pub(crate) digest: String,
}

impl Stored {
    /// The entry, opened, with its text.
    pub(crate) fn open(&self, ctx: &Ctx) -> Result<(Entry, String)> {
        let plain = ctx.env.vault.open(ENTRY, &self.body).map_err(Error::internal)?;
        let text = String::from_utf8(plain).map_err(Error::internal)?;
        Ok((serde_json::from_str(&text).map_err(Error::internal)?, text))
    }
}

/// The digest of an entry after another.
pub(crate) fn chained(before: &str, text: &str) -> String {
    proof::digest::sm3_hex(format!("{before}\n{text}").as_bytes())
}

/// Appends an entry and moves the row's head.
pub(super) async fn append(ctx: &mut Ctx, row: &mut Row, entry: &Entry) -> Result<()> {
    let text = serde_json::to_string(entry).map_err(Error::internal)?;
    row.revision += 1;
    row.history = chained(&row.history, &text);
    let body = seal(ctx, ENTRY, text.as_bytes())?;
    ctx.execute_later(
        "INSERT INTO process_event (instance_id, sequence, at_us, actor, kind, body, digest)
         VALUES ($1, $2, $3, $4, $5, $6, $7)",
        vals![
            &row.id,
            row.revision,
            entry.at,
            &entry.by.account,
            entry.act.kind(),
            body,
            &row.history
        ],
    )
    .await
}

/// Entries after a sequence, oldest first, at most [`AT_ONCE`].
pub(crate) async fn list(ctx: &mut Ctx, id: &str, after: i64) -> Result<Vec<Stored>> {
    let sql = "SELECT sequence, at_us, actor, kind, body, digest FROM process_event
         WHERE instance_id = $1 AND sequence > $2 ORDER BY sequence LIMIT $3";
    ctx.all(sql, vals![id, after, AT_ONCE]).await
}

/// The newest entries, newest first, before a sequence.
pub(crate) async fn newest(
    ctx: &mut Ctx,
    id: &str,
    before: i64,
    limit: usize,
) -> Result<Vec<Stored>> {
    let sql = "SELECT sequence, at_us, actor, kind, body, digest FROM process_event
         WHERE instance_id = $1 AND sequence < $2 ORDER BY sequence DESC LIMIT $3";
    ctx.all(sql, vals![id, before, limit]).await
}
