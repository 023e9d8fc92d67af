//! Absence of officers: who stands in for whom, from when to when. One record serves every area.
//!
//! An absence grants what is in the officer's hands, and, where he says so, what is offered to his
//! posts too ([`grant_posts`]).
//!
//! Invariants: an absence has a beginning and an end, is at most [`DAYS_MAX`] days long and ends by
//! itself; nobody stands in for himself; a deputy's deputy does not stand in for the first; what a
//! deputy does, the areas record under his own account, in the name of the officer.
//!
//! Must not know: who may be a deputy for what; what a deputy does.

use ::store::{Ctx, FromQueryResult, vals};
use kernel::{Error, Result, Timestamp};
use serde_json::json;

/// Longest absence in days.
pub const DAYS_MAX: i64 = 366;
/// Characters of a reason.
pub const REASON_MAX: usize = 500;
/// Officers one deputy stands in for, and deputies of one officer, at a time.
const AT_ONCE_MAX: usize = 50;

/// Who stands in for whom.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StandIn {
    /// Id.
    pub id: String,
    /// Account of the absent officer.
    pub officer: String,
    /// Account of the deputy.
    pub deputy: String,
    /// Name of the deputy.
    pub deputy_name: String,
    /// First instant.
    pub from: Timestamp,
    /// The instant after the last.
    pub until: Timestamp,
    /// Why.
    pub reason: String,
    /// Ended before its time.
    pub ended: bool,
}

#[derive(FromQueryResult)]
struct Row {
    id: String,
    officer: String,
    deputy: String,
    deputy_name: String,
    from_us: i64,
    until_us: i64,
    reason: String,
    ended_us: i64,
}

/// Names a deputy for the actor's own absence. `deputy` is an account and its name; the area has
/// checked that he may be. Errors: `absence.period` when it ends before it begins, has passed, or
/// is too long; `absence.self`.
pub async fn begin(
    ctx: &mut Ctx,
    deputy: (&str, &str),
    from: Timestamp,
    until: Timestamp,
    reason: &str,
) -> Result<StandIn> {
    let officer = super::authority::signed_in(ctx)?;
    let from = from.max(ctx.now);
    if until <= from || until > from.plus_days(DAYS_MAX) || reason.chars().count() > REASON_MAX {
        return Err(Error::invalid("absence.period").field("until", "absence.period"));
    }
    let (deputy, deputy_name) = (deputy.0.to_owned(), deputy.1.to_owned());
    if deputy == officer {
        return Err(Error::invalid("absence.self").field("deputy", "absence.self"));
    }
    let (id, now) = (ctx.id(), ctx.now);
    ctx.execute(
        "INSERT INTO stand_in (id, officer, deputy, deputy_name, from_us, until_us, reason, made_us,
         ended_us) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, 0)",
        vals![&id, &officer, &deputy, &deputy_name, from, until, reason, now],
    )
    .await?;
    let body = json!({ "deputy": deputy, "from": from.0, "until": until.0 });
    let subject = format!("account:{officer}");
    super::audit::record_row(ctx, "stand_in.begun", &subject, body, "stand_in", &id).await?;
    let reason = reason.to_owned();
    Ok(StandIn { id, officer, deputy, deputy_name, from, until, reason, ended: false })
}

/// Grants the deputy of one of the actor's own absences what is offered to his posts too.
/// Errors: `not_found`.
pub async fn grant_posts(ctx: &mut Ctx, id: &str) -> Result<()> {
    let officer = super::authority::signed_in(ctx)?;
    let sql = "SELECT COUNT(*) FROM stand_in WHERE id = $1 AND officer = $2 AND ended_us = 0";
    if ctx.count(sql, vals![id, &officer]).await? == 0 {
        return Err(Error::not_found());
    }
    let sql = "INSERT INTO stand_in_posts (id) VALUES ($1) ON CONFLICT (id) DO NOTHING";
    ctx.execute(sql, vals![id]).await?;
    let subject = format!("account:{officer}");
    super::audit::record_row(ctx, "stand_in.posts", &subject, json!({}), "stand_in_posts", id)
        .await?;
    Ok(())
}

