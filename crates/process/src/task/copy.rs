//! Copies: an instance shown to officers who have nothing to do with it but to know.
//!
//! Invariant: an officer has one copy of an instance, unread again when it is sent again.
//!
//! Must not know: HTTP, pages.

use super::store::PAGE;
use super::verbs::{colleague, tell};
use crate::instance::act::{Acting, Done};
use crate::instance::model::{Act, Who};
use crate::instance::store::open_title;
use crate::instance::{seen, words};
use crate::{Moment, WORK};
use ::store::{Ctx, FromQueryResult, vals};
use kernel::{Error, Result};
use party::authority;
use schemars::JsonSchema;
use serde::Serialize;

/// Officers one copy goes to.
const READERS_MAX: usize = 50;

/// A copy in an officer's list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct CopyRow {
    /// Id.
    pub id: String,
    /// Instance.
    pub instance: String,
    /// What it is called.
    pub title: String,
    /// Who sent it.
    pub sender: String,
    /// When.
    pub at: Option<Moment>,
    /// Whether it has been read.
    pub read: bool,
}

/// A page of copies.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct CopyPage {
    /// Newest first.
    pub copies: Vec<CopyRow>,
    /// Cursor of the next page.
    pub next: Option<String>,
}

#[derive(Clone, Debug, FromQueryResult)]
struct Stored {
    id: String,
    instance_id: String,
    sender_name: String,
    at_us: i64,
    unread: i64,
    title: Vec<u8>,
}

/// Sends copies of an instance to colleagues. Errors: `denied`, `not_found`, `process.colleague`,
/// `process.words`.
pub async fn copy(ctx: &mut Ctx, instance: &str, to: &[String], note: &str) -> Result<Done> {
    let note = words(note, "words", false)?;
    authority::demand(ctx, WORK)?;
    let acting = Acting::load(ctx, instance).await?;
    seen(ctx, instance).await?;
    let mut readers: Vec<Who> = Vec::new();
    for one in to.iter().take(READERS_MAX) {
        let reader = colleague(ctx, one).await?;
        if !readers.contains(&reader) {
            readers.push(reader);
        }
    }
    if readers.is_empty() || to.len() > READERS_MAX {
        return Err(Error::invalid("process.colleague").field("to", "process.colleague"));
    }
    let done = acting.finish(ctx, Act::Copied { to: readers.clone(), note }).await?;
    let (now, sender) = (ctx.now, ctx.actor.name.clone());
    for reader in readers {
        let sql = "DELETE FROM process_copy WHERE instance_id = $1 AND reader = $2";
        ctx.execute(sql, vals![instance, &reader.account]).await?;
        let id = ctx.id();
        ctx.execute(
            "INSERT INTO process_copy (id, instance_id, reader, sender_name, at_us, read_us, unread)
             VALUES ($1, $2, $3, $4, $5, 0, 1)",
            vals![id, instance, &reader.account, &sender, now],
        )
        .await?;
        tell(ctx, &reader.account, "process.copied", &format!("/instances/{instance}")).await?;
    }
    Ok(done)
}

/// The walk along the copies of somebody.
pub(crate) const WALK: &str =
    "SELECT c.id, c.instance_id, c.sender_name, c.at_us, c.unread, i.title
     FROM process_copy c JOIN process_instance i ON i.id = c.instance_id
     WHERE c.reader = $1 AND c.unread = $2 AND c.id < $3 ORDER BY c.id DESC LIMIT $4";

/// Copies of the actor, unread or read, newest first. Errors: `denied`.
pub async fn copies(ctx: &mut Ctx, unread: bool, before: &str) -> Result<CopyPage> {
    authority::demand(ctx, WORK)?;
    let (account, before) =
        (ctx.actor.account.clone(), if before.is_empty() { "~" } else { before });
    let mut rows: Vec<Stored> = ctx.all(WALK, vals![account, unread, before, PAGE + 1]).await?;
    let more = rows.len() > PAGE;
    rows.truncate(PAGE);
    let next = rows.last().filter(|_| more).map(|row| row.id.clone());
    let shown = |row: Stored| {
        Ok(CopyRow {
            title: open_title(ctx, &row.title)?,
            id: row.id,
            instance: row.instance_id,
            sender: row.sender_name,
            at: Moment::of(row.at_us),
            read: row.unread == 0,
        })
    };
    Ok(CopyPage { copies: rows.into_iter().map(shown).collect::<Result<_>>()?, next })
}

/// Marks the actor's copy of an instance as read; nothing when he has none.
pub async fn read(ctx: &mut Ctx, instance: &str) -> Result<()> {
    let (account, now) = (ctx.actor.account.clone(), ctx.now);
    ctx.execute(
        "UPDATE process_copy SET unread = 0, read_us = $3
         WHERE instance_id = $1 AND reader = $2 AND unread = 1",
        vals![instance, account, now],
    )
    .await?;
    Ok(())
}

/// Marks the actor's copy of an instance as not read. Errors: `denied`, `not_found` when he has none.
pub async fn mark_unread(ctx: &mut Ctx, instance: &str) -> Result<()> {
    authority::demand(ctx, WORK)?;
    let account = ctx.actor.account.clone();
    let sql =
        "UPDATE process_copy SET unread = 1, read_us = 0 WHERE instance_id = $1 AND reader = $2";
    match ctx.execute(sql, vals![instance, account]).await? {
        0 => Err(Error::not_found()),
        _ => Ok(()),
    }
}

/// Whether the actor has a copy of an instance he has not read.
pub(crate) async fn unread(ctx: &mut Ctx, instance: &str) -> Result<bool> {
    let account = ctx.actor.account.clone();
    let sql = "SELECT COUNT(*) FROM process_copy
         WHERE instance_id = $1 AND reader = $2 AND unread = 1";
    Ok(ctx.count(sql, vals![instance, account]).await? > 0)
}
