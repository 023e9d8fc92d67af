//! SQL of lists.
//!
//! Must not know: who may do what.

use super::super::Scope;
use ::store::{Ctx, FromQueryResult, vals};
use kernel::{Result, Timestamp};

/// Folders one list has at most.
pub(super) const FOLDERS_MAX: usize = 200;
/// Rows of a page.
pub(super) const PAGE: usize = 50;
/// Up to here folders that are due are counted.
const COUNT_MAX: usize = 10_000;

/// A list as stored.
#[derive(Clone, Debug, Default, FromQueryResult)]
pub(super) struct StoredList {
    pub(super) id: String,
    pub(super) kind: String,
    pub(super) agency: String,
    pub(super) division: String,
    pub(super) state: String,
    pub(super) made_us: i64,
    pub(super) made_name: String,
    pub(super) folders: i64,
    pub(super) first_by: String,
    pub(super) first_party: String,
    pub(super) first_name: String,
    pub(super) first_us: i64,
    pub(super) first_reason: String,
    pub(super) second_by: String,
    pub(super) second_name: String,
    pub(super) second_us: i64,
    pub(super) second_reason: String,
    pub(super) receipt: String,
    pub(super) receiver: String,
    pub(super) received_us: i64,
    pub(super) revision: i64,
}

const LIST: &str = "id, kind, agency, division, state, made_us, made_name, folders, first_by, \
    first_party, first_name, first_us, first_reason, second_by, second_name, second_us, \
    second_reason, receipt, receiver, received_us, revision";

/// A folder of a list as stored.
#[derive(Clone, Debug, FromQueryResult)]
pub(super) struct StoredEntry {
    pub(super) id: String,
    pub(super) case_id: String,
    pub(super) number: String,
    pub(super) item: String,
    pub(super) at_us: i64,
    pub(super) retention_years: i64,
    pub(super) manifest: String,
    pub(super) cover: String,
    pub(super) state: String,
    pub(super) reason: String,
}

/// Folders of an agency of one class made before an instant, on no list and not kept on.
const DUE: &str = "FROM archive_folder f WHERE f.agency = $1 AND f.retention_years = $2
     AND f.at_us < $3 AND f.disposed_us IS NULL AND f.transferred_us IS NULL
     AND NOT EXISTS (SELECT 1 FROM archive_listed l WHERE l.folder = f.id
       AND (l.state <> 'kept' OR l.until_us > $4))";

/// Ids of folders that are due, oldest first.
pub(super) async fn due(
    ctx: &mut Ctx,
    agency: &str,
    years: i64,
    before: Timestamp,
    most: usize,
) -> Result<Vec<String>> {
    let now = ctx.now;
    let sql = format!("SELECT f.id {DUE} ORDER BY f.at_us, f.id LIMIT $5");
    ctx.column(&sql, vals![agency, years, before, now, most]).await
}

/// How many folders are due, counted to a bound.
pub(super) async fn count_due(
    ctx: &mut Ctx,
    agency: &str,
    years: i64,
    before: Timestamp,
) -> Result<i64> {
    let now = ctx.now;
    let sql = format!("SELECT COUNT(*) FROM (SELECT f.id {DUE} LIMIT $5) AS found");
    ctx.count(&sql, vals![agency, years, before, now, COUNT_MAX]).await
}

/// True when a list of the kind waits for its approvals.
pub(super) async fn is_open(ctx: &mut Ctx, agency: &str, kind: &str) -> Result<bool> {
    let sql = "SELECT COUNT(*) FROM archive_list WHERE agency = $1 AND kind = $2
         AND state IN ('open', 'half')";
    Ok(ctx.count(sql, vals![agency, kind]).await? > 0)
}

/// Writes a new list with its folders.
pub(super) async fn insert(ctx: &mut Ctx, list: &StoredList, folders: &[String]) -> Result<()> {
    ctx.execute(
        "INSERT INTO archive_list (id, kind, agency, division, state, made_us, made_name, folders,
         first_by, first_party, first_name, first_us, first_reason, second_by, second_name,
         second_us, second_reason, receipt, receiver, received_us, revision)
         VALUES ($1, $2, $3, $4, 'open', $5, $6, $7, '', '', '', 0, '', '', '', 0, '', '', '', 0, 1)",
        vals![
            &list.id,
            &list.kind,
            &list.agency,
            &list.division,
            list.made_us,
            &list.made_name,
            list.folders
        ],
    )
    .await?;
    for folder in folders {
        ctx.execute(
            "INSERT INTO archive_listed (folder, list, state, until_us, reason)
             VALUES ($1, $2, 'listed', 0, '')
             ON CONFLICT (folder) DO UPDATE SET list = excluded.list, state = 'listed', until_us = 0,
             reason = ''",
            vals![folder, &list.id],
        )
        .await?;
    }
    Ok(())
}

