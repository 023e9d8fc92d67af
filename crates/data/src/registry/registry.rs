//! The verbs of registries. They are the source's own: whoever shares data with another agency
//! goes through [`lookup`](crate::lookup).

use super::fields::{self, Fields};
use super::store;
use ::store::Ctx;
use kernel::{ActorKind, Error, Result, Timestamp};
use pack::one_thing::FieldKind;
use pack::{Province, Registry};
use serde_json::{Map, Value as Json, json};

/// Former versions looked through for who received a wrong value.
const VERSIONS_MAX: usize = 500;

/// A record in its present version, opened.
#[derive(Clone, PartialEq)]
pub struct Record {
    /// Id, the same for every version.
    pub id: String,
    /// Registry.
    pub registry: String,
    /// Version, from 1.
    pub version: i64,
    /// Values by field.
    pub fields: Fields,
    /// Code of the division whose agency answers for it.
    pub division: String,
    /// When the source last saw it to be so.
    pub observed: Timestamp,
    /// Since when this version is held.
    pub valid_from: Timestamp,
}

impl std::fmt::Debug for Record {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Record({} {} v{})", self.registry, self.id, self.version)
    }
}

/// The registry's definition. Errors: `registry.unknown`.
pub(crate) fn defined<'a>(pack: &'a Province, registry: &str) -> Result<&'a Registry> {
    pack.registry(registry).ok_or_else(|| {
        Error::invalid("registry.unknown")
            .arg("registry", registry.chars().take(64).collect::<String>())
    })
}

/// Errors: `registry.division` for a code of no division.
pub(super) fn known_division(pack: &Province, division: &str) -> Result<()> {
    match pack.divisions().find(division) {
        Some(_) => Ok(()),
        None => Err(Error::invalid("registry.division")
            .arg("division", division.chars().take(20).collect::<String>())),
    }
}

/// Puts what the source observed about one thing or person into its registry; the record's id.
///
/// `record` is an object of field id → value. The same content again only moves the time of
/// observation; other content makes a new version. No right is asked for: the caller is the source
/// or acts for it.
///
/// Errors: `registry.unknown`, `registry.division`, `registry.record` with the fields at fault,
/// `registry.older` when a later observation is held.
pub async fn put(
    ctx: &mut Ctx,
    registry: &str,
    record: &Json,
    observed: Timestamp,
    division: &str,
) -> Result<String> {
    let pack = ctx.env.pack.clone();
    let registry = defined(&pack, registry)?;
    known_division(&pack, division)?;
    let fields = fields::checked(registry, record)?;
    let index = store::identifier_index(&ctx.env.vault, registry, &fields);
    if let Some(row) = store::hold(ctx, &registry.id, &index).await? {
        let present = row.open(&ctx.env.vault)?;
        return update(ctx, registry, present, fields, observed, division).await;
    }
    let record = Record {
        id: ctx.id(),
        registry: registry.id.clone(),
        version: 1,
        fields,
        division: division.to_owned(),
        observed,
        valid_from: ctx.now,
    };
    let sealed = store::seal(&ctx.env.vault, &record.fields, &mut ctx.random)?;
    if store::insert(ctx, &record, &index, sealed).await? {
        store::set_keys(ctx, registry, &record).await?;
        store::tally(ctx, &registry.id, division, 1).await?;
        tell(ctx, &record).await?;
        return Ok(record.id);
    }
    // Somebody put the same identifier while we did: ours is the next observation of his.
    let row = store::hold(ctx, &registry.id, &index).await?;
    let present = row.ok_or_else(|| Error::internal("record neither inserted nor found"))?;
    let present = present.open(&ctx.env.vault)?;
    update(ctx, registry, present, record.fields, observed, division).await
}

