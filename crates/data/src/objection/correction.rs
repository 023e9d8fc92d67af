//! Who received the wrong value is told: every receipt that carried it makes one notice to its
//! consumer, and one event names the cases.

use super::model::Objection;
use super::{ANSWER, notify};
use crate::lookup;
use kernel::{Error, Result, Timestamp};
use sea_orm::FromQueryResult;
use serde_json::json;
use std::collections::BTreeSet;
use store::{Ctx, vals};

/// Notices on one page.
const PAGE: usize = 50;

/// A notice to a consumer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Correction {
    /// Id.
    pub id: String,
    /// Case for which the wrong value was read.
    pub case_id: String,
    /// Receipt of that read.
    pub receipt: String,
    /// Registry.
    pub registry: String,
    /// Field.
    pub field: String,
    /// When the value was corrected.
    pub at: Timestamp,
    /// When the consumer took note.
    pub seen: Option<Timestamp>,
}

/// One page of notices.
#[derive(Clone, Debug)]
pub struct Corrections {
    /// Newest first.
    pub corrections: Vec<Correction>,
    /// Cursor of the next page; none on the last.
    pub next: Option<String>,
}

#[derive(FromQueryResult)]
struct Row {
    id: String,
    case_id: String,
    receipt_id: String,
    registry: String,
    field: String,
    at_us: i64,
    seen_us: i64,
}

/// Writes the notices and emits `data.corrected`, with whether the value is the one claimed.
pub(super) async fn tell(
    ctx: &mut Ctx,
    objection: &Objection,
    versions: &[i64],
    agreed: bool,
) -> Result<()> {
    let (mut cases, mut consumers) = (BTreeSet::new(), BTreeSet::new());
    let mut after = String::new();
    loop {
        let page = lookup::of_record(ctx, &objection.record, &after).await?;
        let carried = page
            .receipts
            .iter()
            .filter(|r| versions.contains(&r.version) && r.fields.contains(&objection.field));
        for receipt in carried {
            let (id, now) = (ctx.id(), ctx.now);
            ctx.execute(
                "INSERT INTO data_correction (id, objection_id, receipt_id, case_id, registry, field,
                 consumer, at_us, seen_us) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, 0)",
                vals![
                    id, &objection.id, &receipt.id, &receipt.case_id, &objection.registry,
                    &objection.field, &receipt.consumer, now
                ],
            )
            .await?;
            cases.insert(receipt.case_id.clone());
            consumers.insert(receipt.consumer.clone());
        }
        match page.next {
            Some(next) => after = next,
            None => break,
        }
    }
    let payload = json!({"objection": objection.id, "registry": objection.registry,
        "record": objection.record, "field": objection.field, "cases": cases, "agreed": agreed});
    ctx.emit("data.corrected", &payload).await?;
    let consumers: Vec<String> = consumers.into_iter().collect();
    let (word, link) = ("data.corrected", "/desk/corrections");
    notify::officers(ctx, &consumers, ANSWER, objection, word, link).await?;
    Ok(())
}

/// Notices to the actor's agency, newest first, at most 50, older than `after`.
/// Errors: `denied` without the permission `data.objection.answer`.
pub async fn corrections(ctx: &mut Ctx, after: &str) -> Result<Corrections> {
    party::authority::demand(ctx, ANSWER)?;
    let (agency, before) = (ctx.actor.agency.clone(), if after.is_empty() { "~" } else { after });
    let mut rows: Vec<Row> = ctx
        .all(
            "SELECT id, case_id, receipt_id, registry, field, at_us, seen_us FROM data_correction
             WHERE consumer = $1 AND id < $2 ORDER BY id DESC LIMIT $3",
            vals![agency, before, PAGE + 1],
        )
        .await?;
    let more = rows.len() > PAGE;
    rows.truncate(PAGE);
    let next = rows.last().filter(|_| more).map(|row| row.id.clone());
    let correction = |row: Row| Correction {
        id: row.id,
        case_id: row.case_id,
        receipt: row.receipt_id,
        registry: row.registry,
        field: row.field,
        at: Timestamp(row.at_us),
        seen: (row.seen_us != 0).then_some(Timestamp(row.seen_us)),
    };
    Ok(Corrections { corrections: rows.into_iter().map(correction).collect(), next })
}

/// The consumer takes note of a correction. Errors: `denied`; `not_found`, also for a notice to
/// another agency.
pub async fn seen(ctx: &mut Ctx, id: &str) -> Result<()> {
    party::authority::demand(ctx, ANSWER)?;
    let (agency, now) = (ctx.actor.agency.clone(), ctx.now.0.max(1));
    let sql =
        "UPDATE data_correction SET seen_us = $3 WHERE id = $1 AND consumer = $2 AND seen_us = 0";
    if ctx.execute(sql, vals![id, &agency, now]).await? == 0 {
        let held = "SELECT COUNT(*) FROM data_correction WHERE id = $1 AND consumer = $2";
        return match ctx.count(held, vals![id, &agency]).await? {
            0 => Err(Error::not_found()),
            _ => Ok(()),
        };
    }
    let subject = format!("correction:{id}");
    party::audit::record(ctx, "correction.seen", &subject, json!({"agency": agency})).await?;
    Ok(())
}
