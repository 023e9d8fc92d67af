//! The history of a case: appended, never changed, each entry chained to the one before it.
//!
//! Invariants: sequences are gapless from 1; `digest` of an entry is SM3 over the digest before it,
//! the name of whoever acted and the canonical JSON of the event; the case's row keeps the digest
//! of the last, and the evidence log that row.

use super::model::Case;
use flow::case::Event;
use kernel::{Error, Result, canonical};
use sea_orm::FromQueryResult;
use store::{Ctx, Value, vals};

/// Cases read at once when all are checked.
const CASES_AT_ONCE: usize = 200;

/// An entry as stored.
#[derive(Clone, Debug, FromQueryResult)]
pub(super) struct Entry {
    pub(super) case_id: String,
    pub(super) sequence: i64,
    pub(super) at_us: i64,
    pub(super) actor: String,
    pub(super) actor_name: String,
    pub(super) kind: String,
    pub(super) body: String,
    pub(super) digest: String,
}

/// The kind of an event, as stored and as named in sentences.
pub(super) fn kind(event: &Event) -> Result<String> {
    let value = serde_json::to_value(&event.change).map_err(Error::internal)?;
    let kind = value.get("kind").and_then(|kind| kind.as_str());
    kind.map(str::to_owned).ok_or_else(|| Error::internal("event without a kind"))
}

/// Appends events, the last of which has the case's revision as its sequence; moves the head.
pub(super) async fn append(ctx: &mut Ctx, case: &mut Case, events: &[Event]) -> Result<()> {
    if events.is_empty() {
        return Ok(());
    }
    let count = i64::try_from(events.len()).map_err(Error::internal)?;
    let mut values: Vec<Value> = Vec::new();
    let mut rows = Vec::new();
    let name = ctx.actor.name.clone();
    for (event, sequence) in events.iter().zip(case.revision - count + 1..) {
        let body = canonical::to_string(&serde_json::to_value(event).map_err(Error::internal)?)?;
        case.history = chained(&case.history, &name, &body);
        let first = values.len();
        values.extend(vals![
            &case.id,
            sequence,
            event.at,
            &event.actor,
            &name,
            kind(event)?,
            body,
            &case.history
        ]);
        let marks: Vec<String> = (first + 1..=values.len()).map(|at| format!("${at}")).collect();
        rows.push(format!("({})", marks.join(", ")));
    }
    let sql = format!(
        "INSERT INTO case_event (case_id, sequence, at_us, actor, actor_name, kind, body, digest) VALUES {}",
        rows.join(", ")
    );
    ctx.execute(&sql, values).await?;
    Ok(())
}

fn chained(before: &str, actor_name: &str, body: &str) -> String {
    // Quoted, so that no name can be taken for the beginning of an event.
    let name = serde_json::Value::from(actor_name);
    proof::digest::sm3_hex(format!("{before}\n{name}\n{body}").as_bytes())
}

/// The history of a case, or of all cases of a family, oldest first.
pub(super) async fn list(ctx: &mut Ctx, root: &str, only: Option<&str>) -> Result<Vec<Entry>> {
    let columns = "e.case_id, e.sequence, e.at_us, e.actor, e.actor_name, e.kind, e.body, e.digest";
    match only {
        Some(id) => {
            let sql = format!(
                "SELECT {columns} FROM case_event e WHERE e.case_id = $1 ORDER BY e.sequence LIMIT 2000"
            );
            ctx.all(&sql, vals![id]).await
        }
        None => {
            let sql = format!(
                "SELECT {columns} FROM case_event e JOIN cases c ON c.id = e.case_id
                 WHERE c.parent_id = $1 ORDER BY e.at_us, e.case_id, e.sequence LIMIT 5000"
            );
            ctx.all(&sql, vals![root]).await
        }
    }
}

/// True when the history of a case is whole. Errors: `not_found`.
pub async fn verify(ctx: &mut Ctx, id: &str) -> Result<bool> {
    let case = super::store::get(ctx, id).await?;
    Ok(first_bad(ctx, &case).await?.is_none())
}

/// The first event of any case that does not hold.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BadEvent {
    /// Id of the case.
    pub case_id: String,
    /// Its number in the history; one past the last when the history does not lead to the state.
    pub sequence: i64,
}

/// Checks the history of every case, in the order of their ids. Reads only; memory does not grow
/// with the number of cases.
pub async fn verify_all(ctx: &mut Ctx) -> Result<Option<BadEvent>> {
    let mut after = String::new();
    loop {
        let cases = super::store::after(ctx, &after, CASES_AT_ONCE).await?;
        let Some(last) = cases.last() else { return Ok(None) };
        after.clone_from(&last.id);
        for case in &cases {
            if let Some(sequence) = first_bad(ctx, case).await? {
                return Ok(Some(BadEvent { case_id: case.id.clone(), sequence }));
            }
        }
    }
}

/// Sequence of the first entry that is not as it was written; of the place after the last when all
/// are, but do not lead to the head and the state of the case's row.
async fn first_bad(ctx: &mut Ctx, case: &Case) -> Result<Option<i64>> {
    let entries = list(ctx, case.root_id(), Some(&case.id)).await?;
    let mut digest = String::new();
    let mut events: Vec<Event> = Vec::with_capacity(entries.len());
    for (entry, sequence) in entries.iter().zip(1..) {
        digest = chained(&digest, &entry.actor_name, &entry.body);
        let Ok(event) = serde_json::from_str::<Event>(&entry.body) else {
            return Ok(Some(sequence));
        };
        let told = entry.sequence == sequence
            && entry.digest == digest
            && entry.at_us == event.at.0
            && entry.actor == event.actor
            && entry.kind == kind(&event)?;
        if !told {
            return Ok(Some(sequence));
        }
        events.push(event);
    }
    let whole =
        digest == case.history && (case.is_parent() || flow::case::fold(&events) == case.state);
    Ok((!whole).then(|| i64::try_from(entries.len() + 1).unwrap_or(i64::MAX)))
}
