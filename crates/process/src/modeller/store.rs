//! SQL of drafts.
//!
//! Must not know: who may see them.

use super::model::{DRAFTS_MAX, Draft};
use crate::Moment;
use ::store::{Ctx, FromQueryResult, vals};
use kernel::{Error, Result};

/// Drafts on a page.
pub(super) const PAGE: usize = 50;

const COLUMNS: &str =
    "id, owner, owner_name, agency, name, process, base, version, revision, whole, updated_us";

/// A draft as stored, without its document.
#[derive(Clone, Debug, FromQueryResult)]
pub(super) struct Row {
    pub(super) id: String,
    pub(super) owner: String,
    owner_name: String,
    pub(super) agency: String,
    name: String,
    process: String,
    pub(super) base: String,
    pub(super) version: i64,
    pub(super) revision: i64,
    /// 1 when the body is all its files; 0 when it is the diagram alone.
    pub(super) whole: i64,
    updated_us: i64,
}

impl Row {
    pub(super) fn told(self, ctx: &Ctx) -> Draft {
        Draft {
            mine: self.owner == ctx.actor.account,
            id: self.id,
            name: self.name,
            process: self.process,
            base: self.base,
            version: self.version,
            revision: self.revision,
            owner: self.owner_name,
            updated: Moment::of(self.updated_us),
        }
    }
}

/// The draft with this id. Errors: `not_found`.
pub(super) async fn get(ctx: &mut Ctx, id: &str) -> Result<Row> {
    ctx.one(&format!("SELECT {COLUMNS} FROM process_draft WHERE id = $1"), vals![id]).await
}

/// Its files as bytes. Errors: `not_found`.
pub(super) async fn body(ctx: &mut Ctx, id: &str) -> Result<Vec<u8>> {
    let sql = "SELECT body FROM process_draft WHERE id = $1";
    ctx.scalar(sql, vals![id]).await?.ok_or_else(Error::not_found)
}

/// Drafts of an officer, or of all of his agency, newest first; one more than a page.
pub(super) async fn list(
    ctx: &mut Ctx,
    column: &'static str,
    value: &str,
    before: &str,
) -> Result<Vec<Row>> {
    let before = if before.is_empty() { "~" } else { before };
    let sql = format!(
        "SELECT {COLUMNS} FROM process_draft WHERE {column} = $1 AND id < $2
         ORDER BY id DESC LIMIT $3"
    );
    ctx.all(&sql, vals![value, before, PAGE + 1]).await
}

/// How many an officer has, counted up to the limit.
pub(super) async fn count(ctx: &mut Ctx, owner: &str) -> Result<i64> {
    let sql = format!(
        "SELECT COUNT(*) FROM (SELECT 1 AS one FROM process_draft WHERE owner = $1
         LIMIT {DRAFTS_MAX}) AS counted"
    );
    ctx.count(&sql, vals![owner]).await
}

pub(super) async fn insert(
    ctx: &mut Ctx,
    name: &str,
    process: &str,
    (base, version): (&str, i64),
    body: &[u8],
) -> Result<String> {
    let (id, now) = (ctx.id(), ctx.now);
    let actor = ctx.actor.clone();
    ctx.execute(
        "INSERT INTO process_draft (id, owner, owner_name, agency, name, process, base,
         version, revision, whole, body, updated_us)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, 1, 1, $9, $10)",
        vals![
            &id,
            actor.account,
            actor.name,
            actor.agency,
            name,
            process,
            base,
            version,
            body,
            now
        ],
    )
    .await?;
    Ok(id)
}

pub(super) async fn update(
    ctx: &mut Ctx,
    id: &str,
    name: &str,
    process: &str,
    body: &[u8],
) -> Result<()> {
    let now = ctx.now;
    ctx.execute(
        "UPDATE process_draft SET name = $2, process = $3, body = $4, updated_us = $5,
         revision = revision + 1, whole = 1 WHERE id = $1",
        vals![id, name, process, body, now],
    )
    .await?;
    Ok(())
}

pub(super) async fn delete(ctx: &mut Ctx, id: &str) -> Result<()> {
    ctx.execute("DELETE FROM process_draft WHERE id = $1", vals![id]).await?;
    Ok(())
}
