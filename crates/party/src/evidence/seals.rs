//! The seals of rows no entry speaks of: when a table was sealed is an entry, which cannot be taken
//! back; the check goes through every sealed table once. Only what serves an installation seals;
//! whoever checks one tells what is not sealed yet.
//!
//! Must not know: how a seal is computed, which tables there are.

use crate::audit;
use kernel::{Actor, Lang, Result};
use serde_json::{Value as Json, json};
use std::collections::BTreeSet;
use std::sync::Arc;
use store::{Broken, Ctx, Env, Sealed, vals};

/// Kind of the entry that says which table was sealed as it stood.
pub const SEALED: &str = "log.rows_sealed";

/// Seals the tables that were not sealed before: those of a new installation, and those a newer
/// version of the program names. Each is sealed in a transaction of its own, which nobody else
/// writes to the table during, and an entry says so: nobody has rows he changed sealed in silence,
/// and what a crash cuts short goes on where it was. Where such an entry cannot be read nothing is
/// sealed: the check of the log names it.
pub async fn seal_tables(env: &Arc<Env>) -> Result<()> {
    let mut reading = Ctx::read(env, Actor::system("log.seal"), Lang::Zh);
    for (name, table) in waiting(&mut reading).await? {
        let mut ctx = env.system("log.seal").await?;
        ctx.hold_table(table).await?;
        // Another process may have sealed it meanwhile.
        if waiting(&mut ctx).await?.iter().any(|(left, _)| *left == name) {
            let rows = ctx.seal_table(table).await?;
            audit::record(&mut ctx, SEALED, "log:rows", json!({ "rows": { name: rows } })).await?;
            ctx.commit().await?;
        }
    }
    Ok(())
}

/// The tables that are still to be sealed, by name.
pub async fn unsealed(ctx: &mut Ctx) -> Result<Vec<&'static str>> {
    Ok(waiting(ctx).await?.into_iter().map(|(_, table)| table.table).collect())
}

/// The tables that are still to be sealed, with the version of their sealing.
async fn waiting(ctx: &mut Ctx) -> Result<Vec<(String, Sealed)>> {
    let Some(done) = sealed(ctx).await? else { return Ok(Vec::new()) };
    Ok(named(ctx).into_iter().filter(|(name, _)| !done.contains(name)).collect())
}

/// The first row of a sealed table that was changed, added or taken away by hand. Reads only;
/// linear in the rows of these tables.
pub async fn broken_seal(ctx: &mut Ctx) -> Result<Option<Broken>> {
    let Some(done) = sealed(ctx).await? else { return Ok(None) };
    for (_, table) in named(ctx).into_iter().filter(|(name, _)| done.contains(name)) {
        if let Some(broken) = ctx.broken(table).await? {
            return Ok(Some(broken));
        }
    }
    Ok(None)
}

/// The installation's sealed tables by name and version of their sealing.
fn named(ctx: &Ctx) -> Vec<(String, Sealed)> {
    let named = |table: &Sealed| (format!("{}/{}", table.table, table.since), *table);
    ctx.env.sealed.values().map(named).collect()
}

/// What the entries say was sealed; none when one of them was changed by hand and cannot be read,
/// which is a fault of that entry.
async fn sealed(ctx: &mut Ctx) -> Result<Option<BTreeSet<String>>> {
    let sql = "SELECT body FROM evidence_entry WHERE kind = $1";
    let bodies: Vec<String> = ctx.column(sql, vals![SEALED]).await?;
    let mut names = BTreeSet::new();
    for body in bodies {
        let Ok(body) = serde_json::from_str::<Json>(&body) else { return Ok(None) };
        names.extend(body["rows"].as_object().into_iter().flatten().map(|(name, _)| name.clone()));
    }
    Ok(Some(names))
}
