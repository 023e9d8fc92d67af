//! What the result of a case enters in the registries of the agency that decided it: whoever needs
//! it next finds it there, and the same right is not granted twice.
//!
//! Invariants: an entry is made in the transaction that delivers the result, and changed in the one
//! that revokes it; a registry is entered by its source alone, which the pack's check sees to.
//! Must not know: how a registry keeps its records.

use super::act::Acting;
use super::result::{fit, of_case};
use super::supply::{self, Facts};
use ::store::{Ctx, FromQueryResult, vals};
use data::registry;
use kernel::{Error, Result};
use pack::item::EntryField;
use serde_json::{Map, Value as Json};

/// Enters what the item's result says. Errors: those of [`registry::enter`].
pub(super) async fn enter(
    ctx: &mut Ctx,
    acting: &Acting,
    facts: &Facts,
    printed: &Map<String, Json>,
) -> Result<()> {
    for entry in &acting.item.result.entries {
        let said = Said { acting, facts, printed };
        let values = said.values(ctx, &entry.registry, &entry.fields)?;
        let pack = ctx.env.pack.clone();
        let identifier = pack.registry(&entry.registry).map(|one| one.identifier.as_str());
        if identifier.and_then(|id| values.get(id)).is_none_or(Json::is_null) {
            // The registry never heard of it, such as of costs in another province.
            continue;
        }
        let (now, division) = (ctx.now, &acting.case.division);
        let record = registry::enter(ctx, &entry.registry, &values, now, division).await?;
        ctx.execute(
            "INSERT INTO case_entry (case_id, registry, record_id, at_us) VALUES ($1, $2, $3, $4)",
            vals![&acting.case.id, &entry.registry, record, now],
        )
        .await?;
    }
    Ok(())
}

#[derive(FromQueryResult)]
struct Entered {
    registry: String,
    record_id: String,
}

/// Changes what was entered when the grant is revoked. Errors: those of [`registry::change`].
pub(super) async fn revoke(ctx: &mut Ctx, acting: &Acting) -> Result<()> {
    let sql = "SELECT registry, record_id FROM case_entry WHERE case_id = $1 ORDER BY registry";
    let entered: Vec<Entered> = ctx.all(sql, vals![&acting.case.id]).await?;
    for one in entered {
        let entries = &acting.item.result.entries;
        let Some(entry) = entries.iter().find(|entry| entry.registry == one.registry) else {
            continue;
        };
        let facts = supply::facts(ctx, acting.case.root_id()).await?;
        let said = Said { acting, facts: &facts, printed: &Map::new() };
        let values = said.values(ctx, &entry.registry, &entry.revoked)?;
        let now = ctx.now;
        registry::change(ctx, &one.record_id, &values, now).await?;
    }
    Ok(())
}

/// What may be entered.
struct Said<'a> {
    acting: &'a Acting,
    facts: &'a Facts,
    printed: &'a Map<String, Json>,
}

impl Said<'_> {
    fn values(
        &self,
        ctx: &Ctx,
        registry: &str,
        fields: &[EntryField],
    ) -> Result<Map<String, Json>> {
        let pack = ctx.env.pack.clone();
        let unknown = || Error::internal(format!("no registry {registry}"));
        let defined = pack.registry(registry).ok_or_else(unknown)?;
        let value = |field: &EntryField| {
            let kind = defined.field(&field.id)?.kind;
            let value = self.value(ctx, field).and_then(|value| fit(kind, value));
            match value {
                Some(value) => Some((field.id.clone(), value)),
                // A fact that is not known changes nothing; what comes from nothing is emptied.
                None if field.from.is_some() => None,
                None => Some((field.id.clone(), Json::Null)),
            }
        };
        Ok(fields.iter().filter_map(value).collect())
    }

    fn value(&self, ctx: &Ctx, field: &EntryField) -> Option<Json> {
        let Some(from) = &field.from else { return field.value.clone().map(Json::String) };
        match from.split_once('.') {
            Some(("result", what)) => self.printed.get(what).cloned(),
            Some(("case", what)) => of_case(ctx, self.acting, what),
            _ => self.facts.get(from).and_then(|held| held.fact.value.clone()),
        }
    }
}
