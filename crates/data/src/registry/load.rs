//! Filling a registry from its source's first delivery: many records in few statements.

use super::fields::{self, Fields};
use super::leaf::Growing;
use super::registry::{defined, known_division, put};
use super::store::{self, LoadedRow};
use ::store::{Ctx, Value, vals};
use kernel::{Error, Result, Timestamp};
use pack::Registry;
use serde_json::Value as Json;
use std::collections::{BTreeMap, BTreeSet};

/// Records written by one statement. SQLite looks for the name of each bound value among all of
/// the statement, so the cost of a value grows with their number; beyond some fifty rows nothing is
/// gained by making fewer statements.
const BATCH: usize = 50;

/// A record to be loaded.
#[derive(Clone, Debug)]
pub struct NewRecord {
    /// Object of field id → value.
    pub record: Json,
    /// When the source saw it to be so.
    pub observed: Timestamp,
    /// Code of the division whose agency answers for it.
    pub division: String,
}

struct Ready {
    id: String,
    index: String,
    fields: Fields,
    observed: Timestamp,
    division: String,
}

/// Loads records into a registry; how many were delivered. A record already held, or delivered
/// twice, is put as [`put`] does. One audit entry stands for the whole load, with the root of a tree
/// by which each record can be proven.
///
/// Errors: those of [`put`], with the number of the record (`row`, from 1); nothing is kept then,
/// as the caller drops the transaction.
pub async fn load(
    ctx: &mut Ctx,
    registry: &str,
    records: &mut (dyn Iterator<Item = NewRecord> + Send),
) -> Result<u64> {
    let pack = ctx.env.pack.clone();
    let registry = defined(&pack, registry)?;
    let mut divisions: BTreeMap<String, i64> = BTreeMap::new();
    let mut total = 0_u64;
    let mut tree = Growing::new(ctx);
    loop {
        let batch: Vec<NewRecord> = std::iter::from_fn(|| records.next()).take(BATCH).collect();
        if batch.is_empty() {
            break;
        }
        let (mut ready, mut seen, mut again) = (Vec::new(), BTreeSet::new(), Vec::new());
        for new in batch {
            total += 1;
            let row = |error: Error| error.arg("row", total);
            if !divisions.contains_key(&new.division) {
                known_division(&pack, &new.division).map_err(row)?;
                divisions.insert(new.division.clone(), 0);
            }
            let fields = fields::checked(registry, &new.record).map_err(row)?;
            let index = store::identifier_index(&ctx.env.vault, registry, &fields);
            if seen.insert(index.clone()) {
                let id = ctx.id();
                ready.push(Ready {
                    id,
                    index,
                    fields,
                    observed: new.observed,
                    division: new.division,
                });
            } else {
                again.push(new);
            }
        }
        again.extend(take_held(ctx, registry, &mut ready).await?);
        let rows = write(ctx, registry, &ready).await?;
        tree.add(ctx, &rows).await?;
        for one in &ready {
            *divisions.entry(one.division.clone()).or_default() += 1;
        }
        for new in again {
            put(ctx, &registry.id, &new.record, new.observed, &new.division).await?;
        }
    }
    for (division, more) in divisions.iter().filter(|(_, more)| **more > 0) {
        store::tally(ctx, &registry.id, division, *more).await?;
    }
    super::confirm(ctx, &registry.id).await?;
    tree.finish(ctx, &registry.id, total).await?;
    Ok(total)
}

/// Takes out of the batch what the registry already holds.
async fn take_held(
    ctx: &mut Ctx,
    registry: &Registry,
    ready: &mut Vec<Ready>,
) -> Result<Vec<NewRecord>> {
    if ready.is_empty() {
        return Ok(Vec::new());
    }
    let marks: Vec<String> = (2..ready.len() + 2).map(|n| format!("${n}")).collect();
    let sql = format!(
        "SELECT identifier_index FROM registry_record WHERE registry = $1 AND identifier_index IN ({})",
        marks.join(", ")
    );
    let mut values: Vec<Value> = vals![&registry.id];
    values.extend(ready.iter().map(|one| Value::from(&one.index)));
    let held: BTreeSet<String> = ctx.column::<String>(&sql, values).await?.into_iter().collect();
    let mut out = Vec::new();
    if held.is_empty() {
        return Ok(out);
    }
    for one in std::mem::take(ready) {
        if held.contains(&one.index) {
            let record = Json::Object(one.fields.into_iter().collect());
            out.push(NewRecord { record, observed: one.observed, division: one.division });
        } else {
            ready.push(one);
        }
    }
    Ok(out)
}

/// Writes what is ready; the rows as they stand.
async fn write(ctx: &mut Ctx, registry: &Registry, ready: &[Ready]) -> Result<Vec<LoadedRow>> {
    let mut written = Vec::with_capacity(ready.len());
    if ready.is_empty() {
        return Ok(written);
    }
    let now = ctx.now;
    let mut values: Vec<Value> = vals![&registry.id, now];
    let (mut rows, mut keys) = (Vec::with_capacity(ready.len()), Vec::new());
    let vault = ctx.env.vault.clone();
    for one in ready {
        let n = values.len();
        rows.push(format!(
            "(${}, $1, ${}, 1, ${}, ${}, ${}, $2)",
            n + 1,
            n + 2,
            n + 3,
            n + 4,
            n + 5
        ));
        let sealed = store::seal(ctx, &one.fields)?;
        values.extend(vals![&one.id, &one.index, sealed.clone(), &one.division, one.observed]);
        written.push(LoadedRow {
            id: one.id.clone(),
            registry: registry.id.clone(),
            identifier_index: one.index.clone(),
            version: 1,
            payload_sealed: sealed,
            division: one.division.clone(),
            observed_us: one.observed.0,
            valid_from_us: now.0,
        });
        for (key, index) in store::key_indexes(&vault, registry, &one.fields) {
            keys.push((key, index, one.id.as_str()));
        }
    }
    let sql = format!(
        "INSERT INTO registry_record (id, registry, identifier_index, version, payload_sealed,
         division, observed_us, valid_from_us) VALUES {}",
        rows.join(", ")
    );
    ctx.execute(&sql, values).await?;
    for keys in keys.chunks(BATCH * 2) {
        let mut values: Vec<Value> = vals![&registry.id];
        let mut rows = Vec::with_capacity(keys.len());
        for (key, index, id) in keys {
            let n = values.len();
            rows.push(format!("($1, ${}, ${}, ${})", n + 1, n + 2, n + 3));
            values.extend(vals![*key, index, *id]);
        }
        let sql = format!(
            "INSERT INTO registry_key (registry, key_name, value_index, record_id) VALUES {}",
            rows.join(", ")
        );
        ctx.execute(&sql, values).await?;
    }
    Ok(written)
}
