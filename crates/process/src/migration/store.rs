//! SQL of plans and their reasons.
//!
//! Must not know: who may order what.

use super::model::{Phase, Plan, Reason};
use crate::Moment;
use ::store::{Ctx, FromQueryResult, dialect, vals};
use kernel::{Error, Result};
use std::collections::BTreeMap;

/// Plans on a page.
pub(super) const PAGE: usize = 50;
/// Instances named with a reason.
const SAMPLES_MAX: usize = 5;
/// Reasons told: a process has not many more nodes than this.
const REASONS_MAX: usize = 500;

const COLUMNS: &str = "id, process, agency, from_version, to_version, name, mapping, phase, quota, total, \
    check_id, checked, movable, checked_us, run_id, moved, refused, failed, created_us, \
    ordered_by, ordered_by_name, changed_us";

/// A plan as stored.
#[derive(Clone, Debug, FromQueryResult)]
pub(super) struct Row {
    pub(super) id: String,
    pub(super) process: String,
    /// The agency whose instances go over; empty for all.
    pub(super) agency: String,
    pub(super) from_version: i64,
    pub(super) to_version: i64,
    pub(super) name: String,
    pub(super) mapping: String,
    pub(super) phase: String,
    /// How many more before it stops; -1 for all.
    pub(super) quota: i64,
    pub(super) total: i64,
    /// Instance the dry run looked at last.
    pub(super) check_id: String,
    pub(super) checked: i64,
    pub(super) movable: i64,
    pub(super) checked_us: i64,
    /// Instance tried last.
    pub(super) run_id: String,
    pub(super) moved: i64,
    pub(super) refused: i64,
    pub(super) failed: i64,
    pub(super) created_us: i64,
    pub(super) ordered_by: String,
    pub(super) ordered_by_name: String,
    pub(super) changed_us: i64,
}

impl Row {
    /// The instances it is about.
    pub(super) fn about(&self) -> About<'_> {
        (&self.process, self.from_version, &self.agency)
    }

    pub(super) fn phase(&self) -> Phase {
        Phase::parse(&self.phase)
    }

    pub(super) fn set_phase(&mut self, phase: Phase) {
        self.phase = phase.as_str().to_owned();
    }

    pub(super) fn shown(&self) -> Plan {
        Plan {
            id: self.id.clone(),
            process: self.process.clone(),
            from: self.from_version,
            to: self.to_version,
            name: self.name.clone(),
            phase: self.phase(),
            quota: (self.quota >= 0).then_some(self.quota),
            total: self.total,
            checked: self.checked,
            movable: self.movable,
            checked_at: Moment::of(self.checked_us),
            moved: self.moved,
            refused: self.refused,
            failed: self.failed,
            created: Moment::of(self.created_us),
            ordered_by: self.ordered_by_name.clone(),
            changed: Moment::of(self.changed_us),
        }
    }
}

/// The plan, held until the transaction ends. Errors: `not_found`.
pub(super) async fn hold(ctx: &mut Ctx, id: &str) -> Result<Row> {
    let lock = dialect::for_update(ctx.engine());
    ctx.one(&format!("SELECT {COLUMNS} FROM process_migration WHERE id = $1{lock}"), vals![id])
        .await
}

/// The plan. Errors: `not_found`.
pub(super) async fn get(ctx: &mut Ctx, id: &str) -> Result<Row> {
    ctx.one(&format!("SELECT {COLUMNS} FROM process_migration WHERE id = $1"), vals![id]).await
}

/// Plans of a process, those of one agency where it is named, newest first, before a cursor; one
/// more than a page.
pub(super) async fn list(
    ctx: &mut Ctx,
    process: &str,
    agency: &str,
    before: &str,
) -> Result<Vec<Row>> {
    let before = if before.is_empty() { "~" } else { before };
    let sql = format!(
        "SELECT {COLUMNS} FROM process_migration WHERE process = $1 AND id < $2
         AND ($3 = '' OR agency = $3) ORDER BY id DESC LIMIT $4"
    );
    ctx.all(&sql, vals![process, before, agency, PAGE + 1]).await
}

pub(super) async fn insert(ctx: &mut Ctx, row: &Row) -> Result<()> {
    ctx.execute(
        "INSERT INTO process_migration (id, process, agency, from_version, to_version, name, mapping, phase,
         quota, total, check_id, checked, movable, checked_us, run_id, moved, refused, failed,
         created_us, ordered_by, ordered_by_name, changed_us) VALUES ($1, $2, $3, $4, $5, $6, $7, $8,
         $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22)",
        vals![
            &row.id,
            &row.process,
            &row.agency,
            row.from_version,
            row.to_version,
            &row.name,
            &row.mapping,
            &row.phase,
            row.quota,
            row.total,
            &row.check_id,
            row.checked,
            row.movable,
            row.checked_us,
            &row.run_id,
            row.moved,
            row.refused,
            row.failed,
            row.created_us,
            &row.ordered_by,
            &row.ordered_by_name,
            row.changed_us
        ],
    )
    .await?;
    Ok(())
}

