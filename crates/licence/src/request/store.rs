//! SQL of asks and requests.

use ::store::{Ctx, vals};
use kernel::{Error, Result, Timestamp};
use sea_orm::FromQueryResult;

/// Rows on one page.
pub(super) const PAGE: i64 = 50;

/// What an agency asks holders for.
#[derive(Clone, Debug, PartialEq, Eq, FromQueryResult)]
pub struct Ask {
    /// Id.
    pub id: String,
    /// The agency.
    pub agency: String,
    /// Type of the licence.
    pub type_id: String,
    /// JSON list of ids of its fields.
    pub fields: String,
    /// Why, in words the holder reads.
    pub purpose: String,
    /// Article of law.
    pub basis: String,
    /// `active`, or `closed` when it is asked no longer.
    pub state: String,
    /// When registered, in microseconds.
    pub created_us: i64,
    /// Account that did.
    pub created_by: String,
}

impl Ask {
    /// Ids of the fields asked for. Errors: `internal`.
    pub fn wanted(&self) -> Result<Vec<String>> {
        crate::register::field_ids(&self.fields)
    }
}

const ASK: &str = "id, agency, type_id, fields, purpose, basis, state, created_us, created_by";

pub(super) async fn insert_ask(ctx: &mut Ctx, new: &Ask) -> Result<()> {
    let sql =
        format!("INSERT INTO licence_ask ({ASK}) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)");
    let values = vals![
        &new.id,
        &new.agency,
        &new.type_id,
        &new.fields,
        &new.purpose,
        &new.basis,
        &new.state,
        new.created_us,
        &new.created_by
    ];
    ctx.execute(&sql, values).await.map(drop)
}

/// The ask. Errors: `not_found`.
pub(super) async fn ask(ctx: &mut Ctx, id: &str) -> Result<Ask> {
    let sql = format!("SELECT {ASK} FROM licence_ask WHERE id = $1");
    ctx.optional(&sql, vals![id]).await?.ok_or_else(Error::not_found)
}

/// Asks of an agency, newest first.
pub(super) async fn asks(ctx: &mut Ctx, agency: &str) -> Result<Vec<Ask>> {
    let sql = format!("SELECT {ASK} FROM licence_ask WHERE agency = $1 ORDER BY id DESC LIMIT $2");
    ctx.all(&sql, vals![agency, PAGE]).await
}

pub(super) async fn close(ctx: &mut Ctx, id: &str) -> Result<bool> {
    let sql = "UPDATE licence_ask SET state = 'closed' WHERE id = $1 AND state = 'active'";
    Ok(ctx.execute(sql, vals![id]).await? == 1)
}

/// One asking.
#[derive(Clone, Debug, PartialEq, Eq, FromQueryResult)]
pub struct Request {
    /// Id; who knows it may answer.
    pub id: String,
    /// What is asked.
    pub ask_id: String,
    /// What an answer is bound to.
    pub nonce: String,
    /// `open`, `answered` or `declined`.
    pub state: String,
    /// `own` for the wallet here, `other` for one of others; empty before the answer.
    pub way: String,
    /// When made, in microseconds.
    pub created_us: i64,
    /// Account that asked.
    pub created_by: String,
    /// Until when it can be answered, in microseconds, on the visitors' own watches.
    pub expires_us: i64,
    /// Answers that did not hold.
    pub failures: i64,
    /// When answered, in microseconds; 0 before.
    pub answered_us: i64,
    /// Id of the recorded use.
    pub use_id: String,
    /// What was shown, sealed.
    pub result: Option<Vec<u8>>,
    /// The key to which an answer is encrypted, sealed; none once it was answered.
    pub reply_key: Option<Vec<u8>>,
}

const REQUEST: &str = "id, ask_id, nonce, state, way, created_us, created_by, expires_us, \
     failures, answered_us, use_id, result, reply_key";

/// A request to be inserted.
pub(super) struct NewRequest<'a> {
    pub id: &'a str,
    pub ask_id: &'a str,
    pub nonce: &'a str,
    pub expires: Timestamp,
    pub reply_key: Vec<u8>,
}

pub(super) async fn insert_request(ctx: &mut Ctx, new: NewRequest<'_>) -> Result<()> {
    let (now, account) = (ctx.now, ctx.actor.account.clone());
    ctx.execute(
        "INSERT INTO licence_request (id, ask_id, nonce, state, way, created_us, created_by,
         expires_us, failures, answered_us, use_id, reply_key)
         VALUES ($1, $2, $3, 'open', '', $4, $5, $6, 0, 0, '', $7)",
        vals![new.id, new.ask_id, new.nonce, now, account, new.expires, new.reply_key],
    )
    .await
    .map(drop)
}

/// The request. Errors: `not_found`.
pub(super) async fn request(ctx: &mut Ctx, id: &str) -> Result<Request> {
    let sql = format!("SELECT {REQUEST} FROM licence_request WHERE id = $1");
    ctx.optional(&sql, vals![id]).await?.ok_or_else(Error::not_found)
}

/// Requests of an ask, newest first.
pub(super) async fn requests(ctx: &mut Ctx, ask_id: &str) -> Result<Vec<Request>> {
    let sql = format!(
        "SELECT {REQUEST} FROM licence_request WHERE ask_id = $1 ORDER BY id DESC LIMIT $2"
    );
    ctx.all(&sql, vals![ask_id, PAGE]).await
}

/// Counts an answer that did not hold.
pub(super) async fn failed(ctx: &mut Ctx, id: &str) -> Result<()> {
    let sql = "UPDATE licence_request SET failures = failures + 1 WHERE id = $1";
    ctx.execute(sql, vals![id]).await.map(drop)
}

/// How a request ends.
pub(super) struct Ending<'a> {
    pub state: &'a str,
    pub way: &'a str,
    pub use_id: &'a str,
    pub result: Option<Vec<u8>>,
}

/// Ends a request; false when somebody else was first.
pub(super) async fn end(ctx: &mut Ctx, id: &str, ending: Ending<'_>) -> Result<bool> {
    let now = ctx.now;
    let sql = "UPDATE licence_request SET state = $2, way = $3, answered_us = $4, use_id = $5,
         result = $6, reply_key = NULL WHERE id = $1 AND state = 'open'";
    let values = vals![id, ending.state, ending.way, now, ending.use_id, ending.result];
    Ok(ctx.execute(sql, values).await? == 1)
}
