//! Rows of authorities, keys, certificates, orders and lists.

use super::model::{Authority, Certified, Order};
use super::provider::Held;
use ::store::{Ctx, vals};
use kernel::{Error, Result};
use sea_orm::FromQueryResult;

/// Rows on one page.
pub(super) const PAGE: usize = 50;
/// Most authorities; a province has some dozens.
const AUTHORITIES_MAX: i64 = 500;

const AUTHORITY: &str = "id, parent, depth, division, name, algorithm, state, revision";
const CERTIFICATE: &str = "id, authority, profile, holder, division, name, serial, certificate, \
     not_before_us, not_after_us, state, since_us, cause, state_reason, predecessor, revision";
const ORDER: &str = "id, kind, division, target, body, reason, ordered_by, ordered_party, \
     ordered_name, ordered_us, state, decided_by, decided_name, decided_us, remark, result, revision";

pub(super) async fn insert_authority(ctx: &mut Ctx, new: &Authority) -> Result<()> {
    ctx.execute(
        "INSERT INTO authority (id, parent, depth, division, name, algorithm, state, revision)
         VALUES ($1, $2, $3, $4, $5, $6, 'active', 1)",
        vals![&new.id, &new.parent, new.depth, &new.division, &new.name, &new.algorithm],
    )
    .await?;
    Ok(())
}

/// The authority. Errors: `not_found`.
pub(super) async fn authority(ctx: &mut Ctx, id: &str) -> Result<Authority> {
    let sql = format!("SELECT {AUTHORITY} FROM authority WHERE id = $1");
    ctx.optional(&sql, vals![id]).await?.ok_or_else(Error::not_found)
}

/// All authorities, from the roots down.
pub(super) async fn authorities(ctx: &mut Ctx) -> Result<Vec<Authority>> {
    let sql = format!("SELECT {AUTHORITY} FROM authority ORDER BY depth, id LIMIT $1");
    ctx.all(&sql, vals![AUTHORITIES_MAX]).await
}

/// Authorities that issue under an algorithm, the deepest and newest first.
pub(super) async fn issuing(ctx: &mut Ctx, algorithm: &str) -> Result<Vec<Authority>> {
    let sql = format!(
        "SELECT {AUTHORITY} FROM authority WHERE state = 'active' AND algorithm = $1
         ORDER BY depth DESC, id DESC LIMIT $2"
    );
    ctx.all(&sql, vals![algorithm, AUTHORITIES_MAX]).await
}

/// True when another authority in use has the name.
pub(super) async fn is_named(ctx: &mut Ctx, name: &str) -> Result<bool> {
    Ok(ctx.count("SELECT COUNT(*) FROM authority WHERE name = $1", vals![name]).await? > 0)
}

pub(super) async fn retire_authority(ctx: &mut Ctx, id: &str) -> Result<()> {
    ctx.execute(
        "UPDATE authority SET state = 'retired', revision = revision + 1 WHERE id = $1",
        vals![id],
    )
    .await?;
    Ok(())
}

pub(super) async fn insert_key(ctx: &mut Ctx, provider: &str, key: &Held) -> Result<()> {
    let algorithm = super::model::algorithm_name(key.algorithm);
    ctx.execute(
        "INSERT INTO authority_key (id, provider, algorithm, public_key, kept)
         VALUES ($1, $2, $3, $4, $5)",
        vals![&key.id, provider, algorithm, &key.public, &key.kept],
    )
    .await?;
    Ok(())
}

#[derive(FromQueryResult)]
struct KeyRow {
    provider: String,
    algorithm: String,
    public_key: Vec<u8>,
    kept: Vec<u8>,
}

/// A key and the name of its provider. Errors: `not_found`.
pub(super) async fn key(ctx: &mut Ctx, id: &str) -> Result<(String, Held)> {
    let sql = "SELECT provider, algorithm, public_key, kept FROM authority_key WHERE id = $1";
    let row: Option<KeyRow> = ctx.optional(sql, vals![id]).await?;
    let row = row.ok_or_else(Error::not_found)?;
    let algorithm = super::model::algorithm(&row.algorithm).map_err(Error::internal)?;
    let held = Held { id: id.to_owned(), algorithm, public: row.public_key, kept: row.kept };
    Ok((row.provider, held))
}

/// A certificate to be entered.
pub(super) struct NewCertificate<'a> {
    pub row: &'a Certified,
    pub key_digest: &'a str,
}