/// Writes how far a plan is.
pub(super) async fn update(ctx: &mut Ctx, row: &Row) -> Result<()> {
    let now = ctx.now;
    ctx.execute(
        "UPDATE process_migration SET phase = $2, quota = $3, total = $4, check_id = $5, checked = $6,
         movable = $7, checked_us = $8, run_id = $9, moved = $10, refused = $11, failed = $12,
         ordered_by = $13, ordered_by_name = $14, changed_us = $15 WHERE id = $1",
        vals![
            &row.id,
            &row.phase,
            row.quota,
            row.total,
            &row.check_id,
            row.checked,
            row.movable,
            row.checked_us,
            &row.run_id,
            row.moved,
            row.refused,
            row.failed,
            &row.ordered_by,
            &row.ordered_by_name,
            now
        ],
    )
    .await?;
    Ok(())
}

/// Instances a plan is about: of a process, a version and, where it is named, an agency.
pub(super) type About<'a> = (&'a str, i64, &'a str);

/// Running instances of a version.
pub(super) async fn total(ctx: &mut Ctx, (process, version, agency): About<'_>) -> Result<i64> {
    let sql = "SELECT COUNT(*) FROM process_instance WHERE process = $1 AND version = $2
         AND ended_us = 0 AND ($3 = '' OR agency = $3)";
    ctx.count(sql, vals![process, version, agency]).await
}

/// Ids of running instances of a version after one of them, in the order of their ids.
pub(super) async fn running(
    ctx: &mut Ctx,
    (process, version, agency): About<'_>,
    after: &str,
    limit: usize,
) -> Result<Vec<String>> {
    let sql = "SELECT id FROM process_instance WHERE process = $1 AND version = $2
         AND ended_us = 0 AND id > $3 AND ($4 = '' OR agency = $4) ORDER BY id LIMIT $5";
    ctx.column(sql, vals![process, version, after, agency, limit]).await
}

/// Why an instance was refused: code, node of the old version, node of the new.
pub(super) type Why = (String, String, String);

/// Refusals by reason.
pub(super) type Tally = BTreeMap<Why, Vec<String>>;

/// The reason an error gives.
pub(super) fn why(error: &Error) -> Why {
    let arg = |name: &str| {
        let found = error.args.iter().find(|(own, _)| *own == name);
        found.map(|(_, value)| value.chars().take(200).collect()).unwrap_or_default()
    };
    (error.code.to_owned(), arg("node"), arg("to"))
}

#[derive(FromQueryResult)]
struct Stored {
    code: String,
    node: String,
    target: String,
    instances: i64,
    samples: String,
}

impl Stored {
    fn samples(&self) -> Result<Vec<String>> {
        serde_json::from_str(&self.samples).map_err(Error::internal)
    }
}

/// Adds refusals to those told before.
pub(super) async fn add_reasons(ctx: &mut Ctx, id: &str, stage: &str, tally: &Tally) -> Result<()> {
    for ((code, node, target), instances) in tally {
        let key = format!("{id}:{stage}:{code}:{node}:{target}");
        let sql = "SELECT code, node, target, instances, samples FROM process_migration_reason
             WHERE id = $1";
        let told: Option<Stored> = ctx.optional(sql, vals![&key]).await?;
        let mut samples = told.as_ref().map(Stored::samples).transpose()?.unwrap_or_default();
        let count = told.map_or(0, |told| told.instances) + instances.len() as i64;
        samples.extend(instances.iter().cloned());
        samples.truncate(SAMPLES_MAX);
        let samples = serde_json::to_string(&samples).map_err(Error::internal)?;
        ctx.execute(
            "INSERT INTO process_migration_reason (id, migration_id, stage, code, node, target,
             instances, samples) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
             ON CONFLICT (id) DO UPDATE SET instances = excluded.instances,
             samples = excluded.samples",
            vals![&key, id, stage, code, node, target, count, samples],
        )
        .await?;
    }
    Ok(())
}

/// Forgets the reasons of a stage, which begins anew.
pub(super) async fn clear_reasons(ctx: &mut Ctx, id: &str, stage: &str) -> Result<()> {
    let sql = "DELETE FROM process_migration_reason WHERE migration_id = $1 AND stage = $2";
    ctx.execute(sql, vals![id, stage]).await?;
    Ok(())
}

/// Reasons of a stage, the most frequent first.
pub(super) async fn reasons(ctx: &mut Ctx, id: &str, stage: &str) -> Result<Vec<Reason>> {
    let sql = "SELECT code, node, target, instances, samples FROM process_migration_reason
         WHERE migration_id = $1 AND stage = $2 ORDER BY id LIMIT $3";
    let rows: Vec<Stored> = ctx.all(sql, vals![id, stage, REASONS_MAX]).await?;
    let reason = |row: Stored| {
        Ok(Reason {
            samples: row.samples()?,
            code: row.code,
            node: row.node,
            to: row.target,
            instances: row.instances,
        })
    };
    let mut reasons: Vec<Reason> = rows.into_iter().map(reason).collect::<Result<_>>()?;
    reasons.sort_by_key(|reason| std::cmp::Reverse(reason.instances));
    Ok(reasons)
}
