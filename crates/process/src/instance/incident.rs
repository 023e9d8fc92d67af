//! Incidents: what could not go on by itself, and its repair.
//!
//! Invariants
//! - A fault of the model or of the data becomes an incident in the transaction that met it, with
//!   nothing else written; a fault of ours or of the database is tried again by the worker.
//! - An incident is gone when what it concerns is: repaired, withdrawn, ended.
//!
//! Must not know: how a service works.

use super::act::Acting;
use super::store::{self, Row};
use super::{CALL, CHILD_ENDED, DELIVER, SIGNAL_ONE, WORK, job_id, project};
use crate::{DEPLOY, Moment, OPERATE};
use ::store::{Ctx, FromQueryResult, vals};
use flow::process::On;
use kernel::{Error, Kind, Result};
use party::{audit, authority};
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::json;

/// Incidents on a page.
const PAGE: usize = 50;

/// An incident.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Incident {
    /// Id.
    pub id: String,
    /// Instance.
    pub instance: String,
    /// `job`, `call`, `child`, `timer`, `overdue`, `message` or `signal`.
    pub kind: String,
    /// Agency of the instance.
    pub agency: String,
    /// Id of the node, the message or the signal.
    pub node: String,
    /// Stable code of the fault.
    pub code: String,
    /// The fault in the log's words.
    pub failure: String,
    /// When.
    pub at: Option<Moment>,
}

/// A page of incidents.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct IncidentPage {
    /// Oldest first.
    pub incidents: Vec<Incident>,
    /// Cursor of the next page.
    pub next: Option<String>,
}

#[derive(Clone, Debug, FromQueryResult)]
struct Stored {
    id: String,
    instance_id: String,
    number: i64,
    kind: String,
    agency: String,
    node: String,
    code: String,
    failure: String,
    at_us: i64,
}

const COLUMNS: &str = "id, instance_id, number, kind, agency, node, code, failure, at_us";

impl Stored {
    fn shown(self) -> Incident {
        Incident {
            id: self.id,
            instance: self.instance_id,
            kind: self.kind,
            agency: self.agency,
            node: self.node,
            code: self.code,
            failure: self.failure,
            at: Moment::of(self.at_us),
        }
    }
}

/// Notes what became of a try: nothing for what is no longer wanted, an incident for a fault that
/// trying again would not mend. Errors: those that the worker tries again.
pub(super) async fn note(
    ctx: &mut Ctx,
    row: &Row,
    number: u64,
    kind: &str,
    node: &str,
    error: Error,
) -> Result<()> {
    let gone = error.code.ends_with("_gone") || error.code.ends_with("_unexpected");
    if gone || matches!(error.code, "process.ended" | "process.suspended") {
        return Ok(());
    }
    let ours = matches!(error.kind, Kind::Internal | Kind::Unavailable);
    if ours || error.code == "process.clock_set_back" {
        return Err(error);
    }
    open(ctx, row, number, kind, node, &error).await
}

/// Opens an incident, in the place of one before it.
pub(super) async fn open(
    ctx: &mut Ctx,
    row: &Row,
    number: u64,
    kind: &str,
    node: &str,
    error: &Error,
) -> Result<()> {
    let id = match kind {
        "signal" => format!("{}:signal:{node}", row.id),
        _ => job_id(&row.id, number),
    };
    let failure: String = error.to_string().chars().take(1_000).collect();
    let now = ctx.now;
    ctx.execute(
        "INSERT INTO process_incident (id, instance_id, number, kind, agency, node, code, failure, at_us)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
         ON CONFLICT (id) DO UPDATE SET kind = excluded.kind, node = excluded.node,
         code = excluded.code, failure = excluded.failure, at_us = excluded.at_us",
        vals![&id, &row.id, number, kind, &row.agency, node, error.code, failure, now],
    )
    .await?;
    let body = json!({ "kind": kind, "number": number, "code": error.code });
    let subject = format!("process_instance:{}", row.id);
    audit::record(ctx, "process.incident", &subject, body).await?;
    Ok(())
}

