//! The check of the whole log against what is stored now: every leaf recomputed, every row it
//! speaks of compared, the tree rebuilt, the checkpoint's signature tried. Names the first entry
//! that does not hold.

use super::sequence::{Head, kept};
use super::tile::Tiles;
use super::{head, key, root_at, seals};
use crate::audit::{self, COLUMNS, Entry, RowDigest};
use kernel::{Error, Kind, Result};
use proof::log::{Checkpoint, Frontier, Hash, Node, TILE_WIDTH};
use sea_orm::FromQueryResult;
use serde::Serialize;
use store::{Ctx, vals};

/// Entries read at once.
const BATCH: i64 = 500;

/// In what way an entry does not hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Difference {
    /// The particulars do not have the digest recorded with them.
    Body,
    /// Time, actor, kind, subject, id or salt differ from what the log holds.
    Field,
    /// The entry is whole but the log holds another at its place.
    Order,
    /// The log has a place, or a row a newest entry, for which there is no entry.
    Missing,
    /// A row the entry recorded is not as recorded.
    Row,
    /// A row the entry recorded is gone.
    RowMissing,
    /// The log holds, but a chained history whose head it records does not.
    History,
    /// A row no entry speaks of is not as it was sealed.
    Seal,
    /// The entry's content is gone and no entry records that it was erased.
    Erased,
    /// The entries do not lead to the hashes of the tiles or to the root of the checkpoint, or its
    /// signature does not hold.
    Checkpoint,
}

/// The first entry that does not hold.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct FirstBad {
    /// Its id; empty when the entry itself is gone or the checkpoint is at fault.
    pub entry: String,
    /// Its place in the log; none while it waits for one.
    pub position: Option<u64>,
    /// In what way.
    pub differs: Difference,
    /// Table and id of the row at fault, kind and subject of the entry.
    pub detail: String,
}

/// What the check found.
#[derive(Clone, Debug, Serialize)]
pub struct LogReport {
    /// Entries checked.
    pub entries: u64,
    /// Of these, entries that still wait for a place in the log.
    pub waiting: u64,
    /// Size of the signed checkpoint.
    pub size: u64,
    /// Its root in hexadecimal.
    pub root: String,
    /// True when everything holds.
    pub ok: bool,
    /// The first entry that does not.
    pub first_bad: Option<FirstBad>,
    /// Tables whose rows will be sealed, and are not yet: nothing is said of these.
    pub unsealed: Vec<&'static str>,
}

/// Checks the whole log. Reads only; memory does not grow with the log. Where others write
/// meanwhile the context must be a snapshot ([`Ctx::snapshot`]): entries are compared with a
/// checkpoint and rows that would else be of other instants.
pub async fn verify(ctx: &mut Ctx) -> Result<LogReport> {
    let head = head(ctx).await?;
    let size = head.as_ref().map_or(0, |head| head.size);
    let root = head.as_ref().map_or_else(String::new, |head| hex::encode(head.root));
    let unsealed = seals::unsealed(ctx).await?;
    let mut report =
        LogReport { entries: 0, waiting: 0, size, root, ok: false, first_bad: None, unsealed };
    let found = scan(ctx, head.as_ref(), &mut report).await?;
    report.ok = found.is_none();
    report.first_bad = found;
    Ok(report)
}

async fn scan(
    ctx: &mut Ctx,
    head: Option<&Head>,
    report: &mut LogReport,
) -> Result<Option<FirstBad>> {
    let mut frontier = Frontier::default();
    let sql = format!(
        "SELECT {COLUMNS} FROM evidence_entry WHERE position >= $1 ORDER BY position LIMIT {BATCH}"
    );
    let mut tile: Vec<Hash> = Vec::new();
    loop {
        let from = frontier.size();
        let entries: Vec<Entry> = ctx.all(&sql, vals![from]).await?;
        if entries.is_empty() {
            break;
        }
        for entry in &entries {
            let place = frontier.size();
            if place.is_multiple_of(TILE_WIDTH) {
                tile = Tiles::one(ctx, 0, place / TILE_WIDTH).await?;
            }
            let held = tile.get((place % TILE_WIDTH) as usize);
            if let Some(bad) = check_place(entry, place, held) {
                return Ok(Some(bad));
            }
            if let Some(bad) = check_erasure(ctx, entry).await? {
                return Ok(Some(bad));
            }
            if let Some(bad) = check_rows(ctx, entry).await? {
                return Ok(Some(bad));
            }
            let completed = frontier.append(super::sequence::hash(&entry.leaf)?);
            if let Some(bad) = check_above(ctx, &completed).await? {
                return Ok(Some(bad));
            }
            report.entries += 1;
        }
    }
    if frontier.size() < report.size {
        let detail = format!("{} of {} entries are left", frontier.size(), report.size);
        let position = Some(frontier.size());
        return Ok(Some(FirstBad {
            entry: String::new(),
            position,
            differs: Difference::Missing,
            detail,
        }));
    }
    if let Some(bad) = check_head(ctx, head, &frontier).await? {
        return Ok(Some(bad));
    }
    if let Some(bad) = check_witnessed(ctx, report.size).await? {
        return Ok(Some(bad));
    }
    match scan_waiting(ctx, report).await? {
        None => check_pointers(ctx).await,
        found => Ok(found),
    }
}

