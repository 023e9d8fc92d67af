//! SQL of checks and formats.
//!
//! Must not know: what is in a part, who may read it.

use super::Scope;
use super::model::{ArchiveFixity, Check};
use super::store::StoredFolder;
use ::store::{Ctx, FromQueryResult, vals};
use kernel::{Result, Timestamp};

/// Findings shown.
const FINDINGS_MAX: i64 = 200;

/// Keeps the result of the last check.
pub(super) async fn checked(ctx: &mut Ctx, folder: &str, whole: bool) -> Result<()> {
    let now = ctx.now;
    let sql = "UPDATE archive_folder SET checked_us = $2, checked_ok = $3 WHERE id = $1";
    ctx.execute(sql, vals![folder, now, whole]).await?;
    Ok(())
}

/// Forgets what earlier checks of a folder found.
pub(super) async fn clear_findings(ctx: &mut Ctx, folder: &str) -> Result<()> {
    ctx.execute("DELETE FROM archive_finding WHERE folder = $1", vals![folder]).await?;
    Ok(())
}

/// Keeps something a check found wrong, with the place of the file in the folder.
pub(super) async fn insert_finding(
    ctx: &mut Ctx,
    folder: &StoredFolder,
    check: &Check,
    sequence: i64,
) -> Result<()> {
    let (id, now) = (ctx.id(), ctx.now);
    ctx.execute(
        "INSERT INTO archive_finding (id, folder, agency, division, at_us, name, what, why, sequence)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
        vals![
            id,
            &folder.id,
            &folder.agency,
            &folder.division,
            now,
            check.name,
            &check.what,
            check.why,
            sequence
        ],
    )
    .await?;
    Ok(())
}

/// A finding as stored, with the number of its folder.
#[derive(FromQueryResult)]
pub(super) struct StoredFinding {
    pub(super) id: String,
    pub(super) agency: String,
    pub(super) case_id: String,
    pub(super) number: String,
    pub(super) at_us: i64,
    pub(super) name: String,
    pub(super) what: String,
    pub(super) why: String,
    pub(super) sequence: i64,
}

/// What the last checks of folders within reach found wrong, newest first.
pub(super) async fn findings(ctx: &mut Ctx, scope: &Scope) -> Result<Vec<StoredFinding>> {
    let (condition, mut values) = scope.condition("w.agency", "w.division");
    values.extend(vals![FINDINGS_MAX]);
    let sql = format!(
        "SELECT w.id, w.agency, f.case_id, f.number, w.at_us, w.name, w.what, w.why, w.sequence
         FROM archive_finding w JOIN archive_folder f ON f.id = w.folder WHERE {condition}
         ORDER BY w.id DESC LIMIT $3"
    );
    ctx.all(&sql, values).await
}

#[derive(FromQueryResult)]
struct Place {
    folder: String,
    sequence: i64,
}

/// The folder of a finding, and the place of the file in it. Errors: `not_found`, also for one
/// that is about no file.
pub(super) async fn finding(ctx: &mut Ctx, id: &str) -> Result<(String, i64)> {
    let sql = "SELECT folder, sequence FROM archive_finding WHERE id = $1 AND sequence > 0";
    let place: Place = ctx.one(sql, vals![id]).await?;
    Ok((place.folder, place.sequence))
}

#[derive(FromQueryResult)]
struct Counts {
    folders: i64,
    fresh: i64,
    never: i64,
    broken: i64,
}

/// Counts of the folders within reach, found whole or packed since an instant or not.
pub(super) async fn counts(
    ctx: &mut Ctx,
    scope: &Scope,
    since: Timestamp,
) -> Result<ArchiveFixity> {
    let (condition, mut values) = scope.condition("agency", "division");
    values.extend(vals![since]);
    let sql = format!(
        "SELECT COUNT(*) AS folders,
         COUNT(CASE WHEN (checked_us = 0 AND at_us >= $3) OR (checked_us >= $3 AND checked_ok <> 0)
           THEN 1 END) AS fresh,
         COUNT(CASE WHEN checked_us = 0 THEN 1 END) AS never,
         COUNT(CASE WHEN checked_us > 0 AND checked_ok = 0 THEN 1 END) AS broken
         FROM archive_folder WHERE {condition} AND disposed_us IS NULL"
    );
    let found: Counts = ctx.one(&sql, values).await?;
    let Counts { folders, fresh, never, broken } = found;
    Ok(ArchiveFixity { folders, fresh, never, broken, findings: Vec::new() })
}

/// Files of one format.
#[derive(FromQueryResult)]
pub(super) struct StoredFormat {
    pub(super) media_type: String,
    pub(super) files: i64,
    pub(super) bytes: i64,
}

/// The formats of the files kept within reach.
pub(super) async fn formats(ctx: &mut Ctx, scope: &Scope) -> Result<Vec<StoredFormat>> {
    let (condition, values) = scope.condition("f.agency", "f.division");
    let sql = format!(
        "SELECT p.media_type, COUNT(*) AS files, CAST(SUM(p.size) AS BIGINT) AS bytes
         FROM archive_folder f JOIN archive_part p ON p.folder_id = f.id
         WHERE {condition} AND f.disposed_us IS NULL GROUP BY p.media_type ORDER BY p.media_type
         LIMIT 100"
    );
    ctx.all(&sql, values).await
}
