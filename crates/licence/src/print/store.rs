//! SQL of blanks and prints.

use super::model::{Consignment, Count, Print};
use ::store::{Ctx, vals};
use kernel::Result;
use sea_orm::FromQueryResult;

/// Prints of a licence, and last ones of an agency, that are listed.
const LISTED: i64 = 50;

const CONSIGNMENT: &str = "id, agency, type_id, series, first, last, source, at_us, account, name";
const PRINT: &str = "id, agency, type_id, serial, licence, place, state, reason, at_us, account, \
     name, ended_us, ended_name, ended_reason";

/// Holds the series until the transaction ends.
pub(super) async fn hold_series(ctx: &mut Ctx, series: &str) -> Result<()> {
    let sql = "INSERT INTO licence_blank_series (id, consignments) VALUES ($1, 1)
         ON CONFLICT (id) DO UPDATE SET consignments = licence_blank_series.consignments + 1";
    ctx.execute(sql, vals![series]).await.map(drop)
}

/// True when some number of the run has been received, by whatever agency.
pub(super) async fn overlaps(ctx: &mut Ctx, series: &str, first: i64, last: i64) -> Result<bool> {
    let sql = "SELECT COUNT(*) FROM licence_blank WHERE series = $1 AND first <= $3 AND last >= $2";
    Ok(ctx.count(sql, vals![series, first, last]).await? > 0)
}

pub(super) async fn insert(ctx: &mut Ctx, new: &Consignment) -> Result<()> {
    let sql = format!(
        "INSERT INTO licence_blank ({CONSIGNMENT}) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)"
    );
    let values = vals![
        &new.id,
        &new.agency,
        &new.type_id,
        &new.series,
        new.first,
        new.last,
        &new.source,
        new.at_us,
        &new.account,
        &new.name
    ];
    ctx.execute(&sql, values).await.map(drop)
}

/// True when the agency received this blank.
pub(super) async fn received(
    ctx: &mut Ctx,
    agency: &str,
    series: &str,
    number: i64,
) -> Result<bool> {
    let sql = "SELECT COUNT(*) FROM licence_blank
         WHERE series = $1 AND agency = $2 AND first <= $3 AND last >= $3";
    Ok(ctx.count(sql, vals![series, agency, number]).await? > 0)
}

/// Enters a used blank; false when it was used before.
pub(super) async fn insert_print(ctx: &mut Ctx, new: &Print) -> Result<bool> {
    let sql = format!(
        "INSERT INTO licence_print ({PRINT})
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)
         ON CONFLICT (type_id, serial) DO NOTHING"
    );
    let values = vals![
        &new.id,
        &new.agency,
        &new.type_id,
        &new.serial,
        &new.licence,
        new.place,
        &new.state,
        &new.reason,
        new.at_us,
        &new.account,
        &new.name,
        new.ended_us,
        &new.ended_name,
        &new.ended_reason
    ];
    Ok(ctx.execute(&sql, values).await? == 1)
}

/// The prints of a licence, newest first.
pub(super) async fn of_licence(ctx: &mut Ctx, licence: &str) -> Result<Vec<Print>> {
    let sql = format!(
        "SELECT {PRINT} FROM licence_print WHERE licence = $1 ORDER BY place DESC LIMIT $2"
    );
    ctx.all(&sql, vals![licence, LISTED]).await
}

/// The last blanks that an agency used, newest first.
pub(super) async fn of_agency(ctx: &mut Ctx, agency: &str) -> Result<Vec<Print>> {
    let sql =
        format!("SELECT {PRINT} FROM licence_print WHERE agency = $1 ORDER BY id DESC LIMIT $2");
    ctx.all(&sql, vals![agency, LISTED]).await
}

/// The print on a blank of this serial.
pub(super) async fn by_serial(ctx: &mut Ctx, type_id: &str, serial: &str) -> Result<Option<Print>> {
    let sql = format!("SELECT {PRINT} FROM licence_print WHERE type_id = $1 AND serial = $2");
    ctx.optional(&sql, vals![type_id, serial]).await
}

/// Voids a print.
pub(super) async fn end(ctx: &mut Ctx, id: &str, reason: &str) -> Result<()> {
    let (now, name) = (ctx.now.0, ctx.actor.name.clone());
    let sql = "UPDATE licence_print SET state = 'void', ended_us = $2, ended_name = $3,
         ended_reason = $4 WHERE id = $1";
    ctx.execute(sql, vals![id, now, name, reason]).await.map(drop)
}

/// How many blanks of a type an agency has in one way.
#[derive(FromQueryResult)]
pub(super) struct Sum {
    pub(super) type_id: String,
    /// `received`, or the state of a print.
    pub(super) what: String,
    pub(super) n: i64,
}

pub(super) async fn sums(ctx: &mut Ctx, agency: &str) -> Result<Vec<Sum>> {
    let sql = "SELECT type_id, 'received' AS what, CAST(SUM(last - first + 1) AS BIGINT) AS n
         FROM licence_blank WHERE agency = $1 GROUP BY type_id
         UNION ALL
         SELECT type_id, state AS what, COUNT(*) AS n
         FROM licence_print WHERE agency = $1 GROUP BY type_id, state
         ORDER BY type_id, what";
    ctx.all(sql, vals![agency]).await
}

pub(super) async fn insert_count(ctx: &mut Ctx, agency: &str, new: &Count) -> Result<()> {
    let account = ctx.actor.account.clone();
    let sql = "INSERT INTO licence_blank_count
         (id, agency, type_id, counted, expected, reason, at_us, account, name)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)";
    let values = vals![
        &new.id,
        agency,
        &new.type_id,
        new.counted,
        new.expected,
        &new.reason,
        new.at_us,
        account,
        &new.name
    ];
    ctx.execute(sql, values).await.map(drop)
}

/// The last count of a type at an agency.
pub(super) async fn last_count(
    ctx: &mut Ctx,
    agency: &str,
    type_id: &str,
) -> Result<Option<Count>> {
    let sql = "SELECT id, type_id, counted, expected, reason, at_us, name FROM licence_blank_count
         WHERE agency = $1 AND type_id = $2 ORDER BY id DESC LIMIT 1";
    ctx.optional(sql, vals![agency, type_id]).await
}
