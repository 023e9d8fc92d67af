//! The digest of a row as it stands, the same on both engines, and the pointer from a row to the
//! newest entry that recorded it.

use super::record::RowDigest;
use kernel::{Result, canonical};
use serde_json::Value as Json;
use store::{Ctx, vals};

/// SM3 of the row with this id, in hexadecimal; empty when there is none. `table` is a name in the
/// program, never input. Written `table.column` it means all rows whose column has the value, as
/// one: what was added, taken away or changed among them shows. Who writes such rows holds what
/// they belong to, or two writers would each leave out the other's.
pub async fn digest(ctx: &mut Ctx, table: &str, id: &str) -> Result<String> {
    if let Some((table, column)) = table.split_once('.') {
        return digest_all(ctx, table, column, id).await;
    }
    let sql = format!("SELECT * FROM {table} WHERE id = $1");
    match ctx.row_json(&sql, vals![id]).await? {
        Some(row) => of(row),
        None => Ok(String::new()),
    }
}

/// SM3 over the digests of all rows whose column has the value, whatever order they come in; empty
/// when there are none.
async fn digest_all(ctx: &mut Ctx, table: &str, column: &str, value: &str) -> Result<String> {
    let sql = format!("SELECT * FROM {table} WHERE {column} = $1");
    let rows = ctx.rows_json(&sql, vals![value]).await?;
    if rows.is_empty() {
        return Ok(String::new());
    }
    let mut digests: Vec<String> = rows.into_iter().map(of).collect::<Result<_>>()?;
    digests.sort();
    Ok(proof::digest::sm3_hex(digests.join("\n").as_bytes()))
}

/// True for what may stand as a table in [`digest`].
pub(crate) fn is_table(name: &str) -> bool {
    let plain =
        |part: &str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_lowercase() || b == b'_');
    name.split('.').count() <= 2 && name.split('.').all(plain)
}

/// SM3 of a row as it was read.
pub(super) fn of(row: serde_json::Map<String, Json>) -> Result<String> {
    // Columns sorted by name, so that a column added in another order on another engine is the
    // same; columns of NULL are left out, so that a later migration that adds one changes nothing.
    let present: serde_json::Map<String, Json> =
        row.into_iter().filter(|(_, value)| !value.is_null()).collect();
    let text = canonical::to_string(&Json::Object(present))?;
    Ok(proof::digest::sm3_hex(text.as_bytes()))
}

/// Takes the row's digest and points the row to the entry. The pointer counts, so that of two
/// entries on one row the later is known whatever their order in the log.
pub(super) async fn record(
    ctx: &mut Ctx,
    table: &str,
    id: &str,
    entry: &str,
    digest: String,
) -> Result<RowDigest> {
    let pointed = ctx
        .changed_row(
            "INSERT INTO evidence_row (id, entry_id, digest, seq) VALUES ($1, $2, $3, 1)
             ON CONFLICT (id) DO UPDATE SET entry_id = excluded.entry_id, digest = excluded.digest,
             seq = evidence_row.seq + 1 RETURNING seq",
            vals![pointer_id(table, id), entry, &digest],
        )
        .await?;
    let seq = pointed.and_then(|row| row.get("seq").and_then(Json::as_i64)).unwrap_or(1);
    Ok(RowDigest { table: table.to_owned(), id: id.to_owned(), digest, seq })
}

/// Id of the pointer of a row.
pub(crate) fn pointer_id(table: &str, id: &str) -> String {
    format!("{table}/{id}")
}

/// True when an entry of the log recorded the row: the log proves it as it now stands.
pub async fn recorded(ctx: &mut Ctx, table: &str, id: &str) -> Result<bool> {
    let sql = "SELECT e.row_digests FROM evidence_row r JOIN evidence_entry e ON e.id = r.entry_id
         WHERE r.id = $1";
    let found: Option<String> = ctx.scalar(sql, vals![pointer_id(table, id)]).await?;
    let Some(found) = found else { return Ok(false) };
    let rows: Vec<RowDigest> = serde_json::from_str(&found).map_err(kernel::Error::internal)?;
    Ok(rows.iter().any(|row| row.table == table && row.id == id))
}