/// Replaces the content of one record by its id, its identifier included; the new version.
///
/// Errors: `not_found`; `registry.record`; `registry.identifier_taken` when another record has the
/// identifier.
pub async fn amend(ctx: &mut Ctx, id: &str, record: &Json, observed: Timestamp) -> Result<i64> {
    let pack = ctx.env.pack.clone();
    if !ctx.lock("registry_record", id).await? {
        return Err(Error::not_found());
    }
    let present = by_id(ctx, id).await?;
    let registry = defined(&pack, &present.registry)?;
    let fields = fields::checked(registry, record)?;
    let (division, observed) = (present.division.clone(), observed.max(present.observed));
    update(ctx, registry, present, fields, observed, &division).await?;
    Ok(by_id(ctx, id).await?.version)
}

/// Enters values in the record that the identifier among them names, or in a new one of the
/// division; the record's id. A null empties its field. The caller is the source or acts for it.
///
/// Errors: those of [`put`].
pub async fn enter(
    ctx: &mut Ctx,
    registry: &str,
    values: &Map<String, Json>,
    observed: Timestamp,
    division: &str,
) -> Result<String> {
    let pack = ctx.env.pack.clone();
    let defined = defined(&pack, registry)?;
    let fields = fields::checked(defined, &Json::Object(values.clone()))?;
    let index = store::identifier_index(&ctx.env.vault, defined, &fields);
    match store::hold(ctx, &defined.id, &index).await? {
        Some(row) => change(ctx, &row.id, values, observed).await.map(|_| row.id),
        None => put(ctx, registry, &Json::Object(values.clone()), observed, division).await,
    }
}

/// Changes some values of a record; the version it has then. A null empties its field.
///
/// Errors: those of [`amend`].
pub async fn change(
    ctx: &mut Ctx,
    id: &str,
    values: &Map<String, Json>,
    observed: Timestamp,
) -> Result<i64> {
    if !ctx.lock("registry_record", id).await? {
        return Err(Error::not_found());
    }
    let mut fields: Map<String, Json> = by_id(ctx, id).await?.fields.into_iter().collect();
    fields.extend(values.clone());
    amend(ctx, id, &Json::Object(fields), observed).await
}

async fn update(
    ctx: &mut Ctx,
    registry: &Registry,
    present: Record,
    fields: Fields,
    observed: Timestamp,
    division: &str,
) -> Result<String> {
    if observed < present.observed {
        return Err(Error::conflict("registry.older").arg("observed", present.observed));
    }
    if present.fields == fields && present.division == division {
        if observed > present.observed {
            store::observe(ctx, &present.id, observed).await?;
            tell(ctx, &present).await?;
        }
        return Ok(present.id);
    }
    store::keep(ctx, &present.id).await?;
    let next = Record {
        id: present.id,
        registry: present.registry,
        version: present.version + 1,
        fields,
        division: division.to_owned(),
        observed,
        valid_from: ctx.now,
    };
    let index = store::identifier_index(&ctx.env.vault, registry, &next.fields);
    let sealed = store::seal(&ctx.env.vault, &next.fields, &mut ctx.random)?;
    store::replace(ctx, &next, &index, sealed).await.map_err(|error| match error.code {
        "store.unique" => Error::conflict("registry.identifier_taken"),
        _ => error,
    })?;
    store::set_keys(ctx, registry, &next).await?;
    if present.division != division {
        store::tally(ctx, &registry.id, &present.division, -1).await?;
        store::tally(ctx, &registry.id, division, 1).await?;
    }
    tell(ctx, &next).await?;
    Ok(next.id)
}

async fn tell(ctx: &mut Ctx, record: &Record) -> Result<()> {
    let body = json!({"registry": record.registry, "version": record.version});
    let subject = format!("record:{}", record.id);
    party::audit::record_row(ctx, "registry.put", &subject, body, "registry_record", &record.id)
        .await?;
    Ok(())
}

