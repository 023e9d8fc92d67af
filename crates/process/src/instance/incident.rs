//! Incidents: what could not go on by itself, and its repair.
//!
//! Invariants
//! - A fault of the model or of the data becomes an incident in the transaction that met it, with
//!   nothing else written; a fault of ours or of the database is tried again by the worker.
//! - An incident is gone when what it concerns is: repaired, withdrawn, ended.
//!
//! Must not know: how a service works.

use super::act::{Acting, INPUT};
use super::instance::words;
use super::model::Act;
use super::store::{self, Row};
use super::{CALL, CHILD_ENDED, DELIVER, SIGNAL_ONE, WORK, job_id, project};
use crate::bundle::decide;
use crate::{DEPLOY, Moment, OPERATE};
use ::store::{Ctx, FromQueryResult, vals};
use flow::process::{Command, Id, Kind as Drawn, On, Task, Variables, Wait};
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
    // A year without its notice is told to who can give it; trying again would not.
    let told = error.code == "calendar.year_missing";
    let ours = matches!(error.kind, Kind::Internal | Kind::Unavailable) && !told;
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

/// Incidents in reach, oldest first. Errors: `denied`.
pub async fn list(ctx: &mut Ctx, after: &str) -> Result<IncidentPage> {
    of_cause(ctx, "", after).await
}

/// Incidents in reach, oldest first: of all for who deploys procedures, of his agency
/// for anybody else; of one cause, a code, unless that is empty. Errors: `denied`.
pub async fn of_cause(ctx: &mut Ctx, cause: &str, after: &str) -> Result<IncidentPage> {
    let (at, id) = after.split_once(':').unwrap_or(("0", ""));
    let at: i64 = at.parse().unwrap_or(0);
    authority::demand(ctx, OPERATE)?;
    let operates = authority::may(ctx, DEPLOY);
    let agency = ctx.actor.agency.clone();
    let (own, mut values) = match operates {
        true => ("", vals![at, id, PAGE + 1, cause]),
        false => (" AND agency = $5", vals![at, id, PAGE + 1, cause, agency]),
    };
    let sql = format!(
        "SELECT {COLUMNS} FROM process_incident WHERE (at_us > $1 OR (at_us = $1 AND id > $2))
         AND ($4 = '' OR code = $4){own}
         ORDER BY at_us, id LIMIT $3"
    );
    let mut rows: Vec<Stored> = ctx.all(&sql, std::mem::take(&mut values)).await?;
    let more = rows.len() > PAGE;
    rows.truncate(PAGE);
    let next = rows.last().filter(|_| more).map(|row| format!("{}:{}", row.at_us, row.id));
    Ok(IncidentPage { incidents: rows.into_iter().map(Stored::shown).collect(), next })
}

/// An incident in reach. Errors: `denied`, `not_found`.
pub async fn get(ctx: &mut Ctx, id: &str) -> Result<Incident> {
    Ok(reached(ctx, id).await?.shown())
}

async fn reached(ctx: &mut Ctx, id: &str) -> Result<Stored> {
    authority::demand(ctx, OPERATE)?;
    let sql = format!("SELECT {COLUMNS} FROM process_incident WHERE id = $1");
    let found: Option<Stored> = ctx.optional(&sql, vals![id]).await?;
    let found = found.ok_or_else(Error::not_found)?;
    if !authority::may(ctx, DEPLOY) && !authority::same_agency(ctx, &found.agency) {
        return Err(Error::not_found());
    }
    Ok(found)
}

/// Sets variables of the instance as the step that stopped sees them, then tries it again; the
/// history keeps who, what and why. Errors: `denied`, `not_found`, `process.words`,
/// `process.correction`; `process.suspended`; what the engine and the step's own expressions refuse.
pub async fn correct(ctx: &mut Ctx, id: &str, variables: Variables, reason: &str) -> Result<()> {
    let reason = words(reason, "reason", true)?;
    let found = reached(ctx, id).await?;
    if variables.is_empty() {
        return Err(Error::invalid("process.correction").field("variables", "process.correction"));
    }
    let number = u64::try_from(found.number).unwrap_or_default();
    let mut acting = Acting::load(ctx, &found.instance_id).await?;
    let state = &acting.standing.state;
    let held = state.token(number).is_some() || state.subscription(number).is_some();
    let (at, names) = (held.then_some(number), variables.keys().cloned().collect());
    acting.step(ctx, &Command::SetVariables { at, variables })?;
    let input = acting.input_of(number, &found.node)?;
    let act = Act::Corrected { number, node: found.node, names, reason };
    acting.finish(ctx, act).await?;
    if let Some(input) = input {
        let text = serde_json::to_vec(&input).map_err(Error::internal)?;
        let sealed = store::seal(ctx, INPUT, &text)?;
        let sql = "UPDATE process_job SET input = $2 WHERE id = $1 AND kind <> $3";
        ctx.execute(sql, vals![id, sealed, super::ruling::KIND]).await?;
    }
    // What was put right may have gone another way, so that nothing is left to be tried.
    match repair(ctx, id).await {
        Err(error) if error.kind == Kind::NotFound => Ok(()),
        done => done,
    }
}

/// Tries again what an incident stopped. Errors: `denied`, `not_found`.
pub async fn repair(ctx: &mut Ctx, id: &str) -> Result<()> {
    let found = reached(ctx, id).await?;
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

impl Acting {
    /// What the job of a number is given now; none where it is no job.
    fn input_of(&self, number: Id, node: &str) -> Result<Option<Variables>> {
        let state = &self.standing.state;
        let waits = state.token(number).map(|token| &token.wait);
        let seen = decide::seen(state, number);
        Ok(match waits {
            Some(Wait::Job) if self.stuck_decision(number) => None,
            Some(Wait::Job) => Some(decide::mapped(self.bundle(), node, &seen)?.unwrap_or(seen)),
            Some(Wait::Child) => Some(seen),
            _ => None,
        })
    }

    /// Whether a decision waits there: what it is given is told when it is made.
    fn stuck_decision(&self, number: Id) -> bool {
        let token = self.standing.state.token(number);
        let node = self.definition().ok().zip(token).and_then(|(one, token)| one.node(token.node));
        matches!(node.map(|node| &node.kind), Some(Drawn::Task(Task::Decision { .. })))
    }
}
