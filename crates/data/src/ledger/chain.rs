//! Entering a read and giving it its position.

use super::JOB;
use kernel::{Result, canonical};
use proof::digest::sm3_hex;
use sea_orm::FromQueryResult;
use serde_json::{Value as Json, json};
use std::collections::BTreeMap;
use store::job::Later;
use store::{Ctx, dialect, vals};

/// Entries chained by one run of the job.
const BATCH: usize = 500;
/// Row of `data_ledger_head` that serialises the job.
const GATE: &str = "*";

/// Which side of a read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// Who read.
    Consumer,
    /// Whose data were read.
    Source,
}

impl Role {
    /// `consumer` or `source`.
    pub fn name(self) -> &'static str {
        match self {
            Role::Consumer => "consumer",
            Role::Source => "source",
        }
    }

    /// The role of a name.
    pub fn parse(name: &str) -> Option<Role> {
        [Role::Consumer, Role::Source].into_iter().find(|role| role.name() == name)
    }
}

/// One agency in one role: a ledger of its own.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Side {
    /// Agency id, or `portal`.
    pub agency: String,
    /// Its role.
    pub role: Role,
}

impl Side {
    pub(super) fn key(&self) -> String {
        format!("{}/{}", self.agency, self.role.name())
    }
}

/// Enters a read in a side's ledger, in the transaction of the read. Errors: `canonical.float`.
pub(crate) async fn enter(
    ctx: &mut Ctx,
    receipt: &str,
    role: Role,
    agency: &str,
    content: &Json,
) -> Result<()> {
    let side = Side { agency: agency.to_owned(), role }.key();
    let content = canonical::to_string(&json!({"side": side, "read": content}))?;
    let (id, digest) = (ctx.id(), sm3_hex(content.as_bytes()));
    ctx.execute(
        "INSERT INTO data_ledger (id, receipt_id, side, content, digest, position, chain)
         VALUES ($1, $2, $3, $4, $5, NULL, '')",
        vals![id, receipt, side, content, digest],
    )
    .await?;
    ctx.enqueue_unless_waiting(JOB, &json!({})).await
}

/// The chain value after an entry.
pub(super) fn link(former: &str, digest: &str) -> String {
    sm3_hex(format!("{former}{digest}").as_bytes())
}

#[derive(FromQueryResult)]
struct Waiting {
    id: String,
    side: String,
    digest: String,
}

#[derive(FromQueryResult)]
pub(super) struct Head {
    pub(super) entries: i64,
    pub(super) chain: String,
}

/// The head of a side's ledger; none before its first position.
pub(super) async fn head(ctx: &mut Ctx, side: &str) -> Result<Option<Head>> {
    ctx.optional("SELECT entries, chain FROM data_ledger_head WHERE id = $1", vals![side]).await
}

/// The job: gives positions to what waits, and runs again while more waits.
pub(super) fn job<'a>(ctx: &'a mut Ctx, _payload: &'a Json) -> Later<'a> {
    Box::pin(async move {
        // Two workers at once would give one position twice: the second waits here.
        let gate = format!(
            "SELECT id FROM data_ledger_head WHERE id = $1{}",
            dialect::for_update(ctx.engine())
        );
        ctx.scalar::<String>(&gate, vals![GATE]).await?;
        let waiting: Vec<Waiting> = ctx
            .all(
                "SELECT id, side, digest FROM data_ledger WHERE position IS NULL ORDER BY id LIMIT $1",
                vals![BATCH],
            )
            .await?;
        let more = waiting.len() == BATCH;
        let mut heads: BTreeMap<String, Head> = BTreeMap::new();
        let mut places = Vec::with_capacity(waiting.len());
        for entry in waiting {
            if !heads.contains_key(&entry.side) {
                let found = head(ctx, &entry.side).await?;
                let first = Head { entries: 0, chain: String::new() };
                heads.insert(entry.side.clone(), found.unwrap_or(first));
            }
            let Some(head) = heads.get_mut(&entry.side) else { continue };
            *head = Head { entries: head.entries + 1, chain: link(&head.chain, &entry.digest) };
            places.push(vals![&entry.id, head.entries, &head.chain]);
        }
        ctx.update_rows("data_ledger", &["position", "chain"], places).await?;
        for (side, head) in heads {
            ctx.execute(
                "INSERT INTO data_ledger_head (id, entries, chain) VALUES ($1, $2, $3)
                 ON CONFLICT (id) DO UPDATE SET entries = excluded.entries, chain = excluded.chain",
                vals![side, head.entries, head.chain],
            )
            .await?;
        }
        if more {
            ctx.enqueue(JOB, &json!({})).await?;
        }
        Ok(())
    })
}
