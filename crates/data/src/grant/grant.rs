//! The verbs of grants.

use kernel::{Error, Result};
use sea_orm::FromQueryResult;
use serde_json::json;
use std::collections::BTreeSet;
use store::{Ctx, dialect, vals};

/// Most values one grant may name.
pub const VALUES_MAX: usize = 64;
/// Most items one grant may name.
const ITEMS_MAX: usize = 64;
/// Longest value and longest case id, in bytes.
const TEXT_MAX: usize = 200;
/// Purpose of the blind index of the values: that of citizen numbers, so that a value that is one
/// names the person concerned.
const VALUE_INDEX: &str = party::person::NUMBER_INDEX;

/// A grant as stored.
#[derive(Clone, Debug, FromQueryResult)]
pub(crate) struct Grant {
    pub(crate) id: String,
    pub(crate) one_thing: String,
    items: String,
    closed_us: i64,
}

impl Grant {
    /// Item ids.
    pub(crate) fn items(&self) -> BTreeSet<String> {
        serde_json::from_str(&self.items).unwrap_or_default()
    }

    pub(crate) fn is_open(&self) -> bool {
        self.closed_us == 0
    }
}

/// The grant of a case.
pub(crate) async fn find(ctx: &mut Ctx, case_id: &str) -> Result<Option<Grant>> {
    let sql = "SELECT id, one_thing, items, closed_us FROM data_grant WHERE case_id = $1";
    ctx.optional(sql, vals![case_id]).await
}

/// Number of the case the grant is for; empty while it is a draft's.
pub(crate) async fn number(ctx: &mut Ctx, case_id: &str) -> Result<String> {
    let sql = "SELECT COALESCE(number, '') FROM data_grant WHERE case_id = $1";
    Ok(ctx.scalar(sql, vals![case_id]).await?.unwrap_or_default())
}

/// True when the grant names the value.
pub(crate) async fn names(ctx: &mut Ctx, grant: &Grant, value: &str) -> Result<bool> {
    let sql = "SELECT COUNT(*) FROM data_grant_value WHERE grant_id = $1 AND value_index = $2";
    let index = index(ctx, value);
    Ok(ctx.count(sql, vals![&grant.id, index]).await? > 0)
}

/// Blind indexes of the values a grant names; those of citizen numbers name the persons concerned.
pub(crate) async fn indexes(ctx: &mut Ctx, grant: &Grant) -> Result<Vec<String>> {
    let sql = "SELECT value_index FROM data_grant_value WHERE grant_id = $1";
    ctx.column(sql, vals![&grant.id]).await
}

fn index(ctx: &Ctx, value: &str) -> String {
    ctx.env.vault.index(VALUE_INDEX, &value.trim().to_ascii_uppercase())
}

/// Opens the grant of a case (or draft) for a one-thing, or adds items and values to the one open.
/// `values` are those by which the persons concerned are found: citizen numbers, certificate
/// numbers. Empty values are passed over.
///
/// Errors: `grant.one_thing` for a one-thing the pack lacks, `grant.size` beyond 64 values or 64
/// items, `grant.closed`, `grant.other` when the case is of another one-thing.
pub async fn open(
    ctx: &mut Ctx,
    case_id: &str,
    one_thing: &str,
    items: &[String],
    values: &[String],
) -> Result<()> {
    let person = ctx.actor.party.clone();
    open_for(ctx, &person, case_id, one_thing, items, values).await
}

