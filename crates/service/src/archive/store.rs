//! SQL of folders and parts; of their checks in `store_fixity`.
//!
//! Must not know: what is in a part, who may read it.

use super::model::Part;
use crate::case::{COLUMNS, Case, StoredCase};
use ::store::{Ctx, FromQueryResult, vals};
use kernel::{Error, Result, Text};

/// Purpose under which titles are sealed: a file's name may name a person.
const TITLE: &str = "service.archive.title";
/// Rows of a page.
pub(super) const PAGE: usize = 50;

/// The case with this id, whoever asks. Errors: `not_found`.
pub(super) async fn case(ctx: &mut Ctx, id: &str) -> Result<Case> {
    let sql = format!("SELECT {COLUMNS} FROM cases c WHERE c.id = $1");
    ctx.one::<StoredCase>(&sql, vals![id]).await?.open(ctx)
}

/// The item cases of a parent, oldest first.
pub(super) async fn children(ctx: &mut Ctx, parent: &str) -> Result<Vec<Case>> {
    let sql =
        format!("SELECT {COLUMNS} FROM cases c WHERE c.parent_id = $1 ORDER BY c.id LIMIT 100");
    let rows: Vec<StoredCase> = ctx.all(&sql, vals![parent]).await?;
    rows.into_iter().map(|row| row.open(ctx)).collect()
}

/// A folder as stored.
#[derive(Clone, Debug, FromQueryResult)]
pub(super) struct StoredFolder {
    pub(super) id: String,
    pub(super) case_id: String,
    pub(super) revision: i64,
    /// Of how many earlier folders at this revision it is an addition.
    pub(super) addition: i64,
    pub(super) number: String,
    pub(super) case_number: String,
    pub(super) item: String,
    pub(super) agency: String,
    pub(super) division: String,
    pub(super) retention_years: i64,
    pub(super) manifest: String,
    pub(super) cover: String,
    pub(super) at_us: i64,
    pub(super) checked_us: i64,
    pub(super) checked_ok: i64,
    pub(super) disposed_us: i64,
    pub(super) transferred_us: i64,
    /// Whose it is when it was taken in; empty of those packed here.
    pub(super) source: String,
}

impl StoredFolder {
    /// What entries about the folder are about.
    pub(super) fn subject(&self) -> String {
        subject(&self.id, &self.case_id)
    }
}

/// What entries about a folder are about: its case, or itself when it was taken in.
pub(super) fn subject(folder: &str, case: &str) -> String {
    if folder == case { format!("archive_folder:{folder}") } else { format!("case:{case}") }
}

const FOLDER: &str = "id, case_id, revision, COALESCE(addition, 0) AS addition, number, case_number, item, agency, division, retention_years, \
    manifest, cover, at_us, checked_us, checked_ok, COALESCE(disposed_us, 0) AS disposed_us, \
    COALESCE(transferred_us, 0) AS transferred_us, COALESCE(source, '') AS source";

/// The folders of a case, oldest first.
pub(super) async fn of_case(ctx: &mut Ctx, case: &str) -> Result<Vec<StoredFolder>> {
    let sql = format!(
        "SELECT {FOLDER} FROM archive_folder WHERE case_id = $1 ORDER BY revision, addition LIMIT 20"
    );
    ctx.all(&sql, vals![case]).await
}

/// The folder with this id. Errors: `not_found`.
pub(super) async fn get(ctx: &mut Ctx, id: &str) -> Result<StoredFolder> {
    ctx.one(&format!("SELECT {FOLDER} FROM archive_folder WHERE id = $1"), vals![id]).await
}

/// Folders of a case at a revision.
pub(super) async fn additions(ctx: &mut Ctx, case: &str, revision: i64) -> Result<i64> {
    let sql = "SELECT COUNT(*) FROM archive_folder WHERE case_id = $1 AND revision = $2";
    ctx.count(sql, vals![case, revision]).await
}

/// Folders of an agency, newest first, older than `after`; one more than a page.
pub(super) async fn list(ctx: &mut Ctx, agency: &str, after: &str) -> Result<Vec<StoredFolder>> {
    let before = if after.is_empty() { "~" } else { after };
    let sql = format!(
        "SELECT {FOLDER} FROM archive_folder WHERE agency = $1 AND id < $2 ORDER BY id DESC LIMIT $3"
    );
    ctx.all(&sql, vals![agency, before, PAGE + 1]).await
}

/// The next running number of an agency's year.
pub(super) async fn next(ctx: &mut Ctx, agency: &str, year: i16) -> Result<i64> {
    let key = vals![agency, i64::from(year)];
    ctx.count_on("archive_sequence", &["agency", "year"], key, "last", 1).await
}

