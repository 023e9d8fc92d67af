//! SQL of instances: their row, and what surrounds it but tasks.
//!
//! Must not know: what a phase means, who may read.

use super::model::{Standing, phase};
use ::store::{Ctx, FromQueryResult, Value, dialect, vals};
use kernel::{Error, Result};
use serde_json::{Map, Value as Json};

/// Purpose under which states are sealed.
const STATE: &str = "process.state";
/// Purpose under which titles are sealed.
const TITLE: &str = "process.title";
/// Instances on a page.
pub(crate) const PAGE: usize = 50;

/// Columns of `process_instance`.
pub(crate) const COLUMNS: &str = "id, process, version, bundle, subject, agency, division, \
    parent_id, parent_number, depth, started_by, started_by_name, started_us, ended_us, phase, \
    revision, title, state, history";

/// A row of `process_instance`.
#[derive(Clone, Debug, FromQueryResult)]
pub(crate) struct Row {
    pub(crate) id: String,
    pub(crate) process: String,
    pub(crate) version: i64,
    pub(crate) bundle: String,
    pub(crate) subject: String,
    pub(crate) agency: String,
    pub(crate) division: String,
    pub(crate) parent_id: String,
    pub(crate) parent_number: i64,
    pub(crate) depth: i64,
    pub(crate) started_by: String,
    pub(crate) started_by_name: String,
    pub(crate) started_us: i64,
    pub(crate) ended_us: i64,
    pub(crate) phase: String,
    pub(crate) revision: i64,
    title: Vec<u8>,
    state: Vec<u8>,
    pub(crate) history: String,
}

impl Row {
    /// What it is called, opened.
    pub(crate) fn title(&self, ctx: &Ctx) -> Result<String> {
        open_title(ctx, &self.title)
    }

    /// Bytes it takes, but for short columns.
    pub(crate) fn size(&self) -> usize {
        self.title.len() + self.state.len()
    }

    /// Where it stands, opened.
    pub(crate) fn standing(&self, ctx: &Ctx) -> Result<Standing> {
        let plain = ctx.env.vault.open(STATE, &self.state).map_err(Error::internal)?;
        serde_json::from_slice(&plain).map_err(Error::internal)
    }
}

/// Opens a sealed title.
pub(crate) fn open_title(ctx: &Ctx, sealed: &[u8]) -> Result<String> {
    let plain = ctx.env.vault.open(TITLE, sealed).map_err(Error::internal)?;
    String::from_utf8(plain).map_err(Error::internal)
}

/// Seals bytes for a purpose.
pub(crate) fn seal(ctx: &mut Ctx, purpose: &str, plain: &[u8]) -> Result<Vec<u8>> {
    let env = ctx.env.clone();
    env.vault.seal(purpose, plain, &mut ctx.random).map_err(Error::internal)
}

/// The row with this id, if any.
pub(crate) async fn find(ctx: &mut Ctx, id: &str) -> Result<Option<Row>> {
    ctx.optional(&format!("SELECT {COLUMNS} FROM process_instance WHERE id = $1"), vals![id]).await
}

/// The row with this id, held until the transaction ends. Errors: `not_found`.
pub(super) async fn hold(ctx: &mut Ctx, id: &str) -> Result<Row> {
    let held = dialect::for_update(ctx.engine());
    let sql = format!("SELECT {COLUMNS} FROM process_instance WHERE id = $1{held}");
    ctx.one(&sql, vals![id]).await
}

/// The rows with these ids, in the order of their ids.
pub(crate) async fn of_ids(ctx: &mut Ctx, ids: &[String]) -> Result<Vec<Row>> {
    among(ctx, ids, "").await
}

/// Those of the rows with these ids that nobody else holds, held until the transaction ends, in
/// the order of their ids.
pub(super) async fn hold_free(ctx: &mut Ctx, ids: &[String]) -> Result<Vec<Row>> {
    let held = dialect::skip_locked(ctx.engine());
    among(ctx, ids, held).await
}

async fn among(ctx: &mut Ctx, ids: &[String], held: &str) -> Result<Vec<Row>> {
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let marks: Vec<String> = (1..=ids.len()).map(|at| format!("${at}")).collect();
    let sql = format!(
        "SELECT {COLUMNS} FROM process_instance WHERE id IN ({}) ORDER BY id{held}",
        marks.join(", ")
    );
    ctx.all(&sql, ids.iter().map(Value::from).collect()).await
}

/// The row with this id. Errors: `not_found`.
pub(crate) async fn get(ctx: &mut Ctx, id: &str) -> Result<Row> {
    find(ctx, id).await?.ok_or_else(Error::not_found)
}

/// Rows whose id follows, in the order of their ids.
pub(crate) async fn after(ctx: &mut Ctx, id: &str, limit: usize) -> Result<Vec<Row>> {
    let sql = format!("SELECT {COLUMNS} FROM process_instance WHERE id > $1 ORDER BY id LIMIT $2");
    ctx.all(&sql, vals![id, limit]).await
}

