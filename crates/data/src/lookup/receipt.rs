//! Receipts: written once per read, listed by the person, the record, the registry and the case.

use crate::grant::Grant;
use crate::{ledger, registry};
use kernel::{Result, Text, Timestamp};
use pack::Contract;
use sea_orm::FromQueryResult;
use serde_json::json;
use store::{Ctx, vals};

/// Receipts on one page.
pub(super) const PAGE: usize = 50;
/// Highest cursor: sorts after every id.
const LAST: &str = "~";

/// A receipt as its readers see it; it holds no value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Receipt {
    /// Id; sorts by time.
    pub id: String,
    /// When.
    pub at: Timestamp,
    /// Registry read.
    pub registry: String,
    /// Record read; empty when none was found.
    pub record: String,
    /// Version of the record read.
    pub version: i64,
    /// Contract.
    pub contract: String,
    /// Lookup of the one-thing.
    pub lookup: String,
    /// One-thing.
    pub one_thing: String,
    /// The case for which, as it is now known: a draft's reads are those of the case made of it.
    pub case_id: String,
    /// The case's number; empty before submission.
    pub number: String,
    /// Agency id, or [`PORTAL`](super::PORTAL).
    pub consumer: String,
    /// Agency id of the source.
    pub source: String,
    /// Fields handed over.
    pub fields: Vec<String>,
    /// For what, as the contract said then.
    pub purpose: Text,
    /// Account that acted.
    pub actor: String,
    /// Party id of who filed the case.
    pub filed_by: String,
}

/// One page of receipts.
#[derive(Clone, Debug)]
pub struct Page {
    /// Newest first.
    pub receipts: Vec<Receipt>,
    /// Cursor of the next page; none on the last.
    pub next: Option<String>,
}

#[derive(FromQueryResult)]
struct Row {
    id: String,
    at_us: i64,
    registry: String,
    record_id: String,
    record_version: i64,
    contract: String,
    lookup: String,
    one_thing: String,
    case_id: String,
    number: String,
    consumer: String,
    source: String,
    fields: String,
    purpose: String,
    actor: String,
    filed_by: String,
}

const COLUMNS: &str = "r.id, r.at_us, r.registry, r.record_id, r.record_version, r.contract, r.lookup, \
     r.one_thing, g.case_id, g.number, r.consumer, r.source, r.fields, r.purpose, r.actor, g.person_id AS filed_by";
const FROM: &str = "data_receipt r JOIN data_grant g ON g.id = r.grant_id";

impl From<Row> for Receipt {
    fn from(row: Row) -> Receipt {
        Receipt {
            id: row.id,
            at: Timestamp(row.at_us),
            registry: row.registry,
            record: row.record_id,
            version: row.record_version,
            contract: row.contract,
            lookup: row.lookup,
            one_thing: row.one_thing,
            case_id: row.case_id,
            number: row.number,
            consumer: row.consumer,
            source: row.source,
            fields: serde_json::from_str(&row.fields).unwrap_or_default(),
            purpose: serde_json::from_str(&row.purpose).unwrap_or_default(),
            actor: row.actor,
            filed_by: row.filed_by,
        }
    }
}

/// A receipt to be written.
pub(super) struct New<'a> {
    pub(super) id: String,
    pub(super) registry: &'a str,
    pub(super) record: &'a str,
    pub(super) version: i64,
    pub(super) contract: &'a Contract,
    pub(super) lookup: &'a str,
    pub(super) grant: &'a Grant,
    pub(super) case_id: &'a str,
    pub(super) consumer: &'a str,
    pub(super) source: &'a str,
    pub(super) fields: Vec<String>,
    pub(super) values_digest: String,
    pub(super) salt: String,
    pub(super) subjects: Vec<String>,
}

/// Writes the receipt, whom it is about, both ledgers' rows and the audit entry.
pub(super) async fn write(ctx: &mut Ctx, new: &New<'_>) -> Result<()> {
    let (now, actor) = (ctx.now, ctx.actor.account.clone());
    ctx.execute(
        "INSERT INTO data_receipt (id, at_us, registry, record_id, record_version, contract,
         contract_version, lookup, one_thing, grant_id, case_id, consumer, source, fields, purpose,
         actor) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16)",
        vals![
            &new.id,
            now,
            new.registry,
            new.record,
            new.version,
            &new.contract.id,
            new.contract.version,
            new.lookup,
            &new.grant.one_thing,
            &new.grant.id,
            new.case_id,
            new.consumer,
            new.source,
            json!(new.fields),
            json!(new.contract.purpose),
            actor
        ],
    )
    .await?;
    for index in &new.subjects {
        ctx.execute(
            "INSERT INTO data_receipt_subject (subject_index, receipt_id) VALUES ($1, $2)",
            vals![index, &new.id],
        )
        .await?;
    }
    let content = super::lookup::content(new, ctx);
    ledger::enter(ctx, &new.id, ledger::Role::Consumer, new.consumer, &content).await?;
    ledger::enter(ctx, &new.id, ledger::Role::Source, new.source, &content).await?;
    let body = json!({"receipt": new.id, "registry": new.registry, "contract": new.contract.id,
        "consumer": new.consumer, "fields": new.fields, "found": !new.record.is_empty()});
    let subject = format!("case:{}", new.case_id);
    let id = new.id.as_str();
    let rows = [("data_receipt", id), ("data_receipt_subject.receipt_id", id)];
    party::audit::record_rows(ctx, "data.read", &subject, body, &rows).await.map(drop)
}

