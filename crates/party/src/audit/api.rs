//! Entries over REST.

use super::record::Entry;
use super::search::search;
use crate::authority;
use schemars::JsonSchema;
use serde::Serialize;
use webkit::{Answer, Call};

/// One audit entry.
#[derive(Serialize, JsonSchema)]
pub struct EntryView {
    /// Id.
    pub id: String,
    /// When, RFC 3339.
    pub at: String,
    /// Account that acted.
    pub actor: String,
    /// What was done.
    pub kind: String,
    /// To what.
    pub subject: String,
    /// Particulars.
    pub body: serde_json::Value,
    /// Place in the evidence log; absent until sequenced.
    pub position: Option<i64>,
}

/// A page of audit entries.
#[derive(Serialize, JsonSchema)]
pub struct EntryList {
    /// Newest first.
    pub entries: Vec<EntryView>,
    /// Pass as `after` for the next page.
    pub next: Option<String>,
}

impl From<&Entry> for EntryView {
    fn from(entry: &Entry) -> EntryView {
        EntryView {
            id: entry.id.clone(),
            at: entry.at().rfc3339(),
            actor: entry.actor.clone(),
            kind: entry.kind.clone(),
            subject: entry.subject.clone(),
            body: serde_json::from_str(&entry.body).unwrap_or_default(),
            position: entry.position,
        }
    }
}

/// `GET /api/v1/audit/entries?subject=&actor=&kind=&after=`.
pub(super) async fn entries(call: Call) -> Answer {
    let mut ctx = call.read();
    authority::demand(&ctx, "audit.read")?;
    let page = search(&mut ctx, &super::pages::wanted(&call)).await?;
    let entries = page.entries.iter().map(EntryView::from).collect();
    call.json(&EntryList { entries, next: page.next })
}
