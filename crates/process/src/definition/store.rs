//! SQL of definitions.
//!
//! Must not know: who may read or deploy them.

use super::model::{Bundle, Version};
use crate::Moment;
use ::store::{Ctx, FromQueryResult, vals};
use flow::process::Trigger;
use kernel::Result;

/// Versions on a page.
pub(super) const PAGE: usize = 50;

const COLUMNS: &str =
    "process, version, bundle, name, agency, newest, deployed_us, deployed_by_name";

/// A version as stored.
#[derive(Clone, Debug, FromQueryResult)]
pub(super) struct Row {
    pub(super) process: String,
    pub(super) version: i64,
    pub(super) bundle: String,
    pub(super) name: String,
    pub(super) agency: String,
    newest: i64,
    deployed_us: i64,
    deployed_by_name: String,
}

impl Row {
    pub(super) fn shown(self) -> Version {
        Version {
            process: self.process,
            version: self.version,
            name: self.name,
            bundle: self.bundle,
            agency: self.agency,
            newest: self.newest != 0,
            deployed: Moment::of(self.deployed_us),
            deployed_by: self.deployed_by_name,
        }
    }
}

/// The bytes of a bundle.
pub(super) async fn bytes(ctx: &mut Ctx, digest: &str) -> Result<Option<Vec<u8>>> {
    ctx.scalar("SELECT body FROM process_bundle WHERE id = $1", vals![digest]).await
}

pub(super) async fn keep_bytes(ctx: &mut Ctx, digest: &str, bytes: &[u8]) -> Result<()> {
    let sql = "INSERT INTO process_bundle (id, body, size) VALUES ($1, $2, $3)
         ON CONFLICT (id) DO NOTHING";
    ctx.execute(sql, vals![digest, bytes, bytes.len()]).await?;
    Ok(())
}

/// The newest version of a process.
pub(super) async fn newest(ctx: &mut Ctx, process: &str) -> Result<Option<Row>> {
    let sql = format!("SELECT {COLUMNS} FROM process_definition WHERE newest = 1 AND process = $1");
    ctx.optional(&sql, vals![process]).await
}

/// A version. Errors: `not_found`.
pub(super) async fn version(ctx: &mut Ctx, process: &str, version: i64) -> Result<Row> {
    let sql =
        format!("SELECT {COLUMNS} FROM process_definition WHERE process = $1 AND version = $2");
    ctx.one(&sql, vals![process, version]).await
}

/// Newest versions in the order of their process; one more than a page.
pub(super) async fn list(ctx: &mut Ctx, after: &str) -> Result<Vec<Row>> {
    let sql = format!(
        "SELECT {COLUMNS} FROM process_definition WHERE newest = 1 AND process > $1
         ORDER BY process LIMIT $2"
    );
    ctx.all(&sql, vals![after, PAGE + 1]).await
}

/// Versions of a process, newest first; one more than a page.
pub(super) async fn versions(ctx: &mut Ctx, process: &str, before: i64) -> Result<Vec<Row>> {
    let sql = format!(
        "SELECT {COLUMNS} FROM process_definition WHERE process = $1 AND version < $2
         ORDER BY version DESC LIMIT $3"
    );
    ctx.all(&sql, vals![process, before, PAGE + 1]).await
}

/// Keeps a new version, which becomes the newest; its row's id, and that of the one before.
pub(super) async fn insert(
    ctx: &mut Ctx,
    process: &str,
    version: i64,
    name: &str,
    bundle: &str,
    agency: &str,
) -> Result<(String, Option<String>)> {
    let sql = "SELECT id FROM process_definition WHERE newest = 1 AND process = $1";
    let before: Option<String> = ctx.scalar(sql, vals![process]).await?;
    let sql = "UPDATE process_definition SET newest = 0 WHERE newest = 1 AND process = $1";
    ctx.execute(sql, vals![process]).await?;
    let (id, now) = (ctx.id(), ctx.now);
    let (by, by_name) = (ctx.actor.account.clone(), ctx.actor.name.clone());
    ctx.execute(
        "INSERT INTO process_definition (id, process, version, bundle, name, agency, newest,
         deployed_us, deployed_by, deployed_by_name) VALUES ($1, $2, $3, $4, $5, $6, 1, $7, $8, $9)",
        vals![&id, process, version, bundle, name, agency, now, by, by_name],
    )
    .await?;
    Ok((id, before))
}

/// Puts the events that begin the newest version in the place of those of the one before.
pub(super) async fn put_starts(ctx: &mut Ctx, process: &str, bundle: &Bundle) -> Result<()> {
    ctx.execute("DELETE FROM process_start WHERE process = $1", vals![process]).await?;
    let Some(definition) = bundle.definition(process) else { return Ok(()) };
    for (node, trigger) in definition.starts() {
        let (kind, name) = match trigger {
            Trigger::Message(message) => ("message", message.name.as_str()),
            Trigger::Timer(text) => ("timer", text.as_str()),
            _ => continue,
        };
        ctx.execute(
            "INSERT INTO process_start (id, process, node, kind, name) VALUES ($1, $2, $3, $4, $5)",
            vals![format!("{process}:{}", node.id), process, &node.id, kind, name],
        )
        .await?;
    }
    Ok(())
}

/// A start event of a newest version.
#[derive(Clone, Debug, FromQueryResult)]
pub(crate) struct StartRow {
    pub(crate) process: String,
    pub(crate) node: String,
    pub(crate) name: String,
}

/// Start events that a message of that name begins; of one process when one is named.
pub(crate) async fn message_starts(
    ctx: &mut Ctx,
    name: &str,
    process: &str,
) -> Result<Option<StartRow>> {
    let sql = "SELECT process, node, name FROM process_start WHERE kind = 'message' AND name = $1
         AND ($2 = '' OR process = $2) ORDER BY process LIMIT 1";
    ctx.optional(sql, vals![name, process]).await
}

/// Start events of a process that a timer begins.
pub(crate) async fn timer_starts(ctx: &mut Ctx, process: &str) -> Result<Vec<StartRow>> {
    let sql = "SELECT process, node, name FROM process_start WHERE process = $1
         AND kind = 'timer' ORDER BY id LIMIT 100";
    ctx.all(sql, vals![process]).await
}

/// The number a process was given with a bundle.
pub(super) async fn version_in(ctx: &mut Ctx, process: &str, bundle: &str) -> Result<Option<i64>> {
    let sql = "SELECT version FROM process_definition WHERE bundle = $1 AND process = $2
         ORDER BY version DESC LIMIT 1";
    ctx.scalar(sql, vals![bundle, process]).await
}
