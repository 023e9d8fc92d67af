//! A side's own ledger over REST: enough to prove it without the platform.

use super::chain::{Role, Side};
use super::verify;
use axum::extract::Path;
use kernel::Error;
use schemars::JsonSchema;
use serde::Serialize;
use webkit::{Answer, Call};

/// One entry.
#[derive(Serialize, JsonSchema)]
pub struct EntryView {
    /// Place, from 1.
    pub position: i64,
    /// Receipt id.
    pub receipt: String,
    /// Canonical JSON of the read.
    pub content: String,
    /// SM3 of the content, hexadecimal.
    pub digest: String,
    /// SM3 of the former chain value and the digest, both in hexadecimal.
    pub chain: String,
}

/// A page of entries.
#[derive(Serialize, JsonSchema)]
pub struct Entries {
    /// In order.
    pub entries: Vec<EntryView>,
    /// Pass as `after` for the next page.
    pub next: Option<i64>,
}

/// `GET /api/v1/ledger/{role}?after=`.
pub(super) async fn entries(call: Call, Path(role): Path<String>) -> Answer {
    let role = Role::parse(&role).ok_or_else(Error::not_found)?;
    let after = call.query("after").and_then(|after| after.parse().ok()).unwrap_or(0);
    let mut ctx = call.read();
    let side = Side { agency: ctx.actor.agency.clone(), role };
    let found = verify::own(&mut ctx, &side, after).await?;
    let next = found.last().map(|entry| entry.position);
    let view = |entry: verify::Entry| EntryView {
        position: entry.position,
        receipt: entry.receipt_id,
        content: entry.content,
        digest: entry.digest,
        chain: entry.chain,
    };
    call.json(&Entries { entries: found.into_iter().map(view).collect(), next })
}
