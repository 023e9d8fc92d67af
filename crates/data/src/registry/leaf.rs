//! What proves records that came by a load: each record's row is a leaf of a Merkle tree whose root
//! the evidence log holds, so that a record can be proven alone and one changed by hand is named.
//!
//! Invariants: leaves are kept in the order of the load and never changed; a record that was put
//! again since is the log's own to prove, by the entry of that act. Must not know: what a record
//! says.

use super::store::{LoadedRow, between, loaded_row};
use ::store::{Ctx, FromQueryResult, vals};
use kernel::{Error, Result, canonical};
use proof::log::{Frontier, Hash, inclusion, leaf_hash, root, verify_inclusion};
use serde::Serialize;
use serde_json::json;

/// Bytes of a hash.
const HASH_LEN: usize = 32;
/// Parts, of several loads, in whose range of ids a record may lie.
const PARTS_MAX: i64 = 20;

/// The tree of a load under way.
pub(super) struct Growing {
    load: String,
    part: i64,
    tree: Frontier,
}

impl Growing {
    pub(super) fn new(ctx: &mut Ctx) -> Growing {
        Growing { load: ctx.id(), part: 0, tree: Frontier::default() }
    }

    /// Takes the leaves of one batch with the ids of their records, in the order of these.
    pub(super) async fn add(
        &mut self,
        ctx: &mut Ctx,
        of: impl Iterator<Item = (&str, Hash)>,
    ) -> Result<()> {
        let (mut ids, mut leaves) = (Vec::new(), Vec::new());
        for (id, leaf) in of {
            ids.push(id);
            leaves.extend(leaf);
            self.tree.append(leaf);
        }
        let (Some(first), Some(last)) = (ids.first(), ids.last()) else { return Ok(()) };
        ctx.execute(
            "INSERT INTO registry_load_part (load_id, part, first_id, last_id, ids, leaves)
             VALUES ($1, $2, $3, $4, $5, $6)",
            vals![&self.load, self.part, *first, *last, ids.join(" "), leaves],
        )
        .await?;
        self.part += 1;
        Ok(())
    }

    /// Ends the load: its root is recorded as evidence.
    pub(super) async fn finish(self, ctx: &mut Ctx, registry: &str, records: u64) -> Result<()> {
        let (now, root) = (ctx.now, hex::encode(self.tree.root()));
        ctx.execute(
            "INSERT INTO registry_load (id, registry, leaves, root, at_us) VALUES ($1, $2, $3, $4, $5)",
            vals![&self.load, registry, self.tree.size(), &root, now],
        )
        .await?;
        let body = json!({ "registry": registry, "records": records, "leaves": self.tree.size(),
            "root": root });
        let subject = format!("registry:{registry}");
        party::audit::record_row(
            ctx,
            "registry.loaded",
            &subject,
            body,
            "registry_load",
            &self.load,
        )
        .await?;
        Ok(())
    }
}

/// The leaf of a record: everything its row says.
pub(super) fn leaf(row: &LoadedRow) -> Result<Hash> {
    let text = canonical::to_string(&json!({
        "id": row.id,
        "registry": row.registry,
        "identifier": row.identifier_index,
        "version": row.version,
        "payload": proof::digest::sm3_hex(&row.payload_sealed),
        "division": row.division,
        "observed": row.observed_us,
        "valid_from": row.valid_from_us,
    }))?;
    Ok(leaf_hash(text.as_bytes()))
}

#[derive(FromQueryResult)]
struct Load {
    id: String,
    registry: String,
    leaves: i64,
    root: String,
}

#[derive(FromQueryResult)]
struct Part {
    load_id: String,
    part: i64,
    first_id: String,
    last_id: String,
    ids: String,
    leaves: Vec<u8>,
}

impl Part {
    fn leaves(&self) -> impl Iterator<Item = (&str, Hash)> {
        let hashes = self.leaves.chunks_exact(HASH_LEN).filter_map(|one| one.try_into().ok());
        self.ids.split_whitespace().zip(hashes)
    }
}

const PART: &str = "SELECT load_id, part, first_id, last_id, ids, leaves FROM registry_load_part";

/// A load, or a record that came by one, which is not as it was loaded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BadRecord {
    /// Registry.
    pub registry: String,
    /// Load.
    pub load: String,
    /// Record; empty when the leaves of the load are at fault.
    pub record: String,
}