/// As [`open`], for a matter of the person's in whose place the actor acts.
pub async fn open_for(
    ctx: &mut Ctx,
    person: &str,
    case_id: &str,
    one_thing: &str,
    items: &[String],
    values: &[String],
) -> Result<()> {
    if ctx.env.pack.one_thing(one_thing).is_none() {
        return Err(Error::invalid("grant.one_thing"));
    }
    let long = values.iter().any(|value| value.len() > TEXT_MAX) || case_id.len() > TEXT_MAX;
    if long || case_id.is_empty() || values.len() > VALUES_MAX || items.len() > ITEMS_MAX {
        return Err(Error::limited("grant.size").arg("max", VALUES_MAX));
    }
    let grant = opened(ctx, person, case_id, one_thing).await?;
    let mut all = grant.items();
    all.extend(items.iter().cloned());
    if all.len() > ITEMS_MAX {
        return Err(Error::limited("grant.size").arg("max", ITEMS_MAX));
    }
    let mut changed = 0;
    if all != grant.items() {
        let sql = "UPDATE data_grant SET items = $2 WHERE id = $1";
        changed += ctx.execute(sql, vals![&grant.id, json!(all)]).await?;
    }
    for value in values.iter().filter(|value| !value.trim().is_empty()) {
        let index = index(ctx, value);
        changed += ctx
            .execute(
                "INSERT INTO data_grant_value (grant_id, value_index) VALUES ($1, $2)
                 ON CONFLICT (grant_id, value_index) DO NOTHING",
                vals![&grant.id, index],
            )
            .await?;
    }
    if changed == 0 {
        return Ok(());
    }
    let count = "SELECT COUNT(*) FROM data_grant_value WHERE grant_id = $1";
    let held = ctx.count(count, vals![&grant.id]).await?;
    if usize::try_from(held).is_ok_and(|held| held > VALUES_MAX) {
        return Err(Error::limited("grant.size").arg("max", VALUES_MAX));
    }
    let body = json!({"one_thing": one_thing, "items": all, "values": held});
    party::audit::record(ctx, "grant.opened", &format!("case:{case_id}"), body).await?;
    Ok(())
}

/// The case's grant, made when there is none, held until the transaction ends.
async fn opened(ctx: &mut Ctx, person: &str, case_id: &str, one_thing: &str) -> Result<Grant> {
    let (id, now) = (ctx.id(), ctx.now);
    ctx.execute(
        "INSERT INTO data_grant (id, case_id, one_thing, items, person_id, opened_us, closed_us)
         VALUES ($1, $2, $3, '[]', $4, $5, 0) ON CONFLICT (case_id) DO NOTHING",
        vals![id, case_id, one_thing, person, now],
    )
    .await?;
    let lock = dialect::for_update(ctx.engine());
    let sql =
        format!("SELECT id, one_thing, items, closed_us FROM data_grant WHERE case_id = $1{lock}");
    let grant: Grant = ctx.one(&sql, vals![case_id]).await?;
    if !grant.is_open() {
        return Err(Error::conflict("grant.closed"));
    }
    if grant.one_thing != one_thing {
        return Err(Error::conflict("grant.other"));
    }
    Ok(grant)
}

/// Hands the grant of a draft on to the case made of it. What the draft looked up is the case's
/// from then on. A draft without a grant has nothing to hand on.
/// Errors: `grant.other` when the case has a grant of its own.
pub async fn hand_on(ctx: &mut Ctx, from_id: &str, to_id: &str, number: &str) -> Result<()> {
    let sql = "UPDATE data_grant SET case_id = $2, number = $3 WHERE case_id = $1";
    let moved =
        ctx.execute(sql, vals![from_id, to_id, number]).await.map_err(|error| {
            match error.code {
                "store.unique" => Error::conflict("grant.other"),
                _ => error,
            }
        })?;
    if moved > 0 {
        let body = json!({"from": from_id});
        party::audit::record(ctx, "grant.handed_on", &format!("case:{to_id}"), body).await?;
    }
    Ok(())
}

/// Closes the grant of a case: no lookup is admitted after. A case without one is closed already.
pub async fn close(ctx: &mut Ctx, case_id: &str) -> Result<()> {
    let now = ctx.now.0.max(1);
    let sql = "UPDATE data_grant SET closed_us = $2 WHERE case_id = $1 AND closed_us = 0";
    if ctx.execute(sql, vals![case_id, now]).await? > 0 {
        party::audit::record(ctx, "grant.closed", &format!("case:{case_id}"), json!({})).await?;
    }
    Ok(())
}
