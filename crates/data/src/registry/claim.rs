//! Rights that a registry gives once: whoever is granted one claims it, and nobody else can while
//! the claim stands or a record says that it was given.
//!
//! Invariants: of two transactions that claim the same right one waits for the other's end; a claim
//! stands until its holder gives it back. Must not know: cases.

use super::registry::{defined, search};
use super::store;
use ::store::{Ctx, vals};
use kernel::Result;
use serde_json::Value as Json;

/// A right, by the field of a registry that says whether it was given.
pub struct Right<'a> {
    /// Registry.
    pub registry: &'a str,
    /// The key by which the record is found.
    pub key: &'a str,
    /// Its value.
    pub value: &'a str,
    /// The field that says it was given.
    pub field: &'a str,
    /// What it says then; any value when none.
    pub says: Option<&'a str>,
}

/// Claims the right for its holder; false when it was given or claimed already. Claiming again what
/// one holds is no second claim. Errors: `registry.unknown`, `registry.key`.
pub async fn claim(ctx: &mut Ctx, right: &Right<'_>, holder: &str) -> Result<bool> {
    let pack = ctx.env.pack.clone();
    let registry = defined(&pack, right.registry)?;
    let index = store::index(&ctx.env.vault, &registry.id, right.key, right.value);
    let now = ctx.now;
    let claimed = ctx
        .execute(
            "INSERT INTO registry_claim (registry, field, key_name, value_index, holder, at_us)
             VALUES ($1, $2, $3, $4, $5, $6)
             ON CONFLICT (registry, field, key_name, value_index) DO NOTHING",
            vals![&registry.id, right.field, right.key, &index, holder, now],
        )
        .await?;
    if claimed == 0 {
        let sql = "SELECT holder FROM registry_claim WHERE registry = $1 AND field = $2
             AND key_name = $3 AND value_index = $4";
        let by: Option<String> =
            ctx.scalar(sql, vals![&registry.id, right.field, right.key, index]).await?;
        return Ok(by.as_deref() == Some(holder));
    }
    let given = |value: &Json| match right.says {
        Some(says) => value.as_str() == Some(says),
        None => !value.is_null(),
    };
    let records = search(ctx, registry, &[right.key], right.value).await?;
    if !records.iter().any(|record| record.fields.get(right.field).is_some_and(given)) {
        return Ok(true);
    }
    ctx.execute(
        "DELETE FROM registry_claim WHERE registry = $1 AND field = $2 AND key_name = $3
         AND value_index = $4",
        vals![&registry.id, right.field, right.key, index],
    )
    .await?;
    Ok(false)
}

/// Gives back what the holder has claimed.
pub async fn unclaim(ctx: &mut Ctx, holder: &str) -> Result<()> {
    ctx.execute("DELETE FROM registry_claim WHERE holder = $1", vals![holder]).await?;
    Ok(())
}
