//! Deleting the files of folders that were disposed of, after the commit.
//!
//! Invariants: a file goes only when no folder that is kept, no case that is not disposed of and no
//! draft has it, and no transaction that is about to name it is open; deleting again changes nothing, so that a killed job goes on where it was.
//! Must not know: why a folder was disposed of.

use super::super::{contents, store as folders};
use super::store;
use ::store::{Ctx, Env};
use kernel::{Actor, Lang, Result};
use serde_json::Value as Json;
use std::sync::Arc;

/// Name of the job.
pub(super) const JOB: &str = "service.archive_shred";

/// Deletes what the folders of a list had to themselves, and what their cases held of it.
pub(super) async fn run(env: &Arc<Env>, payload: &Json) -> Result<()> {
    let id = payload["list"].as_str().unwrap_or_default();
    let mut ctx = Ctx::read(env, Actor::system(JOB), Lang::Zh);
    let entries = store::entries(&mut ctx, id).await?;
    for entry in entries.iter().filter(|entry| entry.state == "done") {
        for part in folders::parts(&mut ctx, &entry.id).await? {
            delete(env, &part.digest).await?;
        }
        let mut write = env.system(JOB).await?;
        contents::erase(&mut write, &entry.case_id).await?;
        write.commit().await?;
    }
    Ok(())
}

/// Deletes a file that nobody needs any more. Whoever sends the same content at this moment is waited
/// for, or finds it gone and stores it anew.
pub(super) async fn delete(env: &Arc<Env>, digest: &str) -> Result<()> {
    let mut ctx = env.system(JOB).await?;
    ctx.own_object(digest).await?;
    if !folders::is_held(&mut ctx, digest).await? {
        ctx.remove_object(digest).await?;
    }
    ctx.commit().await
}
