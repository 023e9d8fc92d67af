//! SQL of keys, seals and sealed documents.

use ::store::{Ctx, vals};
use kernel::{Error, Result};
use sea_orm::FromQueryResult;

/// Rows on one page.
pub(super) const PAGE: usize = 50;

/// A key with what is sealed in it.
#[derive(FromQueryResult)]
pub(super) struct KeyRow {
    pub id: String,
    pub holder: String,
    pub state: String,
    /// State of the seal's record; `active` for keys without a seal.
    pub seal_state: String,
    /// Empty when it was erased.
    pub key_sealed: Vec<u8>,
    pub certificate: String,
    /// The key beside it; none where it was not made, or was erased.
    pub twin_sealed: Option<Vec<u8>>,
    pub twin_certificate: Option<String>,
    pub seal: Vec<u8>,
    pub valid_until_us: i64,
}

/// A seal as the register lists it.
#[derive(Clone, Debug, FromQueryResult)]
pub struct SealRow {
    /// Id of the key.
    pub id: String,
    /// Agency that may seal with it.
    pub holder: String,
    /// `active`, `suspended` or `retired`.
    pub state: String,
    /// Code engraved in the seal.
    pub seal_id: String,
    /// Certificate, PEM.
    pub certificate: String,
    /// First instant at which it holds, microseconds.
    pub valid_from_us: i64,
    /// Last instant at which it holds, microseconds.
    pub valid_until_us: i64,
    /// Since when it is in its state.
    pub state_us: i64,
    /// Why.
    pub state_reason: String,
    /// Grows with each change.
    pub revision: i64,
}

/// A use of a seal.
#[derive(Clone, Debug, FromQueryResult)]
pub struct SealUse {
    /// Id.
    pub id: String,
    /// When, microseconds.
    pub at_us: i64,
    /// Account that caused it.
    pub account: String,
    /// SM3 of what was sealed.
    pub document_digest: String,
    /// `issue`, `sheet` or the title of the document.
    pub reason: String,
    /// Id of the licence or document.
    pub subject: String,
}

/// A sealed document.
#[derive(Clone, Debug, FromQueryResult)]
pub struct SealedRow {
    /// Id.
    pub id: String,
    /// Agency that sealed it.
    pub agency: String,
    /// Layout.
    pub layout: String,
    /// Title.
    pub title: String,
    /// SM3 of the file.
    pub digest: String,
    /// Public verification code.
    pub code: String,
    /// Case; empty when none.
    pub case_id: String,
    /// When, microseconds.
    pub at_us: i64,
}

const KEY: &str = "k.id, k.holder, k.state, COALESCE(r.state, 'active') AS seal_state, k.key_sealed, \
     k.certificate, k.twin_sealed, k.twin_certificate, k.seal, k.valid_until_us";
const KEYS: &str = "agency_key k LEFT JOIN seal_record r ON r.holder = k.holder AND r.holder <> '' \
     AND r.state <> 'destroyed'";
const SEAL: &str = "id, holder, state, seal_id, certificate, valid_from_us, valid_until_us, \
     state_us, state_reason, revision";
const DOCUMENT: &str = "id, agency, layout, title, digest, code, case_id, at_us";

pub(super) async fn current(ctx: &mut Ctx, holder: &str) -> Result<Option<KeyRow>> {
    let sql = format!("SELECT {KEY} FROM {KEYS} WHERE k.holder = $1 AND k.state <> 'retired'");
    ctx.optional(&sql, vals![holder]).await
}

pub(super) async fn key(ctx: &mut Ctx, id: &str) -> Result<Option<KeyRow>> {
    ctx.optional(&format!("SELECT {KEY} FROM {KEYS} WHERE k.id = $1"), vals![id]).await
}

/// How many keys there have been for an agency's seals.
pub(super) async fn count(ctx: &mut Ctx, agency: &str) -> Result<i64> {
    let others = format!("{agency}/");
    let sql = "SELECT COUNT(*) FROM agency_key
         WHERE holder = $1 OR (holder >= $2 AND substr(holder, 1, length($2)) = $2)";
    ctx.count(sql, vals![agency, others]).await
}

/// Keeps the twin of a key.
pub(super) async fn set_twin(
    ctx: &mut Ctx,
    id: &str,
    sealed: Vec<u8>,
    certificate: &str,
) -> Result<()> {
    ctx.execute(
        "UPDATE agency_key SET twin_sealed = $2, twin_certificate = $3, revision = revision + 1
         WHERE id = $1",
        vals![id, sealed, certificate],
    )
    .await?;
    Ok(())
}

