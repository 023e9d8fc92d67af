//! Refused lookups, recorded although the refused transaction is dropped.

use kernel::{Actor, Result, Timestamp};
use pack::one_thing::Lookup;
use sea_orm::FromQueryResult;
use serde_json::json;
use std::sync::Arc;
use store::{Ctx, Env, vals};

/// Refusals shown.
const SHOWN: usize = 20;
/// Longest text kept of what a caller named.
const TEXT_MAX: usize = 80;

/// A refused lookup.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// When.
    pub at: Timestamp,
    /// Contract named.
    pub contract: String,
    /// Case named.
    pub case_id: String,
    /// Consumer named.
    pub consumer: String,
    /// Code of the error.
    pub code: String,
}

#[derive(FromQueryResult)]
struct Row {
    at_us: i64,
    contract: String,
    case_id: String,
    consumer: String,
    code: String,
}

struct New {
    registry: String,
    contract: String,
    case_id: String,
    consumer: String,
    code: &'static str,
}

/// Records the refusal in a transaction of its own. With SQLite it waits for the caller's to end,
/// hence apart from it: the caller's is about to be dropped.
pub(super) fn record_apart(
    ctx: &Ctx,
    lookup: &Lookup,
    case_id: &str,
    consumer: &str,
    code: &'static str,
) {
    let cut = |text: &str| text.chars().take(TEXT_MAX).collect::<String>();
    let new = New {
        registry: lookup.registry.clone(),
        contract: lookup.contract.clone(),
        case_id: cut(case_id),
        consumer: cut(consumer),
        code,
    };
    let (env, actor, lang) = (ctx.env.clone(), ctx.actor.clone(), ctx.lang);
    let Ok(runtime) = tokio::runtime::Handle::try_current() else {
        tracing::error!(code, case_id, "refused lookup outside the runtime is not recorded");
        return;
    };
    runtime.spawn(async move {
        if let Err(error) = write(&env, actor, lang, &new).await {
            tracing::error!(%error, code = new.code, case = new.case_id, "refused lookup is not recorded");
        }
    });
}

async fn write(env: &Arc<Env>, actor: Actor, lang: kernel::Lang, new: &New) -> Result<()> {
    let mut ctx = Ctx::write(env, actor, lang).await?;
    let (id, now, account) = (ctx.id(), ctx.now, ctx.actor.account.clone());
    ctx.execute(
        "INSERT INTO data_refusal (id, at_us, registry, contract, case_id, consumer, actor, code)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
        vals![
            &id,
            now,
            &new.registry,
            &new.contract,
            &new.case_id,
            &new.consumer,
            account,
            new.code
        ],
    )
    .await?;
    let body = json!({"registry": new.registry, "contract": new.contract, "consumer": new.consumer,
        "code": new.code});
    let subject = format!("case:{}", new.case_id);
    party::audit::record_row(&mut ctx, "data.refused", &subject, body, "data_refusal", &id).await?;
    ctx.commit().await
}

/// The newest refusals at a registry, at most 20.
/// Errors: `denied` without the permission `data.usage.read`.
pub async fn refusals(ctx: &mut Ctx, registry: &str) -> Result<Vec<Refusal>> {
    party::authority::demand(ctx, "data.usage.read")?;
    let rows: Vec<Row> = ctx
        .all(
            "SELECT at_us, contract, case_id, consumer, code FROM data_refusal
             WHERE registry = $1 ORDER BY id DESC LIMIT $2",
            vals![registry, SHOWN],
        )
        .await?;
    let refusal = |row: Row| Refusal {
        at: Timestamp(row.at_us),
        contract: row.contract,
        case_id: row.case_id,
        consumer: row.consumer,
        code: row.code,
    };
    Ok(rows.into_iter().map(refusal).collect())
}
