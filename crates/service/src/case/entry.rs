//! What the result of a case enters in the registries of the agency that decided it: whoever needs
//! it next finds it there, and the same right is not granted twice.
//!
//! Invariants: a right that may be granted once is claimed by the transaction that decides, so that
//! of two cases decided at once one is refused it; an entry is made in the transaction that delivers the result, and changed in the one
//! that revokes it; a registry is entered by its source alone, which the pack's check sees to.
//! Must not know: how a registry keeps its records.

use super::act::Acting;
use super::result::{fit, of_case};
use super::supply::{self, Facts};
use ::store::{Ctx, FromQueryResult, vals};
use data::registry;
use kernel::{Error, Result, Text};
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

/// A right that was granted already: where it is entered.
pub(super) struct Taken {
    /// Registry.
    pub(super) registry: String,
    /// Field that says it was given.
    pub(super) field: String,
}

impl Taken {
    /// Why nobody may grant it: `case.granted_already`.
    pub(super) fn error(&self, ctx: &Ctx) -> Error {
        let registry = ctx.env.pack.registry(&self.registry);
        let field = registry.and_then(|registry| registry.field(&self.field));
        let name = |text: Option<&Text>| text.map(|text| text.get(ctx.lang).to_owned());
        Error::conflict("case.granted_already")
            .arg("registry", name(registry.map(|one| &one.name)).unwrap_or_default())
            .arg("field", name(field.map(|one| &one.name)).unwrap_or_default())
    }
}

/// Claims for the case what its grant may give once; the first that was given already, if any: the
/// case may not be granted then. Errors: those of [`registry::claim`].
pub(super) async fn claim(ctx: &mut Ctx, acting: &Acting, facts: &Facts) -> Result<Option<Taken>> {
    let pack = ctx.env.pack.clone();
    let said = Said { acting, facts, printed: &Map::new() };
    for entry in &acting.item.result.entries {
        let Some(defined) = pack.registry(&entry.registry) else { continue };
        for once in &entry.once {
            // A key says itself which record it is about; of any other field the identifier does.
            let by = |id: &str| {
                let field = entry.fields.iter().find(|field| field.id == id)?;
                let value = said.before(ctx, field)?.as_str()?.to_owned();
                Some((field, value))
            };
            let own = Some(once.as_str()).filter(|id| defined.keys.iter().any(|key| key == id));
            let Some((key, value)) = own.and_then(by).or_else(|| by(&defined.identifier)) else {
                continue;
            };
            let field = entry.fields.iter().find(|field| field.id == *once);
            let right = registry::Right {
                registry: &entry.registry,
                key: &key.id,
                value: &value,
                field: once,
                says: field.and_then(|field| field.value.as_deref()),
            };
            if !registry::claim(ctx, &right, &acting.case.id).await? {
                registry::unclaim(ctx, &acting.case.id).await?;
                let (registry, field) = (entry.registry.clone(), once.clone());
                return Ok(Some(Taken { registry, field }));
            }
        }
    }
    Ok(None)
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

    /// A value as far as it is known before the licence is issued.
    fn before(&self, ctx: &Ctx, field: &EntryField) -> Option<Json> {
        let Some(printed) = field.from.as_deref().and_then(|from| from.strip_prefix("result."))
        else {
            return self.value(ctx, field);
        };
        let pack = ctx.env.pack.clone();
        let kind = pack.licence_type(self.acting.item.result.licence.as_deref()?)?;
        let from = kind.fields.iter().find(|one| one.id == printed)?.from.clone()?;
        match from.split_once('.') {
            Some(("issued", _)) => None,
            _ => self.value(ctx, &EntryField { from: Some(from), ..field.clone() }),
        }
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
