//! The contents of a case as they are kept, whole: for the folder, and for a value shown for a
//! purpose. Nobody else reads them unmasked.

use ::store::{Ctx, FromQueryResult, vals};
use kernel::{Error, Result};
use serde_json::{Value as Json, json};
use std::collections::BTreeMap;

/// Purposes under which the case seals answers, facts and names of files.
const ANSWERS: &str = "service.case.answers";
const FACT: &str = "service.case.fact";
const FILE_NAME: &str = "service.case.file";

/// The answers of a parent as they now are. Errors: `internal` when the seal is damaged.
pub(crate) async fn answers(ctx: &mut Ctx, root: &str) -> Result<BTreeMap<String, Json>> {
    let sql = "SELECT answers FROM case_answer WHERE case_id = $1 ORDER BY version DESC LIMIT 1";
    let Some(sealed) = ctx.scalar::<Vec<u8>>(sql, vals![root]).await? else {
        return Ok(BTreeMap::new());
    };
    let plain = ctx.env.vault.open(ANSWERS, &sealed).map_err(Error::internal)?;
    serde_json::from_slice(&plain).map_err(Error::internal)
}

#[derive(FromQueryResult)]
struct StoredFact {
    path: String,
    value: Vec<u8>,
    source: String,
    observed_us: i64,
    receipt: String,
}

/// Every fact of a parent with its source, time and receipt.
pub(super) async fn lookups(ctx: &mut Ctx, root: &str) -> Result<Vec<Json>> {
    let sql = "SELECT path, value, source, observed_us, receipt FROM case_fact WHERE case_id = $1 ORDER BY path";
    let rows: Vec<StoredFact> = ctx.all(sql, vals![root]).await?;
    rows.into_iter()
        .map(|row| {
            let plain = ctx.env.vault.open(FACT, &row.value).map_err(Error::internal)?;
            let value: Json = serde_json::from_slice(&plain).map_err(Error::internal)?;
            let source: Json = serde_json::from_str(&row.source).map_err(Error::internal)?;
            Ok(json!({
                "path": row.path, "value": whole(value), "source": source,
                "observed_us": row.observed_us, "receipt": row.receipt,
            }))
        })
        .collect()
}

/// A file of a material.
pub(super) struct StoredFile {
    pub(super) material: String,
    pub(super) name: String,
    pub(super) media_type: String,
    pub(super) size: i64,
    pub(super) digest: String,
}

#[derive(FromQueryResult)]
struct FileRow {
    material: String,
    name: Vec<u8>,
    media_type: String,
    size: i64,
    digest: String,
}

/// The files uploaded for an item, oldest first.
pub(super) async fn files(ctx: &mut Ctx, root: &str, item: &str) -> Result<Vec<StoredFile>> {
    let sql = "SELECT material, name, media_type, size, digest FROM case_material
         WHERE root_id = $1 AND item = $2 AND how = 'upload' AND digest <> '' ORDER BY id LIMIT 1000";
    let rows: Vec<FileRow> = ctx.all(sql, vals![root, item]).await?;
    rows.into_iter()
        .map(|row| {
            let plain = ctx.env.vault.open(FILE_NAME, &row.name).map_err(Error::internal)?;
            let name = String::from_utf8(plain).map_err(Error::internal)?;
            let FileRow { material, media_type, size, digest, .. } = row;
            Ok(StoredFile { material, name, media_type, size, digest })
        })
        .collect()
}

/// Erases the contents of an application all of whose folders have been disposed of: answers, what
/// was looked up, and what its documents said. The case itself and its chained history stay.
pub(super) async fn erase(ctx: &mut Ctx, case: &str) -> Result<()> {
    let sql = "SELECT parent_id FROM cases WHERE id = $1";
    let Some(root) = ctx.scalar::<String>(sql, vals![case]).await? else { return Ok(()) };
    let kept = "SELECT COUNT(*) FROM cases c WHERE c.parent_id = $1 AND (NOT EXISTS
         (SELECT 1 FROM archive_folder f WHERE f.case_id = c.id AND f.disposed_us IS NOT NULL)
         OR EXISTS (SELECT 1 FROM archive_folder f WHERE f.case_id = c.id AND f.disposed_us IS NULL))";
    if root.is_empty() || ctx.count(kept, vals![&root]).await? > 0 {
        return Ok(());
    }
    // No act of the family may write between what is erased and what is recorded.
    ctx.lock("cases", &root).await?;
    ctx.execute("DELETE FROM case_answer WHERE case_id = $1", vals![&root]).await?;
    ctx.execute("DELETE FROM case_fact WHERE case_id = $1", vals![&root]).await?;
    let sql = "UPDATE case_document SET content = $2 WHERE root_id = $1 AND digest <> ''";
    ctx.execute(sql, vals![&root, Vec::<u8>::new()]).await?;
    let sql = "SELECT id FROM case_document WHERE root_id = $1 AND digest <> '' ORDER BY id";
    let papers: Vec<String> = ctx.column(sql, vals![&root]).await?;
    let mut rows: Vec<(&'static str, &str)> =
        vec![("case_answer.case_id", root.as_str()), ("case_fact.case_id", root.as_str())];
    rows.extend(papers.iter().map(|id| ("case_document", id.as_str())));
    let (subject, body) = (format!("case:{root}"), json!({ "papers": papers.len() }));
    party::audit::record_rows(ctx, "case.contents_erased", &subject, body, &rows).await.map(drop)
}

/// A value with its fractions as text: canonical JSON has integers only.
pub(super) fn whole(value: Json) -> Json {
    match value {
        Json::Number(number) if number.is_f64() => Json::String(number.to_string()),
        Json::Array(items) => Json::Array(items.into_iter().map(whole).collect()),
        Json::Object(map) => {
            Json::Object(map.into_iter().map(|(key, value)| (key, whole(value))).collect())
        }
        other => other,
    }
}
