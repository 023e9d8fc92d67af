//! Filling a registry from its source's first delivery: many records in few statements.

use super::fields::{self, Fields};
use super::leaf::{Growing, leaf};
use super::registry::{defined, known_division, put};
use super::store::{self, LoadedRow};
use ::store::{Ctx, Value, vals};
use kernel::{Error, Random, Result, Timestamp};
use pack::{Province, Registry};
use proof::log::Hash;
use proof::vault::Vault;
use serde_json::Value as Json;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use tokio::task::JoinHandle;

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

/// A record as it will be written: sealed, with its indexes and its leaf.
struct Ready {
    row: LoadedRow,
    leaf: Hash,
    keys: Vec<(String, String)>,
    fields: Fields,
}

/// A batch as it was taken from the source, and what making it ready needs.
struct Batch {
    registry: String,
    pack: Arc<Province>,
    vault: Vault,
    random: Random,
    now: Timestamp,
    /// Number of the record before the first.
    before: u64,
    /// The records, each with the id it will have.
    records: Vec<(String, NewRecord)>,
}

/// A batch ready to be written, and records that are in it twice.
#[derive(Default)]
struct Prepared {
    ready: Vec<Ready>,
    again: Vec<NewRecord>,
}

impl Batch {
    /// The next records of a source; none at its end.
    fn take(
        ctx: &mut Ctx,
        registry: &str,
        records: &mut (dyn Iterator<Item = NewRecord> + Send),
        before: u64,
    ) -> Option<Batch> {
        let taken = std::iter::from_fn(|| records.next()).take(BATCH);
        let taken: Vec<(String, NewRecord)> = taken.map(|new| (ctx.id(), new)).collect();
        (!taken.is_empty()).then(|| Batch {
            registry: registry.to_owned(),
            pack: ctx.env.pack.clone(),
            vault: ctx.env.vault.clone(),
            random: ctx.random.fork(),
            now: ctx.now,
            before,
            records: taken,
        })
    }

    /// Checks, seals and indexes on a thread of its own, so that it goes on while the batch before
    /// is written; how many records it has.
    fn begin(self) -> (u64, JoinHandle<Result<Prepared>>) {
        (self.records.len() as u64, tokio::task::spawn_blocking(move || self.prepare()))
    }

    fn prepare(mut self) -> Result<Prepared> {
        let (pack, mut seen, mut out) = (self.pack.clone(), BTreeSet::new(), Prepared::default());
        let registry = defined(&pack, &self.registry)?;
        for (at, (id, new)) in std::mem::take(&mut self.records).into_iter().enumerate() {
            let number = self.before + at as u64 + 1;
            let told = |error: Error| error.arg("row", number);
            known_division(&pack, &new.division).map_err(told)?;
            let fields = fields::checked(registry, &new.record).map_err(told)?;
            let index = store::identifier_index(&self.vault, registry, &fields);
            match seen.insert(index.clone()) {
                true => out.ready.push(self.ready(registry, id, index, fields, &new)?),
                false => out.again.push(new),
            }
        }
        Ok(out)
    }

    fn ready(
        &mut self,
        registry: &Registry,
        id: String,
        identifier_index: String,
        fields: Fields,
        new: &NewRecord,
    ) -> Result<Ready> {
        let row = LoadedRow {
            id,
            registry: registry.id.clone(),
            identifier_index,
            version: 1,
            payload_sealed: store::seal(&self.vault, &fields, &mut self.random)?,
            division: new.division.clone(),
            observed_us: new.observed.0,
            valid_from_us: self.now.0,
        };
        let keys = store::key_indexes(&self.vault, registry, &fields);
        let keys = keys.into_iter().map(|(key, index)| (key.to_owned(), index)).collect();
        Ok(Ready { leaf: leaf(&row)?, row, keys, fields })
    }
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
    let mut next = Batch::take(ctx, &registry.id, records, total).map(Batch::begin);
    while let Some((count, preparing)) = next.take() {
        total += count;
        next = Batch::take(ctx, &registry.id, records, total).map(Batch::begin);
        let Prepared { mut ready, mut again } = preparing.await.map_err(Error::internal)??;
        again.extend(take_held(ctx, registry, &mut ready).await?);
        write(ctx, registry, &ready).await?;
        tree.add(ctx, ready.iter().map(|one| (one.row.id.as_str(), one.leaf))).await?;
        for one in &ready {
            *divisions.entry(one.row.division.clone()).or_default() += 1;
        }
        for new in again {
            put(ctx, &registry.id, &new.record, new.observed, &new.division).await?;
        }
    }
    for (division, more) in &divisions {
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
    values.extend(ready.iter().map(|one| Value::from(&one.row.identifier_index)));
    let held: BTreeSet<String> = ctx.column::<String>(&sql, values).await?.into_iter().collect();
    let mut out = Vec::new();
    if held.is_empty() {
        return Ok(out);
    }
    for one in std::mem::take(ready) {
        if held.contains(&one.row.identifier_index) {
            let record = Json::Object(one.fields.into_iter().collect());
            let (observed, division) = (Timestamp(one.row.observed_us), one.row.division);
            out.push(NewRecord { record, observed, division });
        } else {
            ready.push(one);
        }
    }
    Ok(out)
}

/// Writes what is ready.
async fn write(ctx: &mut Ctx, registry: &Registry, ready: &[Ready]) -> Result<()> {
    if ready.is_empty() {
        return Ok(());
    }
    let mut values: Vec<Value> = vals![&registry.id, ctx.now];
    let (mut rows, mut keys) = (Vec::with_capacity(ready.len()), Vec::new());
    for Ready { row, keys: own, .. } in ready {
        let n = values.len();
        rows.push(format!(
            "(${}, $1, ${}, 1, ${}, ${}, ${}, $2)",
            n + 1,
            n + 2,
            n + 3,
            n + 4,
            n + 5
        ));
        let sealed = row.payload_sealed.clone();
        values.extend(vals![
            &row.id,
            &row.identifier_index,
            sealed,
            &row.division,
            row.observed_us
        ]);
        keys.extend(own.iter().map(|(key, index)| (key, index, row.id.as_str())));
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
            values.extend(vals![*key, *index, *id]);
        }
        let sql = format!(
            "INSERT INTO registry_key (registry, key_name, value_index, record_id) VALUES {}",
            rows.join(", ")
        );
        ctx.execute(&sql, values).await?;
    }
    Ok(())
}
