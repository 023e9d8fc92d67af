//! The verb: look up a record for a case.

use super::admit::{Admitted, PORTAL, admit, quota_id};
use super::{receipt, refusal};
use crate::grant;
use crate::registry::{self, Fields, Record};
use crate::source;
use kernel::{Error, Kind, Result, Text, Timestamp};
use pack::one_thing::Lookup;
use proof::digest::sm3_hex;
use serde_json::{Value as Json, json};
use store::{Ctx, vals};

/// Longest value sought, in bytes.
const VALUE_MAX: usize = 200;
/// Records offered to pick from.
const SEVERAL_MAX: usize = 10;

/// What a lookup found: the contract's fields and nothing else.
#[derive(Clone, PartialEq)]
pub struct Found {
    /// Record.
    pub record_id: String,
    /// Its version.
    pub version: i64,
    /// Registry.
    pub registry: String,
    /// Values by field; a field without a value is absent.
    pub fields: Fields,
    /// Name of the agency that answers for the record.
    pub source: Text,
    /// When the source last saw it to be so.
    pub observed: Timestamp,
    /// True when it is no older than the contract calls fresh.
    pub fresh: bool,
    /// The receipt, in both ledgers.
    pub receipt: String,
}

impl std::fmt::Debug for Found {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Found({} {}, receipt {})", self.registry, self.record_id, self.receipt)
    }
}

/// What a lookup that tells records apart found.
#[derive(Clone, Debug, PartialEq)]
pub enum Outcome {
    /// No record has the value.
    Nothing,
    /// The one picked, or the only one it can be.
    One(Box<Found>),
    /// Several that it can be: each with its identifier and what tells it apart, and no more.
    Several(Vec<Found>),
}

/// Looks up the record whose key has the value, for a case, on behalf of a consumer: an agency id,
/// or [`PORTAL`] while a citizen fills in the form. None when the registry has no such record. The
/// newest observation when several records have the value.
///
/// Errors: `lookup.value` for an empty or overlong value; `lookup.not_consumer`, `lookup.no_grant`
/// (none open for the case and value), `lookup.not_for_case` (another one-thing or item),
/// `lookup.contract_unknown`, `lookup.contract_expired`, `lookup.contract_early`, `lookup.quota`.
/// A refusal is recorded in a transaction of its own, whatever becomes of the caller's.
pub async fn fetch(
    ctx: &mut Ctx,
    lookup: &Lookup,
    value: &str,
    case_id: &str,
    consumer_agency: &str,
) -> Result<Option<Found>> {
    let plain = Lookup { pick: None, ..lookup.clone() };
    match seek(ctx, &plain, value, "", case_id, consumer_agency).await? {
        Outcome::One(found) => Ok(Some(*found)),
        Outcome::Nothing | Outcome::Several(_) => Ok(None),
    }
}

/// Like [`fetch`], where the lookup tells the record meant from others: the one whose identifier is
/// `picked`; without it (or when the value finds no such record) the only one still open; else the
/// newest. Costs one receipt for each record told.
///
/// Errors: those of [`fetch`].
pub async fn seek(
    ctx: &mut Ctx,
    lookup: &Lookup,
    value: &str,
    picked: &str,
    case_id: &str,
    consumer_agency: &str,
) -> Result<Outcome> {
    let value = value.trim();
    if value.is_empty() || value.len() > VALUE_MAX {
        return Err(Error::invalid("lookup.value"));
    }
    let pack = ctx.env.pack.clone();
    let admitted = match admit(ctx, &pack, lookup, value, case_id, consumer_agency).await {
        Ok(admitted) => admitted,
        Err(error) => {
            if matches!(error.kind, Kind::Denied | Kind::Limited) {
                refusal::record_apart(ctx, lookup, case_id, consumer_agency, error.code);
            }
            return Err(error);
        }
    };
    let keys: Vec<&str> = lookup.matches.iter().map(String::as_str).collect();
    let mut records = registry::search(ctx, admitted.registry, &keys, value).await?;
    let read = Read { admitted: &admitted, lookup, value, case_id, consumer: consumer_agency };
    let opened = &admitted.contract.fields;
    let Some(pick) = &lookup.pick else {
        return Ok(sought(read.hand_over(ctx, records.into_iter().next(), opened).await?));
    };
    let identifier = &admitted.registry.identifier;
    let is_picked =
        |record: &Record| !picked.is_empty() && text(&record.fields, identifier) == picked;
    let is_open = |record: &Record| text(&record.fields, &pick.open).is_empty();
    if let Some(at) = records.iter().position(is_picked) {
        records = vec![records.swap_remove(at)];
    } else if records.iter().any(is_open) {
        records.retain(is_open);
        records.truncate(SEVERAL_MAX);
    } else {
        records.truncate(1);
    }
    if records.len() < 2 {
        return Ok(sought(read.hand_over(ctx, records.into_iter().next(), opened).await?));
    }
    let apart: Vec<String> = pick.told_by.iter().chain([identifier]).cloned().collect();
    let mut several = Vec::new();
    for record in records {
        several.extend(read.hand_over(ctx, Some(record), &apart).await?);
    }
    Ok(Outcome::Several(several))
}