pub(super) async fn insert_certificate(ctx: &mut Ctx, new: NewCertificate<'_>) -> Result<()> {
    let row = new.row;
    ctx.execute(
        "INSERT INTO authority_certificate (id, authority, profile, holder, division, name, serial,
         key_digest, certificate, not_before_us, not_after_us, state, since_us, cause, state_reason,
         predecessor, revision)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, 'valid', $12, '', '', $13, 1)",
        vals![
            &row.id,
            &row.authority,
            &row.profile,
            &row.holder,
            &row.division,
            &row.name,
            &row.serial,
            new.key_digest,
            &row.certificate,
            row.not_before_us,
            row.not_after_us,
            row.since_us,
            &row.predecessor
        ],
    )
    .await?;
    Ok(())
}

/// The certificate. Errors: `not_found`.
pub(super) async fn certificate(ctx: &mut Ctx, id: &str) -> Result<Certified> {
    let sql = format!("SELECT {CERTIFICATE} FROM authority_certificate WHERE id = $1");
    ctx.optional(&sql, vals![id]).await?.ok_or_else(Error::not_found)
}

/// Certificates of an authority whose holders are within reach, newest first, at most one page and
/// the first of the next. Errors: `denied`.
pub(super) async fn of_authority(
    ctx: &mut Ctx,
    authority: &str,
    before: &str,
) -> Result<Vec<Certified>> {
    let before = if before.is_empty() { "~" } else { before };
    let within = within(ctx)?;
    let sql = format!(
        "SELECT {CERTIFICATE} FROM authority_certificate
         WHERE authority = $1 AND id < $2 AND division LIKE $3 ORDER BY id DESC LIMIT $4"
    );
    ctx.all(&sql, vals![authority, before, within, PAGE + 1]).await
}

/// The newest certificate of a holder for a use.
pub(super) async fn newest(
    ctx: &mut Ctx,
    holder: &str,
    profile: &str,
) -> Result<Option<Certified>> {
    let sql = format!(
        "SELECT {CERTIFICATE} FROM authority_certificate WHERE holder = $1 AND profile = $2
         ORDER BY id DESC LIMIT 1"
    );
    ctx.optional(&sql, vals![holder, profile]).await
}

/// Certificates with a serial number; serial numbers of 120 random bits are all but unique.
pub(super) async fn by_serial(ctx: &mut Ctx, serial: &str) -> Result<Vec<Certified>> {
    let sql = format!("SELECT {CERTIFICATE} FROM authority_certificate WHERE serial = $1 LIMIT 10");
    ctx.all(&sql, vals![serial]).await
}

/// The certificate of an authority with a serial number.
pub(super) async fn issued(
    ctx: &mut Ctx,
    authority: &str,
    serial: &str,
) -> Result<Option<Certified>> {
    let sql = format!(
        "SELECT {CERTIFICATE} FROM authority_certificate WHERE authority = $1 AND serial = $2"
    );
    ctx.optional(&sql, vals![authority, serial]).await
}

/// What an authority has taken back, in order of serial numbers.
pub(super) async fn ended(ctx: &mut Ctx, authority: &str) -> Result<Vec<Certified>> {
    let sql = format!(
        "SELECT {CERTIFICATE} FROM authority_certificate WHERE authority = $1 AND state <> 'valid'
         ORDER BY serial"
    );
    ctx.all(&sql, vals![authority]).await
}

/// True when the key has been certified.
pub(super) async fn is_key_known(ctx: &mut Ctx, digest: &str) -> Result<bool> {
    let sql = "SELECT COUNT(*) FROM authority_certificate WHERE key_digest = $1";
    Ok(ctx.count(sql, vals![digest]).await? > 0)
}

/// Ids of all certificates on record.
pub(super) async fn ids(ctx: &mut Ctx) -> Result<Vec<String>> {
    ctx.column("SELECT id FROM authority_certificate", vals![]).await
}

/// Roots' certificates, oldest first.
pub(super) async fn roots(ctx: &mut Ctx) -> Result<Vec<String>> {
    let sql = "SELECT c.certificate FROM authority a JOIN authority_certificate c ON c.id = a.id
         WHERE a.parent = '' ORDER BY a.id";
    ctx.column(sql, vals![]).await
}

/// What a certificate's state becomes.
pub(super) struct NewState<'a> {
    pub state: &'a str,
    pub since_us: i64,
    pub cause: &'a str,
    pub reason: &'a str,
}

pub(super) async fn set_state(ctx: &mut Ctx, id: &str, new: &NewState<'_>) -> Result<()> {
    ctx.execute(
        "UPDATE authority_certificate SET state = $2, since_us = $3, cause = $4, state_reason = $5,
         revision = revision + 1 WHERE id = $1",
        vals![id, new.state, new.since_us, new.cause, new.reason],
    )
    .await?;
    Ok(())
}

