//! Many incidents tried again under one command: of one cause, as a rule, once that was removed.
//!
//! Invariants
//! - Each is its own transaction: what one refuses does not stop another.
//! - A repetition tries nothing twice: an incident tried again is gone.
//!
//! Must not know: HTTP, pages.

use super::incident;
use crate::OPERATE;
use ::store::{Ctx, Env};
use kernel::{Actor, Error, Kind, Lang, Result};
use party::authority;
use schemars::JsonSchema;
use serde::Serialize;
use std::sync::Arc;

/// Incidents of one command: a page of the list.
pub const REPAIRS_MAX: usize = 50;

/// What became of one incident.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct RepairLine {
    /// Id of the incident.
    pub incident: String,
    /// Whether it will be tried again.
    pub done: bool,
    /// Why not: a code of the errors.
    pub code: String,
}

/// What became of many.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, JsonSchema)]
pub struct RepairDone {
    /// How many will be tried again.
    pub done: usize,
    /// Each, in the order they were named.
    pub incidents: Vec<RepairLine>,
}

/// Tries incidents again, one after the other. Errors: `denied`, `process.repair_size`; a fault of
/// the database, after which what was done stays done.
pub async fn repair_all(
    env: &Arc<Env>,
    actor: &Actor,
    lang: Lang,
    ids: &[String],
) -> Result<RepairDone> {
    authority::demand(&Ctx::read(env, actor.clone(), lang), OPERATE)?;
    if ids.is_empty() || ids.len() > REPAIRS_MAX {
        let args = vec![("max", REPAIRS_MAX.to_string())];
        let error = Error::invalid("process.repair_size").arg("max", REPAIRS_MAX);
        return Err(error.field_with("incidents", "process.repair_size", args));
    }
    let mut done = RepairDone::default();
    for id in ids {
        let mut ctx = Ctx::write(env, actor.clone(), lang).await?;
        let code = match incident::repair(&mut ctx, id).await {
            Ok(()) => {
                ctx.commit().await?;
                done.done += 1;
                String::new()
            }
            Err(error) if matches!(error.kind, Kind::Internal | Kind::Unavailable) => {
                return Err(error);
            }
            Err(error) => error.code.to_owned(),
        };
        done.incidents.push(RepairLine { incident: id.clone(), done: code.is_empty(), code });
    }
    Ok(done)
}