/// The record whose key has the value, for the source itself: nothing is filtered, no receipt is
/// made. The newest observation when several have it.
///
/// Errors: `registry.unknown`, `registry.key`; `registry.not_source` for anybody but the platform
/// and officers of the registry's source.
pub async fn get_raw(
    ctx: &mut Ctx,
    registry: &str,
    key: &str,
    value: &str,
) -> Result<Option<Record>> {
    let pack = ctx.env.pack.clone();
    let registry = defined(&pack, registry)?;
    let kind = pack.agency(&ctx.actor.agency).map(|agency| agency.kind);
    let own = ctx.actor.is_officer() && kind.as_deref() == Some(registry.source.as_str());
    if ctx.actor.kind != ActorKind::System && !own {
        return Err(Error::denied("registry.not_source").arg("registry", &registry.id));
    }
    search(ctx, registry, &[key], value).await.map(|found| found.into_iter().next())
}

/// Records any of whose keys has the value, the newest observation first.
/// Errors: `registry.key` for a field that is no key.
pub(crate) async fn search(
    ctx: &mut Ctx,
    registry: &Registry,
    keys: &[&str],
    value: &str,
) -> Result<Vec<Record>> {
    let mut found: Vec<Record> = Vec::new();
    if value.trim().is_empty() {
        return Ok(found);
    }
    for key in keys {
        if !registry.keys.iter().any(|known| known == key) {
            return Err(Error::invalid("registry.key")
                .arg("key", key)
                .arg("registry", &registry.id));
        }
        for row in store::search(ctx, registry, key, value).await? {
            if !found.iter().any(|record| record.id == row.id) {
                found.push(row.open(&ctx.env.vault)?);
            }
        }
    }
    found.sort_by(|a, b| (b.observed, &b.id).cmp(&(a.observed, &a.id)));
    Ok(found)
}

/// Records in which the citizen number is a key: what a registry holds about a person.
pub(crate) async fn concerning(
    ctx: &mut Ctx,
    registry: &Registry,
    number: &str,
) -> Result<Vec<Record>> {
    let is_number = |key: &&String| {
        registry.field(key).is_some_and(|field| field.kind == FieldKind::CitizenNumber)
    };
    let keys: Vec<&str> = registry.keys.iter().filter(is_number).map(String::as_str).collect();
    search(ctx, registry, &keys, number).await
}

/// The record with this id in its present version. Errors: `not_found`.
pub(crate) async fn by_id(ctx: &mut Ctx, id: &str) -> Result<Record> {
    let row = store::by_id(ctx, id).await?.ok_or_else(Error::not_found)?;
    row.open(&ctx.env.vault)
}

/// A field's value in a version of a record; none when it had none. Errors: `not_found`.
pub(crate) async fn field_at(
    ctx: &mut Ctx,
    id: &str,
    version: i64,
    field: &str,
) -> Result<Option<Json>> {
    let present = by_id(ctx, id).await?;
    if present.version == version {
        return Ok(present.fields.get(field).cloned());
    }
    let row = store::former_at(ctx, id, version).await?.ok_or_else(Error::not_found)?;
    Ok(row.open(&ctx.env.vault)?.fields.get(field).cloned())
}

/// The versions, newest first and at most 500, in which the field had exactly this value.
pub(crate) async fn version_values(
    ctx: &mut Ctx,
    id: &str,
    field: &str,
    value: Option<&Json>,
) -> Result<Vec<i64>> {
    let mut versions = Vec::new();
    let present = by_id(ctx, id).await?;
    if present.fields.get(field) == value {
        versions.push(present.version);
    }
    for row in store::former(ctx, id, VERSIONS_MAX).await? {
        let former = row.open(&ctx.env.vault)?;
        if former.fields.get(field) == value {
            versions.push(former.version);
        }
    }
    Ok(versions)
}

/// Records a registry holds.
pub async fn records(ctx: &mut Ctx, registry: &str) -> Result<i64> {
    store::records(ctx, registry).await
}