pub(super) async fn insert_order(ctx: &mut Ctx, order: &Order) -> Result<()> {
    ctx.execute(
        "INSERT INTO authority_order (id, kind, division, target, body, reason, ordered_by,
         ordered_party, ordered_name, ordered_us, state, decided_by, decided_name, decided_us,
         remark, result, revision)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, 'open', '', '', 0, '', '', 1)",
        vals![
            &order.id,
            &order.kind,
            &order.division,
            &order.target,
            &order.body,
            &order.reason,
            &order.ordered_by,
            &order.ordered_party,
            &order.ordered_name,
            order.ordered_us
        ],
    )
    .await?;
    Ok(())
}

/// The order. Errors: `not_found`.
pub(super) async fn order(ctx: &mut Ctx, id: &str) -> Result<Order> {
    let sql = format!("SELECT {ORDER} FROM authority_order WHERE id = $1");
    ctx.optional(&sql, vals![id]).await?.ok_or_else(Error::not_found)
}

/// Orders within reach in a state, newest first, at most one page. Errors: `denied`.
pub(super) async fn orders(ctx: &mut Ctx, state: &str) -> Result<Vec<Order>> {
    let within = within(ctx)?;
    let sql = format!(
        "SELECT {ORDER} FROM authority_order WHERE state = $1 AND division LIKE $2
         ORDER BY id DESC LIMIT $3"
    );
    ctx.all(&sql, vals![state, within, PAGE]).await
}

/// What the codes of all divisions within the actor's reach look like. Errors: `denied`.
fn within(ctx: &Ctx) -> Result<String> {
    Ok(format!("{}%", party::authority::scope_prefix(ctx)?))
}

/// True when an order about it is open.
pub(super) async fn is_ordered(ctx: &mut Ctx, kind: &str, target: &str) -> Result<bool> {
    let sql = "SELECT COUNT(*) FROM authority_order
         WHERE target = $1 AND state = 'open' AND kind = $2";
    Ok(ctx.count(sql, vals![target, kind]).await? > 0)
}

pub(super) async fn decide_order(
    ctx: &mut Ctx,
    id: &str,
    state: &str,
    remark: &str,
    result: &str,
) -> Result<()> {
    let (now, account, name) = (ctx.now, ctx.actor.account.clone(), ctx.actor.name.clone());
    ctx.execute(
        "UPDATE authority_order SET state = $2, decided_by = $3, decided_name = $4, decided_us = $5,
         remark = $6, result = $7, revision = revision + 1 WHERE id = $1",
        vals![id, state, account, name, now, remark, result],
    )
    .await?;
    Ok(())
}

/// Counts that an authority's certificates changed; in the transaction of the change.
pub(super) async fn changed(ctx: &mut Ctx, authority: &str) -> Result<()> {
    ctx.execute(
        "INSERT INTO authority_change (id, seq) VALUES ($1, 1)
         ON CONFLICT (id) DO UPDATE SET seq = authority_change.seq + 1",
        vals![authority],
    )
    .await?;
    Ok(())
}

pub(super) async fn change(ctx: &mut Ctx, authority: &str) -> Result<i64> {
    ctx.count("SELECT seq FROM authority_change WHERE id = $1", vals![authority]).await
}

/// A list as published.
#[derive(FromQueryResult)]
pub(super) struct ListRow {
    pub number: i64,
    pub seq: i64,
    pub made_us: i64,
    pub list: Vec<u8>,
}

/// The newest list of an authority, or the one with a number.
pub(super) async fn list(
    ctx: &mut Ctx,
    authority: &str,
    number: Option<i64>,
) -> Result<Option<ListRow>> {
    let columns = "SELECT number, seq, made_us, list FROM authority_list WHERE authority = $1";
    match number {
        Some(number) => {
            ctx.optional(&format!("{columns} AND number = $2"), vals![authority, number]).await
        }
        None => {
            let sql = format!("{columns} ORDER BY number DESC LIMIT 1");
            ctx.optional(&sql, vals![authority]).await
        }
    }
}

pub(super) async fn insert_list(ctx: &mut Ctx, authority: &str, row: &ListRow) -> Result<()> {
    ctx.execute(
        "INSERT INTO authority_list (id, authority, number, seq, made_us, list)
         VALUES ($1, $2, $3, $4, $5, $6)",
        vals![
            format!("{authority}/{}", row.number),
            authority,
            row.number,
            row.seq,
            row.made_us,
            &row.list
        ],
    )
    .await?;
    Ok(())
}
