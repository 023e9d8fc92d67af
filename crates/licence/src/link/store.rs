//! SQL of links.

use ::store::{Ctx, vals};
use kernel::{Error, Result, Timestamp};
use sea_orm::FromQueryResult;

/// Most links of one licence that are listed.
const LISTED: i64 = 50;

/// A link.
#[derive(Clone, Debug, PartialEq, Eq, FromQueryResult)]
pub struct Link {
    /// Id.
    pub id: String,
    /// The secret of its address, sealed.
    pub token_sealed: Vec<u8>,
    /// The licence.
    pub licence_id: String,
    /// Who made it.
    pub person: String,
    /// JSON list of ids of the fields it shows.
    pub fields: String,
    /// For whom, in the holder's words.
    pub recipient: String,
    /// When made, in microseconds.
    pub created_us: i64,
    /// Until when it can be opened, in microseconds, on the visitors' own watches.
    pub expires_us: i64,
    /// How often it can be opened.
    pub opens_max: i64,
    /// How often it was.
    pub opens: i64,
    /// When it was taken back, in microseconds; 0 when it was not.
    pub revoked_us: i64,
}

impl Link {
    /// Ids of the fields it shows. Errors: `internal`.
    pub fn shown(&self) -> Result<Vec<String>> {
        crate::register::field_ids(&self.fields)
    }

    /// `open`, `revoked`, `used` up or `over`.
    pub fn state(&self, at: Timestamp) -> &'static str {
        match self {
            link if link.revoked_us != 0 => "revoked",
            link if link.opens >= link.opens_max => "used",
            link if at.0 >= link.expires_us => "over",
            _ => "open",
        }
    }
}

const COLUMNS: &str = "id, token_sealed, licence_id, person, fields, recipient, created_us, \
     expires_us, opens_max, opens, revoked_us";

pub(super) async fn insert(ctx: &mut Ctx, new: &Link, token_index: &str) -> Result<()> {
    let sql = format!(
        "INSERT INTO licence_link ({COLUMNS}, token_index)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)"
    );
    let values = vals![
        &new.id,
        new.token_sealed.clone(),
        &new.licence_id,
        &new.person,
        &new.fields,
        &new.recipient,
        new.created_us,
        new.expires_us,
        new.opens_max,
        new.opens,
        new.revoked_us,
        token_index
    ];
    ctx.execute(&sql, values).await.map(drop)
}

/// The link. Errors: `not_found`.
pub(super) async fn get(ctx: &mut Ctx, id: &str) -> Result<Link> {
    let sql = format!("SELECT {COLUMNS} FROM licence_link WHERE id = $1");
    ctx.optional(&sql, vals![id]).await?.ok_or_else(Error::not_found)
}

/// The link at an address. Errors: `not_found`.
pub(super) async fn by_token(ctx: &mut Ctx, index: &str) -> Result<Link> {
    let sql = format!("SELECT {COLUMNS} FROM licence_link WHERE token_index = $1");
    ctx.optional(&sql, vals![index]).await?.ok_or_else(Error::not_found)
}

/// Links of a licence, newest first.
pub(super) async fn of_licence(ctx: &mut Ctx, licence_id: &str) -> Result<Vec<Link>> {
    let sql = format!(
        "SELECT {COLUMNS} FROM licence_link WHERE licence_id = $1 ORDER BY id DESC LIMIT $2"
    );
    ctx.all(&sql, vals![licence_id, LISTED]).await
}

/// Those of a licence that can still be opened.
pub(super) async fn open_ones(ctx: &mut Ctx, licence_id: &str, at: Timestamp) -> Result<i64> {
    let sql = "SELECT COUNT(*) FROM licence_link WHERE licence_id = $1 AND revoked_us = 0
         AND opens < opens_max AND expires_us > $2";
    ctx.count(sql, vals![licence_id, at]).await
}

/// Counts an opening; false when there is none left.
pub(super) async fn count_open(ctx: &mut Ctx, id: &str, at: Timestamp) -> Result<bool> {
    let sql = "UPDATE licence_link SET opens = opens + 1 WHERE id = $1 AND revoked_us = 0
         AND opens < opens_max AND expires_us > $2";
    Ok(ctx.execute(sql, vals![id, at]).await? == 1)
}

/// Takes a link back; false when it was before.
pub(super) async fn revoke(ctx: &mut Ctx, id: &str) -> Result<bool> {
    let now = ctx.now.0.max(1);
    let sql = "UPDATE licence_link SET revoked_us = $2 WHERE id = $1 AND revoked_us = 0";
    Ok(ctx.execute(sql, vals![id, now]).await? == 1)
}
