//! Writing an entry and computing its leaf.

use super::row;
use kernel::{Result, Timestamp, canonical};
use sea_orm::FromQueryResult;
use serde::{Deserialize, Serialize};
use serde_json::{Value as Json, json};
use store::{Ctx, vals};

/// The state of a row after an act.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RowDigest {
    /// Table.
    pub table: String,
    /// Value of its `id` column.
    pub id: String,
    /// SM3 of the row in hexadecimal; empty when the row is gone.
    pub digest: String,
    /// How many times the row has been recorded, this time included.
    pub seq: i64,
}

/// An entry as stored.
#[derive(Clone, Debug, FromQueryResult)]
pub struct Entry {
    /// Id; sorts by time.
    pub id: String,
    /// When, by the platform's clock, in microseconds.
    pub at_us: i64,
    /// Account that acted; the job's name for the platform, empty for nobody.
    pub actor: String,
    /// What was done, e.g. `case.accepted`.
    pub kind: String,
    /// To what, e.g. `case:01H…`.
    pub subject: String,
    /// Canonical JSON of the particulars: ids and codes, not personal data.
    pub body: String,
    /// Canonical JSON of [`RowDigest`]s.
    pub row_digests: String,
    /// SM3 over body and row digests.
    pub body_digest: String,
    /// 128 random bits.
    pub salt: String,
    /// Leaf hash in hexadecimal.
    pub leaf: String,
    /// Place in the log, from 0; none until sequenced.
    pub position: Option<i64>,
    /// The entry that records that the content of this one was erased; empty while it is there.
    pub erased_by: String,
}

pub(crate) const COLUMNS: &str = "id, at_us, actor, kind, subject, body, row_digests, body_digest, \
     salt, leaf, position, erased_by";

impl Entry {
    /// When.
    pub fn at(&self) -> Timestamp {
        Timestamp(self.at_us)
    }

    /// The bytes whose leaf hash stands in the log: canonical JSON of `{actor, at, body_digest,
    /// id, kind, salt, subject}`. Errors: none for what [`record`] wrote.
    pub fn leaf_data(&self) -> Result<String> {
        canonical::to_string(&json!({
            "id": self.id,
            "at": self.at_us,
            "actor": self.actor,
            "kind": self.kind,
            "subject": self.subject,
            "body_digest": self.body_digest,
            "salt": self.salt,
        }))
    }
}

/// SM3 that covers the particulars and the row digests together.
pub(crate) fn body_digest(body: &str, rows: &str) -> String {
    let mut stream = proof::digest::Stream::new();
    stream.update(&(body.len() as u64).to_be_bytes());
    stream.update(body.as_bytes());
    stream.update(rows.as_bytes());
    hex::encode(stream.finish())
}

/// The leaf hash of an entry in hexadecimal.
pub fn leaf_of(entry: &Entry) -> Result<String> {
    Ok(hex::encode(proof::log::leaf_hash(entry.leaf_data()?.as_bytes())))
}

/// Records an act on a subject (`case:ID`); the entry's id.
///
/// Errors: `canonical.float` when the body holds a floating-point number.
pub async fn record(ctx: &mut Ctx, kind: &str, subject: &str, body: Json) -> Result<String> {
    write(ctx, kind, subject, &body, &[]).await
}

/// Records an act together with the state of the row it left, so that verification of the log
/// finds the row changed by hand. `table` is a name in the program and has an `id` column, or is
/// written `table.column` for all rows whose column has the value `id`.
pub async fn record_row(
    ctx: &mut Ctx,
    kind: &str,
    subject: &str,
    body: Json,
    table: &'static str,
    id: &str,
) -> Result<String> {
    record_rows(ctx, kind, subject, body, &[(table, id)]).await
}

/// As [`record_row`], for several rows.
pub async fn record_rows(
    ctx: &mut Ctx,
    kind: &str,
    subject: &str,
    body: Json,
    rows: &[(&'static str, &str)],
) -> Result<String> {
    write(ctx, kind, subject, &body, rows).await
}

/// As [`record_row`], with the row as the statement that changed it gave it back, so that it need
/// not be read again.
pub async fn record_changed(
    ctx: &mut Ctx,
    kind: &str,
    subject: &str,
    body: Json,
    table: &'static str,
    row: serde_json::Map<String, Json>,
) -> Result<String> {
    let id = row.get("id").and_then(Json::as_str).unwrap_or_default().to_owned();
    let (entry, digest) = (ctx.id(), row::of(row)?);
    let digests = [row::record(ctx, table, &id, &entry, digest).await?];
    keep(ctx, entry, kind, subject, &body, &digests).await
}

/// The entry with this id. Errors: `not_found`.
pub async fn by_id(ctx: &mut Ctx, id: &str) -> Result<Entry> {
    ctx.one(&format!("SELECT {COLUMNS} FROM evidence_entry WHERE id = $1"), vals![id]).await
}

async fn write(
    ctx: &mut Ctx,
    kind: &str,
    subject: &str,
    body: &Json,
    rows: &[(&'static str, &str)],
) -> Result<String> {
    let id = ctx.id();
    let mut digests: Vec<RowDigest> = Vec::with_capacity(rows.len());
    for (table, row_id) in rows {
        let digest = row::digest(ctx, table, row_id).await?;
        digests.push(row::record(ctx, table, row_id, &id, digest).await?);
    }
    keep(ctx, id, kind, subject, body, &digests).await
}

async fn keep(
    ctx: &mut Ctx,
    id: String,
    kind: &str,
    subject: &str,
    body: &Json,
    digests: &[RowDigest],
) -> Result<String> {
    let body = canonical::to_string(body)?;
    let row_digests = canonical::to_string(&json!(digests))?;
    let mut entry = Entry {
        id,
        at_us: ctx.now.0,
        actor: ctx.actor.account.clone(),
        kind: kind.to_owned(),
        subject: subject.to_owned(),
        body_digest: body_digest(&body, &row_digests),
        body,
        row_digests,
        salt: hex::encode(ctx.random.bytes::<16>()),
        leaf: String::new(),
        position: None,
        erased_by: String::new(),
    };
    entry.leaf = leaf_of(&entry)?;
    ctx.execute_later(
        "INSERT INTO evidence_entry (id, at_us, actor, kind, subject, body, row_digests,
         body_digest, salt, leaf, position) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, NULL)",
        vals![
            &entry.id,
            entry.at_us,
            &entry.actor,
            &entry.kind,
            &entry.subject,
            &entry.body,
            &entry.row_digests,
            &entry.body_digest,
            &entry.salt,
            &entry.leaf
        ],
    )
    .await?;
    crate::evidence::wake(ctx).await?;
    Ok(entry.id)
}