/// Keeps a folder with its parts. Errors: `archive.held` for a number that another has.
pub(super) async fn insert(ctx: &mut Ctx, folder: &StoredFolder, parts: &[Part]) -> Result<()> {
    let written = ctx.execute(
        "INSERT INTO archive_folder (id, case_id, revision, number, case_number, item, agency, division,
         retention_years, manifest, cover, at_us, checked_us, checked_ok, addition, source)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, 0, 0, $13, $14)
         ON CONFLICT (number) DO NOTHING",
        vals![
            &folder.id, &folder.case_id, folder.revision, &folder.number, &folder.case_number, &folder.item,
            &folder.agency, &folder.division, folder.retention_years, &folder.manifest, &folder.cover,
            folder.at_us, (folder.addition > 0).then_some(folder.addition),
            (!folder.source.is_empty()).then(|| folder.source.clone())
        ],
    )
    .await?;
    if written == 0 {
        return Err(Error::conflict("archive.held"));
    }
    for part in parts {
        let title = serde_json::to_vec(&part.title).map_err(Error::internal)?;
        let title = ctx.env.vault.clone().seal(TITLE, &title, &mut ctx.random)?;
        ctx.execute(
            "INSERT INTO archive_part (folder_id, sequence, name, title, kind, media_type, size, digest, internal)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
            vals![
                &folder.id, part.sequence, &part.name, title, &part.kind, &part.media_type, part.size,
                &part.digest, part.internal
            ],
        )
        .await?;
    }
    Ok(())
}

#[derive(FromQueryResult)]
struct PartRow {
    sequence: i64,
    name: String,
    title: Vec<u8>,
    kind: String,
    media_type: String,
    size: i64,
    digest: String,
    internal: i64,
}

/// The parts of a folder in order.
pub(super) async fn parts(ctx: &mut Ctx, folder: &str) -> Result<Vec<Part>> {
    let sql =
        "SELECT sequence, name, title, kind, media_type, size, digest, internal FROM archive_part
         WHERE folder_id = $1 ORDER BY sequence";
    let rows: Vec<PartRow> = ctx.all(sql, vals![folder]).await?;
    rows.into_iter()
        .map(|row| {
            let title = ctx.env.vault.open(TITLE, &row.title).map_err(Error::internal)?;
            Ok(Part {
                sequence: row.sequence,
                name: row.name,
                title: serde_json::from_slice(&title).map_err(Error::internal)?,
                kind: row.kind,
                media_type: row.media_type,
                size: row.size,
                digest: row.digest,
                internal: row.internal != 0,
            })
        })
        .collect()
}

/// Forgets the titles of a folder's files, which may name people.
pub(super) async fn untitle(ctx: &mut Ctx, folder: &str) -> Result<()> {
    for part in parts(ctx, folder).await? {
        let title = serde_json::to_vec(&Text::new("", "")).map_err(Error::internal)?;
        let title = ctx.env.vault.clone().seal(TITLE, &title, &mut ctx.random)?;
        let sql = "UPDATE archive_part SET title = $3 WHERE folder_id = $1 AND sequence = $2";
        ctx.execute(sql, vals![folder, part.sequence, title]).await?;
    }
    Ok(())
}

/// True while a folder that is kept, a case that is not disposed of, or a draft has the file.
pub(super) async fn is_held(ctx: &mut Ctx, digest: &str) -> Result<bool> {
    for sql in [
        "SELECT COUNT(*) FROM archive_part p JOIN archive_folder f ON f.id = p.folder_id
         WHERE p.digest = $1 AND f.disposed_us IS NULL",
        "SELECT COUNT(*) FROM case_material m WHERE m.digest = $1 AND m.digest <> ''
         AND NOT EXISTS (SELECT 1 FROM cases c JOIN archive_folder f ON f.case_id = c.id
         WHERE c.parent_id = m.root_id AND c.item = m.item AND f.disposed_us IS NOT NULL)",
        "SELECT COUNT(*) FROM draft_file WHERE digest = $1",
    ] {
        if ctx.count(sql, vals![digest]).await? > 0 {
            return Ok(true);
        }
    }
    Ok(false)
}

#[derive(Clone, Debug, FromQueryResult)]
pub(super) struct StoredDocument {
    pub(super) id: String,
    pub(super) title: String,
    pub(super) digest: String,
}

/// Documents of an item's case, oldest first; the digest is empty until one is set.
pub(super) async fn documents(ctx: &mut Ctx, case: &str) -> Result<Vec<StoredDocument>> {
    let sql = "SELECT id, title, digest FROM case_document
         WHERE case_id = $1 ORDER BY id LIMIT 200";
    ctx.all(sql, vals![case]).await
}
