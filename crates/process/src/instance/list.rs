//! Lists of instances: those the actor began, those of his agency.
//!
//! Must not know: pages.

use super::store::{self, Row};
use crate::{MANAGE, Moment, WORK};
use ::store::Ctx;
use kernel::{Error, Result};
use party::authority;
use schemars::JsonSchema;
use serde::Serialize;

/// Phases a list is of.
pub const PHASES: [&str; 6] =
    ["active", "suspended", "completed", "terminated", "failed", "cancelled"];

/// An instance in a list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct InstanceRow {
    /// Id.
    pub id: String,
    /// What it is called.
    pub title: String,
    /// Process.
    pub process: String,
    /// Version it keeps.
    pub version: i64,
    /// Phase.
    pub phase: String,
    /// Who began it.
    pub started_by: String,
    /// When it began.
    pub started: Option<Moment>,
    /// When it ended.
    pub ended: Option<Moment>,
}

/// A page of instances.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct InstancePage {
    /// Newest first.
    pub instances: Vec<InstanceRow>,
    /// Cursor of the next page.
    pub next: Option<String>,
}

/// Instances the actor began, newest first. Errors: `denied`.
pub async fn started(ctx: &mut Ctx, before: &str) -> Result<InstancePage> {
    authority::demand(ctx, WORK)?;
    let account = ctx.actor.account.clone();
    let rows = store::started_by(ctx, &account, before).await?;
    page(ctx, rows)
}

/// Instances of the actor's agency in a phase, newest first. Errors: `denied`; `not_found` for a
/// phase there is not.
pub async fn of_agency(ctx: &mut Ctx, phase: &str, before: &str) -> Result<InstancePage> {
    authority::demand(ctx, MANAGE)?;
    if !PHASES.contains(&phase) {
        return Err(Error::not_found());
    }
    let agency = ctx.actor.agency.clone();
    let rows = store::of_agency(ctx, &agency, phase, before).await?;
    page(ctx, rows)
}

fn page(ctx: &Ctx, mut rows: Vec<Row>) -> Result<InstancePage> {
    let more = rows.len() > store::PAGE;
    rows.truncate(store::PAGE);
    let next = rows.last().filter(|_| more).map(|row| row.id.clone());
    let shown = |row: Row| {
        Ok(InstanceRow {
            title: row.title(ctx)?,
            started: Moment::of(row.started_us),
            ended: Moment::of(row.ended_us),
            id: row.id,
            process: row.process,
            version: row.version,
            phase: row.phase,
            started_by: row.started_by_name,
        })
    };
    Ok(InstancePage { instances: rows.into_iter().map(shown).collect::<Result<_>>()?, next })
}