/// The child a call of a parent began, if it did.
pub(crate) async fn child(ctx: &mut Ctx, parent: &str, number: u64) -> Result<Option<Row>> {
    let sql = format!(
        "SELECT {COLUMNS} FROM process_instance WHERE parent_id = $1 AND parent_number = $2"
    );
    ctx.optional(&sql, vals![parent, number]).await
}

/// Children of an instance, oldest first.
pub(crate) async fn children(ctx: &mut Ctx, parent: &str) -> Result<Vec<Row>> {
    let sql = format!(
        "SELECT {COLUMNS} FROM process_instance WHERE parent_id = $1 ORDER BY id LIMIT 200"
    );
    ctx.all(&sql, vals![parent]).await
}

/// What a new instance is made of beside its state.
#[derive(Clone, Debug, Default)]
pub(crate) struct Birth {
    pub(crate) id: String,
    pub(crate) process: String,
    pub(crate) version: i64,
    pub(crate) bundle: String,
    pub(crate) subject: String,
    pub(crate) title: String,
    pub(crate) agency: String,
    pub(crate) division: String,
    pub(crate) parent_id: String,
    pub(crate) parent_number: u64,
    pub(crate) depth: i64,
    pub(crate) started_by: String,
    pub(crate) started_by_name: String,
}

/// The row of a new instance, not yet kept.
pub(super) fn born(ctx: &mut Ctx, birth: Birth) -> Result<Row> {
    let title = seal(ctx, TITLE, birth.title.as_bytes())?;
    Ok(Row {
        id: birth.id,
        process: birth.process,
        version: birth.version,
        bundle: birth.bundle,
        subject: birth.subject,
        agency: birth.agency,
        division: birth.division,
        parent_id: birth.parent_id,
        parent_number: i64::try_from(birth.parent_number).map_err(Error::internal)?,
        depth: birth.depth,
        started_by: birth.started_by,
        started_by_name: birth.started_by_name,
        started_us: ctx.now.0,
        ended_us: 0,
        phase: "new".to_owned(),
        revision: 0,
        title,
        state: Vec::new(),
        history: String::new(),
    })
}

/// Keeps a new instance where it stands; its row as stored.
pub(super) async fn insert(
    ctx: &mut Ctx,
    row: &Row,
    standing: &Standing,
) -> Result<Map<String, Json>> {
    let text = serde_json::to_vec(standing).map_err(Error::internal)?;
    let state = seal(ctx, STATE, &text)?;
    let kept = ctx.changed_row(
        "INSERT INTO process_instance (id, process, version, bundle, subject, agency, division,
         parent_id, parent_number, depth, started_by, started_by_name, started_us, ended_us, phase,
         revision, title, state, history) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12,
         $13, $14, $15, $16, $17, $18, $19) RETURNING *",
        vals![
            &row.id,
            &row.process,
            row.version,
            &row.bundle,
            &row.subject,
            &row.agency,
            &row.division,
            &row.parent_id,
            row.parent_number,
            row.depth,
            &row.started_by,
            &row.started_by_name,
            row.started_us,
            row.ended_us,
            phase(standing),
            row.revision,
            &row.title,
            state,
            &row.history
        ],
    );
    kept.await?.ok_or_else(Error::not_found)
}

/// Writes where an instance stands; its row as stored.
pub(super) async fn update(
    ctx: &mut Ctx,
    row: &Row,
    standing: &Standing,
) -> Result<Map<String, Json>> {
    let text = serde_json::to_vec(standing).map_err(Error::internal)?;
    let state = seal(ctx, STATE, &text)?;
    let kept = ctx.changed_row(
        "UPDATE process_instance SET phase = $2, revision = $3, ended_us = $4, state = $5,
         history = $6, version = $7, bundle = $8 WHERE id = $1 RETURNING *",
        vals![
            &row.id,
            phase(standing),
            row.revision,
            row.ended_us,
            state,
            &row.history,
            row.version,
            &row.bundle
        ],
    );
    kept.await?.ok_or_else(Error::not_found)
}

/// The walk along the instances somebody began.
pub(crate) fn walk_started() -> String {
    format!(
        "SELECT {COLUMNS} FROM process_instance WHERE started_by = $1 AND id < $2
         ORDER BY id DESC LIMIT $3"
    )
}

/// Instances somebody began, newest first, before a cursor; one more than a page.
pub(crate) async fn started_by(ctx: &mut Ctx, account: &str, before: &str) -> Result<Vec<Row>> {
    let before = if before.is_empty() { "~" } else { before };
    ctx.all(&walk_started(), vals![account, before, PAGE + 1]).await
}

/// Instances of an agency in a phase, newest first, before a cursor; one more than a page.
pub(crate) async fn of_agency(
    ctx: &mut Ctx,
    agency: &str,
    phase: &str,
    before: &str,
) -> Result<Vec<Row>> {
    let before = if before.is_empty() { "~" } else { before };
    let sql = format!(
        "SELECT {COLUMNS} FROM process_instance WHERE agency = $1 AND phase = $2 AND id < $3
         ORDER BY id DESC LIMIT $4"
    );
    ctx.all(&sql, vals![agency, phase, before, PAGE + 1]).await
}