/// Whether an absence grants the posts too.
pub async fn grants_posts(ctx: &mut Ctx, id: &str) -> Result<bool> {
    let sql = "SELECT COUNT(*) FROM stand_in_posts WHERE id = $1";
    Ok(ctx.count(sql, vals![id]).await? > 0)
}

/// Officers for whose posts the actor stands in now.
pub async fn absent_from_posts(ctx: &mut Ctx) -> Result<Vec<String>> {
    let (account, now) = (ctx.actor.account.clone(), ctx.now);
    let sql = format!(
        "SELECT DISTINCT s.officer FROM stand_in s JOIN stand_in_posts p ON p.id = s.id
         WHERE s.deputy = $1 AND s.from_us <= $2 AND s.until_us > $2 AND s.ended_us = 0
         ORDER BY s.officer LIMIT {AT_ONCE_MAX}"
    );
    ctx.column(&sql, vals![account, now]).await
}

/// Ends one of the actor's own absences before its time. Errors: `not_found`.
pub async fn end(ctx: &mut Ctx, id: &str) -> Result<()> {
    let officer = super::authority::signed_in(ctx)?;
    let now = ctx.now;
    let sql = "UPDATE stand_in SET ended_us = $3 WHERE id = $1 AND officer = $2 AND ended_us = 0";
    if ctx.execute(sql, vals![id, &officer, now]).await? == 0 {
        return Err(Error::not_found());
    }
    let subject = format!("account:{officer}");
    super::audit::record_row(ctx, "stand_in.ended", &subject, json!({}), "stand_in", id).await?;
    Ok(())
}

/// The actor's absences and those in which he stands in, newest first.
pub async fn list(ctx: &mut Ctx) -> Result<Vec<StandIn>> {
    let account = super::authority::signed_in(ctx)?;
    let rows: Vec<Row> = ctx
        .all(
            "SELECT id, officer, deputy, deputy_name, from_us, until_us, reason, ended_us
             FROM stand_in WHERE officer = $1 OR deputy = $1 ORDER BY id DESC LIMIT 50",
            vals![account],
        )
        .await?;
    let shown = rows.into_iter().map(|row| StandIn {
        id: row.id,
        officer: row.officer,
        deputy: row.deputy,
        deputy_name: row.deputy_name,
        from: Timestamp(row.from_us),
        until: Timestamp(row.until_us),
        reason: row.reason,
        ended: row.ended_us != 0,
    });
    Ok(shown.collect())
}

/// True when `deputy` acts for `officer` now.
pub async fn stands_in(ctx: &mut Ctx, officer: &str, deputy: &str) -> Result<bool> {
    let now = ctx.now;
    let sql = "SELECT COUNT(*) FROM stand_in WHERE officer = $1 AND deputy = $2 AND from_us <= $3
         AND until_us > $3 AND ended_us = 0";
    Ok(ctx.count(sql, vals![officer, deputy, now]).await? > 0)
}

/// Officers for whom the actor stands in now.
pub async fn absent(ctx: &mut Ctx) -> Result<Vec<String>> {
    let account = ctx.actor.account.clone();
    pairs(ctx, "officer", "deputy", &account).await
}

/// Who stands in for an officer now.
pub async fn deputies(ctx: &mut Ctx, officer: &str) -> Result<Vec<String>> {
    pairs(ctx, "deputy", "officer", officer).await
}

async fn pairs(
    ctx: &mut Ctx,
    wanted: &'static str,
    known: &'static str,
    account: &str,
) -> Result<Vec<String>> {
    let now = ctx.now;
    let sql = format!(
        "SELECT DISTINCT {wanted} FROM stand_in WHERE {known} = $1 AND from_us <= $2
         AND until_us > $2 AND ended_us = 0 ORDER BY {wanted} LIMIT {AT_ONCE_MAX}"
    );
    ctx.column(&sql, vals![account, now]).await
}