/// Whether the newest entry of every row is there: one that waited for its place leaves no gap in
/// the log when it is taken away.
async fn check_pointers(ctx: &mut Ctx) -> Result<Option<FirstBad>> {
    let sql = "SELECT r.id, r.entry_id, r.digest, r.seq FROM evidence_row r
         LEFT JOIN evidence_entry e ON e.id = r.entry_id WHERE e.id IS NULL ORDER BY r.id LIMIT 1";
    let found: Option<Pointer> = ctx.optional(sql, vals![]).await?;
    Ok(found.map(|pointer| FirstBad {
        entry: pointer.entry_id,
        position: None,
        differs: Difference::Missing,
        detail: format!("the newest entry of {}", pointer.id),
    }))
}

/// Entries that have no place yet: their digests and rows.
async fn scan_waiting(ctx: &mut Ctx, report: &mut LogReport) -> Result<Option<FirstBad>> {
    let sql = format!(
        "SELECT {COLUMNS} FROM evidence_entry WHERE position IS NULL AND id > $1
         ORDER BY id LIMIT {BATCH}"
    );
    let mut after = String::new();
    loop {
        let entries: Vec<Entry> = ctx.all(&sql, vals![&after]).await?;
        let Some(last) = entries.last() else { return Ok(None) };
        after = last.id.clone();
        for entry in &entries {
            if let Some(differs) = own_difference(entry) {
                return Ok(Some(bad(entry, differs, entry_detail(entry))));
            }
            if let Some(bad) = check_erasure(ctx, entry).await? {
                return Ok(Some(bad));
            }
            if let Some(bad) = check_rows(ctx, entry).await? {
                return Ok(Some(bad));
            }
            report.entries += 1;
            report.waiting += 1;
        }
    }
}

/// Whether the entry is what it says itself.
fn own_difference(entry: &Entry) -> Option<Difference> {
    if audit::body_digest(&entry.body, &entry.row_digests) != entry.body_digest {
        return Some(Difference::Body);
    }
    match audit::leaf_of(entry) {
        Ok(leaf) if leaf == entry.leaf => None,
        _ => Some(Difference::Field),
    }
}

/// Whether the entry is whole and stands where the log's tiles say.
fn check_place(entry: &Entry, place: u64, held: Option<&Hash>) -> Option<FirstBad> {
    let position = entry.position.and_then(|position| u64::try_from(position).ok());
    if position != Some(place) {
        return Some(FirstBad {
            entry: String::new(),
            position: Some(place),
            differs: Difference::Missing,
            detail: format!("next is {}", entry.id),
        });
    }
    let differs = if entry.erased_by.is_empty() { own_difference(entry) } else { None };
    if let Some(differs) = differs {
        return Some(bad(entry, differs, entry_detail(entry)));
    }
    let held = held.map(hex::encode);
    let same = held.as_deref() == Some(entry.leaf.as_str());
    // The entry agrees with itself: either another stands at this place in the log, or somebody
    // who changed it also mended its own digests.
    (!same).then(|| bad(entry, Difference::Order, entry_detail(entry)))
}

/// Whether the tiles above the leaves hold the subtrees that a leaf has completed: proofs are read
/// from them.
async fn check_above(ctx: &mut Ctx, completed: &[Node]) -> Result<Option<FirstBad>> {
    for node in completed.iter().filter(|node| node.level > 0) {
        if !Tiles::keep(ctx, node).await? {
            let detail = format!("the tile of subtree {}/{} holds another", node.level, node.index);
            return Ok(Some(fault(detail)));
        }
    }
    Ok(None)
}