/// Proves every load: the leaves against the root, which the log proves, and each record against its
/// leaf; the first that does not hold. Memory does not grow with the loads.
pub async fn verify_loads(ctx: &mut Ctx) -> Result<Option<BadRecord>> {
    let loads: Vec<Load> = ctx
        .all("SELECT id, registry, leaves, root FROM registry_load ORDER BY id", vals![])
        .await?;
    for load in loads {
        let bad = |record: String| BadRecord {
            registry: load.registry.clone(),
            load: load.id.clone(),
            record,
        };
        let mut tree = Frontier::default();
        let mut next = 0_i64;
        while let Some(part) = part_of(ctx, &load.id, next).await? {
            if let Some(record) = changed(ctx, &load.registry, &part).await? {
                return Ok(Some(bad(record)));
            }
            part.leaves().for_each(|(_, leaf)| {
                tree.append(leaf);
            });
            next = part.part + 1;
        }
        let size = i64::try_from(tree.size()).map_err(Error::internal)?;
        if size != load.leaves || hex::encode(tree.root()) != load.root {
            return Ok(Some(bad(String::new())));
        }
    }
    Ok(None)
}

async fn part_of(ctx: &mut Ctx, load: &str, part: i64) -> Result<Option<Part>> {
    ctx.optional(&format!("{PART} WHERE load_id = $1 AND part = $2"), vals![load, part]).await
}

/// The first record of the part that is neither as it was loaded nor put again since.
async fn changed(ctx: &mut Ctx, registry: &str, part: &Part) -> Result<Option<String>> {
    let rows = between(ctx, &part.first_id, &part.last_id).await?;
    for (id, held) in part.leaves() {
        let row = rows.iter().find(|row| row.id == id);
        let same = match row {
            Some(row) => row.registry == registry && leaf(row)? == held,
            None => false,
        };
        if !same && !party::audit::recorded(ctx, "registry_record", id).await? {
            return Ok(Some(id.to_owned()));
        }
    }
    Ok(None)
}

/// Proof that a record came by a load as it now stands.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, schemars::JsonSchema)]
pub struct LoadProof {
    /// Load; the evidence log holds its root under `registry.loaded`.
    pub load: String,
    /// Root of the load's tree, in hexadecimal.
    pub root: String,
    /// Leaves of the tree.
    pub size: u64,
    /// Place of the record among them.
    pub index: u64,
    /// The record's leaf.
    pub leaf: String,
    /// Hashes from the leaf to the root (RFC 6962).
    pub path: Vec<String>,
}

/// Proves a record that came by a load. Errors: `denied` without the permission `log.verify`;
/// `not_found` for a record that did not, or has been
/// put again since: the entry of that act proves it.
pub async fn prove(ctx: &mut Ctx, record: &str) -> Result<LoadProof> {
    party::authority::demand(ctx, "log.verify")?;
    let sql =
        format!("{PART} WHERE first_id <= $1 AND last_id >= $1 ORDER BY first_id DESC LIMIT $2");
    let parts: Vec<Part> = ctx.all(&sql, vals![record, PARTS_MAX]).await?;
    let of = |part: &Part| part.ids.split_whitespace().position(|id| id == record);
    let found = parts.iter().find_map(|part| Some((part, of(part)?)));
    let (home, place) = found.ok_or_else(Error::not_found)?;
    let row = loaded_row(ctx, record).await?.ok_or_else(Error::not_found)?;
    let own = leaf(&row)?;
    let (mut leaves, mut index, mut next) = (Vec::new(), 0, 0);
    while let Some(part) = part_of(ctx, &home.load_id, next).await? {
        if part.part == home.part {
            index = leaves.len() + place;
        }
        leaves.extend(part.leaves().map(|(_, leaf)| leaf));
        next = part.part + 1;
    }
    let read = |level: u8, at: u64| {
        let width = 1_u64 << level;
        let range = usize::try_from(at * width).ok().zip(usize::try_from((at + 1) * width).ok());
        let within = range.and_then(|(from, to)| leaves.get(from..to));
        within.map(root).ok_or_else(|| Error::internal("a load's tree lacks a part"))
    };
    let (index, size) = (index as u64, leaves.len() as u64);
    let path = inclusion(index, size, &read)?;
    let whole = root(&leaves);
    verify_inclusion(&own, index, size, &path, &whole).map_err(|_| Error::not_found())?;
    Ok(LoadProof {
        load: home.load_id.clone(),
        root: hex::encode(whole),
        size,
        index,
        leaf: hex::encode(own),
        path: path.iter().map(hex::encode).collect(),
    })
}
