//! Looks at the history of a case after each act.
//!
//! Invariant: looking again finds the same and keeps nothing twice.

use super::{anomaly, store};
use ::store::Ctx;
use kernel::{Kind, Result};
use serde_json::{Value as Json, json};

/// Looks for irregularities in a case.
pub(super) const INSPECT: &str = "supervise.inspect";

/// `{case}`.
pub(super) async fn inspect(ctx: &mut Ctx, payload: &Json) -> Result<()> {
    let id = payload["case"].as_str().unwrap_or_default().to_owned();
    let case = match service::case::watched(ctx, &id).await {
        Ok(Some(case)) => case,
        Ok(None) => return Ok(()),
        Err(error) if error.kind == Kind::NotFound => return Ok(()),
        Err(error) => return Err(error),
    };
    let pack = ctx.env.pack.clone();
    for finding in anomaly::find(&case.history, pack.calendar()?, ctx.now)? {
        let Some(kept) = store::keep(ctx, &case, &finding).await? else { continue };
        let body = json!({ "kind": finding.kind.as_str(), "sequence": finding.sequence });
        let subject = format!("case:{id}");
        party::audit::record_row(
            ctx,
            "supervise.anomaly_found",
            &subject,
            body,
            "supervise_anomaly",
            &kept,
        )
        .await?;
    }
    Ok(())
}
