//! SQL of registries.

use super::fields::{self, Fields};
use super::registry::Record;
use kernel::{Error, Random, Result, Timestamp, canonical};
use pack::Registry;
use proof::vault::Vault;
use sea_orm::FromQueryResult;
use serde_json::Value as Json;
use store::{Ctx, dialect, vals};

/// Purpose under which records are sealed.
const PAYLOAD: &str = "data.record";
/// Purpose of the index by which a person finds what is about him: the one all areas share.
pub(crate) const SUBJECT_INDEX: &str = party::person::NUMBER_INDEX;
/// Hexadecimal digits kept of a key's index: 128 bits tell ten billion values apart.
const INDEX_DIGITS: usize = 32;
/// Most records one search gives.
pub(super) const FOUND_MAX: usize = 50;

/// A row as stored; also a former version.
#[derive(FromQueryResult)]
pub(super) struct Row {
    pub(super) id: String,
    registry: String,
    pub(super) version: i64,
    payload_sealed: Vec<u8>,
    division: String,
    pub(super) observed_us: i64,
    valid_from_us: i64,
}

const COLUMNS: &str =
    "r.id, r.registry, r.version, r.payload_sealed, r.division, r.observed_us, r.valid_from_us";

impl Row {
    pub(super) fn open(self, vault: &Vault) -> Result<Record> {
        Ok(Record {
            fields: open(vault, &self.payload_sealed)?,
            id: self.id,
            registry: self.registry,
            version: self.version,
            division: self.division,
            observed: Timestamp(self.observed_us),
            valid_from: Timestamp(self.valid_from_us),
        })
    }
}

fn open(vault: &Vault, sealed: &[u8]) -> Result<Fields> {
    let plain = vault.open(PAYLOAD, sealed).map_err(Error::internal)?;
    serde_json::from_slice(&plain).map_err(Error::internal)
}

/// The record sealed, as canonical JSON.
pub(super) fn seal(vault: &Vault, fields: &Fields, random: &mut Random) -> Result<Vec<u8>> {
    let object =
        Json::Object(fields.iter().map(|(id, value)| (id.clone(), value.clone())).collect());
    let text = canonical::to_string(&object)?;
    vault.seal(PAYLOAD, text.as_bytes(), random)
}

/// Blind index of a key's value.
pub(super) fn index(vault: &Vault, registry: &str, key: &str, text: &str) -> String {
    let mut index = vault.index(&format!("data.key.{registry}.{key}"), &fields::normalised(text));
    index.truncate(INDEX_DIGITS);
    index
}

/// Index of the identifier's value.
pub(super) fn identifier_index(vault: &Vault, registry: &Registry, values: &Fields) -> String {
    let text = values.get(&registry.identifier).map(fields::plain).unwrap_or_default();
    index(vault, &registry.id, &registry.identifier, &text)
}

/// The other keys that have a value, with their indexes.
pub(super) fn key_indexes<'a>(
    vault: &Vault,
    registry: &'a Registry,
    values: &Fields,
) -> Vec<(&'a str, String)> {
    let others = registry.keys.iter().filter(|key| **key != registry.identifier);
    others
        .filter_map(|key| {
            let text = fields::plain(values.get(key)?);
            Some((key.as_str(), index(vault, &registry.id, key, &text)))
        })
        .collect()
}

/// The record with the identifier index, held until the transaction ends.
pub(super) async fn hold(ctx: &mut Ctx, registry: &str, index: &str) -> Result<Option<Row>> {
    let lock = dialect::for_update(ctx.engine());
    let sql = format!(
        "SELECT {COLUMNS} FROM registry_record r WHERE r.registry = $1 AND r.identifier_index = $2{lock}"
    );
    ctx.optional(&sql, vals![registry, index]).await
}

/// The record with this id.
pub(super) async fn by_id(ctx: &mut Ctx, id: &str) -> Result<Option<Row>> {
    ctx.optional(&format!("SELECT {COLUMNS} FROM registry_record r WHERE r.id = $1"), vals![id])
        .await
}

/// Records whose key has the value, the newest observation first.
pub(super) async fn search(
    ctx: &mut Ctx,
    registry: &Registry,
    key: &str,
    text: &str,
) -> Result<Vec<Row>> {
    let index = index(&ctx.env.vault, &registry.id, key, text);
    if key == registry.identifier {
        let sql = format!(
            "SELECT {COLUMNS} FROM registry_record r WHERE r.registry = $1 AND r.identifier_index = $2"
        );
        return ctx.all(&sql, vals![&registry.id, index]).await;
    }
    let sql = format!(
        "SELECT {COLUMNS} FROM registry_key k JOIN registry_record r ON r.id = k.record_id
         WHERE k.registry = $1 AND k.key_name = $2 AND k.value_index = $3
         ORDER BY r.observed_us DESC, r.id DESC LIMIT $4"
    );
    ctx.all(&sql, vals![&registry.id, key, index, FOUND_MAX]).await
}

/// Inserts a first version; false when another transaction has just done so.
pub(super) async fn insert(
    ctx: &mut Ctx,
    record: &Record,
    index: &str,
    sealed: Vec<u8>,
) -> Result<bool> {
    let inserted = ctx
        .execute(
            "INSERT INTO registry_record (id, registry, identifier_index, version, payload_sealed,
             division, observed_us, valid_from_us) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
             ON CONFLICT (registry, identifier_index) DO NOTHING",
            vals![
                &record.id,
                &record.registry,
                index,
                record.version,
                sealed,
                &record.division,
                record.observed,
                record.valid_from
            ],
        )
        .await?;
    Ok(inserted == 1)
}

