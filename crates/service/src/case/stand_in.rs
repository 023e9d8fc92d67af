//! Colleagues: to whom a case may be handed, and who stands in for an absent officer.
//!
//! Invariants: a deputy is of the same agency; a stand-in has a beginning and an end; what a deputy
//! does is recorded under his own account, in the name of the officer.

use super::verbs::{READ, TRANSFER};
use ::store::{Ctx, vals};
use kernel::{Error, Result, Timestamp};
use party::account::AccountKind;
use party::authority;
use schemars::JsonSchema;
use sea_orm::FromQueryResult;
use serde::Serialize;
use serde_json::json;

/// Longest absence in days.
const DAYS_MAX: i64 = 366;

/// An officer of the same agency.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Colleague {
    /// Account.
    pub id: String,
    /// Name.
    pub name: String,
}

/// A stand-in: who acts for whom, when.
#[derive(Clone, Debug, Serialize, JsonSchema)]
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
    pub from: super::Moment,
    /// Last instant.
    pub until: super::Moment,
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

/// The colleague of an agency by account or login, as a field names him. Errors: `case.colleague`
/// for anybody else.
pub(super) async fn colleague(
    ctx: &mut Ctx,
    agency: &str,
    field: &str,
    to: &str,
) -> Result<Colleague> {
    let wrong = || Error::invalid("case.colleague").field(field, "case.colleague");
    let account = match party::account::find(ctx, to.trim()).await? {
        Some(account) => Some(account),
        None => party::account::by_login(ctx, to.trim()).await?,
    };
    let account = account
        .filter(|account| {
            account.kind == AccountKind::Officer && account.agency == agency && !account.closed
        })
        .ok_or_else(wrong)?;
    let pack = ctx.env.pack.clone();
    let may = account
        .roles
        .iter()
        .any(|role| pack.role_permissions(role).iter().any(|held| held == READ));
    if !may {
        return Err(wrong());
    }
    let person = party::person::find(ctx, &account.person).await?;
    Ok(Colleague { id: account.id, name: person.map(|person| person.name).unwrap_or_default() })
}

/// Officers of the actor's agency who have handled cases lately, the actor left out: for choosing.
pub async fn colleagues(ctx: &mut Ctx) -> Result<Vec<Colleague>> {
    authority::demand(ctx, READ)?;
    let (agency, own) = (ctx.actor.agency.clone(), ctx.actor.account.clone());
    let ids = party::account::officers(ctx, &agency).await?;
    let mut out: Vec<Colleague> = Vec::new();
    for account in ids.into_iter().filter(|account| account.id != own) {
        let person = party::person::find(ctx, &account.person).await?;
        out.push(Colleague {
            id: account.id,
            name: person.map(|person| person.name).unwrap_or_default(),
        });
    }
    Ok(out)
}

/// True when `deputy` acts for `officer` now.
pub(super) async fn stands_in(ctx: &mut Ctx, officer: &str, deputy: &str) -> Result<bool> {
    let now = ctx.now;
    let count = ctx
        .count(
            "SELECT COUNT(*) FROM case_stand_in WHERE officer = $1 AND deputy = $2 AND from_us <= $3
             AND until_us > $3 AND ended_us = 0",
            vals![officer, deputy, now],
        )
        .await?;
    Ok(count > 0)
}

/// Officers for whom the actor stands in now.
pub(super) async fn absent(ctx: &mut Ctx) -> Result<Vec<String>> {
    let (account, now) = (ctx.actor.account.clone(), ctx.now);
    ctx.column(
        "SELECT officer FROM case_stand_in WHERE deputy = $1 AND from_us <= $2 AND until_us > $2
         AND ended_us = 0 LIMIT 50",
        vals![account, now],
    )
    .await
}

/// Names a deputy for the actor's own absence. Errors: `case.stand_in_period` when it ends before
/// it begins, has passed, or is longer than a year; `case.colleague`.
pub async fn stand_in_begin(
    ctx: &mut Ctx,
    deputy: &str,
    from: Timestamp,
    until: Timestamp,
    reason: &str,
) -> Result<StandIn> {
    authority::demand(ctx, TRANSFER)?;
    let from = from.max(ctx.now);
    if until <= from || until > from.plus_days(DAYS_MAX) || reason.chars().count() > 500 {
        return Err(Error::invalid("case.stand_in_period").field("until", "case.stand_in_period"));
    }
    let agency = ctx.actor.agency.clone();
    let deputy = colleague(ctx, &agency, "deputy", deputy).await?;
    let officer = ctx.actor.account.clone();
    if deputy.id == officer {
        return Err(Error::invalid("case.colleague").field("deputy", "case.colleague"));
    }
    let (id, now) = (ctx.id(), ctx.now);
    ctx.execute(
        "INSERT INTO case_stand_in (id, officer, deputy, deputy_name, from_us, until_us, reason, made_us,
         ended_us) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, 0)",
        vals![&id, &officer, &deputy.id, &deputy.name, from, until, reason, now],
    )
    .await?;
    let body = json!({ "deputy": deputy.id, "from": from.0, "until": until.0 });
    let subject = format!("account:{officer}");
    party::audit::record_row(ctx, "case.stand_in_begun", &subject, body, "case_stand_in", &id)
        .await?;
    Ok(StandIn {
        id,
        officer,
        deputy: deputy.id,
        deputy_name: deputy.name,
        from: super::Moment(from),
        until: super::Moment(until),
        reason: reason.to_owned(),
        ended: false,
    })
}

/// Ends one of the actor's own stand-ins. Errors: `not_found`.
pub async fn stand_in_end(ctx: &mut Ctx, id: &str) -> Result<()> {
    authority::demand(ctx, TRANSFER)?;
    let (officer, now) = (ctx.actor.account.clone(), ctx.now);
    let sql =
        "UPDATE case_stand_in SET ended_us = $3 WHERE id = $1 AND officer = $2 AND ended_us = 0";
    if ctx.execute(sql, vals![id, &officer, now]).await? == 0 {
        return Err(Error::not_found());
    }
    let subject = format!("account:{officer}");
    party::audit::record_row(ctx, "case.stand_in_ended", &subject, json!({}), "case_stand_in", id)
        .await?;
    Ok(())
}

/// The actor's stand-ins, newest first: for him and by him.
pub async fn stand_ins(ctx: &mut Ctx) -> Result<Vec<StandIn>> {
    authority::demand(ctx, READ)?;
    let account = ctx.actor.account.clone();
    let rows: Vec<Row> = ctx
        .all(
            "SELECT id, officer, deputy, deputy_name, from_us, until_us, reason, ended_us FROM case_stand_in
             WHERE officer = $1 OR deputy = $1 ORDER BY id DESC LIMIT 50",
            vals![account],
        )
        .await?;
    let shown = rows.into_iter().map(|row| StandIn {
        id: row.id,
        officer: row.officer,
        deputy: row.deputy,
        deputy_name: row.deputy_name,
        from: super::Moment::of(row.from_us),
        until: super::Moment::of(row.until_us),
        reason: row.reason,
        ended: row.ended_us != 0,
    });
    Ok(shown.collect())
}
