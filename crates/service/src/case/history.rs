//! The history of a case: appended, never changed, each entry chained to the one before it.
//!
//! Invariants: sequences are gapless from 1; `digest` of an entry is SM3 over the digest before it
//! and the canonical JSON of the event; the case's row keeps the digest of the last.

use super::model::Case;
use flow::case::Event;
use kernel::{Error, Result, canonical};
use sea_orm::FromQueryResult;
use store::{Ctx, Value, vals};

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
        case.history = chained(&case.history, &body);
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

fn chained(before: &str, body: &str) -> String {
    proof::digest::sm3_hex(format!("{before}\n{body}").as_bytes())
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

/// True when the history of an item's case is whole: gapless, each digest right, the last one the
/// row's, and its fold the state. Errors: `not_found`.
pub async fn verify(ctx: &mut Ctx, id: &str) -> Result<bool> {
    let case = super::store::get(ctx, id).await?;
    let entries = list(ctx, case.root_id(), Some(id)).await?;
    let mut digest = String::new();
    let mut events: Vec<Event> = Vec::with_capacity(entries.len());
    for (entry, sequence) in entries.iter().zip(1..) {
        digest = chained(&digest, &entry.body);
        let Ok(event) = serde_json::from_str::<Event>(&entry.body) else { return Ok(false) };
        let told = entry.sequence == sequence
            && entry.digest == digest
            && entry.at_us == event.at.0
            && entry.actor == event.actor
            && entry.kind == kind(&event)?;
        if !told {
            return Ok(false);
        }
        events.push(event);
    }
    Ok(digest == case.history && (case.is_parent() || flow::case::fold(&events) == case.state))
}
