//! SQL of drafts.

use super::model::{Content, Draft};
use ::store::{Ctx, vals};
use kernel::{Error, Result, Timestamp};
use sea_orm::FromQueryResult;

const CONTENT: &str = "service.draft.content";
const FILE_NAME: &str = "service.draft.file";
const COLUMNS: &str = "id, person, clerk, channel, one_thing, content, revision, consent_entry, \
    created_us, updated_us, expires_us, case_id, answer, COALESCE(agent, '') AS agent";

#[derive(FromQueryResult)]
struct Row {
    id: String,
    person: String,
    clerk: String,
    channel: String,
    one_thing: String,
    content: Vec<u8>,
    revision: i64,
    consent_entry: String,
    created_us: i64,
    updated_us: i64,
    expires_us: i64,
    case_id: String,
    answer: String,
    agent: String,
}

impl Row {
    fn open(self, ctx: &Ctx) -> Result<Draft> {
        let plain = ctx.env.vault.open(CONTENT, &self.content).map_err(Error::internal)?;
        Ok(Draft {
            content: serde_json::from_slice(&plain).map_err(Error::internal)?,
            id: self.id,
            person: self.person,
            clerk: self.clerk,
            channel: self.channel,
            one_thing: self.one_thing,
            revision: self.revision,
            consent_entry: self.consent_entry,
            created: Timestamp(self.created_us),
            updated: Timestamp(self.updated_us),
            expires: Timestamp(self.expires_us),
            case_id: self.case_id,
            answer: self.answer,
            agent: self.agent,
        })
    }
}

fn seal(ctx: &mut Ctx, content: &Content) -> Result<Vec<u8>> {
    let plain = serde_json::to_vec(content).map_err(Error::internal)?;
    ctx.env.vault.clone().seal(CONTENT, &plain, &mut ctx.random)
}

/// The draft with this id, if any.
pub(super) async fn find(ctx: &mut Ctx, id: &str) -> Result<Option<Draft>> {
    let sql = format!("SELECT {COLUMNS} FROM draft WHERE id = $1");
    let row: Option<Row> = ctx.optional(&sql, vals![id]).await?;
    row.map(|row| row.open(ctx)).transpose()
}

/// Drafts under way of a person, or begun by a clerk or an agent, newest first.
pub(super) async fn open_of(
    ctx: &mut Ctx,
    column: &'static str,
    id: &str,
    most: usize,
) -> Result<Vec<Draft>> {
    let sql = format!(
        "SELECT {COLUMNS} FROM draft WHERE {column} = $1 AND case_id = '' ORDER BY id DESC LIMIT $2"
    );
    let rows: Vec<Row> = ctx.all(&sql, vals![id, most]).await?;
    rows.into_iter().map(|row| row.open(ctx)).collect()
}

/// How many drafts a person has under way that this agent began, or for the empty one himself or a
/// clerk.
pub(super) async fn open_by(ctx: &mut Ctx, person: &str, agent: &str) -> Result<usize> {
    let sql = "SELECT COUNT(*) FROM draft
         WHERE person = $1 AND case_id = '' AND COALESCE(agent, '') = $2";
    usize::try_from(ctx.count(sql, vals![person, agent]).await?).map_err(Error::internal)
}

/// Writes a new draft.
pub(super) async fn insert(ctx: &mut Ctx, draft: &Draft) -> Result<()> {
    let content = seal(ctx, &draft.content)?;
    ctx.execute(
        "INSERT INTO draft (id, person, clerk, channel, one_thing, content, revision, consent_entry,
         created_us, updated_us, expires_us, case_id, answer, agent)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, '', '', $12)",
        vals![
            &draft.id,
            &draft.person,
            &draft.clerk,
            &draft.channel,
            &draft.one_thing,
            content,
            draft.revision,
            &draft.consent_entry,
            draft.created,
            draft.updated,
            draft.expires,
            Some(draft.agent.clone()).filter(|agent| !agent.is_empty())
        ],
    )
    .await?;
    Ok(())
}

/// Writes content, revision and time of a draft that is held.
pub(super) async fn update(ctx: &mut Ctx, draft: &Draft) -> Result<()> {
    let content = seal(ctx, &draft.content)?;
    ctx.execute(
        "UPDATE draft SET content = $2, revision = $3, updated_us = $4, case_id = $5, answer = $6
         WHERE id = $1",
        vals![&draft.id, content, draft.revision, draft.updated, &draft.case_id, &draft.answer],
    )
    .await?;
    Ok(())
}

/// Removes a draft with its files' rows.
pub(super) async fn delete(ctx: &mut Ctx, id: &str) -> Result<()> {
    ctx.execute("DELETE FROM draft_file WHERE draft_id = $1", vals![id]).await?;
    ctx.execute("DELETE FROM draft WHERE id = $1", vals![id]).await?;
    Ok(())
}

/// A file of a draft.
#[derive(Clone, Debug)]
pub struct FileRow {
    /// Id.
    pub id: String,
    /// File field.
    pub field: String,
    /// Digest of the stored object.
    pub digest: String,
    /// Name the sender gave.
    pub name: String,
    /// Content type, found from the content.
    pub media_type: String,
    /// Bytes.
    pub size: i64,
    /// When it came.
    pub at: Timestamp,
}

#[derive(FromQueryResult)]
struct StoredFile {
    id: String,
    field: String,
    digest: String,
    name: Vec<u8>,
    media_type: String,
    size: i64,
    at_us: i64,
}

/// Files of a draft, in the order they came.
pub(super) async fn files(ctx: &mut Ctx, draft: &str) -> Result<Vec<FileRow>> {
    let sql = "SELECT id, field, digest, name, media_type, size, at_us FROM draft_file
        WHERE draft_id = $1 ORDER BY field, id LIMIT 200";
    let rows: Vec<StoredFile> = ctx.all(sql, vals![draft]).await?;
    rows.into_iter()
        .map(|row| {
            let name = ctx.env.vault.open(FILE_NAME, &row.name).map_err(Error::internal)?;
            Ok(FileRow {
                name: String::from_utf8(name).map_err(Error::internal)?,
                id: row.id,
                field: row.field,
                digest: row.digest,
                media_type: row.media_type,
                size: row.size,
                at: Timestamp(row.at_us),
            })
        })
        .collect()
}

/// Writes a file's row.
pub(super) async fn insert_file(ctx: &mut Ctx, draft: &str, file: &FileRow) -> Result<()> {
    let name = ctx.env.vault.clone().seal(FILE_NAME, file.name.as_bytes(), &mut ctx.random)?;
    ctx.execute(
        "INSERT INTO draft_file (id, draft_id, field, digest, name, media_type, size, at_us)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
        vals![
            &file.id,
            draft,
            &file.field,
            &file.digest,
            name,
            &file.media_type,
            file.size,
            file.at
        ],
    )
    .await?;
    Ok(())
}

/// Removes a file's row; false when the draft has no such file.
pub(super) async fn delete_file(ctx: &mut Ctx, draft: &str, id: &str) -> Result<bool> {
    let sql = "DELETE FROM draft_file WHERE draft_id = $1 AND id = $2";
    Ok(ctx.execute(sql, vals![draft, id]).await? == 1)
}