fn sought(found: Option<Found>) -> Outcome {
    found.map_or(Outcome::Nothing, |found| Outcome::One(Box::new(found)))
}

fn text<'a>(fields: &'a Fields, id: &str) -> &'a str {
    fields.get(id).and_then(Json::as_str).unwrap_or("")
}

struct Read<'a> {
    admitted: &'a Admitted<'a>,
    lookup: &'a Lookup,
    value: &'a str,
    case_id: &'a str,
    consumer: &'a str,
}

impl Read<'_> {
    /// Filters the record to the fields told and writes the receipt.
    async fn hand_over(
        &self,
        ctx: &mut Ctx,
        record: Option<Record>,
        told: &[String],
    ) -> Result<Option<Found>> {
        let (contract, registry) = (self.admitted.contract, self.admitted.registry);
        let pack = ctx.env.pack.clone();
        let division = record.as_ref().map_or("", |record| record.division.as_str());
        let source = source::agency(&pack, registry, division)?;
        let subjects = self.subjects(ctx, record.as_ref()).await?;
        let fields: Fields = record
            .as_ref()
            .map(|record| record.fields.clone())
            .unwrap_or_default()
            .into_iter()
            .filter(|(id, _)| contract.fields.contains(id) && told.contains(id))
            .collect();
        let salt = hex::encode(ctx.random.bytes::<16>());
        let receipt = receipt::New {
            id: ctx.id(),
            registry: &registry.id,
            record: record.as_ref().map_or("", |record| record.id.as_str()),
            version: record.as_ref().map_or(0, |record| record.version),
            contract,
            lookup: &self.lookup.id,
            grant: &self.admitted.grant,
            case_id: self.case_id,
            consumer: self.consumer,
            source: &source.id,
            fields: fields.keys().cloned().collect(),
            values_digest: digest_values(&salt, &fields)?,
            salt,
            subjects,
        };
        receipt::write(ctx, &receipt).await?;
        let receipt_id = receipt.id;
        let observed = match &record {
            Some(record) => registry::observed(ctx, registry, record).await?,
            None => ctx.now,
        };
        Ok(record.map(|record| Found {
            fresh: ctx.now.since(observed)
                <= i64::from(contract.max_age_hours).saturating_mul(kernel::time::HOUR_US),
            record_id: record.id,
            version: record.version,
            registry: record.registry,
            fields,
            source: source.name,
            observed,
            receipt: receipt_id,
        }))
    }

    /// Blind indexes of the persons the read is about: those in the record, and the value sought
    /// when it is a citizen number, so that a search that found nothing is seen as well. A record
    /// that names nobody is about the persons the case concerns.
    async fn subjects(&self, ctx: &mut Ctx, record: Option<&Record>) -> Result<Vec<String>> {
        let mut numbers = record
            .map(|record| registry::citizen_numbers(self.admitted.registry, &record.fields))
            .unwrap_or_default();
        if let Ok(number) = kernel::identifier::CitizenNumber::parse(self.value) {
            numbers.push(number.as_str().to_owned());
        }
        if numbers.is_empty() {
            return grant::indexes(ctx, &self.admitted.grant).await;
        }
        numbers.sort();
        numbers.dedup();
        let vault = &ctx.env.vault;
        Ok(numbers.iter().map(|number| vault.index(registry::SUBJECT_INDEX, number)).collect())
    }
}

/// SM3 over salt and canonical values: whoever keeps the values can prove them against the ledger,
/// and the ledger alone tells nothing.
fn digest_values(salt: &str, fields: &Fields) -> Result<String> {
    let values = kernel::canonical::to_string(&json!({"salt": salt, "fields": fields}))?;
    Ok(sm3_hex(values.as_bytes()))
}

/// Reads of a contract on the present day.
pub async fn used_today(ctx: &mut Ctx, contract: &str) -> Result<i64> {
    let id = quota_id(contract, ctx.now.date());
    ctx.count("SELECT used FROM data_quota WHERE id = $1", vals![id]).await
}

/// True when the consumer is the portal.
pub(super) fn is_portal(consumer: &str) -> bool {
    consumer == PORTAL
}

/// What the ledgers keep of a read, besides the side.
pub(super) fn content(receipt: &receipt::New<'_>, ctx: &Ctx) -> Json {
    json!({
        "receipt": receipt.id,
        "at": ctx.now.0,
        "registry": receipt.registry,
        "record": receipt.record,
        "version": receipt.version,
        "contract": receipt.contract.id,
        "contract_version": receipt.contract.version,
        "lookup": receipt.lookup,
        "one_thing": receipt.grant.one_thing,
        "case": receipt.case_id,
        "consumer": receipt.consumer,
        "source": receipt.source,
        "fields": receipt.fields,
        "values_digest": receipt.values_digest,
        "salt": receipt.salt,
        "actor": ctx.actor.account,
    })
}
