//! SQL of delegations.

use super::model::{Basis, Delegation, Status};
use kernel::{Result, Timestamp};
use sea_orm::FromQueryResult;
use store::{Ctx, vals};

#[derive(FromQueryResult)]
struct Row {
    id: String,
    principal: String,
    agent: String,
    kind: String,
    scope: String,
    status: String,
    evidence: String,
    reference: String,
    asked_us: i64,
    from_us: i64,
    until_us: i64,
    may_apply: i64,
    named: String,
}

const COLUMNS: &str = "id, principal, agent, kind, scope, status, evidence, reference, asked_us, \
    from_us, until_us, COALESCE(may_apply, 0) AS may_apply, COALESCE(named, '') AS named";

impl Row {
    fn open(self) -> Result<Delegation> {
        Ok(Delegation {
            basis: Basis::parse(&self.kind)?,
            status: Status::parse(&self.status)?,
            asked: Timestamp(self.asked_us),
            from: Timestamp(self.from_us),
            until: Timestamp(self.until_us),
            id: self.id,
            principal: self.principal,
            agent: self.agent,
            scope: self.scope,
            evidence: self.evidence,
            reference: self.reference,
            may_apply: self.may_apply != 0,
            named: self.named,
        })
    }
}

/// Writes a new one. `pair` is what a request named, as a blind index; empty when it named nobody.
pub(super) async fn insert(ctx: &mut Ctx, new: &Delegation, pair: &str) -> Result<()> {
    ctx.execute(
        "INSERT INTO delegation (id, principal, agent, kind, scope, status, evidence, reference,
         asked_us, from_us, until_us, answered_us, ended_us, may_apply, named, pair_index)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, 0, 0, $12, $13, $14)",
        vals![
            &new.id,
            &new.principal,
            &new.agent,
            new.basis.name(),
            &new.scope,
            new.status.name(),
            &new.evidence,
            &new.reference,
            new.asked,
            new.from,
            new.until,
            i64::from(new.may_apply),
            &new.named,
            pair
        ],
    )
    .await?;
    Ok(())
}

/// The request of an agent that named the same and, as he is told, waits.
pub(super) async fn same(
    ctx: &mut Ctx,
    agent: &str,
    pair: &str,
    at: Timestamp,
) -> Result<Option<Delegation>> {
    let sql = format!(
        "SELECT {COLUMNS} FROM delegation WHERE agent = $1 AND status IN ('asked', 'declined')
         AND until_us > $2 AND pair_index = $3 ORDER BY id DESC LIMIT 1"
    );
    ctx.optional::<Row>(&sql, vals![agent, at, pair]).await?.map(Row::open).transpose()
}

pub(super) async fn by_id(ctx: &mut Ctx, id: &str) -> Result<Option<Delegation>> {
    let sql = format!("SELECT {COLUMNS} FROM delegation WHERE id = $1");
    ctx.optional::<Row>(&sql, vals![id]).await?.map(Row::open).transpose()
}

/// Delegations between two persons, newest first, at most 100.
pub(super) async fn between(
    ctx: &mut Ctx,
    principal: &str,
    agent: &str,
) -> Result<Vec<Delegation>> {
    let sql = format!(
        "SELECT {COLUMNS} FROM delegation WHERE principal = $1 AND agent = $2
         ORDER BY id DESC LIMIT 100"
    );
    open(ctx.all(&sql, vals![principal, agent]).await?)
}

/// Delegations of one side, newest first. `column` is a name in the program.
pub(super) async fn of(
    ctx: &mut Ctx,
    column: &'static str,
    person: &str,
    limit: usize,
) -> Result<Vec<Delegation>> {
    let sql =
        format!("SELECT {COLUMNS} FROM delegation WHERE {column} = $1 ORDER BY id DESC LIMIT $2");
    open(ctx.all(&sql, vals![person, limit]).await?)
}

/// What an agent holds at the instant, newest first.
pub(super) async fn held(
    ctx: &mut Ctx,
    agent: &str,
    at: Timestamp,
    limit: usize,
) -> Result<Vec<Delegation>> {
    let sql = format!(
        "SELECT {COLUMNS} FROM delegation WHERE agent = $1 AND status = 'granted'
         AND from_us <= $2 AND until_us > $2 ORDER BY id DESC LIMIT $3"
    );
    open(ctx.all(&sql, vals![agent, at, limit]).await?)
}

/// How many requests of an agent wait, as he is told, for their answers.
pub(super) async fn waiting(ctx: &mut Ctx, agent: &str, at: Timestamp) -> Result<i64> {
    let sql = "SELECT COUNT(*) FROM delegation
         WHERE agent = $1 AND status IN ('asked', 'declined') AND until_us > $2";
    ctx.count(sql, vals![agent, at]).await
}

/// How many requests an agent has made since an instant, whatever became of them.
pub(super) async fn made(ctx: &mut Ctx, agent: &str, since: Timestamp) -> Result<i64> {
    let sql = "SELECT COUNT(*) FROM delegation
         WHERE agent = $1 AND kind <> 'guardian' AND asked_us > $2";
    ctx.count(sql, vals![agent, since]).await
}

fn open(rows: Vec<Row>) -> Result<Vec<Delegation>> {
    rows.into_iter().map(Row::open).collect()
}

pub(super) async fn set_status(ctx: &mut Ctx, id: &str, status: Status) -> Result<()> {
    let now = ctx.now;
    let column = if status == Status::Revoked { "ended_us" } else { "answered_us" };
    let sql = format!("UPDATE delegation SET status = $2, {column} = $3 WHERE id = $1");
    ctx.execute(&sql, vals![id, status.name(), now]).await?;
    Ok(())
}