/// The list with this id. Errors: `not_found`.
pub(super) async fn get(ctx: &mut Ctx, id: &str) -> Result<StoredList> {
    ctx.one(&format!("SELECT {LIST} FROM archive_list WHERE id = $1"), vals![id]).await
}

/// Writes back what an act changed.
pub(super) async fn update(ctx: &mut Ctx, list: &StoredList) -> Result<()> {
    ctx.execute(
        "UPDATE archive_list SET state = $2, folders = $3, first_by = $4, first_party = $5,
         first_name = $6, first_us = $7, first_reason = $8, second_by = $9, second_name = $10,
         second_us = $11, second_reason = $12, receipt = $13, receiver = $14, received_us = $15,
         revision = $16 WHERE id = $1",
        vals![
            &list.id,
            &list.state,
            list.folders,
            &list.first_by,
            &list.first_party,
            &list.first_name,
            list.first_us,
            &list.first_reason,
            &list.second_by,
            &list.second_name,
            list.second_us,
            &list.second_reason,
            &list.receipt,
            &list.receiver,
            list.received_us,
            list.revision
        ],
    )
    .await?;
    Ok(())
}

/// Lists within reach, newest first, older than `after`; one more than a page.
pub(super) async fn page(ctx: &mut Ctx, scope: &Scope, after: &str) -> Result<Vec<StoredList>> {
    let before = if after.is_empty() { "~" } else { after };
    let (condition, mut values) = scope.condition("agency", "division");
    values.extend(vals![before, PAGE + 1]);
    let sql = format!(
        "SELECT {LIST} FROM archive_list WHERE {condition} AND id < $3 ORDER BY id DESC LIMIT $4"
    );
    ctx.all(&sql, values).await
}

/// The folders of a list, oldest first, those kept on last.
pub(super) async fn entries(ctx: &mut Ctx, list: &str) -> Result<Vec<StoredEntry>> {
    let sql = "SELECT f.id, f.case_id, f.number, f.item, f.at_us, f.retention_years, f.manifest,
         f.cover, l.state, l.reason FROM archive_listed l JOIN archive_folder f ON f.id = l.folder
         WHERE l.list = $1 ORDER BY l.state DESC, f.at_us, f.id LIMIT $2";
    ctx.all(sql, vals![list, FOLDERS_MAX]).await
}

/// Takes a folder off its list and keeps it on until an instant; false when it is not on it.
pub(super) async fn keep_on(
    ctx: &mut Ctx,
    list: &str,
    folder: &str,
    until: Timestamp,
    reason: &str,
) -> Result<bool> {
    let sql = "UPDATE archive_listed SET state = 'kept', until_us = $3, reason = $4
         WHERE list = $1 AND folder = $2 AND state = 'listed'";
    Ok(ctx.execute(sql, vals![list, folder, until, reason]).await? == 1)
}

/// Frees the folders of a list that was refused.
pub(super) async fn free(ctx: &mut Ctx, list: &str) -> Result<()> {
    let sql = "DELETE FROM archive_listed WHERE list = $1 AND state = 'listed'";
    ctx.execute(sql, vals![list]).await?;
    Ok(())
}

/// Marks the folders of a list as dealt with, in the column for what was done.
pub(super) async fn done(ctx: &mut Ctx, list: &str, kind: super::Kind) -> Result<()> {
    let column = match kind {
        super::Kind::Disposal => "disposed_us",
        super::Kind::Transfer => "transferred_us",
    };
    let now = ctx.now;
    let sql = format!(
        "UPDATE archive_folder SET {column} = $2 WHERE id IN
         (SELECT folder FROM archive_listed WHERE list = $1 AND state = 'listed')"
    );
    ctx.execute(&sql, vals![list, now]).await?;
    let sql = "UPDATE archive_listed SET state = 'done' WHERE list = $1 AND state = 'listed'";
    ctx.execute(sql, vals![list]).await?;
    Ok(())
}
