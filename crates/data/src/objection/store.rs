//! SQL of objections.

use super::model::{Objection, Reply, Status, Words};
use kernel::{Error, Result, Timestamp};
use proof::vault::Vault;
use sea_orm::FromQueryResult;
use serde::Serialize;
use serde::de::DeserializeOwned;
use store::{Ctx, Value, vals};

/// Purpose under which words are sealed.
const WORDS: &str = "data.objection";
/// Objections on one page.
pub(super) const PAGE: usize = 50;

#[derive(FromQueryResult)]
struct Row {
    id: String,
    registry: String,
    record_id: String,
    record_version: i64,
    field: String,
    receipt_id: String,
    case_id: String,
    person_id: String,
    source: String,
    division: String,
    words_sealed: Vec<u8>,
    answer_sealed: Option<Vec<u8>>,
    status: String,
    revision: i64,
    opened_us: i64,
    due_us: i64,
    overdue: i64,
    answered_us: i64,
}

const COLUMNS: &str = "id, registry, record_id, record_version, field, receipt_id, case_id, person_id, \
     source, division, words_sealed, answer_sealed, status, revision, opened_us, due_us, overdue, answered_us";

impl Row {
    fn open(self, vault: &Vault) -> Result<Objection> {
        let words: Words = unseal(vault, &self.words_sealed)?;
        let reply: Reply = match &self.answer_sealed {
            Some(sealed) => unseal(vault, sealed)?,
            None => Reply::default(),
        };
        Ok(Objection {
            id: self.id,
            registry: self.registry,
            record: self.record_id,
            version: self.record_version,
            field: self.field,
            receipt: self.receipt_id,
            case_id: self.case_id,
            person: self.person_id,
            source: self.source,
            division: self.division,
            shown: words.shown,
            claimed: words.claimed,
            note: words.note,
            status: Status::parse(&self.status),
            revision: self.revision,
            opened: Timestamp(self.opened_us),
            due: Timestamp(self.due_us),
            overdue: self.overdue != 0,
            answered: (self.answered_us != 0).then_some(Timestamp(self.answered_us)),
            corrected: reply.value,
            answer: reply.text,
        })
    }
}

fn unseal<T: DeserializeOwned>(vault: &Vault, sealed: &[u8]) -> Result<T> {
    let plain = vault.open(WORDS, sealed).map_err(Error::internal)?;
    serde_json::from_slice(&plain).map_err(Error::internal)
}

fn seal(ctx: &mut Ctx, words: &impl Serialize) -> Result<Vec<u8>> {
    let text = serde_json::to_vec(words).map_err(Error::internal)?;
    ctx.env.vault.clone().seal(WORDS, &text, &mut ctx.random)
}

/// Inserts it; false when the person already has an open one to the field of the record.
pub(super) async fn insert(ctx: &mut Ctx, new: &Objection, lookup: &str) -> Result<bool> {
    let words =
        Words { shown: new.shown.clone(), claimed: new.claimed.clone(), note: new.note.clone() };
    let words = seal(ctx, &words)?;
    let inserted = ctx
        .execute(
            "INSERT INTO data_objection (id, registry, record_id, record_version, field, lookup,
             receipt_id, case_id, person_id, source, division, words_sealed, answer_sealed, status,
             revision, opened_us, due_us, overdue, answered_us, answered_by)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, NULL, 'open', $13, $14, $15,
             0, 0, '') ON CONFLICT (record_id, field, person_id) WHERE status = 'open' DO NOTHING",
            vals![
                &new.id,
                &new.registry,
                &new.record,
                new.version,
                &new.field,
                lookup,
                &new.receipt,
                &new.case_id,
                &new.person,
                &new.source,
                &new.division,
                words,
                new.revision,
                new.opened,
                new.due
            ],
        )
        .await?;
    Ok(inserted == 1)
}

/// Closes it with the source's words.
pub(super) async fn close(ctx: &mut Ctx, id: &str, status: Status, reply: &Reply) -> Result<()> {
    let sealed = seal(ctx, reply)?;
    let (now, account) = (ctx.now, ctx.actor.account.clone());
    ctx.execute(
        "UPDATE data_objection SET status = $2, answer_sealed = $3, answered_us = $4,
         answered_by = $5, revision = revision + 1 WHERE id = $1",
        vals![id, status.name(), sealed, now, account],
    )
    .await?;
    Ok(())
}

/// Marks it as late.
pub(super) async fn mark_overdue(ctx: &mut Ctx, id: &str) -> Result<()> {
    let sql = "UPDATE data_objection SET overdue = 1, revision = revision + 1 WHERE id = $1";
    ctx.execute(sql, vals![id]).await?;
    Ok(())
}

pub(super) async fn by_id(ctx: &mut Ctx, id: &str) -> Result<Option<Objection>> {
    let sql = format!("SELECT {COLUMNS} FROM data_objection WHERE id = $1");
    let row: Option<Row> = ctx.optional(&sql, vals![id]).await?;
    row.map(|row| row.open(&ctx.env.vault)).transpose()
}

/// Objections of a query's tail (`WHERE …`), opened.
pub(super) async fn all(ctx: &mut Ctx, tail: &str, values: Vec<Value>) -> Result<Vec<Objection>> {
    let sql = format!("SELECT {COLUMNS} FROM data_objection {tail}");
    let rows: Vec<Row> = ctx.all(&sql, values).await?;
    rows.into_iter().map(|row| row.open(&ctx.env.vault)).collect()
}