/// Whether an entry without content is one whose erasure an entry records, with its leaf. That
/// entry is itself tried in its turn.
async fn check_erasure(ctx: &mut Ctx, entry: &Entry) -> Result<Option<FirstBad>> {
    if entry.erased_by.is_empty() {
        return Ok(None);
    }
    let empty = [&entry.body, &entry.salt, &entry.actor, &entry.kind, &entry.subject];
    let by = match audit::by_id(ctx, &entry.erased_by).await {
        Err(error) if error.kind == Kind::NotFound => None,
        other => Some(other?),
    };
    let told = by.filter(|by| {
        by.kind == audit::ERASED
            && by.subject == format!("entry:{}", entry.id)
            && serde_json::from_str::<serde_json::Value>(&by.body)
                .is_ok_and(|body| body["leaf"].as_str() == Some(entry.leaf.as_str()))
    });
    if told.is_some() && empty.iter().all(|text| text.is_empty()) {
        return Ok(None);
    }
    Ok(Some(bad(entry, Difference::Erased, format!("erased by {}", entry.erased_by))))
}

#[derive(FromQueryResult)]
struct Pointer {
    id: String,
    entry_id: String,
    digest: String,
    seq: i64,
}

/// Whether the rows the entry was the last to record are still as recorded.
async fn check_rows(ctx: &mut Ctx, entry: &Entry) -> Result<Option<FirstBad>> {
    if entry.row_digests == "[]" {
        return Ok(None);
    }
    let rows: Vec<RowDigest> = serde_json::from_str(&entry.row_digests).map_err(Error::internal)?;
    for row in rows {
        let detail = format!("{} {}", row.table, row.id);
        let sql = "SELECT id, entry_id, digest, seq FROM evidence_row WHERE id = $1";
        let id = audit::pointer_id(&row.table, &row.id);
        let Some(pointer) = ctx.optional::<Pointer>(sql, vals![id]).await? else {
            return Ok(Some(bad(entry, Difference::Row, format!("{detail}: not pointed to"))));
        };
        let last = pointer.entry_id == entry.id;
        let stale = pointer.seq < row.seq || (!last && pointer.seq == row.seq);
        if stale || (last && (pointer.seq != row.seq || pointer.digest != row.digest)) {
            return Ok(Some(bad(entry, Difference::Row, format!("{detail}: pointer turned"))));
        }
        if !last {
            continue;
        }
        // The name of the table comes from the entry, whose digest has just been checked; it is
        // checked again before it reaches SQL.
        let live = match audit::is_table(&row.table) {
            true => audit::row_digest(ctx, &row.table, &row.id).await?,
            false => String::new(),
        };
        if live != row.digest {
            let differs = if live.is_empty() { Difference::RowMissing } else { Difference::Row };
            return Ok(Some(bad(entry, differs, detail)));
        }
    }
    Ok(None)
}

async fn check_head(
    ctx: &mut Ctx,
    head: Option<&Head>,
    frontier: &Frontier,
) -> Result<Option<FirstBad>> {
    let Some(head) = head.filter(|head| head.size > 0 || frontier.size() > 0) else {
        return Ok(None);
    };
    if frontier.size() != head.size || frontier.root() != head.root {
        return Ok(Some(fault(format!("{} entries lead to another root", frontier.size()))));
    }
    check_note(ctx, head).await
}

/// Whether the checkpoint that the witnesses cosigned is of this tree.
async fn check_witnessed(ctx: &mut Ctx, size: u64) -> Result<Option<FirstBad>> {
    let Some(head) = kept(ctx, "witnessed").await? else { return Ok(None) };
    if head.size > size || root_at(ctx, head.size).await? != head.root {
        return Ok(Some(fault("the cosigned checkpoint is of another tree".to_owned())));
    }
    check_note(ctx, &head).await
}

/// Whether this log signed what a checkpoint says.
async fn check_note(ctx: &mut Ctx, head: &Head) -> Result<Option<FirstBad>> {
    let origin = key::name(ctx).await?;
    let Some(verifier) = key::verifier(ctx).await? else {
        return Ok(Some(fault("the log's key is gone".to_owned())));
    };
    Ok(match Checkpoint::open(head.note.as_bytes(), &origin, &[verifier]) {
        Ok(signed) if signed.size == head.size && signed.root == head.root => None,
        Ok(_) => Some(fault("the signed note speaks of another root".to_owned())),
        Err(error) => Some(fault(error.to_string())),
    })
}

/// What is at fault is the log's own and no entry.
fn fault(detail: String) -> FirstBad {
    FirstBad { entry: String::new(), position: None, differs: Difference::Checkpoint, detail }
}

fn bad(entry: &Entry, differs: Difference, detail: String) -> FirstBad {
    let position = entry.position.and_then(|position| u64::try_from(position).ok());
    FirstBad { entry: entry.id.clone(), position, differs, detail }
}

fn entry_detail(entry: &Entry) -> String {
    format!("{} {}", entry.kind, entry.subject)
}
