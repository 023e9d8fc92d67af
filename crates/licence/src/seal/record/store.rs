//! SQL of the seal register.

use super::model::{Custody, Record};
use ::store::{Ctx, vals};
use kernel::{Error, Result};

/// Rows on one page.
pub(crate) const PAGE: usize = 50;
/// Most changes of custody shown.
const CUSTODIES_MAX: usize = 50;

const RECORD: &str = "id, agency, division, kind, name, holder, reason, basis, state, state_us, \
     state_by, state_party, state_reason, applied_by, applied_party, applied_name, applied_us, \
     decided_name, decided_us, remark, keeper, keeper_name, keeper_role, keeper_us, revision";

/// Whose seals an actor reaches.
pub(super) enum Reach {
    /// Those of agencies in divisions whose codes begin so.
    Divisions(String),
    /// One agency's.
    Agency(String),
}

impl Reach {
    /// The condition on a record, and its value `$1`.
    fn condition(&self) -> (&'static str, String) {
        match self {
            Reach::Divisions(prefix) => ("division LIKE $1", format!("{prefix}%")),
            Reach::Agency(agency) => ("agency = $1", agency.clone()),
        }
    }
}

/// Inserts a record; false when its holder has a live one.
pub(super) async fn insert(ctx: &mut Ctx, row: &Record) -> Result<bool> {
    let sql = format!(
        "INSERT INTO seal_record ({RECORD}) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11,
         $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22, $23, $24, $25)
         ON CONFLICT DO NOTHING"
    );
    let inserted = ctx
        .execute(
            &sql,
            vals![
                &row.id,
                &row.agency,
                &row.division,
                &row.kind,
                &row.name,
                &row.holder,
                &row.reason,
                &row.basis,
                &row.state,
                row.state_us,
                &row.state_by,
                &row.state_party,
                &row.state_reason,
                &row.applied_by,
                &row.applied_party,
                &row.applied_name,
                row.applied_us,
                &row.decided_name,
                row.decided_us,
                &row.remark,
                &row.keeper,
                &row.keeper_name,
                &row.keeper_role,
                row.keeper_us,
                row.revision
            ],
        )
        .await?;
    Ok(inserted == 1)
}

/// The record. Errors: `not_found`.
pub(super) async fn get(ctx: &mut Ctx, id: &str) -> Result<Record> {
    let sql = format!("SELECT {RECORD} FROM seal_record WHERE id = $1");
    ctx.optional(&sql, vals![id]).await?.ok_or_else(Error::not_found)
}

/// The newest record of a key's holder: the live one when there is one.
pub(super) async fn of_holder(ctx: &mut Ctx, holder: &str) -> Result<Option<Record>> {
    let sql = format!(
        "SELECT {RECORD} FROM seal_record WHERE holder = $1
         ORDER BY CASE state WHEN 'destroyed' THEN 1 ELSE 0 END, id DESC LIMIT 1"
    );
    ctx.optional(&sql, vals![holder]).await
}

/// Agencies with a key and without a record.
pub(super) async fn unrecorded(ctx: &mut Ctx) -> Result<Vec<String>> {
    let sql = "SELECT DISTINCT holder FROM agency_key k WHERE k.seal_id <> ''
         AND NOT EXISTS (SELECT 1 FROM seal_record r WHERE r.holder = k.holder)";
    ctx.column(sql, vals![]).await
}

/// Made seals within reach after a cursor, at most one page and the first of the next.
pub(super) async fn list(ctx: &mut Ctx, reach: &Reach, after: &str) -> Result<Vec<Record>> {
    let (within, value) = reach.condition();
    let sql = format!(
        "SELECT {RECORD} FROM seal_record WHERE holder <> '' AND id > $2 AND {within}
         ORDER BY id LIMIT $3"
    );
    ctx.all(&sql, vals![value, after, PAGE + 1]).await
}

/// Applications within reach that nobody has decided, oldest first, at most one page.
pub(super) async fn open(ctx: &mut Ctx, reach: &Reach) -> Result<Vec<Record>> {
    let (within, value) = reach.condition();
    let sql = format!(
        "SELECT {RECORD} FROM seal_record WHERE state = 'applied' AND {within}
         ORDER BY id LIMIT $2"
    );
    ctx.all(&sql, vals![value, PAGE]).await
}

/// True when the agency has a seal of its own or has applied for one.
pub(super) async fn has_own(ctx: &mut Ctx, agency: &str) -> Result<bool> {
    let sql = "SELECT COUNT(*) FROM seal_record WHERE agency = $1 AND kind = 'agency'
         AND state IN ('applied', 'active', 'suspended')";
    Ok(ctx.count(sql, vals![agency]).await? > 0)
}

/// What a decision comes to.
pub(super) async fn decide(
    ctx: &mut Ctx,
    id: &str,
    state: &str,
    holder: &str,
    remark: &str,
) -> Result<()> {
    let (now, account, party) = (ctx.now, ctx.actor.account.clone(), ctx.actor.party.clone());
    let name = ctx.actor.name.clone();
    ctx.execute(
        "UPDATE seal_record SET state = $2, holder = $3, remark = $4, decided_name = $5,
         decided_us = $6, state_us = $6, state_by = $7, state_party = $8, state_reason = $4,
         revision = revision + 1 WHERE id = $1",
        vals![id, state, holder, remark, name, now, account, party],
    )
    .await?;
    Ok(())
}

pub(super) async fn set_state(ctx: &mut Ctx, id: &str, state: &str, reason: &str) -> Result<()> {
    let (now, account, party) = (ctx.now, ctx.actor.account.clone(), ctx.actor.party.clone());
    ctx.execute(
        "UPDATE seal_record SET state = $2, state_us = $3, state_by = $4, state_party = $5,
         state_reason = $6, revision = revision + 1 WHERE id = $1",
        vals![id, state, now, account, party, reason],
    )
    .await?;
    Ok(())
}

/// Who keeps a seal.
pub(super) struct Keeper {
    pub account: String,
    pub name: String,
    pub role: String,
}

/// Gives a seal into custody; the custody's id.
pub(super) async fn keep(
    ctx: &mut Ctx,
    record: &str,
    keeper: &Keeper,
    reason: &str,
) -> Result<String> {
    let (id, now) = (ctx.id(), ctx.now);
    let (account, name) = (ctx.actor.account.clone(), ctx.actor.name.clone());
    ctx.execute(
        "INSERT INTO seal_custody (id, record, keeper, keeper_name, keeper_role, at_us, by_account,
         by_name, reason) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
        vals![&id, record, &keeper.account, &keeper.name, &keeper.role, now, account, name, reason],
    )
    .await?;
    ctx.execute(
        "UPDATE seal_record SET keeper = $2, keeper_name = $3, keeper_role = $4, keeper_us = $5,
         revision = revision + 1 WHERE id = $1",
        vals![record, &keeper.account, &keeper.name, &keeper.role, now],
    )
    .await?;
    Ok(id)
}

/// Who kept a seal, newest first.
pub(super) async fn custodies(ctx: &mut Ctx, record: &str) -> Result<Vec<Custody>> {
    ctx.all(
        "SELECT keeper_name, keeper_role, at_us, by_name, reason FROM seal_custody
         WHERE record = $1 ORDER BY id DESC LIMIT $2",
        vals![record, CUSTODIES_MAX],
    )
    .await
}