/// Keeps the present version as a former one, valid until now.
pub(super) async fn keep(ctx: &mut Ctx, id: &str) -> Result<()> {
    let now = ctx.now;
    ctx.execute(
        "INSERT INTO registry_version (record_id, version, payload_sealed, division, observed_us,
         valid_from_us, valid_to_us)
         SELECT id, version, payload_sealed, division, observed_us, valid_from_us, $2
         FROM registry_record WHERE id = $1",
        vals![id, now],
    )
    .await?;
    Ok(())
}

/// Puts the next version in place. Errors: `store.unique` when another record has the identifier.
pub(super) async fn replace(
    ctx: &mut Ctx,
    record: &Record,
    index: &str,
    sealed: Vec<u8>,
) -> Result<()> {
    ctx.execute(
        "UPDATE registry_record SET identifier_index = $2, version = $3, payload_sealed = $4,
         division = $5, observed_us = $6, valid_from_us = $7 WHERE id = $1",
        vals![
            &record.id,
            index,
            record.version,
            sealed,
            &record.division,
            record.observed,
            record.valid_from
        ],
    )
    .await?;
    Ok(())
}

/// Notes that the present content was observed again.
pub(super) async fn observe(ctx: &mut Ctx, id: &str, observed: Timestamp) -> Result<()> {
    let sql = "UPDATE registry_record SET observed_us = $2 WHERE id = $1";
    ctx.execute(sql, vals![id, observed]).await?;
    Ok(())
}

/// Writes the record's key rows anew.
pub(super) async fn set_keys(ctx: &mut Ctx, registry: &Registry, record: &Record) -> Result<()> {
    ctx.execute("DELETE FROM registry_key WHERE record_id = $1", vals![&record.id]).await?;
    for (key, index) in key_indexes(&ctx.env.vault.clone(), registry, &record.fields) {
        ctx.execute(
            "INSERT INTO registry_key (registry, key_name, value_index, record_id)
             VALUES ($1, $2, $3, $4)",
            vals![&registry.id, key, index, &record.id],
        )
        .await?;
    }
    Ok(())
}

/// Counts records in or, when negative, out of a division.
pub(super) async fn tally(ctx: &mut Ctx, registry: &str, division: &str, more: i64) -> Result<()> {
    ctx.execute(
        "INSERT INTO registry_tally (id, registry, division, records) VALUES ($1, $2, $3, $4)
         ON CONFLICT (id) DO UPDATE SET records = registry_tally.records + excluded.records",
        vals![format!("{registry}/{division}"), registry, division, more],
    )
    .await?;
    Ok(())
}

/// Records a registry holds.
pub(super) async fn records(ctx: &mut Ctx, registry: &str) -> Result<i64> {
    // CAST: PostgreSQL sums integers as numeric, which is no 64-bit integer.
    let sql =
        "SELECT CAST(COALESCE(SUM(records), 0) AS BIGINT) FROM registry_tally WHERE registry = $1";
    ctx.count(sql, vals![registry]).await
}

/// A row of a record as a load writes it.
#[derive(FromQueryResult)]
pub(super) struct LoadedRow {
    pub(super) id: String,
    pub(super) registry: String,
    pub(super) identifier_index: String,
    pub(super) version: i64,
    pub(super) payload_sealed: Vec<u8>,
    pub(super) division: String,
    pub(super) observed_us: i64,
    pub(super) valid_from_us: i64,
}

const LOADED: &str = "SELECT id, registry, identifier_index, version, payload_sealed, division,
     observed_us, valid_from_us FROM registry_record";

/// The row of a record.
pub(super) async fn loaded_row(ctx: &mut Ctx, id: &str) -> Result<Option<LoadedRow>> {
    ctx.optional(&format!("{LOADED} WHERE id = $1"), vals![id]).await
}

/// The rows between two ids: those of one part of a load, and the few written meanwhile.
pub(super) async fn between(ctx: &mut Ctx, first: &str, last: &str) -> Result<Vec<LoadedRow>> {
    ctx.all(&format!("{LOADED} WHERE id >= $1 AND id <= $2"), vals![first, last]).await
}

/// Former versions of a record, the newest first.
pub(super) async fn former(ctx: &mut Ctx, id: &str, limit: usize) -> Result<Vec<Row>> {
    ctx.all(
        "SELECT v.record_id AS id, '' AS registry, v.version, v.payload_sealed, v.division,
         v.observed_us, v.valid_from_us FROM registry_version v
         WHERE v.record_id = $1 ORDER BY v.version DESC LIMIT $2",
        vals![id, limit],
    )
    .await
}

/// One former version.
pub(super) async fn former_at(ctx: &mut Ctx, id: &str, version: i64) -> Result<Option<Row>> {
    ctx.optional(
        "SELECT v.record_id AS id, '' AS registry, v.version, v.payload_sealed, v.division,
         v.observed_us, v.valid_from_us FROM registry_version v
         WHERE v.record_id = $1 AND v.version = $2",
        vals![id, version],
    )
    .await
}
