//! The verbs of plans: permit, check, keep, tell.
//!
//! Must not know: HTTP, pages, how an instance is moved.

use super::MIGRATE;
use super::model::{New, Order, Phase, Plan, PlanPage, Report};
use super::store::{self, Row};
use crate::{DEPLOY, definition, instance};
use ::store::Ctx;
use flow::process::{Mapping, Migration};
use kernel::{Error, Result};
use party::{audit, authority};
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::json;

/// Characters of a plan's name.
pub(super) const NAME_MAX: usize = 100;
/// Nodes a mapping names.
const NODES_MAX: usize = 2_000;
/// Instances moved before a plan stops to be looked at.
pub(super) const CANARY_MAX: i64 = 100_000;

/// Keeps a plan and begins its dry run. Errors: `denied`, `not_found`, `process.owned`;
/// `process.migration_name`, `process.migration_versions`, `process.limit_mapping`,
/// `process.migrate_mapping`.
pub async fn plan(ctx: &mut Ctx, process: &str, new: New) -> Result<Plan> {
    let agency = definition::changed_for(ctx, process, new.from).await?;
    definition::changed_for(ctx, process, new.to).await?;
    let name = new.name.trim();
    if name.is_empty() || name.chars().count() > NAME_MAX {
        let fault = Error::invalid("process.migration_name").arg("max", NAME_MAX);
        let args = vec![("max", NAME_MAX.to_string())];
        return Err(fault.field_with("name", "process.migration_name", args));
    }
    if new.from == new.to {
        return Err(
            Error::invalid("process.migration_versions").field("to", "process.migration_versions")
        );
    }
    if new.nodes.len() + new.restart.len() > NODES_MAX {
        return Err(Error::limited("process.limit_mapping").arg("max", NODES_MAX));
    }
    let mapping = new.mapping();
    proved(ctx, process, new.from, new.to, &mapping).await?;
    let (id, now) = (ctx.id(), ctx.now);
    let row = Row {
        id,
        process: process.to_owned(),
        from_version: new.from,
        to_version: new.to,
        name: name.to_owned(),
        mapping: serde_json::to_string(&mapping).map_err(Error::internal)?,
        phase: Phase::Checking.as_str().to_owned(),
        quota: -1,
        total: store::total(ctx, (process, new.from, &agency)).await?,
        agency,
        check_id: String::new(),
        checked: 0,
        movable: 0,
        checked_us: 0,
        run_id: String::new(),
        moved: 0,
        refused: 0,
        failed: 0,
        created_us: now.0,
        ordered_by: ctx.actor.account.clone(),
        ordered_by_name: ctx.actor.name.clone(),
        changed_us: now.0,
    };
    store::insert(ctx, &row).await?;
    begin(ctx, &row.id).await?;
    record(ctx, &row, "plan").await?;
    Ok(row.shown())
}

/// Refuses a mapping that names what is not there.
async fn proved(ctx: &mut Ctx, process: &str, from: i64, to: i64, mapping: &Mapping) -> Result<()> {
    let old = definition::bundle_of(ctx, process, from).await?;
    let old = definition::bundle(ctx, &old).await?;
    let new = definition::bundle_of(ctx, process, to).await?;
    let new = definition::bundle(ctx, &new).await?;
    let (Some(old), Some(new)) = (old.definition(process), new.definition(process)) else {
        return Err(Error::not_found());
    };
    Migration::new(old, new, mapping).map(|_| ())
}

/// Has the plan carried on after the commit, by one job however often it is asked.
pub(super) async fn begin(ctx: &mut Ctx, id: &str) -> Result<()> {
    let now = ctx.now;
    ctx.schedule(MIGRATE, id, now, &json!({ "plan": id })).await
}

async fn record(ctx: &mut Ctx, row: &Row, act: &str) -> Result<()> {
    let subject = format!("process:{}", row.process);
    let body = json!({ "plan": row.id, "act": act, "from": row.from_version,
        "to": row.to_version, "quota": row.quota });
    audit::record(ctx, "process.migration", &subject, body).await?;
    Ok(())
}

/// The plan, held. Errors: `not_found` also for a plan of another process; `process.owned`.
async fn held(ctx: &mut Ctx, process: &str, id: &str) -> Result<Row> {
    authority::demand(ctx, DEPLOY)?;
    let row = store::hold(ctx, id).await?;
    permitted(ctx, process, row).await
}