/// Incidents in reach, oldest first: of all for who deploys procedures, of his agency
/// for anybody else. Errors: `denied`.
pub async fn list(ctx: &mut Ctx, after: &str) -> Result<IncidentPage> {
    let (at, id) = after.split_once(':').unwrap_or(("0", ""));
    let at: i64 = at.parse().unwrap_or(0);
    authority::demand(ctx, OPERATE)?;
    let operates = authority::may(ctx, DEPLOY);
    let agency = ctx.actor.agency.clone();
    let (own, mut values) = match operates {
        true => ("", vals![at, id, PAGE + 1]),
        false => (" AND agency = $4", vals![at, id, PAGE + 1, agency]),
    };
    let sql = format!(
        "SELECT {COLUMNS} FROM process_incident WHERE (at_us > $1 OR (at_us = $1 AND id > $2)){own}
         ORDER BY at_us, id LIMIT $3"
    );
    let mut rows: Vec<Stored> = ctx.all(&sql, std::mem::take(&mut values)).await?;
    let more = rows.len() > PAGE;
    rows.truncate(PAGE);
    let next = rows.last().filter(|_| more).map(|row| format!("{}:{}", row.at_us, row.id));
    Ok(IncidentPage { incidents: rows.into_iter().map(Stored::shown).collect(), next })
}

/// Tries again what an incident stopped. Errors: `denied`, `not_found`.
pub async fn repair(ctx: &mut Ctx, id: &str) -> Result<()> {
    authority::demand(ctx, OPERATE)?;
    let sql = format!("SELECT {COLUMNS} FROM process_incident WHERE id = $1");
    let found: Option<Stored> = ctx.optional(&sql, vals![id]).await?;
    let found = found.ok_or_else(Error::not_found)?;
    if !authority::may(ctx, DEPLOY) && !authority::same_agency(ctx, &found.agency) {
        return Err(Error::not_found());
    }
    let acting = Acting::load(ctx, &found.instance_id).await?;
    // Another may have repaired it while this one waited for the row.
    let gone = ctx.execute("DELETE FROM process_incident WHERE id = $1", vals![id]).await? == 0;
    if gone {
        return Err(Error::not_found());
    }
    let number = u64::try_from(found.number).unwrap_or_default();
    let payload = json!({ "instance": found.instance_id, "number": number });
    match found.kind.as_str() {
        "job" => {
            let sql = "UPDATE process_job SET attempts = 0, failure = '' WHERE id = $1";
            ctx.execute(sql, vals![id]).await?;
            let now = ctx.now;
            ctx.schedule(WORK, id, now, &payload).await?;
        }
        "call" => ctx.enqueue(CALL, &payload).await?,
        "child" => {
            let child = store::child(ctx, &found.instance_id, number).await?;
            let child = child.ok_or_else(Error::not_found)?;
            ctx.enqueue(CHILD_ENDED, &json!({ "instance": child.id })).await?;
        }
        "timer" => {
            let subscription = acting.standing.state.subscription(number);
            if let Some(On::Timer { due, .. }) = subscription.map(|one| &one.on) {
                project::set_timer(ctx, &found.instance_id, number, *due).await?;
            }
        }
        "overdue" => {
            let now = ctx.now;
            super::overdue::set(ctx, &found.instance_id, number, now).await?;
        }
        "message" => {
            let payload = json!({ "message": found.node, "again": false });
            ctx.enqueue(DELIVER, &payload).await?;
        }
        _ => {
            let payload = json!({ "name": found.node, "instance": found.instance_id });
            ctx.enqueue(SIGNAL_ONE, &payload).await?;
        }
    }
    let subject = format!("process_instance:{}", found.instance_id);
    let body = json!({ "kind": found.kind, "number": number });
    audit::record(ctx, "process.repaired", &subject, body).await?;
    Ok(())
}
