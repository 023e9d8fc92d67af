//! SQL of presentations.

use ::store::{Ctx, vals};
use kernel::{Error, Result, Timestamp};
use sea_orm::FromQueryResult;

/// A presentation as stored.
#[derive(Clone, Debug, FromQueryResult)]
pub(crate) struct Row {
    pub id: String,
    pub code_sealed: Vec<u8>,
    pub licence_id: String,
    pub person: String,
    pub fields: String,
    pub expires_us: i64,
    pub used_us: i64,
}

const COLUMNS: &str = "id, code_sealed, licence_id, person, fields, expires_us, used_us";

/// A presentation to be inserted.
pub(super) struct New<'a> {
    pub id: &'a str,
    pub code_index: String,
    pub code_sealed: Vec<u8>,
    pub licence_id: &'a str,
    pub person: &'a str,
    pub fields: String,
    pub expires: Timestamp,
}

pub(super) async fn insert(ctx: &mut Ctx, new: New<'_>) -> Result<()> {
    let now = ctx.now;
    ctx.execute(
        "INSERT INTO presentation (id, code_index, code_sealed, licence_id, person, fields,
         created_us, expires_us, used_us, use_id) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, 0, '')",
        vals![
            new.id,
            new.code_index,
            new.code_sealed,
            new.licence_id,
            new.person,
            new.fields,
            now,
            new.expires
        ],
    )
    .await?;
    Ok(())
}

pub(crate) async fn find(ctx: &mut Ctx, id: &str) -> Result<Row> {
    ctx.optional(&format!("SELECT {COLUMNS} FROM presentation WHERE id = $1"), vals![id])
        .await?
        .ok_or_else(Error::not_found)
}

pub(crate) async fn by_code(ctx: &mut Ctx, index: &str) -> Result<Option<Row>> {
    ctx.optional(&format!("SELECT {COLUMNS} FROM presentation WHERE code_index = $1"), vals![index])
        .await
}

/// Marks a presentation as used; false when somebody else was first.
pub(crate) async fn set_used(ctx: &mut Ctx, id: &str, at: Timestamp, use_id: &str) -> Result<bool> {
    let changed = ctx
        .execute(
            "UPDATE presentation SET used_us = $2, use_id = $3 WHERE id = $1 AND used_us = 0",
            vals![id, at.0.max(1), use_id],
        )
        .await?;
    Ok(changed == 1)
}
