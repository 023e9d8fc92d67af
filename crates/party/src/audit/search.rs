//! Finding entries by subject, actor or kind, newest first, by keyset.

use super::record::{COLUMNS, Entry};
use kernel::Result;
use store::{Ctx, Value, vals};

/// Entries on one page.
pub const PAGE: usize = 50;

/// What to look for; empty fields match everything.
#[derive(Clone, Debug, Default)]
pub struct Search {
    /// Subject, whole.
    pub subject: String,
    /// Account, whole.
    pub actor: String,
    /// Kind, whole.
    pub kind: String,
    /// Only entries older than this id.
    pub after: String,
}

/// One page of entries.
#[derive(Clone, Debug)]
pub struct Page {
    /// The entries, newest first.
    pub entries: Vec<Entry>,
    /// Cursor of the next page; none on the last.
    pub next: Option<String>,
}

/// Entries of a subject, newest first, at most 50.
pub async fn list(ctx: &mut Ctx, subject: &str, after: &str) -> Result<Page> {
    let wanted =
        Search { subject: subject.to_owned(), after: after.to_owned(), ..Search::default() };
    search(ctx, &wanted).await
}

/// Entries that match all that is asked, newest first, at most 50.
pub async fn search(ctx: &mut Ctx, wanted: &Search) -> Result<Page> {
    let mut sql = format!("SELECT {COLUMNS} FROM evidence_entry WHERE 1 = 1");
    let mut values: Vec<Value> = Vec::new();
    let asked = [
        ("subject =", &wanted.subject),
        ("actor =", &wanted.actor),
        ("kind =", &wanted.kind),
        ("id <", &wanted.after),
    ];
    for (condition, value) in asked {
        if !value.is_empty() {
            values.push(Value::from(value));
            sql.push_str(&format!(" AND {condition} ${}", values.len()));
        }
    }
    values.extend(vals![PAGE + 1]);
    sql.push_str(&format!(" ORDER BY id DESC LIMIT ${}", values.len()));
    let mut entries: Vec<Entry> = ctx.all(&sql, values).await?;
    let more = entries.len() > PAGE;
    entries.truncate(PAGE);
    let next = entries.last().filter(|_| more).map(|entry| entry.id.clone());
    Ok(Page { entries, next })
}