/// The plan, where it is one of the process and about instances the actor may take over. Errors:
/// `denied`, `not_found`, `process.owned`.
async fn permitted(ctx: &mut Ctx, process: &str, row: Row) -> Result<Row> {
    if row.process != process {
        return Err(Error::not_found());
    }
    let agency = definition::changed_for(ctx, process, row.to_version).await?;
    if !agency.is_empty() && agency != row.agency {
        return Err(Error::not_found());
    }
    Ok(row)
}

/// Gives an order. Errors: `denied`, `not_found`, `process.owned`; `process.migration_phase` when
/// it does not fit where the plan is; `process.migration_canary`.
pub async fn act(ctx: &mut Ctx, process: &str, id: &str, order: Order) -> Result<Plan> {
    let mut row = held(ctx, process, id).await?;
    if !order.fits(row.phase(), row.checked_us != 0) {
        return Err(Error::conflict("process.migration_phase"));
    }
    match order {
        Order::Pause => row.set_phase(Phase::Paused),
        Order::Check => {
            if row.checked_us != 0 {
                (row.checked, row.movable, row.checked_us) = (0, 0, 0);
                row.check_id.clear();
                row.total = store::total(ctx, row.about()).await?;
                store::clear_reasons(ctx, id, "check").await?;
            }
            row.set_phase(Phase::Checking);
        }
        Order::Canary(count) => {
            if !(1..=CANARY_MAX).contains(&count) {
                let fault = Error::invalid("process.migration_canary").arg("max", CANARY_MAX);
                let args = vec![("max", CANARY_MAX.to_string())];
                return Err(fault.field_with("count", "process.migration_canary", args));
            }
            row.quota = count;
            row.set_phase(Phase::Running);
        }
        Order::Run => {
            if row.phase() == Phase::Done {
                // Those that stayed are tried again.
                (row.refused, row.failed) = (0, 0);
                row.run_id.clear();
                store::clear_reasons(ctx, id, "run").await?;
            }
            row.quota = -1;
            row.set_phase(Phase::Running);
        }
    }
    row.ordered_by = ctx.actor.account.clone();
    row.ordered_by_name = ctx.actor.name.clone();
    store::update(ctx, &row).await?;
    if order != Order::Pause {
        begin(ctx, id).await?;
    }
    record(ctx, &row, order.as_str()).await?;
    Ok(row.shown())
}

/// Plans of a process, newest first. Errors: `denied`, `not_found`, `process.owned`.
pub async fn list(ctx: &mut Ctx, process: &str, before: &str) -> Result<PlanPage> {
    authority::demand(ctx, DEPLOY)?;
    let newest = definition::newest_version(ctx, process).await;
    let (version, _) = newest.map_err(|error| match error.code {
        "process.unknown" => Error::not_found(),
        _ => error,
    })?;
    let agency = definition::changed_for(ctx, process, version).await?;
    let mut rows = store::list(ctx, process, &agency, before).await?;
    let more = rows.len() > store::PAGE;
    rows.truncate(store::PAGE);
    let next = rows.last().filter(|_| more).map(|row| row.id.clone());
    Ok(PlanPage { plans: rows.iter().map(Row::shown).collect(), next })
}

/// A plan with what came of it. Errors: `denied`, `not_found`, `process.owned`.
pub async fn show(ctx: &mut Ctx, process: &str, id: &str) -> Result<Report> {
    let row = seen(ctx, process, id).await?;
    let mapping: Mapping = serde_json::from_str(&row.mapping).map_err(Error::internal)?;
    Ok(Report {
        plan: row.shown(),
        nodes: mapping.nodes,
        restart: mapping.restart,
        check: store::reasons(ctx, id, "check").await?,
        run: store::reasons(ctx, id, "run").await?,
    })
}

async fn seen(ctx: &mut Ctx, process: &str, id: &str) -> Result<Row> {
    authority::demand(ctx, DEPLOY)?;
    let row = store::get(ctx, id).await?;
    permitted(ctx, process, row).await
}

/// Instances that still run under the old version.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct Remaining {
    /// Ids, in order.
    pub instances: Vec<String>,
    /// Cursor of the next page.
    pub next: Option<String>,
}

/// Instances of the plan's old version that still run. Errors: `denied`, `not_found`,
/// `process.owned`.
pub async fn remaining(ctx: &mut Ctx, process: &str, id: &str, after: &str) -> Result<Remaining> {
    let row = seen(ctx, process, id).await?;
    let limit = instance::store::PAGE + 1;
    let mut ids = store::running(ctx, row.about(), after, limit).await?;
    let more = ids.len() == limit;
    ids.truncate(limit - 1);
    let next = ids.last().filter(|_| more).cloned();
    Ok(Remaining { instances: ids, next })
}