/// Keys of seals in use that have no twin.
pub(super) async fn untwinned(ctx: &mut Ctx) -> Result<Vec<KeyRow>> {
    let sql = format!(
        "SELECT {KEY} FROM {KEYS} WHERE k.state <> 'retired' AND k.seal_id <> ''
         AND k.twin_certificate IS NULL ORDER BY k.id"
    );
    ctx.all(&sql, vals![]).await
}

/// Erases a private key and its twin.
pub(super) async fn erase(ctx: &mut Ctx, id: &str) -> Result<()> {
    let nothing: Vec<u8> = Vec::new();
    ctx.execute(
        "UPDATE agency_key SET key_sealed = $2, twin_sealed = NULL, revision = revision + 1
         WHERE id = $1",
        vals![id, nothing],
    )
    .await?;
    Ok(())
}

/// Every key, oldest first.
pub(super) async fn all(ctx: &mut Ctx) -> Result<Vec<KeyRow>> {
    ctx.all(&format!("SELECT {KEY} FROM {KEYS} ORDER BY k.id"), vals![]).await
}

/// A key to be inserted.
pub(super) struct NewKey<'a> {
    pub id: &'a str,
    pub holder: &'a str,
    pub key_sealed: Vec<u8>,
    pub certificate: String,
    pub seal: Vec<u8>,
    pub seal_id: String,
    pub valid: (i64, i64),
}

/// Inserts a key; false when the holder has a current one already.
pub(super) async fn insert(ctx: &mut Ctx, new: NewKey<'_>) -> Result<bool> {
    let now = ctx.now;
    let inserted = ctx
        .execute(
            "INSERT INTO agency_key (id, holder, state, key_sealed, certificate, seal, seal_id,
             valid_from_us, valid_until_us, state_us, state_reason, revision)
             VALUES ($1, $2, 'active', $3, $4, $5, $6, $7, $8, $9, '', 1)
             ON CONFLICT DO NOTHING",
            vals![
                new.id,
                new.holder,
                new.key_sealed,
                new.certificate,
                new.seal,
                new.seal_id,
                new.valid.0,
                new.valid.1,
                now
            ],
        )
        .await?;
    Ok(inserted == 1)
}

pub(super) async fn set_state(ctx: &mut Ctx, id: &str, state: &str, reason: &str) -> Result<()> {
    let now = ctx.now;
    ctx.execute(
        "UPDATE agency_key SET state = $2, state_reason = $3, state_us = $4,
         revision = revision + 1 WHERE id = $1",
        vals![id, state, reason, now],
    )
    .await?;
    Ok(())
}

/// Keys of a holder, newest first.
pub(super) async fn of_holder(ctx: &mut Ctx, holder: &str) -> Result<Vec<SealRow>> {
    let sql = format!(
        "SELECT {SEAL} FROM agency_key WHERE holder = $1 AND seal_id <> '' ORDER BY id DESC LIMIT $2"
    );
    ctx.all(&sql, vals![holder, PAGE]).await
}

pub(super) async fn uses(ctx: &mut Ctx, key: &str, after: &str) -> Result<Vec<SealUse>> {
    let after = if after.is_empty() { "~" } else { after };
    ctx.all(
        "SELECT id, at_us, account, document_digest, reason, subject FROM seal_use
         WHERE key_id = $1 AND id < $2 ORDER BY id DESC LIMIT $3",
        vals![key, after, PAGE],
    )
    .await
}

pub(super) async fn insert_document(ctx: &mut Ctx, row: &SealedRow) -> Result<()> {
    let account = ctx.actor.account.clone();
    ctx.execute(
        "INSERT INTO sealed_document (id, agency, layout, title, digest, code, case_id, at_us,
         account) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
        vals![
            &row.id,
            &row.agency,
            &row.layout,
            &row.title,
            &row.digest,
            &row.code,
            &row.case_id,
            row.at_us,
            account
        ],
    )
    .await?;
    Ok(())
}

/// The sealed document with this public code.
pub(super) async fn document_by_code(ctx: &mut Ctx, code: &str) -> Result<Option<SealedRow>> {
    ctx.optional(&format!("SELECT {DOCUMENT} FROM sealed_document WHERE code = $1"), vals![code])
        .await
}

/// The sealed document with this id.
pub(super) async fn document(ctx: &mut Ctx, id: &str) -> Result<SealedRow> {
    ctx.optional(&format!("SELECT {DOCUMENT} FROM sealed_document WHERE id = $1"), vals![id])
        .await?
        .ok_or_else(Error::not_found)
}
