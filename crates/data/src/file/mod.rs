//! 一人一档: what the registries hold about the person himself, under his own access, on record.
//!
//! Invariants: only records in which the actor's own citizen number is a key; grades 3 and 4 are
//! masked; every opening of the file is recorded. Must not know: other people's records.

mod pages;

use crate::lookup;
use crate::registry::{self, Record};
use kernel::Result;
use serde_json::json;
use store::Ctx;
use webkit::{Access, Module, get};

/// The actor's records, by registry in the pack's order; registries with none left out.
/// Errors: `denied` without the permission `trace.own`, `account.unproven`.
pub async fn open(ctx: &mut Ctx) -> Result<Vec<Record>> {
    party::authority::demand(ctx, "trace.own")?;
    party::account::demand_proven(ctx).await?;
    let mut found = Vec::new();
    let Some(number) = lookup::own_number(ctx).await? else { return Ok(found) };
    let pack = ctx.env.pack.clone();
    for definition in pack.registries() {
        found.extend(registry::concerning(ctx, definition, &number).await?);
    }
    let body = json!({"records": found.len()});
    let subject = format!("person:{}", ctx.actor.party);
    party::audit::record(ctx, "file.read", &subject, body).await?;
    Ok(found)
}

pub(crate) fn module() -> Module {
    Module {
        name: "data.file",
        routes: vec![get("/my/file", Access::Citizen, pages::mine)],
        jobs: Vec::new(),
        subscriptions: Vec::new(),
        rail: Vec::new(),
    }
}
