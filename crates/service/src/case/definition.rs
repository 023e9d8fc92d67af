//! The definition a case pins: kept once per digest, so that a case is decided by the rules in
//! force when it was submitted, whatever the pack says later.

use super::model::Case;
use kernel::{Error, Result};
use pack::item::Item;
use store::{Ctx, Value, vals};

/// A definition to pin: kind, id, version, digest.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Pin {
    pub(super) kind: &'static str,
    pub(super) id: String,
    pub(super) version: i64,
    pub(super) digest: String,
}

/// The version in force. Errors: `not_found` for one the packs do not have.
pub(super) fn pin(ctx: &Ctx, kind: &'static str, id: &str) -> Result<Pin> {
    let found = ctx.env.pack.pinned(kind, id).ok_or_else(Error::not_found)?;
    let (version, digest) = (i64::from(found.version), found.digest.clone());
    Ok(Pin { kind, id: id.to_owned(), version, digest })
}

/// Keeps what is not kept yet.
pub(super) async fn keep(ctx: &mut Ctx, pins: &[Pin]) -> Result<()> {
    let marks: Vec<String> = (1..=pins.len()).map(|at| format!("${at}")).collect();
    let sql = format!("SELECT digest FROM case_definition WHERE digest IN ({})", marks.join(", "));
    let values: Vec<Value> = pins.iter().map(|pin| Value::from(&pin.digest)).collect();
    let known: Vec<String> = ctx.column(&sql, values).await?;
    for pin in pins.iter().filter(|pin| !known.contains(&pin.digest)) {
        let body =
            ctx.env.pack.source(pin.kind, &pin.id).map(ToString::to_string).unwrap_or_default();
        ctx.execute(
            "INSERT INTO case_definition (digest, kind, definition_id, version, body)
             VALUES ($1, $2, $3, $4, $5) ON CONFLICT (digest) DO NOTHING",
            vals![&pin.digest, pin.kind, &pin.id, pin.version, body],
        )
        .await?;
    }
    Ok(())
}

/// The item a case pins: of the packs when they still hold that version, else as kept.
pub(super) async fn item(ctx: &mut Ctx, case: &Case) -> Result<Item> {
    if let Some(found) = ctx.env.pack.pinned("item", &case.item)
        && found.digest == case.definition_digest
        && let Some(item) = ctx.env.pack.item(&case.item)
    {
        return Ok(item.clone());
    }
    let sql = "SELECT body FROM case_definition WHERE digest = $1";
    let body: Option<String> = ctx.scalar(sql, vals![&case.definition_digest]).await?;
    let body =
        body.ok_or_else(|| Error::internal(format!("definition of case {} is lost", case.id)))?;
    serde_json::from_str(&body).map_err(Error::internal)
}