fn page(mut rows: Vec<Row>) -> Page {
    let more = rows.len() > PAGE;
    rows.truncate(PAGE);
    let next = rows.last().filter(|_| more).map(|row| row.id.clone());
    Page { receipts: rows.into_iter().map(Receipt::from).collect(), next }
}

/// Where a list begins that goes back from `after`.
pub(super) fn cursor(after: &str) -> &str {
    if after.is_empty() { LAST } else { after }
}

/// Citizen number of the actor; none for one without.
pub(crate) async fn own_number(ctx: &mut Ctx) -> Result<Option<String>> {
    party::authority::signed_in(ctx)?;
    let party = ctx.actor.party.clone();
    Ok(party::person::find(ctx, &party).await?.and_then(|person| person.number))
}

/// Reads of data about the actor, newest first, at most 50, older than `after`.
/// Errors: `sign_in.needed`.
pub async fn mine(ctx: &mut Ctx, after: &str) -> Result<Page> {
    let Some(number) = own_number(ctx).await? else {
        return Ok(Page { receipts: Vec::new(), next: None });
    };
    let index = ctx.env.vault.index(registry::SUBJECT_INDEX, &number);
    Ok(page(rows_of(ctx, &index, after).await?))
}

/// As [`mine`], of the person behind the index, one more than a page has.
pub(super) async fn reads_of(ctx: &mut Ctx, index: &str, after: &str) -> Result<Vec<Receipt>> {
    Ok(rows_of(ctx, index, after).await?.into_iter().map(Receipt::from).collect())
}

async fn rows_of(ctx: &mut Ctx, index: &str, after: &str) -> Result<Vec<Row>> {
    let sql = format!(
        "SELECT {COLUMNS} FROM data_receipt_subject s JOIN data_receipt r ON r.id = s.receipt_id
         JOIN data_grant g ON g.id = r.grant_id
         WHERE s.subject_index = $1 AND s.receipt_id < $2 ORDER BY s.receipt_id DESC LIMIT $3"
    );
    ctx.all(&sql, vals![index, cursor(after), PAGE + 1]).await
}

/// True when the receipt is about the person with the number.
pub(crate) async fn concerns(ctx: &mut Ctx, receipt: &str, number: &str) -> Result<bool> {
    let index = ctx.env.vault.index(registry::SUBJECT_INDEX, number);
    let sql =
        "SELECT COUNT(*) FROM data_receipt_subject WHERE subject_index = $1 AND receipt_id = $2";
    Ok(ctx.count(sql, vals![index, receipt]).await? > 0)
}

/// A receipt by its id. Errors: `not_found`.
pub(crate) async fn by_id(ctx: &mut Ctx, id: &str) -> Result<Receipt> {
    let sql = format!("SELECT {COLUMNS} FROM {FROM} WHERE r.id = $1");
    Ok(ctx.one::<Row>(&sql, vals![id]).await?.into())
}

/// Reads for a case, the draft's among them, oldest first, at most 50 after `after`. The caller,
/// who owns the case, has decided who may see it.
pub async fn of_case(ctx: &mut Ctx, case_id: &str, after: &str) -> Result<Page> {
    let sql = format!(
        "SELECT {COLUMNS} FROM data_grant g JOIN data_receipt r ON r.grant_id = g.id
         WHERE g.case_id = $1 AND r.id > $2 ORDER BY r.id LIMIT $3"
    );
    Ok(page(ctx.all(&sql, vals![case_id, after, PAGE + 1]).await?))
}

/// Reads of a registry, newest first, at most 50, older than `after`.
/// Errors: `denied` without the permission `data.usage.read`.
pub async fn of_registry(ctx: &mut Ctx, registry: &str, after: &str) -> Result<Page> {
    party::authority::demand(ctx, "data.usage.read")?;
    let sql = format!(
        "SELECT {COLUMNS} FROM {FROM} WHERE r.registry = $1 AND r.id < $2 ORDER BY r.id DESC LIMIT $3"
    );
    Ok(page(ctx.all(&sql, vals![registry, cursor(after), PAGE + 1]).await?))
}

/// Reads of a record, oldest first, at most 50 after `after`.
pub(crate) async fn of_record(ctx: &mut Ctx, record: &str, after: &str) -> Result<Page> {
    let sql = format!(
        "SELECT {COLUMNS} FROM {FROM} WHERE r.record_id = $1 AND r.id > $2 ORDER BY r.id LIMIT $3"
    );
    Ok(page(ctx.all(&sql, vals![record, after, PAGE + 1]).await?))
}
